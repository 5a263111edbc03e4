//! `eightbyte call`.
#![allow(unsafe_code, reason = "an island: calls what the user declared")]

use crate::argument::{self, Argument};
use crate::contained::contained;
use crate::{Failure, paint};
use clap::Args;
use eightbyte::{Decl, Error, Ffi, Kind, ParameterTail, Scalar, Type, Value};
use std::ffi::{CStr, c_char};
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
command is wrong, 128 and more: the function crashed by signal number status - 128.";

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let ffi = Ffi::new();
    ffi.cdef_named("<declarations>", &arguments.declarations)?;
    let prepared = prepare(&ffi, &arguments.arguments).map_err(Failure::Usage)?;
    let plural = if arguments.arguments.len() == 1 { "" } else { "s" };
    let about = match arguments.arguments.as_slice() {
        [] => format!("{} crashed, called without arguments", prepared.name),
        words => format!("{} crashed, its argument{plural}: {}", prepared.name, words.join(", ")),
    };
    contained(&about, || call(&ffi, &arguments.library, prepared))
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
            None => argument::for_variadic(word, ffi),
        };
        let called = parameter.and_then(|parameter| parameter.name.as_ref());
        let called = called.map_or(String::new(), |called| format!(" ({called})"));
        converted.map_err(|error| format!("argument {}{called} of {name}: {error}", index + 1))
    };
    let arguments = words.iter().enumerate().map(convert).collect::<Result<_, String>>()?;
    Ok(Prepared { name, result: function.result.clone(), arguments })
}

fn call(ffi: &Ffi, library: &str, prepared: Prepared) -> Result<(), Failure> {
    let Prepared { name, result, arguments } = prepared;
    // C may write into a `char *`, and may pass the strings on: they live until the result has been read.
    let mut strings: Vec<Vec<u8>> = Vec::new();
    let values = arguments.into_iter().map(|argument| value(ffi, argument, &mut strings));
    let values: Vec<Value> = values.collect::<Result<_, Error>>()?;
    // SAFETY: whoever names a library on the command line wants its initialisers run
    let loaded = unsafe { ffi.load(library) };
    // A library that cannot be read is like any file that cannot.
    let loaded = loaded.map_err(|error| Failure::Usage(error.message().to_string()))?;
    let function = loaded.function(&name)?;
    // SAFETY: that the declaration tells the truth is the user's word; every string stays in `strings`
    let returned: Value = unsafe { function.call(&values) }?;
    let shown = shown(&returned, &result);
    flush()?;
    match shown {
        Some(shown) => paint::print(&format!("=> {shown}\n")),
        None => Ok(()),
    }
}

fn value(ffi: &Ffi, argument: Argument, strings: &mut Vec<Vec<u8>>) -> Result<Value, Error> {
    Ok(match argument {
        Argument::Integer { value, literal: Scalar::Int } => Value::Integer(value),
        Argument::Integer { value, literal } => Value::Data(ffi.make(literal.c_name(), value)?),
        Argument::Float(value) => Value::Float(value),
        Argument::Address(address) => Value::Pointer(std::ptr::with_exposed_provenance_mut(address as usize)),
        Argument::Text(mut bytes) => {
            bytes.push(0);
            // Moving a vector leaves its bytes where they are.
            let start = bytes.as_mut_ptr();
            strings.push(bytes);
            Value::Pointer(start.cast())
        }
    })
}

/// What a result is in C's words; `void` is nothing.
fn shown(returned: &Value, ty: &Type) -> Option<String> {
    let is_text = ty.pointee().is_some_and(|pointee| matches!(pointee.kind(), Kind::Scalar(Scalar::Char)));
    Some(match (returned, ty.kind()) {
        (_, Kind::Void) => return None,
        (Value::Integer(value), Kind::Enum(enumeration)) => {
            let body = enumeration.body();
            let mut constants = body.iter().flat_map(|body| &body.constants);
            let name = constants.find(|constant| constant.1 == value).map(|constant| constant.0.to_string());
            name.unwrap_or_else(|| value.to_string())
        }
        (Value::Null, _) => "NULL".to_string(),
        (Value::Bool(value), _) => value.to_string(),
        (Value::Integer(value), _) => value.to_string(),
        (Value::Float(value), Kind::Scalar(Scalar::Float)) => number(*value, *value as f32),
        (Value::Float(value), _) => number(*value, *value),
        (Value::Pointer(address), _) if address.is_null() => "NULL".to_string(),
        (Value::Pointer(address), _) if is_text => {
            let address: *const c_char = address.cast_const().cast();
            // SAFETY: not null; a function that is declared to return a `char *` returns a string, says the user
            let text = unsafe { CStr::from_ptr(address) };
            quoted(text.to_bytes())
        }
        (Value::Pointer(address), _) => format!("{:p}", *address),
        (Value::String(text), _) => format!("{text:?}"),
        (Value::Data(data), _) => data.to_string(),
        (other, _) => format!("{other:?}"),
    })
}
/// A number in the fewest digits that tell it apart, with an exponent where it would be long.
fn number<F: std::fmt::Display + std::fmt::LowerExp>(value: f64, digits: F) -> String {
    match value.abs() {
        _ if value.is_nan() => "nan".to_string(),
        0.0 | 1e-5..1e17 | f64::INFINITY => digits.to_string(),
        _ => format!("{digits:e}"),
    }
}

/// A string as C spells it; what is no UTF-8 in octal.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => text += "\\n",
                '\t' => text += "\\t",
                '\r' => text += "\\r",
                '"' | '\\' => text.extend(['\\', character]),
                _ if character.is_ascii_control() => text += &format!("\\{:03o}", u32::from(character)),
                _ => text.push(character),
            }
        }
        text.extend(chunk.invalid().iter().map(|byte| format!("\\{byte:03o}")));
    }
    text + "\""
}

/// Writes out what C holds back, so that it stands before the result.
fn flush() -> Result<(), Error> {
    let ffi = Ffi::new();
    ffi.cdef("int fflush(void *stream);")?;
    let flush = ffi.process().function("fflush")?;
    // SAFETY: the C standard declares it so; null means every stream
    let _: i32 = unsafe { flush.call(&[Value::Null]) }?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown = |value: f64| number(value, value);
        assert_eq!([5.0, -0.1, 1e300, 5e-324].map(shown), ["5", "-0.1", "1e300", "5e-324"]);
        assert_eq!([f64::NEG_INFINITY, f64::NAN].map(shown), ["-inf", "nan"]);
        assert_eq!(number(0.1f32.into(), 0.1f32), "0.1");
    }

    #[test]
    fn strings_are_shown_as_c_spells_them() {
        assert_eq!(quoted("a\n\"é\\".as_bytes()), "\"a\\n\\\"é\\\\\"");
        assert_eq!(quoted(b"\xff\x01"), "\"\\377\\001\"");
    }

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
