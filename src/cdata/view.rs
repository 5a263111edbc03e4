//! Memory of C looked at as values of Rust, after their types were compared.
//!
//! Invariant: whoever holds a `&T` of a view keeps everybody from writing, so only what has one owner gives views;
//! shared memory gives cells. Every byte of the memory stays initialised, so that it can be read as bytes.

use super::data::{is_const, outside};
use super::mirror::Mirror;
use super::part::{CMut, CRef, Held, HeldMut};
use super::{CData, CPtr};
use crate::convert::{Destination, Number, Source, element_of, misfit, shown_type};
use crate::error::{Error, ErrorKind, Result};
use crate::types::{Kind, Scope, Type};
use std::cell::Cell;
use std::ffi::CStr;
use std::ops::Range;

macro_rules! views {
    ($($type:ty),*) => {$(
        impl $type {
            /// Its elements, or the one value that it is, as values of Rust: see [`c_struct!`](crate::c_struct).
            ///
            /// Nothing changes under it:
            ///
            /// ```compile_fail,E0502
            /// let ffi = eightbyte::Ffi::new();
            /// let mut numbers = ffi.alloc("int[4]").unwrap();
            /// let view = numbers.view::<i32>().unwrap();
            /// numbers.set("[1]", 5).unwrap();
            /// println!("{view:?}");
            /// ```
            ///
            /// Nor does it outlive its memory, not even where that is to be shared:
            ///
            /// ```compile_fail,E0505
            /// let ffi = eightbyte::Ffi::new();
            /// let numbers = ffi.alloc("int[4]").unwrap();
            /// let view = numbers.view::<i32>().unwrap();
            /// let shared = numbers.share().unwrap();
            /// println!("{view:?}");
            /// ```
            pub fn view<T: Mirror>(&self) -> Result<&[T]> {
                let Source { bytes, ty, scope, .. } = self.source();
                slice_of(bytes, ty, scope)
            }

            /// The one value that it is, as one of Rust.
            pub fn view_one<T: Mirror>(&self) -> Result<&T> {
                let Source { bytes, ty, scope, .. } = self.source();
                match slice_of(bytes, ty, scope)? {
                    [one] => Ok(one),
                    more => Err(not_one(more.len(), ty)),
                }
            }

            /// The text of an array of characters, up to its NUL.
            pub fn c_str(&self) -> Result<&CStr> {
                let Source { bytes, ty, scope, .. } = self.source();
                text_of(bytes, ty, scope)
            }
        }
    )*};
}

views! { CData, CRef<'_>, CMut<'_> }

macro_rules! views_mut {
    ($($type:ty),*) => {$(
        impl $type {
            /// Its elements, or the one value that it is, as values of Rust to be changed.
            ///
            /// Refused where the type has padding: Rust leaves any bytes there, and all bytes of this memory can be
            /// read. [`edit`](Self::edit) does it.
            pub fn view_mut<T: Mirror>(&mut self) -> Result<&mut [T]> {
                all_bytes_known::<T>()?;
                if let Some(hole) = T::mirrored().padding().first() {
                    let name = std::any::type_name::<T>();
                    let message = format!("{name} has padding at offset {}: expected edit, found view_mut", hole.start);
                    return Err(Error::new(ErrorKind::Unsupported, message));
                }
                let constant = self.is_constant();
                let Destination { bytes, ty, scope, .. } = self.destination();
                slice_of_mut(bytes, ty, constant, scope)
            }

            /// Lends its elements, or the one value that it is, as values of Rust to be changed; the bytes between
            /// their members are zero afterwards.
            ///
            /// ```
            /// eightbyte::c_struct! { struct Entry { key: u8, value: u32 } }
            /// let ffi = eightbyte::Ffi::new();
            /// ffi.declare::<Entry>()?;
            /// let mut entries = ffi.alloc("Entry[2]")?;
            /// entries.edit(|entries: &mut [Entry]| entries[1] = Entry { key: 1, value: 2 })?;
            /// assert_eq!(entries.bytes()[8..], [1, 0, 0, 0, 2, 0, 0, 0]);
            /// # Ok::<(), eightbyte::Error>(())
            /// ```
            pub fn edit<T: Mirror, R>(&mut self, change: impl FnOnce(&mut [T]) -> R) -> Result<R> {
                all_bytes_known::<T>()?;
                let constant = self.is_constant();
                let Destination { bytes, ty, scope, .. } = self.destination();
                let values = slice_of_mut(bytes, ty, constant, scope)?;
                let padding = T::mirrored().padding();
                let padded = Padded { values, padding };
                Ok(change(padded.values))
            }
        }
    )*};
}

