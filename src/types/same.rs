//! Is a declaration the same as one that there is?
//!
//! Tags are compared by identity; records and enums without a tag, of which every paste makes new ones, by what is in
//! them.

use super::c_type::{ArrayLength, Function, Kind, ParameterTail, Type};
use super::decl::Decl;
use super::measure::Bodies;
use super::node::{EnumBody, RecordBody};

/// What a redeclaration comes to.
pub(super) enum Merged {
    /// It says nothing new.
    AsBefore,
    /// It adds what the first one left open.
    Completed(Decl),
}

/// The two declarations of a name as one; `None` where they differ.
pub(super) fn merged(before: &Decl, now: &Decl, bodies: &dyn Bodies) -> Option<Merged> {
    match (before, now) {
        (Decl::Typedef { ty: first, .. }, Decl::Typedef { ty: second, .. }) => {
            same(first, second, bodies).then_some(Merged::AsBefore)
        }
        (Decl::Function { ty: first, symbol, name }, Decl::Function { ty: second, symbol: other, .. }) => {
            if !(symbol == other || symbol.is_none() || other.is_none()) {
                return None;
            }
            let (Some(one), Some(two)) = (first.as_function(), second.as_function()) else { return None };
            let open = |function: &Function| function.tail == ParameterTail::Unspecified;
            let compatible = same(first, second, bodies)
                || (open(one) || open(two))
                    && one.convention == two.convention
                    && same(&one.result, &two.result, bodies);
            if !compatible {
                return None;
            }
            let better = if open(one) && !open(two) { second } else { first };
            let adds = open(one) && !open(two) || symbol.is_none() && other.is_some();
            let symbol = symbol.clone().or_else(|| other.clone());
            Some(if adds {
                Merged::Completed(Decl::Function { name: name.clone(), ty: better.clone(), symbol })
            } else {
                Merged::AsBefore
            })
        }
        (Decl::Variable { ty: first, symbol, .. }, Decl::Variable { ty: second, symbol: other, .. }) => {
            if !(symbol == other || symbol.is_none() || other.is_none()) {
                return None;
            }
            if same(first, second, bodies) || completes(second, first) && same_elements(first, second, bodies)
            {
                return Some(Merged::AsBefore);
            }
            (completes(first, second) && same_elements(first, second, bodies))
                .then(|| Merged::Completed(now.clone()))
        }
        (Decl::Constant { ty: first, value, .. }, Decl::Constant { ty: second, value: other, .. }) => {
            (value == other && same(&first.clone().unqualified(), &second.clone().unqualified(), bodies))
                .then_some(Merged::AsBefore)
        }
        _ => None,
    }
}

fn same_elements(first: &Type, second: &Type, bodies: &dyn Bodies) -> bool {
    match (first.kind(), second.kind()) {
        (Kind::Array(first, _), Kind::Array(second, _)) => same(first, second, bodies),
        _ => false,
    }
}

/// Are two types the same, records and enums without tags compared by their members?
pub(super) fn same(first: &Type, second: &Type, bodies: &dyn Bodies) -> bool {
    if first.qualifiers() != second.qualifiers() || first.typedef_align() != second.typedef_align() {
        return false;
    }
    match (first.kind(), second.kind()) {
        (Kind::Pointer(first), Kind::Pointer(second)) => same(first, second, bodies),
        (Kind::Array(first, length), Kind::Array(second, other)) => {
            length == other && same(first, second, bodies)
        }
        (Kind::Function(first), Kind::Function(second)) => {
            let parameters = first.parameters.iter().zip(&second.parameters);
            first.tail == second.tail
                && first.convention == second.convention
                && first.parameters.len() == second.parameters.len()
                && same(&first.result, &second.result, bodies)
                && parameters.into_iter().all(|(mine, theirs)| {
                    same(&mine.ty.clone().unqualified(), &theirs.ty.clone().unqualified(), bodies)
                })
        }
        (Kind::Record(first), Kind::Record(second)) => {
            if first == second {
                return true;
            }
            // A record without a tag cannot be named inside itself, so this ends.
            first.kind() == second.kind()
                && first.tag().is_none()
                && second.tag().is_none()
                && match (bodies.record_body(first), bodies.record_body(second)) {
                    (Some(first), Some(second)) => difference(&first, &second, bodies).is_none(),
                    _ => false,
                }
        }
        (Kind::Enum(first), Kind::Enum(second)) => {
            first == second
                || first.tag().is_none()
                    && second.tag().is_none()
                    && match (bodies.enum_body(first), bodies.enum_body(second)) {
                        (Some(first), Some(second)) => enum_difference(&first, &second).is_none(),
                        _ => false,
                    }
        }
        (first, second) => first == second,
    }
}

/// The first difference of two bodies of one record, in words.
pub(super) fn difference(before: &RecordBody, now: &RecordBody, bodies: &dyn Bodies) -> Option<String> {
    for (first, second) in before.fields.iter().zip(&now.fields) {
        let show = |field: &super::node::Field| {
            let name = field.name.as_deref().unwrap_or("");
            let declared = super::show::show_named(&field.ty, name);
            match field.position.width() {
                Some(width) => format!("{declared} : {width}"),
                None => declared,
            }
        };
        if first.name != second.name
            || first.position.width() != second.position.width()
            || !same(&first.ty, &second.ty, bodies)
        {
            return Some(format!("it had '{}' where there is '{}' now", show(first), show(second)));
        }
        if first.packed != second.packed || first.aligned != second.aligned {
            return Some(format!("'{}' had other attributes", show(first)));
        }
    }
    if before.fields.len() != now.fields.len() {
        return Some(format!(
            "the number of members was {}, is {} now",
            before.fields.len(),
            now.fields.len()
        ));
    }
    let constant = |constant: &super::decl::RecordConstant| (constant.name.clone(), constant.value.clone());
    if !before.constants.iter().map(constant).eq(now.constants.iter().map(constant)) {
        return Some("its 'static const' members were others".to_string());
    }
    if before.packing != now.packing {
        return Some("it was packed or aligned in another way".to_string());
    }
    None
}

/// The first difference of two bodies of one enum, in words.
pub(super) fn enum_difference(before: &EnumBody, now: &EnumBody) -> Option<String> {
    for ((name, value), (other, other_value)) in before.constants.iter().zip(&now.constants) {
        if (name, value) != (other, other_value) {
            return Some(format!("it had {name} = {value} where there is {other} = {other_value} now"));
        }
    }
    if before.constants.len() != now.constants.len() {
        return Some(format!(
            "the number of constants was {}, is {} now",
            before.constants.len(),
            now.constants.len()
        ));
    }
    (before.underlying != now.underlying)
        .then(|| format!("its type was '{}', now '{}'", before.underlying.c_name(), now.underlying.c_name()))
}

/// A variable's type, completed by a redeclaration that knows the array's length.
fn completes(before: &Type, now: &Type) -> bool {
    matches!(
        (before.kind(), now.kind()),
        (Kind::Array(_, ArrayLength::Unknown), Kind::Array(_, ArrayLength::Fixed(_)))
    )
}
