//! Closing records and enums: checks, and the one computation of a layout.

use super::c_type::{ArrayLength, Kind, Type};
use super::decl::{Decl, EnumDefinition, Member, Packing, RecordDefinition};
use super::measure::{Bodies, extent, largest_bytes, preferred_align_of, reported_align};
use super::node::{EnumBody, Field, Position, Record, RecordBody, RecordKind};
use crate::error::{Diagnostic, ErrorKind, Span};
use crate::layout::{self, Align, Extent};
use crate::target::{RecordRule, Scalar, Target};
use indexmap::IndexMap;
use std::sync::Arc;

/// A record's members get their places.
pub(super) fn record(
    record: &Record,
    definition: &RecordDefinition,
    origin: Option<Span>,
    bodies: &dyn Bodies,
) -> Result<RecordBody, Diagnostic> {
    let target = bodies.target();
    let rules = governing(record.kind(), &definition.packing, target);
    let mut numbers = Vec::with_capacity(definition.members.len());
    let last = definition.members.len().saturating_sub(1);
    let mut nesting = 1;
    for (index, member) in definition.members.iter().enumerate() {
        let located = |diagnostic: Diagnostic| match member.span.as_ref().or(origin.as_ref()) {
            Some(span) => diagnostic.or_at(span),
            None => diagnostic,
        };
        let mut extent = member_extent(record, member, bodies).map_err(located)?;
        if rules.rule == RecordRule::Mingw && !extent.align_by_attribute {
            // Under ms_struct i386 keeps the alignment that its 8-byte scalars have elsewhere.
            let alone = preferred_align_of(&member.ty, bodies).ok().and_then(Align::from_bytes);
            extent.align = extent.align.max(alone.unwrap_or(Align::ONE));
        }
        numbers.push(layout::Member {
            extent,
            bits: member.width.map(|bits| layout::Width { bits, named: member.name.is_some() }),
            packed: member.packed,
            aligned: member.aligned,
            block: match member.ty.kind() {
                Kind::Array(_, ArrayLength::Unknown | ArrayLength::OnAllocation) => true,
                Kind::Array(..) | Kind::Record(_) => !matches!(extent.size, 0 | 1 | 2 | 4 | 8),
                _ => false,
            },
        });
        check_flexible(record, definition, index == last, member).map_err(located)?;
        nesting = nesting.max(nesting_with(member, bodies).map_err(located)?);
    }
    let names = names(&definition.members, bodies)?;
    let too_large = || {
        let diagnostic = Diagnostic::new(
            ErrorKind::TooLarge,
            format!("'{}' is larger than the machine can address", record.name()),
        );
        match &origin {
            Some(origin) => diagnostic.at(origin.clone()),
            None => diagnostic,
        }
    };
    let placement = layout::place(&rules, &numbers).ok_or_else(too_large)?;
    let mut fields = Vec::with_capacity(definition.members.len());
    for (member, first_bit) in definition.members.iter().zip(&placement.first_bits) {
        let offset = u64::try_from(first_bit / 8).map_err(|_| too_large())?;
        let position = match member.width {
            Some(width) => Position::Bits { offset, bit: (first_bit % 8) as u8, width },
            None => Position::Bytes { offset },
        };
        fields.push(Field {
            name: member.name.clone(),
            ty: member.ty.clone(),
            position,
            packed: member.packed,
            aligned: member.aligned,
        });
    }
    let (extent, packing) = (placement.extent, definition.packing);
    let constants = definition.constants.clone();
    Ok(RecordBody { fields, extent, packing, constants, origin, nesting, names })
}

/// Records may lie in each other this deeply; whoever walks the parts of a value uses the stack.
const DEEPEST: u32 = 256;

/// How many records and arrays lie in each other in a record that has this member.
fn nesting_with(member: &Member, bodies: &dyn Bodies) -> Result<u32, Diagnostic> {
    let (mut inside, mut nesting) = (&member.ty, 1u32);
    while let Kind::Array(element, _) = inside.kind() {
        inside = element;
        nesting += 1;
    }
    if let Some(body) = inside.as_record().and_then(|record| bodies.record_body(record)) {
        nesting += body.nesting;
    }
    if nesting > DEEPEST {
        let message = format!("{} holds values in values more than {DEEPEST} levels deep", called(member));
        return Err(Diagnostic::new(ErrorKind::TooDeep, message));
    }
    Ok(nesting)
}

