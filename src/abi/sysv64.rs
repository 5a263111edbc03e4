//! The System V calling convention of x86-64 (psABI 3.2.3), as gcc reads it.

use super::classify::{Classes, classify, is_hollow};
use super::{Argument, CallPlan, Class, Convention, Pass, Piece, Register, Return, Signature, StackPart};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Shape;

/// Where the arguments and the result of a call travel.
pub(super) fn plan(signature: &Signature) -> Result<CallPlan> {
    plan_with(signature, Free::default())
}

/// Where arguments lie that come when every register is taken: what a `va_list` leads to that was made by hand.
pub(super) fn plan_behind_registers(signature: &Signature) -> Result<CallPlan> {
    plan_with(signature, Free { general: GENERAL.len(), vector: VECTOR.len(), ..Free::default() })
}

fn plan_with(signature: &Signature, mut free: Free) -> Result<CallPlan> {
    let (returns, result) = match &signature.result {
        None => (Return::Nothing, None),
        Some(shape) => {
            let classes = classify(shape)?;
            let returns = returns(shape, classes, &mut free);
            (returns, Some(Argument::new(shape, classes, Pass::Nothing)))
        }
    };
    let mut arguments = Vec::with_capacity(signature.arguments.len());
    for shape in &signature.arguments {
        let classes = classify(shape)?;
        let pass = pass(shape, classes, &mut free)?;
        arguments.push(Argument::new(shape, classes, pass));
    }
    Ok(CallPlan {
        convention: Convention::Sysv64,
        arguments,
        result,
        returns,
        stack_bytes: free.stack_bytes,
        stack_align: free.stack_align,
        general_registers: free.general as u8,
        vector_registers: free.vector as u8,
    })
}

const GENERAL: [Register; 6] =
    [Register::Rdi, Register::Rsi, Register::Rdx, Register::Rcx, Register::R8, Register::R9];
const VECTOR: [Register; 8] = [
    Register::Xmm(0),
    Register::Xmm(1),
    Register::Xmm(2),
    Register::Xmm(3),
    Register::Xmm(4),
    Register::Xmm(5),
    Register::Xmm(6),
    Register::Xmm(7),
];
const GENERAL_RESULT: [Register; 2] = [Register::Rax, Register::Rdx];
const VECTOR_RESULT: [Register; 2] = [Register::Xmm(0), Register::Xmm(1)];

/// What the arguments so far have left.
struct Free {
    general: usize,
    vector: usize,
    stack_bytes: u64,
    stack_align: u64,
}

impl Default for Free {
    fn default() -> Free {
        Free { general: 0, vector: 0, stack_bytes: 0, stack_align: 16 }
    }
}

/// Up to two pieces, in the order of the value.
enum Pieces {
    None,
    One(Piece),
    Two(Piece, Piece),
}

fn pass(shape: &Shape, classes: Classes, free: &mut Free) -> Result<Pass> {
    let classes = match classes {
        Classes::Empty => return Ok(Pass::Nothing),
        Classes::Eightbytes(classes) if classes[0] != Class::X87 => classes,
        Classes::Eightbytes(_) | Classes::ComplexX87 | Classes::Memory => return on_stack(shape, free),
    };
    let (general, vector) = (GENERAL.get(free.general..), VECTOR.get(free.vector..));
    let (general, vector) = (general.unwrap_or_default(), vector.unwrap_or_default());
    // 3.2.3: too few registers left for any eightbyte sends the whole value to the stack
    let Some((pieces, used_general, used_vector)) = assign(shape.size(), classes, general, vector) else {
        return on_stack(shape, free);
    };
    free.general += used_general;
    free.vector += used_vector;
    Ok(match pieces {
        Pieces::None => Pass::Nothing,
        Pieces::One(piece) => Pass::Register(piece),
        Pieces::Two(first, second) => Pass::Registers(first, second),
    })
}

fn returns(shape: &Shape, classes: Classes, free: &mut Free) -> Return {
    let classes = match classes {
        Classes::Empty => return Return::Nothing,
        Classes::Eightbytes([Class::X87, _]) => return Return::X87,
        Classes::ComplexX87 => return Return::ComplexX87,
        // gcc: a record of nothing but unnamed bit-fields comes back in no register
        Classes::Eightbytes(_) if is_hollow(shape) => return Return::Nothing,
        Classes::Eightbytes(classes) => classes,
        Classes::Memory => {
            free.general = 1;
            return Return::Memory(Piece::new(Register::Rdi, 0, 8));
        }
    };
    match assign(shape.size(), classes, &GENERAL_RESULT, &VECTOR_RESULT) {
        Some((Pieces::One(piece), ..)) => Return::Register(piece),
        Some((Pieces::Two(first, second), ..)) => Return::Registers(first, second),
        Some((Pieces::None, ..)) | None => Return::Nothing,
    }
}

/// Gives each eightbyte the next register of its class, all or nothing.
fn assign(
    size: u64,
    classes: [Class; 2],
    general: &[Register],
    vector: &[Register],
) -> Option<(Pieces, usize, usize)> {
    let (mut used_general, mut used_vector) = (0, 0);
    let mut take = |class: Class, offset: u64, length: u64| {
        let (registers, used) = match class {
            Class::Integer => (general, &mut used_general),
            Class::Sse => (vector, &mut used_vector),
            _ => return None,
        };
        let register = *registers.get(*used)?;
        *used += 1;
        Some(Piece::new(register, offset, length))
    };
    let first_length = size.min(8);
    let second_length = size.saturating_sub(8);
    let pieces = match classes {
        [Class::None, Class::None] => Pieces::None,
        [Class::Sse, Class::SseUp] => Pieces::One(take(Class::Sse, 0, size)?),
        // An eightbyte of padding takes no register
        [first, Class::None] => Pieces::One(take(first, 0, first_length)?),
        [Class::None, second] => Pieces::One(take(second, 8, second_length)?),
        [first, second] => Pieces::Two(take(first, 0, first_length)?, take(second, 8, second_length)?),
    };
    Some((pieces, used_general, used_vector))
}

fn on_stack(shape: &Shape, free: &mut Free) -> Result<Pass> {
    let align = shape.align().bytes().max(8);
    let place = || {
        let offset = free.stack_bytes.checked_next_multiple_of(align)?;
        let end = offset.checked_add(shape.size())?.checked_next_multiple_of(8)?;
        Some((offset, end))
    };
    if is_hollow(shape) {
        // gcc: a record of nothing but unnamed bit-fields takes a register, but no place on the stack
        return Ok(Pass::Nothing);
    }
    let (offset, end) = place().ok_or_else(|| {
        let message = "expected arguments that fit on a stack, found more bytes than a machine can address";
        Error::new(ErrorKind::TooLarge, message)
    })?;
    free.stack_bytes = end;
    free.stack_align = free.stack_align.max(align);
    Ok(Pass::Stack(StackPart { offset, size: shape.size(), align }))
}
