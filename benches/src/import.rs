//! From an API description to a connector: the time of the import, in this process.

use crate::{machine, verdict};
use anyhow::{Context as _, Result, bail};
use baton_tools::import::{Options as Import, import};
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

/// Aim for the largest description that is usual, milliseconds.
const AIM_MS: f64 = 2_000.0;

/// What to import.
#[derive(Args)]
pub struct Options {
    /// The description; Stripe's where the shared data is.
    #[arg(long, default_value = "../shared/data/openapi/stripe_2022-02.json")]
    file: PathBuf,
    /// Imports that are timed.
    #[arg(long, default_value_t = 5)]
    times: usize,
}

/// Measures, prints, and says whether the aim was met.
pub fn measure(options: &Options) -> Result<bool> {
    let name = options.file.display().to_string();
    let text = std::fs::read_to_string(&options.file).with_context(|| format!("{name} cannot be read"))?;
    let load = machine::load();
    let (mut took_ms, mut count) = (Vec::new(), 0);
    for _ in 0..options.times.max(1) {
        let begin = Instant::now();
        let done = match import(&name, &text, &Import::default()) {
            Ok(done) => done,
            Err(problem) => bail!("{problem}"),
        };
        took_ms.push(begin.elapsed().as_secs_f64() * 1_000.0);
        count = done.report.imported;
    }
    took_ms.sort_by(f64::total_cmp);
    let (median, worst) = (took_ms[took_ms.len() / 2], took_ms[took_ms.len() - 1]);
    let met = worst < AIM_MS;
    println!("import of {name}, {count} operations, {} bytes, load {load} -> {}", text.len(), machine::load());
    println!("  median {median:.0} ms, worst {worst:.0} ms; aim < {AIM_MS:.0} ms: {}\n", verdict(met));
    Ok(met)
}
