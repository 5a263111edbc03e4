//! Words of the command line to what travels: values, and memory that is lent to C.
#![forbid(unsafe_code)]

use crate::argument::{self, Argument};
use crate::format::{Conversion, Wanted};
use crate::shipped;
use eightbyte::{
    ArrayLength, CData, CType, Constant, Ffi, FormatFamily, Kind, Lib, Qualifiers, Scalar, Type, Value,
};

/// An argument.
pub enum Passed {
    /// A number, an address, text.
    Word(Argument),
    /// A value of its own type.
    Value(CData),
    /// Memory that C gets the address of.
    Memory {
        /// The memory.
        data: CData,
        /// It is printed after the call.
        shown: bool,
        /// Texts that pointers in it point to.
        texts: Vec<Vec<u8>>,
    },
}

impl Passed {
    fn lent(data: CData, shown: bool) -> Passed {
        Passed::Memory { data, shown, texts: Vec::new() }
    }
}

/// What words are read with.
pub struct Context<'a> {
    /// The declarations.
    pub ffi: &'a Ffi,
    /// The library, as it was named.
    pub name: &'a str,
    /// The library, for the names of functions.
    pub library: &'a Lib,
}

/// Room for text of unknown length: more than one word of a command line can hold.
const ENOUGH: u64 = 256 << 10;

/// A word for a parameter of a type.
pub fn for_parameter(word: &str, ty: &Type, context: &Context<'_>) -> Result<Passed, String> {
    if let Some((literal_type, list)) = compound(word)
        && !is_text(ty)
    {
        let data = made(context.ffi.ctype(literal_type), list)?;
        return Ok(match ty.pointee() {
            Some(_) => Passed::lent(data, false),
            None => Passed::Value(data),
        });
    }
    match ty.kind() {
        Kind::Pointer(pointee) => pointer(word, ty, pointee, context),
        Kind::Record(_) | Kind::Vector(..) if word.starts_with('{') => {
            made(type_of(ty, context), word).map(Passed::Value)
        }
        Kind::Complex(_) => match word.starts_with('{') {
            true => made(type_of(ty, context), word).map(Passed::Value),
            false => made(type_of(ty, context), &format!("{{{word}}}")).map(Passed::Value),
        },
        _ => {
            let found = argument::for_parameter(word, ty, context.ffi).or_else(|error| {
                // `O_RDONLY` means the same whether or not its header was asked for.
                match shipped::constant(context.name, word).filter(|_| is_expression(word)) {
                    Some(Constant::Integer(value)) => {
                        argument::for_parameter(&value.to_string(), ty, context.ffi)
                    }
                    Some(Constant::Float(value)) => {
                        argument::for_parameter(&value.to_string(), ty, context.ffi)
                    }
                    _ => Err(error),
                }
            });
            found.map(Passed::Word)
        }
    }
}

/// A word behind `...`, where no format says more.
pub fn for_variadic(word: &str, context: &Context<'_>) -> Result<Passed, String> {
    let (address, rest) = match word.strip_prefix('&') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    if let Some((literal_type, list)) = compound(rest) {
        let data = made(context.ffi.ctype(literal_type), list)?;
        let is_array = matches!(data.as_type().kind(), Kind::Array(..));
        return Ok(match address || is_array {
            true => Passed::lent(data, address),
            false => Passed::Value(data),
        });
    }
    if address && rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(
            "behind '...' nothing says what '&' points to: write '&(int){0}' or '&(char[16]){0}'".to_string()
        );
    }
    let found = argument::for_variadic(word, context.ffi)?;
    if let Argument::Text(_) = found
        && is_expression(word)
        && let Some(Constant::Integer(value)) = shipped::constant(context.name, word)
    {
        return argument::for_variadic(&value.to_string(), context.ffi).map(Passed::Word);
    }
    Ok(Passed::Word(found))
}

