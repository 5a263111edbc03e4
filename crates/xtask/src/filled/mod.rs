//! `cargo xtask filled`: random records, every field of which C fills with known values. Reading them through the
//! library gives the same values, and writing them gives the same bytes.

mod leaves;

use crate::layouts::{Profile, Random, texts};
use eightbyte::{CData, Ffi};
use leaves::{Leaf, Value};
use std::fmt::Write;
use std::process::Command;

/// Groups of declarations in one program.
const BATCH: u64 = 60;

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// How many records were filled.
    pub records: usize,
    /// How many fields, and elements of fields.
    pub fields: usize,
    /// How many groups gcc, or the library, did not accept.
    pub refused: usize,
    /// Where the library and gcc do not agree.
    pub differences: Vec<String>,
}

/// Runs the command with these arguments: `--count N`, `--seed N`.
pub fn command(arguments: &[String]) -> Result<bool, String> {
    let (mut count, mut seed) = (2000, 1);
    for pair in arguments.chunks(2) {
        match pair {
            [name, value] if name == "--count" => {
                count = value.parse().map_err(|_| format!("expected a number, found '{value}'"))?;
            }
            [name, value] if name == "--seed" => {
                seed = value.parse().map_err(|_| format!("expected a number, found '{value}'"))?;
            }
            _ => return Err(format!("expected --count N or --seed N, found '{}'", pair.join(" "))),
        }
    }
    let findings = run(count, seed)?.ok_or("gcc cannot be started; install it")?;
    for difference in findings.differences.iter().take(10) {
        println!("{difference}\n");
    }
    let Findings { records, fields, refused, differences } = &findings;
    let found = differences.len();
    println!("{records} records, {fields} fields: {found} differences; {refused} groups not accepted");
    Ok(differences.is_empty())
}

/// At least so many records of both profiles; `None` where there is no gcc.
pub fn run(count: usize, seed: u64) -> Result<Option<Findings>, String> {
    if Command::new("gcc").arg("--version").output().is_err() {
        return Ok(None);
    }
    let mut findings = Findings::default();
    let mut round = 0;
    while findings.records < count {
        for profile in [Profile::Plain, Profile::Gnu] {
            batch(texts(seed.wrapping_add(round), BATCH, profile), seed ^ round, &mut findings)?;
        }
        round += 1;
    }
    Ok(Some(findings))
}

/// A record with values for its fields.
struct Filled {
    group: usize,
    name: String,
    leaves: Vec<Leaf>,
}

fn batch(texts: Vec<String>, seed: u64, findings: &mut Findings) -> Result<(), String> {
    // Const fields could be assigned by nobody.
    let mut texts: Vec<Option<String>> =
        texts.into_iter().map(|text| Some(text.replace("const", ""))).collect();
    let mut random = Random::new(seed);
    let (mut ffis, mut filled) = (Vec::new(), Vec::<Filled>::new());
    for (group, slot) in texts.iter_mut().enumerate() {
        let ffi = Ffi::new();
        let accepted = slot.as_deref().is_some_and(|text| ffi.cdef(text).is_ok());
        if !accepted {
            // Whether that is right is what `cargo xtask layouts` judges.
            *slot = None;
            findings.refused += 1;
        }
        for rows in ffi.type_rows().map_err(|error| error.to_string())? {
            if matches!(rows.kind, "struct" | "union") {
                let ty = ffi.ctype(&rows.name).map_err(|error| error.to_string())?;
                let leaves = leaves::leaves(ty.as_type(), ffi.target(), &mut random);
                filled.push(Filled { group, name: rows.name, leaves });
            }
        }
        ffis.push(ffi);
    }
    let objects = loop {
        match by_gcc(&texts, &filled)? {
            Ran::Printed(objects) => break objects,
            Ran::Refused(groups) => {
                findings.refused += groups.len();
                for group in groups {
                    if let Some(text) = texts.get_mut(group) {
                        *text = None;
                    }
                }
            }
        }
    };
    let accepted = filled.iter().filter(|one| matches!(texts.get(one.group), Some(Some(_))));
    for (one, bytes) in accepted.zip(&objects) {
        findings.records += 1;
        findings.fields += one.leaves.len();
        let Some(ffi) = ffis.get(one.group) else { continue };
        let outcome = same(ffi, one, bytes).unwrap_or_else(|error| Some(error.to_string()));
        if let Some(difference) = outcome {
            let text = texts.get(one.group).and_then(Option::as_deref).unwrap_or_default();
            findings.differences.push(format!("{text}{}: {difference}", one.name));
        }
    }
    Ok(())
}

