//! C's hexadecimal floating numbers to the bits of formats that Rust has no type for.
#![forbid(unsafe_code)]

use eightbyte::{Scalar, Target};

/// A binary floating format.
#[derive(Clone, Copy)]
pub struct Format {
    /// Bits of the significand, the one before the point included.
    precision: u32,
    exponent_bits: u32,
    /// The bit before the point is stored.
    explicit_one: bool,
}

/// x87's.
const X87: Format = Format { precision: 64, exponent_bits: 15, explicit_one: true };
/// `__float128`.
pub const QUAD: Format = Format { precision: 113, exponent_bits: 15, explicit_one: false };
/// `double`.
pub const DOUBLE: Format = Format { precision: 53, exponent_bits: 11, explicit_one: false };

/// That of `long double`; `None` where it is a `double`.
pub fn long_double(target: Target) -> Option<Format> {
    match target.size(Scalar::LongDouble) {
        Some(8) => None,
        _ if target.long_double_x87() => Some(X87),
        _ => Some(QUAD),
    }
}

/// The bits of a number: `0x1.8p3`, `-0x0p+0`, `inf`, `nan`. `None` for what is none, or needs more digits than there are.
pub fn bits(text: &str, format: Format) -> Option<u128> {
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let stored = if format.explicit_one { format.precision } else { format.precision - 1 };
    let sign = u128::from(negative) << (stored + format.exponent_bits);
    let endless = ((1u128 << format.exponent_bits) - 1) << stored;
    let one = if format.explicit_one { 1u128 << (format.precision - 1) } else { 0 };
    let number = match magnitude.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => endless | one,
        "nan" => endless | one | 1u128 << (format.precision - 2),
        hex => finite(hex.strip_prefix("0x")?, format, stored)?,
    };
    Some(sign | number)
}

fn finite(digits: &str, format: Format, stored: u32) -> Option<u128> {
    let (mantissa, exponent) = digits.split_once('p').unwrap_or((digits, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return if mantissa.trim_matches(['0', '.']).is_empty() && !mantissa.is_empty() {
            Some(0)
        } else {
            None
        };
    }
    let value = u128::from_str_radix(&all, 16).ok()?;
    if value == 0 {
        return Some(0);
    }
    // The number is value * 2^lowest.
    let lowest = exponent.checked_sub(i64::try_from(fraction.len()).ok()?.checked_mul(4)?)?;
    let bias = (1i64 << (format.exponent_bits - 1)) - 1;
    let digits = i64::from(format.precision) - 1;
    let top = lowest.checked_add(i64::from(value.ilog2()))?;
    if top > bias {
        return None;
    }
    // Below the smallest exponent the places stay where they are.
    let unit = top.max(1 - bias) - digits;
    let shift = lowest.checked_sub(unit)?;
    let significand = match u32::try_from(shift.checked_abs()?).ok()? {
        places if shift >= 0 => value.checked_shl(places)?,
        places if value.trailing_zeros() >= places => value.checked_shr(places)?,
        _ => return None,
    };
    let biased = if top < 1 - bias { 0 } else { u128::try_from(top + bias).ok()? };
    let fraction = if format.explicit_one { significand } else { significand & ((1u128 << stored) - 1) };
    Some(biased << stored | fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_rusts() {
        for (text, value) in [
            ("0x1p+0", 1.0),
            ("-0x1.8p3", -12.0),
            ("0x0p+0", 0.0),
            ("0x0.0p+0", 0.0),
            ("0x1.999999999999ap-4", 0.1),
            ("0x1p-1074", 5e-324),
            ("0x0.0000000000001p-1022", 5e-324),
            ("0x1.fffffffffffffp+1023", f64::MAX),
            ("0xffp0", 255.0),
            ("inf", f64::INFINITY),
        ] {
            assert_eq!(bits(text, DOUBLE), Some(u128::from(f64::to_bits(value))), "{text}");
        }
        for text in [
            "",
            "0x",
            "0xp1",
            "1.5",
            "0x1.00000000000001p0",
            "0x1p1024",
            "0x1p-1075",
            "0xgp0",
            "0x1p",
            "0x1.8.1p0",
        ] {
            assert_eq!(bits(text, DOUBLE), None, "{text}");
        }
    }

    #[test]
    fn wider_formats() {
        assert_eq!(bits("0x1p+0", X87), Some(0x3fff_8000_0000_0000_0000));
        assert_eq!(bits("-0x8p-3", X87), Some(0xbfff_8000_0000_0000_0000));
        assert_eq!(bits("0xf.fffffffffffffffp+16380", X87), Some(0x7ffe_ffff_ffff_ffff_ffff));
        assert_eq!(bits("0x1p-16445", X87), Some(1));
        assert_eq!(bits("inf", X87), Some(0x7fff_8000_0000_0000_0000));
        assert_eq!(bits("0x1p+0", QUAD), Some(0x3fff << 112));
        assert_eq!(bits("0x1.0000000000000000000000000001p+0", QUAD), Some(0x3fff << 112 | 1));
        assert_eq!(bits("-0x0p+0", QUAD), Some(1 << 127));
    }
}
