//! The preprocessor against cases whose answers are gcc's, and against gcc itself where it is installed.

use eightbyte::{Ffi, Target};
use std::process::Command;
use xtask::expand;

const CASES: &str = include_str!("../cases/preprocess/cases.txt");

/// What is wrong, and what is said of it.
const MISTAKES: &str = include_str!("../cases/preprocess/mistakes.txt");

/// Name, text, expected tokens.
fn cases(all: &'static str) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    all.split("=== ").skip(1).filter_map(|case| {
        let (name, rest) = case.split_once('\n')?;
        let (text, expected) = rest.split_once("--- expands to\n")?;
        Some((name, text, expected))
    })
}

fn has_gcc_12() -> bool {
    let version = Command::new("gcc").arg("-dumpfullversion").output();
    let target = Command::new("gcc").arg("-dumpmachine").output();
    match (version, target) {
        (Ok(version), Ok(target)) => {
            version.stdout.starts_with(b"12.") && target.stdout.starts_with(b"x86_64-linux-gnu")
        }
        _ => false,
    }
}

#[test]
fn cases_expand_as_in_gcc() {
    let judged = has_gcc_12();
    if !judged {
        eprintln!("gcc 12 is not installed: its answers of the past are taken");
    }
    let mut count = 0;
    for (name, text, expected) in cases(CASES) {
        let ffi = Ffi::for_target(Target::X86_64_LINUX);
        let found = match ffi.expand("<stdin>", text, false) {
            Ok(found) => found,
            Err(error) => panic!("{name}: {error}"),
        };
        let (found, expected) = (expand::tokens(&found), expand::tokens(expected));
        assert_eq!(found, expected, "{name}");
        if judged {
            let gcc = expand::theirs(text, &[]).expect("gcc runs");
            assert_eq!(found, expand::tokens(&gcc), "{name}, by gcc");
        }
        count += 1;
    }
    assert!(count > 40);
}

#[test]
fn installed_headers_expand_as_in_gcc() {
    if !has_gcc_12() {
        eprintln!("gcc 12 is not installed: no headers are compared");
        return;
    }
    for set in expand::sets() {
        let Some(flags) = set.flags() else {
            eprintln!("{} is not installed: install {}", set.name, set.package);
            continue;
        };
        let outcome = expand::compare(set.text, &flags).expect("both expand");
        assert!(outcome.differences.is_empty(), "{}: {:?}", set.name, outcome.differences);
        assert!(outcome.count > 1000, "{}: {} tokens", set.name, outcome.count);
    }
}

#[test]
fn predefined_macros_are_those_of_gcc() {
    let compilers = [
        ("x86_64-linux-gnu", "gcc", ""),
        ("i686-linux-gnu", "gcc", "-m32"),
        ("aarch64-linux-gnu", "aarch64-linux-gnu-gcc", ""),
        ("x86_64-windows-gnu", "x86_64-w64-mingw32-gcc", ""),
    ];
    for (target, compiler, flag) in compilers {
        let target = Target::named(target).expect("it is in the table");
        let mut command = Command::new(compiler);
        command.args(["-dM", "-E", "-x", "c", "/dev/null"]);
        if !flag.is_empty() {
            command.arg(flag);
        }
        let version = Command::new(compiler).arg("-dumpversion").output();
        let (Ok(output), Ok(version)) = (command.output(), version) else {
            eprintln!("{compiler} is not installed");
            continue;
        };
        if !version.stdout.starts_with(b"12") || !has_gcc_12() {
            eprintln!("{compiler} is another version");
            continue;
        }
        let gcc = String::from_utf8(output.stdout).expect("gcc prints text");
        let mut gcc: Vec<&str> =
            gcc.lines().filter_map(|line| line.strip_prefix("#define ")).map(str::trim).collect();
        let ours = Ffi::for_target(target).macros().expect("the tables are right");
        let mut ours: Vec<&str> = ours.iter().map(|(_, definition)| definition.trim()).collect();
        gcc.sort_unstable();
        ours.sort_unstable();
        assert_eq!(ours, gcc, "{target}");
    }
}

