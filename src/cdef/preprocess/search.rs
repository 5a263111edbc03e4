//! Where headers are: folders on disk and our own.

use super::names::Name;
use super::{freestanding, hosted};
use crate::error::Source;
use std::collections::HashMap;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folders that `#include` looks in, and the files that were found.
pub(crate) struct Search {
    folders: Vec<Folder>,
    files: Vec<File>,
    by_path: HashMap<String, Option<u32>>,
    found: HashMap<(usize, String), Option<Found>>,
    /// Files with `#pragma once`, from all texts.
    once: Vec<String>,
    triple: String,
    /// What has the name of a header and is none, with the reason.
    refused: Vec<(String, String)>,
}

/// One folder.
#[derive(Clone, Debug)]
struct Folder {
    place: Place,
    system: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Place {
    Disk(String),
    /// Compiled in.
    Own,
}

struct File {
    path: String,
    source: Arc<Source>,
    guard: Option<Name>,
}

/// A file, and the folder (by number) that it was found in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub file: u32,
    pub folder: Option<usize>,
    pub system: bool,
}

impl Search {
    /// Nothing but our own headers.
    pub(crate) fn own(triple: &str) -> Search {
        Search {
            folders: vec![Folder { place: Place::Own, system: true }],
            files: Vec::new(),
            by_path: HashMap::new(),
            found: HashMap::new(),
            once: Vec::new(),
            triple: triple.to_owned(),
            refused: Vec::new(),
        }
    }

    /// What a compiler for a target looks through on this machine, as far as it is there, and our own headers.
    pub(crate) fn installed(triple: &str) -> Search {
        let mut search = Search::own(triple);
        let own = search.folders.pop();
        let private = private_folder(triple);
        search.folders.extend(private.map(disk));
        search
            .folders
            .extend(system_folders(triple).into_iter().filter(|path| Path::new(path).is_dir()).map(disk));
        // What is installed comes first: the headers of compilers and C libraries refer to each other's inner names.
        search.folders.extend(own);
        search
    }

    /// Puts a user's folder behind those that the user gave before, in front of all others.
    pub(crate) fn add_folder(&mut self, path: &str) {
        let users = self.folders.iter().take_while(|folder| !folder.system).count();
        self.folders.insert(users, Folder { place: Place::Disk(trimmed(path)), system: false });
        self.forget();
    }

    /// Takes out all of the system's folders.
    pub(crate) fn remove_system(&mut self) {
        self.folders.retain(|folder| !folder.system || folder.place == Place::Own);
        self.forget();
    }

    /// What was read is read again for the next text.
    pub(super) fn forget(&mut self) {
        self.files.clear();
        self.refused.clear();
        self.by_path.clear();
        self.found.clear();
    }

    /// How many files asked to be read only once.
    pub(super) fn mark(&self) -> usize {
        self.once.len()
    }

    pub(super) fn back_to(&mut self, mark: usize) {
        self.once.truncate(mark);
    }

    /// The folders, for messages.
    pub(super) fn folders(&self) -> Vec<&str> {
        let names = self.folders.iter().map(|folder| match &folder.place {
            Place::Disk(path) => path.as_str(),
            Place::Own => "(the headers that come with eightbyte)",
        });
        names.collect()
    }

    /// Why a header is not found, where more is to be said than that.
    pub(super) fn why_not(&self, name: &str) -> Vec<String> {
        let is_named = |path: &str| {
            path.strip_suffix(name).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
        };
        let named = self.refused.iter().filter(|(path, _)| is_named(path));
        let mut notes: Vec<String> = named.map(|(path, why)| format!("'{path}' {why}")).collect();
        if hosted::is_known(name) {
            let triple = &self.triple;
            notes.push(format!(
                "the one that comes with eightbyte tells of {}, not of {triple}",
                hosted::TARGET
            ));
        }
        notes
    }

    /// Looks for a header: beside the text first if `beside` is its folder, then from a folder on.
    pub(super) fn find(&mut self, name: &str, beside: Option<(&str, bool)>, from: usize) -> Option<Found> {
        if Path::new(name).is_absolute() {
            let file = self.open(name)?;
            return Some(Found { file, folder: None, system: false });
        }
        if let Some((folder, system)) = beside {
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            let own = folder.strip_prefix(OWN).is_some();
            let found = if own { self.open_own(name) } else { self.open(&path) };
            if let Some(file) = found {
                return Some(Found { file, folder: None, system });
            }
        }
        if let Some(known) = self.found.get(&(from, name.to_owned())) {
            return *known;
        }
        let mut found = None;
        for number in from..self.folders.len() {
            let (place, system) = (self.folders[number].place.clone(), self.folders[number].system);
            let file = match place {
                Place::Disk(folder) => self.open(&format!("{folder}/{name}")),
                Place::Own => self.open_own(name),
            };
            if let Some(file) = file {
                found = Some(Found { file, folder: Some(number), system });
                break;
            }
        }
        self.found.insert((from, name.to_owned()), found);
        found
    }

    fn open(&mut self, path: &str) -> Option<u32> {
        if let Some(known) = self.by_path.get(path) {
            return *known;
        }
        let file = match read(path) {
            Ok(text) => {
                self.files.push(File { path: path.to_owned(), source: Source::new(path, text), guard: None });
                Some(self.files.len() as u32 - 1)
            }
            Err(None) => None,
            Err(Some(why)) => {
                self.refused.push((path.to_owned(), why));
                None
            }
        };
        self.by_path.insert(path.to_owned(), file);
        file
    }

