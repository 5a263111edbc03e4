//! try
fn main() {
    let text = std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap();
    let ffi = match std::env::args().nth(2) {
        Some(t) => eightbyte::Ffi::for_target(eightbyte::Target::named(&t).unwrap()),
        None => eightbyte::Ffi::new(),
    };
    let t = std::time::Instant::now();
    if let Err(e) = ffi.cdef_named("x.h", &text) {
        println!("{e}");
        println!("{} errors", e.diagnostics().len());
        return;
    }
    eprintln!("{:?}", t.elapsed());
    println!("{}", ffi.layouts().unwrap());
    println!("{}", ffi.show());
}
