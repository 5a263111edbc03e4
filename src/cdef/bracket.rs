//! Brackets: which belong together, and what is said where none does.

use super::lex::{Kind, Token};
use crate::error::{Diagnostic, ErrorKind, Source};
use std::sync::Arc;

/// The partner of what has none.
pub(super) const NONE: u32 = u32::MAX;

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

/// Behind a group of which only the end matters.
pub(super) fn skipped_group(tokens: &[Token], open: usize) -> usize {
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

/// The bracket that a closing one belongs to, searched backwards.
pub(super) fn opening(tokens: &[Token], start: usize, close: usize) -> Option<usize> {
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

pub(super) fn unclosed(open: &Token, source: &Arc<Source>) -> Diagnostic {
    Diagnostic::new(ErrorKind::Syntax, format!("'{}' is never closed", open.text))
        .at(open.span(source))
        .help(format!("add the missing '{}'", closing(open.text)))
}

pub(super) fn mismatch(open: &Token, found: &Token, source: &Arc<Source>) -> Diagnostic {
    let wanted = closing(open.text);
    Diagnostic::new(
        ErrorKind::Syntax,
        format!("expected '{wanted}' to match '{}', found '{}'", open.text, found.text),
    )
    .at(found.span(source))
    .note_at(open.span(source), format!("'{}' was opened here", open.text))
}

pub(super) fn unmatched(token: &Token, source: &Arc<Source>) -> Diagnostic {
    Diagnostic::new(ErrorKind::Syntax, format!("unmatched '{}'", token.text))
        .at(token.span(source))
        .help("take it out, or add the bracket that it closes")
}
