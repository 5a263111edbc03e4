//! Random functions: their declarations, which the library reads as well, and the bodies that record what arrives.

use super::kinds::{self, Scalar};
use crate::layouts::Random;
use std::fmt::Write;

/// One function to call.
pub struct Case {
    /// Its name, and the serial in the names of all that belongs to it.
    pub name: String,
    /// Types and prototype: what the library is told.
    pub declarations: String,
    /// What it returns; none for `void`.
    pub result: Option<String>,
    /// The types of its parameters.
    pub parameters: Vec<String>,
    /// What is passed behind `...`: the type that is sent.
    pub tail: Vec<String>,
    /// Definitions for the compiler only.
    pub code: String,
}

impl Case {
    /// What was called, for people.
    pub fn shown(&self) -> String {
        match self.tail.as_slice() {
            [] => self.declarations.clone(),
            tail => format!("{}  behind '...': {}\n", self.declarations, tail.join(", ")),
        }
    }
}

/// A type of this case, as C spells it, and how one is filled.
#[derive(Clone)]
enum Type {
    Scalar(&'static Scalar),
    Record(usize),
}

struct Record {
    spelled: String,
    definition: String,
    /// Statements that fill `VALUE`.
    fill: String,
    has_packed: bool,
}

struct Maker<'r> {
    random: &'r mut Random,
    serial: usize,
    /// Are constructs allowed that gcc and clang disagree about?
    disputed: bool,
    variadic: bool,
    /// Is it a function of the convention of Windows?
    microsoft: bool,
    records: Vec<Record>,
}

/// The function of this serial number.
pub fn case(seed: u64, serial: usize, disputed: bool) -> Case {
    let mut random = Random::new(seed.wrapping_mul(0x1000_0001).wrapping_add(serial as u64));
    // The first numbers of neighbouring seeds are neighbours of each other
    random.bits();
    let mut maker = Maker {
        random: &mut random,
        serial,
        disputed,
        variadic: false,
        microsoft: false,
        records: Vec::new(),
    };
    maker.case()
}

