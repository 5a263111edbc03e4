//! What a call brings home.

use super::exact;
use super::ready::{About, Ready};
use crate::cdata::{CData, HeldMut, Lease};
use crate::convert::{FromC, Number, Source, same_value, shown_type};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Align;
use crate::types::{self, Scope, Type};
use std::sync::Arc;

/// How the results of a function are fetched.
pub(super) struct Fetched {
    /// The byte of a code, if it is one scalar in one register.
    pub(super) byte: u8,
    /// How it is stored, if it is a scalar of up to 8 bytes.
    pub(super) number: Option<Number>,
    ty: Type,
    size: usize,
    align: Align,
    /// What values of its type share, for results that keep their memory.
    lease: Lease,
}

/// Results up to this size need no heap.
const INLINE: usize = 64;

#[repr(align(64))]
struct Room([u8; INLINE]);

impl Fetched {
    pub(super) fn new(scope: &Arc<Scope>, ty: &Type, ready: &Ready) -> Result<Fetched> {
        let number = Number::of(ty, scope).filter(|number| number.size() <= 8);
        Ok(Fetched {
            byte: exact::result_byte(ready, ty, number),
            number,
            ty: ty.clone(),
            size: ready.prepared.result_size(),
            align: if ty.is_void() { Align::ONE } else { types::extent(ty, &**scope)?.align },
            lease: Lease::default(),
        })
    }

    /// Is it one scalar in one register?
    pub(super) fn is_scalar(&self) -> bool {
        self.byte != exact::NONE && self.byte != exact::NO_RESULT
    }

    /// Lends room for the result's bytes, aligned as its type, and reads what was written there.
    pub(super) fn fetch<R: FromC, T>(
        &self,
        about: &About,
        call: impl FnOnce(*mut u8) -> Result<T>,
    ) -> Result<(R, T)> {
        let fits = self.size <= INLINE && self.align.bytes() <= align_of::<Room>() as u64;
        if self.ty.is_void() || (fits && !R::OWNS) {
            let mut room = Room([0; INLINE]);
            let noted = call(room.0.as_mut_ptr())?;
            let bytes = room.0.get(..self.size).unwrap_or_default();
            return Ok((self.read(bytes, about)?, noted));
        }
        let mut made = Some(CData::of(self.lease.typed(&about.scope, &self.ty)?)?);
        let noted = call(made.as_mut().map_or(std::ptr::null_mut(), CData::as_mut_ptr))?;
        let result = match (R::from_owned(&mut made), &made) {
            (Some(result), _) => result,
            (None, made) => self.read(made.as_ref().map_or(&[], CData::bytes), about)?,
        };
        Ok((result, noted))
    }

    /// An error where this is no value of the result's type.
    pub(super) fn check(&self, to: &mut impl HeldMut, about: &About) -> Result<()> {
        if to.is_constant() {
            let message = format!("result of {}: expected a place to write to, got a const one", about.name);
            return Err(Error::new(ErrorKind::Const, message));
        }
        let to = to.destination();
        if !self.ty.is_void()
            && same_value(to.ty, &self.ty)
            && to.bits.is_none()
            && to.bytes.len() == self.size
        {
            return Ok(());
        }
        let message = format!(
            "result of {}: expected a place for '{}', got one of type '{}'",
            about.name,
            shown_type(&self.ty),
            shown_type(to.ty)
        );
        Err(Error::new(ErrorKind::Conversion, message))
    }

    pub(super) fn is_aligned(&self, bytes: &[u8]) -> bool {
        usize::try_from(self.align.bytes()).is_ok_and(|align| bytes.as_ptr().addr().is_multiple_of(align))
    }

    /// A scalar that the Rust type does not simply take.
    #[cold]
    pub(super) fn converted<R: FromC>(&self, word: u64, number: Number, about: &About) -> Result<R> {
        let bytes = word.to_le_bytes();
        self.read(bytes.get(..number.size()).unwrap_or_default(), about)
    }

    fn read<R: FromC>(&self, bytes: &[u8], about: &About) -> Result<R> {
        let source = Source { bytes, bits: None, ty: &self.ty, scope: &about.scope };
        R::from_c(source).map_err(|error| {
            Error::new(error.kind(), format!("result of {}: {}", about.name, error.message()))
        })
    }
}
