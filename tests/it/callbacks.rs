//! Callbacks: types, lifetimes, panics and errors, threads, handles.

use eightbyte::{
    CData, CPtr, Callback, CallbackType, Error, ErrorKind, Ffi, Function, Value, WhenFreed, WhenQueued, guard,
};
use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};

/// A callback as a function to call.
fn function(ffi: &Ffi, prototype: &str, callback: &Callback) -> Function {
    // SAFETY: the prototype is that of the callback
    unsafe { ffi.function_at(prototype, callback.address()) }.unwrap()
}

#[test]
fn typed_closures_of_every_width() {
    let ffi = Ffi::new();
    macro_rules! check {
        ($($c:literal $rust:ty: $value:expr;)*) => {$(
            let ty = $c;
            let same = ffi.callback(&format!("{ty} (*)(int, {ty}, double)"), |n: i32, x: $rust, d: f64| {
                assert_eq!((n, d), (-7, 0.5));
                x
            }).unwrap();
            let name = format!("same_{}", ty.replace(' ', "_"));
            let same = function(&ffi, &format!("{ty} {name}(int, {ty}, double)"), &same);
            let value: $rust = $value;
            // SAFETY: the prototype is that of the callback
            assert_eq!(unsafe { same.call::<$rust>((-7, value, 0.5)) }.unwrap(), value, "{ty}");
        )*};
    }
    check! {
        "signed char" i8: -100; "unsigned char" u8: 200; "short" i16: -30000; "unsigned short" u16: 60000;
        "int" i32: i32::MIN; "unsigned" u32: u32::MAX; "long" i64: i64::MIN; "unsigned long" u64: u64::MAX;
        "_Bool" bool: true; "float" f32: 1.25; "double" f64: -0.1; "__int128" i128: -(1 << 100);
    }
}

#[test]
fn typed_closures_with_any_number_of_registers() {
    let ffi = Ffi::new();
    let bias = 1000;
    macro_rules! check {
        ($($name:ident: $($n:ident)*;)*) => {$(
            let names: &[&str] = &[$(stringify!($n)),*];
            let list = vec!["int"; names.len()].join(", ");
            let list = if list.is_empty() { "void".to_string() } else { list };
            let sum = ffi.callback(&format!("int (*)({list})"), move |$($n: i32),*| bias $(+ $n)*).unwrap();
            let sum = function(&ffi, &format!("int {}({list})", stringify!($name)), &sum);
            let next = names.len() as i32;
            let arguments: Vec<Value> = (1..=next).map(Value::from).collect();
            // SAFETY: the prototype is that of the callback
            let found: i32 = unsafe { sum.call(&arguments) }.unwrap();
            assert_eq!(found, 1000 + next * (next + 1) / 2);
        )*};
    }
    check! {
        none: ; one: a; two: a b; three: a b c; four: a b c d; five: a b c d e; six: a b c d e f;
        seven: a b c d e f g; eight: a b c d e f g h; nine: a b c d e f g h i; ten: a b c d e f g h i j;
    }
}

