//! Calls: conversions of arguments and results, structs by value, variadic functions, errno, what is refused.

use eightbyte::{CData, ErrorKind, Ffi, Lib, Value};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::process::Command;

const SOURCE: &str = "
    #include <errno.h>
    #include <string.h>
    #include <stdarg.h>
    #include <stdlib.h>
";

const TEXT: &str = "
    typedef struct { double x, y; } point_t;
    typedef struct { char c[3]; } three_t;
    typedef struct { int n; } one_t;
    typedef struct { long a; double b; } mixed_t;
    typedef struct { float f[3]; } floats_t;
    typedef struct { long n[5]; } large_t;
    typedef struct { long double d; } wide_t;
    typedef struct { char name[100]; } named_t;
    typedef union { int i; double d; } either_t;
    enum color { RED, GREEN, BLUE };
    typedef struct { int count; const char *last; } state_t;
";

/// Prototype and body.
const FUNCTIONS: &[(&str, &str)] = &[
    ("point_t turn(point_t p)", "{ point_t q = { -p.y, p.x }; return q; }"),
    ("three_t rotate(three_t t)", "{ three_t u = {{ t.c[1], t.c[2], t.c[0] }}; return u; }"),
    ("one_t next(one_t n)", "{ n.n++; return n; }"),
    ("mixed_t swap(mixed_t m)", "{ mixed_t r = { (long) m.b, (double) m.a }; return r; }"),
    ("floats_t twice(floats_t f)", "{ for (int i = 0; i < 3; i++) f.f[i] *= 2; return f; }"),
    ("large_t shift(large_t l, int by)", "{ for (int i = 0; i < 5; i++) l.n[i] += by; return l; }"),
    ("wide_t half(wide_t w)", "{ w.d /= 2; return w; }"),
    (
        "named_t name(const char *text)",
        "{ named_t n; memset(&n, 0, sizeof n); strncpy(n.name, text, 99); return n; }",
    ),
    ("either_t other(either_t e)", "{ e.d = e.i; return e; }"),
    ("long double add_long_double(long double a, double b)", "{ return a + b; }"),
    ("__int128 negate(__int128 n)", "{ return -n; }"),
    ("double _Complex times(double _Complex a, double _Complex b)", "{ return a * b; }"),
    ("enum color after(enum color c)", "{ return (c + 1) % 3; }"),
    ("_Bool not(_Bool b)", "{ return !b; }"),
    ("signed char add8(signed char a, unsigned char b)", "{ return a + b; }"),
    ("unsigned short add16(short a, unsigned short b)", "{ return a + b; }"),
    ("float addf(float a, float b)", "{ return a + b; }"),
    (
        "long many(int a, long b, short c, char d, int e, int f, int g, long h, double i, float j)",
        "{ return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h + (long) (9*i) + (long) (10*j); }",
    ),
    ("int fail(int code)", "{ errno = code; return -1; }"),
    (
        "int count(state_t *state, const char *text)",
        "{ state->count++; state->last = text; return (int) strlen(text); }",
    ),
    ("double sum(const double *values, size_t n)", "{ double s = 0; while (n--) s += *values++; return s; }"),
    ("void fill(int *values, size_t n, int with)", "{ while (n--) *values++ = with; }"),
    ("const char *same(const char *text)", "{ return text; }"),
    (
        "double total(const char *kinds, ...)",
        "{ va_list list; double t = 0; va_start(list, kinds); for (; *kinds; kinds++) switch (*kinds) {\
        case 'i': t += va_arg(list, int); break; case 'l': t += va_arg(list, long); break;\
        case 'd': t += va_arg(list, double); break; case 's': t += strlen(va_arg(list, char *)); break;\
        case 'p': { point_t p = va_arg(list, point_t); t += p.x + p.y; break; }\
        case 'L': { large_t l = va_arg(list, large_t); t += l.n[0] + l.n[4]; break; }\
        case 'z': t += va_arg(list, void *) == 0; break; } va_end(list); return t; }",
    ),
    ("int old()", "{ return 3; }"),
    ("void renamed(void) __asm__(\"the_real_name\")", ""),
    ("int apply(int (*f)(int, int), int a, int b)", "{ return f(a, b); }"),
];

