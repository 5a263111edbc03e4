//! Callbacks as values: arguments of calls, members, elements.

use super::super::argument::Argument;
use super::super::ready::Passing;
use super::super::tail::Promoted;
use super::once::OnceCallback;
use super::owner::{Callback, LocalCallback, StaticCallback};
use crate::cdata::pointers_agree;
use crate::convert::{Destination, SourceKind, ToC, shown_type};
use crate::error::{Error, ErrorKind, Result};
use crate::types::{Scope, Type};
use std::ffi::c_void;

/// Does C take a callback of this type where it wants that one?
fn fits(callback: &Type, wanted: &Type, scope: &Scope) -> bool {
    wanted.pointee().is_some_and(|pointee| pointee.is_void()) || pointers_agree(callback, wanted, scope)
}

fn shown(ty: &Type) -> String {
    format!("a callback of type '{}'", shown_type(ty))
}

fn pass(address: *const c_void, ty: &Type, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
    if !fits(ty, &passing.parameter(index)?.ty, &passing.about.scope) {
        return passing.refuse(index, &shown(ty));
    }
    passing.address(index, address.cast())
}

fn store(address: *const c_void, ty: &Type, to: &mut Destination<'_>) -> Result<()> {
    if !fits(ty, to.ty, to.scope) {
        let message = format!("expected {}, got {}", shown_type(to.ty), shown(ty));
        return Err(Error::new(ErrorKind::Conversion, message));
    }
    address.cast_mut().to_c(to)
}

macro_rules! arguments {
    ($($type:ty),*) => {$(
        /// Its address, where its type is the parameter's.
        impl Argument for $type {
            #[inline]
            fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
                pass(self.address(), self.as_type(), index, passing)
            }
            fn promoted(&self) -> Promoted<'_> {
                Promoted::Same(self.as_type())
            }
        }
    )*};
}

arguments! { Callback, &Callback, LocalCallback, &LocalCallback, StaticCallback, &StaticCallback, &OnceCallback }

macro_rules! values {
    ($($type:ty),*) => {$(
        /// Its address, where its type is the member's. The memory does not keep the callback alive.
        impl ToC for $type {
            fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
                store(self.address(), self.as_type(), to)
            }
            fn source_kind(&self) -> SourceKind {
                SourceKind::Pointer
            }
            fn describe(&self) -> String {
                shown(self.as_type())
            }
        }
    )*};
}

values! { Callback, LocalCallback, StaticCallback, OnceCallback }
