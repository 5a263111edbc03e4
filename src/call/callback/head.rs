//! What stands in front of every closure, and how one begins and ends.

use super::failure::{self, CallbackFailure, FailureKind};
use super::parked::{Failed, park};
use super::prototype::Prototype;
use super::thread::{self, RUNNING};
use crate::engine::{self, ContextRegister, Incoming, KeptErrno, Receive, Stub};
use crate::error::{Error, ErrorKind, Result};
use std::alloc::Layout;
use std::cell::RefCell;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

/// What is known of a callback, its closure aside. The engine's entry calls what the first word points to.
#[repr(C)]
pub(super) struct Head {
    receive: AtomicPtr<()>,
    /// The thread that it is bound to; 0 for none.
    pub(super) thread: u64,
    pub(super) prototype: Arc<Prototype>,
    pub(super) made_at: &'static Location<'static>,
    pub(super) number: AtomicU64,
    pub(super) fallback: OnceLock<Box<[u8]>>,
    pub(super) when_freed: AtomicU8,
    /// The stub, once it is there.
    stub: Option<Stub>,
    register: ContextRegister,
    /// Drops the closure.
    finish: unsafe fn(NonNull<Head>),
    /// The whole block.
    layout: Layout,
}

/// A closure behind its head.
#[repr(C)]
pub(super) struct Body<F> {
    pub(super) head: Head,
    pub(super) closure: ManuallyDrop<F>,
}

/// What happens when C calls a callback that was freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum WhenFreed {
    /// The call is reported to the hook; without one, on standard error, and the process aborts.
    Fails = 0,
    /// The call is reported on standard error, and C gets the callback's fallback.
    FallsBack = 1,
}

/// How a callback is entered.
pub(super) struct Entrance {
    /// For the generic entry.
    pub(super) receive: Receive,
    /// An entry of its own, which takes its context in this register.
    pub(super) typed: Option<(ContextRegister, *const c_void)>,
    pub(super) is_bound: bool,
}

/// Puts a closure where C can call it. The block stays until `free`.
pub(super) fn install<F>(
    prototype: &Arc<Prototype>,
    closure: F,
    entrance: Entrance,
    made_at: &'static Location<'static>,
) -> Result<NonNull<Head>> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    KeptErrno::prepare();
    let (register, target) = entrance.typed.unwrap_or_else(|| (ContextRegister::Spare, prototype.entry()));
    let body = Box::new(Body {
        head: Head {
            receive: AtomicPtr::new(entrance.receive as *mut ()),
            thread: if entrance.is_bound { thread::number() } else { 0 },
            prototype: prototype.clone(),
            made_at,
            number: AtomicU64::new(NEXT.fetch_add(1, Relaxed)),
            fallback: OnceLock::new(),
            when_freed: AtomicU8::new(WhenFreed::Fails as u8),
            stub: None,
            register,
            finish: finish::<F>,
            layout: Layout::new::<Body<F>>(),
        },
        closure: ManuallyDrop::new(closure),
    });
    let head = NonNull::from(Box::leak(body)).cast::<Head>();
    match engine::allocate_stub(register, head.cast(), target) {
        Ok(fresh) => {
            // SAFETY: the block was just made, and nobody reads this before the stub's address is known
            unsafe { (&raw mut (*head.as_ptr()).stub).write(Some(fresh.stub)) };
            if let Some(previous) = fresh.previous {
                // SAFETY: contexts are heads, and the engine does not refer to this one any more
                unsafe { dispose(previous.cast()) };
            }
            Ok(head)
        }
        Err(error) => {
            // SAFETY: the block was just made, and nobody else knows it
            unsafe {
                finish::<F>(head);
                dispose(head);
            }
            Err(error)
        }
    }
}

/// # Safety
///
/// The head is that of a `Body<F>`, whose closure is not dropped yet and never used again.
unsafe fn finish<F>(head: NonNull<Head>) {
    // SAFETY: the caller vouches for the body
    unsafe { ManuallyDrop::drop(&mut (*head.cast::<Body<F>>().as_ptr()).closure) }
}

/// Frees a block whose closure has been dropped.
///
/// # Safety
///
/// Nobody refers to the head any more.
unsafe fn dispose(head: NonNull<Head>) {
    // SAFETY: the block was allocated with this layout, by a box; the head is not used again
    unsafe {
        let layout = head.as_ref().layout;
        std::ptr::drop_in_place(head.as_ptr());
        std::alloc::dealloc(head.as_ptr().cast(), layout);
    }
}

thread_local! {
    /// Dropped while callbacks were running in this thread, perhaps themselves.
    static DROPPED: RefCell<Vec<NonNull<Head>>> = const { RefCell::new(Vec::new()) };
}

/// Ends a callback: C gets the report of a freed one from now on. The closure is dropped as soon as no callback runs in
/// this thread.
///
/// # Safety
///
/// The head is of a callback that nobody ends a second time.
pub(super) unsafe fn free(head: NonNull<Head>) {
    // SAFETY: the caller vouches for the head
    unsafe { redirect(head.as_ref()) };
    if RUNNING.try_with(|running| running.count()).unwrap_or(0) > 0 {
        let is_kept = DROPPED.try_with(|dropped| {
            dropped.borrow_mut().push(head);
            RUNNING.with(|running| running.mark(true));
        });
        if is_kept.is_ok() {
            return;
        }
    }
    // SAFETY: nobody calls it any more
    unsafe { end(head) }
}

