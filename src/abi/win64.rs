//! The calling convention of x86-64 Windows, as gcc reads it (`ms_abi`): registers by position, 32 bytes of shadow space.

use super::classify::is_hollow;
use super::{Argument, CallPlan, Convention, Pass, Piece, Pointer, Register, Return, Signature, StackPart};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{LeafKind, Shape, ShapeKind};

/// Where the arguments and the result of a call travel.
pub(super) fn plan(signature: &Signature) -> Result<CallPlan> {
    let returns = signature.result.as_ref().map_or(Return::Nothing, returns);
    let mut taken =
        Taken { positions: usize::from(matches!(returns, Return::Memory(_))), words: SHADOW_WORDS };
    let mut arguments = Vec::with_capacity(signature.arguments.len());
    for (index, shape) in signature.arguments.iter().enumerate() {
        let named = index < signature.fixed;
        let pass = pass(shape, named, &mut taken)?;
        arguments.push(Argument::unclassified(shape, pass));
    }
    let registers = taken.positions.min(GENERAL.len()) as u8;
    Ok(CallPlan {
        convention: Convention::Win64,
        arguments,
        result: signature.result.as_ref().map(|shape| Argument::unclassified(shape, Pass::Nothing)),
        returns,
        stack_bytes: bytes(taken.words)?,
        stack_align: 16,
        general_registers: registers,
        vector_registers: registers,
    })
}

const GENERAL: [Register; 4] = [Register::Rcx, Register::Rdx, Register::R8, Register::R9];
const SHADOW_WORDS: usize = 4;

/// What the arguments so far have used.
struct Taken {
    /// Of the registers, and beyond them.
    positions: usize,
    /// Of the stack, the shadow space included.
    words: usize,
}

fn pass(shape: &Shape, named: bool, taken: &mut Taken) -> Result<Pass> {
    let position = taken.positions;
    taken.positions += 1;
    let by_value = is_word(shape.size()) && !is_vector_of_one(shape);
    let Some(&general) = GENERAL.get(position) else {
        // gcc: what has nothing but unnamed bit-fields takes a register, but no place on the stack
        if by_value && is_hollow(shape) {
            return Ok(Pass::Nothing);
        }
        let offset = bytes(taken.words)?;
        taken.words += 1;
        return Ok(match shape.size() {
            0 => Pass::Nothing,
            size if by_value => Pass::Stack(StackPart { offset, size, align: 8 }),
            _ => Pass::ByAddress(Pointer::Stack(StackPart { offset, size: 8, align: 8 })),
        });
    };
    if shape.size() == 0 {
        // It has no bytes, but takes its position all the same
        return Ok(Pass::Nothing);
    }
    if !by_value {
        return Ok(Pass::ByAddress(Pointer::Register(Piece::new(general, 0, 8))));
    }
    let general = Piece::new(general, 0, shape.size());
    if !is_float(shape) {
        return Ok(Pass::Register(general));
    }
    let vector = Piece::new(Register::Xmm(position as u8), 0, shape.size());
    Ok(if named { Pass::Register(vector) } else { Pass::Twice { vector, general } })
}

fn returns(shape: &Shape) -> Return {
    match shape.size() {
        0 => Return::Nothing,
        size if is_float(shape) => Return::Register(Piece::new(Register::Xmm(0), 0, size)),
        size if is_word(size) => Return::Register(Piece::new(Register::Rax, 0, size)),
        16 if is_vector_result(shape) => Return::Register(Piece::new(Register::Xmm(0), 0, 16)),
        _ => Return::Memory(Piece::new(Register::Rcx, 0, 8)),
    }
}

fn is_word(size: u64) -> bool {
    matches!(size, 1 | 2 | 4 | 8)
}

/// gcc has no mode for a vector of one double, and passes its address; it comes back as any other word.
fn is_vector_of_one(shape: &Shape) -> bool {
    let alone = matches!(shape.leaves(), [leaf] if matches!(leaf.kind, LeafKind::Vector { element, float: true }
        if leaf.size_bits == 8 * u64::from(element)));
    shape.kind() == ShapeKind::Scalar && alone
}

/// `float` and `double` alone; in records they are integers, and so is a `_Float16` (gcc).
fn is_float(shape: &Shape) -> bool {
    let alone = matches!(shape.leaves(), [leaf] if leaf.kind == LeafKind::Float);
    shape.kind() == ShapeKind::Scalar && alone && matches!(shape.size(), 4 | 8)
}

/// `__int128` and vectors of 16 bytes come back in xmm0.
fn is_vector_result(shape: &Shape) -> bool {
    let alone = matches!(
        shape.leaves(),
        [leaf] if matches!(leaf.kind, LeafKind::Integer { .. } | LeafKind::Vector { .. })
    );
    shape.kind() == ShapeKind::Scalar && alone
}

fn bytes(words: usize) -> Result<u64> {
    let bytes = u64::try_from(words).ok().and_then(|count| count.checked_mul(8));
    bytes
        .ok_or_else(|| Error::new(ErrorKind::TooLarge, "expected fewer arguments than a machine can address"))
}
