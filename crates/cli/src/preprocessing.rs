//! What every command that reads C texts can be told of headers and macros.
#![forbid(unsafe_code)]

use crate::Failure;
use clap::Args;
use eightbyte::{Error, Ffi, Target};

/// As a compiler's options of the same names.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Headers and macros")]
pub struct Preprocessing {
    /// Look for headers in this folder, too; repeatable
    #[arg(short = 'I', value_name = "FOLDER")]
    folders: Vec<String>,

    /// Define a macro (as 1 without a value); repeatable
    #[arg(short = 'D', value_name = "NAME[=VALUE]")]
    define: Vec<String>,

    /// Take a macro away, behind all -D; repeatable
    #[arg(short = 'U', value_name = "NAME")]
    undefine: Vec<String>,

    /// Include this header in front of the text; repeatable
    #[arg(long = "include", value_name = "FILE")]
    include: Vec<String>,
}

impl Preprocessing {
    /// Declarations of a target, with all that was asked for.
    pub fn ffi(&self, target: Target) -> Result<Ffi, Error> {
        let ffi = Ffi::for_target(target);
        self.apply(&ffi)?;
        for text in self.included() {
            ffi.cdef_named("<command line>", &text)?;
        }
        Ok(ffi)
    }

    /// Folders and macros, but no headers.
    pub fn apply(&self, ffi: &Ffi) -> Result<(), Error> {
        for folder in &self.folders {
            ffi.add_include_folder(folder)?;
        }
        for definition in &self.define {
            let (name, value) = definition.split_once('=').unwrap_or((definition, "1"));
            ffi.define(name, value)?;
        }
        for name in &self.undefine {
            ffi.undefine(name)?;
        }
        Ok(())
    }

    /// A line for each header that is included in front.
    pub fn included(&self) -> Vec<String> {
        self.include.iter().map(|file| format!("#include \"{file}\"\n")).collect()
    }
}

/// Compilers write `-include`, which this program's options cannot: it is `--include`. What a call passes stays as it is.
pub fn arguments() -> impl Iterator<Item = std::ffi::OsString> {
    let is_call = std::env::args_os().nth(1).is_some_and(|command| command == "call");
    std::env::args_os()
        .map(move |argument| if argument == "-include" && !is_call { "--include".into() } else { argument })
}

/// The one file of a command.
pub fn read(path: &str) -> Result<crate::declare::Text, Failure> {
    let mut texts = crate::declare::read(std::slice::from_ref(&path.to_string()))?;
    texts.pop().ok_or_else(|| Failure::Usage("no file is named".to_string()))
}
