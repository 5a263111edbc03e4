//! Functions that a host language attaches to record types.

use eightbyte::{CRef, ErrorKind, Ffi, Result, Value};
use std::sync::Arc;

fn ffi() -> Ffi {
    let ffi = Ffi::new();
    ffi.cdef(
        "
        typedef struct { double x, y; } point_t;
        struct holder { point_t at; point_t *to; union { int a; float b; }; };
        struct later;
        ",
    )
    .unwrap();
    ffi
}

fn float(value: Value) -> f64 {
    match value {
        Value::Float(value) => value,
        other => panic!("expected a float, got {other:?}"),
    }
}

fn length(this: &CRef<'_>, _: &[Value]) -> Result<Value> {
    Ok(Value::Float(this.get::<f64>("x")?.hypot(this.get("y")?)))
}

fn says<T>(result: Result<T>, kind: ErrorKind, message: &str) {
    let Err(error) = result else { panic!("expected an error: {message}") };
    assert_eq!((error.kind(), error.message()), (kind, message));
}

#[test]
fn found_after_members() {
    let ffi = ffi();
    let methods = ffi.methods("point_t").unwrap();
    methods
        .add("length", length)
        .unwrap()
        .add_mut("move_by", |this, by| {
            let [Value::Float(x), Value::Float(y)] = by else { return Ok(Value::Bool(false)) };
            let before: (f64, f64) = this.get("")?;
            this.set("", (before.0 + x, before.1 + y))?;
            Ok(Value::Bool(true))
        })
        .unwrap();
    let mut point = ffi.make("point_t", (3, 4)).unwrap();
    assert_eq!(float(point.call_method("length", &[]).unwrap()), 5.0);
    let moved = point.call_method_mut("move_by", &[Value::Float(2.0), Value::Float(8.0)]);
    assert!(matches!(moved, Ok(Value::Bool(true))));
    assert_eq!(float(point.call_method_mut("length", &[]).unwrap()), 13.0);
    assert_eq!(methods.names(), ["length", "move_by"]);
    assert_eq!(format!("{methods:?}"), "Methods(point_t: length, move_by)");

    // Wherever a value of the type comes from
    let mut holder = ffi.alloc("struct holder").unwrap();
    holder.set("at", (6, 8)).unwrap();
    let at = holder.part();
    assert_eq!(float(at.part("at").unwrap().call_method("length", &[]).unwrap()), 10.0);
    let points = ffi.make("const point_t[2]", [(0, 1), (0, 2)]).unwrap();
    assert_eq!(float(points.at(1).unwrap().call_method("length", &[]).unwrap()), 2.0);
    assert!(points.at(1).unwrap().has_method("length") && !points.part().has_method("length"));

    use ErrorKind::*;
    says(
        point.call_method("lenght", &[]),
        NoSuchField,
        "'point_t' has no member or method 'lenght'; did you mean 'length'?",
    );
    says(
        point.call_method("x", &[]),
        NoSuchField,
        "'x' is a member of 'point_t', not a method; read it with get",
    );
    says(
        point.call_method("move_by", &[]),
        Const,
        "the method 'move_by' of 'point_t' changes the value; use call_method_mut, or part_mut",
    );
    let mut constant = ffi.make("const point_t", (1, 2)).unwrap();
    says(
        constant.call_method_mut("move_by", &[]),
        Const,
        "'const point_t' is const: its method 'move_by' would change it",
    );
    assert!(ffi.alloc("int").unwrap().call_method("length", &[]).is_err());
}

#[test]
fn protected_names() {
    let ffi = ffi();
    let methods = ffi.methods("point_t").unwrap();
    methods.add("length", length).unwrap();
    use ErrorKind::*;
    says(
        methods.add("length", length),
        Conflict,
        "'point_t' has a method 'length' already; use replace where that is meant",
    );
    // Every handle is of the same methods
    assert!(ffi.clone().methods("const point_t").unwrap().add("length", length).is_err());
    says(methods.add("x", length), Conflict, "'point_t' has a member 'x', which would hide the method");
    says(methods.add("__ad", length), UnknownName, "'__ad' is no operator; did you mean '__add'?");
    says(ffi.methods("int"), Conversion, "expected a struct or union to attach methods to, found 'int'");
    let point = ffi.make("point_t", (3, 4)).unwrap();
    for round in 0..20_000 {
        methods.replace("length", move |_, _| Ok(Value::Integer(round))).unwrap();
    }
    assert!(matches!(point.call_method("length", &[]).unwrap(), Value::Integer(19_999)));
    // The names of anonymous members count, and a member that comes later comes first
    assert!(ffi.methods("struct holder").unwrap().add("b", length).is_err());
    ffi.methods("struct later").unwrap().add("n", |_, _| Ok(Value::Null)).unwrap();
    ffi.cdef("struct later { int n; };").unwrap();
    assert!(ffi.alloc("struct later").unwrap().call_method("n", &[]).is_err());
    assert!(matches!(ffi.alloc("struct later").unwrap().index("n").unwrap(), Value::Integer(0)));
}

