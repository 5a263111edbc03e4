//! Floating numbers of any format that C has, exact: those of constants.

use super::decimal;
use super::float::{self, Format, Parts, QUAD};
use std::cmp::Ordering;
use std::fmt;

/// A floating number of up to 113 bits of precision: every value of `long double` and `_Float128` is one.
///
/// Two are equal if they are the same number with the same sign; a number that is none equals itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WideFloat(u128);

/// What is left of a number behind its bits counts as one more bit, so that rounding sees it.
type Unrounded = (u128, i32);

impl WideFloat {
    /// The same number.
    pub fn from_f64(value: f64) -> WideFloat {
        WideFloat(float::from_f64(value, QUAD))
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        float::to_f64(self.0, QUAD)
    }

    /// The double that it is, if there is one.
    pub fn as_f64(self) -> Option<f64> {
        let near = self.to_f64();
        (WideFloat::from_f64(near) == self || near.is_nan()).then_some(near)
    }

    /// Its IEEE 754 binary128 bits, in which it is kept.
    pub fn to_bits(self) -> u128 {
        self.0
    }

    /// Is it 0 or -0?
    pub fn is_zero(self) -> bool {
        self.0 << 1 == 0
    }

    /// With the other sign.
    pub fn negated(self) -> WideFloat {
        WideFloat(self.0 ^ 1 << 127)
    }

    /// Which is less; `None` where one is no number.
    pub fn compared(self, other: WideFloat) -> Option<Ordering> {
        if self.is_nan() || other.is_nan() {
            return None;
        }
        let key = |number: WideFloat| {
            let magnitude = (number.0 << 1 >> 1) as i128;
            if number.is_negative() { -magnitude } else { magnitude }
        };
        Some(key(self).cmp(&key(other)))
    }

    fn is_negative(self) -> bool {
        self.0 >> 127 == 1
    }

    fn is_nan(self) -> bool {
        matches!(float::take_apart(self.0, QUAD), Parts::NotANumber)
    }

    /// The nearest number of a format to an integer.
    pub(crate) fn from_integer(negative: bool, magnitude: u128, format: Format) -> WideFloat {
        WideFloat(float::recode(float::from_integer(negative, magnitude, format), format, QUAD))
    }

    /// Its whole part as a sign and a magnitude, where that is below 2^128.
    pub(crate) fn truncated(self) -> Option<(bool, u128)> {
        let Parts::Finite { significand, exponent } = float::take_apart(self.0, QUAD) else { return None };
        let magnitude = match u32::try_from(exponent) {
            Ok(_) if significand == 0 => 0,
            Ok(left) if left <= significand.leading_zeros() => significand << left,
            Ok(_) => return None,
            Err(_) => significand.checked_shr(exponent.unsigned_abs()).unwrap_or(0),
        };
        Some((self.is_negative(), magnitude))
    }

    /// The nearest number of a format.
    pub(crate) fn rounded(self, format: Format) -> WideFloat {
        WideFloat(float::recode(self.bits_in(format), format, QUAD))
    }

    /// The bits of the nearest number of a format.
    pub(crate) fn bits_in(self, format: Format) -> u128 {
        float::recode(self.0, QUAD, format)
    }

    /// What `12.5e-3` says, as the nearest number of a format; `None` where it is no number.
    pub(crate) fn of_decimal(text: &str, format: Format) -> Option<WideFloat> {
        Some(WideFloat::of_parts(false, decimal::unrounded(text)?, format))
    }

    /// What `0x1.8p3` says, as the nearest number of a format.
    pub(crate) fn of_hexadecimal(text: &str, format: Format) -> Option<WideFloat> {
        Some(WideFloat::of_parts(false, decimal::unrounded_hexadecimal(text)?, format))
    }

    fn of_parts(negative: bool, (significand, exponent): Unrounded, format: Format) -> WideFloat {
        let magnitude = if significand == 0 { 0 } else { float::put_together(significand, exponent, format) };
        let whole = WideFloat(float::recode(magnitude, format, QUAD));
        if negative { whole.negated() } else { whole }
    }

