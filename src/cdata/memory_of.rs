//! What a host says once about the memory of all its values.

use crate::error::{Error, ErrorKind, Result};
use crate::memory::Allocator;
use crate::types::Scope;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

type Hook = Box<dyn Fn(isize) + Send + Sync>;

/// Hangs on the scope.
#[derive(Default)]
struct MemoryOf {
    allocator: OnceLock<Arc<dyn Allocator>>,
    hook: OnceLock<Hook>,
}

/// The allocator of a scope, if a host gave it one.
#[inline]
pub(super) fn allocator_of(scope: &Scope) -> Option<&Arc<dyn Allocator>> {
    if scope.attached().is_empty() { None } else { found(scope) }
}

#[cold]
fn found(scope: &Scope) -> Option<&Arc<dyn Allocator>> {
    scope.attached().get::<MemoryOf>()?.allocator.get()
}

/// Gives a scope its allocator.
pub(crate) fn set_allocator(scope: &Scope, allocator: Arc<dyn Allocator>) -> Result<()> {
    let memory = scope.attached().get_or_default::<MemoryOf>();
    set(memory.map(|memory| memory.allocator.set(allocator).is_ok()), "an allocator")
}

/// Gives a scope the hook that is told of memory which values stand for.
pub(crate) fn set_hook(scope: &Scope, hook: Hook) -> Result<()> {
    let memory = scope.attached().get_or_default::<MemoryOf>();
    set(memory.map(|memory| memory.hook.set(hook).is_ok()), "a listener to external memory")
}

fn set(is_first: Option<bool>, what: &str) -> Result<()> {
    match is_first {
        Some(true) => Ok(()),
        _ => Err(Error::new(ErrorKind::Conflict, format!("the Ffi has {what} already"))),
    }
}

/// Tells the host, if it listens. A panic of its hook stays inside.
pub(super) fn tell(scope: &Scope, delta: isize) -> bool {
    let hook = scope.attached().get::<MemoryOf>().and_then(|memory| memory.hook.get());
    if let (Some(hook), true) = (hook, delta != 0) {
        contained(|| hook(delta));
    }
    hook.is_some()
}

/// Runs what a host gave us where a panic must not pass.
pub(super) fn contained(run: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
        // Dropping what was thrown could throw again
        std::mem::forget(payload);
    }
}
