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
    Place { key: Key::Member(row.path.clone()), offset, size, type_name: row.type_name.clone() }
}

fn unused(key: Key, gap: Range<u128>) -> Place {
    let (start, bits) = (gap.start, gap.end - gap.start);
    let (offset, size) = match (start % 8, bits % 8) {
        (0, 0) => ((start / 8).to_string(), (bits / 8).to_string()),
        (bit, _) => (format!("{}:{bit}", start / 8), format!(":{bits}")),
    };
    Place { key, offset, size, type_name: String::new() }
}
