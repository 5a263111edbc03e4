//! How a call runs: the shortest way that its arguments and its result allow.
//!
//! 1. Rust types that are exactly those of the prototype: two words are compared, the arguments stored, the call made.
//! 2. Values of a host that are simple numbers, as many as the prototype has.
//! 3. Anything that is stored without an error: records, texts, slices, numbers that change their width.
//! 4. Everything else: what stands behind `...`, formats, conversions that may fail and say why.

use super::arguments::Arguments;
use super::callback::Waiting;
use super::exact::{self, Code, Exact, Numbers};
use super::format::{self, Formats};
use super::ready::{About, Passing, Ready};
use super::result::Fetched;
use super::scratch::Scratch;
use super::tail::Tails;
use crate::cdata::{CData, HeldMut};
use crate::convert::{FromC, Number, Returned};
use crate::engine::{self, Image, InlineWords};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::types::{self, FormatRule, ParameterTail, Type, show_named};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::Arc;

/// What a `Function` shares with its clones: all that its calls need, computed once.
pub(super) struct Inner {
    /// For calls of exactly its own types.
    pub(super) exact: Exact,
    /// How many arguments a call takes that needs nothing but them; none where there is a format to check, where not
    /// every thread may call at any time, or where the image is too large for the stack.
    pub(super) quick_count: usize,
    /// The same where one scalar comes back in one register; else none.
    pub(super) scalar_count: usize,
    /// The same with the byte of the result below it.
    pub(super) typed_count: usize,
    pub(super) address: NonNull<c_void>,
    pub(super) result: Fetched,
    /// For exactly the arguments of the prototype.
    pub(super) ready: Ready,
    pub(super) tails: Tails,
    pub(super) about: About,
    pub(super) ty: Type,
    pub(super) function: Arc<types::Function>,
    pub(super) library: Option<Library>,
    /// Its arguments must fit a format.
    pub(super) format: Option<FormatRule>,
    /// The formats that fit no further arguments.
    pub(super) formats: Formats,
}

// SAFETY: the address is that of code, which any thread may run; what running it means is the caller's promise
unsafe impl Send for Inner {}
// SAFETY: as for `Send`; everything else in it is shared by design
unsafe impl Sync for Inner {}

/// What a call tells beside its result.
pub(super) trait Noting {
    type Noted;
    /// A result with what was noted.
    type With<R>;
    fn with<R>(result: R, noted: Self::Noted) -> Self::With<R>;
    /// Runs before the function.
    fn before();
    /// Runs right behind the function, before anything else can.
    fn after() -> Self::Noted;
}

/// Nothing beside the result.
pub(super) enum Nothing {}

/// What the function left in `errno`.
pub(super) enum Errno {}

impl Noting for Nothing {
    type Noted = ();
    type With<R> = R;
    #[inline(always)]
    fn with<R>(result: R, (): ()) -> R {
        result
    }
    #[inline(always)]
    fn before() {}
    #[inline(always)]
    fn after() {}
}

impl Noting for Errno {
    type Noted = i32;
    type With<R> = (R, i32);
    #[inline(always)]
    fn with<R>(result: R, noted: i32) -> (R, i32) {
        (result, noted)
    }
    #[inline(always)]
    fn before() {
        engine::set_errno(0);
    }
    #[inline(always)]
    fn after() -> i32 {
        engine::errno()
    }
}

/// The types of a call.
struct Types<R, A>(PhantomData<(R, A)>);

impl<R: FromC, A: Arguments> Types<R, A> {
    const CODE: Option<Code> = match A::CODE {
        Some(code) => code.returning(byte_of::<R>()),
        None => None,
    };
}

/// The byte that a result of this type has in a code.
const fn byte_of<R: FromC>() -> u8 {
    match R::RETURNED {
        Returned::Nothing => exact::NO_RESULT,
        Returned::Scalar(number) => exact::byte(number),
        Returned::Anything => exact::NONE,
    }
}

/// How many arguments and what result, in one word; the result counts where the Rust type decides it.
#[inline(always)]
fn key<R: FromC>(count: usize) -> usize {
    match R::RETURNED {
        Returned::Anything => count,
        _ => count << 8 | byte_of::<R>() as usize,
    }
}

/// Is a result of this byte one that `Inner::enter_scalar` fetches?
#[inline(always)]
pub(super) fn may_return<R: FromC>(byte: u8) -> bool {
    match R::RETURNED {
        Returned::Anything => byte != exact::NONE && byte != exact::NO_RESULT,
        _ => byte == byte_of::<R>(),
    }
}

