//! What each word of C (with the dialects of gcc, clang and MSVC) does in a declaration.

/// The part that a reserved word plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// `int`, `_Bool`: a type by itself.
    Type,
    /// `typeof(..)`, `_BitInt(..)`: a type with a group behind it.
    TypeGroup,
    Qualifier,
    Storage,
    Function,
    /// `struct`, `union`, `enum`.
    Tag,
    /// `__attribute__((..))`, `__declspec(..)`.
    Attribute,
    /// `_Alignas(..)`.
    Align,
    /// `__stdcall`.
    Convention,
    /// What means nothing here: `__extension__`, `_Nonnull`.
    Blank,
    Asm,
    /// `sizeof`, `_Alignof`.
    Operator,
    Assert,
    Statement,
}

/// The class of a reserved word; other words are names.
pub(super) fn class(word: &str) -> Option<Class> {
    use Class::*;
    Some(match word {
        "void"
        | "char"
        | "short"
        | "int"
        | "long"
        | "float"
        | "double"
        | "signed"
        | "unsigned"
        | "_Bool"
        | "bool"
        | "_Complex"
        | "__complex"
        | "__complex__"
        | "_Imaginary"
        | "__signed"
        | "__signed__"
        | "__int128"
        | "__bf16"
        | "__fp16"
        | "__float128"
        | "__float80"
        | "__int8"
        | "__int16"
        | "__int32"
        | "__int64"
        | "__auto_type"
        | "_Float16"
        | "_Float16x"
        | "_Float32"
        | "_Float32x"
        | "_Float64"
        | "_Float64x"
        | "_Float128"
        | "_Float128x"
        | "_Decimal32"
        | "_Decimal64"
        | "_Decimal128"
        | "__builtin_va_list"
        | "__builtin_ms_va_list" => Type,
        "typeof" | "__typeof" | "__typeof__" | "typeof_unqual" | "__typeof_unqual" | "__typeof_unqual__"
        | "_BitInt" => TypeGroup,
        "const" | "volatile" | "restrict" | "__const" | "__const__" | "__volatile" | "__volatile__"
        | "__restrict" | "__restrict__" | "_Atomic" => Qualifier,
        "typedef" | "extern" | "static" | "auto" | "register" | "_Thread_local" | "thread_local"
        | "__thread" | "constexpr" => Storage,
        "inline" | "__inline" | "__inline__" | "__forceinline" | "_Noreturn" => Function,
        "struct" | "union" | "enum" => Tag,
        "__attribute__" | "__attribute" | "__declspec" | "_declspec" => Attribute,
        "_Alignas" | "alignas" => Align,
        "__cdecl" | "_cdecl" | "__stdcall" | "_stdcall" | "__fastcall" | "_fastcall" | "__thiscall"
        | "__vectorcall" | "__cdecl__" | "__stdcall__" | "__fastcall__" => Convention,
        "__extension__" | "_Nonnull" | "_Nullable" | "_Nullable_result" | "_Null_unspecified"
        | "__nonnull" | "__nullable" | "__null_unspecified" | "__ptr32" | "__ptr64" | "__unaligned"
        | "__w64" => Blank,
        "asm" | "__asm" | "__asm__" => Asm,
        "sizeof" | "_Alignof" | "alignof" | "__alignof" | "__alignof__" => Operator,
        "_Static_assert" | "static_assert" => Assert,
        "if" | "else" | "for" | "while" | "do" | "switch" | "case" | "default" | "break" | "continue"
        | "return" | "goto" | "_Generic" => Statement,
        _ => return None,
    })
}

/// Words that a declaration may begin with, for "did you mean".
pub(super) const BEGINNINGS: [&str; 22] = [
    "typedef", "extern", "static", "struct", "union", "enum", "const", "volatile", "inline", "void", "char",
    "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool", "register", "restrict", "bool",
];

/// Words that only C++ knows.
pub(super) fn is_cpp(word: &str) -> bool {
    matches!(
        word,
        "class"
            | "namespace"
            | "template"
            | "using"
            | "public"
            | "private"
            | "protected"
            | "virtual"
            | "typename"
            | "operator"
            | "friend"
            | "mutable"
            | "explicit"
            | "noexcept"
            | "decltype"
    )
}

/// `API_EXPORT`: what only a macro would be called.
pub(super) fn looks_like_macro(word: &str) -> bool {
    word.len() > 1
        && word.bytes().any(|byte| byte.is_ascii_uppercase())
        && !word.bytes().any(|byte| byte.is_ascii_lowercase())
        || matches!(word, "__BEGIN_DECLS" | "__END_DECLS" | "__THROW")
}
