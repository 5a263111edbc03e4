//! The user's text as tokens that know where they stand in it.
//!
//! Invariant: a token's text is a slice of the text without line continuations (or a canonical spelling, for
//! digraphs), and its range is a range of the text that the user wrote.

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

enum Step {
    Blank,
    Line,
    Token(Kind, Option<&'static str>),
    Bad(String, Option<&'static str>),
    /// What stands in for a literal that has no end.
    Unended(Kind, &'static str, &'static str),
}

/// Longest first.
const SIGNS: [(&str, &str); 57] = [
    ("%:%:", "##"),
    ("...", "..."),
    ("<<=", "<<="),
    (">>=", ">>="),
    ("??(", "["),
    ("??)", "]"),
    ("??<", "{"),
    ("??>", "}"),
    ("??!", "|"),
    ("??'", "^"),
    ("??-", "~"),
    ("##", "##"),
    ("<:", "["),
    (":>", "]"),
    ("<%", "{"),
    ("%>", "}"),
    ("%:", "#"),
    ("->", "->"),
    ("++", "++"),
    ("--", "--"),
    ("<<", "<<"),
    (">>", ">>"),
    ("<=", "<="),
    (">=", ">="),
    ("==", "=="),
    ("!=", "!="),
    ("&&", "&&"),
    ("||", "||"),
    ("*=", "*="),
    ("/=", "/="),
    ("%=", "%="),
    ("+=", "+="),
    ("-=", "-="),
    ("&=", "&="),
    ("^=", "^="),
    ("|=", "|="),
    ("::", "::"),
    ("?", "?"),
    (":", ":"),
    ("<", "<"),
    (">", ">"),
    ("=", "="),
    ("!", "!"),
    ("&", "&"),
    ("|", "|"),
    ("*", "*"),
    ("/", "/"),
    ("%", "%"),
    ("+", "+"),
    ("-", "-"),
    ("^", "^"),
    ("~", "~"),
    (".", "."),
    ("#", "#"),
    ("(", "("),
    (")", ")"),
    ("\u{0}", " "),
];

/// What stands at a place, and where it ends.
fn next(text: &str, at: usize, first: bool) -> (Step, usize) {
    let bytes = text.as_bytes();
    let byte = bytes[at];
    let single = |sign: &'static str| (Step::Token(Kind::Sign, Some(sign)), at + 1);
    match byte {
        b' ' | b'\t' | 0x0b | 0x0c | 0 => {
            let length =
                bytes[at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | 0x0b | 0x0c | 0)).count();
            (Step::Blank, at + length)
        }
        b'\n' | b'\r' => (Step::Line, at + 1),
        b'/' if bytes.get(at + 1) == Some(&b'/') => (Step::Blank, line_end(bytes, at)),
        b'/' if bytes.get(at + 1) == Some(&b'*') => match text[at + 2..].find("*/") {
            Some(length) => (Step::Blank, at + 2 + length + 2),
            None => {
                (Step::Bad("unterminated comment".into(), Some("close the comment with '*/'")), text.len())
            }
        },
        b'#' if first => (Step::Token(Kind::Directive, None), directive_end(text, at)),
        b'%' if first && text[at..].starts_with("%:") => {
            (Step::Token(Kind::Directive, None), directive_end(text, at))
        }
        b'?' if first && text[at..].starts_with("??=") => {
            (Step::Token(Kind::Directive, None), directive_end(text, at))
        }
        b'0'..=b'9' => (Step::Token(Kind::Number, None), number_end(bytes, at)),
        b'.' if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {
            (Step::Token(Kind::Number, None), number_end(bytes, at))
        }
        b'"' | b'\'' => literal(text, at),
        b';' => single(";"),
        b',' => single(","),
        b'{' => single("{"),
        b'}' => single("}"),
        b'[' => single("["),
        b']' => single("]"),
        b'(' => single("("),
        b')' => single(")"),
        _ => {
            let end = word_end(text, at);
            if end > at {
                let prefixed = matches!(bytes.get(end), Some(b'"' | b'\''))
                    && matches!(&text[at..end], "L" | "u" | "U" | "u8");
                if prefixed {
                    return literal(text, end);
                }
                if bytes.get(end) == Some(&b'"') && matches!(&text[at..end], "R" | "LR" | "uR" | "UR" | "u8R")
                {
                    return raw(text, end);
                }
                return (Step::Token(Kind::Word, None), end);
            }
            for (sign, canonical) in SIGNS {
                if text[at..].starts_with(sign) {
                    return (Step::Token(Kind::Sign, Some(canonical)), at + sign.len());
                }
            }
            let letter = text[at..].chars().next().unwrap_or(' ');
            if letter == '\u{feff}' || letter.is_whitespace() {
                return (Step::Blank, at + letter.len_utf8());
            }
            let help = match letter {
                '@' | '`' => Some("take it out"),
                '\\' => Some("a backslash continues a line only where it is the line's last character"),
                '“' | '”' | '„' | '‘' | '’' => Some("use the straight quotes \" and '"),
                _ => None,
            };
            (
                Step::Bad(format!("stray '{}' in the text", letter.escape_debug()), help),
                at + letter.len_utf8(),
            )
        }
    }
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|b| !matches!(b, b'\n' | b'\r')).count()
}

