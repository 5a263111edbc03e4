//! Makes a callback for each function, lets C call it, and compares.
#![allow(unsafe_code, reason = "an island: calls what was generated and compiled")]

use super::caller::{ARGUMENT_BYTES, MOST_ARGUMENTS, callback_type, promoted};
use crate::calls::generate::Case;
use crate::calls::worker::{Sent, Shared, agree, data, describe, plain};
use crate::layouts::Random;
use eightbyte::{CData, Ffi, Lib, Value};
use std::cell::RefCell;
use std::ffi::c_void;

/// Calls one callback from C.
pub fn judge(ffi: &Ffi, lib: &Lib, case: &Case, seed: u64) -> Result<(), String> {
    let told = |error: eightbyte::Error| format!("refused: {error}");
    ffi.cdef(&case.declarations).map_err(told)?;
    let shared = Shared { lib, serial: case.name.trim_start_matches('f') };
    let mut random = Random::new(seed);

    let types: Vec<&String> = case.parameters.iter().chain(&case.tail).collect();
    if types.len() > MOST_ARGUMENTS {
        return Err("too many arguments".to_string());
    }
    let arguments = shared.memory("judge_arguments")?;
    let (mut sent, mut expected) = (Vec::new(), Vec::new());
    for index in 0..types.len() {
        let one = shared.sent(&index.to_string(), &mut random)?;
        if one.bytes.len() > ARGUMENT_BYTES {
            return Err("an argument is too large".to_string());
        }
        // SAFETY: the array in the library has a row of so many bytes for each of so many arguments, and nobody else
        // runs in this process
        unsafe {
            let row = arguments.add(index * ARGUMENT_BYTES);
            std::ptr::copy_nonoverlapping(one.bytes.as_ptr(), row, one.bytes.len());
        }
        match if index < case.parameters.len() { None } else { shared.widened(index, &one)? } {
            Some(wide) => expected.push(Sent { mask: vec![0xff; wide.len()], bytes: wide }),
            None => expected.push(Sent { bytes: one.bytes.clone(), mask: one.mask.clone() }),
        }
        sent.push(one);
    }
    let result = match &case.result {
        Some(ty) => {
            let sent = shared.sent("r", &mut random)?;
            let value = data(ffi, ty, &sent.bytes)?;
            Some((sent, if random.chance(50) { plain(value) } else { Value::Data(value) }))
        }
        None => None,
    };
    let (answer, returned) = result.map_or((None, Value::Null), |(sent, value)| (Some(sent), value));
    let returned = RefCell::new(Some(returned));
    let found: RefCell<Vec<Vec<u8>>> = RefCell::default();
    // Leaked on purpose: the process ends soon, and a closure that lives on needs what it borrows to do so
    let state: &'static (RefCell<Option<Value>>, RefCell<Vec<Vec<u8>>>) =
        Box::leak(Box::new((returned, found)));
    let tail: Vec<String> = case.tail.iter().map(|ty| promoted(ty).to_string()).collect();
    let count = case.parameters.len();
    let callback = ffi
        .callback_type(&callback_type(case))
        .and_then(|kind| {
            kind.callback_with_local(move |call| {
                let mut found = state.1.borrow_mut();
                for index in 0..count {
                    found.push(call.get::<CData>(index)?.bytes().to_vec());
                }
                if !tail.is_empty() {
                    let mut rest = call.tail()?;
                    for ty in &tail {
                        // SAFETY: the caller was generated with these types
                        found.push(unsafe { rest.next::<CData>(ty)? }.bytes().to_vec());
                    }
                }
                state.0.borrow_mut().take().ok_or_else(|| eightbyte::Error::host("called twice"))
            })
        })
        .map_err(told)?;
    let room = shared.memory("judge_answer")?;
    // SAFETY: the array in the library has so many bytes
    unsafe { std::ptr::write_bytes(room, 0x5a, ARGUMENT_BYTES) };
    let turn = lib.address(&format!("turn{}", shared.serial)).map_err(told)?;
    // SAFETY: so it was compiled; the callback has the type that it calls
    let turn =
        unsafe { std::mem::transmute::<*const c_void, unsafe extern "C-unwind" fn(*const c_void)>(turn) };
    // SAFETY: as above
    eightbyte::guard(|| unsafe { turn(callback.address()) }).map_err(told)?;

    let mut wrong = String::new();
    let found = state.1.borrow();
    if found.len() != types.len() {
        return Err(format!("  {} arguments arrived, not {}\n", found.len(), types.len()));
    }
    for (index, (expected, found)) in expected.iter().zip(found.iter()).enumerate() {
        if !agree(expected, found) {
            let what = format!("argument {} ({})", index + 1, types[index]);
            describe(&mut wrong, &what, &sent[index].bytes, expected, found);
        }
    }
    if let Some(answer) = &answer {
        // SAFETY: as above; a result is no larger than the array
        let found = unsafe { std::slice::from_raw_parts(room, answer.bytes.len().min(ARGUMENT_BYTES)) };
        if !agree(answer, found) {
            let what = format!("the result ({})", case.result.as_deref().unwrap_or_default());
            describe(&mut wrong, &what, &answer.bytes, answer, found);
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
