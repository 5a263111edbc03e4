//! Bit-fields on byte slices: bit 0 is the lowest bit of the first byte, as on every little-endian machine.

use crate::error::{Error, ErrorKind, Result};

/// Reads `width` bits, 1 to 128, starting at `first_bit`; sign-extended if asked to.
///
/// The result holds the two's complement bits: `as u128` gives an unsigned field its value.
pub(crate) fn read_bits(bytes: &[u8], first_bit: u64, width: u32, signed: bool) -> Result<i128> {
    let (part, shift) = touched(bytes, first_bit, width)?;
    // Up to 17 bytes are touched: the first 16 as a whole, and the last on its own
    let mut low = [0u8; 16];
    low.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
    let mut value = u128::from_le_bytes(low) >> shift;
    if let (Some(&last), 1..) = (part.get(16), shift) {
        value |= u128::from(last) << (128 - shift);
    }
    // width is 1 to 128, so both shifts are by at most 127
    let unused = 128 - width;
    Ok(if signed { ((value << unused) as i128) >> unused } else { ((value << unused) >> unused) as i128 })
}

/// Writes the low `width` bits of `value`, 1 to 128, starting at `first_bit`; no other bit changes.
pub(crate) fn write_bits(bytes: &mut [u8], first_bit: u64, width: u32, value: i128) -> Result<()> {
    let (part, shift) = touched(bytes, first_bit, width)?;
    let (start, count) = ((first_bit / 8) as usize, part.len());
    let mask = u128::MAX >> (128 - width);
    let value = value as u128 & mask;
    let (low_mask, low) = ((mask << shift).to_le_bytes(), (value << shift).to_le_bytes());
    let Some(part) = bytes.get_mut(start..start + count) else { return Ok(()) };
    for (byte, (mask, new)) in part.iter_mut().zip(low_mask.into_iter().zip(low)) {
        *byte = *byte & !mask | new;
    }
    if let (Some(last), 1..) = (part.get_mut(16), shift) {
        let (mask, new) = ((mask >> (128 - shift)) as u8, (value >> (128 - shift)) as u8);
        *last = *last & !mask | new;
    }
    Ok(())
}

/// The bytes that a field touches, and how far up its first bit lies in the first of them.
fn touched(bytes: &[u8], first_bit: u64, width: u32) -> Result<(&[u8], u32)> {
    let shift = (first_bit % 8) as u32;
    let range = || {
        let start = usize::try_from(first_bit / 8).ok()?;
        let end = start.checked_add(usize::try_from((shift + width).div_ceil(8)).ok()?)?;
        bytes.get(start..end)
    };
    let part = if (1..=128).contains(&width) { range() } else { None };
    part.map(|part| (part, shift)).ok_or_else(|| {
        let message = format!(
            "expected a bit-field of 1 to 128 bits inside {} bytes, found {width} bits at bit {first_bit}",
            bytes.len()
        );
        Error::new(ErrorKind::OutOfRange, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_bit_by_bit() {
        let bytes: Vec<u8> = (0..24u32).map(|n| (n.wrapping_mul(0x9e37_79b9) >> 13) as u8).collect();
        let bit = |bytes: &[u8], at: u64| bytes[(at / 8) as usize] >> (at % 8) & 1;
        for first in 0..64u64 {
            for width in 1..=128u32 {
                let slow =
                    (0..width).fold(0u128, |sum, n| sum | u128::from(bit(&bytes, first + u64::from(n))) << n);
                assert_eq!(read_bits(&bytes, first, width, false).unwrap() as u128, slow);
                let negative = slow >> (width - 1) & 1 == 1;
                let extended = if negative && width < 128 { slow | u128::MAX << width } else { slow };
                assert_eq!(read_bits(&bytes, first, width, true).unwrap() as u128, extended);
                let value = !(slow as i128) ^ 0x1234_5678_9abc_def0;
                let mut written = bytes.clone();
                write_bits(&mut written, first, width, value).unwrap();
                for at in 0..192 {
                    let inside = (first..first + u64::from(width)).contains(&at);
                    let expected =
                        if inside { (value as u128 >> (at - first) & 1) as u8 } else { bit(&bytes, at) };
                    assert_eq!(bit(&written, at), expected, "bit {at} of {width} at {first}");
                }
            }
        }
    }

    #[test]
    fn refusals() {
        let mut bytes = [0u8; 4];
        for (first, width) in
            [(0, 0), (0, 129), (30, 3), (32, 1), (u64::MAX, 1), (u64::MAX, 128), (0, u32::MAX)]
        {
            assert!(read_bits(&bytes, first, width, false).is_err(), "{width} at {first}");
            assert!(write_bits(&mut bytes, first, width, 0).is_err());
        }
    }
}
