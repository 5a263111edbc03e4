//! Scalars of C: bytes to numbers and back, with every range checked.

use crate::memory;
use crate::target::{Scalar, Target, WideFloat, float};
use crate::types::{Kind, Scope, Type};

/// How a scalar of C is stored. Two C types that are stored alike are one `Number`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is named after Rust's type of that kind")]
pub enum Number {
    Bool,
    I8,
    I16,
    I32,
    I64,
    I128,
    U8,
    U16,
    U32,
    U64,
    U128,
    /// `_Float16`
    F16,
    /// `__bf16`
    BF16,
    F32,
    F64,
    /// x87's `long double` in 16 bytes.
    X87,
    /// The same in the 12 bytes of i386.
    ShortX87,
    F128,
    /// A pointer of 8 bytes.
    Address64,
    /// A pointer of 4 bytes.
    Address32,
}

/// The bits of a bit-field, counted from the first byte that holds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bits {
    pub first: u8,
    pub width: u32,
}

/// A scalar on its way between Rust and C.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Primitive {
    Bool(bool),
    Integer(i128),
    /// Above `i128::MAX`.
    Huge(u128),
    Float(f64),
    Address(u64),
}

/// A value that cannot be one of that C type.
pub(crate) struct Misfit;

impl Number {
    /// All of them, in order.
    pub(crate) const ALL: [Number; 20] = [
        Number::Bool,
        Number::I8,
        Number::I16,
        Number::I32,
        Number::I64,
        Number::I128,
        Number::U8,
        Number::U16,
        Number::U32,
        Number::U64,
        Number::U128,
        Number::F16,
        Number::BF16,
        Number::F32,
        Number::F64,
        Number::X87,
        Number::ShortX87,
        Number::F128,
        Number::Address64,
        Number::Address32,
    ];

    /// How a type is stored; `None` for what is no scalar, and for decimal floats.
    pub(crate) fn of(ty: &Type, scope: &Scope) -> Option<Number> {
        let target = scope.target();
        match ty.kind() {
            Kind::Scalar(scalar) => Number::of_scalar(*scalar, target),
            Kind::Enum(enumeration) => Number::of_scalar(enumeration.body()?.underlying, target),
            Kind::Pointer(_) if target.pointer_bytes() == 4 => Some(Number::Address32),
            Kind::Pointer(_) => Some(Number::Address64),
            _ => None,
        }
    }

    fn of_scalar(scalar: Scalar, target: Target) -> Option<Number> {
        let size = target.size(scalar)?;
        if scalar.is_integer() {
            // What stands in the bits of its bytes that do not count is nobody's to say.
            if scalar.bit_precise_width().is_some_and(|bits| u64::from(bits) != size * 8) {
                return None;
            }
            return match (scalar, target.is_signed(scalar), size) {
                (Scalar::Bool, ..) => Some(Number::Bool),
                (_, true, 1) => Some(Number::I8),
                (_, true, 2) => Some(Number::I16),
                (_, true, 4) => Some(Number::I32),
                (_, true, 8) => Some(Number::I64),
                (_, true, 16) => Some(Number::I128),
                (_, false, 1) => Some(Number::U8),
                (_, false, 2) => Some(Number::U16),
                (_, false, 4) => Some(Number::U32),
                (_, false, 8) => Some(Number::U64),
                (_, false, 16) => Some(Number::U128),
                _ => None,
            };
        }
        match scalar {
            Scalar::Decimal32 | Scalar::Decimal64 | Scalar::Decimal128 => None,
            Scalar::Float16 => Some(Number::F16),
            Scalar::BFloat16 => Some(Number::BF16),
            Scalar::LongDouble | Scalar::Float64x if target.long_double_x87() => {
                Some(if size == 12 { Number::ShortX87 } else { Number::X87 })
            }
            _ => match size {
                4 => Some(Number::F32),
                8 => Some(Number::F64),
                16 => Some(Number::F128),
                _ => None,
            },
        }
    }

