//! `cargo xtask headers`: the declarations in `headers/`, each compared with the installed system header by gcc.
//!
//! A header here says nothing but facts: sizes, offsets, values, prototypes. Each becomes one assertion in a C text that
//! includes the system's header and knows nothing of ours.

mod assertions;

use crate::layouts::Compiler;
use eightbyte::{Ffi, Target};
use std::path::PathBuf;
use std::process::Command;

/// One of our headers, and whose facts it tells.
pub struct Header {
    /// Its name in `headers/`.
    pub file: &'static str,
    /// The system's headers that declare the same.
    pub system: &'static [&'static str],
    /// What to link with, as `-l` has it.
    pub libraries: &'static [&'static str],
    /// The package of Debian that brings the system's header.
    pub package: &'static str,
}

/// Every header that is checked.
pub const HEADERS: &[Header] = &[
    Header {
        file: "libc.h",
        system: &[
            "sys/types.h",
            "errno.h",
            "stdio.h",
            "stdlib.h",
            "string.h",
            "strings.h",
            "ctype.h",
            "time.h",
            "sys/time.h",
            "unistd.h",
            "sys/wait.h",
            "fcntl.h",
            "sys/file.h",
            "sys/stat.h",
            "sys/mman.h",
            "dirent.h",
            "signal.h",
            "locale.h",
            "sys/utsname.h",
            "sys/ioctl.h",
            "sys/resource.h",
            "sys/random.h",
            "gnu/libc-version.h",
        ],
        libraries: &[],
        package: "libc6-dev",
    },
    Header {
        file: "libm.h",
        system: &["math.h", "complex.h", "fenv.h"],
        libraries: &["m"],
        package: "libc6-dev",
    },
    Header {
        file: "pthread.h",
        system: &["pthread.h", "signal.h", "sched.h", "semaphore.h"],
        libraries: &["pthread"],
        package: "libc6-dev",
    },
    Header { file: "dl.h", system: &["dlfcn.h", "link.h"], libraries: &["dl"], package: "libc6-dev" },
    Header { file: "zlib.h", system: &["zlib.h"], libraries: &["z"], package: "zlib1g-dev" },
    Header { file: "sqlite3.h", system: &["sqlite3.h"], libraries: &["sqlite3"], package: "libsqlite3-dev" },
];

/// What came of a comparison.
pub enum Outcome {
    /// The system's header is here.
    Compared {
        /// How many facts were asserted.
        facts: usize,
        /// Those that do not hold, in gcc's words.
        differences: Vec<String>,
    },
    /// There is nothing to compare with.
    Skipped(String),
}

/// Runs the command: every header, or those named; true if nothing differs.
pub fn command(arguments: &[String]) -> Result<bool, String> {
    let mut wanted: Vec<&Header> = Vec::new();
    for name in arguments {
        let known = || HEADERS.iter().map(|header| header.file).collect::<Vec<_>>().join(", ");
        let found = HEADERS.iter().find(|header| header.file == name);
        wanted.push(found.ok_or_else(|| format!("expected one of {}, found '{name}'", known()))?);
    }
    if wanted.is_empty() {
        wanted.extend(HEADERS);
    }
    let mut clean = true;
    for header in wanted {
        match compare(header)? {
            Outcome::Compared { facts, differences } => {
                for difference in &differences {
                    println!("{difference}");
                }
                println!("{}: {facts} facts, {} differences", header.file, differences.len());
                clean &= differences.is_empty();
            }
            Outcome::Skipped(why) => println!("{}: SKIPPED, {why}", header.file),
        }
    }
    Ok(clean)
}

/// Compares a header with the system's.
pub fn compare(header: &Header) -> Result<Outcome, String> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../headers")).join(header.file);
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    compare_text(header, &text)
}

/// Compares a text that stands for a header.
pub fn compare_text(header: &Header, text: &str) -> Result<Outcome, String> {
    if Target::host() != Target::X86_64_LINUX || cfg!(not(target_env = "gnu")) {
        return Ok(Outcome::Skipped("the headers are those of x86-64 Linux with glibc".to_string()));
    }
    if Compiler::find("gcc").is_none() {
        return Ok(Outcome::Skipped("gcc is not installed".to_string()));
    }
    let ffi = Ffi::new();
    ffi.cdef_named(header.file, text).map_err(|error| error.render(false))?;
    let asserted = assertions::of(&ffi, header.system)?;
    let directory = std::env::temp_dir().join(format!("eightbyte-headers-{}", std::process::id()));
    let source = directory.join(format!("{}.c", header.file));
    let write = || {
        std::fs::create_dir_all(&directory)?;
        std::fs::write(&source, &asserted.text)
    };
    write().map_err(|error| format!("cannot write {}: {error}", source.display()))?;
    let program = source.with_extension("out");
    let output = Command::new("gcc")
        .args(["-std=gnu11", "-w", "-O0", "-U_FORTIFY_SOURCE", "-fmax-errors=0", "-o"])
        .args([&program, &source])
        .args(header.libraries.iter().map(|library| format!("-l{library}")))
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| format!("cannot start gcc: {error}"))?;
    for left in [&source, &program] {
        // It may not be there.
        let _ = std::fs::remove_file(left);
    }
    let _ = std::fs::remove_dir(&directory);
    let messages = String::from_utf8_lossy(&output.stderr);
    if messages.contains("fatal error:") && messages.contains("No such file or directory") {
        return Ok(Outcome::Skipped(format!("{} is not installed", header.package)));
    }
    let differences = asserted.differences(&messages);
    if !output.status.success() && differences.is_empty() {
        return Err(format!("gcc did not accept the assertions of {}:\n{messages}", header.file));
    }
    Ok(Outcome::Compared { facts: asserted.facts.len(), differences })
}
