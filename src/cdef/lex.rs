//! The user's text as tokens that know where they stand in it.
//!
//! Invariant: a token's text is a slice of the text without line continuations (or a canonical spelling, for
//! digraphs), and its range is a range of the text that the user wrote.

use super::scan::{Step, next};
use crate::error::{Diagnostic, ErrorKind, Source, Span};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    Character,
    Text,
    Sign,
    /// A whole line that begins with `#`.
    Directive,
}

/// One token. `first` tells that nothing stands before it on its line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    pub start: u32,
    pub end: u32,
    pub first: bool,
}

impl<'a> Token<'a> {
    pub(super) fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    pub(super) fn word(&self) -> Option<&'a str> {
        (self.kind == Kind::Word).then_some(self.text)
    }

    pub(super) fn span(&self, source: &Arc<Source>) -> Span {
        Span::new(source, self.start..self.end)
    }
}

/// The text without line continuations, and how to find the way back.
pub(super) struct Spliced<'a> {
    pub text: Cow<'a, str>,
    /// From this offset on, so many bytes were taken out before.
    removed: Vec<(u32, u32)>,
}

impl Spliced<'_> {
    fn original(&self, offset: usize) -> u32 {
        let count = self.removed.partition_point(|&(at, _)| at as usize <= offset);
        let removed = self.removed[..count].last().map_or(0, |&(_, bytes)| bytes);
        (offset as u32).saturating_add(removed)
    }
}

/// Takes out every backslash that ends a line, with the line's end.
pub(super) fn splice(text: &str) -> Spliced<'_> {
    if !text.contains('\\') {
        return Spliced { text: Cow::Borrowed(text), removed: Vec::new() };
    }
    let bytes = text.as_bytes();
    let mut kept = String::new();
    let mut removed: Vec<(u32, u32)> = Vec::new();
    let mut total = 0;
    let mut from = 0;
    for (at, _) in text.match_indices('\\') {
        if at < from {
            continue;
        }
        let mut end = at + 1;
        while matches!(bytes.get(end), Some(b' ' | b'\t')) {
            end += 1;
        }
        match (bytes.get(end), bytes.get(end + 1)) {
            (Some(b'\r'), Some(b'\n')) => end += 2,
            (Some(b'\r' | b'\n'), _) => end += 1,
            _ => continue,
        }
        kept.push_str(&text[from..at]);
        total += (end - at) as u32;
        removed.push((kept.len() as u32, total));
        from = end;
    }
    if removed.is_empty() {
        return Spliced { text: Cow::Borrowed(text), removed };
    }
    kept.push_str(&text[from..]);
    Spliced { text: Cow::Owned(kept), removed }
}

/// All tokens of a spliced text; what is no token is reported, and skipped.
pub(super) fn tokens<'a>(
    spliced: &'a Spliced<'_>,
    source: &Arc<Source>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Token<'a>> {
    let text: &'a str = &spliced.text;
    let mut found = Vec::with_capacity(text.len() / 5);
    let mut at = 0;
    let mut first = true;
    let place = |range: Range<usize>| {
        let start = spliced.original(range.start);
        let last = spliced.original(range.end.saturating_sub(1).max(range.start));
        (start, (last + 1).max(start))
    };
    while at < text.len() {
        let problem;
        let (step, end) = next(text, at, first);
        match step {
            Step::Blank => problem = None,
            Step::Line => {
                first = true;
                problem = None;
            }
            Step::Token(kind, canonical) => {
                let (start, stop) = place(at..end);
                let text = canonical.unwrap_or(&text[at..end]);
                found.push(Token { kind, text, start, end: stop, first });
                first = kind == Kind::Directive;
                problem = None;
            }
            Step::Bad(message, help) => {
                first = false;
                problem = Some((message, help));
            }
            Step::Unended(kind, message, instead) => {
                let (start, stop) = place(at..end);
                found.push(Token { kind, text: instead, start, end: stop, first });
                first = false;
                problem = Some((message.to_string(), Some("close it on the same line")));
            }
        }
        if let Some((message, help)) = problem {
            // The caret marks the opening sign of what is not closed, else the whole of it.
            let width = text[at..end].chars().next().map_or(1, char::len_utf8);
            let (start, stop) = place(at..at + width);
            problems.push(
                Diagnostic::new(ErrorKind::Syntax, message)
                    .at(Span::new(source, start..stop))
                    .maybe_help(help.map(str::to_string)),
            );
        }
        at = end.max(at + 1);
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    found
}

/// The tokens of a text that stands nowhere of its own (inside `_Pragma`, inside a directive).
pub(super) fn words(text: &str) -> Vec<(Kind, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (step, end) = next(text, at, false);
        if let Step::Token(kind, canonical) = step {
            found.push((kind, canonical.unwrap_or(&text[at..end])));
        }
        at = end.max(at + 1);
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexed(text: &str) -> (Vec<String>, Vec<String>) {
        let source = Source::new("t", text);
        let mut problems = Vec::new();
        let spliced = splice(source.text());
        let found = tokens(&spliced, &source, &mut problems);
        for token in &found {
            assert!(text.is_char_boundary(token.start as usize) && text.is_char_boundary(token.end as usize));
        }
        (
            found.iter().map(|token| token.text.to_string()).collect(),
            problems.iter().map(|p| format!("{:?} {}", p.span().unwrap(), p.message())).collect(),
        )
    }

    #[test]
    fn splits_words_signs_and_literals() {
        let (found, problems) =
            lexed("in\\\nt a<:3:>/*c*/=L\"x\\\"y\"u8'a' 1'000u+.5e-3f;\u{b}\u{c}\0\u{feff}é\\u00e9$");
        assert_eq!(
            found,
            [
                "int",
                "a",
                "[",
                "3",
                "]",
                "=",
                "L\"x\\\"y\"",
                "u8'a'",
                "1'000u",
                "+",
                ".5e-3f",
                ";",
                "é\\u00e9$"
            ]
        );
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn keeps_directives_whole() {
        let (found, _) = lexed(" # define X don't /* a\n b */ 5\r\nint y;\r#pragma pack(1)");
        assert_eq!(found, ["# define X don't /* a\n b */ 5", "int", "y", ";", "#pragma pack(1)"]);
    }

    #[test]
    fn reports_what_is_no_token() {
        let (found, problems) = lexed("int @ x;\nchar *s = \"abc\nint y; /* no end");
        assert_eq!(found, ["int", "x", ";", "char", "*", "s", "=", "\"\"", "int", "y", ";"]);
        assert_eq!(
            problems,
            ["t:1:5 stray '@' in the text", "t:2:11 unterminated string", "t:3:8 unterminated comment"]
        );
    }
}