    /// In bytes.
    pub(crate) const fn size(self) -> usize {
        match self {
            Number::Bool | Number::I8 | Number::U8 => 1,
            Number::I16 | Number::U16 | Number::F16 | Number::BF16 => 2,
            Number::I32 | Number::U32 | Number::F32 | Number::Address32 => 4,
            Number::I64 | Number::U64 | Number::F64 | Number::Address64 => 8,
            Number::ShortX87 => 12,
            Number::I128 | Number::U128 | Number::F128 | Number::X87 => 16,
        }
    }

    pub(crate) fn is_integer(self) -> bool {
        self.integer_range().is_some()
    }

    fn is_signed(self) -> bool {
        matches!(self, Number::I8 | Number::I16 | Number::I32 | Number::I64 | Number::I128)
    }

    /// The least and the greatest value of an integer.
    pub(crate) fn integer_range(self) -> Option<(i128, u128)> {
        let signed = |bits: u32| (-1i128 << (bits - 1), (1u128 << (bits - 1)) - 1);
        Some(match self {
            Number::Bool => (0, 1),
            Number::I8 => signed(8),
            Number::I16 => signed(16),
            Number::I32 => signed(32),
            Number::I64 => signed(64),
            Number::I128 => signed(128),
            Number::U8 => (0, u8::MAX.into()),
            Number::U16 => (0, u16::MAX.into()),
            Number::U32 => (0, u32::MAX.into()),
            Number::U64 => (0, u64::MAX.into()),
            Number::U128 => (0, u128::MAX),
            _ => return None,
        })
    }

    /// The range of a bit-field of this type, or of all of it.
    pub(crate) fn range(self, bits: Option<Bits>) -> Option<(i128, u128)> {
        let (least, greatest) = self.integer_range()?;
        match bits.map(|bits| bits.width) {
            Some(width @ 1..=127) if self.is_signed() => {
                Some((-1i128 << (width - 1), (1u128 << (width - 1)) - 1))
            }
            Some(width @ 1..=127) => Some((0, greatest.min((1u128 << width) - 1))),
            _ => Some((least, greatest)),
        }
    }

    /// The value in these bytes; `None` where there are too few.
    pub(crate) fn read(self, bytes: &[u8], bits: Option<Bits>) -> Option<Primitive> {
        if let Some(Bits { first, width }) = bits {
            let value = memory::read_bits(bytes, first.into(), width, self.is_signed()).ok()?;
            return Some(match self {
                Number::Bool => Primitive::Bool(value != 0),
                Number::U128 => from_u128(value as u128),
                _ => Primitive::Integer(value),
            });
        }
        let raw = u128_of(bytes.get(..self.size())?);
        Some(match self {
            Number::Bool => Primitive::Bool(raw != 0),
            Number::I8 => Primitive::Integer((raw as i8).into()),
            Number::I16 => Primitive::Integer((raw as i16).into()),
            Number::I32 => Primitive::Integer((raw as i32).into()),
            Number::I64 => Primitive::Integer((raw as i64).into()),
            Number::I128 => Primitive::Integer(raw as i128),
            Number::U8 | Number::U16 | Number::U32 | Number::U64 | Number::U128 => from_u128(raw),
            Number::F16 => Primitive::Float(float::to_f64(raw, float::HALF)),
            Number::BF16 => Primitive::Float(float::to_f64(raw, float::BRAIN)),
            Number::F32 => Primitive::Float(f32::from_bits(raw as u32).into()),
            Number::F64 => Primitive::Float(f64::from_bits(raw as u64)),
            Number::X87 | Number::ShortX87 => {
                Primitive::Float(float::to_f64(raw & ((1 << 80) - 1), float::X87))
            }
            Number::F128 => Primitive::Float(float::to_f64(raw, float::QUAD)),
            Number::Address64 | Number::Address32 => Primitive::Address(raw as u64),
        })
    }

    /// The value in these bytes, where it is a whole number of a format that holds more of them than a double does.
    pub(crate) fn read_whole(self, bytes: &[u8]) -> Option<Primitive> {
        let raw = |bits: u128| bytes.get(..self.size()).map(|bytes| u128_of(bytes) & bits);
        let (negative, magnitude) = match self {
            Number::X87 | Number::ShortX87 => float::to_integer(raw((1 << 80) - 1)?, float::X87)?,
            Number::F128 => float::to_integer(raw(u128::MAX)?, float::QUAD)?,
            _ => return None,
        };
        match negative {
            false => Some(from_u128(magnitude)),
            true => 0i128.checked_sub_unsigned(magnitude).map(Primitive::Integer),
        }
    }

