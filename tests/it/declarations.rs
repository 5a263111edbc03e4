//! Declarations to types and back: transactions, redeclarations, predefined names, and what is shown parses again.

use eightbyte::{Constant, Decl, ErrorKind, Ffi, Kind, ParameterTail, Position, Target};
use xtask::layouts::{Profile, texts};

/// What is shown, pasted into another `Ffi`, shows the same and lays out the same.
fn shows_itself(ffi: &Ffi, what: &str) {
    let shown = ffi.show();
    let again = Ffi::for_target(ffi.target());
    if let Err(error) = again.cdef(&shown) {
        panic!("{what}: what is shown does not parse:\n{shown}\n{error}");
    }
    assert_eq!(again.show(), shown, "{what}");
    assert!(again.type_rows().unwrap() == ffi.type_rows().unwrap(), "rows of {what}:\n{shown}");
    assert_eq!(again.layouts().unwrap(), ffi.layouts().unwrap(), "{what}:\n{shown}");
    // And pasted where it came from, it is no news.
    if let Err(error) = ffi.cdef(&shown) {
        panic!("{what}: what is shown is a conflict where it came from:\n{shown}\n{error}");
    }
    assert_eq!(ffi.show(), shown, "{what}");
}

/// Rows that the parser takes and the lowering refuses: what gcc refuses as well, or what has no meaning here yet.
const REFUSED: &[&str] =
    &["expr: stmt expr", "expr: paren ident call", "attr: scalar_storage_order", "decl: K&R decl"];

#[test]
fn every_construct_is_declared_and_shown() {
    let mut refused = Vec::new();
    for (name, text) in crate::constructs::rows() {
        let ffi = Ffi::for_target(Target::X86_64_LINUX);
        match ffi.cdef(&text) {
            Ok(()) => shows_itself(&ffi, name),
            Err(_) if REFUSED.contains(&name) => {}
            Err(error) => refused.push(format!("{name}: {text}\n{error}")),
        }
    }
    assert!(refused.is_empty(), "{} refused:\n{}", refused.len(), refused.join("\n\n"));
}

#[test]
fn random_declarations_show_themselves() {
    for (profile, seed) in [(Profile::Plain, 5), (Profile::Gnu, 6)] {
        for (number, text) in texts(seed, 150, profile).into_iter().enumerate() {
            let ffi = Ffi::for_target(Target::X86_64_LINUX);
            ffi.cdef(&text).unwrap_or_else(|error| panic!("{text}\n{error}"));
            shows_itself(&ffi, &format!("{profile:?} {number}\n{text}"));
            // The same text again is no news, and no other text's.
            let rows = ffi.type_rows().unwrap();
            ffi.cdef(&text).unwrap_or_else(|error| panic!("the second time:\n{text}\n{error}"));
            assert_eq!(ffi.type_rows().unwrap(), rows);
        }
    }
}

#[test]
fn a_failed_text_leaves_no_trace() {
    let ffi = Ffi::new();
    ffi.cdef("struct fwd; typedef struct fwd *fwd_p; struct done { int a; };").unwrap();
    let before = ffi.show();
    for text in [
        "struct fwd { int a; }; enum { A = 1 }; int f(void); oops x;",
        "struct fwd { oops x; };",
        "struct fwd { int a; }; _Static_assert(sizeof(struct fwd) == 5, \"\");",
        "struct done { int b; };",
        "typedef int fwd_p;",
    ] {
        ffi.cdef(text).unwrap_err();
        assert_eq!(ffi.show(), before);
        assert_eq!(ffi.sizeof("struct fwd").unwrap_err().kind(), ErrorKind::Incomplete, "after {text}");
        assert!(ffi.constant("A").is_err());
    }
    // The tag is not poisoned, and what referred to it before sees its members.
    ffi.cdef("struct fwd { int a[5]; };").unwrap();
    assert_eq!(ffi.sizeof("struct fwd").unwrap(), 20);
    assert_eq!(ffi.eval("sizeof(*(fwd_p)0)").unwrap(), Constant::Integer(20));
}

#[test]
fn instances_are_independent_and_clones_are_not() {
    let (one, two) = (Ffi::new(), Ffi::new());
    let clone = one.clone();
    one.cdef("typedef int number;").unwrap();
    two.cdef("typedef double number;").unwrap();
    assert_eq!(clone.sizeof("number").unwrap(), 4);
    assert_eq!(two.sizeof("number").unwrap(), 8);
    assert_ne!(one.ctype("number").unwrap(), two.ctype("number").unwrap());
}

