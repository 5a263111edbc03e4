//! Mirrors of unions and of pointers to functions.

use eightbyte::{ErrorKind, Ffi, c_struct, check_struct};
use std::ffi::c_void;

c_struct! { union Word { number: u32, bytes: [u8; 4] } }
c_struct! { struct Packet { kind: i32, word: Word } }
c_struct! { union Mixed { small: u8, large: u64 } }
c_struct! { struct Holder { mixed: Mixed } }

#[derive(Clone, Copy)]
#[repr(C)]
union Known {
    number: u32,
    #[allow(dead_code, reason = "what check_struct! is not told of")]
    hidden: u8,
}
check_struct!(union Known { number });

type Compare = Option<unsafe extern "C" fn(*const c_void, *const c_void) -> i32>;
c_struct! { struct Hooks { compare: Compare, print: Option<unsafe extern "C" fn(*const i8, ...) -> i32>, done: Option<unsafe extern "C" fn()> } }

unsafe extern "C" fn compare(one: *const c_void, other: *const c_void) -> i32 {
    i32::from(one.addr() > other.addr())
}

#[test]
fn unions() {
    assert_eq!(
        Packet::c_text(),
        "typedef union Word { uint32_t number; uint8_t bytes[4]; } Word;\n\
         typedef struct Packet { int32_t kind; union Word word; } Packet;\n"
    );
    let ffi = Ffi::new();
    ffi.declare::<Packet>().unwrap();
    ffi.declare::<Holder>().unwrap();
    let mut packets = ffi.alloc("Packet[2]").unwrap();
    packets.view_mut::<Packet>().unwrap()[1].word = Word { bytes: [1, 2, 0, 0] };
    assert_eq!(packets.get::<u32>("[1].word.number").unwrap(), 0x201);
    packets.edit(|packets: &mut [Packet]| packets[0].word = Word { number: 7 }).unwrap();
    // SAFETY: any bytes are a number
    assert_eq!(unsafe { packets.view::<Packet>().unwrap()[0].word.number }, 7);
    let word: Word = packets.get("[1].word").unwrap();
    packets.set("[0].word", word).unwrap();
    assert_eq!(packets.get::<[u8; 4]>("[0].word.bytes").unwrap(), [1, 2, 0, 0]);
    assert!(ffi.make("Word[2]", word).is_err() && packets.get::<Word>("[0].kind").is_err());
    let shared = packets.share().unwrap();
    shared.as_cells::<Packet>().unwrap()[0].set(Packet { kind: 3, word });
    assert_eq!(shared.get::<i32>("kind").unwrap(), 3);
}

#[test]
fn unions_that_leave_bytes_unwritten() {
    let ffi = Ffi::new();
    ffi.declare::<Holder>().unwrap();
    let mut holder = ffi.make("Holder", ((1,),)).unwrap();
    // SAFETY: any bytes are a number
    assert_eq!(unsafe { holder.view_one::<Holder>().unwrap().mixed.small }, 1);
    let refused = [
        holder.view_mut::<Holder>().map(|_| ()).unwrap_err(),
        holder.edit(|_: &mut [Holder]| ()).unwrap_err(),
        holder.set("mixed", Mixed { small: 1 }).unwrap_err(),
        holder.share().unwrap().as_cells::<Holder>().map(|_| ()).unwrap_err(),
    ];
    for error in refused {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.message().contains("members of several sizes; use set"), "{error}");
    }
    ffi.cdef("typedef union { uint32_t number; } known_t; typedef union { int number; } signed_t;").unwrap();
    let mut known = ffi.make("known_t", (5,)).unwrap();
    assert!(known.view_mut::<Known>().is_err() && known.edit(|_: &mut [Known]| ()).is_err());
    let value: Known = known.get("").unwrap();
    // SAFETY: any bytes are a number
    assert_eq!(unsafe { value.number }, 5);
    assert!(known.set("", value).is_err());
    let error = ffi.alloc("signed_t").unwrap().view::<Known>().map(|_| ()).unwrap_err();
    assert_eq!(
        error.message(),
        "member 'number': 'signed_t' has 'int' at offset 0, Known has u32 at offset 0"
    );
    // A struct is no union, nor the other way round
    ffi.cdef("typedef struct { uint32_t number; } plain_t;").unwrap();
    assert!(ffi.alloc("plain_t").unwrap().view::<Known>().is_err());
}

#[test]
fn functions() {
    let ffi = Ffi::new();
    assert_eq!(
        Hooks::c_text(),
        "typedef struct Hooks { int32_t (*compare)(const void *, const void *); int32_t (*print)(const void *, ...); \
         void (*done)(void); } Hooks;\n"
    );
    ffi.declare::<Hooks>().unwrap();
    let mut hooks = ffi.alloc("Hooks").unwrap();
    assert!(hooks.view_one::<Hooks>().unwrap().compare.is_none());
    hooks.view_mut::<Hooks>().unwrap()[0].compare = Some(compare);
    let found: Compare = hooks.get("compare").unwrap();
    // SAFETY: it is the function above
    assert_eq!(unsafe { found.unwrap()(std::ptr::null(), std::ptr::dangling()) }, 0);
    assert_eq!(hooks.get::<*mut c_void>("compare").unwrap().addr(), compare as *const c_void as usize);
    hooks.set("compare", None as Compare).unwrap();
    assert!(hooks.get::<Compare>("compare").unwrap().is_none());
    hooks.set("", Hooks { compare: Some(compare), print: None, done: None }).unwrap();
    assert!(hooks.get::<Hooks>("").unwrap().compare.is_some());
    assert!(hooks.set("done", Some(compare as unsafe extern "C" fn(_, _) -> _)).is_err());
    assert!(hooks.get::<Compare>("done").is_err());

    ffi.cdef("typedef struct { int (*compare)(const void *, long); int (*print)(const char *, ...); void (*done)(void); } other_t;")
        .unwrap();
    let error = ffi.alloc("other_t").unwrap().view::<Hooks>().map(|_| ()).unwrap_err();
    assert!(
        error.message().starts_with("member 'compare': 'other_t' has 'int (*)(const void *, long)'"),
        "{error}"
    );
}
