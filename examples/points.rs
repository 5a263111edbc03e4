//! An array of C structs filled and summed, and one passed and returned by value.

use eightbyte::Ffi;

#[repr(C)]
#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
}

extern "C" fn turned(p: Point, times: i32) -> Point {
    (0..times.rem_euclid(4)).fold(p, |p, _| Point { x: -p.y, y: p.x })
}

fn main() -> eightbyte::Result<()> {
    let ffi = Ffi::new();
    ffi.cdef(
        "
        typedef struct { double x, y; } point_t;
        point_t turned(point_t p, int times);
        ",
    )?;

    let mut points = ffi.alloc_array("point_t", 100)?;
    let (x, y) = (ffi.field::<f64>("point_t", "x")?, ffi.field::<f64>("point_t", "y")?);
    for index in 0..points.len() {
        let mut point = points.at_mut(index)?;
        x.set(&mut point, index as f64)?;
        y.set(&mut point, 0.5)?;
    }
    let mut sum = (0.0, 0.0);
    for index in 0..points.len() {
        let point = points.at(index)?;
        sum = (sum.0 + x.get(&point)?, sum.1 + y.get(&point)?);
    }
    println!("the sum of {} points is {sum:?}", points.len());

    // A field as a column reads like a slice; an array inside of a struct is set as a whole
    ffi.cdef("struct path { int count; double lengths[4]; point_t corners[4]; };")?;
    x.column_mut(&mut points)?.iter_mut().for_each(|x| *x *= 2.0);
    println!("doubled, x adds up to {}", x.column(&points)?.iter().sum::<f64>());
    let mut path = ffi.alloc("struct path")?;
    path.set("count", 4)?;
    path.set("corners", [(0, 0), (3, 0), (3, 4), (0, 4)])?;
    let corners: Vec<(f64, f64)> = path.get("corners")?;
    let lengths: Vec<f64> = (0..4)
        .map(|index| {
            let ((x, y), (next_x, next_y)) = (corners[index], corners[(index + 1) % 4]);
            (next_x - x).hypot(next_y - y)
        })
        .collect();
    path.set("lengths", lengths)?;
    println!("{path}");

    // Numbers in a row are a slice
    let mut numbers = ffi.make("double[6]", [3.0, 1.0, 2.0, 6.0, 5.0, 4.0])?;
    numbers.as_mut_slice::<f64>()?.sort_by(f64::total_cmp);
    println!("{numbers}");

    // SAFETY: `turned` is a function of this program, declared as it is defined
    let turned = unsafe { ffi.function_at("turned", turned as *const _)? };
    let p = ffi.make("point_t", (3, 4))?;
    // SAFETY: it takes a point by value and touches nothing else
    let q: eightbyte::CData = unsafe { turned.call((&p, 1))? };
    println!("{p} turned is {q}");
    Ok(())
}
