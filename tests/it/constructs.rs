//! Every construct of the table, with the sizes that gcc (or clang, where gcc does not take it) gives it.

use eightbyte::{Decl, Ffi, Kind, Target};
use std::io::Write;
use std::process::{Command, Stdio};

/// The rows: a name and C text each.
pub fn rows() -> Vec<(&'static str, String)> {
    const TABLE: &str = include_str!("../cases/constructs.tsv");
    let rows = TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    rows.filter_map(|row| row.split_once('\t')).map(|(name, text)| (name, unescaped(text))).collect()
}

/// `\n`, `\r`, `\t`, `\\` and `\xNN` are escapes.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match (byte, byte == b'\\') {
            (_, false) => bytes.push(byte),
            _ => match rest.next() {
                Some(b'n') => bytes.push(b'\n'),
                Some(b'r') => bytes.push(b'\r'),
                Some(b't') => bytes.push(b'\t'),
                Some(b'x') => {
                    let digits: String = rest.by_ref().take(2).map(char::from).collect();
                    bytes.push(u8::from_str_radix(&digits, 16).unwrap());
                }
                Some(other) => bytes.push(other),
                None => {}
            },
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// What the library says of every sized thing that a text declares, as assertions for a compiler.
fn claims(ffi: &Ffi) -> String {
    let (mut claims, mut values) = (String::new(), String::new());
    let mut claim = |what: &str, size: u64, align: Option<u64>| {
        claims += &format!("\n_Static_assert(sizeof({what}) == {size}, \"size of {what} is {size}\");");
        if let Some(align) = align {
            claims += &format!("\n_Static_assert(_Alignof({what}) == {align}, \"alignment of {what}\");");
        }
    };
    for declared in ffi.declarations() {
        match &declared.decl {
            Decl::Record { record, .. } if record.tag().is_some() => {
                let name = record.name();
                claim(&name, ffi.sizeof(&name).unwrap(), ffi.alignof(&name).ok());
            }
            Decl::Enum { enumeration, definition } => {
                let name = enumeration.name();
                if enumeration.tag().is_some() {
                    claim(&name, ffi.sizeof(&name).unwrap(), None);
                }
                for constant in definition.enumerators.iter().filter(|one| i64::try_from(one.value).is_ok()) {
                    let (name, value) = (&constant.name, constant.value);
                    values += &format!("\n_Static_assert({name} == {value}, \"{name} is {value}\");");
                }
            }
            Decl::Typedef { name, .. } => {
                if let Ok(size) = ffi.sizeof(name) {
                    let is_function = ffi.ctype(name).unwrap().as_type().as_function().is_some();
                    claim(name, size, ffi.alignof(name).ok().filter(|_| !is_function));
                }
            }
            Decl::Variable { name, ty, .. } => {
                let known = matches!(ty.kind(), Kind::Scalar(_) | Kind::Pointer(_) | Kind::Array(..));
                if let Some(size) = ffi.eval(&format!("sizeof({name})")).ok().filter(|_| known) {
                    let eightbyte::Constant::Integer(size) = size else { panic!("{name}") };
                    claim(name, u64::try_from(size).unwrap(), None);
                }
            }
            _ => {}
        }
    }
    claims + &values
}

/// Whether a compiler takes a text; its first words against it, if not.
fn judged(program: &str, arguments: &[&str], text: &str) -> Option<Result<(), String>> {
    let mut child = Command::new(program)
        .args(arguments)
        .args(["-w", "-fsyntax-only", "-x", "c", "-"])
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    // A compiler may stop reading at its first mistake.
    let _ = child.stdin.take()?.write_all(text.as_bytes());
    let output = child.wait_with_output().ok()?;
    let messages = String::from_utf8_lossy(&output.stderr);
    let first = messages.lines().find(|line| line.contains("error")).unwrap_or("").to_string();
    Some(if output.status.success() { Ok(()) } else { Err(first) })
}

/// The compilers in the order in which they are asked; the first that takes a text judges it.
const JUDGES: [(&str, &[&str]); 3] = [
    ("gcc", &["-std=gnu2x"]),
    ("gcc", &["-std=gnu11"]),
    ("clang", &["--target=x86_64-linux-gnu", "-std=gnu2x", "-fblocks"]),
];

#[test]
fn sizes_are_those_of_the_compilers() {
    if judged("gcc", &[], "").is_none() {
        eprintln!("SKIPPED: nobody can judge the sizes of the constructs; install gcc");
        return;
    }
    let (mut checked, mut wrong) = (0, Vec::new());
    for (name, text) in rows() {
        let ffi = Ffi::for_target(Target::X86_64_LINUX);
        if ffi.cdef(&text).is_err() {
            continue;
        }
        // A compiler may not speak of what it was told is unavailable.
        let claims = if text.contains("unavailable") { String::new() } else { claims(&ffi) };
        let all = format!("{text}\n{claims}");
        for (program, arguments) in JUDGES {
            match judged(program, arguments, &all) {
                Some(Ok(())) => checked += 1,
                Some(Err(message)) => {
                    if !matches!(judged(program, arguments, &text), Some(Ok(()))) {
                        continue;
                    }
                    wrong.push(format!("{name}: {text}\n  {program}: {message}"));
                }
                None => continue,
            }
            break;
        }
    }
    assert!(wrong.is_empty(), "{}\n{} of {checked} wrong", wrong.join("\n"), wrong.len());
    assert!(checked > 200, "only {checked} constructs were judged");
}
