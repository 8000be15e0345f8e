//! `baton demo violations`: thousands of calls that break the shop's written policy, and what refused each.

use super::check::sets;
use crate::House;
use crate::cli::{deploy, say};
use baton_agents::Models;
use baton_base::{AgentName, CaseId, ClientId, Error, MessageId, Result, SystemClock, digest_of};
use baton_cases::{Channel, Incoming, Patch, receive};
use baton_db::Tx;
use baton_demo::shop;
use baton_demo::systems;
use baton_demo::world::{Violation, violations};
use baton_govern::{Ctx, consent};
use baton_tools::{Call, Called};
use clap::Args;
use futures::StreamExt;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

const CLIENT: &str = "larkspur";
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
    /// Folder with the blueprints.
    #[arg(long, default_value = "blueprints")]
    pub blueprints: PathBuf,
    /// Folder with the overlays of the demo clients.
    #[arg(long, default_value = "demo/overlays")]
    pub overlays: PathBuf,
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
    let folder = super::processes::fresh_folder()?;
    let of = systems::Options { seed: options.seed, shop_db: options.db.clone(), ..systems::Options::default() };
    let systems = systems::start(&of).await?;
    let database = format!("sqlite:{}", folder.path().join("baton.db").display());
    let overlay = options.overlays.join(format!("{CLIENT}.yaml"));
    let source = deploy::Source { overlays: vec![overlay], blueprints: options.blueprints.clone() };
    let set = sets(&systems.addresses).into_iter().filter(|set| set.starts_with(CLIENT));
    deploy::deploy_quietly(&database, &source, &set.collect::<Vec<_>>()).await?;
    let house = House::open(&database, Arc::new(SystemClock), Models::none()).await?;
    // The same shop that the system has.
    let shop = match &options.db {
        Some(folder) => shop::load(folder)?,
        None => shop::generate(options.seed),
    };
    let stage = Stage { house, ctx_client: ClientId::known(CLIENT) };
    let all = violations(&shop, options.seed, options.count);
    let cases = stage.cases(&all).await?;
    let mut report = Report::default();
    let calls = all.iter().enumerate().map(|(at, violation)| stage.call(at, violation, &cases));
    let mut ended = futures::stream::iter(calls).buffer_unordered(AT_ONCE);
    while let Some((violation, called)) = ended.next().await.transpose()? {
        report.add(violation, &given(called));
    }
    drop(ended);
    let effects = fetch(&systems.addresses.shop, "/_effects?after=0").await?;
    report.changes = effects["effects"].as_array().map_or(0, Vec::len);
    stage.house.db.close().await;
    Ok(report)
}

async fn fetch(base: &str, path: &str) -> Result<Value> {
    let answer = reqwest::get(format!("{base}{path}")).await.map_err(Error::broken)?;
    answer.json().await.map_err(Error::broken)
}

/// Whoever is identified as whom, with which orders: one case for each.
type Who = (Option<String>, Vec<String>);

struct Stage {
    house: Arc<House>,
    ctx_client: ClientId,
}

impl Stage {
    fn ctx(&self) -> Ctx {
        self.house.system(&self.ctx_client, "demo:violations")
    }

    /// A case for every identification that the violations need.
    async fn cases(&self, all: &[Violation]) -> Result<HashMap<Who, CaseId>> {
        let mut made = HashMap::new();
        for violation in all {
            let who = (violation.customer.clone(), violation.orders.clone());
            if made.contains_key(&who) {
                continue;
            }
            let (ctx, cases, number, of) = (self.ctx(), self.house.cases(), made.len(), who.clone());
            let write = move |tx: &mut Tx| case(tx, &ctx, &cases, number, &of);
            let id = self.house.db.write(write).await?;
            made.insert(who, id);
        }
        Ok(made)
    }

    async fn call<'v>(
        &self,
        at: usize,
        violation: &'v Violation,
        cases: &HashMap<Who, CaseId>,
    ) -> Result<(&'v Violation, Called)> {
        let who = (violation.customer.clone(), violation.orders.clone());
        let case = cases.get(&who).cloned();
        if let (true, Some(case)) = (violation.confirmed, case.clone()) {
            let (ctx, tool, digest) = (self.ctx(), violation.tool, digest_of(&violation.args));
            let message = MessageId::known(format!("msg_{at}"));
            let yes = move |tx: &mut Tx| consent::record(tx, &ctx, &case, tool, &digest, &message);
            self.house.db.write(yes).await?;
        }
        let call = Call {
            action: violation.tool.to_owned(),
            args: violation.args.clone(),
            case,
            step_key: format!("violation-{at}"),
            agent: Some(AgentName::known("concierge")),
            ..Call::default()
        };
        Ok((violation, self.house.door.call(&self.ctx(), call).await?))
    }
}

fn case(tx: &mut Tx, ctx: &Ctx, cases: &baton_cases::Cases, number: usize, who: &Who) -> Result<CaseId> {
    let incoming = Incoming {
        channel: Channel::Api,
        address: format!("c{number}@example.com"),
        name: None,
        locale: None,
        text: "hello".to_owned(),
        external_id: Some(format!("violation-{number}")),
        case: None,
        data: Value::Null,
    };
    let received = receive(tx, ctx, cases, incoming)?;
    if let (Some(user), orders) = who {
        let identity = Some(json!({"how": "email", "user_id": user, "orders": orders}));
        baton_cases::record(tx, ctx, &received.case, Patch { identity, ..Patch::default() })?;
    }
    Ok(received.case)
}
