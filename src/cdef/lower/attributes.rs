//! Attributes, in the one form that the reader leaves them in.

use super::super::consteval::Operand;
use super::{Lowered, Lowering};
use crate::error::ErrorKind;
use crate::layout::Align;
use crate::target::Scalar;
use crate::types::{CallingConvention, FormatFamily, FormatRule, Function, Kind, Type};
use lang_c::ast;
use lang_c::span::{Node, Span as TreeSpan};
use std::sync::Arc;

/// What a list of attributes asks for.
#[derive(Clone, Default)]
pub(super) struct Attributes {
    pub packed: bool,
    /// `aligned(N)` and `_Alignas(N)`: the strictest wins.
    pub aligned: Option<Align>,
    /// `_Alignas(N)` alone.
    pub alignas: Option<Align>,
    pub mode: Option<(Arc<str>, TreeSpan)>,
    pub vector_bytes: Option<(u64, TreeSpan)>,
    pub convention: Option<(CallingConvention, TreeSpan)>,
    pub transparent: bool,
    /// The value of a `static const` member.
    pub value: Option<Operand>,
    /// The `^` of a block.
    pub block: bool,
    pub ms_struct: Option<bool>,
    /// The `#pragma pack` in force where a record closes.
    pub pack: Option<Align>,
    /// The type behind `enum e : T`.
    pub enum_base: Option<Type>,
    /// The symbol of an asm label.
    pub symbol: Option<Arc<str>>,
    /// What `deprecated` says; empty where it says nothing.
    pub deprecated: Option<Arc<str>>,
    pub format: Option<FormatRule>,
}

impl Attributes {
    /// Both lists.
    pub(super) fn and(mut self, other: Attributes) -> Attributes {
        self.packed |= other.packed;
        self.aligned = self.aligned.max(other.aligned);
        self.alignas = self.alignas.max(other.alignas);
        self.value = other.value.or(self.value);
        self.block |= other.block;
        self.mode = other.mode.or(self.mode);
        self.vector_bytes = other.vector_bytes.or(self.vector_bytes);
        self.convention = other.convention.or(self.convention);
        self.transparent |= other.transparent;
        self.ms_struct = other.ms_struct.or(self.ms_struct);
        self.pack = other.pack.or(self.pack);
        self.enum_base = other.enum_base.or(self.enum_base);
        self.symbol = other.symbol.or(self.symbol);
        self.deprecated = other.deprecated.or(self.deprecated);
        self.format = other.format.or(self.format);
        self
    }
}

/// The string literal that is the first argument; empty where there is none.
fn text_argument(arguments: &[Node<ast::Expression>]) -> String {
    match arguments.first().map(|argument| &argument.node) {
        Some(ast::Expression::StringLiteral(literal)) => {
            literal.node.iter().map(|part| super::super::consteval::message_text(part)).collect()
        }
        _ => String::new(),
    }
}

/// Does a list belong to the record or enum in front of it?
pub(super) fn belongs_to_tag(list: &[Node<ast::Extension>]) -> bool {
    matches!(list.first().map(|node| &node.node), Some(ast::Extension::Attribute(attribute)) if attribute.name.node == "ffi_tag")
}

/// Is `transparent_union` among them? Behind a typedef's name it speaks of the union.
pub(super) fn has_transparent(list: &[Node<ast::Extension>]) -> bool {
    list.iter().any(|node| {
        matches!(&node.node, ast::Extension::Attribute(attribute)
            if attribute.name.node.trim_matches('_') == "transparent_union")
    })
}

impl Lowering<'_, '_> {
    /// Reads a list of attributes and asm labels.
    pub(super) fn attributes(&mut self, list: &[Node<ast::Extension>]) -> Lowered<Attributes> {
        let mut attributes = Attributes::default();
        for node in list {
            match &node.node {
                ast::Extension::Attribute(attribute) => {
                    self.attribute(&mut attributes, attribute, node.span)?
                }
                ast::Extension::AsmLabel(label) => {
                    let text: String = label
                        .node
                        .iter()
                        .map(|literal| super::super::consteval::message_text(literal))
                        .collect();
                    attributes.symbol = Some(text.into());
                }
                ast::Extension::AvailabilityAttribute(_) => {}
            }
        }
        Ok(attributes)
    }

