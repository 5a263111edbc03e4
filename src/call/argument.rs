//! What can be passed to a C function.

use super::exact::{self, NONE};
use super::ready::Passing;
use super::tail::Promoted;
use crate::cdata::{CData, CMut, CPtr, CRef, Held, Native, Value, pointers_agree, points_to};
use crate::convert::{NamedField, NamedFields, Number, Source, ToC, shown_type};
use crate::error::Result;
use crate::target::Scalar;
use crate::types::{Kind, Qualifiers, Type};
use std::ffi::{CStr, CString, c_void};
use std::ptr::NonNull;

/// An argument of a call.
pub trait Argument {
    /// The one type of C that it is, as a byte of a `Code`.
    #[doc(hidden)]
    const EXACT: u8 = NONE;

    /// Must it live as long as a call that it is bound to?
    #[doc(hidden)]
    const IS_KEPT: bool = true;

    /// How many arguments of C it is.
    #[doc(hidden)]
    const WIDTH: usize = 1;

    /// What one of them becomes behind `...`.
    #[doc(hidden)]
    #[inline(always)]
    fn promoted_part(&self, part: usize) -> Promoted<'_> {
        let _ = part;
        self.promoted()
    }

    /// Its 8 widened bytes, for a type that has an `EXACT`.
    #[doc(hidden)]
    #[inline(always)]
    fn word(&self) -> u64 {
        0
    }

    /// Writes itself, if that is all there is to do: `false` where `pass` must convert with care, or refuse.
    #[doc(hidden)]
    #[inline(always)]
    fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
        let _ = (index, passing);
        false
    }

    /// Writes itself as the argument of this index.
    #[doc(hidden)]
    fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()>;

    /// What it becomes where the prototype does not say: behind `...`.
    #[doc(hidden)]
    fn promoted(&self) -> Promoted<'_>;

    /// Its characters, where it is text: a format that can be checked.
    #[doc(hidden)]
    fn text(&self) -> Option<&[u8]> {
        None
    }
}

macro_rules! scalars {
    ($($type:ident $number:ident: $promoted:expr),* $(,)?) => {$(
        impl Argument for $type {
            const EXACT: u8 = exact::byte_for::<$type>(Number::$number);
            const IS_KEPT: bool = false;

            #[inline(always)]
            fn word(&self) -> u64 {
                self.to_word(Number::$number).unwrap_or_default()
            }

            #[inline(always)]
            fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
                passing.put(index, self)
            }

            fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
                passing.value(index, self)
            }
            #[inline(always)]
            fn promoted(&self) -> Promoted<'_> {
                $promoted
            }
        }
    )*};
}

/// C's name for Rust's 64-bit integers, and for those as large as a pointer.
pub(super) const LONG: Promoted<'static> = Promoted::Scalar(Scalar::LongLong);
pub(super) const ULONG: Promoted<'static> = Promoted::Scalar(Scalar::ULongLong);
pub(super) const INT: Promoted<'static> = Promoted::Scalar(Scalar::Int);
pub(super) const DOUBLE: Promoted<'static> = Promoted::Scalar(Scalar::Double);
const SIZE: Promoted<'static> = if size_of::<usize>() == 8 { ULONG } else { Promoted::Scalar(Scalar::UInt) };
const SIGNED_SIZE: Promoted<'static> = if size_of::<usize>() == 8 { LONG } else { INT };

scalars! {
    bool Bool: INT, i8 I8: INT, u8 U8: INT, i16 I16: INT, u16 U16: INT, i32 I32: INT,
    u32 U32: Promoted::Scalar(Scalar::UInt), i64 I64: LONG, u64 U64: ULONG,
    i128 I128: Promoted::Scalar(Scalar::Int128), u128 U128: Promoted::Scalar(Scalar::UInt128),
    isize I64: SIGNED_SIZE, usize U64: SIZE, f32 F32: DOUBLE, f64 F64: DOUBLE,
}

