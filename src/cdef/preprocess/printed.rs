//! The expanded tokens as text again, and where each of its places came from.

use super::macros::Macros;
use super::run::{Event, Run};
use super::signs::would_merge;
use super::token::{Flags, Kind, Token};

/// An expanded text.
#[derive(Default)]
pub(super) struct Printed {
    pub text: String,
    pub origins: Vec<Origin>,
}

/// From `offset` on, the text was written at `place`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub offset: u32,
    pub place: u32,
    /// The macro, among those that were used, that it comes from.
    pub expansion: Option<u32>,
    /// It was written in a macro, or by one.
    pub inside: bool,
}

/// What goes with the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum With {
    Nothing,
    Markers,
    Origins,
}

/// Expands all that is open.
pub(super) fn printed(run: &mut Run<'_>, with: With) -> Printed {
    let capacity = run.buffers.first().map_or(0, |buffer| buffer.source.text().len());
    let mut out = Printed { text: String::with_capacity(capacity), origins: Vec::new() };
    let mut lines = Lines { line: 0, file: String::new() };
    let mut before = Token::end(0);
    let mut before_end = 0;
    let mut first = true;
    loop {
        let token = run.next();
        if token.kind == Kind::End {
            break;
        }
        let starts_line = token.flags.has(Flags::FIRST);
        if with == With::Markers && (starts_line || first || !run.events.is_empty()) {
            first = false;
            lines.mark(run, token, &mut out.text);
        } else if starts_line || token.kind == Kind::Pragma || before.kind == Kind::Pragma {
            if !out.text.is_empty() {
                out.text.push('\n');
            }
        } else if token.flags.has(Flags::WHITE)
            || (token.place != before_end && would_merge(before.kind, token.kind))
        {
            out.text.push(' ');
        }
        run.events.clear();
        let start = out.text.len();
        out.text.push_str(run.macros.spelling(token));
        if with == With::Origins {
            out.note(run, token, start as u32);
        }
        before = token;
        before_end = token.place.wrapping_add((out.text.len() - start) as u32);
        run.limit(out.text.len());
    }
    if !out.text.is_empty() {
        out.text.push('\n');
    }
    out
}

impl Printed {
    fn note(&mut self, run: &Run<'_>, token: Token, offset: u32) {
        let inside = token.flags.has(Flags::BODY) || token.place >= super::lexer::SCRATCH;
        let new = Origin { offset, place: token.place, expansion: run.expanding, inside };
        if let Some(last) = self.origins.last()
            && last.expansion == new.expansion
            && !last.inside
            && !inside
            && new.place.wrapping_sub(last.place) == new.offset - last.offset
        {
            return;
        }
        self.origins.push(new);
    }
}

/// What the last line marker said.
struct Lines {
    line: u32,
    file: String,
}

impl Lines {
    /// Goes to the line of a token: by empty lines where that is near, else by a marker.
    fn mark(&mut self, run: &mut Run<'_>, token: Token, text: &mut String) {
        let inside = token.flags.has(Flags::BODY) || token.place >= super::lexer::SCRATCH;
        let place = if inside { run.use_place } else { token.place };
        let (line, file) = run.presumed(place);
        let system = run.buffers.last().is_some_and(|buffer| buffer.system);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
            self.line = self.line.wrapping_add(1);
        }
        if file == self.file && line >= self.line && line - self.line <= 8 {
            for _ in self.line..line {
                text.push('\n');
            }
        } else {
            let flag = match run.events.last() {
                Some(Event::Entered) => " 1",
                Some(Event::Left) => " 2",
                _ => "",
            };
            let system = if system { " 3" } else { "" };
            let quoted = file.replace('\\', "\\\\").replace('"', "\\\"");
            text.push_str(&format!("# {line} \"{quoted}\"{flag}{system}\n"));
        }
        self.line = line;
        self.file = file;
    }
}

/// Every macro that has a definition, as what stands behind `#define`.
pub(super) fn definitions(macros: &Macros) -> Vec<(String, String)> {
    let lines = in_order(macros).into_iter().filter_map(|number| {
        let found = macros.get(number)?;
        Some((macros.names.spelling(found.name).to_owned(), super::show::definition(macros, found)?))
    });
    lines.collect()
}

/// The names of all macros without parameters that begin so; predefined ones only where a prefix is asked for.
pub(super) fn objects(macros: &Macros, prefix: &str) -> Vec<String> {
    let names = in_order(macros).into_iter().filter_map(|number| {
        let found = macros.get(number)?;
        let name = macros.names.spelling(found.name);
        let counts = found.form == super::macros::Form::Object
            && name.starts_with(prefix)
            && (!found.predefined || !prefix.is_empty());
        counts.then(|| name.to_owned())
    });
    names.collect()
}

fn in_order(macros: &Macros) -> Vec<u32> {
    let mut all: Vec<u32> = macros.names.with_meaning().map(|(_, number)| number).collect();
    all.sort_unstable();
    all
}
