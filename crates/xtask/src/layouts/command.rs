//! The command line of `cargo xtask layouts`.

use super::generate::{self, Machine};
use super::{Compiler, Options, Profile, Tally, cases, run};
use std::io::Write;
use std::time::Instant;

/// What the arguments ask for.
struct Asked {
    options: Options,
    compiler: String,
    cases: Option<String>,
    print: bool,
    refusals: bool,
}

/// Runs the command with these arguments; true if nothing differs.
pub fn command(arguments: &[String]) -> Result<bool, String> {
    let Asked { mut options, compiler, cases, print, refusals } = read(arguments)?;
    if let Some(file) = cases {
        return cases::command(&file);
    }
    if print {
        return show(&options);
    }
    let wanted = |found: &Compiler| match compiler.as_str() {
        "gcc" => !found.is_clang(),
        "clang" => found.is_clang(),
        _ => true,
    };
    options.compilers = Compiler::all_for(&options.target).into_iter().filter(wanted).collect();
    if options.compilers.is_empty() {
        return Err(format!("found no such compiler for {}; install one (gcc or clang)", options.target));
    }
    let start = Instant::now();
    let tallies = run(&options)?;
    for difference in tallies.iter().flat_map(|tally| &tally.differences) {
        println!("{difference}\n");
    }
    for tally in &tallies {
        println!("{}", tally.line());
        for (message, count) in tally.refusals.iter().filter(|_| refusals) {
            println!("    {count} times: {message}");
        }
    }
    println!("{}, seed {}, {:.1} seconds", options.target, options.seed, start.elapsed().as_secs_f64());
    Ok(tallies.iter().all(Tally::is_clean))
}

fn read(arguments: &[String]) -> Result<Asked, String> {
    let mut options = Options {
        count: 20_000,
        seed: 1,
        profiles: Vec::new(),
        target: "x86_64-linux-gnu".to_string(),
        compilers: Vec::new(),
        judges_only: false,
    };
    let (mut compiler, mut cases, mut print, mut refusals) = ("both".to_string(), None, false, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("expected a value after {argument}"));
        let number = |text: &String| {
            text.parse().map_err(|_| format!("expected a number after {argument}, found '{text}'"))
        };
        match argument.as_str() {
            "--count" => options.count = number(value()?)? as usize,
            "--seed" => options.seed = number(value()?)?,
            "--profile" => options.profiles.push(match value()?.as_str() {
                "plain" => Profile::Plain,
                "gnu" => Profile::Gnu,
                "exotic" => Profile::Exotic,
                other => return Err(format!("expected the profile plain, gnu or exotic, found '{other}'")),
            }),
            "--target" => options.target = value()?.clone(),
            "--compiler" => {
                compiler = value()?.clone();
                if !["gcc", "clang", "both"].contains(&compiler.as_str()) {
                    return Err(format!("expected the compiler gcc, clang or both, found '{compiler}'"));
                }
            }
            "--judges" => options.judges_only = true,
            "--cases" => cases = Some(value()?.clone()),
            "--print" => print = true,
            "--refusals" => refusals = true,
            other => return Err(format!("unknown argument '{other}' of layouts")),
        }
    }
    if options.profiles.is_empty() {
        options.profiles = vec![Profile::Plain, Profile::Gnu];
    }
    Ok(Asked { options, compiler, cases, print, refusals })
}

fn show(options: &Options) -> Result<bool, String> {
    let machine = Machine::of(&options.target);
    let mut out = std::io::stdout().lock();
    for profile in &options.profiles {
        for serial in 0..options.count as u64 {
            let text = generate::group(options.seed, serial, *profile, machine).text();
            // A reader that has seen enough is no error.
            if writeln!(out, "/* {} {serial} */\n{text}", profile.name()).is_err() {
                return Ok(true);
            }
        }
    }
    Ok(true)
}
