//! Pointers: owners, bounds, arithmetic, compatibility, and what safe code must not be able to do.

use eightbyte::{CData, CPtr, ErrorKind, Ffi};
use std::cmp::Ordering;

fn ffi() -> Ffi {
    let ffi = Ffi::new();
    ffi.cdef(
        "
        typedef struct { double x, y; } point_t;
        typedef struct node { struct node *next; int value; int arr[3]; const int fixed; unsigned bits : 5; } node_t;
        enum color { RED, GREEN };
        struct other { int a; };
        struct opaque;
        typedef struct {
            int *ints; unsigned *unsigneds; enum color *colors; const int *constants; float *floats; char *chars;
            int8_t *bytes; void *any; int **ints_of_ints; const int **constants_of; void (*function)(int);
            long *longs; long long *long_longs; _Bool *bools; node_t *nodes; struct other *others;
        } pointers_t;
        size_t strlen(const char *text);
        char *strchr(const char *text, int c);
        void *memset(void *to, int byte, size_t count);
        ",
    )
    .unwrap();
    ffi
}

fn says<T>(result: eightbyte::Result<T>, kind: ErrorKind, message: &str) {
    let Err(error) = result else { panic!("expected an error: {message}") };
    assert_eq!((error.kind(), error.message()), (kind, message));
}

fn shared(ffi: &Ffi, name: &str) -> CPtr {
    ffi.alloc(name).unwrap().share().unwrap()
}

#[test]
fn an_element_outlives_the_others() {
    let ffi = ffi();
    let points = ffi.make("point_t[3]", [(1, 2), (3, 4), (5, 6)]).unwrap().share().unwrap();
    let element = points.at(1).unwrap();
    let y = element.part("y").unwrap();
    drop((points, element, ffi));
    assert_eq!(y.get::<f64>("").unwrap(), 4.0);
    y.set("", 40).unwrap();
    assert_eq!(y.widened().cast("double *").unwrap().at(-3).unwrap().get::<f64>("").unwrap(), 1.0);
    assert_eq!(format!("{:?}", y).split(' ').next(), Some("(double"));
}

#[test]
fn clones_see_each_other() {
    let ffi = ffi();
    let mut data = ffi.alloc("node_t").unwrap();
    data.set("value", 7).unwrap();
    let one = data.share().unwrap();
    let other = one.clone();
    one.set("arr[2]", 5).unwrap();
    one.set("bits", 31).unwrap();
    assert_eq!(other.get::<[i32; 3]>("arr").unwrap(), [0, 0, 5]);
    assert_eq!((other.get::<u8>("bits").unwrap(), other.get::<i32>("[0].value").unwrap()), (31, 7));
    let copy: CData = one.get("").unwrap();
    assert_eq!(copy.get::<i32>("arr[2]").unwrap(), 5);
    let one = one.unshare().unwrap_err();
    drop(other);
    let again = one.unshare().unwrap();
    assert_eq!((again.get::<i32>("arr[2]").unwrap(), again.as_type().to_string()), (5, "node_t".to_owned()));
}

