//! A path that was followed once.

use super::data::outside;
use super::part::{Held, HeldMut};
use crate::convert::{Bits, Destination, FromC, Number, Source, ToC, same_value, shown_type, walk};
use crate::error::{Error, ErrorKind, Result};
use crate::types::{self, Kind, Scope, Type};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

/// A part of every value of a type, found once: a field that is read and written as fast as a struct's.
pub struct Accessor<T> {
    root: Type,
    range: Range<usize>,
    bits: Option<Bits>,
    ty: Type,
    scope: Arc<Scope>,
    /// How it is stored, where that is a plain scalar of at most 8 bytes.
    plain: Option<Number>,
    constant: bool,
    value: PhantomData<fn() -> T>,
}

impl<T> Accessor<T> {
    pub(crate) fn new(scope: &Arc<Scope>, root: &Type, path: &str) -> Result<Accessor<T>> {
        let size = usize::try_from(types::extent(root, &**scope)?.size).map_err(|_| outside())?;
        let spot = walk(root, size, path, scope)?;
        let plain = Number::of(&spot.ty, scope).filter(|number| spot.bits.is_none() && number.size() <= 8);
        Ok(Accessor {
            root: root.clone(),
            range: spot.range,
            bits: spot.bits,
            ty: spot.ty.into_owned(),
            scope: scope.clone(),
            plain,
            constant: spot.constant,
            value: PhantomData,
        })
    }

    /// Where it starts, in bytes.
    pub fn offset(&self) -> usize {
        self.range.start
    }

    /// Its type.
    pub fn as_type(&self) -> &Type {
        &self.ty
    }

    #[inline(always)]
    fn belongs_to(&self, ty: &Type) -> bool {
        match (self.root.kind(), ty.kind()) {
            (Kind::Record(one), Kind::Record(other)) => one == other,
            _ => same_value(&self.root, ty),
        }
    }

    #[cold]
    fn other_type(&self, found: &Type) -> Error {
        let message =
            format!("expected a value of type '{}', found '{}'", shown_type(&self.root), shown_type(found));
        Error::new(ErrorKind::Conversion, message)
    }
}

impl<T: FromC> Accessor<T> {
    /// Reads it from a value of the type.
    #[inline]
    pub fn get(&self, from: &impl Held) -> Result<T> {
        let source = from.source();
        if !self.belongs_to(source.ty) {
            return Err(self.other_type(source.ty));
        }
        let bytes = source.bytes.get(self.range.clone()).ok_or_else(outside)?;
        if let Some(number) = self.plain
            && let Some(value) = T::from_word(word(bytes), number)
        {
            return Ok(value);
        }
        T::from_c(Source { bytes, bits: self.bits, ty: &self.ty, scope: &self.scope })
    }
}

impl<T: ToC> Accessor<T> {
    /// Writes it into a value of the type.
    #[inline]
    pub fn set(&self, to: &mut impl HeldMut, value: T) -> Result<()> {
        if self.constant || to.is_constant() {
            return Err(Error::new(
                ErrorKind::Const,
                "the field is const: it cannot be written after it was made",
            ));
        }
        let destination = to.destination();
        if !self.belongs_to(destination.ty) {
            return Err(self.other_type(destination.ty));
        }
        let bytes = destination.bytes.get_mut(self.range.clone()).ok_or_else(outside)?;
        if let Some(number) = self.plain
            && let Some(word) = value.to_word(number)
        {
            store(bytes, word);
            return Ok(());
        }
        value.to_c(&mut Destination { bytes, bits: self.bits, ty: &self.ty, scope: &self.scope })
    }
}

#[inline(always)]
fn word(bytes: &[u8]) -> u64 {
    match *bytes {
        [a, b, c, d, e, f, g, h] => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]).into(),
        [a, b] => u16::from_le_bytes([a, b]).into(),
        [a] => a.into(),
        _ => 0,
    }
}

#[inline(always)]
fn store(to: &mut [u8], word: u64) {
    let from = word.to_le_bytes();
    match to.len() {
        8 => to.copy_from_slice(&from),
        4 => to.copy_from_slice(from.first_chunk::<4>().unwrap_or(&[0; 4])),
        2 => to.copy_from_slice(from.first_chunk::<2>().unwrap_or(&[0; 2])),
        _ => to.iter_mut().zip(from).for_each(|(to, from)| *to = from),
    }
}

impl<T> fmt::Debug for Accessor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Accessor({} at {:?} of {})", self.ty, self.range, self.root)
    }
}
