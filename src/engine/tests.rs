//! Real functions, called through images.

use super::*;
use crate::abi::{self, Convention, Signature};
use crate::error::ErrorKind;
use crate::layout::{Align, Leaf, LeafKind, Shape, ShapeKind};
use std::ffi::{CString, c_char, c_int, c_void};

const INT: LeafKind = LeafKind::Integer { signed: true };

fn int(size: u64) -> Shape {
    Shape::scalar(INT, size)
}

fn float(size: u64) -> Shape {
    Shape::scalar(LeafKind::Float, size)
}

fn long_double() -> Shape {
    Shape::scalar(LeafKind::X87, 16)
}

/// A record of leaves laid out one after another.
fn record(align: u64, leaves: &[(LeafKind, u64)]) -> Shape {
    let (mut at, mut widest, mut laid) = (0u64, align, Vec::new());
    for &(kind, size) in leaves {
        at = at.next_multiple_of(size);
        laid.push(Leaf {
            kind,
            offset_bits: at * 8,
            size_bits: size * 8,
            align: Align::from_bytes(size).unwrap(),
        });
        at += size;
        widest = widest.max(size);
    }
    Shape::new(ShapeKind::Record, at.next_multiple_of(widest), Align::from_bytes(widest).unwrap(), laid)
}

fn prepare_variadic(result: Option<Shape>, arguments: Vec<Shape>, fixed: usize) -> Prepared {
    let variadic = fixed != arguments.len();
    let signature = Signature { result, arguments, fixed, variadic, convention: Convention::Sysv64 };
    Prepared::new(&abi::plan(&signature).unwrap()).unwrap()
}

fn prepare(result: Option<Shape>, arguments: Vec<Shape>) -> Prepared {
    let fixed = arguments.len();
    prepare_variadic(result, arguments, fixed)
}

/// Calls with the bytes of each argument; the result lies between guards, which must survive.
unsafe fn call(prepared: &Prepared, target: *const c_void, arguments: &[&[u8]]) -> Vec<u8> {
    #[repr(align(64))]
    struct Aligned([u8; 512]);
    let size = prepared.result_size();
    let mut block = Aligned([0xa5; 512]);
    let result = block.0[128..].as_mut_ptr();
    prepared
        .with_image(target, |image| {
            for (index, bytes) in arguments.iter().enumerate() {
                image.write_argument(index, bytes).unwrap();
            }
            // SAFETY: each test names a function of the signature it prepared
            unsafe { image.call(result) }
            Ok(())
        })
        .unwrap();
    assert!(
        block.0[..128].iter().chain(&block.0[128 + size..]).all(|&byte| byte == 0xa5),
        "wrote past the result"
    );
    block.0[128..128 + size].to_vec()
}

/// The bytes of a value without padding.
fn bytes<T: Copy>(value: &T) -> &[u8] {
    // SAFETY: the tests pass values without padding
    unsafe { std::slice::from_raw_parts((&raw const *value).cast(), size_of::<T>()) }
}

fn value<T: Copy>(bytes: &[u8]) -> T {
    assert_eq!(bytes.len(), size_of::<T>());
    // SAFETY: as many bytes as the type has, and every test's type is plain numbers
    unsafe { bytes.as_ptr().cast::<T>().read_unaligned() }
}

macro_rules! returned {
    ($type:ty, $prepared:expr, $function:expr $(, $argument:expr)* $(,)?) => {
        // SAFETY: the function has the signature that was prepared
        value::<$type>(unsafe { call(&$prepared, $function as *const c_void, &[$(bytes(&$argument)),*]) }.as_slice())
    };
}

#[test]
fn integers() {
    extern "C" fn add(a: c_int, b: c_int) -> c_int {
        a.wrapping_add(b)
    }
    extern "C" fn none() -> i64 {
        -7
    }
    extern "C" fn narrow(a: i8, b: u8, c: i16, d: u16) -> i16 {
        a as i16 + b as i16 + c + d as i16
    }
    let prepared = prepare(Some(int(4)), vec![int(4), int(4)]);
    assert_eq!(returned!(c_int, prepared, add, 40i32, -2i32), 38);
    assert_eq!(returned!(i64, prepare(Some(int(8)), vec![]), none), -7);
    let unsigned = |size| Shape::scalar(LeafKind::Integer { signed: false }, size);
    let prepared = prepare(Some(int(2)), vec![int(1), unsigned(1), int(2), unsigned(2)]);
    assert_eq!(returned!(i16, prepared, narrow, -1i8, 255u8, -300i16, 400u16), 354);
}

