//! Eightbyte.
#![deny(unsafe_code)]

mod cdef;
pub mod error;
pub mod layout;
pub mod target;
