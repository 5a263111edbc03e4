//! `#if` and its family: which part of a text counts.

use super::lexer;
use super::names::*;
use super::run::{Guard, Run};
use super::token::{Flags, Kind, Token};
use crate::error::{Diagnostic, ErrorKind};

/// An open condition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition {
    pub place: u32,
    pub length: u32,
    /// One of its parts has counted.
    taken: bool,
    has_else: bool,
}

/// Conditions inside conditions.
const DEEPEST: usize = 1000;

impl Run<'_> {
    /// `#if`, `#ifdef`, `#ifndef` where the text counts.
    pub(super) fn open_condition(&mut self, word: Token, name: Name) {
        if self.conditions.len() >= DEEPEST {
            let span = self.macros.places.span(word.place, 2);
            let message = format!("conditions are nested more than {DEEPEST} levels deep");
            self.fatal(Diagnostic::new(ErrorKind::TooDeep, message).maybe_at(span));
            return;
        }
        let at_start = self.buffers.last().is_some_and(|buffer| buffer.guard == Guard::Start);
        let mut guard = None;
        let holds = match name {
            IF => {
                if at_start {
                    guard = self.guarded();
                }
                self.condition(word)
            }
            _ => match self.macro_name(self.macros.names.spelling(name).to_owned().as_str()) {
                Some(token) => {
                    let tested = token.name();
                    let defined = tested.is_some_and(|tested| self.macros.names.meaning(tested).is_some());
                    if name == IFNDEF {
                        guard = tested;
                    }
                    defined == (name == IFDEF)
                }
                None => false,
            },
        };
        let length = self.macros.names.spelling(name).len() as u32;
        self.conditions.push(Condition { place: word.place, length, taken: holds, has_else: false });
        let depth = self.conditions.len();
        if let Some(buffer) = self.buffers.last_mut() {
            buffer.guard = match (buffer.guard, guard) {
                (Guard::Start, Some(guard)) => Guard::Inside(guard, depth),
                (Guard::Inside(guard, depth), _) => Guard::Inside(guard, depth),
                _ => Guard::No,
            };
        }
        if !holds {
            self.finish_line();
            self.skip();
        }
    }

    /// `!defined NAME`, `!defined(NAME)` and nothing else.
    fn guarded(&mut self) -> Option<Name> {
        let buffer = self.buffers.last()?;
        let before = buffer.at;
        let line: Vec<Token> = std::iter::from_fn(|| {
            let token = self.lexed();
            (token.kind != Kind::End).then_some(token)
        })
        .take(7)
        .collect();
        self.buffers.last_mut()?.at = before;
        match line[..] {
            [not, defined, name] if not.kind == Kind::Not && defined.name() == Some(DEFINED) => name.name(),
            [not, defined, open, name, close]
                if not.kind == Kind::Not
                    && defined.name() == Some(DEFINED)
                    && open.kind == Kind::Open
                    && close.kind == Kind::Close =>
            {
                name.name()
            }
            _ => None,
        }
    }

    /// `#elif`, `#else`, `#endif` behind a part that counted.
    pub(super) fn go_on(&mut self, word: Token, name: Name) {
        let lowest = self.buffers.last().map_or(0, |buffer| buffer.conditions);
        if self.conditions.len() <= lowest {
            let text = self.macros.names.spelling(name).to_owned();
            let span = self.span_of(word);
            let problem = Diagnostic::new(ErrorKind::Syntax, format!("'#{text}' without '#if'"));
            self.problem(problem, span, "");
            return;
        }
        if name == ENDIF {
            self.close_condition();
            return;
        }
        self.no_longer_guard();
        self.check_else(word, name);
        self.finish_line();
        self.skip();
    }

    /// An `#else` behind an `#else`, or an `#elif`.
    fn check_else(&mut self, word: Token, name: Name) {
        let Some(condition) = self.conditions.last_mut() else { return };
        let twice = condition.has_else;
        condition.has_else |= name == ELSE;
        if twice {
            let text = self.macros.names.spelling(name).to_owned();
            let span = self.span_of(word);
            self.problem(Diagnostic::new(ErrorKind::Syntax, format!("'#{text}' after '#else'")), span, "");
        }
    }

    fn no_longer_guard(&mut self) {
        let depth = self.conditions.len();
        if let Some(buffer) = self.buffers.last_mut()
            && matches!(buffer.guard, Guard::Inside(_, inside) if inside == depth)
        {
            buffer.guard = Guard::No;
        }
    }

    fn close_condition(&mut self) {
        let depth = self.conditions.len();
        self.conditions.pop();
        if let Some(buffer) = self.buffers.last_mut()
            && let Guard::Inside(name, inside) = buffer.guard
            && inside == depth
        {
            buffer.guard = Guard::Behind(name);
        }
    }

    /// Goes over what does not count, up to a part that does or the end of the condition.
    fn skip(&mut self) {
        let mut depth = 0usize;
        while !self.stopped {
            let Some(buffer) = self.buffers.last_mut() else { return };
            match lexer::skip_to_directive(buffer.source.text(), buffer.at) {
                Some(at) => buffer.at = at,
                None => {
                    buffer.at = buffer.source.text().len();
                    return;
                }
            }
            let word = self.lexed();
            let Some(name) = word.name() else { continue };
            match name {
                IF | IFDEF | IFNDEF => depth += 1,
                ENDIF if depth > 0 => depth -= 1,
                ENDIF => {
                    self.close_condition();
                    return;
                }
                ELSE | ELIF | ELIFDEF | ELIFNDEF if depth == 0 => {
                    self.no_longer_guard();
                    self.check_else(word, name);
                    let Some(condition) = self.conditions.last() else { return };
                    if condition.taken {
                        continue;
                    }
                    let holds = match name {
                        ELSE => true,
                        ELIF => self.condition(word),
                        _ => {
                            let tested = self.macro_name("elifdef").and_then(Token::name);
                            tested.is_some_and(|tested| {
                                self.macros.names.meaning(tested).is_some() == (name == ELIFDEF)
                            })
                        }
                    };
                    if holds {
                        if let Some(condition) = self.conditions.last_mut() {
                            condition.taken = true;
                        }
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    /// Goes to the end of the directive's line.
    pub(super) fn finish_line(&mut self) {
        while !self.contexts.is_empty() {
            self.leave_context();
        }
        self.lookahead = None;
        self.pending = Flags::default();
        if let Some(buffer) = self.buffers.last()
            && matches!(buffer.source.text().as_bytes().get(buffer.at), Some(b'\n' | b'\r') | None)
        {
            return;
        }
        let directive = std::mem::replace(&mut self.mode.directive, true);
        while self.lexed().kind != Kind::End {}
        self.mode.directive = directive;
    }
}