fn governing(kind: RecordKind, packing: &Packing, target: Target) -> layout::Governing {
    let own = target.record_rule();
    let rule = match (packing.ms_struct, own) {
        (Some(true), RecordRule::Gcc { .. }) => RecordRule::Mingw,
        (Some(false), RecordRule::Mingw) => RecordRule::Gcc { unnamed_align: false },
        _ => own,
    };
    layout::Governing {
        rule,
        union: kind == RecordKind::Union,
        packed: packing.packed,
        aligned: packing.aligned,
        pack: packing.pack,
        integer_align_limit: target.integer_align_limit().and_then(Align::from_bytes),
        empty_bytes: target.empty_record_bytes(),
        largest_bytes: largest_bytes(target),
    }
}

/// How a member is called in a message.
fn called(member: &Member) -> String {
    match &member.name {
        Some(name) => format!("member '{name}'"),
        None => "an unnamed member".to_string(),
    }
}

fn member_extent(record: &Record, member: &Member, bodies: &dyn Bodies) -> Result<Extent, Diagnostic> {
    let declaration = |message: String| Diagnostic::new(ErrorKind::Declaration, message);
    match member.ty.kind() {
        Kind::Function(_) => {
            let help = member.name.as_ref().map(|name| {
                let pointer =
                    member.ty.clone().pointer_to().map(|pointer| super::show::show_named(&pointer, name));
                pointer.map_or_else(
                    |_| "use a pointer to the function".to_string(),
                    |text| format!("did you mean a pointer: '{text}'?"),
                )
            });
            return Err(declaration(format!("{} has function type", called(member))).maybe_help(help));
        }
        Kind::Void => {
            return Err(
                declaration(format!("{} has type 'void'", called(member))).help("did you mean 'void *'?")
            );
        }
        _ => {}
    }
    let inner = innermost(&member.ty);
    if let Kind::Record(of) = inner.kind()
        && bodies.record_body(of).is_none()
    {
        if of == record {
            return Err(Diagnostic::new(
                ErrorKind::Incomplete,
                format!("'{}' cannot contain itself", record.name()),
            )
            .help(format!("did you mean a pointer: '{} *'?", record.name())));
        }
        return Err(Diagnostic::new(
            ErrorKind::Incomplete,
            format!("{} has the incomplete type '{}'", called(member), of.name()),
        )
        .help(format!("declare the members of '{}' first, or use a pointer to it", of.name())));
    }
    if let Kind::Array(element, _) = member.ty.kind() {
        check_elements(element, bodies)?;
    }
    let extent = extent(&member.ty, bodies).map_err(first)?;
    let natural = reported_align(extent, bodies.target());
    if let Some(align) = member.alignas.filter(|align| align.bytes() < natural) {
        let message = format!(
            "'_Alignas({align})' cannot lower the alignment of {}, which is {natural}",
            called(member)
        );
        return Err(Diagnostic::new(ErrorKind::Declaration, message));
    }
    if let Some(width) = member.width {
        check_width(member, width, bodies)?;
    }
    Ok(extent)
}

fn first(error: crate::error::Error) -> Diagnostic {
    error.diagnostics().first().cloned().unwrap_or_else(|| Diagnostic::new(error.kind(), error.message()))
}

/// The element of an array's arrays.
pub(super) fn innermost(ty: &Type) -> &Type {
    let mut ty = ty;
    while let Kind::Array(element, _) = ty.kind() {
        ty = element;
    }
    ty
}

fn check_width(member: &Member, width: u32, bodies: &dyn Bodies) -> Result<(), Diagnostic> {
    let declaration = |message: String| Err(Diagnostic::new(ErrorKind::Declaration, message));
    let scalar = match member.ty.kind() {
        Kind::Scalar(scalar) if scalar.is_integer() => *scalar,
        Kind::Enum(enumeration) => match bodies.enum_body(enumeration) {
            Some(body) => body.underlying,
            None => {
                return declaration(format!(
                    "{} is a bit-field of the incomplete '{}'",
                    called(member),
                    enumeration.name()
                ));
            }
        },
        _ => {
            return declaration(format!(
                "{} is a bit-field of type '{}'; only integers, bool and enums can be",
                called(member),
                member.ty
            ));
        }
    };
    let most = u64::from(integer_bits(scalar, bodies.target()));
    if u64::from(width) > most {
        return declaration(format!(
            "{} is {width} bits wide, but its type '{}' has only {most}",
            called(member),
            member.ty
        ));
    }
    if width == 0 && member.name.is_some() {
        return declaration(format!("{} is 0 bits wide; only an unnamed bit-field may be", called(member)));
    }
    Ok(())
}

