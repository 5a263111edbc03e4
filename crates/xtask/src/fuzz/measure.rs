//! What a text costs: time of this thread alone, and memory.

use std::sync::OnceLock;
use std::time::Instant;

/// Milliseconds of the processor that this thread has used, where the system tells; of the clock elsewhere.
pub fn milliseconds() -> f64 {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
    match nanoseconds {
        Some(nanoseconds) => nanoseconds as f64 / 1e6,
        None => BEGIN.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3,
    }
}

/// The most bytes of memory that the process has had at once; 0 where the system does not tell.
pub fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or(0) << 10
}
