//! `handoff`: a case goes from one agent to another, of the release or outside, with everything that is known.
//!
//! Agents that pass a case round in a circle are stopped: the same pair again although nothing new is known, or too many passes
//! without a word of the customer between them, is the error by which a case goes to a person. So is one pass after very many.

use crate::packet::ESCALATION;
use crate::store::passes::{self, Pass};
use crate::{Ask, Desk, build_packet, limits};
use baton_base::{Actor, AgentName, CaseId, ClientId, Error, Event, ReleaseId, Result, digest_of};
use baton_cases::{Case, CaseState};
use baton_db::Tx;
use baton_engine::ErrorDoc;
use baton_govern::ledger;
use baton_runs::{CallCx, Function, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Where the agent is that a case is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// An agent of the release.
    Inside,
    /// An outside agent: a connector of kind `a2a`.
    Outside,
}

/// Who is called so in a release of a client.
pub type Knows = Arc<dyn Fn(&ClientId, &ReleaseId, &str) -> Result<Option<Side>> + Send + Sync>;

/// `handoff`: output `{to, side, packet_id, packet}`. The process goes on with that agent: inside with its `agent-turn`,
/// outside with the `action` that asks it. Fails as `urn:baton:error:escalation` with the title `loop`.
pub struct AgentHandoff {
    /// The desk's parts.
    pub desk: Desk,
    /// Which agents there are.
    pub knows: Knows,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    from: String,
    to: String,
    reason: String,
    recommendation: Option<String>,
    goal: Option<String>,
    summary: Option<String>,
    mood: Option<String>,
    #[serde(default)]
    fields: Option<Map<String, Value>>,
    #[serde(default)]
    not_allowed: Option<Vec<String>>,
}

impl Args {
    fn read(args: &Value) -> Result<Self> {
        let wrong = |detail: String| Error::invalid_at("with", "the arguments of 'handoff' are not valid", detail);
        let read = Self::deserialize(args).map_err(|e| wrong(e.to_string()))?;
        let texts = [
            Some(&read.reason),
            read.recommendation.as_ref(),
            read.goal.as_ref(),
            read.summary.as_ref(),
            read.mood.as_ref(),
        ];
        if texts.into_iter().flatten().any(|text| text.len() > limits::NOTE_BYTES_MAX) {
            return Err(wrong(format!("a text has at most {} bytes", limits::NOTE_BYTES_MAX)));
        }
        if read.reason.trim().is_empty() {
            return Err(wrong("say why the case is handed over: reason".to_owned()));
        }
        if read.from == read.to {
            return Err(wrong(format!("'{}' cannot hand a case to itself", read.from)));
        }
        Ok(read)
    }

    fn ask(self) -> Ask {
        Ask {
            trigger: "agent".to_owned(),
            reason: self.reason,
            recommendation: self.recommendation,
            goal: self.goal,
            summary: self.summary,
            fields: self.fields.unwrap_or_default(),
            not_allowed: self.not_allowed.unwrap_or_default(),
            mood: self.mood,
            excuse: None,
        }
    }
}

impl Function for AgentHandoff {
    fn name(&self) -> &'static str {
        "handoff"
    }

    fn start(&self, tx: &mut Tx, cx: &CallCx, args: &Value) -> Result<Outcome> {
        let args = Args::read(args)?;
        let case = cx.case.as_ref().ok_or_else(|| {
            Error::invalid(
                "'handoff' passes a case on, and this run has none",
                "call it in processes that cases enter by",
            )
        })?;
        let client = &cx.ctx.client;
        self.known(cx, &args.from, "with/from")?;
        let side = self.known(cx, &args.to, "with/to")?;
        let found = baton_cases::get(tx, &cx.ctx, case)?;
        if found.row.state == CaseState::WithPerson {
            return Err(Error::Conflict(format!(
                "case {} is with a person, who gives it back first",
                found.row.number
            )));
        }
        if !found.row.state.is_live() {
            return Err(Error::Conflict(format!("case {} has ended", found.row.number)));
        }
        let facts = known_now(tx, client, &found, &args)?;
        let before = passes::of_case(tx, client, case)?;
        let unheard = passes::since_said(tx, client, case)?;
        if let Some(why) = circle((before.as_slice(), unheard), &args.from, &args.to, &facts) {
            return self.stop(tx, cx, case, &args, &why);
        }
        let (from, to) = (args.from.clone(), args.to.clone());
        let intake = self.desk.live(client)?;
        let packet = build_packet(tx, &cx.ctx, &intake, case, args.ask())?;
        let pass = Pass { from, to, facts };
        passes::insert(tx, client, case, &pass, &packet, cx.ctx.now_ms())?;
        if side == Side::Inside {
            let actor = Actor::Agent { name: pass.to.parse::<AgentName>()?, version: cx.release.to_string() };
            baton_cases::assign(tx, &cx.ctx, case, &actor, found.row.state)?;
        }
        let data =
            json!({"from": pass.from, "to": pass.to, "side": side, "packet": packet, "passes": before.len() + 1});
        ledger::append(tx, &cx.ctx, Event::new(client, "handoff.passed", &packet).in_case(case).with(data))?;
        let body = crate::packet_of_case(tx, &cx.ctx, case)?;
        Ok(Outcome::Done(json!({"to": pass.to, "side": side, "packet_id": packet, "packet": body})))
    }
}

