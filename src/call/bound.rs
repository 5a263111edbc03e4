//! A call whose arguments are written once, then made again and again.

use super::argument::Argument;
use super::arguments::Arguments;
use super::columns::{Columns, Rows};
use super::exact;
use super::format;
use super::function::Function;
use super::ready::{Passing, Ready};
use super::running::{Inner, Nothing, may_return};
use super::scratch::{Scratch, Texts};
use crate::abi::CallPlan;
use crate::cdata::HeldMut;
use crate::convert::FromC;
use crate::engine::{Image, OwnWords, Slot};
use crate::error::Result;
use std::fmt;
use std::sync::Arc;

/// A function with its arguments in place: call it, change one argument, call it again.
///
/// ```
/// let ffi = eightbyte::Ffi::new();
/// ffi.cdef("double hypot(double, double);")?;
/// let libm = unsafe { ffi.load("m")? };
/// let mut hypot = libm.function("hypot")?.bind((3.0, 4.0))?;
/// assert_eq!(unsafe { hypot.call::<f64>()? }, 5.0);
/// hypot.set(0, 0.0)?;
/// assert_eq!(unsafe { hypot.call::<f64>()? }, 4.0);
///
/// let mut lengths = [0.0; 3];
/// unsafe { hypot.call_many(([3.0, 6.0, 9.0].as_slice(), [4.0, 8.0, 12.0].as_slice()), &mut lengths)? };
/// assert_eq!(lengths, [5.0, 10.0, 15.0]);
/// # Ok::<(), eightbyte::Error>(())
/// ```
///
/// What it was given is lent to it as long as it lives.
pub struct Bound<'a> {
    function: Function,
    /// For what stands behind `...`; else the function's own.
    tail: Option<Arc<Ready>>,
    /// Of the right `Ready`, with every argument written.
    words: OwnWords,
    /// What keeps each argument alive, and all of them as they came.
    kept: Box<[Kept<'a>]>,
    #[allow(dead_code, reason = "kept for what the image points to")]
    first: Kept<'a>,
}

/// Where a bound call keeps an argument's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgumentSlot(Slot);

#[derive(Default)]
struct Kept<'a> {
    _value: Option<Box<dyn Anything + 'a>>,
    _texts: Option<Texts>,
}

trait Anything {}
impl<T> Anything for T {}

impl<'a> Bound<'a> {
    pub(super) fn new(function: &Function, arguments: impl Arguments + 'a) -> Result<Bound<'a>> {
        if let Some(library) = &function.0.library {
            library.not_guarded(function.name(), "a bound call", "Function::call")?;
        }
        // It is moved first, and its addresses are taken then
        let mut arguments = Box::new(arguments);
        let tail = function.0.tail_of(&*arguments)?;
        let ready = tail.as_deref().unwrap_or(&function.0.ready);
        ready.prepared.check_stack()?;
        let mut words = ready.prepared.own_words(function.address());
        let mut texts = Scratch::on_heap();
        // SAFETY: this `Prepared` made them
        let mut image = unsafe { ready.prepared.image_over(&mut words) };
        let about = &function.0.about;
        arguments.pass(&mut Passing { image: &mut image, ready, about, scratch: &mut texts })?;
        let kept = (0..ready.parameters.len()).map(|_| Kept::default()).collect();
        let first = Kept { _value: Some(arguments), _texts: texts.into_texts() };
        Ok(Bound { function: function.clone(), tail, words, kept, first })
    }

    /// Its function.
    pub fn function(&self) -> &Function {
        &self.function
    }

    /// Where its arguments travel.
    pub fn plan(&self) -> &CallPlan {
        &self.ready().plan
    }

    /// Changes one argument, counted from 0.
    pub fn set<A: Argument + 'a>(&mut self, index: usize, mut value: A) -> Result<()> {
        let (inner, ready) = (&*self.function.0, self.function.0.ready_or(&self.tail));
        if let Some(&Some((number, slot))) = ready.plain.get(index)
            && exact::byte(number) == A::EXACT
        {
            // SAFETY: the slot was handed out by the `Prepared` that made these words
            unsafe { self.words.store(slot, value.word()) };
            return Ok(());
        }
        if let Some(rule) = inner.format
            && rule.text as usize == index.saturating_add(1)
        {
            let types = ready.parameters.iter().map(|parameter| &parameter.ty);
            format::check_types(rule, &inner.about.name, value.text(), &types.collect::<Vec<_>>())?;
        }
        let mut texts = Scratch::on_heap();
        // SAFETY: this `Prepared` made them, in `new`
        let mut image = unsafe { ready.prepared.image_over(&mut self.words) };
        let mut passing = Passing { image: &mut image, ready, about: &inner.about, scratch: &mut texts };
        passing.one(index, &mut value)?;
        if A::IS_KEPT
            && let Some(kept) = self.kept.get_mut(index)
        {
            *kept = Kept { _value: Some(Box::new(value)), _texts: texts.into_texts() };
        }
        Ok(())
    }

