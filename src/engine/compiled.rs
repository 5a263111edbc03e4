//! The judge is outside: functions compiled by gcc and clang write down what reached them.

use super::Prepared;
use crate::abi::tests::shape;
use crate::abi::{self, Convention, Signature};
use crate::layout::{LeafKind, Shape};
use std::fmt::Write;
use std::process::Command;

/// A value's shape, its C type, and whether both compilers agree on it.
const TYPES: &[(&str, &str, bool)] = &[
    ("c", "signed char", true),
    ("i", "int", true),
    ("l", "long", true),
    ("q", "__int128", false),
    ("f", "float", true),
    ("d", "double", true),
    ("D", "long double", true),
    ("X", "_Complex long double", true),
    ("Cf", "_Complex float", true),
    ("Cd", "_Complex double", true),
    ("Ci", "_Complex int", true),
    ("F", "__float128", true),
    ("{c*3}", "struct { char x[3]; }", true),
    ("{c*5}", "struct { char x[5]; }", true),
    ("{c*7}", "struct { char x[7]; }", true),
    ("{c*11}", "struct { char x[11]; }", true),
    ("{c*17}", "struct { char x[17]; }", true),
    ("{f*3}", "struct { float x[3]; }", true),
    ("{ffi}", "struct { float x, y; int z; }", true),
    ("{dl}", "struct { double x; long y; }", true),
    ("{ld}", "struct { long x; double y; }", true),
    ("{ll}", "struct { long x, y; }", true),
    ("{l*5}", "struct { long x[5]; }", true),
    ("{D}", "struct { long double x; }", true),
    ("{Di}", "struct { long double x; int y; }", true),
    ("[ci]", "struct __attribute__((packed)) { char x; int y; }", true),
    ("[ic]", "struct __attribute__((packed)) { int x; char y; }", true),
    ("(Dd*2l*2)", "union { long double x; double y[2]; long z[2]; }", true),
    ("(Dl*2d*2)", "union { long double x; long y[2]; double z[2]; }", true),
    ("@16{i}", "struct __attribute__((aligned(16))) { int x; }", true),
    ("@32{i}", "struct __attribute__((aligned(32))) { int x; }", true),
    ("@64{l}", "struct __attribute__((aligned(64))) { long x; }", true),
    ("4f", "float __attribute__((vector_size(16)))", true),
    ("2f", "float __attribute__((vector_size(8)))", true),
    ("{4f}", "struct { float x __attribute__((vector_size(16))); }", true),
    ("(4fi)", "union { float x __attribute__((vector_size(16))); int y; }", true),
    ("8f", "float __attribute__((vector_size(32)))", false),
    ("{i:3f}", "struct { int x : 3; float y; }", true),
];

/// So many longs and doubles go first, to use up registers.
const BEFORE: &[(usize, usize)] = &[(0, 0), (1, 0), (4, 6), (5, 7), (6, 8), (7, 9)];

#[test]
fn by_gcc() {
    compare("gcc", true);
}

#[test]
fn by_clang() {
    compare("clang", false);
}

