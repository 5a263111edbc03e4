//! Why a file is no library that can be loaded here: what the system's loader says is often less than that.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// What is wrong with a file, as far as its kind and its first bytes tell.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: String,
    /// The loader must not even try: it would wait for ever, or crash.
    pub(super) fatal: bool,
}

/// What is wrong with a file; `None` where nothing is to be seen, or where libraries are not ELF files.
pub(super) fn of(path: &Path) -> Option<Fault> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let metadata = std::fs::metadata(path).ok()?;
    let fault = |fatal: bool, message: &str| Some(Fault { message: message.to_owned(), fatal });
    if metadata.is_dir() {
        return fault(true, "it is a folder");
    }
    if !metadata.is_file() {
        return fault(true, "it is a device or a pipe, not a file");
    }
    if metadata.len() == 0 {
        return fault(true, "the file is empty");
    }
    let mut file = File::open(path).ok()?;
    let mut start = Vec::new();
    (&mut file).take(HEADER as u64).read_to_end(&mut start).ok()?;
    if let Some(message) = of_start(&start) {
        return Some(Fault { message, fatal: false });
    }
    let needed = needed_length(&mut file, &start)?;
    let found = metadata.len();
    (needed > found).then(|| Fault {
        message: format!("the file is cut off: it should have {needed} bytes or more, it has {found}"),
        fatal: true,
    })
}

/// The size of an `Elf64_Ehdr`.
const HEADER: usize = 64;

/// What the first bytes of a file tell.
fn of_start(start: &[u8]) -> Option<String> {
    let Some(header) = start.strip_prefix(b"\x7fELF") else { return Some(of_other(start).to_owned()) };
    let (&[class, order, ..], true) = (header, start.len() >= 52) else {
        return Some("the file is cut off in its first bytes".to_owned());
    };
    let half = |at: usize| match (start.get(at..at.saturating_add(2)), order) {
        (Some(&[low, high]), 1) => u16::from_le_bytes([low, high]),
        (Some(&[high, low]), _) => u16::from_be_bytes([high, low]),
        _ => 0,
    };
    let (own_class, own_order) = (
        if cfg!(target_pointer_width = "64") { 2 } else { 1 },
        if cfg!(target_endian = "little") { 1 } else { 2 },
    );
    let machine = machine(half(18), class, order);
    if (class, order) != (own_class, own_order) || OWN_MACHINE.is_some_and(|own| own != half(18)) {
        return Some(format!("it is for another machine: {machine}; expected {}", std::env::consts::ARCH));
    }
    match half(16) {
        1 => Some("it is an object file: link it with 'cc -shared'".to_owned()),
        2 => Some("it is a program, not a library".to_owned()),
        4 => Some("it is the memory dump of a program".to_owned()),
        _ => None,
    }
}

/// The ELF number of this machine, where it is known.
const OWN_MACHINE: Option<u16> = if cfg!(target_arch = "x86_64") {
    Some(62)
} else if cfg!(target_arch = "aarch64") {
    Some(183)
} else if cfg!(target_arch = "x86") {
    Some(3)
} else {
    None
};

fn machine(number: u16, class: u8, order: u8) -> String {
    let name = match (number, class) {
        (2 | 18 | 43, _) => "SPARC",
        (3 | 6, _) => "i386 (32 bits)",
        (8, _) => "MIPS",
        (20, _) => "PowerPC (32 bits)",
        (21, _) => "PowerPC (64 bits)",
        (22, _) => "s390",
        (40, _) => "ARM (32 bits)",
        (42, _) => "SuperH",
        (62, 1) => "x86-64 with pointers of 32 bits (x32)",
        (62, _) => "x86_64",
        (183, 1) => "aarch64 with pointers of 32 bits",
        (183, _) => "aarch64",
        (243, 1) => "RISC-V (32 bits)",
        (243, _) => "RISC-V (64 bits)",
        (247, _) => "BPF",
        (258, _) => "LoongArch",
        _ => {
            let bits = if class == 1 { 32 } else { 64 };
            let order = if order == 2 { "big" } else { "little" };
            return format!("number {number} of ELF ({bits} bits, {order} endian)");
        }
    };
    name.to_owned()
}

