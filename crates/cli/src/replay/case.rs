//! One call of a list.
#![allow(unsafe_code, reason = "an island: makes the calls that a list describes")]

use super::{answer, literal};
use eightbyte::{CData, CType, Error, ErrorKind, Ffi, Function, Lib, Value};
use serde_json::Value as Json;
use std::collections::HashMap;

/// What all calls share.
pub struct World {
    ffi: Ffi,
    library: Lib,
    /// Types by their text.
    types: HashMap<String, CType>,
    oracle: Option<Oracle>,
}

/// A library's own record of what arrived.
struct Oracle {
    bytes: *const u8,
    length: *mut u64,
    reset: Option<Function>,
}

/// As large as the buffer is agreed to be.
const ORACLE_BYTES: u64 = 65536;

/// What came of a call.
pub struct Came {
    pub recorded: Option<Vec<u8>>,
    pub outcome: Outcome,
}

/// What came back, or what arrived in a callback.
pub enum Outcome {
    Returned(Option<Vec<u8>>),
    Arrived(Vec<Vec<u8>>),
}

impl World {
    pub fn new(ffi: Ffi, library: Lib) -> World {
        let oracle = Oracle::of(&library);
        World { ffi, library, types: HashMap::new(), oracle }
    }

    pub fn ffi(&self) -> &Ffi {
        &self.ffi
    }

    /// The library is to record from its start.
    pub fn reset(&self) -> Result<(), String> {
        self.oracle.as_ref().map_or(Ok(()), Oracle::reset)
    }

    pub fn recorded(&self) -> Option<Vec<u8>> {
        self.oracle.as_ref().map(Oracle::recorded)
    }

    fn type_named(&mut self, name: &str) -> Result<CType, String> {
        if let Some(known) = self.types.get(name) {
            return Ok(known.clone());
        }
        let ty = self.ffi.ctype(name).map_err(|error| said(&error))?;
        self.types.insert(name.to_string(), ty.clone());
        Ok(ty)
    }
}

impl Oracle {
    fn of(library: &Lib) -> Option<Oracle> {
        let bytes = library.address("oracle_buf").ok()?.cast();
        let length = library.address("oracle_len").ok()?.cast::<u64>().cast_mut();
        let reset = library.address("oracle_reset").ok().and_then(|address| {
            // SAFETY: the address is that of the library's function, which stays loaded
            unsafe { Ffi::new().function_at("void oracle_reset(void)", address) }.ok()
        });
        Some(Oracle { bytes, length, reset })
    }

    fn reset(&self) -> Result<(), String> {
        // SAFETY: the library says by the name that it is its `unsigned long`
        unsafe { self.length.write_unaligned(0) };
        if let Some(reset) = &self.reset {
            // SAFETY: declared as the format says
            unsafe { reset.call::<Value>(()) }.map_err(|error| said(&error))?;
        }
        Ok(())
    }

    fn recorded(&self) -> Vec<u8> {
        // SAFETY: as in `reset`
        let length = unsafe { self.length.read_unaligned() }.min(ORACLE_BYTES);
        // SAFETY: the library says by the name that there are so many bytes
        unsafe { std::slice::from_raw_parts(self.bytes, length as usize) }.to_vec()
    }
}

impl Came {
    /// A line of the results.
    pub fn line(self, case: &Json) -> String {
        let text =
            |bytes: &[u8]| Json::from(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        let outcome = match &self.outcome {
            Outcome::Returned(returned) => ("ret", returned.as_deref().map_or(Json::Null, text)),
            Outcome::Arrived(arguments) => {
                ("cb_args", arguments.iter().map(|bytes| text(bytes)).collect::<Vec<_>>().into())
            }
        };
        match self.recorded {
            Some(recorded) => answer(case, [("recorded", text(&recorded)), outcome]),
            None => answer(case, [outcome]),
        }
    }
}

/// Makes one call. The error says why it could not be made.
pub fn run(case: &Json, world: &mut World) -> Result<Came, String> {
    match case.get("kind").and_then(Json::as_str) {
        Some("call" | "variadic") => call(case, world),
        Some("callback") => super::callback::call(case, world),
        Some(kind) => Err(format!("unsupported: cases of the kind '{kind}'")),
        None => Err("unsupported: a case without a kind".to_string()),
    }
}

fn call(case: &Json, world: &mut World) -> Result<Came, String> {
    let function = function(case, world)?;
    let arguments = case.get("args").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut values = Vec::with_capacity(arguments.len());
    for (index, argument) in arguments.iter().enumerate() {
        let value = value(argument, world).map_err(|error| format!("argument {}: {error}", index + 1))?;
        values.push(Value::Data(value));
    }
    world.reset()?;
    let is_void = function.as_type().as_function().is_some_and(|function| function.result.is_void());
    let returned = match is_void {
        true => {
            // SAFETY: the header tells the truth about the library: that is what is being tested
            unsafe { function.call::<Value>(&values) }.map_err(|error| said(&error))?;
            None
        }
        false => {
            // SAFETY: as above
            let returned = unsafe { function.call::<CData>(&values) }.map_err(|error| said(&error))?;
            Some(returned.bytes().to_vec())
        }
    };
    Ok(Came { recorded: world.recorded(), outcome: Outcome::Returned(returned) })
}

/// The function, by the header's declaration or by the case's own.
pub fn function(case: &Json, world: &World) -> Result<Function, String> {
    let name =
        case.get("func").and_then(Json::as_str).ok_or("expected the name of a function in \"func\"")?;
    let found = world.library.function(name).or_else(|error| match case.get("decl").and_then(Json::as_str) {
        Some(declaration) if error.kind() == ErrorKind::UnknownName => world.library.function(declaration),
        _ => Err(error),
    });
    found.map_err(|error| said(&error))
}

/// The value of an argument: from its bytes where they are given, else from its literal.
pub fn value(argument: &Json, world: &mut World) -> Result<CData, String> {
    let name = argument.get("type").and_then(Json::as_str).ok_or("expected a \"type\"")?;
    let ty = world.type_named(name)?;
    let mut data = ty.alloc().map_err(|error| said(&error))?;
    match (argument.get("hex").and_then(Json::as_str), argument.get("value")) {
        (Some(hex), _) => {
            let bytes = bytes(hex).ok_or_else(|| format!("expected hexadecimal digits, found '{hex}'"))?;
            let room = data.bytes_mut();
            if bytes.len() != room.len() {
                return Err(format!("expected {} bytes of '{name}', found {}", room.len(), bytes.len()));
            }
            room.copy_from_slice(&bytes);
        }
        (None, Some(value)) => literal::write(&mut data, ty.as_type(), value, &world.ffi)?,
        (None, None) => return Err("expected \"hex\" or \"value\"".to_string()),
    }
    Ok(data)
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        hex.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    });
    pairs.collect()
}

pub fn said(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Unsupported => format!("unsupported: {}", error.message()),
        _ => error.message().to_string(),
    }
}
