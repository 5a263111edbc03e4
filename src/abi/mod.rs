//! Where the arguments and the result of a call travel: a [`Signature`] of shapes in, a [`CallPlan`] out.
//!
//! Invariant: no C type is known here and no machine is touched. A plan is a value to print, to compare with a
//! compiler's choice, and to give to the engine.
#![forbid(unsafe_code)]

mod classify;
mod place;
mod plan;
mod sysv64;
#[cfg(test)]
pub(crate) mod tests;
mod win64;

pub use classify::Class;
pub use place::{Extension, Pass, Piece, Pointer, Register, Return, StackPart, image};
pub use plan::{Argument, CallPlan};

use crate::error::{Error, ErrorKind, Result};
use crate::layout::Shape;

/// How a function of a certain kind is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Convention {
    /// x86-64 everywhere but Windows: the System V psABI.
    Sysv64,
    /// x86-64 Windows, and `ms_abi` elsewhere.
    Win64,
}

/// The types of a function, as far as a call is concerned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// What it returns; `None` for `void`.
    pub result: Option<Shape>,
    /// What it takes, the variadic arguments of this very call included.
    pub arguments: Vec<Shape>,
    /// How many of the arguments have a name in the prototype.
    pub fixed: usize,
    /// Does the prototype end in `...`?
    pub variadic: bool,
    /// How it is called.
    pub convention: Convention,
}

/// Decides where each argument and the result of a call travel.
pub fn plan(signature: &Signature) -> Result<CallPlan> {
    let count = signature.arguments.len();
    if signature.fixed > count || (!signature.variadic && signature.fixed != count) {
        let message = format!(
            "expected {} {} arguments, found {count}",
            if signature.variadic { "at least" } else { "exactly" },
            signature.fixed,
        );
        return Err(Error::new(ErrorKind::Arity, message));
    }
    match signature.convention {
        Convention::Sysv64 => sysv64::plan(signature),
        Convention::Win64 => win64::plan(signature),
    }
}

/// Where arguments lie on the stack that come when every register of the System V convention is taken.
pub(crate) fn plan_behind_registers(signature: &Signature) -> Result<CallPlan> {
    match signature.convention {
        Convention::Sysv64 => sysv64::plan_behind_registers(signature),
        Convention::Win64 => {
            Err(Error::new(ErrorKind::Unsupported, "a va_list of ms_abi is not supported yet"))
        }
    }
}