    /// The finite values of a floating number that has fewer of them than a double.
    pub(super) fn float_range(self) -> Option<&'static str> {
        match self {
            Number::F16 => Some("-65504 to 65504"),
            Number::BF16 => Some("-3.3895314e38 to 3.3895314e38"),
            Number::F32 => Some("-3.4028235e38 to 3.4028235e38"),
            _ => None,
        }
    }

    /// Writes a value, if it is one of this type.
    pub(crate) fn write(self, bytes: &mut [u8], bits: Option<Bits>, value: Primitive) -> Result<(), Misfit> {
        if let Some((least, greatest)) = self.range(bits) {
            let whole = whole(value).ok_or(Misfit)?;
            let fits = match whole {
                Primitive::Huge(huge) => huge <= greatest,
                Primitive::Integer(value) => value >= least && (value < 0 || value as u128 <= greatest),
                _ => false,
            };
            let raw = match whole {
                Primitive::Huge(huge) => huge,
                Primitive::Integer(value) => value as u128,
                _ => return Err(Misfit),
            };
            if !fits {
                return Err(Misfit);
            }
            return match bits {
                Some(Bits { first, width }) => {
                    memory::write_bits(bytes, first.into(), width, raw as i128).map_err(|_| Misfit)
                }
                None => put(bytes, self.size(), raw),
            };
        }
        let raw = match (self, value) {
            (Number::Address32, Primitive::Address(address)) => {
                u32::try_from(address).map_err(|_| Misfit)?.into()
            }
            (Number::Address64, Primitive::Address(address)) => address.into(),
            (Number::Address32 | Number::Address64, _) | (_, Primitive::Address(_)) => return Err(Misfit),
            _ => self.float_bits(value)?,
        };
        put(bytes, self.size(), raw)
    }

    /// How a floating number is stored.
    fn format(self) -> Option<float::Format> {
        match self {
            Number::F16 => Some(float::HALF),
            Number::BF16 => Some(float::BRAIN),
            Number::F32 => Some(float::SINGLE),
            Number::F64 => Some(float::DOUBLE),
            Number::X87 | Number::ShortX87 => Some(float::X87),
            Number::F128 => Some(float::QUAD),
            _ => None,
        }
    }

    /// Writes a floating number that no double is, rounded once.
    pub(crate) fn write_wide(self, bytes: &mut [u8], value: WideFloat) -> Result<(), Misfit> {
        let format = self.format().ok_or(Misfit)?;
        if value.rounded(format).to_f64().is_infinite() && self.size() <= 8 {
            return Err(Misfit);
        }
        put(bytes, self.size(), value.bits_in(format))
    }

    fn float_bits(self, value: Primitive) -> Result<u128, Misfit> {
        // A double does not hold every integer that a longer format does.
        let longer = match self {
            Number::X87 | Number::ShortX87 => Some(float::X87),
            Number::F128 => Some(float::QUAD),
            _ => None,
        };
        match (longer, value) {
            (Some(format), Primitive::Integer(value)) => {
                return Ok(float::from_integer(value < 0, value.unsigned_abs(), format));
            }
            (Some(format), Primitive::Huge(value)) => return Ok(float::from_integer(false, value, format)),
            _ => {}
        }
        let value = match value {
            Primitive::Bool(value) => f64::from(u8::from(value)),
            Primitive::Integer(value) if self == Number::F64 => value as f64,
            Primitive::Huge(value) if self == Number::F64 => value as f64,
            Primitive::Integer(value) if value < 0 => -unrounded(value.unsigned_abs()),
            Primitive::Integer(value) => unrounded(value.unsigned_abs()),
            Primitive::Huge(value) => unrounded(value),
            Primitive::Float(value) => value,
            Primitive::Address(_) => return Err(Misfit),
        };
        let raw = match self {
            Number::F16 => float::from_f64(value, float::HALF),
            Number::BF16 => float::from_f64(value, float::BRAIN),
            Number::F32 => u128::from((value as f32).to_bits()),
            Number::F64 => u128::from(value.to_bits()),
            Number::X87 | Number::ShortX87 => float::from_f64(value, float::X87),
            Number::F128 => float::from_f64(value, float::QUAD),
            _ => return Err(Misfit),
        };
        let back = match self {
            Number::F16 => float::to_f64(raw, float::HALF),
            Number::BF16 => float::to_f64(raw, float::BRAIN),
            Number::F32 => f32::from_bits(raw as u32).into(),
            _ => value,
        };
        if back.is_infinite() && value.is_finite() { Err(Misfit) } else { Ok(raw) }
    }
}

