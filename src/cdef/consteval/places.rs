//! Expressions that name members and memory: `offsetof`, `((struct s *)0)->x`, `&a[3]`.

use super::super::lower::{Lowered, Lowering};
use super::{Operand, Value};
use crate::error::{ErrorKind, nearest};
use crate::types::{Bodies, Kind, Position, Type, extent};
use lang_c::ast;
use lang_c::span::{Node, Span as TreeSpan};
use std::sync::Arc;

/// A member that was found by its name.
struct Found {
    /// In bytes from the start of the record.
    offset: u64,
    ty: Type,
    width: Option<u32>,
    bit: u8,
}

impl Lowering<'_, '_> {
    fn find_member(&mut self, ty: &Type, name: &str, span: TreeSpan) -> Lowered<Found> {
        let Kind::Record(record) = ty.kind() else {
            return Err(self.mistake(ErrorKind::NoSuchField, span, format!("'{ty}' has no members")));
        };
        if let Some(tag) = record.tag() {
            self.touch(&tag);
        }
        let Some(mut body) = self.overlay.record_body(record) else {
            return Err(self.mistake(
                ErrorKind::Incomplete,
                span,
                format!("'{}' is incomplete: its members are not known", record.name()),
            ));
        };
        let Some(path) = body.names.get(name).cloned() else {
            let meant = nearest(name, body.names.keys().map(|name| &**name))
                .map(|meant| format!("did you mean '{meant}'?"));
            let message = format!("'{}' has no member '{name}'", record.name());
            return Err(self.mistake(ErrorKind::NoSuchField, span, message).maybe_help(meant));
        };
        let mut offset = 0u64;
        let mut found = None;
        for (level, &index) in path.iter().enumerate() {
            let Some(field) = body.fields.get(index).cloned() else { break };
            offset = offset.saturating_add(field.position.offset());
            if level + 1 == path.len() {
                let (width, bit) = match field.position {
                    Position::Bits { width, bit, .. } => (Some(width), bit),
                    Position::Bytes { .. } => (None, 0),
                };
                found = Some(Found { offset, ty: field.ty.qualified(ty.qualifiers()), width, bit });
            } else if let Some(inner) =
                field.ty.as_record().and_then(|record| self.overlay.record_body(record))
            {
                body = inner;
            }
        }
        found.ok_or_else(|| {
            self.mistake(ErrorKind::NoSuchField, span, format!("'{}' has no member '{name}'", record.name()))
        })
    }

    pub(super) fn member_access(&mut self, node: &Node<ast::MemberExpression>) -> Lowered<Operand> {
        let member = &node.node;
        let operand = self.expression(&member.expression)?;
        let name = self.name(&member.identifier);
        let (ty, base) = match member.operator.node {
            ast::MemberOperator::Direct => (operand.ty.clone(), operand.value),
            ast::MemberOperator::Indirect => {
                let pointer = self.rvalue(operand, node.span)?;
                let Some(to) = pointer.ty.pointee().cloned() else {
                    return Err(self.mistake(
                        ErrorKind::Constant,
                        node.span,
                        format!("'->' needs a pointer, not '{}'", pointer.ty),
                    ));
                };
                let place = match pointer.value {
                    Value::Pointer(address) => Value::Place(address),
                    other => other,
                };
                (to, place)
            }
        };
        let found = self.find_member(&ty, &name, member.identifier.span)?;
        let value = match base {
            Value::Place(address) => Value::Place(address + i128::from(found.offset)),
            Value::None(why) => Value::None(why),
            _ => self.none(found.ty.clone(), node.span, "the member's value is no constant").value,
        };
        Ok(Operand { ty: found.ty, value, width: found.width })
    }

    pub(super) fn offset_of(&mut self, node: &Node<ast::OffsetOfExpression>) -> Lowered<Operand> {
        let mut ty = self.type_name(&node.node.type_name)?;
        let designator = &node.node.designator.node;
        let mut offset: i128 = 0;
        let base = self.name(&designator.base);
        let found = self.member_offset(&ty, &base, designator.base.span)?;
        offset += i128::from(found.0);
        ty = found.1;
        for member in &designator.members {
            match &member.node {
                ast::OffsetMember::Member(identifier) | ast::OffsetMember::IndirectMember(identifier) => {
                    let name: Arc<str> = self.name(identifier);
                    let found = self.member_offset(&ty, &name, identifier.span)?;
                    offset += i128::from(found.0);
                    ty = found.1;
                }
                ast::OffsetMember::Index(index) => {
                    let index = self.integer(index)?.value;
                    let Kind::Array(element, _) = ty.kind().clone() else {
                        return Err(self.mistake(
                            ErrorKind::Constant,
                            member.span,
                            format!("'{ty}' is no array"),
                        ));
                    };
                    let size = self.at(extent(&element, self.overlay), member.span)?.size;
                    let step = index.checked_mul(i128::from(size)).and_then(|step| offset.checked_add(step));
                    offset = step.ok_or_else(|| {
                        self.mistake(
                            ErrorKind::TooLarge,
                            member.span,
                            "the offset is larger than the machine can address",
                        )
                    })?;
                    ty = Type::clone(&element);
                }
            }
        }
        let ty = self.size_type();
        Ok(Operand::integer(self.wrapped(offset, &ty), ty))
    }

