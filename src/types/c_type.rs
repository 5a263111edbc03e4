//! C types as values.
//!
//! Invariant: equality never looks at names that typedefs gave a type, nor at parameter names.

use super::node::{Enum, Record};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Align;
use crate::target::Scalar;
use std::fmt;
use std::sync::Arc;

/// A C type: what it is, how it is qualified, and the typedef name it was spelled with.
#[derive(Clone)]
pub struct Type {
    kind: Kind,
    qualifiers: Qualifiers,
    /// An alignment that a typedef's attribute gave it.
    align: Option<Align>,
    alias: Option<Alias>,
    depth: u16,
}

/// What a type is, apart from its qualifiers.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// `void`
    Void,
    /// A number.
    Scalar(Scalar),
    /// A complex number of two such parts.
    Complex(Scalar),
    /// A vector of so many elements.
    Vector(Scalar, u64),
    /// A pointer.
    Pointer(Arc<Type>),
    /// An array.
    Array(Arc<Type>, ArrayLength),
    /// A function.
    Function(Arc<Function>),
    /// A struct or union.
    Record(Record),
    /// An enum.
    Enum(Enum),
}

/// How many elements an array has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArrayLength {
    /// `[n]`
    Fixed(u64),
    /// `[]`: a flexible member, or a length that is not known yet.
    Unknown,
    /// `[?]`: given when it is allocated.
    OnAllocation,
}

/// `const`, `volatile`, `restrict`, `_Atomic`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Qualifiers(u8);

/// The typedef name a type was spelled with, and what the name itself brings.
#[derive(Clone, Debug)]
pub struct Alias {
    /// The name.
    pub name: Arc<str>,
    /// The qualifiers inside the typedef.
    pub qualifiers: Qualifiers,
}

/// A function's type.
#[derive(Clone)]
pub struct Function {
    /// What it returns.
    pub result: Type,
    /// Its named parameters, arrays and functions already decayed to pointers.
    pub parameters: Vec<Parameter>,
    /// What stands behind them.
    pub tail: ParameterTail,
    /// Whose calling convention.
    pub convention: CallingConvention,
}

/// One parameter.
#[derive(Clone)]
pub struct Parameter {
    /// Its name, which is not part of the type.
    pub name: Option<Arc<str>>,
    /// Its type.
    pub ty: Type,
}

/// What stands behind the named parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterTail {
    /// Nothing: exactly these.
    Closed,
    /// `...`
    Variadic,
    /// `f()`: nothing is known of the parameters.
    Unspecified,
}

/// Where arguments go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallingConvention {
    /// The target's own.
    #[default]
    C,
    /// `__attribute__((ms_abi))`
    Microsoft,
    /// `__attribute__((sysv_abi))`
    SystemV,
}

/// Types may be derived this deeply; deeper ones overflow the stack of whoever walks them.
const DEEPEST: u16 = 256;

impl Type {
    fn new(kind: Kind, depth: u16) -> Type {
        Type { kind, qualifiers: Qualifiers::NONE, align: None, alias: None, depth }
    }

    fn derived(kind: Kind, from: u16) -> Result<Type> {
        if from >= DEEPEST {
            return Err(Error::new(
                ErrorKind::TooDeep,
                format!("the type is derived more than {DEEPEST} levels deep"),
            ));
        }
        Ok(Type::new(kind, from + 1))
    }

    /// Is a record or an enum in it, of some scope?
    pub(crate) fn names_nodes(&self) -> bool {
        match &self.kind {
            Kind::Void | Kind::Scalar(_) | Kind::Complex(_) | Kind::Vector(..) => false,
            Kind::Pointer(to) | Kind::Array(to, _) => to.names_nodes(),
            Kind::Function(function) => {
                function.result.names_nodes() || function.parameters.iter().any(|one| one.ty.names_nodes())
            }
            Kind::Record(_) | Kind::Enum(_) => true,
        }
    }

    /// `void`
    pub fn void() -> Type {
        Type::new(Kind::Void, 0)
    }

    /// A number.
    pub fn scalar(scalar: Scalar) -> Type {
        Type::new(Kind::Scalar(scalar), 0)
    }

    /// A complex number.
    pub fn complex(part: Scalar) -> Type {
        Type::new(Kind::Complex(part), 0)
    }

    /// A vector of `count` elements.
    pub fn vector(element: Scalar, count: u64) -> Type {
        Type::new(Kind::Vector(element, count), 0)
    }

    /// A struct or union.
    pub fn record(record: Record) -> Type {
        Type::new(Kind::Record(record), 0)
    }

    /// An enum.
    pub fn enumeration(enumeration: Enum) -> Type {
        Type::new(Kind::Enum(enumeration), 0)
    }

    /// A pointer to this.
    pub fn pointer_to(self) -> Result<Type> {
        let depth = self.depth;
        Type::derived(Kind::Pointer(Arc::new(self)), depth)
    }

    /// An array of this. An array of functions or of `void` is refused.
    pub fn array_of(self, length: ArrayLength) -> Result<Type> {
        match self.kind {
            Kind::Function(_) => {
                return Err(Error::new(
                    ErrorKind::Declaration,
                    "an array of functions; did you mean an array of pointers to functions?",
                ));
            }
            Kind::Void => {
                return Err(Error::new(
                    ErrorKind::Declaration,
                    "an array of void; did you mean an array of 'void *'?",
                ));
            }
            Kind::Array(_, ArrayLength::Unknown) => {
                return Err(Error::new(
                    ErrorKind::Declaration,
                    "an array of arrays without a length; only the first '[]' may be empty",
                ));
            }
            _ => {}
        }
        let depth = self.depth;
        Type::derived(Kind::Array(Arc::new(self), length), depth)
    }