#[test]
fn refused_signatures_say_where() {
    let ffi = Ffi::new();
    let error = ffi.callback("int (*)(int, double)", |_: i32, _: i64| 0i32).unwrap_err();
    assert!(error.message().contains("argument 2 of the callback: expected double"), "{error}");
    assert!(error.message().contains("declared as 'int (*)(int, double)'"), "{error}");
    let error = ffi.callback("int (*)(int)", || 0i32).unwrap_err();
    assert!(error.message().contains("takes 1 arguments, the Rust type has 0"), "{error}");
    let error = ffi.callback("void (*)(void)", || 0i32).unwrap_err();
    assert!(error.message().contains("result of the callback: expected void"), "{error}");
    let error = ffi.callback("int", || 0i32).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Declaration);
    let error = ffi.callback("int (*)(int, ...)", |_: i32| 0i32).unwrap_err();
    assert!(error.message().contains("..."), "{error}");
    let other = Ffi::for_target(eightbyte::Target::named("i686-linux-gnu").unwrap());
    assert_eq!(other.callback("int (*)(int)", |n: i32| n).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn records_by_value() {
    let ffi = Ffi::new();
    ffi.cdef(
        "typedef struct { double x, y; } point_t;
         typedef struct { long n[5]; } large_t;
         typedef struct { char c[3]; } three_t;",
    )
    .unwrap();
    let turn = ffi.callback_dyn("point_t (*)(point_t, int)", {
        let ffi = ffi.clone();
        move |values| match values {
            [Value::Data(point), Value::Integer(by)] => {
                let (x, y): (f64, f64) = point.get("")?;
                Ok(ffi.make("point_t", (-y * *by as f64, x))?.into())
            }
            _ => Err(Error::host("expected a point and a number")),
        }
    });
    let turn = turn.unwrap();
    let turn = function(&ffi, "point_t turn(point_t, int)", &turn);
    // SAFETY: the prototype is that of the callback
    assert_eq!(unsafe { turn.call::<(f64, f64)>(((1.0, 2.0), 3)) }.unwrap(), (-6.0, 1.0));
    let shift = ffi
        .callback_dyn("large_t (*)(three_t, large_t)", |values| match values {
            [Value::Data(three), Value::Data(large)] => {
                let mut shifted = large.duplicate()?;
                shifted.set("n[4]", i64::from(three.get::<i8>("c[2]")?) + large.get::<i64>("n[4]")?)?;
                Ok(shifted.into())
            }
            _ => Err(Error::host("expected records")),
        })
        .unwrap();
    let shift = function(&ffi, "large_t shift(three_t, large_t)", &shift);
    let large = ffi.make("large_t", ([1, 2, 3, 4, 5],)).unwrap();
    // SAFETY: the prototype is that of the callback
    let shifted: CData = unsafe { shift.call((ffi.make("three_t", ([7, 8, 9],)).unwrap(), large)) }.unwrap();
    assert_eq!(shifted.to_string(), "{ .n = { 1, 2, 3, 4, 14 } }");
}

#[test]
fn the_convention_of_windows() {
    let ffi = Ffi::new();
    let ty = "double (__attribute__((ms_abi)) *)(int, double, long, float, int, double)";
    let sum = ffi
        .callback(ty, |a: i32, b: f64, c: i64, d: f32, e: i32, f: f64| {
            f64::from(a) + 10.0 * b + 100.0 * c as f64 + 1000.0 * f64::from(d) + 1e4 * f64::from(e) + 1e5 * f
        })
        .unwrap();
    type Sum = unsafe extern "win64" fn(i32, f64, i64, f32, i32, f64) -> f64;
    // SAFETY: the address of a function of this type
    let plain: Sum = unsafe { std::mem::transmute(sum.address()) };
    // SAFETY: as above
    assert_eq!(unsafe { plain(1, 2.0, 3, 4.0, 5, 6.0) }, 654321.0);
}

#[test]
fn arguments_behind_dots() {
    let ffi = Ffi::new();
    ffi.cdef("typedef struct { double x; long n; } mixed_t;").unwrap();
    let read = ffi
        .callback_type("long (*)(const char *, ...)")
        .unwrap()
        .callback_with(|call| {
            let mut tail = call.tail()?;
            let mut sum = 0;
            // SAFETY: the caller passes text
            for kind in unsafe { CStr::from_ptr(call.get(0)?) }.to_str().unwrap().chars() {
                // SAFETY: the caller below passes what the text says
                sum = sum * 10
                    + unsafe {
                        match kind {
                            'i' => tail.next::<i64>("int")?,
                            'd' => tail.next::<f64>("double")? as i64,
                            'm' => tail.next::<CData>("mixed_t")?.get("n")?,
                            _ => tail.next::<f64>("long double")? as i64,
                        }
                    };
            }
            // SAFETY: refused before anything is read
            let refused = unsafe { tail.next::<f64>("float") }.unwrap_err();
            assert!(refused.message().contains("it arrives as double"), "{refused}");
            Ok(Value::from(sum))
        })
        .unwrap();
    let read = function(&ffi, "long read_all(const char *, ...)", &read);
    let mixed = || ffi.make("mixed_t", (0.5, 4)).unwrap();
    let wide = || ffi.make("long double", 6).unwrap();
    // SAFETY: the text says what follows
    let found: i64 = unsafe { read.call(("idimidDi", 1, 2.0, 3, mixed(), 5, 6.0, wide(), 8)) }.unwrap();
    assert_eq!(found, 12345668);
    assert!(
        ffi.callback_type("int (*)(int)")
            .unwrap()
            .callback_with(|call| call.tail().map(|_| Value::Null))
            .is_ok()
    );
}

#[test]
fn lifetimes() {
    let ffi = Ffi::new();
    let alive = Arc::new(());
    let held = alive.clone();
    let callback = ffi
        .callback("void (*)(void)", move || {
            let _ = &held;
        })
        .unwrap();
    let place = format!("{}:{}", file!(), line!() - 4);
    let live = ffi.live_callbacks();
    assert_eq!(live.len(), 1);
    assert_eq!((live[0].number, live[0].address), (callback.number(), callback.address()));
    assert!(live[0].made_at.to_string().starts_with(&place), "{} {place}", live[0].made_at);
    assert_eq!(Arc::strong_count(&alive), 2);
    drop(callback);
    assert_eq!(Arc::strong_count(&alive), 1);
    assert!(ffi.live_callbacks().is_empty());
    let forever = ffi.callback("int (*)(void)", || 7).unwrap().into_static();
    assert_eq!(ffi.live_callbacks().len(), 1);
    ffi.cdef("struct hooks { int (*get)(void); void *data; int (*more[2])(void); };").unwrap();
    let hooks =
        ffi.make("struct hooks", (forever, std::ptr::null_mut::<c_void>(), [forever, forever])).unwrap();
    // SAFETY: the pointer is that of a live callback of this type
    let got: i32 = unsafe { hooks.get::<CPtr>("more[1]").unwrap().as_function().unwrap().call(()) }.unwrap();
    assert_eq!(got, 7);
    assert!(hooks.get::<CPtr>("get").unwrap() == hooks.get::<CPtr>("more[0]").unwrap());
    let error = hooks.get::<CPtr>("data").unwrap().as_function().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conversion);
    let other = ffi.callback("double (*)(double)", |x: f64| x).unwrap();
    let mut hooks = hooks;
    let error = hooks.set("get", &other).unwrap_err();
    assert!(error.message().contains("got a callback of type 'double (*)(double)'"), "{error}");
}