#[test]
fn the_same_again_is_fine() {
    let ffi = Ffi::new();
    let text = "
        typedef struct { int a; union { int i; float f; }; } anonymous_t;
        typedef struct node { struct node *next; anonymous_t in; } node_t;
        enum color { RED, GREEN = 3 };
        enum { LOOSE = 7 };
        typedef enum { ONE, TWO } count_t;
        int printf(const char *format, ...);
        extern int list[];
        static const int N = 4;
        typedef unsigned long size_t; typedef signed char int8_t; typedef __builtin_va_list va_list;
    ";
    ffi.cdef(text).unwrap();
    let shown = ffi.show();
    ffi.cdef(text).unwrap();
    // Parameter names do not count, nor what an open list of parameters leaves open.
    ffi.cdef("int printf(const char *, ...); int open(); int open(const char *, int); int open(); extern int list[3];").unwrap();
    let later = ffi.show();
    assert!(later.starts_with(&shown.replace("extern int list[];", "extern int list[3];")), "{later}");
    assert!(later.contains("int open(const char *, int);"), "{later}");
}

#[test]
fn predefined_names_follow_the_target() {
    let sizes =
        |target: &str, name: &str| Ffi::for_target(Target::named(target).unwrap()).sizeof(name).unwrap();
    for (name, linux, i686, windows) in [
        ("size_t", 8, 4, 8),
        ("ssize_t", 8, 4, 8),
        ("ptrdiff_t", 8, 4, 8),
        ("intptr_t", 8, 4, 8),
        ("uintptr_t", 8, 4, 8),
        ("wchar_t", 4, 4, 2),
        ("int64_t", 8, 8, 8),
        ("uint64_t", 8, 8, 8),
        ("intmax_t", 8, 8, 8),
        ("uintmax_t", 8, 8, 8),
        ("int8_t", 1, 1, 1),
        ("uint16_t", 2, 2, 2),
        ("int32_t", 4, 4, 4),
        ("bool", 1, 1, 1),
        ("char16_t", 2, 2, 2),
        ("char32_t", 4, 4, 4),
        ("va_list", 24, 4, 8),
        ("long", 8, 4, 4),
        ("long double", 16, 12, 16),
        ("void *", 8, 4, 8),
    ] {
        assert_eq!(sizes("x86_64-linux-gnu", name), linux, "{name}");
        assert_eq!(sizes("i686-linux-gnu", name), i686, "{name}");
        assert_eq!(sizes("x86_64-windows-gnu", name), windows, "{name}");
    }
    assert_eq!(sizes("aarch64-linux-gnu", "va_list"), 32);
    let ffi = Ffi::new();
    assert_eq!(ffi.show(), "", "what is predefined is not listed");
    assert_eq!(ffi.eval("true + 2 * false + (NULL == 0)").unwrap(), Constant::Integer(2));
    // Old headers bring their own.
    ffi.cdef("typedef enum { false, true } bool; bool flag(void);").unwrap();
    assert_eq!(ffi.sizeof("bool").unwrap(), 4);
}

