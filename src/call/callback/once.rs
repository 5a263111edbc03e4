//! Closures that run once: the callback frees itself.

use super::head::{self, Head};
use super::owner::Callback;
use super::prototype::CallbackType;
use super::typed::{CallbackFn, Outcome};
use crate::cdata::{Native, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::types::Type;
use std::ffi::c_void;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A callback that C calls once. What it holds is dropped after that call; a second one is an error, and once C has it
/// for good, the call of a freed callback.
///
/// Dropped before C has called, it is freed; [`release`](OnceCallback::release) leaves it to C.
///
/// ```
/// let ffi = eightbyte::Ffi::new();
/// let (sender, receiver) = std::sync::mpsc::channel();
/// let done = ffi.callback_once("void (*)(int status)", move |status: i32| {
///     sender.send(status).ok();
///     drop(sender); // `FnOnce`: what it holds is its own
/// })?;
/// let address = done.release(); // C keeps it as long as it likes
/// let call = unsafe { ffi.function_at("void call(int)", address)? };
/// let () = unsafe { call.call((7,))? };
/// assert_eq!(receiver.recv(), Ok(7));
/// assert!(ffi.live_callbacks().is_empty());
/// # Ok::<(), eightbyte::Error>(())
/// ```
pub struct OnceCallback {
    callback: ManuallyDrop<Callback>,
    life: Arc<Life>,
}

/// Who frees the callback: the last of the owner and the call.
struct Life {
    head: AtomicPtr<Head>,
    stage: AtomicU8,
}

const OWNED: u8 = 0;
const RELEASED: u8 = 1;
const CALLED: u8 = 2;

/// A closure that has not run, and the life of its callback.
struct Armed<F> {
    closure: Mutex<Option<F>>,
    life: Arc<Life>,
}

/// A closure that C can call once, of this signature: `FnOnce(A, B) -> R` for `fn(A, B) -> R`.
pub trait OnceFn<Signature: 'static>: Sized {
    /// The same with an error for every other call.
    #[doc(hidden)]
    type Again: 'static;

    /// Arms it.
    #[doc(hidden)]
    fn arm(self, fuse: Fuse) -> impl CallbackFn<Self::Again> + Send + Sync + 'static;
}

/// What a once-callback is armed with.
#[doc(hidden)]
pub struct Fuse(Arc<Life>);

impl CallbackType {
    /// A callback that any thread may call, once.
    #[track_caller]
    pub fn callback_once<S: 'static>(&self, closure: impl OnceFn<S>) -> Result<OnceCallback> {
        let life = Life::new();
        let callback = self.callback(closure.arm(Fuse(life.clone())))?;
        Ok(OnceCallback::new(callback, life))
    }

    /// The same over values, for signatures that are known only at run time.
    #[track_caller]
    pub fn callback_once_dyn(
        &self,
        closure: impl FnOnce(&[Value]) -> Result<Value> + Send + 'static,
    ) -> Result<OnceCallback> {
        let life = Life::new();
        let armed = Armed::new(closure, life.clone());
        let callback = self.callback_dyn(move |values| armed.fire()?(values))?;
        Ok(OnceCallback::new(callback, life))
    }
}

impl OnceCallback {
    fn new(callback: Callback, life: Arc<Life>) -> OnceCallback {
        life.head.store(callback.as_head().as_ptr(), Ordering::Release);
        OnceCallback { callback: ManuallyDrop::new(callback), life }
    }

    /// What C calls. It is good until C has called it, as long as this lives.
    pub fn address(&self) -> *const c_void {
        self.callback.address()
    }

    /// Its number, which reports tell.
    pub fn number(&self) -> u64 {
        self.callback.number()
    }

    /// Its type: that of a pointer to a function.
    pub fn as_type(&self) -> &Type {
        self.callback.as_type()
    }

    /// Leaves it to C, whose call frees it. What C never calls is never freed.
    pub fn release(self) -> *const c_void {
        let address = self.address();
        let this = ManuallyDrop::new(self);
        // SAFETY: it is not used again
        let life = unsafe { std::ptr::read(&this.life) };
        life.end(RELEASED, CALLED);
        address
    }
}

impl Drop for OnceCallback {
    fn drop(&mut self) {
        // Whether it was called or not: what it frees is not freed by a call, which is the other's part only once released
        // SAFETY: nobody else frees it, and it is not used again
        unsafe { ManuallyDrop::drop(&mut self.callback) }
    }
}

impl fmt::Debug for OnceCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.callback, f)
    }
}

impl Life {
    fn new() -> Arc<Life> {
        Arc::new(Life { head: AtomicPtr::new(null_mut()), stage: AtomicU8::new(OWNED) })
    }

    /// One of the two parts is over; frees the callback if the other one is as well.
    fn end(&self, part: u8, other: u8) {
        if self.stage.swap(part, Ordering::AcqRel) == other
            && let Some(head) = NonNull::new(self.head.load(Ordering::Acquire))
        {
            // SAFETY: the owner has released it and its one call has begun: each part ends once, this is the later one
            unsafe { head::free(head) }
        }
    }
}

impl<F> Armed<F> {
    fn new(closure: F, life: Arc<Life>) -> Armed<F> {
        Armed { closure: Mutex::new(Some(closure)), life }
    }

    /// The closure, for the one call.
    fn fire(&self) -> Result<F> {
        let closure = self.closure.lock().unwrap_or_else(PoisonError::into_inner).take();
        let closure = closure.ok_or_else(|| {
            Error::new(ErrorKind::Callback, "expected to be called once, found a second call")
        })?;
        // Freed while it runs, it ends when it has returned
        self.life.end(CALLED, RELEASED);
        Ok(closure)
    }
}

macro_rules! closures {
    ($(($($name:ident $value:ident)*);)*) => {$(
        impl<Closure, $($name: Native,)* Output: Outcome> OnceFn<fn($($name),*) -> Output> for Closure
        where
            Closure: FnOnce($($name),*) -> Output + Send + 'static,
        {
            type Again = fn($($name),*) -> Output::Fallible;

            fn arm(self, fuse: Fuse) -> impl CallbackFn<Self::Again> + Send + Sync + 'static {
                let armed = Armed::new(self, fuse.0);
                move |$($value: $name),*| -> Output::Fallible {
                    armed.fire().and_then(|closure| closure($($value),*).into_result()).into()
                }
            }
        }
    )*};
}

closures! {
    ();
    (A a);
    (A a B b);
    (A a B b C c);
    (A a B b C c D d);
    (A a B b C c D d E e);
    (A a B b C c D d E e F f);
    (A a B b C c D d E e F f G g);
    (A a B b C c D d E e F f G g H h);
}