#[test]
fn dropped_in_itself() {
    let ffi = Ffi::new();
    let own: Arc<Mutex<Option<Callback>>> = Arc::default();
    let dropped = Arc::new(AtomicBool::new(false));
    struct Flag(Arc<AtomicBool>);
    impl Drop for Flag {
        fn drop(&mut self) {
            self.0.store(true, SeqCst);
        }
    }
    let flag = Flag(dropped.clone());
    let slot = own.clone();
    let kind = ffi.callback_type("int (*)(int)").unwrap();
    let again = kind.clone();
    let callback = kind.callback(move |n: i32| {
        drop(slot.lock().unwrap().take());
        // The block must not serve anybody else meanwhile
        for other in 0..5000 {
            drop(again.callback(move |n: i32| n + other).unwrap());
        }
        assert!(!flag.0.load(SeqCst));
        n + 1
    });
    let callback = callback.unwrap().when_freed(WhenFreed::FallsBack);
    let function = function(&ffi, "int once(int)", &callback);
    *own.lock().unwrap() = Some(callback);
    // SAFETY: the prototype is that of the callback, which lives while it runs
    assert_eq!(unsafe { function.call::<i32>((1,)) }.unwrap(), 2);
    assert!(dropped.load(SeqCst));
}

#[test]
fn panics_and_errors_come_home() {
    let ffi = Ffi::new();
    let fail = ffi
        .callback("int (*)(int)", |n: i32| match n {
            0 => panic!("no zero"),
            1 => Err(Error::host("no one")),
            n => Ok(n),
        })
        .unwrap()
        .with_fallback(-5)
        .unwrap();
    let function = function(&ffi, "int fail(int)", &fail);
    // SAFETY: the prototype is that of the callback
    let call = |n: i32| unsafe { function.call::<i32>((n,)) };
    assert_eq!(call(2).unwrap(), 2);
    let error = call(1).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Host, "callback 'int (*)(int)': no one"));
    let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| call(0))).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"no zero"));
    assert_eq!(call(3).unwrap(), 3);
    // SAFETY: the address of a function of this type
    let plain: extern "C" fn(c_int) -> c_int = unsafe { std::mem::transmute(fail.address()) };
    let seen = Cell::new(0);
    let error = guard(|| {
        seen.set(plain(1));
        // What comes later is the same failure's fault
        plain(1) + plain(2)
    });
    assert_eq!((seen.get(), error.unwrap_err().kind()), (-5, ErrorKind::Host));
    assert_eq!(guard(|| plain(4)).unwrap(), 4);
}

