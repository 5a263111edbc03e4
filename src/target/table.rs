//! The rows.

use super::{RecordRule, Scalar, VaList};

/// One target. Sizes and alignments are in bytes; an alignment is that of a member of a record.
pub(super) struct Model {
    pub name: &'static str,
    /// Rust's triple first.
    pub aliases: &'static [&'static str],
    pub char_signed: bool,
    pub pointer: u64,
    pub long: u64,
    /// Alignment of `long long`.
    pub long_long_align: u64,
    /// Alignment of `double`.
    pub double_align: u64,
    /// Size and alignment of `long double`.
    pub long_double: (u64, u64),
    /// Is `long double` the 80-bit format of x87?
    pub long_double_x87: bool,
    pub int128: bool,
    /// Are `_BitInt`s past 64 bits aligned to 16 bytes?
    pub wide_bit_int: bool,
    pub float16: bool,
    /// `__float128`, `_Float128`.
    pub float128: bool,
    pub decimal: bool,
    pub wchar: Scalar,
    /// `size_t` and `ptrdiff_t`.
    pub size_types: (Scalar, Scalar),
    pub int64_is_long: bool,
    pub va_list: VaList,
    pub vector_align_limit: u64,
    pub reported_align_limit: u64,
    pub rule: RecordRule,
}

const NO_LIMIT: u64 = 1 << 28;

pub(super) static X86_64_LINUX: Model = Model {
    name: "x86_64-linux-gnu",
    aliases: &["x86_64-unknown-linux-gnu", "x86_64-linux", "x86_64", "amd64", "x64"],
    char_signed: true,
    pointer: 8,
    long: 8,
    long_long_align: 8,
    double_align: 8,
    long_double: (16, 16),
    long_double_x87: true,
    int128: true,
    wide_bit_int: false,
    float16: true,
    float128: true,
    decimal: true,
    wchar: Scalar::Int,
    size_types: (Scalar::ULong, Scalar::Long),
    int64_is_long: true,
    va_list: VaList::Sysv64,
    vector_align_limit: NO_LIMIT,
    reported_align_limit: 16,
    rule: RecordRule::Gcc { unnamed_align: false },
};

static I686_LINUX: Model = Model {
    name: "i686-linux-gnu",
    aliases: &["i686-unknown-linux-gnu", "i686-linux", "i686", "i386-linux-gnu", "i386", "x86"],
    char_signed: true,
    pointer: 4,
    long: 4,
    long_long_align: 4,
    double_align: 4,
    long_double: (12, 4),
    long_double_x87: true,
    int128: false,
    wide_bit_int: false,
    float16: true,
    float128: true,
    decimal: true,
    wchar: Scalar::Long,
    size_types: (Scalar::UInt, Scalar::Int),
    int64_is_long: false,
    va_list: VaList::Pointer,
    vector_align_limit: NO_LIMIT,
    reported_align_limit: 16,
    rule: RecordRule::Gcc { unnamed_align: false },
};

static AARCH64_LINUX: Model = Model {
    name: "aarch64-linux-gnu",
    aliases: &["aarch64-unknown-linux-gnu", "aarch64-linux", "aarch64", "arm64"],
    char_signed: false,
    pointer: 8,
    long: 8,
    long_long_align: 8,
    double_align: 8,
    long_double: (16, 16),
    long_double_x87: false,
    int128: true,
    wide_bit_int: true,
    float16: true,
    float128: true,
    decimal: false,
    wchar: Scalar::UInt,
    size_types: (Scalar::ULong, Scalar::Long),
    int64_is_long: true,
    va_list: VaList::Aapcs64,
    vector_align_limit: 16,
    reported_align_limit: NO_LIMIT,
    rule: RecordRule::Gcc { unnamed_align: true },
};

