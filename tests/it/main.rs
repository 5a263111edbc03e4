//! One test binary.
#![allow(unsafe_code, reason = "calls C")]

mod attacks;
mod calls;
mod cdata;
mod constants;
mod declarations;
mod guarded;
mod judged_calls;
mod layouts;
mod mistakes;
mod readme;
mod tidy;
