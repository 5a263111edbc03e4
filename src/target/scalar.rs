//! C's scalar types.

use std::sync::LazyLock;

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
    /// `_BitInt(N)`, of 2 to 128 bits.
    BitInt(u8),
    /// `unsigned _BitInt(N)`, of 1 to 128 bits.
    UBitInt(u8),
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
            SChar | Short | Int | Long | LongLong | Int128 | BitInt(_) => ScalarClass::Signed,
            UChar | UShort | UInt | ULong | ULongLong | UInt128 | UBitInt(_) => ScalarClass::Unsigned,
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
            BitInt(bits) => UBitInt(bits),
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
            UBitInt(bits) => BitInt(bits),
            other => other,
        }
    }

    /// How many bits of its bytes count, where the type says so itself: those of `_BitInt(N)`.
    pub fn bit_precise_width(self) -> Option<u32> {
        match self {
            Scalar::BitInt(bits) | Scalar::UBitInt(bits) => Some(bits.into()),
            _ => None,
        }
    }

    /// C's integer conversion rank, for the usual arithmetic conversions.
    pub fn rank(self) -> u8 {
        use Scalar::*;
        match self {
            Bool => 0,
            // Those of so many bits come below the named types of as many.
            BitInt(bits) | UBitInt(bits) => bits,
            Char | SChar | UChar => 9,
            Short | UShort => 17,
            Int | UInt => 33,
            Long | ULong => 65,
            LongLong | ULongLong => 66,
            Int128 | UInt128 => 129,
            Float16 | BFloat16 => 200,
            Float | Float32 | Decimal32 => 201,
            Double | Float64 | Float32x | Decimal64 => 202,
            LongDouble | Float64x => 203,
            Float128 | Decimal128 => 204,
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
            BitInt(bits) => bit_int_name(bits, false),
            UBitInt(bits) => bit_int_name(bits, true),
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

/// No compiler has wider ones on all targets.
const WIDEST_BIT_INT: usize = 128;

fn bit_int_name(bits: u8, unsigned: bool) -> &'static str {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let signed = (0..=WIDEST_BIT_INT).map(|bits| format!("_BitInt({bits})"));
        signed.chain((0..=WIDEST_BIT_INT).map(|bits| format!("unsigned _BitInt({bits})"))).collect()
    });
    let first = if unsigned { WIDEST_BIT_INT + 1 } else { 0 };
    NAMES.get(first + usize::from(bits)).map_or("_BitInt", String::as_str)
}
