//! Calls: the register image and the static loaders. Callbacks: stubs and the entries that they lead to.
//!
//! A [`Prepared`] is made once from a plan. Each call fills an [`Image`] (a block that mirrors the argument registers and
//! the stack) and enters a loader, which loads exactly the registers that are used and jumps to the function.
//!
//! Invariant: this is the only room that asks what processor and system the crate was built for. Nothing is ever made
//! executable at run time, and no frame of ours is without unwind information.
#![allow(unsafe_code, reason = "an island: calls functions whose types are known only at run time")]

#[cfg(all(test, target_arch = "x86_64", unix))]
mod compiled;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod entry;
mod errno;
mod image;
mod incoming;
mod prepared;
mod stack;
mod stub;
#[cfg_attr(not(all(target_arch = "x86_64", target_os = "linux")), path = "no_stub_pages.rs")]
mod stub_pages;
#[cfg(all(test, target_arch = "x86_64", unix))]
mod tests;

#[cfg(all(target_arch = "x86_64", unix))]
#[path = "sysv64.rs"]
mod loaders;
#[cfg(not(all(target_arch = "x86_64", unix)))]
#[path = "elsewhere.rs"]
mod loaders;

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub(crate) use entry::{entry_for, generic_entry};
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
pub(crate) use stub_pages::{entry_for, generic_entry};
pub(crate) use {
    errno::{KeptErrno, errno, set_errno},
    image::{Image, InlineWords, OwnWords},
    incoming::{Arriving, Incoming, Receive, Received, RegisterPlace, WordPlace},
    prepared::{Prepared, ResultKind, Slot},
    stub::{ContextRegister, Stub, allocate as allocate_stub, for_each_live as for_each_live_stub},
};
