//! One mistake, and how it is shown.

use super::{ErrorKind, Span};

/// One mistake: a sentence, the place in the user's text, and what may help.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    kind: ErrorKind,
    message: String,
    span: Option<Span>,
    label: String,
    notes: Vec<(Option<Span>, String)>,
    help: Option<String>,
}

impl Diagnostic {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            kind,
            message: message.into(),
            span: None,
            label: String::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// Sets the place the caret points at.
    pub(crate) fn at(mut self, span: Span) -> Diagnostic {
        self.span = Some(span);
        self
    }

    /// Sets the place, where it is known.
    pub(crate) fn maybe_at(mut self, span: Option<Span>) -> Diagnostic {
        self.span = span.or(self.span);
        self
    }

    /// Sets the place unless one is set.
    pub(crate) fn or_at(self, span: &Span) -> Diagnostic {
        if self.span.is_some() { self } else { self.at(span.clone()) }
    }

    /// Does it point into a text that was made of others?
    pub(super) fn is_made(&self) -> bool {
        let spans = self.notes.iter().filter_map(|(span, _)| span.as_ref()).chain(&self.span);
        spans.into_iter().any(|span| span.source().is_made())
    }

    /// Points into the texts that the user wrote, and tells of the macros and files in between.
    pub(super) fn written(mut self) -> Diagnostic {
        let mut further = Vec::new();
        if let Some(written) = self.span.as_ref().and_then(Span::written) {
            self.span = Some(written.span);
            further = written.notes;
        }
        for (span, _) in &mut self.notes {
            if let Some(written) = span.as_ref().and_then(Span::written) {
                *span = Some(written.span);
            }
        }
        self.notes.extend(further.into_iter().map(|(span, note)| (Some(span), note)));
        self
    }

    /// Words beside the caret.
    pub(crate) fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = label.into();
        self
    }

    /// A further fact.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Diagnostic {
        self.notes.push((None, note.into()));
        self
    }

    /// A further place, with what it has to do with the mistake.
    pub(crate) fn note_at(mut self, span: Span, note: impl Into<String>) -> Diagnostic {
        self.notes.push((Some(span), note.into()));
        self
    }

    /// How to mend it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// How to mend it, where that is known.
    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Diagnostic {
        self.help = help.or(self.help);
        self
    }

    /// What kind of mistake it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The place in the user's text.
    pub fn span(&self) -> Option<&Span> {
        self.span.as_ref()
    }

    /// The advice, where there is any.
    pub fn advice(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The whole report of this one mistake.
    #[cfg(feature = "snippets")]
    pub fn render(&self, coloured: bool) -> String {
        use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

        let snippet = |span: &Span, kind: AnnotationKind, label: &str| {
            let source = span.source();
            let (region, line, file) = source.region(span.range().start as u32);
            let region_end = source.region_end(span.range().start as u32).max(span.range().end);
            // Only the lines around the place: the renderer walks all the text that it is given.
            let text = source.text();
            let start = text[region..span.range().start]
                .rmatch_indices('\n')
                .nth(2)
                .map_or(region, |(at, _)| region + at + 1);
            let end = text[span.range().end..region_end]
                .match_indices('\n')
                .nth(1)
                .map_or(region_end, |(at, _)| span.range().end + at);
            let line = line + text.as_bytes()[region..start].iter().filter(|&&byte| byte == b'\n').count();
            let shown = span.range().start - start..span.range().end - start;
            let annotation = kind.span(shown);
            let annotation = if label.is_empty() { annotation } else { annotation.label(label.to_string()) };
            Snippet::source(text[start..end].to_string())
                .line_start(line)
                .path(file.to_string())
                .annotation(annotation)
        };

        let mut group = Level::ERROR
            .primary_title(self.message.as_str())
            .elements(self.span.iter().map(|span| snippet(span, AnnotationKind::Primary, &self.label)));
        let mut further = Vec::new();
        for (span, note) in &self.notes {
            match span {
                None => group = group.element(Level::NOTE.message(note.as_str())),
                Some(span) => further.push(Level::NOTE.secondary_title(note.as_str()).element(snippet(
                    span,
                    AnnotationKind::Primary,
                    "",
                ))),
            }
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let mut report = vec![group];
        report.extend(further);
        let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&report)
    }

    /// The whole report of this one mistake: `file:line:column: error: message`.
    #[cfg(not(feature = "snippets"))]
    pub fn render(&self, _coloured: bool) -> String {
        let place = |span: &Option<Span>| {
            span.as_ref()
                .map_or(String::new(), |span| format!("{}:{}:{}: ", span.file(), span.line(), span.column()))
        };
        let mut text = format!("{}error: {}", place(&self.span), self.message);
        for (span, note) in &self.notes {
            text += &format!("\n{}note: {note}", place(span));
        }
        if let Some(help) = &self.help {
            text += &format!("\n{}help: {help}", place(&self.span));
        }
        text
    }
}