#[test]
fn declarations_are_values() {
    let ffi = Ffi::for_target(Target::X86_64_LINUX);
    ffi.cdef(
        "struct point { double x, y; unsigned flags : 3; };
         double length(const struct point *p, int norm);
         int log_to(const char *format, ...) __asm__(\"log_to_v2\");
         extern const char *const names[4];
         enum level { LOW = -1, HIGH = 1 };
         static const unsigned LIMIT = 1u << 31;
         int old(void) __attribute__((deprecated(\"use new\")));",
    )
    .unwrap();
    let all = ffi.declarations();
    let Decl::Record { record, definition } = &all[0].decl else { panic!("{:?}", all[0]) };
    assert_eq!((record.name().as_str(), definition.members.len()), ("struct point", 3));
    assert_eq!(definition.members[2].width, Some(3));
    assert_eq!(all[0].origin.as_ref().map(|span| (span.line(), span.text())), Some((1, "point")));
    let Decl::Function { name, ty, .. } = &all[1].decl else { panic!("{:?}", all[1]) };
    let function = ty.as_function().unwrap();
    assert_eq!((&**name, function.parameters.len(), function.tail), ("length", 2, ParameterTail::Closed));
    assert_eq!(function.parameters[1].name.as_deref(), Some("norm"));
    assert_eq!(function.parameters[0].ty.to_string(), "const struct point *");
    let Decl::Function { ty, symbol, .. } = &all[2].decl else { panic!("{:?}", all[2]) };
    assert_eq!(
        (ty.as_function().unwrap().tail, symbol.as_deref()),
        (ParameterTail::Variadic, Some("log_to_v2"))
    );
    let Decl::Variable { ty, .. } = &all[3].decl else { panic!("{:?}", all[3]) };
    assert!(matches!(ty.kind(), Kind::Array(..)));
    assert_eq!(ffi.constant("LOW").unwrap(), Constant::Integer(-1));
    assert_eq!(ffi.constant("LIMIT").unwrap(), Constant::Integer(1 << 31));
    let point = ffi.ctype("struct point").unwrap();
    assert_eq!(point.offset_of("flags").unwrap(), Position::Bits { offset: 16, bit: 0, width: 3 });
    assert_eq!(point.offset_of("why").unwrap_err().kind(), ErrorKind::NoSuchField);
    assert_eq!(point.fields().len(), 3);
    assert_eq!(all.last().unwrap().deprecated.as_deref(), Some("use new"));
    shows_itself(&ffi, "values");
    drop(ffi);
    // A type keeps the declarations that it came from.
    assert_eq!(point.size().unwrap(), 24);
}

#[test]
fn types_are_written_as_c() {
    let ffi = Ffi::new();
    ffi.cdef("struct s { int a; }; typedef struct s s_t; typedef int (*callback)(void *, const char *);")
        .unwrap();
    for text in [
        "int",
        "unsigned long long",
        "const char *",
        "char *const",
        "int (*)[3]",
        "int *[3]",
        "void (*(*)(int, void (*)(int)))(int)",
        "struct s *[2][3]",
        "s_t",
        "const s_t *",
        "callback",
        "double [?]",
        "int (*)(const char *, ...)",
        "volatile int *const *",
        "float _Complex",
        "unsigned __int128",
        "size_t",
        "int (__attribute__((ms_abi)) *)(int)",
    ] {
        let ty = ffi.ctype(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let shown = ty.to_string();
        assert_eq!(shown.replace(" [", "["), text.replace(" [", "["));
        assert_eq!(ffi.ctype(&shown).unwrap(), ty);
    }
}

#[test]
fn an_unknown_tag_is_a_mistake_in_a_type() {
    let ffi = Ffi::new();
    ffi.cdef("struct point { int x; };").unwrap();
    let error = ffi.ctype("struct piont *").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownType);
    assert!(error.to_string().contains("point"), "{error}");
    assert!(ffi.ctype("struct piont").is_err(), "asking did not declare it");
    ffi.ctype("int; int").unwrap_err();
    ffi.ctype("").unwrap_err();
    ffi.ctype("struct point x").unwrap_err();
}

#[test]
fn deep_types_are_refused() {
    let ffi = Ffi::new();
    let error = ffi.cdef(&format!("int {}p;", "*".repeat(300))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooDeep, "{error}");
    let mut text = String::from("typedef int *t0;");
    for level in 1..=300 {
        text += &format!("typedef t{} *t{level};", level - 1);
    }
    assert_eq!(ffi.cdef(&text).unwrap_err().kind(), ErrorKind::TooDeep);
}

#[test]
fn threads_may_declare_at_once() {
    let ffi = Ffi::new();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let ffi = ffi.clone();
            scope.spawn(move || {
                for round in 0..50 {
                    ffi.cdef("struct shared { int a; struct own *p; }; int common(struct shared);").unwrap();
                    ffi.cdef(&format!(
                        "struct t{thread}_{round} {{ struct shared in; char c[{round} + 1]; }};"
                    ))
                    .unwrap();
                    assert!(ffi.cdef("struct shared { int b; };").is_err());
                    assert_eq!(ffi.sizeof("struct shared").unwrap() % 4, 0);
                    assert!(ffi.type_rows().unwrap().len() > round);
                }
            });
        }
    });
    assert_eq!(ffi.type_rows().unwrap().len(), 8 * 50 + 1);
}

#[test]
fn a_hundred_thousand_declarations_are_no_limit() {
    let ffi = Ffi::new();
    for part in 0..10 {
        let mut text = String::new();
        for number in 0..7000 {
            text += &format!(
                "typedef struct {{ int a{number}; }} s{part}_{number}; int f{part}_{number}(s{part}_{number} *);\n"
            );
        }
        ffi.cdef(&text).unwrap();
    }
    assert_eq!(ffi.sizeof("s9_6999").unwrap(), 4);
    assert_eq!(ffi.declarations().len(), 140_000);
}
