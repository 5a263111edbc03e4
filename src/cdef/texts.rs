//! What a scope keeps from one text to the next: macros, and where headers are looked for.

use super::preprocess::{Definition, Preprocessor, Search};
use super::words::class;
use crate::error::{Error, ErrorKind, Result, Source};
use crate::types::{Constant, Scope, Type};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Hangs on a scope.
#[derive(Default)]
pub(super) struct Texts {
    state: Mutex<State>,
    /// Has a text defined a macro?
    has_macros: AtomicBool,
    values: Mutex<Values>,
}

/// The values of macros that were asked for.
#[derive(Default)]
struct Values {
    known: HashMap<String, (Type, Constant)>,
    /// How often macros may have changed.
    changes: u64,
}

#[derive(Default)]
struct State {
    /// Made when the first text needs it.
    preprocessor: Option<Preprocessor>,
    folders: Vec<String>,
    only_own: bool,
}

impl Texts {
    pub(super) fn of(scope: &Scope) -> Result<&Texts> {
        let lost = || Error::new(ErrorKind::Unsupported, "the scope's texts are of another kind");
        scope.texts().get_or_default().ok_or_else(lost)
    }

    /// The value of a macro that was evaluated before, and which state of all macros that was.
    pub(super) fn remembered(&self, name: &str) -> (Option<(Type, Constant)>, u64) {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        (values.known.get(name).cloned(), values.changes)
    }

    /// Keeps the value of a macro, if no macro has changed since.
    pub(super) fn remember(&self, name: &str, value: &(Type, Constant), changes: u64) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if values.changes == changes {
            values.known.insert(name.to_owned(), value.clone());
        }
    }

    /// Macros may have changed: what they stood for is forgotten.
    fn forget_values(&self) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.known.clear();
        values.changes = values.changes.wrapping_add(1);
    }

    /// Works with the preprocessor while nobody else does.
    pub(super) fn with<T>(&self, scope: &Scope, work: impl FnOnce(&mut Preprocessor) -> T) -> T {
        // A panic in between would be a mistake of ours; the macros are whole even then.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { preprocessor, folders, only_own } = &mut *state;
        let preprocessor = preprocessor.get_or_insert_with(|| {
            let triple = scope.target().name();
            let mut search = if *only_own { Search::own(triple) } else { Search::installed(triple) };
            for folder in folders.drain(..) {
                search.add_folder(&folder);
            }
            Preprocessor::new(triple, search)
        });
        let done = work(preprocessor);
        self.has_macros.store(preprocessor.has_macros(), Ordering::Release);
        done
    }
}

/// Works with a text after its macros and headers have been expanded; if that fails, its macros go as well.
///
/// A text without directives that names no macro costs a look at its bytes.
pub(super) fn expanded<T>(
    scope: &Scope,
    source: &Arc<Source>,
    work: impl FnOnce(&Arc<Source>) -> Result<T>,
) -> Result<T> {
    let texts = Texts::of(scope)?;
    let text = source.text();
    let directives = has_directives(text);
    let may_use = || texts.has_macros.load(Ordering::Acquire) || may_name_predefined(text);
    if !directives && !may_use() {
        return work(source).map_err(Error::written);
    }
    let outcome = texts.with(scope, |preprocessor| {
        if !directives && !preprocessor.is_used_in(text) {
            return Err(work);
        }
        let begun = preprocessor.begin();
        let done = preprocessor.made(source).and_then(|made| work(&made).map_err(Error::written));
        preprocessor.end(&begun, done.is_ok());
        Ok(done)
    });
    if directives || text.contains(PRAGMA_OPERATOR) {
        texts.forget_values();
    }
    match outcome {
        Ok(done) => done,
        Err(work) => work(source).map_err(Error::written),
    }
}

/// It can bring back an earlier definition.
const PRAGMA_OPERATOR: &str = "_Pragma";

/// Is there a directive that is the preprocessor's?
fn has_directives(text: &str) -> bool {
    let own = |sign: &str| {
        let mut places = text.match_indices(sign.chars().next().unwrap_or('#'));
        places
            .any(|(at, _)| text[at..].strip_prefix(sign).is_some_and(|rest| is_directive(&text[..at], rest)))
    };
    own("#") || own("%:")
}

