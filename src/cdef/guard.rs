//! Refuses what would make the grammar overflow its stack or run for hours (PEGs backtrack).
//!
//! Invariant: the grammar never sees a text that this has not passed. The limits were measured against lang-c
//! 0.15.1; what real headers need lies far below (bracket depth 16 at most).

use super::index::Paired;
use super::lex::{Kind, Token};
use super::words::{Class, class};
use crate::error::{Diagnostic, ErrorKind, Source};
use std::ops::Range;
use std::sync::Arc;

/// Brackets inside brackets.
const BRACKETS: usize = 64;
/// `[` inside `(` inside `[`: each level doubles the grammar's time (`sizeof(int[sizeof(int[..])])`).
const ALTERNATIONS: usize = 6;
/// A record's body inside parentheses or brackets: each level doubles the time as well.
const BODIES: usize = 4;
/// Operators upon operators: the height of the tree.
const HEIGHT: usize = 300;
/// `++` and `--` can each be read in two ways.
const DOUBLE_SIGNS: usize = 8;
/// Deeper than this is parsed on a thread with a large stack.
const DEEP: usize = 24;

/// How a declaration is to be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    Shallow,
    Deep,
}

#[derive(Default, Clone, Copy)]
struct Level {
    alternations: usize,
    bodies: usize,
    enclosed: bool,
    parenthesis: bool,
    operators: usize,
    inner: usize,
    highest: usize,
}

/// Whether the grammar may see these tokens, and how.
pub(super) fn depth(paired: Paired, range: Range<usize>, source: &Arc<Source>) -> Result<Depth, Diagnostic> {
    let too_deep = |token: &Token| {
        Diagnostic::new(ErrorKind::TooDeep, "this is nested too deeply")
            .at(token.span(source))
            .help("give the inner parts names of their own (typedef, enum constants)")
    };
    let mut stack: Vec<Level> = Vec::new();
    let mut level = Level::default();
    let (mut deepest, mut highest, mut double_signs) = (0, 0, 0);
    for at in range {
        let token = &paired.tokens[at];
        match token.text {
            _ if token.kind != Kind::Sign => {
                let operator = token.word().is_some_and(|word| class(word) == Some(Class::Operator));
                level.operators += usize::from(operator);
            }
            "(" | "[" | "{" => {
                // A body's members and a list's items are each a tree of their own.
                level.operators += 1;
                let mut inner = Level {
                    alternations: level.alternations,
                    bodies: level.bodies,
                    enclosed: level.enclosed || token.text != "{",
                    parenthesis: token.text == "(",
                    ..Level::default()
                };
                inner.alternations += usize::from(token.is("[") && level.parenthesis);
                inner.bodies += usize::from(token.is("{") && level.enclosed);
                if token.is("[") && !level.parenthesis {
                    inner.parenthesis = false;
                }
                if token.is("{") {
                    inner.parenthesis = level.parenthesis;
                }
                if inner.alternations > ALTERNATIONS || inner.bodies > BODIES {
                    return Err(too_deep(token));
                }
                stack.push(level);
                level = inner;
                deepest = deepest.max(stack.len());
                if stack.len() > BRACKETS {
                    return Err(too_deep(token));
                }
            }
            ")" | "]" | "}" => {
                let height = level.highest.max(level.operators + level.inner) + 1;
                let Some(outer) = stack.pop() else { continue };
                level = outer;
                level.inner = level.inner.max(height);
            }
            "," | ";" => {
                level.highest = level.highest.max(level.operators + level.inner);
                level.operators = 0;
                level.inner = 0;
            }
            "++" | "--" => {
                double_signs += 1;
                level.operators += 1;
                if double_signs > DOUBLE_SIGNS {
                    return Err(too_deep(token));
                }
            }
            _ => level.operators += 1,
        }
        highest = highest.max(level.operators + level.inner);
        if highest > HEIGHT {
            return Err(too_deep(token));
        }
    }
    Ok(if deepest > DEEP || highest > DEEP * 4 { Depth::Deep } else { Depth::Shallow })
}
