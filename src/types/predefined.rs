//! What is known without being declared, as in LuaJIT, so that snippets paste without their includes.

use super::c_type::{ArrayLength, Type};
use super::decl::{Constant, Decl, Member, RecordDefinition};
use super::measure::Bodies;
use super::node::RecordKind;
use super::overlay::Overlay;
use super::scope::{Tag, TagKind};
use crate::target::{Scalar, Target, VaList};
use std::sync::Arc;

/// Names of scalar types, the same on every target.
const FIXED: &[(&str, Scalar)] = &[
    ("bool", Scalar::Bool),
    ("int8_t", Scalar::SChar),
    ("int16_t", Scalar::Short),
    ("int32_t", Scalar::Int),
    ("uint8_t", Scalar::UChar),
    ("uint16_t", Scalar::UShort),
    ("uint32_t", Scalar::UInt),
    ("char8_t", Scalar::UChar),
    ("char16_t", Scalar::UShort),
    ("char32_t", Scalar::UInt),
    ("__int128_t", Scalar::Int128),
    ("__uint128_t", Scalar::UInt128),
];

/// Names of types that the target decides.
const BY_TARGET: &[&str] = &[
    "size_t",
    "ssize_t",
    "ptrdiff_t",
    "wchar_t",
    "wint_t",
    "intptr_t",
    "uintptr_t",
    "int64_t",
    "uint64_t",
    "intmax_t",
    "uintmax_t",
];

const VA_LISTS: &[&str] = &["va_list", "__builtin_va_list", "__gnuc_va_list"];

/// Words that old headers define in their own way.
const MAY_DIFFER: &[&str] =
    &["bool", "true", "false", "NULL", "wchar_t", "wint_t", "char8_t", "char16_t", "char32_t"];

/// Is it the name of a predefined type?
pub(super) fn is_type_name(name: &str) -> bool {
    name == "__builtin_ms_va_list" || type_names().any(|known| known == name)
}

/// Every predefined type name.
pub(super) fn type_names() -> impl Iterator<Item = &'static str> {
    FIXED.iter().map(|(name, _)| *name).chain(BY_TARGET.iter().copied()).chain(VA_LISTS.iter().copied())
}

/// May a text declare this name differently?
pub(super) fn may_differ(name: &str) -> bool {
    MAY_DIFFER.contains(&name)
}

/// The declaration behind a predefined name.
pub(super) fn declaration(name: &str, overlay: &mut Overlay<'_>) -> Option<Decl> {
    let target = overlay.target();
    let constant = |ty: Type, value: Constant| Some(Decl::Constant { name: name.into(), ty, value });
    match name {
        "true" => return constant(Type::scalar(Scalar::Int), Constant::Integer(1)),
        "false" => return constant(Type::scalar(Scalar::Int), Constant::Integer(0)),
        "NULL" => return constant(Type::void().pointer_to().ok()?, Constant::Pointer(0)),
        _ => {}
    }
    let ty = if let Some((_, scalar)) = FIXED.iter().find(|(known, _)| *known == name) {
        Type::scalar(*scalar)
    } else if let Some(scalar) = by_target(name, target) {
        Type::scalar(scalar)
    } else if VA_LISTS.contains(&name) {
        va_list(overlay)?
    } else if name == "__builtin_ms_va_list" {
        Type::scalar(Scalar::Char).pointer_to().ok()?
    } else {
        return None;
    };
    Some(Decl::Typedef { name: name.into(), ty })
}

fn by_target(name: &str, target: Target) -> Option<Scalar> {
    let (size, difference) = target.size_types();
    let int64 = target.int64();
    // glibc's intptr_t is int on 32-bit machines, as ptrdiff_t is.
    Some(match name {
        "size_t" | "uintptr_t" => size,
        "ssize_t" | "ptrdiff_t" | "intptr_t" => difference,
        "wchar_t" => target.wchar(),
        "wint_t" => {
            if target.wchar() == Scalar::UShort {
                Scalar::UShort
            } else {
                Scalar::UInt
            }
        }
        "int64_t" => int64,
        "uint64_t" => int64.to_unsigned(),
        "intmax_t" => {
            if target.size(Scalar::Long) == Some(8) {
                Scalar::Long
            } else {
                Scalar::LongLong
            }
        }
        "uintmax_t" => {
            if target.size(Scalar::Long) == Some(8) {
                Scalar::ULong
            } else {
                Scalar::ULongLong
            }
        }
        _ => return None,
    })
}

/// `va_list`, with its record where the target has one.
fn va_list(overlay: &mut Overlay<'_>) -> Option<Type> {
    let (tag, members): (&str, &[(&str, Option<Scalar>)]) = match overlay.target().va_list() {
        VaList::Pointer => return Type::scalar(Scalar::Char).pointer_to().ok(),
        VaList::Sysv64 => (
            "__va_list_tag",
            &[
                ("gp_offset", Some(Scalar::UInt)),
                ("fp_offset", Some(Scalar::UInt)),
                ("overflow_arg_area", None),
                ("reg_save_area", None),
            ],
        ),
        VaList::Aapcs64 => (
            "__va_list",
            &[
                ("__stack", None),
                ("__gr_top", None),
                ("__vr_top", None),
                ("__gr_offs", Some(Scalar::Int)),
                ("__vr_offs", Some(Scalar::Int)),
            ],
        ),
    };
    let tag: Arc<str> = tag.into();
    let Tag::Record(record) =
        overlay.tag(TagKind::Record(RecordKind::Struct), Some(&tag), None, false).ok()?
    else {
        return None;
    };
    if overlay.record_body(&record).is_none() {
        let members = members.iter().map(|(name, scalar)| {
            let ty = match scalar {
                Some(scalar) => Type::scalar(*scalar),
                None => Type::void().pointer_to().ok()?,
            };
            Some(Member {
                name: Some((*name).into()),
                ty,
                width: None,
                packed: false,
                aligned: None,
                alignas: None,
                span: None,
            })
        });
        let definition =
            RecordDefinition { members: members.collect::<Option<_>>()?, ..RecordDefinition::default() };
        overlay.close_predefined(&record, &definition)?;
    }
    let record = Type::record(record);
    match overlay.target().va_list() {
        VaList::Sysv64 => record.array_of(ArrayLength::Fixed(1)).ok(),
        VaList::Pointer | VaList::Aapcs64 => Some(record),
    }
}
