//! The dynamic symbols of an ELF object of 64 bits, read as the loader reads them: by hash table, not by section.
//!
//! Invariant: whatever stands in the tables, nothing outside of the object's memory is asked for, and every loop ends.
#![forbid(unsafe_code)]

use super::exports::ExportKind;

/// The memory of an object.
pub(super) trait Memory {
    /// The bytes at an address; `None` where not all of them are the object's own.
    fn slice(&self, address: u64, length: u64) -> Option<&[u8]>;
}

/// Where the tables of an object are.
#[derive(Debug, Default)]
pub(super) struct Tables {
    symbols: u64,
    strings: u64,
    strings_size: u64,
    hash: Option<u64>,
    gnu_hash: Option<u64>,
    /// One index of a version for each symbol.
    versions: Option<u64>,
    definitions: Option<u64>,
    definition_count: u64,
}

/// A symbol that others can find.
#[derive(Debug)]
pub(super) struct Symbol<'m> {
    pub(super) name: &'m [u8],
    pub(super) kind: ExportKind,
    /// From where the object was loaded.
    pub(super) value: u64,
    pub(super) size: u64,
    pub(super) version: Version,
}

/// The version of a symbol, as an index into [`Tables::version_names`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Version {
    pub(super) index: u16,
    /// It is not found without its version.
    pub(super) hidden: bool,
}

const HASH: i64 = 4;
const STRINGS: i64 = 5;
const SYMBOLS: i64 = 6;
const STRINGS_SIZE: i64 = 10;
const GNU_HASH: i64 = 0x6fff_fef5;
const VERSIONS: i64 = 0x6fff_fff0;
const DEFINITIONS: i64 = 0x6fff_fffc;
const DEFINITION_COUNT: i64 = 0x6fff_fffd;

/// The size of an `Elf64_Sym`.
const SYMBOL_SIZE: u64 = 24;

/// No compiler makes longer ones; without a limit, tables full of rubbish would take for ever.
const LONGEST_NAME: u64 = 1 << 16;

/// A section number that says: an absolute value, no place.
const ABSOLUTE: u16 = 0xfff1;

impl Tables {
    /// Finds the tables by the entries of the dynamic section; `base` is where the object was loaded.
    pub(super) fn read(
        memory: &impl Memory,
        base: u64,
        entries: impl IntoIterator<Item = (i64, u64)>,
    ) -> Option<Tables> {
        // Some loaders add the load address in place, others leave the section alone
        let at = |value: u64| match memory.slice(value, 1) {
            Some(_) => value,
            None => base.wrapping_add(value),
        };
        let mut tables = Tables::default();
        for (tag, value) in entries {
            match tag {
                0 => break,
                SYMBOLS => tables.symbols = at(value),
                STRINGS => tables.strings = at(value),
                STRINGS_SIZE => tables.strings_size = value,
                HASH => tables.hash = Some(at(value)),
                GNU_HASH => tables.gnu_hash = Some(at(value)),
                VERSIONS => tables.versions = Some(at(value)),
                DEFINITIONS => tables.definitions = Some(at(value)),
                DEFINITION_COUNT => tables.definition_count = value,
                _ => {}
            }
        }
        (tables.symbols != 0 && tables.strings != 0).then_some(tables)
    }

    /// Shows every symbol that others can find.
    pub(super) fn each<'m, M: Memory>(&self, memory: &'m M, mut show: impl FnMut(Symbol<'m>)) {
        let count = match (self.gnu_hash, self.hash) {
            (Some(table), _) => gnu_count(memory, table),
            // The second word of this table is the number of symbols
            (None, Some(table)) => word(memory, table, 1).map(u64::from),
            (None, None) => None,
        };
        for index in 0..count.unwrap_or(0) {
            let Some(entry) = self.entry(memory, index) else { return };
            if let Some(symbol) = self.symbol(memory, index, entry) {
                show(symbol);
            }
        }
    }

    /// Shows every version of the symbol of a name.
    pub(super) fn find<'m, M: Memory>(&self, memory: &'m M, name: &[u8], mut show: impl FnMut(Symbol<'m>)) {
        let Some(table) = self.gnu_hash else {
            return self.each(memory, |symbol| {
                if symbol.name == name {
                    show(symbol);
                }
            });
        };
        // Without a chain the name is not there
        let _ = self.follow_chain(memory, table, name, &mut show);
    }

    fn follow_chain<'m, M: Memory>(
        &self,
        memory: &'m M,
        table: u64,
        name: &[u8],
        show: &mut impl FnMut(Symbol<'m>),
    ) -> Option<()> {
        let GnuHash { buckets, first, bucket_table, chains } = GnuHash::read(memory, table)?;
        let hash = gnu_hash(name);
        let start = u64::from(word(memory, bucket_table, u64::from(hash.checked_rem(buckets)?))?);
        for index in start.. {
            let link = word(memory, chains, index.checked_sub(first)?)?;
            if link | 1 == hash | 1
                && let Some(symbol) = self.symbol(memory, index, self.entry(memory, index)?)
                && symbol.name == name
            {
                show(symbol);
            }
            if link & 1 == 1 {
                break;
            }
        }
        Some(())
    }

