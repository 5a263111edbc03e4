//! `cargo xtask mutants`: deliberate faults, each of which `cargo test` must catch.
//!
//! A fault is a small textual replacement. One after another they are made in a copy of the workspace, and the tests
//! that are nearest are run there: those of the rooms themselves, then those of calls as a host makes them. The copy and
//! what was built from it stay in `target/mutants`, so that the next fault builds a few crates only.

mod copy;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use table::{MUTANTS, Mutant};

/// Parts of `cargo test`, the nearest first.
const TESTS: [&[&str]; 2] = [
    &["--lib", "--", "abi::", "engine::"],
    &["--test", "it", "--", "calls::", "guarded::", "hostile_process::", "narrow::", "short_ways::"],
];

/// A fault may turn into a loop.
const PATIENCE: Duration = Duration::from_secs(300);

/// Runs the command; true if every fault was caught.
pub fn command(arguments: &[String]) -> Result<bool, String> {
    let chosen: Vec<&Mutant> = match arguments {
        [] => MUTANTS.iter().collect(),
        [option, words] if option == "--only" => {
            MUTANTS.iter().filter(|mutant| mutant.name.contains(words.as_str())).collect()
        }
        _ => return Err("expected 'cargo xtask mutants [--only WORDS]'".to_string()),
    };
    if chosen.is_empty() {
        return Err("no fault has these words in its name".to_string());
    }
    let root = root()?;
    for mutant in &chosen {
        mutate(mutant, &read(&root.join(mutant.file))?)?;
    }
    let bench = Bench::new(&root)?;
    if let Some(caught) = bench.judge()? {
        return Err(format!("the tests fail without a fault: {caught}"));
    }
    let mut survivors = 0;
    for mutant in &chosen {
        let begin = Instant::now();
        let verdict = bench.with(mutant, || bench.judge())?;
        let line = match verdict {
            Some(caught) => format!("caught by {caught}"),
            None => {
                survivors += 1;
                "SURVIVED".to_string()
            }
        };
        println!("{}: {line} ({} s)", mutant.name, begin.elapsed().as_secs());
    }
    println!("{} faults, {survivors} survived", chosen.len());
    Ok(survivors == 0)
}

fn root() -> Result<PathBuf, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    here.canonicalize().map_err(|error| format!("{}: {error}", here.display()))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// The text with its fault.
fn mutate(mutant: &Mutant, text: &str) -> Result<String, String> {
    match text.matches(mutant.find).count() {
        1 => Ok(text.replacen(mutant.find, mutant.replace, 1)),
        count => Err(format!(
            "fault '{}': expected its text once in {}, found it {count} times; correct crates/xtask/src/mutants/table.rs:\n{}",
            mutant.name, mutant.file, mutant.find
        )),
    }
}

/// The copy in which faults are made.
struct Bench {
    root: PathBuf,
    copy: PathBuf,
    target: PathBuf,
}

impl Bench {
    fn new(root: &Path) -> Result<Bench, String> {
        let folder = root.join("target/mutants");
        let bench =
            Bench { root: root.to_owned(), copy: folder.join("workspace"), target: folder.join("target") };
        copy::update(root, &bench.copy)?;
        Ok(bench)
    }

    /// Makes the fault, asks, and takes it back.
    fn with<T>(&self, mutant: &Mutant, ask: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        let sound = read(&self.root.join(mutant.file))?;
        let path = self.copy.join(mutant.file);
        let write = |text: &str| {
            fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
        };
        write(&mutate(mutant, &sound)?)?;
        let answer = ask().map_err(|message| format!("fault '{}': {message}", mutant.name));
        write(&sound)?;
        answer
    }

    /// What fails, if anything does.
    fn judge(&self) -> Result<Option<String>, String> {
        for tests in TESTS {
            if let Some(caught) = self.run(tests)? {
                return Ok(Some(caught));
            }
        }
        Ok(None)
    }

    fn run(&self, tests: &[&str]) -> Result<Option<String>, String> {
        let cargo = |more: &[&str]| {
            let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string()));
            command.args(["test", "--package", "eightbyte"]).args(more).args(tests);
            command.current_dir(&self.copy).env("CARGO_TARGET_DIR", &self.target);
            command.env("INSTA_UPDATE", "no").env("RUST_BACKTRACE", "0");
            command
        };
        let built = cargo(&["--no-run"]).output().map_err(|error| format!("cargo did not start: {error}"))?;
        if !built.status.success() {
            return Err(format!("it does not compile:\n{}", String::from_utf8_lossy(&built.stderr)));
        }
        let log = self.target.join("log");
        let file =
            fs::File::create(&log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
        let errors = file.try_clone().map_err(|error| format!("cannot write {}: {error}", log.display()))?;
        let mut command = cargo(&[]);
        // One after another, so that the name of a test that kills its process is the last one written
        command.args(["--test-threads=1", "--format=pretty"]);
        command.stdin(Stdio::null()).stdout(file).stderr(errors);
        let mut child = command.spawn().map_err(|error| format!("cargo did not start: {error}"))?;
        let begin = Instant::now();
        let status = loop {
            match child.try_wait().map_err(|error| format!("cargo was lost: {error}"))? {
                Some(status) => break status,
                None if begin.elapsed() > PATIENCE => {
                    // Either of them fails only if it is over
                    let _ = child.kill();
                    let _ = child.wait();
                    return Ok(Some(format!("{} (it never ends)", last_begun(&read(&log)?))));
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        let printed = String::from_utf8_lossy(&fs::read(&log).unwrap_or_default()).into_owned();
        Ok((!status.success()).then(|| failures(&printed)))
    }
}

/// The tests that failed, or the one that took its process with it.
fn failures(printed: &str) -> String {
    let failed = |line: &str| Some(line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?.to_owned());
    let names: Vec<String> = printed.lines().filter_map(failed).collect();
    match names.as_slice() {
        [] => format!("{} (it crashes)", last_begun(printed)),
        [one] => one.clone(),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    }
}

fn last_begun(printed: &str) -> String {
    let begun = |line: &str| Some(line.strip_prefix("test ")?.split_once(" ... ")?.0.to_owned());
    printed.lines().filter_map(begun).next_back().unwrap_or_else(|| "no test by name".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_place() {
        let root = root().unwrap();
        for mutant in MUTANTS {
            let sound = read(&root.join(mutant.file)).unwrap();
            let faulty = mutate(mutant, &sound).unwrap();
            assert_ne!(faulty, sound, "{}", mutant.name);
        }
    }

    #[test]
    fn what_failed() {
        let printed = "test a::b ... ok\ntest a::c ... FAILED\ntest a::d ... FAILED\n";
        assert_eq!(failures(printed), "a::c and 1 more");
        assert_eq!(failures("test a::b ... ok\ntest a::c ... error: signal: 11"), "a::c (it crashes)");
    }
}
