//! The same callbacks as closures of libffi.

use crate::Pair;
use eightbyte::{Ffi, Result};
use std::ffi::{c_int, c_void};

/// From ffi.h of libffi 3.4 for x86-64.
const HEADER: &str = "
    unsigned int ffi_prep_cif(void *cif, unsigned int abi, unsigned int nargs, void *rtype, void *atypes);
    unsigned int ffi_prep_closure_loc(void *closure, void *cif, void *fun, void *user_data, void *code);
    void *ffi_closure_alloc(size_t size, void *code);
";
const FFI_UNIX64: u32 = 2;
const FFI_TYPE_STRUCT: u16 = 13;

type Fun = unsafe extern "C" fn(*mut c_void, *mut c_void, *const *const c_void, *mut c_void);

/// What C calls.
pub struct Libffi {
    pub add: *const c_void,
    pub compare: *const c_void,
    pub turn: *const c_void,
}

/// `ffi_type`
#[repr(C)]
struct FfiType {
    size: usize,
    alignment: u16,
    kind: u16,
    elements: *mut *mut c_void,
}

unsafe extern "C" fn add(
    _: *mut c_void,
    result: *mut c_void,
    arguments: *const *const c_void,
    bias: *mut c_void,
) {
    // SAFETY: libffi gives the addresses of two ints, and room for a word
    unsafe {
        let (a, b) = (*(*arguments).cast::<c_int>(), *(*arguments.add(1)).cast::<c_int>());
        *result.cast::<i64>() = a.wrapping_add(b).wrapping_add(*bias.cast::<c_int>()).into();
    }
}

unsafe extern "C" fn compare(
    _: *mut c_void,
    result: *mut c_void,
    arguments: *const *const c_void,
    _: *mut c_void,
) {
    // SAFETY: libffi gives the addresses of two pointers, which are to ints, and room for a word
    unsafe {
        let (a, b) = (*(*arguments).cast::<*const c_int>(), *(*arguments.add(1)).cast::<*const c_int>());
        *result.cast::<i64>() = (*a).cmp(&*b) as i64;
    }
}

unsafe extern "C" fn turn(
    _: *mut c_void,
    result: *mut c_void,
    arguments: *const *const c_void,
    _: *mut c_void,
) {
    // SAFETY: libffi gives the addresses of two pairs, and room for one
    unsafe {
        let (a, b) = (*(*arguments).cast::<Pair>(), *(*arguments.add(1)).cast::<Pair>());
        *result.cast::<Pair>() = Pair { x: a.x - b.y, y: a.y + b.x };
    }
}

impl Libffi {
    /// `None` where there is no libffi. Closures and descriptions stay as long as the program runs.
    pub fn new() -> Result<Option<Libffi>> {
        let ffi = Ffi::new();
        ffi.cdef(HEADER)?;
        // SAFETY: the system's libffi, declared as its header has it
        let Ok(lib) = (unsafe { ffi.load_any(&["libffi.so.8", "libffi.so.7", "ffi"]) }) else {
            return Ok(None);
        };
        let (prepare, alloc) = (lib.function("ffi_prep_cif")?, lib.function("ffi_closure_alloc")?);
        let close = lib.function("ffi_prep_closure_loc")?;
        let ty = |name: &str| lib.address(&format!("ffi_type_{name}")).map(|address| address.cast_mut());
        let (int, pointer, double) = (ty("sint32")?, ty("pointer")?, ty("double")?);
        let elements = vec![double, double, std::ptr::null_mut()].leak().as_mut_ptr();
        let pair = Box::leak(Box::new(FfiType { size: 0, alignment: 0, kind: FFI_TYPE_STRUCT, elements }));
        let pair: *mut c_void = (&raw mut *pair).cast();
        let closure = |result: *mut c_void, argument: *mut c_void, fun: Fun| -> Result<*const c_void> {
            let cif: *mut c_void = Box::leak(Box::new([0u64; 8])).as_mut_ptr().cast();
            let arguments: *mut c_void = vec![argument; 2].leak().as_mut_ptr().cast();
            let code: &mut [*mut c_void; 1] = Box::leak(Box::new([std::ptr::null_mut()]));
            let bias: *mut c_void = (&raw mut *Box::leak(Box::new(0 as c_int))).cast();
            // SAFETY: the room is larger than a cif and a closure; the types are libffi's own or made above, all of it
            // stays
            unsafe {
                let status: u32 = prepare.call((cif, FFI_UNIX64, 2u32, result, arguments))?;
                assert_eq!(status, 0, "libffi refuses a signature");
                let room: *mut c_void = alloc.call((256usize, code.as_mut_ptr().cast::<c_void>()))?;
                assert!(!room.is_null(), "libffi has no room for a closure");
                let status: u32 = close.call((room, cif, fun as *mut c_void, bias, code[0]))?;
                assert_eq!(status, 0, "libffi refuses a closure");
            }
            Ok(code[0])
        };
        let made = Libffi {
            add: closure(int, int, add)?,
            compare: closure(int, pointer, compare)?,
            turn: closure(pair, pair, turn)?,
        };
        // The closures lead into it
        std::mem::forget(lib);
        Ok(Some(made))
    }
}
