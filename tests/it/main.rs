//! One test binary.
#![allow(unsafe_code, reason = "calls C")]

mod attacks;
mod calls;
mod cdata;
mod constants;
mod conversions;
mod declarations;
mod initialisers;
mod layouts;
mod mistakes;
mod pointers;
mod readme;
mod tidy;
mod views;
