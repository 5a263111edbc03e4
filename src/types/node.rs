//! Records and enums: nodes of their scope, known by identity.
//!
//! A type refers to a node without owning it, or `struct node *next` would keep itself alive; the scope owns it. A
//! node whose scope is gone counts as incomplete.

use super::attached::Attached;
use super::c_type::Type;
use super::decl::{Packing, RecordConstant};
use crate::error::Span;
use crate::layout::{Align, Extent};
use crate::target::Scalar;
use indexmap::IndexMap;
use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

/// Struct or union.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// `struct`
    Struct,
    /// `union`
    Union,
}

impl RecordKind {
    /// The keyword.
    pub fn word(self) -> &'static str {
        match self {
            RecordKind::Struct => "struct",
            RecordKind::Union => "union",
        }
    }
}

/// A struct or union: equal only to itself.
#[derive(Clone)]
pub struct Record {
    kind: RecordKind,
    node: Weak<RecordNode>,
}

/// Who a record is, to be compared with others at no cost; by default nobody.
#[derive(Clone, Default)]
pub(crate) struct Identity(Weak<RecordNode>);

/// What a scope owns of a record.
pub(crate) struct RecordNode {
    tag: Option<Arc<str>>,
    /// The first typedef that named it, for records without a tag.
    typedef_name: OnceLock<Arc<str>>,
    body: OnceLock<Arc<RecordBody>>,
    attached: Attached,
}

/// A closed record: its members, placed.
#[derive(Debug)]
pub struct RecordBody {
    /// In declaration order, unnamed ones included.
    pub fields: Vec<Field>,
    /// Size and alignment of the whole.
    pub extent: Extent,
    /// The attributes and pragmas that it was laid out under.
    pub packing: Packing,
    /// The `static const` members, which take no room.
    pub constants: Vec<RecordConstant>,
    pub(crate) origin: Option<Span>,
    /// How many records and arrays lie in each other here, itself included.
    pub(crate) nesting: u32,
    /// Names to the way through anonymous members: indexes of `fields`, level by level.
    pub(crate) names: IndexMap<Arc<str>, Vec<usize>>,
}

/// A member that has its place.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name; none for unnamed bit-fields and anonymous records.
    pub name: Option<Arc<str>>,
    /// Its type.
    pub ty: Type,
    /// Where it lies.
    pub position: Position,
    /// `packed` stands on it.
    pub packed: bool,
    /// `aligned(N)` or `_Alignas(N)` stands on it.
    pub aligned: Option<Align>,
}

/// Where a field lies in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// At this byte.
    Bytes {
        /// From the start of the record.
        offset: u64,
    },
    /// In these bits.
    Bits {
        /// The byte that holds the first bit.
        offset: u64,
        /// The first bit in that byte.
        bit: u8,
        /// How many.
        width: u32,
    },
}

impl Position {
    /// The (first) byte.
    pub fn offset(self) -> u64 {
        match self {
            Position::Bytes { offset } | Position::Bits { offset, .. } => offset,
        }
    }

    /// The width of a bit-field.
    pub fn width(self) -> Option<u32> {
        match self {
            Position::Bytes { .. } => None,
            Position::Bits { width, .. } => Some(width),
        }
    }
}

impl Record {
    pub(crate) fn new(kind: RecordKind, tag: Option<Arc<str>>) -> (Record, Arc<RecordNode>) {
        let node = Arc::new(RecordNode {
            tag,
            typedef_name: OnceLock::new(),
            body: OnceLock::new(),
            attached: Attached::default(),
        });
        (Record { kind, node: Arc::downgrade(&node) }, node)
    }

    /// Struct or union.
    pub fn kind(&self) -> RecordKind {
        self.kind
    }

    /// The tag, if it has one.
    pub fn tag(&self) -> Option<Arc<str>> {
        self.node.upgrade()?.tag.clone()
    }

    /// The typedef that first named a record without a tag.
    pub fn typedef_name(&self) -> Option<Arc<str>> {
        self.node.upgrade()?.typedef_name.get().cloned()
    }

    /// Its members; none while it is incomplete.
    pub fn body(&self) -> Option<Arc<RecordBody>> {
        self.node.upgrade()?.body.get().cloned()
    }

    /// What it is called: `struct point`, or a typedef's name.
    pub fn name(&self) -> String {
        match (self.tag(), self.typedef_name()) {
            (Some(tag), _) => format!("{} {tag}", self.kind.word()),
            (None, Some(name)) => name.to_string(),
            (None, None) => format!("{} <anonymous>", self.kind.word()),
        }
    }

    pub(super) fn is_node(&self, node: &Arc<RecordNode>) -> bool {
        std::ptr::eq(self.node.as_ptr(), Arc::as_ptr(node))
    }

    pub(crate) fn set_body(&self, body: Arc<RecordBody>) {
        if let Some(node) = self.node.upgrade() {
            // Set once: whoever comes second has already compared the two bodies.
            let _ = node.body.set(body);
        }
    }

