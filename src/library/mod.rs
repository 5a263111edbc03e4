//! Libraries: how `"m"` becomes `libm.so.6`, and where its symbols are.
//!
//! Invariant: an error lists every name that was tried and why each failed.
#![allow(unsafe_code, reason = "an island: loading a library runs its code")]

mod exports;
mod linker_script;
mod names;

pub use exports::{Export, ExportKind};

use crate::error::{Error, ErrorKind, Result, nearest};
use libloading::Library as Handle;
use std::error::Error as _;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
use std::ffi::CString;
use std::ffi::c_void;
use std::fmt;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

/// A loaded library, or all that the process has loaded. Cheap to clone; unloaded with its last clone.
#[derive(Clone)]
pub(crate) struct Library(Arc<Loaded>);

/// Who else sees a library's symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// Only who looks into this library.
    Local,
    /// Libraries loaded later, too, and `Library::process` (means nothing on Windows).
    Global,
}

struct Loaded {
    name: String,
    handles: Vec<Handle>,
    /// The first handle as the system has it; open as long as `handles` are.
    raw: Raw,
    whole_process: bool,
}

/// A handle as the system has it.
#[derive(Clone, Copy)]
struct Raw(*mut c_void);

// SAFETY: a number for the system's loader, which any thread may ask; nothing is read through it here
unsafe impl Send for Raw {}
// SAFETY: as above
unsafe impl Sync for Raw {}

impl Library {
    /// Loads a library: a path as it is, or a name such as `m` or `z.1` by the system's rules.
    ///
    /// # Safety
    ///
    /// The library's initialisers run, and when the last clone is dropped its finalisers; both must be sound here.
    /// Addresses taken from it dangle after that.
    pub(crate) unsafe fn open(name: &str, visibility: Visibility) -> Result<Library> {
        let mut attempts = Attempts { visibility, failures: Vec::new() };
        let first = names::file_name(name);
        // SAFETY: handed on to the caller
        let found = unsafe { attempts.load(&first, 0) }.or_else(|| {
            let others = names::versioned(&first);
            // SAFETY: handed on to the caller
            others.iter().find_map(|other| unsafe { attempts.load(other, 0) })
        });
        match found {
            Some(loaded) => Ok(Library(Arc::new(loaded))),
            None => Err(attempts.into_error(name)),
        }
    }

    /// Everything that this process has loaded so far.
    pub(crate) fn process() -> Result<Library> {
        let (handles, raw) = process_handles()?;
        let name = "the process".to_owned();
        Ok(Library(Arc::new(Loaded { name, handles, raw, whole_process: true })))
    }

    /// The name that it was found by in the end.
    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    /// Everything that it exports, by name. Empty where the system cannot tell.
    pub(crate) fn exports(&self) -> Vec<Export> {
        exports::exports(self.0.raw, self.0.whole_process)
    }

    /// The address of a symbol, or of `name@VERSION`.
    pub(crate) fn symbol(&self, name: &str) -> Result<NonNull<c_void>> {
        if let Some((bare, version)) = name.split_once('@') {
            let version = version.trim_start_matches('@');
            return match versioned(self.0.raw, bare, version) {
                Some(address) => Ok(address),
                None => {
                    let message = format!("no symbol '{bare}' of version '{version}' in {}", self.name());
                    Err(Error::new(ErrorKind::Symbol, message))
                }
            };
        }
        let mut reason = None;
        for handle in &self.0.handles {
            // SAFETY: the symbol is taken as an address, which any symbol has; nothing is read through it
            match unsafe { handle.get::<*mut c_void>(name) } {
                Ok(symbol) => match NonNull::new(*symbol) {
                    Some(address) => return Ok(address),
                    None => reason = Some("its address is zero".to_owned()),
                },
                Err(error) => reason = reason.or(Some(reason_of(&error))),
            }
        }
        let reason = reason.unwrap_or_else(|| "nothing is loaded".to_owned());
        let exports = self.exports();
        let similar = nearest(name, exports.iter().map(|export| export.name.as_str()));
        let cure = similar.map_or(String::new(), |similar| format!("; it has '{similar}'"));
        let message = format!("no symbol '{name}' in {}: {reason}{cure}", self.name());
        Err(Error::new(ErrorKind::Symbol, message))
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Library({})", self.name())
    }
}

/// What has been tried.
struct Attempts {
    visibility: Visibility,
    failures: Vec<(String, String)>,
}

/// Linker scripts may name linker scripts; no sane one goes deeper.
const SCRIPT_DEPTH: usize = 4;

