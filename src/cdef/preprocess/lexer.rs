//! One text to preprocessing tokens, one at a time.

use super::names::{HASH_START, Names, finished, hash_step};
use super::signs::{CLASS, Class, sign};
use super::token::{Flags, Kind, Token};
use std::borrow::Cow;

/// Where spellings are kept that stand in no text: what was pasted, quoted, or written across lines.
///
/// Their places have the highest bit.
#[derive(Default)]
pub(super) struct Scratch {
    pub text: String,
}

/// The bit of places in the scratch.
pub(super) const SCRATCH: u32 = 1 << 31;

impl Scratch {
    /// Keeps a spelling; `None` where there is no more room.
    pub(super) fn keep(&mut self, spelling: &str) -> Option<u32> {
        let place = u32::try_from(self.text.len()).ok().filter(|&place| place < SCRATCH - (1 << 28))?;
        self.text.push_str(spelling);
        Some(place | SCRATCH)
    }

    pub(super) fn spelling(&self, place: u32, length: u32) -> &str {
        let start = (place & !SCRATCH) as usize;
        self.text.get(start..start + length as usize).unwrap_or("")
    }
}

/// What the lexer writes to.
pub(super) struct Into<'a> {
    pub names: &'a mut Names,
    pub scratch: &'a mut Scratch,
    /// An unterminated comment was met here.
    pub unended: &'a mut Option<usize>,
}

/// The next token of a text that begins at `base`. In a directive the end of the line is the end, and is left alone.
#[inline]
pub(super) fn next(
    text: &str,
    at: &mut usize,
    base: u32,
    mut flags: Flags,
    line: bool,
    into: &mut Into,
) -> Token {
    let bytes = text.as_bytes();
    let mut here = *at;
    loop {
        let Some(&byte) = bytes.get(here) else {
            *at = bytes.len();
            return Token { place: base + bytes.len() as u32, value: 0, kind: Kind::End, flags };
        };
        let place = base + here as u32;
        match CLASS[byte as usize] {
            Class::Blank => {
                flags = flags.with(Flags::WHITE);
                here += 1;
            }
            Class::Line => {
                if line {
                    *at = here;
                    return Token { place, value: 0, kind: Kind::End, flags };
                }
                flags = Flags::FIRST;
                here += 1;
            }
            Class::Letter => {
                let start = here;
                let mut hash = HASH_START;
                while let Some(&byte) = bytes.get(here)
                    && matches!(CLASS[byte as usize], Class::Letter | Class::Digit)
                {
                    hash = hash_step(hash, byte);
                    here += 1;
                }
                let word = &text[start..here];
                match bytes.get(here) {
                    Some(b'"' | b'\'') if word.len() <= 3 => {
                        if let Some(token) = prefixed(text, start, &mut here, base, flags, into) {
                            *at = here;
                            return token;
                        }
                    }
                    Some(b'\\' | 0x80..) => return long_word(text, start, at, base, flags, into),
                    _ => {}
                }
                *at = here;
                let name = into.names.intern_hashed(word, finished(hash));
                return Token { place, value: name.0, kind: Kind::Name, flags };
            }
            Class::Digit => return number(text, at, here, base, flags, into),
            Class::Single(kind) => {
                *at = here + 1;
                return Token { place, value: 0, kind, flags };
            }
            Class::Slash => match comment(text, here, line) {
                Comment::None => {
                    let (kind, end, digraph) = sign(bytes, here);
                    *at = end;
                    let flags = if digraph { flags.with(Flags::DIGRAPH) } else { flags };
                    return Token { place, value: 0, kind, flags };
                }
                Comment::Until(end) => {
                    flags = flags.with(Flags::WHITE);
                    here = end;
                }
                Comment::Unended => {
                    *into.unended = Some(here);
                    here = bytes.len();
                }
            },
            Class::Sign => {
                if byte == b'.' && logical(bytes, here + 1).0.is_some_and(|byte| byte.is_ascii_digit()) {
                    return number(text, at, here, base, flags, into);
                }
                let (kind, end, digraph) = sign(bytes, here);
                *at = end;
                let flags = if digraph { flags.with(Flags::DIGRAPH) } else { flags };
                let value = if kind == Kind::Stray { 1 } else { 0 };
                return Token { place, value, kind, flags };
            }
            Class::Quote => {
                let token = literal(text, here, &mut here, base, flags, into);
                *at = here;
                return token;
            }
            Class::Backslash => match splice(bytes, here) {
                Some(end) => here = end,
                None if super::super::scan::universal(text.get(here..).unwrap_or("")).is_some() => {
                    return long_word(text, here, at, base, flags, into);
                }
                None => {
                    *at = here + 1;
                    return Token { place, value: 1, kind: Kind::Stray, flags };
                }
            },
            Class::Beyond => {
                let letter = text.get(here..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
                if letter == '\u{feff}' || letter.is_whitespace() {
                    flags = flags.with(Flags::WHITE);
                    here += letter.len_utf8();
                } else if letter.is_alphanumeric() {
                    return long_word(text, here, at, base, flags, into);
                } else {
                    *at = here + letter.len_utf8();
                    return Token { place, value: letter.len_utf8() as u32, kind: Kind::Stray, flags };
                }
            }
        }
    }
}

/// Where a line continuation that begins at a backslash ends.
pub(super) fn splice(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b'\\') {
        return None;
    }
    let mut end = at + 1;
    while matches!(bytes.get(end), Some(b' ' | b'\t' | 0x0b | 0x0c)) {
        end += 1;
    }
    match (bytes.get(end), bytes.get(end + 1)) {
        (Some(b'\r'), Some(b'\n')) => Some(end + 2),
        (Some(b'\r' | b'\n'), _) => Some(end + 1),
        _ => None,
    }
}