fn library() -> (Ffi, Lib) {
    static PATH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let path = PATH.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("eightbyte-calls-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (text, binary) = (folder.join("f.c"), folder.join("f.so"));
        let mut source = format!("{SOURCE}{TEXT}void the_real_name(void) {{ errno = 77; }}\n");
        for (prototype, body) in FUNCTIONS.iter().filter(|(_, body)| !body.is_empty()) {
            source += &format!("{prototype} {body}\n");
        }
        std::fs::write(&text, source).unwrap();
        let mut command = Command::new("cc");
        let made = command.args(["-shared", "-fPIC", "-O1", "-w", "-o"]).arg(&binary).arg(&text).status();
        assert!(made.unwrap().success());
        binary.to_str().unwrap().to_owned()
    });
    let ffi = Ffi::new();
    ffi.cdef(TEXT).unwrap();
    for (prototype, _) in FUNCTIONS {
        ffi.cdef(&format!("{prototype};")).unwrap();
    }
    // SAFETY: the library was compiled from the text above
    let lib = unsafe { ffi.load(path) }.unwrap();
    (ffi, lib)
}

/// Calls a function of the library above.
macro_rules! call {
    ($lib:expr, $name:literal, ($($argument:expr),* $(,)?)) => {
        {
            let function = $lib.function($name).unwrap();
            // SAFETY: declared as it was compiled; it touches only what it is lent
            unsafe { function.call(($($argument,)*)) }
        }
    };
}

fn says<T>(result: eightbyte::Result<T>, kind: ErrorKind, message: &str) {
    let Err(error) = result else { panic!("expected an error: {message}") };
    assert_eq!((error.kind(), error.message()), (kind, message));
}

#[test]
fn records_by_value() {
    let (ffi, lib) = library();
    let shows = |name: &str, ty: &str, value: &dyn Fn() -> CData, shown: &str| {
        let f = lib.function(name).unwrap();
        // SAFETY: declared as it was compiled, and it touches nothing
        let result: CData = unsafe { f.call((&value(),)) }.unwrap();
        assert_eq!(result.to_string(), shown, "{name}");
        assert_eq!(result.as_type().to_string(), ty);
    };
    shows("turn", "point_t", &|| ffi.make("point_t", (1, 2)).unwrap(), "{ .x = -2, .y = 1 }");
    shows("rotate", "three_t", &|| ffi.make("three_t", ("abc",)).unwrap(), "{ .c = \"bca\" }");
    shows("next", "one_t", &|| ffi.make("one_t", (-1,)).unwrap(), "{ .n = 0 }");
    shows("swap", "mixed_t", &|| ffi.make("mixed_t", (3, 4.5)).unwrap(), "{ .a = 4, .b = 3 }");
    shows("twice", "floats_t", &|| ffi.make("floats_t", ([1, 2, 3],)).unwrap(), "{ .f = { 2, 4, 6 } }");
    shows("half", "wide_t", &|| ffi.make("wide_t", (3,)).unwrap(), "{ .d = 1.5 }");
    shows("other", "either_t", &|| ffi.make("either_t", (7,)).unwrap(), "{ .i = 0 /* or .d */ }");
    let large: (Vec<i64>,) = call!(lib, "shift", (([1, 2, 3, 4, 5],), 10)).unwrap();
    assert_eq!(large.0, [11, 12, 13, 14, 15]);
    let named: CData = call!(lib, "name", ("somebody")).unwrap();
    assert_eq!(named.get::<String>("name").unwrap(), "somebody");
    let (x, y): (f64, f64) = call!(lib, "turn", ((3, 4))).unwrap();
    assert_eq!((x, y), (-4.0, 3.0));
    let points = ffi.make("point_t[2]", ((1, 2), (3, 4))).unwrap();
    let turned: CData = call!(lib, "turn", (points.at(1).unwrap())).unwrap();
    assert_eq!(turned.get::<f64>("x").unwrap(), -4.0);
    assert!(matches!(call!(lib, "turn", (&turned)).unwrap(), Value::Data(_)));
}

