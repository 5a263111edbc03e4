//! The child: makes texts, tries them.

use super::trial::{Case, Entry, Verdict, tried};
use super::{corpus, declare, directives, mutate};
use crate::layouts::Random;
use std::path::Path;
use std::time::{Duration, Instant};

/// Bytes of the stack that texts are tried on.
const STACK: usize = 2 << 20;

/// Tries texts until something is found or the time is over.
pub fn run(seed: u64, seconds: u64, case: &Path) -> Result<bool, String> {
    let path = case.to_owned();
    let folder = case.parent().map(|folder| folder.join("include")).unwrap_or_default();
    corpus::write_headers(&folder)?;
    on_a_small_stack(move || {
        let end = Instant::now() + Duration::from_secs(seconds);
        let mut random = Random::new(seed);
        let corpus = corpus::texts()?;
        let mut count = 0u64;
        while Instant::now() < end {
            let made = made(&mut random, &corpus);
            std::fs::write(&path, made.to_text()).map_err(|error| format!("cannot write a case: {error}"))?;
            count += 1;
            if let Verdict::Wrong(kind) = tried(&made, &folder) {
                println!("texts {count}\nfound {kind}");
                return Ok(false);
            }
        }
        println!("texts {count}");
        Ok(true)
    })
}

/// Tries the text of a file.
pub fn one(case: &Path) -> Result<bool, String> {
    let text = std::fs::read_to_string(case).map_err(|error| format!("cannot read the case: {error}"))?;
    let folder = case.parent().map(|folder| folder.join("include")).unwrap_or_default();
    corpus::write_headers(&folder)?;
    on_a_small_stack(move || match tried(&Case::of_text(&text), &folder) {
        Verdict::Wrong(kind) => {
            println!("found {kind}");
            Ok(false)
        }
        Verdict::Fine => Ok(true),
    })
}

fn on_a_small_stack(work: impl FnOnce() -> Result<bool, String> + Send + 'static) -> Result<bool, String> {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    let thread = thread.map_err(|error| format!("cannot start a thread: {error}"))?;
    thread.join().map_err(|_| "the fuzzer itself panicked".to_owned())?
}

fn made(random: &mut Random, corpus: &[String]) -> Case {
    let mut text = String::new();
    for _ in 0..random.between(1, 4) {
        match random.between(0, 9) {
            0..=2 => text += &declare::text(random),
            3..=5 => text += &directives::text(random),
            _ => text += mutate::one_of(random, corpus),
        }
        text.push('\n');
    }
    if random.chance(85) {
        text = mutate::mutated(random, text, corpus);
    }
    let entry = match random.between(0, 9) {
        0..=5 => Entry::Declare,
        6 | 7 => Entry::Expand,
        8 => Entry::Evaluate,
        _ => Entry::Initialise,
    };
    Case { entry, target: random.between(0, 5) as usize, text }
}
