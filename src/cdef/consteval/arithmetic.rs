//! Operators, with C's promotions, conversions and signedness.

use super::super::lower::{Lowered, Lowering};
use super::{Operand, Value};
use crate::error::ErrorKind;
use crate::target::{Scalar, WideFloat, float};
use crate::types::{Bodies, Kind, Type, integer_bits};
use lang_c::ast::{self, BinaryOperator, Expression, UnaryOperator};
use lang_c::span::{Node, Span as TreeSpan};
use std::cmp::Ordering;

impl Lowering<'_, '_> {
    /// The scalar behind an arithmetic type; an enum's is its underlying one.
    fn arithmetic(&self, ty: &Type) -> Option<Scalar> {
        match ty.kind() {
            Kind::Scalar(scalar) => Some(*scalar),
            Kind::Enum(enumeration) => match self.overlay.enum_body(enumeration) {
                Some(body) => Some(body.underlying),
                None => Some(Scalar::UInt),
            },
            _ => None,
        }
    }

    fn bits_of(&self, scalar: Scalar) -> u32 {
        integer_bits(scalar, self.overlay.target())
    }

    /// An integer cut to the bits of its type; 128-bit unsigned numbers past the middle read as negative.
    pub(in crate::cdef) fn wrapped(&self, value: i128, ty: &Type) -> i128 {
        let (bits, signed) = match self.arithmetic(ty) {
            Some(Scalar::Bool) => return i128::from(value != 0),
            Some(scalar) => (self.bits_of(scalar), self.overlay.target().is_signed(scalar)),
            None => (self.overlay.target().pointer_bytes() as u32 * 8, false),
        };
        if bits >= 128 {
            return value;
        }
        let cut = value & ((1i128 << bits) - 1);
        if signed && cut >> (bits - 1) & 1 == 1 { cut - (1i128 << bits) } else { cut }
    }

    /// C's integer promotions: what is narrower than int becomes int.
    fn promoted(&mut self, operand: Operand, span: TreeSpan) -> Lowered<Operand> {
        let width = operand.width;
        let operand = self.rvalue(operand, span)?;
        let Some(scalar) = self.arithmetic(&operand.ty) else { return Ok(operand) };
        if !scalar.is_integer() || scalar.bit_precise_width().is_some() && width.is_none() {
            return Ok(operand);
        }
        let int_bits = self.bits_of(Scalar::Int);
        let signed = self.overlay.target().is_signed(scalar);
        let bits = width.unwrap_or_else(|| self.bits_of(scalar));
        let fits_int = bits < int_bits || bits == int_bits && signed && scalar.rank() <= Scalar::Int.rank();
        let to = if fits_int && scalar.rank() <= Scalar::Int.rank() { Scalar::Int } else { scalar };
        Ok(Operand { ty: Type::scalar(to), width: None, ..operand })
    }

    /// The usual arithmetic conversions: the one type of both operands.
    fn common(&self, first: Scalar, second: Scalar) -> Scalar {
        if !first.is_integer() || !second.is_integer() {
            return match (first.is_integer(), second.is_integer()) {
                (true, _) => second,
                (_, true) => first,
                _ => {
                    if first.rank() >= second.rank() {
                        first
                    } else {
                        second
                    }
                }
            };
        }
        let target = self.overlay.target();
        let (high, low) = if first.rank() >= second.rank() { (first, second) } else { (second, first) };
        match (target.is_signed(high), target.is_signed(low)) {
            (true, true) | (false, _) => high,
            // A signed type that holds every value of the unsigned one wins, else its unsigned brother does.
            (true, false) if high.rank() == low.rank() => low,
            (true, false) if self.bits_of(high) > self.bits_of(low) => high,
            (true, false) => high.to_unsigned(),
        }
    }

