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

/// The text without escape sequences.
fn stripped(text: &str) -> String {
    let mut pieces = text.split('\u{1b}');
    let first = pieces.next().unwrap_or("").to_string();
    pieces.fold(first, |text, piece| text + piece.split_once('m').map_or(piece, |(_, rest)| rest))
}

#[test]
fn colours_change_no_word() {
    let here = super::directory("colours");
    let header = super::file(
        &here,
        "a.h",
        "struct s { char c; long l; union { int i; char t[70]; }; }; enum e { A };",
    );
    let lock = super::file(&here, "a.lock", "target x86_64-linux-gnu\n\nstruct s: 8 bytes, align 4\n");
    let both = ["--target", "x86_64-linux-gnu", "--target", "i686-linux-gnu"];
    for arguments in [
        &["layout", &header][..],
        &["layout", both[0], both[1], both[2], both[3], &header],
        &["layout", "--check", &lock, &header],
    ] {
        let plain = run(arguments).stdout;
        let coloured = |variable: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_eightbyte"));
            let output = command.args(arguments).env("CLICOLOR_FORCE", "1").env(variable, "1").output();
            String::from_utf8_lossy(&output.expect("the program runs").stdout).into_owned()
        };
        let shown = coloured("TERM_PROGRAM");
        assert!(shown.contains("\u{1b}[1m"), "{shown}");
        assert_eq!(stripped(&shown), plain);
        assert!(!plain.contains('\u{1b}'));
        assert_eq!(coloured("NO_COLOR"), plain);
    }
}