    fn open_own(&mut self, name: &str) -> Option<u32> {
        let path = format!("{OWN}/{name}");
        if let Some(known) = self.by_path.get(&path) {
            return *known;
        }
        let source = match freestanding::text(name) {
            Some(text) => Source::new(path.as_str(), text),
            None => Source::new(path.as_str(), hosted::text(name, &self.triple)?),
        };
        self.files.push(File { path: path.clone(), source, guard: None });
        let file = self.files.len() as u32 - 1;
        self.by_path.insert(path, Some(file));
        Some(file)
    }

    pub(super) fn source(&self, file: u32) -> Option<&Arc<Source>> {
        self.files.get(file as usize).map(|file| &file.source)
    }

    pub(super) fn guard(&self, file: u32) -> Option<Name> {
        self.files.get(file as usize)?.guard
    }

    pub(super) fn remember_guard(&mut self, file: u32, name: Name) {
        if let Some(file) = self.files.get_mut(file as usize) {
            file.guard = Some(name);
        }
    }

    /// Has the file asked to be read only once, and was it?
    pub(super) fn is_done(&self, file: u32) -> bool {
        let Some(file) = self.files.get(file as usize) else { return false };
        self.once.iter().any(|path| {
            *path == file.path
                || (path.rsplit('/').next() == file.path.rsplit('/').next() && same_file(path, &file.path))
        })
    }

    pub(super) fn set_once(&mut self, file: u32) {
        if let Some(file) = self.files.get(file as usize)
            && !self.once.contains(&file.path)
        {
            self.once.push(file.path.clone());
        }
    }
}

/// The text of a file; an error with a reason where something is there that is no text.
///
/// A pipe would be waited for, and a device may have no end: only files are read, and not without limit.
fn read(path: &str) -> Result<String, Option<String>> {
    if path == "/dev/null" {
        return Ok(String::new());
    }
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidInput => None,
        _ => {
            let text = error.to_string().to_lowercase();
            Some(format!("cannot be read: {}", text.split(" (os error").next().unwrap_or(&text)))
        }
    };
    let found = std::fs::metadata(path).map_err(unreadable)?;
    if found.is_dir() {
        return Err(Some("is a folder".to_owned()));
    }
    if !found.is_file() {
        return Err(Some("is a pipe or a device, which is not read".to_owned()));
    }
    let mut bytes = Vec::with_capacity(found.len().min(LARGEST) as usize + 1);
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Some(format!("is larger than {} MiB", LARGEST >> 20)));
    }
    Ok(String::from_utf8(bytes).unwrap_or_else(|odd| String::from_utf8_lossy(odd.as_bytes()).into()))
}

/// Bytes of a header.
const LARGEST: u64 = 256 << 20;

/// Where our own headers seem to be, in messages.
const OWN: &str = "<eightbyte>";

fn same_file(one: &str, other: &str) -> bool {
    match (std::fs::canonicalize(one), std::fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn disk(path: String) -> Folder {
    Folder { place: Place::Disk(path), system: true }
}

fn trimmed(path: &str) -> String {
    let short = path.trim_end_matches('/');
    if short.is_empty() && !path.is_empty() { "/".to_owned() } else { short.to_owned() }
}

/// The folder of gcc's own headers, which some of its others want (`immintrin.h`): the newest that is there.
fn private_folder(triple: &str) -> Option<String> {
    let native = triple.replace("i686-linux-gnu", "x86_64-linux-gnu").replace("windows-gnu", "w64-mingw32");
    let folders = [
        format!("/usr/lib/gcc/{triple}"),
        format!("/usr/lib/gcc/{native}"),
        format!("/usr/lib/gcc-cross/{native}"),
        format!("/usr/lib/gcc/{}", native.replace("-linux-gnu", "-redhat-linux")),
        format!("/usr/lib/gcc/{}", native.replace("-linux-gnu", "-pc-linux-gnu")),
        format!("/usr/lib/gcc/{}", native.replace("-linux-gnu", "-alpine-linux-musl")),
    ];
    folders.iter().find_map(|folder| {
        let versions = std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
        let with_headers = versions.filter(|path| path.join("include/stddef.h").is_file());
        let newest = with_headers.max_by_key(|path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let numbers: Vec<u32> = name.split(['.', '-']).map(|part| part.parse().unwrap_or(0)).collect();
            numbers
        })?;
        Some(newest.join("include").to_string_lossy().into_owned())
    })
}

fn system_folders(triple: &str) -> Vec<String> {
    let foreign = |folder: &str| vec![format!("/usr/{folder}/include")];
    let machine = std::env::consts::ARCH;
    match triple {
        "x86_64-windows-gnu" => foreign("x86_64-w64-mingw32"),
        "x86_64-windows-msvc" => {
            std::env::var("INCLUDE").map_or(Vec::new(), |list| list.split(';').map(str::to_owned).collect())
        }
        "aarch64-apple-darwin" => vec![
            "/Library/Developer/CommandLineTools/SDKs/MacOSX.sdk/usr/include".to_owned(),
            "/Applications/Xcode.app/Contents/Developer/Platforms/MacOSX.platform/Developer/SDKs/MacOSX.sdk/usr/include".to_owned(),
        ],
        "aarch64-linux-gnu" if machine != "aarch64" => foreign("aarch64-linux-gnu"),
        "x86_64-linux-gnu" if machine != "x86_64" => foreign("x86_64-linux-gnu"),
        "i686-linux-gnu" => vec![
            "/usr/local/include".to_owned(),
            "/usr/include/i386-linux-gnu".to_owned(),
            "/usr/include".to_owned(),
        ],
        _ => vec![
            "/usr/local/include".to_owned(),
            format!("/usr/include/{triple}"),
            "/usr/include".to_owned(),
        ],
    }
}