    /// Converts a value as a cast does.
    pub(super) fn cast(&mut self, operand: Operand, to: Type, span: TreeSpan) -> Lowered<Operand> {
        if to.is_void() {
            return Ok(self.none(to, span, "a value of type 'void' is no constant"));
        }
        let operand = self.rvalue(operand, span)?;
        let wrong = |this: &Self, to: &Type| {
            Err(this.mistake(
                ErrorKind::Constant,
                span,
                format!("a value of type '{}' cannot be cast to '{to}'", operand.ty),
            ))
        };
        let target_scalar = self.arithmetic(&to);
        let value = match (&operand.value, target_scalar, to.kind()) {
            (Value::None(why), ..) => Value::None(why.clone()),
            (Value::Integer(value), Some(scalar), _) if scalar.is_integer() => {
                Value::Integer(self.wrapped(*value, &to))
            }
            (Value::Integer(value), Some(scalar), _) => {
                let (negative, magnitude) = self.parts(*value, &operand.ty);
                Value::Float(WideFloat::from_integer(negative, magnitude, self.float_format(scalar)))
            }
            (Value::Float(value), Some(Scalar::Bool), _) => Value::Integer(i128::from(!value.is_zero())),
            (Value::Float(value), Some(scalar), _) if scalar.is_integer() => {
                let (least, most) = crate::types::range(scalar, self.overlay.target());
                let most = if scalar == Scalar::UInt128 { u128::MAX } else { most as u128 };
                let cut = value.truncated().filter(|&(negative, magnitude)| match negative {
                    true => magnitude <= least.unsigned_abs(),
                    false => magnitude <= most,
                });
                let Some((negative, magnitude)) = cut else {
                    return Ok(self.none(to.clone(), span, format!("{value} does not fit '{to}'")));
                };
                let cut = if negative { (magnitude as i128).wrapping_neg() } else { magnitude as i128 };
                Value::Integer(self.wrapped(cut, &to))
            }
            (Value::Float(value), Some(scalar), _) => Value::Float(value.rounded(self.float_format(scalar))),
            (Value::Integer(value), None, Kind::Pointer(_)) => Value::Pointer(self.wrapped(*value, &to)),
            (Value::Pointer(address), Some(scalar), _) if scalar.is_integer() => {
                Value::Integer(self.wrapped(*address, &to))
            }
            (Value::Pointer(address), None, Kind::Pointer(_)) => Value::Pointer(*address),
            (Value::Float(_), None, _) | (Value::Pointer(_), Some(_), _) => return wrong(self, &to),
            (_, None, Kind::Record(_) | Kind::Array(..) | Kind::Function(_)) if to != operand.ty => {
                return wrong(self, &to);
            }
            _ => self.none(to.clone(), span, "the value is no constant").value,
        };
        Ok(Operand::new(to.unqualified(), value))
    }

    /// An integer's sign and magnitude, 128-bit unsigned ones included.
    fn parts(&self, value: i128, ty: &Type) -> (bool, u128) {
        match self.arithmetic(ty) {
            Some(Scalar::UInt128) => (false, value as u128),
            _ => (value < 0, value.unsigned_abs()),
        }
    }

    /// How a floating type keeps its numbers; decimal ones as the binary ones of their size.
    pub(super) fn float_format(&self, scalar: Scalar) -> float::Format {
        let target = self.overlay.target();
        match scalar {
            Scalar::Float16 => float::HALF,
            Scalar::BFloat16 => float::BRAIN,
            Scalar::LongDouble | Scalar::Float64x if target.long_double_x87() => float::X87,
            _ => match target.size(scalar) {
                Some(4) => float::SINGLE,
                Some(16) => float::QUAD,
                _ => float::DOUBLE,
            },
        }
    }

