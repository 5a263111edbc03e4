//! What printf's and scanf's formats make of the words behind them.
#![forbid(unsafe_code)]

use eightbyte::FormatFamily;

/// What one word behind a format becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// As it is spelled: `%5ld`.
    pub spelled: String,
    /// What travels: for scanf, where that is stored.
    pub wanted: Wanted,
}

/// The C type of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A value of this type; for scanf, room for one.
    Type(&'static str),
    /// For scanf: room for so many characters (`None`: as many as may come) and whether a NUL follows them.
    Room { element: &'static str, width: Option<u64>, ends: bool },
}

/// The conversions of a format, by the argument that each takes. A format that C does not know takes none from there on.
pub fn conversions(family: FormatFamily, format: &[u8]) -> Vec<Conversion> {
    let mut found: Vec<(Option<usize>, Conversion)> = Vec::new();
    let mut at = 0;
    while let Some(step) = format.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b'%')) {
        let Some(end) = conversion(family, format, at + step, &mut found) else { break };
        at = end;
    }
    if found.iter().any(|(position, _)| position.is_some()) {
        let mut ordered = found.clone();
        ordered.sort_by_key(|(position, _)| position.unwrap_or(usize::MAX));
        ordered.dedup_by_key(|(position, _)| *position);
        found = ordered;
    }
    found.into_iter().map(|(_, conversion)| conversion).collect()
}

/// Reads the conversion that starts here, and tells where it ends.
fn conversion(
    family: FormatFamily,
    format: &[u8],
    start: usize,
    found: &mut Vec<(Option<usize>, Conversion)>,
) -> Option<usize> {
    let mut at = start + 1;
    let byte = |at: usize| format.get(at).copied();
    let digits = |from: usize| {
        format.get(from..).map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
    };
    let number = |from: usize, count: usize| {
        let text = std::str::from_utf8(format.get(from..from + count)?).ok()?;
        text.parse::<u64>().ok()
    };
    let mut position = None;
    let count = digits(at);
    if count > 0 && byte(at + count) == Some(b'$') {
        position = number(at, count).and_then(|position| usize::try_from(position).ok());
        at += count + 1;
    }
    let mut width = None;
    let (mut suppressed, mut allocates) = (false, false);
    match family {
        FormatFamily::Print => {
            while matches!(byte(at), Some(b'-' | b'+' | b' ' | b'#' | b'0' | b'\'' | b'I')) {
                at += 1;
            }
            for _ in 0..2 {
                if byte(at) == Some(b'*') {
                    at += 1;
                    let spelled = text(format, start, at);
                    found.push((None, Conversion { spelled, wanted: Wanted::Type("int") }));
                } else {
                    at += digits(at);
                }
                if byte(at) != Some(b'.') {
                    break;
                }
                at += 1;
            }
        }
        _ => {
            suppressed = byte(at) == Some(b'*');
            at += usize::from(suppressed);
            let count = digits(at);
            width = number(at, count);
            at += count;
            allocates = byte(at) == Some(b'm');
            at += usize::from(allocates);
        }
    }
    let length = at;
    while matches!(byte(at), Some(b'h' | b'l' | b'j' | b'z' | b't' | b'L' | b'q')) && at < length + 2 {
        at += 1;
    }
    let length = format.get(length..at)?;
    let letter = byte(at)?;
    at += 1;
    if family != FormatFamily::Print && letter == b'[' {
        at += usize::from(byte(at) == Some(b'^'));
        at += usize::from(byte(at) == Some(b']'));
        at += format.get(at..)?.iter().position(|&byte| byte == b']')? + 1;
    }
    let wanted = match family {
        FormatFamily::Print => printed(letter, length),
        _ => scanned(letter, length, width, allocates),
    };
    match wanted {
        Some(wanted) if !suppressed => {
            found.push((position, Conversion { spelled: text(format, start, at), wanted }));
        }
        Some(_) => {}
        None if letter == b'%' || letter == b'm' => {}
        None => return None,
    }
    Some(at)
}

fn text(format: &[u8], start: usize, end: usize) -> String {
    String::from_utf8_lossy(format.get(start..end).unwrap_or_default()).into_owned()
}