#[test]
fn scalars() {
    let (ffi, lib) = library();
    let f: f64 = call!(lib, "add_long_double", (0.5, 1)).unwrap();
    assert_eq!(f, 1.5);
    let n: i128 = call!(lib, "negate", (1i128 << 100)).unwrap();
    assert_eq!(n, -(1i128 << 100));
    let c: (f64, f64) = call!(lib, "times", ((0, 1), (0, 1))).unwrap();
    assert_eq!(c, (-1.0, 0.0));
    let after: String = unsafe_string(&lib);
    assert_eq!(after, "BLUE");
    let not: bool = call!(lib, "not", (false)).unwrap();
    assert!(not);
    let n: i32 = call!(lib, "add8", (-100, 50u64)).unwrap();
    assert_eq!(n, -50);
    let n: u16 = call!(lib, "add16", (-1i64, 65535)).unwrap();
    assert_eq!(n, 65534);
    let f: f32 = call!(lib, "addf", (1, 2.5f64)).unwrap();
    assert_eq!(f, 3.5);
    let n: i64 = call!(lib, "many", (1, 1, 1, 1, 1, 1, 1, 1, 1, 1)).unwrap();
    assert_eq!(n, 55);
    let values: Vec<Value> = (1..=10).map(Value::from).collect();
    let many = lib.function("many").unwrap();
    // SAFETY: it takes ten numbers
    let n: Value = unsafe { many.call(&values[..]) }.unwrap();
    assert!(matches!(n, Value::Integer(385)));
    let three: i32 = call!(lib, "old", ()).unwrap();
    assert_eq!(three, 3);
    let three: i32 = call!(lib, "old", (1, 2.0)).unwrap();
    assert_eq!(three, 3);
    let number = ffi.make("int", 4).unwrap();
    let n: i32 = call!(lib, "add8", (&number, 1)).unwrap();
    assert_eq!(n, 5);
}

fn unsafe_string(lib: &Lib) -> String {
    call!(lib, "after", ("GREEN")).unwrap()
}

#[test]
fn pointers() {
    let (ffi, lib) = library();
    let sum: f64 = call!(lib, "sum", (&[1.0, 2.0, 3.5], 3)).unwrap();
    assert_eq!(sum, 6.5);
    let doubles = ffi.make("double[3]", 2).unwrap();
    let sum: f64 = call!(lib, "sum", (&doubles, doubles.len())).unwrap();
    assert_eq!(sum, 6.0);
    let mut numbers = [0i32; 4];
    let _: () = call!(lib, "fill", (&mut numbers, 3, -9)).unwrap();
    assert_eq!(numbers, [-9, -9, -9, 0]);
    let mut ints = ffi.alloc("int[5]").unwrap();
    let _: () = call!(lib, "fill", (&mut ints, 5, 1)).unwrap();
    assert_eq!(ints.to_string(), "{ 1, 1, 1, 1, 1 }");
    let mut state = ffi.alloc("state_t").unwrap();
    let text = CString::new("abc").unwrap();
    let n: i32 = call!(lib, "count", (&mut state, &text)).unwrap();
    assert_eq!((n, state.get::<i32>("count").unwrap()), (3, 1));
    assert_eq!(state.get::<*const c_char>("last").unwrap(), text.as_ptr());
    let back: *const c_char = call!(lib, "same", (&*text)).unwrap();
    assert_eq!(back, text.as_ptr());
    let back: *const c_char = call!(lib, "same", (None::<&str>)).unwrap();
    assert!(back.is_null());
    for length in [0, 1, 254, 255, 256, 257, 100_000] {
        let n: i32 = call!(lib, "count", (&mut state, "x".repeat(length))).unwrap();
        assert_eq!(n as usize, length);
    }
    says(
        call!(lib, "count", (&state, "x")) as eightbyte::Result<Value>,
        ErrorKind::Conversion,
        "argument 1 ('state') of count: expected state_t *, got a shared 'state_t', which C may not write to; lend \
         it as &mut",
    );
    says(
        call!(lib, "fill", (&[1, 2], 2, 0)) as eightbyte::Result<Value>,
        ErrorKind::Conversion,
        "argument 1 ('values') of fill: expected int *, got &[i32], which C may not write to; pass a &mut [i32]",
    );
    says(
        call!(lib, "sum", (&[1, 2], 2)) as eightbyte::Result<Value>,
        ErrorKind::Conversion,
        "argument 1 ('values') of sum: expected const double *, got a &[i32]",
    );
    says(
        call!(lib, "same", ("a\0b")) as eightbyte::Result<Value>,
        ErrorKind::Conversion,
        "argument 1 ('text') of same: expected text without NUL, found one at byte 1; pass a &CStr or a slice",
    );
    extern "C" fn minus(a: c_int, b: c_int) -> c_int {
        a - b
    }
    let n: i32 = call!(lib, "apply", (minus as *const c_void, 9, 4)).unwrap();
    assert_eq!(n, 5);
}

