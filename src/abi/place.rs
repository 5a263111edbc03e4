//! The words of a plan: registers, pieces, ways to travel.

use super::Class;
use std::fmt;

/// A register of the machine that carries (part of) a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is the register of that name")]
pub enum Register {
    Rax,
    Rdi,
    Rsi,
    Rdx,
    Rcx,
    R8,
    R9,
    /// `xmm0` to `xmm15`
    Xmm(u8),
}

/// What one register carries of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Piece {
    register: Register,
    offset: u64,
    size: u64,
}

/// Where an argument lies on the stack, counted from the stack pointer at the call instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StackPart {
    pub(super) offset: u64,
    pub(super) size: u64,
    pub(super) align: u64,
}

/// How an argument travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pass {
    /// It has no bytes, or nothing but padding.
    Nothing,
    /// In one register.
    Register(Piece),
    /// In two registers, each with its part of the value.
    Registers(Piece, Piece),
    /// In a vector register and once more in a general one (variadic floats of Win64).
    Twice {
        /// The vector register.
        vector: Piece,
        /// The general purpose register.
        general: Piece,
    },
    /// On the stack.
    Stack(StackPart),
    /// As the address of a copy that the caller makes.
    ByAddress(Pointer),
}

/// Where the address of a copy travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pointer {
    /// In a register.
    Register(Piece),
    /// On the stack.
    Stack(StackPart),
}

/// How the result comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Return {
    /// `void`, or a record without bytes to carry.
    Nothing,
    /// In one register.
    Register(Piece),
    /// In two registers, in the order that their parts have in the value.
    Registers(Piece, Piece),
    /// In st0.
    X87,
    /// The real part in st0, the imaginary part in st1.
    ComplexX87,
    /// In memory of the caller, whose address this piece carries as a hidden first argument.
    Memory(Piece),
}

/// How the caller must widen a narrow integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extension {
    /// By zero bytes: unsigned integers, and whatever is no integer.
    Zero,
    /// By its sign.
    Sign,
}

impl Register {
    /// Where the register image keeps what this register shall carry, in bytes; `None` for one that carries no argument.
    pub fn image_offset(self) -> Option<u64> {
        let general = |index: u64| Some(image::GENERAL + 8 * index);
        match self {
            Register::Rdi => general(0),
            Register::Rsi => general(1),
            Register::Rdx => general(2),
            Register::Rcx => general(3),
            Register::R8 => general(4),
            Register::R9 => general(5),
            Register::Xmm(index) if index < 8 => Some(image::VECTORS + 16 * u64::from(index)),
            Register::Rax | Register::Xmm(_) => None,
        }
    }
}

/// The register image: the block that a plan fills and a loader loads. Offsets in bytes.
///
/// ```text
///   0  rdi rsi rdx rcx r8 r9    8 bytes each
///  48  the function's address
///  56  how many stack words follow
///  64  xmm0 to xmm7             16 bytes each, scalars use the first 8
/// 192  the mask that aligns the stack pointer
/// 200  how many vector registers are used
/// 208  stack words
/// ```
pub mod image {
    /// `rdi`, `rsi`, `rdx`, `rcx`, `r8`, `r9`.
    pub const GENERAL: u64 = 0;
    /// The address of the function.
    pub const TARGET: u64 = 48;
    /// The number of stack words.
    pub const STACK_WORDS: u64 = 56;
    /// `xmm0` to `xmm7`.
    pub const VECTORS: u64 = 64;
    /// The mask for the stack pointer.
    pub const STACK_MASK: u64 = 192;
    /// The number of vector registers used.
    pub const VECTOR_COUNT: u64 = 200;
    /// The first stack word.
    pub const STACK: u64 = 208;
}

impl Piece {
    pub(super) fn new(register: Register, offset: u64, size: u64) -> Piece {
        Piece { register, offset, size }
    }

    /// The register.
    pub fn register(self) -> Register {
        self.register
    }

    /// Where the part starts in the value, in bytes.
    pub fn offset(self) -> u64 {
        self.offset
    }

    /// How many bytes of the value it carries: 1 to 8, or 16.
    pub fn size(self) -> u64 {
        self.size
    }

    /// Where the register image keeps it, in bytes.
    pub fn image_offset(self) -> Option<u64> {
        self.register.image_offset()
    }
}

impl StackPart {
    /// From the stack pointer at the call instruction, in bytes.
    pub fn offset(self) -> u64 {
        self.offset
    }

    /// The value's size in bytes; its slot is rounded up to 8.
    pub fn size(self) -> u64 {
        self.size
    }

    /// The alignment of its slot in bytes, 8 or more.
    pub fn align(self) -> u64 {
        self.align
    }

    /// Where the register image keeps it, in bytes; `None` past the end of the numbers.
    pub fn image_offset(self) -> Option<u64> {
        image::STACK.checked_add(self.offset)
    }
}

impl fmt::Display for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Register::Rax => "rax",
            Register::Rdi => "rdi",
            Register::Rsi => "rsi",
            Register::Rdx => "rdx",
            Register::Rcx => "rcx",
            Register::R8 => "r8",
            Register::R9 => "r9",
            Register::Xmm(index) => return write!(f, "xmm{index}"),
        })
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.register.fmt(f)
    }
}

impl fmt::Display for StackPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[sp+{}]", self.offset)
    }
}

impl fmt::Display for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pass::Nothing => f.write_str("nothing"),
            Pass::Register(piece) => piece.fmt(f),
            Pass::Registers(first, second) => write!(f, "{first} + {second}"),
            Pass::Twice { vector, general } => write!(f, "{general}|{vector}"),
            Pass::Stack(part) => part.fmt(f),
            Pass::ByAddress(Pointer::Register(piece)) => write!(f, "pointer in {piece}"),
            Pass::ByAddress(Pointer::Stack(part)) => write!(f, "pointer in {part}"),
        }
    }
}

impl fmt::Display for Return {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Return::Nothing => f.write_str("nothing"),
            Return::Register(piece) => piece.fmt(f),
            Return::Registers(first, second) => write!(f, "{first} + {second}"),
            Return::X87 => f.write_str("st0"),
            Return::ComplexX87 => f.write_str("st0 + st1"),
            Return::Memory(pointer) => write!(f, "memory, pointer in {pointer}"),
        }
    }
}

/// Classes as a plan prints them: `SSE + INTEGER`.
pub(super) struct ClassList<'a>(pub &'a [Class]);

impl fmt::Display for ClassList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, class) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { " + " };
            write!(f, "{separator}{class}")?;
        }
        Ok(())
    }
}
