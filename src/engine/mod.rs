//! Calls: the register image and the static loaders.
//!
//! A [`Prepared`] is made once from a plan. Each call fills an [`Image`] (a block that mirrors the argument registers and
//! the stack) and enters a loader, which loads exactly the registers that are used and jumps to the function.
//!
//! Invariant: this is the only room that asks what processor and system the crate was built for. Nothing is ever made
//! executable at run time, and no frame of ours is without unwind information.
#![allow(unsafe_code, reason = "an island: calls functions whose types are known only at run time")]

#[cfg(all(test, target_arch = "x86_64", unix))]
mod compiled;
mod errno;
mod image;
mod prepared;
mod stack;
#[cfg(all(test, target_arch = "x86_64", unix))]
mod tests;

#[cfg(all(target_arch = "x86_64", unix))]
#[path = "sysv64.rs"]
mod loaders;
#[cfg(not(all(target_arch = "x86_64", unix)))]
#[path = "elsewhere.rs"]
mod loaders;

pub(crate) use {
    errno::{errno, set_errno},
    image::{Image, InlineWords, OwnWords},
    prepared::{Prepared, ResultKind, Slot},
};
