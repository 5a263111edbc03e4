//! Values of Rust to bytes of C and back: scalars, strings, initialisers, paths into a value.
//!
//! Invariant: everything works on byte slices, and nothing outside them is ever looked at. A value that the C type
//! cannot hold is an error that says what the type can hold.
#![forbid(unsafe_code)]

mod braces;
mod constant;
mod explain;
mod from_c;
mod list;
mod matrix;
mod number;
mod path;
mod place;
mod remembered;
mod show;
mod to_c;
mod wrapping;

pub(crate) use braces::{initialise, initialised_size};
pub(crate) use explain::explain;
pub use explain::{Explanation, conversions_document};
pub use from_c::{FromC, Owns, Returned};
pub(crate) use list::size_with_tail;
pub use list::{EndOfFields, NamedField, NamedFields};
pub use matrix::{DestinationKind, Rule, SOURCES, SourceKind};
pub use number::Number;
pub(crate) use number::{Bits, Primitive, store_at, word_at};
pub(crate) use path::{array_length, element_of, no_such_element, position, same_value, walk};
pub use place::{Destination, Source};
pub(crate) use place::{follow, misfit, plain_word, shown_type};
pub(crate) use show::show;
#[cfg(feature = "serde")]
pub(crate) use show::{constant_name, initialised_members, text_of};
pub use to_c::ToC;
pub(crate) use to_c::put_text;
