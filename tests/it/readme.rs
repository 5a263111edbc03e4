//! The console blocks of the README and of docs/calls.md do what they show.
//!
//! `$ cat FILE` shows a file, which is written; `$ eightbyte ...` is run beside the files, and what it prints (output
//! and errors, as a terminal would mix them) must be what the document shows. With `UPDATE_README=1` the documents are
//! corrected instead.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

#[test]
fn console_blocks_do_what_they_show() {
    judge("README.md");
}

/// What stands there is of x86-64 Linux.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[test]
fn calls_are_explained_as_they_are() {
    judge("docs/calls.md");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap();
    let (document, source) = (read("docs/calls.md"), read("src/abi/place.rs"));
    let (_, picture) = document.split_once("```text\n").expect("docs/calls.md shows the image");
    for line in picture.lines().take_while(|line| *line != "```") {
        assert!(
            source.contains(&format!("/// {line}\n")),
            "src/abi/place.rs draws the image without\n{line}"
        );
    }
}

/// Runs the commands of a document.
fn judge(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let readme = fs::read_to_string(&path).unwrap();
    let commands = commands(&readme);
    let run = commands.iter().filter(|command| command.words.first().is_some_and(|word| word == "eightbyte"));
    assert!(run.count() >= 2, "{file} shows no commands any more");

    let program = program();
    let folder =
        env::temp_dir().join(format!("eightbyte-{}-{}", file.replace(['/', '.'], "-"), std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut corrected = readme.clone();
    let mut wrong = Vec::new();
    for command in commands.iter() {
        match command.words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["cat", file] if Path::new(file).components().count() == 1 => {
                fs::write(folder.join(file), &command.shown).unwrap();
            }
            ["eightbyte", ref arguments @ ..] => {
                let printed = printed(&program, arguments, &folder);
                if printed != command.shown {
                    let was = format!("$ {}\n{}", command.line, command.shown);
                    corrected = corrected.replacen(&was, &format!("$ {}\n{printed}", command.line), 1);
                    wrong.push(format!(
                        "$ {}\n--- {file} shows\n{}--- it prints\n{printed}",
                        command.line, command.shown
                    ));
                }
            }
            _ => {
                wrong.push(format!("$ {}\n--- only `cat FILE` and `eightbyte` are understood", command.line))
            }
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    if env::var_os("UPDATE_README").is_some() {
        fs::write(&path, corrected).unwrap();
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// A command of a console block, and what stands below it.
#[derive(Debug, PartialEq)]
struct Shown {
    line: String,
    words: Vec<String>,
    shown: String,
}

/// The commands of all console blocks, in order.
fn commands(markdown: &str) -> Vec<Shown> {
    let mut commands: Vec<Shown> = Vec::new();
    let mut inside = false;
    for line in markdown.lines() {
        match (inside, line.strip_prefix("$ ")) {
            (false, _) => inside = line == "```console",
            (true, _) if line == "```" => inside = false,
            (true, Some(line)) => {
                commands.push(Shown { line: line.into(), words: words(line), shown: String::new() });
            }
            (true, None) => {
                let command = commands.last_mut().expect("a console block begins with a command");
                command.shown += line;
                command.shown.push('\n');
            }
        }
    }
    commands
}

/// A command line's words; quotes keep a word together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quote) = (Vec::new(), None);
    let mut word: Option<String> = None;
    for letter in line.chars() {
        match (quote, letter) {
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (Some(open), _) if open == letter => quote = None,
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// Output and errors of a run, in the order in which they were written.
fn printed(program: &Path, arguments: &[&str], folder: &Path) -> String {
    let (mut reader, writer) = io::pipe().unwrap();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1").env("COLUMNS", "100");
    command.stdin(std::process::Stdio::null()).stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    // The command holds the writing ends, and nothing would ever end while it lives.
    drop(command);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// The command line program, from the folder that this test was built into.
pub(super) fn program() -> PathBuf {
    let test = env::current_exe().unwrap();
    let built = test.ancestors().nth(2).expect("tests are built into <target>/<profile>/deps");
    let program = built.join(format!("eightbyte{}", env::consts::EXE_SUFFIX));
    // Built afresh even if it is there: it may be of yesterday. No work where nothing has changed.
    if let Some(cargo) = env::var_os("CARGO") {
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--package", "eightbyte-cli", "--bin", "eightbyte", "--target-dir"]);
        build.arg(built.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
        if built.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "the command line program does not build");
    }
    assert!(program.exists(), "{} is missing; cargo build -p eightbyte-cli makes it", program.display());
    program
}

#[test]
fn console_blocks_are_found() {
    let markdown =
        "```sh\n$ no\n```\n```console\n$ cat a.h\nint x;\n\nint y;\n$ eightbyte call 'a b' \"\"\n```\n$ no";
    let found = commands(markdown);
    assert_eq!(found.len(), 2);
    assert_eq!(
        (&*found[0].words, &*found[0].shown),
        (&["cat".into(), "a.h".into()][..], "int x;\n\nint y;\n")
    );
    assert_eq!(found[1].words, ["eightbyte", "call", "a b", ""]);
    assert_eq!(found[1].shown, "");
}
