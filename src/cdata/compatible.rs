//! Which pointers may stand for which: LuaJIT's rules, and functions are compared as well.

use crate::convert::{Number, same_value};
use crate::types::{Kind, Qualifiers, Scope, Type};

/// May a pointer to the one type point to a value of the other? An array counts as its first element, too.
pub(crate) fn points_to(pointee: &Type, value: &Type, scope: &Scope) -> bool {
    if pointee.is_void() || value.is_void() || alike(pointee, value, scope) {
        return true;
    }
    match value.kind() {
        Kind::Array(element, _) => points_to(pointee, element, scope),
        _ => false,
    }
}

/// May a pointer of the one type be used as one of the other, qualifiers of what they point to included?
pub(crate) fn pointers_agree(from: &Type, to: &Type, scope: &Scope) -> bool {
    let (Some(source), Some(target)) = (from.pointee(), to.pointee()) else { return false };
    target.qualifiers().contains(source.qualifiers().without(Qualifiers::RESTRICT))
        && (source.is_void() || target.is_void() || alike(source, target, scope))
}

/// May two pointers be compared, or one subtracted from the other?
pub(super) fn comparable(one: &Type, other: &Type, scope: &Scope) -> bool {
    match (one.pointee(), other.pointee()) {
        (Some(one), Some(other)) => alike(one, other, scope),
        _ => false,
    }
}

/// Are two pointees the same, or so alike that C code mixes them: integers of the same size, enums among them?
fn alike(one: &Type, other: &Type, scope: &Scope) -> bool {
    if same_value(one, other) {
        return true;
    }
    match (one.kind(), other.kind()) {
        // Behind a second pointer nothing is converted: `const int **` from `int **` would let C break a const
        (Kind::Pointer(one), Kind::Pointer(other)) => {
            one.qualifiers() == other.qualifiers() && alike(one, other, scope)
        }
        (Kind::Array(one, length), Kind::Array(other, other_length)) => {
            length == other_length && alike(one, other, scope)
        }
        (Kind::Pointer(_), _) | (_, Kind::Pointer(_)) => false,
        _ => match (Number::of(one, scope), Number::of(other, scope)) {
            (Some(one), Some(other)) => same_kind(one, other),
            _ => false,
        },
    }
}

/// Are the values of two types numbers of the same size, and integers both or floats both?
pub(crate) fn same_numbers(pointee: &Type, scope: &Scope, number: Number) -> bool {
    pointee.is_void() || Number::of(pointee, scope).is_some_and(|found| same_kind(found, number))
}

fn same_kind(one: Number, other: Number) -> bool {
    let is_bool = |number| number == Number::Bool;
    let integers = one.is_integer() && other.is_integer() && is_bool(one) == is_bool(other);
    one == other || (integers && one.size() == other.size())
}
