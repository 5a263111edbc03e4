//! Pages of stubs: mappings of this file's own code, each with a page of slots behind it.
//!
//! The pages in the crate's text are only masters. A live page maps the same page of the same file once more, privately
//! and never writable; so nothing has to become executable, and a child process has its own slots.

use super::stub::{ContextRegister, Held, hold_all, unsupported};
use crate::error::{Error, ErrorKind, Result};
use std::arch::naked_asm;
use std::cell::RefCell;
use std::ffi::c_void;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Once, OnceLock};

/// Bytes of a page: one of stubs, one of slots behind it.
pub(super) const PAGE: usize = 4096;

/// Maps pairs of pages: stubs that put their context in this register, then zeroed slots.
pub(super) fn map(register: ContextRegister, pairs: usize) -> Result<NonNull<u8>> {
    static FORK: Once = Once::new();
    FORK.call_once(prepare_for_fork);
    let master = master(register);
    let backings = [own_file as fn(&'static [u8; PAGE]) -> io::Result<Backing>, copy_in_memory];
    let mut refusals = String::new();
    for backing in backings {
        match backing(master).and_then(|backing| map_pairs(master, &backing, pairs)) {
            Ok(start) => return Ok(start),
            Err(error) if error.raw_os_error() == Some(libc::ENOMEM) => {
                let message =
                    "the system has no room for more callbacks (memory, or vm.max_map_count mappings)";
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
            Err(error) if refusals.is_empty() => {
                refusals = format!("mapping the program's own code: {error}")
            }
            Err(error) => refusals += &format!("; mapping a copy of it: {error}"),
        }
    }
    Err(unsupported(&refusals))
}

/// A child has only the thread that forked: no other one may hold a pool then.
fn prepare_for_fork() {
    thread_local! {
        static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
    }
    extern "C" fn hold() {
        // Where the thread is about to end, a fork takes its chances
        let _ = HELD.try_with(|held| *held.borrow_mut() = Some(hold_all()));
    }
    extern "C" fn release() {
        let _ = HELD.try_with(|held| drop(held.borrow_mut().take()));
    }
    // SAFETY: the functions stay as long as this code; where they cannot be registered, forks take their chances
    unsafe { libc::pthread_atfork(Some(hold), Some(release), Some(release)) };
}

/// A file that holds a page of stubs.
struct Backing {
    file: File,
    offset: i64,
}

/// The file that this code was loaded from.
fn own_file(master: &'static [u8; PAGE]) -> io::Result<Backing> {
    /// The path, and how far the place in the file is from the address. Found once: with many callbacks, the list of
    /// mappings is long. Whether it still holds, the content tells.
    static FOUND: OnceLock<(Box<[u8]>, i64)> = OnceLock::new();
    let address = master.as_ptr().addr();
    let (path, distance) = match FOUND.get() {
        Some(found) => found,
        None => {
            let maps = std::fs::read("/proc/self/maps")?;
            let found = maps.split(|byte| *byte == b'\n').find_map(|line| mapping_at(line, address));
            let (path, offset) = found.ok_or_else(|| io::Error::other("this code is in no file"))?;
            FOUND.get_or_init(|| (path.into(), offset.wrapping_sub(address as i64)))
        }
    };
    let file = match File::open(std::ffi::OsStr::from_bytes(path)) {
        Ok(file) => file,
        // A program that was deleted or replaced while it runs; whether it is that one, its content tells
        Err(_) => File::open("/proc/self/exe")?,
    };
    Ok(Backing { file, offset: distance.wrapping_add(address as i64) })
}

/// Path and place in the file of what is mapped at an address, from a line such as
/// `55d0c000-55d0d000 r-xp 00002000 fd:01 1234   /usr/bin/name`.
fn mapping_at(line: &[u8], address: usize) -> Option<(&[u8], i64)> {
    let slash = line.iter().position(|byte| *byte == b'/')?;
    let (fields, path) = line.split_at_checked(slash)?;
    let mut fields = std::str::from_utf8(fields).ok()?.split_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let (start, end) = (usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?);
    if address < start || address >= end {
        return None;
    }
    let offset = i64::from_str_radix(fields.nth(1)?, 16).ok()?;
    Some((path, offset.checked_add((address - start) as i64)?))
}

/// A copy that no file system holds.
fn copy_in_memory(master: &'static [u8; PAGE]) -> io::Result<Backing> {
    const EXECUTABLE: u32 = 0x10;
    let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
    // SAFETY: the name is text with a NUL behind it
    let create = |flags| unsafe { libc::memfd_create(c"eightbyte stubs".as_ptr(), flags) };
    // Kernels before 6.3 do not know the flag
    let descriptor = match create(flags | EXECUTABLE) {
        -1 => create(flags),
        descriptor => descriptor,
    };
    if descriptor == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor was just opened and belongs to nobody else
    let mut file = unsafe { File::from_raw_fd(descriptor) };
    file.write_all(master)?;
    let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_WRITE | libc::F_SEAL_SEAL;
    // SAFETY: sealing a file of ours; where it fails, the copy is as good without
    unsafe { libc::fcntl(descriptor, libc::F_ADD_SEALS, seals) };
    Ok(Backing { file, offset: 0 })
}

/// Where such pages had better be: processors predict jumps worse that go far, and a jump from where systems map things
/// to a program's own code does (3.2 ns for a callback, 1.6 ns from here). The system may choose another place.
fn near(master: &'static [u8; PAGE], length: usize) -> *mut c_void {
    /// Room for what else may lie around the code.
    const GAP: usize = 32 << 20;
    const FARTHEST: usize = 1 << 30;
    static TAKEN: AtomicUsize = AtomicUsize::new(GAP);
    let distance = TAKEN.fetch_add(length, Relaxed).saturating_add(length);
    match master.as_ptr().addr().checked_sub(distance) {
        Some(address) if distance < FARTHEST => ptr::without_provenance_mut(address & !(PAGE - 1)),
        _ => ptr::null_mut(),
    }
}

fn map_pairs(master: &'static [u8; PAGE], backing: &Backing, pairs: usize) -> io::Result<NonNull<u8>> {
    let length = pairs * 2 * PAGE;
    let (private, anonymous) = (libc::MAP_PRIVATE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a new mapping, where the system has room
    let start = unsafe {
        let near = near(master, length);
        libc::mmap(near, length, libc::PROT_READ | libc::PROT_WRITE, anonymous, -1, 0)
    };
    if start == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    let start = start.cast::<u8>();
    let give_up = |error: io::Error| {
        // SAFETY: the mapping that was just made, which nobody else knows
        unsafe { libc::munmap(start.cast(), length) };
        Err(error)
    };
    for pair in 0..pairs {
        let page = start.wrapping_add(pair * 2 * PAGE);
        let (protection, descriptor) = (libc::PROT_READ | libc::PROT_EXEC, backing.file.as_raw_fd());
        // SAFETY: the page lies in the mapping that was just made, which nobody else knows
        let mapped = unsafe {
            libc::mmap(page.cast(), PAGE, protection, private | libc::MAP_FIXED, descriptor, backing.offset)
        };
        if mapped == libc::MAP_FAILED {
            return give_up(io::Error::last_os_error());
        }
    }
    // Read by the system, which tells without a signal that a file has become shorter
    let is_whole = same_as_read(&backing.file, backing.offset, master);
    match is_whole {
        Ok(true) => NonNull::new(start).ok_or_else(|| io::Error::other("the system mapped the null page")),
        Ok(false) => give_up(io::Error::other("the file has changed since it was loaded")),
        Err(error) => give_up(error),
    }
}

/// Does the file hold this page there?
fn same_as_read(file: &File, offset: i64, master: &[u8; PAGE]) -> io::Result<bool> {
    use std::os::unix::fs::FileExt;
    let mut page = [0; PAGE];
    file.read_exact_at(&mut page, offset.cast_unsigned())?;
    Ok(page == *master)
}

/// The page of this file's code for a register.
fn master(register: ContextRegister) -> &'static [u8; PAGE] {
    let page: unsafe extern "C" fn() = match register {
        ContextRegister::Argument(0) => for_rdi,
        ContextRegister::Argument(1) => for_rsi,
        ContextRegister::Argument(2) => for_rdx,
        ContextRegister::Argument(3) => for_rcx,
        ContextRegister::Argument(4) => for_r8,
        ContextRegister::Argument(_) => for_r9,
        ContextRegister::Spare => for_r10,
    };
    // The symbol stands in front of the padding
    let start = (page as *const u8).map_addr(|address| address.next_multiple_of(PAGE));
    // SAFETY: behind the padding, the function is a page of code
    unsafe { &*start.cast() }
}

macro_rules! masters {
    ($($name:ident $register:literal),*) => {$(
        /// Stubs that load the two words which lie one page further on.
        #[unsafe(naked)]
        unsafe extern "C" fn $name() {
            naked_asm!(
                ".p2align 12",
                ".rept 128",
                "2:",
                "endbr64",
                concat!("mov ", $register, ", qword ptr [rip + 2b + 4096]"),
                "notrack jmp qword ptr [rip + 2b + 4096 + 8]",
                ".p2align 5, 0xcc",
                ".endr",
            )
        }
    )*};
}

masters! { for_rdi "rdi", for_rsi "rsi", for_rdx "rdx", for_rcx "rcx", for_r8 "r8", for_r9 "r9", for_r10 "r10" }
