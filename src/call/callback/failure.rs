//! What becomes of a failure in a callback when nobody waits who could be told.

use super::head::Head;
use std::panic::Location;
use std::sync::RwLock;
use std::sync::atomic::Ordering::Relaxed;

/// A callback that could not answer, and no caller in Rust to tell it to.
#[derive(Debug)]
#[non_exhaustive]
pub struct CallbackFailure {
    /// The callback's number, as [`Callback::number`](crate::Callback::number) tells it.
    pub number: u64,
    /// Its type.
    pub declaration: String,
    /// Where it was made.
    pub made_at: &'static Location<'static>,
    /// What happened.
    pub kind: FailureKind,
    /// What the panic or the error says.
    pub message: String,
}

/// What happened in a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureKind {
    /// It panicked.
    Panic,
    /// It returned an error, or something that does not convert.
    Error,
    /// It was called after it was freed.
    Freed,
}

type Hook = Box<dyn Fn(&CallbackFailure) + Send + Sync>;

static HOOK: RwLock<Option<Hook>> = RwLock::new(None);

/// Decides what happens to failures that nobody waits for: a panic in a thread that C made, a call of a freed callback.
///
/// When the hook returns, C gets the callback's fallback. Without a hook the failure is reported and the process aborts.
/// A panic in the hook aborts as well.
pub fn set_failure_hook(hook: impl Fn(&CallbackFailure) + Send + Sync + 'static) {
    let hook: Hook = Box::new(hook);
    *HOOK.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(hook);
}

/// Tells the hook; without one, the end.
#[cold]
pub(super) fn report(head: &Head, kind: FailureKind, message: String) {
    let failure = CallbackFailure {
        number: head.number.load(Relaxed),
        declaration: head.prototype.declaration.to_string(),
        made_at: head.made_at,
        kind,
        message,
    };
    let hook = HOOK.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    match &*hook {
        Some(hook) => {
            let hooked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| hook(&failure)));
            if hooked.is_err() {
                std::process::abort();
            }
        }
        None => {
            tell(&failure);
            std::process::abort();
        }
    }
}

/// Says on standard error what happened.
pub(super) fn tell(failure: &CallbackFailure) {
    let CallbackFailure { number, declaration, made_at, message, .. } = failure;
    let what = match failure.kind {
        FailureKind::Panic => "panicked, and nobody waits for it in this thread",
        FailureKind::Error => "failed, and nobody waits for it in this thread",
        FailureKind::Freed => "was called after it was freed",
    };
    let message = if message.is_empty() { String::new() } else { format!(": {message}") };
    // Standard error may be closed, and there is nobody else to tell
    let text = format!("eightbyte: callback {number} ('{declaration}', made at {made_at}) {what}{message}\n");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
}

/// What a panic says.
pub(super) fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "a panic without text".to_owned(),
    }
}
