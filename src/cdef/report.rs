//! What is wrong with a declaration that has no tree, in the user's words.
//!
//! The grammar tells only how far it came; the rules below look at the tokens around that place, in order.

use super::grammar::Wanted;
use super::index::Paired;
use super::lex::{Kind, Token};
use super::name::plain_word;
use super::words::{BEGINNINGS, Class, class, is_cpp, looks_like_macro};
use crate::error::{Diagnostic, ErrorKind, Source, nearest};
use std::ops::Range;
use std::sync::Arc;

/// What the rules may look at.
pub(super) struct Scene<'s, 't, 'a> {
    pub paired: Paired<'t, 'a>,
    /// The declaration's tokens.
    pub range: Range<usize>,
    pub source: &'s Arc<Source>,
    pub is_type: &'s dyn Fn(&str) -> bool,
    pub type_names: &'s dyn Fn() -> Vec<String>,
}

/// The mistake at (or shortly before) the token where the grammar stopped.
pub(super) fn explain(scene: &Scene, failed: usize, wanted: Wanted) -> Diagnostic {
    let rules: [fn(&Scene, usize) -> Option<Diagnostic>; 12] = [
        odd_number,
        cpp,
        unknown_type,
        macro_in_parentheses,
        keyword_after_comma,
        missing_semicolon,
        ellipsis,
        missing_comma,
        second_type,
        trailing_macro,
        keyword_as_name,
        missing_end,
    ];
    rules.iter().find_map(|rule| rule(scene, failed)).unwrap_or_else(|| fallback(scene, failed, wanted))
}

/// A tree that only a macro in front of a tag (or something stranger) can give.
pub(super) fn explain_definition(scene: &Scene) -> Diagnostic {
    for at in scene.range.clone() {
        if scene.paired.class(at) == Some(Class::Tag)
            && let (Some(word), Some(_)) = (scene.name(at + 1), scene.name(at + 2))
        {
            return scene.stray_word(at + 1, word);
        }
    }
    let first = scene.range.start;
    Diagnostic::new(ErrorKind::Syntax, "expected a declaration").at(scene.token(first).span(scene.source))
}

impl<'a> Scene<'_, '_, 'a> {
    fn token(&self, at: usize) -> Token<'a> {
        self.paired.tokens[at.min(self.paired.tokens.len() - 1)]
    }

    fn has(&self, at: usize) -> bool {
        self.range.contains(&at)
    }

    fn sign(&self, at: usize, sign: &str) -> bool {
        self.has(at) && self.token(at).is(sign)
    }

    fn class(&self, at: usize) -> Option<Class> {
        if self.has(at) { self.paired.class(at) } else { None }
    }

    /// The word at an index that is neither reserved nor a type.
    fn name(&self, at: usize) -> Option<&'a str> {
        let word = self.token(at).word().filter(|_| self.has(at))?;
        (class(word).is_none() && !(self.is_type)(&plain_word(word))).then_some(word)
    }

    fn is_word(&self, at: usize) -> bool {
        self.has(at) && self.token(at).kind == Kind::Word
    }

    fn before(&self, at: usize) -> Option<Token<'a>> {
        at.checked_sub(1).filter(|&at| self.has(at)).map(|at| self.token(at))
    }

    /// The innermost bracket around an index.
    fn bracket(&self, at: usize) -> Option<usize> {
        let mut place = at.min(self.range.end);
        while place > self.range.start {
            place -= 1;
            let token = self.token(place);
            if token.kind != Kind::Sign {
                continue;
            }
            match token.text {
                ")" | "]" | "}" => place = self.paired.partner[place].min(place as u32) as usize,
                "(" | "[" | "{" => return Some(place),
                _ => {}
            }
        }
        None
    }

    /// The keyword (`struct`, `enum`) whose body opens at an index.
    fn body_of(&self, open: usize) -> Option<&'a str> {
        let from = self.range.start.max(open.saturating_sub(12));
        let keyword = (from..open).rev().find(|&at| self.class(at) == Some(Class::Tag))?;
        let tagged = self.paired.tagged(keyword, self.range.end, &self.is_type);
        tagged.body.is_some_and(|(body, _)| body == open).then(|| self.token(keyword).text)
    }

    fn at(&self, place: usize, message: String) -> Diagnostic {
        Diagnostic::new(ErrorKind::Syntax, message).at(self.token(place).span(self.source))
    }

    fn after(&self, place: usize, message: String) -> Diagnostic {
        Diagnostic::new(ErrorKind::Syntax, message).at(self.token(place).span(self.source).after())
    }

    fn unknown(&self, at: usize, word: &str) -> Diagnostic {
        let word = plain_word(word);
        let next = self.token(at + 1);
        let before_type = self.has(at + 1)
            && next.word().is_some_and(|next| class(next).is_some() || (self.is_type)(&plain_word(next)));
        if looks_like_macro(&word) && before_type {
            return self.stray_word(at, &word);
        }
        let names = (self.type_names)();
        let likely = nearest(&word, names.iter().map(String::as_str).chain(BEGINNINGS));
        let help = match (likely, &*word) {
            (Some(likely), _) => Some(format!("did you mean '{likely}'?")),
            (None, "string") => Some("C's strings are 'const char *'".to_string()),
            // `FILE *f` can do with a name; a value needs the type itself.
            _ if next.is("*") => {
                Some(format!("declare it first, for example 'typedef struct {word} {word};'"))
            }
            _ => Some(format!("declare it first: 'typedef ... {word};'")),
        };
        Diagnostic::new(ErrorKind::UnknownType, format!("unknown type name '{word}'"))
            .at(self.token(at).span(self.source))
            .maybe_help(help)
    }

    fn stray_word(&self, at: usize, word: &str) -> Diagnostic {
        Diagnostic::new(ErrorKind::UnknownType, format!("unknown type name '{word}'"))
            .at(self.token(at).span(self.source))
            .label("neither a type nor a keyword")
            .help(MACRO)
    }
}

