//! Ways that were followed before: a path that is used again need not be read again.
//!
//! Each thread remembers the last of them in a small table, without a lock. What is remembered depends on nothing but
//! the type, the number of bytes, the text of the path and the machine, all of which are compared; a type that is
//! remembered keeps its node's address from being given to another.

use super::number::Number;
use super::path::{Spot, walk};
use crate::error::Result;
use crate::target::Target;
use crate::types::{Kind, Scope, Type};
use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

/// The way to a scalar of at most 8 bytes.
#[derive(Clone, Copy)]
pub(super) struct Plain {
    pub start: usize,
    pub number: Number,
    pub constant: bool,
}

struct Way {
    path: Box<[u8]>,
    root: Type,
    length: usize,
    target: Target,
    plain: Option<Plain>,
    spot: Spot<'static>,
}

/// One place of the table. A way is kept when it is asked for a second time: paths that are made up for each access
/// should not push out those that are written in the program.
struct Place {
    asked: u64,
    way: Option<Box<Way>>,
}

const PLACES: usize = 64;

thread_local! {
    static WAYS: RefCell<[Place; PLACES]> =
        const { RefCell::new([const { Place { asked: 0, way: None } }; PLACES]) };
}

/// The way to a scalar, if this thread remembers it.
#[inline(never)]
pub(super) fn plain_way(ty: &Type, length: usize, path: &str, scope: &Arc<Scope>) -> Option<Plain> {
    let index = index_of(ty, length, path);
    let known = WAYS.try_with(|ways| match ways.try_borrow().ok()?.get(index)?.way.as_deref() {
        Some(way) if way.leads(ty, length, path, scope) => way.plain,
        _ => None,
    });
    known.ok().flatten()
}

/// Follows a path, and remembers the way if it is asked for again.
#[inline(never)]
pub(super) fn follow<'t>(ty: &'t Type, length: usize, path: &str, scope: &Arc<Scope>) -> Result<Spot<'t>> {
    let index = index_of(ty, length, path);
    let known = WAYS.try_with(|ways| {
        let ways = ways.try_borrow().ok()?;
        let way = ways.get(index)?.way.as_deref()?;
        way.leads(ty, length, path, scope).then(|| way.spot.clone())
    });
    if let Ok(Some(spot)) = known {
        return Ok(spot);
    }
    let spot = walk(ty, length, path, scope)?;
    // Where the table cannot be used, because the thread ends or it is in use further up, nothing is remembered
    let _ = WAYS.try_with(|ways| {
        let asked = fingerprint(index, length, path);
        let Ok(mut ways) = ways.try_borrow_mut() else { return };
        let Some(place) = ways.get_mut(index) else { return };
        if place.asked != asked {
            place.asked = asked;
            return;
        }
        let number = Number::of(&spot.ty, scope).filter(|number| spot.bits.is_none() && number.size() <= 8);
        let spot = Spot { ty: Cow::Owned(Type::clone(&spot.ty)), range: spot.range.clone(), ..spot };
        let plain = number.filter(|number| number.size() == spot.range.len());
        let plain = plain.map(|number| Plain { start: spot.range.start, number, constant: spot.constant });
        let (path, root) = (path.as_bytes().into(), ty.clone());
        let way = Way { path, root, length, target: scope.target(), plain, spot };
        place.way = Some(Box::new(way));
    });
    Ok(spot)
}

impl Way {
    #[inline(always)]
    fn leads(&self, ty: &Type, length: usize, path: &str, scope: &Scope) -> bool {
        self.length == length
            && same_text(&self.path, path.as_bytes())
            && same_root(&self.root, ty)
            && self.target == scope.target()
    }
}

/// Are they the same for certain? Not all that are need be recognised.
#[inline(always)]
fn same_root(one: &Type, other: &Type) -> bool {
    match (one.kind(), other.kind()) {
        (Kind::Record(first), Kind::Record(second)) => {
            first == second && one.qualifiers() == other.qualifiers()
        }
        (Kind::Array(first, length), Kind::Array(second, other_length)) => {
            length == other_length && (Arc::ptr_eq(first, second) || first == second)
        }
        _ => false,
    }
}

/// Texts of this kind are short: a call would cost more than it does.
#[inline(always)]
fn same_text(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let ends = (one.first_chunk::<8>(), one.last_chunk::<8>());
    if let (Some(first), Some(last)) = ends
        && one.len() <= 16
    {
        return other.first_chunk() == Some(first) && other.last_chunk() == Some(last);
    }
    match (one.first_chunk::<4>(), one.last_chunk::<4>()) {
        (Some(first), Some(last)) if one.len() <= 8 => {
            other.first_chunk() == Some(first) && other.last_chunk() == Some(last)
        }
        (None, _) => one.iter().zip(other).all(|(one, other)| one == other),
        _ => one == other,
    }
}

/// Literals have addresses of their own, and those of one length in one type seldom fall together.
#[inline(always)]
fn index_of(ty: &Type, length: usize, path: &str) -> usize {
    let node = match ty.kind() {
        Kind::Record(record) => record.identity(),
        _ => length,
    };
    let mixed = (path.as_ptr().addr() ^ path.len().rotate_left(20) ^ node.rotate_left(32)) as u64;
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize
}

/// Nearly one for each text.
fn fingerprint(index: usize, length: usize, path: &str) -> u64 {
    let start = (index as u64) << 32 ^ length as u64 ^ 0xcbf2_9ce4_8422_2325;
    path.bytes().fold(start, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let all = "abcdefghijklmnopqrstuvwxyz";
        for length in 0..=all.len() {
            let one = &all.as_bytes()[..length];
            assert!(same_text(one, &one.to_vec()));
            assert!(length == 0 || !same_text(one, &one[1..]));
            for changed in 0..length {
                let mut other = one.to_vec();
                other[changed] ^= 1;
                assert!(!same_text(one, &other), "byte {changed} of {length}");
            }
        }
    }
}