fn of_other(start: &[u8]) -> &'static str {
    match start {
        [b'M', b'Z', ..] => "it is a file of Windows",
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => "it is a file of macOS",
        [b'!', b'<', b'a' | b't', ..] => {
            "it is a static library: link it into a shared one with 'cc -shared -Wl,--whole-archive'"
        }
        [b'#', b'!', ..] => "it is a script",
        [0, b'a', b's', b'm', ..] => "it is a file of WebAssembly",
        [b'B', b'C', 0xc0, 0xde, ..] => "it is bitcode of LLVM, not compiled yet",
        _ if std::str::from_utf8(start).is_ok() && !start.contains(&0) => {
            "it is text, and no linker script that names a library"
        }
        _ => "it does not begin as a library does",
    }
}

/// How long the file has to be for its segments; `None` where it does not say.
fn needed_length(file: &mut File, start: &[u8]) -> Option<u64> {
    if !cfg!(target_pointer_width = "64") {
        return None;
    }
    let long = |bytes: &[u8], at: usize| {
        bytes.get(at..)?.first_chunk().map(|bytes: &[u8; 8]| u64::from_ne_bytes(*bytes))
    };
    let half = |at: usize| start.get(at..)?.first_chunk().map(|bytes: &[u8; 2]| u16::from_ne_bytes(*bytes));
    // Elf64_Ehdr: where the program headers are, how large each is, how many there are
    let (offset, size, count) = (long(start, 32)?, half(54)?, half(56)?);
    let length = u64::from(size).checked_mul(u64::from(count))?;
    let mut needed = offset.checked_add(length)?;
    file.seek(SeekFrom::Start(offset)).ok()?;
    let mut headers = Vec::new();
    file.take(length).read_to_end(&mut headers).ok()?;
    for header in headers.chunks_exact(usize::from(size).max(1)) {
        // Elf64_Phdr: type, flags, offset, address, physical address, size in the file
        let is_load = header.first_chunk().is_some_and(|kind| u32::from_ne_bytes(*kind) == 1);
        if let (true, Some(offset), Some(size)) = (is_load, long(header, 8), long(header, 32)) {
            needed = needed.max(offset.saturating_add(size));
        }
    }
    Some(needed)
}

#[cfg(all(test, target_os = "linux", target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn first_bytes() {
        let elf = |class: u8, order: u8, kind: u16, machine: u16| {
            let mut header = b"\x7fELF".to_vec();
            header.extend([class, order, 1]);
            header.resize(16, 0);
            for half in [kind, machine] {
                header.extend(if order == 1 { half.to_le_bytes() } else { half.to_be_bytes() });
            }
            header.resize(HEADER, 0);
            header
        };
        for (start, expected) in [
            (elf(2, 1, 3, 62), None),
            (elf(1, 1, 3, 3), Some("it is for another machine: i386 (32 bits); expected x86_64")),
            (elf(2, 1, 3, 183), Some("it is for another machine: aarch64; expected x86_64")),
            (elf(2, 2, 3, 22), Some("it is for another machine: s390; expected x86_64")),
            (
                elf(1, 2, 3, 999),
                Some("it is for another machine: number 999 of ELF (32 bits, big endian); expected x86_64"),
            ),
            (
                elf(1, 1, 3, 62),
                Some("it is for another machine: x86-64 with pointers of 32 bits (x32); expected x86_64"),
            ),
            (elf(2, 1, 1, 62), Some("it is an object file: link it with 'cc -shared'")),
            (elf(2, 1, 2, 62), Some("it is a program, not a library")),
            (b"\x7fELF".to_vec(), Some("the file is cut off in its first bytes")),
            (b"MZ\x90\0".to_vec(), Some("it is a file of Windows")),
            (b"#!/bin/sh".to_vec(), Some("it is a script")),
            (b"hello".to_vec(), Some("it is text, and no linker script that names a library")),
            (b"\xff\xff".to_vec(), Some("it does not begin as a library does")),
        ] {
            assert_eq!(of_start(&start).as_deref(), expected);
        }
    }
}
