//! The front door: joins the rooms, has no logic of its own.

use crate::abi::CallPlan;
use crate::call::{self, Function, Lib};
use crate::cdata::{Accessor, CData, CMut, CRef};
use crate::cdef;
use crate::convert::{self, ToC};
use crate::error::{Error, ErrorKind, Result, Source, nearest};
use crate::layout::{Layout, Shape};
use crate::library::Visibility;
use crate::target::Target;
use crate::types::{self, Constant, Decl, Declared, Field, Position, Scope, Type, TypeRows};
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

    /// The same for a text that has a name, which messages tell: a file's path.
    pub fn cdef_named(&self, name: &str, text: &str) -> Result<()> {
        cdef::declare(&self.scope, &Source::new(name, text))
    }

    /// The type of a name or any other type that C can write: `"point_t"`, `"struct node *"`, `"int[3]"`.
    pub fn ctype(&self, name: &str) -> Result<CType> {
        let ty = cdef::type_named(&self.scope, &Source::new("<type>", name))?;
        Ok(CType { scope: self.scope.clone(), ty })
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
        unsafe { Lib::load(&self.scope, name, Visibility::Local) }
    }

    /// The same, and its symbols are found by libraries that are loaded later, and by [`Ffi::process`].
    ///
    /// # Safety
    ///
    /// As for [`Ffi::load`].
    #[allow(unsafe_code, reason = "the caller's promise is handed on")]
    pub unsafe fn load_global(&self, name: &str) -> Result<Lib> {
        // SAFETY: the caller keeps the promise of this function, which is that of `load`
        unsafe { Lib::load(&self.scope, name, Visibility::Global) }
    }

    /// All that this program has loaded already, the C library included.
    pub fn process(&self) -> Lib {
        Lib::process(&self.scope)
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

    /// Every declaration, in the order of the texts.
    pub fn declarations(&self) -> Vec<Declared> {
        self.scope.declarations()
    }

    /// The value of a constant: of an enum, or of a `static const`.
    pub fn constant(&self, name: &str) -> Result<Constant> {
        match self.scope.find(name).map(|declared| declared.decl) {
            Some(Decl::Constant { value, .. }) => Ok(value),
            Some(_) => {
                Err(Error::new(ErrorKind::UnknownName, format!("'{name}' is declared, but is no constant")))
            }
            None => {
                let names = self.scope.names();
                let cure = nearest(name, names.iter().map(|name| &**name))
                    .map_or(String::new(), |meant| format!("; did you mean '{meant}'?"));
                Err(Error::new(ErrorKind::UnknownName, format!("unknown constant '{name}'{cure}")))
            }
        }
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

/// A C type, with the declarations that it came from.
#[derive(Clone)]
pub struct CType {
    pub(crate) scope: Arc<Scope>,
    pub(crate) ty: Type,
}

impl CType {
    /// The type itself.
    pub fn as_type(&self) -> &Type {
        &self.ty
    }

    /// Size in bytes.
    pub fn size(&self) -> Result<u64> {
        Ok(types::extent(&self.ty, &*self.scope)?.size)
    }

    /// Alignment in bytes: what `_Alignof` tells.
    pub fn align(&self) -> Result<u64> {
        types::align_of(&self.ty, &*self.scope)
    }

    /// Its layout: offsets, sizes, holes, padding.
    pub fn layout(&self) -> Result<Layout> {
        types::sketch(&self.ty, self.ty.to_string(), &self.scope)
    }

    /// What calling conventions see of it.
    pub fn shape(&self) -> Result<Shape> {
        types::shape(&self.ty, &*self.scope)
    }

    /// A zeroed value.
    pub fn alloc(&self) -> Result<CData> {
        CData::zeroed(&self.scope, &self.ty, None)
    }

    /// A zeroed array of so many; of `T[?]`, one with so many elements.
    pub fn alloc_array(&self, count: u64) -> Result<CData> {
        CData::array(&self.scope, &self.ty, count)
    }

    /// An initialised value.
    pub fn make(&self, value: impl ToC) -> Result<CData> {
        CData::made(&self.scope, &self.ty, &value)
    }

    /// A value of it in memory that is not ours: at an address that C gave.
    ///
    /// # Safety
    ///
    /// The address is null (an error), or readable for the size of the type while the borrow lasts, and nobody writes
    /// there meanwhile.
    #[allow(unsafe_code, reason = "the caller's promise is handed on")]
    pub unsafe fn borrow_at(&self, address: *const c_void) -> Result<CRef<'_>> {
        // SAFETY: handed on to the caller
        unsafe { CRef::foreign(&self.scope, &self.ty, address) }
    }

    /// The same, to be changed.
    ///
    /// # Safety
    ///
    /// As for [`CType::borrow_at`]; the memory is writable as well, and nobody else reads there meanwhile.
    #[allow(unsafe_code, reason = "the caller's promise is handed on")]
    pub unsafe fn borrow_mut_at(&self, address: *mut c_void) -> Result<CMut<'_>> {
        // SAFETY: handed on to the caller
        unsafe { CMut::foreign(&self.scope, &self.ty, address) }
    }

    /// A field of it, found once for many values.
    pub fn field<T>(&self, path: &str) -> Result<Accessor<T>> {
        Accessor::new(&self.scope, &self.ty, path)
    }

    /// The members of a record, in declaration order; empty for other types.
    pub fn fields(&self) -> Vec<Field> {
        match self.ty.as_record().and_then(|record| record.body()) {
            Some(body) => body.fields.clone(),
            None => Vec::new(),
        }
    }

    /// Where a member of a record lies, through anonymous members; or what any other path leads to: `in.arr[2]`.
    pub fn offset_of(&self, path: &str) -> Result<Position> {
        convert::position(&self.ty, path, &self.scope)
    }
}

impl PartialEq for CType {
    fn eq(&self, other: &CType) -> bool {
        self.ty == other.ty
    }
}

impl fmt::Display for CType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.ty, f)
    }
}

impl fmt::Debug for CType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.ty, f)
    }
}
