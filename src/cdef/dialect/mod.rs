//! Every dialect of C as the one that the grammar takes; what the grammar has no word for rides in carriers.
//!
//! Invariant: the carriers (names that begin with `__ffi_` or `ffi_`) cannot be written by the user.

mod attribute;
mod literal;
mod special;

use super::index::Paired;
use super::lex::Kind;
use super::name::{mangled, plain_word};
use super::split::Piece;
use super::words::{Class, class};
use crate::error::{Diagnostic, ErrorKind, Source, Span};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// From the text that the grammar saw back to the user's.
#[derive(Debug)]
pub(crate) struct Map {
    source: Arc<Source>,
    /// What stands before the rewritten text.
    prefix: usize,
    /// Where the last rewritten token ends, in front of the final `;`.
    end: usize,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    out: u32,
    start: u32,
    end: u32,
    token: u32,
}

impl Map {
    /// The user's words for a node of the tree.
    pub(crate) fn span(&self, span: lang_c::span::Span) -> Span {
        let first = self.entry(span.start);
        let last = self.entry(span.end.saturating_sub(1).max(span.start));
        match (first, last) {
            (Some(first), Some(last)) => {
                let start = first.start.min(last.start);
                Span::new(&self.source, start..first.end.max(last.end))
            }
            _ => Span::new(&self.source, 0..0),
        }
    }

    /// The token at an offset of the rewritten text.
    pub(super) fn token(&self, offset: usize) -> Option<usize> {
        self.entry(offset).map(|entry| entry.token as usize)
    }

    /// Whether an offset lies behind all that was rewritten.
    pub(super) fn is_behind(&self, offset: usize) -> bool {
        offset >= self.end
    }

    fn entry(&self, offset: usize) -> Option<&Entry> {
        let offset = offset.saturating_sub(self.prefix);
        let count = self.entries.partition_point(|entry| entry.out as usize <= offset);
        self.entries.get(count.saturating_sub(1))
    }
}

/// Collects the rewritten text.
pub(super) struct Writer<'t, 'a> {
    pub paired: Paired<'t, 'a>,
    pub pack: &'t dyn Fn(usize) -> Option<u32>,
    /// Typedef names that may be used by what is being written.
    pub is_type: &'t dyn Fn(&str) -> bool,
    pub source: &'t Arc<Source>,
    /// Typedef names that were met, as the grammar has to know them.
    pub used: BTreeSet<String>,
    pub problems: Vec<Diagnostic>,
    pub declared: &'t [String],
    text: String,
    entries: Vec<Entry>,
    old_style: Option<(usize, usize)>,
}

impl<'t, 'a> Writer<'t, 'a> {
    pub(super) fn new(
        paired: Paired<'t, 'a>,
        pack: &'t dyn Fn(usize) -> Option<u32>,
        is_type: &'t dyn Fn(&str) -> bool,
        source: &'t Arc<Source>,
    ) -> Writer<'t, 'a> {
        Writer {
            paired,
            pack,
            is_type,
            source,
            used: BTreeSet::new(),
            problems: Vec::new(),
            declared: &[],
            text: String::new(),
            entries: Vec::new(),
            old_style: None,
        }
    }

    /// Where the next piece begins.
    pub(super) fn here(&self) -> (usize, usize) {
        (self.text.len(), self.entries.len())
    }

    /// Whether nothing but the final `;` was written since.
    pub(super) fn is_blank_since(&self, (text, _): (usize, usize)) -> bool {
        self.text[text..].trim() == ";"
    }

    /// Takes back what was written since.
    pub(super) fn back_to(&mut self, (text, entries): (usize, usize)) {
        self.text.truncate(text);
        self.entries.truncate(entries);
    }

    /// One whole declaration.
    pub(super) fn piece(&mut self, piece: &'t Piece) {
        self.declared = &piece.names;
        self.old_style = piece.old_style;
        if self.is_implicit_int(piece.tokens.clone()) {
            self.put(piece.tokens.start, "int");
        }
        self.range(piece.tokens.clone());
        if piece.tokens.end > piece.tokens.start {
            self.put(piece.tokens.end - 1, ";\n");
        }
    }

