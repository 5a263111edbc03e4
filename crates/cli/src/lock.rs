//! The lock file: layouts as they were agreed on, and what has changed since.
#![forbid(unsafe_code)]

use crate::declare::plain;
use crate::diff::{Step, hunks, steps};
use crate::paint::{ADDED, DIFFERENT, HEADING, PLACE, paint};
use crate::{Failure, declare};
use eightbyte::{Error, Ffi, Target};
use std::collections::HashMap;

/// The words before each target's section.
const TARGET: &str = "target ";

/// A target's section of a lock file: the line that names it, and the layouts.
pub struct Section {
    pub target: Target,
    pub text: String,
    /// Where it begins in the lock file that it was read from, counted from 1.
    line: usize,
}

/// A target's section as it is now.
pub fn section(ffi: &Ffi) -> Result<Section, Error> {
    Ok(Section { target: ffi.target(), text: ffi.layouts()?.trim_end().to_string(), line: 0 })
}

/// The whole text. The first line says how to renew it.
pub fn text(sections: &[Section], path: &str, headers: &[String]) -> String {
    let targets: String = sections.iter().map(|section| format!(" --target {}", section.target)).collect();
    let headers: String = headers.iter().map(|header| format!(" {}", quoted(header))).collect();
    let mut text =
        format!("# C layouts. To renew them: eightbyte layout --lock {}{targets}{headers}\n", quoted(path));
    for section in sections {
        text += &format!("\n{}\n", section.text);
    }
    text
}