const MACRO: &str = "it looks like a macro: define it, include its header, or take it out";

fn odd_number(scene: &Scene, failed: usize) -> Option<Diagnostic> {
    let at = [failed, failed.wrapping_sub(1), failed + 1]
        .into_iter()
        .find(|&at| scene.has(at) && scene.token(at).kind == Kind::Number && is_odd(scene.token(at).text))?;
    let text = scene.token(at).text;
    let names = scene.before(at).is_some_and(|before| {
        before.is("*") || before.is(",") && scene.bracket(at).is_none() || before.kind == Kind::Word
    });
    Some(match names {
        true => scene.at(at, format!("a name cannot start with a digit: '{text}'")),
        false => scene.at(at, format!("'{text}' is not a number")),
    })
}

/// Digits with a suffix that no dialect has.
fn is_odd(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("0x") {
        return digits.is_empty()
            || digits.contains(|c: char| !c.is_ascii_hexdigit() && !"'.puli+-".contains(c));
    }
    if lower.starts_with("0b") || lower.starts_with("0o") {
        return lower.len() == 2 || !lower.as_bytes()[2].is_ascii_digit();
    }
    let suffix = lower.trim_start_matches(|c: char| c.is_ascii_digit() || c == '\'' || c == '.');
    let known = ["", "u", "l", "ul", "lu", "ll", "ull", "llu", "i", "j", "f", "wb", "uwb", "z", "uz"];
    let float = lower.contains('.') || suffix.starts_with('e') && suffix.len() > 1;
    let bad_octal = lower.len() > 1
        && lower.starts_with('0')
        && !float
        && lower.bytes().take_while(u8::is_ascii_digit).any(|byte| byte > b'7');
    !float && !known.contains(&suffix) || bad_octal
}

fn cpp(scene: &Scene, failed: usize) -> Option<Diagnostic> {
    let told = |at: usize, message: String| {
        Some(
            Diagnostic::new(ErrorKind::Unsupported, message)
                .at(scene.token(at).span(scene.source))
                .help("paste the C interface (the part inside extern \"C\")"),
        )
    };
    let last = (failed + 1).min(scene.range.end.saturating_sub(1));
    for at in scene.range.start..=last {
        let token = scene.token(at);
        let wordy = token.word().is_some_and(is_cpp)
            && scene.name(at).is_some()
            && (at == scene.range.start || at + 1 >= failed)
            && (scene.is_word(at + 1)
                || scene.sign(at + 1, ":")
                || scene.sign(at + 1, "<")
                || scene.sign(at + 1, "("));
        if wordy || token.is("::") {
            return told(at, format!("'{}' is C++, which is not supported here", token.text));
        }
    }
    let at = failed;
    if scene.sign(at, "&")
        && scene.before(at).is_some_and(|before| before.kind == Kind::Word || before.is("*"))
    {
        return told(at, "references ('&') are C++, which is not supported here".to_string());
    }
    if scene.sign(at, "=") && scene.bracket(at).is_some_and(|open| scene.token(open).is("(")) {
        return told(at, "default arguments are C++, which is not supported here".to_string());
    }
    if scene.sign(at, ":") && at >= 2 && scene.class(at - 2) == Some(Class::Tag) && scene.is_word(at + 1) {
        return told(at, "inheritance is C++, which is not supported here".to_string());
    }
    None
}

