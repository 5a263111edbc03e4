//! Constant expressions, and the types of any expression.
//!
//! Every expression has a type; it may have a value. Why it has none is kept, and reported only where a value is
//! needed, so that `1 ? 2 : 1 / 0` is 2 and `sizeof x` needs no `x`.

mod arithmetic;
mod literals;
mod places;

use super::lower::{Lowered, Lowering};
use crate::error::{Diagnostic, ErrorKind};
use crate::target::{Scalar, WideFloat};
use crate::types::{
    ArrayLength, Bodies, Constant, Decl, Function, Kind, ParameterTail, Type, align_of, extent,
    preferred_align_of,
};
use lang_c::ast::{self, Expression};
use lang_c::span::{Node, Span as TreeSpan};

pub(super) use literals::message_text;

/// An integer constant and its type.
pub(super) struct IntegerConstant {
    pub value: i128,
    pub ty: Type,
}

/// An expression: its type, and its value where that is constant.
#[derive(Clone)]
pub(super) struct Operand {
    pub ty: Type,
    pub value: Value,
    /// The width, if it is a bit-field.
    pub width: Option<u32>,
}

/// The value of an expression.
#[derive(Clone)]
pub(super) enum Value {
    /// Wrapped to its type; 128-bit unsigned numbers keep their bits.
    Integer(i128),
    Float(WideFloat),
    /// A pointer to a constant address.
    Pointer(i128),
    /// An object at a constant address: `((struct s *)0)->x`.
    Place(i128),
    /// A string literal, without its NUL.
    Text(Vec<u8>),
    /// Not constant, for this reason.
    None(Box<Diagnostic>),
}

impl Operand {
    fn integer(value: i128, ty: Type) -> Operand {
        Operand { ty, value: Value::Integer(value), width: None }
    }

    fn new(ty: Type, value: Value) -> Operand {
        Operand { ty, value, width: None }
    }

    fn constant(value: Constant, ty: Type) -> Operand {
        let value = match value {
            Constant::Integer(value) => Value::Integer(value),
            Constant::Float(value) => Value::Float(value.into()),
            Constant::Wide(value) => Value::Float(value),
            Constant::Pointer(address) => Value::Pointer(i128::from(address)),
            Constant::String(bytes) => Value::Text(bytes),
        };
        Operand::new(ty, value)
    }
}

impl Lowering<'_, '_> {
    /// The value of an integer constant expression.
    pub(super) fn integer(&mut self, node: &Node<Expression>) -> Lowered<IntegerConstant> {
        let operand = self.expression(node)?;
        match operand.value {
            Value::Integer(value) => {
                Ok(IntegerConstant { value: self.wrapped(value, &operand.ty), ty: operand.ty })
            }
            Value::None(why) => Err(*why),
            Value::Float(_) => Err(self
                .mistake(
                    ErrorKind::Constant,
                    node.span,
                    format!("an integer is needed here, not a value of type '{}'", operand.ty),
                )
                .help("cast it: '(int)...'")),
            Value::Pointer(_) | Value::Place(_) | Value::Text(_) => Err(self.mistake(
                ErrorKind::Constant,
                node.span,
                format!("an integer is needed here, not a value of type '{}'", operand.ty),
            )),
        }
    }

    /// The value of a constant expression, converted to a type.
    pub(super) fn converted_constant(&mut self, node: &Node<Expression>, ty: &Type) -> Lowered<Constant> {
        let operand = self.expression(node)?;
        self.converted(operand, ty, node.span)
    }

    /// A constant value, converted to a type.
    pub(super) fn converted(&mut self, operand: Operand, ty: &Type, span: TreeSpan) -> Lowered<Constant> {
        let converted = self.cast(operand, ty.clone(), span)?;
        self.as_constant(converted, span).map(|(_, constant)| constant)
    }

    /// The type and value of any constant expression.
    pub(super) fn constant(&mut self, node: &Node<Expression>) -> Lowered<(Type, Constant)> {
        let operand = self.expression(node)?;
        self.as_constant(operand, node.span)
    }

    fn as_constant(&mut self, operand: Operand, span: TreeSpan) -> Lowered<(Type, Constant)> {
        let constant = match operand.value {
            Value::Integer(value) => Constant::Integer(self.wrapped(value, &operand.ty)),
            Value::Float(value) => value.as_f64().map_or(Constant::Wide(value), Constant::Float),
            Value::Pointer(address) => Constant::Pointer(address as u64),
            Value::Text(bytes) => Constant::String(bytes),
            Value::Place(_) => {
                return Err(self.mistake(ErrorKind::Constant, span, "what memory holds is not a constant"));
            }
            Value::None(why) => return Err(*why),
        };
        Ok((operand.ty, constant))
    }

