//! What a name of a library stands for: what is declared, found in the library.

use super::format;
use super::function::Function;
use super::variable::Variable;
use crate::cdef;
use crate::error::{Error, ErrorKind, Result, Source, nearest};
use crate::library::{ExportKind, Library};
use crate::types::{Constant, Decl, Declared, FormatRule, Scope, Type};
use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::Arc;

/// What a declared name stands for: what `C.name` gives in a host language.
#[derive(Clone, Debug)]
pub enum Item {
    /// A function, to be called.
    Function(Function),
    /// Memory of the library.
    Variable(Variable),
    /// What is in no library: of an enum, a `static const`, or a macro.
    Constant(Constant),
}

/// A declared name that stands for something in a library.
pub(super) struct Found {
    pub(super) name: Arc<str>,
    pub(super) ty: Type,
    pub(super) format: Option<FormatRule>,
    /// What it is called in the library, where that is another name or one with a version.
    symbol: Option<Arc<str>>,
    /// It was declared together with its body.
    has_body: bool,
}

/// What is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Function,
    Variable,
}

/// The function of a name, of `name@VERSION`, or of a whole prototype, which is declared if it is new.
pub(super) fn function(scope: &Scope, text: &str, library: Option<&Library>) -> Result<Found> {
    of_text(scope, text, Wanted::Function, library)
}

/// The same for a variable.
pub(super) fn variable(scope: &Scope, text: &str, library: Option<&Library>) -> Result<Found> {
    of_text(scope, text, Wanted::Variable, library)
}

/// Whatever a name stands for.
pub(super) fn item(scope: &Arc<Scope>, text: &str, library: &Library) -> Result<Item> {
    let text = text.trim();
    let (name, version) = split_version(text);
    if !is_name(name) {
        return Err(Error::new(ErrorKind::UnknownName, format!("expected a declared name, found '{text}'")));
    }
    let declared = match scope.find(name) {
        Some(declared) => declared,
        None => match of_macro(scope, name)? {
            Some(Meant::Constant(value)) => return Ok(Item::Constant(value)),
            Some(Meant::Declared(declared)) => declared,
            None => return Err(undeclared(scope, name, Some(library))),
        },
    };
    if let Decl::Constant { value, .. } = declared.decl {
        return Ok(Item::Constant(value));
    }
    let is_function = matches!(declared.decl, Decl::Function { .. });
    let found = Found::new(declared, version)?;
    Ok(match is_function {
        true => Item::Function(found.function_in(scope, library)?),
        false => Item::Variable(Variable::new(scope, &found, library)?),
    })
}

/// What a macro stands for.
enum Meant {
    Constant(Constant),
    Declared(Declared),
}

/// A macro is a constant, or another name of what is declared (`#define gzopen gzopen64`).
fn of_macro(scope: &Scope, name: &str) -> Result<Option<Meant>> {
    if let Some(declared) = cdef::renamed(scope, name)?.and_then(|other| scope.find(&other)) {
        return Ok(Some(Meant::Declared(declared)));
    }
    Ok(cdef::macro_constant(scope, name)?.map(|(_, value)| Meant::Constant(value)))
}

impl Found {
    fn new(declared: Declared, version: Option<&str>) -> Result<Found> {
        let (name, ty, symbol) = match declared.decl {
            Decl::Function { name, ty, symbol } | Decl::Variable { name, ty, symbol } => (name, ty, symbol),
            other => return Err(of_another_kind(&other, "a function or a variable")),
        };
        let symbol = match version {
            Some(version) => Some(format!("{}@{version}", symbol.as_ref().unwrap_or(&name)).into()),
            None => symbol,
        };
        let format = declared.format.or_else(|| format::well_known(&name));
        Ok(Found { name, ty, format, symbol, has_body: declared.has_body })
    }

    /// What it is called in the library.
    pub(super) fn symbol(&self) -> &str {
        self.symbol.as_deref().unwrap_or(&self.name)
    }

    pub(super) fn function_in(&self, scope: &Arc<Scope>, library: &Library) -> Result<Function> {
        let address = self.function_address(scope, library)?;
        Function::new(scope, &self.name, &self.ty, address, Some(library.clone()), self.format)
    }

    /// Where the function is; an error where the library has something else of this name.
    pub(super) fn function_address(&self, scope: &Scope, library: &Library) -> Result<NonNull<c_void>> {
        let address = self.address_in(scope, library)?;
        let is_data = library
            .facts(self.symbol(), address)
            .is_some_and(|facts| matches!(facts.kind, ExportKind::Variable | ExportKind::ThreadLocal));
        if is_data {
            let message =
                format!("'{}' is declared as a function, in {} it is a variable", self.name, library.name());
            return Err(Error::new(ErrorKind::Symbol, message));
        }
        Ok(address)
    }

