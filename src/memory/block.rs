//! A block of memory with one owner.

use super::Allocator;
use super::slab::Class;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Align;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

/// Bytes that stay where they are until dropped: aligned, zeroed at birth, uniquely owned.
pub(crate) struct Block {
    /// Made for `layout` by `allocator`, or by the slab where the layout has a class, or by `alloc_zeroed`; where the
    /// layout has no bytes, a well aligned address without memory.
    start: NonNull<u8>,
    layout: Layout,
    /// How many of its bytes are in use: no more than the layout has.
    length: usize,
    /// Thin, because few blocks have one.
    allocator: Option<Box<Arc<dyn Allocator>>>,
}

// SAFETY: a block owns its bytes alone, like a `Box<[u8]>`, and an allocator may be used by every thread
unsafe impl Send for Block {}
// SAFETY: through `&Block` its bytes are only read
unsafe impl Sync for Block {}

impl Block {
    /// So many zero bytes. The sizes are the target's; this machine may have less.
    #[cfg(test)]
    pub(crate) fn zeroed(size: u64, align: Align) -> Result<Block> {
        Block::with_layout(layout(size, align)?, None)
    }

    /// Zero bytes, from an allocator if there is one.
    #[inline(always)]
    pub(crate) fn with_layout(layout: Layout, allocator: Option<&Arc<dyn Allocator>>) -> Result<Block> {
        let small = match (Class::of(layout), allocator) {
            (Some(class), None) => class.allocate(),
            _ => None,
        };
        // The block is put together in one place: one that is copied while it is fresh has the processor wait
        let start = match small {
            Some(start) => start,
            None => start_elsewhere(layout, allocator)?,
        };
        let allocator = match allocator {
            Some(allocator) => boxed(allocator),
            None => None,
        };
        Ok(Block { start, layout, length: layout.size(), allocator })
    }

    /// The same block, of which only the first bytes are looked at.
    pub(crate) fn shortened(mut self, length: usize) -> Block {
        self.length = self.length.min(length);
        self
    }

    /// Gives the bytes away: whoever has the address frees them.
    pub(crate) fn into_raw(self) -> *mut u8 {
        let mut kept = std::mem::ManuallyDrop::new(self);
        // The block itself is not dropped, its share of the allocator is
        kept.allocator = None;
        kept.start.as_ptr()
    }

    /// Takes bytes over.
    ///
    /// # Safety
    ///
    /// They came from `into_raw` of a block of this layout and allocator, or from the allocator itself, all of them
    /// have been written, and nobody else uses or frees them.
    pub(crate) unsafe fn from_raw(
        start: NonNull<u8>,
        layout: Layout,
        allocator: Option<Arc<dyn Allocator>>,
    ) -> Block {
        Block { start, layout, length: layout.size(), allocator: allocator.map(Box::new) }
    }

    /// Its first byte.
    #[inline]
    pub(crate) fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// How many of its bytes are in use.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Its alignment in bytes.
    pub(crate) fn align(&self) -> usize {
        self.layout.align()
    }

    /// Its bytes.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: `start` has `length` bytes that were zeroed and stay with the block, and `&self` forbids writes
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }

    /// Its bytes, to be changed.
    #[inline]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, and `&mut self` is the only way in
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}

#[cold]
fn boxed(allocator: &Arc<dyn Allocator>) -> Option<Box<Arc<dyn Allocator>>> {
    Some(Box::new(allocator.clone()))
}

/// Zero bytes that the slab does not have.
#[cold]
fn start_elsewhere(layout: Layout, allocator: Option<&Arc<dyn Allocator>>) -> Result<NonNull<u8>> {
    let start = match (layout.size(), allocator) {
        (0, _) => NonNull::new(std::ptr::without_provenance_mut(layout.align())),
        (size, Some(allocator)) => {
            let start = allocator.allocate(size, layout.align());
            // SAFETY: the allocator vouches for so many writable bytes
            start.inspect(|start| unsafe { start.write_bytes(0, size) })
        }
        (_, None) => match Class::of(layout) {
            Some(class) => class.allocate(),
            // SAFETY: the layout has bytes
            None => NonNull::new(unsafe { alloc_zeroed(layout) }),
        },
    };
    start.ok_or_else(|| out_of_memory(layout))
}

/// How so many bytes are allocated on this machine.
pub(crate) fn layout(size: u64, align: Align) -> Result<Layout> {
    let here = usize::try_from(size).ok().zip(usize::try_from(align.bytes()).ok());
    here.and_then(|(size, align)| Layout::from_size_align(size, align).ok()).ok_or_else(|| {
        let most = isize::MAX;
        let message = format!("expected a block of at most {most} bytes, found {size} aligned to {align}");
        Error::new(ErrorKind::TooLarge, message)
    })
}

#[cold]
fn out_of_memory(layout: Layout) -> Error {
    let (size, align) = (layout.size(), layout.align());
    let message = format!("no memory for a block of {size} bytes aligned to {align}");
    Error::new(ErrorKind::OutOfMemory, message)
}

#[cold]
pub(super) fn no_memory() -> Error {
    Error::new(ErrorKind::OutOfMemory, "no memory for another block")
}

/// No bytes.
impl Default for Block {
    fn default() -> Block {
        let layout = Layout::new::<()>();
        Block { start: NonNull::dangling(), layout, length: 0, allocator: None }
    }
}

impl Drop for Block {
    #[inline(always)]
    fn drop(&mut self) {
        match (&self.allocator, Class::of(self.layout)) {
            // SAFETY: without an allocator, a layout that has a class came from it, and is freed only here
            (None, Some(class)) => unsafe { class.free(self.start) },
            _ => self.free_elsewhere(),
        }
    }
}

impl Block {
    #[cold]
    fn free_elsewhere(&mut self) {
        match &self.allocator {
            _ if self.layout.size() == 0 => {}
            // SAFETY: it came from this allocator with this layout, and is freed only when it is dropped
            Some(allocator) => unsafe {
                allocator.free(self.start, self.layout.size(), self.layout.align());
            },
            // SAFETY: it has no class, so `alloc_zeroed` made it with this layout, and it is freed only when dropped
            None => unsafe { dealloc(self.start.as_ptr(), self.layout) },
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
