//! `eightbyte call`.
#![allow(unsafe_code, reason = "an island: calls what the user declared")]

use crate::argument::{self, Argument};
use crate::contained::{self, Crash, Ended};
use crate::format::{self, Conversion};
use crate::passed::{self, Context, Passed};
use crate::preprocessing::Preprocessing;
use crate::shipped::{self, Shipped};
use crate::{Failure, declare, paint, shown};
use clap::Args;
use eightbyte::{Decl, Error, Ffi, FormatRule, Function, FunctionType, ParameterTail, Target, Type, Value};
use std::sync::Arc;

/// Call a C function of a library, and print what it returns.
///
/// No compiler is needed: the declaration says how. A declaration that does not tell the truth about the library can
/// crash the call, as it would in C; that is reported.
#[derive(Args)]
#[command(after_help = AFTER_HELP, override_usage = "eightbyte call [-i FILE]... <LIB> <DECLARATIONS> [ARG]...")]
pub struct Arguments {
    /// Declarations in a file, or a header that comes with the program (libc.h, zlib.h, ...); may be repeated
    #[arg(short = 'i', long = "header", value_name = "FILE")]
    headers: Vec<String>,

    #[command(flatten)]
    preprocessing: Preprocessing,

    /// Library: a name such as c, m or z, or a path such as ./libmine.so
    #[arg(value_name = "LIB")]
    library: String,

    /// C declarations, the last function among them is called; or the name of a function that is declared already.
    ///
    /// Behind it one argument for each parameter, as C spells it: 42, 0x2a, -1, 2.5, 'a', a constant's name, {1, 2};
    /// text without quotes
    #[arg(value_name = "DECLARATIONS", num_args = 1.., required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

impl Arguments {
    /// C text, or a name.
    fn declarations(&self) -> &str {
        self.words.first().map_or("", |text| text.trim())
    }

    /// What is passed.
    fn given(&self) -> &[String] {
        let given = self.words.get(1..).unwrap_or_default();
        // Whoever is used to `--` in front of what may look like an option writes it here, too.
        given.strip_prefix(&["--".to_string()]).unwrap_or(given)
    }
}

const AFTER_HELP: &str = "\
Arguments become what their parameter is declared as. Strings know C's escapes (\\n, \\t, \\x41); NULL is the null \
pointer. Behind '...' printf's and scanf's formats decide, elsewhere the spelling: 3 is an int, 3L a long, 3.5 a \
double, and anything else a string.

  {1, 2}   {.x = 1}     a struct; an array, where a pointer is expected
  &   &16               room for one, or for 16, of what it points to; printed after the call
  &{1, 2}               the same with values in it
  (int[]){1, 2}         a list with its type, where the declaration does not say it; & goes in front
  strcmp                a function, where a pointer to one is expected

Examples:
  eightbyte call m hypot 3 4
  eightbyte call m 'double hypot(double, double)' 3 4
  eightbyte call c 'int printf(const char *format, ...)' 'Hello %s!\\n' world
  eightbyte call c sscanf '12 apples' '%d %s' '&' '&'
  eightbyte call c 'typedef struct { int quot, rem; } div_t; div_t div(int, int)' 7 2
  eightbyte call c gettimeofday '&' NULL

Exit status: 0 the function was called, 1 the declarations are wrong or the library has no such function, 2 the \
command is wrong, 128 and more: the function crashed by signal number status - 128.";

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    if contained::is_child() {
        return call(&arguments);
    }
    match contained::in_child() {
        Some(Ended::Exited(0)) => Ok(()),
        Some(Ended::Exited(status)) => std::process::exit(status.into()),
        Some(Ended::Killed(crash)) => {
            report(&arguments, &crash);
            std::process::exit(128 + crash.signal);
        }
        // Without a second process the call is made here.
        None => call(&arguments),
    }
}

