//! What GNU C hangs on to declarations.

use super::{Profile, State};
use crate::layouts::tree::Item;

impl State {
    /// One attribute in one of its spellings.
    pub(super) fn attribute(&mut self, inside: &str) -> String {
        match self.random.between(0, 9) {
            0 => format!("__attribute__((__{inside}__))"),
            1 => format!("__attribute(({inside}))"),
            _ => format!("__attribute__(({inside}))"),
        }
    }

    /// ` __attribute__((aligned(N)))`, with one of these numbers.
    pub(super) fn aligned(&mut self, choices: &[u64]) -> String {
        let number = self.random.number(choices);
        match self.random.between(0, 9) {
            0 => format!(" __attribute__((__aligned__({number})))"),
            1 => format!(" __attribute__((aligned({number} * 1)))"),
            _ => format!(" __attribute__((aligned({number})))"),
        }
    }

    /// Attributes of a record, most often none.
    pub(super) fn record_attribute(&mut self) -> String {
        let most = if self.profile == Profile::Exotic { 55 } else { 99 };
        match self.random.between(0, most) {
            0..22 => self.attribute("packed"),
            22..32 => self.aligned(&[1, 2, 4, 8, 16, 32, 64]).trim().to_string(),
            32..38 => {
                let number = self.random.number(&[1, 2, 4, 8, 16]);
                match self.random.between(0, 2) {
                    0 => format!("__attribute__((packed, aligned({number})))"),
                    1 => format!("__attribute__((aligned({number}), packed))"),
                    _ => format!("__attribute__((packed)) __attribute__((aligned({number})))"),
                }
            }
            38..40 => self.attribute("aligned"),
            _ => String::new(),
        }
    }

    /// Attributes of a member: before its type and behind its declarator.
    pub(super) fn member_attributes(&mut self) -> (String, String) {
        let most = if self.profile == Profile::Exotic { 44 } else { 99 };
        let behind = match self.random.between(0, most) {
            0..8 => format!(" {}", self.attribute("packed")),
            8..18 => self.aligned(&[1, 2, 4, 8, 16, 32]),
            18..22 => {
                let number = self.random.number(&[1, 2, 4, 8]);
                format!(" __attribute__((packed, aligned({number})))")
            }
            22..23 => format!(" {}", self.attribute("aligned")),
            _ => return (String::new(), String::new()),
        };
        if self.random.chance(15) {
            (format!("{} ", behind.trim()), String::new())
        } else {
            (String::new(), behind)
        }
    }

    /// Opens a `#pragma pack`; returns the lines that end it.
    pub(super) fn open_pack(&mut self) -> Vec<String> {
        let number = self.random.number(&[1, 1, 2, 2, 4, 4, 8, 16]);
        let (open, close): (Vec<String>, Vec<&str>) = match self.random.between(0, 5) {
            0 => (vec![format!("#pragma pack({number})")], vec!["#pragma pack()"]),
            1 => (vec![format!("_Pragma(\"pack(push, {number})\")")], vec!["_Pragma(\"pack(pop)\")"]),
            2 => (
                vec!["#pragma pack(push, 1)".to_string(), format!("#pragma pack(push, {number})")],
                vec!["#pragma pack(pop)", "#pragma pack(pop)"],
            ),
            3 => (
                vec![format!("#pragma pack(push, {number})"), "#pragma pack(push)".to_string()],
                vec!["#pragma pack(pop)", "#pragma pack(pop)"],
            ),
            _ => (vec![format!("#pragma pack(push, {number})")], vec!["#pragma pack(pop)"]),
        };
        self.items.extend(open.into_iter().map(Item::Line));
        self.in_pack = true;
        close.into_iter().map(str::to_string).collect()
    }

    /// Ends a `#pragma pack`.
    pub(super) fn close_pack(&mut self, lines: Vec<String>) {
        if !lines.is_empty() {
            self.in_pack = false;
        }
        self.items.extend(lines.into_iter().map(Item::Line));
    }
}