macro_rules! addresses {
    ($($type:ty),*) => {$(
        impl<T> Argument for $type {
            const EXACT: u8 = exact::byte_for::<$type>(Number::Address64);
            const IS_KEPT: bool = false;

            #[inline(always)]
            fn word(&self) -> u64 {
                self.to_word(Number::Address64).unwrap_or_default()
            }

            #[inline(always)]
            fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
                passing.put(index, self)
            }

            fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
                passing.value(index, self)
            }
            fn promoted(&self) -> Promoted<'_> {
                Promoted::Pointer
            }
        }
    )*};
}

addresses! { *mut T, Option<NonNull<T>> }

impl<T> Argument for *const T {
    #[inline(always)]
    fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
        passing.ready.takes_const(index) && passing.put(index, &self.cast_mut())
    }

    fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        if passing.parameter(index)?.takes_const {
            return passing.address(index, self.cast());
        }
        passing.value(index, self)
    }
    fn promoted(&self) -> Promoted<'_> {
        Promoted::ToConst
    }
}

macro_rules! texts {
    ($($type:ty),*) => {$(
        impl Argument for $type {
            fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
                put_text(self.as_bytes(), index, passing)
            }
            fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
                passing.text(index, self)
            }
            fn promoted(&self) -> Promoted<'_> {
                Promoted::Text
            }
            fn text(&self) -> Option<&[u8]> {
                Some(self.as_bytes())
            }
        }
    )*};
}

texts! { &str, String, &String }

/// A text becomes a pointer to a copy that ends in NUL.
#[inline]
fn put_text(text: &[u8], index: usize, passing: &mut Passing<'_, '_>) -> bool {
    passing.ready.takes_text(index)
        && match passing.scratch.text(text) {
            Ok(start) => passing.put(index, &start.cast_mut()),
            Err(_) => false,
        }
}

macro_rules! c_texts {
    ($($type:ty),*) => {$(
        impl Argument for $type {
            fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
                passing.ready.takes_text(index) && passing.put(index, &self.as_ptr().cast_mut())
            }
            fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
                passing.check_text(index, &|| self.describe())?;
                passing.address(index, self.as_ptr().cast())
            }
            fn promoted(&self) -> Promoted<'_> {
                Promoted::Text
            }
            fn text(&self) -> Option<&[u8]> {
                Some(self.to_bytes())
            }
        }
    )*};
}

c_texts! { &CStr, CString, &CString }

/// `None` is a null pointer.
macro_rules! optional {
    ($([$($generics:tt)*] $type:ty),* $(,)?) => {$(
        impl<$($generics)*> Argument for Option<$type> {
            fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
                match self {
                    Some(value) => value.put(index, passing),
                    None => passing.put(index, &std::ptr::null_mut::<c_void>()),
                }
            }
            fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
                match self {
                    Some(value) => value.pass(index, passing),
                    None => null(index, passing),
                }
            }
            fn promoted(&self) -> Promoted<'_> {
                self.as_ref().map_or(Promoted::Pointer, Argument::promoted)
            }
            fn text(&self) -> Option<&[u8]> {
                self.as_ref().and_then(Argument::text)
            }
        }
    )*};
}

optional! {
    [] &str, [] String, [] &CStr, [] CString, [] &CData, [] &mut CData, [] CPtr, [] &CPtr, [T: Native] &[T], [T: Native] &mut [T],
}

fn null(index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
    match passing.parameter(index)?.pointee {
        Some(_) => passing.address(index, std::ptr::null()),
        None => passing.refuse(index, "null"),
    }
}

/// Nothing at all: a null pointer.
impl Argument for () {
    fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        null(index, passing)
    }
    fn promoted(&self) -> Promoted<'_> {
        Promoted::Pointer
    }
}

/// Passes the address of scalars that stand in a row.
fn slice<T: Native>(
    start: *const T,
    writable: bool,
    index: usize,
    passing: &mut Passing<'_, '_>,
) -> Result<()> {
    let name = std::any::type_name::<T>();
    let pointee = passing.parameter(index)?.pointee.as_ref();
    match pointee {
        Some(pointee) if T::is_behind_pointer(pointee, &passing.about.scope) => {
            if !writable && !pointee.qualifiers().contains(Qualifiers::CONST) {
                return passing
                    .refuse(index, &format!("&[{name}], which C may not write to; pass a &mut [{name}]"));
            }
            passing.address(index, start.cast())
        }
        _ if writable => passing.refuse(index, &format!("a &mut [{name}]")),
        _ => passing.refuse(index, &format!("a &[{name}]")),
    }
}

