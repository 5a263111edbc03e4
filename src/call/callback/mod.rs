//! Callbacks: closures of Rust that C calls as functions.
//!
//! A closure stands in a block behind a head that says what it is. C gets the address of a stub of the engine, which
//! leads to an entry with the block's address beside the arguments. Typed closures are entered through a function made
//! by the compiler for exactly that signature; all else goes through the engine's generic entry.
//!
//! Invariant: no panic leaves an entry. What cannot be returned to C is parked for whoever waits for C in this thread,
//! and C gets the callback's fallback. A head outlives its callback until its stub serves another one.

mod convert;
mod dynamic;
mod failure;
mod function;
mod handle;
mod head;
mod once;
mod owner;
mod parked;
mod prototype;
mod queued;
mod tail;
mod thread;
mod typed;
mod values;
mod words;

pub(super) use parked::Waiting;
pub use {
    dynamic::CallbackCall,
    failure::{CallbackFailure, FailureKind, set_failure_hook},
    handle::Handle,
    head::WhenFreed,
    once::{OnceCallback, OnceFn},
    owner::{Callback, LiveCallback, LocalCallback, StaticCallback},
    parked::guard,
    prototype::CallbackType,
    queued::WhenQueued,
    tail::CallbackTail,
    typed::{CallbackFn, Outcome},
};
pub(crate) use {handle::find as find_handle, owner::live, queued::pump};