    /// Calls it.
    ///
    /// # Safety
    ///
    /// As for [`Function::call`].
    #[inline]
    pub unsafe fn call<R: FromC>(&mut self) -> Result<R> {
        let (inner, mut image) = self.image();
        // SAFETY: handed on to the caller; every argument was written when it was bound
        unsafe { inner.enter_any::<R, Nothing>(&mut image) }
    }

    /// Calls it, and writes the result into a value of its type.
    ///
    /// # Safety
    ///
    /// As for [`Function::call`].
    pub unsafe fn call_into(&mut self, result: &mut impl HeldMut) -> Result<()> {
        let (inner, mut image) = self.image();
        // SAFETY: handed on to the caller; every argument was written when it was bound
        unsafe { inner.enter_into(&mut image, result) }
    }

    /// Calls it once for each row of these columns, which stand for the first arguments, and writes the results.
    ///
    /// A column is a slice of exactly the parameter's type; `()` leaves an argument as it was bound. Afterwards the
    /// arguments are those of the last row.
    ///
    /// # Safety
    ///
    /// As for [`Function::call`], for every row.
    pub unsafe fn call_many<R: FromC>(&mut self, columns: impl Columns, results: &mut [R]) -> Result<()> {
        let inner = &*self.function.0;
        let ready = inner.ready_or(&self.tail);
        // SAFETY: this `Prepared` made them, in `new`
        let image = unsafe { ready.prepared.image_over(&mut self.words) };
        let mut rows = Rows { ready, about: &inner.about, image };
        columns.check(&rows, results.len())?;
        // One loop for scalars, so that it holds nothing else
        if may_return::<R>(inner.result.byte) {
            for (row, result) in results.iter_mut().enumerate() {
                // SAFETY: the columns were checked and are as long as the results, which are fetched as scalars; handed
                // on to the caller
                unsafe {
                    columns.store(row, &mut rows);
                    *result = inner.enter_scalar::<R, Nothing>(&mut rows.image)?;
                }
            }
            return Ok(());
        }
        for (row, result) in results.iter_mut().enumerate() {
            // SAFETY: as above, for any result
            unsafe {
                columns.store(row, &mut rows);
                *result = inner.enter_any::<R, Nothing>(&mut rows.image)?;
            }
        }
        Ok(())
    }

    /// Where an argument is kept that is one scalar: for [`store`](Bound::store).
    pub fn slot(&self, index: usize) -> Option<ArgumentSlot> {
        let (_, slot) = (*self.ready().plain.get(index)?)?;
        Some(ArgumentSlot(slot))
    }

    /// Stores the 8 widened bytes of a scalar, unchecked: what a language runtime does that knows its types.
    ///
    /// # Safety
    ///
    /// The slot is one of this function's (of this very tail, behind `...`), and the word is a value of the argument's
    /// type, sign- or zero-extended.
    #[inline(always)]
    pub unsafe fn store(&mut self, slot: ArgumentSlot, word: u64) {
        // SAFETY: the caller vouches for the slot
        unsafe { self.words.store(slot.0, word) }
    }

    /// Calls it and gives `rax`, whatever it returns.
    ///
    /// # Safety
    ///
    /// As for [`Function::call`], and it returns nothing, or one integer or pointer.
    #[inline(always)]
    pub unsafe fn call_word(&mut self) -> u64 {
        // SAFETY: handed on to the caller
        unsafe { self.words.call_general() }
    }

    /// Calls it and gives the lower half of `xmm0`, whatever it returns.
    ///
    /// # Safety
    ///
    /// As for [`Function::call`], and it returns one `float` (in the lower half of what comes) or `double`.
    #[inline(always)]
    pub unsafe fn call_double(&mut self) -> f64 {
        // SAFETY: handed on to the caller
        unsafe { self.words.call_vector() }
    }

    fn ready(&self) -> &Ready {
        self.function.0.ready_or(&self.tail)
    }

    #[inline(always)]
    fn image(&mut self) -> (&Inner, Image<'_>) {
        let inner = &*self.function.0;
        let ready = inner.ready_or(&self.tail);
        // SAFETY: the words were made by this `Prepared`, in `new`
        (inner, unsafe { ready.prepared.image_over(&mut self.words) })
    }
}

impl fmt::Debug for Bound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bound({:?})", self.function)
    }
}
