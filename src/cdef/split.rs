//! The text's top-level declarations, one by one, with function bodies taken off.

use super::guard::{self, Depth};
use super::index::Paired;
use super::lex::{Kind, Token, plain_word};
use super::words::{Class, class, is_cpp};
use crate::error::{Diagnostic, ErrorKind, Source, nearest};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// One declaration.
#[derive(Debug)]
pub(super) struct Piece {
    /// What is to be parsed: no `;` at the end, no body, no `extern "C"`.
    pub tokens: Range<usize>,
    /// All of it in the user's text.
    pub place: Range<u32>,
    pub names: Vec<String>,
    pub has_body: bool,
    /// The names between the parentheses of a K&R definition: what they are was told in front of the body.
    pub old_style: Option<(usize, usize)>,
    /// What keeps it from being parsed at all was reported already.
    pub broken: bool,
    pub depth: Depth,
}

/// All declarations, and what was found on the way.
pub(super) struct Split {
    pub pieces: Vec<Piece>,
    pub partner: Vec<u32>,
    /// Typedef names of this text, each with the piece that declares it first.
    pub typedefs: HashMap<String, usize>,
}

const NONE: u32 = u32::MAX;

/// Splits the tokens; `is_type` knows the typedef names from before this text.
pub(super) fn split(
    tokens: &[Token],
    source: &Arc<Source>,
    is_type: &dyn Fn(&str) -> bool,
    problems: &mut Vec<Diagnostic>,
) -> Split {
    let mut found = Split { pieces: Vec::new(), partner: vec![NONE; tokens.len()], typedefs: HashMap::new() };
    let mut linkage: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = |offset: usize| tokens.get(at + offset);
        let is = |offset: usize, sign: &str| next(offset).is_some_and(|token| token.is(sign));
        match token.text {
            ";" if token.kind == Kind::Sign => at += 1,
            "}" if token.kind == Kind::Sign => {
                if linkage.pop().is_none() {
                    problems.push(unmatched(token, source));
                }
                at += 1;
            }
            "extern" if next(1).is_some_and(|token| token.kind == Kind::Text) => {
                if is(2, "{") {
                    linkage.push(at + 2);
                    at += 3;
                } else {
                    at += 2;
                }
            }
            "asm" | "__asm__" | "__asm" => {
                at += 1;
                while next_word_is(tokens, at, &["volatile", "__volatile__", "__volatile"]) {
                    at += 1;
                }
                if tokens.get(at).is_some_and(|token| token.is("(")) {
                    at = skipped_group(tokens, at);
                }
            }
            _ => {
                let known = |word: &str| found.typedefs.contains_key(word) || is_type(word);
                let mut partner = std::mem::take(&mut found.partner);
                let (mut piece, end) = scan(tokens, at, source, &known, &mut partner, problems);
                let paired = Paired { tokens, partner: &partner };
                let mut names = paired.names(piece.tokens.clone(), &known);
                if !piece.broken {
                    match guard::depth(paired, piece.tokens.clone(), source) {
                        Ok(depth) => piece.depth = depth,
                        Err(problem) => {
                            piece.broken = true;
                            problems.push(problem);
                        }
                    }
                }
                found.partner = partner;
                if names.is_typedef {
                    for name in &names.ordinary {
                        found.typedefs.entry(name.clone()).or_insert(found.pieces.len());
                    }
                }
                piece.names = names.ordinary;
                piece.names.append(&mut names.others);
                found.pieces.push(piece);
                at = end.max(at + 1);
            }
        }
    }
    for open in linkage {
        problems.push(unclosed(&tokens[open], source));
    }
    found
}

fn next_word_is(tokens: &[Token], at: usize, words: &[&str]) -> bool {
    tokens.get(at).and_then(Token::word).is_some_and(|word| words.contains(&word))
}

