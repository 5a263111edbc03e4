//! Variables of libraries: of every kind, of the system and of a library made here.

use eightbyte::{CData, CPtr, Constant, ErrorKind, Ffi, Item, Lib, LoadOptions, Variable};
use std::ffi::c_void;
use std::process::Command;
use std::sync::OnceLock;

const SOURCE: &str = r#"
    typedef struct { double x, y; } point_t;
    struct flexible { int n; char text[]; };
    struct flags { unsigned a : 3, b : 5; };
    enum color { RED, GREEN, BLUE };
    int counter = 7;
    long long big = -5000000000;
    double ratio = 0.25;
    long double wide = 1.5L;
    _Bool yes = 1;
    signed char narrow = -3;
    enum color color = BLUE;
    point_t origin = { 1, 2 };
    point_t corners[3] = { { 0, 0 }, { 1, 0 }, { 1, 1 } };
    struct flexible tail = { 3, "abc" };
    struct flags bits = { 5, 17 };
    const int limit = 100;
    const int sealed[2] = { 1, 2 };
    int read_only __attribute__((section(".rodata"))) = 4;
    int *const at_counter = &counter;
    int *to_counter = &counter;
    const char *list[] = { "one", "two", "three", 0 };
    const char version[] = "1.2.3";
    char name[16] = "eight";
    int matrix[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };
    __thread int mine = 11;
    _Thread_local point_t my_point = { 3, 4 };
    int real_name = 42;
    int (*hook)(int);
    union { int i; float f; } either = { 1 };
    _Complex double z;
    __int128 huge = 1;
    volatile int moving = 9;
    int zeroed[100];
    __asm__(".globl absolute; absolute = 0x1234");
    int twice(int n) { return 2 * n; }
    int bump(void) { return ++counter; }
    int bump_mine(void) { return ++mine; }
    int *address_of_mine(void) { return &mine; }
"#;

const TEXT: &str = r#"
    typedef struct { double x, y; } point_t;
    struct flexible { int n; char text[]; };
    struct flags { unsigned a : 3, b : 5; };
    enum color { RED, GREEN, BLUE };
    extern int counter; extern long long big; extern double ratio; extern long double wide; extern _Bool yes;
    extern signed char narrow; extern enum color color; extern point_t origin, corners[3]; extern struct flexible tail;
    extern struct flags bits; extern const int limit, sealed[2]; extern int read_only; extern int *const at_counter;
    extern int *to_counter; extern char *list[]; extern const char version[]; extern char name[16];
    extern int matrix[][3]; extern __thread int mine; extern _Thread_local point_t my_point;
    extern int renamed __asm__("real_name"); extern int (*hook)(int); extern union { int i; float f; } either;
    extern _Complex double z; extern __int128 huge; extern volatile int moving; extern int zeroed[];
    int twice(int n); int bump(void); int bump_mine(void); int *address_of_mine(void);
    static const int CONSTANT = 12;
"#;

/// A library of its own for each test, because tests run at once and write.
fn library(name: &str) -> (Ffi, Lib) {
    let path = compiled("all", &[], SOURCE);
    let own = path.with_file_name(format!("{name}.so"));
    std::fs::copy(&path, &own).unwrap();
    let ffi = Ffi::new();
    ffi.cdef(TEXT).unwrap();
    // SAFETY: the library was compiled from the text above
    let lib = unsafe { ffi.load(own.to_str().unwrap()) }.unwrap();
    (ffi, lib)
}

fn compiled(name: &str, options: &[&str], source: &str) -> std::path::PathBuf {
    static FOLDER: OnceLock<std::path::PathBuf> = OnceLock::new();
    static MADE: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());
    let folder = FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("eightbyte-variables-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    });
    let (text, binary) = (folder.join(format!("{name}.c")), folder.join(format!("{name}.so")));
    let mut made = MADE.lock().unwrap();
    if !made.iter().any(|known| known == name) {
        std::fs::write(&text, source).unwrap();
        let mut command = Command::new("cc");
        command.args(["-shared", "-fPIC", "-O1", "-w"]).args(options).arg("-o").arg(&binary).arg(&text);
        assert!(command.status().unwrap().success());
        made.push(name.to_owned());
    }
    binary
}

