//! A path that was followed once.

use super::CPtr;
use super::column::{Column, ColumnMut};
use super::data::{is_const, outside};
use super::native::Native;
use super::part::{Held, HeldMut};
use crate::convert::{
    Bits, Destination, FromC, Number, Source, ToC, array_length, same_value, shown_type, store_at, walk,
    word_at,
};
use crate::error::{Error, ErrorKind, Result};
use crate::target::Target;
use crate::types::{self, Identity, Kind, Scope, Type};
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
    /// How it is stored, where that is a plain scalar of at most 8 bytes: then `range` has as many.
    plain: Option<Number>,
    /// The same where it may be changed.
    variable: Option<Number>,
    /// Who the record is that it is a plain scalar of; nobody where it is anything else.
    record: Identity,
    constant: bool,
    value: PhantomData<fn() -> T>,
}

impl<T> Accessor<T> {
    pub(crate) fn new(scope: &Arc<Scope>, root: &Type, path: &str) -> Result<Accessor<T>> {
        let size = usize::try_from(types::extent(root, &**scope)?.size).map_err(|_| outside())?;
        let spot = walk(root, size, path, scope)?;
        let plain = Number::of(&spot.ty, scope)
            .filter(|number| spot.bits.is_none() && number.size() <= 8 && number.size() == spot.range.len());
        let record = root.as_record().filter(|_| plain.is_some());
        Ok(Accessor {
            record: record.map_or_else(Identity::default, Identity::of),
            variable: plain.filter(|_| !spot.constant),
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

    /// Is it a plain scalar of the type, a record?
    #[inline(always)]
    fn is_in(&self, ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Record(record) if self.record.is(record))
    }

    /// The word in the bytes of a value, where it is stored as such a number.
    #[inline(always)]
    fn word(&self, bytes: &[u8], number: Number) -> Option<u64> {
        if self.plain != Some(number) || self.range.end > bytes.len() {
            return None;
        }
        let start = bytes.as_ptr().wrapping_add(self.range.start);
        // SAFETY: `range` ends inside of the bytes, and has those of the number, which is `plain`
        unsafe {
            Some(match number.size() {
                8 => u64::from_le(start.cast::<u64>().read_unaligned()),
                4 => u32::from_le(start.cast::<u32>().read_unaligned()).into(),
                2 => u16::from_le(start.cast::<u16>().read_unaligned()).into(),
                1 => start.read().into(),
                _ => return None,
            })
        }
    }

    /// Writes the word into the bytes of a value, where it is stored as such a number and may be changed.
    #[inline(always)]
    fn store(&self, bytes: &mut [u8], number: Number, word: u64) -> bool {
        if self.variable != Some(number) || self.range.end > bytes.len() {
            return false;
        }
        let start = bytes.as_mut_ptr().wrapping_add(self.range.start);
        // SAFETY: `range` ends inside of the bytes, and has those of the number, which is `plain` as well
        unsafe {
            match number.size() {
                8 => start.cast::<u64>().write_unaligned(word.to_le()),
                4 => start.cast::<u32>().write_unaligned((word as u32).to_le()),
                2 => start.cast::<u16>().write_unaligned((word as u16).to_le()),
                1 => start.write(word as u8),
                _ => return false,
            }
        }
        true
    }

    fn is_behind(&self, pointer: &CPtr) -> Result<()> {
        let pointee = pointer.pointee();
        if self.belongs_to(pointee) { Ok(()) } else { Err(self.other_type(pointee)) }
    }

    fn belongs_to(&self, ty: &Type) -> bool {
        same_value(&self.root, ty)
    }

    #[cold]
    fn other_type(&self, found: &Type) -> Error {
        let (wanted, found) = (shown_type(&self.root), shown_type(found));
        let cure = if wanted == found { ", which was declared apart from it" } else { "" };
        let message = format!("expected a value of type '{wanted}', found '{found}'{cure}");
        Error::new(ErrorKind::Conversion, message)
    }
}

impl<T: FromC> Accessor<T> {
    /// Reads it from a value of the type.
    #[inline]
    pub fn get(&self, from: &impl Held) -> Result<T> {
        let source = from.source();
        if let Some(number) = T::EXACT
            && self.is_in(source.ty)
            && let Some(word) = self.word(source.bytes, number)
            && let Some(value) = T::from_word(word, number)
        {
            return Ok(value);
        }
        self.converted(source.bytes, source.ty)
    }

    /// Where C's type is not quite Rust's.
    #[inline(never)]
    fn converted(&self, bytes: &[u8], ty: &Type) -> Result<T> {
        if !self.belongs_to(ty) {
            return Err(self.other_type(ty));
        }
        let bytes = bytes.get(self.range.clone()).ok_or_else(outside)?;
        if let Some(number) = self.plain
            && let Some(word) = word_at(bytes, 0, bytes.len())
            && let Some(value) = T::from_word(word, number)
        {
            return Ok(value);
        }
        T::from_c(Source { bytes, bits: self.bits, ty: &self.ty, scope: &self.scope })
    }
}

impl<T: FromC> Accessor<T> {
    /// Reads it from what a pointer with bounds points to.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("typedef struct { double x, y; } point_t;")?;
    /// let y = ffi.field::<f64>("point_t", "y")?;
    /// let points = ffi.make("point_t[2]", [(1, 2), (3, 4)])?.share()?;
    /// y.set_behind(&points.at(1)?, 4.5)?;
    /// assert_eq!(y.get_behind(&points.at(1)?)?, 4.5);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn get_behind(&self, pointer: &CPtr) -> Result<T> {
        self.is_behind(pointer)?;
        if let Some(number) = self.plain
            && let Some(word) = pointer.word_at(self.range.start, number)
            && let Some(value) = T::from_word(word, number)
        {
            return Ok(value);
        }
        pointer.read_part(self.range.clone(), |bytes| {
            T::from_c(Source { bytes, bits: self.bits, ty: &self.ty, scope: &self.scope })
        })?
    }
}

impl<T: ToC> Accessor<T> {
    /// Writes it into what a pointer with bounds points to.
    pub fn set_behind(&self, pointer: &CPtr, value: T) -> Result<()> {
        self.is_behind(pointer)?;
        if self.constant || is_const(pointer.pointee()) {
            return Err(constant());
        }
        if let Some(number) = self.variable
            && let Some(word) = value.to_word(number)
            && pointer.store_at(self.range.start, number, word)
        {
            return Ok(());
        }
        pointer.change_part(self.range.clone(), |bytes| {
            value.to_c(&mut Destination { bytes, bits: self.bits, ty: &self.ty, scope: &self.scope })
        })
    }

