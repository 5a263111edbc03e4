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
    large: Option<Box<Vec<CString>>>,
}

impl Scratch {
    #[inline(always)]
    pub(super) fn new() -> Scratch {
        Scratch { room: [const { MaybeUninit::uninit() }; ROOM], used: 0, large: None }
    }

    /// A copy of a text that ends in NUL.
    pub(super) fn text(&mut self, text: &[u8]) -> Result<*const u8> {
        if let Some(place) = text.iter().position(|&byte| byte == 0) {
            let message =
                format!("expected text without NUL, found one at byte {place}; pass a &CStr or a slice");
            return Err(Error::new(ErrorKind::Conversion, message));
        }
        let end = self.used.checked_add(text.len()).and_then(|end| end.checked_add(1));
        if let Some(end) = end
            && let Some(room) = self.room.get_mut(self.used..end)
        {
            let with_nul = text.iter().chain(&[0]);
            room.iter_mut().zip(with_nul).for_each(|(to, from)| {
                to.write(*from);
            });
            self.used = end;
            return Ok(room.as_ptr().cast());
        }
        let owned =
            CString::new(text).map_err(|_| Error::new(ErrorKind::Conversion, "found NUL in a text"))?;
        let start = owned.as_ptr().cast();
        self.large.get_or_insert_default().push(owned);
        Ok(start)
    }
}
