//! Pointers to functions as members of Rust structs.

use super::mirror::{Mirror, Mirrored, number_of};
use super::native::Native;
use crate::convert::{Destination, FromC, Primitive, Source, SourceKind, ToC, misfit, shown_type};
use crate::error::{Error, ErrorKind, Result};
use crate::target::Target;
use crate::types::{Scope, Type};
use std::any::type_name;
use std::ffi::c_void;

macro_rules! functions {
    ($($abi:literal ($($name:ident)*) $(, $dots:tt)?;)*) => {$(
        // SAFETY: null or the address of a function; `is` tells whether it has these parameters. Rust knows of no address
        // but null that is none of a function, and leaves it to the caller that one is there
        unsafe impl<$($name: 'static,)* Out: 'static> Mirror
            for Option<unsafe extern $abi fn($($name,)* $($dots)?) -> Out>
        where
            Self: Native,
        {
            fn mirrored() -> Mirrored {
                Mirrored::of_function::<Self>(<Self as Native>::is, |name| {
                    let parameters: Vec<String> =
                        vec![$(named::<$name>(),)* $(stringify!($dots).to_string())?];
                    let list = if parameters.is_empty() { "void".to_string() } else { parameters.join(", ") };
                    format!("{} (*{name})({list})", named::<Out>())
                })
            }
        }

        /// Null is `None`.
        impl<$($name: 'static,)* Out: 'static> FromC
            for Option<unsafe extern $abi fn($($name,)* $($dots)?) -> Out>
        where
            Self: Native,
        {
            fn from_c(source: Source<'_>) -> Result<Self> {
                is_native::<Self>(source.ty, source.scope)?;
                let address = <*mut c_void>::from_c(source)?;
                // SAFETY: a pointer to a function has the size of any other, and null is `None`
                Ok(unsafe { std::mem::transmute::<*mut c_void, Self>(address) })
            }
        }

        /// `None` is null.
        impl<$($name: 'static,)* Out: 'static> ToC
            for Option<unsafe extern $abi fn($($name,)* $($dots)?) -> Out>
        where
            Self: Native,
        {
            fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
                if is_native::<Self>(to.ty, to.scope).is_err() {
                    return Err(misfit(to.ty, None, None, &self.describe()));
                }
                let address = self.map_or(0, |function| (function as *const c_void).expose_provenance());
                to.put(Primitive::Address(address as u64), &|| self.describe())
            }
            fn source_kind(&self) -> SourceKind {
                if self.is_none() { SourceKind::Null } else { SourceKind::Pointer }
            }
            fn describe(&self) -> String {
                match self {
                    Some(_) => format!("a function of type {}", type_name::<Self>()),
                    None => "null".to_string(),
                }
            }
        }
    )*};
}

functions! {
    "C" (); "C" (A); "C" (A B); "C" (A B C); "C" (A B C D); "C" (A B C D E); "C" (A B C D E F); "C" (A B C D E F G);
    "C" (A B C D E F G H);
    "C" (A), ...; "C" (A B), ...; "C" (A B C), ...; "C" (A B C D), ...;
}

/// The error of a type of C that is not a pointer to such a function of this machine.
fn is_native<T: Native>(ty: &Type, scope: &Scope) -> Result<()> {
    if scope.target() == Target::host() && T::is(ty, scope) {
        return Ok(());
    }
    let message = format!("expected {}, found a value of type '{}'", type_name::<T>(), shown_type(ty));
    Err(Error::new(ErrorKind::Conversion, message))
}

/// A parameter or a result as C names it.
fn named<T: 'static>() -> String {
    let name = type_name::<T>();
    match number_of::<T>() {
        Some((_, c)) => c.to_string(),
        None if name == "()" => "void".to_string(),
        None if name.starts_with("*const ") => "const void *".to_string(),
        None => "void *".to_string(),
    }
}
