//! `c-layout/1`: layouts for programs to read.
#![forbid(unsafe_code)]

use eightbyte::{FieldRow, Target, TypeRows};
use serde_json::Value;
use std::fmt::Write;

/// One target's object, on one line.
pub fn object(target: Target, types: &[TypeRows]) -> String {
    let types: Vec<String> = types.iter().map(type_object).collect();
    format!(
        "{{\"format\": \"c-layout/1\", \"target\": {}, \"types\": [{}]}}\n",
        quoted(target.name()),
        types.join(", ")
    )
}

fn type_object(rows: &TypeRows) -> String {
    let TypeRows { name, kind, size, align, signed, constants, fields } = rows;
    let mut text = format!(
        "{{\"name\": {}, \"kind\": {}, \"size\": {size}, \"align\": {align}",
        quoted(name),
        quoted(kind)
    );
    add_signed(&mut text, *signed);
    match *kind {
        "enum" => {
            let constants: Vec<String> =
                constants.iter().map(|(name, value)| format!("{}: {value}", quoted(name))).collect();
            text += &format!(", \"constants\": {{{}}}", constants.join(", "));
        }
        "struct" | "union" => {
            let fields: Vec<String> = fields.iter().map(field_object).collect();
            text += &format!(", \"fields\": [{}]", fields.join(", "));
        }
        _ => {}
    }
    text + "}"
}

fn field_object(row: &FieldRow) -> String {
    let mut text = format!("{{\"path\": {}, \"offset\": {}", quoted(&row.path), row.offset);
    // Writing to a string cannot fail.
    if let Some((bit, width)) = row.bits {
        let _ = write!(text, ", \"bit_offset\": {bit}, \"bit_width\": {width}");
    } else if let Some(size) = row.size {
        let _ = write!(text, ", \"size\": {size}");
    }
    let _ = write!(text, ", \"type\": {}", quoted(&one_line(&row.type_name)));
    add_signed(&mut text, row.signed);
    text + "}"
}

/// A record without a name is spelled out over several lines.
fn one_line(type_name: &str) -> String {
    type_name.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

fn add_signed(text: &mut String, signed: Option<bool>) {
    if let Some(signed) = signed {
        let _ = write!(text, ", \"signed\": {signed}");
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
