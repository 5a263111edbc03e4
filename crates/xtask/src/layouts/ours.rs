//! The one place where the judge meets the library.

/// Everything a layout says about one type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeRows {
    /// `struct point`, `enum color`, `word`.
    pub name: String,
    /// `struct`, `union`, `enum` or `typedef`.
    pub kind: &'static str,
    /// In bytes.
    pub size: u64,
    /// What `_Alignof` gives.
    pub align: u64,
    /// An enum's sign.
    pub signed: Option<bool>,
    /// An enum's constants.
    pub constants: Vec<(String, i128)>,
    /// A record's fields.
    pub fields: Vec<FieldRow>,
}

/// One field, or an array's first element.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldRow {
    /// What stands after `object.`.
    pub path: String,
    /// Bytes from the start of the type.
    pub offset: u64,
    /// In bytes; `None` for a bit-field.
    pub size: Option<u64>,
    /// A bit-field's first bit in the byte at `offset`, and its width.
    pub bits: Option<(u32, u32)>,
    /// Its type, as text; never compared.
    pub type_name: String,
    /// The sign of an integer or bit-field.
    pub signed: Option<bool>,
}

/// What the library makes of a text, for the target of this name.
pub fn ours(_text: &str, _target: &str) -> Result<Vec<TypeRows>, String> {
    Err("the library's face is not joined to the judge yet".to_string())
}
