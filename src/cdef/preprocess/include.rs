//! `#include`, and `__has_include`.

use super::names::{IMPORT, INCLUDE_NEXT, Name};
use super::run::{Event, Run};
use super::search::Found;
use super::token::{Flags, Kind, Token};
use crate::error::{Diagnostic, ErrorKind};

/// Files inside files.
const DEEPEST: usize = 200;

/// The name of a header, and how it was written.
struct Header {
    name: String,
    quoted: bool,
    token: Token,
    length: u32,
}

impl Run<'_> {
    pub(super) fn include(&mut self, hash: Token, directive: Name) {
        let header = self.header();
        self.finish_line();
        let end = self.buffers.last().map_or(hash.place, |buffer| buffer.base + buffer.at as u32);
        let whole = self.macros.places.span(hash.place, end.saturating_sub(hash.place));
        let Some(header) = header else {
            let problem = Diagnostic::new(ErrorKind::Syntax, "expected \"FILE\" or <FILE> after '#include'");
            self.problem(problem, whole, "");
            return;
        };
        let Some(found) = self.found(&header, directive == INCLUDE_NEXT) else {
            self.not_found(&header);
            return;
        };
        let guard = self.search.guard(found.file);
        if guard.is_some_and(|name| self.macros.names.meaning(name).is_some())
            || self.search.is_done(found.file)
        {
            return;
        }
        if directive == IMPORT {
            self.search.set_once(found.file);
        }
        if self.buffers.len() > DEEPEST {
            let message = format!("files include each other more than {DEEPEST} levels deep");
            let problem = Diagnostic::new(ErrorKind::TooDeep, message)
                .maybe_at(whole)
                .help("give the header an include guard, or '#pragma once'");
            self.fatal(problem);
            return;
        }
        let Some(source) = self.search.source(found.file).cloned() else { return };
        if self.enter_text(&source, Some(hash.place)) {
            if let Some(buffer) = self.buffers.last_mut() {
                buffer.file = Some(found.file);
                buffer.folder = found.folder;
                buffer.system = found.system;
            }
            self.events.push(Event::Entered);
        }
    }

    /// Where a header is found from here.
    fn found(&mut self, header: &Header, next: bool) -> Option<Found> {
        let buffer = self.buffers.last()?;
        let from = match (next, buffer.file, buffer.folder) {
            (true, Some(_), Some(folder)) => folder + 1,
            _ => 0,
        };
        let included = buffer.file.is_some();
        let folder = match buffer.source.name().rfind('/') {
            Some(at) if at > 0 => buffer.source.name()[..at].to_owned(),
            Some(_) => "/".to_owned(),
            None => String::new(),
        };
        let system = buffer.system;
        let beside = (header.quoted && !(next && included)).then_some((folder.as_str(), system));
        self.search.find(&header.name, beside, from)
    }

    fn not_found(&mut self, header: &Header) {
        let span = self.macros.places.span(header.token.place, header.length);
        let name = &header.name;
        let folders = self.search.folders().join(", ");
        let mut problem =
            Diagnostic::new(ErrorKind::UnknownName, format!("the header '{name}' is not found"))
                .maybe_at(span)
                .note(format!("looked in {folders}"));
        for why in self.search.why_not(name) {
            problem = problem.note(why);
        }
        let problem =
            problem.help("install the package that holds it, or name its folder (-I, add_include_folder)");
        self.fatal(problem);
    }

    /// The name behind `#include`, spelled out or from macros.
    fn header(&mut self) -> Option<Header> {
        if self.contexts.is_empty()
            && self.lookahead.is_none()
            && let Some(header) = self.spelled_header()
        {
            return Some(header);
        }
        let first = self.next();
        self.header_from(first)
    }

    fn header_from(&mut self, first: Token) -> Option<Header> {
        let length = self.macros.length(first);
        match first.kind {
            Kind::Text => {
                let text = self.macros.spelling(first);
                let name = text.strip_prefix('"')?.strip_suffix('"')?.to_owned();
                Some(Header { name, quoted: true, token: first, length })
            }
            Kind::Less => {
                let mut name = String::new();
                loop {
                    let token = self.next();
                    match token.kind {
                        Kind::Greater => return Some(Header { name, quoted: false, token: first, length }),
                        Kind::End => return None,
                        _ => {}
                    }
                    if token.flags.has(Flags::WHITE) && !name.is_empty() {
                        name.push(' ');
                    }
                    name.push_str(self.macros.spelling(token));
                }
            }
            _ => None,
        }
    }

    fn spelled_header(&mut self) -> Option<Header> {
        let buffer = self.buffers.last_mut()?;
        let text = buffer.source.text();
        let bytes = text.as_bytes();
        let mut at = buffer.at;
        loop {
            match bytes.get(at)? {
                b' ' | b'\t' => at += 1,
                b'\\' => at = super::lexer::splice(bytes, at)?,
                b'/' => match super::lexer::comment(text, at, true) {
                    super::lexer::Comment::Until(end) => at = end,
                    _ => return None,
                },
                _ => break,
            }
        }
        let close = match bytes.get(at)? {
            b'<' => '>',
            b'"' => '"',
            _ => return None,
        };
        let rest = text.get(at + 1..)?;
        let length = rest.find(['\n', '\r', close])?;
        if !rest[length..].starts_with(close) {
            return None;
        }
        let name = rest[..length].to_owned();
        let token =
            Token { place: buffer.base + at as u32, value: 0, kind: Kind::Text, flags: Flags::default() };
        buffer.at = at + length + 2;
        Some(Header { name, quoted: close == '"', token, length: length as u32 + 2 })
    }

    /// `__has_include(<x.h>)`, behind its name.
    pub(super) fn has_include(&mut self, word: Token, next: bool) -> bool {
        let before = std::mem::replace(&mut self.mode.plain, true);
        let open = self.next();
        self.mode.plain = before;
        let header = (open.kind == Kind::Open).then(|| self.header()).flatten();
        let before = std::mem::replace(&mut self.mode.plain, true);
        let closed = header.is_some() && self.next().kind == Kind::Close;
        self.mode.plain = before;
        match header {
            Some(header) if closed => self.found(&header, next).is_some(),
            _ => {
                let span = self.span_of(word);
                let problem = Diagnostic::new(
                    ErrorKind::Syntax,
                    "expected (\"FILE\") or (<FILE>) after '__has_include'",
                );
                self.problem(problem, span, "");
                false
            }
        }
    }
}
