//! A host's values on their way into a call, and what comes back.

use super::argument::{self, Argument, DOUBLE, INT, LONG, ULONG, promoted_data};
use super::arguments::Arguments;
use super::exact::Numbers;
use super::host::{HostValue, Seen, without_nul};
use super::ready::Passing;
use super::running::{Inner, Noting, may_return};
use super::scratch::has_nul;
use super::tail::Promoted;
use crate::cdata::{CData, CPtr, copy_value, pointers_agree};
use crate::convert::{
    Destination, FromC, Number, Owns, Primitive, Source, SourceKind, ToC, misfit, put_text,
};
use crate::error::Result;
use crate::target::Scalar;
use crate::types::{Kind, Scope, Type};
use std::any::Any;
use std::ffi::c_void;
use std::sync::Arc;

/// One value of a host, as an argument or as what a value of C is made of.
pub struct HostArgument<'v, V: HostValue> {
    value: &'v V,
    heap: &'v V::Heap,
}

/// Values of a host as all arguments of a call.
pub struct HostArguments<'v, V: HostValue> {
    values: &'v [V],
    heap: &'v V::Heap,
}

/// A result in a register, with rubbish above it.
#[derive(Clone, Copy)]
struct Word(u64, Number);

/// What C gave, before the host makes a value of it.
pub(super) enum Came {
    /// The result of a `void` function.
    Nothing,
    /// A scalar in 8 bytes, with rubbish above it.
    Word(u64, Number),
    /// Any other scalar.
    Scalar(Primitive, Type, Arc<Scope>),
    /// A value with memory of its own.
    Data(CData),
    /// A part that has parts itself; is it an array?
    Parts(bool),
}

impl<'v, V: HostValue> HostArgument<'v, V> {
    /// A value, lent with what the host needs to look at it.
    #[inline(always)]
    pub fn new(value: &'v V, heap: &'v V::Heap) -> HostArgument<'v, V> {
        HostArgument { value, heap }
    }

    #[inline(always)]
    fn seen(&self) -> Seen<'v> {
        self.value.seen(self.heap)
    }

    /// Is it an integer, as wide as it has to be?
    fn is_any_integer(&self) -> bool {
        matches!(self.seen(), Seen::Integer(_))
    }

    fn promotion(&self) -> Promoted<'v> {
        match self.seen() {
            Seen::Null | Seen::Address(_) => Promoted::Pointer,
            Seen::Bool(_) => INT,
            Seen::Integer(value) if i32::try_from(value).is_ok() => INT,
            Seen::Integer(value) if i64::try_from(value).is_ok() => LONG,
            Seen::Integer(value) if u64::try_from(value).is_ok() => ULONG,
            Seen::Integer(_) => Promoted::Scalar(Scalar::Int128),
            Seen::Float(_) => DOUBLE,
            Seen::Text(_) | Seen::TextWithNul(_) => Promoted::Text,
            Seen::Data(data) => promoted_data(data.as_type(), true),
            Seen::Behind(data) => promoted_data(data.pointee(), true),
            Seen::Pointer(pointer) => Promoted::Same(pointer.as_type()),
            Seen::Other => Promoted::Unknown,
        }
    }

    fn characters(&self) -> Option<&'v [u8]> {
        match self.seen() {
            Seen::Text(text) => Some(text),
            Seen::TextWithNul(text) => Some(without_nul(text)),
            _ => None,
        }
    }
    fn pass_text(&self, text: &Seen<'_>, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        if passing.parameter(index)?.pointee.is_none() {
            return passing.value(index, self);
        }
        passing.check_text(index, &|| self.describe())?;
        let start = text_start(text, index, passing).map_err(|error| passing.at(index, error))?;
        passing.address(index, start)
    }

    fn pass_behind(&self, data: &CPtr, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        let parameter = passing.parameter(index)?;
        if pointers_agree(data.as_type(), &parameter.ty, &passing.about.scope) {
            return passing.address(index, data.address().cast());
        }
        let address = data.address().cast();
        let passed = data.read_value(|source| argument::data(source, address, true, index, passing));
        passed.unwrap_or_else(|error| Err(passing.at(index, error)))
    }

    fn pass_pointer(&self, pointer: &CPtr, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        let parameter = passing.parameter(index)?;
        if !pointers_agree(pointer.as_type(), &parameter.ty, &passing.about.scope) {
            return passing.refuse(index, &self.describe());
        }
        passing.address(index, pointer.address().cast())
    }
}

