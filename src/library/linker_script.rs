//! GNU ld scripts, which development packages install as `libm.so` and `libc.so`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A library that a script names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Input {
    /// A path, or a file name to be looked for.
    pub(super) file: String,
    /// It stands in `AS_NEEDED`.
    pub(super) as_needed: bool,
    /// It is looked for in the system's folders only: `-lname`.
    searched: bool,
}

/// The shared libraries that the `GROUP` and `INPUT` of a linker script name; none for any other file.
///
/// A relative path is one from the script's own folder, where there is such a file.
pub(super) fn inputs(path: &Path) -> Vec<Input> {
    let mut inputs = read(path).map_or(Vec::new(), |script| parse(&script));
    for input in inputs.iter_mut().filter(|input| !input.searched) {
        let beside = path.parent().map(|folder| folder.join(&input.file));
        if let Some(beside) = beside.filter(|beside| beside.is_file())
            && let Some(beside) = beside.to_str()
        {
            // With a `/`, so that it is a path
            input.file = if beside.contains('/') { beside.to_owned() } else { format!("./{beside}") };
        }
    }
    inputs
}

fn read(path: &Path) -> Option<String> {
    // Opening a pipe or a device could wait for ever
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut start = Vec::new();
    File::open(path).ok()?.take(LARGEST_SCRIPT).read_to_end(&mut start).ok()?;
    (!start.contains(&0)).then(|| String::from_utf8_lossy(&start).into_owned())
}

/// Scripts are a few hundred bytes.
const LARGEST_SCRIPT: u64 = 64 * 1024;

/// Nobody names more.
const MOST_INPUTS: usize = 16;

fn parse(script: &str) -> Vec<Input> {
    let text = without_comments(script).replace('(', " ( ").replace(')', " ) ").replace(',', " ");
    let mut words = text.split_whitespace().peekable();
    let mut inputs: Vec<Input> = Vec::new();
    while let Some(word) = words.next() {
        if !matches!(word, "GROUP" | "INPUT") || words.next_if_eq(&"(").is_none() {
            continue;
        }
        let mut as_needed = false;
        for word in words.by_ref() {
            match word {
                ")" if as_needed => as_needed = false,
                ")" => break,
                "AS_NEEDED" => as_needed = true,
                "(" => {}
                _ => {
                    let word = word.trim_matches('"');
                    let searched = word.starts_with("-l");
                    inputs.extend(library(word).map(|file| Input { file, as_needed, searched }));
                }
            }
        }
    }
    inputs.truncate(MOST_INPUTS);
    inputs
}

/// The file that a word of a script means; `None` for what cannot be loaded.
fn library(word: &str) -> Option<String> {
    if word.is_empty() || word.ends_with(".a") || word.ends_with(".o") {
        return None;
    }
    Some(match (word.strip_prefix("-l:"), word.strip_prefix("-l")) {
        (Some(file), _) => file.to_owned(),
        (None, Some(name)) => format!("lib{name}.so"),
        // `=` stands for the sysroot, which is / here
        _ => word.strip_prefix('=').unwrap_or(word).to_owned(),
    })
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
    use super::{Input, parse};

    #[test]
    fn scripts() {
        let shown = |script: &str| {
            let shown = |input: Input| format!("{}{}", if input.as_needed { "?" } else { "" }, input.file);
            parse(script).into_iter().map(shown).collect::<Vec<_>>().join(" ")
        };
        for (script, expected) in [
            (
                "/* GNU ld script\n*/\nOUTPUT_FORMAT(elf64)\nGROUP ( /lib/libm.so.6  AS_NEEDED ( /b ) )",
                "/lib/libm.so.6 ?/b",
            ),
            ("INPUT(-lncursesw -ltinfo)", "libncursesw.so libtinfo.so"),
            ("GROUP(AS_NEEDED(=/lib/x.so, y) z)", "?/lib/x.so ?y z"),
            ("GROUP(/lib/libc_nonshared.a -l:libc.so.6 crti.o)", "libc.so.6"),
            ("/* GROUP(a) */ INPUT(\"b\") INPUT ( c )", "b c"),
            ("GROUP()", ""),
            ("GROUP(", ""),
            ("GROUP(a", "a"),
            ("GROUP(AS_NEEDED", ""),
            ("GROUP", ""),
            ("INPUT x", ""),
            ("INPUT(-l)", "lib.so"),
            ("/*", ""),
            ("", ""),
        ] {
            assert_eq!(shown(script), expected, "{script}");
        }
    }
}
