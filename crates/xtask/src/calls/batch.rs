//! A library of some hundred functions: compiled, called in a child process, its report read.

use super::generate::{PRELUDE, case};
use super::kinds;
use crate::callbacks;
use crate::layouts::Compiler;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Size of the array that the functions record their arguments in.
pub const RECORD_BYTES: usize = 1 << 20;

/// Size of the array that they take their result from.
pub const RESULT_BYTES: usize = 8192;

/// The variable that tells a child what to do.
const VARIABLE: &str = "EIGHTBYTE_CALLS";

/// Who calls whom.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The library calls functions of C.
    Out,
    /// C calls callbacks of the library.
    In,
}

/// What a child process does.
pub struct Batch {
    pub direction: Direction,
    pub seed: u64,
    pub from: usize,
    pub end: usize,
    pub disputed: bool,
    pub library: PathBuf,
    pub report: PathBuf,
}

impl Batch {
    /// What the environment asks this process to do, if it is such a child.
    pub fn from_environment() -> Option<Batch> {
        let text = std::env::var(VARIABLE).ok()?;
        let mut words = text.splitn(7, '|');
        let mut word = || words.next();
        Some(Batch {
            direction: if word()? == "in" { Direction::In } else { Direction::Out },
            seed: word()?.parse().ok()?,
            from: word()?.parse().ok()?,
            end: word()?.parse().ok()?,
            disputed: word()? == "true",
            library: word()?.into(),
            report: word()?.into(),
        })
    }

    fn environment(&self, from: usize) -> String {
        let Batch { direction, seed, end, disputed, library, report, .. } = self;
        let direction = if *direction == Direction::In { "in" } else { "out" };
        format!("{direction}|{seed}|{from}|{end}|{disputed}|{}|{}", library.display(), report.display())
    }
}

/// What came of some cases.
#[derive(Default)]
pub struct Outcome {
    pub called: usize,
    pub wrong: Vec<String>,
}

/// Compiles and calls the functions of these serial numbers. `child` starts this program again, for the worker.
pub fn run(
    direction: Direction,
    compiler: &Compiler,
    seed: u64,
    serials: std::ops::Range<usize>,
    child: &dyn Fn() -> Command,
) -> Result<Outcome, String> {
    let folder = Folder::new()?;
    let disputed = !compiler.is_clang();
    let (library, report) = (folder.0.join("calls.so"), folder.0.join("report"));
    compile(direction, compiler, seed, serials.clone(), &folder.0.join("calls.c"), &library)?;
    let batch = Batch { direction, seed, from: serials.start, end: serials.end, disputed, library, report };
    let mut outcome = Outcome::default();
    let mut next = serials.start;
    while next < serials.end {
        let output = child()
            .env(VARIABLE, batch.environment(next))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .map_err(|error| format!("cannot start the program again: {error}"))?;
        let text = std::fs::read_to_string(&batch.report).unwrap_or_default();
        let _ = std::fs::remove_file(&batch.report);
        let mut open = None;
        for line in text.lines() {
            let mut words = line.splitn(3, ' ');
            let (word, serial) = (words.next(), words.next().and_then(|word| word.parse::<usize>().ok()));
            match (word, serial) {
                (Some("begin"), Some(serial)) => open = Some(serial),
                (Some("right"), Some(serial)) => {
                    (next, open, outcome.called) = (serial + 1, None, outcome.called + 1)
                }
                (Some("wrong"), Some(serial)) => {
                    (next, open, outcome.called) = (serial + 1, None, outcome.called + 1);
                    outcome.wrong.push(unescaped(words.next().unwrap_or_default()));
                }
                _ => return Err(format!("cannot read the report of the calls: {line}")),
            }
        }
        if let Some(serial) = open {
            let text = case(seed, serial, disputed).shown();
            outcome.wrong.push(format!("{text}  the call crashed: {}\n", output.status));
            (next, outcome.called) = (serial + 1, outcome.called + 1);
        } else if next < serials.end {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("the calls ended early, {}: {said}", output.status));
        }
    }
    Ok(outcome)
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.push(if letters.next() == Some('n') { '\n' } else { '\\' }),
            _ => plain.push(letter),
        }
    }
    plain
}

fn compile(
    direction: Direction,
    compiler: &Compiler,
    seed: u64,
    serials: std::ops::Range<usize>,
    source: &Path,
    library: &Path,
) -> Result<(), String> {
    let mut text = format!("{PRELUDE}{}{}", callbacks::PRELUDE, kinds::TYPES);
    for serial in serials {
        let case = case(seed, serial, !compiler.is_clang());
        text += &case.declarations;
        text += &case.code;
        if direction == Direction::In {
            text += &callbacks::caller(&case);
        }
    }
    std::fs::write(source, text).map_err(|error| format!("cannot write {}: {error}", source.display()))?;
    let output = Command::new(&compiler.program)
        .args(&compiler.arguments)
        .args(["-x", "c", "-std=gnu11", "-O1", "-w", "-shared", "-fPIC", "-o"])
        .args([library, source])
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| format!("cannot start {}: {error}", compiler.program))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first: Vec<&str> = said.lines().take(12).collect();
    Err(format!("{} did not compile what was generated:\n{}", compiler.title, first.join("\n")))
}

/// A folder that goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Folder, String> {
        use std::sync::atomic::{AtomicU64, Ordering};
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let name = format!("xtask-calls-{}-{}", std::process::id(), SERIAL.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).map_err(|error| format!("cannot make {}: {error}", path.display()))?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