    fn attribute(
        &mut self,
        attributes: &mut Attributes,
        attribute: &ast::Attribute,
        span: TreeSpan,
    ) -> Lowered<()> {
        let arguments = &attribute.arguments;
        match attribute.name.node.as_str() {
            "packed" => attributes.packed = true,
            "aligned" => {
                let align = match arguments.first() {
                    Some(argument) => self.alignment(argument)?,
                    None => Align::from_bytes(crate::types::Bodies::target(self.overlay).biggest_align()),
                };
                attributes.aligned = attributes.aligned.max(align);
            }
            "ffi_alignas" => {
                if let Some(argument) = arguments.first() {
                    let value = self.integer(argument)?;
                    // `_Alignas(0)` asks for nothing.
                    if value.value != 0 {
                        let align = self.alignment(argument)?;
                        attributes.aligned = attributes.aligned.max(align);
                        attributes.alignas = attributes.alignas.max(align);
                    }
                }
            }
            "ffi_pack" => {
                if let Some(argument) = arguments.first() {
                    attributes.pack = self.alignment(argument)?;
                }
            }
            "ffi_base" => {
                if let Some(Node { node: ast::Expression::VaArg(carried), .. }) = arguments.first() {
                    attributes.enum_base = Some(self.type_name(&carried.node.type_name)?);
                }
            }
            "mode" => {
                if let Some(Node { node: ast::Expression::Identifier(mode), .. }) = arguments.first() {
                    attributes.mode = Some((mode.node.name.as_str().into(), span));
                }
            }
            "vector_size" => {
                let Some(argument) = arguments.first() else {
                    return Err(self.mistake(
                        ErrorKind::Declaration,
                        span,
                        "'vector_size' needs a number of bytes",
                    ));
                };
                let bytes = self.integer(argument)?.value;
                let bytes = u64::try_from(bytes).ok().filter(|&bytes| bytes > 0 && bytes <= 1 << 28);
                let Some(bytes) = bytes else {
                    return Err(self.mistake(
                        ErrorKind::Declaration,
                        argument.span,
                        "the size of a vector must be a positive number of bytes",
                    ));
                };
                attributes.vector_bytes = Some((bytes, span));
            }
            "ms_abi" => attributes.convention = Some((CallingConvention::Microsoft, span)),
            "sysv_abi" => attributes.convention = Some((CallingConvention::SystemV, span)),
            "ffi_value" => {
                if let Some(argument) = arguments.first() {
                    attributes.value = Some(self.expression(argument)?);
                }
            }
            "ffi_block" => attributes.block = true,
            "transparent_union" => attributes.transparent = true,
            "ms_struct" => attributes.ms_struct = Some(true),
            "gcc_struct" => attributes.ms_struct = Some(false),
            "format" => attributes.format = self.format(arguments)?,
            "deprecated" => attributes.deprecated = Some(text_argument(arguments).into()),
            "scalar_storage_order" => {
                let order = text_argument(arguments);
                if order != "little-endian" {
                    return Err(self.mistake(
                        ErrorKind::Unsupported,
                        span,
                        format!("a storage order of '{order}' is not supported; members are little-endian"),
                    ));
                }
            }
            // Known, and without a meaning for layouts and calls on the targets there are.
            _ => {}
        }
        Ok(())
    }

    /// `format(printf, 1, 2)`; other families than printf's and scanf's are not checked.
    fn format(&mut self, arguments: &[Node<ast::Expression>]) -> Lowered<Option<FormatRule>> {
        let [Node { node: ast::Expression::Identifier(family), .. }, text, first] = arguments else {
            return Ok(None);
        };
        let family = match family.node.name.trim_matches('_') {
            "printf" | "gnu_printf" => FormatFamily::Print,
            "scanf" | "gnu_scanf" => FormatFamily::Scan,
            _ => return Ok(None),
        };
        let (text, first) = (self.integer(text)?.value, self.integer(first)?.value);
        let rule = u32::try_from(text).ok().zip(u32::try_from(first).ok());
        Ok(rule.map(|(text, first)| FormatRule { family, text, first }))
    }

    fn alignment(&mut self, argument: &Node<ast::Expression>) -> Lowered<Option<Align>> {
        let value = self.integer(argument)?.value;
        match u64::try_from(value).ok().and_then(Align::from_bytes) {
            Some(align) => Ok(Some(align)),
            None => Err(self.mistake(
                ErrorKind::Declaration,
                argument.span,
                format!("an alignment must be a power of two up to {}, not {value}", 1u64 << 28),
            )),
        }
    }

    /// The same type, with the attributes that change what it is.
    pub(super) fn with_type_attributes(&mut self, ty: Type, attributes: &Attributes) -> Lowered<Type> {
        let mut ty = ty;
        if let Some((mode, span)) = &attributes.mode {
            let changed = self.with_mode(&ty, mode, *span)?;
            ty = changed;
        }
        if let Some((bytes, span)) = attributes.vector_bytes {
            ty = self.innermost(ty, span, &mut |this, element| this.vector(element, bytes, span))?;
        }
        if let Some((convention, span)) = attributes.convention {
            ty = self.with_convention(ty, convention, span)?;
        }
        Ok(ty)
    }

    /// Changes what a derived type is at last made of: what `vector_size` on a pointer does.
    fn innermost(
        &mut self,
        ty: Type,
        span: TreeSpan,
        change: &mut dyn FnMut(&mut Self, Type) -> Lowered<Type>,
    ) -> Lowered<Type> {
        let qualifiers = ty.qualifiers();
        let changed = match ty.kind().clone() {
            Kind::Pointer(to) => {
                let to = self.innermost(Type::clone(&to), span, change)?;
                self.at(to.pointer_to(), span)?.qualified(qualifiers)
            }
            Kind::Array(element, length) => {
                let element = self.innermost(Type::clone(&element), span, change)?;
                self.at(element.array_of(length), span)?
            }
            Kind::Function(function) => {
                let result = self.innermost(function.result.clone(), span, change)?;
                self.at(Type::function(Function { result, ..Function::clone(&function) }), span)?
            }
            _ => change(self, ty)?,
        };
        Ok(changed)
    }

