//! Which threads may call into a library.

use crate::error::{Error, ErrorKind, Result};
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::Thread;

/// Which threads may call the functions of a library.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ThreadPolicy {
    /// Any, at any time.
    #[default]
    Any,
    /// Any, one at a time: a call waits until that of another thread has returned. What a call calls back may call again.
    ///
    /// The lock belongs to the library, however often and by whomever it was loaded with this policy.
    Serialized,
    /// The one that loaded it; calls from others are errors.
    OwnerThread,
}

/// A policy with what it needs.
#[derive(Debug)]
pub(crate) struct Policy(Option<Guarded>);

#[derive(Debug)]
enum Guarded {
    Serialized(Arc<Lock>),
    Owner { number: u64, thread: Thread },
}

/// A call that may be made as long as this lives.
#[must_use = "the call may be made only while this lives"]
pub(crate) struct Entered<'p>(Option<&'p Lock>);

impl Policy {
    /// For a library that the system knows by this number.
    pub(super) fn new(policy: ThreadPolicy, library: usize) -> Policy {
        Policy(match policy {
            ThreadPolicy::Any => None,
            ThreadPolicy::Serialized => Some(Guarded::Serialized(lock_of(library))),
            ThreadPolicy::OwnerThread => {
                Some(Guarded::Owner { number: own_number(), thread: std::thread::current() })
            }
        })
    }

    /// May any thread call at any time, so that nobody needs to `enter`?
    #[inline(always)]
    pub(crate) fn is_any(&self) -> bool {
        self.0.is_none()
    }

    /// Waits until a call may be made; an error where this thread may make none.
    #[inline(always)]
    pub(crate) fn enter(&self, library: &str) -> Result<Entered<'_>> {
        match &self.0 {
            None => Ok(Entered(None)),
            Some(guarded) => guarded.enter(library),
        }
    }

    pub(super) fn kind(&self) -> ThreadPolicy {
        match &self.0 {
            None => ThreadPolicy::Any,
            Some(Guarded::Serialized(_)) => ThreadPolicy::Serialized,
            Some(Guarded::Owner { .. }) => ThreadPolicy::OwnerThread,
        }
    }
}

impl Guarded {
    #[inline(never)]
    fn enter(&self, library: &str) -> Result<Entered<'_>> {
        match self {
            Guarded::Serialized(lock) => {
                lock.take(own_number())?;
                Ok(Entered(Some(lock)))
            }
            Guarded::Owner { number, .. } if *number == own_number() => Ok(Entered(None)),
            Guarded::Owner { thread, .. } => Err(foreign_thread(library, thread)),
        }
    }
}

impl Drop for Entered<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(lock) = self.0 {
            lock.give_back();
        }
    }
}

#[cold]
fn foreign_thread(library: &str, owner: &Thread) -> Error {
    let here = std::thread::current();
    let message = format!(
        "{library} belongs to {}, which loaded it: expected a call from there, found one from {}",
        shown(owner),
        shown(&here)
    );
    Error::new(ErrorKind::Thread, message)
}

fn shown(thread: &Thread) -> String {
    let mut text = "thread ".to_owned();
    let number = format!("{:?}", thread.id());
    let number = number.trim_start_matches("ThreadId(").trim_end_matches(')');
    // Writing to a `String` cannot fail
    let _ = match thread.name() {
        Some(name) => write!(text, "{number} ('{name}')"),
        None => write!(text, "{number}"),
    };
    text
}

/// A lock that its owner may take again.
#[derive(Debug, Default)]
struct Lock {
    state: Mutex<Held>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Held {
    /// The thread that has it; 0 is none.
    owner: u64,
    depth: u32,
}

impl Lock {
    fn state(&self) -> MutexGuard<'_, Held> {
        // Nothing panics while it is held, so what it holds is whole
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, thread: u64) -> Result<()> {
        let mut held = self.state();
        if held.owner != thread {
            while held.owner != 0 {
                held = self.freed.wait(held).unwrap_or_else(PoisonError::into_inner);
            }
            held.owner = thread;
        }
        let deeper = held.depth.checked_add(1);
        let too_deep =
            || Error::new(ErrorKind::TooDeep, "calls of a serialized library are nested too deeply");
        held.depth = deeper.ok_or_else(too_deep)?;
        Ok(())
    }

    fn give_back(&self) {
        let mut held = self.state();
        held.depth = held.depth.saturating_sub(1);
        if held.depth == 0 {
            held.owner = 0;
            drop(held);
            self.freed.notify_one();
        }
    }
}

/// The number of this thread, which no other one ever has. Cheaper than the standard library's, and there until the
/// very end of the thread.
fn own_number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static OWN: Cell<u64> = const { Cell::new(0) };
    }
    OWN.with(|own| {
        if own.get() == 0 {
            own.set(LAST.fetch_add(1, Ordering::Relaxed) + 1);
        }
        own.get()
    })
}

/// The one lock of a library.
fn lock_of(library: usize) -> Arc<Lock> {
    static LOCKS: Mutex<Option<HashMap<usize, Weak<Lock>>>> = Mutex::new(None);
    let mut locks = LOCKS.lock().unwrap_or_else(PoisonError::into_inner);
    let locks = locks.get_or_insert_default();
    if let Some(lock) = locks.get(&library).and_then(Weak::upgrade) {
        return lock;
    }
    locks.retain(|_, lock| lock.strong_count() > 0);
    let lock = Arc::new(Lock::default());
    locks.insert(library, Arc::downgrade(&lock));
    lock
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_again() {
        let policy = Policy::new(ThreadPolicy::Serialized, 1);
        let other = Policy::new(ThreadPolicy::Serialized, 1);
        let (inside, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|threads| {
            for index in 0..8 {
                let policy = if index % 2 == 0 { &policy } else { &other };
                let (inside, most) = (&inside, &most);
                threads.spawn(move || {
                    for _ in 0..200 {
                        let entered = policy.enter("x").unwrap();
                        let again = policy.enter("x").unwrap();
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
                        std::thread::yield_now();
                        drop(again);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(entered);
                    }
                });
            }
        });
        assert_eq!(most.load(Ordering::SeqCst), 0);
        let panicked = std::thread::scope(|threads| {
            let holder = threads.spawn(|| {
                let _entered = policy.enter("x").unwrap();
                std::panic::resume_unwind(Box::new(()));
            });
            holder.join()
        });
        assert!(panicked.is_err());
        drop(policy.enter("x").unwrap());
    }

    #[test]
    fn owner_only() {
        let policy = Policy::new(ThreadPolicy::OwnerThread, 2);
        assert!(policy.enter("libx.so").is_ok());
        std::thread::scope(|threads| {
            let call = || policy.enter("libx.so").map(drop).unwrap_err();
            let other = std::thread::Builder::new().name("other".to_owned());
            let error = other.spawn_scoped(threads, call).unwrap().join().unwrap();
            assert_eq!(error.kind(), ErrorKind::Thread);
            assert!(error.message().starts_with("libx.so belongs to thread "), "{error}");
            assert!(error.message().ends_with(" ('other')"), "{error}");
        });
        assert!(Policy::new(ThreadPolicy::Any, 2).is_any());
    }
}