impl<'v, V: HostValue> HostArguments<'v, V> {
    /// Values, lent with what the host needs to look at them.
    #[inline(always)]
    pub fn new(values: &'v [V], heap: &'v V::Heap) -> HostArguments<'v, V> {
        HostArguments { values, heap }
    }

    fn list(&self) -> Vec<HostArgument<'v, V>> {
        self.values.iter().map(|value| HostArgument::new(value, self.heap)).collect()
    }

    fn at(&self, index: usize) -> Option<HostArgument<'v, V>> {
        Some(HostArgument::new(self.values.get(index)?, self.heap))
    }
}

/// Where C finds text: in place if it ends in NUL already, else in a copy. Bytes may have NULs among them, characters not.
fn text_start(seen: &Seen<'_>, index: usize, passing: &mut Passing<'_, '_>) -> Result<*const u8> {
    let pointee = passing.parameter(index)?.pointee.as_ref();
    let takes_bytes = pointee
        .is_some_and(|pointee| pointee.is_void() || matches!(pointee.kind(), Kind::Scalar(Scalar::UChar)));
    match seen {
        Seen::TextWithNul(text) if text.last() == Some(&0) => match without_nul(text) {
            inside if !takes_bytes && inside.contains(&0) => Err(has_nul(inside)),
            _ => Ok(text.as_ptr()),
        },
        Seen::Text(text) | Seen::TextWithNul(text) => match takes_bytes {
            true => Ok(passing.scratch.bytes(text)),
            false => passing.scratch.text(text),
        },
        _ => Ok(std::ptr::null()),
    }
}

impl<V: HostValue> Argument for HostArgument<'_, V> {
    #[inline]
    fn put(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> bool {
        match self.seen() {
            seen @ (Seen::Text(_) | Seen::TextWithNul(_)) => {
                passing.ready.takes_text(index)
                    && match text_start(&seen, index, passing) {
                        Ok(start) => passing.put(index, &start.cast_mut()),
                        Err(_) => false,
                    }
            }
            Seen::Data(mut data) => (&mut data).put(index, passing),
            Seen::Behind(data) => passing.put_data(index, data.pointee(), &[], data.address().cast(), true),
            Seen::Pointer(_) | Seen::Other => false,
            _ => passing.put(index, self),
        }
    }

    fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        match self.seen() {
            text @ (Seen::Text(_) | Seen::TextWithNul(_)) => self.pass_text(&text, index, passing),
            Seen::Data(mut data) => (&mut data).pass(index, passing),
            Seen::Behind(data) => self.pass_behind(data, index, passing),
            Seen::Pointer(pointer) => self.pass_pointer(pointer, index, passing),
            _ => passing.value(index, self),
        }
    }

    fn promoted(&self) -> Promoted<'_> {
        self.promotion()
    }

    fn text(&self) -> Option<&[u8]> {
        self.characters()
    }
}

impl<V: HostValue> Arguments for HostArguments<'_, V> {
    #[inline(always)]
    fn count(&self) -> usize {
        self.values.len()
    }

    fn promoted(&self, index: usize) -> Promoted<'_> {
        self.at(index).map_or(Promoted::Unknown, |argument| argument.promotion())
    }

    fn text(&self, index: usize) -> Option<&[u8]> {
        self.at(index)?.characters()
    }

    fn is_any_integer(&self, index: usize) -> bool {
        self.at(index).is_some_and(|argument| argument.is_any_integer())
    }

    const ARE_VALUES: bool = true;

    #[inline(always)]
    fn put_numbers(&self, numbers: &mut Numbers<'_, '_>) -> bool {
        numbers.put_seen(self.values.iter().map(|value| value.seen(self.heap)))
    }

    fn put(&mut self, passing: &mut Passing<'_, '_>) -> bool {
        let mut values = self.values.iter().enumerate();
        values.all(|(index, value)| HostArgument::new(value, self.heap).put(index, passing))
    }

    fn pass(&mut self, passing: &mut Passing<'_, '_>) -> Result<()> {
        for (index, value) in self.values.iter().enumerate() {
            let mut argument = HostArgument::new(value, self.heap);
            if !argument.put(index, passing) {
                argument.pass(index, passing)?;
            }
        }
        Ok(())
    }
}

