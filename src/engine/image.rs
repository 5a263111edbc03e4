//! The block that a call fills: one word for each register and each stack word.

use super::loaders::{self, HEAD_WORDS, Loader, Pair, Wide, store_wide};
use super::prepared::{Place, Prepared, Returns, Slot};
use crate::abi::Extension;
use crate::error::{Error, ErrorKind, Result};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// An image being filled: the arguments of one call, then the call.
pub(crate) struct Image<'a> {
    /// `prepared.image_words()` words, writable for `'a`; the head is written.
    words: NonNull<u64>,
    prepared: &'a Prepared,
    block: PhantomData<&'a mut [MaybeUninit<u64>]>,
}

/// Images up to this size live on the stack of the caller.
pub(super) const INLINE_WORDS: usize = HEAD_WORDS + 38;

/// Larger ones need the heap.
const LARGE_WORDS: usize = 2048;

/// Room for an image on the stack.
pub(crate) struct InlineWords([MaybeUninit<u64>; INLINE_WORDS]);

impl InlineWords {
    /// Room that nothing was written to.
    #[inline(always)]
    pub(crate) fn new() -> InlineWords {
        InlineWords([const { MaybeUninit::uninit() }; INLINE_WORDS])
    }
}

/// The words of an image that is called again and again, and what enters the function with them.
pub(crate) struct OwnWords(Box<[MaybeUninit<u64>]>, Loader);

impl OwnWords {
    /// Calls, and returns `rax`.
    ///
    /// # Safety
    ///
    /// As for `Image::call_general`.
    #[inline(always)]
    pub(crate) unsafe fn call_general(&mut self) -> u64 {
        // SAFETY: handed on to the caller; rax may always be read
        unsafe { self.1.enter(self.0.as_mut_ptr().cast()) }
    }

    /// Calls, and returns the lower 8 bytes of `xmm0`.
    ///
    /// # Safety
    ///
    /// As for `Image::call_vector`.
    #[inline(always)]
    pub(crate) unsafe fn call_vector(&mut self) -> f64 {
        // SAFETY: handed on to the caller; xmm0 may always be read
        unsafe { self.1.enter(self.0.as_mut_ptr().cast()) }
    }

    /// The words of the stack, in order.
    pub(crate) fn stack(&self) -> &[MaybeUninit<u64>] {
        self.0.get(HEAD_WORDS..).unwrap_or_default()
    }

    /// Stores a scalar: its 8 widened bytes.
    ///
    /// # Safety
    ///
    /// The slot comes from the `Prepared` that made these words.
    #[inline(always)]
    pub(crate) unsafe fn store(&mut self, slot: Slot, value: u64) {
        debug_assert!(slot.0 as usize + 8 <= self.0.len() * 8);
        // SAFETY: a `Prepared` hands out only slots inside its images
        unsafe { self.0.as_mut_ptr().byte_add(slot.0 as usize).cast::<u64>().write(value) }
    }
}

impl Prepared {
    /// Words for an image of calls to `target`.
    pub(crate) fn own_words(&self, target: *const c_void) -> OwnWords {
        let mut words = Box::new_uninit_slice(self.image_words());
        Image::over(&mut words, self, target);
        OwnWords(words, self.loader)
    }

    /// An error where the stack of this thread cannot take the words of an image.
    pub(crate) fn check_stack(&self) -> Result<()> {
        if self.image_words() <= LARGE_WORDS { Ok(()) } else { super::stack::check(self.image_words()) }
    }

    /// The image in these words.
    ///
    /// # Safety
    ///
    /// The words were made by this very `Prepared`.
    #[inline(always)]
    pub(crate) unsafe fn image_over<'a>(&'a self, words: &'a mut OwnWords) -> Image<'a> {
        debug_assert!(words.0.len() == self.image_words());
        Image { words: NonNull::from(&mut *words.0).cast(), prepared: self, block: PhantomData }
    }