fn check_flexible(
    record: &Record,
    definition: &RecordDefinition,
    is_last: bool,
    member: &Member,
) -> Result<(), Diagnostic> {
    let Kind::Array(_, ArrayLength::Unknown | ArrayLength::OnAllocation) = member.ty.kind() else {
        return Ok(());
    };
    let declaration = |message: String| Err(Diagnostic::new(ErrorKind::Declaration, message));
    if record.kind() == RecordKind::Union {
        return declaration(format!(
            "{} is an array without a length in a union; give it a length, for example [0]",
            called(member)
        ));
    }
    if !is_last {
        return declaration(format!(
            "{} is an array without a length; only the last member may be",
            called(member)
        ));
    }
    if !definition.members.iter().any(|other| {
        other.name.is_some() && other.name != member.name || other.name.is_none() && other.width.is_none()
    }) {
        return declaration(format!(
            "{} is an array without a length and the only member; a struct needs another one in front of it",
            called(member)
        ));
    }
    Ok(())
}

/// The names of a record, those of its anonymous members included.
fn names(members: &[Member], bodies: &dyn Bodies) -> Result<IndexMap<Arc<str>, Vec<usize>>, Diagnostic> {
    let mut names: IndexMap<Arc<str>, Vec<usize>> = IndexMap::new();
    let mut add = |name: &Arc<str>, path: Vec<usize>, member: &Member| {
        let index = path.first().copied().unwrap_or(0);
        let Some(before) = names.insert(name.clone(), path) else { return Ok(()) };
        let mut diagnostic =
            Diagnostic::new(ErrorKind::Declaration, format!("there are two members '{name}'"));
        if let Some(span) = &member.span {
            diagnostic = diagnostic.at(span.clone());
        }
        let first =
            before.first().and_then(|&first| members.get(first)).filter(|_| before.first() != Some(&index));
        if let Some(span) = first.and_then(|member| member.span.clone()) {
            diagnostic = diagnostic.note_at(span, "the first one is here");
        }
        Err(diagnostic)
    };
    for (index, member) in members.iter().enumerate() {
        match (&member.name, member.ty.kind()) {
            (Some(name), _) => add(name, vec![index], member)?,
            (None, Kind::Record(record)) => {
                if let Some(body) = bodies.record_body(record) {
                    for (name, path) in &body.names {
                        add(name, [&[index], path.as_slice()].concat(), member)?;
                    }
                }
            }
            (None, _) => {}
        }
    }
    Ok(names)
}

/// An enum gets the integer type that holds it.
pub(super) fn enumeration(
    definition: &EnumDefinition,
    origin: Option<Span>,
    target: Target,
) -> Result<EnumBody, Diagnostic> {
    let mut constants = IndexMap::new();
    for enumerator in &definition.enumerators {
        if constants.insert(enumerator.name.clone(), enumerator.value).is_some() {
            let mut diagnostic = Diagnostic::new(
                ErrorKind::Declaration,
                format!("there are two constants '{}' in the enum", enumerator.name),
            );
            if let Some(span) = enumerator.span.as_ref().or(origin.as_ref()) {
                diagnostic = diagnostic.at(span.clone());
            }
            return Err(diagnostic);
        }
    }
    let (low, high) = definition
        .enumerators
        .iter()
        .fold((0, 0), |(low, high), enumerator| (enumerator.value.min(low), enumerator.value.max(high)));
    let too_wide = |words: String, value: i128| {
        let at = definition.enumerators.iter().find(|enumerator| enumerator.value == value);
        let diagnostic = Diagnostic::new(ErrorKind::OutOfRange, words);
        match at.and_then(|enumerator| enumerator.span.as_ref()).or(origin.as_ref()) {
            Some(span) => diagnostic.at(span.clone()),
            None => diagnostic,
        }
    };
    let underlying = match definition.fixed {
        Some(scalar) => {
            let (least, most) = range(scalar, target);
            if let Some(enumerator) = definition
                .enumerators
                .iter()
                .find(|enumerator| enumerator.value < least || enumerator.value > most)
            {
                let words = format!(
                    "'{}' = {} does not fit the enum's type '{}'",
                    enumerator.name,
                    enumerator.value,
                    scalar.c_name()
                );
                return Err(too_wide(words, enumerator.value));
            }
            scalar
        }
        None if target.enums_are_int() => Scalar::Int,
        None => {
            use Scalar::*;
            let signed: &[Scalar] =
                if definition.packed { &[SChar, Short, Int, Long, LongLong] } else { &[Int, Long, LongLong] };
            let unsigned: &[Scalar] = if definition.packed {
                &[UChar, UShort, UInt, ULong, ULongLong]
            } else {
                &[UInt, ULong, ULongLong]
            };
            let candidates = if low < 0 { signed } else { unsigned };
            let fits = |scalar: &&Scalar| {
                let (least, most) = range(**scalar, target);
                least <= low && high <= most
            };
            // Past every type gcc warns, and takes the widest signed one.
            candidates.iter().find(fits).copied().unwrap_or(LongLong)
        }
    };
    // Where no type holds all of them, those that do not fit are cut.
    let (least, most) = range(underlying, target);
    let mut cut = false;
    for value in constants.values_mut() {
        if *value < least || *value > most {
            *value = (*value - least).rem_euclid(most - least + 1) + least;
            cut = true;
        }
    }
    Ok(EnumBody {
        constants,
        underlying,
        // The type could not be told again from values that were cut.
        fixed: definition.fixed.is_some() || cut,
        packed: definition.packed,
        origin,
    })
}

