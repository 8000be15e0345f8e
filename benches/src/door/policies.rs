//! A decision by a slice of 100 policies, of 10,000 in the release.

use super::{Options, figure, quantile};
use anyhow::{Result, anyhow};
use baton_base::{AgentName, Bundle, ClientId, IdSource, SystemClock};
use baton_govern::{ActionInfo, Ctx, Env, Judgement, Level, Question, Risk, Rulebook, judge};
use serde_json::json;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

/// Of each action; the one that permits is the last.
const POLICIES: usize = 100;
const GOAL_US: f64 = 20.0;
/// What is read without Cedar, and what Cedar alone reads.
const PLAIN: &str = "context has identity && context.identity.user_id == context.facts.order.user_id";
const FOR_CEDAR: &str = "context.args.order_id like \"#*\"";

pub fn measure(options: &Options) -> Result<bool> {
    let actions = options.actions.max(1);
    let name = format!("policy decision, slice of {POLICIES} among {}", actions * POLICIES);
    let mut plain = timed(options, PLAIN)?;
    print(&format!("{name}, p50"), quantile(&mut plain, 0.5));
    let met = figure(&format!("{name}, p99"), quantile(&mut plain, 0.99), "us", GOAL_US, true);
    let mut by_cedar = timed(options, &format!("{PLAIN} && {FOR_CEDAR}"))?;
    print("the same with a permit that Cedar evaluates, p50", quantile(&mut by_cedar, 0.5));
    print("the same with a permit that Cedar evaluates, p99", quantile(&mut by_cedar, 0.99));
    Ok(met)
}

fn print(name: &str, value: f64) {
    println!("{name:<58} {value:>10.2} us");
}

/// Microseconds of each decision, where the policy that permits asks this.
fn timed(options: &Options, condition: &str) -> Result<Vec<f64>> {
    let actions = options.actions.max(1);
    let book = rulebook(actions, condition)?;
    let env = Env::new(Arc::new(SystemClock), Arc::new(IdSource::seeded(1)));
    let ctx = Ctx::agent(&env, &ClientId::known("acme"), &AgentName::known("concierge"), "r1");
    let (args, facts) = (json!({"order_id": "#W1", "amount": 40}), json!({"order": {"user_id": "u", "total": 120}}));
    let (case, identity, none) = (json!({"id": "case_1"}), json!({"how": "email", "user_id": "u"}), json!({}));
    let mut micros = Vec::with_capacity(options.decisions);
    for round in 0..options.decisions {
        let action = format!("action_{}", round % actions);
        let question = Question {
            action: &action,
            args: &args,
            facts: &facts,
            derived: &none,
            intent: Some("cancel_order"),
            case: &case,
            identity: &identity,
            confirmed: true,
            rules: None,
            approved: None,
        };
        let begin = Instant::now();
        let judgement = judge(&book, &ctx, &question, Level::Act, None);
        micros.push(begin.elapsed().as_nanos() as f64 / 1_000.0);
        if !matches!(judgement, Judgement::Allow { .. }) {
            return Err(anyhow!("{action} was not allowed: {judgement:?}"));
        }
    }
    Ok(micros)
}

fn rulebook(count: usize, condition: &str) -> Result<Rulebook> {
    let info = |name: String| ActionInfo {
        title: name.clone(),
        name,
        writes: true,
        risk: Risk::Medium,
        schema: json!({}),
        confirm: true,
        facts: None,
        derived: None,
        table: None,
    };
    let actions: Vec<_> = (0..count).map(|at| info(format!("action_{at}"))).collect();
    let mut text = String::new();
    for action in 0..count {
        for at in 1..POLICIES {
            writeln!(
                text,
                "@id(\"f{action}_{at}\") @reason(\"too much\") forbid (principal, action == Action::\"action_{action}\", \
                 resource) when {{ context.args.amount > {} }};",
                1_000 + at
            )?;
        }
        writeln!(
            text,
            "@id(\"p{action}\") permit (principal is Agent, action == Action::\"action_{action}\", resource) \
             when {{ {condition} }};"
        )?;
    }
    let files = [("policies/many.cedar".to_owned(), text)].into();
    Rulebook::load(&Bundle { files, ..Bundle::default() }, &actions).map_err(|found| anyhow!("{found:?}"))
}
