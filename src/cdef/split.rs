//! The text's top-level declarations, one by one, with function bodies taken off.

use super::boundary::{ends_before, missing_semicolon, old_style, stray_brace};
use super::bracket::{NONE, closing, mismatch, skipped_group, unclosed, unmatched};
use super::guard::{self, Depth};
use super::index::Paired;
use super::lex::{Kind, Token};
use super::words::{Class, class, is_cpp};
use crate::error::{Diagnostic, Source};
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
                let members = || stack.iter().all(|open| open.record) && !stack.is_empty();
                if matches!(token.text, "typedef" | "extern")
                    && (token.first || before.is_some_and(|before| before.is(";")))
                    && members()
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