    /// All tokens, which are no declaration.
    pub(super) fn whole(&mut self) {
        self.range(0..self.paired.tokens.len());
    }

    /// The text with `prefix` before it, and the way back.
    pub(super) fn finish(self, prefix: &str, suffix: &str) -> (String, Map) {
        let end = prefix.len() + self.text.trim_end_matches([';', '\n', ' ']).len();
        let map = Map { source: self.source.clone(), prefix: prefix.len(), end, entries: self.entries };
        ([prefix, &self.text, suffix].concat(), map)
    }

    /// `name(int x);` with nothing before it.
    fn is_implicit_int(&self, range: Range<usize>) -> bool {
        let Range { start, end } = range;
        let Some(word) = self.paired.tokens[start].word() else { return false };
        class(word).is_none()
            && !(self.is_type)(&plain_word(word))
            && word.bytes().any(|byte| byte.is_ascii_lowercase())
            && self.paired.is(start + 1, end, "(")
            && self.paired.close(start + 1, end) + 1 == end
            && self.paired.class(start + 2).is_some()
            && self.starts_type(start + 2, end)
    }

    pub(super) fn starts_type(&self, index: usize, end: usize) -> bool {
        self.paired.starts_type(index, end, &|word| (self.is_type)(&plain_word(word)))
    }

    fn put(&mut self, token: usize, text: &str) {
        let origin = &self.paired.tokens[token];
        self.text.push(' ');
        self.entries.push(Entry {
            out: self.text.len() as u32,
            start: origin.start,
            end: origin.end,
            token: token as u32,
        });
        self.text.push_str(text);
    }

    /// What belongs to the token before.
    fn put_loose(&mut self, text: &str) {
        self.text.push(' ');
        self.text.push_str(text);
    }

    fn unfilled(&mut self, token: usize) {
        let span = self.paired.tokens[token].span(self.source);
        let message = "'$' stands for a value, and none is given for it";
        let problem = Diagnostic::new(ErrorKind::Syntax, message).at(span);
        self.problems.push(problem.help("give it with 'cdef_with'"));
    }

    fn unsupported(&mut self, token: usize, message: &str) {
        let span = self.paired.tokens[token].span(self.source);
        self.problems.push(Diagnostic::new(ErrorKind::Unsupported, message).at(span));
    }

    /// The tokens of a range, rewritten.
    fn range(&mut self, range: Range<usize>) {
        let end = range.end;
        let mut at = range.start;
        while at < end {
            at = self.step(at, range.start, end).max(at + 1);
        }
    }

    fn step(&mut self, at: usize, start: usize, end: usize) -> usize {
        let paired = self.paired;
        let token = paired.tokens[at];
        match token.kind {
            Kind::Number => {
                self.put(at, &literal::number(token.text));
                return at + 1;
            }
            Kind::Character => {
                self.put(at, &literal::character(token.text));
                return at + 1;
            }
            Kind::Text => {
                self.put(at, &literal::string(token.text));
                return at + 1;
            }
            Kind::Word => return self.word(at, end),
            Kind::Sign | Kind::Directive => {}
        }
        let next_is = |offset: usize, sign: &str| paired.is(at + offset, end, sign);
        match token.text {
            "(" if self.old_style.is_some_and(|(open, _)| open == at) => {
                self.put(at, "(");
                self.old_style.take().map_or(at + 1, |(_, close)| close)
            }
            "(" if next_is(1, "...") && next_is(2, ")") => {
                self.put(at, "(int __ffi_noparams ,");
                at + 1
            }
            "(" if next_is(1, "^") => {
                self.put(at, "(");
                self.put(at + 1, "* __attribute__((ffi_block))");
                at + 2
            }
            "(" => {
                // `(__stdcall *name)`: the grammar takes attributes behind the star only.
                let run = self.run(at + 1, end);
                if run.end > at + 1 && paired.is(run.end, end, ")") && paired.is(run.end + 1, end, "(") {
                    // `int (__stdcall)(int)`: nothing is left to stand in parentheses.
                    self.put_run(&run);
                    return run.end + 1;
                }
                self.put(at, "(");
                if run.end == at + 1 {
                    return at + 1;
                }
                let star = paired.is(run.end, end, "*");
                if star {
                    self.put(run.end, "*");
                }
                self.put_run(&run);
                run.end + usize::from(star)
            }
            "[" if paired.attribute_end(at, end).is_some() => self.attributes_at(at, end),
            "[" if next_is(1, "?") && next_is(2, "]") => {
                self.put(at, "[");
                self.put(at + 1, "*");
                at + 2
            }
            "[" if paired.class(at + 1) == Some(Class::Qualifier) => {
                let mut star = at + 1;
                while star < end && paired.class(star) == Some(Class::Qualifier) {
                    star += 1;
                }
                self.put(at, "[");
                if paired.is(star, end, "*") && paired.is(star + 1, end, "]") { star + 1 } else { at + 1 }
            }
            "?" if next_is(1, ":") => {
                self.put(at, "? __ffi_elvis");
                at + 1
            }
            // An empty member; the grammar takes none at the beginning.
            ";" if at > start && matches!(paired.tokens[at - 1].text, ";" | "{") || at == start => at + 1,
            ":" if self.is_unnamed_bit_field(at, start, end) => {
                self.put(at, "__ffi_unnamed :");
                at + 1
            }
            sign => {
                self.put(at, sign);
                at + 1
            }
        }
    }