#[test]
fn arithmetic_stays_inside() {
    let ffi = ffi();
    let start = shared(&ffi, "int[4]");
    let end = (&start + 4).unwrap();
    use ErrorKind::*;
    says(
        &start + 5,
        OutOfRange,
        "element 5 of the 'int *' is out of range: there are 4 from here on and 0 before",
    );
    says(
        &start - 1,
        OutOfRange,
        "element -1 of the 'int *' is out of range: there are 4 from here on and 0 before",
    );
    says(
        end.get::<i32>(""),
        OutOfRange,
        "element 0 of the 'int *' is out of range: there are 0 from here on and 4 before",
    );
    for count in [i64::MIN, i64::MAX, 1 << 62, -(1 << 62), i64::MAX / 4 + 1] {
        assert!((&start + count).is_err() && (&end - count).is_err() && end.at(count).is_err(), "{count}");
        assert!(start.get::<i32>(&format!("[{count}]")).is_err());
    }
    assert!(start.get::<i32>("[99999999999999999999999]").is_err());
    assert!(
        start.get::<i32>("[").is_err() && start.get::<i32>("[]").is_err() && start.get::<i32>("x").is_err()
    );
    assert_eq!((&end - &start).unwrap(), 4);
    assert_eq!((&start - &end).unwrap(), -4);
    assert_eq!(start.compare(&end).unwrap(), Ordering::Less);
    assert!(start == start.clone() && start != end && start == start.cast("char *").unwrap());
    assert_eq!((&end - 2).unwrap().get::<i32>("[1]").unwrap(), 0);
    // A part keeps to itself
    let nodes = shared(&ffi, "node_t[2]");
    let arr = nodes.part("arr").unwrap();
    assert_eq!(arr.as_type().to_string(), "int *");
    assert!(arr.at(2).is_ok() && arr.at(3).is_err() && arr.at(-1).is_err());
    let rows = shared(&ffi, "int[2][3]");
    assert_eq!(rows.as_type().to_string(), "int (*)[3]");
    let row = rows.at(1).unwrap();
    assert!(row.at(2).is_ok() && row.at(3).is_err() && row.at(-1).is_err() && row.widened().at(-3).is_ok());
    rows.set("[1][2]", 9).unwrap();
    assert_eq!(row.get::<i32>("[2]").unwrap(), 9);
    assert!(rows.get::<i32>("[1][3]").is_err());
}

#[test]
fn casts_keep_owner_and_bounds() {
    let ffi = ffi();
    let bytes = shared(&ffi, "uint8_t[10]");
    let wide = bytes.cast("uint64_t *").unwrap();
    wide.set("", u64::MAX).unwrap();
    says(
        wide.get::<u64>("[1]"),
        ErrorKind::OutOfRange,
        "element 1 of the 'uint64_t *' is out of range: there are 1 from here on and 0 before",
    );
    assert!(bytes.cast("point_t *").unwrap().get::<f64>("x").is_err(), "only 10 of 16 bytes");
    drop(bytes);
    assert_eq!(wide.cast("uint8_t *").unwrap().get::<u8>("[7]").unwrap(), 255);
    // Any alignment will do
    let odd = wide.cast("char *").unwrap().offset(1).unwrap().cast("uint64_t *").unwrap();
    assert_eq!(odd.get::<u64>("").unwrap(), u64::MAX >> 8);
    assert!(odd.as_cells::<u64>().is_err());
    says(
        wide.cast("int"),
        ErrorKind::Conversion,
        "expected a type of pointer, found 'int'; did you mean 'int *'?",
    );
    says(
        wide.cast("void *").unwrap().get::<u8>(""),
        ErrorKind::Incomplete,
        "behind a 'void *': 'void' has no size; cast it to 'char *' or what it really is",
    );
    assert!(wide.cast("struct opaque *").unwrap().offset(1).is_err());
    assert!(wide.cast("void (*)(int)").unwrap().get::<u8>("").is_err());
}

#[test]
fn const_travels() {
    let ffi = ffi();
    let constant = ffi.make("const int[2]", [1, 2]).unwrap().share().unwrap();
    says(
        constant.set("[1]", 3),
        ErrorKind::Const,
        "'[1]' is const behind a 'const int *': it cannot be written",
    );
    assert!(constant.at(1).unwrap().set("", 3).is_err() && constant.as_cells::<i32>().is_err());
    assert_eq!(ffi.fill(&constant, 4, 1).unwrap_err().kind(), ErrorKind::Const);
    let node = shared(&ffi, "node_t");
    assert_eq!(node.set("fixed", 1).unwrap_err().kind(), ErrorKind::Const);
    assert_eq!(node.part("fixed").unwrap().as_type().to_string(), "const int *");
    let view = node.cast("const node_t *").unwrap();
    assert_eq!(view.part("arr").unwrap().set("", 1).unwrap_err().kind(), ErrorKind::Const);
    assert_eq!(view.set("arr[0]", 1).unwrap_err().kind(), ErrorKind::Const);
}

