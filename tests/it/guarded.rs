//! Records that end where readable memory ends: nothing behind them is read, nothing is written.

use eightbyte::Ffi;
use std::ffi::c_void;

/// The end of a page with a page behind it that nobody may touch.
struct Guarded {
    start: *mut u8,
    page: usize,
}

impl Guarded {
    fn new() -> Guarded {
        // SAFETY: a question about the system, and new pages of our own, of which the second is closed
        unsafe {
            let page = libc::sysconf(libc::_SC_PAGESIZE) as usize;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let start =
                libc::mmap(std::ptr::null_mut(), 2 * page, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            assert_ne!(start, libc::MAP_FAILED);
            assert_eq!(libc::mprotect(start.byte_add(page), page, libc::PROT_NONE), 0);
            Guarded { start: start.cast(), page }
        }
    }

    /// The last bytes that can be touched.
    fn last(&self, size: usize) -> *mut u8 {
        // SAFETY: so many bytes before the end of the first page, which is far larger
        unsafe { self.start.add(self.page - size) }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: the pages of `new`, which nobody borrows any more
        unsafe { libc::munmap(self.start.cast(), 2 * self.page) };
    }
}

macro_rules! identities {
    ($($name:ident $size:literal $element:ty;)*) => {$(
        mod $name {
            #[repr(C)]
            pub struct Record([$element; $size]);

            pub unsafe extern "C" fn same(record: Record) -> Record {
                record
            }
        }
    )*};
}

identities! {
    b1 1 u8; b2 2 u8; b3 3 u8; b4 4 u8; b5 5 u8; b6 6 u8; b7 7 u8; b8 8 u8; b9 9 u8; b10 10 u8; b11 11 u8; b12 12 u8;
    b13 13 u8; b14 14 u8; b15 15 u8; b16 16 u8; f1 1 f32; f2 2 f32; f3 3 f32; f4 4 f32;
}

#[test]
fn records_at_the_end_of_memory() {
    let bytes: [(&str, usize, *const c_void); 16] = [
        ("char", 1, b1::same as *const c_void),
        ("char", 2, b2::same as *const c_void),
        ("char", 3, b3::same as *const c_void),
        ("char", 4, b4::same as *const c_void),
        ("char", 5, b5::same as *const c_void),
        ("char", 6, b6::same as *const c_void),
        ("char", 7, b7::same as *const c_void),
        ("char", 8, b8::same as *const c_void),
        ("char", 9, b9::same as *const c_void),
        ("char", 10, b10::same as *const c_void),
        ("char", 11, b11::same as *const c_void),
        ("char", 12, b12::same as *const c_void),
        ("char", 13, b13::same as *const c_void),
        ("char", 14, b14::same as *const c_void),
        ("char", 15, b15::same as *const c_void),
        ("char", 16, b16::same as *const c_void),
    ];
    let floats: [(&str, usize, *const c_void); 4] = [
        ("float", 1, f1::same as *const c_void),
        ("float", 2, f2::same as *const c_void),
        ("float", 3, f3::same as *const c_void),
        ("float", 4, f4::same as *const c_void),
    ];
    let (sent, kept) = (Guarded::new(), Guarded::new());
    for (element, count, address) in bytes.into_iter().chain(floats) {
        let ffi = Ffi::new();
        ffi.cdef(&format!("typedef struct {{ {element} e[{count}]; }} record; record same(record r);"))
            .unwrap();
        // SAFETY: the function above of this very type, which stays
        let same = unsafe { ffi.function_at("same", address) }.unwrap();
        let ty = ffi.ctype("record").unwrap();
        let size = usize::try_from(ty.size().unwrap()).unwrap();
        let (from, to) = (sent.last(size), kept.last(size));
        for index in 0..size {
            // SAFETY: inside of the last bytes of the page; nobody has borrowed them
            unsafe { from.add(index).write(0x10 + index as u8) };
        }
        // SAFETY: readable for the size of the type, and nobody writes there
        let argument = unsafe { ty.borrow_at(from.cast()) }.unwrap();
        // SAFETY: declared as it is above
        let result: eightbyte::CData = unsafe { same.call((argument,)) }.unwrap();
        assert_eq!(result.bytes(), argument_bytes(size), "{element}[{count}]");
        // SAFETY: writable for the size of the type, and nobody else is there
        let mut room = unsafe { ty.borrow_mut_at(to.cast()) }.unwrap();
        room.set("", &result).unwrap();
        // SAFETY: the last bytes of the page, which the line above wrote
        let written = unsafe { std::slice::from_raw_parts(to, size) };
        assert_eq!(written, argument_bytes(size), "{element}[{count}]");
    }
}

fn argument_bytes(size: usize) -> Vec<u8> {
    (0..size).map(|index| 0x10 + index as u8).collect()
}
