//! An agent hands the case to another by itself: to whom, and who takes the goals of a process that names the first.
//!
//! How a case is handed over is another room's: the packet, the stop of agents that pass a case round, and the ledger are those
//! of the function `handoff`, which is given to the turn.

use super::args::{Args, Goal};
use super::reading::ModelReading;
use super::scene::Scene;
use crate::roster::{AgentSpec, Roster};
use baton_base::{Error, Result};
use baton_cases::{CaseState, Patch, record};
use baton_db::Tx;
use baton_runs::{CallCx, Outcome};
use serde_json::{Value, json};
use std::sync::Arc;

/// Hands a case over: the function `handoff` with its arguments, in the transaction of the turn.
pub type Delegate = Arc<dyn Fn(&mut Tx, &CallCx, &Value) -> Result<Outcome> + Send + Sync>;

/// The agent that takes a goal instead of the one that the process names: the one to which that has handed the case, as long as it
/// serves the need.
pub(super) fn taker(tx: &mut Tx, cx: &CallCx, args: &Args, roster: &Roster) -> Result<Option<String>> {
    let (Some(case), Some(agent)) = (&cx.case, roster.agents.get(&args.agent)) else { return Ok(None) };
    let later = matches!(args.goal, Goal::Collect | Goal::Confirm | Goal::Act | Goal::Answer);
    if !later || agent.delegates_to.is_empty() {
        return Ok(None);
    }
    let row = baton_cases::row(tx, &cx.ctx, case)?;
    let Some(intent) = args.intent.as_deref().or(row.intent.as_deref()) else { return Ok(None) };
    let has_it = |other: &&AgentSpec| row.actor.kind == "agent" && row.actor.name == other.name.as_str();
    let found = colleagues(agent, roster).find(|other| has_it(other) && other.serves(intent));
    Ok(found.map(|other| other.name.to_string()))
}

/// The agents to which one may hand a case, in the order of its file.
pub(super) fn colleagues<'a>(agent: &'a AgentSpec, roster: &'a Roster) -> impl Iterator<Item = &'a AgentSpec> {
    agent.delegates_to.iter().filter_map(move |name| roster.agents.get(name.as_str()))
}

impl<'a> Scene<'a> {
    /// Hands the case to the agent that takes a need, where this one delegates it: done with `{to, …}`, or failed where agents pass the
    /// case round. None where it keeps the case.
    pub(super) fn delegated(
        &mut self,
        intent: &str,
        confidence: f32,
        model: Option<&ModelReading>,
    ) -> Result<Option<Outcome>> {
        let Some(hand_over) = self.delegate else { return Ok(None) };
        let Some(to) = self.takes_over(intent, model) else { return Ok(None) };
        // As it stands now: who has said something in this turn has the case again.
        let now = baton_cases::row(self.tx, &self.ctx, &self.case.id)?;
        if !matches!(now.state, CaseState::Open | CaseState::WaitingCustomer) {
            // Who has it gives it back first, and what has ended is handed to nobody.
            return Ok(None);
        }
        if now.actor.kind == "agent" && now.actor.name == to.name.as_str() {
            return Ok(Some(Outcome::Done(json!({"to": to.name}))));
        }
        let fields = self.memo.fields.clone();
        // The packet is made of what the case holds.
        let patch = Patch {
            intent: Some(intent.to_owned()),
            confidence: Some(f64::from(confidence)),
            fields: Some(fields.clone()),
            ..Patch::default()
        };
        record(self.tx, &self.ctx, &self.case.id, patch)?;
        let title = self.roster.intents.get(intent).map_or(intent, |known| known.title.as_str());
        let reason = format!("'{title}' is a need that {} takes over from {}", to.title, self.agent.title);
        let args = json!({"from": self.agent.name, "to": to.name, "reason": reason, "goal": title, "fields": fields});
        match hand_over(self.tx, self.cx, &args)? {
            done @ (Outcome::Done(_) | Outcome::Failed(_)) => Ok(Some(done)),
            Outcome::Pending { .. } | Outcome::Outside { .. } => Err(Error::broken("a case is handed over at once")),
        }
    }

    /// Who takes a need over: whom a model names, if this agent delegates to them and they serve it, else the first who takes it.
    fn takes_over(&self, intent: &str, model: Option<&ModelReading>) -> Option<&'a AgentSpec> {
        let named = model.and_then(|model| model.to.as_deref());
        let by_name = named.and_then(|name| colleagues(self.agent, self.roster).find(|one| one.name.as_str() == name));
        let takes = |one: &&AgentSpec| one.takes.iter().any(|need| need == intent);
        by_name.filter(|one| one.serves(intent)).or_else(|| colleagues(self.agent, self.roster).find(takes))
    }
}