/// A directive ends with its line, where a comment inside it may hold further lines.
fn directive_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut place = at;
    while let Some(byte) = bytes.get(place) {
        match (byte, bytes.get(place + 1)) {
            (b'\n' | b'\r', _) => return place,
            (b'/', Some(b'/')) => return line_end(bytes, place),
            (b'/', Some(b'*')) => match text[place + 2..].find("*/") {
                Some(length) => place += length + 4,
                None => return line_end(bytes, place),
            },
            (b'"', _) => {
                let length =
                    bytes[place + 1..].iter().take_while(|b| !matches!(b, b'"' | b'\n' | b'\r')).count();
                place += 1 + length + usize::from(bytes.get(place + 1 + length) == Some(&b'"'));
            }
            _ => place += 1,
        }
    }
    place
}

/// C's "preprocessing number": digits, letters, dots, signs behind an exponent, C23's digit separators.
fn number_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while let Some(&byte) = bytes.get(end) {
        let exponent = matches!(bytes[end - 1], b'e' | b'E' | b'p' | b'P');
        // In `0xe+1` gcc sees one (wrong) number as well; we are kinder, an exponent of hex digits has a p.
        let hex = bytes.get(at + 1).is_some_and(|b| matches!(b, b'x' | b'X'));
        let exponent = exponent && !(hex && matches!(bytes[end - 1], b'e' | b'E'));
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.' => end += 1,
            b'+' | b'-' if exponent => end += 1,
            b'\'' if bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric) => end += 2,
            _ => break,
        }
    }
    end
}

/// Letters, digits, `_`, `$`, letters beyond ASCII, `\u00e9`.
fn word_end(text: &str, at: usize) -> usize {
    let mut end = at;
    let mut rest = text[at..].chars();
    while let Some(letter) = rest.next() {
        match letter {
            'a'..='z' | 'A'..='Z' | '_' | '$' => end += 1,
            '0'..='9' if end > at => end += 1,
            '\\' => match universal(&text[end..]) {
                Some((_, length)) => {
                    end += length;
                    rest = text[end..].chars();
                }
                None => break,
            },
            _ if !letter.is_ascii() && letter.is_alphanumeric() => end += letter.len_utf8(),
            // Combining marks and emoji belong to a word that has begun.
            '\u{300}'.. if end > at && !letter.is_whitespace() && !is_quote(letter) => {
                end += letter.len_utf8();
            }
            _ => break,
        }
    }
    end
}

fn is_quote(letter: char) -> bool {
    matches!(letter, '“' | '”' | '„' | '‘' | '’' | '\u{feff}')
}

/// `\u00e9` or `\U000000e9` at the beginning: the character, and the length of its spelling.
pub(super) fn universal(text: &str) -> Option<(char, usize)> {
    let digits = match text.as_bytes() {
        [b'\\', b'u', ..] => 4,
        [b'\\', b'U', ..] => 8,
        _ => return None,
    };
    let digits = text.get(2..2 + digits)?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    char::from_u32(number).map(|letter| (letter, 2 + digits.len()))
}

