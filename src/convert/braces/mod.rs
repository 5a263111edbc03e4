//! Initialisers in C text: designators, braces, and the braces that C lets people leave out (C11 6.7.9).

mod mistakes;

use super::constant;
use super::number::Bits;
use super::path::{element_of, outside, same_value};
use super::place::shown_type;
use crate::cdef::{Designator, Initialiser, Item};
use crate::error::{Diagnostic, ErrorKind, Result, Span};
use crate::types::{self, ArrayLength, Field, Kind, Position, Record, RecordBody, RecordKind, Scope, Type};
use mistakes::{excess, located, lost, misplaced, mistyped, no_room, span_of, way_to};
use std::collections::HashMap;
use std::sync::Arc;

/// Deeper records are not walked: recursion has to end before the stack does.
const DEEPEST: usize = 200;

/// How many bytes a value has that an initialiser fills: more than its type tells, where that has an open end.
pub(crate) fn initialised_size(scope: &Arc<Scope>, ty: &Type, initialiser: &Initialiser) -> Result<u64> {
    let mut filling = Filling { bytes: None, end: 0, written: 0, scope, chosen: HashMap::new(), depth: 0 };
    filling.whole(&Place::root(ty, u64::MAX), initialiser)?;
    match ty.kind() {
        Kind::Array(element, ArrayLength::Unknown | ArrayLength::OnAllocation) => {
            let size = types::extent(element, &**scope)?.size;
            Ok(filling.end.checked_next_multiple_of(size.max(1)).ok_or_else(outside)?)
        }
        _ => Ok(filling.end.max(types::extent(ty, &**scope)?.size)),
    }
}

/// Fills zeroed bytes.
pub(crate) fn initialise(
    scope: &Arc<Scope>,
    ty: &Type,
    bytes: &mut [u8],
    initialiser: &Initialiser,
) -> Result<()> {
    let end = bytes.len() as u64;
    let mut filling =
        Filling { bytes: Some(bytes), end: 0, written: 0, scope, chosen: HashMap::new(), depth: 0 };
    Ok(filling.whole(&Place::root(ty, end), initialiser)?)
}

/// A value is being filled, or only measured.
struct Filling<'b> {
    /// None: only measured.
    bytes: Option<&'b mut [u8]>,
    /// Where the last byte ends that an initialiser named.
    end: u64,
    /// Where the last byte ends that was written.
    written: u64,
    scope: &'b Arc<Scope>,
    /// Which member of a union was initialised, by where it lies.
    chosen: HashMap<u64, Vec<(Record, usize)>>,
    depth: usize,
}

/// A part of the value.
struct Place {
    offset: u64,
    ty: Type,
    bits: Option<Bits>,
    /// Where the memory ends that an array of open length may have.
    limit: u64,
}

impl Place {
    fn root(ty: &Type, limit: u64) -> Place {
        Place { offset: 0, ty: ty.clone(), bits: None, limit }
    }
}

/// The initialisers of a list, used up one by one.
struct Cursor<'i> {
    items: &'i [Item],
    next: usize,
}

impl<'i> Cursor<'i> {
    fn peek(&self) -> Option<&'i Item> {
        self.items.get(self.next)
    }
}

type Done<T = ()> = Result<T, Diagnostic>;

