//! printf's and scanf's formats, checked against the arguments before the call.

use super::arguments::Arguments;
use super::fit::{Wanted, described, fits, shown};
use super::tail::Promoted;
use crate::error::{Diagnostic, Error, ErrorKind, Result, Source, Span};
use crate::types::{FormatFamily, FormatRule, Type};
use std::ops::Range;
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
    let found = |index: usize| (arguments.promoted(index), arguments.is_any_integer(index));
    check_text(rule, name, text, first..arguments.count(), found)?;
    if let Some(passed) = passed {
        passed.add(text, has_any_integer);
    }
    Ok(())
}

/// Does a new format fit arguments that were passed before, as these types?
#[cold]
pub(super) fn check_types(rule: FormatRule, name: &str, text: Option<&[u8]>, types: &[&Type]) -> Result<()> {
    let (Some(text), Some(first)) = (text, (rule.first as usize).checked_sub(1)) else { return Ok(()) };
    let found = |index: usize| {
        let ty = types.get(index);
        (ty.map_or(Promoted::Unknown, |ty| Promoted::Same(ty)), false)
    };
    check_text(rule, name, text, first..types.len(), found)
}

/// `found` tells what an argument is, and whether it is an integer whose width nothing decides.
fn check_text<'a>(
    rule: FormatRule,
    name: &str,
    text: &[u8],
    behind: Range<usize>,
    found: impl Fn(usize) -> (Promoted<'a>, bool),
) -> Result<()> {
    let bytes = text.split(|&byte| byte == 0).next().unwrap_or_default();
    // What is no UTF-8 is no conversion either
    let format = &*String::from_utf8_lossy(bytes);
    let given = behind.len();
    let mut order = 0;
    let fit = |conversion: Conversion| {
        let index = conversion.position.map_or(order, |position| position - 1);
        order += 1;
        let spelled = &format[conversion.start..conversion.end];
        if index >= given {
            let are = if given == 1 { "is" } else { "are" };
            let words =
                format!("'{spelled}' needs an argument, and there {are} only {given} behind the format");
            return Err((conversion.start, conversion.end, words));
        }
        let (found, is_any_integer) = found(behind.start + index);
        // A host's integer that fits an int is stored as wide as any: it fits a long as well.
        let widened = conversion.wanted == Wanted::Integer(8) && is_any_integer;
        if !widened && !fits(rule.family, conversion.wanted, &found) {
            let number = behind.start + index + 1;
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
        .map_err(|(start, end, words)| wrong(name, format, start, end, words))
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
        let digits = |from: usize| digits(bytes, from);
        let position = positioned(format, start, &mut at)?;
        let (mut suppressed, mut makes_room) = (false, false);
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
                        let position = positioned(format, start, &mut at)?;
                        show(Conversion { start, end: at, position, wanted: Wanted::Integer(4) })?;
                    } else {
                        at += digits(at);
                    }
                }
            }
            FormatFamily::Scan => {
                suppressed = bytes.get(at) == Some(&b'*');
                at += usize::from(suppressed);
                at += digits(at);
                makes_room = bytes.get(at) == Some(&b'm');
                at += usize::from(makes_room);
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
        let size = match length {
            "hh" => 1,
            "h" => 2,
            "l" | "ll" | "j" | "z" | "t" | "q" | "L" => 8,
            _ => 4,
        };
        let is_scan = family == FormatFamily::Scan;
        let wanted = match (conversion, length) {
            (b'%', _) => continue,
            (b'm', _) if !is_scan => continue,
            (b's' | b'S' | b'[' | b'c' | b'C', _) if makes_room => Wanted::Address,
            (b'd' | b'i' | b'u' | b'o' | b'x' | b'X' | b'b' | b'B', _) if is_scan => Wanted::IntegerAt(size),
            (b'd' | b'i' | b'u' | b'o' | b'x' | b'X' | b'b' | b'B', _) => Wanted::Integer(size.max(4)),
            (b'n', _) => Wanted::IntegerAt(size),
            (b'c' | b's' | b'[', "l") | (b'C' | b'S', _) if is_scan => Wanted::WideText,
            (b'c', "l") | (b'C', _) => Wanted::Integer(4),
            (b'c', _) if !is_scan => Wanted::Integer(4),
            (b's', "l") | (b'S', _) => Wanted::WideText,
            (b'c' | b's', _) => Wanted::Text,
            (b'[', _) if is_scan => Wanted::Text,
            (b'p', _) if is_scan => Wanted::Address,
            (b'p', _) => Wanted::Pointer,
            (b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A', _) => match (is_scan, length) {
                (true, "L") => Wanted::FloatAt(16),
                (true, "l") => Wanted::FloatAt(8),
                (true, _) => Wanted::FloatAt(4),
                (false, "L") => Wanted::LongDouble,
                (false, _) => Wanted::Double,
            },
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
        show(Conversion { start, end: at, position, wanted })?;
    }
    Ok(())
}

fn digits(bytes: &[u8], from: usize) -> usize {
    bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Reads `2$`, if it stands there.
fn positioned(format: &str, start: usize, at: &mut usize) -> Result<Option<usize>, Mistake> {
    let end = *at + digits(format.as_bytes(), *at);
    if end == *at || format.as_bytes().get(end) != Some(&b'$') {
        return Ok(None);
    }
    let position = format.get(*at..end).and_then(|text| text.parse::<usize>().ok());
    *at = end + 1;
    match position {
        Some(0) => Err((start, *at, "arguments are counted from 1".to_owned())),
        // What is larger than any number is not there
        position => Ok(Some(position.unwrap_or(usize::MAX))),
    }
}
