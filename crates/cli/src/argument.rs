//! Words of the command line to C values, as C would read them.
#![forbid(unsafe_code)]

use eightbyte::{Constant, Ffi, Kind, Scalar, ScalarClass, Target, Type};

/// A value to pass.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// An integer; what type C gives it where the declaration gives none.
    Integer { value: i128, literal: Scalar },
    /// A floating number.
    Float(f64),
    /// The bytes of a string, without the final NUL.
    Text(Vec<u8>),
    /// A pointer's address; null is 0.
    Address(u64),
}

/// A word for a parameter of a type.
///
/// Where a number is expected, any constant expression of the declarations is one. The error says what was expected
/// and found; which argument it is, the caller knows.
pub fn for_parameter(word: &str, ty: &Type, ffi: &Ffi) -> Result<Argument, String> {
    let target = ffi.target();
    let constant = || match ffi.eval(word) {
        Ok(Constant::Integer(value)) => Some((value, Scalar::LongLong)),
        _ => None,
    };
    let any_integer = || integer(word).or_else(constant);
    let not_a = |what: &str| format!("expected {what} for '{ty}', found '{word}'");
    match ty.kind() {
        Kind::Scalar(scalar) if scalar.class() == ScalarClass::Float => {
            let value = match scalar {
                // Rounded once: going through double would round twice.
                Scalar::Float => float_word(word, |digits| digits.parse::<f32>().ok().map(f64::from)),
                _ => float_word(word, |digits| digits.parse().ok()),
            };
            let value = value.or_else(|| any_integer().map(|(value, _)| value as f64));
            let value = value.or_else(|| match ffi.eval(word) {
                Ok(Constant::Float(value)) => Some(value),
                _ => None,
            });
            value.map(Argument::Float).ok_or_else(|| not_a("a number"))
        }
        Kind::Scalar(scalar) => {
            let (value, literal) = match (scalar, word) {
                (Scalar::Bool, "true") => (1, Scalar::Bool),
                (Scalar::Bool, "false") => (0, Scalar::Bool),
                _ => any_integer().ok_or_else(|| not_a("an integer"))?,
            };
            // A pattern of bits may fill the sign, and -1 is all ones; a decimal number means itself.
            let pattern = word.starts_with("0x") || word.starts_with("0b") || value < 0;
            let fits = fitted(value, *scalar, target)
                .filter(|&held| held == value || pattern || literal == Scalar::Bool);
            let value = fits.ok_or_else(|| format!("{word} does not fit into '{ty}'"))?;
            Ok(Argument::Integer { value, literal: Scalar::Int })
        }
        Kind::Enum(enumeration) => {
            let body = enumeration.body();
            let named = body.as_ref().and_then(|body| body.constants.get(word).copied());
            let (value, literal) =
                named.map(|value| (value, Scalar::Int)).or_else(any_integer).ok_or_else(|| {
                    let names = body.iter().flat_map(|body| body.constants.keys()).take(8);
                    let names: Vec<&str> = names.map(|name| &**name).collect();
                    match names[..] {
                        [] => not_a("an integer"),
                        _ => not_a(&format!("a constant ({}, ...) or an integer", names.join(", "))),
                    }
                })?;
            Ok(Argument::Integer { value, literal })
        }
        Kind::Pointer(pointee) => pointer(word, ty, pointee, target),
        _ => Err(format!("expected a list such as '{{1, 2}}' for '{ty}', found '{word}'")),
    }
}

/// A word behind the `...`: what it looks like is what it is.
pub fn for_variadic(word: &str, ffi: &Ffi) -> Result<Argument, String> {
    if let Some((value, literal)) = integer(word) {
        return Ok(Argument::Integer { value, literal });
    }
    if is_null(word) {
        return Ok(Argument::Address(0));
    }
    match ffi.constant(word) {
        Ok(Constant::Integer(value)) => {
            let literal = if i32::try_from(value).is_ok() { Scalar::Int } else { Scalar::LongLong };
            return Ok(Argument::Integer { value, literal });
        }
        Ok(Constant::Float(value)) => return Ok(Argument::Float(value)),
        _ => {}
    }
    // `inf` and `nan` are words before they are numbers.
    let is_number = word.bytes().any(|byte| byte.is_ascii_digit());
    if let Some(value) = float_word(word, |digits| digits.parse().ok()).filter(|_| is_number) {
        return Ok(Argument::Float(value));
    }
    unescaped(word).map(Argument::Text)
}

