//! The digits of floating constants, exact: as many bits as any format rounds to, and whether more follow.

/// Digits past these only say that there are some: no number between two of a format needs more to be told apart.
const DIGITS: usize = 12_000;

/// Beyond these powers of ten every format is infinite, or 0.
const POWERS: std::ops::Range<i64> = -6_000..6_000;

/// `12.5e-3` as a significand, whose lowest bit stands for all that follows, and a power of two.
pub(super) fn unrounded(text: &str) -> Option<(u128, i32)> {
    let (digits, exponent) = match text.find(['e', 'E']) {
        Some(at) => (text.get(..at)?, saturated(text.get(at + 1..)?)?),
        None => (text, 0),
    };
    let (mut kept, mut power, mut behind_point, mut any, mut more) =
        (Vec::new(), exponent, false, false, false);
    for byte in digits.bytes() {
        match byte {
            b'.' if !behind_point => behind_point = true,
            b'0'..=b'9' => {
                any = true;
                power -= i64::from(behind_point);
                if kept.len() < DIGITS && (byte != b'0' || !kept.is_empty()) {
                    kept.push(byte - b'0');
                } else if !kept.is_empty() {
                    more |= byte != b'0';
                    power += 1;
                }
            }
            _ => return None,
        }
    }
    if !any {
        return None;
    }
    while kept.last() == Some(&0) {
        kept.pop();
        power += 1;
    }
    if kept.is_empty() {
        return Some((0, 0));
    }
    if more {
        kept.push(1);
        power -= 1;
    }
    let magnitude = power + kept.len() as i64;
    if magnitude >= POWERS.end {
        return Some((1, i32::MAX / 4));
    }
    if magnitude < POWERS.start {
        return Some((1, i32::MIN / 4));
    }
    let mut whole = Big::default();
    for chunk in kept.chunks(19) {
        let value = chunk.iter().fold(0u64, |value, &digit| value * 10 + u64::from(digit));
        whole.multiply_and_add(10u64.pow(chunk.len() as u32), value);
    }
    let fives = Big::power_of_five(power.unsigned_abs() as u32);
    let power = power as i32;
    if power >= 0 {
        let (significand, exponent) = whole.times(&fives).leading();
        return Some((significand, exponent + power));
    }
    let left = (fives.bits() + 128).saturating_sub(whole.bits());
    let (quotient, rest) = whole.shifted(left).over(&fives);
    let (significand, exponent) = quotient.leading();
    Some((significand | u128::from(rest), exponent + power - left as i32))
}

/// `1.8p3`, whose `0x` may be gone.
pub(super) fn unrounded_hexadecimal(text: &str) -> Option<(u128, i32)> {
    let text = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    let (digits, exponent) = match text.find(['p', 'P']) {
        Some(at) => (text.get(..at)?, saturated(text.get(at + 1..)?)?),
        None => (text, 0),
    };
    let (mut significand, mut scale, mut more, mut behind_point) = (0u128, exponent, false, false);
    for digit in digits.chars() {
        if digit == '.' {
            behind_point = true;
            continue;
        }
        let digit = digit.to_digit(16)?;
        if significand >> 120 == 0 {
            significand = significand << 4 | u128::from(digit);
            scale -= if behind_point { 4 } else { 0 };
        } else {
            more |= digit != 0;
            scale += if behind_point { 0 } else { 4 };
        }
    }
    let limit = i64::from(i32::MAX / 4);
    Some((significand | u128::from(more), scale.clamp(-limit, limit) as i32))
}

/// An exponent; past what any format has it may be anything.
fn saturated(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value = 0i64;
    for byte in digits.bytes() {
        let digit = byte.is_ascii_digit().then_some(i64::from(byte.wrapping_sub(b'0')))?;
        value = (value * 10 + digit).min(1 << 40);
    }
    Some(if negative { -value } else { value })
}

/// A natural number of any size, the lowest limb first, the highest not 0.
#[derive(Clone, Default)]
struct Big(Vec<u64>);

impl Big {
    fn power_of_five(mut power: u32) -> Big {
        let (mut whole, mut square) = (Big(vec![1]), Big(vec![5]));
        while power > 0 {
            if power & 1 == 1 {
                whole = whole.times(&square);
            }
            power >>= 1;
            if power > 0 {
                square = square.times(&square);
            }
        }
        whole
    }

    fn bits(&self) -> u32 {
        self.0.last().map_or(0, |top| self.0.len() as u32 * 64 - top.leading_zeros())
    }