#[test]
fn an_inner_call_leaves_what_is_for_the_outer_one() {
    let ffi = Ffi::new();
    let fail = ffi.callback("int (*)(int)", |_: i32| Err::<i32, _>(Error::host("first"))).unwrap();
    let works = ffi.callback("int (*)(int)", |n: i32| n).unwrap();
    let works = function(&ffi, "int works(int)", &works);
    // SAFETY: the address of a function of this type
    let fail: extern "C" fn(c_int) -> c_int = unsafe { std::mem::transmute(fail.into_static().address()) };
    let inner = std::rc::Rc::new(Cell::new(0));
    let seen = inner.clone();
    let nested = ffi.callback_local("int (*)(void)", move || {
        // SAFETY: the prototype is that of the callback
        seen.set(unsafe { works.call::<i32>((9,)) }.unwrap());
        0
    });
    let nested = nested.unwrap();
    // SAFETY: the address of a function of this type
    let nested: extern "C" fn() -> c_int = unsafe { std::mem::transmute(nested.into_static().address()) };
    let error = guard(|| fail(1) + nested()).unwrap_err();
    assert_eq!((inner.get(), error.message()), (9, "callback 'int (*)(int)': first"));
}

#[test]
fn a_thousand_levels() {
    let deep = || {
        let ffi = Ffi::new();
        static DOWN: OnceLock<Function> = OnceLock::new();
        let bottom = ffi
            .callback("int (*)(int)", |n: i32| match n {
                0 => Err(Error::host("the bottom")),
                // SAFETY: the prototype is that of the callback
                n => unsafe { DOWN.get().unwrap().call::<i32>((n - 1,)) },
            })
            .unwrap();
        let down = DOWN.get_or_init(|| function(&ffi, "int down(int)", &bottom));
        // SAFETY: the prototype is that of the callback
        let error = unsafe { down.call::<i32>((1000,)) }.unwrap_err();
        assert!(error.message().ends_with("the bottom"));
    };
    std::thread::Builder::new().stack_size(256 << 20).spawn(deep).unwrap().join().unwrap();
}

#[test]
fn errno_stays() {
    let ffi = Ffi::new();
    let set = |value: c_int| {
        // SAFETY: the address of this thread's errno
        unsafe { *libc::__errno_location() = value }
    };
    let get = || std::io::Error::last_os_error().raw_os_error();
    let typed = ffi
        .callback("void (*)(void)", move || {
            assert!(std::fs::read("/no such file").is_err());
        })
        .unwrap();
    let values = ffi
        .callback_dyn("void (*)(void)", |_| {
            assert!(std::fs::read("/no such file").is_err());
            Ok(Value::Null)
        })
        .unwrap();
    for callback in [typed, values] {
        // SAFETY: the address of a function of this type
        let plain: extern "C" fn() = unsafe { std::mem::transmute(callback.address()) };
        set(77);
        plain();
        assert_eq!(get(), Some(77));
        set(0);
    }
}

#[test]
fn bound_to_a_thread() {
    let ffi = Ffi::new();
    let count = std::rc::Rc::new(Cell::new(0));
    let counted = count.clone();
    let local = ffi.callback_local("int (*)(void)", move || {
        counted.set(counted.get() + 1);
        counted.get()
    });
    let local = local.unwrap().with_fallback(-1).unwrap();
    let own = function(&ffi, "int count(void)", &local);
    // SAFETY: the prototype is that of the callback
    let call = || unsafe { own.call::<i32>(()) };
    assert_eq!(call().unwrap(), 1);
    let error = std::thread::scope(|scope| scope.spawn(|| call().unwrap_err()).join().unwrap());
    assert_eq!(error.kind(), ErrorKind::Callback);
    assert!(error.message().contains("belongs to the thread that made it"), "{error}");
    assert_eq!((call().unwrap(), count.get()), (2, 2));
}

