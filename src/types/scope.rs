//! The registry: what has been declared so far, and transactions on it.
//!
//! Invariant: readers see a whole transaction or nothing of it. A transaction works on an [`Overlay`]; committing
//! takes one lock, dropping leaves no trace. Nothing that a child declares reaches its parent.

use super::attached::Attached;
use super::decl::{Decl, EnumDefinition, Enumerator, FormatRule, Member, RecordDefinition};
use super::measure::Bodies;
use super::node::{Enum, EnumBody, EnumNode, Record, RecordBody, RecordKind, RecordNode};
use super::overlay::Overlay;
use super::recent::Recent;
use crate::error::Span;
use crate::target::Target;
use indexmap::IndexMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The registry of one `Ffi`.
pub struct Scope {
    target: Target,
    /// Whose declarations are known here as well.
    parent: Option<Arc<Scope>>,
    state: RwLock<State>,
    /// Held by the one transaction that may be open.
    writer: Mutex<()>,
    recent: Recent,
    attached: Attached,
    texts: Attached,
}

/// A declaration and where it stands in the user's text.
#[derive(Clone, Debug)]
pub struct Declared {
    /// What is declared.
    pub decl: Decl,
    /// Where.
    pub origin: Option<Span>,
    /// What `__attribute__((deprecated))` says of it; empty where it says nothing.
    pub deprecated: Option<Arc<str>>,
    /// A function that the text gave a body, which was left out: no library needs to export it.
    pub has_body: bool,
    /// A function whose arguments a format speaks of.
    pub format: Option<FormatRule>,
}

impl Declared {
    /// Nothing but what and where.
    pub(crate) fn plain(decl: Decl, origin: Option<Span>) -> Declared {
        Declared { decl, origin, deprecated: None, has_body: false, format: None }
    }
}

#[derive(Default)]
pub(super) struct State {
    pub(super) records: Vec<Arc<RecordNode>>,
    pub(super) enums: Vec<Arc<EnumNode>>,
    pub(super) tags: IndexMap<Arc<str>, Tagged>,
    pub(super) names: IndexMap<Arc<str>, Declared>,
    /// What was declared, in the order of the texts.
    pub(super) order: Vec<Ordered>,
}

#[derive(Clone)]
pub(super) enum Ordered {
    Record(Record),
    Enum(Enum),
    Name(Arc<str>),
}

#[derive(Clone)]
pub(super) struct Tagged {
    pub tag: Tag,
    pub origin: Option<Span>,
}

/// What a tag names.
#[derive(Clone)]
pub(crate) enum Tag {
    Record(Record),
    Enum(Enum),
}

/// What a tag is asked to name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagKind {
    Record(RecordKind),
    Enum,
}

impl TagKind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            TagKind::Record(kind) => kind.word(),
            TagKind::Enum => "enum",
        }
    }
}

impl Tag {
    pub(super) fn kind(&self) -> TagKind {
        match self {
            Tag::Record(record) => TagKind::Record(record.kind()),
            Tag::Enum(_) => TagKind::Enum,
        }
    }
}

impl Scope {
    /// An empty scope for a target. What LuaJIT predefines (`size_t`, `uint8_t`, `bool` ...) is known in it.
    pub fn new(target: Target) -> Scope {
        Scope {
            target,
            parent: None,
            state: RwLock::default(),
            writer: Mutex::default(),
            recent: Recent::new(),
            attached: Attached::default(),
            texts: Attached::default(),
        }
    }

    /// A scope that sees what this one has, now and later, and adds its own.
    pub(crate) fn child(self: &Arc<Scope>) -> Scope {
        let attached = self.attached.shared();
        Scope { parent: Some(self.clone()), attached, ..Scope::new(self.target) }
    }

    /// This scope, its parent, and so on.
    pub(super) fn lineage(&self) -> impl Iterator<Item = &Scope> {
        std::iter::successors(Some(self), |scope| scope.parent.as_deref())
    }

    /// Is it a child of another one?
    pub(super) fn is_child(&self) -> bool {
        self.parent.is_some()
    }

    /// Room for what is found in its types again and again.
    #[inline(always)]
    pub(crate) fn recent(&self) -> &Recent {
        &self.recent
    }

