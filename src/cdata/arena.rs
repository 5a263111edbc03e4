//! Many values with one end.

use super::data::{is_const, outside};
use super::measured::Measured;
use super::memory_of::allocator_of;
use super::part::{CMut, HeldMut};
use crate::cdef;
use crate::convert::{ToC, shown_type, size_with_tail};
use crate::error::{Error, ErrorKind, Result, Source};
use crate::layout::Align;
use crate::memory::Bump;
use crate::types::{Kind, Scope, Type};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Memory for many values that end together: a small step to make each, none to drop it.
///
/// ```
/// let ffi = eightbyte::Ffi::new();
/// ffi.cdef("typedef struct { double x, y; } point_t;")?;
/// let arena = ffi.arena();
/// let mut first = arena.alloc("point_t")?;
/// let second = arena.make("point_t", (3, 4))?;
/// first.set("y", second.get::<f64>("y")?)?;
/// assert_eq!(first.to_string(), "{ .x = 0, .y = 4 }");
/// # Ok::<(), eightbyte::Error>(())
/// ```
///
/// What is in it cannot outlive it:
///
/// ```compile_fail,E0505
/// let ffi = eightbyte::Ffi::new();
/// let arena = ffi.arena();
/// let number = arena.alloc("int").unwrap();
/// drop(arena);
/// println!("{number}");
/// ```
pub struct Arena {
    bump: Bump,
    scope: Arc<Scope>,
}

impl Arena {
    pub(crate) fn new(scope: &Arc<Scope>) -> Arena {
        Arena { bump: Bump::default(), scope: scope.clone() }
    }

    /// A zeroed value of a type. Where there are many, [`CType::alloc_on`](crate::CType::alloc_on) reads the name once.
    pub fn alloc(&self, name: &str) -> Result<CMut<'_>> {
        self.take(&Measured::new(&self.scope, &self.named(name)?, None)?)
    }

    /// A zeroed array of so many elements of a type.
    pub fn alloc_array(&self, name: &str, count: u64) -> Result<CMut<'_>> {
        self.take(&Measured::array(&self.scope, &self.named(name)?, count)?)
    }

    /// An initialised value of a type; a flexible tail has as many elements as are given.
    pub fn make(&self, name: &str, value: impl ToC) -> Result<CMut<'_>> {
        self.fill(&Measured::new(&self.scope, &self.named(name)?, value.element_count())?, &value)
    }

    /// Drops all that is in it.
    pub fn clear(&mut self) {
        self.bump = Bump::default();
    }

    pub(crate) fn take(&self, of: &Measured) -> Result<CMut<'_>> {
        self.take_bytes(of, of.layout().size())
    }

    fn take_bytes(&self, of: &Measured, size: usize) -> Result<CMut<'_>> {
        if !self.scope.knows(&of.scope) {
            let message = format!("'{}' is a type of another Ffi than the arena", shown_type(&of.ty));
            return Err(Error::new(ErrorKind::Conversion, message));
        }
        let layout = of.layout();
        let align = Align::from_bytes(layout.align() as u64).unwrap_or(Align::ONE);
        let mut piece = self.bump.take(size, align, allocator_of(&self.scope))?;
        // SAFETY: the bump gave these bytes, zeroed, to nobody else; they stay until the arena is dropped or cleared,
        // which needs it alone
        let bytes = unsafe { piece.as_mut() };
        Ok(CMut::new(bytes, Cow::Owned(of.ty.clone()), &self.scope, is_const(&of.ty)))
    }

    pub(crate) fn fill(&self, of: &Measured, value: &impl ToC) -> Result<CMut<'_>> {
        let size = match of.ty.kind() {
            Kind::Record(_) => size_with_tail(&of.ty, value, &self.scope)?,
            _ => of.layout().size() as u64,
        };
        let mut made = self.take_bytes(of, usize::try_from(size).map_err(|_| outside())?)?;
        value.to_c(&mut made.destination())?;
        Ok(made)
    }

    fn named(&self, name: &str) -> Result<Type> {
        cdef::type_named(&self.scope, &Source::new("<type>", name))
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arena({:?})", self.scope)
    }
}
