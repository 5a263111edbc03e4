//! Texts that were made of other texts: where each place came from.

use super::{Source, Span};
use std::ops::Range;
use std::sync::Arc;

/// Where the places of an expanded text came from.
#[derive(Default)]
pub(crate) struct Origins {
    /// In the order of the offsets.
    pub pieces: Vec<Piece>,
    pub texts: Vec<Text>,
    pub uses: Vec<Use>,
}

/// From an offset on, the text is that of a place.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    pub offset: u32,
    pub place: Place,
    /// The number of the macro's use that it stems from.
    pub used: Option<u32>,
    /// It was not written at its place, but came from the macro that is used there.
    pub inside: bool,
}

/// A text, and where it was included.
pub(crate) struct Text {
    pub source: Arc<Source>,
    pub included: Option<Place>,
}

/// A range of one of the texts.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub text: u32,
    pub start: u32,
    pub end: u32,
}

/// A macro that was used: where, and where its name was defined.
#[derive(Clone, Copy)]
pub(crate) struct Use {
    pub place: Place,
    pub definition: Option<Place>,
}

/// What the user wrote that became a range, and what led to that.
pub(super) struct Written {
    pub span: Span,
    pub notes: Vec<(Span, String)>,
}

impl Origins {
    fn span(&self, place: Place) -> Option<Span> {
        Some(Span::new(&self.texts.get(place.text as usize)?.source, place.start..place.end))
    }

    fn piece(&self, offset: u32) -> Option<&Piece> {
        let count = self.pieces.partition_point(|piece| piece.offset <= offset);
        self.pieces.get(count.checked_sub(1)?)
    }

    /// The place of a range; without notes.
    pub(super) fn place(&self, range: Range<u32>) -> Option<Span> {
        let first = self.piece(range.start)?;
        let start = self.start(first, range.start)?;
        let last = self.piece(range.end.saturating_sub(1).max(range.start))?;
        let end = match (first.inside, last.inside) {
            (false, false) => last.place.start + (range.end.max(last.offset) - last.offset),
            _ => self.end(last)?,
        };
        let (text, end_text) = (start.text, last.place.text);
        let end = if text == end_text && end >= start.start { end } else { start.end };
        self.span(Place { end, ..start })
    }

    /// The name of the file of a place, as line markers in it tell.
    pub(super) fn file(&self, offset: u32) -> Option<&str> {
        let piece = self.piece(offset)?;
        let place = self.start(piece, offset)?;
        Some(self.texts.get(place.text as usize)?.source.region(place.start).2)
    }

    fn start(&self, piece: &Piece, offset: u32) -> Option<Place> {
        match (piece.inside, piece.used) {
            (true, Some(used)) => Some(self.uses.get(used as usize)?.place),
            _ => {
                let start = piece.place.start + (offset - piece.offset);
                Some(Place { start, end: start.max(piece.place.end), ..piece.place })
            }
        }
    }

    fn end(&self, piece: &Piece) -> Option<u32> {
        match (piece.inside, piece.used) {
            (true, Some(used)) => Some(self.uses.get(used as usize)?.place.end),
            _ => Some(piece.place.end),
        }
    }

    /// The place of a range, with the macro and the files that it came by.
    pub(super) fn written(&self, range: Range<u32>) -> Option<Written> {
        let span = self.place(range.clone())?;
        let piece = self.piece(range.start)?;
        let mut notes = Vec::new();
        if let Some(used) = piece.used.and_then(|used| self.uses.get(used as usize))
            && let Some(defined) = used.definition.and_then(|place| self.span(place))
        {
            let message = format!("macro '{}' is defined here", defined.text());
            notes.push((defined, message));
        }
        let mut text = piece.place.text;
        if let (true, Some(used)) = (piece.inside, piece.used)
            && let Some(used) = self.uses.get(used as usize)
        {
            text = used.place.text;
        }
        while let Some(included) = self.texts.get(text as usize).and_then(|text| text.included) {
            if notes.len() >= 8 {
                break;
            }
            notes.extend(self.span(included).map(|span| (span, "included from here".to_owned())));
            text = included.text;
        }
        Some(Written { span, notes })
    }
}