    /// The sum, rounded once.
    pub(crate) fn plus(self, other: WideFloat, format: Format) -> WideFloat {
        let (Some(one), Some(two)) = (self.finite(), other.finite()) else {
            return WideFloat::from_f64(self.extreme() + other.extreme());
        };
        // The larger in front, with room for the bits of the smaller one.
        let swap = (one.1, one.0) < (two.1, two.0) && two.0 != 0 || one.0 == 0;
        let ((large, large_negative), (small, small_negative)) = match swap {
            true => ((two, other.is_negative()), (one, self.is_negative())),
            false => ((one, self.is_negative()), (two, other.is_negative())),
        };
        if small.0 == 0 {
            // -0 + -0 is -0, any other sum of zeros 0.
            let negative = large_negative && (large.0 != 0 || small_negative);
            return WideFloat::of_parts(negative, large, format);
        }
        let exponent = large.1 - GUARD;
        let (first, second) = (large.0 << GUARD, shifted(small.0, small.1 - exponent));
        let (magnitude, negative) = match large_negative == small_negative {
            true => (first + second, large_negative),
            false if first >= second => (first - second, large_negative && first != second),
            false => (second - first, small_negative),
        };
        WideFloat::of_parts(negative, (magnitude, exponent), format)
    }

    /// The product, rounded once.
    pub(crate) fn times(self, other: WideFloat, format: Format) -> WideFloat {
        let (Some(one), Some(two)) = (self.finite(), other.finite()) else {
            return WideFloat::from_f64(self.extreme() * other.extreme());
        };
        let low = |number: u128| number & u128::from(u64::MAX);
        let (a, b, c, d) = (one.0 >> 64, low(one.0), two.0 >> 64, low(two.0));
        // 226 bits at the most, in two halves.
        let (middle, least) = (a * d + b * c + ((b * d) >> 64), low(b * d));
        let (high, rest) = (a * c + (middle >> 64), low(middle) << 64 | least);
        let product = high << 30 | rest >> 98 | u128::from(rest << 30 != 0);
        let negative = self.is_negative() != other.is_negative();
        WideFloat::of_parts(negative, (product, one.1 + two.1 + 98), format)
    }

    /// The quotient, rounded once; as IEEE 754 has it where the divisor is 0.
    pub(crate) fn over(self, other: WideFloat, format: Format) -> WideFloat {
        let (Some(one), Some(two)) = (self.finite(), other.finite()) else {
            return WideFloat::from_f64(self.extreme() / other.extreme());
        };
        if two.0 == 0 {
            return WideFloat::from_f64(self.extreme() / other.extreme());
        }
        let (mut quotient, mut rest) = (0u128, one.0);
        for _ in 0..QUOTIENT_BITS {
            quotient = quotient << 1 | u128::from(rest >= two.0);
            rest = (if rest >= two.0 { rest - two.0 } else { rest }) << 1;
        }
        let exponent = one.1 - two.1 - QUOTIENT_BITS + 1;
        let negative = self.is_negative() != other.is_negative();
        WideFloat::of_parts(negative, (quotient << 1 | u128::from(rest != 0), exponent - 1), format)
    }

    /// Significand with its highest bit at 112, unless it is 0, and exponent.
    fn finite(self) -> Option<Unrounded> {
        match float::take_apart(self.0, QUAD) {
            Parts::Finite { significand: 0, .. } => Some((0, 0)),
            Parts::Finite { significand, exponent } => {
                let left = significand.leading_zeros() as i32 - 15;
                Some((significand << left, exponent - left))
            }
            Parts::Infinite | Parts::NotANumber => None,
        }
    }

    /// A double that does as this one in sums and products with what is infinite or no number.
    fn extreme(self) -> f64 {
        match float::take_apart(self.0, QUAD) {
            Parts::Finite { significand: 0, .. } => self.to_f64(),
            Parts::Finite { .. } => 1f64.copysign(if self.is_negative() { -1.0 } else { 1.0 }),
            Parts::Infinite | Parts::NotANumber => self.to_f64(),
        }
    }
}

/// Room below the bits of the larger summand: two bits would do beside the one for the rest.
const GUARD: i32 = 13;

/// So many bits of a quotient of two numbers of 113 bits are enough to round it.
const QUOTIENT_BITS: i32 = 120;

