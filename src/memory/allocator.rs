//! Where blocks come from, if not from Rust's own allocator.

use std::ptr::NonNull;

/// A host's allocator: what [`Ffi::with_allocator`](crate::Ffi::with_allocator) and
/// [`CType::alloc_in`](crate::CType::alloc_in) take memory from.
///
/// # Safety
///
/// What `allocate` gives is writable for `size` bytes, aligned to `align`, used by nobody else, and stays until it is
/// given to `free`, which may happen on another thread.
pub unsafe trait Allocator: Send + Sync {
    /// So many bytes, more than none, with whatever is in them; `align` is a power of two. `None` where there is no
    /// memory.
    fn allocate(&self, size: usize, align: usize) -> Option<NonNull<u8>>;

    /// Takes bytes back.
    ///
    /// # Safety
    ///
    /// `start` came from `allocate` of this allocator with this size and alignment, and nobody uses the bytes any more.
    unsafe fn free(&self, start: NonNull<u8>, size: usize, align: usize);
}

/// C's `malloc` and `free`, for values that C frees itself or has allocated. It knows no alignment above that of
/// `malloc`: what needs more is out of memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct Malloc;

/// What every `malloc` aligns to.
const MALLOC_ALIGN: usize = 2 * size_of::<usize>();

// SAFETY: this is what C promises of malloc and free
unsafe impl Allocator for Malloc {
    fn allocate(&self, size: usize, align: usize) -> Option<NonNull<u8>> {
        if align > MALLOC_ALIGN {
            return None;
        }
        // SAFETY: malloc may be called with any size
        NonNull::new(unsafe { libc::malloc(size) }.cast())
    }

    unsafe fn free(&self, start: NonNull<u8>, _: usize, _: usize) {
        // SAFETY: the caller has it from malloc
        unsafe { libc::free(start.as_ptr().cast()) }
    }
}
