//! Types and declarations back to C.
//!
//! Law: parsing what is shown gives the same type.

use super::c_type::{
    ArrayLength, CallingConvention, Function, Kind, Parameter, ParameterTail, Qualifiers, Type,
};
use super::decl::{
    Constant, Decl, Enumerator, FormatFamily, FormatRule, Member, RecordConstant, RecordDefinition,
};
use super::node::{Enum, Record};
use super::scope::Declared;

/// A type as C writes it where no name is declared: `char *(*)[3]`.
pub(crate) fn show_type(ty: &Type) -> String {
    declarator(ty, String::new(), 0)
}

/// A type that declares a name: `char *(*name)[3]`.
pub(crate) fn show_named(ty: &Type, name: &str) -> String {
    declarator(ty, name.to_string(), 0)
}

impl Type {
    /// The declaration of something of this type, without a semicolon: `int (*compare)(const void *, const void *)`.
    pub fn declaration_of(&self, name: &str) -> String {
        show_named(self, name)
    }
}

/// A whole declaration, with its semicolon.
pub(crate) fn show_declared(declared: &Declared) -> String {
    let deprecated = match declared.deprecated.as_deref() {
        None => String::new(),
        Some("") => " __attribute__((deprecated))".to_string(),
        Some(words) => format!(" __attribute__((deprecated({})))", quoted(words.as_bytes())),
    };
    match &declared.decl {
        Decl::Record { record, definition } => {
            let body = record_text(record.kind().word(), record.tag().as_deref(), definition, 0);
            with_pack(definition.packing.pack.map(|pack| pack.bytes()), format!("{body};"))
        }
        Decl::Enum { enumeration, definition } => {
            let values =
                definition.enumerators.iter().map(|Enumerator { name, value, .. }| (&**name, *value));
            let fixed = definition.fixed.map(|scalar| scalar.c_name());
            if let (Some(fixed), [], Some(tag)) = (fixed, &*definition.enumerators, enumeration.tag()) {
                return format!("enum {tag} : {fixed};");
            }
            format!("{};", enum_text(enumeration.tag().as_deref(), values, fixed, definition.packed, 0))
        }
        Decl::Typedef { name, ty } => {
            // The alignment belongs to the name, and a typedef of a record without a tag shows the record.
            let mut text = match ty.kind() {
                Kind::Record(record)
                    if record.tag().is_none() && record.typedef_name().as_ref() == Some(name) =>
                {
                    declared_with_base(qualified_words(ty.qualifiers(), record_body_text(record, 0)), name)
                }
                Kind::Enum(enumeration)
                    if enumeration.tag().is_none() && enumeration.typedef_name().as_ref() == Some(name) =>
                {
                    declared_with_base(qualified_words(ty.qualifiers(), enum_body_text(enumeration, 0)), name)
                }
                _ => show_named(ty, name),
            };
            if let Some(align) = ty.typedef_align().filter(|_| ty.alias().is_none()) {
                text += &format!(" __attribute__((aligned({align})))");
            }
            let pack = match ty.kind() {
                Kind::Record(record) if record.tag().is_none() => {
                    record.body().and_then(|body| body.packing.pack)
                }
                _ => None,
            };
            with_pack(pack.map(|pack| pack.bytes()), format!("typedef {text}{deprecated};"))
        }
        Decl::Function { name, ty, symbol } => {
            let format = declared.format.map_or(String::new(), format_attribute);
            format!("{}{}{deprecated}{format};", show_named(ty, name), asm_label(symbol.as_deref()))
        }
        Decl::Variable { name, ty, symbol } => {
            format!("extern {}{}{deprecated};", show_named(ty, name), asm_label(symbol.as_deref()))
        }
        Decl::Constant { name, ty, value } => constant_declaration(name, ty, value),
    }
}

fn constant_declaration(name: &str, ty: &Type, value: &Constant) -> String {
    let ty = ty.clone().qualified(Qualifiers::CONST);
    format!("static {} = {};", show_named(&ty, name), constant_text(value))
}

fn format_attribute(rule: FormatRule) -> String {
    let family = match rule.family {
        FormatFamily::Print => "printf",
        FormatFamily::Scan => "scanf",
    };
    format!(" __attribute__((format({family}, {}, {})))", rule.text, rule.first)
}