#[test]
fn null_and_foreign() {
    let ffi = ffi();
    let node = ffi.alloc("node_t").unwrap();
    let null: CPtr = node.get("next").unwrap();
    assert!(null.is_null() && null.is_foreign() && null.to_string() == "NULL");
    says(null.get::<i32>("value"), ErrorKind::Null, "expected the address of a 'struct node', found null");
    says(null.offset(1), ErrorKind::Null, "expected a 'struct node *' with an address, found null");
    // SAFETY: refused before anything is read
    assert_eq!(unsafe { null.assume_valid(1) }.unwrap_err().kind(), ErrorKind::Null);
    // SAFETY: as above
    assert_eq!(unsafe { null.assume_text() }.unwrap_err().kind(), ErrorKind::Null);
    let mut number = 5i32;
    let foreign = ffi.pointer("int *", (&raw mut number).cast()).unwrap();
    says(
        foreign.set("", 6),
        ErrorKind::OutOfRange,
        "expected a pointer with bounds, found a foreign 'int *': how much memory it points to is not known; vouch for it \
         with assume_valid",
    );
    assert!(
        foreign.as_cells::<i32>().is_err()
            && ffi.string(&foreign).is_err()
            && ffi.fill(&foreign, 0, 0).is_err()
    );
    assert!(foreign.at(0).is_err() && foreign.offset(1).is_ok() && foreign.offset(i64::MAX).is_err());
    // SAFETY: `number` outlives the pointer, and nobody else uses it meanwhile
    let valid = unsafe { foreign.assume_valid(1) }.unwrap();
    valid.set("", 6).unwrap();
    assert!(valid.get::<i32>("[1]").is_err() && valid.clone().unshare().is_err());
    assert_eq!(number, 6);
    // SAFETY: refused before anything is read
    assert!(unsafe { foreign.assume_valid(u64::MAX) }.is_err());
}

#[test]
fn members_that_point() {
    let ffi = ffi();
    let nodes = shared(&ffi, "node_t[2]");
    nodes.set("[1].value", 42).unwrap();
    nodes.set("next", nodes.at(1).unwrap()).unwrap();
    let loose: CPtr = nodes.get("next").unwrap();
    assert!(loose.is_foreign() && loose.get::<i32>("value").is_err());
    let next = nodes.follow("next").unwrap();
    assert!(!next.is_foreign());
    drop((nodes, loose));
    assert_eq!(next.get::<i32>("value").unwrap(), 42);
    assert!(next.follow("next").unwrap().is_null());
    let elsewhere = shared(&ffi, "node_t");
    next.set("next", &elsewhere).unwrap();
    drop(elsewhere);
    let dangling = next.follow("next").unwrap();
    assert_eq!(dangling.get::<i32>("value").unwrap_err().kind(), ErrorKind::OutOfRange);
}

#[test]
fn what_agrees_with_what() {
    let ffi = ffi();
    let mut all = ffi.alloc("pointers_t").unwrap();
    let ints = shared(&ffi, "int[2]");
    for fits in ["ints", "unsigneds", "colors", "constants", "any"] {
        all.set(fits, &ints).unwrap();
        assert_eq!(all.get::<CPtr>(fits).unwrap(), ints, "{fits}");
    }
    for not in ["floats", "chars", "ints_of_ints", "function", "longs", "bools", "nodes"] {
        assert_eq!(all.set(not, &ints).unwrap_err().kind(), ErrorKind::Conversion, "{not}");
    }
    says(
        all.set("floats", &ints),
        ErrorKind::Conversion,
        "'floats': expected float *, got a pointer of type 'int *'",
    );
    all.set("bytes", shared(&ffi, "char")).unwrap();
    all.set("long_longs", shared(&ffi, "long")).unwrap();
    assert!(all.set("ints", shared(&ffi, "const int")).is_err());
    assert!(all.set("any", shared(&ffi, "const int")).is_err());
    assert!(all.set("bytes", shared(&ffi, "_Bool")).is_err());
    assert!(all.set("others", shared(&ffi, "node_t")).is_err());
    all.set("ints_of_ints", shared(&ffi, "int *[2]")).unwrap();
    assert!(all.set("constants_of", shared(&ffi, "int *[2]")).is_err());
    assert!(all.set("any", 5).is_err() && ffi.make("int", 5).unwrap().set("", &ints).is_err());
    let floats = shared(&ffi, "float");
    let message = "a 'int *' and a 'float *' cannot be compared; cast one of them";
    says(ints.compare(&floats), ErrorKind::Conversion, message);
    says(
        &ints - &floats,
        ErrorKind::Conversion,
        "a 'int *' and a 'float *' cannot be subtracted; cast one of them",
    );
    assert!(ints != floats && ints.compare(&ints.cast("void *").unwrap()).is_err());
    assert!(ints.compare(&ints.cast("const unsigned *").unwrap()).is_ok());
}

