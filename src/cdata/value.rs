//! Any value, for hosts that know types only at run time.

use super::CData;
use crate::convert::{Destination, FromC, Number, Owns, Primitive, Source, SourceKind, ToC, misfit};
use crate::error::Result;
use crate::types::Kind;
use std::ffi::c_void;

/// A value of whatever type.
// A tag of its own, in the first byte: one load tells the kind, where a niche would have to be computed.
#[derive(Debug)]
#[non_exhaustive]
#[repr(u8)]
pub enum Value {
    /// Nothing: the result of a `void` function, a null pointer as an argument.
    Null,
    /// `_Bool`
    Bool(bool),
    /// Any integer, also one that an enum names.
    Integer(i128),
    /// Any floating number.
    Float(f64),
    /// Any pointer.
    Pointer(*mut c_void),
    /// Text.
    String(String),
    /// A record, an array, and whatever else has parts.
    Data(CData),
}

impl FromC for Value {
    fn from_c(source: Source<'_>) -> Result<Value> {
        if matches!(source.ty.kind(), Kind::Void) {
            return Ok(Value::Null);
        }
        let number = Number::of(source.ty, source.scope);
        match number.and_then(|number| number.read(source.bytes, source.bits)) {
            Some(Primitive::Bool(value)) => Ok(Value::Bool(value)),
            Some(Primitive::Integer(value)) => Ok(Value::Integer(value)),
            Some(Primitive::Float(value)) => Ok(Value::Float(value)),
            Some(Primitive::Address(_)) => <*mut c_void>::from_c(source).map(Value::Pointer),
            Some(Primitive::Huge(_)) | None => CData::copied(source).map(Value::Data),
        }
    }

    const OWNS: Owns = Owns::Records;

    fn from_owned(owned: &mut dyn std::any::Any) -> Option<Value> {
        CData::from_owned(owned).map(Value::Data)
    }

    #[inline(always)]
    fn from_word(word: u64, number: Number) -> Option<Value> {
        Some(match number {
            Number::Bool => Value::Bool(word as u8 != 0),
            Number::F64 => Value::Float(f64::from_bits(word)),
            Number::F32 => Value::Float(f32::from_bits(word as u32).into()),
            Number::Address64 => Value::Pointer(<*mut c_void>::from_word(word, number)?),
            _ => Value::Integer(i128::from_word(word, number)?),
        })
    }
}

impl ToC for Value {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        match self {
            Value::Null if to.ty.pointee().is_some() => to.put(Primitive::Address(0), &|| self.describe()),
            Value::Null => Err(misfit(to.ty, None, None, "null")),
            Value::Bool(value) => value.to_c(to),
            Value::Integer(value) => value.to_c(to),
            Value::Float(value) => value.to_c(to),
            Value::Pointer(value) => value.to_c(to),
            Value::String(value) => value.to_c(to),
            Value::Data(value) => value.to_c(to),
        }
    }

    #[inline(always)]
    fn to_word(&self, number: Number) -> Option<u64> {
        match self {
            Value::Integer(value) => i64::try_from(*value).ok()?.to_word(number),
            Value::Float(value) => value.to_word(number),
            Value::Pointer(value) => value.to_word(number),
            Value::Bool(value) => value.to_word(number),
            Value::Null | Value::String(_) | Value::Data(_) => None,
        }
    }

    fn element_count(&self) -> Option<u64> {
        match self {
            Value::String(value) => value.element_count(),
            Value::Data(value) => value.element_count(),
            _ => None,
        }
    }

    fn source_kind(&self) -> SourceKind {
        match self {
            Value::Null => SourceKind::Null,
            Value::Bool(value) => value.source_kind(),
            Value::Integer(value) => value.source_kind(),
            Value::Float(value) => value.source_kind(),
            Value::Pointer(value) => value.source_kind(),
            Value::String(value) => value.source_kind(),
            Value::Data(value) => value.source_kind(),
        }
    }

    fn describe(&self) -> String {
        match self {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.describe(),
            Value::Integer(value) => value.describe(),
            Value::Float(value) => value.describe(),
            Value::Pointer(value) => value.describe(),
            Value::String(value) => value.describe(),
            Value::Data(value) => value.describe(),
        }
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Value {
                Value::Integer(value.into())
            }
        }
    )*};
}

integers! { i8, i16, i32, i64, i128, u8, u16, u32, u64 }

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::String(value.to_owned())
    }
}

impl From<CData> for Value {
    fn from(value: CData) -> Value {
        Value::Data(value)
    }
}
