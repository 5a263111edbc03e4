//! The project's own tools, as a library: the tests at the root call the same judges as `cargo xtask`.
#![deny(unsafe_code)]

pub mod calls;
pub mod layouts;
