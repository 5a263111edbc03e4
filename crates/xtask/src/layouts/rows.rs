//! What there is to ask about a group: its types and the paths of their fields.

use super::tree::{Enum, Group, Item, Meaning, Names, Record, Type};

/// A type that a layout lists.
pub struct Listed {
    /// Its name, which is C text for it as well.
    pub name: String,
    /// `struct`, `union`, `enum` or `typedef`.
    pub kind: &'static str,
    /// A record's fields.
    pub fields: Vec<Asked>,
    /// An enum's constants.
    pub constants: Vec<String>,
}

/// A field to ask about.
pub struct Asked {
    /// What stands after `object.`.
    pub path: String,
    /// What can be asked.
    pub what: What,
}

/// What can be asked about a field.
#[derive(Clone, Copy, PartialEq)]
pub enum What {
    /// Offset and size; the sign if it is an integer.
    Plain {
        /// Has it a sign?
        integer: bool,
    },
    /// A flexible array: the offset only, the size counts as 0.
    Flexible,
    /// Position, width and sign of a bit-field.
    Bits,
}

/// The types that a group lists, with all there is to ask about them.
pub fn listed(group: &Group) -> Vec<Listed> {
    let names = Names::of(group);
    let mut list = Vec::new();
    for item in &group.items {
        match item {
            Item::Record(record) => list_record(record, None, &names, &mut list),
            Item::Enum(body) => list_enum(body, None, &mut list),
            Item::Typedef { of: Type::Record(record), name, .. } if record.tag.is_none() => {
                list_record(record, Some(name), &names, &mut list);
            }
            Item::Typedef { of: Type::Enum(body), name, .. } if body.tag.is_none() => {
                list_enum(body, Some(name), &mut list);
            }
            Item::Typedef { of, name, .. } => {
                list_type(of, &names, &mut list);
                list.push(Listed {
                    name: name.clone(),
                    kind: "typedef",
                    fields: Vec::new(),
                    constants: Vec::new(),
                });
            }
            Item::Line(_) => {}
        }
    }
    list
}

fn list_type(of: &Type, names: &Names<'_>, list: &mut Vec<Listed>) {
    match of {
        Type::Record(record) => list_record(record, None, names, list),
        Type::Enum(body) => list_enum(body, None, list),
        Type::Array(element, _) => list_type(element, names, list),
        Type::Scalar { .. } | Type::Pointer { .. } | Type::Named(_) => {}
    }
}

fn list_record(record: &Record, typedef: Option<&str>, names: &Names<'_>, list: &mut Vec<Listed>) {
    for member in &record.members {
        list_type(&member.of, names, list);
    }
    let Some(name) = record.name().or(typedef.map(str::to_string)) else { return };
    let mut fields = Vec::new();
    ask_members(record, "", names, &mut fields);
    list.push(Listed { name, kind: record.keyword, fields, constants: Vec::new() });
}

fn list_enum(body: &Enum, typedef: Option<&str>, list: &mut Vec<Listed>) {
    let Some(name) = body.name().or(typedef.map(str::to_string)) else { return };
    let constants = body.constants.iter().map(|(name, _)| name.clone()).collect();
    list.push(Listed { name, kind: "enum", fields: Vec::new(), constants });
}

fn ask_members(record: &Record, prefix: &str, names: &Names<'_>, fields: &mut Vec<Asked>) {
    for member in &record.members {
        match (&member.name, &member.width) {
            (None, Some(_)) => {}
            (None, None) => {
                if let Type::Record(inner) = &member.of {
                    ask_members(inner, prefix, names, fields);
                }
            }
            (Some(name), Some(_)) => {
                fields.push(Asked { path: format!("{prefix}{name}"), what: What::Bits });
            }
            (Some(name), None) => {
                ask_field(&member.of, format!("{prefix}{name}"), names, fields);
            }
        }
    }
}

fn ask_field<'a>(of: &'a Type, path: String, names: &Names<'a>, fields: &mut Vec<Asked>) {
    match names.meaning(of) {
        Meaning::Leaf(integer) => fields.push(Asked { path, what: What::Plain { integer } }),
        Meaning::Record(record) => {
            let prefix = format!("{path}.");
            fields.push(Asked { path, what: What::Plain { integer: false } });
            ask_members(record, &prefix, names, fields);
        }
        Meaning::Array(element, length) => {
            let first = format!("{path}[0]");
            let what = if length.is_empty() { What::Flexible } else { What::Plain { integer: false } };
            fields.push(Asked { path, what });
            if length.is_empty() || length == "0" {
                // Of an array without elements only the first one's own row is listed.
                let integer = matches!(names.meaning(element), Meaning::Leaf(true));
                fields.push(Asked { path: first, what: What::Plain { integer } });
            } else {
                ask_field(element, first, names, fields);
            }
        }
    }
}