fn pointer(word: &str, ty: &Type, pointee: &Type, target: Target) -> Result<Argument, String> {
    if is_null(word) {
        return Ok(Argument::Address(0));
    }
    let is_bytes = match pointee.kind() {
        Kind::Scalar(scalar) => matches!(scalar, Scalar::Char | Scalar::SChar | Scalar::UChar),
        _ => false,
    };
    if is_bytes {
        return unescaped(word).map(Argument::Text);
    }
    match integer(word).filter(|_| !pointee.is_void() || word.starts_with("0x")) {
        // A small decimal number is hardly ever an address; a crash would be all there is to see.
        Some((value, _)) if value != 0 && !word.starts_with("0x") => Err(format!(
            "expected a pointer for '{ty}', found the number {word}; '&{{{word}}}' points to one, 0x{value:x} is an \
             address"
        )),
        Some((value, _)) => u64::try_from(value)
            .ok()
            .filter(|&address| target.pointer_bytes() >= 8 || address >> (target.pointer_bytes() * 8) == 0)
            .map(Argument::Address)
            .ok_or_else(|| format!("{word} is no address")),
        None if pointee.is_void() => unescaped(word).map(Argument::Text),
        None => Err(format!(
            "expected NULL, '{{1, 2}}', '&' or an address such as 0x1000 for '{ty}', found '{word}'"
        )),
    }
}

/// Is it a null pointer, in one of its spellings?
pub fn is_null(word: &str) -> bool {
    matches!(word, "NULL" | "null" | "nullptr")
}

/// The value as the type holds it: what fits its bits is accepted, signed or not, as a cast in C would.
fn fitted(value: i128, scalar: Scalar, target: Target) -> Option<i128> {
    if scalar == Scalar::Bool {
        return Some(i128::from(value != 0));
    }
    let bits = u32::try_from(target.size(scalar)?.checked_mul(8)?).ok()?;
    if bits >= 128 {
        return Some(value);
    }
    let (lowest, end) = (-(1i128 << (bits - 1)), 1i128 << bits);
    if !(lowest..end).contains(&value) {
        return None;
    }
    let signed = target.is_signed(scalar);
    Some(match value {
        _ if signed && value >= end / 2 => value - end,
        _ if !signed && value < 0 => value + end,
        _ => value,
    })
}

/// An integer as C spells it (`42`, `0x2a`, `052`, `0b101010`, `'*'`, `-1`, `1ul`), and the type of the literal.
pub fn integer(word: &str) -> Option<(i128, Scalar)> {
    let (negative, unsigned_word) = sign(word);
    let sign = if negative { -1 } else { 1 };
    if let Some(inside) = unsigned_word.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        let bytes = if inside == "'" { None } else { unescaped(inside).ok() }?;
        let [byte] = bytes[..] else { return None };
        // A character constant has the value of the char, which is signed here.
        return Some((sign * i128::from(byte as i8), Scalar::Int));
    }
    let lower = unsigned_word.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, lower.get(2..)?),
        [b'0', b'b', ..] => (2, lower.get(2..)?),
        [b'0', _, ..] => (8, lower.get(1..)?),
        _ => (10, lower.as_str()),
    };
    let end = digits.find(|digit: char| !digit.is_digit(radix)).unwrap_or(digits.len());
    let (digits, suffix) = digits.split_at(end);
    // `0u` is an octal zero without further digits.
    let magnitude = match digits {
        "" if radix == 8 => 0,
        _ => i128::from_str_radix(digits, radix).ok()?,
    };
    let (unsigned, longs) = match suffix {
        "" => (false, 0),
        "u" => (true, 0),
        "l" => (false, 1),
        "ul" | "lu" => (true, 1),
        "ll" => (false, 2),
        "ull" | "llu" => (true, 2),
        _ => return None,
    };
    Some((sign * magnitude, literal_type(magnitude, radix, unsigned, longs)))
}

/// The first type that holds the value, in C's order; an `int` has 32 bits on every target.
fn literal_type(magnitude: i128, radix: u32, unsigned: bool, longs: u32) -> Scalar {
    let int = magnitude <= i128::from(i32::MAX);
    let unsigned_int = magnitude <= i128::from(u32::MAX);
    let long = magnitude <= i128::from(i64::MAX);
    match (longs, unsigned) {
        (0, false) if int => Scalar::Int,
        (0, false) if unsigned_int && radix != 10 => Scalar::UInt,
        (0, true) if unsigned_int => Scalar::UInt,
        (1, false) if long => Scalar::Long,
        (1, true) => Scalar::ULong,
        (_, false) if long => Scalar::LongLong,
        _ => Scalar::ULongLong,
    }
}

