//! What has no definition: `__LINE__`, `__FILE__`, `__has_attribute(x)`, `_Pragma("x")` ...

use super::directive::unquoted;
use super::lexer::{self, SCRATCH};
use super::macros::Builtin;
use super::run::Run;
use super::token::{Flags, Kind, Token};
use crate::error::{Diagnostic, ErrorKind};
use std::time::{SystemTime, UNIX_EPOCH};

/// What gcc 12.2 answers for `__has_attribute`.
const ATTRIBUTES: &str = include_str!("predefined/attributes.txt");

/// What gcc 12.2 answers for `__has_builtin`, `__builtin_` left out; `+` where the bare name counts as well.
const BUILTINS: &str = include_str!("predefined/builtins.txt");

impl Run<'_> {
    /// What a builtin becomes; `None` is nothing.
    pub(super) fn builtin(&mut self, builtin: Builtin, word: Token) -> Option<Token> {
        let text = match builtin {
            Builtin::Line => {
                let inside = word.flags.has(Flags::BODY) || word.place >= SCRATCH;
                let place = if inside && !self.mode.directive { self.use_place } else { word.place };
                let place = match inside && self.mode.directive {
                    true => self.buffers.last().map_or(0, |buffer| buffer.base + buffer.at as u32),
                    false => place,
                };
                let (line, _) = self.presumed(place);
                return Some(self.made_number(u64::from(line), word));
            }
            Builtin::IncludeLevel => {
                let level = self.buffers.len().saturating_sub(1) as u64;
                return Some(self.made_number(level, word));
            }
            Builtin::Counter => {
                let count = self.macros.counter;
                self.macros.counter = count.wrapping_add(1);
                return Some(self.made_number(u64::from(count), word));
            }
            Builtin::HasAttribute | Builtin::HasFunction => {
                let value = self.has_word(builtin, word);
                return Some(self.made_number(value, word));
            }
            Builtin::HasInclude | Builtin::HasIncludeNext => {
                let found = self.has_include(word, builtin == Builtin::HasIncludeNext);
                return Some(self.made_number(u64::from(found), word));
            }
            Builtin::Pragma => return self.pragma_operator(word),
            Builtin::File => {
                let place = self.buffers.last().map_or(0, |buffer| buffer.base + buffer.at as u32);
                self.presumed(place).1
            }
            Builtin::FileName => {
                let place = self.buffers.last().map_or(0, |buffer| buffer.base + buffer.at as u32);
                let file = self.presumed(place).1;
                file.rsplit('/').next().unwrap_or("").to_owned()
            }
            Builtin::BaseFile => self.buffers.first().map_or("", |buffer| buffer.source.name()).to_owned(),
            Builtin::Date => date(now()),
            Builtin::Time => time(now()),
            Builtin::Timestamp => {
                let file = self.buffers.last().filter(|buffer| buffer.file.is_some());
                let changed = file.and_then(|buffer| seconds_of(buffer.source.name()));
                // What gcc says of a text that is in no file.
                changed.map_or("??? ??? ?? ??:??:?? ????".to_owned(), timestamp)
            }
        };
        let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        Some(self.made(Kind::Text, &quoted, Flags::default(), word.place))
    }

    fn made_number(&mut self, number: u64, word: Token) -> Token {
        self.made(Kind::Number, &number.to_string(), Flags::default(), word.place)
    }

    /// The word in parentheses behind `__has_attribute` or `__has_builtin`, looked up.
    fn has_word(&mut self, builtin: Builtin, word: Token) -> u64 {
        let before = self.mode;
        self.mode.plain = true;
        let open = self.next();
        let mut asked = String::new();
        let mut closed = open.kind == Kind::Open;
        while closed {
            let token = self.next();
            match token.kind {
                Kind::Close => break,
                Kind::End | Kind::Open => closed = false,
                _ => asked.push_str(self.macros.spelling(token)),
            }
        }
        self.mode = before;
        if !closed || asked.is_empty() {
            let name = self.macros.spelling(word).to_owned();
            let span = self.span_of(word);
            let problem = Diagnostic::new(ErrorKind::Syntax, format!("expected (NAME) after '{name}'"));
            self.problem(problem, span, "");
            return 0;
        }
        let x86 = self.macros.named("__x86_64__").or(self.macros.named("__i386__")).is_some();
        match builtin {
            Builtin::HasFunction => u64::from(has_builtin(&asked, x86)),
            _ => attribute(&asked, x86),
        }
    }

    fn pragma_operator(&mut self, word: Token) -> Option<Token> {
        let before = self.mode;
        self.mode.plain = true;
        let (open, text) = (self.next(), self.next());
        let closed = open.kind == Kind::Open && text.kind == Kind::Text && self.next().kind == Kind::Close;
        self.mode = before;
        if !closed {
            let span = self.span_of(word);
            let problem =
                Diagnostic::new(ErrorKind::Syntax, "expected a string in parentheses after '_Pragma'");
            self.problem(problem, span, "write _Pragma(\"pack(1)\")");
            return None;
        }
        let content = unquoted(self.macros.spelling(text));
        let base = self.macros.scratch.keep(&content)?;
        let mut tokens = Vec::new();
        let mut at = 0;
        let mut unended = None;
        loop {
            let mut into = lexer::Into {
                names: &mut self.macros.names,
                scratch: &mut self.macros.scratch,
                unended: &mut unended,
            };
            let token = lexer::next(&content, &mut at, base, Flags::default(), true, &mut into);
            if token.kind == Kind::End {
                break;
            }
            tokens.push(token);
        }
        self.pragma_of(&tokens, word)
    }
}

