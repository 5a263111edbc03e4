//! C text to declarations.
#![forbid(unsafe_code)]
#![allow(dead_code, reason = "the lowering joins later")]

mod boundary;
mod bracket;
mod dialect;
mod directive;
mod grammar;
mod guard;
mod index;
mod lex;
mod name;
mod read;
mod report;
mod scan;
mod split;
mod words;
