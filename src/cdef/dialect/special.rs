//! The constructs that the grammar has no word for: tags with attributes, `typeof`, `alignof`, new types.

use super::Writer;
use crate::cdef::lex::Kind;
use crate::cdef::name::plain_word;
use crate::cdef::words::{Class, class};
use crate::error::{Diagnostic, ErrorKind};
use std::ops::Range;

impl Writer<'_, '_> {
    /// Whether the `:` at a place begins an unnamed bit-field with attributes behind its width. The grammar forgets
    /// those, so such a bit-field gets a name that lowering takes off again.
    pub(super) fn is_unnamed_bit_field(&self, at: usize, start: usize, end: usize) -> bool {
        let paired = self.paired;
        let Some(before) = at.checked_sub(1).filter(|&before| before >= start) else { return false };
        let unnamed = match paired.tokens[before].text {
            "," | "}" => true,
            ")" => false,
            word => match paired.class(before) {
                Some(Class::Type | Class::Qualifier) => true,
                Some(_) => false,
                None => {
                    let first = before == start || matches!(paired.tokens[before - 1].text, "{" | ";");
                    first && paired.tokens[before].word().is_some() && (self.is_type)(&plain_word(word))
                }
            },
        };
        let mut next = at + 1;
        while unnamed && next < end {
            match paired.tokens[next].text {
                "," | ";" | "}" => return false,
                "(" | "[" | "{" => next = paired.close(next, end) + 1,
                _ if matches!(paired.class(next), Some(Class::Attribute | Class::Align)) => return true,
                _ => next += 1,
            }
        }
        false
    }

    /// `struct`, `union`, `enum`: all attributes behind the closing brace, in one list marked `ffi_tag`.
    pub(super) fn tagged(&mut self, keyword: usize, end: usize) -> usize {
        let paired = self.paired;
        let is_type = self.is_type;
        let tagged = paired.tagged(keyword, end, &is_type);
        let is_enum = paired.tokens[keyword].text == "enum";
        self.put(keyword, paired.tokens[keyword].text);
        if let Some(name) = tagged.name {
            let word = paired.tokens[name].text;
            if word == "$" {
                self.unfilled(name);
            }
            self.put(name, &super::mangled(word));
        }
        let Some((open, close)) = tagged.body else {
            match (tagged.name, tagged.base) {
                (Some(_), Some(base)) => {
                    self.put(keyword, "__attribute__(( ffi_tag ,");
                    self.put_base(base);
                    self.put_loose("))");
                }
                (None, _) => {
                    let word = paired.tokens[keyword].text;
                    let span = paired.tokens[keyword].span(self.source).after();
                    self.problems.push(
                        Diagnostic::new(ErrorKind::Syntax, format!("expected a tag or '{{' after '{word}'"))
                            .at(span),
                    );
                }
                _ => {}
            }
            return tagged.end;
        };
        self.put(open, "{");
        if is_enum && open + 1 == close {
            self.put(open, "__ffi_empty");
        }
        if is_enum {
            self.range(open + 1..close);
        } else {
            self.members(open + 1..close);
        }
        self.put(close.min(paired.tokens.len() - 1), "}");
        let mut attributes = self.attributes(tagged.attributes);
        let after = self.run(tagged.end, end);
        let after_end = after.end;
        // A calling convention is no tag's, but that of the function that the declaration goes on to declare.
        let (conventions, own): (Vec<_>, Vec<_>) =
            after.attributes.into_iter().partition(|attribute| attribute.is_convention(self.paired));
        attributes.extend(own);
        let pack = (self.pack)(close).filter(|_| !is_enum);
        if !attributes.is_empty() || pack.is_some() || tagged.base.is_some() {
            self.put(close, "__attribute__(( ffi_tag");
            if let Some(base) = tagged.base {
                self.put_loose(",");
                self.put_base(base);
            }
            if let Some(pack) = pack {
                self.put_loose(&format!(", ffi_pack({pack})"));
            }
            if !attributes.is_empty() {
                self.put_loose(",");
                self.put_list(&attributes);
            }
            self.put_loose("))");
        }
        self.put_attributes(&conventions);
        after_end
    }

    /// The body of a record: `static const int a = 1;` in it becomes `const int a ffi_value(1);`.
    fn members(&mut self, range: Range<usize>) {
        let paired = self.paired;
        let mut at = range.start;
        while at < range.end {
            let mut end = at;
            while end < range.end && !paired.tokens[end].is(";") {
                end = match paired.tokens[end].text {
                    "(" | "[" | "{" => paired.close(end, range.end) + 1,
                    _ => end + 1,
                };
            }
            let end = (end + 1).min(range.end);
            let mut first = at;
            while first < end && paired.class(first) == Some(Class::Qualifier) {
                first += 1;
            }
            match paired.tokens[first].text {
                "static" | "constexpr" => self.static_member(at..end, first),
                _ => self.range(at..end),
            }
            at = end;
        }
    }

