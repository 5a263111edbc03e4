//! C to Rust.

use super::number::{Bits, Number, Primitive, integer_of, word_at};
use super::path::{array_length, byte_size, element_of, outside};
use super::place::{Source, shown_type};
use crate::error::{Error, ErrorKind, Result};
use crate::types::{Field, Kind, Position, RecordBody};
use std::ptr::NonNull;
use std::sync::Arc;

/// What a value of C can be read as.
///
/// Numbers are checked: what the Rust type cannot hold is an error. A record or an array can be read as a tuple, an
/// array of characters as a `String`, an enum as the name of its constant.
pub trait FromC: Sized {
    /// Reads the value.
    fn from_c(source: Source<'_>) -> Result<Self>;

    /// The scalar that this type is: reading that one converts nothing.
    #[doc(hidden)]
    const EXACT: Option<Number> = None;

    /// What a function must return for `from_word` to have nothing to convert.
    #[doc(hidden)]
    const RETURNED: Returned = match Self::EXACT {
        Some(number) => Returned::Scalar(number),
        None => Returned::Anything,
    };

    /// Does it keep the value's memory, so that it is best given memory of its own at once?
    #[doc(hidden)]
    const OWNS: Owns = Owns::Nothing;

    /// Takes itself out of an `Option` of a value with memory of its own, if it is one.
    #[doc(hidden)]
    fn from_owned(owned: &mut dyn std::any::Any) -> Option<Self> {
        let _ = owned;
        None
    }

    /// Reads a scalar from the 8 bytes that hold it, rubbish above it; `None` where `from_c` must decide.
    #[inline(always)]
    fn from_word(word: u64, number: Number) -> Option<Self> {
        let _ = (word, number);
        None
    }
}

/// The results that a Rust type is made for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[doc(hidden)]
pub enum Returned {
    /// Whatever `from_c` makes of it.
    Anything,
    /// `void`
    Nothing,
    /// Exactly this scalar.
    Scalar(Number),
}

/// The values whose memory a Rust type keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[doc(hidden)]
pub enum Owns {
    /// None: it is made from bytes.
    Nothing,
    /// Structs and unions.
    Records,
    /// Every value.
    Everything,
}

impl FromC for () {
    const RETURNED: Returned = Returned::Nothing;

    fn from_c(_: Source<'_>) -> Result<()> {
        Ok(())
    }

