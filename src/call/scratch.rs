//! Memory that lives as long as one call: text with its final NUL.

use crate::error::{Error, ErrorKind, Result};
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
pub(super) type Texts = Box<Vec<Box<[u8]>>>;

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
        Ok(self.bytes(text))
    }

    /// A copy of any bytes, with a NUL behind them.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> *const u8 {
        let end = self.used.saturating_add(bytes.len());
        if let Some(room) = self.room.get_mut(self.used..end.saturating_add(1)) {
            let start = room.as_mut_ptr().cast::<u8>();
            // SAFETY: the room has a byte more than the bytes, which are elsewhere: nobody else has a reference to it
            unsafe {
                start.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
                start.add(bytes.len()).write(0);
            }
            self.used = end + 1;
            return start;
        }
        let owned = [bytes, &[0]].concat().into_boxed_slice();
        let start = owned.as_ptr();
        self.large.get_or_insert_default().push(owned);
        start
    }
}

#[cold]
pub(super) fn has_nul(text: &[u8]) -> Error {
    let place = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
    let message = format!("expected text without NUL, found one at byte {place}; pass a &CStr or a slice");
    Error::new(ErrorKind::Conversion, message)
}
