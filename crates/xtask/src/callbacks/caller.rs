//! The C side: functions that call what they are given, with arguments out of an array.

use crate::calls::generate::Case;
use crate::calls::kinds::{COMPLEX, FLOATS, INTEGERS, VECTORS};
use std::fmt::Write;

/// So many bytes each argument has in the array, at most.
pub const ARGUMENT_BYTES: usize = 8192;

/// So many arguments there are at most.
pub const MOST_ARGUMENTS: usize = 256;

/// The array, for the compiler.
pub const PRELUDE: &str = "
byte judge_arguments[256][8192] __attribute__((aligned(64)));
byte judge_answer[8192];
";

/// What a caller in C passes as a value of this type behind `...`.
pub fn promoted(name: &str) -> &str {
    let scalars = [INTEGERS, FLOATS, COMPLEX, VECTORS];
    let known = scalars.iter().flat_map(|kinds| kinds.iter()).find(|scalar| scalar.name == name);
    known.and_then(|scalar| scalar.promoted).unwrap_or(name)
}

/// The type of the callback.
pub fn callback_type(case: &Case) -> String {
    let mut list = case.parameters.clone();
    if is_variadic(case) {
        list.push("...".to_string());
    }
    let list = if list.is_empty() { "void".to_string() } else { list.join(", ") };
    let convention = if is_microsoft(case) { "__attribute__((ms_abi)) " } else { "" };
    format!("{} ({convention}*)({list})", case.result.as_deref().unwrap_or("void"))
}

fn is_variadic(case: &Case) -> bool {
    case.declarations.contains("...")
}

fn is_microsoft(case: &Case) -> bool {
    case.declarations.contains("ms_abi")
}

/// `turn3`: calls a callback and notes what it returned.
pub fn caller(case: &Case) -> String {
    let serial = case.name.trim_start_matches('f');
    let mut text =
        format!("void turn{serial}({}) {{\n", callback_type(case).replacen("*)(", "*function)(", 1));
    let types: Vec<&String> = case.parameters.iter().chain(&case.tail).collect();
    for (index, ty) in types.iter().enumerate() {
        let _ = writeln!(
            text,
            "    {ty} a{index}; memcpy(&a{index}, judge_arguments[{index}], sizeof a{index});"
        );
    }
    let list: Vec<String> = (0..types.len()).map(|index| format!("a{index}")).collect();
    let call = format!("function({})", list.join(", "));
    let _ = match &case.result {
        Some(result) => {
            writeln!(text, "    {result} r = {call}; memcpy(judge_answer, &r, sizeof r);")
        }
        None => writeln!(text, "    {call};"),
    };
    text + "}\n"
}
