//! Ways that were followed before: a path that is used again need not be read again.
//!
//! Each thread remembers the last of them in two small tables, without a lock. What is remembered depends on nothing
//! but the type, the number of bytes, the text of the path and the machine, all of which are compared. A type that is
//! remembered keeps the address of its node, by which it is known, from being given to another.

use super::number::Number;
use super::path::{Spot, walk};
use crate::error::Result;
use crate::target::Target;
use crate::types::{ArrayLength, Kind, Qualifiers, Scope, Type};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// The way to a scalar of at most 8 bytes.
#[derive(Clone, Copy)]
pub(super) struct Plain {
    pub start: u32,
    pub number: Number,
    pub constant: bool,
}

/// The way to anything.
struct Way {
    path: Box<[u8]>,
    root: Type,
    length: usize,
    target: Target,
    spot: Spot<'static>,
}

/// Where a way is kept, when it is asked for a second time: paths that are made up for each access should not push out
/// those that are written in the program.
struct Place {
    asked: u64,
    way: Option<Box<Way>>,
}

const PLACES: usize = 64;

struct Ways([Place; PLACES]);

/// A way as a few words to compare.
#[derive(Clone, Copy, PartialEq)]
struct Key {
    /// The address of a record's node, of the element type of an array.
    node: usize,
    /// One more than the number of elements; of a record, nothing.
    elements: u64,
    length: usize,
    /// The path, which is at most twice as long as either.
    first: u64,
    last: u64,
    path_length: u8,
    qualifiers: Qualifiers,
}

#[derive(Clone, Copy)]
struct Short {
    key: Key,
    target: Option<Target>,
    plain: Option<Plain>,
}

impl Short {
    /// No path has its length.
    const NONE: Short = Short {
        key: Key {
            node: 0,
            elements: 0,
            length: 0,
            first: 0,
            last: 0,
            path_length: u8::MAX,
            qualifiers: Qualifiers::NONE,
        },
        target: None,
        plain: None,
    };
}

thread_local! {
    static WAYS: RefCell<Ways> =
        const { RefCell::new(Ways([const { Place { asked: 0, way: None } }; PLACES])) };

    /// For each way in `WAYS` that leads to a scalar and has a short path: the same in fewer words. Nothing in it
    /// needs to be dropped, so it can be reached without asking whether the thread is about to end.
    static SHORT: [Cell<Short>; PLACES] = const { [const { Cell::new(Short::NONE) }; PLACES] };
}

impl Drop for Ways {
    fn drop(&mut self) {
        SHORT.with(|places| places.iter().for_each(|place| place.set(Short::NONE)));
    }
}

/// The way to a scalar, if this thread remembers it.
#[inline(never)]
pub(super) fn plain_way(ty: &Type, length: usize, path: &str, scope: &Arc<Scope>) -> Option<Plain> {
    let (node, elements, qualifiers) = node_of(ty)?;
    let (first, last) = ends(path.as_bytes())?;
    let path_length = path.len() as u8;
    let key = Key { node, elements, length, first, last, path_length, qualifiers };
    SHORT.with(|places| {
        let place = places.get(index_of(node, path))?.get();
        if place.key != key || place.target != Some(scope.target()) {
            return None;
        }
        place.plain
    })
}

/// Follows a path, and remembers the way if it is asked for again.
#[inline(never)]
pub(super) fn follow<'t>(ty: &'t Type, length: usize, path: &str, scope: &Arc<Scope>) -> Result<Spot<'t>> {
    let Some((node, elements, qualifiers)) = node_of(ty) else { return walk(ty, length, path, scope) };
    let index = index_of(node, path);
    let known = WAYS.try_with(|ways| {
        let ways = ways.try_borrow().ok()?;
        let way = ways.0.get(index)?.way.as_deref()?;
        way.leads(ty, length, path, scope).then(|| way.spot.clone())
    });
    if let Ok(Some(spot)) = known {
        return Ok(spot);
    }
    let spot = walk(ty, length, path, scope)?;
    // Where the table cannot be used, because the thread ends or it is in use further up, nothing is remembered
    let _ = WAYS.try_with(|ways| {
        let asked = fingerprint(node, length, path);
        let Ok(mut ways) = ways.try_borrow_mut() else { return };
        let Some(place) = ways.0.get_mut(index) else { return };
        if place.asked != asked {
            place.asked = asked;
            return;
        }
        let ends = ends(path.as_bytes());
        let short = plain(&spot, scope).zip(ends).map_or(Short::NONE, |(plain, (first, last))| {
            let path_length = path.len() as u8;
            let key = Key { node, elements, length, first, last, path_length, qualifiers };
            Short { key, target: Some(scope.target()), plain: Some(plain) }
        });
        let spot = Spot { ty: Cow::Owned(Type::clone(&spot.ty)), range: spot.range.clone(), ..spot };
        let (path, root) = (path.as_bytes().into(), ty.clone());
        let before = place.way.replace(Box::new(Way { path, root, length, target: scope.target(), spot }));
        // Before the type that it is known by is dropped
        SHORT.with(|places| places.get(index).map(|place| place.set(short)));
        drop(before);
    });
    Ok(spot)
}

fn plain(spot: &Spot<'_>, scope: &Scope) -> Option<Plain> {
    let number = Number::of(&spot.ty, scope)?;
    let is_plain = spot.bits.is_none() && number.size() <= 8 && number.size() == spot.range.len();
    let start = u32::try_from(spot.range.start).ok()?;
    is_plain.then_some(Plain { start, number, constant: spot.constant })
}

impl Way {
    fn leads(&self, ty: &Type, length: usize, path: &str, scope: &Scope) -> bool {
        self.length == length
            && *self.path == *path.as_bytes()
            && same_root(&self.root, ty)
            && self.target == scope.target()
    }
}

/// Are they the same for certain? Not all that are need be recognised.
fn same_root(one: &Type, other: &Type) -> bool {
    match (one.kind(), other.kind()) {
        (Kind::Record(first), Kind::Record(second)) => {
            first == second && one.qualifiers() == other.qualifiers()
        }
        (Kind::Array(first, length), Kind::Array(second, other_length)) => {
            length == other_length && first == second
        }
        _ => false,
    }
}

/// What a record or an array is known by as long as it lives: a node's address, a number of elements, qualifiers.
#[inline(always)]
fn node_of(ty: &Type) -> Option<(usize, u64, Qualifiers)> {
    match ty.kind() {
        Kind::Record(record) => Some((record.identity(), 0, ty.qualifiers())),
        Kind::Array(element, ArrayLength::Fixed(count)) => {
            let elements = count.checked_add(1)?;
            match element.kind() {
                // Each array has an element type of its own, and many arrays the same record
                Kind::Record(record) => Some((record.identity(), elements, element.qualifiers())),
                _ => Some((Arc::as_ptr(element).addr(), elements, Qualifiers::NONE)),
            }
        }
        _ => None,
    }
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

/// Literals have addresses of their own, and those of one length in one type seldom fall together.
#[inline(always)]
fn index_of(node: usize, path: &str) -> usize {
    let mixed = (path.as_ptr().addr() ^ node.rotate_left(24)).wrapping_add(path.len()) as u64;
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize
}

/// Nearly one for each text.
fn fingerprint(node: usize, length: usize, path: &str) -> u64 {
    let start = (node as u64).rotate_left(32) ^ length as u64 ^ 0xcbf2_9ce4_8422_2325;
    path.bytes().fold(start, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
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
    fn a_short_way_is_small() {
        assert_eq!(size_of::<Option<Plain>>(), 8);
    }
}
