//! Calls where a process is not as calm as a test likes it: no memory may become executable, it forks, many threads
//! call at once, exceptions fly through, a debugger looks at the stack.
//!
//! What changes a process for good is done in a child: this program once more, at the test `child`.

use eightbyte::{Ffi, Function, Lib, Value};
use std::ffi::{c_int, c_void};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, thread};

/// What the child shall do.
const TASK: &str = "EIGHTBYTE_HOSTILE_PROCESS";

/// What a child prints where its task is not possible here.
const SKIPPED: &str = "SKIPPED: ";

#[test]
fn child() {
    match env::var(TASK).as_deref() {
        Ok("maps") => nothing_is_writable_and_executable(),
        Ok("mdwe") => refusing_executable_memory(),
        Ok("fork") => forking(),
        Ok(other) => panic!("no task is called '{other}'"),
        Err(_) => {}
    }
}

/// This program at the test above, alone and on its first thread.
const CHILD: [&str; 4] = ["--exact", "hostile_process::child", "--test-threads=1", "--nocapture"];

fn run(task: &str) {
    let output = Command::new(env::current_exe().unwrap()).args(CHILD).env(TASK, task).output().unwrap();
    report(task, &output);
    assert!(output.status.success(), "{task}: {}\n{}", output.status, text(&output));
}

/// Hands on what a child could not do: this must be seen.
fn report(task: &str, output: &Output) {
    for line in text(output).lines().filter(|line| line.starts_with(SKIPPED)) {
        skipped(&format!("{} ({task})", line.trim_start_matches(SKIPPED)));
    }
}

/// Says it where the test harness swallows nothing.
fn skipped(why: &str) {
    // Nobody may be listening, and the tests go on
    let _ = writeln!(std::io::stderr(), "{SKIPPED}{why}");
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const HEADER: &str = "
    typedef struct { double x; long n; } mixed_t;
    typedef struct { long n[4]; } large_t;
    mixed_t turned(mixed_t m);
    large_t moved(large_t l, int by);
    long double stopped_here(long, long, long, long, long, long, long, long double);
    long double passed_on(long, long, long, long, long, long, long, long double);
    int snprintf(char *to, size_t size, const char *format, ...);
";

const SOURCE: &str = "
    typedef struct { double x; long n; } mixed_t;
    typedef struct { long n[4]; } large_t;
    mixed_t turned(mixed_t m) { mixed_t r = { (double) m.n, (long) m.x }; return r; }
    large_t moved(large_t l, int by) { for (int i = 0; i < 4; i++) l.n[i] += by; return l; }
    long double stopped_here(long a, long b, long c, long d, long e, long f, long g, long double h) {
        return a + b + c + d + e + f + g + h;
    }
    long double passed_on(long a, long b, long c, long d, long e, long f, long g, long double h) {
        return stopped_here(a, b, c, d, e, f, g, h) + 1;
    }
";

/// A library of the text above, made once for a process.
fn library() -> &'static (Ffi, Lib) {
    static LIBRARY: OnceLock<(Ffi, Lib)> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let ffi = Ffi::new();
        ffi.cdef(HEADER).unwrap();
        let compiled = Compiled::new("cc", "c", SOURCE).expect("cc is needed to run the tests");
        // SAFETY: the library was compiled from the text above
        let lib = unsafe { ffi.load(compiled.path()) }.unwrap();
        (ffi, lib)
    })
}

/// A library in a folder of its own, which goes when this goes.
struct Compiled {
    folder: PathBuf,
    library: PathBuf,
}

impl Compiled {
    /// `None` where there is no such compiler.
    fn new(compiler: &str, suffix: &str, source: &str) -> Option<Compiled> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("eightbyte-hostile-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let compiled = Compiled { library: folder.join("f.so"), folder };
        let text = compiled.folder.join(format!("f.{suffix}"));
        fs::write(&text, source).unwrap();
        let mut command = Command::new(compiler);
        command.args(["-shared", "-fPIC", "-O1", "-g", "-o"]).arg(&compiled.library).arg(&text);
        assert!(command.status().ok()?.success(), "{compiler} refuses the text");
        Some(compiled)
    }

    fn path(&self) -> &str {
        self.library.to_str().unwrap()
    }
}

