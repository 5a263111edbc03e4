//! Constant expressions: each is evaluated here, and gcc asserts that it has that value and that type.

use eightbyte::{Constant, Ffi, Target};
use std::fmt::Write as _;
use std::process::Command;

const PRELUDE: &str = "
    struct point { int x, y; double d[3]; struct { char c; short s; } in[2]; unsigned bits : 5; };
    union number { int i; double d; };
    enum color { RED, GREEN = 5, BLUE, BIG = 0x7fffffff, BIGGER = 0xffffffff };
    enum sign { MINUS = -1, PLUS = 1 };
    typedef unsigned char byte;
    typedef int row[4];
    extern int variable;
    extern row grid[3];
    int function(int, double);
    struct point *where(void);
";

const EXPRESSIONS: &[&str] = &[
    // Literals and their types.
    "1",
    "1u",
    "1l",
    "1ul",
    "1ll",
    "1ull",
    "1LLU",
    "0",
    "017",
    "0x1F",
    "0b101",
    "2147483647",
    "2147483648",
    "0x7fffffff",
    "0x80000000",
    "0xffffffff",
    "4294967296",
    "0x8000000000000000",
    "0xffffffffffffffff",
    "9223372036854775807",
    "037777777777",
    "01777777777777777777777",
    "'a'",
    "'\\n'",
    "'\\0'",
    "'\\377'",
    "'\\x80'",
    "'\\''",
    "'ab'",
    "'abcd'",
    "L'a'",
    "'\\e'",
    "u'x'",
    "U'x'",
    // Arithmetic, conversions, signedness.
    "1 + 2 * 3 - 4 / 3 % 2",
    "-7 / 2",
    "-7 % 2",
    "7 / -2",
    "7 % -2",
    "-1 < 0u",
    "-1 < 1u",
    "-1l < 0u",
    "-1 > 0ul",
    "1 - 2u",
    "~0",
    "~0u",
    "~0ul",
    "-1u",
    "!5",
    "!0",
    "1 << 30",
    "1u << 31",
    "-8 >> 1",
    "0xf0 & 0x3c",
    "0xf0 | 0x0f",
    "0xff ^ 0x0f",
    "1 == 1.0",
    "3 > 2 > 1",
    "(byte)300",
    "(signed char)200",
    "(short)0x18000",
    "(unsigned short)-1",
    "(_Bool)42",
    "(_Bool)0.25",
    "(int)3.99",
    "(int)-3.99",
    "(unsigned)-1",
    "(long)(int)0x80000000",
    "(unsigned long)-1",
    "(char)200",
    "(byte)1 + (byte)255",
    "(byte)255 + 1",
    "-(byte)1",
    "~(byte)0",
    "(short)1 << 15",
    "1 ? 2 : 3",
    "0 ? 2 : 3u",
    "1 ? -1 : 0u",
    "0 || 2",
    "1 && 0",
    "1 || 1 / 0",
    "0 && 1 / 0",
    "1 ? 2 : 1 / 0",
    "2 ?: 3",
    "0 ?: 3",
    "(1 ? 2 : 3l) * 2",
    "0x7fffffff + 0l + 1",
    "2147483647u + 1",
    "(long long)1 << 62",
    "1.5 + 1.5 == 3",
    "(int)(0.1f * 10)",
    "1e3 > 999",
    "(int)0x1.8p3",
    "5 / 2.0 > 2",
    "(float)1 / 3 == 1.0f / 3",
    "(double)(float)0.1 == 0.1",
    // Enums.
    "RED",
    "GREEN + BLUE",
    "MINUS",
    "MINUS < 0",
    "(enum color)7",
    "BIG",
    "BIGGER",
    "(enum sign)-1 < 0",
    "(enum color)-1 < 0",
    "sizeof(enum color)",
    "sizeof(enum sign)",
    "sizeof RED",
    // sizeof and alignof.
    "sizeof(int)",
    "sizeof(long)",
    "sizeof(void *)",
    "sizeof(long double)",
    "sizeof(int[3][4])",
    "sizeof(struct point)",
    "sizeof(union number)",
    "sizeof(row)",
    "sizeof(row *)",
    "sizeof 1",
    "sizeof 1l",
    "sizeof 'a'",
    "sizeof 1.0f",
    "sizeof(1 + 1l)",
    "sizeof((char)1)",
    "sizeof \"abc\"",
    "sizeof L\"abc\"",
    "sizeof u\"abc\"",
    "sizeof \"a\" \"bc\"",
    "sizeof variable",
    "sizeof grid",
    "sizeof grid[0]",
    "sizeof *grid",
    "sizeof &grid",
    "sizeof grid[0][0]",
    "sizeof function(1, 2)",
    "sizeof where()->d",
    "sizeof where()->in[1].s",
    "sizeof(((struct point *)0)->d)",
    "sizeof((int[]){1, 2, 3})",
    "sizeof(struct { char a; int b; })",
    "sizeof(+(char)1)",
    "sizeof(_Bool)",
    "sizeof(float _Complex)",
    "sizeof(__int128)",
    "sizeof(void)",
    "sizeof(function)",
    "_Alignof(int)",
    "_Alignof(double)",
    "_Alignof(struct point)",
    "_Alignof(row)",
    "__alignof__(long long)",
    "__alignof__(variable)",
    // Members, addresses, offsets.
    "__builtin_offsetof(struct point, d)",
    "__builtin_offsetof(struct point, d[2])",
    "__builtin_offsetof(struct point, in[1].s)",
    "(unsigned long)&((struct point *)0)->y",
    "(unsigned long)&((struct point *)0)->d[1]",
    "(long)&((struct point *)16)->in[1].s",
    "(unsigned long)((char *)&((struct point *)0)->d - (char *)0)",
    "&((struct point *)0)->d[2] - &((struct point *)0)->d[0]",
    "(unsigned long)((int *)0 + 3)",
    "(unsigned long)&((row *)0)[2]",
    "(unsigned long)(void *)64",
    "!(void *)0",
    "(void *)0 == 0",
    "(long)(char)-1",
    // GNU's own.
    "_Generic(1, int: 3, default: 4)",
    "_Generic(1.0, int: 3, default: 4)",
    "_Generic(\"s\", char *: 1, default: 2)",
    "_Generic((byte)1, unsigned char: 1, int: 2)",
    "__builtin_types_compatible_p(int, long)",
    "__builtin_types_compatible_p(row, int[4])",
    "__builtin_types_compatible_p(int, const int)",
    "__builtin_choose_expr(1, 2, 3)",
    "__builtin_constant_p(3)",
    "(1, 2)",
    "sizeof(__typeof__(1 + 1l))",
    "sizeof(__typeof__(row))",
    "(unsigned char)'\\377'",
    "'\\377' == (char)255",
    "1'000'000",
    "0B11",
    "(int)sizeof(int) - 5",
    "sizeof(int) - 5 > 0",
    "(unsigned __int128)-1 > 0",
    "(__int128)1 << 40 >> 38",
    "-1 / 2u",
    "(1 ? (byte)1 : (short)2) - 2",
];

