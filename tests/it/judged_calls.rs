//! Random functions, compiled by gcc and by clang, called by the library and calling its callbacks; `cargo xtask calls` and
//! `cargo xtask callbacks` make more.

use std::process::Command;
use xtask::calls::{self, Direction};

/// What `judged` starts in a process of its own, where a crash ends nothing else.
#[test]
fn worker() {
    calls::work().unwrap();
}

#[test]
fn judged() {
    let compilers = calls::compilers();
    if compilers.is_empty() {
        eprintln!("SKIPPED: no compiler whose functions can be called here; install gcc or clang");
    }
    let program = std::env::current_exe().unwrap();
    let child = || {
        let mut command = Command::new(&program);
        command.args(["--exact", "judged_calls::worker"]);
        command
    };
    for compiler in &compilers {
        for direction in [Direction::Out, Direction::In] {
            let tally = calls::run(direction, compiler, 7, 150, &child).unwrap();
            assert!(tally.wrong.is_empty(), "{}\n{}", tally.wrong.join("\n"), tally.line());
            assert_eq!(tally.called, 150);
        }
    }
}
