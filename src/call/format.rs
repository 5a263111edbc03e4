//! printf's and scanf's formats, checked against the arguments before the call.

use super::arguments::Arguments;
use super::tail::Promoted;
use crate::error::{Diagnostic, Error, ErrorKind, Result, Source, Span};
use crate::target::Scalar;
use crate::types::{FormatFamily, FormatRule, Kind, Type};
use std::sync::OnceLock;

/// Formats that were checked against arguments of the same types before: a call site has one, and calls again and again.
#[derive(Default)]
pub(super) struct Formats([OnceLock<Passed>; 4]);

struct Passed {
    /// One argument at least was an integer whose width nothing decided.
    has_any_integer: bool,
    format: Box<[u8]>,
}

impl Formats {
    fn has(&self, format: &[u8], has_any_integer: bool) -> bool {
        let passed = self.0.iter().map_while(OnceLock::get);
        passed
            .into_iter()
            .any(|passed| *passed.format == *format && passed.has_any_integer == has_any_integer)
    }

    fn add(&self, format: &[u8], has_any_integer: bool) {
        if let Some(free) = self.0.iter().find(|place| place.get().is_none()) {
            free.get_or_init(|| Passed { has_any_integer, format: format.into() });
        }
    }
}

/// What a conversion reads or writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// An integer that travels as one of so many bytes.
    Integer(u64),
    Double,
    LongDouble,
    /// `char *`: a string, or room for one.
    Text,
    /// `wchar_t *`, `void *`, or where scanf puts a value.
    Pointer,
}

/// One conversion of a format.
struct Conversion {
    /// Bytes of the format.
    start: usize,
    end: usize,
    /// Counted from 1 where the format says so itself (`%2$d`).
    position: Option<usize>,
    wanted: Wanted,
}

/// The rule of a function that everybody knows by its name.
pub(super) fn well_known(name: &str) -> Option<FormatRule> {
    let (family, text) = match name {
        "printf" => (FormatFamily::Print, 1),
        "fprintf" | "dprintf" | "sprintf" | "asprintf" | "syslog" => (FormatFamily::Print, 2),
        "snprintf" => (FormatFamily::Print, 3),
        "scanf" => (FormatFamily::Scan, 1),
        "fscanf" | "sscanf" => (FormatFamily::Scan, 2),
        _ => return None,
    };
    Some(FormatRule { family, text, first: text + 1 })
}

/// Do the arguments of a call fit its format? Where the format is not to be seen (a pointer), nobody can tell.
///
/// `passed` are those that fitted arguments of the same types.
pub(super) fn check(
    rule: FormatRule,
    name: &str,
    arguments: &impl Arguments,
    passed: Option<&Formats>,
) -> Result<()> {
    let Some(text) = (rule.text as usize).checked_sub(1).and_then(|index| arguments.text(index)) else {
        return Ok(());
    };
    // Behind a va_list nothing is to be seen.
    let Some(first) = (rule.first as usize).checked_sub(1) else { return Ok(()) };
    let has_any_integer = (first..arguments.count()).any(|index| arguments.is_any_integer(index));
    if passed.is_some_and(|passed| passed.has(text, has_any_integer)) {
        return Ok(());
    }
    let bytes = text.split(|&byte| byte == 0).next().unwrap_or_default();
    let Ok(format) = std::str::from_utf8(bytes) else { return Ok(()) };
    let given = arguments.count().saturating_sub(first);
    let mut order = 0;
    let fit = |conversion: Conversion| {
        let index = conversion.position.map_or(order, |position| position - 1);
        order += 1;
        let spelled = &format[conversion.start..conversion.end];
        if index >= given {
            let words =
                format!("'{spelled}' needs an argument, and there are only {given} behind the format");
            return Err((conversion.start, conversion.end, words));
        }
        let found = arguments.promoted(first + index);
        // A host's integer that fits an int is stored as wide as any: it fits a long as well.
        let widened = conversion.wanted == Wanted::Integer(8) && arguments.is_any_integer(first + index);
        if !widened && !fits(rule.family, conversion.wanted, &found) {
            let number = first + index + 1;
            let words = format!(
                "'{spelled}' needs {}, and argument {number} of {name} is {}",
                described(rule.family, conversion.wanted),
                shown(&found)
            );
            return Err((conversion.start, conversion.end, words));
        }
        Ok(())
    };
    each_conversion(rule.family, format, fit)
        .map_err(|(start, end, words)| wrong(name, format, start, end, words))?;
    if let Some(passed) = passed {
        passed.add(text, has_any_integer);
    }
    Ok(())
}

