//! Layouts: numbered cases on every target, and random declarations with gcc as the judge.

use xtask::layouts::{Compiler, Options, Profile, cases, ours, run};

const CASES: &str = include_str!("../cases/layouts/cases.txt");
const TARGET: &str = "x86_64-linux-gnu";

#[test]
fn every_case_on_every_target() {
    let cases = cases::parse(CASES).unwrap();
    let (mut checked, mut different) = (0, Vec::new());
    for case in &cases {
        for target in cases::TARGETS {
            let (expected, found) = (case.expected(target), case.found(target, &ours(&case.text, target)));
            checked += 1;
            if found != expected {
                let (number, title, text) = (case.number, &case.title, &case.text);
                different.push(format!(
                    "case {number}, {title}, on {target}\n{text}  expected {expected}\n  found    {found}\n"
                ));
            }
        }
    }
    assert!(checked > 0, "no cases");
    assert!(
        different.is_empty(),
        "{}\n{} of {checked} differ from the compilers",
        different.join("\n"),
        different.len()
    );
}

#[test]
fn plain_declarations_as_gcc_has_them() {
    agrees_with_gcc(Profile::Plain, 11);
}

#[test]
fn gnu_declarations_as_gcc_has_them() {
    agrees_with_gcc(Profile::Gnu, 12);
}

fn agrees_with_gcc(profile: Profile, seed: u64) {
    let Some(gcc) = Compiler::all_for(TARGET).into_iter().find(|compiler| !compiler.is_clang()) else {
        eprintln!("SKIPPED: no gcc here, so nobody can judge random layouts; install gcc");
        return;
    };
    let options = Options {
        count: 300,
        seed,
        profiles: vec![profile],
        target: TARGET.to_string(),
        compilers: vec![gcc],
        judges_only: false,
    };
    let tallies = run(&options).unwrap();
    for tally in &tallies {
        assert!(tally.is_clean(), "{}\n\n{}", tally.differences.join("\n\n"), tally.line());
        assert!(tally.compared >= 200, "too few were compared: {}", tally.line());
    }
}

/// What a person sees of every case: the layout, and the declarations written back as C.
#[test]
fn every_case_drawn() {
    let mut drawn = String::new();
    for case in &cases::parse(CASES).unwrap() {
        let ffi = eightbyte::Ffi::for_target(eightbyte::Target::X86_64_LINUX);
        ffi.cdef(&case.text).unwrap();
        let layouts: Vec<String> = ffi.all_layouts().unwrap().iter().map(ToString::to_string).collect();
        drawn += &format!(
            "=== {} {}\n{}---\n{}---\n{}\n\n",
            case.number,
            case.title,
            case.text,
            ffi.show(),
            layouts.join("\n")
        );
    }
    insta::with_settings!({ snapshot_path => "../cases/layouts", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("drawn", drawn);
    });
}