/// Makes the call, in the process that may crash.
fn call(arguments: &Arguments) -> Result<(), Failure> {
    let Callee { ffi, name, ty, header } = callee(arguments)?;
    let Some(function) = ty.as_function() else {
        return Err(Failure::Usage(format!("'{name}' is no function")));
    };
    check_count(&name, &ty, arguments.given().len()).map_err(Failure::Usage)?;
    // SAFETY: whoever names a library on the command line wants its initialisers run
    let library = unsafe { ffi.load(&arguments.library) };
    // A library that cannot be read is like any file that cannot.
    let library = library.map_err(|error| Failure::Usage(error.message().to_string()))?;
    let callable = library.function(&name)?;
    let context = Context { ffi: &ffi, name: &arguments.library, library: &library };
    let rule = callable.format_rule();
    let mut passed = convert(&name, function, rule, arguments.given(), &context).map_err(Failure::Usage)?;

    // C may write into a `char *`, and may pass the strings on: they live until the result has been read.
    let mut strings: Vec<Vec<u8>> = Vec::new();
    let format = format_text(rule, &passed);
    let mut values = passed::values(&mut passed, &ffi, &mut strings)?;
    if let Some((index, text)) = format
        && let Some(place) = values.get_mut(index)
    {
        // As text the library can compare it with the arguments.
        *place = Value::String(text);
    }
    let (returned, number) = make(&callable, &values)?;
    // SAFETY: a function that is declared to return a `char *` returns a string, says the user
    let result = unsafe { shown::result(&returned, &function.result) };
    let why = shown::errno(&returned, number).map_or(String::new(), |why| format!(", {why}"));
    flush()?;
    let mut text = result.map_or(String::new(), |result| format!("=> {result}{why}\n"));
    for (index, passed) in passed.iter().enumerate() {
        if let Passed::Memory { data, shown: true, .. } = passed {
            let label = function.parameters.get(index).and_then(|parameter| parameter.name.as_deref());
            let label = label.map_or_else(|| format!("argument {}", index + 1), str::to_string);
            // SAFETY: a `char *` that C stores is a string, says the user
            text += &format!("{label} => {}\n", unsafe { shown::memory(data) });
        }
    }
    if !text.is_empty() {
        paint::print(&text)?;
    }
    if header.is_none()
        && let Some((file, theirs, own)) = shipped::declaring(&arguments.library, &name)
        && travels_otherwise(&name, (&ffi, &ty), (&own, &theirs))
    {
        paint::remark(&format!("{} declares it otherwise: '{}'", file.file, theirs.declaration_of(&name)));
    }
    Ok(())
}

/// Do arguments or the result go other ways? Then what came of the call means nothing, even if nothing crashed.
fn travels_otherwise(name: &str, ours: (&Ffi, &Type), theirs: (&Ffi, &Type)) -> bool {
    let ways = |(ffi, ty): (&Ffi, &Type)| {
        let tail = ty.as_function().map(|function| function.tail);
        ffi.call_plan(name).ok().map(|plan| (plan.to_string(), tail))
    };
    match (ways(ours), ways(theirs)) {
        (Some(ours), Some(theirs)) => ours != theirs,
        _ => false,
    }
}

fn make(callable: &Function, values: &[Value]) -> Result<(Value, i32), Error> {
    contained::calling(callable.name(), callable.address());
    // SAFETY: that the declaration tells the truth is the user's word; all that is lent lives in the caller
    unsafe { callable.with_errno().call(values) }
}

/// A function that is declared.
struct Callee {
    ffi: Ffi,
    name: Arc<str>,
    ty: Type,
    /// The header of ours that declares it.
    header: Option<Shipped>,
}

/// The function to call: the last one of the declarations, or the one of that name.
fn callee(arguments: &Arguments) -> Result<Callee, Failure> {
    let ffi = arguments.preprocessing.ffi(Target::host()).map_err(Failure::Text)?;
    for file in &arguments.headers {
        match shipped::named(file).filter(|_| !std::path::Path::new(file).exists()) {
            Some(header) => ffi.cdef_named(header.file, header.text)?,
            None => {
                for text in declare::read(std::slice::from_ref(file))? {
                    ffi.cdef_named(&text.name, &text.text)?;
                }
            }
        }
    }
    let text = arguments.declarations();
    if !is_name(text) {
        if let Err(error) = ffi.cdef_named("<declarations>", text) {
            paint::complain(&error);
            if let Some(cure) = cure(arguments) {
                paint::advise(&cure);
            }
            return Err(Failure::Said);
        }
        // A function may have been declared before, by a header: the text knows best which is its last.
        let here = (&raw const ffi).cast();
        // SAFETY: it is asked for its name and type, and never called
        let last = unsafe { ffi.function_at(text, here) };
        let last = last.map_err(|error| match functions(&ffi).is_empty() {
            true => Failure::Usage("the declarations declare no function to call".to_string()),
            false => Failure::Text(error),
        })?;
        let (name, ty) = (last.name().into(), last.as_type().clone());
        return Ok(Callee { ffi, name, ty, header: None });
    }
    if let Some((name, ty)) = functions(&ffi).into_iter().find(|(name, _)| &**name == text) {
        return Ok(Callee { ffi, name, ty, header: None });
    }
    let Some((header, ty, own)) = shipped::declaring(&arguments.library, text) else {
        return Err(Failure::Usage(undeclared(arguments)));
    };
    if arguments.headers.is_empty() {
        return Ok(Callee { ffi: own, name: text.into(), ty, header: Some(header) });
    }
    ffi.cdef_named(header.file, header.text)?;
    let found = functions(&ffi).into_iter().find(|(name, _)| &**name == text);
    let (name, ty) = found.ok_or_else(|| Failure::Usage(undeclared(arguments)))?;
    Ok(Callee { ffi, name, ty, header: Some(header) })
}

