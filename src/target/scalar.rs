//! C's scalar types.

/// A scalar type, as C names them. Two types of the same size are still two types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is the C type of that name")]
pub enum Scalar {
    Bool,
    Char,
    SChar,
    UChar,
    Short,
    UShort,
    Int,
    UInt,
    Long,
    ULong,
    LongLong,
    ULongLong,
    Int128,
    UInt128,
    Float16,
    BFloat16,
    Float,
    Double,
    LongDouble,
    Float128,
    /// `_Float32`: like `float`, yet another type.
    Float32,
    /// `_Float64`
    Float64,
    /// `_Float32x`: like `double`.
    Float32x,
    /// `_Float64x`: like `long double` on x86.
    Float64x,
    Decimal32,
    Decimal64,
    Decimal128,
}

/// What kind of number a scalar holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScalarClass {
    /// `_Bool`
    Bool,
    /// Plain `char`, whose sign is the target's.
    Char,
    /// A signed integer.
    Signed,
    /// An unsigned integer.
    Unsigned,
    /// Any floating type, decimal ones too.
    Float,
}

impl Scalar {
    /// What kind of number it holds.
    pub fn class(self) -> ScalarClass {
        use Scalar::*;
        match self {
            Bool => ScalarClass::Bool,
            Char => ScalarClass::Char,
            SChar | Short | Int | Long | LongLong | Int128 => ScalarClass::Signed,
            UChar | UShort | UInt | ULong | ULongLong | UInt128 => ScalarClass::Unsigned,
            Float16 | BFloat16 | Float | Double | LongDouble | Float128 | Float32 | Float64 | Float32x
            | Float64x | Decimal32 | Decimal64 | Decimal128 => ScalarClass::Float,
        }
    }

    /// Is it an integer type (`_Bool` and `char` included)?
    pub fn is_integer(self) -> bool {
        self.class() != ScalarClass::Float
    }

    /// The unsigned type of the same size; itself where there is none.
    pub fn to_unsigned(self) -> Scalar {
        use Scalar::*;
        match self {
            Char | SChar => UChar,
            Short => UShort,
            Int => UInt,
            Long => ULong,
            LongLong => ULongLong,
            Int128 => UInt128,
            other => other,
        }
    }

    /// The signed type of the same size; itself where there is none.
    pub fn to_signed(self) -> Scalar {
        use Scalar::*;
        match self {
            Char | UChar => SChar,
            UShort => Short,
            UInt => Int,
            ULong => Long,
            ULongLong => LongLong,
            UInt128 => Int128,
            other => other,
        }
    }

    /// C's integer conversion rank, for the usual arithmetic conversions.
    pub fn rank(self) -> u8 {
        use Scalar::*;
        match self {
            Bool => 0,
            Char | SChar | UChar => 1,
            Short | UShort => 2,
            Int | UInt => 3,
            Long | ULong => 4,
            LongLong | ULongLong => 5,
            Int128 | UInt128 => 6,
            Float16 | BFloat16 => 10,
            Float | Float32 | Decimal32 => 11,
            Double | Float64 | Float32x | Decimal64 => 12,
            LongDouble | Float64x => 13,
            Float128 | Decimal128 => 14,
        }
    }

    /// Its name in C.
    pub fn c_name(self) -> &'static str {
        use Scalar::*;
        match self {
            Bool => "_Bool",
            Char => "char",
            SChar => "signed char",
            UChar => "unsigned char",
            Short => "short",
            UShort => "unsigned short",
            Int => "int",
            UInt => "unsigned int",
            Long => "long",
            ULong => "unsigned long",
            LongLong => "long long",
            ULongLong => "unsigned long long",
            Int128 => "__int128",
            UInt128 => "unsigned __int128",
            Float16 => "_Float16",
            BFloat16 => "__bf16",
            Float => "float",
            Double => "double",
            LongDouble => "long double",
            Float128 => "_Float128",
            Float32 => "_Float32",
            Float64 => "_Float64",
            Float32x => "_Float32x",
            Float64x => "_Float64x",
            Decimal32 => "_Decimal32",
            Decimal64 => "_Decimal64",
            Decimal128 => "_Decimal128",
        }
    }
}
