//! Eightbyte.
#![deny(unsafe_code)]

pub mod abi;
mod engine;
pub mod error;
pub mod layout;
mod library;
mod memory;
pub mod target;
pub mod types;
