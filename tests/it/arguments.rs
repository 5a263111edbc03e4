//! Arguments of other kinds than one value: members of transparent unions, room to write to, lists of arguments.

#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "all of them call functions of the C library as it documents them"
)]

use eightbyte::{Counted, Ffi, Out, Value};

fn ffi(text: &str) -> Ffi {
    let ffi = Ffi::new();
    ffi.cdef(text).unwrap();
    ffi
}

const WAIT: &str = "
    union wait { int w_status; };
    typedef union { union wait *u; int *i; } status_t __attribute__((transparent_union));
    int wait(status_t status);";

#[test]
fn a_transparent_union_takes_what_its_members_take() {
    let ffi = ffi(WAIT);
    ffi.cdef("int raise_errno;").unwrap();
    let wait = ffi.process().function("wait").unwrap();
    let mut status = [7i32];
    let mut of_union = ffi.alloc("union wait").unwrap();
    let whole = ffi.alloc("status_t").unwrap();
    // Nobody to wait for: every way in is accepted, and C says ECHILD
    for result in [
        unsafe { wait.with_errno().call::<i32>((&mut status,)) },
        unsafe { wait.with_errno().call::<i32>((&mut of_union,)) },
        unsafe { wait.with_errno().call::<i32>((&whole,)) },
        unsafe { wait.with_errno().call::<i32>(((),)) },
        unsafe { wait.with_errno().call::<i32>(&[Value::Null]) },
        unsafe { wait.with_errno().call::<i32>((&mut Out::<i32>::new(),)) },
    ] {
        assert_eq!(result.unwrap(), (-1, libc_echild()));
    }
    let refused = unsafe { wait.call::<i32>((&mut [1.5f64],)) }.unwrap_err();
    assert_eq!(
        refused.message(),
        "argument 1 ('status') of wait: expected union wait *, got a &mut [f64]; nor is it int * or status_t"
    );
}

/// `ECHILD`
fn libc_echild() -> i32 {
    10
}

#[test]
fn room_to_write_to() {
    let ffi = ffi("
        double modf(double x, double *whole);
        long strtol(const char *text, char **end, int base);
        int getpid(void);
        double frexp(double, const int *);");
    let modf = ffi.process().function("modf").unwrap();
    let mut whole = Out::<f64>::new();
    let rest: f64 = unsafe { modf.call((2.75, &mut whole)) }.unwrap();
    assert_eq!((rest, whole.into_inner()), (0.75, 2.0));

    let strtol = ffi.process().function("strtol").unwrap();
    let text = c"12abc";
    let mut end = Out::with(std::ptr::null_mut::<i8>());
    let number: i64 = unsafe { strtol.call((text, &mut end, 10)) }.unwrap();
    assert_eq!((number, *end as usize - text.as_ptr() as usize), (12, 2));

    let refused = unsafe { modf.call::<f64>((2.75, &mut Out::<f32>::new())) }.unwrap_err();
    assert!(refused.message().starts_with("argument 2 ('whole') of modf: expected double *"), "{refused}");
}

#[test]
fn a_slice_and_its_length() {
    let ffi = ffi("
        void *memchr(const void *start, int byte, size_t size);
        size_t strnlen(const char *text, size_t most);
        void *memset(void *start, int byte, size_t size);
        int getentropy(void *room, size_t size);");
    let strnlen = ffi.process().function("strnlen").unwrap();
    let length: usize = unsafe { strnlen.call((Counted(&b"abc"[..]),)) }.unwrap();
    assert_eq!(length, 3);
    let mut bound = strnlen.bind((Counted(&b"abcd"[..]),)).unwrap();
    assert_eq!(unsafe { bound.call::<usize>() }.unwrap(), 4);
    let few = unsafe { strnlen.call::<usize>((Counted(&b"abc"[..]), 3)) }.unwrap_err();
    assert_eq!(
        few.message(),
        "strnlen takes 2 arguments, got 3: size_t strnlen(const char *text, size_t most)"
    );
    let entropy = ffi.process().function("getentropy").unwrap();
    let refused = unsafe { entropy.call::<i32>((Counted(&[0u8; 4][..]),)) }.unwrap_err();
    assert!(refused.message().contains("which C may not write to"), "{refused}");
}

#[test]
fn lists_of_arguments() {
    let ffi = ffi("
        typedef struct { double x, y; } point_t;
        int vsnprintf(char *to, size_t size, const char *format, va_list arguments);
        int abs(int);");
    let print = ffi.process().function("vsnprintf").unwrap();
    let mut list = ffi.va_list((1i8, 2.5f32, "three", 4u64, 'x' as i32)).unwrap();
    assert_eq!(list.len(), 5);
    let mut text = ffi.alloc_array("char", 60).unwrap();
    // The same list serves again: a call reads it from the first argument on
    for _ in 0..2 {
        let n: i32 = unsafe { print.call((&mut text, 60usize, "%d %g %s %lu %c", &mut list)) }.unwrap();
        assert_eq!((n, text.get::<String>("").unwrap().as_str()), (15, "1 2.5 three 4 x"));
    }
    let refused = unsafe { ffi.process().function("abs").unwrap().call::<i32>((&mut list,)) }.unwrap_err();
    assert_eq!(refused.message(), "argument 1 of abs: expected int, got a va_list");
    assert!(ffi.va_list(((1.0, 2.0),)).unwrap_err().message().contains("has no type"), "a bare tuple");
}

#[test]
fn formats_look_at_what_is_behind_a_pointer() {
    let ffi = ffi("int sscanf(const char *text, const char *format, ...);
        int snprintf(char *to, size_t size, const char *format, ...);
        int vsnprintf(char *to, size_t size, const char *format, va_list arguments);");
    let (scan, print) =
        (ffi.process().function("sscanf").unwrap(), ffi.process().function("snprintf").unwrap());
    let (mut whole, mut narrow) = (Out::<i32>::new(), Out::<i8>::new());
    assert_eq!(unsafe { scan.call::<i32>(("12", "%d", &mut whole)) }.unwrap(), 1);
    assert!(unsafe { scan.call::<i32>(("12", "%d", &mut narrow)) }.is_err());
    assert!(unsafe { scan.call::<i32>(("12", "%d", c"x")) }.is_err());
    let mut to = [0u8; 20];
    assert!(unsafe { print.call::<i32>((&mut to, 20, "%n", "x")) }.is_err());
    assert!(unsafe { print.call::<i32>((&mut to, 20, c"%s\xff", 1)) }.is_err());
    assert_eq!(unsafe { print.call::<i32>((&mut to, 20, "%2$*1$d", 3, 7)) }.unwrap(), 3);
    let text = ffi.make_from_text("char[4]", "\"abc\"").unwrap();
    assert_eq!(unsafe { print.call::<i32>((&mut to, 20, "%s", &text)) }.unwrap(), 3);
    let mut bound = print.bind((&mut to, 20, "%d", 5)).unwrap();
    assert!(bound.set(2, "%s").is_err());
    let (mut list, mut to) = (ffi.va_list((1,)).unwrap(), [0u8; 20]);
    let list = ffi.process().function("vsnprintf").unwrap().bind((&mut to, 20, "%d", &mut list));
    assert!(list.unwrap_err().message().contains("cannot be bound"));
}
