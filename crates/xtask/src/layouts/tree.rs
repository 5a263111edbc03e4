//! C declarations as a tree, so that they can be written down and cut smaller.

use std::collections::HashMap;
use std::fmt::Write;

/// Some declarations that stand on their own: later ones may use earlier ones, nothing else.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// In the order of the text.
    pub items: Vec<Item>,
}

/// One declaration at file scope.
#[derive(Clone, Debug)]
pub enum Item {
    /// `struct s { .. };`
    Record(Record),
    /// `enum e { .. };`
    Enum(Enum),
    /// `typedef type name suffix;`
    Typedef {
        /// What it names.
        of: Type,
        /// Its name.
        name: String,
        /// Attributes behind the name.
        suffix: String,
    },
    /// A line that declares no type of its own: a pragma, an include, a forward declaration.
    Line(String),
}

/// A C type.
#[derive(Clone, Debug)]
pub enum Type {
    /// A type that is written in words and has no parts.
    Scalar {
        /// `unsigned int`
        text: String,
        /// Has it a sign to ask about?
        integer: bool,
    },
    /// A pointer, as the text around the name.
    Pointer {
        /// `int`
        base: String,
        /// `(*`
        before: String,
        /// `)(void)`
        after: String,
    },
    /// A type declared earlier: `struct s1`, `enum e2`, `t3`.
    Named(String),
    /// An array; a length of `""` is a flexible one.
    Array(Box<Type>, String),
    /// A record defined on the spot.
    Record(Box<Record>),
    /// An enum defined on the spot.
    Enum(Box<Enum>),
}

/// A struct or union.
#[derive(Clone, Debug)]
pub struct Record {
    /// `struct` or `union`
    pub keyword: &'static str,
    /// Attributes before the tag.
    pub before: String,
    /// Its tag.
    pub tag: Option<String>,
    /// Its members, unnamed ones too.
    pub members: Vec<Member>,
    /// Attributes after the brace.
    pub after: String,
}

/// A member of a record.
#[derive(Clone, Debug)]
pub struct Member {
    /// `_Alignas` or attributes before the type.
    pub prefix: String,
    /// Its type.
    pub of: Type,
    /// `None` for anonymous records and unnamed bit-fields.
    pub name: Option<String>,
    /// A bit-field's width, as text.
    pub width: Option<String>,
    /// Attributes behind the declarator.
    pub suffix: String,
    /// Share the type's words with the member before, where they are the same: `int a, b;`.
    pub joined: bool,
}

/// An enum.
#[derive(Clone, Debug)]
pub struct Enum {
    /// Attributes before the tag.
    pub before: String,
    /// Its tag.
    pub tag: Option<String>,
    /// Names and, where given, values.
    pub constants: Vec<(String, Option<String>)>,
    /// Attributes after the brace.
    pub after: String,
}

impl Group {
    /// The C text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for item in &self.items {
            text.push_str(&item.text());
            text.push('\n');
        }
        text
    }
}

impl Item {
    fn text(&self) -> String {
        match self {
            Item::Record(record) => format!("{};", record.text("")),
            Item::Enum(body) => format!("{};", body.text()),
            Item::Typedef { of, name, suffix } => {
                let (base, declarator) = of.declare(name, "");
                format!("typedef {base} {declarator}{suffix};")
            }
            Item::Line(line) => line.clone(),
        }
    }
}

impl Type {
    /// The words before its declarator.
    pub fn words(&self) -> String {
        self.declare("", "").0
    }

    /// The words before the declarator, and the declarator around `name`.
    fn declare(&self, name: &str, indent: &str) -> (String, String) {
        match self {
            Type::Scalar { text, .. } => (text.clone(), name.to_string()),
            Type::Named(text) => (text.clone(), name.to_string()),
            Type::Pointer { base, before, after } => (base.clone(), format!("{before}{name}{after}")),
            Type::Array(element, length) => element.declare(&format!("{name}[{length}]"), indent),
            Type::Record(record) => (record.text(indent), name.to_string()),
            Type::Enum(body) => (body.text(), name.to_string()),
        }
    }
}

impl Record {
    /// The words that name it after its definition.
    pub fn name(&self) -> Option<String> {
        self.tag.as_ref().map(|tag| format!("{} {tag}", self.keyword))
    }

