//! Columns, and paths that are remembered.

use eightbyte::{ErrorKind, Ffi};

fn ffi() -> Ffi {
    let ffi = Ffi::new();
    ffi.cdef(
        "
        struct cell { int id; double at[2]; const float fixed; unsigned bits : 3; };
        struct __attribute__((packed)) tight { char tag; double value; };
        struct one { short x; };
        struct other { short y, x; };
        ",
    )
    .unwrap();
    ffi
}

fn says<T>(result: eightbyte::Result<T>, kind: ErrorKind, message: &str) {
    let Err(error) = result else { panic!("expected an error: {message}") };
    assert_eq!((error.kind(), error.message()), (kind, message));
}

#[test]
fn columns_are_the_fields() {
    let ffi = ffi();
    let mut cells = ffi.alloc_array("struct cell", 5).unwrap();
    let at = ffi.field::<f64>("struct cell", "at[1]").unwrap();
    let mut column = at.column_mut(&mut cells).unwrap();
    for (index, value) in column.iter_mut().enumerate() {
        *value = index as f64;
    }
    column[4] += 0.5;
    assert_eq!((column[4], column.get(5)), (4.5, None));
    assert_eq!(column.get_mut(usize::MAX), None);
    assert_eq!(cells.get::<f64>("[4].at[1]").unwrap(), 4.5);
    assert_eq!(cells.get::<f64>("[4].at[0]").unwrap(), 0.0);
    let column = at.column(&cells).unwrap();
    assert_eq!(column.iter().rev().copied().collect::<Vec<_>>(), [4.5, 3.0, 2.0, 1.0, 0.0]);
    assert_eq!(format!("{column:?}"), "[0.0, 1.0, 2.0, 3.0, 4.5]");
    let sum = std::thread::scope(|scope| scope.spawn(move || column.iter().sum::<f64>()).join().unwrap());
    assert_eq!(sum, 10.5);
    let none = ffi.alloc_array("struct cell", 0).unwrap();
    assert!(at.column(&none).unwrap().is_empty());
}

#[test]
fn what_is_no_column() {
    let ffi = ffi();
    use ErrorKind::*;
    let mut cells = ffi.alloc_array("struct cell", 2).unwrap();
    let id = |ffi: &Ffi| ffi.field::<i64>("struct cell", "id").unwrap();
    says(id(&ffi).column(&cells), Conversion, "expected a field of type i64, found 'int'; use get");
    let bits = ffi.field::<u32>("struct cell", "bits").unwrap();
    says(bits.column(&cells), Conversion, "expected a field of type u32, found 'unsigned int : 3'; use get");
    let fixed = ffi.field::<f32>("struct cell", "fixed").unwrap();
    assert_eq!(fixed.column(&cells).unwrap().len(), 2);
    says(fixed.column_mut(&mut cells), Const, "the field is const: it cannot be written after it was made");
    let value = ffi.field::<f64>("struct tight", "value").unwrap();
    let tight = ffi.alloc_array("struct tight", 2).unwrap();
    says(value.column(&tight), Conversion, "the fields of type 'double' are not aligned as f64; use get");
    says(value.column(&cells), Conversion, "expected an array of 'struct tight', found 'struct cell[2]'");
    let one = ffi.alloc("struct tight").unwrap();
    says(value.column(&one), Conversion, "expected an array of 'struct tight', found 'struct tight'");
    let constant = ffi.make("const struct one[2]", [(1,), (2,)]);
    let mut constant = constant.unwrap();
    let x = ffi.field::<i16>("struct one", "x").unwrap();
    says(x.column_mut(&mut constant), Const, "the field is const: it cannot be written after it was made");
    assert_eq!(x.column(&constant).unwrap()[1], 2);
}

#[test]
#[should_panic(expected = "index 2 is out of range for a column of 2 elements")]
fn past_the_end() {
    let ffi = ffi();
    let cells = ffi.alloc_array("struct cell", 2).unwrap();
    let at = ffi.field::<f64>("struct cell", "at[0]").unwrap();
    let _ = at.column(&cells).unwrap()[2];
}

