//! Members of every kind.

use super::{Kind, Known, Profile, State};
use crate::layouts::tree::{Member, Record, Type};

/// Past about this many bytes nothing more is nested: the compilers have to write it all out.
const HEAVY: u64 = 1500;

/// A member without attributes.
pub(super) fn member(name: String, of: Type) -> Member {
    Member { prefix: String::new(), of, name: Some(name), width: None, suffix: String::new(), joined: false }
}

/// A member that has an offset and a size, if there is one.
pub(super) fn plain_member(record: &Record) -> Option<String> {
    let sized = |member: &&Member| {
        member.width.is_none() && !matches!(&member.of, Type::Array(_, length) if length.is_empty())
    };
    record.members.iter().filter(sized).find_map(|member| member.name.clone())
}

impl State {
    /// The members of a record, and about how many bytes they take.
    pub(super) fn members(&mut self, keyword: &str, depth: u32) -> (Vec<Member>, u64) {
        let count =
            if self.random.chance(5) { self.random.between(8, 14) } else { self.random.between(1, 6) };
        // Some records are mostly bit-fields: runs of them are where the rules are hard.
        let bits_percent = self.random.number(&[0, 15, 40, 85]);
        let (mut members, mut weight) = (Vec::new(), 0);
        for _ in 0..count {
            let mut next = if self.random.chance(bits_percent) {
                weight += 8;
                self.bit_field()
            } else if depth < 3 && weight < HEAVY && self.random.chance(12) {
                let (anonymous, heavy) = self.nested(depth);
                weight += heavy;
                anonymous
            } else {
                let name = self.name("m");
                let (of, heavy, _) = self.plain_type(if weight < HEAVY { depth } else { 99 });
                weight += heavy;
                let mut plain = member(name, of);
                if self.random.chance(6) {
                    plain.prefix = self.alignas(&plain.of);
                }
                plain
            };
            let refused = next.prefix.contains("_Alignas");
            if self.gnu() && next.name.is_some() && !refused {
                (next.prefix, next.suffix) = self.member_attributes();
            }
            next.joined = self.random.chance(20);
            members.push(next);
        }
        let named = members.iter().any(|one| one.name.is_some());
        if keyword == "struct" && named && depth == 0 && self.often(6, 25) {
            let name = self.name("m");
            let (of, _, arrayable) = self.plain_type(99);
            // gcc gives up on flexible arrays of arrays whose words make another type.
            if arrayable && !of.words().contains("__attribute__") {
                members.push(member(name, Type::Array(Box::new(of), String::new())));
            }
        }
        if !named {
            let name = self.name("m");
            members.push(member(name, Type::Scalar { text: "char".into(), integer: true }));
        }
        (members, weight)
    }

    /// A type for a member or typedef: the type, about its bytes, and whether an array of it is allowed.
    pub(super) fn plain_type(&mut self, depth: u32) -> (Type, u64, bool) {
        match self.random.between(0, 99) {
            0..1 => {
                let text =
                    self.random.pick(&["_Atomic int", "_Atomic(short)", "long long _Atomic"]).to_string();
                (Type::Scalar { text, integer: true }, 8, true)
            }
            1..42 => {
                let (text, bits) = self.integer();
                let arrayable =
                    self.known.iter().find(|known| known.text == text).is_none_or(|known| known.arrayable);
                (self.integer_type(text), bits / 8, arrayable)
            }
            42..56 => {
                let (text, bytes) = self.floating();
                (Type::Scalar { text, integer: false }, bytes, true)
            }
            56..66 => (self.pointer(), 8, true),
            66..80 => {
                let (element, weight, arrayable) = self.plain_type(depth + 1);
                let moded = element.words().contains("mode");
                if !arrayable || moded || weight > HEAVY / 4 {
                    return (element, weight, arrayable);
                }
                if self.gnu() && self.often(6, 25) {
                    return (Type::Array(Box::new(element), "0".into()), weight, true);
                }
                let (length, times) = self.length();
                (Type::Array(Box::new(element), length), weight * times, true)
            }
            _ => {
                let room = if depth < 4 { HEAVY / 2 } else { 64 };
                let known: Vec<&Known> = self.known.iter().filter(|known| known.weight < room).collect();
                if known.is_empty() {
                    return (Type::Scalar { text: "short".into(), integer: true }, 2, true);
                }
                let known = self.random.pick(&known);
                (Type::Named(known.text.clone()), known.weight, known.arrayable)
            }
        }
    }

