//! A type's layout, drawn.

use super::c_type::{Kind, Type};
use super::decl::Constant;
use super::measure::{Bodies, align_of, extent};
use super::node::{Position, Record, RecordBody, RecordKind};
use super::scope::Scope;
use super::show::{constant_text, show_named};
use crate::error::Result;
use crate::layout::{Layout, Line, LineKind};
use std::sync::Arc;

/// The layout of a type under a name.
pub(crate) fn sketch(ty: &Type, title: String, scope: &Scope) -> Result<Layout> {
    let size = extent(ty, scope)?.size;
    let align = align_of(ty, scope)?;
    match ty.kind() {
        Kind::Record(record) => {
            let mut lines = Vec::new();
            if let Some(body) = scope.record_body(record) {
                add_members(&mut lines, &body, 0, 0, scope)?;
            }
            Ok(Layout::new(title, size, align, record.kind() == RecordKind::Union, lines))
        }
        Kind::Enum(enumeration) => {
            let body = scope.enum_body(enumeration);
            let lines = body.iter().flat_map(|body| &body.constants).map(|(name, &value)| Line {
                kind: LineKind::Constant,
                depth: 0,
                first_bit: 0,
                bits: 0,
                is_bits: false,
                text: format!("{name} = {}", constant_text(&Constant::Integer(value))),
            });
            let title = match &body {
                Some(body) => format!("{title} ({})", body.underlying.c_name()),
                None => title,
            };
            Ok(Layout::flat(title, size, align, lines.collect()))
        }
        _ => Ok(Layout::flat(title, size, align, Vec::new())),
    }
}

fn add_members(
    lines: &mut Vec<Line>,
    body: &Arc<RecordBody>,
    base_bits: u128,
    depth: usize,
    scope: &Scope,
) -> Result<()> {
    for field in &body.fields {
        let first_bit = base_bits + u128::from(field.position.offset()) * 8;
        match field.position {
            Position::Bits { bit, width, .. } => {
                let name = field.name.as_deref().unwrap_or("");
                let text = format!("{} : {width}", on_one_line(&show_named(&field.ty, name)));
                // An unnamed bit-field is a hole that was asked for; a zero width is no place at all.
                if field.name.is_some() {
                    let first_bit = first_bit + u128::from(bit);
                    lines.push(Line {
                        kind: LineKind::Member,
                        depth,
                        first_bit,
                        bits: u128::from(width),
                        is_bits: true,
                        text,
                    });
                }
            }
            Position::Bytes { .. } => {
                let size_bits = u128::from(extent(&field.ty, scope)?.size) * 8;
                let whole =
                    |kind, text| Line { kind, depth, first_bit, bits: size_bits, is_bits: false, text };
                match expanded(&field.ty) {
                    Some(record) => {
                        let Some(body) = scope.record_body(record) else { continue };
                        lines.push(whole(LineKind::Bracket, format!("{} {{", record.kind().word())));
                        add_members(lines, &body, first_bit, depth + 1, scope)?;
                        let name = field.name.as_deref().map_or("}".to_string(), |name| format!("}} {name}"));
                        lines.push(Line { is_bits: true, ..whole(LineKind::Bracket, name) });
                    }
                    None => {
                        let name = field.name.as_deref().unwrap_or("");
                        lines.push(whole(LineKind::Member, on_one_line(&show_named(&field.ty, name))));
                    }
                }
            }
        }
    }
    Ok(())
}

/// A record that has no name of its own is shown where it stands.
fn expanded(ty: &Type) -> Option<&Record> {
    ty.as_record()
        .filter(|record| ty.alias().is_none() && record.tag().is_none() && record.typedef_name().is_none())
}

/// An enum or record without a name is written out where it is used; a line holds it all the same.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
