//! Structs, unions and enums.

use super::super::consteval::Operand;
use super::attributes::Attributes;
use super::{Lowered, Lowering};
use crate::error::ErrorKind;
use crate::target::{RecordRule, Scalar};
use crate::types::{
    Bodies, Constant, Decl, Declared, EnumDefinition, Enumerator, Kind, Member, Packing, Qualifiers, Record,
    RecordConstant, RecordDefinition, RecordKind, Tag, TagKind, Type,
};
use lang_c::ast;
use lang_c::span::{Node, Span as TreeSpan};
use std::sync::Arc;

impl Lowering<'_, '_> {
    /// A struct or union: a reference to its tag, or its definition, which closes it at once.
    pub(super) fn record_specifier(
        &mut self,
        node: &Node<ast::StructType>,
        of_tag: &[Node<ast::Extension>],
    ) -> Lowered<Type> {
        self.deeper(node.span, |this| this.record_here(node, of_tag))
    }

    fn record_here(
        &mut self,
        node: &Node<ast::StructType>,
        of_tag: &[Node<ast::Extension>],
    ) -> Lowered<Type> {
        let kind = match node.node.kind.node {
            ast::StructKind::Struct => RecordKind::Struct,
            ast::StructKind::Union => RecordKind::Union,
        };
        let is_transparent = std::mem::take(&mut self.is_transparent) && kind == RecordKind::Union;
        let record = self.record_tag(kind, node)?;
        let Some(declarations) = &node.node.declarations else { return Ok(Type::record(record)) };
        let mut members = Members::default();
        let outer = self.open_constants.len();
        for declaration in declarations {
            match &declaration.node {
                ast::StructDeclaration::Field(field) => self.members(&mut members, field)?,
                ast::StructDeclaration::StaticAssert(assertion) => self.static_assertion(assertion)?,
            }
        }
        self.open_constants.truncate(outer);
        let Members { members, constants } = members;
        let Attributes { packed, aligned, pack, ms_struct, transparent, .. } = self.attributes(of_tag)?;
        let transparent = transparent || is_transparent;
        let packing = Packing { packed, aligned, pack, ms_struct, transparent };
        let name_span =
            node.node.identifier.as_ref().map_or(node.node.kind.span, |identifier| identifier.span);
        let decl = Decl::Record {
            record: record.clone(),
            definition: RecordDefinition { members, packing, constants },
        };
        self.overlay
            .declare(Declared::plain(decl, self.span(name_span)))
            .map_err(|diagnostic| self.located(diagnostic, name_span))?;
        Ok(Type::record(record))
    }

    fn record_tag(&mut self, kind: RecordKind, node: &Node<ast::StructType>) -> Lowered<Record> {
        let has_body = node.node.declarations.is_some();
        let tag =
            self.tag(TagKind::Record(kind), node.node.identifier.as_ref(), has_body, false, node.span)?;
        match tag {
            Tag::Record(record) => Ok(record),
            Tag::Enum(_) => Err(self.mistake(ErrorKind::Conflict, node.span, "the tag is an enum's")),
        }
    }

    fn tag(
        &mut self,
        kind: TagKind,
        identifier: Option<&Node<ast::Identifier>>,
        has_body: bool,
        declares: bool,
        span: TreeSpan,
    ) -> Lowered<Tag> {
        let name = identifier.map(|identifier| self.new_name(identifier)).transpose()?;
        let name_span = identifier.map_or(span, |identifier| identifier.span);
        if let Some(name) = &name {
            if !has_body && !declares {
                self.touch(name);
            }
            if self.only_declared_tags && !has_body && !declares && self.overlay.find_tag(name).is_none() {
                let candidates = self.overlay.tag_names(kind);
                return Err(self.unknown(
                    ErrorKind::UnknownType,
                    &format!("tag in '{} {name}':", kind.word()),
                    name,
                    name_span,
                    &candidates,
                ));
            }
        }
        let place = self.span(name_span);
        self.overlay.tag(kind, name.as_ref(), place.as_ref(), has_body)
    }

    fn members(&mut self, members: &mut Members, node: &Node<ast::StructField>) -> Lowered<()> {
        let specified = self.specifiers(&node.node.specifiers, node.span)?;
        if node.node.declarators.is_empty() {
            let ty = self.base_type(&specified, node.span)?;
            // `struct { int a; };` is an anonymous member; with a tag it only declares the tag, but for the compilers
            // of Windows, which take any record that is complete.
            let windows = !matches!(self.overlay.target().record_rule(), RecordRule::Gcc { .. });
            if let Kind::Record(record) = ty.kind()
                && (record.tag().is_none() && ty.alias().is_none()
                    || windows && self.overlay.record_body(record).is_some())
            {
                let Attributes { packed, aligned, alignas, .. } = specified.attributes;
                members.members.push(Member {
                    name: None,
                    ty,
                    width: None,
                    packed,
                    aligned,
                    alignas,
                    span: self.span(node.span),
                });
            }
            return Ok(());
        }
        for declarator in &node.node.declarators {
            let base = self.base_type(&specified, node.span)?;
            match self.member(base, declarator, &specified.attributes)? {
                Placed::Member(member) => members.members.push(member),
                Placed::Constant(constant) => members.constants.push(constant),
            }
        }
        Ok(())
    }

