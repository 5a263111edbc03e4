//! One expansion: the texts that are open, the macros that are being expanded, and the next token.

use super::lexer;
use super::macros::{Builtin, Form, Macros};
use super::names::{Name, PRAGMA_OPERATOR};
use super::search::Search;
use super::token::{Flags, Kind, Token};
use crate::error::{Diagnostic, ErrorKind, Marker, Source, Span};
use std::sync::Arc;

/// Tokens that the macros of texts may become: whatever the length of the texts, and for each byte of them. Headers
/// need less than one for a byte.
const MOST: u32 = 1 << 16;
const MOST_FOR_BYTE: u32 = 4;

/// Bytes of an expanded text: whatever the length of the texts, and for each byte of them.
const LONGEST: usize = 1 << 22;
const LONGEST_FOR_BYTE: usize = 128;

/// The state of one expansion.
pub(super) struct Run<'r> {
    pub macros: &'r mut Macros,
    pub search: &'r mut Search,
    pub buffers: Vec<Buffer>,
    pub conditions: Vec<super::condition::Condition>,
    pub contexts: Vec<Context>,
    spare: Vec<Vec<Token>>,
    pub lookahead: Option<Token>,
    pub mode: Mode,
    /// Flags that the next token takes over.
    pub pending: Flags,
    /// Where the outermost macro in use was used.
    pub use_place: u32,
    /// The outermost macro in use, among `expansions`.
    pub expanding: Option<u32>,
    pub expansions: Vec<Expansion>,
    pub depth: u32,
    at_once: u32,
    in_all: u32,
    /// Bytes of all texts that were entered.
    read: usize,
    pub problems: Vec<Diagnostic>,
    pub stopped: bool,
    /// Names that are replaced only where a condition asks for them.
    pub only_conditions: bool,
    /// Macros may be defined again, differently, as compilers have it.
    pub redefining: bool,
    pub events: Vec<Event>,
}

/// How tokens are wanted.
#[derive(Clone, Copy, Default)]
pub(super) struct Mode {
    /// A line is the text.
    pub directive: bool,
    /// Macros stay as they are.
    pub plain: bool,
    /// Only a parenthesis is of interest.
    pub seeking: bool,
    /// The arguments of a macro are read; so many texts were open when they began.
    pub arguments: usize,
}

/// An open text.
pub(super) struct Buffer {
    pub source: Arc<Source>,
    pub base: u32,
    pub at: usize,
    /// How many conditions were open when it began.
    pub conditions: usize,
    pub guard: Guard,
    pub file: Option<u32>,
    /// Its folder's number among those searched.
    pub folder: Option<usize>,
    pub system: bool,
    pub markers: Vec<Marker>,
    /// A place and its line: the next one asked for is near.
    line: (usize, u32),
}

/// Is all of a file inside one `#ifndef`?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// Nothing was read yet.
    Start,
    /// Inside, at this depth of conditions.
    Inside(Name, usize),
    /// Behind its end.
    Behind(Name),
    No,
}

/// Tokens that are read before the text goes on.
pub(super) struct Context {
    tokens: Tokens,
    at: u32,
    end: u32,
    number: Option<u32>,
    /// Nothing behind it is to be read.
    barrier: bool,
}

enum Tokens {
    Body,
    Own(Vec<Token>),
}

/// A macro that was used in a text.
#[derive(Clone, Copy)]
pub(super) struct Expansion {
    pub start: u32,
    pub end: u32,
    pub definition: u32,
    pub name: Name,
}

/// A file was entered or left before the next token, for line markers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Entered,
    Left,
    Line,
}

