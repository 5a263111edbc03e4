//! The same calls through libffi, as a host makes them: the arguments in variables, their addresses in an array, and
//! `ffi_call`. The description of the call is prepared once.

use crate::world::{Big, P2, Plain};
use eightbyte::{Ffi, Lib, Result, Symbol};
use std::ffi::c_void;
use std::marker::PhantomData;

/// From ffi.h of libffi 3.4 for x86-64.
const HEADER: &str = "
    typedef struct _ffi_type { size_t size; unsigned short alignment; unsigned short type; struct _ffi_type **elements; } ffi_type;
    typedef struct { unsigned int abi; unsigned nargs; ffi_type **arg_types; ffi_type *rtype; unsigned bytes; unsigned flags; } ffi_cif;
    unsigned int ffi_prep_cif(void *cif, unsigned int abi, unsigned int nargs, void *rtype, void *atypes);
    void ffi_call(void *cif, void *fn, void *rvalue, void *avalue);
";

const FFI_UNIX64: u32 = 2;
const FFI_TYPE_STRUCT: u16 = 13;

type PrepCif = unsafe extern "C" fn(*mut c_void, u32, u32, *mut c_void, *mut c_void) -> u32;
type FfiCall = unsafe extern "C" fn(*mut c_void, *mut c_void, *mut c_void, *mut c_void);

/// `ffi_type`
#[repr(C)]
struct FfiType {
    size: usize,
    alignment: u16,
    kind: u16,
    elements: *mut *mut c_void,
}

pub struct Libffi {
    pub add: Prepared<(i32, i32), i32>,
    pub mix: Prepared<(i32, f64, *mut c_void, f32, i64), f64>,
    pub turn: Prepared<(P2, P2), P2>,
    #[allow(clippy::type_complexity, reason = "ten longs are ten longs")]
    pub ten: Prepared<(i64, i64, i64, i64, i64, i64, i64, i64, i64, i64), i64>,
    pub shift: Prepared<(Big, i32), Big>,
}

/// One function, prepared.
pub struct Prepared<A, R> {
    call: Symbol<FfiCall>,
    /// An `ffi_cif`, which is smaller, and what it points to: all of it stays for as long as the program runs.
    cif: *mut [u64; 8],
    target: *mut c_void,
    types: PhantomData<fn(A) -> R>,
}

impl Libffi {
    /// `None` where there is no libffi.
    pub fn new(ffi: &Ffi, plain: &Plain) -> Result<Option<Libffi>> {
        ffi.cdef(HEADER)?;
        // SAFETY: the system's libffi, declared as its header has it
        let Ok(lib) = (unsafe { ffi.load_any(&["libffi.so.8", "libffi.so.7", "ffi"]) }) else {
            return Ok(None);
        };
        let ty = |name: &str| lib.address(&format!("ffi_type_{name}")).map(|address| address.cast_mut());
        let (int, long, float, double, pointer) =
            (ty("sint32")?, ty("sint64")?, ty("float")?, ty("double")?, ty("pointer")?);
        let (p2, big) = (record(vec![double; 2]), record(vec![long; 4]));
        Ok(Some(Libffi {
            add: prepare(&lib, plain.add as *mut c_void, int, vec![int, int])?,
            mix: prepare(&lib, plain.mix as *mut c_void, double, vec![int, double, pointer, float, long])?,
            turn: prepare(&lib, plain.turn as *mut c_void, p2, vec![p2, p2])?,
            ten: prepare(&lib, plain.ten as *mut c_void, long, vec![long; 10])?,
            shift: prepare(&lib, plain.shift as *mut c_void, big, vec![big, int])?,
        }))
    }
}

/// The description of a record of these members.
fn record(mut elements: Vec<*mut c_void>) -> *mut c_void {
    elements.push(std::ptr::null_mut());
    let elements = elements.leak().as_mut_ptr();
    let ty = Box::leak(Box::new(FfiType { size: 0, alignment: 0, kind: FFI_TYPE_STRUCT, elements }));
    (&raw mut *ty).cast()
}

fn prepare<A, R>(
    lib: &Lib,
    target: *mut c_void,
    result: *mut c_void,
    arguments: Vec<*mut c_void>,
) -> Result<Prepared<A, R>> {
    let prep = lib.symbol::<PrepCif>("ffi_prep_cif")?;
    let cif: *mut [u64; 8] = Box::leak(Box::new([0; 8]));
    let (count, arguments) = (arguments.len() as u32, arguments.leak().as_mut_ptr());
    // SAFETY: the room is larger than a cif; the types are libffi's own or made above, and all of it stays
    let status = unsafe { prep(cif.cast(), FFI_UNIX64, count, result, arguments.cast()) };
    assert_eq!(status, 0, "libffi refuses a signature");
    Ok(Prepared { call: lib.symbol("ffi_call")?, cif, target, types: PhantomData })
}

macro_rules! call {
    ($($name:ident $index:tt)*) => {
        impl<$($name: Copy,)* R: Copy> Prepared<($($name,)*), R> {
            #[inline(always)]
            pub fn call(&self, mut arguments: ($($name,)*)) -> R {
                // libffi writes small integers as whole words
                let mut result = std::mem::MaybeUninit::<(R, u64)>::uninit();
                let mut addresses = [$((&raw mut arguments.$index).cast::<c_void>()),*];
                // SAFETY: the target has this very type, each address is that of an argument of its type, and there is
                // room for the result, which is at the start of what is written
                unsafe {
                    (self.call)(self.cif.cast(), self.target, result.as_mut_ptr().cast(), addresses.as_mut_ptr().cast());
                    result.as_ptr().cast::<R>().read()
                }
            }
        }
    };
}

call!(A 0 B 1);
call!(A 0 B 1 C 2 D 3 E 4);
call!(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9);