    /// The type that an expression has, constant or not.
    pub(super) fn type_of_expression(&mut self, node: &Node<Expression>) -> Lowered<Type> {
        Ok(self.expression(node)?.ty)
    }

    /// A value that an expression has not, and why.
    pub(super) fn none(&self, ty: Type, span: TreeSpan, why: impl Into<String>) -> Operand {
        Operand::new(ty, Value::None(Box::new(self.mistake(ErrorKind::Constant, span, why))))
    }

    pub(super) fn expression(&mut self, node: &Node<Expression>) -> Lowered<Operand> {
        self.deeper(node.span, |this| this.expression_here(node))
    }

    fn expression_here(&mut self, node: &Node<Expression>) -> Lowered<Operand> {
        let span = node.span;
        match &node.node {
            Expression::Identifier(identifier) => self.identifier(identifier),
            Expression::Constant(constant) => self.literal(constant),
            Expression::StringLiteral(literal) => self.string_literal(literal),
            Expression::GenericSelection(selection) => self.generic_selection(selection),
            Expression::Member(member) => self.member_access(member),
            Expression::Call(call) => self.call(call),
            Expression::CompoundLiteral(literal) => {
                let mut ty = self.type_name(&literal.node.type_name)?;
                if let Kind::Array(element, ArrayLength::Unknown) = ty.kind() {
                    let initialiser = ast::Initializer::List(literal.node.initializer_list.clone());
                    if let Some(length) = self.initialised_length(&initialiser, element) {
                        let complete = Type::clone(element).array_of(ArrayLength::Fixed(length));
                        ty = self.at(complete, span)?;
                    }
                }
                // `(int){ 3 }` is a 3.
                if let (Kind::Scalar(_), [only]) = (ty.kind(), literal.node.initializer_list.as_slice())
                    && let ast::Initializer::Expression(value) = &only.node.initializer.node
                {
                    let value = self.expression(value)?;
                    return self.cast(value, ty, span);
                }
                Ok(self.none(ty, span, "a compound literal is no constant"))
            }
            Expression::SizeOfTy(of) => {
                let ty = self.type_name(&of.node.0)?;
                self.size_of(&ty, span)
            }
            Expression::SizeOfVal(of) => {
                let operand = self.expression(&of.node.0)?;
                if operand.width.is_some() {
                    return Err(self.mistake(ErrorKind::Constant, span, "'sizeof' of a bit-field"));
                }
                self.size_of(&operand.ty, span)
            }
            Expression::AlignOf(of) => {
                let ty = self.type_name(&of.node.0)?;
                let align = match ty.kind() {
                    Kind::Void | Kind::Function(_) => 1,
                    _ => self.at(align_of(&ty, self.overlay), span)?,
                };
                Ok(Operand::integer(i128::from(align), self.size_type()))
            }
            Expression::UnaryOperator(unary) => self.unary(unary),
            Expression::Cast(cast) => {
                let ty = self.type_name(&cast.node.type_name)?;
                let operand = self.expression(&cast.node.expression)?;
                self.cast(operand, ty, span)
            }
            Expression::BinaryOperator(binary) => self.binary(binary),
            Expression::Conditional(conditional) => self.conditional(conditional),
            Expression::Comma(list) => {
                let mut last = None;
                for expression in list.iter() {
                    last = Some(self.expression(expression)?);
                }
                last.ok_or_else(|| self.mistake(ErrorKind::Syntax, span, "an expression is missing here"))
            }
            Expression::OffsetOf(offset) => self.offset_of(offset),
            Expression::VaArg(_) => {
                Err(self.mistake(ErrorKind::Constant, span, "a type stands where a value is needed"))
            }
            Expression::Statement(_) => {
                Err(self.mistake(ErrorKind::Constant, span, "statements in an expression are not constant"))
            }
        }
    }

