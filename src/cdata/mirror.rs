//! Rust types that mirror types of C: described once, compared with a declaration before memory is looked at as one.

use crate::convert::{Destination, Number, Source, element_of, shown_type};
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{LeafKind, Shape};
use crate::target::Target;
use crate::types::{self, ArrayLength, Kind, Position, Qualifiers, RecordBody, RecordKind, Scope, Type};
use std::any::{TypeId, type_name};
use std::ffi::c_void;
use std::ops::Range;
use std::sync::Arc;

/// A Rust type whose values may lie in the memory of C: numbers, raw pointers, function pointers, arrays of these, and
/// what [`c_struct!`](crate::c_struct) and [`check_struct!`](crate::check_struct) make of structs and unions.
///
/// A function pointer is an `Option<unsafe extern "C" fn(...)>`: C may have null there, and only who calls it knows that
/// a function is there. A `bool` is looked at before it is shown, and refused where it is neither 0 nor 1.
///
/// # Safety
///
/// `mirrored` describes the type: its size and alignment; of a struct every member with its offset.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not mirror a type of C",
    note = "numbers, raw pointers, arrays of them, and what `c_struct!` and `check_struct!` make of structs do",
    note = "a function pointer is an `Option<unsafe extern \"C\" fn(...)>`: null is no function, and to call what C \
            stored there is never safe"
)]
pub unsafe trait Mirror: Copy + 'static {
    /// What it is made of.
    #[doc(hidden)]
    fn mirrored() -> Mirrored;

    /// C text that declares it, and the structs inside of it first; empty where it is no struct.
    fn c_text() -> String {
        let mut text = String::new();
        Self::mirrored().declare(&mut text);
        text
    }
}

/// What a Rust type is made of.
#[derive(Clone)]
pub struct Mirrored {
    rust: &'static str,
    pub(super) size: usize,
    align: usize,
    kind: MirroredKind,
}

