//! What the rooms above hang on a scope or a record, without this room knowing what it is.

use std::any::Any;
use std::sync::{Arc, OnceLock};

/// A place for one value, put there once and found without a lock.
#[derive(Default)]
pub(crate) struct Attached(OnceLock<Arc<dyn Any + Send + Sync>>);

impl Attached {
    /// A place where the same hangs.
    pub(crate) fn shared(&self) -> Attached {
        Attached(self.0.get().cloned().map_or_else(OnceLock::new, OnceLock::from))
    }

    /// Does nothing hang there?
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.get().is_none()
    }

    /// What hangs there, if it is of this type.
    pub(crate) fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.get()?.downcast_ref()
    }

    /// The same, to be kept while the place itself may go.
    pub(crate) fn share<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.get()?.clone().downcast().ok()
    }

    /// What hangs there, or a first one; `None` where something of another type does.
    pub(crate) fn get_or_default<T: Any + Send + Sync + Default>(&self) -> Option<&T> {
        self.0.get_or_init(|| Arc::new(T::default())).downcast_ref()
    }

    /// The same, to be kept while the place itself may go.
    pub(crate) fn share_or_default<T: Any + Send + Sync + Default>(&self) -> Option<Arc<T>> {
        self.0.get_or_init(|| Arc::new(T::default())).clone().downcast().ok()
    }
}
