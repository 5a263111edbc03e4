//! Numbers, characters and strings.

use super::super::lower::{Lowered, Lowering};
use super::{Operand, Value};
use crate::error::ErrorKind;
use crate::target::{Scalar, WideFloat};
use crate::types::{ArrayLength, Bodies, Type, range};
use lang_c::ast;
use lang_c::span::Node;

/// The text of a string literal as a person means it: for messages and asm labels.
pub(in crate::cdef) fn message_text(literal: &str) -> String {
    let bytes = match split_prefix(literal) {
        Some((_, inside)) => units(inside)
            .map(|units| units.into_iter().flat_map(|unit| unit.bytes()).collect())
            .unwrap_or_default(),
        None => literal.as_bytes().to_vec(),
    };
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One character of a literal.
enum Unit {
    /// A code point.
    Character(char),
    /// A number that an escape gave: `\377`, `\xff`.
    Number(u32),
}

impl Unit {
    /// Its bytes in a narrow literal.
    fn bytes(self) -> Vec<u8> {
        match self {
            Unit::Character(character) => character.to_string().into_bytes(),
            Unit::Number(number) => vec![number as u8],
        }
    }
}

/// `L"abc"` into `L` and `abc`, in either kind of quotes.
fn split_prefix(literal: &str) -> Option<(&str, &str)> {
    let quote = literal.find(['"', '\''])?;
    let inside = literal.get(quote + 1..literal.len().checked_sub(1)?)?;
    Some((&literal[..quote], inside))
}

/// The characters between the quotes, escapes resolved; `None` for an escape that C has not.
fn units(inside: &str) -> Option<Vec<Unit>> {
    let mut found = Vec::new();
    let mut rest = inside.chars().peekable();
    while let Some(character) = rest.next() {
        if character != '\\' {
            found.push(Unit::Character(character));
            continue;
        }
        let escape = rest.next()?;
        let simple = match escape {
            'n' => Some(10),
            't' => Some(9),
            'r' => Some(13),
            'a' => Some(7),
            'b' => Some(8),
            'f' => Some(12),
            'v' => Some(11),
            'e' | 'E' => Some(27),
            '\\' | '\'' | '"' | '?' => Some(escape as u32),
            _ => None,
        };
        if let Some(number) = simple {
            found.push(Unit::Number(number));
            continue;
        }
        let mut digits = |radix: u32, most: usize, first: Option<u32>| {
            let mut value = u64::from(first.unwrap_or(0));
            let mut count = usize::from(first.is_some());
            while let Some(digit) = rest.peek().and_then(|next| next.to_digit(radix)).filter(|_| count < most)
            {
                rest.next();
                value = (value * u64::from(radix) + u64::from(digit)).min(u64::from(u32::MAX));
                count += 1;
            }
            (count > 0).then_some(value as u32)
        };
        match escape {
            'x' => found.push(Unit::Number(digits(16, usize::MAX, None)?)),
            '0'..='7' => found.push(Unit::Number(digits(8, 3, escape.to_digit(8))?)),
            'u' => found.push(Unit::Character(char::from_u32(digits(16, 4, None)?)?)),
            'U' => found.push(Unit::Character(char::from_u32(digits(16, 8, None)?)?)),
            _ => return None,
        }
    }
    Some(found)
}

impl Lowering<'_, '_> {
    pub(super) fn literal(&mut self, node: &Node<ast::Constant>) -> Lowered<Operand> {
        match &node.node {
            ast::Constant::Integer(integer) => self.integer_literal(node, integer),
            ast::Constant::Float(float) => self.float_literal(node, float),
            ast::Constant::Character(text) => self.character(node, text),
        }
    }

    fn integer_literal(&mut self, node: &Node<ast::Constant>, integer: &ast::Integer) -> Lowered<Operand> {
        let radix = match integer.base {
            ast::IntegerBase::Decimal => 10,
            ast::IntegerBase::Octal => 8,
            ast::IntegerBase::Hexadecimal => 16,
            ast::IntegerBase::Binary => 2,
        };
        if integer.suffix.imaginary {
            return Err(self.mistake(
                ErrorKind::Unsupported,
                node.span,
                "imaginary constants are not supported",
            ));
        }
        let digits = if integer.number.is_empty() { "0" } else { &integer.number };
        let Ok(value) = u64::from_str_radix(digits, radix) else {
            let wrong = digits.chars().find(|digit| !digit.is_digit(radix));
            return Err(match wrong {
                Some(digit) => self.mistake(
                    ErrorKind::Constant,
                    node.span,
                    format!("'{digit}' is no digit of a number to base {radix}"),
                ),
                None => self
                    .mistake(ErrorKind::Constant, node.span, "the number does not fit 64 bits")
                    .help("put wider ones together: '((unsigned __int128)1 << 64 | 2)'"),
            });
        };
        use Scalar::*;
        let candidates: &[Scalar] = match (&integer.suffix.size, integer.suffix.unsigned, radix == 10) {
            (ast::IntegerSize::Int, false, true) => &[Int, Long, LongLong, ULongLong],
            (ast::IntegerSize::Int, false, false) => &[Int, UInt, Long, ULong, LongLong, ULongLong],
            (ast::IntegerSize::Int, true, _) => &[UInt, ULong, ULongLong],
            (ast::IntegerSize::Long, false, true) => &[Long, LongLong, ULongLong],
            (ast::IntegerSize::Long, false, false) => &[Long, ULong, LongLong, ULongLong],
            (ast::IntegerSize::Long, true, _) => &[ULong, ULongLong],
            (ast::IntegerSize::LongLong, false, _) => &[LongLong, ULongLong],
            (ast::IntegerSize::LongLong, true, _) => &[ULongLong],
        };
        let target = self.overlay.target();
        let fits = |scalar: &&Scalar| i128::from(value) <= range(**scalar, target).1;
        let scalar = candidates.iter().find(fits).copied().unwrap_or(ULongLong);
        Ok(Operand::integer(i128::from(value), Type::scalar(scalar)))
    }

    fn float_literal(&mut self, node: &Node<ast::Constant>, float: &ast::Float) -> Lowered<Operand> {
        if float.suffix.imaginary {
            return Err(self.mistake(
                ErrorKind::Unsupported,
                node.span,
                "imaginary constants are not supported",
            ));
        }
        let scalar = match &float.suffix.format {
            ast::FloatFormat::Float => Scalar::Float,
            ast::FloatFormat::Double => Scalar::Double,
            ast::FloatFormat::LongDouble => Scalar::LongDouble,
            ast::FloatFormat::TS18661Format(format) => match self.extended_float(format) {
                Some(scalar) if self.overlay.target().size(scalar).is_some() => scalar,
                _ => {
                    let message = "no type of this target has constants with this suffix";
                    return Err(self.mistake(ErrorKind::Unsupported, node.span, message));
                }
            },
        };
        let format = self.float_format(scalar);
        let value = match (&float.base, scalar) {
            (ast::FloatBase::Decimal, Scalar::Double) => float.number.parse().ok().map(WideFloat::from_f64),
            (ast::FloatBase::Decimal, _) => WideFloat::of_decimal(&float.number, format),
            (ast::FloatBase::Hexadecimal, _) => WideFloat::of_hexadecimal(&float.number, format),
        };
        match value {
            Some(value) => Ok(Operand::new(Type::scalar(scalar), Value::Float(value))),
            None => Err(self.mistake(ErrorKind::Constant, node.span, "this is no number")),
        }
    }

    fn character(&mut self, node: &Node<ast::Constant>, text: &str) -> Lowered<Operand> {
        let Some((prefix, units)) =
            split_prefix(text).and_then(|(prefix, inside)| Some((prefix, units(inside)?)))
        else {
            return Err(self.mistake(ErrorKind::Constant, node.span, "an escape that C has not"));
        };
        let target = self.overlay.target();
        let wide = match prefix {
            "L" => Some(target.wchar()),
            "u" => Some(Scalar::UShort),
            "U" => Some(Scalar::UInt),
            "u8" => Some(Scalar::UChar),
            _ => None,
        };
        if units.is_empty() {
            return Err(self.mistake(
                ErrorKind::Constant,
                node.span,
                "a character is missing between the quotes",
            ));
        }
        if let Some(scalar) = wide {
            let value = match units.last() {
                Some(Unit::Character(character)) => i128::from(u32::from(*character)),
                Some(Unit::Number(number)) => i128::from(*number),
                None => 0,
            };
            let ty = Type::scalar(scalar);
            return Ok(Operand::integer(self.wrapped(value, &ty), ty));
        }
        let bytes: Vec<u8> = units.into_iter().flat_map(Unit::bytes).collect();
        // One byte has the sign of char; several are packed into an int, the last ones winning.
        let value = match bytes.as_slice() {
            [byte] if target.char_signed() => i128::from(*byte as i8),
            [byte] => i128::from(*byte),
            bytes => i128::from(bytes.iter().fold(0u32, |value, &byte| value << 8 | u32::from(byte)) as i32),
        };
        Ok(Operand::integer(value, Type::scalar(Scalar::Int)))
    }

    pub(super) fn string_literal(&mut self, node: &Node<ast::StringLiteral>) -> Lowered<Operand> {
        let target = self.overlay.target();
        let mut element = Scalar::Char;
        let mut parts = Vec::new();
        for literal in &node.node {
            let Some((prefix, units)) =
                split_prefix(literal).and_then(|(prefix, inside)| Some((prefix, units(inside)?)))
            else {
                return Err(self.mistake(ErrorKind::Constant, node.span, "an escape that C has not"));
            };
            match prefix {
                "L" => element = target.wchar(),
                "u" => element = Scalar::UShort,
                "U" => element = Scalar::UInt,
                _ => {}
            }
            parts.extend(units);
        }
        let size = target.size(element).unwrap_or(1);
        let mut bytes: Vec<u8> = Vec::new();
        for unit in parts {
            match (size, unit) {
                (1, unit) => bytes.extend(unit.bytes()),
                (2, Unit::Character(character)) => {
                    let mut buffer = [0u16; 2];
                    for unit in character.encode_utf16(&mut buffer) {
                        bytes.extend(unit.to_le_bytes());
                    }
                }
                (2, Unit::Number(number)) => bytes.extend((number as u16).to_le_bytes()),
                (_, Unit::Character(character)) => bytes.extend(u32::from(character).to_le_bytes()),
                (_, Unit::Number(number)) => bytes.extend(number.to_le_bytes()),
            }
        }
        let count = bytes.len() as u64 / size + 1;
        let ty = self.at(Type::scalar(element).array_of(ArrayLength::Fixed(count)), node.span)?;
        Ok(Operand::new(ty, Value::Text(bytes)))
    }
}
