//! The short way of callbacks over values: arguments of one word each in registers, and a result of one word.

use super::prototype::Passed;
use super::values::INLINE_VALUES;
use crate::cdata::Value;
use crate::convert::{Number, ToC};
use crate::engine::{Received, RegisterPlace};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// What a call needs to know whose arguments and result are words in registers.
pub(super) struct Words {
    arguments: [Word; INLINE_VALUES],
    count: usize,
    /// `None` for `void`.
    result: Option<(Word, Number)>,
}

/// A word, and how its bits are meant.
#[derive(Clone, Copy)]
struct Word {
    place: RegisterPlace,
    form: Form,
    /// For integers: the bits that are not theirs.
    spare_bits: u8,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Signed,
    Unsigned,
    Pointer,
    Bool,
    Float,
    Double,
}

/// Room for the values of a call. Numbers have nothing to drop.
pub(super) type Room = [MaybeUninit<Value>; INLINE_VALUES];

/// Nothing in it yet.
pub(super) const EMPTY: Room = [const { MaybeUninit::uninit() }; INLINE_VALUES];

impl Words {
    /// `None` where the short way does not do.
    pub(super) fn new(parameters: &[Passed], result: Option<&Passed>, received: &Received) -> Option<Words> {
        let result = match result {
            None => None,
            Some(passed) => {
                let number = passed.number?;
                Some((Word::new(received.result_place()?, number)?, number))
            }
        };
        let unused = match parameters.first() {
            Some(_) => received.register_place(0)?,
            None => RegisterPlace::FIRST,
        };
        let unused = Word { place: unused, form: Form::Signed, spare_bits: 0 };
        let mut arguments = [unused; INLINE_VALUES];
        for (index, passed) in parameters.iter().enumerate() {
            *arguments.get_mut(index)? = Word::new(received.register_place(index)?, passed.number?)?;
        }
        Some(Words { arguments, count: parameters.len(), result })
    }

    /// The arguments, each written where it stays: the processor waits where a value is copied right after its parts
    /// were written.
    ///
    /// # Safety
    ///
    /// The frame is the generic entry's, of a call by the prototype that this was made of, not answered yet.
    #[inline(always)]
    pub(super) unsafe fn read<'r>(&self, frame: NonNull<c_void>, room: &'r mut Room) -> &'r [Value] {
        for (word, room) in self.arguments.iter().take(self.count).zip(room.iter_mut()) {
            // SAFETY: the caller vouches for the frame
            let bits = unsafe { word.place.read(frame) };
            let spare = u32::from(word.spare_bits);
            // The most frequent ones first, and no table of jumps
            if word.form == Form::Signed {
                room.write(Value::Integer((bits.wrapping_shl(spare) as i64).wrapping_shr(spare).into()));
            } else if word.form == Form::Pointer {
                room.write(Value::Pointer(std::ptr::with_exposed_provenance_mut(bits as usize)));
            } else if word.form == Form::Double {
                room.write(Value::Float(f64::from_bits(bits)));
            } else if word.form == Form::Unsigned {
                room.write(Value::Integer(bits.wrapping_shl(spare).wrapping_shr(spare).into()));
            } else if word.form == Form::Float {
                room.write(Value::Float(f32::from_bits(bits as u32).into()));
            } else {
                room.write(Value::Bool(bits as u8 != 0));
            }
        }
        // SAFETY: as many as `count` were written, which `new` has found room for
        unsafe { std::slice::from_raw_parts(room.as_ptr().cast::<Value>(), self.count) }
    }

    /// Answers with a value that has nothing to drop; false where it is another one, or does not fit.
    ///
    /// # Safety
    ///
    /// As for `read`.
    #[inline(always)]
    pub(super) unsafe fn answer(&self, frame: NonNull<c_void>, value: &Value) -> bool {
        let Some((word, number)) = self.result else {
            return !matches!(value, Value::String(_) | Value::Data(_));
        };
        let spare = u32::from(word.spare_bits);
        let bits = match value {
            Value::Integer(value) if word.form == Form::Signed => {
                let low = *value as i64;
                let kept = low.wrapping_shl(spare).wrapping_shr(spare);
                (i128::from(kept) == *value).then_some(kept as u64)
            }
            Value::String(_) | Value::Data(_) => None,
            other => other.to_word(number),
        };
        match bits {
            Some(bits) => {
                // SAFETY: the caller vouches for the frame
                unsafe { word.place.write(frame, bits) };
                true
            }
            None => false,
        }
    }
}

impl Word {
    fn new(place: RegisterPlace, number: Number) -> Option<Word> {
        let form = match number {
            Number::I8 | Number::I16 | Number::I32 | Number::I64 => Form::Signed,
            Number::U8 | Number::U16 | Number::U32 | Number::U64 => Form::Unsigned,
            Number::Address64 => Form::Pointer,
            Number::Bool => Form::Bool,
            Number::F32 => Form::Float,
            Number::F64 => Form::Double,
            _ => return None,
        };
        let spare_bits = u8::try_from(64 - number.size().min(8) * 8).ok()?;
        Some(Word { place, form, spare_bits })
    }
}
