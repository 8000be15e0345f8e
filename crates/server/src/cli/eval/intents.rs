//! `baton eval intents`.

use super::super::{Outcome, encoder, say};
use baton_agents::evaluate::{Example, Judged, Report, few, folds, judge, read, report};
use baton_agents::{Encoder, Recogniser};
use baton_base::{Error, Result};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Files are delimited text with a header, JSON lines, or JSON. Messages stand under text, utterance, message, query,
/// question, sentence or input; labels under label, intent, category, class or target. The label oos means out of scope.
#[derive(Args)]
pub struct Options {
    /// Labelled messages to train on. Of a JSON file with several lists, FILE#list+list takes some.
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// Labelled messages to test on. Without it, --folds.
    #[arg(long, value_name = "FILE", conflicts_with = "folds")]
    test: Option<PathBuf>,
    /// Without --test: train on all but one part in so many, test on that part, and so on in turn.
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..=20))]
    folds: u8,
    /// Train on at most so many messages of each label.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    few: Option<u32>,
    /// Answer from this probability on. Without it, the one that training proposes.
    #[arg(long, value_name = "P", value_parser = probability)]
    threshold: Option<f64>,
    #[command(flatten)]
    encoder: encoder::Given,
    /// Recognise without an encoder, also where one is beside the program's folder.
    #[arg(long)]
    no_encoder: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

fn probability(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|p| (0.0..=1.0).contains(p)).ok_or_else(|| "give a number from 0 to 1".to_owned())
}

/// What the command prints.
#[derive(Serialize)]
struct Evaluation {
    /// Messages of the (largest) training.
    trained_on: usize,
    labels: usize,
    /// Training messages that are empty: left out.
    empty_left_out: usize,
    folds: Option<u8>,
    /// Name and digest of the encoder that helped.
    encoder: Option<Helped>,
    #[serde(flatten)]
    report: Report,
    /// Slowest training, milliseconds.
    training_ms: u128,
    /// Times to recognise one message, microseconds; with an encoder those of the first fold.
    message_us: Times,
}

#[derive(Serialize)]
struct Helped {
    name: String,
    digest: String,
}

#[derive(Serialize)]
struct Times {
    p50: u128,
    p99: u128,
    max: u128,
}

