//! Bad text of every kind: no panic, no hang, and nothing left behind.

use eightbyte::{Ffi, Target};
use std::time::{Duration, Instant};
use xtask::layouts::{Profile, texts};

const CONSTRUCTS: &str = include_str!("../cases/constructs.tsv");
const MISTAKES: &str = include_str!("../cases/mistakes/cases.txt");

/// Words to throw in: what opens, closes, names, counts.
const WORDS: &[&str] = &[
    "struct",
    "union",
    "enum",
    "typedef",
    "static",
    "const",
    "int",
    "char",
    "long",
    "unsigned",
    "double",
    "_Complex",
    "__int128",
    "void",
    "sizeof",
    "_Alignof",
    "__typeof__",
    "__attribute__((packed))",
    "__attribute__((aligned(8)))",
    "__attribute__((vector_size(16)))",
    "_Alignas(16)",
    "_Static_assert",
    "__builtin_offsetof",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "[?]",
    "*",
    "&",
    ";",
    ",",
    ":",
    "=",
    "...",
    ".",
    "->",
    "-1",
    "0",
    "1ull<<63",
    "9223372036854775807",
    "0x7fffffffffffffff",
    "s",
    "t",
    "x",
    "size_t",
    "va_list",
    "\"text\"",
    "'a'",
    "#pragma pack(1)\n",
    "\n",
    "1.5",
    "?",
    "?:",
    "+",
    "-",
    "/",
    "%",
    "<<",
    "==",
    "&&",
    "__extension__",
    "asm(\"x\")",
    "[[gnu::packed]]",
    "\\\n",
    "/*",
    "//",
    "$",
    "é",
];

/// The same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }
}

fn seeds() -> Vec<String> {
    let constructs =
        CONSTRUCTS.lines().filter_map(|row| row.split_once('\t')).map(|(_, text)| text.replace("\\n", "\n"));
    let mistakes = MISTAKES
        .split("\n=== ")
        .skip(1)
        .filter_map(|case| case.split_once('\n'))
        .map(|(_, text)| text.to_string());
    let random = texts(77, 40, Profile::Gnu);
    constructs.chain(mistakes).chain(random).collect()
}

fn mutated(seeds: &[String], numbers: &mut Numbers) -> String {
    let mut text: Vec<String> = tokens(&seeds[numbers.below(seeds.len())]);
    for _ in 0..1 + numbers.below(4) {
        let at = numbers.below(text.len() + 1);
        match numbers.below(5) {
            0 => text.insert(at, WORDS[numbers.below(WORDS.len())].to_string()),
            1 if at < text.len() => drop(text.remove(at)),
            2 if at < text.len() => text[at] = WORDS[numbers.below(WORDS.len())].to_string(),
            3 => {
                let other = tokens(&seeds[numbers.below(seeds.len())]);
                let from = numbers.below(other.len());
                let to = (from + numbers.below(12)).min(other.len());
                text.splice(at..at, other[from.min(to)..to].iter().cloned());
            }
            _ if at + 1 < text.len() => text.swap(at, at + 1),
            _ => {}
        }
    }
    text.join(" ")
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = false;
    for letter in text.chars() {
        let of_word = letter.is_alphanumeric() || letter == '_';
        match tokens.last_mut() {
            Some(last) if of_word && word => last.push(letter),
            _ => tokens.push(letter.to_string()),
        }
        word = of_word;
    }
    tokens.retain(|token| token != " ");
    tokens
}

/// Everything that can be asked after a text.
fn use_everything(ffi: &Ffi) {
    let _ = ffi.layouts();
    let _ = ffi.type_rows();
    for declared in ffi.declarations() {
        let _ = format!("{declared:?}");
    }
}

