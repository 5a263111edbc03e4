//! Typed memory: paths, conversions, borrow rules, what is refused.

use eightbyte::{CData, ErrorKind, Ffi, Value, init};
use std::ffi::c_void;

fn ffi() -> Ffi {
    let ffi = Ffi::new();
    ffi.cdef(
        "
        typedef struct { double x, y; } point_t;
        enum color { RED, GREEN = 5, BLUE };
        typedef struct node {
            struct node *next;
            const char *label;
            char name[8];
            enum color color;
            _Bool ready;
            unsigned low : 3; int high : 5; unsigned long long wide : 40;
            union { int as_int; float as_float; };
            struct { short a, b; } in;
            struct { int arr[3]; point_t at; } deep[2];
            const int fixed;
        } node_t;
        typedef struct { int count; short tail[]; } flexible_t;
        typedef struct { int a; struct { int b, c; }; union { int d; float e; }; int f; } mixed_t;
        ",
    )
    .unwrap();
    ffi
}

fn says<T>(result: eightbyte::Result<T>, kind: ErrorKind, message: &str) {
    let Err(error) = result else { panic!("expected an error: {message}") };
    assert_eq!((error.kind(), error.message()), (kind, message));
}

#[test]
fn every_path() {
    let mut node = ffi().alloc("node_t").unwrap();
    node.set("deep[1].arr[2]", -7).unwrap();
    node.set("deep[1].at.y", 2.5).unwrap();
    node.set("in.b", 3u8).unwrap();
    node.set("as_float", 1.5f32).unwrap();
    node.set("low", 5).unwrap();
    node.set("high", -16).unwrap();
    node.set("wide", (1u64 << 40) - 1).unwrap();
    node.set("ready", true).unwrap();
    node.set("color", "GREEN").unwrap();
    node.set("name", "eight").unwrap();
    node.set("in", (8, 9)).unwrap();
    assert_eq!(node.get::<i32>("deep[1].arr[2]").unwrap(), -7);
    assert_eq!(node.get::<f64>("deep[1].at.y").unwrap(), 2.5);
    assert_eq!(node.get::<(i16, i16)>("in").unwrap(), (8, 9));
    assert_eq!(node.get::<u32>("as_int").unwrap(), 1.5f32.to_bits());
    assert_eq!(node.get::<u8>("low").unwrap(), 5);
    assert_eq!(node.get::<i8>("high").unwrap(), -16);
    assert_eq!(node.get::<u64>("wide").unwrap(), (1 << 40) - 1);
    assert!(node.get::<bool>("ready").unwrap());
    assert_eq!(node.get::<String>("color").unwrap(), "GREEN");
    assert_eq!(node.get::<i32>("color").unwrap(), 5);
    assert_eq!(node.get::<String>("name").unwrap(), "eight");
    assert_eq!(node.get::<[i32; 3]>("deep[1].arr").unwrap(), [0, 0, -7]);
    assert!(node.get::<*mut c_void>("next").unwrap().is_null());
    assert!(matches!(node.get::<Value>("deep[1].at.y").unwrap(), Value::Float(2.5)));
    let at: CData = node.get("deep[1].at").unwrap();
    assert_eq!(format!("{at:?}"), "(point_t) { .x = 0, .y = 2.5 }");
    assert_eq!(
        node.to_string(),
        "{ .next = NULL, .label = NULL, .name = \"eight\", .color = GREEN, .ready = true, .low = 5, .high = -16, \
         .wide = 1099511627775, .as_int = 1069547520 /* or .as_float */, .in = { .a = 8, .b = 9 }, .deep = { { .arr = { \
         0, 0, 0 }, .at = { .x = 0, .y = 0 } }, { .arr = { 0, 0, -7 }, .at = { .x = 0, .y = 2.5 } } }, .fixed = 0 }"
    );
}

