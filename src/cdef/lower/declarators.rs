//! Declarators: from a base type and `*(*name[3])(int)` to a name and its type.

use super::attributes::Attributes;
use super::{Lowered, Lowering};
use crate::error::ErrorKind;
use crate::types::{
    ArrayLength, CallingConvention, Function, Kind, Parameter, ParameterTail, Qualifiers, Type,
};
use lang_c::ast;
use lang_c::span::{Node, Span as TreeSpan};
use std::sync::Arc;

/// A declared name.
pub(super) struct Declared {
    pub name: Option<Arc<str>>,
    pub name_span: TreeSpan,
    pub ty: Type,
    pub attributes: Attributes,
}

impl Lowering<'_, '_> {
    /// Applies a declarator to its base type. `prefix` are the attributes in front of the whole declaration.
    pub(super) fn declarator(
        &mut self,
        base: Type,
        node: &Node<ast::Declarator>,
        prefix: &Attributes,
    ) -> Lowered<Declared> {
        let base = self.with_type_attributes(base, &Attributes { convention: None, ..prefix.clone() })?;
        let mut declared = self.nested_declarator(base, node)?;
        let own = declared.attributes;
        // What stands behind the name goes for the whole of what is declared.
        declared.ty = self.with_type_attributes(
            declared.ty,
            &Attributes { convention: prefix.convention, ..Attributes::default() },
        )?;
        declared.ty = self.with_type_attributes(declared.ty, &own)?;
        declared.attributes =
            Attributes { mode: None, vector_bytes: None, convention: None, ..prefix.clone() }.and(own);
        Ok(declared)
    }

    fn nested_declarator(&mut self, base: Type, node: &Node<ast::Declarator>) -> Lowered<Declared> {
        self.deeper(node.span, |this| this.declarator_parts(base, node))
    }

    fn declarator_parts(&mut self, base: Type, node: &Node<ast::Declarator>) -> Lowered<Declared> {
        let declarator = &node.node;
        let mut ty = base;
        let mut attributes = self.attributes(&declarator.extensions)?;
        let pointers = declarator.derived.iter().take_while(|derived| is_pointer(&derived.node)).count();
        // `void (__attribute__((ms_abi)) *f)(int)`: the attribute is of the function, which `ty` is by now.
        if ty.as_function().is_some()
            && pointers > 0
            && let Some((convention, span)) = attributes.convention.take()
        {
            ty = self.with_convention(ty, convention, span)?;
        }
        for derived in &declarator.derived[..pointers] {
            ty = self.pointer(ty, derived)?;
        }
        for derived in declarator.derived[pointers..].iter().rev() {
            ty = self.suffix(ty, derived)?;
        }
        match &declarator.kind.node {
            ast::DeclaratorKind::Abstract => {
                Ok(Declared { name: None, name_span: node.span, ty, attributes })
            }
            ast::DeclaratorKind::Identifier(identifier) => {
                let name = self.new_name(identifier)?;
                Ok(Declared { name: Some(name), name_span: identifier.span, ty, attributes })
            }
            ast::DeclaratorKind::Declarator(inner) => {
                let mut declared = self.nested_declarator(ty, inner)?;
                declared.attributes = attributes.and(declared.attributes);
                Ok(declared)
            }
        }
    }

    fn pointer(&mut self, to: Type, node: &Node<ast::DerivedDeclarator>) -> Lowered<Type> {
        let (ast::DerivedDeclarator::Pointer(list) | ast::DerivedDeclarator::Block(list)) = &node.node else {
            return Ok(to);
        };
        let mut to = to;
        let mut qualifiers = Qualifiers::NONE;
        let mut align = None;
        for qualifier in list {
            match &qualifier.node {
                ast::PointerQualifier::TypeQualifier(qualifier) => {
                    qualifiers = qualifiers.with(qualifier_of(&qualifier.node))
                }
                ast::PointerQualifier::Extension(list) => {
                    let attributes = self.attributes(list)?;
                    align = align.max(attributes.aligned);
                    // What a block is made of is its compiler's affair.
                    if attributes.block {
                        to = Type::void();
                    }
                    if let Some((convention, span)) = attributes.convention {
                        to = self.with_convention(to, convention, span)?;
                    }
                }
            }
        }
        let pointer = self.at(to.pointer_to(), node.span)?.qualified(qualifiers);
        Ok(match align {
            Some(align) => pointer.aligned(align),
            None => pointer,
        })
    }

