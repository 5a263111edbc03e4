/* Declarations that are not the same everywhere. Sizes and alignments as size/align, for
                                        x86-64 Linux    i686 Linux    Windows (MSVC, 64 bits)
   Try: eightbyte layout --target i686-linux-gnu headers/corner/targets.h */

/* `long` is as wide as a pointer on Linux; on Windows it stays at 32 bits.   24/8   12/4   24/8 */
struct longs {
    long count;                     /*      8       4       4 bytes */
    void *data;                     /*  at  8       4       8 */
    unsigned long flags;            /*  at 16       8      16 */
};

/* A pointer to a function is a pointer like any other.                       16/8    8/4   16/8 */
struct handler {
    int (*call)(void *context, int code);
    void *context;
};

/* On i686 a double is aligned to 4 bytes inside a record, though to 8 elsewhere.   24/8   16/4   24/8 */
struct sample {
    char kind;
    double value;                   /*  at  8       4       8 */
    int next;                       /*  at 16      12      16 */
};

/* The same for long long: the reason why file formats should not be structs.       24/8   16/4   24/8 */
struct record {
    int id;
    long long offset;               /*  at  8       4       8 */
    int length;                     /*  at 16      12      16 */
};

/* 80 bits of value in 16, 12 or, on MSVC, where it is a double, 8 bytes.           32/16  16/4   16/8 */
struct precise {
    char unit;
    long double value;              /*  at 16       4       8 */
};

/* wchar_t is an int on 64-bit Linux, a long on i686, an unsigned short on Windows.  36/4   36/4   18/2 */
struct wide_name {
    char length;
    wchar_t text[8];              /*  at  4       4       2 */
};

/* Plain char is signed on x86 and unsigned on aarch64 Linux: (char)200 < 0 depends on it.   2/1 everywhere */
struct letters {
    char plain;
    signed char number;
};

/* Bit-fields: one unit of int on Linux; two on Windows, where another size starts another unit.   4/4   4/4   8/4 */
struct flags {
    unsigned char ready : 1;
    unsigned int code : 20;
};

/* An enum too big for an int takes 8 bytes where gcc's rules hold; MSVC cuts its values to an int.   8/8   8/4   4/4 */
enum big { BIG_SMALLEST = 1, BIG_LARGEST = 0x100000000 };

/* C has no empty struct; GNU C gives it no bytes, MSVC four.                   0/1    0/1    4/1 */
struct nothing {
};

/* All of it in one record: the offsets drift apart from the second member on.   96/16   56/4   80/8 */
struct everything {
    char kind;
    struct longs longs;
    double value;
    struct precise precise;
    struct flags flags;
    wchar_t letter;
    long long total;
};

