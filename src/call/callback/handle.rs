//! Objects of the host behind `void *`.

use super::super::argument::Argument;
use super::super::ready::Passing;
use super::super::tail::Promoted;
use crate::convert::{Destination, SourceKind, ToC};
use crate::error::{Error, ErrorKind, Result};
use std::any::{Any, type_name};
use std::ffi::c_void;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

/// A value of the host that C carries about as a `void *`. What C gets is no address but a ticket, so that a wrong one
/// is found out; the ticket is good as long as this lives.
///
/// ```
/// let ffi = eightbyte::Ffi::new();
/// let counter = ffi.handle(std::sync::Mutex::new(0))?;
/// let count = ffi.callback("void (*)(void *)", {
///     let ffi = ffi.clone();
///     move |data: *mut std::ffi::c_void| {
///         *ffi.from_handle::<std::sync::Mutex<i32>>(data)?.lock().unwrap() += 1;
///         Ok(())
///     }
/// })?;
/// let count = unsafe { ffi.function_at("void count(void *)", count.address())? };
/// let () = unsafe { count.call((&counter,))? };
/// assert_eq!(*counter.lock().unwrap(), 1);
/// let error = unsafe { count.call::<()>((std::ptr::null_mut::<u8>(),)) }.unwrap_err();
/// assert!(error.message().contains("expected a handle"));
/// # Ok::<(), eightbyte::Error>(())
/// ```
pub struct Handle<T> {
    value: Arc<T>,
    ticket: usize,
    of: PhantomData<T>,
}

struct Entry {
    /// How often the place has changed its owner; part of the ticket.
    generation: usize,
    /// The type's name is kept for those who come too late.
    name: &'static str,
    value: Option<Arc<dyn Any + Send + Sync>>,
}

struct Table {
    entries: Vec<Entry>,
    free: Vec<usize>,
}

static TABLE: RwLock<Table> = RwLock::new(Table { entries: Vec::new(), free: Vec::new() });

/// No address of a program looks like this: reading through a ticket stops the program at once.
const TAG: usize = 0xeb8b << 48;
const TAG_MASK: usize = 0xffff << 48;
const INDEX_BITS: u32 = 24;
const GENERATIONS: usize = 1 << 24;

impl<T: Send + Sync + 'static> Handle<T> {
    pub(crate) fn new(value: T) -> Result<Handle<T>> {
        let value = Arc::new(value);
        let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
        let index = match table.free.pop() {
            Some(index) => index,
            None if table.entries.len() < 1 << INDEX_BITS => {
                table.entries.push(Entry { generation: 0, name: "", value: None });
                table.entries.len() - 1
            }
            None => {
                let message = format!("expected at most {} handles at a time", 1 << INDEX_BITS);
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
        };
        let entry = table.entries.get_mut(index).ok_or_else(|| unknown(index))?;
        entry.name = type_name::<T>();
        entry.value = Some(value.clone());
        let ticket = TAG | entry.generation << INDEX_BITS | index;
        Ok(Handle { value, ticket, of: PhantomData })
    }
}

impl<T> Handle<T> {
    /// What C gets.
    pub fn as_ptr(&self) -> *mut c_void {
        std::ptr::without_provenance_mut(self.ticket)
    }

    /// The value, which lives on without the handle.
    pub fn value(&self) -> &Arc<T> {
        &self.value
    }

    /// Keeps the ticket good for ever.
    pub fn into_static(self) -> *mut c_void {
        let kept = std::mem::ManuallyDrop::new(self);
        std::ptr::without_provenance_mut(kept.ticket)
    }
}

/// The value behind a ticket.
pub(crate) fn find<T: Send + Sync + 'static>(pointer: *const c_void) -> Result<Arc<T>> {
    let ticket = pointer.addr();
    let (tag, generation, index) = split(ticket);
    let wanted = type_name::<T>();
    if tag != TAG {
        let found = if pointer.is_null() { "null".to_owned() } else { format!("the pointer {pointer:p}") };
        let message = format!("expected a handle of {wanted}, found {found}");
        return Err(Error::new(ErrorKind::Callback, message));
    }
    let table = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    let entry = table.entries.get(index).ok_or_else(|| unknown(ticket))?;
    match &entry.value {
        Some(value) if entry.generation == generation => value.clone().downcast::<T>().map_err(|_| {
            let message = format!("expected a handle of {wanted}, found one of {}", entry.name);
            Error::new(ErrorKind::Callback, message)
        }),
        _ => {
            let message = format!("expected a handle of {wanted}, found one that was freed");
            Err(Error::new(ErrorKind::Callback, message))
        }
    }
}

fn split(ticket: usize) -> (usize, usize, usize) {
    let generation = (ticket & !TAG_MASK) >> INDEX_BITS;
    (ticket & TAG_MASK, generation, ticket & ((1 << INDEX_BITS) - 1))
}

fn unknown(ticket: usize) -> Error {
    Error::new(ErrorKind::Callback, format!("expected a handle, found {ticket:#x}, which never was one"))
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        let (_, _, index) = split(self.ticket);
        let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = table.entries.get_mut(index) else { return };
        let value = entry.value.take();
        entry.generation += 1;
        // A place whose tickets have run out is not used again
        if entry.generation < GENERATIONS {
            table.free.push(index);
        }
        // The value's own drop may use handles
        drop(table);
        drop(value);
    }
}

impl<T> Deref for Handle<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({} as {:#x})", type_name::<T>(), self.ticket)
    }
}

impl<T> Argument for &Handle<T> {
    fn pass(&mut self, index: usize, passing: &mut Passing<'_, '_>) -> Result<()> {
        passing.address(index, self.as_ptr().cast())
    }
    fn promoted(&self) -> Promoted<'_> {
        Promoted::Pointer
    }
}

impl<T> ToC for Handle<T> {
    fn to_c(&self, to: &mut Destination<'_>) -> Result<()> {
        self.as_ptr().to_c(to)
    }
    fn source_kind(&self) -> SourceKind {
        SourceKind::Pointer
    }
    fn describe(&self) -> String {
        format!("a handle of {}", type_name::<T>())
    }
}