/// Reads a variable that nobody else uses.
fn get<T: eightbyte::FromC>(lib: &Lib, name: &str, path: &str) -> T {
    // SAFETY: declared as it was compiled, in a copy of the library that only this test uses
    unsafe { lib.variable(name).unwrap().get(path) }.unwrap()
}

/// Writes one.
fn set(lib: &Lib, name: &str, path: &str, value: impl eightbyte::ToC) -> eightbyte::Result<()> {
    // SAFETY: as in `get`
    unsafe { lib.variable(name).unwrap().set(path, value) }
}

fn refused<T: std::fmt::Debug>(result: eightbyte::Result<T>, kind: ErrorKind, part: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.message().contains(part), "expected '...{part}...', found '{}'", error.message());
}

#[test]
fn every_kind_is_read() {
    let (ffi, lib) = library("read");
    let shown = |name: &str| get::<CData>(&lib, name, "").to_string();
    for (name, expected) in [
        ("counter", "7"),
        ("big", "-5000000000"),
        ("ratio", "0.25"),
        ("wide", "1.5"),
        ("yes", "true"),
        ("narrow", "-3"),
        ("origin", "{ .x = 1, .y = 2 }"),
        ("bits", "{ .a = 5, .b = 17 }"),
        ("limit", "100"),
        ("sealed", "{ 1, 2 }"),
        ("version", "\"1.2.3\""),
        ("name", "\"eight\""),
        ("matrix", "{ { 1, 2, 3 }, { 4, 5, 6 } }"),
        ("my_point", "{ .x = 3, .y = 4 }"),
        ("renamed", "42"),
        ("huge", "1"),
        ("moving", "9"),
    ] {
        assert_eq!(shown(name), expected, "{name}");
    }
    assert_eq!(get::<i32>(&lib, "color", ""), 2);
    assert_eq!(get::<f64>(&lib, "corners", "[2].y"), 1.0);
    assert_eq!(get::<String>(&lib, "tail", "text"), "abc");
    assert!(get::<CPtr>(&lib, "hook", "").is_null());
    assert_eq!(get::<i32>(&lib, "either", "i"), 1);
    let variable = |name: &str| lib.variable(name).unwrap();
    assert_eq!(variable("list").as_type().to_string(), "char *[4]");
    assert_eq!(variable("version").size(), Some(6));
    assert_eq!(variable("zeroed").as_type().to_string(), "int[100]");
    assert_eq!(variable("matrix").size(), Some(24));
    assert_eq!(format!("{:?}", variable("matrix")).split(" in ").next(), Some("Variable(int matrix[2][3]"));
    let second: CPtr = get(&lib, "list", "[1]");
    // SAFETY: a string literal of the library
    let second = unsafe { second.assume_text() }.unwrap();
    assert_eq!(ffi.string(&second).unwrap(), "two");
    refused(
        // SAFETY: as in `get`
        unsafe { variable("list").get::<CPtr>("[4]") },
        ErrorKind::OutOfRange,
        "variable list:",
    );
}

