//! Values as JSON spells them, to bytes in memory.
#![forbid(unsafe_code)]

use super::wide;
use eightbyte::{CData, Ffi, Kind, Position, Scalar, ScalarClass, Type};
use serde_json::Value as Json;

/// Writes a literal into a value of its type.
pub fn write(data: &mut CData, ty: &Type, literal: &Json, ffi: &Ffi) -> Result<(), String> {
    put(data, &Spot { path: String::new(), offset: Some(0), ty }, literal, ffi)
}

/// A part of the value.
struct Spot<'t> {
    /// As C names it behind the object.
    path: String,
    /// Where it lies; bit-fields have none.
    offset: Option<u64>,
    ty: &'t Type,
}

impl Spot<'_> {
    fn wrong(&self, expected: &str, found: &Json) -> String {
        let place = if self.path.is_empty() { String::new() } else { format!(" of {}", self.path) };
        format!("expected {expected} for '{}'{place}, found {found}", self.ty)
    }
}

fn put(data: &mut CData, spot: &Spot<'_>, literal: &Json, ffi: &Ffi) -> Result<(), String> {
    match spot.ty.kind() {
        Kind::Scalar(scalar) => match scalar.class() {
            ScalarClass::Float => float(data, spot, *scalar, literal, ffi),
            _ => integer(data, spot, literal),
        },
        Kind::Enum(enumeration) => {
            let body = enumeration.body();
            let named = literal.as_str().and_then(|name| body.as_ref()?.constants.get(name).copied());
            match named {
                Some(value) => set(data, spot, value),
                None => integer(data, spot, literal),
            }
        }
        Kind::Pointer(_) => {
            let address = match literal {
                Json::Null => Some(0),
                Json::String(text) => {
                    text.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok())
                }
                other => other.as_u64(),
            };
            let address = address.ok_or_else(|| spot.wrong("an address such as \"0x10\"", literal))?;
            raw(data, spot, &address.to_le_bytes())
        }
        Kind::Complex(part) => lanes(data, spot, &Type::scalar(*part), 2, literal, ffi),
        Kind::Vector(element, count) => lanes(data, spot, &Type::scalar(*element), *count, literal, ffi),
        Kind::Array(element, _) => {
            let size = size_of(element, ffi)?;
            let whole = spot.offset.and_then(|offset| (data.bytes().len() as u64).checked_sub(offset));
            let count = match spot.ty.kind() {
                Kind::Array(_, eightbyte::ArrayLength::Fixed(count)) => *count,
                _ => whole.unwrap_or(0).checked_div(size).unwrap_or(0),
            };
            elements(data, spot, element, count, literal, ffi)
        }
        Kind::Record(record) => {
            let object = literal.as_object().ok_or_else(|| spot.wrong("an object", literal))?;
            let body = record.body().ok_or_else(|| format!("'{}' has no members", spot.ty))?;
            for (name, value) in object {
                let (base, field) =
                    body.field(name).ok_or_else(|| format!("'{}' has no member '{name}'", spot.ty))?;
                let offset = match field.position {
                    Position::Bytes { offset } => {
                        spot.offset.and_then(|start| start.checked_add(base)?.checked_add(offset))
                    }
                    Position::Bits { .. } => None,
                };
                let dot = if spot.path.is_empty() { "" } else { "." };
                let path = format!("{}{dot}{name}", spot.path);
                put(data, &Spot { path, offset, ty: &field.ty }, value, ffi)?;
            }
            Ok(())
        }
        _ => Err(format!("unsupported: a literal of type '{}'", spot.ty)),
    }
}

fn elements(
    data: &mut CData,
    spot: &Spot<'_>,
    element: &Type,
    count: u64,
    literal: &Json,
    ffi: &Ffi,
) -> Result<(), String> {
    let list = literal.as_array().ok_or_else(|| spot.wrong("a list", literal))?;
    if list.len() as u64 > count {
        return Err(spot.wrong(&format!("no more than {count} elements"), literal));
    }
    let size = size_of(element, ffi)?;
    for (index, value) in (0u64..).zip(list) {
        let offset = spot.offset.and_then(|offset| offset.checked_add(size.checked_mul(index)?));
        put(data, &Spot { path: format!("{}[{index}]", spot.path), offset, ty: element }, value, ffi)?;
    }
    Ok(())
}

