//! C text to declarations.
//!
//! Stages, each a value in and a value out: lex, directives, split, dialect (what the grammar crate does not take is
//! rewritten), grammar, lowering with constant evaluation, report.
//!
//! Invariants: no layout is computed here. A message points into the text as the user wrote it. No input panics,
//! overflows the stack or takes more than time proportional to its length.
#![forbid(unsafe_code)]

mod boundary;
mod bracket;
mod constants;
mod consteval;
mod dialect;
mod directive;
mod grammar;
mod guard;
mod index;
mod initialiser;
mod lex;
mod lower;
mod name;
mod placeholder;
mod preprocess;
mod read;
mod report;
mod scan;
mod split;
mod texts;
mod words;

use crate::error::{Diagnostic, Error, ErrorKind, Result, Source, Span};
use crate::types::{Clashes, Constant, Overlay, Scope, Type};
pub(crate) use constants::{constant, macro_constant, renamed};
use dialect::Map;
pub(crate) use initialiser::{Designator, Initialiser, Item};
use lower::{Lowering, Room};
pub(crate) use placeholder::{Filling, Fillings};
pub use preprocess::Definition as MacroDefinition;
use std::sync::Arc;
pub(crate) use texts::{
    add_include_folder, define, definition, definitions, expand, objects, search_only, undefine,
};

/// Declares everything in a text, or nothing. Comes back with all names, in the order of the text.
pub(crate) fn declare(scope: &Scope, source: &Arc<Source>) -> Result<Vec<String>> {
    declare_filled(scope, source, &Fillings::default())
}

/// The same for a text with `$` in it.
pub(crate) fn declare_filled(
    scope: &Scope,
    source: &Arc<Source>,
    fillings: &Fillings,
) -> Result<Vec<String>> {
    texts::expanded(scope, source, |source| declare_plain(scope, source, fillings))
}

fn declare_plain(scope: &Scope, source: &Arc<Source>, fillings: &Fillings) -> Result<Vec<String>> {
    with_room(|room| {
        let mut overlay = scope.overlay();
        overlay.fill(fillings.types());
        let mut names = Vec::new();
        let diagnostics = declare_in(&mut overlay, source, fillings, room, &mut names)?;
        if diagnostics.is_empty() {
            overlay.commit();
            return Some(Ok(names));
        }
        Some(Err(Error::many(sorted(diagnostics))))
    })
}

/// Declares a text, and replaces what it declares in another way than before.
pub(crate) fn redefine(scope: &Scope, source: &Arc<Source>) -> Result<Vec<String>> {
    texts::expanded(scope, source, |source| redefine_plain(scope, source))
}

fn redefine_plain(scope: &Scope, source: &Arc<Source>) -> Result<Vec<String>> {
    with_room(|room| {
        let mut replaced = Clashes::default();
        for _ in 0..MOST_ROUNDS {
            let mut overlay = scope.overlay();
            overlay.replace(&replaced);
            let mut names = Vec::new();
            let diagnostics = declare_in(&mut overlay, source, &Fillings::default(), room, &mut names)?;
            if diagnostics.is_empty() && overlay.clashes().is_empty() {
                overlay.commit();
                return Some(Ok(names));
            }
            // What differs now may make others differ that are made of it.
            if !replaced.take_in(overlay.clashes()) {
                return Some(Err(Error::many(sorted(diagnostics))));
            }
        }
        let message =
            format!("what changed is part of other declarations more than {MOST_ROUNDS} levels deep");
        Some(Err(Error::new(ErrorKind::TooDeep, message)))
    })
}

/// Each round of a redefinition replaces what is made of the things that the round before has replaced.
const MOST_ROUNDS: u32 = 256;

fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| diagnostic.span().map_or(usize::MAX, |span| span.range().start));
    diagnostics
}

