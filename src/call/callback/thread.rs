//! What a thread is doing: how often it waits for C, how many callbacks run in it, and who it is.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The sign bit of a count says that there is something to do when it is next counted down.
const MARK: i64 = i64::MIN;

pub(super) struct Counter(Cell<i64>);

impl Counter {
    /// Counts up; tells what `down` finds if nothing happens meanwhile.
    #[inline(always)]
    pub(super) fn up(&self) -> i64 {
        let up = self.0.get().wrapping_add(1);
        self.0.set(up);
        up
    }

    /// Counts down; was it marked since it was counted up to this? Where the compiler sees that nothing was called
    /// meanwhile, nothing is left of both.
    #[inline(always)]
    pub(super) fn down(&self, up: i64) -> bool {
        let found = self.0.get();
        self.0.set(found.wrapping_sub(1));
        found != up
    }

    /// Counts down, where nobody knows what happened meanwhile; is it marked?
    #[inline(always)]
    pub(super) fn down_marked(&self) -> bool {
        let value = self.0.get().wrapping_sub(1);
        self.0.set(value);
        value < 0
    }

    pub(super) fn count(&self) -> i64 {
        self.0.get() & !MARK
    }

    pub(super) fn mark(&self, marked: bool) {
        self.0.set(if marked { self.count() | MARK } else { self.count() });
    }
}

thread_local! {
    /// Calls that have gone out to C and whose caller can take a panic or an error home. Marked: something is parked.
    pub(super) static WAITING: Counter = const { Counter(Cell::new(0)) };
    /// Callbacks that are running. Marked: callbacks were dropped meanwhile.
    pub(super) static RUNNING: Counter = const { Counter(Cell::new(0)) };
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

/// This thread's number, which no other thread of the process has or will have.
#[inline(always)]
pub(super) fn number() -> u64 {
    match NUMBER.get() {
        0 => first_number(),
        number => number,
    }
}

#[cold]
fn first_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Relaxed);
    NUMBER.set(number);
    number
}
