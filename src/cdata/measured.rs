//! A type that values are made of again and again: looked up and measured once.

use super::memory_of::allocator_of;
use crate::convert::shown_type;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Align;
use crate::memory::{self, Allocator, Block};
use crate::types::{self, ArrayLength, Field, Kind, Scope, Type};
use std::alloc::Layout;
use std::sync::Arc;

/// A type and the scope that it is of. Values of one type share it, so that making one counts one reference.
pub(crate) struct Measured {
    pub(super) ty: Type,
    pub(super) scope: Arc<Scope>,
    /// How much memory a value needs: at least so much, where it has a flexible tail.
    layout: Layout,
    /// How far apart its elements are, if it is an array: computed once, because `at` is in many loops.
    pub(super) stride: usize,
}

impl Measured {
    /// Measures a type; `count` is for `T[?]` and `T[]`.
    pub(crate) fn new(scope: &Arc<Scope>, ty: &Type, count: Option<u64>) -> Result<Measured> {
        let ty = match (ty.kind(), count) {
            (Kind::Array(element, ArrayLength::OnAllocation | ArrayLength::Unknown), Some(count)) => {
                Type::clone(element).array_of(ArrayLength::Fixed(count))?
            }
            (Kind::Array(_, ArrayLength::OnAllocation | ArrayLength::Unknown), None) => {
                let message = format!("expected a number of elements for '{ty}'; use alloc_array");
                return Err(Error::new(ErrorKind::Incomplete, message));
            }
            _ => ty.clone(),
        };
        let extent = types::extent(&ty, &**scope)?;
        Measured::with_size(scope, &ty, extent.size, extent.align)
    }

    /// An array of so many elements of a type, which may itself be `T[?]`.
    pub(crate) fn array(scope: &Arc<Scope>, ty: &Type, count: u64) -> Result<Measured> {
        match ty.kind() {
            Kind::Array(_, ArrayLength::OnAllocation | ArrayLength::Unknown) => {
                Measured::new(scope, ty, Some(count))
            }
            _ => Measured::new(scope, &ty.clone().array_of(ArrayLength::Fixed(count))?, None),
        }
    }

    /// A type of which somebody measured a value already.
    pub(super) fn with_size(scope: &Arc<Scope>, ty: &Type, size: u64, align: Align) -> Result<Measured> {
        let layout = memory::layout(size, align)?;
        let stride = match ty.kind() {
            Kind::Array(_, ArrayLength::Fixed(count)) => {
                usize::try_from(*count).ok().and_then(|count| layout.size().checked_div(count))
            }
            _ => None,
        };
        Ok(Measured { ty: ty.clone(), scope: scope.clone(), layout, stride: stride.unwrap_or(0) })
    }

    /// Zero bytes for one value, from the allocator of the scope where none is named.
    #[inline(always)]
    pub(super) fn block(&self, allocator: Option<&Arc<dyn Allocator>>) -> Result<Block> {
        Block::with_layout(self.layout, allocator.or_else(|| allocator_of(&self.scope)))
    }

    /// How much memory a value takes with so many elements in its tail, and how much of that is in use.
    pub(super) fn flexible(&self, count: u64) -> Result<(Layout, usize)> {
        let (offset, element) = tail_of(&self.ty).ok_or_else(|| {
            let cure = match self.ty.kind() {
                Kind::Array(..) => "use alloc_array",
                _ => "declare the last one with '[]'",
            };
            let ty = shown_type(&self.ty);
            Error::new(ErrorKind::NoSuchField, format!("'{ty}' has no flexible member; {cure}"))
        })?;
        let size = types::extent(&element, &*self.scope)?.size;
        let used = count.checked_mul(size).and_then(|tail| tail.checked_add(offset)).unwrap_or(u64::MAX);
        let align = Align::from_bytes(self.layout.align() as u64).unwrap_or(Align::ONE);
        let layout = memory::layout(used.max(self.layout.size() as u64), align)?;
        Ok((layout, usize::try_from(used).unwrap_or(layout.size())))
    }

    /// The memory of one value.
    pub(super) fn layout(&self) -> Layout {
        self.layout
    }
}

/// The flexible member at the end of a record: where it starts, and its elements.
pub(super) fn tail_of(ty: &Type) -> Option<(u64, Type)> {
    let body = ty.as_record()?.body()?;
    let at = |field: &Field| match (field.ty.kind(), &field.name) {
        (Kind::Array(element, ArrayLength::Unknown | ArrayLength::OnAllocation), _) => {
            Some((field.position.offset(), Type::clone(element)))
        }
        (Kind::Record(_), None) => {
            let (offset, element) = tail_of(&field.ty)?;
            Some((offset.checked_add(field.position.offset())?, element))
        }
        _ => None,
    };
    body.fields.iter().rev().find_map(at)
}
