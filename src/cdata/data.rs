//! A value of C on the heap, owned like a `Box`.

use super::native::Native;
use super::part::{CMut, CRef, Held, HeldMut};
use crate::convert::{
    Destination, FromC, Primitive, Source, SourceKind, ToC, array_length, element_of, misfit,
    no_such_element, same_value, show, shown_type, size_with_tail, walk,
};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Align;
use crate::memory::Block;
use crate::target::Target;
use crate::types::{self, ArrayLength, Kind, Qualifiers, Scope, Type};
use std::fmt;
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
    block: Block,
    ty: Type,
    scope: Arc<Scope>,
}

impl CData {
    /// Zero bytes of a type; `count` is for `T[?]` and `T[]`.
    pub(crate) fn zeroed(scope: &Arc<Scope>, ty: &Type, count: Option<u64>) -> Result<CData> {
        let ty = match (ty.kind(), count) {
            (Kind::Array(element, ArrayLength::OnAllocation | ArrayLength::Unknown), Some(count)) => {
                Type::clone(element).array_of(ArrayLength::Fixed(count))?
            }
            (Kind::Array(_, ArrayLength::OnAllocation | ArrayLength::Unknown), None) => {
                let message = format!("expected a number of elements for '{ty}'; use alloc_array");
                return Err(Error::new(ErrorKind::Incomplete, message));
            }
            _ => ty.clone(),
        };
        let extent = types::extent(&ty, &**scope)?;
        let block = Block::zeroed(extent.size, extent.align)?;
        Ok(CData { block, ty, scope: scope.clone() })
    }

    /// An array of so many elements of a type, which may itself be `T[?]`.
    pub(crate) fn array(scope: &Arc<Scope>, ty: &Type, count: u64) -> Result<CData> {
        match ty.kind() {
            Kind::Array(_, ArrayLength::OnAllocation | ArrayLength::Unknown) => {
                CData::zeroed(scope, ty, Some(count))
            }
            _ => CData::zeroed(scope, &ty.clone().array_of(ArrayLength::Fixed(count))?, None),
        }
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
        let align = types::extent(source.ty, &**source.scope)?.align;
        let mut block = Block::zeroed(source.bytes.len() as u64, align)?;
        block.bytes_mut().copy_from_slice(source.bytes);
        Ok(CData { block, ty: source.ty.clone(), scope: source.scope.clone() })
    }

    /// Its type.
    pub fn as_type(&self) -> &Type {
        &self.ty
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
    pub fn get<T: FromC>(&self, path: &str) -> Result<T> {
        self.source().get(path)
    }

    /// Writes a part by its path.
    pub fn set(&mut self, path: &str, value: impl ToC) -> Result<()> {
        self.part_mut().set(path, value)
    }

    /// An element of an array.
    pub fn at(&self, index: u64) -> Result<CRef<'_>> {
        let (range, element) = element_at(&self.ty, self.block.len(), index, &self.scope)?;
        let bytes = self.bytes().get(range).ok_or_else(outside)?;
        Ok(CRef::new(bytes, element, &self.scope))
    }

