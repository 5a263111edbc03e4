//! `cargo xtask layouts`: random declarations, laid out by the library and by compilers, compared row by row.

pub mod cases;
mod coff;
mod command;
mod compare;
mod compiler;
mod elf;
mod generate;
mod judge;
mod known;
mod minimise;
mod ours;
mod random;
mod rows;
mod tree;

pub use command::command;
pub use compare::{Difference, differences};
pub use compiler::Compiler;
use generate::Machine;
pub use generate::Profile;
pub use ours::{FieldRow, TypeRows, ours};
pub use random::Random;

use judge::{Verdict, judge};
use std::collections::BTreeMap;
use tree::{Group, Item};

/// Groups in one file.
const BATCH: u64 = 120;

/// Differences that are shown with their declaration.
const SHOWN: usize = 10;

/// What to check.
#[derive(Clone, Debug)]
pub struct Options {
    /// At least this many declarations.
    pub count: usize,
    /// The same seed gives the same declarations.
    pub seed: u64,
    /// Which language.
    pub profiles: Vec<Profile>,
    /// The target's name.
    pub target: String,
    /// Who judges, all for that target; gcc first.
    pub compilers: Vec<Compiler>,
    /// Leave the library out and judge every compiler by the first one.
    pub judges_only: bool,
}

/// What one compiler's judgement came to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// `gcc 12.2.0`
    pub title: String,
    /// How many declarations were compared.
    pub compared: usize,
    /// How many the compiler does not accept.
    pub refused: usize,
    /// Differences in places where gcc and clang are known to differ, by kind.
    pub known: BTreeMap<&'static str, usize>,
    /// All others, each with its declaration.
    pub differences: Vec<String>,
    /// All others, counted.
    pub real: usize,
    /// One message for each way in which it refused, with how often.
    pub refusals: BTreeMap<String, usize>,
}

/// Texts of random declarations for x86-64 Linux.
pub fn texts(seed: u64, count: u64, profile: Profile) -> Vec<String> {
    let machine = Machine::of("x86_64-linux-gnu");
    (0..count).map(|serial| generate::group(seed, serial, profile, machine).text()).collect()
}

/// Generates, asks everybody and compares.
pub fn run(options: &Options) -> Result<Vec<Tally>, String> {
    let machine = Machine::of(&options.target);
    let tally = |compiler: &Compiler| Tally { title: compiler.title.clone(), ..Tally::default() };
    let mut tallies: Vec<Tally> = options.compilers.iter().map(tally).collect();
    for profile in &options.profiles {
        let (mut done, mut serial) = (0, 0);
        while done < options.count.div_ceil(options.profiles.len()) {
            let groups: Vec<Group> = (serial..serial + BATCH)
                .map(|serial| generate::group(options.seed, serial, *profile, machine))
                .collect();
            serial += BATCH;
            done += groups.iter().map(size).sum::<usize>();
            batch(options, &groups, &mut tallies)?;
        }
    }
    Ok(tallies)
}

fn batch(options: &Options, groups: &[Group], tallies: &mut [Tally]) -> Result<(), String> {
    let all: Vec<&Group> = groups.iter().collect();
    let Some((first, others)) = options.compilers.split_first() else { return Ok(()) };
    let leader = judge(first, &all)?;
    for (group, verdict) in groups.iter().zip(&leader) {
        if let Verdict::Refused(message) = verdict {
            refuse(group, message, &mut tallies[0]);
        } else if !options.judges_only {
            settle(options, first, group, verdict, &mut tallies[0]);
        } else {
            tallies[0].compared += size(group);
        }
    }
    // What the first compiler refuses is no C, so nobody else is asked.
    let valid: Vec<usize> =
        (0..groups.len()).filter(|index| matches!(leader[*index], Verdict::Rows(_))).collect();
    let left: Vec<&Group> = valid.iter().map(|index| &groups[*index]).collect();
    for (compiler, tally) in others.iter().zip(&mut tallies[1..]) {
        for ((verdict, index), group) in judge(compiler, &left)?.iter().zip(&valid).zip(&left) {
            match (verdict, &leader[*index]) {
                (Verdict::Refused(message), _) => refuse(group, message, tally),
                (Verdict::Rows(rows), Verdict::Rows(reference)) if options.judges_only => {
                    compare_with(
                        &options.target,
                        compiler,
                        group,
                        rows,
                        Ok(reference.clone()),
                        tally,
                        &mut |smaller| match judge(first, &[smaller]).ok()?.pop()? {
                            Verdict::Rows(rows) => Some(Ok(rows)),
                            Verdict::Refused(_) => None,
                        },
                    );
                }
                _ => settle(options, compiler, group, verdict, tally),
            }
        }
    }
    Ok(())
}

