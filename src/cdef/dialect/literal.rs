//! Numbers, characters and strings in the spellings that the grammar takes, with their values kept.

use super::super::scan::universal;
use std::borrow::Cow;

/// A number without digit separators, with a suffix of C11; what is no number stays, for the grammar to refuse.
pub(super) fn number(text: &str) -> Cow<'_, str> {
    if text.len() < 2 {
        return Cow::Borrowed(text);
    }
    let plain: Cow<str> =
        if text.contains('\'') { Cow::Owned(text.replace('\'', "")) } else { Cow::Borrowed(text) };
    let bytes = plain.as_bytes();
    let (body, is_digit): (usize, fn(u8) -> bool) = match bytes {
        [b'0', b'x' | b'X', ..] => (2, |byte| byte.is_ascii_hexdigit()),
        [b'0', b'b' | b'B', ..] => (2, |byte| matches!(byte, b'0' | b'1')),
        [b'0', b'o' | b'O', ..] => (2, |byte| matches!(byte, b'0'..=b'7')),
        _ => (0, |byte| byte.is_ascii_digit()),
    };
    let hex = matches!(bytes, [b'0', b'x' | b'X', ..]);
    let mut end = body;
    let mut float = false;
    while let Some(&byte) = bytes.get(end) {
        let exponent =
            if hex { matches!(byte, b'p' | b'P') } else { body == 0 && matches!(byte, b'e' | b'E') };
        if is_digit(byte) {
            end += 1;
        } else if byte == b'.' {
            float = true;
            end += 1;
        } else if exponent {
            float = true;
            end += 1;
            end += usize::from(matches!(bytes.get(end), Some(b'+' | b'-')));
            while bytes.get(end).is_some_and(u8::is_ascii_digit) {
                end += 1;
            }
            break;
        } else {
            break;
        }
    }
    let suffix = plain[end..].to_ascii_lowercase();
    let mapped = match (float, suffix.as_str()) {
        (false, "wb" | "i8" | "i16" | "i32") => "",
        (false, "uwb" | "wbu" | "ui8" | "ui16" | "ui32" | "u8" | "u16" | "u32") => "u",
        (false, "i64" | "z") => "ll",
        (false, "ui64" | "u64" | "uz" | "zu") => "ull",
        (true, "q") => "f128",
        (true, "w") => "f64x",
        (true, "bf16") => "f",
        (true, "d") => "",
        (true, "f16" | "f32" | "f64" | "f128" | "f32x" | "f64x") => suffix.as_str(),
        _ => &plain[end..],
    };
    let octal = matches!(bytes, [b'0', b'o' | b'O', ..]) && end > 2;
    if !octal && mapped == &plain[end..] {
        return plain;
    }
    let digits = if octal { format!("0{}", &plain[2..end]) } else { plain[..end].to_string() };
    Cow::Owned(digits + mapped)
}

/// A character constant; `u8'a'` has the value of `'a'`.
pub(super) fn character(text: &str) -> Cow<'_, str> {
    escaped(text.strip_prefix("u8").unwrap_or(text))
}

/// A string, of whatever prefix.
pub(super) fn string(text: &str) -> Cow<'_, str> {
    let quote = text.find('"').unwrap_or(0);
    let Some(prefix) = text[..quote].strip_suffix('R') else { return escaped(text) };
    let body = &text[quote + 1..];
    let tag = body.find('(').unwrap_or(0);
    let inner = body.get(tag + 1..body.len().saturating_sub(tag + 2)).unwrap_or("");
    let mut plain = format!("{prefix}\"");
    for letter in inner.chars() {
        match letter {
            '"' | '\\' => plain.extend(['\\', letter]),
            '\n' => plain += "\\n",
            '\r' => plain += "\\015",
            _ => plain.push(letter),
        }
    }
    plain.push('"');
    Cow::Owned(plain)
}

fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let escape = &rest[at..];
        let mut letters = escape.chars();
        letters.next();
        let Some(letter) = letters.next() else { break };
        let mut length = 1 + letter.len_utf8();
        match letter {
            'e' | 'E' => plain += "\\033",
            'u' | 'U' => match universal(escape) {
                Some((letter, spelled)) => {
                    length = spelled;
                    match letter.is_ascii() {
                        true => plain += &format!("\\{:03o}", u32::from(letter)),
                        false => plain.push(letter),
                    }
                }
                None => plain.push(letter),
            },
            'x' if !letters.next().is_some_and(|digit| digit.is_ascii_hexdigit()) => plain.push('x'),
            '\'' | '"' | '?' | '\\' | 'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | 'x' | '0'..='7' => {
                plain.extend(['\\', letter]);
            }
            // gcc and clang take an unknown escape for the letter itself.
            _ => plain.push(letter),
        }
        rest = &escape[length..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_value() {
        for (written, taken) in [
            ("1'000'000u", "1000000u"),
            ("0o17", "017"),
            ("1wb", "1"),
            ("1uwb", "1u"),
            ("0x1i64", "0x1ll"),
            ("7ui64", "7ull"),
            ("0b1010", "0b1010"),
            ("1.0q", "1.0f128"),
            ("1.0bf16", "1.0f"),
            ("0x1.8p3", "0x1.8p3"),
            ("1e-3L", "1e-3L"),
            ("3d", "3d"),
            ("0xbfu", "0xbfu"),
            ("5", "5"),
        ] {
            assert_eq!(number(written), taken);
        }
    }

    #[test]
    fn escapes_keep_their_value() {
        assert_eq!(character("u8'a'"), "'a'");
        assert_eq!(character("'\\e'"), "'\\033'");
        assert_eq!(string("\"\\u00e9\\n\\%\\x41\\u0041\""), "\"é\\n%\\x41\\101\"");
        assert_eq!(string("LR\"t(a\"\\\nb)t\""), "L\"a\\\"\\\\\\nb\"");
    }
}
