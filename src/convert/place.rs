//! Where a value is read from and written to.

use super::number::{Bits, Misfit, Number, Primitive};
use super::number::{store_at, word_at};
use super::remembered::{self, Plain};
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
    #[inline]
    pub fn get<T: FromC>(&self, path: &str) -> Result<T> {
        if path.is_empty() {
            return T::from_c(*self);
        }
        let way = remembered::plain_way(self.ty, self.bytes.len(), path, self.scope);
        // The type that needs no conversion is written out, so that the compiler knows which it is
        let read = match T::EXACT {
            Some(exact) if way.is_to(exact) => {
                let word = word_at(self.bytes, way.start(), size_of::<T>());
                word.and_then(|word| T::from_word(word, exact))
            }
            _ => read_word(self.bytes, way),
        };
        read.map_or_else(|| get_by(self.bytes, self.ty, self.scope, path), Ok)
    }

    pub(crate) fn part<'s>(&'s self, spot: &'s path::Spot<'_>) -> Result<Source<'s>> {
        let bytes = self.bytes.get(spot.range.clone()).ok_or_else(path::outside)?;
        Ok(Source { bytes, bits: spot.bits, ty: &spot.ty, scope: self.scope })
    }

    pub(crate) fn primitive(&self, expected: &str) -> Result<Primitive> {
        let number = Number::of(self.ty, self.scope).ok_or_else(|| self.unlike(expected))?;
        number.read(self.bytes, self.bits).ok_or_else(path::outside)
    }

    /// The same for who wants an integer: of the longer floating formats, all of their whole numbers.
    pub(crate) fn whole(&self, expected: &str) -> Result<Primitive> {
        let number = Number::of(self.ty, self.scope);
        match number.and_then(|number| number.read_whole(self.bytes)) {
            Some(whole) => Ok(whole),
            None => self.primitive(expected),
        }
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
        self.set_spot(&spot, path, &value)
    }

    /// The same for what is not `const`; what it is part of may be.
    #[inline]
    pub(crate) fn set_variable<V: ToC>(&mut self, path: &str, constant: bool, value: &V) -> Result<()> {
        let way = remembered::plain_way(self.ty, self.bytes.len(), path, self.scope);
        let is_stored = match V::exact() {
            _ if constant => false,
            Some(exact) if way.is_to_variable(exact) => {
                value.to_word(exact).is_some_and(|word| store_at(self.bytes, way.start(), exact.size(), word))
            }
            _ => write_word(self.bytes, way, value),
        };
        if is_stored {
            return Ok(());
        }
        self.set_unless_const(path, constant, value)
    }

    #[inline(never)]
    fn set_unless_const(&mut self, path: &str, constant: bool, value: &impl ToC) -> Result<()> {
        let spot = follow(self.ty, self.bytes.len(), path, self.scope)?;
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

    /// The error of a value that cannot be one of its type, for who converts values of his own.
    #[cold]
    pub fn misfit(&self, found: &str) -> Error {
        misfit(self.ty, self.number(), self.bits, found)
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

/// Where the scalar lies that a path leads to, and how it is stored, if that is remembered; not what is `const`, where it
/// is to be changed.
#[inline]
pub(crate) fn plain_word(
    ty: &Type,
    length: usize,
    path: &str,
    scope: &Scope,
    to_change: bool,
) -> Option<(usize, Number)> {
    let way = remembered::plain_way(ty, length, path, scope);
    let number = way.number().filter(|_| !to_change || !way.is_constant())?;
    Some((way.start(), number))
}

/// Follows a path, and remembers where it led to.
pub(crate) fn follow<'t>(ty: &'t Type, length: usize, path: &str, scope: &Scope) -> Result<path::Spot<'t>> {
    let spot = path::walk(ty, length, path, scope)?;
    remembered::remember(ty, length, path, scope, &spot);
    Ok(spot)
}

#[inline(never)]
fn get_by<T: FromC>(bytes: &[u8], ty: &Type, scope: &Arc<Scope>, path: &str) -> Result<T> {
    let spot = follow(ty, bytes.len(), path, scope)?;
    let whole = Source { bytes, bits: None, ty, scope };
    T::from_c(whole.part(&spot)?).map_err(|error| path::at(path, error))
}

#[inline(never)]
fn read_word<T: FromC>(bytes: &[u8], way: Plain) -> Option<T> {
    let number = way.number()?;
    T::from_word(word_at(bytes, way.start(), number.size())?, number)
}

#[inline(never)]
fn write_word(bytes: &mut [u8], way: Plain, value: &impl ToC) -> bool {
    let number = way.number().filter(|_| !way.is_constant());
    let word = number.and_then(|number| Some((value.to_word(number)?, number.size())));
    word.is_some_and(|(word, size)| store_at(bytes, way.start(), size, word))
}

/// The error of a value that is none of the type.
#[cold]
pub(crate) fn misfit(ty: &Type, number: Option<Number>, bits: Option<Bits>, found: &str) -> Error {
    let whole = number.and_then(|number| number.range(bits));
    let range = whole.map(|(least, greatest)| format!("{least} to {greatest}"));
    let range = range.or_else(|| number?.float_range().map(str::to_owned));
    let kind = if range.is_some() { ErrorKind::OutOfRange } else { ErrorKind::Conversion };
    let range = range.map_or(String::new(), |range| format!(" ({range})"));
    let width = bits.map_or(String::new(), |bits| format!(" : {}", bits.width));
    let cure = match ty.kind() {
        Kind::Record(_) => "; a tuple or named fields would initialise it",
        Kind::Pointer(_) if number.is_some() => "; a pointer is wanted, of Rust or of C, which may be null",
        _ => "",
    };
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