fn plain(name: &str) -> &str {
    name.strip_prefix("__")
        .and_then(|name| name.strip_suffix("__"))
        .filter(|name| !name.is_empty())
        .unwrap_or(name)
}

fn attribute(asked: &str, x86: bool) -> u64 {
    let asked = asked.strip_prefix("gnu::").or(asked.strip_prefix("__gnu__::")).unwrap_or(asked);
    let asked = plain(asked);
    let mut lines = ATTRIBUTES.lines().filter_map(|line| line.split_once(' '));
    let found = lines.find(|(name, _)| *name == asked).map(|(_, value)| value);
    match found {
        Some("x86") => u64::from(x86),
        Some(value) => value.parse().unwrap_or(0),
        None => 0,
    }
}

fn has_builtin(asked: &str, x86: bool) -> bool {
    if asked.starts_with("__builtin_ia32_") {
        return x86;
    }
    let short = asked.strip_prefix("__builtin_");
    BUILTINS.lines().any(|line| match (line.strip_prefix('+'), short) {
        (Some(name), None) => name == asked,
        (Some(name), Some(short)) => name == short,
        (None, Some(short)) => line == short,
        (None, None) => line.strip_prefix('=') == Some(asked),
    })
}

/// Seconds since 1970, which builds that must be repeatable set.
fn now() -> i64 {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
    fixed.unwrap_or_else(|| {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
    })
}

/// `Nov  3 2026`, in UTC.
fn date(seconds: i64) -> String {
    let (month, day, year) = calendar(seconds);
    format!("{month} {day:2} {year}")
}

/// `Tue Nov  3 12:00:00 2026`, in UTC.
fn timestamp(seconds: i64) -> String {
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let weekday = seconds.div_euclid(86_400).rem_euclid(7);
    let (month, day, year) = calendar(seconds);
    let weekday = WEEKDAYS.get(weekday as usize).unwrap_or(&"Thu");
    format!("{weekday} {month} {day:2} {} {year}", time(seconds))
}

/// When a file was changed, in seconds since 1970.
fn seconds_of(path: &str) -> Option<i64> {
    let changed = std::fs::metadata(path).ok()?.modified().ok()?;
    Some(changed.duration_since(UNIX_EPOCH).ok()?.as_secs() as i64)
}

fn calendar(seconds: i64) -> (&'static str, i64, i64) {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    // Days from 0000-03-01, in eras of 400 years.
    let days = seconds.div_euclid(86_400).saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 2 } else { shifted - 10 };
    let year = year_of_era + era * 400 + i64::from(month < 2);
    (MONTHS.get(month as usize).unwrap_or(&"Jan"), day, year)
}

fn time(seconds: i64) -> String {
    let seconds = seconds.rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