    /// An image of a call to `target` in this room.
    ///
    /// # Safety
    ///
    /// `fits_inline` said yes.
    #[inline(always)]
    pub(crate) unsafe fn image_that_fits<'a>(
        &'a self,
        words: &'a mut InlineWords,
        target: *const c_void,
    ) -> Image<'a> {
        debug_assert!(self.fits_inline());
        let words = NonNull::from(&mut words.0).cast::<u64>();
        // SAFETY: `InlineWords` has room for the head
        unsafe { loaders::write_head(words.as_ptr(), self, target) };
        Image { words, prepared: self, block: PhantomData }
    }

    /// Lends an image of a call to `target`, on the stack unless it is very large. An error where the stack of this
    /// thread cannot take its words.
    #[inline]
    pub(crate) fn with_image<R>(
        &self,
        target: *const c_void,
        fill: impl FnOnce(&mut Image<'_>) -> Result<R>,
    ) -> Result<R> {
        if self.image_words() <= LARGE_WORDS {
            return self.with_large_image(target, fill);
        }
        self.check_stack()?;
        let mut words = Box::new_uninit_slice(self.image_words());
        fill(&mut Image::over(&mut words, self, target))
    }

    /// Out of line: whoever needs less stack should not probe for this much.
    #[inline(never)]
    fn with_large_image<R>(&self, target: *const c_void, fill: impl FnOnce(&mut Image<'_>) -> R) -> R {
        let mut words = [const { MaybeUninit::<u64>::uninit() }; LARGE_WORDS];
        fill(&mut Image::over(&mut words, self, target))
    }
}

impl<'a> Image<'a> {
    #[inline(always)]
    fn over(words: &'a mut [MaybeUninit<u64>], prepared: &'a Prepared, target: *const c_void) -> Image<'a> {
        assert!(words.len() >= prepared.image_words());
        let words = NonNull::from(words).cast::<u64>();
        // SAFETY: the assertion above, and an image has at least the words of the head
        unsafe { loaders::write_head(words.as_ptr(), prepared, target) };
        Image { words, prepared, block: PhantomData }
    }

    /// Stores a scalar: its 8 widened bytes.
    ///
    /// # Safety
    ///
    /// The slot comes from the `Prepared` of this image.
    #[inline(always)]
    pub(crate) unsafe fn store(&mut self, slot: Slot, value: u64) {
        debug_assert!(slot.0 as usize + 8 <= self.prepared.image_words() * 8);
        // SAFETY: a `Prepared` hands out only slots inside its images
        unsafe { self.words.as_ptr().byte_add(slot.0 as usize).write(value) }
    }

    /// Writes the bytes of an argument, however it travels; narrow integers are widened.
    #[inline]
    pub(crate) fn write_argument(&mut self, argument: usize, bytes: &[u8]) -> Result<()> {
        let places = &self.prepared.places;
        let Some(&place) = places.get(argument) else { return Err(no_such_argument(argument, places.len())) };
        if bytes.len() != place.size() {
            return Err(wrong_size(argument, place.size(), bytes.len()));
        }
        match place {
            Place::Nothing { .. } => {}
            Place::One { slot, start, extension, .. } => {
                let bytes = bytes.get(start..).unwrap_or_default();
                // SAFETY: the place belongs to the image's own `Prepared`
                unsafe { self.store(slot, word(bytes, extension)) }
            }
            Place::Two { slots: [first, second], .. } => {
                let rest = bytes.get(8..).unwrap_or_default();
                // SAFETY: the place belongs to the image's own `Prepared`
                unsafe {
                    self.store(first, word(bytes, Extension::Zero));
                    self.store(second, word(rest, Extension::Zero));
                }
            }
            Place::Row { slot, .. } => {
                for (index, bytes) in (0u32..).zip(bytes.chunks(8)) {
                    // SAFETY: the row was checked to lie in the image when its `Prepared` was made
                    unsafe { self.store(Slot(slot.0 + 8 * index), word(bytes, Extension::Zero)) }
                }
            }
            Place::Twice { slots: [first, second], extension, .. } => {
                let word = word(bytes, extension);
                // SAFETY: the place belongs to the image's own `Prepared`
                unsafe {
                    self.store(first, word);
                    self.store(second, word);
                }
            }
            Place::Copy { .. } => {
                if let Some(copy) = self.bytes_of(argument) {
                    copy.copy_from_slice(bytes);
                }
            }
        }
        Ok(())
    }

    /// The bytes of an argument that lies in the image as it lies in memory; `None` where it travels otherwise.
    ///
    /// What stands there is zero at first, so that padding tells nothing of other calls.
    pub(crate) fn bytes_of(&mut self, argument: usize) -> Option<&mut [u8]> {
        let (start, size) = match *self.prepared.places.get(argument)? {
            // SAFETY: the row was checked to lie in the image when its `Prepared` was made
            Place::Row { slot, size } => (unsafe { self.words.as_ptr().byte_add(slot.0 as usize) }, size),
            Place::Copy { slot, start, align, size } => {
                // SAFETY: the copy has `align` bytes more in the image than it needs, so that it may start anywhere in them
                let copy = unsafe {
                    let first = self.words.as_ptr().byte_add(start as usize);
                    first.byte_add(first.cast::<u8>().align_offset(align as usize))
                };
                // SAFETY: the place belongs to the image's own `Prepared`
                unsafe { self.store(slot, copy.expose_provenance() as u64) };
                (copy, size)
            }
            _ => return None,
        };
        // SAFETY: as above; an image ends with a word, and nobody else sees it as long as the borrow lives
        unsafe {
            let start = start.cast::<u8>();
            start.write_bytes(0, size.next_multiple_of(8));
            Some(std::slice::from_raw_parts_mut(start, size))
        }
    }

    /// Calls, and writes the bytes of the result, never more. An eightbyte of nothing but padding stays as it was.
    ///
    /// # Safety
    ///
    /// The target is a function of the signature that was prepared; every argument has been written, and all that the
    /// function asks of them holds; `result` is writable for the result's size and aligned as its type.
    #[cfg(test)]
    pub(crate) unsafe fn call(&mut self, result: *mut u8) {
        // SAFETY: handed on to the caller
        unsafe { self.call_then(result, || ()) }
    }

    /// Calls, and returns `rax`: for results of `ResultKind::General` (bytes above the type are rubbish) and `Nothing`.
    ///
    /// # Safety
    ///
    /// As for `call`, and the result is of one of these kinds.
    #[inline(always)]
    pub(crate) unsafe fn call_general(&mut self) -> u64 {
        // SAFETY: the caller vouches for the target and the arguments; rax may always be read
        unsafe { self.prepared.loader.enter(self.words.as_ptr()) }
    }

    /// Calls, and returns the lower 8 bytes of `xmm0`: for results of `ResultKind::Vector`.
    ///
    /// # Safety
    ///
    /// As for `call`, and the result is of this kind.
    #[inline(always)]
    pub(crate) unsafe fn call_vector(&mut self) -> f64 {
        // SAFETY: the caller vouches for the target and the arguments; xmm0 may always be read
        unsafe { self.prepared.loader.enter(self.words.as_ptr()) }
    }

    /// Calls, runs `after` before anything else can happen, and writes the result.
    ///
    /// # Safety
    ///
    /// As for `call`.
    #[inline(always)]
    pub(crate) unsafe fn call_then<T>(&mut self, result: *mut u8, after: impl FnOnce() -> T) -> T {
        let (loader, image) = (self.prepared.loader, self.words.as_ptr());
        // SAFETY: the caller vouches for the target, the arguments and the result's bytes; `Returns` was made from the
        // plan, so the registers read are those in which the function returns
        unsafe {
            match self.prepared.returns {
                Returns::Nothing => {
                    loader.enter::<()>(image);
                    after()
                }
                Returns::Memory { slot } => {
                    image.byte_add(slot.0 as usize).write(result as u64);
                    loader.enter::<()>(image);
                    after()
                }
                Returns::General { start, size } => {
                    let value = loader.enter::<u64>(image);
                    let noted = after();
                    write_part(value, result.add(start), size);
                    noted
                }
                Returns::Vector { start, size } => {
                    let value = loader.enter::<f64>(image);
                    let noted = after();
                    write_part(value.to_bits(), result.add(start), size);
                    noted
                }
                Returns::GeneralGeneral { size } => {
                    let Pair(first, second) = loader.enter::<Pair<u64, u64>>(image);
                    let noted = after();
                    write_two(first, second, result, size);
                    noted
                }
                Returns::VectorVector { size } => {
                    let Pair(first, second) = loader.enter::<Pair<f64, f64>>(image);
                    let noted = after();
                    write_two(first.to_bits(), second.to_bits(), result, size);
                    noted
                }
                Returns::GeneralVector { size } => {
                    let Pair(first, second) = loader.enter::<Pair<u64, f64>>(image);
                    let noted = after();
                    write_two(first, second.to_bits(), result, size);
                    noted
                }
                Returns::VectorGeneral { size } => {
                    let Pair(first, second) = loader.enter::<Pair<f64, u64>>(image);
                    let noted = after();
                    write_two(first.to_bits(), second, result, size);
                    noted
                }
                Returns::Wide { size } => {
                    let value = loader.enter::<Wide>(image);
                    let noted = after();
                    store_wide(value, result, size);
                    noted
                }
                Returns::X87 => {
                    loader.enter_x87(image, result);
                    let noted = after();
                    result.add(10).write_bytes(0, 6);
                    noted
                }
                Returns::ComplexX87 => {
                    loader.enter_x87(image, result);
                    let noted = after();
                    result.add(10).write_bytes(0, 6);
                    result.add(26).write_bytes(0, 6);
                    noted
                }
            }
        }
    }
}

