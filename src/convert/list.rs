//! Rust to C: lists, tuples, named fields.

use super::matrix::SourceKind;
use super::number::{Number, store_at};
use super::path::{array_length, byte_size, element_of};
use super::place::{Destination, misfit, shown_type};
use super::to_c::ToC;
use crate::error::{Error, ErrorKind, Result};
use crate::types::{self, ArrayLength, Field, Kind, Position, Record, RecordBody, RecordKind, Scope, Type};
use std::sync::Arc;

/// Named fields, made by [`init!`](crate::init).
pub trait NamedFields {
    /// Writes each field.
    fn write(&self, to: &mut Destination<'_>) -> Result<()>;
    /// How many elements the field of this name needs.
    fn count_of(&self, name: &str) -> Option<u64>;
    /// The fields in an error message.
    fn describe_fields(&self) -> String;
}

/// One named field and those behind it.
pub struct NamedField<V, Rest> {
    /// The name, or a path.
    pub name: &'static str,
    /// Its value.
    pub value: V,
    /// The others.
    pub rest: Rest,
}

/// No more fields.
pub struct EndOfFields;

/// Initialises a record by the names of its members: `init! { x: 1.0, y: [1, 2] }`. What is not named is zero.
#[macro_export]
macro_rules! init {
    () => { $crate::EndOfFields };
    ($name:ident : $value:expr $(, $($rest:tt)*)?) => {
        $crate::NamedField { name: stringify!($name), value: $value, rest: $crate::init!($($($rest)*)?) }
    };
}

impl NamedFields for EndOfFields {
    fn write(&self, _: &mut Destination<'_>) -> Result<()> {
        Ok(())
    }
    fn count_of(&self, _: &str) -> Option<u64> {
        None
    }
    fn describe_fields(&self) -> String {
        String::new()
    }
}

impl<V: ToC, Rest: NamedFields> NamedFields for NamedField<V, Rest> {
    fn write(&self, to: &mut Destination<'_>) -> Result<()> {
        to.set(self.name, &self.value)?;
        self.rest.write(to)
    }
    fn count_of(&self, name: &str) -> Option<u64> {
        if self.name == name { self.value.element_count() } else { self.rest.count_of(name) }
    }
    fn describe_fields(&self) -> String {
        format!(" .{} = {},{}", self.name, self.value.describe(), self.rest.describe_fields())
    }
}

macro_rules! named {
    ($([$($generics:tt)*] $type:ty),*) => {$(
        impl<$($generics)*> ToC for $type {
            fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
                if to.ty.as_record().is_none() {
                    return Err(misfit(to.ty, None, None, &self.describe()));
                }
                to.bytes.fill(0);
                self.write(to)
            }
            fn tail_count(&self, _: usize, name: &str) -> Option<u64> {
                self.count_of(name)
            }
            fn source_kind(&self) -> SourceKind {
                SourceKind::Named
            }
            fn describe(&self) -> String {
                format!("{{{} }}", self.describe_fields().trim_end_matches(','))
            }
        }
    )*};
}

named! { [] EndOfFields, [V: ToC, Rest: NamedFields] NamedField<V, Rest> }

impl<T: ToC> ToC for [T] {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        let mut parts = Parts::of(to, self.len(), &|| self.describe())?;
        self.iter().try_for_each(|value| parts.write(value))
    }

    fn element_count(&self) -> Option<u64> {
        Some(self.len() as u64)
    }

    fn tail_count(&self, members: usize, _: &str) -> Option<u64> {
        self.get(members.checked_sub(1)?)?.element_count()
    }

    fn source_kind(&self) -> SourceKind {
        SourceKind::List
    }

    fn describe(&self) -> String {
        let shown: Vec<String> = self.iter().take(4).map(ToC::describe).collect();
        let more = if self.len() > 4 { ", ..." } else { "" };
        format!("[{}{more}]", shown.join(", "))
    }
}

