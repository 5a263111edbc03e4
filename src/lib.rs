#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

pub mod abi;
mod call;
mod cdata;
mod cdef;
mod convert;
mod engine;
mod error;
mod ffi;
mod layout;
mod library;
mod memory;
mod target;
mod types;

pub use call::{
    Argument, ArgumentSlot, Argumented, Arguments, Bound, Callback, CallbackCall, CallbackFailure,
    CallbackFn, CallbackTail, CallbackType, Columns, Counted, FailureKind, Function, Handle, HostArgument,
    HostArguments, HostValue, Item, Lib, LiveCallback, LocalCallback, OnceCallback, OnceFn, Out, Outcome,
    Passing, Promoted, Seen, StaticCallback, Symbol, TypedFunction, VaArguments, Variable, WhenFreed,
    WhenQueued, WithErrno, guard, set_failure_hook,
};
#[cfg(feature = "serde")]
pub use cdata::CDataSeed;
pub use cdata::{
    Accessor, Arena, CData, CMut, CPtr, CRef, Column, ColumnMut, Held, HeldMut, Methods, Mirror, Native,
    Readable, Typed, Value, Writable,
};
#[doc(hidden)]
pub use cdata::{Mirrored, MirroredMember, Region, RegionMut};
pub use cdef::MacroDefinition;
pub use convert::{
    Destination, DestinationKind, EndOfFields, Explanation, FromC, NamedField, NamedFields, Number,
    Rule as ConversionRule, SOURCES as CONVERSION_SOURCES, Source as ValueSource, SourceKind, ToC,
    conversions_document,
};
pub use error::{Diagnostic, Error, ErrorKind, Result, Source, Span};
pub use ffi::{CType, Ffi, Placeholder, Placeholders};
pub use layout::{Align, Layout, Leaf, LeafKind, Line, LineKind, Shape, ShapeKind};
pub use library::{Export, ExportKind, LoadOptions, ThreadPolicy};
pub use memory::{Allocator, Malloc};
pub use target::{RecordRule, Scalar, ScalarClass, Target, VaList, WideFloat};
pub use types::{
    Alias, ArrayLength, CallingConvention, Constant, Decl, Declared, Enum, EnumBody, EnumDefinition,
    Enumerator, Field, FieldRow, FormatFamily, FormatRule, Function as FunctionType, Kind, Member, Packing,
    Parameter, ParameterTail, Position, Qualifiers, Record, RecordBody, RecordConstant, RecordDefinition,
    RecordKind, Scope, Type, TypeRows,
};

/// The programs in `docs/hosts.md` are tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/hosts.md")]
struct Hosts;
