//! Two accounts of the same types, row by row.

use super::ours::{FieldRow, TypeRows};

/// One thing that two accounts tell differently.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// `struct s1`
    pub of: String,
    /// What differs: `size`, `align`, `sign`, `kind`, `constants`, `types`, `fields`, `position`, `refused`.
    pub fact: &'static str,
    /// `struct s1: size is 8, expected 4`
    pub text: String,
}

/// Where `found` departs from `expected`.
pub fn differences(expected: &[TypeRows], found: &[TypeRows]) -> Vec<Difference> {
    let mut list = Vec::new();
    for one in expected {
        match found.iter().find(|other| other.name == one.name) {
            Some(other) => compare_type(one, other, &mut list),
            None => note(&mut list, &one.name, "types", "is not listed, expected it".to_string()),
        }
    }
    for other in found {
        let times = found.iter().filter(|again| again.name == other.name).count();
        if times > 1 || !expected.iter().any(|one| one.name == other.name) {
            note(&mut list, &other.name, "types", format!("is listed {times} times, but not expected so"));
        }
    }
    list
}

fn note(list: &mut Vec<Difference>, of: &str, fact: &'static str, text: String) {
    list.push(Difference { of: of.to_string(), fact, text: format!("{of}: {text}") });
}

fn compare_type(expected: &TypeRows, found: &TypeRows, list: &mut Vec<Difference>) {
    let name = &expected.name;
    let mut differ = |fact: &'static str, what: &str, found: String, expected: String| {
        if found != expected {
            note(list, name, fact, format!("{what} is {found}, expected {expected}"));
        }
    };
    differ("kind", "kind", found.kind.to_string(), expected.kind.to_string());
    differ("size", "size", found.size.to_string(), expected.size.to_string());
    differ("align", "alignment", found.align.to_string(), expected.align.to_string());
    differ("sign", "sign", sign(found.signed), sign(expected.signed));
    differ("constants", "list of constants", constants(found), constants(expected));
    // A typedef has no rows of its own; those of the type it names may be given.
    if expected.kind == "typedef" {
        return;
    }
    let paths =
        |of: &TypeRows| of.fields.iter().map(|field| field.path.clone()).collect::<Vec<_>>().join(" ");
    differ("fields", "list of fields", paths(found), paths(expected));
    for one in &expected.fields {
        let Some(other) = found.fields.iter().find(|other| other.path == one.path) else { continue };
        differ("position", &one.path, place(other), place(one));
        differ("sign", &format!("sign of {}", one.path), sign(other.signed), sign(one.signed));
    }
}

fn sign(signed: Option<bool>) -> String {
    match signed {
        Some(true) => "signed",
        Some(false) => "unsigned",
        None => "none",
    }
    .to_string()
}

fn constants(of: &TypeRows) -> String {
    of.constants.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
}

/// Only the sum of offset and bit offset counts for a bit-field: the unit is free.
fn place(field: &FieldRow) -> String {
    match (field.bits, field.size) {
        (Some((bit, width)), _) => {
            format!("{width} bits at bit {}", field.offset.saturating_mul(8).saturating_add(u64::from(bit)))
        }
        (None, Some(size)) => format!("{size} bytes at {}", field.offset),
        (None, None) => format!("at {} without a size", field.offset),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(offset: u64, bit: u32, signed: bool) -> Vec<TypeRows> {
        let field = FieldRow {
            path: "a".to_string(),
            offset,
            size: None,
            bits: Some((bit, 3)),
            type_name: "int".to_string(),
            signed: Some(signed),
        };
        vec![TypeRows {
            name: "struct s".to_string(),
            kind: "struct",
            size: 4,
            align: 4,
            signed: None,
            constants: Vec::new(),
            fields: vec![field],
        }]
    }

    #[test]
    fn only_the_sum_of_offset_and_bit_counts() {
        assert_eq!(differences(&rows(1, 2, true), &rows(0, 10, true)), Vec::new());
    }

    #[test]
    fn a_moved_bit_field_another_sign_and_a_missing_type_are_told() {
        let texts = |found: &[TypeRows]| -> Vec<String> {
            differences(&rows(0, 2, true), found).into_iter().map(|difference| difference.text).collect()
        };
        assert_eq!(texts(&rows(0, 3, true)), ["struct s: a is 3 bits at bit 3, expected 3 bits at bit 2"]);
        assert_eq!(texts(&rows(0, 2, false)), ["struct s: sign of a is unsigned, expected signed"]);
        assert_eq!(texts(&[]), ["struct s: is not listed, expected it"]);
    }
}
