//! `cargo xtask calls`: random C functions, compiled by gcc and clang, called by the library. What arrives and what
//! comes back is compared with what was sent, byte for byte.

mod batch;
pub(crate) mod generate;
pub(crate) mod kinds;
pub(crate) mod worker;

pub use batch::Direction;

use crate::layouts::Compiler;
use std::process::Command;
use std::time::Instant;

/// Functions in one library.
const BATCH: usize = 250;

/// Wrong calls that are shown.
const SHOWN: usize = 5;

/// What one compiler's functions came to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// `gcc 12.2.0`
    pub title: String,
    /// How many functions were called.
    pub called: usize,
    /// Those that got or gave something else than was sent, each with its declaration.
    pub wrong: Vec<String>,
}

impl Tally {
    /// `5000 calls, gcc 12.2.0: 0 wrong`
    pub fn line(&self) -> String {
        format!("{} calls, {}: {} wrong", self.called, self.title, self.wrong.len())
    }
}

/// The compilers whose functions can be called here.
pub fn compilers() -> Vec<Compiler> {
    match cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        true => Compiler::all_for("x86_64-linux-gnu"),
        false => Vec::new(),
    }
}

/// Generates, compiles and calls so many functions. `child` starts a process that calls [`work`] first of all.
pub fn run(
    direction: Direction,
    compiler: &Compiler,
    seed: u64,
    count: usize,
    child: &dyn Fn() -> Command,
) -> Result<Tally, String> {
    let mut tally = Tally { title: compiler.title.clone(), ..Tally::default() };
    let mut start = 0;
    while start < count {
        let end = (start + BATCH).min(count);
        let outcome = batch::run(direction, compiler, seed, start..end, child)?;
        tally.called += outcome.called;
        tally.wrong.extend(outcome.wrong);
        start = end;
    }
    Ok(tally)
}

/// Does what a parent process asks for in the environment; false if there is none.
pub fn work() -> Result<bool, String> {
    match batch::Batch::from_environment() {
        Some(batch) => worker::work(&batch).map(|()| true),
        None => Ok(false),
    }
}

/// Runs the command with these arguments; true if no call was wrong.
pub fn command(arguments: &[String]) -> Result<bool, String> {
    command_for(Direction::Out, arguments)
}

/// The same for calls in either direction.
pub fn command_for(direction: Direction, arguments: &[String]) -> Result<bool, String> {
    if work()? {
        return Ok(true);
    }
    let (mut count, mut seed, mut wanted) = (5000, 1, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("expected a value after {argument}"));
        let number = |text: &String| {
            text.parse::<u64>().map_err(|_| format!("expected a number after {argument}, found '{text}'"))
        };
        match argument.as_str() {
            "--count" => count = usize::try_from(number(value()?)?).unwrap_or(usize::MAX),
            "--seed" => seed = number(value()?)?,
            "--compiler" => wanted = Some(value()?.clone()),
            other => return Err(format!("unknown argument '{other}' of calls")),
        }
    }
    let mut compilers = compilers();
    compilers.retain(|compiler| {
        wanted.as_deref().is_none_or(|wanted| compiler.title.split(' ').next() == Some(wanted))
    });
    if compilers.is_empty() {
        return Err("found no compiler whose functions can be called here; install gcc or clang".to_string());
    }
    let program = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    let child = || {
        let mut command = Command::new(&program);
        command.arg("calls");
        command
    };
    let start = Instant::now();
    let mut is_right = true;
    for compiler in &compilers {
        let tally = run(direction, compiler, seed, count, &child)?;
        for wrong in tally.wrong.iter().take(SHOWN) {
            println!("{wrong}");
        }
        println!("{}", tally.line());
        is_right &= tally.wrong.is_empty();
    }
    println!("seed {seed}, {:.1} seconds", start.elapsed().as_secs_f64());
    Ok(is_right)
}

#[cfg(test)]
mod tests {
    use super::generate::case;

    #[test]
    fn the_same_seed_gives_the_same_functions() {
        let text = |seed| (0..20).map(|serial| case(seed, serial, true).code).collect::<String>();
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }
}