#[test]
fn memory_of_c() {
    let ffi = Ffi::new();
    ffi.cdef(
        "struct tm { int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
                     long tm_gmtoff; const char *tm_zone; };
         struct tm *gmtime_r(const long *time, struct tm *result);",
    )
    .unwrap();
    let gmtime = ffi.process().function("gmtime_r").unwrap();
    let mut room = ffi.alloc("struct tm").unwrap();
    // SAFETY: it reads the one and writes the other
    let address: *mut c_void = unsafe { gmtime.call((&[86400i64], &mut room)) }.unwrap();
    let tm = ffi.ctype("struct tm").unwrap();
    // SAFETY: it returned the address of the room, which nothing writes now
    let day = unsafe { tm.borrow_at(address) }.unwrap();
    assert_eq!((day.get::<i32>("tm_year").unwrap(), day.get::<i32>("tm_mday").unwrap()), (70, 2));
    // SAFETY: as above, and `day` is not used any more
    unsafe { tm.borrow_mut_at(address) }.unwrap().set("tm_mon", 5).unwrap();
    assert_eq!(room.get::<i32>("tm_mon").unwrap(), 5);
    // SAFETY: refused before anything is read
    assert_eq!(unsafe { tm.borrow_at(std::ptr::null()) }.unwrap_err().kind(), ErrorKind::Null);
}

#[test]
fn behind_the_dots() {
    let (ffi, lib) = library();
    let total = lib.function("total").unwrap();
    let point = ffi.make("point_t", (0.25, 0.5)).unwrap();
    let large = ffi.make("large_t", ([1, 2, 3, 4, 50],)).unwrap();
    for _ in 0..3 {
        // SAFETY: the text of kinds tells what follows
        unsafe {
            assert_eq!(total.call::<f64>(("",)).unwrap(), 0.0);
            assert_eq!(
                total.call::<f64>(("iild", 1, -2i8, 1i64 << 40, 0.5f32)).unwrap(),
                (1i64 << 40) as f64 - 0.5
            );
            assert_eq!(total.call::<f64>(("sis", "four", true, String::from("sixsix"))).unwrap(), 11.0);
            assert_eq!(total.call::<f64>(("pLp", &point, &large, &point)).unwrap(), 52.5);
            assert_eq!(total.call::<f64>(("zz", None::<&str>, std::ptr::null::<u8>())).unwrap(), 2.0);
            let values = [Value::from("id"), Value::from(4), Value::from(0.5)];
            assert_eq!(total.call::<f64>(&values).unwrap(), 4.5);
            assert_eq!(
                total.call::<f64>(("dddddddddd", 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.)).unwrap(),
                10.0
            );
        }
    }
    // SAFETY: refused before the call
    unsafe {
        says(
            total.call::<f64>(()),
            ErrorKind::Arity,
            "total takes at least 1 argument, got 0: double total(const char *kinds, ...)",
        );
        assert!(total.call::<f64>(("p", (1, 2))).is_err());
    }
    // More tails than are kept
    for count in 0..200usize {
        let mut values = vec![Value::from("i".repeat(count).as_str())];
        values.extend((0..count).map(|_| Value::from(1)));
        // SAFETY: as many ints as the text says
        assert_eq!(unsafe { total.call::<f64>(&values) }.unwrap(), count as f64);
    }
}

