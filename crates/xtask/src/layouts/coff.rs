//! Just enough of COFF, the object format of Windows, to read the bytes behind a symbol.

use super::elf::{Symbols, bytes, number, text};

/// All external symbols of an object file. COFF tells no sizes: a symbol's data ends where the next one begins.
pub fn symbols(file: &[u8]) -> Option<Symbols> {
    const EXTERNAL: u64 = 2;
    const SYMBOL_BYTES: u64 = 18;
    const SECTION_BYTES: u64 = 40;
    let (sections, table, count) = (number(file, 2, 2)?, number(file, 8, 4)?, number(file, 12, 4)?);
    let headers = 20 + number(file, 16, 2)?;
    let strings = table.checked_add(count.checked_mul(SYMBOL_BYTES)?)?;
    let mut placed = Vec::new();
    let mut found = Symbols::new();
    let mut index = 0;
    while index < count {
        let at = table + index * SYMBOL_BYTES;
        let name = if number(file, at, 4)? == 0 {
            text(file, strings.checked_add(number(file, at + 4, 4)?)?)?
        } else {
            let short = bytes(file, at, 8)?;
            String::from_utf8_lossy(short).trim_end_matches('\0').to_string()
        };
        let (value, home, class) =
            (number(file, at + 8, 4)?, number(file, at + 12, 2)?, number(file, at + 16, 1)?);
        if class == EXTERNAL && home == 0 {
            found.insert(name, None);
        } else if class == EXTERNAL && home <= sections {
            placed.push((home, value, name));
        }
        index += 1 + number(file, at + 17, 1)?;
    }
    placed.sort();
    for (position, (home, value, name)) in placed.iter().enumerate() {
        let header = headers + (home - 1) * SECTION_BYTES;
        let (size, start) = (number(file, header + 16, 4)?, number(file, header + 20, 4)?);
        let next = placed[position + 1..].iter().find(|(other, at, _)| other == home && at > value);
        let end = next.map_or(size, |(_, at, _)| *at);
        let length = end.checked_sub(*value)?;
        let data = if start == 0 {
            vec![0; usize::try_from(length).ok()?]
        } else {
            bytes(file, start.checked_add(*value)?, length)?.to_vec()
        };
        found.insert(name.clone(), Some(data));
    }
    Some(found)
}
