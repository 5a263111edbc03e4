//! The registry: what has been declared so far, and transactions on it.
//!
//! Invariant: readers see a whole transaction or nothing of it. A transaction works on an [`Overlay`]; committing
//! takes one lock, dropping leaves no trace.

use super::attached::Attached;
use super::c_type::{ArrayLength, Kind, Type};
use super::decl::{Constant, Decl, EnumDefinition, Enumerator, FormatRule, Member, RecordDefinition};
use super::measure::Bodies;
use super::node::{Enum, EnumBody, EnumNode, Record, RecordBody, RecordKind, RecordNode};
use super::recent::Recent;
use super::{close, predefined, same};
use crate::error::{Diagnostic, ErrorKind, Result, Span};
use crate::target::{Scalar, Target};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// The registry of one `Ffi`.
pub struct Scope {
    target: Target,
    state: RwLock<State>,
    /// Held by the one transaction that may be open.
    writer: Mutex<()>,
    recent: Recent,
    attached: Attached,
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
struct State {
    records: Vec<Arc<RecordNode>>,
    enums: Vec<Arc<EnumNode>>,
    tags: IndexMap<Arc<str>, Tagged>,
    names: IndexMap<Arc<str>, Declared>,
    /// What was declared, in the order of the texts.
    order: Vec<Ordered>,
}

#[derive(Clone)]
enum Ordered {
    Record(Record),
    Enum(Enum),
    Name(Arc<str>),
}

#[derive(Clone)]
struct Tagged {
    tag: Tag,
    origin: Option<Span>,
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
    fn kind(&self) -> TagKind {
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
            state: RwLock::default(),
            writer: Mutex::default(),
            recent: Recent::new(),
            attached: Attached::default(),
        }
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
        std::ptr::eq(self, other)
    }

    /// What a room above has hung on it.
    pub(crate) fn attached(&self) -> &Attached {
        &self.attached
    }

    /// Every declaration, in the order of the texts.
    pub fn declarations(&self) -> Vec<Declared> {
        let state = self.read();
        state.order.iter().filter_map(|ordered| declared_of(ordered, &state.names)).collect()
    }

    /// What a name (of a function, variable, constant, typedef) was declared as.
    pub fn find(&self, name: &str) -> Option<Declared> {
        self.read().names.get(name).cloned()
    }

    /// Names that are declared, for suggestions.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        self.read().names.keys().cloned().collect()
    }

    /// Opens a transaction. Another one waits until this one is over.
    pub(crate) fn overlay(&self) -> Overlay<'_> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        Overlay {
            scope: self,
            _writer: writer,
            fresh: State::default(),
            bodies: HashMap::new(),
            enum_bodies: HashMap::new(),
            typedef_names: Vec::new(),
            fillings: Vec::new(),
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
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

/// A transaction on a scope: sees what the scope has, and what was declared in itself.
pub(crate) struct Overlay<'s> {
    scope: &'s Scope,
    _writer: MutexGuard<'s, ()>,
    fresh: State,
    bodies: HashMap<usize, (Record, Arc<RecordBody>)>,
    enum_bodies: HashMap<usize, (Enum, Arc<EnumBody>)>,
    typedef_names: Vec<(Tag, Arc<str>)>,
    /// Words that stand for types in this transaction only.
    fillings: Vec<(Arc<str>, Type)>,
}

impl Bodies for Overlay<'_> {
    fn target(&self) -> Target {
        self.scope.target
    }
    fn record_body(&self, record: &Record) -> Option<Arc<RecordBody>> {
        match self.bodies.get(&record.identity()) {
            Some((_, body)) => Some(body.clone()),
            None => record.body(),
        }
    }
    fn enum_body(&self, enumeration: &Enum) -> Option<Arc<EnumBody>> {
        match self.enum_bodies.get(&enumeration.identity()) {
            Some((_, body)) => Some(body.clone()),
            None => enumeration.body(),
        }
    }
}