#[test]
fn written_where_c_reads() {
    let (ffi, lib) = library("written");
    set(&lib, "counter", "", 40).unwrap();
    let bump = lib.function("bump").unwrap();
    // SAFETY: declared as it was compiled
    assert_eq!(unsafe { bump.call::<i32>(()) }.unwrap(), 41);
    assert_eq!(get::<i32>(&lib, "counter", ""), 41);
    set(&lib, "origin", "y", 9).unwrap();
    set(&lib, "corners", "[1]", (5, 6)).unwrap();
    set(&lib, "bits", "b", 30).unwrap();
    set(&lib, "name", "", "other").unwrap();
    assert_eq!(get::<CData>(&lib, "origin", "").to_string(), "{ .x = 1, .y = 9 }");
    assert_eq!(get::<f64>(&lib, "corners", "[1].y"), 6.0);
    assert_eq!(get::<CData>(&lib, "bits", "").to_string(), "{ .a = 5, .b = 30 }");
    assert_eq!(get::<String>(&lib, "name", ""), "other");
    refused(set(&lib, "counter", "", "text"), ErrorKind::Conversion, "variable counter:");
    refused(set(&lib, "narrow", "", 1000), ErrorKind::OutOfRange, "variable narrow:");
    // Views and pointers see the same memory
    let corners = lib.variable("corners").unwrap();
    // SAFETY: only this test uses this copy of the library, and nobody writes while the borrow lasts
    let view = unsafe { corners.borrow() }.unwrap();
    assert_eq!(view.at(1).unwrap().get::<f64>("x").unwrap(), 5.0);
    let counter = lib.variable("counter").unwrap();
    // SAFETY: as above
    assert_eq!(unsafe { counter.borrow() }.unwrap().view::<i32>().unwrap(), [41]);
    let pointer = counter.pointer().unwrap();
    assert!(pointer.is_foreign());
    assert_eq!(pointer.address(), get::<CPtr>(&lib, "to_counter", "").address());
    refused(pointer.get::<i32>(""), ErrorKind::OutOfRange, "foreign");
    // SAFETY: the library stays loaded, and only this thread uses it
    let shared = unsafe { corners.share() }.unwrap();
    shared.set("[2].x", -1).unwrap();
    assert_eq!(get::<f64>(&lib, "corners", "[2].x"), -1.0);
    assert!(shared.at(3).is_err());
    // A function of the library in a variable of it
    let twice = lib.function("twice").unwrap();
    set(&lib, "hook", "", twice.address().cast_mut()).unwrap();
    let hook: CPtr = get(&lib, "hook", "");
    assert_eq!(hook.address().cast_const(), twice.address());
    drop(ffi);
}

#[test]
fn constants_are_not_written() {
    let (_, lib) = library("constants");
    for (name, path) in
        [("limit", ""), ("sealed", "[0]"), ("sealed", ""), ("version", "[0]"), ("at_counter", "")]
    {
        refused(set(&lib, name, path, 1), ErrorKind::Const, "const");
        assert!(lib.variable(name).unwrap().is_const());
    }
    refused(set(&lib, "read_only", "", 1), ErrorKind::Const, "where nobody may write");
    assert!(lib.variable("read_only").unwrap().is_const());
    assert_eq!(get::<i32>(&lib, "read_only", ""), 4);
    // SAFETY: the library stays loaded, and only this thread uses it
    let shared = unsafe { lib.variable("read_only").unwrap().share() }.unwrap();
    refused(shared.set("", 1), ErrorKind::Const, "const");
    assert_eq!(shared.get::<i32>("").unwrap(), 4);
    assert!(!lib.variable("counter").unwrap().is_const());
    // SAFETY: as in `get`
    let limit = lib.variable("limit").unwrap();
    // SAFETY: as in `get`
    let written = unsafe { limit.borrow_mut() }.unwrap().set("", 1);
    refused(written, ErrorKind::Const, "const");
    // SAFETY: the library stays loaded, and only this thread uses it
    let shared = unsafe { lib.variable("sealed").unwrap().share() }.unwrap();
    refused(shared.set("[1]", 1), ErrorKind::Const, "const");
}

#[test]
fn each_thread_has_its_own() {
    let (_, lib) = library("threads");
    let mine = lib.variable("mine").unwrap();
    assert!(mine.is_thread_local() && !lib.variable("counter").unwrap().is_thread_local());
    assert_eq!(mine.size(), Some(4));
    let bump = lib.function("bump_mine").unwrap();
    let address = |mine: &Variable| mine.address().unwrap().addr();
    let turn = |expected: i32| {
        // SAFETY: declared as it was compiled; nobody else touches what this thread alone has
        unsafe {
            mine.set("", expected).unwrap();
            assert_eq!(bump.call::<i32>(()).unwrap(), expected + 1);
            assert_eq!(mine.get::<i32>("").unwrap(), expected + 1);
        }
        address(&mine)
    };
    let here = turn(100);
    std::thread::scope(|threads| {
        let there = threads.spawn(|| {
            // SAFETY: as above
            assert_eq!(unsafe { mine.get::<i32>("") }.unwrap(), 11);
            turn(200)
        });
        assert_ne!(there.join().unwrap(), here);
    });
    assert_eq!(get::<i32>(&lib, "mine", ""), 101);
    let found = lib.function("address_of_mine").unwrap();
    // SAFETY: declared as it was compiled
    assert_eq!(unsafe { found.call::<CPtr>(()) }.unwrap().address().addr(), here);
}

