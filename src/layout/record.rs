//! Where the members of a record lie.
//!
//! The rules are those of gcc (all but Windows), of gcc for Windows, and of Microsoft's compiler. Bit positions are
//! counted in `u128`, so no sum of target sizes can overflow.

use super::{Align, ms, sysv};
use crate::target::RecordRule;

/// Size and alignment of a member's type, with where the alignment comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Size in bytes; 0 for a flexible array.
    pub size: u64,
    /// Alignment as a member of a record.
    pub align: Align,
    /// The alignment was asked for by an attribute.
    pub align_by_attribute: bool,
    /// The alignment without the attributes of typedefs (which Microsoft's compiler does not let lower it).
    pub natural_align: Align,
    /// The alignment that no packing takes away from Microsoft's compiler: what attributes asked for, at any depth.
    pub required_align: Align,
}

impl Extent {
    /// A type that has no attributes.
    pub fn plain(size: u64, align: Align) -> Extent {
        Extent { size, align, align_by_attribute: false, natural_align: align, required_align: Align::ONE }
    }
}

/// One member, in numbers.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Of its type.
    pub extent: Extent,
    /// Its width, if it is a bit-field.
    pub bits: Option<Width>,
    /// `packed` stands on the member.
    pub packed: bool,
    /// `aligned(N)` or `_Alignas` stands on the member.
    pub aligned: Option<Align>,
    /// No integer of the machine is as large, or its length is open (cases 273, 274).
    pub block: bool,
}

/// The width of a bit-field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width {
    /// In bits; 0 asks for a new unit.
    pub bits: u32,
    /// Has the bit-field a name?
    pub named: bool,
}

/// What governs a record as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Governing {
    /// Whose rule.
    pub rule: RecordRule,
    /// A union: all members start at 0.
    pub union: bool,
    /// `packed` stands on the record.
    pub packed: bool,
    /// `aligned(N)` stands on the record.
    pub aligned: Option<Align>,
    /// The `#pragma pack` in force.
    pub pack: Option<Align>,
    /// i386: integers in records are aligned to this at the most, unless an attribute asks for more.
    pub integer_align_limit: Option<Align>,
    /// Size of a record without members, in bytes.
    pub empty_bytes: u64,
    /// No object is larger, in bytes.
    pub largest_bytes: u64,
}

/// Where everything in a record lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Size and alignment of the whole.
    pub extent: Extent,
    /// First bit of each member, counted from the lowest bit of byte 0.
    pub first_bits: Vec<u128>,
}

/// Places members one after the other. `None`: the record is larger than the machine can address.
pub fn place(governing: &Governing, members: &[Member]) -> Option<Placement> {
    let open = match governing.rule {
        RecordRule::Gcc { unnamed_align } => sysv::place(governing, unnamed_align, members),
        RecordRule::Mingw => ms::place_mingw(governing, members),
        RecordRule::Msvc => ms::place_msvc(governing, members),
    };
    let size = u64::try_from(open.size_bytes).ok().filter(|&size| size <= governing.largest_bytes)?;
    Some(Placement {
        extent: Extent {
            size,
            align: open.align,
            align_by_attribute: open.align_by_attribute,
            natural_align: open.align,
            required_align: open.required_align,
        },
        first_bits: open.first_bits,
    })
}

/// A finished record whose size has not been checked yet.
pub(super) struct Open {
    pub size_bytes: u128,
    pub align: Align,
    pub align_by_attribute: bool,
    pub required_align: Align,
    pub first_bits: Vec<u128>,
}

/// The next multiple of a power of two, or of 1.
pub(super) fn round_up(bits: u128, multiple: u128) -> u128 {
    bits.div_ceil(multiple.max(1)) * multiple.max(1)
}

/// An alignment that was computed in bits.
pub(super) fn align_of_bits(bits: u128) -> Align {
    u64::try_from(bits / 8).ok().and_then(Align::from_bytes).unwrap_or(Align::ONE)
}
