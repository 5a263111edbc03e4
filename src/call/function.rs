//! A function of C, called with arguments that are converted and checked.

use super::arguments::Arguments;
use super::bound::Bound;
use super::exact::Exact;
use super::format::Formats;
use super::ready::{About, Ready};
use super::result::Fetched;
use super::running::{Errno, Inner, Nothing};
use super::tail::Tails;
use crate::abi::CallPlan;
use crate::cdata::HeldMut;
use crate::convert::FromC;
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::types::{FormatRule, ParameterTail, Scope, Type, show_named};
use std::ffi::c_void;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

/// A function of C. Cheap to clone; its library stays loaded as long as it lives.
#[derive(Clone)]
pub struct Function(pub(super) Arc<Inner>);

/// A function whose calls tell `errno`.
pub struct WithErrno<'f>(&'f Function);

impl Function {
    pub(super) fn new(
        scope: &Arc<Scope>,
        name: &str,
        ty: &Type,
        address: NonNull<c_void>,
        library: Option<Library>,
        format: Option<FormatRule>,
    ) -> Result<Function> {
        let function = ty.as_function().ok_or_else(|| {
            Error::new(ErrorKind::Declaration, format!("'{name}' is no function: it is a '{ty}'"))
        })?;
        let variadic = function.tail != ParameterTail::Closed;
        let about = |error: Error| {
            Error::new(
                error.kind(),
                format!("'{}' cannot be called: {}", show_named(ty, name), error.message()),
            )
        };
        let ready = Ready::new(scope, function, &[], variadic).map_err(about)?;
        let result = Fetched::new(scope, &function.result, &ready)?;
        let format = format.filter(|_| variadic);
        let is_open = library.as_ref().is_none_or(Library::is_open_to_all);
        let is_quick = format.is_none() && is_open && ready.prepared.fits_inline();
        let count = ready.plain.len();
        let exact = Exact::of(&ready, result.byte).filter(|_| is_quick);
        Ok(Function(Arc::new(Inner {
            exact: exact.unwrap_or(Exact::NEVER),
            quick_count: if is_quick { count } else { usize::MAX },
            scalar_count: if is_quick && result.is_scalar() { count } else { usize::MAX },
            typed_count: if is_quick { count << 8 | usize::from(result.byte) } else { usize::MAX },
            about: About { name: name.into(), scope: scope.clone() },
            ty: ty.clone(),
            function: function.clone(),
            address,
            ready,
            tails: Tails::default(),
            result,
            library,
            format,
            formats: Formats::default(),
        })))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.about.name
    }

    /// Its type.
    pub fn as_type(&self) -> &Type {
        &self.0.ty
    }

    /// Its address.
    pub fn address(&self) -> *const c_void {
        self.0.address.as_ptr()
    }

    /// Which of its parameters is a format, and what the format describes.
    pub fn format_rule(&self) -> Option<FormatRule> {
        self.0.format
    }

    /// Calls it. The arguments are converted to the types of its prototype, the result to what is asked for; what
    /// does not fit is an error.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("int snprintf(char *to, size_t size, const char *format, ...);")?;
    /// let snprintf = ffi.process().function("snprintf")?;
    /// let mut text = ffi.alloc_array("char", 20)?;
    /// let n: i32 = unsafe { snprintf.call((&mut text, 20, "%d and %g", 42, 0.5))? };
    /// assert_eq!((n, text.get::<String>("")?.as_str()), (10, "42 and 0.5"));
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    ///
    /// # Safety
    ///
    /// The declaration tells the truth about the function at this address, and the function does with these arguments
    /// nothing that C does not allow: it keeps to the memory it was lent, and keeps no pointer to it after it returned.
    #[inline]
    pub unsafe fn call<R: FromC>(&self, arguments: impl Arguments) -> Result<R> {
        // SAFETY: handed on to the caller
        unsafe { self.0.call::<R, _, Nothing>(arguments) }
    }

    /// Calls it, and writes the result into a value of its type: no memory is made, nothing converted.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("typedef struct { int quot, rem; } div_t; div_t div(int, int);")?;
    /// let div = ffi.process().function("div")?;
    /// let mut results = ffi.alloc_array("div_t", 2)?;
    /// unsafe { div.call_into(&mut results.at_mut(1)?, (17, 5))? };
    /// assert_eq!(results.at(1)?.to_string(), "{ .quot = 3, .rem = 2 }");
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    ///
    /// # Safety
    ///
    /// As for [`Function::call`].
    pub unsafe fn call_into(&self, result: &mut impl HeldMut, mut arguments: impl Arguments) -> Result<()> {
        // SAFETY: handed on to the caller
        unsafe { self.0.call_into(result, &mut arguments) }
    }

    /// Writes the arguments of a call that is to be made again and again.
    pub fn bind<'a>(&self, arguments: impl Arguments + 'a) -> Result<Bound<'a>> {
        Bound::new(self, arguments)
    }

    /// Where the arguments of its prototype and its result travel.
    pub fn plan(&self) -> &CallPlan {
        &self.0.ready.plan
    }

    /// The same function, whose calls tell what it left in `errno`.
    pub fn with_errno(&self) -> WithErrno<'_> {
        WithErrno(self)
    }
}

impl WithErrno<'_> {
    /// Calls it, with `errno` zero before. Beside the result comes what the function left in `errno`, read before
    /// anything else ran.
    ///
    /// # Safety
    ///
    /// As for [`Function::call`].
    #[inline]
    pub unsafe fn call<R: FromC>(&self, arguments: impl Arguments) -> Result<(R, i32)> {
        // SAFETY: handed on to the caller
        unsafe { self.0.0.call::<R, _, Errno>(arguments) }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function({}", show_named(&self.0.ty, &self.0.about.name))?;
        match &self.0.library {
            Some(library) => write!(f, " in {})", library.name()),
            None => write!(f, " at {:p})", self.0.address),
        }
    }
}
