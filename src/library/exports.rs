//! What a loaded library exports, read from its dynamic symbol table in memory.

use super::Raw;

/// A symbol that a library offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ExportKind,
    /// Its size in bytes, 0 where the library does not say.
    pub size: u64,
}

/// What a symbol stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExportKind {
    /// Code.
    Function,
    /// Memory.
    Variable,
    /// Memory of which each thread has its own.
    ThreadLocal,
    /// Neither.
    Other,
}

/// Everything that the libraries behind these handles export, by name. Empty where the system has no ELF loader.
#[cfg(not(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")))]
pub(super) fn exports(_handle: Raw, _whole_process: bool) -> Vec<Export> {
    Vec::new()
}

#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
pub(super) use elf::exports;

#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod elf {
    use super::{Export, ExportKind, Raw};
    use std::ffi::{CStr, c_char};

    /// The head of glibc's `struct link_map`, which is its public part.
    #[repr(C)]
    struct LinkMap {
        base: usize,
        name: *const c_char,
        dynamic: *const Entry,
        next: *const LinkMap,
        previous: *const LinkMap,
    }

    /// `Elf64_Dyn`
    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Entry {
        tag: i64,
        value: usize,
    }

    /// `Elf64_Sym`
    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Symbol {
        name: u32,
        info: u8,
        other: u8,
        section: u16,
        value: u64,
        size: u64,
    }

    const HASH: i64 = 4;
    const STRINGS: i64 = 5;
    const SYMBOLS: i64 = 6;
    const STRINGS_SIZE: i64 = 10;
    const GNU_HASH: i64 = 0x6fff_fef5;

    /// Everything that the library behind a handle exports; with `whole_process` what all loaded ones do.
    pub(in crate::library) fn exports(handle: Raw, whole_process: bool) -> Vec<Export> {
        let mut map: *const LinkMap = std::ptr::null();
        // SAFETY: the handle is of `dlopen` and open (its owner holds it); this request writes one pointer
        let failed = unsafe { libc::dlinfo(handle.0, libc::RTLD_DI_LINKMAP, (&raw mut map).cast()) } != 0;
        let mut found = Vec::new();
        while !failed && !map.is_null() {
            // SAFETY: the loader's list of what is loaded; an entry stays while its library does
            let (base, dynamic, next) = unsafe { ((*map).base, (*map).dynamic, (*map).next) };
            if !dynamic.is_null() {
                // SAFETY: the dynamic section of a loaded library, ended by a zero tag, as the loader itself reads it
                unsafe { add(base, dynamic, &mut found) };
            }
            map = if whole_process { next } else { std::ptr::null() };
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found.dedup_by(|a, b| a.name == b.name);
        found
    }

    /// # Safety
    ///
    /// `dynamic` is the dynamic section of a loaded library whose load address is `base`.
    unsafe fn add(base: usize, dynamic: *const Entry, found: &mut Vec<Export>) {
        let (mut symbols, mut strings, mut strings_size, mut hash, mut gnu_hash) = (0, 0, 0, 0, 0);
        let mut entry = dynamic;
        loop {
            // SAFETY: the section ends with a zero tag, which ends this loop
            let Entry { tag, value } = unsafe { *entry };
            // glibc has put the load address into these; what is below it has not been touched.
            let address = if value < base { base.wrapping_add(value) } else { value };
            match tag {
                0 => break,
                SYMBOLS => symbols = address,
                STRINGS => strings = address,
                STRINGS_SIZE => strings_size = value,
                HASH => hash = address,
                GNU_HASH => gnu_hash = address,
                _ => {}
            }
            // SAFETY: not past the zero tag
            entry = unsafe { entry.add(1) };
        }
        if symbols == 0 || strings == 0 {
            return;
        }
        let count = if gnu_hash != 0 {
            // SAFETY: the table of a loaded library
            unsafe { count_of_gnu_hash(gnu_hash as *const u32) }
        } else if hash != 0 {
            // SAFETY: the second word of this table is the number of symbols
            unsafe { *(hash as *const u32).add(1) as usize }
        } else {
            0
        };
        for index in 0..count {
            // SAFETY: the hash table counts the symbols of this table
            let symbol = unsafe { *(symbols as *const Symbol).add(index) };
            let (kind, binding) = (symbol.info & 15, symbol.info >> 4);
            if symbol.section == 0 || !matches!(binding, 1 | 2 | 10) || symbol.name as usize >= strings_size {
                continue;
            }
            // SAFETY: within the string table, whose strings end with NUL
            let name = unsafe { CStr::from_ptr((strings as *const c_char).add(symbol.name as usize)) };
            let kind = match kind {
                2 | 10 => ExportKind::Function,
                1 | 5 => ExportKind::Variable,
                6 => ExportKind::ThreadLocal,
                _ => ExportKind::Other,
            };
            if let Ok(name) = name.to_str().map(str::to_owned) {
                found.push(Export { name, kind, size: symbol.size });
            }
        }
    }

    /// The symbols that a GNU hash table knows end with the last chain.
    ///
    /// # Safety
    ///
    /// `table` is the DT_GNU_HASH of a loaded library.
    unsafe fn count_of_gnu_hash(table: *const u32) -> usize {
        // SAFETY: the head has four words: buckets, first symbol, words of the filter (of 64 bits), a shift
        let (buckets, first, filter) =
            unsafe { (*table as usize, *table.add(1) as usize, *table.add(2) as usize) };
        // SAFETY: the filter and the buckets follow the head
        let bucket_table = unsafe { table.add(4 + filter * 2) };
        // SAFETY: the buckets follow the filter
        let last =
            (0..buckets).map(|bucket| unsafe { *bucket_table.add(bucket) as usize }).max().unwrap_or(0);
        if last < first {
            return first;
        }
        // SAFETY: the chains follow the buckets
        let chains = unsafe { bucket_table.add(buckets) };
        let mut symbol = last;
        // SAFETY: each chain ends with a word whose lowest bit is set
        while unsafe { *chains.add(symbol - first) } & 1 == 0 {
            symbol += 1;
        }
        symbol + 1
    }
}
