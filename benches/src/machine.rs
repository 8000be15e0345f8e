//! What the machine says: load, processors, the memory of a process.

use anyhow::{Context as _, Result};
use std::fs;

/// Processors and load, in one line.
pub fn describe() -> String {
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let mode = if cfg!(debug_assertions) { "; BUILT WITHOUT OPTIMISATION: figures mean little" } else { "" };
    format!("{processors} processors, load {}{mode}", load())
}

/// Load averages over 1, 5 and 15 minutes.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let three: Vec<&str> = text.split(' ').take(3).collect();
    if three.is_empty() { "unknown".to_owned() } else { three.join(" ") }
}

/// Memory of a process, bytes.
#[derive(Clone, Copy)]
pub struct Memory {
    /// Resident.
    pub resident: u64,
    /// Of it, not backed by files: heap and stacks.
    pub anonymous: u64,
}

/// Memory of a process now.
pub fn memory(process: u32) -> Result<Memory> {
    let path = format!("/proc/{process}/status");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}; memory is measured on Linux"))?;
    Ok(Memory { resident: kilobytes(&text, "VmRSS:")? * 1024, anonymous: kilobytes(&text, "RssAnon:")? * 1024 })
}

/// Processor time of a process so far, milliseconds.
pub fn processor_ms(process: u32) -> Result<u64> {
    const TICK_MS: u64 = 10;
    let path = format!("/proc/{process}/stat");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    Ok(ticks * TICK_MS)
}

fn kilobytes(status: &str, name: &str) -> Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|rest| rest.split_whitespace().next()).and_then(|text| text.parse().ok());
    number.with_context(|| format!("the process status has no {name}"))
}

/// Bytes as megabytes with one decimal.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1_048_576.0)
}