/// The same answers however often a path was followed, with the same text at the same address for all.
#[test]
fn remembered_paths() {
    let ffi = ffi();
    let mut one = ffi.make("struct one", (7,)).unwrap();
    let mut other = ffi.make("struct other", (8, 9)).unwrap();
    let mut row = ffi.make("struct one[1]", [(10,)]).unwrap();
    let constant = ffi.make("const struct one", (11,)).unwrap();
    let mut constant = constant;
    let mut cell = ffi.alloc("struct cell").unwrap();
    let numbers = ffi.make("int[3]", [1, 2, 3]).unwrap();
    for round in 0..5i16 {
        assert_eq!(one.get::<i16>("x").unwrap(), 7 + round);
        assert_eq!(one.get::<u64>("x").unwrap(), 7 + round as u64);
        assert_eq!(other.get::<i16>("x").unwrap(), 9);
        assert_eq!(constant.get::<i16>("x").unwrap(), 11);
        assert_eq!(row.get::<i16>("[0].x").unwrap(), 10);
        assert!(row.get::<i16>("x").is_err());
        assert!(one.get::<i16>("[0].x").is_err());
        assert!(one.get::<i16>("y").is_err());
        assert_eq!(numbers.get::<i32>("[2]").unwrap(), 3);
        let mut text = String::from("x");
        assert_eq!(other.get::<i16>(&text).unwrap(), 9);
        text.replace_range(.., "y");
        assert_eq!(other.get::<i16>(&text).unwrap(), 8);
        one.set("x", 8 + round).unwrap();
        row.set("[0].x", 10i64).unwrap();
        assert_eq!(row.set("[0].x", 1 << 20).unwrap_err().kind(), ErrorKind::OutOfRange);
        assert_eq!(constant.set("x", 1i16).unwrap_err().kind(), ErrorKind::Const);
        assert_eq!(cell.set("fixed", 1.0f32).unwrap_err().kind(), ErrorKind::Const);
        cell.set("bits", round).unwrap();
        assert_eq!(cell.get::<i16>("bits").unwrap(), round);
        assert_eq!(other.set("x", 9u8).and_then(|()| other.get::<f64>("x")).unwrap(), 9.0);
    }
    // Another scope, another record of the same name
    let ffi = Ffi::new();
    ffi.cdef("struct one { char a; short x; };").unwrap();
    let again = ffi.make("struct one", (1, 2)).unwrap();
    assert_eq!(again.get::<i16>("x").unwrap(), 2);
}

#[test]
fn a_field_of_one_value() {
    let ffi = Ffi::new();
    ffi.cdef(
        "typedef struct { int id; double x[2]; const int fixed; _Bool flag; unsigned bits : 3; } body_t;
         typedef struct __attribute__((packed)) { char c; int i; } packed_t;
         typedef struct { int id; double x[2]; } other_t;",
    )
    .unwrap();
    let mut body = ffi.make("body_t", (1, [2.0, 3.0])).unwrap();
    let x = ffi.field::<f64>("body_t", "x[1]").unwrap();
    *x.of_mut(&mut body).unwrap() += 0.5;
    assert_eq!((*x.of(&body).unwrap(), body.get::<f64>("x[1]").unwrap()), (3.5, 3.5));
    assert_eq!(*x.of(&body.part()).unwrap(), 3.5);
    *x.of_mut(&mut body.part_mut()).unwrap() = 4.0;
    assert_eq!(x.get(&body).unwrap(), 4.0);
    let error = |error: eightbyte::Error| error.message().to_string();
    let other = ffi.alloc("other_t").unwrap();
    assert_eq!(error(x.of(&other).unwrap_err()), "expected a value of type 'body_t', found 'other_t'");
    let fixed = ffi.field::<i32>("body_t", "fixed").unwrap();
    assert_eq!(*fixed.of(&body).unwrap(), 0);
    assert!(error(fixed.of_mut(&mut body).unwrap_err()).contains("const"));
    assert!(x.of_mut(&mut ffi.alloc("const body_t").unwrap()).is_err());
    let flag = ffi.field::<bool>("body_t", "flag").unwrap();
    assert_eq!(error(flag.of(&body).unwrap_err()), "not every byte of a '_Bool' is a bool; use get");
    let bits = ffi.field::<u32>("body_t", "bits").unwrap();
    assert_eq!(
        error(bits.of(&body).unwrap_err()),
        "expected a field of type u32, found 'unsigned int : 3'; use get"
    );
    let wrong = ffi.field::<f32>("body_t", "x[0]").unwrap();
    assert_eq!(error(wrong.of(&body).unwrap_err()), "expected a field of type f32, found 'double'; use get");
    let packed = ffi.field::<i32>("packed_t", "i").unwrap();
    let values = ffi.alloc("packed_t[5]").unwrap();
    let aligned = (0..5).filter(|&at| packed.of(&values.at(at).unwrap()).is_ok()).count();
    assert!(aligned < 5, "a packed field is not aligned in every element");
    // A type of another Ffi is another type
    assert!(x.of(&Ffi::new().alloc("int").unwrap()).is_err());
}

#[test]
fn a_column_in_steps() {
    let ffi = Ffi::new();
    ffi.cdef("typedef struct { int id; double x; } body_t;").unwrap();
    let x = ffi.field::<f64>("body_t", "x").unwrap();
    for count in 0..13u64 {
        let mut bodies = ffi.alloc_array("body_t", count).unwrap();
        let mut next = 0.0;
        x.column_mut(&mut bodies).unwrap().for_each(|x| {
            *x = next;
            next += 1.0;
        });
        for at in 0..count {
            assert_eq!(bodies.get::<(i32, f64)>(&format!("[{at}]")).unwrap(), (0, at as f64), "{count}");
        }
    }
}
