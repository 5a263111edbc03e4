//! Where a value is read from and written to.

use super::number::{Bits, Misfit, Number, Primitive};
use super::number::{store_at, word_at};
use super::{FromC, ToC, path, remembered};
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
    #[inline]
    pub fn get<T: FromC>(&self, path: &str) -> Result<T> {
        if path.is_empty() {
            return T::from_c(*self);
        }
        if let Some(way) = remembered::plain_way(self.ty, self.bytes.len(), path, self.scope) {
            let start = way.start as usize;
            // Written out, so that the compiler knows the type of the one that is common
            let value = match T::EXACT {
                Some(exact) if exact == way.number => {
                    word_at(self.bytes, start, size_of::<T>()).and_then(|word| T::from_word(word, exact))
                }
                _ => read_word(self.bytes, start, way.number),
            };
            if let Some(value) = value {
                return Ok(value);
            }
        }
        self.get_by(path)
    }

    #[inline(never)]
    fn get_by<T: FromC>(&self, path: &str) -> Result<T> {
        let spot = remembered::follow(self.ty, self.bytes.len(), path, self.scope)?;
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
        let spot = remembered::follow(self.ty, self.bytes.len(), path, self.scope)?;
        self.set_spot(&spot, path, &value)
    }

    /// The same for what is not `const`; what it is part of may be.
    #[inline]
    pub(crate) fn set_variable<V: ToC>(&mut self, path: &str, constant: bool, value: &V) -> Result<()> {
        if let Some(way) = remembered::plain_way(self.ty, self.bytes.len(), path, self.scope)
            && !constant
            && !way.constant
        {
            let start = way.start as usize;
            let is_stored = match V::EXACT {
                Some(exact) if exact == way.number => value
                    .to_word(exact)
                    .is_some_and(|word| store_at(self.bytes, start, exact.size(), word)),
                _ => write_word(self.bytes, start, way.number, value),
            };
            if is_stored {
                return Ok(());
            }
        }
        self.set_unless_const(path, constant, value)
    }

    #[inline(never)]
    fn set_unless_const(&mut self, path: &str, constant: bool, value: &impl ToC) -> Result<()> {
        let spot = remembered::follow(self.ty, self.bytes.len(), path, self.scope)?;
        if constant || spot.constant {
            let name = if path.is_empty() { "the value" } else { path };
            let message = format!("'{name}' is const: it cannot be written after it was made");
            return Err(Error::new(ErrorKind::Const, message));
        }
        if path.is_empty() {
            return value.to_c(self);
        }
        self.set_spot(&spot, path, value)
    }

    fn set_spot(&mut self, spot: &path::Spot<'_>, path: &str, value: &impl ToC) -> Result<()> {
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
        match path::element_of(self.ty) {
            Some(element) => {
                let size = path::byte_size(&element, self.scope)?;
                let is_complex = matches!(self.ty.kind(), Kind::Complex(_));
                let mut first = true;
                for bytes in self.bytes.chunks_exact_mut(size.max(1)) {
                    let value = if is_complex && !first { Primitive::Integer(0) } else { value };
                    first = false;
                    let mut part = Destination { bytes, bits: None, ty: &element, scope: self.scope };
                    part.put(value, shown)?;
                }
                Ok(())
            }
            None => Err(misfit(self.ty, None, None, &shown())),
        }
    }
}

#[inline(never)]
fn read_word<T: FromC>(bytes: &[u8], start: usize, number: Number) -> Option<T> {
    T::from_word(word_at(bytes, start, number.size())?, number)
}

#[inline(never)]
fn write_word(bytes: &mut [u8], start: usize, number: Number, value: &impl ToC) -> bool {
    value.to_word(number).is_some_and(|word| store_at(bytes, start, number.size(), word))
}

/// The error of a value that is none of the type.
#[cold]
pub(crate) fn misfit(ty: &Type, number: Option<Number>, bits: Option<Bits>, found: &str) -> Error {
    let range = number.and_then(|number| number.range(bits));
    let kind = if range.is_some() { ErrorKind::OutOfRange } else { ErrorKind::Conversion };
    let range = range.map_or(String::new(), |(least, greatest)| format!(" ({least} to {greatest})"));
    let width = bits.map_or(String::new(), |bits| format!(" : {}", bits.width));
    Error::new(kind, format!("expected {}{width}{range}, got {found}", shown_type(&ty.clone().unqualified())))
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
