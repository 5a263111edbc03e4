//! An expanded text as a source whose places lead back to what the user wrote.

use super::lexer::SCRATCH;
use super::macros::Macros;
use super::printed::Printed;
use super::run::Expansion;
use crate::error::{Origins, Piece, Place, Source, Text, Use};
use std::sync::Arc;

/// The printed tokens as a source.
pub(super) fn source(macros: &Macros, name: &str, printed: Printed, expansions: &[Expansion]) -> Arc<Source> {
    let bases: Vec<u32> = macros.places.all().map(|(base, _, _)| base).collect();
    let mut texts: Vec<Text> = macros
        .places
        .all()
        .map(|(_, source, from)| Text {
            source: source.clone(),
            included: from.and_then(|from| place(&bases, from, line_length(macros, from))),
        })
        .collect();
    let uses: Vec<Use> = expansions
        .iter()
        .map(|expansion| Use {
            place: place(&bases, expansion.start, expansion.end.saturating_sub(expansion.start))
                .unwrap_or(Place { text: 0, start: 0, end: 0 }),
            definition: (expansion.definition < SCRATCH)
                .then(|| place(&bases, expansion.definition, macros.names.spelling(expansion.name).len() as u32))
                .flatten(),
        })
        .collect();
    let mut pieces = Vec::with_capacity(printed.origins.len());
    for (number, origin) in printed.origins.iter().enumerate() {
        let next = printed.origins.get(number + 1).map_or(printed.text.len() as u32, |next| next.offset);
        let length = next.saturating_sub(origin.offset);
        let written = (origin.place < SCRATCH).then(|| place(&bases, origin.place, length)).flatten();
        let nowhere = Place { text: 0, start: 0, end: 0 };
        let here = written.or_else(|| uses.get(origin.expansion? as usize).map(|used| used.place));
        pieces.push(Piece {
            offset: origin.offset,
            place: here.unwrap_or(nowhere),
            used: origin.expansion,
            inside: origin.inside,
        });
    }
    texts.shrink_to_fit();
    Source::made_of(name, printed.text, Origins { pieces, texts, uses })
}

fn place(bases: &[u32], at: u32, length: u32) -> Option<Place> {
    let text = bases.partition_point(|&base| base <= at).checked_sub(1)?;
    let start = at - bases.get(text)?;
    Some(Place { text: text as u32, start, end: start.saturating_add(length) })
}

/// How far the directive at a place reaches.
fn line_length(macros: &Macros, from: u32) -> u32 {
    let rest = macros.places.rest(from);
    rest.find(['\n', '\r']).unwrap_or(rest.len()) as u32
}