/// A word for a conversion of a format.
pub fn for_conversion(
    word: &str,
    family: FormatFamily,
    conversion: &Conversion,
    context: &Context<'_>,
) -> Result<Passed, String> {
    let said = |error: String| format!("'{}': {error}", conversion.spelled);
    let type_named = |name: &str| context.ffi.ctype(name).map_err(|error| error.message().to_string());
    match (family, &conversion.wanted) {
        (FormatFamily::Print, Wanted::Type(name)) => {
            let ty = type_named(name)?;
            let found = for_parameter(word, ty.as_type(), context).map_err(said)?;
            Ok(match (found, ty.as_type().kind()) {
                // It travels as wide as the format says.
                (Passed::Word(Argument::Integer { value, .. }), Kind::Scalar(scalar)) => {
                    Passed::Word(Argument::Integer { value, literal: *scalar })
                }
                (Passed::Word(Argument::Float(value)), Kind::Scalar(Scalar::LongDouble)) => {
                    Passed::Value(ty.make(value).map_err(|error| error.message().to_string())?)
                }
                (found, _) => found,
            })
        }
        (_, Wanted::Type(name)) => {
            let pointer = type_named(&format!("{name} *"))?;
            for_parameter(word, pointer.as_type(), context).map_err(said)
        }
        (_, Wanted::Room { element, width, ends }) => {
            let room = match word.strip_prefix('&') {
                Some("") => width.map_or(ENOUGH, |width| width.saturating_add(u64::from(*ends))),
                Some(count) => elements(count, context).map_err(said)?,
                None if argument::is_null(word) || word.starts_with("0x") => {
                    let pointer = type_named("void *")?;
                    return for_parameter(word, pointer.as_type(), context).map_err(said);
                }
                None => {
                    return Err(said(format!(
                        "expected '&' or '&16', room for what is read, found '{word}'"
                    )));
                }
            };
            let needed = width.map_or(1, |width| width.saturating_add(u64::from(*ends)));
            if room < needed {
                return Err(said(format!("needs room for {needed} characters, '{word}' has {room}")));
            }
            let data = context.ffi.alloc_array(element, room).map_err(|error| error.message().to_string())?;
            Ok(Passed::lent(data, true))
        }
    }
}

fn pointer(word: &str, ty: &Type, pointee: &Type, context: &Context<'_>) -> Result<Passed, String> {
    if argument::is_null(word) {
        return Ok(Passed::Word(Argument::Address(0)));
    }
    if pointee.as_record().and_then(|record| record.tag()).is_some_and(|tag| &*tag == "__va_list_tag") {
        return Err(
            "a va_list cannot be given here; call the function that takes '...' in its place".to_string()
        );
    }
    let constant = pointee.qualifiers().contains(Qualifiers::CONST);
    if is_wide(pointee) && !word.starts_with(['&', '{']) {
        return wide(word, context);
    }
    if let Some(rest) = word.strip_prefix('&') {
        // What text cannot be written to is text, `&` and all.
        let counted =
            rest.is_empty() || rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_text(ty) || (counted && !constant) {
            return lent(rest, ty, pointee, context);
        }
    }
    if pointee.as_function().is_some() {
        return function_named(word, ty, context);
    }
    if word.starts_with('{') && !is_text(ty) {
        if pointee.is_void() {
            return Err(format!("'{ty}' does not say what is in the list; write '(int[]){word}' for ints"));
        }
        return list(word, pointee, false, context);
    }
    argument::for_parameter(word, ty, context.ffi).map(Passed::Word)
}

