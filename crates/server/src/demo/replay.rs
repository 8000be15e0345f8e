//! `baton demo replay`: the ground-truth actions of published tasks through the door, and how each task ends.

use super::by_model::{ByModel, Given};
use super::stage::{Ask, Places, Stage, Who};
use crate::cli::say;
use baton_base::{Error, Result};
use baton_demo::shop::{Order, Shop, User};
use baton_demo::world::{Script, ScriptRound, scripts};
use baton_tools::Called;
use clap::Args;
use futures::StreamExt;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Tasks at one time.
const AT_ONCE: usize = 16;
/// Remarks shown in words.
const SHOWN_MAX: usize = 40;

/// What to replay.
#[derive(Args, Clone)]
pub struct Options {
    /// Tasks in the published form: a JSON list of {user_id, actions: [{name, kwargs}]}.
    #[arg(long)]
    pub tasks: PathBuf,
    /// Folder with retail_db_users.json, retail_db_orders.json and retail_db_products.json [default: the tasks' folder].
    #[arg(long)]
    pub db: Option<PathBuf>,
    /// Each task is a conversation: a scripted model, served on this machine, asks for its actions one after the other, and the customer
    /// says yes where they are asked.
    #[arg(long)]
    pub by_model: bool,
    /// Only so many of the tasks, the first of the file.
    #[arg(long, value_name = "N")]
    pub first: Option<usize>,
    /// `json` prints every count as one JSON object.
    #[arg(long, value_parser = ["text", "json"], default_value = "text")]
    pub report: String,
    /// Where the shop's blueprint is.
    #[command(flatten)]
    pub places: Places,
}

/// What came of the calls of one tool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Actions of the tasks.
    pub actions: usize,
    /// Allowed and done.
    pub allowed: usize,
    /// Refused, where the published rules refuse as well.
    pub refused_rightly: usize,
    /// Refused, or given to a person, where the published rules allow it.
    pub refused_wrongly: usize,
    /// Done where the published rules refuse.
    pub allowed_wrongly: usize,
    /// Nothing that a system does: thinking, reckoning, passing on to a person.
    pub no_call: usize,
}

impl Row {
    fn add(&mut self, other: Self) {
        self.actions += other.actions;
        self.allowed += other.allowed;
        self.refused_rightly += other.refused_rightly;
        self.refused_wrongly += other.refused_wrongly;
        self.allowed_wrongly += other.allowed_wrongly;
        self.no_call += other.no_call;
    }
}

/// What came of all.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Tasks.
    pub tasks: usize,
    /// Whose customer and orders are in the end as the published rules make them.
    pub as_expected: usize,
    /// By tool.
    pub tools: BTreeMap<String, Row>,
    /// What went otherwise, in words, as far as it is shown.
    pub otherwise: Vec<String>,
}

impl Report {
    /// All rows together.
    pub fn sum(&self) -> Row {
        let mut sum = Row::default();
        self.tools.values().for_each(|row| sum.add(*row));
        sum
    }

    /// Every task has ended as expected, and the door has said what the published rules say.
    pub fn passed(&self) -> bool {
        let sum = self.sum();
        self.tasks > 0 && self.as_expected == self.tasks && sum.refused_wrongly + sum.allowed_wrongly == 0
    }

    fn remark(&mut self, text: String) {
        if self.otherwise.len() < SHOWN_MAX {
            self.otherwise.push(text);
        }
    }
}

