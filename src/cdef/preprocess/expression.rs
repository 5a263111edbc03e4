//! The arithmetic of `#if`: integers of the largest type, signed or unsigned.

use super::names::{DEFINED, Name};
use super::run::Run;
use super::token::{Kind, Token};
use crate::error::{Diagnostic, ErrorKind, Span};

/// A value of `intmax_t` or `uintmax_t`.
#[derive(Clone, Copy)]
struct Value {
    bits: u64,
    unsigned: bool,
}

/// Parentheses, signs and questions inside each other.
const DEEPEST: u32 = 200;

type Failure = Box<(Option<Span>, String)>;

impl Run<'_> {
    /// Does the condition in the rest of the line hold?
    pub(super) fn condition(&mut self, word: Token) -> bool {
        let mut reader = Reader { run: self, next: None, depth: 0 };
        let outcome = reader.whole(word);
        match outcome {
            Ok(value) => value.bits != 0,
            Err(failure) => {
                let (span, message) = *failure;
                self.problem(Diagnostic::new(ErrorKind::Constant, message), span, "");
                false
            }
        }
    }
}

struct Reader<'a, 'r> {
    run: &'a mut Run<'r>,
    next: Option<Token>,
    depth: u32,
}

fn signed(value: i64) -> Value {
    Value { bits: value as u64, unsigned: false }
}

fn truth(holds: bool) -> Value {
    signed(i64::from(holds))
}

impl Reader<'_, '_> {
    fn peek(&mut self) -> Token {
        match self.next {
            Some(token) => token,
            None => {
                let token = self.run.next();
                self.next = Some(token);
                token
            }
        }
    }

    fn take(&mut self) -> Token {
        let token = self.peek();
        self.next = None;
        token
    }

    fn failure<T>(&self, token: Token, message: impl Into<String>) -> Result<T, Failure> {
        Err(Box::new((self.run.span_of(token), message.into())))
    }

    fn whole(&mut self, word: Token) -> Result<Value, Failure> {
        let first = self.peek();
        if first.kind == Kind::End {
            return self.failure(word, "expected a condition behind '#if', found nothing");
        }
        let value = self.question(true)?;
        let rest = self.peek();
        match rest.kind {
            Kind::End => Ok(value),
            _ => {
                let found = self.run.macros.spelling(rest).to_owned();
                self.failure(rest, format!("expected an operator in the condition, found '{found}'"))
            }
        }
    }

    fn question(&mut self, counts: bool) -> Result<Value, Failure> {
        let mut condition = self.binary(1, counts)?;
        // `,` is only refused where it is evaluated, as in gcc.
        while self.peek().kind == Kind::Comma && self.depth > 0 {
            self.take();
            condition = self.binary(1, counts)?;
        }
        if self.peek().kind != Kind::Question {
            return Ok(condition);
        }
        let sign = self.take();
        self.deeper(sign)?;
        let holds = condition.bits != 0;
        let first = self.question(counts && holds)?;
        let colon = self.take();
        if colon.kind != Kind::Colon {
            return self.failure(colon, "expected ':' behind '?' in the condition");
        }
        let second = self.question(counts && !holds)?;
        self.depth -= 1;
        let chosen = if holds { first } else { second };
        Ok(Value { bits: chosen.bits, unsigned: first.unsigned || second.unsigned })
    }

    fn deeper(&mut self, token: Token) -> Result<(), Failure> {
        self.depth += 1;
        match self.depth > DEEPEST {
            true => self.failure(token, format!("the condition is nested more than {DEEPEST} levels deep")),
            false => Ok(()),
        }
    }

    fn binary(&mut self, lowest: u8, counts: bool) -> Result<Value, Failure> {
        let mut left = self.unary(counts)?;
        loop {
            let sign = self.peek();
            let level = level(sign.kind);
            if level < lowest || level == 0 {
                return Ok(left);
            }
            self.take();
            let needed = match sign.kind {
                Kind::AndAnd => counts && left.bits != 0,
                Kind::OrOr => counts && left.bits == 0,
                _ => counts,
            };
            let right = self.binary(level + 1, needed)?;
            left = match combined(sign.kind, left, right) {
                Some(value) => value,
                None if !counts => signed(0),
                None => return self.failure(sign, "division by zero in the condition"),
            };
        }
    }

