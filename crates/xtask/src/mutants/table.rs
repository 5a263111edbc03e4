//! The faults. Each is a place in the sources, which must be there exactly once, and what takes its place.

/// A deliberate fault.
pub(super) struct Mutant {
    pub name: &'static str,
    /// From the workspace's root.
    pub file: &'static str,
    pub find: &'static str,
    pub replace: &'static str,
}

const CLASSIFY: &str = "src/abi/classify.rs";
const PLAN: &str = "src/abi/plan.rs";
const SYSV64: &str = "src/abi/sysv64.rs";
const IMAGE: &str = "src/engine/image.rs";
const PREPARED: &str = "src/engine/prepared.rs";
const LOADERS: &str = "src/engine/sysv64.rs";
const TO_C: &str = "src/convert/to_c.rs";
const EXACT: &str = "src/call/exact.rs";

const fn mutant(name: &'static str, file: &'static str, find: &'static str, replace: &'static str) -> Mutant {
    Mutant { name, file, find, replace }
}

pub(super) const MUTANTS: &[Mutant] = &[
    // Classes
    mutant(
        "an eightbyte of int and float is SSE",
        CLASSIFY,
        "(Integer, _) | (_, Integer) => Integer, // (d)",
        "(Integer, _) | (_, Integer) => Sse,",
    ),
    mutant(
        "an eightbyte of long double and double is SSE",
        CLASSIFY,
        "(X87 | X87Up | ComplexX87, _) | (_, X87 | X87Up | ComplexX87) => Memory, // (e)",
        "(X87 | X87Up | ComplexX87, _) | (_, X87 | X87Up | ComplexX87) => Sse,",
    ),
    mutant(
        "leaves are folded from the last to the first",
        CLASSIFY,
        "for leaf in shape.leaves() {",
        "for leaf in shape.leaves().iter().rev() {",
    ),
    mutant(
        "half a long double may travel in a register",
        CLASSIFY,
        "[X87 | X87Up, _] | [_, X87 | X87Up] => Classes::Memory, // (b)",
        "[X87 | X87Up, _] | [_, X87 | X87Up] => Classes::Eightbytes([Integer, Integer]),",
    ),
    mutant(
        "a packed member that is not aligned travels in registers",
        CLASSIFY,
        "if !is_bit_field && !leaf.offset_bits.is_multiple_of(leaf.align.bits()) {",
        "if false {",
    ),
    mutant(
        "a long double travels in a vector register",
        CLASSIFY,
        "LeafKind::X87 => [X87, X87Up],",
        "LeafKind::X87 => [Sse, SseUp],",
    ),
    // Registers
    mutant(
        "rdx and rcx are swapped",
        SYSV64,
        "[Register::Rdi, Register::Rsi, Register::Rdx, Register::Rcx, Register::R8, Register::R9]",
        "[Register::Rdi, Register::Rsi, Register::Rcx, Register::Rdx, Register::R8, Register::R9]",
    ),
    mutant(
        "INTEGER and SSE of a mixed struct change places",
        SYSV64,
        "[first, second] => Pieces::Two(take(first, 0, first_length)?, take(second, 8, second_length)?),",
        "[first, second] => Pieces::Two(take(second, 0, first_length)?, take(first, 8, second_length)?),",
    ),
    mutant(
        "an eightbyte of padding takes a register",
        SYSV64,
        "[first, Class::None] => Pieces::One(take(first, 0, first_length)?),",
        "[first, Class::None] if size > 8 => Pieces::Two(take(first, 0, 8)?, take(Class::Integer, 8, 8)?),\n\
         [first, Class::None] => Pieces::One(take(first, 0, first_length)?),",
    ),
    mutant(
        "an __int128 begins in the last register",
        SYSV64,
        "let Some((pieces, used_general, used_vector)) = assign(shape.size(), classes, general, vector) else {",
        "let split = (general.len() == 1 && classes == [Class::Integer; 2])\n\
         .then(|| (Pieces::One(Piece::new(general[0], 0, 8)), 1, 0));\n\
         let Some((pieces, used_general, used_vector)) =\n\
         split.or_else(|| assign(shape.size(), classes, general, vector)) else {",
    ),
    mutant(
        "a value that does not fit takes the registers that are left",
        SYSV64,
        "assign(shape.size(), classes, general, vector) else {\n",
        "assign(shape.size(), classes, general, vector) else {\n\
         free.general = GENERAL.len();\n",
    ),
    mutant("the hidden pointer takes no register", SYSV64, "free.general = 1;", "free.general = 0;"),
    // The stack
    mutant(
        "every struct on the stack is aligned to 8",
        SYSV64,
        "let align = shape.align().bytes().max(8);",
        "let align = 8;",
    ),
    mutant(
        "an argument on the stack is aligned to 16 at most",
        SYSV64,
        "let align = shape.align().bytes().max(8);",
        "let align = shape.align().bytes().clamp(8, 16);",
    ),
    mutant(
        "the stack pointer is not aligned",
        LOADERS,
        "\"and r10, qword ptr [rdi + {mask}]\",",
        "\"/* {mask} */\",",
    ),
    mutant(
        "stack words begin one word late",
        LOADERS,
        "\"push qword ptr [rdi + rcx * 8 + {stack} - 8]\",",
        "\"push qword ptr [rdi + rcx * 8 + {stack}]\",",
    ),
    // Loaders
    mutant("al is not set for variadic calls", LOADERS, "\"mov eax, {vector}\",", "\"xor eax, eax\","),
    mutant(
        "al is not set for variadic calls with stack arguments",
        LOADERS,
        "\"call r11\",",
        "\"xor eax, eax\", \"call r11\",",
    ),
    mutant("the frame has no unwind information", LOADERS, "\".cfi_def_cfa_register rbp\",", ""),
    mutant(
        "the imaginary part stays on the x87 stack",
        LOADERS,
        "\".if {x87} > 1\", \"fstp tbyte ptr [rbx + 16]\", \".endif\",",
        "",
    ),
    // Results
    mutant(
        "the hidden pointer goes to rsi",
        IMAGE,
        "image.write(result as u64);",
        "image.add(1).write(result as u64);",
    ),
    mutant(
        "a result of a double and a long is fetched from rax and xmm0",
        PREPARED,
        "(true, false) => Returns::VectorGeneral { size },",
        "(true, false) => Returns::GeneralVector { size },",
    ),
    mutant(
        "a small result is written 8 bytes wide",
        IMAGE,
        "_ => result.copy_from_nonoverlapping((&raw const value).cast::<u8>(), size.min(8)),",
        "_ => result.cast::<u64>().write_unaligned(value),",
    ),
    // Arguments
    mutant(
        "a small argument is read 8 bytes wide",
        IMAGE,
        "fn odd_word(bytes: &[u8], extension: Extension) -> u64 {",
        "fn odd_word(bytes: &[u8], extension: Extension) -> u64 {\n\
         std::hint::black_box(unsafe { bytes.as_ptr().cast::<u64>().read_unaligned() });",
    ),
    mutant(
        "plans never ask for a sign",
        PLAN,
        "Extension::Sign\n            }\n            _ =>",
        "Extension::Zero\n            }\n            _ =>",
    ),
    mutant(
        "bytes of a narrow integer are not extended by their sign",
        IMAGE,
        "let is_negative = extension == Extension::Sign && bytes.last().is_some_and(|&top| top >= 0x80);",
        "let is_negative = false; let _ = extension;",
    ),
    mutant(
        "a signed char from a Rust integer is not extended by its sign",
        TO_C,
        "Number::I8 => i8::try_from(*self).ok().map(|value| value as i64 as u64),",
        "Number::I8 => i8::try_from(*self).ok().map(|value| value as u8 as u64),",
    ),
    mutant(
        "a short from a Rust integer is not extended by its sign",
        TO_C,
        "Number::I16 => i16::try_from(*self).ok().map(|value| value as i64 as u64),",
        "Number::I16 => i16::try_from(*self).ok().map(|value| value as u16 as u64),",
    ),
    // Short ways into a call
    mutant(
        "Rust types are taken for those of the prototype if there are as many",
        EXACT,
        "self.0 == other.0 && (self.1 == 0 || self.1 == other.1)",
        "self.0 as u16 == other.0 as u16",
    ),
    mutant(
        "only the first six Rust types are compared with the prototype",
        EXACT,
        "self.0 == other.0 && (self.1 == 0 || self.1 == other.1)",
        "self.0 == other.0",
    ),
    mutant(
        "a value that is too large for an int is cut",
        EXACT,
        "Number::I32 => i64::from(short as i32) == short,",
        "Number::I32 => true,",
    ),
    mutant(
        "values of 128 bits are cut",
        EXACT,
        "let is_short = (*value >> 64) as i64 == short >> 63;",
        "let is_short = true;",
    ),
];
