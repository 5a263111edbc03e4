//! A layout as a person reads it: offsets, sizes, holes, padding, bit positions, cache lines.

use std::fmt;

/// The layout of a type, ready to be read. Made once, never changed.
#[derive(Clone, PartialEq, Eq)]
pub struct Layout {
    title: String,
    size: u64,
    align: u64,
    lines: Vec<Line>,
    notes: Vec<String>,
    cache_lines: Vec<Option<u128>>,
}

/// One line of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it shows.
    pub kind: LineKind,
    /// How deep in anonymous members.
    pub depth: usize,
    /// Where it begins, in bits from the start.
    pub first_bit: u128,
    /// How many bits it has.
    pub bits: u128,
    /// Is it a bit-field (or a hole of some bits)?
    pub is_bits: bool,
    /// The declaration: `double x`, `unsigned flag : 3`.
    pub text: String,
}

/// What a line of a layout shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// A member.
    Member,
    /// The beginning or end of an anonymous member's contents.
    Bracket,
    /// Bytes or bits that no member uses.
    Hole,
    /// The unused end.
    Padding,
    /// A constant of an enum.
    Constant,
}

/// Bytes in a cache line.
const CACHE_LINE: u128 = 64;

impl Layout {
    /// A layout from the lines of its members (and brackets), in order. Holes and padding are found here.
    pub(crate) fn new(title: String, size: u64, align: u64, union: bool, members: Vec<Line>) -> Layout {
        let mut layout = Layout {
            title,
            size,
            align,
            lines: Vec::with_capacity(members.len()),
            notes: Vec::new(),
            cache_lines: Vec::new(),
        };
        let total_bits = u128::from(size) * 8;
        let (mut holes, mut hole_bits, mut count) = (0u64, 0u128, 0u64);
        // The first bit that nothing uses yet, level by level of anonymous members; unions start over at each member.
        let mut levels = vec![Level { next: 0, start: 0, union }];
        for line in members {
            if line.kind == LineKind::Bracket && line.is_bits {
                // The end of an anonymous member: `first_bit` is its start, `bits` its size.
                let level = levels.pop();
                let end = line.first_bit + line.bits;
                if let Some(level) = level.filter(|level| !level.union && level.next < end) {
                    let padding = gap(LineKind::Padding, line.depth + 1, level.next, end);
                    layout.lines.push(padding);
                }
                layout.lines.push(line);
                continue;
            }
            let Some(level) = levels.last_mut() else { continue };
            if level.union {
                level.next = level.start;
            }
            if line.kind != LineKind::Constant && line.first_bit > level.next {
                holes += 1;
                hole_bits += line.first_bit - level.next;
                for hole in split_gap(line.depth, level.next, line.first_bit) {
                    layout.lines.push(hole);
                }
            }
            level.next = level.next.max(line.first_bit + line.bits);
            if line.kind == LineKind::Bracket {
                // `text` says which keyword opens it.
                let union = line.text.starts_with("union");
                levels.push(Level { next: line.first_bit, start: line.first_bit, union });
            } else if line.kind == LineKind::Member {
                count += 1;
            }
            layout.lines.push(line);
        }
        let end = levels.first().map_or(0, |level| level.next);
        let used = if union {
            layout.lines.iter().map(|line| line.first_bit + line.bits).max().unwrap_or(0)
        } else {
            end
        };
        let padding = total_bits.saturating_sub(used);
        if padding > 0 && count > 0 {
            layout.lines.extend(
                split_gap(0, used, total_bits)
                    .into_iter()
                    .map(|line| Line { kind: LineKind::Padding, ..line }),
            );
        }
        let mut summary = vec![plural(count, "member")];
        if holes > 0 {
            summary.push(format!("{} of {}", plural(holes, "hole"), amount(hole_bits)));
        }
        if padding > 0 && count > 0 {
            summary.push(format!("{} of padding", amount(padding)));
        }
        let lines = u128::from(size).div_ceil(CACHE_LINE);
        if lines > 1 {
            summary.push(format!("{lines} cache lines"));
        }
        if count > 0 {
            layout.notes.push(summary.join(", "));
        }
        layout.with_cache_lines()
    }

    /// A layout of something that has no members: a scalar, an enum.
    pub(crate) fn flat(title: String, size: u64, align: u64, lines: Vec<Line>) -> Layout {
        Layout { title, size, align, lines, notes: Vec::new(), cache_lines: Vec::new() }
    }

