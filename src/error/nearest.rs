//! "Did you mean": the nearest of the names that exist.

/// The candidate that a typing mistake in `word` most likely meant, if any is near enough.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters: Vec<char> = word.chars().collect();
    let limit = match letters.len() {
        0..=2 => return None,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == word || candidate.len().abs_diff(word.len()) > limit {
            continue;
        }
        let distance = distance(&letters, candidate, limit);
        if distance <= limit && best.is_none_or(|(found, _)| distance < found) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours; case counts as nothing. Past `limit` only "more".
fn distance(word: &[char], candidate: &str, limit: usize) -> usize {
    let same = |a: char, b: char| a.eq_ignore_ascii_case(&b);
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=word.len()).collect();
    let mut previous = None;
    for (row, letter) in candidate.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, &wanted) in word.iter().enumerate() {
            let replace = last[column] + usize::from(!same(wanted, letter));
            let mut cost = replace.min(last[column + 1] + 1).min(current[column] + 1);
            if let (Some(previous), true) = (previous, column > 0)
                && same(previous, wanted)
                && same(letter, word[column - 1])
            {
                cost = cost.min(before_last[column - 1] + 1);
            }
            current.push(cost);
        }
        if current.iter().min().is_some_and(|&cost| cost > limit) {
            return limit + 1;
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(letter);
    }
    last.last().copied().unwrap_or(limit + 1)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let known = ["uint32_t", "size_t", "struct", "point_t"];
        assert_eq!(nearest("uint23_t", known), Some("uint32_t"));
        assert_eq!(nearest("strcut", known), Some("struct"));
        assert_eq!(nearest("Point_t", known), Some("point_t"));
        assert_eq!(nearest("xyzzy", known), None);
        assert_eq!(nearest("ab", known), None);
    }
}
