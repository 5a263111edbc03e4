//! A text made smaller for as long as it shows the same mistake.

use std::time::{Duration, Instant};

/// Longer than this nobody waits.
const TIME: Duration = Duration::from_secs(20);

/// The smallest text that was found; its first line stays.
pub fn smaller(text: &str, shows: impl Fn(&str) -> bool) -> String {
    let end = Instant::now() + TIME;
    let (head, body) = text.split_once('\n').unwrap_or((text, ""));
    let mut letters: Vec<char> = body.chars().collect();
    let whole = |letters: &[char]| format!("{head}\n{}", letters.iter().collect::<String>());
    let mut size = letters.len() / 2;
    while size > 0 && Instant::now() < end {
        let mut at = 0;
        let mut changed = false;
        while at < letters.len() && Instant::now() < end {
            let mut less = letters.clone();
            less.drain(at..(at + size).min(letters.len()));
            if shows(&whole(&less)) {
                letters = less;
                changed = true;
            } else {
                at += size;
            }
        }
        if !changed || size > 1 {
            size /= 2;
        }
    }
    whole(&letters)
}
