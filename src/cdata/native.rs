//! Rust types that are C types: what slices and typed symbols are checked with.

use super::compatible::same_numbers;
use crate::convert::Number::{self, F32, F64, I8, I16, I32, I64, I128, U8, U16, U32, U64, U128};
use crate::types::{Kind, Scope, Type};
use std::ffi::c_void;
use std::ptr::NonNull;

/// A Rust type that is laid out and passed as a type of C.
///
/// # Safety
///
/// Where `is` says yes, a value of C may be read as one of Rust, and the other way round, and the two are passed in
/// calls alike. `ANY_BITS` tells the truth.
pub unsafe trait Native: 'static {
    /// Is it this C type?
    #[doc(hidden)]
    fn is(ty: &Type, scope: &Scope) -> bool;

    /// Is every pattern of bits a value of it? Only then may it be looked at in the memory of C.
    #[doc(hidden)]
    const ANY_BITS: bool = false;

    /// The scalar that it is stored as, if a pointer to it may be used for any that points to one like it.
    #[doc(hidden)]
    const NUMBER: Option<Number> = None;

    /// May a pointer to it be used for a pointer to this C type?
    #[doc(hidden)]
    fn is_behind_pointer(pointee: &Type, scope: &Scope) -> bool {
        pointee.is_void() || Self::is(pointee, scope)
    }
}

macro_rules! numbers {
    ($($type:ty: $number:ident),*) => {$(
        // SAFETY: C's scalar of this number has the same size, values and class
        unsafe impl Native for $type {
            const ANY_BITS: bool = true;
            const NUMBER: Option<Number> = Some($number);
            fn is(ty: &Type, scope: &Scope) -> bool {
                !matches!(ty.kind(), Kind::Pointer(_)) && Number::of(ty, scope) == Some($number)
            }
            fn is_behind_pointer(pointee: &Type, scope: &Scope) -> bool {
                same_numbers(pointee, scope, $number)
            }
        }
    )*};
}

const I_POINTER: Number = if size_of::<isize>() == 8 { I64 } else { I32 };
const U_POINTER: Number = if size_of::<usize>() == 8 { U64 } else { U32 };

numbers! {
    i8: I8, i16: I16, i32: I32, i64: I64, i128: I128, u8: U8, u16: U16, u32: U32, u64: U64, u128: U128,
    f32: F32, f64: F64
}

// SAFETY: the bytes of both are 0 or 1
unsafe impl Native for bool {
    fn is(ty: &Type, scope: &Scope) -> bool {
        Number::of(ty, scope) == Some(Number::Bool)
    }
}

numbers! { isize: I_POINTER, usize: U_POINTER }

// SAFETY: nothing is of this type; a pointer to it is any pointer
unsafe impl Native for c_void {
    fn is(_: &Type, _: &Scope) -> bool {
        false
    }
    fn is_behind_pointer(pointee: &Type, _: &Scope) -> bool {
        pointee.as_function().is_none()
    }
}

macro_rules! pointers {
    ($($type:ty),*) => {$(
        // SAFETY: pointers to sized types are addresses, on both sides, and any address is one
        unsafe impl<T: Native> Native for $type {
            const ANY_BITS: bool = true;
            fn is(ty: &Type, scope: &Scope) -> bool {
                ty.pointee().is_some_and(|pointee| T::is_behind_pointer(pointee, scope))
            }
        }
    )*};
}

pointers! { *const T, *mut T, Option<NonNull<T>> }
