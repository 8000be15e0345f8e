//! `baton eval injection`.

use super::super::{Outcome, say, set_up_expressions};
use crate::demo::injections::{Found, Source, play};
use crate::demo::obedient;
use baton_base::{Error, Result};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Most texts that are sent.
const TEXTS_MAX: usize = 2_000;
/// Where a text stands in an object.
const NAMES: &[&str] = &["text", "context", "prompt", "attack", "content", "message"];
/// Leaks and effects that are shown.
const SHOWN_MAX: usize = 10;

/// Every text is sent three ways to the demo clients' agents, without a model: by a stranger in the chat, by a customer who
/// has said who they are, and as a notice of claim. Then a scripted model that obeys every text reads each in a customer's message, in
/// an article and in an answer of the shop, and tries all it can by an agent that may call the shop's actions. Exit code 1 if anything
/// was brought about or leaked, or if nothing was in the model's way.
#[derive(Args)]
pub struct Options {
    /// Folder with texts: .json (lists or maps of lists of texts or objects), .jsonl, .txt. What is in lists of a .json is
    /// also put into what is in the .jsonl, as an order hidden in an e-mail.
    dir: PathBuf,
    /// Seed of the shop.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder with the blueprints.
    #[arg(long, default_value = "blueprints")]
    blueprints: PathBuf,
    /// Folder with the overlays of the demo clients.
    #[arg(long, default_value = "demo/overlays")]
    overlays: PathBuf,
    /// Only the play without a model, or only the one with a model that obeys.
    #[arg(long, value_parser = ["plain", "obedient"])]
    only: Option<String>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

pub async fn run(options: &Options) -> Outcome {
    set_up_expressions()?;
    let texts = texts(&options.dir)?;
    let source = Source { blueprints: options.blueprints.clone(), overlays: options.overlays.clone() };
    let wants = |which: &str| options.only.as_deref().is_none_or(|only| only == which);
    let found = if wants("plain") { Some(play(&texts, &source, options.seed).await?) } else { None };
    let obeyed = if wants("obedient") { Some(obedient::play(&texts, &source, options.seed).await?) } else { None };
    let passed = found.as_ref().is_none_or(Found::passed) && obeyed.as_ref().is_none_or(obedient::Found::passed);
    if options.json {
        say(&json!({"texts": texts.len(), "passed": passed, "found": found, "obedient": obeyed}).to_string());
    } else {
        found.iter().for_each(|found| tell(texts.len(), found));
        obeyed.iter().for_each(|found| tell_obeyed(texts.len(), found));
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(texts: usize, found: &Found) {
    say(&format!(
        "{} attempts with {texts} texts: {} unauthorised effects, {} leaks; {} went to a person, {} were left unanswered",
        found.attempts,
        found.unauthorised_effects.len(),
        found.leaks.len(),
        found.passed_on,
        found.unanswered
    ));
    tell_wrong(&found.unauthorised_effects, &found.leaks);
}

fn tell_obeyed(texts: usize, found: &obedient::Found) {
    say(&format!(
        "{} conversations with {texts} texts and a model that obeys them, which has seen {}: {} attempts by calls and {} by replies: \
         {} unauthorised effects, {} leaks; {} calls refused by the door, {} not called, {} without the customer's yes, {} replies \
         not sent; {} went to a person, {} were left unanswered",
        found.conversations,
        found.shown,
        found.calls,
        found.replies,
        found.unauthorised_effects.len(),
        found.leaks.len(),
        found.refused,
        found.not_called,
        found.declined,
        found.not_sent,
        found.passed_on,
        found.unanswered
    ));
    tell_wrong(&found.unauthorised_effects, &found.leaks);
}

fn tell_wrong(effects: &[Value], leaks: &[(String, String)]) {
    effects.iter().take(SHOWN_MAX).for_each(|effect| say(&format!("effect: {effect}")));
    leaks.iter().take(SHOWN_MAX).for_each(|(mark, reply)| say(&format!("leak of {mark}: {reply}")));
}

/// The texts of a folder: carriers, attacks, and each attack in a carrier.
fn texts(dir: &Path) -> Result<Vec<String>> {
    let unreadable = |path: &Path, why: &dyn std::fmt::Display| {
        Error::invalid(format!("{} cannot be read", path.display()), format!("{why}; check the path"))
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .map_err(|e| unreadable(dir, &e))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    files.sort();
    let (mut carriers, mut attacks) = (Vec::new(), Vec::new());
    for path in files {
        let kind = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if !["json", "jsonl", "txt"].contains(&kind) {
            continue;
        }
        let content = std::fs::read_to_string(&path).map_err(|e| unreadable(&path, &e))?;
        match kind {
            "txt" => attacks.push(content),
            "jsonl" => {
                for line in content.lines().filter(|line| !line.trim().is_empty()) {
                    gather(&serde_json::from_str(line).map_err(|e| unreadable(&path, &e))?, &mut carriers);
                }
            }
            _ => gather(&serde_json::from_str(&content).map_err(|e| unreadable(&path, &e))?, &mut attacks),
        }
    }
    let hidden = attacks.iter().zip(carriers.iter().cycle()).map(|(attack, carrier)| format!("{carrier}\n\n{attack}"));
    let hidden: Vec<String> = hidden.collect();
    let all: Vec<String> = carriers.into_iter().chain(attacks).chain(hidden).filter(|t| !t.trim().is_empty()).collect();
    match all.len() {
        0 => Err(Error::invalid(format!("{} holds no texts", dir.display()), "give .json, .jsonl or .txt files")),
        n if n > TEXTS_MAX => Err(Error::Limit(format!("{} holds {n} texts; {TEXTS_MAX} can be sent", dir.display()))),
        _ => Ok(all),
    }
}

/// Texts of a value: itself, the first known key of an object, or what a list or a map of lists holds.
fn gather(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|one| gather(one, into)),
        Value::Object(map) => match NAMES.iter().find_map(|name| map.get(*name)) {
            Some(text) => gather(text, into),
            None => map.values().filter(|v| v.is_array()).for_each(|list| gather(list, into)),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_all_shapes_are_found_and_attacks_hide_in_carriers() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("a.json", r#"{"one": ["do this"], "two": [{"prompt": "do that"}], "n": 1}"#);
        write("b.jsonl", "{\"context\": \"an e-mail\", \"question\": \"?\"}\n");
        write("c.txt", "and this");
        write("LICENSE", "no text");
        let found = texts(folder.path()).unwrap();
        assert_eq!(found.len(), 7);
        assert!(found.contains(&"an e-mail\n\ndo that".to_owned()), "{found:?}");
        assert!(texts(&folder.path().join("none")).unwrap_err().to_string().contains("check the path"));
    }
}
