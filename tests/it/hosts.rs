//! Values of host languages, passed to C and made from C as they are: tagged words, doubles with boxes in their NaNs, text
//! with its length.

use eightbyte::{
    CPtr, Destination, ErrorKind, Ffi, Function, HostArgument, HostArguments, HostValue, Seen, ToC,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};

/// Counts what each thread asks for.
struct Counting;

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: the system does all of it
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATED.try_with(|count| count.set(count.get() + 1));
        // SAFETY: handed on to the caller
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: handed on to the caller
        unsafe { System.dealloc(start, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const TEXT: &str = "
    typedef struct { int quot, rem; } div_t;
    typedef struct { double x, y; const char *name; int flags : 5; char tag[4]; struct { long n; } in; } spot_t;
    div_t div(int, int);
    size_t strlen(const char *s);
    void *memchr(const void *s, int c, size_t n);
    double ldexp(double x, int exp);
    long labs(long n);
    char *strchr(const char *s, int c);
    long strtol(const char *text, char **end, int base);
    int snprintf(char *to, size_t size, const char *format, ...);
    void *memset(void *to, int byte, size_t count);
    double strtod(const char *text, char **end);
    unsigned long long strtoull(const char *text, char **end, int base);
    enum level { LOW = 3, HIGH = 7 };
";

fn ffi() -> Ffi {
    let ffi = Ffi::new();
    ffi.cdef(TEXT).unwrap();
    ffi
}

fn function(ffi: &Ffi, name: &str) -> Function {
    ffi.process().function(name).unwrap()
}

/// Words with a tag in their low bits: 0 a fixnum of 61 bits, 1 a box in the heap, 2 a constant.
mod tagged {
    use super::*;

    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Word(pub u64);

    pub const NIL: Word = Word(2);
    pub const FALSE: Word = Word(10);
    pub const TRUE: Word = Word(18);

    pub enum Boxed {
        Float(f64),
        Text(Box<[u8]>),
        Data(CPtr),
        Pointer(CPtr),
        Symbol(&'static str),
    }

    /// Boxes that do not move while the heap lives: it may grow while values are lent.
    #[derive(Default)]
    pub struct Heap {
        boxes: RefCell<Vec<*const Boxed>>,
        pub held: Cell<u32>,
        pub most_held: Cell<u32>,
    }

    impl Heap {
        pub fn add(&self, boxed: Boxed) -> Word {
            let mut boxes = self.boxes.borrow_mut();
            boxes.push(Box::into_raw(Box::new(boxed)));
            Word((boxes.len() as u64 - 1) << 3 | 1)
        }

        pub fn text(&self, text: &str) -> Word {
            self.add(Boxed::Text(text.as_bytes().into()))
        }

        pub fn get(&self, word: Word) -> Option<&Boxed> {
            let boxed = *self.boxes.borrow().get((word.0 >> 3) as usize)?;
            // SAFETY: `add` leaked it, `drop` takes it back, and nothing changes it in between
            Some(unsafe { &*boxed })
        }
    }

    impl Drop for Heap {
        fn drop(&mut self) {
            for boxed in self.boxes.take() {
                // SAFETY: it came from `Box::into_raw`, and nobody borrows the heap any more
                drop(unsafe { Box::from_raw(boxed.cast_mut()) });
            }
        }
    }

    pub struct Hold<'h>(&'h Heap);

    impl Drop for Hold<'_> {
        fn drop(&mut self) {
            self.0.held.set(self.0.held.get() - 1);
        }
    }

    pub fn fixnum(value: i64) -> Word {
        Word((value << 3) as u64)
    }

    impl HostValue for Word {
        type Heap = Heap;

        #[inline(always)]
        fn seen<'v>(&'v self, heap: &'v Heap) -> Seen<'v> {
            match self.0 & 7 {
                0 => Seen::Integer((self.0 as i64 >> 3).into()),
                1 => match heap.get(*self) {
                    Some(Boxed::Float(value)) => Seen::Float(*value),
                    Some(Boxed::Text(text)) => Seen::Text(text),
                    Some(Boxed::Data(data)) => Seen::Behind(data),
                    Some(Boxed::Pointer(pointer)) => Seen::Pointer(pointer),
                    Some(Boxed::Symbol(_)) | None => Seen::Other,
                },
                _ if *self == NIL => Seen::Null,
                _ => Seen::Bool(*self == TRUE),
            }
        }

        fn nothing(_: &Heap) -> Word {
            NIL
        }
        fn from_bool(_: &Heap, value: bool) -> Word {
            if value { TRUE } else { FALSE }
        }
        fn from_integer(_: &Heap, value: i128) -> Option<Word> {
            let short = i64::try_from(value).ok()?;
            (short << 3 >> 3 == short).then_some(fixnum(short))
        }
        fn from_float(heap: &Heap, value: f64) -> Word {
            heap.add(Boxed::Float(value))
        }
        fn from_pointer(heap: &Heap, pointer: CPtr) -> Word {
            if pointer.is_null() { NIL } else { heap.add(Boxed::Pointer(pointer)) }
        }
        fn from_behind(heap: &Heap, data: CPtr) -> Word {
            heap.add(Boxed::Data(data))
        }
        fn describe(&self, heap: &Heap) -> String {
            match (self.seen(heap), heap.get(*self)) {
                (Seen::Integer(value), _) => format!("the fixnum {value}"),
                (Seen::Text(text), _) => format!("the string {:?}", String::from_utf8_lossy(text)),
                (Seen::Null, _) => "nil".to_owned(),
                (Seen::Other, Some(Boxed::Symbol(name))) => format!("the symbol '{name}"),
                _ => "a box".to_owned(),
            }
        }
        fn hold<'v>(_: &'v [Word], heap: &'v Heap) -> impl Sized {
            heap.held.set(heap.held.get() + 1);
            heap.most_held.set(heap.held.get());
            Hold(heap)
        }
    }
}

