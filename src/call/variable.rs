//! A variable of a library: memory that C and the host share.

use super::lookup::Found;
use crate::cdata::{CMut, CPtr, CRef};
use crate::convert::{FromC, ToC, shown_type};
use crate::error::{Error, ErrorKind, Result};
use crate::library::{Entered, ExportKind, Facts, Library};
use crate::target::Target;
use crate::types::{self, ArrayLength, Kind, Qualifiers, Scope, Type, show_named};
use std::borrow::Cow;
use std::ffi::c_void;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

/// A variable of a library. Cheap to clone; its library stays loaded as long as it lives.
///
/// Its memory belongs to C, which may write there at any time: only the user knows when that is. Where the library tells
/// a variable's size, it was compared with the declared one.
///
/// ```
/// let ffi = eightbyte::Ffi::new();
/// ffi.cdef("extern int opterr;")?;
/// let opterr = ffi.process().variable("opterr")?;
/// assert_eq!(opterr.size(), Some(4));
/// let before: i32 = unsafe { opterr.get("")? };
/// unsafe { opterr.set("", 0)? };
/// assert_eq!((before, unsafe { opterr.get::<i32>("")? }), (1, 0));
/// # Ok::<(), eightbyte::Error>(())
/// ```
#[derive(Clone)]
pub struct Variable(Arc<Inner>);

struct Inner {
    name: Arc<str>,
    symbol: Arc<str>,
    /// With the number of its elements, where only the library knows that.
    ty: Type,
    scope: Arc<Scope>,
    library: Library,
    place: Place,
    thread_local: bool,
    /// Not known where the type is incomplete.
    size: Option<usize>,
    read_only: bool,
}

/// Where it is.
enum Place {
    At(NonNull<c_void>),
    /// Where the loader says, each time: each thread has its own, or may have.
    Asked,
}

// SAFETY: the address is a number that any thread may know; whoever reads or writes there promises that it may be done
unsafe impl Send for Inner {}
// SAFETY: as for `Send`; everything else in it is shared by design
unsafe impl Sync for Inner {}

