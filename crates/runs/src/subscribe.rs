//! Who hears of an event: listens are found by what the event must agree on, however many listens there are.

use crate::input::post_rows;
use crate::outcome::{event_type, filter_type};
use crate::schedule::put_events;
use crate::store::{self, Arm};
use crate::{RunInput, limits};
use baton_base::{ClientId, Error, Event, Result, RunId, digest_of};
use baton_db::{Kind, Tx, Value as Sql, params};
use baton_engine::expr;
use baton_govern::{Ctx, ledger};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the id of a listener begins with that is the schedule of a process and not a run.
pub(crate) const SCHEDULE: &str = "schedule:";
/// Behind all of these; before them are all runs.
const AFTER_SCHEDULES: &str = "schedule;";

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

/// Gives an event (`CloudEvents` 1.0, JSON) to every run and schedule of the client that listens for it; says to how many. Where
/// very many listen it is to the first of them: the rest are told by and by after the commit.
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
    Ok(deliver(tx, ctx, event, None)?.told)
}

/// Whom an event has reached so far.
pub(crate) struct Delivered {
    pub told: usize,
    /// More are told after the commit.
    pub more: bool,
}

/// The same without a note in the ledger; `counted` are source and id under which it is counted who was told later.
pub(crate) fn deliver(tx: &mut Tx, ctx: &Ctx, event: &Value, counted: Option<(String, String)>) -> Result<Delivered> {
    let input = serde_json::to_string(&RunInput::Event { event: event.clone() }).map_err(Error::broken)?;
    let max = told_together(&input);
    let (keys, is_behind) = match_keys(tx, &ctx.client, event)?;
    if !is_behind && let Some(Listeners { runs, schedules }) = few_listeners(tx, &ctx.client, event, &keys, max)? {
        put_events(tx, ctx, &schedules, event)?;
        let told = post_rows(tx, ctx, &runs, &input)?;
        return Ok(Delivered { told: told + schedules.len(), more: false });
    }
    let kinds = [event_type(event), ""];
    let arms = kinds.iter().flat_map(|kind| keys.iter().map(move |key| ((*kind).to_owned(), key.clone())));
    let mut arms: Vec<Arm> = arms.collect();
    arms.sort();
    arms.dedup();
    let wide = Wide { event, input, arms, is_behind, counted, except: None };
    wide.accept(tx, ctx)
}

/// Runs that are told of this at once: some hundreds, and fewer where it is large.
pub(crate) fn told_together(input: &str) -> usize {
    (limits::TOLD_TOGETHER_BYTES_MAX / input.len().max(1)).clamp(1, limits::TOLD_TOGETHER_MAX)
}

/// An event with more listeners than are told in one transaction, or one that came behind such an event.
struct Wide<'a> {
    event: &'a Value,
    /// It, as inputs of runs have it.
    input: String,
    arms: Vec<Arm>,
    /// Events before it have not reached all of their listeners.
    is_behind: bool,
    counted: Option<(String, String)>,
    /// The run and the process that it is about, and that are not told.
    except: Option<(&'a RunId, &'a str)>,
}

impl Wide<'_> {
    /// Keeps the event until all who listen now, and still do when their turn comes, are told. Schedules are told at once, and the first runs, unless others wait.
    fn accept(self, tx: &mut Tx, ctx: &Ctx) -> Result<Delivered> {
        let client = &ctx.client;
        let found = store::listening_between(tx, client, &self.arms, (SCHEDULE, AFTER_SCHEDULES))?;
        let mut schedules: Vec<String> =
            found.iter().filter_map(|listener| listener.strip_prefix(SCHEDULE)).map(str::to_owned).collect();
        schedules.retain(|process| self.except.is_none_or(|(_, about)| about != process));
        put_events(tx, ctx, &schedules, self.event)?;
        let told = schedules.len();
        let Some(to) = store::last_listening(tx, client, &self.arms, SCHEDULE)? else {
            return Ok(Delivered { told, more: false });
        };
        let mut delivery = store::Delivery {
            id: ctx.id("dlv"),
            input: self.input,
            arms: self.arms,
            after: String::new(),
            to,
            except: self.except.map(|(run, _)| run.clone()),
            counted: self.counted,
        };
        let (first, last) = if self.is_behind { (0, Some(String::new())) } else { tell_some(tx, ctx, &delivery)? };
        let Some(last) = last else { return Ok(Delivered { told: told + first, more: false }) };
        delivery.after = last;
        store::insert_delivery(tx, ctx, &delivery)?;
        tx.wake();
        Ok(Delivered { told: told + first, more: true })
    }
}

