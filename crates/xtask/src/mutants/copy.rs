//! A copy of the workspace that keeps its times: what has not changed is not built again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What no test needs, or what is made anew.
const LEFT_OUT: [&str; 3] = ["target", ".git", ".ci"];

/// Makes the copy equal to the workspace.
pub(super) fn update(from: &Path, to: &Path) -> Result<(), String> {
    let mut wanted = BTreeSet::new();
    list(from, Path::new(""), &mut wanted)?;
    let mut present = BTreeSet::new();
    if to.exists() {
        list(to, Path::new(""), &mut present)?;
    }
    for gone in present.difference(&wanted) {
        let path = to.join(gone);
        fs::remove_file(&path).map_err(|error| format!("cannot remove {}: {error}", path.display()))?;
    }
    for file in &wanted {
        bring(&from.join(file), &to.join(file))?;
    }
    Ok(())
}

fn list(root: &Path, folder: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), String> {
    let told = |error: std::io::Error| format!("cannot read {}: {error}", root.join(folder).display());
    for entry in fs::read_dir(root.join(folder)).map_err(told)? {
        let entry = entry.map_err(told)?;
        let path = folder.join(entry.file_name());
        if LEFT_OUT.iter().any(|name| path == Path::new(name)) {
            continue;
        }
        if entry.file_type().map_err(told)?.is_dir() {
            list(root, &path, files)?;
        } else {
            files.insert(path);
        }
    }
    Ok(())
}

/// Copies a file, unless its bytes are there already.
fn bring(from: &Path, to: &Path) -> Result<(), String> {
    let told = |error: std::io::Error| format!("cannot copy {}: {error}", from.display());
    let bytes = fs::read(from).map_err(told)?;
    if fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(told)?;
    }
    fs::write(to, bytes).map_err(told)
}
