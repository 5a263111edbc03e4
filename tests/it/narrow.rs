//! Narrow integers arrive widened: clang's callees rely on 32 whole bits, whichever way the value came.

use eightbyte::{Ffi, Function, Value};
use std::ffi::c_void;

/// Reads 32 bits of each argument, as code of clang's for `signed char`, `unsigned char`, `short`, `unsigned short` and
/// `_Bool` does.
extern "C" fn wide(a: i32, b: i32, c: i32, d: i32, e: i32) -> i64 {
    [a, b, c, d, e]
        .into_iter()
        .fold(0, |sum: i64, part| sum.wrapping_mul(1_000_003).wrapping_add(part.into()))
}

/// The same for arguments of the stack.
#[allow(clippy::too_many_arguments, reason = "the first six use up the registers")]
extern "C" fn wide_on_stack(
    _: i64,
    _: i64,
    _: i64,
    _: i64,
    _: i64,
    _: i64,
    a: i32,
    b: i32,
    c: i32,
    d: i32,
    e: i32,
) -> i64 {
    wide(a, b, c, d, e)
}

fn declared() -> (Ffi, Function, Function) {
    let ffi = Ffi::new();
    ffi.cdef(
        "long wide(signed char, unsigned char, short, unsigned short, _Bool);
         long wide_on_stack(long, long, long, long, long, long,
                            signed char, unsigned char, short, unsigned short, _Bool);",
    )
    .unwrap();
    // SAFETY: functions of this program, whose parameters are wider than declared on purpose: that is what is tested
    let function = |name, address: *const c_void| unsafe { ffi.function_at(name, address) }.unwrap();
    let (short, long) =
        (function("wide", wide as *const c_void), function("wide_on_stack", wide_on_stack as *const c_void));
    (ffi, short, long)
}

macro_rules! arrives {
    ($function:expr, ($($argument:expr),*)) => {{
        // SAFETY: it reads whole words of its arguments, which the engine has written
        let found: i64 = unsafe { $function.call(($($argument,)*)) }.unwrap();
        assert_eq!(found, expected(), stringify!($($argument),*));
    }};
}

fn expected() -> i64 {
    wide(-2, 254, -300, 65_000, 1)
}

#[test]
fn from_rust_integers() {
    let (_ffi, wide, on_stack) = declared();
    arrives!(wide, (-2i8, 254u8, -300i16, 65_000u16, true));
    arrives!(wide, (-2i32, 254i32, -300i32, 65_000i32, true));
    arrives!(wide, (-2i64, 254u64, -300i64, 65_000u64, true));
    arrives!(wide, (-2i128, 254u128, -300i128, 65_000i128, true));
    arrives!(wide, (-2isize, 254usize, -300isize, 65_000usize, true));
    arrives!(on_stack, (0, 0, 0, 0, 0, 0, -2i8, 254u8, -300i16, 65_000u16, true));
    arrives!(on_stack, (0, 0, 0, 0, 0, 0, -2i64, 254i64, -300i64, 65_000i64, true));
}

#[test]
fn from_values() {
    let (_ffi, wide, on_stack) = declared();
    let narrow: [Value; 5] = [
        Value::from(-2i64),
        Value::from(254i64),
        Value::from(-300i64),
        Value::from(65_000i64),
        Value::from(true),
    ];
    // SAFETY: as above
    let found: i64 = unsafe { wide.call(&narrow) }.unwrap();
    assert_eq!(found, expected());
    let mut all: Vec<Value> = (0..6).map(|_| Value::from(0i64)).collect();
    all.extend(narrow);
    // SAFETY: as above
    let found: i64 = unsafe { on_stack.call(&all[..]) }.unwrap();
    assert_eq!(found, expected());
}

#[test]
fn from_cdata() {
    let (ffi, wide, on_stack) = declared();
    let a = ffi.make("signed char", -2).unwrap();
    let b = ffi.make("unsigned char", 254).unwrap();
    let c = ffi.make("short", -300).unwrap();
    let d = ffi.make("unsigned short", 65_000).unwrap();
    let e = ffi.make("_Bool", true).unwrap();
    arrives!(wide, (&a, &b, &c, &d, &e));
    arrives!(on_stack, (0, 0, 0, 0, 0, 0, &a, &b, &c, &d, &e));
}