#[test]
fn errors_speak_c() {
    let (_, lib) = library();
    says(
        call!(lib, "sum", (&[1.0], "abc")) as eightbyte::Result<f64>,
        ErrorKind::Conversion,
        "argument 2 ('n') of sum: expected size_t, got \"abc\"",
    );
    says(
        call!(lib, "sum", (&[1.0])) as eightbyte::Result<f64>,
        ErrorKind::Arity,
        "sum takes 2 arguments, got 1: double sum(const double *values, size_t n)",
    );
    says(
        call!(lib, "add8", (128, 0)) as eightbyte::Result<i32>,
        ErrorKind::OutOfRange,
        "argument 1 ('a') of add8: expected signed char (-128 to 127), got 128",
    );
    says(
        call!(lib, "many", (1, 1, 1, 1, 1, 1, 1, 1 << 20, 1, 1)) as eightbyte::Result<i8>,
        ErrorKind::OutOfRange,
        "result of many: expected i8 (-128 to 127), found 8388655",
    );
    assert_eq!(lib.function("nowhere").unwrap_err().kind(), ErrorKind::UnknownName);
    says(lib.function("rotat"), ErrorKind::UnknownName, "'rotat' is not declared; did you mean 'rotate'?");
    let missing = lib.function("int not_in_there(void)").unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Symbol);
    assert!(missing.message().contains(lib.name()), "{missing}");
    assert_eq!(lib.function("point_t").unwrap_err().kind(), ErrorKind::UnknownName);
    assert!(lib.function("").is_err() && lib.function("int x").is_err() && lib.function("int (").is_err());
}

#[test]
fn errno_right_after() {
    let (_, lib) = library();
    let fail = lib.function("fail").unwrap();
    for code in [0, 1, 42] {
        // SAFETY: it takes an int
        assert_eq!(unsafe { fail.with_errno().call::<i32>((code,)) }.unwrap(), (-1, code));
    }
    // SAFETY: it takes nothing
    let ((), errno) = unsafe { lib.function("renamed").unwrap().with_errno().call(()) }.unwrap();
    assert_eq!(errno, 77);
}

