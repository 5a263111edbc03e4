//! Everything a C programmer can name in a type, flattened to rows.

use super::c_type::{ArrayLength, Kind, Type};
use super::decl::Decl;
use super::measure::{align_of, extent, is_signed, reported_align};
use super::node::{Position, RecordBody};
use super::scope::Scope;
use crate::error::{Error, ErrorKind, Result};
use std::sync::Arc;

/// One declared type: its size, and a row for everything in it that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeRows {
    /// `struct point`, `enum color`, or a typedef's name.
    pub name: String,
    /// `struct`, `union`, `enum` or `typedef`.
    pub kind: &'static str,
    /// In bytes.
    pub size: u64,
    /// In bytes: what `_Alignof` tells.
    pub align: u64,
    /// Of an enum: is it signed?
    pub signed: Option<bool>,
    /// Of an enum: its constants.
    pub constants: Vec<(String, i128)>,
    /// Of a record: containers before their contents, in declaration order.
    pub fields: Vec<FieldRow>,
}

/// One thing that can be named behind `object.`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRow {
    /// `a`, `in.x`, `arr[0]`.
    pub path: String,
    /// In bytes from the start of the whole type; of a bit-field, the byte that holds its first bit.
    pub offset: u64,
    /// In bytes; none for bit-fields.
    pub size: Option<u64>,
    /// Of a bit-field: the first bit in that byte, and the width.
    pub bits: Option<(u32, u32)>,
    /// The type, in C.
    pub type_name: String,
    /// Of an integer: is it signed?
    pub signed: Option<bool>,
}

/// More rows than this for one type are an error.
const MOST_ROWS: usize = 100_000;

/// Every complete record, enum and typedef of a scope, in the order of the texts.
pub(crate) fn type_rows(scope: &Scope) -> Result<Vec<TypeRows>> {
    let mut all = Vec::new();
    for declared in scope.declarations() {
        match &declared.decl {
            Decl::Record { record, .. } => {
                if let Some(body) = record.body() {
                    all.push(record_rows(record.name(), record.kind().word(), &body, scope)?);
                }
            }
            Decl::Enum { enumeration, .. } if enumeration.tag().is_some() => {
                all.extend(enum_rows(enumeration.name(), &Type::enumeration(enumeration.clone()), scope)?);
            }
            Decl::Typedef { name, ty } => all.extend(typedef_rows(name, ty, scope)?),
            _ => {}
        }
    }
    Ok(all)
}

fn record_rows(name: String, kind: &'static str, body: &Arc<RecordBody>, scope: &Scope) -> Result<TypeRows> {
    let mut fields = Vec::new();
    add_record(&mut fields, "", 0, body, scope).map_err(|error| match error.kind() {
        ErrorKind::TooLarge if fields.len() >= MOST_ROWS => {
            Error::new(ErrorKind::TooLarge, format!("'{name}' has more than {MOST_ROWS} fields to list"))
        }
        _ => error,
    })?;
    let align = reported_align(body.extent, scope.target());
    Ok(TypeRows { name, kind, size: body.extent.size, align, signed: None, constants: Vec::new(), fields })
}

fn enum_rows(name: String, ty: &Type, scope: &Scope) -> Result<Option<TypeRows>> {
    let Kind::Enum(enumeration) = ty.kind() else { return Ok(None) };
    let Some(body) = enumeration.body() else { return Ok(None) };
    Ok(Some(TypeRows {
        name,
        kind: "enum",
        size: extent(ty, scope)?.size,
        align: align_of(ty, scope)?,
        signed: is_signed(ty, scope),
        constants: body.constants.iter().map(|(name, &value)| (name.to_string(), value)).collect(),
        fields: Vec::new(),
    }))
}

