//! One opaque error, and the diagnostics inside it that point into the user's own text.
//!
//! Invariant: a message is lower case, has no full stop, and says what was expected, what was found and, where
//! one is known, the likely cure.
#![forbid(unsafe_code)]

mod diagnostic;
mod nearest;
mod origin;
mod source;

pub use diagnostic::Diagnostic;
pub(crate) use nearest::nearest;
pub(crate) use origin::{Origins, Piece, Place, Text, Use};
pub(crate) use source::Marker;
pub use source::{Source, Span};

use std::fmt;
use std::sync::Arc;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: one word wide, cheap to clone, opaque.
///
/// An error of a `cdef` holds every mistake of the text. `Display` shows each with the user's line and a caret.
#[derive(Clone)]
pub struct Error(Arc<Vec<Diagnostic>>);

/// What kind of mistake an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not C.
    Syntax,
    /// A type name or tag that nothing declares.
    UnknownType,
    /// A name that nothing declares.
    UnknownName,
    /// The declaration is C's grammar but not C: wrong specifiers, a member of function type, a negative size.
    Declaration,
    /// A name is declared again, differently.
    Conflict,
    /// A constant expression that has no value.
    Constant,
    /// A `_Static_assert` that does not hold.
    Assertion,
    /// The type has no size yet (or never).
    Incomplete,
    /// Larger than the machine can address.
    TooLarge,
    /// Nested or derived too deeply.
    TooDeep,
    /// Correct, but not supported here.
    Unsupported,
    /// No such member, element or path.
    NoSuchField,
    /// An index or a number out of range.
    OutOfRange,
    /// A value that does not convert to the C type.
    Conversion,
    /// The wrong number of arguments.
    Arity,
    /// A null pointer where memory was needed.
    Null,
    /// A write to something const.
    Const,
    /// A library that cannot be loaded.
    Library,
    /// A symbol that a library does not have.
    Symbol,
    /// A callback or a handle that cannot serve here: of another thread, freed, of another type.
    Callback,
    /// The host's own error, on its way through C.
    Host,
    /// Memory could not be had.
    OutOfMemory,
    /// A call from a thread that may not make it.
    Thread,
}

/// A report shows so many mistakes; the rest is counted.
const MOST_SHOWN: usize = 50;

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Diagnostic::new(kind, message).into()
    }

    /// An error of the host's own, for callbacks that fail.
    pub fn host(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Host, message)
    }

    /// Several mistakes, reported together.
    ///
    /// Without any diagnostic there is nothing to say, so the caller checks that first.
    pub(crate) fn many(diagnostics: Vec<Diagnostic>) -> Error {
        debug_assert!(!diagnostics.is_empty());
        Error(Arc::new(diagnostics))
    }

    /// The same with all places in texts that a user wrote, not in what was made of them.
    pub(crate) fn written(self) -> Error {
        if self.0.iter().all(|diagnostic| !diagnostic.is_made()) {
            return self;
        }
        Error(Arc::new(self.0.iter().map(|diagnostic| diagnostic.clone().written()).collect()))
    }

    /// What kind of mistake the first diagnostic is.
    pub fn kind(&self) -> ErrorKind {
        self.0.first().map_or(ErrorKind::Syntax, Diagnostic::kind)
    }

    /// The message of the first diagnostic, without the text it points at.
    pub fn message(&self) -> &str {
        self.0.first().map_or("", Diagnostic::message)
    }

    /// Every mistake, in the order of the text.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0
    }

    /// The whole report, with terminal colours if asked for.
    pub fn render(&self, coloured: bool) -> String {
        let shown: Vec<String> =
            self.0.iter().take(MOST_SHOWN).map(|diagnostic| diagnostic.render(coloured)).collect();
        let more = self.0.len().saturating_sub(MOST_SHOWN);
        let more = if more > 0 { format!("\n\nerror: and {more} more mistakes") } else { String::new() };
        shown.join("\n\n") + &more
    }
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Error {
        Error(Arc::new(vec![diagnostic]))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Error {}