/// The command.
pub async fn run(options: &Options) -> Result<ExitCode> {
    let report = play(options).await?;
    let sum = report.sum();
    if options.report == "json" {
        say(&json!({"sum": sum, "passed": report.passed(), "report": report}).to_string());
    } else {
        say("actions allowed refused  wrong  tool");
        for (tool, row) in &report.tools {
            let wrong = row.refused_wrongly + row.allowed_wrongly;
            say(&format!("{:>7} {:>7} {:>7} {wrong:>6}  {tool}", row.actions, row.allowed, row.refused_rightly));
        }
        report.otherwise.iter().for_each(|line| say(line));
        say(&format!(
            "{} tasks: {} ended as expected, {} otherwise; {} actions: {} allowed, {} refused as by the published rules, \
             {} refused otherwise, {} allowed otherwise, {} no call",
            report.tasks,
            report.as_expected,
            report.tasks - report.as_expected,
            sum.actions,
            sum.allowed,
            sum.refused_rightly,
            sum.refused_wrongly,
            sum.allowed_wrongly,
            sum.no_call
        ));
    }
    Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Plays every task: rounds one after the other, each on the shop as published, its tasks beside each other.
pub async fn play(options: &Options) -> Result<Report> {
    let own = options.tasks.parent().map(PathBuf::from).unwrap_or_default();
    let db = options.db.clone().unwrap_or(own);
    let mut rounds = scripts(&db, &options.tasks)?;
    let first = options.first.unwrap_or(usize::MAX);
    rounds.iter_mut().for_each(|round| round.scripts.retain(|script| script.number <= first));
    let model = if options.by_model { Some(ByModel::serve(&rounds).await?) } else { None };
    let stage = match &model {
        Some(model) => model.stage(&options.places, db).await?,
        None => Stage::open(&options.places, Some(db), 1).await?,
    };
    let mut report = Report::default();
    for (number, round) in rounds.iter().enumerate() {
        if number > 0 {
            stage.reset().await?;
        }
        play_round(&stage, model.as_ref(), round, &mut report).await?;
    }
    stage.close().await;
    Ok(report)
}

async fn play_round(stage: &Stage, model: Option<&ByModel>, round: &ScriptRound, report: &mut Report) -> Result<()> {
    let plays = round.scripts.iter().map(|script| async move {
        let given = match model {
            Some(model) => model.play(stage, script).await?,
            None => play_one(stage, script).await?,
        };
        Result::Ok((script, given))
    });
    let mut ended = futures::stream::iter(plays).buffer_unordered(AT_ONCE);
    while let Some((script, calls)) = ended.next().await.transpose()? {
        for (action, given) in script.actions.iter().zip(calls) {
            let row = report.tools.entry(action.name.clone()).or_default();
            row.actions += 1;
            match (&given, action.allowed) {
                (None, _) => row.no_call += 1,
                (Some(Ok(())), true) => row.allowed += 1,
                (Some(Err(_)), false) => row.refused_rightly += 1,
                (Some(Ok(())), false) => row.allowed_wrongly += 1,
                (Some(Err(_)), true) => row.refused_wrongly += 1,
            }
            match given {
                Some(Err(why)) if action.allowed => {
                    report.remark(format!("task {}: {} {} is refused: {why}", script.number, action.name, action.args));
                }
                Some(Ok(())) if !action.allowed => {
                    report.remark(format!("task {}: {} {} is allowed", script.number, action.name, action.args));
                }
                _ => {}
            }
        }
    }
    drop(ended);
    let state = stage.fetch("/_state/all").await?;
    let users: BTreeMap<String, User> = serde_json::from_value(state["users"].clone()).map_err(Error::broken)?;
    let orders: BTreeMap<String, Order> = serde_json::from_value(state["orders"].clone()).map_err(Error::broken)?;
    for script in &round.scripts {
        report.tasks += 1;
        match difference(script, &round.end, &users, &orders) {
            None => report.as_expected += 1,
            Some(what) => report.remark(format!("task {}: {what} is not as expected", script.number)),
        }
    }
    Ok(())
}

/// What is not as the published rules make it: the user, or an order.
fn difference(
    script: &Script,
    end: &Shop,
    users: &BTreeMap<String, User>,
    orders: &BTreeMap<String, Order>,
) -> Option<String> {
    if users.get(&script.user_id) != end.users.get(&script.user_id) {
        return Some(format!("user {}", script.user_id));
    }
    let own = end.orders.iter().filter(|(_, order)| order.user_id == script.user_id);
    let mut other = own.filter(|(id, order)| orders.get(*id) != Some(*order));
    other.next().map(|(id, _)| format!("order {id}"))
}

/// The task's calls in order: `None` for what is no call.
async fn play_one(stage: &Stage, script: &Script) -> Result<Vec<Given>> {
    let who = Who { user: Some(script.user_id.clone()), orders: script.orders.clone() };
    let case = stage.case(script.number, &who).await?;
    let mut given = Vec::new();
    for (at, action) in script.actions.iter().enumerate() {
        if !action.is_call {
            given.push(None);
            continue;
        }
        let key = format!("task-{}-{at}", script.number);
        let (tool, args) = (action.name.as_str(), &action.args);
        let ask = Ask { tool, args, case: Some(case.clone()), confirmed: action.writes, key };
        given.push(Some(outcome(stage.call(ask).await?)));
    }
    Ok(given)
}

fn outcome(called: Called) -> std::result::Result<(), String> {
    match called {
        Called::Done { .. } => Ok(()),
        Called::Refused { reason, policies } => Err(format!("{reason} ({})", policies.join(", "))),
        Called::Invalid(error) => Err(error.to_string()),
        other => Err(format!("{other:?}").chars().take(300).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_passes_only_if_every_task_ends_as_expected_and_nothing_is_judged_otherwise() {
        let row = |allowed, refused_wrongly| Row { actions: 2, allowed, refused_wrongly, ..Row::default() };
        let report = |as_expected, row| Report {
            tasks: 1,
            as_expected,
            tools: BTreeMap::from([("t".to_owned(), row)]),
            ..Report::default()
        };
        assert!(report(1, row(2, 0)).passed());
        assert!(!report(1, row(1, 1)).passed());
        assert!(!report(0, row(2, 0)).passed());
        assert!(!Report::default().passed(), "nothing was played");
        assert_eq!(outcome(Called::Undecided { reason: "x".to_owned() }).unwrap_err(), "Undecided { reason: \"x\" }");
    }
}
