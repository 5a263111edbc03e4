//! The C grammar: the one place that knows lang-c.
//!
//! Invariant: only texts that the guard has passed come here; lang-c's recursion would overflow the stack on
//! others, which nothing can catch.

use super::guard::Depth;
use crate::error::{Diagnostic, ErrorKind};
use lang_c::ast::{DerivedDeclarator, ExternalDeclaration};
use lang_c::driver::{Config, Flavor, parse_preprocessed};
use lang_c::span::Node;
use lang_c::visit::{self, Visit};

/// Why a text has no tree.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing fits at this offset; what would have is a hint only.
    At { offset: usize, wanted: Wanted },
    /// There is no thread to parse it on.
    NoThread,
}

/// What the grammar would have taken instead.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    pub typedef_name: bool,
    pub identifier: bool,
}

/// A tree that the grammar accepts, but that is no declaration.
#[derive(Debug)]
pub(super) enum Trap {
    /// Bodies never come here, so this is `struct WORD S {..}`.
    Definition,
    /// `f(T)` where `T` is no type, at this offset.
    Names(usize),
}

/// How much stack a deep text gets.
const STACK: usize = 64 << 20;

/// The declarations of a text.
pub(super) fn parsed(text: String, depth: Depth) -> Result<Vec<Node<ExternalDeclaration>>, Failure> {
    match depth {
        Depth::Shallow => parse(text),
        Depth::Deep => std::thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || parse(text))
            .map_err(|_| Failure::NoThread)?
            .join()
            .unwrap_or(Err(Failure::NoThread)),
    }
}

fn parse(text: String) -> Result<Vec<Node<ExternalDeclaration>>, Failure> {
    let config = Config { cpp_command: String::new(), cpp_options: Vec::new(), flavor: Flavor::GnuC11 };
    parse_preprocessed(&config, text).map(|parse| parse.unit.0).map_err(|error| {
        let rest = error.source.get(error.offset..).unwrap_or("");
        let blank = rest.len() - rest.trim_start().len();
        let wants = |word: &str| error.expected.iter().any(|expected| expected.contains(word));
        Failure::At {
            offset: error.offset + blank,
            wanted: Wanted { typedef_name: wants("typedef_name"), identifier: wants("identifier") },
        }
    })
}

/// What is wrong with a tree that lang-c accepts.
pub(super) fn trap(tree: &Node<ExternalDeclaration>) -> Option<Trap> {
    if matches!(tree.node, ExternalDeclaration::FunctionDefinition(_)) {
        return Some(Trap::Definition);
    }
    let mut search = Names(None);
    search.visit_external_declaration(&tree.node, &tree.span);
    search.0.map(Trap::Names)
}

struct Names(Option<usize>);

impl<'ast> Visit<'ast> for Names {
    fn visit_derived_declarator(&mut self, derived: &'ast DerivedDeclarator, span: &'ast lang_c::span::Span) {
        if let DerivedDeclarator::KRFunction(names) = derived
            && let Some(name) = names.first()
        {
            self.0.get_or_insert(name.span.start);
        }
        visit::visit_derived_declarator(self, derived, span);
    }
}

pub(super) fn no_thread() -> Diagnostic {
    Diagnostic::new(ErrorKind::OutOfMemory, "no thread with a large enough stack could be had for this")
}