impl Attempts {
    /// Loads a file; where it is a linker script, the first file that it names.
    ///
    /// # Safety
    ///
    /// As for `Library::open`.
    unsafe fn load(&mut self, file: &str, depth: usize) -> Option<Loaded> {
        // SAFETY: handed on to the caller
        match unsafe { open(file, self.visibility) } {
            Ok((handle, raw)) => {
                let name = file.to_owned();
                Some(Loaded { name, handles: vec![handle], raw, whole_process: false })
            }
            Err(error) => {
                let reason = reason_of(&error);
                let target = if depth < SCRIPT_DEPTH { script_target(&reason) } else { None };
                let reason =
                    reason.strip_prefix(file).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&reason);
                self.failures.push((file.to_owned(), reason.to_owned()));
                // SAFETY: handed on to the caller
                target.and_then(|target| unsafe { self.load(&target, depth + 1) })
            }
        }
    }

    fn into_error(self, name: &str) -> Error {
        let tried: Vec<String> = self.failures.iter().map(|(file, why)| format!("{file} ({why})")).collect();
        let message = format!("cannot load library '{name}'; tried {}", tried.join(", "));
        Error::new(ErrorKind::Library, message)
    }
}

/// The loader's message begins with the path of a file that it found but could not read as a library.
fn script_target(reason: &str) -> Option<String> {
    let (path, _) = reason.split_once(": ")?;
    if path.contains('/') { linker_script::first_input(Path::new(path)) } else { None }
}

/// What the system says, not what the crate says about it.
fn reason_of(error: &libloading::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// # Safety
///
/// As for `Library::open`.
#[cfg(unix)]
unsafe fn open(file: &str, visibility: Visibility) -> std::result::Result<(Handle, Raw), libloading::Error> {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_LAZY, RTLD_LOCAL};
    let flags = match visibility {
        Visibility::Local => RTLD_LAZY | RTLD_LOCAL,
        Visibility::Global => RTLD_LAZY | RTLD_GLOBAL,
    };
    // SAFETY: handed on to the caller
    unsafe { Library::open(Some(file), flags) }.map(with_raw)
}

/// # Safety
///
/// As for `Library::open`.
#[cfg(not(unix))]
unsafe fn open(file: &str, _: Visibility) -> std::result::Result<(Handle, Raw), libloading::Error> {
    // SAFETY: handed on to the caller
    unsafe { Handle::new(file) }.map(|handle| (handle, Raw(std::ptr::null_mut())))
}

/// Takes a handle apart and puts it together again, to know its number.
#[cfg(unix)]
fn with_raw(library: libloading::os::unix::Library) -> (Handle, Raw) {
    let raw = library.into_raw();
    // SAFETY: it was taken apart just now, and is owned by nobody else
    (unsafe { libloading::os::unix::Library::from_raw(raw) }.into(), Raw(raw))
}

/// The address of a symbol's version.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn versioned(handle: Raw, name: &str, version: &str) -> Option<NonNull<c_void>> {
    let (name, version) = (CString::new(name).ok()?, CString::new(version).ok()?);
    // SAFETY: the handle is open, both texts end with NUL
    NonNull::new(unsafe { libc::dlvsym(handle.0, name.as_ptr(), version.as_ptr()) })
}

/// Symbols have versions in ELF only.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn versioned(_: Raw, _: &str, _: &str) -> Option<NonNull<c_void>> {
    None
}

#[cfg(unix)]
fn process_handles() -> Result<(Vec<Handle>, Raw)> {
    let (handle, raw) = with_raw(libloading::os::unix::Library::this());
    Ok((vec![handle], raw))
}

/// There is no global name space on Windows: the program, then the libraries that C programs take for granted.
#[cfg(windows)]
fn process_handles() -> Result<(Vec<Handle>, Raw)> {
    use libloading::os::windows::Library;
    let this = Library::this().map_err(|error| Error::new(ErrorKind::Library, reason_of(&error)))?;
    let usual = ["ucrtbase.dll", "msvcrt.dll", "kernel32.dll", "user32.dll", "gdi32.dll"];
    let usual = usual.into_iter().filter_map(|name| Library::open_already_loaded(name).ok());
    Ok((std::iter::once(this).chain(usual).map(Handle::from).collect(), Raw(std::ptr::null_mut())))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn open(name: &str) -> Result<Library> {
        // SAFETY: the tests load system libraries, whose initialisers are sound anywhere
        unsafe { Library::open(name, Visibility::Local) }
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
}
