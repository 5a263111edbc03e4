//! Pointers that may be shared: with an owner they keep alive, with bounds that somebody vouches for, or with neither.

use super::data::{CData, is_const, outside};
use super::measured::tail_of;
use crate::cdef;
use crate::convert::{Bits, Destination, FromC, Number, Source, ToC, follow, plain_word, shown_type, walk};
use crate::error::{self, Error, ErrorKind, Result};
use crate::memory;
use crate::types::{self, Kind, Qualifiers, Scope, Type};
use std::ffi::c_void;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// A pointer of C.
///
/// What [`CData::share`] gives keeps its memory alive and knows its bounds, and so does whatever is derived from it:
/// it can be cloned, and what one clone writes the others read. A pointer that C gave is *foreign*: it can be compared,
/// stored and passed on, but to read through it somebody has to vouch for it with [`CPtr::assume_valid`].
///
/// Paths mean what they mean in C behind a pointer: `x` is `p->x`, `[2].x` is `p[2].x`, the empty path is `*p`.
///
/// ```
/// let ffi = eightbyte::Ffi::new();
/// let numbers = ffi.make("int[4]", [1, 2, 3, 4])?.share()?;
/// let third = (&numbers + 2)?;
/// third.set("", 30)?;
/// drop(third.clone());
/// assert_eq!(numbers.get::<i32>("[2]")?, 30);
/// assert_eq!(third.get::<i32>("[-1]")?, 2);
/// assert!(numbers.at(4).is_err());
/// # Ok::<(), eightbyte::Error>(())
/// ```
///
/// It stays in its thread, because its clones write to the same memory:
///
/// ```compile_fail,E0277
/// let ffi = eightbyte::Ffi::new();
/// let shared = ffi.alloc("int").unwrap().share().unwrap();
/// std::thread::spawn(move || shared.set("", 1));
/// ```
///
/// Nor is it lent to another one:
///
/// ```compile_fail,E0277
/// let ffi = eightbyte::Ffi::new();
/// let shared = ffi.alloc("int").unwrap().share().unwrap();
/// std::thread::scope(|scope| {
///     scope.spawn(|| shared.set("", 1));
/// });
/// ```
///
/// Who shares a value does not have it any more:
///
/// ```compile_fail,E0382
/// let ffi = eightbyte::Ffi::new();
/// let data = ffi.alloc("int").unwrap();
/// let shared = data.share().unwrap();
/// println!("{data}");
/// ```
#[derive(Clone)]
pub struct CPtr {
    /// Where it points to. With bounds, inside of them or at their end.
    address: *mut u8,
    bounds: Option<Bounds>,
    /// Its own type, that of a pointer.
    ty: Type,
    scope: Arc<Scope>,
}

/// Memory that may be read and written as long as the owner lives; without one, as long as somebody promised.
#[derive(Clone)]
struct Bounds {
    start: *mut u8,
    length: usize,
    owner: Option<Rc<CData>>,
}

/// What a path behind a pointer leads to.
struct Place {
    start: *mut u8,
    length: usize,
    bits: Option<Bits>,
    ty: Type,
    constant: bool,
}

impl CData {
    /// A pointer to it, to be cloned as often as needed; to its first element where it is an array.
    pub fn share(self) -> Result<CPtr> {
        let pointee = match self.as_type().kind() {
            Kind::Array(element, _) => Type::clone(element),
            _ => self.as_type().clone(),
        };
        let (ty, scope) = (pointee.pointer_to()?, self.scope().clone());
        let (start, length) = (self.address(), self.size());
        let bounds = Bounds { start, length, owner: Some(Rc::new(self)) };
        Ok(CPtr { address: start, bounds: Some(bounds), ty, scope })
    }
}

impl CPtr {
    /// A pointer that nobody vouches for.
    pub(crate) fn foreign(scope: &Arc<Scope>, ty: &Type, address: *mut c_void) -> Result<CPtr> {
        if ty.pointee().is_none() {
            return Err(no_pointer(ty));
        }
        Ok(CPtr { address: address.cast(), bounds: None, ty: ty.clone(), scope: scope.clone() })
    }

    /// Its type: that of a pointer.
    pub fn as_type(&self) -> &Type {
        &self.ty
    }

