//! A type on one target as a list of places, in order: members, and what no member uses.
#![forbid(unsafe_code)]

use eightbyte::{FieldRow, TypeRows};
use std::ops::Range;

/// What a place is; equal keys of two targets stand in one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// The member of a path.
    Member(String),
    /// A hole before the member of a path, and which: overlapping anonymous unions can leave several.
    Hole(String, usize),
    /// The unused end of a record: the path of the member, empty for the whole.
    Padding(String, usize),
    /// A constant of an enum.
    Constant(String),
}

/// One place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub key: Key,
    /// Bytes, or `byte:bit`; of a constant its value.
    pub offset: String,
    /// Bytes, or `:bits`.
    pub size: String,
    /// The type, in C.
    pub type_name: String,
    /// Of an integer: plain `char` and `wchar_t` differ between targets in nothing else.
    pub signed: Option<bool>,
}

/// Every place of a type.
pub fn places(rows: &TypeRows) -> Vec<Place> {
    let mut places: Vec<Place> = rows
        .constants
        .iter()
        .map(|(name, value)| Place {
            key: Key::Constant(name.clone()),
            offset: value.to_string(),
            size: String::new(),
            type_name: String::new(),
            signed: None,
        })
        .collect();
    let whole = 0..u128::from(rows.size) * 8;
    if !rows.fields.is_empty() {
        add_record(&mut places, &rows.fields, "", Some(whole));
    }
    places
}

/// Adds the members of one record. Without an extent (elements of an array) nothing is said of unused bytes.
fn add_record(places: &mut Vec<Place>, rows: &[FieldRow], path: &str, extent: Option<Range<u128>>) {
    let mut members: Vec<(&FieldRow, &[FieldRow])> = Vec::new();
    let mut rest = rows;
    while let Some((first, behind)) = rest.split_first() {
        let count = behind.iter().take_while(|row| is_inside(&row.path, &first.path)).count();
        let (inside, behind) = behind.split_at(count);
        members.push((first, inside));
        rest = behind;
    }
    let mut gaps =
        extent.map_or(Vec::new(), |extent| gaps(members.iter().map(|(row, _)| bits(row)).collect(), extent));
    for (row, inside) in members {
        let (before, later): (Vec<_>, Vec<_>) = gaps.into_iter().partition(|gap| gap.end <= bits(row).start);
        gaps = later;
        let holes = before.into_iter().enumerate();
        places.extend(holes.map(|(index, gap)| unused(Key::Hole(row.path.clone(), index), gap)));
        // The first element of an array says nothing that the array does not.
        if !row.path.ends_with(']') {
            places.push(member(row));
        }
        if let Some(first) = inside.first() {
            let is_array = first.path.get(row.path.len()..).is_some_and(|rest| rest.starts_with('['));
            add_record(places, inside, &row.path, (!is_array).then(|| bits(row)));
        }
    }
    let padding = gaps.into_iter().enumerate();
    places.extend(padding.map(|(index, gap)| unused(Key::Padding(path.to_string(), index), gap)));
}

fn is_inside(path: &str, container: &str) -> bool {
    path.strip_prefix(container).is_some_and(|rest| rest.starts_with(['.', '[']))
}

fn bits(row: &FieldRow) -> Range<u128> {
    let (bit, width) = match row.bits {
        Some((bit, width)) => (u128::from(bit), u128::from(width)),
        None => (0, u128::from(row.size.unwrap_or(0)) * 8),
    };
    let start = u128::from(row.offset) * 8 + bit;
    start..start + width
}

/// What is left of an extent.
fn gaps(mut used: Vec<Range<u128>>, extent: Range<u128>) -> Vec<Range<u128>> {
    used.sort_by_key(|range| (range.start, range.end));
    used.push(extent.end..extent.end);
    let mut free = extent.start;
    let mut found = Vec::new();
    for range in used {
        if range.start > free {
            found.push(free..range.start);
        }
        free = free.max(range.end);
    }
    found
}

fn member(row: &FieldRow) -> Place {
    let (offset, size) = match row.bits {
        Some((bit, width)) => (format!("{}:{bit}", row.offset), format!(":{width}")),
        None => (row.offset.to_string(), row.size.unwrap_or(0).to_string()),
    };
    Place {
        key: Key::Member(row.path.clone()),
        offset,
        size,
        type_name: row.type_name.clone(),
        signed: row.signed,
    }
}

fn unused(key: Key, gap: Range<u128>) -> Place {
    let (start, bits) = (gap.start, gap.end - gap.start);
    let (offset, size) = match (start % 8, bits % 8) {
        (0, 0) => ((start / 8).to_string(), (bits / 8).to_string()),
        (bit, _) => (format!("{}:{bit}", start / 8), format!(":{bits}")),
    };
    Place { key, offset, size, type_name: String::new(), signed: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eightbyte::{Ffi, Target};

    fn drawn(text: &str) -> Vec<String> {
        let ffi = Ffi::for_target(Target::X86_64_LINUX);
        ffi.cdef(text).expect("it is C");
        let rows = ffi.type_rows().expect("it has a layout");
        let last = rows.last().expect("it declares a type");
        let line = |place: Place| format!("{:?} {} {}", place.key, place.offset, place.size).replace('"', "");
        places(last).into_iter().map(line).collect()
    }

    #[test]
    fn holes_stand_before_the_member_behind_them() {
        assert_eq!(
            drawn("struct s { char c; int i; short t; };"),
            ["Member(c) 0 1", "Hole(i, 0) 1 3", "Member(i) 4 4", "Member(t) 8 2", "Padding(, 0) 10 2"]
        );
    }

    #[test]
    fn nested_records_tell_their_own_holes() {
        assert_eq!(
            drawn("struct s { struct { char c; int i; } in[2]; union { char a; int b; }; };"),
            [
                "Member(in) 0 16",
                "Member(in[0].c) 0 1",
                "Hole(in[0].i, 0) 1 3",
                "Member(in[0].i) 4 4",
                "Member(a) 16 1",
                "Member(b) 16 4"
            ]
        );
    }

    #[test]
    fn bits_that_nothing_uses_are_holes() {
        assert_eq!(
            drawn("struct s { unsigned a : 3, : 4, b : 1; };"),
            ["Member(a) 0:0 :3", "Hole(b, 0) 0:3 :4", "Member(b) 0:7 :1", "Padding(, 0) 1 3"]
        );
    }

    #[test]
    fn flexible_arrays_take_no_place() {
        assert_eq!(
            drawn("struct s { int n; long data[]; };"),
            ["Member(n) 0 4", "Hole(data, 0) 4 4", "Member(data) 8 0"]
        );
    }
}