macro_rules! slices {
    ($([$($generics:tt)*] $type:ty),*) => {$(
        impl<T: ToC, $($generics)*> ToC for $type {
            fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
                self.as_slice().to_c(to)
            }
            fn element_count(&self) -> Option<u64> {
                self.as_slice().element_count()
            }
            fn tail_count(&self, members: usize, name: &str) -> Option<u64> {
                self.as_slice().tail_count(members, name)
            }
            fn source_kind(&self) -> SourceKind {
                SourceKind::List
            }
            fn describe(&self) -> String {
                self.as_slice().describe()
            }
        }
    )*};
}

slices! { [const N: usize] [T; N], [] Vec<T> }

macro_rules! tuples {
    ($($count:literal: $($name:ident)*;)*) => {$(
        /// The members of a record or the elements of an array, in order; what is not there is zero.
        impl<$($name: ToC),*> ToC for ($($name,)*) {
            fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
                #[allow(non_snake_case, reason = "values are named after their types")]
                let ($($name,)*) = self;
                let mut parts = Parts::of(to, $count, &|| self.describe())?;
                $(parts.write($name)?;)*
                Ok(())
            }
            fn element_count(&self) -> Option<u64> {
                Some($count)
            }
            fn tail_count(&self, members: usize, _: &str) -> Option<u64> {
                #[allow(non_snake_case, reason = "values are named after their types")]
                let ($($name,)*) = self;
                *[$($name.element_count()),*].get(members.checked_sub(1)?)?
            }
            fn source_kind(&self) -> SourceKind {
                SourceKind::List
            }
            fn describe(&self) -> String {
                #[allow(non_snake_case, reason = "values are named after their types")]
                let ($($name,)*) = self;
                format!("({})", [$($name.describe()),*].join(", "))
            }
        }
    )*};
}

tuples! {
    1: A; 2: A B; 3: A B C; 4: A B C D; 5: A B C D E; 6: A B C D E F; 7: A B C D E F G; 8: A B C D E F G H;
    9: A B C D E F G H I; 10: A B C D E F G H I J; 11: A B C D E F G H I J K; 12: A B C D E F G H I J K L;
}

/// The parts of an aggregate, to be written in order.
struct Parts<'d, 'a> {
    to: &'d mut Destination<'a>,
    places: Places,
    next: usize,
}

enum Places {
    /// All fields of a struct have names.
    Struct(Arc<RecordBody>),
    /// Offsets in the record, and the fields.
    Fields(Vec<(u64, Field)>),
    Elements(Type, usize),
}

impl<'d, 'a> Parts<'d, 'a> {
    /// Zeroes the aggregate, if so many values fit.
    fn of(to: &'d mut Destination<'a>, count: usize, shown: &dyn Fn() -> String) -> Result<Parts<'d, 'a>> {
        let (places, room) = match to.ty.kind() {
            Kind::Record(record) if record.kind() == RecordKind::Struct && is_flat(record) => {
                let body = record.body().ok_or_else(|| misfit(to.ty, None, None, &shown()))?;
                let room = body.fields.len() as u64;
                (Places::Struct(body), room)
            }
            Kind::Record(record) => {
                let mut fields = Vec::new();
                add_fields(&mut fields, 0, record.kind(), to.ty);
                let room = fields.len() as u64;
                (Places::Fields(fields), room)
            }
            _ => {
                let element = element_of(to.ty).ok_or_else(|| misfit(to.ty, None, None, &shown()))?;
                let size = byte_size(&element, to.scope)?;
                let room = array_length(to.ty, to.bytes.len(), size as u64);
                (Places::Elements(element, size), room)
            }
        };
        if count as u64 > room {
            let plural = if room == 1 { "" } else { "s" };
            let message = format!(
                "expected at most {room} value{plural} for '{}', got {count}: {}",
                shown_type(&to.ty.clone().unqualified()),
                shown()
            );
            return Err(Error::new(ErrorKind::Arity, message));
        }
        to.bytes.fill(0);
        Ok(Parts { to, places, next: 0 })
    }

