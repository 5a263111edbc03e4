//! What has been `#define`d, kept from one text to the next.

use super::lexer::{SCRATCH, Scratch};
use super::names::{Name, Names};
use super::places::{self, Places};
use super::token::{Kind, Token};
use std::collections::HashMap;
use std::ops::Range;

/// A macro.
#[derive(Clone, Debug)]
pub(super) struct Macro {
    pub name: Name,
    pub form: Form,
    /// Where its name stands in its definition.
    pub place: u32,
    /// Its tokens among all bodies.
    pub body: Range<u32>,
    /// It is being expanded.
    pub busy: bool,
    /// It is there from the start.
    pub predefined: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Object,
    Function { parameters: Vec<Name>, variadic: bool },
    Builtin(Builtin),
}

/// What has no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Builtin {
    Line,
    File,
    BaseFile,
    FileName,
    IncludeLevel,
    Counter,
    Date,
    Time,
    Timestamp,
    Pragma,
    HasAttribute,
    HasFunction,
    HasInclude,
    HasIncludeNext,
}

const BUILTINS: [(&str, Builtin); 15] = [
    ("__LINE__", Builtin::Line),
    ("__FILE__", Builtin::File),
    ("__BASE_FILE__", Builtin::BaseFile),
    ("__FILE_NAME__", Builtin::FileName),
    ("__INCLUDE_LEVEL__", Builtin::IncludeLevel),
    ("__COUNTER__", Builtin::Counter),
    ("__DATE__", Builtin::Date),
    ("__TIME__", Builtin::Time),
    ("__TIMESTAMP__", Builtin::Timestamp),
    ("_Pragma", Builtin::Pragma),
    ("__has_attribute", Builtin::HasAttribute),
    ("__has_cpp_attribute", Builtin::HasAttribute),
    ("__has_builtin", Builtin::HasFunction),
    ("__has_include", Builtin::HasInclude),
    ("__has_include_next", Builtin::HasIncludeNext),
];

/// All macros, and all that their tokens refer to.
pub(super) struct Macros {
    pub names: Names,
    pub all: Vec<Macro>,
    pub bodies: Vec<Token>,
    pub scratch: Scratch,
    pub places: Places,
    pub counter: u32,
    /// What `#pragma push_macro` put away.
    pub pushed: HashMap<Name, Vec<Option<u32>>>,
    /// What names meant before, since the text began.
    undo: Vec<(Name, Option<u32>)>,
    undo_pushed: Vec<(Name, Option<Vec<Option<u32>>>)>,
    /// How many macros there were when all predefined ones were.
    pub first_own: usize,
}

/// How much was there when a text began.
pub(super) struct Mark {
    all: usize,
    bodies: usize,
    scratch: usize,
    places: places::Mark,
    counter: u32,
}

impl Macros {
    pub(super) fn new() -> Macros {
        let mut macros = Macros {
            names: Names::new(),
            all: Vec::new(),
            bodies: Vec::new(),
            scratch: Scratch::default(),
            places: Places::default(),
            counter: 0,
            pushed: HashMap::new(),
            undo: Vec::new(),
            undo_pushed: Vec::new(),
            first_own: 0,
        };
        for (word, builtin) in BUILTINS {
            let name = macros.names.intern(word);
            macros.define(Macro {
                name,
                form: Form::Builtin(builtin),
                place: SCRATCH,
                body: 0..0,
                busy: false,
                predefined: true,
            });
        }
        macros
    }

    /// What is there from the start ends here.
    pub(super) fn seal(&mut self) {
        for one in &mut self.all {
            one.predefined = true;
        }
        self.first_own = self.all.len();
        self.undo.clear();
    }

    pub(super) fn define(&mut self, new: Macro) {
        let name = new.name;
        let number = self.all.len() as u32;
        self.all.push(new);
        self.mean(name, Some(number));
    }

    /// Lets a name stand for a macro or for none.
    pub(super) fn mean(&mut self, name: Name, meaning: Option<u32>) {
        let before = self.names.set_meaning(name, meaning);
        self.undo.push((name, before));
    }

    /// Puts the meaning of a name away, or takes it back.
    pub(super) fn push_meaning(&mut self, name: Name) {
        self.undo_pushed.push((name, self.pushed.get(&name).cloned()));
        let meaning = self.names.meaning(name);
        self.pushed.entry(name).or_default().push(meaning);
    }

    pub(super) fn pop_meaning(&mut self, name: Name) {
        self.undo_pushed.push((name, self.pushed.get(&name).cloned()));
        if let Some(meaning) = self.pushed.get_mut(&name).and_then(Vec::pop) {
            self.mean(name, meaning);
        }
    }

    #[inline]
    pub(super) fn get(&self, number: u32) -> Option<&Macro> {
        self.all.get(number as usize)
    }

    pub(super) fn named(&self, word: &str) -> Option<&Macro> {
        self.get(self.names.meaning(self.names.find(word)?)?)
    }

    /// The spelling of any token.
    pub(super) fn spelling(&self, token: Token) -> &str {
        match token.kind {
            Kind::Name => self.names.spelling(Name(token.value)),
            kind if kind.is_written() => {
                if token.place >= SCRATCH {
                    self.scratch.spelling(token.place, token.value)
                } else {
                    self.places.text(token.place, token.value)
                }
            }
            kind => kind.spelling(token.flags.has(super::token::Flags::DIGRAPH)),
        }
    }

    /// How many tokens stand for a token in messages: its length.
    pub(super) fn length(&self, token: Token) -> u32 {
        self.spelling(token).len().max(1) as u32
    }

    /// A text begins.
    pub(super) fn mark(&mut self) -> Mark {
        self.undo.clear();
        self.undo_pushed.clear();
        Mark {
            all: self.all.len(),
            bodies: self.bodies.len(),
            scratch: self.scratch.text.len(),
            places: self.places.mark(),
            counter: self.counter,
        }
    }

    /// The text stands: what only it needed goes.
    pub(super) fn keep(&mut self, mark: &Mark) {
        if self.all.len() == mark.all {
            self.scratch.text.truncate(mark.scratch);
            self.places.back_to(mark.places);
        }
        self.undo.clear();
        self.undo_pushed.clear();
    }

    /// The text failed: all is as it was.
    pub(super) fn back_to(&mut self, mark: &Mark) {
        while let Some((name, before)) = self.undo.pop() {
            self.names.set_meaning(name, before);
        }
        while let Some((name, before)) = self.undo_pushed.pop() {
            match before {
                Some(pushed) => self.pushed.insert(name, pushed),
                None => self.pushed.remove(&name),
            };
        }
        self.all.truncate(mark.all);
        self.bodies.truncate(mark.bodies);
        self.scratch.text.truncate(mark.scratch);
        self.places.back_to(mark.places);
        self.counter = mark.counter;
        for one in &mut self.all {
            one.busy = false;
        }
    }

    /// Are two macros the same but for blank space?
    pub(super) fn same(&self, left: &Macro, right: &Macro) -> bool {
        let tokens =
            |one: &Macro| self.bodies.get(one.body.start as usize..one.body.end as usize).unwrap_or(&[]);
        let (first, second) = (tokens(left), tokens(right));
        left.form == right.form
            && first.len() == second.len()
            && first.iter().zip(second).all(|(a, b)| {
                a.kind == b.kind
                    && a.flags == b.flags
                    && match a.kind {
                        Kind::Parameter | Kind::Name => a.value == b.value,
                        _ => self.spelling(*a) == self.spelling(*b),
                    }
            })
    }
}