#[cold]
fn wrong(name: &str, format: &str, start: usize, end: usize, words: String) -> Error {
    let source = Source::new(format!("<format of {name}>"), format);
    Diagnostic::new(ErrorKind::Conversion, words).at(Span::new(&source, start as u32..end as u32)).into()
}

/// What is wrong with a format, and from which byte to which.
type Mistake = (usize, usize, String);

/// Shows the conversions of a format that take an argument, `*` among them.
fn each_conversion(
    family: FormatFamily,
    format: &str,
    mut show: impl FnMut(Conversion) -> Result<(), Mistake>,
) -> Result<(), Mistake> {
    let bytes = format.as_bytes();
    let mut at = 0;
    while let Some(step) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b'%')) {
        let start = at + step;
        at = start + 1;
        let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = |from: usize, count: usize| {
            format.get(from..from + count).and_then(|text| text.parse::<usize>().ok())
        };
        let mut position = None;
        let count = digits(at);
        if count > 0 && bytes.get(at + count) == Some(&b'$') {
            position = number(at, count).filter(|&position| position > 0);
            if position.is_none() {
                return Err((start, at + count + 1, "arguments are counted from 1".to_owned()));
            }
            at += count + 1;
        }
        let mut suppressed = false;
        match family {
            FormatFamily::Print => {
                while matches!(bytes.get(at), Some(b'-' | b'+' | b' ' | b'#' | b'0' | b'\'' | b'I')) {
                    at += 1;
                }
                for dot in [false, true] {
                    if dot {
                        if bytes.get(at) != Some(&b'.') {
                            break;
                        }
                        at += 1;
                    }
                    if bytes.get(at) == Some(&b'*') {
                        at += 1;
                        show(Conversion { start, end: at, position: None, wanted: Wanted::Integer(4) })?;
                    } else {
                        at += digits(at);
                    }
                }
            }
            FormatFamily::Scan => {
                suppressed = bytes.get(at) == Some(&b'*');
                at += usize::from(suppressed);
                at += digits(at);
                at += usize::from(bytes.get(at) == Some(&b'm'));
            }
        }
        let length_start = at;
        while matches!(bytes.get(at), Some(b'h' | b'l' | b'j' | b'z' | b't' | b'L' | b'q'))
            && at < length_start + 2
        {
            at += 1;
        }
        let length = &format[length_start..at];
        let Some(&conversion) = bytes.get(at) else {
            return Err((start, format.len(), "the format ends in the middle of a conversion".to_owned()));
        };
        at += 1;
        if family == FormatFamily::Scan && conversion == b'[' {
            at += usize::from(bytes.get(at) == Some(&b'^'));
            at += usize::from(bytes.get(at) == Some(&b']'));
            match bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b']')) {
                Some(close) => at += close + 1,
                None => return Err((start, format.len(), "expected ']' to close the set".to_owned())),
            }
        }
        let wide = matches!(length, "l" | "ll" | "j" | "z" | "t" | "q" | "L");
        let wanted = match (conversion, length) {
            (b'%', _) => continue,
            (b'm', _) if family == FormatFamily::Print => continue,
            (b'd' | b'i' | b'u' | b'o' | b'x' | b'X', _) => Wanted::Integer(if wide { 8 } else { 4 }),
            (b'c', "l") | (b'C', _) => Wanted::Integer(4),
            (b'c', _) => {
                if family == FormatFamily::Scan {
                    Wanted::Text
                } else {
                    Wanted::Integer(4)
                }
            }
            (b's' | b'[', "l") | (b'S', _) => Wanted::Pointer,
            (b's' | b'[', _) => Wanted::Text,
            (b'p' | b'n', _) => Wanted::Pointer,
            (b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A', "L") => Wanted::LongDouble,
            (b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A', _) => Wanted::Double,
            _ => {
                let end =
                    (at..=format.len()).find(|&end| format.is_char_boundary(end)).unwrap_or(format.len());
                let words = format!("unknown conversion '{}'", &format[start..end]);
                return Err((start, end, words));
            }
        };
        if suppressed {
            continue;
        }
        // scanf stores through pointers, whatever the conversion.
        let wanted = match family {
            FormatFamily::Scan if wanted != Wanted::Text => Wanted::Pointer,
            _ => wanted,
        };
        show(Conversion { start, end: at, position, wanted })?;
    }
    Ok(())
}