/// An argument as a shell reads it.
fn quoted(argument: &str) -> String {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./+,:=@%".contains(&byte);
    if !argument.is_empty() && argument.bytes().all(harmless) {
        argument.to_string()
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}

/// Reads a lock file.
pub fn read(path: &str) -> Result<Vec<Section>, Failure> {
    let bytes = std::fs::read(path).map_err(|error| {
        let cure = match error.kind() {
            std::io::ErrorKind::NotFound => format!("; 'eightbyte layout --lock {}' writes it", quoted(path)),
            _ => String::new(),
        };
        Failure::Usage(format!("cannot read the lock file '{path}': {}{cure}", plain(&error)))
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let mut sections: Vec<Section> = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix(TARGET) {
            let target = Target::named(name.trim())
                .map_err(|error| Failure::Usage(format!("the lock file '{path}': {}", error.message())))?;
            sections.push(Section { target, text: line.trim_end().to_string(), line: index + 1 });
        } else if let Some(section) = sections.last_mut() {
            section.text.push('\n');
            section.text += line;
        } else if !line.trim().is_empty() {
            return Err(Failure::Usage(format!(
                "'{path}' is no lock file: expected a line 'target NAME', found '{}'",
                line.chars().take(60).collect::<String>()
            )));
        }
    }
    for section in &mut sections {
        section.text.truncate(section.text.trim_end().len());
    }
    match sections.is_empty() {
        true => Err(Failure::Usage(format!("'{path}' is no lock file: it names no target"))),
        false => Ok(sections),
    }
}

/// Writes a lock file; says in words what it holds.
pub fn write(path: &str, sections: &[Section], headers: &[String]) -> Result<String, Failure> {
    // A header that stands where a lock file was meant is somebody's work.
    let has_text = std::fs::metadata(path).is_ok_and(|file| file.len() > 0);
    if has_text && read(path).is_err() {
        let message =
            format!("'{path}' is there already and is no lock file; choose another name or remove it");
        return Err(Failure::Usage(message));
    }
    if path == "-" {
        return Err(Failure::Usage("a lock file needs a name".to_string()));
    }
    std::fs::write(path, text(sections, path, headers))
        .map_err(|error| Failure::Usage(format!("cannot write '{path}': {}", declare::plain(&error))))?;
    Ok(format!("{path}: {} locked\n", contents(sections)))
}

/// `3 layouts on 2 targets`.
pub fn contents(sections: &[Section]) -> String {
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    let titles: std::collections::HashSet<&str> =
        sections.iter().flat_map(|section| section.text.lines().skip(1)).filter_map(title).collect();
    format!("{} on {}", plural(titles.len(), "layout"), plural(sections.len(), "target"))
}

/// What the line that begins a layout is about: `struct point: 16 bytes, align 8`.
fn title(line: &str) -> Option<&str> {
    if line.starts_with([' ', '#']) {
        return None;
    }
    let (title, _) = line.split_once(": ")?;
    // Behind an enum's name its integer type.
    Some(title.split(" (").next().unwrap_or(title))
}

/// A unified diff from the locked sections to those of now; empty where nothing has changed.
pub fn difference(
    path: &str,
    headers: &[String],
    old: &[Section],
    new: &[Section],
    coloured: bool,
) -> String {
    let known: HashMap<Target, &Section> = old.iter().map(|section| (section.target, section)).collect();
    let mut text = String::new();
    // A comment and an empty line come first, and an empty line between sections.
    let mut new_line = 3;
    for section in new {
        let (old, old_line) =
            known.get(&section.target).map_or(("", new_line), |old| (old.text.as_str(), old.line));
        if old != section.text {
            let lines = (old_line, new_line);
            text += &section_difference(section.target, (old, &section.text), lines, coloured);
        }
        new_line += section.text.lines().count() + 1;
    }
    if text.is_empty() {
        return text;
    }
    let heading = format!("--- {path} (locked)\n+++ {} (now)", headers.join(" "));
    let heading: Vec<String> = heading.lines().map(|line| paint(line, HEADING, coloured)).collect();
    format!("{}\n{text}", heading.join("\n"))
}

fn section_difference(
    target: Target,
    (old, new): (&str, &str),
    (old_line, new_line): (usize, usize),
    coloured: bool,
) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut text = String::new();
    for (title, steps) in steps_by_layout(&old, &new) {
        for hunk in hunks(&steps) {
            let mut lines = String::new();
            let (mut old_count, mut new_count) = (0, 0);
            for step in hunk {
                let (sign, line, style) = match *step {
                    Step::Same { old: at, .. } => (' ', old.get(at), anstyle::Style::new()),
                    Step::Removed { old: at, .. } => ('-', old.get(at), DIFFERENT),
                    Step::Added { new: at, .. } => ('+', new.get(at), ADDED),
                };
                old_count += usize::from(sign != '+');
                new_count += usize::from(sign != '-');
                lines += &paint(&format!("{sign}{}", line.unwrap_or(&"")), style, coloured);
                lines.push('\n');
            }
            let first = hunk.first().copied().unwrap_or(Step::Same { old: 0, new: 0 });
            let (Step::Same { old, new } | Step::Removed { old, new } | Step::Added { old, new }) = first;
            // Nothing stands behind the line before it.
            let place = format!(
                "@@ -{},{old_count} +{},{new_count} @@ {target}: {title}",
                old + old_line - usize::from(old_count == 0),
                new + new_line - usize::from(new_count == 0)
            );
            text += &format!("{}\n{lines}", paint(place.trim_end_matches(": "), PLACE, coloured));
        }
    }
    text
}

/// The steps of each layout, under its title: a line is never compared with one of another type.
fn steps_by_layout<'a>(old: &'a [&'a str], new: &'a [&'a str]) -> Vec<(&'a str, Vec<Step>)> {
    let (old_blocks, new_blocks) = (blocks(old), blocks(new));
    let old_titles: Vec<&str> = old_blocks.iter().map(|block| block.title).collect();
    let new_titles: Vec<&str> = new_blocks.iter().map(|block| block.title).collect();
    let none = Block { title: "", start: 0, lines: &[] };
    let (old_end, new_end) = (Block { start: old.len(), ..none }, Block { start: new.len(), ..none });
    let mut found = Vec::new();
    for step in steps(&old_titles, &new_titles) {
        let (Step::Same { old, new } | Step::Removed { old, new } | Step::Added { old, new }) = step;
        let (old, new) = (*old_blocks.get(old).unwrap_or(&old_end), *new_blocks.get(new).unwrap_or(&new_end));
        let within = match step {
            Step::Same { .. } => steps(old.lines, new.lines),
            Step::Removed { .. } => steps(old.lines, &[]),
            Step::Added { .. } => steps(&[], new.lines),
        };
        let title = if old.title.is_empty() { new.title } else { old.title };
        found.push((title, within.into_iter().map(|step| step.shifted(old.start, new.start)).collect()));
    }
    found
}

/// The lines of one layout, without the empty ones behind it.
#[derive(Clone, Copy)]
struct Block<'a> {
    title: &'a str,
    start: usize,
    lines: &'a [&'a str],
}

fn blocks<'a>(lines: &'a [&'a str]) -> Vec<Block<'a>> {
    let mut starts: Vec<usize> = (1..lines.len()).filter(|&at| title(lines[at]).is_some()).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    let block = |(&start, end)| {
        let lines = lines.get(start..end).unwrap_or(&[]);
        let used = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
        let lines = lines.get(..used).unwrap_or(&[]);
        Block { title: lines.first().and_then(|line| title(line)).unwrap_or(""), start, lines }
    };
    starts.iter().zip(ends).map(block).collect()
}