    fn static_member(&mut self, range: Range<usize>, storage: usize) {
        let paired = self.paired;
        self.range(range.start..storage);
        if paired.tokens[storage].text == "constexpr" {
            self.put(storage, "const");
        }
        let mut from = storage + 1;
        while from < range.end {
            let stop = |at: usize, sign: &str| at < range.end && paired.tokens[at].is(sign);
            let mut at = from;
            while at < range.end && !stop(at, "=") && !stop(at, ",") && !stop(at, ";") {
                at = match paired.tokens[at].text {
                    "(" | "[" | "{" => paired.close(at, range.end) + 1,
                    _ => at + 1,
                };
            }
            self.range(from..at.min(range.end));
            if stop(at, "=") {
                let value = self.comma(at + 1, range.end).unwrap_or(range.end);
                let value = if stop(value.saturating_sub(1), ";") { value - 1 } else { value };
                self.put(at, "__attribute__((ffi_value(");
                self.range(at + 1..value);
                self.put_loose(")))");
                at = value;
            }
            if at < range.end {
                self.put(at, paired.tokens[at].text);
            }
            from = at + 1;
        }
    }

    fn put_base(&mut self, base: Range<usize>) {
        self.put_loose("ffi_base(");
        self.put_type_as_value(base);
        self.put_loose(")");
    }

    /// A type name where the grammar wants an expression.
    fn put_type_as_value(&mut self, range: Range<usize>) {
        self.put_loose("__builtin_va_arg(0 ,");
        self.range(range);
        self.put_loose(")");
    }

    /// `typeof(..)`, `typeof_unqual(..)`, `_BitInt(..)`.
    pub(super) fn type_group(&mut self, at: usize, end: usize, word: &str) -> usize {
        let close = self.paired.close(at + 1, end);
        let inner = at + 2..close;
        let (opening, closing) = match word {
            "_BitInt" => ("__typeof__ (__ffi_bitint (", "))"),
            "typeof" | "__typeof" | "__typeof__" => ("__typeof__ (", ")"),
            _ => ("__typeof__ (__ffi_unqual (", "))"),
        };
        self.put(at, opening);
        if word != "_BitInt" && self.starts_type(inner.start, inner.end) {
            self.put_type_as_value(inner);
        } else {
            self.range(inner);
        }
        self.put(close.min(self.paired.tokens.len() - 1), closing);
        close + 1
    }

    /// `_Alignof(type)`, and gcc's own: of an expression, and with the alignment that i386 prefers.
    pub(super) fn alignof(&mut self, at: usize, end: usize, word: &str, group: bool) -> usize {
        let gnu = word.starts_with("__");
        if group && self.starts_type(at + 2, end) {
            let close = self.paired.close(at + 1, end);
            if gnu {
                self.put(at, "__ffi_gnu_alignof (");
                self.put_type_as_value(at + 2..close);
                self.put_loose(")");
            } else {
                self.put(at, "_Alignof (");
                self.range(at + 2..close);
                self.put_loose(")");
            }
            return close + 1;
        }
        if !group && word == "alignof" {
            self.put(at, word);
            return at + 1;
        }
        let operand = self.unary_end(at + 1, end);
        self.put(at, "__ffi_alignof (");
        self.range(at + 1..operand);
        self.put_loose(")");
        operand
    }

    /// Behind the operand of a prefix operator.
    fn unary_end(&self, start: usize, end: usize) -> usize {
        let paired = self.paired;
        let mut at = start;
        while at < end {
            let token = &paired.tokens[at];
            let prefix = token.kind == Kind::Sign
                && matches!(token.text, "*" | "&" | "-" | "+" | "~" | "!" | "++" | "--")
                || token.word().and_then(class) == Some(Class::Operator);
            if prefix {
                at += 1;
            } else if token.is("(") && self.starts_type(at + 1, end) {
                at = paired.close(at, end) + 1;
                if paired.is(at, end, "{") {
                    at = paired.close(at, end) + 1;
                    break;
                }
            } else {
                at = if token.is("(") { paired.close(at, end) + 1 } else { at + 1 };
                while at < end && paired.tokens[at].kind == Kind::Text {
                    at += 1;
                }
                break;
            }
        }
        while at < end {
            let token = &paired.tokens[at];
            at = match token.text {
                "(" | "[" => paired.close(at, end) + 1,
                "." | "->" => at + 2,
                "++" | "--" => at + 1,
                _ => break,
            };
        }
        at.min(end)
    }

    /// `__builtin_types_compatible_p(A, B)`.
    pub(super) fn types_compatible(&mut self, at: usize, end: usize) -> usize {
        let close = self.paired.close(at + 1, end);
        let comma = self.comma(at + 2, close).unwrap_or(close);
        self.put(at, "__ffi_tc (");
        self.put_type_as_value(at + 2..comma);
        self.put_loose(",");
        self.put_type_as_value((comma + 1).min(close)..close);
        self.put_loose(")");
        close + 1
    }

    /// A type of one word.
    pub(super) fn type_word(&mut self, at: usize, word: &str) {
        let mapped = match word {
            "bool" if (self.is_type)("bool") || self.declared.iter().any(|name| name == "bool") => {
                self.used.insert("bool".to_string());
                "bool"
            }
            "bool" => "_Bool",
            "__int128" => "__typeof__(__ffi_int128)",
            "__bf16" => "__typeof__(__ffi_bf16)",
            "__fp16" => "__typeof__(__ffi_fp16)",
            "__float80" => "__typeof__(__ffi_float80)",
            "__float128" => "_Float128",
            "__builtin_ms_va_list" => "__typeof__(__ffi_ms_va_list)",
            "__auto_type" => "__typeof__(__ffi_auto)",
            "__int8" => "char",
            "__int16" => "short",
            "__int32" => "int",
            "__int64" => "long long",
            "_Imaginary" => return self.unsupported(at, "imaginary types are not supported"),
            other => other,
        };
        self.put(at, mapped);
    }
}