    /// Where it is in a library.
    pub(super) fn address_in(&self, scope: &Scope, library: &Library) -> Result<NonNull<c_void>> {
        library.symbol(self.symbol()).map_err(|error| self.missing(scope, library, error))
    }

    #[cold]
    fn missing(&self, scope: &Scope, library: &Library, error: Error) -> Error {
        let mut message = error.message().to_owned();
        if self.has_body {
            message +=
                &format!("; '{}' was declared with its body, so no library needs to have it", self.name);
        } else if self.symbol.is_some() && !self.symbol().contains('@') {
            message += &format!("; so '{}' is called by its asm label", self.name);
        }
        let names = scope.names();
        let declared = nearest(&self.name, names.iter().map(|name| &**name));
        if let Some(declared) = declared.filter(|name| library.symbol(name).is_ok()) {
            message += &format!("; '{declared}', which is declared, is there");
        }
        Error::new(error.kind(), message)
    }
}

fn of_text(scope: &Scope, text: &str, wanted: Wanted, library: Option<&Library>) -> Result<Found> {
    let text = text.trim();
    let (name, version) = split_version(text);
    if is_name(name) {
        let declared = scope.find(name).ok_or_else(|| undeclared(scope, name, library))?;
        return checked(declared, wanted, version);
    }
    let names = cdef::declare(scope, &Source::new(wanted.source(), text))?;
    let declared = names.iter().rev().filter_map(|name| scope.find(name));
    declared.map(|declared| checked(declared, wanted, None)).find(Result::is_ok).unwrap_or_else(|| {
        let message = format!("expected {}, found '{text}'", wanted.text());
        Err(Error::new(ErrorKind::Declaration, message))
    })
}

fn checked(declared: Declared, wanted: Wanted, version: Option<&str>) -> Result<Found> {
    match (&declared.decl, wanted) {
        (Decl::Function { .. }, Wanted::Function) | (Decl::Variable { .. }, Wanted::Variable) => {
            Found::new(declared, version)
        }
        (other, Wanted::Function) => Err(of_another_kind(other, "a function")),
        (other, Wanted::Variable) => Err(of_another_kind(other, "a variable")),
    }
}

impl Wanted {
    /// What a text is called in messages.
    fn source(self) -> &'static str {
        match self {
            Wanted::Function => "<function>",
            Wanted::Variable => "<variable>",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Wanted::Function => "a function's name or prototype",
            Wanted::Variable => "a variable's name or declaration",
        }
    }
}

/// `memcpy@GLIBC_2.14` is a name and a version.
fn split_version(text: &str) -> (&str, Option<&str>) {
    match text.split_once('@') {
        Some((name, version)) => (name, Some(version.trim_start_matches('@'))),
        None => (text, None),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '$')
}

#[cold]
fn of_another_kind(decl: &Decl, wanted: &str) -> Error {
    let (name, is) = match decl {
        Decl::Function { name, .. } => (name.to_string(), "a function"),
        Decl::Variable { name, .. } => {
            (name.to_string(), "a variable: ask for it with Lib::variable or Lib::lookup")
        }
        Decl::Constant { name, .. } => {
            (name.to_string(), "a constant: ask for it with Ffi::constant or Lib::lookup")
        }
        Decl::Typedef { name, .. } => (name.to_string(), "a type"),
        Decl::Record { record, .. } => (record.name(), "a type"),
        Decl::Enum { enumeration, .. } => (enumeration.name(), "a type"),
    };
    Error::new(
        ErrorKind::UnknownName,
        format!("expected {wanted}, found '{name}', which is declared as {is}"),
    )
}

#[cold]
fn undeclared(scope: &Scope, name: &str, library: Option<&Library>) -> Error {
    let names = scope.names();
    let exports = library.map_or(Vec::new(), Library::exports);
    let exported = |name: &str| exports.iter().any(|export| export.name == name);
    let at = library.map_or("", Library::name);
    let macros = cdef::objects(scope, "").unwrap_or_default();
    let known = names.iter().map(|name| &**name).chain(macros.iter().map(String::as_str));
    let mut cure = match nearest(name, known) {
        Some(meant) => format!("did you mean '{meant}'?"),
        None => "declare it with cdef, or give its prototype here".to_owned(),
    };
    if exported(name) {
        cure = format!("{at} exports it: {cure}");
    } else if let Some(similar) = nearest(name, exports.iter().map(|export| export.name.as_str()))
        && names.iter().all(|name| &**name != similar)
    {
        cure += &format!(" ({at} exports '{similar}', which is not declared)");
    }
    Error::new(ErrorKind::UnknownName, format!("'{name}' is not declared; {cure}"))
}