    fn unary(&mut self, counts: bool) -> Result<Value, Failure> {
        let token = self.take();
        match token.kind {
            Kind::Plus | Kind::Minus | Kind::Not | Kind::Tilde => {
                self.deeper(token)?;
                let value = self.unary(counts)?;
                self.depth -= 1;
                Ok(match token.kind {
                    Kind::Minus => Value { bits: value.bits.wrapping_neg(), ..value },
                    Kind::Tilde => Value { bits: !value.bits, ..value },
                    Kind::Not => truth(value.bits == 0),
                    _ => value,
                })
            }
            Kind::Open => {
                self.deeper(token)?;
                let value = self.question(counts)?;
                let close = self.take();
                if close.kind != Kind::Close {
                    return self.failure(token, "'(' in the condition is not closed");
                }
                self.depth -= 1;
                Ok(value)
            }
            Kind::Name if Name(token.value) == DEFINED => self.defined(token),
            Kind::Name => {
                let next = self.peek();
                if counts && next.kind == Kind::Open {
                    let name = self.run.macros.spelling(token).to_owned();
                    return self.failure(
                        token,
                        format!("the condition uses '{name}' like a macro, which it is not"),
                    );
                }
                Ok(signed(0))
            }
            Kind::Number => {
                let text = self.run.macros.spelling(token).to_owned();
                match number(&text) {
                    Ok((bits, unsigned)) => Ok(Value { bits, unsigned }),
                    Err(message) => self.failure(token, message),
                }
            }
            Kind::Character => {
                let text = self.run.macros.spelling(token).to_owned();
                let wide = if self.run.macros.named("_WIN32").is_some() { 16 } else { 32 };
                let unsigned = self.run.macros.named("__CHAR_UNSIGNED__").is_some();
                match character(&text, wide, unsigned) {
                    Some(value) => Ok(value),
                    None => self.failure(token, format!("{text} is no character")),
                }
            }
            Kind::End => self.failure(token, "the condition ends where a value is expected"),
            _ => {
                let found = self.run.macros.spelling(token).to_owned();
                self.failure(token, format!("expected a value in the condition, found '{found}'"))
            }
        }
    }

    fn defined(&mut self, word: Token) -> Result<Value, Failure> {
        let before = std::mem::replace(&mut self.run.mode.plain, true);
        let mut name = self.run.next();
        let mut closed = true;
        if name.kind == Kind::Open {
            name = self.run.next();
            closed = self.run.next().kind == Kind::Close;
        }
        self.run.mode.plain = before;
        match name.name() {
            Some(tested) if closed => Ok(truth(self.run.macros.names.meaning(tested).is_some())),
            Some(_) => self.failure(word, "expected ')' behind 'defined(NAME'"),
            None => self.failure(word, "expected a name behind 'defined'"),
        }
    }
}

fn level(kind: Kind) -> u8 {
    match kind {
        Kind::OrOr => 1,
        Kind::AndAnd => 2,
        Kind::Or => 3,
        Kind::Xor => 4,
        Kind::And => 5,
        Kind::Equal | Kind::NotEqual => 6,
        Kind::Less | Kind::LessEqual | Kind::Greater | Kind::GreaterEqual => 7,
        Kind::ShiftLeft | Kind::ShiftRight => 8,
        Kind::Plus | Kind::Minus => 9,
        Kind::Star | Kind::Slash | Kind::Percent => 10,
        _ => 0,
    }
}

/// `None`: divided by zero.
fn combined(kind: Kind, left: Value, right: Value) -> Option<Value> {
    let unsigned = left.unsigned || right.unsigned;
    let (a, b) = (left.bits, right.bits);
    let (signed_a, signed_b) = (a as i64, b as i64);
    let same = |bits: u64| Value { bits, unsigned };
    let compare = |less: bool, greater: bool| match kind {
        Kind::Less => less,
        Kind::LessEqual => !greater,
        Kind::Greater => greater,
        _ => !less,
    };
    Some(match kind {
        Kind::OrOr => truth(a != 0 || b != 0),
        Kind::AndAnd => truth(a != 0 && b != 0),
        Kind::Or => same(a | b),
        Kind::Xor => same(a ^ b),
        Kind::And => same(a & b),
        Kind::Equal => truth(a == b),
        Kind::NotEqual => truth(a != b),
        Kind::Less | Kind::LessEqual | Kind::Greater | Kind::GreaterEqual => match unsigned {
            true => truth(compare(a < b, a > b)),
            false => truth(compare(signed_a < signed_b, signed_a > signed_b)),
        },
        Kind::ShiftLeft => shifted(left, right, false),
        Kind::ShiftRight => shifted(left, right, true),
        Kind::Plus => same(a.wrapping_add(b)),
        Kind::Minus => same(a.wrapping_sub(b)),
        Kind::Star => same(a.wrapping_mul(b)),
        Kind::Slash if b == 0 => return None,
        Kind::Percent if b == 0 => return None,
        Kind::Slash if unsigned => same(a / b),
        Kind::Slash => same(signed_a.wrapping_div(signed_b) as u64),
        Kind::Percent if unsigned => same(a % b),
        _ => same(signed_a.wrapping_rem(signed_b) as u64),
    })
}

