//! Which names a declaration declares, found from its tokens alone.

use super::lex::Token;
use super::name::plain_word;
use super::words::{Class, class};
use std::ops::Range;

/// Tokens whose brackets have been paired.
#[derive(Clone, Copy)]
pub(super) struct Paired<'t, 'a> {
    pub tokens: &'t [Token<'a>],
    /// For an opening bracket the index of the closing one, and the other way round.
    pub partner: &'t [u32],
}

/// `struct`, `union` or `enum` with what belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Tagged {
    /// What stands between the keyword and the tag.
    pub attributes: Range<usize>,
    pub name: Option<usize>,
    /// The type behind an enum's colon.
    pub base: Option<Range<usize>>,
    /// Its braces.
    pub body: Option<(usize, usize)>,
    /// Behind the last of it.
    pub end: usize,
}

impl<'a> Paired<'_, 'a> {
    /// Where the group that opens at an index ends: its closing bracket, at most `end`.
    pub(super) fn close(&self, open: usize, end: usize) -> usize {
        (self.partner.get(open).copied().unwrap_or(u32::MAX) as usize).min(end)
    }

    pub(super) fn is(&self, index: usize, end: usize, sign: &str) -> bool {
        index < end && self.tokens[index].is(sign)
    }

    pub(super) fn class(&self, index: usize) -> Option<Class> {
        self.tokens.get(index).and_then(Token::word).and_then(class)
    }

    /// Behind the attribute (of any spelling) that stands at an index.
    pub(super) fn attribute_end(&self, index: usize, end: usize) -> Option<usize> {
        if index >= end {
            return None;
        }
        if self.tokens[index].is("[") && self.is(index + 1, end, "[") {
            let close = self.close(index, end);
            return (self.close(index + 1, end) + 1 == close).then_some((close + 1).min(end));
        }
        match self.class(index)? {
            Class::Attribute | Class::Align if self.is(index + 1, end, "(") => {
                Some((self.close(index + 1, end) + 1).min(end))
            }
            Class::Convention => Some(index + 1),
            _ => None,
        }
    }

    /// The struct, union or enum whose keyword stands at an index.
    pub(super) fn tagged(&self, keyword: usize, end: usize, is_type: &dyn Fn(&str) -> bool) -> Tagged {
        let mut at = keyword + 1;
        while let Some(next) = self.attribute_end(at, end) {
            at = next;
        }
        let attributes = keyword + 1..at;
        let mut name = None;
        if at < end && self.tokens[at].word().is_some_and(|word| class(word).is_none() || word == "bool") {
            name = Some(at);
            at += 1;
        }
        let mut base = None;
        if self.tokens[keyword].text == "enum"
            && self.is(at, end, ":")
            && self.starts_type(at + 1, end, is_type)
        {
            let mut stop = at + 1;
            while stop < end && !matches!(self.tokens[stop].text, "{" | ";" | ")" | "," | "=") {
                stop = if self.tokens[stop].is("(") { self.close(stop, end) + 1 } else { stop + 1 };
            }
            base = Some(at + 1..stop.min(end));
            at = stop.min(end);
        }
        let body = self.is(at, end, "{").then(|| (at, self.close(at, end)));
        let end = body.map_or(at, |(_, close)| (close + 1).min(end));
        Tagged { attributes, name, base, body, end }
    }

    /// Whether what stands at an index begins a type name rather than an expression.
    pub(super) fn starts_type(&self, index: usize, end: usize, is_type: &dyn Fn(&str) -> bool) -> bool {
        let Some(token) = self.tokens.get(index).filter(|_| index < end) else { return false };
        if token.is("[") {
            return self.attribute_end(index, end).is_some();
        }
        let Some(word) = token.word() else { return false };
        match class(word) {
            Some(Class::Blank) => self.starts_type(index + 1, end, is_type),
            Some(
                Class::Type
                | Class::TypeGroup
                | Class::Qualifier
                | Class::Tag
                | Class::Attribute
                | Class::Storage
                | Class::Align,
            ) => true,
            Some(_) => false,
            None if is_type(word) => true,
            // `(unknown *)` can be nothing but a type.
            None => {
                let mut at = index + 1;
                while self.is(at, end, "*") {
                    at += 1;
                }
                at > index + 1 && (at >= end || self.is(at, end, ")"))
            }
        }
    }

    /// Everything that a declaration declares; `typedef` names are told apart.
    pub(super) fn names(&self, range: Range<usize>, is_type: &dyn Fn(&str) -> bool) -> Names {
        let mut names = Names::default();
        self.declarators(range.clone(), is_type, &mut names);
        self.tags(range, is_type, &mut names);
        names
    }

    fn declarators(&self, range: Range<usize>, is_type: &dyn Fn(&str) -> bool, names: &mut Names) {
        let end = range.end;
        let mut at = range.start;
        let (mut typed, mut named) = (false, false);
        let mut found = Vec::new();
        while at < end {
            if let Some(next) = self.attribute_end(at, end) {
                at = next;
                continue;
            }
            let token = self.tokens[at];
            let Some(word) = token.word() else {
                match token.text {
                    "," => named = false,
                    "=" => {
                        while at + 1 < end && !self.tokens[at + 1].is(",") {
                            at = if matches!(self.tokens[at + 1].text, "(" | "[" | "{") {
                                self.close(at + 1, end)
                            } else {
                                at + 1
                            };
                        }
                    }
                    "(" if !named => {
                        found.extend(self.name_inside(at, self.close(at, end)));
                        named = true;
                        at = self.close(at, end);
                    }
                    "(" | "[" | "{" => at = self.close(at, end),
                    _ => {}
                }
                at += 1;
                continue;
            };
            let next_is = |sign: &str| self.is(at + 1, end, sign);
            match class(word) {
                Some(Class::Tag) => {
                    at = self.tagged(at, end, is_type).end.max(at + 1);
                    typed = true;
                    continue;
                }
                Some(Class::Assert) => return,
                Some(Class::Type) if word == "bool" && typed && !named => {
                    found.push(at);
                    named = true;
                }
                Some(Class::Type) => typed = true,
                Some(Class::TypeGroup) => {
                    typed = true;
                    if next_is("(") {
                        at = self.close(at + 1, end);
                    }
                }
                Some(Class::Qualifier) if next_is("(") => {
                    typed = true;
                    at = self.close(at + 1, end);
                }
                Some(Class::Storage) => names.is_typedef |= word == "typedef",
                Some(Class::Asm) if next_is("(") => at = self.close(at + 1, end),
                Some(_) => {}
                None if named => {}
                None => {
                    let next_word = at + 1 < end
                        && self.tokens[at + 1]
                            .word()
                            .is_some_and(|next| !matches!(class(next), Some(Class::Asm)))
                        && self.attribute_end(at + 1, end).is_none();
                    let known = is_type(&plain_word(word));
                    let attribute = self.attribute_end(at + 1, end).is_some();
                    if !typed && (next_word || next_is("*") || known && (next_is("(") || attribute)) {
                        typed = true;
                    } else {
                        found.push(at);
                        named = true;
                    }
                }
            }
            at += 1;
        }
        names.ordinary.extend(found.into_iter().map(|at| plain_word(self.tokens[at].text).into_owned()));
    }

    /// The name in `(*name)(..)`, `(__stdcall *name[3])`.
    fn name_inside(&self, open: usize, close: usize) -> Option<usize> {
        let mut at = open + 1;
        while at < close {
            if let Some(next) = self.attribute_end(at, close) {
                at = next;
                continue;
            }
            let token = self.tokens[at];
            if token.word().is_some_and(|word| class(word).is_none()) {
                // `(APIENTRY *name)`
                let macro_like =
                    self.is(at + 1, close, "*") || at + 1 < close && self.tokens[at + 1].word().is_some();
                if !macro_like {
                    return Some(at);
                }
            }
            at += 1;
        }
        None
    }

    fn tags(&self, range: Range<usize>, is_type: &dyn Fn(&str) -> bool, names: &mut Names) {
        for at in range.clone() {
            if self.class(at) != Some(Class::Tag) {
                continue;
            }
            let tagged = self.tagged(at, range.end, is_type);
            let alone = at == range.start && (tagged.end >= range.end || self.tokens[tagged.end].is(";"));
            if let Some(name) = tagged.name
                && (tagged.body.is_some() || alone)
            {
                names.others.push(plain_word(self.tokens[name].text).into_owned());
            }
            let Some((open, close)) = tagged.body.filter(|_| self.tokens[at].text == "enum") else {
                continue;
            };
            let mut item = open + 1;
            let mut fresh = true;
            while item < close {
                let token = self.tokens[item];
                if let Some(word) = token.word().filter(|_| fresh) {
                    names.others.push(plain_word(word).into_owned());
                }
                fresh = token.is(",");
                item = match token.text {
                    "(" | "[" | "{" => self.close(item, close) + 1,
                    _ => item + 1,
                };
            }
        }
    }
}

/// What a declaration declares.
#[derive(Default, Debug)]
pub(super) struct Names {
    pub is_typedef: bool,
    /// Functions, variables, typedef names.
    pub ordinary: Vec<String>,
    /// Tags and enumerators.
    pub others: Vec<String>,
}
