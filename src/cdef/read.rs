//! Pasted text as syntax trees, with every mistake told.

use super::bracket;
use super::dialect::{Map, Writer};
use super::directive::{self, Plain};
use super::grammar::{self, Failure, Trap};
use super::guard::{self, Depth};
use super::index::Paired;
use super::lex;
use super::name::plain_word;
use super::placeholder::{self, Fillings};
use super::report::{self, Scene};
use super::split::{self, Piece, Split};
use crate::error::{Diagnostic, ErrorKind, Result, Source, Span};
use lang_c::ast::{Declaration, Expression, ExternalDeclaration, InitializerListItem, TypeName};
use lang_c::span::Node;
use std::ops::Range;
use std::sync::Arc;

pub(crate) use super::name::user_name;

/// What has been declared before the text.
pub(crate) struct Known<'a> {
    /// Whether a word is a typedef name.
    pub is_type: &'a dyn Fn(&str) -> bool,
    /// All typedef names, for "did you mean".
    pub type_names: &'a dyn Fn() -> Vec<String>,
    /// What stands for `$`.
    pub fillings: &'a Fillings,
}

/// What a text holds.
pub(crate) struct Reading {
    /// In the order of the text.
    pub declarations: Vec<Parsed>,
    /// Every mistake, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// One declaration of the text.
pub(crate) struct Parsed {
    /// The whole declaration.
    pub span: Span,
    /// Every ordinary name, tag and enumerator that it declares, even where it could not be parsed.
    pub names: Vec<String>,
    /// A function's body was left out.
    pub has_body: bool,
    /// Empty where it could not be parsed.
    pub trees: Vec<Node<ExternalDeclaration>>,
    /// From the trees' places to the user's text.
    pub map: Arc<Map>,
}

/// One call of the grammar costs as much as a small declaration, so it gets several.
const BATCH: usize = 16;

/// Looking for what was meant among all names costs too much where everything is unknown.
const ADVISED: usize = 50;

/// The declarations of a text.
pub(crate) fn declarations(source: &Arc<Source>, known: &Known) -> Reading {
    let mut problems = Vec::new();
    if u32::try_from(source.text().len()).is_err() {
        problems.push(Diagnostic::new(ErrorKind::TooLarge, "the text is larger than 4 GiB"));
        return Reading { declarations: Vec::new(), diagnostics: problems };
    }
    let spliced = lex::splice(source.text());
    let tokens = lex::tokens(&spliced, source, &mut problems);
    let tokens = placeholder::filled(tokens, known.fillings, source, &mut problems);
    let lexed: Vec<u32> = problems.iter().filter_map(start_of).collect();
    let mut plain = directive::obeyed(tokens, source, &mut problems);
    source.set_markers(std::mem::take(&mut plain.lines));
    let is_type = |word: &str| (known.is_type)(&plain_word(word));
    let before = problems.len();
    let split = split::split(&plain.tokens, source, &is_type, &mut problems);
    let text = Text { source, known, plain: &plain, split: &split };
    let mut declarations = Vec::with_capacity(split.pieces.len());
    let mut from = 0;
    while from < split.pieces.len() {
        let mut to = from + 1;
        let depth = split.pieces[from].depth;
        while to < split.pieces.len() && to - from < BATCH && split.pieces[to].depth == depth {
            to += 1;
        }
        text.batch(from..to, &mut declarations, &mut problems);
        from = to;
    }
    // What the lexer could not read is told once; what follows from it is not.
    let troubled = |problem: &Diagnostic| {
        let start = start_of(problem).unwrap_or(0);
        let after = split.pieces.partition_point(|piece| piece.place.start <= start);
        split.pieces[..after].last().is_some_and(|piece| {
            let first = lexed.partition_point(|&at| at < piece.place.start);
            start <= piece.place.end && lexed.get(first).is_some_and(|&at| at < piece.place.end)
        })
    };
    let mut later = problems.split_off(before);
    if !lexed.is_empty() {
        later.retain(|problem| !troubled(problem));
    }
    problems.append(&mut later);
    problems.sort_by_key(start_of);
    Reading { declarations, diagnostics: problems }
}

fn start_of(problem: &Diagnostic) -> Option<u32> {
    problem.span().map(|span| span.range().start as u32)
}

struct Text<'t, 'a> {
    source: &'t Arc<Source>,
    known: &'t Known<'t>,
    plain: &'t Plain<'a>,
    split: &'t Split,
}

impl Text<'_, '_> {
    fn paired(&self) -> Paired<'_, '_> {
        Paired { tokens: &self.plain.tokens, partner: &self.split.partner }
    }

