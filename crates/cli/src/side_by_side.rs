//! Several targets beside each other: one row for each member, one pair of columns for each target.
#![forbid(unsafe_code)]

use crate::flat::{Key, Place, places};
use crate::paint::{DIFFERENT, FAINT, HEADING, HOLE, paint};
use anstyle::Style;
use eightbyte::{Target, TypeRows};
use std::collections::{HashMap, HashSet};

/// Every type of any target, each as a table.
pub fn compare(machines: &[(Target, Vec<TypeRows>)], coloured: bool) -> String {
    let (aliases, others): (Vec<_>, Vec<_>) =
        types(machines).into_iter().partition(|ty| ty.kind == "typedef");
    let mut tables: Vec<Table> = others.iter().map(|ty| type_table(ty, machines)).collect();
    tables.extend(alias_table(&aliases, machines));
    let total = aliases.len() + others.len();
    let differing = aliases.iter().chain(&others).filter(|ty| !ty.agrees()).count();
    let mut text: String = tables.iter().map(|table| table.draw(coloured) + "\n").collect();
    text += &match (total, differing) {
        (0, _) => "no complete types are declared\n".to_string(),
        (_, 0) => format!("no differences in {} on {} targets\n", counted(total), machines.len()),
        _ => format!("differences in {differing} of {} on {} targets\n", counted(total), machines.len()),
    };
    text
}

fn counted(types: usize) -> String {
    if types == 1 { "1 type".to_string() } else { format!("{types} types") }
}

/// One type, as each target has it.
struct Compared<'a> {
    name: &'a str,
    kind: &'static str,
    found: Vec<Option<&'a TypeRows>>,
}

impl Compared<'_> {
    fn agrees(&self) -> bool {
        let facts = |rows: &TypeRows| {
            let place = |place: Place| (place.key, place.offset, place.size, place.signed);
            (rows.size, rows.align, rows.signed, places(rows).into_iter().map(place).collect::<Vec<_>>())
        };
        let first = self.found.first().copied().flatten().map(facts);
        first.is_some() && self.found.iter().all(|rows| rows.map(facts) == first)
    }
}

fn types(machines: &[(Target, Vec<TypeRows>)]) -> Vec<Compared<'_>> {
    let lists: Vec<Vec<(&str, &'static str)>> = machines
        .iter()
        .map(|(_, types)| types.iter().map(|rows| (rows.name.as_str(), rows.kind)).collect())
        .collect();
    let found: Vec<HashMap<_, _>> = machines
        .iter()
        .map(|(_, types)| types.iter().map(|rows| ((rows.name.as_str(), rows.kind), rows)).collect())
        .collect();
    let compared =
        |key: (&'_ str, &'static str)| found.iter().map(|types| types.get(&key).copied()).collect();
    merged(&lists)
        .into_iter()
        .map(|key| Compared { name: key.0, kind: key.1, found: compared(key) })
        .collect()
}

/// All entries of several lists, each once, in an order that is each list's own where they agree.
fn merged<T: Clone + Eq + std::hash::Hash>(lists: &[Vec<T>]) -> Vec<T> {
    let mut all: Vec<T> = lists.first().cloned().unwrap_or_default();
    for list in lists.iter().skip(1) {
        let known: HashSet<&T> = all.iter().collect();
        // What is new stands behind what it stands behind in its own list; `None` is the beginning.
        let mut new: HashMap<Option<&T>, Vec<T>> = HashMap::new();
        let mut before = None;
        for entry in list {
            if known.contains(entry) {
                before = Some(entry);
            } else {
                new.entry(before).or_default().push(entry.clone());
            }
        }
        if new.is_empty() {
            continue;
        }
        let mut next = new.remove(&None).unwrap_or_default();
        for entry in &all {
            next.push(entry.clone());
            next.extend(new.remove(&Some(entry)).unwrap_or_default());
        }
        all = next;
    }
    all
}

