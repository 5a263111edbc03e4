//! The typed tier: a function pointer whose type was checked against the declaration.

use crate::cdata::Native;
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::target::Target;
use crate::types::{self, CallingConvention, ParameterTail, Scope, Type, show_named};
use std::ffi::c_void;
use std::fmt;
use std::ops::Deref;
use std::ptr::NonNull;

/// A function of a library as a plain function pointer; the library stays loaded as long as this lives.
#[derive(Clone)]
pub struct Symbol<F> {
    function: F,
    library: Library,
}

/// The type of an unsafe C function, as a pointer to it.
///
/// # Safety
///
/// The type is a function pointer, and `check` accepts only declarations that it can be called as.
pub unsafe trait TypedFunction: Copy {
    /// Is it the type of this declaration? The error says where not.
    #[doc(hidden)]
    fn check(function: &types::Function, scope: &Scope) -> Result<(), String>;
}

impl<F: TypedFunction> Symbol<F> {
    pub(super) fn new(
        scope: &Scope,
        name: &str,
        ty: &Type,
        address: NonNull<c_void>,
        library: Library,
    ) -> Result<Symbol<F>> {
        let declared = show_named(ty, name);
        let refuse = |kind: ErrorKind, what: String| {
            Error::new(kind, format!("{what}; it is declared as '{declared}'"))
        };
        if scope.target() != Target::host() {
            let what = format!("{name} is declared for {}, not for this machine", scope.target());
            return Err(refuse(ErrorKind::Unsupported, what));
        }
        let function = ty
            .as_function()
            .ok_or_else(|| refuse(ErrorKind::Declaration, format!("{name} is no function")))?;
        F::check(function, scope)
            .map_err(|what| refuse(ErrorKind::Conversion, what.replacen("{}", name, 1)))?;
        let address = address.as_ptr();
        const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
        // SAFETY: `F` is a function pointer, as its trait promises, and has the size of one; what it points to is not
        // null, and calling it is the caller's promise
        let function = unsafe { std::mem::transmute_copy::<*mut c_void, F>(&address) };
        Ok(Symbol { function, library })
    }
}

impl<F> Symbol<F> {
    /// The library that it was found in.
    pub fn library(&self) -> &str {
        self.library.name()
    }
}

impl<F> Deref for Symbol<F> {
    type Target = F;
    #[inline(always)]
    fn deref(&self) -> &F {
        &self.function
    }
}

impl<F> fmt::Debug for Symbol<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Symbol({} in {})", std::any::type_name::<F>(), self.library.name())
    }
}

/// What a function may return.
pub(super) trait NativeResult {
    fn is_result(ty: &Type, scope: &Scope) -> bool;
}

impl NativeResult for () {
    fn is_result(ty: &Type, _: &Scope) -> bool {
        ty.is_void()
    }
}

impl<T: Native> NativeResult for T {
    fn is_result(ty: &Type, scope: &Scope) -> bool {
        T::is(ty, scope)
    }
}

/// One parameter of a Rust signature: its check and its name.
pub(super) type Check = (fn(&Type, &Scope) -> bool, &'static str);

fn check(
    function: &types::Function,
    scope: &Scope,
    parameters: &[Check],
    result: Check,
    tail: ParameterTail,
) -> Result<(), String> {
    if function.convention != CallingConvention::C {
        return Err("{} has another calling convention than extern \"C\"".to_owned());
    }
    check_types(function, scope, parameters, result, tail)
}

/// The same, whatever the calling convention. `{}` in the error stands for the function's name.
pub(super) fn check_types(
    function: &types::Function,
    scope: &Scope,
    parameters: &[Check],
    result: Check,
    tail: ParameterTail,
) -> Result<(), String> {
    let expected = function.parameters.len();
    if expected != parameters.len() {
        let found = parameters.len();
        return Err(format!("{{}} takes {expected} arguments, the Rust type has {found}"));
    }
    if (function.tail == ParameterTail::Variadic) != (tail == ParameterTail::Variadic) {
        return Err("{} and the Rust type must both end in '...', or neither".to_owned());
    }
    for (index, (parameter, (matches, name))) in function.parameters.iter().zip(parameters).enumerate() {
        if !matches(&parameter.ty, scope) {
            let called = parameter.name.as_ref().map_or(String::new(), |name| format!(" ('{name}')"));
            let number = index + 1;
            return Err(format!(
                "argument {number}{called} of {{}}: expected {}, the Rust type has {name}",
                parameter.ty
            ));
        }
    }
    let (matches, name) = result;
    if !matches(&function.result, scope) {
        return Err(format!("result of {{}}: expected {}, the Rust type has {name}", function.result));
    }
    Ok(())
}

macro_rules! functions {
    ($($abi:literal, $tail:ident, ($($name:ident)*) $(, $dots:tt)?;)*) => {$(
        // SAFETY: a function pointer, accepted only where each parameter and the result are `Native` for the declaration
        unsafe impl<$($name: Native,)* R: NativeResult> TypedFunction
            for unsafe extern $abi fn($($name,)* $($dots)?) -> R
        {
            fn check(function: &types::Function, scope: &Scope) -> Result<(), String> {
                let parameters: &[Check] = &[$(($name::is, std::any::type_name::<$name>())),*];
                let result: Check = (R::is_result, std::any::type_name::<R>());
                check(function, scope, parameters, result, ParameterTail::$tail)
            }
        }

        // SAFETY: a function pointer or null, which no caller in C tells apart from a pointer to such a function
        unsafe impl<$($name: Native,)* R: NativeResult + 'static> Native
            for Option<unsafe extern $abi fn($($name,)* $($dots)?) -> R>
        {
            fn is(ty: &Type, scope: &Scope) -> bool {
                let function = ty.pointee().and_then(Type::as_function);
                function.is_some_and(|function| {
                    <unsafe extern $abi fn($($name,)* $($dots)?) -> R>::check(function, scope).is_ok()
                })
            }
        }
    )*};
}

functions! {
    "C", Closed, ();
    "C", Closed, (A);
    "C", Closed, (A B);
    "C", Closed, (A B C);
    "C", Closed, (A B C D);
    "C", Closed, (A B C D E);
    "C", Closed, (A B C D E F);
    "C", Closed, (A B C D E F G);
    "C", Closed, (A B C D E F G H);
    "C", Closed, (A B C D E F G H I);
    "C", Closed, (A B C D E F G H I J);
    "C", Closed, (A B C D E F G H I J K);
    "C", Closed, (A B C D E F G H I J K L);
    "C-unwind", Closed, ();
    "C-unwind", Closed, (A);
    "C-unwind", Closed, (A B);
    "C-unwind", Closed, (A B C);
    "C-unwind", Closed, (A B C D);
    "C-unwind", Closed, (A B C D E);
    "C-unwind", Closed, (A B C D E F);
    "C", Variadic, (A), ...;
    "C", Variadic, (A B), ...;
    "C", Variadic, (A B C), ...;
    "C", Variadic, (A B C D), ...;
}
