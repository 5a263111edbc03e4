//! Who owns a callback, and for how long.

use super::head::{self, Head, WhenFreed};
use super::prototype::CallbackType;
use super::typed::CallbackFn;
use crate::convert::{Destination, ToC};
use crate::engine;
use crate::error::{Error, ErrorKind, Result};
use crate::types::{Scope, Type};
use std::ffi::c_void;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// A closure that C can call. It is freed when this is dropped; when C calls it afterwards, that is reported.
///
/// It is passed to a call as `&callback` (C may keep the address as long as this lives), or itself (the callback then
/// lives as long as the call), and can be stored in a member or an element of its type.
///
/// ```
/// use std::ffi::{c_int, c_void};
/// let ffi = eightbyte::Ffi::new();
/// ffi.cdef("void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));")?;
/// let compare = ffi.callback("int (*)(const void *, const void *)", |a: *const c_void, b: *const c_void| -> c_int {
///     let (a, b) = unsafe { (*a.cast::<c_int>(), *b.cast::<c_int>()) };
///     a.cmp(&b) as c_int
/// })?;
/// let mut numbers = [3, 1, 2];
/// let () = unsafe { ffi.process().function("qsort")?.call((&mut numbers, 3, 4, &compare))? };
/// assert_eq!(numbers, [1, 2, 3]);
/// # Ok::<(), eightbyte::Error>(())
/// ```
pub struct Callback {
    head: NonNull<Head>,
}

// SAFETY: its closure is `Send` and `Sync`, or is run only in its own thread and dropped there by a `LocalCallback`; a
// head is shared by design
unsafe impl Send for Callback {}
// SAFETY: as for `Send`
unsafe impl Sync for Callback {}

/// A [`Callback`] whose closure stays in the thread that made it: a call from another thread is refused.
///
/// ```compile_fail,E0277
/// let ffi = eightbyte::Ffi::new();
/// let callback = ffi.callback_local("void (*)(void)", || {}).unwrap();
/// std::thread::spawn(move || drop(callback));
/// ```
pub struct LocalCallback {
    callback: Callback,
    not_send: PhantomData<*const ()>,
}

/// A callback that is never freed.
#[derive(Clone, Copy)]
pub struct StaticCallback {
    head: &'static Head,
}

// SAFETY: as for `Callback`
unsafe impl Send for StaticCallback {}
// SAFETY: as for `Callback`
unsafe impl Sync for StaticCallback {}

/// A callback that has not been freed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LiveCallback {
    /// Its number: they count up.
    pub number: u64,
    /// Its type.
    pub declaration: String,
    /// Where it was made.
    pub made_at: &'static Location<'static>,
    /// What C calls.
    pub address: *const c_void,
}

impl CallbackType {
    /// A callback that any thread may call.
    #[inline]
    #[track_caller]
    pub fn callback<S: 'static>(
        &self,
        closure: impl CallbackFn<S> + Send + Sync + 'static,
    ) -> Result<Callback> {
        self.typed(closure, false)
    }

    /// A callback that only this thread may call.
    #[inline]
    #[track_caller]
    pub fn callback_local<S: 'static>(&self, closure: impl CallbackFn<S> + 'static) -> Result<LocalCallback> {
        Ok(self.typed(closure, true)?.local())
    }

    /// Lends a callback whose closure borrows, for as long as `body` runs; only this thread may call it.
    #[track_caller]
    pub fn with_callback<S: 'static, R>(
        &self,
        closure: impl CallbackFn<S>,
        body: impl FnOnce(&Callback) -> R,
    ) -> Result<R> {
        let scoped = Scoped(std::mem::ManuallyDrop::new(self.typed(closure, true)?));
        Ok(body(&scoped.0))
    }

    #[inline]
    #[track_caller]
    fn typed<S: 'static, F: CallbackFn<S>>(&self, closure: F, is_bound: bool) -> Result<Callback> {
        let entrance = self.entrance::<F, S>(is_bound)?;
        Ok(Callback { head: head::install(&self.prototype, closure, entrance, Location::caller())? })
    }
}

/// A callback whose closure ends here, whatever happens.
struct Scoped(std::mem::ManuallyDrop<Callback>);

impl Drop for Scoped {
    fn drop(&mut self) {
        // SAFETY: nobody else ends it; what runs in this thread now began before the closure was there or is the
        // closure's caller, and other threads were refused
        unsafe { head::free_now(self.0.head) }
    }
}

impl Callback {
    /// # Safety
    ///
    /// The head is that of a callback which nobody else ends.
    pub(super) unsafe fn of(head: NonNull<Head>) -> Callback {
        Callback { head }
    }

    pub(super) fn local(self) -> LocalCallback {
        LocalCallback { callback: self, not_send: PhantomData }
    }