/// A literal whose quote stands at `quote`; a prefix may begin before it.
fn literal(text: &str, quote: usize) -> (Step, usize) {
    let bytes = text.as_bytes();
    let mark = bytes[quote];
    let mut end = quote + 1;
    loop {
        match bytes.get(end) {
            Some(&byte) if byte == mark => {
                let kind = if mark == b'"' { Kind::Text } else { Kind::Character };
                if kind == Kind::Character && end == quote + 1 {
                    return (Step::Bad("empty character constant".into(), None), end + 1);
                }
                return (Step::Token(kind, None), end + 1);
            }
            Some(b'\\') if end + 1 < bytes.len() && !matches!(bytes[end + 1], b'\n' | b'\r') => end += 2,
            Some(b'\n' | b'\r') | None => {
                // What stands behind a lone quote is mostly good text, but its end is unknown: give up the line.
                let instead = match mark {
                    b'"' => Step::Unended(Kind::Text, "unterminated string", "\"\""),
                    _ => Step::Unended(Kind::Character, "unterminated character constant", "'?'"),
                };
                return (instead, end.min(bytes.len()));
            }
            Some(_) => end += 1,
        }
    }
}

/// `R"tag(...)tag"`, whose quote stands at `quote`.
fn raw(text: &str, quote: usize) -> (Step, usize) {
    let body = &text[quote + 1..];
    let opened = body.find('(').filter(|&length| length <= 16);
    let closed = opened.and_then(|length| {
        let closing = format!("){}\"", &body[..length]);
        body[length..].find(&closing).map(|at| quote + 1 + length + at + closing.len())
    });
    match closed {
        Some(end) => (Step::Token(Kind::Text, None), end),
        None => (Step::Bad("unterminated raw string".into(), None), line_end(text.as_bytes(), quote)),
    }
}

/// The name that the user wrote, where the grammar was given a mangled one.
pub(crate) fn user_name(name: &str) -> Cow<'_, str> {
    let Some(mangled) = name.strip_prefix(MANGLED) else { return Cow::Borrowed(name) };
    let mut plain = String::with_capacity(mangled.len());
    let mut rest = mangled;
    while let Some(at) = rest.find('Z') {
        plain.push_str(&rest[..at]);
        let code = &rest[at + 1..];
        let length = code.find('z').unwrap_or(code.len());
        match u32::from_str_radix(&code[..length], 16).ok().and_then(char::from_u32) {
            Some(letter) => plain.push(letter),
            None => return Cow::Borrowed(name),
        }
        rest = code.get(length + 1..).unwrap_or("");
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

const MANGLED: &str = "__ffi_m_";

/// A word as the user means it: `\u00e9` is `é`.
pub(super) fn plain_word(word: &str) -> Cow<'_, str> {
    if !word.contains('\\') {
        return Cow::Borrowed(word);
    }
    let mut plain = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(letter) = rest.chars().next() {
        let (letter, length) = universal(rest).unwrap_or((letter, letter.len_utf8()));
        plain.push(letter);
        rest = &rest[length..];
    }
    Cow::Owned(plain)
}

/// A word as the grammar takes it: letters, digits and `_` only, and never one of our own.
pub(super) fn mangled(word: &str) -> Cow<'_, str> {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if word.bytes().all(usual) && !word.starts_with("__ffi_") {
        return Cow::Borrowed(word);
    }
    let mut name = MANGLED.to_string();
    for letter in plain_word(word).chars() {
        match letter {
            'a'..='z' | 'A'..='Y' | '0'..='9' | '_' => name.push(letter),
            _ => name += &format!("Z{:x}z", u32::from(letter)),
        }
    }
    Cow::Owned(name)
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

    #[test]
    fn mangling_is_reversible() {
        for word in ["été", "a$b", "Z", "__ffi_true", "plain", "ZZ$z_Z"] {
            assert_eq!(user_name(&mangled(word)), word);
        }
        assert_eq!(mangled("\\u00e9"), mangled("é"));
        assert_eq!(user_name("__ffi_m_Zz"), "__ffi_m_Zz");
    }
}