fn with_pack(pack: Option<u64>, text: String) -> String {
    match pack {
        Some(pack) => format!("#pragma pack(push, {pack})\n{text}\n#pragma pack(pop)"),
        None => text,
    }
}

fn asm_label(symbol: Option<&str>) -> String {
    symbol.map_or(String::new(), |symbol| format!(" __asm__({})", quoted(symbol.as_bytes())))
}

/// A constant as C writes it.
pub(crate) fn constant_text(value: &Constant) -> String {
    match value {
        Constant::Integer(value) if *value == i128::from(i64::MIN) => {
            "(-9223372036854775807LL - 1)".to_string()
        }
        Constant::Integer(value) if *value < i128::from(i64::MIN) || *value > i128::from(u64::MAX) => {
            format!("((__int128){} << 64 | {}ULL)", value >> 64, *value as u64)
        }
        Constant::Integer(value) if *value > i128::from(i64::MAX) => format!("{value}ULL"),
        Constant::Integer(value) => value.to_string(),
        Constant::Float(value) => format!("{value:?}"),
        // The widest suffix that is known everywhere; the value needs no more.
        Constant::Wide(value) => format!("{value}f128"),
        Constant::Pointer(0) => "((void *)0)".to_string(),
        Constant::Pointer(address) => format!("((void *){address:#x})"),
        Constant::String(bytes) => quoted(bytes),
    }
}

fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(byte));
            }
            b'\n' => text += "\\n",
            b'\t' => text += "\\t",
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text += &format!("\\{byte:03o}"),
        }
    }
    text.push('"');
    text
}

/// The deepest nesting of record bodies that is written out.
const DEEPEST_BODY: usize = 64;

/// Builds a declarator from the name outwards.
fn declarator(ty: &Type, inner: String, depth: usize) -> String {
    if let Some(alias) = ty.alias() {
        let more = ty.qualifiers().without(alias.qualifiers);
        return declared_with_base(qualified_words(more, alias.name.to_string()), &inner);
    }
    match ty.kind() {
        Kind::Pointer(to) => {
            let aligned = ty.typedef_align().map(|align| format!("__attribute__((aligned({align})))"));
            let words =
                ty.qualifiers().words().map(str::to_string).chain(aligned).collect::<Vec<_>>().join(" ");
            let space = if words.is_empty() || inner.is_empty() { "" } else { " " };
            let inner = format!("*{words}{space}{inner}");
            let bare = to.alias().is_none();
            match to.kind() {
                Kind::Array(..) if bare => declarator(to, format!("({inner})"), depth),
                Kind::Function(function) if bare => {
                    function_declarator(function, format!("({}{inner})", convention_words(function)), depth)
                }
                _ => declarator(to, inner, depth),
            }
        }
        Kind::Array(element, length) => {
            let length = match length {
                ArrayLength::Fixed(length) => length.to_string(),
                ArrayLength::Unknown => String::new(),
                ArrayLength::OnAllocation => "?".to_string(),
            };
            declarator(element, format!("{inner}[{length}]"), depth)
        }
        Kind::Function(function) => {
            function_declarator(function, format!("{}{inner}", convention_words(function)), depth)
        }
        _ => declared_with_base(qualified_words(ty.qualifiers(), base(ty, depth)), &inner),
    }
}

fn function_declarator(function: &Function, inner: String, depth: usize) -> String {
    let mut parameters: Vec<String> = function
        .parameters
        .iter()
        .map(|Parameter { name, ty }| declarator(ty, name.as_deref().unwrap_or("").to_string(), depth + 1))
        .collect();
    match function.tail {
        ParameterTail::Variadic => parameters.push("...".to_string()),
        ParameterTail::Closed if parameters.is_empty() => parameters.push("void".to_string()),
        _ => {}
    }
    declarator(&function.result, format!("{inner}({})", parameters.join(", ")), depth)
}

fn convention_words(function: &Function) -> &'static str {
    match function.convention {
        CallingConvention::C => "",
        CallingConvention::Microsoft => "__attribute__((ms_abi)) ",
        CallingConvention::SystemV => "__attribute__((sysv_abi)) ",
    }
}

fn qualified_words(qualifiers: Qualifiers, base: String) -> String {
    qualifiers.words().fold(String::new(), |text, word| text + word + " ") + &base
}

fn declared_with_base(base: String, inner: &str) -> String {
    match inner {
        "" => base,
        _ if inner.starts_with('[') => base + inner,
        _ => format!("{base} {inner}"),
    }
}

