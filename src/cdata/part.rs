//! A part of a value, lent.

use super::CData;
use super::data::{element_at, is_const, outside};
use crate::convert::{
    Destination, FromC, Source, SourceKind, ToC, array_length, element_of, show, shown_type, walk,
};
use crate::error::{Error, ErrorKind, Result};
use crate::types::{self, Kind, Scope, Type};
use std::borrow::Cow;
use std::ffi::c_void;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

pub(crate) use super::data::copy_into as copy_value;

/// Whatever holds a value of C that can be read.
pub trait Held {
    /// The value.
    fn source(&self) -> Source<'_>;
}

/// Whatever holds a value of C that can be written.
pub trait HeldMut: Held {
    /// The value.
    fn destination(&mut self) -> Destination<'_>;
    /// Is it `const`?
    fn is_constant(&self) -> bool;
}

/// A part of a value, to be read.
#[derive(Clone)]
pub struct CRef<'a> {
    bytes: &'a [u8],
    ty: Kept<'a>,
    scope: &'a Arc<Scope>,
}

/// A part of a value, to be read and written.
pub struct CMut<'a> {
    bytes: &'a mut [u8],
    ty: Kept<'a>,
    scope: &'a Arc<Scope>,
    constant: bool,
}

/// A type, lent or own: two words, so that a part is made at little cost.
#[derive(Clone)]
enum Kept<'a> {
    Lent(&'a Type),
    Own(Arc<Type>),
}

impl<'a> From<Cow<'a, Type>> for Kept<'a> {
    #[inline(always)]
    fn from(ty: Cow<'a, Type>) -> Kept<'a> {
        match ty {
            Cow::Borrowed(ty) => Kept::Lent(ty),
            Cow::Owned(ty) => Kept::Own(Arc::new(ty)),
        }
    }
}

impl Deref for Kept<'_> {
    type Target = Type;
    #[inline(always)]
    fn deref(&self) -> &Type {
        match self {
            Kept::Lent(ty) => ty,
            Kept::Own(ty) => ty,
        }
    }
}

/// How many bytes a value of a type at an address has; an error where there is no address.
fn foreign_size(scope: &Scope, ty: &Type, address: *const c_void) -> Result<usize> {
    if address.is_null() {
        let message = format!("expected the address of a '{}', found null", shown_type(ty));
        return Err(Error::new(ErrorKind::Null, message));
    }
    let size = usize::try_from(types::extent(ty, scope)?.size).ok();
    size.filter(|&size| isize::try_from(size).is_ok()).ok_or_else(outside)
}

impl<'a> CRef<'a> {
    /// A value in memory that is not ours.
    ///
    /// # Safety
    ///
    /// The address is null or readable for the size of the type, and nobody writes there for `'a`.
    pub(crate) unsafe fn foreign(
        scope: &'a Arc<Scope>,
        ty: &'a Type,
        address: *const c_void,
    ) -> Result<CRef<'a>> {
        let size = foreign_size(scope, ty, address)?;
        // SAFETY: the caller vouches for so many bytes; they are not null, and bytes need no alignment
        let bytes = unsafe { std::slice::from_raw_parts(address.cast(), size) };
        Ok(CRef { bytes, ty: Kept::Lent(ty), scope })
    }

    #[inline(always)]
    pub(crate) fn new(bytes: &'a [u8], ty: Cow<'a, Type>, scope: &'a Arc<Scope>) -> CRef<'a> {
        CRef { bytes, ty: ty.into(), scope }
    }

    /// Its bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// A part of it by its path.
    pub fn part(&self, path: &str) -> Result<CRef<'a>> {
        let spot = walk(&self.ty, self.bytes.len(), path, self.scope)?;
        if spot.bits.is_some() {
            return Err(bit_field(path));
        }
        let bytes = self.bytes.get(spot.range).ok_or_else(outside)?;
        Ok(CRef { bytes, ty: Kept::Own(Arc::new(spot.ty.into_owned())), scope: self.scope })
    }

    /// An element of an array.
    pub fn at(&self, index: u64) -> Result<CRef<'a>> {
        if let Kept::Lent(ty) = self.ty {
            let (range, element) = element_at(ty, self.bytes.len(), index, self.scope)?;
            let bytes = self.bytes.get(range).ok_or_else(outside)?;
            return Ok(CRef { bytes, ty: element.into(), scope: self.scope });
        }
        let (range, element) = element_at(&self.ty, self.bytes.len(), index, self.scope)?;
        let bytes = self.bytes.get(range).ok_or_else(outside)?;
        Ok(CRef { bytes, ty: Kept::Own(Arc::new(element.into_owned())), scope: self.scope })
    }
}