fn fits(family: FormatFamily, wanted: Wanted, found: &Promoted<'_>) -> bool {
    let pointer = match found {
        Promoted::Pointer => Some(None),
        Promoted::Text => Some(None),
        Promoted::Same(ty) => ty.pointee().map(Some),
        _ => None,
    };
    match wanted {
        Wanted::Integer(bytes) => integer_bytes(found) == Some(bytes),
        Wanted::Double => matches!(scalar(found), Some(Scalar::Double | Scalar::Float64 | Scalar::Float32x)),
        Wanted::LongDouble => matches!(scalar(found), Some(Scalar::LongDouble | Scalar::Float64x)),
        Wanted::Text => match (found, pointer) {
            // Rust's own text is not to be written to.
            (Promoted::Text, _) => family == FormatFamily::Print,
            (_, Some(None)) => true,
            (_, Some(Some(pointee))) => {
                pointee.is_void()
                    || matches!(pointee.kind(), Kind::Scalar(Scalar::Char | Scalar::SChar | Scalar::UChar))
            }
            _ => false,
        },
        Wanted::Pointer => pointer.is_some(),
    }
}

fn scalar(found: &Promoted<'_>) -> Option<Scalar> {
    match found {
        Promoted::Scalar(scalar) => Some(*scalar),
        Promoted::Same(ty) => match ty.kind() {
            Kind::Scalar(scalar) => Some(*scalar),
            _ => None,
        },
        _ => None,
    }
}

fn integer_bytes(found: &Promoted<'_>) -> Option<u64> {
    if let Promoted::Same(ty) = found
        && let Kind::Enum(enumeration) = ty.kind()
    {
        let underlying = enumeration.body()?.underlying;
        return integer_bytes(&Promoted::of_scalar(underlying));
    }
    let scalar = scalar(found).filter(|scalar| scalar.is_integer())?;
    crate::target::Target::host().size(scalar)
}

fn described(family: FormatFamily, wanted: Wanted) -> &'static str {
    match (family, wanted) {
        (_, Wanted::Integer(8)) => "a 64-bit integer",
        (_, Wanted::Integer(_)) => "an int",
        (_, Wanted::Double) => "a double",
        (_, Wanted::LongDouble) => "a long double",
        (FormatFamily::Print, Wanted::Text) => "a string",
        (FormatFamily::Scan, Wanted::Text) => "a pointer to writable characters",
        (FormatFamily::Print, Wanted::Pointer) => "a pointer",
        (FormatFamily::Scan, Wanted::Pointer) => "a pointer to write through",
    }
}

fn shown(found: &Promoted<'_>) -> String {
    match found {
        Promoted::Scalar(scalar) => format!("'{}'", Type::scalar(*scalar)),
        Promoted::Pointer => "a pointer".to_owned(),
        Promoted::Text => "text".to_owned(),
        Promoted::Same(ty) => format!("'{ty}'"),
        Promoted::Unknown => "of no C type".to_owned(),
    }
}
