//! gcc's rule on everything but Windows, which clang follows.
//!
//! The cases named here are those of `tests/cases/layouts/cases.txt`.

use super::record::{Governing, Member, Open, Width, align_of_bits, round_up};

pub(super) fn place(governing: &Governing, unnamed_align: bool, members: &[Member]) -> Open {
    let mut record = Record {
        governing,
        unnamed_align,
        align_bits: governing.aligned.map_or(8, |align| u128::from(align.bits())),
        align_by_attribute: governing.aligned.is_some(),
    };
    let mut first_bits = Vec::with_capacity(members.len());
    let mut end: u128 = 0;
    for member in members {
        let at = if governing.union { 0 } else { end };
        let first = record.place(at, member);
        let past = first + size_bits(member);
        end = if governing.union { end.max(round_up(past, 8)) } else { past };
        first_bits.push(if governing.union { 0 } else { first });
    }
    let size_bytes = round_up(round_up(end, 8), record.align_bits) / 8;
    let mut align = align_of_bits(record.align_bits);
    if let Some(limit) = governing.integer_align_limit
        && size_bytes == 8
        && align > limit
        && !record.align_by_attribute
        && !holds_vector(members)
        && !members.iter().any(|member| member.block)
    {
        // To gcc a record of 8 bytes is an integer of i386, and aligned like one.
        align = limit;
    }
    Open {
        size_bytes,
        align,
        align_by_attribute: record.align_by_attribute,
        required_align: super::Align::ONE,
        first_bits,
    }
}

/// A record of 8 bytes with a vector of floats in it is to gcc that vector.
fn holds_vector(members: &[Member]) -> bool {
    members.iter().any(|member| member.extent.size == 8 && member.extent.natural_align.bytes() == 8)
}

fn size_bits(member: &Member) -> u128 {
    match member.bits {
        Some(width) => u128::from(width.bits),
        None => u128::from(member.extent.size) * 8,
    }
}

/// gcc's BIGGEST_ALIGNMENT on every target here, without AVX.
pub(super) const LARGEST_UNIT_BITS: u128 = 128;

/// A record while it grows.
struct Record<'a> {
    governing: &'a Governing,
    unnamed_align: bool,
    align_bits: u128,
    align_by_attribute: bool,
}

impl Record<'_> {
    /// The first bit of the next member, `at` being the first free one.
    fn place(&mut self, at: u128, member: &Member) -> u128 {
        match member.bits {
            None => self.place_whole(at, member),
            Some(width) => self.place_bits(at, member, width),
        }
    }

    fn place_whole(&mut self, at: u128, member: &Member) -> u128 {
        let extent = member.extent;
        let packed = member.packed || self.governing.packed;
        let mut by_attribute = member.aligned.is_some();
        let wanted = match member.aligned {
            // Rule 5: packed and aligned(N) together give exactly N.
            Some(align) if packed => align,
            Some(align) if align >= extent.align => align,
            _ => {
                by_attribute = extent.align_by_attribute;
                if packed { super::Align::ONE } else { extent.align }
            }
        };
        let align = self.governing.pack.map_or(wanted, |pack| pack.min(wanted));
        self.raise(u128::from(align.bits()));
        self.align_by_attribute |= by_attribute;
        round_up(at, u128::from(align.bits()))
    }

    fn place_bits(&mut self, at: u128, member: &Member, width: Width) -> u128 {
        let extent = member.extent;
        let packed = member.packed || self.governing.packed;
        let type_bits = u128::from(extent.size) * 8;
        let type_align = u128::from(extent.align.bits());
        let own = self.own_alignment(at, member, width, packed);

        if width.named || self.unnamed_align {
            let from_type = match (width.bits, self.governing.pack) {
                // Rule 3: neither packed nor #pragma pack touches a zero width.
                (0, _) => type_align,
                (_, Some(pack)) => type_align.min(u128::from(pack.bits())),
                (_, None) if packed => 8,
                (_, None) => type_align,
            };
            self.raise(own.align_bits);
            self.raise(from_type);
            self.align_by_attribute |= extent.align_by_attribute;
        }
        self.align_by_attribute |= own.by_attribute;

        // gcc counts bits from the last multiple of the largest alignment that an instruction has.
        let block = LARGEST_UNIT_BITS.max(self.governing.aligned.map_or(0, |align| u128::from(align.bits())));
        let (base, first) = if own.align_bits < block {
            (at / block * block, round_up(at, own.align_bits))
        } else {
            let first = round_up(at, own.align_bits);
            (first, first)
        };
        let mut first = first;
        // Rule 1, off under packed and under any #pragma pack (rules 4 and 7).
        let in_units = !packed && self.governing.pack.is_none() && width.bits > 0 && !own.whole_integer;
        if in_units {
            let units = (first % type_align + u128::from(width.bits)).div_ceil(type_align);
            if units > type_bits / type_align {
                first = base + round_up(first - base, type_align);
            }
            self.align_by_attribute |= extent.align_by_attribute;
        }
        first
    }

    /// The alignment that a bit-field has apart from its type's: an attribute, a zero width, or a width that makes it
    /// an ordinary integer where it stands.
    fn own_alignment(&self, at: u128, member: &Member, width: Width, packed: bool) -> Own {
        let extent = member.extent;
        let mut own = Own {
            align_bits: member.aligned.map_or(1, |align| u128::from(align.bits())),
            by_attribute: member.aligned.is_some(),
            whole_integer: false,
        };
        let mut packed = packed;
        if width.bits == 0 {
            packed = false;
            if u128::from(extent.align.bits()) > own.align_bits {
                own.align_bits = u128::from(extent.align.bits());
                own.by_attribute = extent.align_by_attribute;
            }
        } else if matches!(width.bits, 8 | 16 | 32 | 64 | 128) {
            let integer = u128::from(width.bits);
            let stands_aligned = self.governing.union || at.is_multiple_of(integer);
            if stands_aligned && !(integer > 8 && packed) {
                own.align_bits = own.align_bits.max(integer);
                own.whole_integer = true;
            }
        }
        if packed && member.aligned.is_none() {
            own.align_bits = own.align_bits.min(8);
        }
        if let (false, false, Some(limit)) = (packed, own.by_attribute, self.governing.integer_align_limit) {
            own.align_bits = own.align_bits.min(u128::from(limit.bits()));
        }
        if let (1.., Some(pack)) = (width.bits, self.governing.pack) {
            own.align_bits = own.align_bits.min(u128::from(pack.bits()));
        }
        own
    }

    fn raise(&mut self, align_bits: u128) {
        self.align_bits = self.align_bits.max(align_bits);
    }
}

/// See `Record::own_alignment`.
struct Own {
    align_bits: u128,
    by_attribute: bool,
    /// The bit-field is an ordinary integer at an aligned place; units do not matter to it.
    whole_integer: bool,
}