impl AgentHandoff {
    fn known(&self, cx: &CallCx, name: &str, place: &str) -> Result<Side> {
        (self.knows)(&cx.ctx.client, &cx.release, name)?.ok_or_else(|| {
            let remedy = "name an agent of the release, or a connector of kind a2a";
            Error::invalid_at(place, format!("there is no agent '{name}'"), remedy)
        })
    }

    /// The circle ends: what agents cannot settle among themselves is a person's.
    fn stop(&self, tx: &mut Tx, cx: &CallCx, case: &CaseId, args: &Args, why: &str) -> Result<Outcome> {
        let data = json!({"from": args.from, "to": args.to, "why": why});
        ledger::append(tx, &cx.ctx, Event::new(&cx.ctx.client, "handoff.looped", case).in_case(case).with(data))?;
        Ok(Outcome::Failed(ErrorDoc {
            kind: ESCALATION.to_owned(),
            status: 409,
            title: Some("loop".to_owned()),
            detail: Some(why.to_owned()),
            instance: None,
        }))
    }
}

/// What is known of the case now, as a digest: what was recorded and found out, done by systems, and said by the customer. That
/// something was looked up once more is nothing new: what was found counts where it is recorded.
fn known_now(tx: &mut Tx, client: &ClientId, case: &Case, args: &Args) -> Result<String> {
    let done = passes::done(tx, client, &case.row.id)?;
    let said = baton_cases::last_message_id(tx, client, &case.row.id)?;
    let known = json!([case.row.intent, case.fields, case.identity, args.fields, done, said]);
    Ok(digest_of(&known).to_string())
}

/// Why a pass would go in a circle, in words: after those `before`, of which so many since the customer wrote last.
fn circle((before, unheard): (&[Pass], usize), from: &str, to: &str, facts: &str) -> Option<String> {
    if before.iter().any(|pass| pass.from == from && pass.to == to && pass.facts == facts) {
        return Some(format!("{from} has handed this case to {to} before, and nothing new is known since"));
    }
    let (most, in_all) = (limits::PASSES_MAX, limits::CASE_PASSES_MAX);
    if unheard >= most {
        return Some(format!("agents have handed this case on {most} times since the customer wrote last"));
    }
    (before.len() >= in_all).then(|| format!("agents have handed this case on {in_all} times"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_the_same_pair_with_nothing_new_or_too_many_passes() {
        let pass = |from: &str, to: &str, facts: &str| Pass { from: from.into(), to: to.into(), facts: facts.into() };
        let before = [pass("a", "b", "1"), pass("b", "a", "1")];
        let check = |before: &[Pass], unheard: usize, from: &str, to: &str, facts: &str| {
            circle((before, unheard), from, to, facts).is_some()
        };
        assert!(check(&before, 2, "a", "b", "1") && check(&before, 0, "b", "a", "1"));
        assert!(!check(&before, 2, "a", "b", "2") && !check(&before, 2, "b", "c", "1"));
        let many: Vec<Pass> = (0..limits::CASE_PASSES_MAX).map(|n| pass("a", "b", &n.to_string())).collect();
        let (some, most) = (&many[..limits::PASSES_MAX + 4], limits::PASSES_MAX);
        assert!(check(some, most, "b", "c", "new") && !check(some, most - 1, "b", "c", "new"));
        assert!(check(&many, 0, "b", "c", "new") && !check(&many[1..], 0, "b", "c", "new"));
    }
}
