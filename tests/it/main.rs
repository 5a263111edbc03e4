//! One test binary.

mod layouts;
mod readme;
mod tidy;
