//! The one place where the judge meets the library.

pub use eightbyte::{FieldRow, TypeRows};

use eightbyte::{Ffi, Target};

/// What the library makes of a text, for the target of this name.
pub fn ours(text: &str, target: &str) -> Result<Vec<TypeRows>, String> {
    let rows = || {
        let ffi = Ffi::for_target(Target::named(target)?);
        ffi.cdef(text)?;
        ffi.type_rows()
    };
    rows().map_err(|error: eightbyte::Error| error.to_string())
}