/// The byte at a place, over continuations, and where it stands.
pub(super) fn logical(bytes: &[u8], mut at: usize) -> (Option<u8>, usize) {
    while let Some(end) = splice(bytes, at) {
        at = end;
    }
    (bytes.get(at).copied(), at)
}

/// A piece of text without its line continuations.
pub(super) fn unspliced(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let Some(first) = (0..bytes.len()).find(|&at| splice(bytes, at).is_some()) else {
        return Cow::Borrowed(text);
    };
    let mut clean = text[..first].to_owned();
    let mut at = first;
    while at < text.len() {
        if let Some(end) = splice(bytes, at) {
            at = end;
        } else {
            let letter = text[at..].chars().next().unwrap_or(' ');
            clean.push(letter);
            at += letter.len_utf8();
        }
    }
    Cow::Owned(clean)
}

/// A token with a spelling from `start` to `end`.
fn written(
    text: &str,
    kind: Kind,
    start: usize,
    end: usize,
    base: u32,
    flags: Flags,
    into: &mut Into,
) -> Token {
    let spelling = text.get(start..end).unwrap_or("");
    if spelling.as_bytes().contains(&b'\\') {
        let clean = unspliced(spelling);
        if clean.len() != spelling.len()
            && let Some(place) = into.scratch.keep(&clean)
        {
            return Token { place, value: clean.len() as u32, kind, flags };
        }
    }
    Token { place: base + start as u32, value: (end - start) as u32, kind, flags }
}

