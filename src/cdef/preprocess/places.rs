//! All texts of an expansion side by side, so that one number tells the text and the place in it.

use crate::error::{Source, Span};
use std::sync::Arc;

/// The texts, in the order in which they were entered.
#[derive(Clone, Default)]
pub(super) struct Places {
    entries: Vec<Entry>,
    next: u32,
}

#[derive(Clone)]
struct Entry {
    base: u32,
    source: Arc<Source>,
    /// Where it was included.
    from: Option<u32>,
}

/// How much was there at some time.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    entries: usize,
    next: u32,
}

impl Places {
    /// Adds a text, and tells where it begins; `None` where there is no more room.
    pub(super) fn add(&mut self, source: &Arc<Source>, from: Option<u32>) -> Option<u32> {
        let base = self.next;
        let length = u32::try_from(source.text().len()).ok()?;
        self.next = base.checked_add(length)?.checked_add(1)?;
        self.entries.push(Entry { base, source: source.clone(), from });
        Some(base)
    }

    fn entry(&self, place: u32) -> Option<&Entry> {
        let count = self.entries.partition_point(|entry| entry.base <= place);
        self.entries.get(count.checked_sub(1)?)
    }

    /// The text at a place.
    pub(super) fn text(&self, place: u32, length: u32) -> &str {
        let Some(entry) = self.entry(place) else { return "" };
        let start = (place - entry.base) as usize;
        entry.source.text().get(start..start + length as usize).unwrap_or("")
    }

    /// The text from a place on.
    pub(super) fn rest(&self, place: u32) -> &str {
        let Some(entry) = self.entry(place) else { return "" };
        entry.source.text().get((place - entry.base) as usize..).unwrap_or("")
    }

    /// A place as others see it.
    pub(super) fn span(&self, place: u32, length: u32) -> Option<Span> {
        let entry = self.entry(place)?;
        let length_of_text = entry.source.text().len() as u32;
        let mut start = (place - entry.base).min(length_of_text);
        let text = entry.source.text();
        while !text.is_char_boundary(start as usize) {
            start -= 1;
        }
        let mut end = start.saturating_add(length).min(length_of_text);
        while !text.is_char_boundary(end as usize) {
            end += 1;
        }
        Some(Span::new(&entry.source, start..end))
    }

    /// Where the text that holds a place was included.
    pub(super) fn included_from(&self, place: u32) -> Option<u32> {
        self.entry(place)?.from
    }

    /// The number of the text that holds a place, and where in it.
    pub(super) fn located(&self, place: u32) -> Option<(usize, u32)> {
        let number = self.entries.partition_point(|entry| entry.base <= place).checked_sub(1)?;
        Some((number, place - self.entries.get(number)?.base))
    }

    /// A text by its number, and where it was included.
    pub(super) fn at(&self, number: usize) -> Option<(&Arc<Source>, Option<u32>)> {
        self.entries.get(number).map(|entry| (&entry.source, entry.from))
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { entries: self.entries.len(), next: self.next }
    }

    pub(super) fn back_to(&mut self, mark: Mark) {
        self.entries.truncate(mark.entries);
        self.next = mark.next;
    }
}

impl Places {
    /// Is there room for the marks that places may carry?
    pub(super) fn fits(&self) -> bool {
        self.next < super::lexer::SCRATCH
    }
}
