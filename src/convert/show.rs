//! A value as a C initialiser: `{ .x = 1, .y = { 2, 3 } }`.

use super::number::{Number, Primitive};
use super::path::{array_length, byte_size, element_of};
use super::place::Source;
use crate::types::{Kind, RecordKind};
use std::fmt::{self, Write};

/// Deeper values, longer lists, and more parts in all are cut short.
const DEEPEST: usize = 8;
const MOST_ELEMENTS: u64 = 32;
const MOST_PARTS: usize = 4096;

/// Writes a value as C would initialise it.
pub(crate) fn show(source: Source<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    show_at(source, f, 0, &mut { MOST_PARTS })
}

fn show_at(source: Source<'_>, f: &mut fmt::Formatter<'_>, depth: usize, left: &mut usize) -> fmt::Result {
    if depth > DEEPEST || *left == 0 {
        return f.write_str("...");
    }
    *left -= 1;
    match source.ty.kind() {
        Kind::Enum(enumeration) => {
            let found =
                Number::of(source.ty, source.scope).and_then(|number| number.read(source.bytes, source.bits));
            let body = enumeration.body();
            let mut constants = body.iter().flat_map(|body| &body.constants);
            match constants.find(|(_, value)| found == Some(Primitive::Integer(**value))) {
                Some((name, _)) => f.write_str(name),
                None => show_scalar(source, f),
            }
        }
        Kind::Record(record) => show_record(source, record.kind(), f, depth, left),
        Kind::Array(..) => show_array(source, f, depth, left),
        Kind::Complex(_) | Kind::Vector(..) => show_elements(source, f, depth, left),
        _ => show_scalar(source, f),
    }
}

fn show_scalar(source: Source<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let number = Number::of(source.ty, source.scope);
    match number.and_then(|number| number.read(source.bytes, source.bits)) {
        None => f.write_str("?"),
        Some(Primitive::Bool(value)) => write!(f, "{value}"),
        Some(Primitive::Integer(value)) => write!(f, "{value}"),
        Some(Primitive::Huge(value)) => write!(f, "{value}"),
        Some(Primitive::Float(value)) => {
            let is_long = value != 0.0 && !(1e-5..1e17).contains(&value.abs());
            match (number == Some(Number::F32), is_long) {
                (true, false) => write!(f, "{}", value as f32),
                (true, true) => write!(f, "{:e}", value as f32),
                (false, false) => write!(f, "{value}"),
                (false, true) => write!(f, "{value:e}"),
            }
        }
        Some(Primitive::Address(0)) => f.write_str("NULL"),
        Some(Primitive::Address(address)) => write!(f, "{address:#x}"),
    }
}

fn show_record(
    source: Source<'_>,
    kind: RecordKind,
    f: &mut fmt::Formatter<'_>,
    depth: usize,
    left: &mut usize,
) -> fmt::Result {
    let Some(body) = source.ty.as_record().and_then(|record| record.body()) else {
        return f.write_str("{ ... }");
    };
    f.write_str("{")?;
    // The members of a union are the same bytes: one tells enough.
    let most = if kind == RecordKind::Union { 1 } else { usize::MAX };
    for (index, name) in body.names.keys().take(most).enumerate() {
        write!(f, "{} .{name} = ", if index == 0 { "" } else { "," })?;
        let spot = super::walk(source.ty, source.bytes.len(), name, source.scope);
        match spot.as_ref().map(|spot| source.part(spot)) {
            Ok(Ok(part)) => show_at(part, f, depth + 1, left)?,
            _ => f.write_str("?")?,
        }
    }
    f.write_str(" }")
}

fn show_array(source: Source<'_>, f: &mut fmt::Formatter<'_>, depth: usize, left: &mut usize) -> fmt::Result {
    let is_text = match source.ty.kind() {
        Kind::Array(element, _) => {
            matches!(element.kind(), Kind::Scalar(crate::target::Scalar::Char))
        }
        _ => false,
    };
    if !is_text {
        return show_elements(source, f, depth, left);
    }
    let end = source.bytes.iter().position(|&byte| byte == 0).unwrap_or(source.bytes.len());
    let text = source.bytes.get(..end).unwrap_or_default();
    f.write_char('"')?;
    for &byte in text {
        write!(f, "{}", byte.escape_ascii())?;
    }
    f.write_char('"')
}

fn show_elements(
    source: Source<'_>,
    f: &mut fmt::Formatter<'_>,
    depth: usize,
    left: &mut usize,
) -> fmt::Result {
    let (Some(element), true) = (element_of(source.ty), depth < DEEPEST) else {
        return f.write_str("{ ... }");
    };
    let Ok(size) = byte_size(&element, source.scope) else { return f.write_str("{ ... }") };
    let count = array_length(source.ty, source.bytes.len(), size as u64);
    f.write_str("{")?;
    for index in 0..count.min(MOST_ELEMENTS) {
        f.write_str(if index == 0 { " " } else { ", " })?;
        let start = index as usize * size;
        let bytes = source.bytes.get(start..start.saturating_add(size)).unwrap_or_default();
        show_at(Source { bytes, bits: None, ty: &element, scope: source.scope }, f, depth + 1, left)?;
    }
    f.write_str(if count > MOST_ELEMENTS { ", ... }" } else { " }" })
}
