//! Effects as stored: what went out, under which permit, and what came of it.

use baton_base::limits::PAGE_MAX;
use baton_base::{CaseId, ClientId, Digest, EffectId, Error, IdSource, Result, RunId};
use baton_db::{Row, Tx, Value as Sql, params};
use serde::Serialize;
use serde_json::Value;

/// How an effect stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Written down before the call; the call may be under way, or was cut off.
    Requested,
    /// Done.
    Finished,
    /// Not done.
    Failed,
    /// Nobody can say; a person finds out.
    Unknown,
}

impl State {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl std::str::FromStr for State {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let all = [Self::Requested, Self::Finished, Self::Failed, Self::Unknown];
        all.into_iter().find(|s| s.name() == text).ok_or_else(|| Error::broken(format!("effect state {text}")))
    }
}

/// One effect or recorded read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// Its id.
    pub id: EffectId,
    /// The key it carries to the system.
    pub idempotency_key: String,
    /// The action.
    pub action: String,
    /// Digest of the action as the release pinned it.
    pub action_digest: Digest,
    /// Whether it changes something outside.
    pub writes: bool,
    /// Arguments, without what is withheld.
    pub args: Value,
    /// Digest of the whole arguments.
    pub args_digest: Digest,
    /// The permit it went out on; for a write with `basis`, the facts it was judged on.
    pub permit: Value,
    /// Who acted.
    pub actor: String,
    /// The case, if any.
    pub case: Option<CaseId>,
    /// The run, if any.
    pub run: Option<RunId>,
    /// How it stands.
    pub state: State,
    /// Attempts made.
    pub attempts: i64,
    /// The result (`finished`), or `{why, status, detail, final}`.
    pub result: Option<Value>,
    /// When it was written down.
    pub requested_ms: i64,
    /// When its outcome was.
    pub finished_ms: Option<i64>,
}

impl Effect {
    /// Whether a person has said what came of it. No system answers with exactly what is kept of that.
    pub fn is_settled(&self) -> bool {
        const KEPT: [&str; 4] = ["settled_by", "note", "why", "final"];
        let result = self.result.as_ref().and_then(Value::as_object);
        result.is_some_and(|kept| kept.len() == KEPT.len() && KEPT.iter().all(|key| kept.contains_key(*key)))
    }

    /// Whether its system, or a person who found out, has given a last word. One without may be sent again with its key,
    /// and with no other.
    pub fn is_answered(&self) -> bool {
        match self.state {
            State::Finished => true,
            State::Failed => self.result.as_ref().and_then(|r| r.get("final")) != Some(&Value::Bool(false)),
            State::Requested | State::Unknown => false,
        }
    }
}

const COLUMNS: &str = "effect_id, idempotency_key, action, action_digest, writes, args, args_digest, permit, actor, \
                       case_id, run_id, state, attempts, result, requested_ms, finished_ms";

fn read(row: &Row) -> Result<Effect> {
    Ok(Effect {
        id: row.id(0)?,
        idempotency_key: row.text(1)?,
        action: row.text(2)?,
        action_digest: row.text(3)?,
        writes: row.bool(4)?,
        args: row.json(5)?,
        args_digest: row.text(6)?,
        permit: row.json(7)?,
        actor: row.text(8)?,
        case: row.id_opt(9)?,
        run: row.id_opt(10)?,
        state: row.id(11)?,
        attempts: row.int(12)?,
        result: row.json_opt(13)?,
        requested_ms: row.int(14)?,
        finished_ms: row.int_opt(15)?,
    })
}

/// The effect with this key.
pub fn by_key(tx: &mut Tx, client: &ClientId, key: &str) -> Result<Option<Effect>> {
    let sql = format!("SELECT {COLUMNS} FROM effect WHERE client_id = $1 AND idempotency_key = $2");
    tx.query_opt(&sql, params![client, key], read)
}

/// One effect.
pub fn get(tx: &mut Tx, client: &ClientId, effect: &EffectId) -> Result<Effect> {
    let sql = format!("SELECT {COLUMNS} FROM effect WHERE client_id = $1 AND effect_id = $2");
    let found = tx.query_opt(&sql, params![client, effect], read)?;
    found.ok_or_else(|| Error::not_found(format!("effect {effect}")))
}

/// The case's effect of this action with these arguments that its system has not given a last word on.
pub fn unanswered(
    tx: &mut Tx,
    client: &ClientId,
    case: &CaseId,
    action: &str,
    args_digest: &str,
) -> Result<Option<Effect>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM effect WHERE client_id = $1 AND case_id = $2 AND action = $3 AND args_digest = $4 \
         AND writes = 1 AND state <> 'finished' ORDER BY effect_id DESC"
    );
    let found = tx.query(&sql, params![client, case, action, args_digest], read)?;
    Ok(found.into_iter().find(|effect| !effect.is_answered()))
}