/// The nearest place at or before the failure where a type had to stand, but a plain word does.
fn unknown_type(scene: &Scene, failed: usize) -> Option<Diagnostic> {
    let from = scene.range.start.max(failed.saturating_sub(8));
    for at in (from..=failed.min(scene.range.end.saturating_sub(1))).rev() {
        let Some(word) = scene.name(at) else { continue };
        let mut place = at;
        while place > scene.range.start {
            match scene.class(place - 1) {
                Some(Class::Storage | Class::Qualifier | Class::Function | Class::Blank) => place -= 1,
                _ => break,
            }
        }
        let opens = match scene.before(place) {
            None => true,
            Some(before) if before.is(";") || before.is("{") => {
                let open = scene.bracket(place)?;
                matches!(scene.body_of(open), Some("struct" | "union"))
            }
            Some(before) if before.is("(") || before.is(",") => {
                scene.bracket(place).is_some_and(|open| scene.token(open).is("(")) && !is_value(scene, place)
            }
            Some(_) => false,
        };
        let named = scene.is_word(at + 1) && scene.class(at + 1) != Some(Class::Asm)
            || scene.sign(at + 1, "*")
            || scene.sign(at + 1, ")")
            || scene.sign(at + 1, ",")
            || scene.sign(at + 1, "[")
            || scene.sign(at + 1, ";") && scene.bracket(at).is_some()
            || at + 1 == scene.range.end
            || scene.sign(at + 1, "(") && place == scene.range.start;
        // `(APIENTRY *name)` is a declarator, not a list of parameters.
        let declarator = scene.before(at).is_some_and(|before| before.is("("))
            && scene.sign(at + 1, "*")
            && scene.bracket(at).is_some_and(|open| {
                open > scene.range.start && scene.name(open - 1).is_none() && !scene.sign(open - 1, ")")
            });
        if opens && named && !declarator {
            return Some(scene.unknown(at, word));
        }
    }
    None
}

/// Whether an index lies behind an `=` of its declaration.
fn is_value(scene: &Scene, at: usize) -> bool {
    let mut place = at;
    while let Some(open) = scene.bracket(place) {
        if scene.token(open).is("[") || scene.before(open).is_some_and(|before| before.is("=")) {
            return true;
        }
        place = open;
    }
    (scene.range.start..place).any(|at| scene.sign(at, "="))
}

fn macro_in_parentheses(scene: &Scene, failed: usize) -> Option<Diagnostic> {
    let at = [failed, failed.wrapping_sub(1)]
        .into_iter()
        .find(|&at| scene.name(at).is_some() && scene.before(at).is_some_and(|before| before.is("(")))?;
    let word = scene.name(at)?;
    (scene.sign(at + 1, "*")).then(|| scene.stray_word(at, word))
}

fn keyword_after_comma(scene: &Scene, failed: usize) -> Option<Diagnostic> {
    let at = [failed, failed.wrapping_sub(1)].into_iter().find(|&at| {
        matches!(scene.class(at), Some(Class::Type | Class::Tag | Class::Storage))
            && scene.before(at).is_some_and(|before| before.is(","))
            && scene.bracket(at).is_none_or(|open| scene.token(open).is("{"))
    })?;
    let what = if scene.bracket(at).is_some() { "a member's name" } else { "a name" };
    Some(
        scene
            .at(at, format!("expected {what} after ',', found '{}'", scene.token(at).text))
            .help("did you mean ';' instead of ','?"),
    )
}

fn missing_semicolon(scene: &Scene, failed: usize) -> Option<Diagnostic> {
    let open = scene.bracket(failed)?;
    let keyword = scene.body_of(open)?;
    if keyword == "enum" || failed == 0 {
        return None;
    }
    let before = scene.before(failed)?;
    let ends = scene.sign(failed, "}")
        || scene.token(failed).first && scene.is_word(failed)
        || matches!(scene.class(failed), Some(Class::Type | Class::Tag));
    let whole = matches!(before.text, ")" | "]" | "}")
        || matches!(before.kind, Kind::Number)
        || before.kind == Kind::Word && scene.name(failed - 1).is_some();
    if !ends || !whole || before.is("{") {
        return None;
    }
    let what = if before.kind == Kind::Word {
        format!("member '{}'", before.text)
    } else {
        format!("'{}'", before.text)
    };
    Some(scene.after(failed - 1, format!("expected ';' after {what}")))
}

fn ellipsis(scene: &Scene, failed: usize) -> Option<Diagnostic> {
    let at = [failed, failed.wrapping_sub(1)].into_iter().find(|&at| scene.sign(at, "..."))?;
    Some(scene.at(at, "'...' must be the last parameter".to_string()))
}

