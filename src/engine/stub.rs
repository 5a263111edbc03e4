//! Stubs: addresses that C can call, each with a context and a target of its own.
//!
//! A stub's code never changes: it loads the two words of its slot, which lies one page further on. Slots that are given
//! back wait behind many others before they serve again, and until then lead to whoever reports such calls.

use super::stub_pages::{self, PAGE};
use crate::error::{Error, ErrorKind, Result};
use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed, Ordering::Release};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where a stub puts its context before it goes to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContextRegister {
    /// The argument register of this index, which the signature leaves free: 0 to 5.
    Argument(u8),
    /// The register that carries no argument: for `generic_entry`.
    Spare,
}

/// An address that C can call. It is given back only by `retire`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stub(NonNull<Slot>);

// SAFETY: the words of a slot are atomic, and all else about it is done under the lock of its pool
unsafe impl Send for Stub {}
// SAFETY: as for `Send`
unsafe impl Sync for Stub {}

/// What a stub loads; as large as the stub.
#[repr(C)]
struct Slot {
    context: AtomicPtr<c_void>,
    target: AtomicPtr<c_void>,
    /// The slot that was given back after this one.
    next: AtomicPtr<Slot>,
    is_live: AtomicUsize,
}

/// Bytes of a stub, and of its slot.
const STRIDE: usize = 32;
const STUBS: usize = PAGE / STRIDE;
const _: () = assert!(size_of::<Slot>() == STRIDE);

/// So many slots are given back after one before it serves again.
const QUARANTINE: usize = 4096;

/// Pages are mapped in growing numbers, up to this.
const MOST_PAIRS: usize = 64;

/// One for each register that stubs put their context in.
static POOLS: [Mutex<Pool>; 7] = [const { Mutex::new(Pool::EMPTY) }; 7];

pub(super) struct Pool {
    /// Where pairs of pages start, and how many follow each other there.
    regions: Vec<(usize, usize)>,
    /// So many slots of the last region were handed out.
    used: usize,
    oldest: *mut Slot,
    newest: *mut Slot,
    waiting: usize,
}

// SAFETY: its pointers are to slots, which are never unmapped and are shared by design
unsafe impl Send for Pool {}

/// A stub that is ready to be called.
pub(crate) struct Fresh {
    pub(crate) stub: Stub,
    /// The context that the slot was retired with, which nothing refers to any more.
    pub(crate) previous: Option<NonNull<c_void>>,
}

/// Makes a stub that goes to `target` with `context` in a register.
pub(crate) fn allocate(
    register: ContextRegister,
    context: NonNull<c_void>,
    target: *const c_void,
) -> Result<Fresh> {
    let mut pool = lock(register);
    let (slot, previous) = match pool.pop() {
        Some(slot) => (slot, NonNull::new(slot.context.load(Relaxed))),
        None => (pool.unused(register)?, None),
    };
    slot.context.store(context.as_ptr(), Relaxed);
    slot.target.store(target.cast_mut(), Release);
    slot.is_live.store(1, Relaxed);
    Ok(Fresh { stub: Stub(NonNull::from(slot)), previous })
}

impl Stub {
    /// What C calls.
    #[inline(always)]
    pub(crate) fn address(self) -> *const c_void {
        self.0.as_ptr().wrapping_byte_sub(PAGE).cast()
    }

    /// Calls go to `target` from now on, with the same context.
    ///
    /// # Safety
    ///
    /// The stub was allocated and has not been retired since.
    pub(crate) unsafe fn redirect(self, target: *const c_void) {
        // SAFETY: slots are never unmapped
        let slot = unsafe { self.0.as_ref() };
        slot.is_live.store(0, Relaxed);
        slot.target.store(target.cast_mut(), Release);
    }