    fn write(&mut self, value: &(impl ToC + ?Sized)) -> Result<()> {
        let index = self.next;
        self.next += 1;
        match &self.places {
            Places::Elements(element, size) => {
                let start = index.checked_mul(*size);
                let bytes = start.and_then(|start| self.to.bytes.get_mut(start..start.checked_add(*size)?));
                let bytes = bytes.ok_or_else(super::path::outside)?;
                let mut part = Destination { bytes, bits: None, ty: element, scope: self.to.scope };
                value.to_c(&mut part).map_err(|error| super::path::at(&format!("[{index}]"), error))
            }
            Places::Struct(body) => {
                let field = body.fields.get(index).ok_or_else(super::path::outside)?;
                write_field(self.to, 0, field, value)
            }
            Places::Fields(fields) => {
                let (base, field) = fields.get(index).ok_or_else(super::path::outside)?;
                write_field(self.to, *base, field, value)
            }
        }
    }
}

fn is_flat(record: &Record) -> bool {
    record.body().is_some_and(|body| body.fields.iter().all(|field| field.name.is_some()))
}

fn write_field(
    to: &mut Destination<'_>,
    base: u64,
    field: &Field,
    value: &(impl ToC + ?Sized),
) -> Result<()> {
    if let Position::Bytes { offset } = field.position
        && let Some(number) = Number::of(&field.ty, to.scope)
        && let Some(word) = value.to_word(number)
        && let Some(start) = base.checked_add(offset).and_then(|start| usize::try_from(start).ok())
        && store_at(to.bytes, start, number.size(), word)
    {
        return Ok(());
    }
    if let Some(name) = &field.name {
        return to.set(name, value);
    }
    let start = usize::try_from(base + field.position.offset()).map_err(|_| super::path::outside())?;
    let size = byte_size(&field.ty, to.scope)?;
    let bytes = start.checked_add(size).and_then(|end| to.bytes.get_mut(start..end));
    let bytes = bytes.ok_or_else(super::path::outside)?;
    value.to_c(&mut Destination { bytes, bits: None, ty: &field.ty, scope: to.scope })
}

/// How many bytes the value has that a record becomes: more than its type tells, where its last member is open.
pub(crate) fn size_with_tail(ty: &Type, value: &(impl ToC + ?Sized), scope: &Scope) -> Result<u64> {
    let size = types::extent(ty, scope)?.size;
    let body = ty.as_record().and_then(|record| record.body());
    let open = body.as_ref().and_then(|body| {
        let last = body.fields.last()?;
        match last.ty.kind() {
            Kind::Array(element, ArrayLength::Unknown | ArrayLength::OnAllocation) => Some((last, element)),
            _ => None,
        }
    });
    let Some((last, element)) = open else { return Ok(size) };
    let mut fields = Vec::new();
    add_fields(&mut fields, 0, RecordKind::Struct, ty);
    let name = last.name.as_deref().unwrap_or_default();
    let count = value.tail_count(fields.len(), name).unwrap_or(0);
    let tail = count.checked_mul(types::extent(element, scope)?.size);
    let end = tail.and_then(|tail| tail.checked_add(last.position.offset()));
    Ok(size.max(end.ok_or_else(super::path::outside)?))
}

/// The members that values initialise in order: those of anonymous structs too; of a union the first one.
fn add_fields(fields: &mut Vec<(u64, Field)>, base: u64, kind: RecordKind, ty: &Type) {
    let Some(body) = ty.as_record().and_then(|record| record.body()) else { return };
    let before = fields.len();
    for field in &body.fields {
        match (&field.name, field.position, field.ty.as_record()) {
            (None, Position::Bytes { offset }, Some(record)) => {
                add_fields(fields, base.saturating_add(offset), record.kind(), &field.ty);
            }
            (None, ..) => {}
            (Some(_), ..) => fields.push((base, field.clone())),
        }
        if kind == RecordKind::Union && fields.len() > before {
            fields.truncate(before + 1);
            break;
        }
    }
}
