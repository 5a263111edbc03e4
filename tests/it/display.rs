//! Values as people see them: like an initialiser, and never endless.

use eightbyte::{Ffi, init};

const TEXT: &str = "
    enum color { RED, GREEN = 5, BLUE };
    typedef struct { double x, y; } point_t;
    struct node { struct node *next; const char *label; int (*compare)(const void *, const void *); };
    struct bits { unsigned low : 3; int : 2; int high : 5; enum color color : 8; _Bool set : 1; };
    union number { int as_int; float as_float; double as_double; char bytes[8]; short two[4]; };
    struct variant {
        int tag;
        union { int i; float f; struct { short a, b; }; };
        struct { point_t at; union number n; };
    };
    struct empty {};
    struct names { char plain[8], empty[4], full[4], control[4], latin[4], greek[8], quoted[12]; unsigned char raw[3]; };
    struct all {
        _Bool yes; char letter; signed char small; unsigned long long large; __int128 huge; unsigned __int128 vast;
        float third; double tenth; long double tall; _Float16 half; _Complex double turn; enum color color;
        int vector __attribute__((vector_size(16)));
    };
";

fn ffi() -> Ffi {
    let ffi = Ffi::new();
    ffi.cdef(TEXT).unwrap();
    ffi
}

#[test]
fn scalars() {
    let ffi = ffi();
    let shows = |name: &str, value: &dyn eightbyte::ToC, shown: &str| {
        assert_eq!(ffi.make(name, value).unwrap().to_string(), shown, "{name}");
    };
    shows("int", &-7, "-7");
    shows("_Bool", &true, "true");
    shows("char", &65, "65");
    shows("unsigned __int128", &u128::MAX, "340282366920938463463374607431768211455");
    shows("__int128", &i128::MIN, "-170141183460469231731687303715884105728");
    shows("float", &0.1f32, "0.1");
    shows("double", &0.1, "0.1");
    shows("double", &1e300, "1e300");
    shows("double", &-0.0, "-0");
    shows("double", &f64::NAN, "NAN");
    shows("float", &f32::NEG_INFINITY, "-INFINITY");
    shows("long double", &2.5, "2.5");
    shows("_Float16", &1.5, "1.5");
    shows("_Complex double", &(1.5, -2), "{ 1.5, -2 }");
    shows("enum color", &"GREEN", "GREEN");
    shows("enum color", &77, "77");
    shows("char *", &std::ptr::without_provenance_mut::<u8>(0x7f00), "(char *) 0x7f00");
    shows("const point_t *const", &std::ptr::without_provenance_mut::<u8>(16), "(const point_t *) 0x10");
    shows("int (*)(int)", &std::ptr::without_provenance_mut::<u8>(16), "(int (*)(int)) 0x10");
    shows("void *", &std::ptr::null_mut::<u8>(), "NULL");
    assert_eq!(format!("{:?}", ffi.make("int[2]", [1, 2]).unwrap()), "(int[2]) { 1, 2 }");
    assert_eq!(format!("{:?}", ffi.make("const enum color", "BLUE").unwrap()), "(const enum color) BLUE");
}

#[test]
fn records() {
    let ffi = ffi();
    let mut node = ffi.alloc("struct node").unwrap();
    node.set("next", std::ptr::without_provenance_mut::<u8>(0x7f10)).unwrap();
    let mut bits = ffi.make("struct bits", init! { low: 5, high: -16, color: "GREEN", set: true }).unwrap();
    let mut variant = ffi.alloc("struct variant").unwrap();
    variant.set("f", 1.0).unwrap();
    variant.set("at", (1, 2)).unwrap();
    variant.set("n.as_double", 2.0).unwrap();
    let mut all = ffi.alloc("struct all").unwrap();
    all.set("vector", [1, 2, 3, 4]).unwrap();
    all.set("tenth", 0.1).unwrap();
    all.set("color", "BLUE").unwrap();
    let mut shown = vec![node.to_string(), bits.to_string(), variant.to_string(), all.to_string()];
    bits.set("color", 9).unwrap();
    shown.push(format!("{bits:?}"));
    shown.push(ffi.make("union number", (65,)).unwrap().to_string());
    shown.push(ffi.alloc("struct empty").unwrap().to_string());
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn texts() {
    let ffi = ffi();
    let mut names = ffi.alloc("struct names").unwrap();
    names.set("plain", "eight").unwrap();
    names.set("full", "full").unwrap();
    names.set("control", [1, 2, 0]).unwrap();
    names.set("latin", [0xe9u8 as i8, 0]).unwrap();
    names.set("greek", "αβγ").unwrap();
    names.set("quoted", "\"a\\\n\t").unwrap();
    names.set("raw", [97, 98, 0]).unwrap();
    insta::assert_snapshot!(
        names.to_string().replace(", .", ",\n .")
            + &format!(
                "\n{}\n{}",
                ffi.make("char[2][4]", ["one", "two"]).unwrap(),
                ffi.make("char[?]", &*"long ".repeat(100)).unwrap(),
            )
    );
}

#[test]
fn never_endless() {
    let ffi = ffi();
    let mut text = String::from("struct d0 { int x; };");
    for level in 1..20 {
        text += &format!("struct d{level} {{ struct d{} in; }};", level - 1);
    }
    for level in 0..12 {
        let inside = if level == 0 { "int".into() } else { format!("struct w{}", level - 1) };
        text += &format!("struct w{level} {{ {inside} a[4]; }};");
    }
    ffi.cdef(&text).unwrap();
    let deep = ffi.alloc("struct d19").unwrap().to_string();
    let long = ffi.alloc("int[1000]").unwrap().to_string();
    let wide = ffi.alloc("struct w11").unwrap().to_string();
    assert!(wide.len() < 100_000, "{}", wide.len());
    insta::assert_snapshot!(format!("{deep}\n{long}"));
}