/// Tells the next of those who listen; how many took it, and the last of them if there may be more.
pub(crate) fn tell_some(tx: &mut Tx, ctx: &Ctx, delivery: &store::Delivery) -> Result<(usize, Option<String>)> {
    let (span, max) = ((delivery.after.as_str(), delivery.to.as_str()), told_together(&delivery.input));
    let (mut runs, last) = store::listening(tx, &ctx.client, &delivery.arms, span, max)?;
    runs.retain(|run| delivery.except.as_ref() != Some(run));
    Ok((post_rows(tx, ctx, &runs, &delivery.input)?, last))
}

/// Whether somebody of the client has ever listened for what runs tell of themselves.
pub(crate) fn anybody_hears_of_runs(tx: &mut Tx, client: &ClientId) -> Result<bool> {
    let sql = "SELECT 1 FROM run_correlation WHERE client_id = $1 AND expressions = '[]' LIMIT 1";
    Ok(tx.query_opt(sql, params![client], |_| Ok(()))?.is_some())
}

/// Gives an event about a run to those who listen for its type by name. Never to the run itself, nor to the schedule of its
/// process: it would never end.
pub(crate) fn tell_of(tx: &mut Tx, ctx: &Ctx, event: &Value, run: &RunId, process: &str) -> Result<()> {
    let input = serde_json::to_string(&RunInput::Event { event: event.clone() }).map_err(Error::broken)?;
    let (kind, max) = (event_type(event), told_together(&input));
    // The last row stands there while events before it have not reached all of their listeners.
    let sql = format!(
        "{} UNION ALL SELECT '' FROM (SELECT 1 FROM event_delivery d WHERE d.client_id = $1 LIMIT 1) earlier",
        first_by_type(tx.kind())
    );
    let found = tx.query(&sql, params![&ctx.client, kind, at_most(max)], |r| r.text(0))?;
    let is_behind = found.iter().any(String::is_empty);
    if is_behind || found.len() > max {
        let arms = vec![(kind.to_owned(), String::new())];
        let wide = Wide { event, input, arms, is_behind, counted: None, except: Some((run, process)) };
        return wide.accept(tx, ctx).map(|_| ());
    }
    let Listeners { mut runs, mut schedules } = sorted(found);
    runs.retain(|other| other != run);
    schedules.retain(|other| other != process);
    put_events(tx, ctx, &schedules, event)?;
    post_rows(tx, ctx, &runs, &input)?;
    Ok(())
}

/// One more than are told at once, to see whether there are more.
fn at_most(max: usize) -> i64 {
    i64::try_from(max).unwrap_or(i64::MAX).saturating_add(1)
}

/// Who may be meant by an event.
struct Listeners {
    runs: Vec<RunId>,
    /// Processes whose schedules listen.
    schedules: Vec<String>,
}

/// Those who may be meant, in order, each once.
fn sorted(listeners: Vec<String>) -> Listeners {
    let (mut runs, mut schedules) = (Vec::new(), Vec::new());
    for listener in listeners {
        match listener.strip_prefix(SCHEDULE) {
            Some(process) => schedules.push(process.to_owned()),
            None => runs.push(RunId::known(listener)),
        }
    }
    runs.sort();
    runs.dedup();
    schedules.sort();
    schedules.dedup();
    Listeners { runs, schedules }
}

