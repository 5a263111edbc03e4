//! `cargo xtask fuzz`: texts that nobody would write, and what the library makes of them.
//!
//! A child makes texts and tries each on a thread with a small stack; the text is on disk before it is tried, so that
//! what ends the child (a stack overflow, a hang) can be told as well. What is found is made smaller and printed.

mod child;
mod corpus;
mod declare;
mod directives;
mod measure;
mod minimise;
mod mutate;
mod trial;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
pub use trial::{Verdict, tried};

/// A child that has not finished a text after this time hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// So many findings of a kind are made smaller.
const SHOWN: u32 = 3;

/// After so many findings there is enough to do.
const MOST: u32 = 12;

/// Runs the command; true if nothing was found.
pub fn command(arguments: &[String]) -> Result<bool, String> {
    let mut minutes = 1.0;
    let mut seed = 0;
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("expected a value after {word}"));
        match word {
            "--minutes" => minutes = number(value()?)?,
            "--seed" => seed = number(value()?)?,
            "--child" => {
                let (seed, seconds) = (number(value()?)?, number(value()?)?);
                return child::run(seed, seconds, Path::new(value()?));
            }
            "--one" => return child::one(Path::new(value()?)),
            _ => return Err(format!("expected --minutes N or --seed N, found '{word}'")),
        }
    }
    let folder = std::env::temp_dir().join(format!("eightbyte-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let outcome = hunt(&folder, seed, Duration::from_secs_f64(minutes * 60.0));
    // Nothing is lost if it stays.
    let _ = std::fs::remove_dir_all(&folder);
    outcome
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("expected a number, found '{text}'"))
}

fn hunt(folder: &Path, mut seed: u64, time: Duration) -> Result<bool, String> {
    let begin = Instant::now();
    let case = folder.join("case.txt");
    let mut found: BTreeMap<String, u32> = BTreeMap::new();
    let mut count = 0u64;
    while found.values().sum::<u32>() < MOST {
        let left = time.saturating_sub(begin.elapsed());
        if left.is_zero() {
            break;
        }
        let seconds = left.as_secs().max(1).to_string();
        let arguments = ["--child", &seed.to_string(), &seconds, &path(&case)];
        let (kind, texts) = watched(start(&arguments)?, &case)?;
        count += texts;
        seed = seed.wrapping_add(1);
        let Some(kind) = kind else { continue };
        let times = found.entry(trial::kind_of(&kind).to_owned()).or_default();
        *times += 1;
        if *times <= SHOWN {
            let text =
                std::fs::read_to_string(&case).map_err(|error| format!("the case is lost: {error}"))?;
            report(&kind, &text, folder)?;
        }
    }
    let rate = count as f64 / begin.elapsed().as_secs_f64();
    println!(
        "fuzz: {count} texts in {} s ({rate:.0} a second), {} findings",
        begin.elapsed().as_secs(),
        found.values().sum::<u32>()
    );
    for (kind, times) in &found {
        println!("    {times} x {kind}");
    }
    Ok(found.is_empty())
}

/// Makes a text smaller that shows a mistake, and prints it.
fn report(kind: &str, text: &str, folder: &Path) -> Result<(), String> {
    let case = folder.join("smaller.txt");
    let shows = |text: &str| {
        std::fs::write(&case, text).is_ok()
            && start(&["--one", &path(&case)]).and_then(|child| watched(child, &case)).is_ok_and(
                |(found, _)| found.is_some_and(|found| trial::kind_of(&found) == trial::kind_of(kind)),
            )
    };
    println!("==> {kind}");
    if shows(text) {
        let small = minimise::smaller(text, shows);
        println!("{}\n    as a literal: {small:?}\n", small.trim_end());
    } else {
        println!("    (not seen again when the text is tried alone)\n{:.2000}\n", text);
    }
    Ok(())
}

fn start(arguments: &[&str]) -> Result<Child, String> {
    let program = std::env::current_exe().map_err(|error| format!("this program is lost: {error}"))?;
    Command::new(program)
        .arg("fuzz")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot start a child: {error}"))
}

/// Waits for a child: what it found, and how many texts it tried.
fn watched(mut child: Child, case: &Path) -> Result<(Option<String>, u64), String> {
    let fails = |error: std::io::Error| format!("the child is lost: {error}");
    let started = Instant::now();
    let mut hung = false;
    let mut pause = Duration::from_micros(500);
    let status = loop {
        if let Some(status) = child.try_wait().map_err(fails)? {
            break status;
        }
        let changed = std::fs::metadata(case).and_then(|facts| facts.modified()).ok();
        let quiet = changed.and_then(|changed| changed.elapsed().ok()).unwrap_or_default();
        if quiet > PATIENCE && started.elapsed() > PATIENCE {
            hung = true;
            child.kill().map_err(fails)?;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    };
    let mut said = String::new();
    if let Some(mut output) = child.stdout.take() {
        // What is no text was not written by a child of ours.
        let _ = std::io::Read::read_to_string(&mut output, &mut said);
    }
    let texts = said.lines().find_map(|line| line.strip_prefix("texts ")?.parse().ok()).unwrap_or(0);
    let kind = said.lines().find_map(|line| line.strip_prefix("found "));
    Ok(match (hung, status.code(), kind) {
        (true, ..) => (Some("hangs".to_owned()), texts),
        (_, Some(0), None) => (None, texts),
        (_, _, Some(kind)) => (Some(kind.to_owned()), texts),
        (_, code, None) => (Some(format!("ends the process: {}", ending(code, status))), texts),
    })
}

fn ending(code: Option<i32>, status: std::process::ExitStatus) -> String {
    code.map_or_else(|| status.to_string(), |code| format!("exit status {code}"))
}

fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The top of the repository.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