    /// What it is the layout of: `struct point`.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Alignment in bytes.
    pub fn align(&self) -> u64 {
        self.align
    }

    /// Its lines, holes and padding included.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The words below: how many members, holes, cache lines.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The first line of the text.
    pub fn heading(&self) -> String {
        format!("{}: {}, align {}", self.title, plural(self.size, "byte"), self.align)
    }

    /// The cache line that begins with this line, where the lines before end in an earlier one.
    pub fn starts_cache_line(&self, index: usize) -> Option<u128> {
        *self.cache_lines.get(index)?
    }

    /// Finds where cache lines begin, once all lines are there.
    fn with_cache_lines(mut self) -> Layout {
        let mut reached = 0;
        let large = u128::from(self.size) > CACHE_LINE;
        self.cache_lines = self
            .lines
            .iter()
            .map(|line| {
                let number = line.first_bit / 8 / CACHE_LINE;
                let begins = large && line.kind != LineKind::Constant && number > reached;
                reached = reached.max(number);
                begins.then_some(number)
            })
            .collect();
        self
    }
}

struct Level {
    next: u128,
    start: u128,
    union: bool,
}

/// A gap, cut where whole bytes begin: first the bits up to the next byte, then bytes, then the bits of the last byte.
fn split_gap(depth: usize, from: u128, to: u128) -> Vec<Line> {
    let (first_byte, last_byte) = (from.div_ceil(8) * 8, to / 8 * 8);
    if first_byte >= last_byte {
        return vec![gap(LineKind::Hole, depth, from, to)];
    }
    [(from, first_byte), (first_byte, last_byte), (last_byte, to)]
        .into_iter()
        .filter(|(from, to)| from < to)
        .map(|(from, to)| gap(LineKind::Hole, depth, from, to))
        .collect()
}

fn gap(kind: LineKind, depth: usize, from: u128, to: u128) -> Line {
    let is_bits = !from.is_multiple_of(8) || !to.is_multiple_of(8);
    Line { kind, depth, first_bit: from, bits: to - from, is_bits, text: String::new() }
}

fn plural(count: u64, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn amount(bits: u128) -> String {
    let (bytes, bits) = ((bits / 8) as u64, (bits % 8) as u64);
    match (bytes, bits) {
        (bytes, 0) => plural(bytes, "byte"),
        (0, bits) => plural(bits, "bit"),
        (bytes, bits) => format!("{} {}", plural(bytes, "byte"), plural(bits, "bit")),
    }
}

impl Line {
    /// The column of offsets: bytes, or `byte:bit`.
    pub fn offset_text(&self) -> String {
        match self.kind {
            LineKind::Bracket if self.is_bits => String::new(),
            LineKind::Constant => String::new(),
            _ if self.is_bits => format!("{}:{}", self.first_bit / 8, self.first_bit % 8),
            _ => (self.first_bit / 8).to_string(),
        }
    }

    /// The column of sizes: bytes, or `:bits`.
    pub fn size_text(&self) -> String {
        match self.kind {
            LineKind::Bracket if self.is_bits => String::new(),
            LineKind::Constant => String::new(),
            _ if self.is_bits => format!(":{}", self.bits),
            _ => (self.bits / 8).to_string(),
        }
    }

    /// The declaration, indented, or what is unused here.
    pub fn words(&self) -> String {
        let indent = "    ".repeat(self.depth);
        match self.kind {
            LineKind::Hole => format!("{indent}-- hole of {} --", amount(self.bits)),
            LineKind::Padding => format!("{indent}-- padding of {} --", amount(self.bits)),
            _ => format!("{indent}{}", self.text),
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.heading())?;
        if self.lines.iter().any(|line| line.kind != LineKind::Constant) {
            write!(f, "\n  {:>8} {:>6}  member", "offset", "size")?;
        }
        for (index, line) in self.lines.iter().enumerate() {
            if let Some(number) = self.starts_cache_line(index) {
                write!(f, "\n  {:>8} {:>6}  ---- cache line {number} ----", "", "")?;
            }
            if line.kind == LineKind::Constant {
                write!(f, "\n  {}", line.words())?;
            } else {
                write!(f, "\n  {:>8} {:>6}  {}", line.offset_text(), line.size_text(), line.words())?;
            }
        }
        for note in &self.notes {
            write!(f, "\n  {note}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
