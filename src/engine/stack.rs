//! How much stack this thread has left, for calls that need a lot of it.

use crate::error::{Error, ErrorKind, Result};
use std::cell::Cell;

/// What a function that is called may need itself, at least.
const RESERVE: usize = 64 << 10;

thread_local! {
    /// The lowest and the highest address of this thread's stack; zeros before anybody asked.
    static BOUNDS: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// An error where so many words do not fit on this thread's stack any more.
#[cold]
pub(super) fn check(words: usize) -> Result<()> {
    let here = std::ptr::from_ref(&words).addr();
    let (low, high) = BOUNDS.with(|bounds| {
        if bounds.get() == (0, 0) {
            bounds.set(bounds_of_this_thread());
        }
        bounds.get()
    });
    // A stack that somebody else made (a coroutine's) is not known
    if !(low..high).contains(&here) {
        return Ok(());
    }
    let needed = words.saturating_mul(size_of::<u64>());
    let left = (here - low).saturating_sub(RESERVE);
    if needed <= left {
        return Ok(());
    }
    let message = format!(
        "expected arguments of at most {left} bytes, which is what this thread's stack has left, found {needed} bytes; \
         pass a pointer, or call from a thread with a larger stack"
    );
    Err(Error::new(ErrorKind::TooLarge, message))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn bounds_of_this_thread() -> (usize, usize) {
    let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: the attributes are initialised by the first call, where it returns 0, and destroyed once; the two places
    // that are written are ours
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return (usize::MAX, usize::MAX);
        }
        let (mut low, mut size) = (std::ptr::null_mut(), 0);
        let found = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut low, &raw mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        match found {
            0 => (low.addr(), low.addr().saturating_add(size)),
            _ => (usize::MAX, usize::MAX),
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn bounds_of_this_thread() -> (usize, usize) {
    (usize::MAX, usize::MAX)
}
