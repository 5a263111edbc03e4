//! gcc's own choices as a table, and laws that hold for every plan.

use super::*;
use crate::layout::{Align, Leaf, LeafKind, ShapeKind};
use proptest::prelude::*;

/// A value as a test writes it: scalars by letter, records by a rule and their members.
///
/// b c s i l q: _Bool to __int128 · h f d D F: _Float16 to long double and _Float128 · X: _Complex long double
/// `2f` two floats as one vector · `f*3` an array · `{..}` struct, `(..)` union, `[..]` packed struct
/// `i:3` bit-field at the next bit of its unit, `i:-5` an unnamed one · `f*0` an empty array · `@16{..}` aligned record
/// `Cf` a complex number
struct Reader<'a>(&'a [u8]);

/// The shape that a text stands for.
pub(crate) fn shape(text: &str) -> Shape {
    let mut reader = Reader(text.as_bytes());
    let shape = reader.value();
    assert!(reader.0.is_empty(), "rest of {text}");
    shape
}

fn align(bytes: u64) -> Align {
    Align::from_bytes(bytes).unwrap()
}

impl Reader<'_> {
    fn next(&mut self) -> u8 {
        let (&first, rest) = self.0.split_first().expect("more of the shape");
        self.0 = rest;
        first
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.0.first() == Some(&byte);
        if found {
            self.next();
        }
        found
    }

    fn number(&mut self) -> Option<u64> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = self.0.split_at(digits);
        self.0 = rest;
        std::str::from_utf8(number).unwrap().parse().ok()
    }

    fn value(&mut self) -> Shape {
        if let Some(count) = self.number() {
            let element = self.value();
            let float = element.leaves()[0].kind == LeafKind::Float;
            let kind = LeafKind::Vector { element: element.size() as u8, float };
            return Shape::scalar(kind, count * element.size());
        }
        let one = |kind, size| Shape::scalar(kind, size);
        let signed = LeafKind::Integer { signed: true };
        match self.next() {
            b'b' => one(LeafKind::Integer { signed: false }, 1),
            b'c' => one(signed, 1),
            b's' => one(signed, 2),
            b'i' => one(signed, 4),
            b'l' => one(signed, 8),
            b'q' => one(signed, 16),
            b'h' => one(LeafKind::Float, 2),
            b'f' => one(LeafKind::Float, 4),
            b'd' => one(LeafKind::Float, 8),
            b'D' => one(LeafKind::X87, 16),
            b'F' => one(LeafKind::Float128, 16),
            b'X' => {
                let leaf =
                    Leaf { kind: LeafKind::ComplexX87, offset_bits: 0, size_bits: 256, align: align(16) };
                Shape::new(ShapeKind::Scalar, 32, align(16), vec![leaf])
            }
            b'C' => {
                let half = self.value();
                let second = Leaf { offset_bits: half.size() * 8, ..half.leaves()[0] };
                let leaves = vec![half.leaves()[0], second];
                Shape::new(ShapeKind::Scalar, half.size() * 2, half.align(), leaves)
            }
            b'@' => {
                let bytes = self.number().unwrap();
                let record = self.value();
                let size = record.size().next_multiple_of(bytes);
                Shape::new(ShapeKind::Record, size, align(bytes), record.leaves().to_vec())
            }
            b'{' => self.record(b'}', false, false),
            b'[' => self.record(b']', true, false),
            b'(' => self.record(b')', false, true),
            other => panic!("{}", char::from(other)),
        }
    }

    fn record(&mut self, end: u8, packed: bool, union: bool) -> Shape {
        let (mut bit, mut size_bits, mut widest, mut leaves) = (0u64, 0u64, 1u64, Vec::new());
        while !self.eat(end) {
            let member = self.value();
            let member_align = if packed { 1 } else { member.align().bytes() };
            if union {
                bit = 0;
            }
            if self.eat(b':') {
                let unnamed = self.eat(b'-');
                let width = self.number().unwrap();
                let unit = member.size() * 8;
                if width == 0 || (!packed && bit % unit + width > unit) {
                    bit = bit.next_multiple_of(unit);
                }
                let kind =
                    if unnamed { LeafKind::UnnamedBitField } else { LeafKind::BitField { signed: true } };
                leaves.push(Leaf { kind, offset_bits: bit, size_bits: width, align: member.align() });
                bit += width;
                widest = widest.max(if unnamed || width == 0 { 1 } else { member_align });
            } else {
                let count = if self.eat(b'*') { self.number().unwrap() } else { 1 };
                bit = bit.next_multiple_of(member_align * 8);
                for leaf in member.leaves() {
                    if count == 0 {
                        leaves.push(Leaf { offset_bits: bit, size_bits: 0, ..*leaf });
                    }
                }
                for _ in 0..count {
                    let moved = |leaf: &Leaf| Leaf { offset_bits: bit + leaf.offset_bits, ..*leaf };
                    leaves.extend(member.leaves().iter().map(moved));
                    bit += member.size() * 8;
                }
                widest = widest.max(member_align);
            }
            size_bits = size_bits.max(bit);
        }
        let size = size_bits.div_ceil(8).next_multiple_of(widest);
        Shape::new(ShapeKind::Record, size, align(widest), leaves)
    }
}