/// A table: two numbers of each target, and what they are of.
struct Table {
    title: String,
    /// Each target's name and, below it, what it says of the whole type.
    heads: Vec<(String, String)>,
    heads_differ: bool,
    columns: (&'static str, &'static str),
    rows: Vec<Row>,
}

struct Row {
    /// `None` where a target has no such thing.
    cells: Vec<Option<(String, String)>>,
    name: String,
    type_name: String,
    unused: bool,
    /// Is it signed on one target and unsigned on another?
    signs_differ: bool,
}

impl Row {
    fn differs(&self) -> bool {
        self.signs_differ || self.cells.windows(2).any(|pair| matches!(pair, [a, b] if a != b))
    }
}

fn type_table(ty: &Compared, machines: &[(Target, Vec<TypeRows>)]) -> Table {
    let whole = |rows: &TypeRows| {
        let bytes = if rows.size == 1 { "byte" } else { "bytes" };
        let sign = rows.signed.map_or("", |signed| if signed { ", signed" } else { ", unsigned" });
        format!("{} {bytes}, align {}{sign}", rows.size, rows.align)
    };
    let heads: Vec<_> = machines
        .iter()
        .zip(&ty.found)
        .map(|((target, _), rows)| (target.to_string(), rows.map_or("-".to_string(), whole)))
        .collect();
    let lists: Vec<Vec<Place>> = ty.found.iter().map(|rows| rows.map(places).unwrap_or_default()).collect();
    let keys: Vec<Vec<Key>> =
        lists.iter().map(|places| places.iter().map(|place| place.key.clone()).collect()).collect();
    let known: Vec<HashMap<&Key, &Place>> =
        lists.iter().map(|places| places.iter().map(|place| (&place.key, place)).collect()).collect();
    let rows = merged(&keys).into_iter().map(|key| {
        let found = || known.iter().map(|places| places.get(&key));
        let cells =
            found().map(|place| place.map(|place| (place.offset.clone(), place.size.clone()))).collect();
        let mut type_name =
            found().flatten().next().map_or(String::new(), |place| one_line(&place.type_name));
        let signs: Vec<Option<bool>> = found().flatten().map(|place| place.signed).collect();
        let signs_differ = signs.windows(2).any(|pair| matches!(pair, [a, b] if a != b));
        if signs_differ {
            let words = found().map(|place| match place.and_then(|place| place.signed) {
                Some(true) => "signed",
                Some(false) => "unsigned",
                None => "-",
            });
            type_name += &format!(" ({})", words.collect::<Vec<_>>().join(" | "));
        }
        let (name, unused) = match key {
            Key::Member(path) | Key::Constant(path) => (path, false),
            Key::Hole(..) => ("-- hole --".to_string(), true),
            Key::Padding(path, _) if path.is_empty() => ("-- padding --".to_string(), true),
            Key::Padding(path, _) => (format!("-- padding of {path} --"), true),
        };
        Row { cells, name, type_name, unused, signs_differ }
    });
    let columns = if ty.kind == "enum" { ("value", "") } else { ("offset", "size") };
    let titled = ty.name.starts_with(ty.kind);
    Table {
        title: if titled { ty.name.to_string() } else { format!("{} ({})", ty.name, ty.kind) },
        heads_differ: heads.windows(2).any(|pair| matches!(pair, [a, b] if a.1 != b.1)),
        heads,
        columns,
        rows: rows.collect(),
    }
}

/// A record without a name is spelled out in its type; its members have rows of their own.
fn one_line(type_name: &str) -> String {
    match (type_name.split_once('{'), type_name.rsplit_once('}')) {
        (Some((before, _)), Some((_, behind))) => format!("{before}{{...}}{behind}"),
        _ => type_name.to_string(),
    }
}

