//! `baton escalation thresholds`: from which probability an intent counts, by cases that a person has seen.

use super::{Which, load};
use crate::cli::say;
use baton_agents::calibrate::{
    Answer, Bins, Goal, Proposal, area_under_risk, brier, calibration_error, conformal, propose,
};
use baton_agents::triggers::replay::PastCase;
use baton_base::{Bundle, Error, Result};
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Bins of the calibration error, of one width.
const BINS: usize = 10;

#[derive(Args)]
pub struct Thresholds {
    #[command(flatten)]
    which: Which,
    /// Largest share of wrong ones among what agents go on with.
    #[arg(long, default_value_t = 0.05)]
    risk: f64,
    /// How sure the promise must be.
    #[arg(long, default_value_t = 0.9)]
    confidence: f64,
    /// Write what was found into the intents of this blueprint, to be proposed from there.
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

pub(super) async fn run(options: Thresholds) -> Result<()> {
    let goal = goal(&options)?;
    let cases = load(&options.which).await?;
    let mut rows: Vec<Value> =
        labels(&cases).into_iter().map(|(intent, answers)| proposal(&intent, &answers, goal)).collect();
    let fates = options.into.as_deref().map(|folder| write(folder, &rows)).transpose()?;
    if options.which.json {
        for (intent, is_written, what) in fates.iter().flatten() {
            if let Some(row) = rows.iter_mut().find(|row| text(&row["intent"]) == intent) {
                row[if *is_written { "written" } else { "not_written" }] = json!(what);
            }
        }
        say(&Value::from(rows).to_string());
        return Ok(());
    }
    show(&rows, goal);
    if let (Some(folder), Some(fates)) = (&options.into, &fates) {
        show_written(folder, fates, (options.which.client.as_str(), rows.as_slice()));
    }
    Ok(())
}

fn goal(options: &Thresholds) -> Result<Goal> {
    let share = |n: f64| n > 0.0 && n < 1.0;
    if !share(options.risk) || !share(options.confidence) {
        return Err(Error::invalid("risk and confidence are shares", "give numbers above 0 and below 1"));
    }
    Ok(Goal { risk: options.risk, doubt: 1.0 - options.confidence })
}

fn labels(cases: &[PastCase]) -> BTreeMap<String, Vec<Answer>> {
    let mut labels: BTreeMap<String, Vec<Answer>> = BTreeMap::new();
    for (intent, answer) in cases.iter().filter_map(PastCase::label) {
        labels.entry(intent).or_default().push(answer);
    }
    labels
}

/// A threshold, or how many labels are missing, with what the labels say of the probabilities.
fn proposal(intent: &str, answers: &[Answer], goal: Goal) -> Value {
    let joint = conformal(answers, goal.risk);
    let mut row = json!({
        "intent": intent, "labels": answers.len(), "threshold": null,
        "calibration_error": calibration_error(answers, Bins::EqualWidth(BINS)), "brier": brier(answers),
        "area_under_risk": area_under_risk(answers),
        "joint": joint.map(|found| json!({"threshold": found.threshold, "errors": found.errors, "coverage": found.coverage})),
    });
    match propose(answers, goal) {
        Proposal::Threshold(found) => {
            row["threshold"] = found.threshold.into();
            row["answered"] = found.answered.into();
            row["errors"] = found.errors.into();
            row["p_value"] = found.p_value.into();
        }
        Proposal::NeedsLabels(short) => row["labels_needed"] = json!(short.more),
    }
    row
}

fn show(rows: &[Value], goal: Goal) {
    if rows.is_empty() {
        say("no case that an agent has read was seen by a person in this time; there is nothing to learn from yet");
        return;
    }
    say(&format!(
        "at most {:.1} in 100 wrong, with {:.0} % confidence; labels are cases that a person has seen",
        goal.risk * 100.0,
        (1.0 - goal.doubt) * 100.0
    ));
    for row in rows {
        say(&format!("{:<28}{}", text(&row["intent"]), evidence(row)));
        say(&format!("{:<28}{}", "", believed(row)));
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}

/// The threshold of a row with its test, in words.
fn evidence(row: &Value) -> String {
    let labels = &row["labels"];
    match (row["threshold"].as_f64(), row["labels_needed"].as_u64()) {
        (Some(threshold), _) => format!(
            "threshold {threshold:.2}: {} of {labels} labels at or above it, {} wrong, p = {:.3}",
            row["answered"],
            row["errors"],
            number(&row["p_value"])
        ),
        (None, Some(more)) => format!("no threshold yet: {labels} labels, about {more} more are needed"),
        (None, None) => format!("no threshold: of {labels} labels too many of the surest are wrong"),
    }
}

/// How far the probabilities of a row can be believed, in words.
fn believed(row: &Value) -> String {
    let figures = format!(
        "calibration error {:.3}, Brier score {:.3}, area under risk by coverage {:.3}",
        number(&row["calibration_error"]),
        number(&row["brier"]),
        number(&row["area_under_risk"])
    );
    match row["joint"].as_object() {
        Some(joint) => format!(
            "{figures}; of all messages so few answered wrongly from {:.2} on ({:.0} % answered)",
            number(&joint["threshold"]),
            number(&joint["coverage"]) * 100.0
        ),
        None => figures,
    }
}

/// Writes the thresholds that were found into `intents/*.yaml` of a blueprint; what became of each, in words.
fn write(folder: &Path, rows: &[Value]) -> Result<Vec<(String, bool, String)>> {
    let own = own_thresholds(folder)?;
    let mut fates = Vec::new();
    for row in rows {
        let (intent, Some(threshold)) = (text(&row["intent"]), row["threshold"].as_f64()) else { continue };
        let file = format!("intents/{intent}.yaml");
        let plain = intent.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        let path = folder.join(&file);
        let (is_written, what) = if !plain || !path.is_file() {
            (false, format!("there is no {file} in it"))
        } else if let Some(agent) = own.get(intent) {
            (false, format!("{agent} sets one for it, which counts instead"))
        } else {
            match with_threshold(&read(&path)?, threshold) {
                Some(text) => {
                    let failed = |e: std::io::Error| Error::invalid(format!("cannot write {file}"), e.to_string());
                    std::fs::write(&path, text).map_err(failed)?;
                    (true, file)
                }
                None => (false, format!("{file} takes it from a parameter of the client")),
            }
        };
        fates.push((intent.to_owned(), is_written, what));
    }
    Ok(fates)
}

fn read(path: &Path) -> Result<String> {
    let failed = |e: std::io::Error| Error::invalid(format!("cannot read {}", path.display()), e.to_string());
    std::fs::read_to_string(path).map_err(failed)
}

/// Intents for which an agent of a blueprint sets a threshold, with its file.
fn own_thresholds(folder: &Path) -> Result<BTreeMap<String, String>> {
    let agents = folder.join("agents");
    let failed = |e: std::io::Error| Error::invalid(format!("cannot read {}", agents.display()), e.to_string());
    let mut own = BTreeMap::new();
    for entry in std::fs::read_dir(&agents).map_err(failed)?.flatten() {
        let name = format!("agents/{}", entry.file_name().to_string_lossy());
        if !name.ends_with(".yaml") {
            continue;
        }
        // What is wrong with a file is told where it is proposed.
        let Ok(agent) = Bundle::yaml::<Value>(&name, &read(&entry.path())?) else { continue };
        let intents = agent.pointer("/escalation/intents").and_then(Value::as_object);
        for (intent, _) in intents.into_iter().flatten().filter(|(_, set)| set.get("threshold").is_some()) {
            own.insert(intent.clone(), name.clone());
        }
    }
    Ok(own)
}

/// An intent's file with a threshold: where one stands in it, in its place, with what is said beside it. None where it is a parameter.
fn with_threshold(file: &str, threshold: f64) -> Option<String> {
    let line = format!("threshold: {threshold:.2}");
    let (mut out, mut is_set) = (Vec::new(), false);
    for old in file.lines() {
        if let Some(value) = old.strip_prefix("threshold:") {
            if value.contains("{{") {
                return None;
            }
            let beside = value.find(" #").map_or("", |at| &value[at..]);
            out.push(format!("{line}{beside}"));
            is_set = true;
        } else {
            out.push(old.to_owned());
        }
    }
    if !is_set {
        let after_id = out.iter().position(|old| old.starts_with("id:")).map_or(out.len(), |at| at + 1);
        out.insert(after_id, line);
    }
    Some(out.join("\n") + "\n")
}

fn show_written(folder: &Path, fates: &[(String, bool, String)], (client, rows): (&str, &[Value])) {
    for (intent, is_written, what) in fates {
        let verb = if *is_written { "written to" } else { "not written:" };
        say(&format!("{intent:<28}{verb} {what}"));
    }
    let is_written =
        |row: &&Value| fates.iter().any(|(intent, is_written, _)| *is_written && intent == text(&row["intent"]));
    let why: Vec<String> =
        rows.iter().filter(is_written).map(|row| format!("{}: {}", text(&row["intent"]), evidence(row))).collect();
    if why.is_empty() {
        return say("nothing was written");
    }
    say("look at it, and propose it; somebody else approves it:");
    say(&format!(
        "  baton propose {} --client {client} --title 'Thresholds from reviewed cases' --reason '{}'",
        folder.display(),
        why.join("; ")
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_takes_the_place_of_the_one_before_or_stands_beside_the_id() {
        for (file, wanted) in [
            ("# a\nid: a\ntitle: A\n", Some("# a\nid: a\nthreshold: 0.62\ntitle: A\n")),
            (
                "id: a\nthreshold: 0.5 # by hand\nexamples:\n  en: [threshold: 1]\n",
                Some("id: a\nthreshold: 0.62 # by hand\nexamples:\n  en: [threshold: 1]\n"),
            ),
            ("title: A", Some("title: A\nthreshold: 0.62\n")),
            ("id: a\nthreshold: {{param.sure}}\n", None),
        ] {
            assert_eq!(with_threshold(file, 0.62).as_deref(), wanted, "{file}");
        }
    }

    #[test]
    fn labels_give_a_threshold_with_how_far_they_can_be_believed() {
        let goal = Goal { risk: 0.05, doubt: 0.1 };
        let good: Vec<Answer> = (0..600).map(|i| Answer::new(f64::from(i % 100) / 100.0, i % 100 >= 40)).collect();
        let row = proposal("refund", &good, goal);
        assert!(evidence(&row).starts_with("threshold 0.") && row["p_value"].as_f64().unwrap() <= 0.1, "{row}");
        assert!(believed(&row).contains("Brier score") && believed(&row).contains("% answered"), "{row}");
        let few = proposal("refund", &good[..20], goal);
        assert!(few["threshold"].is_null() && few["calibration_error"].is_number(), "{few}");
    }
}