/// Declares a text in an open transaction; what is wrong comes back. `None`: it needs a larger stack.
fn declare_in(
    overlay: &mut Overlay<'_>,
    source: &Arc<Source>,
    fillings: &Fillings,
    room: Room,
    names: &mut Vec<String>,
) -> Option<Vec<Diagnostic>> {
    let reading = with_known(overlay, fillings, |known| read::declarations(source, known));
    let mut diagnostics = reading.diagnostics;
    let mut lowering = Lowering::new(overlay, room);
    for parsed in &reading.declarations {
        names.extend(parsed.names.iter().cloned());
        if parsed.trees.is_empty() {
            lowering.poison(parsed.names.iter().map(String::as_str));
            continue;
        }
        lowering.read_from(&parsed.map, &parsed.span, parsed.has_body);
        let mut failed = Vec::new();
        for tree in &parsed.trees {
            if let Err(diagnostic) = lowering.external_declaration(tree) {
                failed.push(diagnostic.or_at(&parsed.span));
            }
        }
        if lowering.needs_room() {
            return None;
        }
        if !failed.is_empty() {
            lowering.poison(parsed.names.iter().map(String::as_str));
            // A mistake that follows from one that is reported already is not another one.
            if !lowering.touched_poison() {
                diagnostics.append(&mut failed);
            }
        }
    }
    Some(diagnostics)
}

/// The type that a text names: `struct point *`, `int[3]`, `double[?]`.
pub(crate) fn type_named(scope: &Scope, source: &Arc<Source>) -> Result<Type> {
    type_filled(scope, source, &Fillings::default())
}

/// The same for a text with `$` in it.
pub(crate) fn type_filled(scope: &Scope, source: &Arc<Source>, fillings: &Fillings) -> Result<Type> {
    texts::expanded(scope, source, |source| {
        alone(scope, source, fillings, read::type_name, |lowering, tree| lowering.type_name(tree))
    })
}

/// The value of a constant expression.
pub(crate) fn evaluate(scope: &Scope, source: &Arc<Source>) -> Result<(Type, Constant)> {
    texts::expanded(scope, source, |source| {
        alone(scope, source, &Fillings::default(), read::expression, |lowering, tree| lowering.constant(tree))
    })
}

/// An initialiser as C writes it: `{ .x = 1, .y = { [2] = 5 } }`, or one constant.
pub(crate) fn initialiser(scope: &Scope, source: &Arc<Source>) -> Result<Initialiser> {
    texts::expanded(scope, source, |source| {
        let none = Fillings::default();
        alone(scope, source, &none, read::initialiser, |lowering, list| lowering.only_initialiser(list))
    })
}

/// Reads and lowers one tree that is a whole text.
fn alone<Tree, T: Send>(
    scope: &Scope,
    source: &Arc<Source>,
    fillings: &Fillings,
    read: impl Fn(&Arc<Source>, &read::Known) -> Result<(Tree, Map)> + Sync,
    lower: impl Fn(&mut Lowering<'_, '_>, &Tree) -> Result<T, Diagnostic> + Sync,
) -> Result<T> {
    with_room(|room| {
        let mut overlay = scope.overlay();
        overlay.fill(fillings.types());
        let (tree, map) = match with_known(&overlay, fillings, |known| read(source, known)) {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        let whole = Span::new(source, 0..source.text().len() as u32);
        let mut lowering = Lowering::new(&mut overlay, room);
        lowering.only_declared_tags();
        lowering.read_from(&Arc::new(map), &whole, false);
        let lowered = lower(&mut lowering, &tree);
        if lowering.needs_room() {
            return None;
        }
        if lowered.is_ok() {
            overlay.commit();
        }
        Some(lowered.map_err(|diagnostic| diagnostic.or_at(&whole).into()))
    })
}

/// What the reader has to know of a transaction.
fn with_known<T>(overlay: &Overlay<'_>, fillings: &Fillings, work: impl FnOnce(&read::Known) -> T) -> T {
    let is_type = |name: &str| overlay.is_type_name(name);
    let type_names = || overlay.type_names();
    work(&read::Known { is_type: &is_type, type_names: &type_names, fillings })
}

/// Does the work here, or, where that says `None`, again on a thread whose stack is large.
fn with_room<T: Send>(work: impl Fn(Room) -> Option<Result<T>> + Sync) -> Result<T> {
    let no_thread =
        || Error::new(ErrorKind::TooDeep, "nested too deeply, and no thread with a larger stack can be had");
    if let Some(done) = work(Room::Unknown) {
        return done;
    }
    std::thread::scope(|threads| {
        let thread =
            std::thread::Builder::new().stack_size(LARGE_STACK).spawn_scoped(threads, || work(Room::Large));
        match thread.map(|thread| thread.join()) {
            Ok(Ok(Some(done))) => done,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Ok(Ok(None)) | Err(_) => Err(no_thread()),
        }
    })
}

/// Bytes: enough for the deepest tree that the guards let through, even in a debug build.
const LARGE_STACK: usize = 64 << 20;
