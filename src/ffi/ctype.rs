//! A C type, and what can be done with it.

use crate::cdata::{Accessor, Arena, CData, CMut, CRef, Lease, Measured};
use crate::convert::{self, ToC};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Layout, Shape};
use crate::memory::Allocator;
use crate::types::{self, Constant, Field, Position, Scope, Type};
use std::ffi::c_void;
use std::fmt;
use std::sync::Arc;

/// A C type, with the declarations that it came from.
#[derive(Clone)]
pub struct CType {
    pub(crate) scope: Arc<Scope>,
    pub(crate) ty: Type,
    /// What its values share, once the first was made.
    lease: Lease,
}

impl CType {
    pub(crate) fn new(scope: &Arc<Scope>, ty: Type) -> CType {
        CType { scope: scope.clone(), ty, lease: Lease::default() }
    }

    #[inline]
    fn measured(&self) -> Result<&Arc<Measured>> {
        self.lease.typed(&self.scope, &self.ty)
    }

    /// The type itself.
    pub fn as_type(&self) -> &Type {
        &self.ty
    }

    /// Size in bytes.
    pub fn size(&self) -> Result<u64> {
        Ok(types::extent(&self.ty, &*self.scope)?.size)
    }

    /// Alignment in bytes: what `_Alignof` tells.
    pub fn align(&self) -> Result<u64> {
        types::align_of(&self.ty, &*self.scope)
    }

    /// Its layout: offsets, sizes, holes, padding.
    pub fn layout(&self) -> Result<Layout> {
        types::sketch(&self.ty, self.ty.to_string(), &self.scope)
    }

    /// The value of a `static const` member of a record.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("struct line { static const int LENGTH = 80; char text[LENGTH]; };")?;
    /// assert_eq!(ffi.ctype("struct line")?.constant("LENGTH")?, eightbyte::Constant::Integer(80));
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn constant(&self, name: &str) -> Result<Constant> {
        let body = self.ty.as_record().and_then(|record| record.body());
        let constants = body.as_ref().map_or(&[][..], |body| &body.constants);
        let found = constants.iter().find(|constant| &*constant.name == name);
        found.map(|constant| constant.value.clone()).ok_or_else(|| {
            Error::new(ErrorKind::UnknownName, format!("'{}' has no constant '{name}'", self.ty))
        })
    }

    /// What calling conventions see of it.
    pub fn shape(&self) -> Result<Shape> {
        types::shape(&self.ty, &*self.scope)
    }

    /// A zeroed value.
    #[inline]
    pub fn alloc(&self) -> Result<CData> {
        CData::of(self.measured()?)
    }

    /// A zeroed value in memory of an allocator.
    pub fn alloc_in(&self, allocator: &Arc<dyn Allocator>) -> Result<CData> {
        CData::from(self.measured()?, Some(allocator))
    }

