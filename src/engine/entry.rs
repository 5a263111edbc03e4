//! The way in for any signature: an entry that saves the registers as they came and asks the context what to do.
//!
//! Invariant: every frame has its CFI; an address-taken entry begins with endbr64.

use super::incoming::{Received, frame};
use super::stub::ContextRegister;
use crate::abi::Convention;
use std::arch::naked_asm;
use std::ffi::c_void;

/// Where a stub goes whose context is in this register. The first word of the context is the address of the function
/// that is asked, a `Receive`.
pub(crate) fn generic_entry(register: ContextRegister, convention: Convention) -> *const c_void {
    let entry: unsafe extern "C" fn() = match (register, convention) {
        (ContextRegister::Spare, Convention::Win64) => generic_win64,
        (ContextRegister::Spare, Convention::Sysv64) => generic,
        (ContextRegister::Argument(0), _) => from_rdi,
        (ContextRegister::Argument(1), _) => from_rsi,
        (ContextRegister::Argument(2), _) => from_rdx,
        (ContextRegister::Argument(3), _) => from_rcx,
        (ContextRegister::Argument(4), _) => from_r8,
        (ContextRegister::Argument(_), _) => from_r9,
    };
    entry as *const c_void
}

/// The same for contexts in the spare register, when it is known what travels: saves no registers in vain. `is_open` says
/// that more may come than `received` tells of.
pub(crate) fn entry_for(received: &Received, convention: Convention, is_open: bool) -> *const c_void {
    match convention {
        Convention::Sysv64 if received.is_general() && !is_open => general as *const c_void,
        _ => generic_entry(ContextRegister::Spare, convention),
    }
}

macro_rules! moves {
    ($($name:ident $register:literal),*) => {$(
        #[unsafe(naked)]
        unsafe extern "C" fn $name() {
            naked_asm!(
                ".cfi_startproc",
                "endbr64",
                concat!("mov r10, ", $register),
                "jmp {generic}",
                ".cfi_endproc",
                generic = sym generic,
            )
        }
    )*};
}

moves! { from_rdi "rdi", from_rsi "rsi", from_rdx "rdx", from_rcx "rcx", from_r8 "r8", from_r9 "r9" }

/// Saves, asks, loads the result. `r10` is the context.
///
/// ```text
/// rbp+16  stack arguments
/// rbp+8   return address
/// rbp     the caller's rbp
/// rsp     the frame
/// ```
#[unsafe(naked)]
unsafe extern "C" fn generic() {
    naked_asm!(
        ".cfi_startproc",
        "endbr64",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "sub rsp, {size}",
        "mov qword ptr [rsp], rdi",
        "mov qword ptr [rsp + 8], rsi",
        "mov qword ptr [rsp + 16], rdx",
        "mov qword ptr [rsp + 24], rcx",
        "mov qword ptr [rsp + 32], r8",
        "mov qword ptr [rsp + 40], r9",
        "movaps xmmword ptr [rsp + {vectors}], xmm0",
        "movaps xmmword ptr [rsp + {vectors} + 16], xmm1",
        "movaps xmmword ptr [rsp + {vectors} + 32], xmm2",
        "movaps xmmword ptr [rsp + {vectors} + 48], xmm3",
        "movaps xmmword ptr [rsp + {vectors} + 64], xmm4",
        "movaps xmmword ptr [rsp + {vectors} + 80], xmm5",
        "movaps xmmword ptr [rsp + {vectors} + 96], xmm6",
        "movaps xmmword ptr [rsp + {vectors} + 112], xmm7",
        "lea rax, [rbp + 16]",
        "mov qword ptr [rsp + {stack}], rax",
        "mov rdi, r10",
        "mov rsi, rsp",
        "call qword ptr [r10]",
        "test eax, eax",
        "je 3f",
        "cmp eax, 1",
        "je 2f",
        "fld tbyte ptr [rsp + {x87} + 16]",
        "2:",
        "fld tbyte ptr [rsp + {x87}]",
        "3:",
        "mov rax, qword ptr [rsp + {general}]",
        "mov rdx, qword ptr [rsp + {general} + 8]",
        "movaps xmm0, xmmword ptr [rsp + {vector}]",
        "movaps xmm1, xmmword ptr [rsp + {vector} + 16]",
        "leave",
        ".cfi_def_cfa rsp, 8",
        ".cfi_restore rbp",
        "ret",
        ".cfi_endproc",
        size = const frame::SIZE,
        vectors = const frame::VECTORS,
        stack = const frame::STACK,
        general = const frame::GENERAL_RESULT,
        vector = const frame::VECTOR_RESULT,
        x87 = const frame::X87_RESULT,
    )
}

