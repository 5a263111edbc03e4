//! The words in front of a declarator: storage, qualifiers, and the type that they spell.

use super::attributes::{Attributes, belongs_to_tag};
use super::declarators::qualifier_of;
use super::{Lowered, Lowering};
use crate::error::ErrorKind;
use crate::target::Scalar;
use crate::types::{Bodies, Decl, Qualifiers, Type};
use lang_c::ast;
use lang_c::span::{Node, Span as TreeSpan};

/// What the words in front of a declarator say.
pub(super) struct Specified {
    /// The type, unless `auto` leaves it to a value.
    pub ty: Option<Type>,
    pub qualifiers: Qualifiers,
    pub auto: bool,
    /// Those of the whole declaration, not of a record or enum in it.
    pub attributes: Attributes,
    storage: Option<ast::StorageClassSpecifier>,
}

impl Specified {
    pub(super) fn is_typedef(&self) -> bool {
        self.storage == Some(ast::StorageClassSpecifier::Typedef)
    }

    /// The word that says where it is stored.
    pub(super) fn storage_word(&self) -> Option<&'static str> {
        self.storage.as_ref().map(storage_word)
    }

    pub(super) fn is_static(&self) -> bool {
        self.storage == Some(ast::StorageClassSpecifier::Static)
    }
}

