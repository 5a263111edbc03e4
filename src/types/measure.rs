//! Sizes and alignments of types, and their shapes.
//!
//! A record's numbers were computed when it closed; here they are only looked up.

use super::c_type::{ArrayLength, Kind, Qualifiers, Type};
use super::node::{Enum, EnumBody, Position, Record, RecordBody, RecordKind};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Align, Extent, Leaf, LeafKind, Shape, ShapeKind};
use crate::target::{Scalar, Target};
use std::sync::Arc;

/// Whoever knows what is in records and enums: a scope, or an overlay on one.
pub(crate) trait Bodies {
    fn target(&self) -> Target;
    fn record_body(&self, record: &Record) -> Option<Arc<RecordBody>>;
    fn enum_body(&self, enumeration: &Enum) -> Option<Arc<EnumBody>>;
}

/// No object is larger than this many bytes.
pub(crate) fn largest_bytes(target: Target) -> u64 {
    if target.pointer_bytes() == 8 { i64::MAX as u64 } else { i32::MAX as u64 }
}

/// Size and alignment of a type, as a member of a record.
pub(crate) fn extent(ty: &Type, bodies: &dyn Bodies) -> Result<Extent> {
    let target = bodies.target();
    let mut extent = match ty.kind() {
        Kind::Void => return Err(no_size("'void' has no size")),
        Kind::Function(_) => {
            return Err(no_size(format!("the function type '{ty}' has no size; use a pointer to it")));
        }
        Kind::Scalar(scalar) => scalar_extent(*scalar, target)?,
        Kind::Complex(part) => {
            let part = scalar_extent(*part, target)?;
            Extent { size: part.size * 2, ..part }
        }
        Kind::Vector(element, count) => {
            let size = scalar_extent(*element, target)?.size.saturating_mul(*count);
            let align =
                Align::from_bytes(target.vector_align(*element, size)).ok_or_else(|| too_large(ty))?;
            Extent::plain(size, align)
        }
        Kind::Pointer(_) => {
            let size = target.pointer_bytes();
            Extent::plain(size, Align::from_bytes(size).unwrap_or(Align::ONE))
        }
        Kind::Array(element, length) => {
            let element = extent(element, bodies)?;
            let count = match length {
                ArrayLength::Fixed(count) => *count,
                ArrayLength::Unknown | ArrayLength::OnAllocation => 0,
            };
            let size = element.size.checked_mul(count).filter(|&size| size <= largest_bytes(target));
            Extent { size: size.ok_or_else(|| too_large(ty))?, ..element }
        }
        Kind::Record(record) => {
            let body = bodies.record_body(record).ok_or_else(|| incomplete(&record.name()))?;
            body.extent
        }
        Kind::Enum(enumeration) => {
            let body = bodies.enum_body(enumeration).ok_or_else(|| incomplete(&enumeration.name()))?;
            scalar_extent(body.underlying, target)?
        }
    };
    if ty.qualifiers().contains(Qualifiers::ATOMIC) && !matches!(ty.kind(), Kind::Array(..)) {
        // An atomic is aligned to its size where the machine can load it in one go.
        let whole = Align::from_bytes(extent.size).filter(|align| align.bytes() <= 16);
        if let Some(whole) = whole {
            extent.align = extent.align.max(whole);
            if target.integer_align_limit().is_none() {
                extent.natural_align = extent.natural_align.max(whole);
            }
        }
    }
    if let Some(align) = ty.typedef_align() {
        extent.align = align;
        extent.align_by_attribute = true;
        extent.required_align = extent.required_align.max(align);
    }
    Ok(extent)
}

/// What `_Alignof` tells of a type.
pub(crate) fn align_of(ty: &Type, bodies: &dyn Bodies) -> Result<u64> {
    Ok(reported_align(extent(ty, bodies)?, bodies.target()))
}

/// What `_Alignof` tells of something so aligned: gcc on x86 hides the alignment that only wide vectors ask for.
pub(crate) fn reported_align(extent: Extent, target: Target) -> u64 {
    let align = extent.align.bytes();
    if extent.align_by_attribute { align } else { align.min(target.reported_align_limit()) }
}

