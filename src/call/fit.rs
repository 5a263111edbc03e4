//! What a conversion of a format wants, and whether an argument is that.

use super::tail::Promoted;
use crate::target::{Scalar, ScalarClass, Target};
use crate::types::{FormatFamily, Kind, Qualifiers, Type};

/// What a conversion reads or writes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// An integer that travels as one of so many bytes.
    Integer(u64),
    Double,
    LongDouble,
    /// `char *`: a string, or room for one.
    Text,
    /// `wchar_t *`: the same of wide characters.
    WideText,
    /// Any pointer, to be printed.
    Pointer,
    /// Where an integer of so many bytes is written.
    IntegerAt(u64),
    /// Where a floating number of so many bytes is written.
    FloatAt(u64),
    /// Where an address is written.
    Address,
}

/// A pointer that was passed.
#[derive(Clone, Copy)]
struct Pointed {
    is_const: bool,
    to: Pointee,
}

#[derive(Clone, Copy)]
enum Pointee {
    /// Nothing is known of it.
    Any,
    Scalar(Scalar),
    /// It is no scalar.
    Other,
}

/// Is it what is wanted?
pub(super) fn fits(family: FormatFamily, wanted: Wanted, found: &Promoted<'_>) -> bool {
    let pointed = pointed(found);
    let is_read = family == FormatFamily::Print && !matches!(wanted, Wanted::IntegerAt(_));
    let is_allowed = |pointed: &Pointed| is_read || !pointed.is_const;
    let points_to = |matches: fn(Scalar, u64) -> bool, size: u64| {
        pointed.filter(is_allowed).is_some_and(|pointed| match pointed.to {
            Pointee::Any => true,
            Pointee::Scalar(scalar) => matches(scalar, size),
            Pointee::Other => false,
        })
    };
    match wanted {
        Wanted::Integer(bytes) => integer_bytes(found) == Some(bytes),
        Wanted::Double => matches!(scalar(found), Some(Scalar::Double | Scalar::Float64 | Scalar::Float32x)),
        Wanted::LongDouble => matches!(scalar(found), Some(Scalar::LongDouble | Scalar::Float64x)),
        Wanted::Text => points_to(is_integer, 1),
        Wanted::WideText => points_to(is_integer, wide_bytes()),
        Wanted::Pointer => pointed.is_some(),
        Wanted::IntegerAt(bytes) => points_to(is_integer, bytes),
        Wanted::FloatAt(bytes) => points_to(is_float, bytes),
        Wanted::Address => pointed.filter(is_allowed).is_some_and(|pointed| match pointed.to {
            Pointee::Any | Pointee::Other => true,
            Pointee::Scalar(_) => false,
        }),
    }
}

/// The size of a `wchar_t`.
fn wide_bytes() -> u64 {
    let target = crate::target::Target::host();
    target.size(target.wchar()).unwrap_or(4)
}

fn is_integer(scalar: Scalar, bytes: u64) -> bool {
    scalar.is_integer() && Target::host().size(scalar) == Some(bytes)
}

fn is_float(scalar: Scalar, bytes: u64) -> bool {
    scalar.class() == ScalarClass::Float
        && match bytes {
            4 | 8 => Target::host().size(scalar) == Some(bytes),
            _ => matches!(scalar, Scalar::LongDouble | Scalar::Float64x),
        }
}

fn pointed(found: &Promoted<'_>) -> Option<Pointed> {
    let (is_const, to) = match found {
        Promoted::Pointer => (false, Pointee::Any),
        Promoted::ToConst => (true, Pointee::Any),
        Promoted::Text => (true, Pointee::Scalar(Scalar::Char)),
        Promoted::To(scalar, is_const) => (*is_const, Pointee::Scalar(*scalar)),
        Promoted::Same(ty) => {
            let pointee = ty.pointee()?;
            (pointee.qualifiers().contains(Qualifiers::CONST), kind_of(pointee))
        }
        Promoted::Scalar(_) | Promoted::Unknown => return None,
    };
    Some(Pointed { is_const, to })
}

fn kind_of(pointee: &Type) -> Pointee {
    match pointee.kind() {
        Kind::Void => Pointee::Any,
        Kind::Scalar(scalar) => Pointee::Scalar(*scalar),
        Kind::Enum(enumeration) => match enumeration.body() {
            Some(body) => Pointee::Scalar(body.underlying),
            None => Pointee::Any,
        },
        _ => Pointee::Other,
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
    Target::host().size(scalar)
}

/// What is wanted, in words.
pub(super) fn described(family: FormatFamily, wanted: Wanted) -> String {
    let is_scan = family == FormatFamily::Scan;
    match wanted {
        Wanted::Integer(8) => "a 64-bit integer".to_owned(),
        Wanted::Integer(_) => "an int".to_owned(),
        Wanted::Double => "a double".to_owned(),
        Wanted::LongDouble => "a long double".to_owned(),
        Wanted::Text if is_scan => "a pointer to writable characters".to_owned(),
        Wanted::Text => "a string".to_owned(),
        Wanted::WideText if is_scan => "a pointer to writable wide characters".to_owned(),
        Wanted::WideText => "a string of wide characters".to_owned(),
        Wanted::Pointer => "a pointer".to_owned(),
        Wanted::IntegerAt(bytes) => {
            format!("a pointer to write through to an integer of {bytes} byte{}", plural(bytes))
        }
        Wanted::FloatAt(4) => "a pointer to write through to a float".to_owned(),
        Wanted::FloatAt(8) => "a pointer to write through to a double".to_owned(),
        Wanted::FloatAt(_) => "a pointer to write through to a long double".to_owned(),
        Wanted::Address => "a pointer to write through to a pointer".to_owned(),
    }
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// What was passed, in words.
pub(super) fn shown(found: &Promoted<'_>) -> String {
    match found {
        Promoted::Scalar(scalar) => format!("'{}'", Type::scalar(*scalar)),
        Promoted::Pointer => "a pointer".to_owned(),
        Promoted::ToConst => "a pointer to what C may not write to".to_owned(),
        Promoted::Text => "text".to_owned(),
        Promoted::To(scalar, true) => format!("a pointer to 'const {}'", Type::scalar(*scalar)),
        Promoted::To(scalar, false) => format!("a pointer to '{}'", Type::scalar(*scalar)),
        Promoted::Same(ty) => format!("'{ty}'"),
        Promoted::Unknown => "of no C type".to_owned(),
    }
}