    /// What it points to.
    pub fn pointee(&self) -> &Type {
        self.ty.pointee().unwrap_or(&self.ty)
    }

    pub(crate) fn scope(&self) -> &Arc<Scope> {
        &self.scope
    }

    /// Its address, for C. What it points to lives as long as a pointer that shares it.
    pub fn address(&self) -> *mut c_void {
        self.address.cast()
    }

    /// Is it null?
    pub fn is_null(&self) -> bool {
        self.address.is_null()
    }

    /// Does nobody vouch for what it points to?
    pub fn is_foreign(&self) -> bool {
        self.bounds.is_none()
    }

    /// Reads behind it by a path, which may begin with an index: `[2].x`.
    pub fn get<T: FromC>(&self, path: &str) -> Result<T> {
        if let Some((start, number)) = self.remembered(path, false)
            && let Some(word) = self.word_at(start, number)
            && let Some(value) = T::from_word(word, number)
        {
            return Ok(value);
        }
        let Place { start, length, bits, ty, .. } = self.place(path)?;
        let read =
            copied(start, length, |bytes| T::from_c(Source { bytes, bits, ty: &ty, scope: &self.scope }));
        read.map_err(|error| about(path, error))
    }

    /// Writes behind it by a path.
    pub fn set(&self, path: &str, value: impl ToC) -> Result<()> {
        if let Some((start, number)) = self.remembered(path, true)
            && let Some(word) = value.to_word(number)
            && self.store_at(start, number, word)
        {
            return Ok(());
        }
        let Place { start, length, bits, ty, constant } = self.place(path)?;
        if constant {
            let name = if path.is_empty() { "the value" } else { path };
            let message =
                format!("'{name}' is const behind a '{}': it cannot be written", shown_type(&self.ty));
            return Err(Error::new(ErrorKind::Const, message));
        }
        let written = copied(start, length, |bytes| {
            value.to_c(&mut Destination { bytes, bits, ty: &ty, scope: &self.scope })?;
            // SAFETY: `place` found these bytes within the bounds, which hold while `self` is borrowed; nothing refers
            // to them but raw pointers and cells of this thread
            unsafe { memory::write(start, bytes) };
            Ok(())
        });
        written.map_err(|error| about(path, error))
    }

    /// Where a path leads to that was followed before: to a scalar, so many bytes from here.
    fn remembered(&self, path: &str, to_change: bool) -> Option<(usize, Number)> {
        let pointee = self.pointee();
        // An index goes to another value, which has bounds of its own
        let is_inside = matches!(pointee.kind(), Kind::Record(_)) && !path.starts_with('[');
        if !is_inside || (to_change && is_const(pointee)) {
            return None;
        }
        plain_word(pointee, self.left_here()?, path, &self.scope, to_change)
    }

    /// How many bytes the bounds have from here on.
    #[inline]
    fn left_here(&self) -> Option<usize> {
        let Bounds { start, length, .. } = self.bounds.as_ref()?;
        length.checked_sub(self.address.addr().checked_sub(start.addr())?)
    }

    /// The scalar that lies so many bytes from here; `None` where the bounds end before it does.
    #[inline]
    pub(super) fn word_at(&self, start: usize, number: Number) -> Option<u64> {
        let mut word = [0u8; 8];
        let bytes = word.get_mut(..number.size())?;
        let place = self.inside(start, bytes.len())?;
        // SAFETY: `inside` found these bytes within the bounds, which hold while `self` is borrowed; only this thread may
        // write there, and it is here
        unsafe { memory::read(place, bytes) };
        Some(u64::from_le_bytes(word))
    }

    /// Writes a scalar so many bytes from here; false where the bounds end before it does.
    #[inline]
    pub(super) fn store_at(&self, start: usize, number: Number, word: u64) -> bool {
        let word = word.to_le_bytes();
        let Some(bytes) = word.get(..number.size()) else { return false };
        let Some(place) = self.inside(start, bytes.len()) else { return false };
        // SAFETY: as in `word_at`; nothing refers to the bytes but raw pointers and cells of this thread
        unsafe { memory::write(place, bytes) };
        true
    }

    /// Where so many bytes lie, so many from here, if they are within the bounds.
    #[inline]
    fn inside(&self, start: usize, size: usize) -> Option<*mut u8> {
        let is_inside = start.checked_add(size)? <= self.left_here()?;
        is_inside.then(|| self.address.wrapping_add(start))
    }