fn missing_comma(scene: &Scene, failed: usize) -> Option<Diagnostic> {
    let open = scene.bracket(failed)?;
    let before = scene.before(failed)?;
    let value = before.kind != Kind::Sign || matches!(before.text, ")" | "]" | "}");
    if !scene.has(failed) || scene.token(failed).kind == Kind::Sign || !value {
        return None;
    }
    let (wanted, found) = (before.text, scene.token(failed).text);
    let message = match scene.token(open).text {
        "{" if scene.body_of(open).is_none_or(|keyword| keyword == "enum") => {
            format!("expected ',' after '{wanted}', found '{found}'")
        }
        "{" => format!("expected ';' or ',' after '{wanted}', found '{found}'"),
        "(" if before.kind != Kind::Word || class(before.text).is_none() => {
            format!("expected ',' or ')' after '{wanted}', found '{found}'")
        }
        "[" => format!("expected ']' after '{wanted}', found '{found}'"),
        _ => return None,
    };
    Some(scene.after(failed - 1, message))
}

/// `unsigned foo_t x`: two types, the second unknown.
fn second_type(scene: &Scene, failed: usize) -> Option<Diagnostic> {
    let at = failed.checked_sub(1)?;
    let word = scene.name(at)?;
    scene.name(failed)?;
    let follows_type = scene.class(at.checked_sub(1)?) == Some(Class::Type);
    let typelike = word.ends_with("_t") || looks_like_macro(word);
    (follows_type && typelike)
        .then(|| scene.unknown(at, word).label(format!("a second type after '{}'", scene.token(at - 1).text)))
}

/// `int f(void) DEPRECATED("x")`.
fn trailing_macro(scene: &Scene, failed: usize) -> Option<Diagnostic> {
    let at = [failed, failed.wrapping_sub(1)]
        .into_iter()
        .find(|&at| scene.name(at).is_some_and(|_| scene.before(at).is_some_and(|before| before.is(")"))))?;
    let word = scene.name(at)?;
    Some(scene.at(at, format!("expected ';' after ')', found '{word}'")).help(if looks_like_macro(word) {
        MACRO
    } else {
        "end the declaration with ';'"
    }))
}

fn keyword_as_name(scene: &Scene, failed: usize) -> Option<Diagnostic> {
    let earlier = failed.checked_sub(1).filter(|&at| scene.class(at) == Some(Class::Statement));
    let failed = earlier.unwrap_or(failed);
    let word = scene.token(failed).word().filter(|_| scene.has(failed))?;
    let reserved = class(word)?;
    let before = scene.before(failed)?;
    let after_type = before.kind == Kind::Word || matches!(before.text, "*" | "," | "(");
    let plain =
        matches!(reserved, Class::Statement | Class::Storage | Class::Operator | Class::Type | Class::Assert);
    (after_type && plain).then(|| {
        scene
            .at(failed, format!("expected a name after '{}', found the keyword '{word}'", before.text))
            .help("choose another name: keywords name nothing")
    })
}

fn missing_end(scene: &Scene, failed: usize) -> Option<Diagnostic> {
    let before = scene.before(failed)?;
    if scene.bracket(failed).is_some() || !scene.is_word(failed) {
        return None;
    }
    if let Some(Class::Storage | Class::Qualifier | Class::Function) = scene.class(failed - 1) {
        let (before, found) = (before.text, scene.token(failed).text);
        return Some(scene.at(failed, format!("expected a type after '{before}', found '{found}'")));
    }
    let whole = before.kind != Kind::Sign || matches!(before.text, ")" | "]" | "}");
    whole.then(|| {
        scene.after(
            failed - 1,
            format!("expected ';' or ',' after '{}', found '{}'", before.text, scene.token(failed).text),
        )
    })
}

fn fallback(scene: &Scene, failed: usize, wanted: Wanted) -> Diagnostic {
    let before = scene.before(failed.min(scene.range.end));
    if failed >= scene.range.end {
        let last = scene.range.end.saturating_sub(1);
        let what = if wanted.typedef_name && !wanted.identifier { "a type" } else { "more" };
        return scene
            .after(last, format!("expected {what} after '{}', found the end", scene.token(last).text));
    }
    let found = scene.token(failed).text;
    match before {
        Some(before) if wanted.typedef_name && matches!(before.text, "(" | "," | "{" | ";") => {
            scene.at(failed, format!("expected a type after '{}', found '{found}'", before.text))
        }
        Some(before) => scene.at(failed, format!("unexpected '{found}' after '{}'", before.text)),
        None if wanted.typedef_name => scene.at(failed, format!("expected a type, found '{found}'")),
        None => scene.at(failed, format!("unexpected '{found}'")),
    }
}
