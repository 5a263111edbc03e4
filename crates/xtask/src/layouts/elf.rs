//! Just enough of ELF to read the bytes behind a symbol of an object file, 32 or 64 bits, little endian.

use std::collections::HashMap;

/// The data of each defined symbol; an undefined one has `None`.
pub type Symbols = HashMap<String, Option<Vec<u8>>>;

const SYMBOL_TABLE: u64 = 2;
const NO_BITS: u64 = 8;
const SECTION_SYMBOL: u64 = 3;

struct Section {
    kind: u64,
    offset: u64,
    size: u64,
    link: u64,
}

/// All named symbols of an ELF file; `None` if it is not one we understand.
pub fn symbols(file: &[u8]) -> Option<Symbols> {
    if !file.starts_with(b"\x7fELF") || number(file, 5, 1)? != 1 {
        return None;
    }
    let wide = number(file, 4, 1)? == 2;
    let word = if wide { 8 } else { 4 };
    let headers = number(file, if wide { 0x28 } else { 0x20 }, word)?;
    let (step, count) = if wide {
        (number(file, 0x3a, 2)?, number(file, 0x3c, 2)?)
    } else {
        (number(file, 0x2e, 2)?, number(file, 0x30, 2)?)
    };
    let section = |index: u64| {
        let at = headers.checked_add(index.checked_mul(step)?)?;
        let field = |wide_at: u64, narrow_at: u64, bytes: u64| {
            number(file, at.checked_add(if wide { wide_at } else { narrow_at })?, bytes)
        };
        Some(Section {
            kind: field(4, 4, 4)?,
            offset: field(0x18, 0x10, word)?,
            size: field(0x20, 0x14, word)?,
            link: field(0x28, 0x18, 4)?,
        })
    };
    let mut found = Symbols::new();
    for index in 0..count {
        let table = section(index)?;
        if table.kind != SYMBOL_TABLE {
            continue;
        }
        let strings = section(table.link)?;
        let entry = if wide { 24 } else { 16 };
        for at in (0..table.size / entry).map(|index| table.offset + index * entry) {
            let name = text(file, strings.offset.checked_add(number(file, at, 4)?)?)?;
            let (info, home) = if wide { (at + 4, at + 6) } else { (at + 12, at + 14) };
            let (value, size) = if wide { (at + 8, at + 16) } else { (at + 4, at + 8) };
            if name.is_empty() || number(file, info, 1)? & 15 >= SECTION_SYMBOL {
                continue;
            }
            let home = number(file, home, 2)?;
            let data = if home == 0 || home >= count {
                None
            } else {
                let (home, size) = (section(home)?, number(file, size, word)?);
                if home.kind == NO_BITS {
                    Some(vec![0; usize::try_from(size).ok()?])
                } else {
                    Some(bytes(file, home.offset.checked_add(number(file, value, word)?)?, size)?.to_vec())
                }
            };
            found.insert(name, data);
        }
    }
    Some(found)
}

pub(super) fn bytes(file: &[u8], at: u64, count: u64) -> Option<&[u8]> {
    file.get(usize::try_from(at).ok()?..usize::try_from(at.checked_add(count)?).ok()?)
}

pub(super) fn number(file: &[u8], at: u64, count: u64) -> Option<u64> {
    Some(bytes(file, at, count)?.iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
}

pub(super) fn text(file: &[u8], at: u64) -> Option<String> {
    let rest = file.get(usize::try_from(at).ok()?..)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    Some(String::from_utf8_lossy(&rest[..end]).into_owned())
}
