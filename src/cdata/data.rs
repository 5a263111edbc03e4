//! A value of C on the heap, owned like a `Box`.

use super::compatible::{pointers_agree, points_to};
use super::ending::Ending;
use super::lease;
use super::measured::Measured;
use super::memory_of::allocator_of;
use super::native::Native;
use super::part::{CMut, CRef, Held, HeldMut};
use crate::convert::{
    Destination, FromC, Owns, Primitive, Source, SourceKind, ToC, array_length, element_of, misfit,
    no_such_element, same_value, show, shown_type, size_with_tail,
};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Align;
use crate::memory::{Allocator, Block};
use crate::target::Target;
use crate::types::{self, ArrayLength, Kind, Qualifiers, Scope, Type};
use std::any::Any;
use std::ffi::c_void;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::Arc;

/// A value of C, alone in its memory: zeroed at birth, where it is until it is dropped.
///
/// Like a `Box`, it has one owner: who reads it borrows it, who writes it borrows it alone.
///
/// ```
/// let ffi = eightbyte::Ffi::new();
/// ffi.cdef("typedef struct { double x, y; } point_t;")?;
/// let mut points = ffi.alloc_array("point_t", 3)?;
/// points.set("[1].x", 2.5)?;
/// points.at_mut(2)?.set("y", 1)?;
/// assert_eq!(points.get::<f64>("[1].x")?, 2.5);
/// assert_eq!(points.at(2)?.to_string(), "{ .x = 0, .y = 1 }");
/// # Ok::<(), eightbyte::Error>(())
/// ```
///
/// A part of it cannot outlive it:
///
/// ```compile_fail,E0505
/// let ffi = eightbyte::Ffi::new();
/// let points = ffi.alloc("int[4]").unwrap();
/// let second = points.at(1).unwrap();
/// drop(points);
/// println!("{second}");
/// ```
///
/// Nor can it change under a reader:
///
/// ```compile_fail,E0502
/// let ffi = eightbyte::Ffi::new();
/// let mut points = ffi.alloc("int[4]").unwrap();
/// let second = points.at(1).unwrap();
/// points.set("[1]", 5).unwrap();
/// println!("{second}");
/// ```
pub struct CData {
    pub(super) block: Block,
    /// There until the value is dropped.
    pub(super) of: ManuallyDrop<Arc<Measured>>,
    /// Taken when it is dropped.
    pub(super) ending: ManuallyDrop<Option<Box<Ending>>>,
}

impl CData {
    /// Zero bytes of a type; `count` is for `T[?]` and `T[]`.
    pub(crate) fn zeroed(scope: &Arc<Scope>, ty: &Type, count: Option<u64>) -> Result<CData> {
        CData::only(Measured::new(scope, ty, count)?)
    }

    /// Zero bytes of a type that was looked up before.
    #[inline]
    pub(crate) fn of(of: &Arc<Measured>) -> Result<CData> {
        let block = of.block(None)?;
        Ok(CData { block, of: ManuallyDrop::new(lease::take(of)), ending: ManuallyDrop::new(None) })
    }

    /// Zero bytes of an allocator.
    pub(crate) fn from(of: &Arc<Measured>, allocator: Option<&Arc<dyn Allocator>>) -> Result<CData> {
        Ok(CData::in_block(of.block(allocator)?, of.clone()))
    }

    /// The same where it is the only value so far.
    fn only(of: Measured) -> Result<CData> {
        Ok(CData::in_block(of.block(None)?, Arc::new(of)))
    }

    fn in_block(block: Block, of: Arc<Measured>) -> CData {
        CData { block, of: ManuallyDrop::new(of), ending: ManuallyDrop::new(None) }
    }

    /// An array of so many elements of a type, which may itself be `T[?]`.
    pub(crate) fn array(scope: &Arc<Scope>, ty: &Type, count: u64) -> Result<CData> {
        CData::only(Measured::array(scope, ty, count)?)
    }

    /// A record with so many elements in its flexible tail.
    pub(crate) fn flexible(of: &Arc<Measured>, count: u64) -> Result<CData> {
        let (layout, used) = of.flexible(count)?;
        let block = Block::with_layout(layout, allocator_of(&of.scope))?.shortened(used);
        Ok(CData::in_block(block, of.clone()))
    }

    /// An initialised value.
    pub(crate) fn made(scope: &Arc<Scope>, ty: &Type, value: &(impl ToC + ?Sized)) -> Result<CData> {
        let mut made = match ty.kind() {
            Kind::Record(_) => {
                let size = size_with_tail(ty, value, scope)?;
                CData::for_result(scope, ty, size, types::extent(ty, &**scope)?.align)?
            }
            _ => CData::zeroed(scope, ty, value.element_count())?,
        };
        value.to_c(&mut made.destination())?;
        Ok(made)
    }