#[test]
fn declared_otherwise_than_it_is() {
    let (_, lib) = library("otherwise");
    let path = lib.name().to_owned();
    for (declaration, message) in [
        ("extern long counter;", "is declared as 'long counter', which has 8 bytes; it has 4 bytes in "),
        ("extern short counter;", "which has 2 bytes; it has 4 bytes"),
        ("extern int counter[2];", "which has 8 bytes; it has 4 bytes"),
        ("extern double counter[];", "which has elements of 8 bytes; it has 4 bytes"),
        ("extern char tail[4];", "which has 4 bytes; it has 8 bytes"),
        ("extern struct { double x; } origin;", "which has 8 bytes; it has 16 bytes"),
        ("extern long mine;", "which has 8 bytes; it has 4 bytes"),
    ] {
        let ffi = Ffi::new();
        // SAFETY: the library of these tests
        let lib = unsafe { ffi.load(&path) }.unwrap();
        refused(lib.variable(declaration), ErrorKind::Conflict, message);
    }
    let ffi = Ffi::new();
    // SAFETY: the library of these tests
    let lib = unsafe { ffi.load(&path) }.unwrap();
    refused(lib.variable("extern int absolute"), ErrorKind::Symbol, "is a number in ");
    refused(lib.variable("extern int twice"), ErrorKind::Symbol, "it is a function");
    refused(lib.function("int counter(void)"), ErrorKind::Symbol, "it is a variable");
    refused(lib.function("int mine(void)"), ErrorKind::Symbol, "it is a variable");
    refused(lib.symbol::<unsafe extern "C" fn() -> i32>("counter"), ErrorKind::Symbol, "it is a variable");
    ffi.cdef("extern struct opaque origin; extern int unknown_here[]; extern struct opaque zeroed;").unwrap();
    let opaque = lib.variable("origin").unwrap();
    // SAFETY: nothing is read of what is not complete
    refused(unsafe { opaque.get::<CData>("") }, ErrorKind::Incomplete, "not complete");
    assert!(!opaque.pointer().unwrap().is_null());
    let zeroed = lib.variable("zeroed").unwrap();
    assert_eq!(zeroed.size(), None);
    assert_eq!(zeroed.pointer().unwrap().as_type().to_string(), "struct opaque *");
    refused(lib.variable("unknown_here"), ErrorKind::Symbol, "no symbol 'unknown_here'");
    let elsewhere = Ffi::for_target("x86_64-windows-gnu".parse().unwrap());
    // SAFETY: the library of these tests
    let lib = unsafe { elsewhere.load(&path) }.unwrap();
    refused(lib.variable("extern int counter"), ErrorKind::Unsupported, "not for this machine");
}