#[test]
fn mistakes_are_explained() {
    let mut said = String::new();
    for case in MISTAKES.split("=== ").skip(1) {
        let Some((name, text)) = case.split_once('\n') else { continue };
        let ffi =
            Ffi::for_target(Target::X86_64_LINUX).without_system_headers().expect("nothing was read yet");
        let message = match ffi.cdef_named("case.h", text) {
            Ok(()) => "accepted".to_string(),
            Err(error) => error.to_string(),
        };
        said += &format!("=== {name}\n{message}\n\n");
        assert_eq!(ffi.show(), "", "{name} left something behind");
        assert!(ffi.constants("").expect("macros can be asked for").is_empty(), "{name} left a macro behind");
    }
    insta::with_settings!({ snapshot_path => "../cases/preprocess", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("mistakes", said);
    });
}

#[test]
fn bombs_are_errors() {
    let mut doubling = String::from("#define A0 x x\n");
    for level in 1..60 {
        doubling += &format!("#define A{level} A{0} A{0}\n", level - 1);
    }
    let arguments = "#define f(x) x x\n".to_owned() + &"f(".repeat(150) + "1" + &")".repeat(150);
    let deep = "#define f(x) x\n".to_owned() + &"f(".repeat(100_000) + "1" + &")".repeat(100_000);
    let strings =
        "#define s(x) #x\n#define g(x) s(x) s(x)\n".to_owned() + &"g(".repeat(150) + "1" + &")".repeat(150);
    let pasting = "#define c(a,b) a##b\n#define d(a,b) c(a,b)\n#define A d(B,B)\n#define B d(C,C)\n#define C d(D,D)\n#define D x\nint A;".to_owned();
    let conditions = "#if 1\n".repeat(2000) + &"#endif\n".repeat(2000);
    let parentheses = "#if ".to_owned() + &"(".repeat(100_000) + "1\n#endif";
    let signs = "#if ".to_owned() + &"!".repeat(100_000) + "1\n#endif";
    let splices = "#define x a\\\n".to_owned() + &"+\\\na".repeat(100_000) + "\nint y;";
    for (text, wrong) in [
        (doubling + "A59", true),
        (arguments, true),
        (deep, true),
        (strings, true),
        (pasting, false),
        (conditions, true),
        (parentheses, true),
        (signs, true),
        (splices, false),
        ("#include __FILE__".to_owned(), true),
    ] {
        let done = Ffi::new().expand("bomb.h", &text, false);
        assert_eq!(done.is_err(), wrong, "{}", &text[..text.len().min(60)]);
    }
}

#[test]
fn nothing_panics() {
    // Every case with a piece taken out, and every prefix of it.
    for (_, text, _) in cases(CASES) {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).step_by(3).collect();
        for &end in &ends {
            let _ = Ffi::for_target(Target::X86_64_LINUX).without_system_headers().map(|ffi| {
                let _ = ffi.expand("cut.h", &text[..end], end % 2 == 0);
                let _ = ffi.cdef(&text[end..]);
            });
        }
    }
}

#[test]
fn shuffled_lines_do_not_panic() {
    // Lines and words of all cases, thrown together; EIGHTBYTE_ROUNDS asks for more of them.
    let rounds: u64 =
        std::env::var("EIGHTBYTE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let lines: Vec<&str> =
        cases(CASES).flat_map(|(_, text, _)| text.lines()).chain(MISTAKES.lines()).collect();
    let words: Vec<&str> =
        lines.iter().flat_map(|line| line.split_inclusive([' ', '(', ',', ')', '#'])).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % below
    };
    for _ in 0..rounds {
        let mut text = String::new();
        for _ in 0..next(30) + 1 {
            if next(3) == 0 {
                text.push_str("#define ");
            }
            match next(3) {
                0 => (0..next(8)).for_each(|_| text.push_str(words[next(words.len())])),
                _ => text.push_str(lines[next(lines.len())]),
            }
            text.push_str(if next(12) == 0 { "\\\n" } else { "\n" });
        }
        let ffi =
            Ffi::for_target(Target::X86_64_LINUX).without_system_headers().expect("nothing was read yet");
        let before = ffi.macros().expect("they can be listed");
        if ffi.cdef(&text).is_err() {
            assert_eq!(ffi.macros().expect("they can be listed"), before, "left something behind:\n{text}");
        }
        let _ = ffi.expand("shuffled.h", &text, true);
    }
}