fn number(text: &str, at: &mut usize, start: usize, base: u32, flags: Flags, into: &mut Into) -> Token {
    let bytes = text.as_bytes();
    let mut end = start + 1;
    let mut before = bytes[start];
    while let Some(&byte) = bytes.get(end) {
        match byte {
            b'+' | b'-' if matches!(before, b'e' | b'E' | b'p' | b'P') => end += 1,
            b'\''
                if bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric)
                    && before.is_ascii_alphanumeric()
                    && digits_go_on(bytes, end) =>
            {
                end += 2;
            }
            b'\\' => match splice(bytes, end) {
                Some(next) => {
                    end = next;
                    continue;
                }
                None => break,
            },
            _ if byte == b'.' || matches!(CLASS[byte as usize], Class::Letter | Class::Digit) => end += 1,
            _ => break,
        }
        before = bytes[end - 1];
    }
    *at = end;
    written(text, Kind::Number, start, end, base, flags, into)
}

/// Is a quote inside a number a separator of digits, as C23 has it, rather than the start of a character?
fn digits_go_on(bytes: &[u8], quote: usize) -> bool {
    let rest = bytes.get(quote + 1..).unwrap_or(&[]);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    digits > 0
        && (rest.get(digits) != Some(&b'\'') || rest.get(digits + 1).is_some_and(u8::is_ascii_hexdigit))
}

/// A word that holds more than ASCII, a continuation, or `\u00e9`.
fn long_word(text: &str, start: usize, at: &mut usize, base: u32, flags: Flags, into: &mut Into) -> Token {
    let bytes = text.as_bytes();
    let mut word = String::new();
    let mut end = start;
    loop {
        let (byte, place) = logical(bytes, end);
        let Some(byte) = byte else { break };
        match CLASS[byte as usize] {
            Class::Letter | Class::Digit => {
                word.push(char::from(byte));
                end = place + 1;
            }
            Class::Backslash => match super::super::scan::universal(text.get(place..).unwrap_or("")) {
                Some((letter, length)) => {
                    word.push(letter);
                    end = place + length;
                }
                None => break,
            },
            Class::Beyond => {
                let letter = text.get(place..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
                let goes_on = letter.is_alphanumeric()
                    || (!word.is_empty()
                        && letter >= '\u{300}'
                        && !letter.is_whitespace()
                        && !matches!(letter, '“' | '”' | '„' | '‘' | '’' | '\u{feff}'));
                if !goes_on {
                    break;
                }
                word.push(letter);
                end = place + letter.len_utf8();
            }
            Class::Quote if matches!(&*word, "L" | "u" | "U" | "u8") => {
                let token = literal(text, start, &mut end, base, flags, into);
                *at = end;
                return token;
            }
            _ => break,
        }
    }
    *at = end.max(start + 1);
    let name = into.names.intern(&word);
    Token { place: base + start as u32, value: name.0, kind: Kind::Name, flags }
}

/// A literal with a prefix, if the word in front of the quote is one.
fn prefixed(
    text: &str,
    start: usize,
    at: &mut usize,
    base: u32,
    flags: Flags,
    into: &mut Into,
) -> Option<Token> {
    let quote = text.as_bytes().get(*at) == Some(&b'"');
    match &text[start..*at] {
        "L" | "u" | "U" => Some(literal(text, start, at, base, flags, into)),
        "u8" if quote => Some(literal(text, start, at, base, flags, into)),
        "R" | "LR" | "uR" | "UR" | "u8R" if quote => raw(text, start, at, base, flags),
        _ => None,
    }
}

/// A literal that begins at `start` and whose quote stands at `at`.
fn literal(text: &str, start: usize, at: &mut usize, base: u32, flags: Flags, into: &mut Into) -> Token {
    let bytes = text.as_bytes();
    let mut end = logical(bytes, *at).1;
    let mark = bytes.get(end).copied().unwrap_or(b'"');
    end += 1;
    let kind = loop {
        match bytes.get(end) {
            Some(&byte) if byte == mark => {
                end += 1;
                break if mark == b'"' { Kind::Text } else { Kind::Character };
            }
            Some(b'\\') => match splice(bytes, end) {
                Some(next) => end = next,
                None => {
                    let (escaped, place) = logical(bytes, end + 1);
                    end = match escaped {
                        Some(b'\n' | b'\r') | None => end + 1,
                        Some(_) => place + 1,
                    };
                }
            },
            Some(b'\n' | b'\r') | None => break Kind::Stray,
            Some(_) => end += 1,
        }
    };
    let end = end.min(bytes.len());
    *at = end;
    written(text, kind, start, end, base, flags, into)
}

/// `R"tag(...)tag"`.
fn raw(text: &str, start: usize, at: &mut usize, base: u32, flags: Flags) -> Option<Token> {
    let body = text.get(*at + 1..)?;
    let tag = body.bytes().take(17).position(|byte| byte == b'(')?;
    let closing = format!("){}\"", body.get(..tag)?);
    let end = *at + 1 + tag + body.get(tag..)?.find(&closing)? + closing.len();
    *at = end;
    Some(Token { place: base + start as u32, value: (end - start) as u32, kind: Kind::Text, flags })
}

pub(super) enum Comment {
    None,
    Until(usize),
    Unended,
}

/// Where the comment ends that may begin at a slash; one that goes to the end of the line leaves that.
pub(super) fn comment(text: &str, at: usize, _line: bool) -> Comment {
    let bytes = text.as_bytes();
    let (second, place) = logical(bytes, at + 1);
    match second {
        Some(b'*') => block_end(text, place + 1).map_or(Comment::Unended, Comment::Until),
        Some(b'/') => Comment::Until(line_end(text, place + 1)),
        _ => Comment::None,
    }
}

fn block_end(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let slash = at + text.get(at..)?.find('/')?;
        if slash > from {
            let mut star = slash - 1;
            // `*\` newline `/` ends a comment as well.
            while star > from
                && bytes[star] != b'*'
                && matches!(bytes[star], b'\n' | b'\r' | b'\\' | b' ' | b'\t')
            {
                star -= 1;
            }
            if bytes[star] == b'*' && logical(bytes, star + 1).1 == slash {
                return Some(slash + 1);
            }
        }
        at = slash + 1;
    }
}

