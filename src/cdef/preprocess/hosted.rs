//! Headers of the system for machines that have none: sections of the declarations in `headers/`.

use std::fmt::Write;

/// The one target whose facts they tell.
pub(super) const TARGET: &str = "x86_64-linux-gnu";

/// A header of the system.
struct Header {
    name: &'static str,
    /// The text that holds its sections.
    file: &'static str,
    /// What stands in front of them.
    needs: &'static str,
}

const LIBC: &str = include_str!("../../../headers/libc.h");
const LIBM: &str = include_str!("../../../headers/libm.h");
const PTHREAD: &str = include_str!("../../../headers/pthread.h");
const DL: &str = include_str!("../../../headers/dl.h");
const ZLIB: &str = include_str!("../../../headers/zlib.h");
const SQLITE: &str = include_str!("../../../headers/sqlite3.h");

const SIZES: &str = "#define __need_size_t\n#define __need_NULL\n#include <stddef.h>\n";
const WIDE: &str =
    "#define __need_size_t\n#define __need_wchar_t\n#define __need_NULL\n#include <stddef.h>\n";
const TYPES: &str = "#include <sys/types.h>\n";
const STREAMS: &str = "#include <sys/types.h>\n#define __need_NULL\n#include <stddef.h>\n#define __need___va_list\n\
    #include <stdarg.h>\ntypedef __gnuc_va_list va_list;\n#define stdin stdin\n#define stdout stdout\n\
    #define stderr stderr\n";

const HEADERS: &[Header] = &[
    Header { name: "complex.h", file: LIBM, needs: "#define complex _Complex\n#define I 1.0iF\n" },
    Header { name: "ctype.h", file: LIBC, needs: "" },
    Header { name: "dirent.h", file: LIBC, needs: TYPES },
    Header { name: "dlfcn.h", file: DL, needs: SIZES },
    Header { name: "errno.h", file: LIBC, needs: "#define errno (*__errno_location())\n" },
    Header { name: "fcntl.h", file: LIBC, needs: TYPES },
    Header { name: "fenv.h", file: LIBM, needs: "" },
    Header { name: "gnu/libc-version.h", file: LIBC, needs: "" },
    Header { name: "link.h", file: DL, needs: "#include <dlfcn.h>\n" },
    Header { name: "locale.h", file: LIBC, needs: "" },
    Header { name: "math.h", file: LIBM, needs: "" },
    Header { name: "pthread.h", file: PTHREAD, needs: "#include <sched.h>\n#include <time.h>\n" },
    Header { name: "sched.h", file: PTHREAD, needs: "#include <time.h>\n" },
    Header { name: "semaphore.h", file: PTHREAD, needs: "#include <pthread.h>\n" },
    Header { name: "signal.h", file: LIBC, needs: TYPES },
    Header { name: "sqlite3.h", file: SQLITE, needs: "#include <stdarg.h>\n" },
    Header { name: "stdio.h", file: LIBC, needs: STREAMS },
    Header { name: "stdlib.h", file: LIBC, needs: WIDE },
    Header { name: "string.h", file: LIBC, needs: SIZES },
    Header { name: "strings.h", file: LIBC, needs: "#include <string.h>\n" },
    Header { name: "sys/file.h", file: LIBC, needs: "" },
    Header { name: "sys/ioctl.h", file: LIBC, needs: "" },
    Header { name: "sys/mman.h", file: LIBC, needs: TYPES },
    Header { name: "sys/random.h", file: LIBC, needs: TYPES },
    Header { name: "sys/resource.h", file: LIBC, needs: "#include <sys/time.h>\n" },
    Header { name: "sys/stat.h", file: LIBC, needs: "#include <sys/types.h>\n#include <time.h>\n" },
    Header { name: "sys/time.h", file: LIBC, needs: TYPES },
    Header { name: "sys/types.h", file: LIBC, needs: SIZES },
    Header { name: "sys/utsname.h", file: LIBC, needs: "" },
    Header { name: "sys/wait.h", file: LIBC, needs: TYPES },
    Header {
        name: "time.h",
        file: LIBC,
        needs: "#include <sys/types.h>\n#define __need_NULL\n#include <stddef.h>\n",
    },
    Header { name: "unistd.h", file: LIBC, needs: TYPES },
    Header { name: "zlib.h", file: ZLIB, needs: SIZES },
];

/// The text of a header, for a target.
pub(super) fn text(name: &str, triple: &str) -> Option<String> {
    let header = HEADERS.iter().find(|header| header.name == name && triple == TARGET)?;
    let mut text = format!("#pragma once\n{}", header.needs);
    let own = sections(header.file).filter(|(names, _)| {
        // A file without sections is all the header's.
        names.contains(&name) || names.is_empty() && (header.file == ZLIB || header.file == SQLITE)
    });
    for (_, section) in own {
        text += section;
        for (constant, value) in constants(section) {
            // What is a macro in the system's header is tested by `#ifdef`. Writing to a text cannot fail.
            let _ = writeln!(text, "#define {constant} {value}");
        }
    }
    Some(text)
}

/// Is there a header of this name for another target?
pub(super) fn is_known(name: &str) -> bool {
    HEADERS.iter().any(|header| header.name == name)
}

/// The parts of a file, each with the headers that its first line names: `/* <string.h>, <strings.h> */`.
fn sections(file: &'static str) -> impl Iterator<Item = (Vec<&'static str>, &'static str)> {
    let mut rest = file;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.get(1..).and_then(|later| later.find("\n/* <")).map_or(rest.len(), |at| at + 2);
        let (section, later) = rest.split_at(end);
        rest = later;
        let first = section.lines().next().filter(|line| line.starts_with("/* <")).unwrap_or("");
        let names = first.split('<').skip(1).filter_map(|part| Some(part.split_once('>')?.0));
        Some((names.collect(), section))
    })
}

/// The constants of enums whose value is spelled out as a number.
fn constants(section: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let bodies = section.split("enum {").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    let entries = bodies.flat_map(|body| body.split(',')).filter_map(|entry| entry.trim().split_once(" = "));
    entries.filter(|(_, value)| {
        let digits = value.strip_prefix('-').unwrap_or(value);
        let digits = digits.strip_prefix("0x").unwrap_or(digits);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