/// Compares the library with what a compiler said.
fn settle(options: &Options, compiler: &Compiler, group: &Group, verdict: &Verdict, tally: &mut Tally) {
    if let Verdict::Rows(rows) = verdict {
        let ours = |group: &Group| ours(&group.text(), &options.target);
        compare_with(&options.target, compiler, group, rows, ours(group), tally, &mut |smaller| {
            Some(ours(smaller))
        });
    }
}

type Found = Result<Vec<TypeRows>, String>;

fn compare_with(
    target: &str,
    compiler: &Compiler,
    group: &Group,
    expected: &[TypeRows],
    found: Found,
    tally: &mut Tally,
    again: &mut dyn FnMut(&Group) -> Option<Found>,
) {
    tally.compared += size(group);
    for difference in account(expected, &found) {
        let known = if compiler.is_clang() { known::kind(group, &difference, target) } else { None };
        if let Some(kind) = known {
            *tally.known.entry(kind).or_default() += 1;
            continue;
        }
        tally.real += 1;
        if tally.differences.len() >= SHOWN {
            continue;
        }
        let mut shows = |smaller: &Group| -> Option<Difference> {
            let Verdict::Rows(expected) = judge(compiler, &[smaller]).ok()?.pop()? else { return None };
            let list = account(&expected, &again(smaller)?);
            let same = |one: &Difference| one.fact == difference.fact && one.of == difference.of;
            list.into_iter().find(|one| {
                same(one) && (!compiler.is_clang() || known::kind(smaller, one, target).is_none())
            })
        };
        let smallest = minimise::minimise(group, 150, &mut |smaller| shows(smaller).is_some());
        let text = shows(&smallest).map_or(difference.text, |smaller| smaller.text);
        tally.differences.push(format!("{}by {}: {text}", smallest.text(), compiler.title));
        // One kind of mistake in one group is enough.
        break;
    }
}

fn account(expected: &[TypeRows], found: &Found) -> Vec<Difference> {
    match found {
        Ok(found) => differences(expected, found),
        Err(message) => {
            let of = expected.last().map(|last| last.name.clone()).unwrap_or_default();
            vec![Difference { of, fact: "refused", text: format!("refused: {message}") }]
        }
    }
}

fn refuse(group: &Group, message: &str, tally: &mut Tally) {
    tally.refused += size(group);
    let plain: String = message.chars().filter(|c| !c.is_ascii_digit()).collect();
    *tally.refusals.entry(plain).or_default() += 1;
}

/// How many declarations a group has.
fn size(group: &Group) -> usize {
    group.items.iter().filter(|item| !matches!(item, Item::Line(_))).count()
}

impl Tally {
    /// Is there no difference but those that are known?
    pub fn is_clean(&self) -> bool {
        self.real == 0
    }

    /// `20000 declarations, gcc 12.2.0: 0 differences`
    pub fn line(&self) -> String {
        let Tally { title, compared, refused, known, real, .. } = self;
        let mut line = format!("{compared} declarations, {title}: {real} differences");
        if !known.is_empty() {
            let total: usize = known.values().sum();
            let kinds: Vec<String> = known.iter().map(|(kind, count)| format!("{kind}: {count}")).collect();
            line = format!(
                "{line}, and {total} of the kinds that gcc and clang disagree about ({})",
                kinds.join(", ")
            );
        }
        if *refused > 0 {
            line = format!("{line}; {refused} more not accepted by {title}");
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::generate::{Machine, Profile, group};
    use super::minimise::minimise;

    #[test]
    fn the_same_seed_gives_the_same_declarations() {
        let text = |seed| group(seed, 5, Profile::Gnu, Machine::of("x86_64-linux-gnu")).text();
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }

    #[test]
    fn what_does_not_matter_is_cut() {
        let machine = Machine::of("x86_64-linux-gnu");
        let long = (0..).map(|serial| group(3, serial, Profile::Plain, machine));
        let Some(group) = long.take(100).find(|group| group.text().contains("double")) else { return };
        let smallest = minimise(&group, 1000, &mut |smaller| smaller.text().contains("double")).text();
        assert!(smallest.contains("double"));
        assert!(smallest.lines().count() <= 5, "{smallest}");
    }
}
