//! Lines that begin with `#`, and `_Pragma`: which packing holds where, and which file a line came from.

use super::lex::{Kind, Token, words};
use crate::error::{Diagnostic, ErrorKind, Marker, Source};
use std::sync::Arc;

/// The text without its directives.
pub(super) struct Plain<'a> {
    pub tokens: Vec<Token<'a>>,
    /// From this token on, `#pragma pack` says so.
    packs: Vec<(usize, Option<u32>)>,
    /// What the text says of the lines that it came from.
    pub lines: Vec<Marker>,
}

impl Plain<'_> {
    /// The packing in force at a token.
    pub(super) fn pack(&self, index: usize) -> Option<u32> {
        let count = self.packs.partition_point(|&(from, _)| from <= index);
        self.packs[..count].last().and_then(|&(_, pack)| pack)
    }
}

/// Carries out the directives, and takes them out.
pub(super) fn obeyed<'a>(
    tokens: Vec<Token<'a>>,
    source: &Arc<Source>,
    problems: &mut Vec<Diagnostic>,
) -> Plain<'a> {
    let mut plain = Plain { tokens: Vec::with_capacity(tokens.len()), packs: Vec::new(), lines: Vec::new() };
    let mut pack = Pack::default();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        index += 1;
        if token.word() == Some("_Pragma") {
            let text = match &tokens[index..] {
                [open, text, close, ..] if open.is("(") && text.kind == Kind::Text && close.is(")") => text,
                _ => {
                    problems.push(
                        Diagnostic::new(
                            ErrorKind::Syntax,
                            "expected a string in parentheses after '_Pragma'",
                        )
                        .at(token.span(source))
                        .help("write _Pragma(\"pack(1)\")"),
                    );
                    continue;
                }
            };
            index += 3;
            let quoted = text.text.find('"').map_or("", |at| &text.text[at + 1..]);
            let content = quoted.trim_end_matches('"').replace("\\\"", "\"").replace("\\\\", "\\");
            if let Err(problem) = pack.pragma(&words(&content)) {
                problems.push(problem.at(text.span(source)));
            }
            plain.packs.push((plain.tokens.len(), pack.now));
            continue;
        }
        if token.kind != Kind::Directive {
            plain.tokens.push(*token);
            continue;
        }
        let content = words(token.text);
        let content = content.get(1..).unwrap_or(&[]);
        match content {
            [] => {}
            [(Kind::Word, "pragma"), rest @ ..] => {
                if let Err(problem) = pack.pragma(rest) {
                    problems.push(problem.at(token.span(source)));
                }
                plain.packs.push((plain.tokens.len(), pack.now));
            }
            [(Kind::Word, "line"), rest @ ..] | rest @ [(Kind::Number, _), ..] => {
                plain.lines.extend(marker(rest, token, source));
            }
            [(Kind::Word, "ident" | "sccs" | "warning"), ..] => {}
            [(Kind::Word, "error"), ..] => problems
                .push(Diagnostic::new(ErrorKind::Syntax, "the text says '#error'").at(token.span(source))),
            [(_, name), ..] => problems.push(
                Diagnostic::new(ErrorKind::Syntax, format!("'#{name}' is no directive"))
                    .at(token.span(source)),
            ),
        }
    }
    plain
}

fn marker(content: &[(Kind, &str)], token: &Token, source: &Source) -> Option<Marker> {
    let line = content.first()?.1.parse().ok()?;
    let file = match content.get(1) {
        Some((Kind::Text, name)) => Some(name.trim_matches('"').replace("\\\"", "\"").replace("\\\\", "\\")),
        _ => None,
    };
    // What it speaks of is the text behind its line.
    let rest = source.text().get(token.end as usize..)?;
    let end = rest.find('\n')? as u32 + 1;
    Some(Marker { offset: token.end + end, line, file })
}

#[derive(Default)]
struct Pack {
    now: Option<u32>,
    pushed: Vec<(Option<String>, Option<u32>)>,
}