    /// A function of this type. Functions that return functions or arrays are refused.
    pub fn function(function: Function) -> Result<Type> {
        match function.result.kind {
            Kind::Function(_) => {
                return Err(Error::new(
                    ErrorKind::Declaration,
                    "a function cannot return a function; return a pointer to it",
                ));
            }
            Kind::Array(..) => {
                return Err(Error::new(
                    ErrorKind::Declaration,
                    "a function cannot return an array; return a pointer or a struct",
                ));
            }
            _ => {}
        }
        let parameters = function.parameters.iter().map(|parameter| parameter.ty.depth);
        let depth = parameters.chain([function.result.depth]).max().unwrap_or(0);
        Type::derived(Kind::Function(Arc::new(function)), depth)
    }

    /// What it is.
    #[inline]
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// How it is qualified. Of an array, how its elements are.
    #[inline]
    pub fn qualifiers(&self) -> Qualifiers {
        match &self.kind {
            Kind::Array(element, _) => element.qualifiers(),
            _ => self.qualifiers,
        }
    }

    /// The same type, with these qualifiers too. Those of an array are its elements'.
    pub fn qualified(mut self, qualifiers: Qualifiers) -> Type {
        if qualifiers == Qualifiers::NONE {
            return self;
        }
        if let Kind::Array(element, length) = self.kind {
            if element.qualifiers().with(qualifiers) != element.qualifiers() {
                self.alias = None;
            }
            let element = Arc::new(Type::clone(&element).qualified(qualifiers));
            return Type { kind: Kind::Array(element, length), ..self };
        }
        self.qualifiers = self.qualifiers.with(qualifiers);
        self
    }

    /// The same type without qualifiers (an array keeps those of its elements).
    pub fn unqualified(mut self) -> Type {
        if self.alias.as_ref().is_some_and(|alias| alias.qualifiers != Qualifiers::NONE) {
            self.alias = None;
        }
        self.qualifiers = Qualifiers::NONE;
        self
    }

    /// The alignment that an attribute of a typedef gave it.
    pub fn typedef_align(&self) -> Option<Align> {
        self.align
    }

    /// The same type, aligned by an attribute.
    pub fn aligned(mut self, align: Align) -> Type {
        self.align = Some(align);
        self.alias = None;
        self
    }

    /// The typedef name it was spelled with.
    pub fn alias(&self) -> Option<&Alias> {
        self.alias.as_ref()
    }

    /// The same type, spelled with a typedef name.
    pub fn named(mut self, name: &Arc<str>) -> Type {
        self.alias = Some(Alias { name: name.clone(), qualifiers: self.qualifiers });
        self
    }

    /// The same type, spelled out.
    pub fn spelled_out(mut self) -> Type {
        self.alias = None;
        self
    }

    /// What a pointer points to.
    pub fn pointee(&self) -> Option<&Type> {
        match &self.kind {
            Kind::Pointer(to) => Some(to),
            _ => None,
        }
    }

    /// The function, if it is one.
    pub fn as_function(&self) -> Option<&Arc<Function>> {
        match &self.kind {
            Kind::Function(function) => Some(function),
            _ => None,
        }
    }

    /// Are both the same struct or union?
    #[inline]
    pub(crate) fn is_same_record(&self, other: &Type) -> bool {
        matches!((self.kind(), other.kind()), (Kind::Record(one), Kind::Record(other)) if one == other)
    }

    /// The record, if it is one.
    pub fn as_record(&self) -> Option<&Record> {
        match &self.kind {
            Kind::Record(record) => Some(record),
            _ => None,
        }
    }

    /// Is it `void`?
    pub fn is_void(&self) -> bool {
        matches!(self.kind, Kind::Void)
    }
}

impl PartialEq for Type {
    fn eq(&self, other: &Type) -> bool {
        self.qualifiers == other.qualifiers && self.align == other.align && self.kind == other.kind
    }
}

impl Eq for Type {}

impl PartialEq for Function {
    fn eq(&self, other: &Function) -> bool {
        let top = |parameter: &Parameter| parameter.ty.clone().unqualified();
        self.tail == other.tail
            && self.convention == other.convention
            && self.result == other.result
            && self.parameters.len() == other.parameters.len()
            && self.parameters.iter().zip(&other.parameters).all(|(mine, theirs)| top(mine) == top(theirs))
    }
}

impl Eq for Function {}

impl Qualifiers {
    /// None.
    pub const NONE: Qualifiers = Qualifiers(0);
    /// `const`
    pub const CONST: Qualifiers = Qualifiers(1);
    /// `volatile`
    pub const VOLATILE: Qualifiers = Qualifiers(2);
    /// `restrict`
    pub const RESTRICT: Qualifiers = Qualifiers(4);
    /// `_Atomic`
    pub const ATOMIC: Qualifiers = Qualifiers(8);

    /// Both.
    pub fn with(self, other: Qualifiers) -> Qualifiers {
        Qualifiers(self.0 | other.0)
    }

    /// Those of the first that are not in the second.
    pub fn without(self, other: Qualifiers) -> Qualifiers {
        Qualifiers(self.0 & !other.0)
    }

    /// Are all of these among them?
    #[inline]
    pub fn contains(self, other: Qualifiers) -> bool {
        self.0 & other.0 == other.0
    }

    /// Their words, in C's usual order.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        [
            (Qualifiers::CONST, "const"),
            (Qualifiers::VOLATILE, "volatile"),
            (Qualifiers::RESTRICT, "restrict"),
            (Qualifiers::ATOMIC, "_Atomic"),
        ]
        .into_iter()
        .filter(move |(qualifier, _)| self.contains(*qualifier))
        .map(|(_, word)| word)
    }
}

impl fmt::Debug for Qualifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().collect::<Vec<_>>().join(" "))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::show::show_type(self))
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}