/// Memory for what stands behind `&`: nothing, a count, a list, a list with its type.
fn lent(rest: &str, ty: &Type, pointee: &Type, context: &Context<'_>) -> Result<Passed, String> {
    let shown = |data: CData| Passed::lent(data, true);
    if let Some((literal_type, list)) = compound(rest) {
        return made(context.ffi.ctype(literal_type), list).map(shown);
    }
    if pointee.as_function().is_some() {
        return Err(format!("'{ty}' points to a function; give its name, an address or NULL"));
    }
    if rest.starts_with('{') {
        if pointee.is_void() {
            return Err(format!("'{ty}' does not say what is in the list; write '&(int[]){rest}' for ints"));
        }
        return list(rest, pointee, true, context);
    }
    if rest.is_empty() && (pointee.is_void() || is_text(ty)) {
        return Err(format!("'{ty}' does not say how much room there must be; write '&64' for 64 bytes"));
    }
    let element = match pointee.is_void() {
        true => context.ffi.ctype("unsigned char").map_err(|error| error.message().to_string())?,
        false => {
            type_of(&pointee.clone().unqualified(), context).map_err(|error| error.message().to_string())?
        }
    };
    let data = match rest {
        "" => element.alloc(),
        _ => element.alloc_array(elements(rest, context)?),
    };
    data.map(shown).map_err(|error| format!("no room for what '{ty}' points to: {}", error.message()))
}

/// How many elements a buffer has.
fn elements(text: &str, context: &Context<'_>) -> Result<u64, String> {
    let value = match context.ffi.eval(text).ok().or_else(|| shipped::constant(context.name, text)) {
        Some(Constant::Integer(value)) => u64::try_from(value).ok().filter(|&count| count > 0),
        _ => None,
    };
    value.ok_or_else(|| format!("expected a number of elements behind '&', found '{text}'"))
}

/// One element, or as many as stand in the list.
fn list(text: &str, pointee: &Type, shown: bool, context: &Context<'_>) -> Result<Passed, String> {
    let element = pointee.clone().unqualified();
    if is_text(&element) && text.contains('"') {
        return texts(text, &element, shown, context);
    }
    let one = match made(type_of(&element, context), text) {
        Ok(one) => return Ok(Passed::lent(one, shown)),
        Err(error) => error,
    };
    let array = element.clone().array_of(ArrayLength::Unknown);
    let several = made(array.and_then(|array| type_of(&array, context)), text);
    let several = several.map_err(|error| if element.as_record().is_some() { one } else { error });
    several.map(|data| Passed::lent(data, shown))
}

/// `{"a", "b", NULL}`: pointers to texts, and a null pointer behind them in any case.
fn texts(list: &str, element: &Type, shown: bool, context: &Context<'_>) -> Result<Passed, String> {
    let wrong = || format!("expected texts such as '{{\"a\", \"b\", NULL}}', found '{list}'");
    let inside = list.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).ok_or_else(wrong)?;
    let mut found: Vec<Option<Vec<u8>>> = Vec::new();
    let mut rest = inside.trim_start();
    while !rest.is_empty() {
        let after = if let Some(text) = rest.strip_prefix('"') {
            let mut escaped = false;
            let end = text.find(|letter| {
                let ends = letter == '"' && !escaped;
                escaped = letter == '\\' && !escaped;
                ends
            });
            let (text, after) = end.and_then(|end| text.split_at_checked(end)).ok_or_else(wrong)?;
            let mut bytes = argument::unescaped(text)?;
            bytes.push(0);
            found.push(Some(bytes));
            after.strip_prefix('"').ok_or_else(wrong)?
        } else {
            found.push(None);
            rest.strip_prefix("NULL").ok_or_else(wrong)?
        };
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if after.is_empty() => after,
            None => return Err(wrong()),
        };
    }
    let mut make = || {
        let ty = type_of(element, context)?;
        let mut data = ty.alloc_array(found.len() as u64 + 1)?;
        for (index, text) in found.iter_mut().enumerate() {
            // Moving a vector leaves its bytes where they are.
            let start = text.as_mut().map_or(std::ptr::null_mut(), |text| text.as_mut_ptr());
            data.set(&format!("[{index}]"), Value::Pointer(start.cast()))?;
        }
        Ok(data)
    };
    let data = make().map_err(|error: eightbyte::Error| error.message().to_string())?;
    Ok(Passed::Memory { data, shown, texts: found.into_iter().flatten().collect() })
}

