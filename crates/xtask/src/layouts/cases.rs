//! Numbered cases: C texts with the numbers that compilers gave for them, target by target.
//!
//! ```text
//! case 9 Bit-field packing
//! struct t { char c; long long b : 57; };
//! = x86_64-linux-gnu 16/8 c@0 b:64..120
//! = i686-linux-gnu 12/4 c@0 b:32..88
//! ```
//!
//! `size/align`, then `member@offset`, and for bit-fields `member:first..last`, absolute bits, with a `u` for unsigned
//! ones; an enum has `size signed` or `size unsigned`. The type is the one with the tag `t`, or the typedef `t`. A target without a line
//! has the numbers of x86_64-linux-gnu, `none` says that it has no such type.

use super::compiler::{Compiled, Compiler};
use super::judge::ones;
use super::ours::{FieldRow, TypeRows};
use std::fmt::Write;

/// A text and what is known about it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its number.
    pub number: u32,
    /// What it is about.
    pub title: String,
    /// The C text.
    pub text: String,
    /// Targets and what they make of it, x86_64-linux-gnu first.
    pub expected: Vec<(String, String)>,
}

/// The targets that the cases are for.
pub const TARGETS: [&str; 5] =
    ["x86_64-linux-gnu", "i686-linux-gnu", "aarch64-linux-gnu", "x86_64-windows-gnu", "x86_64-windows-msvc"];

/// Reads a file of cases.
pub fn parse(file: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    for (index, line) in file.lines().enumerate() {
        let fail = |what: &str| format!("line {}: {what}, found '{line}'", index + 1);
        if let Some(head) = line.strip_prefix("case ") {
            let (number, title) =
                head.split_once(' ').ok_or_else(|| fail("expected a number and a title"))?;
            let number = number.parse().map_err(|_| fail("expected a number"))?;
            if cases.iter().any(|case| case.number == number) {
                return Err(fail("this number is taken"));
            }
            cases.push(Case { number, title: title.to_string(), text: String::new(), expected: Vec::new() });
        } else if line.is_empty() || line.starts_with("//") {
            continue;
        } else {
            let case = cases.last_mut().ok_or_else(|| fail("expected 'case' first"))?;
            match line.strip_prefix("= ") {
                Some(answer) => {
                    let (target, numbers) =
                        answer.split_once(' ').ok_or_else(|| fail("expected a target and numbers"))?;
                    if !TARGETS.contains(&target) {
                        return Err(fail("expected one of the targets"));
                    }
                    case.expected.push((target.to_string(), numbers.to_string()));
                }
                None => {
                    case.text.push_str(line);
                    case.text.push('\n');
                }
            }
        }
    }
    match cases.iter().find(|case| case.expected.first().is_none_or(|(target, _)| target != TARGETS[0])) {
        Some(case) => Err(format!("case {}: expected the line of {} first", case.number, TARGETS[0])),
        None => Ok(cases),
    }
}

impl Case {
    /// What the compilers say for a target.
    pub fn expected(&self, target: &str) -> &str {
        let line = self.expected.iter().find(|(name, _)| name == target).or(self.expected.first());
        line.map_or("", |(_, numbers)| numbers)
    }

    /// The same line made of the library's rows: only the fields that the case names.
    pub fn found(&self, target: &str, rows: &Result<Vec<TypeRows>, String>) -> String {
        let rows = match rows {
            Ok(rows) => rows,
            Err(_) if self.expected(target) == "none" => return "none".to_string(),
            Err(message) => return format!("error: {message}"),
        };
        let name = self.type_name();
        let Some(of) = rows.iter().find(|rows| rows.name == name) else {
            return format!("no rows for {name}");
        };
        if of.kind == "enum" {
            return format!("{} {}", of.size, if of.signed == Some(true) { "signed" } else { "unsigned" });
        }
        let mut line = format!("{}/{}", of.size, of.align);
        for path in self.paths(target) {
            match of.fields.iter().find(|field| field.path == path) {
                Some(field) => line.push_str(&field_text(field)),
                None => {
                    let _ = write!(line, " {path}?");
                }
            }
        }
        line
    }

    /// `struct t`
    fn type_name(&self) -> String {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        let tagged = ["struct", "union", "enum"].into_iter().find(|keyword| {
            self.text.contains(&format!("{keyword} t {{"))
                || (words.contains(&"t")
                    && self.text.lines().any(|line| line.starts_with(keyword) && line.contains(" t {")))
        });
        tagged.map_or("t".to_string(), |keyword| format!("{keyword} t"))
    }