/// `value f(long.., double.., value x, long, double, value y)`: notes x and y, returns y.
fn compare(compiler: &str, gcc: bool) {
    let types = || TYPES.iter().enumerate().filter(|(_, (.., agreed))| gcc || *agreed);
    let mut source =
        String::from("#include <string.h>\nunsigned char seen_x[128], seen_y[128]; double seen;\n");
    for (index, (_, c_type, _)) in types() {
        writeln!(source, "typedef {c_type} t{index};\nunsigned long size{index} = sizeof(t{index});")
            .unwrap();
        for (row, &(longs, doubles)) in BEFORE.iter().enumerate() {
            let mut parameters = String::new();
            let mut sum = String::new();
            for n in 0..longs {
                write!(parameters, "long l{n}, ").unwrap();
                write!(sum, "+ {} * l{n}", n + 1).unwrap();
            }
            for n in 0..doubles {
                write!(parameters, "double d{n}, ").unwrap();
                write!(sum, "+ {} * d{n}", n + 1).unwrap();
            }
            writeln!(
                source,
                "t{index} f{index}_{row}({parameters}t{index} x, long a, double b, t{index} y) {{\n\
                 memcpy(seen_x, &x, sizeof x); memcpy(seen_y, &y, sizeof y); seen = a + b {sum}; return y; }}"
            )
            .unwrap();
        }
    }
    let Some(library) = compile(compiler, "c", &source) else { return };
    let symbol = |name: &str| {
        // SAFETY: the symbol is taken as an address only
        *unsafe { library.get::<*mut u8>(name) }.unwrap()
    };
    for (index, (text, ..)) in types() {
        let value = shape(text);
        // SAFETY: the C text defines it with this type
        let size = unsafe { symbol(&format!("size{index}")).cast::<u64>().read() };
        assert_eq!(size, value.size(), "{text}");
        for (row, &(longs, doubles)) in BEFORE.iter().enumerate() {
            check(text, &value, &|name| symbol(name), &format!("f{index}_{row}"), longs, doubles);
        }
    }
}

