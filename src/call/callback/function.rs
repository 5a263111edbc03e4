//! Function pointers that C gave, to be called.

use super::super::function::Function;
use crate::cdata::CPtr;
use crate::convert::shown_type;
use crate::error::{Error, ErrorKind, Result};
use std::ffi::c_void;
use std::ptr::NonNull;

impl CPtr {
    /// The function that it points to, to be called by the type of this pointer.
    ///
    /// ```
    /// use eightbyte::CPtr;
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("struct operation { int (*apply)(int, int); };")?;
    /// let add = ffi.callback("int (*)(int, int)", |a: i32, b: i32| a + b)?;
    /// let mut operation = ffi.alloc("struct operation")?;
    /// operation.set("apply", &add)?;
    /// let apply = operation.get::<CPtr>("apply")?.as_function()?;
    /// assert_eq!(unsafe { apply.call::<i32>((2, 3))? }, 5);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn as_function(&self) -> Result<Function> {
        let pointee = self.pointee();
        if pointee.as_function().is_none() {
            let message = format!(
                "expected a pointer to a function, found a '{}'; cast it to the type that it is of",
                shown_type(self.as_type())
            );
            return Err(Error::new(ErrorKind::Conversion, message));
        }
        let address: NonNull<c_void> = NonNull::new(self.address()).ok_or_else(|| {
            let message = format!("expected a '{}' to call, found null", shown_type(self.as_type()));
            Error::new(ErrorKind::Null, message)
        })?;
        Function::new(self.scope(), "function", pointee, address, None, None)
    }
}