fn base(ty: &Type, depth: usize) -> String {
    match ty.kind() {
        Kind::Void => "void".to_string(),
        Kind::Scalar(scalar) => scalar.c_name().to_string(),
        Kind::Complex(part) => format!("{} _Complex", part.c_name()),
        // The byte size, which is what the attribute wants, is the element's times the count on every target.
        Kind::Vector(element, count) => format!(
            "{} __attribute__((vector_size({count} * sizeof({}))))",
            element.c_name(),
            element.c_name()
        ),
        Kind::Record(record) => match (record.tag(), record.typedef_name()) {
            (Some(tag), _) => format!("{} {tag}", record.kind().word()),
            (None, Some(name)) => name.to_string(),
            (None, None) => record_body_text(record, depth + 1),
        },
        Kind::Enum(enumeration) => match (enumeration.tag(), enumeration.typedef_name()) {
            (Some(tag), _) => format!("enum {tag}"),
            (None, Some(name)) => name.to_string(),
            (None, None) => enum_body_text(enumeration, depth + 1),
        },
        Kind::Pointer(_) | Kind::Array(..) | Kind::Function(_) => declarator(ty, String::new(), depth),
    }
}

fn record_body_text(record: &Record, depth: usize) -> String {
    let Some(body) = record.body() else { return record.name() };
    if depth > DEEPEST_BODY {
        return format!("{} {{ ... }}", record.kind().word());
    }
    let members = body.fields.iter().map(Member::from).collect();
    let definition = RecordDefinition { members, packing: body.packing, constants: body.constants.clone() };
    record_text(record.kind().word(), record.tag().as_deref(), &definition, depth)
}

fn record_text(word: &str, tag: Option<&str>, definition: &RecordDefinition, depth: usize) -> String {
    let RecordDefinition { members, packing, constants } = definition;
    let mut text = word.to_string();
    if let Some(tag) = tag {
        text += &format!(" {tag}");
    }
    text += " {\n";
    let indent = "    ".repeat(depth + 1);
    for RecordConstant { name, ty, value } in constants {
        text += &format!("{indent}{}\n", constant_declaration(name, ty, value));
    }
    for member in members {
        let mut line = declarator(&member.ty, member.name.as_deref().unwrap_or("").to_string(), depth);
        if let Some(width) = member.width {
            line += &format!(" : {width}");
        }
        line += &attributes([
            member.packed.then(|| "packed".to_string()),
            member.aligned.map(|align| format!("aligned({align})")),
        ]);
        text += &format!("{indent}{line};\n");
    }
    text += &format!("{}}}", "    ".repeat(depth));
    text + &attributes([
        packing.packed.then(|| "packed".to_string()),
        packing.aligned.map(|align| format!("aligned({align})")),
        packing.ms_struct.map(|ms| if ms { "ms_struct" } else { "gcc_struct" }.to_string()),
        packing.transparent.then(|| "transparent_union".to_string()),
    ])
}

fn attributes<const N: usize>(list: [Option<String>; N]) -> String {
    let list: Vec<String> = list.into_iter().flatten().collect();
    if list.is_empty() {
        String::new()
    } else {
        format!(" __attribute__(({})) ", list.join(", ")).trim_end().to_string()
    }
}

fn enum_body_text(enumeration: &Enum, depth: usize) -> String {
    let Some(body) = enumeration.body() else { return enumeration.name() };
    let values = body.constants.iter().map(|(name, &value)| (&**name, value));
    enum_text(
        enumeration.tag().as_deref(),
        values,
        body.fixed.then(|| body.underlying.c_name()),
        body.packed,
        depth,
    )
}

fn enum_text<'a>(
    tag: Option<&str>,
    values: impl Iterator<Item = (&'a str, i128)>,
    fixed: Option<&str>,
    packed: bool,
    depth: usize,
) -> String {
    let mut text = String::from("enum");
    if let Some(tag) = tag {
        text += &format!(" {tag}");
    }
    if let Some(fixed) = fixed {
        text += &format!(" : {fixed}");
    }
    text += " {\n";
    let indent = "    ".repeat(depth + 1);
    for (name, value) in values {
        text += &format!("{indent}{name} = {},\n", constant_text(&Constant::Integer(value)));
    }
    text += &format!("{}}}", "    ".repeat(depth));
    text + &attributes([packed.then(|| "packed".to_string())])
}
