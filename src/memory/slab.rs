//! Small blocks: what was freed is kept by the thread that freed it, and handed out again.
//!
//! Every block is one of Rust's allocator, so it does not matter which thread frees it.

use std::alloc::{Layout, alloc, dealloc};
use std::cell::Cell;
use std::ptr::NonNull;

/// Classes are 16 bytes apart, and no block is aligned to more.
const STEP: usize = 16;
const CLASSES: usize = 16;
/// A thread keeps so many blocks of each class: at most half a megabyte in all.
const MOST_KEPT: usize = 256;

/// The size class of a block that is small enough for one.
#[derive(Clone, Copy)]
pub(super) struct Class(usize);

/// A free block: its first bytes lead to the next.
struct Free {
    next: *mut Free,
}

/// The free blocks of one thread.
struct Shelf {
    first: [Cell<*mut Free>; CLASSES],
    kept: [Cell<usize>; CLASSES],
}

thread_local! {
    static SHELF: Shelf = const {
        Shelf {
            first: [const { Cell::new(std::ptr::null_mut()) }; CLASSES],
            kept: [const { Cell::new(0) }; CLASSES],
        }
    };
}

impl Class {
    /// That of a layout that has bytes.
    #[inline]
    pub(super) fn of(layout: Layout) -> Option<Class> {
        let class = layout.size().wrapping_sub(1) / STEP;
        (class < CLASSES && layout.align() <= STEP).then_some(Class(class))
    }

    /// How the blocks of a class are allocated.
    #[inline]
    fn layout(self) -> Layout {
        // SAFETY: the alignment is a power of two, and the size far below the limit
        unsafe { Layout::from_size_align_unchecked((self.0 + 1) * STEP, STEP) }
    }

    /// Zero bytes for a value of this class.
    #[inline]
    pub(super) fn allocate(self) -> Option<NonNull<u8>> {
        let kept = SHELF.try_with(|shelf| {
            let first = shelf.first.get(self.0)?;
            let block = NonNull::new(first.get())?;
            // SAFETY: what stands on a shelf is a free block, whose first bytes `free` wrote
            first.set(unsafe { block.read() }.next);
            let kept = shelf.kept.get(self.0)?;
            kept.set(kept.get().wrapping_sub(1));
            Some(block.cast())
        });
        let start = match kept {
            Ok(Some(start)) => start,
            _ => self.fresh()?,
        };
        // SAFETY: the block has the bytes of its class, which nobody uses
        unsafe { self.clear(start) };
        Some(start)
    }

    #[cold]
    fn fresh(self) -> Option<NonNull<u8>> {
        // SAFETY: the layout has bytes
        NonNull::new(unsafe { alloc(self.layout()) })
    }

    /// # Safety
    ///
    /// The bytes of a block of this class are at `start`, aligned, and nobody uses them.
    #[inline]
    unsafe fn clear(self, start: NonNull<u8>) {
        // Sizes that the compiler knows become a few stores
        // SAFETY: the caller vouches for the bytes of the class, which each arm writes
        unsafe {
            match self.0 {
                0 => start.cast::<[u128; 1]>().write([0; 1]),
                1 => start.cast::<[u128; 2]>().write([0; 2]),
                2 => start.cast::<[u128; 3]>().write([0; 3]),
                3 => start.cast::<[u128; 4]>().write([0; 4]),
                more => start.write_bytes(0, (more + 1) * STEP),
            }
        }
    }

    /// Takes a block back.
    ///
    /// # Safety
    ///
    /// `start` came from `allocate` of this class, on any thread, and nobody uses the block any more.
    #[inline]
    pub(super) unsafe fn free(self, start: NonNull<u8>) {
        let kept = SHELF.try_with(|shelf| {
            let (Some(first), Some(kept)) = (shelf.first.get(self.0), shelf.kept.get(self.0)) else {
                return false;
            };
            if kept.get() >= MOST_KEPT {
                return false;
            }
            kept.set(kept.get() + 1);
            let block = start.cast::<Free>();
            // SAFETY: the block is ours now, large enough and aligned
            unsafe { block.write(Free { next: first.get() }) };
            first.set(block.as_ptr());
            true
        });
        if !matches!(kept, Ok(true)) {
            // SAFETY: as the caller says
            unsafe { self.give_back(start) }
        }
    }

    /// # Safety
    ///
    /// As for `free`.
    #[cold]
    unsafe fn give_back(self, start: NonNull<u8>) {
        // SAFETY: `allocate` got it from `alloc` with this layout, here or before it stood on a shelf
        unsafe { dealloc(start.as_ptr(), self.layout()) }
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        for (class, first) in self.first.iter().enumerate() {
            while let Some(block) = NonNull::new(first.get()) {
                // SAFETY: what stands on the shelf is a free block, whose first bytes `free` wrote
                first.set(unsafe { block.read() }.next);
                // SAFETY: it came from `alloc` with the layout of its class
                unsafe { dealloc(block.as_ptr().cast(), Class(class).layout()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn used_again_and_zeroed() {
        for size in 1..=300 {
            let layout = Layout::from_size_align(size, 8).unwrap();
            let Some(class) = Class::of(layout) else {
                assert!(size > 256);
                continue;
            };
            assert!(size <= class.layout().size() && size + STEP > class.layout().size());
            let start = class.allocate().unwrap();
            // SAFETY: a block of this class, which only this test uses
            unsafe {
                start.write_bytes(0xff, size);
                class.free(start);
                let again = class.allocate().unwrap();
                assert_eq!(again, start);
                assert!((0..size).all(|at| again.add(at).read() == 0));
                class.free(again);
            }
        }
        assert!(Class::of(Layout::from_size_align(16, 32).unwrap()).is_none());
        assert!(Class::of(Layout::from_size_align(0, 1).unwrap()).is_none());
    }
}