macro_rules! slices {
    ($($writable:literal $start:ident [$($generics:tt)*] $type:ty),* $(,)?) => {$(
        impl<T: Native, $($generics)*> Argument for $type {
            #[inline]
            fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
                passing.put_scalars(index, T::NUMBER, $writable, self.$start().cast())
            }
            fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
                slice(self.$start(), $writable, index, passing)
            }
            fn promoted(&self) -> Promoted<'_> {
                Promoted::of_elements(T::NUMBER, !$writable)
            }
        }
    )*};
}

slices! {
    false as_ptr [] &[T], false as_ptr [const N: usize] &[T; N], false as_ptr [] &Vec<T>,
    true as_mut_ptr [] &mut [T], true as_mut_ptr [const N: usize] &mut [T; N], true as_mut_ptr [] &mut Vec<T>,
}

/// Passes a value, or its address where a pointer to it is expected.
pub(super) fn data(
    source: Source<'_>,
    address: *const u8,
    writable: bool,
    index: usize,
    passing: &mut Passing<'_, '_>,
) -> Result<()> {
    let parameter = passing.parameter(index)?;
    let Some(pointee) = &parameter.pointee else { return by_value(source, index, passing) };
    if source.ty.pointee().is_some() && pointers_agree(source.ty, &parameter.ty, source.scope) {
        return by_value(source, index, passing);
    }
    if !points_to(pointee, source.ty, source.scope) {
        return passing.refuse(index, &format!("a value of type '{}'", shown_type(source.ty)));
    }
    if !pointee.qualifiers().contains(Qualifiers::CONST) {
        if !writable {
            let found =
                format!("a shared '{}', which C may not write to; lend it as &mut", shown_type(source.ty));
            return passing.refuse(index, &found);
        }
        if source.ty.qualifiers().contains(Qualifiers::CONST) {
            return passing.refuse(index, &format!("a value of type '{}'", shown_type(source.ty)));
        }
    }
    passing.address(index, address)
}

fn by_value(source: Source<'_>, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
    let parameter = passing.parameter(index)?;
    if matches!(parameter.ty.kind(), Kind::Record(_)) && parameter.ty.kind() == source.ty.kind() {
        return passing.record(index, source.bytes);
    }
    passing.value(index, &Shown(source))
}

/// A value that converts like what holds it.
struct Shown<'a>(Source<'a>);

impl ToC for Shown<'_> {
    fn to_c(&self, to: &mut crate::convert::Destination<'_>) -> Result<()> {
        crate::cdata::copy_value(self.0, to)
    }
    fn describe(&self) -> String {
        format!("a value of type '{}'", shown_type(self.0.ty))
    }
}

/// A value behind `...`: arrays as pointers, everything else as it is.
pub(super) fn promoted_data(ty: &Type, is_shared: bool) -> Promoted<'_> {
    match ty.kind() {
        Kind::Array(..) => Promoted::of_place(ty, is_shared),
        Kind::Pointer(_) => Promoted::Same(ty),
        Kind::Scalar(scalar) => Promoted::of_scalar(*scalar),
        Kind::Enum(_) | Kind::Record(_) | Kind::Complex(_) | Kind::Vector(..) => Promoted::Same(ty),
        Kind::Void | Kind::Function(_) => Promoted::Pointer,
    }
}

impl Argument for &CData {
    #[inline]
    fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
        passing.put_data(index, self.as_type(), self.bytes(), self.as_ptr(), false)
    }
    fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        data(self.source(), self.as_ptr(), false, index, passing)
    }
    fn promoted(&self) -> Promoted<'_> {
        promoted_data(self.as_type(), true)
    }
}

impl Argument for &mut CData {
    #[inline]
    fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
        let address = self.as_mut_ptr();
        passing.put_data(index, self.as_type(), self.bytes(), address, true)
    }
    fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        let address = self.as_mut_ptr();
        data(self.source(), address, true, index, passing)
    }
    fn promoted(&self) -> Promoted<'_> {
        // What is lent to be written to is lent by its address.
        Promoted::of_place(self.as_type(), false)
    }
}