    fn text(&self, indent: &str) -> String {
        let tag = self.tag.as_deref().map(|tag| format!("{tag} ")).unwrap_or_default();
        let mut text = format!("{} {}{tag}{{", self.keyword, self.before);
        let deeper = format!("{indent}    ");
        let mut previous: Option<(&str, String)> = None;
        for member in &self.members {
            let (base, declarator) = member.of.declare(member.name.as_deref().unwrap_or(""), &deeper);
            let width = member.width.as_ref().map(|width| format!(" : {width}")).unwrap_or_default();
            let same = (member.prefix.as_str(), base);
            let parts = matches!(member.of, Type::Record(_) | Type::Enum(_) | Type::Array(..));
            if member.joined && !parts && previous.as_ref() == Some(&same) {
                text.pop();
                let _ = write!(text, ", {declarator}{width}{};", member.suffix);
                continue;
            }
            let space = if declarator.is_empty() { "" } else { " " };
            let _ = write!(
                text,
                "\n{deeper}{}{}{space}{declarator}{width}{};",
                member.prefix, same.1, member.suffix
            );
            previous = Some(same);
        }
        let _ = write!(text, "\n{indent}}}{}", self.after);
        text
    }
}

impl Enum {
    /// The words that name it after its definition.
    pub fn name(&self) -> Option<String> {
        self.tag.as_ref().map(|tag| format!("enum {tag}"))
    }

    fn text(&self) -> String {
        let tag = self.tag.as_deref().map(|tag| format!("{tag} ")).unwrap_or_default();
        let constants: Vec<String> = self
            .constants
            .iter()
            .map(|(name, value)| match value {
                Some(value) => format!("{name} = {value}"),
                None => name.clone(),
            })
            .collect();
        format!("enum {}{tag}{{ {} }}{}", self.before, constants.join(", "), self.after)
    }
}

/// What each name of a group stands for.
#[derive(Default)]
pub struct Names<'a> {
    records: HashMap<String, &'a Record>,
    enums: HashMap<String, &'a Enum>,
    typedefs: HashMap<String, (&'a Type, &'a str)>,
}

/// A type with its names looked up.
pub enum Meaning<'a> {
    /// Nothing below it; is it an integer?
    Leaf(bool),
    /// A record and its members.
    Record(&'a Record),
    /// An array of this, of this length.
    Array(&'a Type, &'a str),
}

impl<'a> Names<'a> {
    /// All names of a group, those of nested definitions too.
    pub fn of(group: &'a Group) -> Names<'a> {
        let mut names = Names::default();
        for item in &group.items {
            match item {
                Item::Record(record) => names.add_record(record),
                Item::Enum(body) => names.add_enum(body),
                Item::Typedef { of, name, suffix } => {
                    names.add_type(of);
                    names.typedefs.insert(name.clone(), (of, suffix));
                }
                Item::Line(_) => {}
            }
        }
        names
    }

    /// What a type comes to.
    pub fn meaning<'b>(&self, of: &'b Type) -> Meaning<'b>
    where
        'a: 'b,
    {
        match of {
            Type::Scalar { integer, .. } => Meaning::Leaf(*integer),
            Type::Pointer { .. } => Meaning::Leaf(false),
            Type::Record(record) => Meaning::Record(record),
            Type::Enum(_) => Meaning::Leaf(true),
            Type::Array(element, length) => Meaning::Array(element, length),
            Type::Named(name) => {
                if let Some(record) = self.records.get(name) {
                    Meaning::Record(record)
                } else if let Some((of, _)) = self.typedefs.get(name) {
                    self.meaning(of)
                } else {
                    Meaning::Leaf(self.enums.contains_key(name))
                }
            }
        }
    }

    /// Does a typedef on the way to this type carry an `aligned` attribute?
    pub fn has_aligned_typedef(&self, of: &Type) -> bool {
        let Type::Named(name) = of else { return false };
        match self.typedefs.get(name) {
            Some((of, suffix)) => suffix.contains("aligned") || self.has_aligned_typedef(of),
            None => false,
        }
    }

    fn add_record(&mut self, record: &'a Record) {
        for member in &record.members {
            self.add_type(&member.of);
        }
        if let Some(name) = record.name() {
            self.records.insert(name, record);
        }
    }

    fn add_enum(&mut self, body: &'a Enum) {
        if let Some(name) = body.name() {
            self.enums.insert(name, body);
        }
    }

    fn add_type(&mut self, of: &'a Type) {
        match of {
            Type::Record(record) => self.add_record(record),
            Type::Enum(body) => self.add_enum(body),
            Type::Array(element, _) => self.add_type(element),
            Type::Scalar { .. } | Type::Pointer { .. } | Type::Named(_) => {}
        }
    }
}
