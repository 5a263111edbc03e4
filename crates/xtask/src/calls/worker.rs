//! Calls every function of one library, in a process of its own, and writes down what came of it.
#![allow(unsafe_code, reason = "an island: calls what was generated and compiled")]

use super::batch::{Batch, Direction, RECORD_BYTES, RESULT_BYTES};
use super::generate::{Case, case};
use super::kinds;
use crate::callbacks;
use crate::layouts::Random;
use eightbyte::{CData, Ffi, Lib, Value};
use std::ffi::c_void;
use std::fmt::Write as _;
use std::io::Write;

/// Runs a batch from a case on. Every case is announced before it runs, so that a crash has a name.
pub fn work(batch: &Batch) -> Result<(), String> {
    let mut report = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&batch.report)
        .map_err(|error| format!("cannot write {}: {error}", batch.report.display()))?;
    let mut tell = |line: String| {
        report.write_all(line.as_bytes()).map_err(|error| format!("cannot write the report: {error}"))
    };
    let ffi = Ffi::new();
    ffi.cdef(kinds::TYPES).map_err(|error| error.to_string())?;
    let path = batch.library.to_str().ok_or("expected a path in UTF-8")?;
    // SAFETY: the library was compiled from the generator's text, which has no initialisers
    let lib = unsafe { ffi.load(path) }.map_err(|error| error.to_string())?;
    for serial in batch.from..batch.end {
        tell(format!("begin {serial}\n"))?;
        let case = case(batch.seed, serial, batch.disputed);
        let judged = match batch.direction {
            Direction::Out => judge(&ffi, &lib, &case, batch.seed ^ serial as u64),
            Direction::In => callbacks::judge(&ffi, &lib, &case, batch.seed ^ serial as u64),
        };
        match judged {
            Ok(()) => tell(format!("right {serial}\n"))?,
            Err(message) => {
                let text = format!("{}{message}", case.shown());
                tell(format!("wrong {serial} {}\n", text.replace('\\', "\\\\").replace('\n', "\\n")))?;
            }
        }
    }
    Ok(())
}

/// A value that goes one way: its bytes, and which of their bits a value of its type has.
pub struct Sent {
    pub bytes: Vec<u8>,
    pub mask: Vec<u8>,
}

/// What the library has beside its functions.
pub struct Shared<'l> {
    pub lib: &'l Lib,
    pub serial: &'l str,
}

type Fill = unsafe extern "C" fn(u64, i32) -> u64;
type Widen = unsafe extern "C" fn() -> u64;

impl Shared<'_> {
    /// Where an array of the library is.
    pub fn memory(&self, name: &str) -> Result<*mut u8, String> {
        let address = self.lib.address(name).map_err(|error| error.to_string())?;
        Ok(address.cast::<u8>().cast_mut())
    }

    fn scratch(&self, size: u64) -> Result<Vec<u8>, String> {
        let start = self.memory("judge_scratch")?;
        let size = usize::try_from(size).map_err(|error| error.to_string())?.min(RESULT_BYTES);
        // SAFETY: the array in the library has RESULT_BYTES bytes, and nobody else runs in this process
        Ok(unsafe { std::slice::from_raw_parts(start, size) }.to_vec())
    }

    /// A value as the compiler writes it.
    fn filled(&self, index: &str, seed: u64, ones: bool) -> Result<Vec<u8>, String> {
        let prototype = format!("unsigned long fill{}_{index}(unsigned long seed, int ones)", self.serial);
        let fill = self.lib.symbol::<Fill>(&prototype).map_err(|error| error.to_string())?;
        // SAFETY: declared as it was compiled; it writes to an array of its own
        let size = unsafe { fill(seed, i32::from(ones)) };
        self.scratch(size)
    }

    /// A random value.
    pub fn sent(&self, index: &str, random: &mut Random) -> Result<Sent, String> {
        let mask = self.filled(index, 0, true)?;
        let value = self.filled(index, random.bits(), false)?;
        // Bytes that belong to nothing are rubbish
        let bytes =
            value.iter().zip(&mask).map(|(value, mask)| (value & mask) | (random.bits() as u8 & !mask));
        Ok(Sent { bytes: bytes.collect(), mask })
    }

    /// What the callee finds of a narrow value that stands in the scratch array.
    pub fn widened(&self, index: usize, sent: &Sent) -> Result<Option<Vec<u8>>, String> {
        let name = format!("wide{}_{index}", self.serial);
        if self.lib.address(&name).is_err() {
            return Ok(None);
        }
        let widen = self.lib.symbol::<Widen>(&format!("unsigned long {name}(void)"));
        let widen = widen.map_err(|error| error.to_string())?;
        let start = self.memory("judge_scratch")?;
        // SAFETY: a narrow value has at most 4 bytes, the array has RESULT_BYTES; declared as it was compiled
        let size = unsafe {
            std::ptr::copy_nonoverlapping(sent.bytes.as_ptr(), start, sent.bytes.len().min(RESULT_BYTES));
            widen()
        };
        self.scratch(size).map(Some)
    }
}