fn sign(word: &str) -> (bool, &str) {
    match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    }
}

/// A floating number as C spells it: `1.5`, `.5`, `1e3`, `2.f`, `0x1.8p3`, `inf`, `nan`.
fn float_word(word: &str, parse: impl Fn(&str) -> Option<f64>) -> Option<f64> {
    let (negative, magnitude) = sign(word);
    if magnitude.starts_with(['-', '+']) {
        return None;
    }
    let lower = magnitude.to_ascii_lowercase();
    let value = match lower.strip_prefix("0x") {
        Some(digits) => hex_float(digits)?,
        None if lower == "infinity" || lower == "inf" => f64::INFINITY,
        None if lower == "nan" => f64::NAN,
        None if lower.starts_with(|first: char| first.is_ascii_digit() || first == '.') => {
            let has_point = lower.contains(['.', 'e']);
            parse(if has_point { lower.strip_suffix(['f', 'l']).unwrap_or(&lower) } else { &lower })?
        }
        None => return None,
    };
    Some(if negative { -value } else { value })
}

/// Behind `0x`: `1.8p3`. More digits than a double holds are refused, for they would have to be rounded.
fn hex_float(digits: &str) -> Option<f64> {
    let (mantissa, exponent) = digits.split_once('p')?;
    let exponent: i64 = exponent.strip_suffix(['f', 'l']).unwrap_or(exponent).parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let value = u64::from_str_radix(&all, 16).ok().filter(|_| !all.starts_with('+'))?;
    let significant = 64 - value.leading_zeros() - value.trailing_zeros().min(63);
    if value != 0 && significant > 53 {
        return None;
    }
    let scale = exponent.checked_sub(i64::try_from(fraction.len()).ok()?.checked_mul(4)?)?;
    // In two steps, so that a subnormal result is not lost in an intermediate zero.
    let scale = i32::try_from(scale.clamp(-4000, 4000)).ok()?;
    let half = scale / 2;
    Some(value as f64 * 2f64.powi(half / 2) * 2f64.powi(half - half / 2) * 2f64.powi(scale - half))
}