fn typedef_rows(name: &Arc<str>, ty: &Type, scope: &Scope) -> Result<Option<TypeRows>> {
    // A record or enum without a tag goes by the first typedef that names it.
    match ty.kind() {
        Kind::Record(record) if record.tag().is_none() && record.typedef_name().as_ref() == Some(name) => {
            let Some(body) = record.body() else { return Ok(None) };
            let mut rows = record_rows(name.to_string(), record.kind().word(), &body, scope)?;
            (rows.size, rows.align) = (extent(ty, scope)?.size, align_of(ty, scope)?);
            return Ok(Some(rows));
        }
        Kind::Enum(enumeration)
            if enumeration.tag().is_none() && enumeration.typedef_name().as_ref() == Some(name) =>
        {
            return enum_rows(name.to_string(), ty, scope);
        }
        Kind::Array(_, ArrayLength::Unknown | ArrayLength::OnAllocation) | Kind::Void | Kind::Function(_) => {
            return Ok(None);
        }
        _ => {}
    }
    match extent(ty, scope) {
        Ok(found) => Ok(Some(TypeRows {
            name: name.to_string(),
            kind: "typedef",
            size: found.size,
            align: align_of(ty, scope)?,
            signed: None,
            constants: Vec::new(),
            fields: Vec::new(),
        })),
        Err(error) if error.kind() == ErrorKind::Incomplete => Ok(None),
        Err(error) => Err(error),
    }
}

fn add_record(
    rows: &mut Vec<FieldRow>,
    prefix: &str,
    base: u64,
    body: &Arc<RecordBody>,
    scope: &Scope,
) -> Result<()> {
    for field in &body.fields {
        let offset = base + field.position.offset();
        match (&field.name, field.position) {
            (None, Position::Bits { .. }) => {}
            (None, Position::Bytes { .. }) => {
                if let Some(body) = field.ty.as_record().and_then(|record| record.body()) {
                    add_record(rows, prefix, offset, &body, scope)?;
                }
            }
            (Some(name), Position::Bits { bit, width, .. }) => push(
                rows,
                FieldRow {
                    path: format!("{prefix}{name}"),
                    offset,
                    size: None,
                    bits: Some((u32::from(bit), width)),
                    type_name: field.ty.to_string(),
                    signed: is_signed(&field.ty, scope),
                },
            )?,
            (Some(name), Position::Bytes { .. }) => {
                add_value(rows, format!("{prefix}{name}"), offset, &field.ty, scope)?
            }
        }
    }
    Ok(())
}

fn add_value(rows: &mut Vec<FieldRow>, path: String, offset: u64, ty: &Type, scope: &Scope) -> Result<()> {
    let size = extent(ty, scope)?.size;
    let signed = is_signed(ty, scope);
    push(
        rows,
        FieldRow {
            path: path.clone(),
            offset,
            size: Some(size),
            bits: None,
            type_name: ty.to_string(),
            signed,
        },
    )?;
    match ty.kind() {
        Kind::Array(element, length) => {
            let first = format!("{path}[0]");
            if matches!(length, ArrayLength::Fixed(1..)) {
                return add_value(rows, first, offset, element, scope);
            }
            // Of an array without elements only the first one's own row.
            let (size, signed) = (extent(element, scope)?.size, is_signed(element, scope));
            push(
                rows,
                FieldRow {
                    path: first,
                    offset,
                    size: Some(size),
                    bits: None,
                    type_name: element.to_string(),
                    signed,
                },
            )
        }
        Kind::Record(record) => match record.body() {
            Some(body) => add_record(rows, &format!("{path}."), offset, &body, scope),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn push(rows: &mut Vec<FieldRow>, row: FieldRow) -> Result<()> {
    if rows.len() >= MOST_ROWS {
        return Err(Error::new(ErrorKind::TooLarge, "too many fields to list"));
    }
    rows.push(row);
    Ok(())
}

/// Is a typedef the name that a record or enum without a tag goes by?
pub(crate) fn names_untagged(ty: &Type, name: &Arc<str>) -> bool {
    match ty.kind() {
        Kind::Record(record) => record.tag().is_none() && record.typedef_name().as_ref() == Some(name),
        Kind::Enum(enumeration) => {
            enumeration.tag().is_none() && enumeration.typedef_name().as_ref() == Some(name)
        }
        _ => false,
    }
}
