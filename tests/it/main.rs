//! One test binary.

mod attacks;
mod constants;
mod declarations;
mod layouts;
mod mistakes;
mod readme;
mod tidy;
