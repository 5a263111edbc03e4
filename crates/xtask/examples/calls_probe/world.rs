//! What the loops call.

use crate::libffi::Libffi;
use eightbyte::{Ffi, Function, Lib, Result, Symbol, Value};
use std::ffi::c_void;
use std::hint::black_box;

/// `p2`
#[repr(C)]
#[derive(Clone, Copy)]
pub struct P2 {
    pub x: f64,
    pub y: f64,
}

/// `big`
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Big {
    pub a: i64,
    pub b: i64,
    pub c: i64,
    pub d: i64,
}

pub type Add = unsafe extern "C" fn(i32, i32) -> i32;
pub type Mix = unsafe extern "C" fn(i32, f64, *mut c_void, f32, i64) -> f64;
pub type Turn = unsafe extern "C" fn(P2, P2) -> P2;
pub type Ten = unsafe extern "C" fn(i64, i64, i64, i64, i64, i64, i64, i64, i64, i64) -> i64;
pub type Shift = unsafe extern "C" fn(Big, i32) -> Big;

/// Plain function pointers.
#[derive(Clone, Copy)]
pub struct Plain {
    pub add: Add,
    pub mix: Mix,
    pub turn: Turn,
    pub ten: Ten,
    pub shift: Shift,
}

/// Typed symbols.
pub struct TypedFunctions {
    pub add: Symbol<Add>,
    pub mix: Symbol<Mix>,
    pub ten: Symbol<Ten>,
}

/// Functions whose arguments are converted.
pub struct Functions {
    pub add: Function,
    pub mix: Function,
    pub turn: Function,
    pub ten: Function,
    pub shift: Function,
}

/// What is passed.
pub struct Arguments {
    pub add: (i32, i32),
    pub mix: (i32, f64, *mut c_void, f32, i64),
    pub turn: (P2, P2),
    #[allow(clippy::type_complexity, reason = "ten longs are ten longs")]
    pub ten: (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64),
    pub shift: (Big, i32),
}

/// What is passed where records are tuples.
#[allow(clippy::type_complexity, reason = "records of numbers are tuples of numbers")]
pub struct Tuples {
    pub turn: ((f64, f64), (f64, f64)),
    pub shift: ((i64, i64, i64, i64), i32),
}

pub struct World {
    pub count: usize,
    pub plain: Plain,
    pub typed: TypedFunctions,
    pub functions: Functions,
    /// `None` where it is not installed.
    pub libffi: Option<Libffi>,
    pub arguments: Arguments,
    /// Those of records, as tuples.
    pub tuples: Tuples,
    ffi: Ffi,
}

impl World {
    /// The library is the one that the bench compiled.
    pub fn new(library: &str, count: usize) -> Result<World> {
        let ffi = Ffi::new();
        ffi.cdef(xtask::bench::CALLS_HEADER)?;
        // SAFETY: the bench compiled it from the very text above
        let lib = unsafe { ffi.load(library)? };
        let plain = Plain {
            // SAFETY: each has this type in the library
            add: unsafe { pointer(&lib, "add")? },
            // SAFETY: as above
            mix: unsafe { pointer(&lib, "mix")? },
            // SAFETY: as above
            turn: unsafe { pointer(&lib, "turn")? },
            // SAFETY: as above
            ten: unsafe { pointer(&lib, "ten")? },
            // SAFETY: as above
            shift: unsafe { pointer(&lib, "shift")? },
        };
        Ok(World {
            count,
            plain,
            typed: TypedFunctions {
                add: lib.symbol("add")?,
                mix: lib.symbol("mix")?,
                ten: lib.symbol("ten")?,
            },
            functions: Functions {
                add: lib.function("add")?,
                mix: lib.function("mix")?,
                turn: lib.function("turn")?,
                ten: lib.function("ten")?,
                shift: lib.function("shift")?,
            },
            libffi: Libffi::new(&ffi, &plain)?,
            arguments: Arguments {
                add: (20, 22),
                mix: (1, 2.5, std::ptr::dangling_mut(), 1.5, 7),
                turn: (P2 { x: 1.0, y: 2.0 }, P2 { x: 1.0, y: 2.0 }),
                ten: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
                shift: (Big { a: 1, b: 2, c: 3, d: 4 }, 5),
            },
            tuples: Tuples { turn: ((1.0, 2.0), (1.0, 2.0)), shift: ((1, 2, 3, 4), 5) },
            ffi,
        })
    }

    pub fn point(&self) -> Result<Value> {
        Ok(Value::Data(self.ffi.make("p2", (1, 2))?))
    }

    pub fn big(&self) -> Result<Value> {
        Ok(Value::Data(self.ffi.make("big", (1, 2, 3, 4))?))
    }
}

/// # Safety
///
/// The library's function is of the type `F`, a pointer to a function.
unsafe fn pointer<F: Copy>(lib: &Lib, name: &str) -> Result<F> {
    let address = lib.address(name)?;
    const { assert!(size_of::<F>() == size_of::<*const c_void>()) };
    // SAFETY: the caller vouches for the type, and both are pointers
    Ok(unsafe { std::mem::transmute_copy::<*const c_void, F>(&address) })
}

/// Looks at a result as a host does that knows its type only now.
#[inline(always)]
pub fn keep(value: Value) {
    match value {
        Value::Integer(number) => {
            black_box(number as i64);
        }
        Value::Float(number) => {
            black_box(number);
        }
        other => {
            black_box(&other);
        }
    }
}
