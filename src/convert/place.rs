//! Where a value is read from and written to.

use super::number::{Bits, Misfit, Number, Primitive};
use super::{FromC, ToC, path, wrapping};
use crate::error::{Error, ErrorKind, Result};
use crate::types::{ArrayLength, Kind, Scope, Type};
use std::sync::Arc;

/// A value of C that is being read.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) bits: Option<Bits>,
    pub(crate) ty: &'a Type,
    pub(crate) scope: &'a Arc<Scope>,
}

/// A value of C that is being written.
pub struct Destination<'a> {
    pub(crate) bytes: &'a mut [u8],
    pub(crate) bits: Option<Bits>,
    pub(crate) ty: &'a Type,
    pub(crate) scope: &'a Arc<Scope>,
}

impl<'a> Source<'a> {
    /// Its type.
    pub fn as_type(&self) -> &'a Type {
        self.ty
    }

    /// A part of it, by its path: `x`, `[1].x`, `in.arr[2]`; the empty path is the whole.
    pub fn get<T: FromC>(&self, path: &str) -> Result<T> {
        if path.is_empty() {
            return T::from_c(*self);
        }
        let spot = path::walk(self.ty, self.bytes.len(), path, self.scope)?;
        T::from_c(self.part(&spot)?).map_err(|error| path::at(path, error))
    }

    pub(crate) fn part<'s>(&'s self, spot: &'s path::Spot<'_>) -> Result<Source<'s>> {
        let bytes = self.bytes.get(spot.range.clone()).ok_or_else(path::outside)?;
        Ok(Source { bytes, bits: spot.bits, ty: &spot.ty, scope: self.scope })
    }

    pub(crate) fn primitive(&self, expected: &str) -> Result<Primitive> {
        let number = Number::of(self.ty, self.scope).ok_or_else(|| self.unlike(expected))?;
        number.read(self.bytes, self.bits).ok_or_else(path::outside)
    }

    /// The error of a value that is nothing like what is asked for.
    #[cold]
    pub(crate) fn unlike(&self, expected: &str) -> Error {
        let message = format!("expected {expected}, found a value of type '{}'", shown_type(self.ty));
        Error::new(ErrorKind::Conversion, message)
    }
}

impl<'a> Destination<'a> {
    /// Its type.
    pub fn as_type(&self) -> &'a Type {
        self.ty
    }

    /// Writes a part of it, by its path.
    pub fn set(&mut self, path: &str, value: impl ToC) -> Result<()> {
        if path.is_empty() {
            return value.to_c(self);
        }
        let spot = path::walk(self.ty, self.bytes.len(), path, self.scope)?;
        let bytes = self.bytes.get_mut(spot.range.clone()).ok_or_else(path::outside)?;
        let mut part = Destination { bytes, bits: spot.bits, ty: &spot.ty, scope: self.scope };
        value.to_c(&mut part).map_err(|error| path::at(path, error))
    }

    pub(crate) fn number(&self) -> Option<Number> {
        Number::of(self.ty, self.scope)
    }

    /// Writes a scalar: to a scalar, to every element of an array or vector, to the real part of a complex number.
    pub(crate) fn put(&mut self, value: Primitive, shown: &dyn Fn() -> String) -> Result<()> {
        if let Some(number) = self.number() {
            let written = number.write(self.bytes, self.bits, value);
            return written.map_err(|Misfit| misfit(self.ty, Some(number), self.bits, &shown()));
        }
        self.put_each(value, shown, |to, value, shown| to.put(value, shown))
    }

    /// The same; of what is too large for an integer type, the low bits.
    pub(super) fn put_wrapping(&mut self, value: Primitive, shown: &dyn Fn() -> String) -> Result<()> {
        if let Some(number) = self.number() {
            let written = wrapping::write(number, self.bytes, self.bits, value);
            return written.map_err(|Misfit| misfit(self.ty, Some(number), self.bits, &shown()));
        }
        self.put_each(value, shown, |to, value, shown| to.put_wrapping(value, shown))
    }

    fn put_each(
        &mut self,
        value: Primitive,
        shown: &dyn Fn() -> String,
        put: fn(&mut Destination<'_>, Primitive, &dyn Fn() -> String) -> Result<()>,
    ) -> Result<()> {
        let Some(element) = path::element_of(self.ty) else {
            return Err(misfit(self.ty, None, None, &shown()));
        };
        let size = path::byte_size(&element, self.scope)?;
        let is_complex = matches!(self.ty.kind(), Kind::Complex(_));
        let mut first = true;
        for bytes in self.bytes.chunks_exact_mut(size.max(1)) {
            let value = if is_complex && !first { Primitive::Integer(0) } else { value };
            first = false;
            put(&mut Destination { bytes, bits: None, ty: &element, scope: self.scope }, value, shown)?;
        }
        Ok(())
    }
}

/// The error of a value that is none of the type.
#[cold]
pub(crate) fn misfit(ty: &Type, number: Option<Number>, bits: Option<Bits>, found: &str) -> Error {
    let range = number.and_then(|number| number.range(bits));
    let kind = if range.is_some() { ErrorKind::OutOfRange } else { ErrorKind::Conversion };
    let range = range.map_or(String::new(), |(least, greatest)| format!(" ({least} to {greatest})"));
    let width = bits.map_or(String::new(), |bits| format!(" : {}", bits.width));
    let cure = if ty.as_record().is_some() { "; a tuple or named fields would initialise it" } else { "" };
    let ty = shown_type(&ty.clone().unqualified());
    Error::new(kind, format!("expected {ty}{width}{range}, got {found}{cure}"))
}

/// A type as messages name it: in one line, whatever its members.
pub(crate) fn shown_type(ty: &Type) -> String {
    let whole = ty.to_string();
    if !whole.contains('\n') {
        return whole;
    }
    match ty.kind() {
        Kind::Record(record) => record.name(),
        Kind::Enum(enumeration) => enumeration.name(),
        Kind::Pointer(to) => format!("{} *", shown_type(to)),
        Kind::Array(element, ArrayLength::Fixed(count)) => format!("{}[{count}]", shown_type(element)),
        Kind::Array(element, _) => format!("{}[]", shown_type(element)),
        _ => whole.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}
