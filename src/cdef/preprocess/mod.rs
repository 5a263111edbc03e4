//! The preprocessor: `#define`, `#if`, `#include` and what belongs to them, from text to text.
//!
//! Tokens are small values, identifiers numbers; a macro's body is a slice of one array. Expansion goes as in gcc: a
//! macro is blocked while its own tokens are read, and a name that is met then is never a macro again.
//!
//! Invariant: every place of an expanded text leads back to where it was written.

mod arguments;
mod builtin;
mod condition;
mod define;
mod directive;
mod expression;
mod freestanding;
mod hosted;
mod include;
mod lexer;
mod macros;
mod made;
mod names;
mod paste;
mod places;
mod predefined;
mod printed;
mod run;
mod search;
mod show;
mod signs;
mod token;

use crate::error::{Error, Result, Source, Span};
use macros::Macros;
use printed::With;
use run::Run;
pub(crate) use search::Search;
use std::sync::Arc;

/// What is defined, and where headers are looked for: kept from one text to the next.
pub(crate) struct Preprocessor {
    macros: Macros,
    search: Search,
}

/// A macro, described.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// The names of its parameters; `...` is the last one where it takes more. None: it is used without parentheses.
    pub parameters: Option<Vec<String>>,
    /// What it stands for, as it was written but for blank space.
    pub body: String,
    /// Where its name stands in its definition.
    pub origin: Option<Span>,
}

impl std::fmt::Display for Definition {
    /// As it would be defined again.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#define {}", self.name)?;
        if let Some(parameters) = &self.parameters {
            write!(f, "({})", parameters.join(", "))?;
        }
        if self.body.is_empty() { Ok(()) } else { write!(f, " {}", self.body) }
    }
}

/// How things were when a text began.
pub(crate) struct Begun {
    macros: macros::Mark,
    once: usize,
}

impl Preprocessor {
    /// As a compiler for a target begins.
    pub(crate) fn new(triple: &str, search: Search) -> Preprocessor {
        let mut preprocessor = Preprocessor { macros: Macros::new(), search };
        let source = Source::new("<predefined>", predefined::text(triple));
        let mut run = Run::new(&mut preprocessor.macros, &mut preprocessor.search);
        run.redefining = true;
        run.enter_text(&source, None);
        run.next();
        preprocessor.macros.seal();
        preprocessor
    }

    /// A text as `cc -E` prints it, with line markers or without; what it defines stays defined.
    pub(crate) fn expanded(&mut self, source: &Arc<Source>, markers: bool) -> Result<String> {
        let with = if markers { With::Markers } else { With::Nothing };
        let mark = self.macros.mark();
        let once = self.search.mark();
        let mut run = Run::new(&mut self.macros, &mut self.search);
        run.redefining = true;
        run.enter_text(source, None);
        let printed = printed::printed(&mut run, with);
        let problems = std::mem::take(&mut run.problems);
        self.search.forget();
        if problems.is_empty() {
            self.macros.keep(&mark);
            Ok(printed.text)
        } else {
            self.macros.back_to(&mark);
            self.search.back_to(once);
            Err(Error::many(problems))
        }
    }

    /// A text begins that stands or falls as a whole.
    pub(crate) fn begin(&mut self) -> Begun {
        Begun { macros: self.macros.mark(), once: self.search.mark() }
    }

    /// The text has ended: its macros stay, or nothing is left of it.
    pub(crate) fn end(&mut self, begun: &Begun, keep: bool) {
        if keep {
            self.macros.keep(&begun.macros);
        } else {
            self.macros.back_to(&begun.macros);
            self.search.back_to(begun.once);
        }
    }

    /// A text of declarations with its macros expanded and its headers included: each place leads back.
    pub(crate) fn made(&mut self, source: &Arc<Source>) -> Result<Arc<Source>> {
        let mut run = Run::new(&mut self.macros, &mut self.search);
        run.only_conditions = true;
        run.enter_text(source, None);
        let printed = printed::printed(&mut run, With::Origins);
        let problems = std::mem::take(&mut run.problems);
        let expansions = std::mem::take(&mut run.expansions);
        self.search.forget();
        match problems.is_empty() {
            true => Ok(made::source(&self.macros, source.name(), printed, &expansions)),
            false => Err(Error::many(problems)),
        }
    }

    /// Does a text without directives name a macro?
    pub(crate) fn is_used_in(&self, text: &str) -> bool {
        super::lex::words(text).iter().any(|&(kind, word)| {
            kind == super::lex::Kind::Word
                && word != "_Pragma"
                && self.macros.named(word).is_some_and(|found| !found.predefined || !run::is_left_alone(word))
        })
    }

    /// Every macro with its definition, in the order of the definitions.
    pub(crate) fn definitions(&self) -> Vec<(String, String)> {
        printed::definitions(&self.macros)
    }

    /// What a name was defined as.
    pub(crate) fn definition(&self, name: &str) -> Option<Definition> {
        show::described(&self.macros, self.macros.named(name)?)
    }

    /// The names of macros that have no parameters, in the order of their definitions.
    pub(crate) fn objects(&self, prefix: &str) -> Vec<String> {
        printed::objects(&self.macros, prefix)
    }

    /// Has a text defined a macro?
    pub(crate) fn has_macros(&self) -> bool {
        self.macros.all.len() > self.macros.first_own
    }

    /// Where headers are looked for.
    pub(crate) fn search_mut(&mut self) -> &mut Search {
        &mut self.search
    }
}
