//! The matrix of conversions, cell by cell: what it says is what happens.

use eightbyte::{
    CData, CONVERSION_SOURCES, ConversionRule as Rule, DestinationKind, ErrorKind, Ffi, SourceKind, ToC,
    Value, init,
};
use std::ffi::{CStr, CString, c_void};
use std::num::Wrapping;
use std::ptr::NonNull;

const TEXT: &str = "
    enum color { RED = 1, GREEN };
    typedef struct { int x; double y; } pair_t;
    typedef struct { struct { short x; }; char rest; } nested_t;
    typedef union { int x; double y; } either_t;
    typedef int four_t __attribute__((vector_size(16)));
    typedef float two_t __attribute__((vector_size(8)));
    typedef struct { int n; } other_t;
";

/// Every kind of destination, and C types of that kind.
fn destinations() -> Vec<(DestinationKind, Vec<&'static str>)> {
    use DestinationKind::*;
    vec![
        (
            Integer,
            vec![
                "char",
                "signed char",
                "unsigned char",
                "short",
                "unsigned short",
                "int",
                "unsigned",
                "long",
                "unsigned long",
                "long long",
                "unsigned long long",
                "__int128",
                "unsigned __int128",
                "size_t",
                "wchar_t",
            ],
        ),
        (Bool, vec!["_Bool"]),
        (Float, vec!["float", "double", "long double", "_Float16", "__bf16", "_Float128", "_Float64"]),
        (Enum, vec!["enum color"]),
        (Pointer, vec!["int *", "const char *", "void *", "void (*)(int)", "pair_t *"]),
        (Text, vec!["char[4]", "unsigned char[4]", "signed char[9]", "char[?]"]),
        (
            Array,
            vec![
                "int[3]",
                "short[2][2]",
                "double[4]",
                "_Bool[2]",
                "enum color[2]",
                "float[?]",
                "__int128[1]",
            ],
        ),
        (Struct, vec!["pair_t", "nested_t"]),
        (Union, vec!["either_t"]),
        (Vector, vec!["four_t", "two_t"]),
        (Complex, vec!["double _Complex", "float _Complex"]),
    ]
}

/// Values of a kind that fit wherever the matrix lets them in.
fn samples(ffi: &Ffi, source: SourceKind, to: &str) -> Vec<Box<dyn ToC>> {
    let mut target = 1i32;
    let pointer = &raw mut target;
    match source {
        SourceKind::Integer => vec![
            Box::new(1i8),
            Box::new(1u8),
            Box::new(1i16),
            Box::new(1u16),
            Box::new(1i32),
            Box::new(1u32),
            Box::new(1i64),
            Box::new(1u64),
            Box::new(1i128),
            Box::new(1u128),
            Box::new(1isize),
            Box::new(1usize),
            Box::new(Value::Integer(1)),
        ],
        SourceKind::Float => vec![Box::new(1f32), Box::new(1f64), Box::new(Value::Float(1.0))],
        SourceKind::Bool => vec![Box::new(true), Box::new(false), Box::new(Value::Bool(true))],
        SourceKind::Wrapping => vec![
            Box::new(Wrapping(1u8)),
            Box::new(Wrapping(-1i64)),
            Box::new(Wrapping(u128::MAX)),
            Box::new(Wrapping(300.7)),
            Box::new(Wrapping(f64::NAN)),
            Box::new(Wrapping(i128::MIN)),
            Box::new(Wrapping(-1e300)),
        ],
        SourceKind::Text => {
            vec![Box::new("RED"), Box::new("RED".to_owned()), Box::new(Value::String("RED".to_owned()))]
        }
        SourceKind::List => {
            vec![Box::new([1u8]), Box::new(vec![1i64]), Box::new((1.0,)), Box::new(&[true][..])]
        }
        SourceKind::Named => vec![Box::new(init! { x: 1 })],
        SourceKind::Null => vec![Box::new(Value::Null), Box::new(None::<NonNull<i32>>)],
        SourceKind::Pointer => {
            vec![Box::new(pointer), Box::new(Value::Pointer(pointer.cast())), Box::new(NonNull::new(pointer))]
        }
        SourceKind::DataNumber => {
            let pointee = to.strip_suffix('*').map(|pointee| pointee.replace("const", "").trim().to_owned());
            let ty = match pointee.as_deref() {
                Some("int" | "char") => pointee.unwrap_or_default(),
                _ => "short".to_owned(),
            };
            vec![Box::new(ffi.make(&ty, 1).unwrap())]
        }
        SourceKind::DataPointer => {
            let ty = if to.contains('*') { to } else { "int *" };
            vec![Box::new(ffi.alloc(ty).unwrap())]
        }
        SourceKind::Data => {
            let ty = match to.strip_suffix('*') {
                Some(pointee) if pointee.contains("pair_t") => "pair_t",
                Some(pointee) if pointee.contains("char") => "char[3]",
                Some(_) => "int[3]",
                None => to,
            };
            let is_data = !matches!(ffi.explain(ty, 1).unwrap().rule(), Rule::Range | Rule::Nearest);
            let value: CData = match (is_data, ty.ends_with("[?]"), ty.contains('(')) {
                (true, true, _) => ffi.alloc_array(ty, 2).unwrap(),
                (true, false, false) => ffi.alloc(ty).unwrap(),
                _ => ffi.alloc("other_t").unwrap(),
            };
            vec![Box::new(value)]
        }
        _ => Vec::new(),
    }
}