    fn multiply_and_add(&mut self, factor: u64, summand: u64) {
        let mut carry = u128::from(summand);
        for limb in &mut self.0 {
            let whole = u128::from(*limb) * u128::from(factor) + carry;
            *limb = whole as u64;
            carry = whole >> 64;
        }
        if carry > 0 {
            self.0.push(carry as u64);
        }
    }

    fn times(&self, other: &Big) -> Big {
        let mut product = vec![0u64; self.0.len() + other.0.len()];
        for (index, &limb) in self.0.iter().enumerate() {
            let mut carry = 0u128;
            let places = product.iter_mut().skip(index);
            for (place, factor) in places.zip(other.0.iter().copied().chain(std::iter::once(0))) {
                let whole = u128::from(limb) * u128::from(factor) + u128::from(*place) + carry;
                *place = whole as u64;
                carry = whole >> 64;
            }
        }
        Big(product).trimmed()
    }

    fn shifted(&self, left: u32) -> Big {
        let (limbs, bits) = ((left / 64) as usize, left % 64);
        let mut shifted = vec![0u64; limbs];
        let mut carry = 0u128;
        for &limb in &self.0 {
            let whole = u128::from(limb) << bits | carry;
            shifted.push(whole as u64);
            carry = whole >> 64;
        }
        shifted.push(carry as u64);
        Big(shifted).trimmed()
    }

    /// The quotient, and whether there is a rest. Knuth's algorithm D.
    fn over(&self, divisor: &Big) -> (Big, bool) {
        let shift = divisor.0.last().map_or(0, |top| top.leading_zeros());
        let divisor = divisor.shifted(shift).0;
        let mut rest = self.shifted(shift).0;
        let (count, Some(&top)) = (divisor.len(), divisor.last()) else { return (Big::default(), false) };
        rest.resize(rest.len().max(count) + 1, 0);
        let mut quotient = vec![0u64; rest.len() - count];
        for place in (0..quotient.len()).rev() {
            let Some(part) = rest.get_mut(place..=place + count) else { break };
            let head = match part {
                [.., low, high] => u128::from(*high) << 64 | u128::from(*low),
                _ => 0,
            };
            let mut guess = (head / u128::from(top)).min(u128::from(u64::MAX)) as u64;
            // At most two too large.
            let mut below = subtract(part, &divisor, guess);
            while below {
                guess -= 1;
                below = !add(part, &divisor);
            }
            if let Some(digit) = quotient.get_mut(place) {
                *digit = guess;
            }
        }
        (Big(quotient).trimmed(), rest.iter().any(|&limb| limb != 0))
    }

    /// The highest 126 bits and a power of two; the lowest bit stands for all that was cut off.
    fn leading(&self) -> (u128, i32) {
        let bits = self.bits();
        let right = bits.saturating_sub(126);
        let mut significand = 0u128;
        for (index, &limb) in self.0.iter().enumerate().rev() {
            let place = index as i64 * 64 - i64::from(right);
            if place >= 0 {
                significand |= u128::from(limb).checked_shl(place as u32).unwrap_or(0);
            } else if place > -64 {
                significand |= u128::from(limb >> -place);
                significand |= u128::from(limb << (64 + place) != 0);
            } else {
                significand |= u128::from(limb != 0);
            }
        }
        (significand, right as i32)
    }

    fn trimmed(mut self) -> Big {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }
}

/// Takes so many times a number away; true if that was too much, and the difference wrapped.
fn subtract(from: &mut [u64], number: &[u64], times: u64) -> bool {
    let mut carry = 0u128;
    let mut borrow = false;
    for (limb, &part) in from.iter_mut().zip(number.iter().chain(std::iter::once(&0))) {
        let product = u128::from(part) * u128::from(times) + carry;
        carry = product >> 64;
        let (first, one) = limb.overflowing_sub(product as u64);
        let (second, two) = first.overflowing_sub(u64::from(borrow));
        *limb = second;
        borrow = one || two;
    }
    borrow
}

/// Adds a number; true if the sum wrapped.
fn add(to: &mut [u64], number: &[u64]) -> bool {
    let mut carry = false;
    for (limb, &part) in to.iter_mut().zip(number.iter().chain(std::iter::once(&0))) {
        let (first, one) = limb.overflowing_add(part);
        let (second, two) = first.overflowing_add(u64::from(carry));
        *limb = second;
        carry = one || two;
    }
    carry
}
