//! `eightbyte expand`.
#![forbid(unsafe_code)]

use crate::preprocessing::{self, Preprocessing};
use crate::{Failure, paint};
use clap::Args;
use eightbyte::{Ffi, Target};

/// Print a C text with its headers included and its macros expanded, as 'cc -E' does.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// No line markers
    #[arg(short = 'P')]
    plain: bool,

    /// Every macro that is defined in the end, instead of the text
    #[arg(long)]
    macros: bool,

    /// Machine whose macros are predefined [default: this one]
    #[arg(long, value_name = "TARGET", value_parser = crate::layout::target)]
    target: Option<Target>,

    #[command(flatten)]
    preprocessing: Preprocessing,

    /// C text; - is standard input
    #[arg(value_name = "FILE")]
    file: String,
}

const AFTER_HELP: &str = "\
Examples:
  eightbyte expand -P point.h
  printf '#include <zlib.h>\\n' | eightbyte expand -
  eightbyte expand --macros -D DEBUG=2 -I include config.h

Exit status: 0 it was expanded, 1 the text is wrong, 2 the command is.";

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let text = preprocessing::read(&arguments.file)?;
    let ffi = Ffi::for_target(arguments.target.unwrap_or_else(Target::host));
    arguments.preprocessing.apply(&ffi)?;
    let markers = !arguments.plain;
    let mut expanded = String::new();
    for included in arguments.preprocessing.included() {
        expanded += &ffi.expand("<command line>", &included, markers)?;
    }
    expanded += &ffi.expand(&text.name, &text.text, markers)?;
    if arguments.macros {
        let all = ffi.macros()?;
        expanded = all.iter().map(|(_, definition)| format!("#define {definition}\n")).collect();
    }
    paint::print(&expanded)
}
