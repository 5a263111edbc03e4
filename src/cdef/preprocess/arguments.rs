//! The arguments of a function-like macro: found in the text, expanded, and put into its body.

use super::macros::Form;
use super::run::Run;
use super::token::{Flags, Kind, Token};
use crate::error::{Diagnostic, ErrorKind};
use std::ops::Range;

/// What stands between the parentheses of a macro's use.
pub(super) struct Arguments {
    tokens: Vec<Token>,
    ranges: Vec<Range<u32>>,
    /// The variable arguments are left out altogether, not just empty.
    omitted: bool,
    /// Those that were expanded already: where in `expanded`, or, where expanding changes nothing, `None`.
    done: Vec<Done>,
    expanded: Vec<Token>,
}

#[derive(Clone)]
enum Done {
    NotYet,
    Same,
    At(Range<u32>),
}

/// Arguments in arguments so deep are refused: each level needs some stack.
const DEEPEST: u32 = 200;

impl Run<'_> {
    /// Reads the arguments of a macro; `None` where it is not used as one, or wrongly.
    pub(super) fn arguments(&mut self, number: u32, name: Token) -> Option<Arguments> {
        let before = self.mode;
        self.mode.plain = true;
        self.mode.seeking = true;
        let open = self.next();
        if open.kind != Kind::Open {
            self.unread(open);
            self.mode = before;
            return None;
        }
        self.mode.seeking = false;
        self.mode.arguments = self.buffers.len();
        let found = self.arguments_inside(number, name);
        self.mode = before;
        found
    }

    fn arguments_inside(&mut self, number: u32, name: Token) -> Option<Arguments> {
        let Some(Form::Function { parameters, variadic }) = self.macros.get(number).map(|found| &found.form)
        else {
            return None;
        };
        let (wanted, variadic) = (parameters.len(), *variadic);
        let mut tokens = self.spare();
        let mut ranges: Vec<Range<u32>> = Vec::with_capacity(wanted);
        let mut depth = 0u32;
        let mut start = 0;
        loop {
            let mut token = self.next();
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close if depth == 0 => break,
                Kind::Close => depth -= 1,
                Kind::Comma if depth == 0 && !(variadic && ranges.len() + 1 == wanted) => {
                    ranges.push(start..tokens.len() as u32);
                    start = tokens.len() as u32;
                    continue;
                }
                Kind::End => {
                    if !self.stopped {
                        let word = self.macros.spelling(name).to_owned();
                        let problem = Diagnostic::new(
                            ErrorKind::Syntax,
                            format!("unterminated list of arguments of macro '{word}'"),
                        );
                        let span = self.span_of(name);
                        self.problem(problem, span, "close it with ')'");
                    }
                    return None;
                }
                _ => {}
            }
            if token.flags.has(Flags::FIRST) {
                token.flags = token.flags.without(Flags::FIRST).with(Flags::WHITE);
            }
            if tokens.len() & 0xfff == 0xfff {
                self.count(0x1000);
            }
            tokens.push(token);
        }
        self.count(tokens.len() as u32 & 0xfff);
        ranges.push(start..tokens.len() as u32);
        let empty = ranges.len() == 1 && tokens.is_empty();
        if wanted == 0 && empty {
            ranges.clear();
        }
        let given = ranges.len();
        let mut omitted = variadic && wanted == 1 && empty;
        if variadic && given + 1 == wanted {
            ranges.push(tokens.len() as u32..tokens.len() as u32);
            omitted = true;
        }
        if ranges.len() != wanted {
            self.wrong_number(number, name, given, wanted, variadic);
            self.recycle(tokens);
            return None;
        }
        let expanded = self.spare();
        Some(Arguments { tokens, done: vec![Done::NotYet; ranges.len()], ranges, omitted, expanded })
    }

    fn wrong_number(&mut self, number: u32, name: Token, given: usize, wanted: usize, variadic: bool) {
        let word = self.macros.spelling(name).to_owned();
        let least = if variadic { "at least " } else { "" };
        let counted = if variadic { wanted - 1 } else { wanted };
        let plural = if counted == 1 { "" } else { "s" };
        let message = format!("macro '{word}' takes {least}{counted} argument{plural}, found {given}");
        let mut problem = Diagnostic::new(ErrorKind::Arity, message);
        if let Some(span) =
            self.macros.get(number).and_then(|found| self.macros.places.span(found.place, word.len() as u32))
            && self.expansions.len() != self.expanding.map_or(0, |expanding| expanding as usize + 1)
        {
            problem = problem.note_at(span, format!("macro '{word}' is defined here"));
        }
        let span = self.span_of(name);
        self.problem(problem, span, "");
    }

    pub(super) fn recycle_arguments(&mut self, arguments: Arguments) {
        self.recycle(arguments.tokens);
        self.recycle(arguments.expanded);
    }

    /// A macro's body with the arguments in it.
    pub(super) fn substituted(
        &mut self,
        body: Range<u32>,
        number: u32,
        mut arguments: Arguments,
    ) -> Vec<Token> {
        let mut out = self.spare();
        self.substitute(body, number, &mut arguments, &mut out);
        self.recycle_arguments(arguments);
        out
    }

    /// Tells whether the last thing was the nothing that is left of `##` between nothings.
    fn substitute(
        &mut self,
        body: Range<u32>,
        number: u32,
        arguments: &mut Arguments,
        out: &mut Vec<Token>,
    ) -> bool {
        let variable = match self.macros.get(number).map(|found| &found.form) {
            Some(Form::Function { parameters, variadic: true }) => parameters.len().checked_sub(1),
            _ => None,
        };
        // Blank space of what became nothing.
        let mut white = Flags::default();
        let mut before_pastes = false;
        let mut ends_in_nothing = false;
        let start = out.len();
        let mut at = body.start;
        while at < body.end && !self.stopped {
            let Some(&token) = self.macros.bodies.get(at as usize) else { break };
            at += 1;
            let pastes = token.flags.has(Flags::PASTE);
            let had = out.len();
            match token.kind {
                Kind::Optional => {
                    let close = token.value.min(body.end.saturating_sub(1)).max(at);
                    let closing = self.macros.bodies.get(close as usize).copied().unwrap_or(token);
                    let pastes = closing.flags.has(Flags::PASTE);
                    let mut inside = self.spare();
                    let given = match variable {
                        Some(variable) => {
                            self.expand_argument(arguments, variable);
                            arguments.expanded_count(variable) > 0
                        }
                        None => false,
                    };
                    let nothing = given && self.substitute(at..close, number, arguments, &mut inside);
                    if token.flags.has(Flags::QUOTE) {
                        let text = self.quoted(&inside, token);
                        inside.clear();
                        inside.push(text);
                    }
                    let flags = Flags(token.flags.0 & Flags::WHITE.0);
                    put(
                        out,
                        &inside,
                        flags,
                        &mut white,
                        before_pastes,
                        pastes && (!nothing || inside.is_empty()),
                    );
                    self.recycle(inside);
                    at = close + 1;
                    before_pastes = pastes;
                    continue;
                }
                Kind::Parameter => {
                    let index = token.value as usize;
                    let flags = Flags(token.flags.0 & Flags::WHITE.0);
                    if token.flags.has(Flags::QUOTE) {
                        let mut text = self.quoted(arguments.raw(index), token);
                        text.flags = text.flags.with(Flags(token.flags.0 & Flags::PASTE.0)).with(white);
                        white = Flags::default();
                        out.push(text);
                    } else if pastes || before_pastes {
                        let comma = before_pastes
                            && Some(index) == variable
                            && had > start
                            && out.last().is_some_and(|last| last.kind == Kind::Comma);
                        if comma && !pastes {
                            // GNU: the comma goes where the variable arguments are left out, and is not pasted else.
                            if arguments.omitted {
                                out.pop();
                            } else {
                                if let Some(last) = out.last_mut() {
                                    last.flags = last.flags.without(Flags::PASTE);
                                }
                                self.expand_argument(arguments, index);
                                put(out, arguments.expanded(index), flags, &mut white, false, false);
                            }
                        } else {
                            put(
                                out,
                                arguments.raw(index),
                                flags,
                                &mut white,
                                before_pastes && had > start,
                                pastes,
                            );
                        }
                    } else {
                        self.expand_argument(arguments, index);
                        put(out, arguments.expanded(index), flags, &mut white, false, false);
                    }
                }
                _ => {
                    let mut token = token;
                    token.flags = token.flags.with(white);
                    white = Flags::default();
                    out.push(token);
                }
            }
            ends_in_nothing = token.kind == Kind::Parameter && (pastes || before_pastes) && out.len() == had;
            before_pastes = pastes;
            if out.len() > 1 << 16 {
                self.count((out.len().saturating_sub(had)) as u32);
            }
        }
        ends_in_nothing
    }

    /// Expands an argument as if it were all of the text.
    fn expand_argument(&mut self, arguments: &mut Arguments, index: usize) {
        if !matches!(arguments.done.get(index), Some(Done::NotYet)) {
            return;
        }
        let length = arguments.raw(index).len() as u32;
        self.count(length);
        let raw = arguments.raw(index);
        let stands =
            |token: &Token| token.name().is_none_or(|name| self.macros.names.meaning(name).is_none());
        if raw.iter().all(stands) {
            arguments.done[index] = Done::Same;
            return;
        }
        if self.depth >= DEEPEST {
            let span = self.macros.places.span(self.use_place, 1);
            let message = format!("macros are used in arguments of macros more than {DEEPEST} levels deep");
            self.fatal(Diagnostic::new(ErrorKind::TooDeep, message).maybe_at(span));
            arguments.done[index] = Done::Same;
            return;
        }
        let mut own = self.spare();
        own.extend_from_slice(raw);
        let pending = std::mem::take(&mut self.pending);
        self.depth += 1;
        self.push_own(own, None, true);
        let start = arguments.expanded.len() as u32;
        loop {
            let token = self.next();
            if token.kind == Kind::End {
                break;
            }
            arguments.expanded.push(token);
            if arguments.expanded.len() & 0x3ff == 0 {
                self.count(0x400);
            }
        }
        self.leave_context();
        self.depth -= 1;
        self.pending = pending;
        arguments.done[index] = Done::At(start..arguments.expanded.len() as u32);
    }
}

