//! What is measured, and what it may cost.

/// How much a row may cost.
#[derive(Clone, Copy)]
pub(super) enum Limit {
    /// Shown only.
    None,
    /// So many instructions.
    Instructions(f64),
    /// So many times the instructions of the row's base.
    Times(f64),
}

/// One operation.
pub(super) struct Row {
    pub title: &'static str,
    pub probe: &'static str,
    /// What its time, and a relative limit, are compared with.
    pub base: Option<&'static str>,
    pub limit: Limit,
}

impl Row {
    pub(super) fn base_title(&self, rows: &[Row]) -> &'static str {
        rows.iter().find(|row| Some(row.probe) == self.base).map_or("-", |row| row.title)
    }
}

const fn row(title: &'static str, probe: &'static str, base: &'static str, limit: Limit) -> Row {
    Row { title, probe, base: Some(base), limit }
}

const fn base(title: &'static str, probe: &'static str) -> Row {
    Row { title, probe, base: None, limit: Limit::None }
}

use Limit::{Instructions, Times};

pub(super) const CDATA: [Row; 23] = [
    base("native struct field, read in a loop", "native_read"),
    row("resolved field as a column, read", "column_read", "native_read", Times(1.15)),
    base("native, read by index", "native_read_by_index"),
    row("column, read by index", "column_read_by_index", "native_read_by_index", Times(1.15)),
    base("native struct field, written in a loop", "native_write"),
    row("resolved field as a column, written", "column_write", "native_write", Times(1.2)),
    row("resolved field as a column, written with for_each", "column_for_each", "native_write", Times(1.15)),
    base("native struct by reference, field read", "native_bound_get"),
    row("resolved field of one value (`of`), read", "bound_get", "native_bound_get", Times(1.15)),
    base("native struct by reference, field written", "native_bound_set"),
    row("resolved field of one value (`of_mut`), written", "bound_set", "native_bound_set", Times(1.15)),
    base("native field of one struct", "native_one"),
    row("resolved field, get", "field_get", "native_one", Instructions(19.0)),
    row("resolved field, set", "field_set", "native_one", Instructions(28.0)),
    row("at(i), then a resolved field's get", "at_then_field_get", "native_read", Instructions(54.0)),
    row(
        "at_mut(i), then a resolved field's set",
        "at_mut_then_field_set",
        "native_write",
        Instructions(67.0),
    ),
    row("get by a path", "path_get", "native_one", Instructions(60.0)),
    row("set by a path", "path_set", "native_one", Instructions(80.0)),
    row("at(i), then get by a path", "at_then_path_get", "native_one", Instructions(100.0)),
    base("native slice, summed", "native_slice"),
    row("as_slice, summed", "slice", "native_slice", Times(1.05)),
    base("calloc and free", "calloc_and_free"),
    row("alloc and drop of a small struct", "alloc_and_drop", "calloc_and_free", Limit::None),
];

pub(super) const CALLBACKS: [Row; 18] = [
    base("plain function called by its address", "plain_function"),
    row("callback over a typed closure", "typed_closure", "plain_function", Times(2.4)),
    row("the same, bound to its thread", "local_closure", "plain_function", Times(4.5)),
    row("callback over values", "value_closure", "plain_function", Times(15.0)),
    row("closure of libffi", "add_libffi", "plain_function", Limit::None),
    row("callback of LuaJIT", "add_luajit", "plain_function", Limit::None),
    base("plain function of two pairs, a pair back", "turn_plain"),
    row("the same as a typed closure", "turn_typed", "turn_plain", Times(2.4)),
    row("the same as a closure of libffi", "turn_libffi", "turn_plain", Limit::None),
    base("qsort of 10,000 ints, per int", "sort_plain"),
    row("the same with a typed closure", "sort_typed", "sort_plain", Times(1.3)),
    row("the same with a callback over values", "sort_values", "sort_plain", Times(4.5)),
    row("the same with a closure of libffi", "sort_libffi", "sort_plain", Limit::None),
    row("the same with a callback of LuaJIT", "sort_luajit", "sort_plain", Limit::None),
    base("a block allocated and freed", "box_and_free"),
    row("callback made and freed", "create_and_free", "box_and_free", Times(3.2)),
    row("callback made and kept", "create_and_keep", "box_and_free", Limit::None),
    row("a million callbacks made and kept, each", "a_million_live", "box_and_free", Limit::None),
];