#[derive(Clone)]
enum MirroredKind {
    /// With the name that C has for it.
    Number(Number, &'static str),
    Pointer {
        constant: bool,
        to: Pointee,
    },
    Array(Box<Mirrored>, usize),
    /// How to tell that a type of C is this pointer to a function, and how C declares one.
    Function(fn(&Type, &Scope) -> bool, fn(&str) -> String),
    Struct(&'static str, Vec<MirroredMember>),
    Union {
        name: &'static str,
        members: Vec<MirroredMember>,
        /// There are no others, whose values might leave bytes unwritten.
        is_complete: bool,
    },
}

/// What a pointer of Rust leads to.
#[derive(Clone, Copy)]
enum Pointee {
    Anything,
    Number(Number, &'static str),
    Struct { name: &'static str, size: usize },
}

/// A member of a struct.
#[derive(Clone)]
pub struct MirroredMember {
    name: &'static str,
    offset: usize,
    ty: Mirrored,
}

/// Why a Rust type is not a type of C.
enum Difference {
    /// Something else altogether.
    Kind,
    /// A struct that differs in this way.
    Inside(String),
}

impl Mirrored {
    fn of<T>(kind: MirroredKind) -> Mirrored {
        Mirrored { rust: type_name::<T>(), size: size_of::<T>(), align: align_of::<T>(), kind }
    }

    /// A struct of these members.
    #[doc(hidden)]
    pub fn of_struct<T>(name: &'static str, members: Vec<MirroredMember>) -> Mirrored {
        Mirrored { rust: name, ..Mirrored::of::<T>(MirroredKind::Struct(plain_name(name), members)) }
    }

    /// A union of these members, and perhaps of others.
    #[doc(hidden)]
    pub fn of_union<T>(name: &'static str, members: Vec<MirroredMember>, is_complete: bool) -> Mirrored {
        let kind = MirroredKind::Union { name: plain_name(name), members, is_complete };
        Mirrored { rust: name, ..Mirrored::of::<T>(kind) }
    }

    #[doc(hidden)]
    pub fn read_union<T: Mirror>(source: Source<'_>) -> Result<T> {
        super::view::read_union(source)
    }

    #[doc(hidden)]
    pub fn write_union<T: Mirror>(value: &T, to: &mut Destination<'_>) -> Result<()> {
        super::view::write_union(value, to)
    }

    pub(super) fn of_function<T>(is: fn(&Type, &Scope) -> bool, declarator: fn(&str) -> String) -> Mirrored {
        Mirrored::of::<T>(MirroredKind::Function(is, declarator))
    }

    /// A member of a struct, whose type is that of what the function reads.
    #[doc(hidden)]
    pub fn member<T, F: Mirror>(name: &'static str, offset: usize, _: fn(T) -> F) -> MirroredMember {
        MirroredMember { name: plain_name(name), offset, ty: F::mirrored() }
    }

    /// The error of a type of C that this does not mirror, nor the elements of it.
    pub(super) fn compare(&self, ty: &Type, scope: &Scope) -> Result<()> {
        let refuse = |message| Err(Error::new(ErrorKind::Conversion, message));
        if scope.target() != Target::host() {
            return refuse(format!(
                "{} is of this machine, '{}' of {}",
                self.rust,
                shown_type(ty),
                scope.target()
            ));
        }
        let mut found = self.difference(ty, scope);
        let mut part = ty;
        while let (Err(Difference::Kind), Kind::Array(element, _)) = (&found, part.kind()) {
            found = self.difference(element, scope);
            part = element;
        }
        match found {
            Ok(()) => Ok(()),
            Err(Difference::Inside(why)) => refuse(why),
            Err(Difference::Kind) => refuse(format!("expected '{}', found {}", shown_type(ty), self.rust)),
        }
    }

    fn difference(&self, ty: &Type, scope: &Scope) -> Result<(), Difference> {
        let same = match (&self.kind, ty.kind()) {
            (MirroredKind::Function(is, _), _) => is(ty, scope),
            (MirroredKind::Pointer { constant, to }, Kind::Pointer(pointee)) => {
                let keeps_const = *constant || !pointee.qualifiers().contains(Qualifiers::CONST);
                keeps_const && to.is(pointee, scope)
            }
            (_, Kind::Pointer(_)) | (MirroredKind::Pointer { .. }, _) => false,
            (MirroredKind::Number(number, _), _) => Number::of(ty, scope) == Some(*number),
            (MirroredKind::Array(element, count), kind) => {
                let found = match kind {
                    Kind::Array(_, ArrayLength::Fixed(found)) | Kind::Vector(_, found) => *found,
                    Kind::Complex(_) => 2,
                    _ => 0,
                };
                if let Some(inside) = element_of(ty) {
                    element.difference(&inside, scope)?;
                }
                element_of(ty).is_some() && found == *count as u64
            }
            (MirroredKind::Struct(name, members), Kind::Record(record))
                if record.kind() == RecordKind::Struct =>
            {
                return self.difference_of_members(name, members, ty, scope);
            }
            (MirroredKind::Union { name, members, .. }, Kind::Record(record))
                if record.kind() == RecordKind::Union =>
            {
                return self.difference_of_members(name, members, ty, scope);
            }
            (MirroredKind::Struct(..) | MirroredKind::Union { .. }, _) => false,
        };
        if same { Ok(()) } else { Err(Difference::Kind) }
    }

    fn difference_of_members(
        &self,
        rust: &str,
        members: &[MirroredMember],
        ty: &Type,
        scope: &Scope,
    ) -> Result<(), Difference> {
        let inside = |message| Err(Difference::Inside(message));
        let Some(body) = ty.as_record().and_then(|record| record.body()) else {
            return Err(Difference::Kind);
        };
        for MirroredMember { name, offset, ty: mine } in members {
            let (c, mine_shown) = (|| shown_type(ty), mine.rust);
            let Some((base, field)) = body.field(name) else {
                return inside(format!(
                    "'{}' has no member '{name}'; {rust} has {mine_shown} at offset {offset}",
                    c()
                ));
            };
            let found = base.saturating_add(field.position.offset());
            if let Position::Bits { width, .. } = field.position {
                return inside(format!(
                    "member '{name}' of '{}' is a bit-field of {width} bits; {rust} has {mine_shown}",
                    c()
                ));
            }
            match mine.difference(&field.ty, scope) {
                Ok(()) if found == *offset as u64 => {}
                Err(Difference::Inside(why)) => {
                    return inside(format!("member '{name}' of '{}': {why}", c()));
                }
                _ => {
                    return inside(format!(
                        "member '{name}': '{}' has '{}' at offset {found}, {rust} has {mine_shown} at offset {offset}",
                        c(),
                        shown_type(&field.ty)
                    ));
                }
            }
        }
        // Every member was found, and under its own name
        if body.names.len() != members.len() {
            self.uncovered(rust, members, ty, &body, scope)?;
        }
        let (size, align) = (body.extent.size, body.extent.align.bytes());
        if (size, align) != (self.size as u64, self.align as u64) {
            return inside(format!(
                "'{}' has {size} bytes aligned to {align}, {rust} has {} aligned to {}",
                shown_type(ty),
                self.size,
                self.align
            ));
        }
        Ok(())
    }

    /// The difference of a member that C has and Rust has not, unless it lies where another one does, in a union.
    fn uncovered(
        &self,
        rust: &str,
        members: &[MirroredMember],
        ty: &Type,
        body: &Arc<RecordBody>,
        scope: &Scope,
    ) -> Result<(), Difference> {
        for name in body.names.keys() {
            let Some((base, field)) = body.field(name) else { continue };
            let start = base.saturating_add(field.position.offset());
            let size = types::extent(&field.ty, scope).map_or(0, |extent| extent.size);
            let covered = members.iter().any(|MirroredMember { name: known, offset, ty: mine }| {
                let range = *offset as u64..(*offset as u64).saturating_add(mine.size as u64);
                *known == &**name || range.contains(&start)
            });
            if !covered && size > 0 {
                let (c, theirs) = (shown_type(ty), shown_type(&field.ty));
                let message =
                    format!("member '{name}': '{c}' has '{theirs}' at offset {start}, {rust} has none");
                return Err(Difference::Inside(message));
            }
        }
        Ok(())
    }

    /// Are these the bytes of a value?
    pub(super) fn is_valid(&self, bytes: &[u8]) -> bool {
        match &self.kind {
            MirroredKind::Number(Number::Bool, _) => matches!(bytes, [0 | 1]),
            // Which member of a union is read, and whether there is one, is known to who reads it: that is unsafe
            MirroredKind::Number(..)
            | MirroredKind::Pointer { .. }
            | MirroredKind::Function(..)
            | MirroredKind::Union { .. } => true,
            MirroredKind::Array(element, _) => {
                element.has_any_bits()
                    || bytes.chunks_exact(element.size.max(1)).all(|bytes| element.is_valid(bytes))
            }
            MirroredKind::Struct(_, members) => {
                members.iter().all(|MirroredMember { offset, ty, .. }| {
                    let end = offset.saturating_add(ty.size);
                    bytes.get(*offset..end).is_some_and(|bytes| ty.is_valid(bytes))
                })
            }
        }
    }

    /// Is every pattern of bits a value?
    pub(super) fn has_any_bits(&self) -> bool {
        match &self.kind {
            MirroredKind::Number(number, _) => *number != Number::Bool,
            MirroredKind::Pointer { .. } | MirroredKind::Function(..) | MirroredKind::Union { .. } => true,
            MirroredKind::Array(element, _) => element.has_any_bits(),
            MirroredKind::Struct(_, members) => members.iter().all(|member| member.ty.has_any_bits()),
        }
    }

    /// Is there a union in it, some of whose values leave bytes unwritten that others have? Rust may leave anything in
    /// these bytes, and nobody knows which they are.
    pub(super) fn has_vague_bytes(&self) -> bool {
        match &self.kind {
            MirroredKind::Number(..) | MirroredKind::Pointer { .. } | MirroredKind::Function(..) => false,
            MirroredKind::Array(element, _) => element.has_vague_bytes(),
            MirroredKind::Struct(_, members) => members.iter().any(|member| member.ty.has_vague_bytes()),
            MirroredKind::Union { members, is_complete, .. } => {
                let fills = |member: &MirroredMember| {
                    let ty = &member.ty;
                    ty.size == self.size && ty.padding().is_empty() && !ty.has_vague_bytes()
                };
                !is_complete || !members.iter().all(fills)
            }
        }
    }

    /// Is this C type laid out alike, and passed alike by value? `Native` for structs and unions.
    #[doc(hidden)]
    pub fn passes_as(&self, ty: &Type, scope: &Scope) -> bool {
        if scope.target() != Target::host() || self.difference(ty, scope).is_err() {
            return false;
        }
        let is_transparent =
            ty.as_record().and_then(|record| record.body()).is_some_and(|body| body.packing.transparent);
        let Ok(shape) = types::shape(ty, scope) else { return false };
        if is_transparent || shape.align().bytes() > 16 {
            return false;
        }
        // What stands where tells how a value travels: `[f32; 4]` may be laid out like a vector, and a union of Rust may
        // leave out members of C's. Larger values travel in memory, whatever is in them
        if shape.size() > Shape::LARGEST_WITH_LEAVES {
            return true;
        }
        let mut mine = Vec::new();
        self.find_leaves(0, &mut mine);
        let theirs = shape.leaves().iter().map(|leaf| {
            let is_float = match leaf.kind {
                LeafKind::Integer { .. } => false,
                LeafKind::Float => true,
                _ => return None,
            };
            Some((leaf.offset_bits, leaf.size_bits, is_float))
        });
        let Some(mut theirs) = theirs.collect::<Option<Vec<_>>>() else { return false };
        for leaves in [&mut mine, &mut theirs] {
            leaves.sort_unstable();
            leaves.dedup();
        }
        mine == theirs
    }

    /// Place and size of every scalar in bits, and whether it is a floating one.
    fn find_leaves(&self, base: u64, leaves: &mut Vec<(u64, u64, bool)>) {
        match &self.kind {
            MirroredKind::Number(number, _) => {
                leaves.push((base, self.size as u64 * 8, matches!(number, Number::F32 | Number::F64)));
            }
            MirroredKind::Pointer { .. } | MirroredKind::Function(..) => {
                leaves.push((base, self.size as u64 * 8, false));
            }
            MirroredKind::Array(element, count) => {
                (0..*count).for_each(|index| {
                    element.find_leaves(base + (index * element.size) as u64 * 8, leaves);
                });
            }
            MirroredKind::Struct(_, members) | MirroredKind::Union { members, .. } => {
                members.iter().for_each(|MirroredMember { offset, ty, .. }| {
                    ty.find_leaves(base + *offset as u64 * 8, leaves);
                });
            }
        }
    }

    /// The bytes that no member has, in order; those of unions apart.
    pub(super) fn padding(&self) -> Vec<Range<usize>> {
        let mut padding = Vec::new();
        self.find_padding(0, &mut padding);
        padding
    }

    fn find_padding(&self, base: usize, padding: &mut Vec<Range<usize>>) {
        match &self.kind {
            MirroredKind::Number(..)
            | MirroredKind::Pointer { .. }
            | MirroredKind::Function(..)
            | MirroredKind::Union { .. } => {}
            MirroredKind::Array(element, count) => {
                if !element.padding().is_empty() {
                    (0..*count).for_each(|index| element.find_padding(base + index * element.size, padding));
                }
            }
            MirroredKind::Struct(_, members) => {
                let mut members: Vec<&MirroredMember> = members.iter().collect();
                members.sort_by_key(|member| member.offset);
                let mut end = 0;
                for MirroredMember { offset, ty, .. } in members {
                    if end < *offset {
                        padding.push(base + end..base + offset);
                    }
                    ty.find_padding(base + offset, padding);
                    end = end.max(offset + ty.size);
                }
                if end < self.size {
                    padding.push(base + end..base + self.size);
                }
            }
        }
    }

    fn declare(&self, text: &mut String) {
        match &self.kind {
            MirroredKind::Array(element, _) => element.declare(text),
            MirroredKind::Struct(name, members) => declare_record("struct", name, members, text),
            MirroredKind::Union { name, members, .. } => declare_record("union", name, members, text),
            MirroredKind::Number(..) | MirroredKind::Pointer { .. } | MirroredKind::Function(..) => {}
        }
    }

    /// A name declared as this.
    fn declarator(&self, name: &str) -> String {
        match &self.kind {
            MirroredKind::Number(_, c) => format!("{c} {name}"),
            MirroredKind::Pointer { constant, to } => {
                let constant = if *constant { "const " } else { "" };
                match to {
                    Pointee::Anything => format!("{constant}void *{name}"),
                    Pointee::Number(_, c) => format!("{constant}{c} *{name}"),
                    Pointee::Struct { name: tag, .. } => format!("{constant}struct {tag} *{name}"),
                }
            }
            MirroredKind::Array(element, count) => element.declarator(&format!("{name}[{count}]")),
            MirroredKind::Function(_, declarator) => declarator(name),
            MirroredKind::Struct(tag, _) => format!("struct {tag} {name}"),
            MirroredKind::Union { name: tag, .. } => format!("union {tag} {name}"),
        }
    }
}

fn declare_record(word: &str, name: &str, members: &[MirroredMember], text: &mut String) {
    members.iter().for_each(|member| member.ty.declare(text));
    let inside: String =
        members.iter().map(|member| format!(" {};", member.ty.declarator(member.name))).collect();
    let declaration = format!("typedef {word} {name} {{{inside} }} {name};\n");
    if !text.contains(&declaration) {
        text.push_str(&declaration);
    }
}

impl Pointee {
    fn of<T: 'static>() -> Pointee {
        if let Some((number, c)) = number_of::<T>() {
            return Pointee::Number(number, c);
        }
        let name = type_name::<T>();
        let is_path = name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | ':'));
        match name.rsplit("::").next() {
            Some(name) if is_path && TypeId::of::<T>() != TypeId::of::<c_void>() => {
                Pointee::Struct { name: plain_name(name), size: size_of::<T>() }
            }
            _ => Pointee::Anything,
        }
    }

    /// Structs are told apart by their size alone, where they have one: they may refer to themselves.
    fn is(self, pointee: &Type, scope: &Scope) -> bool {
        match self {
            _ if pointee.is_void() => true,
            Pointee::Anything => true,
            Pointee::Number(number, _) => super::compatible::same_numbers(pointee, scope, number),
            Pointee::Struct { size, .. } => {
                let found = types::extent(pointee, scope).map_or(size as u64, |extent| extent.size);
                matches!(pointee.kind(), Kind::Record(_)) && (size == 0 || found == size as u64)
            }
        }
    }
}

/// `r#type` is a member called `type`.
fn plain_name(name: &'static str) -> &'static str {
    name.strip_prefix("r#").unwrap_or(name)
}

macro_rules! numbers {
    ($($type:ty: $number:expr, $c:literal;)*) => {
        /// C's names for Rust's numbers.
        pub(super) fn number_of<T: 'static>() -> Option<(Number, &'static str)> {
            let id = TypeId::of::<T>();
            $(if id == TypeId::of::<$type>() {
                return Some(($number, $c));
            })*
            None
        }

        $(
            // SAFETY: a number of this size; `is_valid` says which bytes are a bool
            unsafe impl Mirror for $type {
                fn mirrored() -> Mirrored {
                    Mirrored::of::<$type>(MirroredKind::Number($number, $c))
                }
            }
        )*
    };
}

numbers! {
    bool: Number::Bool, "_Bool";
    i8: Number::I8, "int8_t";
    i16: Number::I16, "int16_t";
    i32: Number::I32, "int32_t";
    i64: Number::I64, "int64_t";
    i128: Number::I128, "__int128";
    isize: if size_of::<isize>() == 8 { Number::I64 } else { Number::I32 }, "ptrdiff_t";
    u8: Number::U8, "uint8_t";
    u16: Number::U16, "uint16_t";
    u32: Number::U32, "uint32_t";
    u64: Number::U64, "uint64_t";
    u128: Number::U128, "unsigned __int128";
    usize: if size_of::<usize>() == 8 { Number::U64 } else { Number::U32 }, "size_t";
    f32: Number::F32, "float";
    f64: Number::F64, "double";
}

macro_rules! pointers {
    ($($constant:literal $type:ty),*) => {$(
        // SAFETY: a pointer to a sized type is an address; any may be held, and using it is unsafe
        unsafe impl<T: 'static> Mirror for $type {
            fn mirrored() -> Mirrored {
                Mirrored::of::<$type>(MirroredKind::Pointer { constant: $constant, to: Pointee::of::<T>() })
            }
        }
    )*};
}

pointers! { true *const T, false *mut T, false Option<std::ptr::NonNull<T>> }

// SAFETY: an array is its elements, one behind the other
unsafe impl<T: Mirror, const N: usize> Mirror for [T; N] {
    fn mirrored() -> Mirrored {
        Mirrored::of::<[T; N]>(MirroredKind::Array(Box::new(T::mirrored()), N))
    }
}
