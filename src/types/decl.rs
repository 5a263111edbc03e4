//! Declarations as values: all that a scope accepts.

use super::c_type::Type;
use super::node::{Enum, Field, Record};
use crate::error::Span;
use crate::layout::Align;
use crate::target::{Scalar, WideFloat};
use std::sync::Arc;

/// One declaration.
///
/// Pasted C text is one producer of these. A record or enum is first asked of the scope by its tag and then, where the
/// declaration has a body, closed by [`Decl::Record`] or [`Decl::Enum`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Decl {
    /// A record gets its members.
    Record {
        /// Which.
        record: Record,
        /// What is in it.
        definition: RecordDefinition,
    },
    /// An enum gets its constants.
    Enum {
        /// Which.
        enumeration: Enum,
        /// What is in it.
        definition: EnumDefinition,
    },
    /// A name for a type.
    Typedef {
        /// The name.
        name: Arc<str>,
        /// The type.
        ty: Type,
    },
    /// A function.
    Function {
        /// Its name.
        name: Arc<str>,
        /// Its type.
        ty: Type,
        /// The symbol that an asm label gave it.
        symbol: Option<Arc<str>>,
    },
    /// A variable of a library.
    Variable {
        /// Its name.
        name: Arc<str>,
        /// Its type.
        ty: Type,
        /// The symbol that an asm label gave it.
        symbol: Option<Arc<str>>,
    },
    /// A constant.
    Constant {
        /// Its name.
        name: Arc<str>,
        /// Its type.
        ty: Type,
        /// Its value.
        value: Constant,
    },
}

/// The members of a record, before layout.
#[derive(Clone, Debug, Default)]
pub struct RecordDefinition {
    /// In declaration order.
    pub members: Vec<Member>,
    /// What governs the layout.
    pub packing: Packing,
    /// The `static const` members, which take no room.
    pub constants: Vec<RecordConstant>,
}

/// A `static const` member: a constant that is found by the record's name and its own.
#[derive(Clone, Debug)]
pub struct RecordConstant {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Its value.
    pub value: Constant,
}

/// The attributes and pragmas that govern the layout of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packing {
    /// `__attribute__((packed))`
    pub packed: bool,
    /// `__attribute__((aligned(N)))`
    pub aligned: Option<Align>,
    /// The `#pragma pack` in force at the closing brace.
    pub pack: Option<Align>,
    /// `__attribute__((ms_struct))` or `gcc_struct`: the rule of Windows, or that of everybody else.
    pub ms_struct: Option<bool>,
    /// `__attribute__((transparent_union))`: passed as its first member.
    pub transparent: bool,
}

/// A member, before layout.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name; none for unnamed bit-fields and anonymous records.
    pub name: Option<Arc<str>>,
    /// Its type.
    pub ty: Type,
    /// The width of a bit-field.
    pub width: Option<u32>,
    /// `packed` stands on it.
    pub packed: bool,
    /// `aligned(N)` or `_Alignas(N)` stands on it: the strictest.
    pub aligned: Option<Align>,
    /// The `_Alignas(N)` among them, which must not ask for less than the type's alignment.
    pub alignas: Option<Align>,
    /// Where it is declared.
    pub span: Option<Span>,
}

impl From<&Field> for Member {
    /// As it was declared, without its place.
    fn from(field: &Field) -> Member {
        Member {
            name: field.name.clone(),
            ty: field.ty.clone(),
            width: field.position.width(),
            packed: field.packed,
            aligned: field.aligned,
            alignas: None,
            span: None,
        }
    }
}

/// The constants of an enum.
#[derive(Clone, Debug, Default)]
pub struct EnumDefinition {
    /// In declaration order.
    pub enumerators: Vec<Enumerator>,
    /// The type behind `enum e : T`.
    pub fixed: Option<Scalar>,
    /// `__attribute__((packed))`
    pub packed: bool,
    /// Where it is declared.
    pub span: Option<Span>,
}

/// One constant of an enum.
#[derive(Clone, Debug)]
pub struct Enumerator {
    /// Its name.
    pub name: Arc<str>,
    /// Its value.
    pub value: i128,
    /// Where it is declared.
    pub span: Option<Span>,
}

/// The value of a constant.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Constant {
    /// An integer, of 128 bits at the most.
    Integer(i128),
    /// A floating number that is a double.
    Float(f64),
    /// A floating number that no double is: of a `long double` or `_Float128`.
    Wide(WideFloat),
    /// A pointer's address; null is 0.
    Pointer(u64),
    /// A string literal's bytes, without the final NUL.
    String(Vec<u8>),
}

/// A function takes a format, as `__attribute__((format(printf, 1, 2)))` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatRule {
    /// Whose language.
    pub family: FormatFamily,
    /// Which argument is the format, counted from 1.
    pub text: u32,
    /// The first of the arguments that it speaks of, counted from 1; 0 where they come as a `va_list`.
    pub first: u32,
}

/// The language of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FormatFamily {
    /// printf's.
    Print,
    /// scanf's.
    Scan,
}