    fn member(
        &mut self,
        base: Type,
        node: &Node<ast::StructDeclarator>,
        prefix: &Attributes,
    ) -> Lowered<Placed> {
        let width = match &node.node.bit_width {
            Some(expression) => Some(self.width(expression)?),
            None => None,
        };
        let Some(declarator) = &node.node.declarator else {
            let ty = self.with_type_attributes(base, prefix)?;
            return Ok(Placed::Member(Member {
                name: None,
                ty,
                width,
                packed: prefix.packed,
                aligned: prefix.aligned,
                alignas: prefix.alignas,
                span: self.span(node.span),
            }));
        };
        let declared = self.declarator(base, declarator, prefix)?;
        if let (Some(value), Some(name)) = (declared.attributes.value, &declared.name) {
            return self.record_constant(name, declared.ty, value, declared.name_span);
        }
        self.check_complete(&declared.ty);
        let Attributes { packed, aligned, alignas, .. } = declared.attributes;
        let packed = packed && !self.is_vector_of_bytes(&declared.ty, prefix);
        Ok(Placed::Member(Member {
            // See the reader: an unnamed bit-field that has attributes.
            name: declared.name.filter(|name| &**name != "__ffi_unnamed"),
            ty: declared.ty,
            width,
            packed,
            aligned,
            alignas,
            span: self.span(declared.name_span),
        }))
    }

    /// gcc hears `packed` of a member while `vector_size` in front of it has not made a vector of its `char` yet, which
    /// it has nothing to pack in (case 275).
    fn is_vector_of_bytes(&self, ty: &Type, prefix: &Attributes) -> bool {
        let mut inside = ty;
        while let Kind::Array(element, _) = inside.kind() {
            inside = element;
        }
        let target = self.overlay.target();
        prefix.vector_bytes.is_some()
            && target.record_rule() != RecordRule::Msvc
            && matches!(inside.kind(), Kind::Vector(element, _) if target.size(*element) == Some(1))
    }

    /// A `static const` member: what follows in the record may use it.
    fn record_constant(
        &mut self,
        name: &Arc<str>,
        ty: Type,
        value: Operand,
        span: TreeSpan,
    ) -> Lowered<Placed> {
        let is_number = matches!(ty.kind(), Kind::Scalar(_) | Kind::Enum(_));
        if !is_number || !ty.qualifiers().contains(Qualifiers::CONST) {
            let message = format!("the static member '{name}' is no constant number; its type is '{ty}'");
            return Err(self
                .mistake(ErrorKind::Declaration, span, message)
                .help("write 'static const int ...'"));
        }
        let ty = ty.unqualified();
        let value = self.converted(value, &ty, span)?;
        self.open_constants.push((name.clone(), value.clone(), ty.clone()));
        Ok(Placed::Constant(RecordConstant { name: name.clone(), ty, value }))
    }

    /// A member whose record was refused is not to blame for being incomplete.
    fn check_complete(&mut self, ty: &Type) {
        if let Kind::Record(record) = ty.kind()
            && let Some(tag) = record.tag()
        {
            self.touch(&tag);
        }
    }

    fn width(&mut self, expression: &Node<ast::Expression>) -> Lowered<u32> {
        let width = self.integer(expression)?.value;
        match u32::try_from(width) {
            Ok(width) => Ok(width),
            Err(_) if width < 0 => Err(self.mistake(
                ErrorKind::Declaration,
                expression.span,
                format!("a bit-field cannot be {width} bits wide"),
            )),
            Err(_) => Err(self.mistake(
                ErrorKind::Declaration,
                expression.span,
                format!("a bit-field of {width} bits is wider than any type"),
            )),
        }
    }

