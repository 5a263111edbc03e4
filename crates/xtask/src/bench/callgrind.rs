//! Instructions, counted by valgrind.

use std::collections::HashMap;
use std::process::Command;

/// What functions cost, with all that they call, by the last part of their names.
#[derive(Default)]
pub(super) struct Profile {
    /// Instructions of all calls together.
    pub costs: HashMap<String, u64>,
    /// How often each was called.
    pub calls: HashMap<String, u64>,
}

/// What the functions of a probe that is run with these arguments cost; `None` where valgrind is missing.
pub(super) fn count(probe: &str, arguments: &[&str]) -> Result<Option<Profile>, String> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(None);
    }
    let file = std::env::temp_dir().join(format!("eightbyte-callgrind-{}", std::process::id()));
    let output = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(probe)
        .args(arguments)
        .output()
        .map_err(|error| format!("valgrind did not start: {error}"))?;
    let profile = std::fs::read_to_string(&file);
    // It has been read, or was never written
    let _ = std::fs::remove_file(&file);
    if !output.status.success() {
        return Err(format!("valgrind failed:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    let profile = profile.map_err(|error| format!("no profile at {}: {error}", file.display()))?;
    Ok(Some(inclusive(&profile)))
}

/// Reads what callgrind wrote.
///
/// The format: `cfn=(7) name` names a called function, `cfn=(7)` does so again; after `calls=` follows a line with a
/// position and the cost of these calls.
fn inclusive(profile: &str) -> Profile {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let mut found = Profile::default();
    let mut called = None;
    let mut lines = profile.lines();
    while let Some(line) = lines.next() {
        if let Some(function) = line.strip_prefix("cfn=").or_else(|| line.strip_prefix("fn=")) {
            let (id, name) = function.split_once(' ').unwrap_or((function, ""));
            if !name.is_empty() {
                names.insert(id, name);
            }
            if line.starts_with('c') {
                called = names.get(id).copied();
            }
        } else if let Some(calls) = line.strip_prefix("calls=") {
            let calls = calls.split(' ').next().and_then(|calls| calls.parse::<u64>().ok());
            let cost = lines.next().and_then(|line| line.split(' ').next_back()?.parse::<u64>().ok());
            if let (Some(name), Some(cost), Some(calls)) = (called.take(), cost, calls) {
                let last = name.rsplit("::").find(|part| !is_hash(part)).unwrap_or(name);
                *found.costs.entry(last.to_string()).or_default() += cost;
                *found.calls.entry(last.to_string()).or_default() += calls;
            }
        }
    }
    found
}

/// The end of a mangled name: `h` and 16 digits.
fn is_hash(part: &str) -> bool {
    part.len() == 17 && part.starts_with('h') && part.chars().skip(1).all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile() {
        let profile = "fn=(1) main\n12 5\ncfn=(2) probe::path_get::h0123456789abcdef\ncalls=1 0\n13 600\n\
                       cfn=(3) other\ncalls=2 0\n14 7\nfn=(3)\n1 3\ncfn=(2)\ncalls=1 0\n+2 400\n";
        let found = inclusive(profile);
        assert_eq!((found.costs.get("path_get"), found.calls.get("path_get")), (Some(&1000), Some(&2)));
        assert_eq!((found.costs.get("other"), found.calls.get("other")), (Some(&7), Some(&2)));
    }
}
