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

pub struct World {
    pub count: usize,
    pub plain: Plain,
    pub typed: TypedFunctions,
    pub functions: Functions,
    /// `None` where it is not installed.
    pub libffi: Option<Libffi>,
    ffi: Ffi,
    pointee: u64,
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
            ffi,
            pointee: 0,
        })
    }

    /// The address of something; nobody looks there.
    pub fn pointer(&self) -> *mut c_void {
        (&raw const self.pointee).cast_mut().cast()
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