/// Doubles, with everything else in the payload of a NaN.
mod boxing {
    use super::*;

    #[derive(Clone, Copy)]
    pub struct Number(pub u64);

    const BOX: u64 = 0xfffc << 48;
    pub const UNDEFINED: Number = Number(0xfffd << 48);

    #[derive(Default)]
    pub struct Pointers(RefCell<Vec<&'static CPtr>>);

    impl Pointers {
        fn add(&self, pointer: CPtr) -> Number {
            let mut all = self.0.borrow_mut();
            all.push(Box::leak(Box::new(pointer)));
            Number(BOX | (all.len() as u64 - 1))
        }
    }

    pub fn of(value: f64) -> Number {
        Number(if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() })
    }

    impl HostValue for Number {
        type Heap = Pointers;

        #[inline(always)]
        fn seen<'v>(&'v self, heap: &'v Pointers) -> Seen<'v> {
            if self.0 < BOX {
                return Seen::Float(f64::from_bits(self.0));
            }
            match heap.0.borrow().get((self.0 ^ BOX) as usize) {
                Some(pointer) if pointer.is_foreign() => Seen::Pointer(pointer),
                Some(pointer) => Seen::Behind(pointer),
                None => Seen::Null,
            }
        }
        fn nothing(_: &Pointers) -> Number {
            UNDEFINED
        }
        fn from_bool(_: &Pointers, value: bool) -> Number {
            of(value.into())
        }
        fn from_integer(_: &Pointers, value: i128) -> Option<Number> {
            (value.unsigned_abs() <= 1 << 53).then(|| of(value as f64))
        }
        fn from_float(_: &Pointers, value: f64) -> Number {
            of(value)
        }
        fn from_pointer(heap: &Pointers, pointer: CPtr) -> Number {
            heap.add(pointer)
        }
        fn from_behind(heap: &Pointers, data: CPtr) -> Number {
            heap.add(data)
        }
    }
}

