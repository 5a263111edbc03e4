//! Texts made worse.

use super::trial::PASTE;
use crate::layouts::Random;

/// Bytes of a text.
const LARGEST: usize = 10 << 10;

/// What breaks texts.
const PIECES: &[&str] = &[
    "int",
    " x ",
    ";",
    ",",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "*",
    "=",
    "struct S",
    "enum",
    "union",
    "typedef",
    "++",
    "+",
    "-",
    "sizeof(",
    "_Alignof(",
    "typeof(",
    "1",
    "0x",
    "1e",
    "1.0L",
    "'a'",
    "'",
    "\"",
    "\"s\"",
    "...",
    "?",
    ":",
    "::",
    "__attribute__((",
    "))",
    "[[",
    "]]",
    "packed",
    "aligned(8)",
    "asm(",
    "extern \"C\" {",
    "_Pragma(\"pack(1)\")",
    "\n#pragma pack(push, 2)\n",
    "\n# 3 \"f\"\n",
    "\n#line 7\n",
    "/*",
    "*/",
    "//",
    "\\\n",
    "$",
    "é",
    "\\u00e9",
    "\0",
    "size_t",
    "T",
    "({",
    "_Generic(",
    "_Static_assert(",
    "__stdcall",
    "_BitInt(",
    "bool",
    "\n#",
    "##",
    "\n#if ",
    "\n#endif\n",
    "\n#else\n",
    "\n#define A ",
    "\n#define F(x, ...) ",
    "__VA_ARGS__",
    "__VA_OPT__(",
    "F(",
    "A",
    "\r",
    "\u{b}",
    "??=",
    "%:",
    "<:",
    "defined ",
    "__has_include(<",
    "__LINE__",
    "__COUNTER__",
    "18446744073709551615",
    "<<",
    "/",
    "%",
    "-9223372036854775807",
    "\n#include \"cycle.h\"\n",
    "\n#include \"open.h\"\n",
    "\n#include \"call.h\"\n",
    "\n#include \"odd.h\"\n",
    "\n#include \"folder.h\"\n",
    "\n#include \"packed.h\"\n",
    "\n#include \"guarded.h\"\n",
    "\n#include \"once.h\"\n",
    "\n#include <stdint.h>\n",
    "\n#include <stdio.h>\n",
    "\u{feff}",
    "R\"(",
    "u8",
    "L'",
    PASTE,
];

/// What is nested: opened, closed.
const NESTS: &[(&str, &str)] = &[
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("struct {", "int a; } b;"),
    ("F(", ")"),
    ("A ", ""),
    ("sizeof(", ")"),
    ("int (*f(", "))(int)"),
    ("\n#if 1\n", "\n#endif\n"),
    ("typeof(", ")"),
    ("-", ""),
    ("1 ? ", ": 2"),
    ("*", ""),
    ("__attribute__((aligned(", ")))"),
    ("__VA_OPT__(", ")"),
    ("(int)", ""),
    ("union { struct {", "int a; }; char c; };"),
    ("_Generic(1, default: ", ")"),
    ("\n#define F(x) F(x) x x\nF(", ")"),
];

/// A text of the corpus.
pub fn one_of<'a>(random: &mut Random, corpus: &'a [String]) -> &'a str {
    let number = random.between(0, corpus.len().saturating_sub(1) as u64) as usize;
    corpus.get(number).map_or("", String::as_str)
}

/// A text with a few changes.
pub fn mutated(random: &mut Random, text: String, corpus: &[String]) -> String {
    let mut bytes = text.into_bytes();
    for _ in 0..random.between(1, 8) {
        let at = random.between(0, bytes.len() as u64) as usize;
        let length = random.between(1, 1 + bytes.len() as u64 / 4).min(random.between(1, 400)) as usize;
        let end = (at + length).min(bytes.len());
        match random.between(0, 9) {
            0..=2 => insert(&mut bytes, at, random.pick(PIECES).as_bytes()),
            3 => insert(&mut bytes, at, one_of(random, corpus).as_bytes()),
            4 => drop(bytes.drain(at..end)),
            5 => {
                let copy = bytes[at..end].to_vec();
                let to = random.between(0, bytes.len() as u64) as usize;
                let times = if random.chance(20) { random.between(2, 200) } else { 1 };
                insert(&mut bytes, to, &copy.repeat(times as usize));
            }
            6 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random.between(0, 255) as u8;
                }
            }
            7 => {
                let times = random.number(&[3, 20, 60, 150, 300, 900, 3000]) as usize;
                let (open, close) = NESTS[random.between(0, NESTS.len() as u64 - 1) as usize];
                let close = if random.chance(70) { close } else { "" };
                insert(&mut bytes, end, close.repeat(times).as_bytes());
                insert(&mut bytes, at, open.repeat(times).as_bytes());
            }
            8 => {
                let times = random.number(&[2, 30, 300, 2000]) as usize;
                insert(&mut bytes, at, random.pick(PIECES).repeat(times).as_bytes());
            }
            _ => {
                // Words of the text change places.
                let to = random.between(0, bytes.len() as u64) as usize;
                let moved: Vec<u8> = bytes.drain(at..end).collect();
                let to = to.min(bytes.len());
                insert(&mut bytes, to, &moved);
            }
        }
        bytes.truncate(LARGEST);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn insert(bytes: &mut Vec<u8>, at: usize, what: &[u8]) {
    bytes.splice(at..at, what.iter().copied());
}