impl Pack {
    /// `pack(...)` as gcc, clang and MSVC agree on it; other pragmas mean nothing to declarations.
    fn pragma(&mut self, content: &[(Kind, &str)]) -> Result<(), Diagnostic> {
        let [(Kind::Word, "pack"), rest @ ..] = content else { return Ok(()) };
        let inner = match rest {
            [(_, "("), inner @ .., (_, ")")] => inner,
            _ => {
                return Err(Diagnostic::new(ErrorKind::Syntax, "malformed '#pragma pack'").help(PACK_FORMS));
            }
        };
        let items: Vec<(Kind, &str)> =
            inner.iter().copied().filter(|&(kind, text)| !(kind == Kind::Sign && text == ",")).collect();
        match items[..] {
            [] => self.now = None,
            [(Kind::Number, number)] => self.now = pack_value(number)?,
            [(Kind::Word, "show")] => {}
            [(Kind::Word, "push"), ref rest @ ..] => {
                let (name, number) = match rest {
                    [] => (None, None),
                    [(Kind::Number, number)] => (None, Some(*number)),
                    [(Kind::Word, name)] => (Some(name.to_string()), None),
                    [(Kind::Word, name), (Kind::Number, number)] => (Some(name.to_string()), Some(*number)),
                    _ => {
                        return Err(
                            Diagnostic::new(ErrorKind::Syntax, "malformed '#pragma pack'").help(PACK_FORMS)
                        );
                    }
                };
                self.pushed.push((name, self.now));
                if let Some(number) = number {
                    self.now = pack_value(number)?;
                }
            }
            [(Kind::Word, "pop"), ref rest @ ..] => {
                let name = rest.iter().find(|(kind, _)| *kind == Kind::Word).map(|&(_, name)| name);
                let number = rest.iter().find(|(kind, _)| *kind == Kind::Number).map(|&(_, number)| number);
                let found = match name {
                    // A name that was never pushed: the pragma is ignored.
                    Some(name) => self.pushed.iter().rposition(|(pushed, _)| pushed.as_deref() == Some(name)),
                    None => self.pushed.len().checked_sub(1),
                };
                if let Some(found) = found {
                    self.now = self.pushed[found].1;
                    self.pushed.truncate(found);
                }
                if let Some(number) = number {
                    self.now = pack_value(number)?;
                }
            }
            _ => return Err(Diagnostic::new(ErrorKind::Syntax, "malformed '#pragma pack'").help(PACK_FORMS)),
        }
        Ok(())
    }
}

const PACK_FORMS: &str = "write #pragma pack(push, 1), #pragma pack(pop), #pragma pack(1) or #pragma pack()";

/// 0 means the natural alignment, as in gcc.
fn pack_value(number: &str) -> Result<Option<u32>, Diagnostic> {
    match number {
        "0" => Ok(None),
        "1" => Ok(Some(1)),
        "2" => Ok(Some(2)),
        "4" => Ok(Some(4)),
        "8" => Ok(Some(8)),
        "16" => Ok(Some(16)),
        _ => Err(Diagnostic::new(
            ErrorKind::OutOfRange,
            format!("'#pragma pack' takes 1, 2, 4, 8 or 16, found {number}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::lex;
    use super::*;

    fn packs(text: &str) -> (Vec<Option<u32>>, Vec<String>) {
        let source = Source::new("t", text);
        let mut problems = Vec::new();
        let spliced = lex::splice(source.text());
        let tokens = lex::tokens(&spliced, &source, &mut problems);
        let plain = obeyed(tokens, &source, &mut problems);
        let packs = (0..plain.tokens.len()).map(|index| plain.pack(index)).collect();
        let problems = problems.iter().map(|p| format!("{:?} {}", p.span().unwrap(), p.message())).collect();
        (packs, problems)
    }

    #[test]
    fn pack_is_a_stack() {
        let text = "a\n#pragma pack(push, 1)\nb\n # pragma pack(push, x, 2)\nc\n#pragma pack(push)\n_Pragma(\"pack(4)\") d\n\
                    #pragma pack(pop, x)\ne\n#pragma pack(pop)\nf\n#pragma pack(pop)\ng\n#pragma pack(8) \\\n \nh\n#pragma pack()\ni";
        let (found, problems) = packs(text);
        assert_eq!(found, [None, Some(1), Some(2), Some(4), Some(1), None, None, Some(8), None]);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(packs("#pragma pack(3)\n").1, ["t:1:1 '#pragma pack' takes 1, 2, 4, 8 or 16, found 3"]);
    }

    #[test]
    fn line_markers_are_found() {
        let source =
            Source::new("t", "# 12 \"f.h\" 1 3\nint x;\n#line 40\n\n#nothing\n#ident \"x\"\n#\n# 9 \"é");
        let mut problems = Vec::new();
        let spliced = lex::splice(source.text());
        let plain = obeyed(lex::tokens(&spliced, &source, &mut problems), &source, &mut problems);
        let lines: Vec<_> =
            plain.lines.iter().map(|line| (line.offset, line.line, line.file.as_deref())).collect();
        assert_eq!(lines, [(15, 12, Some("f.h")), (31, 40, None)]);
        let problems: Vec<_> = problems.iter().map(Diagnostic::message).collect();
        assert_eq!(problems, ["'#nothing' is no directive"]);
    }
}
