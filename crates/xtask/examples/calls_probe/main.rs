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
use world::{World, keep};

type Probe = fn(&mut World) -> Result<()>;

/// Loops over calls, each in a function that a profiler finds.
macro_rules! probes {
    ($($name:ident($world:ident) { $($before:tt)* } $call:block)*) => {
        $(
            #[inline(never)]
            fn $name($world: &mut World) -> Result<()> {
                $($before)*
                for _ in 0..$world.count {
                    $call
                }
                Ok(())
            }
        )*

        const PROBES: &[(&str, Probe)] = &[$((stringify!($name), $name)),*];
    };
}

// Every argument lies in memory and is one that the compiler knows nothing about; every result is looked at. `Value`s
// are there before the loop begins: a host that has its values so does not make them for a call.
//
// SAFETY of all calls: the functions are those of the library that the bench compiled, declared as they were compiled;
// they touch nothing but their arguments.
probes! {
    add_plain(world) { let f = black_box(world.plain.add); } {
        // SAFETY: see above
        black_box(unsafe { f(black_box(world.arguments.add.0), black_box(world.arguments.add.1)) });
    }
    add_symbol(world) { let f = black_box(*world.typed.add); } {
        // SAFETY: see above
        black_box(unsafe { f(black_box(world.arguments.add.0), black_box(world.arguments.add.1)) });
    }
    add_tuple(world) {} {
        // SAFETY: see above
        black_box::<i32>(unsafe { world.functions.add.call((black_box(world.arguments.add.0), black_box(world.arguments.add.1)))? });
    }
    add_array(world) { let arguments = [Value::from(20), Value::from(22)]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.add.call(black_box(&arguments))? });
    }
    add_slice(world) { let arguments = [Value::from(20), Value::from(22)]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.add.call(black_box(&arguments[..]))? });
    }
    add_libffi(world) { let Some(f) = world.libffi.as_ref().map(|libffi| &libffi.add) else { return Ok(()) }; } {
        black_box(f.call((black_box(world.arguments.add.0), black_box(world.arguments.add.1))));
    }

    mix_plain(world) { let f = black_box(world.plain.mix); } {
        // SAFETY: see above
        black_box(unsafe { f(black_box(world.arguments.mix.0), black_box(world.arguments.mix.1), black_box(world.arguments.mix.2), black_box(world.arguments.mix.3), black_box(world.arguments.mix.4)) });
    }
    mix_symbol(world) { let f = black_box(*world.typed.mix); } {
        // SAFETY: see above
        black_box(unsafe { f(black_box(world.arguments.mix.0), black_box(world.arguments.mix.1), black_box(world.arguments.mix.2), black_box(world.arguments.mix.3), black_box(world.arguments.mix.4)) });
    }
    mix_tuple(world) {} {
        // SAFETY: see above
        black_box::<f64>(unsafe { world.functions.mix.call((black_box(world.arguments.mix.0), black_box(world.arguments.mix.1), black_box(world.arguments.mix.2), black_box(world.arguments.mix.3), black_box(world.arguments.mix.4)))? });
    }
    mix_array(world) { let arguments = [Value::from(1), Value::from(2.5), Value::Pointer(world.arguments.mix.2), Value::from(1.5), Value::from(7)]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.mix.call(black_box(&arguments))? });
    }
    mix_slice(world) { let arguments = [Value::from(1), Value::from(2.5), Value::Pointer(world.arguments.mix.2), Value::from(1.5), Value::from(7)]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.mix.call(black_box(&arguments[..]))? });
    }
    mix_libffi(world) { let Some(f) = world.libffi.as_ref().map(|libffi| &libffi.mix) else { return Ok(()) }; } {
        black_box(f.call((black_box(world.arguments.mix.0), black_box(world.arguments.mix.1), black_box(world.arguments.mix.2), black_box(world.arguments.mix.3), black_box(world.arguments.mix.4))));
    }

    turn_plain(world) { let f = black_box(world.plain.turn); } {
        // SAFETY: see above
        black_box(unsafe { f(black_box(world.arguments.turn.0), black_box(world.arguments.turn.1)) });
    }
    turn_tuple(world) {} {
        // SAFETY: see above
        black_box::<(f64, f64)>(unsafe { world.functions.turn.call((black_box(world.tuples.turn.0), black_box(world.tuples.turn.1)))? });
    }
    turn_array(world) { let arguments = [world.point()?, world.point()?]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.turn.call(black_box(&arguments))? });
    }
    turn_slice(world) { let arguments = [world.point()?, world.point()?]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.turn.call(black_box(&arguments[..]))? });
    }
    turn_libffi(world) { let Some(f) = world.libffi.as_ref().map(|libffi| &libffi.turn) else { return Ok(()) }; } {
        black_box(f.call((black_box(world.arguments.turn.0), black_box(world.arguments.turn.1))));
    }

    ten_plain(world) { let f = black_box(world.plain.ten); } {
        // SAFETY: see above
        black_box(unsafe { f(black_box(world.arguments.ten.0), black_box(world.arguments.ten.1), black_box(world.arguments.ten.2), black_box(world.arguments.ten.3), black_box(world.arguments.ten.4), black_box(world.arguments.ten.5), black_box(world.arguments.ten.6), black_box(world.arguments.ten.7), black_box(world.arguments.ten.8), black_box(world.arguments.ten.9)) });
    }
    ten_symbol(world) { let f = black_box(*world.typed.ten); } {
        // SAFETY: see above
        black_box(unsafe { f(black_box(world.arguments.ten.0), black_box(world.arguments.ten.1), black_box(world.arguments.ten.2), black_box(world.arguments.ten.3), black_box(world.arguments.ten.4), black_box(world.arguments.ten.5), black_box(world.arguments.ten.6), black_box(world.arguments.ten.7), black_box(world.arguments.ten.8), black_box(world.arguments.ten.9)) });
    }
    ten_tuple(world) {} {
        // SAFETY: see above
        black_box::<i64>(unsafe { world.functions.ten.call((black_box(world.arguments.ten.0), black_box(world.arguments.ten.1), black_box(world.arguments.ten.2), black_box(world.arguments.ten.3), black_box(world.arguments.ten.4), black_box(world.arguments.ten.5), black_box(world.arguments.ten.6), black_box(world.arguments.ten.7), black_box(world.arguments.ten.8), black_box(world.arguments.ten.9)))? });
    }
    ten_array(world) { let arguments = std::array::from_fn::<Value, 10, _>(|n| Value::from(n as i64)); } {
        // SAFETY: see above
        keep(unsafe { world.functions.ten.call(black_box(&arguments))? });
    }
    ten_slice(world) { let arguments = std::array::from_fn::<Value, 10, _>(|n| Value::from(n as i64)); } {
        // SAFETY: see above
        keep(unsafe { world.functions.ten.call(black_box(&arguments[..]))? });
    }
    ten_libffi(world) { let Some(f) = world.libffi.as_ref().map(|libffi| &libffi.ten) else { return Ok(()) }; } {
        black_box(f.call((black_box(world.arguments.ten.0), black_box(world.arguments.ten.1), black_box(world.arguments.ten.2), black_box(world.arguments.ten.3), black_box(world.arguments.ten.4), black_box(world.arguments.ten.5), black_box(world.arguments.ten.6), black_box(world.arguments.ten.7), black_box(world.arguments.ten.8), black_box(world.arguments.ten.9))));
    }

    shift_plain(world) { let f = black_box(world.plain.shift); } {
        // SAFETY: see above
        black_box(unsafe { f(black_box(world.arguments.shift.0), black_box(world.arguments.shift.1)) });
    }
    shift_tuple(world) {} {
        // SAFETY: see above
        black_box::<(i64, i64, i64, i64)>(unsafe { world.functions.shift.call((black_box(world.tuples.shift.0), black_box(world.tuples.shift.1)))? });
    }
    shift_array(world) { let arguments = [world.big()?, Value::from(5)]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.shift.call(black_box(&arguments))? });
    }
    shift_slice(world) { let arguments = [world.big()?, Value::from(5)]; } {
        // SAFETY: see above
        keep(unsafe { world.functions.shift.call(black_box(&arguments[..]))? });
    }
    shift_libffi(world) { let Some(f) = world.libffi.as_ref().map(|libffi| &libffi.shift) else { return Ok(()) }; } {
        black_box(f.call((black_box(world.arguments.shift.0), black_box(world.arguments.shift.1))));
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
