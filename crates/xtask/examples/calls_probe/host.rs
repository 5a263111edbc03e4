//! A host language whose values are tagged words, to count what its calls cost.

use eightbyte::{CPtr, HostValue, Seen};

/// An integer of 63 bits above a 0, or a truth value above a 1. It has nothing else: the bench does not ask for more.
#[derive(Clone, Copy)]
pub struct Word(u64);

impl Word {
    /// An integer that has 63 bits.
    pub fn of(value: i64) -> Word {
        Word((value << 1) as u64)
    }
}

impl HostValue for Word {
    type Heap = ();

    #[inline(always)]
    fn seen<'v>(&'v self, (): &'v ()) -> Seen<'v> {
        match self.0 & 1 {
            0 => Seen::Integer((self.0 as i64 >> 1).into()),
            _ => Seen::Bool(self.0 >> 1 != 0),
        }
    }

    fn nothing((): &()) -> Word {
        Word(1)
    }

    fn from_bool((): &(), value: bool) -> Word {
        Word(u64::from(value) << 1 | 1)
    }

    #[inline(always)]
    fn from_integer((): &(), value: i128) -> Option<Word> {
        let short = i64::try_from(value).ok()?;
        (short << 1 >> 1 == short).then_some(Word::of(short))
    }

    fn from_float((): &(), value: f64) -> Word {
        Word::of(value as i64)
    }

    fn from_pointer((): &(), pointer: CPtr) -> Word {
        Word(u64::from(!pointer.is_null()) << 1 | 1)
    }

    fn from_behind((): &(), _: CPtr) -> Word {
        Word(1)
    }
}
