//! `cargo xtask bench`: instructions beside their limits, times beside each other.
//!
//! Instructions, counted by callgrind, are the same from run to run and are what is judged. Times swing with the load
//! of the machine: they are shown as ratios of minima within one run, and judge nothing.

mod callgrind;
mod calls;
mod rows;

/// What the library of `bench calls` declares; its probe reads it.
pub use calls::HEADER as CALLS_HEADER;

use callgrind::Profile;
use rows::{CALLBACKS, CDATA, Limit, Row};
use std::collections::HashMap;
use std::process::Command;

/// Operations in each counted loop: many against what a loop sets up once.
const COUNT: u64 = 10_000;

/// Runs the command with these arguments; true if every row keeps to its limit.
pub fn command(arguments: &[String]) -> Result<bool, String> {
    match arguments {
        [] => {
            let memory = table("cdata_probe", &CDATA, nothing)?;
            println!();
            let callbacks = table("callback_probe", &CALLBACKS, calls::luajit_callbacks)?;
            println!();
            Ok(calls::run()? && memory && callbacks)
        }
        [what] if what == "cdata" => table("cdata_probe", &CDATA, nothing),
        [what] if what == "callbacks" => table("callback_probe", &CALLBACKS, calls::luajit_callbacks),
        [what] if what == "calls" => calls::run(),
        _ => {
            Err("expected 'cargo xtask bench', 'cargo xtask bench cdata', 'callbacks' or 'calls'".to_string())
        }
    }
}

type Times = HashMap<String, u64>;

fn nothing() -> Result<Times, String> {
    Ok(Times::new())
}

/// Measures and prints; `others` tells the times of what is compared with.
fn table(example: &str, rows: &[Row], others: fn() -> Result<Times, String>) -> Result<bool, String> {
    let probe = build(example)?;
    let counted = callgrind::count(&probe, &[&COUNT.to_string()])?;
    let mut times = times(&probe, &[])?;
    times.extend(others()?);
    println!("| operation | instructions | limit | against | time |");
    println!("|---|---|---|---|---|");
    let mut is_kept = true;
    // What is only shown may be missing on this machine
    let is_there = |row: &&Row| !matches!(row.limit, Limit::None) || times.contains_key(row.probe);
    for row in rows.iter().filter(is_there) {
        let verdict = judge(row, counted.as_ref());
        is_kept &= verdict.is_kept;
        println!(
            "| {} | {} | {} | {} | {} |",
            row.title,
            verdict.found,
            verdict.limit,
            row.base_title(rows),
            ratio(&times, row)
        );
    }
    println!();
    if counted.is_none() {
        println!("not gated: valgrind is missing");
    } else if !is_kept {
        println!("past a limit: see the rows that are marked");
    }
    Ok(is_kept)
}

struct Verdict {
    found: String,
    limit: String,
    is_kept: bool,
}

fn judge(row: &Row, counted: Option<&Profile>) -> Verdict {
    let each = |probe: &str| {
        counted.and_then(|counted| counted.costs.get(probe)).map(|all| *all as f64 / COUNT as f64)
    };
    let (found, base) = (each(row.probe), row.base.and_then(each));
    let empty = each("empty_loop").unwrap_or(0.0);
    let found = match row.limit {
        // Single operations are counted without the loop around them, loops as they are
        Limit::Instructions(_) => found.map(|found| (found - empty).max(0.0)),
        _ => found,
    };
    let most = match row.limit {
        Limit::None => None,
        Limit::Instructions(most) => Some(most),
        Limit::Times(factor) => base.map(|base| base * factor),
    };
    let limit = match row.limit {
        Limit::None => "-".to_string(),
        Limit::Instructions(most) => format!("{most}"),
        Limit::Times(factor) => match base {
            Some(base) => format!("{factor}x of {base:.1}"),
            None => format!("{factor}x"),
        },
    };
    let is_kept = counted.is_none()
        || match (found, row.limit, most) {
            (_, Limit::None, _) => true,
            (Some(found), _, Some(most)) => found <= most,
            // A probe that was not counted is no success
            _ => false,
        };
    let mark = if is_kept { "" } else { " (past the limit)" };
    let uncounted = if matches!(row.limit, Limit::None) { "-" } else { "not gated" };
    let found = found.map_or(uncounted.to_string(), |found| format!("{found:.1}{mark}"));
    Verdict { found, limit, is_kept }
}

fn ratio(times: &HashMap<String, u64>, row: &Row) -> String {
    let of = |probe: &str| times.get(probe).map(|time| *time as f64);
    match (of(row.probe), row.base.and_then(of)) {
        (Some(time), Some(base)) if base > 0.0 => format!("{:.2}x", time / base),
        _ => "-".to_string(),
    }
}

/// Builds a probe and returns its path.
fn build(name: &str) -> Result<String, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string());
    let arguments = ["build", "--release", "--quiet", "--package", "xtask", "--example", name];
    let output = Command::new(cargo)
        .args(arguments)
        .args(["--message-format", "json-render-diagnostics"])
        .output()
        .map_err(|error| format!("cargo did not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("the probe was not built:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let path = messages.lines().rev().find_map(|line| {
        let (_, rest) = line.split_once("\"executable\":\"")?;
        rest.split_once('"').map(|(path, _)| path.to_string())
    });
    path.ok_or_else(|| "cargo did not tell where the probe is".to_string())
}

/// The least time of one operation of each loop of a probe, in picoseconds.
fn times(probe: &str, arguments: &[&str]) -> Result<HashMap<String, u64>, String> {
    let output = Command::new(probe)
        .args(arguments)
        .output()
        .map_err(|error| format!("{probe} did not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("the probe failed:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    let lines = String::from_utf8_lossy(&output.stdout);
    let read = |line: &str| {
        let (name, time) = line.split_once(' ')?;
        Some((name.to_string(), time.parse().ok()?))
    };
    Ok(lines.lines().filter_map(read).collect())
}
