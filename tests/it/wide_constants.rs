//! Constant expressions whose values no double and no 64 bits hold, as gcc folds them.

use eightbyte::{Constant, Ffi, Target};

#[test]
fn values_are_those_of_gcc() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, u128)] = &[
        ("long double", "0.1L", 0x3ffbcccccccccccccccd),
        ("long double", "1.0L/3", 0x3ffdaaaaaaaaaaaaaaab),
        ("long double", "0.1", 0x3ffbccccccccccccd000),
        ("long double", "0.1L+0.2L", 0x3ffd999999999999999a),
        ("long double", "1e4900L*1e20L", 0x7fd6ec96440ebeed5893),
        ("long double", "0x1.fffffffffffffffep0L", 0x3fffffffffffffffffff),
        ("long double", "(long double)18446744073709551615ull", 0x403effffffffffffffff),
        ("long double", "1e-4940L/1e5L", 0x00000000000000042f9d),
        ("long double", "2.718281828459045235360287471352662498L*1e-30L", 0x3f9cdc88813a2f546253),
        ("long double", "-0.0L", 0x80000000000000000000),
        ("long double", "0.1f", 0x3ffbcccccd0000000000),
        ("long double", "1/3.0L - 1e-19L", 0x3ffdaaaaaaaaaaaaaaa7),
        ("long double", "(0.1L)*(0.1L)-0.01L", 0x3fb98000000000000000),
        ("long double", "18446744073709551615.0L", 0x403effffffffffffffff),
        ("long double", "0x.8p-16444L", 0x00000000000000000001),
        ("__float128", "0.1q", 0x3ffb999999999999999999999999999a),
        ("__float128", "1.0q/3", 0x3ffd5555555555555555555555555555),
        ("__float128", "0.1L", 0x3ffb999999999999999a000000000000),
        ("__float128", "3.14159265358979323846264338327950288q", 0x4000921fb54442d18469898cc51701b8),
        ("__float128", "1.0f128/7-1e-34q", 0x3ffc249249249249249249249249248e),
        ("__float128", "1e-4965q", 0x00000000000000000000000000000002),
        ("__float128", "(__float128)0.1f", 0x3ffb99999a0000000000000000000000),
        ("double", "0.1L", 0x3fb999999999999a),
        ("double", "(double)(1.0L/3)", 0x3fd5555555555555),
        ("double", "1e23L", 0x44b52d02c7e14af6),
        ("double", "0x1.00000000000008p0L", 0x3ff0000000000000),
        ("double", "0.1f+0.2", 0x3fd3333334cccccd),
        ("double", "1.0/3*3", 0x3ff0000000000000),
        ("double", "9007199254740993.0L", 0x4340000000000000),
        ("float", "0.1L", 0x3dcccccd),
        ("float", "0.1", 0x3dcccccd),
        ("float", "16777217", 0x4b800000),
        ("float", "1.00000017881393432617187499f", 0x3f800001),
        ("float", "0x1.000001p0", 0x3f800000),
        ("float", "1.0f/3", 0x3eaaaaab),
        ("float", "0.1f*3", 0x3e99999a),
        ("_Float16", "0.1L", 0x2e66),
        ("_Float16", "1.0f/3", 0x3555),
        ("_Float16", "65504", 0x7bff),
        ("_Float16", "0.1f16", 0x2e66),
        ("unsigned __int128", "(unsigned __int128)1e38L", 0x4b3b4ca85a86c47a0000000000000000),
        ("unsigned __int128", "~(unsigned __int128)0/3", 0x55555555555555555555555555555555),
        ("unsigned __int128", "(unsigned __int128)1<<127", 0x80000000000000000000000000000000),
        ("unsigned __int128", "(unsigned __int128)-1 % 1000000007", 0x00000000000000000000000010aad994),
        ("__int128", "((__int128)1<<100)/7", 0x00000002492492492492492492492492),
        ("__int128", "-((__int128)1<<126)*2", 0x80000000000000000000000000000000),
        ("__int128", "(__int128)0x7fffffffffffffff * 0x7fffffffffffffff", 0x3fffffffffffffff0000000000000001),
        ("int", "0.1L == 0.1", 0x00000000),
        ("int", "0.1L < 0.1", 0x00000001),
        ("int", "0.1f > 0.1", 0x00000001),
        ("int", "(int)2.9999999999999999999L", 0x00000003),
        ("int", "(0.1 + 0.2 == 0.3)", 0x00000000),
        ("int", "1.0q/3 == 1.0L/3", 0x00000000),
        ("int", "sizeof(1.0q) + sizeof(1.0f16) + sizeof(1.0L) + sizeof(1.0f32x) + sizeof(1.0f64x)", 0x0000003a),
        ("int", "_Generic(1.0q, _Float128: 1, long double: 2, default: 3)", 0x00000001),
    ];
    let ffi = Ffi::for_target(Target::X86_64_LINUX);
    let mut wrong = Vec::new();
    for (index, (ty, text, wanted)) in cases.iter().enumerate() {
        let bits = |made: eightbyte::Result<eightbyte::CData>| {
            let bytes = made.unwrap_or_else(|error| panic!("{ty} {text}: {error}")).bytes().to_vec();
            let counted = if *ty == "long double" { 10 } else { bytes.len() };
            bytes.iter().take(counted).rev().fold(0u128, |bits, &byte| bits << 8 | u128::from(byte))
        };
        // As an initialiser, and as a constant that another text uses.
        ffi.cdef(&format!("static const {ty} c{index} = {text};")).unwrap_or_else(|e| panic!("{text}: {e}"));
        for initialiser in [text.to_string(), format!("c{index}")] {
            let initialiser = format!("({ty})({initialiser})");
            let found = bits(ffi.make_from_text(ty, &initialiser));
            if found != *wanted {
                wrong.push(format!("{ty} {initialiser}: {found:#x}, gcc has {wanted:#x}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} wrong", wrong.join("\n"), wrong.len());
    // What is shown declares the same again.
    let again = Ffi::for_target(Target::X86_64_LINUX);
    again.cdef(&ffi.show()).unwrap();
    for index in 0..cases.len() {
        let name = format!("c{index}");
        assert_eq!(again.constant(&name).unwrap(), ffi.constant(&name).unwrap(), "{name}");
    }
}

#[test]
fn a_constant_is_a_double_where_it_is_one() {
    let ffi = Ffi::for_target(Target::X86_64_LINUX);
    assert_eq!(ffi.eval("0.5L").unwrap(), Constant::Float(0.5));
    let Constant::Wide(tenth) = ffi.eval("0.1L").unwrap() else { panic!("0.1L is no double") };
    assert_eq!((tenth.to_f64(), tenth.to_string().as_str()), (0.1, "0x1.999999999999999ap-4"));
    // Where a long double is a double, so are its constants.
    let windows = Ffi::for_target(Target::named("x86_64-windows-msvc").unwrap());
    assert_eq!(windows.eval("0.1L").unwrap(), Constant::Float(0.1));
}

#[test]
fn texts_and_addresses_are_constants() {
    let ffi = Ffi::for_target(Target::X86_64_LINUX);
    ffi.cdef(
        r#"static const char VERSION[] = "1." "2";
           static const char *const NAME = "eight\x62yte\0";
           static void *const NOWHERE = nullptr;
           static int *const PORT = (int *)0x3f8;
           constexpr char LETTERS[] = "abc";
           static const int table[] = { 1, 2 };
           enum { LENGTH = sizeof(VERSION), WIDE = L'\u20ac', PAIR = u'\xffff', BIG = U'😀' };
           struct limits { static const int MOST = 4; static const double HALF = 1.0 / (MOST / 2); int of[MOST]; };"#,
    )
    .unwrap();
    let text = |text: &str| Constant::String(text.as_bytes().to_vec());
    for (name, value) in [
        ("VERSION", text("1.2")),
        ("NAME", text("eightbyte\0")),
        ("LETTERS", text("abc")),
        ("NOWHERE", Constant::Pointer(0)),
        ("PORT", Constant::Pointer(0x3f8)),
        ("LENGTH", Constant::Integer(4)),
        ("WIDE", Constant::Integer(0x20ac)),
        ("PAIR", Constant::Integer(0xffff)),
        ("BIG", Constant::Integer(0x1f600)),
    ] {
        assert_eq!(ffi.constant(name).unwrap(), value, "{name}");
    }
    assert!(ffi.constant("table").is_err(), "a table is an object of the header's");
    let limits = ffi.ctype("struct limits").unwrap();
    assert_eq!(limits.constant("MOST").unwrap(), Constant::Integer(4));
    assert_eq!(limits.constant("HALF").unwrap(), Constant::Float(0.5));
    assert!(limits.constant("LEAST").is_err());
    assert!(ffi.constant("MOST").is_err(), "a record's constants are its own");
    let again = Ffi::for_target(Target::X86_64_LINUX);
    again.cdef(&ffi.show()).unwrap_or_else(|error| panic!("{}\n{error}", ffi.show()));
    assert_eq!(again.show(), ffi.show());
    assert_eq!(ffi.eval("u\"aé\"").unwrap(), Constant::String(b"a\0\xe9\0".to_vec()));
}

#[test]
fn builtins_are_folded() {
    let ffi = Ffi::for_target(Target::X86_64_LINUX);
    ffi.cdef("struct in { char c; struct { short s[4]; } list[2]; }; typedef int number; int f(int);")
        .unwrap();
    for (text, value) in [
        ("__builtin_offsetof(struct in, list[1].s[2])", 14),
        ("__builtin_types_compatible_p(number, int)", 1),
        ("__builtin_types_compatible_p(int[], int[5])", 1),
        ("__builtin_types_compatible_p(char *, const char *)", 0),
        ("__builtin_choose_expr(sizeof(int) == 4, 1 << 4, 2.5)", 16),
        ("__builtin_constant_p(3 * 4)", 1),
        ("__builtin_constant_p(f(3))", 0),
        ("_Generic(f(3), int: 1, default: 2)", 1),
        ("_Generic((number)0, long: 1, int: 2)", 2),
        ("_Generic(\"x\", const char *: 1, char *: 2)", 2),
        ("_Generic(1.0L, double: 1, long double: 2)", 2),
        ("_Generic((const int)0, const int: 1, int: 2)", 2),
        ("_Generic(&(struct in *)0, default: 3)", 3),
    ] {
        match ffi.eval(text) {
            Ok(found) => assert_eq!(found, Constant::Integer(value), "{text}"),
            Err(error) => assert_eq!(value, 3, "{text}: {error}"),
        }
    }
}