#[test]
fn to_calls_and_back() {
    let ffi = ffi();
    let text = ffi.make("char[?]", "eight bytes").unwrap().share().unwrap();
    let (strlen, strchr, memset) = (
        ffi.process().function("strlen").unwrap(),
        ffi.process().function("strchr").unwrap(),
        ffi.process().function("memset").unwrap(),
    );
    // SAFETY: the C library's own functions, on text with a NUL and memory of the lengths that are told
    unsafe {
        assert_eq!(strlen.call::<usize>((&text,)).unwrap(), 11);
        assert_eq!(strlen.call::<usize>((text.offset(6).unwrap(),)).unwrap(), 5);
        let found: CPtr = strchr.call((&text, 'b' as i32)).unwrap();
        assert!(found.is_foreign() && (&found - &text).unwrap() == 6);
        assert_eq!(ffi.string(&found.assume_text().unwrap()).unwrap(), "bytes");
        let missing: CPtr = strchr.call((&text, 'z' as i32)).unwrap();
        assert!(missing.is_null());
        memset.call::<()>((&text, 'x' as i32, 5)).unwrap();
        let numbers = shared(&ffi, "int[2]");
        let message = "argument 1 ('text') of strlen: expected const char *, got a pointer of type 'int *'";
        says(strlen.call::<usize>((&numbers,)), ErrorKind::Conversion, message);
        assert!(memset.call::<()>((&text.cast("const char *").unwrap(), 0, 1)).is_err());
    }
    assert_eq!(ffi.string(&text).unwrap(), "xxxxx bytes");
}

#[test]
fn copy_fill_string() {
    let ffi = ffi();
    let mut data = ffi.alloc("char[8]").unwrap();
    ffi.copy(&mut data, "abcdefgh", 8).unwrap();
    says(
        ffi.string(&data),
        ErrorKind::OutOfRange,
        "expected a NUL in 8 bytes, found none; read them with their length",
    );
    assert_eq!(ffi.bytes(&data, 3).unwrap(), b"abc");
    says(ffi.bytes(&data, 9), ErrorKind::OutOfRange, "expected at most 8 bytes to read, found 9");
    says(ffi.fill(&mut data, 9, 0), ErrorKind::OutOfRange, "expected at most 8 bytes to write, found 9");
    assert!(ffi.copy(&mut data, "abc", 4).is_err() && ffi.copy(&mut data, "abc", u64::MAX).is_err());
    let text = data.share().unwrap();
    ffi.copy(&text.offset(2).unwrap(), &text, 4).unwrap();
    ffi.fill(&text.offset(7).unwrap(), 1, 0).unwrap();
    assert_eq!(ffi.string(&text).unwrap(), "ababcdg");
    assert!(ffi.copy(&text.offset(2).unwrap(), &text, 7).is_err());
    let mut constant = ffi.alloc("const char[2]").unwrap();
    assert_eq!(ffi.fill(&mut constant, 1, 1).unwrap_err().kind(), ErrorKind::Const);
    let mut points = ffi.alloc("point_t[2]").unwrap();
    let (one, mut bytes) = (ffi.make("point_t", (1, 2)).unwrap(), [0u8; 16]);
    ffi.copy(&mut points.at_mut(1).unwrap(), &one, 16).unwrap();
    ffi.copy(bytes.as_mut_slice(), &points.at(1).unwrap(), 16).unwrap();
    assert_eq!((points.get::<f64>("[1].y").unwrap(), &bytes[..]), (2.0, one.bytes()));
}

