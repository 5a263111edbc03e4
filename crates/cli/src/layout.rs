//! `eightbyte layout`.
#![forbid(unsafe_code)]

use crate::declare::{self, Text};
use crate::preprocessing::Preprocessing;
use crate::{Failure, json, lock, paint, picture, side_by_side};
use clap::Args;
use eightbyte::{Error, Ffi, Layout, Target, TypeRows};

/// Print where every member of every declared struct, union and enum lies.
///
/// Offsets and sizes are in bytes; a bit-field stands as byte:bit and :bits. Bytes that no member uses are shown as
/// holes and padding.
#[derive(Args)]
#[command(after_help = after_help())]
pub struct Arguments {
    /// Machine to lay out for [default: this one]; with several, the layouts stand side by side
    #[arg(long, value_name = "TARGET", value_parser = target)]
    target: Vec<Target>,

    /// Only this type: a name, a tag, or any C type such as 'struct point' or 'int (*[3])(void)'; repeatable
    #[arg(long = "type", value_name = "NAME", conflicts_with_all = ["lock", "check"])]
    types: Vec<String>,

    /// Print JSON (c-layout/1), one line for each target
    #[arg(long, conflicts_with_all = ["lock", "check"])]
    json: bool,

    /// Write the layouts to FILE, to be kept beside the header
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    lock: Option<String>,

    /// Compare with the layouts in FILE; without --target for the targets that it holds
    #[arg(long, value_name = "FILE")]
    check: Option<String>,

    #[command(flatten)]
    preprocessing: Preprocessing,

    /// C headers, declared in this order; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
}

fn after_help() -> String {
    let known: String = Target::all()
        .map(|target| match target == Target::host() {
            true => format!("  {target} (this machine)\n"),
            false => format!("  {target}\n"),
        })
        .collect();
    format!(
        "Targets (Rust's triples and short names such as i386 are known as well):\n{known}
Examples:
  eightbyte layout point.h
  echo 'struct s {{ char c; long l; }};' | eightbyte layout -
  eightbyte layout --type 'struct point' --type 'int[3]' point.h
  eightbyte layout --target x86_64-linux-gnu --target i686-linux-gnu wire.h
  eightbyte layout --lock wire.lock --target x86_64-linux-gnu wire.h
  eightbyte layout --check wire.lock wire.h

Exit status: 0 all is well, 1 the C text is wrong or the layouts have changed, 2 the command is."
    )
}

/// The target of a name.
pub fn target(name: &str) -> Result<Target, String> {
    Target::named(name).map_err(|error| error.message().to_string())
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut targets: Vec<Target> = Vec::new();
    for &target in &arguments.target {
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    if let Some(path) = &arguments.check {
        return check(path, &targets, &arguments);
    }
    if targets.is_empty() {
        targets.push(Target::host());
    }
    let texts = declare::read(&arguments.files)?;
    if let Some(path) = &arguments.lock {
        let written =
            lock::write(path, &sections(&texts, &targets, &arguments.preprocessing)?, &arguments.files)?;
        return paint::print(&written);
    }
    match targets[..] {
        [target] => show_one(&arguments, &declare::declare(&texts, target, &arguments.preprocessing)?),
        _ => show_several(&arguments, &texts, &targets),
    }
}

fn show_one(arguments: &Arguments, ffi: &Ffi) -> Result<(), Failure> {
    if arguments.json {
        return paint::print(&json::object(ffi.target(), &declare::rows(ffi, &arguments.types)?));
    }
    let layouts: Vec<Layout> = match arguments.types[..] {
        [] => ffi.all_layouts()?,
        _ => arguments
            .types
            .iter()
            .map(|name| declare::type_named(ffi, name)?.layout())
            .collect::<Result<_, Error>>()?,
    };
    let coloured = paint::stdout_coloured();
    let drawn: Vec<String> = layouts.iter().map(|layout| picture::draw(layout, coloured) + "\n").collect();
    paint::print(&drawn.join("\n"))
}

fn show_several(arguments: &Arguments, texts: &[Text], targets: &[Target]) -> Result<(), Failure> {
    let declared = declare::declare_for_each(texts, targets, &arguments.preprocessing)?;
    let mut machines: Vec<(Target, Vec<TypeRows>)> = Vec::new();
    for ffi in &declared.machines {
        let rows = if arguments.types.is_empty() { ffi.type_rows()? } else { Vec::new() };
        machines.push((ffi.target(), rows));
    }
    for name in &arguments.types {
        let found: Vec<_> =
            declared.machines.iter().map(|ffi| declare::rows(ffi, std::slice::from_ref(name))).collect();
        // A type that one target only has is shown; one that no target has is a mistake.
        if let [Err(error), ..] = &found[..]
            && found.iter().all(Result::is_err)
        {
            return Err(Failure::Text(error.clone()));
        }
        for (machine, found) in machines.iter_mut().zip(found) {
            machine.1.extend(found.unwrap_or_default());
        }
    }
    let text = match arguments.json {
        true => machines.iter().map(|(target, rows)| json::object(*target, rows)).collect(),
        false => side_by_side::compare(&machines, paint::stdout_coloured()),
    };
    paint::print(&text)?;
    if declared.faulty { Err(Failure::Said) } else { Ok(()) }
}

fn sections(
    texts: &[Text],
    targets: &[Target],
    given: &Preprocessing,
) -> Result<Vec<lock::Section>, Failure> {
    let declared = declare::declare_for_each(texts, targets, given)?;
    // Half a lock file would pass for a whole one.
    if declared.faulty {
        return Err(Failure::Said);
    }
    Ok(declared.machines.iter().map(lock::section).collect::<Result<_, Error>>()?)
}

fn check(path: &str, targets: &[Target], arguments: &Arguments) -> Result<(), Failure> {
    let files = &arguments.files;
    let mut locked = lock::read(path)?;
    if !targets.is_empty() {
        locked.retain(|section| targets.contains(&section.target));
    }
    let targets: Vec<Target> = match targets {
        [] => locked.iter().map(|section| section.target).collect(),
        _ => targets.to_vec(),
    };
    let now = sections(&declare::read(files)?, &targets, &arguments.preprocessing)?;
    let coloured = paint::stdout_coloured();
    let difference = lock::difference(path, files, &locked, &now, coloured);
    if difference.is_empty() {
        return paint::print(&format!("{path}: {} unchanged\n", lock::contents(&now)));
    }
    paint::print(&difference)?;
    Err(Failure::Said)
}