/// The same for a closure that borrows: it is dropped now.
///
/// # Safety
///
/// As for `free`, and the closure is not running.
pub(super) unsafe fn free_now(head: NonNull<Head>) {
    // SAFETY: the caller vouches for the head
    unsafe {
        redirect(head.as_ref());
        end(head);
    }
}

/// Calls go to the report of a freed callback from now on.
///
/// # Safety
///
/// The callback has not ended.
unsafe fn redirect(head: &Head) {
    head.receive.store(receive_freed as Receive as *mut (), Relaxed);
    if let Some(stub) = head.stub {
        // SAFETY: the stub is this callback's, which has not ended
        unsafe { stub.redirect(engine::generic_entry(head.register, head.prototype.convention)) }
    }
}

/// Drops the closure and gives the stub back, and with it the head.
///
/// # Safety
///
/// The callback was redirected, has not ended, and is not running.
unsafe fn end(head: NonNull<Head>) {
    // SAFETY: the caller vouches for the head
    let (stub, register, finish) =
        unsafe { (head.as_ref().stub, head.as_ref().register, head.as_ref().finish) };
    /// Also where the closure's drop panics.
    struct Retired(Option<Stub>, ContextRegister);
    impl Drop for Retired {
        fn drop(&mut self) {
            if let Some(stub) = self.0 {
                // SAFETY: the stub was allocated with this register and is retired once; the head stays until the
                // engine returns it
                unsafe { stub.retire(self.1) }
            }
        }
    }
    let _retired = Retired(stub, register);
    // SAFETY: nobody calls the closure any more
    unsafe { finish(head) }
}

/// The last callback of this thread has returned, or one of them: drops what was dropped meanwhile, if none runs.
#[cold]
#[inline(never)]
pub(super) fn finish_dropped() {
    if RUNNING.with(|running| running.count()) > 0 {
        return;
    }
    let errno = KeptErrno::read();
    RUNNING.with(|running| running.mark(false));
    let dropped = DROPPED.try_with(|dropped| dropped.take()).unwrap_or_default();
    for head in dropped {
        // SAFETY: `free` put it here instead of ending it, and no callback runs in this thread
        let finished = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| unsafe { end(head) }));
        if let Err(payload) = finished {
            // SAFETY: thousands of others are freed before a head is
            park(unsafe { head.as_ref() }, Failed::Panic(payload));
        }
    }
    errno.restore();
}

/// Where calls of freed callbacks go.
///
/// # Safety
///
/// For the engine's generic entry, with a head as the context.
unsafe extern "C" fn receive_freed(context: NonNull<c_void>, frame: NonNull<c_void>) -> u32 {
    // SAFETY: heads stay alive as long as a stub leads to them
    let head = unsafe { context.cast::<Head>().as_ref() };
    if head.when_freed.load(Relaxed) == WhenFreed::FallsBack as u8 {
        failure::tell(&CallbackFailure {
            number: head.number.load(Relaxed),
            declaration: head.prototype.declaration.to_string(),
            made_at: head.made_at,
            kind: FailureKind::Freed,
            message: String::new(),
        });
    } else {
        failure::report(head, FailureKind::Freed, String::new());
    }
    // SAFETY: the generic entry gave the frame, of a call by this prototype
    let mut incoming = unsafe { Incoming::new(frame, &head.prototype.received) };
    head.answer_fallback(&mut incoming)
}

impl Head {
    /// What C calls.
    #[inline(always)]
    pub(super) fn address(&self) -> *const c_void {
        self.stub.map_or(std::ptr::null(), Stub::address)
    }

    /// Gives C the fallback.
    #[cold]
    #[inline(never)]
    pub(super) fn answer_fallback(&self, incoming: &mut Incoming<'_>) -> u32 {
        match self.fallback.get() {
            Some(bytes) => incoming.answer(bytes),
            None => incoming.answer_zero(),
        }
    }

    /// Refuses a thread that is not its own.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse_thread(&self) {
        let message = "it belongs to the thread that made it, and C called it from another one; \
                       make it with callback (Send + Sync) or callback_queued";
        park(self, Failed::Error(self.about(Error::new(ErrorKind::Callback, message))));
    }

    /// An error, with the callback that it is about.
    pub(super) fn about(&self, error: Error) -> Error {
        let message = format!("callback '{}': {}", self.prototype.declaration, error.message());
        Error::new(error.kind(), message)
    }
}

/// Runs a callback between its two ends: errno stays as it was, and what cannot be returned is parked. `None` where
/// there is nothing to return.
#[inline(always)]
pub(super) fn enter<const BOUND: bool, R, A>(
    head: &Head,
    run: impl FnOnce() -> R,
    answer: impl FnOnce(Option<R>) -> A,
) -> A {
    if BOUND && head.thread != 0 && head.thread != thread::number() {
        let errno = KeptErrno::read();
        head.refuse_thread();
        let answered = answer(None);
        errno.restore();
        return answered;
    }
    let up = RUNNING.with(|running| running.up());
    // Inside of the count: where nothing is called in between, the compiler drops first this and then the count
    let errno = KeptErrno::read();
    let outcome = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(result) => Some(result),
        Err(payload) => {
            park(head, Failed::Panic(payload));
            None
        }
    };
    let answered = answer(outcome);
    errno.restore();
    // The head may be gone after this
    if RUNNING.with(|running| running.down(up)) {
        finish_dropped();
    }
    answered
}
