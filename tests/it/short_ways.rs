//! The short ways into a call take what is theirs and nothing else: whatever only resembles it is converted or refused.

use eightbyte::{Ffi, Function, Value};
use std::ffi::c_void;

#[allow(clippy::too_many_arguments, reason = "more than one word of a code can hold")]
extern "C" fn seven(a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: f64) -> f64 {
    (a + b + c + d + e + f) as f64 + g
}

extern "C" fn scalars(a: i32, b: i64, c: f32, d: u32, e: u64) -> f64 {
    f64::from(a) + b as f64 + f64::from(c) + f64::from(d) + e as f64
}

extern "C" fn same(x: f32) -> f32 {
    x
}

fn declared(prototype: &str, name: &str, address: *const c_void) -> Function {
    let ffi = Ffi::new();
    ffi.cdef(prototype).unwrap();
    // SAFETY: a function of this program; each test declares it as it is defined
    unsafe { ffi.function_at(name, address) }.unwrap()
}

#[test]
fn types_behind_the_sixth_count_as_well() {
    let prototype = "double seven(long, long, long, long, long, long, double);";
    let seven = declared(prototype, "seven", seven as *const c_void);
    // SAFETY: it adds numbers
    unsafe {
        assert_eq!(seven.call::<f64>((1i64, 2i64, 3i64, 4i64, 5i64, 6i64, 0.5f64)).unwrap(), 21.5);
        assert_eq!(seven.call::<f64>((1i64, 2i64, 3i64, 4i64, 5i64, 6i64, 7i64)).unwrap(), 28.0);
        assert_eq!(seven.call::<f64>((1i64, 2i64, 3i64, 4i64, 5i64, 6i64, 7.5f32)).unwrap(), 28.5);
        assert_eq!(seven.call::<f64>((1i64, 2i64, 3i64, 4i64, 5i64, 6.0f64, 7i64)).unwrap(), 28.0);
        assert_eq!(seven.call::<i64>((1i64, 2i64, 3i64, 4i64, 5i64, 6i64, 7.0f64)).unwrap(), 28);
    }
}

#[test]
fn values_that_do_not_fit_are_refused() {
    let scalars = declared(
        "double scalars(int, long, float, unsigned, unsigned long);",
        "scalars",
        scalars as *const c_void,
    );
    let sound = || [1i64, 2, 3, 4, 5].map(Value::from);
    // SAFETY: it adds numbers
    let call = |values: &[Value; 5]| unsafe {
        let (array, slice) = (scalars.call::<f64>(values), scalars.call::<f64>(&values[..]));
        match (&array, &slice) {
            (Ok(array), Ok(slice)) => assert_eq!(array, slice),
            (Err(array), Err(slice)) => assert_eq!(array.message(), slice.message()),
            _ => panic!("an array and a slice disagree: {array:?} and {slice:?}"),
        }
        array
    };
    assert_eq!(call(&sound()).unwrap(), 15.0);
    let integers: [(usize, &[i128]); 4] = [
        (0, &[1 << 31, -(1 << 31) - 1, 1 << 40, 1 << 64, (1 << 64) + 1, -(1 << 64), i128::MAX, i128::MIN]),
        (1, &[1 << 63, -(1 << 63) - 1, 1 << 64, (1 << 64) + 1, -(1 << 64), i128::MAX, i128::MIN]),
        (3, &[1 << 32, -1, 1 << 64, (1 << 64) + 1, i128::MIN]),
        (4, &[1 << 64, -1, (1 << 64) + 1, i128::MIN]),
    ];
    for (index, numbers) in integers {
        for &number in numbers {
            let mut values = sound();
            values[index] = Value::Integer(number);
            let error = call(&values).expect_err(&format!("{number} as argument {}", index + 1));
            assert!(error.message().starts_with(&format!("argument {} of scalars", index + 1)), "{error}");
        }
    }
    let at = |index: usize, value: Value| {
        let mut values = sound();
        values[index] = value;
        call(&values)
    };
    for (index, least, most) in [
        (0, i128::from(i32::MIN), i128::from(i32::MAX)),
        (1, i128::from(i64::MIN), i128::from(i64::MAX)),
        (3, 0, i128::from(u32::MAX)),
        (4, 0, i128::from(u64::MAX)),
    ] {
        assert!(
            at(index, Value::Integer(least)).is_ok() && at(index, Value::Integer(most)).is_ok(),
            "{index}"
        );
    }
    for value in [0.5, f64::NAN, 1e300] {
        assert!(at(0, Value::Float(value)).is_err(), "{value} as an int");
    }
    assert!(at(0, Value::Null).is_err() && at(0, Value::from("1")).is_err());
}

#[test]
fn an_integer_becomes_a_float_as_c_has_it() {
    let same = declared("float same(float);", "same", same as *const c_void);
    // The last rounds twice if a double stands between
    for number in [0, 1, -1, 16_777_217, i64::MAX, i64::MIN, (1 << 53) + (1 << 29) + 1] {
        let value = Value::from(number);
        // SAFETY: it returns what it is given
        let [called, as_value] =
            unsafe { [same.call::<f32>((number,)).unwrap(), same.call(&[value]).unwrap()] };
        assert_eq!((called, as_value), (number as f32, number as f32), "{number}");
    }
}

#[test]
fn integers_of_128_bits_are_not_cut() {
    extern "C" fn plain(a: i32, b: i64, c: f64) -> f64 {
        f64::from(a) + b as f64 + c
    }
    // Nothing but what the way of values takes
    let plain = declared("double plain(int, long, double);", "plain", plain as *const c_void);
    let call = |a: i128, b: i128| {
        let values = [Value::Integer(a), Value::Integer(b), Value::Float(0.5)];
        // SAFETY: it adds numbers
        unsafe { plain.call::<f64>(&values) }
    };
    assert_eq!(call(i32::MIN.into(), 1).unwrap(), f64::from(i32::MIN) + 1.5);
    assert_eq!(call(-1, i64::MIN.into()).unwrap(), i64::MIN as f64 - 0.5);
    for number in [1 << 31, -(1 << 31) - 1, 1 << 32, 1 << 64, (1 << 64) + 1, -(1 << 64), i128::MIN] {
        assert!(call(number, 1).is_err(), "{number} as an int");
    }
    for number in [1 << 63, -(1 << 63) - 1, 1 << 64, (1 << 64) + 1, -(1 << 64), i128::MIN] {
        assert!(call(1, number).is_err(), "{number} as a long");
    }
}
