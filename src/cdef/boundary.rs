//! Where a declaration ends though no `;` says so.

use super::bracket::opening;
use super::lex::{Kind, Token};
use super::name::plain_word;
use super::words::{Class, class};
use crate::error::{Diagnostic, ErrorKind, Source, nearest};
use std::sync::Arc;

/// Whether the declaration must have ended before the word at `at`, so that its `;` is missing.
pub(super) fn ends_before(
    tokens: &[Token],
    start: usize,
    at: usize,
    typed: bool,
    function: bool,
    is_type: &dyn Fn(&str) -> bool,
) -> bool {
    let (token, before) = (&tokens[at], &tokens[at - 1]);
    let known = |token: &Token| token.word().is_some_and(|word| is_type(&plain_word(word)));
    let word_class = token.word().and_then(class);
    let begins_type = matches!(word_class, Some(Class::Type | Class::TypeGroup | Class::Tag)) || known(token);
    let begins =
        begins_type || matches!(word_class, Some(Class::Storage | Class::Qualifier | Class::Function));
    let storage = matches!(token.text, "typedef" | "extern" | "static");
    if before.is(")") {
        // The group may belong to a specifier in front: `__declspec(x) int f(void)`.
        let of_declarator = function
            && opening(tokens, start, at - 1).is_some_and(|open| {
                open > start
                    && !matches!(
                        tokens[open - 1].word().and_then(class),
                        Some(
                            Class::TypeGroup
                                | Class::Align
                                | Class::Attribute
                                | Class::Qualifier
                                | Class::Operator
                        )
                    )
                    && (known(&tokens[open - 1]) || has_type(tokens, start, open - 1))
            });
        let unknown_type = word_class.is_none()
            && token.first
            && tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Word || next.is("*"));
        let attribute_before = opening(tokens, start, at - 1).is_some_and(|open| {
            open > start
                && matches!(tokens[open - 1].word().and_then(class), Some(Class::Attribute | Class::Asm))
        });
        return of_declarator && (begins || unknown_type)
            || function
                && attribute_before
                && token.first
                && begins
                && opening_of_function(tokens, start, at);
    }
    if before.is("}") {
        return begins_type && !known(token) && token.text != "bool" || storage && token.first;
    }
    if before.is("]") {
        return begins && token.first && !opening_is_attribute(tokens, start, at - 1);
    }
    let named = before.word().is_some_and(|word| class(word).is_none() && !is_type(&plain_word(word)));
    named && typed && (begins_type || begins && token.first) && at - 1 > start && !tag_before(tokens, at - 1)
}

/// `int f(a, b) int a; char b; { .. }`: where the body opens, if the word at `at` begins such declarations.
pub(super) fn old_style(
    tokens: &[Token],
    open: usize,
    at: usize,
    is_type: &dyn Fn(&str) -> bool,
) -> Option<usize> {
    let names: Vec<&str> = tokens[open + 1..at - 1].iter().filter_map(Token::word).collect();
    let plain = tokens[open + 1..at - 1].iter().all(|token| {
        token.is(",") || token.word().is_some_and(|word| class(word).is_none() && !is_type(word))
    });
    if names.is_empty() || !plain {
        return None;
    }
    let mut depth = 0usize;
    let mut mentioned = false;
    for (place, token) in tokens.iter().enumerate().skip(at) {
        match token.text {
            "{" if depth == 0 && tokens[place - 1].is(";") => return Some(place),
            "(" | "[" | "{" if token.kind == Kind::Sign => depth += 1,
            ")" | "]" | "}" if token.kind == Kind::Sign => depth = depth.checked_sub(1)?,
            ";" if depth == 0 => {
                if !std::mem::take(&mut mentioned) {
                    return None;
                }
            }
            "typedef" | "extern" | "static" => return None,
            word => mentioned |= names.contains(&word),
        }
    }
    None
}

/// A brace that opens no body.
pub(super) fn stray_brace(
    tokens: &[Token],
    start: usize,
    at: usize,
    source: &Arc<Source>,
    is_type: &dyn Fn(&str) -> bool,
) -> Diagnostic {
    let misspelt = tokens[start..at].iter().find_map(|token| {
        let word = token.word().filter(|word| class(word).is_none() && !is_type(&plain_word(word)))?;
        nearest(word, ["struct", "union", "enum"]).map(|meant| (token, word, meant))
    });
    match misspelt {
        Some((token, word, meant)) => {
            Diagnostic::new(ErrorKind::UnknownType, format!("unknown type name '{word}'"))
                .at(token.span(source))
                .help(format!("did you mean '{meant}'?"))
        }
        None if at == start => Diagnostic::new(ErrorKind::Syntax, "expected a declaration, found '{'")
            .at(tokens[at].span(source)),
        None => Diagnostic::new(
            ErrorKind::Syntax,
            format!("expected ';' or '=' after '{}', found '{{'", tokens[at - 1].text),
        )
        .at(tokens[at].span(source)),
    }
}

pub(super) fn missing_semicolon(tokens: &[Token], at: usize, source: &Arc<Source>) -> Diagnostic {
    let before = &tokens[at - 1];
    Diagnostic::new(
        ErrorKind::Syntax,
        format!("expected ';' after '{}', found '{}'", before.text, tokens[at].text),
    )
    .at(before.span(source).after())
    .help("end the declaration with ';'")
}

/// Whether more than storage and the like stands in front of a declarator's name.
fn has_type(tokens: &[Token], start: usize, name: usize) -> bool {
    tokens[start..name].iter().any(|token| {
        !matches!(
            token.word().and_then(class),
            Some(Class::Storage | Class::Qualifier | Class::Function | Class::Blank | Class::Convention)
        )
    })
}

fn tag_before(tokens: &[Token], at: usize) -> bool {
    at > 0 && tokens[at - 1].word().and_then(class) == Some(Class::Tag)
}

fn opening_is_attribute(tokens: &[Token], start: usize, close: usize) -> bool {
    close > start
        && tokens[close - 1].is("]")
        && opening(tokens, start, close).is_some_and(|open| tokens[open + 1].is("["))
}

/// Whether a declarator's parentheses stand before the attribute that ends right before `at`.
fn opening_of_function(tokens: &[Token], start: usize, at: usize) -> bool {
    let Some(open) = opening(tokens, start, at - 1) else { return false };
    open > start + 1 && tokens[open - 2].is(")")
}
