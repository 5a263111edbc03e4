//! Calls the C library through a pasted prototype.

use eightbyte::Ffi;
use std::ffi::c_void;
use std::ptr::null_mut;

fn main() -> eightbyte::Result<()> {
    let ffi = Ffi::new();
    ffi.cdef(
        "
        int printf(const char *format, ...);
        int fflush(struct FILE *stream);
        ",
    )?;
    let c = ffi.process();
    let printf = c.function("printf")?;
    // SAFETY: the prototype is that of C's printf, and each % has its argument
    let printed: i32 = unsafe { printf.call(("Hello %s! %d is %g halves\n", "world", 1, 2.0))? };
    // SAFETY: null flushes everything
    unsafe { c.function("fflush")?.call::<()>((null_mut::<c_void>(),))? };
    assert_eq!(printed, "Hello world! 1 is 2 halves\n".len() as i32);
    Ok(())
}
