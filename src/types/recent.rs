//! A small table of answers that may be forgotten at any time: read without a lock, by any thread.

use std::sync::atomic::{AtomicU64, Ordering::*, fence};

/// What was found lately: a word for every four words of question.
pub(crate) struct Recent([Place; PLACES]);

const PLACES: usize = 64;

/// One question and its answer.
///
/// Invariant: the words belong together where `version` is even and the same before and after they were read.
#[derive(Default)]
#[repr(align(64))]
struct Place {
    version: AtomicU64,
    question: [AtomicU64; 4],
    answer: AtomicU64,
    /// The question that was asked last in vain.
    asked: AtomicU64,
}

impl Recent {
    pub(super) fn new() -> Recent {
        Recent(std::array::from_fn(|_| Place::default()))
    }

    /// The answer to a question, if it is still known; 0 if not. `hint` says where to look.
    #[inline(always)]
    pub(crate) fn answer(&self, hint: usize, question: [u64; 4]) -> u64 {
        let Some(place) = self.0.get(hint % PLACES) else { return 0 };
        let version = place.version.load(Acquire);
        let [first, second, third, fourth] = &place.question;
        let is_same = first.load(Relaxed) == question[0]
            && second.load(Relaxed) == question[1]
            && third.load(Relaxed) == question[2]
            && fourth.load(Relaxed) == question[3];
        if !is_same {
            return 0;
        }
        let answer = place.answer.load(Relaxed);
        fence(Acquire);
        // Of an odd version this is another
        if place.version.load(Relaxed) == version & !1 { answer } else { 0 }
    }

    /// Keeps an answer, if it was asked for before: what is asked once and never again should not push out the others.
    pub(crate) fn keep(&self, hint: usize, question: [u64; 4], answer: u64) {
        let Some(place) = self.0.get(hint % PLACES) else { return };
        let mixed = question
            .iter()
            .fold(0, |sum: u64, word| (sum.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        if place.asked.swap(mixed, Relaxed) != mixed {
            return;
        }
        let version = place.version.load(Relaxed);
        let is_free = version % 2 == 0
            && place.version.compare_exchange(version, version.wrapping_add(1), Acquire, Relaxed).is_ok();
        if !is_free {
            return;
        }
        fence(Release);
        place.question.iter().zip(question).for_each(|(to, word)| to.store(word, Relaxed));
        place.answer.store(answer, Relaxed);
        place.version.store(version.wrapping_add(2), Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_those_of_their_questions() {
        let recent = Recent::new();
        assert_eq!(recent.answer(1, [1; 4]), 0);
        recent.keep(1, [1; 4], 5);
        assert_eq!(recent.answer(1, [1; 4]), 0, "asked once");
        recent.keep(1, [1; 4], 5);
        assert_eq!(recent.answer(1, [1; 4]), 5);
        assert_eq!(recent.answer(1, [1, 1, 1, 2]), 0);
    }

    #[test]
    fn threads_see_no_mixture() {
        let recent = Recent::new();
        std::thread::scope(|scope| {
            for start in 0..4u64 {
                let recent = &recent;
                scope.spawn(move || {
                    for step in 0..if cfg!(miri) { 50 } else { 20_000 } {
                        let word = (start + step) % 3 + 1;
                        recent.keep(0, [word; 4], word);
                        let answer = recent.answer(0, [word; 4]);
                        assert!(answer == 0 || answer == word);
                    }
                });
            }
        });
    }
}
