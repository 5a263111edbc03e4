//! A reference that a thread keeps at hand, so that a value can be made and dropped without counting.
//!
//! Counting is atomic, and two counts take longer than all the rest of making a small value. Only a type that is at hand
//! for more values (a [`CType`](crate::CType)) leases, and ends its lease when it is dropped.

use super::measured::Measured;
use crate::error::Result;
use crate::types::{Scope, Type};
use std::cell::Cell;
use std::sync::{Arc, OnceLock};

/// A thread has one lease at a time.
struct Desk {
    /// Whose it is; only compared.
    of: Cell<*const Measured>,
    spare: Cell<Option<Arc<Measured>>>,
}

thread_local! {
    static DESK: Desk = const { Desk { of: Cell::new(std::ptr::null()), spare: Cell::new(None) } };
}

/// What the values of a type share, found when the first is made.
#[derive(Clone, Default)]
pub(crate) struct Lease(OnceLock<Arc<Measured>>);

impl Lease {
    /// What the values share.
    #[inline]
    pub(crate) fn typed(&self, scope: &Arc<Scope>, ty: &Type) -> Result<&Arc<Measured>> {
        match self.0.get() {
            Some(typed) => Ok(typed),
            None => self.first(scope, ty),
        }
    }

    #[cold]
    fn first(&self, scope: &Arc<Scope>, ty: &Type) -> Result<&Arc<Measured>> {
        let typed = Arc::new(Measured::new(scope, ty, None)?);
        Ok(self.0.get_or_init(|| typed))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(typed) = self.0.get() else { return };
        // Where the thread ends, its lease has ended
        let spare = DESK.try_with(|desk| {
            let is_ours = desk.of.get() == Arc::as_ptr(typed);
            is_ours.then(|| {
                desk.of.set(std::ptr::null());
                desk.spare.take()
            })
        });
        drop(spare);
    }
}

/// A reference for one more value.
#[inline(always)]
pub(super) fn take(typed: &Arc<Measured>) -> Arc<Measured> {
    let spare =
        DESK.try_with(|desk| if desk.of.get() == Arc::as_ptr(typed) { desk.spare.take() } else { None });
    match spare {
        Ok(Some(spare)) if Arc::ptr_eq(&spare, typed) => spare,
        other => counted(typed, other.ok().flatten()),
    }
}

#[cold]
fn counted(typed: &Arc<Measured>, other: Option<Arc<Measured>>) -> Arc<Measured> {
    drop(other);
    let before = DESK.try_with(|desk| {
        let is_new = desk.of.replace(Arc::as_ptr(typed)) != Arc::as_ptr(typed);
        if is_new { desk.spare.take() } else { None }
    });
    drop(before);
    typed.clone()
}

/// Puts the reference of a value back that is no more.
#[inline(always)]
pub(super) fn put_back(typed: Arc<Measured>) {
    let address = Arc::as_ptr(&typed);
    let mut typed = Some(typed);
    let before =
        DESK.try_with(|desk| if desk.of.get() == address { desk.spare.replace(typed.take()) } else { None });
    // Of two references one is enough, and whoever drops the last one may come back here
    if typed.is_some() || matches!(before, Ok(Some(_))) {
        uncount(typed, before.ok().flatten());
    }
}

#[cold]
fn uncount(typed: Option<Arc<Measured>>, before: Option<Arc<Measured>>) {
    drop((typed, before));
}
