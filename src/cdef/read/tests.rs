//! The front of the room, judged from outside.

use super::*;

const PREDEFINED: [&str; 9] = [
    "size_t",
    "uint32_t",
    "wchar_t",
    "char8_t",
    "char16_t",
    "char32_t",
    "__int128_t",
    "__uint128_t",
    "va_list",
];

fn read(text: &str) -> Reading {
    let known = Known {
        is_type: &|word| PREDEFINED.contains(&word),
        type_names: &|| PREDEFINED.iter().map(|name| name.to_string()).collect(),
        fillings: &Fillings::default(),
    };
    declarations(&Source::new("t", text), &known)
}

fn told(reading: &Reading) -> Vec<String> {
    reading
        .diagnostics
        .iter()
        .map(|d| {
            let place = d.span().map_or("?".into(), |span| format!("{}:{}", span.line(), span.column()));
            format!(
                "{place} {}{}",
                d.message(),
                d.advice().map_or(String::new(), |help| format!(" | {help}"))
            )
        })
        .collect()
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        plain.push(match (letter, letter == '\\') {
            (_, true) => match letters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('x') => {
                    let code: String = letters.by_ref().take(2).collect();
                    char::from(u8::from_str_radix(&code, 16).unwrap())
                }
                Some(other) => other,
                None => '\\',
            },
            (letter, false) => letter,
        });
    }
    plain
}

fn constructs() -> Vec<(String, String)> {
    let table = include_str!("../../../tests/cases/constructs.tsv");
    table
        .lines()
        .skip(1)
        .map(|row| row.split_once('\t').unwrap())
        .map(|(name, code)| (name.to_string(), unescaped(code)))
        .collect()
}

#[test]
fn every_construct_has_trees() {
    let mut wrong = Vec::new();
    for (name, code) in constructs() {
        let reading = read(&code);
        let lost = reading.declarations.iter().any(|parsed| parsed.trees.is_empty());
        if lost || !reading.diagnostics.is_empty() {
            wrong.push(format!("{name}: {code}\n    {:?}", told(&reading)));
        }
        for parsed in &reading.declarations {
            assert!(code.get(parsed.span.range()).is_some(), "{name}");
        }
    }
    assert!(wrong.is_empty(), "{}\n{} wrong", wrong.join("\n"), wrong.len());
}

