//! Numbers in, offsets out: where a record's members lie, and what a value is made of.
//!
//! Invariant: no C types here, only sizes, alignments and widths; `types` turns declarations into these numbers.
#![forbid(unsafe_code)]

mod ms;
mod picture;
mod record;
mod shape;
mod sysv;

pub use picture::{Layout, Line, LineKind};
pub use record::{Extent, Governing, Member, Width, place};
pub use shape::{Leaf, LeafKind, Shape, ShapeKind};

use std::fmt;

/// An alignment in bytes: a power of two.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Align(u8);

impl Align {
    /// No alignment: any byte will do.
    pub const ONE: Align = Align(0);

    /// An alignment of so many bytes, where that is a power of two up to 2^28 (gcc's limit).
    pub fn from_bytes(bytes: u64) -> Option<Align> {
        (bytes.is_power_of_two() && bytes <= 1 << 28).then(|| Align(bytes.trailing_zeros() as u8))
    }

    /// In bytes.
    pub fn bytes(self) -> u64 {
        1 << self.0
    }

    /// In bits.
    pub fn bits(self) -> u64 {
        8 << self.0
    }

    /// Is an offset in bytes a multiple of it?
    pub fn divides(self, offset_bytes: u64) -> bool {
        offset_bytes & (self.bytes() - 1) == 0
    }

    /// The next multiple at or above; `None` past the end of the numbers.
    pub fn round_up(self, bytes: u64) -> Option<u64> {
        Some(bytes.checked_add(self.bytes() - 1)? & !(self.bytes() - 1))
    }
}

impl fmt::Debug for Align {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Align({})", self.bytes())
    }
}

impl fmt::Display for Align {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.bytes())
    }
}
