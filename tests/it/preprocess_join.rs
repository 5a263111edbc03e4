//! Macros, headers and declarations together.

use eightbyte::{Constant, Ffi, Target};

fn bare() -> Ffi {
    Ffi::for_target(Target::X86_64_LINUX).without_system_headers().expect("nothing was read yet")
}

#[test]
fn definitions_are_seen_by_the_next_text() {
    let ffi = bare();
    ffi.cdef("#define COUNT 4\n#define VECTOR(T) struct { T data[COUNT]; }").unwrap();
    ffi.cdef("typedef VECTOR(double) vector_t;").unwrap();
    assert_eq!(ffi.sizeof("vector_t").unwrap(), 32);
    assert_eq!(ffi.sizeof("char[COUNT]").unwrap(), 4);
    assert_eq!(
        ffi.make_from_text("int[COUNT]", "{ COUNT, COUNT + 1 }").unwrap().to_string(),
        "{ 4, 5, 0, 0 }"
    );
}

#[test]
fn a_failed_text_leaves_no_macro() {
    let ffi = bare();
    ffi.cdef("#define KEPT 1\n#define CHANGED 1\n").unwrap();
    let failed = ffi.cdef("#define NEW 5\n#undef KEPT\n#undef CHANGED\n#define CHANGED 2\n#pragma push_macro(\"KEPT\")\nunknown_t x;");
    assert!(failed.is_err());
    assert_eq!(ffi.constant("KEPT").unwrap(), Constant::Integer(1));
    assert_eq!(ffi.constant("CHANGED").unwrap(), Constant::Integer(1));
    assert!(ffi.constant("NEW").is_err());
    // Where the preprocessor itself fails as well.
    assert!(ffi.cdef("#define NEW 5\n#error no\n").is_err());
    assert!(ffi.constant("NEW").is_err());
}

#[test]
fn freestanding_headers_need_no_compiler() {
    for target in Target::all() {
        let ffi = Ffi::for_target(target).without_system_headers().unwrap();
        ffi.cdef(
            "#include <stddef.h>\n#include <stdint.h>\n#include <stdarg.h>\n#include <stdbool.h>\n#include <limits.h>\n\
             #include <float.h>\n#include <stdalign.h>\n#include <stdnoreturn.h>\n#include <iso646.h>\n\
             #include <stdint.h>\n#include <stddef.h>\n\
             struct all { size_t a; ptrdiff_t b; wchar_t c; max_align_t d; int8_t e; uint_fast16_t f; intmax_t g; \
             uintptr_t h; bool i; alignas(16) char j; };\n\
             noreturn void stop(va_list arguments);\n\
             _Static_assert(offsetof(struct all, j) % alignof(long) == 0 and CHAR_BIT == 8, \"\");\n\
             _Static_assert(INT64_MAX == INT64_C(9223372036854775807) and UINT8_MAX == 255 and INT32_MIN < 0, \"\");\n\
             _Static_assert(INT_MIN + INT_MAX == -1 and ULONG_MAX > 0 and LONG_MIN + LONG_MAX == -1, \"\");\n\
             _Static_assert(sizeof(size_t) == sizeof(ptrdiff_t) and SIZE_MAX / 2 == PTRDIFF_MAX, \"\");\n\
             _Static_assert(sizeof(wchar_t) * 8 == 32 or WCHAR_MAX == 0xffff, \"\");\n",
        )
        .unwrap_or_else(|error| panic!("{target}: {error}"));
        for (name, ty) in [("size_t", "size_t"), ("intptr_t", "intptr_t")] {
            let own = Ffi::for_target(target).sizeof(ty).unwrap();
            assert_eq!(ffi.sizeof(name).unwrap(), own, "{target} {name}");
        }
        assert!(
            matches!(ffi.constant("DBL_MAX").unwrap(), Constant::Float(value) if value == f64::MAX),
            "{target}"
        );
    }
}

