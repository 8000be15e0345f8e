//! What other rules would have said of the calls that were made.

use crate::rules::Rules;
use baton_author::policies::word;
use baton_base::limits::PAGE_MAX;
use baton_base::{ClientId, EffectId, Result};
use baton_db::Tx;
use baton_govern::{Env, ledger};
use baton_tools::store::{self, Effect, Filter};
use baton_tools::{Said, Tried, recorded, try_call};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most calls looked at, newest first.
pub const CALLS_MAX: usize = 20_000;
/// Most examples shown of one kind of change.
const EXAMPLES_MAX: usize = 5;

/// What changes.
#[derive(Debug, Default, Serialize)]
pub struct Comparison {
    /// Calls that changed something outside, in the time looked at.
    pub calls: usize,
    /// Of these, judged by both.
    pub compared: usize,
    /// Of these, not to be repeated: what they were judged on was not kept whole, or the old rules do not allow them again.
    pub not_repeatable: usize,
    /// Calls that were refused in that time: their arguments are not kept, so nothing is said of them.
    pub refused_not_compared: usize,
    /// Whether there were more than could be looked at.
    pub cut_off: bool,
    /// `allow → refuse` and the like, with how often and examples.
    pub changes: BTreeMap<String, Change>,
}

/// One kind of change.
#[derive(Debug, Default, Serialize)]
pub struct Change {
    /// How many calls.
    pub count: usize,
    /// A few of them.
    pub examples: Vec<Example>,
}

/// A call that would be judged otherwise.
#[derive(Debug, Serialize)]
pub struct Example {
    /// The effect.
    pub effect: EffectId,
    /// The action.
    pub action: String,
    /// What the new rules say, in words.
    pub reason: String,
    /// Ids of what says so.
    pub policies: Vec<String>,
}

/// Judges the client's recorded calls since a time by both rules.
pub fn compare(
    tx: &mut Tx,
    env: &Arc<Env>,
    client: &ClientId,
    old: &Rules,
    new: &Rules,
    since_ms: i64,
) -> Result<Comparison> {
    let mut told = Comparison::default();
    let filter = Filter { writes_only: true, ..Filter::default() };
    let mut after: Option<EffectId> = None;
    loop {
        let page = store::list(tx, client, &filter, after.as_ref(), PAGE_MAX)?;
        let full = page.len() == PAGE_MAX as usize;
        for row in &page {
            if row.requested_ms < since_ms {
                continue;
            }
            if told.calls == CALLS_MAX {
                told.cut_off = true;
                break;
            }
            told.calls += 1;
            let effect = store::get(tx, client, &row.id)?;
            told.one(env, client, &effect, old, new)?;
        }
        let past = page.last().is_none_or(|row| row.requested_ms < since_ms);
        after = page.last().map(|row| row.id.clone());
        if !full || past || told.cut_off {
            break;
        }
    }
    told.refused_not_compared = refused(tx, client, since_ms)?;
    Ok(told)
}

impl Comparison {
    fn one(&mut self, env: &Arc<Env>, client: &ClientId, effect: &Effect, old: &Rules, new: &Rules) -> Result<()> {
        let Some((ctx, trial)) = recorded(env, client, effect) else {
            self.not_repeatable += 1;
            return Ok(());
        };
        let before = try_call(&old.catalogue, &old.rulebook, &ctx, &trial)?;
        if before.said != Said::Allow {
            self.not_repeatable += 1;
            return Ok(());
        }
        self.compared += 1;
        let after = try_call(&new.catalogue, &new.rulebook, &ctx, &trial)?;
        if after.said != before.said {
            self.changed(effect, &before, after);
        }
        Ok(())
    }

    fn changed(&mut self, effect: &Effect, before: &Tried, after: Tried) {
        let change = self.changes.entry(format!("{} → {}", word(before.said), word(after.said))).or_default();
        change.count += 1;
        if change.examples.len() < EXAMPLES_MAX {
            let (effect, action) = (effect.id.clone(), effect.action.clone());
            change.examples.push(Example { effect, action, reason: after.reason, policies: after.policies });
        }
    }
}

fn refused(tx: &mut Tx, client: &ClientId, since_ms: i64) -> Result<usize> {
    let filter = ledger::Filter {
        clients: vec![client.clone()],
        kind: Some("action.refused".to_owned()),
        from_ms: Some(since_ms),
        ..ledger::Filter::default()
    };
    let mut count = 0;
    let mut after: Option<String> = None;
    loop {
        let page = ledger::list(tx, &filter, after.as_deref(), PAGE_MAX)?;
        count += page.items.len();
        after = page.next;
        if after.is_none() || count >= CALLS_MAX {
            return Ok(count);
        }
    }
}
