//! The declarations in `headers/`, against the headers that are installed here.

use xtask::headers::{HEADERS, Header, Outcome, compare, compare_text};

#[test]
fn they_say_what_the_system_says() {
    for header in HEADERS {
        match compare(header).unwrap() {
            Outcome::Compared { facts, differences } => {
                assert!(facts > 20, "{}: only {facts} facts", header.file);
                assert!(differences.is_empty(), "{}: {differences:#?}", header.file);
            }
            Outcome::Skipped(why) => eprintln!("SKIPPED: {} is not compared: {why}", header.file),
        }
    }
}

#[test]
fn planted_mistakes_are_found() {
    let header = Header {
        file: "planted.h",
        system: &["stdlib.h", "time.h", "signal.h"],
        libraries: &[],
        package: "libc6-dev",
    };
    for (planted, found) in [
        ("int atoi(char *text);", "atoi is 'int (char *text)'"),
        ("long atoi(const char *text);", "atoi is"),
        ("int no_such_function(void);", "no_such_function is"),
        ("enum { SIGHUP = 2 };", "SIGHUP == 2"),
        ("enum { NO_SUCH_CONSTANT = 2 };", "NO_SUCH_CONSTANT == 2"),
        ("typedef int time_t;", "sizeof(time_t) == 4"),
        ("typedef unsigned long time_t;", "time_t is 'unsigned long'"),
        ("struct timespec { long tv_nsec, tv_sec; };", "offsetof(struct timespec, tv_nsec) == 0"),
        ("struct timespec { int tv_sec; long tv_nsec; };", "timespec.tv_sec is 'int'"),
        ("typedef struct { int quot; } div_t;", "sizeof(div_t) == 4"),
        ("extern int environ_of_nobody;", "environ_of_nobody is"),
    ] {
        match compare_text(&header, planted).unwrap() {
            Outcome::Compared { differences, .. } => {
                assert!(differences.iter().any(|one| one.contains(found)), "{planted}: {differences:#?}");
            }
            Outcome::Skipped(why) => return eprintln!("SKIPPED: {why}"),
        }
    }
}
