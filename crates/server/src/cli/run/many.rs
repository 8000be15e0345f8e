//! `baton run many`: the same operation on all runs that fit, as many calls as it takes.

use super::ask::{Filter, escaped};
use super::reach::Server;
use super::{print, read_json};
use crate::cli::{Outcome, say};
use baton_base::{Error, Result};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Refusals printed.
const REFUSALS_SHOWN_MAX: usize = 50;

/// What to do with which runs.
#[derive(Args)]
pub struct Order {
    /// What to do with each run.
    #[arg(value_enum)]
    operation: What,
    #[command(flatten)]
    filter: Filter,
    /// Why, for those who read the ledger later; not needed to count or to try.
    #[arg(long, required_unless_present_any = ["preview", "dry_run"])]
    reason: Option<String>,
    /// With cancel: undo what they have done, by the compensation that their process names.
    #[arg(long)]
    compensate: bool,
    /// With migrate: JSON file that says which task is which.
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// With migrate: release to move to; the live one if left out.
    #[arg(long)]
    release: Option<String>,
    /// With migrate: only say which runs fit.
    #[arg(long)]
    dry_run: bool,
    /// Only count the runs that fit the filter.
    #[arg(long)]
    preview: bool,
}

/// An operation.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum What {
    /// Stop them from taking further steps; what comes meanwhile is kept.
    Suspend,
    /// Let suspended ones go on.
    Resume,
    /// End them, or set failed ones aside.
    Cancel,
    /// Take up those that could not go on, from the task that failed.
    Retry,
    /// Move them to another version of their process.
    Migrate,
}

/// What all calls came to.
#[derive(Default)]
struct Sum {
    matched: u64,
    changed: u64,
    unchanged: u64,
    refusals: u64,
    refused: Vec<Value>,
}

impl Sum {
    fn add(&mut self, done: &Value) {
        let number = |name: &str| done[name].as_u64().unwrap_or_default();
        self.matched += number("matched");
        self.changed += number("changed");
        self.unchanged += number("unchanged");
        self.refusals += number("refusals");
        let room = REFUSALS_SHOWN_MAX.saturating_sub(self.refused.len());
        self.refused.extend(done["refused"].as_array().into_iter().flatten().take(room).cloned());
    }
}

impl Order {
    /// Calls the server until all runs that fit have been looked at, newest first; each call is a transaction of its own.
    pub async fn give(&self, server: &Server, as_json: bool) -> Outcome {
        self.check_options()?;
        let path = format!("/clients/{}/run-operations", escaped(&self.client()?));
        let map = self.map.as_deref().map(read_json).transpose()?.unwrap_or_else(|| json!({}));
        // Ages are counted from one moment, however long it takes.
        let (now_ms, mut after, mut sum) = (server.now_ms(), None::<String>, Sum::default());
        loop {
            let done = match server.post(&path, &self.body(now_ms, after.as_deref(), &map)?).await {
                Ok(done) => done,
                Err(error) => {
                    // What the calls before have done stays done.
                    if sum.matched > 0 {
                        self.tell(&sum, as_json);
                    }
                    return Err(error);
                }
            };
            sum.add(&done);
            after = done["next"].as_str().map(str::to_owned);
            if after.is_none() {
                break;
            }
        }
        self.tell(&sum, as_json);
        Ok(if sum.refusals == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// What the operation would not heed is refused: nobody cancels runs who meant to try it first.
    fn check_options(&self) -> Result<()> {
        let is_migrate = self.operation == What::Migrate;
        let unheeded = [
            ("--dry-run", self.dry_run && !is_migrate),
            ("--map", self.map.is_some() && !is_migrate),
            ("--release", self.release.is_some() && !is_migrate),
            ("--compensate", self.compensate && self.operation != What::Cancel),
        ];
        match unheeded.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Error::invalid(
                format!("{option} is not for this operation"),
                "leave it out; --preview counts the runs that fit, for any operation",
            )),
            None => Ok(()),
        }
    }

    fn client(&self) -> Result<String> {
        let named = self.filter.client().map(str::to_owned).or_else(|| std::env::var("BATON_CLIENT").ok());
        named.ok_or_else(|| {
            Error::invalid("It is not said whose runs they are", "give --client: runs of one client at a time")
        })
    }

    fn body(&self, now_ms: i64, after: Option<&str>, map: &Value) -> Result<Value> {
        let operation = self.operation.to_possible_value().map(|value| value.get_name().to_owned());
        let mut body = json!({
            "operation": operation,
            "where": self.filter.body(now_ms, after)?,
            "reason": self.reason.clone().unwrap_or_default(),
            "compensate": self.compensate,
            "preview": self.preview,
        });
        if self.operation == What::Migrate {
            body["map"] = map.clone();
            body["release"] = json!(self.release);
            body["dry_run"] = json!(self.dry_run);
        }
        Ok(body)
    }

    fn tell(&self, sum: &Sum, as_json: bool) {
        let Sum { matched, changed, unchanged, refusals, refused } = sum;
        if as_json {
            let all = json!({"matched": matched, "changed": changed, "unchanged": unchanged, "refusals": refusals, "refused": refused});
            print(&all);
        } else if self.preview {
            say(&format!("{matched} runs fit"));
        } else {
            let did = if self.dry_run { "would be changed" } else { "changed" };
            say(&format!(
                "{matched} runs fit: {changed} {did}, {unchanged} stood so already, {refusals} could not be changed"
            ));
            for one in refused {
                let text = |name: &str| one[name].as_str().unwrap_or_default();
                say(&format!("  {}: {}", text("run"), text("why")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        order: Order,
    }

    #[test]
    fn an_option_that_the_operation_would_not_heed_is_refused() {
        let is_taken = |line: &[&str]| {
            let Line { order } = Line::parse_from(["x"].into_iter().chain(line.iter().copied()));
            order.check_options().is_ok()
        };
        assert!(is_taken(&["migrate", "--dry-run", "--map", "m.json", "--release", "rel_1"]));
        assert!(is_taken(&["cancel", "--compensate", "--reason", "why"]) && is_taken(&["cancel", "--preview"]));
        for option in [&["--dry-run"][..], &["--map", "m.json"], &["--release", "rel_1"]] {
            assert!(!is_taken(&[&["cancel", "--reason", "why"][..], option].concat()), "{option:?}");
        }
        assert!(!is_taken(&["retry", "--compensate", "--reason", "why"]));
    }
}