    #[inline(always)]
    fn from_word(_: u64, _: Number) -> Option<()> {
        Some(())
    }
}

macro_rules! integers {
    ($($type:ident $exact:ident),*) => {$(
        impl FromC for $type {
            const EXACT: Option<Number> = Some(Number::$exact);

            fn from_c(source: Source<'_>) -> Result<$type> {
                let found = match source.whole("a number")? {
                    Primitive::Float(value) => integer_of(value).unwrap_or(Primitive::Float(value)),
                    other => other,
                };
                let read = match found {
                    Primitive::Bool(value) => Some($type::from(value)),
                    Primitive::Integer(value) => $type::try_from(value).ok(),
                    Primitive::Huge(value) => $type::try_from(value).ok(),
                    Primitive::Float(_) | Primitive::Address(_) => None,
                };
                read.ok_or_else(|| does_not_fit(stringify!($type), $type::MIN as i128, $type::MAX as u128, found))
            }

            #[inline(always)]
            fn from_word(word: u64, number: Number) -> Option<$type> {
                if number == Number::$exact && size_of::<$type>() <= 8 {
                    return Some(word as $type);
                }
                match number {
                    Number::Bool => Some($type::from(word as u8 != 0)),
                    Number::I8 => $type::try_from(word as i8).ok(),
                    Number::I16 => $type::try_from(word as i16).ok(),
                    Number::I32 => $type::try_from(word as i32).ok(),
                    Number::I64 => $type::try_from(word as i64).ok(),
                    Number::U8 => $type::try_from(word as u8).ok(),
                    Number::U16 => $type::try_from(word as u16).ok(),
                    Number::U32 => $type::try_from(word as u32).ok(),
                    Number::U64 => $type::try_from(word).ok(),
                    _ => None,
                }
            }
        }
    )*};
}

integers! {
    i8 I8, i16 I16, i32 I32, i64 I64, i128 I128, u8 U8, u16 U16, u32 U32, u64 U64, u128 U128
}

macro_rules! pointer_sized {
    ($($type:ident $fixed:ident),*) => {$(
        impl FromC for $type {
            const RETURNED: Returned =
                if size_of::<$type>() == size_of::<$fixed>() { $fixed::RETURNED } else { Returned::Anything };

            fn from_c(source: Source<'_>) -> Result<$type> {
                let value = $fixed::from_c(source)?;
                $type::try_from(value).map_err(|_| {
                    let found = Primitive::Integer(value.into());
                    does_not_fit(stringify!($type), $type::MIN as i128, $type::MAX as u128, found)
                })
            }

            #[inline(always)]
            fn from_word(word: u64, number: Number) -> Option<$type> {
                $type::try_from($fixed::from_word(word, number)?).ok()
            }
        }
    )*};
}

pointer_sized! { isize i64, usize u64 }

macro_rules! floats {
    ($($type:ident $exact:ident),*) => {$(
        impl FromC for $type {
            const EXACT: Option<Number> = Some(Number::$exact);

            fn from_c(source: Source<'_>) -> Result<$type> {
                match source.primitive("a number")? {
                    Primitive::Bool(value) => Ok(u8::from(value).into()),
                    Primitive::Integer(value) => Ok(value as $type),
                    Primitive::Huge(value) => Ok(value as $type),
                    Primitive::Float(value) => {
                        let read = value as $type;
                        if read.is_infinite() && value.is_finite() {
                            let range = format!("{} to {}", $type::MIN, $type::MAX);
                            return Err(out_of_range(stringify!($type), &range, &value.to_string()));
                        }
                        Ok(read)
                    }
                    Primitive::Address(_) => Err(source.unlike("a number")),
                }
            }

            #[inline(always)]
            fn from_word(word: u64, number: Number) -> Option<$type> {
                match number {
                    Number::F64 if size_of::<$type>() == 8 => Some(f64::from_bits(word) as $type),
                    Number::F32 => Some(f32::from_bits(word as u32).into()),
                    Number::I32 => Some(word as i32 as $type),
                    _ => None,
                }
            }
        }
    )*};
}

floats! { f32 F32, f64 F64 }

/// Zero is `false`, everything else `true`, as C has it.
impl FromC for bool {
    const RETURNED: Returned = Returned::Scalar(Number::Bool);

    fn from_c(source: Source<'_>) -> Result<bool> {
        match source.primitive("a number")? {
            Primitive::Bool(value) => Ok(value),
            Primitive::Integer(value) => Ok(value != 0),
            Primitive::Huge(_) => Ok(true),
            Primitive::Float(value) => Ok(value != 0.0),
            Primitive::Address(_) => Err(source.unlike("a number")),
        }
    }

    #[inline(always)]
    fn from_word(word: u64, number: Number) -> Option<bool> {
        match number {
            Number::Bool => Some(word as u8 != 0),
            Number::I32 => Some(word as u32 != 0),
            _ => None,
        }
    }
}

impl<T> FromC for *mut T {
    const RETURNED: Returned = Returned::Scalar(Number::Address64);

    fn from_c(source: Source<'_>) -> Result<*mut T> {
        match source.primitive("a pointer")? {
            Primitive::Address(address) => match usize::try_from(address) {
                Ok(address) => Ok(std::ptr::with_exposed_provenance_mut(address)),
                Err(_) => Err(source.unlike("a pointer of this machine")),
            },
            _ => Err(source.unlike("a pointer")),
        }
    }

    #[inline(always)]
    fn from_word(word: u64, number: Number) -> Option<*mut T> {
        match number {
            Number::Address64 if size_of::<usize>() == 8 => {
                Some(std::ptr::with_exposed_provenance_mut(word as usize))
            }
            _ => None,
        }
    }
}

impl<T> FromC for *const T {
    const RETURNED: Returned = Returned::Scalar(Number::Address64);

