//! Help, exit codes, streams.

use super::{run, run_with};
use std::process::{Command, Stdio};

#[test]
fn wrong_text_is_1_with_its_place() {
    let ran = run_with("struct s {\n    itn x;\n};", &["layout", "-"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(1)));
    assert!(ran.stderr.contains("<stdin>:2:5") && ran.stderr.contains("^^^"), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
}

#[test]
fn wrong_usage_is_2() {
    for arguments in [
        &["layout"][..],
        &["layout", "--nonsense", "-"],
        &["layout", "--target", "pdp11", "-"],
        &["layout", "--json", "--lock", "x", "-"],
        &["layout", "/nowhere/to/be/found.h"],
        &["layout", "/"],
        &["nonsense"],
        &[],
    ] {
        let ran = run(arguments);
        assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(2)), "{arguments:?}: {}", ran.stderr);
        assert!(!ran.stderr.is_empty());
    }
}

#[test]
fn help_tells_purpose_options_and_examples() {
    for (command, words) in [
        (
            "layout",
            &["--target", "--json", "--lock", "--check", "i686-linux-gnu", "Examples:", "standard input"][..],
        ),
        ("call", &["Examples:", "printf", "LIB"]),
    ] {
        let ran = run(&[command, "--help"]);
        assert_eq!(ran.code, Some(0));
        for word in words {
            assert!(ran.stdout.contains(word), "{word}: {}", ran.stdout);
        }
    }
    assert_eq!(run(&["--version"]).stdout, format!("eightbyte {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_broken_pipe_is_quiet() {
    let mut text = String::new();
    for number in 0..20_000 {
        text += &format!("struct s{number} {{ char c; int x; }};\n");
    }
    let header = super::file(&super::directory("pipe"), "long.h", &text);
    let mut child = Command::new(env!("CARGO_BIN_EXE_eightbyte"))
        .args(["layout", &header])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("the program ends");
    assert_eq!((ended.stderr.as_slice(), ended.status.code()), (&b""[..], Some(0)));
}

#[test]
fn latin_1_in_a_comment_is_no_mistake() {
    let here = super::directory("latin");
    let path = here.join("a.h");
    std::fs::write(&path, b"/* \xe9 */ struct s { int x; };").expect("the file is written");
    let ran = run(&["layout", &path.display().to_string()]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
}
