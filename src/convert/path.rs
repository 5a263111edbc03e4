//! Ways into a value: `"x"`, `"[1].x"`, `"in.arr[2]"`.

use super::number::Bits;
use super::place::shown_type;
use crate::error::{Error, ErrorKind, Result, nearest};
use crate::types::{self, ArrayLength, Kind, Position, Qualifiers, Scope, Type};
use std::borrow::Cow;
use std::ops::Range;

/// What a path leads to.
#[derive(Clone)]
pub(crate) struct Spot<'t> {
    pub range: Range<usize>,
    pub bits: Option<Bits>,
    pub ty: Cow<'t, Type>,
    /// Something on the way is `const`.
    pub constant: bool,
}

/// Follows a path into a value of `length` bytes.
pub(crate) fn walk<'t>(ty: &'t Type, length: usize, path: &str, scope: &Scope) -> Result<Spot<'t>> {
    let constant = ty.qualifiers().contains(Qualifiers::CONST);
    let mut spot = Spot { range: 0..length, bits: None, ty: Cow::Borrowed(ty), constant };
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (digits, after) = inside.split_once(']').ok_or_else(|| malformed(path))?;
            let digits = digits.trim();
            let is_index = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if !is_index {
                return Err(malformed(path));
            }
            let Ok(index) = digits.parse() else {
                let message =
                    format!("index {digits} is out of range: '{}' is smaller", shown_type(&spot.ty));
                return Err(Error::new(ErrorKind::OutOfRange, message));
            };
            element(&mut spot, index, scope)?;
            rest = after;
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            let (name, after) = name.split_at(end);
            if name.is_empty() {
                return Err(malformed(path));
            }
            member(&mut spot, name, scope)?;
            rest = after;
        }
    }
    Ok(spot)
}

/// Where a path leads to, in a type.
pub(crate) fn position(ty: &Type, path: &str, scope: &Scope) -> Result<Position> {
    let spot = walk(ty, byte_size(ty, scope)?, path, scope)?;
    let offset = spot.range.start as u64;
    Ok(match spot.bits {
        Some(Bits { first: bit, width }) => Position::Bits { offset, bit, width },
        None => Position::Bytes { offset },
    })
}

fn member(spot: &mut Spot<'_>, name: &str, scope: &Scope) -> Result<()> {
    if let (Kind::Complex(_), "re" | "im") = (spot.ty.kind(), name) {
        return element(spot, u64::from(name == "im"), scope);
    }
    let body = match spot.ty.kind() {
        Kind::Record(record) => record.body().ok_or_else(|| incomplete(&spot.ty))?,
        _ => return Err(no_such_member(&spot.ty, name, None)),
    };
    let Some((base, field)) = body.field(name) else {
        let meant = nearest(name, body.names.keys().map(|name| &**name));
        return Err(no_such_member(&spot.ty, name, meant));
    };
    let offset = base.checked_add(field.position.offset()).ok_or_else(outside)?;
    let size = match field.position {
        Position::Bits { bit, width, .. } => {
            spot.bits = Some(Bits { first: bit, width });
            u64::from((u32::from(bit) + width).div_ceil(8))
        }
        Position::Bytes { .. } => match field.ty.kind() {
            // A flexible member has what the block has left.
            Kind::Array(_, ArrayLength::Unknown | ArrayLength::OnAllocation) => {
                (spot.range.len() as u64).saturating_sub(offset)
            }
            _ => types::extent(&field.ty, scope)?.size,
        },
    };
    spot.constant |= field.ty.qualifiers().contains(Qualifiers::CONST);
    narrow(spot, offset, size)?;
    spot.ty = Cow::Owned(field.ty);
    Ok(())
}

fn element(spot: &mut Spot<'_>, index: u64, scope: &Scope) -> Result<()> {
    let element = element_of(&spot.ty).ok_or_else(|| not_indexable(&spot.ty))?;
    let size = types::extent(&element, scope)?.size;
    let count = array_length(&spot.ty, spot.range.len(), size);
    if index >= count {
        return Err(no_such_element(&spot.ty, index, count));
    }
    let offset = index.checked_mul(size).ok_or_else(outside)?;
    spot.constant |= element.qualifiers().contains(Qualifiers::CONST);
    narrow(spot, offset, size)?;
    let owned = match &spot.ty {
        Cow::Borrowed(ty) => match ty.kind() {
            Kind::Array(element, _) => Cow::Borrowed(&**element),
            _ => Cow::Owned(element),
        },
        Cow::Owned(_) => Cow::Owned(element),
    };
    spot.ty = owned;
    Ok(())
}