impl Arguments {
    fn raw(&self, index: usize) -> &[Token] {
        let Some(range) = self.ranges.get(index) else { return &[] };
        self.tokens.get(range.start as usize..range.end as usize).unwrap_or(&[])
    }

    fn expanded(&self, index: usize) -> &[Token] {
        match self.done.get(index) {
            Some(Done::At(range)) => {
                self.expanded.get(range.start as usize..range.end as usize).unwrap_or(&[])
            }
            _ => self.raw(index),
        }
    }

    fn expanded_count(&self, index: usize) -> usize {
        self.expanded(index).len()
    }
}

/// Puts tokens in the place of one; `pasted_to` is whether `##` stands in front, `pastes` whether one stands behind.
fn put(
    out: &mut Vec<Token>,
    tokens: &[Token],
    flags: Flags,
    white: &mut Flags,
    pasted_to: bool,
    pastes: bool,
) {
    if tokens.is_empty() {
        *white = white.with(flags);
        // What is pasted to nothing stays what it is, and is pasted to what comes behind.
        if pasted_to && let Some(last) = out.last_mut() {
            last.flags = match pastes {
                true => last.flags.with(Flags::PASTE),
                false => last.flags.without(Flags::PASTE),
            };
        }
        return;
    }
    let first = out.len();
    out.extend_from_slice(tokens);
    if let Some(token) = out.get_mut(first) {
        token.flags = token.flags.without(Flags::WHITE).with(flags).with(*white);
        *white = Flags::default();
    }
    if pastes && let Some(last) = out.last_mut() {
        last.flags = last.flags.with(Flags::PASTE);
    }
}
