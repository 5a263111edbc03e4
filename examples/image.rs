//! Makes an image grey, four ways, and tells how long each takes beside Rust's own structs.

use eightbyte::{CData, Ffi, check_struct};
use std::time::{Duration, Instant};

const WIDTH: u64 = 400;
const HEIGHT: u64 = 300;

/// What makes an image grey.
type Way<'w> = &'w mut dyn FnMut(&mut CData) -> eightbyte::Result<()>;

#[repr(C)]
#[derive(Clone, Copy)]
struct Pixel {
    r: u8,
    g: u8,
    b: u8,
    a: u8,
}

// Compared with the declaration, member by member, when a view is asked for.
check_struct!(Pixel { r, g, b, a });

/// Light as the eye sees it, in integers.
fn grey(r: u8, g: u8, b: u8) -> u8 {
    ((u32::from(r) * 77 + u32::from(g) * 151 + u32::from(b) * 28) >> 8) as u8
}

fn main() -> eightbyte::Result<()> {
    let ffi = Ffi::new();
    ffi.cdef("typedef struct { uint8_t r, g, b, a; } pixel_t;")?;
    let mut image = ffi.alloc_array("pixel_t", WIDTH * HEIGHT)?;
    let (_, native) = least(&mut image, native)?;
    let expected = sum(&image);

    println!("{WIDTH} x {HEIGHT} pixels made grey, against a Vec of Rust structs, copied in and out:");
    let (r, g, b) = (
        ffi.field::<u8>("pixel_t", "r")?,
        ffi.field::<u8>("pixel_t", "g")?,
        ffi.field::<u8>("pixel_t", "b")?,
    );
    let ways: [(&str, Way<'_>); 4] = [
        ("paths", &mut by_paths),
        ("resolved fields", &mut |image| {
            for index in 0..image.len() {
                let mut pixel = image.at_mut(index)?;
                let light = grey(r.get(&pixel)?, g.get(&pixel)?, b.get(&pixel)?);
                r.set(&mut pixel, light)?;
                g.set(&mut pixel, light)?;
                b.set(&mut pixel, light)?;
            }
            Ok(())
        }),
        ("columns", &mut |image| {
            let (reds, greens, blues) = (r.column(image)?, g.column(image)?, b.column(image)?);
            let lights: Vec<u8> =
                (0..reds.len()).map(|index| grey(reds[index], greens[index], blues[index])).collect();
            for field in [&r, &g, &b] {
                field.column_mut(image)?.iter_mut().zip(&lights).for_each(|(to, light)| *to = *light);
            }
            Ok(())
        }),
        ("a view", &mut |image| {
            for pixel in image.view_mut::<Pixel>()? {
                let light = grey(pixel.r, pixel.g, pixel.b);
                (pixel.r, pixel.g, pixel.b) = (light, light, light);
            }
            Ok(())
        }),
    ];
    for (name, way) in ways {
        let (_, time) = least(&mut image, way)?;
        assert_eq!(sum(&image), expected, "{name}");
        println!("{name:>16}: {:6.1}x", time.as_secs_f64() / native.as_secs_f64());
    }
    println!("the pixel in the middle: {}", image.at((HEIGHT / 2) * WIDTH + WIDTH / 2)?);
    Ok(())
}

/// What string paths cost when they are used again and again.
fn by_paths(image: &mut CData) -> eightbyte::Result<()> {
    for index in 0..image.len() {
        let mut pixel = image.at_mut(index)?;
        let light = grey(pixel.get("r")?, pixel.get("g")?, pixel.get("b")?);
        pixel.set("r", light)?;
        pixel.set("g", light)?;
        pixel.set("b", light)?;
    }
    Ok(())
}

/// The same loop over Rust's own structs, copied in and out.
fn native(image: &mut CData) -> eightbyte::Result<()> {
    let chunks = image.bytes().as_chunks::<4>().0;
    let mut pixels: Vec<Pixel> = chunks.iter().map(|&[r, g, b, a]| Pixel { r, g, b, a }).collect();
    for pixel in &mut pixels {
        let light = grey(pixel.r, pixel.g, pixel.b);
        (pixel.r, pixel.g, pixel.b) = (light, light, light);
    }
    for (to, from) in image.bytes_mut().as_chunks_mut::<4>().0.iter_mut().zip(&pixels) {
        *to = [from.r, from.g, from.b, from.a];
    }
    Ok(())
}

/// A picture with some colour everywhere.
fn paint(image: &mut CData) {
    for (index, pixel) in image.bytes_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let (x, y) = (index as u64 % WIDTH, index as u64 / WIDTH);
        *pixel = [(x * 255 / WIDTH) as u8, (y * 255 / HEIGHT) as u8, (x ^ y) as u8, 255];
    }
}

/// The least time of a few rounds, each with the picture painted anew.
fn least<T>(
    image: &mut CData,
    mut way: impl FnMut(&mut CData) -> eightbyte::Result<T>,
) -> eightbyte::Result<(Option<T>, Duration)> {
    let (mut found, mut time) = (None, Duration::MAX);
    for _ in 0..5 {
        paint(image);
        let start = Instant::now();
        found = Some(way(image)?);
        time = time.min(start.elapsed());
    }
    Ok((found, time))
}

fn sum(image: &CData) -> u64 {
    image.bytes().iter().map(|byte| u64::from(*byte)).sum()
}
