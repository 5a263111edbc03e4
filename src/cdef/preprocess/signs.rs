//! Which byte begins what, and the signs of C, longest first.

use super::lexer::logical;
use super::token::Kind;

/// What a byte begins.
#[derive(Clone, Copy)]
pub(super) enum Class {
    Blank,
    Line,
    Letter,
    Digit,
    Single(Kind),
    Slash,
    Sign,
    Quote,
    Backslash,
    Beyond,
}

/// By byte.
pub(super) static CLASS: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut table = [Class::Sign; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b' ' | b'\t' | 0x0b | 0x0c | 0 => Class::Blank,
            b'\n' | b'\r' => Class::Line,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'(' => Class::Single(Kind::Open),
            b')' => Class::Single(Kind::Close),
            b'{' => Class::Single(Kind::OpenBrace),
            b'}' => Class::Single(Kind::CloseBrace),
            b'[' => Class::Single(Kind::OpenBracket),
            b']' => Class::Single(Kind::CloseBracket),
            b';' => Class::Single(Kind::Semicolon),
            b',' => Class::Single(Kind::Comma),
            b'?' => Class::Single(Kind::Question),
            b'~' => Class::Single(Kind::Tilde),
            b'/' => Class::Slash,
            b'"' | b'\'' => Class::Quote,
            b'\\' => Class::Backslash,
            0x80.. => Class::Beyond,
            _ => Class::Sign,
        };
        byte += 1;
    }
    table
}

/// The sign at a place, where it ends, and whether a digraph spells it; `Stray` where there is none.
pub(super) fn sign(bytes: &[u8], at: usize) -> (Kind, usize, bool) {
    let first = bytes.get(at).copied().unwrap_or(0);
    let (second, place) = logical(bytes, at + 1);
    let one = |kind| (kind, at + 1, false);
    let two = |kind| (kind, place + 1, false);
    let digraph = |kind| (kind, place + 1, true);
    let third = || logical(bytes, place + 1);
    match (first, second) {
        (b'#', Some(b'#')) => two(Kind::Paste),
        (b'#', _) => one(Kind::Hash),
        (b':', Some(b':')) => two(Kind::Scope),
        (b':', Some(b'>')) => digraph(Kind::CloseBracket),
        (b':', _) => one(Kind::Colon),
        (b'.', Some(b'.')) => match third() {
            (Some(b'.'), end) => (Kind::Ellipsis, end + 1, false),
            _ => one(Kind::Dot),
        },
        (b'.', _) => one(Kind::Dot),
        (b'-', Some(b'>')) => two(Kind::Arrow),
        (b'-', Some(b'-')) => two(Kind::MinusMinus),
        (b'-', Some(b'=')) => two(Kind::MinusAssign),
        (b'-', _) => one(Kind::Minus),
        (b'+', Some(b'+')) => two(Kind::PlusPlus),
        (b'+', Some(b'=')) => two(Kind::PlusAssign),
        (b'+', _) => one(Kind::Plus),
        (b'*', Some(b'=')) => two(Kind::StarAssign),
        (b'*', _) => one(Kind::Star),
        (b'/', Some(b'=')) => two(Kind::SlashAssign),
        (b'/', _) => one(Kind::Slash),
        (b'%', Some(b'=')) => two(Kind::PercentAssign),
        (b'%', Some(b'>')) => digraph(Kind::CloseBrace),
        (b'%', Some(b':')) => match third() {
            (Some(b'%'), next) => match logical(bytes, next + 1) {
                (Some(b':'), end) => (Kind::Paste, end + 1, true),
                _ => digraph(Kind::Hash),
            },
            _ => digraph(Kind::Hash),
        },
        (b'%', _) => one(Kind::Percent),
        (b'&', Some(b'&')) => two(Kind::AndAnd),
        (b'&', Some(b'=')) => two(Kind::AndAssign),
        (b'&', _) => one(Kind::And),
        (b'|', Some(b'|')) => two(Kind::OrOr),
        (b'|', Some(b'=')) => two(Kind::OrAssign),
        (b'|', _) => one(Kind::Or),
        (b'^', Some(b'=')) => two(Kind::XorAssign),
        (b'^', _) => one(Kind::Xor),
        (b'!', Some(b'=')) => two(Kind::NotEqual),
        (b'!', _) => one(Kind::Not),
        (b'=', Some(b'=')) => two(Kind::Equal),
        (b'=', _) => one(Kind::Assign),
        (b'<', Some(b'<')) => match third() {
            (Some(b'='), end) => (Kind::ShiftLeftAssign, end + 1, false),
            _ => two(Kind::ShiftLeft),
        },
        (b'<', Some(b'=')) => two(Kind::LessEqual),
        (b'<', Some(b':')) => digraph(Kind::OpenBracket),
        (b'<', Some(b'%')) => digraph(Kind::OpenBrace),
        (b'<', _) => one(Kind::Less),
        (b'>', Some(b'>')) => match third() {
            (Some(b'='), end) => (Kind::ShiftRightAssign, end + 1, false),
            _ => two(Kind::ShiftRight),
        },
        (b'>', Some(b'=')) => two(Kind::GreaterEqual),
        (b'>', _) => one(Kind::Greater),
        _ => one(Kind::Stray),
    }
}

/// Would two signs, or a sign and a word, be read as something else if nothing stood between them?
pub(super) fn would_merge(left: Kind, right: Kind) -> bool {
    use Kind::*;
    let assign = matches!(right, Assign | Equal);
    match left {
        Greater => matches!(right, Greater | GreaterEqual | ShiftRight | ShiftRightAssign) || assign,
        Less => {
            matches!(right, Less | LessEqual | ShiftLeft | ShiftLeftAssign | Percent | Colon | Scope)
                || assign
        }
        Plus => matches!(right, Plus | PlusPlus | PlusAssign) || assign,
        Minus => matches!(right, Minus | MinusMinus | MinusAssign | Arrow | Greater | GreaterEqual) || assign,
        Slash => matches!(right, Slash | SlashAssign | Star | StarAssign) || assign,
        Star | Not | Xor | Assign | ShiftLeft | ShiftRight => assign,
        Percent => {
            matches!(right, Colon | Scope | Greater | GreaterEqual | ShiftRight | ShiftRightAssign | Percent)
                || assign
        }
        And => matches!(right, And | AndAnd | AndAssign) || assign,
        Or => matches!(right, Or | OrOr | OrAssign) || assign,
        Colon => matches!(right, Colon | Scope | Greater | GreaterEqual | ShiftRight | ShiftRightAssign),
        Arrow => right == Star,
        Dot => matches!(right, Dot | Ellipsis | Number | Percent),
        Hash => matches!(right, Hash | Paste | Percent),
        Name => matches!(right, Name | Number | Character | Text),
        Number => matches!(
            right,
            Name | Number
                | Character
                | Text
                | Dot
                | Ellipsis
                | Plus
                | PlusPlus
                | PlusAssign
                | Minus
                | MinusMinus
                | MinusAssign
                | Arrow
        ),
        Stray => true,
        _ => right == Stray,
    }
}
