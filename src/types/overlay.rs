//! Transactions on a scope.

use super::c_type::{Kind, Type};
use super::clash::{Clash, Clashes};
use super::decl::{Constant, Decl, EnumDefinition, Enumerator, RecordDefinition};
use super::measure::Bodies;
use super::node::{Enum, EnumBody, Record, RecordBody, RecordNode};
use super::scope::{Declared, Ordered, Scope, State, Tag, TagKind, Tagged, name_of};
use super::{close, predefined, same};
use crate::error::{Diagnostic, ErrorKind, Span};
use crate::target::{Scalar, Target};
use std::collections::HashMap;
use std::sync::{Arc, MutexGuard};

/// A transaction on a scope: sees what the scope has, and what was declared in itself.
pub(crate) struct Overlay<'s> {
    scope: &'s Scope,
    _writer: MutexGuard<'s, ()>,
    fresh: State,
    bodies: HashMap<usize, (Record, Arc<RecordBody>)>,
    enum_bodies: HashMap<usize, (Enum, Arc<EnumBody>)>,
    typedef_names: Vec<(Tag, Arc<str>)>,
    /// What is declared anew, whatever it was.
    replaced: Clashes,
    clashes: Clashes,
    /// Words that stand for types in this transaction only.
    fillings: Vec<(Arc<str>, Type)>,
}

impl Bodies for Overlay<'_> {
    fn target(&self) -> Target {
        self.scope.target()
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

impl<'s> Overlay<'s> {
    /// Opens one; see [`Scope::overlay`].
    pub(super) fn new(scope: &'s Scope, writer: MutexGuard<'s, ()>) -> Overlay<'s> {
        Overlay {
            scope,
            _writer: writer,
            fresh: State::default(),
            bodies: HashMap::new(),
            enum_bodies: HashMap::new(),
            typedef_names: Vec::new(),
            replaced: Clashes::default(),
            clashes: Clashes::default(),
            fillings: Vec::new(),
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
        self.fresh.names.get(name).cloned().or_else(|| match self.replaced.names.contains(name) {
            true => None,
            false => self.scope.find(name),
        })
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
        let is_typedef = |declared: &Declared| matches!(declared.decl, Decl::Typedef { .. });
        if let Some(declared) = self.fresh.names.get(name) {
            return is_typedef(declared);
        }
        let found = self.scope.lineage().find_map(|scope| scope.read().names.get(name).map(is_typedef));
        found.unwrap_or_else(|| predefined::is_type_name(name))
    }

    /// Every typedef name, for suggestions.
    pub(crate) fn type_names(&self) -> Vec<String> {
        let mut names: Vec<String> = predefined::type_names().map(str::to_string).collect();
        self.each_state(&mut |state| {
            let typedefs =
                state.names.iter().filter(|(_, declared)| matches!(declared.decl, Decl::Typedef { .. }));
            names.extend(typedefs.map(|(name, _)| name.to_string()));
        });
        names
    }

    /// Every ordinary name, for suggestions.
    pub(crate) fn all_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.each_state(&mut |state| names.extend(state.names.keys().map(|name| name.to_string())));
        names
    }

    /// What there is: in the scope, in its parents, here.
    fn each_state(&self, work: &mut dyn FnMut(&State)) {
        for scope in self.scope.lineage() {
            work(&scope.read());
        }
        work(&self.fresh);
    }

    /// Every tag of a kind, for suggestions.
    pub(crate) fn tag_names(&self, kind: TagKind) -> Vec<String> {
        let mut names = Vec::new();
        self.each_state(&mut |state| {
            let tags = state.tags.iter().filter(|(_, tagged)| tagged.tag.kind() == kind);
            names.extend(tags.map(|(name, _)| name.to_string()));
        });
        names
    }

    /// What a tag names, if anything.
    pub(crate) fn find_tag(&self, tag: &str) -> Option<Tag> {
        self.tagged(tag).map(|tagged| tagged.tag)
    }

    fn tagged(&self, tag: &str) -> Option<Tagged> {
        self.fresh.tags.get(tag).cloned().or_else(|| match self.replaced.tags.contains(tag) {
            true => None,
            false => self.scope.tagged(tag),
        })
    }

    /// The record or enum of a tag, made where there is none; without a tag always a new one.
    pub(crate) fn tag(
        &mut self,
        kind: TagKind,
        tag: Option<&Arc<str>>,
        span: Option<&Span>,
        defines: bool,
    ) -> Result<Tag, Diagnostic> {
        if let Some(name) = tag
            && let Some(found) =
                self.tagged(name).filter(|found| !(defines && self.is_left_open(name, found)))
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
            self.clash(Clash::Tag(name.clone()));
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

    /// Did a parent leave a tag open? A child that closes it has a record or enum of its own.
    fn is_left_open(&self, name: &str, found: &Tagged) -> bool {
        let open = match &found.tag {
            Tag::Record(record) => record.body().is_none(),
            Tag::Enum(enumeration) => enumeration.body().is_none_or(|body| body.is_ahead()),
        };
        let own = self.fresh.tags.contains_key(name) || !self.scope.is_child();
        open && !own && self.scope.own_tagged(name).is_none()
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
                Some(difference) => {
                    record.tag().into_iter().for_each(|tag| self.clash(Clash::Tag(tag)));
                    Err(conflict(&record.name(), origin, before.origin.clone(), &difference))
                }
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
                    enumeration.tag().into_iter().for_each(|tag| self.clash(Clash::Tag(tag)));
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
                    self.clash(Clash::Name(name.clone()));
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
                    // What a child completes, its parent does not have.
                    if !self.fresh.names.contains_key(&name) && self.scope.own(&name).is_none() {
                        self.fresh.order.push(Ordered::Name(name.clone()));
                    }
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
                None => {
                    self.clash(Clash::Name(name.clone()));
                    Err(conflict(&name, origin, before.origin, &what_it_was(&before.decl)))
                }
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
                Kind::Record(record) if record.tag().is_none() && self.is_own(record) => {
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

    /// Is it a record of this scope, not of a parent?
    fn is_own(&self, record: &Record) -> bool {
        let is = |node: &Arc<RecordNode>| record.is_node(node);
        !self.scope.is_child()
            || self.fresh.records.iter().rev().any(is)
            || self.scope.read().records.iter().any(is)
    }

    /// Notes what is declared in two ways.
    fn clash(&mut self, clash: Clash) {
        self.clashes.insert(clash);
    }

    /// What was declared in another way than before.
    pub(crate) fn clashes(&self) -> &Clashes {
        &self.clashes
    }

    /// From here on these are declared as if they had not been.
    pub(crate) fn replace(&mut self, clashes: &Clashes) {
        self.replaced = clashes.clone();
    }

    /// Makes everything declared here part of the scope.
    pub(crate) fn commit(self) {
        let Overlay { scope, _writer, fresh, bodies, enum_bodies, typedef_names, replaced, .. } = self;
        let mut state = scope.write();
        replaced.leave(&mut state);
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