#[test]
fn narrow_arguments_are_widened() {
    extern "C" fn whole(a: i64, b: u64, s1: i64, s2: i64, s3: i64, s4: i64, on_stack: i64) -> i64 {
        a + (b as i64) * 1000 + s1 + s2 + s3 + s4 + on_stack * 1_000_000
    }
    let unsigned = Shape::scalar(LeafKind::Integer { signed: false }, 1);
    let prepared = prepare(Some(int(8)), vec![int(1), unsigned, int(8), int(8), int(8), int(8), int(2)]);
    let result = returned!(i64, prepared, whole, -1i8, 255u8, 0i64, 0i64, 0i64, 0i64, -2i16);
    assert_eq!(result, -1 + 255_000 - 2_000_000);
}

#[test]
fn every_loader() {
    extern "C" fn sum(a: i64, b: i64, c: i64, d: i64, e: i64, f: i64) -> i64 {
        a + 10 * (b + 10 * (c + 10 * (d + 10 * (e + 10 * f))))
    }
    #[allow(clippy::too_many_arguments, reason = "one for each register")]
    extern "C" fn float_sum(a: f64, b: f64, c: f64, d: f64, e: f64, f: f64, g: f64, h: f64) -> f64 {
        a + 2. * (b + 2. * (c + 2. * (d + 2. * (e + 2. * (f + 2. * (g + 2. * h))))))
    }
    for general in 0..=6usize {
        for vector in 0..=8usize {
            for floats_first in [false, true] {
                let mut shapes = vec![int(8); general];
                let at = if floats_first { 0 } else { general };
                shapes.splice(at..at, vec![float(8); vector]);
                let integers: Vec<i64> = (1..=general as i64).collect();
                let floats: Vec<f64> = (1..=vector).map(|n| n as f64).collect();
                let mut arguments: Vec<&[u8]> = integers.iter().map(bytes).collect();
                arguments.splice(at..at, floats.iter().map(bytes));
                // The functions read more registers than are passed; only the passed ones are compared
                if general == 6 {
                    let prepared = prepare(Some(int(8)), shapes.clone());
                    // SAFETY: it reads the six general purpose registers, all of which are passed
                    let result = unsafe { call(&prepared, sum as *const c_void, &arguments) };
                    assert_eq!(value::<i64>(&result), 654321);
                }
                if vector == 8 {
                    let prepared = prepare(Some(float(8)), shapes);
                    // SAFETY: it reads the eight vector registers, all of which are passed
                    let result = unsafe { call(&prepared, float_sum as *const c_void, &arguments) };
                    assert_eq!(value::<f64>(&result), 1793.0);
                }
            }
        }
    }
}

#[test]
fn mixed_and_many() {
    extern "C" fn mix(a: c_int, b: f64, c: *const u8, d: f32, e: i64) -> f64 {
        a as f64 + b + c as usize as f64 + d as f64 + e as f64
    }
    #[allow(clippy::too_many_arguments, reason = "more than there are registers")]
    extern "C" fn longs(
        a: i64,
        b: i64,
        c: i64,
        d: i64,
        e: i64,
        f: i64,
        g: i64,
        h: i64,
        i: i64,
        j: i64,
    ) -> i64 {
        [a, b, c, d, e, f, g, h, i, j].into_iter().fold(0, |sum, n| sum * 10 + n)
    }
    let prepared = prepare(Some(float(8)), vec![int(4), float(8), int(8), float(4), int(8)]);
    assert_eq!(returned!(f64, prepared, mix, 1i32, 0.5f64, 100usize, 0.25f32, 1000i64), 1101.75);
    let prepared = prepare(Some(int(8)), vec![int(8); 10]);
    let result = returned!(i64, prepared, longs, 1i64, 2i64, 3i64, 4i64, 5i64, 6i64, 7i64, 8i64, 9i64, 0i64);
    assert_eq!(result, 1234567890);
}

#[test]
fn more_stack_than_fits_inline() {
    #[derive(Clone, Copy)]
    #[repr(C)]
    struct Large([u64; 500]);
    extern "C" fn last(large: Large, n: i64) -> i64 {
        large.0[0] as i64 + large.0[499] as i64 + n
    }
    let shape = Shape::new(ShapeKind::Record, 4000, Align::from_bytes(8).unwrap(), vec![]);
    let mut large = Large([0; 500]);
    (large.0[0], large.0[499]) = (100, 20);
    assert_eq!(returned!(i64, prepare(Some(int(8)), vec![shape, int(8)]), last, large, 3i64), 123);
}