    fn attributes_at(&mut self, at: usize, end: usize) -> usize {
        let run = self.run(at, end);
        self.put_run(&run);
        run.end
    }

    fn word(&mut self, at: usize, end: usize) -> usize {
        let paired = self.paired;
        let word = paired.tokens[at].text;
        let group = paired.is(at + 1, end, "(");
        let Some(class) = class(word) else { return self.name(at, end, word, group) };
        match class {
            Class::Attribute | Class::Align | Class::Convention | Class::Asm => {
                let next = self.attributes_at(at, end);
                if next == at {
                    self.put(at, word);
                }
                next
            }
            Class::Blank => at + 1,
            Class::Tag => self.tagged(at, end),
            Class::TypeGroup if group => self.type_group(at, end, word),
            Class::Operator if word != "sizeof" => self.alignof(at, end, word, group),
            Class::Assert if group => {
                let close = paired.close(at + 1, end);
                self.put(at, "_Static_assert");
                self.put(at + 1, "(");
                self.range(at + 2..close);
                if self.comma(at + 2, close).is_none() {
                    self.put_loose(", \"\"");
                }
                close
            }
            Class::Type => {
                self.type_word(at, word);
                at + 1
            }
            _ => {
                let mapped = match word {
                    "__const__" | "__const" => "const",
                    "thread_local" | "__thread" => "_Thread_local",
                    "constexpr" => "static const",
                    "__forceinline" => "inline",
                    other => other,
                };
                self.put(at, mapped);
                at + 1
            }
        }
    }

    fn name(&mut self, at: usize, end: usize, word: &str, group: bool) -> usize {
        let declared = |word: &str| self.declared.iter().any(|name| name == word);
        match word {
            "$" => {
                self.unfilled(at);
                at + 1
            }
            "true" if !declared(word) => {
                self.put(at, "__ffi_true");
                at + 1
            }
            "false" if !declared(word) => {
                self.put(at, "__ffi_false");
                at + 1
            }
            "nullptr" if !declared(word) => {
                self.put(at, "((void*)0)");
                at + 1
            }
            "offsetof" if group => {
                self.put(at, "__builtin_offsetof");
                at + 1
            }
            "__builtin_types_compatible_p" if group => self.types_compatible(at, end),
            _ => {
                let name = mangled(word);
                if (self.is_type)(&plain_word(word)) {
                    self.used.insert(name.to_string());
                }
                self.put(at, &name);
                at + 1
            }
        }
    }

    /// The first comma of a range that stands in no bracket.
    fn comma(&self, start: usize, end: usize) -> Option<usize> {
        let mut at = start;
        while at < end {
            let token = &self.paired.tokens[at];
            if token.is(",") {
                return Some(at);
            }
            let opens = token.is("(") || token.is("[") || token.is("{");
            at = if opens { self.paired.close(at, end) + 1 } else { at + 1 };
        }
        None
    }
}

#[cfg(test)]
mod tests;
