//! Children see their parent's declarations and add their own; what is redefined leaves old values alone.

use eightbyte::{Constant, Ffi, init};

const HEADER: &str = "
    typedef struct { int a; union { float f; int i; }; } item_t;
    struct node { struct node *next; item_t item; };
    enum color { RED, GREEN = 5 };
    enum { LOOSE = 7 };
    enum fixed : short;
    int visit(struct node *, item_t, int (*)(item_t *));
    extern int counts[];
    static const int LIMIT = 3;
";

#[test]
fn a_child_sees_its_parent_and_keeps_to_itself() {
    let parent = Ffi::new();
    let child = parent.child();
    let grandchild = child.child();
    parent.cdef(HEADER).unwrap();
    child.cdef("struct own { struct node in; enum color color; int a[LIMIT]; };").unwrap();
    grandchild.cdef("struct more { struct own own; item_t item; };").unwrap();
    assert_eq!(grandchild.sizeof("struct more").unwrap(), 16 + 4 + 12 + 8);
    assert_eq!(grandchild.constant("GREEN").unwrap(), Constant::Integer(5));
    assert!(parent.sizeof("struct own").is_err());
    assert!(child.sizeof("struct more").is_err());
    let before = parent.show();
    assert!(!before.contains("own") && !child.show().contains("color {"), "{before}{}", child.show());
    // Types are the parent's own, so values go both ways.
    assert_eq!(child.ctype("struct node").unwrap().as_type(), parent.ctype("struct node").unwrap().as_type());
    let mut node = child.make("struct node", init! { item: init! { a: 4 } }).unwrap();
    let of_parent = parent.alloc("struct node").unwrap().share().unwrap();
    node.set("next", &of_parent).unwrap();
    // A name of the child's hides what the parent declares later.
    child.cdef("typedef char late; struct late { char c; };").unwrap();
    parent.cdef("typedef long late; struct late { long l; };").unwrap();
    assert_eq!((child.sizeof("late").unwrap(), parent.sizeof("late").unwrap()), (1, 8));
    assert_eq!((child.sizeof("struct late").unwrap(), grandchild.sizeof("struct late").unwrap()), (1, 1));
    let error = child.cdef("struct node { int other; };").unwrap_err().to_string();
    assert!(error.contains("struct node"), "{error}");
    // Messages know the parent's names.
    let error = grandchild.cdef("itemt_t *x;").unwrap_err().to_string();
    assert!(error.contains("did you mean 'item_t'"), "{error}");
    // A child keeps its parent alive.
    drop(parent);
    assert_eq!(child.sizeof("struct own").unwrap(), 32);
    assert_eq!(node.get::<i32>("item.a").unwrap(), 4);
}

#[test]
fn what_a_parent_leaves_open_a_child_closes_for_itself() {
    let parent = Ffi::new();
    parent
        .cdef("struct open; struct open *make(void); enum ahead : short; extern int list[]; int f();")
        .unwrap();
    let (one, two) = (parent.child(), parent.child());
    one.cdef("struct open { int a; }; enum ahead : short { A }; extern int list[3]; int f(int);").unwrap();
    two.cdef("struct open { double a, b; }; enum ahead : short { B }; extern int list[5]; int f(char *);")
        .unwrap();
    assert_eq!(one.sizeof("struct open").unwrap(), 4);
    assert_eq!(two.sizeof("struct open").unwrap(), 16);
    assert!(parent.sizeof("struct open").is_err());
    assert!(parent.constant("A").is_err() && two.constant("A").is_err());
    assert_eq!(two.eval("sizeof(list)").unwrap(), Constant::Integer(20));
    assert!(parent.eval("sizeof(list)").is_err());
    assert!(two.show().contains("f(char *)") && parent.show().contains("int f();"), "{}", two.show());
    // The parent may still close it in a third way.
    parent.cdef("struct open { char c; };").unwrap();
    assert_eq!(parent.sizeof("struct open").unwrap(), 1);
    assert_eq!(one.sizeof("struct open").unwrap(), 4);
}

