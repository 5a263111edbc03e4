//! C text to declarations.
#![forbid(unsafe_code)]
#![allow(dead_code, reason = "the lowering joins later")]

mod dialect;
mod directive;
mod grammar;
mod guard;
mod index;
mod lex;
mod read;
mod report;
mod split;
mod words;