/// Writes an effect down. [`Error::Conflict`] where there is one with its key.
pub fn insert(tx: &mut Tx, client: &ClientId, e: &Effect) -> Result<()> {
    put(tx, client, e, "").map(|_| ())
}

/// Writes a read down; false if it stands there already, from a commit that nobody heard the answer of.
pub fn insert_once(tx: &mut Tx, client: &ClientId, e: &Effect) -> Result<bool> {
    put(tx, client, e, " ON CONFLICT (client_id, effect_id) DO NOTHING").map(|rows| rows == 1)
}

fn put(tx: &mut Tx, client: &ClientId, e: &Effect, on_conflict: &str) -> Result<u64> {
    let sql = format!(
        "INSERT INTO effect (client_id, {COLUMNS}) VALUES \
         ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17){on_conflict}"
    );
    tx.execute(
        &sql,
        params![
            client,
            e.id,
            e.idempotency_key,
            e.action,
            e.action_digest,
            e.writes,
            e.args,
            e.args_digest,
            e.permit,
            e.actor,
            e.case,
            e.run,
            e.state.name(),
            e.attempts,
            e.result,
            e.requested_ms,
            e.finished_ms
        ],
    )
}

/// Takes an unanswered effect up again under a new permit; false if somebody else has meanwhile.
pub fn take_up(tx: &mut Tx, client: &ClientId, old: &Effect, permit: &Value, now_ms: i64) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE effect SET state = 'requested', permit = $3, requested_ms = $4, attempts = attempts + 1, \
         result = NULL, finished_ms = NULL \
         WHERE client_id = $1 AND effect_id = $2 AND state = $5 AND attempts = $6",
        params![client, old.id, permit, now_ms, old.state.name(), old.attempts],
    )?;
    Ok(changed == 1)
}

/// Where an effect's permit says whom a try of it waits for.
pub(crate) const ASKED: &str = "asked";

/// Keeps whom a try of a failed effect waits for, beside the permit that it went out on before; the next takes its place.
pub(crate) fn wait_for(tx: &mut Tx, client: &ClientId, effect: &EffectId, asked: &Value) -> Result<()> {
    let mut permit = get(tx, client, effect)?.permit;
    if let Some(permit) = permit.as_object_mut() {
        permit.insert(ASKED.to_owned(), asked.clone());
    }
    let sql = "UPDATE effect SET permit = $3 WHERE client_id = $1 AND effect_id = $2 AND state = 'failed'";
    tx.execute(sql, params![client, effect, permit]).map(|_| ())
}

/// Writes an effect's outcome down; false if it has one already.
pub fn finish(
    tx: &mut Tx,
    client: &ClientId,
    effect: &EffectId,
    state: State,
    attempts: u32,
    result: Option<&Value>,
    now_ms: i64,
) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE effect SET state = $3, attempts = attempts + $4, result = $5, finished_ms = $6 \
         WHERE client_id = $1 AND effect_id = $2 AND state IN ('requested', 'unknown')",
        params![client, effect, state.name(), attempts, result, now_ms],
    )?;
    Ok(changed == 1)
}

/// Writes down what a person has found out about an effect of unknown outcome; false if somebody else has meanwhile, or
/// it was sent again.
pub fn settle(tx: &mut Tx, client: &ClientId, old: &Effect, state: State, result: &Value, now_ms: i64) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE effect SET state = $3, result = $4, finished_ms = $5 \
         WHERE client_id = $1 AND effect_id = $2 AND state = 'unknown' AND attempts = $6",
        params![client, old.id, state.name(), result, now_ms, old.attempts],
    )?;
    Ok(changed == 1)
}

/// Which effects to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this case.
    pub case: Option<CaseId>,
    /// Of this run.
    pub run: Option<RunId>,
    /// In this state.
    pub state: Option<State>,
    /// Only those that change something outside.
    pub writes_only: bool,
}

/// The statement for a page of effects, and its parameters.
fn listing(client: &ClientId, filter: &Filter, after: Option<&EffectId>, limit: u32) -> (String, Vec<Sql>) {
    let mut sql = format!("SELECT {COLUMNS} FROM effect WHERE client_id = $1");
    let mut params = params![client].to_vec();
    let mut add = |clause: &str, value: Sql| {
        params.push(value);
        sql.push_str(&format!(" AND {clause} ${}", params.len()));
    };
    if let Some(case) = &filter.case {
        add("case_id =", case.into());
    }
    if let Some(run) = &filter.run {
        add("run_id =", run.into());
    }
    if let Some(state) = filter.state {
        add("state =", state.name().into());
    }
    if filter.writes_only {
        add("writes =", true.into());
    }
    if let Some(after) = after {
        add("effect_id <", after.into());
    }
    if filter.state.is_some_and(|state| state != State::Finished) {
        // Said once more, as the index that holds only these says it.
        sql.push_str(" AND state <> 'finished'");
    }
    // One more than a page shows whether there is a next one.
    sql.push_str(&format!(" ORDER BY effect_id DESC LIMIT {}", limit.clamp(1, PAGE_MAX + 1)));
    (sql, params)
}

