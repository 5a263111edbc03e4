//! What a loaded library exports, read from its dynamic symbol table in memory.

/// A symbol that a library offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ExportKind,
    /// Its size in bytes, 0 where the library does not say.
    pub size: u64,
    /// Its version, where its symbols have some: `GLIBC_2.14`.
    pub version: Option<String>,
    /// It is found without its version. The others are there for old programs: ask for `name@VERSION`.
    pub is_default: bool,
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

/// What a library says about a symbol that was found in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) kind: ExportKind,
    /// 0 where it does not say.
    pub(crate) size: u64,
    /// It lies where nobody may write.
    pub(crate) read_only: bool,
    /// It is a number, and there is nothing at that address.
    pub(crate) is_number: bool,
}

#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
pub(super) use super::loaded::{exports, facts};
#[cfg(not(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")))]
pub(super) use nowhere::{exports, facts};

/// Where the system tells nothing.
#[cfg(not(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")))]
mod nowhere {
    use super::super::Raw;
    use super::{Export, Facts};
    use std::ffi::c_void;

    pub(in crate::library) fn exports(_: &[Raw], _: bool) -> Vec<Export> {
        Vec::new()
    }

    pub(in crate::library) fn facts(_: &[Raw], _: &str, _: *const c_void) -> Option<Facts> {
        None
    }
}
