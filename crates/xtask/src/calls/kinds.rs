//! The types that are no records.

/// A type that C names.
pub struct Scalar {
    /// Its name in C.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: u64,
    /// How a random value is made: one of the C constants, and what a unit of it is, times 16.
    pub fill: &'static str,
    /// What it becomes behind `...`, if that is something else.
    pub promoted: Option<&'static str>,
    /// Can it stand behind `...`?
    pub behind_dots: bool,
    /// An integer that is narrower than a register.
    pub is_narrow: bool,
    /// A whole `__int128`.
    pub is_int128: bool,
    /// A `__float128`.
    pub is_float128: bool,
    /// Do gcc and clang disagree about it, or has only gcc got it?
    pub disputed: bool,
}

const fn integer(name: &'static str, size: u64, promoted: Option<&'static str>) -> Scalar {
    Scalar {
        name,
        size,
        fill: "BITS",
        promoted,
        behind_dots: true,
        is_narrow: size < 8,
        is_int128: false,
        is_float128: false,
        disputed: false,
    }
}

const fn other(name: &'static str, size: u64, fill: &'static str) -> Scalar {
    Scalar { is_narrow: false, fill, ..integer(name, size, None) }
}

const fn disputed(scalar: Scalar) -> Scalar {
    Scalar { disputed: true, ..scalar }
}

/// What a variadic function has before `...`.
pub const INT: Scalar = integer("int", 4, None);

/// Declared for the compiler and for the library.
pub const TYPES: &str = "
enum judge_small { SMALL_A, SMALL_B = 7 };
enum judge_signed { SIGNED_A = -5, SIGNED_B = 70000 };
enum judge_long { LONG_A = -1, LONG_B = 0x123456789abcdef };
enum __attribute__((packed)) judge_byte { BYTE_A, BYTE_B = 200 };
typedef float judge_v2f __attribute__((vector_size(8)));
typedef int judge_v2i __attribute__((vector_size(8)));
typedef char judge_v8c __attribute__((vector_size(8)));
typedef short judge_v4s __attribute__((vector_size(8)));
typedef long judge_v1l __attribute__((vector_size(8)));
typedef double judge_v1d __attribute__((vector_size(8)));
typedef float judge_v4f __attribute__((vector_size(16)));
typedef double judge_v2d __attribute__((vector_size(16)));
typedef int judge_v4i __attribute__((vector_size(16)));
typedef long judge_v2l __attribute__((vector_size(16)));
typedef unsigned char judge_v16c __attribute__((vector_size(16)));
typedef int (*judge_callback)(int, double);
";

/// Integers, enums and pointers.
pub const INTEGERS: &[Scalar] = &[
    Scalar { fill: "BOOL", is_narrow: false, ..integer("_Bool", 1, Some("int")) },
    integer("char", 1, Some("int")),
    integer("signed char", 1, Some("int")),
    integer("unsigned char", 1, Some("int")),
    integer("short", 2, Some("int")),
    integer("unsigned short", 2, Some("int")),
    integer("int", 4, None),
    integer("unsigned", 4, None),
    integer("int", 4, None),
    integer("long", 8, None),
    integer("unsigned long", 8, None),
    integer("long long", 8, None),
    integer("void *", 8, None),
    integer("const char *", 8, None),
    integer("judge_callback", 8, None),
    integer("enum judge_small", 4, None),
    integer("enum judge_signed", 4, None),
    integer("enum judge_long", 8, None),
    integer("enum judge_byte", 1, Some("int")),
    Scalar { is_int128: true, ..integer("__int128", 16, None) },
    Scalar { is_int128: true, ..integer("unsigned __int128", 16, None) },
];

/// Floating numbers.
pub const FLOATS: &[Scalar] = &[
    Scalar { promoted: Some("double"), ..other("float", 4, "FLOAT | 4 << 4") },
    Scalar { promoted: Some("double"), ..other("float", 4, "FLOAT | 4 << 4") },
    other("double", 8, "FLOAT | 8 << 4"),
    other("double", 8, "FLOAT | 8 << 4"),
    other("long double", 16, "EXTENDED"),
    Scalar { is_float128: true, ..other("__float128", 16, "FLOAT | 16 << 4") },
    disputed(other("_Float16", 2, "FLOAT | 2 << 4")),
];

/// Complex numbers.
pub const COMPLEX: &[Scalar] = &[
    other("float _Complex", 8, "FLOAT | 4 << 4"),
    other("double _Complex", 16, "FLOAT | 8 << 4"),
    other("long double _Complex", 32, "EXTENDED"),
    Scalar { behind_dots: false, ..other("_Complex char", 2, "BITS") },
    Scalar { behind_dots: false, ..other("_Complex short", 4, "BITS") },
    other("_Complex int", 8, "BITS"),
    other("_Complex long", 16, "BITS"),
];

/// Vectors.
pub const VECTORS: &[Scalar] = &[
    other("judge_v2f", 8, "FLOAT | 4 << 4"),
    other("judge_v2i", 8, "BITS"),
    other("judge_v8c", 8, "BITS"),
    other("judge_v4s", 8, "BITS"),
    other("judge_v1l", 8, "BITS"),
    disputed(other("judge_v1d", 8, "FLOAT | 8 << 4")),
    other("judge_v4f", 16, "FLOAT | 4 << 4"),
    other("judge_v2d", 16, "FLOAT | 8 << 4"),
    other("judge_v4i", 16, "BITS"),
    other("judge_v2l", 16, "BITS"),
    other("judge_v16c", 16, "BITS"),
];
