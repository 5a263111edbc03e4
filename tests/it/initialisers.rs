//! Initialisers in C text: each is applied here, and gcc makes the same bytes of it.

use eightbyte::{CData, ErrorKind, Ffi};
use std::path::Path;
use std::process::Command;

const TEXT: &str = "
    typedef struct { int x, y; } pair_t;
    typedef struct { pair_t a; int b; pair_t c[2]; } nest_t;
    typedef struct { char tag; union { int i; float f; struct { short lo, hi; }; }; int after; } anon_t;
    typedef union { char small; double large; struct { int p, q; } both; } either_t;
    typedef struct { unsigned a : 3; int : 4; int b : 5; unsigned long long c : 40; int : 0; int d; } bits_t;
    typedef struct { char name[8]; unsigned char raw[4]; signed char s[3]; } text_t;
    typedef struct { int n; short tail[]; } flexible_t;
    typedef struct { int n; char tail[]; } tail_t;
    typedef struct { pair_t grid[2][3]; int last; } grid_t;
    typedef struct { struct { struct { int deep[2]; } in; int mid; } out; int end; } deep_t;
    typedef struct { either_t u[2]; int z; } unions_t;
    enum color { RED, GREEN = 5, BLUE };
    typedef struct { enum color color; _Bool on; float f; double d; long double ld; void *p; } kinds_t;
    typedef int four_t __attribute__((vector_size(16)));
    typedef struct { four_t v; int w; } vector_t;
    typedef struct __attribute__((packed)) { char c; int i; unsigned long long wide : 63; double d; } packed_t;
    typedef struct { int first; struct { int none[0]; } empty; int last; } empty_t;
    typedef struct { __int128 big; unsigned __int128 huge; _Float16 half; float quarter; } wide_t;
";

