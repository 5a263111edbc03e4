//! The objects that the loader has in memory.

use super::Raw;
use super::elf::{Memory, Symbol, Tables};
use super::exports::{Export, ExportKind, Facts};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ops::Range;

/// Everything that the libraries behind these handles export, by name; with `whole_process` what all loaded ones do.
pub(super) fn exports(handles: &[Raw], whole_process: bool) -> Vec<Export> {
    let sections: Vec<u64> = handles.iter().filter_map(|&handle| dynamic_section(handle)).collect();
    let mut found = Vec::new();
    each_object(&mut |object| {
        if let Some(tables) = object.tables()
            && (whole_process || sections.contains(&object.dynamic.start))
        {
            let versions = tables.version_names(object);
            tables.each(object, |symbol| found.extend(export(&symbol, &versions)));
        }
        true
    });
    // The default version first
    found.sort_by(|a, b| (&a.name, !a.is_default, &a.version).cmp(&(&b.name, !b.is_default, &b.version)));
    found.dedup_by(|a, b| a.name == b.name && a.version == b.version);
    found
}

fn export(symbol: &Symbol<'_>, versions: &[(u16, String)]) -> Option<Export> {
    let version = versions.iter().find(|(index, _)| *index == symbol.version.index);
    Some(Export {
        name: std::str::from_utf8(symbol.name).ok()?.to_owned(),
        kind: symbol.kind,
        size: symbol.size,
        version: version.map(|(_, name)| name.clone()),
        is_default: !symbol.version.hidden,
    })
}

/// What the object that has a symbol at this address says about it; of a thread's own memory and of numbers, what
/// the library does that the handles lead to, or else any other.
pub(super) fn facts(handles: &[Raw], name: &str, address: *const c_void) -> Option<Facts> {
    let address = address.addr() as u64;
    let mut found = None;
    let mut is_in_object = false;
    each_object(&mut |object| {
        if !object.contains(address) {
            return true;
        }
        is_in_object = true;
        if let Some(tables) = object.tables() {
            tables.find(object, name.as_bytes(), |Symbol { kind, size, value, .. }| {
                if object.base.wrapping_add(value) == address && kind != ExportKind::ThreadLocal {
                    let read_only = object.is_read_only(address);
                    found.get_or_insert(Facts { kind, size, read_only, is_number: false });
                }
            });
        }
        false
    });
    if found.is_some() || is_in_object {
        return found;
    }
    let sections: Vec<u64> = handles.iter().filter_map(|&handle| dynamic_section(handle)).collect();
    let mut elsewhere = None;
    each_object(&mut |object| {
        let Some(tables) = object.tables() else { return true };
        tables.find(object, name.as_bytes(), |Symbol { kind, size, value, .. }| {
            let is_number = kind != ExportKind::ThreadLocal;
            if !is_number || value == address {
                let place =
                    if sections.contains(&object.dynamic.start) { &mut found } else { &mut elsewhere };
                place.get_or_insert(Facts { kind, size, read_only: false, is_number });
            }
        });
        found.is_none()
    });
    found.or(elsewhere)
}

/// The head of glibc's `struct link_map`, which is its public part.
#[repr(C)]
struct LinkMap {
    base: usize,
    name: *const c_char,
    dynamic: usize,
}

/// Where the dynamic section of a library is.
fn dynamic_section(handle: Raw) -> Option<u64> {
    let mut map: *const LinkMap = std::ptr::null();
    // SAFETY: the handle is of `dlopen` and open (its owner holds it); this request writes one pointer
    let failed = unsafe { libc::dlinfo(handle.0, libc::RTLD_DI_LINKMAP, (&raw mut map).cast()) } != 0;
    if failed || map.is_null() {
        return None;
    }
    // SAFETY: the loader's own record, which stays while the handle is open
    Some(unsafe { (*map).dynamic } as u64)
}

/// An object while the loader shows it, which keeps it loaded.
struct Object {
    base: u64,
    /// What can be read, and whether it can be written.
    segments: Vec<(Range<u64>, bool)>,
    /// What can be written only while it is loaded.
    sealed: Range<u64>,
    dynamic: Range<u64>,
}

