//! `baton escalation`: when agents pass cases to people, tried on cases that have been.

mod past;
mod since;
mod thresholds;

use super::{Database, Outcome, say, system_env};
use baton_agents::calibrate::Costs;
use baton_agents::shadow::{Compared, compared};
use baton_agents::triggers::replay::{Changes, PastCase, Replayed, Tally, replay};
use baton_base::{ClientId, Error, Result};
use clap::{Args, Subcommand};
use since::Since;
use std::collections::BTreeMap;
use std::process::ExitCode;
use thresholds::Thresholds;

/// What to look at.
#[derive(Subcommand)]
pub enum Command {
    /// Play past cases under other parameters: who would have gone to a person, who should have, and what it costs.
    /// Nothing is changed.
    Replay(Replay),
    /// Propose a threshold for each intent from cases that a person has seen, with its evidence; or say how many more
    /// such cases it needs. What AI works by is not changed.
    Thresholds(Thresholds),
    /// Compare what agents would have made of messages that people answered with what those cases ended with. Nothing is
    /// changed.
    Shadow(Shadow),
}

#[derive(Args)]
struct Which {
    /// The client.
    #[arg(long)]
    client: String,
    /// From when on: 30d, 12h, or a day such as 2026-11-01 (UTC).
    #[arg(long, default_value = "30d")]
    since: Since,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

/// Costs are in any unit, the same for all three.
#[derive(Args)]
pub struct Replay {
    #[command(flatten)]
    which: Which,
    /// What to change, for all intents or for one: threshold.refund=0.8, ask_max=2, sentiment.claim=false. Rules: threshold,
    /// clarify_max, ask_max, turn_budget, tool_failures_max, sentiment, vulnerable, legal. A guideline is taken out by
    /// guideline.NAME=off, or has another priority: guideline.NAME=5. Without it, the past is counted as it was.
    #[arg(long, value_name = "RULE[.INTENT]=VALUE")]
    set: Vec<String>,
    /// Cost of a case that a person takes.
    #[arg(long, requires_all = ["cost_agent", "cost_wrong"])]
    cost_person: Option<f64>,
    /// Cost of a case that an agent takes.
    #[arg(long, requires = "cost_person")]
    cost_agent: Option<f64>,
    /// Cost of a case that needed a person and was not passed on.
    #[arg(long, requires = "cost_person")]
    cost_wrong: Option<f64>,
}

#[derive(Args)]
pub struct Shadow {
    #[command(flatten)]
    which: Which,
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::Replay(options) => {
            let changes = Changes::read(&options.set)?;
            let costs = options.cost_person.zip(options.cost_agent).zip(options.cost_wrong);
            let costs = costs.map(|((person, agent), wrong)| Costs { wrong, person, agent });
            let cases = load(&options.which).await?;
            let found = replay(&cases, &changes, costs);
            if options.which.json {
                say(&serde_json::to_string(&found).map_err(Error::broken)?);
            } else {
                show(&found);
            }
        }
        Command::Thresholds(options) => thresholds::run(options).await?,
        Command::Shadow(options) => {
            let found = compared(&load(&options.which).await?);
            if options.which.json {
                say(&serde_json::to_string(&found).map_err(Error::broken)?);
            } else {
                show_shadows(&found);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn load(which: &Which) -> Result<Vec<PastCase>> {
    let client: ClientId = which.client.parse()?;
    let env = system_env();
    let since_ms = which.since.at(env.now_ms());
    let db = which.database.open().await?;
    let found = db.read(move |tx| past::cases(tx, &env, &client, since_ms)).await;
    db.close().await;
    found
}

fn show(found: &Replayed) {
    if found.cases == 0 {
        say("no case of this client was read by an agent in this time");
        return;
    }
    say(&format!("{} cases{:>22}{:>12}", found.cases, "as it was", "replayed"));
    let row = |what: &str, count: fn(&Tally) -> usize| {
        say(&format!("{what:<28}{:>9}{:>12}", count(&found.then), count(&found.now)));
    };
    row("passed to a person", |t| t.escalated);
    row("  of these without need", |t| t.needless);
    row("missed", |t| t.missed);
    let triggers: std::collections::BTreeSet<_> =
        found.then.by_trigger.keys().chain(found.now.by_trigger.keys()).collect();
    for trigger in triggers {
        let count = |tally: &Tally| tally.by_trigger.get(trigger).copied().unwrap_or_default();
        say(&format!("{:<28}{:>9}{:>12}", format!("  by {trigger}"), count(&found.then), count(&found.now)));
    }
    if let (Some(then), Some(now)) = (found.then.cost, found.now.cost) {
        say(&format!("{:<28}{then:>9.2}{now:>12.2}", "cost"));
    }
    let lists = [
        ("would go to a person now", &found.newly_escalated),
        ("would no longer go to a person", &found.no_longer_escalated),
        ("would be missed", &found.missed),
    ];
    if found.unrecorded > 0 {
        let cases = found.unrecorded;
        say(&format!(
            "{cases} from before failed calls and guidelines were kept: what was decided then stands in these"
        ));
    }
    for (what, numbers) in lists.into_iter().filter(|(_, numbers)| !numbers.is_empty()) {
        let numbers: Vec<String> = numbers.iter().map(|n| format!("C-{n}")).collect();
        say(&format!("{what}: {}", numbers.join(", ")));
    }
}

fn show_shadows(found: &BTreeMap<String, Compared>) {
    if found.is_empty() {
        say("no agent has read along in a case that a person had and that ended with a need in this time");
        return;
    }
    say(&format!("{:<28}{:>7}{:>7}{:>7}{:>16}", "read as", "cases", "right", "sure", "sure and wrong"));
    for (intent, row) in found {
        let Compared { cases, right, sure, sure_and_wrong } = row;
        say(&format!("{intent:<28}{cases:>7}{right:>7}{sure:>7}{sure_and_wrong:>16}"));
    }
}
