//! `eightbyte call`.

use crate::Failure;
use crate::argument::{self, Argument};
use clap::Args;
use eightbyte::{Decl, Ffi, ParameterTail, Type};
use std::sync::Arc;

/// Call a C function of a library, and print what it returns.
///
/// No compiler is needed: the declaration says how. A declaration that does not tell the truth about the library can
/// crash the program, as it would in C.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// Library: a name such as c, m or z, or a path such as ./libmine.so
    #[arg(value_name = "LIB")]
    library: String,

    /// C declarations; the last function among them is called
    #[arg(value_name = "DECLARATIONS")]
    declarations: String,

    /// One for each parameter, as C spells it: 42, 0x2a, -1, 2.5, 'a', a constant's name; text without quotes
    #[arg(value_name = "ARG", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

const AFTER_HELP: &str = "\
Arguments become what their parameter is declared as; behind '...' 3 is an int, 3.5 a double, and anything else a \
string. Strings know C's escapes (\\n, \\t, \\x41); NULL is the null pointer.

Examples:
  eightbyte call m 'double hypot(double, double)' 3 4
  eightbyte call c 'int printf(const char *format, ...)' 'Hello %s!\\n' world
  eightbyte call c 'char *getenv(const char *name)' HOME
  eightbyte call c 'enum { LC_ALL = 6 }; char *setlocale(int category, const char *name)' LC_ALL C

Exit status: 0 the function was called, 1 the declarations are wrong or the library has no such function, 2 the \
command is wrong.";

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let ffi = Ffi::new();
    ffi.cdef_named("<declarations>", &arguments.declarations)?;
    let prepared = prepare(&ffi, &arguments.arguments).map_err(Failure::Usage)?;
    call(&ffi, &arguments.library, &prepared)
}

/// A function and what to pass to it.
struct Prepared {
    name: Arc<str>,
    result: Type,
    arguments: Vec<Argument>,
}

fn prepare(ffi: &Ffi, words: &[String]) -> Result<Prepared, String> {
    let last = ffi.declarations().into_iter().rev().find_map(|declared| match declared.decl {
        Decl::Function { name, ty, .. } => Some((name, ty)),
        _ => None,
    });
    let (name, ty) = last.ok_or("the declarations declare no function to call")?;
    let function = ty.as_function().ok_or_else(|| format!("'{name}' is no function"))?;
    let (expected, given) = (function.parameters.len(), words.len());
    let fits = match function.tail {
        ParameterTail::Closed => given == expected,
        ParameterTail::Variadic | ParameterTail::Unspecified => given >= expected,
    };
    if !fits {
        let least = if function.tail == ParameterTail::Closed { "" } else { "at least " };
        let plural = if expected == 1 { "" } else { "s" };
        return Err(format!("'{name}' takes {least}{expected} argument{plural}, {given} given"));
    }
    let convert = |(index, word): (usize, &String)| {
        let parameter = function.parameters.get(index);
        let converted = match parameter {
            Some(parameter) => argument::for_parameter(word, &parameter.ty, ffi),
            None => argument::for_variadic(word),
        };
        let called = parameter.and_then(|parameter| parameter.name.as_ref());
        let called = called.map_or(String::new(), |called| format!(" ({called})"));
        converted.map_err(|error| format!("argument {}{called} of {name}: {error}", index + 1))
    };
    let arguments = words.iter().enumerate().map(convert).collect::<Result<_, String>>()?;
    Ok(Prepared { name, result: function.result.clone(), arguments })
}

fn call(_ffi: &Ffi, library: &str, prepared: &Prepared) -> Result<(), Failure> {
    let Prepared { name, result, arguments } = prepared;
    Err(Failure::Usage(format!(
        "cannot call '{name}' of '{library}' with {} arguments for a '{result}' yet: calls are not part of this build",
        arguments.len()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(declarations: &str, words: &[&str]) -> Result<Prepared, String> {
        let ffi = Ffi::new();
        ffi.cdef(declarations).expect("it is C");
        let words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
        prepare(&ffi, &words)
    }

    #[test]
    fn the_last_function_is_called() {
        let found = prepared("int f(int); typedef int t; t g(const char *text, ...); t v;", &["a", "3", "b"]);
        let found = found.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((&*found.name, found.result.to_string().as_str()), ("g", "t"));
        assert_eq!(found.arguments.len(), 3);
        assert!(prepared("int v;", &[]).is_err());
    }

    #[test]
    fn arguments_are_counted_and_named_in_errors() {
        let error =
            |declarations: &str, words: &[&str]| prepared(declarations, words).err().unwrap_or_default();
        assert_eq!(error("int f(int);", &[]), "'f' takes 1 argument, 0 given");
        assert_eq!(error("int f(int, ...);", &[]), "'f' takes at least 1 argument, 0 given");
        assert_eq!(
            error("int f(int a, int count);", &["1", "x"]),
            "argument 2 (count) of f: expected an integer for 'int', found 'x'"
        );
    }
}