    /// A zeroed value in an arena.
    pub fn alloc_on<'a>(&self, arena: &'a Arena) -> Result<CMut<'a>> {
        arena.take(self.measured()?)
    }

    /// An initialised value in an arena.
    pub fn make_on<'a>(&self, arena: &'a Arena, value: impl ToC) -> Result<CMut<'a>> {
        arena.fill(self.measured()?, &value)
    }

    /// A zeroed record with so many elements in its flexible tail.
    pub fn alloc_flexible(&self, count: u64) -> Result<CData> {
        CData::flexible(self.measured()?, count)
    }

    /// Takes memory back that [`CData::into_raw`] gave away.
    ///
    /// # Safety
    ///
    /// The address came from `into_raw` of a value of this very type that was made with the allocator of this `Ffi` (or
    /// without one, where it has none); nobody else uses or frees it any more.
    #[allow(unsafe_code, reason = "the caller's promise is handed on")]
    pub unsafe fn from_raw(&self, address: *mut c_void) -> Result<CData> {
        // SAFETY: handed on to the caller
        unsafe { CData::from_raw(self.measured()?, address, None, None) }
    }

    /// The same for a record that was made with so many elements in its flexible tail.
    ///
    /// # Safety
    ///
    /// As for [`CType::from_raw`].
    #[allow(unsafe_code, reason = "the caller's promise is handed on")]
    pub unsafe fn from_raw_flexible(&self, address: *mut c_void, count: u64) -> Result<CData> {
        // SAFETY: handed on to the caller
        unsafe { CData::from_raw(self.measured()?, address, Some(count), None) }
    }

    /// Takes memory over that came from an allocator: with [`Malloc`](crate::Malloc), from C.
    ///
    /// # Safety
    ///
    /// The allocator gave so many bytes, with the alignment of the type, and all of them have been written; nobody else
    /// uses or frees them any more.
    #[allow(unsafe_code, reason = "the caller's promise is handed on")]
    pub unsafe fn from_raw_in(&self, address: *mut c_void, allocator: &Arc<dyn Allocator>) -> Result<CData> {
        // SAFETY: handed on to the caller
        unsafe { CData::from_raw(self.measured()?, address, None, Some(allocator)) }
    }

    /// A zeroed array of so many; of `T[?]`, one with so many elements.
    pub fn alloc_array(&self, count: u64) -> Result<CData> {
        CData::array(&self.scope, &self.ty, count)
    }

    /// An initialised value.
    pub fn make(&self, value: impl ToC) -> Result<CData> {
        CData::made(&self.scope, &self.ty, &value)
    }

    /// A value from C text: what C would write behind the `=` of its declaration.
    pub fn make_from_text(&self, initialiser: &str) -> Result<CData> {
        CData::made_from_text(&self.scope, &self.ty, initialiser)
    }

    /// Reads values of this type from any deserializer: see [`CDataSeed`](crate::CDataSeed).
    ///
    /// ```
    /// use serde::de::DeserializeSeed;
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("typedef struct { double x, y; } point_t;")?;
    /// let text = r#"{ "x": 1.5, "y": 2 }"#;
    /// let point = ffi.ctype("point_t")?.seed()?.deserialize(&mut serde_json::Deserializer::from_str(text)).unwrap();
    /// assert_eq!(serde_json::to_string(&point).unwrap(), r#"{"x":1.5,"y":2.0}"#);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    #[cfg(feature = "serde")]
    pub fn seed(&self) -> Result<crate::cdata::CDataSeed> {
        Ok(crate::cdata::CDataSeed::new(self.measured()?))
    }

    /// A value of it in memory that is not ours: at an address that C gave.
    ///
    /// # Safety
    ///
    /// The address is null (an error), or readable for the size of the type while the borrow lasts, and nobody writes
    /// there meanwhile.
    #[allow(unsafe_code, reason = "the caller's promise is handed on")]
    pub unsafe fn borrow_at(&self, address: *const c_void) -> Result<CRef<'_>> {
        // SAFETY: handed on to the caller
        unsafe { CRef::foreign(&self.scope, &self.ty, address) }
    }

    /// The same, to be changed.
    ///
    /// # Safety
    ///
    /// As for [`CType::borrow_at`]; the memory is writable as well, and nobody else reads there meanwhile.
    #[allow(unsafe_code, reason = "the caller's promise is handed on")]
    pub unsafe fn borrow_mut_at(&self, address: *mut c_void) -> Result<CMut<'_>> {
        // SAFETY: handed on to the caller
        unsafe { CMut::foreign(&self.scope, &self.ty, address) }
    }

    /// A field of it, found once for many values.
    pub fn field<T>(&self, path: &str) -> Result<Accessor<T>> {
        Accessor::new(&self.scope, &self.ty, path)
    }

    /// The members of a record, in declaration order; empty for other types.
    pub fn fields(&self) -> Vec<Field> {
        match self.ty.as_record().and_then(|record| record.body()) {
            Some(body) => body.fields.clone(),
            None => Vec::new(),
        }
    }

    /// Where a member of a record lies, through anonymous members; or what any other path leads to: `in.arr[2]`.
    pub fn offset_of(&self, path: &str) -> Result<Position> {
        convert::position(&self.ty, path, &self.scope)
    }
}

impl PartialEq for CType {
    fn eq(&self, other: &CType) -> bool {
        self.ty == other.ty
    }
}

impl fmt::Display for CType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.ty, f)
    }
}

impl fmt::Debug for CType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.ty, f)
    }
}
