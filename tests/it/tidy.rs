//! The house rules that a machine can read: who may use whom, where unsafe code and questions about the machine may
//! stand, and what must not be left lying about.
//!
//! Every check is a function of (path, text), and the tests below plant a violation of each rule.

mod planted;
mod tokens;

use std::fmt;
use std::path::Path;
use tokens::tokens;

/// The rooms, lowest first: a room may name only those in front of it. `lib.rs` may name all.
const ROOMS: [&str; 13] = [
    "error", "target", "layout", "types", "cdef", "abi", "engine", "memory", "convert", "cdata", "library",
    "call", "ffi",
];

/// Rooms that can hold no unsafe code at all.
const PURE: [&str; 7] = ["error", "target", "layout", "types", "cdef", "abi", "convert"];

/// Rooms that may hold unsafe code, and say why.
const ISLANDS: [&str; 5] = ["engine", "memory", "cdata", "library", "call"];

/// Who may allow unsafe code on single items: file and reason.
const UNSAFE_ITEMS: [(&str, &str); 2] = [
    ("src/ffi/mod.rs", "its unsafe functions hand the caller's promise on to the islands"),
    ("src/ffi/ctype.rs", "its unsafe functions hand the caller's promise on to the islands"),
];

/// Who may ask what machine the crate is built for: file or folder, function (all if empty), reason.
const MACHINE: [(&str, &str, &str); 3] = [
    ("src/engine/", "", "registers and stacks are the host's"),
    ("src/library/", "", "systems find and load libraries in their own ways"),
    ("src/target/mod.rs", "host", "the one place that turns the host into a value"),
];

/// Words of a `cfg` that ask for a processor or a system.
const MACHINE_WORDS: [&str; 9] = [
    "target_arch",
    "target_os",
    "target_env",
    "target_family",
    "target_vendor",
    "target_pointer_width",
    "target_endian",
    "unix",
    "windows",
];

/// Names that say nothing about what a file holds.
const VAGUE: [&str; 8] = ["util", "utils", "core", "manager", "managers", "helper", "helpers", "misc"];

/// No file of `src` is longer.
const LONGEST: usize = 600;

/// A rule that is broken.
#[derive(Debug, PartialEq)]
struct Violation {
    path: String,
    line: usize,
    rule: &'static str,
    found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.found)
    }
}

/// A text of the project: its path from the root with `/`, and what it says.
struct File {
    path: String,
    text: String,
}

impl File {
    fn violation(&self, line: usize, rule: &'static str, found: impl Into<String>) -> Violation {
        Violation { path: self.path.clone(), line, rule, found: found.into() }
    }

