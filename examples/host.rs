//! A small language of lists gains `ffi`: its own values go to C and come back as they are.
//!
//! The language is in `language` and knows nothing of C but that there are handles. All that joins the two is in `glue`,
//! in less than a hundred lines; `docs/hosts.md` tells what each part is for.
//!
//! `cargo run --example host`

/// The script that is run, written in the language.
const SCRIPT: &str = r#"
(cdef "typedef struct { double x, y; char name[8]; } point_t;
       typedef struct { int quot, rem; } div_t;
       struct in_addr { unsigned s_addr; };
       double hypot(double x, double y);
       size_t strlen(const char *s);
       div_t div(int numerator, int denominator);
       char *inet_ntoa(struct in_addr in);
       void *memchr(const void *s, int c, size_t n);
       int snprintf(char *to, size_t size, const char *format, ...);
       long labs(long n);
       enum { LARGEST = 64 };")

(def m (load "m"))
(def p (new "point_t" (list 3 4 "corner")))
(print "point" (get p "x") (get p "y") (string (get p "name")))
(set p "x" (+ (get p "x") 2))
(print "length of" (get p "x") (get p "y") "is" ((symbol m "hypot") (get p "x") (get p "y")))

(print "strlen" (C.strlen "eightbyte"))
(print "nothing found behind a NUL:" (not (C.memchr "a\0b" 98 3)))

(def pair (C.div 17 5))
(print "17 / 5 is" (get pair "quot") "rest" (get pair "rem"))
(print "a record by value:" (string (C.inet_ntoa (new "struct in_addr" (list 16777343)))))

(def room (new "char[?]" C.LARGEST))
(def n (C.snprintf room C.LARGEST "%s has %d sides of %.2f" "square" 4 1.5))
(print n (string room))

(print "exact:" (C.labs -9007199254740993))

(print (try ((symbol m "hypot") 1 "two")))
(print (try (C.strlen 7)))
(print (try (set p "z" 1)))
(print (try (C.strlne "a")))
"#;

fn main() {
    if let Err(message) = glue::interpreter().run(SCRIPT) {
        eprintln!("host: {message}");
        std::process::exit(1);
    }
}

/// What joins the language and Eightbyte.
mod glue {
    use crate::language::{Interpreter, Outcome, Value};
    use eightbyte::{
        CPtr, Constant, Destination, Ffi, HostArgument, HostArguments, HostValue, Item, Lib, Result, Seen,
        ToC,
    };
    use std::rc::Rc;

    impl HostValue for Value {
        type Heap = ();
        fn seen<'v>(&'v self, (): &'v ()) -> Seen<'v> {
            match self {
                Value::Nil => Seen::Null,
                Value::Bool(value) => Seen::Bool(*value),
                Value::Integer(value) => Seen::Integer((*value).into()),
                Value::Float(value) => Seen::Float(*value),
                Value::Text(text) => Seen::Text(text),
                Value::Data(data) => Seen::Behind(data),
                Value::Pointer(pointer) => Seen::Pointer(pointer),
                Value::List(_) | Value::Function(_) | Value::Library(_) => Seen::Other,
            }
        }
        fn nothing((): &()) -> Value {
            Value::Nil
        }
        fn from_bool((): &(), value: bool) -> Value {
            Value::Bool(value)
        }
        fn from_integer((): &(), value: i128) -> Option<Value> {
            i64::try_from(value).ok().map(Value::Integer)
        }
        fn from_float((): &(), value: f64) -> Value {
            Value::Float(value)
        }
        fn from_pointer((): &(), pointer: CPtr) -> Value {
            if pointer.is_null() { Value::Nil } else { Value::Pointer(pointer) }
        }
        fn from_behind((): &(), data: CPtr) -> Value {
            Value::Data(data)
        }
        fn describe(&self, (): &()) -> String {
            format!("the {} {self}", self.kind())
        }
        fn fill(&self, (): &(), to: &mut Destination<'_>) -> Result<()> {
            match self {
                Value::List(list) => HostArguments::new(list, &()).to_c(to),
                _ => Err(to.misfit(&self.describe(&()))),
            }
        }
        fn count(&self, (): &()) -> Option<u64> {
            if let Value::List(list) = self { Some(list.len() as u64) } else { None }
        }
    }

    fn looked_up(library: &Lib, name: &str) -> Outcome {
        Ok(match library.lookup(name)? {
            Item::Function(function) => Value::Function(Rc::new(move |values| {
                // SAFETY: the script vouches for its declarations, as C programs do
                Ok(unsafe { function.call_host(&(), values.0)? })
            })),
            // SAFETY: as above
            Item::Variable(variable) => Value::from_behind(&(), unsafe { variable.share()? }),
            Item::Constant(Constant::Integer(value)) => Value::Integer(value.try_into()?),
            Item::Constant(other) => return Err(format!("{other:?} is no value of this language").into()),
        })
    }

    pub fn interpreter() -> Interpreter {
        let ffi = Ffi::new();
        let process = ffi.process();
        let mut language = Interpreter::new();
        language.on_unknown("C.", move |name| looked_up(&process, name));
        language.add("symbol", |values| looked_up(values.library(0)?, values.text(1)?));
        let (declaring, making, reading) = (ffi.clone(), ffi.clone(), ffi.clone());
        language.add("cdef", move |values| Ok(declaring.cdef(values.text(0)?).map(|()| Value::Nil)?));
        language.add("new", move |values| {
            let made = match values.at(1)? {
                Value::Integer(count) => making.alloc_array(values.text(0)?, (*count).try_into()?)?,
                value => making.make(values.text(0)?, HostArgument::new(value, &()))?,
            };
            Ok(Value::from_data(&(), made)?)
        });
        language.add("get", |values| Ok(values.handle(0)?.get_host(&(), values.text(1)?)?));
        language.add("set", |values| {
            let value = HostArgument::new(values.at(2)?, &());
            Ok(values.handle(0)?.set(values.text(1)?, value).map(|()| Value::Nil)?)
        });
        language.add("string", move |values| {
            let pointer = values.handle(0)?;
            // SAFETY: the script says that it points to text
            let vouched = pointer.is_foreign().then(|| unsafe { pointer.assume_text() }).transpose()?;
            Ok(Value::Text(reading.string(vouched.as_ref().unwrap_or(pointer))?.into_bytes().into()))
        });
        // SAFETY: the script vouches for what it loads
        let load = move |name: &str| unsafe { ffi.load(name) };
        language.add("load", move |values| Ok(Value::Library(Rc::new(load(values.text(0)?)?))));
        language
    }
}

/// A language of lists: `(def x (+ 1 2))`. It knows handles to C, and nothing else of it.
mod language {
    use eightbyte::{CPtr, Lib};
    use std::cell::RefCell;
    use std::collections::HashMap;
    use std::error::Error;
    use std::fmt;
    use std::rc::Rc;

    pub type Outcome = Result<Value, Box<dyn Error>>;
    type Native = dyn Fn(Values<'_>) -> Outcome;
    type Finder = dyn Fn(&str) -> Outcome;

    /// A value; a clone of what is large shares it.
    #[derive(Clone)]
    pub enum Value {
        Nil,
        Bool(bool),
        Integer(i64),
        Float(f64),
        Text(Rc<[u8]>),
        List(Rc<[Value]>),
        Function(Rc<Native>),
        /// A record of C, or a number that is none of this language.
        Data(CPtr),
        Pointer(CPtr),
        Library(Rc<Lib>),
    }

    /// The arguments of a function that is not written in the language.
    #[derive(Clone, Copy)]
    pub struct Values<'v>(pub &'v [Value]);

    pub struct Interpreter {
        names: RefCell<HashMap<String, Value>>,
        /// Asked for names that begin so, once for each.
        unknown: Option<(&'static str, Box<Finder>)>,
    }

    impl Interpreter {
        pub fn new() -> Interpreter {
            let mut language = Interpreter { names: RefCell::default(), unknown: None };
            language.add("list", |values| Ok(Value::List(values.0.into())));
            language.add("not", |values| {
                Ok(Value::Bool(matches!(values.at(0)?, Value::Nil | Value::Bool(false))))
            });
            language.add("+", |values| match (values.at(0)?, values.at(1)?) {
                (Value::Integer(a), Value::Integer(b)) => Ok(Value::Integer(a.wrapping_add(*b))),
                (a, b) => Ok(Value::Float(a.float()? + b.float()?)),
            });
            language.add("print", |values| {
                let words: Vec<String> = values.0.iter().map(Value::to_string).collect();
                println!("{}", words.join(" "));
                Ok(Value::Nil)
            });
            language
        }

        /// Adds a function.
        pub fn add(&mut self, name: &str, function: impl Fn(Values<'_>) -> Outcome + 'static) {
            self.names.get_mut().insert(name.to_owned(), Value::Function(Rc::new(function)));
        }

        /// Says who knows the names that begin so.
        pub fn on_unknown(&mut self, start: &'static str, find: impl Fn(&str) -> Outcome + 'static) {
            self.unknown = Some((start, Box::new(find)));
        }

        /// Runs all of a script.
        pub fn run(&self, script: &str) -> Result<(), Box<dyn Error>> {
            let mut rest = script;
            while let (Some(tree), behind) = read(rest)? {
                self.value_of(&tree)?;
                rest = behind;
            }
            Ok(())
        }

        fn value_of(&self, tree: &Tree) -> Outcome {
            let parts = match tree {
                Tree::Literal(value) => return Ok(value.clone()),
                Tree::Name(name) => return self.named(name),
                Tree::List(parts) => parts.as_slice(),
            };
            match parts {
                [Tree::Name(name), Tree::Name(new), value] if name == "def" => {
                    let value = self.value_of(value)?;
                    self.names.borrow_mut().insert(new.clone(), value.clone());
                    Ok(value)
                }
                [Tree::Name(name), tried] if name == "try" => Ok(self
                    .value_of(tried)
                    .unwrap_or_else(|error| Value::Text(error.to_string().into_bytes().into()))),
                [function, values @ ..] => {
                    let Value::Function(function) = self.value_of(function)? else {
                        return Err("only functions can be called".into());
                    };
                    let values =
                        values.iter().map(|value| self.value_of(value)).collect::<Result<Vec<_>, _>>()?;
                    function(Values(&values))
                }
                [] => Ok(Value::Nil),
            }
        }

        fn named(&self, name: &str) -> Outcome {
            if let Some(value) = self.names.borrow().get(name) {
                return Ok(value.clone());
            }
            let found = self.unknown.as_ref().and_then(|(start, find)| Some(find(name.strip_prefix(start)?)));
            let value = found.unwrap_or_else(|| Err(format!("nothing is called '{name}'").into()))?;
            self.names.borrow_mut().insert(name.to_owned(), value.clone());
            Ok(value)
        }
    }

    impl<'v> Values<'v> {
        pub fn at(self, index: usize) -> Result<&'v Value, Box<dyn Error>> {
            self.0.get(index).ok_or_else(|| format!("argument {} is missing", index + 1).into())
        }

        pub fn text(self, index: usize) -> Result<&'v str, Box<dyn Error>> {
            match self.at(index)? {
                Value::Text(text) => Ok(std::str::from_utf8(text)?),
                other => Err(format!("expected text, found the {} {other}", other.kind()).into()),
            }
        }

        pub fn handle(self, index: usize) -> Result<&'v CPtr, Box<dyn Error>> {
            match self.at(index)? {
                Value::Data(handle) | Value::Pointer(handle) => Ok(handle),
                other => Err(format!("expected a value of C, found the {} {other}", other.kind()).into()),
            }
        }

        pub fn library(self, index: usize) -> Result<&'v Lib, Box<dyn Error>> {
            match self.at(index)? {
                Value::Library(library) => Ok(library),
                other => Err(format!("expected a library, found the {} {other}", other.kind()).into()),
            }
        }
    }

    impl Value {
        /// Its kind, as its users call it.
        pub fn kind(&self) -> &'static str {
            match self {
                Value::Nil => "value",
                Value::Bool(_) => "truth value",
                Value::Integer(_) | Value::Float(_) => "number",
                Value::Text(_) => "string",
                Value::List(_) => "list",
                Value::Function(_) => "function",
                Value::Data(_) => "record",
                Value::Pointer(_) => "pointer",
                Value::Library(_) => "library",
            }
        }

        fn float(&self) -> Result<f64, Box<dyn Error>> {
            match self {
                Value::Integer(value) => Ok(*value as f64),
                Value::Float(value) => Ok(*value),
                other => Err(format!("expected a number, found the {} {other}", other.kind()).into()),
            }
        }
    }

    impl fmt::Display for Value {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Value::Nil => f.write_str("nil"),
                Value::Bool(value) => write!(f, "{value}"),
                Value::Integer(value) => write!(f, "{value}"),
                Value::Float(value) => write!(f, "{value}"),
                Value::Text(text) => f.write_str(&String::from_utf8_lossy(text)),
                Value::List(list) => f.debug_list().entries(list.iter().map(Value::to_string)).finish(),
                Value::Function(_) => f.write_str("function"),
                Value::Data(data) => write!(f, "{} at {data}", data.pointee()),
                Value::Pointer(pointer) => write!(f, "{pointer:?}"),
                Value::Library(library) => f.write_str(library.name()),
            }
        }
    }

    /// What is read of a script.
    enum Tree {
        Literal(Value),
        Name(String),
        List(Vec<Tree>),
    }

    /// The next tree, if there is one, and what stands behind it.
    fn read(text: &str) -> Result<(Option<Tree>, &str), Box<dyn Error>> {
        let text = text.trim_start();
        if let Some(mut rest) = text.strip_prefix('(') {
            let mut parts = Vec::new();
            while let (Some(part), behind) = read(rest)? {
                parts.push(part);
                rest = behind;
            }
            let behind = rest.trim_start().strip_prefix(')').ok_or("a list is not closed")?;
            return Ok((Some(Tree::List(parts)), behind));
        }
        if let Some(rest) = text.strip_prefix('"') {
            let (inside, behind) = rest.split_once('"').ok_or("a string is not closed")?;
            let inside = inside.replace("\\0", "\0").into_bytes();
            return Ok((Some(Tree::Literal(Value::Text(inside.into()))), behind));
        }
        let (word, behind) =
            text.split_at(text.find(|c: char| c.is_whitespace() || "()".contains(c)).unwrap_or(text.len()));
        let tree = match (word, word.parse(), word.parse()) {
            ("", ..) => return Ok((None, text)),
            ("nil", ..) => Tree::Literal(Value::Nil),
            (_, Ok(number), _) => Tree::Literal(Value::Integer(number)),
            (_, _, Ok(number)) => Tree::Literal(Value::Float(number)),
            _ => Tree::Name(word.to_owned()),
        };
        Ok((Some(tree), behind))
    }
}
