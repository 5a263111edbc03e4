//! Callbacks that run once, and records by value in typed signatures.

use eightbyte::{Arguments, CData, ErrorKind, Ffi, FromC, Function, OnceCallback, Result, c_struct};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

c_struct! {
    #[derive(Debug, PartialEq)]
    struct Pair { x: f64, y: f64 }
}
c_struct! {
    #[derive(Debug, PartialEq)]
    struct Mixed { n: i64, x: f32, kind: u8 }
}
c_struct! {
    #[derive(Debug, PartialEq)]
    struct Three { a: u8, b: u8, c: u8 }
}
c_struct! {
    #[derive(Debug, PartialEq)]
    struct Large { n: [i64; 4], inside: Three, is_set: bool }
}
c_struct! {
    #[derive(Debug, PartialEq)]
    struct Lanes { x: [f32; 4] }
}
c_struct! { union Word { n: i64, x: f64 } }
c_struct! { union OnlyFloat { x: f64 } }

fn at(ffi: &Ffi, declaration: &str, address: *const c_void) -> Function {
    // SAFETY: the address of a callback of this type
    unsafe { ffi.function_at(declaration, address) }.unwrap()
}

fn made<R: FromC>(function: &Function, arguments: impl Arguments) -> Result<R> {
    // SAFETY: a callback of this type, or a function of the C library that was declared as it is
    unsafe { function.call(arguments) }
}

#[test]
fn records_by_value_in_typed_closures() {
    let ffi = Ffi::new();
    ffi.declare::<Pair>().unwrap();
    ffi.declare::<Mixed>().unwrap();
    ffi.declare::<Large>().unwrap();
    let turn = ffi
        .callback("Pair (*)(Pair, Mixed, Three, int)", |p: Pair, m: Mixed, t: Three, n: i32| Pair {
            x: p.y + f64::from(m.x) + m.n as f64,
            y: p.x
                + f64::from(m.kind)
                + f64::from(t.a) * 100.0
                + f64::from(t.c) * 1000.0
                + f64::from(n) * 1e4,
        })
        .unwrap();
    type Turn = extern "C" fn(Pair, Mixed, Three, i32) -> Pair;
    // SAFETY: the address of a function of this type
    let plain: Turn = unsafe { std::mem::transmute(turn.address()) };
    let (pair, mixed) = (Pair { x: 1.0, y: 2.0 }, Mixed { n: 40, x: 0.5, kind: 7 });
    let turned = plain(pair, mixed, Three { a: 1, b: 2, c: 3 }, 4);
    assert_eq!(turned, Pair { x: 42.5, y: 43108.0 });
    let large = ffi
        .callback(
            "Large (*)(int, Large, Mixed, Mixed, Mixed)",
            |n: i32, mut l: Large, a: Mixed, b: Mixed, c: Mixed| {
                l.n[3] = i64::from(n) + a.n + b.n * 10 + c.n * 100;
                l.inside.b = c.kind;
                l.is_set = !l.is_set;
                l
            },
        )
        .unwrap();
    type Shift = extern "C" fn(i32, Large, Mixed, Mixed, Mixed) -> Large;
    // SAFETY: as above
    let plain: Shift = unsafe { std::mem::transmute(large.address()) };
    let before = Large { n: [1, 2, 3, 4], inside: Three { a: 5, b: 6, c: 7 }, is_set: false };
    let of = |n| Mixed { n, x: 0.0, kind: n as u8 };
    let after = plain(9, before, of(1), of(2), of(3));
    assert_eq!(after, Large { n: [1, 2, 3, 330], inside: Three { a: 5, b: 3, c: 7 }, is_set: true });
    let bare = ffi.callback("Large (*)(void)", || -> Large { panic!("no value") }).unwrap();
    let call = at(&ffi, "Large call(void)", bare.address());
    assert!(catch_unwind(AssertUnwindSafe(|| made::<CData>(&call, ()))).is_err());
}

#[test]
fn unions_and_windows() {
    let ffi = Ffi::new();
    ffi.declare::<Word>().unwrap();
    ffi.declare::<Three>().unwrap();
    let add = ffi
        // SAFETY: any bytes are an integer
        .callback("Word (*)(Word, double)", |w: Word, x: f64| Word { n: unsafe { w.n } + x as i64 })
        .unwrap();
    type Add = extern "C" fn(Word, f64) -> Word;
    // SAFETY: the address of a function of this type
    let plain: Add = unsafe { std::mem::transmute(add.address()) };
    // SAFETY: as above
    assert_eq!(unsafe { plain(Word { n: 40 }, 2.5).n }, 42);
    let windows = ffi
        .callback("Three (__attribute__((ms_abi)) *)(Three, Three, double)", |a: Three, b: Three, x: f64| {
            Three { a: a.a + b.b, b: a.b + b.c, c: x as u8 }
        })
        .unwrap();
    type Windows = extern "win64" fn(Three, Three, f64) -> Three;
    // SAFETY: as above
    let plain: Windows = unsafe { std::mem::transmute(windows.address()) };
    let found = plain(Three { a: 1, b: 2, c: 3 }, Three { a: 10, b: 20, c: 30 }, 9.0);
    assert_eq!(found, Three { a: 21, b: 32, c: 9 });
}

