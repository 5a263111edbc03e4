//! A signature made ready for calls, and one call being filled.

use super::argument::Argument;
use super::scratch::Scratch;
use super::signature::{other_members, passed_types, signature};
use crate::abi::{self, CallPlan};
use crate::cdata::same_numbers;
use crate::convert::{Destination, Number, ToC, shown_type};
use crate::engine::{Image, Prepared, Slot};
use crate::error::{Error, ErrorKind, Result};
use crate::target::Target;
use crate::types::{self, CallingConvention, Kind, ParameterTail, Qualifiers, Scope, Type};
use std::sync::Arc;

/// All that calls with arguments of these types share.
pub(super) struct Ready {
    pub(super) prepared: Prepared,
    pub(super) plan: CallPlan,
    pub(super) parameters: Box<[Parameter]>,
    /// How each parameter is stored and where, if it is one scalar in one slot.
    pub(super) plain: Box<[Option<(Number, Slot)>]>,
    /// The same signature with another member of a transparent union as the type of this parameter: it travels alike.
    others: Box<[(usize, Ready)]>,
}

/// What an argument must become.
pub(super) struct Parameter {
    pub(super) ty: Type,
    pub(super) name: Option<Arc<str>>,
    /// Where it points to, if it is a pointer.
    pub(super) pointee: Option<Type>,
    /// The scalars that may stand behind the pointer: a bit for each `Number`.
    behind: u32,
    /// It points to what C does not change.
    pub(super) takes_const: bool,
    /// It points to characters that C does not change.
    pub(super) takes_text: bool,
    pub(super) size: usize,
}

impl Ready {
    pub(super) fn new(
        scope: &Arc<Scope>,
        function: &types::Function,
        tail: &[Type],
        variadic: bool,
    ) -> Result<Ready> {
        is_host(scope.target())?;
        let types = passed_types(function, tail);
        let mut ready = Ready::of(scope, function, types.clone(), variadic)?;
        let mut others = Vec::new();
        for (index, ty) in other_members(function) {
            let mut types = types.clone();
            if let Some(place) = types.get_mut(index) {
                place.0 = ty;
            }
            // Compilers refuse members that travel in different ways, and so is it here
            let other = Ready::of(scope, function, types, variadic)?;
            if other.prepared.travels_like(&ready.prepared) {
                others.push((index, other));
            }
        }
        ready.others = others.into();
        Ok(ready)
    }

    /// What a `va_list` leads to that holds values of these types.
    pub(super) fn behind_registers(scope: &Arc<Scope>, tail: &[Type]) -> Result<Ready> {
        is_host(scope.target())?;
        let function = types::Function {
            result: Type::void(),
            parameters: Vec::new(),
            tail: ParameterTail::Variadic,
            convention: CallingConvention::C,
        };
        let types = passed_types(&function, tail);
        let plan = abi::plan_behind_registers(&signature(scope, &function, &types, true)?)?;
        Ready::planned(scope, plan, types)
    }

    fn of(
        scope: &Arc<Scope>,
        function: &types::Function,
        types: Vec<(Type, Option<Arc<str>>)>,
        variadic: bool,
    ) -> Result<Ready> {
        let plan = abi::plan(&signature(scope, function, &types, variadic)?)?;
        Ready::planned(scope, plan, types)
    }

    fn planned(scope: &Arc<Scope>, plan: CallPlan, types: Vec<(Type, Option<Arc<str>>)>) -> Result<Ready> {
        let prepared = Prepared::new(&plan)?;
        let plain = types.iter().enumerate().map(|(index, (ty, _))| {
            let number = Number::of(ty, scope).filter(|number| number.size() <= 8);
            number.zip(prepared.slot(index))
        });
        let plain = plain.collect();
        let parameter = |(ty, name): (Type, Option<Arc<str>>)| {
            let size = usize::try_from(types::extent(&ty, &**scope)?.size).map_err(|_| too_large(&ty))?;
            let pointee = ty.pointee().cloned();
            let is_behind = |number: &Number| {
                pointee.as_ref().is_some_and(|pointee| same_numbers(pointee, scope, *number))
            };
            let behind = Number::ALL.into_iter().filter(is_behind).fold(0, |bits, number| bits | bit(number));
            let takes_text = pointee.as_ref().is_some_and(|pointee| {
                let is_text = matches!(Number::of(pointee, scope), Some(Number::I8 | Number::U8));
                pointee.qualifiers().contains(Qualifiers::CONST) && (is_text || pointee.is_void())
            });
            let takes_const = pointee.as_ref().is_some_and(|pointee| {
                pointee.qualifiers().contains(Qualifiers::CONST) || pointee.as_function().is_some()
            });
            Ok(Parameter { ty, name, pointee, behind, takes_const, takes_text, size })
        };
        let parameters = types.into_iter().map(parameter).collect::<Result<Box<[_]>>>()?;
        Ok(Ready { prepared, plan, parameters, plain, others: Box::default() })
    }