views_mut! { CData, CMut<'_> }

/// Values whose padding is made zero when they are given back, also by a panic.
struct Padded<'a, T: Mirror> {
    values: &'a mut [T],
    padding: Vec<Range<usize>>,
}

impl<T: Mirror> Drop for Padded<'_, T> {
    fn drop(&mut self) {
        if self.padding.is_empty() {
            return;
        }
        for value in self.values.iter_mut() {
            let start = std::ptr::from_mut(value).cast::<u8>();
            for hole in &self.padding {
                // SAFETY: padding lies inside of the value, as `Mirror` promises, and is no part of any member
                unsafe { start.add(hole.start).write_bytes(0, hole.len()) };
            }
        }
    }
}

impl CPtr {
    /// What lies between it and the end of its bounds as cells, which clones of the pointer and C may change as well.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// let shared = ffi.make("int[3]", [1, 2, 3])?.share()?;
    /// let cells = shared.as_cells::<i32>()?;
    /// shared.set("[1]", 20)?;
    /// cells[2].set(cells[1].get() + 10);
    /// assert_eq!(shared.get::<i32>("[2]")?, 30);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    ///
    /// They do not outlive the pointer, nor can it become a value of one owner again under them:
    ///
    /// ```compile_fail,E0505
    /// let ffi = eightbyte::Ffi::new();
    /// let shared = ffi.alloc("int[3]").unwrap().share().unwrap();
    /// let cells = shared.as_cells::<i32>().unwrap();
    /// let data = shared.unshare().unwrap();
    /// cells[0].set(1);
    /// ```
    pub fn as_cells<T: Mirror>(&self) -> Result<&[Cell<T>]> {
        let mirrored = T::mirrored();
        let ty = self.pointee();
        mirrored.compare(ty, self.scope())?;
        changeable(ty, false)?;
        all_bytes_known::<T>()?;
        if !mirrored.has_any_bits() || !mirrored.padding().is_empty() {
            let name = std::any::type_name::<T>();
            let message =
                format!("expected a type whose every bit is plain data, found {name}; use get and set");
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let (start, length) = self.reach()?;
        let count = length.checked_div(mirrored.size).unwrap_or(0);
        aligned::<T>(start, ty)?;
        // SAFETY: within the bounds, which hold while `self` is borrowed, are so many values, aligned; any bytes are a
        // `T` and any `T` leaves initialised bytes; all else that writes there are pointers and cells of this thread
        Ok(unsafe { std::slice::from_raw_parts(start.cast(), count) })
    }
}

fn slice_of<'a, T: Mirror>(bytes: &'a [u8], ty: &Type, scope: &Scope) -> Result<&'a [T]> {
    let count = count_of::<T>(bytes, ty, scope)?;
    // SAFETY: `count_of` found that the bytes are so many values, aligned; they are borrowed for `'a`
    Ok(unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), count) })
}

/// Rust may leave any bytes in the padding: whoever calls this cleans it or has none.
fn slice_of_mut<'a, T: Mirror>(
    bytes: &'a mut [u8],
    ty: &Type,
    constant: bool,
    scope: &Scope,
) -> Result<&'a mut [T]> {
    changeable(ty, constant)?;
    let count = count_of::<T>(bytes, ty, scope)?;
    // SAFETY: as in `slice_of`; they are borrowed alone
    Ok(unsafe { std::slice::from_raw_parts_mut(bytes.as_mut_ptr().cast(), count) })
}

