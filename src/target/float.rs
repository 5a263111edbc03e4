//! Floating formats that Rust has no type for: x87's 80 bits, 128 bits, half precision.

/// How a binary floating format divides its bits.
#[derive(Clone, Copy)]
pub(crate) struct Format {
    exponent_bits: u32,
    fraction_bits: u32,
    /// x87 writes down the bit before the point.
    explicit_one: bool,
}

pub(crate) const HALF: Format = Format { exponent_bits: 5, fraction_bits: 10, explicit_one: false };
pub(crate) const BRAIN: Format = Format { exponent_bits: 8, fraction_bits: 7, explicit_one: false };
pub(crate) const X87: Format = Format { exponent_bits: 15, fraction_bits: 63, explicit_one: true };
pub(crate) const QUAD: Format = Format { exponent_bits: 15, fraction_bits: 112, explicit_one: false };
pub(crate) const SINGLE: Format = Format { exponent_bits: 8, fraction_bits: 23, explicit_one: false };
pub(crate) const DOUBLE: Format = Format { exponent_bits: 11, fraction_bits: 52, explicit_one: false };

/// A number taken apart: (-1)^negative * significand * 2^exponent.
pub(super) enum Parts {
    Infinite,
    NotANumber,
    Finite { significand: u128, exponent: i32 },
}

/// The nearest double.
pub(crate) fn to_f64(bits: u128, from: Format) -> f64 {
    f64::from_bits(recode(bits, from, DOUBLE) as u64)
}

/// The nearest number of the format, as bits; infinite where the format ends.
pub(crate) fn from_f64(value: f64, to: Format) -> u128 {
    recode(u128::from(value.to_bits()), DOUBLE, to)
}

/// The nearest number to an integer, as bits; infinite where the format ends.
pub(crate) fn from_integer(negative: bool, magnitude: u128, to: Format) -> u128 {
    let bits = if magnitude == 0 { 0 } else { put_together(magnitude, 0, to) };
    bits | u128::from(negative) << to.sign_bit()
}

/// The number as a sign and a magnitude, where it is whole and below 2^128.
pub(crate) fn to_integer(bits: u128, from: Format) -> Option<(bool, u128)> {
    let Parts::Finite { significand, exponent } = take_apart(bits, from) else { return None };
    let magnitude = match u32::try_from(exponent) {
        Ok(left) if significand == 0 || left <= significand.leading_zeros() => {
            significand.checked_shl(left).unwrap_or(0)
        }
        Ok(_) => return None,
        Err(_) if significand == 0 => 0,
        Err(_) => {
            let right = exponent.unsigned_abs();
            significand.checked_shr(right).filter(|_| significand.trailing_zeros() >= right)?
        }
    };
    Some((bits >> from.sign_bit() & 1 == 1, magnitude))
}

/// The nearest number of another format.
pub(super) fn recode(bits: u128, from: Format, to: Format) -> u128 {
    let negative = bits >> from.sign_bit() & 1 == 1;
    let magnitude = match take_apart(bits, from) {
        Parts::Infinite => to.infinity(),
        Parts::NotANumber => to.infinity() | 1 << (to.fraction_bits - 1),
        Parts::Finite { significand: 0, .. } => 0,
        Parts::Finite { significand, exponent } => put_together(significand, exponent, to),
    };
    magnitude | u128::from(negative) << to.sign_bit()
}

pub(super) fn take_apart(bits: u128, from: Format) -> Parts {
    let stored = from.stored_bits();
    let exponent = (bits >> stored) as u32 & from.exponent_mask();
    let fraction = bits & ((1 << from.fraction_bits) - 1);
    if exponent == from.exponent_mask() {
        return if fraction == 0 { Parts::Infinite } else { Parts::NotANumber };
    }
    let one = if from.explicit_one {
        bits & 1 << from.fraction_bits
    } else if exponent == 0 {
        0
    } else {
        1 << from.fraction_bits
    };
    let exponent = exponent.max(1) as i32 - from.bias() - from.fraction_bits as i32;
    Parts::Finite { significand: fraction | one, exponent }
}

