//! The loader's own rules, on the libraries that every system has.

use super::elf::{Memory, Tables};
use super::*;
use std::path::Path;

fn open(name: &str) -> Result<Library> {
    // SAFETY: the tests load system libraries, whose initialisers are sound anywhere
    unsafe { Library::open(name, LoadOptions::new()) }
}

#[test]
fn system_libraries() {
    for (name, symbol) in [("m", "cos"), ("m.so.6", "cos"), ("c", "qsort"), ("libc.so.6", "puts")] {
        let library = open(name).unwrap();
        let clone = library.clone();
        let address = std::thread::spawn(move || clone.symbol(symbol).unwrap().as_ptr() as usize);
        assert_eq!(library.symbol(symbol).unwrap().as_ptr() as usize, address.join().unwrap());
    }
    assert!(Library::process().unwrap().symbol("strlen").is_ok());
}

#[test]
fn versioned_names_without_a_development_package() {
    // glibc has this in every installation and never as a bare `.so`
    let stem = "nss_files";
    if names::versioned("libnss_files.so").len() > 1 {
        assert!(open(stem).unwrap().name().contains("libnss_files.so.2"));
    }
}

#[test]
fn errors_tell_what_was_tried() {
    let error = open("no such library").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Library);
    assert!(error.message().contains("tried libno such library.so (cannot open"), "{error}");
    assert!(error.message().contains("libno such library.so.6 ("), "{error}");
    let error = open("m").unwrap().symbol("no_such_function").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Symbol);
    assert!(error.message().starts_with("no symbol 'no_such_function' in "), "{error}");
}

#[test]
fn exports_and_versions() {
    let library = open("m").unwrap();
    let exports = library.exports();
    let cos = exports.iter().find(|export| export.name == "cos").unwrap();
    assert_eq!(cos.kind, ExportKind::Function);
    assert!(exports.iter().any(|export| export.name == "signgam" && export.kind == ExportKind::Variable));
    assert!(exports.iter().all(|export| export.name != "qsort"));
    assert!(Library::process().unwrap().exports().iter().any(|export| export.name == "qsort"));
    let error = library.symbol("hipot").unwrap_err();
    assert!(error.message().ends_with("; it has 'hypot'"), "{error}");
    let library = open("c").unwrap();
    let (old, new) = (library.symbol("memcpy@GLIBC_2.2.5"), library.symbol("memcpy@GLIBC_2.14"));
    assert_ne!(old.unwrap(), new.unwrap());
    assert!(library.symbol("memcpy@NO_SUCH").is_err());
    assert!(library.symbol("memcpy@").is_err());
}

