//! What becomes of what: the matrix of destinations and sources.

use super::number::Number;
use super::path::element_of;
use crate::types::{Kind, RecordKind, Scope, Type};
use std::fmt;

/// What kind of C type a value is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DestinationKind {
    /// Any integer, of 8 to 128 bits, and bit-fields of them.
    Integer,
    /// `_Bool`
    Bool,
    /// Any floating number.
    Float,
    /// An enum.
    Enum,
    /// A pointer, to data or to a function.
    Pointer,
    /// An array of characters or bytes.
    Text,
    /// Any other array.
    Array,
    /// A struct.
    Struct,
    /// A union.
    Union,
    /// A vector of numbers.
    Vector,
    /// A complex number.
    Complex,
}

/// What kind of value it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceKind {
    /// Any integer of Rust.
    Integer,
    /// `f32`, `f64`
    Float,
    /// `bool`
    Bool,
    /// `Wrapping` around a number.
    Wrapping,
    /// `&str`, `String`, `&CStr`
    Text,
    /// A tuple, a slice, an array, a `Vec`.
    List,
    /// Named fields: `init! { x: 1 }`.
    Named,
    /// `None`, `Value::Null`
    Null,
    /// `*mut T`, `NonNull`
    Pointer,
    /// A number of C.
    DataNumber,
    /// A pointer of C.
    DataPointer,
    /// A record, an array and whatever else of C.
    Data,
    /// A value that does not tell.
    Other,
}

/// How one becomes the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Not at all.
    Refused,
    /// The number itself, if the type's range has it and it is whole.
    Range,
    /// The nearest number, if it is not too large.
    Nearest,
    /// The low bits.
    LowBits,
    /// The constant of that name.
    ByName,
    /// A null pointer.
    Null,
    /// The address; where it points to const, the C type has to say so as well.
    Address,
    /// The address, if C would accept the one pointer for the other.
    Compatible,
    /// Its own address, if it is what the pointer points to.
    Lent,
    /// The bytes, then zeros, if there is room for them.
    Bytes,
    /// Every element becomes it.
    Fill,
    /// The elements in order, then zeros.
    Elements,
    /// The members in order, then zeros.
    Members,
    /// The first member.
    FirstMember,
    /// The members by their names, the others zero.
    Names,
    /// The bytes of a value of the same type.
    Copy,
    /// The real part; the imaginary part is 0.
    RealPart,
}

/// The sources that have a column in the matrix, in its order.
pub const SOURCES: [SourceKind; 12] = {
    use SourceKind::*;
    [Integer, Float, Bool, Wrapping, Text, List, Named, Null, Pointer, DataNumber, DataPointer, Data]
};

type Row = (DestinationKind, [Rule; 12]);

/// The matrix: for each destination what becomes of each of [`SOURCES`].
#[rustfmt::skip]
pub(super) const MATRIX: [Row; 11] = {
    use DestinationKind::*;
    use Rule::*;
    const NO: Rule = Refused;
    [
        //         integer   float     bool      wrapping  text    list         named  null  pointer  number   pointer     data
        (Integer, [Range,    Range,    Range,    LowBits,  NO,     NO,          NO,    NO,   NO,      Range,   NO,         NO]),
        (Bool,    [Range,    Range,    Range,    LowBits,  NO,     NO,          NO,    NO,   NO,      Range,   NO,         NO]),
        (Float,   [Nearest,  Nearest,  Nearest,  LowBits,  NO,     NO,          NO,    NO,   NO,      Nearest, NO,         NO]),
        (Enum,    [Range,    Range,    Range,    LowBits,  ByName, NO,          NO,    NO,   NO,      Range,   NO,         NO]),
        (Pointer, [NO,       NO,       NO,       NO,       NO,     NO,          NO,    Null, Address, Lent,    Compatible, Lent]),
        (Text,    [Fill,     Fill,     Fill,     Fill,     Bytes,  Elements,    NO,    NO,   NO,      NO,      NO,         Copy]),
        (Array,   [Fill,     Fill,     Fill,     Fill,     NO,     Elements,    NO,    NO,   NO,      NO,      NO,         Copy]),
        (Struct,  [NO,       NO,       NO,       NO,       NO,     Members,     Names, NO,   NO,      NO,      NO,         Copy]),
        (Union,   [NO,       NO,       NO,       NO,       NO,     FirstMember, Names, NO,   NO,      NO,      NO,         Copy]),
        (Vector,  [Fill,     Fill,     Fill,     Fill,     NO,     Elements,    NO,    NO,   NO,      NO,      NO,         Copy]),
        (Complex, [RealPart, RealPart, RealPart, RealPart, NO,     Elements,    NO,    NO,   NO,      NO,      NO,         Copy]),
    ]
};

