//! `cargo xtask bench calls`: every way to make a call, beside a plain one through a pointer.

use super::callgrind::{self, Profile};
use super::{build, times};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Calls in each counted loop: many against what a loop sets up once.
const COUNT: u64 = 20_000;

/// What the library of the bench declares.
pub const HEADER: &str = "\
typedef struct { double x, y; } p2;
typedef struct { long a, b, c, d; } big;
int add(int a, int b);
double mix(int a, double b, void *c, float d, long e);
p2 turn(p2 a, p2 b);
long ten(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j);
big shift(big l, int by);
";

const BODIES: &str = "\
int add(int a, int b) { return a + b; }
double mix(int a, double b, void *c, float d, long e) { return a + b + (c != 0) + d + e; }
p2 turn(p2 a, p2 b) { p2 r = { a.x - b.y, a.y + b.x }; return r; }
long ten(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) {
    return a + b + c + d + e + f + g + h + i + j;
}
big shift(big l, int by) { l.a += by; l.b += by; l.c += by; l.d += by; return l; }
";

/// How a kind of call travels: what goals depend on.
#[derive(Clone, Copy, PartialEq)]
enum Travel {
    Registers,
    Stack,
}

/// A kind of call: its name in the probe, how it is shown, how it travels.
const KINDS: [(&str, &str, Travel); 5] = [
    ("add", "int(int, int)", Travel::Registers),
    ("mix", "double(int, double, void *, float, long)", Travel::Registers),
    ("turn", "p2(p2, p2)", Travel::Registers),
    ("ten", "long(ten longs)", Travel::Stack),
    ("shift", "big(big, int), 32 bytes", Travel::Stack),
];

/// A way to make a call. A new one is a row here and, in the probe, a loop of the name `KIND_SUFFIX` for each kind of
/// call that can be made so.
struct Way {
    /// The end of its probes' names; where one is missing, the row is left out.
    suffix: &'static str,
    title: &'static str,
    /// How many times a plain call it may cost.
    limit: fn(Travel) -> Option<f64>,
    /// May it cost a fifth of what libffi takes, a third with stack arguments, the callee left out on both sides?
    against_libffi: bool,
}

const WAYS: [Way; 9] = [
    Way { suffix: "plain", title: "plain function pointer", limit: |_| None, against_libffi: false },
    Way { suffix: "symbol", title: "`symbol::<F>()`", limit: |_| Some(1.0), against_libffi: false },
    Way { suffix: "bound", title: "`Bound::store`, then `call_word`", limit: of_image, against_libffi: true },
    Way { suffix: "many", title: "`Bound::call_many`, a row", limit: |_| None, against_libffi: true },
    Way { suffix: "tuple", title: "`call(tuple)`", limit: |_| Some(4.8), against_libffi: true },
    Way { suffix: "array", title: "`call(&[Value; N])`", limit: |_| Some(6.2), against_libffi: false },
    Way { suffix: "slice", title: "`call(&[Value])`", limit: |_| Some(8.6), against_libffi: false },
    Way {
        suffix: "host",
        title: "`call_host(&[V])`, tagged words",
        limit: |_| Some(8.6),
        against_libffi: false,
    },
    Way { suffix: "libffi", title: "libffi's `ffi_call`", limit: |_| None, against_libffi: false },
];

/// A goal that is not reached yet: shown as such, and held where it stands.
struct Missed {
    kind: &'static str,
    suffix: &'static str,
    of_plain: Option<f64>,
    of_libffi: Option<f64>,
}

const fn missed(kind: &'static str, suffix: &'static str, of_plain: f64) -> Missed {
    Missed { kind, suffix, of_plain: Some(of_plain), of_libffi: None }
}

const MISSED: &[Missed] = &[
    missed("add", "array", 12.6),
    missed("add", "slice", 14.0),
    missed("add", "host", 13.2),
    missed("mix", "array", 7.9),
    missed("ten", "array", 8.8),
    missed("turn", "array", 28.0),
    missed("turn", "slice", 30.5),
    Missed { of_libffi: Some(2.4), ..missed("turn", "tuple", 80.0) },
    missed("shift", "array", 26.5),
    missed("shift", "slice", 27.5),
    Missed { of_libffi: Some(2.9), ..missed("shift", "tuple", 80.0) },
];