impl<'r> Run<'r> {
    pub(super) fn new(macros: &'r mut Macros, search: &'r mut Search) -> Run<'r> {
        Run {
            macros,
            search,
            buffers: Vec::new(),
            conditions: Vec::new(),
            contexts: Vec::new(),
            spare: Vec::new(),
            lookahead: None,
            mode: Mode::default(),
            pending: Flags::default(),
            use_place: 0,
            expanding: None,
            expansions: Vec::new(),
            depth: 0,
            at_once: 0,
            in_all: 0,
            read: 0,
            problems: Vec::new(),
            stopped: false,
            only_conditions: false,
            redefining: false,
            events: Vec::new(),
        }
    }

    /// Opens a text.
    pub(super) fn enter_text(&mut self, source: &Arc<Source>, from: Option<u32>) -> bool {
        let Some(base) = self.macros.places.add(source, from).filter(|_| self.macros.places.fits()) else {
            self.fatal(Diagnostic::new(ErrorKind::TooLarge, "the texts are larger than 2 GiB together"));
            return false;
        };
        self.read = self.read.saturating_add(source.text().len());
        self.buffers.push(Buffer {
            source: source.clone(),
            base,
            at: 0,
            conditions: self.conditions.len(),
            guard: Guard::Start,
            file: None,
            folder: None,
            system: false,
            markers: Vec::new(),
            line: (0, 1),
        });
        true
    }

    /// Closes the innermost text; `false` where it is the outermost.
    fn leave_text(&mut self) -> bool {
        let Some(buffer) = self.buffers.last_mut() else { return false };
        let open = self.conditions.split_off(buffer.conditions.min(self.conditions.len()));
        let guard = buffer.guard;
        let file = buffer.file;
        if !buffer.markers.is_empty() {
            buffer.source.set_markers(std::mem::take(&mut buffer.markers));
        }
        if let Some(condition) = open.last() {
            let span = self.macros.places.span(condition.place, condition.length);
            self.problem(Diagnostic::new(ErrorKind::Syntax, "unterminated condition"), span, "add '#endif'");
        }
        if let (Guard::Behind(name), Some(file)) = (guard, file) {
            self.search.remember_guard(file, name);
        }
        if self.buffers.len() <= 1 {
            return false;
        }
        self.buffers.pop();
        self.events.push(Event::Left);
        true
    }

    /// The next token of the text itself; directives are obeyed on the way.
    pub(super) fn raw(&mut self) -> Token {
        loop {
            let token = match self.lookahead.take() {
                Some(token) => token,
                None => self.lexed(),
            };
            if self.mode.directive {
                return token;
            }
            if token.kind == Kind::Hash && token.flags.has(Flags::FIRST) && !self.mode.seeking {
                match self.directive(token) {
                    Some(passed) => return passed,
                    None => continue,
                }
            }
            if token.kind == Kind::End {
                let entered_here = self.mode.arguments > 0 && self.buffers.len() > self.mode.arguments;
                if (self.mode.seeking || self.mode.arguments > 0) && !entered_here {
                    return token;
                }
                if self.leave_text() {
                    continue;
                }
                return token;
            }
            if let Some(buffer) = self.buffers.last_mut()
                && !matches!(buffer.guard, Guard::Inside(..))
            {
                buffer.guard = Guard::No;
            }
            return token;
        }
    }

    #[inline]
    pub(super) fn lexed(&mut self) -> Token {
        let Some(buffer) = self.buffers.last_mut() else { return Token::end(0) };
        let mut unended = None;
        let flags = if buffer.at == 0 { Flags::FIRST } else { Flags::default() };
        let text = buffer.source.text();
        let mut into = lexer::Into {
            names: &mut self.macros.names,
            scratch: &mut self.macros.scratch,
            unended: &mut unended,
        };
        let token = lexer::next(text, &mut buffer.at, buffer.base, flags, self.mode.directive, &mut into);
        if let Some(at) = unended {
            let place = buffer.base + at as u32;
            let span = self.macros.places.span(place, 1);
            let problem = Diagnostic::new(ErrorKind::Syntax, "unterminated comment");
            self.problem(problem, span, "close the comment with '*/'");
        }
        token
    }

    /// The next token with macros expanded.
    pub(super) fn next(&mut self) -> Token {
        loop {
            let mut token = match self.contexts.last_mut() {
                None => {
                    let token = self.raw();
                    if !self.mode.plain {
                        self.expanding = None;
                        self.at_once = 0;
                    }
                    token
                }
                Some(context) if context.at < context.end => {
                    let at = context.at as usize;
                    context.at += 1;
                    let token = match &context.tokens {
                        Tokens::Body => self.macros.bodies.get(at),
                        Tokens::Own(tokens) => tokens.get(at),
                    };
                    let token = token.copied().unwrap_or(Token::end(0));
                    if token.flags.has(Flags::PASTE) { self.pasted_all(token) } else { token }
                }
                Some(context) if context.barrier => return Token::end(self.use_place),
                Some(_) => {
                    self.leave_context();
                    continue;
                }
            };
            if self.pending.0 != 0 {
                token.flags = token.flags.with(self.pending);
                self.pending = Flags::default();
            }
            if token.kind != Kind::Name || token.flags.has(Flags::PAINTED) {
                return token;
            }
            let Some(number) = self.macros.names.meaning(Name(token.value)) else { return token };
            let Some(found) = self.macros.get(number) else { return token };
            if found.busy {
                token.flags = token.flags.with(Flags::PAINTED);
                return token;
            }
            if self.mode.plain || self.stopped {
                return token;
            }
            if found.predefined && self.only_conditions && !self.mode.directive {
                let word = self.macros.names.spelling(Name(token.value));
                if is_left_alone(word) {
                    return token;
                }
            }
            if self.expanding.is_none() && !self.mode.directive {
                self.use_place = token.place;
                self.expanding = Some(self.expansions.len() as u32);
                let end = token.place + self.macros.names.spelling(Name(token.value)).len() as u32;
                let expansion =
                    Expansion { start: token.place, end, definition: found.place, name: Name(token.value) };
                self.expansions.push(expansion);
            }
            if !self.enter(number, token) {
                return token;
            }
        }
    }

    /// Goes into a macro; `false` where its name stands for itself.
    fn enter(&mut self, number: u32, token: Token) -> bool {
        let Some(found) = self.macros.get(number) else { return false };
        let body = found.body.clone();
        let inherited = Flags(token.flags.0 & (Flags::WHITE.0 | Flags::FIRST.0));
        match &found.form {
            Form::Builtin(builtin) => {
                let builtin = *builtin;
                if builtin == Builtin::Pragma && (self.mode.directive || Name(token.value) != PRAGMA_OPERATOR)
                {
                    return false;
                }
                match self.builtin(builtin, token) {
                    Some(mut result) => {
                        result.flags = inherited;
                        let mut own = self.spare();
                        own.push(result);
                        self.push_own(own, None, false);
                    }
                    None => self.pending = inherited,
                }
                true
            }
            Form::Object => {
                self.pending = inherited;
                self.push_body(body, number);
                true
            }
            Form::Function { parameters, .. } => {
                let count = parameters.len();
                let Some(arguments) = self.arguments(number, token) else { return false };
                if let Some(expansion) =
                    self.expanding.and_then(|expanding| self.expansions.get_mut(expanding as usize))
                    && self.contexts.is_empty()
                    && let Some(buffer) = self.buffers.last()
                {
                    expansion.end = expansion.end.max(buffer.base + buffer.at as u32);
                }
                if count == 0 {
                    self.recycle_arguments(arguments);
                    self.push_body(body, number);
                } else {
                    let tokens = self.substituted(body, number, arguments);
                    self.push_own(tokens, Some(number), false);
                }
                self.pending = inherited;
                true
            }
        }
    }

    fn push_body(&mut self, body: std::ops::Range<u32>, number: u32) {
        self.count(body.end - body.start);
        self.set_busy(number, true);
        self.contexts.push(Context {
            tokens: Tokens::Body,
            at: body.start,
            end: body.end,
            number: Some(number),
            barrier: false,
        });
    }

    pub(super) fn push_own(&mut self, tokens: Vec<Token>, number: Option<u32>, barrier: bool) {
        self.count(tokens.len() as u32);
        if let Some(number) = number {
            self.set_busy(number, true);
        }
        let end = tokens.len() as u32;
        self.contexts.push(Context { tokens: Tokens::Own(tokens), at: 0, end, number, barrier });
    }

    fn set_busy(&mut self, number: u32, busy: bool) {
        if let Some(found) = self.macros.all.get_mut(number as usize) {
            found.busy = busy;
        }
    }

    pub(super) fn leave_context(&mut self) {
        if let Some(context) = self.contexts.pop() {
            if let Some(number) = context.number {
                self.set_busy(number, false);
            }
            if let Tokens::Own(tokens) = context.tokens {
                self.recycle(tokens);
            }
        }
    }

    /// The token that follows in the innermost macro, for `##`.
    pub(super) fn following(&mut self) -> Option<Token> {
        let context = self.contexts.last_mut().filter(|context| context.at < context.end)?;
        let at = context.at as usize;
        context.at += 1;
        match &context.tokens {
            Tokens::Body => self.macros.bodies.get(at).copied(),
            Tokens::Own(tokens) => tokens.get(at).copied(),
        }
    }

    /// Gives the last token back.
    pub(super) fn unread(&mut self, token: Token) {
        if token.kind == Kind::End {
            return;
        }
        match self.contexts.last_mut() {
            Some(_) => {
                let mut own = self.spare();
                own.push(token);
                self.push_own(own, None, false);
            }
            None => self.lookahead = Some(token),
        }
    }

    pub(super) fn spare(&mut self) -> Vec<Token> {
        self.spare.pop().unwrap_or_default()
    }

    pub(super) fn recycle(&mut self, mut tokens: Vec<Token>) {
        if self.spare.len() < 64 && tokens.capacity() < 4096 {
            tokens.clear();
            self.spare.push(tokens);
        }
    }

    /// A macro became so many more tokens.
    pub(super) fn count(&mut self, tokens: u32) {
        self.at_once = self.at_once.saturating_add(tokens);
        self.in_all = self.in_all.saturating_add(tokens);
        let bytes = u32::try_from(self.read).unwrap_or(u32::MAX);
        let most = bytes.saturating_mul(MOST_FOR_BYTE).saturating_add(MOST);
        if self.in_all > most && !self.stopped {
            let what = match self.at_once > most / 2 {
                true => "a macro expands",
                false => "the macros of the text expand",
            };
            let span = self.macros.places.span(self.use_place, 1);
            let message = format!("{what} to more than {most} tokens");
            self.fatal(Diagnostic::new(ErrorKind::TooLarge, message).maybe_at(span));
        }
    }

    /// Stops where an expanded text has become too long for what it was made of.
    pub(super) fn limit(&mut self, length: usize) {
        let most = self.read.saturating_mul(LONGEST_FOR_BYTE).saturating_add(LONGEST).min(1 << 30);
        if length > most {
            let span = self.macros.places.span(self.use_place, 1);
            let message = format!("the expanded text is larger than {} MiB", most >> 20);
            self.fatal(Diagnostic::new(ErrorKind::TooLarge, message).maybe_at(span));
        }
    }

    /// Where a token can be shown: where it was written in a text, else where its macro was used.
    pub(super) fn span_of(&self, token: Token) -> Option<Span> {
        let inside = token.flags.has(Flags::BODY) || token.place >= lexer::SCRATCH;
        match inside && self.expanding.is_some() {
            true => {
                let expansion = self.expansions.get(self.expanding? as usize)?;
                self.macros
                    .places
                    .span(expansion.start, self.macros.names.spelling(expansion.name).len() as u32)
            }
            false => self.macros.places.span(token.place, self.macros.length(token)),
        }
    }

    /// Notes a mistake; the text goes on.
    pub(super) fn problem(&mut self, problem: Diagnostic, span: Option<Span>, help: &str) {
        if self.problems.len() >= 100 || self.stopped {
            return;
        }
        let mut problem = problem.maybe_at(span);
        if !help.is_empty() {
            problem = problem.help(help);
        }
        let expansion = self.expanding.and_then(|expanding| self.expansions.get(expanding as usize));
        if let Some(expansion) = expansion
            && let Some(defined) = self
                .macros
                .places
                .span(expansion.definition, self.macros.names.spelling(expansion.name).len() as u32)
        {
            let name = self.macros.names.spelling(expansion.name);
            problem = problem.note_at(defined, format!("macro '{name}' is defined here"));
        }
        self.problems.push(self.with_includes(problem));
    }

    /// The same, and the text ends here.
    pub(super) fn fatal(&mut self, problem: Diagnostic) {
        if self.stopped {
            return;
        }
        let problem = self.with_includes(problem);
        self.problems.push(problem);
        self.stopped = true;
        for buffer in &mut self.buffers {
            buffer.at = buffer.source.text().len();
            buffer.conditions = 0;
        }
        self.conditions.clear();
        self.lookahead = None;
        for context in &mut self.contexts {
            context.at = context.end;
        }
    }

    fn with_includes(&self, mut problem: Diagnostic) -> Diagnostic {
        for (buffer, includer) in self.buffers.iter().zip(self.buffers.iter().skip(1)).rev().take(8) {
            let Some(from) = self.macros.places.included_from(includer.base) else { continue };
            let line = buffer.source.text().get((from - buffer.base) as usize..).unwrap_or("");
            let length = line.find(['\n', '\r']).unwrap_or(line.len()) as u32;
            if let Some(span) = self.macros.places.span(from, length) {
                problem = problem.note_at(span, "included from here");
            }
        }
        problem
    }

    /// Line and file at a place of the innermost text, as line markers tell it.
    pub(super) fn presumed(&mut self, place: u32) -> (u32, String) {
        let Some(buffer) = self.buffers.last_mut() else { return (1, String::new()) };
        let offset = (place.saturating_sub(buffer.base)) as usize;
        let physical = buffer.line_at(offset);
        let count = buffer.markers.partition_point(|marker| marker.offset as usize <= offset);
        let file = buffer.markers[..count].iter().rev().find_map(|marker| marker.file.clone());
        let file = file.unwrap_or_else(|| buffer.source.name().to_owned());
        match buffer.markers[..count].last().map(|marker| (marker.offset, marker.line)) {
            Some((from, line)) => {
                let start = buffer.line_at(from as usize);
                (line.wrapping_add(physical.saturating_sub(start)), file)
            }
            None => (physical, file),
        }
    }
}

/// Predefined names that may be a user's own (`unix`, `i386`), and words that the reader of declarations knows itself
/// (`__stdcall`): conditions see the macros, declarations do not.
pub(super) fn is_left_alone(word: &str) -> bool {
    !word.starts_with('_') || super::super::words::class(word).is_some()
}

impl Buffer {
    /// The line of an offset, counted from 1.
    fn line_at(&mut self, offset: usize) -> u32 {
        let bytes = self.source.text().as_bytes();
        let offset = offset.min(bytes.len());
        let count = |from: usize, to: usize| {
            bytes.get(from..to).unwrap_or(&[]).iter().filter(|&&byte| byte == b'\n').count() as u32
        };
        let (known, line) = self.line;
        let line = match offset >= known {
            true => line + count(known, offset),
            false => line - count(offset, known),
        };
        self.line = (offset, line);
        line
    }
}
