//! Intent recognition in this process: training, and one message after another; by words alone, and with an encoder.

use crate::{machine, verdict};
use anyhow::{Context as _, Result, bail};
use baton_agents::evaluate::{Example, read};
use baton_agents::{Encoder, Recogniser};
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Aim for training, seconds.
const TRAIN_AIM_S: f64 = 30.0;
/// Aim for one message at the 99th percentile, microseconds.
const MESSAGE_AIM_US: u128 = 1_000;
/// Messages that are recognised by their words, and with an encoder.
const MESSAGES: usize = 20_000;
const MESSAGES_ENCODED: usize = 2_000;

/// What to train on.
#[derive(Args)]
pub struct Options {
    /// Labelled messages; BANKING77's train split where the shared data is.
    #[arg(long, default_value = "../shared/data/intents/banking77/train.csv")]
    file: PathBuf,
    /// Folder of a sentence encoder, to measure with it too, where it is; `cargo xtask test --only tools` fetches one.
    #[arg(long, env = "BATON_ENCODER", default_value = "target/encoder")]
    encoder: PathBuf,
}

/// Measures, prints, and says whether all aims were met by words alone; an encoder has those of training.
pub fn measure(options: &Options) -> Result<bool> {
    let name = options.file.display().to_string();
    let bytes = std::fs::read(&options.file).with_context(|| format!("{name} cannot be read"))?;
    let examples = match read(&name, &bytes, &[]) {
        Ok(examples) => examples,
        Err(problem) => bail!("{problem}"),
    };
    let load = machine::load();
    println!("recognition, {} examples of {name}, load {load}", examples.len());
    let mut met = one(&examples, None)?;
    if options.encoder.is_dir() {
        let encoder = match Encoder::load(&options.encoder) {
            Ok(encoder) => Arc::new(encoder),
            Err(problem) => bail!("{problem}"),
        };
        met &= one(&examples, Some(&encoder))?;
    } else {
        println!("  with an encoder: not measured, {} is no folder", options.encoder.display());
    }
    println!("  load {}\n", machine::load());
    Ok(met)
}

fn one(examples: &[Example], encoder: Option<&Arc<Encoder>>) -> Result<bool> {
    let pairs: Vec<(String, String)> = examples.iter().map(|e| (e.text.clone(), e.label.clone())).collect();
    let begin = Instant::now();
    let recogniser = match Recogniser::train_with(&pairs, encoder) {
        Ok(recogniser) => recogniser,
        Err(problem) => bail!("{problem}"),
    };
    let trained = begin.elapsed().as_secs_f64();
    let mut times = time(&recogniser, examples, if encoder.is_some() { MESSAGES_ENCODED } else { MESSAGES });
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_micros();
    let quick = trained < TRAIN_AIM_S;
    let (how, aim, met) = match encoder {
        None => ("by words".to_owned(), format!(" (aim < {MESSAGE_AIM_US})"), quick && at(0.99) < MESSAGE_AIM_US),
        Some(encoder) => (format!("with {encoder}"), String::new(), quick),
    };
    println!(
        "  {how}: trained in {trained:.1} s (aim < {TRAIN_AIM_S:.0}); a message p50 {} µs, p99 {} µs{aim}: {}",
        at(0.5),
        at(0.99),
        verdict(met)
    );
    Ok(met)
}

fn time(recogniser: &Recogniser, examples: &[Example], count: usize) -> Vec<Duration> {
    // What an encoder was trained with is kept: other texts than those are asked.
    let texts: Vec<String> = examples.iter().cycle().take(count).map(|e| format!("{} please", e.text)).collect();
    texts
        .iter()
        .map(|text| {
            let begin = Instant::now();
            std::hint::black_box(recogniser.recognise_message(text));
            begin.elapsed()
        })
        .collect()
}
