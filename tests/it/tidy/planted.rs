//! One violation of each rule, and what is said about it.

use super::{File, check};

/// What the checks say about one file.
fn planted(path: &str, text: &str) -> Vec<String> {
    let mut files = vec![File { path: path.into(), text: text.into() }];
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = format!("{folder}/mod.rs");
    if !path.ends_with("/mod.rs") && path.matches('/').count() > 1 {
        let marks = "#![forbid(unsafe_code)]\n#![allow(unsafe_code, reason = \"\")]\n";
        files.push(File { path: beside.clone(), text: format!("//! A room.\n{marks}") });
    }
    let violations = check(&files);
    violations
        .iter()
        .filter(|violation| violation.path != beside || path == beside)
        .map(|v| v.to_string())
        .collect()
}

#[test]
fn room_order_is_enforced() {
    let may_not = |text: &str, found: &str| {
        assert_eq!(planted("src/abi/plan.rs", text), [format!("src/abi/plan.rs:{found}")], "{text}");
    };
    may_not("use crate::engine::Image;", "1: room order: 'abi' may not use 'engine'");
    may_not(
        "\nuse crate::{\n    error::Error,\n    layout::{Shape, engine},\n    call,\n};",
        "5: room order: 'abi' may not use 'call'",
    );
    may_not("fn f() {\n    let x = crate::cdata::new();\n}", "2: room order: 'abi' may not use 'cdata'");
    may_not(
        "#[cfg(test)]\nmod tests {\n    use crate::ffi::Ffi;\n}",
        "3: room order: 'abi' may not use 'ffi'",
    );
    may_not("use super::super::memory::Block;", "1: room order: 'abi' may not use 'memory'");
    may_not("mod tests {\n use super::super::super::call;\n}", "2: room order: 'abi' may not use 'call'");
    may_not(
        "use crate::*;",
        "1: room order: 'abi' uses '*' of the crate's root; name the room that it lives in",
    );
    may_not(
        "use crate::{Ffi};",
        "1: room order: 'abi' uses 'Ffi' of the crate's root; name the room that it lives in",
    );
    for fine in [
        "use crate::{error::{Error, Result}, layout::Shape};\nuse super::engine;",
        "// use crate::engine;\n/* crate::call /* nested */ crate::ffi */\nconst A: &str = \"crate::engine\";",
        "const A: &str = r#\"crate::engine \" \"#; const B: char = '\"'; fn f<'a>(x: &'a str) { '\\'' }",
        "pub(crate) fn f() {}\npub(in crate::abi) fn g() {}\nmacro_rules! m { () => { $crate::Ffi } }",
        "mod tests {\n    use super::super::engine;\n}",
    ] {
        assert_eq!(planted("src/abi/plan.rs", fine), [""; 0], "{fine}");
    }
    assert_eq!(
        planted("src/attic.rs", ""),
        [
            "src/attic.rs:1: room order: 'attic' is no room of the house; see ROOMS",
            "src:1: folder without words: no mod.rs"
        ]
    );
}

#[test]
fn unsafe_marks_are_enforced() {
    let one = |path: &str, text: &str, found: &str| {
        assert_eq!(planted(path, text), [format!("{path}:{found}")], "{text}");
    };
    one("src/abi/mod.rs", "//! Plans.\n", "1: unsafe marks: a pure room begins with #![forbid(unsafe_code)]");
    one(
        "src/abi/mod.rs",
        "//! #![forbid(unsafe_code)]\n",
        "1: unsafe marks: a pure room begins with #![forbid(unsafe_code)]",
    );
    one(
        "src/memory/mod.rs",
        "//! Blocks.\n",
        "1: unsafe marks: an island begins with #![allow(unsafe_code, reason = \"...\")]",
    );
    one(
        "src/memory/mod.rs",
        "//! Blocks.\n#![allow(unsafe_code)]",
        "1: unsafe marks: an island begins with #![allow(unsafe_code, reason = \"...\")]",
    );
    one(
        "src/cdef/lex.rs",
        "\n#[allow(unsafe_code, reason = \"fast\")]\nfn f() {}",
        "2: unsafe marks: 'cdef' is no island",
    );
    one("src/lib.rs", "//! Words.\n", "1: unsafe marks: lib.rs says #![deny(unsafe_code)]");
    let inner = planted("src/ffi/mod.rs", "#![allow(unsafe_code, reason = \"\")]");
    assert_eq!(inner[0], "src/ffi/mod.rs:1: unsafe marks: 'ffi' is no island");
    assert_eq!(
        planted("src/memory/mod.rs", "//! Blocks.\n#![allow(unsafe_code, reason = \"an island\")]"),
        [""; 0]
    );
}

#[test]
fn machine_questions_are_enforced() {
    let one = |text: &str, found: &str| {
        assert_eq!(planted("src/types/node.rs", text), [format!("src/types/node.rs:{found}")], "{text}");
    };
    one("#[cfg(unix)]\nfn f() {}", "1: machine questions: cfg(unix): ask the `Target`, or the engine");
    one(
        "\nfn f() { if cfg!(target_env = \"msvc\") {} }",
        "2: machine questions: cfg(target_env): ask the `Target`, or the engine",
    );
    one(
        "#[cfg_attr(all(test, target_os = \"linux\"), allow(x))]\nfn f() {}",
        "1: machine questions: cfg(target_os): ask the `Target`, or the engine",
    );
    assert_eq!(
        planted("src/types/node.rs", "// #[cfg(unix)]\n#[cfg(test)]\nfn unix() { windows(unix); }"),
        [""; 0]
    );
    assert_eq!(planted("src/engine/stub.rs", "#[cfg(target_arch = \"x86_64\")]\nfn f() {}"), [""; 0]);
    let mark = "//! Rows.\n#![forbid(unsafe_code)]\n";
    let asks =
        |function: &str| planted("src/target/mod.rs", &format!("{mark}fn {function}() {{ cfg!(windows); }}"));
    assert_eq!(asks("host"), [""; 0]);
    assert_eq!(
        asks("other"),
        ["src/target/mod.rs:3: machine questions: cfg(windows): ask the `Target`, or the engine"]
    );
}

#[test]
fn leftovers_are_found() {
    let one = |path: &str, text: &str, found: &str| {
        assert_eq!(planted(path, text), [format!("{path}:{found}")], "{text}");
    };
    one("tests/it/x.rs", "fn f() {\n    todo!()\n}", "2: unfinished: todo!");
    one("src/abi/plan.rs", "fn f() { unimplemented!(\"x\") }", "1: unfinished: unimplemented!");
    one("crates/cli/src/main.rs", "dbg!(1);", "1: unfinished: dbg!");
    one("tests/it/x.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}", "2: unfinished: a test is switched off");
    one("src/abi/helper.rs", "", "1: vague name: 'helper' does not say what is in it");
    one("crates/cli/src/utils/x.rs", "", "1: vague name: 'utils' does not say what is in it");
    one("src/abi/plan.rs", &"\n".repeat(601), "601: too long: 601 lines, at most 600");
    let folder = concat!("see ", "../", "shared/A.md");
    one("docs/x.md", &format!("# Title\n{folder}"), "2: foreign folder: a folder outside of the repository");
    one("src/abi/sub/mod.rs", "use super::Plan;", "1: folder without words: the first line begins with //!");
    assert_eq!(planted("tests/it/x.rs", "// todo!()\nlet x = \"dbg!\"; ignore(todo);"), [""; 0]);
}
