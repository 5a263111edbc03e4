//! `#` and `##`.

use super::lexer;
use super::run::Run;
use super::token::{Flags, Kind, Token};
use crate::error::{Diagnostic, ErrorKind};

impl Run<'_> {
    /// Tokens as the text of a string.
    pub(super) fn quoted(&mut self, tokens: &[Token], sign: Token) -> Token {
        let mut text = String::from("\"");
        let mut backslashes = 0;
        for (number, &token) in tokens.iter().enumerate() {
            if number > 0 && token.is_spaced() {
                text.push(' ');
            }
            let spelling = self.macros.spelling(token);
            if matches!(token.kind, Kind::Text | Kind::Character) {
                for letter in spelling.chars() {
                    match letter {
                        '\\' | '"' => text.extend(['\\', letter]),
                        '\n' => text.push_str("\\n"),
                        _ => text.push(letter),
                    }
                }
            } else {
                text.push_str(spelling);
            }
            backslashes = match token.kind == Kind::Stray && spelling == "\\" {
                true => backslashes + 1,
                false => 0,
            };
        }
        if backslashes % 2 == 1 {
            text.pop();
        }
        text.push('"');
        self.count(text.len() as u32 / 8);
        let flags = Flags(sign.flags.0 & Flags::WHITE.0);
        self.made(Kind::Text, &text, flags, sign.place)
    }

    /// A token with a spelling that stands in no text.
    pub(super) fn made(&mut self, kind: Kind, spelling: &str, flags: Flags, place: u32) -> Token {
        match self.macros.scratch.keep(spelling) {
            Some(place) => Token { place, value: spelling.len() as u32, kind, flags },
            None => {
                self.fatal(Diagnostic::new(ErrorKind::TooLarge, "the macros make more than 1 GiB of text"));
                Token::end(place)
            }
        }
    }

    /// A token with all that `##` joins to it.
    pub(super) fn pasted_all(&mut self, first: Token) -> Token {
        let mut left = first;
        loop {
            let Some(right) = self.following() else {
                left.flags = left.flags.without(Flags::PASTE);
                return left;
            };
            let goes_on = right.flags.has(Flags::PASTE);
            match self.pasted(left, right) {
                Some(joined) => left = joined,
                None => {
                    self.unread(Token { flags: right.flags, ..right });
                    left.flags = left.flags.without(Flags::PASTE);
                    return left;
                }
            }
            if !goes_on {
                return left;
            }
        }
    }

    fn pasted(&mut self, left: Token, right: Token) -> Option<Token> {
        let mut spelling = String::with_capacity(32);
        spelling.push_str(self.macros.spelling(left));
        spelling.push_str(self.macros.spelling(right));
        self.count(1 + spelling.len() as u32 / 64);
        let flags = Flags(left.flags.0 & (Flags::WHITE.0 | Flags::FIRST.0 | Flags::BODY.0));
        let mut at = 0;
        let mut unended = None;
        let mut into = lexer::Into {
            names: &mut self.macros.names,
            scratch: &mut self.macros.scratch,
            unended: &mut unended,
        };
        let token = lexer::next(&spelling, &mut at, 0, Flags::default(), true, &mut into);
        let is_one = at == spelling.len()
            && token.kind != Kind::End
            && (token.kind != Kind::Stray || spelling.len() == 1)
            && !token.flags.has(Flags::WHITE);
        if !is_one {
            let (left_text, right_text) =
                (self.macros.spelling(left).to_owned(), self.macros.spelling(right).to_owned());
            let message = format!("'##' makes no token of '{left_text}' and '{right_text}'");
            let span = self.span_of(left);
            self.problem(Diagnostic::new(ErrorKind::Syntax, message), span, "");
            return None;
        }
        if token.kind.is_written() {
            return Some(self.made(token.kind, &spelling, flags, left.place));
        }
        let flags = flags.with(Flags(token.flags.0 & Flags::DIGRAPH.0));
        Some(Token { place: left.place, value: token.value, kind: token.kind, flags })
    }
}
