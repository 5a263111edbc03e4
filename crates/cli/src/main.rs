//! `eightbyte`.
fn main() {}
