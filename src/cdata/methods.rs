//! Functions that a host language attaches to a record type: what `ffi.metatype` is in LuaJIT.
//!
//! They hang on the record itself and are found without a lock: entries are only ever added, and the last one of a name
//! counts.

use super::part::{CMut, CRef};
use super::value::Value;
use crate::convert::shown_type;
use crate::error::{Error, ErrorKind, Result, nearest};
use crate::types::{Kind, Record, Scope, Type};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The names that have a meaning of their own, as in LuaJIT. All others with two underscores in front are mistakes.
const OPERATORS: [&str; 24] = [
    "__add",
    "__sub",
    "__mul",
    "__div",
    "__mod",
    "__pow",
    "__unm",
    "__idiv",
    "__eq",
    "__lt",
    "__le",
    "__len",
    "__concat",
    "__call",
    "__index",
    "__newindex",
    "__tostring",
    "__pairs",
    "__ipairs",
    "__new",
    "__gc",
    "__name",
    "__metatable",
    "__close",
];

const BUCKETS: usize = 16;

type Reader = dyn Fn(&CRef<'_>, &[Value]) -> Result<Value> + Send + Sync;
type Writer = dyn Fn(&mut CMut<'_>, &[Value]) -> Result<Value> + Send + Sync;

/// A function that is attached to a type.
#[derive(Clone)]
pub(super) enum Method {
    Reads(Arc<Reader>),
    Writes(Arc<Writer>),
}

/// What hangs on a record.
#[derive(Default)]
pub(super) struct Table {
    buckets: [OnceLock<Box<Entry>>; BUCKETS],
    /// Held by the one who adds.
    writer: Mutex<()>,
}

struct Entry {
    name: Box<str>,
    method: Method,
    next: OnceLock<Box<Entry>>,
}

impl Table {
    fn bucket(&self, name: &str) -> Option<&OnceLock<Box<Entry>>> {
        let hash = name.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        self.buckets.get(hash as usize % BUCKETS)
    }

    pub(super) fn find(&self, name: &str) -> Option<&Method> {
        let mut found = None;
        let mut place = self.bucket(name)?;
        while let Some(entry) = place.get() {
            if *entry.name == *name {
                found = Some(&entry.method);
            }
            place = &entry.next;
        }
        found
    }

    /// Adds at the end. Is the name new, or may it be replaced?
    fn add(&self, name: &str, method: Method, replace: bool) -> bool {
        let _one = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if !replace && self.find(name).is_some() {
            return false;
        }
        let Some(mut place) = self.bucket(name) else { return false };
        while let Some(entry) = place.get() {
            place = &entry.next;
        }
        place.set(Box::new(Entry { name: name.into(), method, next: OnceLock::new() })).is_ok()
    }

    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for bucket in &self.buckets {
            let mut place = bucket;
            while let Some(entry) = place.get() {
                names.push(entry.name.to_string());
                place = &entry.next;
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// A long chain is not dropped by recursion.
impl Drop for Table {
    fn drop(&mut self) {
        for bucket in &mut self.buckets {
            let mut next = bucket.take();
            while let Some(mut entry) = next {
                next = entry.next.take();
            }
        }
    }
}

/// The methods of a record type, to add to: see [`Ffi::methods`](crate::Ffi::methods).
#[derive(Clone)]
pub struct Methods {
    ty: Type,
    record: Record,
    table: Arc<Table>,
    _scope: Arc<Scope>,
}

impl Methods {
    pub(crate) fn of(scope: &Arc<Scope>, ty: &Type) -> Result<Methods> {
        let record = ty.as_record().ok_or_else(|| {
            let message =
                format!("expected a struct or union to attach methods to, found '{}'", shown_type(ty));
            Error::new(ErrorKind::Conversion, message)
        })?;
        let gone =
            || Error::new(ErrorKind::Incomplete, format!("'{}' is no longer declared", shown_type(ty)));
        let table = record.attached_or_default::<Table>().ok_or_else(gone)?;
        Ok(Methods { ty: ty.clone().unqualified(), record: record.clone(), table, _scope: scope.clone() })
    }

    /// Attaches a function that reads the value. A name is given once; members have their names already.
    ///
    /// The function lives as long as the declarations: one that holds the `Ffi` itself keeps it alive for ever.
    pub fn add(
        &self,
        name: &str,
        method: impl Fn(&CRef<'_>, &[Value]) -> Result<Value> + Send + Sync + 'static,
    ) -> Result<&Methods> {
        self.put(name, Method::Reads(Arc::new(method)), false)
    }

    /// Attaches a function that may change the value.
    pub fn add_mut(
        &self,
        name: &str,
        method: impl Fn(&mut CMut<'_>, &[Value]) -> Result<Value> + Send + Sync + 'static,
    ) -> Result<&Methods> {
        self.put(name, Method::Writes(Arc::new(method)), false)
    }

    /// As `add`, and takes the place of one that has the name already; calls under way finish with the old one.
    pub fn replace(
        &self,
        name: &str,
        method: impl Fn(&CRef<'_>, &[Value]) -> Result<Value> + Send + Sync + 'static,
    ) -> Result<&Methods> {
        self.put(name, Method::Reads(Arc::new(method)), true)
    }

    /// As `add_mut`, and takes the place of one that has the name already.
    pub fn replace_mut(
        &self,
        name: &str,
        method: impl Fn(&mut CMut<'_>, &[Value]) -> Result<Value> + Send + Sync + 'static,
    ) -> Result<&Methods> {
        self.put(name, Method::Writes(Arc::new(method)), true)
    }

    /// The names that are given, in order of the alphabet.
    pub fn names(&self) -> Vec<String> {
        self.table.names()
    }

    fn put(&self, name: &str, method: Method, replace: bool) -> Result<&Methods> {
        let ty = shown_type(&self.ty);
        if name.starts_with("__") && !OPERATORS.contains(&name) {
            let cure =
                nearest(name, OPERATORS).map_or(String::new(), |meant| format!("; did you mean '{meant}'?"));
            let message = format!("'{name}' is no operator{cure}");
            return Err(Error::new(ErrorKind::UnknownName, message));
        }
        if self.record.body().is_some_and(|body| body.names.contains_key(name)) {
            let message = format!("'{ty}' has a member '{name}', which would hide the method");
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        if !self.table.add(name, method, replace) {
            let message = format!("'{ty}' has a method '{name}' already; use replace where that is meant");
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        Ok(self)
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Methods({}: {})", shown_type(&self.ty), self.names().join(", "))
    }
}

/// The methods of a value's type; a pointer has those of what it points to.
pub(super) fn table_of(ty: &Type) -> Option<Arc<Table>> {
    match ty.kind() {
        Kind::Record(record) => record.attached(),
        Kind::Pointer(to) => to.as_record()?.attached(),
        _ => None,
    }
}

/// The error of a name that is neither a member nor a method.
#[cold]
pub(super) fn neither(ty: &Type, name: &str) -> Error {
    let record = ty.as_record().or_else(|| ty.pointee()?.as_record());
    let body = record.and_then(Record::body);
    let known = shown_type(&ty.clone().unqualified());
    let members = body.iter().flat_map(|body| body.names.keys().map(|name| &**name));
    let methods = table_of(ty).map_or(Vec::new(), |table| table.names());
    if members.clone().any(|member| member == name) {
        let message = format!("'{name}' is a member of '{known}', not a method; read it with get");
        return Error::new(ErrorKind::NoSuchField, message);
    }
    let meant = nearest(name, members.chain(methods.iter().map(|name| &**name)));
    let cure = meant.map_or(String::new(), |meant| format!("; did you mean '{meant}'?"));
    Error::new(ErrorKind::NoSuchField, format!("'{known}' has no member or method '{name}'{cure}"))
}
