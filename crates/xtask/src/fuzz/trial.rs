//! One text, tried: what must never happen.

use super::measure;
use eightbyte::{Error, Ffi, Target};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// Where a text goes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// `Ffi::cdef`, paste by paste.
    Declare,
    /// `Ffi::expand`.
    Expand,
    /// `Ffi::eval` and `Ffi::ctype`.
    Evaluate,
    /// `Ffi::make_from_text`.
    Initialise,
}

/// A text, and what is done with it.
pub struct Case {
    /// Where it goes in.
    pub entry: Entry,
    /// Number of the target.
    pub target: usize,
    /// The text; `PASTE` lines divide it into several.
    pub text: String,
}

/// Between two pastes of one case.
pub const PASTE: &str = "\n//-- next paste\n";

/// What came of it.
pub enum Verdict {
    /// Read or refused, as it should be.
    Fine,
    /// What went wrong.
    Wrong(String),
}

/// Milliseconds for each 10 KB.
const LIMIT: f64 = if cfg!(debug_assertions) { 300.0 } else { 10.0 };

/// A text is slow when it is slow every time.
const ATTEMPTS: u64 = 8;

/// Bytes that one text may make the process grow by.
const GROWTH: u64 = 96 << 20;

impl Case {
    /// As it is written to disk.
    pub fn to_text(&self) -> String {
        format!("{:?} {}\n{}", self.entry, self.target, self.text)
    }

    /// The same, read.
    pub fn of_text(written: &str) -> Case {
        let (head, text) = written.split_once('\n').unwrap_or((written, ""));
        let (entry, target) = head.split_once(' ').unwrap_or((head, "0"));
        let entries = [Entry::Expand, Entry::Evaluate, Entry::Initialise];
        let found = entries.into_iter().find(|one| format!("{one:?}") == entry);
        Case {
            entry: found.unwrap_or(Entry::Declare),
            target: target.parse().unwrap_or(0),
            text: text.to_owned(),
        }
    }
}

/// Tries a text.
pub fn tried(case: &Case, folder: &Path) -> Verdict {
    let target = Target::all().nth(case.target).unwrap_or_else(Target::host);
    let before = measure::peak();
    let outcome = quietly(|| {
        let mut least = f64::MAX;
        for attempt in 0..ATTEMPTS {
            // Where others use the machine, time is lost that the system counts as ours.
            std::thread::sleep(Duration::from_millis(20 * attempt));
            let Ok(ffi) = Ffi::for_target(target).without_system_headers() else {
                return Err("no scope".into());
            };
            ffi.add_include_folder(&folder.to_string_lossy()).map_err(|error| error.to_string())?;
            // What is made once for each scope is not this text's.
            ffi.define("__fuzz", "1").map_err(|error| error.to_string())?;
            let begin = measure::milliseconds();
            let errors = worked(case, &ffi);
            least = least.min(measure::milliseconds() - begin);
            checked(&errors)?;
            if least <= allowed(case) {
                afterwards(&ffi);
                return Ok(());
            }
        }
        Err(format!("slow: {least:.0} ms for {} bytes, {:.0} are allowed", case.text.len(), allowed(case)))
    });
    let grown = measure::peak().saturating_sub(before);
    match outcome {
        Err(kind) => Verdict::Wrong(kind),
        Ok(()) if grown > GROWTH => Verdict::Wrong(format!("memory: grows by {} MiB", grown >> 20)),
        Ok(()) => Verdict::Fine,
    }
}

/// What is the same for all findings of a mistake: numbers may differ, except where they are places in our sources.
pub fn kind_of(found: &str) -> &str {
    if found.starts_with("panic") { found } else { found.split(':').next().unwrap_or(found) }
}

fn allowed(case: &Case) -> f64 {
    // Headers of ours that a text includes are text as well.
    let included = case.text.matches("include").count().min(20);
    LIMIT * (case.text.len() as f64 / 10_240.0).max(1.0) + LIMIT * included as f64
}

fn worked(case: &Case, ffi: &Ffi) -> Vec<Error> {
    let text = &case.text;
    let mut errors: Vec<Option<Error>> = Vec::new();
    match case.entry {
        Entry::Declare => errors.extend(text.split(PASTE).map(|paste| ffi.cdef(paste).err())),
        Entry::Expand => errors.push(ffi.expand("<fuzz>", text, case.target.is_multiple_of(2)).err()),
        Entry::Evaluate => errors.extend([ffi.eval(text).err(), ffi.ctype(text).err()]),
        Entry::Initialise => {
            errors.push(ffi.cdef("struct fuzz { int a[3]; struct { double x; } b; char text[8]; };").err());
            errors.push(ffi.make_from_text("struct fuzz[2]", text).err());
        }
    }
    errors.into_iter().flatten().collect()
}

/// Every place is in its text, and every message is one sentence.
fn checked(errors: &[Error]) -> Result<(), String> {
    for error in errors {
        error.render(false);
        for diagnostic in error.diagnostics() {
            diagnostic.render(false);
            if diagnostic.message().trim().is_empty() {
                return Err("message: an empty one".to_owned());
            }
            if let Some(span) = diagnostic.span()
                && span.source().text().get(span.range()).is_none()
            {
                return Err(format!("span: {:?} is not in the text, {}", span.range(), diagnostic.message()));
            }
        }
    }
    Ok(())
}

/// What was declared can be shown, whatever it is.
fn afterwards(ffi: &Ffi) {
    for declared in ffi.declarations().iter().take(50) {
        let _ = format!("{declared:?}").len();
    }
    let _ = ffi.layouts().map(|layouts| layouts.len());
    let _ = ffi.constants("A").map(|constants| constants.len());
}

/// Where the last panic was.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Runs what may panic.
fn quietly(work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or(String::new(), |at| format!("{}:{}", at.file(), at.line()));
        if let Ok(mut last) = PANIC.lock() {
            *last = place;
        }
    }));
    let outcome = catch_unwind(AssertUnwindSafe(work));
    drop(std::panic::take_hook());
    outcome
        .unwrap_or_else(|_| Err(format!("panic at {}", PANIC.lock().map_or(String::new(), |at| at.clone()))))
}
