//! What a scope keeps from one text to the next: macros, and where headers are looked for.

use super::preprocess::{Preprocessor, Search};
use crate::error::{Error, ErrorKind, Result, Source};
use crate::types::Scope;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Hangs on a scope.
#[derive(Default)]
pub(super) struct Texts {
    state: Mutex<State>,
    /// Has a text defined a macro?
    has_macros: AtomicBool,
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

    /// Works with the preprocessor while nobody else does.
    pub(super) fn with<T>(&self, scope: &Scope, work: impl FnOnce(&mut Preprocessor) -> T) -> T {
        // A panic in between would be a mistake of ours; the macros are whole even then.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { preprocessor, folders, only_own } = &mut *state;
        let preprocessor = preprocessor.get_or_insert_with(|| {
            let triple = scope.target().name();
            let mut search = if *only_own { Search::own() } else { Search::installed(triple) };
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
    Texts::of(scope)?.with(scope, |preprocessor| preprocessor.expanded(source, markers))
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