/// The two kinds of specifier lists that the grammar has, as one.
pub(super) enum Specifier<'a> {
    Storage(&'a Node<ast::StorageClassSpecifier>),
    Type(&'a Node<ast::TypeSpecifier>),
    Qualifier(&'a Node<ast::TypeQualifier>),
    Attributes(&'a [Node<ast::Extension>]),
    /// `inline`, `_Noreturn`, and `_Alignas`, which the reader has made an attribute.
    Other,
}

/// Anything that is a specifier of a list.
pub(super) trait AsSpecifier {
    fn as_specifier(&self) -> Specifier<'_>;
}

impl AsSpecifier for ast::DeclarationSpecifier {
    fn as_specifier(&self) -> Specifier<'_> {
        match self {
            ast::DeclarationSpecifier::StorageClass(node) => Specifier::Storage(node),
            ast::DeclarationSpecifier::TypeSpecifier(node) => Specifier::Type(node),
            ast::DeclarationSpecifier::TypeQualifier(node) => Specifier::Qualifier(node),
            ast::DeclarationSpecifier::Extension(list) => Specifier::Attributes(list),
            ast::DeclarationSpecifier::Function(_) | ast::DeclarationSpecifier::Alignment(_) => {
                Specifier::Other
            }
        }
    }
}

impl AsSpecifier for ast::SpecifierQualifier {
    fn as_specifier(&self) -> Specifier<'_> {
        match self {
            ast::SpecifierQualifier::TypeSpecifier(node) => Specifier::Type(node),
            ast::SpecifierQualifier::TypeQualifier(node) => Specifier::Qualifier(node),
            ast::SpecifierQualifier::Extension(list) => Specifier::Attributes(list),
        }
    }
}

/// How often each word stands there, and the type that is no word.
#[derive(Default)]
struct Words {
    void: bool,
    boolean: bool,
    char: bool,
    int: bool,
    float: bool,
    double: bool,
    short: u8,
    long: u8,
    signed: bool,
    unsigned: bool,
    complex: bool,
    /// `__int128`, `_Float16` and the like: words that the grammar has no node for.
    scalar: Option<Scalar>,
    whole: Option<Type>,
    first: Option<TreeSpan>,
}

impl Lowering<'_, '_> {
    /// Reads a list of specifiers.
    pub(super) fn specifiers<S: AsSpecifier>(
        &mut self,
        list: &[Node<S>],
        whole: TreeSpan,
    ) -> Lowered<Specified> {
        let mut specified = Specified {
            ty: None,
            qualifiers: Qualifiers::NONE,
            auto: false,
            attributes: Attributes::default(),
            storage: None,
        };
        let mut words = Words::default();
        for (index, node) in list.iter().enumerate() {
            match node.node.as_specifier() {
                Specifier::Storage(storage) => self.storage(&mut specified, storage)?,
                Specifier::Qualifier(qualifier) => {
                    specified.qualifiers = specified.qualifiers.with(qualifier_of(&qualifier.node))
                }
                Specifier::Attributes(attributes) if belongs_to_tag(attributes) => {}
                Specifier::Attributes(attributes) => {
                    let attributes = self.attributes(attributes)?;
                    specified.attributes = std::mem::take(&mut specified.attributes).and(attributes);
                }
                Specifier::Type(ty) => {
                    let of_tag = match list.get(index + 1).map(|next| next.node.as_specifier()) {
                        Some(Specifier::Attributes(attributes)) if belongs_to_tag(attributes) => attributes,
                        _ => &[],
                    };
                    words.first.get_or_insert(ty.span);
                    self.type_specifier(&mut words, &mut specified, ty, of_tag)?;
                }
                Specifier::Other => {}
            }
        }
        if !specified.auto {
            specified.ty = Some(self.spelled_type(words, whole)?);
        }
        Ok(specified)
    }

    /// The type that specifiers spell, with their qualifiers.
    pub(super) fn base_type(&mut self, specified: &Specified, span: TreeSpan) -> Lowered<Type> {
        match &specified.ty {
            Some(ty) => Ok(ty.clone().qualified(specified.qualifiers)),
            None => Err(self.mistake(
                ErrorKind::Declaration,
                span,
                "a type that is left to the compiler needs a value to tell it",
            )),
        }
    }

    fn storage(&mut self, specified: &mut Specified, node: &Node<ast::StorageClassSpecifier>) -> Lowered<()> {
        use ast::StorageClassSpecifier::*;
        match (&specified.storage, &node.node) {
            // `static _Thread_local` and `extern _Thread_local` are C.
            (_, ThreadLocal) => Ok(()),
            (Some(before), now) if before != now => {
                let message =
                    format!("both '{}' and '{}' in one declaration", storage_word(before), storage_word(now));
                Err(self.mistake(ErrorKind::Declaration, node.span, message))
            }
            (_, now) => {
                specified.storage = Some(now.clone());
                Ok(())
            }
        }
    }

    fn type_specifier(
        &mut self,
        words: &mut Words,
        specified: &mut Specified,
        node: &Node<ast::TypeSpecifier>,
        of_tag: &[Node<ast::Extension>],
    ) -> Lowered<()> {
        use ast::TypeSpecifier::*;
        let twice = |this: &Self, word: &str| {
            Err(this.mistake(ErrorKind::Declaration, node.span, format!("'{word}' stands here twice")))
        };
        let mark = |this: &Self, seen: &mut bool, word: &str| {
            if std::mem::replace(seen, true) { twice(this, word) } else { Ok(()) }
        };
        let whole = match &node.node {
            Void => return mark(self, &mut words.void, "void"),
            Char => return mark(self, &mut words.char, "char"),
            Int => return mark(self, &mut words.int, "int"),
            Float => return mark(self, &mut words.float, "float"),
            Double => return mark(self, &mut words.double, "double"),
            Bool => return mark(self, &mut words.boolean, "_Bool"),
            Signed => return mark(self, &mut words.signed, "signed"),
            Unsigned => return mark(self, &mut words.unsigned, "unsigned"),
            Complex => return mark(self, &mut words.complex, "_Complex"),
            Short if words.short == 0 => {
                words.short = 1;
                return Ok(());
            }
            Short => return twice(self, "short"),
            Long if words.long < 2 => {
                words.long += 1;
                return Ok(());
            }
            Long => {
                return Err(self.mistake(
                    ErrorKind::Declaration,
                    node.span,
                    "'long long long' is too long for C",
                ));
            }
            TS18661Float(float) => {
                let Some(scalar) = self.extended_float(float) else {
                    let message = "no target has a floating type of this format";
                    return Err(self.mistake(ErrorKind::Unsupported, node.span, message));
                };
                return self.scalar_word(words, scalar, node.span);
            }
            TypeOf(carried) => match self.carried_word(carried)? {
                Carried::Word(scalar) => return self.scalar_word(words, scalar, node.span),
                Carried::Auto => {
                    specified.auto = true;
                    return Ok(());
                }
                Carried::Type(ty) => ty,
            },
            Atomic(of) => self.type_name(of)?.qualified(Qualifiers::ATOMIC),
            Struct(record) => self.record_specifier(record, of_tag)?,
            Enum(enumeration) => self.enum_specifier(enumeration, of_tag)?,
            TypedefName(identifier) => {
                let name = self.name(identifier);
                self.named_type(&name, identifier.span)?
            }
        };
        if let Some(before) = words.whole.replace(whole) {
            return Err(self.two_types(&before.to_string(), node.span));
        }
        Ok(())
    }

    /// The type of `_FloatN`, `_FloatNx`, `_DecimalN`, and of constants with such a suffix.
    pub(in crate::cdef) fn extended_float(&self, float: &ast::TS18661FloatType) -> Option<Scalar> {
        use ast::TS18661FloatFormat::*;
        Some(match (&float.format, float.width) {
            (BinaryInterchange, 16) => Scalar::Float16,
            (BinaryInterchange, 32) => Scalar::Float32,
            (BinaryInterchange, 64) => Scalar::Float64,
            (BinaryInterchange, 128) => Scalar::Float128,
            (BinaryExtended, 32) => Scalar::Float32x,
            (BinaryExtended, 64) => Scalar::Float64x,
            (DecimalInterchange, 32) => Scalar::Decimal32,
            (DecimalInterchange, 64) => Scalar::Decimal64,
            (DecimalInterchange, 128) => Scalar::Decimal128,
            _ => return None,
        })
    }

    fn scalar_word(&mut self, words: &mut Words, scalar: Scalar, span: TreeSpan) -> Lowered<()> {
        match words.scalar.replace(scalar) {
            None => Ok(()),
            Some(before) => Err(self.two_types(before.c_name(), span)),
        }
    }

    fn two_types(&self, before: &str, span: TreeSpan) -> crate::error::Diagnostic {
        self.mistake(
            ErrorKind::Declaration,
            span,
            format!("two types in one declaration: '{before}' stands here already"),
        )
        .help("is a ',' or ';' missing, or is one of the words a macro?")
    }

    /// The type that a typedef name names.
    pub(super) fn named_type(&mut self, name: &str, span: TreeSpan) -> Lowered<Type> {
        if let Some(ty) = self.overlay.filling(name) {
            return Ok(ty.clone());
        }
        match self.overlay.find(name).map(|declared| declared.decl) {
            Some(Decl::Typedef { name, ty }) => Ok(ty.named(&name)),
            _ => {
                let candidates = self.overlay.type_names();
                Err(self.unknown(ErrorKind::UnknownType, "type name", name, span, &candidates))
            }
        }
    }

    /// One type out of the words.
    fn spelled_type(&mut self, words: Words, whole: TreeSpan) -> Lowered<Type> {
        use Scalar::*;
        let span = words.first.unwrap_or(whole);
        let wrong = |this: &Self, message: String| Err(this.mistake(ErrorKind::Declaration, span, message));
        let counted = [words.void, words.boolean, words.char, words.float, words.double]
            .into_iter()
            .filter(|&there| there)
            .count()
            + usize::from(words.whole.is_some())
            + usize::from(words.scalar.is_some());
        let sized = words.short > 0 || words.long > 0;
        let integral = words.int || sized || words.signed || words.unsigned;
        if counted > 1 {
            return wrong(
                self,
                "two types in one declaration; is a ',' or ';' missing, or is one of the words a macro?"
                    .to_string(),
            );
        }
        if words.signed && words.unsigned {
            return wrong(self, "both 'signed' and 'unsigned' in one type".to_string());
        }
        if words.short > 0 && words.long > 0 {
            return wrong(self, "both 'short' and 'long' in one type".to_string());
        }
        if let Some(ty) = words.whole {
            if integral || words.complex {
                return wrong(self, format!("'{ty}' cannot be combined with other words of a type"));
            }
            return Ok(ty);
        }
        let sign = |scalar: Scalar| if words.unsigned { scalar.to_unsigned() } else { scalar };
        let scalar = if words.void {
            if integral || words.complex {
                return wrong(self, "'void' cannot be combined with other words of a type".to_string());
            }
            return Ok(Type::void());
        } else if let Some(scalar) = words.scalar {
            if sized || words.int || (words.signed || words.unsigned) && !scalar.is_integer() {
                return wrong(
                    self,
                    format!("'{}' cannot be combined with other words of a type", scalar.c_name()),
                );
            }
            if scalar == Scalar::BitInt(1) && !words.unsigned {
                return wrong(self, "a signed '_BitInt' needs at least 2 bits".to_string());
            }
            sign(scalar)
        } else if words.boolean {
            if integral {
                return wrong(self, "'_Bool' cannot be combined with other words of a type".to_string());
            }
            Bool
        } else if words.char {
            if sized || words.int {
                return wrong(self, "'char' cannot be 'short', 'long' or 'int'".to_string());
            }
            match (words.signed, words.unsigned) {
                (true, _) => SChar,
                (_, true) => UChar,
                _ => Char,
            }
        } else if words.float {
            if integral {
                return wrong(self, "'float' cannot be combined with other words of a type".to_string());
            }
            Float
        } else if words.double {
            if words.int || words.signed || words.unsigned || words.short > 0 || words.long > 1 {
                return wrong(
                    self,
                    "'double' can only be combined with one 'long' and '_Complex'".to_string(),
                );
            }
            if words.long == 1 { LongDouble } else { Double }
        } else if integral {
            sign(match (words.short, words.long) {
                (1.., _) => Short,
                (_, 1) => Long,
                (_, 2..) => LongLong,
                _ => Int,
            })
        } else if words.complex {
            Double
        } else {
            return Err(self
                .mistake(ErrorKind::Declaration, whole, "no type stands here")
                .help("did you mean 'int'?"));
        };
        if self.overlay.target().size(scalar).is_none() {
            let message = format!("{} has no type '{}'", self.overlay.target(), scalar.c_name());
            return Err(self.mistake(ErrorKind::Unsupported, span, message));
        }
        if words.complex {
            if scalar == Bool {
                return wrong(self, "'_Bool' cannot be complex".to_string());
            }
            return Ok(Type::complex(scalar));
        }
        Ok(Type::scalar(scalar))
    }

    /// `_BitInt(N)`; whether it is unsigned, the words beside it say.
    fn bit_int(&mut self, arguments: &[Node<ast::Expression>], span: TreeSpan) -> Lowered<Scalar> {
        let [width] = arguments else {
            return Err(self.mistake(ErrorKind::Declaration, span, "'_BitInt' needs one number of bits"));
        };
        let bits = self.integer(width)?.value;
        match u8::try_from(bits) {
            Ok(bits @ 1..=128) => Ok(Scalar::BitInt(bits)),
            _ if bits > 128 => {
                let message = format!("'_BitInt({bits})': more than 128 bits are not supported");
                Err(self.mistake(ErrorKind::Unsupported, width.span, message))
            }
            _ => {
                let message = format!("'_BitInt({bits})': a number of bits from 1 on is needed");
                Err(self.mistake(ErrorKind::Declaration, width.span, message))
            }
        }
    }

    /// What stands in a `typeof`: a type, or one of the words that the reader hides there.
    fn carried_word(&mut self, node: &Node<ast::TypeOf>) -> Lowered<Carried> {
        let expression = match &node.node {
            ast::TypeOf::Type(name) => return self.type_name(name).map(Carried::Type),
            ast::TypeOf::Expression(expression) => expression,
        };
        match &expression.node {
            ast::Expression::Identifier(identifier) => {
                let word = match identifier.node.name.as_str() {
                    "__ffi_int128" => Carried::Word(Scalar::Int128),
                    "__ffi_bf16" => Carried::Word(Scalar::BFloat16),
                    "__ffi_fp16" => Carried::Word(Scalar::Float16),
                    "__ffi_float80" => Carried::Word(Scalar::Float64x),
                    "__ffi_auto" => Carried::Auto,
                    "__ffi_ms_va_list" => {
                        Carried::Type(self.named_type("__builtin_ms_va_list", identifier.span)?)
                    }
                    _ => {
                        let name = self.name(identifier);
                        match self.overlay.is_type_name(&name) {
                            true => Carried::Type(self.named_type(&name, identifier.span)?),
                            false => Carried::Type(self.type_of_expression(expression)?),
                        }
                    }
                };
                Ok(word)
            }
            ast::Expression::VaArg(carried) => self.type_name(&carried.node.type_name).map(Carried::Type),
            ast::Expression::Call(call) => match &call.node.callee.node {
                ast::Expression::Identifier(name) if name.node.name == "__ffi_unqual" => {
                    let Some(argument) = call.node.arguments.first() else {
                        return Err(self.mistake(
                            ErrorKind::Syntax,
                            call.span,
                            "'typeof_unqual' needs a type or an expression",
                        ));
                    };
                    let ty = match &argument.node {
                        ast::Expression::VaArg(carried) => self.type_name(&carried.node.type_name)?,
                        _ => self.type_of_expression(argument)?,
                    };
                    Ok(Carried::Type(ty.unqualified()))
                }
                ast::Expression::Identifier(name) if name.node.name == "__ffi_bitint" => {
                    self.bit_int(call.node.arguments.as_slice(), call.span).map(Carried::Word)
                }
                _ => self.type_of_expression(expression).map(Carried::Type),
            },
            _ => self.type_of_expression(expression).map(Carried::Type),
        }
    }
}

/// What a `typeof` carries.
enum Carried {
    Word(Scalar),
    Auto,
    Type(Type),
}

fn storage_word(storage: &ast::StorageClassSpecifier) -> &'static str {
    use ast::StorageClassSpecifier::*;
    match storage {
        Typedef => "typedef",
        Extern => "extern",
        Static => "static",
        ThreadLocal => "_Thread_local",
        Auto => "auto",
        Register => "register",
    }
}
