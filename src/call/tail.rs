//! What stands behind `...`: one plan for each distinct tail, kept with the function.

use super::arguments::Arguments;
use super::format::Formats;
use super::ready::Ready;
use crate::error::{Error, ErrorKind, Result};
use crate::target::{Scalar, ScalarClass};
use crate::types::{self, Qualifiers, Scope, Type};
use std::sync::{Arc, OnceLock};

/// What an argument is without a parameter that says so: C's default promotions, by the Rust type.
#[derive(Clone, Copy)]
pub enum Promoted<'a> {
    /// A number of this type.
    Scalar(Scalar),
    /// Any pointer.
    Pointer,
    /// A pointer to what C does not change, as text is: `const char *`.
    Text,
    /// A value of this very type.
    Same(&'a Type),
    /// It cannot stand here.
    Unknown,
}

/// Plans of tails, found without a lock. What does not fit any more is planned for each call.
#[derive(Default)]
pub(super) struct Tails {
    first: OnceLock<Box<Tail>>,
}

struct Tail {
    types: Box<[Type]>,
    ready: Arc<Ready>,
    formats: Formats,
    next: OnceLock<Box<Tail>>,
}

/// A call site or two per tail; whoever has more pays for the plan.
const MOST_TAILS: usize = 64;

/// A plan that is kept, or one that is not.
pub(super) enum Found<'t> {
    Kept(&'t Arc<Ready>, &'t Formats),
    Fresh(Arc<Ready>),
}

impl Found<'_> {
    pub(super) fn ready(&self) -> &Arc<Ready> {
        match self {
            Found::Kept(ready, _) => ready,
            Found::Fresh(ready) => ready,
        }
    }

    /// The formats that are known to fit these types.
    pub(super) fn formats(&self) -> Option<&Formats> {
        match self {
            Found::Kept(_, formats) => Some(formats),
            Found::Fresh(_) => None,
        }
    }
}

impl Tails {
    /// The plan for these arguments.
    pub(super) fn find(
        &self,
        scope: &Arc<Scope>,
        function: &types::Function,
        name: &str,
        arguments: &impl Arguments,
    ) -> Result<Found<'_>> {
        let fixed = function.parameters.len();
        let mut place = &self.first;
        for _ in 0..MOST_TAILS {
            let tail = match place.get() {
                Some(tail) => tail,
                None => {
                    let types = tail_types(fixed, name, arguments)?;
                    let ready = Arc::new(Ready::new(scope, function, &types, true)?);
                    // Another thread may have been faster, with another tail: then the search goes on
                    place.get_or_init(|| {
                        let formats = Formats::default();
                        Box::new(Tail { types, ready, formats, next: OnceLock::new() })
                    })
                }
            };
            if matches(&tail.types, fixed, arguments) {
                return Ok(Found::Kept(&tail.ready, &tail.formats));
            }
            place = &tail.next;
        }
        let types = tail_types(fixed, name, arguments)?;
        Ok(Found::Fresh(Arc::new(Ready::new(scope, function, &types, true)?)))
    }
}

fn matches(types: &[Type], fixed: usize, arguments: &impl Arguments) -> bool {
    arguments.count() == fixed + types.len()
        && types.iter().enumerate().all(|(index, ty)| match (arguments.promoted(fixed + index), ty.kind()) {
            (Promoted::Scalar(wanted), types::Kind::Scalar(scalar)) => wanted == *scalar,
            (Promoted::Pointer, types::Kind::Pointer(to)) => {
                to.is_void() && to.qualifiers() == Qualifiers::NONE
            }
            (Promoted::Text, types::Kind::Pointer(to)) => {
                matches!(to.kind(), types::Kind::Scalar(Scalar::Char)) && to.qualifiers() == Qualifiers::CONST
            }
            (Promoted::Same(wanted), _) => wanted == ty,
            _ => false,
        })
}

pub(super) fn tail_types(fixed: usize, name: &str, arguments: &impl Arguments) -> Result<Box<[Type]>> {
    (fixed..arguments.count())
        .map(|index| match arguments.promoted(index) {
            Promoted::Scalar(scalar) => Ok(Type::scalar(scalar)),
            Promoted::Pointer => Type::void().pointer_to(),
            Promoted::Text => Type::scalar(Scalar::Char).qualified(Qualifiers::CONST).pointer_to(),
            Promoted::Same(ty) => Ok(ty.clone()),
            Promoted::Unknown => {
                let number = index.saturating_add(1);
                let message =
                    format!("argument {number} of {name}: a tuple has no type behind '...'; pass a CData");
                Err(Error::new(ErrorKind::Conversion, message))
            }
        })
        .collect()
}

impl Promoted<'_> {
    /// A `size_t`.
    pub(super) fn of_size() -> Promoted<'static> {
        Promoted::Scalar(if size_of::<usize>() == 8 { Scalar::ULongLong } else { Scalar::UInt })
    }

    /// C's promotion of a scalar.
    pub(super) fn of_scalar(scalar: Scalar) -> Promoted<'static> {
        Promoted::Scalar(match scalar {
            // gcc leaves _Float16 and _Float32 as they are.
            Scalar::Float => Scalar::Double,
            _ if scalar.class() != ScalarClass::Float && scalar.rank() < Scalar::Int.rank() => Scalar::Int,
            other => other,
        })
    }
}
