//! GNU ld scripts, which development packages install as `libm.so` and `libc.so`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The first file that the `GROUP` or `INPUT` of a linker script names; `None` for any other file.
pub(super) fn first_input(path: &Path) -> Option<String> {
    // Opening a pipe or a device could wait for ever
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut start = Vec::new();
    File::open(path).ok()?.take(LARGEST_SCRIPT).read_to_end(&mut start).ok()?;
    if start.contains(&0) {
        return None;
    }
    parse(&String::from_utf8_lossy(&start))
}

/// Scripts are a few hundred bytes.
const LARGEST_SCRIPT: u64 = 64 * 1024;

fn parse(script: &str) -> Option<String> {
    let text = without_comments(script).replace('(', " ( ").replace(')', " ) ").replace(',', " ");
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        if matches!(word, "GROUP" | "INPUT") && words.next() == Some("(") {
            let entry = words.find(|&word| !matches!(word, "AS_NEEDED" | "("))?;
            let entry = entry.trim_matches('"');
            return match entry.strip_prefix("-l") {
                _ if entry == ")" => None,
                Some(name) => Some(format!("lib{name}.so")),
                // `=` stands for the sysroot, which is / here
                None => Some(entry.strip_prefix('=').unwrap_or(entry).to_owned()),
            };
        }
    }
    None
}

fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        kept.push(' ');
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn scripts() {
        for (script, expected) in [
            (
                "/* GNU ld script\n*/\nOUTPUT_FORMAT(elf64)\nGROUP ( /lib/libm.so.6  AS_NEEDED ( /b ) )",
                Some("/lib/libm.so.6"),
            ),
            ("INPUT(-lncursesw -ltinfo)", Some("libncursesw.so")),
            ("GROUP(AS_NEEDED(=/lib/x.so, y))", Some("/lib/x.so")),
            ("/* GROUP(a) */ INPUT(\"b\")", Some("b")),
            ("GROUP()", None),
            ("GROUP(", None),
            ("GROUP", None),
            ("INPUT x", None),
            ("/*", None),
            ("", None),
        ] {
            assert_eq!(parse(script).as_deref(), expected, "{script}");
        }
    }
}
