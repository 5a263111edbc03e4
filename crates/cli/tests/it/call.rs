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
fn a_name_is_enough_where_a_header_comes_with_the_program() {
    assert_eq!(called(&["m", "hypot", "3", "4"]), "=> 5\n");
    assert_eq!(called(&["libm.so.6", "frexp", "8", "&"]), "=> 0.5\nexponent => 4\n");
    assert_eq!(called(&["c", "div", "-7", "2"]), "=> { .quot = -3, .rem = -1 }\n");
    assert_eq!(called(&["c", "printf", "%d\\n", "EOF"]), "-1\n=> 3\n");
    assert_eq!(called(&["m", "csqrt", "{-1, 0}"]), "=> { 0, 1 }\n");
    let directory = super::directory("include");
    let own = super::file(&directory, "own.h", "typedef int number; enum { SEVEN = 7 }; number abs(number);");
    assert_eq!(called(&["-i", &own, "c", "abs", "-SEVEN"]), "=> 7\n");
    assert_eq!(called(&["-i", &own, "c", "labs", "-8"]), "=> 8\n");
    let stat = "int stat(const char *, struct stat *status)";
    assert!(called(&["-i", "libc.h", "c", stat, "/", "&"]).contains(".st_size = "));
}

#[test]
fn lists_and_memory() {
    let div = "typedef struct { int quot, rem; } div_t; div_t div(int, int)";
    assert_eq!(called(&["c", div, "7", "2"]), "=> { .quot = 3, .rem = 1 }\n");
    assert_eq!(called(&["c", "mktime", "{.tm_year = 100, .tm_mday = 1, .tm_isdst = 0}"]).lines().count(), 1);
    let texts = "{\"echo\", \"a, \\\"b\\\"\", NULL}";
    assert_eq!(called(&["c", "execv", "/bin/echo", texts]), "a, \"b\"\n");
    assert_eq!(called(&["c", "pipe", "&2"]).lines().count(), 2);
    assert_eq!(called(&["c", "strtol", "12xyz", "&", "10"]), "=> 12\nend => \"xyz\"\n");
    assert_eq!(called(&["c", "memcmp", "(int[]){1, 2}", "(short[]){1, 0, 2, 0}", "8"]), "=> 0\n");
    assert_eq!(called(&["c", "qsort", "&(char[4]){\"cab\"}", "3", "1", "strcmp"]), "base => \"abc\"\n");
    assert_eq!(
        called(&["c", "void *memcpy(int *to, const int *from, size_t n)", "&3", "{1,2,3}", "12"])
            .lines()
            .nth(1),
        Some("to => { 1, 2, 3 }")
    );
    assert_eq!(called(&["m", "double frexp(double, int *)", "8", "&{5}"]), "=> 0.5\nargument 2 => 4\n");
    assert_eq!(called(&["c", "size_t wcslen(const wchar_t *)", "h\u{e9}"]), "=> 2\n");
    let snprintf = ["c", "snprintf", "&16", "16", "%s-%d", "abc", "5"];
    assert_eq!(called(&snprintf), "=> 5\nto => \"abc-5\"\n");
}

#[test]
fn formats_decide_what_stands_behind_them() {
    assert_eq!(
        called(&["c", "sscanf", "12 apples 2.5 x", "%d %s %lf %c", "&", "&", "&", "&"]),
        "=> 4\nargument 3 => 12\nargument 4 => \"apples\"\nargument 5 => 2.5\nargument 6 => \"x\"\n"
    );
    let sscanf = "int sscanf(const char*, const char*, ...)";
    assert_eq!(
        called(&["c", sscanf, "12 x", "%hd %3s", "&", "&8"]),
        "=> 2\nargument 3 => 12\nargument 4 => \"x\"\n"
    );
    assert_eq!(called(&["c", "printf", "%.1f %ld %hhx %s\\n", "3", "7", "255", "5"]), "3.0 7 ff 5\n=> 11\n");
    assert_eq!(called(&["c", "printf", "%Lg|%*d\\n", "0.5", "3", "1"]), "0.5|  1\n=> 8\n");
}

#[test]
fn whatever_stands_behind_the_function_is_an_argument() {
    for word in ["-i", "--help", "-3", "-"] {
        assert_eq!(called(&["c", "puts", word]), format!("{word}\n=> {}\n", word.len() + 1));
    }
    assert_eq!(called(&["c", "abs", "--", "-3"]), "=> 3\n");
    assert_eq!(called(&["c", "puts", "--", "--"]), "--\n=> 3\n");
}

