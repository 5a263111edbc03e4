//! Arguments that C writes to, and slices that travel with their length.

use super::argument::Argument;
use super::ready::Passing;
use super::tail::Promoted;
use crate::cdata::Native;
use crate::error::Result;
use std::ops::Deref;

/// Room for a value that a function writes through a pointer: pass `&mut out`, then read it.
///
/// ```
/// use eightbyte::Out;
///
/// let ffi = eightbyte::Ffi::new();
/// ffi.cdef("double frexp(double x, int *exponent);")?;
/// let frexp = ffi.process().function("frexp")?;
/// let mut exponent = Out::<i32>::new();
/// let fraction: f64 = unsafe { frexp.call((40.0, &mut exponent))? };
/// assert_eq!((fraction, *exponent), (0.625, 6));
/// # Ok::<(), eightbyte::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Out<T>(T);

impl<T: Native + Default> Out<T> {
    /// Room that holds zero.
    pub fn new() -> Out<T> {
        Out::with(T::default())
    }
}

impl<T: Native> Out<T> {
    /// Room that holds a value, for functions that read it first.
    pub fn with(value: T) -> Out<T> {
        const { assert!(T::ANY_BITS, "C could write a value that this type does not have") }
        Out(value)
    }

    /// What is there now.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Out<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Native> Argument for &mut Out<T> {
    #[inline]
    fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
        passing.put_scalars(index, T::NUMBER, true, (&raw mut self.0).cast())
    }

    fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        std::slice::from_mut(&mut self.0).pass(index, passing)
    }

    fn promoted(&self) -> Promoted<'_> {
        Promoted::of_elements(T::NUMBER, false)
    }
}

/// A slice that is two arguments: its address, and how many elements it has.
///
/// ```
/// use eightbyte::Counted;
///
/// let ffi = eightbyte::Ffi::new();
/// ffi.cdef("void *memchr(const void *start, int byte, size_t size);
///           size_t fwrite(const void *start, size_t size, size_t count, void *file);
///           int getentropy(void *room, size_t size);")?;
/// let getentropy = ffi.process().function("getentropy")?;
/// let mut room = [0u8; 16];
/// let failed: i32 = unsafe { getentropy.call((Counted(&mut room[..]),))? };
/// assert!(failed == 0 && room != [0; 16]);
/// # Ok::<(), eightbyte::Error>(())
/// ```
#[derive(Debug)]
pub struct Counted<S>(pub S);

macro_rules! counted {
    ($($type:ty),*) => {$(
        impl<T: Native> Argument for Counted<$type> {
            const WIDTH: usize = 2;

            #[inline]
            fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
                let mut count = self.0.len();
                self.0.put(index, passing) && count.put(index + 1, passing)
            }

            fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
                let mut count = self.0.len();
                self.0.pass(index, passing)?;
                count.pass(index + 1, passing)
            }

            fn promoted(&self) -> Promoted<'_> {
                self.0.promoted()
            }

            fn promoted_part(&self, part: usize) -> Promoted<'_> {
                match part {
                    0 => self.0.promoted(),
                    _ => Promoted::of_size(),
                }
            }
        }
    )*};
}

counted! { &[T], &mut [T] }