    fn from_c(source: Source<'_>) -> Result<*const T> {
        <*mut T>::from_c(source).map(<*mut T>::cast_const)
    }

    #[inline(always)]
    fn from_word(word: u64, number: Number) -> Option<*const T> {
        <*mut T>::from_word(word, number).map(<*mut T>::cast_const)
    }
}

/// Null is `None`.
impl<T> FromC for Option<NonNull<T>> {
    const RETURNED: Returned = Returned::Scalar(Number::Address64);

    fn from_c(source: Source<'_>) -> Result<Option<NonNull<T>>> {
        <*mut T>::from_c(source).map(NonNull::new)
    }

    #[inline(always)]
    fn from_word(word: u64, number: Number) -> Option<Option<NonNull<T>>> {
        <*mut T>::from_word(word, number).map(NonNull::new)
    }
}

/// The characters of an array up to a NUL, or the name of an enum's constant.
impl FromC for String {
    fn from_c(source: Source<'_>) -> Result<String> {
        if let Kind::Enum(enumeration) = source.ty.kind() {
            let found = source.primitive("an enum")?;
            let body = enumeration.body();
            let constants = body.iter().flat_map(|body| &body.constants);
            let mut named = constants.filter(|(_, value)| Primitive::Integer(**value) == found);
            return match named.next() {
                Some((name, _)) => Ok(name.to_string()),
                None => {
                    let found = match found {
                        Primitive::Integer(value) => value.to_string(),
                        other => format!("{other:?}"),
                    };
                    let ty = shown_type(&source.ty.clone().unqualified());
                    let message =
                        format!("expected a constant of '{ty}', found {found}; read it as a number");
                    Err(Error::new(ErrorKind::OutOfRange, message))
                }
            };
        }
        let is_text = element_of(source.ty)
            .and_then(|element| Number::of(&element, source.scope))
            .is_some_and(|number| matches!(number, Number::I8 | Number::U8));
        if source.ty.pointee().is_some() {
            let message = format!(
                "expected an array of characters or an enum, found a value of type '{}'; read it as a CPtr, vouch for \
                 what it points to with assume_text, and read that with Ffi::string",
                shown_type(source.ty)
            );
            return Err(Error::new(ErrorKind::Conversion, message));
        }
        if !is_text || !matches!(source.ty.kind(), Kind::Array(..)) {
            return Err(source.unlike("an array of characters or an enum"));
        }
        let end = source.bytes.iter().position(|&byte| byte == 0).unwrap_or(source.bytes.len());
        let text = source.bytes.get(..end).unwrap_or_default();
        String::from_utf8(text.to_vec()).map_err(|_| {
            let message = format!(
                "expected utf-8 in the '{}', found other bytes; read it as Vec<u8>",
                shown_type(source.ty)
            );
            Error::new(ErrorKind::Conversion, message)
        })
    }
}

/// The elements of an array, a vector, a complex number.
impl<T: FromC> FromC for Vec<T> {
    fn from_c(source: Source<'_>) -> Result<Vec<T>> {
        let element = element_of(source.ty).ok_or_else(|| source.unlike("an array"))?;
        let size = byte_size(&element, source.scope)?;
        let count = array_length(source.ty, source.bytes.len(), size as u64);
        let read = |index: u64| {
            let start = usize::try_from(index).ok().and_then(|index| index.checked_mul(size));
            let bytes = start.and_then(|start| source.bytes.get(start..start.checked_add(size)?));
            let bytes = bytes.ok_or_else(outside)?;
            T::from_c(Source { bytes, bits: None, ty: &element, scope: source.scope })
        };
        if size == 0 {
            return Err(source.unlike("an array of values with a size"));
        }
        (0..count).map(read).collect()
    }
}

impl<T: FromC, const N: usize> FromC for [T; N] {
    fn from_c(source: Source<'_>) -> Result<[T; N]> {
        let all = Vec::from_c(source)?;
        <[T; N]>::try_from(all).map_err(|all| {
            let message =
                format!("expected {N} elements, found {} in the '{}'", all.len(), shown_type(source.ty));
            Error::new(ErrorKind::Conversion, message)
        })
    }
}

/// The parts of a value, one after the other.
struct Parts<'a> {
    source: Source<'a>,
    body: Option<Arc<RecordBody>>,
    next: usize,
}

