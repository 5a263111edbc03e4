//! Eightbyte.
#![deny(unsafe_code)]

mod abi;
mod cdef;
mod engine;
pub mod error;
pub mod layout;
mod library;
mod memory;
pub mod target;
pub mod types;
