//! The arguments of a callback over values.

use super::dynamic::{CallArguments, CallbackCall};
use crate::cdata::Value;
use crate::convert::Number;
use crate::error::Result;
use std::mem::MaybeUninit;

/// So many values need no heap.
pub(super) const INLINE_VALUES: usize = 6;

/// Values in a row, each written where it stays: the processor waits where a value is copied right after its parts were
/// written.
pub(super) struct Values {
    room: [MaybeUninit<Value>; INLINE_VALUES],
    /// So many are there.
    count: usize,
}

impl Values {
    #[inline(always)]
    pub(super) fn new() -> Values {
        Values { room: [const { MaybeUninit::uninit() }; INLINE_VALUES], count: 0 }
    }

    /// Reads the arguments of a call, up to as many as there is room for.
    #[inline(always)]
    pub(super) fn read(&mut self, call: &CallbackCall<'_>) -> Result<()> {
        let parameters = &call.prototype.parameters;
        for (index, (parameter, room)) in parameters.iter().zip(&mut self.room).enumerate() {
            let is_written = match (call.arguments, parameter.word) {
                (CallArguments::Arriving(arriving), Some((number, place))) => {
                    // SAFETY: the place is one of this prototype's `Received`, as is the call
                    write(room, unsafe { arriving.word(place) }, number)
                }
                _ => false,
            };
            if !is_written {
                room.write(call.converted::<Value>(index)?);
            }
            self.count = index + 1;
        }
        Ok(())
    }

    #[inline(always)]
    pub(super) fn all(&self) -> &[Value] {
        // SAFETY: `read` counts what it has written, and there is room for no more
        unsafe { std::slice::from_raw_parts(self.room.as_ptr().cast::<Value>(), self.count) }
    }
}

/// A word as a value; false where it is no scalar of one word.
#[inline(always)]
fn write(room: &mut MaybeUninit<Value>, word: u64, number: Number) -> bool {
    let value = match number {
        Number::I8 => i128::from(word as i8),
        Number::I16 => i128::from(word as i16),
        Number::I32 => i128::from(word as i32),
        Number::I64 => i128::from(word as i64),
        Number::U8 => i128::from(word as u8),
        Number::U16 => i128::from(word as u16),
        Number::U32 => i128::from(word as u32),
        Number::U64 => i128::from(word),
        Number::Address64 => {
            room.write(Value::Pointer(std::ptr::with_exposed_provenance_mut(word as usize)));
            return true;
        }
        Number::F64 => {
            room.write(Value::Float(f64::from_bits(word)));
            return true;
        }
        Number::F32 => {
            room.write(Value::Float(f32::from_bits(word as u32).into()));
            return true;
        }
        Number::Bool => {
            room.write(Value::Bool(word as u8 != 0));
            return true;
        }
        _ => return false,
    };
    room.write(Value::Integer(value));
    true
}

impl Drop for Values {
    #[inline(always)]
    fn drop(&mut self) {
        for value in self.room.iter_mut().take(self.count) {
            // SAFETY: the first `count` were written, and are dropped once; numbers have nothing to drop
            unsafe {
                if let Value::String(_) | Value::Data(_) = value.assume_init_ref() {
                    value.assume_init_drop();
                }
            }
        }
    }
}