    fn entry<'m>(&self, memory: &'m impl Memory, index: u64) -> Option<&'m [u8; SYMBOL_SIZE as usize]> {
        memory.slice(nth(self.symbols, index, SYMBOL_SIZE)?, SYMBOL_SIZE)?.try_into().ok()
    }

    fn symbol<'m>(
        &self,
        memory: &'m impl Memory,
        index: u64,
        entry: &'m [u8; SYMBOL_SIZE as usize],
    ) -> Option<Symbol<'m>> {
        // Elf64_Sym: name, info, other, section, value, size
        let &[n0, n1, n2, n3, info, other, s0, s1, ref numbers @ ..] = entry;
        let (value, size) = numbers.split_first_chunk::<8>()?;
        let (kind, binding, visibility) = (info & 15, info >> 4, other & 3);
        let section = u16::from_ne_bytes([s0, s1]);
        let (local, undefined, hidden) =
            (!matches!(binding, 1 | 2 | 10), section == 0, matches!(visibility, 1 | 2));
        if local || undefined || hidden {
            return None;
        }
        let kind = match kind {
            2 | 10 => ExportKind::Function,
            1 | 5 if section != ABSOLUTE => ExportKind::Variable,
            6 => ExportKind::ThreadLocal,
            _ => ExportKind::Other,
        };
        let version = self.versions.and_then(|table| half(memory, nth(table, index, 2)?)).unwrap_or(1);
        Some(Symbol {
            name: self.string(memory, u32::from_ne_bytes([n0, n1, n2, n3]))?,
            kind,
            value: u64::from_ne_bytes(*value),
            size: u64::from_ne_bytes(*size.first_chunk()?),
            version: Version { index: version & 0x7fff, hidden: version & 0x8000 != 0 },
        })
    }

    fn string<'m>(&self, memory: &'m impl Memory, offset: u32) -> Option<&'m [u8]> {
        let offset = u64::from(offset);
        let left = self.strings_size.checked_sub(offset).filter(|&left| left > 0)?;
        let text = memory.slice(self.strings.checked_add(offset)?, left.min(LONGEST_NAME))?;
        text.iter().position(|&byte| byte == 0).and_then(|end| text.get(..end))
    }

    /// The names of the versions that the object defines, beside their indices.
    pub(super) fn version_names(&self, memory: &impl Memory) -> Vec<(u16, String)> {
        let mut names = Vec::new();
        let mut next = self.definitions;
        for _ in 0..self.definition_count.min(u64::from(u16::MAX)) {
            let Some(definition) = next else { break };
            // Elf64_Verdef: version, flags, index, count; hash, first name, next definition
            let step = || {
                let flags = half(memory, definition.checked_add(2)?)?;
                let index = half(memory, definition.checked_add(4)?)?;
                let name = definition.checked_add(u64::from(word(memory, definition, 3)?))?;
                let name = self.string(memory, word(memory, name, 0)?)?;
                let forward = u64::from(word(memory, definition, 4)?);
                Some((flags, index, name, definition.checked_add(forward).filter(|_| forward > 0)))
            };
            let Some((flags, index, name, following)) = step() else { break };
            // Flag 1 is on the name of the library itself
            if let (0, Ok(name)) = (flags & 1, std::str::from_utf8(name)) {
                names.push((index, name.to_owned()));
            }
            next = following;
        }
        names
    }
}

/// The head of a GNU hash table.
struct GnuHash {
    buckets: u32,
    /// The first symbol that the table knows.
    first: u64,
    bucket_table: u64,
    chains: u64,
}

impl GnuHash {
    fn read(memory: &impl Memory, table: u64) -> Option<GnuHash> {
        // Number of buckets, first symbol, number of the filter's words, a shift; filter, buckets, chains
        let (buckets, first, filter) =
            (word(memory, table, 0)?, word(memory, table, 1)?, word(memory, table, 2)?);
        let bucket_table = nth(table.checked_add(16)?, u64::from(filter), 8)?;
        let chains = nth(bucket_table, u64::from(buckets), 4)?;
        Some(GnuHash { buckets, first: u64::from(first), bucket_table, chains })
    }
}

/// The symbols that a GNU hash table knows end with the last chain.
fn gnu_count(memory: &impl Memory, table: u64) -> Option<u64> {
    let GnuHash { buckets, first, bucket_table, chains } = GnuHash::read(memory, table)?;
    let starts = memory.slice(bucket_table, u64::from(buckets).checked_mul(4)?)?;
    let starts = starts.as_chunks::<4>().0.iter();
    let last = starts.map(|start| u64::from(u32::from_ne_bytes(*start))).max().unwrap_or(0);
    let Some(distance) = last.checked_sub(first) else { return Some(first) };
    let mut end = distance;
    while word(memory, chains, end)? & 1 == 0 {
        end = end.checked_add(1)?;
    }
    first.checked_add(end)?.checked_add(1)
}

fn gnu_hash(name: &[u8]) -> u32 {
    name.iter().fold(5381, |hash: u32, &byte| hash.wrapping_mul(33).wrapping_add(u32::from(byte)))
}

/// The address of an element of a table.
fn nth(table: u64, index: u64, size: u64) -> Option<u64> {
    table.checked_add(index.checked_mul(size)?)
}

fn word(memory: &impl Memory, table: u64, index: u64) -> Option<u32> {
    let bytes = memory.slice(nth(table, index, 4)?, 4)?;
    Some(u32::from_ne_bytes(bytes.try_into().ok()?))
}

fn half(memory: &impl Memory, address: u64) -> Option<u16> {
    Some(u16::from_ne_bytes(memory.slice(address, 2)?.try_into().ok()?))
}
