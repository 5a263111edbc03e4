//! One test binary.
#![allow(unsafe_code, reason = "calls C")]

mod access;
mod attacks;
mod calls;
mod cdata;
mod constants;
mod conversions;
mod declarations;
mod filled;
mod initialisers;
mod layouts;
mod luajit;
mod mistakes;
mod readme;
mod tidy;
