//! A library and what its declarations say.

use super::function::Function;
use super::lookup::{self, Item};
use super::signature;
use super::symbol::{Symbol, TypedFunction};
use super::variable::Variable;
use crate::abi::CallPlan;
use crate::error::{Error, ErrorKind, Result};
use crate::library::{Export, Library, LoadOptions, ThreadPolicy};
use crate::types::{Scope, Type};
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
    pub(crate) unsafe fn load(scope: &Arc<Scope>, name: &str, options: LoadOptions) -> Result<Lib> {
        // SAFETY: handed on to the caller
        let library = unsafe { Library::open(name, options) }?;
        Ok(Lib { scope: scope.clone(), library: Ok(library) })
    }

    pub(crate) fn process(scope: &Arc<Scope>) -> Lib {
        Lib { scope: scope.clone(), library: Library::process() }
    }

    /// The file it was loaded from.
    pub fn name(&self) -> &str {
        self.library.as_ref().map_or("the process", Library::name)
    }

    /// Which threads may call it.
    pub fn threads(&self) -> ThreadPolicy {
        self.library.as_ref().map_or(ThreadPolicy::Any, Library::threads)
    }

    /// Whatever a declared name stands for: a function, a variable or a constant.
    ///
    /// ```
    /// use eightbyte::{Constant, Item};
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("enum { EXIT = 3 }; extern char **environ; int abs(int);")?;
    /// let c = ffi.process();
    /// assert!(matches!(c.lookup("EXIT")?, Item::Constant(Constant::Integer(3))));
    /// assert!(matches!(c.lookup("environ")?, Item::Variable(_)));
    /// let Item::Function(abs) = c.lookup("abs")? else { unreachable!() };
    /// assert_eq!(unsafe { abs.call::<i32>((-1,))? }, 1);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn lookup(&self, name: &str) -> Result<Item> {
        lookup::item(&self.scope, name, &self.library.clone()?)
    }

    /// A function that is declared: `"cos"`; or one that is declared right here: `"double cos(double)"`. `cos@VERSION` is
    /// one of several versions.
    pub fn function(&self, name: &str) -> Result<Function> {
        let library = self.library.clone()?;
        lookup::function(&self.scope, name, Some(&library))?.function_in(&self.scope, &library)
    }

    /// A variable that is declared: `"environ"`; or one that is declared right here: `"extern char **environ"`.
    pub fn variable(&self, name: &str) -> Result<Variable> {
        let library = self.library.clone()?;
        Variable::new(&self.scope, &lookup::variable(&self.scope, name, Some(&library))?, &library)
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
        let library = self.library.clone()?;
        let found = lookup::function(&self.scope, name, Some(&library))?;
        library.not_guarded(&found.name, "a plain function pointer", "Lib::function")?;
        let address = found.function_address(&self.scope, &library)?;
        Symbol::new(&self.scope, &found.name, &found.ty, address, library)
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
    let found = lookup::function(scope, name, None)?;
    let address = NonNull::new(address.cast_mut())
        .ok_or_else(|| Error::new(ErrorKind::Null, format!("the address of '{}' is null", found.name)))?;
    Function::new(scope, &found.name, &found.ty, address, None, found.format)
}

/// Where the arguments and the result of a call travel, with these types behind `...`.
pub(crate) fn call_plan(scope: &Arc<Scope>, name: &str, tail: &[Type]) -> Result<CallPlan> {
    let found = lookup::function(scope, name, None)?;
    let function = found.ty.as_function().ok_or_else(|| {
        Error::new(ErrorKind::Declaration, format!("'{}' is no function: it is a '{}'", found.name, found.ty))
    })?;
    signature::plan(scope, function, tail)
}
