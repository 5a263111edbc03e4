/* Bit-fields that programs get wrong. The numbers are those of gcc on x86-64 Linux; bits are counted from the lowest
   bit of the first byte. Try: eightbyte layout headers/corner/bitfields.h */

/* A wide bit-field shares its unit with what stands before it: all of this is 8 bytes. */
struct fits {
    char tag;                       /* byte 0 */
    long long value : 56;           /* bits 8..63 */
};

/* One bit more, and it moves to the next multiple of 8 bytes: 16 bytes. */
struct crosses {
    char tag;                       /* byte 0 */
    long long value : 57;           /* bits 64..120 */
};

/* Types of different size share storage here; on Windows each change of size starts a new unit. */
struct mixed_types {
    int wide : 20;                  /* bits 0..19 */
    short narrow : 12;              /* bits 20..31: exactly up to the end of its second short */
    short next : 5;                 /* bits 32..36 */
};

/* A unit of int has room for 32 bits and no more: `late` is in the next one, though it is one bit wide. */
struct full_unit {
    int most : 31;                  /* bits 0..30 */
    _Bool last : 1;                 /* bit 31 */
    _Bool late : 1;                 /* bit 32 */
};

/* An unnamed bit-field takes room but gives the record no alignment: 3 bytes, aligned to 1. On aarch64 it does. */
struct unnamed_gap {
    char before;                    /* byte 0 */
    int : 4;                        /* bits 8..11 */
    char after;                     /* byte 2 */
};

/* Zero width moves on to the next int, yet the record stays aligned to 1: 5 bytes, an odd number. */
struct zero_width {
    char first : 3;                 /* bits 0..2 */
    int : 0;
    char second : 2;                /* bits 32..33 */
};

/* Not even `packed` turns a zero width off: still 5 bytes. */
struct __attribute__((packed)) packed_zero_width {
    char first : 3;                 /* bits 0..2 */
    int : 0;
    char second;                    /* byte 4 */
};

/* Packed bit-fields cross every boundary: this one touches nine bytes, so no single load reads it. */
struct __attribute__((packed)) nine_bytes {
    char lead : 3;                  /* bits 0..2 */
    long long value : 62;           /* bits 3..64 */
};

/* Any #pragma pack, even one that lowers no alignment, lets bit-fields run on as if they were packed. */
#pragma pack(push, 8)
struct pack_runs_on {
    char tag;                       /* byte 0 */
    int low : 30;                   /* bits 8..37 */
    int high : 30;                  /* bits 38..67; without the pragma 64..93 */
};
#pragma pack(pop)

/* An alignment on a bit-field moves it, and it is asked only then whether it still fits: gcc has `value` at bit 32,
   clang, which asks first, at bit 8. */
struct aligned_then_asked {
    short lead : 7;                             /* bits 0..6 */
    int value : 25 __attribute__((aligned(1))); /* bits 32..56 */
};

/* The sign is that of the type: an enum without negative values is unsigned, so `level` holds 0..3, and `only` is
   either 0 or -1. */
enum level { LEVEL_LOW, LEVEL_MIDDLE, LEVEL_HIGH };
struct signs {
    enum level level : 2;           /* 0..3; on MSVC, where enums are int, -2..1 */
    int only : 1;                   /* 0 or -1 */
    char letter : 4;                /* -8..7; unsigned where char is: aarch64 Linux */
    _Bool flag : 1;                 /* 0 or 1 */
};

/* Wider than any register, and anonymous: `high` moves to the next 16 bytes, and its path is just `high`. */
struct wide_inside {
    char tag;                       /* byte 0 */
    struct {
        __int128 low : 70;          /* bits 128..197: the struct around it is aligned to 16 */
        __int128 high : 60;         /* bits 256..315 */
    };
};

/* A bit-field in a union: the first bits are shared, the size is that of the widest type. */
union views {
    unsigned long long all;
    struct {
        unsigned exponent : 11, low : 5;        /* bits 0..10 and 11..15 */
        unsigned long long rest : 47;           /* bits 16..62 */
        unsigned long long top : 1;             /* bit 63 */
    } part;
};