    fn in_src(&self) -> bool {
        self.path.starts_with("src/") && self.is_rust()
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The modules above the text of this file: `["cdef", "lower"]` for `src/cdef/lower/mod.rs`.
    fn modules(&self) -> Vec<&str> {
        let path = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let mut modules: Vec<&str> = path.strip_suffix(".rs").unwrap_or(path).split('/').collect();
        if matches!(modules.last(), Some(&("mod" | "lib"))) {
            modules.pop();
        }
        modules
    }

    /// Is it the file that a room begins with?
    fn is_root_of(&self, room: &str) -> bool {
        self.path == format!("src/{room}/mod.rs") || self.path == format!("src/{room}.rs")
    }
}

#[test]
fn the_house_is_tidy() {
    let files = project_files();
    assert!(files.iter().filter(|file| file.in_src()).count() > 30, "the sources were not found");
    let violations = check(&files);
    let list: Vec<String> = violations.iter().map(Violation::to_string).collect();
    assert!(list.is_empty(), "{} broken house rules:\n{}", list.len(), list.join("\n"));
}

/// Every rule on every file.
fn check(files: &[File]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files {
        if file.in_src() {
            violations.extend(room_order(file));
            violations.extend(unsafe_marks(file));
            violations.extend(machine_questions(file));
            violations.extend(length(file));
        }
        if file.is_rust() {
            violations.extend(left_lying_about(file));
            violations.extend(vague_name(file));
        }
        violations.extend(foreign_folder(file));
    }
    violations.extend(module_folders(files));
    violations
}

/// (a) Rooms name only rooms in front of them.
fn room_order(file: &File) -> Vec<Violation> {
    const RULE: &str = "room order";
    let modules = file.modules();
    let Some(&own) = modules.first() else { return Vec::new() };
    let rank = |room: &str| ROOMS.iter().position(|known| *known == room);
    let Some(own_rank) = rank(own) else {
        return vec![file.violation(1, RULE, format!("'{own}' is no room of the house; see ROOMS"))];
    };
    let tokens = tokens(&file.text);
    let word = |index: usize| tokens.get(index).map_or("", |token| &*token.text);
    let mut violations = Vec::new();
    let mut judge = |index: usize| {
        let (line, name) = (tokens.get(index).map_or(0, |token| token.line), word(index));
        match rank(name) {
            Some(used) if used <= own_rank => {}
            Some(_) => violations.push(file.violation(line, RULE, format!("'{own}' may not use '{name}'"))),
            // Exported macros live at the root and nowhere else.
            None if word(index + 1) == "!" || name == "self" => {}
            None => violations.push(file.violation(
                line,
                RULE,
                format!("'{own}' uses '{name}' of the crate's root; name the room that it lives in"),
            )),
        }
    };
    // Braces that are open, and whether a module began with them.
    let mut braces: Vec<bool> = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        let depth = modules.len() + braces.iter().filter(|is_module| **is_module).count();
        let before = if index == 0 { "" } else { word(index - 1) };
        let mut after = None;
        match word(index) {
            "{" => braces.push(index >= 2 && word(index - 2) == "mod"),
            "}" => {
                braces.pop();
            }
            // `$crate` in a macro is the crate as its users see it.
            "crate" if before != "$" && word(index + 1) == "::" => after = Some(index + 2),
            "crate" if word(index + 1) == "as" => judge(index),
            "super" if before != "::" || (index >= 2 && word(index - 2) == "self") => {
                let mut end = index;
                let mut levels = 0;
                while word(end) == "super" && word(end + 1) == "::" {
                    levels += 1;
                    end += 2;
                }
                after = (levels > 0 && levels >= depth).then_some(end);
            }
            _ => {}
        }
        match after {
            Some(first) if word(first) == "{" => {
                let mut open = 1;
                let mut at = first + 1;
                let mut begins = true;
                while open > 0 && at < tokens.len() {
                    match word(at) {
                        "{" => open += 1,
                        "}" => open -= 1,
                        "," if open == 1 => begins = true,
                        _ if begins && open == 1 => {
                            judge(at);
                            begins = false;
                        }
                        _ => {}
                    }
                    at += 1;
                }
                index = at;
            }
            Some(first) => {
                judge(first);
                index = first + 1;
            }
            None => index += 1,
        }
    }
    violations
}

/// (b) Pure rooms forbid unsafe code, islands allow it with a reason, nobody else does.
fn unsafe_marks(file: &File) -> Vec<Violation> {
    const RULE: &str = "unsafe marks";
    let modules = file.modules();
    let own = modules.first().copied().unwrap_or("lib");
    let tokens = tokens(&file.text);
    let find = |words: &[&str]| {
        (0..tokens.len()).find(|&start| {
            words
                .iter()
                .enumerate()
                .all(|(offset, word)| tokens.get(start + offset).is_some_and(|token| token.text == *word))
        })
    };
    let mut violations = Vec::new();
    let is_root = file.is_root_of(own);
    if PURE.contains(&own)
        && is_root
        && find(&["#", "!", "[", "forbid", "(", "unsafe_code", ")", "]"]).is_none()
    {
        violations.push(file.violation(1, RULE, "a pure room begins with #![forbid(unsafe_code)]"));
    }
    if own == "lib" && find(&["#", "!", "[", "deny", "(", "unsafe_code", ")", "]"]).is_none() {
        violations.push(file.violation(1, RULE, "lib.rs says #![deny(unsafe_code)]"));
    }
    if ISLANDS.contains(&own) {
        let marked = find(&["#", "!", "[", "allow", "(", "unsafe_code", ",", "reason", "="]);
        if is_root && marked.is_none() {
            let mark = "an island begins with #![allow(unsafe_code, reason = \"...\")]";
            violations.push(file.violation(1, RULE, mark));
        }
        return violations;
    }
    let items = UNSAFE_ITEMS.iter().any(|(path, _)| file.path == *path);
    for (index, token) in tokens.iter().enumerate() {
        let inside = index >= 2 && matches!(&*tokens[index - 2].text, "allow" | "expect" | "warn");
        let inner = index >= 4 && tokens[index - 4].text == "!";
        if token.text == "unsafe_code" && inside && (inner || !items) {
            violations.push(file.violation(token.line, RULE, format!("'{own}' is no island")));
        }
    }
    violations
}

