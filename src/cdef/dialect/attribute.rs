//! Attributes of every spelling as one: `__attribute__((name(args)))`, those that matter and no others.

use super::Writer;
use crate::cdef::index::Paired;
use crate::cdef::words::{Class, class};
use std::ops::Range;

/// An attribute that is kept.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    name: String,
    token: usize,
    arguments: Option<Range<usize>>,
}

impl Attribute {
    /// Whether it was written as `__stdcall`.
    pub(super) fn is_convention(&self, paired: Paired) -> bool {
        paired.class(self.token) == Some(Class::Convention)
    }
}

/// A run of attributes and assembler names, as they may stand behind a declarator.
#[derive(Default, Debug)]
pub(super) struct Run {
    pub attributes: Vec<Attribute>,
    /// What stands inside the parentheses of `__asm__(..)`, and the word itself.
    labels: Vec<(usize, Range<usize>)>,
    pub end: usize,
}

impl Writer<'_, '_> {
    /// All attributes and assembler names from an index on.
    pub(super) fn run(&self, start: usize, end: usize) -> Run {
        let paired = self.paired;
        let mut run = Run { end: start, ..Run::default() };
        loop {
            if let Some(next) = paired.attribute_end(run.end, end) {
                self.attribute(run.end, next, &mut run.attributes);
                run.end = next;
            } else if run.end < end && paired.class(run.end) == Some(Class::Asm) {
                let mut open = run.end + 1;
                while open < end && paired.class(open) == Some(Class::Qualifier) {
                    open += 1;
                }
                if !paired.is(open, end, "(") {
                    return run;
                }
                let close = paired.close(open, end);
                run.labels.push((run.end, open + 1..close));
                run.end = (close + 1).min(end);
            } else if run.end > start && run.end < end && paired.class(run.end) == Some(Class::Blank) {
                run.end += 1;
            } else {
                return run;
            }
        }
    }

    /// The kept ones of a range that holds attributes only.
    pub(super) fn attributes(&self, range: Range<usize>) -> Vec<Attribute> {
        self.run(range.start, range.end).attributes
    }

    fn attribute(&self, start: usize, end: usize, kept: &mut Vec<Attribute>) {
        let tokens = self.paired.tokens;
        let word = tokens[start].text;
        match class(word) {
            Some(Class::Convention) => {
                kept.push(Attribute {
                    name: word.trim_matches('_').to_string(),
                    token: start,
                    arguments: None,
                });
            }
            Some(Class::Align) => kept.push(Attribute {
                name: "ffi_alignas".to_string(),
                token: start,
                arguments: Some(start + 2..end.saturating_sub(1)),
            }),
            Some(Class::Attribute) if word.ends_with("declspec") => {
                self.items(
                    start + 2..end.saturating_sub(1),
                    |name| (name == "align").then_some("aligned"),
                    kept,
                );
            }
            Some(Class::Attribute) => {
                // gcc wants its parentheses doubled; what has single ones holds nothing that is known.
                let open = start + 2;
                if tokens[open.min(tokens.len() - 1)].is("(") {
                    self.items(open + 1..self.paired.close(open, end), kept_name, kept);
                }
            }
            _ => self.items(start + 2..end.saturating_sub(2), kept_name, kept),
        }
    }

    /// The comma-separated items of a list.
    fn items(
        &self,
        range: Range<usize>,
        kept_as: impl for<'x> Fn(&'x str) -> Option<&'x str>,
        kept: &mut Vec<Attribute>,
    ) {
        let paired = self.paired;
        let mut at = range.start;
        while at < range.end {
            let mut name = at;
            while paired.is(name + 1, range.end, "::") || paired.is(name + 1, range.end, ":") {
                name += if paired.is(name + 2, range.end, ":") { 3 } else { 2 };
            }
            let open = name + 1;
            let group = paired.is(open, range.end, "(").then(|| open + 1..paired.close(open, range.end));
            let after = group.as_ref().map_or(open, |group| group.end + 1);
            if let Some(word) =
                paired.tokens.get(name).filter(|_| name < range.end).and_then(|token| token.word())
                && let Some(stripped) = kept_as(stripped(word))
            {
                kept.push(Attribute {
                    name: stripped.to_string(),
                    token: name,
                    arguments: group.filter(|group| !group.is_empty()),
                });
            }
            at = after.max(at + 1);
            // What an item holds beside its name and arguments is of no matter.
            while at < range.end && !paired.tokens[at].is(",") {
                at = match paired.tokens[at].text {
                    "(" | "[" | "{" => paired.close(at, range.end) + 1,
                    _ => at + 1,
                };
            }
            at += 1;
        }
    }

    pub(super) fn put_run(&mut self, run: &Run) {
        for (word, range) in &run.labels {
            self.put(*word, "__asm__ (");
            self.range(range.clone());
            self.put_loose(")");
        }
        self.put_attributes(&run.attributes);
    }

    pub(super) fn put_attributes(&mut self, attributes: &[Attribute]) {
        if let Some(first) = attributes.first() {
            self.put(first.token, "__attribute__((");
            self.put_list(attributes);
            self.put_loose("))");
        }
    }

    pub(super) fn put_list(&mut self, attributes: &[Attribute]) {
        for (index, attribute) in attributes.iter().enumerate() {
            if index > 0 {
                self.put_loose(",");
            }
            self.put(attribute.token, &attribute.name);
            let Some(arguments) = attribute.arguments.clone() else { continue };
            self.put_loose("(");
            match attribute.name.as_str() {
                "mode" => {
                    let mode = self.paired.tokens[arguments.start].text;
                    self.put(arguments.start, stripped(mode));
                }
                "ffi_alignas" if self.starts_type(arguments.start, arguments.end) => {
                    self.put_loose("_Alignof(");
                    self.range(arguments);
                    self.put_loose(")");
                }
                _ => self.range(arguments),
            }
            self.put_loose(")");
        }
    }
}

/// `__packed__` is `packed`.
fn stripped(word: &str) -> &str {
    word.strip_prefix("__")
        .and_then(|word| word.strip_suffix("__"))
        .filter(|word| !word.is_empty())
        .unwrap_or(word)
}

/// What decides a layout, a call, or what the user is told.
fn kept_name(name: &str) -> Option<&str> {
    let kept = match name {
        "packed"
        | "aligned"
        | "mode"
        | "vector_size"
        | "ms_abi"
        | "sysv_abi"
        | "cdecl"
        | "stdcall"
        | "fastcall"
        | "thiscall"
        | "regparm"
        | "vectorcall"
        | "deprecated"
        | "transparent_union"
        | "ms_struct"
        | "gcc_struct"
        | "scalar_storage_order"
        | "format"
        | "noreturn" => true,
        "_Noreturn" => return Some("noreturn"),
        // The carriers are ours alone to write.
        _ => false,
    };
    kept.then_some(name)
}