#[test]
fn types_of_values() {
    let ffi = ffi();
    let point = ffi.alloc("const point_t").unwrap();
    assert!(ffi.istype("point_t", &point).unwrap() && !ffi.istype("node_t", &point).unwrap());
    let shared = shared(&ffi, "point_t[2]");
    assert!(ffi.istype("point_t", &shared).unwrap() && ffi.istype("point_t *", &shared).unwrap());
    assert!(!ffi.istype("node_t *", &shared).unwrap() && ffi.istype("nothing", &shared).is_err());
    assert_eq!(ffi.offsetof("node_t", "arr[2]").unwrap().offset(), 20);
    let bits = ffi.offsetof("node_t", "bits").unwrap();
    assert_eq!((bits.offset(), bits.width()), (28, Some(5)));
}

#[test]
fn flexible_tails_reach_to_the_end() {
    let ffi = ffi();
    ffi.cdef("typedef struct { int count; short tail[]; } flexible_t;").unwrap();
    let block = shared(&ffi, "char[10]");
    let flexible = block.cast("flexible_t *").unwrap();
    flexible.set("tail[2]", 7).unwrap();
    assert!(flexible.set("tail[3]", 7).is_err());
    assert_eq!(flexible.part("tail").unwrap().get::<i16>("[2]").unwrap(), 7);
    assert_eq!(block.get::<u8>("[8]").unwrap(), 7);
}

#[test]
fn pointers_of_other_machines() {
    let ffi = Ffi::for_target(eightbyte::Target::named("i686-linux-gnu").unwrap());
    let longs = ffi.make("long[2]", [1, 2]).unwrap().share().unwrap();
    assert_eq!((longs.get::<i64>("[1]").unwrap(), longs.at(2).is_err()), (2, true));
    assert_eq!(longs.as_cells::<i32>().unwrap_err().kind(), ErrorKind::Conversion);
    let mut member = ffi.alloc("long *").unwrap();
    let fits = u32::try_from(longs.address().addr()).is_ok();
    assert_eq!(member.set("", &longs).is_ok(), fits, "8 bytes of address hardly fit");
}

/// Whatever is done in whatever order, memory of the owner is all that is touched: run it under valgrind as well.
#[test]
fn random_walks_stay_inside() {
    let ffi = ffi();
    let types =
        ["char *", "node_t *", "point_t *", "int (*)[3]", "node_t **", "void *", "const int *", "uint64_t *"];
    let paths = [
        "",
        "[1]",
        "[-1]",
        "arr",
        "arr[2]",
        "next",
        "x",
        "[1].value",
        "[2].arr[1]",
        "bits",
        "[0][2]",
        "[]",
        "[-9]",
    ];
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut read, mut written) = (0, 0);
    for size in [0, 1, 7, 40, 81, 200] {
        let whole = ffi.alloc_array("uint8_t", size).unwrap().share().unwrap();
        let mut pointer = whole.clone();
        for _ in 0..4000 {
            let (path, index) = (paths[random(paths.len())], random(7) as i64 - 3);
            let next = match random(10) {
                0 => pointer.cast(types[random(types.len())]),
                1 => pointer.offset(index),
                2 => pointer.at(index),
                3 => pointer.part(path),
                4 => pointer.follow(path),
                5 => Ok(pointer.widened()),
                8 => Ok(whole.clone()),
                6 => {
                    written +=
                        u32::from(pointer.set(path, &pointer).is_ok() | pointer.set(path, index).is_ok());
                    continue;
                }
                7 => {
                    read += u32::from(pointer.get::<i64>(path).is_ok() | pointer.get::<CData>(path).is_ok());
                    let _ = (
                        pointer.as_cells::<u64>().map(|cells| cells.iter().for_each(|cell| cell.set(7))),
                        ffi.string(&pointer),
                    );
                    continue;
                }
                _ => {
                    let to = pointer.widened();
                    written += u32::from(ffi.copy(&to, &pointer, index as u64).is_ok());
                    continue;
                }
            };
            if let Ok(next) = next {
                pointer = if next.is_foreign() { pointer } else { next };
            }
        }
    }
    assert!(read > 200 && written > 500, "{read} read, {written} written");
}