    /// Reads what lies in so many bytes from here, by a copy of them.
    pub(super) fn read_part<R>(&self, part: Range<usize>, read: impl FnOnce(&mut [u8]) -> R) -> Result<R> {
        self.reach()?;
        let place = self.inside(part.start, part.len()).ok_or_else(outside)?;
        Ok(copied(place, part.len(), read))
    }

    /// Changes what lies in so many bytes from here, by a copy of them.
    pub(super) fn change_part(
        &self,
        part: Range<usize>,
        change: impl FnOnce(&mut [u8]) -> Result<()>,
    ) -> Result<()> {
        self.reach()?;
        let place = self.inside(part.start, part.len()).ok_or_else(outside)?;
        copied(place, part.len(), |bytes| {
            change(bytes)?;
            // SAFETY: `inside` found these bytes within the bounds, which hold while `self` is borrowed; nothing refers
            // to them but raw pointers and cells of this thread
            unsafe { memory::write(place, bytes) };
            Ok(())
        })
    }

    /// A pointer to an element: `&p[index]`; where that is an array, to its first element, and not beyond its last.
    pub fn at(&self, index: i64) -> Result<CPtr> {
        let (start, size, _) = self.element(index)?;
        self.part_at(start, size, self.pointee().clone(), matches!(self.pointee().kind(), Kind::Array(..)))
    }

    /// A pointer to a part, `&p->x`, which does not leave the part.
    pub fn part(&self, path: &str) -> Result<CPtr> {
        let Place { start, length, bits, ty, constant } = self.place(path)?;
        if bits.is_some() {
            let message = format!("'{path}' is a bit-field, which has no address; use get and set");
            return Err(Error::new(ErrorKind::NoSuchField, message));
        }
        let ty = if constant { ty.qualified(Qualifiers::CONST) } else { ty };
        self.part_at(start, length, ty, true)
    }

    fn part_at(&self, start: *mut u8, length: usize, ty: Type, narrow: bool) -> Result<CPtr> {
        let pointee = match ty.kind() {
            Kind::Array(element, _) => Type::clone(element),
            _ => ty,
        };
        let bounds = match &self.bounds {
            Some(Bounds { owner, .. }) if narrow => Some(Bounds { start, length, owner: owner.clone() }),
            other => other.clone(),
        };
        Ok(CPtr { address: start, bounds, ty: pointee.pointer_to()?, scope: self.scope.clone() })
    }

    /// The pointer that is stored behind this one. Where it leads into the memory of the same owner, it has that owner
    /// and those bounds; else it is foreign.
    pub fn follow(&self, path: &str) -> Result<CPtr> {
        let mut found: CPtr = self.get(path)?;
        if let Some(whole) = self.bounds.as_ref().map(Bounds::widened)
            && let Some(inside) = found.address.addr().checked_sub(whole.start.addr())
            && inside <= whole.length
        {
            found.address = whole.start.wrapping_add(inside);
            found.bounds = Some(whole);
        }
        Ok(found)
    }

    /// The same pointer, free to go wherever its owner's memory is: from a member back to its record.
    pub fn widened(&self) -> CPtr {
        CPtr { bounds: self.bounds.as_ref().map(Bounds::widened), ..self.clone() }
    }

    /// The pointer so many elements further (or back): inside of the memory or at its end.
    pub fn offset(&self, count: i64) -> Result<CPtr> {
        let address = self.moved(count, self.size_behind()?)?;
        Ok(CPtr { address, ..self.clone() })
    }

    fn moved(&self, count: i64, size: u64) -> Result<*mut u8> {
        let here = self.address.addr() as i128;
        let there = i128::from(count) * i128::from(size) + here;
        let within = match &self.bounds {
            Some(Bounds { start, length, .. }) => {
                let start = start.addr() as i128;
                (start..=start + *length as i128).contains(&there)
            }
            None => !self.is_null() && (1..=usize::MAX as i128).contains(&there),
        };
        match isize::try_from(there - here) {
            Ok(distance) if within || count == 0 => Ok(self.address.wrapping_offset(distance)),
            _ => Err(self.beyond(count, size)),
        }
    }

