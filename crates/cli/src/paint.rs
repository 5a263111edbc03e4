//! Colours, and the two streams they go to.
//!
//! Invariant: what is not a terminal (or has `NO_COLOR` set) gets exactly the plain text.
#![forbid(unsafe_code)]

use crate::Failure;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use std::io::{ErrorKind, Write};

pub const HEADING: Style = Style::new().bold();
pub const FAINT: Style = Style::new().dimmed();
pub const HOLE: Style = AnsiColor::Yellow.on_default();
pub const DIFFERENT: Style = AnsiColor::Red.on_default();
pub const ADDED: Style = AnsiColor::Green.on_default();
pub const PLACE: Style = AnsiColor::Cyan.on_default();
pub const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Does standard output show colours?
pub fn stdout_coloured() -> bool {
    AutoStream::choice(&std::io::stdout()) != ColorChoice::Never
}

/// The text in a style, where colours are shown.
pub fn paint(text: &str, style: Style, coloured: bool) -> String {
    if coloured && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_string() }
}

/// Writes to standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let written = if stdout_coloured() {
        // Old consoles of Windows have colours, but no escape sequences: the stream knows.
        let mut stream = anstream::stdout().lock();
        stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
    } else {
        let mut stream = std::io::stdout().lock();
        stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
    };
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::BrokenPipe,
        _ => Failure::Usage(format!("cannot write to standard output: {error}")),
    })
}

/// Reports a mistake in C text.
pub fn complain(error: &eightbyte::Error) {
    say(&error.render(stderr_coloured()));
}

/// Reports a mistake that has no place in a text.
pub fn complain_plainly(message: &str) {
    say(&format!("{}: {message}", paint("error", ERROR, stderr_coloured())));
}

/// Adds to an error what may help.
pub fn advise(message: &str) {
    say(&format!("{}: {message}", paint("help", PLACE, stderr_coloured())));
}

/// Says what is worth knowing though nothing failed.
pub fn remark(message: &str) {
    say(&format!("{}: {message}", paint("note", PLACE, stderr_coloured())));
}

/// Says something on standard error in bold: whose errors follow.
pub fn announce(message: &str) {
    say(&paint(message, HEADING, stderr_coloured()));
}

fn stderr_coloured() -> bool {
    AutoStream::choice(&std::io::stderr()) != ColorChoice::Never
}

fn say(text: &str) {
    // Where standard error is gone there is nobody to tell.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}
