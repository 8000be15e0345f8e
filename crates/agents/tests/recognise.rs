//! The recogniser on real customer messages (BANKING77's train split, our own folds).

#![allow(clippy::print_stdout, reason = "the figure is what this test is read for")]

use baton_agents::Recogniser;
use std::path::Path;

fn banking77() -> Option<Vec<(String, String)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/intents/banking77/train.csv");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: ../shared/data/intents/banking77 is not here");
        return None;
    };
    Some(text.lines().skip(1).filter_map(row).collect())
}

/// `text,label` where the text may be quoted; rows with line breaks inside are few and left out.
fn row(line: &str) -> Option<(String, String)> {
    let (text, label) = line.rsplit_once(',')?;
    let known = !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"_?".contains(&b));
    known.then(|| (text.trim_matches('"').replace("\"\"", "\""), label.to_owned()))
}

/// Accuracy over the first `folds` of five folds.
fn accuracy(examples: &[(String, String)], folds: usize) -> f64 {
    let (mut right, mut all) = (0_u32, 0_u32);
    for fold in 0..folds {
        let (held, train): (Vec<_>, Vec<_>) = examples.iter().cloned().enumerate().partition(|(i, _)| i % 5 == fold);
        let train: Vec<_> = train.into_iter().map(|(_, e)| e).collect();
        let recogniser = Recogniser::train(&train);
        for (_, (text, label)) in &held {
            all += 1;
            right += u32::from(recogniser.best(text).is_some_and(|(found, _)| found == *label));
        }
    }
    f64::from(right) / f64::from(all)
}

#[test]
fn recognises_most_of_77_banking_intents() {
    let Some(examples) = banking77() else { return };
    let folds = std::env::var("BATON_FOLDS").ok().and_then(|f| f.parse().ok()).unwrap_or(1);
    let started = std::time::Instant::now();
    let share = accuracy(&examples, folds);
    println!(
        "banking77: {} examples, {folds} of 5 folds: accuracy {share:.4} in {:?}",
        examples.len(),
        started.elapsed()
    );
    assert!(share >= 0.88, "accuracy {share:.4}");
}