#[test]
fn every_cell() {
    let ffi = Ffi::new();
    ffi.cdef(TEXT).unwrap();
    let mut cells = 0;
    let mut wrong = String::new();
    for (kind, types) in destinations() {
        for source in CONVERSION_SOURCES {
            let rule = kind.rule(source);
            for ty in &types {
                for sample in samples(&ffi, source, ty) {
                    let explained = ffi.explain(ty, &*sample).unwrap();
                    let accepted = ffi.make(ty, &*sample).is_ok();
                    // No data is a function, none of the numbers is what a 'pair_t *' points to, and one value
                    // does not tell how long an open array is.
                    let unlike = match rule {
                        Rule::Lent if source == SourceKind::DataNumber => {
                            ty.contains('(') || ty.contains("pair_t")
                        }
                        Rule::Lent => ty.contains('('),
                        Rule::Fill => ty.ends_with("[?]"),
                        _ => false,
                    };
                    let expected = rule != Rule::Refused && !unlike;
                    cells += 1;
                    let same = sample.source_kind() == source
                        && explained.rule() == rule
                        && explained.error().is_none() == accepted
                        && accepted == expected;
                    if !same {
                        wrong +=
                            &format!("{kind:?} '{ty}' from {source:?}: {rule:?}, {accepted}; {explained}\n");
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(cells > 1000, "{cells}");
}

#[test]
fn ranges_are_told() {
    let ffi = Ffi::new();
    ffi.cdef(TEXT).unwrap();
    let ranges: [(&str, i128, u128); 8] = [
        ("char", -128, 127),
        ("unsigned char", 0, 255),
        ("short", -32768, 32767),
        ("unsigned int", 0, u32::MAX.into()),
        ("long", i64::MIN.into(), i64::MAX as u128),
        ("unsigned long", 0, u64::MAX.into()),
        ("__int128", i128::MIN, i128::MAX as u128),
        ("unsigned __int128", 0, u128::MAX),
    ];
    for (ty, least, greatest) in ranges {
        assert_eq!(ffi.make(ty, least).unwrap().get::<i128>("").unwrap(), least);
        assert_eq!(ffi.make(ty, greatest).unwrap().get::<u128>("").unwrap(), greatest);
        let below = least.checked_sub(1).map(|value| (ffi.make(ty, value), value.to_string()));
        let above = greatest.checked_add(1).map(|value| (ffi.make(ty, value), value.to_string()));
        let half = (ffi.make(ty, 0.5), "0.5".to_owned());
        for (made, shown) in below.into_iter().chain(above).chain([half]) {
            let error = made.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfRange);
            assert_eq!(error.message(), format!("expected {ty} ({least} to {greatest}), got {shown}"));
        }
    }
    for (ty, large) in [("float", 1e39), ("_Float16", 65520.0), ("__bf16", 1e39)] {
        assert!(ffi.make(ty, large).is_err(), "{ty}");
        assert!(ffi.make(ty, f64::INFINITY).is_ok(), "{ty}");
        assert_eq!(ffi.make(ty, Wrapping(large)).unwrap().get::<f64>("").unwrap(), f64::INFINITY);
        assert_eq!(ffi.make(ty, Wrapping(-large)).unwrap().get::<f64>("").unwrap(), f64::NEG_INFINITY);
    }
    // Integers that a double cannot hold, in types that can.
    let odd = (1i128 << 63) + 1;
    let wide = ffi.make("long double", odd).unwrap();
    assert_eq!(wide.bytes()[..10], [1, 0, 0, 0, 0, 0, 0, 0x80, 0x3e, 0x40]);
}

#[test]
fn wrapping_cuts_as_c_casts() {
    let ffi = Ffi::new();
    ffi.cdef("struct bits { unsigned a : 3; int b : 5; _Bool c : 1; unsigned long long d : 40; };").unwrap();
    fn cut<V>(ffi: &Ffi, ty: &str, value: V) -> i128
    where
        Wrapping<V>: ToC,
    {
        let mut made = ffi.alloc(ty).unwrap();
        made.set_wrapping("", value).unwrap();
        made.get("").unwrap()
    }
    assert_eq!(cut(&ffi, "unsigned char", 300), 44);
    assert_eq!(cut(&ffi, "unsigned char", -1), 255);
    assert_eq!(cut(&ffi, "signed char", 200), -56);
    assert_eq!(cut(&ffi, "int", 0xffff_ffffu32), -1);
    assert_eq!(cut(&ffi, "int", 1i64 << 31), i32::MIN.into());
    assert_eq!(cut(&ffi, "unsigned", 1u64 << 32), 0);
    assert_eq!(cut(&ffi, "int", 3.99), 3);
    assert_eq!(cut(&ffi, "int", -3.99), -3);
    assert_eq!(cut(&ffi, "unsigned char", -1.0), 255);
    assert_eq!(cut(&ffi, "unsigned char", 300.0), 44);
    assert_eq!(cut(&ffi, "unsigned long", -1.0), u64::MAX.into());
    assert_eq!(cut(&ffi, "int", f64::NAN), 0);
    assert_eq!(cut(&ffi, "long", f64::INFINITY), 0);
    assert_eq!(cut(&ffi, "long", 1e30), (1e30 as u128 as i64).into());
    assert_eq!(cut(&ffi, "__int128", u128::MAX), -1);
    assert_eq!(cut(&ffi, "_Bool", 0.5), 1);
    assert_eq!(cut(&ffi, "_Bool", 256), 1);
    assert_eq!(cut(&ffi, "_Bool", 0), 0);
    let mut bits = ffi.alloc("struct bits").unwrap();
    bits.set_wrapping("a", 13).unwrap();
    bits.set_wrapping("b", 17).unwrap();
    bits.set_wrapping("c", 2).unwrap();
    bits.set_wrapping("d", -1i64).unwrap();
    assert_eq!(bits.to_string(), "{ .a = 5, .b = -15, .c = true, .d = 1099511627775 }");
    assert!(bits.set_wrapping("e", 1).is_err());
    let all = ffi.make("unsigned char[3]", Wrapping(257)).unwrap();
    assert_eq!(all.bytes(), [1, 1, 1]);
}

#[test]
fn explanations() {
    let ffi = Ffi::new();
    ffi.cdef(TEXT).unwrap();
    let rows: [(&str, Box<dyn ToC>, &str); 6] = [
        (
            "unsigned char",
            Box::new(300),
            "'unsigned char' from 300 (an integer): refused\n  if it fits, from an integer, a float, a bool, a number of \
             C: expected unsigned char (0 to 255), got 300\n  low bits, from a wrapping number: not for an integer",
        ),
        (
            "enum color",
            Box::new("GREEM"),
            "'enum color' from \"GREEM\" (text): refused\n  if it fits, from an integer, a float, a bool, a number of C: \
             not for text\n  low bits, from a wrapping number: not for text\n  constant of that name, from text: 'enum \
             color' has no constant 'GREEM'; did you mean 'GREEN'?",
        ),
        (
            "pair_t",
            Box::new((1, 2.5)),
            "'pair_t' from (1, 2.5) (a list or tuple): accepted\n  members in order, from a list or tuple: taken\n  \
             members by name, from named fields: not for a list or tuple\n  same type, from other data of C: not for a \
             list or tuple",
        ),
        (
            "pair_t",
            Box::new(5),
            "'pair_t' from 5 (an integer): refused\n  members in order, from a list or tuple: not for an integer\n  \
             members by name, from named fields: not for an integer\n  same type, from other data of C: not for an \
             integer\n  expected pair_t, got 5; a tuple or named fields would initialise it",
        ),
        (
            "pair_t",
            Box::new(ffi.alloc("other_t").unwrap()),
            "'pair_t' from a value of type 'other_t' (other data of C): refused\n  members in order, from a list or \
             tuple: not for other data of C\n  members by name, from named fields: not for other data of C\n  same type, \
             from other data of C: expected pair_t, got a value of type 'other_t'; a tuple or named fields would \
             initialise it",
        ),
        (
            "int *",
            Box::new(5),
            "'int *' from 5 (an integer): refused\n  null, from null: not for an integer\n  its address, from a pointer: \
             not for an integer\n  its own address, from a number of C, other data of C: not for an integer\n  if \
             compatible, from a pointer of C: not for an integer\n  expected int *, got 5; a pointer is wanted, of Rust or of C, which may be null",
        ),
    ];
    for (ty, value, expected) in rows {
        assert_eq!(ffi.explain(ty, &*value).unwrap().to_string(), expected);
    }
    assert!(ffi.explain("nothing_t", 1).is_err());
    assert!(ffi.explain("void", 1).unwrap().error().is_some());
}

#[test]
fn text_of_every_kind() {
    let ffi = Ffi::new();
    ffi.cdef("enum color { RED, GREEN };").unwrap();
    let c: &CStr = c"abc";
    assert_eq!(ffi.make("char[4]", c).unwrap().bytes(), b"abc\0");
    assert_eq!(ffi.make("char[4]", CString::new("abc").unwrap()).unwrap().bytes(), b"abc\0");
    assert_eq!(ffi.make("char[?]", c).unwrap().bytes(), b"abc\0");
    assert_eq!(ffi.make("unsigned char[3]", b"\xff\x00\x01").unwrap().bytes(), b"\xff\x00\x01");
    assert_eq!(ffi.make("enum color", "GREEN").unwrap().get::<i32>("").unwrap(), 1);
    let null: *mut c_void = ffi.make("char *", Value::Null).unwrap().get("").unwrap();
    assert!(null.is_null());
}

#[test]
fn the_document_is_current() {
    let written = include_str!("../../docs/conversions.md");
    assert_eq!(written, eightbyte::conversions_document(), "run cargo xtask conversions");
}
