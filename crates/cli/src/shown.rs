//! Results and out-parameters as C spells them.
#![allow(unsafe_code, reason = "an island: reads the text that C points to")]

use crate::declare::plain;
use crate::shipped;
use eightbyte::{CData, Kind, Scalar, Type, Value};
use std::ffi::{CStr, c_char};

/// What a result is in C's words; `void` is nothing.
///
/// # Safety
///
/// What is declared to point to characters points to text, or is null.
pub unsafe fn result(returned: &Value, ty: &Type) -> Option<String> {
    let is_text = ty.pointee().is_some_and(is_character);
    Some(match (returned, ty.kind()) {
        (_, Kind::Void) => return None,
        (Value::Integer(value), Kind::Enum(enumeration)) => {
            let body = enumeration.body();
            let mut constants = body.iter().flat_map(|body| &body.constants);
            let name = constants.find(|constant| constant.1 == value).map(|constant| constant.0.to_string());
            name.unwrap_or_else(|| value.to_string())
        }
        (Value::Null, _) => "NULL".to_string(),
        (Value::Bool(value), _) => value.to_string(),
        (Value::Integer(value), _) => value.to_string(),
        (Value::Float(value), Kind::Scalar(Scalar::Float)) => number(*value, *value as f32),
        (Value::Float(value), _) => number(*value, *value),
        (Value::Pointer(address), _) if address.is_null() => "NULL".to_string(),
        (Value::Pointer(address), _) if is_text => {
            let address: *const c_char = address.cast_const().cast();
            // SAFETY: not null; that it is text is the caller's word
            let text = unsafe { CStr::from_ptr(address) };
            quoted(text.to_bytes())
        }
        (Value::Pointer(address), _) => format!("({}) {:#x}", ty.clone().unqualified(), address.addr()),
        (Value::String(text), _) => quoted(text.as_bytes()),
        (Value::Data(data), _) => data.to_string(),
        (other, _) => format!("{other:?}"),
    })
}

/// What C left in memory that was lent to it.
///
/// # Safety
///
/// As for `result`.
pub unsafe fn memory(data: &CData) -> String {
    match data.as_type().kind() {
        Kind::Array(element, _) if is_character(element) => {
            let bytes = data.bytes();
            let end = bytes.iter().position(|&byte| byte == 0);
            // Bytes behind a NUL are the rest of a buffer, unless the text is no text.
            match end {
                Some(end) if bytes.iter().skip(end).all(|&byte| byte == 0) || is_plain(bytes.get(..end)) => {
                    quoted(bytes.get(..end).unwrap_or_default())
                }
                None if is_plain(Some(bytes)) => quoted(bytes),
                _ => data.to_string(),
            }
        }
        Kind::Record(_) | Kind::Array(..) | Kind::Complex(_) | Kind::Vector(..) => data.to_string(),
        _ => match data.get::<Value>("") {
            // SAFETY: handed on to the caller
            Ok(value) => unsafe { result(&value, data.as_type()) }.unwrap_or_default(),
            Err(_) => data.to_string(),
        },
    }
}

/// Why a call failed, if what it returned says that it did.
pub fn errno(returned: &Value, number: i32) -> Option<String> {
    // Numbers past the end of what a type holds are results too.
    let failed = match returned {
        Value::Integer(value) => *value == -1 || *value == i128::from(u64::MAX) || number == libc::ERANGE,
        Value::Pointer(address) => address.is_null() || address.addr() == usize::MAX,
        Value::Float(_) => matches!(number, libc::ERANGE | libc::EDOM),
        _ => false,
    };
    if number == 0 || !failed {
        return None;
    }
    let message = plain(&std::io::Error::from_raw_os_error(number));
    let name = shipped::errno_name(number).map_or(String::new(), |name| format!(" {name}"));
    Some(format!("errno {number}{name}: {message}"))
}

fn is_character(ty: &Type) -> bool {
    matches!(ty.kind(), Kind::Scalar(Scalar::Char | Scalar::UChar | Scalar::SChar))
}

fn is_plain(bytes: Option<&[u8]>) -> bool {
    let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.is_some_and(|text| {
        text.chars().all(|letter| !letter.is_control() || "\n\t\r\u{1b}".contains(letter))
    })
}

/// A number in the fewest digits that tell it apart, with an exponent where it would be long.
fn number<F: std::fmt::Display + std::fmt::LowerExp>(value: f64, digits: F) -> String {
    match value.abs() {
        _ if value.is_nan() => "nan".to_string(),
        0.0 | 1e-5..1e17 | f64::INFINITY => digits.to_string(),
        _ => format!("{digits:e}"),
    }
}

/// A string as C spells it; what is no UTF-8 in octal.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => text += "\\n",
                '\t' => text += "\\t",
                '\r' => text += "\\r",
                '"' | '\\' => text.extend(['\\', character]),
                _ if character.is_ascii_control() => text += &format!("\\{:03o}", u32::from(character)),
                _ => text.push(character),
            }
        }
        text.extend(chunk.invalid().iter().map(|byte| format!("\\{byte:03o}")));
    }
    text + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown = |value: f64| number(value, value);
        assert_eq!([5.0, -0.1, 1e300, 5e-324].map(shown), ["5", "-0.1", "1e300", "5e-324"]);
        assert_eq!([f64::NEG_INFINITY, f64::NAN].map(shown), ["-inf", "nan"]);
        assert_eq!(number(0.1f32.into(), 0.1f32), "0.1");
    }

    #[test]
    fn strings_are_shown_as_c_spells_them() {
        assert_eq!(quoted("a\n\"é\\".as_bytes()), "\"a\\n\\\"é\\\\\"");
        assert_eq!(quoted(b"\xff\x01"), "\"\\377\\001\"");
    }

    #[test]
    fn only_failures_tell_errno() {
        let told = |value: Value, number: i32| errno(&value, number).is_some();
        assert!(
            told(Value::Integer(-1), libc::ENOENT)
                && told(Value::Pointer(std::ptr::null_mut()), libc::ENOMEM)
        );
        assert!(told(Value::Float(f64::NAN), libc::EDOM));
        assert!(!told(Value::Integer(13), libc::ENOTTY) && !told(Value::Integer(-1), 0));
    }
}