/// Is a sign between these two texts that of a directive which the reader of declarations leaves to the preprocessor?
fn is_directive(before: &str, rest: &str) -> bool {
    let line = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    // A comment may stand in front.
    let before = before[line..].trim_start();
    if !before.is_empty() && !before.ends_with("*/") {
        return false;
    }
    let rest = rest.trim_start_matches([' ', '\t']);
    let word =
        rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
    match &rest[..word] {
        "pragma" => {
            let pragma = rest[word..].trim_start();
            ["once", "push_macro", "pop_macro", "GCC error"].iter().any(|own| pragma.starts_with(own))
        }
        "line" | "ident" | "sccs" | "warning" => false,
        word => {
            let is_marker = word.starts_with(|letter: char| letter.is_ascii_digit());
            !is_marker && !rest.is_empty() && !rest.starts_with(['\n', '\r'])
        }
    }
}

/// Predefined names that matter to declarations begin with `__`, and most words of compilers that do are none.
fn may_name_predefined(text: &str) -> bool {
    text.match_indices("__").any(|(at, _)| {
        let before = text[..at].bytes().next_back();
        if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return false;
        }
        let rest = &text[at..];
        let end =
            rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
        let word = &rest[..end];
        word.ends_with("__") && class(word).is_none() && !word.bytes().any(|byte| byte.is_ascii_lowercase())
            || word.ends_with("INT64_C")
            || word.ends_with("_C")
            || word.starts_with("__has_")
    })
}

/// Headers are looked for in this folder, too, in front of the system's.
pub(crate) fn add_include_folder(scope: &Scope, path: &str) -> Result<()> {
    let texts = Texts::of(scope)?;
    let mut state = texts.state.lock().unwrap_or_else(PoisonError::into_inner);
    match &mut state.preprocessor {
        Some(preprocessor) => preprocessor.search_mut().add_folder(path),
        None => state.folders.push(path.to_owned()),
    }
    Ok(())
}

/// Headers of the system are not looked for: only ours, and those in the folders that are added.
pub(crate) fn search_only(scope: &Scope) -> Result<()> {
    let texts = Texts::of(scope)?;
    let mut state = texts.state.lock().unwrap_or_else(PoisonError::into_inner);
    match &mut state.preprocessor {
        Some(preprocessor) => preprocessor.search_mut().remove_system(),
        None => state.only_own = true,
    }
    Ok(())
}

/// A text with its macros expanded, as `cc -E` prints it.
pub(crate) fn expand(scope: &Scope, source: &Arc<Source>, markers: bool) -> Result<String> {
    let texts = Texts::of(scope)?;
    let expanded = texts.with(scope, |preprocessor| preprocessor.expanded(source, markers));
    if has_directives(source.text()) || source.text().contains(PRAGMA_OPERATOR) {
        texts.forget_values();
    }
    expanded
}

/// Defines a macro: `NAME`, or `NAME(x)` with parameters.
pub(crate) fn define(scope: &Scope, name: &str, value: &str) -> Result<()> {
    directive(scope, name, &format!("#define {name} {value}\n"))
}

/// Takes a macro away.
pub(crate) fn undefine(scope: &Scope, name: &str) -> Result<()> {
    directive(scope, name, &format!("#undef {name}\n"))
}

fn directive(scope: &Scope, name: &str, text: &str) -> Result<()> {
    if text.matches(['\n', '\r']).count() != 1 {
        let message = format!("expected the name of a macro and its value on one line, found {name:?}");
        return Err(Error::new(ErrorKind::Syntax, message));
    }
    expand(scope, &Source::new("<define>", text), false).map(|_| ())
}

/// Every macro with its definition.
pub(crate) fn definitions(scope: &Scope) -> Result<Vec<(String, String)>> {
    Texts::of(scope)?.with(scope, |preprocessor| Ok(preprocessor.definitions()))
}

/// What a name was defined as.
pub(crate) fn definition(scope: &Scope, name: &str) -> Result<Option<Definition>> {
    Ok(Texts::of(scope)?.with(scope, |preprocessor| preprocessor.definition(name)))
}

/// The names of macros without parameters that begin so.
pub(crate) fn objects(scope: &Scope, prefix: &str) -> Result<Vec<String>> {
    let texts = Texts::of(scope)?;
    if prefix.is_empty() && !texts.has_macros.load(Ordering::Acquire) {
        return Ok(Vec::new());
    }
    Ok(texts.with(scope, |preprocessor| preprocessor.objects(prefix)))
}
