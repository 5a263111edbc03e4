//! Words as the user means them, and as the grammar takes them.

use super::scan::universal;
use std::borrow::Cow;

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

    #[test]
    fn mangling_is_reversible() {
        for word in ["été", "a$b", "Z", "__ffi_true", "plain", "ZZ$z_Z"] {
            assert_eq!(user_name(&mangled(word)), word);
        }
        assert_eq!(mangled("\\u00e9"), mangled("é"));
        assert_eq!(user_name("__ffi_m_Zz"), "__ffi_m_Zz");
    }
}
