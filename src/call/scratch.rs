//! Memory that lives as long as one call: text with its final NUL.

use crate::error::{Error, ErrorKind, Result};
use std::ffi::CString;
use std::mem::MaybeUninit;

/// Text up to this size, all texts of a call together, needs no heap.
const ROOM: usize = 256;

/// Texts of one call. What it hands out stays valid until it is dropped or moved.
pub(super) struct Scratch {
    room: [MaybeUninit<u8>; ROOM],
    used: usize,
    /// Behind one pointer, so that a call without such texts pays for a single test.
    #[allow(clippy::box_collection, reason = "a test of one word, where an empty vector has three")]
    large: Option<Texts>,
}

/// Texts on the heap, which may be moved.
#[allow(clippy::box_collection, reason = "as above")]
pub(super) type Texts = Box<Vec<CString>>;

impl Scratch {
    #[inline(always)]
    pub(super) fn new() -> Scratch {
        Scratch { room: [const { MaybeUninit::uninit() }; ROOM], used: 0, large: None }
    }

    /// One that keeps every text on the heap.
    pub(super) fn on_heap() -> Scratch {
        Scratch { used: usize::MAX, ..Scratch::new() }
    }

    /// Do they outlive a single call?
    pub(super) fn is_kept(&self) -> bool {
        self.used == usize::MAX
    }

    /// What became of the texts.
    pub(super) fn into_texts(self) -> Option<Texts> {
        self.large
    }

    /// A copy of a text that ends in NUL.
    pub(super) fn text(&mut self, text: &[u8]) -> Result<*const u8> {
        if text.contains(&0) {
            return Err(has_nul(text));
        }
        let end = self.used.saturating_add(text.len());
        if let Some(room) = self.room.get_mut(self.used..end.saturating_add(1)) {
            let start = room.as_mut_ptr().cast::<u8>();
            // SAFETY: the room has a byte more than the text, which is elsewhere: nobody else has a reference to it
            unsafe {
                start.copy_from_nonoverlapping(text.as_ptr(), text.len());
                start.add(text.len()).write(0);
            }
            self.used = end + 1;
            return Ok(start);
        }
        let owned = CString::new(text).map_err(|_| has_nul(text))?;
        let start = owned.as_ptr().cast();
        self.large.get_or_insert_default().push(owned);
        Ok(start)
    }
}

#[cold]
fn has_nul(text: &[u8]) -> Error {
    let place = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
    let message = format!("expected text without NUL, found one at byte {place}; pass a &CStr or a slice");
    Error::new(ErrorKind::Conversion, message)
}