    /// As another type of pointer: same address, same owner, same bounds.
    pub fn cast(&self, name: &str) -> Result<CPtr> {
        let ty = cdef::type_named(&self.scope, &error::Source::new("<type>", name))?;
        self.cast_to(&self.scope, &ty)
    }

    pub(crate) fn cast_to(&self, scope: &Arc<Scope>, ty: &Type) -> Result<CPtr> {
        if ty.pointee().is_none() {
            return Err(no_pointer(ty));
        }
        Ok(CPtr { ty: ty.clone(), scope: scope.clone(), ..self.clone() })
    }

    /// A pointer of the same address that may be read through, for so many elements from here on.
    ///
    /// # Safety
    ///
    /// As long as the new pointer lives, or any that is derived from it: there is initialised memory for `count`
    /// elements at its address, which may be written to unless they are `const`; no other thread touches it, and no
    /// reference of Rust refers to it.
    pub unsafe fn assume_valid(&self, count: u64) -> Result<CPtr> {
        let size = self.size_behind()?;
        self.not_null()?;
        let length = size.checked_mul(count).and_then(|length| isize::try_from(length).ok());
        let length = length.and_then(|length| usize::try_from(length).ok()).ok_or_else(outside)?;
        Ok(self.with_bounds(length))
    }

    /// The same for text that ends with a NUL, wherever that is.
    ///
    /// # Safety
    ///
    /// As for [`CPtr::assume_valid`], for all bytes up to the first NUL.
    pub unsafe fn assume_text(&self) -> Result<CPtr> {
        self.not_null()?;
        // SAFETY: the caller vouches for the bytes up to the first NUL; the slice is not used after this line
        let length = unsafe { memory::string(self.address, isize::MAX as usize) }.len();
        Ok(self.with_bounds(length.saturating_add(1)))
    }

    fn with_bounds(&self, length: usize) -> CPtr {
        CPtr { bounds: Some(Bounds { start: self.address, length, owner: None }), ..self.clone() }
    }

    /// The value again, alone in its memory, where no other pointer shares it; else the pointer comes back.
    pub fn unshare(self) -> std::result::Result<CData, CPtr> {
        let CPtr { address, bounds, ty, scope } = self;
        let again = |bounds| CPtr { address, bounds, ty: ty.clone(), scope: scope.clone() };
        match bounds {
            Some(Bounds { start, length, owner: Some(owner) }) => Rc::try_unwrap(owner)
                .map_err(|owner| again(Some(Bounds { start, length, owner: Some(owner) }))),
            other => Err(again(other)),
        }
    }

    /// Where the memory behind it begins, and how many bytes it has up to the end of the bounds.
    pub(super) fn reach(&self) -> Result<(*mut u8, usize)> {
        Ok((self.address, self.left_from(self.address)?))
    }

    /// How many bytes the bounds have from an address on.
    fn left_from(&self, address: *mut u8) -> Result<usize> {
        self.not_null()?;
        let Some(Bounds { start, length, .. }) = &self.bounds else {
            let message = format!(
                "expected a pointer with bounds, found a foreign '{}': how much memory it points to is not known; vouch \
                 for it with assume_valid",
                shown_type(&self.ty)
            );
            return Err(Error::new(ErrorKind::OutOfRange, message));
        };
        let before = address.addr().checked_sub(start.addr()).ok_or_else(outside)?;
        length.checked_sub(before).ok_or_else(outside)
    }

    /// Where an element lies, all of it: its start, its size, and how much the bounds have from there on.
    fn element(&self, index: i64) -> Result<(*mut u8, usize, usize)> {
        self.reach()?;
        let size = self.size_behind()?;
        let start = self.moved(index, size)?;
        let left = self.left_from(start)?;
        match usize::try_from(size) {
            Ok(size) if size <= left => Ok((start, size, left)),
            _ => Err(self.beyond(index, size)),
        }
    }

    /// The record here, where its flexible tail has so few elements that the memory ends before the record's size.
    fn first_with_tail(&self, index: i64, path: &str) -> Option<(*mut u8, usize, usize)> {
        let left = self.left_here().filter(|_| index == 0 && !path.is_empty())?;
        let starts = tail_of(self.pointee())?.0;
        (starts <= left as u64).then_some((self.address, left, left))
    }

