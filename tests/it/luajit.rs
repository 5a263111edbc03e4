//! What LuaJIT's users know: probes that were run there, and what becomes of them here. Where that differs, the
//! difference is one that docs/conversions.md names.

use eightbyte::{Ffi, ToC, Value, init};
use std::num::Wrapping;

const TEXT: &str = "
    enum color { RED, GREEN = 5 };
    typedef struct { int a, b; } two_t;
    typedef struct { struct { int a, b; }; union { int c; float d; }; int : 3; int e; } flat_t;
    typedef struct { int n; char name[8]; two_t in; } nest_t;
    typedef union { int i; float f; } either_t;
    typedef struct { const two_t in; const int k; two_t free; } frozen_t;
    typedef struct { int a : 3; unsigned b : 3; _Bool c : 1; } bits_t;
    typedef float pair_t __attribute__((vector_size(8)));
";

/// The same as LuaJIT.
const SAME: &str = "";

/// Words of docs/conversions.md.
const FITS: &str = "A number that does not fit is an error";
const ONE: &str = "A list of one element initialises the first element";
const LONG: &str = "Text that is too long for its array is an error";
const UNKNOWN: &str = "Unknown names, and too many positions for a record, are errors";
const OPEN: &str = "Missing elements of an array of open length are zero";
const OWN: &str = "are copied to their own type only";
const POINTERS: &str = "Pointers to functions have to agree";
const LONG_DOUBLE: &str = "a `long double` can be read and written";
const BARE: &str = "A bare number does not initialise the first member of a record";
const TEXTS: &str = "Text never becomes the address";
const PRINTED: &str = "Numbers print their value";
const NAN: &str = "has one result here";

struct Probe {
    /// In Lua.
    probe: &'static str,
    /// What LuaJIT has.
    there: &'static str,
    ty: &'static str,
    value: Box<dyn ToC>,
    /// What is had here: the value, or the error's message.
    here: &'static str,
    deviation: &'static str,
}

fn probe(
    probe: &'static str,
    there: &'static str,
    (ty, value): (&'static str, impl ToC + 'static),
    here: &'static str,
    deviation: &'static str,
) -> Probe {
    Probe { probe, there, ty, value: Box::new(value), here, deviation }
}

