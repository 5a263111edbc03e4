//! The front door: joins the rooms, has no logic of its own.

mod callbacks;
mod constants;
mod ctype;
mod placeholder;
mod texts;

pub use ctype::CType;
pub use placeholder::{Placeholder, Placeholders};

use crate::abi::CallPlan;
use crate::call::{self, Arguments, Function, Lib, VaArguments};
use crate::cdata::{self, Accessor, Arena, CData, CPtr, Methods, Mirror, Readable, Typed, Value, Writable};
use crate::cdef;
use crate::convert::{self, Explanation, ToC};
use crate::error::{Error, ErrorKind, Result, Source};
use crate::layout::Layout;
use crate::library::LoadOptions;
use crate::memory::Allocator;
use crate::target::Target;
use crate::types::{self, Constant, Decl, Declared, Position, Scope, Type, TypeRows};
use std::ffi::c_void;
use std::fmt;
use std::sync::Arc;

/// C declarations, and what can be done with them.
///
/// Cheap to clone, shared between threads; clones see the same declarations. Two `Ffi`s that were made apart know
/// nothing of each other.
#[derive(Clone)]
pub struct Ffi {
    pub(crate) scope: Arc<Scope>,
}

impl Ffi {
    /// For this machine.
    pub fn new() -> Ffi {
        Ffi::for_target(Target::host())
    }

    /// For the layouts of a machine, this one or another.
    pub fn for_target(target: Target) -> Ffi {
        Ffi { scope: Arc::new(Scope::new(target)) }
    }

    /// For this machine, with the memory of all its values from an allocator of the host.
    ///
    /// ```
    /// use std::sync::Arc;
    /// let ffi = eightbyte::Ffi::new().with_allocator(Arc::new(eightbyte::Malloc))?;
    /// let for_c_to_free = ffi.make("int[2]", [1, 2])?.into_raw();
    /// # drop(unsafe { ffi.ctype("int[2]")?.from_raw(for_c_to_free)? });
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn with_allocator(self, allocator: Arc<dyn Allocator>) -> Result<Ffi> {
        cdata::set_allocator(&self.scope, allocator)?;
        Ok(self)
    }

    /// Tells a host's collector how many more bytes (or fewer) its values stand for: whenever
    /// [`CData::set_external_size`] changes that, and when such a value is dropped.
    pub fn on_external_memory(&self, listener: impl Fn(isize) + Send + Sync + 'static) -> Result<()> {
        cdata::set_hook(&self.scope, Box::new(listener))
    }

    /// The methods of a struct or union, to add to: functions that are found by name after its members.
    ///
    /// ```
    /// use eightbyte::Value;
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("typedef struct { double x, y; } point_t;")?;
    /// ffi.methods("point_t")?
    ///     .add("sum", |this, _| Ok(Value::Float(this.get::<f64>("x")? + this.get::<f64>("y")?)))?
    ///     .add_mut("scale", |this, by| {
    ///         let by: f64 = match by { [Value::Float(by)] => *by, _ => 1.0 };
    ///         let (x, y): (f64, f64) = this.get("")?;
    ///         this.set("", (x * by, y * by)).map(|()| Value::Null)
    ///     })?;
    /// let mut point = ffi.make("point_t", (3, 4))?;
    /// point.call_method_mut("scale", &[Value::Float(2.0)])?;
    /// assert!(matches!(point.call_method("sum", &[])?, Value::Float(14.0)));
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn methods(&self, name: &str) -> Result<Methods> {
        Methods::of(&self.scope, &self.ctype(name)?.ty)
    }

    /// An operator (`__add`, `__eq`, `__unm` ...) on values: the method of that name of the first one that has it, with
    /// all of them, in their order, as its arguments.
    pub fn operate(&self, operator: &str, operands: &[Value]) -> Result<Value> {
        cdata::operate(operator, operands)
    }

    /// Memory for many values that end together.
    pub fn arena(&self) -> Arena {
        Arena::new(&self.scope)
    }