    fn identifier(&mut self, node: &Node<ast::Identifier>) -> Lowered<Operand> {
        let name = self.name(node);
        if let Some((value, ty)) = self.open_constant(&name) {
            return Ok(Operand::constant(value, ty));
        }
        let parameter =
            self.open_parameters.iter().rev().find(|(known, _)| *known == name).map(|(_, ty)| ty.clone());
        if let Some(ty) = parameter {
            return Ok(self.none(
                ty,
                node.span,
                format!("'{name}' is a parameter, and its value no constant"),
            ));
        }
        match self.overlay.find(&name).map(|declared| declared.decl) {
            Some(Decl::Constant { ty, value, .. }) => Ok(Operand::constant(value, ty)),
            Some(Decl::Variable { ty, .. }) => {
                Ok(self.none(ty, node.span, format!("'{name}' is a variable, and its value no constant")))
            }
            Some(Decl::Function { ty, .. }) => Ok(self.none(
                ty,
                node.span,
                format!("the address of the function '{name}' is no constant here"),
            )),
            Some(Decl::Typedef { .. }) => Err(self.mistake(
                ErrorKind::Constant,
                node.span,
                format!("'{name}' is a type, and a value is needed here"),
            )),
            _ => {
                let candidates = self.overlay.all_names();
                Err(self.unknown(ErrorKind::UnknownName, "name", &name, node.span, &candidates))
            }
        }
    }

    /// `size_t` of this target.
    pub(super) fn size_type(&self) -> Type {
        Type::scalar(self.overlay.target().size_types().0)
    }

    fn size_of(&mut self, ty: &Type, span: TreeSpan) -> Lowered<Operand> {
        let size = match ty.kind() {
            // GNU C counts bytes through them.
            Kind::Void | Kind::Function(_) => 1,
            Kind::Array(_, ArrayLength::Unknown | ArrayLength::OnAllocation) => {
                return Err(self.mistake(
                    ErrorKind::Incomplete,
                    span,
                    format!("'{ty}' has no size, because its length is not known"),
                ));
            }
            Kind::Record(record) => {
                if let Some(tag) = record.tag() {
                    self.touch(&tag);
                }
                self.at(extent(ty, self.overlay), span)?.size
            }
            _ => self.at(extent(ty, self.overlay), span)?.size,
        };
        Ok(Operand::integer(i128::from(size), self.size_type()))
    }

    fn call(&mut self, node: &Node<ast::CallExpression>) -> Lowered<Operand> {
        let arguments = &node.node.arguments;
        if let Expression::Identifier(callee) = &node.node.callee.node {
            match (callee.node.name.as_str(), arguments.as_slice()) {
                ("__ffi_alignof", [operand]) => {
                    let operand = self.expression(operand)?;
                    let align = match operand.ty.kind() {
                        Kind::Void | Kind::Function(_) => 1,
                        _ => self.at(preferred_align_of(&operand.ty, self.overlay), node.span)?,
                    };
                    return Ok(Operand::integer(i128::from(align), self.size_type()));
                }
                ("__ffi_gnu_alignof", [Node { node: Expression::VaArg(carried), .. }]) => {
                    let ty = self.type_name(&carried.node.type_name)?;
                    let align = match ty.kind() {
                        Kind::Void | Kind::Function(_) => 1,
                        _ => self.at(preferred_align_of(&ty, self.overlay), node.span)?,
                    };
                    return Ok(Operand::integer(i128::from(align), self.size_type()));
                }
                (
                    "__ffi_tc",
                    [
                        Node { node: Expression::VaArg(first), .. },
                        Node { node: Expression::VaArg(second), .. },
                    ],
                ) => {
                    let first = self.type_name(&first.node.type_name)?;
                    let second = self.type_name(&second.node.type_name)?;
                    let same = compatible(&first.unqualified(), &second.unqualified());
                    return Ok(Operand::integer(i128::from(same), Type::scalar(Scalar::Int)));
                }
                ("__builtin_choose_expr", [condition, first, second]) => {
                    let chosen = if self.integer(condition)?.value != 0 { first } else { second };
                    return self.expression(chosen);
                }
                ("__builtin_constant_p", [operand]) => {
                    let known = !matches!(self.expression(operand)?.value, Value::None(_));
                    return Ok(Operand::integer(i128::from(known), Type::scalar(Scalar::Int)));
                }
                ("__builtin_expect", [operand, _]) => return self.expression(operand),
                _ => {}
            }
        }
        let callee = self.expression(&node.node.callee)?;
        let function = match callee.ty.kind() {
            Kind::Function(function) => function.clone(),
            Kind::Pointer(to) if to.as_function().is_some() => match to.as_function() {
                Some(function) => function.clone(),
                None => return Err(self.mistake(ErrorKind::Constant, node.span, "this is no function")),
            },
            _ => {
                return Err(self.mistake(
                    ErrorKind::Constant,
                    node.span,
                    format!("a value of type '{}' cannot be called", callee.ty),
                ));
            }
        };
        Ok(self.none(function.result.clone(), node.span, "a call is no constant"))
    }

