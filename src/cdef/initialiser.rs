//! Initialisers in C as a tree that names no place: who fills a value with it follows C's rules there.

use super::lower::{Lowered, Lowering};
use crate::error::{ErrorKind, Span};
use crate::types::{Constant, Type};
use lang_c::ast;
use lang_c::span::{Node, Span as TreeSpan};
use std::sync::Arc;

/// An initialiser: a constant, or a list in braces.
pub(crate) enum Initialiser {
    /// A constant expression.
    Value {
        /// Its type.
        ty: Type,
        /// Its value.
        value: Constant,
        /// Where it stands.
        span: Option<Span>,
    },
    /// `{ ... }`
    List {
        /// The type in front of a compound literal.
        ty: Option<Type>,
        /// What is in it.
        items: Vec<Item>,
        /// Where it stands.
        span: Option<Span>,
    },
}

/// One initialiser of a list.
pub(crate) struct Item {
    /// `.x[1]`
    pub designators: Vec<Designator>,
    /// What stands there.
    pub value: Initialiser,
}

/// A step of a designation.
pub(crate) enum Designator {
    /// `.x`
    Member(Arc<str>, Option<Span>),
    /// `[1]`, or `[1 ... 3]`, both ends included.
    Range(u64, u64, Option<Span>),
}

impl Initialiser {
    /// Where it stands.
    pub(crate) fn span(&self) -> Option<&Span> {
        match self {
            Initialiser::Value { span, .. } | Initialiser::List { span, .. } => span.as_ref(),
        }
    }
}

impl Lowering<'_, '_> {
    /// The only initialiser of a text.
    pub(super) fn only_initialiser(
        &mut self,
        list: &[Node<ast::InitializerListItem>],
    ) -> Lowered<Initialiser> {
        match list {
            [only] if only.node.designation.is_empty() => self.initialiser(&only.node.initializer),
            [first, ..] => Err(self
                .mistake(
                    ErrorKind::Syntax,
                    first.span,
                    "expected one initialiser, found a list without braces",
                )
                .help("write '{ ... }' around it")),
            [] => Ok(Initialiser::List { ty: None, items: Vec::new(), span: None }),
        }
    }

    fn initialiser(&mut self, node: &Node<ast::Initializer>) -> Lowered<Initialiser> {
        self.deeper(node.span, |this| match &node.node {
            ast::Initializer::List(list) => this.list(list, None, node.span),
            ast::Initializer::Expression(expression) => {
                if let ast::Expression::CompoundLiteral(literal) = &expression.node {
                    let ty = this.type_name(&literal.node.type_name)?;
                    return this.list(&literal.node.initializer_list, Some(ty), expression.span);
                }
                let (ty, value) = this.constant(expression)?;
                Ok(Initialiser::Value { ty, value, span: this.span(expression.span) })
            }
        })
    }

    fn list(
        &mut self,
        list: &[Node<ast::InitializerListItem>],
        ty: Option<Type>,
        span: TreeSpan,
    ) -> Lowered<Initialiser> {
        let mut items = Vec::with_capacity(list.len());
        for item in list {
            let mut designators = Vec::new();
            for designator in &item.node.designation {
                designators.push(self.designator(designator)?);
            }
            items.push(Item { designators, value: self.initialiser(&item.node.initializer)? });
        }
        Ok(Initialiser::List { ty, items, span: self.span(span) })
    }

    fn designator(&mut self, node: &Node<ast::Designator>) -> Lowered<Designator> {
        let span = self.span(node.span);
        Ok(match &node.node {
            ast::Designator::Member(name) => Designator::Member(self.name(name), span),
            ast::Designator::Index(index) => {
                let index = self.index(index)?;
                Designator::Range(index, index, span)
            }
            ast::Designator::Range(range) => {
                let (from, to) = (self.index(&range.node.from)?, self.index(&range.node.to)?);
                if from > to {
                    return Err(self
                        .mistake(
                            ErrorKind::Constant,
                            node.span,
                            format!("the range {from} ... {to} is empty"),
                        )
                        .help("the smaller index comes first"));
                }
                Designator::Range(from, to, span)
            }
        })
    }

    fn index(&mut self, node: &Node<ast::Expression>) -> Lowered<u64> {
        let value = self.integer(node)?.value;
        u64::try_from(value).map_err(|_| {
            self.mistake(ErrorKind::Constant, node.span, format!("expected an index, found {value}"))
        })
    }
}
