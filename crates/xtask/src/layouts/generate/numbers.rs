//! Constant expressions: array lengths, widths and enum values written in all the ways that C allows.

use super::{Known, State};

impl State {
    /// A positive number as a length: its text, and about its value.
    pub(super) fn length(&mut self) -> (String, u64) {
        if self.random.chance(60) {
            let value = self.random.between(1, 4);
            return (value.to_string(), value);
        }
        let known = self.known.iter().rev().find(|known| known.member.is_some()).cloned();
        if let Some(Known { text: record, member: Some(member), .. }) = known
            && self.random.chance(40)
        {
            let text = match self.random.between(0, 5) {
                0 => format!("sizeof({record}) % 3 + 1"),
                1 => format!("(sizeof({record}) > 8 ? 3 : 1)"),
                2 => format!("__builtin_offsetof({record}, {member}) % 4 + 1"),
                3 => format!("sizeof((({record} *)0)->{member}) % 4 + 1"),
                4 => format!("_Alignof({record}) % 3 + 1"),
                _ => format!("((unsigned char)sizeof({record} *) >> 2) + 1"),
            };
            return (text, 3);
        }
        if let Some(constant) = self.constants.last().cloned()
            && self.random.chance(25)
        {
            return (format!("({constant} > 3) + 1"), 2);
        }
        let choices = [
            "'a' - 95",
            "1 << 2",
            "(char)257 + 1",
            "3 > 2 ? 4 : 1",
            "~0u >> 30",
            "-1 < 0u ? 5 : 2",
            "sizeof(int)",
            "sizeof(char *) / 4",
            "_Alignof(double)",
            "!0 + 1",
            "0x10 / 5",
            "7 & 3",
            "010 - 5",
            "sizeof(\"abc\")",
            "sizeof(int[3]) / sizeof(int)",
            "(2 + 1)",
            "'\\x02'",
            "'\\003'",
            "5 ^ 6",
            "1u + 1ull",
            "0b11",
            "10 % 4",
            "-(-3)",
            "(unsigned char)-253",
            "sizeof 'c'",
            "1 ? 2 : 1 / 0",
            "!!7 | 2",
            "sizeof(short) == 2 && 1",
        ];
        (self.random.pick(&choices).to_string(), 5)
    }

    /// An enum constant's value, perhaps made from the one before it.
    pub(super) fn constant(&mut self, last: Option<String>, packed: bool, wide: bool) -> String {
        if let Some(last) = last
            && self.random.chance(25)
        {
            return match self.random.between(0, 3) {
                0 => format!("{last} + 2"),
                1 => format!("{last} / 2"),
                2 => format!("-({last} & 0xff)"),
                _ => last,
            };
        }
        let wides = [
            "0x100000000",
            "-0x80000001ll",
            "0x7fffffffffffffff",
            "0xffffffffffffffffull",
            "-0x7fffffffffffffffll - 1",
            "1ll << 40",
            "0x80000000",
            "4294967295",
            "0xffffffffu",
            "~0ull",
            "1ull << 63",
        ];
        if wide && self.random.chance(60) {
            return self.random.pick(&wides).to_string();
        }
        let edges = [
            "127", "128", "255", "256", "-128", "-129", "32767", "32768", "65535", "65536", "-32768",
            "-32769",
        ];
        if packed && self.random.chance(60) {
            return self.random.pick(&edges).to_string();
        }
        let choices = [
            "0",
            "1",
            "-1",
            "5",
            "-7",
            "1 << 4",
            "'x'",
            "'\\n'",
            "'\\377'",
            "0x7fffffff",
            "-2147483647 - 1",
            "010",
            "sizeof(long)",
            "3 * 4 - 1",
            "~0",
            "!5",
            "1 ? -2 : 3",
            "(signed char)200",
            "(unsigned char)200",
            "0xff & ~0xf",
            "100 >> 2",
            "-9 / 2",
            "-9 % 4",
            "'a' + 1",
            "1 == 1u",
            "(int)3.9",
            "-1 > 0u",
            "(short)0x18000",
            "1000000",
        ];
        self.random.pick(&choices).to_string()
    }

    /// A bit-field's width as text.
    pub(super) fn width_text(&mut self, width: u64) -> String {
        if self.random.chance(90) {
            return width.to_string();
        }
        match self.random.between(0, 3) {
            0 => format!("{} + 1", width - 1),
            1 => format!("{width:#x}"),
            2 => format!("(1 ? {width} : 0)"),
            _ => format!("{} / 2", width * 2),
        }
    }
}
