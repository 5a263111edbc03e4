//! Values of C to and from serde's: feature `serde`.

use super::CData;
use super::data::is_const;
use super::measured::Measured;
use super::part::{CMut, CRef, Held, HeldMut};
use crate::convert::{
    Bits, Destination, Number, Primitive, Source, ToC, array_length, constant_name, element_of,
    initialised_members, shown_type, text_of, walk,
};
use crate::error::{Error, ErrorKind, Result};
use crate::types::{self, Kind, RecordBody, Type};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{self, Serialize, SerializeMap, SerializeSeq, Serializer};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// A value that is written as its type says.
struct Shown<'a>(Source<'a>);

macro_rules! serialised {
    ($($type:ty),*) => {$(
        /// A record is a map (of a union, its first member), an array a sequence, an array of characters that holds text a
        /// string, an enum the name of its constant. A pointer can only be written where it is null.
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Shown(self.source()).serialize(serializer)
            }
        }
    )*};
}

serialised! { CData, CRef<'_>, CMut<'_> }

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let source = self.0;
        match source.ty.kind() {
            Kind::Record(record) => {
                let body =
                    record.body().ok_or_else(|| ser::Error::custom("an incomplete type has no value"))?;
                let members = initialised_members(source.ty, &body);
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for member in &members {
                    let spot = walk(source.ty, source.bytes.len(), &member.name, source.scope);
                    let spot = spot.map_err(ser::Error::custom)?;
                    map.serialize_entry(
                        &*member.name,
                        &Shown(source.part(&spot).map_err(ser::Error::custom)?),
                    )?;
                }
                map.end()
            }
            Kind::Array(..) | Kind::Complex(_) | Kind::Vector(..) => match text_of(source) {
                Some(text) if serializer.is_human_readable() && ends_there(text, source.bytes) => {
                    serializer.serialize_str(text)
                }
                _ => serialize_elements(source, serializer),
            },
            Kind::Enum(_) if serializer.is_human_readable() => match constant_name(source) {
                Some(name) => serializer.serialize_str(&name),
                None => serialize_scalar(source, serializer),
            },
            _ => serialize_scalar(source, serializer),
        }
    }
}

/// Is there nothing behind the text that reading it back would lose?
fn ends_there(text: &str, bytes: &[u8]) -> bool {
    bytes.get(text.len()..).is_some_and(|rest| rest.iter().all(|&byte| byte == 0))
}

fn serialize_elements<S: Serializer>(source: Source<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let (element, size, count) =
        elements(source.ty, source.bytes.len(), source.scope).map_err(ser::Error::custom)?;
    let mut sequence = serializer.serialize_seq(Some(count))?;
    for index in 0..count {
        let bytes = part_of(source.bytes.len(), index, size).and_then(|range| source.bytes.get(range));
        let bytes = bytes.ok_or_else(|| ser::Error::custom(super::data::outside()))?;
        sequence.serialize_element(&Shown(Source {
            bytes,
            bits: None,
            ty: &element,
            scope: source.scope,
        }))?;
    }
    sequence.end()
}

fn serialize_scalar<S: Serializer>(source: Source<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let number = Number::of(source.ty, source.scope);
    let value = number.and_then(|number| number.read(source.bytes, source.bits));
    let none = || ser::Error::custom(format!("a '{}' has no value to write", shown_type(source.ty)));
    let (number, value) = number.zip(value).ok_or_else(none)?;
    // The methods go by the type, not by the value: formats without names rely on it
    match (number, value) {
        (_, Primitive::Bool(value)) => serializer.serialize_bool(value),
        (Number::U128, Primitive::Huge(value)) => serializer.serialize_u128(value),
        (Number::I128, Primitive::Integer(value)) => serializer.serialize_i128(value),
        (Number::U128, Primitive::Integer(value)) => serializer.serialize_u128(value as u128),
        (Number::I8 | Number::I16 | Number::I32 | Number::I64, Primitive::Integer(value)) => {
            serializer.serialize_i64(i64::try_from(value).map_err(ser::Error::custom)?)
        }
        (_, Primitive::Integer(value)) => {
            serializer.serialize_u64(u64::try_from(value).map_err(ser::Error::custom)?)
        }
        (Number::F32, Primitive::Float(value)) => serializer.serialize_f32(value as f32),
        (_, Primitive::Float(value)) => serializer.serialize_f64(value),
        (_, Primitive::Address(0)) => serializer.serialize_none(),
        (_, Primitive::Address(_) | Primitive::Huge(_)) => Err(ser::Error::custom(format!(
            "a '{}' means something in this process only; null is all that can be written",
            shown_type(source.ty)
        ))),
    }
}