/// How many bits of an integer type count.
pub(crate) fn integer_bits(scalar: Scalar, target: Target) -> u32 {
    match (scalar, scalar.bit_precise_width()) {
        (Scalar::Bool, _) => 1,
        (_, Some(bits)) => bits,
        _ => (target.size(scalar).unwrap_or(4) * 8).min(128) as u32,
    }
}

/// The least and the largest value of an integer type.
pub(crate) fn range(scalar: Scalar, target: Target) -> (i128, i128) {
    if scalar == Scalar::Bool {
        return (0, 1);
    }
    let bits = integer_bits(scalar, target);
    match (target.is_signed(scalar), bits) {
        (true, 128) => (i128::MIN, i128::MAX),
        (true, _) => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
        (false, 128) => (0, i128::MAX),
        (false, _) => (0, (1i128 << bits) - 1),
    }
}

/// Checks a name's declaration by itself.
pub(super) fn check_named(decl: &Decl, bodies: &dyn Bodies) -> Result<(), Diagnostic> {
    if let Decl::Variable { name, ty, .. } = decl {
        if ty.is_void() {
            return Err(Diagnostic::new(
                ErrorKind::Declaration,
                format!("the variable '{name}' has type 'void'"),
            )
            .help("did you mean 'void *'?"));
        }
        check_sizes(ty, bodies)?;
    }
    if let Decl::Typedef { ty, .. } = decl {
        check_sizes(ty, bodies)?;
    }
    if let Decl::Function { ty, .. } = decl
        && let Some(function) = ty.as_function()
    {
        for parameter in &function.parameters {
            check_sizes(&parameter.ty, bodies)?;
        }
        check_sizes(&function.result, bodies)?;
    }
    Ok(())
}

/// An array's size must be one that the machine can address; incomplete types may wait.
fn check_sizes(ty: &Type, bodies: &dyn Bodies) -> Result<(), Diagnostic> {
    match ty.kind() {
        Kind::Array(element, _) => {
            check_elements(element, bodies)?;
            match extent(ty, bodies) {
                Err(error) if error.kind() != ErrorKind::Incomplete => Err(first(error)),
                Err(error) if !matches!(innermost(ty).kind(), Kind::Record(_) | Kind::Enum(_)) => {
                    Err(first(error))
                }
                _ => Ok(()),
            }
        }
        Kind::Scalar(_) | Kind::Complex(_) | Kind::Vector(..) => {
            extent(ty, bodies).map(|_| ()).map_err(first)
        }
        _ => Ok(()),
    }
}

/// An array's elements may not be aligned to more than their size.
pub(super) fn check_elements(element: &Type, bodies: &dyn Bodies) -> Result<(), Diagnostic> {
    let Ok(extent) = extent(element, bodies) else { return Ok(()) };
    if extent.size % extent.align.bytes() != 0 && element.typedef_align().is_some() {
        return Err(Diagnostic::new(
            ErrorKind::Declaration,
            format!(
                "the elements '{element}' of an array are aligned to {}, which is no divisor of their size {}",
                extent.align, extent.size
            ),
        ));
    }
    Ok(())
}
