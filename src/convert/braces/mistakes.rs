//! What is wrong with an initialiser, said at its place; and the way to a member that it names.

use super::{Done, Place};
use crate::cdef::{Designator, Item};
use crate::convert::place::shown_type;
use crate::error::{Diagnostic, Error, ErrorKind, Span, nearest};
use crate::types::{RecordBody, Type};

/// The indexes that lead to a named member, through anonymous ones.
pub(super) fn way_to(place: &Place, body: &RecordBody, designator: &Designator) -> Done<Vec<usize>> {
    let Designator::Member(name, span) = designator else { return Err(misplaced(place, designator)) };
    body.names.get(name).cloned().ok_or_else(|| {
        let meant = nearest(name, body.names.keys().map(|name| &**name));
        let message = format!("'{}' has no member '{name}'", shown_type(&place.ty));
        let diagnostic = Diagnostic::new(ErrorKind::NoSuchField, message)
            .maybe_help(meant.map(|meant| format!("did you mean '{meant}'?")));
        located(diagnostic, span.as_ref())
    })
}

pub(super) fn span_of(designator: &Designator) -> Option<&Span> {
    match designator {
        Designator::Member(_, span) | Designator::Range(_, _, span) => span.as_ref(),
    }
}

pub(super) fn located(diagnostic: Diagnostic, span: Option<&Span>) -> Diagnostic {
    match span {
        Some(span) => diagnostic.or_at(span),
        None => diagnostic,
    }
}

/// An error of another room.
pub(super) fn lost(error: Error) -> Diagnostic {
    let first = error.diagnostics().first().cloned();
    first.unwrap_or_else(|| Diagnostic::new(error.kind(), error.message()))
}

#[cold]
pub(super) fn misplaced(place: &Place, designator: &Designator) -> Diagnostic {
    let shown = shown_type(&place.ty);
    let (found, why) = match designator {
        Designator::Member(name, _) => (format!(".{name}"), "it is no struct or union"),
        Designator::Range(index, ..) => (format!("[{index}]"), "it is no array"),
    };
    let message = format!("'{found}' names no part of '{shown}'; {why}");
    located(Diagnostic::new(ErrorKind::NoSuchField, message), span_of(designator))
}

#[cold]
pub(super) fn excess(place: &Place, item: &Item) -> Diagnostic {
    let message = format!("more initialisers than '{}' has room for", shown_type(&place.ty));
    located(Diagnostic::new(ErrorKind::Arity, message), item.value.span())
}

#[cold]
pub(super) fn no_room(place: &Place, span: Option<&Span>) -> Diagnostic {
    let message = format!("'{}' has no part that a value could initialise", shown_type(&place.ty));
    located(Diagnostic::new(ErrorKind::Arity, message), span)
}

#[cold]
pub(super) fn mistyped(place: &Place, found: &Type, span: Option<&Span>) -> Diagnostic {
    let message =
        format!("expected a value of type '{}', found one of '{}'", shown_type(&place.ty), shown_type(found));
    located(Diagnostic::new(ErrorKind::Conversion, message), span)
}
