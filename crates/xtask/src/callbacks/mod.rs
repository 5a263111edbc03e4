//! `cargo xtask callbacks`: the functions of `cargo xtask calls` turned round. Compiled C calls callbacks of the library,
//! and what arrives and what comes back is compared with what was sent, byte for byte.

mod caller;
mod judge;

use crate::calls::{self, Direction};

pub(crate) use caller::{PRELUDE, caller};
pub(crate) use judge::judge;

/// Runs the command with these arguments; true if no call was wrong.
pub fn command(arguments: &[String]) -> Result<bool, String> {
    calls::command_for(Direction::In, arguments)
}