fn signature(text: &str, convention: Convention) -> Signature {
    let mut words = text.split_whitespace();
    let result = words.next().filter(|&word| word != "v").map(shape);
    let (mut arguments, mut fixed) = (Vec::new(), None);
    for word in words {
        match word {
            "..." => fixed = Some(arguments.len()),
            word => arguments.push(shape(word)),
        }
    }
    let variadic = fixed.is_some();
    Signature { result, fixed: fixed.unwrap_or(arguments.len()), arguments, variadic, convention }
}

/// `place; place -> result`, as the table writes it.
fn placement(plan: &CallPlan) -> String {
    let places: Vec<String> = plan.arguments().iter().map(|argument| argument.pass().to_string()).collect();
    let returns = match plan.returns() {
        Return::Memory(_) => "memory".to_owned(),
        other => other.to_string(),
    };
    format!("{} -> {returns}", places.join("; "))
}

fn check(convention: Convention, rows: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (text, expected) in rows {
        let found = placement(&plan(&signature(text, convention)).unwrap());
        if found != *expected {
            wrong.push(format!("{text}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const D7: &str = "xmm0; xmm1; xmm2; xmm3; xmm4; xmm5; xmm6";
const L5: &str = "rdi; rsi; rdx; rcx; r8";

/// Result and arguments, then what gcc 12 does.
#[test]
fn gcc_sysv64() {
    check(
        Convention::Sysv64,
        &[
            // scalars
            ("b c s i l f d l", "rdi; rsi; rdx; rcx; xmm0; xmm1; r8 -> rax"),
            ("l l l l l l l l i c d", "rdi; rsi; rdx; rcx; r8; r9; [sp+0]; [sp+8]; [sp+16]; xmm0 -> rax"),
            ("d d d d d d d d d f d", &format!("{D7}; xmm7; [sp+0]; [sp+8] -> xmm0")),
            ("D i D i D", "rdi; [sp+0]; rsi; [sp+16] -> st0"),
            ("f i f i f", "rdi; xmm0; rsi; xmm1 -> xmm0"),
            ("v", " -> nothing"),
            // floats in structs
            ("{ff} {ff} f", "xmm0; xmm1 -> xmm0"),
            ("{f*3} {f*3} f", "xmm0 + xmm1; xmm2 -> xmm0 + xmm1"),
            ("{f*4} {f*4} f", "xmm0 + xmm1; xmm2 -> xmm0 + xmm1"),
            ("{f*5} {f*5} f", "[sp+0]; xmm0 -> memory"),
            ("{df} {df} i", "xmm0 + xmm1; rdi -> xmm0 + xmm1"),
            ("{fd} {fd} i", "xmm0 + xmm1; rdi -> xmm0 + xmm1"),
            ("{d*2} {d*2}", "xmm0 + xmm1 -> xmm0 + xmm1"),
            ("{d*3} {d*3}", "[sp+0] -> memory"),
            // mixed classes
            ("{fi} {fi} f", "rdi; xmm0 -> rax"),
            ("{ffi} {ffi} i f", "xmm0 + rdi; rsi; xmm1 -> xmm0 + rax"),
            ("{if*2} {if*2}", "rdi + xmm0 -> rax + xmm0"),
            ("{dl} {dl}", "xmm0 + rdi -> xmm0 + rax"),
            ("{ld} {ld}", "rdi + xmm0 -> rax + xmm0"),
            ("{cd} {cd}", "rdi + xmm0 -> rax + xmm0"),
            ("{c*3} {c*3}", "rdi -> rax"),
            ("{c*16} {c*16}", "rdi + rsi -> rax + rdx"),
            ("{c*17} {c*17}", "[sp+0] -> memory"),
            ("{{f}{i}} {{f}{i}}", "rdi -> rax"),
            // unions
            ("(fi) (fi)", "rdi -> rax"),
            ("(fd) (fd)", "xmm0 -> xmm0"),
            ("(dl*2) (dl*2)", "rdi + rsi -> rax + rdx"),
            ("(f*4l) (f*4l)", "rdi + xmm0 -> rax + xmm0"),
            ("(D) (D)", "[sp+0] -> st0"),
            ("(Di) (Di)", "[sp+0] -> memory"),
            ("(Dd) (Dd)", "[sp+0] -> memory"),
            ("(Cfd) (Cfd)", "xmm0 -> xmm0"),
            // the merge is not associative
            ("(Dd*2l*2) (Dd*2l*2)", "[sp+0] -> memory"),
            ("(Dl*2d*2) (Dl*2d*2)", "rdi + rsi -> rax + rdx"),
            // long double
            ("{D} {D}", "[sp+0] -> st0"),
            ("{Di} {Di}", "[sp+0] -> memory"),
            ("X X i", "[sp+0]; rdi -> st0 + st1"),
            ("{X} {X}", "[sp+0] -> memory"),
            ("[cD] [cD]", "[sp+0] -> memory"),
            ("[D] [D]", "[sp+0] -> st0"),
            // complex
            ("Cf Cf f", "xmm0; xmm1 -> xmm0"),
            ("Cd Cd f", "xmm0 + xmm1; xmm2 -> xmm0 + xmm1"),
            ("{Cf} {Cf}", "xmm0 -> xmm0"),
            ("{fCf} {fCf}", "xmm0 + xmm1 -> xmm0 + xmm1"),
            ("{Cd} {Cd}", "xmm0 + xmm1 -> xmm0 + xmm1"),
            ("i d d d d d d d Cd d", &format!("{D7}; [sp+0]; xmm7 -> rax")),
            ("Ci Ci Cs Cc", "rdi; rsi; rdx -> rax"),
            ("Cl Cl", "rdi + rsi -> rax + rdx"),
            ("i l l l l l Cl l", &format!("{L5}; [sp+0]; r9 -> rax")),
            // registers run out
            ("i l l l l l {ll} l", &format!("{L5}; [sp+0]; r9 -> rax")),
            ("i l l l l l l {ld} d", &format!("{L5}; r9; [sp+0]; xmm0 -> rax")),
            ("i d d d d d d d d {ld} l d", &format!("{D7}; xmm7; [sp+0]; rdi; [sp+16] -> rax")),
            ("i d d d d d d d {d*2} d {d*2}", &format!("{D7}; [sp+0]; xmm7; [sp+16] -> rax")),
            ("i {c*24} l", "[sp+0]; rdi -> rax"),
            ("i l l l l l q l", &format!("{L5}; [sp+0]; r9 -> rax")),
            ("i l l l l l l q", &format!("{L5}; r9; [sp+0] -> rax")),
            ("i l l l l l l l q", &format!("{L5}; r9; [sp+0]; [sp+16] -> rax")),
            ("i l l l l l l l D", &format!("{L5}; r9; [sp+0]; [sp+16] -> rax")),
            ("q l q", "rdi; rsi + rdx -> rax + rdx"),
            ("{q} l l l l l l l {q}", &format!("{L5}; r9; [sp+0]; [sp+16] -> rax + rdx")),
            ("{l*7} l {l*7}", "rsi; [sp+0] -> memory"),
            // packed, aligned, unaligned
            ("[ci] [ci]", "[sp+0] -> memory"),
            ("[ic] [ic]", "rdi -> rax"),
            ("[cd] [cd]", "[sp+0] -> memory"),
            ("[c{s}] [c{s}]", "[sp+0] -> memory"),
            ("[cf*2] [cf*2]", "[sp+0] -> memory"),
            ("[cc*7i] [cc*7i]", "rdi + rsi -> rax + rdx"),
            ("@16{i} i @16{i}", "rdi; rsi -> rax"),
            ("@16{ll} l l l l l @16{ll} l", &format!("{L5}; [sp+0]; r9 -> rax + rdx")),
            ("i l l l l l l l @16{ll}", &format!("{L5}; r9; [sp+0]; [sp+16] -> rax")),
            ("@32{i} i @32{i}", "rsi; [sp+0] -> memory"),
            ("i l l l l l l l @32{i}", &format!("{L5}; r9; [sp+0]; [sp+32] -> rax")),
            ("[ci:20] [ci:20]", "rdi -> rax"),
            // bit-fields
            ("{i:3f} {i:3f}", "rdi -> rax"),
            ("{di:3} {di:3}", "xmm0 + rdi -> xmm0 + rax"),
            ("{fi:-5} {fi:-5}", "rdi -> rax"),
            ("{fi:-0f} {fi:-0f}", "xmm0 -> xmm0"),
            ("{di:-9} {di:-9}", "xmm0 + rdi -> xmm0 + rax"),
            ("{i:-9} {i:-9} i", "rdi; rsi -> nothing"),
            ("{l:40l:40} {l:40l:40}", "rdi + rsi -> rax + rdx"),
            ("[cl:60] [cl:60]", "rdi + rsi -> rax + rdx"),
            ("[i:30i:30i:30] [i:30i:30i:30]", "rdi + rsi -> rax + rdx"),
            ("{fi:1ff} {fi:1ff}", "rdi + xmm0 -> rax + xmm0"),
            // empty and zero-length
            ("{} i {} i", "rdi; nothing; rsi -> nothing"),
            ("{{}i} {{}i}", "rdi -> rax"),
            ("{fi*0} {fi*0} i", "rdi; rsi -> rax"),
            ("{ll*0} {ll*0} i", "rdi; rsi -> rax"),
            ("i i ... {} i", "rdi; nothing; rsi -> rax"),
            ("i {i*0} i", "nothing; rdi -> rax"),
            ("{f{}} {f{}}", "xmm0 -> xmm0"),
            ("{hCs*0} {hCs*0} i", "rdi; rsi -> rax"),
            ("{llCl*0} {llCl*0} i", "rdi + rsi; rdx -> rax + rdx"),
            // unnamed bit-fields alone, with and without registers left
            ("i l l l l l l {i:-9} i", &format!("{L5}; r9; nothing; [sp+0] -> rax")),
            ("i l l l l l {l:-40l:-40} i i", &format!("{L5}; nothing; r9; [sp+0] -> rax")),
            // vectors without AVX
            ("1d 1d d", "[sp+0]; xmm0 -> memory"),
            ("2f 2f d", "xmm0; xmm1 -> xmm0"),
            ("4f i 4f", "rdi; xmm0 -> xmm0"),
            ("{4f} {4f}", "xmm0 -> xmm0"),
            ("{4f4f} {4f4f}", "[sp+0] -> memory"),
            ("{4ff} {4ff}", "[sp+0] -> memory"),
            ("(4fi) (4fi)", "rdi + xmm0 -> rax + xmm0"),
            ("(4fl*2) (4fl*2)", "rdi + rsi -> rax + rdx"),
            ("8f 8f", "[sp+0] -> memory"),
            ("16f 16f", "[sp+0] -> memory"),
            ("{8f} {8f}", "[sp+0] -> memory"),
            ("i 4f 4f 4f 4f 4f 4f 4f 4f 4f 4f", &format!("{D7}; xmm7; [sp+0]; [sp+16] -> rax")),
            ("{2f} {2f}", "xmm0 -> xmm0"),
            ("2i 2i i", "xmm0; rdi -> xmm0"),
            ("1l 1l i", "xmm0; rdi -> xmm0"),
            ("4c 4c i", "rdi; rsi -> rax"),
            ("1f 1f i", "[sp+0]; rsi -> memory"),
            ("2h 2h", "xmm0 -> xmm0"),
            ("F F", "xmm0 -> xmm0"),
            // _Float16
            ("h h i", "xmm0; rdi -> xmm0"),
            ("{hh} {hh}", "xmm0 -> xmm0"),
            ("{h*5} {h*5}", "xmm0 + xmm1 -> xmm0 + xmm1"),
            ("{hs} {hs}", "rdi -> rax"),
            ("{hf} {hf}", "xmm0 -> xmm0"),
            ("Ch Ch", "xmm0 -> xmm0"),
            // variadic
            ("i i ... d i d", "rdi; xmm0; rsi; xmm1 -> rax"),
            ("i i ... {f*2d}", "rdi; xmm0 + xmm1 -> rax"),
            ("i i ... {l*3} i", "rdi; [sp+0]; rsi -> rax"),
            ("i i ... D i", "rdi; [sp+0]; rsi -> rax"),
            ("i l l l l l ... q l", &format!("{L5}; [sp+0]; r9 -> rax")),
            // padding only, nested and unaligned
            ("@16{i} l l l l l @16{i} i", &format!("{L5}; r9; [sp+0] -> rax")),
            ("@16{f} i @16{f} f", "rdi; xmm0; xmm1 -> xmm0"),
            ("{ll:-64} {ll:-64} i", "rdi + rsi; rdx -> rax + rdx"),
            ("[i{l:10}] [i{l:10}] i", "rdi; rsi -> rax"),
            ("[i@8{i}] [i@8{i}] i", "rdi; rsi -> rax"),
            ("[i{ii}] [i{ii}] i", "rdi + rsi; rdx -> rax + rdx"),
            ("{F} {F} i", "xmm0; rdi -> xmm0"),
            ("(Ff*2) (Ff*2) i", "xmm0; rdi -> xmm0"),
        ],
    );
}

#[test]
fn gcc_win64() {
    check(
        Convention::Win64,
        &[
            ("i c f i d i d", "rcx; xmm1; r8; xmm3; [sp+32]; [sp+40] -> rax"),
            ("{c*1} {c*1}", "rcx -> rax"),
            ("{c*3} {c*3}", "pointer in rdx -> memory"),
            ("{ii} {ii}", "rcx -> rax"),
            ("{ff} {ff}", "rcx -> rax"),
            ("{d} {d}", "rcx -> rax"),
            ("{f} {f}", "rcx -> rax"),
            ("{ll} i {ll}", "rdx; pointer in r8 -> memory"),
            ("(di) (di)", "rcx -> rax"),
            ("4f 4f", "pointer in rcx -> xmm0"),
            ("q q", "pointer in rcx -> xmm0"),
            ("D D i", "pointer in rdx; r8 -> memory"),
            ("Cf Cf", "rcx -> rax"),
            ("Cd Cd", "pointer in rdx -> memory"),
            ("i i ... d", "rcx; rdx|xmm1 -> rax"),
            ("i i ... D", "rcx; pointer in rdx -> rax"),
            ("i {} i", "nothing; rdx -> rax"),
            ("d d", "xmm0 -> xmm0"),
            ("v i i i i {c*3}", "rcx; rdx; r8; r9; pointer in [sp+32] -> nothing"),
        ],
    );
}

#[test]
fn counts_and_display() {
    let of = |text| plan(&signature(text, Convention::Sysv64)).unwrap();
    for (text, vectors) in [
        ("i i ... d i d", 2),
        ("i i ... i", 0),
        ("i d ... Cf", 2),
        ("i i ... d d d d d d d d d", 8),
        ("i i ... {f*2d}", 2),
    ] {
        assert_eq!(of(text).vector_registers(), vectors, "{text}");
    }
    let mixed = of("{l*3} {dl} l l l l l q @32{i} c");
    assert_eq!(
        mixed.to_string(),
        "argument 1: 16 bytes, SSE + INTEGER: xmm0 + rsi\n\
         argument 2: 8 bytes, INTEGER: rdx\n\
         argument 3: 8 bytes, INTEGER: rcx\n\
         argument 4: 8 bytes, INTEGER: r8\n\
         argument 5: 8 bytes, INTEGER: r9\n\
         argument 6: 8 bytes, INTEGER: [sp+0]\n\
         argument 7: 16 bytes, INTEGER + INTEGER: [sp+16]\n\
         argument 8: 32 bytes, MEMORY: [sp+32]\n\
         argument 9: 1 byte, INTEGER: [sp+64]\n\
         result: 24 bytes, MEMORY: memory, pointer in rdi\n\
         stack: 72 bytes, aligned to 32\n\
         vector registers: 1"
    );
    assert_eq!(of("v @16{i}").to_string(), "argument 1: 16 bytes, INTEGER + padding: rdi\nresult: void");
    assert_eq!(
        (mixed.result_size(), mixed.result_align(), mixed.general_registers(), mixed.stack_align()),
        (24, 8, 6, 32)
    );
}

#[test]
fn refusals() {
    let bad_leaf = Leaf { kind: LeafKind::Float, offset_bits: u64::MAX, size_bits: 64, align: Align::ONE };
    let huge = Shape::new(ShapeKind::Record, u64::MAX - 3, Align::ONE, vec![]);
    for (arguments, fixed, kind) in [
        (vec![Shape::new(ShapeKind::Record, 8, Align::ONE, vec![bad_leaf])], 1, ErrorKind::OutOfRange),
        (vec![huge], 1, ErrorKind::TooLarge),
        (vec![], 1, ErrorKind::Arity),
        (vec![shape("i")], 0, ErrorKind::Arity),
    ] {
        let signature =
            Signature { result: None, arguments, fixed, variadic: false, convention: Convention::Sysv64 };
        assert_eq!(plan(&signature).unwrap_err().kind(), kind);
    }
}

/// Every byte that a plan moves: from where in the image, and to.
fn extents(plan: &CallPlan) -> Vec<(u64, u64)> {
    let piece = |piece: Piece| {
        let offset = piece.image_offset().unwrap();
        (offset, offset + piece.size())
    };
    let part = |part: StackPart| {
        let offset = part.image_offset().unwrap();
        assert_eq!(part.offset() % part.align(), 0);
        assert!(part.offset() + part.size() <= plan.stack_bytes());
        (offset, offset + part.size())
    };
    let mut extents = Vec::new();
    for argument in plan.arguments() {
        match argument.pass() {
            Pass::Nothing => {}
            Pass::Register(one) | Pass::ByAddress(Pointer::Register(one)) => extents.push(piece(one)),
            Pass::Registers(first, second) => extents.extend([piece(first), piece(second)]),
            Pass::Twice { vector, general } => extents.extend([piece(vector), piece(general)]),
            Pass::Stack(one) | Pass::ByAddress(Pointer::Stack(one)) => extents.push(part(one)),
        }
    }
    if let Return::Memory(pointer) = plan.returns() {
        extents.push(piece(pointer));
    }
    extents.sort();
    extents
}

proptest! {
    #[test]
    fn no_two_arguments_overlap(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "c", "i", "l", "q", "f", "d", "D", "X", "F", "4f", "{dl}", "{ld}", "{c*5}", "{l*4}", "{}", "@16{i}",
                "@64{l}", "[ci]", "{f*3}", "8f", "(Dl*2)",
            ]),
            1..30,
        ),
        win64: bool,
    ) {
        let convention = if win64 { Convention::Win64 } else { Convention::Sysv64 };
        let plan = plan(&signature(&words.join(" "), convention)).unwrap();
        let extents = extents(&plan);
        prop_assert!(extents.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{plan}");
        prop_assert!(plan.stack_align() >= 16 && plan.stack_bytes().is_multiple_of(8));
        prop_assert_eq!(plan.arguments().len(), words.len() - 1);
    }
}
