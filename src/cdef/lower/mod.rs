//! Syntax trees to declarations.

mod attributes;
mod declarators;
mod specifiers;
mod tags;

use super::dialect::Map;
use super::read::user_name;
use crate::error::{Diagnostic, ErrorKind, Span, nearest};
use crate::types::{ArrayLength, Constant, Decl, Declared, Kind, Overlay, Qualifiers, Type};
use attributes::Attributes;
use lang_c::ast;
use lang_c::span::{Node, Span as TreeSpan};
use specifiers::Specified;
use std::collections::HashSet;
use std::sync::Arc;

/// What lowering comes to: a value, or one mistake.
pub(super) type Lowered<T> = Result<T, Diagnostic>;

/// How large the stack is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// Whatever the caller's thread has.
    Unknown,
    /// Enough for the deepest tree.
    Large,
}

/// Turns the trees of one text into declarations of an overlay.
pub(super) struct Lowering<'a, 's> {
    pub(super) overlay: &'a mut Overlay<'s>,
    map: Option<Arc<Map>>,
    whole: Option<Span>,
    /// The declaration is a function's, whose body was left out.
    has_body: bool,
    /// Names whose own declaration was refused.
    poisoned: HashSet<String>,
    touched_poison: bool,
    /// In a type name that stands alone, an unknown tag is a mistake and no declaration.
    only_declared_tags: bool,
    /// The constants so far of the enums and records that are being lowered.
    pub(super) open_constants: Vec<(Arc<str>, Constant, Type)>,
    /// The parameters so far of the functions that are being lowered.
    pub(super) open_parameters: Vec<(Arc<str>, Type)>,
    /// The next record is a union that the attribute behind its typedef's name makes transparent.
    pub(super) is_transparent: bool,
    depth: u32,
    /// This thread's stack is large enough for any depth.
    roomy: bool,
    needs_room: bool,
}

/// Deeper trees are lowered on a thread with a large stack.
const DEEPEST_ANYWHERE: u32 = 24;

/// Trees nest no deeper than this; the reader's guards stop earlier.
const DEEPEST: u32 = 400;

impl<'a, 's> Lowering<'a, 's> {
    pub(super) fn new(overlay: &'a mut Overlay<'s>, room: Room) -> Self {
        Lowering {
            roomy: room == Room::Large,
            needs_room: false,
            overlay,
            map: None,
            whole: None,
            has_body: false,
            poisoned: HashSet::new(),
            touched_poison: false,
            only_declared_tags: false,
            open_constants: Vec::new(),
            open_parameters: Vec::new(),
            is_transparent: false,
            depth: 0,
        }
    }

    /// The trees that follow were read from here.
    pub(super) fn read_from(&mut self, map: &Arc<Map>, whole: &Span, has_body: bool) {
        self.has_body = has_body;
        self.map = Some(map.clone());
        self.whole = Some(whole.clone());
        self.touched_poison = false;
        self.open_constants.clear();
        self.open_parameters.clear();
        self.depth = 0;
    }

    /// Was something too deep for this stack, but not for a larger one?
    pub(super) fn needs_room(&self) -> bool {
        self.needs_room
    }

    /// An unknown tag is a mistake from here on.
    pub(super) fn only_declared_tags(&mut self) {
        self.only_declared_tags = true;
    }

