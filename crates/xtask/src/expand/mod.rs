//! Headers expanded by the library and by `gcc -E`: the tokens must be the same.

mod sets;
mod timing;
mod tokens;

use eightbyte::Ffi;
pub use sets::{Set, sets};
use std::io::Write;
use std::process::{Command, Stdio};
pub use tokens::tokens;

/// What came of one set of headers.
pub struct Outcome {
    /// Tokens that the library made.
    pub count: usize,
    /// The first places where they differ from gcc's: a few tokens of both.
    pub differences: Vec<(String, String)>,
}

/// `cargo xtask headers --expand [NAME]...`
pub fn command(names: &[String]) -> Result<bool, String> {
    if Command::new("gcc").arg("--version").output().is_err() {
        return Err("gcc is not installed, and nobody else is asked".to_owned());
    }
    let mut good = true;
    let (mut ours, mut theirs) = (0.0, 0.0);
    println!(
        "{:22} {:>9} {:>11} {:>10} {:>10} {:>6}",
        "headers", "tokens", "differences", "ours ms", "gcc ms", "ratio"
    );
    for set in sets() {
        if !names.is_empty() && !names.iter().any(|name| *name == set.name) {
            continue;
        }
        let Some(flags) = set.flags() else {
            println!("{:22} not installed ({})", set.name, set.package);
            continue;
        };
        let outcome = compare(set.text, &flags)?;
        let (mine, gcc) = timing::measured(set.text, &flags)?;
        ours += mine;
        theirs += gcc;
        println!(
            "{:22} {:>9} {:>11} {:>10.2} {:>10.2} {:>6.2}",
            set.name,
            outcome.count,
            outcome.differences.len(),
            mine,
            gcc,
            mine / gcc
        );
        for (mine, gcc) in outcome.differences.iter().take(5) {
            good = false;
            println!("    ours: {mine}\n    gcc:  {gcc}");
        }
    }
    println!("{:22} {:>9} {:>11} {ours:>10.2} {theirs:>10.2} {:>6.2}", "all", "", "", ours / theirs);
    if cfg!(debug_assertions) {
        println!("(a debug build: for times, cargo run --release -p xtask -- headers --expand)");
    }
    Ok(good)
}

/// A text expanded by the library.
pub fn ours(text: &str, flags: &[String]) -> Result<String, String> {
    let ffi = Ffi::new();
    for flag in flags {
        if let Some(folder) = flag.strip_prefix("-I") {
            ffi.add_include_folder(folder).map_err(|error| error.to_string())?;
        } else if let Some(definition) = flag.strip_prefix("-D") {
            let (name, value) = definition.split_once('=').unwrap_or((definition, "1"));
            ffi.define(name, value).map_err(|error| error.to_string())?;
        }
    }
    ffi.expand("<stdin>", text, false).map_err(|error| error.to_string())
}

/// The same by gcc.
pub fn theirs(text: &str, flags: &[String]) -> Result<String, String> {
    let mut child = Command::new("gcc")
        .args(["-E", "-P", "-x", "c"])
        .args(flags)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("gcc cannot be run: {error}"))?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).map_err(|error| format!("gcc does not read: {error}"))?;
    }
    let output = child.wait_with_output().map_err(|error| format!("gcc failed: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Expands a text twice and compares.
pub fn compare(text: &str, flags: &[String]) -> Result<Outcome, String> {
    let (mine, gcc) = (ours(text, flags)?, theirs(text, flags)?);
    let (mine, gcc) = (tokens(&mine), tokens(&gcc));
    let mut differences = Vec::new();
    let (mut a, mut b) = (0, 0);
    while a < mine.len() || b < gcc.len() {
        if mine.get(a) == gcc.get(b) {
            (a, b) = (a + 1, b + 1);
            continue;
        }
        let shown = |all: &[&str], at: usize| {
            let from = at.saturating_sub(4).min(all.len());
            all[from..(at + 8).min(all.len())].join(" ")
        };
        differences.push((shown(&mine, a), shown(&gcc, b)));
        if differences.len() >= 20 {
            break;
        }
        match together(&mine[a..], &gcc[b..]) {
            Some((skip_a, skip_b)) => (a, b) = (a + skip_a, b + skip_b),
            None => break,
        }
    }
    Ok(Outcome { count: mine.len(), differences })
}

/// Where two lists go on in the same way.
fn together(mine: &[&str], gcc: &[&str]) -> Option<(usize, usize)> {
    const SAME: usize = 6;
    for sum in 1..400 {
        for a in 0..=sum {
            let b = sum - a;
            if let (Some(left), Some(right)) = (mine.get(a..a + SAME), gcc.get(b..b + SAME))
                && left == right
            {
                return Some((a, b));
            }
        }
    }
    None
}
