//! Closures over values, for signatures that are known only at run time.

use super::head::{self, Body, Entrance, Head, enter};
use super::owner::{Callback, LocalCallback};
use super::parked::{Failed, park};
use super::prototype::{CallbackType, Passed, Prototype};
use super::tail::CallbackTail;
use super::values::{INLINE_VALUES, Values};
use super::words;
use crate::cdata::Value;
use crate::convert::{Destination, FromC, Source, ToC};
use crate::engine::{Arriving, Incoming, Receive};
use crate::error::{Error, ErrorKind, Result};
use crate::types::{ParameterTail, Scope};
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::Arc;

/// A call that C has made, while it is answered.
pub struct CallbackCall<'c> {
    pub(super) arguments: CallArguments<'c>,
    pub(super) prototype: &'c Prototype,
    pub(super) scope: &'c Arc<Scope>,
}

/// Where arguments are.
#[derive(Clone, Copy)]
pub(super) enum CallArguments<'c> {
    /// Where C put them.
    Arriving(Arriving<'c>),
    /// Copied for another thread.
    Copied(&'c [Box<[u8]>]),
}

/// A call, and where its answer goes.
pub(super) struct Answering<'a, 'c> {
    pub(super) call: &'a CallbackCall<'c>,
    /// The frame of that very call.
    frame: NonNull<c_void>,
}

/// What became of a call: answered, or to be answered by the fallback.
pub(super) struct Answered(Option<u32>);

impl Answered {
    pub(super) const FALLBACK: Answered = Answered(None);
}

/// A closure that is given the whole call.
pub(super) struct Dynamic<F> {
    pub(super) closure: F,
    pub(super) scope: Arc<Scope>,
}

impl CallbackType {
    /// A callback over values, which any thread may call.
    #[track_caller]
    pub fn callback_dyn(
        &self,
        closure: impl Fn(&[Value]) -> Result<Value> + Send + Sync + 'static,
    ) -> Result<Callback> {
        self.over_values::<false, _>(closure, Location::caller())
    }

    /// A callback over values, which only this thread may call.
    #[track_caller]
    pub fn callback_dyn_local(
        &self,
        closure: impl Fn(&[Value]) -> Result<Value> + 'static,
    ) -> Result<LocalCallback> {
        Ok(self.over_values::<true, _>(closure, Location::caller())?.local())
    }

    /// A callback that reads its arguments as it likes, those behind `...` too. Any thread may call it.
    #[track_caller]
    pub fn callback_with(
        &self,
        closure: impl Fn(&CallbackCall<'_>) -> Result<Value> + Send + Sync + 'static,
    ) -> Result<Callback> {
        self.dynamic(
            move |answering: Answering<'_, '_>| answering.owned(closure(answering.call)?),
            false,
            Location::caller(),
        )
    }

    /// The same for this thread alone.
    #[track_caller]
    pub fn callback_with_local(
        &self,
        closure: impl Fn(&CallbackCall<'_>) -> Result<Value> + 'static,
    ) -> Result<LocalCallback> {
        let closure = move |answering: Answering<'_, '_>| answering.owned(closure(answering.call)?);
        Ok(self.dynamic(closure, true, Location::caller())?.local())
    }

    fn over_values<const BOUND: bool, F: Fn(&[Value]) -> Result<Value>>(
        &self,
        closure: F,
        made_at: &'static Location<'static>,
    ) -> Result<Callback> {
        let receive: Receive = match self.prototype.words {
            Some(_) => receive_words::<BOUND, F>,
            None => receive_values::<F>,
        };
        self.received_by(Dynamic { closure, scope: self.scope.clone() }, receive, BOUND, made_at)
    }

    pub(super) fn dynamic<F: Fn(Answering<'_, '_>) -> Result<Answered>>(
        &self,
        closure: F,
        is_bound: bool,
        made_at: &'static Location<'static>,
    ) -> Result<Callback> {
        let closure = Dynamic { closure, scope: self.scope.clone() };
        self.received_by(closure, receive::<F>, is_bound, made_at)
    }

    fn received_by<F>(
        &self,
        closure: Dynamic<F>,
        receive: Receive,
        is_bound: bool,
        made_at: &'static Location<'static>,
    ) -> Result<Callback> {
        let entrance = Entrance { receive, typed: None, is_bound };
        let head = head::install(&self.prototype, closure, entrance, made_at)?;
        // SAFETY: the head was just made and has no other owner
        Ok(unsafe { Callback::of(head) })
    }
}

/// # Safety
///
/// For the engine's generic entry, with a `Body<Dynamic<F>>` as the context.
unsafe extern "C" fn receive<F: Fn(Answering<'_, '_>) -> Result<Answered>>(
    context: NonNull<c_void>,
    frame: NonNull<c_void>,
) -> u32 {
    // SAFETY: the context is this block, which lives while its callback may be called
    let body = unsafe { context.cast::<Body<Dynamic<F>>>().as_ref() };
    // SAFETY: the frame is the generic entry's, of a call by this prototype
    unsafe { answer_call(&body.head, &body.closure.scope, frame, &body.closure.closure) }
}

/// The same for closures over values, whatever they are.
///
/// # Safety
///
/// As for `receive`.
unsafe extern "C" fn receive_values<F: Fn(&[Value]) -> Result<Value>>(
    context: NonNull<c_void>,
    frame: NonNull<c_void>,
) -> u32 {
    // SAFETY: the context is this block, which lives while its callback may be called
    let body = unsafe { context.cast::<Body<Dynamic<F>>>().as_ref() };
    let closure = &body.closure.closure;
    // SAFETY: the frame is the generic entry's, of a call by this prototype
    unsafe { answer_call(&body.head, &body.closure.scope, frame, |call| with_values(call, closure)) }
}

/// The same where all of them are words.
///
/// # Safety
///
/// As for `receive`; the prototype has its `words`.
unsafe extern "C" fn receive_words<const BOUND: bool, F: Fn(&[Value]) -> Result<Value>>(
    context: NonNull<c_void>,
    frame: NonNull<c_void>,
) -> u32 {
    // SAFETY: the context is this block, which lives while its callback may be called
    let body = unsafe { context.cast::<Body<Dynamic<F>>>().as_ref() };
    let (head, dynamic): (&Head, &Dynamic<F>) = (&body.head, &body.closure);
    // SAFETY: `over_values` has looked
    let words = unsafe { head.prototype.words.as_ref().unwrap_unchecked() };
    enter::<BOUND, _, _>(
        head,
        || {
            let mut room = words::EMPTY;
            // SAFETY: the frame is the generic entry's, of a call by this prototype
            ManuallyDrop::new((dynamic.closure)(unsafe { words.read(frame, &mut room) }))
        },
        |outcome| {
            if let Some(outcome) = &outcome
                && let Ok(value) = &**outcome
                // SAFETY: as above
                && unsafe { words.answer(frame, value) }
            {
                return 0;
            }
            // SAFETY: as above
            unsafe { answer_slowly(head, &dynamic.scope, frame, outcome.map(ManuallyDrop::into_inner)) }
        },
    )
}

/// Answers with what does not go the short way.
///
/// # Safety
///
/// The frame is the generic entry's, of a call by the head's prototype.
#[cold]
#[inline(never)]
unsafe fn answer_slowly(
    head: &Head,
    scope: &Arc<Scope>,
    frame: NonNull<c_void>,
    outcome: Option<Result<Value>>,
) -> u32 {
    // SAFETY: handed on to the caller
    let mut incoming = unsafe { Incoming::new(frame, &head.prototype.received) };
    let arguments = CallArguments::Arriving(incoming.arguments());
    let call = CallbackCall { arguments, prototype: &head.prototype, scope };
    let answered = outcome.map(|outcome| (Answering { call: &call, frame }).owned(outcome?));
    finish(head, &mut incoming, answered)
}

/// # Safety
///
/// The frame is the generic entry's, of a call by the head's prototype.
#[inline(always)]
unsafe fn answer_call(
    head: &Head,
    scope: &Arc<Scope>,
    frame: NonNull<c_void>,
    run: impl FnOnce(Answering<'_, '_>) -> Result<Answered>,
) -> u32 {
    let prototype: &Prototype = &head.prototype;
    // SAFETY: handed on to the caller
    let mut incoming = unsafe { Incoming::new(frame, &prototype.received) };
    let call = CallbackCall { arguments: CallArguments::Arriving(incoming.arguments()), prototype, scope };
    enter::<true, _, _>(
        head,
        || run(Answering { call: &call, frame }),
        |outcome| finish(head, &mut incoming, outcome),
    )
}

#[inline(always)]
fn finish(head: &Head, incoming: &mut Incoming<'_>, outcome: Option<Result<Answered>>) -> u32 {
    match outcome {
        Some(Ok(Answered(Some(answered)))) => answered,
        Some(Ok(Answered(None))) | None => head.answer_fallback(incoming),
        Some(Err(error)) => {
            park(head, Failed::Error(head.about(error)));
            head.answer_fallback(incoming)
        }
    }
}

impl Answering<'_, '_> {
    fn incoming(&self) -> Incoming<'_> {
        // SAFETY: `receive` made this with the frame of the call
        unsafe { Incoming::new(self.frame, &self.call.prototype.received) }
    }

    /// Answers with a value that converts to the result's type.
    #[inline(always)]
    pub(super) fn value(&self, value: &Value) -> Result<Answered> {
        let mut incoming = self.incoming();
        if let Some(result) = &self.call.prototype.result {
            if let Some(number) = result.number
                && let Some(word) = value.to_word(number)
                && let Some(done) = incoming.answer_word(word)
            {
                return Ok(Answered(Some(done)));
            }
            return answer_bytes(&mut incoming, self.call, result, value);
        }
        Ok(Answered(Some(incoming.answer(&[]))))
    }

    /// The same with a value of its own; numbers have nothing to drop.
    #[inline(always)]
    fn owned(&self, value: Value) -> Result<Answered> {
        let value = ManuallyDrop::new(value);
        let answered = self.value(&value);
        if let Value::String(_) | Value::Data(_) = *value {
            drop(ManuallyDrop::into_inner(value));
        }
        answered
    }

    /// Answers with the bytes of the result's type.
    pub(super) fn bytes(&self, bytes: &[u8]) -> Answered {
        Answered(Some(self.incoming().answer(bytes)))
    }
}

#[inline(never)]
fn answer_bytes(
    incoming: &mut Incoming<'_>,
    call: &CallbackCall<'_>,
    result: &Passed,
    value: &Value,
) -> Result<Answered> {
    with_bytes(result.size, |bytes| {
        convert_result(value, result, call.scope, bytes)?;
        Ok(Answered(Some(incoming.answer(bytes))))
    })
}

/// A value as the bytes of the result's type.
pub(super) fn convert_result(
    value: &Value,
    result: &Passed,
    scope: &Arc<Scope>,
    bytes: &mut [u8],
) -> Result<()> {
    value
        .to_c(&mut Destination { bytes, bits: None, ty: &result.ty, scope })
        .map_err(|error| Error::new(error.kind(), format!("result: {}", error.message())))
}

/// A closure over all values at once.
fn with_values(
    answering: Answering<'_, '_>,
    closure: &impl Fn(&[Value]) -> Result<Value>,
) -> Result<Answered> {
    match answering.call.count() {
        0..=INLINE_VALUES => {
            let mut values = Values::new();
            values.read(answering.call)?;
            answering.owned(closure(values.all())?)
        }
        count => {
            let value = |index| answering.call.get::<Value>(index);
            let values = (0..count).map(value).collect::<Result<Vec<_>>>()?;
            answering.owned(closure(&values)?)
        }
    }
}

impl<'c> CallbackCall<'c> {
    /// How many arguments the prototype names.
    #[inline(always)]
    pub fn count(&self) -> usize {
        self.prototype.parameters.len()
    }

    /// An argument.
    #[inline(always)]
    pub fn get<T: FromC>(&self, index: usize) -> Result<T> {
        if let CallArguments::Arriving(arriving) = self.arguments
            && let Some(parameter) = self.prototype.parameters.get(index)
            && let Some((number, place)) = parameter.word
            // SAFETY: the place is one of this prototype's `Received`, as is the call
            && let Some(value) = T::from_word(unsafe { arriving.word(place) }, number)
        {
            return Ok(value);
        }
        self.converted(index)
    }

    #[inline(never)]
    pub(super) fn converted<T: FromC>(&self, index: usize) -> Result<T> {
        let parameter = self.prototype.parameters.get(index).ok_or_else(|| {
            let message = format!("expected one of {} arguments, found argument {}", self.count(), index + 1);
            Error::new(ErrorKind::Arity, message)
        })?;
        let about =
            |error: Error| Error::new(error.kind(), format!("argument {}: {}", index + 1, error.message()));
        let read =
            |bytes: &[u8]| T::from_c(Source { bytes, bits: None, ty: &parameter.ty, scope: self.scope });
        match self.arguments {
            CallArguments::Arriving(arriving) => with_bytes(parameter.size, |bytes| {
                arriving.read(index, bytes)?;
                read(bytes)
            }),
            CallArguments::Copied(copies) => read(copies.get(index).map_or(&[][..], |bytes| bytes)),
        }
        .map_err(about)
    }

    /// The arguments as bytes, to be looked at later.
    pub(super) fn copied(&self) -> Result<Vec<Box<[u8]>>> {
        let copy = |(index, parameter): (usize, &Passed)| {
            let mut bytes = vec![0; parameter.size].into_boxed_slice();
            if let CallArguments::Arriving(arriving) = self.arguments {
                arriving.read(index, &mut bytes)?;
            }
            Ok(bytes)
        };
        self.prototype.parameters.iter().enumerate().map(copy).collect()
    }

    /// What stands behind `...`, to be read in order.
    ///
    /// ```
    /// use eightbyte::Value;
    /// let ffi = eightbyte::Ffi::new();
    /// let sum = ffi.callback_type("double (*)(int count, ...)")?.callback_with(|call| {
    ///     let mut tail = call.tail()?;
    ///     let numbers = (0..call.get::<i32>(0)?).map(|_| unsafe { tail.next::<f64>("double") });
    ///     Ok(Value::Float(numbers.sum::<eightbyte::Result<f64>>()?))
    /// })?;
    /// let function = unsafe { ffi.function_at("double sum(int count, ...)", sum.address())? };
    /// assert_eq!(unsafe { function.call::<f64>((3, 1.5, 2.5, 3.0))? }, 7.0);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn tail(&self) -> Result<CallbackTail<'c>> {
        match self.arguments {
            CallArguments::Arriving(arriving) if self.prototype.function.tail != ParameterTail::Closed => {
                Ok(CallbackTail::new(arriving, self.prototype, self.scope))
            }
            _ => {
                let message = format!(
                    "expected a callback whose type ends in '...', found '{}'",
                    self.prototype.declaration
                );
                Err(Error::new(ErrorKind::Arity, message))
            }
        }
    }
}

/// Lends zeroed bytes, on the stack unless they are many.
pub(super) fn with_bytes<R>(size: usize, use_bytes: impl FnOnce(&mut [u8]) -> R) -> R {
    const INLINE: usize = 64;
    match size {
        0..=INLINE => use_bytes([0; INLINE].get_mut(..size).unwrap_or_default()),
        _ => use_bytes(&mut vec![0; size]),
    }
}
