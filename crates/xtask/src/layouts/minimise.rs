//! Cutting a group smaller while it still shows what it shows.

use super::tree::{Enum, Group, Item, Record, Type};

/// The smallest group that a greedy search finds for which `shows` holds; it is asked at most `budget` times.
pub fn minimise(group: &Group, budget: usize, shows: &mut dyn FnMut(&Group) -> bool) -> Group {
    let mut best = group.clone();
    let (mut asked, mut place, mut shrank) = (0, 0, false);
    while asked < budget {
        let Some(smaller) = cut(&best, place) else {
            if !shrank {
                break;
            }
            // What something depended on may be gone by now.
            (place, shrank) = (0, false);
            continue;
        };
        asked += 1;
        if shows(&smaller) {
            // After a cut the same place holds something else.
            (best, shrank) = (smaller, true);
        } else {
            place += 1;
        }
    }
    best
}

/// The group with one thing less; the places count all things that can go. `None` past the last one.
fn cut(group: &Group, place: usize) -> Option<Group> {
    if place < group.items.len() {
        let mut smaller = group.clone();
        // Later items first: nothing depends on them.
        smaller.items.remove(group.items.len() - 1 - place);
        return Some(smaller);
    }
    let mut smaller = group.clone();
    let mut left = place - group.items.len();
    for item in &mut smaller.items {
        let done = match item {
            Item::Record(record) => cut_record(record, &mut left),
            Item::Enum(body) => cut_enum(body, &mut left),
            Item::Typedef { of, suffix, .. } => cut_type(of, &mut left) || cut_text(suffix, &mut left),
            Item::Line(_) => false,
        };
        if done {
            return Some(smaller);
        }
    }
    None
}

/// Is it this one's turn?
fn turn(left: &mut usize) -> bool {
    match left.checked_sub(1) {
        Some(less) => {
            *left = less;
            false
        }
        None => true,
    }
}

fn cut_record(record: &mut Record, left: &mut usize) -> bool {
    for index in 0..record.members.len() {
        if turn(left) {
            record.members.remove(index);
            return true;
        }
    }
    if cut_text(&mut record.before, left) || cut_text(&mut record.after, left) {
        return true;
    }
    record.members.iter_mut().any(|member| {
        cut_text(&mut member.prefix, left)
            || cut_text(&mut member.suffix, left)
            || cut_type(&mut member.of, left)
    })
}

fn cut_enum(body: &mut Enum, left: &mut usize) -> bool {
    for index in 0..body.constants.len() {
        if body.constants.len() > 1 && turn(left) {
            body.constants.remove(index);
            return true;
        }
    }
    cut_text(&mut body.before, left) || cut_text(&mut body.after, left)
}

fn cut_type(of: &mut Type, left: &mut usize) -> bool {
    match of {
        Type::Record(record) => cut_record(record, left),
        Type::Enum(body) => cut_enum(body, left),
        Type::Array(element, _) => {
            if turn(left) {
                *of = (**element).clone();
                return true;
            }
            cut_type(element, left)
        }
        Type::Scalar { .. } | Type::Pointer { .. } | Type::Named(_) => false,
    }
}

fn cut_text(text: &mut String, left: &mut usize) -> bool {
    if !text.is_empty() && turn(left) {
        text.clear();
        return true;
    }
    false
}