impl Argument for CData {
    #[inline]
    fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
        passing.put_record(index, self.as_type(), self.bytes())
    }
    fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        let address = self.as_mut_ptr();
        data(self.source(), address, true, index, passing)
    }
    fn promoted(&self) -> Promoted<'_> {
        promoted_data(self.as_type(), false)
    }
}

impl Argument for CRef<'_> {
    #[inline]
    fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
        passing.put_data(index, self.as_type(), self.bytes(), self.bytes().as_ptr(), false)
    }
    fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        data(self.source(), self.bytes().as_ptr(), false, index, passing)
    }
    fn promoted(&self) -> Promoted<'_> {
        promoted_data(self.as_type(), true)
    }
}

impl Argument for CMut<'_> {
    fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        use crate::cdata::HeldMut;
        let writable = !self.is_constant();
        let address = self.destination().bytes.as_mut_ptr();
        data(self.source(), address, writable, index, passing)
    }
    fn promoted(&self) -> Promoted<'_> {
        promoted_data(self.as_type(), crate::cdata::HeldMut::is_constant(self))
    }
}

macro_rules! pointers {
    ($($type:ty),*) => {$(
        /// A pointer of a type that agrees with the parameter's; what it owns is kept for the call.
        impl Argument for $type {
            fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
                let parameter = passing.parameter(index)?;
                if !pointers_agree(self.as_type(), &parameter.ty, &passing.about.scope) {
                    return passing.refuse(index, &self.describe());
                }
                passing.address(index, self.address().cast())
            }
            fn promoted(&self) -> Promoted<'_> {
                Promoted::Same(self.as_type())
            }
        }
    )*};
}

pointers! { CPtr, &CPtr }

macro_rules! values {
    ($($type:ty),*) => {$(
        impl Argument for $type {
            #[inline(always)]
            fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
                match self {
                    Value::String(text) => put_text(text.as_bytes(), index, passing),
                    Value::Data(data) => (&*data).put(index, passing),
                    Value::Null => passing.put(index, &std::ptr::null_mut::<c_void>()),
                    Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Pointer(_) => {
                        passing.put(index, self)
                    }
                }
            }
            fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
                match self {
                    Value::Null => null(index, passing),
                    Value::String(text) => passing.text(index, text),
                    Value::Data(data) => (&*data).pass(index, passing),
                    Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Pointer(_) => {
                        passing.value(index, &*self)
                    }
                }
            }
            fn promoted(&self) -> Promoted<'_> {
                match self {
                    Value::Null | Value::Pointer(_) => Promoted::Pointer,
                    Value::Bool(_) => INT,
                    Value::Integer(value) if i32::try_from(*value).is_ok() => INT,
                    Value::Integer(value) if i64::try_from(*value).is_ok() => LONG,
                    Value::Integer(value) if u64::try_from(*value).is_ok() => ULONG,
                    Value::Integer(_) => Promoted::Scalar(Scalar::Int128),
                    Value::Float(_) => DOUBLE,
                    Value::String(_) => Promoted::Text,
                    Value::Data(data) => promoted_data(data.as_type(), true),
                }
            }
            fn text(&self) -> Option<&[u8]> {
                match self {
                    Value::String(text) => Some(text.as_bytes()),
                    _ => None,
                }
            }
        }
    )*};
}

values! { Value, &Value }

macro_rules! aggregates {
    ($($($name:ident)*;)*) => {$(
        /// A record that is passed by value.
        impl<$($name: ToC),*> Argument for ($($name,)*) {
            fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
                passing.value(index, self)
            }
            fn promoted(&self) -> Promoted<'_> {
                Promoted::Unknown
            }
        }
    )*};
}

impl<V: ToC, Rest: NamedFields> Argument for NamedField<V, Rest> {
    fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        passing.value(index, self)
    }
    fn promoted(&self) -> Promoted<'_> {
        Promoted::Unknown
    }
}

aggregates! { A; A B; A B C; A B C D; A B C D E; A B C D E F; }

const _: fn() = || {
    fn is_argument<T: Argument>() {}
    is_argument::<*mut c_void>();
};
