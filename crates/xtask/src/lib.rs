//! The project's own tools, as a library: the tests at the root call the same judges as `cargo xtask`.
#![deny(unsafe_code)]

pub mod bench;
pub mod callbacks;
pub mod calls;
pub mod expand;
pub mod filled;
pub mod fuzz;
pub mod headers;
pub mod layouts;
pub mod mutants;

/// Writes the table of conversions to where people read it.
pub fn write_conversions() -> Result<bool, String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/conversions.md");
    std::fs::write(path, eightbyte::conversions_document())
        .map_err(|error| format!("cannot write {path}: {error}"))?;
    Ok(true)
}