    fn suffix(&mut self, ty: Type, node: &Node<ast::DerivedDeclarator>) -> Lowered<Type> {
        match &node.node {
            ast::DerivedDeclarator::Array(array) => {
                let length = self.array_length(array)?;
                self.check_element(&ty, node.span)?;
                self.at(ty.array_of(length), node.span)
            }
            ast::DerivedDeclarator::Function(function) => self.function(ty, function),
            ast::DerivedDeclarator::KRFunction(names) => {
                if let Some(first) = names.first() {
                    let name = self.name(first);
                    let candidates = self.overlay.type_names();
                    return Err(self.unknown(
                        ErrorKind::UnknownType,
                        "type name",
                        &name,
                        first.span,
                        &candidates,
                    ));
                }
                let function = Function {
                    result: ty,
                    parameters: Vec::new(),
                    tail: ParameterTail::Unspecified,
                    convention: CallingConvention::C,
                };
                self.at(Type::function(function), node.span)
            }
            ast::DerivedDeclarator::Pointer(_) | ast::DerivedDeclarator::Block(_) => self.pointer(ty, node),
        }
    }

    /// An array needs elements of a known size.
    fn check_element(&mut self, element: &Type, span: TreeSpan) -> Lowered<()> {
        match element.kind() {
            Kind::Record(record) if crate::types::Bodies::record_body(self.overlay, record).is_none() => {
                if let Some(tag) = record.tag() {
                    self.touch(&tag);
                }
                Err(self
                    .mistake(
                        ErrorKind::Incomplete,
                        span,
                        format!("the elements of the array have the incomplete type '{}'", record.name()),
                    )
                    .help(format!(
                        "declare the members of '{}' first, or make it an array of pointers",
                        record.name()
                    )))
            }
            _ => Ok(()),
        }
    }

    fn array_length(&mut self, node: &Node<ast::ArrayDeclarator>) -> Lowered<ArrayLength> {
        match &node.node.size {
            ast::ArraySize::Unknown => Ok(ArrayLength::Unknown),
            ast::ArraySize::VariableUnknown => Ok(ArrayLength::OnAllocation),
            ast::ArraySize::VariableExpression(expression) | ast::ArraySize::StaticExpression(expression) => {
                let length = self.integer(expression)?;
                match u64::try_from(length.value) {
                    Ok(length) => Ok(ArrayLength::Fixed(length)),
                    Err(_) => Err(self.mistake(
                        ErrorKind::Declaration,
                        expression.span,
                        format!("the array has a negative number of elements ({})", length.value),
                    )),
                }
            }
        }
    }

    fn function(&mut self, result: Type, node: &Node<ast::FunctionDeclarator>) -> Lowered<Type> {
        // Later parameters may speak of earlier ones: `int n, int a[n]`.
        let outer = self.open_parameters.len();
        let function = self.function_parts(result, node);
        self.open_parameters.truncate(outer);
        function
    }

    fn function_parts(&mut self, result: Type, node: &Node<ast::FunctionDeclarator>) -> Lowered<Type> {
        let mut parameters = Vec::with_capacity(node.node.parameters.len());
        let mut names: Vec<Arc<str>> = Vec::new();
        let count = node.node.parameters.len();
        for parameter in &node.node.parameters {
            let lowered = self.parameter(parameter)?;
            if lowered.ty.is_void() {
                let alone = count == 1 && lowered.name.is_none() && node.node.ellipsis == ast::Ellipsis::None;
                if alone && lowered.ty.qualifiers() == Qualifiers::NONE {
                    break;
                }
                return Err(self
                    .mistake(ErrorKind::Declaration, parameter.span, "a parameter cannot have type 'void'")
                    .help("did you mean 'void *'?"));
            }
            if let Some(name) = &lowered.name {
                if &**name == "__ffi_noparams" {
                    continue;
                }
                if names.contains(name) {
                    return Err(self.mistake(
                        ErrorKind::Declaration,
                        parameter.span,
                        format!("there are two parameters '{name}'"),
                    ));
                }
                names.push(name.clone());
                self.open_parameters.push((name.clone(), lowered.ty.clone()));
            }
            parameters.push(lowered);
        }
        let tail = match node.node.ellipsis {
            ast::Ellipsis::Some => ParameterTail::Variadic,
            ast::Ellipsis::None => ParameterTail::Closed,
        };
        self.at(
            Type::function(Function { result, parameters, tail, convention: CallingConvention::C }),
            node.span,
        )
    }