/// What gcc's `__alignof__` tells of a type: larger than `_Alignof` for 8-byte scalars on i386.
pub(crate) fn preferred_align_of(ty: &Type, bodies: &dyn Bodies) -> Result<u64> {
    let align = align_of(ty, bodies)?;
    if ty.typedef_align().is_some() {
        return Ok(align);
    }
    Ok(match ty.kind() {
        Kind::Scalar(scalar) | Kind::Complex(scalar) => {
            bodies.target().preferred_align(*scalar).unwrap_or(align).max(align)
        }
        Kind::Array(element, _) => preferred_align_of(element, bodies)?,
        Kind::Enum(enumeration) => match bodies.enum_body(enumeration) {
            Some(body) => bodies.target().preferred_align(body.underlying).unwrap_or(align),
            None => align,
        },
        _ => align,
    })
}

/// A type as calling conventions see it.
pub(crate) fn shape(ty: &Type, bodies: &dyn Bodies) -> Result<Shape> {
    let whole = extent(ty, bodies)?;
    let mut leaves = Vec::new();
    if whole.size <= Shape::LARGEST_WITH_LEAVES {
        add_leaves(ty, 0, bodies, &mut leaves)?;
    }
    let kind = if ty.as_record().is_some() { ShapeKind::Record } else { ShapeKind::Scalar };
    Ok(Shape::new(kind, whole.size, whole.align, leaves))
}

/// A value of 64 bytes has no more leaves than bits; only zero-sized parts could be more.
const MOST_LEAVES: usize = 512;

fn add_leaves(ty: &Type, base_bits: u64, bodies: &dyn Bodies, leaves: &mut Vec<Leaf>) -> Result<()> {
    if leaves.len() > MOST_LEAVES {
        return Ok(());
    }
    let target = bodies.target();
    let mut add = |kind: LeafKind, size: u64, align: u64, offset_bits: u64| {
        let align = Align::from_bytes(align).unwrap_or(Align::ONE);
        leaves.push(Leaf { kind, offset_bits, size_bits: size * 8, align });
    };
    match ty.kind() {
        Kind::Void | Kind::Function(_) => {}
        Kind::Scalar(scalar) => {
            let (size, align) = (extent(ty, bodies)?.size, scalar_extent(*scalar, target)?.align.bytes());
            add(scalar_leaf(*scalar, size, target), size, align, base_bits);
        }
        Kind::Complex(part) => {
            let part_extent = scalar_extent(*part, target)?;
            let leaf = scalar_leaf(*part, part_extent.size, target);
            if leaf == LeafKind::X87 {
                add(LeafKind::ComplexX87, part_extent.size * 2, part_extent.align.bytes(), base_bits);
            } else {
                add(leaf, part_extent.size, part_extent.align.bytes(), base_bits);
                add(leaf, part_extent.size, part_extent.align.bytes(), base_bits + part_extent.size * 8);
            }
        }
        Kind::Vector(element, _) => {
            let whole = extent(&ty.clone().spelled_out(), bodies)?;
            let element_size = scalar_extent(*element, target)?.size;
            let kind = LeafKind::Vector { element: element_size as u8, float: !element.is_integer() };
            add(kind, whole.size, whole.size, base_bits);
        }
        Kind::Pointer(_) => {
            let size = target.pointer_bytes();
            add(LeafKind::Integer { signed: false }, size, size, base_bits);
        }
        Kind::Enum(enumeration) => {
            let Some(body) = bodies.enum_body(enumeration) else {
                return Err(incomplete(&enumeration.name()));
            };
            let size = scalar_extent(body.underlying, target)?.size;
            add(LeafKind::Integer { signed: target.is_signed(body.underlying) }, size, size, base_bits);
        }
        Kind::Array(element, length) => {
            let count = match length {
                // gcc lets a zero-length array classify the eightbyte in whose middle it stands, a flexible one not.
                ArrayLength::Fixed(0) if base_bits.is_multiple_of(64) => 0,
                ArrayLength::Fixed(count) => (*count).max(1),
                ArrayLength::Unknown | ArrayLength::OnAllocation => 0,
            };
            let size = extent(element, bodies)?.size;
            let before = leaves.len();
            for index in 0..count.min(Shape::LARGEST_WITH_LEAVES) {
                add_leaves(element, base_bits + index * size * 8, bodies, leaves)?;
                if size == 0 {
                    break;
                }
            }
            let added = leaves.get_mut(before..).unwrap_or_default();
            if *length == ArrayLength::Fixed(0) {
                // They are there for their class only.
                for leaf in added {
                    (leaf.offset_bits, leaf.size_bits) = (base_bits, 0);
                }
            } else {
                // gcc asks of the first element only whether it is aligned.
                let first =
                    added.len() / usize::try_from(count.clamp(1, Shape::LARGEST_WITH_LEAVES)).unwrap_or(1);
                added.iter_mut().skip(first).for_each(|leaf| leaf.align = Align::ONE);
            }
        }
        Kind::Record(record) => {
            let body = bodies.record_body(record).ok_or_else(|| incomplete(&record.name()))?;
            for field in &body.fields {
                match field.position {
                    Position::Bytes { offset } => {
                        add_leaves(&field.ty, base_bits + offset * 8, bodies, leaves)?
                    }
                    // In a union gcc takes a bit-field for an integer of its width, which must be aligned like one.
                    Position::Bits { width, .. }
                        if record.kind() == RecordKind::Union && field.name.is_some() =>
                    {
                        let signed = is_signed(&field.ty, bodies).unwrap_or(false);
                        let bytes = u64::from(width).div_ceil(8).next_power_of_two();
                        leaves.push(Leaf {
                            kind: LeafKind::Integer { signed },
                            offset_bits: base_bits,
                            size_bits: u64::from(width),
                            align: Align::from_bytes(bytes).unwrap_or(Align::ONE),
                        });
                    }
                    Position::Bits { width: 0, .. } => {}
                    Position::Bits { offset, bit, width } => {
                        let signed = is_signed(&field.ty, bodies).unwrap_or(false);
                        let kind = if field.name.is_some() {
                            LeafKind::BitField { signed }
                        } else {
                            LeafKind::UnnamedBitField
                        };
                        let offset_bits = base_bits + offset * 8 + u64::from(bit);
                        leaves.push(Leaf {
                            kind,
                            offset_bits,
                            size_bits: u64::from(width),
                            align: Align::ONE,
                        });
                    }
                }
            }
        }
    }
    Ok(())
}

