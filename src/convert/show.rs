//! A value as a C initialiser: `{ .x = 1, .y = { 2, 3 } }`.

use super::number::{Number, Primitive};
use super::path::{array_length, byte_size, element_of};
use super::place::{Source, shown_type};
use crate::target::Scalar;
use crate::types::{Kind, RecordBody, RecordKind, Type};
use std::fmt::{self, Write};
use std::sync::Arc;

/// Deeper values, longer lists and texts, and more parts in all are cut short.
const DEEPEST: usize = 8;
const MOST_ELEMENTS: u64 = 32;
const MOST_PARTS: usize = 4096;
const LONGEST_TEXT: usize = 256;

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
        Kind::Enum(_) => match constant_name(source) {
            Some(name) => f.write_str(&name),
            None => show_scalar(source, f),
        },
        Kind::Record(_) => show_record(source, f, depth, left),
        Kind::Array(..) => match text_of(source) {
            Some(text) => show_text(text, f),
            None => show_elements(source, f, depth, left),
        },
        Kind::Complex(_) | Kind::Vector(..) => show_elements(source, f, depth, left),
        _ => show_scalar(source, f),
    }
}

/// The name of an enum's value, if it has one.
pub(crate) fn constant_name(source: Source<'_>) -> Option<Arc<str>> {
    let Kind::Enum(enumeration) = source.ty.kind() else { return None };
    let found = Number::of(source.ty, source.scope)?.read(source.bytes, source.bits)?;
    let body = enumeration.body()?;
    let constant = body.constants.iter().find(|(_, value)| found == Primitive::Integer(**value));
    constant.map(|(name, _)| name.clone())
}

/// The text in an array of `char`: up to a NUL, or all of it where there is none, of letters that can be seen.
pub(crate) fn text_of(source: Source<'_>) -> Option<&str> {
    let Kind::Array(element, _) = source.ty.kind() else { return None };
    if !matches!(element.kind(), Kind::Scalar(Scalar::Char)) || source.bytes.is_empty() {
        return None;
    }
    let end = source.bytes.iter().position(|&byte| byte == 0).unwrap_or(source.bytes.len());
    let text = std::str::from_utf8(source.bytes.get(..end)?).ok()?;
    let is_plain = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\t' | '\r' | '\u{1b}');
    text.chars().all(is_plain).then_some(text)
}

fn show_text(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for (at, letter) in text.char_indices() {
        if at >= LONGEST_TEXT {
            return f.write_str("\"...");
        }
        match letter {
            '"' => f.write_str("\\\""),
            '\\' => f.write_str("\\\\"),
            '\n' => f.write_str("\\n"),
            '\t' => f.write_str("\\t"),
            '\r' => f.write_str("\\r"),
            '\u{1b}' => f.write_str("\\033"),
            other => f.write_char(other),
        }?;
    }
    f.write_char('"')
}

fn show_scalar(source: Source<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let number = Number::of(source.ty, source.scope);
    match number.and_then(|number| number.read(source.bytes, source.bits)) {
        None => show_bytes(source.bytes, f),
        Some(Primitive::Bool(value)) => write!(f, "{value}"),
        Some(Primitive::Integer(value)) => write!(f, "{value}"),
        Some(Primitive::Huge(value)) => write!(f, "{value}"),
        Some(Primitive::Float(value)) if !value.is_finite() => f.write_str(if value.is_nan() {
            "NAN"
        } else if value > 0.0 {
            "INFINITY"
        } else {
            "-INFINITY"
        }),
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
        Some(Primitive::Address(address)) => {
            write!(f, "({}) {address:#x}", shown_type(&source.ty.clone().unqualified()))
        }
    }
}

/// What has no number of its own, such as a decimal float: its bytes, the highest first.
fn show_bytes(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("/* bytes */ 0x")?;
    bytes.iter().rev().take(16).try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn show_record(
    source: Source<'_>,
    f: &mut fmt::Formatter<'_>,
    depth: usize,
    left: &mut usize,
) -> fmt::Result {
    let Some(body) = source.ty.as_record().and_then(|record| record.body()) else {
        return f.write_str("{ ... }");
    };
    f.write_str("{")?;
    for (index, member) in initialised_members(source.ty, &body).iter().enumerate() {
        write!(f, "{} .{} = ", if index == 0 { "" } else { "," }, member.name)?;
        let spot = super::walk(source.ty, source.bytes.len(), &member.name, source.scope);
        match spot.as_ref().map(|spot| source.part(spot)) {
            Ok(Ok(part)) => show_at(part, f, depth + 1, left)?,
            _ => f.write_str("?")?,
        }
        if !member.others.is_empty() {
            let named: Vec<String> = member.others.iter().take(3).map(|name| format!(".{name}")).collect();
            let more = if member.others.len() > 3 { ", ..." } else { "" };
            write!(f, " /* or {}{more} */", named.join(", "))?;
        }
    }
    f.write_str(" }")
}

/// A member that an initialiser names.
pub(crate) struct Initialised {
    pub name: Arc<str>,
    /// The members of the same union that are other views of the same bytes.
    pub others: Vec<Arc<str>>,
}

/// The members that initialise a record: through anonymous ones, and the first of each union.
pub(crate) fn initialised_members(ty: &Type, body: &RecordBody) -> Vec<Initialised> {
    let mut all: Vec<Initialised> = Vec::new();
    let is_union = ty.as_record().is_some_and(|record| record.kind() == RecordKind::Union);
    for field in &body.fields {
        let before = all.len();
        match (&field.name, field.ty.as_record().and_then(|record| record.body())) {
            (Some(name), _) => all.push(Initialised { name: name.clone(), others: Vec::new() }),
            (None, Some(inside)) => all.extend(initialised_members(&field.ty, &inside)),
            (None, None) => {}
        }
        if is_union && before > 0 {
            let others = all.split_off(before).into_iter();
            let names = others.flat_map(|other| std::iter::once(other.name).chain(other.others));
            let names: Vec<_> = names.collect();
            if let Some(first) = all.first_mut() {
                first.others.extend(names);
            }
        }
    }
    all
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
