//! Ways to scalars that were followed before: a path that is used again need not be read again.
//!
//! A scope remembers the last of them. What is remembered depends on nothing but the record, the number of bytes, and
//! the text of the path, all of which are compared.

use super::number::Number;
use super::path::Spot;
use crate::types::{ArrayLength, Kind, Scope, Type};

/// The way to a scalar of at most 8 bytes, in one word: how it is stored, whether it is `const`, the bytes in front.
#[derive(Clone, Copy)]
pub(super) struct Plain(u64);

impl Plain {
    /// The way is not known.
    const NONE: Plain = Plain(0);

    fn of(spot: &Spot<'_>, scope: &Scope) -> Option<Plain> {
        let size = spot.range.len();
        let number = Number::of(&spot.ty, scope)
            .filter(|number| spot.bits.is_none() && number.size() <= 8 && number.size() == size)?;
        let start = u32::try_from(spot.range.start).ok()?;
        Some(Plain(u64::from(start) << 32 | u64::from(spot.constant) << 8 | code(number)))
    }

    #[inline(always)]
    pub(super) fn start(self) -> usize {
        (self.0 >> 32) as usize
    }

    /// Does it lead to such a scalar?
    #[inline(always)]
    pub(super) fn is_to(self, number: Number) -> bool {
        self.0 & 0xff == code(number)
    }

    /// Does it lead to such a scalar that may be changed?
    #[inline(always)]
    pub(super) fn is_to_variable(self, number: Number) -> bool {
        self.0 & 0xffff == code(number)
    }

    pub(super) fn is_constant(self) -> bool {
        self.0 >> 8 & 1 == 1
    }

    /// How it is stored; `None` where the way is not known.
    pub(super) fn number(self) -> Option<Number> {
        let index = usize::try_from(self.0 & 0xff).ok()?.checked_sub(1)?;
        Number::ALL.get(index).copied()
    }
}

/// Never 0.
#[inline(always)]
const fn code(number: Number) -> u64 {
    number as u64 + 1
}

/// The way to a scalar, if it is remembered.
#[inline(always)]
pub(super) fn plain_way(ty: &Type, length: usize, path: &str, scope: &Scope) -> Plain {
    // Here, where the path is mostly a literal, the compiler knows its ends
    match ends(path.as_bytes()) {
        Some((first, last)) => find(ty, sizes(length, path), path.as_ptr().addr(), first, last, scope),
        None => Plain::NONE,
    }
}

#[inline(never)]
fn find(ty: &Type, sizes: u64, path: usize, first: u64, last: u64, scope: &Scope) -> Plain {
    // Apart, because it is common, and because a function that calls nothing saves no registers
    let Kind::Record(record) = ty.kind() else { return find_in_array(ty, sizes, path, first, last, scope) };
    let node = record.identity();
    Plain(scope.recent().answer(hint(node, path), [node as u64, sizes, first, last]))
}

#[inline(never)]
fn find_in_array(ty: &Type, sizes: u64, path: usize, first: u64, last: u64, scope: &Scope) -> Plain {
    let Some(node) = node_of(ty) else { return Plain::NONE };
    Plain(scope.recent().answer(hint(node, path), [node as u64, sizes, first, last]))
}

/// Remembers where a path led to.
pub(super) fn remember(ty: &Type, length: usize, path: &str, scope: &Scope, spot: &Spot<'_>) {
    if let Some(node) = node_of(ty)
        && let Some((first, last)) = ends(path.as_bytes())
        && let Some(way) = Plain::of(spot, scope)
    {
        let question = [node as u64, sizes(length, path), first, last];
        scope.recent().keep(hint(node, path.as_ptr().addr()), question, way.0);
    }
}

/// The address of the node of a record, or of the record that an array is made of. Nodes live as long as their scope.
///
/// The qualifiers of the type play no part: whoever writes has asked for them.
fn node_of(ty: &Type) -> Option<usize> {
    match ty.kind() {
        Kind::Record(record) => Some(record.identity()),
        Kind::Array(element, ArrayLength::Fixed(_)) => match element.kind() {
            // Nodes have even addresses. How many elements there are is told by the bytes that they have together
            Kind::Record(record) => Some(record.identity() | 1),
            _ => None,
        },
        _ => None,
    }
}

/// How many bytes a value and a path have. No block is so large that these overlap.
#[inline(always)]
fn sizes(length: usize, path: &str) -> u64 {
    (length as u64) << 5 | path.len() as u64
}

/// A number that is mostly another for another path or type: literals and nodes have addresses of their own.
#[inline(always)]
fn hint(node: usize, path: usize) -> usize {
    path.wrapping_add(node >> 4)
}

/// A text of 1 to 16 bytes as two words, which overlap; with the length, they tell it from every other.
#[inline(always)]
fn ends(text: &[u8]) -> Option<(u64, u64)> {
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return (text.len() <= 16).then(|| (u64::from_le_bytes(*first), u64::from_le_bytes(*last)));
    }
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return Some((u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()));
    }
    match *text {
        [] => None,
        [one] => Some((one.into(), 0)),
        [one, ref rest @ ..] => {
            let (second, last) = (*rest.first()?, *rest.last()?);
            Some((one.into(), u64::from(second) << 8 | u64::from(last)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_tell_texts_apart() {
        let all = "abcdefghijklmnopqrstuvwxyz";
        assert_eq!((ends(b""), ends(&all.as_bytes()[..17])), (None, None));
        for length in 1..=16 {
            let one = &all.as_bytes()[..length];
            for changed in 0..length {
                let mut other = one.to_vec();
                other[changed] ^= 1;
                assert_ne!(ends(one), ends(&other), "byte {changed} of {length}");
            }
        }
    }

    #[test]
    fn every_number_has_its_code() {
        for (index, number) in Number::ALL.into_iter().enumerate() {
            assert_eq!(number as usize, index);
        }
        assert_eq!(Number::ALL.last(), Some(&Number::Address32));
    }
}
