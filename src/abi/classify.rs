//! What each eightbyte of a value is made of (x86-64 psABI, 3.2.3), as gcc reads it.

use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Leaf, LeafKind, Shape, ShapeKind};
use std::fmt;

/// The class of an eightbyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Nothing but padding.
    None,
    /// Travels in a general purpose register.
    Integer,
    /// Travels in a vector register.
    Sse,
    /// The upper half of what the eightbyte before it began.
    SseUp,
    /// The 64-bit mantissa of a `long double`.
    X87,
    /// The exponent of a `long double`.
    X87Up,
    /// `_Complex long double`, returned on the x87 stack.
    ComplexX87,
    /// Travels in memory.
    Memory,
}

/// The classes of a whole value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Classes {
    /// Size 0: it does not travel.
    Empty,
    /// One or two eightbytes; the second is `Class::None` where the value has one.
    Eightbytes([Class; 2]),
    /// `_Complex long double` alone.
    ComplexX87,
    /// Everything else.
    Memory,
}

/// The classes of a value, its leaves folded in declaration order (the merge is not associative).
pub(super) fn classify(shape: &Shape) -> Result<Classes> {
    if shape.size() == 0 {
        return Ok(Classes::Empty);
    }
    if shape.size() > 16 {
        // psABI 3.2.3 post-merger (c); wide vectors need AVX, which the engine does not use yet.
        return Ok(match (shape.kind(), shape.leaves()) {
            (ShapeKind::Scalar, [Leaf { kind: LeafKind::ComplexX87, .. }]) => Classes::ComplexX87,
            _ => Classes::Memory,
        });
    }
    let mut classes = [Class::None; 2];
    for leaf in shape.leaves() {
        if leaf.size_bits == 0 && leaf.offset_bits >= shape.size().next_multiple_of(8) * 8 {
            // An element of a zero-length array at the end, whose eightbyte the value has not got
            continue;
        }
        let end_bits = leaf.offset_bits.checked_add(leaf.size_bits);
        if leaf.size_bits > 0 && end_bits.is_none_or(|end| end > shape.size() * 8) {
            let message = format!(
                "expected every leaf inside a value of {} bytes, found {} bits at bit {}",
                shape.size(),
                leaf.size_bits,
                leaf.offset_bits,
            );
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        let is_bit_field = matches!(leaf.kind, LeafKind::BitField { .. } | LeafKind::UnnamedBitField);
        if !is_bit_field && !leaf.offset_bits.is_multiple_of(leaf.align.bits()) {
            // psABI 3.2.3 step 1; gcc asks only the scalar leaves, and never a bit-field.
            return Ok(Classes::Memory);
        }
        let Some((first, last)) = eightbytes(leaf, is_bit_field) else { continue };
        let kinds = leaf_classes(leaf);
        for (class, kind) in classes.iter_mut().take(last + 1).skip(first).zip(kinds) {
            *class = class.merge(kind);
        }
    }
    Ok(settle(classes))
}

impl Class {
    /// The class of an eightbyte that two leaves share.
    fn merge(self, other: Class) -> Class {
        use Class::*;
        match (self, other) {
            // psABI 3.2.3 step 4; fold in declaration order
            (a, b) if a == b => a,                  // (a)
            (None, class) | (class, None) => class, // (b)
            (Memory, _) | (_, Memory) => Memory,    // (c)
            (Integer, _) | (_, Integer) => Integer, // (d)
            (X87 | X87Up | ComplexX87, _) | (_, X87 | X87Up | ComplexX87) => Memory, // (e)
            (Sse | SseUp, Sse | SseUp) => Sse,      // (f)
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Class::None => "padding",
            Class::Integer => "INTEGER",
            Class::Sse => "SSE",
            Class::SseUp => "SSEUP",
            Class::X87 => "X87",
            Class::X87Up => "X87UP",
            Class::ComplexX87 => "COMPLEX_X87",
            Class::Memory => "MEMORY",
        })
    }
}

/// Has it bytes, but none that a name leads to?
pub(super) fn is_hollow(shape: &Shape) -> bool {
    let has_leaves = shape.size() <= Shape::LARGEST_WITH_LEAVES;
    let is_unnamed = |leaf: &Leaf| leaf.kind == LeafKind::UnnamedBitField || leaf.size_bits == 0;
    has_leaves && shape.leaves().iter().all(is_unnamed)
}

/// psABI 3.2.3 step 5, the post-merger.
fn settle(classes: [Class; 2]) -> Classes {
    use Class::*;
    match classes {
        [Memory, _] | [_, Memory] | [ComplexX87, _] | [_, ComplexX87] => Classes::Memory, // (a)
        [X87, X87Up] => Classes::Eightbytes(classes),
        [X87 | X87Up, _] | [_, X87 | X87Up] => Classes::Memory, // (b)
        [Sse, SseUp] => Classes::Eightbytes(classes),
        [first, second] => {
            // (d)
            let alone = |class| if class == SseUp { Sse } else { class };
            Classes::Eightbytes([alone(first), alone(second)])
        }
    }
}

/// The first and the last eightbyte that a leaf touches; `None` where it counts for nothing.
fn eightbytes(leaf: &Leaf, is_bit_field: bool) -> Option<(usize, usize)> {
    let first = leaf.offset_bits / 64;
    let last = match leaf.size_bits {
        0 if is_bit_field || leaf.offset_bits.is_multiple_of(64) => return None,
        // gcc lets the elements of a zero-length array count in the eightbyte that it lies inside
        0 => first,
        bits => leaf.offset_bits.checked_add(bits - 1)? / 64,
    };
    Some((usize::try_from(first).ok()?, usize::try_from(last).ok()?))
}

/// The classes of the eightbytes that a leaf touches.
fn leaf_classes(leaf: &Leaf) -> [Class; 2] {
    use Class::*;
    match leaf.kind {
        LeafKind::Integer { .. } | LeafKind::BitField { .. } | LeafKind::UnnamedBitField => {
            [Integer, Integer]
        }
        LeafKind::Float => [Sse, Sse],
        LeafKind::X87 => [X87, X87Up],
        LeafKind::ComplexX87 => [ComplexX87, ComplexX87],
        LeafKind::Float128 => [Sse, SseUp],
        // gcc has no machine mode for a vector of one float, so it goes in memory
        LeafKind::Vector { element, float: true } if leaf.size_bits == 8 * u64::from(element) => {
            [Memory, Memory]
        }
        LeafKind::Vector { float: true, .. } => [Sse, SseUp],
        LeafKind::Vector { .. } if leaf.size_bits >= 64 => [Sse, SseUp],
        LeafKind::Vector { .. } => [Integer, Integer],
    }
}