/// Strings that know their length, with a NUL behind them or not, and lists.
mod texts {
    use super::*;

    #[derive(Debug)]
    pub enum Text {
        Bare(Vec<u8>),
        Ended(Vec<u8>),
        Count(i64),
        List(Vec<Text>),
        Pointer(CPtr),
        Nothing,
    }

    impl HostValue for Text {
        type Heap = ();

        fn seen<'v>(&'v self, _: &'v ()) -> Seen<'v> {
            match self {
                Text::Bare(text) => Seen::Text(text),
                Text::Ended(text) => Seen::TextWithNul(text),
                Text::Count(count) => Seen::Integer((*count).into()),
                Text::List(_) => Seen::Other,
                Text::Pointer(pointer) => Seen::Pointer(pointer),
                Text::Nothing => Seen::Null,
            }
        }
        fn nothing(_: &()) -> Text {
            Text::Nothing
        }
        fn from_bool(_: &(), value: bool) -> Text {
            Text::Count(value.into())
        }
        fn from_integer(_: &(), value: i128) -> Option<Text> {
            i64::try_from(value).ok().map(Text::Count)
        }
        fn from_float(_: &(), value: f64) -> Text {
            Text::Bare(value.to_string().into())
        }
        fn from_pointer(_: &(), pointer: CPtr) -> Text {
            Text::Pointer(pointer)
        }
        fn from_behind(_: &(), data: CPtr) -> Text {
            Text::Pointer(data)
        }
        fn fill(&self, heap: &(), to: &mut Destination<'_>) -> eightbyte::Result<()> {
            match self {
                Text::List(list) => HostArguments::new(list, heap).to_c(to),
                _ => Err(to.misfit("nothing of the kind")),
            }
        }
        fn count(&self, _: &()) -> Option<u64> {
            if let Text::List(list) = self { Some(list.len() as u64) } else { None }
        }
    }
}

#[test]
fn tagged_words_pass_as_they_are() {
    use tagged::{Boxed, Heap, Word, fixnum};
    let (ffi, heap) = (ffi(), Heap::default());
    let call = |name: &str, values: &[Word]| {
        // SAFETY: declared as libc has them, and lent what they need
        unsafe { function(&ffi, name).call_host(&heap, values) }
    };
    assert_eq!(call("labs", &[fixnum(-42)]).unwrap(), fixnum(42));
    assert_eq!(call("strlen", &[heap.text("eightbyte")]).unwrap(), fixnum(9));
    let half = heap.add(Boxed::Float(0.5));
    let four = call("ldexp", &[half, fixnum(3)]).unwrap();
    assert!(matches!(heap.get(four), Some(Boxed::Float(4.0))));
    // More bits than a fixnum has: exact, as data of its own type
    let large = call("labs", &[fixnum(-(1 << 60))]).unwrap();
    let Some(Boxed::Data(data)) = heap.get(large) else { panic!("{large:?}") };
    assert_eq!((data.pointee().to_string().as_str(), data.get::<i64>("").unwrap()), ("long", 1 << 60));
    let again = call("labs", &[large]).unwrap();
    assert!(matches!(heap.get(again), Some(Boxed::Data(data)) if data.get::<i64>("").unwrap() == 1 << 60));
    // A record comes back as data, and its fields as words again
    let result = call("div", &[fixnum(17), fixnum(5)]).unwrap();
    let Some(Boxed::Data(data)) = heap.get(result) else { panic!("{result:?}") };
    assert_eq!(data.get_host::<Word>(&heap, "quot").unwrap(), fixnum(3));
    data.set("rem", HostArgument::new(&fixnum(9), &heap)).unwrap();
    assert_eq!(data.get::<i32>("rem").unwrap(), 9);
    assert_eq!(call("strchr", &[heap.text("abc"), fixnum(0x7a)]).unwrap(), tagged::NIL);
    assert_eq!((heap.held.get(), heap.most_held.get()), (0, 1));
}

