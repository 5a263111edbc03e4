//! Files to declarations, one set for each target.
#![forbid(unsafe_code)]

use crate::preprocessing::Preprocessing;
use crate::{Failure, paint};
use eightbyte::{CType, Error, ErrorKind, Ffi, Target, TypeRows};
use std::collections::HashSet;
use std::io::Read;

/// A file that was read, under the name that messages give it.
pub struct Text {
    pub name: String,
    pub text: String,
}

/// What several targets made of the same texts.
pub struct Declared {
    /// One for each target, in the order asked for.
    pub machines: Vec<Ffi>,
    /// Has a mistake been reported?
    pub faulty: bool,
}

/// Reads files; `-` is standard input.
pub fn read(paths: &[String]) -> Result<Vec<Text>, Failure> {
    paths.iter().map(|path| read_one(path)).collect()
}

fn read_one(path: &str) -> Result<Text, Failure> {
    let mut bytes = Vec::new();
    let (name, read) = match path {
        "-" => ("<stdin>", std::io::stdin().lock().read_to_end(&mut bytes)),
        _ => (path, std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))),
    };
    read.map_err(|error| Failure::Usage(format!("cannot read {name}: {}", plain(&error))))?;
    // Headers hold Latin-1 in comments; C itself is ASCII.
    let text = String::from_utf8(bytes).unwrap_or_else(|odd| String::from_utf8_lossy(odd.as_bytes()).into());
    Ok(Text { name: name.to_string(), text })
}

/// An error of the system without Rust's `(os error 2)`, in lower case.
pub fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// Declares every text, in order, for one target.
pub fn declare(texts: &[Text], target: Target, given: &Preprocessing) -> Result<Ffi, Error> {
    let ffi = given.ffi(target)?;
    for text in texts {
        ffi.cdef_named(&text.name, &text.text)?;
    }
    // Large texts are read when they are needed: their mistakes come now.
    ffi.all_layouts()?;
    Ok(ffi)
}

/// Declares every text for each target, and does without the declarations that only some of them can have: these are
/// reported, and the others stand.
///
/// A mistake on every target is one of the text altogether.
pub fn declare_for_each(
    texts: &[Text],
    targets: &[Target],
    given: &Preprocessing,
) -> Result<Declared, Failure> {
    let tried: Vec<_> = targets.iter().map(|&target| declare(texts, target, given)).collect();
    let reports = |tried: &Result<Ffi, Error>| -> HashSet<String> {
        match tried {
            Ok(_) => HashSet::new(),
            Err(error) => error.diagnostics().iter().map(|diagnostic| diagnostic.render(false)).collect(),
        }
    };
    let all: Vec<HashSet<String>> = tried.iter().map(reports).collect();
    if let [Err(error), ..] = &tried[..]
        && let [first, rest @ ..] = &all[..]
        && first.iter().any(|report| rest.iter().all(|other| other.contains(report)))
    {
        return Err(Failure::Text(error.clone()));
    }
    let mut machines = Vec::new();
    let mut faulty = false;
    for (tried, &target) in tried.into_iter().zip(targets) {
        machines.push(match tried {
            Ok(ffi) => ffi,
            Err(error) => {
                faulty = true;
                paint::announce(&format!("for {target}:"));
                paint::complain(&error);
                declare_the_rest(texts, target, error, given).unwrap_or_else(|| Ffi::for_target(target))
            }
        });
    }
    Ok(Declared { machines, faulty })
}

/// Declares all but what is wrong, and what needs it.
fn declare_the_rest(texts: &[Text], target: Target, mut error: Error, given: &Preprocessing) -> Option<Ffi> {
    let mut texts: Vec<Text> =
        texts.iter().map(|text| Text { name: text.name.clone(), text: text.text.clone() }).collect();
    // Each round takes out one declaration at least; a text that is wrong all over is given up.
    for _ in 0..64 {
        let mut changed = false;
        for text in &mut texts {
            let spans = error.diagnostics().iter().filter_map(|diagnostic| diagnostic.span());
            let own = spans.filter(|span| {
                span.source().name() == text.name && span.source().text().len() == text.text.len()
            });
            let offsets: Vec<usize> = own.map(|span| span.range().start).collect();
            changed |= blank_declarations(&mut text.text, &offsets);
        }
        if !changed {
            return None;
        }
        match declare(&texts, target, given) {
            Ok(ffi) => return Some(ffi),
            Err(next) => error = next,
        }
    }
    None
}

/// Puts blanks in the place of the declarations that hold these offsets. The text keeps its length and its lines.
fn blank_declarations(text: &mut String, offsets: &[usize]) -> bool {
    let mut changed = false;
    if offsets.is_empty() {
        return false;
    }
    for (start, end) in declarations(text) {
        let wrong = offsets.iter().any(|offset| (start..end).contains(offset));
        let Some(inside) = text.get(start..end).filter(|_| wrong) else { continue };
        let blank: String = inside
            .bytes()
            .map(|byte| if byte.is_ascii_whitespace() { char::from(byte) } else { ' ' })
            .collect();
        changed |= blank != inside;
        text.replace_range(start..end, &blank);
    }
    changed
}

