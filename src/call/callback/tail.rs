//! What C passed behind `...`: as `va_arg` reads it.

use super::super::signature::{passed_types, signature};
use super::super::tail::Promoted;
use super::dynamic::with_bytes;
use super::prototype::Prototype;
use crate::abi;
use crate::cdef;
use crate::convert::{FromC, Source, shown_type};
use crate::engine::{Arriving, Received};
use crate::error::{self, Error, ErrorKind, Result};
use crate::types::{self, Kind, Scope, Type};
use std::sync::Arc;

/// The arguments behind `...` of one call, read one after the other.
pub struct CallbackTail<'c> {
    arriving: Arriving<'c>,
    prototype: &'c Prototype,
    scope: &'c Arc<Scope>,
    /// What has been read.
    types: Vec<Type>,
}

impl<'c> CallbackTail<'c> {
    pub(super) fn new(arriving: Arriving<'c>, prototype: &'c Prototype, scope: &'c Arc<Scope>) -> Self {
        CallbackTail { arriving, prototype, scope, types: Vec::new() }
    }

    /// The next one, which has this type in C.
    ///
    /// # Safety
    ///
    /// C passed one more argument, of this type after C's promotions.
    pub unsafe fn next<T: FromC>(&mut self, name: &str) -> Result<T> {
        let ty = cdef::type_named(self.scope, &error::Source::new("<type>", name))?;
        // SAFETY: handed on to the caller
        unsafe { self.next_of(&ty) }
    }

    /// The same by a type that is at hand.
    ///
    /// # Safety
    ///
    /// As for `next`.
    pub unsafe fn next_of<T: FromC>(&mut self, ty: &Type) -> Result<T> {
        let promoted = match ty.kind() {
            Kind::Scalar(scalar) => Promoted::of_scalar(*scalar),
            Kind::Void | Kind::Array(..) | Kind::Function(_) => Promoted::Unknown,
            _ => Promoted::Same(ty),
        };
        let stays = match (promoted, ty.kind()) {
            (Promoted::Scalar(wide), Kind::Scalar(scalar)) => wide == *scalar,
            (Promoted::Unknown, _) => false,
            _ => true,
        };
        if !stays {
            let found = shown_type(ty);
            let message = match promoted {
                Promoted::Scalar(wide) => {
                    format!(
                        "expected a type that C passes behind '...', found '{found}'; it arrives as {}",
                        Type::scalar(wide)
                    )
                }
                _ => format!("expected a type that C passes behind '...', found '{found}'"),
            };
            return Err(Error::new(ErrorKind::Conversion, message));
        }
        let mut types = self.types.clone();
        types.push(ty.clone());
        let function = &self.prototype.function;
        let passed = passed_types(function, &types);
        let last = passed.len().saturating_sub(1);
        let received = Received::new(&abi::plan(&signature(self.scope, function, &passed, true)?)?)?;
        let size = types::extent(ty, &**self.scope)?.size;
        let size = usize::try_from(size).map_err(|_| {
            Error::new(ErrorKind::TooLarge, format!("'{}' is larger than memory", shown_type(ty)))
        })?;
        let value = with_bytes(size, |bytes| {
            // SAFETY: the caller vouches for the types of what was passed
            unsafe { self.arriving.by(&received) }.read(last, bytes)?;
            T::from_c(Source { bytes, bits: None, ty, scope: self.scope })
        });
        self.types = types;
        value
    }
}
