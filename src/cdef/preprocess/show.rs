//! A macro as the text of its definition.

use super::Definition;
use super::macros::{Form, Macro, Macros};
use super::names::VA_ARGS;
use super::token::{Flags, Kind};

/// `NAME(a, b) a + b`; nothing for what has no definition.
pub(super) fn definition(macros: &Macros, found: &Macro) -> Option<String> {
    let described = described(macros, found)?;
    let parameters = described.parameters.map_or(String::new(), |names| format!("({})", names.join(",")));
    Some(format!("{}{parameters} {}", described.name, described.body))
}

/// All that is known of a macro; nothing of what has no definition.
pub(super) fn described(macros: &Macros, found: &Macro) -> Option<Definition> {
    let name = macros.names.spelling(found.name).to_owned();
    let mut names = Vec::new();
    let parameters = match &found.form {
        Form::Builtin(_) => return None,
        Form::Object => None,
        Form::Function { parameters, variadic } => {
            names = parameters.iter().map(|&name| macros.names.spelling(name)).collect();
            let mut shown: Vec<String> = names.iter().map(|name| name.to_string()).collect();
            if *variadic && let Some(last) = shown.last_mut() {
                *last = if parameters.last() == Some(&VA_ARGS) { "...".into() } else { format!("{last}...") };
            }
            Some(shown)
        }
    };
    let body = macros.bodies.get(found.body.start as usize..found.body.end as usize)?;
    let origin = (!found.predefined).then(|| macros.places.span(found.place, name.len() as u32)).flatten();
    Some(Definition { body: body_text(macros, body, &names), name, parameters, origin })
}

/// The body of a macro as it was written, but for blank space.
fn body_text(macros: &Macros, body: &[super::token::Token], names: &[&str]) -> String {
    let mut text = String::new();
    for (number, &token) in body.iter().enumerate() {
        if number > 0 && token.flags.has(Flags::WHITE) && !text.ends_with(' ') {
            text.push(' ');
        }
        if token.flags.has(Flags::QUOTE) {
            text.push('#');
        }
        match token.kind {
            Kind::Parameter => text.push_str(names.get(token.value as usize).copied().unwrap_or("")),
            Kind::Optional => text.push_str("__VA_OPT__("),
            Kind::OptionalEnd => text.push(')'),
            _ => text.push_str(macros.spelling(token)),
        }
        if token.flags.has(Flags::PASTE) {
            text.push_str(" ## ");
        }
    }
    text
}
