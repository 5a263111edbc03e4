//! What is defined before a text begins: the tables of gcc 12.2, and of clang where gcc has no such target.

/// The macros of a target, one in each line: its name, with parameters if it has any, a space, its body.
pub(super) fn macros(triple: &str) -> &'static str {
    match triple {
        "i686-linux-gnu" => include_str!("predefined/i686-linux-gnu.txt"),
        "aarch64-linux-gnu" => include_str!("predefined/aarch64-linux-gnu.txt"),
        "x86_64-windows-gnu" => include_str!("predefined/x86_64-windows-gnu.txt"),
        "x86_64-windows-msvc" => include_str!("predefined/x86_64-windows-msvc.txt"),
        "aarch64-apple-darwin" => include_str!("predefined/aarch64-apple-darwin.txt"),
        _ => include_str!("predefined/x86_64-linux-gnu.txt"),
    }
}

/// The same as a text of definitions.
pub(super) fn text(triple: &str) -> String {
    let table = macros(triple);
    let mut text = String::with_capacity(table.len() * 2);
    for line in table.lines() {
        text.push_str("#define ");
        text.push_str(line);
        text.push('\n');
    }
    text
}