#[test]
fn records_that_travel_otherwise_are_refused() {
    let ffi = Ffi::new();
    ffi.cdef(
        "typedef float lanes_v __attribute__((vector_size(16)));
         typedef struct { lanes_v x; } vector_t;
         typedef union { double x; long n; } number_t;
         typedef union { double x; } float_t_;
         typedef union __attribute__((transparent_union)) { double x; } transparent_t;
         typedef struct { double x, y, z; } wide_t;
         typedef struct { double y, x; } turned_t;",
    )
    .unwrap();
    // Laid out like four floats, and passed in another way
    let error = ffi.callback("int (*)(vector_t)", |_: Lanes| 0).unwrap_err();
    assert!(error.message().contains("argument 1 of the callback: expected vector_t"), "{error}");
    assert!(ffi.callback("int (*)(number_t)", |_: OnlyFloat| 0).is_err());
    assert!(ffi.callback("int (*)(transparent_t)", |_: OnlyFloat| 0).is_err());
    assert!(ffi.callback("int (*)(float_t_)", |_: OnlyFloat| 0).is_ok());
    let error = ffi.callback("int (*)(int, wide_t)", |_: i32, _: Pair| 0).unwrap_err();
    assert!(error.message().contains("argument 2 of the callback: expected wide_t"), "{error}");
    assert!(error.message().contains("Pair"), "{error}");
    assert!(ffi.callback("turned_t (*)(void)", || Pair { x: 0.0, y: 0.0 }).is_err());
    assert!(ffi.callback("int (*)(wide_t[3])", |_: Pair| 0).is_err());
    assert!(ffi.callback("int (*)(turned_t *)", |_: *const Pair| 0).is_err());
}

struct Told(Arc<AtomicU32>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

fn once(ffi: &Ffi, drops: &Arc<AtomicU32>) -> OnceCallback {
    let told = Told(drops.clone());
    ffi.callback_once("int (*)(int)", move |n: i32| {
        drop(told);
        n + 1
    })
    .unwrap()
}

#[test]
fn once_and_no_more() {
    let ffi = Ffi::new();
    let drops = Arc::new(AtomicU32::new(0));
    // Never called
    drop(once(&ffi, &drops));
    assert_eq!((drops.load(Relaxed), ffi.live_callbacks().len()), (1, 0));
    // Called, and then dropped; a second call is an error
    let callback = once(&ffi, &drops);
    let function = at(&ffi, "int f(int)", callback.address());
    assert_eq!(made::<i32>(&function, (4,)).unwrap(), 5);
    assert_eq!((drops.load(Relaxed), ffi.live_callbacks().len()), (2, 1));
    let error = made::<i32>(&function, (4,)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Callback);
    assert!(error.message().contains("found a second call"), "{error}");
    drop(callback);
    assert_eq!(ffi.live_callbacks().len(), 0);
    // Left to C; and called before it is
    for called_first in [false, true] {
        let before = drops.load(Relaxed);
        let callback = once(&ffi, &drops);
        let function = at(&ffi, "int f(int)", callback.address());
        if called_first {
            assert_eq!(made::<i32>(&function, (1,)).unwrap(), 2);
            callback.release();
        } else {
            callback.release();
            assert_eq!(made::<i32>(&function, (1,)).unwrap(), 2);
        }
        assert_eq!((drops.load(Relaxed), ffi.live_callbacks().len()), (before + 1, 0));
    }
    // A panic frees it as well
    let callback = ffi.callback_once("void (*)(void)", || -> () { panic!("once") }).unwrap();
    let function = at(&ffi, "void none(void)", callback.release());
    assert!(catch_unwind(AssertUnwindSafe(|| made::<()>(&function, ()))).is_err());
    assert_eq!(ffi.live_callbacks().len(), 0);
    // As an argument, and over values
    ffi.cdef(
        "void *bsearch(const void *, const void *, size_t, size_t, int (*)(const void *, const void *));",
    )
    .unwrap();
    let kind = ffi.callback_type("int (*)(const void *, const void *)").unwrap();
    let equal =
        kind.callback_once_dyn(|values| Ok(eightbyte::Value::Integer(values.len() as i128 - 2))).unwrap();
    let bsearch = ffi.process().function("bsearch").unwrap();
    let numbers = [5];
    let found: *mut c_void = made(&bsearch, (&numbers, &numbers, 1, 4, &equal)).unwrap();
    assert_eq!(found.cast_const(), numbers.as_ptr().cast());
}

#[test]
fn once_in_another_thread() {
    let ffi = Ffi::new();
    ffi.cdef("typedef unsigned long thread_t; int pthread_create(thread_t *, const void *, void *(*)(void *), void *);
              int pthread_join(thread_t, void **);")
        .unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let start = ffi
        .callback_once("void *(*)(void *)", move |data: *mut c_void| {
            sender.send(data.addr()).unwrap();
            data
        })
        .unwrap();
    let (create, join) = (ffi.process().function("pthread_create"), ffi.process().function("pthread_join"));
    let mut thread = [0u64];
    let data = std::ptr::without_provenance_mut::<c_void>(77);
    let none = std::ptr::null::<c_void>();
    let create = create.unwrap();
    let callback = &start;
    assert_eq!(made::<i32>(&create, (&mut thread, none, callback, data)).unwrap(), 0);
    assert_eq!(receiver.recv(), Ok(77));
    start.release();
    assert_eq!(made::<i32>(&join.unwrap(), (thread[0], none.cast_mut())).unwrap(), 0);
    assert_eq!(ffi.live_callbacks().len(), 0);
}
