//! The front door of the preprocessor.

use super::Ffi;
use crate::cdef;
use crate::error::{Result, Source};

impl Ffi {
    /// Looks for headers in this folder, too: behind those that were added before, in front of the system's.
    pub fn add_include_folder(&self, path: &str) -> Result<()> {
        cdef::add_include_folder(&self.scope, path)
    }

    /// Looks for no headers of the system: only for those that come with this crate, and in the folders that are added.
    pub fn without_system_headers(self) -> Result<Ffi> {
        cdef::search_only(&self.scope)?;
        Ok(self)
    }

    /// Defines a macro for all texts to come, as `#define` does; `NAME(x)` has a parameter.
    pub fn define(&self, name: &str, value: &str) -> Result<()> {
        cdef::define(&self.scope, name, value)
    }

    /// Takes a macro away, as `#undef` does.
    pub fn undefine(&self, name: &str) -> Result<()> {
        cdef::undefine(&self.scope, name)
    }

    /// A text with its macros expanded and its headers included, as `cc -E` prints it; what it defines stays defined.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// let text = ffi.expand("<text>", "#define TWICE(x) x, x\nint f(TWICE(int));\n", false)?;
    /// assert_eq!(text, "int f(int, int);\n");
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn expand(&self, name: &str, text: &str, markers: bool) -> Result<String> {
        cdef::expand(&self.scope, &Source::new(name, text), markers)
    }

    /// Every macro that is defined: its name, and what stands behind `#define`.
    pub fn macros(&self) -> Result<Vec<(String, String)>> {
        cdef::definitions(&self.scope)
    }
}
