//! Random C declarations.

mod attributes;
mod members;
mod numbers;

use super::random::Random;
use super::tree::{Enum, Group, Item, Record, Type};

/// How much of the language the declarations use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// C11.
    Plain,
    /// GNU C: attributes, pragmas, vectors, 128-bit integers and more.
    Gnu,
    /// GNU C at its oddest: attributes and packs upon each other, zero widths, flexible tails, unions, wide vectors.
    Exotic,
}

impl Profile {
    /// `plain`, `gnu` or `exotic`
    pub fn name(self) -> &'static str {
        match self {
            Profile::Plain => "plain",
            Profile::Gnu => "gnu",
            Profile::Exotic => "exotic",
        }
    }
}

/// What a machine's compilers accept.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    long_bits: u64,
    int128: bool,
    half: bool,
    /// `__float128`, `__mode__` of any width, enums past `int`.
    gnu_scalars: bool,
}

impl Machine {
    /// That of a target's name.
    pub fn of(target: &str) -> Machine {
        let narrow = target.contains("windows") || target.starts_with("i686");
        Machine {
            long_bits: if narrow { 32 } else { 64 },
            int128: !target.starts_with("i686"),
            half: target.starts_with("x86_64-linux") || target.starts_with("aarch64"),
            gnu_scalars: !target.contains("msvc") && !target.starts_with("aarch64"),
        }
    }
}

/// One group of declarations; the same arguments always give the same one.
/// Names carry the serial number, so that many groups go into one file.
pub fn group(seed: u64, serial: u64, profile: Profile, machine: Machine) -> Group {
    let random = Random::new(seed.wrapping_mul(0x1_0000_0001) ^ serial.wrapping_mul(0xd134_2543_de82_ef95));
    let mut state = State {
        random,
        profile,
        machine,
        serial,
        names: 0,
        known: Vec::new(),
        constants: Vec::new(),
        items: Vec::new(),
        in_pack: false,
    };
    for _ in 0..state.random.between(1, 5) {
        state.item();
    }
    state.record_item();
    Group { items: state.items }
}

/// A group in the making.
struct State {
    random: Random,
    profile: Profile,
    machine: Machine,
    serial: u64,
    names: u64,
    known: Vec<Known>,
    /// Names of enum constants.
    constants: Vec<String>,
    items: Vec<Item>,
    in_pack: bool,
}

/// A type declared earlier, and what may be done with it.
#[derive(Clone)]
struct Known {
    text: String,
    kind: Kind,
    /// About how many bytes.
    weight: u64,
    /// gcc refuses arrays of a type that is aligned to more than its size.
    arrayable: bool,
    /// A record's member that `offsetof` and `sizeof` may name.
    member: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// With as many bits.
    Integer(u64),
    /// With as many bits.
    Enum(u64),
    Record,
    Other,
}

impl State {
    fn gnu(&self) -> bool {
        self.profile != Profile::Plain
    }

    /// True so often, out of a hundred times; in the exotic profile as often as the second number says.
    fn often(&mut self, percent: u64, exotic: u64) -> bool {
        self.random.chance(if self.profile == Profile::Exotic { exotic } else { percent })
    }

    /// A name that nothing else in the file has.
    fn name(&mut self, letter: &str) -> String {
        self.names += 1;
        format!("{letter}{}_{}", self.serial, self.names)
    }

    fn item(&mut self) {
        match self.random.between(0, 99) {
            0..20 => self.typedef_item(),
            20..35 => {
                let (body, bits) = self.enumeration(true);
                if let Some(text) = body.name() {
                    self.known.push(Known {
                        text,
                        kind: Kind::Enum(bits),
                        weight: 8,
                        arrayable: true,
                        member: None,
                    });
                }
                self.items.push(Item::Enum(body));
            }
            35..42 => self.record_typedef_item(),
            _ => self.record_item(),
        }
    }

    /// A record, in `gnu` perhaps under a `#pragma pack`, perhaps with a forward declaration and a pointer to itself.
    fn record_item(&mut self) {
        let pack = self.gnu() && self.often(25, 45);
        let close = if pack { self.open_pack() } else { Vec::new() };
        let tag = self.name("s");
        let (mut record, weight) = self.record(Some(tag), 0);
        if let Some(text) = record.name() {
            if self.random.chance(10) {
                self.items.push(Item::Line(format!("{text};")));
            }
            let member = members::plain_member(&record);
            if self.random.chance(10) {
                let name = self.name("m");
                let itself = Type::Pointer { base: text.clone(), before: "*".into(), after: String::new() };
                record.members.insert(0, members::member(name, itself));
            }
            if self.random.chance(10) {
                // `typedef struct s t;` before the struct is known.
                let (of, name) = (Type::Named(text.clone()), self.name("t"));
                self.items.push(Item::Typedef { of, name, suffix: String::new() });
            }
            self.known.push(Known { text, kind: Kind::Record, weight, arrayable: true, member });
        }
        self.items.push(Item::Record(record));
        self.close_pack(close);
    }

