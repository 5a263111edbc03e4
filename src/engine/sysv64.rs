//! The loaders for x86-64 with the System V convention.
//!
//! A loader takes the image's address, loads the registers and goes to the function. `tail` jumps: no frame of ours is
//! left, so results, exceptions and backtraces pass as if C had called. `framed` pushes the stack words first.
//!
//! Invariant: every frame has its CFI; nothing is written below rsp; an address-taken entry begins with endbr64.

use super::prepared::Prepared;
use crate::abi::image;
use std::arch::{naked_asm, x86_64::__m128i};
use std::ffi::c_void;

/// Calls work here.
pub(super) const SUPPORTED: bool = true;

/// The largest alignment of a stack argument: below a page, so that every push stays next to memory in use and a
/// stack that runs out meets its guard page.
pub(super) const LARGEST_STACK_ALIGN: u64 = 4096;

/// An entry of this file, whatever it returns.
#[derive(Clone, Copy)]
pub(super) struct Loader(unsafe extern "C-unwind" fn());

/// Two eightbytes as they come back; the types choose the registers.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Pair<A, B>(pub A, pub B);

/// The vector register of a 16-byte result.
pub(super) type Wide = __m128i;

/// What a loader must do beside loading registers.
#[derive(Clone, Copy)]
pub(super) struct Demand {
    pub general: u8,
    pub vector: u8,
    pub wide: bool,
    pub stack: bool,
    pub x87_results: u8,
}

/// The loader for so many registers; `None` where there are not that many.
pub(super) fn choose(demand: Demand) -> Option<Loader> {
    let Demand { general, vector, wide, stack, x87_results } = demand;
    Some(Loader(match (x87_results, stack, wide) {
        (0, false, false) => *TAIL.get(usize::from(general))?.get(usize::from(vector))?,
        (0, false, true) => tail_wide,
        (0, true, false) => framed::<false, 0>,
        (0, true, true) => framed::<true, 0>,
        (1, ..) => framed::<true, 1>,
        (2, ..) => framed::<true, 2>,
        _ => return None,
    }))
}

impl Loader {
    /// Enters the function of an image.
    ///
    /// # Safety
    ///
    /// The image is filled as the plan of the loader's `Prepared` says, its target is a function of that signature that
    /// returns its result in the registers of `R`, and all that the function asks of its caller holds.
    #[inline(always)]
    pub(super) unsafe fn enter<R>(self, image: *mut u64) -> R {
        // SAFETY: every loader is a function of one pointer; the caller vouches for the registers of the result
        unsafe {
            let entry: unsafe extern "C-unwind" fn(*mut u64) -> R = std::mem::transmute(self.0);
            entry(image)
        }
    }

    /// Enters a function that returns on the x87 stack, and stores what it returned in 16 bytes each.
    ///
    /// # Safety
    ///
    /// As for `enter`; the loader was chosen for x87 results, and `result` is writable for 10 bytes, or 26 for two.
    #[inline(always)]
    pub(super) unsafe fn enter_x87(self, image: *mut u64, result: *mut u8) {
        // SAFETY: the loaders for x87 results are functions of two pointers
        unsafe {
            let entry: unsafe extern "C-unwind" fn(*mut u64, *mut u8) = std::mem::transmute(self.0);
            entry(image, result);
        }
    }
}

/// Stores a vector result.
///
/// # Safety
///
/// `result` is writable for `size` bytes, at most 16.
#[inline(always)]
pub(super) unsafe fn store_wide(value: Wide, result: *mut u8, size: usize) {
    // SAFETY: the caller vouches for `size` bytes, and a `Wide` has 16
    unsafe {
        if size == 16 {
            result.cast::<Wide>().write_unaligned(value);
        } else {
            result.copy_from_nonoverlapping((&raw const value).cast::<u8>(), size.min(16));
        }
    }
}

/// The words of an image before its stack words.
pub(super) const HEAD_WORDS: usize = (image::STACK / 8) as usize;