    /// A record defined inside: anonymous, with a name, with a tag, as an array.
    fn nested(&mut self, depth: u32) -> (Member, u64) {
        let named = self.random.chance(50);
        let tag = if named && self.random.chance(35) { Some(self.name("s")) } else { None };
        let (record, weight) = self.record(tag, depth + 1);
        let name = named.then(|| self.name("m"));
        let mut of = Type::Record(Box::new(record));
        if named && self.random.chance(20) {
            of = Type::Array(Box::new(of), "2".into());
        }
        let inner =
            Member { prefix: String::new(), of, name, width: None, suffix: String::new(), joined: false };
        (inner, weight * 2)
    }

    fn bit_field(&mut self) -> Member {
        let (of, most) = match self.random.between(0, 99) {
            0..12 => (Type::Scalar { text: "_Bool".into(), integer: true }, 1),
            12..32 => match self.known_where(|kind| matches!(kind, Kind::Enum(_) | Kind::Integer(_))) {
                Some(Known { text, kind: Kind::Enum(bits) | Kind::Integer(bits), .. }) => {
                    (Type::Named(text), bits)
                }
                _ => (Type::Scalar { text: "int".into(), integer: true }, 32),
            },
            32..35 => {
                let (body, bits) = self.enumeration(true);
                (Type::Enum(Box::new(body)), bits)
            }
            _ => {
                // A mode reaches a bit-field only through a typedef: gcc checks the width against the type before it.
                let (text, bits) = match self.base_integer() {
                    (text, _) if text.contains("mode") => ("long long".to_string(), 64),
                    other => other,
                };
                (Type::Scalar { text, integer: true }, bits)
            }
        };
        let width = match self.random.between(0, 9) {
            0 => most,
            1..5 => self.random.between(1, most.min(9)),
            _ => self.random.between(1, most),
        };
        let unnamed = self.often(14, 35);
        let zero = unnamed && self.random.chance(50);
        let name = if unnamed { None } else { Some(self.name("b")) };
        let width = if zero { "0".to_string() } else { self.width_text(width) };
        Member { prefix: String::new(), of, name, width: Some(width), suffix: String::new(), joined: false }
    }

    fn alignas(&mut self, of: &Type) -> String {
        let small = matches!(of, Type::Scalar { text, .. } if ["char", "signed char", "short", "int", "_Bool", "float"].contains(&text.as_str()));
        if small && self.random.chance(70) {
            return self
                .random
                .pick(&[
                    "_Alignas(8) ",
                    "_Alignas(double) ",
                    "_Alignas(0) ",
                    "_Alignas(4) ",
                    "_Alignas(long) ",
                    "_Alignas(int *) ",
                ])
                .to_string();
        }
        let wide = self.random.number(&[16, 32, 64]);
        match of {
            Type::Scalar { .. } | Type::Pointer { .. } => format!("_Alignas({wide}) "),
            _ => "_Alignas(64) ".to_string(),
        }
    }

    fn known_where(&mut self, fits: impl Fn(Kind) -> bool) -> Option<Known> {
        let fitting: Vec<&Known> = self.known.iter().filter(|known| fits(known.kind)).collect();
        if fitting.is_empty() { None } else { Some(self.random.pick(&fitting).clone()) }
    }

    /// An integer type, with its bits: a base type, a typedef of one, a qualified one.
    pub(super) fn integer(&mut self) -> (String, u64) {
        if self.random.chance(15)
            && let Some(Known { text, kind: Kind::Integer(bits), .. }) =
                self.known_where(|kind| matches!(kind, Kind::Integer(_)))
        {
            return (text, bits);
        }
        let (text, bits) = self.base_integer();
        match self.random.between(0, 49) {
            0 => (format!("const {text}"), bits),
            1 => (format!("{text} volatile"), bits),
            2 => ("_Bool".into(), 1),
            _ => (text, bits),
        }
    }

    pub(super) fn integer_type(&self, text: String) -> Type {
        if self.known.iter().any(|known| known.text == text) {
            Type::Named(text)
        } else {
            Type::Scalar { text, integer: true }
        }
    }

