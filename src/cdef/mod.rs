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
mod consteval;
mod dialect;
mod directive;
mod grammar;
mod guard;
mod index;
mod lex;
mod lower;
mod name;
mod read;
mod report;
mod scan;
mod split;
mod words;

use crate::error::{Diagnostic, Error, Result, Source};
use crate::types::{Constant, Overlay, Scope, Type};
use lower::Lowering;
use std::sync::Arc;

/// Declares everything in a text, or nothing.
pub(crate) fn declare(scope: &Scope, source: &Arc<Source>) -> Result<()> {
    let mut overlay = scope.overlay();
    let mut diagnostics = declare_in(&mut overlay, source);
    if diagnostics.is_empty() {
        overlay.commit();
        return Ok(());
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.span().map_or(usize::MAX, |span| span.range().start));
    Err(Error::many(diagnostics))
}

/// Declares a text in an open transaction; what is wrong comes back.
fn declare_in(overlay: &mut Overlay<'_>, source: &Arc<Source>) -> Vec<Diagnostic> {
    let reading = {
        let overlay = &*overlay;
        let is_type = |name: &str| overlay.is_type_name(name);
        let type_names = || overlay.type_names();
        read::declarations(source, &read::Known { is_type: &is_type, type_names: &type_names })
    };
    let mut diagnostics = reading.diagnostics;
    let mut lowering = Lowering::new(overlay);
    for parsed in &reading.declarations {
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
        if !failed.is_empty() {
            lowering.poison(parsed.names.iter().map(String::as_str));
            // A mistake that follows from one that is reported already is not another one.
            if !lowering.touched_poison() {
                diagnostics.append(&mut failed);
            }
        }
    }
    diagnostics
}

/// The type that a text names: `struct point *`, `int[3]`, `double[?]`.
pub(crate) fn type_named(scope: &Scope, source: &Arc<Source>) -> Result<Type> {
    let mut overlay = scope.overlay();
    let (tree, map) = {
        let overlay = &overlay;
        let is_type = |name: &str| overlay.is_type_name(name);
        let type_names = || overlay.type_names();
        read::type_name(source, &read::Known { is_type: &is_type, type_names: &type_names })?
    };
    let whole = crate::error::Span::new(source, 0..source.text().len() as u32);
    let mut lowering = Lowering::new(&mut overlay);
    lowering.only_declared_tags();
    lowering.read_from(&Arc::new(map), &whole, false);
    let ty = lowering.type_name(&tree).map_err(|diagnostic| diagnostic.or_at(&whole))?;
    overlay.commit();
    Ok(ty)
}

/// The value of a constant expression.
pub(crate) fn evaluate(scope: &Scope, source: &Arc<Source>) -> Result<(Type, Constant)> {
    let mut overlay = scope.overlay();
    let (tree, map) = {
        let overlay = &overlay;
        let is_type = |name: &str| overlay.is_type_name(name);
        let type_names = || overlay.type_names();
        read::expression(source, &read::Known { is_type: &is_type, type_names: &type_names })?
    };
    let whole = crate::error::Span::new(source, 0..source.text().len() as u32);
    let mut lowering = Lowering::new(&mut overlay);
    lowering.only_declared_tags();
    lowering.read_from(&Arc::new(map), &whole, false);
    let constant = lowering.constant(&tree).map_err(|diagnostic| diagnostic.or_at(&whole))?;
    overlay.commit();
    Ok(constant)
}