/// Writes what a loader reads beside the arguments.
///
/// # Safety
///
/// `image` is writable for `HEAD_WORDS` words.
#[inline(always)]
pub(super) unsafe fn write_head(image: *mut u64, prepared: &Prepared, target: *const c_void) {
    // SAFETY: the offsets lie in the head, which the caller vouches for
    unsafe {
        image.byte_add(image::TARGET as usize).cast::<*const c_void>().write(target);
        if prepared.needs_head() {
            image.byte_add(image::STACK_WORDS as usize).write(prepared.stack_words() as u64);
            image.byte_add(image::STACK_MASK as usize).write(prepared.stack_mask());
            image.byte_add(image::VECTOR_COUNT as usize).write(u64::from(prepared.vector_count()));
        }
    }
}

macro_rules! row {
    ($general:literal) => {
        [
            tail::<$general, 0>,
            tail::<$general, 1>,
            tail::<$general, 2>,
            tail::<$general, 3>,
            tail::<$general, 4>,
            tail::<$general, 5>,
            tail::<$general, 6>,
            tail::<$general, 7>,
            tail::<$general, 8>,
        ]
    };
}

static TAIL: [[unsafe extern "C-unwind" fn(); 9]; 7] =
    [row!(0), row!(1), row!(2), row!(3), row!(4), row!(5), row!(6)];

/// Loads so many registers of each kind and jumps.
#[unsafe(naked)]
unsafe extern "C-unwind" fn tail<const GENERAL: u8, const VECTOR: u8>() {
    naked_asm!(
        ".cfi_startproc",
        "endbr64",
        "mov r11, qword ptr [rdi + {target}]",
        "mov eax, {vector}",
        ".if {vector} > 7", "movsd xmm7, qword ptr [rdi + {vectors} + 112]", ".endif",
        ".if {vector} > 6", "movsd xmm6, qword ptr [rdi + {vectors} + 96]", ".endif",
        ".if {vector} > 5", "movsd xmm5, qword ptr [rdi + {vectors} + 80]", ".endif",
        ".if {vector} > 4", "movsd xmm4, qword ptr [rdi + {vectors} + 64]", ".endif",
        ".if {vector} > 3", "movsd xmm3, qword ptr [rdi + {vectors} + 48]", ".endif",
        ".if {vector} > 2", "movsd xmm2, qword ptr [rdi + {vectors} + 32]", ".endif",
        ".if {vector} > 1", "movsd xmm1, qword ptr [rdi + {vectors} + 16]", ".endif",
        ".if {vector} > 0", "movsd xmm0, qword ptr [rdi + {vectors}]", ".endif",
        ".if {general} > 5", "mov r9, qword ptr [rdi + 40]", ".endif",
        ".if {general} > 4", "mov r8, qword ptr [rdi + 32]", ".endif",
        ".if {general} > 3", "mov rcx, qword ptr [rdi + 24]", ".endif",
        ".if {general} > 2", "mov rdx, qword ptr [rdi + 16]", ".endif",
        ".if {general} > 1", "mov rsi, qword ptr [rdi + 8]", ".endif",
        ".if {general} > 0", "mov rdi, qword ptr [rdi]", ".endif",
        "jmp r11",
        ".cfi_endproc",
        general = const GENERAL,
        vector = const VECTOR,
        target = const image::TARGET,
        vectors = const image::VECTORS,
    )
}

/// Loads every register, vectors whole, and jumps.
#[unsafe(naked)]
unsafe extern "C-unwind" fn tail_wide() {
    naked_asm!(
        ".cfi_startproc",
        "endbr64",
        "mov r11, qword ptr [rdi + {target}]",
        "mov eax, dword ptr [rdi + {count}]",
        "movups xmm0, xmmword ptr [rdi + {vectors}]",
        "movups xmm1, xmmword ptr [rdi + {vectors} + 16]",
        "movups xmm2, xmmword ptr [rdi + {vectors} + 32]",
        "movups xmm3, xmmword ptr [rdi + {vectors} + 48]",
        "movups xmm4, xmmword ptr [rdi + {vectors} + 64]",
        "movups xmm5, xmmword ptr [rdi + {vectors} + 80]",
        "movups xmm6, xmmword ptr [rdi + {vectors} + 96]",
        "movups xmm7, xmmword ptr [rdi + {vectors} + 112]",
        "mov r9, qword ptr [rdi + 40]",
        "mov r8, qword ptr [rdi + 32]",
        "mov rcx, qword ptr [rdi + 24]",
        "mov rdx, qword ptr [rdi + 16]",
        "mov rsi, qword ptr [rdi + 8]",
        "mov rdi, qword ptr [rdi]",
        "jmp r11",
        ".cfi_endproc",
        target = const image::TARGET,
        count = const image::VECTOR_COUNT,
        vectors = const image::VECTORS,
    )
}

