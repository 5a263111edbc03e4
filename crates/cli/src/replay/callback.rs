//! A case of a list in which the library calls: a callback is made for the one parameter of its function.
#![allow(unsafe_code, reason = "an island: makes the calls that a list describes")]

use super::case::{Came, Outcome, World, function, said, value};
use eightbyte::{CData, CallbackCall, Error, Value};
use serde_json::Value as Json;
use std::cell::RefCell;
use std::rc::Rc;

/// Lets the library call a callback, and tells what arrived in it.
pub fn call(case: &Json, world: &mut World) -> Result<Came, String> {
    let function = function(case, world)?;
    let parameters = function.as_type().as_function().map(|function| function.parameters.clone());
    let parameters = parameters.unwrap_or_default();
    let [parameter] = parameters.as_slice() else {
        let found = parameters.len();
        return Err(format!("expected a function of one parameter, a pointer to a function, found {found}"));
    };
    let kind = world.ffi().callback_type_of(&parameter.ty).map_err(|error| said(&error))?;
    let answer = match case.get("ret") {
        None | Some(Json::Null) => None,
        Some(answer) => {
            let data = value(answer, world).map_err(|error| format!("result: {error}"))?;
            Some(data.bytes().to_vec())
        }
    };
    let arrived: Rc<RefCell<Option<Vec<Vec<u8>>>>> = Rc::default();
    let callback = kind
        .callback_with_local({
            let (arrived, ffi, ty) = (arrived.clone(), world.ffi().clone(), parameter.ty.clone());
            move |call| {
                *arrived.borrow_mut() = Some(arguments(call)?);
                let Some(answer) = &answer else { return Ok(Value::Null) };
                let result = ty.pointee().unwrap_or(&ty).as_function().map(|function| &function.result);
                let result = result.ok_or_else(|| Error::host("expected a pointer to a function"))?;
                let mut data = ffi.ctype_of(result).alloc()?;
                let room = data.bytes_mut();
                if room.len() != answer.len() {
                    let message =
                        format!("expected a result of {} bytes, found {}", room.len(), answer.len());
                    return Err(Error::host(message));
                }
                room.copy_from_slice(answer);
                Ok(Value::Data(data))
            }
        })
        .map_err(|error| said(&error))?;
    world.reset()?;
    // SAFETY: the header tells the truth about the library: that is what is being tested
    unsafe { function.call::<Value>((&callback,)) }.map_err(|error| said(&error))?;
    let arrived = arrived.borrow_mut().take();
    let arrived = arrived.ok_or("expected the library to call the callback, it did not")?;
    Ok(Came { recorded: world.recorded(), outcome: Outcome::Arrived(arrived) })
}

fn arguments(call: &CallbackCall<'_>) -> eightbyte::Result<Vec<Vec<u8>>> {
    (0..call.count()).map(|index| Ok(call.get::<CData>(index)?.bytes().to_vec())).collect()
}
