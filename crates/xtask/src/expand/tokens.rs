//! A text as C's preprocessing tokens, by a reader of its own: neither side's.

/// The tokens of an expanded text.
pub fn tokens(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let start = at;
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
        if byte.is_ascii_digit() || (byte == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)) {
            at += 1;
            while at < bytes.len()
                && (word(bytes[at])
                    || bytes[at] == b'.'
                    || (matches!(bytes[at], b'+' | b'-')
                        && matches!(bytes[at - 1], b'e' | b'E' | b'p' | b'P')))
            {
                at += 1;
            }
        } else if word(byte) {
            while at < bytes.len() && word(bytes[at]) {
                at += 1;
            }
            let prefix = matches!(&text[start..at], "L" | "u" | "U" | "u8");
            if prefix && at < bytes.len() && matches!(bytes[at], b'"' | b'\'') {
                at = literal_end(bytes, at);
            }
        } else if matches!(byte, b'"' | b'\'') {
            at = literal_end(bytes, at);
        } else {
            let signs = [
                "%:%:", "...", "<<=", ">>=", "##", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=",
                "&&", "||", "*=", "/=", "%=", "+=", "-=", "&=", "^=", "|=", "<:", ":>", "<%", "%>", "%:",
            ];
            let long = signs.iter().find(|sign| bytes[at..].starts_with(sign.as_bytes()));
            at += long.map_or(1, |sign| sign.len());
        }
        found.push(text.get(start..at).unwrap_or("?"));
    }
    found
}

fn literal_end(bytes: &[u8], quote: usize) -> usize {
    let mut at = quote + 1;
    while at < bytes.len() && bytes[at] != b'\n' {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == bytes[quote] => return at + 1,
            _ => at += 1,
        }
    }
    at.min(bytes.len())
}