/// Type and initialiser.
const ROWS: &[(&str, &str)] = &[
    ("int", "3 + 4"),
    ("int", "{ 7 }"),
    ("int", "{ 7, }"),
    ("int", "{{ 7 }}"),
    ("unsigned", "-1"),
    ("signed char", "0xff"),
    ("unsigned short", "~0"),
    ("long long", "1LL << 40"),
    ("double", "1.5e3"),
    ("double", "7"),
    ("float", "0.1"),
    ("float", "0x1p-3"),
    ("_Bool", "42"),
    ("_Bool", "0.5"),
    ("char", "'x'"),
    ("int", "(int)3.9"),
    ("enum color", "GREEN"),
    ("int", "BLUE + 1"),
    ("int", "sizeof(nest_t)"),
    ("void *", "0"),
    ("char *", "(char *)0x1234"),
    ("long double", "1.25"),
    ("long double", "9007199254740993"),
    ("_Float16", "1.5"),
    ("__int128", "(__int128)1 << 100"),
    ("unsigned __int128", "~(unsigned __int128)0"),
    ("__int128", "-5"),
    ("double _Complex", "2"),
    ("pair_t", "{ 1, 2 }"),
    ("pair_t", "{ 1 }"),
    ("pair_t", "{ .y = 2 }"),
    ("pair_t", "{ .y = 2, .x = 1 }"),
    ("pair_t", "{ x: 5, y: 6 }"),
    ("pair_t", "{ .x = 1, .x = 3 }"),
    ("pair_t", "{ .x = 1, 2 }"),
    ("pair_t", "(pair_t){ 4, 5 }"),
    ("pair_t", "{ }"),
    ("pair_t", "{}"),
    ("int[4]", "{ }"),
    ("int[4]", "{ 1, 2 }"),
    ("int[4]", "{ [2] = 5 }"),
    ("int[4]", "{ [2] = 5, 6, [0] = 1 }"),
    ("int[8]", "{ [0 ... 3] = 1, [6] = 2 }"),
    ("int[8]", "{ [1 ... 6] = 9, [3] = 4, 5 }"),
    ("int[8]", "{ [0 ... 2] = 1, 2, 3 }"),
    ("int[]", "{ 1, 2, 3 }"),
    ("int[]", "{ [5] = 1 }"),
    ("int[]", "{ [5] = 1, 2, [1] = 3 }"),
    ("int[]", "{ [0 ... 9] = 4 }"),
    ("char[]", "\"hello\""),
    ("char[]", "{ \"hello\" }"),
    ("char[5]", "\"hello\""),
    ("char[8]", "\"a\\0b\\xff\" \"c\""),
    ("char[3][4]", "{ \"abc\", \"de\" }"),
    ("char[][4]", "{ \"abc\", { 'd', 'e' }, \"f\" }"),
    ("unsigned char[4]", "\"abc\""),
    ("int[]", "L\"wide\""),
    ("unsigned short[4]", "u\"abc\""),
    ("pair_t[]", "{ 1, 2, 3, 4, 5 }"),
    ("pair_t[3]", "{ { 1 }, 2, 3, { .y = 4 } }"),
    ("pair_t[3]", "{ [1].y = 5, 6, 7 }"),
    ("pair_t[3]", "{ [0 ... 2].x = 5 }"),
    ("pair_t[4]", "{ [1 ... 2] = { 3, 4 }, 5 }"),
    ("pair_t[2]", "{ [0 ... 1] = 3, 1 }"),
    ("int[2][3]", "{ [0 ... 1] = 3, 4 }"),
    ("nest_t[2]", "{ [0 ... 1] = 2, { 4 } }"),
    ("pair_t[4]", "{ [1] = 3, 4, 5, 6 }"),
    ("pair_t[2]", "{ (pair_t){ 1, 2 }, (pair_t){ .y = 3 } }"),
    ("int[2][3]", "{ 1, 2, 3, 4, 5, 6 }"),
    ("int[2][3]", "{ { 1 }, { 2 } }"),
    ("int[2][3]", "{ { 1 }, 2, 3 }"),
    ("int[2][3]", "{ [1][2] = 1 }"),
    ("int[2][3]", "{ [0][1] = 1, 2, 3, 4 }"),
    ("int[3][3]", "{ [0 ... 2][1] = 7 }"),
    ("int[3][3]", "{ [0 ... 2] = { [0 ... 2] = 7 } }"),
    ("nest_t", "{ 1, 2, 3, 4, 5, 6, 7 }"),
    ("nest_t", "{ { 1, 2 }, 3, { { 4, 5 }, { 6, 7 } } }"),
    ("nest_t", "{ .a.y = 2, 3, 4, 5 }"),
    ("nest_t", "{ .c[1].x = 2, 9 }"),
    ("nest_t", "{ .c = { [1] = { .y = 9 } }, .a = { 1 } }"),
    ("nest_t", "{ .a = { 1, 2 }, .a.x = 7 }"),
    ("nest_t", "{ .a.x = 7, .a = { .y = 1 } }"),
    ("nest_t", "{ .c[0] = 1, 2, 3, 4 }"),
    ("nest_t", "{ (pair_t){ 1, 2 }, 3 }"),
    ("nest_t", "{ .b = 5, .c = { 1, 2, 3 } }"),
    ("nest_t", "{ .c = { { .x = 1 }, 2, 3 } }"),
    ("anon_t", "{ 'a', 5, 6 }"),
    ("anon_t", "{ 'a', { 5 }, 6 }"),
    ("anon_t", "{ .f = 1.5f, .after = 3 }"),
    ("anon_t", "{ .f = 1.5f, 3 }"),
    ("anon_t", "{ .lo = 1, 2, 3 }"),
    ("anon_t", "{ .lo = 1, .hi = 2, .after = 3 }"),
    ("anon_t", "{ .hi = 2, 7 }"),
    ("anon_t", "{ .i = -1, .lo = 2 }"),
    ("either_t", "{ 65 }"),
    ("either_t", "{ .large = 2.5 }"),
    ("either_t", "{ .both = { 1, 2 } }"),
    ("either_t", "{ .both.q = 2 }"),
    ("either_t", "{ .large = 2.5, .small = 1 }"),
    ("either_t", "{ .both.p = 1, .both.q = 2 }"),
    ("either_t", "{ .both = 1, 2 }"),
    ("either_t[2]", "{ 1, 2 }"),
    ("unions_t", "{ { { 1 }, { .large = 2 } }, 3 }"),
    ("unions_t", "{ .u[0].both.p = 1, .u[1].small = 2, .u[0].both.q = 3 }"),
    ("bits_t", "{ 5, -3, 1ULL << 39, 7 }"),
    ("bits_t", "{ .c = 0xffffffffff, .a = 7 }"),
    ("bits_t", "{ .b = 15, .d = -1 }"),
    ("bits_t", "{ -1, 31, -1 }"),
    ("text_t", "{ \"name\", \"abcd\", { 1, 2 } }"),
    ("text_t", "{ .raw = { 0xff, 0xd8 }, .name = { 'a', [3] = 'b' } }"),
    ("text_t", "{ .name = \"abc\", .name[1] = 'x' }"),
    ("text_t", "{ \"a\", 1, 2, 3, 4, 5 }"),
    ("flexible_t", "{ 3, { 1, 2, 3 } }"),
    ("flexible_t", "{ 3 }"),
    ("flexible_t", "{ .tail = { [4] = 9 }, .n = 5 }"),
    ("tail_t", "{ 5, \"hello\" }"),
    ("grid_t", "{ .grid[1][2].y = 3, 4 }"),
    ("grid_t", "{ { { { 1, 2 }, 3 }, { 5 } }, 6 }"),
    ("grid_t", "{ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 }"),
    ("grid_t", "{ .grid[0 ... 1][1] = { 4, 5 } }"),
    ("deep_t", "{ .out.in.deep[1] = 3, 4, 5 }"),
    ("deep_t", "{ 1, 2, 3, 4 }"),
    ("deep_t", "{ { { { 1 } } } }"),
    ("deep_t", "{ .out.in = { { 1, 2 } }, .end = 9 }"),
    ("kinds_t", "{ GREEN, 2, 0.5f, 1, 2.25, 0 }"),
    ("kinds_t", "{ .p = (void *)64, .color = BLUE, .ld = -3 }"),
    ("four_t", "{ 1, 2, 3, 4 }"),
    ("four_t", "{ 1 }"),
    ("vector_t", "{ { 1, 2 }, 3 }"),
    ("packed_t", "{ 'c', -2, 1ULL << 62, 1.5 }"),
    ("packed_t", "{ .wide = 0x7fffffffffffffff, .c = 1 }"),
    ("empty_t", "{ 1, { }, 2 }"),
    ("wide_t", "{ -1, 1, 0.5f16, 0.25 }"),
    ("wide_t", "{ .huge = -1, .half = 3 }"),
    ("struct { int a; int b[]; }", "{ 1, { 2, 3 } }"),
    ("double _Complex[2]", "{ 1, 2 }"),
    ("struct { float _Complex z; int n; }", "{ 1, 2 }"),
    ("struct { float _Complex z; int n; }", "{ { 1 }, 2 }"),
    ("int[2]", " /* first */ { 1, // second\n 2 }"),
];