impl Drop for Compiled {
    fn drop(&mut self) {
        // What cannot be removed is left to whoever empties the folder for such files
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A call of each kind: registers, the stack, a hidden pointer, st0, and behind dots.
fn call_all(ffi: &Ffi, lib: &Lib) {
    call_with(ffi, &Functions::of(ffi, lib), 0);
}

struct Functions {
    turned: Function,
    moved: Function,
    passed_on: Function,
    snprintf: Function,
}

impl Functions {
    fn of(ffi: &Ffi, lib: &Lib) -> Functions {
        Functions {
            turned: lib.function("turned").unwrap(),
            moved: lib.function("moved").unwrap(),
            passed_on: lib.function("passed_on").unwrap(),
            snprintf: ffi.process().function("snprintf").unwrap(),
        }
    }
}

fn call_with(ffi: &Ffi, functions: &Functions, n: i64) {
    // SAFETY: each is declared as it was compiled, and touches only what it is lent
    unsafe {
        let turned: (f64, i64) = functions.turned.call(((1.0, n),)).unwrap();
        assert_eq!(turned, (n as f64, 1));
        let moved: (Vec<i64>,) = functions.moved.call((([n, 2, 3, 4],), 10)).unwrap();
        assert_eq!(moved.0, [n + 10, 12, 13, 14]);
        let sum: f64 = functions.passed_on.call((1, 2, 3, 4, 5, 6, n, 0.5)).unwrap();
        assert_eq!(sum, 22.5 + n as f64);
        let mut room = ffi.alloc_array("char", 40).unwrap();
        let length: c_int = functions.snprintf.call((&mut room, 40, "%ld %g %s", n, 2.5, "text")).unwrap();
        let written: String = room.get("").unwrap();
        assert_eq!((written, length as usize), (format!("{n} 2.5 text"), format!("{n} 2.5 text").len()));
    }
}

/// The maps of this process that can be written and run.
fn writable_and_executable() -> Vec<String> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let is_both = |line: &&str| {
        let rights = line.split(' ').nth(1).unwrap_or_default();
        rights.contains('w') && rights.contains('x')
    };
    maps.lines().filter(is_both).map(str::to_owned).collect()
}

#[test]
fn no_memory_is_writable_and_executable() {
    run("maps");
}

fn nothing_is_writable_and_executable() {
    if fs::read_to_string("/proc/self/maps").is_err() {
        println!("{SKIPPED}this system has no /proc/self/maps");
        return;
    }
    extern "C" fn count(first: c_int, _: f64, _: i64, _: i64, _: i64, _: i64, _: i64, last: i64) -> i64 {
        assert_eq!((first, last), (7, 9));
        writable_and_executable().len() as i64
    }
    let (ffi, lib) = library();
    call_all(ffi, lib);
    ffi.cdef("long count(int, double, long, long, long, long, long, long);").unwrap();
    // SAFETY: a function of this program, declared as it is defined
    let count = unsafe { ffi.function_at("count", count as *const c_void) }.unwrap();
    for _ in 0..3 {
        // SAFETY: as above; it reads a file
        let found: i64 = unsafe { count.call((7, 1.5, 0, 0, 0, 0, 0, 9)) }.unwrap();
        assert_eq!(found, 0, "{:?}", writable_and_executable());
    }
}

#[test]
fn calls_where_no_memory_may_become_executable() {
    run("mdwe");
}

fn refusing_executable_memory() {
    const PR_SET_MDWE: c_int = 65;
    const REFUSE_EXEC_GAIN: u64 = 1;
    // The C library is made before: a compiler that inherits the refusal has nothing to do with this test
    let (ffi, lib) = library();
    // SAFETY: it takes a right from this process, which ends soon, and gives none
    if unsafe { libc::prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, 0u64, 0u64, 0u64) } != 0 {
        println!("{SKIPPED}this kernel has no PR_SET_MDWE");
        return;
    }
    let both = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a page that nobody has, if the kernel gives one against what was asked
    let page = unsafe { libc::mmap(std::ptr::null_mut(), 4096, both, flags, -1, 0) };
    assert_eq!(page, libc::MAP_FAILED, "the kernel does not keep to PR_SET_MDWE");
    call_all(ffi, lib);
    let fresh = Ffi::new();
    fresh.cdef("double hypot(double, double);").unwrap();
    // SAFETY: the C library's own mathematics, declared as C has it
    let length: f64 = unsafe {
        let libm = fresh.load("m").unwrap();
        libm.function("hypot").unwrap().call((3, 4)).unwrap()
    };
    assert_eq!(length, 5.0);
}

#[test]
fn parent_and_child_call() {
    run("fork");
}

fn forking() {
    let (ffi, lib) = library();
    let functions = Functions::of(ffi, lib);
    call_with(ffi, &functions, 1);
    // SAFETY: this process has one thread that does anything, so that the child may do whatever it likes
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork: {}", std::io::Error::last_os_error());
    if child == 0 {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            call_with(ffi, &functions, 2);
            let fresh = Ffi::new();
            fresh.cdef(HEADER).unwrap();
            call_all(&fresh, lib);
        }));
        // SAFETY: the child ends here, without a word to the test harness
        unsafe { libc::_exit(if outcome.is_ok() { 33 } else { 1 }) };
    }
    call_with(ffi, &functions, 3);
    let mut status = 0;
    // SAFETY: the child from above, and a place for its status
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert!(
        libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 33,
        "the child's calls failed: {status:#x}"
    );
    call_with(ffi, &functions, 4);
}

