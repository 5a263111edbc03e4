//! One layout as text: the library's own words, with colours on a terminal.
#![forbid(unsafe_code)]

use crate::paint::{FAINT, HEADING, HOLE, paint};
use eightbyte::{Layout, LineKind};

/// The layout as the library prints it.
pub fn draw(layout: &Layout, coloured: bool) -> String {
    let plain = layout.to_string();
    if !coloured {
        return plain;
    }
    let mut lines = plain.lines();
    let mut drawn = vec![paint(lines.next().unwrap_or(""), HEADING, true)];
    if layout.lines().iter().any(|line| line.kind != LineKind::Constant) {
        drawn.extend(lines.next().map(|line| paint(line, FAINT, true)));
    }
    for (index, line) in layout.lines().iter().enumerate() {
        if layout.starts_cache_line(index).is_some() {
            drawn.extend(lines.next().map(|line| paint(line, FAINT, true)));
        }
        let style = match line.kind {
            LineKind::Hole | LineKind::Padding => HOLE,
            _ => anstyle::Style::new(),
        };
        drawn.extend(lines.next().map(|line| paint(line, style, true)));
    }
    drawn.extend(lines.map(|note| paint(note, FAINT, true)));
    drawn.join("\n")
}