/// Records with an open end, of whose last member sizeof tells nothing.
const OPEN: [&str; 3] = ["flexible_t", "tail_t", "struct { int a; int b[]; }"];

/// The objects as gcc lays them down: the size that it tells, and so many bytes in hexadecimal.
fn by_gcc(directory: &Path, sizes: &[usize]) -> Option<Vec<String>> {
    let mut source = format!("#include <stdio.h>\n{TEXT}\n");
    let mut prints = String::new();
    for (index, ((ty, initialiser), size)) in ROWS.iter().zip(sizes).enumerate() {
        source += &format!("__typeof__({ty}) x{index} = {initialiser};\n");
        prints += &format!("    show(&x{index}, sizeof(x{index}), {size});\n");
    }
    source += "static void show(const void *at, unsigned long size, unsigned long count) {\n";
    source += "    const unsigned char *p = at;\n    printf(\"%lu \", size);\n";
    source += "    for (unsigned long i = 0; i < count; i++) printf(\"%02x\", p[i]);\n    puts(\"\");\n}\n";
    source += &format!("int main(void) {{\n{prints}    return 0;\n}}\n");
    let (file, program) = (directory.join("initialisers.c"), directory.join("initialisers"));
    std::fs::write(&file, source).unwrap();
    let compiled = Command::new("gcc").args(["-std=gnu2x", "-w", "-o"]).arg(&program).arg(&file).output();
    let Ok(compiled) = compiled else { return None };
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let ran = Command::new(&program).output().unwrap();
    Some(String::from_utf8(ran.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn as_gcc_makes_them() {
    let ffi = Ffi::new();
    ffi.cdef(TEXT).unwrap();
    let make = |(ty, initialiser): &(&str, &str)| match ffi.make_from_text(ty, initialiser) {
        Ok(made) => made,
        Err(error) => panic!("{ty} = {initialiser}: {error}"),
    };
    let ours: Vec<CData> = ROWS.iter().map(make).collect();
    let sizes: Vec<usize> = ours.iter().map(|made| made.bytes().len()).collect();
    let Some(theirs) = by_gcc(Path::new(env!("CARGO_TARGET_TMPDIR")), &sizes) else {
        eprintln!("SKIPPED: no gcc here, so nobody can judge initialisers; install gcc");
        return;
    };
    let mut wrong = String::new();
    for (((ty, initialiser), ours), theirs) in ROWS.iter().zip(&ours).zip(&theirs) {
        let size = if OPEN.contains(ty) { ffi.sizeof(ty).unwrap() } else { ours.bytes().len() as u64 };
        let bytes: String = ours.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let ours = format!("{size} {bytes}");
        if ours != *theirs {
            wrong += &format!("{ty} = {initialiser}\n  ours {ours}\n  gcc  {theirs}\n");
        }
    }
    assert_eq!(theirs.len(), ROWS.len());
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn mistakes_point_into_the_initialiser() {
    let ffi = Ffi::new();
    ffi.cdef(TEXT).unwrap();
    use ErrorKind::*;
    // Type, text, kind, message, what the caret is under, cure.
    let rows = [
        ("pair_t", "{ .x = 1, .why = 2 }", NoSuchField, "'pair_t' has no member 'why'", ".why", None),
        ("bits_t", "{ .e = 1 }", NoSuchField, "'bits_t' has no member 'e'", ".e", None),
        (
            "kinds_t",
            "{ .colour = RED }",
            NoSuchField,
            "'kinds_t' has no member 'colour'",
            ".colour",
            Some("did you mean 'color'?"),
        ),
        ("pair_t", "{ 1, 2, 3 }", Arity, "more initialisers than 'pair_t' has room for", "3", None),
        ("int", "{ 1, 2 }", Arity, "more initialisers than 'int' has room for", "2", None),
        (
            "int[2]",
            "{ [2] = 1 }",
            OutOfRange,
            "index 2 is out of range: 'int[2]' has 2 elements",
            "[2]",
            None,
        ),
        (
            "int[2]",
            "{ [1 ... 0] = 1 }",
            Constant,
            "the range 1 ... 0 is empty",
            "[1 ... 0]",
            Some("the smaller index comes first"),
        ),
        ("int[2]", "{ [-1] = 1 }", Constant, "expected an index, found -1", "-1", None),
        (
            "int[2]",
            "{ .x = 1 }",
            NoSuchField,
            "'.x' names no part of 'int[2]'; it is no struct or union",
            ".x",
            None,
        ),
        (
            "pair_t",
            "{ [0] = 1 }",
            NoSuchField,
            "'[0]' names no part of 'pair_t'; it is no array",
            "[0]",
            None,
        ),
        (
            "int",
            "{ .x = 1 }",
            NoSuchField,
            "'.x' names no part of 'int'; it is no struct or union",
            ".x",
            None,
        ),
        ("unsigned char", "256", OutOfRange, "expected unsigned char (0 to 255), got 256", "256", None),
        ("signed char", "-129", OutOfRange, "expected signed char (-128 to 127), got -129", "-129", None),
        ("bits_t", "{ 8 }", OutOfRange, "expected unsigned int : 3 (0 to 7), got 8", "8", None),
        (
            "pair_t",
            "{ 1, 1.5 }",
            OutOfRange,
            "expected int (-2147483648 to 2147483647), got 1.5",
            "1.5",
            Some("cast it: '(int)...'"),
        ),
        (
            "char[3]",
            "\"abcd\"",
            OutOfRange,
            "expected at most 3 characters for 'char[3]', got 4",
            "\"abcd\"",
            None,
        ),
        (
            "char *",
            "\"abcd\"",
            Conversion,
            "expected char *, got text",
            "\"abcd\"",
            Some("nothing would keep the text alive; store the address of memory that is yours"),
        ),
        ("char *", "5", Conversion, "expected char *, got an integer", "5", Some("cast it: '(char *)...'")),
        ("int", "\"abcd\"", Conversion, "expected int, got text", "\"abcd\"", None),
        (
            "int",
            "(char *)5",
            Conversion,
            "expected int, got a pointer",
            "(char *)5",
            Some("cast it: '(int)...'"),
        ),
        ("pair_t", "5", Conversion, "expected '{ ... }' for 'pair_t', found one value", "5", None),
        (
            "int[2]",
            "1, 2",
            Syntax,
            "expected one initialiser, found a list without braces",
            "1",
            Some("write '{ ... }' around it"),
        ),
        (
            "nest_t",
            "{ .b = (pair_t){ 1 } }",
            Conversion,
            "expected a value of type 'int', found one of 'pair_t'",
            "(pair_t){ 1 }",
            None,
        ),
        ("pair_t", "{ .x = NONE }", UnknownName, "unknown name 'NONE'", "NONE", None),
    ];
    for (ty, text, kind, message, under, cure) in rows {
        let error = ffi.make_from_text(ty, text).unwrap_err();
        let first = &error.diagnostics()[0];
        let found = (error.kind(), first.message(), first.span().map(|span| span.text()), first.advice());
        assert_eq!(found, (kind, message, Some(under), cure), "{ty} = {text}");
    }
}

#[test]
fn what_is_no_initialiser() {
    let ffi = Ffi::new();
    ffi.cdef(TEXT).unwrap();
    ffi.cdef("typedef struct { int : 3; } padding_t; typedef struct { } empty;").unwrap();
    let deep = format!("{}1{}", "{".repeat(3000), "}".repeat(3000));
    let rows = [
        "",
        "{",
        "}",
        "{ 1 }, { 2 }",
        "}, {",
        "{ .x }",
        "{ = 1 }",
        "{ , }",
        "{ 1 2 }",
        ";",
        "{ 1; }",
        "x = 1",
        "{ .x = }",
        "{ [] = 1 }",
        "{ [0 ...] = 1 }",
        "{ .x..y = 1 }",
        "{ .1 }",
        "{ [\"a\"] = 1 }",
        "{ ({ 1; }) }",
        "\u{1f600}",
        &deep,
        "1); int x = (1",
        "{ 1 }); int x; (int){ 2 }",
        "{ [0 ... 18446744073709551615u] = 1 }",
        "{ [1000000000000] = 1 }",
    ];
    for ty in
        ["pair_t", "int", "int[]", "int[2]", "char[]", "padding_t[]", "padding_t[3]", "empty[]", "flexible_t"]
    {
        for text in rows {
            let _ = ffi.make_from_text(ty, text);
        }
        assert!(ffi.make_from_text(ty, rows[1]).is_err() && ffi.make_from_text(ty, rows[6]).is_err());
    }
    for text in ["{ 1 }", "{ [0 ... 3] = 1 }", "{ { 1 } }", "{ [0] = (pair_t){ 1 } }", "{ [2] = 1, 2, 3 }"] {
        let _ = ffi.make_from_text("padding_t[]", text);
        let _ = ffi.make_from_text("padding_t[4]", text);
        let _ = ffi.make_from_text("empty[]", text);
        let _ = ffi.make_from_text("empty[4]", text);
        let _ = ffi.make_from_text("empty[1000000000000]", text);
    }
}

/// Whatever the text, there is an answer, and soon.
#[test]
fn texts_at_random() {
    let ffi = Ffi::new();
    ffi.cdef(TEXT).unwrap();
    const WORDS: [&str; 24] = [
        "{",
        "}",
        "{",
        "}",
        ",",
        ",",
        ",",
        ".x",
        ".y",
        ".a",
        ".b",
        ".c",
        ".u",
        ".tail",
        "=",
        "=",
        "1",
        "-3",
        "[0]",
        "[1]",
        "[0 ... 1]",
        "\"ab\"",
        "(pair_t){ 1 }",
        "0.5",
    ];
    const TYPES: [&str; 12] = [
        "pair_t",
        "nest_t",
        "anon_t",
        "unions_t",
        "bits_t",
        "text_t",
        "flexible_t",
        "grid_t",
        "pair_t[]",
        "int[2][3]",
        "char[]",
        "double _Complex",
    ];
    let mut seed = 1u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let mut accepted = 0;
    for _ in 0..4000 {
        let length = random(12);
        let words: Vec<&str> = (0..length).map(|_| WORDS[random(WORDS.len())]).collect();
        let text = format!("{{ {} }}", words.join(" "));
        accepted += usize::from(ffi.make_from_text(TYPES[random(TYPES.len())], &text).is_ok());
    }
    assert!(accepted > 50, "{accepted}");
}