/// `generic` where nothing travels in vector registers and on the x87 stack.
#[unsafe(naked)]
unsafe extern "C" fn general() {
    naked_asm!(
        ".cfi_startproc",
        "endbr64",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "sub rsp, {size}",
        "mov qword ptr [rsp], rdi",
        "mov qword ptr [rsp + 8], rsi",
        "mov qword ptr [rsp + 16], rdx",
        "mov qword ptr [rsp + 24], rcx",
        "mov qword ptr [rsp + 32], r8",
        "mov qword ptr [rsp + 40], r9",
        "lea rax, [rbp + 16]",
        "mov qword ptr [rsp + {stack}], rax",
        "mov rdi, r10",
        "mov rsi, rsp",
        "call qword ptr [r10]",
        "mov rax, qword ptr [rsp + {general}]",
        "mov rdx, qword ptr [rsp + {general} + 8]",
        "leave",
        ".cfi_def_cfa rsp, 8",
        ".cfi_restore rbp",
        "ret",
        ".cfi_endproc",
        size = const frame::SIZE,
        stack = const frame::STACK,
        general = const frame::GENERAL_RESULT,
    )
}

/// `generic` for callers that expect rdi, rsi and xmm6 to xmm15 to stay as they are.
#[unsafe(naked)]
unsafe extern "C" fn generic_win64() {
    naked_asm!(
        ".cfi_startproc",
        "endbr64",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "sub rsp, {size} + 160",
        "mov qword ptr [rsp], rdi",
        "mov qword ptr [rsp + 8], rsi",
        "mov qword ptr [rsp + 16], rdx",
        "mov qword ptr [rsp + 24], rcx",
        "mov qword ptr [rsp + 32], r8",
        "mov qword ptr [rsp + 40], r9",
        "movaps xmmword ptr [rsp + {vectors}], xmm0",
        "movaps xmmword ptr [rsp + {vectors} + 16], xmm1",
        "movaps xmmword ptr [rsp + {vectors} + 32], xmm2",
        "movaps xmmword ptr [rsp + {vectors} + 48], xmm3",
        "movaps xmmword ptr [rsp + {size}], xmm6",
        "movaps xmmword ptr [rsp + {size} + 16], xmm7",
        "movaps xmmword ptr [rsp + {size} + 32], xmm8",
        "movaps xmmword ptr [rsp + {size} + 48], xmm9",
        "movaps xmmword ptr [rsp + {size} + 64], xmm10",
        "movaps xmmword ptr [rsp + {size} + 80], xmm11",
        "movaps xmmword ptr [rsp + {size} + 96], xmm12",
        "movaps xmmword ptr [rsp + {size} + 112], xmm13",
        "movaps xmmword ptr [rsp + {size} + 128], xmm14",
        "movaps xmmword ptr [rsp + {size} + 144], xmm15",
        "lea rax, [rbp + 16]",
        "mov qword ptr [rsp + {stack}], rax",
        "mov rdi, r10",
        "mov rsi, rsp",
        "call qword ptr [r10]",
        "test eax, eax",
        "je 3f",
        "fld tbyte ptr [rsp + {x87}]",
        "3:",
        "mov rdi, qword ptr [rsp]",
        "mov rsi, qword ptr [rsp + 8]",
        "movaps xmm6, xmmword ptr [rsp + {size}]",
        "movaps xmm7, xmmword ptr [rsp + {size} + 16]",
        "movaps xmm8, xmmword ptr [rsp + {size} + 32]",
        "movaps xmm9, xmmword ptr [rsp + {size} + 48]",
        "movaps xmm10, xmmword ptr [rsp + {size} + 64]",
        "movaps xmm11, xmmword ptr [rsp + {size} + 80]",
        "movaps xmm12, xmmword ptr [rsp + {size} + 96]",
        "movaps xmm13, xmmword ptr [rsp + {size} + 112]",
        "movaps xmm14, xmmword ptr [rsp + {size} + 128]",
        "movaps xmm15, xmmword ptr [rsp + {size} + 144]",
        "mov rax, qword ptr [rsp + {general}]",
        "movaps xmm0, xmmword ptr [rsp + {vector}]",
        "leave",
        ".cfi_def_cfa rsp, 8",
        ".cfi_restore rbp",
        "ret",
        ".cfi_endproc",
        size = const frame::SIZE,
        vectors = const frame::VECTORS,
        stack = const frame::STACK,
        general = const frame::GENERAL_RESULT,
        vector = const frame::VECTOR_RESULT,
        x87 = const frame::X87_RESULT,
    )
}