#[test]
fn eight_threads_call_at_once() {
    const ROUNDS: i64 = 200;
    let (ffi, lib) = library();
    let functions = Functions::of(ffi, lib);
    let start = std::sync::Barrier::new(8);
    thread::scope(|scope| {
        for number in 0..8 {
            let (functions, start) = (&functions, &start);
            scope.spawn(move || {
                start.wait();
                for round in 0..ROUNDS {
                    call_with(ffi, functions, number * ROUNDS + round);
                }
                // Each thread's tail of its own beside the shared one
                let mut room = ffi.alloc_array("char", 400).unwrap();
                let format = "%ld ".repeat(number as usize + 1);
                let mut arguments = vec![
                    Value::Pointer(room.as_mut_ptr().cast()),
                    Value::from(400i64),
                    Value::from(format.as_str()),
                ];
                arguments.extend((0..=number).map(Value::from));
                // SAFETY: room for every number, and a format that asks for each
                let _: c_int = unsafe { functions.snprintf.call(&arguments[..]) }.unwrap();
                let expected: String = (0..=number).map(|n| format!("{n} ")).collect();
                assert_eq!(room.get::<String>("").unwrap(), expected);
            });
        }
    });
}

#[test]
fn a_cpp_exception_passes_through_a_function() {
    let source = r#"
        struct bad { long code; };
        extern "C" double fail(long a, long b, long c, long d, long e, long f, long g, double h) { throw bad { g + (long) h }; }
        extern "C" long caught(void (*f)(void *), void *context) {
            try { f(context); } catch (bad &b) { return b.code; }
            return 0;
        }"#;
    let Some(compiled) = Compiled::new("g++", "cpp", source) else {
        skipped("g++ is missing, which compiles a function that throws");
        return;
    };
    let ffi = Ffi::new();
    ffi.cdef("double fail(long, long, long, long, long, long, long, double); long caught(void *, void *);")
        .unwrap();
    // SAFETY: the library was compiled from the text above
    let lib = unsafe { ffi.load(compiled.path()) }.unwrap();
    extern "C-unwind" fn enter(context: *mut c_void) {
        // SAFETY: the test hands on a `Function` that lives as long as the call
        let fail = unsafe { &*context.cast::<Function>() };
        // SAFETY: declared as it was compiled; what it throws passes through frames that allow it
        let _: f64 = unsafe { fail.call((1, 2, 3, 4, 5, 6, 7, 0.5)) }.unwrap();
        unreachable!("it throws");
    }
    let fail = lib.function("fail").unwrap();
    let (enter, context) = (enter as *mut c_void, (&raw const fail).cast_mut().cast::<c_void>());
    // SAFETY: it calls `enter` with this context
    let code: i64 = unsafe { lib.function("caught").unwrap().call((enter, context)) }.unwrap();
    assert_eq!(code, 7);
}

#[test]
fn a_debugger_sees_every_frame() {
    if Command::new("gdb").arg("--version").output().is_err() {
        skipped("gdb is missing, which would look at the stack inside of a call");
        return;
    }
    let mut gdb = Command::new("gdb");
    gdb.env("SHELL", "/bin/sh");
    gdb.args(["--batch", "--nx"]);
    for command in [
        "set debuginfod enabled off",
        "set breakpoint pending on",
        // `eightbyte call` calls in a process of its own
        "set follow-fork-mode child",
        "set print frame-arguments scalars",
        "set width 0",
        "break stopped_here",
        "run",
        "backtrace",
        "kill",
    ] {
        gdb.args(["-ex", command]);
    }
    let compiled = Compiled::new("cc", "c", SOURCE).expect("cc is needed to run the tests");
    let prototype = "long double passed_on(long, long, long, long, long, long, long, long double)";
    gdb.arg("--args").arg(crate::readme::program()).arg("call").arg(compiled.path()).arg(prototype);
    gdb.args(["1", "2", "3", "4", "5", "6", "7", "0.5"]);
    let output = gdb.output().unwrap();
    let text = text(&output);
    let frames: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    if frames.is_empty() && (text.contains("not permitted") || text.contains("ptrace")) {
        skipped("this system lets gdb look at no process");
        return;
    }
    let place = |name: &str| frames.iter().position(|frame| frame.contains(&format!(" {name} (")));
    assert_eq!(place("stopped_here"), Some(0), "{text}");
    assert_eq!(place("passed_on"), Some(1), "{text}");
    assert!(frames[0].contains("a=1, b=2, c=3, d=4, e=5, f=6, g=7, h=0.5"), "{text}");
    assert!(frames.iter().any(|frame| frame.contains("eightbyte::call::")), "{text}");
    assert!(
        frames.last().is_some_and(|frame| frame.contains("main ("))
            && frames.iter().all(|frame| !frame.contains("??")),
        "{text}"
    );
}
