//! Machines that have no stubs yet: no callback can be made.

use super::stub::{ContextRegister, unsupported};
use crate::abi::Convention;
use crate::error::Result;
use std::ffi::c_void;
use std::ptr::NonNull;

/// Of no meaning here.
pub(super) const PAGE: usize = 4096;

/// There are none.
pub(super) fn map(_: ContextRegister, _: usize) -> Result<NonNull<u8>> {
    let (processor, system) = (std::env::consts::ARCH, std::env::consts::OS);
    Err(unsupported(&format!("there are no stubs for {processor} with {system} yet")))
}

/// There is none: no stub is ever made.
pub(crate) fn generic_entry(_: ContextRegister, _: Convention) -> *const c_void {
    std::ptr::null()
}

/// There is none, and no stub that would lead to it.
pub(crate) fn entry_for(_: &super::Received, _: Convention, _: bool) -> *const c_void {
    std::ptr::null()
}