#[test]
fn prototypes_and_typed_symbols() {
    let ffi = Ffi::new();
    // SAFETY: the C library's own mathematics
    let libm = unsafe { ffi.load("m") }.unwrap();
    for _ in 0..2 {
        let cosine = libm.function("double cos(double x)").unwrap();
        libm.function("double sin(double x);").unwrap();
        // SAFETY: it takes a double
        assert_eq!(unsafe { cosine.call::<f64>((0,)) }.unwrap(), 1.0);
    }
    assert_eq!(libm.function("float cos(float)").unwrap_err().kind(), ErrorKind::Conflict);
    let cosine = libm.symbol::<unsafe extern "C" fn(f64) -> f64>("cos").unwrap();
    // SAFETY: checked against its declaration
    assert_eq!(unsafe { cosine(0.0) }, 1.0);
    says(
        libm.symbol::<unsafe extern "C" fn(f32) -> f64>("cos"),
        ErrorKind::Conversion,
        "argument 1 ('x') of cos: expected double, the Rust type has f32; it is declared as 'double cos(double x)'",
    );
    says(
        libm.symbol::<unsafe extern "C" fn(f64)>("cos"),
        ErrorKind::Conversion,
        "result of cos: expected double, the Rust type has (); it is declared as 'double cos(double x)'",
    );
    assert!(libm.symbol::<unsafe extern "C" fn(f64, f64) -> f64>("cos").is_err());
    ffi.cdef(
        "void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));
         int snprintf(char *to, size_t size, const char *format, ...); size_t strlen(const char *s);",
    )
    .unwrap();
    type Compare = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;
    type Qsort = unsafe extern "C" fn(*mut c_void, usize, usize, Option<Compare>);
    let qsort = ffi.process().symbol::<Qsort>("qsort").unwrap();
    unsafe extern "C" fn compare(a: *const c_void, b: *const c_void) -> c_int {
        // SAFETY: qsort passes pointers to elements
        unsafe { a.cast::<i32>().read().cmp(&b.cast::<i32>().read()) as c_int }
    }
    let mut numbers = [3, 1, 2];
    // SAFETY: three ints, compared as ints
    unsafe { qsort(numbers.as_mut_ptr().cast(), 3, 4, Some(compare)) };
    assert_eq!(numbers, [1, 2, 3]);
    type Wrong = unsafe extern "C" fn(*const c_void, *const c_void) -> f64;
    assert!(
        ffi.process()
            .symbol::<unsafe extern "C" fn(*mut c_void, usize, usize, Option<Wrong>)>("qsort")
            .is_err()
    );
    type Print = unsafe extern "C" fn(*mut c_char, usize, *const c_char, ...) -> c_int;
    let print = ffi.process().symbol::<Print>("snprintf").unwrap();
    let mut text = [0 as c_char; 20];
    // SAFETY: the format asks for one int, the room is told
    unsafe { print(text.as_mut_ptr(), 20, c"%d".as_ptr(), 42 as c_int) };
    // SAFETY: snprintf ends with NUL
    assert_eq!(unsafe { CStr::from_ptr(text.as_ptr()) }, c"42");
    assert!(ffi.process().symbol::<unsafe extern "C" fn(*const u8) -> usize>("strlen").is_ok());
    assert!(ffi.process().symbol::<unsafe extern "C" fn(*const u16) -> usize>("strlen").is_err());
}

#[test]
fn functions_keep_their_library_and_cross_threads() {
    let (ffi, lib) = library();
    let turn = lib.function("turn").unwrap();
    let total = lib.function("total").unwrap();
    drop((ffi, lib));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (turn, total) = (&turn, &total);
            scope.spawn(move || {
                for n in 0..200 {
                    // SAFETY: declared as it was compiled
                    let (x, y): (f64, f64) = unsafe { turn.call(((n, thread),)) }.unwrap();
                    assert_eq!((x, y), (f64::from(-thread), f64::from(n)));
                    // SAFETY: the text of kinds tells what follows
                    let sum: f64 = unsafe { total.call(("dd", 1.0, f64::from(n))) }.unwrap();
                    assert_eq!(sum, f64::from(n + 1));
                }
            });
        }
    });
}