#[test]
fn fields_and_paths_behind_a_pointer() {
    let ffi = Ffi::new();
    ffi.cdef(
        "enum color { RED, GREEN };
         typedef struct {
             double x; int n; const int fixed; unsigned bits : 5; enum color color; char name[4]; long double big;
             struct { short low; } in;
         } item_t;
         struct tail { long n; char c; char t[]; };",
    )
    .unwrap();
    let items = ffi.alloc("item_t[3]").unwrap().share().unwrap();
    let second = items.at(1).unwrap();
    // Twice each: the second time the path is remembered
    for round in 1..=3 {
        second.set("x", f64::from(round)).unwrap();
        second.set("n", round).unwrap();
        second.set("in.low", round as i16).unwrap();
        assert_eq!(second.get::<f64>("x").unwrap(), f64::from(round));
        assert_eq!(items.get::<i32>("[1].n").unwrap(), round);
        assert_eq!(second.get::<i64>("n").unwrap(), i64::from(round));
        assert_eq!(second.get::<i16>("in.low").unwrap(), round as i16);
        assert_eq!(second.get::<i32>("fixed").unwrap(), 0);
        assert!(second.set("fixed", 1).is_err());
        assert!(second.set("n", 1i64 << 40).is_err());
        assert!(second.cast("const item_t *").unwrap().set("n", 7).is_err());
        assert!(items.at(3).is_err());
        let end = (&items + 3).unwrap();
        assert!(end.get::<i32>("n").is_err() && end.set("n", 1).is_err());
    }
    assert_eq!(items.get::<(f64, i32)>("").unwrap_err().kind(), eightbyte::ErrorKind::Conversion);

    let n = ffi.field::<i32>("item_t", "n").unwrap();
    n.set_behind(&second, 9).unwrap();
    assert_eq!((n.get_behind(&second).unwrap(), n.get_behind(&items).unwrap()), (9, 0));
    let fixed = ffi.field::<i32>("item_t", "fixed").unwrap();
    assert_eq!(fixed.get_behind(&second).unwrap(), 0);
    assert!(fixed.set_behind(&second, 1).is_err());
    let bits = ffi.field::<u32>("item_t", "bits").unwrap();
    bits.set_behind(&second, 31).unwrap();
    assert!(bits.set_behind(&second, 32).is_err());
    assert_eq!(bits.get_behind(&second).unwrap(), 31);
    ffi.field::<&str>("item_t", "color").unwrap().set_behind(&second, "GREEN").unwrap();
    assert_eq!(ffi.field::<String>("item_t", "color").unwrap().get_behind(&second).unwrap(), "GREEN");
    ffi.field::<f64>("item_t", "big").unwrap().set_behind(&second, 0.5).unwrap();
    assert_eq!(second.get::<f64>("big").unwrap(), 0.5);
    assert!(n.set_behind(&second.cast("const item_t *").unwrap(), 1).is_err());
    assert!(n.get_behind(&(&items + 3).unwrap()).is_err());
    assert!(n.get_behind(&second.part("n").unwrap()).is_err());
    let foreign = ffi.pointer("item_t *", second.address()).unwrap();
    assert!(n.get_behind(&foreign).is_err() && n.set_behind(&foreign, 1).is_err());
    let null = ffi.pointer("item_t *", std::ptr::null_mut()).unwrap();
    assert_eq!(n.get_behind(&null).unwrap_err().kind(), eightbyte::ErrorKind::Null);

    // A record may end before its size does, where its tail has few elements
    let tail = ffi.alloc_flexible("struct tail", 2).unwrap().share().unwrap();
    tail.set("c", b'a' as i8).unwrap();
    tail.set("t[1]", 2).unwrap();
    assert_eq!((tail.get::<i8>("c").unwrap(), tail.get::<i8>("t[1]").unwrap()), (b'a' as i8, 2));
    assert!(tail.get::<i8>("t[2]").is_err());
}
