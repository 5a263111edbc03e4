//! All arguments of a call.

use super::argument::Argument;
use super::exact::{Code, Numbers, Slots};
use super::ready::Passing;
use super::tail::Promoted;
use crate::cdata::Value;
use crate::error::Result;

/// The arguments of a call: a tuple of up to twelve, or any number of [`Value`]s.
pub trait Arguments {
    /// How many.
    #[doc(hidden)]
    fn count(&self) -> usize;

    /// What one becomes behind `...`.
    #[doc(hidden)]
    fn promoted(&self, index: usize) -> Promoted<'_>;

    /// One's characters, where it is text.
    #[doc(hidden)]
    fn text(&self, index: usize) -> Option<&[u8]>;

    /// Is it an integer whose width nothing decides yet?
    #[doc(hidden)]
    fn is_any_integer(&self, _index: usize) -> bool {
        false
    }

    /// Their types, where each is one scalar of C.
    #[doc(hidden)]
    const CODE: Option<Code> = None;

    /// Writes all of them, whose types were found to be exactly those of the prototype.
    ///
    /// # Safety
    ///
    /// The slots are those of a prototype of this very `CODE`.
    #[doc(hidden)]
    #[inline(always)]
    unsafe fn put_exact(&self, slots: &mut Slots<'_, '_>) {
        let _ = slots;
    }

    /// Are they values whose types nobody knows yet?
    #[doc(hidden)]
    const ARE_VALUES: bool = false;

    /// Writes all of them, if they are nothing but ints, longs and doubles that stay what they are.
    #[doc(hidden)]
    #[inline(always)]
    fn put_numbers(&self, numbers: &mut Numbers<'_, '_>) -> bool {
        let _ = numbers;
        false
    }

    /// Writes all of them, if that is all there is to do: `false` where one must be converted with care or refused.
    #[doc(hidden)]
    fn put(&mut self, passing: &mut Passing<'_, '_>) -> bool;

    /// Writes all of them.
    #[doc(hidden)]
    fn pass(&mut self, passing: &mut Passing<'_, '_>) -> Result<()>;
}

macro_rules! tuples {
    ($($($name:ident $index:tt)*;)*) => {$(
        #[allow(unused_assignments, unused_mut, unused_variables, reason = "a tuple without elements has no places")]
        impl<$($name: Argument),*> Arguments for ($($name,)*) {
            #[inline(always)]
            fn count(&self) -> usize {
                0 $(+ $name::WIDTH)*
            }

            #[inline]
            fn promoted(&self, index: usize) -> Promoted<'_> {
                let mut first = 0;
                $(if index < first + $name::WIDTH {
                    return self.$index.promoted_part(index - first);
                }
                first += $name::WIDTH;)*
                Promoted::Unknown
            }

            fn text(&self, index: usize) -> Option<&[u8]> {
                let mut first = 0;
                $(if index < first + $name::WIDTH {
                    return self.$index.text();
                }
                first += $name::WIDTH;)*
                None
            }

            const CODE: Option<Code> = Code::of(&[$($name::EXACT),*]);

            #[inline(always)]
            unsafe fn put_exact(&self, slots: &mut Slots<'_, '_>) {
                // SAFETY: the caller vouches for the slots; what has an `EXACT` is one argument
                $(unsafe { slots.store($index, self.$index.word()) };)*
            }

            #[inline(always)]
            fn put(&mut self, passing: &mut Passing<'_, '_>) -> bool {
                let mut first = 0;
                $(if !self.$index.put(first, passing) {
                    return false;
                }
                first += $name::WIDTH;)*
                true
            }

            fn pass(&mut self, passing: &mut Passing<'_, '_>) -> Result<()> {
                let mut first = 0;
                $(passing.one(first, &mut self.$index)?;
                first += $name::WIDTH;)*
                Ok(())
            }
        }
    )*};
}

tuples! {
    ;
    A 0;
    A 0 B 1;
    A 0 B 1 C 2;
    A 0 B 1 C 2 D 3;
    A 0 B 1 C 2 D 3 E 4;
    A 0 B 1 C 2 D 3 E 4 F 5;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
}

macro_rules! values {
    ($([$($generics:tt)*] $type:ty),* $(,)?) => {$(
        impl<$($generics)*> Arguments for $type {

            #[inline(always)]
            fn count(&self) -> usize {
                self.len()
            }

            fn promoted(&self, index: usize) -> Promoted<'_> {
                self.get(index).map_or(Promoted::Unknown, Argument::promoted)
            }

            fn text(&self, index: usize) -> Option<&[u8]> {
                Argument::text(self.get(index)?)
            }

            fn is_any_integer(&self, index: usize) -> bool {
                matches!(self.get(index), Some(Value::Integer(_)))
            }

            const ARE_VALUES: bool = true;

            #[inline(always)]
            fn put_numbers(&self, numbers: &mut Numbers<'_, '_>) -> bool {
                numbers.put(&self[..])
            }

            fn put(&mut self, passing: &mut Passing<'_, '_>) -> bool {
                let mut index = 0;
                while let Some(mut value) = self.get(index) {
                    if !value.put(index, passing) {
                        return false;
                    }
                    index += 1;
                }
                true
            }

            fn pass(&mut self, passing: &mut Passing<'_, '_>) -> Result<()> {
                for (index, mut value) in self.iter().enumerate() {
                    passing.one(index, &mut value)?;
                }
                Ok(())
            }
        }
    )*};
}

values! {
    [] &[Value],
    [const N: usize] &[Value; N],
    [const N: usize] [Value; N],
    [] Vec<Value>,
    [] &Vec<Value>,
}
