//! C's qsort with closures: typed, over values, borrowing, and one that panics.

use eightbyte::{Error, Ffi, Value};
use std::cell::Cell;
use std::ffi::{c_int, c_void};

const COMPARE: &str = "int (*)(const void *, const void *)";

fn main() -> eightbyte::Result<()> {
    let ffi = Ffi::new();
    ffi.cdef("void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));")?;
    let qsort = ffi.process().function("qsort")?;

    // A typed closure is checked against the declaration once, then C enters it directly
    let mut numbers = [5, 3, 8, 1];
    let ascending = ffi.callback(COMPARE, |a: *const c_void, b: *const c_void| -> c_int {
        // SAFETY: qsort passes pointers to elements of the array, which are ints
        unsafe { (*a.cast::<c_int>()).cmp(&*b.cast()) as c_int }
    })?;
    // SAFETY: the declaration is that of C's qsort, the sizes are the array's
    unsafe { qsort.call::<()>((&mut numbers, 4, 4, &ascending))? };
    println!("ascending:  {numbers:?}");

    // One that borrows lives as long as it is lent
    let calls = Cell::new(0);
    let descending = |a: *const c_void, b: *const c_void| -> c_int {
        calls.set(calls.get() + 1);
        // SAFETY: as above
        unsafe { (*b.cast::<c_int>()).cmp(&*a.cast()) as c_int }
    };
    ffi.with_callback(COMPARE, descending, |compare| {
        // SAFETY: as above
        unsafe { qsort.call::<()>((&mut numbers, 4, 4, compare)) }
    })??;
    println!("descending: {numbers:?}, after {} comparisons", calls.get());

    // Where types are known only at run time, a closure gets values
    let by_remainder = ffi.callback_dyn(COMPARE, |values| match values {
        [Value::Pointer(a), Value::Pointer(b)] => {
            // SAFETY: as above
            let (a, b) = unsafe { (*a.cast::<c_int>(), *b.cast::<c_int>()) };
            Ok(Value::from(a % 3 - b % 3))
        }
        _ => Err(Error::host("expected two pointers")),
    })?;
    // SAFETY: as above
    unsafe { qsort.call::<()>((&mut numbers, 4, 4, &by_remainder))? };
    println!("by n % 3:   {numbers:?}");

    // What a callback cannot return to C comes home with the call
    let fails = ffi.callback(COMPARE, |_: *const c_void, _: *const c_void| {
        Err::<c_int, _>(Error::host("these cannot be compared"))
    })?;
    // SAFETY: as above
    let error = unsafe { qsort.call::<()>((&mut numbers, 4, 4, &fails)) };
    println!("and one that fails: {}", error.err().map_or(String::new(), |error| error.to_string()));
    Ok(())
}
