//! `eightbyte call`, in the C library of this machine.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use super::run;

/// The output of a call that must succeed.
fn called(arguments: &[&str]) -> String {
    let ran = run(&[&["call"], arguments].concat());
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)), "{arguments:?}");
    ran.stdout
}

#[test]
fn what_c_prints_comes_first() {
    let printf = "int printf(const char *format, ...)";
    assert_eq!(called(&["c", printf, "Hello %s!\\n", "world"]), "Hello world!\n=> 13\n");
    assert_eq!(
        called(&["c", printf, "%d %.2f %c %s %ld\\n", "-3", "3.5", "'x'", "a b", "7l"]),
        "-3 3.50 x a b 7\n=> 16\n"
    );
    assert_eq!(
        called(&["c", printf, "%u %llx\\n", "4294967295u", "0xffffffffffffffff"]),
        "4294967295 ffffffffffffffff\n=> 28\n"
    );
}

#[test]
fn arguments_follow_the_declaration() {
    assert_eq!(called(&["c", "int abs(int)", "-5"]), "=> 5\n");
    assert_eq!(called(&["m", "double hypot(double, double)", "3", "4.0"]), "=> 5\n");
    assert_eq!(called(&["m", "float fabsf(float x);", "-0.1"]), "=> 0.1\n");
    assert_eq!(called(&["c", "size_t strlen(const char *text)", "0x10"]), "=> 4\n");
    assert_eq!(
        called(&["c", "enum color { RED, BLUE = 7 }; enum color abs(enum color)", "BLUE"]),
        "=> BLUE\n"
    );
    assert_eq!(called(&["m", "double exp(double)", "500"]), "=> 1.4035922178528375e217\n");
    assert_eq!(called(&["c", "int toupper(int)", "'a'"]), "=> 65\n");
    assert_eq!(called(&["c", "void free(void *)", "NULL"]), "");
    let div = "typedef struct { int quot, rem; } div_t; div_t div(int, int)";
    assert_eq!(called(&["c", div, "7", "2"]), "=> { .quot = 3, .rem = 1 }\n");
}

#[test]
fn strings_come_back() {
    assert_eq!(
        called(&["c", "char *strchr(const char *, int)", "a\\tb\\\"c", "'\\t'"]),
        "=> \"\\tb\\\"c\"\n"
    );
    assert_eq!(called(&["c", "char *getenv(const char *)", "EIGHTBYTE_IS_NOT_SET"]), "=> NULL\n");
    assert_eq!(
        called(&["c", "char *strcat(char *, const char *)", "ab\\0      ", "\\xe9"]),
        "=> \"ab\\351\"\n"
    );
}

#[test]
fn mistakes_have_their_exit_codes() {
    for (arguments, code, words) in [
        (&["c", "int abs(itn)", "1"][..], 1, "<declarations>:1:9"),
        (&["c", "int no_such_function_at_all(void)"], 1, "no_such_function_at_all"),
        (&["c", "int abs(int)"], 2, "takes 1 argument, 0 given"),
        (&["c", "int abs(int)", "x"], 2, "argument 1 of abs: expected an integer"),
        (&["c", "int abs;"], 2, "no function"),
        (&["no_such_library_at_all", "int abs(int)", "1"], 2, "no_such_library_at_all"),
        (&["c"], 2, "DECLARATIONS"),
    ] {
        let ran = run(&[&["call"], arguments].concat());
        assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(code)), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
    }
}
