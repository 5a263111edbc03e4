//! Where gcc and clang are known to lay out the same declaration differently. We follow gcc.

use super::compare::Difference;
use super::tree::{Group, Meaning, Member, Names, Record, Type};

/// A kind of declaration that the two compilers understand differently.
pub const ALIGNED_TYPEDEF: &str = "bit-fields of an aligned typedef";
/// See [`ALIGNED_TYPEDEF`].
pub const ALIGNED_IN_PACK: &str = "aligned bit-fields under #pragma pack";
/// See [`ALIGNED_TYPEDEF`].
pub const WIDE_VECTOR: &str = "_Alignof of wide vectors";
/// See [`ALIGNED_TYPEDEF`]. gcc aligns first and then asks whether the bit-field still fits its unit, clang the other
/// way round: `short a : 7; int b : 25 aligned(1)` is at bit 32 for gcc, at bit 8 for clang.
pub const ALIGNED_UNIT: &str = "aligned bit-fields that cross a unit once aligned";
/// See [`ALIGNED_TYPEDEF`]. Without MMX, gcc aligns 8-byte vectors of integers like `long long`: to 4 on i386.
pub const SMALL_VECTOR: &str = "alignment of 8-byte vectors on i386";

/// See [`ALIGNED_TYPEDEF`]. To gcc a record of one `_Atomic long long` is an integer of i386, aligned to 4.
pub const ATOMIC_IN_RECORD: &str = "records of 8 atomic bytes on i386";

/// See [`ALIGNED_TYPEDEF`]. gcc does not hear `packed` behind a `vector_size` that makes a vector of `char`.
pub const PACKED_BYTES: &str = "packed on vectors of char";

/// The known kind that explains a difference between gcc and clang, if there is one.
pub fn kind(group: &Group, difference: &Difference, target: &str) -> Option<&'static str> {
    // Where clang is the only compiler, or the system's own, it is followed.
    if target.contains("msvc") || target.contains("darwin") {
        return None;
    }
    let text = group.text();
    let wide = ["vector_size(32)", "vector_size(64)"].iter().any(|vector| text.contains(vector));
    if difference.fact == "align" && wide {
        return Some(WIDE_VECTOR);
    }
    if !matches!(difference.fact, "size" | "align" | "position") {
        return None;
    }
    if target.starts_with("i686") && text.contains("vector_size(8)") {
        return Some(SMALL_VECTOR);
    }
    if target.starts_with("i686") && text.contains("_Atomic") {
        return Some(ATOMIC_IN_RECORD);
    }
    if text.contains("char __attribute__((vector_size(") && text.contains("packed") {
        return Some(PACKED_BYTES);
    }
    let names = Names::of(group);
    let start = Type::Named(difference.of.clone());
    if reaches(&start, &names, &|member| member.width.is_some() && names.has_aligned_typedef(&member.of)) {
        return Some(ALIGNED_TYPEDEF);
    }
    let aligned = |member: &Member| {
        member.width.is_some() && (member.suffix.contains("aligned") || member.prefix.contains("aligned"))
    };
    if !reaches(&start, &names, &aligned) {
        return None;
    }
    Some(if text.contains("pack(") { ALIGNED_IN_PACK } else { ALIGNED_UNIT })
}

/// Has the type, or any record inside it, such a member?
fn reaches(of: &Type, names: &Names<'_>, such: &dyn Fn(&Member) -> bool) -> bool {
    match names.meaning(of) {
        Meaning::Leaf(_) => false,
        Meaning::Array(element, _) => reaches(element, names, such),
        Meaning::Record(record) => record_reaches(record, names, such),
    }
}

fn record_reaches(record: &Record, names: &Names<'_>, such: &dyn Fn(&Member) -> bool) -> bool {
    record.members.iter().any(|member| such(member) || reaches(&member.of, names, such))
}
