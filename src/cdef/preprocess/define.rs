//! `#define` and `#undef`.

use super::macros::{Form, Macro};
use super::names::{DEFINED, Name, VA_ARGS, VA_OPT};
use super::run::Run;
use super::token::{Flags, Kind, Token};
use crate::error::{Diagnostic, ErrorKind};

impl Run<'_> {
    pub(super) fn define(&mut self) {
        let Some(word) = self.macro_name("define") else { return };
        let Some(name) = word.name() else { return };
        let mut form = Form::Object;
        let mut parameters = Vec::new();
        let mut variadic = false;
        let mut token = self.lexed();
        if token.kind == Kind::Open && !token.flags.has(Flags::WHITE) {
            if self.parameters(&mut parameters, &mut variadic).is_none() {
                return;
            }
            form = Form::Function { parameters: parameters.clone(), variadic };
            token = self.lexed();
        }
        let function = form != Form::Object;
        let start = self.macros.bodies.len();
        if let Err((place, message)) = self.body(token, function, &parameters, variadic, start) {
            self.macros.bodies.truncate(start);
            let span = self.span_of(place);
            self.problem(Diagnostic::new(ErrorKind::Syntax, message), span, "");
            return;
        }
        let body = start as u32..self.macros.bodies.len() as u32;
        let new = Macro { name, form, place: word.place, body, busy: false, predefined: false };
        if let Some(number) = self.macros.names.meaning(name)
            && let Some(old) = self.macros.get(number)
        {
            if self.macros.same(old, &new) {
                self.macros.bodies.truncate(start);
                return;
            }
            let old = old.clone();
            if !old.predefined && !self.redefining && self.buffers.len() == 1 {
                let text = self.macros.names.spelling(name).to_owned();
                let mut problem = Diagnostic::new(
                    ErrorKind::Conflict,
                    format!("macro '{text}' is defined again, differently"),
                );
                if let Some(first) = self.macros.places.span(old.place, text.len() as u32) {
                    problem = problem.note_at(first, "it was defined here");
                }
                let span = self.span_of(word);
                self.problem(problem, span, "take the old one away with '#undef' first");
            }
        }
        self.macros.define(new);
    }

    pub(super) fn undefine(&mut self) {
        if let Some(name) = self.macro_name("undef").and_then(Token::name) {
            self.macros.mean(name, None);
        }
    }

    /// The name that a directive about a macro needs.
    pub(super) fn macro_name(&mut self, directive: &str) -> Option<Token> {
        let token = self.lexed();
        match token.name() {
            Some(DEFINED) if directive == "define" || directive == "undef" => {
                let span = self.span_of(token);
                let problem = Diagnostic::new(ErrorKind::Syntax, "'defined' cannot be the name of a macro");
                self.problem(problem, span, "");
                None
            }
            Some(_) => Some(token),
            None => {
                let found = match token.kind {
                    Kind::End => "nothing".to_owned(),
                    _ => format!("'{}'", self.macros.spelling(token)),
                };
                let span = self.span_of(token);
                let problem = Diagnostic::new(
                    ErrorKind::Syntax,
                    format!("expected the name of a macro after '#{directive}', found {found}"),
                );
                self.problem(problem, span, "");
                None
            }
        }
    }

    fn parameters(&mut self, parameters: &mut Vec<Name>, variadic: &mut bool) -> Option<()> {
        loop {
            let token = self.lexed();
            match token.kind {
                Kind::Close if parameters.is_empty() => return Some(()),
                Kind::Ellipsis => {
                    parameters.push(VA_ARGS);
                    *variadic = true;
                }
                Kind::Name => {
                    let name = Name(token.value);
                    if parameters.contains(&name) {
                        let text = self.macros.spelling(token).to_owned();
                        let span = self.span_of(token);
                        let problem =
                            Diagnostic::new(ErrorKind::Syntax, format!("two parameters are called '{text}'"));
                        self.problem(problem, span, "");
                        return None;
                    }
                    parameters.push(name);
                }
                _ => return self.wrong_parameter(token, "the name of a parameter"),
            }
            let mut token = self.lexed();
            if token.kind == Kind::Ellipsis && !*variadic {
                *variadic = true;
                token = self.lexed();
            }
            match token.kind {
                Kind::Close => return Some(()),
                Kind::Comma if !*variadic => {}
                _ => return self.wrong_parameter(token, if *variadic { "')'" } else { "',' or ')'" }),
            }
        }
    }

    fn wrong_parameter(&mut self, token: Token, wanted: &str) -> Option<()> {
        let found = match token.kind {
            Kind::End => "the end of the line".to_owned(),
            _ => format!("'{}'", self.macros.spelling(token)),
        };
        let span = self.span_of(token);
        let message = format!("expected {wanted} in the macro's parameters, found {found}");
        self.problem(Diagnostic::new(ErrorKind::Syntax, message), span, "");
        None
    }

    /// Reads a body to the end of the line, behind all others.
    fn body(
        &mut self,
        first: Token,
        function: bool,
        parameters: &[Name],
        variadic: bool,
        start: usize,
    ) -> Result<(), (Token, String)> {
        let mut token = first;
        let mut quote: Option<Token> = None;
        let mut options: Vec<(usize, u32)> = Vec::new();
        let mut depth = 0u32;
        loop {
            if token.kind == Kind::End {
                break;
            }
            let length = self.macros.bodies.len();
            token.flags = token.flags.with(Flags::BODY).without(Flags::FIRST);
            if length == start {
                token.flags = token.flags.without(Flags::WHITE);
            }
            match token.kind {
                Kind::Paste => {
                    if length == start || options.last().is_some_and(|&(open, _)| open + 1 == length) {
                        return Err((token, "'##' has nothing in front of it".into()));
                    }
                    if let Some(last) = self.macros.bodies.last_mut() {
                        last.flags = last.flags.with(Flags::PASTE);
                    }
                    let next = self.lexed();
                    if next.kind == Kind::End {
                        return Err((token, "'##' has nothing behind it".into()));
                    }
                    token = next;
                    continue;
                }
                Kind::Hash if function => {
                    quote = Some(token);
                    token = self.lexed();
                    let is_parameter = token
                        .name()
                        .is_some_and(|name| parameters.contains(&name) || (variadic && name == VA_OPT));
                    if !is_parameter {
                        return Err((
                            quote.unwrap_or(token),
                            "'#' is not followed by a parameter of the macro".into(),
                        ));
                    }
                    continue;
                }
                Kind::Name => {
                    let name = Name(token.value);
                    if variadic && name == VA_OPT {
                        let open = self.lexed();
                        if open.kind != Kind::Open {
                            return Err((token, "expected '(' after '__VA_OPT__'".into()));
                        }
                        if !options.is_empty() {
                            return Err((token, "'__VA_OPT__' stands inside another one".into()));
                        }
                        token.kind = Kind::Optional;
                        token.flags = quoted_by(quote.take(), token.flags);
                        options.push((length, depth));
                        self.macros.bodies.push(token);
                        depth += 1;
                        token = self.lexed();
                        continue;
                    }
                    if let Some(index) = parameters.iter().position(|&parameter| parameter == name) {
                        token.kind = Kind::Parameter;
                        token.value = index as u32;
                        token.flags = quoted_by(quote.take(), token.flags);
                    }
                }
                Kind::Open => depth += 1,
                Kind::Close => {
                    depth = depth.saturating_sub(1);
                    if let Some(&(open, before)) = options.last()
                        && depth == before
                    {
                        if self.macros.bodies.last().is_some_and(|last| last.flags.has(Flags::PASTE)) {
                            return Err((token, "'##' has nothing behind it".into()));
                        }
                        options.pop();
                        token.kind = Kind::OptionalEnd;
                        if let Some(open) = self.macros.bodies.get_mut(open) {
                            open.value = length as u32;
                        }
                    }
                }
                _ => {}
            }
            self.macros.bodies.push(token);
            token = self.lexed();
        }
        match options.last().and_then(|&(open, _)| self.macros.bodies.get(open)) {
            Some(&open) => Err((open, "'__VA_OPT__(' is not closed".into())),
            None => Ok(()),
        }
    }
}

fn quoted_by(sign: Option<Token>, flags: Flags) -> Flags {
    match sign {
        Some(sign) => {
            flags.without(Flags::WHITE).with(Flags(sign.flags.0 & Flags::WHITE.0)).with(Flags::QUOTE)
        }
        None => flags,
    }
}
