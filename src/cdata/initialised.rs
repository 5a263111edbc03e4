//! Values made from an initialiser in C text.

use super::CData;
use crate::cdef;
use crate::convert::{self, ToC};
use crate::error::{Result, Source};
use crate::types::{self, ArrayLength, Kind, Scope, Type};
use std::num::Wrapping;
use std::sync::Arc;

impl CData {
    /// Writes a part by its path; of a number that is too large for an integer type, the low bits.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// let mut byte = ffi.alloc("unsigned char")?;
    /// assert!(byte.set("", 300).is_err());
    /// byte.set_wrapping("", 300)?;
    /// assert_eq!(byte.get::<u8>("")?, 44);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn set_wrapping<V>(&mut self, path: &str, value: V) -> Result<()>
    where
        Wrapping<V>: ToC,
    {
        self.set(path, Wrapping(value))
    }

    /// A value of a type from what C would write behind the `=` of its declaration.
    pub(crate) fn made_from_text(scope: &Arc<Scope>, ty: &Type, text: &str) -> Result<CData> {
        let initialiser = cdef::initialiser(scope, &Source::new("<initialiser>", text))?;
        let size = convert::initialised_size(scope, ty, &initialiser)?;
        let ty = match ty.kind() {
            Kind::Array(element, ArrayLength::Unknown | ArrayLength::OnAllocation) => {
                let element_size = types::extent(element, &**scope)?.size;
                let count = size.checked_div(element_size).unwrap_or(0);
                Type::clone(element).array_of(ArrayLength::Fixed(count))?
            }
            _ => ty.clone(),
        };
        let align = types::extent(&ty, &**scope)?.align;
        let mut made = CData::for_result(scope, &ty, size, align)?;
        convert::initialise(scope, &ty, made.bytes_mut(), &initialiser)?;
        Ok(made)
    }
}
