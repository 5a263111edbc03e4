//! The loops that `cargo xtask bench callbacks` measures, each a function that a profiler can tell from the others.
//!
//! Without arguments it prints the least time of each, in picoseconds for one operation; with a number, it runs each
//! once for so many operations, which is what callgrind counts.
#![allow(unsafe_code, reason = "calls what C would call")]

mod libffi;

use eightbyte::{Callback, CallbackType, Ffi, LocalCallback, Value};
use libffi::Libffi;
use std::ffi::{c_int, c_void};
use std::hint::black_box;
use std::time::Instant;

type Add = unsafe extern "C" fn(i32, i32) -> i32;
type Turn = unsafe extern "C" fn(Pair, Pair) -> Pair;
type Compare = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;

eightbyte::c_struct! { struct Pair { x: f64, y: f64 } }

/// Numbers that are sorted at a time.
const SORTED: usize = 10_000;

/// Callbacks that live at once.
const MILLION: usize = 1_000_000;

struct World {
    count: usize,
    plain: Add,
    typed: Add,
    local: Add,
    values: Add,
    turn: Turn,
    compare: [Compare; 2],
    libffi: Option<Libffi>,
    kind: CallbackType,
    _others: (Callback, Callback, Callback),
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

fn libffi_of(world: &World) -> &Libffi {
    world.libffi.as_ref().expect("the probe is run only where libffi is")
}

#[inline(never)]
fn add_libffi(world: &mut World) -> Outcome {
    // SAFETY: a function of two ints
    fold(world.count, unsafe { std::mem::transmute::<*const c_void, Add>(libffi_of(world).add) })
}

#[inline(never)]
extern "C" fn turn(a: Pair, b: Pair) -> Pair {
    Pair { x: a.x - b.y, y: a.y + b.x }
}

#[inline(always)]
fn turn_with(count: usize, function: Turn) -> Outcome {
    let function = black_box(function);
    let mut pair = Pair { x: 0.5, y: 0.25 };
    for index in 0..count {
        // SAFETY: each is a function of two pairs, which anybody may call
        pair = unsafe { function(pair, Pair { x: index as f64, y: 1.0 }) };
    }
    black_box(pair);
    Ok(0)
}

#[inline(never)]
fn turn_plain(world: &mut World) -> Outcome {
    turn_with(world.count, turn)
}

#[inline(never)]
fn turn_typed(world: &mut World) -> Outcome {
    turn_with(world.count, world.turn)
}

#[inline(never)]
fn turn_libffi(world: &mut World) -> Outcome {
    // SAFETY: a function of two pairs
    turn_with(world.count, unsafe { std::mem::transmute::<*const c_void, Turn>(libffi_of(world).turn) })
}

#[inline(never)]
unsafe extern "C" fn compare(a: *const c_void, b: *const c_void) -> c_int {
    // SAFETY: qsort passes the addresses of two ints
    unsafe { (*a.cast::<c_int>()).cmp(&*b.cast::<c_int>()) as c_int }
}

#[inline(always)]
fn sort_with(count: usize, compare: Compare) -> Outcome {
    unsafe extern "C" {
        fn qsort(base: *mut c_void, count: usize, size: usize, compare: Compare);
    }
    let mut numbers = vec![0 as c_int; SORTED];
    for _ in 0..count / SORTED {
        let mut number = 1;
        for place in &mut numbers {
            number = (number * 75 + 74) % 65537;
            *place = number;
        }
        // SAFETY: so many ints, and a function that compares two
        unsafe { qsort(numbers.as_mut_ptr().cast(), SORTED, size_of::<c_int>(), compare) };
    }
    Ok(numbers[0])
}

#[inline(never)]
fn sort_plain(world: &mut World) -> Outcome {
    sort_with(world.count, compare)
}

#[inline(never)]
fn sort_typed(world: &mut World) -> Outcome {
    sort_with(world.count, world.compare[0])
}

#[inline(never)]
fn sort_values(world: &mut World) -> Outcome {
    sort_with(world.count, world.compare[1])
}

#[inline(never)]
fn sort_libffi(world: &mut World) -> Outcome {
    // SAFETY: a function that compares two ints by their addresses
    sort_with(world.count, unsafe { std::mem::transmute::<*const c_void, Compare>(libffi_of(world).compare) })
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

const PROBES: [(&str, Probe); 15] = [
    ("add_libffi", add_libffi),
    ("turn_plain", turn_plain),
    ("turn_typed", turn_typed),
    ("turn_libffi", turn_libffi),
    ("sort_plain", sort_plain),
    ("sort_typed", sort_typed),
    ("sort_values", sort_values),
    ("sort_libffi", sort_libffi),
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
    ffi.declare::<Pair>()?;
    let turn = ffi.callback("Pair (*)(Pair, Pair)", move |a: Pair, b: Pair| Pair {
        x: a.x - b.y + f64::from(bias),
        y: a.y + b.x,
    })?;
    let kind_of_compare = ffi.callback_type("int (*)(const void *, const void *)")?;
    let compare = kind_of_compare.callback(|a: *const c_void, b: *const c_void| -> c_int {
        // SAFETY: qsort passes the addresses of two ints
        unsafe { (*a.cast::<c_int>()).cmp(&*b.cast::<c_int>()) as c_int }
    })?;
    let compare_values = kind_of_compare.callback_dyn(|values| match values {
        [Value::Pointer(a), Value::Pointer(b)] => {
            // SAFETY: as above
            let order = unsafe { (*a.cast::<c_int>()).cmp(&*b.cast::<c_int>()) };
            Ok(Value::Integer(order as i128))
        }
        _ => Err(eightbyte::Error::host("two pointers")),
    })?;
    // SAFETY: each is the address of a function of two ints
    let function = |address| unsafe { std::mem::transmute::<*const c_void, Add>(address) };
    // SAFETY: each is the address of a function of two pointers
    let comparing = |address| unsafe { std::mem::transmute::<*const c_void, Compare>(address) };
    Ok(World {
        count,
        plain: add,
        typed: function(typed.address()),
        local: function(local.address()),
        values: function(values.address()),
        // SAFETY: the address of a function of two pairs
        turn: unsafe { std::mem::transmute::<*const c_void, Turn>(turn.address()) },
        compare: [comparing(compare.address()), comparing(compare_values.address())],
        libffi: Libffi::new()?,
        kind,
        _others: (turn, compare, compare_values),
        _kept: (typed, local, values),
    })
}

fn main() -> eightbyte::Result<()> {
    let counted = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let mut world = world(counted.unwrap_or(100_000))?;
    let has_libffi = world.libffi.is_some();
    for (name, probe) in PROBES.iter().filter(|(name, _)| has_libffi || !name.ends_with("_libffi")) {
        if counted.is_some() {
            black_box(probe(&mut world)?);
            continue;
        }
        let mut least = u128::MAX;
        for _ in 0..30 {
            let start = Instant::now();
            black_box(probe(&mut world)?);
            least = least.min(start.elapsed().as_nanos());
        }
        println!("{name} {}", least * 1000 / world.count as u128);
    }
    if counted.is_none() {
        let start = Instant::now();
        let kept: Vec<Callback> = (0..MILLION as i32)
            .map(|index| world.kind.callback(move |a: i32, b: i32| a + b + index))
            .collect::<eightbyte::Result<_>>()?;
        println!("a_million_live {}", start.elapsed().as_nanos() * 1000 / MILLION as u128);
        black_box(&kept);
    }
    Ok(())
}
