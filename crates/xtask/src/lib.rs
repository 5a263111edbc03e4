//! The project's own tools, as a library: the tests at the root call the same judges as `cargo xtask`.
#![forbid(unsafe_code)]

pub mod bench;
pub mod layouts;