    /// Whether a word is a typedef name for the piece with this number.
    fn is_type(&self, word: &str, piece: usize) -> bool {
        self.split.typedefs.get(word).is_some_and(|&first| first <= piece) || (self.known.is_type)(word)
    }

    fn batch(&self, pieces: Range<usize>, done: &mut Vec<Parsed>, problems: &mut Vec<Diagnostic>) {
        let single = pieces.len() == 1;
        let is_type = |word: &str| self.is_type(word, pieces.end - 1);
        let pack = |token: usize| self.plain.pack(token);
        let mut writer = Writer::new(self.paired(), &pack, &is_type, self.source);
        let mut places = Vec::with_capacity(pieces.len());
        let mut told = Vec::new();
        for piece in &self.split.pieces[pieces.clone()] {
            let here = writer.here();
            if !piece.broken {
                writer.piece(piece);
            }
            // Attributes alone (`[[fallthrough]];`) declare nothing.
            if !writer.problems.is_empty() || writer.is_blank_since(here) {
                told.append(&mut writer.problems);
                writer.back_to(here);
            }
            places.push(here.0..writer.here().0);
        }
        let prefix = self.prefix(&writer, pieces.start);
        let (text, map) = writer.finish(&prefix, "");
        let map = Arc::new(map);
        let blank = text[prefix.len()..].trim().is_empty();
        let depth = self.split.pieces[pieces.start].depth;
        let parsed = if blank { Ok(Vec::new()) } else { grammar::parsed(text, depth) };
        let trees = match parsed {
            Ok(trees) => self.shared_out(trees, &places, prefix.len()),
            Err(failure) if single => Err(Some(failure)),
            Err(_) => Err(None),
        };
        match trees {
            Ok(trees) => {
                problems.append(&mut told);
                for (number, trees) in pieces.zip(trees) {
                    let piece = &self.split.pieces[number];
                    done.push(self.result(piece, trees, &map));
                }
            }
            Err(failure) if single => {
                let piece = &self.split.pieces[pieces.start];
                problems.push(self.explained(pieces.start, failure, &map, problems.len()));
                done.push(self.result(piece, Vec::new(), &map));
            }
            // One bad declaration loses only itself.
            Err(_) => {
                for number in pieces {
                    self.batch(number..number + 1, done, problems);
                }
            }
        }
    }

    /// The typedef names that the grammar has to be told of.
    fn prefix(&self, writer: &Writer, first: usize) -> String {
        let known = |name: &&String| {
            let name = user_name(name);
            self.split.typedefs.get(&*name).is_some_and(|&declared| declared < first)
                || (self.known.is_type)(&name)
        };
        let names: Vec<&str> = writer.used.iter().filter(known).map(String::as_str).collect();
        if names.is_empty() { String::new() } else { format!("typedef int {};\n", names.join(",")) }
    }

