//! Libraries: how `"m"` becomes `libm.so.6`, and where its symbols are.
//!
//! Invariant: an error lists every name that was tried and why each failed.
#![allow(unsafe_code, reason = "an island: loading a library runs its code")]

#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod elf;
mod exports;
mod fault;
mod linker_script;
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod loaded;
mod names;
mod open;
mod options;
#[cfg(all(test, target_os = "linux"))]
mod tests;
mod threads;

pub(crate) use exports::Facts;
pub use exports::{Export, ExportKind};
pub use options::LoadOptions;
pub use threads::ThreadPolicy;
pub(crate) use threads::{Entered, Policy};

use crate::error::{Error, ErrorKind, Result, nearest};
use libloading::Library as Handle;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
use std::ffi::CString;
use std::ffi::c_void;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

/// A loaded library, or all that the process has loaded. Cheap to clone; unloaded with its last clone.
#[derive(Clone)]
pub(crate) struct Library(Arc<Inner>);

struct Inner {
    loaded: Loaded,
    policy: Policy,
}

/// What the system has loaded.
struct Loaded {
    /// The file that it was found in.
    name: String,
    /// Several, where a linker script names several.
    handles: Vec<Handle>,
    /// The same as the system has them, where it does; open as long as `handles` are.
    raw: Vec<Raw>,
    whole_process: bool,
}

/// A handle as the system has it.
#[derive(Clone, Copy)]
struct Raw(*mut c_void);

// SAFETY: a number for the system's loader, which any thread may ask; nothing is read through it here
unsafe impl Send for Raw {}
// SAFETY: as above
unsafe impl Sync for Raw {}

impl Loaded {
    fn new(name: &str, handles: Vec<Handle>, raw: Vec<Raw>) -> Loaded {
        Loaded { name: name.to_owned(), handles, raw, whole_process: false }
    }

    fn process(handles: Vec<Handle>, raw: Vec<Raw>) -> Loaded {
        Loaded { name: "the process".to_owned(), handles, raw, whole_process: true }
    }

    /// Symbols are looked for there as well.
    fn join(&mut self, other: Loaded) {
        self.handles.extend(other.handles);
        self.raw.extend(other.raw);
    }
}

impl Library {
    /// Loads a library: a path as it is, or a name such as `m` or `z.1` by the system's rules.
    ///
    /// # Safety
    ///
    /// The library's initialisers run, and when the last clone is dropped its finalisers; both must be sound here.
    /// Addresses taken from it dangle after that.
    pub(crate) unsafe fn open(name: &str, options: LoadOptions) -> Result<Library> {
        // SAFETY: handed on to the caller
        let loaded = unsafe { open::open(name, options) }?;
        let number = loaded.raw.first().map_or(0, |raw| raw.0.addr());
        Ok(Library(Arc::new(Inner { loaded, policy: Policy::new(options.threads, number) })))
    }

    /// Everything that this process has loaded so far.
    pub(crate) fn process() -> Result<Library> {
        let policy = Policy::new(ThreadPolicy::Any, 0);
        Ok(Library(Arc::new(Inner { loaded: open::process()?, policy })))
    }

    /// The name that it was found by in the end.
    pub(crate) fn name(&self) -> &str {
        &self.0.loaded.name
    }

    /// Which threads may call it.
    pub(crate) fn threads(&self) -> ThreadPolicy {
        self.0.policy.kind()
    }

    /// May any thread call at any time, so that nobody needs to `enter`?
    #[inline(always)]
    pub(crate) fn is_open_to_all(&self) -> bool {
        self.0.policy.is_any()
    }

    /// An error where a way to call a function, past which nobody looks at threads any more, is not for this library.
    pub(crate) fn not_guarded(&self, function: &str, way: &str, instead: &str) -> Result<()> {
        if self.is_open_to_all() {
            return Ok(());
        }
        let (name, policy) = (self.name(), self.threads());
        let message = format!(
            "{function} as {way} could be called past the thread policy of {name}, {policy:?}; use {instead}"
        );
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    /// Waits until this thread may call; an error where it may not. The call has to end before what this gives is dropped.
    #[inline(always)]
    pub(crate) fn enter(&self) -> Result<Entered<'_>> {
        self.0.policy.enter(self.name())
    }

    /// Everything that it exports, by name. Empty where the system cannot tell.
    pub(crate) fn exports(&self) -> Vec<Export> {
        exports::exports(&self.0.loaded.raw, self.0.loaded.whole_process)
    }

    /// What is known of a symbol that was found at this address.
    pub(crate) fn facts(&self, name: &str, address: NonNull<c_void>) -> Option<Facts> {
        let (bare, _) = name.split_once('@').unwrap_or((name, ""));
        exports::facts(&self.0.loaded.raw, bare, address.as_ptr())
    }

    /// The address of a symbol, or of `name@VERSION`.
    pub(crate) fn symbol(&self, name: &str) -> Result<NonNull<c_void>> {
        self.address(name).map_err(|reason| self.missing(name, &reason))
    }

    fn address(&self, name: &str) -> std::result::Result<NonNull<c_void>, String> {
        if name.is_empty() || name.contains('\0') {
            return Err("no symbol has such a name".to_owned());
        }
        if let Some((bare, version)) = name.split_once('@') {
            let version = version.trim_start_matches('@');
            let found = self.0.loaded.raw.iter().find_map(|&raw| versioned(raw, bare, version));
            return found.ok_or_else(|| self.versions_of(bare));
        }
        let mut reason = None;
        for handle in &self.0.loaded.handles {
            // SAFETY: the symbol is taken as an address, which any symbol has; nothing is read through it
            match unsafe { handle.get::<*mut c_void>(name) } {
                Ok(symbol) => match NonNull::new(*symbol) {
                    Some(address) => return Ok(address),
                    None => reason = Some("its address is zero".to_owned()),
                },
                Err(error) => {
                    reason = reason.or_else(|| Some(shortened(&open::reason_of(&error)).into_owned()))
                }
            }
        }
        Err(reason.unwrap_or_else(|| "nothing is loaded".to_owned()))
    }

    /// The versions that there are of a symbol.
    fn versions_of(&self, name: &str) -> String {
        let exports = self.exports();
        let versions: Vec<&str> = exports
            .iter()
            .filter(|export| export.name == name)
            .map(|export| export.version.as_deref().unwrap_or("none"))
            .collect();
        match versions.is_empty() {
            true => "there is none of any version".to_owned(),
            false => format!("there are versions {}", versions.join(", ")),
        }
    }

    #[cold]
    fn missing(&self, name: &str, reason: &str) -> Error {
        let exports = self.exports();
        let similar = nearest(name, exports.iter().map(|export| export.name.as_str()));
        let cure = similar.map_or(String::new(), |similar| format!("; it has '{similar}'"));
        let message = format!("no symbol '{}' in {}: {reason}{cure}", shortened(name), self.name());
        Error::new(ErrorKind::Symbol, message)
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Library({})", self.name())
    }
}

/// The start of what is too long for a message.
fn shortened(text: &str) -> std::borrow::Cow<'_, str> {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}... ({} bytes)", text.get(..end).unwrap_or(""), text.len()).into(),
        None => text.into(),
    }
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
