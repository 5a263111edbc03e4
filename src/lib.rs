//! Eightbyte.
#![deny(unsafe_code)]

pub mod error;
pub mod layout;
pub mod target;
mod cdef;