impl Overlay<'_> {
    /// What a name was declared as, predefined names included.
    pub(crate) fn find(&mut self, name: &str) -> Option<Declared> {
        if let Some(declared) = self.find_declared(name) {
            return Some(declared);
        }
        let decl = predefined::declaration(name, self)?;
        Some(Declared::plain(decl, None))
    }

    fn find_declared(&self, name: &str) -> Option<Declared> {
        self.fresh.names.get(name).cloned().or_else(|| self.scope.find(name))
    }

    /// These words stand for types, as long as the transaction is open.
    pub(crate) fn fill(&mut self, words: &[(Arc<str>, Type)]) {
        self.fillings = words.to_vec();
    }

    /// The type that a word stands for.
    pub(crate) fn filling(&self, word: &str) -> Option<&Type> {
        self.fillings.iter().find(|(known, _)| **known == *word).map(|(_, ty)| ty)
    }

    /// Is the name a type's?
    pub(crate) fn is_type_name(&self, name: &str) -> bool {
        if self.filling(name).is_some() {
            return true;
        }
        match self.fresh.names.get(name) {
            Some(declared) => matches!(declared.decl, Decl::Typedef { .. }),
            None => match self.scope.read().names.get(name) {
                Some(declared) => matches!(declared.decl, Decl::Typedef { .. }),
                None => predefined::is_type_name(name),
            },
        }
    }

    /// Every typedef name, for suggestions.
    pub(crate) fn type_names(&self) -> Vec<String> {
        let state = self.scope.read();
        let declared = state.names.iter().chain(&self.fresh.names);
        let declared = declared
            .filter(|(_, declared)| matches!(declared.decl, Decl::Typedef { .. }))
            .map(|(name, _)| name.to_string());
        declared.chain(predefined::type_names().map(str::to_string)).collect()
    }

    /// Every ordinary name, for suggestions.
    pub(crate) fn all_names(&self) -> Vec<String> {
        let state = self.scope.read();
        state.names.keys().chain(self.fresh.names.keys()).map(|name| name.to_string()).collect()
    }

    /// Every tag of a kind, for suggestions.
    pub(crate) fn tag_names(&self, kind: TagKind) -> Vec<String> {
        let state = self.scope.read();
        let tags = state.tags.iter().chain(&self.fresh.tags).filter(|(_, tagged)| tagged.tag.kind() == kind);
        tags.map(|(name, _)| name.to_string()).collect()
    }

    /// What a tag names, if anything.
    pub(crate) fn find_tag(&self, tag: &str) -> Option<Tag> {
        self.tagged(tag).map(|tagged| tagged.tag)
    }

    fn tagged(&self, tag: &str) -> Option<Tagged> {
        self.fresh.tags.get(tag).cloned().or_else(|| self.scope.read().tags.get(tag).cloned())
    }

    /// The record or enum of a tag, made where there is none; without a tag always a new one.
    pub(crate) fn tag(
        &mut self,
        kind: TagKind,
        tag: Option<&Arc<str>>,
        span: Option<&Span>,
    ) -> Result<Tag, Diagnostic> {
        if let Some(name) = tag
            && let Some(found) = self.tagged(name)
        {
            if found.tag.kind() == kind {
                return Ok(found.tag);
            }
            let mut diagnostic = Diagnostic::new(
                ErrorKind::Conflict,
                format!(
                    "'{name}' is declared as '{} {name}', not as '{} {name}'",
                    found.tag.kind().word(),
                    kind.word()
                ),
            );
            if let Some(span) = span {
                diagnostic = diagnostic.at(span.clone());
            }
            return Err(match found.origin {
                Some(origin) => diagnostic.note_at(origin, "declared here"),
                None => diagnostic,
            });
        }
        let made = match kind {
            TagKind::Record(kind) => {
                let (record, node) = Record::new(kind, tag.cloned());
                self.fresh.records.push(node);
                Tag::Record(record)
            }
            TagKind::Enum => {
                let (enumeration, node) = Enum::new(tag.cloned());
                self.fresh.enums.push(node);
                Tag::Enum(enumeration)
            }
        };
        if let Some(name) = tag {
            self.fresh.tags.insert(name.clone(), Tagged { tag: made.clone(), origin: span.cloned() });
        }
        Ok(made)
    }

    /// Accepts a declaration: new, or the same as one that there is.
    pub(crate) fn declare(&mut self, declared: Declared) -> Result<(), Diagnostic> {
        let Declared { decl, origin, deprecated, has_body, format } = declared;
        match decl {
            Decl::Record { record, definition } => self.close_record(&record, &definition, origin),
            Decl::Enum { enumeration, definition } => self.close_enum(&enumeration, &definition, origin),
            named => self.declare_name(Declared { decl: named, origin, deprecated, has_body, format }),
        }
    }

    /// Closes a predefined record, which is not listed among the declarations.
    pub(super) fn close_predefined(&mut self, record: &Record, definition: &RecordDefinition) -> Option<()> {
        let body = close::record(record, definition, None, self).ok()?;
        self.bodies.insert(record.identity(), (record.clone(), Arc::new(body)));
        Some(())
    }

    fn close_record(
        &mut self,
        record: &Record,
        definition: &RecordDefinition,
        origin: Option<Span>,
    ) -> Result<(), Diagnostic> {
        let body = close::record(record, definition, origin.clone(), self)?;
        if let Some(before) = self.record_body(record) {
            return match same::difference(&before, &body, self) {
                None => Ok(()),
                Some(difference) => Err(conflict(&record.name(), origin, before.origin.clone(), &difference)),
            };
        }
        if record.tag().is_some() {
            self.fresh.order.push(Ordered::Record(record.clone()));
        }
        self.bodies.insert(record.identity(), (record.clone(), Arc::new(body)));
        Ok(())
    }

    fn close_enum(
        &mut self,
        enumeration: &Enum,
        definition: &EnumDefinition,
        origin: Option<Span>,
    ) -> Result<(), Diagnostic> {
        let body = close::enumeration(definition, origin.clone(), self.target())?;
        let before = self.enum_body(enumeration);
        // `enum e : T;` may stand before the constants, and again behind them.
        let ahead = before.as_ref().is_some_and(|before| {
            let same_type = before.fixed && body.fixed && before.underlying == body.underlying;
            same_type && (before.is_ahead() || body.is_ahead())
        });
        if ahead && body.is_ahead() {
            return Ok(());
        }
        let first = before.is_none();
        if let Some(before) = before.filter(|_| !ahead) {
            return match same::enum_difference(&before, &body) {
                None => Ok(()),
                Some(difference) => {
                    Err(conflict(&enumeration.name(), origin, before.origin.clone(), &difference))
                }
            };
        }
        let mut news = enumeration.tag().is_some();
        let own_type = Type::enumeration(enumeration.clone());
        let fixed = definition.fixed.is_some();
        for Enumerator { name, span, .. } in &definition.enumerators {
            let Some(value) = body.constants.get(name) else { continue };
            // A constant is an int where it fits one, else of the enum's type.
            let is_int = !fixed && i32::try_from(*value).is_ok();
            let ty = if is_int { Type::scalar(Scalar::Int) } else { own_type.clone() };
            let decl = Decl::Constant { name: name.clone(), ty, value: Constant::Integer(*value) };
            let span = span.clone().or_else(|| origin.clone());
            match self.find_declared(name) {
                None => {
                    news = true;
                    self.fresh.names.insert(name.clone(), Declared::plain(decl, span));
                }
                Some(Declared { decl: Decl::Constant { value: Constant::Integer(before), .. }, .. })
                    if before == *value && enumeration.tag().is_none() => {}
                Some(before) => {
                    return Err(conflict(name, span, before.origin, &what_it_was(&before.decl)));
                }
            }
        }
        if news && first {
            self.fresh.order.push(Ordered::Enum(enumeration.clone()));
        }
        self.enum_bodies.insert(enumeration.identity(), (enumeration.clone(), Arc::new(body)));
        Ok(())
    }

    fn declare_name(&mut self, declared: Declared) -> Result<(), Diagnostic> {
        let Declared { decl, origin, deprecated, has_body, format } = declared;
        let Some(name) = name_of(&decl).cloned() else { return Ok(()) };
        close::check_named(&decl, self).map_err(|diagnostic| match &origin {
            Some(origin) => diagnostic.or_at(origin),
            None => diagnostic,
        })?;
        if let Some(before) = self.find_declared(&name) {
            return match same::merged(&before.decl, &decl, self) {
                Some(same::Merged::AsBefore) => Ok(()),
                Some(same::Merged::Completed(decl)) => {
                    let deprecated = before.deprecated.or(deprecated);
                    self.fresh.names.insert(
                        name,
                        Declared {
                            decl,
                            origin: before.origin,
                            deprecated,
                            has_body: before.has_body || has_body,
                            format: before.format.or(format),
                        },
                    );
                    Ok(())
                }
                None => Err(conflict(&name, origin, before.origin, &what_it_was(&before.decl))),
            };
        }
        if let Some(before) = predefined::declaration(&name, self) {
            if same::merged(&before, &decl, self).is_some() {
                return Ok(());
            }
            if !predefined::may_differ(&name) {
                return Err(conflict(
                    &name,
                    origin,
                    None,
                    &format!("it is predefined: {}", what_it_was(&before)),
                ));
            }
        }
        if let Decl::Typedef { ty, .. } = &decl {
            match ty.kind() {
                Kind::Record(record) if record.tag().is_none() => {
                    self.typedef_names.push((Tag::Record(record.clone()), name.clone()))
                }
                Kind::Enum(enumeration) if enumeration.tag().is_none() => {
                    self.typedef_names.push((Tag::Enum(enumeration.clone()), name.clone()));
                }
                _ => {}
            }
        }
        self.fresh.order.push(Ordered::Name(name.clone()));
        self.fresh.names.insert(name, Declared { decl, origin, deprecated, has_body, format });
        Ok(())
    }

    /// Makes everything declared here part of the scope.
    pub(crate) fn commit(self) {
        let Overlay { scope, _writer, fresh, bodies, enum_bodies, typedef_names, fillings: _ } = self;
        let mut state = scope.state.write().unwrap_or_else(PoisonError::into_inner);
        for (record, body) in bodies.into_values() {
            record.set_body(body);
        }
        for (enumeration, body) in enum_bodies.into_values() {
            enumeration.set_body(body);
        }
        for (tag, name) in typedef_names {
            match tag {
                Tag::Record(record) => record.set_typedef_name(&name),
                Tag::Enum(enumeration) => enumeration.set_typedef_name(&name),
            }
        }
        state.records.extend(fresh.records);
        state.enums.extend(fresh.enums);
        state.tags.extend(fresh.tags);
        for ordered in fresh.order {
            let known = matches!(&ordered, Ordered::Name(name) if state.names.contains_key(name));
            if !known {
                state.order.push(ordered);
            }
        }
        state.names.extend(fresh.names);
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

fn conflict(name: &str, origin: Option<Span>, before: Option<Span>, difference: &str) -> Diagnostic {
    let mut diagnostic =
        Diagnostic::new(ErrorKind::Conflict, format!("'{name}' is declared again, differently"))
            .label(difference);
    if let Some(origin) = origin {
        diagnostic = diagnostic.at(origin);
    } else {
        diagnostic = diagnostic.note(difference);
    }
    match before {
        Some(before) => diagnostic.note_at(before, format!("'{name}' was declared here")),
        None => diagnostic,
    }
}

/// Says what a name was declared as.
fn what_it_was(decl: &Decl) -> String {
    match decl {
        Decl::Typedef { ty, .. } => format!("it was a name for '{}'", ty.clone().spelled_out()),
        Decl::Function { ty, name, .. } => format!("it was '{}'", super::show::show_named(ty, name)),
        Decl::Variable { ty, name, .. } => format!("it was '{}'", super::show::show_named(ty, name)),
        Decl::Constant { value: Constant::Integer(value), .. } => format!("it was the constant {value}"),
        Decl::Constant { .. } => "it was another constant".to_string(),
        Decl::Record { record, .. } => format!("it was '{}'", record.name()),
        Decl::Enum { enumeration, .. } => format!("it was '{}'", enumeration.name()),
    }
}

/// A variable's type, completed by a redeclaration that knows the array's length.
pub(super) fn completes(before: &Type, now: &Type) -> bool {
    matches!(
        (before.kind(), now.kind()),
        (Kind::Array(_, ArrayLength::Unknown), Kind::Array(_, ArrayLength::Fixed(_)))
    )
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.read();
        write!(f, "Scope({}, {} names, {} tags)", self.target, state.names.len(), state.tags.len())
    }
}
