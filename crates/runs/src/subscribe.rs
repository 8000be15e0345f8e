//! Who hears of an event: listens are found by what the event must agree on, however many listens there are.

use crate::RunInput;
use crate::input::post_rows;
use crate::outcome::{event_type, filter_type};
use crate::schedule::put_events;
use baton_base::{ClientId, Event, Result, RunId, digest_of};
use baton_db::{Tx, Value as Sql, params};
use baton_engine::expr;
use baton_govern::{Ctx, ledger};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the id of a listener begins with that is the schedule of a process and not a run.
pub(crate) const SCHEDULE: &str = "schedule:";

/// What the types of events about runs themselves begin with.
const LIFECYCLE: &str = "io.serverlessworkflow.";

/// One filter of a listen, as it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subscription {
    /// The type it wants; empty for any.
    pub event_type: String,
    /// Digest of the values that an event must agree on; empty for any.
    pub match_key: String,
    /// The expressions that give those values of an event: a JSON array of texts.
    pub expressions: Option<String>,
}

impl Subscription {
    /// From a filter as the engine announces it: `{with, correlate: {name: {from, expect}}}`. Correlations whose
    /// value only an event will fix, and expressions that read more than the event, are left to the engine.
    pub fn of(filter: &Value) -> Self {
        let event_type = filter_type(filter).to_owned();
        if event_type.starts_with(LIFECYCLE) {
            // Noted as a type that somebody listens for; what it correlates by is left to the engine.
            return Self { event_type, match_key: String::new(), expressions: Some("[]".to_owned()) };
        }
        let known = filter.get("correlate").and_then(Value::as_object).into_iter().flatten().filter_map(|(_, c)| {
            let from = c.get("from")?.as_str()?;
            let expect = c.get("expect").filter(|expect| !expect.is_null())?;
            let reads_event_only = !expr::unwrapped(from).unwrap_or(from).contains('$');
            reads_event_only.then(|| (from.to_owned(), expect.clone()))
        });
        let mut known: Vec<(String, Value)> = known.collect();
        if known.is_empty() {
            return Self { event_type, match_key: String::new(), expressions: None };
        }
        known.sort_by(|a, b| a.0.cmp(&b.0));
        let (from, expect): (Vec<String>, Vec<Value>) = known.into_iter().unzip();
        let expressions = json!(from).to_string();
        Self { event_type, match_key: key(&expressions, &expect), expressions: Some(expressions) }
    }
}

fn key(expressions: &str, values: &[Value]) -> String {
    digest_of(&json!([expressions, values]))
}

/// Gives an event (`CloudEvents` 1.0, JSON) to every run and schedule of the client that listens for it; says to how many.
///
/// The ledger notes type and id of the event, never its data.
///
/// # Errors
/// Those of the database.
pub fn publish(tx: &mut Tx, ctx: &Ctx, event: &Value) -> Result<usize> {
    let kind = event_type(event);
    let subject = event.get("id").and_then(Value::as_str).unwrap_or(kind);
    let noted = Event::new(&ctx.client, "event.received", subject).with(json!({"type": kind}));
    ledger::append(tx, ctx, noted)?;
    deliver(tx, ctx, event)
}

/// The same without a note in the ledger.
pub(crate) fn deliver(tx: &mut Tx, ctx: &Ctx, event: &Value) -> Result<usize> {
    let Listeners { runs, schedules } = listeners(tx, &ctx.client, event)?;
    put_events(tx, ctx, &schedules, event)?;
    let told = post_rows(tx, ctx, &runs, &RunInput::Event { event: event.clone() })?;
    Ok(told + schedules.len())
}

/// Whether somebody of the client has ever listened for what runs tell of themselves.
pub(crate) fn anybody_hears_of_runs(tx: &mut Tx, client: &ClientId) -> Result<bool> {
    let sql = "SELECT 1 FROM run_correlation WHERE client_id = $1 AND expressions = '[]' LIMIT 1";
    Ok(tx.query_opt(sql, params![client], |_| Ok(()))?.is_some())
}

/// Gives an event about a run to those who listen for its type by name. Never to the run itself, nor to the schedule of its
/// process: it would never end.
pub(crate) fn tell_of(tx: &mut Tx, ctx: &Ctx, event: &Value, run: &RunId, process: &str) -> Result<()> {
    let (mut runs, mut schedules) = (Vec::new(), Vec::new());
    let sql = "SELECT run_id FROM run_subscription WHERE client_id = $1 AND event_type = $2";
    for listener in tx.query(sql, params![&ctx.client, event_type(event)], |r| r.text(0))? {
        match listener.strip_prefix(SCHEDULE) {
            Some(other) if other == process => {}
            Some(other) => schedules.push(other.to_owned()),
            None if listener == run.as_str() => {}
            None => runs.push(RunId::known(listener)),
        }
    }
    runs.sort();
    runs.dedup();
    schedules.sort();
    schedules.dedup();
    put_events(tx, ctx, &schedules, event)?;
    if !runs.is_empty() {
        post_rows(tx, ctx, &runs, &RunInput::Event { event: event.clone() })?;
    }
    Ok(())
}

/// Who may be meant by an event.
struct Listeners {
    runs: Vec<RunId>,
    /// Processes whose schedules listen.
    schedules: Vec<String>,
}

