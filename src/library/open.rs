//! Loading a library: what is tried, and what came of it.

use super::options::LoadOptions;
use super::{Loaded, Raw, fault, linker_script, names};
use crate::error::{Error, ErrorKind, Result};
use libloading::Library as Handle;
use std::error::Error as _;
use std::path::Path;

/// What the loader gave.
type Found = std::result::Result<(Handle, Raw), String>;

/// Tries every file that a name may mean.
///
/// # Safety
///
/// As for `Library::open`.
pub(super) unsafe fn open(name: &str, options: LoadOptions) -> Result<Loaded> {
    names::check(name).map_err(|message| Error::new(ErrorKind::Library, message))?;
    let flags = flags(options)?;
    let mut attempts = Attempts { flags, no_load: options.no_load, failures: Vec::new() };
    let first = names::file_name(name);
    // SAFETY: handed on to the caller
    match unsafe { attempts.find(&first, 0) } {
        Some(found) => Ok(found),
        None => Err(attempts.into_error(name, &first)),
    }
}

/// What has been tried.
struct Attempts {
    flags: i32,
    no_load: bool,
    /// Files, and why each cannot be loaded.
    failures: Vec<(String, String)>,
}

/// Linker scripts may name linker scripts; no sane one goes deeper.
const SCRIPT_DEPTH: usize = 4;

/// Past this many, the reason lies elsewhere.
const MOST_FAILURES: usize = 64;

impl Attempts {
    /// Loads a file, or one with a version in its name.
    ///
    /// # Safety
    ///
    /// As for `Library::open`.
    unsafe fn find(&mut self, file: &str, depth: usize) -> Option<Loaded> {
        // SAFETY: handed on to the caller
        unsafe { self.load(file, depth) }.or_else(|| {
            let others = names::versioned(file);
            // SAFETY: handed on to the caller
            others.iter().find_map(|other| unsafe { self.load(other, depth) })
        })
    }

    /// Loads a file; where it is a linker script, the files that it names.
    ///
    /// # Safety
    ///
    /// As for `Library::open`.
    unsafe fn load(&mut self, file: &str, depth: usize) -> Option<Loaded> {
        if self.failures.len() >= MOST_FAILURES || self.failures.iter().any(|(tried, _)| tried == file) {
            return None;
        }
        let is_path = file.contains(std::path::is_separator);
        let fault = is_path.then(|| fault::of(Path::new(file))).flatten();
        if let Some(fault) = fault.filter(|fault| fault.fatal) {
            self.failures.push((file.to_owned(), fault.message));
            return None;
        }
        // SAFETY: handed on to the caller
        let reason = match unsafe { open_file(file, self.flags, self.no_load) } {
            Ok((handle, raw)) => {
                return Some(Loaded::new(file, vec![handle], vec![raw]));
            }
            Err(reason) if reason.is_empty() && self.no_load => "it is not loaded".to_owned(),
            Err(reason) => reason,
        };
        // The loader's message begins with the path of a file that it found but could not read as a library
        let found = reason.split_once(": ").map(|(path, _)| path).filter(|path| path.contains('/'));
        let path = found.or(is_path.then_some(file)).map(Path::new);
        let inputs = path.filter(|_| depth < SCRIPT_DEPTH).map_or(Vec::new(), linker_script::inputs);
        let fault = path.and_then(fault::of).filter(|_| inputs.is_empty());
        let told = match fault {
            Some(fault) => fault.message,
            None if !inputs.is_empty() => "a linker script".to_owned(),
            None => {
                let told = reason.strip_prefix(file).and_then(|rest| rest.strip_prefix(": "));
                told.unwrap_or(&reason).to_owned()
            }
        };
        self.failures.push((file.to_owned(), told));
        // SAFETY: handed on to the caller
        unsafe { self.load_inputs(&inputs, depth + 1) }
    }

    /// Loads all that a script names; what stands in `AS_NEEDED` only where there is nothing else.
    ///
    /// # Safety
    ///
    /// As for `Library::open`.
    unsafe fn load_inputs(&mut self, inputs: &[linker_script::Input], depth: usize) -> Option<Loaded> {
        let mut all: Option<Loaded> = None;
        for as_needed in [false, true] {
            for input in inputs.iter().filter(|input| input.as_needed == as_needed) {
                // SAFETY: handed on to the caller
                let Some(loaded) = (unsafe { self.find(&input.file, depth) }) else { continue };
                match &mut all {
                    Some(all) => all.join(loaded),
                    None => all = Some(loaded),
                }
            }
            if all.is_some() {
                return all;
            }
        }
        None
    }

