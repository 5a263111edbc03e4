//! `eightbyte show` and `eightbyte eval`.
#![forbid(unsafe_code)]

use crate::preprocessing::{self, Preprocessing};
use crate::{Failure, paint};
use clap::Args;
use eightbyte::{Constant, Error, Ffi, Span, Target};

/// Print a declaration of a C header with all that it needs, or a constant with its type, its value and its place.
#[derive(Args)]
#[command(after_help = SHOW_HELP)]
pub struct Show {
    #[command(flatten)]
    text: Text,

    /// Names of types, tags, functions, variables, constants, macros
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
}

/// Evaluate a C expression with the macros, constants and types of a header.
#[derive(Args)]
#[command(after_help = EVAL_HELP)]
pub struct Eval {
    #[command(flatten)]
    text: Text,

    /// Constant expressions
    #[arg(value_name = "EXPRESSION", required = true)]
    expressions: Vec<String>,
}

#[derive(Args)]
struct Text {
    /// Machine to read the header for [default: this one]
    #[arg(long, value_name = "TARGET", value_parser = crate::layout::target)]
    target: Option<Target>,

    #[command(flatten)]
    preprocessing: Preprocessing,

    /// C header; - is standard input
    #[arg(value_name = "FILE")]
    file: String,
}

const SHOW_HELP: &str = "\
Examples:
  printf '#include <zlib.h>\\n' | eightbyte show - Z_BEST_COMPRESSION
  printf '#include <zlib.h>\\n' | eightbyte show - deflateInit_ gz_header
  eightbyte show -I include mine.h 'struct point'

Exit status: 0 it was shown, 1 the text is wrong or has no such name, 2 the command is wrong.";

const EVAL_HELP: &str = "\
Examples:
  printf '#include <zlib.h>\\n' | eightbyte eval - 'MAX_WBITS + 16' 'sizeof(z_stream)'
  printf '#include <errno.h>\\n' | eightbyte eval - EAGAIN

Exit status: 0 it has a value, 1 the text or the expression is wrong, 2 the command is.";

impl Text {
    fn declared(&self) -> Result<Ffi, Failure> {
        let text = preprocessing::read(&self.file)?;
        let ffi = self.preprocessing.ffi(self.target.unwrap_or_else(Target::host))?;
        ffi.cdef_named(&text.name, &text.text)?;
        Ok(ffi)
    }
}

/// Runs `show`.
pub fn show(arguments: Show) -> Result<(), Failure> {
    let ffi = arguments.text.declared()?;
    let shown: Result<Vec<String>, Error> = arguments.names.iter().map(|name| shown(&ffi, name)).collect();
    paint::print(&shown?.join("\n"))
}

/// Runs `eval`.
pub fn eval(arguments: Eval) -> Result<(), Failure> {
    let ffi = arguments.text.declared()?;
    let mut lines = String::new();
    for expression in &arguments.expressions {
        lines += &format!("{}\n", constant_text(&ffi.eval(expression)?));
    }
    paint::print(&lines)
}

fn shown(ffi: &Ffi, name: &str) -> Result<String, Error> {
    let word = ["struct ", "union ", "enum "].into_iter().find_map(|keyword| name.strip_prefix(keyword));
    let name = word.unwrap_or(name).trim();
    let declared = ffi.show_needed(name);
    let constant = ffi.typed_constant(name);
    match (ffi.macro_definition(name)?, constant) {
        (Some(definition), Ok((ty, value))) => Ok(format!(
            "{definition}\n    {ty}, {}{}\n",
            constant_text(&value),
            place(definition.origin.as_ref())
        )),
        (Some(definition), Err(_)) => {
            Ok(format!("{definition}\n    {}\n", place(definition.origin.as_ref()).trim_start_matches(", ")))
        }
        (None, Ok((ty, value))) => {
            Ok(format!("{}    {name}: {ty}, {}\n", declared.unwrap_or_default(), constant_text(&value)))
        }
        (None, Err(_)) => declared.map_err(|error| match ffi.constant(name) {
            Err(other) if other.message().contains("did you mean") => other,
            _ => Error::clone(&error),
        }),
    }
}

fn place(origin: Option<&Span>) -> String {
    match origin {
        Some(span) => format!(", {}:{}", span.file(), span.line()),
        None => ", predefined".to_string(),
    }
}

/// A value as C writes it.
fn constant_text(value: &Constant) -> String {
    match value {
        Constant::Integer(value) => value.to_string(),
        Constant::Float(value) => format!("{value:?}"),
        Constant::Pointer(0) => "NULL".to_string(),
        Constant::Pointer(address) => format!("{address:#x}"),
        Constant::String(bytes) => format!("\"{}\"", bytes.escape_ascii()),
        _ => "?".to_string(),
    }
}
