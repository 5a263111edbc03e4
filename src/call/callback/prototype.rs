//! The type of a callback made ready: who shares it makes callbacks fast.

use super::super::signature::{convention, passed_types, signature};
use super::words::Words;
use crate::abi::{self, Convention};
use crate::cdef;
use crate::convert::{Number, shown_type};
use crate::engine::{self, ContextRegister, Received, WordPlace};
use crate::error::{Error, ErrorKind, Result, Source};
use crate::target::Target;
use crate::types::{self, Kind, ParameterTail, Scope, Type};
use std::any::TypeId;
use std::ffi::c_void;
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

/// A function's type, made ready for callbacks. Cheap to clone; [`Ffi::callback_type`](crate::Ffi::callback_type) makes
/// it.
///
/// ```
/// let ffi = eightbyte::Ffi::new();
/// let compare = ffi.callback_type("int (*)(int, int)")?;
/// let ascending = compare.callback(|a: i32, b: i32| a - b)?;
/// let descending = compare.callback(|a: i32, b: i32| b - a)?;
/// assert_ne!(ascending.address(), descending.address());
/// # Ok::<(), eightbyte::Error>(())
/// ```
#[derive(Clone)]
pub struct CallbackType {
    pub(super) scope: Arc<Scope>,
    pub(super) prototype: Arc<Prototype>,
}

/// What all callbacks of one type share. It does not keep the declarations alive.
pub(super) struct Prototype {
    /// Of the pointer to it.
    pub(super) ty: Type,
    pub(super) function: Arc<types::Function>,
    pub(super) declaration: Box<str>,
    pub(super) scope: Weak<Scope>,
    pub(super) convention: Convention,
    /// The argument register that it leaves free.
    pub(super) free_register: Option<u8>,
    pub(super) parameters: Box<[Passed]>,
    pub(super) result: Option<Passed>,
    pub(super) received: Received,
    /// Where all of it travels as words in registers.
    pub(super) words: Option<Words>,
    /// The Rust signature that was last found to be the same.
    pub(super) checked: OnceLock<TypeId>,
}

/// A value that travels.
pub(super) struct Passed {
    pub(super) ty: Type,
    /// What it is, if it is a scalar of one word.
    pub(super) number: Option<Number>,
    /// For an argument that comes so: the same, and where.
    pub(super) word: Option<(Number, WordPlace)>,
    pub(super) size: usize,
}

impl CallbackType {
    /// From the text of a type: that of a function or of a pointer to one.
    pub(crate) fn new(scope: &Arc<Scope>, text: &str) -> Result<CallbackType> {
        let ty = cdef::type_named(scope, &Source::new("<callback>", text))?;
        CallbackType::of(scope, &ty)
    }

    pub(crate) fn of(scope: &Arc<Scope>, ty: &Type) -> Result<CallbackType> {
        let is_function = |ty: &&Type| ty.as_function().is_some();
        let function_type = Some(ty).filter(is_function).or_else(|| ty.pointee().filter(is_function));
        let Some((function_type, function)) = function_type.and_then(|ty| Some((ty, ty.as_function()?)))
        else {
            let message = format!(
                "expected the type of a function, such as 'int (*)(int)', found '{}'",
                shown_type(ty)
            );
            return Err(Error::new(ErrorKind::Declaration, message));
        };
        if scope.target() != Target::host() {
            let (host, target) = (Target::host(), scope.target());
            let message = format!("callbacks need the types of this machine, {host}; these are of {target}");
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let variadic = function.tail != ParameterTail::Closed;
        let types = passed_types(function, &[]);
        let plan = abi::plan(&signature(scope, function, &types, variadic)?)?;
        let passed = |ty: &Type| -> Result<Passed> {
            let size = usize::try_from(types::extent(ty, &**scope)?.size).map_err(|_| {
                Error::new(ErrorKind::TooLarge, format!("'{}' is larger than memory", shown_type(ty)))
            })?;
            let number = Number::of(ty, scope).filter(|number| number.size() <= 8);
            Ok(Passed { ty: ty.clone(), number, word: None, size })
        };
        let result = match function.result.kind() {
            Kind::Void => None,
            _ => Some(passed(&function.result)?),
        };
        let received = Received::new(&plan)?;
        let argument = |(index, (ty, _)): (usize, &(Type, _))| {
            let passed = passed(ty)?;
            Ok(Passed { word: passed.number.zip(received.word_place(index)), ..passed })
        };
        let parameters: Box<[Passed]> = types.iter().enumerate().map(argument).collect::<Result<_>>()?;
        let words = Words::new(&parameters, result.as_ref(), &received).filter(|_| !variadic);
        let pointer = function_type.clone().pointer_to()?;
        let prototype = Prototype {
            declaration: shown_type(&pointer).into(),
            ty: pointer,
            function: function.clone(),
            scope: Arc::downgrade(scope),
            convention: convention(scope.target(), function.convention)?,
            free_register: Some(plan.general_registers()).filter(|&used| used < 6 && !variadic),
            parameters,
            result,
            received,
            words,
            checked: OnceLock::new(),
        };
        Ok(CallbackType { scope: scope.clone(), prototype: Arc::new(prototype) })
    }

    /// The type: that of a pointer to a function.
    pub fn as_type(&self) -> &Type {
        &self.prototype.ty
    }
}

impl Prototype {
    /// Where stubs lead whose context is in the spare register.
    pub(super) fn entry(&self) -> *const c_void {
        engine::entry_for(&self.received, self.convention, self.function.tail != ParameterTail::Closed)
    }

    /// Where a typed entry has its context; `None` where the generic entry has to do.
    pub(super) fn typed_register(&self) -> Option<ContextRegister> {
        match self.convention {
            Convention::Sysv64 => self.free_register.map(ContextRegister::Argument),
            Convention::Win64 => None,
        }
    }
}

impl fmt::Debug for CallbackType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallbackType({})", self.prototype.declaration)
    }
}
