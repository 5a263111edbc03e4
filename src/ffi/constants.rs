//! The front door of constants: of enums, `static const`, and macros alike.

use super::{CType, Ffi};
use crate::cdef::{self, MacroDefinition};
use crate::error::{Error, ErrorKind, Result, Source, nearest};
use crate::types::{self, Constant, Decl, Declared};

impl Ffi {
    /// The value of a constant: of an enum, of a `static const`, or of a macro without parameters.
    ///
    /// A macro is evaluated when it is asked for first, as everything is declared then, and remembered until macros change.
    ///
    /// ```
    /// use eightbyte::Constant;
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("#define KIB(n) ((n) << 10)\n#define LIMIT KIB(4u)\nenum { FEW = 3 };")?;
    /// assert_eq!(ffi.constant("LIMIT")?, Constant::Integer(4096));
    /// assert_eq!(ffi.constant("FEW")?, Constant::Integer(3));
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn constant(&self, name: &str) -> Result<Constant> {
        self.typed_constant(name).map(|(_, value)| value)
    }

    /// The same with its type: that of the expression, for a macro.
    pub fn typed_constant(&self, name: &str) -> Result<(CType, Constant)> {
        let (ty, value) = cdef::constant(&self.scope, name)?;
        Ok((CType::new(&self.scope, ty), value))
    }

    /// The value and the type of a constant expression in C, in which macros may be used.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("#define MAKEWORD(a, b) ((unsigned short)(((unsigned char)(a)) | ((unsigned short)(b)) << 8))")?;
    /// let (ty, value) = ffi.typed_eval("MAKEWORD(1, 2)")?;
    /// assert_eq!((ty.to_string().as_str(), value), ("unsigned short", eightbyte::Constant::Integer(513)));
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn typed_eval(&self, expression: &str) -> Result<(CType, Constant)> {
        let (ty, value) = cdef::evaluate(&self.scope, &Source::new("<expression>", expression))?;
        Ok((CType::new(&self.scope, ty), value))
    }

    /// The definition of a macro, if there is one of that name.
    pub fn macro_definition(&self, name: &str) -> Result<Option<MacroDefinition>> {
        cdef::definition(&self.scope, name)
    }

    /// Every constant whose name begins so, with its value: of enums and `static const` first, then of macros. Macros
    /// that are no constants are left out.
    pub fn constants(&self, prefix: &str) -> Result<Vec<(String, Constant)>> {
        let declared = self.scope.declarations().into_iter();
        let mut found: Vec<(String, Constant)> = Vec::new();
        for Declared { decl, .. } in declared {
            match decl {
                Decl::Enum { definition, .. } => found.extend(
                    definition
                        .enumerators
                        .iter()
                        .map(|one| (one.name.to_string(), Constant::Integer(one.value))),
                ),
                Decl::Typedef { ty, .. } => {
                    // An enum without a tag is listed under its typedef.
                    if let types::Kind::Enum(enumeration) = ty.kind()
                        && enumeration.tag().is_none()
                        && let Some(body) = enumeration.body()
                    {
                        found.extend(
                            body.constants
                                .iter()
                                .map(|(name, &value)| (name.to_string(), Constant::Integer(value))),
                        );
                    }
                }
                Decl::Constant { name, value, .. } => found.push((name.to_string(), value)),
                _ => {}
            }
        }
        found.retain(|(name, _)| name.starts_with(prefix));
        for name in cdef::objects(&self.scope, prefix)? {
            if let Ok(value) = self.constant(&name) {
                found.push((name, value));
            }
        }
        let mut seen = std::collections::HashSet::new();
        found.retain(|(name, _)| seen.insert(name.clone()));
        Ok(found)
    }

    /// The names that a value has among the constants with a prefix: `names_of("SIG", 11)`.
    ///
    /// ```
    /// let ffi = eightbyte::Ffi::new();
    /// ffi.cdef("#define ENOENT 2\n#define EAGAIN 11\n#define EWOULDBLOCK EAGAIN")?;
    /// assert_eq!(ffi.names_of("E", 11)?, ["EAGAIN", "EWOULDBLOCK"]);
    /// # Ok::<(), eightbyte::Error>(())
    /// ```
    pub fn names_of(&self, prefix: &str, value: i128) -> Result<Vec<String>> {
        let all = self.constants(prefix)?.into_iter();
        Ok(all.filter(|(_, found)| *found == Constant::Integer(value)).map(|(name, _)| name).collect())
    }

    /// A declaration by its name or tag as C text, in front of it all that it needs.
    pub fn show_needed(&self, name: &str) -> Result<String> {
        let all = self.scope.declarations();
        let named = |declared: &Declared| match &declared.decl {
            Decl::Record { record, .. } => record.tag().as_deref() == Some(name) || record.name() == name,
            Decl::Enum { enumeration, definition } => {
                enumeration.tag().as_deref() == Some(name)
                    || enumeration.name() == name
                    || definition.enumerators.iter().any(|one| &*one.name == name)
            }
            Decl::Typedef { name: own, ty } => &**own == name || has_untagged_constant(ty, name),
            decl => types::name_of(decl).is_some_and(|found| &**found == name),
        };
        match all.iter().position(named) {
            Some(first) => Ok(types::needed(&all, first)
                .into_iter()
                .filter_map(|number| all.get(number))
                .map(|declared| types::show_declared(declared) + "\n")
                .collect()),
            None => {
                let names = self.scope.names();
                let cure = nearest(name, names.iter().map(|name| &**name))
                    .map_or(String::new(), |meant| format!("; did you mean '{meant}'?"));
                Err(Error::new(ErrorKind::UnknownName, format!("nothing declares '{name}'{cure}")))
            }
        }
    }
}

/// Is it an enum without a tag that has this constant?
fn has_untagged_constant(ty: &types::Type, name: &str) -> bool {
    match ty.kind() {
        types::Kind::Enum(enumeration) if enumeration.tag().is_none() => {
            enumeration.body().is_some_and(|body| body.constants.contains_key(name))
        }
        _ => false,
    }
}