#[test]
fn mistakes_are_told_where_they_are() {
    let mut wrong = Vec::new();
    for (code, wanted) in [
        ("struct point { int x; int y };", "1:28 expected ';' after member 'y'"),
        (
            "int f(void)\nint g(void);",
            "1:12 expected ';' after ')', found 'int' | end the declaration with ';'",
        ),
        (
            "int f(void) int g(void);",
            "1:12 expected ';' after ')', found 'int' | end the declaration with ';'",
        ),
        ("uint23_t f(void);", "1:1 unknown type name 'uint23_t' | did you mean 'uint32_t'?"),
        (
            "struct s { int x, int y; };",
            "1:19 expected a member's name after ',', found 'int' | did you mean ';' instead of ','?",
        ),
        ("int f(int a int b);", "1:12 expected ',' or ')' after 'a', found 'int'"),
        (
            "typedef struct s foo\ntypedef int bar;",
            "1:21 expected ';' after 'foo', found 'typedef' | end the declaration with ';'",
        ),
        ("int f(char *s, ..., int x);", "1:16 '...' must be the last parameter"),
        ("enum colour { RED GREEN };", "1:18 expected ',' after 'RED', found 'GREEN'"),
        ("int arr[3;", "1:10 expected ']' to match '[', found ';'"),
        (
            "extern MY_API int foo(void);",
            "1:8 unknown type name 'MY_API' | it looks like a macro: define it, include its header, or take it out",
        ),
        ("strcut point { int x; };", "1:1 unknown type name 'strcut' | did you mean 'struct'?"),
        ("int f(string s);", "1:7 unknown type name 'string' | C's strings are 'const char *'"),
        ("unsigned foo_t x;", "1:10 unknown type name 'foo_t' | declare it first: 'typedef ... foo_t;'"),
        ("int 3d;", "1:5 a name cannot start with a digit: '3d'"),
        (
            "int p(const char *f, ...) __attribute__((format(printf, 1, 2);",
            "1:62 expected ')' to match '(', found ';'",
        ),
        ("static const char *s = \"abc\nint y;", "1:24 unterminated string | close it on the same line"),
        (
            "class Foo;",
            "1:1 'class' is C++, which is not supported here | paste the C interface (the part inside extern \"C\")",
        ),
        (
            "int f(std::string s);",
            "1:10 '::' is C++, which is not supported here | paste the C interface (the part inside extern \"C\")",
        ),
        (
            "int f(int &x);",
            "1:11 references ('&') are C++, which is not supported here | paste the C interface (the part inside extern \"C\")",
        ),
        // The traps of what the grammar takes.
        (
            "struct EXPORT S { int a; };",
            "1:8 unknown type name 'EXPORT' | it looks like a macro: define it, include its header, or take it out",
        ),
        ("void f(unknown);", "1:8 unknown type name 'unknown' | declare it first: 'typedef ... unknown;'"),
        ("int f(a, b);", "1:7 unknown type name 'a' | declare it first: 'typedef ... a;'"),
        ("struct;", "1:7 expected a tag or '{' after 'struct'"),
        // More of what people paste.
        ("typedef foo;", "1:9 unknown type name 'foo' | declare it first: 'typedef ... foo;'"),
        ("auto x = 5;", "1:6 expected a type after 'auto', found 'x'"),
        ("struct S { int a b; };", "1:17 expected ';' or ',' after 'a', found 'b'"),
        (
            "struct foo { int x; } foo struct bar { int y; };",
            "1:26 expected ';' after 'foo', found 'struct' | end the declaration with ';'",
        ),
        ("int x§;", "1:6 stray '§' in the text"),
        (
            "API_EXPORT int f(void);",
            "1:1 unknown type name 'API_EXPORT' | it looks like a macro: define it, include its header, or take it out",
        ),
        (
            "int f(void) DEPRECATED(\"x\");",
            "1:13 expected ';' after ')', found 'DEPRECATED' | it looks like a macro: define it, include its header, or take it out",
        ),
        (
            "typedef int (APIENTRY *F)(int);",
            "1:14 unknown type name 'APIENTRY' | it looks like a macro: define it, include its header, or take it out",
        ),
        ("foo_t x;", "1:1 unknown type name 'foo_t' | declare it first: 'typedef ... foo_t;'"),
        ("struct S { a; };", "1:12 unknown type name 'a' | declare it first: 'typedef ... a;'"),
        ("int x\nint y;", "1:6 expected ';' after 'x', found 'int' | end the declaration with ';'"),
        (
            "struct S { int a; }\nstruct T { int b; };",
            "1:20 expected ';' after '}', found 'struct' | end the declaration with ';'",
        ),
        ("struct S { int a;\ntypedef int T;", "1:10 '{' is never closed | add the missing '}'"),
        (
            "int f(int a = 3);",
            "1:13 default arguments are C++, which is not supported here | paste the C interface (the part inside extern \"C\")",
        ),
        (
            "struct B : A { int b; };",
            "1:10 inheritance is C++, which is not supported here | paste the C interface (the part inside extern \"C\")",
        ),
        (
            "namespace a { int x; }",
            "1:1 'namespace' is C++, which is not supported here | paste the C interface (the part inside extern \"C\")",
        ),
        (
            "template<typename T> T f(T);",
            "1:1 'template' is C++, which is not supported here | paste the C interface (the part inside extern \"C\")",
        ),
        (
            "public: int x;",
            "1:1 'public' is C++, which is not supported here | paste the C interface (the part inside extern \"C\")",
        ),
        (
            "int for;",
            "1:5 expected a name after 'int', found the keyword 'for' | choose another name: keywords name nothing",
        ),
        ("int x y;", "1:6 expected ';' or ',' after 'x', found 'y'"),
        ("}", "1:1 unmatched '}' | take it out, or add the bracket that it closes"),
        ("int a);", "1:6 unmatched ')' | take it out, or add the bracket that it closes"),
        ("$ a;", "1:1 '$' stands for a value, and none is given for it | give it with 'cdef_with'"),
        ("#nothing X 1\n", "1:1 '#nothing' is no directive"),
    ] {
        let reading = read(code);
        let told = told(&reading);
        if told != [wanted] {
            wrong.push(format!("{code}\n  found  {told:?}\n  wanted {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{} wrong", wrong.join("\n"), wrong.len());
}

#[test]
fn one_mistake_loses_one_declaration() {
    let reading =
        read("int a;\nfoo_t b;\nint c[2;\nstruct S { int x };\ntypedef int T;\nT d(void) { return 0; }\n");
    let lost: Vec<_> = reading
        .declarations
        .iter()
        .map(|parsed| (parsed.names.join(" "), parsed.trees.len(), parsed.has_body))
        .collect();
    assert_eq!(
        lost,
        [
            ("a".into(), 1, false),
            ("b".into(), 0, false),
            ("c".into(), 0, false),
            ("S".into(), 0, false),
            ("T".into(), 1, false),
            ("d".into(), 1, true),
        ]
    );
    assert_eq!(reading.diagnostics.len(), 3, "{:?}", told(&reading));
}

#[test]
fn what_declares_nothing_is_no_mistake() {
    for text in [
        "",
        " \n ",
        "#pragma once",
        "[[fallthrough]];",
        "__extension__;",
        ";;",
        "asm(\"nop\");",
        "extern \"C\" {}",
    ] {
        let reading = read(text);
        assert!(reading.diagnostics.is_empty(), "{text}: {:?}", told(&reading));
        assert!(reading.declarations.iter().all(|parsed| parsed.trees.is_empty()), "{text}");
    }
}

#[test]
fn places_are_the_users() {
    let text = "/* é */ struct __attribute__((packed)) S { int a; } x;\nextern \"C\" int y[/**/3] ;";
    let reading = read(text);
    assert!(reading.diagnostics.is_empty(), "{:?}", told(&reading));
    let spans: Vec<_> = reading.declarations.iter().map(|parsed| parsed.span.text()).collect();
    assert_eq!(spans, ["struct __attribute__((packed)) S { int a; } x;", "int y[/**/3] ;"]);
    let mut words = Vec::new();
    for parsed in &reading.declarations {
        for tree in &parsed.trees {
            if let ExternalDeclaration::Declaration(declaration) = &tree.node {
                for declarator in &declaration.node.declarators {
                    words.push(parsed.map.span(declarator.span).text().to_string());
                }
            }
        }
    }
    assert_eq!(words, ["x", "y[/**/3]"]);
}

#[test]
fn type_names_and_expressions_stand_alone() {
    let known = Known {
        is_type: &|word| word == "size_t",
        type_names: &|| vec!["size_t".into()],
        fillings: &Fillings::default(),
    };
    for text in [
        "struct foo *",
        "int[3]",
        "double[?]",
        "int (*)(int, char)",
        "size_t",
        "unsigned __int128",
        "enum { A }",
    ] {
        assert!(type_name(&Source::new("t", text), &known).is_ok(), "{text}");
    }
    for text in ["int x", "", "3", "int)", "int), int y[(3", "int; int y", "siz_t", "int["] {
        assert!(type_name(&Source::new("t", text), &known).is_err(), "{text}");
    }
    for text in ["1 + 2", "(size_t)3", "sizeof(int[2])", "(1, 2)", "'a'", "a ?: b", "\"x\""] {
        assert!(expression(&Source::new("t", text), &known).is_ok(), "{text}");
    }
    for text in ["int", "", "1)", "1; int x", "1), \"\"); _Static_assert((2", "1 +", "1 2"] {
        assert!(expression(&Source::new("t", text), &known).is_err(), "{text}");
    }
}

mod fuzz;