    fn into_error(mut self, name: &str, first: &str) -> Error {
        // What the loader passes over in silence: files of this name for other machines
        for path in names::present(first) {
            let known =
                self.failures.iter().any(|(_, why)| path.to_str().is_some_and(|path| why.contains(path)));
            if let (false, Some(fault)) = (known, fault::of(&path)) {
                self.failures.push((path.display().to_string(), fault.message));
            }
        }
        let tried: Vec<String> = self.failures.iter().map(|(file, why)| format!("{file} ({why})")).collect();
        let hint = names::of_other_system(name).map_or(String::new(), |hint| format!("; {hint}"));
        let message = format!("cannot load library '{name}'; tried {}{hint}", tried.join(", "));
        Error::new(ErrorKind::Library, message)
    }
}

/// What the system says, not what the crate says about it. Empty where the system says nothing.
pub(super) fn reason_of(error: &libloading::Error) -> String {
    match error {
        libloading::Error::DlOpenUnknown => String::new(),
        _ => error.source().map_or_else(|| error.to_string(), ToString::to_string),
    }
}

#[cfg(unix)]
fn flags(options: LoadOptions) -> Result<i32> {
    use libloading::os::unix::{RTLD_GLOBAL, RTLD_LAZY, RTLD_LOCAL, RTLD_NOW};
    let deep_bind = match options.deep_bind {
        true => deep_bind()?,
        false => 0,
    };
    Ok(if options.now { RTLD_NOW } else { RTLD_LAZY }
        | if options.global { RTLD_GLOBAL } else { RTLD_LOCAL }
        | if options.no_load { libc::RTLD_NOLOAD } else { 0 }
        | if options.no_delete { libc::RTLD_NODELETE } else { 0 }
        | deep_bind)
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn deep_bind() -> Result<i32> {
    Ok(libc::RTLD_DEEPBIND)
}

#[cfg(all(unix, not(all(target_os = "linux", target_env = "gnu"))))]
fn deep_bind() -> Result<i32> {
    Err(Error::new(ErrorKind::Unsupported, "only glibc's loader knows 'deepbind'"))
}

#[cfg(windows)]
fn flags(options: LoadOptions) -> Result<i32> {
    match options.deep_bind || options.no_delete {
        false => Ok(0),
        true => Err(Error::new(ErrorKind::Unsupported, "this system knows no 'deepbind' and no 'no_delete'")),
    }
}

/// # Safety
///
/// As for `Library::open`.
#[cfg(unix)]
unsafe fn open_file(file: &str, flags: i32, _: bool) -> Found {
    // SAFETY: handed on to the caller
    let library = unsafe { libloading::os::unix::Library::open(Some(file), flags) };
    library.map(with_raw).map_err(|error| reason_of(&error))
}

/// # Safety
///
/// As for `Library::open`.
#[cfg(windows)]
unsafe fn open_file(file: &str, _: i32, no_load: bool) -> Found {
    use libloading::os::windows::Library;
    let library = match no_load {
        true => Library::open_already_loaded(file),
        // SAFETY: handed on to the caller
        false => unsafe { Library::new(file) },
    };
    library.map(with_raw).map_err(|error| reason_of(&error))
}

/// The same on Windows.
#[cfg(windows)]
fn with_raw(library: libloading::os::windows::Library) -> (Handle, Raw) {
    let raw = library.into_raw();
    // SAFETY: it was taken apart just now, and is owned by nobody else
    (unsafe { libloading::os::windows::Library::from_raw(raw) }.into(), Raw(raw as *mut _))
}

/// Takes a handle apart and puts it together again, to know its number.
#[cfg(unix)]
fn with_raw(library: libloading::os::unix::Library) -> (Handle, Raw) {
    let raw = library.into_raw();
    // SAFETY: it was taken apart just now, and is owned by nobody else
    (unsafe { libloading::os::unix::Library::from_raw(raw) }.into(), Raw(raw))
}

/// Everything that this process has loaded so far.
#[cfg(unix)]
pub(super) fn process() -> Result<Loaded> {
    let (handle, raw) = with_raw(libloading::os::unix::Library::this());
    Ok(Loaded::process(vec![handle], vec![raw]))
}

/// There is no global name space on Windows: the program, then the libraries that C programs take for granted.
#[cfg(windows)]
pub(super) fn process() -> Result<Loaded> {
    use libloading::os::windows::Library;
    let this = Library::this().map_err(|error| Error::new(ErrorKind::Library, reason_of(&error)))?;
    let usual = ["ucrtbase.dll", "msvcrt.dll", "kernel32.dll", "user32.dll", "gdi32.dll"];
    let usual = usual.into_iter().filter_map(|name| Library::open_already_loaded(name).ok());
    let handles = std::iter::once(this).chain(usual).map(Handle::from).collect();
    Ok(Loaded::process(handles, Vec::new()))
}