fn of_image(travel: Travel) -> Option<f64> {
    Some(if travel == Travel::Stack { 2.5 } else { 2.3 })
}

/// Prints the table; true if every row keeps to its limit.
pub(super) fn run() -> Result<bool, String> {
    let probe = build("calls_probe")?;
    let folder = folder();
    let outcome =
        library(&folder, &format!("{HEADER}{BODIES}")).and_then(|library| compare(&probe, &library, &folder));
    // What cannot be removed is left to whoever empties the folder for such files
    let _ = fs::remove_dir_all(&folder);
    outcome
}

fn folder() -> PathBuf {
    env::temp_dir().join(format!("eightbyte-bench-{}", std::process::id()))
}

fn library(folder: &Path, source: &str) -> Result<PathBuf, String> {
    let (text, library) = (folder.join("calls.c"), folder.join("calls.so"));
    fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    fs::write(&text, source).map_err(|error| format!("{}: {error}", text.display()))?;
    let mut cc = Command::new("cc");
    let status = cc.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(&text).status();
    match status {
        Ok(status) if status.success() => Ok(library),
        Ok(status) => Err(format!("cc failed: {status}")),
        Err(error) => Err(format!("cc did not start: {error}")),
    }
}

fn compare(probe: &str, library: &Path, folder: &Path) -> Result<bool, String> {
    let library = library.to_str().ok_or("the temporary folder has a name that is no text")?;
    let counted = callgrind::count(probe, &[library, &COUNT.to_string()])?;
    let mut times = times(probe, &[library])?;
    times.extend(luajit(library, folder)?);
    println!("| call | way | instructions | of plain | limit | of libffi | limit | time |");
    println!("|---|---|---|---|---|---|---|---|");
    let mut is_kept = true;
    for (kind, title, travel) in KINDS {
        for way in &WAYS {
            let row = Row::of(kind, travel, way, counted.as_ref(), &times);
            let Some(row) = row else { continue };
            is_kept &= row.is_kept;
            println!("| {title} | {} | {} |", way.title, row.cells.join(" | "));
        }
        if let Some(time) = ratio(&times, kind, "luajit") {
            println!("| {title} | LuaJIT, compiled | - | - | - | - | - | {time} |");
        }
    }
    println!();
    let has = |end: &str| times.keys().any(|name| name.ends_with(end));
    for (end, what) in [("_libffi", "libffi (libffi8)"), ("_luajit", "LuaJIT (luajit)")] {
        if !has(end) {
            println!("left out: {what} is missing");
        }
    }
    if counted.is_none() {
        println!("not gated: valgrind is missing");
    } else if !is_kept {
        println!("past a limit: see the cells that are marked");
    }
    Ok(is_kept)
}

struct Row {
    cells: [String; 6],
    is_kept: bool,
}

