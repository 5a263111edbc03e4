//! A value as the ABI sees it: a size, an alignment and scalar leaves.

use super::Align;

/// What calling conventions need to know of a type.
///
/// Leaves stand in declaration order; above 64 bytes none are kept, because everything that large travels in memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    kind: ShapeKind,
    size: u64,
    align: Align,
    leaves: Vec<Leaf>,
}

/// Is the value a scalar of its own, or a record?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ShapeKind {
    /// A scalar, a complex number or a vector that stands alone.
    Scalar,
    /// A record, whatever is in it.
    Record,
}

/// One scalar inside a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Leaf {
    /// What it is.
    pub kind: LeafKind,
    /// Where it starts, in bits from the start of the value.
    pub offset_bits: u64,
    /// How many bits it has: 8 times its size, or the width of a bit-field.
    pub size_bits: u64,
    /// The alignment that its type has by nature; below that the leaf lies unaligned.
    pub align: Align,
}

/// What a leaf is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeafKind {
    /// An integer, `_Bool`, enum, pointer; 16 bytes for `__int128`.
    Integer {
        /// Extended by its sign where it is narrow.
        signed: bool,
    },
    /// A bit-field with a name. Never counts as unaligned.
    BitField {
        /// Extended by its sign.
        signed: bool,
    },
    /// A bit-field without a name: gcc lets it count as an integer, clang does not.
    UnnamedBitField,
    /// `_Float16`, `__bf16`, `float`, `double`, `_Decimal32`, `_Decimal64`.
    Float,
    /// x86's 80-bit `long double`.
    X87,
    /// `_Complex long double` of x86, both halves.
    ComplexX87,
    /// `_Float128`, `_Decimal128`, and `long double` where that has 128 bits.
    Float128,
    /// A vector type of `size_bits`.
    Vector {
        /// Size of an element in bytes.
        element: u8,
        /// Are the elements floating?
        float: bool,
    },
}

impl Shape {
    /// Larger values have no leaves.
    pub const LARGEST_WITH_LEAVES: u64 = 64;

    /// A value of this size and alignment, with its leaves in declaration order.
    pub fn new(kind: ShapeKind, size: u64, align: Align, mut leaves: Vec<Leaf>) -> Shape {
        if size > Shape::LARGEST_WITH_LEAVES {
            leaves.clear();
        }
        Shape { kind, size, align, leaves }
    }

    /// A scalar of so many bytes, aligned to its size.
    pub fn scalar(kind: LeafKind, size: u64) -> Shape {
        let align = Align::from_bytes(size.next_power_of_two()).unwrap_or(Align::ONE);
        let leaf = Leaf { kind, offset_bits: 0, size_bits: size * 8, align };
        Shape::new(ShapeKind::Scalar, size, align, vec![leaf])
    }

    /// Scalar or record.
    pub fn kind(&self) -> ShapeKind {
        self.kind
    }

    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Alignment.
    pub fn align(&self) -> Align {
        self.align
    }

    /// The scalars it is made of, in declaration order.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }
}