/// Who may be meant by an event; `None` if they may be more than `max`.
fn few_listeners(
    tx: &mut Tx,
    client: &ClientId,
    event: &Value,
    keys: &[String],
    max: usize,
) -> Result<Option<Listeners>> {
    let (kind, limit) = (event_type(event), at_most(max));
    let mut values: Vec<Sql> = vec![client.into(), kind.into(), limit.into()];
    let sql = first_by_keys(tx.kind(), keys.len());
    values.extend(keys.iter().map(|key| Sql::Text(key.clone())));
    let mut found = tx.query(&sql, &values, |r| r.text(0))?;
    // Listens that a node of the previous version wrote down.
    let old = "SELECT run_id FROM run_listen WHERE client_id = $1 AND event_type IN ($2, '') LIMIT $3";
    found.extend(tx.query(old, params![client, kind, limit], |r| r.text(0))?);
    Ok((found.len() <= max).then(|| sorted(found)))
}

/// Listens of a type, or of all, under so many keys. Some may come twice: asked for distinct ones, SQLite walks
/// through all that wait, in the order of their runs.
fn by_keys(count: usize) -> String {
    let places: Vec<String> = (0..count).map(|at| format!("${}", at + 4)).collect();
    format!(
        "SELECT run_id FROM run_subscription WHERE client_id = $1 AND event_type IN ($2, '') AND match_key IN ({})",
        places.join(", ")
    )
}

/// The first of them that are found.
fn first_by_keys(kind: Kind, count: usize) -> String {
    first_of(kind, &by_keys(count))
}

/// The first listens of a type by name, whatever they agree on.
fn first_by_type(kind: Kind) -> String {
    let all = "SELECT run_id FROM run_subscription WHERE client_id = $1 AND event_type = $2";
    format!("SELECT run_id FROM ({}) few", first_of(kind, all))
}

/// For PostgreSQL they are planned as if all were wanted, and read as far as they are: planned for a few of what it takes for very
/// many, it would read the whole table where there are none.
fn first_of(kind: Kind, all: &str) -> String {
    match kind {
        Kind::Sqlite => format!("{all} LIMIT $3"),
        Kind::Postgres => format!("WITH found AS MATERIALIZED ({all}) SELECT run_id FROM found LIMIT $3"),
    }
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

/// The keys under which listens may wait for this event, and whether events before it have not reached all of their listeners.
fn match_keys(tx: &mut Tx, client: &ClientId, event: &Value) -> Result<(Vec<String>, bool)> {
    let found = tx.query(
        "SELECT expressions FROM run_correlation WHERE client_id = $1 AND event_type IN ($2, '') \
         UNION ALL SELECT CAST(NULL AS TEXT) FROM (SELECT 1 FROM event_delivery d WHERE d.client_id = $1 LIMIT 1) earlier",
        params![client, event_type(event)],
        |r| r.text_opt(0),
    )?;
    let is_behind = found.iter().any(Option::is_none);
    let mut keys = vec![String::new()];
    for expressions in found.into_iter().flatten().collect::<BTreeSet<_>>() {
        let texts: Vec<String> = serde_json::from_str(&expressions).unwrap_or_default();
        // An expression that fails on this event: nobody who correlates by it means this event.
        let values: Option<Vec<Value>> = texts.iter().map(|text| expr::evaluate(text, event, &[]).ok()).collect();
        keys.extend(values.map(|values| key(&expressions, &values)));
    }
    Ok((keys, is_behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_is_meant_is_found_by_index_however_many_wait() {
        let db = baton_testkit::sqlite().await;
        for keys in 1..4 {
            let sql = format!("EXPLAIN QUERY PLAN {}", first_by_keys(Kind::Sqlite, keys));
            let mut values = vec![Sql::Text("x".to_owned()); keys + 3];
            values[2] = Sql::Int(3);
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
