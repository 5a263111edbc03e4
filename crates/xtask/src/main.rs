//! `cargo xtask`: the project's own tools.
#![forbid(unsafe_code)]

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask layouts [--count N] [--seed N] [--profile plain|gnu] [--compiler gcc|clang|both] [--judges]
    random C declarations, laid out by us and by the compilers; --judges compares clang with gcc alone
cargo xtask layouts --print [--count N] [--seed N] [--profile plain|gnu]
    show N groups of them
cargo xtask layouts --cases FILE
    check the x86-64 numbers of a file of numbered cases against gcc";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((task, rest)) if task == "layouts" => xtask::layouts::command(rest),
        _ => Err(USAGE.to_string()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
