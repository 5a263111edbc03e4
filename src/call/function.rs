//! A function of C, called with arguments that are converted and checked.

use super::arguments::Arguments;
use super::callback::waiting_for;
use super::format;
use super::ready::{About, Passing, Ready};
use super::scratch::Scratch;
use super::tail::Tails;
use crate::cdata::{CData, Held};
use crate::convert::{FromC, Number, Source};
use crate::engine::{self, Image, InlineWords, ResultKind};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Align;
use crate::library::Library;
use crate::types::{self, FormatRule, ParameterTail, Scope, Type, show_named};
use std::ffi::c_void;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

/// A function of C. Cheap to clone; its library stays loaded as long as it lives.
#[derive(Clone)]
pub struct Function(Arc<Inner>);

struct Inner {
    about: About,
    ty: Type,
    function: Arc<types::Function>,
    address: NonNull<c_void>,
    /// For exactly the arguments of the prototype.
    ready: Ready,
    tails: Tails,
    /// What comes back.
    number: Option<Number>,
    kind: ResultKind,
    result_align: Align,
    library: Option<Library>,
    /// Its arguments must fit a format.
    format: Option<FormatRule>,
}

// SAFETY: the address is that of code, which any thread may run; what running it means is the caller's promise
unsafe impl Send for Inner {}
// SAFETY: as for `Send`; everything else in it is shared by design
unsafe impl Sync for Inner {}

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
        let result_align = match function.result.is_void() {
            true => Align::ONE,
            false => types::extent(&function.result, &**scope)?.align,
        };
        Ok(Function(Arc::new(Inner {
            about: About { name: name.into(), scope: scope.clone() },
            ty: ty.clone(),
            function: function.clone(),
            address,
            number: Number::of(&function.result, scope).filter(|number| number.size() <= 8),
            kind: ready.prepared.result_kind(),
            ready,
            tails: Tails::default(),
            result_align,
            library,
            format: format.filter(|_| variadic),
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
    pub unsafe fn call<R: FromC>(&self, mut arguments: impl Arguments) -> Result<R> {
        let inner = &*self.0;
        let (ready, target) = (&inner.ready, inner.address.as_ptr());
        let (mut words, mut scratch) = (InlineWords::new(), Scratch::new());
        if arguments.count() == ready.parameters.len()
            && inner.format.is_none()
            && let Some(mut image) = ready.prepared.inline_image(&mut words, target)
        {
            let about = &inner.about;
            arguments.pass(&mut Passing { image: &mut image, ready, about, scratch: &mut scratch })?;
            // SAFETY: handed on to the caller
            return waiting_for(|| unsafe { inner.enter(&mut image) });
        }
        // SAFETY: handed on to the caller
        inner.fill(&mut arguments, |image| waiting_for(|| unsafe { inner.enter(image) }))
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
    pub unsafe fn call<R: FromC>(&self, mut arguments: impl Arguments) -> Result<(R, i32)> {
        let inner = &*self.0.0;
        // SAFETY: handed on to the caller
        inner.fill(&mut arguments, |image| waiting_for(|| unsafe { inner.enter_noting_errno(image) }))
    }
}

/// Results up to this size need no heap.
const INLINE_RESULT: usize = 64;

#[repr(align(64))]
struct Room([u8; INLINE_RESULT]);

impl Inner {
    /// Writes any number of arguments into an image of any size, then lends it.
    #[inline(never)]
    fn fill<T>(
        &self,
        arguments: &mut impl Arguments,
        call: impl FnOnce(&mut Image<'_>) -> Result<T>,
    ) -> Result<T> {
        let (fixed, found) = (self.function.parameters.len(), arguments.count());
        let tail;
        let ready = if fixed == found {
            &self.ready
        } else if found > fixed && self.function.tail != ParameterTail::Closed {
            tail = self.tails.find(&self.about.scope, &self.function, &self.about.name, arguments)?;
            &*tail
        } else {
            return Err(self.wrong_count(found));
        };
        if let Some(rule) = self.format {
            format::check(rule, &self.about.name, arguments)?;
        }
        let mut scratch = Scratch::new();
        ready.prepared.with_image(self.address.as_ptr(), |image| {
            let about = &self.about;
            arguments.pass(&mut Passing { image, ready, about, scratch: &mut scratch })?;
            call(image)
        })
    }

    #[cold]
    fn wrong_count(&self, found: usize) -> Error {
        let expected = self.function.parameters.len();
        let least = if self.function.tail == ParameterTail::Closed { "" } else { "at least " };
        let plural = if expected == 1 { "" } else { "s" };
        let message = format!(
            "{} takes {least}{expected} argument{plural}, got {found}: {}",
            self.about.name,
            show_named(&self.ty, &self.about.name)
        );
        Error::new(ErrorKind::Arity, message)
    }

    /// # Safety
    ///
    /// As for `Function::call`; the image is of this function, with every argument written.
    #[inline(always)]
    unsafe fn enter<R: FromC>(&self, image: &mut Image<'_>) -> Result<R> {
        let (word, number) = match (self.kind, self.number) {
            // SAFETY: the caller vouches for the call; `kind` is that of the image's own `Prepared`
            (ResultKind::General, Some(number)) => (unsafe { image.call_general() }, number),
            // SAFETY: as above
            (ResultKind::Vector, Some(number)) => (unsafe { image.call_vector() }.to_bits(), number),
            (ResultKind::Nothing, _) if self.function.result.is_void() => {
                // SAFETY: as above
                unsafe { image.call_general() };
                return R::from_c(self.source(&[]));
            }
            // SAFETY: as above
            _ => return unsafe { self.enter_for_bytes(image) },
        };
        match R::from_word(word, number) {
            Some(result) => Ok(result),
            None => self.converted(word, number),
        }
    }

    #[cold]
    fn converted<R: FromC>(&self, word: u64, number: Number) -> Result<R> {
        let bytes = word.to_le_bytes();
        let bytes = bytes.get(..number.size()).unwrap_or_default();
        R::from_c(self.source(bytes)).map_err(|error| self.about_result(error))
    }

    /// # Safety
    ///
    /// As for `enter`.
    #[inline(never)]
    unsafe fn enter_for_bytes<R: FromC>(&self, image: &mut Image<'_>) -> Result<R> {
        // SAFETY: handed on to the caller; the address is that of the room that `with_room` asks for
        let result = self.with_room(|room| unsafe { image.call(room) });
        result.map(|(result, ())| result)
    }

    /// # Safety
    ///
    /// As for `enter`.
    #[inline(never)]
    unsafe fn enter_noting_errno<R: FromC>(&self, image: &mut Image<'_>) -> Result<(R, i32)> {
        self.with_room(|room| {
            engine::set_errno(0);
            // SAFETY: handed on to the caller; the address is that of the room that `with_room` asks for
            unsafe { image.call_with_errno(room) }
        })
    }

    /// Lends room for the result's bytes, aligned as its type, and reads what was written there.
    fn with_room<R: FromC, T>(&self, call: impl FnOnce(*mut u8) -> T) -> Result<(R, T)> {
        let size = self.ready.prepared.result_size();
        if size <= INLINE_RESULT && self.result_align.bytes() <= align_of::<Room>() as u64 {
            let mut room = Room([0; INLINE_RESULT]);
            let noted = call(room.0.as_mut_ptr());
            let bytes = room.0.get(..size).unwrap_or_default();
            let result = R::from_c(self.source(bytes)).map_err(|error| self.about_result(error))?;
            return Ok((result, noted));
        }
        let mut room =
            CData::for_result(&self.about.scope, &self.function.result, size as u64, self.result_align)?;
        let noted = call(room.as_mut_ptr());
        let result = R::from_c(room.source()).map_err(|error| self.about_result(error))?;
        Ok((result, noted))
    }

    fn source<'s>(&'s self, bytes: &'s [u8]) -> Source<'s> {
        Source { bytes, bits: None, ty: &self.function.result, scope: &self.about.scope }
    }

    #[cold]
    fn about_result(&self, error: Error) -> Error {
        Error::new(error.kind(), format!("result of {}: {}", self.about.name, error.message()))
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
