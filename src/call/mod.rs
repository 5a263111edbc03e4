//! Calls: where a type, an address and a plan meet.
//!
//! Three ways, as fast as what is known when: [`Symbol`] (checked once against the declaration, then a plain function
//! pointer), [`Function`] (arguments converted and checked in each call), [`Lib`] finds both, and what else a library has.
//!
//! Invariant: all that a signature decides is decided when the `Function` is made; a call allocates nothing, locks
//! nothing and looks nothing up.
#![allow(unsafe_code, reason = "an island: calls what the user declared")]

mod argument;
mod arguments;
mod bound;
mod callback;
mod columns;
mod exact;
mod exports;
mod fit;
mod format;
mod function;
mod host;
mod hosted;
mod lookup;
mod out;
mod ready;
mod result;
mod running;
mod scratch;
mod signature;
mod symbol;
mod tail;
mod va_list;
mod variable;

pub use argument::Argument;
pub use arguments::Arguments;
pub use bound::{ArgumentSlot, Bound};
pub use callback::{
    Callback, CallbackCall, CallbackFailure, CallbackFn, CallbackTail, CallbackType, FailureKind, Handle,
    LiveCallback, LocalCallback, OnceCallback, OnceFn, Outcome, StaticCallback, WhenFreed, WhenQueued, guard,
    set_failure_hook,
};
pub(crate) use callback::{find_handle, live as live_callbacks, pump};
pub use columns::{Argumented, Columns};
pub use exports::Lib;
pub(crate) use exports::{call_plan, function_at};
pub use function::{Function, WithErrno};
pub use host::{HostValue, Seen};
pub use hosted::{HostArgument, HostArguments};
pub use lookup::Item;
pub use out::{Counted, Out};
pub use ready::Passing;
pub use symbol::{Symbol, TypedFunction};
pub use tail::Promoted;
pub use va_list::VaArguments;
pub use variable::Variable;
