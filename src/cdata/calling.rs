//! Methods and operators, called by name.

use super::CData;
use super::methods::{Method, neither, table_of};
use super::part::{CMut, CRef, Held, HeldMut};
use super::value::Value;
use crate::convert::{Source, ToC, shown_type};
use crate::error::{Error, ErrorKind, Result};
use crate::types::Type;
use std::ffi::c_void;

impl CRef<'_> {
    /// Calls a method of its type: see [`Ffi::methods`](crate::Ffi::methods).
    pub fn call_method(&self, name: &str, arguments: &[Value]) -> Result<Value> {
        match method_of(self.as_type(), name)? {
            Method::Reads(method) => method(self, arguments),
            Method::Writes(_) => Err(only_mut(self.as_type(), name)),
        }
    }

    /// What a host language's `value.name` is: a member, or what the `__index` of its type makes of the name. Methods are
    /// for [`call_method`](CRef::call_method).
    pub fn index(&self, name: &str) -> Result<Value> {
        if is_member(self.as_type(), name) {
            return self.get(name);
        }
        match table_of(self.as_type()).and_then(|table| table.find("__index").cloned()) {
            Some(Method::Reads(method)) => method(self, &[name.into()]),
            _ => Err(neither(self.as_type(), name)),
        }
    }

    /// Does its type have a method of this name?
    pub fn has_method(&self, name: &str) -> bool {
        !is_member(self.as_type(), name)
            && table_of(self.as_type()).is_some_and(|table| table.find(name).is_some())
    }

    /// What its `__tostring` says; without one, the same as `Display`.
    pub fn text(&self) -> Result<String> {
        match table_of(self.as_type()).and_then(|table| table.find("__tostring").cloned()) {
            Some(Method::Reads(method)) if self.as_type().as_record().is_some() => match method(self, &[])? {
                Value::String(text) => Ok(text),
                other => {
                    let message = format!("expected text from __tostring, got {}", other.describe());
                    Err(Error::new(ErrorKind::Conversion, message))
                }
            },
            _ => Ok(self.to_string()),
        }
    }

    /// Calls a method on what it points to.
    ///
    /// # Safety
    ///
    /// It holds null (an error), or points to a value of its type that nobody writes meanwhile.
    pub unsafe fn call_method_through(&self, name: &str, arguments: &[Value]) -> Result<Value> {
        let ty = self.as_type();
        let pointee = ty.pointee().ok_or_else(|| {
            let message =
                format!("expected a pointer to call '{name}' through, found a '{}'", shown_type(ty));
            Error::new(ErrorKind::Conversion, message)
        })?;
        let address: *mut c_void = self.get("")?;
        let Source { scope, .. } = self.source();
        // SAFETY: the caller vouches for what it points to
        let there = unsafe { CRef::foreign(scope, pointee, address) }?;
        there.call_method(name, arguments)
    }
}

impl CMut<'_> {
    /// Calls a method of its type, one that may change it or one that only reads.
    pub fn call_method(&mut self, name: &str, arguments: &[Value]) -> Result<Value> {
        let method = method_of(self.as_type(), name)?;
        match method {
            Method::Reads(method) => method(&self.read(), arguments),
            Method::Writes(_) if self.is_constant() => {
                let ty = shown_type(self.as_type());
                let message = format!("'{ty}' is const: its method '{name}' would change it");
                Err(Error::new(ErrorKind::Const, message))
            }
            Method::Writes(method) => method(self, arguments),
        }
    }

    /// What a host language's `value.name = x` is: a member, or what the `__newindex` of its type makes of it.
    pub fn set_index(&mut self, name: &str, value: Value) -> Result<()> {
        if !is_member(self.as_type(), name) {
            let method = table_of(self.as_type()).and_then(|table| table.find("__newindex").cloned());
            if let Some(Method::Writes(method)) = method
                && !self.is_constant()
            {
                return method(self, &[name.into(), value]).map(drop);
            }
            return Err(neither(self.as_type(), name));
        }
        self.set(name, value)
    }

    /// The same value, to be read.
    pub fn read(&self) -> CRef<'_> {
        let Source { bytes, ty, scope, .. } = self.source();
        CRef::new(bytes, std::borrow::Cow::Borrowed(ty), scope)
    }
}

impl CData {
    /// Calls a method of its type that only reads.
    ///
    /// ```
    /// use eightbyte::Value;
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("typedef struct { double x, y; } point_t;")?;
    /// ffi.methods("point_t")?.add("length", |this, _| {
    ///     Ok(Value::Float(this.get::<f64>("x")?.hypot(this.get("y")?)))
    /// })?;
    /// let point = ffi.make("point_t", (3, 4))?;
    /// assert!(matches!(point.call_method("length", &[])?, Value::Float(5.0)));
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn call_method(&self, name: &str, arguments: &[Value]) -> Result<Value> {
        self.part().call_method(name, arguments)
    }

    /// Calls a method of its type, one that may change it or one that only reads.
    pub fn call_method_mut(&mut self, name: &str, arguments: &[Value]) -> Result<Value> {
        self.part_mut().call_method(name, arguments)
    }

    /// What a host language's `value.name` is: a member, or what the `__index` of its type makes of the name.
    pub fn index(&self, name: &str) -> Result<Value> {
        self.part().index(name)
    }

    /// What a host language's `value.name = x` is: a member, or what the `__newindex` of its type makes of it.
    pub fn set_index(&mut self, name: &str, value: Value) -> Result<()> {
        self.part_mut().set_index(name, value)
    }

    /// What its `__tostring` says; without one, the same as `Display`.
    pub fn text(&self) -> Result<String> {
        self.part().text()
    }
}

/// An operator on two values: `__add`, `__eq`, `__lt` and the like, of the left one's type or else of the right one's.
///
/// The method gets both operands in their order as its arguments; `this` is the one whose type it belongs to.
pub(crate) fn operate(name: &str, operands: &[Value]) -> Result<Value> {
    for operand in operands {
        let Value::Data(data) = operand else { continue };
        if let Some(Method::Reads(method)) =
            table_of(data.as_type()).and_then(|table| table.find(name).cloned())
            && data.as_type().as_record().is_some()
        {
            return method(&data.part(), operands);
        }
    }
    let shown: Vec<String> = operands.iter().map(ToC::describe).collect();
    let message = format!("no operand has an operator '{name}': {}", shown.join(", "));
    Err(Error::new(ErrorKind::NoSuchField, message))
}

fn method_of(ty: &Type, name: &str) -> Result<Method> {
    let method = table_of(ty).and_then(|table| table.find(name).cloned());
    match method {
        Some(_) if ty.pointee().is_some() => {
            let ty = shown_type(ty);
            let message = format!(
                "'{name}' needs what the '{ty}' points to, which is not part of this value; use call_method_through"
            );
            Err(Error::new(ErrorKind::NoSuchField, message))
        }
        // A member that was declared after the method comes first
        Some(method) if !is_member(ty, name) => Ok(method),
        _ => Err(neither(ty, name)),
    }
}

fn is_member(ty: &Type, name: &str) -> bool {
    ty.as_record().and_then(|record| record.body()).is_some_and(|body| body.names.contains_key(name))
}

#[cold]
fn only_mut(ty: &Type, name: &str) -> Error {
    let ty = shown_type(ty);
    let message =
        format!("the method '{name}' of '{ty}' changes the value; use call_method_mut, or part_mut");
    Error::new(ErrorKind::Const, message)
}