macro_rules! echo {
    ($name:ident, $shape:expr, $($field:ident: $type:ty = $value:expr),*) => {
        #[test]
        fn $name() {
            #[derive(Clone, Copy, PartialEq, Debug)]
            #[repr(C)]
            struct Given { $($field: $type),* }
            extern "C" fn echo(given: Given, _: f32) -> Given {
                given
            }
            let given = Given { $($field: $value),* };
            let shape = $shape;
            assert_eq!(shape.size() as usize, size_of::<Given>());
            let prepared = prepare(Some(shape.clone()), vec![shape, float(4)]);
            assert_eq!(returned!(Given, prepared, echo, given, 1f32), given);
        }
    };
}

const F: LeafKind = LeafKind::Float;
echo!(struct_of_doubles, record(1, &[(F, 8), (F, 8)]), x: f64 = 1.5, y: f64 = -2.5);
echo!(struct_of_longs, record(1, &[(INT, 8), (INT, 8)]), x: i64 = 5, y: i64 = -6);
echo!(struct_double_long, record(1, &[(F, 8), (INT, 8)]), x: f64 = 1.5, y: i64 = -6);
echo!(struct_long_double, record(1, &[(INT, 8), (F, 8)]), x: i64 = 1, y: f64 = -6.5);
echo!(struct_three_floats, record(1, &[(F, 4); 3]), x: f32 = 1., y: f32 = 2., z: f32 = 3.);
echo!(struct_float_int, record(1, &[(F, 4), (INT, 4)]), x: f32 = 1., y: i32 = 2);
echo!(struct_of_3, record(1, &[(INT, 1); 3]), x: [u8; 3] = [1, 2, 0xff]);
echo!(struct_of_5, record(1, &[(INT, 1); 5]), x: [u8; 5] = [1, 2, 3, 4, 0xff]);
echo!(struct_of_6, record(1, &[(INT, 2); 3]), x: [u16; 3] = [1, 2, 0xffff]);
echo!(struct_of_7, record(1, &[(INT, 1); 7]), x: [u8; 7] = [1, 2, 3, 4, 5, 6, 0xff]);
echo!(struct_of_11, record(1, &[(INT, 1); 11]), x: [u8; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0xff]);
echo!(struct_of_17, record(1, &[(INT, 1); 17]), x: [u8; 17] = [9; 17]);
echo!(struct_of_24, record(1, &[(INT, 8); 3]), x: [i64; 3] = [-1, 2, -3]);
echo!(struct_of_56, record(1, &[(INT, 8); 7]), x: [i64; 7] = [-1, 2, -3, 4, 5, 6, 7]);

#[test]
fn over_aligned_on_the_stack() {
    #[derive(Clone, Copy)]
    #[repr(C, align(64))]
    struct Wide64([u64; 8]);
    extern "C" fn take(a: i64, wide: Wide64, b: i64) -> i64 {
        a + b + wide.0[0] as i64 + wide.0[7] as i64
    }
    let shape = record(64, &[(INT, 8); 8]);
    let prepared = prepare(Some(int(8)), vec![int(8), shape, int(8)]);
    assert_eq!(returned!(i64, prepared, take, 1i64, Wide64([10, 0, 0, 0, 0, 0, 0, 100]), 1000i64), 1111);
}

#[test]
fn vectors_and_int128() {
    use std::arch::x86_64::{__m128, _mm_add_ps};
    #[allow(improper_ctypes_definitions, reason = "it is C's float __attribute__((vector_size(16)))")]
    extern "C" fn add(a: __m128, n: i64, b: __m128) -> __m128 {
        assert_eq!(n, 3);
        // SAFETY: every x86-64 has SSE
        unsafe { _mm_add_ps(a, b) }
    }
    extern "C" fn wide(a: i64, b: i128) -> i128 {
        b - a as i128
    }
    let vector = Shape::scalar(LeafKind::Vector { element: 4, float: true }, 16);
    let prepared = prepare(Some(vector.clone()), vec![vector.clone(), int(8), vector]);
    let sum = returned!([f32; 4], prepared, add, [1f32, 2., 3., 4.], 3i64, [10f32, 20., 30., 40.]);
    assert_eq!(sum, [11., 22., 33., 44.]);
    let prepared = prepare(Some(int(16)), vec![int(8), int(16)]);
    assert_eq!(returned!(i128, prepared, wide, 5i64, 1i128 << 100), (1i128 << 100) - 5);
}

#[test]
fn long_doubles() {
    unsafe extern "C" {
        // Their types are not Rust's; only the addresses are used
        fn fabsl();
        fn strtold();
    }
    // -1.5L: mantissa, exponent
    let mut minus = [0u8; 16];
    minus[..10].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xbf]);
    let mut plus = minus;
    plus[9] = 0x3f;
    let prepared = prepare(Some(long_double()), vec![long_double()]);
    assert_eq!(returned!([u8; 16], prepared, fabsl, minus), plus);
    let text = CString::new("1.5").unwrap();
    let prepared = prepare(Some(long_double()), vec![int(8), int(8)]);
    assert_eq!(returned!([u8; 16], prepared, strtold, text.as_ptr(), 0usize), plus);
}