/// A function of the library, or of any that is loaded, by its name.
fn function_named(word: &str, ty: &Type, context: &Context<'_>) -> Result<Passed, String> {
    let is_name = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name || word.is_empty() || word.starts_with(|first: char| first.is_ascii_digit()) {
        return argument::for_parameter(word, ty, context.ffi).map(Passed::Word);
    }
    let found = context.library.address(word).or_else(|_| context.ffi.process().address(word));
    let address =
        found.map_err(|error| format!("expected NULL or a function for '{ty}': {}", error.message()))?;
    Ok(Passed::Word(Argument::Address(address.addr() as u64)))
}

/// Text of wide characters, with its NUL.
fn wide(word: &str, context: &Context<'_>) -> Result<Passed, String> {
    let bytes = argument::unescaped(word)?;
    let text =
        String::from_utf8(bytes).map_err(|_| format!("'{word}' is no UTF-8, and becomes wide characters"))?;
    let count = text.chars().count() as u64 + 1;
    let make = || {
        let mut data = context.ffi.alloc_array("wchar_t", count)?;
        for (index, character) in text.chars().enumerate() {
            data.set(&format!("[{index}]"), u32::from(character))?;
        }
        Ok(data)
    };
    let data = make().map_err(|error: eightbyte::Error| error.message().to_string())?;
    Ok(Passed::lent(data, false))
}

/// `(int[]){1, 2}`: the type and the list.
fn compound(word: &str) -> Option<(&str, &str)> {
    let inside = word.strip_prefix('(')?;
    let (ty, list) = inside.split_once("){")?;
    Some((ty, inside.get(inside.len() - list.len() - 1..)?)).filter(|_| word.ends_with('}'))
}

fn made(ty: eightbyte::Result<CType>, text: &str) -> Result<CData, String> {
    let made = ty.and_then(|ty| ty.make_from_text(text));
    made.map_err(|error| format!("{}, in '{text}'", error.message()))
}

/// A type that was taken from a declaration, to make values of.
fn type_of(ty: &Type, context: &Context<'_>) -> eightbyte::Result<CType> {
    context.ffi.ctype(&ty.to_string())
}

/// Does it point to characters?
fn is_text(ty: &Type) -> bool {
    let scalar = ty.pointee().map(Type::kind);
    matches!(scalar, Some(Kind::Scalar(Scalar::Char | Scalar::SChar | Scalar::UChar)))
}

fn is_wide(pointee: &Type) -> bool {
    pointee.alias().is_some_and(|alias| &*alias.name == "wchar_t")
}

/// May it be one of constants? Text is not to be taken for one.
fn is_expression(word: &str) -> bool {
    let letters =
        |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || "_ |()".contains(letter);
    word.starts_with(|first: char| first.is_ascii_uppercase()) && word.chars().all(letters)
}

/// What is handed to the call; memory and text stay where they are until `keep` is dropped.
pub fn values(passed: &mut [Passed], ffi: &Ffi, keep: &mut Vec<Vec<u8>>) -> eightbyte::Result<Vec<Value>> {
    passed.iter_mut().map(|passed| value(passed, ffi, keep)).collect()
}

fn value(passed: &mut Passed, ffi: &Ffi, keep: &mut Vec<Vec<u8>>) -> eightbyte::Result<Value> {
    Ok(match passed {
        Passed::Word(Argument::Integer { value, literal: Scalar::Int }) => Value::Integer(*value),
        Passed::Word(Argument::Integer { value, literal }) => {
            Value::Data(ffi.make(literal.c_name(), *value)?)
        }
        Passed::Word(Argument::Float(value)) => Value::Float(*value),
        Passed::Word(Argument::Address(address)) => {
            Value::Pointer(std::ptr::with_exposed_provenance_mut(*address as usize))
        }
        Passed::Word(Argument::Text(bytes)) => {
            let mut bytes = std::mem::take(bytes);
            bytes.push(0);
            // Moving a vector leaves its bytes where they are.
            let start = bytes.as_mut_ptr();
            keep.push(bytes);
            Value::Pointer(start.cast())
        }
        Passed::Value(data) => Value::Data(data.duplicate()?),
        Passed::Memory { data, texts, .. } => {
            keep.append(texts);
            Value::Pointer(data.as_mut_ptr().cast())
        }
    })
}
