//! What happens when a value ends: finalisers, and the memory that it stands for.

use super::CData;
use super::lease;
use super::memory_of::{contained, tell};
use super::part::CMut;
use crate::error::{Error, ErrorKind, Result};
use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::{Mutex, PoisonError};

type Finaliser = Box<dyn FnOnce(CMut<'_>) + Send>;

/// What few values have, kept apart so that the others stay small.
#[derive(Default)]
pub(super) struct Ending {
    /// In a mutex, because a value is shared between threads and a finaliser need not be.
    finaliser: Mutex<Option<Finaliser>>,
    external: usize,
    /// What the host was told.
    told: isize,
}

impl CData {
    /// Runs a function with the value just before its memory goes: once, on the thread that drops it.
    ///
    /// One at a time: a later one takes the place of an earlier one. A panic in it is contained. It does not run for
    /// copies, nor after [`into_raw`](CData::into_raw).
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// let mut number = ffi.make("int", 7)?;
    /// let (send, receive) = std::sync::mpsc::channel();
    /// number.on_drop(move |number| send.send(number.get::<i32>("").unwrap()).unwrap());
    /// drop(number);
    /// assert_eq!(receive.recv(), Ok(7));
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn on_drop(&mut self, finaliser: impl FnOnce(CMut<'_>) + Send + 'static) {
        let ending = self.ending.get_or_insert_default();
        *ending.finaliser.get_mut().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(finaliser));
    }

    /// Takes the function away that `on_drop` set. Was there one?
    pub fn cancel_on_drop(&mut self) -> bool {
        let finaliser = self.ending.as_mut().map(|ending| ending.finaliser.get_mut());
        finaliser.and_then(|finaliser| finaliser.unwrap_or_else(PoisonError::into_inner).take()).is_some()
    }

    /// Says how many bytes the value stands for beside its own: those of an image behind a pointer, for example.
    ///
    /// The host's collector is told of the change, now and when the value is dropped: see
    /// [`Ffi::on_external_memory`](crate::Ffi::on_external_memory).
    pub fn set_external_size(&mut self, bytes: usize) -> Result<()> {
        let size = isize::try_from(bytes).map_err(|_| {
            let message = format!("expected at most {} bytes, found {bytes}", isize::MAX);
            Error::new(ErrorKind::TooLarge, message)
        })?;
        let ending = self.ending.get_or_insert_default();
        ending.external = bytes;
        if tell(&self.of.scope, size.saturating_sub(ending.told)) {
            ending.told = size;
        }
        Ok(())
    }

    /// How many bytes it stands for beside its own.
    pub fn external_size(&self) -> usize {
        self.ending.as_ref().map_or(0, |ending| ending.external)
    }

    /// Ends what few values have; `finalise` is false where the value itself lives on.
    #[cold]
    pub(super) fn end(&mut self, finalise: bool) {
        let Some(ending) = self.ending.take() else { return };
        let finaliser = ending.finaliser.into_inner().unwrap_or_else(PoisonError::into_inner);
        match finaliser {
            Some(finaliser) if finalise => contained(|| finaliser(self.part_mut())),
            // What it holds may panic as well when it goes
            other => contained(|| drop(other)),
        }
        tell(&self.of.scope, -ending.told);
    }
}

impl Drop for CData {
    #[inline]
    fn drop(&mut self) {
        if self.ending.is_some() {
            self.end(true);
        }
        // SAFETY: the value is dropped once, and nothing below uses its type
        lease::put_back(unsafe { ManuallyDrop::take(&mut self.of) });
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ending({} bytes outside)", self.external)
    }
}
