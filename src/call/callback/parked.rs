//! Panics and errors of callbacks on their way home, around frames of C that they cannot pass.

use super::failure::{self, FailureKind, panic_message};
use super::head::Head;
use super::thread::WAITING;
use crate::error::{Error, Result};
use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What a callback could not return to C.
pub(super) enum Failed {
    Panic(Box<dyn Any + Send>),
    Error(Error),
}

struct Parked {
    failed: Failed,
    /// How many calls waited when it was parked: the innermost of them takes it home.
    waiting: i64,
}

thread_local! {
    static PARKED: RefCell<Option<Parked>> = const { RefCell::new(None) };
}

/// Runs a call of C whose caller can take home what its callbacks could not return.
#[inline(always)]
fn waiting_for<R>(call: impl FnOnce() -> Result<R>) -> Result<R> {
    let waiting = Waiting::begin();
    let result = call();
    // What a callback has to say comes first: C was told something that is not so
    waiting.end()?;
    result
}

/// Runs code that calls C by itself, through typed symbols, and takes home what callbacks could not return: an error of
/// a callback becomes this function's error, a panic goes on here.
///
/// ```
/// let ffi = eightbyte::Ffi::new();
/// ffi.cdef("void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));")?;
/// let compare = ffi.callback_dyn("int (*)(const void *, const void *)", |_| {
///     Err(eightbyte::Error::host("no order"))
/// })?;
/// let qsort = ffi.process().function("qsort")?.address();
/// let qsort: unsafe extern "C" fn(*mut i32, usize, usize, *const std::ffi::c_void) =
///     unsafe { std::mem::transmute(qsort) };
/// let mut numbers = [2, 1];
/// let sorted = eightbyte::guard(|| unsafe { qsort(numbers.as_mut_ptr(), 2, 4, compare.address()) });
/// assert!(sorted.unwrap_err().message().contains("no order"));
/// # Ok::<(), eightbyte::Error>(())
/// ```
pub fn guard<R>(call: impl FnOnce() -> R) -> Result<R> {
    waiting_for(|| Ok(call()))
}

/// Somebody in Rust waits for C.
pub(in crate::call) struct Waiting;

impl Waiting {
    #[inline(always)]
    pub(in crate::call) fn begin() -> Waiting {
        WAITING.with(|waiting| waiting.up());
        Waiting
    }

    /// The call has come home.
    #[inline(always)]
    pub(in crate::call) fn end(self) -> Result<()> {
        std::mem::forget(self);
        match WAITING.with(|waiting| waiting.down_marked()) {
            false => Ok(()),
            true => take_home(),
        }
    }
}

/// An exception of C++ or a panic passes through.
impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.with(|waiting| waiting.down_marked());
    }
}

#[cold]
#[inline(never)]
fn take_home() -> Result<()> {
    let waiting = WAITING.with(|waiting| waiting.count()) + 1;
    let found = PARKED.with_borrow_mut(|parked| parked.take_if(|parked| parked.waiting >= waiting));
    let Some(found) = found else { return Ok(()) };
    WAITING.with(|waiting| waiting.mark(false));
    match found.failed {
        Failed::Panic(payload) => resume_unwind(payload),
        Failed::Error(error) => Err(error),
    }
}

/// Keeps what a callback could not return for whoever waits; reports it where nobody does.
#[cold]
#[inline(never)]
pub(super) fn park(head: &Head, failed: Failed) {
    let waiting = WAITING.with(|waiting| waiting.count());
    if waiting == 0 {
        let (kind, message) = match &failed {
            Failed::Panic(payload) => (FailureKind::Panic, panic_message(&**payload)),
            Failed::Error(error) => (FailureKind::Error, error.message().to_owned()),
        };
        failure::report(head, kind, message);
        return discard(failed);
    }
    // The first one is the cause
    let late = PARKED.try_with(|parked| match &mut *parked.borrow_mut() {
        Some(_) => Some(failed),
        empty => {
            *empty = Some(Parked { failed, waiting });
            WAITING.with(|waiting| waiting.mark(true));
            None
        }
    });
    if let Ok(Some(late)) = late {
        discard(late);
    }
}

/// Drops what was thrown, which may throw in turn.
fn discard(failed: Failed) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(failed))) {
        std::mem::forget(again);
    }
}