/// Pushes the stack words, loads the registers, calls; afterwards stores what lies on the x87 stack, where asked to.
///
/// ```text
/// rbp+8   return address
/// rbp     the caller's rbp
/// rbp-8   the caller's rbx          rbx: where x87 results go
/// ...     up to the alignment
/// rsp     stack words, the first one lowest
/// ```
#[unsafe(naked)]
unsafe extern "C-unwind" fn framed<const WIDE: bool, const X87: u8>() {
    naked_asm!(
        ".cfi_startproc",
        "endbr64",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        ".if {x87}",
        "push rbx",
        ".cfi_offset rbx, -24",
        "mov rbx, rsi",
        ".endif",
        // rsp such that it is aligned after the last push
        "mov rcx, qword ptr [rdi + {words}]",
        "lea r9, [rcx * 8]",
        "mov r10, rsp",
        "sub r10, r9",
        "and r10, qword ptr [rdi + {mask}]",
        "lea rsp, [r10 + r9]",
        ".if {x87}",
        "test rcx, rcx",
        "je 3f",
        ".endif",
        "2:",
        "push qword ptr [rdi + rcx * 8 + {stack} - 8]",
        "dec rcx",
        "jne 2b",
        "3:",
        "mov r11, qword ptr [rdi + {target}]",
        "mov eax, dword ptr [rdi + {count}]",
        "test eax, eax",
        "je 4f",
        ".if {wide}",
        "movups xmm0, xmmword ptr [rdi + {vectors}]",
        "movups xmm1, xmmword ptr [rdi + {vectors} + 16]",
        "movups xmm2, xmmword ptr [rdi + {vectors} + 32]",
        "movups xmm3, xmmword ptr [rdi + {vectors} + 48]",
        "movups xmm4, xmmword ptr [rdi + {vectors} + 64]",
        "movups xmm5, xmmword ptr [rdi + {vectors} + 80]",
        "movups xmm6, xmmword ptr [rdi + {vectors} + 96]",
        "movups xmm7, xmmword ptr [rdi + {vectors} + 112]",
        ".else",
        "movsd xmm0, qword ptr [rdi + {vectors}]",
        "movsd xmm1, qword ptr [rdi + {vectors} + 16]",
        "movsd xmm2, qword ptr [rdi + {vectors} + 32]",
        "movsd xmm3, qword ptr [rdi + {vectors} + 48]",
        "movsd xmm4, qword ptr [rdi + {vectors} + 64]",
        "movsd xmm5, qword ptr [rdi + {vectors} + 80]",
        "movsd xmm6, qword ptr [rdi + {vectors} + 96]",
        "movsd xmm7, qword ptr [rdi + {vectors} + 112]",
        ".endif",
        "4:",
        "mov r9, qword ptr [rdi + 40]",
        "mov r8, qword ptr [rdi + 32]",
        "mov rcx, qword ptr [rdi + 24]",
        "mov rdx, qword ptr [rdi + 16]",
        "mov rsi, qword ptr [rdi + 8]",
        "mov rdi, qword ptr [rdi]",
        "call r11",
        ".if {x87} > 0", "fstp tbyte ptr [rbx]", ".endif",
        ".if {x87} > 1", "fstp tbyte ptr [rbx + 16]", ".endif",
        ".if {x87}",
        "mov rbx, qword ptr [rbp - 8]",
        ".cfi_restore rbx",
        ".endif",
        "leave",
        ".cfi_def_cfa rsp, 8",
        ".cfi_restore rbp",
        "ret",
        ".cfi_endproc",
        wide = const WIDE as u8,
        x87 = const X87,
        words = const image::STACK_WORDS,
        mask = const image::STACK_MASK,
        stack = const image::STACK,
        target = const image::TARGET,
        count = const image::VECTOR_COUNT,
        vectors = const image::VECTORS,
    )
}