    pub(super) fn unary(&mut self, node: &Node<ast::UnaryOperatorExpression>) -> Lowered<Operand> {
        let span = node.span;
        let operand = self.expression(&node.node.operand)?;
        match node.node.operator.node {
            UnaryOperator::Address => return self.address_of(operand, span),
            UnaryOperator::Indirection => return self.indirection(operand, span),
            UnaryOperator::PostIncrement
            | UnaryOperator::PostDecrement
            | UnaryOperator::PreIncrement
            | UnaryOperator::PreDecrement => {
                return Ok(self.none(operand.ty, span, "'++' and '--' are not constant"));
            }
            _ => {}
        }
        let operand = self.promoted(operand, span)?;
        let int = Type::scalar(Scalar::Int);
        if node.node.operator.node == UnaryOperator::Negate {
            return Ok(match self.truth(&operand) {
                Some(truth) => Operand::integer(i128::from(!truth), int),
                None => Operand::new(int, self.reason(operand, span)),
            });
        }
        let ty = operand.ty.clone();
        Ok(match (&node.node.operator.node, operand.value) {
            (_, Value::None(why)) => Operand::new(ty, Value::None(why)),
            (UnaryOperator::Plus, value @ (Value::Integer(_) | Value::Float(_))) => Operand::new(ty, value),
            (UnaryOperator::Minus, Value::Integer(value)) => {
                Operand::integer(self.wrapped(value.wrapping_neg(), &ty), ty)
            }
            (UnaryOperator::Minus, Value::Float(value)) => Operand::new(ty, Value::Float(value.negated())),
            (UnaryOperator::Complement, Value::Integer(value)) => {
                Operand::integer(self.wrapped(!value, &ty), ty)
            }
            _ => {
                return Err(self.mistake(
                    ErrorKind::Constant,
                    span,
                    format!("this operator has no meaning for a value of type '{ty}'"),
                ));
            }
        })
    }

    pub(super) fn conditional(&mut self, node: &Node<ast::ConditionalExpression>) -> Lowered<Operand> {
        let span = node.span;
        let condition = self.expression(&node.node.condition)?;
        // `a ?: b` has its own condition in the middle.
        let elvis = matches!(&node.node.then_expression.node, Expression::Identifier(name) if name.node.name == "__ffi_elvis");
        let first = if elvis { condition.clone() } else { self.expression(&node.node.then_expression)? };
        let second = self.expression(&node.node.else_expression)?;
        let condition = self.rvalue(condition, span)?;
        let truth = self.truth(&condition);
        let (first, second) = (self.promoted(first, span)?, self.promoted(second, span)?);
        let ty = match (self.arithmetic(&first.ty), self.arithmetic(&second.ty)) {
            (Some(one), Some(two)) => Type::scalar(self.common(one, two)),
            (None, Some(_)) => first.ty.clone(),
            (Some(_), None) => second.ty.clone(),
            // A null pointer constant takes the type of the other pointer; a pointer to void wins over others.
            (None, None) if is_null_constant(&first) => second.ty.clone(),
            (None, None) if is_null_constant(&second) => first.ty.clone(),
            (None, None) if second.ty.pointee().is_some_and(Type::is_void) => second.ty.clone(),
            (None, None) => first.ty.clone(),
        };
        match truth {
            Some(truth) => {
                let chosen = if truth { first } else { second };
                if chosen.ty == ty || ty.as_record().is_some() {
                    Ok(Operand { ty, ..chosen })
                } else {
                    self.cast(chosen, ty, span)
                }
            }
            None => Ok(Operand::new(ty, self.reason(condition, span))),
        }
    }

    /// Is a value true? `None` where it has no value.
    fn truth(&self, operand: &Operand) -> Option<bool> {
        match &operand.value {
            Value::Integer(value) => Some(*value != 0),
            Value::Float(value) => Some(!value.is_zero()),
            Value::Pointer(address) => Some(*address != 0),
            Value::Place(_) | Value::Text(_) | Value::None(_) => None,
        }
    }

    /// Why an operand has no value.
    fn reason(&self, operand: Operand, span: TreeSpan) -> Value {
        match operand.value {
            Value::None(why) => Value::None(why),
            _ => self.none(operand.ty, span, "the value is no constant").value,
        }
    }

