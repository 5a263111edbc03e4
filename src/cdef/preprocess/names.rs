//! Identifiers as numbers: each spelling once.

/// An identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name(pub u32);

/// Every identifier that was met, with the macro that it stands for.
pub(super) struct Names {
    text: String,
    entries: Vec<Entry>,
    /// Numbers of entries plus one by hash; a power of two of them, at most half full.
    slots: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Entry {
    start: u32,
    length: u32,
    hash: u32,
    /// The number of a macro plus one.
    meaning: u32,
}

/// Gives each of these words a constant, in order, and the list of them.
macro_rules! known_words {
    ($($constant:ident = $word:literal,)*) => {
        known_words!(@ 0u32; $($constant = $word,)*);
        const WORDS: &[&str] = &[$($word),*];
    };
    (@ $number:expr; $constant:ident = $word:literal, $($rest:tt)*) => {
        pub(super) const $constant: Name = Name($number);
        known_words!(@ $number + 1; $($rest)*);
    };
    (@ $number:expr;) => {};
}

known_words! {
    DEFINE = "define", UNDEF = "undef", INCLUDE = "include", INCLUDE_NEXT = "include_next", IMPORT = "import",
    EMBED = "embed", IF = "if", IFDEF = "ifdef", IFNDEF = "ifndef", ELIF = "elif", ELIFDEF = "elifdef",
    ELIFNDEF = "elifndef", ELSE = "else", ENDIF = "endif", LINE = "line", ERROR = "error", WARNING = "warning",
    PRAGMA = "pragma", IDENT = "ident", SCCS = "sccs", ASSERT = "assert", UNASSERT = "unassert",
    DEFINED = "defined", VA_ARGS = "__VA_ARGS__", VA_OPT = "__VA_OPT__", PRAGMA_OPERATOR = "_Pragma",
    ONCE = "once", PUSH_MACRO = "push_macro", POP_MACRO = "pop_macro", GCC = "GCC", POISON = "poison",
    SYSTEM_HEADER = "system_header", DEPENDENCY = "dependency",
}

impl Names {
    pub(super) fn new() -> Names {
        let mut names = Names { text: String::new(), entries: Vec::new(), slots: vec![0; 4096] };
        for word in WORDS {
            names.intern(word);
        }
        names
    }

    /// The number of a spelling.
    pub(super) fn intern(&mut self, word: &str) -> Name {
        self.intern_hashed(word, hash(word.as_bytes()))
    }

    /// The same where the hash is known.
    #[inline]
    pub(super) fn intern_hashed(&mut self, word: &str, hash: u32) -> Name {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while let Some(&number) = self.slots.get(slot) {
            let Some(entry) = (number as usize).checked_sub(1).and_then(|at| self.entries.get(at)) else {
                break;
            };
            if entry.hash == hash
                && entry.length as usize == word.len()
                && self.text.as_bytes().get(entry.start as usize..(entry.start + entry.length) as usize)
                    == Some(word.as_bytes())
            {
                return Name(number - 1);
            }
            slot = (slot + 1) & mask;
        }
        self.added(word, hash)
    }

    fn added(&mut self, word: &str, hash: u32) -> Name {
        if (self.entries.len() + 1) * 2 > self.slots.len() {
            let mut slots = vec![0; self.slots.len() * 2];
            for (number, entry) in self.entries.iter().enumerate() {
                put(&mut slots, entry.hash, number as u32);
            }
            self.slots = slots;
        }
        let number = self.entries.len() as u32;
        let start = self.text.len() as u32;
        self.text.push_str(word);
        self.entries.push(Entry { start, length: word.len() as u32, hash, meaning: 0 });
        put(&mut self.slots, hash, number);
        Name(number)
    }

    /// The number of a spelling that was met before.
    pub(super) fn find(&self, word: &str) -> Option<Name> {
        let hash = hash(word.as_bytes());
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let number = self.slots.get(slot)?.checked_sub(1)?;
            if self.spelling(Name(number)) == word {
                return Some(Name(number));
            }
            slot = (slot + 1) & mask;
        }
    }

    #[inline]
    pub(super) fn spelling(&self, name: Name) -> &str {
        let Some(entry) = self.entries.get(name.0 as usize) else { return "" };
        self.text.get(entry.start as usize..(entry.start + entry.length) as usize).unwrap_or("")
    }

    /// The number of the macro that a name stands for.
    #[inline]
    pub(super) fn meaning(&self, name: Name) -> Option<u32> {
        self.entries.get(name.0 as usize)?.meaning.checked_sub(1)
    }

    /// Gives a name a macro, or takes it away; comes back with what it had.
    pub(super) fn set_meaning(&mut self, name: Name, meaning: Option<u32>) -> Option<u32> {
        let entry = self.entries.get_mut(name.0 as usize)?;
        let before = entry.meaning.checked_sub(1);
        entry.meaning = meaning.map_or(0, |number| number + 1);
        before
    }

    /// All that stand for a macro.
    pub(super) fn with_meaning(&self) -> impl Iterator<Item = (Name, u32)> + '_ {
        let numbered = self.entries.iter().enumerate();
        numbered.filter_map(|(number, entry)| Some((Name(number as u32), entry.meaning.checked_sub(1)?)))
    }
}

/// The hash of no letters.
pub(super) const HASH_START: u32 = 0x811c_9dc5;

/// The hash with one more letter.
#[inline]
pub(super) fn hash_step(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

fn hash(bytes: &[u8]) -> u32 {
    finished(bytes.iter().fold(HASH_START, |hash, &byte| hash_step(hash, byte)))
}

/// Slots are chosen by the low bits.
#[inline]
pub(super) fn finished(hash: u32) -> u32 {
    hash ^ (hash >> 15)
}

fn put(slots: &mut [u32], hash: u32, number: u32) {
    let mask = slots.len() - 1;
    let mut slot = hash as usize & mask;
    while slots.get(slot).is_some_and(|&taken| taken != 0) {
        slot = (slot + 1) & mask;
    }
    if let Some(free) = slots.get_mut(slot) {
        *free = number + 1;
    }
}
