//! A signature made ready for calls, and one call being filled.

use super::scratch::Scratch;
use super::signature::{passed_types, signature};
use crate::abi;
use crate::convert::{Destination, Number, ToC, shown_type};
use crate::engine::{Image, Prepared, Slot};
use crate::error::{Error, ErrorKind, Result};
use crate::target::Target;
use crate::types::{self, Qualifiers, Scope, Type};
use std::sync::Arc;

/// All that calls with arguments of these types share.
pub(super) struct Ready {
    pub(super) prepared: Prepared,
    pub(super) parameters: Box<[Parameter]>,
}

/// What an argument must become.
pub(super) struct Parameter {
    pub(super) ty: Type,
    pub(super) name: Option<Arc<str>>,
    /// How it is stored and where, if it is one scalar in one slot.
    pub(super) plain: Option<(Number, Slot)>,
    /// Where it points to, if it is a pointer.
    pub(super) pointee: Option<Type>,
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
        let signature = signature(scope, function, &types, variadic)?;
        let prepared = Prepared::new(&abi::plan(&signature)?)?;
        let parameter = |(index, (ty, name)): (usize, (Type, Option<Arc<str>>))| {
            let number = Number::of(&ty, scope).filter(|number| number.size() <= 8);
            let size = usize::try_from(types::extent(&ty, &**scope)?.size).map_err(|_| too_large(&ty))?;
            let pointee = ty.pointee().cloned();
            let takes_text = pointee.as_ref().is_some_and(|pointee| {
                let is_text = matches!(Number::of(pointee, scope), Some(Number::I8 | Number::U8));
                pointee.qualifiers().contains(Qualifiers::CONST) && (is_text || pointee.is_void())
            });
            let takes_const = pointee.as_ref().is_some_and(|pointee| {
                pointee.qualifiers().contains(Qualifiers::CONST) || pointee.as_function().is_some()
            });
            let plain = number.zip(prepared.slot(index));
            Ok(Parameter { ty, name, plain, pointee, takes_const, takes_text, size })
        };
        let parameters = types.into_iter().enumerate().map(parameter).collect::<Result<Box<[_]>>>()?;
        Ok(Ready { prepared, parameters })
    }
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

/// Arguments up to this size are converted without the heap.
const INLINE_BYTES: usize = 64;

impl Passing<'_, '_> {
    /// Writes an argument that converts to the parameter's type.
    #[inline(always)]
    pub(super) fn value(&mut self, index: usize, value: &(impl ToC + ?Sized)) -> Result<()> {
        if let Some(parameter) = self.ready.parameters.get(index)
            && let Some((number, slot)) = parameter.plain
            && let Some(word) = value.to_word(number)
        {
            // SAFETY: the slot was handed out by the `Prepared` that this image belongs to
            unsafe { self.image.store(slot, word) };
            return Ok(());
        }
        self.converted(index, value)
    }

    #[inline(never)]
    fn converted(&mut self, index: usize, value: &(impl ToC + ?Sized)) -> Result<()> {
        let parameter = self.parameter(index)?;
        let size = parameter.size;
        let (mut inline, mut large);
        let bytes: &mut [u8] = match size {
            0..=INLINE_BYTES => {
                inline = [0u8; INLINE_BYTES];
                inline.get_mut(..size).unwrap_or_default()
            }
            _ => {
                large = vec![0u8; size];
                &mut large
            }
        };
        let mut to = Destination { bytes, bits: None, ty: &parameter.ty, scope: &self.about.scope };
        value.to_c(&mut to).map_err(|error| self.at(index, error))?;
        self.image.write_argument(index, bytes)
    }

    /// Writes the bytes of an argument of the parameter's own type.
    pub(super) fn bytes(&mut self, index: usize, bytes: &[u8]) -> Result<()> {
        self.image.write_argument(index, bytes)
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
            return self.converted(index, text);
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
        self.ready.parameters.get(index).ok_or_else(|| {
            let message = format!("{} takes {} arguments", self.about.name, self.ready.parameters.len());
            Error::new(ErrorKind::Arity, message)
        })
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