    /// Gives it back. Calls go on as before until it serves again.
    ///
    /// # Safety
    ///
    /// The stub was allocated for this register and has not been retired since. The context stays alive until
    /// `allocate` returns it as the previous one.
    pub(crate) unsafe fn retire(self, register: ContextRegister) {
        let mut pool = lock(register);
        // SAFETY: slots are never unmapped
        let slot = unsafe { self.0.as_ref() };
        slot.is_live.store(0, Relaxed);
        slot.next.store(ptr::null_mut(), Relaxed);
        // SAFETY: as above
        match unsafe { pool.newest.as_ref() } {
            Some(newest) => newest.next.store(self.0.as_ptr(), Relaxed),
            None => pool.oldest = self.0.as_ptr(),
        }
        pool.newest = self.0.as_ptr();
        pool.waiting += 1;
    }
}

/// Shows the addresses and contexts of all live stubs, whose contexts stay meanwhile: retiring waits.
pub(crate) fn for_each_live(mut show: impl FnMut(*const c_void, NonNull<c_void>)) {
    for pool in &POOLS {
        let pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
        let last = pool.regions.len().saturating_sub(1);
        for (index, &(start, pairs)) in pool.regions.iter().enumerate() {
            let used = if index == last { pool.used } else { pairs * STUBS };
            for slot in (0..used).map(|index| slot_at(start, index)) {
                if slot.is_live.load(Relaxed) == 1
                    && let Some(context) = NonNull::new(slot.context.load(Relaxed))
                {
                    show(Stub(NonNull::from(slot)).address(), context);
                }
            }
        }
    }
}

/// Every pool, held.
pub(super) type Held = [MutexGuard<'static, Pool>; 7];

/// Holds every pool, so that a fork finds none of them half done.
pub(super) fn hold_all() -> Held {
    POOLS.each_ref().map(|pool| pool.lock().unwrap_or_else(PoisonError::into_inner))
}

fn lock(register: ContextRegister) -> MutexGuard<'static, Pool> {
    let index = match register {
        ContextRegister::Argument(index) => usize::from(index.min(5)),
        ContextRegister::Spare => 6,
    };
    POOLS[index].lock().unwrap_or_else(PoisonError::into_inner)
}

/// A slot of a region of pairs.
fn slot_at(start: usize, index: usize) -> &'static Slot {
    let address = start + (index / STUBS) * 2 * PAGE + PAGE + (index % STUBS) * STRIDE;
    // SAFETY: regions hold pairs of pages, the second one for slots, zeroed at first, never unmapped; the index is below
    // the number of slots of the region, as every caller sees to
    unsafe { &*ptr::with_exposed_provenance::<Slot>(address) }
}

impl Pool {
    const EMPTY: Pool =
        Pool { regions: Vec::new(), used: 0, oldest: ptr::null_mut(), newest: ptr::null_mut(), waiting: 0 };

    /// The slot that has waited longest, if enough wait behind it.
    fn pop(&mut self) -> Option<&'static Slot> {
        if self.waiting <= QUARANTINE {
            return None;
        }
        // SAFETY: slots are never unmapped
        let slot = unsafe { self.oldest.as_ref() }?;
        self.oldest = slot.next.load(Relaxed);
        if self.oldest.is_null() {
            self.newest = ptr::null_mut();
        }
        self.waiting -= 1;
        Some(slot)
    }

    /// A slot that nobody had before.
    fn unused(&mut self, register: ContextRegister) -> Result<&'static Slot> {
        let (mut start, mut pairs) = self.regions.last().copied().unwrap_or_default();
        if self.used >= pairs * STUBS {
            pairs = (pairs * 2).clamp(1, MOST_PAIRS);
            start = stub_pages::map(register, pairs)?.as_ptr().expose_provenance();
            self.regions.push((start, pairs));
            self.used = 0;
        }
        self.used += 1;
        Ok(slot_at(start, self.used - 1))
    }
}

/// The error of a machine without stubs, or of a system that refuses them.
#[cold]
pub(super) fn unsupported(why: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("callbacks are not supported here: {why}"))
}