    fn place(&self, path: &str) -> Result<Place> {
        let (index, rest) = match path.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            Some((index, rest)) => match index.trim().parse() {
                Ok(index) => (index, rest),
                Err(_) => {
                    let message = format!("expected a path such as 'x', '[1].x' or '[-2]', found '{path}'");
                    return Err(Error::new(ErrorKind::NoSuchField, message));
                }
            },
            None => (0, path),
        };
        let pointee = self.pointee();
        let (start, length, left) = match self.first_with_tail(index, rest) {
            Some(first) => first,
            None => self.element(index)?,
        };
        if rest.is_empty() {
            return Ok(Place { start, length, bits: None, ty: pointee.clone(), constant: is_const(pointee) });
        }
        // A flexible member goes on to the end of the bounds
        let spot = match index {
            0 => follow(pointee, left, rest, &self.scope)?,
            _ => walk(pointee, left, rest, &self.scope)?,
        };
        let length = spot.range.len();
        let start = start.wrapping_add(spot.range.start);
        Ok(Place { start, length, bits: spot.bits, ty: spot.ty.into_owned(), constant: spot.constant })
    }

    pub(super) fn size_behind(&self) -> Result<u64> {
        types::extent(self.pointee(), &*self.scope).map(|extent| extent.size).map_err(|error| {
            let message = format!("behind a '{}': {}", shown_type(&self.ty), error.message());
            let cure =
                if self.pointee().is_void() { "; cast it to 'char *' or what it really is" } else { "" };
            Error::new(error.kind(), message + cure)
        })
    }

    fn not_null(&self) -> Result<()> {
        match self.is_null() {
            false => Ok(()),
            true => {
                let message =
                    format!("expected the address of a '{}', found null", shown_type(self.pointee()));
                Err(Error::new(ErrorKind::Null, message))
            }
        }
    }

    #[cold]
    fn beyond(&self, index: i64, size: u64) -> Error {
        let ty = shown_type(&self.ty);
        if self.is_null() {
            return Error::new(ErrorKind::Null, format!("expected a '{ty}' with an address, found null"));
        }
        let Some(Bounds { start, length, .. }) = &self.bounds else {
            let message = format!("element {index} of the '{ty}' is outside of all memory");
            return Error::new(ErrorKind::OutOfRange, message);
        };
        let before = self.address.addr().saturating_sub(start.addr()) as u64;
        let after = (*length as u64).saturating_sub(before);
        let count = |bytes: u64| bytes.checked_div(size).unwrap_or(0);
        let message = format!(
            "element {index} of the '{ty}' is out of range: there are {} from here on and {} before",
            count(after),
            count(before)
        );
        Error::new(ErrorKind::OutOfRange, message)
    }
}

impl Bounds {
    /// All of the owner's memory.
    fn widened(&self) -> Bounds {
        match &self.owner {
            Some(owner) => Bounds { start: owner.address(), length: owner.size(), owner: self.owner.clone() },
            None => self.clone(),
        }
    }
}

/// Values up to this size are copied without the heap.
const INLINE_BYTES: usize = 64;

/// Lends a copy of bytes, so that nobody's code sees a reference to what others write.
///
/// Only this file calls it, with what `CPtr::place` or `CPtr::inside` found.
fn copied<R>(start: *const u8, length: usize, use_bytes: impl FnOnce(&mut [u8]) -> R) -> R {
    let (mut inline, mut large);
    let bytes: &mut [u8] = match length {
        0..=INLINE_BYTES => {
            inline = [0u8; INLINE_BYTES];
            inline.get_mut(..length).unwrap_or_default()
        }
        _ => {
            large = vec![0u8; length];
            &mut large
        }
    };
    // SAFETY: the caller found these bytes within the bounds, which hold while its pointer is borrowed; only this thread
    // may write there, and it is here
    unsafe { memory::read(start, bytes) };
    use_bytes(bytes)
}

#[cold]
fn no_pointer(ty: &Type) -> Error {
    let message = format!(
        "expected a type of pointer, found '{}'; did you mean '{} *'?",
        shown_type(ty),
        shown_type(ty)
    );
    Error::new(ErrorKind::Conversion, message)
}

#[cold]
fn about(path: &str, error: Error) -> Error {
    match path {
        "" => error,
        _ => Error::new(error.kind(), format!("'{path}': {}", error.message())),
    }
}