/// Narrows a spot to a part of it, which lies inside.
fn narrow(spot: &mut Spot<'_>, offset: u64, size: u64) -> Result<()> {
    let inside = || {
        let start = spot.range.start.checked_add(usize::try_from(offset).ok()?)?;
        let end = start.checked_add(usize::try_from(size).ok()?)?;
        (end <= spot.range.end).then_some(start..end)
    };
    spot.range = inside().ok_or_else(outside)?;
    Ok(())
}

/// The type of the elements of an array, a vector, a complex number.
pub(crate) fn element_of(ty: &Type) -> Option<Type> {
    let scalar = match ty.kind() {
        Kind::Array(element, _) => return Some(Type::clone(element)),
        Kind::Complex(part) => *part,
        Kind::Vector(element, _) => *element,
        _ => return None,
    };
    Some(Type::scalar(scalar).qualified(ty.qualifiers()))
}

/// How many elements a value of so many bytes has.
pub(crate) fn array_length(ty: &Type, bytes: usize, element: u64) -> u64 {
    match ty.kind() {
        Kind::Array(_, ArrayLength::Fixed(count)) | Kind::Vector(_, count) => *count,
        Kind::Complex(_) => 2,
        Kind::Array(..) => (bytes as u64).checked_div(element).unwrap_or(0),
        _ => 0,
    }
}

/// Is a value of one type a value of the other, qualifiers and names apart?
pub(crate) fn same_value(one: &Type, other: &Type) -> bool {
    match (one.kind(), other.kind()) {
        (Kind::Array(one, length), Kind::Array(other, other_length)) => {
            length == other_length && same_value(one, other)
        }
        (one, other) => one == other,
    }
}

pub(super) fn byte_size(ty: &Type, scope: &Scope) -> Result<usize> {
    usize::try_from(types::extent(ty, scope)?.size).map_err(|_| outside())
}

/// An error, with the path that it is about.
#[cold]
pub(super) fn at(path: &str, error: Error) -> Error {
    Error::new(error.kind(), format!("'{path}': {}", error.message()))
}

#[cold]
pub(super) fn outside() -> Error {
    Error::new(ErrorKind::OutOfRange, "the part lies outside of the value's memory")
}

#[cold]
fn malformed(path: &str) -> Error {
    let message = format!("expected a path such as 'x', '[1].x' or 'in.arr[2]', found '{path}'");
    Error::new(ErrorKind::NoSuchField, message)
}

#[cold]
fn incomplete(ty: &Type) -> Error {
    let ty = shown_type(ty);
    Error::new(ErrorKind::Incomplete, format!("'{ty}' is incomplete: its members are not known here"))
}

#[cold]
fn no_such_member(ty: &Type, name: &str, meant: Option<&str>) -> Error {
    let cure = match (meant, ty.pointee().and_then(Type::as_record), element_of(ty)) {
        (Some(meant), ..) => format!("; did you mean '{meant}'?"),
        (None, Some(_), _) => "; what it points to is not part of this value".to_owned(),
        (None, None, Some(_)) => format!("; did you mean '[0].{name}'?"),
        _ => String::new(),
    };
    let ty = shown_type(ty);
    Error::new(ErrorKind::NoSuchField, format!("'{ty}' has no member '{name}'{cure}"))
}

#[cold]
pub(crate) fn no_such_element(ty: &Type, index: u64, count: u64) -> Error {
    let ty = shown_type(ty);
    let plural = if count == 1 { "" } else { "s" };
    let message = format!("index {index} is out of range: '{ty}' has {count} element{plural}");
    Error::new(ErrorKind::OutOfRange, message)
}

#[cold]
fn not_indexable(ty: &Type) -> Error {
    let cure = match ty.kind() {
        Kind::Pointer(_) => "what it points to is not part of this value",
        _ => "it is no array",
    };
    let ty = shown_type(ty);
    Error::new(ErrorKind::NoSuchField, format!("'{ty}' cannot be indexed; {cure}"))
}