/// Reads values of one type: what [`CType::seed`](crate::CType::seed) gives.
#[derive(Clone)]
pub struct CDataSeed {
    of: Arc<Measured>,
}

impl CDataSeed {
    pub(crate) fn new(of: &Arc<Measured>) -> CDataSeed {
        CDataSeed { of: of.clone() }
    }
}

impl fmt::Debug for CDataSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CDataSeed({})", self.of.ty)
    }
}

impl<'de> DeserializeSeed<'de> for CDataSeed {
    type Value = CData;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<CData, D::Error> {
        let mut made = CData::of(&self.of).map_err(de::Error::custom)?;
        Filling { to: made.destination() }.deserialize(deserializer)?;
        Ok(made)
    }
}

/// Fills the value; what is not named becomes zero.
impl<'de> DeserializeSeed<'de> for &mut CMut<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.is_constant() || is_const(self.as_type()) {
            return Err(de::Error::custom("the value is const: it cannot be written after it was made"));
        }
        Filling { to: self.destination() }.deserialize(deserializer)
    }
}

/// A value that is being filled.
struct Filling<'a> {
    to: Destination<'a>,
}

impl<'de> DeserializeSeed<'de> for Filling<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let is_human = deserializer.is_human_readable();
        let number = self.to.number();
        match (self.to.ty.kind(), number) {
            (Kind::Record(_), _) => deserializer.deserialize_map(self),
            (Kind::Array(..) | Kind::Enum(_), _) if is_human => deserializer.deserialize_any(self),
            (Kind::Array(..) | Kind::Complex(_) | Kind::Vector(..), _) => deserializer.deserialize_seq(self),
            (_, Some(Number::Bool)) => deserializer.deserialize_bool(self),
            (_, Some(Number::I128)) => deserializer.deserialize_i128(self),
            (_, Some(Number::U128)) => deserializer.deserialize_u128(self),
            (_, Some(Number::I8 | Number::I16 | Number::I32 | Number::I64)) => {
                deserializer.deserialize_i64(self)
            }
            (_, Some(Number::U8 | Number::U16 | Number::U32 | Number::U64)) => {
                deserializer.deserialize_u64(self)
            }
            (_, Some(Number::Address32 | Number::Address64)) => deserializer.deserialize_option(self),
            (_, Some(Number::F32)) => deserializer.deserialize_f32(self),
            (_, Some(_)) => deserializer.deserialize_f64(self),
            (_, None) => {
                let message = format!("a '{}' cannot be read", shown_type(self.to.ty));
                Err(de::Error::custom(message))
            }
        }
    }
}

impl Filling<'_> {
    fn put<E: de::Error>(mut self, value: impl ToC) -> Result<(), E> {
        value.to_c(&mut self.to).map_err(|error: Error| E::custom(error.message()))
    }

    /// A single value for a single value: not one to fill a whole array with.
    fn put_number<E: de::Error>(self, value: impl ToC) -> Result<(), E> {
        if self.to.number().is_none() || self.to.ty.pointee().is_some() {
            let message = format!("expected {}, got {}", shown_type(self.to.ty), value.describe());
            return Err(E::custom(message));
        }
        self.put(value)
    }

    fn body<E: de::Error>(&self) -> Result<Arc<RecordBody>, E> {
        let body = self.to.ty.as_record().and_then(|record| record.body());
        body.ok_or_else(|| E::custom(format!("expected {}, got a map", shown_type(self.to.ty))))
    }
}

