//! Which declarations one declaration needs.

use super::c_type::{Kind, Type};
use super::decl::Decl;
use super::node::{Enum, Record};
use super::scope::{Declared, name_of};
use std::collections::HashMap;

/// All that a name needs, itself included, in the order of the declarations.
pub(crate) fn needed(all: &[Declared], first: usize) -> Vec<usize> {
    let mut known = Known { names: HashMap::new(), records: HashMap::new(), enums: HashMap::new() };
    for (number, declared) in all.iter().enumerate() {
        match &declared.decl {
            Decl::Record { record, .. } => {
                known.records.insert(record.name(), number);
            }
            Decl::Enum { enumeration, .. } => {
                known.enums.insert(enumeration.name(), number);
            }
            decl => {
                if let Some(name) = name_of(decl) {
                    known.names.insert(name, number);
                }
            }
        }
    }
    let mut walk = Walk { known: &known, wanted: Vec::new(), found: vec![false; all.len()] };
    walk.want(first);
    while let Some(number) = walk.wanted.pop() {
        if let Some(declared) = all.get(number) {
            walk.declaration(&declared.decl);
        }
    }
    (0..all.len()).filter(|&number| walk.found[number]).collect()
}

struct Known<'a> {
    names: HashMap<&'a str, usize>,
    records: HashMap<String, usize>,
    enums: HashMap<String, usize>,
}

struct Walk<'a> {
    known: &'a Known<'a>,
    wanted: Vec<usize>,
    found: Vec<bool>,
}

impl Walk<'_> {
    fn want(&mut self, number: usize) {
        if let Some(found) = self.found.get_mut(number).filter(|found| !**found) {
            *found = true;
            self.wanted.push(number);
        }
    }

    fn declaration(&mut self, decl: &Decl) {
        match decl {
            Decl::Record { definition, .. } => {
                for member in &definition.members {
                    self.ty(&member.ty);
                }
            }
            Decl::Enum { .. } => {}
            Decl::Typedef { name, ty } => {
                // A typedef's own name is no reason to look at it again.
                match ty.alias().filter(|alias| alias.name == *name) {
                    Some(_) => self.inside(ty),
                    None => self.ty(ty),
                }
            }
            Decl::Function { ty, .. } | Decl::Variable { ty, .. } | Decl::Constant { ty, .. } => self.ty(ty),
        }
    }

    fn ty(&mut self, ty: &Type) {
        if let Some(&number) = ty.alias().and_then(|alias| self.known.names.get(&*alias.name)) {
            self.want(number);
            return;
        }
        self.inside(ty);
    }

    fn inside(&mut self, ty: &Type) {
        match ty.kind() {
            Kind::Pointer(to) => self.ty(to),
            Kind::Array(of, _) => self.ty(of),
            Kind::Function(function) => {
                self.ty(&function.result);
                for parameter in &function.parameters {
                    self.ty(&parameter.ty);
                }
            }
            Kind::Record(record) => self.record(record),
            Kind::Enum(enumeration) => self.enumeration(enumeration),
            Kind::Void | Kind::Scalar(_) | Kind::Complex(_) | Kind::Vector(..) => {}
        }
    }

    fn record(&mut self, record: &Record) {
        if let Some(&number) = self.known.records.get(&record.name()) {
            self.want(number);
        } else if let Some(body) = record.body().filter(|_| record.tag().is_none()) {
            for field in &body.fields {
                self.ty(&field.ty);
            }
        }
    }

    fn enumeration(&mut self, enumeration: &Enum) {
        if let Some(&number) = self.known.enums.get(&enumeration.name()) {
            self.want(number);
        }
    }
}
