//! What is said of mistakes: the whole message of every case, as a terminal shows it.

use eightbyte::Ffi;

const CASES: &str = include_str!("../cases/mistakes/cases.txt");

/// Number and text of each case.
fn cases() -> impl Iterator<Item = (&'static str, &'static str)> {
    CASES.split("\n=== ").skip(1).filter_map(|case| case.split_once('\n'))
}

#[test]
fn messages() {
    let mut said = String::new();
    for (number, text) in cases() {
        let text = text.trim_end_matches('\n');
        let ffi = Ffi::for_target(eightbyte::Target::X86_64_LINUX);
        let message = match ffi.cdef_named("case.h", text) {
            Ok(()) => "accepted".to_string(),
            Err(error) => error.to_string(),
        };
        said += &format!("=== {number}\n{text}\n---\n{message}\n\n");
        assert_eq!(ffi.show(), "", "case {number} left something behind");
    }
    insta::with_settings!({ snapshot_path => "../cases/mistakes", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("mistakes", said);
    });
}

#[test]
fn every_message_keeps_the_house_style() {
    for (number, text) in cases() {
        let Err(error) = Ffi::new().cdef(text) else { continue };
        for diagnostic in error.diagnostics() {
            let message = diagnostic.message();
            assert!(
                !message.ends_with('.') || message.ends_with("..."),
                "case {number}: a full stop: {message}"
            );
            assert!(!message.starts_with(char::is_uppercase), "case {number}: a capital: {message}");
            assert!(diagnostic.span().is_some(), "case {number}: no place: {message}");
        }
    }
}