#[test]
fn mutated_declarations_do_no_harm() {
    let rounds = std::env::var("EIGHTBYTE_ATTACKS").ok().and_then(|count| count.parse().ok()).unwrap_or(3000);
    let seeds = seeds();
    let mut numbers =
        Numbers(std::env::var("EIGHTBYTE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1));
    let targets: Vec<Target> = Target::all().collect();
    for _ in 0..rounds {
        let text = mutated(&seeds, &mut numbers);
        let ffi = Ffi::for_target(targets[numbers.below(targets.len())]);
        let begin = Instant::now();
        let accepted = ffi.cdef(&text).map_err(|error| error.to_string());
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?} for\n{text}", begin.elapsed());
        match accepted {
            Ok(()) => {
                use_everything(&ffi);
                let shown = ffi.show();
                let again = Ffi::for_target(ffi.target());
                if let Err(error) = again.cdef(&shown) {
                    panic!("accepted:\n{text}\n\nshown:\n{shown}\n{error}");
                }
                assert_eq!(again.show(), shown, "{text}");
            }
            Err(message) => {
                assert!(!message.is_empty());
                assert_eq!(ffi.show(), "", "{text}");
            }
        }
        let _ = ffi.ctype(&text);
        let _ = ffi.eval(&text);
    }
}

#[test]
fn small_stacks_are_enough() {
    let deep = |open: &str, inside: &str, close: &str, count: usize| {
        open.repeat(count) + inside + &close.repeat(count)
    };
    let texts = [
        format!("int x[{}];", deep("(", "1", ")", 60)),
        format!("int {};", deep("(", "x", ")", 60)),
        deep("struct { ", "int x;", " } ;", 60),
        format!("int x[{}1];", "-".repeat(199)),
        format!("int x[{}1];", "1+".repeat(250)),
        format!("int x[{}1];", "1 ? 1 : ".repeat(100)),
        format!("int {}x;", "*".repeat(200)),
        format!("int x{};", "[1]".repeat(200)),
        format!(
            "struct s0 {{ int x; }};{}",
            (1..200)
                .map(|level| format!("struct s{level} {{ struct s{} x; }};", level - 1))
                .collect::<String>()
        ),
        format!(
            "typedef int t0;{}",
            (1..2000).map(|level| format!("typedef t{} t{level};", level - 1)).collect::<String>()
        ),
        format!("enum {{ {} }};", (0..20000).map(|number| format!("A{number},")).collect::<String>()),
        format!("struct {{ {} }} x;", (0..20000).map(|number| format!("int a{number};")).collect::<String>()),
    ];
    for text in texts {
        std::thread::Builder::new()
            .stack_size(2 << 20)
            .spawn(move || {
                let ffi = Ffi::new();
                let begin = Instant::now();
                let _ = ffi.cdef(&text).map_err(|error| error.to_string());
                use_everything(&ffi);
                let _ = ffi.show();
                assert!(begin.elapsed() < Duration::from_secs(10), "{}", &text[..60]);
            })
            .unwrap()
            .join()
            .unwrap();
    }
}

/// What doubles with every level would fill the memory, if it were ever written out.
#[test]
fn nothing_grows_without_bounds() {
    let mut text = String::from("struct s0 { char a, b; };");
    for level in 1..60 {
        text += &format!("struct s{level} {{ struct s{0} a[2]; struct s{0} b; }};", level - 1);
    }
    let ffi = Ffi::new();
    let begin = Instant::now();
    let _ = ffi.cdef(&text);
    let _ = ffi.type_rows().map_err(|error| error.to_string());
    let _ = ffi.layouts();
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn values_in_values_are_not_endlessly_deep() {
    let nested = |levels: u32, array: &str| {
        let mut text = String::from("struct d0 { int x; };");
        for level in 1..levels {
            text += &format!("struct d{level} {{ struct d{} i{array}; }};", level - 1);
        }
        text
    };
    for (array, most) in [("", 256), ("[1]", 128), ("[1][1]", 86)] {
        let ffi = Ffi::new();
        ffi.cdef(&nested(most, array)).unwrap();
        let error = ffi.cdef(&format!("struct more {{ struct d{} a{array}; }};", most - 1)).unwrap_err();
        assert_eq!(error.message(), "member 'a' holds values in values more than 256 levels deep");
        let name = format!("struct d{}", most - 1);
        ffi.cdef(&format!("{name} f({name} x);")).unwrap();
        // Whatever walks the parts does so on a small stack
        std::thread::Builder::new()
            .stack_size(512 << 10)
            .spawn(move || {
                let ty = ffi.ctype(&name).unwrap();
                let mut data = ty.alloc().unwrap();
                let path =
                    format!("i{array}.", array = array.replace('1', "0")).repeat(most as usize - 1) + "x";
                data.set(&path, 5).unwrap();
                assert_eq!(data.get::<i32>(&path).unwrap(), 5);
                assert_eq!(*ffi.field::<i32>(&name, &path).unwrap().of(&data).unwrap(), 5);
                assert!(data.to_string().len() < 1000);
                assert!(data.view_mut::<f32>().is_err() && data.duplicate().is_ok());
                assert!(ffi.call_plan("f").is_ok() && ty.shape().is_ok() && ty.layout().is_ok());
                use_everything(&ffi);
            })
            .unwrap()
            .join()
            .unwrap();
    }
    let ffi = Ffi::new();
    assert!(ffi.cdef(&nested(50_000, "")).is_err());
}

#[test]
fn elements_without_size_are_not_walked_for_ever() {
    let ffi = Ffi::new();
    ffi.cdef("struct nothing {};").unwrap();
    let many = ffi.alloc_array("struct nothing", u64::MAX).unwrap();
    assert_eq!(many.len(), u64::MAX);
    assert!(many.to_string().ends_with(", ... }") && many.at(u64::MAX - 1).is_ok());
    assert!(many.get::<Vec<eightbyte::Value>>("").is_err());
    #[cfg(feature = "serde")]
    assert!(serde_json::to_string(&many).is_err());
}
