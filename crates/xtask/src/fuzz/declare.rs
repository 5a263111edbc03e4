//! Declarations that are well formed, most of the time.

use super::directives::expression;
use crate::layouts::Random;

const SCALARS: &[&str] = &[
    "int",
    "char",
    "unsigned",
    "long",
    "long long",
    "double",
    "float",
    "long double",
    "_Bool",
    "void",
    "size_t",
    "int8_t",
    "__int128",
    "wchar_t",
    "short",
    "signed char",
    "float _Complex",
    "T",
    "_Float128",
    "va_list",
    "unsigned _BitInt(17)",
];

const WORDS: &[&str] = &[
    "",
    "",
    "",
    "",
    "const ",
    "volatile ",
    "static ",
    "extern ",
    "inline ",
    "__attribute__((packed)) ",
    "_Alignas(16) ",
    "__attribute__((aligned(4))) ",
    "__extension__ ",
    "_Noreturn ",
    "__declspec(dllimport) ",
    "_Atomic ",
    "register ",
    "__attribute__((vector_size(16))) ",
    "__attribute__((mode(DI))) ",
    "[[nodiscard]] ",
    "_Thread_local ",
    "__restrict ",
];

/// A few declarations.
pub fn text(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.between(1, 6) {
        let start = if random.chance(30) { "typedef " } else { "" };
        let ty = specifier(random, 0);
        let names: Vec<String> = (0..random.between(1, 3)).map(|_| declarator(random, 0)).collect();
        let tail = match random.between(0, 12) {
            0 => format!(" = {}", expression(random, 2)),
            1 => " __asm__(\"other\")".to_owned(),
            2 => " __attribute__((format(printf, 1, 2)))".to_owned(),
            3 => " { return 0; }".to_owned(),
            4 => " = { 1, [2] = 3, .a = { 4 } }".to_owned(),
            _ => String::new(),
        };
        text += &format!("{start}{}{ty} {}{tail};\n", random.pick(WORDS), names.join(", "));
    }
    text
}

fn specifier(random: &mut Random, depth: u32) -> String {
    let tag = random.pick(&["", "s", "S", "t", "node"]);
    match random.between(0, 9) {
        0..=2 if depth < 6 => {
            let keyword = random.pick(&["struct", "union"]);
            let members: String = (0..random.between(0, 5)).map(|_| member(random, depth + 1)).collect();
            let tail = random.pick(&["", "", " __attribute__((packed))", " __attribute__((aligned(32)))"]);
            format!("{keyword} {}{tag} {{ {members} }}{tail}", random.pick(WORDS))
        }
        3 => {
            let constant = |random: &mut Random| match random.chance(50) {
                true => format!("{} = {}", random.pick(&["A", "B", "E1", "E2"]), expression(random, 2)),
                false => random.pick(&["A", "B", "E1", "E2", "E3"]).to_owned(),
            };
            let constants: Vec<String> = (0..random.between(0, 4)).map(|_| constant(random)).collect();
            format!("enum {tag}{} {{ {} }}", random.pick(&["", "", " : short"]), constants.join(", "))
        }
        4 => format!("{} {tag}x", random.pick(&["struct", "union", "enum"])),
        5 => format!("typeof({})", random.pick(SCALARS)),
        _ => random.pick(SCALARS).to_owned(),
    }
}

fn member(random: &mut Random, depth: u32) -> String {
    let ty = specifier(random, depth);
    match random.between(0, 5) {
        0 => format!("{ty} {} : {}; ", random.pick(&["a", "b", ""]), random.between(0, 70)),
        1 => format!("{ty}; "),
        _ => format!("{}{ty} {}; ", random.pick(WORDS), declarator(random, depth)),
    }
}

fn declarator(random: &mut Random, depth: u32) -> String {
    if depth > 6 || random.chance(35) {
        return random.pick(&["a", "b", "c", "f", "T", "long_name", ""]).to_owned();
    }
    let inner = declarator(random, depth + 1);
    match random.between(0, 6) {
        0 | 1 => format!("*{}{inner}", random.pick(WORDS)),
        2 => format!("({inner})"),
        3 => format!("{inner}[{}]", expression(random, 3)),
        4 => format!("{inner}[{}]", random.pick(&["", "3", "*", "static 2", "sizeof(int)", "0"])),
        5 => format!("(*{inner})({})", parameters(random, depth + 1)),
        _ => format!("{inner}({})", parameters(random, depth + 1)),
    }
}

fn parameters(random: &mut Random, depth: u32) -> String {
    let one = |random: &mut Random| format!("{} {}", random.pick(SCALARS), declarator(random, depth));
    let mut list: Vec<String> = (0..random.between(0, 3)).map(|_| one(random)).collect();
    if random.chance(20) {
        list.push("...".to_owned());
    }
    if list.is_empty() { "void".to_owned() } else { list.join(", ") }
}