#[test]
fn constants_have_types() {
    let ffi = bare();
    ffi.cdef(
        "#define A 1\n#define B (A + 1u)\n#define S \"one\" \" two\"\n#define C 'x'\n#define F 1.5e3f\n#define D .5\n\
         #define LATER sizeof(struct later)\n#define EMPTY\n#define CAST ((unsigned char)257)\n#define BIG 1ull << 40\n\
         #define TYPE unsigned int\n#define CALL f(1)\n#define SELF SELF\nenum { E = A + 5 };\nstatic const int K = 7;\n\
         #define NEG (-B)\n#define NULLED ((void *)0)\n#define BIGS 0xffffffff\n",
    )
    .unwrap();
    ffi.cdef("struct later { long x[3]; };").unwrap();
    for (name, ty, value) in [
        ("A", "int", Constant::Integer(1)),
        ("B", "unsigned int", Constant::Integer(2)),
        ("C", "int", Constant::Integer(120)),
        ("F", "float", Constant::Float(1500.0)),
        ("D", "double", Constant::Float(0.5)),
        ("LATER", "unsigned long", Constant::Integer(24)),
        ("CAST", "unsigned char", Constant::Integer(1)),
        ("BIG", "unsigned long long", Constant::Integer(1 << 40)),
        ("E", "int", Constant::Integer(6)),
        ("K", "const int", Constant::Integer(7)),
        ("S", "char[8]", Constant::String(b"one two".to_vec())),
        ("NEG", "unsigned int", Constant::Integer(0xffff_fffe)),
        ("BIGS", "unsigned int", Constant::Integer(0xffff_ffff)),
        ("__INT_MAX__", "int", Constant::Integer(0x7fff_ffff)),
    ] {
        let (found, known) = ffi.typed_constant(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(known, value, "{name}");
        assert!(
            found.to_string().trim_start_matches("const ") == ty.trim_start_matches("const "),
            "{name}: {found}"
        );
    }
    for (name, message) in [
        ("EMPTY", "'EMPTY' is a macro that stands for nothing"),
        ("CALL", ""),
        ("TYPE", ""),
        ("SELF", ""),
        ("NOTHING", "unknown constant 'NOTHING'"),
        ("LATE", "unknown constant 'LATE'; did you mean 'LATER'?"),
    ] {
        let error = ffi.constant(name).expect_err(name);
        assert!(error.message().starts_with(message), "{name}: {error}");
    }
}

#[test]
fn values_have_names() {
    let ffi = bare();
    ffi.cdef(
        "#define ENOENT 2\n#define EAGAIN 11\n#define EWOULDBLOCK EAGAIN\n#define EXPAND(x) x\n#define EMPTY\n\
         enum color { RED = 1, GREEN = 2 }; typedef enum { EARLY = 11 } when_t;",
    )
    .unwrap();
    assert_eq!(ffi.names_of("E", 11).unwrap(), ["EARLY", "EAGAIN", "EWOULDBLOCK"]);
    assert_eq!(ffi.names_of("", 2).unwrap(), ["GREEN", "ENOENT"]);
    assert_eq!(ffi.names_of("X", 2).unwrap(), [""; 0]);
}

#[test]
fn define_and_undefine() {
    let ffi = bare();
    ffi.define("WIDTH", "8").unwrap();
    ffi.define("SQUARE(x)", "((x) * (x))").unwrap();
    assert_eq!(ffi.eval("SQUARE(WIDTH + 1)").unwrap(), Constant::Integer(81));
    ffi.define("WIDTH", "9").unwrap();
    assert_eq!(ffi.eval("WIDTH").unwrap(), Constant::Integer(9));
    ffi.undefine("WIDTH").unwrap();
    assert!(ffi.eval("WIDTH").is_err());
    for (name, value) in [("1", "2"), ("", ""), ("A\n#define B", "1"), ("A", "1\n#error"), ("defined", "1")] {
        assert!(ffi.define(name, value).is_err(), "{name:?} {value:?}");
    }
}

#[test]
fn places_lead_to_what_was_written() {
    let ffi = bare();
    let text = "#define LIST(X) X(a) X(b)\n#define MEMBER(n) wrong_t n;\nstruct s {\n    LIST(MEMBER)\n};\n";
    let error = ffi.cdef_named("list.h", text).unwrap_err();
    let span = error.diagnostics()[0].span().unwrap();
    assert_eq!((span.file(), span.line(), span.column(), span.text()), ("list.h", 4, 5, "LIST(MEMBER)"));
    // A declaration knows where it was written, too.
    ffi.cdef_named("fine.h", "#define T int\n\nT x;\n#line 70 \"other.h\"\nT y;\n").unwrap();
    let place = |number: usize| {
        let origin = ffi.declarations()[number].origin.clone().unwrap();
        (origin.file().to_owned(), origin.line())
    };
    assert_eq!((place(0), place(1)), (("fine.h".to_owned(), 3), ("other.h".to_owned(), 70)));
}

#[test]
fn headers_are_found_and_included_once() {
    let folder = std::env::temp_dir().join(format!("eightbyte-preprocess-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("inner")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("guarded.h", "#ifndef GUARDED_H\n#define GUARDED_H\nstruct guarded { int a; };\n#endif\n");
    write("once.h", "#pragma once\n#include \"inner/next.h\"\nstruct once { struct next n; };\n");
    write("inner/next.h", "#include \"../guarded.h\"\nstruct next { struct guarded g; wrong_t x; };\n");
    write("loop.h", "#include \"loop.h\"\n");
    let ffi = bare();
    ffi.add_include_folder(folder.to_str().unwrap()).unwrap();
    let error = ffi.cdef("#include <guarded.h>\n#include \"once.h\"\n").unwrap_err().to_string();
    assert!(error.contains("inner/next.h:2:33") && error.contains("included from here"), "{error}");
    assert!(error.contains("once.h:2:1") && error.contains("<cdef>:2:1"), "{error}");
    write("inner/next.h", "#include \"../guarded.h\"\nstruct next { struct guarded g; };\n");
    ffi.cdef("#include <guarded.h>\n#include \"once.h\"\n#include \"once.h\"\n").unwrap();
    ffi.cdef("#include \"once.h\"\n#include \"guarded.h\"\nstruct both { struct once o; };").unwrap();
    assert_eq!(ffi.sizeof("struct both").unwrap(), 4);
    let error = ffi.cdef("#include <loop.h>\n").unwrap_err();
    assert!(error.message().starts_with("files include each other more than 200 levels deep"), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn users_may_have_names_that_compilers_predefine() {
    let ffi = bare();
    ffi.cdef("struct os { int linux, unix; };").unwrap();
    ffi.cdef(
        "#define N 2\nstruct os2 { int linux[N], unix; };\n#ifdef linux\nstruct yes { char c; };\n#endif\n",
    )
    .unwrap();
    assert_eq!(ffi.sizeof("struct os2").unwrap(), 12);
    assert_eq!(ffi.sizeof("struct yes").unwrap(), 1);
    assert_eq!(ffi.eval("__SIZEOF_LONG__ * __CHAR_BIT__").unwrap(), Constant::Integer(64));
}

#[test]
fn packing_goes_through() {
    let ffi = bare();
    ffi.cdef(
        "#define PACKED _Pragma(\"pack(push, 1)\")\n#define UNPACKED _Pragma(\"pack(pop)\")\n\
         PACKED struct a { char c; int i; }; UNPACKED struct b { char c; int i; };\n\
         #pragma pack(2)\nstruct c { char c; int i; };",
    )
    .unwrap();
    let sizes = ["struct a", "struct b", "struct c"].map(|name| ffi.sizeof(name).unwrap());
    assert_eq!(sizes, [5, 8, 6]);
}

#[test]
fn what_is_needed_is_shown() {
    let ffi = bare();
    ffi.cdef(
        "typedef unsigned id_t; struct unused { int x; }; struct node; typedef struct node node_t;\n\
         struct node { id_t id; node_t *next; enum kind { SMALL, LARGE } kind; };\n\
         typedef struct { node_t *first; } list_t; int length(const list_t *list);",
    )
    .unwrap();
    let shown = ffi.show_needed("length").unwrap();
    assert!(
        !shown.contains("unused")
            && shown.contains("enum kind")
            && shown.ends_with("int length(const list_t *list);\n"),
        "{shown}"
    );
    let again = bare();
    again.cdef(&shown).unwrap_or_else(|error| panic!("{error}\n{shown}"));
    assert!(ffi.show_needed("lenth").unwrap_err().to_string().contains("did you mean 'length'"));
}

#[test]
fn hosted_headers_need_no_system() {
    let names = [
        "complex.h",
        "ctype.h",
        "dirent.h",
        "dlfcn.h",
        "errno.h",
        "fcntl.h",
        "fenv.h",
        "gnu/libc-version.h",
        "link.h",
        "locale.h",
        "math.h",
        "pthread.h",
        "sched.h",
        "semaphore.h",
        "signal.h",
        "sqlite3.h",
        "stdio.h",
        "stdlib.h",
        "string.h",
        "strings.h",
        "sys/file.h",
        "sys/ioctl.h",
        "sys/mman.h",
        "sys/random.h",
        "sys/resource.h",
        "sys/stat.h",
        "sys/time.h",
        "sys/types.h",
        "sys/utsname.h",
        "sys/wait.h",
        "time.h",
        "unistd.h",
        "zlib.h",
    ];
    for name in names {
        let ffi = bare();
        ffi.cdef(&format!("#include <{name}>\n#include <{name}>\n"))
            .unwrap_or_else(|error| panic!("{name}: {}", error.render(false)));
        ffi.cdef(&format!("#include <{name}>\n")).unwrap();
        let count = ffi.declarations().len();
        assert!(count > 0, "{name}: {count}");
    }
    // In both orders, and together with what programs add.
    for all in [names.to_vec(), names.iter().rev().copied().collect()] {
        let ffi = bare();
        let text: String = all.iter().map(|name| format!("#include <{name}>\n")).collect();
        ffi.cdef(&text).unwrap_or_else(|error| panic!("{}", error.render(false)));
        ffi.cdef("struct mine { FILE *file; size_t size; struct stat facts; pthread_mutex_t lock; z_stream stream; };").unwrap();
        assert_eq!(ffi.constant("O_CREAT").unwrap(), Constant::Integer(0o100));
        assert_eq!(ffi.constant("Z_BEST_COMPRESSION").unwrap(), Constant::Integer(9));
        assert_eq!(ffi.names_of("SIG", 11).unwrap(), ["SIGSEGV"]);
        assert_eq!(ffi.names_of("E", 11).unwrap(), ["EAGAIN", "EWOULDBLOCK"]);
        assert_eq!(
            ffi.expand("<t>", "#ifdef EWOULDBLOCK\n#if EWOULDBLOCK == EAGAIN\nsame\n#endif\n#endif", false)
                .unwrap()
                .trim(),
            "same"
        );
        assert_eq!(
            ffi.expand("<t>", "errno = NULL", false).unwrap().trim(),
            "(*__errno_location()) = ((void *)0)"
        );
    }
}

#[test]
fn only_what_is_asked_for_is_declared() {
    let ffi = bare();
    ffi.cdef("#include <string.h>\nint printf(int mine);\nstruct stat { char mine; };").unwrap();
    let elsewhere =
        Ffi::for_target(Target::named("aarch64-linux-gnu").unwrap()).without_system_headers().unwrap();
    let error = elsewhere.cdef("#include <stdio.h>\n").unwrap_err().render(false);
    assert!(
        error.contains("the one that comes with eightbyte tells of x86_64-linux-gnu, not of aarch64"),
        "{error}"
    );
}