    /// An element of an array, to be changed.
    pub fn at_mut(&mut self, index: u64) -> Result<CMut<'_>> {
        let (range, element) = element_at(&self.ty, self.block.len(), index, &self.scope)?;
        let constant = is_const(&self.ty) || is_const(&element);
        let bytes = self.block.bytes_mut().get_mut(range).ok_or_else(outside)?;
        Ok(CMut::new(bytes, element, &self.scope, constant))
    }

    /// The whole, borrowed.
    pub fn part(&self) -> CRef<'_> {
        CRef::new(self.block.bytes(), std::borrow::Cow::Borrowed(&self.ty), &self.scope)
    }

    /// The whole, borrowed to be changed.
    pub fn part_mut(&mut self) -> CMut<'_> {
        let constant = is_const(&self.ty);
        CMut::new(self.block.bytes_mut(), std::borrow::Cow::Borrowed(&self.ty), &self.scope, constant)
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
        if is_const(&self.ty) {
            let message =
                format!("'{}' is const: it cannot be written after it was made", shown_type(&self.ty));
            return Err(Error::new(ErrorKind::Const, message));
        }
        let count = self.count_of::<T>()?;
        // SAFETY: as in `as_slice`, and `&mut self` is the only way in
        Ok(unsafe { std::slice::from_raw_parts_mut(self.block.as_ptr().cast(), count) })
    }

    /// How many `T`s it is made of, if of nothing else.
    fn count_of<T: Native>(&self) -> Result<usize> {
        let mut element = &self.ty;
        while let Kind::Array(inside, _) = element.kind() {
            element = inside;
        }
        let is_aligned = self.block.as_ptr().cast::<T>().is_aligned();
        let is_here = self.scope.target() == Target::host();
        if !(T::ANY_BITS && is_aligned && is_here && T::is(element, &self.scope)) {
            let (wanted, found) = (std::any::type_name::<T>(), shown_type(&self.ty));
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

    /// Its address as C sees it; writing there needs the promise that nobody has borrowed it.
    pub(crate) fn address(&self) -> *mut u8 {
        self.block.as_ptr()
    }

    /// A block of a type that somebody will fill, of whatever alignment a call asks for.
    pub(crate) fn for_result(scope: &Arc<Scope>, ty: &Type, size: u64, align: Align) -> Result<CData> {
        Ok(CData { block: Block::zeroed(size, align)?, ty: ty.clone(), scope: scope.clone() })
    }
}

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
        Source { bytes: self.block.bytes(), bits: None, ty: &self.ty, scope: &self.scope }
    }
}

impl HeldMut for CData {
    #[inline(always)]
    fn destination(&mut self) -> Destination<'_> {
        Destination { bytes: self.block.bytes_mut(), bits: None, ty: &self.ty, scope: &self.scope }
    }
    fn is_constant(&self) -> bool {
        is_const(&self.ty)
    }
}

impl FromC for CData {
    fn from_c(source: Source<'_>) -> Result<CData> {
        CData::copied(source)
    }
}

/// A value of the same type is copied; where a pointer to it is expected, its address is written.
impl ToC for CData {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        if let Some(pointee) = to.ty.pointee()
            && !matches!(self.ty.kind(), Kind::Pointer(_))
            && super::part::points_to(pointee, &self.ty)
        {
            let address = self.address().expose_provenance() as u64;
            return to.put(Primitive::Address(address), &|| self.describe());
        }
        super::part::copy_value(self.source(), to)
    }

    fn element_count(&self) -> Option<u64> {
        matches!(self.ty.kind(), Kind::Array(..)).then(|| self.len())
    }

    fn tail_count(&self, _: usize, name: &str) -> Option<u64> {
        self.part().part(name).ok().map(|tail| tail.len())
    }

    fn source_kind(&self) -> SourceKind {
        SourceKind::of_data(&self.ty, &self.scope)
    }

    fn describe(&self) -> String {
        format!("a value of type '{}'", shown_type(&self.ty))
    }
}

impl fmt::Display for CData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self.source(), f)
    }
}

impl fmt::Debug for CData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) {self}", self.ty)
    }
}

const _: () = {
    const fn shared_between_threads<T: Send + Sync>() {}
    shared_between_threads::<CData>();
};

/// Used by the parts of a value as well.
pub(super) fn set_part(to: &mut Destination<'_>, constant: bool, path: &str, value: &impl ToC) -> Result<()> {
    let spot = walk(to.ty, to.bytes.len(), path, to.scope)?;
    if constant || spot.constant {
        let name = if path.is_empty() { "the value" } else { path };
        let message = format!("'{name}' is const: it cannot be written after it was made");
        return Err(Error::new(ErrorKind::Const, message));
    }
    to.set(path, value)
}

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
    let number = crate::convert::Number::of(from.ty, from.scope);
    match number.and_then(|number| number.read(from.bytes, from.bits)) {
        Some(Primitive::Address(_)) if !super::part::pointers_agree(from.ty, to.ty) => {
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