fn conversions(ffi: &Ffi) -> Vec<Probe> {
    let data = |ty: &str| ffi.alloc(ty).unwrap();
    let int_range = "expected int (-2147483648 to 2147483647), got";
    assert!(ffi.make("int", 0xffff_ffffu32).unwrap_err().message().starts_with(int_range));
    vec![
        // Section 4: float to integer.
        probe("new('uint8_t', -1)", "255", ("uint8_t", Wrapping(-1)), "255", SAME),
        probe("new('uint8_t', -1)", "255", ("uint8_t", -1), "expected uint8_t (0 to 255), got -1", FITS),
        probe("new('uint8_t', 300)", "44", ("uint8_t", Wrapping(300)), "44", SAME),
        probe("new('int', 0xffffffff)", "-1", ("int", Wrapping(4_294_967_295.0)), "-1", SAME),
        probe("new('int', 2^31)", "-2147483648", ("int", Wrapping(2_147_483_648.0)), "-2147483648", SAME),
        probe("new('uint32_t', 2^32)", "0", ("uint32_t", Wrapping(4_294_967_296.0)), "0", SAME),
        probe(
            "new('uint64_t', -1)",
            "18446744073709551615",
            ("uint64_t", Wrapping(-1.0)),
            "18446744073709551615",
            SAME,
        ),
        probe("new('int', 0/0)", "0", ("int", Wrapping(f64::NAN)), "0", SAME),
        probe("new('int64_t', 0/0)", "-9223372036854775808", ("int64_t", Wrapping(f64::NAN)), "0", NAN),
        probe("new('int', 1.9)", "1", ("int", Wrapping(1.9)), "1", SAME),
        probe("new('int', -1.9)", "-1", ("int", Wrapping(-1.9)), "-1", SAME),
        probe("new('int', true)", "1", ("int", true), "1", SAME),
        probe("new('double', true)", "1", ("double", true), "1", SAME),
        probe("new('bool', 2)", "true", ("bool", Wrapping(2)), "true", SAME),
        // Strings are no numbers, nil and numbers no pointers.
        probe("new('int', '5')", "error", ("int", "5"), "expected int, got \"5\"", SAME),
        probe("cast('int', '5')", "an address", ("int", Wrapping(5)), "5", TEXTS),
        probe("new('int', nil)", "error", ("int", Value::Null), "expected int, got null", SAME),
        probe("new('int *', nil)", "NULL", ("int *", Value::Null), "NULL", SAME),
        probe(
            "new('int *', true)",
            "error",
            ("int *", true),
            "expected int *, got true; a pointer is wanted, of Rust or of C, which may be null",
            SAME,
        ),
        probe(
            "new('int *', 5)",
            "error",
            ("int *", 5),
            "expected int *, got 5; a pointer is wanted, of Rust or of C, which may be null",
            SAME,
        ),
        probe("new('enum color', 'GREEN')", "5", ("enum color", "GREEN"), "GREEN", PRINTED),
        probe(
            "new('enum color', 'BLUE')",
            "error",
            ("enum color", "BLUE"),
            "'enum color' has no constant 'BLUE'",
            SAME,
        ),
        probe("new('enum color', 5)", "5", ("enum color", 5), "GREEN", PRINTED),
        // Complex numbers and vectors.
        probe("new('complex', 2)", "2+0i", ("double _Complex", 2), "{ 2, 0 }", SAME),
        probe("new('pair_t', 2)", "2, 2", ("pair_t", 2), "{ 2, 2 }", SAME),
        probe(
            "new('int', new('complex', 2))",
            "2",
            ("int", data("double _Complex")),
            "expected int, got a value of type 'double _Complex'",
            OWN,
        ),
        // Pointers.
        probe("new('unsigned *', new('int *'))", "NULL", ("unsigned *", data("int *")), "NULL", SAME),
        probe("new('void *', new('int *'))", "NULL", ("void *", data("int *")), "NULL", SAME),
        probe("new('int *', new('void *'))", "NULL", ("int *", data("void *")), "NULL", SAME),
        probe("new('long *', new('int64_t *'))", "NULL", ("long *", data("int64_t *")), "NULL", SAME),
        probe("new('char *', new('int8_t *'))", "NULL", ("char *", data("int8_t *")), "NULL", SAME),
        probe("new('const int *', new('int *'))", "NULL", ("const int *", data("int *")), "NULL", SAME),
        probe(
            "new('int *', new('const int *'))",
            "error",
            ("int *", data("const int *")),
            "expected int *, got a value of type 'const int *'",
            SAME,
        ),
        probe(
            "new('char *', new('int *'))",
            "error",
            ("char *", data("int *")),
            "expected char *, got a value of type 'int *'",
            SAME,
        ),
        probe(
            "new('float *', new('int *'))",
            "error",
            ("float *", data("int *")),
            "expected float *, got a value of type 'int *'",
            SAME,
        ),
        probe(
            "new('const int **', new('int **'))",
            "error",
            ("const int **", data("int **")),
            "expected const int **, got a value of type 'int **'",
            SAME,
        ),
        probe(
            "new('void **', new('int **'))",
            "error",
            ("void **", data("int **")),
            "expected void **, got a value of type 'int **'",
            SAME,
        ),
        probe(
            "new('two_t *', new('nest_t *'))",
            "error",
            ("two_t *", data("nest_t *")),
            "expected two_t *, got a value of type 'nest_t *'",
            SAME,
        ),
        probe("new('int *', new('enum color *'))", "NULL", ("int *", data("enum color *")), "NULL", SAME),
        probe(
            "new('void (*)(int)', new('int (*)(void)'))",
            "NULL",
            ("void (*)(int)", data("int (*)(void)")),
            "expected void (*)(int), got a value of type 'int (*)(void)'",
            POINTERS,
        ),
        // Aggregates.
        probe(
            "new('two_t', two)",
            "copy",
            ("two_t", ffi.make("two_t", (1, 2)).unwrap()),
            "{ .a = 1, .b = 2 }",
            SAME,
        ),
        probe(
            "new('two_t', new('two_t *'))",
            "error",
            ("two_t", data("two_t *")),
            "expected two_t, got a value of type 'two_t *'; a tuple or named fields would initialise it",
            SAME,
        ),
        probe(
            "new('two_t', new('either_t'))",
            "error",
            ("two_t", data("either_t")),
            "expected two_t, got a value of type 'either_t'; a tuple or named fields would initialise it",
            SAME,
        ),
        probe("new('long double', 1)", "error", ("long double", 1), "1", LONG_DOUBLE),
    ]
}