    /// The machine it is for.
    pub fn target(&self) -> Target {
        self.scope.target()
    }

    /// Declares everything in a text of C, or nothing: every mistake is reported with its place.
    ///
    /// What has been declared already may be declared again in the same way.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("typedef struct { double x, y; } point_t;")?;
    /// assert_eq!(ffi.sizeof("point_t")?, 16);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn cdef(&self, text: &str) -> Result<()> {
        self.cdef_named("<cdef>", text)
    }

    /// The same for a text in which each `$` stands for a type, a name or a number, in the order of the text.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// let element = ffi.ctype("unsigned short *[2]")?;
    /// ffi.cdef_with("struct $ { $ x; int a[$]; };", ("row", &element, 3))?;
    /// assert_eq!(ffi.sizeof("struct row")?, 32);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn cdef_with(&self, text: &str, values: impl Placeholders) -> Result<()> {
        let fillings = placeholder::fillings(&self.scope, values.placeholders())?;
        cdef::declare_filled(&self.scope, &Source::new("<cdef>", text), &fillings).map(|_| ())
    }

    /// The same for a text that has a name, which messages tell: a file's path.
    pub fn cdef_named(&self, name: &str, text: &str) -> Result<()> {
        cdef::declare(&self.scope, &Source::new(name, text)).map(|_| ())
    }

    /// Declares a text, and where something is declared already in another way, forgets the old way: for headers that
    /// are loaded again, and for prompts. Values, types and functions that there are keep the types they were made with.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("struct point { int x; };")?;
    /// let old = ffi.alloc("struct point")?;
    /// ffi.redefine("struct point { double x, y; };")?;
    /// assert_eq!((ffi.sizeof("struct point")?, old.bytes().len()), (16, 4));
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn redefine(&self, text: &str) -> Result<()> {
        self.redefine_named("<redefine>", text)
    }

    /// The same for a text that has a name.
    pub fn redefine_named(&self, name: &str, text: &str) -> Result<()> {
        cdef::redefine(&self.scope, &Source::new(name, text)).map(|_| ())
    }

    /// An `Ffi` that knows all that this one declares, now and later, and adds declarations of its own.
    ///
    /// Nothing that is declared there is seen here, and two children know nothing of each other. What a child finds
    /// under its own name hides the parent's; to declare something in another way than the parent did already is an
    /// error, which [`redefine`](Ffi::redefine) in the child gets around. Memory comes from where the parent's comes.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// let child = ffi.child();
    /// ffi.cdef("typedef struct { double x, y; } point_t;")?;
    /// child.cdef("struct line { point_t from, to; };")?;
    /// assert_eq!(child.sizeof("struct line")?, 32);
    /// assert!(ffi.sizeof("struct line").is_err());
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn child(&self) -> Ffi {
        Ffi { scope: Arc::new(self.scope.child()) }
    }

    /// The type of a name or any other type that C can write: `"point_t"`, `"struct node *"`, `"int[3]"`.
    pub fn ctype(&self, name: &str) -> Result<CType> {
        let ty = cdef::type_named(&self.scope, &Source::new("<type>", name))?;
        Ok(CType::new(&self.scope, ty))
    }

    /// The type of a text in which each `$` stands for a type or a number: `"$ *"`, `"uint8_t[$][$]"`.
    pub fn ctype_with(&self, text: &str, values: impl Placeholders) -> Result<CType> {
        let fillings = placeholder::fillings(&self.scope, values.placeholders())?;
        let ty = cdef::type_filled(&self.scope, &Source::new("<type>", text), &fillings)?;
        Ok(CType::new(&self.scope, ty))
    }

    /// A type that is at hand, with these declarations.
    pub fn ctype_of(&self, ty: &Type) -> CType {
        CType::new(&self.scope, ty.clone())
    }

    /// Size of a type in bytes.
    pub fn sizeof(&self, name: &str) -> Result<u64> {
        self.ctype(name)?.size()
    }

    /// Alignment of a type in bytes: what `_Alignof` tells.
    pub fn alignof(&self, name: &str) -> Result<u64> {
        self.ctype(name)?.align()
    }

    /// A zeroed value of a type.
    pub fn alloc(&self, name: &str) -> Result<CData> {
        self.ctype(name)?.alloc()
    }

    /// A zeroed array of so many elements of a type; `"point_t"` and `"point_t[?]"` mean the same.
    pub fn alloc_array(&self, name: &str, count: u64) -> Result<CData> {
        self.ctype(name)?.alloc_array(count)
    }

    /// A zeroed record with so many elements in its flexible tail.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("struct message { int length; char text[]; };")?;
    /// let mut message = ffi.alloc_flexible("struct message", 6)?;
    /// message.set("text", "hello")?;
    /// assert_eq!(message.to_string(), "{ .length = 0, .text = \"hello\" }");
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn alloc_flexible(&self, name: &str, count: u64) -> Result<CData> {
        self.ctype(name)?.alloc_flexible(count)
    }

    /// An initialised value of a type: from a number, text, a tuple, a list, or [`init!`](crate::init).
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("typedef struct { double x, y; } point_t;")?;
    /// let point = ffi.make("point_t", (3.0, 4.0))?;
    /// assert_eq!(ffi.make("point_t", eightbyte::init! { x: 3, y: 4 })?.to_string(), point.to_string());
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn make(&self, name: &str, value: impl ToC) -> Result<CData> {
        self.ctype(name)?.make(value)
    }

    /// A value of a type from C text: what C would write behind the `=` of its declaration.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("typedef struct { int x; int y[4]; } row_t;")?;
    /// let row = ffi.make_from_text("row_t", "{ .x = 1 << 4, .y = { [2] = sizeof(int), 5 } }")?;
    /// assert_eq!(row.to_string(), "{ .x = 16, .y = { 0, 0, 4, 5 } }");
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn make_from_text(&self, name: &str, initialiser: &str) -> Result<CData> {
        self.ctype(name)?.make_from_text(initialiser)
    }

    /// Which rules there are for a type, and what each says of a value.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// let explanation = ffi.explain("unsigned char", 300)?.to_string();
    /// assert!(explanation.starts_with("'unsigned char' from 300 (an integer): refused"));
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn explain(&self, name: &str, value: impl ToC) -> Result<Explanation> {
        let ty = self.ctype(name)?;
        let outcome = ty.make(&value).map(drop);
        Ok(convert::explain(&ty.ty, &self.scope, (value.source_kind(), value.describe()), outcome))
    }

    /// A field of a type, found once for many values.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("typedef struct { double x, y; } point_t;")?;
    /// let y = ffi.field::<f64>("point_t", "y")?;
    /// let mut point = ffi.make("point_t", (3.0, 4.0))?;
    /// y.set(&mut point, 5.0)?;
    /// assert_eq!(y.get(&point)?, 5.0);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn field<T>(&self, name: &str, path: &str) -> Result<Accessor<T>> {
        self.ctype(name)?.field(path)
    }

    /// Loads a library: a path, or a name such as `"m"` or `"z.1"` by the system's rules.
    ///
    /// # Safety
    ///
    /// The library's initialisers run, and its finalisers when all that was found in it is dropped: both must be sound
    /// in this program.
    #[allow(unsafe_code, reason = "the caller's promise is handed on")]
    pub unsafe fn load(&self, name: &str) -> Result<Lib> {
        // SAFETY: handed on to the caller
        unsafe { Lib::load(&self.scope, name, LoadOptions::new()) }
    }

    /// Loads a library in one of many ways: see [`LoadOptions`].
    ///
    /// # Safety
    ///
    /// As for [`Ffi::load`].
    #[allow(unsafe_code, reason = "the caller's promise is handed on")]
    pub unsafe fn load_with(&self, name: &str, options: LoadOptions) -> Result<Lib> {
        // SAFETY: handed on to the caller
        unsafe { Lib::load(&self.scope, name, options) }
    }

    /// The first of several libraries that can be loaded; the error lists what was tried for each.
    ///
    /// # Safety
    ///
    /// As for [`Ffi::load`].
    #[allow(unsafe_code, reason = "the caller's promise is handed on")]
    pub unsafe fn load_any(&self, names: &[&str]) -> Result<Lib> {
        let mut failures = Vec::new();
        for name in names {
            // SAFETY: handed on to the caller
            match unsafe { self.load(name) } {
                Ok(lib) => return Ok(lib),
                Err(error) => failures.push(error.message().to_owned()),
            }
        }
        let message =
            if failures.is_empty() { "no library is named".to_owned() } else { failures.join("; ") };
        Err(Error::new(ErrorKind::Library, message))
    }

    /// The same, and its symbols are found by libraries that are loaded later, and by [`Ffi::process`].
    ///
    /// # Safety
    ///
    /// As for [`Ffi::load`].
    #[allow(unsafe_code, reason = "the caller's promise is handed on")]
    pub unsafe fn load_global(&self, name: &str) -> Result<Lib> {
        // SAFETY: the caller keeps the promise of this function, which is that of `load`
        unsafe { Lib::load(&self.scope, name, LoadOptions::new().global()) }
    }

    /// All that this program has loaded already, the C library included.
    pub fn process(&self) -> Lib {
        Lib::process(&self.scope)
    }

    /// Arguments for a function that takes a `va_list`, promoted as behind `...`.
    pub fn va_list<'a>(&self, arguments: impl Arguments + 'a) -> Result<VaArguments<'a>> {
        VaArguments::new(&self.scope, arguments)
    }

    /// A function at an address, by its declared name or its prototype.
    ///
    /// # Safety
    ///
    /// The address is that of a function, which stays there as long as what is made of it lives.
    #[allow(unsafe_code, reason = "the caller's promise is handed on")]
    pub unsafe fn function_at(&self, name: &str, address: *const c_void) -> Result<Function> {
        call::function_at(&self.scope, name, address)
    }

    /// Declares what a struct of Rust mirrors: see [`c_struct!`](crate::c_struct).
    pub fn declare<T: Mirror>(&self) -> Result<()> {
        self.cdef_named(std::any::type_name::<T>(), &T::c_text())
    }

    /// A pointer as one of another type: with the same owner and bounds.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// let number = ffi.make("int", 0x01020304)?.share()?;
    /// let bytes = ffi.cast("unsigned char *", &number)?;
    /// assert_eq!(bytes.get::<u8>("[3]")?, 1);
    /// assert!(bytes.get::<u8>("[4]").is_err());
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn cast(&self, name: &str, pointer: &CPtr) -> Result<CPtr> {
        pointer.cast_to(&self.scope, &self.ctype(name)?.ty)
    }

    /// A foreign pointer of a type: an address that C gave. To read through it, vouch for it with
    /// [`assume_valid`](CPtr::assume_valid).
    pub fn pointer(&self, name: &str, address: *mut c_void) -> Result<CPtr> {
        CPtr::foreign(&self.scope, &self.ctype(name)?.ty, address)
    }

    /// Is it a value of the type, or, of a record, a pointer to one? Qualifiers do not count.
    pub fn istype(&self, name: &str, value: &(impl Typed + ?Sized)) -> Result<bool> {
        Ok(cdata::is_type(&self.ctype(name)?.ty, value))
    }

    /// Where a path leads to in a type, through nested members, to the bit: `in.arr[2].flag`.
    pub fn offsetof(&self, name: &str, path: &str) -> Result<Position> {
        self.ctype(name)?.offset_of(path)
    }

    /// The text at the start of some memory, which has a NUL behind it.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// let text = ffi.make("char[?]", "abc")?;
    /// assert_eq!((ffi.string(&text)?.as_str(), ffi.bytes(&text, 2)?), ("abc", b"ab".to_vec()));
    /// assert!(ffi.string(&text.share()?.offset(4)?).is_err());
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn string(&self, from: &(impl Readable + ?Sized)) -> Result<String> {
        cdata::string(from)
    }

    /// The first so many bytes of some memory.
    pub fn bytes(&self, from: &(impl Readable + ?Sized), length: u64) -> Result<Vec<u8>> {
        cdata::bytes(from, length)
    }

    /// Copies bytes: to a `&mut CData`, a `&CPtr` ..., from a value, a pointer, a slice, text. The two may overlap.
    pub fn copy(&self, to: impl Writable, from: &(impl Readable + ?Sized), length: u64) -> Result<()> {
        cdata::copy(to, from, length)
    }

    /// Sets the first so many bytes of some memory.
    pub fn fill(&self, to: impl Writable, length: u64, byte: u8) -> Result<()> {
        cdata::fill(to, length, byte)
    }

    /// Where the arguments and the result of a function travel, by its declared name or its prototype; for any x86-64
    /// machine. Of a variadic function, the part that the prototype names.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::for_target(eightbyte::Target::X86_64_LINUX);
    /// let plan = ffi.call_plan("double hypot(double, double)")?;
    /// assert_eq!(plan.arguments()[1].to_string(), "8 bytes, SSE: xmm1");
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn call_plan(&self, name: &str) -> Result<CallPlan> {
        call::call_plan(&self.scope, name, &[])
    }

    /// The same for a call with arguments of these types behind `...`, promoted as C does.
    pub fn call_plan_with(&self, name: &str, tail: &[Type]) -> Result<CallPlan> {
        call::call_plan(&self.scope, name, tail)
    }

    /// Every declaration, in the order of the texts; a child lists its own.
    pub fn declarations(&self) -> Vec<Declared> {
        self.scope.declarations()
    }

    /// The value of a constant expression in C.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// assert_eq!(ffi.eval("sizeof(int[3]) << 2")?, eightbyte::Constant::Integer(48));
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn eval(&self, expression: &str) -> Result<Constant> {
        Ok(cdef::evaluate(&self.scope, &Source::new("<expression>", expression))?.1)
    }

    /// The layout of every declared record and enum as one stable text, made to be snapshot-tested.
    pub fn layouts(&self) -> Result<String> {
        let mut text = format!("target {}\n", self.target());
        for layout in self.all_layouts()? {
            text += &format!("\n{layout}\n");
        }
        Ok(text)
    }

    /// The layout of every declared record and enum, in the order of the texts.
    pub fn all_layouts(&self) -> Result<Vec<Layout>> {
        let declared = self.scope.declarations();
        let layouts = declared.iter().filter_map(|declared| match &declared.decl {
            Decl::Record { record, .. } => Some((Type::record(record.clone()), record.name())),
            Decl::Enum { enumeration, .. } if enumeration.tag().is_some() => {
                Some((Type::enumeration(enumeration.clone()), enumeration.name()))
            }
            Decl::Typedef { name, ty } => {
                let own = types::names_untagged(ty, name);
                own.then(|| (ty.clone(), name.to_string()))
            }
            _ => None,
        });
        layouts.map(|(ty, name)| types::sketch(&ty, name, &self.scope)).collect()
    }

    /// Everything that can be named in every declared type, flattened: what the `c-layout/1` format holds.
    pub fn type_rows(&self) -> Result<Vec<TypeRows>> {
        types::type_rows(&self.scope)
    }

    /// Every declaration as C text, which declares the same when it is pasted again.
    pub fn show(&self) -> String {
        self.scope.declarations().iter().map(|declared| types::show_declared(declared) + "\n").collect()
    }
}

impl Default for Ffi {
    fn default() -> Ffi {
        Ffi::new()
    }
}

impl fmt::Debug for Ffi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ffi({:?})", self.scope)
    }
}
