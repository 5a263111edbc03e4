//! Owned blocks, raw reads and writes, bit-fields: bytes only, no types.
//!
//! Invariant: a block is owned by a pointer, never by a `Box`, so that pointers into it that C keeps stay valid
//! while the block moves about.
#![allow(unsafe_code, reason = "an island: memory that C shares")]
#![allow(dead_code, reason = "entered through the rooms above")]

mod bits;
mod block;
mod raw;

#[allow(unused_imports, reason = "entered through the rooms above")]
pub(crate) use {
    bits::{read_bits, write_bits},
    block::Block,
    raw::{copy_within, read, string, write},
};