fn printed(letter: u8, length: &[u8]) -> Option<Wanted> {
    Some(Wanted::Type(match letter {
        b'd' | b'i' => match length {
            b"l" => "long",
            b"ll" | b"q" | b"L" => "long long",
            b"j" => "intmax_t",
            b"z" => "ssize_t",
            b"t" => "ptrdiff_t",
            _ => "int",
        },
        b'u' | b'o' | b'x' | b'X' => match length {
            b"l" => "unsigned long",
            b"ll" | b"q" | b"L" => "unsigned long long",
            b"j" => "uintmax_t",
            b"z" | b"t" => "size_t",
            _ => "unsigned int",
        },
        b'c' if length == b"l" => "wint_t",
        b'C' => "wint_t",
        b'c' => "int",
        b's' if length == b"l" => "const wchar_t *",
        b'S' => "const wchar_t *",
        b's' => "const char *",
        b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A' => match length {
            b"L" => "long double",
            _ => "double",
        },
        b'p' => "void *",
        b'n' => "int *",
        _ => return None,
    }))
}

fn scanned(letter: u8, length: &[u8], width: Option<u64>, allocates: bool) -> Option<Wanted> {
    let wide = length == b"l" || matches!(letter, b'S' | b'C');
    let element = if wide { "wchar_t" } else { "char" };
    Some(match letter {
        b's' | b'S' | b'[' | b'c' | b'C' if allocates => {
            Wanted::Type(if wide { "wchar_t *" } else { "char *" })
        }
        b's' | b'S' | b'[' => Wanted::Room { element, width, ends: true },
        b'c' | b'C' => Wanted::Room { element, width: width.or(Some(1)), ends: false },
        b'd' | b'i' | b'n' => Wanted::Type(match length {
            b"hh" => "signed char",
            b"h" => "short",
            b"l" => "long",
            b"ll" | b"q" | b"L" => "long long",
            b"j" => "intmax_t",
            b"z" => "ssize_t",
            b"t" => "ptrdiff_t",
            _ => "int",
        }),
        b'u' | b'o' | b'x' | b'X' => Wanted::Type(match length {
            b"hh" => "unsigned char",
            b"h" => "unsigned short",
            b"l" => "unsigned long",
            b"ll" | b"q" | b"L" => "unsigned long long",
            b"j" => "uintmax_t",
            b"z" | b"t" => "size_t",
            _ => "unsigned int",
        }),
        b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A' => Wanted::Type(match length {
            b"l" => "double",
            b"L" => "long double",
            _ => "float",
        }),
        b'p' => Wanted::Type("void *"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(family: FormatFamily, format: &str) -> Vec<String> {
        let shown = |conversion: Conversion| match conversion.wanted {
            Wanted::Type(name) => name.to_string(),
            Wanted::Room { element, width, ends } => format!("{element} {width:?} {ends}"),
        };
        conversions(family, format.as_bytes()).into_iter().map(shown).collect()
    }

    #[test]
    fn printf() {
        let print = |format: &str| types(FormatFamily::Print, format);
        assert_eq!(
            print("a %d%% %-5ld|%.2f %s %Lf %m"),
            ["int", "long", "double", "const char *", "long double"]
        );
        assert_eq!(print("%*.*f %hhx %zu"), ["int", "int", "double", "unsigned int", "size_t"]);
        assert_eq!(print("%2$s %1$d %2$s"), ["int", "const char *"]);
        assert_eq!(print("%"), [""; 0]);
        assert_eq!(print("%d %y %d"), ["int"]);
    }

    #[test]
    fn scanf() {
        let scan = |format: &str| types(FormatFamily::Scan, format);
        assert_eq!(scan("%d %*d %lf %f %hhu"), ["int", "double", "float", "unsigned char"]);
        assert_eq!(scan("%9s%[^]x]%c"), ["char Some(9) true", "char None true", "char Some(1) false"]);
        assert_eq!(scan("%ms %p %ln"), ["char *", "void *", "long"]);
        assert_eq!(scan("%[abc"), [""; 0]);
    }
}