impl<'a> CMut<'a> {
    /// A value in memory that is not ours, to be changed.
    ///
    /// # Safety
    ///
    /// The address is null or readable and writable for the size of the type, and nobody else reads or writes there
    /// for `'a`.
    pub(crate) unsafe fn foreign(
        scope: &'a Arc<Scope>,
        ty: &'a Type,
        address: *mut c_void,
    ) -> Result<CMut<'a>> {
        let size = foreign_size(scope, ty, address)?;
        // SAFETY: the caller vouches for so many bytes; they are not null, and bytes need no alignment
        let bytes = unsafe { std::slice::from_raw_parts_mut(address.cast(), size) };
        Ok(CMut { bytes, ty: Kept::Lent(ty), scope, constant: is_const(ty) })
    }

    #[inline(always)]
    pub(crate) fn new(
        bytes: &'a mut [u8],
        ty: Cow<'a, Type>,
        scope: &'a Arc<Scope>,
        constant: bool,
    ) -> CMut<'a> {
        CMut { bytes, ty: ty.into(), scope, constant }
    }

    /// Its bytes, to be changed: what no type of Rust holds, such as a whole `long double`, goes in here.
    pub fn bytes_mut(&mut self) -> Result<&mut [u8]> {
        if self.constant {
            let message =
                format!("'{}' is const: it cannot be written after it was made", shown_type(&self.ty));
            return Err(Error::new(ErrorKind::Const, message));
        }
        Ok(self.bytes)
    }

    /// Writes a part by its path; the empty path is the whole.
    #[inline]
    pub fn set(&mut self, path: &str, value: impl ToC) -> Result<()> {
        let constant = self.constant;
        self.destination().set_variable(path, constant, &value)
    }

    /// A part of it by its path.
    pub fn part_mut(&mut self, path: &str) -> Result<CMut<'_>> {
        let spot = walk(&self.ty, self.bytes.len(), path, self.scope)?;
        if spot.bits.is_some() {
            return Err(bit_field(path));
        }
        let constant = self.constant || spot.constant;
        let bytes = self.bytes.get_mut(spot.range).ok_or_else(outside)?;
        Ok(CMut { bytes, ty: Kept::Own(Arc::new(spot.ty.into_owned())), scope: self.scope, constant })
    }

    /// An element of an array.
    pub fn at_mut(&mut self, index: u64) -> Result<CMut<'_>> {
        let (range, element) = element_at(&self.ty, self.bytes.len(), index, self.scope)?;
        let constant = self.constant || is_const(&element);
        let bytes = self.bytes.get_mut(range).ok_or_else(outside)?;
        Ok(CMut { bytes, ty: Kept::Own(Arc::new(element.into_owned())), scope: self.scope, constant })
    }
}

impl HeldMut for CMut<'_> {
    #[inline(always)]
    fn destination(&mut self) -> Destination<'_> {
        Destination { bytes: self.bytes, bits: None, ty: &self.ty, scope: self.scope }
    }
    #[inline(always)]
    fn is_constant(&self) -> bool {
        self.constant
    }
}

macro_rules! both {
    ($($type:ident),*) => {$(
        impl $type<'_> {
            /// Its type.
            pub fn as_type(&self) -> &Type {
                &self.ty
            }

            /// Reads a part by its path; the empty path is the whole.
            #[inline]
            pub fn get<T: FromC>(&self, path: &str) -> Result<T> {
                self.source().get(path)
            }

            /// How many elements it has; 0 where it is no array.
            pub fn len(&self) -> u64 {
                let Some(element) = element_of(&self.ty) else { return 0 };
                let size = types::extent(&element, &**self.scope).map_or(0, |extent| extent.size);
                array_length(&self.ty, self.bytes.len(), size)
            }

            /// Has it no elements?
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// A value of its own with the same bytes.
            pub fn duplicate(&self) -> Result<CData> {
                CData::copied(self.source())
            }
        }

        impl Held for $type<'_> {
            #[inline(always)]
            fn source(&self) -> Source<'_> {
                Source { bytes: self.bytes, bits: None, ty: &self.ty, scope: self.scope }
            }
        }

        impl ToC for $type<'_> {
            fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
                copy_value(self.source(), to)
            }
            fn element_count(&self) -> Option<u64> {
                matches!(self.ty.kind(), Kind::Array(..)).then(|| self.len())
            }
            fn source_kind(&self) -> SourceKind {
                SourceKind::of_data(&self.ty, self.scope)
            }
            fn describe(&self) -> String {
                format!("a value of type '{}'", shown_type(&self.ty))
            }
        }

        impl fmt::Display for $type<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                show(self.source(), f)
            }
        }

        impl fmt::Debug for $type<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "({}) {self}", *self.ty)
            }
        }
    )*};
}

both! { CRef, CMut }

#[cold]
fn bit_field(path: &str) -> Error {
    Error::new(
        ErrorKind::NoSuchField,
        format!("'{path}' is a bit-field, which has no address; use get and set"),
    )
}
