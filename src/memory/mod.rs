//! Owned blocks, raw reads and writes, bit-fields: bytes only, no types.
//!
//! Invariant: a block is owned by a pointer, never by a `Box`, so that pointers into it that C keeps stay valid
//! while the block moves about.
#![allow(unsafe_code, reason = "an island: memory that C shares")]

mod allocator;
mod bits;
mod block;
mod bump;
mod raw;
mod slab;

pub use allocator::{Allocator, Malloc};
pub(crate) use {
    bits::{read_bits, write_bits},
    block::{Block, layout},
    bump::Bump,
    raw::{copy_within, read, string, write},
};
