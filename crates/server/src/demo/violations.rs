//! `baton demo violations`: thousands of calls that break the shop's written policy, and what refused each.

use super::stage::{Ask, Places, Stage, Who};
use crate::cli::say;
use baton_base::Result;
use baton_demo::shop;
use baton_demo::world::{Violation, violations};
use baton_tools::Called;
use clap::Args;
use futures::StreamExt;
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::process::ExitCode;

/// Calls at one time.
const AT_ONCE: usize = 16;
/// Wrong ones shown in words.
const SHOWN_MAX: usize = 20;

/// What to try.
#[derive(Args, Clone)]
pub struct Options {
    /// How many calls.
    #[arg(long, default_value_t = 5_000)]
    pub count: usize,
    /// Seed of the shop and of the calls.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Folder of a published shop database, instead of a shop made of the seed.
    #[arg(long)]
    pub db: Option<PathBuf>,
    /// `json` prints every count by rule as one JSON object.
    #[arg(long, value_parser = ["text", "json"], default_value = "text")]
    pub report: String,
    /// Where the shop's blueprint is.
    #[command(flatten)]
    pub places: Places,
}

/// What came of one rule's violations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Calls made.
    pub calls: usize,
    /// Refused by what had to refuse them.
    pub refused: usize,
    /// Refused by something else.
    pub wrong_reason: usize,
    /// Let through, or asked a person about.
    pub allowed: usize,
}

/// What came of all.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// By rule of the written policy.
    pub rules: BTreeMap<String, Row>,
    /// By tool.
    pub tools: BTreeMap<String, usize>,
    /// What went wrong, in words, as far as it is shown.
    pub wrong: Vec<String>,
    /// Changes that the shop has made.
    pub changes: usize,
}

impl Report {
    /// All rows together.
    pub fn sum(&self) -> Row {
        self.rules.values().fold(Row::default(), |sum, row| Row {
            calls: sum.calls + row.calls,
            refused: sum.refused + row.refused,
            wrong_reason: sum.wrong_reason + row.wrong_reason,
            allowed: sum.allowed + row.allowed,
        })
    }

    /// Nothing was let through, everything was refused for the right reason, and the shop has changed nothing.
    pub fn passed(&self) -> bool {
        let sum = self.sum();
        sum.calls > 0 && sum.refused == sum.calls && self.changes == 0
    }

    fn add(&mut self, violation: &Violation, given: &Given) {
        let row = self.rules.entry(violation.rule.to_owned()).or_default();
        *self.tools.entry(violation.tool.to_owned()).or_default() += 1;
        row.calls += 1;
        let right = match given {
            Given::Refused(ids) if ids.iter().any(|id| id == violation.refused_by) => {
                row.refused += 1;
                return;
            }
            Given::Refused(ids) => {
                row.wrong_reason += 1;
                ids.join(", ")
            }
            Given::Else(what) => {
                row.allowed += 1;
                what.clone()
            }
        };
        if self.wrong.len() < SHOWN_MAX {
            let Violation { rule, tool, args, refused_by, .. } = violation;
            self.wrong.push(format!("{rule}: {tool} {args} should be refused by {refused_by}, and is: {right}"));
        }
    }
}

enum Given {
    Refused(Vec<String>),
    Else(String),
}

fn given(called: Called) -> Given {
    match called {
        Called::Refused { policies, .. } => Given::Refused(policies),
        Called::Invalid(_) => Given::Refused(vec!["door:arguments".to_owned()]),
        Called::Undecided { .. } => Given::Refused(vec!["door:table".to_owned()]),
        other => Given::Else(format!("{other:?}")),
    }
}

/// The command.
pub async fn run(options: &Options) -> Result<ExitCode> {
    let report = play(options).await?;
    if options.report == "json" {
        say(&json!({"sum": report.sum(), "report": report}).to_string());
    } else {
        for (rule, row) in &report.rules {
            say(&format!("{:>6} {rule}", row.calls));
        }
        report.wrong.iter().for_each(|line| say(line));
        let Row { calls, refused, wrong_reason, allowed } = report.sum();
        say(&format!(
            "{calls} violations of {} rules by {} tools: {refused} refused for the right reason, {wrong_reason} for another, \
             {allowed} let through; the shop has changed {} times",
            report.rules.len(),
            report.tools.len(),
            report.changes
        ));
    }
    Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Makes every call through the door of a house of its own, and compares.
pub async fn play(options: &Options) -> Result<Report> {
    let stage = Stage::open(&options.places, options.db.clone(), options.seed).await?;
    // The same shop that the system has.
    let shop = match &options.db {
        Some(folder) => shop::load(folder)?,
        None => shop::generate(options.seed),
    };
    let all = violations(&shop, options.seed, options.count);
    let mut cases = HashMap::new();
    for violation in &all {
        let who = who(violation);
        if !cases.contains_key(&who) {
            let case = stage.case(cases.len(), &who).await?;
            cases.insert(who, case);
        }
    }
    let (on, cases, mut report) = (&stage, &cases, Report::default());
    let calls = all.iter().enumerate().map(|(at, violation)| async move {
        let case = cases.get(&who(violation)).cloned();
        let Violation { tool, args, confirmed, .. } = violation;
        let ask = Ask { tool, args, case, confirmed: *confirmed, key: format!("violation-{at}") };
        Result::Ok((violation, on.call(ask).await?))
    });
    let mut ended = futures::stream::iter(calls).buffer_unordered(AT_ONCE);
    while let Some((violation, called)) = ended.next().await.transpose()? {
        report.add(violation, &given(called));
    }
    drop(ended);
    let effects = stage.fetch("/_effects?after=0").await?;
    report.changes = effects["effects"].as_array().map_or(0, Vec::len);
    stage.close().await;
    Ok(report)
}

fn who(violation: &Violation) -> Who {
    Who { user: violation.customer.clone(), orders: violation.orders.clone() }
}