fn listeners(tx: &mut Tx, client: &ClientId, event: &Value) -> Result<Listeners> {
    let kind = event_type(event);
    let keys = match_keys(tx, client, event)?;
    let mut values: Vec<Sql> = vec![client.into(), kind.into()];
    let sql = by_keys(keys.len());
    values.extend(keys.into_iter().map(Sql::Text));
    let (mut runs, mut schedules) = (Vec::new(), Vec::new());
    for listener in tx.query(&sql, &values, |r| r.text(0))? {
        match listener.strip_prefix(SCHEDULE) {
            Some(process) => schedules.push(process.to_owned()),
            None => runs.push(RunId::known(listener)),
        }
    }
    // Listens that a node of the previous version wrote down.
    let old = "SELECT run_id FROM run_listen WHERE client_id = $1 AND event_type IN ($2, '')";
    runs.extend(tx.query(old, params![client, kind], |r| r.id(0))?);
    runs.sort();
    runs.dedup();
    schedules.sort();
    schedules.dedup();
    Ok(Listeners { runs, schedules })
}

/// Listens of a type, or of all, under so many keys. Some may come twice: asked for distinct ones, SQLite walks through all
/// that wait, in the order of their runs.
fn by_keys(count: usize) -> String {
    let places: Vec<String> = (0..count).map(|at| format!("${}", at + 3)).collect();
    format!(
        "SELECT run_id FROM run_subscription WHERE client_id = $1 AND event_type IN ($2, '') AND match_key IN ({})",
        places.join(", ")
    )
}

/// Most runs that are found by one value at a time.
const FOUND_MAX: usize = 200;

/// Runs before `after` that wait for an event with this value, however many others wait: those of listens that correlate by one
/// value and know it beforehand. The value is as people write it: `77` is looked for as a number and as a text. At most 200, the
/// newest first; where there may be more, also down to which run all were found.
pub(crate) fn waiting_for(
    tx: &mut Tx,
    client: &ClientId,
    value: &str,
    after: Option<&RunId>,
) -> Result<(Vec<RunId>, Option<RunId>)> {
    let sql = "SELECT event_type, expressions FROM run_correlation WHERE client_id = $1 AND expressions <> '[]'";
    let mut known: Vec<(String, String)> = tx.query(sql, params![client], |r| Ok((r.text(0)?, r.text(1)?)))?;
    known.retain(|(_, expressions)| serde_json::from_str::<[String; 1]>(expressions).is_ok());
    let mut values = vec![Value::from(value)];
    values.extend(serde_json::from_str(value).ok().filter(|read: &Value| read.is_number() || read.is_boolean()));
    let before = if after.is_some() { "AND run_id < $4" } else { "" };
    let sql = format!(
        "SELECT run_id FROM run_subscription WHERE client_id = $1 AND event_type = $2 AND match_key = $3 \
         AND run_id NOT LIKE '{SCHEDULE}%' {before} ORDER BY run_id DESC LIMIT {FOUND_MAX}"
    );
    let (mut found, mut seen_to) = (BTreeSet::new(), None::<RunId>);
    for (kind, expressions) in &known {
        for value in &values {
            let wanted = key(expressions, std::slice::from_ref(value));
            let mut given: Vec<Sql> = vec![client.into(), Sql::Text(kind.clone()), Sql::Text(wanted)];
            given.extend(after.map(Sql::from));
            let some: Vec<RunId> = tx.query(&sql, &given, |r| r.id(0))?;
            if some.len() == FOUND_MAX {
                seen_to = seen_to.max(some.last().cloned());
            }
            found.extend(some);
        }
    }
    let newest: Vec<RunId> = found.into_iter().rev().take(FOUND_MAX).collect();
    if newest.len() == FOUND_MAX {
        seen_to = seen_to.max(newest.last().cloned());
    }
    Ok((newest, seen_to))
}

/// The keys under which listens may wait for this event.
fn match_keys(tx: &mut Tx, client: &ClientId, event: &Value) -> Result<Vec<String>> {
    let found = tx.query(
        "SELECT expressions FROM run_correlation WHERE client_id = $1 AND event_type IN ($2, '')",
        params![client, event_type(event)],
        |r| r.text(0),
    )?;
    let mut keys = vec![String::new()];
    for expressions in found.into_iter().collect::<BTreeSet<_>>() {
        let texts: Vec<String> = serde_json::from_str(&expressions).unwrap_or_default();
        // An expression that fails on this event: nobody who correlates by it means this event.
        let values: Option<Vec<Value>> = texts.iter().map(|text| expr::evaluate(text, event, &[]).ok()).collect();
        keys.extend(values.map(|values| key(&expressions, &values)));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_is_meant_is_found_by_index_however_many_wait() {
        let db = baton_testkit::sqlite().await;
        for keys in 1..4 {
            let sql = format!("EXPLAIN QUERY PLAN {}", by_keys(keys));
            let values = vec![Sql::Text("x".to_owned()); keys + 2];
            let plan: Vec<String> = db.read(move |tx| tx.query(&sql, &values, |r| r.text(3))).await.unwrap();
            let by_key = "(client_id=? AND event_type=? AND match_key=?)";
            assert!(plan.iter().all(|step| step.contains(by_key)), "{plan:?}");
        }
    }

    #[test]
    fn a_filter_is_looked_up_by_type_and_known_values() {
        let filter = json!({"with": {"type": "paid"}, "correlate": {
            "order": {"from": "${ .data.order }", "expect": "W1"},
            "other": {"from": "${ .data.other }", "expect": null},
            "mine": {"from": "${ .data.x + $context.y }", "expect": 3},
        }});
        let found = Subscription::of(&filter);
        assert_eq!(found.event_type, "paid");
        assert_eq!(found.expressions.as_deref(), Some(r#"["${ .data.order }"]"#));
        assert_eq!(found.match_key, key(r#"["${ .data.order }"]"#, &[json!("W1")]));
        let any = Subscription::of(&json!({"with": {}, "correlate": {}}));
        assert_eq!(any, Subscription { event_type: String::new(), match_key: String::new(), expressions: None });
    }
}
