//! Compilers as we find them: run on a text, they give an object file or the lines they refuse.

use super::coff;
use super::elf::{self, Symbols};
use std::path::PathBuf;
use std::process::Command;

/// A C compiler that is installed here.
#[derive(Clone, Debug)]
pub struct Compiler {
    /// The program to start.
    pub program: String,
    /// `gcc 12.2.0`
    pub title: String,
    /// Arguments it needs before any other, such as `--target=..`.
    pub arguments: Vec<String>,
}

/// What came of a text.
pub enum Compiled {
    /// Its symbols.
    Object(Symbols),
    /// The lines with an error, from 1, and the first message.
    Refused(Vec<usize>, String),
}

impl Compiler {
    /// The compiler of this name, if it is installed.
    pub fn find(program: &str) -> Option<Compiler> {
        let output = Command::new(program).arg("--version").env("LC_ALL", "C").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let first = text.lines().next()?;
        let numbers = first.split_whitespace().filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        // Debian calls the one for Windows `12-win32`.
        let version = numbers.clone().find(|word| word.contains('.')).or_else(|| numbers.clone().next())?;
        let version = version.split('-').next()?;
        let family = if text.contains("clang") { "clang" } else { "gcc" };
        Some(Compiler {
            program: program.to_string(),
            title: format!("{family} {version}"),
            arguments: Vec::new(),
        })
    }

    /// The compilers installed here for a target, gcc first.
    pub fn all_for(target: &str) -> Vec<Compiler> {
        let programs: &[(&str, &[&str])] = match target {
            "x86_64-linux-gnu" if cfg!(target_arch = "x86_64") => &[("gcc", &[]), ("clang", &[])],
            "x86_64-linux-gnu" => &[("x86_64-linux-gnu-gcc", &[]), ("clang", &["--target=x86_64-linux-gnu"])],
            "i686-linux-gnu" => &[("gcc", &["-m32"]), ("clang", &["--target=i686-linux-gnu"])],
            "aarch64-linux-gnu" => {
                &[("aarch64-linux-gnu-gcc", &[]), ("clang", &["--target=aarch64-linux-gnu"])]
            }
            // clang's idea of this target differs from gcc's in one bit-field of five, so it is no judge of it.
            "x86_64-windows-gnu" => &[("x86_64-w64-mingw32-gcc", &[])],
            "x86_64-windows-msvc" => &[("clang", &["--target=x86_64-pc-windows-msvc"])],
            _ => &[],
        };
        let found = programs.iter().filter_map(|(program, arguments)| {
            let arguments = arguments.iter().map(|argument| argument.to_string()).collect();
            Some(Compiler { arguments, ..Compiler::find(program)? })
        });
        found.collect()
    }

    /// Is it of clang's family?
    pub fn is_clang(&self) -> bool {
        self.title.starts_with("clang")
    }

    /// Compiles a text to an object file and reads its symbols; nothing is run.
    pub fn compile(&self, text: &str) -> Result<Compiled, String> {
        let directory = scratch()?;
        let (source, object) = (directory.join("judge.c"), directory.join("judge.o"));
        std::fs::write(&source, text)
            .map_err(|error| format!("cannot write {}: {error}", source.display()))?;
        // -O1 lets the compiler decide the sign of a constant bit-field, which no constant expression may ask for.
        let limit = if self.is_clang() { "-ferror-limit=0" } else { "-fmax-errors=0" };
        let output = Command::new(&self.program)
            .args(&self.arguments)
            .args(["-x", "c", "-std=gnu11", "-O1", "-w", "-c", "-fno-common", limit])
            .args([source.as_os_str(), "-o".as_ref(), object.as_os_str()])
            .env("LC_ALL", "C")
            .output()
            .map_err(|error| format!("cannot start {}: {error}", self.program))?;
        let file = if output.status.success() { std::fs::read(&object).ok() } else { None };
        let _ = std::fs::remove_dir_all(&directory);
        if let Some(file) = file {
            let symbols =
                if file.starts_with(b"\x7fELF") { elf::symbols(&file) } else { coff::symbols(&file) };
            return match symbols {
                Some(symbols) => Ok(Compiled::Object(symbols)),
                None => Err(format!("cannot read the object file of {}; expected ELF or COFF", self.title)),
            };
        }
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        let errors: Vec<&str> = messages.lines().filter(|line| line.contains("error: ")).collect();
        let place = |line: &&str| line.split_once("judge.c:")?.1.split(':').next()?.parse().ok();
        let lines: Vec<usize> = errors.iter().filter_map(place).collect();
        if lines.is_empty() {
            return Err(format!("{} failed without naming a line: {messages}", self.program));
        }
        let first = errors[0].split("error: ").nth(1).unwrap_or("").to_string();
        Ok(Compiled::Refused(lines, first))
    }
}

/// A directory of our own below the system's temporary one.
fn scratch() -> Result<PathBuf, String> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    let name = format!("xtask-layouts-{}-{}", std::process::id(), SERIAL.fetch_add(1, Ordering::Relaxed));
    let directory = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&directory)
        .map_err(|error| format!("cannot make {}: {error}", directory.display()))?;
    Ok(directory)
}
