//! What the grammar is given for what the user wrote.

use super::super::{directive, lex, split};
use super::*;

/// The rewritten text, with single blanks.
fn rewritten(text: &str) -> String {
    let source = Source::new("t", text);
    let mut problems = Vec::new();
    let spliced = lex::splice(source.text());
    let tokens = lex::tokens(&spliced, &source, &mut problems);
    let plain = directive::obeyed(tokens, &source, &mut problems);
    let split = split::split(&plain.tokens, &source, &|_| false, &mut problems);
    let is_type = |word: &str| split.typedefs.contains_key(word);
    let pack = |token: usize| plain.pack(token);
    let paired = Paired { tokens: &plain.tokens, partner: &split.partner };
    let mut writer = Writer::new(paired, &pack, &is_type, &source);
    for piece in &split.pieces {
        writer.piece(piece);
    }
    assert!(problems.is_empty() && writer.problems.is_empty(), "{problems:?} {:?}", writer.problems);
    let words: Vec<String> = writer.text.split_whitespace().map(str::to_string).collect();
    words.join(" ")
}

#[test]
fn carriers() {
    let mut wrong = Vec::new();
    for (written, wanted) in [
        (
            "struct __attribute__((packed)) S { int a; } x;",
            "struct S { int a ; } __attribute__(( ffi_tag , packed )) x ;",
        ),
        (
            "struct [[gnu::packed]] S { int a; } __attribute__((__aligned__(8), unused)) x;",
            "struct S { int a ; } __attribute__(( ffi_tag , packed , aligned ( 8 ) )) x ;",
        ),
        (
            "#pragma pack(2)\nstruct S { int a;\n#pragma pack(1)\n};",
            "struct S { int a ; } __attribute__(( ffi_tag , ffi_pack(1) )) ;",
        ),
        (
            "enum __attribute__((packed)) E : unsigned char { A };",
            "enum E { A } __attribute__(( ffi_tag , ffi_base( __builtin_va_arg(0 , unsigned char ) ) , packed )) ;",
        ),
        ("enum E : int;", "enum E __attribute__(( ffi_tag , ffi_base( __builtin_va_arg(0 , int ) ) )) ;"),
        ("struct __attribute__((packed)) S;", "struct S ;"),
        ("enum { };", "enum { __ffi_empty } ;"),
        (
            "struct S { _Alignas(16) int a; alignas(double) char b; };",
            "struct S { __attribute__(( ffi_alignas ( 16 ) )) int a ; __attribute__(( ffi_alignas ( _Alignof( double ) ) )) char b ; } ;",
        ),
        ("typedef int (__stdcall *F)(int);", "typedef int ( * __attribute__(( stdcall )) F ) ( int ) ;"),
        (
            "void g(void (__attribute__((ms_abi)) *)(int));",
            "void g ( void ( * __attribute__(( ms_abi )) ) ( int ) ) ;",
        ),
        (
            "int f(int) __attribute__((nothrow, noreturn)) __asm__(\"b\");",
            "int f ( int ) __asm__ ( \"b\" ) __attribute__(( noreturn )) ;",
        ),
        (
            "__declspec(align(16)) int x; __declspec(dllimport) int y;",
            "__attribute__(( aligned ( 16 ) )) int x ; int y ;",
        ),
        (
            "typedef int T __attribute__((__mode__(__DI__)));",
            "typedef int T __attribute__(( mode ( DI ) )) ;",
        ),
        (
            "typedef int T; __typeof__(T *) x; typeof(1 + 2) y; typeof_unqual(const T) z;",
            "typedef int T ; __typeof__ ( __builtin_va_arg(0 , T * ) ) x ; __typeof__ ( 1 + 2 ) y ; __typeof__ (__ffi_unqual ( __builtin_va_arg(0 , const T ) )) z ;",
        ),
        (
            "unsigned __int128 a; _BitInt(7) b; __float128 c; __int64 d; bool e;",
            "unsigned __typeof__(__ffi_int128) a ; __typeof__ (__ffi_bitint ( 7 )) b ; _Float128 c ; long long d ; _Bool e ;",
        ),
        (
            "enum { A = __alignof__ x + 1, B = __alignof__(int), C = _Alignof(int), D = alignof(x) };",
            "enum { A = __ffi_alignof ( x ) + 1 , B = __ffi_gnu_alignof ( __builtin_va_arg(0 , int ) ) , C = _Alignof ( int ) , D = __ffi_alignof ( ( x ) ) } ;",
        ),
        (
            "enum { A = 1 ?: 2, B = __builtin_types_compatible_p(int, char), C = true };",
            "enum { A = 1 ? __ffi_elvis : 2 , B = __ffi_tc ( __builtin_va_arg(0 , int ) , __builtin_va_arg(0 , char ) ) , C = __ffi_true } ;",
        ),
        (
            "static_assert(1); int f(...); int a[?]; void g(int [const *]);",
            "_Static_assert ( 1 , \"\" ) ; int f (int __ffi_noparams , ... ) ; int a [ * ] ; void g ( int [ ] ) ;",
        ),
        ("int f(a, b) int a; char b; { }", "int f ( ) ;"),
        ("typedef int bool; bool x;", "typedef int bool ; bool x ;"),
        (
            "constexpr int a = 1; static const int *b = nullptr; extern __thread int c;",
            "static const int a = 1 ; static const int * b = ((void*)0) ; extern _Thread_local int c ;",
        ),
        ("int a$b, été;", "int __ffi_m_aZ24zb , __ffi_m_Ze9ztZe9z ;"),
        ("foo(int x);", "int foo ( int x ) ;"),
        ("int * _Nonnull p; __extension__ int * __ptr32 q;", "int * p ; int * q ;"),
        ("struct S { enum E : 3; };", "struct S { enum E : 3 ; } ;"),
        (
            "int x __attribute__((aligned(8), deprecated(\"no\"))), y [[maybe_unused]];",
            "int x __attribute__(( aligned ( 8 ) , deprecated ( \"no\" ) )) , y ;",
        ),
        ("int x __attribute__((ffi_tag, ffi_pack(1)));", "int x ;"),
    ] {
        let found = rewritten(written);
        if found != wanted {
            wrong.push(format!("{written}\n  found  {found}\n  wanted {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