#[test]
fn as_gcc_has_them() {
    let ffi = Ffi::for_target(Target::X86_64_LINUX);
    ffi.cdef(PRELUDE).unwrap();
    let mut judged = format!("{PRELUDE}\n");
    for expression in EXPRESSIONS {
        let value = match ffi.eval(expression) {
            Ok(Constant::Integer(value)) => value,
            Ok(other) => panic!("{expression} is {other:?}"),
            Err(error) => panic!("{expression}\n{error}"),
        };
        let value = match i64::try_from(value) {
            Ok(i64::MIN) => "(-0x7fffffffffffffffll - 1)".to_string(),
            Ok(value) => format!("{value}ll"),
            Err(_) => format!("{value}ull"),
        };
        // The type is asked of both by what it does: its size and its sign.
        let of_type = |what: &str| match ffi.eval(&what.replace('@', expression)) {
            Ok(Constant::Integer(value)) => value,
            other => panic!("{what} of {expression}: {other:?}"),
        };
        let (size, negative) = (of_type("sizeof(@)"), of_type("((__typeof__(@))-1 < 0)"));
        // What a comma or pointers are in is no constant to the letter, though gcc folds it: so the optimiser judges.
        let name = expression.replace('\\', "\\\\").replace('"', "\\\"");
        let _ = writeln!(
            judged,
            "if (({expression}) != {value}) wrong(\"{name}\"); if (sizeof({expression}) != {size}) wrong(\"size of {name}\"); \
             if (((__typeof__({expression}))-1 < 0) != {negative}) wrong(\"sign of {name}\");"
        );
    }
    let folder = std::env::temp_dir().join(format!("eightbyte-constants-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("constants.c");
    let (declarations, checks) = judged.split_at(PRELUDE.len());
    let text = format!(
        "#include <stdio.h>\n{declarations}\nint bad; void wrong(const char *what) {{ puts(what); bad = 1; }}\nint variable; row grid[3];\n\
         int function(int a, double b) {{ return 0; }}\nstruct point *where(void) {{ static struct point p; return &p; }}\n\
         int main(void) {{ {checks} return bad; }}\n"
    );
    std::fs::write(&file, text).unwrap();
    let program = folder.join("constants");
    let compiled = Command::new("gcc").args(["-std=gnu2x", "-w", "-o"]).arg(&program).arg(&file).output();
    let Ok(compiled) = compiled else {
        eprintln!("SKIPPED: no gcc here, so nobody can judge constants; install gcc");
        return;
    };
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let ran = Command::new(&program).output().unwrap();
    let _ = std::fs::remove_dir_all(&folder);
    assert!(ran.status.success(), "gcc has another value or type:\n{}", String::from_utf8_lossy(&ran.stdout));
}

#[test]
fn what_has_no_value_says_why() {
    let ffi = Ffi::new();
    ffi.cdef(PRELUDE).unwrap();
    for (expression, why) in [
        ("1 / 0", "division by zero"),
        ("variable", "is a variable"),
        ("variable + 1", "is a variable"),
        ("function(1, 2)", "a call is no constant"),
        ("1 << 32", "out of range"),
        ("1 << -1", "out of range"),
        ("nothing", "unknown name 'nothing'"),
        ("GREN", "did you mean 'GREEN'"),
        ("sizeof(struct nothing)", "nothing"),
        ("*(int *)0", "what memory holds"),
        ("((struct point *)0)->z", "no member 'z'"),
        ("variable++", "not constant"),
        ("1 +", ""),
        ("", ""),
        ("1 2", ""),
        ("int", ""),
    ] {
        let error = ffi.eval(expression).expect_err(expression).to_string();
        assert!(error.contains(why), "{expression}: {error}");
    }
}

#[test]
fn a_library_knows_macros_as_well() {
    use eightbyte::Item;
    let ffi = Ffi::new();
    ffi.cdef(
        "#define LIMIT (FEW + sizeof(int))\n#define NAME \"n\"\n#define magnitude absolute\n#define absolute abs\n\
         #define nothing\n#define twice(x) ((x) * 2)\n#define lost (missing + 1)\n\
         enum { FEW = 3 }; static const int MANY = 5; int abs(int);",
    )
    .unwrap();
    let c = ffi.process();
    for (name, value) in [("LIMIT", 7), ("FEW", 3), ("MANY", 5)] {
        assert!(
            matches!(c.lookup(name).unwrap(), Item::Constant(Constant::Integer(found)) if found == value),
            "{name}"
        );
    }
    assert!(matches!(c.lookup("NAME").unwrap(), Item::Constant(Constant::String(_))));
    assert!(matches!(c.lookup("magnitude").unwrap(), Item::Function(_)));
    for (name, message) in [
        ("nothing", "a macro that stands for nothing"),
        ("twice", "evaluate \"twice(x)\""),
        ("lost", "missing"),
        ("LIMITS", "did you mean 'LIMIT'?"),
    ] {
        let error = c.lookup(name).unwrap_err().to_string();
        assert!(error.contains(message), "{name}: {error}");
    }
}

#[test]
fn what_a_macro_was_is_forgotten_when_macros_change() {
    let ffi = Ffi::new();
    ffi.cdef("#define BASE 1\n#define NEXT (BASE + 1)\n").unwrap();
    let next = || ffi.constant("NEXT").unwrap();
    assert_eq!((next(), next()), (Constant::Integer(2), Constant::Integer(2)));
    ffi.cdef("#undef BASE\n#define BASE 10\n").unwrap();
    assert_eq!(next(), Constant::Integer(11));
    ffi.undefine("BASE").unwrap();
    assert!(ffi.constant("NEXT").is_err());
    ffi.define("BASE", "20").unwrap();
    assert_eq!(next(), Constant::Integer(21));
    assert!(ffi.cdef("#undef BASE\n#define BASE 30\nunknown_t x;").is_err());
    assert_eq!(next(), Constant::Integer(21));
    // Evaluated once: a counter does not go on.
    ffi.cdef("#define COUNT (__COUNTER__ + 100)\n").unwrap();
    assert_eq!(ffi.constant("COUNT").unwrap(), ffi.constant("COUNT").unwrap());
}