#[test]
fn mistakes_speak_the_hosts_words() {
    use tagged::{Boxed, Heap, Word, fixnum};
    let (ffi, heap) = (ffi(), Heap::default());
    let wrong = |name: &str, values: &[Word]| {
        // SAFETY: nothing is called
        let error = unsafe { function(&ffi, name).call_host(&heap, values) }.unwrap_err();
        error.message().to_owned()
    };
    let found = [
        wrong("strlen", &[fixnum(7)]),
        wrong("ldexp", &[fixnum(1), fixnum(1 << 40)]),
        wrong("labs", &[heap.text("many")]),
        wrong("labs", &[tagged::NIL]),
        wrong("strlen", &[heap.add(Boxed::Symbol("name"))]),
        wrong("strlen", &[heap.text("a\0b")]),
        wrong("memset", &[heap.text("constant"), fixnum(0), fixnum(1)]),
        wrong("labs", &[]),
    ];
    let expected = [
        "argument 1 ('s') of strlen: expected const char *, got the fixnum 7; a pointer is wanted, of Rust or of C, \
         which may be null",
        "argument 2 ('exp') of ldexp: expected int (-2147483648 to 2147483647), got the fixnum 1099511627776",
        "argument 1 ('n') of labs: expected long, got the string \"many\"",
        "argument 1 ('n') of labs: expected long, got nil",
        "argument 1 ('s') of strlen: expected const char *, got the symbol 'name; a pointer is wanted, of Rust or of C, \
         which may be null",
        "argument 1 ('s') of strlen: expected text without NUL, found one at byte 1; pass a &CStr or a slice",
        "argument 1 ('to') of memset: expected void *, got the string \"constant\", which C may not write to; pass a \
         &mut CData or a &mut [u8]",
        "labs takes 1 argument, got 0: long labs(long n)",
    ];
    assert_eq!(found, expected);
}

#[test]
fn doubles_pass_as_they_are() {
    use boxing::{Number, Pointers, of};
    let (ffi, heap) = (ffi(), Pointers::default());
    let call = |name: &str, values: &[Number]| {
        // SAFETY: declared as libc has them, and lent what they need
        unsafe { function(&ffi, name).call_host(&heap, values) }
    };
    let float = |number: Number| f64::from_bits(number.0);
    assert_eq!(float(call("ldexp", &[of(0.75), of(2.0)]).unwrap()), 3.0);
    assert_eq!(float(call("labs", &[of(-9.0)]).unwrap()), 9.0);
    assert!(float(call("ldexp", &[of(f64::NAN), of(2.0)]).unwrap()).is_nan());
    let error = call("labs", &[of(1.5)]).map(float).unwrap_err();
    assert_eq!(
        error.message(),
        "argument 1 ('n') of labs: expected long (-9223372036854775808 to 9223372036854775807), got 1.5"
    );
    assert_eq!(error.kind(), ErrorKind::OutOfRange);
    // A record by value, then its address where one is wanted, then what a double cannot hold
    let pair = call("div", &[of(17.0), of(5.0)]).unwrap();
    let Seen::Behind(data) = pair.seen(&heap) else { panic!() };
    assert_eq!(float(data.get_host(&heap, "rem").unwrap()), 2.0);
    let same = call("memset", &[pair, of(0.0), of(4.0)]).unwrap();
    assert!(matches!(same.seen(&heap), Seen::Pointer(to) if to.address() == data.address()));
    assert_eq!(data.get::<(i32, i32)>("").unwrap(), (0, 2));
    let large = call("labs", &[of(-(2f64.powi(60)))]).unwrap();
    assert!(matches!(large.seen(&heap), Seen::Behind(data) if data.get::<i64>("").unwrap() == 1 << 60));
}

