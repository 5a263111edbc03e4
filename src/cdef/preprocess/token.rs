//! Preprocessing tokens: small values that know where they were written.

use super::names::Name;

/// One token. What `value` is depends on the kind: a name, a length, the number of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Where it was written, in the space of all texts.
    pub place: u32,
    pub value: u32,
    pub kind: Kind,
    pub flags: Flags,
}

/// A set of facts about a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags(pub u8);

impl Flags {
    /// Blank space stands before it.
    pub(super) const WHITE: Flags = Flags(1);
    /// It is the first of its line.
    pub(super) const FIRST: Flags = Flags(2);
    /// A name that was met inside its own expansion: never a macro again.
    pub(super) const PAINTED: Flags = Flags(4);
    /// In a macro: `##` stands behind it.
    pub(super) const PASTE: Flags = Flags(8);
    /// In a macro: `#` stands before it.
    pub(super) const QUOTE: Flags = Flags(16);
    /// It was written in a macro.
    pub(super) const BODY: Flags = Flags(32);
    /// Spelled with a digraph.
    pub(super) const DIGRAPH: Flags = Flags(64);

    #[inline]
    pub(super) fn has(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }

    #[inline]
    pub(super) fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    #[inline]
    pub(super) fn without(self, other: Flags) -> Flags {
        Flags(self.0 & !other.0)
    }
}

impl Token {
    pub(super) fn end(place: u32) -> Token {
        Token { place, value: 0, kind: Kind::End, flags: Flags::default() }
    }

    #[inline]
    pub(super) fn name(self) -> Option<Name> {
        (self.kind == Kind::Name).then_some(Name(self.value))
    }

    #[inline]
    pub(super) fn is_spaced(self) -> bool {
        self.flags.has(Flags(Flags::WHITE.0 | Flags::FIRST.0))
    }
}

/// Makes the kinds of signs with their spellings.
macro_rules! kinds {
    ($($kind:ident $spelling:literal $digraph:literal,)*) => {
        /// What a token is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Kind {
            /// The end of a text, a directive, an argument.
            End,
            Name,
            Number,
            Character,
            Text,
            /// What is no token of C; the value is its length.
            Stray,
            /// A parameter, in a macro's body; the value is its number.
            Parameter,
            /// `__VA_OPT__(`, in a macro's body; the value is the place of its end there.
            Optional,
            /// The `)` of that.
            OptionalEnd,
            /// A pragma that is passed on; the value is the length of its text.
            Pragma,
            $($kind,)*
        }

        impl Kind {
            /// How a sign is spelled; nothing for all else.
            pub(super) fn spelling(self, digraph: bool) -> &'static str {
                match self {
                    $(Kind::$kind => if digraph { $digraph } else { $spelling },)*
                    _ => "",
                }
            }
        }
    };
}

kinds! {
    Hash "#" "%:", Paste "##" "%:%:", OpenBracket "[" "<:", CloseBracket "]" ":>", OpenBrace "{" "<%",
    CloseBrace "}" "%>", Open "(" "(", Close ")" ")", Comma "," ",", Semicolon ";" ";", Colon ":" ":",
    Scope "::" "::", Question "?" "?", Dot "." ".", Ellipsis "..." "...", Arrow "->" "->", Plus "+" "+",
    PlusPlus "++" "++", PlusAssign "+=" "+=", Minus "-" "-", MinusMinus "--" "--", MinusAssign "-=" "-=",
    Star "*" "*", StarAssign "*=" "*=", Slash "/" "/", SlashAssign "/=" "/=", Percent "%" "%",
    PercentAssign "%=" "%=", And "&" "&", AndAnd "&&" "&&", AndAssign "&=" "&=", Or "|" "|", OrOr "||" "||",
    OrAssign "|=" "|=", Xor "^" "^", XorAssign "^=" "^=", Tilde "~" "~", Not "!" "!", NotEqual "!=" "!=",
    Assign "=" "=", Equal "==" "==", Less "<" "<", LessEqual "<=" "<=", ShiftLeft "<<" "<<",
    ShiftLeftAssign "<<=" "<<=", Greater ">" ">", GreaterEqual ">=" ">=", ShiftRight ">>" ">>",
    ShiftRightAssign ">>=" ">>=",
}

impl Kind {
    /// Its spelling is a piece of text.
    pub(super) fn is_written(self) -> bool {
        matches!(self, Kind::Number | Kind::Character | Kind::Text | Kind::Stray | Kind::Pragma)
    }
}