/// A library of this text; `None` where there is no such compiler.
fn compile(compiler: &str, suffix: &str, source: &str) -> Option<libloading::Library> {
    let folder = std::env::temp_dir().join(format!("eightbyte-{compiler}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (text, binary) = (folder.join(format!("f.{suffix}")), folder.join("f.so"));
    std::fs::write(&text, source).unwrap();
    let mut command = Command::new(compiler);
    let status = command.args(["-shared", "-fPIC", "-O2", "-w", "-o"]).arg(&binary).arg(&text).status();
    let library = status.ok().map(|status| {
        assert!(status.success());
        // SAFETY: the library was just made, and its initialisers are the compiler's own
        unsafe { libloading::Library::new(binary.to_str().unwrap()) }.unwrap()
    });
    if library.is_none() {
        eprintln!("no {compiler} here");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    library
}

#[test]
fn a_cpp_exception_passes_through_a_call() {
    let source = r#"
        extern "C" long fail(long, long, long, long, long, long, long n) { throw n; }
        extern "C" long double fail_x87(long n) { throw n; }
        extern "C" long caught(void (*f)(void *), void *context) {
            try { f(context); } catch (long n) { return n; }
            return 0;
        }"#;
    let Some(library) = compile("g++", "cpp", source) else { return };
    // SAFETY: the C++ text gives it this type
    let caught = unsafe {
        library.get::<unsafe extern "C-unwind" fn(extern "C-unwind" fn(&Call), &Call) -> i64>("caught")
    };
    let caught = caught.unwrap();
    struct Call {
        prepared: Prepared,
        target: *const std::ffi::c_void,
    }
    extern "C-unwind" fn enter(call: &Call) {
        call.prepared
            .with_image(call.target, |image| {
                for index in 0..call.prepared.argument_count() {
                    image.write_argument(index, &(index as i64 + 5).to_ne_bytes()).unwrap();
                }
                let mut result = [0u8; 16];
                // SAFETY: both functions take longs alone, as prepared
                unsafe { image.call(result.as_mut_ptr()) }
                Ok(())
            })
            .unwrap();
    }
    for (name, result, count, thrown) in [("fail", "l", 7, 11), ("fail_x87", "D", 1, 5)] {
        let signature = Signature {
            result: Some(shape(result)),
            arguments: vec![shape("l"); count],
            fixed: count,
            variadic: false,
            convention: Convention::Sysv64,
        };
        let prepared = Prepared::new(&abi::plan(&signature).unwrap()).unwrap();
        // SAFETY: the symbol is taken as an address only
        let target = *unsafe { library.get::<*const std::ffi::c_void>(name) }.unwrap();
        // SAFETY: it calls `enter` with this very context
        assert_eq!(unsafe { caught(enter, &Call { prepared, target }) }, thrown, "{name}");
    }
}

fn check(
    text: &str,
    value: &Shape,
    symbol: &dyn Fn(&str) -> *mut u8,
    name: &str,
    longs: usize,
    doubles: usize,
) {
    let mut arguments = vec![shape("l"); longs];
    arguments.extend(vec![shape("d"); doubles]);
    arguments.extend([value.clone(), shape("l"), shape("d"), value.clone()]);
    let signature = Signature {
        result: Some(value.clone()),
        fixed: arguments.len(),
        arguments,
        variadic: false,
        convention: Convention::Sysv64,
    };
    let plan = abi::plan(&signature).unwrap();
    let prepared = Prepared::new(&plan).unwrap();
    let (x, y) = (sample(value, 3), sample(value, 101));
    #[repr(align(64))]
    struct Aligned([u8; 256]);
    let mut block = Aligned([0xa5; 256]);
    let result = block.0[64..].as_mut_ptr();
    prepared
        .with_image(symbol(name).cast(), |image| {
            let mut values: Vec<Vec<u8>> = (0..longs as i64).map(|n| (n + 7).to_ne_bytes().into()).collect();
            values.extend((0..doubles).map(|n| Vec::from((n as f64 + 0.5).to_ne_bytes())));
            values.extend([x.clone(), 1000i64.to_ne_bytes().into(), 0.25f64.to_ne_bytes().into(), y.clone()]);
            for (index, bytes) in values.iter().enumerate() {
                image.write_argument(index, bytes).unwrap();
            }
            // SAFETY: the C text gives the function this signature; the block has room for the result
            unsafe { image.call(result) }
            Ok(())
        })
        .unwrap();
    let sum = (0..longs).map(|n| (n as f64 + 1.) * (n as f64 + 7.)).sum::<f64>()
        + (0..doubles).map(|n| (n as f64 + 1.) * (n as f64 + 0.5)).sum::<f64>()
        + 1000.25;
    let size = value.size() as usize;
    let case = format!("{text} after {longs} longs and {doubles} doubles\n{plan}");
    // SAFETY: the C text defines these variables, and nobody writes them now
    let (seen, seen_x, seen_y) = unsafe {
        let bytes = |name| std::slice::from_raw_parts(symbol(name), size).to_vec();
        (symbol("seen").cast::<f64>().read(), bytes("seen_x"), bytes("seen_y"))
    };
    assert_eq!(seen, sum, "{case}");
    assert_eq!(significant(value, &seen_x), significant(value, &x), "{case}");
    assert_eq!(significant(value, &seen_y), significant(value, &y), "{case}");
    assert_eq!(significant(value, &block.0[64..64 + size]), significant(value, &y), "{case}");
    assert!(block.0[..64].iter().chain(&block.0[64 + size..]).all(|&byte| byte == 0xa5), "{case}");
}

/// Bytes that are a number in any class; a long double has its integer bit set.
fn sample(value: &Shape, seed: u8) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        (0..value.size() as u8).map(|n| n.wrapping_mul(7).wrapping_add(seed) & 0x7f).collect();
    let has_x87 = value.leaves().iter().any(|leaf| matches!(leaf.kind, LeafKind::X87 | LeafKind::ComplexX87));
    for number in bytes.chunks_mut(16).filter(|number| has_x87 && number.len() == 16) {
        number[7] |= 0x80;
    }
    bytes
}

/// The bytes that some leaf covers.
fn significant(value: &Shape, bytes: &[u8]) -> Vec<u8> {
    let mut kept = vec![0; bytes.len()];
    for leaf in value.leaves() {
        let bits: Vec<u64> = match leaf.kind {
            LeafKind::X87 => (0..80).collect(),
            LeafKind::ComplexX87 => (0..80).chain(128..208).collect(),
            _ => (0..leaf.size_bits).collect(),
        };
        for bit in bits {
            let bit = leaf.offset_bits + bit;
            let (byte, mask) = ((bit / 8) as usize, 1 << (bit % 8));
            kept[byte] |= bytes[byte] & mask;
        }
    }
    kept
}