fn judge(ffi: &Ffi, lib: &Lib, case: &Case, seed: u64) -> Result<(), String> {
    let told = |error: eightbyte::Error| format!("refused: {error}");
    ffi.cdef(&case.declarations).map_err(told)?;
    let function = lib.function(&case.name).map_err(told)?;
    let shared = Shared { lib, serial: case.name.trim_start_matches('f') };
    let mut random = Random::new(seed);

    let types: Vec<&String> = case.parameters.iter().chain(&case.tail).collect();
    let (mut values, mut sent, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for (index, ty) in types.iter().enumerate() {
        let one = shared.sent(&index.to_string(), &mut random)?;
        let data = data(ffi, ty, &one.bytes)?;
        let is_fixed = index < case.parameters.len();
        values.push(if is_fixed && random.chance(50) { plain(data) } else { Value::Data(data) });
        match if is_fixed { None } else { shared.widened(index, &one)? } {
            Some(wide) => expected.push(Sent { mask: vec![0xff; wide.len()], bytes: wide }),
            None => expected.push(Sent { bytes: one.bytes.clone(), mask: one.mask.clone() }),
        }
        sent.push(one);
    }
    let result = match &case.result {
        Some(_) => Some(shared.sent("r", &mut random)?),
        None => None,
    };
    let (record, room) = (shared.memory("judge_record")?, shared.memory("judge_result")?);
    // SAFETY: the arrays in the library have so many bytes, and nobody else runs in this process
    unsafe {
        std::ptr::write_bytes(record, 0xa5, RECORD_BYTES);
        std::ptr::write_bytes(room, 0x5a, RESULT_BYTES);
        if let Some(result) = &result {
            std::ptr::copy_nonoverlapping(result.bytes.as_ptr(), room, result.bytes.len().min(RESULT_BYTES));
        }
    }
    let found = match &case.result {
        // SAFETY: declared as it was compiled; it writes to arrays of its own
        Some(_) => Some(unsafe { function.call::<CData>(&values) }.map_err(told)?),
        None => {
            // SAFETY: as above
            let _: Value = unsafe { function.call(&values) }.map_err(told)?;
            None
        }
    };
    // SAFETY: as above
    let recorded = unsafe { std::slice::from_raw_parts(record, RECORD_BYTES) };
    let mut wrong = String::new();
    let mut at = 0;
    for (index, expected) in expected.iter().enumerate() {
        let found = recorded.get(at..at + expected.bytes.len()).ok_or("the arguments are too large")?;
        at += expected.bytes.len();
        if !agree(expected, found) {
            let what = format!("argument {} ({})", index + 1, types[index]);
            describe(&mut wrong, &what, &sent[index].bytes, expected, found);
        }
    }
    if let (Some(result), Some(found)) = (&result, &found)
        && !agree(result, found.bytes())
    {
        let what = format!("the result ({})", case.result.as_deref().unwrap_or_default());
        describe(&mut wrong, &what, &result.bytes, result, found.bytes());
    }
    let stack = shared.memory("judge_stack")?.cast::<c_void>();
    // SAFETY: an aligned variable of 8 bytes in the library
    let stack = unsafe { stack.cast::<u64>().read() };
    if stack == 0 || !stack.is_multiple_of(16) {
        let _ = writeln!(wrong, "  the stack pointer was not a multiple of 16: {stack:#x}");
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// A value of a type with these bytes.
pub fn data(ffi: &Ffi, ty: &str, bytes: &[u8]) -> Result<CData, String> {
    let mut data = ffi.alloc(ty).map_err(|error| format!("refused: {error}"))?;
    if data.bytes().len() != bytes.len() {
        return Err(format!("  sizeof({ty}) is {}, here {}\n", bytes.len(), data.bytes().len()));
    }
    data.bytes_mut().copy_from_slice(bytes);
    Ok(data)
}

/// The same as a number of Rust, where it is one.
pub fn plain(data: CData) -> Value {
    match data.get::<Value>("") {
        // A `long double` has more digits than an `f64`
        Ok(value @ Value::Float(_)) if matches!(data.bytes().len(), 4 | 8) => value,
        Ok(value @ (Value::Integer(_) | Value::Bool(_) | Value::Pointer(_))) => value,
        _ => Value::Data(data),
    }
}

/// Are the bits alike that a value of the type has?
pub fn agree(expected: &Sent, found: &[u8]) -> bool {
    let bytes = expected.bytes.iter().zip(&expected.mask).zip(found);
    expected.bytes.len() == found.len()
        && bytes.into_iter().all(|((one, mask), other)| (one ^ other) & mask == 0)
}

/// Tells what went wrong.
pub fn describe(to: &mut String, what: &str, sent: &[u8], expected: &Sent, found: &[u8]) {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    let masked = |bytes: &[u8]| {
        let bytes = bytes.iter().zip(&expected.mask).map(|(byte, mask)| byte & mask);
        hex(&bytes.collect::<Vec<u8>>())
    };
    let _ = writeln!(
        to,
        "  {what}\n    sent     {}\n    mask     {}\n    expected {}\n    found    {}",
        hex(sent),
        hex(&expected.mask),
        masked(&expected.bytes),
        masked(found)
    );
}