#[test]
fn texts_are_lent_with_their_length() {
    use texts::Text::{self, Bare, Count, Ended, List, Nothing, Pointer};
    let ffi = ffi();
    let call = |name: &str, values: &[Text]| {
        // SAFETY: declared as libc has them, and lent what they need
        unsafe { function(&ffi, name).call_host(&(), values) }
    };
    let text = |text: &str| Bare(text.into());
    assert!(matches!(call("strlen", &[text("")]), Ok(Count(0))));
    assert!(matches!(call("strlen", &[text(&"x".repeat(5000))]), Ok(Count(5000))));
    assert!(matches!(call("strlen", &[Ended(b"four\0".to_vec())]), Ok(Count(4))));
    // No NUL where the host says that there is one: a copy is made, and nothing behind the text is read
    assert!(matches!(call("strlen", &[Ended(b"four".to_vec())]), Ok(Count(4))));
    assert!(call("strlen", &[Ended(b"fo\0ur\0".to_vec())]).is_err());
    // Bytes may have any
    let values = [Bare(b"a\0b\0c".to_vec()), Count(b'c'.into()), Count(5)];
    assert!(matches!(call("memchr", &values), Ok(Pointer(found)) if !found.is_null()));
    let values = [Ended(b"a\0b\0c\0".to_vec()), Count(b'c'.into()), Count(5)];
    let Ok(Pointer(found)) = call("memchr", &values) else { panic!() };
    let Ended(bytes) = &values[0] else { panic!() };
    assert_eq!(found.address().addr(), bytes.as_ptr().addr() + 4);
    // Behind the dots, with its format checked
    let room = ffi.alloc_array("char", 30).unwrap().share().unwrap();
    let written = call("snprintf", &[Pointer(room.clone()), Count(30), text("%s: %ld"), text("n"), Count(7)]);
    assert!(matches!(written, Ok(Count(4))), "{written:?}");
    assert_eq!(ffi.string(&room).unwrap(), "n: 7");
    let error = call("snprintf", &[Pointer(room), Count(30), text("%d"), text("n")]).unwrap_err();
    assert!(error.message().contains("'%d' needs an int"), "{}", error.message());
    let end = call("strtol", &[text("12"), Nothing, Count(10)]);
    assert!(matches!(end, Ok(Count(12))));
    let large = call("strtoull", &[text("18446744073709551615"), Nothing, Count(10)]);
    assert!(matches!(large, Ok(Pointer(data)) if data.get::<u64>("").unwrap() == u64::MAX));
    // A list initialises a record that is passed by value
    #[repr(C)]
    struct Pair(c_int, c_int);
    extern "C" fn total(pair: Pair) -> c_int {
        pair.0 * 10 + pair.1
    }
    // SAFETY: it has this prototype
    let total = unsafe { ffi.function_at("int total(div_t pair)", total as *const c_void) }.unwrap();
    // SAFETY: as above
    let sum = unsafe { total.call_host(&(), &[List(vec![Count(4), Count(2)])]) };
    assert!(matches!(sum, Ok(Count(42))));
    let made = ffi.make("div_t", HostArgument::new(&List(vec![Count(4), Count(2)]), &())).unwrap();
    assert_eq!(made.get::<(i32, i32)>("").unwrap(), (4, 2));
    let rows = List(vec![List(vec![Count(1), Count(2)]), List(vec![Count(3)])]);
    let made = ffi.make("div_t[?]", HostArgument::new(&rows, &())).unwrap();
    assert_eq!(made.to_string(), "{ { .quot = 1, .rem = 2 }, { .quot = 3, .rem = 0 } }");
}

