//! Callbacks in the hands of real C: libc, threads, signals, C++, forks.

use eightbyte::{CPtr, Error, Ffi, Lib, guard};
use std::collections::BTreeSet;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};

const COMPARE: &str = "int (*)(const void *, const void *)";

fn compare(a: *const c_void, b: *const c_void) -> c_int {
    // SAFETY: both point to elements of an array of ints
    unsafe { (*a.cast::<c_int>()).cmp(&*b.cast()) as c_int }
}

#[test]
fn qsort_and_bsearch() {
    let ffi = Ffi::new();
    ffi.cdef(
        "void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));
         void *bsearch(const void *key, const void *base, size_t n, size_t size,
                       int (*compare)(const void *, const void *));",
    )
    .unwrap();
    let c = ffi.process();
    let (qsort, bsearch) = (c.function("qsort").unwrap(), c.function("bsearch").unwrap());
    let mut numbers: Vec<c_int> = (0..10_000).map(|n| (n * 7919) % 10_007).collect();
    let mut expected = numbers.clone();
    expected.sort_unstable();
    let typed = ffi.callback(COMPARE, compare).unwrap();
    // SAFETY: as declared; the callback compares ints
    let () = unsafe { qsort.call((&mut numbers, 10_000, 4, &typed)) }.unwrap();
    assert_eq!(numbers, expected);
    numbers.reverse();
    // SAFETY: as above; a temporary lives as long as the call
    let () =
        unsafe { qsort.call((&mut numbers, 10_000, 4, ffi.callback(COMPARE, compare).unwrap())) }.unwrap();
    assert_eq!(numbers, expected);
    // SAFETY: as above
    let found: *mut c_void =
        unsafe { bsearch.call((&expected[77..78], &numbers, 10_000, 4, &typed)) }.unwrap();
    assert_eq!(found, (&raw const numbers[77]).cast_mut().cast());
    let error = ffi.callback("int (*)(const void *)", |_: *const c_void| 0).unwrap();
    // SAFETY: refused before it is called
    let error = unsafe { qsort.call::<()>((&mut numbers, 10_000, 4, &error)) }.unwrap_err();
    assert!(error.message().contains("argument 4 ('compare') of qsort"), "{error}");
    let fails = ffi.callback_dyn(COMPARE, |_| Err(Error::host("no order"))).unwrap();
    // SAFETY: as declared
    let error = unsafe { qsort.call::<()>((&mut numbers, 10_000, 4, &fails)) }.unwrap_err();
    assert!(error.message().ends_with("no order"));
}