impl DestinationKind {
    /// The kind of a type; none for what nothing can be written to: functions, `void`, decimal floats.
    pub(super) fn of(ty: &Type, scope: &Scope) -> Option<DestinationKind> {
        Some(match ty.kind() {
            Kind::Enum(_) => DestinationKind::Enum,
            Kind::Pointer(_) => DestinationKind::Pointer,
            Kind::Record(record) if record.kind() == RecordKind::Union => DestinationKind::Union,
            Kind::Record(_) => DestinationKind::Struct,
            Kind::Vector(..) => DestinationKind::Vector,
            Kind::Complex(_) => DestinationKind::Complex,
            Kind::Array(..) => match Number::of(&element_of(ty)?, scope) {
                Some(Number::I8 | Number::U8) => DestinationKind::Text,
                _ => DestinationKind::Array,
            },
            _ => match Number::of(ty, scope)? {
                Number::Bool => DestinationKind::Bool,
                number if number.is_integer() => DestinationKind::Integer,
                _ => DestinationKind::Float,
            },
        })
    }

    /// What becomes of a source there.
    pub fn rule(self, source: SourceKind) -> Rule {
        let column = SOURCES.iter().position(|known| *known == source);
        let row = MATRIX.iter().find(|(known, _)| *known == self);
        let rule = row.zip(column).and_then(|((_, row), column)| row.get(column).copied());
        rule.unwrap_or(Rule::Refused)
    }
}

impl SourceKind {
    /// The kind of a value of C.
    pub(crate) fn of_data(ty: &Type, scope: &Scope) -> SourceKind {
        match (ty.kind(), Number::of(ty, scope)) {
            (Kind::Pointer(_), _) => SourceKind::DataPointer,
            (_, Some(_)) => SourceKind::DataNumber,
            _ => SourceKind::Data,
        }
    }
}

impl fmt::Display for DestinationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DestinationKind::Integer => "integer, bit-field",
            DestinationKind::Bool => "`_Bool`",
            DestinationKind::Float => "floating number",
            DestinationKind::Enum => "enum",
            DestinationKind::Pointer => "pointer",
            DestinationKind::Text => "array of characters",
            DestinationKind::Array => "other array",
            DestinationKind::Struct => "struct",
            DestinationKind::Union => "union",
            DestinationKind::Vector => "vector",
            DestinationKind::Complex => "complex number",
        })
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SourceKind::Integer => "an integer",
            SourceKind::Float => "a float",
            SourceKind::Bool => "a bool",
            SourceKind::Wrapping => "a wrapping number",
            SourceKind::Text => "text",
            SourceKind::List => "a list or tuple",
            SourceKind::Named => "named fields",
            SourceKind::Null => "null",
            SourceKind::Pointer => "a pointer",
            SourceKind::DataNumber => "a number of C",
            SourceKind::DataPointer => "a pointer of C",
            SourceKind::Data => "other data of C",
            SourceKind::Other => "a value of another kind",
        })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rule::Refused => "refused",
            Rule::Range => "if it fits",
            Rule::Nearest => "nearest number",
            Rule::LowBits => "low bits",
            Rule::ByName => "constant of that name",
            Rule::Null => "null",
            Rule::Address => "its address",
            Rule::Compatible => "if compatible",
            Rule::Lent => "its own address",
            Rule::Bytes => "its bytes",
            Rule::Fill => "every element",
            Rule::Elements => "elements in order",
            Rule::Members => "members in order",
            Rule::FirstMember => "first member",
            Rule::Names => "members by name",
            Rule::Copy => "same type",
            Rule::RealPart => "real part",
        })
    }
}