pub fn run(options: &Options) -> Outcome {
    let train = load(&options.train)?;
    let encoder = if options.no_encoder { None } else { options.encoder.load_or_find()? };
    let mut bench = Bench { encoder, ..Bench::default() };
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let test: Vec<Example>;
    let folded = options.test.is_none().then_some(options.folds);
    match &options.test {
        Some(file) => {
            test = load(file)?;
            bench.round(train.clone(), &test, options)?;
        }
        None => {
            let fold_of = folds(&train, usize::from(options.folds));
            for fold in 0..usize::from(options.folds) {
                let part = |held: bool| {
                    let of = train.iter().zip(&fold_of).filter(move |(_, f)| (**f == fold) == held);
                    of.map(|(example, _)| example.clone()).collect::<Vec<_>>()
                };
                bench.round(part(false), &part(true), options)?;
            }
        }
    }
    known.extend(train.iter().map(|e| e.label.as_str()));
    let evaluation = bench.finish(&known, folded);
    if options.json {
        say(&serde_json::to_string(&evaluation).map_err(Error::broken)?);
    } else {
        show(&evaluation);
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads `FILE` or `FILE#list+list`.
fn load(file: &std::path::Path) -> Result<Vec<Example>> {
    let given = file.to_string_lossy();
    let (path, parts) = match given.rsplit_once('#') {
        Some((path, parts)) if !file.exists() => (path, parts.split('+').collect()),
        _ => (given.as_ref(), Vec::new()),
    };
    let bytes = std::fs::read(path)
        .map_err(|e| Error::invalid(format!("{path} cannot be read"), format!("{e}; check the path")))?;
    read(path, &bytes, &parts)
}

#[derive(Default)]
struct Bench {
    encoder: Option<Arc<Encoder>>,
    judged: Vec<Judged>,
    times: Vec<Duration>,
    training: Duration,
    trained_on: usize,
    empty: usize,
}

impl Bench {
    /// One training and its test.
    fn round(&mut self, train: Vec<Example>, test: &[Example], options: &Options) -> Result<()> {
        let train = options.few.map_or_else(|| train.clone(), |n| few(&train, n as usize));
        let all = train.len();
        let said = train.into_iter().filter(|e| !e.text.trim().is_empty());
        let pairs: Vec<(String, String)> = said.map(|e| (e.text, e.label)).collect();
        self.empty = self.empty.max(all - pairs.len());
        self.trained_on = self.trained_on.max(pairs.len());
        let begun = Instant::now();
        let recogniser = Recogniser::train_with(&pairs, self.encoder.as_ref())?;
        self.training = self.training.max(begun.elapsed());
        // An encoder knows what was trained on: the messages of a later fold cost it nothing any more.
        let is_timed = self.encoder.is_none() || self.judged.is_empty();
        for example in test {
            let begun = Instant::now();
            let judged = judge(&recogniser, example);
            self.times.extend(is_timed.then(|| begun.elapsed()));
            let threshold = options.threshold.unwrap_or(judged.threshold);
            self.judged.push(Judged { threshold, ..judged });
        }
        Ok(())
    }

    fn finish(mut self, known: &BTreeSet<&str>, folds: Option<u8>) -> Evaluation {
        self.times.sort_unstable();
        let at = |share: f64| {
            let index = (self.times.len().saturating_sub(1) as f64 * share) as usize;
            self.times.get(index).map_or(0, Duration::as_micros)
        };
        Evaluation {
            trained_on: self.trained_on,
            labels: known.len(),
            empty_left_out: self.empty,
            folds,
            encoder: self.encoder.as_ref().map(|e| Helped { name: e.name().to_owned(), digest: e.digest().to_owned() }),
            report: report(&self.judged, known),
            training_ms: self.training.as_millis(),
            message_us: Times { p50: at(0.5), p99: at(0.99), max: at(1.0) },
        }
    }
}

fn show(found: &Evaluation) {
    let report = &found.report;
    let how = found.folds.map_or_else(String::new, |k| format!(", in {k} folds"));
    say(&format!(
        "trained on {} messages of {} labels; tested on {} in scope and {} out of scope{how}",
        found.trained_on, found.labels, report.in_scope, report.out_of_scope
    ));
    say(&match &found.encoder {
        Some(encoder) => format!("encoder: {} (sha256 {})", encoder.name, encoder.digest),
        None => "encoder: none".to_owned(),
    });
    if found.empty_left_out > 0 {
        say(&format!("left out of training: {} messages without text", found.empty_left_out));
    }
    if !report.unknown_labels.is_empty() {
        let labels = report.unknown_labels.join(", ");
        say(&format!("labels that training lacks, counted as wrong: {labels}"));
    }
    let percent =
        |share: Option<f64>| share.map_or_else(|| "none to count".to_owned(), |s| format!("{:.2} %", s * 100.0));
    let number = |n: Option<f64>| n.map_or_else(|| "none to count".to_owned(), |n| format!("{n:.4}"));
    let rows = [
        ("accuracy in scope", percent(report.accuracy)),
        ("threshold", format!("{:.3}", report.threshold)),
        ("accuracy in scope at the threshold", percent(report.accuracy_at_threshold)),
        ("out-of-scope recall", percent(report.out_of_scope_recall)),
        ("out-of-scope precision", percent(report.out_of_scope_precision)),
        ("expected calibration error", number(report.calibration_error)),
        ("Brier score", number(report.brier)),
        ("coverage at 95 % precision", percent(Some(report.coverage_at_95))),
        ("coverage at 98 % precision", percent(Some(report.coverage_at_98))),
        ("training", format!("{:.1} s", found.training_ms as f64 / 1_000.0)),
    ];
    for (what, figure) in rows {
        say(&format!("{what:<36}{figure}"));
    }
    let times = &found.message_us;
    say(&format!("{:<36}p50 {} µs, p99 {} µs, max {} µs", "a message", times.p50, times.p99, times.max));
    for confusion in &report.confusions {
        say(&format!("{:>6} × {} taken for {}", confusion.count, confusion.label, confusion.found));
    }
}