/// The parts of a complex number, the elements of a vector: each is made for itself, for C has no path to it.
fn lanes(
    data: &mut CData,
    spot: &Spot<'_>,
    element: &Type,
    count: u64,
    literal: &Json,
    ffi: &Ffi,
) -> Result<(), String> {
    let list = literal.as_array().ok_or_else(|| spot.wrong("a list", literal))?;
    if list.len() as u64 > count {
        return Err(spot.wrong(&format!("no more than {count} elements"), literal));
    }
    let ty = ffi.ctype(&element.to_string()).map_err(|error| error.message().to_string())?;
    let size = size_of(element, ffi)?;
    for (index, value) in (0u64..).zip(list) {
        let mut lane = ty.alloc().map_err(|error| error.message().to_string())?;
        write(&mut lane, element, value, ffi)?;
        let offset = spot.offset.and_then(|offset| offset.checked_add(size.checked_mul(index)?));
        let place = Spot { path: format!("{}[{index}]", spot.path), offset, ty: element };
        raw(data, &place, lane.bytes())?;
    }
    Ok(())
}

fn integer(data: &mut CData, spot: &Spot<'_>, literal: &Json) -> Result<(), String> {
    let wrong = || spot.wrong("an integer", literal);
    let value = match literal {
        Json::Bool(value) => i128::from(*value),
        Json::String(text) => match text.parse::<i128>() {
            Ok(value) => value,
            // Only an unsigned __int128 is larger.
            Err(_) => return raw(data, spot, &text.parse::<u128>().map_err(|_| wrong())?.to_le_bytes()),
        },
        number => {
            let signed = number.as_i64().map(i128::from);
            signed.or_else(|| number.as_u64().map(i128::from)).ok_or_else(wrong)?
        }
    };
    set(data, spot, value)
}

fn float(data: &mut CData, spot: &Spot<'_>, scalar: Scalar, literal: &Json, ffi: &Ffi) -> Result<(), String> {
    let format = match scalar {
        Scalar::LongDouble | Scalar::Float64x => wide::long_double(ffi.target()),
        Scalar::Float128 => Some(wide::QUAD),
        _ => None,
    };
    match (literal, format) {
        (Json::String(text), Some(format)) => {
            let bits = wide::bits(text, format).ok_or_else(|| spot.wrong("a hexadecimal number", literal))?;
            raw(data, spot, &bits.to_le_bytes())
        }
        (Json::String(text), None) => {
            let value = match text.as_str() {
                "inf" => f64::INFINITY,
                "-inf" => f64::NEG_INFINITY,
                "nan" => f64::NAN,
                "-nan" => -f64::NAN,
                hex => {
                    let bits = wide::bits(hex, wide::DOUBLE);
                    f64::from_bits(bits.ok_or_else(|| spot.wrong("a number", literal))? as u64)
                }
            };
            set(data, spot, value)
        }
        _ => set(data, spot, literal.as_f64().ok_or_else(|| spot.wrong("a number", literal))?),
    }
}

/// Lets the library convert.
fn set(data: &mut CData, spot: &Spot<'_>, value: impl eightbyte::ToC) -> Result<(), String> {
    data.set(&spot.path, value).map_err(|error| error.message().to_string())
}

/// Writes the bytes of a scalar, as many as it has.
fn raw(data: &mut CData, spot: &Spot<'_>, bytes: &[u8]) -> Result<(), String> {
    let offset = spot.offset.and_then(|offset| usize::try_from(offset).ok());
    let room = offset.and_then(|offset| data.bytes_mut().get_mut(offset..));
    let room = room.ok_or_else(|| format!("'{}' lies outside of the value", spot.path))?;
    for (to, from) in room.iter_mut().zip(bytes) {
        *to = *from;
    }
    Ok(())
}

fn size_of(ty: &Type, ffi: &Ffi) -> Result<u64, String> {
    let size = ffi.ctype(&ty.to_string()).and_then(|ty| ty.size());
    size.map_err(|error| error.message().to_string())
}