#[test]
fn odd_names_and_files() {
    for name in ["", ".", "/", "/dev/null", "/etc/passwd", "a\0b", "../x", "/tmp"] {
        assert_eq!(open(name).unwrap_err().kind(), ErrorKind::Library, "{name:?}");
    }
    assert!(open("c").unwrap().symbol("a\0b").is_err());
    assert!(open("c").unwrap().symbol("").is_err());
    let folder = std::env::temp_dir().join(format!("eightbyte-library-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let itself = folder.join("loop.so").to_str().unwrap().to_owned();
    write("loop.so", format!("GROUP ( {itself} )").as_bytes());
    assert!(open(&itself).is_err());
    assert!(open(&write("empty.so", b"")).is_err());
    assert!(open(&write("rubbish.so", &[0xff; 5000])).is_err());
    assert!(open(&write("open.so", b"INPUT ( /* never closed")).is_err());
    let script = write("good.so", b"/* GNU ld script */ OUTPUT_FORMAT(x)\nINPUT(AS_NEEDED(libm.so.6))");
    assert_eq!(open(&script).unwrap().name(), "libm.so.6");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The memory of an object as a program header would have it: the segments of a file.
struct Mapped {
    memory: Vec<u8>,
    dynamic: std::ops::Range<usize>,
}

const BASE: u64 = 0x10_0000;

impl Memory for Mapped {
    fn slice(&self, address: u64, length: u64) -> Option<&[u8]> {
        let start = usize::try_from(address.checked_sub(BASE)?).ok()?;
        self.memory.get(start..start.checked_add(usize::try_from(length).ok()?)?)
    }
}

impl Mapped {
    fn new(file: &[u8]) -> Option<Mapped> {
        let long = |at: usize| Some(u64::from_ne_bytes(*file.get(at..)?.first_chunk()?) as usize);
        let count = u16::from_ne_bytes(*file.get(56..)?.first_chunk()?);
        let mut mapped = Mapped { memory: Vec::new(), dynamic: 0..0 };
        for index in 0..usize::from(count) {
            let header = long(32)?.checked_add(index * 56)?;
            let (offset, address, size) = (long(header + 8)?, long(header + 16)?, long(header + 32)?);
            let end = address.checked_add(size).filter(|&end| end < 1 << 24)?;
            match file.get(header) {
                Some(1) => {
                    mapped.memory.resize(mapped.memory.len().max(end), 0);
                    mapped.memory[address..end].copy_from_slice(file.get(offset..offset.checked_add(size)?)?);
                }
                Some(2) => mapped.dynamic = address..end,
                _ => {}
            }
        }
        Some(mapped)
    }

    fn tables(&self) -> Option<Tables> {
        let section = self.memory.get(self.dynamic.clone())?;
        let entries = section.as_chunks::<16>().0.iter().map(|entry| {
            let (tag, value) = entry.split_at(8);
            (i64::from_ne_bytes(tag.try_into().unwrap()), u64::from_ne_bytes(value.try_into().unwrap()))
        });
        Tables::read(self, BASE, entries)
    }

    /// Everything that can be asked, so that nothing may panic or go on for ever.
    fn ask(&self) -> usize {
        let Some(tables) = self.tables() else { return 0 };
        let mut count = tables.version_names(self).len();
        tables.each(self, |_| count += 1);
        tables.find(self, b"cos", |_| count += 1);
        tables.find(self, b"", |_| count += 1);
        count
    }
}

#[test]
fn mutated_tables() {
    let folders = ["/lib/x86_64-linux-gnu", "/lib64", "/usr/lib", "/lib/aarch64-linux-gnu"];
    let usual = folders.map(|folder| Path::new(folder).join("libm.so.6"));
    let file = usual.iter().find_map(|path| std::fs::read(path).ok());
    let Some(file) = file else {
        eprintln!("SKIPPED: libm.so.6 is not where it usually is");
        return;
    };
    let whole = Mapped::new(&file).unwrap();
    let mut names = Vec::new();
    whole.tables().unwrap().each(&whole, |symbol| names.push(symbol.name.to_vec()));
    assert!(names.iter().any(|name| name == b"cos"), "{}", names.len());
    for name in &names {
        let mut found = 0;
        whole.tables().unwrap().find(&whole, name, |_| found += 1);
        assert!(found > 0, "{name:?}");
    }
    // Numbers as a generator of Marsaglia's makes them
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    let interesting = [0u8, 1, 0x7f, 0x80, 0xff];
    let mut mapped = Mapped::new(&file).unwrap();
    let tables = (0..0x4000usize).chain(whole.dynamic.clone()).collect::<Vec<_>>();
    let mut asked = 0;
    for _ in 0..400 {
        for _ in 0..=random(6) {
            let at = if random(3) == 0 {
                whole.dynamic.start + random(whole.dynamic.len())
            } else {
                tables[random(tables.len())]
            };
            let byte = if random(2) == 0 { interesting[random(5)] } else { random(256) as u8 };
            for byte_of_word in 0..if random(2) == 0 { 4 } else { 1 } {
                if let Some(place) = mapped.memory.get_mut(at + byte_of_word) {
                    *place = byte;
                }
            }
        }
        asked += mapped.ask();
        mapped.memory.copy_from_slice(&whole.memory);
    }
    assert!(asked > 0);
    for length in [0, 1, 16, 64, 200, 0x1000, file.len() / 2] {
        if let Some(cut) = Mapped::new(&file[..length]) {
            cut.ask();
        }
    }
}
