//! `eightbyte`: C declarations from a terminal.
#![deny(unsafe_code)]

mod abi;
mod argument;
mod call;
mod contained;
mod declare;
mod diff;
mod expand;
mod flat;
mod format;
mod json;
mod layout;
mod lock;
mod paint;
mod passed;
mod picture;
mod preprocessing;
mod replay;
mod shipped;
mod show;
mod shown;
mod side_by_side;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Reads C declarations: prints exact layouts for many machines, compares them, calls C functions.
///
/// No compiler is needed, and none is asked: the numbers are those that gcc and clang give.
#[derive(Parser)]
#[command(name = "eightbyte", version, arg_required_else_help = true, max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Layout(layout::Arguments),
    Call(call::Arguments),
    Abi(abi::Arguments),
    Replay(replay::Arguments),
    Expand(expand::Arguments),
    Show(show::Show),
    Eval(show::Eval),
}

/// Why a command did not do its work.
enum Failure {
    /// The text is wrong: the library's report.
    Text(eightbyte::Error),
    /// The text is wrong, and that has been said.
    Said,
    /// The command was given wrongly, or a file cannot be read.
    Usage(String),
    /// Nobody reads the output any more.
    BrokenPipe,
}

impl From<eightbyte::Error> for Failure {
    fn from(error: eightbyte::Error) -> Failure {
        Failure::Text(error)
    }
}

fn main() -> ExitCode {
    let done = match CommandLine::parse_from(preprocessing::arguments()).command {
        Command::Layout(arguments) => layout::run(arguments),
        Command::Call(arguments) => call::run(arguments),
        Command::Abi(arguments) => abi::run(arguments),
        Command::Replay(arguments) => replay::run(arguments),
        Command::Expand(arguments) => expand::run(arguments),
        Command::Show(arguments) => show::show(arguments),
        Command::Eval(arguments) => show::eval(arguments),
    };
    match done {
        Ok(()) | Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(Failure::Said) => ExitCode::from(1),
        Err(Failure::Text(error)) => {
            paint::complain(&error);
            ExitCode::from(1)
        }
        Err(Failure::Usage(message)) => {
            paint::complain_plainly(&message);
            ExitCode::from(2)
        }
    }
}