/// Where the library does not agree with these bytes.
fn same(ffi: &Ffi, filled: &Filled, expected: &[u8]) -> eightbyte::Result<Option<String>> {
    let mut read = ffi.alloc(&filled.name)?;
    if read.bytes().len() != expected.len() {
        return Ok(Some(format!("{} bytes, gcc has {}", read.bytes().len(), expected.len())));
    }
    read.bytes_mut().copy_from_slice(expected);
    let mut written = ffi.alloc(&filled.name)?;
    for leaf in &filled.leaves {
        let found = get(&read, &leaf.path, leaf.value)?;
        if found != leaf.value {
            return Ok(Some(format!("'{}' reads as {found:?}, gcc wrote {:?}", leaf.path, leaf.value)));
        }
        match leaf.value {
            Value::Bool(value) => written.set(&leaf.path, value)?,
            Value::Signed(value) => written.set(&leaf.path, value)?,
            Value::Unsigned(value) => written.set(&leaf.path, value)?,
            Value::Float(value) => written.set(&leaf.path, value)?,
            Value::Complex(re, im) => written.set(&leaf.path, (re, im))?,
            Value::Address(value) => {
                written.set(&leaf.path, std::ptr::without_provenance_mut::<u8>(value))?;
            }
        }
    }
    if written.bytes() == expected {
        return Ok(None);
    }
    let shown = |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    Ok(Some(format!("bytes written\n  ours {}\n  gcc  {}", shown(written.bytes()), shown(expected))))
}

/// The value at a path, of the same kind as the one expected.
fn get(from: &CData, path: &str, like: Value) -> eightbyte::Result<Value> {
    Ok(match like {
        Value::Bool(_) => Value::Bool(from.get(path)?),
        Value::Signed(_) => Value::Signed(from.get(path)?),
        Value::Unsigned(_) => Value::Unsigned(from.get(path)?),
        Value::Float(_) => Value::Float(from.get(path)?),
        Value::Complex(..) => {
            Value::Complex(from.get(&format!("{path}.re"))?, from.get(&format!("{path}[1]"))?)
        }
        Value::Address(_) => Value::Address(from.get::<*mut u8>(path)?.addr()),
    })
}

enum Ran {
    /// The bytes of every object.
    Printed(Vec<Vec<u8>>),
    /// The groups with a mistake.
    Refused(Vec<usize>),
}

fn by_gcc(texts: &[Option<String>], filled: &[Filled]) -> Result<Ran, String> {
    let mut source = "#include <stdio.h>\n".to_owned();
    source += "static void show(const void *at, unsigned long size) {\n    const unsigned char *p = at;\n";
    source += "    for (unsigned long i = 0; i < size; i++) printf(\"%02x\", p[i]);\n    puts(\"\");\n}\n";
    // Which line belongs to which group.
    let mut owners: Vec<(usize, usize)> = Vec::new();
    let mut own = |source: &String, group: usize| owners.push((source.lines().count(), group));
    let mut calls = String::new();
    for (group, text) in texts.iter().enumerate() {
        let Some(text) = text else { continue };
        own(&source, group);
        source += text;
        for (index, one) in filled.iter().enumerate().filter(|(_, one)| one.group == group) {
            let _ = writeln!(source, "static {} o{index};\nstatic void fill{index}(void) {{", one.name);
            for leaf in &one.leaves {
                source += &leaf.assignment(&format!("o{index}"));
            }
            source += "}\n";
            let _ = writeln!(calls, "    fill{index}(); show(&o{index}, sizeof(o{index}));");
        }
    }
    let _ = write!(source, "int main(void) {{\n{calls}    return 0;\n}}\n");
    let directory = std::env::temp_dir().join(format!("xtask-filled-{}", std::process::id()));
    std::fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    let (file, program) = (directory.join("filled.c"), directory.join("filled"));
    let ran = || -> Result<Ran, String> {
        std::fs::write(&file, &source).map_err(|error| error.to_string())?;
        let compiled = Command::new("gcc")
            .args(["-std=gnu2x", "-w", "-fmax-errors=0", "-o"])
            .args([&program, &file])
            .env("LC_ALL", "C")
            .output()
            .map_err(|error| format!("cannot start gcc: {error}"))?;
        if !compiled.status.success() {
            return refused(&String::from_utf8_lossy(&compiled.stderr), &owners);
        }
        let output = Command::new(&program).output().map_err(|error| error.to_string())?;
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        lines.lines().map(bytes_of).collect::<Option<_>>().map(Ran::Printed).ok_or("no bytes".to_owned())
    }();
    let _ = std::fs::remove_dir_all(&directory);
    ran
}

fn refused(messages: &str, owners: &[(usize, usize)]) -> Result<Ran, String> {
    let lines = messages.lines().filter(|line| line.contains("error: "));
    let lines = lines.filter_map(|line| line.split_once("filled.c:")?.1.split(':').next()?.parse().ok());
    let group =
        |line: usize| owners.iter().take_while(|(first, _)| *first < line).last().map(|(_, group)| *group);
    let mut groups: Vec<usize> = lines.filter_map(group).collect();
    groups.dedup();
    if groups.is_empty() { Err(format!("gcc failed: {messages}")) } else { Ok(Ran::Refused(groups)) }
}

fn bytes_of(line: &str) -> Option<Vec<u8>> {
    (0..line.len() / 2)
        .map(|index| u8::from_str_radix(line.get(2 * index..2 * index + 2)?, 16).ok())
        .collect()
}
