//! Lock files: written, compared, and what has changed.

use super::{directory, file, run};

const BEFORE: &str = "struct a { char c; int x; };\nstruct b { long l; };\n";
const AFTER: &str = "struct a { char c; short s; int x; };\nstruct b { long l; };\n";

#[test]
fn round_trip() {
    let here = directory("lock");
    let header = file(&here, "a.h", BEFORE);
    let lock = here.join("a.lock").display().to_string();
    let both = ["--target", "x86_64-linux-gnu", "--target", "i686-linux-gnu"];
    let ran = run(&[&["layout", "--lock", &lock, &header][..], &both].concat());
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));

    let text = std::fs::read_to_string(&lock).expect("it was written");
    let first = text.lines().next().expect("it has lines");
    let renewing = format!("--lock {lock} --target x86_64-linux-gnu --target i686-linux-gnu {header}");
    assert!(first.starts_with('#') && first.ends_with(&renewing), "{first}");
    assert_eq!(text.matches("\ntarget ").count(), 2);

    let ran = run(&["layout", "--check", &lock, &header]);
    assert_eq!((ran.stdout.lines().count(), ran.stderr.as_str(), ran.code), (1, "", Some(0)));
    assert!(ran.stdout.ends_with("2 layouts on 2 targets unchanged\n"), "{}", ran.stdout);

    file(&here, "a.h", AFTER);
    let ran = run(&["layout", "--check", &lock, &header]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(1)));
    let hunk = "\
@@ -5,6 +5,7 @@ x86_64-linux-gnu: struct a
 struct a: 8 bytes, align 4
     offset   size  member
          0      1  char c
-         1      3  -- hole of 3 bytes --
+         1      1  -- hole of 1 byte --
+         2      2  short s
          4      4  int x
-  2 members, 1 hole of 3 bytes
+  3 members, 1 hole of 1 byte
";
    assert!(ran.stdout.starts_with(&format!("--- {lock} (locked)\n+++ {header} (now)\n")), "{}", ran.stdout);
    assert!(ran.stdout.contains(hunk), "{}", ran.stdout);
    assert!(ran.stdout.contains(" @@ i686-linux-gnu: struct a\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("struct b"), "{}", ran.stdout);

    let ran = run(&["layout", "--check", &lock, "--target", "i686-linux-gnu", &header]);
    assert!(!ran.stdout.contains("x86_64") && ran.code == Some(1), "{}", ran.stdout);
}

#[test]
fn a_target_that_was_not_locked_is_all_new() {
    let here = directory("newtarget");
    let header = file(&here, "a.h", BEFORE);
    let lock = here.join("a.lock").display().to_string();
    assert_eq!(run(&["layout", "--lock", &lock, "--target", "x86_64", &header]).code, Some(0));
    let ran = run(&["layout", "--check", &lock, "--target", "aarch64-linux-gnu", &header]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("\n+struct a: 8 bytes, align 4\n"), "{}", ran.stdout);
}

#[test]
fn lock_files_that_are_none() {
    let here = directory("nolock");
    let header = file(&here, "a.h", BEFORE);
    let missing = here.join("missing.lock").display().to_string();
    let ran = run(&["layout", "--check", &missing, &header]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("", Some(2)));
    assert!(
        ran.stderr.contains("cannot read the lock file") && ran.stderr.contains("--lock"),
        "{}",
        ran.stderr
    );
    let ran = run(&["layout", "--check", &header, &header]);
    assert_eq!(ran.code, Some(2));
    let empty = file(&here, "empty.lock", "");
    assert_eq!(run(&["layout", "--check", &empty, &header]).code, Some(2));
}

#[test]
fn wrong_texts_are_not_locked() {
    let here = directory("wrong");
    let header = file(&here, "a.h", "struct a { __int128 x; };");
    let lock = here.join("a.lock");
    let path = lock.display().to_string();
    let ran = run(&["layout", "--lock", &path, "--target", "x86_64", "--target", "i386", &header]);
    assert_eq!(ran.code, Some(1));
    assert!(!lock.exists());
}
