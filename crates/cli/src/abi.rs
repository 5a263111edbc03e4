//! `eightbyte abi`.
#![forbid(unsafe_code)]

use crate::preprocessing::Preprocessing;
use crate::{Failure, paint};
use clap::Args;
use eightbyte::abi::{CallPlan, Convention};
use eightbyte::{Decl, Ffi, FunctionType, ParameterTail, Target, Type};
use std::sync::Arc;

/// Show where the arguments and the result of a C function travel: classes, registers, stack.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// Target to plan for: any of x86-64; this machine if none is given
    #[arg(long, value_name = "TARGET", value_parser = crate::layout::target)]
    target: Option<Target>,

    /// Types of what is passed behind '...', such as 'double, int'
    #[arg(long, value_name = "TYPES")]
    with: Option<String>,

    /// Every function that is declared, not the last one alone
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    preprocessing: Preprocessing,

    /// C declarations
    #[arg(value_name = "DECLARATIONS")]
    declarations: String,
}

const AFTER_HELP: &str = "\
Each argument stands with its size, the classes of its eightbytes (x86-64 psABI, 3.2.3) and the registers or the stack \
slot that it travels in; [sp+0] is where the stack pointer points at the call.

Examples:
  eightbyte abi 'struct s { double x; int n; } f(struct s, int, ...)'
  eightbyte abi --with 'double, int' 'int printf(const char *format, ...)'
  eightbyte abi --target x86_64-windows-gnu 'struct p { long a, b; }; void g(struct p p, float x);'

Exit status: 0 it was shown, 1 the declarations are wrong, 2 the command is wrong.";

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let ffi = arguments.preprocessing.ffi(arguments.target.unwrap_or_else(Target::host))?;
    let text = arguments.declarations.trim_end();
    let end = if text.ends_with([';', '}']) || text.is_empty() { "" } else { ";" };
    ffi.cdef_named("<declarations>", &format!("{text}{end}"))?;
    let mut functions: Vec<(Arc<str>, Type)> = ffi.declarations().into_iter().filter_map(function).collect();
    if !arguments.all {
        functions = functions.pop().into_iter().collect();
    }
    if functions.is_empty() {
        return Err(Failure::Usage("the declarations declare no function".to_string()));
    }
    let tail = match &arguments.with {
        Some(types) => types_of(&ffi, types)?,
        None => Vec::new(),
    };
    let mut shown = Vec::new();
    for (name, ty) in &functions {
        let Some(function) = ty.as_function() else { continue };
        if !tail.is_empty() && function.tail == ParameterTail::Closed {
            return Err(Failure::Usage(format!("'{name}' has no '...' to pass anything behind")));
        }
        shown.push(show(name, function, &tail, &ffi.call_plan_with(name, &tail)?));
    }
    paint::print(&shown.join("\n"))
}

fn function(declared: eightbyte::Declared) -> Option<(Arc<str>, Type)> {
    match declared.decl {
        Decl::Function { name, ty, .. } => Some((name, ty)),
        _ => None,
    }
}

/// The types of a list, read as the parameters of a function.
fn types_of(ffi: &Ffi, list: &str) -> Result<Vec<Type>, Failure> {
    let pointer = ffi.ctype(&format!("void (*)({list})"))?;
    let function = pointer.as_type().pointee().and_then(Type::as_function);
    let parameters = function.map(|function| function.parameters.iter());
    let types: Vec<Type> = parameters.into_iter().flatten().map(|parameter| parameter.ty.clone()).collect();
    Ok(types)
}

fn show(name: &str, function: &FunctionType, tail: &[Type], plan: &CallPlan) -> String {
    let fixed = function.parameters.iter().map(|parameter| match &parameter.name {
        Some(name) => format!("{name}: {}", parameter.ty),
        None => parameter.ty.to_string(),
    });
    let tail = tail.iter().map(|ty| format!("... {ty}"));
    let mut labels: Vec<String> = fixed.chain(tail).collect();
    let arguments = plan.arguments().len();
    labels.truncate(arguments);
    labels.resize(arguments, "...".to_string());
    labels.push(format!("returns {}", function.result));
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);

    let text = plan.to_string();
    let mut lines = text.lines();
    let mut shown = format!("{name}, {}\n", convention(plan.convention()));
    for label in &labels {
        let line = lines.next().unwrap_or_default();
        let travel = line.split_once(": ").map_or(line, |(_, travel)| travel);
        shown += &format!("  {label:width$}  {travel}\n");
    }
    for line in lines.filter(|line| !line.starts_with("vector registers")) {
        shown += &format!("  {line}\n");
    }
    if function.tail != ParameterTail::Closed {
        shown += &variadic(plan, arguments > function.parameters.len());
    }
    shown
}

fn convention(convention: Convention) -> &'static str {
    match convention {
        Convention::Sysv64 => "System V x86-64",
        Convention::Win64 => "Microsoft x64",
        _ => "another convention",
    }
}

/// What is different where the prototype ends in `...`.
fn variadic(plan: &CallPlan, has_tail: bool) -> String {
    let more = match (has_tail, plan.convention()) {
        (true, _) => "",
        (false, Convention::Win64) => {
            "  ...: promoted (float to double, small integers to int); a double travels in both registers of its place\n"
        }
        (false, _) => {
            "  ...: promoted (float to double, small integers to int), then in the registers that are left\n"
        }
    };
    match plan.convention() {
        Convention::Win64 => more.to_string(),
        _ => format!("{more}  al = {}, the vector registers in use\n", plan.vector_registers()),
    }
}