    /// A copy of a value's bytes.
    pub(crate) fn copied(source: Source<'_>) -> Result<CData> {
        if source.bits.is_some() {
            return Err(source.unlike("a value with an address, not a bit-field"));
        }
        let extent = types::extent(source.ty, &**source.scope)?;
        let length = source.bytes.len();
        // The few elements of a flexible tail may end before the record does
        let size = extent.size.max(length as u64);
        let mut made = CData::for_result(source.scope, source.ty, size, extent.align)?;
        made.block = made.block_taken().shortened(length);
        made.bytes_mut().copy_from_slice(source.bytes);
        Ok(made)
    }

    /// Gives the memory away, to C or to whoever calls [`CType::from_raw`](crate::CType::from_raw): nobody else frees
    /// it. What `on_drop` set never runs.
    pub fn into_raw(mut self) -> *mut c_void {
        self.end(false);
        self.block_taken().into_raw().cast()
    }

    /// Takes memory over.
    ///
    /// # Safety
    ///
    /// It came from `into_raw` of a value of this type, with so many elements in its tail if `count` says so, made with
    /// this allocator; or from the allocator itself, and has been written. Nobody else uses or frees it.
    pub(crate) unsafe fn from_raw(
        of: &Arc<Measured>,
        address: *mut c_void,
        count: Option<u64>,
        allocator: Option<&Arc<dyn Allocator>>,
    ) -> Result<CData> {
        let Some(start) = NonNull::new(address.cast::<u8>()) else {
            let message = format!("expected the address of a '{}', found null", shown_type(&of.ty));
            return Err(Error::new(ErrorKind::Null, message));
        };
        let (layout, used) = match count {
            Some(count) => of.flexible(count)?,
            None => (of.layout(), of.layout().size()),
        };
        if start.addr().get() % layout.align() != 0 {
            let message = format!(
                "expected an address aligned to {}, found {address:p}: it is not of a '{}'",
                layout.align(),
                shown_type(&of.ty)
            );
            return Err(Error::new(ErrorKind::Conversion, message));
        }
        let allocator = allocator.or_else(|| allocator_of(&of.scope)).cloned();
        // SAFETY: the caller vouches for the bytes, which `flexible` and `layout` measure as they did when it was made
        let block = unsafe { Block::from_raw(start, layout, allocator) };
        Ok(CData::in_block(block.shortened(used), of.clone()))
    }

    /// The block, with an empty one left in its place.
    fn block_taken(&mut self) -> Block {
        std::mem::take(&mut self.block)
    }

    /// Its type.
    pub fn as_type(&self) -> &Type {
        &self.of.ty
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        self.block.bytes()
    }