    fn member_offset(&mut self, ty: &Type, name: &str, span: TreeSpan) -> Lowered<(u64, Type)> {
        let found = self.find_member(ty, name, span)?;
        if let Some(width) = found.width {
            let message = format!(
                "'{name}' is a bit-field ({width} bits from bit {}), which has no offset in bytes",
                found.bit
            );
            return Err(self.mistake(ErrorKind::Constant, span, message));
        }
        Ok((found.offset, found.ty))
    }

    /// `&x`
    pub(super) fn address_of(&mut self, operand: Operand, span: TreeSpan) -> Lowered<Operand> {
        if operand.width.is_some() {
            return Err(self.mistake(ErrorKind::Constant, span, "a bit-field has no address"));
        }
        let ty = self.at(operand.ty.clone().pointer_to(), span)?;
        Ok(match operand.value {
            Value::Place(address) => Operand::new(ty, Value::Pointer(address)),
            Value::None(why) => Operand::new(ty, Value::None(why)),
            _ => self.none(ty, span, "the address is no constant"),
        })
    }

    /// `*x`
    pub(super) fn indirection(&mut self, operand: Operand, span: TreeSpan) -> Lowered<Operand> {
        if operand.ty.as_function().is_some() {
            return Ok(operand);
        }
        let operand = self.rvalue(operand, span)?;
        let Some(to) = operand.ty.pointee().cloned() else {
            return Err(self.mistake(
                ErrorKind::Constant,
                span,
                format!("'*' needs a pointer, not '{}'", operand.ty),
            ));
        };
        Ok(match operand.value {
            Value::Pointer(address) => Operand::new(to, Value::Place(address)),
            Value::None(why) => Operand::new(to, Value::None(why)),
            _ => self.none(to, span, "what memory holds is not a constant"),
        })
    }

    /// `pointer + number`, in elements.
    pub(super) fn pointer_plus(
        &mut self,
        pointer: Operand,
        count: Operand,
        negative: bool,
        span: TreeSpan,
    ) -> Lowered<Operand> {
        let ty = pointer.ty.clone();
        let size = match ty.pointee() {
            Some(to) if to.is_void() || to.as_function().is_some() => 1,
            Some(to) => self.at(extent(to, self.overlay), span)?.size,
            None => return Err(self.mistake(ErrorKind::Constant, span, "this is no pointer")),
        };
        Ok(match (pointer.value, count.value) {
            (Value::Pointer(address), Value::Integer(count)) => {
                let step =
                    count.checked_mul(i128::from(size)).map(|step| if negative { -step } else { step });
                match step.and_then(|step| address.checked_add(step)) {
                    Some(address) => Operand::new(ty, Value::Pointer(address)),
                    None => self.none(ty, span, "the address is larger than the machine can hold"),
                }
            }
            (Value::None(why), _) | (_, Value::None(why)) => Operand::new(ty, Value::None(why)),
            _ => self.none(ty, span, "the address is no constant"),
        })
    }

    /// The value of an operand: what is read from memory is no constant, arrays there become pointers.
    pub(super) fn rvalue(&mut self, operand: Operand, span: TreeSpan) -> Lowered<Operand> {
        let ty = self.rvalue_type(&operand.ty, span)?;
        let decays = matches!(operand.ty.kind(), Kind::Array(..));
        let value = match operand.value {
            Value::Place(address) if decays => Value::Pointer(address),
            Value::Place(_) => self.none(ty.clone(), span, "what memory holds is not a constant").value,
            Value::Text(_) => self.none(ty.clone(), span, "the address of a string is no constant").value,
            other => other,
        };
        Ok(Operand { ty: if decays { ty } else { ty.unqualified() }, value, width: operand.width })
    }
}
