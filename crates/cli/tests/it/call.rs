//! `eightbyte call`.