/// Is it an integer type, and a signed one?
pub(crate) fn is_signed(ty: &Type, bodies: &dyn Bodies) -> Option<bool> {
    let scalar = match ty.kind() {
        Kind::Scalar(scalar) => *scalar,
        Kind::Enum(enumeration) => bodies.enum_body(enumeration)?.underlying,
        _ => return None,
    };
    scalar.is_integer().then(|| bodies.target().is_signed(scalar))
}

fn scalar_leaf(scalar: Scalar, size: u64, target: Target) -> LeafKind {
    match scalar {
        _ if scalar.is_integer() => LeafKind::Integer { signed: target.is_signed(scalar) },
        Scalar::LongDouble | Scalar::Float64x if target.long_double_x87() => LeafKind::X87,
        _ if size == 16 => LeafKind::Float128,
        _ => LeafKind::Float,
    }
}

fn scalar_extent(scalar: Scalar, target: Target) -> Result<Extent> {
    let (size, align) =
        target.size(scalar).zip(target.align(scalar).and_then(Align::from_bytes)).ok_or_else(|| {
            Error::new(ErrorKind::Unsupported, format!("{target} has no type '{}'", scalar.c_name()))
        })?;
    Ok(Extent::plain(size, align))
}

fn incomplete(name: &str) -> Error {
    Error::new(
        ErrorKind::Incomplete,
        format!("'{name}' is incomplete: it is declared, but its members are not known here"),
    )
}

fn no_size(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Incomplete, message)
}

fn too_large(ty: &Type) -> Error {
    Error::new(ErrorKind::TooLarge, format!("'{ty}' is larger than the machine can address"))
}
