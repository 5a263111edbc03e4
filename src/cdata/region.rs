//! Runs of bytes in memory, whoever owns it: copied, filled, read as text.

use super::data::is_const;
use super::part::{CMut, CRef, Held, HeldMut};
use super::{CData, CPtr};
use crate::convert::{Source, shown_type};
use crate::error::{Error, ErrorKind, Result};
use crate::memory;
use crate::types::{Kind, Type};
use std::marker::PhantomData;

/// Bytes that can be read, for as long as what they were borrowed from.
pub struct Region<'a> {
    start: *const u8,
    length: usize,
    lent: PhantomData<&'a [u8]>,
}

/// Bytes that can be written, for as long as what they were borrowed from. Others of the same thread may refer to them
/// by pointers and cells.
pub struct RegionMut<'a> {
    start: *mut u8,
    length: usize,
    lent: PhantomData<&'a mut [u8]>,
}

/// Whatever has bytes to be read: values, pointers with bounds, slices of bytes, text.
pub trait Readable {
    /// The bytes.
    #[doc(hidden)]
    fn region(&self) -> Result<Region<'_>>;
}

/// Whatever has bytes to be written: `&mut` values, pointers with bounds.
pub trait Writable {
    /// The bytes.
    #[doc(hidden)]
    fn region_mut(&mut self) -> Result<RegionMut<'_>>;
}

/// Whatever has a type of C.
pub trait Typed {
    /// The type.
    fn c_type(&self) -> &Type;
}

/// Copies so many bytes; the two may overlap.
pub(crate) fn copy(mut to: impl Writable, from: &(impl Readable + ?Sized), length: u64) -> Result<()> {
    let from = from.region()?;
    let to = to.region_mut()?;
    let count = within(from.length, length, "to read")?;
    within(to.length, length, "to write")?;
    // SAFETY: both regions have so many bytes and are borrowed here; what may refer to the same bytes at this time are
    // pointers and cells of this thread, which is busy here
    unsafe { memory::copy_within(to.start, from.start, count) };
    Ok(())
}

/// Sets so many bytes.
pub(crate) fn fill(mut to: impl Writable, length: u64, byte: u8) -> Result<()> {
    let to = to.region_mut()?;
    let count = within(to.length, length, "to write")?;
    // SAFETY: as in `copy`
    unsafe { to.start.write_bytes(byte, count) };
    Ok(())
}

/// The first so many bytes.
pub(crate) fn bytes(from: &(impl Readable + ?Sized), length: u64) -> Result<Vec<u8>> {
    let from = from.region()?;
    let mut bytes = vec![0; within(from.length, length, "to read")?];
    // SAFETY: the region has so many bytes and is borrowed here; only this thread may write there, and it is here
    unsafe { memory::read(from.start, &mut bytes) };
    Ok(bytes)
}

/// Text up to a NUL, which has to be there.
pub(crate) fn string(from: &(impl Readable + ?Sized)) -> Result<String> {
    let from = from.region()?;
    // SAFETY: the region has `length` bytes and is borrowed here; nothing writes there until the copy below is made
    let text = unsafe { memory::string(from.start, from.length) };
    if text.len() == from.length {
        let message =
            format!("expected a NUL in {} bytes, found none; read them with their length", from.length);
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    String::from_utf8(text.to_vec()).map_err(|_| {
        let message = "expected text in utf-8, found other bytes; read them with their length";
        Error::new(ErrorKind::Conversion, message)
    })
}

/// Is it a value of the type, or a pointer to a record of it? Qualifiers do not count.
pub(crate) fn is_type(ty: &Type, value: &(impl Typed + ?Sized)) -> bool {
    let found = value.c_type();
    let is = |found: &Type| crate::convert::same_value(ty, found);
    is(found) || (matches!(ty.kind(), Kind::Record(_)) && found.pointee().is_some_and(is))
}

fn within(has: usize, length: u64, what: &str) -> Result<usize> {
    match usize::try_from(length) {
        Ok(count) if count <= has => Ok(count),
        _ => {
            let message = format!("expected at most {has} bytes {what}, found {length}");
            Err(Error::new(ErrorKind::OutOfRange, message))
        }
    }
}

fn writable(ty: &Type, constant: bool) -> Result<()> {
    if constant || is_const(ty) {
        let message = format!("'{}' is const: it cannot be written after it was made", shown_type(ty));
        return Err(Error::new(ErrorKind::Const, message));
    }
    Ok(())
}

impl Readable for [u8] {
    fn region(&self) -> Result<Region<'_>> {
        Ok(Region { start: self.as_ptr(), length: self.len(), lent: PhantomData })
    }
}

impl<const N: usize> Readable for [u8; N] {
    fn region(&self) -> Result<Region<'_>> {
        self.as_slice().region()
    }
}

impl Readable for Vec<u8> {
    fn region(&self) -> Result<Region<'_>> {
        self.as_slice().region()
    }
}

impl Readable for str {
    fn region(&self) -> Result<Region<'_>> {
        self.as_bytes().region()
    }
}

impl<T: Readable + ?Sized> Readable for &T {
    fn region(&self) -> Result<Region<'_>> {
        T::region(self)
    }
}

/// Up to the end of its bounds.
impl Readable for CPtr {
    fn region(&self) -> Result<Region<'_>> {
        let (start, length) = self.reach()?;
        Ok(Region { start, length, lent: PhantomData })
    }
}

/// Up to the end of its bounds.
impl Writable for &CPtr {
    fn region_mut(&mut self) -> Result<RegionMut<'_>> {
        writable(self.pointee(), false)?;
        let (start, length) = self.reach()?;
        Ok(RegionMut { start, length, lent: PhantomData })
    }
}

impl Writable for &mut [u8] {
    fn region_mut(&mut self) -> Result<RegionMut<'_>> {
        Ok(RegionMut { start: self.as_mut_ptr(), length: self.len(), lent: PhantomData })
    }
}

macro_rules! held {
    ($($type:ty),*) => {$(
        impl Readable for $type {
            fn region(&self) -> Result<Region<'_>> {
                let Source { bytes, .. } = self.source();
                bytes.region().map(|Region { start, length, .. }| Region { start, length, lent: PhantomData })
            }
        }

        impl Typed for $type {
            fn c_type(&self) -> &Type {
                self.as_type()
            }
        }
    )*};
}

held! { CData, CRef<'_>, CMut<'_> }

macro_rules! held_mut {
    ($($type:ty),*) => {$(
        impl Writable for $type {
            fn region_mut(&mut self) -> Result<RegionMut<'_>> {
                writable(self.as_type(), self.is_constant())?;
                let bytes = self.destination().bytes;
                Ok(RegionMut { start: bytes.as_mut_ptr(), length: bytes.len(), lent: PhantomData })
            }
        }
    )*};
}

held_mut! { &mut CData, &mut CMut<'_>, CMut<'_> }

impl Typed for CPtr {
    fn c_type(&self) -> &Type {
        self.as_type()
    }
}
