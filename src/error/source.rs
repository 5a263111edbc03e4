//! The user's text, and places in it.

use super::origin::{Origins, Written};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A text that was pasted or read, and the name it goes by in messages.
pub struct Source {
    name: String,
    text: String,
    markers: OnceLock<Vec<Marker>>,
    origins: Option<Origins>,
}

/// From `offset` on, the text says that it is line `line` of `file` (`# 12 "f.h"`, `#line 12`).
pub(crate) struct Marker {
    pub offset: u32,
    pub line: u32,
    pub file: Option<String>,
}

impl Source {
    pub(crate) fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Source> {
        Arc::new(Source { name: name.into(), text: text.into(), markers: OnceLock::new(), origins: None })
    }

    /// A text that was made of others.
    pub(crate) fn made_of(name: &str, text: String, origins: Origins) -> Arc<Source> {
        Arc::new(Source { name: name.to_owned(), text, markers: OnceLock::new(), origins: Some(origins) })
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The name it was given (`<cdef>` for pasted text).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Was it made of other texts?
    pub(super) fn is_made(&self) -> bool {
        self.origins.is_some()
    }

    /// Line markers are found once, by the lexer; in order of their offsets.
    pub(crate) fn set_markers(&self, markers: Vec<Marker>) {
        // A second lexing of the same text finds the same markers.
        let _ = self.markers.set(markers);
    }

    /// The last marker at or before an offset: where its text starts, the line that has there, the file it names.
    pub(crate) fn region(&self, offset: u32) -> (usize, usize, &str) {
        let markers = self.markers.get().map_or(&[][..], Vec::as_slice);
        let count = markers.partition_point(|marker| marker.offset <= offset);
        let file = markers[..count].iter().rev().find_map(|marker| marker.file.as_deref());
        match markers[..count].last() {
            Some(marker) => (marker.offset as usize, marker.line as usize, file.unwrap_or(&self.name)),
            None => (0, 1, &self.name),
        }
    }

    /// Where the region that holds an offset ends: the next marker's own line is not shown.
    pub(crate) fn region_end(&self, offset: u32) -> usize {
        let markers = self.markers.get().map_or(&[][..], Vec::as_slice);
        let next = markers.partition_point(|marker| marker.offset <= offset);
        match markers.get(next) {
            Some(marker) => {
                // Step back over the marker's own line, which ends where its text begins.
                let before = &self.text[..(marker.offset as usize).saturating_sub(1)];
                before.rfind('\n').map_or(0, |at| at + 1)
            }
            None => self.text.len(),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({:?}, {} bytes)", self.name, self.text.len())
    }
}

/// A range of the user's text. Keeps the text alive.
#[derive(Clone)]
pub struct Span {
    source: Arc<Source>,
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn new(source: &Arc<Source>, range: Range<u32>) -> Span {
        Span { source: source.clone(), start: range.start, end: range.end.max(range.start) }
    }

    /// The text it lies in.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Bytes of the text.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The place that the user wrote, where the text was made of others.
    fn place(&self) -> Option<Span> {
        self.source.origins.as_ref()?.place(self.start..self.end)
    }

    /// The same with what led to it.
    pub(super) fn written(&self) -> Option<Written> {
        self.source.origins.as_ref()?.written(self.start..self.end)
    }

    /// The words themselves.
    pub fn text(&self) -> &str {
        self.source.text.get(self.range()).unwrap_or("")
    }

    /// The file, as line markers tell it, else the name of the text.
    pub fn file(&self) -> &str {
        match &self.source.origins {
            Some(origins) => origins.file(self.start).unwrap_or(&self.source.name),
            None => self.source.region(self.start).2,
        }
    }

    /// Line, counted from 1, as line markers tell it.
    pub fn line(&self) -> usize {
        if let Some(place) = self.place() {
            return place.line();
        }
        let (start, line, _) = self.source.region(self.start);
        line + self.source.text.as_bytes()[start..(self.start as usize).min(self.source.text.len())]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count()
    }

    /// Column, in characters counted from 1.
    pub fn column(&self) -> usize {
        if let Some(place) = self.place() {
            return place.column();
        }
        let before = self.source.text.get(..self.start as usize).unwrap_or("");
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        before[line_start..].chars().count() + 1
    }

    /// The empty place right behind.
    pub(crate) fn after(&self) -> Span {
        Span { source: self.source.clone(), start: self.end, end: self.end }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file(), self.line(), self.column())
    }
}