/// Every function, in the order of the texts.
fn functions(ffi: &Ffi) -> Vec<(Arc<str>, Type)> {
    let declared = ffi.declarations().into_iter();
    declared
        .filter_map(|declared| match declared.decl {
            Decl::Function { name, ty, .. } => Some((name, ty)),
            _ => None,
        })
        .collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What to say of a bare name that no header knows.
fn undeclared(arguments: &Arguments) -> String {
    let name = arguments.declarations();
    let library = &arguments.library;
    let words = [
        "int", "double", "float", "char", "void", "long", "short", "unsigned", "signed", "const", "struct",
        "size_t", "static", "extern",
    ];
    if words.contains(&name) {
        let example = "eightbyte call m 'double hypot(double, double)' 3 4";
        return format!(
            "expected a declaration or a function's name, found only '{name}'; quote the whole: {example}"
        );
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        return format!(
            "expected a function behind the library '{library}', found '{name}'; first the library, then the function: \
             eightbyte call m hypot 3 4"
        );
    }
    let ffi = Ffi::new();
    let near = shipped::near(library, name);
    if let Some(near) = near {
        return format!("no header that comes with eightbyte declares '{name}'; did you mean '{near}'?");
    }
    // SAFETY: whoever names a library on the command line wants its initialisers run
    let exported = unsafe { ffi.load(library) }.and_then(|library| library.address(name).map(|_| library));
    match exported {
        Ok(library) => format!(
            "{} has '{name}', but no header that comes with eightbyte declares it; give its declaration, such as \
             'int {name}(int)'",
            library.name()
        ),
        Err(error) => format!(
            "no header that comes with eightbyte ({}) declares '{name}'; {}",
            shipped::names(),
            error.message()
        ),
    }
}

/// What a newcomer may have meant by declarations that are none.
fn cure(arguments: &Arguments) -> Option<String> {
    let text = arguments.declarations().trim_end_matches(';');
    let (name, rest) = text.split_once('(')?;
    let inside = rest.strip_suffix(')')?;
    let words: Vec<&str> = inside.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    is_name(name.trim()).then(|| {
        format!(
            "arguments are words of their own: eightbyte call {} {} {}",
            arguments.library,
            name.trim(),
            words.join(" ")
        )
    })
}

fn check_count(name: &str, ty: &Type, given: usize) -> Result<(), String> {
    let Some(function) = ty.as_function() else { return Err(format!("'{name}' is no function")) };
    let expected = function.parameters.len();
    let fits = match function.tail {
        ParameterTail::Closed => given == expected,
        ParameterTail::Variadic | ParameterTail::Unspecified => given >= expected,
    };
    if fits {
        return Ok(());
    }
    let least = if function.tail == ParameterTail::Closed { "" } else { "at least " };
    let plural = if expected == 1 { "" } else { "s" };
    let declaration = ty.declaration_of(name);
    Err(format!("'{name}' takes {least}{expected} argument{plural}, {given} given: {declaration}"))
}

fn convert(
    name: &str,
    function: &FunctionType,
    rule: Option<FormatRule>,
    words: &[String],
    context: &Context<'_>,
) -> Result<Vec<Passed>, String> {
    let conversions: Vec<Conversion> = match rule {
        Some(rule) => {
            let word = (rule.text as usize).checked_sub(1).and_then(|index| words.get(index));
            let text = word.and_then(|word| argument::unescaped(word).ok()).unwrap_or_default();
            format::conversions(rule.family, &text)
        }
        None => Vec::new(),
    };
    let convert = |(index, word): (usize, &String)| {
        let parameter = function.parameters.get(index);
        let behind = rule.and_then(|rule| index.checked_sub((rule.first as usize).checked_sub(1)?));
        let conversion = behind.and_then(|behind| conversions.get(behind));
        let converted = match (parameter, conversion, rule) {
            (Some(parameter), ..) => passed::for_parameter(word, &parameter.ty, context),
            (None, Some(conversion), Some(rule)) => {
                passed::for_conversion(word, rule.family, conversion, context)
            }
            _ => passed::for_variadic(word, context),
        };
        let called = parameter.and_then(|parameter| parameter.name.as_ref());
        let called = called.map_or(String::new(), |called| format!(" ({called})"));
        converted.map_err(|error| format!("argument {}{called} of {name}: {error}", index + 1))
    };
    words.iter().enumerate().map(convert).collect()
}

/// The format among the arguments, if the library can read it.
fn format_text(rule: Option<FormatRule>, passed: &[Passed]) -> Option<(usize, String)> {
    let index = (rule?.text as usize).checked_sub(1)?;
    match passed.get(index)? {
        Passed::Word(Argument::Text(bytes)) if !bytes.contains(&0) => {
            Some((index, String::from_utf8(bytes.clone()).ok()?))
        }
        _ => None,
    }
}

/// Says what crashed, and whether the declaration was to blame.
fn report(arguments: &Arguments, crash: &Crash) {
    let callee = callee(arguments).ok();
    let name = callee.as_ref().map_or("the call", |callee| &callee.name);
    let mut message = match crash.words.as_str() {
        "" => format!("{name} was ended by {}", shipped::signal_name(crash.signal).unwrap_or("a signal")),
        words => format!("{name} crashed: {words}"),
    };
    for (index, word) in arguments.given().iter().enumerate() {
        let shortened: String = word.chars().take(60).collect();
        message += &format!(", argument {} was {shortened}", index + 1);
    }
    paint::complain_plainly(&message);
    let Some(Callee { name, ty, header, .. }) = callee else { return };
    let known = shipped::declaring(&arguments.library, &name);
    let Some((file, theirs, _)) = known.filter(|(_, theirs, _)| {
        header.is_some() && !arguments.given().is_empty() || header.is_none() && !shipped::alike(&ty, theirs)
    }) else {
        return;
    };
    let declaration = theirs.declaration_of(&name);
    paint::advise(&match header {
        Some(_) => format!("{} declares '{declaration}'", file.file),
        None => format!("{} declares it otherwise: '{declaration}'", file.file),
    });
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

    fn arguments(declarations: &str, words: &[&str]) -> Arguments {
        Arguments {
            headers: Vec::new(),
            preprocessing: Preprocessing::default(),
            library: "c".to_string(),
            words: [&[declarations], words].concat().into_iter().map(str::to_string).collect(),
        }
    }

    #[test]
    fn the_last_function_is_called() {
        let found = callee(&arguments("int f(int); typedef int t; t g(const char *text, ...); t v;", &[]));
        let found = found.unwrap_or_else(|_| panic!("it is declared"));
        assert_eq!((&*found.name, found.ty.to_string().as_str()), ("g", "t (const char *text, ...)"));
        assert!(callee(&arguments("int v;", &[])).is_err());
        assert!(callee(&arguments("strlen", &[])).is_ok_and(|found| found.header.is_some()));
    }

    #[test]
    fn arguments_are_counted() {
        let error = |declarations: &str, given: usize| {
            let found = callee(&arguments(declarations, &[])).unwrap_or_else(|_| panic!("it is declared"));
            check_count(&found.name, &found.ty, given).err().unwrap_or_default()
        };
        assert_eq!(error("int f(int);", 0), "'f' takes 1 argument, 0 given: int f(int)");
        assert_eq!(error("int f(int, ...);", 0), "'f' takes at least 1 argument, 0 given: int f(int, ...)");
        assert_eq!(error("int f(int, ...);", 2), "");
    }

    #[test]
    fn a_call_in_brackets_is_understood() {
        let said = cure(&arguments("abs(-3, x)", &[]));
        assert_eq!(said.as_deref(), Some("arguments are words of their own: eightbyte call c abs -3 x"));
        assert_eq!(cure(&arguments("int abs(itn)", &[])), None);
    }
}