    pub(super) fn binary(&mut self, node: &Node<ast::BinaryOperatorExpression>) -> Lowered<Operand> {
        use BinaryOperator::*;
        let span = node.span;
        let operator = &node.node.operator.node;
        let first = self.expression(&node.node.lhs)?;
        let second = self.expression(&node.node.rhs)?;
        match operator {
            LogicalAnd | LogicalOr => return self.logical(*operator == LogicalAnd, first, second, span),
            Index => {
                let (first, second) = (self.rvalue(first, span)?, self.rvalue(second, span)?);
                let (pointer, index) =
                    if first.ty.pointee().is_some() { (first, second) } else { (second, first) };
                let element = self.pointer_plus(pointer, index, false, span)?;
                return self.indirection(element, span);
            }
            Assign | AssignMultiply | AssignDivide | AssignModulo | AssignPlus | AssignMinus
            | AssignShiftLeft | AssignShiftRight | AssignBitwiseAnd | AssignBitwiseXor | AssignBitwiseOr => {
                return Ok(self.none(first.ty, span, "an assignment is not constant"));
            }
            _ => {}
        }
        let (first, second) = (self.promoted(first, span)?, self.promoted(second, span)?);
        let (Some(one), Some(two)) = (self.arithmetic(&first.ty), self.arithmetic(&second.ty)) else {
            return self.with_pointers(operator, first, second, span);
        };
        if matches!(operator, ShiftLeft | ShiftRight) {
            return self.shift(*operator == ShiftLeft, first, second, span);
        }
        let common = self.common(one, two);
        let ty = Type::scalar(common);
        let is_comparison =
            matches!(operator, Less | Greater | LessOrEqual | GreaterOrEqual | Equals | NotEquals);
        let result = if is_comparison { Type::scalar(Scalar::Int) } else { ty.clone() };
        let first = self.cast(first, ty.clone(), span)?;
        let second = self.cast(second, ty.clone(), span)?;
        match (first.value, second.value) {
            (Value::Integer(first), Value::Integer(second)) => {
                self.integers(operator, first, second, ty, result, span)
            }
            (Value::Float(first), Value::Float(second)) => {
                let format = self.float_format(common);
                let value = match operator {
                    Plus => first.plus(second, format),
                    Minus => first.plus(second.negated(), format),
                    Multiply => first.times(second, format),
                    Divide => first.over(second, format),
                    _ if is_comparison => {
                        let truth = compared(operator, first.compared(second));
                        return Ok(Operand::integer(i128::from(truth), result));
                    }
                    _ => {
                        return Err(self.mistake(
                            ErrorKind::Constant,
                            span,
                            format!("this operator has no meaning for values of type '{ty}'"),
                        ));
                    }
                };
                Ok(Operand::new(result, Value::Float(value)))
            }
            (Value::None(why), _) | (_, Value::None(why)) => Ok(Operand::new(result, Value::None(why))),
            _ => Ok(self.none(result, span, "the value is no constant")),
        }
    }

    fn integers(
        &mut self,
        operator: &BinaryOperator,
        first: i128,
        second: i128,
        ty: Type,
        result: Type,
        span: TreeSpan,
    ) -> Lowered<Operand> {
        use BinaryOperator::*;
        let unsigned_wide = self.arithmetic(&ty) == Some(Scalar::UInt128);
        let ordering =
            if unsigned_wide { (first as u128).cmp(&(second as u128)) } else { first.cmp(&second) };
        let value = match operator {
            Plus => first.wrapping_add(second),
            Minus => first.wrapping_sub(second),
            Multiply => first.wrapping_mul(second),
            Divide | Modulo if second == 0 => return Ok(self.none(result, span, "division by zero")),
            Divide if unsigned_wide => (first as u128 / second as u128) as i128,
            Modulo if unsigned_wide => (first as u128 % second as u128) as i128,
            Divide => first.wrapping_div(second),
            Modulo => first.wrapping_rem(second),
            BitwiseAnd => first & second,
            BitwiseXor => first ^ second,
            BitwiseOr => first | second,
            other => return Ok(Operand::integer(i128::from(compared(other, Some(ordering))), result)),
        };
        Ok(Operand::integer(self.wrapped(value, &ty), result))
    }

    fn shift(&mut self, left: bool, first: Operand, second: Operand, span: TreeSpan) -> Lowered<Operand> {
        let ty = first.ty.clone();
        let scalar = self.arithmetic(&ty).unwrap_or(Scalar::Int);
        if !scalar.is_integer() || !self.arithmetic(&second.ty).is_some_and(Scalar::is_integer) {
            return Err(self.mistake(ErrorKind::Constant, span, "only integers can be shifted"));
        }
        let bits = self.bits_of(scalar);
        Ok(match (first.value, second.value) {
            (Value::Integer(value), Value::Integer(count)) => match u32::try_from(count) {
                Ok(count) if count < bits => {
                    let value = match (left, scalar) {
                        (true, _) => value.wrapping_shl(count),
                        (false, Scalar::UInt128) => (value as u128 >> count) as i128,
                        (false, _) => value >> count,
                    };
                    Operand::integer(self.wrapped(value, &ty), ty)
                }
                _ => self.none(
                    ty.clone(),
                    span,
                    format!("a shift by {count} is out of range for '{ty}' of {bits} bits"),
                ),
            },
            (Value::None(why), _) | (_, Value::None(why)) => Operand::new(ty, Value::None(why)),
            _ => self.none(ty, span, "the value is no constant"),
        })
    }

