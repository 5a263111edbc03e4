//! Machines that have no loaders yet: nothing can be prepared, so nothing can be called.

use super::prepared::Prepared;
use std::ffi::c_void;

/// Calls do not work here.
pub(super) const SUPPORTED: bool = false;
/// Of no meaning here.
pub(super) const LARGEST_STACK_ALIGN: u64 = 16;
/// The smallest image.
pub(super) const HEAD_WORDS: usize = (crate::abi::image::STACK / 8) as usize;

/// There is none: `choose` never makes one.
#[derive(Clone, Copy)]
pub(super) enum Loader {}

/// Two eightbytes of a result.
#[derive(Clone, Copy)]
pub(super) struct Pair<A, B>(pub A, pub B);

/// A 16-byte result.
pub(super) type Wide = u128;

/// What a loader must do beside loading registers.
#[derive(Clone, Copy)]
pub(super) struct Demand {
    pub general: u8,
    pub vector: u8,
    pub wide: bool,
    pub stack: bool,
    pub x87_results: u8,
}

/// There is no loader.
pub(super) fn choose(_: Demand) -> Option<Loader> {
    None
}

impl Loader {
    /// # Safety
    ///
    /// Never called: no value of this type exists.
    pub(super) unsafe fn enter<R>(self, _: *mut u64) -> R {
        match self {}
    }

    /// # Safety
    ///
    /// Never called: no value of this type exists.
    pub(super) unsafe fn enter_x87(self, _: *mut u64, _: *mut u8) {
        match self {}
    }
}

/// # Safety
///
/// `result` is writable for `size` bytes, at most 16.
pub(super) unsafe fn store_wide(value: Wide, result: *mut u8, size: usize) {
    // SAFETY: the caller vouches for `size` bytes, and a `Wide` has 16
    unsafe {
        if size == 16 {
            result.cast::<Wide>().write_unaligned(value);
        } else {
            result.copy_from_nonoverlapping((&raw const value).cast::<u8>(), size.min(16));
        }
    }
}

/// # Safety
///
/// None needed: it does nothing.
pub(super) unsafe fn write_head(_: *mut u64, _: &Prepared, _: *const c_void) {}
