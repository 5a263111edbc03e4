//! A block of memory with one owner.

use crate::error::{Error, ErrorKind, Result};
use crate::layout::Align;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::fmt;
use std::ptr::NonNull;

/// Bytes that stay where they are until dropped: aligned, zeroed at birth, uniquely owned.
pub(crate) struct Block {
    /// Made by `alloc_zeroed` for `layout`; where that has no bytes, a well aligned address without memory.
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: a block owns its bytes alone, like a `Box<[u8]>`
unsafe impl Send for Block {}
// SAFETY: through `&Block` its bytes are only read
unsafe impl Sync for Block {}

impl Block {
    /// So many zero bytes. The sizes are the target's; this machine may have less.
    pub(crate) fn zeroed(size: u64, align: Align) -> Result<Block> {
        let layout = usize::try_from(size)
            .ok()
            .zip(usize::try_from(align.bytes()).ok())
            .and_then(|(size, align)| Layout::from_size_align(size, align).ok())
            .ok_or_else(|| {
                let most = isize::MAX;
                let message =
                    format!("expected a block of at most {most} bytes, found {size} aligned to {align}");
                Error::new(ErrorKind::TooLarge, message)
            })?;
        if layout.size() == 0 {
            let start = NonNull::new(std::ptr::without_provenance_mut(layout.align()));
            let start = start.unwrap_or(NonNull::dangling());
            return Ok(Block { start, layout });
        }
        // SAFETY: the layout has bytes
        let start = unsafe { alloc_zeroed(layout) };
        let start = NonNull::new(start).ok_or_else(|| {
            Error::new(
                ErrorKind::OutOfMemory,
                format!("no memory for a block of {size} bytes aligned to {align}"),
            )
        })?;
        Ok(Block { start, layout })
    }

    /// Its first byte.
    #[inline]
    pub(crate) fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// Its size in bytes.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.layout.size()
    }

    /// Its alignment in bytes.
    pub(crate) fn align(&self) -> usize {
        self.layout.align()
    }

    /// Its bytes.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: `start` has `len` bytes that were zeroed and stay with the block, and `&self` forbids writes
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.layout.size()) }
    }

    /// Its bytes, to be changed.
    #[inline]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, and `&mut self` is the only way in
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.layout.size()) }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if self.layout.size() > 0 {
            // SAFETY: allocated in `zeroed` with this very layout, and freed only here
            unsafe { dealloc(self.start.as_ptr(), self.layout) }
        }
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Block({} bytes at {:p}, aligned to {})", self.len(), self.start, self.align())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeroed_aligned_and_where_it_was() {
        for align in (0..=16).map(|power| Align::from_bytes(1 << power).unwrap()) {
            for size in [0u64, 1, 7, 8, 4096, 100_000] {
                let mut block = Block::zeroed(size, align).unwrap();
                assert_eq!(block.as_ptr() as u64 % align.bytes(), 0);
                assert_eq!(block.bytes().len() as u64, size);
                assert!(block.bytes().iter().all(|&byte| byte == 0));
                block.bytes_mut().fill(0xff);
                let start = block.as_ptr();
                let moved = std::thread::spawn(move || block).join().unwrap();
                assert_eq!(moved.as_ptr(), start);
                assert!(moved.bytes().iter().all(|&byte| byte == 0xff));
            }
        }
    }

    #[test]
    fn too_large() {
        for (size, kind) in [
            (u64::MAX, ErrorKind::TooLarge),
            (1 << 63, ErrorKind::TooLarge),
            ((1 << 63) - 4096, ErrorKind::OutOfMemory),
        ] {
            assert_eq!(Block::zeroed(size, Align::ONE).unwrap_err().kind(), kind);
        }
    }
}