/// Rounds to nearest, ties to even. The significand is not zero.
pub(super) fn put_together(significand: u128, exponent: i32, to: Format) -> u128 {
    let width = 128 - significand.leading_zeros() as i32;
    let top = width - 1 + exponent;
    if top > to.bias() {
        return to.infinity();
    }
    if top < -to.bias() - to.fraction_bits as i32 - 1 {
        return 0;
    }
    // Below the least normal exponent the last place stays where it is.
    let last = top.max(1 - to.bias()) - to.fraction_bits as i32;
    let mut rounded = shift_rounding(significand, exponent - last);
    let mut exponent = last + to.fraction_bits as i32 + to.bias();
    if rounded >> (to.fraction_bits + 1) != 0 {
        rounded >>= 1;
        exponent += 1;
    }
    if exponent >= to.exponent_mask() as i32 {
        return to.infinity();
    }
    let is_normal = rounded >> to.fraction_bits != 0;
    let exponent = if is_normal { exponent as u128 } else { 0 };
    let kept = if to.explicit_one { rounded } else { rounded & ((1 << to.fraction_bits) - 1) };
    exponent << to.stored_bits() | kept
}

/// Left by so many places, or right with rounding.
fn shift_rounding(value: u128, left: i32) -> u128 {
    if left >= 0 {
        return value.checked_shl(left as u32).unwrap_or(0);
    }
    let right = left.unsigned_abs();
    if right > 128 {
        return 0;
    }
    let kept = value.checked_shr(right).unwrap_or(0);
    let half = 1u128 << (right - 1);
    let rest = value & (half | (half - 1));
    if rest > half || (rest == half && kept & 1 == 1) { kept + 1 } else { kept }
}

impl Format {
    fn stored_bits(self) -> u32 {
        self.fraction_bits + u32::from(self.explicit_one)
    }

    fn sign_bit(self) -> u32 {
        self.stored_bits() + self.exponent_bits
    }

    fn exponent_mask(self) -> u32 {
        (1 << self.exponent_bits) - 1
    }

    fn bias(self) -> i32 {
        (self.exponent_mask() >> 1) as i32
    }

    fn infinity(self) -> u128 {
        let one = if self.explicit_one { 1 << self.fraction_bits } else { 0 };
        u128::from(self.exponent_mask()) << self.stored_bits() | one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wider_formats_hold_every_double() {
        for value in [0.0, -0.0, 1.0, -1.5, 0.1, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e-310, f64::INFINITY] {
            for format in [X87, QUAD] {
                assert_eq!(to_f64(from_f64(value, format), format).to_bits(), value.to_bits(), "{value}");
            }
        }
        assert!(to_f64(from_f64(f64::NAN, X87), X87).is_nan());
        assert_eq!(from_f64(1.0, X87), 0x3fff_8000_0000_0000_0000);
        assert_eq!(from_f64(-2.0, QUAD), 0xc000 << 112);
    }

    #[test]
    fn whole_numbers() {
        for value in [0, 1, 3, u128::from(u64::MAX), 1 << 63, (1 << 63) + 1, 1 << 127] {
            for format in [X87, QUAD] {
                assert_eq!(to_integer(from_integer(false, value, format), format), Some((false, value)));
                let negative = to_integer(from_integer(true, value, format), format);
                assert_eq!(negative, Some((true, value)));
            }
        }
        for value in
            [0.5, -1.5, 1e300, 5e-324, f64::INFINITY, f64::NAN, 340282366920938463463374607431768211456.0]
        {
            assert_eq!(to_integer(from_f64(value, X87), X87), None, "{value}");
        }
    }

    #[test]
    fn narrower_formats_round() {
        for (value, bits) in [
            (1.0, 0x3c00),
            (65504.0, 0x7bff),
            (65519.9, 0x7bff),
            (65520.0, 0x7c00),
            (5.960_464_477_539_063e-8, 1),
            (2.980_232_238_769_531_3e-8, 0),
            (-2.0, 0xc000),
            (0.1, 0x2e66),
        ] {
            assert_eq!(from_f64(value, HALF), bits, "{value}");
        }
        assert_eq!(from_f64(1.0, BRAIN), 0x3f80);
        let third = (0x3ffdu128 << 112) | 0x5555_5555_5555_5555_5555_5555_5555;
        assert_eq!(to_f64(third, QUAD), 1.0 / 3.0);
    }
}