    fn logical(&mut self, and: bool, first: Operand, second: Operand, span: TreeSpan) -> Lowered<Operand> {
        let (first, second) = (self.rvalue(first, span)?, self.rvalue(second, span)?);
        let int = Type::scalar(Scalar::Int);
        Ok(match (self.truth(&first), self.truth(&second)) {
            (Some(truth), _) if truth != and => Operand::integer(i128::from(truth), int),
            (Some(_), Some(truth)) => Operand::integer(i128::from(truth), int),
            (None, _) => Operand::new(int, self.reason(first, span)),
            (_, None) => Operand::new(int, self.reason(second, span)),
        })
    }

    /// Operators with a pointer on a side.
    fn with_pointers(
        &mut self,
        operator: &BinaryOperator,
        first: Operand,
        second: Operand,
        span: TreeSpan,
    ) -> Lowered<Operand> {
        use BinaryOperator::*;
        let int = Type::scalar(Scalar::Int);
        let is_pointer = |operand: &Operand| operand.ty.pointee().is_some();
        match operator {
            Plus if is_pointer(&first) => self.pointer_plus(first, second, false, span),
            Plus if is_pointer(&second) => self.pointer_plus(second, first, false, span),
            Minus if is_pointer(&first) && is_pointer(&second) => {
                let ty = Type::scalar(self.overlay.target().size_types().1);
                let size = match first.ty.pointee() {
                    Some(to) if to.is_void() || to.as_function().is_some() => 1,
                    Some(to) => {
                        let found = crate::types::extent(to, self.overlay);
                        self.at(found, span)?.size
                    }
                    None => 1,
                };
                Ok(match (first.value, second.value) {
                    (Value::Pointer(first), Value::Pointer(second)) if size > 0 => {
                        Operand::integer(self.wrapped((first - second) / i128::from(size), &ty), ty)
                    }
                    (Value::None(why), _) | (_, Value::None(why)) => Operand::new(ty, Value::None(why)),
                    _ => self.none(ty, span, "the difference is no constant"),
                })
            }
            Minus if is_pointer(&first) => self.pointer_plus(first, second, true, span),
            Less | Greater | LessOrEqual | GreaterOrEqual | Equals | NotEquals => {
                let address = |operand: &Operand| match operand.value {
                    Value::Pointer(address) | Value::Integer(address) => Some(address),
                    _ => None,
                };
                Ok(match (address(&first), address(&second)) {
                    (Some(one), Some(two)) => {
                        Operand::integer(i128::from(compared(operator, Some(one.cmp(&two)))), int)
                    }
                    (None, _) => Operand::new(int, self.reason(first, span)),
                    (_, None) => Operand::new(int, self.reason(second, span)),
                })
            }
            _ => {
                let message = format!("this operator has no meaning for '{}' and '{}'", first.ty, second.ty);
                Err(self.mistake(ErrorKind::Constant, span, message))
            }
        }
    }
}

fn is_null_constant(operand: &Operand) -> bool {
    matches!(operand.value, Value::Pointer(0)) && operand.ty.pointee().is_some_and(Type::is_void)
}

fn compared(operator: &BinaryOperator, ordering: Option<Ordering>) -> bool {
    let Some(ordering) = ordering else { return *operator == BinaryOperator::NotEquals };
    match operator {
        BinaryOperator::Less => ordering.is_lt(),
        BinaryOperator::Greater => ordering.is_gt(),
        BinaryOperator::LessOrEqual => ordering.is_le(),
        BinaryOperator::GreaterOrEqual => ordering.is_ge(),
        BinaryOperator::Equals => ordering.is_eq(),
        _ => ordering.is_ne(),
    }
}
