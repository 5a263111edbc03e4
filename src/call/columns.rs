//! Arguments that differ from call to call, side by side.

use super::argument::Argument;
use super::exact::{self, NONE};
use super::ready::{About, Ready};
use crate::engine::Image;
use crate::error::{Error, ErrorKind, Result};

/// One column for each of the first arguments of a [`Bound`](crate::Bound) call: a slice, or `()` for one that stays.
pub trait Columns {
    /// Are all as long as this, and of exactly the types of their parameters?
    #[doc(hidden)]
    fn check(&self, call: &Rows<'_, '_>, count: usize) -> Result<()>;

    /// Writes one row.
    ///
    /// # Safety
    ///
    /// `check` said yes, for a call of this kind and more rows than this.
    #[doc(hidden)]
    unsafe fn store(&self, row: usize, call: &mut Rows<'_, '_>);
}

/// One column.
pub trait Argumented {
    /// As for [`Columns`].
    #[doc(hidden)]
    fn check(&self, index: usize, call: &Rows<'_, '_>, count: usize) -> Result<()>;

    /// As for [`Columns`].
    ///
    /// # Safety
    ///
    /// As for [`Columns`].
    #[doc(hidden)]
    unsafe fn store(&self, row: usize, index: usize, call: &mut Rows<'_, '_>);
}

/// A call that is made row by row.
pub struct Rows<'r, 'i> {
    pub(super) ready: &'r Ready,
    pub(super) about: &'r About,
    /// Of this `Ready`.
    pub(super) image: Image<'i>,
}

impl Argumented for () {
    fn check(&self, _: usize, _: &Rows<'_, '_>, _: usize) -> Result<()> {
        Ok(())
    }
    #[inline(always)]
    unsafe fn store(&self, _: usize, _: usize, _: &mut Rows<'_, '_>) {}
}

impl<T: Argument> Argumented for &[T] {
    fn check(&self, index: usize, call: &Rows<'_, '_>, count: usize) -> Result<()> {
        let number = index.saturating_add(1);
        let refuse = |words: String| {
            let name = &call.about.name;
            Err(Error::new(ErrorKind::Conversion, format!("column for argument {number} of {name}: {words}")))
        };
        if self.len() != count {
            return refuse(format!("expected {count} rows, as there are results, got {}", self.len()));
        }
        let Some(parameter) = call.ready.parameters.get(index) else {
            return refuse(format!("it takes {} arguments", call.ready.parameters.len()));
        };
        match call.ready.plain.get(index) {
            Some(Some((found, _))) if T::EXACT != NONE && exact::byte(*found) == T::EXACT => Ok(()),
            _ => {
                let name = std::any::type_name::<T>();
                refuse(format!("expected a slice of exactly {}, got a &[{name}]", parameter.ty))
            }
        }
    }

    #[inline(always)]
    unsafe fn store(&self, row: usize, index: usize, call: &mut Rows<'_, '_>) {
        // SAFETY: `check` found as many rows, and a slot for this argument, which was handed out by the image's `Prepared`
        unsafe {
            let slot = call.ready.plain.get_unchecked(index).unwrap_unchecked().1;
            call.image.store(slot, self.get_unchecked(row).word());
        }
    }
}

macro_rules! columns {
    ($($($name:ident $index:tt)*;)*) => {$(
        impl<$($name: Argumented),*> Columns for ($($name,)*) {
            fn check(&self, call: &Rows<'_, '_>, count: usize) -> Result<()> {
                $(self.$index.check($index, call, count)?;)*
                Ok(())
            }

            #[inline(always)]
            unsafe fn store(&self, row: usize, call: &mut Rows<'_, '_>) {
                // SAFETY: handed on to the caller
                $(unsafe { self.$index.store(row, $index, call) };)*
            }
        }
    )*};
}

columns! {
    A 0;
    A 0 B 1;
    A 0 B 1 C 2;
    A 0 B 1 C 2 D 3;
    A 0 B 1 C 2 D 3 E 4;
    A 0 B 1 C 2 D 3 E 4 F 5;
}
