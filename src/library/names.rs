//! The file names that a library's name may mean.

use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf, is_separator};

/// What is wrong with a name, before any file is looked for.
pub(super) fn check(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("the name of the library is empty; what is loaded already is in Ffi::process".to_owned());
    }
    if name.contains('\0') {
        return Err(format!("the name of the library has a NUL in it: {name:?}"));
    }
    if name.len() > LONGEST {
        let start: String = name.chars().take(40).collect();
        let length = name.len();
        return Err(format!(
            "the name of the library has {length} bytes, at most {LONGEST} are possible: '{start}...'"
        ));
    }
    Ok(())
}

/// What systems take for a path at the most; loaders put names on the stack.
const LONGEST: usize = 4000;

/// Says that a library is one of another system.
pub(super) fn of_other_system(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let stem = name.strip_suffix(".dll").unwrap_or(&name);
    if !cfg!(windows) && (name.ends_with(".dll") || WINDOWS.contains(&stem)) {
        return Some("this is a library of Windows, which is not here");
    }
    if !cfg!(target_vendor = "apple") && (name.ends_with(".dylib") || name.contains(".framework")) {
        return Some("this is a library of macOS, which is not here");
    }
    let unix = name.ends_with(".so") || name.contains(".so.");
    if cfg!(windows) && (unix || matches!(stem, "c" | "m" | "dl" | "pthread" | "rt")) {
        return Some("this is a library of Unix, which is not here");
    }
    None
}

/// What C programs for Windows are linked with.
const WINDOWS: [&str; 24] = [
    "advapi32", "bcrypt", "comctl32", "comdlg32", "crypt32", "d3d11", "dbghelp", "gdi32", "iphlpapi",
    "kernel32", "msvcrt", "ntdll", "ole32", "oleaut32", "psapi", "setupapi", "shell32", "shlwapi",
    "ucrtbase", "user32", "version", "winmm", "winspool", "ws2_32",
];

/// Files of this very name in the loader's folders.
pub(super) fn present(file: &str) -> Vec<PathBuf> {
    if file.contains(is_separator) {
        return Vec::new();
    }
    let mut found: Vec<PathBuf> = Vec::new();
    for path in folders().into_iter().map(|folder| Path::new(&folder).join(file)) {
        // One folder has several names
        if let Ok(path) = path.canonicalize()
            && !found.contains(&path)
        {
            found.push(path);
        }
    }
    found
}

/// LuaJIT's rule: a path as it is; without a dot the system's suffix; the system's prefix unless it is there.
pub(super) fn file_name(name: &str) -> String {
    if name.contains(is_separator) {
        return name.to_owned();
    }
    let suffix = if name.contains('.') { "" } else { DLL_SUFFIX };
    let prefix = if name.starts_with(DLL_PREFIX) { "" } else { DLL_PREFIX };
    format!("{prefix}{name}{suffix}")
}

/// What `libx.so` may be called where no development package is installed: `libx.so.6`, then what the loader's
/// folders have, newest version first.
pub(super) fn versioned(file: &str) -> Vec<String> {
    if DLL_SUFFIX != ".so" || !file.ends_with(DLL_SUFFIX) || file.contains(is_separator) {
        return Vec::new();
    }
    // glibc's own libraries, wherever they are
    let mut candidates = vec![format!("{file}.6")];
    let mut found: Vec<(Vec<u64>, String)> = Vec::new();
    for folder in folders() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let Some(version) = entry.file_name().to_str().and_then(|name| version_of(name, file)) else {
                continue;
            };
            let path = entry.path();
            if let (Some(path), false) = (path.to_str(), found.iter().any(|(known, _)| *known == version)) {
                found.push((version, path.to_owned()));
            }
        }
    }
    // The name that programs are linked with has the shortest version: libz.so.1 before libz.so.1.2.13
    found.sort_by(|(a, _), (b, _)| b.first().cmp(&a.first()).then(a.len().cmp(&b.len())).then(b.cmp(a)));
    candidates.extend(found.into_iter().map(|(_, path)| path).take(MOST_FOUND));
    candidates
}

/// Past this many, the reason lies elsewhere.
const MOST_FOUND: usize = 8;

/// The loader's standard folders, those of the user first.
fn folders() -> Vec<String> {
    let user = std::env::var("LD_LIBRARY_PATH").unwrap_or_default();
    let user = user.split([':', ';']).filter(|folder| !folder.is_empty()).map(str::to_owned);
    let standard = ["/usr/local/lib", "/lib", "/usr/lib", "/lib64", "/usr/lib64"].map(str::to_owned);
    let multiarch = ["/usr/local/lib", "/lib", "/usr/lib"].map(|folder| format!("{folder}/{ARCH}-linux-gnu"));
    user.chain(multiarch).chain(standard).collect()
}

/// `1.2.13` of `libz.so.1.2.13`, for `libz.so`.
fn version_of(name: &str, file: &str) -> Option<Vec<u64>> {
    name.strip_prefix(file)?.strip_prefix('.')?.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn luajit_names() {
        for (name, file) in [
            ("m", "libm.so"),
            ("m.so.6", "libm.so.6"),
            ("z.1", "libz.1"),
            ("libz", "libz.so"),
            ("./x", "./x"),
            ("/lib/x.so", "/lib/x.so"),
        ] {
            assert_eq!(file_name(name), file);
        }
        assert_eq!(version_of("libz.so.1.2.13", "libz.so"), Some(vec![1, 2, 13]));
        assert_eq!(version_of("libz.so.1b", "libz.so"), None);
        assert_eq!(version_of("libz.so", "libz.so"), None);
        assert_eq!(versioned("libm.so.6"), Vec::<String>::new());
        assert_eq!(versioned("libm.so").first().map(String::as_str), Some("libm.so.6"));
    }
}
