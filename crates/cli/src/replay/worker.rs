//! The process that makes the calls.
#![allow(unsafe_code, reason = "an island: loads a library and keeps its output apart from ours")]

use super::case::{self, World};
use super::{Arguments, READY, answer};
use crate::{Failure, declare};
use eightbyte::{Error, Target};
use serde_json::Value;
use std::io::Write;

/// Makes the calls from this one on; a line for each goes out before the next begins.
pub fn work(arguments: &Arguments, cases: &[Value], first: usize) -> Result<(), Failure> {
    let texts = declare::read(std::slice::from_ref(&arguments.header))?;
    let ffi = declare::declare(&texts, Target::host(), &arguments.preprocessing)?;
    // Before the library is loaded: its initialisers may print.
    let mut output = output();
    // SAFETY: whoever names a library on the command line wants its initialisers run
    let library = unsafe { ffi.load(&arguments.lib) };
    let library = library.map_err(|error: Error| Failure::Usage(error.message().to_string()))?;
    let mut world = World::new(ffi, library);
    let mut say = |line: &str| match output.write_all(format!("{line}\n").as_bytes()) {
        Ok(()) => Ok(()),
        // Nobody listens any more.
        Err(_) => Err(Failure::BrokenPipe),
    };
    say(READY)?;
    for case in cases.iter().skip(first) {
        let line = match case::run(case, &mut world) {
            Ok(came) => came.line(case),
            Err(error) => answer(case, [("error", error.into())]),
        };
        say(&line)?;
    }
    Ok(())
}

/// Where results go: what was standard output. What C prints goes to standard error from here on.
#[cfg(unix)]
fn output() -> Box<dyn Write> {
    use std::os::fd::FromRawFd;
    // SAFETY: plain numbers of open files; the new one is owned by nobody else
    unsafe {
        let ours = libc::fcntl(1, libc::F_DUPFD_CLOEXEC, 3);
        if ours >= 0 && libc::dup2(2, 1) >= 0 {
            return Box::new(std::fs::File::from_raw_fd(ours));
        }
    }
    Box::new(std::io::stdout())
}

/// Where results go.
#[cfg(not(unix))]
fn output() -> Box<dyn Write> {
    Box::new(std::io::stdout())
}
