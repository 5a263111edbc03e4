//! Texts to begin with: those of the tests, and headers on disk to include.

use super::root;
use std::path::Path;

/// Paragraphs of the tests' texts and of our headers.
pub fn texts() -> Result<Vec<String>, String> {
    let mut texts = Vec::new();
    let files = [
        "tests/cases/constructs.tsv",
        "tests/cases/layouts/cases.txt",
        "tests/cases/mistakes/cases.txt",
        "tests/cases/preprocess/cases.txt",
        "tests/cases/preprocess/mistakes.txt",
        "headers/libc.h",
        "headers/pthread.h",
        "headers/zlib.h",
        "headers/corner/bitfields.h",
        "headers/corner/targets.h",
        "headers/freestanding/stdint.h",
        "headers/freestanding/stddef.h",
    ];
    for file in files {
        let path = root().join(file);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        if file.ends_with(".tsv") {
            let rows = text.lines().filter_map(|line| line.split_once('\t'));
            texts.extend(rows.map(|(_, text)| unescaped(text)));
        } else if text.contains("\n=== ") {
            let cases = text.split("\n=== ").skip(1).filter_map(|case| case.split_once('\n'));
            texts.extend(cases.map(|(_, text)| text.split("\n--- ").next().unwrap_or(text).to_owned()));
        } else {
            texts.extend(text.split("\n\n").map(str::to_owned));
        }
    }
    Ok(texts)
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace("\\\\", "\\")
}

/// Headers that include each other, end too early, or are no text.
pub fn write_headers(folder: &Path) -> Result<(), String> {
    let files: [(&str, &[u8]); 8] = [
        ("cycle.h", b"#include \"back.h\"\n"),
        ("back.h", b"#include \"cycle.h\"\nint back;\n"),
        (
            "guarded.h",
            b"#ifndef GUARDED\n#define GUARDED\ntypedef int guarded_t;\n#include \"guarded.h\"\n#endif\n",
        ),
        ("once.h", b"#pragma once\ntypedef long once_t;\n#include \"once.h\"\n"),
        ("open.h", b"#if 1\nstruct open { int a;\n"),
        ("call.h", b"F(1,\n"),
        ("odd.h", b"/* \xff\xfe */ int odd\xe9;\0\n"),
        ("packed.h", b"#pragma pack(push, 1)\nstruct packed_t { char a; int b; };\n"),
    ];
    let write = || {
        std::fs::create_dir_all(folder.join("folder.h"))?;
        files.iter().try_for_each(|(name, text)| match folder.join(name) {
            path if path.exists() => Ok(()),
            path => std::fs::write(path, text),
        })
    };
    write().map_err(|error: std::io::Error| format!("cannot write {}: {error}", folder.display()))
}
