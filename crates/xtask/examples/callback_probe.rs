//! The loops that `cargo xtask bench callbacks` measures, each a function that a profiler can tell from the others.
//!
//! Without arguments it prints the least time of each, in picoseconds for one operation; with a number, it runs each
//! once for so many operations, which is what callgrind counts.
#![allow(unsafe_code, reason = "calls what C would call")]

use eightbyte::{Callback, CallbackType, Ffi, LocalCallback, Value};
use std::hint::black_box;
use std::time::Instant;

type Add = unsafe extern "C" fn(i32, i32) -> i32;

struct World {
    count: usize,
    plain: Add,
    typed: Add,
    local: Add,
    values: Add,
    kind: CallbackType,
    _kept: (Callback, LocalCallback, Callback),
}

type Outcome = eightbyte::Result<i32>;
type Probe = fn(&mut World) -> Outcome;

#[inline(never)]
extern "C" fn add(one: i32, other: i32) -> i32 {
    one.wrapping_add(other)
}

/// What C does with a function pointer.
#[inline(always)]
fn fold(count: usize, function: Add) -> Outcome {
    let function = black_box(function);
    let mut sum = 0;
    for index in 0..count {
        // SAFETY: each is a function of two ints, which anybody may call
        sum = unsafe { function(sum, index as i32) };
    }
    Ok(sum)
}

#[inline(never)]
fn plain_function(world: &mut World) -> Outcome {
    fold(world.count, world.plain)
}

#[inline(never)]
fn typed_closure(world: &mut World) -> Outcome {
    fold(world.count, world.typed)
}

#[inline(never)]
fn local_closure(world: &mut World) -> Outcome {
    fold(world.count, world.local)
}

#[inline(never)]
fn value_closure(world: &mut World) -> Outcome {
    fold(world.count, world.values)
}

#[inline(never)]
fn create_and_free(world: &mut World) -> Outcome {
    for index in 0..world.count as i32 {
        black_box(world.kind.callback(move |a: i32, b: i32| a + b + index)?);
    }
    Ok(0)
}

#[inline(never)]
fn box_and_free(world: &mut World) -> Outcome {
    for index in 0..world.count as i32 {
        black_box(Box::new([index; 40]));
    }
    Ok(0)
}

#[inline(never)]
fn create_and_keep(world: &mut World) -> Outcome {
    let mut kept = Vec::with_capacity(world.count);
    for index in 0..world.count as i32 {
        kept.push(world.kind.callback(move |a: i32, b: i32| a + b + index)?);
    }
    black_box(&kept);
    Ok(0)
}

const PROBES: [(&str, Probe); 7] = [
    ("plain_function", plain_function),
    ("typed_closure", typed_closure),
    ("local_closure", local_closure),
    ("value_closure", value_closure),
    ("create_and_free", create_and_free),
    ("box_and_free", box_and_free),
    ("create_and_keep", create_and_keep),
];

fn world(count: usize) -> eightbyte::Result<World> {
    let ffi = Ffi::new();
    let kind = ffi.callback_type("int (*)(int, int)")?;
    let bias = black_box(0);
    let typed = kind.callback(move |a: i32, b: i32| a.wrapping_add(b).wrapping_add(bias))?;
    let local = kind.callback_local(move |a: i32, b: i32| a.wrapping_add(b).wrapping_add(bias))?;
    let values = kind.callback_dyn(|values| match values {
        [Value::Integer(a), Value::Integer(b)] => {
            Ok(Value::Integer(i128::from((*a as i32).wrapping_add(*b as i32))))
        }
        _ => Err(eightbyte::Error::host("two integers")),
    })?;
    // SAFETY: each is the address of a function of two ints
    let function = |address| unsafe { std::mem::transmute::<*const std::ffi::c_void, Add>(address) };
    Ok(World {
        count,
        plain: add,
        typed: function(typed.address()),
        local: function(local.address()),
        values: function(values.address()),
        kind,
        _kept: (typed, local, values),
    })
}

fn main() -> eightbyte::Result<()> {
    if let Some(count) = std::env::args().nth(1).and_then(|text| text.parse().ok()) {
        let mut world = world(count)?;
        for (_, probe) in PROBES {
            black_box(probe(&mut world)?);
        }
        return Ok(());
    }
    let mut world = world(100_000)?;
    for (name, probe) in PROBES {
        let mut least = u128::MAX;
        for _ in 0..30 {
            let start = Instant::now();
            black_box(probe(&mut world)?);
            least = least.min(start.elapsed().as_nanos());
        }
        println!("{name} {}", least * 1000 / world.count as u128);
    }
    Ok(())
}
