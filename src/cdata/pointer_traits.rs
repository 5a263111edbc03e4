//! What pointers can do as values: compared, moved by operators, stored, printed.

use super::compatible::{comparable, pointers_agree};
use super::pointer::CPtr;
use crate::convert::{Destination, FromC, Primitive, Source, ToC, shown_type};
use crate::error::{Error, ErrorKind, Result};
use crate::types;
use std::cmp::Ordering;
use std::ffi::c_void;
use std::fmt;
use std::ops::{Add, Sub};

impl CPtr {
    /// Which comes first in memory; an error where their types have nothing in common.
    pub fn compare(&self, other: &CPtr) -> Result<Ordering> {
        self.comparable_with(other, "compared")?;
        Ok(self.address().addr().cmp(&other.address().addr()))
    }

    /// How many elements lie between them: `self - other`.
    pub fn difference(&self, other: &CPtr) -> Result<i64> {
        self.comparable_with(other, "subtracted")?;
        let size = i128::from(self.size_behind()?);
        let bytes = self.address().addr() as i128 - other.address().addr() as i128;
        let count = bytes.checked_div(size).and_then(|count| i64::try_from(count).ok());
        count.ok_or_else(|| {
            let message = format!(
                "pointers to '{}', which has no size, cannot be subtracted",
                shown_type(self.pointee())
            );
            Error::new(ErrorKind::Incomplete, message)
        })
    }

    /// Reads the value that it points to, by a copy.
    pub(crate) fn read_value<R>(&self, read: impl FnOnce(Source<'_>) -> R) -> Result<R> {
        let (ty, scope) = (self.pointee(), self.scope());
        let size = usize::try_from(types::extent(ty, &**scope)?.size).unwrap_or(usize::MAX);
        self.read_part(0..size, |bytes| read(Source { bytes, bits: None, ty, scope }))
    }

    fn comparable_with(&self, other: &CPtr, what: &str) -> Result<()> {
        if comparable(self.as_type(), other.as_type(), self.scope()) {
            return Ok(());
        }
        let (one, other) = (shown_type(self.as_type()), shown_type(other.as_type()));
        let message = format!("a '{one}' and a '{other}' cannot be {what}; cast one of them");
        Err(Error::new(ErrorKind::Conversion, message))
    }
}

/// Two pointers are equal if their addresses are, whatever their types.
impl PartialEq for CPtr {
    fn eq(&self, other: &CPtr) -> bool {
        self.address().addr() == other.address().addr()
    }
}

impl Eq for CPtr {}

/// `p + n`, as [`CPtr::offset`].
impl Add<i64> for &CPtr {
    type Output = Result<CPtr>;
    fn add(self, count: i64) -> Result<CPtr> {
        self.offset(count)
    }
}

/// `p - n`, as [`CPtr::offset`].
impl Sub<i64> for &CPtr {
    type Output = Result<CPtr>;
    fn sub(self, count: i64) -> Result<CPtr> {
        match count.checked_neg() {
            Some(count) => self.offset(count),
            None => self.offset(i64::MAX),
        }
    }
}

/// `p - q`, as [`CPtr::difference`].
impl Sub for &CPtr {
    type Output = Result<i64>;
    fn sub(self, other: &CPtr) -> Result<i64> {
        self.difference(other)
    }
}

/// What C stored there is foreign, whoever wrote it.
impl FromC for CPtr {
    fn from_c(source: Source<'_>) -> Result<CPtr> {
        if source.as_type().pointee().is_none() {
            return Err(source.unlike("a pointer"));
        }
        CPtr::foreign(source.scope, source.ty, <*mut c_void>::from_c(source)?)
    }
}

/// Its address is written; C's copy keeps nothing alive.
impl ToC for CPtr {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        if !pointers_agree(self.as_type(), to.ty, to.scope) {
            let message =
                format!("expected {}, got {}", shown_type(&to.ty.clone().unqualified()), self.describe());
            return Err(Error::new(ErrorKind::Conversion, message));
        }
        to.put(Primitive::Address(self.address().expose_provenance() as u64), &|| self.describe())
    }

    fn describe(&self) -> String {
        format!("a pointer of type '{}'", shown_type(self.as_type()))
    }
}

impl fmt::Display for CPtr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_null() {
            true => f.write_str("NULL"),
            false => write!(f, "{:p}", self.address()),
        }
    }
}

impl fmt::Debug for CPtr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) {self}", self.as_type())
    }
}