    fn parameter(&mut self, node: &Node<ast::ParameterDeclaration>) -> Lowered<Parameter> {
        let parameter = &node.node;
        let specified = self.specifiers(&parameter.specifiers, node.span)?;
        if let Some(word) = specified.storage_word().filter(|&word| word != "register") {
            return Err(self.mistake(
                ErrorKind::Declaration,
                node.span,
                format!("a parameter cannot be '{word}'"),
            ));
        }
        let base = self.base_type(&specified, node.span)?;
        let suffix = self.attributes(&parameter.extensions)?;
        let prefix = specified.attributes.and(suffix);
        let Some(declarator) = &parameter.declarator else {
            let ty = self.with_type_attributes(base, &prefix)?;
            return Ok(Parameter { name: None, ty: self.decayed(ty, node.span)? });
        };
        // `int (T)` with a type T is a function of a T, not a parameter in parentheses.
        if let ast::DeclaratorKind::Declarator(inner) = &declarator.node.kind.node
            && let ast::DeclaratorKind::Identifier(identifier) = &inner.node.kind.node
            && inner.node.derived.is_empty()
            && declarator.node.derived.is_empty()
            && self.overlay.is_type_name(&self.name(identifier))
        {
            let name = self.name(identifier);
            let of = self.named_type(&name, identifier.span)?;
            let parameters = vec![Parameter { name: None, ty: self.decayed(of, identifier.span)? }];
            let function = Function {
                result: base,
                parameters,
                tail: ParameterTail::Closed,
                convention: CallingConvention::C,
            };
            let function = self.at(Type::function(function), declarator.span)?;
            return Ok(Parameter { name: None, ty: self.decayed(function, declarator.span)? });
        }
        // The outermost array of a parameter is a pointer, whatever its length says: `int a[n]`, `int a[*]`.
        let (pointers, arrays) = outermost_array(&declarator.node);
        if let Some(array) = arrays {
            let mut without = declarator.node.clone();
            let first = without.derived.remove(pointers);
            let declared =
                match self.declarator(base.clone(), &Node::new(without.clone(), declarator.span), &prefix) {
                    Ok(declared) => declared,
                    // The length of an inner dimension may depend on another parameter; then only the elements are known.
                    Err(diagnostic) if diagnostic.kind() == ErrorKind::Constant => {
                        without
                            .derived
                            .retain(|derived| !matches!(derived.node, ast::DerivedDeclarator::Array(_)));
                        self.declarator(base, &Node::new(without, declarator.span), &prefix)?
                    }
                    Err(diagnostic) => return Err(diagnostic),
                };
            let mut qualifiers = Qualifiers::NONE;
            for qualifier in &array.node.qualifiers {
                qualifiers = qualifiers.with(qualifier_of(&qualifier.node));
            }
            if declared.ty.is_void() || declared.ty.as_function().is_some() {
                return Err(self.mistake(
                    ErrorKind::Declaration,
                    first.span,
                    format!("an array of '{}'; did you mean an array of pointers?", declared.ty),
                ));
            }
            let ty = self.at(declared.ty.pointer_to(), first.span)?.qualified(qualifiers);
            return Ok(Parameter { name: declared.name, ty });
        }
        let declared = self.declarator(base, declarator, &prefix)?;
        let ty = self.decayed(declared.ty, declarator.span)?;
        Ok(Parameter { name: declared.name, ty })
    }

    /// Arrays and functions as parameters are pointers.
    fn decayed(&mut self, ty: Type, span: TreeSpan) -> Lowered<Type> {
        match ty.kind().clone() {
            Kind::Array(element, _) => self.at(Type::clone(&element).pointer_to(), span),
            Kind::Function(_) => self.at(ty.pointer_to(), span),
            _ => Ok(ty),
        }
    }

    /// A type name that stands alone.
    pub(in crate::cdef) fn type_name(&mut self, node: &Node<ast::TypeName>) -> Lowered<Type> {
        let specified = self.specifiers(&node.node.specifiers, node.span)?;
        let base = self.base_type(&specified, node.span)?;
        match &node.node.declarator {
            Some(declarator) => {
                let declared = self.declarator(base, declarator, &specified.attributes)?;
                Ok(declared.ty)
            }
            None => self.with_type_attributes(base, &specified.attributes),
        }
    }
}

fn is_pointer(derived: &ast::DerivedDeclarator) -> bool {
    matches!(derived, ast::DerivedDeclarator::Pointer(_) | ast::DerivedDeclarator::Block(_))
}

/// Where a parameter's own array suffix stands among what is derived, if it is an array at all.
fn outermost_array(declarator: &ast::Declarator) -> (usize, Option<&Node<ast::ArrayDeclarator>>) {
    let pointers = declarator.derived.iter().take_while(|derived| is_pointer(&derived.node)).count();
    if matches!(declarator.kind.node, ast::DeclaratorKind::Declarator(_)) {
        return (pointers, None);
    }
    match declarator.derived.get(pointers).map(|derived| &derived.node) {
        Some(ast::DerivedDeclarator::Array(array)) => (pointers, Some(array)),
        _ => (pointers, None),
    }
}

/// What a qualifier word means.
pub(super) fn qualifier_of(qualifier: &ast::TypeQualifier) -> Qualifiers {
    match qualifier {
        ast::TypeQualifier::Const => Qualifiers::CONST,
        ast::TypeQualifier::Volatile => Qualifiers::VOLATILE,
        ast::TypeQualifier::Restrict => Qualifiers::RESTRICT,
        ast::TypeQualifier::Atomic => Qualifiers::ATOMIC,
        ast::TypeQualifier::Nonnull | ast::TypeQualifier::NullUnspecified | ast::TypeQualifier::Nullable => {
            Qualifiers::NONE
        }
    }
}
