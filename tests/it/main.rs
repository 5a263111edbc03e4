//! One test binary.
mod readme;
mod tidy;
