//! One test binary.

mod layouts;