    pub(crate) fn set_typedef_name(&self, name: &Arc<str>) {
        if let Some(node) = self.node.upgrade() {
            // The first typedef wins.
            let _ = node.typedef_name.set(name.clone());
        }
    }

    /// What a room above has hung on it.
    pub(crate) fn attached<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.node.upgrade()?.attached.share()
    }

    /// The same, made where there is none yet; `None` where its scope is gone.
    pub(crate) fn attached_or_default<T: Any + Send + Sync + Default>(&self) -> Option<Arc<T>> {
        self.node.upgrade()?.attached.share_or_default()
    }

    /// The node's address: who it is.
    #[inline]
    pub(crate) fn identity(&self) -> usize {
        self.node.as_ptr().addr()
    }
}

impl Identity {
    /// That of a record.
    pub(crate) fn of(record: &Record) -> Identity {
        Identity(record.node.clone())
    }

    /// Is it this record's?
    #[inline(always)]
    pub(crate) fn is(&self, record: &Record) -> bool {
        Weak::ptr_eq(&self.0, &record.node)
    }
}

impl PartialEq for Record {
    #[inline]
    fn eq(&self, other: &Record) -> bool {
        Weak::ptr_eq(&self.node, &other.node)
    }
}

impl Eq for Record {}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl RecordBody {
    /// The field of a name, through anonymous members: its offset in this record, and itself.
    pub fn field(self: &Arc<RecordBody>, name: &str) -> Option<(u64, Field)> {
        let mut body = self.clone();
        let mut base = 0u64;
        let path = self.names.get(name)?;
        let (last, through) = path.split_last()?;
        for &index in through {
            let field = body.fields.get(index)?.clone();
            base = base.checked_add(field.position.offset())?;
            body = field.ty.as_record()?.body()?;
        }
        Some((base, body.fields.get(*last)?.clone()))
    }
}

/// An enum: equal only to itself.
#[derive(Clone)]
pub struct Enum {
    node: Weak<EnumNode>,
}

/// What a scope owns of an enum.
pub(crate) struct EnumNode {
    tag: Option<Arc<str>>,
    typedef_name: OnceLock<Arc<str>>,
    body: OnceLock<Arc<EnumBody>>,
    /// Of an enum that is only declared, `enum e : T;`: its type, and no constants.
    ahead: OnceLock<Arc<EnumBody>>,
}

/// A closed enum.
#[derive(Debug)]
pub struct EnumBody {
    /// Names and values, in declaration order.
    pub constants: IndexMap<Arc<str>, i128>,
    /// The integer type that holds it.
    pub underlying: Scalar,
    /// `enum e : T`
    pub fixed: bool,
    /// `__attribute__((packed))`
    pub packed: bool,
    pub(crate) origin: Option<Span>,
}

impl EnumBody {
    /// Is this all that `enum e : T;` says?
    pub(super) fn is_ahead(&self) -> bool {
        self.fixed && self.constants.is_empty()
    }
}

impl Enum {
    pub(crate) fn new(tag: Option<Arc<str>>) -> (Enum, Arc<EnumNode>) {
        let node = Arc::new(EnumNode {
            tag,
            typedef_name: OnceLock::new(),
            body: OnceLock::new(),
            ahead: OnceLock::new(),
        });
        (Enum { node: Arc::downgrade(&node) }, node)
    }

    /// The tag, if it has one.
    pub fn tag(&self) -> Option<Arc<str>> {
        self.node.upgrade()?.tag.clone()
    }

    /// The typedef that first named an enum without a tag.
    pub fn typedef_name(&self) -> Option<Arc<str>> {
        self.node.upgrade()?.typedef_name.get().cloned()
    }

    /// Its constants; none while it is incomplete.
    pub fn body(&self) -> Option<Arc<EnumBody>> {
        let node = self.node.upgrade()?;
        node.body.get().or_else(|| node.ahead.get()).cloned()
    }

    /// What it is called.
    pub fn name(&self) -> String {
        match (self.tag(), self.typedef_name()) {
            (Some(tag), _) => format!("enum {tag}"),
            (None, Some(name)) => name.to_string(),
            (None, None) => "enum <anonymous>".to_string(),
        }
    }

    pub(crate) fn set_body(&self, body: Arc<EnumBody>) {
        if let Some(node) = self.node.upgrade() {
            // Set once: whoever comes second has already compared the two bodies.
            let place = if body.is_ahead() { &node.ahead } else { &node.body };
            let _ = place.set(body);
        }
    }

    pub(crate) fn set_typedef_name(&self, name: &Arc<str>) {
        if let Some(node) = self.node.upgrade() {
            // The first typedef wins.
            let _ = node.typedef_name.set(name.clone());
        }
    }

    pub(crate) fn identity(&self) -> usize {
        self.node.as_ptr() as usize
    }
}

impl PartialEq for Enum {
    fn eq(&self, other: &Enum) -> bool {
        Weak::ptr_eq(&self.node, &other.node)
    }
}

impl Eq for Enum {}

impl fmt::Debug for Enum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}
