//! Why a value becomes what it becomes, or why not.

use super::matrix::{DestinationKind, MATRIX, Rule, SOURCES, SourceKind};
use super::place::shown_type;
use crate::error::{Error, Result};
use crate::types::{Scope, Type};
use std::fmt;

/// Which rules there are for a destination, and what each says of a value. Made to be printed.
#[derive(Clone, Debug)]
pub struct Explanation {
    destination: String,
    value: String,
    source: SourceKind,
    tries: Vec<Try>,
    outcome: Option<Error>,
}

/// A rule and the sources that it is for.
#[derive(Clone, Debug)]
struct Try {
    rule: Rule,
    sources: Vec<SourceKind>,
}

impl Explanation {
    /// The error, where no rule took the value.
    pub fn error(&self) -> Option<&Error> {
        self.outcome.as_ref()
    }

    /// The rule that is for such values; `Rule::Refused` where none is.
    pub fn rule(&self) -> Rule {
        let found = self.tries.iter().find(|one| one.sources.contains(&self.source));
        found.map_or(Rule::Refused, |found| found.rule)
    }
}

/// Explains what came of a conversion.
pub(crate) fn explain(
    ty: &Type,
    scope: &Scope,
    (source, value): (SourceKind, String),
    outcome: Result<()>,
) -> Explanation {
    let row = DestinationKind::of(ty, scope).and_then(|kind| MATRIX.iter().find(|(known, _)| *known == kind));
    let mut tries: Vec<Try> = Vec::new();
    for (source, rule) in SOURCES.iter().zip(row.iter().flat_map(|(_, row)| row)) {
        match tries.iter_mut().find(|one| one.rule == *rule) {
            _ if *rule == Rule::Refused => {}
            Some(known) => known.sources.push(*source),
            None => tries.push(Try { rule: *rule, sources: vec![*source] }),
        }
    }
    Explanation { destination: shown_type(ty), value, source, tries, outcome: outcome.err() }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.outcome.is_none() { "accepted" } else { "refused" };
        write!(f, "'{}' from {} ({}): {verdict}", self.destination, self.value, self.source)?;
        let mut told = false;
        for Try { rule, sources } in &self.tries {
            let from: Vec<String> = sources.iter().map(SourceKind::to_string).collect();
            write!(f, "\n  {rule}, from {}: ", from.join(", "))?;
            match &self.outcome {
                _ if !sources.contains(&self.source) => write!(f, "not for {}", self.source)?,
                None => f.write_str("taken")?,
                Some(error) => {
                    told = true;
                    f.write_str(error.message())?;
                }
            }
        }
        match &self.outcome {
            Some(error) if !told => write!(f, "\n  {}", error.message()),
            _ => Ok(()),
        }
    }
}

/// The matrix as the project's documentation has it, in Markdown.
pub fn conversions_document() -> String {
    let mut text = BEFORE.to_owned();
    let columns = |text: &mut String, range: std::ops::Range<usize>| {
        let sources = SOURCES.get(range.clone()).unwrap_or_default();
        *text += "\n| to \\ from |";
        sources.iter().for_each(|source| *text += &format!(" {source} |"));
        *text += "\n|---|";
        sources.iter().for_each(|_| *text += "---|");
        for (destination, row) in &MATRIX {
            *text += &format!("\n| {destination} |");
            for rule in row.get(range.clone()).unwrap_or_default() {
                match rule {
                    Rule::Refused => *text += " |",
                    rule => *text += &format!(" {rule} |"),
                }
            }
        }
        *text += "\n";
    };
    columns(&mut text, 0..6);
    columns(&mut text, 6..12);
    text + AFTER
}

const BEFORE: &str = "\
# Conversions

Written by `cargo xtask conversions` from the table in `src/convert/matrix.rs`, which the tests walk cell by cell.

What becomes of a value of Rust or C (a column) where a C type (a row) is written: by `set`, `make`, as an argument. An
empty cell is an error. `ffi.explain(type, &value)` tells the row of a type and what it says of a value.
";

const AFTER: &str = "
- *if it fits*: a number outside of the type's range, or with a fraction where the type has none, is an error that tells
  the range. A `_Bool` takes 0 and 1.
- *nearest number*: rounded to nearest, ties to even; a finite number that would become infinite is an error.
- *low bits*: `Wrapping(v)`, or `set_wrapping(path, v)`. Fractions are cut off, what is not finite is 0, a `_Bool` is true
  for everything but 0, and floating types round, to infinity where the number is too large.
- *every element*: one number fills an array or a vector, and the arrays in it.
- *elements*, *members in order*: too many are an error, what is missing is zero. Members of anonymous structs count as
  members of the record around them, of an anonymous union the first one does, unnamed bit-fields do not count.
- *members by name*: an unknown name is an error that tells which one was meant.
- *its bytes*: text that is longer than the array is an error; the NUL behind it may be missing, as in C.
- *its own address*: only of data that is owned (`CData`); a part that is lent has none to give away.
- *if compatible*: as C would accept the pointer without a cast. `void *` goes with every pointer, integers of the same
  size with each other, and `const` is never lost.
- Text is no pointer, because nothing would keep it alive in memory; as an argument of a call it is.

## Initialisers in C text

`make_from_text` takes what C would write behind the `=`: designators, ranges, braces left out, compound literals,
constant expressions. The bytes are those that gcc makes. Three things differ: a number must have the bits of its type
(`unsigned x = -1` has, `unsigned char x = 256` has not) and no fraction where the type has none; text that is too long is
an error; `{ re, im }` initialises a complex number.

## Where LuaJIT does something else

- A number that does not fit is an error, where LuaJIT cuts it; `Wrapping` asks for that. What LuaJIT leaves to the
  processor (`nan` to an integer, or more than 64 bits) has one result here.
- A list of one element initialises the first element, as in C, where LuaJIT copies it to all; a bare number does that.
- A bare number does not initialise the first member of a record: `(5,)` does.
- Text that is too long for its array is an error, where LuaJIT cuts it, or overruns an array of open length.
- Unknown names, and too many positions for a record, are errors, where LuaJIT ignores them.
- Missing elements of an array of open length are zero, where LuaJIT leaves what was there.
- Indexes are whole numbers in range, where LuaJIT cuts fractions and looks at any address.
- `const` travels into nested members, where LuaJIT forgets it at the first one.
- A complex number, a vector and an array of C are copied to their own type only, where LuaJIT takes the real part, or the
  bytes of what is as large.
- Pointers to functions have to agree, where LuaJIT never looks.
- Complex numbers and vectors can be written part by part, and a `long double` can be read and written.
- Text never becomes the address of a temporary copy, and never a number.
- Numbers print their value, and enums the constant's name.
";