impl Maker<'_> {
    fn case(&mut self) -> Case {
        let name = format!("f{}", self.serial);
        let many = self.random.chance(2);
        let count = match self.random.between(0, 9) {
            _ if many => self.random.between(100, 200),
            0..=5 => self.random.between(0, 8),
            _ => self.random.between(6, 20),
        };
        // One mood per function, so that registers of one kind run out
        let mood = self.random.between(0, 4);
        self.variadic = self.random.chance(20);
        self.microsoft = self.disputed && !self.variadic && self.random.chance(10);
        let result = if self.random.chance(8) { None } else { Some(self.passed(mood, true)) };
        let mut parameters: Vec<Type> = (0..count).map(|_| self.passed(mood, false)).collect();
        let tail_count = if self.variadic { self.random.between(0, 10) } else { 0 };
        if self.variadic {
            // What stands before `...` must be of a type that promotion leaves as it is
            parameters.push(Type::Scalar(&kinds::INT));
        }
        let tail: Vec<Type> = (0..tail_count).map(|_| self.behind_dots(mood)).collect();
        self.text(name, result, &parameters, &tail)
    }

    fn text(&self, name: String, result: Option<Type>, parameters: &[Type], tail: &[Type]) -> Case {
        let spelled = |ty: &Type| self.spelled(ty);
        let declarations: String = self.records.iter().map(|record| record.definition.as_str()).collect();
        let mut list: Vec<String> =
            parameters.iter().enumerate().map(|(index, ty)| format!("{} a{index}", spelled(ty))).collect();
        if self.variadic {
            list.push("...".to_string());
        }
        let list = if list.is_empty() { "void".to_string() } else { list.join(", ") };
        let returned = result.as_ref().map_or("void".to_string(), spelled);
        let convention = if self.microsoft { "__attribute__((ms_abi)) " } else { "" };
        let prototype = format!("{convention}{returned} {name}({list})");

        let mut body = String::from("    unsigned char *at = judge_record;\n    judge_stack = STACK;\n");
        for index in 0..parameters.len() {
            let _ = writeln!(body, "    KEEP(a{index});");
        }
        if self.variadic {
            let _ = writeln!(body, "    va_list list; va_start(list, a{});", parameters.len() - 1);
            for ty in tail {
                let wide = match ty {
                    Type::Scalar(scalar) => scalar.promoted.unwrap_or(scalar.name).to_string(),
                    Type::Record(_) => spelled(ty),
                };
                let _ = writeln!(body, "    {{ {wide} t = va_arg(list, {wide}); KEEP(t); }}");
            }
            body += "    va_end(list);\n";
        }
        match &result {
            None => {}
            // The compiler may leave in the register what lies above a narrow integer
            Some(Type::Scalar(scalar)) if scalar.is_narrow => {
                body += "    unsigned long word; memcpy(&word, judge_result, 8); HIDE(word);\n";
                let _ = writeln!(body, "    return ({returned}) word;");
            }
            Some(_) => {
                let _ = writeln!(body, "    {returned} r; memcpy(&r, judge_result, sizeof r); return r;");
            }
        }
        let mut code = format!("{prototype} {{\n{body}}}\n");
        for (index, ty) in parameters.iter().chain(tail).enumerate() {
            code += &self.filler(&index.to_string(), ty);
        }
        if let Some(ty) = &result {
            code += &self.filler("r", ty);
        }
        for (index, ty) in tail.iter().enumerate() {
            if let Type::Scalar(Scalar { promoted: Some(wide), name: narrow, .. }) = ty {
                let _ = writeln!(
                    code,
                    "unsigned long wide{}_{}(void) {{ {narrow} n; memcpy(&n, judge_scratch, sizeof n); {wide} w = n; \
                     memcpy(judge_scratch, &w, sizeof w); return sizeof w; }}",
                    self.serial,
                    parameters.len() + index,
                );
            }
        }
        Case {
            declarations: format!("{declarations}{prototype};\n"),
            result: result.as_ref().map(spelled),
            parameters: parameters.iter().map(spelled).collect(),
            tail: tail.iter().map(spelled).collect(),
            name,
            code,
        }
    }

    /// `fill3_0`: writes a random value of a type, or ones wherever a value has bits.
    fn filler(&self, index: &str, ty: &Type) -> String {
        let fill = self.fill(ty, "(*p)");
        let (serial, spelled) = (self.serial, self.spelled(ty));
        format!(
            "unsigned long fill{serial}_{index}(unsigned long seed, int ones) {{ {spelled} *p = (void *) \
             judge_scratch; judge_begin(seed, ones); {fill} return sizeof(*p); }}\n"
        )
    }

    fn spelled(&self, ty: &Type) -> String {
        match ty {
            Type::Scalar(scalar) => scalar.name.to_string(),
            Type::Record(index) => self.records[*index].spelled.clone(),
        }
    }

    fn fill(&self, ty: &Type, value: &str) -> String {
        match ty {
            Type::Scalar(scalar) => format!("put(&{value}, sizeof {value}, {}); ", scalar.fill),
            Type::Record(index) => self.records[*index].fill.replace("VALUE", value),
        }
    }

    /// A type of a parameter or a result.
    fn passed(&mut self, mood: u64, is_result: bool) -> Type {
        let record = match mood {
            0 => 10,
            1 | 2 => 40,
            _ => 70,
        };
        if self.random.chance(record) {
            if !self.records.is_empty() && self.random.chance(25) {
                return Type::Record(self.random.between(0, self.records.len() as u64 - 1) as usize);
            }
            return self.record(2);
        }
        loop {
            let scalar = self.scalar(mood);
            // clang 14 splits the one between the last register and the stack, and counts two registers for the other
            if self.disputed || is_result || !(scalar.is_int128 || scalar.is_float128) {
                return Type::Scalar(scalar);
            }
        }
    }

    fn behind_dots(&mut self, mood: u64) -> Type {
        loop {
            let ty = self.passed(mood, false);
            match &ty {
                Type::Scalar(scalar) if !scalar.behind_dots => {}
                _ => return ty,
            }
        }
    }

    fn scalar(&mut self, mood: u64) -> &'static Scalar {
        loop {
            let group: &'static [Scalar] = match (mood, self.random.between(0, 9)) {
                (1, 0..=6) => kinds::FLOATS,
                (2, 0..=6) => kinds::INTEGERS,
                (_, 0..=3) => kinds::INTEGERS,
                (_, 4..=6) => kinds::FLOATS,
                (_, 7) => kinds::VECTORS,
                _ => kinds::COMPLEX,
            };
            let scalar = &group[self.random.between(0, group.len() as u64 - 1) as usize];
            if self.disputed || !scalar.disputed {
                return scalar;
            }
        }
    }

    fn record(&mut self, depth: u32) -> Type {
        let is_union = self.random.chance(18);
        let packed = self.random.chance(12);
        let count = match self.random.between(0, 19) {
            0 => 0,
            1..=13 => self.random.between(1, 3),
            14..=18 => self.random.between(2, 6),
            _ => self.random.between(6, 14),
        };
        let mood = self.random.between(0, 4);
        let (mut lines, mut fill) = (String::new(), String::new());
        let first_inside = self.records.len();
        for index in 0..count {
            self.member(&format!("m{index}"), depth, mood, (packed, is_union), &mut lines, &mut fill);
        }
        let mut attributes = String::new();
        if packed {
            attributes += " __attribute__((packed))";
        }
        // clang's va_arg aligns even for what has no bytes
        let is_void = self.variadic && fill.is_empty();
        if !is_void && self.random.chance(8) {
            let _ = write!(attributes, " __attribute__((aligned({})))", self.random.number(&[8, 16, 16, 32]));
        }
        let index = self.records.len();
        let keyword = if is_union { "union" } else { "struct" };
        let spelled = format!("{keyword} r{}_{index}", self.serial);
        let definition = format!("{spelled} {{ {lines}}}{attributes};\n");
        let has_packed = packed || self.records[first_inside..].iter().any(|inside| inside.has_packed);
        self.records.push(Record { spelled, definition, fill, has_packed });
        Type::Record(index)
    }

    fn member(
        &mut self,
        name: &str,
        depth: u32,
        mood: u64,
        (packed, is_union): (bool, bool),
        lines: &mut String,
        fill: &mut String,
    ) {
        if self.random.chance(15) {
            return self.bit_field(name, is_union, lines, fill);
        }
        if depth > 0 && self.random.chance(12) && (self.disputed || !packed) {
            let Type::Record(index) = self.record(depth - 1) else { return };
            let spelled = self.spelled(&Type::Record(index));
            let inner = self.records[index].fill.clone();
            // gcc asks the first element alone whether it is aligned, and where that leaves an eightbyte empty that others
            // reach, it is lost between gcc's own caller and callee
            if self.random.chance(30) && !packed && !self.records[index].has_packed {
                let _ = write!(lines, "{spelled} {name}[2]; ");
                for element in 0..2 {
                    *fill += &inner.replace("VALUE", &format!("VALUE.{name}[{element}]"));
                }
            } else {
                let _ = write!(lines, "{spelled} {name}; ");
                *fill += &inner.replace("VALUE", &format!("VALUE.{name}"));
            }
            return;
        }
        let scalar = loop {
            let scalar = self.scalar(mood);
            // gcc's va_arg reads such a union with an aligned move, from where registers were saved 8 bytes apart
            let is_misread =
                self.variadic && is_union && scalar.size == 16 && scalar.name.contains("judge_v");
            // clang 14 passes a record of a __float128 in memory
            if (self.disputed || !scalar.is_float128) && !is_misread {
                break scalar;
            }
        };
        let length = match self.random.between(0, 19) {
            0..=13 => None,
            14..=17 => Some(self.random.between(1, 4)),
            18 if self.disputed => Some(0),
            _ if scalar.size == 1 && self.random.chance(30) => Some(self.random.between(1, 300)),
            _ => Some(self.random.between(1, 9)),
        };
        let dimension = length.map_or(String::new(), |length| format!("[{length}]"));
        let align = if self.random.chance(4) {
            format!(" __attribute__((aligned({})))", self.random.number(&[2, 4, 8, 16]))
        } else {
            String::new()
        };
        let _ = write!(lines, "{} {name}{dimension}{align}; ", scalar.name);
        match length {
            None => {
                let _ = write!(fill, "put(&VALUE.{name}, sizeof VALUE.{name}, {}); ", scalar.fill);
            }
            Some(length) => {
                let _ = write!(
                    fill,
                    "for (int i = 0; i < {length}; i++) put(&VALUE.{name}[i], sizeof VALUE.{name}[i], {}); ",
                    scalar.fill
                );
            }
        }
    }

    fn bit_field(&mut self, name: &str, is_union: bool, lines: &mut String, fill: &mut String) {
        let (ty, most) = match self.random.between(0, 6) {
            0 => ("unsigned char", 8),
            1 => ("short", 16),
            2 => ("long", 64),
            3 => ("unsigned long", 64),
            4 => ("_Bool", 1),
            _ => ("unsigned", 32),
        };
        let width = self.random.between(1, most);
        // gcc's va_start counts stack for a record of nothing but these, and its callers give it none
        let is_hollow = self.variadic && fill.is_empty();
        if self.disputed && !is_hollow && self.random.chance(15) {
            let _ = write!(lines, "{ty} : {width}; ");
            return;
        }
        // gcc takes it for a whole integer in a union
        if !is_union && self.random.chance(8) {
            let _ = write!(lines, "{ty} : 0; ");
            return;
        }
        let _ = write!(lines, "{ty} {name} : {width}; ");
        let _ = match ty {
            "_Bool" => write!(fill, "VALUE.{name} = judge_ones ? 1 : next() & 1; "),
            _ => write!(fill, "VALUE.{name} = judge_ones ? -1 : next(); "),
        };
    }
}

