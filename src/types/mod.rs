//! What has been declared: types, declarations, and the scope that holds them.
//!
//! Invariants: a scope accepts nothing but [`Decl`] values. Records and enums are nodes of their scope whose body is
//! set once; everything else is a structural value. A record's layout is computed once, when it closes.
#![forbid(unsafe_code)]

mod attached;
mod c_type;
mod clash;
mod close;
mod decl;
mod measure;
mod needed;
mod node;
mod overlay;
mod predefined;
mod recent;
mod rows;
mod same;
mod scope;
mod show;
mod sketch;

pub use c_type::{
    Alias, ArrayLength, CallingConvention, Function, Kind, Parameter, ParameterTail, Qualifiers, Type,
};
pub(crate) use clash::Clashes;
pub(crate) use close::{integer_bits, range};
pub use decl::{
    Constant, Decl, EnumDefinition, Enumerator, FormatFamily, FormatRule, Member, Packing, RecordConstant,
    RecordDefinition,
};
pub(crate) use measure::{Bodies, align_of, extent, preferred_align_of, shape};
pub(crate) use needed::needed;
pub(crate) use node::Identity;
pub use node::{Enum, EnumBody, Field, Position, Record, RecordBody, RecordKind};
pub(crate) use overlay::Overlay;
pub use rows::{FieldRow, TypeRows};
pub(crate) use rows::{names_untagged, type_rows};
pub use scope::{Declared, Scope};
pub(crate) use scope::{Tag, TagKind, name_of};
pub(crate) use show::{show_declared, show_named};
pub(crate) use sketch::sketch;