    fn generic_selection(&mut self, node: &Node<ast::GenericSelection>) -> Lowered<Operand> {
        let controlling = self.expression(&node.node.expression)?;
        let controlling = self.rvalue_type(&controlling.ty, node.span)?.unqualified();
        let mut default = None;
        for association in &node.node.associations {
            match &association.node {
                ast::GenericAssociation::Default(expression) => default = Some(expression),
                ast::GenericAssociation::Type(association) => {
                    let ty = self.type_name(&association.node.type_name)?;
                    if compatible(&ty, &controlling) {
                        return self.expression(&association.node.expression);
                    }
                }
            }
        }
        match default {
            Some(expression) => self.expression(expression),
            None => Err(self.mistake(
                ErrorKind::Constant,
                node.span,
                format!("no association of '_Generic' is for '{controlling}'"),
            )),
        }
    }

    /// Arrays and functions as values are pointers.
    pub(super) fn rvalue_type(&mut self, ty: &Type, span: TreeSpan) -> Lowered<Type> {
        match ty.kind() {
            Kind::Array(element, _) => self.at(Type::clone(element).pointer_to(), span),
            Kind::Function(_) => self.at(ty.clone().pointer_to(), span),
            _ => Ok(ty.clone()),
        }
    }

    /// How many elements an initialiser gives an array of unknown length, where that can be told.
    pub(super) fn initialised_length(
        &mut self,
        initialiser: &ast::Initializer,
        element: &Type,
    ) -> Option<u64> {
        let list = match initialiser {
            ast::Initializer::Expression(expression) => return self.text_length(expression, element),
            ast::Initializer::List(list) => list,
        };
        let aggregate = matches!(element.kind(), Kind::Array(..) | Kind::Record(_));
        if let ([only], false) = (list.as_slice(), aggregate)
            && only.node.designation.is_empty()
            && let ast::Initializer::Expression(expression) = &only.node.initializer.node
            && let Some(length) = self.text_length(expression, element)
        {
            return Some(length);
        }
        let (mut next, mut length) = (0u64, 0u64);
        for item in list.iter().map(|item: &Node<ast::InitializerListItem>| &item.node) {
            match item.designation.first().map(|designator| &designator.node) {
                Some(ast::Designator::Index(index)) => {
                    next = u64::try_from(self.integer(index).ok()?.value).ok()?
                }
                Some(ast::Designator::Range(range)) => {
                    next = u64::try_from(self.integer(&range.node.to).ok()?.value).ok()?
                }
                Some(ast::Designator::Member(_)) => return None,
                // Without braces around each element, only C's own rules could tell.
                None if aggregate && !matches!(item.initializer.node, ast::Initializer::List(_)) => {
                    return None;
                }
                None => {}
            }
            next = next.checked_add(1)?;
            length = length.max(next);
        }
        Some(length)
    }

    fn text_length(&mut self, expression: &Node<Expression>, element: &Type) -> Option<u64> {
        let Expression::StringLiteral(_) = &expression.node else { return None };
        let operand = self.expression(expression).ok()?;
        match (operand.ty.kind(), element.kind()) {
            (Kind::Array(_, ArrayLength::Fixed(length)), Kind::Scalar(_)) => Some(*length),
            _ => None,
        }
    }
}

/// C's compatible types, as far as types can tell: equal ones, and functions whose parameters are not known.
fn compatible(first: &Type, second: &Type) -> bool {
    if first == second {
        return true;
    }
    let open = |function: &Function| function.tail == ParameterTail::Unspecified;
    match (first.kind(), second.kind()) {
        (Kind::Function(first), Kind::Function(second)) => {
            (open(first) || open(second)) && compatible(&first.result, &second.result)
        }
        (Kind::Array(first, length), Kind::Array(second, other)) => {
            compatible(first, second)
                && (length == other || *length == ArrayLength::Unknown || *other == ArrayLength::Unknown)
        }
        (Kind::Pointer(first), Kind::Pointer(second)) => {
            first.qualifiers() == second.qualifiers() && compatible(first, second)
        }
        _ => false,
    }
}
