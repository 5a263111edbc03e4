//! What differs between machines, as values: one row per target.
//!
//! Invariant: a target is a value, never a `cfg`. Nothing outside this room (and the engine, which is of the host)
//! asks what machine the crate was built for.
#![forbid(unsafe_code)]

mod decimal;
pub(crate) mod float;
mod scalar;
mod table;
mod wide;

pub use scalar::{Scalar, ScalarClass};
use table::Model;
pub use wide::WideFloat;

use crate::error::{Error, ErrorKind, Result, nearest};
use std::fmt;

/// A machine and its C compiler's conventions: sizes, alignments, rules.
#[derive(Clone, Copy)]
pub struct Target(&'static Model);

/// How bit-fields and records are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordRule {
    /// gcc and clang on everything but Windows: bit-fields follow at the next free bit.
    Gcc {
        /// Unnamed bit-fields, too, give the record the alignment of their type (aarch64).
        unnamed_align: bool,
    },
    /// gcc on Windows (`ms_struct`): whole units, a new one whenever the type's size changes.
    Mingw,
    /// Microsoft's compiler.
    Msvc,
}

/// How `va_list` is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VaList {
    /// `char *`
    Pointer,
    /// An array of one record of two `unsigned int`s and two pointers.
    Sysv64,
    /// A record of three pointers and two `int`s.
    Aapcs64,
}

impl Target {
    /// 64-bit Linux on x86-64, with glibc's types.
    pub const X86_64_LINUX: Target = Target(&table::X86_64_LINUX);

    /// Every target, the default one first.
    pub fn all() -> impl ExactSizeIterator<Item = Target> {
        table::ALL.iter().map(|model| Target(model))
    }

    /// The machine this program runs on, or the one most like it.
    pub fn host() -> Target {
        let (arch, os, env) = (std::env::consts::ARCH, std::env::consts::OS, cfg!(target_env = "msvc"));
        let name = match (arch, os) {
            ("x86_64", "windows") if env => "x86_64-windows-msvc",
            ("x86_64", "windows") => "x86_64-windows-gnu",
            ("x86", _) => "i686-linux-gnu",
            ("aarch64", "macos" | "ios") => "aarch64-apple-darwin",
            ("aarch64", _) => "aarch64-linux-gnu",
            _ => "x86_64-linux-gnu",
        };
        Target::named(name).unwrap_or(Target::X86_64_LINUX)
    }

    /// The target of a name: `x86_64-linux-gnu`, a Rust triple, or a short name such as `i386`.
    pub fn named(name: &str) -> Result<Target> {
        let known = Target::all().find(|target| target.name() == name || target.0.aliases.contains(&name));
        known.ok_or_else(|| {
            let names = Target::all()
                .flat_map(|target| std::iter::once(target.name()).chain(target.0.aliases.iter().copied()));
            let cure = match nearest(name, names) {
                Some(meant) => format!("; did you mean '{meant}'?"),
                None => format!(
                    "; known are {}",
                    Target::all().map(|target| target.name()).collect::<Vec<_>>().join(", ")
                ),
            };
            Error::new(ErrorKind::UnknownName, format!("unknown target '{name}'{cure}"))
        })
    }

    /// Its name: processor, system, environment.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Is plain `char` signed?
    pub fn char_signed(self) -> bool {
        self.0.char_signed
    }

    /// Size and alignment of a pointer, in bytes.
    pub fn pointer_bytes(self) -> u64 {
        self.0.pointer
    }

    /// Size of a scalar in bytes; `None` where the target has no such type.
    pub fn size(self, scalar: Scalar) -> Option<u64> {
        self.0.extent(scalar).map(|(size, _)| size)
    }

    /// Alignment of a scalar as a member of a record, in bytes: what `_Alignof` tells.
    pub fn align(self, scalar: Scalar) -> Option<u64> {
        self.0.extent(scalar).map(|(_, align)| align)
    }

    /// Alignment of a scalar that stands alone, in bytes: what gcc's `__alignof__` tells.
    pub fn preferred_align(self, scalar: Scalar) -> Option<u64> {
        let (size, align) = self.0.extent(scalar)?;
        // i386: 8-byte scalars are aligned to 4 in records, to 8 elsewhere.
        Some(if size == 8 { size.max(align) } else { align })
    }

    /// Is a value of this scalar type signed? `false` for floats.
    pub fn is_signed(self, scalar: Scalar) -> bool {
        match scalar.class() {
            ScalarClass::Signed => true,
            ScalarClass::Char => self.char_signed(),
            ScalarClass::Bool | ScalarClass::Unsigned | ScalarClass::Float => false,
        }
    }

    /// Is `long double` the 80-bit format of x87?
    pub fn long_double_x87(self) -> bool {
        self.0.long_double_x87
    }

    /// The type that `wchar_t` names.
    pub fn wchar(self) -> Scalar {
        self.0.wchar
    }

    /// The types that `size_t` and `ptrdiff_t` name.
    pub fn size_types(self) -> (Scalar, Scalar) {
        self.0.size_types
    }

    /// The type of a 64-bit `int64_t`.
    pub fn int64(self) -> Scalar {
        if self.size(Scalar::Long) == Some(8) && self.0.int64_is_long {
            Scalar::Long
        } else {
            Scalar::LongLong
        }
    }

    /// How records are laid out.
    pub fn record_rule(self) -> RecordRule {
        self.0.rule
    }

    /// How `va_list` is defined.
    pub fn va_list(self) -> VaList {
        self.0.va_list
    }

    /// Are all enums `int`, as Microsoft's compiler has them?
    pub fn enums_are_int(self) -> bool {
        matches!(self.0.rule, RecordRule::Msvc)
    }

    /// Size of a record without members: 0 in GNU C, 4 for Microsoft's compiler.
    pub fn empty_record_bytes(self) -> u64 {
        if matches!(self.0.rule, RecordRule::Msvc) { 4 } else { 0 }
    }

    /// What `__attribute__((aligned))` without a number means, in bytes.
    pub fn biggest_align(self) -> u64 {
        16
    }

    /// The alignment that a vector type of so many bytes has of its own, in bytes.
    pub fn vector_align(self, element: Scalar, size: u64) -> u64 {
        // Without MMX gcc keeps 8-byte vectors of integers on i386 as it keeps a long long.
        let as_integer = size == 8 && element.is_integer();
        let limit = if as_integer { self.0.long_long_align } else { self.0.vector_align_limit };
        size.min(limit)
    }

    /// i386: integers in records are aligned to this at the most, unless an attribute or `_Atomic` asks for more.
    pub fn integer_align_limit(self) -> Option<u64> {
        Some(self.0.long_long_align).filter(|&align| align < 8)
    }

    /// Past this, `_Alignof` does not tell the alignment that a wide vector gives a record (gcc on x86 without AVX).
    pub fn reported_align_limit(self) -> u64 {
        self.0.reported_align_limit
    }
}

impl PartialEq for Target {
    fn eq(&self, other: &Target) -> bool {
        std::ptr::eq(self.0, other.0) || self.0.name == other.0.name
    }
}

impl Eq for Target {}

impl std::hash::Hash for Target {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.0.name)
    }
}

impl std::str::FromStr for Target {
    type Err = Error;
    fn from_str(name: &str) -> Result<Target> {
        Target::named(name)
    }
}