    /// An enum: a reference to its tag, or its definition.
    pub(super) fn enum_specifier(
        &mut self,
        node: &Node<ast::EnumType>,
        of_tag: &[Node<ast::Extension>],
    ) -> Lowered<Type> {
        let attributes = self.attributes(of_tag)?;
        let fixed = match &attributes.enum_base {
            Some(ty) => Some(self.enum_base(ty, node.span)?),
            None => None,
        };
        let has_body = !node.node.enumerators.is_empty();
        let tag =
            self.tag(TagKind::Enum, node.node.identifier.as_ref(), has_body, fixed.is_some(), node.span)?;
        let Tag::Enum(enumeration) = tag else {
            return Err(self.mistake(ErrorKind::Conflict, node.span, "the tag is not an enum's"));
        };
        let ty = Type::enumeration(enumeration.clone());
        if !has_body {
            // `enum e : T;` is complete without its constants, which may follow.
            if fixed.is_some() {
                let definition =
                    EnumDefinition { fixed, span: self.span(node.span), ..EnumDefinition::default() };
                self.overlay
                    .declare(Declared::plain(Decl::Enum { enumeration, definition }, self.span(node.span)))
                    .map_err(|diagnostic| self.located(diagnostic, node.span))?;
            }
            return Ok(ty);
        }
        let outer = self.open_constants.len();
        let enumerators = self.enumerators(&node.node.enumerators, fixed);
        self.open_constants.truncate(outer);
        let definition = EnumDefinition {
            enumerators: enumerators?,
            fixed,
            packed: attributes.packed,
            span: self.span(node.span),
        };
        let name_span = node.node.identifier.as_ref().map_or(node.span, |identifier| identifier.span);
        let decl = Decl::Enum { enumeration, definition };
        self.overlay
            .declare(Declared::plain(decl, self.span(name_span)))
            .map_err(|diagnostic| self.located(diagnostic, name_span))?;
        Ok(ty)
    }

    fn enum_base(&mut self, ty: &Type, span: TreeSpan) -> Lowered<Scalar> {
        match ty.kind() {
            Kind::Scalar(scalar) if scalar.is_integer() => Ok(*scalar),
            Kind::Enum(enumeration) => match crate::types::Bodies::enum_body(self.overlay, enumeration) {
                Some(body) => Ok(body.underlying),
                None => Err(self.mistake(
                    ErrorKind::Incomplete,
                    span,
                    format!("'{}' is incomplete", enumeration.name()),
                )),
            },
            _ => Err(self.mistake(
                ErrorKind::Declaration,
                span,
                format!("an enum cannot have the type '{ty}'; an integer type is needed"),
            )),
        }
    }

    fn enumerators(
        &mut self,
        list: &[Node<ast::Enumerator>],
        fixed: Option<Scalar>,
    ) -> Lowered<Vec<Enumerator>> {
        let mut enumerators = Vec::with_capacity(list.len());
        let mut next: i128 = 0;
        for node in list {
            let name = self.new_name(&node.node.identifier)?;
            if &*name == "__ffi_empty" {
                continue;
            }
            let (value, ty) = match &node.node.expression {
                Some(expression) => {
                    let found = self.integer(expression)?;
                    (found.value, found.ty)
                }
                None => (next, Type::scalar(Scalar::Int)),
            };
            let span = node.node.identifier.span;
            if value < i128::from(i64::MIN) || value > i128::from(u64::MAX) {
                return Err(self.mistake(
                    ErrorKind::OutOfRange,
                    span,
                    format!("'{name}' = {value} does not fit 64 bits"),
                ));
            }
            // Inside its own enum a constant is an int where it fits.
            let in_int = i32::try_from(value).is_ok();
            let ty = match fixed {
                Some(scalar) => Type::scalar(scalar),
                None if in_int => Type::scalar(Scalar::Int),
                None => self.wider_than_int(value, ty),
            };
            // To Microsoft's compiler the constants are int, cut to it, for those that follow as well (case 267).
            let (value, ty) = if fixed.is_none() && self.overlay.target().enums_are_int() {
                (self.wrapped(value, &Type::scalar(Scalar::Int)), Type::scalar(Scalar::Int))
            } else {
                (value, ty)
            };
            self.open_constants.push((name.clone(), Constant::Integer(value), ty));
            enumerators.push(Enumerator { name, value, span: self.span(span) });
            next = value + 1;
        }
        Ok(enumerators)
    }

    /// The type of a constant that no `int` holds: its expression's, or the first that does.
    fn wider_than_int(&self, value: i128, ty: Type) -> Type {
        let target = crate::types::Bodies::target(self.overlay);
        let holds = |scalar: Scalar| {
            let (least, most) = crate::types::range(scalar, target);
            least <= value && value <= most
        };
        if let Kind::Scalar(scalar) = ty.kind()
            && scalar.is_integer()
            && scalar.rank() >= Scalar::Int.rank()
            && holds(*scalar)
        {
            return ty;
        }
        let candidates = [Scalar::UInt, Scalar::Long, Scalar::ULong, Scalar::LongLong, Scalar::ULongLong];
        Type::scalar(candidates.into_iter().find(|&scalar| holds(scalar)).unwrap_or(Scalar::LongLong))
    }

    /// A constant of the enum or record that is being read.
    pub(in crate::cdef) fn open_constant(&self, name: &str) -> Option<(Constant, Type)> {
        self.open_constants
            .iter()
            .rev()
            .find(|(known, ..)| &**known == name)
            .map(|(_, value, ty)| (value.clone(), ty.clone()))
    }
}

/// What a record's body has so far.
#[derive(Default)]
struct Members {
    members: Vec<Member>,
    constants: Vec<RecordConstant>,
}

/// What stands in a record's body.
enum Placed {
    Member(Member),
    Constant(RecordConstant),
}