impl Row {
    /// `None` where there is no such probe.
    fn of(
        kind: &str,
        travel: Travel,
        way: &Way,
        counted: Option<&Profile>,
        times: &HashMap<String, u64>,
    ) -> Option<Row> {
        let name = format!("{kind}_{}", way.suffix);
        times.get(&name)?;
        let time = ratio(times, kind, way.suffix).unwrap_or_else(|| "-".to_string());
        let Some(counted) = counted else {
            let dash = || "-".to_string();
            return Some(Row {
                cells: ["not gated".to_string(), dash(), dash(), dash(), dash(), time],
                is_kept: true,
            });
        };
        let each = |suffix: &str| {
            let cost = counted.costs.get(&format!("{kind}_{suffix}"))?;
            Some(*cost as f64 / COUNT as f64)
        };
        // A probe that was not counted is no success
        let (Some(found), Some(plain)) = (each(way.suffix), each("plain")) else {
            let cells = ["not counted".to_string(), "-".into(), "-".into(), "-".into(), "-".into(), time];
            return Some(Row { cells, is_kept: false });
        };
        let callee = match (counted.costs.get(kind), counted.calls.get(kind)) {
            (Some(cost), Some(calls)) if *calls > 0 => *cost as f64 / *calls as f64,
            _ => 0.0,
        };
        let (of_plain, most) = (found / plain, (way.limit)(travel));
        let of_libffi = each("libffi").map(|libffi| (found - callee) / (libffi - callee));
        let most_of_libffi = match (way.against_libffi, travel) {
            (false, _) => None,
            (true, Travel::Registers) => Some(1.0 / 5.0),
            (true, Travel::Stack) => Some(1.0 / 3.0),
        };
        let missed = MISSED.iter().find(|missed| (missed.kind, missed.suffix) == (kind, way.suffix));
        let (plain_cell, plain_kept) =
            judged(Some(of_plain), most, missed.and_then(|missed| missed.of_plain));
        let (libffi_cell, libffi_kept) =
            judged(of_libffi, most_of_libffi, missed.and_then(|missed| missed.of_libffi));
        let limit = |most: Option<f64>| most.map_or("-".to_string(), |most| format!("{most:.2}x"));
        let cells =
            [format!("{found:.1}"), plain_cell, limit(most), libffi_cell, limit(most_of_libffi), time];
        Some(Row { cells, is_kept: plain_kept && libffi_kept })
    }
}

/// A ratio as it is shown, and whether it keeps to its limit: to two digits, as it is shown.
///
/// `now` is what it may cost where the goal is known to be missed: it must not get worse.
fn judged(ratio: Option<f64>, most: Option<f64>, now: Option<f64>) -> (String, bool) {
    let Some(ratio) = ratio else { return ("-".to_string(), true) };
    if most.is_none_or(|most| ratio <= most + 0.005) {
        return (format!("{ratio:.2}x"), true);
    }
    match now {
        Some(now) if ratio <= now + 0.005 => (format!("{ratio:.2}x (missed, held at {now}x)"), true),
        _ => (format!("{ratio:.2}x (past the limit)"), false),
    }
}

/// The time of a way against a plain call, both the least of many rounds.
fn ratio(times: &HashMap<String, u64>, kind: &str, suffix: &str) -> Option<String> {
    let (time, plain) = (times.get(&format!("{kind}_{suffix}"))?, times.get(&format!("{kind}_plain"))?);
    (*plain > 0).then(|| format!("{:.2}x", *time as f64 / *plain as f64))
}

/// The least time of each call through LuaJIT's FFI, in picoseconds; nothing where there is no LuaJIT.
fn luajit(library: &str, folder: &Path) -> Result<HashMap<String, u64>, String> {
    run_luajit(library, folder, &format!("local header = [[{HEADER}]]\n{}", include_str!("calls.lua")))
}

/// The same of LuaJIT's callbacks, called by a loop in C.
pub(super) fn luajit_callbacks() -> Result<HashMap<String, u64>, String> {
    let folder = folder();
    let source = "int turns(int count, int (*function)(int, int)) {
        int sum = 0;
        for (int index = 0; index < count; index++) sum = function(sum, index);
        return sum;
    }";
    let outcome = library(&folder, source).and_then(|library| {
        let library = library.to_str().ok_or("the temporary folder has a name that is no text")?;
        run_luajit(library, &folder, include_str!("callbacks.lua"))
    });
    // As in `run`
    let _ = fs::remove_dir_all(&folder);
    outcome
}

fn run_luajit(library: &str, folder: &Path, text: &str) -> Result<HashMap<String, u64>, String> {
    if Command::new("luajit").arg("-v").output().is_err() {
        return Ok(HashMap::new());
    }
    let script = folder.join("bench.lua");
    fs::write(&script, text).map_err(|error| format!("{}: {error}", script.display()))?;
    let script = script.to_str().ok_or("the temporary folder has a name that is no text")?;
    times("luajit", &[script, library])
}