    fn base_integer(&mut self) -> (String, u64) {
        if self.gnu() && self.often(8, 25) {
            let low = if self.machine.int128 { 0 } else { 3 };
            let (text, bits) = match self.random.between(low, 5) {
                0 | 1 => ("__int128", 128),
                2 => ("unsigned __int128", 128),
                3 => ("int __attribute__((mode(DI)))", 64),
                4 => ("unsigned __attribute__((__mode__(__HI__)))", 16),
                _ => ("int __attribute__((mode(QI)))", 8),
            };
            return (text.into(), bits);
        }
        let choices: [(&str, u64); 24] = [
            ("char", 8),
            ("signed char", 8),
            ("unsigned char", 8),
            ("short", 16),
            ("unsigned short", 16),
            ("short int", 16),
            ("int", 32),
            ("unsigned", 32),
            ("unsigned int", 32),
            ("int", 32),
            ("signed", 32),
            ("long", 64),
            ("unsigned long", 64),
            ("long int", 64),
            ("long long", 64),
            ("unsigned long long", 64),
            ("long long int", 64),
            ("long unsigned int", 64),
            ("int long unsigned long", 64),
            ("char unsigned", 8),
            ("int", 32),
            ("char", 8),
            ("short unsigned", 16),
            ("long long", 64),
        ];
        let (text, bits) = choices[self.random.between(0, 23) as usize];
        let is_long = text.matches("long").count() == 1;
        (text.into(), if is_long { self.machine.long_bits } else { bits })
    }

    fn floating(&mut self) -> (String, u64) {
        if self.profile == Profile::Exotic && self.random.chance(25) {
            let odd = [
                ("_Complex char", 2),
                ("_Complex unsigned short", 4),
                ("long long _Complex", 16),
                ("char __attribute__((vector_size(2)))", 2),
                ("signed char __attribute__((vector_size(1)))", 1),
                ("double __attribute__((vector_size(16)))", 16),
                ("long long __attribute__((vector_size(8)))", 8),
                ("double __attribute__((vector_size(64)))", 64),
            ];
            let (text, bytes) = odd[self.random.between(0, 7) as usize];
            return (text.into(), bytes);
        }
        if self.gnu() && self.often(30, 60) {
            let bytes = self.random.number(&[4, 8, 16, 16, 32, 64]);
            let vector = |base: &str| (format!("{base} __attribute__((vector_size({bytes})))"), bytes);
            return match self.random.between(0, 9) {
                0 if self.machine.half => ("_Float16".into(), 2),
                1 if self.machine.gnu_scalars => ("__float128".into(), 16),
                2 => ("_Complex int".into(), 8),
                3 => ("float __attribute__((mode(DF)))".into(), 8),
                4 | 5 => vector("float"),
                6 => vector("short"),
                7 => vector("unsigned short"),
                8 => vector("unsigned int"),
                _ => vector("int"),
            };
        }
        let choices: [(&str, u64); 8] = [
            ("float", 4),
            ("double", 8),
            ("double", 8),
            ("long double", 16),
            ("float _Complex", 8),
            ("double _Complex", 16),
            ("long double _Complex", 32),
            ("_Complex double", 16),
        ];
        let (text, bytes) = choices[self.random.between(0, 7) as usize];
        (text.into(), bytes)
    }

    fn pointer(&mut self) -> Type {
        let base = match self.known_where(|_| true) {
            Some(Known { text, .. }) if self.random.chance(30) => {
                let before = self.random.pick(&["*", "**", "*const "]).to_string();
                return Type::Pointer { base: text, before, after: String::new() };
            }
            _ if self.random.chance(10) => format!("struct {}", self.name("o")),
            _ => self
                .random
                .pick(&["void", "char", "const char", "int", "double", "unsigned long"])
                .to_string(),
        };
        let shapes = [
            ("*", ""),
            ("*", ""),
            ("**", ""),
            ("*const ", ""),
            ("(*", ")(void)"),
            ("(*", ")(int, double)"),
            ("(*", ")[4]"),
            ("*(*", ")(const char *, ...)"),
            ("(*(*", ")(void))(int)"),
        ];
        let (before, after) = shapes[self.random.between(0, 8) as usize];
        // A function cannot return an array, nor give back a `void` array.
        let incomplete = base == "void" || base.starts_with("struct o");
        let after = if incomplete && after == ")[4]" { ")(void)" } else { after };
        Type::Pointer { base, before: before.into(), after: after.into() }
    }
}