    /// Its bytes, to be changed.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.block.bytes_mut()
    }

    /// Its address, for C. It stays valid as long as the value lives.
    pub fn as_ptr(&self) -> *const u8 {
        self.block.as_ptr()
    }

    /// Its address, for C that writes there.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.block.as_ptr()
    }

    /// How many elements it has; 0 where it is no array.
    pub fn len(&self) -> u64 {
        self.part().len()
    }

    /// Has it no elements?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads a part by its path (`x`, `[1].x`, `in.arr[2]`); the empty path is the whole.
    #[inline]
    pub fn get<T: FromC>(&self, path: &str) -> Result<T> {
        self.source().get(path)
    }

    /// Writes a part by its path.
    #[inline]
    pub fn set(&mut self, path: &str, value: impl ToC) -> Result<()> {
        let constant = is_const(&self.of.ty);
        self.destination().set_variable(path, constant, &value)
    }

    /// An element of an array.
    #[inline]
    pub fn at(&self, index: u64) -> Result<CRef<'_>> {
        if let Some((element, range)) = self.row(index)
            && let Some(bytes) = self.block.bytes().get(range)
        {
            return Ok(CRef::new(bytes, std::borrow::Cow::Borrowed(element), &self.of.scope));
        }
        self.any_at(index)
    }

    #[inline(never)]
    fn any_at(&self, index: u64) -> Result<CRef<'_>> {
        let (range, element) = element_at(&self.of.ty, self.block.len(), index, &self.of.scope)?;
        let bytes = self.bytes().get(range).ok_or_else(outside)?;
        Ok(CRef::new(bytes, element, &self.of.scope))
    }

    /// An element of an array, to be changed.
    #[inline]
    pub fn at_mut(&mut self, index: u64) -> Result<CMut<'_>> {
        match self.row(index) {
            Some((_, range)) if self.block.len() >= range.end => self.row_mut(range),
            _ => self.any_at_mut(index),
        }
    }

    #[inline]
    fn row_mut(&mut self, range: std::ops::Range<usize>) -> Result<CMut<'_>> {
        let Kind::Array(element, _) = self.of.ty.kind() else { return Err(outside()) };
        let bytes = self.block.bytes_mut().get_mut(range).ok_or_else(outside)?;
        Ok(CMut::new(bytes, std::borrow::Cow::Borrowed(&**element), &self.of.scope, is_const(element)))
    }

    /// Where an element of an array lies.
    #[inline(always)]
    fn row(&self, index: u64) -> Option<(&Type, std::ops::Range<usize>)> {
        let Kind::Array(element, ArrayLength::Fixed(count)) = self.of.ty.kind() else { return None };
        if index >= *count {
            return None;
        }
        let start = index_size(index).checked_mul(self.of.stride)?;
        Some((&**element, start..start.checked_add(self.of.stride)?))
    }

    #[inline(never)]
    fn any_at_mut(&mut self, index: u64) -> Result<CMut<'_>> {
        let (range, element) = element_at(&self.of.ty, self.block.len(), index, &self.of.scope)?;
        let constant = is_const(&self.of.ty) || is_const(&element);
        let bytes = self.block.bytes_mut().get_mut(range).ok_or_else(outside)?;
        Ok(CMut::new(bytes, element, &self.of.scope, constant))
    }

    /// The whole, borrowed.
    pub fn part(&self) -> CRef<'_> {
        CRef::new(self.block.bytes(), std::borrow::Cow::Borrowed(&self.of.ty), &self.of.scope)
    }

    /// The whole, borrowed to be changed.
    pub fn part_mut(&mut self) -> CMut<'_> {
        let constant = is_const(&self.of.ty);
        CMut::new(self.block.bytes_mut(), std::borrow::Cow::Borrowed(&self.of.ty), &self.of.scope, constant)
    }

    /// Its numbers, where it is an array of them (or of arrays of them).
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// let mut numbers = ffi.make("int[2][2]", [[1, 2], [3, 4]])?;
    /// numbers.as_mut_slice::<i32>()?.reverse();
    /// assert_eq!(numbers.as_slice::<i32>()?, [4, 3, 2, 1]);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn as_slice<T: Native>(&self) -> Result<&[T]> {
        let count = self.count_of::<T>()?;
        // SAFETY: `count_of` found that the block holds so many, aligned, of a type to which every bit pattern belongs
        Ok(unsafe { std::slice::from_raw_parts(self.block.as_ptr().cast(), count) })
    }

    /// Its numbers, to be changed.
    pub fn as_mut_slice<T: Native>(&mut self) -> Result<&mut [T]> {
        if is_const(&self.of.ty) {
            let message =
                format!("'{}' is const: it cannot be written after it was made", shown_type(&self.of.ty));
            return Err(Error::new(ErrorKind::Const, message));
        }
        let count = self.count_of::<T>()?;
        // SAFETY: as in `as_slice`, and `&mut self` is the only way in
        Ok(unsafe { std::slice::from_raw_parts_mut(self.block.as_ptr().cast(), count) })
    }

    /// How many `T`s it is made of, if of nothing else.
    fn count_of<T: Native>(&self) -> Result<usize> {
        let mut element = &self.of.ty;
        while let Kind::Array(inside, _) = element.kind() {
            element = inside;
        }
        let is_aligned = self.block.as_ptr().cast::<T>().is_aligned();
        let is_here = self.of.scope.target() == Target::host();
        if !(T::ANY_BITS && is_aligned && is_here && T::is(element, &self.of.scope)) {
            let (wanted, found) = (std::any::type_name::<T>(), shown_type(&self.of.ty));
            return Err(Error::new(
                ErrorKind::Conversion,
                format!("expected numbers of type {wanted}, found '{found}'"),
            ));
        }
        Ok(self.block.len().checked_div(size_of::<T>()).unwrap_or(0))
    }

    /// Another value of the same type and bytes.
    pub fn duplicate(&self) -> Result<CData> {
        CData::copied(self.source())
    }

    pub(super) fn scope(&self) -> &Arc<Scope> {
        &self.of.scope
    }

    /// In bytes.
    pub(super) fn size(&self) -> usize {
        self.block.len()
    }

    /// Its address as C sees it; writing there needs the promise that nobody has borrowed it.
    pub(crate) fn address(&self) -> *mut u8 {
        self.block.as_ptr()
    }

    /// A block of a type that somebody will fill, of whatever alignment a call asks for.
    pub(crate) fn for_result(scope: &Arc<Scope>, ty: &Type, size: u64, align: Align) -> Result<CData> {
        CData::only(Measured::with_size(scope, ty, size, align)?)
    }
}

/// As a number of this machine; one that is too large for it is larger than every block.
#[inline(always)]
fn index_size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[inline]
pub(super) fn is_const(ty: &Type) -> bool {
    ty.qualifiers().contains(Qualifiers::CONST)
}

