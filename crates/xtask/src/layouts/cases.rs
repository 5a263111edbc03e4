//! Numbered cases.

/// x
pub fn command(_file: &str) -> Result<bool, String> { Err("no".into()) }
