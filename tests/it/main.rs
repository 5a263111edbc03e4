//! One test binary.

mod constants;
mod declarations;
mod layouts;
mod mistakes;
mod readme;
mod tidy;
