//! The headers that come with the program: declarations that nobody has to write.
#![forbid(unsafe_code)]

use eightbyte::{Constant, Decl, Ffi, Kind, Target, Type};

/// A header in `headers/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// `libc.h`
    pub file: &'static str,
    /// What its library is called: `c`.
    library: &'static str,
    /// Its declarations.
    pub text: &'static str,
}

const ALL: [Shipped; 6] = [
    Shipped { file: "libc.h", library: "c", text: include_str!("../../../headers/libc.h") },
    Shipped { file: "libm.h", library: "m", text: include_str!("../../../headers/libm.h") },
    Shipped { file: "pthread.h", library: "pthread", text: include_str!("../../../headers/pthread.h") },
    Shipped { file: "dl.h", library: "dl", text: include_str!("../../../headers/dl.h") },
    Shipped { file: "zlib.h", library: "z", text: include_str!("../../../headers/zlib.h") },
    Shipped { file: "sqlite3.h", library: "sqlite3", text: include_str!("../../../headers/sqlite3.h") },
];

/// They tell the truth about x86-64 Linux with glibc; elsewhere there are none.
fn all() -> &'static [Shipped] {
    let is_theirs =
        Target::host() == Target::X86_64_LINUX && cfg!(all(target_os = "linux", target_env = "gnu"));
    if is_theirs { &ALL } else { &[] }
}

/// The header of a file name.
pub fn named(file: &str) -> Option<Shipped> {
    all().iter().copied().find(|header| header.file == file)
}

/// Their names, for messages.
pub fn names() -> String {
    match all() {
        [] => "there is none for this system".to_string(),
        all => all.iter().map(|header| header.file).collect::<Vec<_>>().join(", "),
    }
}

/// The header that declares a function, that of the library first, with the function's type.
pub fn declaring(library: &str, function: &str) -> Option<(Shipped, Type, Ffi)> {
    let is_word = |at: usize| {
        move |text: &str| {
            let end = at + function.len();
            let outside = |letter: Option<&u8>| letter.is_none_or(|letter| !is_letter(*letter));
            let before = at.checked_sub(1).map(|before| text.as_bytes().get(before));
            outside(before.flatten()) && outside(text.as_bytes().get(end))
        }
    };
    let named = |header: &Shipped| {
        !function.is_empty() && header.text.match_indices(function).any(|(at, _)| is_word(at)(header.text))
    };
    // Reading them all would be noticed.
    for_library(library).filter(named).find_map(|header| {
        let ffi = declared(header)?;
        let ty = ffi.declarations().into_iter().find_map(|declared| match declared.decl {
            Decl::Function { name, ty, .. } if &*name == function => Some(ty),
            _ => None,
        })?;
        Some((header, ty, ffi))
    })
}

/// The value of a constant of the library's header.
pub fn constant(library: &str, expression: &str) -> Option<Constant> {
    let own = for_library(library).next().filter(|header| header.library == stem(library))?;
    declared(own)?.eval(expression).ok()
}

/// The name of a function of these headers that a wrong one most likely meant, that of the library first.
pub fn near(library: &str, name: &str) -> Option<String> {
    for_library(library).find_map(|header| {
        let error = declared(header)?.process().function(name).err()?;
        let (_, near) = error.message().split_once("did you mean '")?;
        Some(near.split('\'').next()?.to_string())
    })
}

/// What the C library calls an error: `ENOENT`.
pub fn errno_name(number: i32) -> Option<&'static str> {
    entry(number, |name| name.starts_with('E'))
}

/// What the C library calls a signal: `SIGKILL`.
pub fn signal_name(number: i32) -> Option<&'static str> {
    entry(number, |name| name.starts_with("SIG") && !name.starts_with("SIG_"))
}

/// The first constant of libc.h with this value; the header's own text is searched, since it is ours.
fn entry(number: i32, wanted: impl Fn(&str) -> bool) -> Option<&'static str> {
    let (libc, value) = (named("libc.h")?.text, number.to_string());
    let entries = libc.split([',', '{', '}']).filter_map(|entry| entry.trim().split_once(" = "));
    entries.filter(|(name, _)| wanted(name)).find(|(_, text)| *text == value).map(|(name, _)| name)
}

fn declared(header: Shipped) -> Option<Ffi> {
    let ffi = Ffi::new();
    ffi.cdef_named(header.file, header.text).ok()?;
    Some(ffi)
}