    /// Gives each piece its trees; an accepted tree that is none is a failure.
    fn shared_out(
        &self,
        trees: Vec<Node<ExternalDeclaration>>,
        places: &[Range<usize>],
        prefix: usize,
    ) -> std::result::Result<Vec<Vec<Node<ExternalDeclaration>>>, Option<Failure>> {
        let mut shared: Vec<Vec<_>> = places.iter().map(|_| Vec::new()).collect();
        let mut piece = 0;
        for tree in trees {
            if tree.span.start < prefix {
                continue;
            }
            match grammar::trap(&tree) {
                Some(Trap::Definition) => return Err(None),
                Some(Trap::Names(offset)) => {
                    let wanted = grammar::Wanted { typedef_name: true, identifier: false };
                    return Err(Some(Failure::At { offset, wanted }));
                }
                None => {}
            }
            while piece + 1 < places.len() && tree.span.start - prefix >= places[piece].end {
                piece += 1;
            }
            if tree.span.end.saturating_sub(prefix + 1) > places[piece].end {
                return Err(None);
            }
            shared[piece].push(tree);
        }
        Ok(shared)
    }

    fn result(&self, piece: &Piece, trees: Vec<Node<ExternalDeclaration>>, map: &Arc<Map>) -> Parsed {
        Parsed {
            span: Span::new(self.source, piece.place.clone()),
            names: piece.names.clone(),
            has_body: piece.has_body,
            trees,
            map: map.clone(),
        }
    }

