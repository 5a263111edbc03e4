//! `eightbyte layout`, for people.

use super::{directory, file, run, run_with};
use eightbyte::{Ffi, Target};

const RECORDS: &str = "
typedef long word;
struct point { char tag; double x; };
union u { int i; char c[5]; };
typedef struct { short a : 3, b : 9; } bits;
enum color { RED, BLUE = 2 };
";

#[test]
fn piped_text_is_the_librarys_own() {
    let ffi = Ffi::for_target(Target::X86_64_LINUX);
    ffi.cdef(RECORDS).unwrap();
    let layouts: Vec<String> =
        ffi.all_layouts().unwrap().iter().map(|layout| format!("{layout}\n")).collect();
    let ran = run_with(RECORDS, &["layout", "--target", "x86_64-linux-gnu", "-"]);
    assert_eq!((ran.stdout, ran.code), (layouts.join("\n"), Some(0)));
    assert_eq!(ran.stderr, "");
}

#[test]
fn types_are_picked_by_any_name() {
    let here = directory("picked");
    let header = file(&here, "a.h", RECORDS);
    for (name, first) in [
        ("struct point", "struct point: 16 bytes, align 8"),
        ("point", "struct point: 16 bytes, align 8"),
        ("union u", "union u: 8 bytes, align 4"),
        ("bits", "bits: 2 bytes, align 2"),
        ("word", "word: 8 bytes, align 8"),
        ("int[3]", "int[3]: 12 bytes, align 4"),
        ("struct point *", "struct point *: 8 bytes, align 8"),
    ] {
        let ran = run(&["layout", "--target", "x86_64-linux-gnu", "--type", name, &header]);
        assert_eq!(ran.stdout.lines().next(), Some(first), "{name}: {}", ran.stderr);
        assert_eq!(ran.code, Some(0));
    }
    let ran = run(&["layout", "--type", "color", "--type", "u", &header]);
    assert!(ran.stdout.starts_with("enum color") && ran.stdout.contains("\n\nunion u"), "{}", ran.stdout);
}

#[test]
fn unknown_types_are_errors() {
    let ran = run_with(RECORDS, &["layout", "--type", "struct pont", "-"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(1)));
    assert!(ran.stderr.contains("struct pont"), "{}", ran.stderr);
    let both = ["layout", "--target", "x86_64", "--target", "i686-linux-gnu", "--type", "nothing", "-"];
    let ran = run_with(RECORDS, &both);
    assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(1)));
}

#[test]
fn files_are_declared_in_order() {
    let here = directory("order");
    let first = file(&here, "first.h", "struct a { int x; };");
    let second = file(&here, "second.h", "struct b { struct a a[2]; };");
    let ran = run(&["layout", "--type", "struct b", &first, &second]);
    assert!(ran.stdout.starts_with("struct b: 8 bytes, align 4\n"), "{}", ran.stdout);
    let ran = run(&["layout", &second, &first]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("second.h:1:"), "{}", ran.stderr);
}

#[test]
fn two_targets_stand_side_by_side() {
    let text = "struct s { char c; long l; unsigned f : 3; }; struct same { int x; };";
    let ran = run_with(text, &["layout", "--target", "x86_64-linux-gnu", "--target", "i686-linux-gnu", "-"]);
    let expected = "\
struct s
   x86_64-linux-gnu  |     i686-linux-gnu
* 24 bytes, align 8  |  12 bytes, align 4
        offset size  |        offset size
             0    1  |             0    1  |  c  char
*            1    7  |             1    3  |  -- hole --
*            8    8  |             4    4  |  l  long
*         16:0   :3  |           8:0   :3  |  f  unsigned int
*         16:3  :61  |           8:3  :29  |  -- padding --

struct same
  x86_64-linux-gnu  |    i686-linux-gnu
  4 bytes, align 4  |  4 bytes, align 4
       offset size  |       offset size
            0    4  |            0    4  |  x  int

differences in 1 of 2 types on 2 targets
";
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str(), ran.code), (expected, "", Some(0)));
}

#[test]
fn signs_that_differ_are_told() {
    let text = "struct s { char c; };";
    let ran = run_with(text, &["layout", "--target", "x86_64", "--target", "aarch64-linux-gnu", "-"]);
    assert!(ran.stdout.contains("char (signed | unsigned)"), "{}", ran.stdout);
    assert!(ran.stdout.contains("differences in 1 of 1 type"), "{}", ran.stdout);
}

#[test]
fn what_one_target_cannot_have_is_told_and_the_rest_stands() {
    let text = "struct a { int x; };\n/* ; */ struct wide { char c; __int128 w; };\nstruct b { long y; };\n";
    let ran = run_with(text, &["layout", "--target", "x86_64", "--target", "i686-linux-gnu", "-"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.starts_with("for i686-linux-gnu:\nerror: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("<stdin>:2:31"), "{}", ran.stderr);
    let wide = ran.stdout.split("\n\n").find(|table| table.starts_with("struct wide")).expect("it is shown");
    assert!(wide.contains("* 32 bytes, align 16  |               -\n"), "{wide}");
    assert!(wide.contains("*            16   16  |          -    -  |  w  __int128"), "{wide}");
    assert!(ran.stdout.contains("struct a\n") && ran.stdout.contains("struct b\n"), "{}", ran.stdout);
}

#[test]
fn a_mistake_of_the_text_is_told_once() {
    let ran = run_with("struct s { itn x; };", &["layout", "--target", "x86_64", "--target", "i386", "-"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(1)));
    assert_eq!(ran.stderr.matches("error").count(), 1, "{}", ran.stderr);
}

#[test]
fn the_headers_of_the_project_are_laid_out() {
    let corner = concat!(env!("CARGO_MANIFEST_DIR"), "/../../headers/corner");
    for header in ["bitfields.h", "targets.h"] {
        let ran = run(&["layout", "--target", "x86_64", &format!("{corner}/{header}")]);
        assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
    }
    let path = format!("{corner}/targets.h");
    let mut arguments = vec!["layout", &path];
    for target in ["x86_64-linux-gnu", "i686-linux-gnu", "x86_64-windows-msvc", "aarch64-apple-darwin"] {
        arguments.extend(["--target", target]);
    }
    let ran = run(&arguments);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
}
