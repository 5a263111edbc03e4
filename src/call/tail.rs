//! What stands behind `...`: one plan for each distinct tail, kept with the function.

use super::arguments::Arguments;
use super::format::Formats;
use super::ready::Ready;
use crate::convert::Number;
use crate::error::{Error, ErrorKind, Result};
use crate::target::{Scalar, ScalarClass};
use crate::types::{self, Kind, Qualifiers, Scope, Type};
use std::sync::{Arc, OnceLock};

/// What an argument is without a parameter that says so: C's default promotions, by the Rust type.
#[derive(Clone, Copy)]
pub enum Promoted<'a> {
    /// A number of this type.
    Scalar(Scalar),
    /// Any pointer.
    Pointer,
    /// Any pointer to what C does not change.
    ToConst,
    /// Text, which C does not change: `const char *`.
    Text,
    /// A pointer to scalars of this type; C does not change them if this says so.
    To(Scalar, bool),
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
            (Promoted::Scalar(wanted), Kind::Scalar(scalar)) => wanted == *scalar,
            (Promoted::Pointer, Kind::Pointer(to)) => to.is_void() && to.qualifiers() == Qualifiers::NONE,
            (Promoted::ToConst, Kind::Pointer(to)) => to.is_void() && to.qualifiers() == Qualifiers::CONST,
            (Promoted::Text, Kind::Pointer(to)) => is_to(to, Scalar::Char, true),
            (Promoted::To(scalar, is_const), Kind::Pointer(to)) => is_to(to, scalar, is_const),
            (Promoted::Same(wanted), _) => wanted == ty,
            _ => false,
        })
}

fn is_to(to: &Type, scalar: Scalar, is_const: bool) -> bool {
    let qualifiers = if is_const { Qualifiers::CONST } else { Qualifiers::NONE };
    matches!(to.kind(), Kind::Scalar(found) if *found == scalar) && to.qualifiers() == qualifiers
}

pub(super) fn tail_types(fixed: usize, name: &str, arguments: &impl Arguments) -> Result<Box<[Type]>> {
    (fixed..arguments.count())
        .map(|index| match arguments.promoted(index) {
            Promoted::Scalar(scalar) => Ok(Type::scalar(scalar)),
            Promoted::Pointer => Type::void().pointer_to(),
            Promoted::ToConst => Type::void().qualified(Qualifiers::CONST).pointer_to(),
            Promoted::Text => Type::scalar(Scalar::Char).qualified(Qualifiers::CONST).pointer_to(),
            Promoted::To(scalar, true) => Type::scalar(scalar).qualified(Qualifiers::CONST).pointer_to(),
            Promoted::To(scalar, false) => Type::scalar(scalar).pointer_to(),
            Promoted::Same(ty) => Ok(ty.clone()),
            Promoted::Unknown => {
                let number = index.saturating_add(1);
                let message = format!(
                    "argument {number} of {name}: it has no type behind '...', where none is declared; pass a CData"
                );
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

    /// A pointer to scalars of Rust.
    pub(super) fn of_elements(number: Option<Number>, is_const: bool) -> Promoted<'static> {
        let scalar = match number {
            Some(Number::I8) => Scalar::SChar,
            Some(Number::U8) => Scalar::UChar,
            Some(Number::I16) => Scalar::Short,
            Some(Number::U16) => Scalar::UShort,
            Some(Number::I32) => Scalar::Int,
            Some(Number::U32) => Scalar::UInt,
            Some(Number::I64) => Scalar::LongLong,
            Some(Number::U64) => Scalar::ULongLong,
            Some(Number::F32) => Scalar::Float,
            Some(Number::F64) => Scalar::Double,
            _ if is_const => return Promoted::ToConst,
            _ => return Promoted::Pointer,
        };
        Promoted::To(scalar, is_const)
    }

    /// A pointer to a value, or to the elements of one.
    pub(super) fn of_place(ty: &Type, is_shared: bool) -> Promoted<'static> {
        let element = match ty.kind() {
            Kind::Array(element, _) => element,
            _ => ty,
        };
        let is_const = is_shared
            || ty.qualifiers().contains(Qualifiers::CONST)
            || element.qualifiers().contains(Qualifiers::CONST);
        match element.kind() {
            Kind::Scalar(scalar) => Promoted::To(*scalar, is_const),
            _ if is_const => Promoted::ToConst,
            _ => Promoted::Pointer,
        }
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