/// A string with C's escapes resolved.
pub fn unescaped(word: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.chars().peekable();
    while let Some(character) = rest.next() {
        if character != '\\' {
            bytes.extend(character.to_string().bytes());
            continue;
        }
        let unknown =
            |escape: String| format!("unknown escape '\\{escape}' in '{word}'; a backslash is '\\\\'");
        let Some(escape) = rest.next() else { return Err(unknown(String::new())) };
        let mut digits = |radix: u32, most: usize, mut value: u32| {
            let mut count = 0;
            while let Some(digit) = rest.peek().and_then(|next| next.to_digit(radix)).filter(|_| count < most)
            {
                rest.next();
                value = value.checked_mul(radix)?.checked_add(digit)?;
                count += 1;
            }
            (count > 0 || radix == 8).then_some(value)
        };
        match escape {
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            'r' => bytes.push(b'\r'),
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'f' => bytes.push(12),
            'v' => bytes.push(11),
            'e' => bytes.push(27),
            '\\' | '\'' | '"' | '?' => bytes.push(escape as u8),
            '0'..='7' => {
                let value = digits(8, 2, escape as u32 - '0' as u32);
                bytes.push(
                    value.and_then(|value| u8::try_from(value).ok()).ok_or_else(|| unknown(escape.into()))?,
                );
            }
            'x' => {
                let value = digits(16, 2, 0);
                bytes.push(
                    value.and_then(|value| u8::try_from(value).ok()).ok_or_else(|| unknown(escape.into()))?,
                );
            }
            'u' | 'U' => {
                let value = digits(16, if escape == 'u' { 4 } else { 8 }, 0);
                let character = value.and_then(char::from_u32).ok_or_else(|| unknown(escape.into()))?;
                bytes.extend(character.to_string().bytes());
            }
            _ => return Err(unknown(escape.into())),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use eightbyte::Ffi;

    fn converted(word: &str, ty: &str) -> Result<Argument, String> {
        let ffi = Ffi::for_target(Target::X86_64_LINUX);
        ffi.cdef("enum color { RED, BLUE = 7 }; struct point { int x; };").expect("these are C");
        for_parameter(word, ffi.ctype(ty).expect("it is a type").as_type(), &ffi)
    }

    fn value(word: &str, ty: &str) -> Option<i128> {
        match converted(word, ty) {
            Ok(Argument::Integer { value, .. }) => Some(value),
            _ => None,
        }
    }

    #[test]
    fn integers_in_every_spelling() {
        let cases: [(&str, i128); 14] = [
            ("42", 42),
            ("-42", -42),
            ("+7", 7),
            ("0x2A", 42),
            ("-0x10", -16),
            ("052", 42),
            ("0", 0),
            ("00", 0),
            ("0b101", 5),
            ("'A'", 65),
            ("'\\n'", 10),
            ("'\\0'", 0),
            ("7ull", 7),
            ("18446744073709551615", i128::from(u64::MAX)),
        ];
        for (word, expected) in cases {
            assert_eq!(integer(word).map(|(value, _)| value), Some(expected), "{word}");
        }
        for word in ["", "-", "0x", "08", "1.5", "''", "'ab'", "abc", "1z", "--1", "0b2", "+ 1", "0x+1"] {
            assert_eq!(integer(word), None, "{word}");
        }
    }

    #[test]
    fn literals_have_the_types_of_c() {
        for (word, ty) in [
            ("1", Scalar::Int),
            ("0x80000000", Scalar::UInt),
            ("2147483648", Scalar::LongLong),
            ("1u", Scalar::UInt),
            ("1l", Scalar::Long),
            ("0xffffffffffffffff", Scalar::ULongLong),
        ] {
            assert_eq!(integer(word).map(|(_, ty)| ty), Some(ty), "{word}");
        }
    }

    #[test]
    fn the_declared_type_decides() {
        assert_eq!(value("0xffffffff", "int"), Some(-1));
        assert_eq!(value("-1", "unsigned char"), Some(255));
        assert_eq!(value("256", "unsigned char"), None);
        assert_eq!(value("true", "_Bool"), Some(1));
        assert_eq!(value("BLUE", "enum color"), Some(7));
        assert_eq!(value("BLUE << 1", "int"), Some(14));
        assert_eq!(value("sizeof(struct point)", "unsigned long"), Some(4));
        assert_eq!(converted("1.0 / 4", "double"), Ok(Argument::Float(0.25)));
        assert_eq!(value("1.5", "int"), None);
        assert_eq!(converted("3", "double"), Ok(Argument::Float(3.0)));
        assert_eq!(converted("-.5f", "float"), Ok(Argument::Float(-0.5)));
        assert_eq!(converted("0x1.8p3", "double"), Ok(Argument::Float(12.0)));
        assert_eq!(converted("0x1p-1074", "double"), Ok(Argument::Float(5e-324)));
        assert_eq!(converted("42", "const char *"), Ok(Argument::Text(b"42".to_vec())));
        assert_eq!(converted("NULL", "const char *"), Ok(Argument::Address(0)));
        assert_eq!(converted("0x10", "void *"), Ok(Argument::Address(16)));
        assert_eq!(converted("0x10", "struct point *"), Ok(Argument::Address(16)));
        assert!(converted("16", "struct point *").is_err());
        assert!(converted("x", "struct point *").is_err());
        assert!(converted("x", "struct point").is_err());
    }

    #[test]
    fn behind_the_dots_the_spelling_decides() {
        assert_eq!(for_variadic("3", &Ffi::new()), Ok(Argument::Integer { value: 3, literal: Scalar::Int }));
        assert_eq!(for_variadic("-3.5", &Ffi::new()), Ok(Argument::Float(-3.5)));
        assert_eq!(for_variadic("1e3", &Ffi::new()), Ok(Argument::Float(1000.0)));
        assert_eq!(for_variadic("nan", &Ffi::new()), Ok(Argument::Text(b"nan".to_vec())));
        assert_eq!(for_variadic("a\\tb", &Ffi::new()), Ok(Argument::Text(b"a\tb".to_vec())));
        assert_eq!(for_variadic("1.2.3", &Ffi::new()), Ok(Argument::Text(b"1.2.3".to_vec())));
    }

    #[test]
    fn escapes() {
        assert_eq!(unescaped("a\\n\\x41\\101\\0\\\\é"), Ok(b"a\nAA\0\\\xc3\xa9".to_vec()));
        assert_eq!(unescaped("\\u00e9"), Ok("é".into()));
        for word in ["\\", "\\q", "\\x", "\\777", "\\ud800"] {
            assert!(unescaped(word).is_err(), "{word}");
        }
    }
}