impl<'a> Parts<'a> {
    /// The parts, if there are so many.
    fn of(source: Source<'a>, count: usize) -> Result<Parts<'a>> {
        let body = source.ty.as_record().and_then(|record| record.body());
        let found = match &body {
            Some(body) => body.fields.iter().filter(|field| is_part(field)).count() as u64,
            None => {
                let element = element_of(source.ty).ok_or_else(|| source.unlike("a record or an array"))?;
                let size = byte_size(&element, source.scope)?;
                array_length(source.ty, source.bytes.len(), size as u64)
            }
        };
        if found != count as u64 {
            let message = format!("expected {count} members, found {found} in '{}'", shown_type(source.ty));
            return Err(Error::new(ErrorKind::Conversion, message));
        }
        Ok(Parts { source, body, next: 0 })
    }

    fn read<T: FromC>(&mut self) -> Result<T> {
        let Some(body) = &self.body else {
            let index = self.next;
            self.next += 1;
            return self.source.get(&format!("[{index}]"));
        };
        let rest = body.fields.iter().enumerate().skip(self.next);
        let (index, field) = rest.into_iter().find(|(_, field)| is_part(field)).ok_or_else(outside)?;
        self.next = index + 1;
        let start = usize::try_from(field.position.offset()).map_err(|_| outside())?;
        if let Position::Bytes { .. } = field.position
            && let Some(number) = Number::of(&field.ty, self.source.scope)
            && let Some(word) = word_at(self.source.bytes, start, number.size())
            && let Some(value) = T::from_word(word, number)
        {
            return Ok(value);
        }
        let (size, bits) = match field.position {
            Position::Bits { bit, width, .. } => {
                ((u32::from(bit) + width).div_ceil(8) as usize, Some(Bits { first: bit, width }))
            }
            Position::Bytes { .. } => (byte_size(&field.ty, self.source.scope)?, None),
        };
        let bytes = start.checked_add(size).and_then(|end| self.source.bytes.get(start..end));
        T::from_c(Source { bytes: bytes.ok_or_else(outside)?, bits, ty: &field.ty, scope: self.source.scope })
    }
}

/// Unnamed bit-fields are padding.
fn is_part(field: &Field) -> bool {
    field.name.is_some() || matches!(field.position, Position::Bytes { .. })
}

macro_rules! tuples {
    ($($count:literal: $($name:ident)*;)*) => {$(
        /// The members of a record or the elements of an array: all of them.
        impl<$($name: FromC),*> FromC for ($($name,)*) {
            fn from_c(source: Source<'_>) -> Result<Self> {
                let mut parts = Parts::of(source, $count)?;
                Ok(($(parts.read::<$name>()?,)*))
            }
        }
    )*};
}

tuples! {
    1: A; 2: A B; 3: A B C; 4: A B C D; 5: A B C D E; 6: A B C D E F; 7: A B C D E F G; 8: A B C D E F G H;
}

#[cold]
fn does_not_fit(name: &str, least: i128, greatest: u128, found: Primitive) -> Error {
    let shown = match found {
        Primitive::Bool(value) => value.to_string(),
        Primitive::Integer(value) => value.to_string(),
        Primitive::Huge(value) => value.to_string(),
        Primitive::Float(value) => value.to_string(),
        Primitive::Address(address) => {
            let message =
                format!("expected a number, found the pointer {address:#x}; read it as *mut c_void");
            return Error::new(ErrorKind::Conversion, message);
        }
    };
    out_of_range(name, &format!("{least} to {greatest}"), &shown)
}

#[cold]
fn out_of_range(name: &str, range: &str, found: &str) -> Error {
    Error::new(ErrorKind::OutOfRange, format!("expected {name} ({range}), found {found}"))
}
