//! The loops that `cargo xtask bench calls` measures: one function for each kind of call and each way to make it, named
//! `KIND_WAY`, so that a profiler can tell them apart.
//!
//! `calls_probe LIBRARY` prints the least time of each, in picoseconds for one call; with a number behind, it runs each
//! once for so many calls, which is what callgrind counts.

mod libffi;
mod world;

use eightbyte::{Result, Value};
use std::hint::black_box;
use std::time::Instant;
use world::{Big, P2, World, keep};

type Probe = fn(&mut World) -> Result<()>;

/// Loops over calls, each in a function that a profiler finds.
macro_rules! probes {
    ($($name:ident($world:ident, $index:ident) { $($before:tt)* } $call:block)*) => {
        $(
            #[inline(never)]
            fn $name($world: &mut World) -> Result<()> {
                $($before)*
                for $index in 0..$world.count {
                    let _ = $index;
                    $call
                }
                Ok(())
            }
        )*

        const PROBES: &[(&str, Probe)] = &[$((stringify!($name), $name)),*];
    };
}

// What a host knows before stands before the loop: numbers in a tuple are new for each call, `Value`s are there already.
// Results feed the next call or are looked at, so that no call can be left out.
//
// SAFETY of all calls: the functions are those of the library that the bench compiled, declared as they were compiled;
// they touch nothing but their arguments.
probes! {
    add_plain(world, index) { let (f, mut sum) = (black_box(world.plain.add), 0); } {
        // SAFETY: see above
        sum = unsafe { f(sum, index as i32) };
    }
    add_symbol(world, index) { let mut sum = 0; } {
        // SAFETY: see above
        sum = unsafe { (world.typed.add)(sum, index as i32) };
    }
    add_tuple(world, index) { let mut sum = 0i32; } {
        // SAFETY: see above
        sum = unsafe { world.functions.add.call((sum, index as i32))? };
    }
    add_array(world, index) { let arguments = [Value::from(20), Value::from(22)]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.add.call(black_box(&arguments))? });
    }
    add_slice(world, index) { let arguments = [Value::from(20), Value::from(22)]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.add.call(black_box(&arguments[..]))? });
    }
    add_libffi(world, index) {
        let Some(call) = world.libffi.as_ref().map(|libffi| &libffi.add) else { return Ok(()) };
        let mut sum = 0i32;
    } {
        sum = call.call((sum, index as i32));
    }

    mix_plain(world, index) {
        let (f, mut sum) = (black_box(world.plain.mix), 0.0);
        let (p, d, e) = black_box((world.pointer(), 1.5f32, 7i64));
    } {
        // SAFETY: see above
        sum = unsafe { f(index as i32, sum, p, d, e) };
    }
    mix_symbol(world, index) { let mut sum = 0.0; let (p, d, e) = black_box((world.pointer(), 1.5f32, 7i64)); } {
        // SAFETY: see above
        sum = unsafe { (world.typed.mix)(index as i32, sum, p, d, e) };
    }
    mix_tuple(world, index) { let mut sum = 0.0f64; let (p, d, e) = black_box((world.pointer(), 1.5f32, 7i64)); } {
        // SAFETY: see above
        sum = unsafe { world.functions.mix.call((index as i32, sum, p, d, e))? };
    }
    mix_array(world, index) {
        let arguments =
            [Value::from(1), Value::from(2.5), Value::Pointer(world.pointer()), Value::from(1.5), Value::from(7)];
    } {
        // SAFETY: see above
        keep(unsafe { world.functions.mix.call(black_box(&arguments))? });
    }
    mix_slice(world, index) {
        let arguments =
            [Value::from(1), Value::from(2.5), Value::Pointer(world.pointer()), Value::from(1.5), Value::from(7)];
    } {
        // SAFETY: see above
        keep(unsafe { world.functions.mix.call(black_box(&arguments[..]))? });
    }
    mix_libffi(world, index) {
        let Some(call) = world.libffi.as_ref().map(|libffi| &libffi.mix) else { return Ok(()) };
        let (mut sum, (p, d, e)) = (0.0, black_box((world.pointer(), 1.5f32, 7i64)));
    } {
        sum = call.call((index as i32, sum, p, d, e));
    }

    turn_plain(world, index) { let (f, mut p) = (black_box(world.plain.turn), P2 { x: 1.0, y: 2.0 }); } {
        // SAFETY: see above
        p = unsafe { f(p, p) };
    }
    turn_tuple(world, index) { let mut p = (1.0f64, 2.0f64); } {
        // SAFETY: see above
        p = unsafe { world.functions.turn.call((p, p))? };
    }
    turn_array(world, index) { let arguments = [world.point()?, world.point()?]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.turn.call(black_box(&arguments))? });
    }
    turn_slice(world, index) { let arguments = [world.point()?, world.point()?]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.turn.call(black_box(&arguments[..]))? });
    }
    turn_libffi(world, index) {
        let Some(call) = world.libffi.as_ref().map(|libffi| &libffi.turn) else { return Ok(()) };
        let mut p = P2 { x: 1.0, y: 2.0 };
    } {
        p = call.call((p, p));
    }

    ten_plain(world, index) { let (f, mut sum, n) = (black_box(world.plain.ten), 0, black_box([1i64; 8])); } {
        // SAFETY: see above
        sum = unsafe { f(sum, n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], index as i64) };
    }
    ten_symbol(world, index) { let (mut sum, n) = (0, black_box([1i64; 8])); } {
        // SAFETY: see above
        sum = unsafe { (world.typed.ten)(sum, n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], index as i64) };
    }
    ten_tuple(world, index) { let (mut sum, n) = (0i64, black_box([1i64; 8])); } {
        // SAFETY: see above
        sum = unsafe {
            world.functions.ten.call((sum, n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], index as i64))?
        };
    }
    ten_array(world, index) { let arguments: [Value; 10] = std::array::from_fn(|n| Value::from(n as i64)); } {
        // SAFETY: see above
        keep(unsafe { world.functions.ten.call(black_box(&arguments))? });
    }
    ten_slice(world, index) { let arguments: [Value; 10] = std::array::from_fn(|n| Value::from(n as i64)); } {
        // SAFETY: see above
        keep(unsafe { world.functions.ten.call(black_box(&arguments[..]))? });
    }
    ten_libffi(world, index) {
        let Some(call) = world.libffi.as_ref().map(|libffi| &libffi.ten) else { return Ok(()) };
        let (mut sum, n) = (0i64, black_box([1i64; 8]));
    } {
        sum = call.call((sum, n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], index as i64));
    }

    shift_plain(world, index) {
        let (f, mut big) = (black_box(world.plain.shift), Big { a: 1, b: 2, c: 3, d: 4 });
    } {
        // SAFETY: see above
        big = unsafe { f(big, index as i32) };
    }
    shift_tuple(world, index) { let mut big = (1i64, 2i64, 3i64, 4i64); } {
        // SAFETY: see above
        big = unsafe { world.functions.shift.call((big, index as i32))? };
    }
    shift_array(world, index) { let arguments = [world.big()?, Value::from(1)]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.shift.call(black_box(&arguments))? });
    }
    shift_slice(world, index) { let arguments = [world.big()?, Value::from(1)]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.shift.call(black_box(&arguments[..]))? });
    }
    shift_libffi(world, index) {
        let Some(call) = world.libffi.as_ref().map(|libffi| &libffi.shift) else { return Ok(()) };
        let mut big = Big { a: 1, b: 2, c: 3, d: 4 };
    } {
        big = call.call((big, index as i32));
    }
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let library = arguments.next().ok_or("expected the path of the bench's library")?;
    if let Some(count) = arguments.next() {
        let mut world = World::new(&library, count.parse()?)?;
        for (_, probe) in PROBES {
            probe(&mut world)?;
        }
        return Ok(());
    }
    const COUNT: usize = 5_000;
    const ROUNDS: usize = 60;
    let mut world = World::new(&library, COUNT)?;
    let mut least = [u128::MAX; PROBES.len()];
    // Round after round, so that a busy moment hits all alike
    for _ in 0..ROUNDS {
        for ((_, probe), least) in PROBES.iter().zip(&mut least) {
            let start = Instant::now();
            probe(&mut world)?;
            *least = start.elapsed().as_nanos().min(*least);
        }
    }
    for ((name, _), least) in PROBES.iter().zip(least) {
        if world.libffi.is_some() || !name.ends_with("_libffi") {
            println!("{name} {}", least * 1000 / COUNT as u128);
        }
    }
    Ok(())
}