impl Inner {
    /// # Safety
    ///
    /// As for `Function::call`.
    #[inline(always)]
    pub(super) unsafe fn call<R: FromC, A: Arguments, N: Noting>(
        &self,
        mut arguments: A,
    ) -> Result<N::With<R>> {
        if let Some(code) = Types::<R, A>::CODE
            && code.is(self.exact.code)
        {
            let mut words = InlineWords::new();
            let mut image = self.quick_image(&mut words);
            // SAFETY: the code says that the types are those of the prototype, and `Exact::of` took the slots from it;
            // the caller vouches for the call
            return unsafe {
                arguments.put_exact(&mut self.exact.slots(&mut image));
                self.enter_scalar::<R, N>(&mut image)
            };
        }
        if A::ARE_VALUES && key::<R>(arguments.count()) == self.key_for::<R>() {
            let mut words = InlineWords::new();
            let mut image = self.quick_image(&mut words);
            // SAFETY: the image is this signature's; the key says that there are as many values as parameters
            let mut numbers = unsafe { Numbers::new(&self.ready, &mut image) };
            if arguments.put_numbers(&mut numbers) {
                // SAFETY: handed on to the caller; the result was checked above
                return unsafe { self.enter_scalar::<R, N>(&mut image) };
            }
        }
        // SAFETY: handed on to the caller
        unsafe { self.call_converting::<R, A, N>(&mut arguments) }
    }

    #[inline(always)]
    fn key_for<R: FromC>(&self) -> usize {
        match R::RETURNED {
            Returned::Anything => self.scalar_count,
            _ => self.typed_count,
        }
    }

    /// # Safety
    ///
    /// As for `Function::call`.
    #[inline(never)]
    unsafe fn call_converting<R: FromC, A: Arguments, N: Noting>(
        &self,
        arguments: &mut A,
    ) -> Result<N::With<R>> {
        // SAFETY: the caller vouches for the call; arguments are written before
        let enter = |image: &mut Image<'_>| unsafe { self.enter_any::<R, N>(image) };
        if arguments.count() == self.quick_count {
            let (mut words, mut scratch) = (InlineWords::new(), Scratch::new());
            let mut image = self.quick_image(&mut words);
            let (ready, about) = (&self.ready, &self.about);
            if arguments.put(&mut Passing { image: &mut image, ready, about, scratch: &mut scratch }) {
                return enter(&mut image);
            }
        }
        self.fill(arguments, enter)
    }

    /// Calls, and writes the result where a value of its type is.
    ///
    /// # Safety
    ///
    /// As for `Function::call`.
    pub(super) unsafe fn call_into(
        &self,
        to: &mut impl HeldMut,
        arguments: &mut impl Arguments,
    ) -> Result<()> {
        // SAFETY: handed on to the caller
        self.write(arguments, |image| unsafe { self.enter_into(image, to) })
    }

    /// The same with every argument written.
    ///
    /// # Safety
    ///
    /// As for `Function::call`.
    pub(super) unsafe fn enter_into(&self, image: &mut Image<'_>, to: &mut impl HeldMut) -> Result<()> {
        self.result.check(to, &self.about)?;
        let bytes = to.destination().bytes;
        if self.result.is_aligned(bytes) {
            let waiting = Waiting::begin();
            // SAFETY: handed on to the caller; the place has the size of the result, and its alignment
            unsafe { image.call_then(bytes.as_mut_ptr(), || ()) };
            return waiting.end();
        }
        // SAFETY: handed on to the caller
        let result = unsafe { self.enter::<CData, Nothing>(image) }?;
        bytes.copy_from_slice(result.bytes());
        Ok(())
    }

    /// The signature of a tail, or else its own.
    #[inline(always)]
    pub(super) fn ready_or<'s>(&'s self, tail: &'s Option<Arc<Ready>>) -> &'s Ready {
        match tail {
            Some(tail) => tail,
            None => &self.ready,
        }
    }

    /// The signature of these arguments, where they go on behind the prototype's.
    pub(super) fn tail_of(&self, arguments: &impl Arguments) -> Result<Option<Arc<Ready>>> {
        let (fixed, found) = (self.function.parameters.len(), arguments.count());
        if fixed == found {
            return Ok(None);
        }
        if found < fixed || self.function.tail == ParameterTail::Closed {
            return Err(self.wrong_count(found));
        }
        if let Some(rule) = self.format {
            format::check(rule, &self.about.name, arguments, None)?;
        }
        let found = self.tails.find(&self.about.scope, &self.function, &self.about.name, arguments)?;
        Ok(Some(found.ready().clone()))
    }

