//! Intent recognition in this process: training, and one message after another.

use crate::{machine, verdict};
use anyhow::{Context as _, Result, bail};
use baton_agents::Recogniser;
use baton_agents::evaluate::{Example, read};
use clap::Args;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Aim for training, seconds.
const TRAIN_AIM_S: f64 = 30.0;
/// Aim for one message at the 99th percentile, microseconds.
const MESSAGE_AIM_US: u128 = 1_000;
/// Messages that are recognised.
const MESSAGES: usize = 20_000;

/// What to train on.
#[derive(Args)]
pub struct Options {
    /// Labelled messages; BANKING77's train split where the shared data is.
    #[arg(long, default_value = "../shared/data/intents/banking77/train.csv")]
    file: PathBuf,
}

/// Measures, prints, and says whether both aims were met.
pub fn measure(options: &Options) -> Result<bool> {
    let name = options.file.display().to_string();
    let bytes = std::fs::read(&options.file).with_context(|| format!("{name} cannot be read"))?;
    let examples = match read(&name, &bytes, &[]) {
        Ok(examples) => examples,
        Err(problem) => bail!("{problem}"),
    };
    let load = machine::load();
    let pairs: Vec<(String, String)> = examples.iter().map(|e| (e.text.clone(), e.label.clone())).collect();
    let begin = Instant::now();
    let recogniser = Recogniser::train(&pairs);
    let trained = begin.elapsed().as_secs_f64();
    let mut times = time(&recogniser, &examples);
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_micros();
    let met = trained < TRAIN_AIM_S && at(0.99) < MESSAGE_AIM_US;
    println!("recognition, {} examples of {name}, load {load} -> {}", pairs.len(), machine::load());
    println!(
        "  trained in {trained:.1} s (aim < {TRAIN_AIM_S:.0}); a message p50 {} µs, p99 {} µs (aim < {MESSAGE_AIM_US}): {}\n",
        at(0.5),
        at(0.99),
        verdict(met)
    );
    Ok(met)
}

fn time(recogniser: &Recogniser, examples: &[Example]) -> Vec<Duration> {
    let texts = examples.iter().map(|e| e.text.as_str()).cycle().take(MESSAGES);
    texts
        .map(|text| {
            let begin = Instant::now();
            std::hint::black_box(recogniser.recognise_message(text));
            begin.elapsed()
        })
        .collect()
}
