//! Typed closures: an entry made by the compiler for each signature.

use super::super::symbol::{Check, NativeResult, check_types};
use super::head::{Body, Entrance, Head, enter};
use super::parked::{Failed, park};
use super::prototype::CallbackType;
use crate::cdata::Native;
use crate::engine::{Arriving, Incoming, Receive};
use crate::error::{Error, ErrorKind, Result};
use crate::types::{Function, ParameterTail, Scope, Type};
use std::any::TypeId;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// A closure that C can call, of this signature: `Fn(A, B) -> R` for `fn(A, B) -> R`, where each is a type of C, and
/// `R` may be a `Result` of one.
///
/// # Safety
///
/// `check` accepts only declarations that the entries can be called as.
pub unsafe trait CallbackFn<Signature: 'static>: Sized {
    /// Is it of the type of this declaration? The error says where not.
    #[doc(hidden)]
    fn check(function: &Function, scope: &Scope) -> Result<(), String>;

    /// An extern "C" function of the arguments and the block.
    #[doc(hidden)]
    fn entry(is_bound: bool) -> *const c_void;

    /// The same for the generic entry.
    #[doc(hidden)]
    fn receive() -> unsafe extern "C" fn(NonNull<c_void>, NonNull<c_void>) -> u32;
}

/// What a typed callback may return: a type of C, nothing, or a `Result` of either.
pub trait Outcome: 'static {
    /// What C gets.
    #[doc(hidden)]
    type Value;

    /// The same, or an error.
    #[doc(hidden)]
    type Fallible: Outcome<Value = Self::Value> + From<Result<Self::Value>>;

    #[doc(hidden)]
    fn is_result(ty: &Type, scope: &Scope) -> bool;

    #[doc(hidden)]
    fn into_result(self) -> Result<Self::Value>;
}

impl<T: Native> Outcome for T {
    type Value = T;
    type Fallible = Result<T>;
    fn is_result(ty: &Type, scope: &Scope) -> bool {
        T::is(ty, scope)
    }
    #[inline(always)]
    fn into_result(self) -> Result<T> {
        Ok(self)
    }
}

impl Outcome for () {
    type Value = ();
    type Fallible = Result<()>;
    fn is_result(ty: &Type, scope: &Scope) -> bool {
        <() as NativeResult>::is_result(ty, scope)
    }
    #[inline(always)]
    fn into_result(self) -> Result<()> {
        Ok(())
    }
}

impl<T: Native> Outcome for Result<T, Error> {
    type Value = T;
    type Fallible = Result<T>;
    fn is_result(ty: &Type, scope: &Scope) -> bool {
        T::is(ty, scope)
    }
    #[inline(always)]
    fn into_result(self) -> Result<T> {
        self
    }
}

impl Outcome for Result<(), Error> {
    type Value = ();
    type Fallible = Result<()>;
    fn is_result(ty: &Type, scope: &Scope) -> bool {
        <() as NativeResult>::is_result(ty, scope)
    }
    #[inline(always)]
    fn into_result(self) -> Result<()> {
        self
    }
}

impl CallbackType {
    /// How a typed closure is entered, once its signature was checked.
    #[inline]
    pub(super) fn entrance<F: CallbackFn<S>, S: 'static>(&self, is_bound: bool) -> Result<Entrance> {
        if self.prototype.checked.get() != Some(&TypeId::of::<S>()) {
            self.check::<F, S>()?;
        }
        let typed = self.prototype.typed_register().map(|register| (register, F::entry(is_bound)));
        Ok(Entrance { receive: F::receive(), typed, is_bound })
    }

    #[inline(never)]
    fn check<F: CallbackFn<S>, S: 'static>(&self) -> Result<()> {
        let declaration = &self.prototype.declaration;
        F::check(&self.prototype.function, &self.scope).map_err(|what| {
            let message =
                format!("{}; it is declared as '{declaration}'", what.replacen("{}", "the callback", 1));
            Error::new(ErrorKind::Conversion, message)
        })?;
        // Another signature may fit as well, and is checked each time
        let _ = self.prototype.checked.set(TypeId::of::<S>());
        Ok(())
    }
}

/// What C gets.
#[inline(always)]
fn answer<O: Outcome>(head: &Head, outcome: Option<O>) -> O::Value {
    match outcome.map(Outcome::into_result) {
        Some(Ok(value)) => value,
        Some(Err(error)) => {
            park(head, Failed::Error(head.about(error)));
            fallback(head)
        }
        None => fallback(head),
    }
}