    /// `typedef struct { .. } t;` or the same with an enum.
    fn record_typedef_item(&mut self) {
        let name = self.name("t");
        let tag = if self.random.chance(40) { Some(self.name("s")) } else { None };
        if self.random.chance(25) {
            let (mut body, bits) = self.enumeration(true);
            if tag.is_none() {
                body.tag = None;
            }
            self.known.push(Known {
                text: name.clone(),
                kind: Kind::Enum(bits),
                weight: 8,
                arrayable: true,
                member: None,
            });
            self.items.push(Item::Typedef { of: Type::Enum(Box::new(body)), name, suffix: String::new() });
            return;
        }
        let (record, weight) = self.record(tag, 0);
        let suffix = if self.gnu() && self.random.chance(10) {
            self.aligned(&[1, 2, 4, 8, 16])
        } else {
            String::new()
        };
        let (arrayable, member) = (suffix.is_empty(), members::plain_member(&record));
        self.known.push(Known { text: name.clone(), kind: Kind::Record, weight, arrayable, member });
        self.items.push(Item::Typedef { of: Type::Record(Box::new(record)), name, suffix });
    }

    fn typedef_item(&mut self) {
        let name = self.name("t");
        let (mut of, weight, mut arrayable) = self.plain_type(0);
        let mut kind = Kind::Other;
        if self.random.chance(50) {
            let (text, bits) = self.integer();
            if let Some(known) = self.known.iter().find(|known| known.text == text) {
                arrayable = known.arrayable;
            } else {
                arrayable = true;
            }
            of = self.integer_type(text);
            kind = Kind::Integer(bits);
        } else if let Type::Named(text) = &of
            && let Some(known) = self.known.iter().find(|known| known.text == *text)
        {
            kind = known.kind;
        }
        if self.gnu() && self.random.chance(5) {
            // gcc overlooks `packed` on a member whose own words make a vector of bytes, so those go through a typedef.
            let text = self.random.pick(&["char", "unsigned char"]);
            let bytes = self.random.number(&[4, 8, 16]);
            of = Type::Scalar {
                text: format!("{text} __attribute__((vector_size({bytes})))"),
                integer: false,
            };
            (kind, arrayable) = (Kind::Other, true);
        }
        let mut suffix = String::new();
        // gcc forgets `aligned` where the words before the name carry an attribute that makes another type.
        let worded = of.words().contains("__attribute__");
        if self.gnu() && !worded && self.random.chance(35) {
            suffix = self.aligned(&[1, 2, 4, 8, 16, 32]);
            arrayable = false;
        }
        self.known.push(Known { text: name.clone(), kind, weight, arrayable, member: None });
        self.items.push(Item::Typedef { of, name, suffix });
    }

    /// An enum and the number of bits that surely hold a bit-field of it.
    fn enumeration(&mut self, tagged: bool) -> (Enum, u64) {
        let tag = if tagged { Some(self.name("e")) } else { None };
        let packed = self.gnu() && self.often(35, 65);
        let wide = self.often(15, 35);
        let mut constants = Vec::new();
        for _ in 0..self.random.between(1, 4) {
            let name = self.name("E");
            // Counting on from the largest number is an error.
            let high = constants.last().is_some_and(|(_, value): &(String, Option<String>)| {
                value.as_ref().is_some_and(|value| value.len() > 6 || value.contains('E'))
            });
            let value = if self.random.chance(35) && !high {
                None
            } else {
                let last = constants.last().map(|(name, _): &(String, _)| name.clone());
                Some(self.constant(last, packed, wide))
            };
            self.constants.push(name.clone());
            constants.push((name, value));
        }
        let attribute = if packed { self.attribute("packed") } else { String::new() };
        let (before, after) = self.place(attribute);
        (Enum { before, tag, constants, after }, if packed { 8 } else { 32 })
    }

    /// Which side of a definition an attribute stands on.
    fn place(&mut self, attribute: String) -> (String, String) {
        if attribute.is_empty() {
            (String::new(), String::new())
        } else if self.random.chance(50) {
            (format!("{attribute} "), String::new())
        } else {
            (String::new(), format!(" {attribute}"))
        }
    }

    /// A record with members, and about how many bytes it takes.
    fn record(&mut self, tag: Option<String>, depth: u32) -> (Record, u64) {
        let keyword = if self.often(22, 40) { "union" } else { "struct" };
        let attribute = if self.gnu() { self.record_attribute() } else { String::new() };
        let (before, after) = self.place(attribute);
        if self.gnu() && self.random.chance(3) {
            return (Record { keyword, before, tag, members: Vec::new(), after }, 8);
        }
        let (members, weight) = self.members(keyword, depth);
        (Record { keyword, before, tag, members, after }, weight)
    }
}
