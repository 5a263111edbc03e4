//! What a name stands for as a constant: of an enum, a `static const`, or a macro, in one look-up.

use super::texts::Texts;
use super::{definition, evaluate, expand, objects};
use crate::error::{Error, ErrorKind, Result, Source, nearest};
use crate::types::{Constant, Decl, Scope, Type};

/// The constant of a name; an error says what the name is instead.
pub(crate) fn constant(scope: &Scope, name: &str) -> Result<(Type, Constant)> {
    let problem = match scope.find(name).map(|declared| declared.decl) {
        Some(Decl::Constant { ty, value, .. }) => return Ok((ty, value)),
        Some(_) => format!("'{name}' is declared, but is no constant"),
        None => match macro_constant(scope, name)? {
            Some(found) => return Ok(found),
            None => {
                let macros = objects(scope, "")?;
                let names = scope.names();
                let known = names.iter().map(|name| &**name).chain(macros.iter().map(String::as_str));
                let cure =
                    nearest(name, known).map_or(String::new(), |meant| format!("; did you mean '{meant}'?"));
                format!("unknown constant '{name}'{cure}")
            }
        },
    };
    Err(Error::new(ErrorKind::UnknownName, problem))
}

/// The value of a macro without parameters, evaluated when it is asked for first; nothing if there is no such macro.
pub(crate) fn macro_constant(scope: &Scope, name: &str) -> Result<Option<(Type, Constant)>> {
    let texts = Texts::of(scope)?;
    let (known, changes) = texts.remembered(name);
    if known.is_some() {
        return Ok(known);
    }
    let Some(found) = definition(scope, name)? else { return Ok(None) };
    let problem = match found.parameters {
        Some(parameters) => {
            format!("'{name}' is a macro with parameters: evaluate \"{name}({})\"", parameters.join(", "))
        }
        None if found.body.is_empty() => format!("'{name}' is a macro that stands for nothing"),
        None => {
            let value = evaluate(scope, &Source::new("<expression>", name))?;
            texts.remember(name, &value, changes);
            return Ok(Some(value));
        }
    };
    Err(Error::new(ErrorKind::UnknownName, problem))
}

/// The one name that a macro without parameters stands for in the end.
pub(crate) fn renamed(scope: &Scope, name: &str) -> Result<Option<String>> {
    if definition(scope, name)?.is_none_or(|found| found.parameters.is_some()) {
        return Ok(None);
    }
    let text = expand(scope, &Source::new("<expression>", name), false)?;
    let text = text.trim();
    let is_name = text.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '$');
    let starts = text.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    Ok((is_name && starts && text != name).then(|| text.to_owned()))
}
