//! `$` in a text: types, names and numbers beside it.

use eightbyte::{Constant, ErrorKind, Ffi, Placeholder};

#[test]
fn every_kind_has_its_places() {
    let ffi = Ffi::new();
    ffi.cdef("struct point { int x, y; };").unwrap();
    let point = ffi.ctype("struct point").unwrap();
    let callback = ffi.ctype("int (*)(struct point *)").unwrap();
    ffi.cdef_with(
        "struct $ { $ $; const $ *list[$]; enum { LOW = $ } level : 3; };",
        ("shape", &point, "at", &point, 4, -2),
    )
    .unwrap();
    assert_eq!(ffi.sizeof("struct shape").unwrap(), 8 + 32 + 8);
    assert_eq!(ffi.constant("LOW").unwrap(), Constant::Integer(-2));
    // The name of a type that is known stands for it.
    ffi.cdef_with("typedef $ $; $ $($, ...);", (&callback, "callback_t", &point, "make", "callback_t"))
        .unwrap();
    ffi.cdef_with("$ $($);", (&point, "alter", &callback)).unwrap();
    let shown = ffi.show();
    assert!(shown.contains("struct point make(callback_t, ...);"), "{shown}");
    assert!(shown.contains("struct point alter(int (*)(struct point *));"), "{shown}");
    let again = Ffi::new();
    again.cdef(&shown).unwrap();
    assert_eq!(again.show(), shown);
    assert_eq!(
        ffi.ctype_with("$ *[$][$]", (&point, 2, 3)).unwrap(),
        ffi.ctype("struct point *[2][3]").unwrap()
    );
    let list = vec![Placeholder::Name("N".into()), Placeholder::Number(7)];
    ffi.cdef_with("enum { $ = $ };", list).unwrap();
    assert_eq!(ffi.constant("N").unwrap(), Constant::Integer(7));
}

#[test]
fn what_does_not_fit_is_told() {
    let ffi = Ffi::new();
    ffi.cdef("typedef int known;").unwrap();
    let int = ffi.ctype("int").unwrap();
    for (told, made) in [
        ("'$' stands for a value, and none is given for it", ffi.cdef_with("int $; int $;", ["a"])),
        ("'$' stands for a value", ffi.cdef("struct $ { int a; };")),
        ("2 values are given for '$', and the text has 1 of them", ffi.cdef_with("int $;", ["a", "b"])),
        ("value 1 for '$' is no name of C: 'int'", ffi.cdef_with("$ x;", ["int"])),
        ("value 1 for '$' is no name of C: 'a b'", ffi.cdef_with("int $;", ["a b"])),
        ("value 1 for '$' is no name of C: ''", ffi.cdef_with("int $;", [""])),
        ("does not fit 64 bits", ffi.cdef_with("int a[$];", [1i128 << 90])),
    ] {
        let error = made.unwrap_err();
        assert!(error.to_string().contains(told), "{told}: {error}");
    }
    assert!(ffi.cdef_with("int $;", [&int]).is_err(), "a type is no name");
    assert!(ffi.cdef_with("struct $ { int a; };", [3]).is_err(), "a number is no tag");
    assert!(ffi.cdef_with("extern int a[$];", ["no_constant"]).is_err());
    assert_eq!(ffi.show(), "typedef int known;\n");
    let other = Ffi::new();
    other.cdef("struct own { int a; };").unwrap();
    let error = ffi.cdef_with("$ *x;", [other.ctype("struct own").unwrap()]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownType, "{error}");
    // Types without tags are everybody's.
    ffi.cdef_with("extern $ numbers[$];", (other.ctype("unsigned char (*)[3]").unwrap(), 2)).unwrap();
}