fn initialisers(ffi: &Ffi) -> Vec<Probe> {
    let two = || ffi.make("two_t", (1, 2)).unwrap();
    vec![
        // Section 5.
        probe("new('int[3]')", "0, 0, 0", ("int[3]", Vec::<i32>::new()), "{ 0, 0, 0 }", SAME),
        probe("new('int[3]', 7)", "7, 7, 7", ("int[3]", 7), "{ 7, 7, 7 }", SAME),
        probe("new('int[3]', 1, 2)", "1, 2, 0", ("int[3]", (1, 2)), "{ 1, 2, 0 }", SAME),
        probe("new('int[3]', {1, 2})", "1, 2, 0", ("int[3]", [1, 2]), "{ 1, 2, 0 }", SAME),
        probe("new('int[3]', {7})", "7, 7, 7", ("int[3]", [7]), "{ 7, 0, 0 }", ONE),
        probe(
            "new('int[2]', 1, 2, 3)",
            "error",
            ("int[2]", (1, 2, 3)),
            "expected at most 2 values for 'int[2]', got 3: (1, 2, 3)",
            SAME,
        ),
        probe("new('int', 1, 2)", "error", ("int", (1, 2)), "expected int, got (1, 2)", SAME),
        probe("new('int[?]', 3, {1, 2, 3})", "1, 2, 3", ("int[?]", [1, 2, 3]), "{ 1, 2, 3 }", SAME),
        probe(
            "new('int[?]', 1, {1, 2, 3})",
            "overrun",
            ("int[1]", [1, 2, 3]),
            "expected at most 1 value for 'int[1]', got 3: [1, 2, 3]",
            OPEN,
        ),
        probe("new('int[?]', 3, {7})", "7, rubbish", ("int[3]", [7]), "{ 7, 0, 0 }", OPEN),
        probe("new('char[8]', 'hello')", "hello", ("char[8]", "hello"), "\"hello\"", SAME),
        probe("new('char[5]', 'hello')", "hello", ("char[5]", "hello"), "\"hello\"", SAME),
        probe(
            "new('char[4]', 'hello')",
            "hell",
            ("char[4]", "hello"),
            "expected at most 4 bytes for 'char[4]', got 5: \"hello\"",
            LONG,
        ),
        probe("new('char[?]', 6, 'hello')", "hello", ("char[?]", "hello"), "\"hello\"", SAME),
        probe(
            "new('char[?]', 3, 'hello')",
            "overrun",
            ("char[3]", "hello"),
            "expected at most 3 bytes for 'char[3]', got 5: \"hello\"",
            LONG,
        ),
        probe("new('bool[4]', 'abc')", "error", ("bool[4]", "abc"), "expected bool[4], got \"abc\"", SAME),
        probe("new('short[4]', 'abc')", "error", ("short[4]", "abc"), "expected short[4], got \"abc\"", SAME),
        probe("new('two_t', 1)", "1, 0", ("two_t", (1,)), "{ .a = 1, .b = 0 }", SAME),
        probe(
            "new('two_t', 1)",
            "1, 0",
            ("two_t", 1),
            "expected two_t, got 1; a tuple or named fields would initialise it",
            BARE,
        ),
        probe("new('two_t', 1, 2)", "1, 2", ("two_t", (1, 2)), "{ .a = 1, .b = 2 }", SAME),
        probe(
            "new('two_t', 1, 2, 3)",
            "error",
            ("two_t", (1, 2, 3)),
            "expected at most 2 values for 'two_t', got 3: (1, 2, 3)",
            SAME,
        ),
        probe(
            "new('two_t', {1, 2, 3})",
            "1, 2",
            ("two_t", [1, 2, 3]),
            "expected at most 2 values for 'two_t', got 3: [1, 2, 3]",
            UNKNOWN,
        ),
        probe("new('two_t', {b = 9})", "0, 9", ("two_t", init! { b: 9 }), "{ .a = 0, .b = 9 }", SAME),
        probe(
            "new('two_t', {c = 9})",
            "0, 0",
            ("two_t", init! { c: 9 }),
            "'two_t' has no member 'c'",
            UNKNOWN,
        ),
        probe(
            "new('flat_t', 1, 2, 3, 4)",
            "1, 2, 3, 4",
            ("flat_t", (1, 2, 3, 4)),
            "{ .a = 1, .b = 2, .c = 3 /* or .d */, .e = 4 }",
            SAME,
        ),
        probe("new('either_t', 5)", "5", ("either_t", (5,)), "{ .i = 5 /* or .f */ }", SAME),
        probe(
            "new('either_t', 5, 6)",
            "error",
            ("either_t", (5, 6)),
            "expected at most 1 value for 'either_t', got 2: (5, 6)",
            SAME,
        ),
        probe(
            "new('either_t', {f = 1})",
            "1",
            ("either_t", init! { f: 1 }),
            "{ .i = 1065353216 /* or .f */ }",
            SAME,
        ),
        probe(
            "new('nest_t', 1, 'name', {2, 3})",
            "1, name, 2, 3",
            ("nest_t", (1, "name", (2, 3))),
            "{ .n = 1, .name = \"name\", .in = { .a = 2, .b = 3 } }",
            SAME,
        ),
        probe(
            "new('nest_t', {in = two})",
            "0, , 1, 2",
            ("nest_t", (0, "", two())),
            "{ .n = 0, .name = \"\", .in = { .a = 1, .b = 2 } }",
            SAME,
        ),
        probe(
            "new('two_t[2]', {two})",
            "1, 2, 1, 2",
            ("two_t[2]", (two(),)),
            "{ { .a = 1, .b = 2 }, { .a = 0, .b = 0 } }",
            ONE,
        ),
        probe(
            "new('two_t[2]', {{1, 2}, {b = 3}})",
            "1, 2, 0, 3",
            ("two_t[2]", ((1, 2), init! { b: 3 })),
            "{ { .a = 1, .b = 2 }, { .a = 0, .b = 3 } }",
            SAME,
        ),
        probe(
            "new('bits_t', -4, 7, true)",
            "-4, 7, true",
            ("bits_t", (-4, 7, true)),
            "{ .a = -4, .b = 7, .c = true }",
            SAME,
        ),
    ]
}