    /// Writes it into a value of the type.
    #[inline]
    pub fn set(&self, to: &mut impl HeldMut, value: T) -> Result<()> {
        let constant = to.is_constant();
        let destination = to.destination();
        if let Some(number) = T::exact()
            && !constant
            && self.is_in(destination.ty)
            && let Some(word) = value.to_word(number)
            && self.store(destination.bytes, number, word)
        {
            return Ok(());
        }
        self.convert(destination.bytes, destination.ty, constant || self.constant, value)
    }

    #[inline(never)]
    fn convert(&self, bytes: &mut [u8], ty: &Type, constant: bool, value: T) -> Result<()> {
        if constant {
            return Err(self::constant());
        }
        if !self.belongs_to(ty) {
            return Err(self.other_type(ty));
        }
        let bytes = bytes.get_mut(self.range.clone()).ok_or_else(outside)?;
        if let Some(number) = self.plain
            && let Some(word) = value.to_word(number)
            && store_at(bytes, 0, bytes.len(), word)
        {
            return Ok(());
        }
        value.to_c(&mut Destination { bytes, bits: self.bits, ty: &self.ty, scope: &self.scope })
    }
}

impl<T: Native> Accessor<T> {
    /// It in one value, found and checked once: what is done with it then costs what a field of a Rust struct costs.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("typedef struct { int id; double x[2]; } body_t;")?;
    /// let mut body = ffi.make("body_t", (1, [2.0, 3.0]))?;
    /// let x = ffi.field::<f64>("body_t", "x[1]")?;
    /// let here = x.of_mut(&mut body)?;
    /// for _ in 0..4 {
    ///     *here *= 2.0;
    /// }
    /// assert_eq!(*x.of(&body)?, 48.0);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    ///
    /// Nothing is converted: the Rust type must be the one of C, and aligned as Rust wants it.
    pub fn of<'d>(&self, value: &'d impl Held) -> Result<&'d T> {
        let source = value.source();
        let (bytes, ty) = (source.bytes, source.ty);
        let place = self.checked_place(bytes, ty)?;
        // SAFETY: `checked_place` found a `T` inside of the bytes, aligned, of a type to which every bit pattern belongs;
        // they are lent for `'d`
        Ok(unsafe { &*place })
    }

    /// The same, to be changed.
    pub fn of_mut<'d>(&self, value: &'d mut impl HeldMut) -> Result<&'d mut T> {
        if self.constant || value.is_constant() {
            return Err(constant());
        }
        let destination = value.destination();
        let (bytes, ty) = (destination.bytes, destination.ty);
        self.checked_place(bytes, ty)?;
        let place = bytes.as_mut_ptr().wrapping_add(self.range.start).cast();
        // SAFETY: as in `of`; they are lent alone
        Ok(unsafe { &mut *place })
    }

    /// Where it lies in the bytes of a value: inside of them, aligned, as a type to which every bit pattern belongs.
    fn checked_place(&self, bytes: &[u8], ty: &Type) -> Result<*const T> {
        self.is_native()?;
        if !self.belongs_to(ty) {
            return Err(self.other_type(ty));
        }
        let bytes = bytes.get(self.range.clone()).ok_or_else(outside)?;
        let place = bytes.as_ptr().cast::<T>();
        match T::ANY_BITS && bytes.len() == size_of::<T>() && place.is_aligned() {
            true => Ok(place),
            false => Err(self.misaligned()),
        }
    }

    /// Is the C type the Rust type?
    fn is_native(&self) -> Result<()> {
        let is_here = self.scope.target() == Target::host();
        if self.bits.is_none() && is_here && T::is(&self.ty, &self.scope) {
            return Ok(());
        }
        let (wanted, found) = (std::any::type_name::<T>(), shown_type(&self.ty));
        let width = self.bits.map_or(String::new(), |bits| format!(" : {}", bits.width));
        let message = format!("expected a field of type {wanted}, found '{found}{width}'; use get");
        Err(Error::new(ErrorKind::Conversion, message))
    }

    /// It in every element of an array of the type: to be read as fast as a field of a slice of structs.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("typedef struct { double x, y; } point_t;")?;
    /// let points = ffi.make("point_t[3]", [(1, 2), (3, 4), (5, 6)])?;
    /// let y = ffi.field::<f64>("point_t", "y")?;
    /// assert_eq!(y.column(&points)?.iter().sum::<f64>(), 12.0);
    /// assert_eq!(y.column(&points)?[2], 6.0);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    ///
    /// Nothing is converted: the Rust type must be the one of C, and aligned as Rust wants it.
    pub fn column<'d>(&self, array: &'d impl Held) -> Result<Column<'d, T>> {
        let source = array.source();
        let (stride, count) = self.rows(source.ty, source.bytes.len())?;
        Column::over(source.bytes, self.range.start, stride, count).ok_or_else(|| self.misaligned())
    }

    /// The same, to be changed.
    pub fn column_mut<'d>(&self, array: &'d mut impl HeldMut) -> Result<ColumnMut<'d, T>> {
        if self.constant || array.is_constant() {
            return Err(constant());
        }
        let destination = array.destination();
        let (stride, count) = self.rows(destination.ty, destination.bytes.len())?;
        if let Kind::Array(element, _) = destination.ty.kind()
            && is_const(element)
        {
            return Err(constant());
        }
        let column = ColumnMut::over(destination.bytes, self.range.start, stride, count);
        column.ok_or_else(|| self.misaligned())
    }

    /// How far apart the elements of an array are, and how many.
    fn rows(&self, ty: &Type, length: usize) -> Result<(usize, usize)> {
        self.is_native()?;
        let element = match ty.kind() {
            Kind::Array(element, _) if self.belongs_to(element) => element,
            _ => {
                let (wanted, found) = (shown_type(&self.root), shown_type(ty));
                let message = format!("expected an array of '{wanted}', found '{found}'");
                return Err(Error::new(ErrorKind::Conversion, message));
            }
        };
        let stride = types::extent(element, &*self.scope)?.size;
        let count = array_length(ty, length, stride);
        usize::try_from(stride).ok().zip(usize::try_from(count).ok()).ok_or_else(outside)
    }

    #[cold]
    fn misaligned(&self) -> Error {
        let (name, ty) = (std::any::type_name::<T>(), shown_type(&self.ty));
        let message = match T::ANY_BITS {
            true => format!("the fields of type '{ty}' are not aligned as {name}; use get"),
            false => format!("not every byte of a '{ty}' is a {name}; use get"),
        };
        Error::new(ErrorKind::Conversion, message)
    }
}

#[cold]
fn constant() -> Error {
    Error::new(ErrorKind::Const, "the field is const: it cannot be written after it was made")
}

impl<T> fmt::Debug for Accessor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Accessor({} at {:?} of {})", self.ty, self.range, self.root)
    }
}
