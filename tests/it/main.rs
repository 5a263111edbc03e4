//! One test binary.
#![allow(unsafe_code, reason = "calls C")]
mod calls;
mod cdata;
