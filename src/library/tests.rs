//! The loader's own rules, on the libraries that every system has.

use super::*;

fn open(name: &str) -> Result<Library> {
    // SAFETY: the tests load system libraries, whose initialisers are sound anywhere
    unsafe { Library::open(name, LoadOptions::new()) }
}

#[test]
fn system_libraries() {
    for (name, symbol) in [("m", "cos"), ("m.so.6", "cos"), ("c", "qsort"), ("libc.so.6", "puts")] {
        let library = open(name).unwrap();
        let clone = library.clone();
        let address = std::thread::spawn(move || clone.symbol(symbol).unwrap().as_ptr() as usize);
        assert_eq!(library.symbol(symbol).unwrap().as_ptr() as usize, address.join().unwrap());
    }
    assert!(Library::process().unwrap().symbol("strlen").is_ok());
}

#[test]
fn versioned_names_without_a_development_package() {
    // glibc has this in every installation and never as a bare `.so`
    let stem = "nss_files";
    if names::versioned("libnss_files.so").len() > 1 {
        assert!(open(stem).unwrap().name().contains("libnss_files.so.2"));
    }
}

#[test]
fn errors_tell_what_was_tried() {
    let error = open("no such library").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Library);
    assert!(error.message().contains("tried libno such library.so (cannot open"), "{error}");
    assert!(error.message().contains("libno such library.so.6 ("), "{error}");
    let error = open("m").unwrap().symbol("no_such_function").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Symbol);
    assert!(error.message().starts_with("no symbol 'no_such_function' in "), "{error}");
}

#[test]
fn exports_and_versions() {
    let library = open("m").unwrap();
    let exports = library.exports();
    let cos = exports.iter().find(|export| export.name == "cos").unwrap();
    assert_eq!(cos.kind, ExportKind::Function);
    assert!(exports.iter().any(|export| export.name == "signgam" && export.kind == ExportKind::Variable));
    assert!(exports.iter().all(|export| export.name != "qsort"));
    assert!(Library::process().unwrap().exports().iter().any(|export| export.name == "qsort"));
    let error = library.symbol("hipot").unwrap_err();
    assert!(error.message().ends_with("; it has 'hypot'"), "{error}");
    let library = open("c").unwrap();
    let (old, new) = (library.symbol("memcpy@GLIBC_2.2.5"), library.symbol("memcpy@GLIBC_2.14"));
    assert_ne!(old.unwrap(), new.unwrap());
    assert!(library.symbol("memcpy@NO_SUCH").is_err());
    assert!(library.symbol("memcpy@").is_err());
}

#[test]
fn odd_names_and_files() {
    for name in ["", ".", "/", "/dev/null", "/etc/passwd", "a\0b", "../x", "/tmp"] {
        assert_eq!(open(name).unwrap_err().kind(), ErrorKind::Library, "{name:?}");
    }
    assert!(open("c").unwrap().symbol("a\0b").is_err());
    assert!(open("c").unwrap().symbol("").is_err());
    let folder = std::env::temp_dir().join(format!("eightbyte-library-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let itself = folder.join("loop.so").to_str().unwrap().to_owned();
    write("loop.so", format!("GROUP ( {itself} )").as_bytes());
    assert!(open(&itself).is_err());
    assert!(open(&write("empty.so", b"")).is_err());
    assert!(open(&write("rubbish.so", &[0xff; 5000])).is_err());
    assert!(open(&write("open.so", b"INPUT ( /* never closed")).is_err());
    let script = write("good.so", b"/* GNU ld script */ OUTPUT_FORMAT(x)\nINPUT(AS_NEEDED(libm.so.6))");
    assert_eq!(open(&script).unwrap().name(), "libm.so.6");
    std::fs::remove_dir_all(&folder).unwrap();
}
