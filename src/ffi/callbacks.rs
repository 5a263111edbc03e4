//! Callbacks and handles: what `Ffi` says of them.

use super::Ffi;
use crate::call::{
    self, Callback, CallbackFn, CallbackType, Handle, LiveCallback, LocalCallback, OnceCallback, OnceFn,
};
use crate::cdata::Value;
use crate::error::Result;
use crate::types::Type;
use std::ffi::c_void;
use std::sync::Arc;
use std::time::Duration;

impl Ffi {
    /// The type of a function, or of a pointer to one, made ready for callbacks.
    pub fn callback_type(&self, declaration: &str) -> Result<CallbackType> {
        CallbackType::new(&self.scope, declaration)
    }

    /// The same from a type that is at hand: a parameter's, a member's.
    pub fn callback_type_of(&self, ty: &Type) -> Result<CallbackType> {
        CallbackType::of(&self.scope, ty)
    }

    /// A function pointer for C that runs a closure. The closure's arguments and result must be those of the declaration;
    /// any thread may call it. To make many of one type, see [`Ffi::callback_type`].
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// let add = ffi.callback("int (*)(int, int)", |a: i32, b: i32| a + b)?;
    /// let function = unsafe { ffi.function_at("int add(int, int)", add.address())? };
    /// assert_eq!(unsafe { function.call::<i32>((2, 3))? }, 5);
    /// assert!(ffi.callback("int (*)(int, int)", |a: i32, b: f64| a + b as i32).is_err());
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    #[track_caller]
    pub fn callback<S: 'static>(
        &self,
        declaration: &str,
        closure: impl CallbackFn<S> + Send + Sync + 'static,
    ) -> Result<Callback> {
        self.callback_type(declaration)?.callback(closure)
    }

    /// The same for this thread alone: the closure need not be `Send`, and a call in another thread is refused.
    #[track_caller]
    pub fn callback_local<S: 'static>(
        &self,
        declaration: &str,
        closure: impl CallbackFn<S> + 'static,
    ) -> Result<LocalCallback> {
        self.callback_type(declaration)?.callback_local(closure)
    }

    /// A callback over values, for signatures that are known only at run time. Any thread may call it.
    ///
    /// ```
    /// use eightbyte::Value;
    /// let ffi = eightbyte::Ffi::new();
    /// let count = ffi.callback_dyn("int (*)(const char *, double)", |values| Ok(Value::Integer(values.len() as i128)))?;
    /// let function = unsafe { ffi.function_at("int count(const char *, double)", count.address())? };
    /// assert_eq!(unsafe { function.call::<i32>(("text", 0.5))? }, 2);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    #[track_caller]
    pub fn callback_dyn(
        &self,
        declaration: &str,
        closure: impl Fn(&[Value]) -> Result<Value> + Send + Sync + 'static,
    ) -> Result<Callback> {
        self.callback_type(declaration)?.callback_dyn(closure)
    }

    /// A callback that C calls once, over an `FnOnce`. See [`OnceCallback`].
    #[track_caller]
    pub fn callback_once<S: 'static>(
        &self,
        declaration: &str,
        closure: impl OnceFn<S>,
    ) -> Result<OnceCallback> {
        self.callback_type(declaration)?.callback_once(closure)
    }

    /// Lends a callback whose closure may borrow, for as long as `body` runs.
    ///
    /// ```
    /// use std::ffi::{c_int, c_void};
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));")?;
    /// let qsort = ffi.process().function("qsort")?;
    /// let (calls, mut numbers) = (std::cell::Cell::new(0), [2, 3, 1]);
    /// let compare = |a: *const c_void, b: *const c_void| -> c_int {
    ///     calls.set(calls.get() + 1);
    ///     unsafe { (*a.cast::<c_int>()).cmp(&*b.cast()) as c_int }
    /// };
    /// ffi.with_callback("int (*)(const void *, const void *)", compare, |compare| unsafe {
    ///     qsort.call::<()>((&mut numbers, 3, 4, compare))
    /// })??;
    /// assert!(numbers == [1, 2, 3] && calls.get() > 1);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    #[track_caller]
    pub fn with_callback<S: 'static, R>(
        &self,
        declaration: &str,
        closure: impl CallbackFn<S>,
        body: impl FnOnce(&Callback) -> R,
    ) -> Result<R> {
        self.callback_type(declaration)?.with_callback(closure, body)
    }

    /// Runs the calls of queued callbacks that wait for this thread, and tells how many. A panic of one goes on here, an
    /// error of one is returned; the rest waits for the next time.
    pub fn pump(&self) -> Result<usize> {
        call::pump(None)
    }

    /// The same; waits for the first one as long as is said.
    pub fn pump_for(&self, wait: Duration) -> Result<usize> {
        call::pump(Some(wait))
    }

    /// Every callback of these declarations that has not been freed, with the place where it was made.
    pub fn live_callbacks(&self) -> Vec<LiveCallback> {
        call::live_callbacks(&self.scope)
    }

    /// A value of the host as a `void *` that C can carry about.
    pub fn handle<T: Send + Sync + 'static>(&self, value: T) -> Result<Handle<T>> {
        Handle::new(value)
    }

    /// The value behind a `void *` that came from [`Ffi::handle`]. One of another type, a freed one and any other
    /// pointer are errors.
    pub fn from_handle<T: Send + Sync + 'static>(&self, pointer: *const c_void) -> Result<Arc<T>> {
        call::find_handle(pointer)
    }
}
