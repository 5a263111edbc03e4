//! Typed memory of C: blocks that are owned, parts of them that are lent, fields that are resolved once.
//!
//! Invariant: safe code reads and writes only memory of blocks that are owned, borrowed or shared, and within their
//! bounds. What has one owner lends references that obey the borrow rules; what is shared stays in its thread and is
//! only copied, or seen as cells; a pointer that C gave is read after somebody has vouched for it.
#![allow(unsafe_code, reason = "an island: memory that C shares")]

mod accessor;
mod arena;
mod calling;
mod column;
mod compatible;
mod data;
mod ending;
mod initialised;
mod lease;
mod measured;
mod memory_of;
mod methods;
mod mirror;
mod mirror_function;
mod mirror_macros;
mod native;
mod part;
mod pointer;
mod pointer_traits;
mod region;
#[cfg(feature = "serde")]
mod serialise;
mod value;
mod view;

pub use accessor::Accessor;
pub use arena::Arena;
pub(crate) use calling::operate;
pub use column::{Column, ColumnMut};
pub(crate) use compatible::{pointers_agree, points_to, same_numbers};
pub use data::CData;
pub(crate) use lease::Lease;
pub(crate) use measured::Measured;
pub(crate) use memory_of::{set_allocator, set_hook};
pub use methods::Methods;
pub use mirror::{Mirror, Mirrored, MirroredMember};
pub use native::Native;
pub(crate) use part::copy_value;
pub use part::{CMut, CRef, Held, HeldMut};
pub use pointer::CPtr;
pub use region::{Readable, Region, RegionMut, Typed, Writable};
pub(crate) use region::{bytes, copy, fill, is_type, string};
#[cfg(feature = "serde")]
pub use serialise::CDataSeed;
pub use value::Value;
