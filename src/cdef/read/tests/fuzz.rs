//! No text makes the front panic, hang or overflow its stack.

use super::*;

/// Numbers that are the same in every run.
fn chance(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 11) as usize
}

const PARTS: [&str; 60] = [
    "int",
    " x ",
    ";",
    ",",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "*",
    "=",
    "struct S",
    "enum",
    "union",
    "typedef",
    "++",
    "--",
    "+",
    "-",
    "sizeof(",
    "_Alignof(",
    "__alignof__ ",
    "typeof(",
    "1",
    "0x",
    "'a'",
    "'",
    "\"",
    "\"s\"",
    "...",
    "?",
    ":",
    "::",
    "__attribute__((",
    "))",
    "[[",
    "]]",
    "packed",
    "aligned(8)",
    "asm(",
    "extern \"C\" {",
    "_Pragma(\"pack(1)\")",
    "\n#pragma pack(push, 2)\n",
    "\n# 3 \"f\"\n",
    "/*",
    "*/",
    "\\\n",
    "$",
    "é",
    "\\u00e9",
    "\0",
    "size_t",
    "T",
    "({",
    "_Generic(",
    "_Static_assert(",
    "__stdcall",
    "_BitInt(",
    "bool",
];

#[test]
fn any_text_is_read_or_refused_quickly() {
    let seeds = constructs();
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for round in 0..4000 {
        let mut text = seeds[chance(&mut state) % seeds.len()].1.clone();
        for _ in 0..1 + chance(&mut state) % 6 {
            let mut at = chance(&mut state) % (text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            match chance(&mut state) % 4 {
                0 => text.insert_str(at, PARTS[chance(&mut state) % PARTS.len()]),
                1 => {
                    let other = &seeds[chance(&mut state) % seeds.len()].1;
                    text.insert_str(at, other);
                }
                2 if at < text.len() => {
                    text.remove(at);
                }
                _ => text.insert_str(at, &PARTS[chance(&mut state) % PARTS.len()].repeat(1 + round % 40)),
            }
        }
        let start = std::time::Instant::now();
        let reading = read(&text);
        for problem in &reading.diagnostics {
            assert!(problem.span().is_none_or(|span| text.get(span.range()).is_some()), "{text}");
            problem.render(false);
        }
        let known =
            Known { is_type: &|word| word == "T", type_names: &Vec::new, fillings: &Fillings::default() };
        let source = Source::new("t", text.as_str());
        let _ = type_name(&source, &known);
        let _ = expression(&source, &known);
        assert!(start.elapsed().as_millis() < 1000, "{:?} for {text}", start.elapsed());
    }
}

/// What makes the grammar slow, or overflow its stack: `open` n times, something, `close` n times.
#[test]
fn nested_shapes_are_read_or_refused_quickly() {
    let shapes = [
        ("struct S { int (*a)(struct {", "int b;", "} *q); };"),
        ("struct { int x[sizeof(struct {", "int b;", "})]; } y;"),
        ("int a[sizeof(int[", "1", "])];"),
        ("int a = _Alignof(int[", "1", "]);"),
        ("typeof(int[", "1", "]) a;"),
        ("int a __attribute__((aligned(sizeof(int[", "1", "])))); "),
        ("struct {", "int a;", "} a;"),
        ("enum { A = sizeof(enum { A = ", "1", "}) };"),
        ("int (*f)(int (*)(", "int", ")) ;"),
        ("int a = (", "1", ");"),
        ("int a = ((int)", "1", ");"),
        ("int a = ((int[]){", "1", "});"),
        ("int a = f(", "1", ");"),
        ("int a = ({", "1;", "});"),
        ("int a = _Generic(1, int: ", "1", ");"),
        ("int a = 1 ? (", "1", ") : 2;"),
        ("int a = __builtin_va_arg(0, int[", "1", "]);"),
        ("int a = __builtin_offsetof(struct { int a[", "1", "]; }, a);"),
        ("int a = x[", "1", "];"),
        ("int a = sizeof sizeof ", "1", ";"),
        ("int a = -", "1", ";"),
        ("int a = !", "1", ";"),
        ("int a = &", "1", ";"),
        ("int a = (int)", "1", ";"),
        ("int a = 1 + ", "1", ";"),
        ("int a = 1 ? 2 : ", "1", ";"),
        ("int a = a = ", "1", ";"),
        ("int a[++", "1", "];"),
        ("int a = ++(", "1", ");"),
        ("int a = - + ", "1", ";"),
        ("int (", "a", ");"),
        ("int *", "a", ";"),
        ("int a[1]", "[1]", ";"),
        ("int a = {", "1", "};"),
        ("__attribute__((packed)) ", "int a", ";"),
        ("_Atomic(", "int", ") a;"),
        ("__extension__ ", "int a", ";"),
        ("extern \"C\" {", "int a;", "}"),
        ("__alignof__ ", "1", ""),
        ("__alignof__ (", "1", ")"),
        ("typeof(", "int", ") a;"),
        ("a.b", "", ""),
        ("a[0]", "", ""),
        ("f()", "", ""),
        ("\"a\" ", "", ""),
        ("int a, ", "b", ";"),
        ("_Static_assert(", "1", ");"),
    ];
    let mut slow = Vec::new();
    for (open, middle, close) in shapes {
        for count in [3, 5, 6, 7, 12, 20, 30, 60, 95, 140, 200, 290, 3000] {
            // A nest that repeats only the inner part of a declaration, whole and with a mistake inside.
            let (head, inner) = open.split_at(open.find("= ").map_or(0, |at| at + 2));
            let (closing, tail) = match close.strip_suffix(';') {
                Some(closing) if !head.is_empty() => (closing, ";"),
                _ => (close, ""),
            };
            for middle in [middle, "int int", "", "1 1"] {
                let text = format!("{head}{}{middle}{}{tail}", inner.repeat(count), closing.repeat(count));
                let known = Known {
                    is_type: &|word| word == "T",
                    type_names: &Vec::new,
                    fillings: &Fillings::default(),
                };
                let source = Source::new("t", text.as_str());
                for what in 0..3 {
                    let start = std::time::Instant::now();
                    match what {
                        0 => drop(read(&text)),
                        1 => drop(expression(&source, &known)),
                        _ => drop(type_name(&source, &known)),
                    }
                    if start.elapsed().as_millis() > 1000 {
                        slow.push(format!("{open} x {count} {middle:?} as {what}: {:?}", start.elapsed()));
                    }
                }
            }
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

/// A long text costs what its parts cost, also where every part is wrong.
#[test]
fn long_texts_take_linear_time() {
    for (head, part, tail) in [
        ("", "typedef int name_t; foo_t x;\n", ""),
        ("", "int f(void)\n", ""),
        ("enum {", "true_,\n", "};"),
        ("struct S {", "int a;\n", ""),
        ("int f(a", ", b", ") int a; int b; {}"),
        ("int a", ", *a", ";"),
        ("", "#pragma pack(push, 1)\n", "int a;"),
        ("int a[] = {", "{ 1, (2) },", "};"),
        ("", "extern \"C\" {", ""),
        ("", "int a {", ""),
        ("", "struct S { int a; ", ""),
        ("", "enum { A = sizeof(", ""),
        ("", "/* */ \\\n '", ""),
        ("void f(", "int (*)(int), ", "int);"),
    ] {
        let text = format!("{head}{}{tail}", part.repeat(10_000));
        let start = std::time::Instant::now();
        drop(read(&text));
        assert!(start.elapsed().as_secs() < 5, "{part}: {:?}", start.elapsed());
    }
}
