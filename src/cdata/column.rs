//! One field of every element of an array.

use crate::cdata::Native;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A field of every element of an array of records, indexed like a slice.
///
/// Everything is checked when it is made; what is left of an access is the comparison of its index.
pub struct Column<'d, T> {
    field: Strided<'d>,
    value: PhantomData<&'d [T]>,
}

/// The same, to be changed.
pub struct ColumnMut<'d, T> {
    field: Strided<'d>,
    value: PhantomData<&'d mut [T]>,
}

/// Where a column lies.
///
/// Invariant: for each index below `count`, a value of the column's type lies, aligned, `index * stride` bytes behind
/// `start`. No two of them overlap, any bit pattern is one, and they are lent for `'d`: to be written in a
/// `ColumnMut`, to be read in a `Column`.
#[derive(Clone, Copy)]
struct Strided<'d> {
    start: *const u8,
    stride: usize,
    count: usize,
    lent: PhantomData<&'d u8>,
}

// SAFETY: a column is a borrowed slice with gaps
unsafe impl<T: Sync> Send for Column<'_, T> {}
// SAFETY: as above
unsafe impl<T: Sync> Sync for Column<'_, T> {}
// SAFETY: a column to be changed is a `&mut` slice with gaps
unsafe impl<T: Send> Send for ColumnMut<'_, T> {}
// SAFETY: as above
unsafe impl<T: Sync> Sync for ColumnMut<'_, T> {}

impl<'d, T: Native> Column<'d, T> {
    /// The values at `start`, `start + stride`, ... of these bytes; `None` where not all of them lie inside or are
    /// aligned, where they overlap, or where the type does not take every bit pattern.
    pub(super) fn over(bytes: &'d [u8], start: usize, stride: usize, count: usize) -> Option<Column<'d, T>> {
        fits::<T>(bytes, start, stride, count).then(|| {
            let start = bytes.as_ptr().wrapping_add(start);
            Column { field: Strided { start, stride, count, lent: PhantomData }, value: PhantomData }
        })
    }
}

impl<'d, T: Native> ColumnMut<'d, T> {
    /// As [`Column::over`].
    pub(super) fn over(
        bytes: &'d mut [u8],
        start: usize,
        stride: usize,
        count: usize,
    ) -> Option<ColumnMut<'d, T>> {
        fits::<T>(bytes, start, stride, count).then(|| {
            let start = bytes.as_mut_ptr().wrapping_add(start).cast_const();
            ColumnMut { field: Strided { start, stride, count, lent: PhantomData }, value: PhantomData }
        })
    }
}

fn fits<T: Native>(bytes: &[u8], start: usize, stride: usize, count: usize) -> bool {
    let size = size_of::<T>();
    let last = count.checked_sub(1).and_then(|last| last.checked_mul(stride));
    let end = last.and_then(|last| last.checked_add(start)?.checked_add(size));
    let is_inside = count == 0 || end.is_some_and(|end| end <= bytes.len());
    let first = bytes.as_ptr().wrapping_add(start);
    let is_aligned = first.cast::<T>().is_aligned() && stride.is_multiple_of(align_of::<T>());
    T::ANY_BITS && is_inside && is_aligned && stride >= size
}

impl<'d, T> Column<'d, T> {
    /// The value of an element; `None` where there are not so many.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<&'d T> {
        // SAFETY: by the invariant of `Strided`, a `T` lies there and is lent for 'd
        (index < self.field.count).then(|| unsafe { &*self.field.place(index).cast() })
    }

    /// All of them, in order.
    #[inline]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'d T> + DoubleEndedIterator + use<'d, T> {
        let field = self.field;
        // SAFETY: as in `get`; the range ends at `count`
        (0..field.count).map(move |index| unsafe { &*field.place(index).cast() })
    }
}

impl<T> ColumnMut<'_, T> {
    /// The value of an element; `None` where there are not so many.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<&T> {
        // SAFETY: by the invariant of `Strided`, a `T` lies there, and `&self` forbids writes
        (index < self.field.count).then(|| unsafe { &*self.field.place(index).cast() })
    }

    /// The value of an element, to be changed; `None` where there are not so many.
    #[inline(always)]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        // SAFETY: by the invariant of `Strided`, a `T` that may be written lies there; `&mut self` is the only way in
        (index < self.field.count).then(|| unsafe { &mut *self.field.place(index).cast_mut().cast() })
    }

    /// Changes all of them, in order: a little faster than a loop over `iter_mut`.
    #[inline]
    pub fn for_each(&mut self, mut change: impl FnMut(&mut T)) {
        let Strided { start, stride, count, .. } = self.field;
        // Four at a time, because a stride that the compiler does not know takes an addition for each step. It must not
        // know where this number comes from either, or it would add again
        let thrice = std::hint::black_box(stride.wrapping_mul(3));
        let mut here = start.cast_mut();
        for _ in 0..count / 4 {
            // SAFETY: as in `get_mut`: `here` is that of an index with at least three behind it
            unsafe {
                change(&mut *here.cast());
                change(&mut *here.add(stride).cast());
                change(&mut *here.add(stride.wrapping_mul(2)).cast());
                change(&mut *here.add(thrice).cast());
            }
            here = here.wrapping_add(stride.wrapping_mul(4));
        }
        let mut index = count & !3;
        while let Some(value) = self.get_mut(index) {
            change(value);
            index += 1;
        }
    }

    /// All of them, in order.
    #[inline]
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut T> + DoubleEndedIterator {
        let field = self.field;
        // SAFETY: as in `get_mut`; each index comes once, and no two values overlap
        (0..field.count).map(move |index| unsafe { &mut *field.place(index).cast_mut().cast() })
    }
}

impl Strided<'_> {
    /// # Safety
    ///
    /// `index` is below `count`.
    #[inline(always)]
    unsafe fn place(&self, index: usize) -> *const u8 {
        // SAFETY: the caller vouches for the index, so by the invariant this lies in the memory that was lent
        unsafe { self.start.add(index * self.stride) }
    }
}

#[cold]
#[inline(never)]
fn no_such_index(index: usize, count: usize) -> ! {
    panic!("index {index} is out of range for a column of {count} elements")
}

macro_rules! indexed {
    ($($type:ident),*) => {$(
        impl<T> $type<'_, T> {
            /// How many elements it has.
            #[inline(always)]
            pub fn len(&self) -> usize {
                self.field.count
            }

            /// Has it no elements?
            #[inline(always)]
            pub fn is_empty(&self) -> bool {
                self.field.count == 0
            }
        }

        /// Panics where a slice would: past the end.
        impl<T> Index<usize> for $type<'_, T> {
            type Output = T;
            #[inline(always)]
            fn index(&self, index: usize) -> &T {
                match self.get(index) {
                    Some(value) => value,
                    None => no_such_index(index, self.field.count),
                }
            }
        }

        impl<T: fmt::Debug> fmt::Debug for $type<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries((0..self.len()).filter_map(|index| self.get(index))).finish()
            }
        }
    )*};
}

indexed! { Column, ColumnMut }

impl<T> IndexMut<usize> for ColumnMut<'_, T> {
    #[inline(always)]
    fn index_mut(&mut self, index: usize) -> &mut T {
        let count = self.field.count;
        match self.get_mut(index) {
            Some(value) => value,
            None => no_such_index(index, count),
        }
    }
}

impl<T> Clone for Column<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Column<'_, T> {}
