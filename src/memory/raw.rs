//! Memory that is not ours: at an address that C gave.

/// Copies the bytes at an address out, however they are aligned.
///
/// # Safety
///
/// `address` is readable for the length of `to`, and nobody writes there meanwhile.
pub(crate) unsafe fn read(address: *const u8, to: &mut [u8]) {
    // SAFETY: the caller vouches for the source; a `&mut` overlaps with nothing that may be read
    unsafe { address.copy_to(to.as_mut_ptr(), to.len()) }
}

/// Copies bytes to an address, however it is aligned.
///
/// # Safety
///
/// `address` is writable for the length of `from`, and nobody reads or writes there meanwhile.
pub(crate) unsafe fn write(address: *mut u8, from: &[u8]) {
    // SAFETY: the caller vouches for the destination; `copy_from` permits an overlap
    unsafe { address.copy_from(from.as_ptr(), from.len()) }
}

/// Copies from one address to another; they may overlap.
///
/// # Safety
///
/// `from` is readable and `to` writable for `length` bytes, and nobody else touches them meanwhile.
pub(crate) unsafe fn copy_within(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: the caller vouches for both
    unsafe { to.copy_from(from, length) }
}

/// The bytes at an address up to a NUL, or up to `limit` where none comes before.
///
/// # Safety
///
/// `address` is readable up to its first NUL or for `limit` bytes, and stays unchanged for `'a`.
pub(crate) unsafe fn string<'a>(address: *const u8, limit: usize) -> &'a [u8] {
    let mut length = 0;
    // SAFETY: below the limit and with no NUL before it, each byte is readable, as the caller vouches
    while length < limit && unsafe { address.add(length).read() } != 0 {
        length += 1;
    }
    // SAFETY: these bytes were just read, and stay unchanged for `'a`
    unsafe { std::slice::from_raw_parts(address, length) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let mut memory = *b"abc\0defgh";
        let mut out = [0u8; 3];
        let start = memory.as_mut_ptr();
        // SAFETY: every address lies in `memory`, which nothing else uses meanwhile
        unsafe {
            read(start.add(1), &mut out);
            write(start.add(5), &out[..2]);
            copy_within(start.add(1), start, 2);
            assert_eq!(string(start, usize::MAX), b"aab");
            assert_eq!(string(start, 2), b"aa");
            assert_eq!(string(start.add(4), 5), b"dbcgh");
        }
        assert_eq!(&out, b"bc\0");
    }
}