impl Filling<'_> {
    fn whole(&mut self, place: &Place, initialiser: &Initialiser) -> Done {
        match initialiser {
            Initialiser::List { ty: Some(ty), span, .. } if !same_value(ty, &place.ty) => {
                Err(mistyped(place, ty, span.as_ref()))
            }
            Initialiser::List { items, span, .. } => self.braced(place, items, span.as_ref()),
            Initialiser::Value { .. } if self.is_text(place, initialiser) => self.text(place, initialiser),
            Initialiser::Value { span, .. } if is_aggregate(&place.ty) => {
                let message =
                    format!("expected '{{ ... }}' for '{}', found one value", shown_type(&place.ty));
                Err(located(Diagnostic::new(ErrorKind::Conversion, message), span.as_ref()))
            }
            Initialiser::Value { .. } => self.scalar(place, initialiser),
        }
    }

    /// A list in braces of its own.
    fn braced(&mut self, place: &Place, items: &[Item], span: Option<&Span>) -> Done {
        self.deeper(span, |this| {
            this.zero(place)?;
            let mut cursor = Cursor { items, next: 0 };
            match (place.ty.kind(), items) {
                (_, []) => {}
                (_, [only]) if only.designators.is_empty() && this.is_text(place, &only.value) => {
                    return this.text(place, &only.value);
                }
                (Kind::Record(record), _) => {
                    let body = body_of(record, place, span)?;
                    this.members(place, &body, 0, &mut cursor, true)?;
                }
                // A complex number is one value; in braces of its own it may be two.
                (Kind::Complex(_), _) => this.elements(place, 0, &mut cursor, true)?,
                _ if is_aggregate(&place.ty) => this.elements(place, 0, &mut cursor, true)?,
                (_, [first, ..]) => {
                    if let Some(designator) = first.designators.first() {
                        return Err(misplaced(place, designator));
                    }
                    this.one(place, &mut cursor)?;
                }
            }
            match cursor.peek() {
                None => Ok(()),
                Some(item) => Err(excess(place, item)),
            }
        })
    }

    /// Initialises one part with what comes next.
    fn one(&mut self, place: &Place, cursor: &mut Cursor<'_>) -> Done {
        let Some(item) = cursor.peek() else { return Ok(()) };
        match &item.value {
            Initialiser::List { ty: Some(ty), span, .. } if !same_value(ty, &place.ty) => {
                if !is_aggregate(&place.ty) {
                    return Err(mistyped(place, ty, span.as_ref()));
                }
            }
            Initialiser::List { items, span, .. } => {
                cursor.next += 1;
                return self.braced(place, items, span.as_ref());
            }
            value if self.is_text(place, value) => {
                cursor.next += 1;
                return self.text(place, value);
            }
            value if !is_aggregate(&place.ty) => {
                cursor.next += 1;
                return self.scalar(place, value);
            }
            Initialiser::Value { .. } => {}
        }
        // The braces around this part were left out.
        self.deeper(item.value.span(), |this| match place.ty.kind() {
            Kind::Record(record) => {
                let body = body_of(record, place, item.value.span())?;
                this.members(place, &body, 0, cursor, false)
            }
            _ => this.elements(place, 0, cursor, false),
        })
    }

    /// The members of a record from one of them on.
    fn members(
        &mut self,
        place: &Place,
        body: &RecordBody,
        first: usize,
        cursor: &mut Cursor<'_>,
        braced: bool,
    ) -> Done {
        let is_union = place.ty.as_record().is_some_and(|record| record.kind() == RecordKind::Union);
        let mut index = first;
        while let Some(item) = cursor.peek() {
            if let Some((designator, rest)) = item.designators.split_first() {
                if !braced {
                    return Ok(());
                }
                let way = way_to(place, body, designator)?;
                let Some((&member, pending)) = way.split_first() else { return Ok(()) };
                let part = self.member(place, body, member)?;
                self.designated(&part, pending, rest, cursor)?;
                index = if is_union { body.fields.len() } else { member + 1 };
                continue;
            }
            // Unnamed bit-fields are padding.
            let is_part =
                |field: &Field| field.name.is_some() || matches!(field.position, Position::Bytes { .. });
            while body.fields.get(index).is_some_and(|field| !is_part(field)) {
                index += 1;
            }
            if index >= body.fields.len() {
                return Ok(());
            }
            let part = self.member(place, body, index)?;
            self.one(&part, cursor)?;
            index = if is_union { body.fields.len() } else { index + 1 };
        }
        Ok(())
    }

    /// The elements of an array from one of them on.
    fn elements(&mut self, place: &Place, first: u64, cursor: &mut Cursor<'_>, braced: bool) -> Done {
        let (element, size, length) = self.row(place)?;
        let mut index = first;
        while let Some(item) = cursor.peek() {
            if let Some((designator, rest)) = item.designators.split_first() {
                if !braced {
                    return Ok(());
                }
                index = self.range(place, designator, rest, cursor)?.saturating_add(1);
                continue;
            }
            if index >= length {
                return Ok(());
            }
            let before = cursor.next;
            self.one(&part_of(place, &element, size, index)?, cursor)?;
            // Elements that nothing can be put into would never use anything up.
            if cursor.next == before {
                return Ok(());
            }
            index += 1;
        }
        Ok(())
    }

    /// The rest of a designation, inside a part that its first steps named; then what follows there.
    fn designated(
        &mut self,
        place: &Place,
        pending: &[usize],
        rest: &[Designator],
        cursor: &mut Cursor<'_>,
    ) -> Done {
        let record = place.ty.as_record();
        let span = rest.first().and_then(span_of);
        match (pending.split_first(), rest.split_first()) {
            (Some((&member, pending)), _) => {
                let Some(record) = record else { return Ok(()) };
                let body = body_of(record, place, span)?;
                let part = self.member(place, &body, member)?;
                self.designated(&part, pending, rest, cursor)?;
                if record.kind() == RecordKind::Struct {
                    self.members(place, &body, member + 1, cursor, false)?;
                }
                Ok(())
            }
            (None, Some((designator @ Designator::Member(..), rest))) => {
                let Some(record) = record else { return Err(misplaced(place, designator)) };
                let way = way_to(place, &*body_of(record, place, span)?, designator)?;
                self.designated(place, &way, rest, cursor)
            }
            (None, Some((designator, rest))) => {
                let last = self.range(place, designator, rest, cursor)?;
                self.elements(place, last.saturating_add(1), cursor, false)
            }
            (None, None) => {
                // The designators are used up: what they stand before is a value like any other.
                let Some(item) = cursor.peek() else { return Ok(()) };
                let is_whole = match &item.value {
                    Initialiser::List { ty: Some(ty), .. } => same_value(ty, &place.ty),
                    Initialiser::List { .. } => true,
                    value => self.is_text(place, value),
                };
                if is_whole || !is_aggregate(&place.ty) {
                    self.one(place, cursor)
                } else {
                    self.elided(place, cursor)
                }
            }
        }
    }

    /// A designated part whose braces were left out: the first value has designators, the others have none.
    fn elided(&mut self, place: &Place, cursor: &mut Cursor<'_>) -> Done {
        let span = cursor.peek().and_then(|item| item.value.span());
        self.deeper(span, |this| {
            let (part, body) = match place.ty.kind() {
                Kind::Record(record) => {
                    let body = body_of(record, place, span)?;
                    let named = |field: &Field| {
                        field.name.is_some() || matches!(field.position, Position::Bytes { .. })
                    };
                    let Some(index) = body.fields.iter().position(named) else {
                        return Err(no_room(place, span));
                    };
                    (this.member(place, &body, index)?, Some((body, index)))
                }
                _ => {
                    let (element, size, length) = this.row(place)?;
                    if length == 0 {
                        return Err(no_room(place, span));
                    }
                    (part_of(place, &element, size, 0)?, None)
                }
            };
            this.designated(&part, &[], &[], cursor)?;
            match body {
                Some((body, index))
                    if place.ty.as_record().is_some_and(|it| it.kind() == RecordKind::Struct) =>
                {
                    this.members(place, &body, index + 1, cursor, false)
                }
                Some(_) => Ok(()),
                None => this.elements(place, 1, cursor, false),
            }
        })
    }

    /// Gives the elements of a range the same value; the last index comes back.
    fn range(
        &mut self,
        place: &Place,
        designator: &Designator,
        rest: &[Designator],
        cursor: &mut Cursor<'_>,
    ) -> Done<u64> {
        let Designator::Range(from, to, span) = designator else { return Err(misplaced(place, designator)) };
        if element_of(&place.ty).is_none() {
            return Err(misplaced(place, designator));
        }
        let (element, size, length) = self.row(place)?;
        if *to >= length {
            let shown = shown_type(&place.ty);
            let message = format!("index {to} is out of range: '{shown}' has {length} elements");
            return Err(located(Diagnostic::new(ErrorKind::OutOfRange, message), span.as_ref()));
        }
        // What is only measured, or has no bytes, needs the last one alone.
        let from = if self.bytes.is_none() || size == 0 { to } else { from };
        for index in *from..*to {
            // Of what follows, all of it belongs to the last element.
            let only = cursor.items.get(cursor.next..=cursor.next).unwrap_or_default();
            let part = part_of(place, &element, size, index)?;
            self.designated(&part, &[], rest, &mut Cursor { items: only, next: 0 })?;
        }
        self.designated(&part_of(place, &element, size, *to)?, &[], rest, cursor)?;
        Ok(*to)
    }

    /// A member; of a union, the one that counts from now on.
    fn member(&mut self, place: &Place, body: &RecordBody, index: usize) -> Done<Place> {
        let field = body.fields.get(index).ok_or_else(|| lost(outside()))?;
        if let Some(record) = place.ty.as_record().filter(|record| record.kind() == RecordKind::Union) {
            let here = self.chosen.entry(place.offset).or_default();
            match here.iter_mut().find(|(known, _)| known == record) {
                Some((_, chosen)) if *chosen == index => {}
                Some((_, chosen)) => {
                    *chosen = index;
                    self.zero(place)?;
                }
                None => here.push((record.clone(), index)),
            }
        }
        let offset = place.offset.checked_add(field.position.offset()).ok_or_else(|| lost(outside()))?;
        let bits = match field.position {
            Position::Bits { bit, width, .. } => Some(Bits { first: bit, width }),
            Position::Bytes { .. } => None,
        };
        let limit = match field.ty.kind() {
            Kind::Array(_, ArrayLength::Unknown | ArrayLength::OnAllocation) => place.limit,
            _ => offset.saturating_add(types::extent(&field.ty, &**self.scope).map_err(lost)?.size),
        };
        Ok(Place { offset, ty: field.ty.clone(), bits, limit })
    }

    /// An array's elements: their type, size and number.
    fn row(&self, place: &Place) -> Done<(Type, u64, u64)> {
        let element = element_of(&place.ty).ok_or_else(|| lost(outside()))?;
        let size = types::extent(&element, &**self.scope).map_err(lost)?.size;
        let length = match place.ty.kind() {
            Kind::Array(_, ArrayLength::Fixed(length)) | Kind::Vector(_, length) => *length,
            Kind::Complex(_) => 2,
            _ => place.limit.saturating_sub(place.offset).checked_div(size).unwrap_or(0),
        };
        Ok((element, size, length))
    }

    fn is_text(&self, place: &Place, value: &Initialiser) -> bool {
        matches!(value, Initialiser::Value { ty, value: types::Constant::String(_), .. }
            if constant::takes_text(&place.ty, ty, self.scope))
    }

    fn text(&mut self, place: &Place, value: &Initialiser) -> Done {
        let Initialiser::Value { value: types::Constant::String(text), span, .. } = value else {
            return Ok(());
        };
        let (_, size, length) = self.row(place)?;
        let count = (text.len() as u64).checked_div(size).unwrap_or(0);
        if count > length {
            let message =
                format!("expected at most {length} characters for '{}', got {count}", shown_type(&place.ty));
            return Err(located(Diagnostic::new(ErrorKind::OutOfRange, message), span.as_ref()));
        }
        self.zero(place)?;
        let end = match place.ty.kind() {
            Kind::Array(_, ArrayLength::Fixed(_)) => 0,
            _ => (count + 1).saturating_mul(size),
        };
        self.end = self.end.max(place.offset.saturating_add(end));
        self.written = self.written.max(place.offset.saturating_add(text.len() as u64));
        if let Some(bytes) = self.bytes_of(place, text.len() as u64)? {
            bytes.copy_from_slice(text);
        }
        Ok(())
    }

    fn scalar(&mut self, place: &Place, initialiser: &Initialiser) -> Done {
        let Initialiser::Value { ty, value, span } = initialiser else { return Ok(()) };
        if let (Kind::Complex(_), None) = (place.ty.kind(), place.bits) {
            let (element, size, _) = self.row(place)?;
            return self.scalar(&part_of(place, &element, size, 0)?, initialiser);
        }
        let span = span.clone();
        let scope = self.scope;
        let size = match place.bits {
            Some(bits) => u64::from((u32::from(bits.first) + bits.width).div_ceil(8)),
            None => types::extent(&place.ty, &**scope).map_err(lost)?.size,
        };
        self.end = self.end.max(place.offset.saturating_add(size));
        self.written = self.written.max(place.offset.saturating_add(size));
        let stored = match self.bytes_of(place, size)? {
            Some(bytes) => constant::store(&place.ty, place.bits, bytes, (ty, value), scope),
            None => Ok(()),
        };
        stored.map_err(|diagnostic| located(diagnostic, span.as_ref()))
    }

    /// Nothing that was written there counts any more.
    fn zero(&mut self, place: &Place) -> Done {
        if place.bits.is_some() {
            return Ok(());
        }
        let size = match place.ty.kind() {
            Kind::Array(_, ArrayLength::Unknown | ArrayLength::OnAllocation) if self.bytes.is_none() => 0,
            Kind::Array(_, ArrayLength::Unknown | ArrayLength::OnAllocation) => {
                place.limit.saturating_sub(place.offset)
            }
            _ => types::extent(&place.ty, &**self.scope).map_err(lost)?.size,
        };
        self.end = self.end.max(place.offset.saturating_add(size));
        // All was zero at first, and large values are not touched where nobody wrote.
        let size = size.min(self.written.saturating_sub(place.offset));
        if let Some(bytes) = self.bytes_of(place, size)? {
            bytes.fill(0);
        }
        Ok(())
    }

    /// None: only measured.
    fn bytes_of(&mut self, place: &Place, size: u64) -> Done<Option<&mut [u8]>> {
        let Some(bytes) = &mut self.bytes else { return Ok(None) };
        let start = usize::try_from(place.offset).ok();
        let end = place.offset.checked_add(size).and_then(|end| usize::try_from(end).ok());
        let part = start.zip(end).and_then(|(start, end)| bytes.get_mut(start..end));
        part.map(Some).ok_or_else(|| lost(outside()))
    }

    fn deeper(&mut self, span: Option<&Span>, work: impl FnOnce(&mut Self) -> Done) -> Done {
        if self.depth >= DEEPEST {
            return Err(located(Diagnostic::new(ErrorKind::TooDeep, "nested too deeply"), span));
        }
        self.depth += 1;
        let done = work(self);
        self.depth -= 1;
        done
    }
}

fn is_aggregate(ty: &Type) -> bool {
    matches!(ty.kind(), Kind::Record(_) | Kind::Array(..) | Kind::Vector(..))
}

fn part_of(place: &Place, element: &Type, size: u64, index: u64) -> Done<Place> {
    let offset = index.checked_mul(size).and_then(|start| place.offset.checked_add(start));
    let offset = offset.ok_or_else(|| lost(outside()))?;
    let limit = offset.checked_add(size).ok_or_else(|| lost(outside()))?;
    Ok(Place { offset, ty: element.clone(), bits: None, limit })
}

fn body_of(record: &Record, place: &Place, span: Option<&Span>) -> Done<Arc<RecordBody>> {
    record.body().ok_or_else(|| {
        let message = format!("'{}' is incomplete: its members are not known here", shown_type(&place.ty));
        located(Diagnostic::new(ErrorKind::Incomplete, message), span)
    })
}