/// How many values of a Rust type these bytes are; an error if they are anything else.
fn count_of<T: Mirror>(bytes: &[u8], ty: &Type, scope: &Scope) -> Result<usize> {
    let mirrored = T::mirrored();
    mirrored.compare(ty, scope)?;
    aligned::<T>(bytes.as_ptr(), ty)?;
    if !mirrored.has_any_bits()
        && !bytes.chunks_exact(mirrored.size.max(1)).all(|bytes| mirrored.is_valid(bytes))
    {
        let message =
            format!("expected 0 or 1 in every _Bool of the '{}', found another byte", shown_type(ty));
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    let count = bytes.len().checked_div(mirrored.size).unwrap_or(0);
    // Behind one value there may be a flexible member's elements, which are none of it
    Ok(if matches!(ty.kind(), Kind::Array(..)) { count } else { count.min(1) })
}

fn aligned<T>(start: *const u8, ty: &Type) -> Result<()> {
    if start.cast::<T>().is_aligned() {
        return Ok(());
    }
    let (name, align) = (std::any::type_name::<T>(), align_of::<T>());
    let message =
        format!("expected {name} aligned to {align}, found the '{}' at {start:p}; use get", shown_type(ty));
    Err(Error::new(ErrorKind::Conversion, message))
}

/// Refuses to let Rust write a union some of whose bytes it may leave unwritten, nobody knows which.
fn all_bytes_known<T: Mirror>() -> Result<()> {
    if !T::mirrored().has_vague_bytes() {
        return Ok(());
    }
    let name = std::any::type_name::<T>();
    let message = format!(
        "expected a type whose values have all of their bytes, found {name}: in its union are members of several sizes; \
         use set"
    );
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// A value of a union as it lies in memory.
pub(super) fn read_union<T: Mirror>(source: Source<'_>) -> Result<T> {
    let mirrored = T::mirrored();
    if source.ty.as_record().is_none() {
        return Err(source.unlike(std::any::type_name::<T>()));
    }
    mirrored.compare(source.ty, source.scope)?;
    let bytes = source.bytes.get(..size_of::<T>()).filter(|_| mirrored.has_any_bits()).ok_or_else(outside)?;
    // SAFETY: so many initialised bytes, however they are aligned; `compare` found a type of C that has any of them
    Ok(unsafe { bytes.as_ptr().cast::<T>().read_unaligned() })
}

/// Writes a value of a union as it is.
pub(super) fn write_union<T: Mirror>(value: &T, to: &mut Destination<'_>) -> Result<()> {
    let mirrored = T::mirrored();
    if to.ty.as_record().is_none() {
        return Err(misfit(to.ty, None, None, std::any::type_name::<T>()));
    }
    mirrored.compare(to.ty, to.scope)?;
    all_bytes_known::<T>()?;
    let bytes = to.bytes.get_mut(..size_of::<T>()).filter(|_| mirrored.padding().is_empty());
    let bytes = bytes.ok_or_else(outside)?;
    // SAFETY: every value of it has all of its bytes: it has no padding, nor a union that leaves some unwritten
    bytes.copy_from_slice(unsafe {
        std::slice::from_raw_parts(std::ptr::from_ref(value).cast(), size_of::<T>())
    });
    Ok(())
}

/// Refuses what is const, or has something const inside.
fn changeable(ty: &Type, constant: bool) -> Result<()> {
    if constant || holds_const(ty) {
        let message =
            format!("'{}' is const, or part of it: it cannot be written after it was made", shown_type(ty));
        return Err(Error::new(ErrorKind::Const, message));
    }
    Ok(())
}

fn holds_const(ty: &Type) -> bool {
    is_const(ty)
        || match ty.kind() {
            Kind::Array(element, _) => holds_const(element),
            Kind::Record(record) => {
                record.body().is_some_and(|body| body.fields.iter().any(|field| holds_const(&field.ty)))
            }
            _ => false,
        }
}

fn text_of<'a>(bytes: &'a [u8], ty: &Type, scope: &Scope) -> Result<&'a CStr> {
    let element = element_of(ty).and_then(|element| Number::of(&element, scope));
    if !matches!(element, Some(Number::I8 | Number::U8)) {
        let message = format!("expected an array of characters, found '{}'", shown_type(ty));
        return Err(Error::new(ErrorKind::Conversion, message));
    }
    CStr::from_bytes_until_nul(bytes).map_err(|_| {
        let message = format!("expected a NUL in the '{}', found none; read it as bytes", shown_type(ty));
        Error::new(ErrorKind::OutOfRange, message)
    })
}

#[cold]
fn not_one(count: usize, ty: &Type) -> Error {
    let message = format!("expected one value, found {count} in '{}'; use view", shown_type(ty));
    Error::new(ErrorKind::Conversion, message)
}