#[test]
fn nftw_walks_a_tree() {
    let folder = std::env::temp_dir().join(format!("eightbyte-walk-{}", std::process::id()));
    for inner in ["a/b", "a/c", "d"] {
        std::fs::create_dir_all(folder.join(inner)).unwrap();
        std::fs::write(folder.join(inner).join("file"), "text").unwrap();
    }
    let ffi = Ffi::new();
    ffi.cdef(
        "struct stat; struct FTW { int base; int level; };
         int nftw(const char *path, int (*visit)(const char *, const struct stat *, int, struct FTW *), int files, int flags);",
    )
    .unwrap();
    let seen = Mutex::new(BTreeSet::new());
    let visit = |path: *const c_char, _: *const c_void, _: c_int, at: *mut c_void| -> c_int {
        // SAFETY: nftw passes text, and the address of its two ints
        let (path, level) = unsafe { (CStr::from_ptr(path), *at.cast::<c_int>().add(1)) };
        let name = path.to_str().unwrap().rsplit('/').next().unwrap_or_default();
        seen.lock().unwrap().insert(format!("{level} {name}"));
        0
    };
    let ty = "int (*)(const char *, const struct stat *, int, struct FTW *)";
    let walk = ffi.process().function("nftw").unwrap();
    let path = folder.to_str().unwrap();
    // SAFETY: as declared
    let walked = ffi.with_callback(ty, visit, |visit| unsafe { walk.call::<c_int>((path, visit, 8, 0)) });
    assert_eq!(walked.unwrap().unwrap(), 0);
    let found: Vec<String> = seen.into_inner().unwrap().into_iter().skip(1).collect();
    assert_eq!(found, ["1 a", "1 d", "2 b", "2 c", "2 file", "3 file"]);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn threads_that_rust_has_never_seen() {
    let ffi = Ffi::new();
    ffi.cdef(
        "typedef unsigned long pthread_t;
         int pthread_create(pthread_t *thread, const void *attributes, void *(*start)(void *), void *data);
         int pthread_join(pthread_t thread, void **result);",
    )
    .unwrap();
    let c = ffi.process();
    let (create, join) = (c.function("pthread_create").unwrap(), c.function("pthread_join").unwrap());
    let sum = AtomicI32::new(0);
    let sum: &'static AtomicI32 = Box::leak(Box::new(sum));
    let start = ffi
        .callback("void *(*)(void *)", move |data: *mut c_void| {
            sum.fetch_add(data.addr() as i32, SeqCst);
            data
        })
        .unwrap();
    let mut threads = Vec::new();
    for n in 1..=20usize {
        let mut thread = [0u64];
        let data = std::ptr::without_provenance_mut::<c_void>(n);
        // SAFETY: as declared; the callback lives until the threads are joined
        let made: c_int = unsafe { create.call((&mut thread, (), &start, data)) }.unwrap();
        assert_eq!(made, 0);
        threads.push((thread[0], data));
    }
    for (thread, data) in threads {
        let mut result = [0u64];
        // SAFETY: as declared
        let joined: c_int = unsafe { join.call((thread, result.as_mut_ptr().cast::<c_void>())) }.unwrap();
        assert_eq!((joined, result[0] as usize), (0, data.addr()));
    }
    assert_eq!(sum.load(SeqCst), 210);
}

#[test]
fn signal_handlers() {
    static SEEN: AtomicI32 = AtomicI32::new(0);
    let ffi = Ffi::new();
    ffi.cdef("void (*signal(int number, void (*handler)(int)))(int); int raise(int number);").unwrap();
    let c = ffi.process();
    let signal = c.function("signal").unwrap();
    let handler = ffi
        .callback("void (*)(int)", |number: c_int| {
            SEEN.store(number, SeqCst);
        })
        .unwrap();
    // SAFETY: the handler touches an atomic only; it is taken back before it is freed
    unsafe {
        let old: CPtr = signal.call((libc::SIGUSR2, &handler)).unwrap();
        let raised: c_int = c.function("raise").unwrap().call((libc::SIGUSR2,)).unwrap();
        assert_eq!((raised, SEEN.load(SeqCst)), (0, libc::SIGUSR2));
        let ours: CPtr = signal.call((libc::SIGUSR2, &old)).unwrap();
        assert_eq!(ours.address().cast_const(), handler.address());
        ours.as_function().unwrap().call::<()>((5,)).unwrap();
        assert_eq!(SEEN.load(SeqCst), 5);
    }
}

const CPP: &str = r#"
    #include <stdexcept>
    extern "C" int caught(int (*f)(int), int n) {
        try { return f(n); } catch (const std::exception &) { return -100; }
    }
    extern "C" int thrower(int n) { if (n < 0) throw std::runtime_error("negative"); return n; }
    struct Counter { int &count; ~Counter() { ++count; } };
    extern "C" int counted(int (*f)(int), int n, int *count) { Counter counter{*count}; return f(n); }
"#;

/// C++ compiled for these tests; `None` where there is no compiler.
fn cpp(ffi: &Ffi, name: &str) -> Option<Lib> {
    let folder = std::env::temp_dir().join(format!("eightbyte-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (source, library) = (folder.join("f.cpp"), folder.join("libf.so"));
    std::fs::write(&source, CPP).unwrap();
    let compiled =
        Command::new("g++").args(["-shared", "-fPIC", "-O1", "-o"]).args([&library, &source]).status();
    let compiled = compiled.is_ok_and(|status| status.success());
    // SAFETY: the library was just made and has no initialisers
    let lib = compiled.then(|| unsafe { ffi.load(library.to_str().unwrap()) }.unwrap());
    if lib.is_none() {
        eprintln!("SKIPPED: no g++");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    ffi.cdef(
        "int caught(int (*f)(int), int n); int thrower(int n); int counted(int (*f)(int), int n, int *count);",
    )
    .unwrap();
    lib
}

#[test]
fn frames_of_cpp_between_panic_and_call() {
    let ffi = Ffi::new();
    let Some(lib) = cpp(&ffi, "between") else { return };
    let counted = lib.function("counted").unwrap();
    let fail = ffi.callback("int (*)(int)", |n: c_int| if n < 0 { panic!("negative") } else { n }).unwrap();
    let mut count = [0];
    // SAFETY: as declared
    assert_eq!(unsafe { counted.call::<c_int>((&fail, 3, &mut count)) }.unwrap(), 3);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        // SAFETY: as declared
        unsafe { counted.call::<c_int>((&fail, -3, &mut count)) }
    }));
    assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"negative"));
    // Frames of C++ were left in the orderly way
    assert_eq!(count, [2]);
    // An exception that C++ catches around a callback which does not throw
    let thrower = ffi.callback("int (*)(int)", |n: c_int| n + 1).unwrap();
    // SAFETY: as declared
    assert_eq!(unsafe { lib.function("caught").unwrap().call::<c_int>((&thrower, 1)) }.unwrap(), 2);
}