impl<V: HostValue> ToC for HostArgument<'_, V> {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        let value = match self.seen() {
            Seen::Null if to.ty.pointee().is_some() => Primitive::Address(0),
            Seen::Null => return Err(misfit(to.ty, None, None, &self.describe())),
            Seen::Bool(value) => Primitive::Bool(value),
            Seen::Integer(value) => Primitive::Integer(value),
            Seen::Float(value) => Primitive::Float(value),
            Seen::Address(address) => Primitive::Address(address.expose_provenance() as u64),
            Seen::Text(text) => return self.text_to_c(text, to),
            Seen::TextWithNul(text) => return self.text_to_c(without_nul(text), to),
            Seen::Data(data) => return data.to_c(to),
            Seen::Behind(data) if pointers_agree(data.as_type(), to.ty, to.scope) => return data.to_c(to),
            Seen::Behind(data) => return data.read_value(|source| copy_value(source, to))?,
            Seen::Pointer(pointer) => return pointer.to_c(to),
            Seen::Other => return self.value.fill(self.heap, to),
        };
        to.put(value, &|| self.describe())
    }

    #[inline(always)]
    fn to_word(&self, number: Number) -> Option<u64> {
        match self.seen() {
            Seen::Integer(value) => i64::try_from(value).ok()?.to_word(number),
            Seen::Float(value) => value.to_word(number),
            Seen::Bool(value) => value.to_word(number),
            Seen::Address(value) => value.to_word(number),
            Seen::Null => std::ptr::null_mut::<c_void>().to_word(number),
            _ => None,
        }
    }

    fn element_count(&self) -> Option<u64> {
        match self.seen() {
            Seen::Text(text) => Some((text.len() as u64).saturating_add(1)),
            Seen::TextWithNul(text) => Some((without_nul(text).len() as u64).saturating_add(1)),
            Seen::Data(data) => data.element_count(),
            Seen::Other => self.value.count(self.heap),
            _ => None,
        }
    }

    fn source_kind(&self) -> SourceKind {
        match self.seen() {
            Seen::Null => SourceKind::Null,
            Seen::Bool(_) => SourceKind::Bool,
            Seen::Integer(_) => SourceKind::Integer,
            Seen::Float(_) => SourceKind::Float,
            Seen::Address(_) => SourceKind::Pointer,
            Seen::Text(_) | Seen::TextWithNul(_) => SourceKind::Text,
            Seen::Data(data) => data.source_kind(),
            Seen::Other if self.value.count(self.heap).is_some() => SourceKind::List,
            Seen::Behind(_) | Seen::Other => SourceKind::Other,
            Seen::Pointer(_) => SourceKind::DataPointer,
        }
    }

    fn describe(&self) -> String {
        self.value.describe(self.heap)
    }
}

impl<V: HostValue> HostArgument<'_, V> {
    fn text_to_c(&self, text: &[u8], to: &mut Destination<'_>) -> Result<()> {
        match std::str::from_utf8(text) {
            Ok(name) if matches!(to.ty.kind(), Kind::Enum(_)) => name.to_c(to),
            _ => put_text(text, to, &|| self.describe()),
        }
    }
}

/// A list: the members of a record or the elements of an array, in order.
impl<V: HostValue> ToC for HostArguments<'_, V> {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        self.list().to_c(to)
    }
    fn element_count(&self) -> Option<u64> {
        Some(self.values.len() as u64)
    }
    fn tail_count(&self, members: usize, name: &str) -> Option<u64> {
        self.list().tail_count(members, name)
    }
    fn source_kind(&self) -> SourceKind {
        SourceKind::List
    }
    fn describe(&self) -> String {
        self.list().describe()
    }
}

impl FromC for Word {
    fn from_c(source: Source<'_>) -> Result<Word> {
        Err(source.unlike("a scalar"))
    }

    #[inline(always)]
    fn from_word(word: u64, number: Number) -> Option<Word> {
        Some(Word(word, number))
    }
}

impl FromC for Came {
    fn from_c(source: Source<'_>) -> Result<Came> {
        if source.ty.is_void() {
            return Ok(Came::Nothing);
        }
        let Some(number) = Number::of(source.ty, source.scope) else {
            return Ok(Came::Parts(matches!(source.ty.kind(), Kind::Array(..))));
        };
        match source.primitive("a number")? {
            Primitive::Address(address) => Ok(Came::Word(address, number)),
            other => Ok(Came::Scalar(other, source.ty.clone(), source.scope.clone())),
        }
    }

    const OWNS: Owns = Owns::Everything;