/// The value that was set for it; else zero.
#[cold]
#[inline(never)]
fn fallback<T>(head: &Head) -> T {
    let mut value = MaybeUninit::<T>::zeroed();
    if let Some(bytes) = head.fallback.get()
        && bytes.len() == size_of::<T>()
    {
        // SAFETY: as many bytes as the type has
        unsafe { value.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }
    // SAFETY: the type was checked to be the declaration's, of which every fallback and zero are values
    unsafe { value.assume_init() }
}

/// An argument out of a call that came through the generic entry.
fn argument<T: Native>(incoming: &Arriving<'_>, index: usize) -> Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: zeroed memory of the value's own size
    let bytes = unsafe { std::slice::from_raw_parts_mut(value.as_mut_ptr().cast::<u8>(), size_of::<T>()) };
    incoming.read(index, bytes)?;
    // SAFETY: the type was checked to be the declaration's, and C passed a value of it
    Ok(unsafe { value.assume_init() })
}

/// Answers a call that came through the generic entry.
fn answer_generic<O: Outcome>(head: &Head, incoming: &mut Incoming<'_>, outcome: Option<Result<O>>) -> u32 {
    match outcome.map(|outcome| outcome.and_then(O::into_result)) {
        // SAFETY: the type was checked to be the declaration's, so it has as many bytes
        Some(Ok(value)) => unsafe { incoming.answer_from((&raw const value).cast()) },
        Some(Err(error)) => {
            park(head, Failed::Error(head.about(error)));
            head.answer_fallback(incoming)
        }
        None => head.answer_fallback(incoming),
    }
}

macro_rules! closures {
    ($(($($name:ident $value:ident $index:tt)*);)*) => {$(
        // SAFETY: `check` compares each parameter and the result with the declaration; the entry is an extern "C" function
        // of these and a pointer, which takes the next register where one is free
        unsafe impl<Closure, $($name: Native,)* Output: Outcome> CallbackFn<fn($($name),*) -> Output> for Closure
        where
            Closure: Fn($($name),*) -> Output,
        {
            fn check(function: &Function, scope: &Scope) -> Result<(), String> {
                let parameters: &[Check] = &[$(($name::is, std::any::type_name::<$name>())),*];
                let result: Check = (Output::is_result, std::any::type_name::<Output>());
                check_types(function, scope, parameters, result, ParameterTail::Closed)
            }

            fn entry(is_bound: bool) -> *const c_void {
                unsafe extern "C" fn typed<const BOUND: bool, Closure, $($name: Native,)* Output: Outcome>(
                    $($value: $name,)* context: NonNull<Body<Closure>>,
                ) -> Output::Value
                where
                    Closure: Fn($($name),*) -> Output,
                {
                    // SAFETY: the stub's context is this block, which lives while its callback may be called
                    let body = unsafe { context.as_ref() };
                    enter::<BOUND, _, _>(
                        &body.head,
                        || (body.closure)($($value),*),
                        |outcome| answer(&body.head, outcome),
                    )
                }
                match is_bound {
                    true => typed::<true, Closure, $($name,)* Output> as *const c_void,
                    false => typed::<false, Closure, $($name,)* Output> as *const c_void,
                }
            }

            fn receive() -> Receive {
                unsafe extern "C" fn generic<Closure, $($name: Native,)* Output: Outcome>(
                    context: NonNull<c_void>,
                    frame: NonNull<c_void>,
                ) -> u32
                where
                    Closure: Fn($($name),*) -> Output,
                {
                    // SAFETY: the stub's context is this block, which lives while its callback may be called; the frame
                    // is the generic entry's, of a call by this prototype
                    let (body, mut incoming) = unsafe {
                        let body = context.cast::<Body<Closure>>().as_ref();
                        (body, Incoming::new(frame, &body.head.prototype.received))
                    };
                    let arguments = incoming.arguments();
                    let _ = &arguments;
                    enter::<true, _, _>(
                        &body.head,
                        || Ok((body.closure)($(argument::<$name>(&arguments, $index)?),*)),
                        |outcome| answer_generic::<Output>(&body.head, &mut incoming, outcome),
                    )
                }
                generic::<Closure, $($name,)* Output>
            }
        }
    )*};
}

closures! {
    ();
    (A a 0);
    (A a 0 B b 1);
    (A a 0 B b 1 C c 2);
    (A a 0 B b 1 C c 2 D d 3);
    (A a 0 B b 1 C c 2 D d 3 E e 4);
    (A a 0 B b 1 C c 2 D d 3 E e 4 F f 5);
    (A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6);
    (A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7);
    (A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8);
    (A a 0 B b 1 C c 2 D d 3 E e 4 F f 5 G g 6 H h 7 I i 8 J j 9);
}