/// Where a logical line ends.
pub(super) fn line_end(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let Some(length) = text.get(at..).and_then(|rest| rest.find('\n')) else { return bytes.len() };
        let end = at + length;
        let mut last = end;
        while last > from && matches!(bytes[last - 1], b' ' | b'\t' | b'\r') {
            last -= 1;
        }
        if last > from && bytes[last - 1] == b'\\' {
            at = end + 1;
            continue;
        }
        return end;
    }
}

/// Skips lines until a directive begins; comes back with the place behind its `#`.
pub(super) fn skip_to_directive(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    let mut first = false;
    loop {
        let byte = *bytes.get(at)?;
        match byte {
            b'\n' | b'\r' => {
                first = true;
                at += 1;
            }
            b' ' | b'\t' | 0x0b | 0x0c => at += 1,
            b'#' if first => return Some(at + 1),
            b'%' if first && bytes.get(at + 1) == Some(&b':') => return Some(at + 2),
            b'/' => match comment(text, at, false) {
                Comment::Until(end) => at = end,
                Comment::Unended => return None,
                Comment::None => {
                    first = false;
                    at += 1;
                }
            },
            b'"' | b'\'' => {
                first = false;
                at += 1;
                while let Some(&inside) = bytes.get(at) {
                    match inside {
                        b'\n' | b'\r' => break,
                        b'\\' => at = splice(bytes, at).unwrap_or(at + 2),
                        _ if inside == byte => {
                            at += 1;
                            break;
                        }
                        _ => at += 1,
                    }
                }
            }
            b'\\' => at = splice(bytes, at).unwrap_or(at + 1),
            _ => {
                first = false;
                at += 1;
                while bytes
                    .get(at)
                    .is_some_and(|&byte| !matches!(byte, b'\n' | b'\r' | b'/' | b'"' | b'\'' | b'\\'))
                {
                    at += 1;
                }
            }
        }
    }
}