/// (c) A target is a value: only a few places ask what the crate is built for.
fn machine_questions(file: &File) -> Vec<Violation> {
    let tokens = tokens(&file.text);
    let mut violations = Vec::new();
    let mut function = "";
    let mut open = 0;
    for (index, token) in tokens.iter().enumerate() {
        let before = |back: usize| index.checked_sub(back).map_or("", |at| &*tokens[at].text);
        match &*token.text {
            "(" if open > 0 => open += 1,
            ")" if open > 0 => open -= 1,
            "(" if matches!(before(1), "cfg" | "cfg_attr") => open = 1,
            "(" if before(1) == "!" && before(2) == "cfg" => open = 1,
            word if before(1) == "fn" => function = word,
            word if open > 0 && MACHINE_WORDS.contains(&word) => {
                let listed = MACHINE.iter().any(|(place, only, _)| {
                    file.path.starts_with(place) && (only.is_empty() || *only == function)
                });
                if !listed {
                    let found = format!("cfg({word}): ask the `Target`, or the engine");
                    violations.push(file.violation(token.line, "machine questions", found));
                }
            }
            _ => {}
        }
    }
    violations
}

/// (d) Nothing unfinished, nothing switched off.
fn left_lying_about(file: &File) -> Vec<Violation> {
    let tokens = tokens(&file.text);
    let word = |index: usize| tokens.get(index).map_or("", |token| &*token.text);
    let unfinished = (0..tokens.len()).filter_map(|index| match word(index) {
        name @ ("todo" | "unimplemented" | "dbg") if word(index + 1) == "!" => {
            Some(file.violation(tokens[index].line, "unfinished", format!("{name}!")))
        }
        "ignore" if index >= 2 && word(index - 1) == "[" && word(index - 2) == "#" => {
            Some(file.violation(tokens[index].line, "unfinished", "a test is switched off"))
        }
        _ => None,
    });
    unfinished.collect()
}

/// (d) A file's name says what it holds.
fn vague_name(file: &File) -> Option<Violation> {
    let path = file.path.strip_suffix(".rs").unwrap_or(&file.path);
    let vague = path.split('/').find(|part| VAGUE.contains(part))?;
    Some(file.violation(1, "vague name", format!("'{vague}' does not say what is in it")))
}

/// (d) Nothing refers to folders that only the authors' machines had.
fn foreign_folder(file: &File) -> Option<Violation> {
    // Written in pieces, because this file is checked as well.
    let folders = [concat!("/", "work/"), concat!("../", "shared")];
    let line = file.text.lines().position(|line| folders.iter().any(|folder| line.contains(folder)))?;
    Some(file.violation(line + 1, "foreign folder", "a folder outside of the repository"))
}

/// (d) A file is read in one sitting.
fn length(file: &File) -> Option<Violation> {
    let lines = file.text.lines().count();
    (lines > LONGEST).then(|| file.violation(lines, "too long", format!("{lines} lines, at most {LONGEST}")))
}

/// (e) The file that a folder begins with says first what the folder is for.
fn module_folders(files: &[File]) -> Vec<Violation> {
    const RULE: &str = "folder without words";
    let mut folders: Vec<&str> = files
        .iter()
        .filter(|file| file.in_src())
        .filter_map(|file| file.path.rsplit_once('/').map(|(folder, _)| folder))
        .collect();
    folders.sort_unstable();
    folders.dedup();
    let first_file = |folder: &str| {
        let names = match folder {
            "src" => ["src/lib.rs".to_string(), String::new()],
            _ => [format!("{folder}/mod.rs"), format!("{folder}.rs")],
        };
        files.iter().find(|file| names.contains(&file.path))
    };
    let judged = folders.iter().filter_map(|folder| match first_file(folder) {
        // The crate's own words are the README.
        Some(file) if file.text.starts_with("//!") || file.text.starts_with("#![doc = include_str!") => None,
        Some(file) => Some(file.violation(1, RULE, "the first line begins with //!")),
        None => Some(Violation { path: folder.to_string(), line: 1, rule: RULE, found: "no mod.rs".into() }),
    });
    judged.collect()
}

/// Every text of the project that people write.
fn project_files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut files, mut folders) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_string();
            if path.is_dir() {
                if !matches!(&*name, "target" | ".git" | "corpus" | "artifacts") {
                    folders.push(path);
                }
            } else if let Ok(text) = std::fs::read_to_string(&path)
                && name != ".git"
            {
                let path = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}
