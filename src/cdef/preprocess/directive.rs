//! Lines that begin with `#`.

use super::names::*;
use super::run::{Event, Guard, Mode, Run};
use super::token::{Flags, Kind, Token};
use crate::error::{Diagnostic, ErrorKind, Marker};

impl Run<'_> {
    /// Obeys a directive; comes back with what is passed on (a pragma).
    pub(super) fn directive(&mut self, hash: Token) -> Option<Token> {
        let before = std::mem::replace(&mut self.mode, Mode { directive: true, ..Mode::default() });
        let expanding = self.expanding.take();
        let pending = std::mem::take(&mut self.pending);
        let passed = self.obey(hash);
        self.pending = pending;
        self.expanding = expanding;
        self.mode = before;
        passed
    }

    fn obey(&mut self, hash: Token) -> Option<Token> {
        let word = self.lexed();
        let name = word.name();
        if let Some(buffer) = self.buffers.last_mut() {
            let opens = matches!(name, Some(IF | IFDEF | IFNDEF));
            let keeps = matches!(buffer.guard, Guard::Inside(..)) || (buffer.guard == Guard::Start && opens);
            if !keeps && word.kind != Kind::End {
                buffer.guard = Guard::No;
            }
        }
        let mut passed = None;
        match name {
            _ if word.kind == Kind::End => {}
            _ if word.kind == Kind::Number => self.marker(word, false),
            Some(DEFINE) => self.define(),
            Some(UNDEF) => self.undefine(),
            Some(name @ (INCLUDE | INCLUDE_NEXT | IMPORT)) => {
                self.include(hash, name);
                return None;
            }
            Some(name @ (IF | IFDEF | IFNDEF)) => self.open_condition(word, name),
            Some(name @ (ELIF | ELIFDEF | ELIFNDEF | ELSE | ENDIF)) => self.go_on(word, name),
            Some(LINE) => {
                let number = self.next();
                self.marker(number, true);
            }
            Some(ERROR) => {
                let (text, length) = self.rest_of_line(word);
                let message = match text.is_empty() {
                    true => "the text says '#error'".to_owned(),
                    false => format!("the text says '#error {text}'"),
                };
                let span = self.macros.places.span(hash.place, length);
                self.problem(Diagnostic::new(ErrorKind::Syntax, message), span, "");
            }
            Some(WARNING) => {}
            Some(ASSERT | UNASSERT) => {
                let message = format!("'#{}' is not supported", self.macros.spelling(word));
                let span = self.span_of(word);
                self.problem(
                    Diagnostic::new(ErrorKind::Unsupported, message),
                    span,
                    "define a macro, and ask '#if defined NAME'",
                );
            }
            Some(PRAGMA) => passed = self.pragma(hash),
            Some(IDENT | SCCS) => {
                let (text, _) = self.rest_of_line(word);
                passed = Some(self.made(Kind::Pragma, &format!("#ident {text}"), Flags::FIRST, hash.place));
            }
            Some(EMBED) => {
                let span = self.span_of(word);
                let problem = Diagnostic::new(ErrorKind::Unsupported, "'#embed' is not supported");
                self.problem(problem, span, "a declaration needs no initialiser: take it out");
            }
            _ => {
                let found = self.macros.spelling(word).to_owned();
                let span = self.span_of(word);
                let known = [
                    "embed",
                    "define",
                    "undef",
                    "include",
                    "include_next",
                    "import",
                    "if",
                    "ifdef",
                    "ifndef",
                    "elif",
                    "elifdef",
                    "elifndef",
                    "else",
                    "endif",
                    "line",
                    "error",
                    "warning",
                    "pragma",
                    "ident",
                ];
                let meant = crate::error::nearest(&found, known);
                let help = meant.map_or(String::new(), |meant| format!("did you mean '#{meant}'?"));
                self.problem(
                    Diagnostic::new(ErrorKind::Syntax, format!("'#{found}' is no directive")),
                    span,
                    &help,
                );
            }
        }
        self.finish_line();
        passed
    }

    /// The tokens of the rest of the line as one text, and how far it reaches from the start of `word`.
    fn rest_of_line(&mut self, word: Token) -> (String, u32) {
        let mut text = String::new();
        loop {
            let token = self.lexed();
            if token.kind == Kind::End {
                return (text, (token.place - word.place) + 1);
            }
            if token.flags.has(Flags::WHITE) && !text.is_empty() {
                text.push(' ');
            }
            text.push_str(self.macros.spelling(token));
        }
    }

    /// `#line 12 "f.h"` and `# 12 "f.h" 1 3`.
    fn marker(&mut self, number: Token, strict: bool) {
        let digits = self.macros.spelling(number).to_owned();
        let line: Option<u32> = digits.parse().ok();
        let Some(line) = line.filter(|_| number.kind == Kind::Number) else {
            if strict {
                let span = self.span_of(number);
                let problem = Diagnostic::new(ErrorKind::Syntax, "expected a number after '#line'");
                self.problem(problem, span, "");
            }
            return;
        };
        let name = self.next();
        let file = (name.kind == Kind::Text).then(|| unquoted(self.macros.spelling(name)));
        if strict && name.kind != Kind::Text && name.kind != Kind::End {
            let span = self.span_of(name);
            let problem =
                Diagnostic::new(ErrorKind::Syntax, "expected the name of a file in quotes after '#line'");
            self.problem(problem, span, "");
        }
        self.finish_line();
        let Some(buffer) = self.buffers.last_mut() else { return };
        let bytes = buffer.source.text().as_bytes();
        let mut next = buffer.at;
        if bytes.get(next) == Some(&b'\r') {
            next += 1;
        }
        if bytes.get(next) == Some(&b'\n') {
            next += 1;
        }
        buffer.markers.push(Marker { offset: next as u32, line, file });
        self.events.push(Event::Line);
    }

    /// Obeys a pragma that is the preprocessor's own, and passes all others on.
    fn pragma(&mut self, hash: Token) -> Option<Token> {
        let mut tokens = Vec::new();
        loop {
            let token = self.lexed();
            if token.kind == Kind::End {
                break;
            }
            tokens.push(token);
        }
        self.pragma_of(&tokens, hash)
    }

    pub(super) fn pragma_of(&mut self, tokens: &[Token], at: Token) -> Option<Token> {
        let named = |index: usize| tokens.get(index).and_then(|token| token.name());
        match (named(0), named(1)) {
            (Some(ONCE), None) => {
                if let Some(file) = self.buffers.last().and_then(|buffer| buffer.file) {
                    self.search.set_once(file);
                }
                return None;
            }
            (Some(name @ (PUSH_MACRO | POP_MACRO)), _) => {
                if let Some(text) = tokens.iter().find(|token| token.kind == Kind::Text) {
                    let word = unquoted(self.macros.spelling(*text));
                    let target = self.macros.names.intern(word.trim());
                    match name {
                        PUSH_MACRO => self.macros.push_meaning(target),
                        _ => self.macros.pop_meaning(target),
                    }
                }
                return None;
            }
            (Some(GCC), Some(SYSTEM_HEADER)) => {
                if self.buffers.len() > 1
                    && let Some(buffer) = self.buffers.last_mut()
                {
                    buffer.system = true;
                }
                return None;
            }
            // They say what a compiler should warn or complain of, and change no declaration.
            (Some(GCC), Some(POISON | DEPENDENCY | WARNING)) => return None,
            (Some(GCC), Some(ERROR)) => {
                let text =
                    tokens.get(2).map_or(String::new(), |token| self.macros.spelling(*token).to_owned());
                let span = self.span_of(at);
                let message = format!("the text says '#pragma GCC error {text}'");
                self.problem(Diagnostic::new(ErrorKind::Syntax, message), span, "");
                return None;
            }
            _ => {}
        }
        let mut text = String::from("#pragma ");
        for (number, &token) in tokens.iter().enumerate() {
            if number > 0 && token.is_spaced() {
                text.push(' ');
            }
            text.push_str(self.macros.spelling(token));
        }
        Some(self.made(Kind::Pragma, &text, Flags::FIRST, at.place))
    }
}

/// What a string literal says.
pub(super) fn unquoted(literal: &str) -> String {
    let inner = literal.find('"').map_or("", |at| &literal[at + 1..]);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => text.extend(rest.next()),
            _ => text.push(letter),
        }
    }
    text
}