impl Variable {
    pub(super) fn new(scope: &Arc<Scope>, found: &Found, library: &Library) -> Result<Variable> {
        let name = &found.name;
        if scope.target() != Target::host() {
            let message = format!("'{name}' is declared for {}, not for this machine", scope.target());
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let address = found.address_in(scope, library)?;
        let facts = library.facts(found.symbol(), address);
        let kind = facts.map(|facts| facts.kind);
        if kind == Some(ExportKind::Function) {
            let message =
                format!("'{name}' is declared as a variable, in {} it is a function", library.name());
            return Err(Error::new(ErrorKind::Symbol, message));
        }
        let known = facts.map(|facts| facts.size).filter(|&size| size > 0);
        let (ty, size) = measured(scope, &found.ty, known).map_err(|wrong| {
            let shown = show_named(&found.ty, name);
            let message = format!("'{name}' is declared as '{shown}', {wrong} in {}", library.name());
            Error::new(ErrorKind::Conflict, message)
        })?;
        if facts.is_some_and(|facts| facts.is_number) {
            let message =
                format!("'{name}' is a number in {}, {address:p}: there is no memory", library.name());
            return Err(Error::new(ErrorKind::Symbol, message));
        }
        let thread_local = kind == Some(ExportKind::ThreadLocal);
        let place = if kind.is_none() || thread_local { Place::Asked } else { Place::At(address) };
        Ok(Variable(Arc::new(Inner {
            name: name.clone(),
            symbol: found.symbol().into(),
            ty,
            scope: scope.clone(),
            library: library.clone(),
            place,
            thread_local,
            size,
            read_only: facts.is_some_and(|Facts { read_only, .. }| read_only),
        })))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its type. An array of unknown length has the length that the library knows, if it does.
    pub fn as_type(&self) -> &Type {
        &self.0.ty
    }

    /// Its size in bytes; `None` where neither its type nor the library tells.
    pub fn size(&self) -> Option<u64> {
        self.0.size.map(|size| size as u64)
    }

    /// May it not be written: because it is `const`, or because it lies where nobody may write?
    pub fn is_const(&self) -> bool {
        self.0.read_only || is_const(&self.0.ty)
    }

    /// Has each thread its own? (Told on Linux; elsewhere, never.)
    pub fn is_thread_local(&self) -> bool {
        self.0.thread_local
    }

    /// Its address; if each thread has its own, that of this thread.
    pub fn address(&self) -> Result<*mut c_void> {
        match self.0.place {
            Place::At(address) => Ok(address.as_ptr()),
            Place::Asked => Ok(self.0.library.symbol(&self.0.symbol)?.as_ptr()),
        }
    }

    /// Reads it, or a part of it by its path.
    ///
    /// # Safety
    ///
    /// The declaration tells the truth, and nobody writes to the variable meanwhile.
    pub unsafe fn get<T: FromC>(&self, path: &str) -> Result<T> {
        let _entered = self.enter()?;
        // SAFETY: handed on to the caller, for less than this call
        unsafe { self.borrow() }?.get(path).map_err(|error| self.about(error))
    }

    /// Writes it, or a part of it by its path.
    ///
    /// # Safety
    ///
    /// The declaration tells the truth, nobody else reads or writes the variable meanwhile, and the library can live with
    /// the value.
    pub unsafe fn set(&self, path: &str, value: impl ToC) -> Result<()> {
        let _entered = self.enter()?;
        // SAFETY: handed on to the caller, for less than this call
        unsafe { self.borrow_mut() }?.set(path, value).map_err(|error| self.about(error))
    }

    /// It itself, to be looked at: as values of Rust by [`CRef::view`].
    ///
    /// # Safety
    ///
    /// The declaration tells the truth. While the borrow lasts, nobody writes to the variable, and if each thread has its
    /// own, the borrow stays in this thread.
    pub unsafe fn borrow(&self) -> Result<CRef<'_>> {
        let (address, size) = self.memory()?;
        // SAFETY: the library has a variable of this size there, as the caller vouches, and stays loaded while `self` is
        // borrowed; nobody writes there meanwhile
        let bytes = unsafe { std::slice::from_raw_parts(address, size) };
        Ok(CRef::new(bytes, Cow::Borrowed(&self.0.ty), &self.0.scope))
    }

    /// The same, to be changed.
    ///
    /// # Safety
    ///
    /// As for [`Variable::borrow`], and nobody else reads the variable meanwhile.
    #[allow(clippy::mut_from_ref, reason = "the memory is C's, and the caller vouches for it")]
    pub unsafe fn borrow_mut(&self) -> Result<CMut<'_>> {
        let inner = &*self.0;
        if inner.read_only && !is_const(&inner.ty) {
            let message = format!(
                "'{}' is declared without const, but {} has it where nobody may write",
                inner.name,
                inner.library.name()
            );
            return Err(Error::new(ErrorKind::Const, message));
        }
        let (address, size) = self.memory()?;
        // SAFETY: as in `borrow`, and nobody else looks there while the borrow lasts, as the caller vouches; it can be
        // written as far as the library tells, and through `CMut` only where it is not const
        let bytes = unsafe { std::slice::from_raw_parts_mut(address, size) };
        Ok(CMut::new(bytes, Cow::Borrowed(&inner.ty), &inner.scope, is_const(&inner.ty)))
    }

    /// A pointer to it, or to its first element if it is an array. It is a foreign one: to read through it, vouch for it
    /// with [`CPtr::assume_valid`]. It does not keep the library loaded.
    pub fn pointer(&self) -> Result<CPtr> {
        let pointee = match self.0.ty.kind() {
            Kind::Array(element, _) => Type::clone(element),
            _ => self.0.ty.clone(),
        };
        let pointee = if self.0.read_only { pointee.qualified(Qualifiers::CONST) } else { pointee };
        CPtr::foreign(&self.0.scope, &pointee.pointer_to()?, self.address()?)
    }

