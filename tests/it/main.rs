//! One test binary.
#![allow(unsafe_code, reason = "calls C")]

mod access;
mod allocation;
mod attacks;
mod callback_kinds;
mod callback_users;
mod callbacks;
mod calls;
mod cdata;
mod columns;
mod constants;
mod conversions;
mod declarations;
mod display;
mod filled;
mod guarded;
mod headers;
mod hostile_process;
mod initialisers;
mod judged_calls;
mod layouts;
mod libraries;
mod luajit;
mod methods;
mod mistakes;
mod narrow;
mod pointers;
mod preprocess;
mod preprocess_join;
mod readme;
mod serialised;
mod short_ways;
mod tidy;
mod unions;
mod variables;
mod views;