/// What a format asks for must be there, before C looks for it.
#[test]
fn formats_are_checked() {
    let ffi = Ffi::new();
    ffi.cdef(
        "int snprintf(char *to, size_t size, const char *format, ...);
         int sscanf(const char *text, const char *format, ...);
         int logged(char *to, size_t size, const char *format, ...) __asm__(\"snprintf\") __attribute__((format(printf, 3, 4)));",
    )
    .unwrap();
    let print = ffi.process().function("snprintf").unwrap();
    let logged = ffi.process().function("logged").unwrap();
    let scan = ffi.process().function("sscanf").unwrap();
    let mut to = ffi.alloc_array("char", 100).unwrap();
    // SAFETY: the declarations are those of the C library, `to` has 100 bytes
    unsafe {
        let n: i32 = print
            .call((&mut to, 100, "%d %s %5.2f%% %c %ld %p", 1, "two", 3.0, 'x' as i32, 5i64, ()))
            .unwrap();
        assert_eq!(to.get::<String>("").unwrap(), "1 two  3.00% x 5 (nil)");
        assert_eq!(n, 22);
        let values =
            [Value::from("%ld %d %.*f"), Value::from(7), Value::from(8), Value::from(1), Value::from(0.5)];
        let mut all = vec![Value::Pointer(to.as_mut_ptr().cast()), Value::from(100)];
        all.extend(values);
        print.call::<i32>(&all).unwrap();
        assert_eq!(to.get::<String>("").unwrap(), "7 8 0.5");
        assert_eq!(
            scan.call::<i32>(("12 ab", "%d %2c", &mut ffi.alloc("int").unwrap(), &mut to)).unwrap(),
            2
        );
    }
    let text = |error: eightbyte::Error| error.to_string();
    // SAFETY: none of these reaches C
    unsafe {
        for (error, words) in [
            (print.call::<i32>((&mut to, 100, "%d")).unwrap_err(), "there are only 0 behind the format"),
            (
                print.call::<i32>((&mut to, 100, "%s", 5)).unwrap_err(),
                "'%s' needs a string, and argument 4 of snprintf is 'int'",
            ),
            (
                print.call::<i32>((&mut to, 100, "%d", "x")).unwrap_err(),
                "'%d' needs an int, and argument 4 of snprintf is text",
            ),
            (print.call::<i32>((&mut to, 100, "%d", 5i64)).unwrap_err(), "is 'long long'"),
            (print.call::<i32>((&mut to, 100, "%f", 5)).unwrap_err(), "'%f' needs a double"),
            (print.call::<i32>((&mut to, 100, "%y", 5)).unwrap_err(), "unknown conversion '%y'"),
            (print.call::<i32>((&mut to, 100, "100%")).unwrap_err(), "ends in the middle"),
            (print.call::<i32>((&mut to, 100, "%*d", 5)).unwrap_err(), "only 1 behind"),
            (logged.call::<i32>((&mut to, 100, "%é", 5)).unwrap_err(), "unknown conversion '%é'"),
            (
                logged.call::<i32>((&mut to, 100, "a %s", 1.5)).unwrap_err(),
                "argument 4 of logged is 'double'",
            ),
            (scan.call::<i32>(("5", "%d", 5)).unwrap_err(), "a pointer to write through"),
            (scan.call::<i32>(("5", "%s", "read only")).unwrap_err(), "a pointer to writable characters"),
        ] {
            let said = text(error);
            assert!(said.contains(words), "{said}");
            assert!(said.contains("<format of "), "{said}");
        }
    }
}

/// Found by `cargo xtask calls`: what gcc makes of members that have no bytes, or lie in unions.
#[test]
fn odd_members_travel_as_gcc_has_them() {
    let ffi = Ffi::for_target(eightbyte::Target::X86_64_LINUX);
    let travels = |text: &str| ffi.call_plan(text).unwrap().arguments()[0].to_string();
    for (text, way) in [
        ("struct a { float n; int d[0]; }; void f1(struct a)", "4 bytes, INTEGER: rdi"),
        ("struct b { double n; int d[0]; }; void f2(struct b)", "8 bytes, SSE: xmm0"),
        (
            "struct c { double a; union { unsigned char b : 5; long c[1]; unsigned __int128 d[0]; } __attribute__((packed)) u; } __attribute__((packed)); void f3(struct c)",
            "16 bytes, SSE + INTEGER: xmm0 + rdi",
        ),
        (
            "struct d { _Float16 h; union { unsigned a : 28; short b; } u; } __attribute__((packed)); void f4(struct d)",
            "6 bytes, MEMORY: [sp+0]",
        ),
        ("union e { _Complex char m[0]; float f; }; void f5(union e)", "4 bytes, SSE: xmm0"),
        (
            "struct g { short s; int i; } __attribute__((packed)); void f6(struct g)",
            "6 bytes, MEMORY: [sp+0]",
        ),
    ] {
        assert_eq!(travels(text), way, "{text}");
    }
}
