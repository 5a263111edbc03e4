//! What stands at one place of the text: where a word, a number, a literal, a comment ends.

use super::lex::Kind;

/// What stands at a place of the text.
pub(super) enum Step {
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
pub(super) fn next(text: &str, at: usize, first: bool) -> (Step, usize) {
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