/// Left by so many places, or right, with what falls off as the lowest bit.
fn shifted(value: u128, left: i32) -> u128 {
    match u32::try_from(left) {
        Ok(left) => value.checked_shl(left).unwrap_or(0),
        Err(_) => {
            let right = left.unsigned_abs();
            let kept = value.checked_shr(right).unwrap_or(0);
            let lost = kept.checked_shl(right).unwrap_or(0) != value;
            kept | u128::from(lost)
        }
    }
}

impl From<f64> for WideFloat {
    fn from(value: f64) -> WideFloat {
        WideFloat::from_f64(value)
    }
}

impl fmt::Display for WideFloat {
    /// As C writes it: in decimal where it is a double, in hexadecimal where not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(value) = self.as_f64() {
            return write!(f, "{value:?}");
        }
        let sign = if self.is_negative() { "-" } else { "" };
        match self.finite() {
            Some((significand, exponent)) => {
                let fraction = significand & ((1 << 112) - 1);
                let digits = format!("{fraction:028x}");
                write!(f, "{sign}0x1.{}p{}", digits.trim_end_matches('0'), exponent + 112)
            }
            None => write!(f, "{sign}inf"),
        }
    }
}

impl fmt::Debug for WideFloat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::float::{DOUBLE, X87};
    use super::*;

    #[test]
    fn long_doubles_are_those_of_gcc() {
        for (text, bits) in [
            ("0.1", 0x3ffb_cccc_cccc_cccc_cccd),
            ("1e-3", 0x3ff5_8312_6e97_8d4f_df3b),
            ("3.14159265358979323846264338327950288", 0x4000_c90f_daa2_2168_c235),
            ("1e4900", 0x7f94_ae92_0427_5937_a4c1),
            ("1.18973149535723176502e+4932", 0x7ffe_ffff_ffff_ffff_ffff),
            ("3.64519953188247460253e-4951", 1),
            ("1e5000", 0x7fff_8000_0000_0000_0000),
            ("1e-5000", 0),
            ("0.0", 0),
            ("100", 0x4005_c800_0000_0000_0000),
        ] {
            let found = WideFloat::of_decimal(text, X87).map(|number| number.bits_in(X87));
            assert_eq!(found, Some(bits), "{text}: {found:x?}");
        }
    }

    #[test]
    fn doubles_are_those_of_rust() {
        for text in [
            "0.1",
            "1e23",
            "5e-324",
            "2.4703282292062327e-324",
            "1.7976931348623157e308",
            "1e-320",
            "9007199254740993",
            "123456789012345678901234567890e-20",
        ] {
            let number = WideFloat::of_decimal(text, DOUBLE).unwrap();
            assert_eq!(number.as_f64(), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn arithmetic_is_that_of_doubles() {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            f64::from_bits(state ^ state >> 29)
        };
        for round in 0..20_000 {
            let (one, mut two) = (next(), next());
            if round % 4 == 0 {
                two = -one * (1.0 + f64::EPSILON * f64::from(round % 7));
            }
            let (first, second) = (WideFloat::from_f64(one), WideFloat::from_f64(two));
            let same = |found: WideFloat, wanted: f64, what: &str| {
                let found = found.to_f64();
                let equal = found.to_bits() == wanted.to_bits() || found.is_nan() && wanted.is_nan();
                assert!(equal, "{one:?} {what} {two:?}: {found:?}, not {wanted:?}");
            };
            same(first.plus(second, DOUBLE), one + two, "+");
            same(first.times(second, DOUBLE), one * two, "*");
            same(first.over(second, DOUBLE), one / two, "/");
            assert_eq!(first.compared(second), one.partial_cmp(&two));
        }
        assert!(WideFloat::from_f64(0.0).plus(WideFloat::from_f64(-0.0), DOUBLE).to_f64().is_sign_positive());
    }

    #[test]
    fn what_is_shown_is_the_number() {
        for text in ["0.1", "1e-4950", "1e4900", "3.5"] {
            let number = WideFloat::of_decimal(text, X87).unwrap();
            let shown = number.to_string();
            let again = match shown.strip_prefix("0x") {
                Some(digits) => WideFloat::of_hexadecimal(digits, QUAD),
                None => WideFloat::of_decimal(&shown, QUAD),
            };
            assert_eq!(again, Some(number), "{shown}");
        }
    }
}
