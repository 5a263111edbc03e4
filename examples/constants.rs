//! What the macros of a header say: the values of constants, and names for values.
//!
//! `cargo run --example constants` reads the system's `errno.h` and `signal.h`; where there are none, a text of its own.

use eightbyte::{Constant, Ffi, Result};

/// For a machine without C headers.
const INSTEAD: &str = "
#define EPERM 1
#define ENOENT 2
#define EAGAIN 11
#define EWOULDBLOCK EAGAIN
#define SIGINT 2
#define SIGTERM 15
";

fn main() -> Result<()> {
    let ffi = Ffi::new();
    if let Err(error) = ffi.cdef("#include <errno.h>\n#include <signal.h>\n") {
        println!("({})", error.message());
        ffi.cdef(INSTEAD)?;
    }

    // A macro without parameters is a constant with a type.
    for name in ["ENOENT", "EWOULDBLOCK", "SIGTERM"] {
        let (ty, value) = ffi.typed_constant(name)?;
        println!("{name} = {value:?} ({ty})");
    }

    // A value and a prefix lead back to names.
    println!("11 is {}", ffi.names_of("E", 11)?.join(" or "));
    println!("signal 2 is {}", ffi.names_of("SIG", 2)?.join(" or "));

    // Macros with parameters are evaluated with arguments; what one text defines, the next one sees.
    ffi.cdef("#define VERSION(major, minor) ((major) << 16 | (minor))")?;
    ffi.cdef("#define CURRENT VERSION(2, 7)\nenum { OLDEST = VERSION(1, 0) };\n#define GREETING \"hello, \" \"world\"")?;
    println!("CURRENT is {:?}, OLDEST {:?}", ffi.constant("CURRENT")?, ffi.constant("OLDEST")?);
    assert_eq!(ffi.eval("CURRENT >= VERSION(2, 0) && CURRENT > OLDEST")?, Constant::Integer(1));
    println!("GREETING is {:?}", ffi.constant("GREETING")?);
    Ok(())
}