    /// Writes the arguments and lends the image.
    fn write<T>(
        &self,
        arguments: &mut impl Arguments,
        call: impl FnOnce(&mut Image<'_>) -> Result<T>,
    ) -> Result<T> {
        if arguments.count() == self.quick_count {
            let (mut words, mut scratch) = (InlineWords::new(), Scratch::new());
            let mut image = self.quick_image(&mut words);
            let (ready, about) = (&self.ready, &self.about);
            if arguments.put(&mut Passing { image: &mut image, ready, about, scratch: &mut scratch }) {
                return call(&mut image);
            }
        }
        self.fill(arguments, call)
    }

    /// An image on the caller's stack, for a function that was found to need no more.
    #[inline(always)]
    fn quick_image<'i>(&'i self, words: &'i mut InlineWords) -> Image<'i> {
        // SAFETY: only functions whose images fit have a code that fits, or a `quick_count`: `Function::new` saw to it
        unsafe { self.ready.prepared.image_that_fits(words, self.address.as_ptr()) }
    }

    /// # Safety
    ///
    /// As for `Function::call`; every argument has been written, and the result is one that `may_return`.
    #[inline(always)]
    pub(super) unsafe fn enter_scalar<R: FromC, N: Noting>(
        &self,
        image: &mut Image<'_>,
    ) -> Result<N::With<R>> {
        // SAFETY: handed on to the caller; what is fetched is the number that the function returns
        unsafe {
            match (R::RETURNED, self.result.number) {
                (Returned::Scalar(number), _) => self.enter_number::<R, N>(number, image),
                (Returned::Nothing, _) => self.enter_number::<R, N>(Number::U64, image),
                // The likely ones are written out, each with what its number decides
                (Returned::Anything, Some(Number::I32)) => self.enter_number::<R, N>(Number::I32, image),
                (Returned::Anything, Some(Number::F64)) => self.enter_number::<R, N>(Number::F64, image),
                (Returned::Anything, _) => self.enter_other_number::<R, N>(image),
            }
        }
    }

    /// # Safety
    ///
    /// As for `enter_scalar`.
    #[inline(never)]
    unsafe fn enter_other_number<R: FromC, N: Noting>(&self, image: &mut Image<'_>) -> Result<N::With<R>> {
        // SAFETY: handed on to the caller
        unsafe { self.enter_number::<R, N>(self.result.number.unwrap_or(Number::U64), image) }
    }

    /// # Safety
    ///
    /// As for `Function::call`; every argument has been written, and the result is this number in one register.
    #[inline(always)]
    unsafe fn enter_number<R: FromC, N: Noting>(
        &self,
        number: Number,
        image: &mut Image<'_>,
    ) -> Result<N::With<R>> {
        N::before();
        let waiting = Waiting::begin();
        // SAFETY: the caller vouches for the call and for what it returns
        let word = unsafe {
            match exact::is_in_vector(number) {
                true => image.call_vector().to_bits(),
                false => image.call_general(),
            }
        };
        let noted = N::after();
        waiting.end()?;
        match R::from_word(word, number) {
            Some(result) => Ok(N::with(result, noted)),
            None => Ok(N::with(self.result.converted(word, number, &self.about)?, noted)),
        }
    }

    /// # Safety
    ///
    /// As for `Function::call`; every argument has been written.
    #[inline(always)]
    pub(super) unsafe fn enter_any<R: FromC, N: Noting>(&self, image: &mut Image<'_>) -> Result<N::With<R>> {
        // SAFETY: handed on to the caller; a scalar is fetched where there is one
        unsafe {
            match may_return::<R>(self.result.byte) {
                true => self.enter_scalar::<R, N>(image),
                false => self.enter::<R, N>(image),
            }
        }
    }

    /// # Safety
    ///
    /// As for `Function::call`; every argument has been written.
    #[inline(never)]
    unsafe fn enter<R: FromC, N: Noting>(&self, image: &mut Image<'_>) -> Result<N::With<R>> {
        let (result, noted) = self.result.fetch(&self.about, |room| {
            N::before();
            let waiting = Waiting::begin();
            // SAFETY: handed on to the caller; the room is large enough for the result, and aligned
            let noted = unsafe { image.call_then(room, N::after) };
            waiting.end().map(|()| noted)
        })?;
        Ok(N::with(result, noted))
    }

    /// Writes any number of arguments into an image of any size, then lends it.
    #[inline(never)]
    pub(super) fn fill<T>(
        &self,
        arguments: &mut impl Arguments,
        call: impl FnOnce(&mut Image<'_>) -> Result<T>,
    ) -> Result<T> {
        let _entered = self.library.as_ref().map(Library::enter).transpose()?;
        let (fixed, found) = (self.function.parameters.len(), arguments.count());
        let tail;
        let (ready, formats) = if fixed == found {
            (&self.ready, Some(&self.formats))
        } else if found > fixed && self.function.tail != ParameterTail::Closed {
            tail = self.tails.find(&self.about.scope, &self.function, &self.about.name, arguments)?;
            (&**tail.ready(), tail.formats())
        } else {
            return Err(self.wrong_count(found));
        };
        if let Some(rule) = self.format {
            format::check(rule, &self.about.name, arguments, formats)?;
        }
        let (address, about) = (self.address.as_ptr(), &self.about);
        if ready.prepared.fits_inline() {
            let (mut words, mut scratch) = (InlineWords::new(), Scratch::new());
            // SAFETY: it was just asked whether it fits
            let mut image = unsafe { ready.prepared.image_that_fits(&mut words, address) };
            arguments.pass(&mut Passing { image: &mut image, ready, about, scratch: &mut scratch })?;
            return call(&mut image);
        }
        ready.prepared.with_image(address, |image| {
            let mut scratch = Scratch::new();
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
}