/// Effects, newest first, their permits without the facts they rest on; `after` is the last id of the page before.
pub fn list(
    tx: &mut Tx,
    client: &ClientId,
    filter: &Filter,
    after: Option<&EffectId>,
    limit: u32,
) -> Result<Vec<Effect>> {
    let (sql, params) = listing(client, filter, after, limit);
    tx.query(&sql, &params, |row| {
        let mut effect = read(row)?;
        // The facts it rests on can be large: whoever wants them reads the one effect.
        if let Some(permit) = effect.permit.as_object_mut() {
            permit.remove("basis");
        }
        Ok(effect)
    })
}

/// Every effect of a case, newest first.
pub fn of_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<Effect>> {
    let filter = Filter { case: Some(case.clone()), ..Filter::default() };
    let mut all: Vec<Effect> = Vec::new();
    loop {
        let after = all.last().map(|last| last.id.clone());
        let page = list(tx, client, &filter, after.as_ref(), PAGE_MAX)?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// Effects that were written down before a moment and never got an outcome, oldest first.
pub fn left_open(tx: &mut Tx, client: &ClientId, before_ms: i64, limit: u32) -> Result<Vec<Effect>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM effect WHERE client_id = $1 AND state = 'requested' AND requested_ms < $2 \
         ORDER BY requested_ms LIMIT {}",
        limit.clamp(1, PAGE_MAX)
    );
    tx.query(&sql, params![client, before_ms], read)
}

/// How the calls of one action by agents ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallCount {
    /// The action.
    pub action: String,
    /// Calls that ended.
    pub calls: u64,
    /// Of these, refused by the system, or of which nobody can say what came.
    pub failed: u64,
}

/// Counts calls by agents; ids begin with their time, so that the range is one of the primary key.
const AGENTS_CALLS: &str = "SELECT action, COUNT(*), SUM(CASE WHEN state = 'finished' THEN 0 ELSE 1 END) FROM effect \
     WHERE client_id = $1 AND effect_id >= $2 AND writes = 1 AND actor LIKE 'agent:%' AND state <> 'requested' \
     GROUP BY action ORDER BY action";

/// Calls by agents that change something, were written down since a time and have ended, counted by action.
pub fn agents_calls(tx: &mut Tx, client: &ClientId, since_ms: i64) -> Result<Vec<CallCount>> {
    let from = IdSource::floor(EffectId::PREFIX, since_ms);
    tx.query(AGENTS_CALLS, params![client, from], |row| {
        let count = |at| Ok::<u64, Error>(u64::try_from(row.int(at)?).unwrap_or(0));
        Ok(CallCount { action: row.text(0)?, calls: count(1)?, failed: count(2)? })
    })
}

/// Kind of the entries that tell that the secret of a connector was set by a person.
pub(crate) const SECRET_SET: &str = "connector.secret_set";

/// Whether a person has set this secret for a connector before.
pub(crate) fn secret_was_set(tx: &mut Tx, client: &ClientId, setting: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM ledger WHERE client_id = $1 AND kind = $2 AND subject = $3";
    let found = tx.query_opt(sql, params![client, SECRET_SET, setting], |r| r.int(0))?;
    Ok(found.is_some_and(|count| count > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn plan_of(sql: &str, values: Vec<Sql>) -> String {
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        let db = baton_testkit::sqlite().await;
        let steps = db.read(move |tx| tx.query(&sql, &values, |r| r.text(3)));
        steps.await.unwrap().join("; ")
    }

    #[tokio::test]
    async fn a_page_of_effects_is_found_by_index_in_its_order() {
        let client = ClientId::known("acme");
        let of_case = Filter { case: Some(CaseId::known("case_1")), ..Filter::default() };
        let of_run = Filter { run: Some(RunId::known("run_1")), ..Filter::default() };
        let unclear = Filter { state: Some(State::Unknown), ..Filter::default() };
        for (filter, index) in [(of_case, "effect_case"), (of_run, "effect_run"), (unclear, "effect_state")] {
            for after in [None, Some(EffectId::known("eff_1"))] {
                let (sql, values) = listing(&client, &filter, after.as_ref(), 50);
                let plan = plan_of(&sql, values).await;
                assert!(plan.starts_with(&format!("SEARCH effect USING INDEX {index} (")), "{plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{plan}");
            }
        }
    }

    #[tokio::test]
    async fn calls_of_a_day_are_counted_without_those_of_all_others() {
        let plan = plan_of(AGENTS_CALLS, params!["acme", "eff_1"].to_vec()).await;
        assert!(plan.contains("(client_id=? AND effect_id>?)"), "{plan}");
    }
}