#[test]
fn fields_are_read_as_a_hosts_values() {
    use tagged::{Boxed, Heap, Word, fixnum};
    let (ffi, heap) = (ffi(), Heap::default());
    let spot = ffi.alloc("spot_t").unwrap().share().unwrap();
    let set = |path: &str, value: Word| spot.set(path, HostArgument::new(&value, &heap));
    let get = |path: &str| spot.get_host::<Word>(&heap, path).unwrap();
    set("x", fixnum(3)).unwrap();
    assert!(matches!(heap.get(get("x")), Some(Boxed::Float(3.0))));
    set("flags", fixnum(-16)).unwrap();
    assert_eq!(get("flags"), fixnum(-16));
    assert!(set("flags", fixnum(16)).unwrap_err().message().contains("the fixnum 16"));
    set("tag", heap.text("ab")).unwrap();
    assert_eq!(spot.get::<String>("tag").unwrap(), "ab");
    assert_eq!(get("name"), tagged::NIL);
    set("in.n", fixnum(5)).unwrap();
    // Parts are references, not copies
    let Some(Boxed::Data(inner)) = heap.get(get("in")) else { panic!() };
    inner.set("n", 6).unwrap();
    assert_eq!(get("in.n"), fixnum(6));
    let Some(Boxed::Pointer(tag)) = heap.get(get("tag")) else { panic!() };
    assert_eq!(ffi.string(tag).unwrap(), "ab");
    spot.set("in.n", i64::MIN).unwrap();
    assert!(matches!(heap.get(get("in.n")), Some(Boxed::Data(n)) if n.get::<i64>("").unwrap() == i64::MIN));
    let level = ffi.make("enum level", HostArgument::new(&heap.text("HIGH"), &heap)).unwrap();
    assert_eq!(level.get::<i32>("").unwrap(), 7);
}

#[test]
fn errno_and_bound_calls_take_them_too() {
    use tagged::{Heap, fixnum};
    let (ffi, heap) = (ffi(), Heap::default());
    let strtol = function(&ffi, "strtol");
    let values = [heap.text("99999999999999999999"), tagged::NIL, fixnum(10)];
    // SAFETY: it reads text
    let (_, errno) = unsafe { strtol.with_errno().call_host(&heap, &values).unwrap() };
    assert_eq!(errno, 34);
    let (values, eight) = ([heap.text("77"), tagged::NIL, fixnum(10)], fixnum(8));
    let mut bound = strtol.bind(HostArguments::new(&values, &heap)).unwrap();
    bound.set(2, HostArgument::new(&eight, &heap)).unwrap();
    // SAFETY: as above
    assert_eq!(unsafe { bound.call::<i64>() }.unwrap(), 63);
}

#[test]
fn a_call_allocates_nothing() {
    use tagged::{Heap, NIL, TRUE, Word, fixnum};
    let (ffi, heap) = (ffi(), Heap::default());
    extern "C" fn seven(a: c_int, b: bool, c: *const c_void, d: f64, e: f32, f: u16, g: i64) -> i64 {
        i64::from(a) + i64::from(b) + c.is_null() as i64 + d as i64 + e as i64 + i64::from(f) + g
    }
    let prototype = "long seven(int a, _Bool b, void *c, double d, float e, unsigned short f, long g)";
    // SAFETY: it has this prototype
    let seven = unsafe { ffi.function_at(prototype, seven as *const c_void) }.unwrap();
    let numbers = [fixnum(1), TRUE, NIL, fixnum(4), fixnum(5), fixnum(6), fixnum(7)];
    let (strlen, memset) = (function(&ffi, "strlen"), function(&ffi, "memset"));
    let room = heap.add(tagged::Boxed::Data(ffi.alloc("div_t").unwrap().share().unwrap()));
    let (text, filled) = ([heap.text("eightbyte")], [room, fixnum(1), fixnum(8)]);
    let before = ALLOCATED.get();
    // SAFETY: what is lent is what the functions need
    let results: [Word; 2] =
        unsafe { [seven.call_host(&heap, &numbers).unwrap(), strlen.call_host(&heap, &text).unwrap()] };
    assert_eq!(ALLOCATED.get(), before);
    assert_eq!(results, [fixnum(25), fixnum(9)]);
    // SAFETY: as above; the pointer that comes back is a box of the host's
    unsafe { memset.call_host::<Word>(&heap, &filled) }.unwrap();
    assert!(ALLOCATED.get() > before);
}

