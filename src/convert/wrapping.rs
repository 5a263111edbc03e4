//! Numbers that are cut to what the C type holds, where that is asked for.

use super::matrix::SourceKind;
use super::number::{Bits, Misfit, Number, Primitive};
use super::place::Destination;
use super::to_c::ToC;
use crate::error::Result;
use std::num::Wrapping;

/// A number as the value of an integer type that has its low bits; of a fraction, the part before the point counts.
///
/// What is no number (`inf`, `nan`) is 0. For every other C type it is the number itself.
pub(super) fn wrapped(number: Number, bits: Option<Bits>, value: Primitive) -> Primitive {
    let Some((least, greatest)) = number.range(bits) else { return value };
    let low = match value {
        Primitive::Bool(value) => u128::from(value),
        Primitive::Integer(value) => value as u128,
        Primitive::Huge(value) => value,
        Primitive::Float(value) if number == Number::Bool => u128::from(value != 0.0),
        Primitive::Float(value) => low_bits(value),
        Primitive::Address(_) => return value,
    };
    if number == Number::Bool {
        return Primitive::Bool(low != 0);
    }
    let mask = if least < 0 { greatest << 1 | 1 } else { greatest };
    let low = low & mask;
    if least < 0 && low > greatest {
        return Primitive::Integer((low | !mask) as i128);
    }
    i128::try_from(low).map_or(Primitive::Huge(low), Primitive::Integer)
}

/// A whole number modulo 2^128.
fn low_bits(value: f64) -> u128 {
    if !value.is_finite() {
        return 0;
    }
    let bits = value.abs().trunc().to_bits();
    let exponent = (bits >> 52) as i32 - 1075;
    let significand = u128::from(bits & ((1 << 52) - 1) | 1 << 52);
    let magnitude = match exponent {
        ..=-53 => 0,
        -52..=-1 => significand >> exponent.unsigned_abs(),
        0..=127 => significand << exponent,
        _ => 0,
    };
    if value < 0.0 { magnitude.wrapping_neg() } else { magnitude }
}

/// Too large a float is infinite, as C has it.
pub(super) fn write(
    number: Number,
    bytes: &mut [u8],
    bits: Option<Bits>,
    value: Primitive,
) -> std::result::Result<(), Misfit> {
    let written = number.write(bytes, bits, wrapped(number, bits, value));
    if written.is_ok() || number.is_integer() || matches!(value, Primitive::Address(_)) {
        return written;
    }
    let is_negative = match value {
        Primitive::Float(value) => value < 0.0,
        Primitive::Integer(value) => value < 0,
        _ => false,
    };
    let infinite = if is_negative { f64::NEG_INFINITY } else { f64::INFINITY };
    number.write(bytes, bits, Primitive::Float(infinite))
}

macro_rules! wrapping {
    ($($type:ident => $primitive:expr;)*) => {$(
        /// Wraps where the C type is too small for it.
        impl ToC for Wrapping<$type> {
            fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
                let primitive: fn($type) -> Primitive = $primitive;
                to.put_wrapping(primitive(self.0), &|| self.describe())
            }
            fn source_kind(&self) -> SourceKind {
                SourceKind::Wrapping
            }
            fn describe(&self) -> String {
                ToC::describe(&self.0)
            }
        }
    )*};
}

wrapping! {
    i8 => |value| Primitive::Integer(value.into());
    i16 => |value| Primitive::Integer(value.into());
    i32 => |value| Primitive::Integer(value.into());
    i64 => |value| Primitive::Integer(value.into());
    i128 => Primitive::Integer;
    isize => |value| Primitive::Integer(value as i128);
    u8 => |value| Primitive::Integer(value.into());
    u16 => |value| Primitive::Integer(value.into());
    u32 => |value| Primitive::Integer(value.into());
    u64 => |value| Primitive::Integer(value.into());
    u128 => |value| i128::try_from(value).map_or(Primitive::Huge(value), Primitive::Integer);
    usize => |value| Primitive::Integer(value as i128);
    f32 => |value| Primitive::Float(value.into());
    f64 => Primitive::Float;
}