#[test]
fn queued_for_its_thread() {
    let ffi = Ffi::new();
    let kind = ffi.callback_type("int (*)(int, const char *)").unwrap();
    let seen = std::rc::Rc::new(Cell::new(0));
    for then in [WhenQueued::Waits, WhenQueued::GoesOn] {
        let sum = seen.clone();
        let callback = kind.callback_queued(then, move |call| {
            sum.set(sum.get() + call.get::<i32>(0)?);
            match call.get::<i32>(0)? {
                13 => Err(Error::host("unlucky")),
                n => Ok(Value::from(n * 2)),
            }
        });
        let callback = callback.unwrap().with_fallback(-1).unwrap();
        let name = format!("int queued_{then:?}(int, const char *)");
        let queued = function(&ffi, &name, &callback);
        // SAFETY: the prototype is that of the callback
        let call = |n: i32| unsafe { queued.call::<i32>((n, "text")) };
        assert_eq!(call(4).unwrap(), 8);
        seen.set(0);
        std::thread::scope(|scope| {
            let calls = scope.spawn(|| (1..=3).map(|n| call(n).unwrap()).collect::<Vec<i32>>());
            let mut count = 0;
            while count < 3 {
                count += ffi.pump_for(std::time::Duration::from_secs(5)).unwrap();
            }
            let expected = if then == WhenQueued::Waits { vec![2, 4, 6] } else { vec![-1; 3] };
            assert_eq!((calls.join().unwrap(), seen.get()), (expected, 6));
            let unlucky = scope.spawn(|| call(13).unwrap());
            let error = loop {
                match ffi.pump_for(std::time::Duration::from_secs(5)) {
                    Ok(_) => continue,
                    Err(error) => break error,
                }
            };
            assert!(error.message().ends_with("unlucky"));
            assert_eq!(unlucky.join().unwrap(), -1);
        });
        drop(callback);
    }
    assert_eq!(ffi.pump().unwrap(), 0);
    // Its thread ends while C waits, and has ended
    let (sender, receiver) = std::sync::mpsc::channel();
    let owner = std::thread::spawn({
        let kind = kind.clone();
        move || {
            let callback = kind.callback_queued(WhenQueued::Waits, |_| Ok(Value::from(1))).unwrap();
            sender.send(callback.into_static()).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    });
    let lost = receiver.recv().unwrap();
    // SAFETY: the address of a callback of this type, which stays
    let call = unsafe { ffi.function_at("int lost(int, const char *)", lost.address()) }.unwrap();
    for _ in 0..2 {
        // SAFETY: as above
        let error = unsafe { call.call::<i32>((1, "text")) }.unwrap_err();
        assert!(error.message().ends_with("the thread that it belongs to has ended"), "{error}");
    }
    owner.join().unwrap();
}

#[test]
fn handles() {
    let ffi = Ffi::new();
    let handle = ffi.handle(String::from("host")).unwrap();
    let address = handle.as_ptr();
    assert_eq!(*ffi.from_handle::<String>(address).unwrap(), "host");
    let error = ffi.from_handle::<i32>(address).unwrap_err();
    assert!(
        error.message().contains("expected a handle of i32, found one of alloc::string::String"),
        "{error}"
    );
    ffi.cdef("struct node { void *data; };").unwrap();
    let node = ffi.make("struct node", (&handle,)).unwrap();
    assert_eq!(node.get::<*mut c_void>("data").unwrap(), address);
    drop(handle);
    let error = ffi.from_handle::<String>(address).unwrap_err();
    assert!(error.message().contains("found one that was freed"), "{error}");
    let other = ffi.handle(5).unwrap();
    assert_ne!(other.as_ptr(), address);
    assert!(ffi.from_handle::<String>(address).is_err());
    let error = ffi.from_handle::<String>((&raw const other).cast()).unwrap_err();
    assert!(error.message().contains("found the pointer 0x"), "{error}");
    assert!(ffi.from_handle::<String>(std::ptr::null()).unwrap_err().message().contains("found null"));
}

#[test]
fn eight_threads_make_call_and_free() {
    let ffi = Ffi::new();
    let kind = ffi.callback_type("int (*)(int)").unwrap();
    let calls = AtomicU32::new(0);
    let work = |kind: &CallbackType, thread: i32| {
        let mut kept = Vec::new();
        for n in 0..3000 {
            let callback = kind.callback(move |m: i32| m * 8 + thread + n).unwrap();
            // SAFETY: the address of a function of this type
            let plain: extern "C" fn(c_int) -> c_int = unsafe { std::mem::transmute(callback.address()) };
            assert_eq!(plain(n), n * 8 + thread + n);
            calls.fetch_add(1, SeqCst);
            if n % 3 == 0 {
                kept.push((n, callback));
            }
            if n % 100 == 0 {
                for (n, callback) in kept.drain(..) {
                    // SAFETY: as above
                    let plain: extern "C" fn(c_int) -> c_int =
                        unsafe { std::mem::transmute(callback.address()) };
                    assert_eq!(plain(1), 8 + thread + n);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (kind, work) = (&kind, &work);
            scope.spawn(move || work(kind, thread));
        }
    });
    assert_eq!(calls.load(SeqCst), 24_000);
    assert!(ffi.live_callbacks().is_empty());
}

#[test]
fn many_live_at_once() {
    let ffi = Ffi::new();
    let kind = ffi.callback_type("int (*)(int)").unwrap();
    let all: Vec<Callback> = (0..50_000).map(|n| kind.callback(move |m: i32| m + n).unwrap()).collect();
    for (n, callback) in all.iter().enumerate().step_by(997) {
        // SAFETY: the address of a function of this type
        let plain: extern "C" fn(c_int) -> c_int = unsafe { std::mem::transmute(callback.address()) };
        assert_eq!(plain(1), n as c_int + 1);
    }
    assert_eq!(ffi.live_callbacks().len(), all.len());
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let both = maps.lines().filter(|line| {
        let rights = line.split(' ').nth(1).unwrap_or_default();
        rights.contains('w') && rights.contains('x')
    });
    assert_eq!(both.collect::<Vec<_>>(), Vec::<&str>::new());
}

/// What ends a process is tried in one of its own.
#[test]
fn child() {
    let Ok(what) = std::env::var("EIGHTBYTE_CALLBACK") else { return };
    let ffi = Ffi::new();
    let fail = || ffi.callback("int (*)(int)", |n: i32| if n == 0 { panic!("zero") } else { n }).unwrap();
    let plain = |callback: &Callback| -> extern "C" fn(c_int) -> c_int {
        // SAFETY: the address of a function of this type
        unsafe { std::mem::transmute(callback.address()) }
    };
    match &*what {
        "panic" => {
            plain(&fail())(0);
        }
        "thread" => {
            let callback = fail();
            let plain = plain(&callback);
            std::thread::spawn(move || plain(0)).join().unwrap();
        }
        "freed" => {
            let callback = fail();
            let plain = plain(&callback);
            drop(callback);
            plain(1);
        }
        "freed falls back" => {
            let callback = fail().with_fallback(-3).unwrap().when_freed(WhenFreed::FallsBack);
            let plain = plain(&callback);
            drop(callback);
            assert_eq!(plain(1), -3);
            println!("went on");
        }
        "hook" => {
            static SEEN: AtomicI32 = AtomicI32::new(0);
            eightbyte::set_failure_hook(|failure| {
                assert!(failure.message.contains("zero"), "{failure:?}");
                SEEN.fetch_add(1, SeqCst);
            });
            assert_eq!(plain(&fail().with_fallback(8).unwrap())(0), 8);
            assert_eq!(SEEN.load(SeqCst), 1);
            println!("went on");
        }
        other => panic!("{other}"),
    }
}

fn run_child(what: &str) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "callbacks::child", "--nocapture"]).env("EIGHTBYTE_CALLBACK", what);
    command.output().unwrap()
}

#[test]
fn failures_that_nobody_waits_for() {
    use std::os::unix::process::ExitStatusExt;
    for (what, said) in [
        ("panic", "panicked, and nobody waits for it in this thread: zero"),
        ("thread", "panicked, and nobody waits for it in this thread: zero"),
        ("freed", "was called after it was freed"),
    ] {
        let output = run_child(what);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{what}: {text}");
        assert!(text.contains("'int (*)(int)', made at tests/it/callbacks.rs:"), "{what}: {text}");
        assert!(text.contains(said), "{what}: {text}");
    }
    for (what, said) in [("freed falls back", "was called after it was freed"), ("hook", "")] {
        let output = run_child(what);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{what}: {text}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("went on"), "{what}: {text}");
        assert!(text.contains(said), "{what}: {text}");
    }
}
