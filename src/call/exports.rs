//! A library and what its declarations say.

use super::format;
use super::function::Function;
use super::signature;
use super::symbol::{Symbol, TypedFunction};
use crate::abi::CallPlan;
use crate::cdef;
use crate::error::{Error, ErrorKind, Result, Source, nearest};
use crate::library::{Export, Library, Visibility};
use crate::types::{Decl, FormatRule, Scope, Type};
use std::ffi::c_void;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

/// A loaded library, seen with the declarations of an `Ffi`. Cheap to clone.
///
/// The library stays loaded as long as this, a clone, or anything found in it lives.
#[derive(Clone)]
pub struct Lib {
    scope: Arc<Scope>,
    library: Result<Library>,
}

impl Lib {
    /// # Safety
    ///
    /// As for `Library::open`.
    pub(crate) unsafe fn load(scope: &Arc<Scope>, name: &str, visibility: Visibility) -> Result<Lib> {
        // SAFETY: handed on to the caller
        let library = unsafe { Library::open(name, visibility) }?;
        Ok(Lib { scope: scope.clone(), library: Ok(library) })
    }

    pub(crate) fn process(scope: &Arc<Scope>) -> Lib {
        Lib { scope: scope.clone(), library: Library::process() }
    }

    /// The file it was loaded from.
    pub fn name(&self) -> &str {
        self.library.as_ref().map_or("the process", Library::name)
    }

    /// A function that is declared: `"cos"`; or one that is declared right here: `"double cos(double)"`.
    pub fn function(&self, name: &str) -> Result<Function> {
        let found = declared_function(&self.scope, name)?;
        let library = self.library.clone()?;
        let address = library.symbol(found.symbol())?;
        Function::new(&self.scope, &found.name, &found.ty, address, Some(library), found.format)
    }

    /// A function as a plain function pointer, whose Rust type was checked against its declaration.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("double hypot(double, double);")?;
    /// let libm = unsafe { ffi.load("m")? };
    /// let hypot = libm.symbol::<unsafe extern "C" fn(f64, f64) -> f64>("hypot")?;
    /// assert_eq!(unsafe { hypot(3.0, 4.0) }, 5.0);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    ///
    /// Only the types of unsafe functions will do:
    ///
    /// ```compile_fail,E0277
    /// # let ffi = eightbyte::Ffi::new();
    /// ffi.process().symbol::<extern "C" fn(f64, f64) -> f64>("hypot");
    /// ```
    pub fn symbol<F: TypedFunction>(&self, name: &str) -> Result<Symbol<F>> {
        let found = declared_function(&self.scope, name)?;
        let library = self.library.clone()?;
        Symbol::new(&self.scope, &found.name, &found.ty, library.symbol(found.symbol())?, library)
    }

    /// Everything that the library exports, declared or not, by name.
    ///
    /// Empty where the system cannot tell (it can on Linux).
    pub fn exports(&self) -> Vec<Export> {
        self.library.as_ref().map_or(Vec::new(), Library::exports)
    }

    /// The address of a symbol, declared or not; `name@VERSION` asks for one of several versions.
    pub fn address(&self, symbol: &str) -> Result<*const c_void> {
        Ok(self.library.clone()?.symbol(symbol)?.as_ptr())
    }
}

impl fmt::Debug for Lib {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lib({})", self.name())
    }
}

/// A function at an address that somebody else found.
pub(crate) fn function_at(scope: &Arc<Scope>, name: &str, address: *const c_void) -> Result<Function> {
    let found = declared_function(scope, name)?;
    let address = NonNull::new(address.cast_mut())
        .ok_or_else(|| Error::new(ErrorKind::Null, format!("the address of '{}' is null", found.name)))?;
    Function::new(scope, &found.name, &found.ty, address, None, found.format)
}

/// Where the arguments and the result of a call travel, with these types behind `...`.
pub(crate) fn call_plan(scope: &Arc<Scope>, name: &str, tail: &[Type]) -> Result<CallPlan> {
    let found = declared_function(scope, name)?;
    let function = found.ty.as_function().ok_or_else(|| {
        Error::new(ErrorKind::Declaration, format!("'{}' is no function: it is a '{}'", found.name, found.ty))
    })?;
    signature::plan(scope, function, tail)
}

struct Found {
    name: Arc<str>,
    ty: Type,
    symbol: Option<Arc<str>>,
    format: Option<FormatRule>,
}

impl Found {
    fn symbol(&self) -> &str {
        self.symbol.as_deref().unwrap_or(&self.name)
    }
}

/// The function of a name, or of a whole prototype, which is declared if it is new.
fn declared_function(scope: &Arc<Scope>, text: &str) -> Result<Found> {
    let text = text.trim();
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    if !text.is_empty() && text.chars().all(is_letter) {
        return find(scope, text)?.ok_or_else(|| undeclared(scope, text));
    }
    let names = cdef::declare(scope, &Source::new("<function>", text))?;
    for name in names.iter().rev() {
        if let Ok(Some(found)) = find(scope, name) {
            return Ok(found);
        }
    }
    let message = format!("expected a function's name or prototype, found '{text}'");
    Err(Error::new(ErrorKind::Declaration, message))
}

fn find(scope: &Scope, name: &str) -> Result<Option<Found>> {
    let Some(declared) = scope.find(name) else { return Ok(None) };
    let format = declared.format.or_else(|| format::well_known(name));
    match declared.decl {
        Decl::Function { name, ty, symbol } => Ok(Some(Found { name, ty, symbol, format })),
        _ => Err(Error::new(ErrorKind::UnknownName, format!("'{name}' is declared, but is no function"))),
    }
}

#[cold]
fn undeclared(scope: &Scope, name: &str) -> Error {
    let names = scope.names();
    let cure = match nearest(name, names.iter().map(|name| &**name)) {
        Some(meant) => format!("did you mean '{meant}'?"),
        None => "declare it with cdef, or give its prototype here".to_owned(),
    };
    Error::new(ErrorKind::UnknownName, format!("'{name}' is not declared; {cure}"))
}
