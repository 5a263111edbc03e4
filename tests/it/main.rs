//! One test binary.
#![allow(unsafe_code, reason = "calls C")]

mod attacks;
mod calls;
mod cdata;
mod columns;
mod constants;
mod declarations;
mod layouts;
mod mistakes;
mod readme;
mod tidy;