    pub(super) fn as_head(&self) -> NonNull<Head> {
        self.head
    }

    #[inline(always)]
    pub(super) fn head(&self) -> &Head {
        // SAFETY: the head lives at least as long as its callback
        unsafe { self.head.as_ref() }
    }

    /// What C calls. It is good as long as the callback lives.
    #[inline]
    pub fn address(&self) -> *const c_void {
        self.head().address()
    }

    /// Its number, which reports tell.
    pub fn number(&self) -> u64 {
        self.head().number.load(Relaxed)
    }

    /// Its type: that of a pointer to a function.
    pub fn as_type(&self) -> &Type {
        &self.head().prototype.ty
    }

    /// What C gets when the closure panics or returns an error, instead of zero. It can be set once.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// let callback = ffi.callback("int (*)(int)", |n: i32| 100 / n)?.with_fallback(-1)?;
    /// let function = unsafe { ffi.function_at("int divide(int)", callback.address())? };
    /// assert_eq!(unsafe { function.call::<i32>((5,))? }, 20);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn with_fallback(self, value: impl ToC) -> Result<Callback> {
        self.set_fallback(&value)?;
        Ok(self)
    }

    fn set_fallback(&self, value: &dyn ToC) -> Result<()> {
        let head = self.head();
        let prototype = &head.prototype;
        let about = |error: Error| head.about(error);
        let (Some(result), Some(scope)) = (&prototype.result, prototype.scope.upgrade()) else {
            let message = "expected a callback that returns something, to have a fallback";
            return Err(about(Error::new(ErrorKind::Callback, message)));
        };
        let mut bytes = vec![0; result.size];
        value
            .to_c(&mut Destination { bytes: &mut bytes, bits: None, ty: &result.ty, scope: &scope })
            .map_err(about)?;
        head.fallback.set(bytes.into()).map_err(|_| {
            about(Error::new(ErrorKind::Callback, "expected to set one fallback, found a second one"))
        })
    }

    /// What happens when C calls it after it was freed.
    #[must_use]
    pub fn when_freed(self, then: WhenFreed) -> Callback {
        self.head().when_freed.store(then as u8, Relaxed);
        self
    }

    /// Never frees it.
    pub fn into_static(self) -> StaticCallback {
        let callback = std::mem::ManuallyDrop::new(self);
        // SAFETY: a head lives as long as its callback, which nobody frees any more
        StaticCallback { head: unsafe { callback.head.as_ref() } }
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        // SAFETY: it owns the callback, which so ends once
        unsafe { head::free(self.head) }
    }
}

impl LocalCallback {
    /// As [`Callback::with_fallback`].
    pub fn with_fallback(self, value: impl ToC) -> Result<LocalCallback> {
        self.callback.set_fallback(&value)?;
        Ok(self)
    }

    /// As [`Callback::when_freed`].
    #[must_use]
    pub fn when_freed(self, then: WhenFreed) -> LocalCallback {
        self.callback.head().when_freed.store(then as u8, Relaxed);
        self
    }

    /// Never frees it. Still, only its own thread may call it.
    pub fn into_static(self) -> StaticCallback {
        self.callback.into_static()
    }
}

impl Deref for LocalCallback {
    type Target = Callback;
    #[inline]
    fn deref(&self) -> &Callback {
        &self.callback
    }
}

impl StaticCallback {
    /// What C calls.
    pub fn address(&self) -> *const c_void {
        self.head.address()
    }

    /// Its number, which reports tell.
    pub fn number(&self) -> u64 {
        self.head.number.load(Relaxed)
    }

    /// Its type: that of a pointer to a function.
    pub fn as_type(&self) -> &Type {
        &self.head.prototype.ty
    }
}

/// Every callback that was made with these declarations and not freed.
pub(crate) fn live(scope: &Arc<Scope>) -> Vec<LiveCallback> {
    let mut live = Vec::new();
    engine::for_each_live_stub(|address, context| {
        // SAFETY: contexts are heads, which stay while the engine shows them
        let head = unsafe { context.cast::<Head>().as_ref() };
        if std::ptr::eq(head.prototype.scope.as_ptr(), Arc::as_ptr(scope)) {
            live.push(LiveCallback {
                number: head.number.load(Relaxed),
                declaration: head.prototype.declaration.to_string(),
                made_at: head.made_at,
                address,
            });
        }
    });
    live.sort_by_key(|callback| callback.number);
    live
}

fn show(f: &mut fmt::Formatter<'_>, head: &Head) -> fmt::Result {
    write!(
        f,
        "Callback({} '{}', made at {})",
        head.number.load(Relaxed),
        head.prototype.declaration,
        head.made_at
    )
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.head())
    }
}

impl fmt::Debug for LocalCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.head())
    }
}

impl fmt::Debug for StaticCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.head)
    }
}