#[test]
fn what_has_no_place_is_refused() {
    use tagged::{Boxed, Heap, fixnum};
    let (ffi, heap) = (ffi(), Heap::default());
    ffi.cdef("typedef struct { short s; } other_t; int take(other_t o, const div_t *p, div_t *q);").unwrap();
    extern "C" fn take(_: i16, _: *const c_void, _: *const c_void) -> c_int {
        1
    }
    // SAFETY: a record of one short travels as one
    let take = unsafe { ffi.function_at("take", take as *const c_void) }.unwrap();
    let shared = |ty: &str| heap.add(Boxed::Data(ffi.alloc(ty).unwrap().share().unwrap()));
    let (other, pair, constant) = (shared("other_t"), shared("div_t"), shared("const div_t"));
    let null = heap.add(Boxed::Data(ffi.pointer("other_t *", std::ptr::null_mut()).unwrap()));
    let foreign = heap.add(Boxed::Data(ffi.pointer("other_t *", 8 as *mut c_void).unwrap()));
    // SAFETY: it looks at none of them
    let call = |values: [tagged::Word; 3]| unsafe { take.call_host(&heap, &values) };
    assert_eq!(call([other, pair, pair]).unwrap(), fixnum(1));
    assert_eq!(call([other, constant, pair]).unwrap(), fixnum(1));
    for (values, part) in [
        ([pair, pair, pair], "argument 1 ('o') of take: expected other_t, got a value of type 'div_t'"),
        (
            [other, other, pair],
            "argument 2 ('p') of take: expected const div_t *, got a value of type 'other_t'",
        ),
        (
            [other, pair, constant],
            "argument 3 ('q') of take: expected div_t *, got a value of type 'const div_t'",
        ),
        ([null, pair, pair], "argument 1 ('o') of take: "),
        ([foreign, pair, pair], "argument 1 ('o') of take: expected a pointer with bounds"),
    ] {
        let error = call(values).unwrap_err();
        assert!(error.message().starts_with(part), "{}", error.message());
    }
}

#[test]
fn callbacks_take_them_too() {
    use eightbyte::Value;
    use tagged::{Boxed, Heap, Word};
    let (ffi, heap) = (ffi(), std::rc::Rc::new(Heap::default()));
    let prototype = "long (*)(int n, double x, const char *text, div_t pair, long large)";
    let owned = heap.clone();
    let callback = ffi.callback_type(prototype).unwrap().callback_with_local(move |call| {
        let value = |index| call.get_host::<Word>(&owned, index);
        let Seen::Integer(n) = value(0)?.seen(&owned) else { panic!() };
        let (x, text, pair, large) = (value(1)?, value(2)?, value(3)?, value(4)?);
        let (Some(Boxed::Float(x)), Some(Boxed::Pointer(text))) = (owned.get(x), owned.get(text)) else {
            panic!()
        };
        let (Some(Boxed::Data(pair)), Some(Boxed::Data(large))) = (owned.get(pair), owned.get(large)) else {
            panic!()
        };
        assert!(text.is_foreign() && large.get::<i64>("")? == i64::MAX && value(5).is_err());
        Ok(Value::Integer(n * 1000 + *x as i128 * 100 + pair.get::<i64>("rem")? as i128))
    });
    let callback = callback.unwrap();
    let name = prototype.replace("(*)", "answer");
    // SAFETY: it is a callback of this type
    let answer = unsafe { ffi.function_at(&name, callback.address()) }.unwrap();
    let pair = ffi.make("div_t", (7, 8)).unwrap();
    // SAFETY: as above
    assert_eq!(unsafe { answer.call::<i64>((5, 2.0, "text", &pair, i64::MAX)) }.unwrap(), 5208);
}