#[test]
fn two_modules_paste_the_same_header() {
    let ffi = Ffi::new();
    let (one, two) = (ffi.child(), ffi.child());
    for scope in [&one, &two, &ffi, &one, &ffi] {
        scope.cdef(HEADER).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scope.sizeof("struct node").unwrap(), 16);
    }
    let three = ffi.child();
    three.cdef(HEADER).unwrap();
    assert_eq!(three.show(), "", "it is all the parent's");
}

#[test]
fn a_redefinition_replaces_and_leaves_old_values_alone() {
    let ffi = Ffi::new();
    ffi.cdef(
        "struct in { int a; }; struct out { struct in in; char c; }; typedef struct { int k; } loose;
         enum level { LOW, HIGH }; int use(struct out *); int keep(int); typedef int number;
         struct same { int x; struct same *next; };",
    )
    .unwrap();
    let mut old = ffi.make("struct out", ((7,), 1)).unwrap();
    let same = ffi.ctype("struct same").unwrap();
    let text =
        "struct in { double a, b; }; struct out { struct in in; char c; }; typedef struct { long k; } loose;
         enum level { LOW = 3, TOP }; int use(struct out *); int keep(int); typedef long number;
         struct same { int x; struct same *next; };";
    assert!(ffi.cdef(text).is_err(), "without knowing, it is a conflict");
    ffi.redefine(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(ffi.sizeof("struct out").unwrap(), 24);
    assert_eq!(ffi.sizeof("loose").unwrap(), 8);
    assert_eq!(ffi.sizeof("number").unwrap(), 8);
    assert_eq!(ffi.constant("TOP").unwrap(), Constant::Integer(4));
    assert!(ffi.constant("HIGH").is_err());
    assert_eq!(ffi.ctype("struct same").unwrap(), same, "what did not change is the same type");
    old.set("in.a", 9).unwrap();
    assert_eq!((old.get::<i32>("in.a").unwrap(), old.bytes().len()), (9, 8));
    assert!(!ffi.istype("struct out", &old).unwrap());
    // What is shown is what there is now.
    let again = Ffi::new();
    again.cdef(&ffi.show()).unwrap_or_else(|error| panic!("{}\n{error}", ffi.show()));
    assert_eq!(again.show(), ffi.show());
    ffi.cdef(text).unwrap();
    // A mistake leaves everything as it was.
    let shown = ffi.show();
    let error = ffi.redefine("struct in { int z; }; struct out { oops c; };").unwrap_err().to_string();
    assert!(error.contains("unknown type name 'oops'"), "{error}");
    assert_eq!(ffi.show(), shown);
    // Again and again.
    for round in 1..50u64 {
        ffi.redefine(&format!("struct in {{ char c[{round}]; }}; struct out {{ struct in in; }};")).unwrap();
        assert_eq!(ffi.sizeof("struct out").unwrap(), round);
    }
}

#[test]
fn a_redefinition_in_a_child_is_the_childs() {
    let parent = Ffi::new();
    parent.cdef(HEADER).unwrap();
    let child = parent.child();
    child.redefine("enum color { BLUE = 9 }; struct node { char c; }; static const int LIMIT = 4;").unwrap();
    assert_eq!((child.sizeof("struct node").unwrap(), parent.sizeof("struct node").unwrap()), (1, 16));
    assert_eq!(child.constant("BLUE").unwrap(), Constant::Integer(9));
    assert_eq!(child.constant("LIMIT").unwrap(), Constant::Integer(4));
    assert_eq!(parent.constant("LIMIT").unwrap(), Constant::Integer(3));
    assert!(parent.constant("BLUE").is_err());
}

#[test]
fn parents_and_children_from_many_threads() {
    let parent = Ffi::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (parent, child) = (parent.clone(), parent.child());
            scope.spawn(move || {
                for round in 0..50 {
                    parent.cdef(&format!("struct p{thread}_{round} {{ int a; }};")).unwrap();
                    child.cdef(&format!("struct c{round} {{ struct p{thread}_{round} in; }};")).unwrap();
                    child.redefine(&format!("struct again {{ char c[{round} + 1]; }};")).unwrap();
                }
                assert_eq!(child.type_rows().unwrap().len(), 51);
            });
        }
    });
    assert_eq!(parent.type_rows().unwrap().len(), 200);
}