/// From where to where each declaration reaches: up to a semicolon outside all brackets. Directives stand between.
fn declarations(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut start, mut depth, mut line_start) = (0, 0, 0usize, true);
    let until = |from: usize, end: &str| {
        text.get(from..)
            .and_then(|rest| rest.find(end))
            .map_or(text.len(), |position| from + position + end.len())
    };
    let _rest_of_line =
        |from: usize| bytes.iter().skip(from).position(|&byte| byte == b'\n').unwrap_or(bytes.len() - from);
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        match byte {
            b'\n' => {
                line_start = true;
                at += 1;
                continue;
            }
            b' ' | b'\t' | b'\r' => {
                at += 1;
                continue;
            }
            b'#' if line_start => {
                while let Some(&inside) = bytes.get(at) {
                    at += if inside == b'\\' { 2 } else { 1 };
                    if inside == b'\n' {
                        break;
                    }
                }
                if depth == 0 && text.get(start..at).is_some_and(|text| text.trim_start().starts_with('#')) {
                    start = at;
                }
                continue;
            }
            b'/' if next == Some(b'*') => at = until(at + 2, "*/"),
            b'/' if next == Some(b'/') => {
                at = until(at + 2, "\n") - usize::from(bytes.last() == Some(&b'\n'))
            }
            b'"' | b'\'' => {
                at += 1;
                while let Some(&inside) = bytes.get(at) {
                    at += if inside == b'\\' { 2 } else { 1 };
                    if inside == byte {
                        break;
                    }
                }
            }
            b'{' | b'(' | b'[' => (depth, at) = (depth + 1, at + 1),
            b'}' | b')' | b']' => (depth, at) = (depth.saturating_sub(1), at + 1),
            b';' if depth == 0 => {
                at += 1;
                found.push((start, at));
                start = at;
            }
            _ => at += 1,
        }
        line_start = false;
    }
    found
}

/// The type of a name: any C type, or a tag without its keyword.
pub fn type_named(ffi: &Ffi, name: &str) -> Result<CType, Error> {
    let asked = match ffi.ctype(name) {
        Ok(ty) => return Ok(ty),
        Err(error) => error,
    };
    let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_word || asked.kind() != ErrorKind::UnknownType {
        return Err(asked);
    }
    let known = ["struct", "union", "enum"].into_iter().find_map(|keyword| {
        let ty = ffi.ctype(&format!("{keyword} {name}")).ok()?;
        ty.size().is_ok().then_some(ty)
    });
    known.ok_or(asked)
}

/// The rows of the types asked for, or of all.
pub fn rows(ffi: &Ffi, names: &[String]) -> Result<Vec<TypeRows>, Error> {
    let all = ffi.type_rows()?;
    if names.is_empty() {
        return Ok(all);
    }
    names.iter().map(|name| rows_of(ffi, name, &all)).collect()
}

fn rows_of(ffi: &Ffi, name: &str, all: &[TypeRows]) -> Result<TypeRows, Error> {
    let ty = type_named(ffi, name)?;
    let node = match ty.as_type().kind() {
        eightbyte::Kind::Record(record) => Some(record.name()),
        eightbyte::Kind::Enum(enumeration) => Some(enumeration.name()),
        _ => None,
    };
    if let Some(rows) = node.and_then(|node| all.iter().find(|rows| rows.name == node)) {
        return Ok(TypeRows { size: ty.size()?, align: ty.align()?, ..rows.clone() });
    }
    // Any other type is what a typedef of it would be.
    Ok(TypeRows {
        name: ty.to_string(),
        kind: "typedef",
        size: ty.size()?,
        align: ty.align()?,
        signed: None,
        constants: Vec::new(),
        fields: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_end_at_semicolons_outside_brackets() {
        let text = "#define A ;\nint a; /* ; */ struct s { int x; } // ;\n;\nchar *b = \";\";";
        let pieces: Vec<_> =
            declarations(text).into_iter().map(|(start, end)| text[start..end].trim()).collect();
        assert_eq!(pieces, ["int a;", "/* ; */ struct s { int x; } // ;\n;", "char *b = \";\";"]);
    }

    #[test]
    fn a_blanked_declaration_leaves_the_lines_where_they_were() {
        let mut text = "int a;\nint\nb;\nint c;".to_string();
        assert!(blank_declarations(&mut text, &[8]));
        assert_eq!(text, "int a;\n   \n  \nint c;");
        assert!(!blank_declarations(&mut text, &[400]));
    }
}
