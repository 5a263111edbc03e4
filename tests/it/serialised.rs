//! Values of C as JSON, there and back.
#![cfg(feature = "serde")]

use eightbyte::{CData, Ffi, init};
use serde::de::DeserializeSeed;

fn ffi() -> Ffi {
    let ffi = Ffi::new();
    ffi.cdef(
        "
        enum color { RED, GREEN = 5, BLUE };
        typedef struct { double x, y; } point_t;
        struct all {
            _Bool yes; char letter; unsigned long long large; long long least; __int128 huge; unsigned __int128 vast;
            float third; long double tall; _Float16 half; _Complex double turn; enum color color;
            int vector __attribute__((vector_size(16)));
            unsigned low : 3; int high : 5; unsigned long long wide : 60;
            char name[8]; unsigned char raw[3]; void *pointer;
            union { int as_int; float as_float; };
            struct { short a, b; };
            point_t at[2];
        };
        struct flexible { int n; short tail[]; };
        ",
    )
    .unwrap();
    ffi
}

fn read(ffi: &Ffi, name: &str, text: &str) -> Result<CData, String> {
    let seed = ffi.ctype(name).unwrap().seed().unwrap();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = seed.deserialize(&mut deserializer).map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(read)
}

fn all(ffi: &Ffi) -> CData {
    let mut all = ffi
        .make(
            "struct all",
            init! {
                yes: true, letter: -3, large: u64::MAX, least: i64::MIN, huge: i128::MIN, vast: u128::MAX, third: 0.1f32,
                tall: 2.5, half: 1.5, turn: (1, -2), color: "GREEN", vector: [1, -2, 3, 4], low: 5, high: -16,
                wide: (1u64 << 60) - 1, name: "eight", raw: [97, 0, 255], as_float: 1.5f32, b: 7
            },
        )
        .unwrap();
    all.set("at[1]", (0.1, 1e300)).unwrap();
    all
}

#[test]
fn there_and_back() {
    let ffi = ffi();
    let all = all(&ffi);
    let text = serde_json::to_string(&all).unwrap();
    assert_eq!(
        text,
        "{\"yes\":true,\"letter\":-3,\"large\":18446744073709551615,\"least\":-9223372036854775808,\
         \"huge\":-170141183460469231731687303715884105728,\"vast\":340282366920938463463374607431768211455,\
         \"third\":0.1,\"tall\":2.5,\"half\":1.5,\"turn\":[1.0,-2.0],\"color\":\"GREEN\",\"vector\":[1,-2,3,4],\
         \"low\":5,\"high\":-16,\"wide\":1152921504606846975,\"name\":\"eight\",\"raw\":[97,0,255],\"pointer\":null,\
         \"as_int\":1069547520,\"a\":0,\"b\":7,\"at\":[{\"x\":0.0,\"y\":0.0},{\"x\":0.1,\"y\":1e+300}]}"
    );
    let back = read(&ffi, "struct all", &text).unwrap();
    assert_eq!(back.to_string(), all.to_string());
    assert_eq!(back.bytes(), all.bytes());
    assert_eq!(
        serde_json::to_string(&all.part().part("at[1]").unwrap()).unwrap(),
        "{\"x\":0.1,\"y\":1e+300}"
    );
}

#[test]
fn every_kind_of_text() {
    let ffi = ffi();
    let shows = |name: &str, text: &str, shown: &str, again: &str| {
        let read = read(&ffi, name, text).unwrap();
        assert_eq!(read.to_string(), shown, "{name}");
        assert_eq!(serde_json::to_string(&read).unwrap(), again, "{name}");
    };
    shows("int", "-5", "-5", "-5");
    shows("double", "5", "5", "5.0");
    shows("int", "5.0", "5", "5");
    shows("enum color", "\"BLUE\"", "BLUE", "\"BLUE\"");
    shows("enum color", "77", "77", "77");
    shows("char[4]", "\"abc\"", "\"abc\"", "\"abc\"");
    shows("char[4]", "\"abcd\"", "\"abcd\"", "\"abcd\"");
    shows("char[4]", "[97,0,98]", "\"a\"", "[97,0,98,0]");
    shows("int[3]", "[1]", "{ 1, 0, 0 }", "[1,0,0]");
    shows("int[2][2]", "[[1,2],[3]]", "{ { 1, 2 }, { 3, 0 } }", "[[1,2],[3,0]]");
    shows("point_t", "{\"y\":2}", "{ .x = 0, .y = 2 }", "{\"x\":0.0,\"y\":2.0}");
    shows("int *", "null", "NULL", "null");
    shows("_Bool", "true", "true", "true");
    let mut flexible = ffi.alloc_flexible("struct flexible", 2).unwrap();
    let mut text = serde_json::Deserializer::from_str("{\"n\":2,\"tail\":[7,8]}");
    (&mut flexible.part_mut()).deserialize(&mut text).unwrap();
    assert_eq!(serde_json::to_string(&flexible).unwrap(), "{\"n\":2,\"tail\":[7,8]}");
}

#[test]
fn what_is_refused() {
    let ffi = ffi();
    let refuses = |name: &str, text: &str, message: &str| {
        let error = read(&ffi, name, text).expect_err(text);
        assert!(error.contains(message), "{name} {text}: {error}");
    };
    refuses("point_t", "{\"z\":1}", "'point_t' has no member 'z'");
    refuses("struct all", "{\"nane\":1}", "did you mean 'name'?");
    refuses("struct all", "{\"at[0]\":{}}", "has no member 'at[0]'");
    refuses("struct all", "{\"\":1}", "has no member ''");
    refuses("point_t", "{\"x\":1,\"x\":2}", "the member 'x' is there twice");
    refuses("point_t", "[1,2]", "expected");
    refuses("struct all", "{\"low\":8}", "expected unsigned int : 3 (0 to 7), got 8");
    refuses("struct all", "{\"wide\":1152921504606846976}", "(0 to 1152921504606846975)");
    refuses("signed char", "128", "expected signed char (-128 to 127), got 128");
    refuses("int", "1.5", "expected int (-2147483648 to 2147483647), got 1.5");
    refuses("int", "\"5\"", "a value for 'int'");
    refuses("int", "null", "a value for 'int'");
    refuses("int", "{}", "a value for 'int'");
    refuses("unsigned long", "-1", "got -1");
    refuses("enum color", "\"GREN\"", "did you mean 'GREEN'?");
    refuses("char[4]", "\"abcde\"", "expected at most 4 bytes");
    refuses("int[2]", "[1,2,3]", "expected at most 2 values for 'int[2]', got more");
    refuses("int[2]", "1", "expected int[2], got 1");
    refuses("int *", "5", "expected null for 'int *'");
    refuses("_Bool", "2", "a value for '_Bool'");
    let ffi = self::ffi();
    let pointer = ffi.make("int *", std::ptr::without_provenance_mut::<u8>(16)).unwrap();
    assert!(serde_json::to_string(&pointer).unwrap_err().to_string().contains("in this process only"));
    let mut constant = ffi.make("const int", 5).unwrap();
    let mut text = serde_json::Deserializer::from_str("6");
    assert!((&mut constant.part_mut()).deserialize(&mut text).is_err());
}