/// Behind a group of which only the end matters.
fn skipped_group(tokens: &[Token], open: usize) -> usize {
    let (opening, closing) = match tokens[open].text {
        "{" => ("{", "}"),
        "[" => ("[", "]"),
        _ => ("(", ")"),
    };
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.is(opening) {
            depth += 1;
        } else if token.is(closing) {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    tokens.len()
}

pub(super) fn closing(opening: &str) -> &'static str {
    match opening {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

fn unclosed(open: &Token, source: &Arc<Source>) -> Diagnostic {
    Diagnostic::new(ErrorKind::Syntax, format!("'{}' is never closed", open.text))
        .at(open.span(source))
        .help(format!("add the missing '{}'", closing(open.text)))
}

fn missing_semicolon(tokens: &[Token], at: usize, source: &Arc<Source>) -> Diagnostic {
    let before = &tokens[at - 1];
    Diagnostic::new(
        ErrorKind::Syntax,
        format!("expected ';' after '{}', found '{}'", before.text, tokens[at].text),
    )
    .at(before.span(source).after())
    .help("end the declaration with ';'")
}

/// The partner of each bracket, for a text that is no declaration.
pub(super) fn pairs(tokens: &[Token], source: &Arc<Source>, problems: &mut Vec<Diagnostic>) -> Vec<u32> {
    let mut partner = vec![NONE; tokens.len()];
    let mut stack: Vec<usize> = Vec::new();
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Sign) {
        match token.text {
            "(" | "[" | "{" => stack.push(at),
            ")" | "]" | "}" => match stack.pop() {
                Some(open) if closing(tokens[open].text) == token.text => {
                    partner[open] = at as u32;
                    partner[at] = open as u32;
                }
                Some(open) => {
                    problems.push(mismatch(&tokens[open], token, source));
                    return partner;
                }
                None => {
                    problems.push(unmatched(token, source));
                    return partner;
                }
            },
            _ => {}
        }
    }
    problems.extend(stack.last().map(|&open| unclosed(&tokens[open], source)));
    partner
}

fn mismatch(open: &Token, found: &Token, source: &Arc<Source>) -> Diagnostic {
    let wanted = closing(open.text);
    Diagnostic::new(
        ErrorKind::Syntax,
        format!("expected '{wanted}' to match '{}', found '{}'", open.text, found.text),
    )
    .at(found.span(source))
    .note_at(open.span(source), format!("'{}' was opened here", open.text))
}

fn unmatched(token: &Token, source: &Arc<Source>) -> Diagnostic {
    Diagnostic::new(ErrorKind::Syntax, format!("unmatched '{}'", token.text))
        .at(token.span(source))
        .help("take it out, or add the bracket that it closes")
}

/// A brace that opens no body.
fn stray_brace(
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

struct Open {
    at: usize,
    record: bool,
    head: bool,
}

/// Finds the end of the declaration that begins at `start`; the second result is where the next may begin.
fn scan(
    tokens: &[Token],
    start: usize,
    source: &Arc<Source>,
    is_type: &dyn Fn(&str) -> bool,
    partner: &mut [u32],
    problems: &mut Vec<Diagnostic>,
) -> (Piece, usize) {
    let mut stack: Vec<Open> = Vec::new();
    let mut head = false;
    let mut value = false;
    let mut typed = false;
    let mut parameters: Option<usize> = None;
    let mut broken = false;
    let piece = |end: usize, stop: usize, has_body: bool, broken: bool| {
        let last = stop.saturating_sub(1).max(start).min(tokens.len() - 1);
        Piece {
            tokens: start..end,
            place: tokens[start].start..tokens[last].end,
            names: Vec::new(),
            has_body,
            old_style: None,
            broken,
            depth: Depth::Shallow,
        }
    };
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        let before = at.checked_sub(1).filter(|&before| before >= start).map(|before| &tokens[before]);
        let word_class = token.word().and_then(class);
        match token.text {
            _ if token.kind == Kind::Word => {
                // No value goes on with a type on a line of its own.
                let value_ends = value
                    && stack.is_empty()
                    && token.first
                    && matches!(word_class, Some(Class::Type | Class::Tag | Class::Storage))
                    && before.is_some_and(|b| b.kind != Kind::Sign || matches!(b.text, ")" | "]" | "}"));
                if value_ends {
                    problems.push(missing_semicolon(tokens, at, source));
                    return (piece(at, at, false, broken), at);
                }
                if stack.is_empty() && !value && before.is_some() {
                    if let Some((parameters, end)) = parameters
                        .filter(|_| before.is_some_and(|before| before.is(")")))
                        .and_then(|open| old_style(tokens, open, at, is_type).map(|body| (open, body)))
                    {
                        let stop = skipped_group(tokens, end);
                        let mut piece = piece(at, stop, true, broken);
                        piece.old_style = Some((parameters, at - 1));
                        return (piece, stop);
                    }
                    if ends_before(tokens, start, at, typed, parameters.is_some(), is_type) {
                        problems.push(missing_semicolon(tokens, at, source));
                        return (piece(at, at, false, broken), at);
                    }
                }
                let members = stack.iter().all(|open| open.record) && !stack.is_empty();
                if members
                    && matches!(token.text, "typedef" | "extern")
                    && (token.first || before.is_some_and(|b| b.is(";")))
                {
                    if let Some(open) = stack.first() {
                        problems.push(unclosed(&tokens[open.at], source));
                    }
                    return (piece(at, at, false, true), at);
                }
                match word_class {
                    Some(Class::Tag) => {
                        head = true;
                        typed |= stack.is_empty();
                    }
                    Some(Class::Type | Class::TypeGroup) => typed |= stack.is_empty(),
                    None if stack.is_empty() && !typed && is_type(token.text) => typed = true,
                    _ => {}
                }
            }
            "(" | "[" if token.kind == Kind::Sign => {
                let group = before.is_some_and(|before| {
                    matches!(
                        before.word().and_then(class),
                        Some(
                            Class::TypeGroup
                                | Class::Attribute
                                | Class::Align
                                | Class::Asm
                                | Class::Qualifier
                        )
                    )
                });
                let attribute = token.is("[")
                    && (tokens.get(at + 1).is_some_and(|next| next.is("["))
                        || before.is_some_and(|b| b.is("[")));
                if stack.is_empty() && token.is("(") && !group && before.is_some() && !value {
                    parameters = Some(at);
                }
                let keeps = head && (group || attribute);
                stack.push(Open { at, record: false, head: keeps });
                head = false;
            }
            "{" if token.kind == Kind::Sign => {
                if stack.is_empty() && !head && !value {
                    let stop = skipped_group(tokens, at);
                    if !tokens.get(stop - 1).is_some_and(|last| last.is("}")) || stop == at + 1 {
                        problems.push(unclosed(token, source));
                        return (piece(at, stop, true, true), stop);
                    }
                    let cpp = tokens[start].word().is_some_and(is_cpp);
                    if parameters.is_none() && !broken && !cpp {
                        problems.push(stray_brace(tokens, start, at, source, is_type));
                        return (piece(at, stop, false, true), stop);
                    }
                    return (piece(at, stop, true, broken), stop);
                }
                stack.push(Open { at, record: head, head: false });
                head = false;
            }
            ")" | "]" | "}" if token.kind == Kind::Sign => match stack.last() {
                Some(open) if closing(tokens[open.at].text) == token.text => {
                    partner[open.at] = at as u32;
                    partner[at] = open.at as u32;
                    head = open.head;
                    stack.pop();
                }
                Some(open) => {
                    if !broken {
                        problems.push(mismatch(&tokens[open.at], token, source));
                    }
                    broken = true;
                    if let Some(matching) =
                        stack.iter().rposition(|open| closing(tokens[open.at].text) == token.text)
                    {
                        stack.truncate(matching);
                    }
                }
                None if token.is("}") => return (piece(at, at, false, broken), at),
                None => {
                    if !broken {
                        problems.push(unmatched(token, source));
                    }
                    broken = true;
                }
            },
            ";" if token.kind == Kind::Sign => {
                while let Some(open) = stack.last().filter(|open| !tokens[open.at].is("{")) {
                    if !broken {
                        problems.push(mismatch(&tokens[open.at], token, source));
                    }
                    broken = true;
                    stack.pop();
                }
                head = false;
                if stack.is_empty() {
                    return (piece(at, at + 1, false, broken), at + 1);
                }
            }
            "=" if token.kind == Kind::Sign => {
                head = false;
                value |= stack.is_empty();
            }
            "," if token.kind == Kind::Sign => {
                head = false;
                value &= !stack.is_empty();
            }
            "*" if token.kind == Kind::Sign => head = false,
            _ => {}
        }
        at += 1;
    }
    if let Some(open) = stack.last() {
        if !broken {
            problems.push(unclosed(&tokens[open.at], source));
        }
        broken = true;
    }
    (piece(at, at, false, broken), at)
}

/// Whether the declaration must have ended before the word at `at`, so that its `;` is missing.
fn ends_before(
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

/// The bracket that a closing one belongs to, searched backwards.
fn opening(tokens: &[Token], start: usize, close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for at in (start..=close).rev() {
        match tokens[at].text {
            ")" | "]" | "}" if tokens[at].kind == Kind::Sign => depth += 1,
            "(" | "[" | "{" if tokens[at].kind == Kind::Sign => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// `int f(a, b) int a; char b; { .. }`: where the body opens, if the word at `at` begins such declarations.
fn old_style(tokens: &[Token], open: usize, at: usize, is_type: &dyn Fn(&str) -> bool) -> Option<usize> {
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
