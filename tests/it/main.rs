//! One test binary.
#![allow(unsafe_code, reason = "calls C")]

mod allocation;
mod attacks;
mod calls;
mod cdata;
mod constants;
mod declarations;
mod display;
mod layouts;
mod methods;
mod mistakes;
mod readme;
mod serialised;
mod tidy;