    pub(super) fn takes_const(&self, index: usize) -> bool {
        self.parameters.get(index).is_some_and(|parameter| parameter.takes_const)
    }

    pub(super) fn takes_text(&self, index: usize) -> bool {
        self.parameters.get(index).is_some_and(|parameter| parameter.takes_text)
    }
}

fn bit(number: Number) -> u32 {
    1 << number as u32
}

/// An error where this program cannot call what is declared.
fn is_host(target: Target) -> Result<()> {
    if target == Target::host() {
        return Ok(());
    }
    let message = format!("calls need the types of this machine, {}; these are of {target}", Target::host());
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// One call, while its arguments are written.
pub struct Passing<'c, 'i> {
    pub(super) image: &'c mut Image<'i>,
    /// Made together with the image's `Prepared`.
    pub(super) ready: &'c Ready,
    pub(super) about: &'c About,
    pub(super) scratch: &'c mut Scratch,
}

/// What conversions and messages need to know of the function.
pub(super) struct About {
    pub(super) name: Arc<str>,
    pub(super) scope: Arc<Scope>,
}

/// Two eightbytes, and as much again as any vector register has.
const INLINE_BYTES: usize = 64;

impl Passing<'_, '_> {
    /// Writes an argument by the shortest way that it allows.
    pub(super) fn one(&mut self, index: usize, argument: &mut impl Argument) -> Result<()> {
        if argument.put(index, self) {
            return Ok(());
        }
        match argument.pass(index, self) {
            Err(error) if !self.ready.others.is_empty() => self.as_other_member(index, argument, error),
            passed => passed,
        }
    }

    /// A transparent union takes what any of its members takes.
    #[cold]
    fn as_other_member(&mut self, index: usize, argument: &mut impl Argument, first: Error) -> Result<()> {
        let ready = self.ready;
        let others = ready.others.iter().filter(|(parameter, _)| *parameter == index);
        let mut kinds = Vec::new();
        for (_, other) in others {
            self.ready = other;
            let passed = argument.pass(index, self);
            self.ready = ready;
            if passed.is_ok() {
                return Ok(());
            }
            kinds.extend(other.parameters.get(index).map(|parameter| shown_type(&parameter.ty).to_string()));
        }
        if kinds.is_empty() {
            return Err(first);
        }
        Err(Error::new(first.kind(), format!("{}; nor is it {}", first.message(), kinds.join(" or "))))
    }

    /// Writes a scalar; `false` where it is none, or is not simply one of the parameter's type.
    #[inline(always)]
    pub(super) fn put(&mut self, index: usize, value: &(impl ToC + ?Sized)) -> bool {
        if let Some(&Some((number, slot))) = self.ready.plain.get(index)
            && let Some(word) = value.to_word(number)
        {
            // SAFETY: the slot was handed out by the `Prepared` that this image belongs to
            unsafe { self.image.store(slot, word) };
            return true;
        }
        false
    }

    /// Writes the address of scalars of Rust, where a pointer to such is expected.
    #[inline]
    pub(super) fn put_scalars(
        &mut self,
        index: usize,
        number: Option<Number>,
        writable: bool,
        start: *const u8,
    ) -> bool {
        let (Some(parameter), Some(number)) = (self.ready.parameters.get(index), number) else {
            return false;
        };
        parameter.behind & bit(number) != 0
            && (writable || parameter.takes_const)
            && self.put(index, &start.cast_mut())
    }

    /// Writes a record where this very record is expected, or the address of a value where a pointer to its type is.
    #[inline]
    pub(super) fn put_data(
        &mut self,
        index: usize,
        ty: &Type,
        bytes: &[u8],
        address: *const u8,
        writable: bool,
    ) -> bool {
        let Some(parameter) = self.ready.parameters.get(index) else { return false };
        let Some(pointee) = &parameter.pointee else { return self.put_record(index, ty, bytes) };
        let is_behind = |element: &Type| element.is_same_record(pointee) || element.kind() == pointee.kind();
        let points_to = pointee.is_void()
            || ty.is_same_record(pointee)
            || matches!(ty.kind(), Kind::Array(element, _) if is_behind(element));
        let is_allowed = parameter.takes_const || (writable && !ty.qualifiers().contains(Qualifiers::CONST));
        points_to && ty.pointee().is_none() && is_allowed && self.put(index, &address.cast_mut())
    }

    /// Writes a record where this very record is expected.
    #[inline]
    pub(super) fn put_record(&mut self, index: usize, ty: &Type, bytes: &[u8]) -> bool {
        let Some(parameter) = self.ready.parameters.get(index) else { return false };
        parameter.ty.is_same_record(ty)
            && bytes.len() == parameter.size
            && self.image.write_argument(index, bytes).is_ok()
    }

    /// Writes an argument that converts to the parameter's type.
    #[inline(always)]
    pub(super) fn value(&mut self, index: usize, value: &(impl ToC + ?Sized)) -> Result<()> {
        if self.put(index, value) {
            return Ok(());
        }
        self.converted(index, value)
    }

    #[inline(never)]
    fn converted(&mut self, index: usize, value: &(impl ToC + ?Sized)) -> Result<()> {
        let Some(parameter) = self.ready.parameters.get(index) else { return Err(self.too_many()) };
        let (ty, scope) = (&parameter.ty, &self.about.scope);
        if let Some(bytes) = self.image.bytes_of(index) {
            let written = value.to_c(&mut Destination { bytes, bits: None, ty, scope });
            return written.map_err(|error| self.at(index, error));
        }
        // What does not lie in the image as in memory has two eightbytes at most
        let mut room = [0u8; INLINE_BYTES];
        let bytes = room.get_mut(..parameter.size).unwrap_or_default();
        let written = value.to_c(&mut Destination { bytes, bits: None, ty, scope });
        written.map_err(|error| self.at(index, error))?;
        self.image.write_argument(index, bytes)
    }

    /// Writes the bytes of a record of the parameter's own type. A flexible member behind it does not travel; one inside
    /// of its padding may end early.
    pub(super) fn record(&mut self, index: usize, bytes: &[u8]) -> Result<()> {
        let size = self.parameter(index)?.size;
        if let Some(bytes) = bytes.get(..size) {
            return self.image.write_argument(index, bytes);
        }
        let copy = |to: &mut [u8]| to.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        if let Some(whole) = self.image.bytes_of(index) {
            copy(whole);
            return Ok(());
        }
        let mut room = [0u8; INLINE_BYTES];
        let whole = room.get_mut(..size).unwrap_or_default();
        copy(whole);
        self.image.write_argument(index, whole)
    }

    /// Writes an address where a pointer is expected.
    #[inline(always)]
    pub(super) fn address(&mut self, index: usize, address: *const u8) -> Result<()> {
        self.value(index, &address.cast_mut())
    }

    /// Writes text with a NUL behind it, which lives as long as the call.
    pub(super) fn text(&mut self, index: usize, text: &str) -> Result<()> {
        let parameter = self.parameter(index)?;
        if parameter.pointee.is_none() {
            return self.value(index, text);
        }
        self.check_text(index, &|| text.describe())?;
        let start = self.scratch.text(text.as_bytes()).map_err(|error| self.at(index, error))?;
        self.address(index, start)
    }

    /// Refuses text where the parameter is no pointer to characters that stay as they are.
    pub(super) fn check_text(&self, index: usize, shown: &dyn Fn() -> String) -> Result<()> {
        let parameter = self.parameter(index)?;
        if parameter.takes_text {
            return Ok(());
        }
        let is_text = parameter.pointee.as_ref().is_some_and(|pointee| {
            pointee.is_void()
                || matches!(Number::of(pointee, &self.about.scope), Some(Number::I8 | Number::U8))
        });
        let cure = if is_text { ", which C may not write to; pass a &mut CData or a &mut [u8]" } else { "" };
        self.refuse(index, &format!("{}{cure}", shown()))
    }

    pub(super) fn parameter(&self, index: usize) -> Result<&Parameter> {
        self.ready.parameters.get(index).ok_or_else(|| self.too_many())
    }

    #[cold]
    fn too_many(&self) -> Error {
        let count = self.ready.parameters.len();
        let plural = if count == 1 { "" } else { "s" };
        let message = format!("{} takes {count} argument{plural}", self.about.name);
        Error::new(ErrorKind::Arity, message)
    }

    /// The error of an argument that is nothing like the parameter.
    #[cold]
    pub(super) fn refuse<T>(&self, index: usize, found: &str) -> Result<T> {
        let ty = &self.parameter(index)?.ty;
        let error = Error::new(
            ErrorKind::Conversion,
            format!("expected {}, got {found}", shown_type(&ty.clone().unqualified())),
        );
        Err(self.at(index, error))
    }

    /// An error, with the argument that it is about.
    #[cold]
    pub(super) fn at(&self, index: usize, error: Error) -> Error {
        let name = self.ready.parameters.get(index).and_then(|parameter| parameter.name.as_deref());
        let name = name.map_or(String::new(), |name| format!(" ('{name}')"));
        let number = index.saturating_add(1);
        Error::new(
            error.kind(),
            format!("argument {number}{name} of {}: {}", self.about.name, error.message()),
        )
    }
}

fn too_large(ty: &Type) -> Error {
    Error::new(ErrorKind::TooLarge, format!("'{}' is larger than this machine can address", shown_type(ty)))
}
