//! The parts of a record that hold a value, each with a value for it.

use crate::layouts::Random;
use eightbyte::{ArrayLength, Kind, RecordKind, Scalar, Target, Type};

/// More parts of one record are left as they are.
const MOST: usize = 400;

/// A part of a record, and what it is to hold.
#[derive(Debug)]
pub(super) struct Leaf {
    /// `m1.m2[3]`
    pub path: String,
    pub value: Value,
}

/// What a part holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Bool(bool),
    Signed(i128),
    Unsigned(u128),
    Float(f64),
    Complex(f64, f64),
    Address(usize),
}

/// Every part of a record; of a union, one member's.
pub(super) fn leaves(ty: &Type, target: Target, random: &mut Random) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    add(ty, String::new(), None, target, random, &mut leaves);
    leaves
}

impl Leaf {
    /// The statements of C that write it.
    pub(super) fn assignment(&self, object: &str) -> String {
        let place = format!("{object}.{}", self.path);
        match self.value {
            Value::Bool(value) => format!("    {place} = {};\n", u8::from(value)),
            Value::Signed(value) => integer(&place, value as u128),
            Value::Unsigned(value) => integer(&place, value),
            Value::Float(value) => format!("    {place} = {value:?};\n"),
            Value::Complex(re, im) => {
                format!("    __real__ {place} = {re:?};\n    __imag__ {place} = {im:?};\n")
            }
            Value::Address(value) => format!("    {place} = (__typeof__({place})) {value:#x}ul;\n"),
        }
    }
}

fn integer(place: &str, bits: u128) -> String {
    let (high, low) = ((bits >> 64) as u64, bits as u64);
    format!("    {place} = (unsigned __int128) {high:#x}ull << 64 | {low:#x}ull;\n")
}

fn add(
    ty: &Type,
    path: String,
    width: Option<u32>,
    target: Target,
    random: &mut Random,
    leaves: &mut Vec<Leaf>,
) {
    if leaves.len() >= MOST {
        return;
    }
    let scalar = match ty.kind() {
        Kind::Record(record) => {
            let Some(body) = record.body() else { return };
            let is_part = |field: &&eightbyte::Field| {
                field.name.is_some() || field.position.width().is_none() && field.ty.as_record().is_some()
            };
            let mut fields: Vec<_> = body.fields.iter().filter(is_part).collect();
            if record.kind() == RecordKind::Union && !fields.is_empty() {
                let chosen = random.bits() as usize % fields.len();
                fields = vec![fields[chosen]];
            }
            for field in fields {
                let dot = if path.is_empty() { "" } else { "." };
                let path = match &field.name {
                    Some(name) => format!("{path}{dot}{name}"),
                    None => path.clone(),
                };
                add(&field.ty, path, field.position.width(), target, random, leaves);
            }
            return;
        }
        Kind::Array(element, ArrayLength::Fixed(length)) => {
            for index in some_of(*length) {
                add(element, format!("{path}[{index}]"), None, target, random, leaves);
            }
            return;
        }
        Kind::Vector(element, length) => {
            for index in some_of(*length) {
                let value = value_of(*element, None, target, random);
                leaves.push(Leaf { path: format!("{path}[{index}]"), value });
            }
            return;
        }
        Kind::Complex(_) => {
            let value = Value::Complex(whole(random), whole(random));
            leaves.push(Leaf { path, value });
            return;
        }
        Kind::Pointer(_) => {
            leaves.push(Leaf { path, value: Value::Address((random.bits() >> 17) as usize) });
            return;
        }
        Kind::Enum(enumeration) => match enumeration.body() {
            Some(body) => body.underlying,
            None => return,
        },
        Kind::Scalar(scalar) => *scalar,
        _ => return,
    };
    leaves.push(Leaf { path, value: value_of(scalar, width, target, random) });
}

/// The first, the last and one between.
fn some_of(length: u64) -> Vec<u64> {
    let mut some: Vec<u64> =
        [Some(0), Some(length / 2), length.checked_sub(1)].into_iter().flatten().collect();
    some.retain(|index| *index < length);
    some.dedup();
    some
}

fn value_of(scalar: Scalar, width: Option<u32>, target: Target, random: &mut Random) -> Value {
    if scalar == Scalar::Bool {
        return Value::Bool(random.bits() & 1 == 1);
    }
    if !scalar.is_integer() {
        return Value::Float((random.bits() % 511) as f64 / 4.0 - 60.0);
    }
    let width = width.or(target.size(scalar).map(|size| size as u32 * 8)).unwrap_or(32);
    let unused = 128 - width.clamp(1, 128);
    let bits = match random.bits() % 8 {
        0 => 0,
        1 => u128::MAX,
        2 => 1 << (127 - unused),
        3 => (1 << (127 - unused)) - 1,
        _ => u128::from(random.bits()) << 64 | u128::from(random.bits()),
    } << unused;
    if target.is_signed(scalar) {
        Value::Signed(bits as i128 >> unused)
    } else {
        Value::Unsigned(bits >> unused)
    }
}

/// What an integer holds as well.
fn whole(random: &mut Random) -> f64 {
    (random.bits() % 200) as f64 - 100.0
}