static X86_64_WINDOWS_GNU: Model = Model {
    name: "x86_64-windows-gnu",
    aliases: &["x86_64-pc-windows-gnu", "x86_64-w64-mingw32", "windows-gnu", "mingw"],
    char_signed: true,
    pointer: 8,
    long: 4,
    long_long_align: 8,
    double_align: 8,
    long_double: (16, 16),
    long_double_x87: true,
    int128: true,
    wide_bit_int: false,
    float16: true,
    float128: true,
    decimal: true,
    wchar: Scalar::UShort,
    size_types: (Scalar::ULongLong, Scalar::LongLong),
    int64_is_long: false,
    va_list: VaList::Pointer,
    vector_align_limit: NO_LIMIT,
    reported_align_limit: 16,
    rule: RecordRule::Mingw,
};

static X86_64_WINDOWS_MSVC: Model = Model {
    name: "x86_64-windows-msvc",
    aliases: &["x86_64-pc-windows-msvc", "windows-msvc", "msvc", "win64"],
    char_signed: true,
    pointer: 8,
    long: 4,
    long_long_align: 8,
    double_align: 8,
    long_double: (8, 8),
    long_double_x87: false,
    int128: true,
    wide_bit_int: false,
    float16: true,
    float128: false,
    decimal: false,
    wchar: Scalar::UShort,
    size_types: (Scalar::ULongLong, Scalar::LongLong),
    int64_is_long: false,
    va_list: VaList::Pointer,
    vector_align_limit: NO_LIMIT,
    reported_align_limit: NO_LIMIT,
    rule: RecordRule::Msvc,
};

static AARCH64_DARWIN: Model = Model {
    name: "aarch64-apple-darwin",
    aliases: &["aarch64-darwin", "arm64-apple-darwin", "aarch64-macos", "macos"],
    char_signed: true,
    pointer: 8,
    long: 8,
    long_long_align: 8,
    double_align: 8,
    long_double: (8, 8),
    long_double_x87: false,
    int128: true,
    wide_bit_int: true,
    float16: true,
    float128: false,
    decimal: false,
    wchar: Scalar::Int,
    size_types: (Scalar::ULong, Scalar::Long),
    int64_is_long: false,
    va_list: VaList::Pointer,
    vector_align_limit: 16,
    reported_align_limit: NO_LIMIT,
    rule: RecordRule::Gcc { unnamed_align: false },
};

pub(super) static ALL: [&Model; 6] =
    [&X86_64_LINUX, &I686_LINUX, &AARCH64_LINUX, &X86_64_WINDOWS_GNU, &X86_64_WINDOWS_MSVC, &AARCH64_DARWIN];

impl Model {
    /// Size and alignment in a record; `None` where the target has no such type.
    pub fn extent(&self, scalar: Scalar) -> Option<(u64, u64)> {
        use Scalar::*;
        Some(match scalar {
            Bool | Char | SChar | UChar => (1, 1),
            Short | UShort => (2, 2),
            Int | UInt => (4, 4),
            Long | ULong => (self.long, self.long),
            LongLong | ULongLong => (8, self.long_long_align),
            Int128 | UInt128 if self.int128 => (16, 16),
            BitInt(bits) | UBitInt(bits) => {
                let bits = u64::from(bits);
                // Past 64 bits AAPCS64 takes quadwords, all others what a long long is aligned to.
                let most = if self.wide_bit_int && bits > 64 { 16 } else { self.long_long_align };
                let align = bits.next_power_of_two().div_ceil(8).min(most);
                (bits.div_ceil(8).next_multiple_of(align), align)
            }
            Float16 | BFloat16 if self.float16 => (2, 2),
            Float | Float32 => (4, 4),
            Double | Float64 | Float32x => (8, self.double_align),
            LongDouble => self.long_double,
            Float64x if self.float128 => self.long_double,
            Float128 if self.float128 => (16, 16),
            Decimal32 if self.decimal => (4, 4),
            Decimal64 if self.decimal => (8, 8),
            Decimal128 if self.decimal => (16, 16),
            Int128 | UInt128 | Float16 | BFloat16 | Float64x | Float128 | Decimal32 | Decimal64
            | Decimal128 => return None,
        })
    }
}
