//! C's printf and scanf: variadic calls, whose formats are checked before C sees them.
//!
//! `cargo run --example printf`

use eightbyte::{Ffi, Result};
use std::f64::consts::PI;

const HEADER: &str = "
    int printf(const char *format, ...);
    int snprintf(char *to, size_t size, const char *format, ...);
    int sscanf(const char *text, const char *format, ...);
    int fflush(struct FILE *stream);
    double strtod(const char *text, char **end);
    long double strtold(const char *text, char **end);

    // A function of one's own says what its format is
    int report(char *to, size_t size, const char *format, ...)
        __attribute__((format(printf, 3, 4))) __asm__(\"snprintf\");
";

fn main() -> Result<()> {
    let ffi = Ffi::new();
    ffi.cdef(HEADER)?;
    let c = ffi.process();
    let printf = c.function("printf")?;
    let flush = c.function("fflush")?;

    // SAFETY: each format is checked against its arguments before the call; flushing null flushes everything
    unsafe {
        printf.call::<()>(("%s: %d items, %5.1f%% done\n", "basket", 3, 66.6667))?;
        printf.call::<()>(("%-8s|%8s|%08x|%+d|%c\n", "left", "right", 48879, 7, 'x' as i32))?;
        printf.call::<()>(("%ld and %llu need all of their 64 bits\n", i64::MIN, u64::MAX))?;
        printf.call::<()>(("%*.*f is pi in %d columns\n", 12, 4, PI, 12))?;
        // Nine doubles: one more than there are vector registers, so that the last travels on the stack
        printf.call::<()>(("%g %g %g %g %g %g %g %g %g\n", 1., 2., 3., 4., 5., 6., 7., 8., 9.5))?;
        flush.call::<()>(((),))?;
    }

    // A long double is a C value: as a Rust f64 it would have lost its last digits
    let wide = c.function("strtold")?;
    // SAFETY: it reads text, and nobody wants to know where it ends
    let third: eightbyte::CData = unsafe { wide.call(("0.333333333333333333333", ()))? };
    // SAFETY: as above
    let narrow: f64 = unsafe { c.function("strtod")?.call(("0.333333333333333333333", ()))? };
    // SAFETY: checked as all formats are
    unsafe {
        printf.call::<()>(("a third: %.21Lf as long double\n", &third))?;
        printf.call::<()>(("         %.21f as double\n", narrow))?;
        flush.call::<()>(((),))?;
    }

    // Into a buffer that ends where it ends
    let mut room = ffi.alloc_array("char", 12)?;
    let snprintf = c.function("snprintf")?;
    // SAFETY: C writes no more than the size that it is told
    let wanted: i32 = unsafe { snprintf.call((&mut room, 12, "%s, %s", "Hello", "world and all"))? };
    println!("{:?} fits, {wanted} characters were wanted", room.get::<String>("")?);

    // And back: every value that C writes to is lent
    let (mut year, mut name) = (ffi.alloc("int")?, ffi.alloc_array("char", 20)?);
    // SAFETY: the format writes an int and at most 19 characters
    let found: i32 =
        unsafe { c.function("sscanf")?.call(("born 1941 as dmr", "born %d as %19s", &mut year, &mut name))? };
    println!("{found} found: {year} and {:?}", name.get::<String>("")?);

    // Mistakes are errors, and no crashes
    println!();
    let report = c.function("report")?;
    // SAFETY: none of these reaches C
    let mistakes = unsafe {
        [
            printf.call::<()>(("%s has %d items\n", "basket", "three")),
            printf.call::<()>(("%d of %d\n", 1)),
            printf.call::<()>(("%ld bytes free at %f%%\n", 100i64, 5)),
            report.call::<()>((&mut room, 12, "%q", 1)),
            snprintf.call::<()>((&room, 12, "%d", 1)),
        ]
    };
    for mistake in mistakes {
        println!("{}\n", mistake.err().map_or("no mistake".to_string(), |error| error.to_string()));
    }
    Ok(())
}
