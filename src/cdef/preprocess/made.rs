//! An expanded text as a source whose places lead back to what the user wrote.

use super::lexer::SCRATCH;
use super::macros::Macros;
use super::printed::Printed;
use super::run::Expansion;
use crate::error::{Origins, Piece, Place, Source, Text, Use};
use std::collections::HashMap;
use std::sync::Arc;

/// The printed tokens as a source.
pub(super) fn source(macros: &Macros, name: &str, printed: Printed, expansions: &[Expansion]) -> Arc<Source> {
    let mut found = Found { macros, numbers: HashMap::new(), texts: Vec::new() };
    let nowhere = Place { text: 0, start: 0, end: 0 };
    let uses: Vec<Use> = expansions
        .iter()
        .map(|expansion| {
            let length = expansion.end.saturating_sub(expansion.start);
            let name_length = macros.names.spelling(expansion.name).len() as u32;
            Use {
                place: found.place(expansion.start, length).unwrap_or(nowhere),
                definition: found.place(expansion.definition, name_length),
            }
        })
        .collect();
    let mut pieces = Vec::with_capacity(printed.origins.len());
    for (number, origin) in printed.origins.iter().enumerate() {
        let next = printed.origins.get(number + 1).map_or(printed.text.len() as u32, |next| next.offset);
        let here = found.place(origin.place, next.saturating_sub(origin.offset));
        let here = here.or_else(|| uses.get(origin.expansion? as usize).map(|used| used.place));
        pieces.push(Piece {
            offset: origin.offset,
            place: here.unwrap_or(nowhere),
            used: origin.expansion,
            inside: origin.inside,
        });
    }
    Source::made_of(name, printed.text, Origins { pieces, texts: found.texts, uses })
}

/// The texts that are needed, with numbers of their own: there may be many more of older texts.
struct Found<'a> {
    macros: &'a Macros,
    numbers: HashMap<usize, u32>,
    texts: Vec<Text>,
}

impl Found<'_> {
    fn place(&mut self, at: u32, length: u32) -> Option<Place> {
        if at >= SCRATCH {
            return None;
        }
        let (entry, start) = self.macros.places.located(at)?;
        let text = self.text(entry)?;
        Some(Place { text, start, end: start.saturating_add(length) })
    }

    fn text(&mut self, entry: usize) -> Option<u32> {
        if let Some(&number) = self.numbers.get(&entry) {
            return Some(number);
        }
        let (source, from) = self.macros.places.at(entry)?;
        let source = source.clone();
        // A text is included from one that was entered before it, at most 200 deep.
        let included = from.and_then(|from| {
            let rest = self.macros.places.rest(from);
            self.place(from, rest.find(['\n', '\r']).unwrap_or(rest.len()) as u32)
        });
        let number = self.texts.len() as u32;
        self.texts.push(Text { source, included });
        self.numbers.insert(entry, number);
        Some(number)
    }
}