    fn vector(&mut self, element: Type, bytes: u64, span: TreeSpan) -> Lowered<Type> {
        let target = crate::types::Bodies::target(self.overlay);
        let wrong = |this: &Self, message: String| Err(this.mistake(ErrorKind::Declaration, span, message));
        let Kind::Scalar(scalar) = *element.kind() else {
            return wrong(self, format!("a vector cannot have elements of type '{element}'"));
        };
        if scalar == Scalar::Bool {
            return wrong(self, "a vector cannot have elements of type '_Bool'".to_string());
        }
        let size = target.size(scalar).unwrap_or(1);
        if !bytes.is_multiple_of(size) || !(bytes / size).is_power_of_two() {
            return wrong(
                self,
                format!("{bytes} bytes are not a power of two of elements '{element}' of {size}"),
            );
        }
        Ok(Type::vector(scalar, bytes / size).qualified(element.qualifiers()))
    }

    /// `mode(DI)` and its kin: the same kind of number, in another width.
    fn with_mode(&mut self, ty: &Type, mode: &str, span: TreeSpan) -> Lowered<Type> {
        let target = crate::types::Bodies::target(self.overlay);
        let pointer_bytes = target.pointer_bytes();
        // V4SI: a vector of that many.
        let digits: String =
            mode.strip_prefix('V').unwrap_or("").chars().take_while(char::is_ascii_digit).collect();
        let (count, element) = match digits.parse::<u64>() {
            Ok(count) => (Some(count), mode.chars().skip(1 + digits.len()).collect::<String>()),
            Err(_) => (None, mode.to_string()),
        };
        let unknown = |this: &Self| {
            this.mistake(ErrorKind::Declaration, span, format!("unknown machine mode '{mode}' for '{ty}'"))
        };
        let (scalar, complex) = match ty.kind() {
            Kind::Scalar(scalar) => (*scalar, false),
            Kind::Complex(part) => (*part, true),
            Kind::Enum(enumeration) => match crate::types::Bodies::enum_body(self.overlay, enumeration) {
                Some(body) => (body.underlying, false),
                None => return Err(unknown(self)),
            },
            _ => return Err(unknown(self)),
        };
        let int_bytes = match element.as_str() {
            "QI" | "byte" => Some(1),
            "HI" => Some(2),
            "SI" => Some(4),
            "DI" => Some(8),
            "TI" => Some(16),
            "word" | "pointer" | "unwind_word" | "libgcc_cmp_return" | "libgcc_shift_count" => {
                Some(pointer_bytes)
            }
            _ => None,
        };
        let signed = target.is_signed(scalar);
        let made = if let Some(bytes) = int_bytes {
            if !scalar.is_integer() {
                return Err(unknown(self));
            }
            let found =
                [Scalar::SChar, Scalar::Short, Scalar::Int, Scalar::Long, Scalar::LongLong, Scalar::Int128]
                    .into_iter()
                    .find(|&candidate| target.size(candidate) == Some(bytes))
                    .ok_or_else(|| unknown(self))?;
            if signed { found } else { found.to_unsigned() }
        } else {
            match element.as_str() {
                "HF" => Scalar::Float16,
                "SF" | "SC" => Scalar::Float,
                "DF" | "DC" => Scalar::Double,
                "XF" | "XC" => Scalar::LongDouble,
                "TF" | "TC" if target.long_double_x87() || target.size(Scalar::LongDouble) == Some(8) => {
                    Scalar::Float128
                }
                "TF" | "TC" => Scalar::LongDouble,
                _ => return Err(unknown(self)),
            }
        };
        let made = match count {
            Some(count) if count.is_power_of_two() => Type::vector(made, count),
            Some(_) => return Err(unknown(self)),
            None if complex || element.ends_with('C') => Type::complex(made),
            None => Type::scalar(made),
        };
        Ok(made.qualified(ty.qualifiers()))
    }

    /// Gives a function, or the function a pointer points to, its calling convention.
    pub(super) fn with_convention(
        &mut self,
        ty: Type,
        convention: CallingConvention,
        span: TreeSpan,
    ) -> Lowered<Type> {
        // The target's own convention by another name is no other type.
        let windows = !matches!(
            crate::types::Bodies::target(self.overlay).record_rule(),
            crate::target::RecordRule::Gcc { .. }
        );
        let convention = match convention {
            CallingConvention::Microsoft if windows => CallingConvention::C,
            CallingConvention::SystemV if !windows => CallingConvention::C,
            other => other,
        };
        match ty.kind().clone() {
            Kind::Function(function) => {
                self.at(Type::function(Function { convention, ..Function::clone(&function) }), span)
            }
            Kind::Pointer(to) if to.as_function().is_some() => {
                let to = self.with_convention(Type::clone(&to), convention, span)?;
                Ok(self.at(to.pointer_to(), span)?.qualified(ty.qualifiers()))
            }
            _ => Ok(ty),
        }
    }
}