    /// The same with the variable's bounds: to be read and written through, to be cloned.
    ///
    /// # Safety
    ///
    /// The declaration tells the truth. As long as the pointer lives, or any derived from it: the library stays loaded, no
    /// other thread touches the variable, and no reference of Rust refers to it.
    pub unsafe fn share(&self) -> Result<CPtr> {
        let (_, size) = self.memory()?;
        let pointer = self.pointer()?;
        let element = types::extent(pointer.pointee(), &*self.0.scope)?.size;
        let count = (size as u64).checked_div(element).unwrap_or(0);
        // SAFETY: so many elements are in the variable; the rest is handed on to the caller
        unsafe { pointer.assume_valid(count) }
    }

    fn enter(&self) -> Result<Entered<'_>> {
        self.0.library.enter()
    }

    fn memory(&self) -> Result<(*mut u8, usize)> {
        let inner = &*self.0;
        // A thread that may not call the library may not touch its memory either
        drop(self.enter()?);
        let size = inner.size.ok_or_else(|| {
            let what = shown_type(&inner.ty);
            let cure = match inner.ty.kind() {
                Kind::Array(..) => {
                    "neither the declaration nor the library says how many elements it has; declare that"
                }
                _ => "that type is not complete; complete it, or take its address with 'pointer'",
            };
            Error::new(ErrorKind::Incomplete, format!("'{}' is declared as '{what}': {cure}", inner.name))
        })?;
        Ok((self.address()?.cast(), size))
    }

    #[cold]
    fn about(&self, error: Error) -> Error {
        Error::new(error.kind(), format!("variable {}: {}", self.0.name, error.message()))
    }
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Variable({} in {})", show_named(&self.0.ty, &self.0.name), self.0.library.name())
    }
}

fn is_const(ty: &Type) -> bool {
    let through_elements = matches!(ty.kind(), Kind::Array(element, _) if is_const(element));
    through_elements || ty.qualifiers().contains(Qualifiers::CONST)
}

/// The type of a variable and how much memory it has, where the library knows how much that is; an error where the two
/// do not agree.
fn measured(scope: &Scope, ty: &Type, known: Option<u64>) -> Result<(Type, Option<usize>), String> {
    let fits = |size: u64| usize::try_from(size).ok().filter(|&size| isize::try_from(size).is_ok());
    let differs = |declared: String, known: u64| format!("which has {declared}; it has {known} bytes");
    if let Kind::Array(element, ArrayLength::Unknown | ArrayLength::OnAllocation) = ty.kind() {
        let element_size = types::extent(element, scope).map_or(0, |extent| extent.size);
        let Some(known) = known.filter(|_| element_size > 0) else { return Ok((ty.clone(), None)) };
        if !known.is_multiple_of(element_size) {
            return Err(differs(format!("elements of {element_size} bytes"), known));
        }
        let whole = Type::clone(element).array_of(ArrayLength::Fixed(known / element_size));
        return Ok((whole.map_err(|error| error.message().to_owned())?, fits(known)));
    }
    let Ok(extent) = types::extent(ty, scope) else { return Ok((ty.clone(), None)) };
    match known {
        Some(known) if known > extent.size && has_open_end(ty) => Ok((ty.clone(), fits(known))),
        Some(known) if known != extent.size => Err(differs(format!("{} bytes", extent.size), known)),
        _ => Ok((ty.clone(), fits(extent.size))),
    }
}

/// Does it end with an array that has as many elements as there is memory for?
fn has_open_end(ty: &Type) -> bool {
    let Some(body) = ty.as_record().and_then(|record| record.body()) else { return false };
    body.fields.iter().any(|field| match field.ty.kind() {
        Kind::Array(_, length) => !matches!(length, ArrayLength::Fixed(1..)),
        _ => has_open_end(&field.ty),
    })
}