/// All of them, that of the library first.
fn for_library(library: &str) -> impl Iterator<Item = Shipped> {
    let own = stem(library).to_string();
    let (mut first, others): (Vec<_>, Vec<_>) = all().iter().partition(|header| header.library == own);
    first.extend(others);
    first.into_iter()
}

/// `/lib/libz.so.1` is `z`.
fn stem(library: &str) -> &str {
    let file = library.rsplit('/').next().unwrap_or(library);
    let bare = file.strip_prefix("lib").filter(|_| file.contains('.')).unwrap_or(file);
    bare.split('.').next().unwrap_or(bare)
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Do two types of different texts travel and read alike? Records are told by their names.
pub fn alike(one: &Type, other: &Type) -> bool {
    match (one.kind(), other.kind()) {
        (Kind::Void, Kind::Void) => true,
        (Kind::Scalar(one), Kind::Scalar(other)) => one == other,
        (Kind::Complex(one), Kind::Complex(other)) => one == other,
        (Kind::Vector(one, count), Kind::Vector(other, others)) => one == other && count == others,
        (Kind::Pointer(one), Kind::Pointer(other)) => one.is_void() || other.is_void() || alike(one, other),
        (Kind::Array(one, length), Kind::Array(other, others)) => alike(one, other) && length == others,
        (Kind::Record(one), Kind::Record(other)) => one.name() == other.name() || one.tag().is_none(),
        (Kind::Enum(_), Kind::Enum(_)) => true,
        (Kind::Enum(_), Kind::Scalar(scalar)) | (Kind::Scalar(scalar), Kind::Enum(_)) => {
            matches!(scalar, eightbyte::Scalar::Int | eightbyte::Scalar::UInt)
        }
        (Kind::Function(one), Kind::Function(other)) => {
            alike(&one.result, &other.result)
                && one.tail == other.tail
                && one.parameters.len() == other.parameters.len()
                && one.parameters.iter().zip(&other.parameters).all(|(one, other)| alike(&one.ty, &other.ty))
        }
        _ => false,
    }
}

#[cfg(all(test, target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn a_library_goes_by_many_names() {
        for (name, bare) in
            [("m", "m"), ("libm.so.6", "m"), ("/usr/lib/libz.so.1.2.13", "z"), ("z.1", "z"), ("libc", "libc")]
        {
            assert_eq!(stem(name), bare);
        }
    }

    #[test]
    fn functions_are_found_in_the_librarys_own_header_first() {
        let file = |library: &str, name: &str| declaring(library, name).map(|found| found.0.file);
        assert_eq!(file("m", "hypot"), Some("libm.h"));
        assert_eq!(file("./libmine.so", "zlibVersion"), Some("zlib.h"));
        assert_eq!(file("c", "timespec"), None);
        assert_eq!(file("c", "ato"), None);
        assert_eq!(file("c", ""), None);
    }

    #[test]
    fn every_header_is_read() {
        assert!(ALL.into_iter().all(|header| declared(header).is_some()));
        assert_eq!(constant("c", "O_CREAT | O_RDWR"), Some(Constant::Integer(0o102)));
        assert_eq!(constant("./mine.so", "O_CREAT"), None);
        assert_eq!(errno_name(2), Some("ENOENT"));
        assert_eq!(errno_name(11), Some("EAGAIN"));
        assert_eq!(errno_name(133), Some("EHWPOISON"));
        assert_eq!(errno_name(9999), None);
        assert_eq!(signal_name(9), Some("SIGKILL"));
    }

    #[test]
    fn types_of_two_texts_are_compared() {
        let ffi = || {
            let ffi = Ffi::new();
            ffi.cdef("struct s { int x; };").expect("it is C");
            ffi
        };
        let (one, other) = (ffi(), ffi());
        let same = |a: &str, b: &str| match (one.ctype(a), other.ctype(b)) {
            (Ok(a), Ok(b)) => alike(a.as_type(), b.as_type()),
            _ => panic!("{a} and {b} are types"),
        };
        assert!(same("struct s (*)(struct s *, ...)", "struct s (*)(void *, ...)"));
        assert!(same("unsigned long", "size_t"));
        assert!(!same("int (*)(int)", "int (*)(const char *)"));
        assert!(!same("int (*)(int)", "int (*)(int, ...)"));
        assert!(!same("int (*)(int)", "double (*)(int)"));
    }
}