/// Where an element lies, and its type.
pub(super) fn element_at<'t>(
    ty: &'t Type,
    length: usize,
    index: u64,
    scope: &Scope,
) -> Result<(std::ops::Range<usize>, std::borrow::Cow<'t, Type>)> {
    let element = match ty.kind() {
        Kind::Array(element, _) => std::borrow::Cow::Borrowed(&**element),
        _ => match element_of(ty) {
            Some(element) => std::borrow::Cow::Owned(element),
            None => {
                let message = format!("'{}' cannot be indexed; it is no array", shown_type(ty));
                return Err(Error::new(ErrorKind::NoSuchField, message));
            }
        },
    };
    let size = types::extent(&element, scope)?.size;
    let count = array_length(ty, length, size);
    if index >= count {
        return Err(no_such_element(ty, index, count));
    }
    let start = index.checked_mul(size).and_then(|start| usize::try_from(start).ok());
    let range = start.and_then(|start| Some(start..start.checked_add(usize::try_from(size).ok()?)?));
    Ok((range.ok_or_else(outside)?, element))
}

#[cold]
pub(super) fn outside() -> Error {
    Error::new(ErrorKind::OutOfRange, "the part lies outside of the value's memory")
}

impl Held for CData {
    #[inline(always)]
    fn source(&self) -> Source<'_> {
        Source { bytes: self.block.bytes(), bits: None, ty: &self.of.ty, scope: &self.of.scope }
    }
}

impl HeldMut for CData {
    #[inline(always)]
    fn destination(&mut self) -> Destination<'_> {
        Destination { bytes: self.block.bytes_mut(), bits: None, ty: &self.of.ty, scope: &self.of.scope }
    }
    #[inline(always)]
    fn is_constant(&self) -> bool {
        is_const(&self.of.ty)
    }
}

impl FromC for CData {
    fn from_c(source: Source<'_>) -> Result<CData> {
        CData::copied(source)
    }

    const OWNS: Owns = Owns::Everything;

    fn from_owned(owned: &mut dyn Any) -> Option<CData> {
        owned.downcast_mut::<Option<CData>>()?.take()
    }
}

/// A value of the same type is copied; where a pointer to it is expected, its address is written.
impl ToC for CData {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        if let Some(pointee) = to.ty.pointee()
            && !matches!(self.of.ty.kind(), Kind::Pointer(_))
            && points_to(pointee, &self.of.ty, &self.of.scope)
        {
            let address = self.address().expose_provenance() as u64;
            return to.put(Primitive::Address(address), &|| self.describe());
        }
        super::part::copy_value(self.source(), to)
    }

    fn element_count(&self) -> Option<u64> {
        matches!(self.of.ty.kind(), Kind::Array(..)).then(|| self.len())
    }

    fn tail_count(&self, _: usize, name: &str) -> Option<u64> {
        self.part().part(name).ok().map(|tail| tail.len())
    }

    fn source_kind(&self) -> SourceKind {
        SourceKind::of_data(&self.of.ty, &self.of.scope)
    }

    fn describe(&self) -> String {
        format!("a value of type '{}'", shown_type(&self.of.ty))
    }
}

impl fmt::Display for CData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self.source(), f)
    }
}

impl fmt::Debug for CData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) {self}", self.of.ty)
    }
}

const _: () = {
    const fn shared_between_threads<T: Send + Sync>() {}
    shared_between_threads::<CData>();
};

/// Copies a value to where one of the same type is expected; scalars are converted.
pub(crate) fn copy_into(from: Source<'_>, to: &mut Destination<'_>) -> Result<()> {
    let shown = || format!("a value of type '{}'", shown_type(from.ty));
    if from.bits.is_none()
        && to.bits.is_none()
        && same_value(from.ty, to.ty)
        && from.bytes.len() == to.bytes.len()
    {
        to.bytes.copy_from_slice(from.bytes);
        return Ok(());
    }
    if let (Kind::Record(one), Kind::Record(other)) = (from.ty.kind(), to.ty.kind())
        && one == other
    {
        // Only flexible tails differ in length; as in C, what has no place is left behind
        to.bytes.iter_mut().zip(from.bytes).for_each(|(to, from)| *to = *from);
        return Ok(());
    }
    let number = crate::convert::Number::of(from.ty, from.scope);
    match number.and_then(|number| number.read(from.bytes, from.bits)) {
        Some(Primitive::Address(_)) if !pointers_agree(from.ty, to.ty, from.scope) => {
            Err(misfit(to.ty, None, None, &shown()))
        }
        Some(value) if to.number().is_some() => to.put(value, &|| show_source(from)),
        _ => Err(misfit(to.ty, None, None, &shown())),
    }
}

fn show_source(source: Source<'_>) -> String {
    struct Shown<'a>(Source<'a>);
    impl fmt::Display for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            show(self.0, f)
        }
    }
    Shown(source).to_string()
}
