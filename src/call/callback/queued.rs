//! Callbacks that run in the thread that made them, whichever thread C calls them in.

use super::dynamic::{Answered, Answering, CallArguments, CallbackCall, convert_result, with_bytes};
use super::owner::LocalCallback;
use super::prototype::{CallbackType, Prototype};
use super::thread;
use crate::cdata::Value;
use crate::error::{Error, ErrorKind, Result};
use crate::types::{ParameterTail, Scope};
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What C does while the owner's thread has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenQueued {
    /// It waits for the answer.
    Waits,
    /// It gets the fallback at once; what the closure returns is dropped.
    GoesOn,
}

/// A call from another thread.
struct Job {
    closure: u64,
    arguments: Vec<Box<[u8]>>,
    reply: Option<Arc<Reply>>,
}

/// The answer, once it is there; `None` in it is the fallback.
#[derive(Default)]
struct Reply {
    answer: Mutex<Option<Option<Box<[u8]>>>>,
    is_there: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: Mutex<Jobs>,
    has_come: Condvar,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    is_closed: bool,
}

type Closure = dyn Fn(&CallbackCall<'_>) -> Result<Value>;

struct Local {
    prototype: Arc<Prototype>,
    scope: Arc<Scope>,
    closure: Box<Closure>,
}

/// What a thread has to answer for.
#[derive(Default)]
struct Owner {
    queue: Arc<Queue>,
    closures: RefCell<HashMap<u64, Rc<Local>>>,
}

thread_local! {
    static OWNER: Owner = Owner::default();
}

impl CallbackType {
    /// A callback that runs in this thread: a call in another one waits in a queue until this thread runs
    /// [`Ffi::pump`](crate::Ffi::pump).
    #[track_caller]
    pub fn callback_queued(
        &self,
        then: WhenQueued,
        closure: impl Fn(&CallbackCall<'_>) -> Result<Value> + 'static,
    ) -> Result<LocalCallback> {
        let made_at = Location::caller();
        if self.prototype.function.tail != ParameterTail::Closed {
            let message =
                format!("queued callbacks with '...' are not supported: '{}'", self.prototype.declaration);
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let local = Rc::new(Local {
            prototype: self.prototype.clone(),
            scope: self.scope.clone(),
            closure: Box::new(closure),
        });
        let queue = OWNER.with(|owner| owner.queue.clone());
        let entry = Listed::new(local);
        let home = thread::number();
        let closure = move |answering: Answering<'_, '_>| match thread::number() == home {
            true => match entry.find() {
                Some(local) => answering.value(&(local.closure)(answering.call)?),
                None => Ok(Answered::FALLBACK),
            },
            false => Ok(match queue.hand_over(entry.0, answering.call, then)? {
                Some(bytes) => answering.bytes(&bytes),
                None => Answered::FALLBACK,
            }),
        };
        Ok(self.dynamic(closure, false, made_at)?.local())
    }
}

/// A closure's entry among those of its thread. It is dropped there, by the owner of the callback.
struct Listed(u64);

impl Listed {
    fn new(local: Rc<Local>) -> Listed {
        static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        OWNER.with(|owner| owner.closures.borrow_mut().insert(number, local));
        Listed(number)
    }

    fn find(&self) -> Option<Rc<Local>> {
        OWNER.try_with(|owner| owner.closures.borrow().get(&self.0).cloned()).ok().flatten()
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        // Taken out first: the closure's own drop may use the list
        let local = OWNER.try_with(|owner| owner.closures.borrow_mut().remove(&self.0));
        drop(local);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queue {
    /// In another thread: queues a call, and brings its answer; `None` is the fallback.
    fn hand_over(
        &self,
        closure: u64,
        call: &CallbackCall<'_>,
        then: WhenQueued,
    ) -> Result<Option<Box<[u8]>>> {
        let reply = (then == WhenQueued::Waits).then(Arc::<Reply>::default);
        let job = Job { closure, arguments: call.copied()?, reply: reply.clone() };
        let mut jobs = lock(&self.jobs);
        if jobs.is_closed {
            return Err(ended());
        }
        jobs.waiting.push_back(job);
        drop(jobs);
        self.has_come.notify_one();
        let Some(reply) = reply else { return Ok(None) };
        let mut there = lock(&reply.answer);
        let answer = loop {
            match there.take() {
                Some(answer) => break answer,
                None => there = reply.is_there.wait(there).unwrap_or_else(PoisonError::into_inner),
            }
        };
        drop(there);
        match answer.is_none() && lock(&self.jobs).is_closed {
            true => Err(ended()),
            false => Ok(answer),
        }
    }

    fn next(&self, until: Option<Instant>) -> Option<Job> {
        let mut jobs = lock(&self.jobs);
        loop {
            if let Some(job) = jobs.waiting.pop_front() {
                return Some(job);
            }
            let left = until?.checked_duration_since(Instant::now())?;
            jobs = self.has_come.wait_timeout(jobs, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cold]
fn ended() -> Error {
    Error::new(ErrorKind::Callback, "the thread that it belongs to has ended")
}

impl Drop for Owner {
    /// The thread ends: whoever waits gets the fallback.
    fn drop(&mut self) {
        let mut jobs = lock(&self.queue.jobs);
        jobs.is_closed = true;
        for job in jobs.waiting.drain(..) {
            job.answer(None);
        }
    }
}

impl Job {
    fn answer(&self, answer: Option<Box<[u8]>>) {
        if let Some(reply) = &self.reply {
            *lock(&reply.answer) = Some(answer);
            reply.is_there.notify_one();
        }
    }
}

/// Runs the calls that wait for this thread; waits for the first one as long as is said. Tells how many it ran.
pub(crate) fn pump(wait: Option<Duration>) -> Result<usize> {
    let Ok(queue) = OWNER.try_with(|owner| owner.queue.clone()) else { return Ok(0) };
    let mut until = wait.and_then(|wait| Instant::now().checked_add(wait));
    let mut count = 0;
    while let Some(job) = queue.next(until.take()) {
        count += 1;
        let local = OWNER.try_with(|owner| owner.closures.borrow().get(&job.closure).cloned());
        let Some(local) = local.ok().flatten() else {
            // Freed while the call waited
            job.answer(None);
            continue;
        };
        match catch_unwind(AssertUnwindSafe(|| local.run(&job.arguments))) {
            Ok(Ok(answer)) => job.answer(Some(answer)),
            Ok(Err(error)) => {
                job.answer(None);
                let message = format!("callback '{}': {}", local.prototype.declaration, error.message());
                return Err(Error::new(error.kind(), message));
            }
            Err(payload) => {
                job.answer(None);
                resume_unwind(payload);
            }
        }
    }
    Ok(count)
}

impl Local {
    fn run(&self, arguments: &[Box<[u8]>]) -> Result<Box<[u8]>> {
        let (prototype, scope) = (&*self.prototype, &self.scope);
        let call = CallbackCall { arguments: CallArguments::Copied(arguments), prototype, scope };
        let value = (self.closure)(&call)?;
        let Some(result) = &prototype.result else { return Ok(Box::default()) };
        with_bytes(result.size, |bytes| {
            convert_result(&value, result, scope, bytes)?;
            Ok((&*bytes).into())
        })
    }
}