    /// These names could not be declared; what uses them is not to blame.
    pub(super) fn poison<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        self.poisoned.extend(names.map(str::to_string));
    }

    /// Did the last declaration use a name whose own declaration was refused?
    pub(super) fn touched_poison(&self) -> bool {
        self.touched_poison
    }

    /// Notes that a name is used.
    pub(super) fn touch(&mut self, name: &str) {
        if self.poisoned.contains(name) {
            self.touched_poison = true;
        }
    }

    /// A node's place in the user's text.
    pub(super) fn span(&self, span: TreeSpan) -> Option<Span> {
        match &self.map {
            Some(map) => Some(map.span(span)),
            None => self.whole.clone(),
        }
    }

    /// A mistake at a node.
    pub(super) fn mistake(&self, kind: ErrorKind, span: TreeSpan, message: impl Into<String>) -> Diagnostic {
        let diagnostic = Diagnostic::new(kind, message);
        match self.span(span) {
            Some(span) => diagnostic.at(span),
            None => diagnostic,
        }
    }

    /// An error of another room, at a node.
    pub(super) fn at<T>(&self, result: crate::error::Result<T>, span: TreeSpan) -> Lowered<T> {
        result.map_err(|error| {
            let diagnostic = error
                .diagnostics()
                .first()
                .cloned()
                .unwrap_or_else(|| Diagnostic::new(error.kind(), error.message()));
            self.located(diagnostic, span)
        })
    }

    /// A mistake that may have no place yet, at a node.
    pub(super) fn located(&self, diagnostic: Diagnostic, span: TreeSpan) -> Diagnostic {
        match self.span(span) {
            Some(span) => diagnostic.or_at(&span),
            None => diagnostic,
        }
    }

    /// One level deeper, where that is still allowed.
    pub(super) fn deeper<T>(
        &mut self,
        span: TreeSpan,
        work: impl FnOnce(&mut Self) -> Lowered<T>,
    ) -> Lowered<T> {
        if self.depth >= DEEPEST_ANYWHERE && !self.roomy {
            self.needs_room = true;
            return Err(self.mistake(ErrorKind::TooDeep, span, "nested too deeply for this stack"));
        }
        if self.depth >= DEEPEST {
            return Err(self.mistake(ErrorKind::TooDeep, span, "nested too deeply"));
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }

    /// Lowers and declares one external declaration.
    pub(super) fn external_declaration(&mut self, node: &Node<ast::ExternalDeclaration>) -> Lowered<()> {
        match &node.node {
            ast::ExternalDeclaration::Declaration(declaration) => self.declaration(declaration),
            ast::ExternalDeclaration::StaticAssert(assertion) => self.static_assertion(assertion),
            ast::ExternalDeclaration::FunctionDefinition(definition) => Err(self.mistake(
                ErrorKind::Syntax,
                definition.span,
                "this reads as the definition of a function; is a macro in front of a struct's tag?",
            )),
        }
    }

    fn declaration(&mut self, node: &Node<ast::Declaration>) -> Lowered<()> {
        let declaration = &node.node;
        self.is_transparent = declaration
            .declarators
            .iter()
            .any(|declared| attributes::has_transparent(&declared.node.declarator.node.extensions));
        let mut specified = self.specifiers(&declaration.specifiers, node.span)?;
        self.is_transparent = false;
        for init in &declaration.declarators {
            if specified.auto {
                specified.ty = Some(self.type_of_initialiser(init)?);
            }
            self.init_declarator(init, &specified, node.span)?;
        }
        Ok(())
    }

    fn init_declarator(
        &mut self,
        node: &Node<ast::InitDeclarator>,
        specified: &Specified,
        whole: TreeSpan,
    ) -> Lowered<()> {
        let declarator = &node.node.declarator;
        let base = self.base_type(specified, whole)?;
        let declared = self.declarator(base, declarator, &specified.attributes)?;
        let Some(name) = declared.name else {
            return Err(self.mistake(ErrorKind::Syntax, declarator.span, "a name is missing here"));
        };
        let Attributes { aligned, symbol, deprecated, format, .. } = declared.attributes;
        let origin = self.span(declared.name_span);
        let mut ty = declared.ty;
        let decl = if specified.is_typedef() {
            if node.node.initializer.is_some() {
                return Err(self.mistake(
                    ErrorKind::Declaration,
                    declarator.span,
                    format!("the typedef '{name}' cannot have a value"),
                ));
            }
            if let Some(align) = aligned {
                ty = ty.aligned(align);
            }
            Decl::Typedef { name, ty }
        } else if ty.as_function().is_some() {
            if node.node.initializer.is_some() {
                return Err(self.mistake(
                    ErrorKind::Declaration,
                    declarator.span,
                    format!("the function '{name}' cannot have a value"),
                ));
            }
            Decl::Function { name, ty, symbol }
        } else {
            if let (Kind::Array(element, ArrayLength::Unknown), Some(initialiser)) =
                (ty.kind(), &node.node.initializer)
                && let Some(length) = self.initialised_length(&initialiser.node, element)
            {
                let whole = Type::clone(element).array_of(ArrayLength::Fixed(length));
                ty = self.at(whole, declarator.span)?;
            }
            match self.constant_initialiser(specified, &ty, node)? {
                Some(value) => Decl::Constant { name, ty: ty.unqualified(), value },
                None => Decl::Variable { name, ty, symbol },
            }
        };
        self.overlay
            .declare(Declared { decl, origin, deprecated, has_body: self.has_body, format })
            .map_err(|diagnostic| self.located(diagnostic, declarator.span))
    }

    /// The value of `static const int x = 3`; none for what is a variable.
    fn constant_initialiser(
        &mut self,
        specified: &Specified,
        ty: &Type,
        node: &Node<ast::InitDeclarator>,
    ) -> Lowered<Option<Constant>> {
        let Some(initialiser) = &node.node.initializer else { return Ok(None) };
        let ast::Initializer::Expression(expression) = &initialiser.node else { return Ok(None) };
        let constant = match ty.kind() {
            Kind::Array(element, _) => element.qualifiers(),
            _ => ty.qualifiers(),
        };
        if !constant.contains(Qualifiers::CONST) || !specified.is_static() {
            return Ok(None);
        }
        match ty.kind() {
            Kind::Scalar(_) | Kind::Enum(_) => {
                self.converted_constant(expression, &ty.clone().unqualified()).map(Some)
            }
            // Text, or a number for an address; whatever else it points to is an object, which no library exports.
            Kind::Pointer(_) | Kind::Array(..) => {
                let value = self.constant(expression).ok().map(|(_, value)| value);
                let fits = |value: &Constant| match (value, ty.kind()) {
                    (Constant::Pointer(_), Kind::Pointer(_)) => true,
                    (Constant::String(_), Kind::Pointer(to)) => matches!(to.kind(), Kind::Scalar(_)),
                    (Constant::String(_), _) => true,
                    _ => false,
                };
                Ok(value.filter(fits))
            }
            _ => Ok(None),
        }
    }

    fn type_of_initialiser(&mut self, node: &Node<ast::InitDeclarator>) -> Lowered<Type> {
        match node.node.initializer.as_ref().map(|initialiser| &initialiser.node) {
            Some(ast::Initializer::Expression(expression)) => self.type_of_expression(expression),
            _ => Err(self.mistake(
                ErrorKind::Declaration,
                node.span,
                "a type that is left to the compiler needs a value to tell it",
            )),
        }
    }

    /// Checks a `_Static_assert`.
    pub(super) fn static_assertion(&mut self, node: &Node<ast::StaticAssert>) -> Lowered<()> {
        let value = self.integer(&node.node.expression)?;
        if value.value != 0 {
            return Ok(());
        }
        let mut words = String::new();
        for literal in &node.node.message.node {
            words += &super::consteval::message_text(literal);
        }
        let message = if words.is_empty() {
            "static assertion failed".to_string()
        } else {
            format!("static assertion failed: {words}")
        };
        Err(self.mistake(ErrorKind::Assertion, node.node.expression.span, message))
    }

    /// A name as the user wrote it, with what the reader's rewriting did to it undone.
    pub(super) fn name(&self, identifier: &Node<ast::Identifier>) -> Arc<str> {
        let name = user_name(&identifier.node.name);
        match &*name {
            "__ffi_true" => "true".into(),
            "__ffi_false" => "false".into(),
            name => name.into(),
        }
    }

    /// A name that is being declared.
    pub(super) fn new_name(&self, identifier: &Node<ast::Identifier>) -> Lowered<Arc<str>> {
        let name = self.name(identifier);
        match self.overlay.filling(&name) {
            None => Ok(name),
            Some(ty) => Err(self
                .mistake(
                    ErrorKind::Declaration,
                    identifier.span,
                    format!("a name is needed here, and the type '{ty}' is given for '$'"),
                )
                .help("give the name as text")),
        }
    }

    /// "Unknown", with what was most likely meant.
    pub(super) fn unknown(
        &mut self,
        kind: ErrorKind,
        what: &str,
        name: &str,
        span: TreeSpan,
        candidates: &[String],
    ) -> Diagnostic {
        self.touch(name);
        let meant = nearest(name, candidates.iter().map(String::as_str));
        self.mistake(kind, span, format!("unknown {what} '{name}'"))
            .maybe_help(meant.map(|meant| format!("did you mean '{meant}'?")))
    }
}
