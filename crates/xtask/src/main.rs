//! `cargo xtask`: the project's own tools.
#![forbid(unsafe_code)]

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask layouts [--count N] [--seed N] [--profile plain|gnu] [--target NAME] [--compiler gcc|clang|both]
    random C declarations, laid out by the library and by compilers
    --judges      leave the library out and judge clang by gcc
    --refusals    tell what the compilers did not accept
    --print       show N groups of declarations instead
cargo xtask layouts --cases FILE
    check a file of numbered cases against the compilers that are installed
cargo xtask calls [--count N] [--seed N] [--compiler gcc|clang]
    random C functions, compiled by gcc and clang and called by the library: what arrives and what comes back
cargo xtask callbacks [--count N] [--seed N] [--compiler gcc|clang]
    the same functions turned round: C calls callbacks of the library
cargo xtask bench cdata|callbacks
    instructions of typed memory, or of callbacks, counted by callgrind, beside their limits
cargo xtask mutants [--only WORDS]
    deliberate faults in the rooms of calls, each of which the tests must catch
cargo xtask bench calls
    instructions of every way to make a call beside their limits; times beside libffi's and LuaJIT's
cargo xtask filled [--count N] [--seed N]
    random records, filled by gcc and by the library
cargo xtask headers [NAME]
    the declarations in headers/, compared by gcc with the system's own
cargo xtask headers --expand [NAME]...
    installed headers, expanded by the library and by gcc -E: tokens, differences, times
cargo xtask fuzz [--minutes N] [--seed N]
    texts that nobody would write: no panic, no hang, no stack overflow, little memory; findings are made smaller
cargo xtask conversions
    write docs/conversions.md from the library's table";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((task, rest)) if task == "layouts" => xtask::layouts::command(rest),
        Some((task, rest)) if task == "bench" => xtask::bench::command(rest),
        Some((task, rest)) if task == "filled" => xtask::filled::command(rest),
        Some((task, [flag, rest @ ..])) if task == "headers" && flag == "--expand" => {
            xtask::expand::command(rest)
        }
        Some((task, rest)) if task == "headers" => xtask::headers::command(rest),
        Some((task, rest)) if task == "fuzz" => xtask::fuzz::command(rest),
        Some((task, [])) if task == "conversions" => xtask::write_conversions(),
        Some((task, rest)) if task == "callbacks" => xtask::callbacks::command(rest),
        Some((task, rest)) if task == "mutants" => xtask::mutants::command(rest),
        Some((task, rest)) if task == "calls" => xtask::calls::command(rest),
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
