//! The shortest way into a call: Rust types that are exactly those of the prototype, found by comparing two words.

use super::ready::Ready;
use crate::cdata::Value;
use crate::convert::Number;
use crate::engine::{Image, ResultKind, Slot};
use crate::types::Type;

/// The types of a result and of the arguments, a byte each: result, count, then the arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Code(u64, u64);

/// A call that a code was found to fit, while its arguments are written.
pub struct Slots<'e, 'i> {
    exact: &'e Exact,
    /// Of the function that `exact` belongs to.
    image: &'e mut Image<'i>,
}

/// A call of values, while they are written.
pub struct Numbers<'r, 'i> {
    ready: &'r Ready,
    image: &'r mut Image<'i>,
}

/// So many arguments fit a code.
const MOST: usize = 14;

/// The byte of what is no scalar.
pub(super) const NONE: u8 = 0;

/// The byte of a result that there is not.
pub(super) const NO_RESULT: u8 = u8::MAX;

/// What a function keeps for calls of exactly its own types.
pub(super) struct Exact {
    pub(super) code: Code,
    slots: [Slot; MOST],
}

/// The byte of a Rust type that is stored as this scalar, if its size agrees (that of `usize` differs by machine).
pub(super) const fn byte_for<T>(number: Number) -> u8 {
    if number.size() == size_of::<T>() && number.size() <= 8 { byte(number) } else { NONE }
}

/// The byte of a scalar.
pub(super) const fn byte(number: Number) -> u8 {
    number as u8 + 1
}

/// Does a result of this kind come back in a vector register?
pub(super) const fn is_in_vector(number: Number) -> bool {
    matches!(number, Number::F16 | Number::BF16 | Number::F32 | Number::F64 | Number::F128)
}

impl Code {
    /// What no call has.
    pub(super) const NEVER: Code = Code(u64::MAX, u64::MAX);

    /// The code of arguments with these bytes, without a result; `None` where there are too many, or one is no scalar.
    pub(super) const fn of(bytes: &[u8]) -> Option<Code> {
        if bytes.len() > MOST {
            return None;
        }
        let mut code = [0u8; 16];
        code[1] = bytes.len() as u8;
        let mut index = 0;
        while index < bytes.len() {
            if bytes[index] == NONE {
                return None;
            }
            code[index + 2] = bytes[index];
            index += 1;
        }
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = code;
        Some(Code(u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([i, j, k, l, m, n, o, p])))
    }

    /// The same with a result.
    pub(super) const fn returning(self, byte: u8) -> Option<Code> {
        if byte == NONE { None } else { Some(Code(self.0 | byte as u64, self.1)) }
    }

    /// Are the two the same? The second word counts only where there are arguments in it.
    #[inline(always)]
    pub(super) const fn is(self, other: Code) -> bool {
        self.0 == other.0 && (self.1 == 0 || self.1 == other.1)
    }
}

impl Slots<'_, '_> {
    /// Writes an argument's 8 widened bytes.
    ///
    /// # Safety
    ///
    /// The function has more arguments than `index`.
    #[inline(always)]
    pub(super) unsafe fn store(&mut self, index: usize, word: u64) {
        // SAFETY: `Exact::of` took the first slots, one an argument, from the image's own `Prepared`
        unsafe { self.image.store(self.exact.slots[index], word) }
    }
}

impl<'r, 'i> Numbers<'r, 'i> {
    /// # Safety
    ///
    /// The image is one of this signature, and there will be as many values as it has parameters.
    #[inline(always)]
    pub(super) unsafe fn new(ready: &'r Ready, image: &'r mut Image<'i>) -> Numbers<'r, 'i> {
        Numbers { ready, image }
    }

    /// Writes values that are as many as the parameters; `false` where one is not simply an int, a long, a float, a double or
    /// null.
    ///
    /// This is what a host that knows its types only at run time calls most: it is short, and what it does not know goes
    /// another way from the beginning.
    #[inline(always)]
    pub(super) fn put(&mut self, values: &[Value]) -> bool {
        debug_assert!(values.len() == self.ready.plain.len());
        let mut plain = self.ready.plain.as_ptr();
        for value in values {
            // SAFETY: there are as many as values, as `new` was promised
            let (plain, _) = unsafe { (&*plain, plain = plain.add(1)) };
            // The likely ones are written out, the others would make a table of jumps of all of them
            let (slot, word) = if let Some((Number::I32, slot)) = plain {
                let Value::Integer(value) = value else { return false };
                let (low, high) = (*value as i64, (*value >> 64) as i64);
                // What fits an int has nothing but its sign from bit 31 on
                if i64::from(low as i32) != low || high != low >> 31 {
                    return false;
                }
                (slot, low as u64)
            } else if let Some((Number::F64, slot)) = plain
                && let Value::Float(value) = value
            {
                (slot, value.to_bits())
            } else if let Some((number, slot)) = plain
                && let Some(word) = other_word(value, *number)
            {
                (slot, word)
            } else {
                return false;
            };
            // SAFETY: the slot was handed out by the `Prepared` that this image belongs to
            unsafe { self.image.store(*slot, word) };
        }
        true
    }
}

/// The rarer of the numbers that stay what they are.
#[inline(never)]
fn other_word(value: &Value, number: Number) -> Option<u64> {
    match (number, value) {
        (Number::I64, Value::Integer(value)) => i64::try_from(*value).ok().map(|value| value as u64),
        (Number::F32, Value::Float(value)) => {
            (value.abs() <= f32::MAX.into()).then(|| u64::from((*value as f32).to_bits()))
        }
        (Number::Address64, Value::Pointer(value)) => Some(value.expose_provenance() as u64),
        (Number::Address64, Value::Null) => Some(0),
        _ => None,
    }
}

impl Exact {
    /// The slots of an image of the function that this belongs to.
    #[inline(always)]
    pub(super) fn slots<'e, 'i>(&'e self, image: &'e mut Image<'i>) -> Slots<'e, 'i> {
        Slots { exact: self, image }
    }

    /// What fits no call.
    pub(super) const NEVER: Exact = Exact { code: Code::NEVER, slots: [Slot::FIRST; MOST] };

    /// `None` where an argument or the result is not one scalar in one place.
    pub(super) fn of(ready: &Ready, result: u8) -> Option<Exact> {
        let plain: Vec<(Number, Slot)> = ready.plain.iter().copied().collect::<Option<_>>()?;
        let bytes: Vec<u8> = plain.iter().map(|(number, _)| byte(*number)).collect();
        let mut slots = [Slot::FIRST; MOST];
        for (to, (_, slot)) in slots.iter_mut().zip(&plain) {
            *to = *slot;
        }
        Some(Exact { code: Code::of(&bytes)?.returning(result)?, slots })
    }
}

/// The byte of a result; `NONE` for what is not one scalar in one register.
pub(super) fn result_byte(ready: &Ready, result: &Type, number: Option<Number>) -> u8 {
    match (ready.prepared.result_kind(), number) {
        (ResultKind::Nothing, _) if result.is_void() => NO_RESULT,
        (ResultKind::General, Some(number)) if !is_in_vector(number) => byte(number),
        (ResultKind::Vector, Some(number)) if is_in_vector(number) => byte(number),
        _ => NONE,
    }
}
