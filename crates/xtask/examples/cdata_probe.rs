//! The loops that `cargo xtask bench cdata` measures, each a function that a profiler can tell from the others.
//!
//! Without arguments it prints the least time of each, in picoseconds for one operation; with a number, it runs each
//! once for so many operations, which is what callgrind counts.

use eightbyte::{Accessor, CData, CType, Ffi};
use std::ffi::c_void;
use std::hint::black_box;
use std::time::Instant;

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Body {
    id: i32,
    pos: Place,
    mass: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Place {
    x: [f64; 2],
}

struct World {
    count: usize,
    native: Vec<Body>,
    bodies: CData,
    body: CData,
    body_type: CType,
    numbers: CData,
    x: Accessor<f64>,
}

type Outcome = eightbyte::Result<f64>;
type Probe = fn(&mut World) -> Outcome;

unsafe extern "C" {
    fn calloc(count: usize, size: usize) -> *mut c_void;
    fn free(block: *mut c_void);
}

#[inline(never)]
fn native_read(world: &mut World) -> Outcome {
    Ok(world.native.iter().map(|body| body.pos.x[1]).sum())
}

#[inline(never)]
fn column_read(world: &mut World) -> Outcome {
    Ok(world.x.column(&world.bodies)?.iter().sum())
}

#[inline(never)]
fn native_read_by_index(world: &mut World) -> Outcome {
    let mut sum = 0.0;
    for index in 0..world.count {
        sum += world.native[index].pos.x[1];
    }
    Ok(sum)
}

#[inline(never)]
fn column_read_by_index(world: &mut World) -> Outcome {
    let column = world.x.column(&world.bodies)?;
    let mut sum = 0.0;
    for index in 0..world.count {
        sum += column[index];
    }
    Ok(sum)
}

#[inline(never)]
fn native_write(world: &mut World) -> Outcome {
    for body in &mut world.native {
        body.pos.x[1] += 1.0;
    }
    Ok(0.0)
}

#[inline(never)]
fn column_write(world: &mut World) -> Outcome {
    for x in world.x.column_mut(&mut world.bodies)?.iter_mut() {
        *x += 1.0;
    }
    Ok(0.0)
}

#[inline(never)]
fn column_for_each(world: &mut World) -> Outcome {
    world.x.column_mut(&mut world.bodies)?.for_each(|x| *x += 1.0);
    Ok(0.0)
}

#[inline(never)]
fn native_bound_get(world: &mut World) -> Outcome {
    let body = &world.native[0];
    for _ in 0..world.count {
        black_box(black_box(body).pos.x[1]);
    }
    Ok(0.0)
}

#[inline(never)]
fn bound_get(world: &mut World) -> Outcome {
    let x = world.x.of(&world.body)?;
    for _ in 0..world.count {
        black_box(*black_box(x));
    }
    Ok(0.0)
}

#[inline(never)]
fn native_bound_set(world: &mut World) -> Outcome {
    let mut body = &mut world.native[0];
    for _ in 0..world.count {
        body = black_box(body);
        body.pos.x[1] = black_box(1.0);
    }
    Ok(0.0)
}

#[inline(never)]
fn bound_set(world: &mut World) -> Outcome {
    let mut x = world.x.of_mut(&mut world.body)?;
    for _ in 0..world.count {
        x = black_box(x);
        *x = black_box(1.0);
    }
    Ok(0.0)
}

#[inline(never)]
fn empty_loop(world: &mut World) -> Outcome {
    for _ in 0..world.count {
        black_box(&world.body);
        black_box(1.0);
    }
    Ok(0.0)
}

#[inline(never)]
fn native_one(world: &mut World) -> Outcome {
    for _ in 0..world.count {
        black_box(black_box(&world.native)[0].pos.x[1]);
    }
    Ok(0.0)
}

#[inline(never)]
fn field_get(world: &mut World) -> Outcome {
    for _ in 0..world.count {
        black_box(world.x.get(black_box(&world.body))?);
    }
    Ok(0.0)
}

#[inline(never)]
fn field_set(world: &mut World) -> Outcome {
    for _ in 0..world.count {
        world.x.set(black_box(&mut world.body), black_box(1.0))?;
    }
    Ok(0.0)
}

#[inline(never)]
fn at_then_field_get(world: &mut World) -> Outcome {
    for index in 0..world.count {
        black_box(world.x.get(&world.bodies.at(index as u64)?)?);
    }
    Ok(0.0)
}

#[inline(never)]
fn at_mut_then_field_set(world: &mut World) -> Outcome {
    for index in 0..world.count {
        world.x.set(&mut world.bodies.at_mut(index as u64)?, black_box(1.0))?;
    }
    Ok(0.0)
}

#[inline(never)]
fn path_get(world: &mut World) -> Outcome {
    for _ in 0..world.count {
        black_box(black_box(&world.body).get::<f64>("pos.x[1]")?);
    }
    Ok(0.0)
}

#[inline(never)]
fn path_set(world: &mut World) -> Outcome {
    for _ in 0..world.count {
        black_box(&mut world.body).set("pos.x[1]", black_box(1.0))?;
    }
    Ok(0.0)
}

#[inline(never)]
fn at_then_path_get(world: &mut World) -> Outcome {
    for index in 0..world.count {
        black_box(world.bodies.at(index as u64)?.get::<f64>("pos.x[1]")?);
    }
    Ok(0.0)
}

#[inline(never)]
fn native_slice(world: &mut World) -> Outcome {
    let numbers = black_box(world.numbers.as_slice::<f64>()?);
    Ok(sum_of(numbers))
}

#[inline(never)]
fn slice(world: &mut World) -> Outcome {
    Ok(sum_of(world.numbers.as_slice::<f64>()?))
}

#[inline(always)]
fn sum_of(numbers: &[f64]) -> f64 {
    numbers.iter().sum()
}

#[inline(never)]
fn calloc_and_free(world: &mut World) -> Outcome {
    for _ in 0..world.count {
        // SAFETY: a block of the C library, freed once
        unsafe { free(black_box(calloc(1, size_of::<Body>()))) };
    }
    Ok(0.0)
}

#[inline(never)]
fn alloc_and_drop(world: &mut World) -> Outcome {
    for _ in 0..world.count {
        drop(black_box(world.body_type.alloc()?));
    }
    Ok(0.0)
}

const PROBES: [(&str, Probe); 24] = [
    ("native_read", native_read),
    ("column_read", column_read),
    ("native_read_by_index", native_read_by_index),
    ("column_read_by_index", column_read_by_index),
    ("native_write", native_write),
    ("column_write", column_write),
    ("column_for_each", column_for_each),
    ("native_bound_get", native_bound_get),
    ("bound_get", bound_get),
    ("native_bound_set", native_bound_set),
    ("bound_set", bound_set),
    ("empty_loop", empty_loop),
    ("native_one", native_one),
    ("field_get", field_get),
    ("field_set", field_set),
    ("at_then_field_get", at_then_field_get),
    ("at_mut_then_field_set", at_mut_then_field_set),
    ("path_get", path_get),
    ("path_set", path_set),
    ("at_then_path_get", at_then_path_get),
    ("native_slice", native_slice),
    ("slice", slice),
    ("calloc_and_free", calloc_and_free),
    ("alloc_and_drop", alloc_and_drop),
];

fn world(count: usize) -> eightbyte::Result<World> {
    let ffi = Ffi::new();
    ffi.cdef(
        "
        struct body { int id; struct { double x[2]; } pos; float mass; };
        ",
    )?;
    Ok(World {
        count,
        native: vec![Body::default(); count],
        bodies: ffi.alloc_array("struct body", count as u64)?,
        body: ffi.alloc("struct body")?,
        body_type: ffi.ctype("struct body")?,
        numbers: ffi.alloc_array("double", count as u64)?,
        x: ffi.field("struct body", "pos.x[1]")?,
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(count) = std::env::args().nth(1) {
        let mut world = world(count.parse()?)?;
        for (_, probe) in PROBES {
            black_box(probe(&mut world)?);
        }
        return Ok(());
    }
    const COUNT: usize = 10_000;
    const ROUNDS: usize = 60;
    let mut world = world(COUNT)?;
    let mut least = [u128::MAX; PROBES.len()];
    // Round after round, so that a busy moment hits all alike
    for _ in 0..ROUNDS {
        for ((_, probe), least) in PROBES.iter().zip(&mut least) {
            let start = Instant::now();
            black_box(probe(&mut world)?);
            *least = start.elapsed().as_nanos().min(*least);
        }
    }
    for ((name, _), least) in PROBES.iter().zip(least) {
        println!("{name} {}", least * 1000 / COUNT as u128);
    }
    Ok(())
}
