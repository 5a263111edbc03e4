//! What changed between two lists of lines.
#![forbid(unsafe_code)]

/// One step from the old lines to the new ones; the numbers are indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// In both.
    Same { old: usize, new: usize },
    /// Only in the old lines; `new` is where it would stand in the new ones.
    Removed { old: usize, new: usize },
    /// Only in the new lines; `old` is where it would stand in the old ones.
    Added { old: usize, new: usize },
}

impl Step {
    /// The same step in longer lists, behind so many lines.
    pub fn shifted(self, old_by: usize, new_by: usize) -> Step {
        match self {
            Step::Same { old, new } => Step::Same { old: old + old_by, new: new + new_by },
            Step::Removed { old, new } => Step::Removed { old: old + old_by, new: new + new_by },
            Step::Added { old, new } => Step::Added { old: old + old_by, new: new + new_by },
        }
    }
}

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// Pairs of lines that are compared at most; more (about 3,000 changed lines) are told as replaced.
const MOST_PAIRS: usize = 1 << 23;

/// The shortest way from the old lines to the new ones.
pub fn steps(old: &[&str], new: &[&str]) -> Vec<Step> {
    let common = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
    let head = common(&mut old.iter().zip(new));
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = common(&mut old_rest.iter().rev().zip(new_rest.iter().rev()));
    let (old_middle, new_middle) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);

    let mut found: Vec<Step> = (0..head).map(|at| Step::Same { old: at, new: at }).collect();
    found.extend(middle_steps(old_middle, new_middle).into_iter().map(|step| step.shifted(head, head)));
    let (old_tail, new_tail) = (old.len() - tail, new.len() - tail);
    found.extend((0..tail).map(|at| Step::Same { old: old_tail + at, new: new_tail + at }));
    found
}

fn middle_steps(old: &[&str], new: &[&str]) -> Vec<Step> {
    let width = new.len() + 1;
    if old.len().saturating_add(1).saturating_mul(width) > MOST_PAIRS {
        let removed = (0..old.len()).map(|at| Step::Removed { old: at, new: 0 });
        return removed.chain((0..new.len()).map(|at| Step::Added { old: old.len(), new: at })).collect();
    }
    // longest[i * width + j]: the length of the longest common subsequence of old[i..] and new[j..].
    let mut longest = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i * width + j] = if old[i] == new[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::with_capacity(old.len() + new.len());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            found.push(Step::Same { old: i, new: j });
            (i, j) = (i + 1, j + 1);
        } else if j == new.len()
            || (i < old.len() && longest[(i + 1) * width + j] >= longest[i * width + j + 1])
        {
            found.push(Step::Removed { old: i, new: j });
            i += 1;
        } else {
            found.push(Step::Added { old: i, new: j });
            j += 1;
        }
    }
    found
}

/// The changes, each with the lines around it; changes whose surroundings touch stand together.
pub fn hunks(steps: &[Step]) -> Vec<&[Step]> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        if matches!(step, Step::Same { .. }) {
            continue;
        }
        let (start, end) = (at.saturating_sub(CONTEXT), (at + 1 + CONTEXT).min(steps.len()));
        match ranges.last_mut() {
            Some(last) if last.1 >= start => last.1 = end,
            _ => ranges.push((start, end)),
        }
    }
    ranges.into_iter().filter_map(|(start, end)| steps.get(start..end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(old: &str, new: &str) -> String {
        let (old, new): (Vec<&str>, Vec<&str>) = (old.split(' ').collect(), new.split(' ').collect());
        let words = steps(&old, &new).into_iter().map(|step| match step {
            Step::Same { old: at, new: other } => {
                assert_eq!(old[at], new[other]);
                old[at].to_string()
            }
            Step::Removed { old: at, .. } => format!("-{}", old[at]),
            Step::Added { new: at, .. } => format!("+{}", new[at]),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_shortest_way_is_found() {
        assert_eq!(drawn("a b c d", "a c x d"), "a -b c +x d");
        assert_eq!(drawn("a a a", "a a"), "a a -a");
        assert_eq!(drawn("a", "b"), "-a +b");
        assert_eq!(drawn("a b", "a b"), "a b");
    }

    #[test]
    fn too_much_to_compare_is_replaced() {
        let old: Vec<String> = (0..6000).map(|n| format!("old {n}")).collect();
        let new: Vec<String> = (0..6000).map(|n| format!("new {n}")).collect();
        let old: Vec<&str> = old.iter().map(String::as_str).collect();
        let new: Vec<&str> = new.iter().map(String::as_str).collect();
        assert_eq!(steps(&old, &new).len(), 12000);
    }

    #[test]
    fn far_changes_stand_apart() {
        let old: Vec<String> = (0..30).map(|n| n.to_string()).collect();
        let old: Vec<&str> = old.iter().map(String::as_str).collect();
        let mut new = old.clone();
        new[5] = "x";
        new[25] = "y";
        let steps = steps(&old, &new);
        assert_eq!(hunks(&steps).iter().map(|hunk| hunk.len()).collect::<Vec<_>>(), [8, 8]);
    }
}