/// What ends a process, or changes it for good, is tried in one of its own.
#[test]
fn child() {
    let Ok(what) = std::env::var("EIGHTBYTE_CALLBACK_USER") else { return };
    let ffi = Ffi::new();
    match &*what {
        "foreign exception" => {
            let Some(lib) = cpp(&ffi, "foreign") else { std::process::abort() };
            let thrower = lib.function("thrower").unwrap();
            // SAFETY: as declared; an exception may pass a call, but not a callback
            let through =
                ffi.callback("int (*)(int)", move |n: c_int| unsafe { thrower.call::<c_int>((n,)) });
            // SAFETY: as declared
            let _ = unsafe { lib.function("caught").unwrap().call::<c_int>((&through.unwrap(), -1)) };
        }
        "no new code" => {
            // SAFETY: from now on this process can make no memory executable that was writable
            let refused = unsafe { libc::prctl(65, 1, 0, 0, 0) };
            if refused != 0 {
                println!("SKIPPED: the kernel has no PR_SET_MDWE");
                return;
            }
            let ffi = Ffi::new();
            let kind = ffi.callback_type(COMPARE).unwrap();
            let all: Vec<_> = (0..1000).map(|_| kind.callback(compare).unwrap()).collect();
            let mut numbers = [3, 1, 2];
            ffi.cdef(
                "void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));",
            )
            .unwrap();
            let qsort = ffi.process().function("qsort").unwrap();
            // SAFETY: as declared
            let () = unsafe { qsort.call((&mut numbers, 3, 4, &all[999])) }.unwrap();
            assert_eq!(numbers, [1, 2, 3]);
            println!("sorted");
        }
        "fork" => {
            let count = AtomicI32::new(0);
            let count: &'static AtomicI32 = Box::leak(Box::new(count));
            let old = ffi.callback("int (*)(int)", move |n: c_int| count.fetch_add(n, SeqCst)).unwrap();
            // SAFETY: the address of a function of this type
            let old: extern "C" fn(c_int) -> c_int =
                unsafe { std::mem::transmute(old.into_static().address()) };
            old(1);
            // SAFETY: this process has no other thread that holds anything
            let id = unsafe { libc::fork() };
            let add = if id == 0 { 10 } else { 100 };
            let kind = ffi.callback_type("int (*)(int)").unwrap();
            let made: Vec<_> =
                (0..500).map(|n| kind.callback(move |m: c_int| m + n + add).unwrap()).collect();
            for (n, callback) in made.iter().enumerate() {
                // SAFETY: the address of a function of this type
                let plain: extern "C" fn(c_int) -> c_int = unsafe { std::mem::transmute(callback.address()) };
                assert_eq!(plain(1), 1 + n as c_int + add);
            }
            old(add);
            assert_eq!(count.load(SeqCst), 1 + add);
            if id == 0 {
                // SAFETY: the child ends here
                unsafe { libc::_exit(33) };
            }
            let mut status = 0;
            // SAFETY: the child that was made above
            unsafe { libc::waitpid(id, &mut status, 0) };
            assert_eq!(libc::WEXITSTATUS(status), 33);
            println!("both");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn in_processes_of_their_own() {
    let run = |what: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "callback_users::child", "--nocapture", "--test-threads=1"]);
        command.env("EIGHTBYTE_CALLBACK_USER", what).output().unwrap()
    };
    // An exception of C++ cannot be kept by Rust: the process ends, it does not go on with half a stack
    let output = run("foreign exception");
    assert_eq!(output.status.signal(), Some(libc::SIGABRT));
    for (what, said) in [("no new code", ["sorted", "SKIPPED"]), ("fork", ["both", "both"])] {
        let output = run(what);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{what}: {text}{errors}");
        assert!(said.iter().any(|said| text.contains(said)), "{what}: {text}{errors}");
    }
}

#[test]
fn guard_is_quiet_where_nothing_failed() {
    let ffi = Ffi::new();
    let double = ffi.callback("int (*)(int)", |n: c_int| n * 2).unwrap();
    // SAFETY: the address of a function of this type
    let plain: extern "C" fn(c_int) -> c_int = unsafe { std::mem::transmute(double.address()) };
    assert_eq!(guard(|| plain(4)).unwrap(), 8);
}