/// What stands before all cases, for the compiler.
pub const PRELUDE: &str = r#"
#include <stdarg.h>
#include <string.h>
typedef unsigned char byte;
byte judge_record[1 << 20], judge_result[8192];
byte judge_scratch[8192] __attribute__((aligned(64)));
unsigned long judge_stack;
static unsigned long judge_state;
static int judge_ones;
static void judge_begin(unsigned long seed, int ones) {
    judge_state = seed; judge_ones = ones;
    memset(judge_scratch, 0, sizeof judge_scratch);
}
static unsigned long next(void) {
    unsigned long z = judge_state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}
enum { BITS, BOOL, FLOAT, EXTENDED };
/* FLOAT clears a bit of the exponent of each unit of 2, 4, 8 or 16 bytes, so that no NaN is made: nothing is one. */
static __attribute__((noinline)) void put_one(byte *to, unsigned long size, int kind, int unit) {
    for (unsigned long i = 0; i < size; i++) to[i] = judge_ones ? 0xff : next();
    if (kind == BOOL) to[0] = judge_ones ? 0xff : to[0] & 1;
    if (kind == FLOAT && !judge_ones)
        for (unsigned long i = unit; i <= size; i += unit) to[i - 1] &= ~0x08;
    if (kind == EXTENDED) {
        for (int i = 10; i < 16; i++) to[i] = 0;
        if (!judge_ones) { to[7] |= 0x80; to[8] |= 1; to[9] &= ~0x08; }
    }
}
static __attribute__((noinline)) void put(void *to, unsigned long size, int kind) {
    int unit = kind >> 4;
    kind &= 15;
    if (kind == EXTENDED)
        for (unsigned long i = 0; i < size; i += 16) put_one((byte *) to + i, 16, kind, 16);
    else put_one(to, size, kind, unit);
}
#define KEEP(x) (memcpy(at, &(x), sizeof(x)), at += sizeof(x))
#define HIDE(x) __asm__("" : "+r"(x))
#ifdef __clang__
#define STACK ((unsigned long) __builtin_frame_address(0))
#else
#define STACK ((unsigned long) __builtin_dwarf_cfa())
#endif
"#;
