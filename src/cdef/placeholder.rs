//! `$` in a text stands for a type, a name or a number that is given beside it.
//!
//! It is no text substitution: a type is one word, whatever it is made of, and a name declares what it names.

use super::lex::{self, Kind, Token};
use super::words::class;
use crate::error::{Diagnostic, ErrorKind, Source, Span};
use crate::types::Type;
use std::sync::Arc;

/// What stands for one `$`.
pub(crate) enum Filling {
    Type(Type),
    Name(String),
    Number(i128),
}

/// The fillings of a text, with the words that take their places.
#[derive(Default)]
pub(crate) struct Fillings {
    words: Vec<(Word, String)>,
    types: Vec<(Arc<str>, Type)>,
}

enum Word {
    Name,
    Number { negative: bool },
}

impl Fillings {
    /// In the order of the text; a name must be one of C.
    pub(crate) fn new(fillings: Vec<Filling>) -> Result<Fillings, Diagnostic> {
        let mut all = Fillings::default();
        for (index, filling) in fillings.into_iter().enumerate() {
            let number = index + 1;
            let wrong = |message: String| Diagnostic::new(ErrorKind::Declaration, message);
            all.words.push(match filling {
                Filling::Type(ty) => {
                    // No user can write such a word.
                    let word = format!("<${number}>");
                    all.types.push((word.as_str().into(), ty));
                    (Word::Name, word)
                }
                Filling::Name(name) if is_name(&name) => (Word::Name, name),
                Filling::Name(name) => {
                    let message =
                        format!("value {number} for '$' is no name of C: '{}'", name.escape_debug());
                    return Err(wrong(message).help("a type is given as a 'CType', not as text"));
                }
                Filling::Number(value) => match u64::try_from(value.unsigned_abs()) {
                    Ok(digits) => (Word::Number { negative: value < 0 }, digits.to_string()),
                    Err(_) => {
                        return Err(wrong(format!("value {number} for '$' does not fit 64 bits: {value}")));
                    }
                },
            });
        }
        Ok(all)
    }

    /// The words that stand for types, and those types.
    pub(crate) fn types(&self) -> &[(Arc<str>, Type)] {
        &self.types
    }
}

fn is_name(name: &str) -> bool {
    let source = Source::new("<name>", name);
    let (spliced, mut problems) = (lex::splice(name), Vec::new());
    let tokens = lex::tokens(&spliced, &source, &mut problems);
    match tokens.as_slice() {
        [token] => token.word() == Some(name) && class(name).is_none() && name != "$" && problems.is_empty(),
        _ => false,
    }
}

/// The tokens with every `$` replaced. A text without `$` takes no fillings, and one with them takes all.
pub(super) fn filled<'a>(
    tokens: Vec<Token<'a>>,
    fillings: &'a Fillings,
    source: &Arc<Source>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Token<'a>> {
    if fillings.words.is_empty() {
        return tokens;
    }
    let mut full = Vec::with_capacity(tokens.len() + 2 * fillings.words.len());
    let mut rest = fillings.words.iter();
    let mut places = 0;
    for token in tokens {
        if token.word() != Some("$") {
            full.push(token);
            continue;
        }
        places += 1;
        match rest.next() {
            Some((Word::Name, word)) => full.push(Token { text: word, ..token }),
            Some((Word::Number { negative: false }, digits)) => {
                full.push(Token { kind: Kind::Number, text: digits, ..token });
            }
            Some((Word::Number { negative: true }, digits)) => {
                let sign = |text: &'a str| Token { kind: Kind::Sign, text, first: false, ..token };
                let number = Token { kind: Kind::Number, text: digits, first: false, ..token };
                full.extend([Token { first: token.first, ..sign("(") }, sign("-"), number, sign(")")]);
            }
            None => full.push(token),
        }
    }
    let given = fillings.words.len();
    if places < given {
        let end = source.text().len() as u32;
        let message = format!("{given} values are given for '$', and the text has {places} of them");
        problems.push(Diagnostic::new(ErrorKind::Syntax, message).at(Span::new(source, end..end)));
    }
    full
}