impl Place {
    fn size(self) -> usize {
        match self {
            Place::Nothing { size }
            | Place::One { size, .. }
            | Place::Two { size, .. }
            | Place::Row { size, .. }
            | Place::Twice { size, .. }
            | Place::Copy { size, .. } => size,
        }
    }
}

/// Up to 8 bytes as one word.
#[inline(always)]
fn word(bytes: &[u8], extension: Extension) -> u64 {
    if let Some(whole) = bytes.first_chunk() {
        return u64::from_ne_bytes(*whole);
    }
    match (<&[u8; 4]>::try_from(bytes), extension) {
        (Ok(half), Extension::Sign) => i64::from(i32::from_ne_bytes(*half)) as u64,
        (Ok(half), Extension::Zero) => u64::from(u32::from_ne_bytes(*half)),
        (Err(_), _) => odd_word(bytes, extension),
    }
}

/// Fewer than 8 bytes, byte by byte.
fn odd_word(bytes: &[u8], extension: Extension) -> u64 {
    let is_negative = extension == Extension::Sign && bytes.last().is_some_and(|&top| top >= 0x80);
    let mut widened = if is_negative { [0xff; 8] } else { [0; 8] };
    for (to, from) in widened.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_ne_bytes(widened)
}

/// # Safety
///
/// `result` is writable for `size` bytes, at most 8.
#[inline(always)]
unsafe fn write_part(value: u64, result: *mut u8, size: usize) {
    // SAFETY: the caller vouches for `size` bytes, and a word has 8
    unsafe {
        match size {
            8 => result.cast::<u64>().write_unaligned(value),
            4 => result.cast::<u32>().write_unaligned(value as u32),
            _ => result.copy_from_nonoverlapping((&raw const value).cast::<u8>(), size.min(8)),
        }
    }
}

/// # Safety
///
/// `result` is writable for `size` bytes, 9 to 16.
#[inline(always)]
unsafe fn write_two(first: u64, second: u64, result: *mut u8, size: usize) {
    // SAFETY: the caller vouches for `size` bytes, of which 8 and the rest are written
    unsafe {
        result.cast::<u64>().write_unaligned(first);
        write_part(second, result.add(8), size.saturating_sub(8));
    }
}

#[cold]
fn no_such_argument(argument: usize, count: usize) -> Error {
    let message =
        format!("expected at most {count} arguments, found argument {}", argument.saturating_add(1));
    Error::new(ErrorKind::Arity, message)
}

#[cold]
fn wrong_size(argument: usize, expected: usize, found: usize) -> Error {
    let message =
        format!("expected {expected} bytes for argument {}, found {found}", argument.saturating_add(1));
    Error::new(ErrorKind::Conversion, message)
}