#[test]
fn looked_up() {
    let (ffi, lib) = library("looked");
    assert!(matches!(lib.lookup("CONSTANT").unwrap(), Item::Constant(Constant::Integer(12))));
    assert!(matches!(lib.lookup("BLUE").unwrap(), Item::Constant(Constant::Integer(2))));
    let Item::Variable(counter) = lib.lookup("counter").unwrap() else { panic!("no variable") };
    let Item::Function(twice) = lib.lookup(" twice ").unwrap() else { panic!("no function") };
    // SAFETY: declared as it was compiled
    assert_eq!(unsafe { twice.call::<i32>((4,)) }.unwrap(), 8);
    // What was found keeps the library
    let path = lib.name().to_owned();
    drop((lib, twice));
    // SAFETY: as in `get`
    assert_eq!(unsafe { counter.get::<i32>("") }.unwrap(), 7);
    // SAFETY: the library of these tests
    let again = unsafe { ffi.load_with(&path, LoadOptions::new().no_load()) };
    assert!(again.is_ok());
    drop((again, counter));
    // SAFETY: as above
    let again = unsafe { ffi.load_with(&path, LoadOptions::new().no_load()) };
    refused(again, ErrorKind::Library, "it is not loaded");
    // SAFETY: the library of these tests
    let lib = unsafe { ffi.load(&path) }.unwrap();
    ffi.cdef("int twise(int); int nowhere_at_all(int); static inline int inlined(void) { return 1; } int a __asm__(\"b c\");")
        .unwrap();
    for (name, kind, message) in [
        (
            "point_t",
            ErrorKind::UnknownName,
            "expected a function or a variable, found 'point_t', which is declared as a type",
        ),
        ("conter", ErrorKind::UnknownName, "did you mean 'counter'?"),
        ("real_nam", ErrorKind::UnknownName, "exports 'real_name', which is not declared"),
        ("real_name", ErrorKind::UnknownName, "exports it: "),
        ("nothing_like_it", ErrorKind::UnknownName, "declare it with cdef"),
        ("twise", ErrorKind::Symbol, "it has 'twice'; 'twice', which is declared, is there"),
        ("nowhere_at_all", ErrorKind::Symbol, "no symbol 'nowhere_at_all'"),
        ("inlined", ErrorKind::Symbol, "was declared with its body"),
        ("a", ErrorKind::Symbol, "so 'a' is called by its asm label"),
        ("", ErrorKind::UnknownName, "expected a declared name, found ''"),
        ("int x", ErrorKind::UnknownName, "expected a declared name, found 'int x'"),
        ("counter@V1", ErrorKind::Symbol, "no symbol 'counter@V1'"),
        ("a\0b", ErrorKind::UnknownName, "expected a declared name"),
    ] {
        refused(lib.lookup(name), kind, message);
    }
    refused(lib.function("counter"), ErrorKind::UnknownName, "ask for it with Lib::variable");
    refused(lib.variable("twice"), ErrorKind::UnknownName, "which is declared as a function");
    refused(lib.variable("CONSTANT"), ErrorKind::UnknownName, "which is declared as a constant");
    refused(lib.variable("int f(int)"), ErrorKind::Declaration, "expected a variable's name or declaration");
    refused(lib.variable("%&"), ErrorKind::Syntax, "");
    refused(lib.variable(&"x".repeat(100_000)), ErrorKind::UnknownName, "is not declared");
}

#[test]
fn of_the_system() {
    let ffi = Ffi::new();
    ffi.cdef(
        "typedef struct _IO_FILE FILE; extern char **environ; extern FILE *stdout; extern int signgam;
         extern long timezone; extern int daylight; extern char *tzname[2]; extern char *sys_names[];
         void tzset(void); double lgamma(double); int fputs(const char *, FILE *);",
    )
    .unwrap();
    let c = ffi.process();
    let environ = c.variable("environ").unwrap();
    // SAFETY: the C library's own variables, declared as its headers do; the tests change no environment
    unsafe {
        let list: CPtr = environ.get("").unwrap();
        assert!(!list.is_null());
        let first: CPtr = list.assume_valid(1).unwrap().get("").unwrap();
        assert!(first.is_null() || first.assume_text().is_ok());
        let out: CPtr = c.variable("stdout").unwrap().get("").unwrap();
        assert!(c.function("fputs").unwrap().call::<i32>(("", &out)).unwrap() >= 0);
        c.function("tzset").unwrap().call::<()>(()).unwrap();
        assert!((0..=1).contains(&c.variable("daylight").unwrap().get::<i32>("").unwrap()));
        assert_eq!(c.variable("timezone").unwrap().get::<i64>("").unwrap() % 60, 0);
        let zone: CPtr = c.variable("tzname").unwrap().get("[0]").unwrap();
        assert!(!ffi.string(&zone.assume_text().unwrap()).unwrap().is_empty());
        let m = ffi.load("m").unwrap();
        m.function("lgamma").unwrap().call::<f64>((-0.5,)).unwrap();
        assert_eq!(m.variable("signgam").unwrap().get::<i32>("").unwrap(), -1);
    }
    assert_eq!(c.variable("environ").unwrap().address().unwrap(), c.address("environ").unwrap().cast_mut());
    refused(c.variable("sys_names"), ErrorKind::Symbol, "sys_names");
    let wrong = Ffi::new();
    refused(
        wrong.process().variable("extern int environ"),
        ErrorKind::Conflict,
        "which has 4 bytes; it has 8 bytes",
    );
    let _: *const c_void = c.address("stdout").unwrap();
}