#[test]
fn variadic() {
    unsafe extern "C" {
        fn snprintf(buffer: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
    }
    let mut buffer = [0u8; 200];
    let format = CString::new("%d %s %.2f %ld %g %g %g %g %g %g %g %g %Lg").unwrap();
    let text = CString::new("text").unwrap();
    let mut arguments = vec![int(8), int(8), int(8), int(4), int(8), float(8), int(8)];
    arguments.extend(vec![float(8); 8]);
    arguments.push(long_double());
    let prepared = prepare_variadic(Some(int(4)), arguments, 3);
    let mut half = [0u8; 16];
    half[..10].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0x3f]);
    let length = returned!(
        c_int,
        prepared,
        snprintf,
        buffer.as_mut_ptr(),
        buffer.len(),
        format.as_ptr(),
        -5i32,
        text.as_ptr(),
        2.5f64,
        -6i64,
        1f64,
        2f64,
        3f64,
        4f64,
        5f64,
        6f64,
        7f64,
        8f64,
        half
    );
    let written = std::str::from_utf8(&buffer[..length as usize]).unwrap();
    assert_eq!(written, "-5 text 2.50 -6 1 2 3 4 5 6 7 8 1.5");
}

#[test]
fn scalars_errno_and_kept_images() {
    extern "C" fn fail(a: c_int) -> c_int {
        set_errno(a);
        -1
    }
    extern "C" fn halve(a: f64, b: f64) -> f64 {
        (a + b) / 2.
    }
    let prepared = prepare(Some(int(4)), vec![int(4)]);
    let mut result = [0u8; 4];
    let noted = prepared.with_image(fail as *const c_void, |image| {
        image.write_argument(0, &77i32.to_ne_bytes()).unwrap();
        // SAFETY: `fail` has the prepared signature, and the result has 4 bytes
        Ok(unsafe { image.call_then(result.as_mut_ptr(), errno) })
    });
    assert_eq!((noted.unwrap(), i32::from_ne_bytes(result)), (77, -1));

    let prepared = prepare(Some(float(8)), vec![float(8), float(8)]);
    assert_eq!(prepared.result_kind(), ResultKind::Vector);
    let (a, b) = (prepared.slot(0).unwrap(), prepared.slot(1).unwrap());
    for n in 0..3 {
        let half = prepared.with_image(halve as *const c_void, |image| {
            // SAFETY: the slots are this `Prepared`'s; `halve` has the prepared signature
            Ok(unsafe {
                image.store(a, 10f64.to_bits());
                image.store(b, f64::from(n).to_bits());
                image.call_vector()
            })
        });
        assert_eq!(half.unwrap(), (10. + f64::from(n)) / 2.);
    }
}

#[test]
fn panics_unwind_through_a_call() {
    #[allow(clippy::too_many_arguments, reason = "some on the stack")]
    extern "C-unwind" fn fail_late(_: i64, _: i64, _: i64, _: i64, _: i64, _: i64, last: i64) -> i64 {
        panic!("through {last}");
    }
    let prepared = prepare(Some(int(8)), vec![int(8); 7]);
    let caught = std::panic::catch_unwind(|| {
        returned!(i64, prepared, fail_late, 1i64, 2i64, 3i64, 4i64, 5i64, 6i64, 7i64)
    });
    assert_eq!(caught.unwrap_err().downcast_ref::<String>().unwrap(), "through 7");
}

#[test]
fn refusals() {
    let huge = Shape::new(ShapeKind::Record, 1 << 60, Align::from_bytes(8).unwrap(), vec![]);
    let aligned = Shape::new(ShapeKind::Record, 1 << 13, Align::from_bytes(1 << 13).unwrap(), vec![]);
    for (shape, kind) in [(huge, ErrorKind::TooLarge), (aligned, ErrorKind::Unsupported)] {
        let signature = Signature {
            result: None,
            arguments: vec![shape],
            fixed: 1,
            variadic: false,
            convention: Convention::Sysv64,
        };
        let refused = Prepared::new(&abi::plan(&signature).unwrap());
        assert_eq!(refused.err().unwrap().kind(), kind);
    }
    let prepared = prepare(None, vec![int(4)]);
    prepared
        .with_image(std::ptr::null(), |image| {
            assert_eq!(image.write_argument(0, &[0; 8]).unwrap_err().kind(), ErrorKind::Conversion);
            assert_eq!(image.write_argument(1, &[0; 4]).unwrap_err().kind(), ErrorKind::Arity);
            Ok(())
        })
        .unwrap();
}