/// Names for other types have only a size and an alignment: one table holds them all.
fn alias_table(aliases: &[Compared], machines: &[(Target, Vec<TypeRows>)]) -> Option<Table> {
    let rows: Vec<Row> = aliases
        .iter()
        .map(|ty| Row {
            cells: ty
                .found
                .iter()
                .map(|rows| rows.map(|rows| (rows.size.to_string(), rows.align.to_string())))
                .collect(),
            name: ty.name.to_string(),
            type_name: String::new(),
            unused: false,
            signs_differ: false,
        })
        .collect();
    (!rows.is_empty()).then(|| Table {
        title: "names of other types".to_string(),
        heads: machines.iter().map(|(target, _)| (target.to_string(), String::new())).collect(),
        heads_differ: false,
        columns: ("size", "align"),
        rows,
    })
}

impl Table {
    fn draw(&self, coloured: bool) -> String {
        let cells = |take: fn(&(String, String)) -> &str| {
            let all = self.rows.iter().flat_map(|row| &row.cells).flatten();
            all.map(|cell| take(cell).chars().count()).max().unwrap_or(0)
        };
        let first = cells(|cell| &cell.0).max(self.columns.0.len());
        let second = cells(|cell| &cell.1).max(self.columns.1.len());
        let numbers = if second == 0 { first } else { first + 1 + second };
        let widths: Vec<usize> =
            self.heads.iter().map(|(name, whole)| name.len().max(whole.len()).max(numbers)).collect();
        let names =
            self.rows.iter().filter(|row| !row.unused).map(|row| row.name.chars().count()).max().unwrap_or(0);

        // A differing row has a mark before it; each target's numbers end where its heading does.
        let line = |differs: bool, columns: Vec<String>, behind: &str, style: Style| {
            let mark = paint(if differs { "*" } else { " " }, DIFFERENT, coloured && differs);
            let columns: Vec<String> =
                columns.iter().zip(&widths).map(|(text, width)| format!("{text:>width$}")).collect();
            let numbers = columns.join("  |  ");
            let behind = if behind.is_empty() { String::new() } else { format!("  |  {behind}") };
            let numbers = if behind.is_empty() { numbers.trim_end() } else { &numbers };
            format!("{mark} {}{}\n", paint(numbers, style, coloured), behind.trim_end())
        };
        let pair = |a: &str, b: &str| match second {
            0 => format!("{a:>first$}"),
            _ => format!("{a:>first$} {b:>second$}"),
        };

        let mut text = paint(&self.title, HEADING, coloured) + "\n";
        let targets = self.heads.iter().map(|head| head.0.clone()).collect();
        text += &line(false, targets, "", HEADING);
        if self.heads.iter().any(|head| !head.1.is_empty()) {
            let style = if self.heads_differ { DIFFERENT } else { Style::new() };
            let wholes = self.heads.iter().map(|head| head.1.clone()).collect();
            text += &line(self.heads_differ, wholes, "", style);
        }
        if !self.rows.is_empty() {
            let columns = self.heads.iter().map(|_| pair(self.columns.0, self.columns.1)).collect();
            text += &line(false, columns, "", FAINT);
        }
        for row in &self.rows {
            let style = match (row.unused, row.differs()) {
                (true, _) => HOLE,
                (false, true) => DIFFERENT,
                (false, false) => Style::new(),
            };
            let columns = row.cells.iter().map(|cell| match cell {
                Some((a, b)) => pair(a, b),
                // A hole that a target has not is nothing to miss.
                None if row.unused => String::new(),
                None => pair("-", "-"),
            });
            let behind = match row.unused {
                true => paint(&row.name, HOLE, coloured),
                false => format!("{:<names$}  {}", row.name, row.type_name),
            };
            text += &line(row.differs(), columns.collect(), &behind, style);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::merged;

    #[test]
    fn merging_keeps_the_order_of_each_list() {
        assert_eq!(merged(&[vec![1, 2, 4], vec![0, 1, 3, 4, 5]]), [0, 1, 3, 2, 4, 5]);
        assert!(merged::<i32>(&[]).is_empty());
    }
}