    fn explained(&self, number: usize, failure: Option<Failure>, map: &Map, told: usize) -> Diagnostic {
        let range = self.split.pieces[number].tokens.clone();
        // A name that the bad declaration itself would have declared explains nothing.
        let is_type = |word: &str| {
            let word = plain_word(word);
            self.split.typedefs.get(&*word).is_some_and(|&first| first < number)
                || (self.known.is_type)(&word)
        };
        let type_names = || {
            if told > ADVISED {
                return Vec::new();
            }
            let mut names = (self.known.type_names)();
            let earlier = self.split.typedefs.iter().filter(|&(_, &first)| first < number);
            names.extend(earlier.map(|(name, _)| name.clone()));
            names
        };
        let scene = Scene {
            paired: self.paired(),
            range,
            source: self.source,
            is_type: &is_type,
            type_names: &type_names,
        };
        explained(&scene, failure, map)
    }
}

fn explained(scene: &Scene, failure: Option<Failure>, map: &Map) -> Diagnostic {
    match failure {
        Some(Failure::At { offset, wanted }) => {
            let failed = if map.is_behind(offset) { scene.range.end } else { map.token(offset).unwrap_or(0) };
            report::explain(scene, failed, wanted)
        }
        Some(Failure::NoThread) => grammar::no_thread(),
        None => report::explain_definition(scene),
    }
}

/// Exactly one type name: `struct foo *`, `int[3]`, `double[?]`, `int (*)(int, char)`.
pub(crate) fn type_name(source: &Arc<Source>, known: &Known) -> Result<(Node<TypeName>, Map)> {
    // `_Alignof` takes a type name and nothing else.
    let (tree, map) = alone(source, known, "int __ffi_q[_Alignof(", ")];", "a type")?;
    let found = match tree {
        ExternalDeclaration::Declaration(declaration) => of_alignof(declaration.node),
        _ => None,
    };
    found.map(|name| (name, map)).ok_or_else(|| nothing_but(source, "a type"))
}

fn of_alignof(declaration: Declaration) -> Option<Node<TypeName>> {
    use lang_c::ast::{ArraySize, DerivedDeclarator};
    let declarator = declaration.declarators.into_iter().next()?.node.declarator.node;
    match declarator.derived.into_iter().next()?.node {
        DerivedDeclarator::Array(array) => match array.node.size {
            ArraySize::VariableExpression(size) => match size.node {
                Expression::AlignOf(align) => Some(*align.node.0),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Exactly one expression.
pub(crate) fn expression(source: &Arc<Source>, known: &Known) -> Result<(Node<Expression>, Map)> {
    let (tree, map) = alone(source, known, "_Static_assert((", "), \"\");", "an expression")?;
    match tree {
        ExternalDeclaration::StaticAssert(assert) => Ok((*assert.node.expression, map)),
        _ => Err(nothing_but(source, "an expression")),
    }
}

/// Exactly one initialiser, as what a compound literal has between its braces.
pub(crate) fn initialiser(
    source: &Arc<Source>,
    known: &Known,
) -> Result<(Vec<Node<InitializerListItem>>, Map)> {
    const WHAT: &str = "an initialiser";
    let (tree, map) = alone(source, known, "_Static_assert((int){", "}, \"\");", WHAT)?;
    let expression = match tree {
        ExternalDeclaration::StaticAssert(assert) => assert.node.expression.node,
        _ => return Err(nothing_but(source, WHAT)),
    };
    match expression {
        Expression::CompoundLiteral(literal) => Ok((literal.node.initializer_list, map)),
        _ => Err(nothing_but(source, WHAT)),
    }
}

fn nothing_but(source: &Arc<Source>, what: &str) -> crate::error::Error {
    let whole = 0..source.text().len() as u32;
    Diagnostic::new(ErrorKind::Syntax, format!("expected {what} and nothing else"))
        .at(Span::new(source, whole))
        .into()
}

/// The one tree of a text inside a wrapper.
fn alone(
    source: &Arc<Source>,
    known: &Known,
    before: &str,
    after: &str,
    what: &str,
) -> Result<(ExternalDeclaration, Map)> {
    let mut problems = Vec::new();
    if u32::try_from(source.text().len()).is_err() {
        return Err(Diagnostic::new(ErrorKind::TooLarge, "the text is larger than 4 GiB").into());
    }
    let spliced = lex::splice(source.text());
    let tokens = lex::tokens(&spliced, source, &mut problems);
    let tokens = placeholder::filled(tokens, known.fillings, source, &mut problems);
    let mut plain = directive::obeyed(tokens, source, &mut problems);
    source.set_markers(std::mem::take(&mut plain.lines));
    let partner = bracket::pairs(&plain.tokens, source, &mut problems);
    if plain.tokens.is_empty() && problems.is_empty() {
        let end = source.text().len() as u32;
        problems.push(
            Diagnostic::new(ErrorKind::Syntax, format!("expected {what}, found nothing"))
                .at(Span::new(source, end..end)),
        );
    }
    let paired = Paired { tokens: &plain.tokens, partner: &partner };
    let range = 0..plain.tokens.len();
    let is_type = |word: &str| (known.is_type)(&plain_word(word));
    let depth = guard::depth(paired, range.clone(), source).unwrap_or_else(|problem| {
        problems.push(problem);
        Depth::Shallow
    });
    if !problems.is_empty() {
        return Err(crate::error::Error::many(problems));
    }
    let pack = |token: usize| plain.pack(token);
    let mut writer = Writer::new(paired, &pack, &is_type, source);
    writer.whole();
    if !writer.problems.is_empty() {
        return Err(crate::error::Error::many(std::mem::take(&mut writer.problems)));
    }
    let names: Vec<&str> = writer.used.iter().map(String::as_str).collect();
    let names = if names.is_empty() { String::new() } else { format!("typedef int {};\n", names.join(",")) };
    let prefix = names.clone() + before;
    let (text, map) = writer.finish(&prefix, after);
    let scene = Scene { paired, range, source, is_type: &is_type, type_names: known.type_names };
    match grammar::parsed(text, depth) {
        Ok(trees) => {
            let mut trees = trees.into_iter().filter(|tree| tree.span.start >= names.len());
            match (trees.next(), trees.next()) {
                (Some(tree), None) => match grammar::trap(&tree) {
                    Some(Trap::Names(offset)) => {
                        let wanted = grammar::Wanted { typedef_name: true, identifier: false };
                        Err(explained(&scene, Some(Failure::At { offset, wanted }), &map).into())
                    }
                    Some(Trap::Definition) => Err(nothing_but(source, what)),
                    None => Ok((tree.node, map)),
                },
                _ => Err(nothing_but(source, what)),
            }
        }
        Err(failure) => Err(explained(&scene, Some(failure), &map).into()),
    }
}

#[cfg(test)]
mod tests;
