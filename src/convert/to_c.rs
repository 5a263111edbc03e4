//! Rust to C: scalars, strings, pointers.

use super::matrix::SourceKind;
use super::number::{Number, Primitive};
use super::path::element_of;
use super::place::{Destination, misfit, shown_type};
use crate::error::{Error, ErrorKind, Result, nearest};
use crate::types::{Kind, Qualifiers};
use std::ffi::{CStr, CString};
use std::ptr::NonNull;

/// What can become a value of C.
///
/// Numbers are checked against the C type's range. A tuple initialises a record or an array in order, a slice an
/// array, [`init!`](crate::init) a record by names, text an array of characters or an enum; a bare number fills a
/// whole array.
pub trait ToC {
    /// Writes itself as a value of the destination's type.
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()>;

    /// The scalar that this type is: writing that one converts nothing.
    #[doc(hidden)]
    #[inline(always)]
    fn exact() -> Option<Number>
    where
        Self: Sized,
    {
        None
    }

    /// Itself as the 8 widened bytes of a scalar; `None` where `to_c` must decide.
    #[inline(always)]
    fn to_word(&self, number: Number) -> Option<u64> {
        let _ = number;
        None
    }

    /// How many elements an array needs to hold it, where it is a list or text.
    fn element_count(&self) -> Option<u64> {
        None
    }

    /// How many elements the last of so many members needs, which has this name and an open length.
    fn tail_count(&self, members: usize, name: &str) -> Option<u64> {
        let _ = (members, name);
        None
    }

    /// Its column in the matrix of conversions.
    fn source_kind(&self) -> SourceKind {
        SourceKind::Other
    }

    /// Itself in an error message.
    fn describe(&self) -> String;
}

impl<T: ToC + ?Sized> ToC for &T {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        T::to_c(self, to)
    }
    #[inline(always)]
    fn to_word(&self, number: Number) -> Option<u64> {
        T::to_word(self, number)
    }
    fn element_count(&self) -> Option<u64> {
        T::element_count(self)
    }
    fn tail_count(&self, members: usize, name: &str) -> Option<u64> {
        T::tail_count(self, members, name)
    }
    fn source_kind(&self) -> SourceKind {
        T::source_kind(self)
    }
    fn describe(&self) -> String {
        T::describe(self)
    }
}

/// `isize` and `usize` are as large as the machine has it.
const fn exact<T>(number: Number) -> Option<Number> {
    if number.size() == size_of::<T>() { Some(number) } else { None }
}

macro_rules! integers {
    ($($type:ident $exact:ident),*) => {$(
        impl ToC for $type {
            #[inline(always)]
            fn exact() -> Option<Number> {
                const { exact::<$type>(Number::$exact) }
            }

            fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
                let value = i128::try_from(*self).map_or(Primitive::Huge(*self as u128), Primitive::Integer);
                to.put(value, &|| self.describe())
            }

            #[inline(always)]
            fn to_word(&self, number: Number) -> Option<u64> {
                if number == Number::$exact && size_of::<$type>() <= 8 {
                    return Some(*self as i64 as u64);
                }
                match number {
                    Number::I8 => i8::try_from(*self).ok().map(|value| value as i64 as u64),
                    Number::I16 => i16::try_from(*self).ok().map(|value| value as i64 as u64),
                    Number::I32 => i32::try_from(*self).ok().map(|value| value as i64 as u64),
                    Number::I64 => i64::try_from(*self).ok().map(|value| value as u64),
                    Number::U8 => u8::try_from(*self).ok().map(u64::from),
                    Number::U16 => u16::try_from(*self).ok().map(u64::from),
                    Number::U32 => u32::try_from(*self).ok().map(u64::from),
                    Number::U64 => u64::try_from(*self).ok(),
                    Number::F64 => Some((*self as f64).to_bits()),
                    Number::F32 => {
                        let short = *self as f32;
                        short.is_finite().then(|| short.to_bits().into())
                    }
                    _ => None,
                }
            }

            fn source_kind(&self) -> SourceKind {
                SourceKind::Integer
            }
            fn describe(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

integers! {
    i8 I8, i16 I16, i32 I32, i64 I64, i128 I128, u8 U8, u16 U16, u32 U32, u64 U64, u128 U128, isize I64, usize U64
}

macro_rules! floats {
    ($($type:ident $exact:ident),*) => {$(
        impl ToC for $type {
            #[inline(always)]
            fn exact() -> Option<Number> {
                Some(Number::$exact)
            }

            fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
                to.put(Primitive::Float((*self).into()), &|| self.describe())
            }

            #[inline(always)]
            fn to_word(&self, number: Number) -> Option<u64> {
                match number {
                    Number::F64 => Some(f64::from(*self).to_bits()),
                    Number::F32 => {
                        let short = *self as f32;
                        let fits = short.is_finite() || !self.is_finite();
                        fits.then(|| short.to_bits().into())
                    }
                    _ => {
                        // A host whose only number is a double passes whole ones for integers; saturated ones are not
                        let whole = *self as i64;
                        let is_whole = whole as $type == *self && whole != i64::MAX;
                        if is_whole { whole.to_word(number) } else { None }
                    }
                }
            }

            fn source_kind(&self) -> SourceKind {
                SourceKind::Float
            }
            fn describe(&self) -> String {
                format!("{self:?}")
            }
        }
    )*};
}

floats! { f32 F32, f64 F64 }

impl ToC for bool {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        to.put(Primitive::Bool(*self), &|| self.describe())
    }

    #[inline(always)]
    fn to_word(&self, number: Number) -> Option<u64> {
        match number {
            Number::Bool | Number::I32 => Some((*self).into()),
            _ => None,
        }
    }

    fn source_kind(&self) -> SourceKind {
        SourceKind::Bool
    }

    fn describe(&self) -> String {
        self.to_string()
    }
}

/// Refused where C may write through it: `cast_mut` says that this is meant.
impl<T> ToC for *const T {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        if let Some(pointee) = to.ty.pointee()
            && pointee.as_function().is_none()
            && !pointee.qualifiers().contains(Qualifiers::CONST)
        {
            let message = format!(
                "expected {}, got a pointer to const; where it is meant, use cast_mut",
                shown_type(to.ty)
            );
            return Err(Error::new(ErrorKind::Const, message));
        }
        self.cast_mut().to_c(to)
    }

    fn source_kind(&self) -> SourceKind {
        SourceKind::Pointer
    }

    fn describe(&self) -> String {
        format!("the pointer {self:?}")
    }
}

impl<T> ToC for *mut T {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        to.put(Primitive::Address(self.expose_provenance() as u64), &|| self.describe())
    }

    #[inline(always)]
    fn to_word(&self, number: Number) -> Option<u64> {
        match number {
            Number::Address64 => Some(self.expose_provenance() as u64),
            _ => None,
        }
    }

    fn source_kind(&self) -> SourceKind {
        SourceKind::Pointer
    }

    fn describe(&self) -> String {
        format!("the pointer {self:?}")
    }
}

