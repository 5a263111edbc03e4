//! Many values with one end.

use super::block::layout;
use super::{Allocator, Block};
use crate::error::Result;
use crate::layout::Align;
use std::cell::RefCell;
use std::ptr::NonNull;
use std::sync::Arc;

const FIRST_CHUNK: u64 = 4 << 10;
const LARGEST_CHUNK: u64 = 1 << 20;

/// Zeroed bytes, one piece after the other, all freed together.
#[derive(Default)]
pub(crate) struct Bump {
    chunks: RefCell<Chunks>,
}

#[derive(Default)]
struct Chunks {
    all: Vec<Block>,
    /// How much of the last one is used.
    used: usize,
}

impl Bump {
    /// So many zero bytes that nobody else has, from an allocator if there is one; they stay while the bump does.
    pub(crate) fn take(
        &self,
        size: usize,
        align: Align,
        allocator: Option<&Arc<dyn Allocator>>,
    ) -> Result<NonNull<[u8]>> {
        let mut chunks = self.chunks.borrow_mut();
        if let Some(piece) = chunks.take(size, align) {
            return Ok(piece);
        }
        let doubled = chunks.all.last().map_or(FIRST_CHUNK, |last| (last.len() as u64).saturating_mul(2));
        let chunk = doubled.min(LARGEST_CHUNK).max(size as u64);
        let fresh = Block::with_layout(layout(chunk, align)?, allocator)?;
        chunks.all.push(fresh);
        chunks.used = 0;
        // A chunk is aligned as the piece that it was made for, and no smaller
        chunks.take(size, align).ok_or_else(super::block::no_memory)
    }
}

impl Chunks {
    fn take(&mut self, size: usize, align: Align) -> Option<NonNull<[u8]>> {
        let chunk = self.all.last()?;
        let start = chunk.as_ptr().wrapping_add(self.used);
        let gap = start.align_offset(usize::try_from(align.bytes()).ok()?);
        let begin = self.used.checked_add(gap)?;
        let end = begin.checked_add(size).filter(|&end| end <= chunk.len())?;
        self.used = end;
        let piece = NonNull::new(chunk.as_ptr().wrapping_add(begin))?;
        Some(NonNull::slice_from_raw_parts(piece, size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_never_overlap() {
        let bump = Bump::default();
        let mut taken: Vec<(usize, usize)> = Vec::new();
        for count in 0..2000usize {
            let size = count * 7919 % 300 + if count % 500 == 0 { 100_000 } else { 0 };
            let align = Align::from_bytes(1 << (count % 8)).unwrap();
            let mut piece = bump.take(size, align, None).unwrap();
            assert_eq!(piece.cast::<u8>().addr().get() as u64 % align.bytes(), 0);
            // SAFETY: the bump gave these bytes to nobody else
            let bytes = unsafe { piece.as_mut() };
            assert!(bytes.iter().all(|&byte| byte == 0));
            bytes.fill(0xff);
            taken.push((bytes.as_ptr().addr(), size));
        }
        taken.retain(|(_, size)| *size > 0);
        taken.sort_unstable();
        assert!(taken.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0));
    }
}