#[test]
fn what_is_refused() {
    let ffi = ffi();
    let mut node = ffi.alloc("node_t").unwrap();
    use ErrorKind::*;
    says(node.set("in.c", 1), NoSuchField, "'struct <anonymous>' has no member 'c'");
    says(node.get::<i32>("collor"), NoSuchField, "'node_t' has no member 'collor'; did you mean 'color'?");
    says(
        node.get::<i32>("deep[2]"),
        OutOfRange,
        "index 2 is out of range: 'struct <anonymous>[2]' has 2 elements",
    );
    let far = "deep[99999999999999999999999]";
    assert_eq!(node.get::<i32>(far).unwrap_err().kind(), OutOfRange);
    for bad in
        ["deep[", "deep[]", "deep[-1]", "deep[x]", ".", "in..a", "in.", "[", "]", "in.a]", "a b", "\u{1f600}"]
    {
        assert!(node.get::<i32>(bad).is_err(), "{bad}");
    }
    says(
        node.get::<i32>("next.color"),
        NoSuchField,
        "'struct node *' has no member 'color'; what it points to is not part of this value",
    );
    says(node.set("high", 16), OutOfRange, "'high': expected int : 5 (-16 to 15), got 16");
    says(node.set("low", 8), OutOfRange, "'low': expected unsigned int : 3 (0 to 7), got 8");
    says(node.set("in.a", 40000), OutOfRange, "'in.a': expected short (-32768 to 32767), got 40000");
    says(node.set("in.a", 1.5), OutOfRange, "'in.a': expected short (-32768 to 32767), got 1.5");
    says(node.set("ready", 2), OutOfRange, "'ready': expected _Bool (0 to 1), got 2");
    says(
        node.set("color", "GREN"),
        UnknownName,
        "'color': 'enum color' has no constant 'GREN'; did you mean 'GREEN'?",
    );
    says(
        node.set("name", "far too long"),
        OutOfRange,
        "'name': expected at most 8 bytes for 'char[8]', got 12: \"far too long\"",
    );
    says(node.set("fixed", 1), Const, "'fixed' is const: it cannot be written after it was made");
    assert_eq!(node.set("next", 5).unwrap_err().kind(), Conversion);
    assert_eq!(node.set("label", "text").unwrap_err().kind(), Conversion);
    assert_eq!(node.set("next", std::ptr::null::<u8>()).unwrap_err().kind(), Const);
    says(
        node.set("in", (1, 2, 3)),
        Arity,
        "'in': expected at most 2 values for 'struct <anonymous>', got 3: (1, 2, 3)",
    );
    assert_eq!(node.get::<i8>("wide").unwrap(), 0);
    node.set("wide", 300).unwrap();
    says(node.get::<i8>("wide"), OutOfRange, "'wide': expected i8 (-128 to 127), found 300");
    assert!(node.get::<i32>("next").is_err() && node.get::<String>("in").is_err());
    assert!(
        ffi.alloc("int[?]").is_err() && ffi.alloc("struct nothing").is_err() && ffi.alloc("void").is_err()
    );
    assert_eq!(ffi.alloc_array("char", u64::MAX).unwrap_err().kind(), TooLarge);
    assert!(ffi.alloc("const int").unwrap().set("", 1).is_err());
    assert!(ffi.make("const int", 7).unwrap().get::<i32>("").unwrap() == 7);
    let mut points = ffi.make("const point_t[2]", [(1, 2), (3, 4)]).unwrap();
    assert_eq!(points.set("[1].x", 1).unwrap_err().kind(), Const);
    assert_eq!(points.at_mut(1).unwrap().set("x", 1).unwrap_err().kind(), Const);
    assert!(points.at(2).is_err() && points.at_mut(u64::MAX).is_err());
    let x = ffi.field::<f64>("point_t", "x").unwrap();
    assert_eq!(x.set(&mut points.at_mut(1).unwrap(), 1.0).unwrap_err().kind(), Const);
    says(x.get(&node), Conversion, "expected a value of type 'point_t', found 'node_t'");
    assert!(ffi.field::<f64>("point_t", "z").is_err());
}