/// `None` is a null pointer.
impl<T> ToC for Option<NonNull<T>> {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        self.map_or(std::ptr::null_mut(), NonNull::as_ptr).to_c(to)
    }
    #[inline(always)]
    fn to_word(&self, number: Number) -> Option<u64> {
        self.map_or(std::ptr::null_mut(), NonNull::as_ptr).to_word(number)
    }
    fn source_kind(&self) -> SourceKind {
        if self.is_none() { SourceKind::Null } else { SourceKind::Pointer }
    }
    fn describe(&self) -> String {
        format!("{self:?}")
    }
}

impl ToC for str {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        if let Kind::Enum(enumeration) = to.ty.kind() {
            let body = enumeration.body();
            let constants = body.as_ref().map(|body| &body.constants);
            return match constants.and_then(|constants| constants.get(self)) {
                Some(&value) => to.put(Primitive::Integer(value), &|| self.describe()),
                None => {
                    let names = constants.into_iter().flatten().map(|(name, _)| &**name);
                    let cure = nearest(self, names)
                        .map_or(String::new(), |meant| format!("; did you mean '{meant}'?"));
                    let message = format!("'{}' has no constant '{self}'{cure}", shown_type(to.ty));
                    Err(Error::new(ErrorKind::UnknownName, message))
                }
            };
        }
        put_text(self.as_bytes(), to, &|| self.describe())
    }

    fn element_count(&self) -> Option<u64> {
        Some(self.len() as u64 + 1)
    }

    fn source_kind(&self) -> SourceKind {
        SourceKind::Text
    }

    fn describe(&self) -> String {
        const MOST: usize = 60;
        match self.char_indices().nth(MOST) {
            None => format!("{self:?}"),
            Some((end, _)) => format!("{:?}...", self.get(..end).unwrap_or_default()),
        }
    }
}

impl ToC for CStr {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        put_text(self.to_bytes(), to, &|| self.describe())
    }
    fn element_count(&self) -> Option<u64> {
        Some(self.to_bytes_with_nul().len() as u64)
    }
    fn source_kind(&self) -> SourceKind {
        SourceKind::Text
    }
    fn describe(&self) -> String {
        self.to_string_lossy().describe()
    }
}

macro_rules! like {
    ($($type:ty => $other:ty),*) => {$(
        impl ToC for $type {
            fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
                <$other>::to_c(self, to)
            }
            fn element_count(&self) -> Option<u64> {
                <$other>::element_count(self)
            }
            fn source_kind(&self) -> SourceKind {
                SourceKind::Text
            }
            fn describe(&self) -> String {
                <$other>::describe(self)
            }
        }
    )*};
}

like! { String => str, std::borrow::Cow<'_, str> => str, CString => CStr }

/// Text into an array of characters, the rest filled with NUL; the last NUL may be missing, as in C.
fn put_text(text: &[u8], to: &mut Destination<'_>, shown: &dyn Fn() -> String) -> Result<()> {
    let element = match to.ty.kind() {
        Kind::Array(..) => element_of(to.ty).and_then(|element| Number::of(&element, to.scope)),
        Kind::Pointer(_) => {
            let message = format!(
                "expected {}, got the text {}, which nothing would keep alive; store the pointer of a CString",
                shown_type(to.ty),
                shown()
            );
            return Err(Error::new(ErrorKind::Conversion, message));
        }
        _ => None,
    };
    if !matches!(element, Some(Number::I8 | Number::U8)) {
        return Err(misfit(to.ty, None, None, &shown()));
    }
    let room = to.bytes.len();
    if text.len() > room {
        let message = format!(
            "expected at most {room} bytes for '{}', got {}: {}",
            shown_type(to.ty),
            text.len(),
            shown()
        );
        return Err(Error::new(ErrorKind::OutOfRange, message));
    }
    to.bytes.fill(0);
    to.bytes.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
    Ok(())
}
