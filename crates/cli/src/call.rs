//! `eightbyte call`.

use crate::Failure;
use clap::Args;

/// Call a C function, and print what it returns.
#[derive(Args)]
pub struct Arguments {
    /// The library: a name such as c, m or z, or a path
    #[arg(value_name = "LIB")]
    library: String,

    /// C declarations; the last function that they declare is called
    #[arg(value_name = "DECLARATIONS")]
    declarations: String,

    /// One for each parameter, as C spells it
    #[arg(value_name = "ARG", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs the command.
pub fn run(_arguments: Arguments) -> Result<(), Failure> {
    Err(Failure::Said)
}