impl Object {
    fn tables(&self) -> Option<Tables> {
        let section = self.slice(self.dynamic.start, self.dynamic.end.checked_sub(self.dynamic.start)?)?;
        // Elf64_Dyn: tag, value
        let entries = section.as_chunks::<16>().0.iter().map(|entry| {
            let (tag, value) = entry.split_at(8);
            let number = |bytes: &[u8]| bytes.first_chunk().map_or(0, |bytes| u64::from_ne_bytes(*bytes));
            (number(tag).cast_signed(), number(value))
        });
        Tables::read(self, self.base, entries)
    }

    fn contains(&self, address: u64) -> bool {
        self.segments.iter().any(|(range, _)| range.contains(&address))
    }

    fn is_read_only(&self, address: u64) -> bool {
        let closed = self.segments.iter().any(|(range, writable)| range.contains(&address) && !writable);
        closed || self.sealed.contains(&address)
    }
}

impl Memory for Object {
    fn slice(&self, address: u64, length: u64) -> Option<&[u8]> {
        let end = address.checked_add(length)?;
        let inside = |range: &Range<u64>| range.contains(&address) && end <= range.end;
        self.segments.iter().find(|(range, _)| inside(range))?;
        let (start, length) = (usize::try_from(address).ok()?, usize::try_from(length).ok()?);
        // SAFETY: inside of a segment that the loader mapped to be read, of an object that stays loaded while
        // `each_object` shows it; what is asked for here are the loader's own tables, which nobody writes any more
        Some(unsafe { std::slice::from_raw_parts(std::ptr::with_exposed_provenance(start), length) })
    }
}

/// Shows every loaded object, in the loader's order, as long as `show` wants more.
fn each_object(show: &mut dyn FnMut(&Object) -> bool) {
    let mut show = show;
    let data = (&raw mut show).cast::<c_void>();
    // SAFETY: `shown` is the function for this kind of data, which outlives the call
    unsafe { libc::dl_iterate_phdr(Some(shown), data) };
}

/// # Safety
///
/// `info` is what the loader says about an object, `data` the closure of `each_object`.
unsafe extern "C" fn shown(info: *mut libc::dl_phdr_info, _: usize, data: *mut c_void) -> c_int {
    // SAFETY: as this function demands; nobody else uses the closure meanwhile
    let (info, show) = unsafe { (&*info, &mut *data.cast::<&mut dyn FnMut(&Object) -> bool>()) };
    // SAFETY: the loader's name of the object is a text that ends with NUL, or null
    let name = (!info.dlpi_name.is_null()).then(|| unsafe { CStr::from_ptr(info.dlpi_name) });
    if info.dlpi_phdr.is_null() || name.is_some_and(|name| name.to_bytes().starts_with(b"linux-vdso")) {
        return 0;
    }
    // SAFETY: so many program headers are there, as the loader says
    let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    c_int::from(!show(&object(info.dlpi_addr, headers)))
}

fn object(base: u64, headers: &[libc::Elf64_Phdr]) -> Object {
    let range = |header: &libc::Elf64_Phdr| {
        let start = base.wrapping_add(header.p_vaddr);
        start..start.saturating_add(header.p_memsz)
    };
    let of = |kind: u32| headers.iter().find(|header| header.p_type == kind).map_or(0..0, range);
    let readable = headers
        .iter()
        .filter(|header| header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_R != 0)
        .map(|header| (range(header), header.p_flags & libc::PF_W != 0));
    // Whole pages are sealed; the rest of the last one stays as it is
    // SAFETY: a question about the system
    let page = u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(0);
    let sealed = of(libc::PT_GNU_RELRO);
    let end = sealed.end.checked_div(page).map_or(sealed.start, |pages| pages.saturating_mul(page));
    Object { base, segments: readable.collect(), sealed: sealed.start..end, dynamic: of(libc::PT_DYNAMIC) }
}
