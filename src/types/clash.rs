//! What is declared again in another way, to be replaced.

use super::decl::{Constant, Decl};
use super::scope::{Ordered, State, Tag};
use std::collections::HashSet;
use std::sync::Arc;

/// Something that was declared in two ways.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Clash {
    Tag(Arc<str>),
    Name(Arc<str>),
}

/// Tags and names that were declared in two ways.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clashes {
    pub(super) tags: HashSet<Arc<str>>,
    pub(super) names: HashSet<Arc<str>>,
}

impl Clashes {
    pub(super) fn insert(&mut self, clash: Clash) {
        match clash {
            Clash::Tag(tag) => self.tags.insert(tag),
            Clash::Name(name) => self.names.insert(name),
        };
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.names.is_empty()
    }

    /// Takes others in; true if there was a new one among them.
    pub(crate) fn take_in(&mut self, others: &Clashes) -> bool {
        let before = self.tags.len() + self.names.len();
        self.tags.extend(others.tags.iter().cloned());
        self.names.extend(others.names.iter().cloned());
        self.tags.len() + self.names.len() > before
    }

    /// Takes the old declarations out of the lists; whoever holds their types keeps them.
    pub(super) fn leave(&self, state: &mut State) {
        if self.is_empty() {
            return;
        }
        let mut left = self.names.clone();
        for tag in &self.tags {
            let Some(Tag::Enum(enumeration)) = state.tags.get(tag).map(|tagged| tagged.tag.clone()) else {
                continue;
            };
            let Some(body) = enumeration.body() else { continue };
            for (name, value) in &body.constants {
                let own = matches!(
                    state.names.get(name).map(|declared| &declared.decl),
                    Some(Decl::Constant { value: Constant::Integer(known), .. }) if known == value
                );
                if own {
                    left.insert(name.clone());
                }
            }
        }
        let gone = |ordered: &Ordered| match ordered {
            Ordered::Name(name) => left.contains(name),
            Ordered::Record(record) => record.tag().is_some_and(|tag| self.tags.contains(&tag)),
            Ordered::Enum(enumeration) => enumeration.tag().is_some_and(|tag| self.tags.contains(&tag)),
        };
        state.order.retain(|ordered| !gone(ordered));
        state.names.retain(|name, _| !left.contains(name));
        state.tags.retain(|tag, _| !self.tags.contains(tag));
    }
}
