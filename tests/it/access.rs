//! Every kind of member, read and written.

use eightbyte::{Ffi, Value};
use std::ffi::c_void;

#[test]
fn every_kind_of_member() {
    let ffi = Ffi::new();
    ffi.cdef(
        "
        enum color { RED, GREEN = 5 };
        typedef int four_t __attribute__((vector_size(16)));
        typedef struct __attribute__((packed)) {
            unsigned char before : 5;
            unsigned long long whole : 64;
            long long crosses : 61;
            __int128 huge : 100;
            _Bool flag : 1;
            enum color color : 4;
        } bits_t;
        typedef struct {
            _Float16 half; __bf16 brain; long double extended; _Float128 quad;
            float _Complex complex; __int128 big; unsigned __int128 large; four_t vector;
            struct { union { struct { short low, high; }; int both; }; };
            enum color color; _Bool flag; void *address; int (*function)(int);
        } kinds_t;
        ",
    )
    .unwrap();
    let mut bits = ffi.alloc("bits_t").unwrap();
    bits.set("before", 21).unwrap();
    bits.set("whole", u64::MAX - 1).unwrap();
    bits.set("crosses", -(1i64 << 60)).unwrap();
    bits.set("huge", -(1i128 << 99)).unwrap();
    bits.set("flag", true).unwrap();
    bits.set("color", "GREEN").unwrap();
    assert_eq!(bits.get::<u8>("before").unwrap(), 21);
    assert_eq!(bits.get::<u64>("whole").unwrap(), u64::MAX - 1);
    assert_eq!(bits.get::<i64>("crosses").unwrap(), -(1i64 << 60));
    assert_eq!(bits.get::<i128>("huge").unwrap(), -(1i128 << 99));
    assert!(bits.get::<bool>("flag").unwrap());
    assert_eq!(bits.get::<String>("color").unwrap(), "GREEN");
    assert_eq!(bits.get::<u32>("color").unwrap(), 5);
    assert!(bits.set("crosses", 1i64 << 60).is_err() && bits.set("huge", 1i128 << 99).is_err());

    let mut kinds = ffi.alloc("kinds_t").unwrap();
    for path in ["half", "brain", "extended", "quad", "complex.re", "complex[1]"] {
        kinds.set(path, -1.5).unwrap();
        assert_eq!(kinds.get::<f64>(path).unwrap(), -1.5, "{path}");
    }
    // 0.1 to 64 bits, which no double holds: written and read as bytes.
    let tenth = [0xcd, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xfb, 0x3f];
    kinds.part_mut().part_mut("extended").unwrap().bytes_mut().unwrap()[..10].copy_from_slice(&tenth);
    assert_eq!(kinds.part().part("extended").unwrap().bytes()[..10], tenth);
    assert_eq!(kinds.get::<f64>("extended").unwrap(), 0.1);
    kinds.set("big", i128::MIN).unwrap();
    kinds.set("large", u128::MAX).unwrap();
    assert_eq!(kinds.get::<i128>("big").unwrap(), i128::MIN);
    assert_eq!(kinds.get::<u128>("large").unwrap(), u128::MAX);
    kinds.set("vector", [1, 2, 3, 4]).unwrap();
    kinds.set("vector[2]", 9).unwrap();
    assert_eq!(kinds.get::<[i32; 4]>("vector").unwrap(), [1, 2, 9, 4]);
    kinds.set("low", 1).unwrap();
    kinds.set("high", 2).unwrap();
    assert_eq!(kinds.get::<i32>("both").unwrap(), 0x2_0001);
    kinds.set("color", 5).unwrap();
    assert_eq!(kinds.get::<String>("color").unwrap(), "GREEN");
    kinds.set("color", 6).unwrap();
    assert!(kinds.get::<String>("color").is_err());
    assert!(matches!(kinds.get::<Value>("color").unwrap(), Value::Integer(6)));
    kinds.set("flag", 1).unwrap();
    assert!(kinds.get::<bool>("flag").unwrap() && kinds.set("flag", 2).is_err());
    for path in ["address", "function"] {
        let pointer: *mut c_void = std::ptr::without_provenance_mut(64);
        kinds.set(path, pointer).unwrap();
        assert_eq!(kinds.get::<*mut c_void>(path).unwrap(), pointer);
    }
}

#[test]
fn what_does_not_fit_is_told() {
    let ffi = Ffi::new();
    ffi.cdef("enum color { RED, GREEN = 5 }; typedef struct { enum color c; const char *text; int *p; int a[2]; } all_t;")
        .unwrap();
    let mut all = ffi.alloc("all_t").unwrap();
    all.set("c", 77).unwrap();
    let said = [
        all.get::<String>("c").map(drop).unwrap_err(),
        all.get::<String>("text").map(drop).unwrap_err(),
        all.set("p", 1).unwrap_err(),
        all.get::<i32>("a[99999999999999999999]").map(drop).unwrap_err(),
        ffi.make("_Float16", 70000).map(drop).unwrap_err(),
        ffi.make("float", 1e39).map(drop).unwrap_err(),
    ];
    let said: Vec<&str> = said.iter().map(|error| error.message()).collect();
    assert_eq!(
        said,
        [
            "'c': expected a constant of 'enum color', found 77; read it as a number",
            "'text': expected an array of characters or an enum, found a value of type 'const char *'; read it as a CPtr, \
             vouch for what it points to with assume_text, and read that with Ffi::string",
            "'p': expected int *, got 1; a pointer is wanted, of Rust or of C, which may be null",
            "index 99999999999999999999 is out of range: 'int[2]' is smaller",
            "expected _Float16 (-65504 to 65504), got 70000",
            "expected float (-3.4028235e38 to 3.4028235e38), got 1e39",
        ]
    );
}

#[test]
fn whole_numbers_of_long_floats() {
    let ffi = Ffi::new();
    for name in ["long double", "_Float128"] {
        let mut number = ffi.alloc(name).unwrap();
        for value in [u64::MAX, u64::MAX - 1, 1 << 63] {
            number.set("", value).unwrap();
            assert_eq!(number.get::<u64>("").unwrap(), value, "{name}");
            assert!(number.get::<i64>("").is_err());
            number.set("", -i128::from(value)).unwrap();
            assert_eq!(number.get::<i128>("").unwrap(), -i128::from(value), "{name}");
        }
        number.set("", 1.5).unwrap();
        assert!(number.get::<i32>("").is_err());
        number.set("", 1u128 << 127).unwrap();
        assert_eq!(number.get::<u128>("").unwrap(), 1 << 127);
        assert!(number.get::<i128>("").is_err());
    }
}