/// A double that every shorter format rounds to the number that it rounds the integer to.
///
/// What a double cannot hold is left as one bit at its end: rounding to the nearest here, and again there, would round
/// some numbers twice.
fn unrounded(value: u128) -> f64 {
    let excess = (u128::BITS - value.leading_zeros()).saturating_sub(f64::MANTISSA_DIGITS);
    let kept = (value >> excess) << excess;
    let lost = u128::from(kept != value) << excess;
    (kept | lost) as f64
}

/// A value as an integer, if it is whole.
fn whole(value: Primitive) -> Option<Primitive> {
    match value {
        Primitive::Bool(value) => Some(Primitive::Integer(value.into())),
        Primitive::Integer(_) | Primitive::Huge(_) => Some(value),
        Primitive::Float(value) => integer_of(value),
        Primitive::Address(_) => None,
    }
}

/// A float that is a whole number, as that number.
pub(crate) fn integer_of(value: f64) -> Option<Primitive> {
    const END: f64 = 340_282_366_920_938_463_463_374_607_431_768_211_456.0;
    if value.fract() != 0.0 || !(-(END / 2.0)..END).contains(&value) {
        return None;
    }
    Some(if value < END / 2.0 { Primitive::Integer(value as i128) } else { Primitive::Huge(value as u128) })
}

fn from_u128(value: u128) -> Primitive {
    i128::try_from(value).map_or(Primitive::Huge(value), Primitive::Integer)
}

fn u128_of(bytes: &[u8]) -> u128 {
    let mut whole = [0u8; 16];
    whole.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    u128::from_le_bytes(whole)
}

fn put(bytes: &mut [u8], size: usize, raw: u128) -> Result<(), Misfit> {
    let to = bytes.get_mut(..size).ok_or(Misfit)?;
    to.iter_mut().zip(raw.to_le_bytes()).for_each(|(to, from)| *to = from);
    Ok(())
}

/// The word that so many bytes hold, little end first; `None` where they are not there, or no scalar has so many.
#[inline(always)]
pub(crate) fn word_at(bytes: &[u8], start: usize, size: usize) -> Option<u64> {
    let bytes = bytes.get(start..start.checked_add(size)?)?;
    Some(match size {
        8 => u64::from_le_bytes(*bytes.first_chunk()?),
        4 => u32::from_le_bytes(*bytes.first_chunk()?).into(),
        2 => u16::from_le_bytes(*bytes.first_chunk()?).into(),
        1 => (*bytes.first()?).into(),
        _ => return None,
    })
}

/// Writes the lower bytes of a word; false where they are not there, or no scalar has so many.
#[inline(always)]
pub(crate) fn store_at(bytes: &mut [u8], start: usize, size: usize, word: u64) -> bool {
    let end = start.checked_add(size);
    let Some(bytes) = end.and_then(|end| bytes.get_mut(start..end)) else { return false };
    let stored = match size {
        8 => bytes.first_chunk_mut().map(|to| *to = word.to_le_bytes()),
        4 => bytes.first_chunk_mut().map(|to| *to = (word as u32).to_le_bytes()),
        2 => bytes.first_chunk_mut().map(|to| *to = (word as u16).to_le_bytes()),
        1 => bytes.first_mut().map(|to| *to = word as u8),
        _ => None,
    };
    stored.is_some()
}
