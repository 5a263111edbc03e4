//! How a library is loaded.

use super::threads::ThreadPolicy;

/// How a library is loaded; see [`Ffi::load_with`](crate::Ffi::load_with).
///
/// ```
/// use eightbyte::{Ffi, LoadOptions, ThreadPolicy};
/// let ffi = Ffi::new();
/// let options = LoadOptions::new().now().threads(ThreadPolicy::Serialized);
/// let libm = unsafe { ffi.load_with("m", options)? };
/// let cos = libm.function("double cos(double)")?;
/// assert_eq!(unsafe { cos.call::<f64>((0.0,))? }, 1.0);
/// # Ok::<(), eightbyte::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    pub(super) global: bool,
    pub(super) now: bool,
    pub(super) deep_bind: bool,
    pub(super) no_load: bool,
    pub(super) no_delete: bool,
    pub(super) threads: ThreadPolicy,
}

impl LoadOptions {
    /// Symbols for this library alone, bound when they are first used, callable from any thread.
    pub const fn new() -> LoadOptions {
        LoadOptions {
            global: false,
            now: false,
            deep_bind: false,
            no_load: false,
            no_delete: false,
            threads: ThreadPolicy::Any,
        }
    }

    /// Libraries loaded later, and [`Ffi::process`](crate::Ffi::process), find its symbols. (Windows knows nothing such.)
    pub const fn global(self) -> LoadOptions {
        LoadOptions { global: true, ..self }
    }

    /// A function that the library needs is looked for when it is first called, as by default.
    pub const fn lazy(self) -> LoadOptions {
        LoadOptions { now: false, ..self }
    }

    /// All that the library needs is looked for at once: what is missing is an error of the loading.
    pub const fn now(self) -> LoadOptions {
        LoadOptions { now: true, ..self }
    }

    /// The library prefers its own symbols to those of the same names that are global already. Only glibc can.
    pub const fn deepbind(self) -> LoadOptions {
        LoadOptions { deep_bind: true, ..self }
    }

    /// Only a library that is loaded already will do.
    pub const fn no_load(self) -> LoadOptions {
        LoadOptions { no_load: true, ..self }
    }

    /// The library stays loaded for ever: for those that cannot be unloaded, because they leave threads or handlers behind.
    pub const fn no_delete(self) -> LoadOptions {
        LoadOptions { no_delete: true, ..self }
    }

    /// Which threads may call it.
    pub const fn threads(self, policy: ThreadPolicy) -> LoadOptions {
        LoadOptions { threads: policy, ..self }
    }
}