impl<'de> Visitor<'de> for Filling<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value for '{}'", shown_type(self.to.ty))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.put_number(value)
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        self.put_number(value)
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        self.put_number(value)
    }
    fn visit_i128<E: de::Error>(self, value: i128) -> Result<(), E> {
        self.put_number(value)
    }
    fn visit_u128<E: de::Error>(self, value: u128) -> Result<(), E> {
        self.put_number(value)
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<(), E> {
        self.put_number(value)
    }
    fn visit_str<E: de::Error>(self, value: &str) -> Result<(), E> {
        self.put(value)
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.visit_unit()
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // Only pointers ask for an option
        drop(deserializer);
        Err(de::Error::custom(format!(
            "expected null for '{}': no other pointer can be read",
            shown_type(self.to.ty)
        )))
    }
    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        match self.to.ty.pointee() {
            Some(_) => self.put(std::ptr::null_mut::<u8>()),
            None => Err(E::custom(format!("expected {}, got null", shown_type(self.to.ty)))),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let Destination { bytes, ty, scope, .. } = self.to;
        if ty.as_record().is_some() {
            return Err(de::Error::custom(format!(
                "expected a map for '{}', got a sequence",
                shown_type(ty)
            )));
        }
        let (element, size, count) = elements(ty, bytes.len(), scope).map_err(de::Error::custom)?;
        bytes.fill(0);
        for index in 0..count {
            let part = part_of(bytes.len(), index, size).and_then(|range| bytes.get_mut(range));
            let part = part.ok_or_else(|| de::Error::custom(super::data::outside()))?;
            let to = Destination { bytes: part, bits: None, ty: &element, scope };
            if sequence.next_element_seed(Filling { to })?.is_none() {
                return Ok(());
            }
        }
        match sequence.next_element::<de::IgnoredAny>()? {
            None => Ok(()),
            Some(_) => {
                let message = format!("expected at most {count} values for '{}', got more", shown_type(ty));
                Err(de::Error::custom(message))
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.body()?;
        let Destination { bytes, ty, scope, .. } = self.to;
        bytes.fill(0);
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let spot = walk(ty, bytes.len(), &name, scope);
            let spot = match spot {
                Ok(spot) if !name.contains(['.', '[']) && !name.is_empty() => spot,
                Ok(_) => {
                    return Err(de::Error::custom(format!("'{}' has no member '{name}'", shown_type(ty))));
                }
                Err(error) => return Err(de::Error::custom(error.message())),
            };
            let bits: Option<Bits> = spot.bits;
            let part = bytes.get_mut(spot.range.clone());
            let part = part.ok_or_else(|| de::Error::custom(super::data::outside()))?;
            map.next_value_seed(Filling { to: Destination { bytes: part, bits, ty: &spot.ty, scope } })?;
            if !seen.insert(name.clone()) {
                return Err(de::Error::custom(format!("the member '{name}' is there twice")));
            }
        }
        Ok(())
    }
}

/// The elements of an array: their type, their size, how many.
/// Values without a size take no memory, so that nothing else bounds how many there are.
const MOST_WITHOUT_SIZE: usize = 4096;

fn elements(ty: &Type, length: usize, scope: &types::Scope) -> Result<(Type, usize, usize)> {
    let element = element_of(ty).ok_or_else(super::data::outside)?;
    let size = types::extent(&element, scope)?.size;
    let count = usize::try_from(array_length(ty, length, size)).map_err(|_| super::data::outside())?;
    if size == 0 && count > MOST_WITHOUT_SIZE {
        let message = format!("a '{}' has too many elements without a size", shown_type(ty));
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    Ok((element, usize::try_from(size).map_err(|_| super::data::outside())?, count))
}

fn part_of(length: usize, index: usize, size: usize) -> Option<std::ops::Range<usize>> {
    let start = index.checked_mul(size)?;
    let end = start.checked_add(size).filter(|&end| end <= length)?;
    Some(start..end)
}
