//! `eightbyte replay`: calls that a list describes, and what came of them (`c-calls/1`).

mod callback;
mod case;
mod literal;
mod wide;
mod worker;

use crate::preprocessing::Preprocessing;
use crate::{Failure, declare, paint};
use clap::Args;
use serde_json::{Map, Value};
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};

/// Make the calls that a list describes and print what came of them: a library tested from data, without a compiler.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// C declarations of the functions and types
    #[arg(long, value_name = "HEADER.h")]
    header: String,

    /// The library
    #[arg(long, value_name = "LIB.so")]
    lib: String,

    /// The list of calls, in the format c-calls/1
    #[arg(value_name = "CASES.json")]
    cases: String,

    #[command(flatten)]
    preprocessing: Preprocessing,
}

const AFTER_HELP: &str = "\
The list: {\"format\": \"c-calls/1\", \"cases\": [{\"id\": \"1\", \"kind\": \"call\", \"func\": \"hypot\",
  \"decl\": \"double hypot(double, double);\",
  \"args\": [{\"type\": \"double\", \"value\": 3}, {\"type\": \"double\", \"hex\": \"0000000000001040\"}]}]}
Of 'hex' (the bytes in memory) and 'value' one is enough. A library that exports oracle_buf and oracle_len has what it
writes there printed as 'recorded'. Each call that crashes loses only itself.

Exit status: 0 the list was worked through (results tell which calls could not be made), 1 the declarations are wrong, \
2 the command is wrong, or the library or the list cannot be read.";

/// Tells a child that it is one, and with which case it begins.
const MARK: &str = "EIGHTBYTE_REPLAY_FROM";

/// What a child says once everything is read.
const READY: &str = "ready";

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let first = std::env::var(MARK).ok().and_then(|first| first.parse::<usize>().ok());
    if let Some(first) = first {
        return worker::work(&arguments, &cases(&arguments)?, first);
    }
    let cases = cases(&arguments)?;
    // Where there is nothing to do, mistakes in the header are still to be told.
    let mut results: Vec<String> = Vec::with_capacity(cases.len());
    loop {
        let first = results.len();
        let status = in_child(first, &mut results)?;
        let Some(case) = cases.get(results.len()) else { break };
        // Whoever crashes behind others may have been harmed by them: alone it gets a second chance.
        if results.len() == first {
            let error = ending(status);
            results.push(answer(case, [("error", error.into())]));
        }
        if results.len() == cases.len() {
            break;
        }
    }
    paint::print(&format!("{{\"results\": [\n{}\n]}}\n", results.join(",\n")))
}

/// Lets a child work until it ends; its results are added.
fn in_child(first: usize, results: &mut Vec<String>) -> Result<ExitStatus, Failure> {
    let failed = |error: std::io::Error| {
        Failure::Usage(format!("cannot start a process for the calls: {}", declare::plain(&error)))
    };
    let program = std::env::current_exe().map_err(failed)?;
    let mut child = Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(MARK, first.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut ready = false;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let Ok(line) = line.map(|line| String::from_utf8_lossy(&line).into_owned()) else { break };
            match ready {
                true => results.push(line),
                false if line == READY => ready = true,
                false => {}
            }
        }
    }
    let status = child.wait().map_err(failed)?;
    match (ready, status.code()) {
        // It has said why.
        (false, Some(code)) => std::process::exit(code),
        (false, None) => Err(Failure::Usage(format!("the library could not be loaded: {}", ending(status)))),
        (true, _) => Ok(status),
    }
}

/// How a process ended before its work was done.
fn ending(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("crashed: signal {signal}");
    }
    match status.code() {
        Some(code) => format!("ended the process: exit status {code}"),
        None => "ended the process".to_string(),
    }
}

/// One line of the results.
fn answer<const N: usize>(case: &Value, parts: [(&str, Value); N]) -> String {
    let mut object = Map::new();
    object.insert("id".to_string(), case.get("id").cloned().unwrap_or(Value::Null));
    object.extend(parts.into_iter().map(|(name, value)| (name.to_string(), value)));
    Value::Object(object).to_string()
}

/// The cases of the list.
fn cases(arguments: &Arguments) -> Result<Vec<Value>, Failure> {
    let wrong = |what: String| Failure::Usage(format!("{}: {what}", arguments.cases));
    let mut texts = declare::read(std::slice::from_ref(&arguments.cases))?;
    let text = texts.pop().map(|text| text.text).unwrap_or_default();
    let list: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if let Some(format) = list.get("format").filter(|format| **format != "c-calls/1") {
        return Err(wrong(format!("expected the format \"c-calls/1\", found {format}")));
    }
    match list.get("cases") {
        Some(Value::Array(cases)) => Ok(cases.clone()),
        _ => Err(wrong("expected an object with a list of \"cases\"".to_string())),
    }
}
