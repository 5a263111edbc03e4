//! A finished plan.

use super::classify::Classes;
use super::place::ClassList;
use super::{Class, Convention, Extension, Pass, Return};
use crate::layout::{LeafKind, Shape, ShapeKind};
use std::fmt;

/// Where the arguments and the result of one call travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPlan {
    pub(super) convention: Convention,
    pub(super) arguments: Vec<Argument>,
    pub(super) result: Option<Argument>,
    pub(super) returns: Return,
    pub(super) stack_bytes: u64,
    pub(super) stack_align: u64,
    pub(super) general_registers: u8,
    pub(super) vector_registers: u8,
}

/// One value of a call: what it is and how it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    pass: Pass,
    size: u64,
    align: u64,
    classes: [Class; 2],
    class_count: u8,
    extension: Extension,
}

impl CallPlan {
    /// How the function is called.
    pub fn convention(&self) -> Convention {
        self.convention
    }

    /// The arguments, in order.
    pub fn arguments(&self) -> &[Argument] {
        &self.arguments
    }

    /// How the result comes back.
    pub fn returns(&self) -> Return {
        self.returns
    }

    /// Size of the result in bytes; 0 for `void`.
    pub fn result_size(&self) -> u64 {
        self.result.as_ref().map_or(0, Argument::size)
    }

    /// Alignment of the result in bytes; 1 for `void`.
    pub fn result_align(&self) -> u64 {
        self.result.as_ref().map_or(1, Argument::align)
    }

    /// How the callee widens the result to a whole register.
    pub fn result_extension(&self) -> Extension {
        self.result.as_ref().map_or(Extension::Zero, Argument::extension)
    }

    /// Bytes of stack arguments (with Win64's shadow space), a multiple of 8.
    pub fn stack_bytes(&self) -> u64 {
        self.stack_bytes
    }

    /// What the stack pointer is aligned to at the call, in bytes: 16 or more.
    pub fn stack_align(&self) -> u64 {
        self.stack_align
    }

    /// How many general purpose registers carry something, counted in their order, the hidden pointer included.
    pub fn general_registers(&self) -> u8 {
        self.general_registers
    }

    /// How many vector registers carry something, counted in their order: what `al` tells a variadic function.
    pub fn vector_registers(&self) -> u8 {
        self.vector_registers
    }
}

impl Argument {
    pub(super) fn new(shape: &Shape, classes: Classes, pass: Pass) -> Argument {
        let (classes, class_count) = match classes {
            Classes::Empty => ([Class::None; 2], 0),
            Classes::Eightbytes(classes) => (classes, if shape.size() > 8 { 2 } else { 1 }),
            Classes::ComplexX87 => ([Class::ComplexX87; 2], 1),
            Classes::Memory => ([Class::Memory; 2], 1),
        };
        Argument::with_classes(shape, classes, class_count, pass)
    }

    /// An argument of a convention that has no classes.
    pub(super) fn unclassified(shape: &Shape, pass: Pass) -> Argument {
        Argument::with_classes(shape, [Class::None; 2], 0, pass)
    }

    fn with_classes(shape: &Shape, classes: [Class; 2], class_count: u8, pass: Pass) -> Argument {
        let extension = match (shape.kind(), shape.leaves()) {
            (ShapeKind::Scalar, [leaf]) if matches!(leaf.kind, LeafKind::Integer { signed: true }) => {
                Extension::Sign
            }
            _ => Extension::Zero,
        };
        Argument { pass, size: shape.size(), align: shape.align().bytes(), classes, class_count, extension }
    }

    /// How it travels.
    pub fn pass(&self) -> Pass {
        self.pass
    }

    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Alignment in bytes.
    pub fn align(&self) -> u64 {
        self.align
    }

    /// The classes of its eightbytes; none where the convention has no classes or the value no bytes.
    pub fn classes(&self) -> &[Class] {
        self.classes.get(..usize::from(self.class_count)).unwrap_or_default()
    }

    /// How the caller widens it to a whole register or slot.
    pub fn extension(&self) -> Extension {
        self.extension
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>, travel: &dyn fmt::Display) -> fmt::Result {
        write!(f, "{} byte{}", self.size, if self.size == 1 { "" } else { "s" })?;
        if !self.classes().is_empty() {
            write!(f, ", {}", ClassList(self.classes()))?;
        }
        write!(f, ": {travel}")
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe(f, &self.pass)
    }
}

impl fmt::Display for CallPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, argument) in self.arguments.iter().enumerate() {
            writeln!(f, "argument {}: {argument}", index + 1)?;
        }
        f.write_str("result: ")?;
        match &self.result {
            Some(result) => result.describe(f, &self.returns)?,
            None => f.write_str("void")?,
        }
        if self.stack_bytes > 0 {
            write!(f, "\nstack: {} bytes, aligned to {}", self.stack_bytes, self.stack_align)?;
        }
        match self.vector_registers {
            0 => Ok(()),
            1 => f.write_str("\nvector registers: 1"),
            count => write!(f, "\nvector registers: {count}"),
        }
    }
}