/// The left operand's type is the result's; a negative count shifts the other way.
fn shifted(left: Value, right: Value, to_right: bool) -> Value {
    let negative = !right.unsigned && (right.bits as i64) < 0;
    let count = if negative { right.bits.wrapping_neg() } else { right.bits };
    let bits = match to_right != negative {
        true if left.unsigned => {
            u32::try_from(count).ok().and_then(|count| left.bits.checked_shr(count)).unwrap_or(0)
        }
        true => ((left.bits as i64) >> count.min(63)) as u64,
        false => u32::try_from(count).ok().and_then(|count| left.bits.checked_shl(count)).unwrap_or(0),
    };
    Value { bits, unsigned: left.unsigned }
}

/// An integer constant's bits, and whether it is unsigned.
fn number(text: &str) -> Result<(u64, bool), String> {
    let lower = text.to_ascii_lowercase().replace('\'', "");
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', ..] => (&lower[..], 8),
        _ => (&lower[..], 10),
    };
    let length = digits
        .bytes()
        .take_while(|byte| char::from(*byte).is_digit(if radix == 8 { 10 } else { radix }))
        .count();
    let (digits, suffix) = digits.split_at(length);
    if suffix.contains('.')
        || (radix == 10 || radix == 8) && suffix.starts_with('e')
        || radix == 16 && suffix.starts_with('p')
    {
        return Err(format!(
            "the condition holds the floating constant {text}; only integers can be compared"
        ));
    }
    if length == 0 {
        return Err(format!("{text} is no number"));
    }
    let unsigned = match suffix {
        "" | "l" | "ll" | "i64" | "z" => false,
        "u" | "ul" | "ull" | "lu" | "llu" | "ui64" | "uz" | "zu" => true,
        _ => return Err(format!("{text} has the unknown suffix '{suffix}'")),
    };
    let bits = u64::from_str_radix(digits, radix).map_err(|_| {
        match digits.bytes().any(|byte| byte >= b'8') && radix == 8 {
            true => format!("{text} is no octal number"),
            false => format!("{text} is larger than the largest integer"),
        }
    })?;
    Ok((bits, unsigned || bits > i64::MAX as u64))
}

/// A character constant as the target's compiler has it.
fn character(text: &str, wide: u32, char_unsigned: bool) -> Option<Value> {
    let quote = text.find('\'')?;
    let inner = text.get(quote + 1..text.len().checked_sub(1)?)?;
    let width = match &text[..quote] {
        "" | "u8" => 8,
        "L" => wide,
        "u" => 16,
        _ => 32,
    };
    let mask = if width == 32 { u64::from(u32::MAX) } else { (1 << width) - 1 };
    let mut units: Vec<u64> = Vec::new();
    let mut rest = inner.chars().peekable();
    while let Some(letter) = rest.next() {
        let code = match letter {
            '\\' => match rest.next()? {
                'n' => 10,
                't' => 9,
                'r' => 13,
                'a' => 7,
                'b' => 8,
                'f' => 12,
                'v' => 11,
                'e' | 'E' => 27,
                'x' => {
                    let mut code = 0u64;
                    while let Some(digit) = rest.peek().and_then(|letter| letter.to_digit(16)) {
                        code = code << 4 | u64::from(digit);
                        rest.next();
                    }
                    code & mask
                }
                'u' | 'U' => {
                    let mut code = 0u64;
                    while let Some(digit) = rest.peek().and_then(|letter| letter.to_digit(16)) {
                        code = code << 4 | u64::from(digit);
                        rest.next();
                    }
                    code
                }
                first if first.is_digit(8) => {
                    let mut code = u64::from(first.to_digit(8)?);
                    for _ in 0..2 {
                        let Some(digit) = rest.peek().and_then(|letter| letter.to_digit(8)) else { break };
                        code = code << 3 | u64::from(digit);
                        rest.next();
                    }
                    code & mask
                }
                other => u64::from(u32::from(other)),
            },
            _ if width == 8 && !letter.is_ascii() => {
                let mut bytes = [0; 4];
                units.extend(letter.encode_utf8(&mut bytes).bytes().map(u64::from));
                continue;
            }
            _ => u64::from(u32::from(letter)),
        };
        units.push(code & mask);
    }
    let last = *units.last()?;
    if width != 8 {
        let bits = if text.starts_with('L') && width == 32 { last as u32 as i32 as i64 as u64 } else { last };
        return Some(Value { bits, unsigned: !(text.starts_with('L') && width == 32) });
    }
    if text.starts_with("u8") {
        return Some(Value { bits: last, unsigned: true });
    }
    let bits = match units[..] {
        [one] if char_unsigned => one,
        [one] => one as u8 as i8 as i64 as u64,
        _ => units.iter().fold(0u32, |all, &unit| all << 8 | unit as u32) as i32 as i64 as u64,
    };
    Some(Value { bits, unsigned: char_unsigned && units.len() == 1 })
}