    fn paths(&self, target: &str) -> Vec<String> {
        let fields = self.expected(target).split_whitespace().skip(1);
        fields.map(|field| field.split(['@', ':']).next().unwrap_or(field).to_string()).collect()
    }

    /// The line again, as a compiler has it.
    fn judged(&self, compiler: &Compiler, target: &str) -> Result<String, String> {
        let name = self.type_name();
        let mut text =
            format!("{}const unsigned long long facts[] = {{ sizeof({name}), _Alignof({name}), ", self.text);
        let fields: Vec<&str> = self.expected(target).split_whitespace().skip(1).collect();
        let is_enum = name.starts_with("enum");
        if is_enum {
            let _ = write!(text, "({name})-1 < 0 }};");
        } else {
            let mut more = String::new();
            for (index, (field, path)) in fields.iter().zip(self.paths(target)).enumerate() {
                if field.contains('@') {
                    let _ = write!(text, "__builtin_offsetof({name}, {path}), ");
                } else {
                    let _ = writeln!(
                        more,
                        "const {name} bits_{index} = {{ .{path} = -1 }}; void signed_{index}(void); \
                         void sign_{index}(void) {{ if (bits_{index}.{path} < 0) signed_{index}(); }}"
                    );
                }
            }
            let _ = write!(text, "0 }};\n{more}");
        }
        let symbols = match compiler.compile(&text)? {
            Compiled::Object(symbols) => symbols,
            Compiled::Refused(_, message) if self.expected(target) == "none" => {
                return Ok(if message.is_empty() { message } else { "none".to_string() });
            }
            Compiled::Refused(_, message) => return Ok(format!("error: {message}")),
        };
        let data = |name: &str| symbols.get(name).cloned().flatten().unwrap_or_default();
        let facts = data("facts");
        let mut facts = facts
            .chunks_exact(8)
            .map(|word| word.iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)));
        let mut next = || facts.next().unwrap_or_default();
        let (size, align) = (next(), next());
        if is_enum {
            return Ok(format!("{size} {}", if next() == 1 { "signed" } else { "unsigned" }));
        }
        let mut line = format!("{size}/{align}");
        for (index, (field, path)) in fields.iter().zip(self.paths(target)).enumerate() {
            let mut row =
                FieldRow { path, offset: 0, size: None, bits: None, type_name: String::new(), signed: None };
            if field.contains('@') {
                row.offset = next();
            } else if let Some((first, width)) = ones(&data(&format!("bits_{index}"))) {
                row.offset = first / 8;
                row.bits = Some(((first % 8) as u32, width));
                row.signed = Some(symbols.contains_key(&format!("signed_{index}")));
            }
            line.push_str(&field_text(&row));
        }
        Ok(line)
    }
}

fn field_text(field: &FieldRow) -> String {
    let FieldRow { path, offset, bits, signed, .. } = field;
    match bits {
        None => format!(" {path}@{offset}"),
        Some((bit, width)) => {
            let first = offset.saturating_mul(8).saturating_add(u64::from(*bit));
            let last = first.saturating_add(u64::from(*width)).saturating_sub(1);
            format!(" {path}:{first}..{last}{}", if *signed == Some(false) { "u" } else { "" })
        }
    }
}

/// Checks a file of cases against the compilers that are installed; true if none differs.
pub fn command(file: &str) -> Result<bool, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let cases = parse(&text)?;
    let mut good = true;
    for target in TARGETS {
        let Some(compiler) = Compiler::all_for(target).into_iter().next() else {
            println!("{target}: no compiler is installed for it");
            continue;
        };
        let mut different = 0;
        for case in &cases {
            let (found, expected) = (case.judged(&compiler, target)?, case.expected(target));
            if found != expected {
                different += 1;
                println!(
                    "case {} ({}), {target}: {found}, the file has {expected}\n{}",
                    case.number, case.title, case.text
                );
            }
        }
        // clang stands in for gcc where no cross compiler is installed, though the two are known to differ.
        let counts = target.ends_with("msvc") || !compiler.is_clang();
        good &= different == 0 || !counts;
        println!("{} cases, {} for {target}: {different} differ", cases.len(), compiler.title);
    }
    Ok(good)
}