#[test]
fn a_declaration_that_cannot_be_true_is_remarked() {
    let ran = run(&["call", "m", "int cos(int)", "1"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.stderr.contains("libm.h declares it otherwise: 'double cos(double x)'"), "{}", ran.stderr);
    // The same registers, the same widths: nobody is bothered.
    assert_eq!(called(&["c", "long strlen(const unsigned char *)", "abc"]), "=> 3\n");
}

#[test]
fn failures_show_errno() {
    assert_eq!(
        called(&["c", "open", "/no/such/file", "O_RDONLY"]),
        "=> -1, errno 2 ENOENT: no such file or directory\n"
    );
    let open = "int open(const char *path, int flags, ...)";
    assert!(called(&["c", open, "/no/such/file", "O_RDONLY | O_CLOEXEC"]).contains("ENOENT"));
    assert!(called(&["c", "fopen", "/no/such/file", "r"]).starts_with("=> NULL, errno 2 ENOENT"));
    assert!(called(&["m", "log", "-1"]).starts_with("=> nan, errno 33 EDOM"));
}

#[test]
fn a_crash_is_an_answer() {
    let crashed = |arguments: &[&str], code: i32, words: &[&str]| {
        let ran = run(&[&["call"], arguments].concat());
        assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(code)), "{arguments:?}: {}", ran.stderr);
        for word in words {
            assert!(ran.stderr.contains(word), "{arguments:?}, {word}: {}", ran.stderr);
        }
    };
    crashed(
        &["c", "int atoi(int)", "1"],
        128 + 11,
        &[
            "SIGSEGV at 0x1 in libc.so.6",
            "atoi+0x",
            "argument 1 was 1",
            "libc.h",
            "int atoi(const char *text)",
        ],
    );
    crashed(&["c", "strlen", "NULL"], 128 + 11, &["SIGSEGV at 0x0", "argument 1 was NULL"]);
    crashed(&["c", "abort"], 128 + 6, &["SIGABRT in libc.so.6"]);
    crashed(&["c", "raise", "SIGKILL"], 128 + 9, &["ended by SIGKILL"]);
    assert_eq!(run(&["call", "c", "exit", "3"]).code, Some(3));
}

#[test]
fn what_a_newcomer_gets_wrong() {
    for (arguments, code, words) in [
        (&["c", "abs"][..], 2, "'abs' takes 1 argument, 0 given: int abs(int number)"),
        (&["m", "hipot", "3", "4"], 2, "did you mean 'hypot'?"),
        (&["c", "wcslen", "x"], 2, "has 'wcslen', but no header"),
        (&["z", "wcslem", "x"], 2, "no header that comes with eightbyte"),
        (&["m", "double", "hypot(double, double)", "3", "4"], 2, "quote the whole"),
        (&["hypot", "3", "4"], 2, "first the library, then the function"),
        (&["c", "abs(-3)"], 1, "eightbyte call c abs -3"),
        (&["c", "time", "5"], 2, "'&{5}' points to one"),
        (&["c", "int abs(int)", "{1"], 2, "expected an integer"),
        (&["c", "printf", "%d\\n", "abc"], 2, "'%d': expected an integer"),
        (&["c", "printf", "%s\\n"], 1, "'%s' needs an argument"),
        (&["c", "printf", "%y\\n", "1"], 1, "unknown conversion"),
        (&["c", "sscanf", "1", "%d", "5"], 2, "expected a pointer"),
        (&["c", "sscanf", "1", "%9s", "&4"], 2, "needs room for 10 characters"),
        (&["c", "read", "0", "&", "1"], 2, "write '&64' for 64 bytes"),
        (&["c", "read", "0", "{1}", "1"], 2, "(int[]){1}"),
        (&["c", "stat", "/", "&x"], 2, "expected a number of elements"),
        (&["c", "execv", "/bin/echo", "{\"echo\", 1}"], 2, "expected texts such as"),
        (&["c", "execv", "/bin/echo", "{\"echo}"], 2, "expected texts such as"),
        (&["c", "fclose", "&"], 2, "no room for what 'FILE *' points to"),
        (&["c", "gmtime", "{1"], 2, "in '{1'"),
        (&["c", "mktime", "{.year = 1}"], 2, "no member 'year'"),
        (&["c", "qsort", "&(int[]){1}", "1", "4", "no_such"], 2, "expected NULL or a function"),
        (&["c", "vprintf", "%d", "5"], 2, "va_list"),
        (&["c", "int f(", "1"], 1, "<declarations>"),
        (&["-i", "no_such_file.h", "c", "abs", "1"], 2, "cannot read no_such_file.h"),
        (&["c", ""], 2, "no function"),
        (&["", "abs", "1"], 2, "library is empty"),
        (&["c", "puts", "\\q"], 2, "unknown escape"),
        (&["/etc/passwd", "abs", "1"], 2, "/etc/passwd"),
    ] {
        let ran = run(&[&["call"], arguments].concat());
        assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(code)), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{arguments:?}: {}", ran.stderr);
    }
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
