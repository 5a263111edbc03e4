//! Libraries: how they are found and loaded, what they export, who may call them, and every way in which that fails.

use eightbyte::{ErrorKind, Export, ExportKind, Ffi, Lib, LoadOptions, Result, ThreadPolicy};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of a test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("eightbyte-libraries-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.0.join(name), bytes).unwrap();
        self.path(name)
    }

    /// A library from C text.
    fn compile(&self, name: &str, options: &[&str], source: &str) -> String {
        let text = self.write(&format!("{name}.c"), source);
        let mut command = Command::new("cc");
        command.args(["-shared", "-fPIC", "-O1", "-w", "-o", &self.path(name), &text]).args(options);
        assert!(command.status().unwrap().success());
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn load_with(ffi: &Ffi, name: &str, options: LoadOptions) -> Result<Lib> {
    // SAFETY: system libraries and those compiled here, whose initialisers are sound anywhere
    unsafe { ffi.load_with(name, options) }
}

fn load(name: &str) -> Result<Lib> {
    load_with(&Ffi::new(), name, LoadOptions::new())
}

/// Calls a function without parameters that gives an `int`.
fn call(lib: &Lib, name: &str) -> Result<i32> {
    let function = lib.function(&format!("int {name}(void)"))?;
    // SAFETY: the functions of these tests are of this type
    unsafe { function.call(()) }
}

#[track_caller]
fn refused<T>(result: Result<T>, kind: ErrorKind, parts: &[&str]) {
    let Err(error) = result else { panic!("expected an error: {parts:?}") };
    assert_eq!(error.kind(), kind, "{error}");
    for part in parts {
        assert!(error.message().contains(part), "expected '...{part}...', found '{}'", error.message());
    }
}

#[test]
fn names_that_are_none() {
    refused(load(""), ErrorKind::Library, &["name of the library is empty", "Ffi::process"]);
    refused(load("a\0b"), ErrorKind::Library, &["has a NUL in it: \"a\\0b\""]);
    for length in [5000, 10_000_000] {
        let long = "x".repeat(length);
        refused(load(&long), ErrorKind::Library, &["bytes, at most 4000 are possible: 'xxxxxxxx"]);
        assert!(load(&long).unwrap_err().message().len() < 200);
    }
    refused(load(&"/x".repeat(2000)), ErrorKind::Library, &["cannot load library"]);
    refused(load(&"x".repeat(300)), ErrorKind::Library, &["cannot load library"]);
    for name in ["user32", "User32.dll", "kernel32", "foo.dll"] {
        refused(
            load(name),
            ErrorKind::Library,
            &["tried ", "; this is a library of Windows, which is not here"],
        );
    }
    refused(load("libSystem.dylib"), ErrorKind::Library, &["; this is a library of macOS"]);
    // SAFETY: neither is there
    let neither = unsafe { Ffi::new().load_any(&["no_such_one", "nor_this"]) };
    refused(neither, ErrorKind::Library, &["tried libno_such_one.so (", "tried libnor_this.so ("]);
    // SAFETY: nothing is loaded
    refused(unsafe { Ffi::new().load_any(&[]) }, ErrorKind::Library, &["no library is named"]);
}

#[test]
fn files_that_are_none() {
    let folder = Folder::new("files");
    let other = |name: &str, at: usize, bytes: &[u8]| {
        let good = folder.compile("good.so", &[], "int f(void) { return 1; }");
        let mut file = std::fs::read(good).unwrap();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        folder.write(name, file)
    };
    let machine = std::env::consts::ARCH;
    let expected = format!("; expected {machine}");
    let good = std::fs::read(folder.compile("whole.so", &[], "int f(void) { return 1; }")).unwrap();
    let object = folder.path("object.o");
    folder.write("object.c", "int f(void) { return 1; }");
    assert!(
        Command::new("cc").args(["-c", "-o", &object, &folder.path("object.c")]).status().unwrap().success()
    );
    let pipe = folder.path("pipe.so");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (path, parts) in [
        (folder.path(""), vec!["it is a folder"]),
        ("/dev/null".to_owned(), vec!["it is a device or a pipe"]),
        (pipe, vec!["it is a device or a pipe"]),
        (folder.path("missing.so"), vec!["No such file"]),
        (folder.write("empty.so", b""), vec!["the file is empty"]),
        (folder.write("text.so", "hello\n"), vec!["it is text, and no linker script"]),
        (folder.write("archive.so", "!<arch>\nxxxx"), vec!["it is a static library"]),
        (folder.write("script.so", "#!/bin/sh\n"), vec!["it is a script"]),
        (folder.write("pe.so", b"MZ\x90\0"), vec!["it is a file of Windows"]),
        (folder.write("macho.so", b"\xcf\xfa\xed\xfe"), vec!["it is a file of macOS"]),
        (folder.write("rubbish.so", [0xff; 5000]), vec!["it does not begin as a library does"]),
        (object, vec!["it is an object file: link it"]),
        (other("wide.so", 18, &[22, 0]), vec!["it is for another machine: s390", &expected]),
        (other("small.so", 4, &[1]), vec!["it is for another machine: "]),
        (other("arm.so", 18, &[40, 0]), vec!["it is for another machine: ARM (32 bits)", &expected]),
        (
            folder.write("cut.so", &good[..good.len() / 3]),
            vec!["the file is cut off: it should have ", " bytes or more"],
        ),
        (folder.write("head.so", &good[..20]), vec!["cut off"]),
    ] {
        refused(load(&path), ErrorKind::Library, &parts);
        refused(load(&path), ErrorKind::Library, &["cannot load library '", &path]);
    }
}

#[test]
fn linker_scripts() {
    let folder = Folder::new("scripts");
    let first = folder.compile("libfirst.so.1", &[], "int first(void) { return 1; }");
    folder.compile("libsecond.so.2", &[], "int second(void) { return 2; }");
    let script = |name: &str, text: &str| load(&folder.write(name, text));
    // All that it names, relative and absolute; what is static is not for us
    let both = script(
        "both.so",
        &format!(
            "/* GNU ld script */\nOUTPUT_FORMAT(elf64)\nGROUP ( {first} libboth_nonshared.a AS_NEEDED ( x ) )\nINPUT(libsecond.so.2)"
        ),
    );
    let both = both.unwrap();
    assert_eq!((call(&both, "first").unwrap(), call(&both, "second").unwrap()), (1, 2));
    assert_eq!(both.name(), first);
    let names: Vec<String> = both.exports().into_iter().map(|export| export.name).collect();
    assert!(names.contains(&"first".to_owned()) && names.contains(&"second".to_owned()));
    refused(call(&both, "third"), ErrorKind::Symbol, &["no symbol 'third'"]);
    let needed = script("needed.so", "INPUT(AS_NEEDED(libsecond.so.2))").unwrap();
    assert_eq!(call(&needed, "second").unwrap(), 2);
    let nested = script("nested.so", "INPUT ( needed.so )").unwrap();
    assert_eq!(call(&nested, "second").unwrap(), 2);
    let libm = script("libm.so", "GROUP(-lm)").unwrap();
    assert!(libm.address("cos").is_ok());
    // Scripts that lead nowhere say where
    for (name, text, part) in [
        ("loop.so", "INPUT ( loop.so )", "loop.so (a linker script)"),
        ("gone.so", "INPUT ( gone_too.so )", "tried "),
        ("none.so", "INPUT ( x.a )", "it is text, and no linker script that names a library"),
        ("open.so", "INPUT ( /* never closed", "it is text"),
        ("shut.so", "GROUP(AS_NEEDED(", "it is text"),
    ] {
        refused(script(name, text), ErrorKind::Library, &[part]);
    }
    let many = "INPUT(".to_owned() + &" many.so x".repeat(10_000) + ")";
    refused(script("many.so", &many), ErrorKind::Library, &["cannot load library"]);
    std::fs::write(folder.path("random.so"), [b'('; 100_000]).unwrap();
    refused(load(&folder.path("random.so")), ErrorKind::Library, &["it is text"]);
}

#[test]
fn ways_of_loading() {
    let folder = Folder::new("ways");
    let path = folder.compile(
        "ways.so",
        &[],
        "int way(void) { return 4; } int missing(void); int lazy(void) { return missing(); }",
    );
    let ffi = Ffi::new();
    let options = LoadOptions::new();
    refused(load_with(&ffi, &path, options.no_load()), ErrorKind::Library, &["it is not loaded"]);
    refused(load_with(&ffi, &path, options.now()), ErrorKind::Library, &["missing"]);
    let lib = load_with(&ffi, &path, options.now().lazy()).unwrap();
    assert_eq!((call(&lib, "way").unwrap(), lib.threads()), (4, ThreadPolicy::Any));
    assert!(ffi.process().address("way").is_err());
    assert!(load_with(&ffi, &path, options.no_load()).is_ok());
    assert!(load_with(&ffi, &path, options.no_load().global()).is_ok());
    assert!(ffi.process().address("way").is_ok());
    drop(lib);
    refused(load_with(&ffi, &path, options.no_load()), ErrorKind::Library, &["it is not loaded"]);
    // A library that brings its own version of a function that is global
    let outer =
        folder.compile("outer.so", &[], "int which(void) { return 1; } int ask(void) { return which(); }");
    let inner =
        folder.compile("inner.so", &[], "int which(void) { return 2; } int ask(void) { return which(); }");
    let global = load_with(&ffi, &outer, options.global()).unwrap();
    let shallow = load_with(&ffi, &inner, options).unwrap();
    assert_eq!(call(&shallow, "ask").unwrap(), 1);
    drop(shallow);
    if cfg!(target_env = "gnu") {
        let deep = load_with(&ffi, &inner, options.deepbind()).unwrap();
        assert_eq!(call(&deep, "ask").unwrap(), 2);
    }
    drop(global);
    let kept = folder.compile("kept.so", &[], "int kept(void) { return 5; }");
    drop(load_with(&ffi, &kept, options.no_delete()).unwrap());
    assert!(load_with(&ffi, &kept, options.no_load()).is_ok());
}

const MANY_SYMBOLS: &str = r#"
    int plain(void) { return 1; }
    int data[10];
    __thread long own;
    __attribute__((visibility("hidden"))) int hidden(void) { return 1; }
    static int local(void) { return 1; }
    __attribute__((weak)) int weak(void) { return local() + hidden(); }
    int old_call(void) { return 1; }
    int new_call(void) { return 2; }
"#;

#[test]
fn exports() {
    let folder = Folder::new("exports");
    let versions = folder.write("v.map", "V1 { global: *; }; V2 { global: versioned; } V1;");
    let versions = format!("-Wl,--version-script={versions}");
    let versioned = format!(
        "{MANY_SYMBOLS} __asm__(\".symver old_call,versioned@V1\"); __asm__(\".symver new_call,versioned@@V2\");"
    );
    let plain = folder.compile("plain.so", &["-Wl,--hash-style=gnu"], MANY_SYMBOLS);
    let sysv = folder.compile("sysv.so", &["-Wl,--hash-style=sysv"], MANY_SYMBOLS);
    let versioned = folder.compile("versioned.so", &[&versions], &versioned);
    let sectionless = folder.path("sectionless.so");
    let mut file = std::fs::read(&plain).unwrap();
    // e_shoff, then e_shentsize, e_shnum, e_shstrndx
    file[40..48].fill(0);
    file[58..64].fill(0);
    std::fs::write(&sectionless, file).unwrap();
    let find = |exports: &[Export], name: &str| {
        let found = exports.iter().find(|export| export.name == name);
        found.map(|export| (export.kind, export.size, export.version.clone()))
    };
    for path in [&plain, &sysv, &sectionless, &versioned] {
        let lib = load(path).unwrap();
        let exports = lib.exports();
        let version = (path == &versioned).then(|| "V1".to_owned());
        assert_eq!(find(&exports, "data"), Some((ExportKind::Variable, 40, version.clone())), "{path}");
        assert_eq!(find(&exports, "own"), Some((ExportKind::ThreadLocal, 8, version)), "{path}");
        for name in ["plain", "weak", "new_call"] {
            assert!(matches!(find(&exports, name), Some((ExportKind::Function, 1.., _))), "{path}: {name}");
        }
        for name in ["hidden", "local", "printf", ""] {
            assert_eq!(find(&exports, name), None, "{path}: {name}");
        }
        assert!(exports.is_sorted_by(|a, b| a.name <= b.name));
        refused(
            lib.variable("extern int data[9]"),
            ErrorKind::Conflict,
            &["which has 36 bytes; it has 40 bytes"],
        );
    }
    let lib = load(&versioned).unwrap();
    let versions: Vec<(Option<String>, bool)> = lib
        .exports()
        .into_iter()
        .filter(|export| export.name == "versioned")
        .map(|export| (export.version, export.is_default))
        .collect();
    assert_eq!(versions, [(Some("V2".to_owned()), true), (Some("V1".to_owned()), false)]);
    lib.function("int versioned(void)").unwrap();
    for (name, expected) in [("versioned", 2), ("versioned@V1", 1), ("versioned@@V2", 2)] {
        // SAFETY: a function of these tests
        assert_eq!(unsafe { lib.function(name).unwrap().call::<i32>(()) }.unwrap(), expected, "{name}");
    }
    refused(lib.function("versioned@V3"), ErrorKind::Symbol, &["there are versions V2, V1"]);
    refused(lib.address("nothing@V3"), ErrorKind::Symbol, &["there is none of any version"]);
    refused(lib.address("plain\0"), ErrorKind::Symbol, &["no symbol has such a name"]);
    refused(lib.address("@"), ErrorKind::Symbol, &[""]);
    let long = lib.address(&"y".repeat(1_000_000));
    assert!(long.unwrap_err().message().len() < 2000);
    let all = Ffi::new().process().exports();
    assert!(
        all.iter().any(|export| export.name == "memcpy" && !export.is_default) || !cfg!(target_env = "gnu")
    );
}

/// Damaged libraries are refused or read without a crash: what survives the loader is not allowed to break the reader.
#[test]
fn damaged_files() {
    let folder = Folder::new("damaged");
    let good = std::fs::read(folder.compile("good.so", &[], MANY_SYMBOLS)).unwrap();
    // Bytes of the head that the loader itself checks; damage further in can crash it
    for at in 0..64 {
        for byte in [0x00, 0x7f, 0xff] {
            let mut file = good.clone();
            // Where the program headers are, and how many: the loader believes what it reads
            if (32..40).contains(&at) || (54..58).contains(&at) || file[at] == byte {
                continue;
            }
            file[at] = byte;
            let path = folder.write(&format!("damaged-{at}-{byte}.so"), file);
            if let Ok(lib) = load(&path) {
                assert!(lib.exports().iter().any(|export| export.name == "plain"));
            }
        }
    }
    for length in (0..good.len()).step_by(good.len() / 40) {
        if let Ok(lib) = load(&folder.write(&format!("cut-{length}.so"), &good[..length])) {
            assert!(lib.exports().iter().any(|export| export.name == "plain"));
        }
    }
}

const CALLERS: &str = "
    static volatile int inside; static int most;
    int enter(int microseconds) {
        int now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
        if (now > most) most = now;
        usleep(microseconds);
        __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
        return most;
    }
    int again(int (*f)(void)) { return f(); }
    int count = 3;
";

#[test]
fn one_thread_at_a_time() {
    let folder = Folder::new("serialized");
    let path = folder.compile("serialized.so", &[], CALLERS);
    let ffi = Ffi::new();
    ffi.cdef("int enter(int microseconds); int again(int (*f)(void)); extern int count;").unwrap();
    let options = LoadOptions::new().threads(ThreadPolicy::Serialized);
    let lib = load_with(&ffi, &path, options).unwrap();
    assert_eq!(lib.threads(), ThreadPolicy::Serialized);
    // Loaded twice, it is still one library
    let twice = load_with(&Ffi::new(), &path, options).unwrap();
    let most = AtomicU32::new(0);
    std::thread::scope(|threads| {
        for index in 0..4 {
            let lib = if index % 2 == 0 { &lib } else { &twice };
            let most = &most;
            threads.spawn(move || {
                let enter = lib.function("int enter(int microseconds)").unwrap();
                for _ in 0..20 {
                    // SAFETY: declared as it was compiled
                    most.fetch_max(unsafe { enter.call((200,)) }.unwrap(), Ordering::SeqCst);
                    // SAFETY: as above
                    let (found, _) = unsafe { enter.with_errno().call::<u32>((200,)) }.unwrap();
                    most.fetch_max(found, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(most.load(Ordering::SeqCst), 1);
    // What is called back calls again
    thread_local! {
        static AGAIN: std::cell::RefCell<Option<eightbyte::Function>> = const { std::cell::RefCell::new(None) };
    }
    unsafe extern "C" fn once_more() -> i32 {
        let enter = AGAIN.with(|again| again.borrow().clone()).unwrap();
        // SAFETY: declared as it was compiled
        unsafe { enter.call((1,)) }.unwrap()
    }
    AGAIN.with(|again| *again.borrow_mut() = Some(lib.function("enter").unwrap()));
    let again = lib.function("again").unwrap();
    // SAFETY: declared as it was compiled, and the function is of the type that it calls
    let result: i32 = unsafe { again.call((once_more as *mut std::ffi::c_void,)) }.unwrap();
    assert_eq!(result, 1);
    AGAIN.with(|again| again.borrow_mut().take());
    refused(
        lib.symbol::<unsafe extern "C" fn(i32) -> i32>("enter"),
        ErrorKind::Unsupported,
        &["could be called past the thread policy", "Serialized", "use Lib::function"],
    );
}

#[test]
fn the_owner_only() {
    let folder = Folder::new("owner");
    let path = folder.compile("owner.so", &[], CALLERS);
    let ffi = Ffi::new();
    ffi.cdef("int enter(int microseconds); int again(int (*f)(void)); extern int count; int usleep(unsigned); int sum(int, ...);")
        .unwrap();
    let lib = load_with(&ffi, &path, LoadOptions::new().threads(ThreadPolicy::OwnerThread)).unwrap();
    let (enter, count) = (lib.function("enter").unwrap(), lib.variable("count").unwrap());
    // SAFETY: declared as it was compiled
    assert_eq!(unsafe { enter.call::<i32>((0,)) }.unwrap(), 1);
    std::thread::scope(|threads| {
        let stranger = std::thread::Builder::new().name("stranger".to_owned());
        let refusals = stranger.spawn_scoped(threads, || {
            let parts = [path.as_str(), "belongs to thread ", "which loaded it", "('stranger')"];
            // SAFETY: declared as it was compiled
            refused(unsafe { enter.call::<i32>((0,)) }, ErrorKind::Thread, &parts);
            // SAFETY: as above
            refused(unsafe { enter.with_errno().call::<i32>((0,)) }, ErrorKind::Thread, &parts);
            // SAFETY: as above
            refused(unsafe { count.get::<i32>("") }, ErrorKind::Thread, &parts);
            // SAFETY: as above
            refused(unsafe { count.set("", 1) }, ErrorKind::Thread, &parts);
            // SAFETY: as above
            refused(unsafe { count.borrow() }.map(drop), ErrorKind::Thread, &parts);
            // Names can be looked up from anywhere
            assert!(lib.lookup("enter").is_ok() && lib.exports().len() > 2);
        });
        refusals.unwrap().join().unwrap();
    });
    // SAFETY: as above
    assert_eq!(unsafe { count.get::<i32>("") }.unwrap(), 3);
    refused(
        lib.symbol::<unsafe extern "C" fn(i32) -> i32>("enter"),
        ErrorKind::Unsupported,
        &["OwnerThread"],
    );
}

#[test]
fn what_was_found_keeps_it_loaded() {
    let folder = Folder::new("kept");
    let path = folder.compile("kept.so", &[], "int value = 6; int f(void) { return value; }");
    let ffi = Ffi::new();
    let is_loaded = || load_with(&ffi, &path, LoadOptions::new().no_load()).is_ok();
    let lib = load_with(&ffi, &path, LoadOptions::new()).unwrap();
    let (function, variable) =
        (lib.function("int f(void)").unwrap(), lib.variable("extern int value").unwrap());
    drop(lib);
    // SAFETY: declared as it was compiled
    assert_eq!(unsafe { function.call::<i32>(()) }.unwrap(), 6);
    drop(function);
    assert!(is_loaded());
    // SAFETY: as above
    assert_eq!(unsafe { variable.get::<i32>("") }.unwrap(), 6);
    drop(variable);
    assert!(!is_loaded());
    assert!(Path::new(&path).is_file());
}

/// Libraries come and go while others read what all of them export.
#[test]
fn exports_while_others_unload() {
    let folder = Folder::new("unload");
    let source = folder.compile("unload.so", &[], MANY_SYMBOLS);
    let copies: Vec<String> = (0..2).map(|index| folder.path(&format!("copy-{index}.so"))).collect();
    std::thread::scope(|threads| {
        for copy in &copies {
            std::fs::copy(&source, copy).unwrap();
            threads.spawn(move || {
                for _ in 0..100 {
                    let lib = load(copy).unwrap();
                    assert_eq!(lib.variable("extern int data[]").unwrap().size(), Some(40));
                }
            });
        }
        for _ in 0..2 {
            threads.spawn(|| {
                for _ in 0..5 {
                    assert!(Ffi::new().process().exports().len() > 100);
                }
            });
        }
    });
}
