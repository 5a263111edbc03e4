//! Windows: whole storage units, as gcc for Windows and as Microsoft's compiler place them.

use super::Align;
use super::record::{Governing, Member, Open, align_of_bits, round_up};
use super::sysv::LARGEST_UNIT_BITS;

/// gcc for Windows (`ms_struct`).
pub(super) fn place_mingw(governing: &Governing, members: &[Member]) -> Open {
    let mut align_bits = governing.aligned.map_or(8, |align| u128::from(align.bits()));
    let mut align_by_attribute = governing.aligned.is_some();
    let mut first_bits = Vec::with_capacity(members.len());
    let mut end: u128 = 0;
    // The bits left in the unit that is being filled, and the size of its type: there while the last member was a
    // bit-field of non-zero width.
    let mut unit: Option<Unit> = None;
    let mut after_bit_field = false;
    for member in members {
        let extent = member.extent;
        let packed =
            (member.packed || governing.packed) && (member.bits.is_some() || extent.align > Align::ONE);
        let type_align = u128::from(extent.align.bits());
        let type_bits = u128::from(extent.size) * 8;
        let own = own_align_bits(governing, member, packed);
        let pack = |bits: u128| governing.pack.map_or(bits, |pack| bits.min(u128::from(pack.bits())));

        let counts = match member.bits {
            None => true,
            Some(width) if width.bits > 0 => !packed,
            Some(_) => after_bit_field,
        };
        if counts {
            let wanted = if member.bits.is_none() && packed { own } else { type_align.max(own) };
            align_bits = align_bits.max(pack(wanted));
        }
        // An attribute that asks for less than the type has is not heard.
        let heard =
            member.aligned.is_some_and(|asked| packed || member.bits.is_some() || asked >= extent.align);
        align_by_attribute |= heard || member.bits.is_none() && extent.align_by_attribute;

        if governing.union {
            let bytes = match member.bits {
                Some(width) => u128::from(width.bits).div_ceil(8),
                None => u128::from(extent.size),
            };
            end = end.max(bytes * 8);
            first_bits.push(0);
            // To gcc nothing comes before the members of a union, so zero widths in it do nothing (case 268).
            continue;
        }
        // gcc asks whether the end of the last member's bits is aligned, not that of its unit (case 269).
        let stands_aligned = end.is_multiple_of(own);
        let realigned = |end: u128, bits: u128| if stands_aligned { end } else { round_up(end, bits) };

        match member.bits {
            Some(width) if width.bits > 0 => {
                let bits = u128::from(width.bits);
                match &mut unit {
                    Some(open) if open.type_bits == type_bits && open.left >= bits => {
                        open.left -= bits;
                    }
                    Some(open) if open.type_bits == type_bits => {
                        end += open.left;
                        end = realigned(end, pack(own));
                        open.left = type_bits.saturating_sub(bits);
                    }
                    other => {
                        end += other.as_ref().map_or(0, |open| open.left);
                        end = realigned(end, own);
                        end = round_up_in_block(end, pack(if packed { 8 } else { type_align }));
                        unit = Some(Unit { type_bits, left: type_bits.saturating_sub(bits) });
                    }
                }
                first_bits.push(end);
                end += bits;
                after_bit_field = true;
            }
            Some(_) => {
                if let Some(open) = unit.take() {
                    end += open.left;
                    if open.type_bits != type_bits {
                        end = round_up_in_block(end, pack(if packed { 8 } else { type_align }));
                    }
                }
                first_bits.push(end);
                after_bit_field = false;
            }
            None => {
                end += unit.take().map_or(0, |open| open.left);
                end = realigned(end, own);
                end = round_up_in_block(end, pack(if packed { 8 } else { type_align }));
                first_bits.push(end);
                end += type_bits;
                after_bit_field = false;
            }
        }
    }
    if !governing.union {
        end += unit.map_or(0, |open| open.left);
    }
    Open {
        size_bytes: round_up(round_up(end, 8), align_bits) / 8,
        align: align_of_bits(align_bits),
        align_by_attribute,
        required_align: Align::ONE,
        first_bits,
    }
}

