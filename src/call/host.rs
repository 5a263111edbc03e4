//! What a host language's own values are to C, and back.

use super::callback::CallbackCall;
use super::function::{Function, WithErrno};
use super::hosted::{self, Came, made};
use super::running::{Errno, Nothing, Noting};
use crate::cdata::{CData, CPtr};
use crate::convert::{Destination, Number, ToC, shown_type};
use crate::error::Result;
use crate::types::Kind;
use std::ffi::c_void;

/// What a host's value is, where C looks at it.
///
/// What is borrowed stays with the host, which keeps it as it is for as long as the value is lent: for a call, until
/// the call returned.
#[non_exhaustive]
pub enum Seen<'v> {
    /// Nothing: a null pointer.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Integer(i128),
    /// A floating number; a whole one is an integer as well, where C wants one.
    Float(f64),
    /// A bare address.
    Address(*mut c_void),
    /// Text with its length: C is lent a copy that ends in NUL.
    Text(&'v [u8]),
    /// Text whose last byte is a NUL that does not count: C is lent these very bytes.
    TextWithNul(&'v [u8]),
    /// A value of C that the host does not share: C may read it, and gets it by value or by its address.
    Data(&'v CData),
    /// The value of C behind a pointer: passed by value where the parameter is one, else by its address.
    Behind(&'v CPtr),
    /// A pointer of C.
    Pointer(&'v CPtr),
    /// Anything else: [`HostValue::fill`] says what becomes of it.
    Other,
}

/// A value of a host language, passed to C and made from C without an intermediate one.
///
/// Arguments are looked at with `seen`, results are made with the functions whose names begin with `from`. Who owns a
/// value does not change: arguments are lent, and what comes back is the host's. See `docs/hosts.md`.
///
/// ```
/// use eightbyte::{CPtr, Ffi, HostValue, Seen};
///
/// enum Value { Nil, Number(f64), Text(Vec<u8>), Data(CPtr), Pointer(CPtr) }
///
/// impl HostValue for Value {
///     type Heap = ();
///     fn seen<'v>(&'v self, _: &'v ()) -> Seen<'v> {
///         match self {
///             Value::Nil => Seen::Null,
///             Value::Number(number) => Seen::Float(*number),
///             Value::Text(text) => Seen::Text(text),
///             Value::Data(data) => Seen::Behind(data),
///             Value::Pointer(pointer) => Seen::Pointer(pointer),
///         }
///     }
///     fn nothing(_: &()) -> Value { Value::Nil }
///     fn from_bool(_: &(), value: bool) -> Value { Value::Number(value.into()) }
///     fn from_integer(_: &(), value: i128) -> Option<Value> {
///         let number = value as f64; // what a double cannot hold comes as data
///         (number.abs() <= 9007199254740992.0).then_some(Value::Number(number))
///     }
///     fn from_float(_: &(), value: f64) -> Value { Value::Number(value) }
///     fn from_pointer(_: &(), pointer: CPtr) -> Value { Value::Pointer(pointer) }
///     fn from_behind(_: &(), data: CPtr) -> Value { Value::Data(data) }
/// }
///
/// let ffi = Ffi::new();
/// let strlen = ffi.process().function("size_t strlen(const char *)")?;
/// let length = unsafe { strlen.call_host(&(), &[Value::Text(b"eight".to_vec())])? };
/// assert!(matches!(length, Value::Number(5.0)));
/// # Ok::<(), eightbyte::Error>(())
/// ```
pub trait HostValue: Sized {
    /// What the host needs to look at its values and to make new ones: a heap, or `()`.
    type Heap: ?Sized;

    /// What it is to C. The shorter, the faster the call: it should be inlined.
    fn seen<'v>(&'v self, heap: &'v Self::Heap) -> Seen<'v>;

    /// The result of a `void` function.
    fn nothing(heap: &Self::Heap) -> Self;

    /// A `_Bool`.
    fn from_bool(heap: &Self::Heap, value: bool) -> Self;

    /// An integer; `None` where the host has none so large: it comes as data of its own C type then.
    fn from_integer(heap: &Self::Heap, value: i128) -> Option<Self>;

    /// A floating number.
    fn from_float(heap: &Self::Heap, value: f64) -> Self;

    /// A pointer, which may be null. What C returned is foreign: reading through it is for who vouches for it.
    fn from_pointer(heap: &Self::Heap, pointer: CPtr) -> Self;

    /// The value behind a pointer: a record, or a number that the host has none for.
    fn from_behind(heap: &Self::Heap, data: CPtr) -> Self;

    /// A value with memory of its own. It is shared, unless the host does otherwise.
    fn from_data(heap: &Self::Heap, data: CData) -> Result<Self> {
        let is_array = matches!(data.as_type().kind(), Kind::Array(..));
        let shared = data.share()?;
        Ok(match is_array {
            true => Self::from_pointer(heap, shared),
            false => Self::from_behind(heap, shared),
        })
    }

    /// Itself in an error message, in the host's own words.
    fn describe(&self, heap: &Self::Heap) -> String {
        described(&self.seen(heap))
    }

    /// Writes itself where it is seen as `Other`: a list initialises a record or an array as
    /// [`HostArguments`](crate::HostArguments), a table with [`Destination::set`], name by name.
    fn fill(&self, heap: &Self::Heap, to: &mut Destination<'_>) -> Result<()> {
        Err(to.misfit(&self.describe(heap)))
    }

    /// How many elements it has where it is seen as `Other`: as many an array gets whose length is open.
    fn count(&self, heap: &Self::Heap) -> Option<u64> {
        let _ = heap;
        None
    }

    /// What keeps values alive and in their places for as long as C has them: a guard that is dropped behind the call.
    /// A host whose collector may run meanwhile, called back by C, roots or pins them here. `call_host` asks for it; who binds arguments holds them on his own.
    fn hold<'v>(values: &'v [Self], heap: &'v Self::Heap) -> impl Sized {
        let _ = (values, heap);
    }
}

impl Function {
    /// Calls it with a host's own values; the result is one as well.
    ///
    /// Nothing is allocated but what the host makes of the result, records that come back, and texts of more than 256
    /// bytes together.
    ///
    /// # Safety
    ///
    /// As for [`Function::call`].
    #[inline]
    pub unsafe fn call_host<V: HostValue>(&self, heap: &V::Heap, values: &[V]) -> Result<V> {
        // SAFETY: handed on to the caller
        unsafe { self.call_noting::<V, Nothing>(heap, values) }
    }

    /// # Safety
    ///
    /// As for [`Function::call`].
    #[inline(always)]
    unsafe fn call_noting<V: HostValue, N: Noting>(
        &self,
        heap: &V::Heap,
        values: &[V],
    ) -> Result<N::With<V>> {
        let _held = V::hold(values, heap);
        // SAFETY: handed on to the caller
        unsafe { hosted::call::<V, N>(&self.0, heap, values) }
    }
}

impl WithErrno<'_> {
    /// The same as [`Function::call_host`], with what the function left in `errno`.
    ///
    /// # Safety
    ///
    /// As for [`Function::call`].
    #[inline]
    pub unsafe fn call_host<V: HostValue>(&self, heap: &V::Heap, values: &[V]) -> Result<(V, i32)> {
        // SAFETY: handed on to the caller
        unsafe { self.0.call_noting::<V, Errno>(heap, values) }
    }
}

impl CPtr {
    /// Reads behind it by a path, as [`CPtr::get`], into a host's value: numbers and pointers as such, a record or an
    /// array as a pointer to it, not as a copy.
    pub fn get_host<V: HostValue>(&self, heap: &V::Heap, path: &str) -> Result<V> {
        match self.get::<Came>(path)? {
            Came::Parts(is_array) => {
                let part = self.part(path)?;
                Ok(match is_array {
                    true => V::from_pointer(heap, part),
                    false => V::from_behind(heap, part),
                })
            }
            Came::Word(_, Number::Address64 | Number::Address32) => {
                Ok(V::from_pointer(heap, self.follow(path)?))
            }
            came => made(came, heap, || self.get(path)),
        }
    }
}

impl CallbackCall<'_> {
    /// An argument of a callback, as a host's value.
    pub fn get_host<V: HostValue>(&self, heap: &V::Heap, index: usize) -> Result<V> {
        match self.get::<Came>(index)? {
            Came::Parts(_) => V::from_data(heap, self.get(index)?),
            Came::Word(_, Number::Address64 | Number::Address32) => {
                Ok(V::from_pointer(heap, self.get(index)?))
            }
            came => made(came, heap, || self.get(index)),
        }
    }
}

/// A value in words, for hosts that have none of their own.
fn described(seen: &Seen<'_>) -> String {
    match seen {
        Seen::Null => "null".to_owned(),
        Seen::Bool(value) => value.to_string(),
        Seen::Integer(value) => value.to_string(),
        Seen::Float(value) => value.describe(),
        Seen::Address(value) => value.describe(),
        Seen::Text(text) => String::from_utf8_lossy(text).describe(),
        Seen::TextWithNul(text) => String::from_utf8_lossy(without_nul(text)).describe(),
        Seen::Data(data) => data.describe(),
        Seen::Behind(data) => format!("a value of type '{}'", shown_type(data.pointee())),
        Seen::Pointer(pointer) => pointer.describe(),
        Seen::Other => "a value that is none of C".to_owned(),
    }
}

/// The characters in front of the final NUL.
pub(super) fn without_nul(text: &[u8]) -> &[u8] {
    text.strip_suffix(&[0]).unwrap_or(text)
}