    /// The machine it is for.
    #[inline]
    pub fn target(&self) -> Target {
        self.target
    }

    /// Are the records and enums of another scope known here?
    pub(crate) fn knows(&self, other: &Scope) -> bool {
        self.lineage().any(|scope| std::ptr::eq(scope, other))
    }

    /// What a room above has hung on it.
    pub(crate) fn attached(&self) -> &Attached {
        &self.attached
    }

    /// What the reader of texts keeps from one to the next.
    pub(crate) fn texts(&self) -> &Attached {
        &self.texts
    }

    /// Every declaration of its own, in the order of the texts.
    pub fn declarations(&self) -> Vec<Declared> {
        let state = self.read();
        state.order.iter().filter_map(|ordered| declared_of(ordered, &state.names)).collect()
    }

    /// What a name (of a function, variable, constant, typedef) was declared as.
    pub fn find(&self, name: &str) -> Option<Declared> {
        self.lineage().find_map(|scope| scope.read().names.get(name).cloned())
    }

    /// The same, of its own.
    pub(super) fn own(&self, name: &str) -> Option<Declared> {
        self.read().names.get(name).cloned()
    }

    /// What a tag names.
    pub(super) fn tagged(&self, tag: &str) -> Option<Tagged> {
        self.lineage().find_map(|scope| scope.own_tagged(tag))
    }

    /// The same, of its own.
    pub(super) fn own_tagged(&self, tag: &str) -> Option<Tagged> {
        self.read().tags.get(tag).cloned()
    }

    /// Names that are declared, for suggestions.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        self.lineage().flat_map(|scope| scope.read().names.keys().cloned().collect::<Vec<_>>()).collect()
    }

    /// Opens a transaction. Another one waits until this one is over.
    pub(crate) fn overlay(&self) -> Overlay<'_> {
        Overlay::new(self, self.writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// To change what there is; see `Overlay::commit`.
    pub(super) fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is, while nobody commits.
    pub(super) fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        // A writer that panicked had not begun to change anything: see `Overlay::commit`.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bodies for Scope {
    fn target(&self) -> Target {
        self.target
    }
    fn record_body(&self, record: &Record) -> Option<Arc<RecordBody>> {
        record.body()
    }
    fn enum_body(&self, enumeration: &Enum) -> Option<Arc<EnumBody>> {
        enumeration.body()
    }
}

fn declared_of(ordered: &Ordered, names: &IndexMap<Arc<str>, Declared>) -> Option<Declared> {
    match ordered {
        Ordered::Name(name) => names.get(name).cloned(),
        Ordered::Record(record) => {
            let body = record.body()?;
            let members = body.fields.iter().map(Member::from);
            let constants = body.constants.clone();
            let definition =
                RecordDefinition { members: members.collect(), packing: body.packing, constants };
            Some(Declared::plain(Decl::Record { record: record.clone(), definition }, body.origin.clone()))
        }
        Ordered::Enum(enumeration) => {
            // An enum that a typedef names is shown there.
            if enumeration.tag().is_none() && enumeration.typedef_name().is_some() {
                return None;
            }
            let body = enumeration.body()?;
            let enumerators = body.constants.iter().map(|(name, &value)| Enumerator {
                name: name.clone(),
                value,
                span: None,
            });
            let definition = EnumDefinition {
                enumerators: enumerators.collect(),
                fixed: body.fixed.then_some(body.underlying),
                packed: body.packed,
                span: None,
            };
            Some(Declared::plain(
                Decl::Enum { enumeration: enumeration.clone(), definition },
                body.origin.clone(),
            ))
        }
    }
}

/// The name that a declaration declares, unless it is a tag's.
pub(crate) fn name_of(decl: &Decl) -> Option<&Arc<str>> {
    match decl {
        Decl::Record { .. } | Decl::Enum { .. } => None,
        Decl::Typedef { name, .. }
        | Decl::Function { name, .. }
        | Decl::Variable { name, .. }
        | Decl::Constant { name, .. } => Some(name),
    }
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.read();
        write!(f, "Scope({}, {} names, {} tags)", self.target, state.names.len(), state.tags.len())
    }
}
