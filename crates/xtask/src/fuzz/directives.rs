//! Directives that are well formed, and macros that use each other.

use crate::layouts::Random;

const NAMES: &[&str] = &["A", "B", "C", "F", "G", "H", "x", "y", "size_t", "int", "defined_name", "T"];

const HEADERS: &[&str] = &[
    "<stddef.h>",
    "<stdint.h>",
    "<limits.h>",
    "<float.h>",
    "<stdarg.h>",
    "<stdio.h>",
    "<errno.h>",
    "<pthread.h>",
    "\"guarded.h\"",
    "\"once.h\"",
    "\"open.h\"",
    "\"call.h\"",
    "\"cycle.h\"",
    "\"odd.h\"",
    "\"missing.h\"",
    "A",
    "F(1)",
    "\"packed.h\"",
];

/// A few lines.
pub fn text(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.between(1, 12) {
        line(random, &mut text, 0);
    }
    text
}

fn line(random: &mut Random, text: &mut String, depth: u32) {
    let name = random.pick(NAMES);
    match random.between(0, 15) {
        0..=2 => *text += &format!("#define {name} {}\n", body(random, false)),
        3..=6 => {
            let parameters =
                random.pick(&["()", "(x)", "(x, y)", "(x, ...)", "(...)", "(rest...)", "(x, y, rest...)"]);
            *text += &format!("#define {name}{parameters} {}\n", body(random, true));
        }
        7 => *text += &format!("#undef {name}\n"),
        8 | 9 if depth < 8 => {
            *text += &match random.between(0, 3) {
                0 => format!("#ifdef {name}\n"),
                1 => format!("#ifndef {name}\n"),
                _ => format!("#if {}\n", expression(random, 0)),
            };
            for _ in 0..random.between(0, 3) {
                line(random, text, depth + 1);
            }
            if random.chance(40) {
                *text += &match random.between(0, 3) {
                    0 => "#else\n".to_owned(),
                    1 => format!("#elifdef {name}\n"),
                    _ => format!("#elif {}\n", expression(random, 0)),
                };
                line(random, text, depth + 1);
            }
            *text += "#endif\n";
        }
        10 => *text += &format!("#include {}\n", random.pick(HEADERS)),
        11 => {
            *text += random.pick(&[
                "#pragma pack(push, 1)\n",
                "#pragma pack(pop)\n",
                "#pragma push_macro(\"A\")\n",
                "#pragma pop_macro(\"A\")\n",
                "#line 12 \"f.h\"\n",
                "# 3 \"g.h\" 1 3\n",
                "#pragma once\n",
                "#pragma GCC poison A\n",
                "#warning w\n",
                "#error e\n",
                "#embed \"f\"\n",
                "#assert a(b)\n",
                "#\n",
            ]);
        }
        12 => *text += &format!("int array{}[{}];\n", random.between(0, 9), expression(random, 0)),
        _ => *text += &format!("{}\n", tokens(random, 6)),
    }
}

fn body(random: &mut Random, parameters: bool) -> String {
    let mut text = String::new();
    for _ in 0..random.between(0, 8) {
        text += &match random.between(0, 9) {
            0 | 1 if parameters => "x".to_owned(),
            2 if parameters => random.pick(&["#x", "# y", "#__VA_ARGS__"]).to_owned(),
            3 => "##".to_owned(),
            4 if parameters => {
                random.pick(&["__VA_ARGS__", ", ##__VA_ARGS__", "__VA_OPT__(x)", "rest"]).to_owned()
            }
            _ => tokens(random, 2),
        };
        if random.chance(60) {
            text.push(' ');
        }
    }
    text
}

fn tokens(random: &mut Random, most: u64) -> String {
    let mut text = String::new();
    for _ in 0..random.between(1, most) {
        text += &match random.between(0, 9) {
            0..=3 => random.pick(NAMES).to_owned(),
            4 | 5 => format!(
                "{}({})",
                random.pick(NAMES),
                random.pick(&["", "1", "A, B", "(1, 2), x", "F(1)", ",", "F"])
            ),
            6 => random.between(0, 99).to_string(),
            _ => random
                .pick(&["(", ")", ",", ";", "\"s\"", "'c'", "+", ".", "__LINE__", "__COUNTER__", "#", "\\\n"])
                .to_owned(),
        };
        text.push(' ');
    }
    text
}

/// An expression of `#if` and of arrays.
pub fn expression(random: &mut Random, depth: u32) -> String {
    if depth > 5 || random.chance(30) {
        return match random.between(0, 8) {
            0 => random.number(&[0, 1, 2, 7, 31, 63, 64, u64::MAX, 1 << 63, i64::MAX as u64]).to_string(),
            1 => format!("{:#x}u", random.bits()),
            2 => random.pick(NAMES).to_owned(),
            3 => format!("defined {}", random.pick(NAMES)),
            4 => format!("defined({})", random.pick(NAMES)),
            5 => random
                .pick(&["'a'", "'\\0'", "L'é'", "'ab'", "'\\x'", "1.5", "1e400", "0b2", "08"])
                .to_owned(),
            6 => random
                .pick(&["__has_include(<stdio.h>)", "__has_attribute(packed)", "__has_builtin(A)"])
                .to_owned(),
            7 => format!("sizeof({})", random.pick(NAMES)),
            _ => "1".to_owned(),
        };
    }
    let (one, other) = (expression(random, depth + 1), expression(random, depth + 1));
    match random.between(0, 5) {
        0 => format!("({one})"),
        1 => format!("{}{one}", random.pick(&["-", "~", "!", "+", "- -"])),
        2 => format!("{one} ? {other} : {}", expression(random, depth + 1)),
        _ => {
            let operators =
                ["+", "-", "*", "/", "%", "<<", ">>", "<", ">=", "==", "!=", "&", "|", "^", "&&", "||", ","];
            format!("{one} {} {other}", random.pick(&operators))
        }
    }
}