    fn from_owned(owned: &mut dyn Any) -> Option<Came> {
        CData::from_owned(owned).map(Came::Data)
    }

    #[inline(always)]
    fn from_word(word: u64, number: Number) -> Option<Came> {
        Some(Came::Word(word, number))
    }
}

/// Calls a function, and makes a host's value of its result.
///
/// # Safety
///
/// As for `Function::call`.
#[inline(always)]
pub(super) unsafe fn call<V: HostValue, N: Noting>(
    function: &Inner,
    heap: &V::Heap,
    values: &[V],
) -> Result<N::With<V>> {
    let arguments = HostArguments::new(values, heap);
    if !may_return::<Word>(function.result.byte) {
        // SAFETY: handed on to the caller
        let (came, noted) = N::apart(unsafe { function.call::<Came, _, N>(arguments) }?);
        return Ok(N::with(made_slowly(came, heap)?, noted));
    }
    // SAFETY: handed on to the caller
    let (Word(word, number), noted) = N::apart(unsafe { function.call::<Word, _, N>(arguments) }?);
    if let Some(value) = of_word(word, number, heap) {
        return Ok(N::with(value, noted));
    }
    Ok(N::with(rarely_made(word, number, heap, function)?, noted))
}

/// A pointer, or a number that the host has none for.
#[inline(never)]
fn rarely_made<V: HostValue>(word: u64, number: Number, heap: &V::Heap, function: &Inner) -> Result<V> {
    if number == Number::Address64 {
        let address = std::ptr::with_exposed_provenance_mut(word as usize);
        let pointer = CPtr::foreign(&function.about.scope, &function.function.result, address)?;
        return Ok(V::from_pointer(heap, pointer));
    }
    made_slowly(Came::Data(function.result.converted(word, number, &function.about)?), heap)
}

/// The host's value of what came; `owned` makes data of a number that the host has none for.
pub(super) fn made<V: HostValue>(
    came: Came,
    heap: &V::Heap,
    owned: impl FnOnce() -> Result<CData>,
) -> Result<V> {
    match came {
        Came::Word(word, number) => match of_word(word, number, heap) {
            Some(value) => Ok(value),
            None => made_slowly(Came::Data(owned()?), heap),
        },
        came => made_slowly(came, heap),
    }
}

/// The host's value of a scalar in 8 bytes; `None` for a pointer, and for a number that the host has none for.
#[inline(always)]
fn of_word<V: HostValue>(word: u64, number: Number, heap: &V::Heap) -> Option<V> {
    let integer = match number {
        Number::I32 => i128::from(word as i32),
        Number::I64 => i128::from(word as i64),
        Number::F64 => return Some(V::from_float(heap, f64::from_bits(word))),
        Number::F32 => return Some(V::from_float(heap, f32::from_bits(word as u32).into())),
        Number::Bool => return Some(V::from_bool(heap, word as u8 != 0)),
        _ => i128::from_word(word, number)?,
    };
    V::from_integer(heap, integer)
}

#[inline(never)]
fn made_slowly<V: HostValue>(came: Came, heap: &V::Heap) -> Result<V> {
    match came {
        Came::Scalar(value, ty, scope) => match of_primitive(value, heap) {
            Some(made) => Ok(made),
            None => V::from_data(heap, CData::made(&scope, &ty, &Exactly(value))?),
        },
        Came::Data(data) => match data.get::<Came>("") {
            Ok(Came::Scalar(value, ..)) => match of_primitive(value, heap) {
                Some(made) => Ok(made),
                None => V::from_data(heap, data),
            },
            _ => V::from_data(heap, data),
        },
        Came::Nothing | Came::Word(..) | Came::Parts(_) => Ok(V::nothing(heap)),
    }
}

/// `None` for an integer that the host does not have.
fn of_primitive<V: HostValue>(value: Primitive, heap: &V::Heap) -> Option<V> {
    match value {
        Primitive::Bool(value) => Some(V::from_bool(heap, value)),
        Primitive::Integer(value) => V::from_integer(heap, value),
        Primitive::Float(value) => Some(V::from_float(heap, value)),
        Primitive::Huge(_) | Primitive::Address(_) => None,
    }
}

/// A scalar that is written as it was read.
struct Exactly(Primitive);

impl ToC for Exactly {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        to.put(self.0, &|| self.describe())
    }
    fn describe(&self) -> String {
        format!("{:?}", self.0)
    }
}
