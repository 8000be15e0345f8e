//! A small rulebook to judge by.

#![allow(dead_code, reason = "each test target uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{AgentName, Bundle, ClientId, IdSource, ManualClock, MemberId};
use baton_govern::{
    ActionInfo, Approved, Ctx, Decided, Env, Judgement, Level, Question, Risk, Role, Rulebook, Stop, judge,
};
use serde_json::{Value, json};
use std::sync::Arc;

pub const POLICIES: &str = r#"
@id("reads") permit(principal, action in Action::"reads", resource);
@id("cancel-own-order")
permit(principal, action == Action::"cancel_order", resource)
when { context has case && context.facts.order.owner == context.case.customer };
@id("not-shipped") @reason("a shipped order cannot be cancelled")
forbid(principal, action == Action::"cancel_order", resource)
when { !(context.facts.order.status like "pending*") };
@id("refunds") permit(principal, action == Action::"refund", resource in Client::"acme");
@id("large-refund") @reason("refunds over 500.00 need the finance lead") @approval("finance_lead")
forbid(principal, action == Action::"refund", resource)
when { context.derived.amount > 50000 };
"#;

pub const TABLE: &str = r#"title: Refund
hit: first
inputs:
  - { name: days, expr: .facts.days }
  - { name: tier, expr: .facts.tier }
outputs: [verdict, reason, note]
rules:
  - id: gold
    when: { days: "[0..90]", tier: gold }
    then: { verdict: allow, reason: gold customers have 90 days, note: "${ \"\\(.facts.days) days, \\(.facts.tier)\" }" }
  - id: in-window
    when:
      days: "[0..30]"
    then: { verdict: allow, reason: within the window, note: null }
  - id: late
    when: { days: "(30..60]" }
    then: { verdict: approve, reason: "late, but not very", note: null }
  - id: too-late
    when: { days: "> 60", tier: "not(gold)" }
    then: { verdict: refuse, reason: the window has passed, note: null }
"#;

pub fn actions() -> Vec<ActionInfo> {
    let action = |name: &str, writes, risk, confirm| ActionInfo {
        name: name.to_owned(),
        title: name.to_owned(),
        writes,
        risk,
        schema: json!({}),
        confirm,
        facts: None,
        derived: None,
        table: None,
    };
    vec![
        action("get_order", false, Risk::Low, false),
        action("cancel_order", true, Risk::Medium, true),
        action("refund", true, Risk::High, false),
    ]
}

pub fn bundle(files: &[(&str, &str)]) -> Bundle {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Bundle { files, ..Bundle::default() }
}

pub fn rulebook() -> Rulebook {
    let files = [("policies/shop.cedar", POLICIES), ("tables/refund.yaml", TABLE)];
    Rulebook::load(&bundle(&files), &actions()).unwrap()
}

pub fn env() -> Arc<Env> {
    Env::new(ManualClock::at(1_700_000_000_000), Arc::new(IdSource::seeded(1)))
}

pub fn agent() -> Ctx {
    Ctx::agent(&env(), &ClientId::known("acme"), &AgentName::known("concierge"), "r1")
}

pub fn member(roles: &[Role]) -> Ctx {
    Ctx::member(&env(), &ClientId::known("acme"), &MemberId::known("mem_1"), roles)
}

/// A question that owns its parts.
pub struct Ask {
    pub action: String,
    pub args: Value,
    pub facts: Value,
    pub derived: Value,
    pub confirmed: bool,
    pub rules: Option<Decided>,
    pub approved: Option<Approved>,
}

impl Ask {
    pub fn action(name: &str) -> Self {
        Self {
            action: name.to_owned(),
            args: json!({}),
            facts: json!({}),
            derived: json!({}),
            confirmed: true,
            rules: None,
            approved: None,
        }
    }

    pub fn cancel() -> Self {
        let facts = json!({"order": {"status": "pending", "owner": "c1"}});
        Self { facts, args: json!({"order_id": "#W1"}), ..Self::action("cancel_order") }
    }

    pub fn refund(amount: i64) -> Self {
        Self { derived: json!({"amount": amount}), ..Self::action("refund") }
    }

    pub fn judge(&self, book: &Rulebook, ctx: &Ctx, level: Level, stop: Option<Stop>) -> Judgement {
        let case = json!({"id": "case_1", "customer": "c1", "confidence": 0.93});
        let question = Question {
            action: &self.action,
            args: &self.args,
            facts: &self.facts,
            derived: &self.derived,
            intent: Some("cancel_order"),
            case: &case,
            identity: &Value::Null,
            confirmed: self.confirmed,
            rules: self.rules.as_ref(),
            approved: self.approved.as_ref(),
        };
        judge(book, ctx, &question, level, stop)
    }
}