#[test]
fn initialisers() {
    let ffi = ffi();
    let shows = |name: &str, value: &dyn Fn() -> eightbyte::Result<CData>, shown: &str| {
        assert_eq!(value().unwrap().to_string(), shown, "{name}");
    };
    shows("tuple", &|| ffi.make("point_t", (3.0, 4)), "{ .x = 3, .y = 4 }");
    shows("short tuple", &|| ffi.make("point_t", (3,)), "{ .x = 3, .y = 0 }");
    shows("one for all", &|| ffi.make("int[4]", 7), "{ 7, 7, 7, 7 }");
    shows("a list", &|| ffi.make("int[4]", [7]), "{ 7, 0, 0, 0 }");
    shows("sized by its list", &|| ffi.make("short[]", vec![1, 2, 3]), "{ 1, 2, 3 }");
    shows("sized by its text", &|| ffi.make("char[?]", "hi"), "\"hi\"");
    shows(
        "nested",
        &|| ffi.make("point_t[2]", ((1, 2), (3, 4))),
        "{ { .x = 1, .y = 2 }, { .x = 3, .y = 4 } }",
    );
    shows("named", &|| ffi.make("point_t", init! { y: 2, x: 1 }), "{ .x = 1, .y = 2 }");
    shows("nothing named", &|| ffi.make("point_t", init! {}), "{ .x = 0, .y = 0 }");
    shows(
        "flattened, of the anonymous union the first",
        &|| ffi.make("mixed_t", (1, 2, 3, 4, 5)),
        "{ .a = 1, .b = 2, .c = 3, .d = 4 /* or .e */, .f = 5 }",
    );
    shows("complex", &|| ffi.make("double _Complex", (1, 2)), "{ 1, 2 }");
    shows("complex from one", &|| ffi.make("float _Complex", 3), "{ 3, 0 }");
    shows("long double", &|| ffi.make("long double", 0.1), "0.1");
    shows("exactly full", &|| ffi.make("char[2]", "hi"), "\"hi\"");
    let point = ffi.make("point_t", (1, 2)).unwrap();
    let mut node = ffi.alloc("node_t").unwrap();
    node.set("deep[0].at", &point).unwrap();
    assert_eq!(node.get::<(f64, f64)>("deep[0].at").unwrap(), (1.0, 2.0));
    assert!(node.set("in", &point).is_err());
    assert!(ffi.make("point_t", 5).is_err() && ffi.make("int", (5, 6)).is_err());
    assert!(ffi.make("mixed_t", (1, 2, 3, 4, 5, 6)).is_err());
    assert!(ffi.make("int[2]", [1, 2, 3]).is_err());
    let made = ffi.make("flexible_t", (2, [5, 6])).unwrap();
    assert_eq!((made.bytes().len(), made.get::<i16>("tail[1]").unwrap()), (8, 6));
    let made = ffi.make("flexible_t", eightbyte::init! { count: 1, tail: [7, 8, 9] }).unwrap();
    assert_eq!((made.bytes().len(), &*made.to_string()), (10, "{ .count = 1, .tail = { 7, 8, 9 } }"));
    assert_eq!(ffi.make("flexible_t", &made).unwrap().bytes(), made.bytes());
    assert_eq!(ffi.make("flexible_t", (2,)).unwrap().bytes().len(), 4);
}

#[test]
fn numbers_of_every_kind() {
    let ffi = Ffi::new();
    let types = [
        ("signed char", i8::MIN as i128, i8::MAX as i128),
        ("unsigned char", 0, u8::MAX as i128),
        ("short", i16::MIN as i128, i16::MAX as i128),
        ("unsigned short", 0, u16::MAX as i128),
        ("int", i32::MIN as i128, i32::MAX as i128),
        ("unsigned", 0, u32::MAX as i128),
        ("long long", i64::MIN as i128, i64::MAX as i128),
        ("uint64_t", 0, u64::MAX as i128),
        ("__int128", i128::MIN, i128::MAX),
        ("_Bool", 0, 1),
    ];
    for (name, least, greatest) in types {
        let mut data = ffi.alloc(name).unwrap();
        for value in [least, greatest, 0, 1] {
            data.set("", value).unwrap();
            assert_eq!(data.get::<i128>("").unwrap(), value, "{name}");
            assert_eq!(data.get::<i8>("").ok(), i8::try_from(value).ok(), "{name}");
            assert_eq!(data.get::<u64>("").ok(), u64::try_from(value).ok(), "{name}");
        }
        for value in [least.checked_sub(1), greatest.checked_add(1)].into_iter().flatten() {
            assert_eq!(data.set("", value).unwrap_err().kind(), ErrorKind::OutOfRange, "{name} {value}");
        }
        for value in [0.5, f64::NAN, f64::INFINITY, -1e300] {
            assert!(data.set("", value).is_err(), "{name} {value}");
        }
        data.set("", 1.0).unwrap();
        assert_eq!(data.get::<f64>("").unwrap(), 1.0);
    }
    let mut huge = ffi.alloc("unsigned __int128").unwrap();
    huge.set("", u128::MAX).unwrap();
    assert_eq!(huge.get::<u128>("").unwrap(), u128::MAX);
    assert!(huge.get::<i128>("").is_err());
    for name in ["float", "double", "long double", "_Float16", "__bf16", "_Float128"] {
        let mut data = ffi.alloc(name).unwrap();
        for value in [0.0, -1.5, 256.0, f64::INFINITY] {
            data.set("", value).unwrap();
            assert_eq!(data.get::<f64>("").unwrap(), value, "{name}");
        }
        data.set("", 3u8).unwrap();
        assert_eq!(data.get::<i32>("").unwrap(), 3);
    }
    assert!(ffi.alloc("float").unwrap().set("", 1e300).is_err());
    assert!(ffi.make("double", 1e300).unwrap().get::<f32>("").is_err());
}

