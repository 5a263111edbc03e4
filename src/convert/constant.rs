//! Constants of C text to bytes.

use super::number::{Bits, Misfit, Number, Primitive};
use super::path::element_of;
use super::place::{misfit, shown_type};
use crate::error::{Diagnostic, ErrorKind};
use crate::target::{Scalar, WideFloat, float};
use crate::types::{Constant, Kind, Scope, Type};

/// Does a string literal of this type initialise the array?
pub(super) fn takes_text(array: &Type, literal: &Type, scope: &Scope) -> bool {
    let unit = |ty: &Type| match ty.kind() {
        Kind::Array(..) => element_of(ty).and_then(|element| Number::of(&element, scope)),
        _ => None,
    };
    let (Some(wanted), Some(given)) = (unit(array), unit(literal)) else { return false };
    wanted != Number::Bool && wanted.is_integer() && wanted.size() == given.size()
}

/// Stores a constant.
///
/// A number may be meant for the type's brother, signed or unsigned, whose bits it has: `unsigned x = -1`.
pub(super) fn store(
    to: &Type,
    bits: Option<Bits>,
    bytes: &mut [u8],
    (ty, value): (&Type, &Constant),
    scope: &Scope,
) -> Result<(), Diagnostic> {
    let Some(number) = Number::of(to, scope) else {
        let message = format!("a value of type '{}' cannot be written", shown_type(to));
        return Err(Diagnostic::new(ErrorKind::Unsupported, message));
    };
    let refused = || {
        let error = misfit(to, Some(number), bits, &shown(value));
        Diagnostic::new(error.kind(), error.message())
    };
    let is_pointer = matches!(number, Number::Address32 | Number::Address64);
    let primitive = match value {
        Constant::Integer(0) if is_pointer => Primitive::Address(0),
        Constant::Integer(_) if is_pointer => {
            return Err(other_kind(to, "an integer").help(format!("cast it: '({})...'", shown_type(to))));
        }
        Constant::Integer(value) => match ty.kind() {
            Kind::Scalar(Scalar::UInt128) if *value < 0 => Primitive::Huge(*value as u128),
            _ => Primitive::Integer(*value),
        },
        Constant::Float(value) => Primitive::Float(*value),
        Constant::Wide(value) if !number.is_integer() && !is_pointer => {
            return number.write_wide(bytes, *value).map_err(|Misfit| refused());
        }
        Constant::Wide(value) => whole(*value),
        Constant::Pointer(address) => Primitive::Address(*address),
        Constant::String(_) if is_pointer => {
            return Err(other_kind(to, "text")
                .help("nothing would keep the text alive; store the address of memory that is yours"));
        }
        Constant::String(_) => return Err(other_kind(to, "text")),
    };
    if !is_pointer && matches!(primitive, Primitive::Address(_)) {
        return Err(other_kind(to, "a pointer").help(format!("cast it: '({})...'", shown_type(to))));
    }
    if number == Number::Bool {
        let truth = match primitive {
            Primitive::Float(value) => value != 0.0,
            other => other != Primitive::Integer(0),
        };
        return number.write(bytes, bits, Primitive::Bool(truth)).map_err(|Misfit| refused());
    }
    let meant = match (primitive, number.range(bits)) {
        (Primitive::Integer(value), Some((0, u128::MAX))) if value < 0 => Primitive::Huge(value as u128),
        (Primitive::Huge(value), Some((i128::MIN, _))) => Primitive::Integer(value as i128),
        (Primitive::Integer(value), Some((least, greatest))) => {
            Primitive::Integer(brother(value, least, greatest).unwrap_or(value))
        }
        _ => primitive,
    };
    let written = number.write(bytes, bits, meant);
    written.map_err(|Misfit| match primitive {
        Primitive::Float(_) if number.is_integer() => {
            refused().help(format!("cast it: '({})...'", shown_type(to)))
        }
        _ => refused(),
    })
}

/// A number that no double is, where it is whole.
fn whole(value: WideFloat) -> Primitive {
    match value.truncated() {
        Some((negative, magnitude)) if WideFloat::from_integer(negative, magnitude, float::QUAD) == value => {
            match i128::try_from(magnitude) {
                Ok(magnitude) => Primitive::Integer(if negative { -magnitude } else { magnitude }),
                Err(_) => Primitive::Huge(magnitude),
            }
        }
        _ => Primitive::Float(value.to_f64()),
    }
}

/// The same bits in the range, where the value has them in the other signedness.
fn brother(value: i128, least: i128, greatest: u128) -> Option<i128> {
    // All values of the type's width, as `2^width - 1`.
    let mask = if least < 0 { greatest.checked_mul(2)?.checked_add(1)? } else { greatest };
    let whole = mask.checked_add(1).and_then(|whole| i128::try_from(whole).ok())?;
    if value < 0 && least == 0 && value >= -(whole / 2) {
        return value.checked_add(whole);
    }
    if least < 0 && value > 0 && value as u128 > greatest && value as u128 <= mask {
        return value.checked_sub(whole);
    }
    None
}

fn other_kind(to: &Type, found: &str) -> Diagnostic {
    let message = format!("expected {}, got {found}", shown_type(&to.clone().unqualified()));
    Diagnostic::new(ErrorKind::Conversion, message)
}

fn shown(value: &Constant) -> String {
    match value {
        Constant::Integer(value) => value.to_string(),
        Constant::Float(value) => format!("{value:?}"),
        Constant::Wide(value) => value.to_string(),
        Constant::Pointer(address) => format!("the pointer {address:#x}"),
        Constant::String(_) => "text".to_owned(),
    }
}
