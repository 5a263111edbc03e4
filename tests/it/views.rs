//! Views: Rust types over the memory of C, checked member by member.

use eightbyte::{ErrorKind, Ffi, Mirror, Target, c_struct, check_struct};
use std::ffi::{c_char, c_int, c_long, c_void};

c_struct! {
    #[derive(Debug, PartialEq)]
    pub struct Point {
        x: f64,
        y: f64,
    }
}

c_struct! {
    #[derive(Debug, PartialEq)]
    struct Everything {
        next: *mut Everything,
        name: [c_char; 8],
        size: usize,
        length: c_long,
        label: *const c_char,
        any: *mut c_void,
        callback: *const c_void,
        at: [Point; 2],
        ready: bool,
        small: i16,
        r#type: c_int,
        maybe: Option<std::ptr::NonNull<f32>>,
    }
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pixel {
    r: u8,
    g: u8,
    b: u8,
    a: u8,
}
check_struct!(Pixel { r, g, b, a });

#[repr(C, packed)]
#[derive(Clone, Copy)]
struct Packed {
    tag: u8,
    value: u32,
}
check_struct!(Packed { tag, value });

c_struct! {
    #[derive(Debug, PartialEq)]
    struct Padded {
        tag: u8,
        value: u32,
        end: u16,
    }
}

fn refused(
    declaration: &str,
    name: &str,
    message: &str,
    check: impl Fn(&eightbyte::CData) -> Option<eightbyte::Error>,
) {
    let ffi = Ffi::new();
    ffi.cdef(declaration).unwrap();
    let error = check(&ffi.alloc(name).unwrap()).unwrap_or_else(|| panic!("expected an error: {message}"));
    assert_eq!((error.kind(), error.message()), (ErrorKind::Conversion, message));
}

fn refused_as<T: Mirror>(declaration: &str, name: &str, message: &str) {
    refused(declaration, name, message, |data| data.view::<T>().err());
}

#[test]
fn what_is_declared_is_what_is_seen() {
    let ffi = Ffi::new();
    ffi.declare::<Everything>().unwrap();
    ffi.declare::<Everything>().unwrap();
    assert_eq!(
        Everything::c_text(),
        "typedef struct Point { double x; double y; } Point;\ntypedef struct Everything { struct Everything *next; \
         int8_t name[8]; size_t size; int64_t length; const int8_t *label; void *any; const void *callback; \
         struct Point at[2]; _Bool ready; int16_t small; int32_t type; float *maybe; } Everything;\n"
    );
    let mut data = ffi.alloc("Everything").unwrap();
    data.set("at[1].y", 2.5).unwrap();
    data.set("ready", true).unwrap();
    data.set("type", 3).unwrap();
    data.set("name", "abc").unwrap();
    let all = data.view_one::<Everything>().unwrap();
    assert_eq!((all.at[1].y, all.ready, all.r#type, all.name[2]), (2.5, true, 3, b'c' as c_char));
    assert!(all.next.is_null() && all.maybe.is_none());
    assert_eq!(data.get::<Everything>("").unwrap(), *all);
    let copy = *all;
    let mut other = ffi.make("Everything", (0,)).err().map(|_| ffi.alloc("Everything").unwrap()).unwrap();
    data.edit(|all: &mut [Everything]| all[0].small = -5).unwrap();
    assert_eq!(data.get::<i16>("small").unwrap(), -5);
    let parts = data.part();
    assert_eq!(parts.part("at").unwrap().view::<Point>().unwrap(), copy.at);
    other.set("at", copy.at).unwrap();
    assert_eq!(other.get::<f64>("at[1].y").unwrap(), 2.5);
}

#[test]
fn slices_of_structs() {
    let ffi = Ffi::new();
    ffi.cdef("typedef struct { uint8_t r, g, b, a; } pixel_t; typedef struct { double x, y; } point_t;")
        .unwrap();
    let mut image = ffi.alloc("pixel_t[4][8]").unwrap();
    for (index, pixel) in image.view_mut::<Pixel>().unwrap().iter_mut().enumerate() {
        *pixel = Pixel { r: index as u8, g: 1, b: 2, a: 255 };
    }
    assert_eq!(image.get::<u8>("[1][2].r").unwrap(), 10);
    assert_eq!(image.view::<[Pixel; 8]>().unwrap()[3][7].r, 31);
    assert_eq!(image.at(1).unwrap().view::<Pixel>().unwrap().len(), 8);
    assert_eq!(image.at_mut(1).unwrap().view_mut::<Pixel>().unwrap()[0].r, 8);
    assert_eq!(ffi.make("point_t", Point { x: 1.0, y: 2.0 }).unwrap().to_string(), "{ .x = 1, .y = 2 }");
    assert_eq!(ffi.alloc("int[3]").unwrap().view::<i32>().unwrap(), [0; 3]);
    assert_eq!(ffi.alloc("int[3]").unwrap().view_one::<i32>().unwrap_err().kind(), ErrorKind::Conversion);
    assert_eq!(ffi.make("double _Complex", (1.0, 2.0)).unwrap().view::<[f64; 2]>().unwrap(), [[1.0, 2.0]]);
    let name = ffi.make("char[4]", "abc").unwrap();
    assert_eq!(name.c_str().unwrap(), c"abc");
    let full = ffi.make("char[4]", "abcd").unwrap();
    assert_eq!(full.c_str().unwrap_err().kind(), ErrorKind::OutOfRange);
    assert!(ffi.alloc("int[3]").unwrap().c_str().is_err());
    let cells = image.share().unwrap();
    // The pixels of one row, and no others
    let row = cells.at(2).unwrap();
    row.as_cells::<Pixel>().unwrap()[0].set(Pixel { r: 9, g: 9, b: 9, a: 9 });
    assert_eq!((row.as_cells::<Pixel>().unwrap().len(), cells.get::<u8>("[2][0].g").unwrap()), (8, 9));
}

#[test]
fn every_difference_is_named() {
    refused_as::<Point>(
        "typedef struct { double x; float y; } t;",
        "t",
        "member 'y': 't' has 'float' at offset 8, Point has f64 at offset 8",
    );
    refused_as::<Point>(
        "typedef struct { double y, x; } t;",
        "t",
        "member 'x': 't' has 'double' at offset 8, Point has f64 at offset 0",
    );
    refused_as::<Point>(
        "typedef struct { double x, y, z; } t;",
        "t",
        "member 'z': 't' has 'double' at offset 16, Point has none",
    );
    refused_as::<Point>(
        "typedef struct { double x; } t;",
        "t",
        "'t' has no member 'y'; Point has f64 at offset 8",
    );
    refused_as::<Point>(
        "typedef struct { double x, y; } __attribute__((aligned(16))) t;",
        "t",
        "'t' has 16 bytes aligned to 16, Point has 16 aligned to 8",
    );
    refused_as::<Pixel>(
        "typedef struct { uint8_t r, g, b; uint8_t a : 8; } t;",
        "t",
        "member 'a' of 't' is a bit-field of 8 bits; Pixel has u8",
    );
    refused_as::<Packed>(
        "typedef struct { uint8_t tag; uint32_t value; } t;",
        "t",
        "member 'value': 't' has 'uint32_t' at offset 4, Packed has u32 at offset 1",
    );
    refused_as::<[Point; 2]>(
        "typedef struct { double x; float y; } t;",
        "t[2]",
        "member 'y': 't' has 'float' at offset 8, Point has f64 at offset 8",
    );
    refused_as::<Everything>(
        &Everything::c_text().replace("double y", "int64_t y"),
        "Everything",
        "member 'at' of 'Everything': member 'y': 'struct Point' has 'int64_t' at offset 8, Point has f64 at offset 8",
    );
    refused_as::<Point>("typedef union { double x, y; } t;", "t", "expected 't', found Point");
    refused_as::<i32>("", "unsigned", "expected 'unsigned int', found i32");
    refused_as::<f64>("", "int[2][2]", "expected 'int[2][2]', found f64");
    refused_as::<*mut i32>("", "const int *", "expected 'const int *', found *mut i32");
    refused_as::<*const f32>("", "int *", "expected 'int *', found *const f32");
    refused_as::<u64>("", "void *", "expected 'void *', found u64");
    let other = Ffi::for_target(Target::named("i686-linux-gnu").unwrap());
    other.declare::<Pixel>().unwrap();
    assert_eq!(
        other.alloc("Pixel").unwrap().view::<Pixel>().unwrap_err().message(),
        format!("Pixel is of this machine, 'Pixel' of {}", other.target())
    );
}

#[test]
fn alignment_is_that_of_the_address() {
    let ffi = Ffi::new();
    ffi.cdef("typedef struct __attribute__((packed)) { uint8_t tag; uint32_t value; } packed_t;").unwrap();
    let mut packed = ffi.make("packed_t[2]", [(1, 2), (3, 4)]).unwrap();
    assert_eq!({ packed.view::<Packed>().unwrap()[1].value }, 4);
    packed.view_mut::<Packed>().unwrap()[0].value = 5;
    let value = packed.part().part("[0].value").unwrap();
    assert_eq!(value.get::<u32>("").unwrap(), 5);
    assert_eq!(value.view::<u32>().unwrap_err().kind(), ErrorKind::Conversion);
}

#[test]
fn impossible_bits_stay_impossible() {
    let ffi = Ffi::new();
    let mut flags = ffi.alloc("_Bool[3]").unwrap();
    flags.view_mut::<bool>().unwrap()[1] = true;
    assert_eq!(flags.view::<bool>().unwrap(), [false, true, false]);
    flags.bytes_mut()[2] = 2;
    let message = "expected 0 or 1 in every _Bool of the '_Bool[3]', found another byte";
    assert_eq!(flags.view::<bool>().unwrap_err().message(), message);
    assert_eq!(flags.view_mut::<bool>().unwrap_err().message(), message);
    assert!(flags.edit(|_: &mut [bool]| ()).is_err());
    assert!(flags.get::<bool>("[2]").unwrap());
    assert_eq!(flags.share().unwrap().as_cells::<bool>().unwrap_err().kind(), ErrorKind::Unsupported);
    ffi.declare::<Everything>().unwrap();
    let mut all = ffi.alloc("Everything[2]").unwrap();
    let offset = ffi.offsetof("Everything", "ready").unwrap().offset() as usize;
    assert_eq!(all.view::<Everything>().unwrap().len(), 2);
    let size = all.bytes().len() / 2;
    all.bytes_mut()[size + offset] = 0x80;
    assert!(all.view::<Everything>().is_err());
}

#[test]
fn padding_stays_readable() {
    let ffi = Ffi::new();
    ffi.declare::<Padded>().unwrap();
    let mut data = ffi.alloc("Padded[2]").unwrap();
    data.bytes_mut().fill(0xff);
    assert_eq!(
        data.view_mut::<Padded>().unwrap_err().message(),
        "it::views::Padded has padding at offset 1: expected edit, found view_mut"
    );
    let two = data.edit(|all: &mut [Padded]| {
        all[1] = Padded { tag: 1, value: 2, end: 3 };
        all[0].tag = 7;
        all.len()
    });
    assert_eq!(two.unwrap(), 2);
    assert_eq!(data.bytes()[..12], [7, 0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0]);
    assert_eq!(data.bytes()[12..], [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        data.edit(|all: &mut [Padded]| {
            all[0] = Padded { tag: 9, value: 9, end: 9 };
            panic!("on purpose");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(data.bytes()[..12], [9, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0]);
    data.set("[1]", Padded { tag: 4, value: 5, end: 6 }).unwrap();
    assert_eq!(data.get::<Padded>("[1]").unwrap(), Padded { tag: 4, value: 5, end: 6 });
    assert!(data.share().unwrap().as_cells::<Padded>().is_err());
}

#[test]
fn const_is_not_given_away() {
    let ffi = Ffi::new();
    ffi.cdef("typedef struct { double x; const double y; } half_t;").unwrap();
    let mut half = ffi.alloc("half_t[2]").unwrap();
    assert!(half.view::<Point>().is_ok());
    assert_eq!(half.view_mut::<Point>().unwrap_err().kind(), ErrorKind::Const);
    assert_eq!(half.edit(|_: &mut [Point]| ()).unwrap_err().kind(), ErrorKind::Const);
    assert_eq!(half.share().unwrap().as_cells::<Point>().unwrap_err().kind(), ErrorKind::Const);
    let mut constant = ffi.alloc("const int[2]").unwrap();
    assert_eq!(constant.view_mut::<i32>().unwrap_err().kind(), ErrorKind::Const);
}