#[test]
fn fields_found_once() {
    let ffi = ffi();
    let low = ffi.field::<u8>("node_t", "low").unwrap();
    let b = ffi.field::<i64>("node_t", "in.b").unwrap();
    let name = ffi.field::<String>("node_t", "name").unwrap();
    let mut nodes = ffi.alloc_array("node_t[?]", 3).unwrap();
    let mut node = nodes.at_mut(2).unwrap();
    low.set(&mut node, 6).unwrap();
    b.set(&mut node, -5).unwrap();
    name.set(&mut node, "x".to_owned()).unwrap();
    assert!(low.set(&mut node, 8).is_err() && b.set(&mut node, 1 << 20).is_err());
    let node = nodes.at(2).unwrap();
    assert_eq!((low.get(&node).unwrap(), b.get(&node).unwrap()), (6, -5));
    assert_eq!(name.get(&node).unwrap(), "x");
    assert_eq!(nodes.len(), 3);
}

#[test]
fn slices_and_offsets() {
    use eightbyte::Position;
    let ffi = ffi();
    let node = ffi.ctype("node_t").unwrap();
    assert_eq!(node.offset_of("deep[1].at.y").unwrap(), Position::Bytes { offset: 48 + 32 + 16 + 8 });
    assert!(matches!(node.offset_of("high").unwrap(), Position::Bits { bit: 3, width: 5, .. }));
    assert!(node.offset_of("deep[2]").is_err() && node.offset_of("nothing").is_err());
    let mut numbers = ffi.make("short[3]", [1, 2, 3]).unwrap();
    numbers.as_mut_slice::<i16>().unwrap()[1] = -2;
    assert_eq!(numbers.as_slice::<i16>().unwrap(), [1, -2, 3]);
    assert!(numbers.as_slice::<u16>().is_err() && numbers.as_slice::<i8>().is_err());
    assert!(ffi.alloc("_Bool[2]").unwrap().as_slice::<bool>().is_err());
    assert!(ffi.alloc("point_t[2]").unwrap().as_slice::<f64>().is_err());
    assert!(ffi.alloc("const int[2]").unwrap().as_mut_slice::<i32>().is_err());
    assert!(ffi.alloc("int[0]").unwrap().as_slice::<i32>().unwrap().is_empty());
    let odd = Ffi::new();
    odd.cdef("typedef int odd __attribute__((aligned(1)));").unwrap();
    let _ = odd.alloc_array("odd", 3).unwrap().as_slice::<i32>().map(<[i32]>::len);
}

#[test]
fn another_machine() {
    let ffi = Ffi::for_target(eightbyte::Target::named("i386").unwrap());
    ffi.cdef("struct s { char c; long long n; void *p; long double d; };").unwrap();
    let mut data = ffi.alloc("struct s").unwrap();
    data.set("n", -1).unwrap();
    data.set("d", 2.5).unwrap();
    assert_eq!(data.bytes().len(), 28);
    assert_eq!(data.to_string(), "{ .c = 0, .n = -1, .p = NULL, .d = 2.5 }");
    assert!(data.set("p", std::ptr::without_provenance_mut::<u8>(usize::MAX)).is_err());
    assert!(ffi.process().function("double cos(double)").is_err());
}

#[test]
fn a_value_without_bytes_is_shown_soon() {
    let ffi = Ffi::new();
    ffi.cdef("struct none {}; typedef struct none many[99][99][99][99][99][99][99];").unwrap();
    assert!(ffi.alloc("many").unwrap().to_string().len() < 100_000);
}

#[test]
fn it_moves_and_is_shared() {
    let points = ffi().make("point_t[1000]", [(1, 2); 1000]).unwrap();
    let start = points.as_ptr() as usize;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(points.get::<f64>("[999].y").unwrap(), 2.0));
        }
    });
    let moved = std::thread::spawn(move || points).join().unwrap();
    assert_eq!(moved.as_ptr() as usize, start);
}