/// The next multiple, counted as gcc counts: from the last multiple of its largest alignment (case 263).
fn round_up_in_block(bits: u128, multiple: u128) -> u128 {
    let base = bits / LARGEST_UNIT_BITS * LARGEST_UNIT_BITS;
    base + round_up(bits - base, multiple)
}

struct Unit {
    type_bits: u128,
    left: u128,
}

/// The alignment of a member by its attributes and, for whole members, its type.
fn own_align_bits(governing: &Governing, member: &Member, packed: bool) -> u128 {
    let type_align = u128::from(member.extent.align.bits());
    let wanted = match (member.aligned, member.bits) {
        (Some(align), None) if packed => u128::from(align.bits()),
        (Some(align), None) => u128::from(align.bits()).max(type_align),
        (None, None) if packed => 8,
        (None, None) => type_align,
        (Some(align), Some(_)) => u128::from(align.bits()),
        (None, Some(_)) => 1,
    };
    governing.pack.map_or(wanted, |pack| wanted.min(u128::from(pack.bits())))
}

/// Microsoft's compiler, as clang models it.
pub(super) fn place_msvc(governing: &Governing, members: &[Member]) -> Open {
    // A pack of more than a pointer's size is no pack (case 270).
    let pack = governing.pack.filter(|pack| pack.bytes() <= 8);
    let limit = if governing.packed { Some(Align::ONE) } else { pack };
    let mut align = Align::ONE;
    let mut required = governing.aligned.unwrap_or(Align::ONE);
    let mut first_bits = Vec::with_capacity(members.len());
    let mut size: u128 = 0;
    // The unit of the last member, while that was a bit-field of non-zero width: bytes of its type, bits left.
    let mut unit: Option<(u64, u128)> = None;
    for member in members {
        let extent = member.extent;
        let asked = member.aligned.unwrap_or(Align::ONE).max(extent.required_align);
        let mut wanted = extent.natural_align;
        if member.bits.is_some() {
            wanted = wanted.max(asked);
        } else {
            required = required.max(asked);
        }
        if let Some(limit) = limit {
            wanted = wanted.min(limit);
        }
        if member.packed {
            wanted = Align::ONE;
        }
        let wanted = wanted.max(asked);
        let start = if governing.union { 0 } else { round_up(size, u128::from(wanted.bytes())) };
        match member.bits {
            None => {
                unit = None;
                align = align.max(wanted);
                first_bits.push(start * 8);
                size = size.max(start + u128::from(extent.size));
            }
            Some(width) if width.bits == 0 => {
                if unit.take().is_none() {
                    first_bits.push(if governing.union { 0 } else { size * 8 });
                } else if governing.union {
                    first_bits.push(0);
                    size = size.max(u128::from(extent.size));
                } else {
                    align = align.max(wanted);
                    first_bits.push(start * 8);
                    size = start;
                }
            }
            Some(width) => {
                let bits = u128::from(width.bits);
                match &mut unit {
                    Some((bytes, left)) if !governing.union && *bytes == extent.size && *left >= bits => {
                        first_bits.push(size * 8 - *left);
                        *left -= bits;
                    }
                    _ => {
                        unit = Some((extent.size, (u128::from(extent.size) * 8).saturating_sub(bits)));
                        first_bits.push(start * 8);
                        size = size.max(start + u128::from(extent.size));
                        if !governing.union {
                            // What the first of a unit asks for aligns the record, but packing takes it away from
                            // records around (cases 71, 78, 265).
                            align = align.max(wanted);
                        }
                    }
                }
            }
        }
    }
    size = round_up(size, u128::from(align.bytes()));
    align = align.max(required);
    let rounding = limit.map_or(align, |limit| align.min(limit)).max(required);
    size = round_up(size, u128::from(rounding.bytes()));
    if size == 0 {
        size = u128::from(if required.bytes() >= governing.empty_bytes {
            align.bytes()
        } else {
            governing.empty_bytes
        });
    }
    Open {
        size_bytes: size,
        align,
        align_by_attribute: required > Align::ONE,
        // With an attribute of its own, no packing lowers any of a record's alignment (case 266).
        required_align: if governing.aligned.is_some() { align } else { required },
        first_bits,
    }
}
