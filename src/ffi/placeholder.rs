//! Values for the `$` of a text.

use super::CType;
use crate::cdef::{Filling, Fillings};
use crate::error::{Error, ErrorKind, Result};
use crate::types::Scope;
use std::sync::Arc;

/// What a `$` in a text stands for: see [`Ffi::cdef_with`](super::Ffi::cdef_with).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Placeholder {
    /// A type.
    Type(CType),
    /// A name: of a tag, a member, a function.
    Name(String),
    /// A number: the length of an array, the value of a constant.
    Number(i128),
}

impl From<CType> for Placeholder {
    fn from(ty: CType) -> Placeholder {
        Placeholder::Type(ty)
    }
}

impl From<&CType> for Placeholder {
    fn from(ty: &CType) -> Placeholder {
        Placeholder::Type(ty.clone())
    }
}

impl From<&str> for Placeholder {
    fn from(name: &str) -> Placeholder {
        Placeholder::Name(name.to_owned())
    }
}

impl From<String> for Placeholder {
    fn from(name: String) -> Placeholder {
        Placeholder::Name(name)
    }
}

impl From<usize> for Placeholder {
    fn from(number: usize) -> Placeholder {
        Placeholder::Number(number as i128)
    }
}

macro_rules! numbers {
    ($($number:ident),+) => {$(
        impl From<$number> for Placeholder {
            fn from(number: $number) -> Placeholder {
                Placeholder::Number(number.into())
            }
        }
    )+};
}

numbers! { i8, i16, i32, i64, i128, u8, u16, u32, u64 }

/// Values for all `$` of a text: a tuple of types, names and numbers, or a list of [`Placeholder`]s.
pub trait Placeholders {
    /// In the order of the text.
    fn placeholders(self) -> Vec<Placeholder>;
}

impl Placeholders for Vec<Placeholder> {
    fn placeholders(self) -> Vec<Placeholder> {
        self
    }
}

impl Placeholders for &[Placeholder] {
    fn placeholders(self) -> Vec<Placeholder> {
        self.to_vec()
    }
}

impl<T: Into<Placeholder>, const N: usize> Placeholders for [T; N] {
    fn placeholders(self) -> Vec<Placeholder> {
        self.into_iter().map(Into::into).collect()
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        tuples! { @one $($name)+ }
        tuples! { @less $($name)+ }
    };
    (@less $first:ident $($name:ident)+) => {
        tuples! { $($name)+ }
    };
    (@less $first:ident) => {};
    (@one $($name:ident)+) => {
        impl<$($name: Into<Placeholder>),+> Placeholders for ($($name,)+) {
            #[allow(non_snake_case, reason = "the parts of a tuple are called by their types")]
            fn placeholders(self) -> Vec<Placeholder> {
                let ($($name,)+) = self;
                vec![$($name.into()),+]
            }
        }
    };
}

tuples! { A B C D E F G H I J K L }

/// What the reader of texts makes of them, in a scope that has to know their types.
pub(super) fn fillings(scope: &Arc<Scope>, placeholders: Vec<Placeholder>) -> Result<Fillings> {
    let mut fillings = Vec::with_capacity(placeholders.len());
    for (index, placeholder) in placeholders.into_iter().enumerate() {
        fillings.push(match placeholder {
            Placeholder::Type(ty) if scope.knows(&ty.scope) || !ty.ty.names_nodes() => Filling::Type(ty.ty),
            Placeholder::Type(ty) => {
                let message = format!("value {} for '$', '{ty}', is a type of another 'Ffi'", index + 1);
                return Err(Error::new(ErrorKind::UnknownType, message));
            }
            Placeholder::Name(name) => Filling::Name(name),
            Placeholder::Number(number) => Filling::Number(number),
        });
    }
    Fillings::new(fillings).map_err(Error::from)
}
