//! Typed memory of C: blocks that are owned, parts of them that are lent, fields that are resolved once.
//!
//! Invariant: safe code reads and writes only the bytes of blocks that it owns or has borrowed, by copying or through
//! references that obey the borrow rules. Whatever lies behind a pointer is out of its reach.
#![allow(unsafe_code, reason = "an island: memory that C shares")]

mod accessor;
mod arena;
mod calling;
mod data;
mod ending;
mod lease;
mod memory_of;
mod methods;
mod native;
mod part;
#[cfg(feature = "serde")]
mod serialise;
mod typed;
mod value;

pub use accessor::Accessor;
pub use arena::Arena;
pub(crate) use calling::operate;
pub use data::CData;
pub(crate) use lease::Lease;
pub(crate) use memory_of::{set_allocator, set_hook};
pub use methods::Methods;
pub use native::Native;
pub use part::{CMut, CRef, Held, HeldMut};
pub(crate) use part::{copy_value, pointers_agree, points_to};
#[cfg(feature = "serde")]
pub use serialise::CDataSeed;
pub(crate) use typed::Typed;
pub use value::Value;
