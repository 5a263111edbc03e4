//! Processor time of both, which other programs do not disturb as they do the clock on the wall.

/// Milliseconds of ours and of gcc's.
pub(super) fn measured(text: &str, flags: &[String]) -> Result<(f64, f64), String> {
    // The kernel counts in ticks, some of 10 ms.
    const RUNS: u32 = 20;
    let before = own();
    for _ in 0..RUNS {
        super::ours(text, flags)?;
    }
    let best = (own() - before) / f64::from(RUNS);
    let before = children();
    for _ in 0..RUNS {
        super::theirs(text, flags)?;
    }
    Ok((best, (children() - before) / f64::from(RUNS)))
}

/// What this thread has used.
fn own() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

/// What programs used that this one has waited for.
fn children() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = text.rsplit(')').next().unwrap_or("");
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(13) + ticks(14)) * 10.0
}