#[test]
fn probes() {
    let ffi = Ffi::new();
    ffi.cdef(TEXT).unwrap();
    let document = include_str!("../../docs/conversions.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let mut wrong = String::new();
    for Probe { probe, there, ty, value, here, deviation } in
        conversions(&ffi).into_iter().chain(initialisers(&ffi))
    {
        let found = match ffi.make(ty, &*value) {
            Ok(made) => made.to_string(),
            Err(error) => error.message().to_owned(),
        };
        if found != here {
            wrong += &format!("{probe} is {there} there\n  expected {here}\n  found    {found}\n");
        }
        assert!(document.contains(deviation), "docs/conversions.md does not say: {deviation}");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn indexing() {
    let ffi = Ffi::new();
    ffi.cdef(TEXT).unwrap();
    let mut nest = ffi.make("nest_t[2]", ((1, "one", (2, 3)), (4, "two", (5, 6)))).unwrap();
    assert_eq!(nest.get::<i32>("[1].in.b").unwrap(), 6);
    // `arr.n` on an array of structs.
    assert_eq!(
        nest.get::<i32>("n").unwrap_err().message(),
        "'nest_t[2]' has no member 'n'; did you mean '[0].n'?"
    );
    // `arr[1] = cdata`, `s.in = {5, 6}`, `s.name = "abc"`, `arr[1.9]`, `arr[-1]`, `arr[2]`.
    let first = nest.at(0).unwrap().duplicate().unwrap();
    nest.set("[1]", &first).unwrap();
    nest.set("[0].in", (5, 6)).unwrap();
    nest.set("[0].name", "abc").unwrap();
    assert_eq!(nest.at(0).unwrap().to_string(), "{ .n = 1, .name = \"abc\", .in = { .a = 5, .b = 6 } }");
    assert_eq!(nest.at(1).unwrap().to_string(), "{ .n = 1, .name = \"one\", .in = { .a = 2, .b = 3 } }");
    for path in ["[1.9]", "[-1]", "[2]", "['n']"] {
        assert!(nest.get::<Value>(path).is_err(), "{path}");
    }
    // Complex numbers: `.re`, `.im`, `[0]`, `[1]`; here they can be written, too.
    let mut complex = ffi.make("double _Complex", (1, 2)).unwrap();
    assert_eq!((complex.get::<f64>(".re").unwrap(), complex.get::<f64>("[1]").unwrap()), (1.0, 2.0));
    complex.set("im", 5).unwrap();
    assert_eq!(complex.to_string(), "{ 1, 5 }");
    // A bool is true for any byte but 0.
    let mut truth = ffi.alloc("bool").unwrap();
    truth.bytes_mut()[0] = 2;
    assert!(truth.get::<bool>("").unwrap());
    // const: fields, elements, and into nested members, where LuaJIT forgets it.
    let mut frozen = ffi.alloc("frozen_t").unwrap();
    for path in ["k", "in", "in.a"] {
        assert!(frozen.set(path, 2).unwrap_err().message().contains("is const"), "{path}");
    }
    assert!(frozen.part_mut().part_mut("in").unwrap().set("a", 2).is_err());
    assert!(frozen.part_mut().part_mut("in").unwrap().bytes_mut().is_err());
    assert!(ffi.field::<i32>("frozen_t", "in.a").unwrap().set(&mut frozen, 2).is_err());
    frozen.set("free.a", 2).unwrap();
    let mut all = ffi.alloc("const frozen_t[2]").unwrap();
    assert!(all.set("[1].free.a", 2).is_err() && all.at_mut(0).unwrap().set("free.a", 2).is_err());
}