#[test]
fn pointers_use_them() {
    let ffi = ffi();
    ffi.methods("point_t").unwrap().add("length", length).unwrap();
    let mut point = ffi.make("point_t", (3, 4)).unwrap();
    let address = point.as_mut_ptr();
    let pointer = ffi.make("point_t *", address).unwrap();
    assert!(pointer.part().has_method("length"));
    says(
        pointer.call_method("length", &[]),
        ErrorKind::NoSuchField,
        "'length' needs what the 'point_t *' points to, which is not part of this value; use call_method_through",
    );
    // SAFETY: it points to the value above, or nowhere
    unsafe {
        assert_eq!(float(pointer.part().call_method_through("length", &[]).unwrap()), 5.0);
        assert!(pointer.part().call_method_through("lenght", &[]).is_err());
        let null = ffi.alloc("const point_t *").unwrap();
        assert_eq!(null.part().call_method_through("length", &[]).unwrap_err().kind(), ErrorKind::Null);
        assert!(point.part().call_method_through("length", &[]).is_err());
    }
}

#[test]
fn operators() {
    let ffi = ffi();
    let point = ffi.ctype("point_t").unwrap();
    ffi.methods("point_t")
        .unwrap()
        .add("__add", move |_, operands| {
            let mut sum = (0.0, 0.0);
            for operand in operands {
                match operand {
                    Value::Data(data) => {
                        sum.0 += data.get::<f64>("x")?;
                        sum.1 += data.get::<f64>("y")?;
                    }
                    Value::Integer(both) => sum = (sum.0 + *both as f64, sum.1 + *both as f64),
                    _ => return Ok(Value::Null),
                }
            }
            point.make(sum).map(Value::Data)
        })
        .unwrap()
        .add("__eq", |this, operands| {
            Ok(Value::Bool(operands.iter().all(|operand| match operand {
                Value::Data(data) => data.bytes() == this.bytes(),
                _ => false,
            })))
        })
        .unwrap()
        .add("__tostring", |this, _| {
            Ok(Value::String(format!("<{}, {}>", this.get::<f64>("x")?, this.get::<f64>("y")?)))
        })
        .unwrap()
        .add("__index", |this, name| match name {
            [Value::String(name)] if name == "r" => length(this, &[]),
            _ => Ok(Value::Null),
        })
        .unwrap()
        .add_mut("__newindex", |this, pair| match pair {
            [Value::String(name), Value::Float(value)] if name == "both" => {
                this.set("", (*value, *value)).map(|()| Value::Null)
            }
            _ => this.set("nothing", 1).map(|()| Value::Null),
        })
        .unwrap();
    let make = |x, y| Value::Data(ffi.make("point_t", (x, y)).unwrap());
    let sum = |left, right| match ffi.operate("__add", &[left, right]).unwrap() {
        Value::Data(data) => data.text().unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(sum(make(1, 2), make(3, 4)), "<4, 6>");
    assert_eq!(sum(make(1, 2), Value::Integer(5)), "<6, 7>");
    assert_eq!(sum(Value::Integer(5), make(1, 2)), "<6, 7>");
    assert!(matches!(ffi.operate("__eq", &[make(1, 2), make(1, 2)]), Ok(Value::Bool(true))));
    assert!(matches!(ffi.operate("__eq", &[make(1, 2), Value::Null]), Ok(Value::Bool(false))));
    says(
        ffi.operate("__mul", &[make(1, 2), Value::Integer(3)]),
        ErrorKind::NoSuchField,
        "no operand has an operator '__mul': a value of type 'point_t', 3",
    );
    let mut point = ffi.make("point_t", (3, 4)).unwrap();
    assert_eq!((point.text().unwrap(), point.to_string()), ("<3, 4>".into(), "{ .x = 3, .y = 4 }".into()));
    assert_eq!(float(point.index("x").unwrap()), 3.0);
    assert_eq!(float(point.index("r").unwrap()), 5.0);
    assert!(matches!(point.index("other").unwrap(), Value::Null));
    point.set_index("x", Value::Integer(9)).unwrap();
    point.set_index("both", Value::Float(2.0)).unwrap();
    assert_eq!(point.to_string(), "{ .x = 2, .y = 2 }");
    assert!(point.set_index("other", Value::Null).is_err());
    assert!(ffi.alloc("struct holder").unwrap().index("too").is_err());
    assert_eq!(ffi.alloc("struct holder").unwrap().text().unwrap().get(..2), Some("{ "));
}

#[test]
fn they_go_with_the_declarations() {
    let witness = Arc::new(());
    let ffi = ffi();
    let held = witness.clone();
    let methods = ffi.methods("point_t").unwrap();
    methods.add("count", move |_, _| Ok(Value::Integer(Arc::strong_count(&held) as i128))).unwrap();
    let point = ffi.alloc("point_t").unwrap();
    drop((methods, ffi));
    assert!(matches!(point.call_method("count", &[]).unwrap(), Value::Integer(2)));
    drop(point);
    assert_eq!(Arc::strong_count(&witness), 1);
}

#[test]
fn added_while_others_look() {
    let ffi = ffi();
    let methods = ffi.methods("point_t").unwrap();
    std::thread::scope(|threads| {
        for thread in 0..4 {
            let (ffi, methods) = (&ffi, &methods);
            threads.spawn(move || {
                let point = ffi.alloc("point_t").unwrap();
                for number in 0..100 {
                    let name = format!("method_{thread}_{number}");
                    methods.add(&name, move |_, _| Ok(Value::Integer(number))).unwrap();
                    let got = point.call_method(&name, &[]).unwrap();
                    assert!(matches!(got, Value::Integer(got) if got == number));
                    // Only one of them may have it
                    let _ = methods.add(&format!("shared_{number}"), move |_, _| Ok(Value::Integer(thread)));
                }
            });
        }
    });
    assert_eq!(methods.names().len(), 500);
}
