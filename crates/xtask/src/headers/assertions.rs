//! Declarations as assertions in C: one on each line, so that a compiler's message tells which does not hold.

use eightbyte::{Constant, Decl, Ffi, Kind, Position, RecordBody, Type};
use std::collections::BTreeSet;

/// A C text to compile and link.
pub struct Assertions {
    pub text: String,
    /// The line of each fact, and what it says of what.
    pub facts: Vec<(usize, String)>,
}

/// Asserts every declaration in a text that includes the system's headers.
pub fn of(ffi: &Ffi, system: &[&str]) -> Result<Assertions, String> {
    let mut writing = Writing::new(system);
    let mut symbols = Vec::new();
    for declared in ffi.declarations() {
        match &declared.decl {
            Decl::Function { name, ty, .. } => {
                writing.compatible(&format!("__typeof__({name})"), ty, &format!("{name} is '{ty}'"));
                symbols.push(name.to_string());
            }
            Decl::Variable { name, ty, .. } => {
                writing.compatible(&format!("__typeof__({name})"), ty, &format!("{name} is '{ty}'"));
                symbols.push(name.to_string());
            }
            Decl::Typedef { name, ty } => typedef(&mut writing, ffi, name, ty)?,
            Decl::Record { record, .. } if record.tag().is_some() => {
                if let Some(body) = record.body() {
                    record_of(&mut writing, &record.name(), &body)?;
                }
            }
            Decl::Enum { enumeration, .. } => {
                for (name, value) in enumeration.body().iter().flat_map(|body| &body.constants) {
                    constant(&mut writing, name, *value);
                }
            }
            Decl::Constant { name, value: Constant::Integer(value), .. } => {
                constant(&mut writing, name, *value);
            }
            _ => {}
        }
    }
    let mut text = writing.text;
    text += "const void *const exported[] = {\n";
    for name in &symbols {
        // In brackets it is no macro with arguments.
        text += &format!("(const void *)&({name}),\n");
    }
    text += "0 };\nint main(void) { return exported[0] == 0; }\n";
    Ok(Assertions { text, facts: writing.facts })
}

impl Assertions {
    /// What gcc and the linker found untrue.
    pub fn differences(&self, messages: &str) -> Vec<String> {
        let mut found = BTreeSet::new();
        for line in messages.lines() {
            if let Some((_, name)) = line.split_once("undefined reference to `") {
                found.insert(format!("{}: not exported", name.trim_end_matches('\'')));
                continue;
            }
            let Some((before, message)) = line.split_once(": error: ") else { continue };
            let number = before.split(':').nth(1).and_then(|number| number.parse::<usize>().ok());
            let fact = number.and_then(|number| self.facts.iter().find(|fact| fact.0 == number));
            found.insert(match fact {
                Some((_, what)) if message.starts_with("static assertion failed") => {
                    format!("not true here: {what}")
                }
                Some((_, what)) => format!("not true here: {what} ({message})"),
                // What is not declared at all is said at its assertion already.
                None if message.contains("undeclared") => continue,
                None => message.to_string(),
            });
        }
        found.into_iter().collect()
    }
}

/// The text so far.
struct Writing {
    text: String,
    line: usize,
    facts: Vec<(usize, String)>,
}

impl Writing {
    fn new(system: &[&str]) -> Writing {
        let mut writing = Writing { text: String::new(), line: 0, facts: Vec::new() };
        // What the C library declares depends on what it is asked for; we tell all of it.
        writing.line("#define _GNU_SOURCE 1");
        // The type is named in our declarations where the system's use another name for it.
        writing.line("#include <stdarg.h>");
        writing.line("#include <stddef.h>");
        for header in system {
            writing.line(&format!("#include <{header}>"));
        }
        // A macro of <complex.h>.
        writing.line("#undef I");
        writing
    }

    fn line(&mut self, text: &str) {
        debug_assert!(!text.contains('\n'));
        self.text += text;
        self.text.push('\n');
        self.line += 1;
    }

    /// Asserts what a human would say in these words.
    fn fact(&mut self, condition: &str, words: &str) {
        self.line(&format!("_Static_assert({condition}, \"\");"));
        self.facts.push((self.line, words.to_string()));
    }

    fn compatible(&mut self, theirs: &str, ours: &Type, words: &str) {
        self.fact(&format!("__builtin_types_compatible_p({theirs}, {})", spelled(ours)), words);
    }
}

fn constant(writing: &mut Writing, name: &str, value: i128) {
    // The smallest integer is no literal.
    let spelled = if value < 0 { format!("(-{} - 1)", -(value + 1)) } else { value.to_string() };
    writing.fact(&format!("({name}) == {spelled}"), &format!("{name} == {value}"));
}

fn typedef(writing: &mut Writing, ffi: &Ffi, name: &str, ty: &Type) -> Result<(), String> {
    let unnamed = match ty.kind() {
        Kind::Record(record) if record.tag().is_none() => record.body(),
        _ => None,
    };
    if let Some(body) = unnamed {
        return record_of(writing, name, &body);
    }
    // A record that is never defined has no size, but it is the same record.
    if let Ok(size) = ffi.sizeof(name) {
        writing.fact(&format!("sizeof({name}) == {size}"), &format!("sizeof({name}) == {size}"));
    }
    writing.compatible(name, &ty.clone().spelled_out(), &format!("{name} is '{ty}'"));
    Ok(())
}

fn record_of(writing: &mut Writing, name: &str, body: &RecordBody) -> Result<(), String> {
    let (size, align) = (body.extent.size, body.extent.align.bytes());
    writing.fact(&format!("sizeof({name}) == {size}"), &format!("sizeof({name}) == {size}"));
    writing.fact(&format!("_Alignof({name}) == {align}"), &format!("_Alignof({name}) == {align}"));
    members(writing, name, body, ("", 0))
}

/// The members of a record that lies so deep in another: behind `inside`, at `base`.
fn members(
    writing: &mut Writing,
    name: &str,
    body: &RecordBody,
    (inside, base): (&str, u64),
) -> Result<(), String> {
    for field in &body.fields {
        let Position::Bytes { offset } = field.position else {
            return Err(format!("a bit-field of {name}: no assertion can tell where it lies"));
        };
        let offset = base + offset;
        let nameless =
            field.ty.as_record().filter(|inner| inner.tag().is_none() && field.ty.alias().is_none());
        let inner = nameless.and_then(|inner| inner.body());
        let Some(member) = &field.name else {
            if let Some(inner) = inner {
                members(writing, name, &inner, (inside, offset))?;
            }
            continue;
        };
        // Such names are the library's own business; the size of the whole is not.
        if member.starts_with('_') {
            continue;
        }
        let path = format!("{inside}{member}");
        let place = format!("__builtin_offsetof({name}, {path}) == {offset}");
        writing.fact(&place, &format!("offsetof({name}, {path}) == {offset}"));
        let theirs = format!("(({name} *)0)->{path}");
        if let Some(inner) = inner {
            let size = inner.extent.size;
            writing.fact(&format!("sizeof({theirs}) == {size}"), &format!("sizeof {name}.{path} == {size}"));
            members(writing, name, &inner, (&format!("{path}."), offset))?;
        } else {
            let words = format!("{name}.{path} is '{}'", field.ty);
            writing.compatible(&format!("__typeof__({theirs})"), &field.ty, &words);
        }
    }
    Ok(())
}

/// A type's name as the compiler reads it.
fn spelled(ty: &Type) -> String {
    let text = ty.to_string().split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    // A `va_list` that became a parameter: the array's element has a name that only compilers know.
    text.replace("struct __va_list_tag *", "__builtin_va_list ")
}
