//! SQL of the table `knowledge_gap`.

use super::limits::GAPS_GIVING_WAY;
use super::note::Asked;
use super::rules::{Reason, State};
use baton_base::{CaseId, ClientId, Error, Result, limits};
use baton_db::{Row, Tx, Value as Param, params};
use baton_govern::Ctx;
use serde::Serialize;

/// A question that no article answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    /// Whose customers asked.
    pub client: ClientId,
    /// Id.
    pub id: String,
    /// As it was asked first, without addresses and numbers.
    pub question: String,
    /// Language tag.
    pub language: String,
    /// The need that was recognised when it was asked last.
    pub intent: Option<String>,
    /// Why there was no answer, the last time.
    pub reason: Reason,
    /// More about the reason.
    pub detail: Option<String>,
    /// How often it was asked.
    pub asked: i64,
    /// When first, milliseconds since the epoch.
    pub first_ms: i64,
    /// When last.
    pub last_ms: i64,
    /// The case in which it was asked last.
    pub case: Option<CaseId>,
    /// Where it stands.
    pub state: State,
    /// What somebody remarked.
    pub note: String,
}

/// Which gaps are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Clients whose gaps the caller may read: the caller of this function has checked it.
    pub clients: Vec<ClientId>,
    /// Where they stand; open and planned if `None`.
    pub state: Option<State>,
}

/// One page, most asked first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// The gaps.
    pub items: Vec<Gap>,
    /// Where the next page starts; none when this is the last.
    pub next: Option<String>,
}

const COLUMNS: &str = "client_id, gap_id, question, language, intent, reason, detail, asked, first_ms, last_ms, case_id, \
                       state, note";

fn read(r: &Row) -> Result<Gap> {
    Ok(Gap {
        client: r.id(0)?,
        id: r.text(1)?,
        question: r.text(2)?,
        language: r.text(3)?,
        intent: r.text_opt(4)?,
        reason: r.text(5)?.parse()?,
        detail: r.text_opt(6)?,
        asked: r.int(7)?,
        first_ms: r.int(8)?,
        last_ms: r.int(9)?,
        case: r.id_opt(10)?,
        state: r.text(11)?.parse()?,
        note: r.text(12)?,
    })
}

pub(super) fn by_digest(tx: &mut Tx, client: &ClientId, digest: &str) -> Result<Option<String>> {
    let sql = "SELECT gap_id FROM knowledge_gap WHERE client_id = $1 AND digest = $2";
    tx.query_opt(sql, params![client, digest], |r| r.text(0))
}

pub(super) fn how_many(tx: &mut Tx, client: &ClientId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM knowledge_gap WHERE client_id = $1";
    tx.query_one(sql, params![client], |r| r.int(0))
}

/// Drops some gaps that may give way. Returns how many.
pub(super) fn make_room(tx: &mut Tx, client: &ClientId) -> Result<u64> {
    tx.execute(
        "DELETE FROM knowledge_gap WHERE client_id = $1 AND gap_id IN (SELECT gap_id FROM knowledge_gap \
         WHERE client_id = $1 AND state <> 'planned' \
         ORDER BY CASE state WHEN 'answered' THEN 0 WHEN 'open' THEN 1 ELSE 2 END, asked, last_ms, gap_id LIMIT $2)",
        params![client, GAPS_GIVING_WAY],
    )
}

/// Adds a gap; false where another transaction was quicker, and then it is counted there.
pub(super) fn insert(
    tx: &mut Tx,
    ctx: &Ctx,
    gap: &str,
    digest: &str,
    question: &str,
    asked: &Asked<'_>,
) -> Result<bool> {
    let stored: String = tx.query_one(
        "INSERT INTO knowledge_gap (client_id, gap_id, digest, question, language, intent, reason, detail, asked, first_ms, \
         last_ms, case_id, first_case_id, state, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $9, $10, $10, \
         'open', '') ON CONFLICT (client_id, digest) DO UPDATE SET asked = knowledge_gap.asked + 1, \
         last_ms = excluded.last_ms, state = CASE WHEN knowledge_gap.state = 'answered' THEN 'open' \
         ELSE knowledge_gap.state END \
         RETURNING gap_id",
        params![
            ctx.client,
            gap,
            digest,
            question,
            asked.locale,
            asked.intent,
            asked.reason.as_str(),
            asked.detail,
            ctx.now_ms(),
            asked.case
        ],
        |r| r.text(0),
    )?;
    Ok(stored == gap)
}

/// Counts a gap once more. What was answered is open again, by what stands there when it is written: what somebody has
/// settled meanwhile stays.
pub(super) fn count(tx: &mut Tx, ctx: &Ctx, gap: &str, asked: &Asked<'_>) -> Result<()> {
    tx.execute(
        "UPDATE knowledge_gap SET asked = asked + 1, last_ms = $3, reason = $4, detail = $5, case_id = $6, intent = $7, \
         state = CASE WHEN state = 'answered' THEN 'open' ELSE state END WHERE client_id = $1 AND gap_id = $2",
        params![ctx.client, gap, ctx.now_ms(), asked.reason.as_str(), asked.detail, asked.case, asked.intent],
    )?;
    Ok(())
}

/// Gaps whose words are those of a case's customer: the questions that were asked first in it.
pub fn first_asked_in(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<Gap>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM knowledge_gap WHERE client_id = $1 AND first_case_id = $2 ORDER BY first_ms, gap_id"
    );
    tx.query(&sql, params![client, case], read)
}

/// Erases what a case's customer asked: gaps that were asked first in it go, others forget it. Returns how many have gone.
pub fn erase_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<u64> {
    tx.execute("UPDATE knowledge_gap SET case_id = NULL WHERE client_id = $1 AND case_id = $2", params![client, case])?;
    tx.execute("DELETE FROM knowledge_gap WHERE client_id = $1 AND first_case_id = $2", params![client, case])
}

pub(super) fn get(tx: &mut Tx, client: &ClientId, gap: &str) -> Result<Option<Gap>> {
    let sql = format!("SELECT {COLUMNS} FROM knowledge_gap WHERE client_id = $1 AND gap_id = $2");
    tx.query_opt(&sql, params![client, gap], read)
}

pub(super) fn set_state(tx: &mut Tx, ctx: &Ctx, gap: &str, state: State, note: &str) -> Result<()> {
    let sql = "UPDATE knowledge_gap SET state = $3, note = $4 WHERE client_id = $1 AND gap_id = $2";
    tx.execute(sql, params![ctx.client, gap, state.as_str(), note])?;
    Ok(())
}

/// One page of gaps, most asked first.
pub fn list(tx: &mut Tx, filter: &Filter, after: Option<&str>, limit: Option<u32>) -> Result<Page> {
    let size = limit.unwrap_or(limits::PAGE_DEFAULT).clamp(1, limits::PAGE_MAX) as usize;
    let mut items: Vec<Gap> = Vec::new();
    for client in &filter.clients {
        let (sql, values) = query(filter, client, after, size + 1)?;
        items.extend(tx.query(&sql, &values, read)?);
    }
    items.sort_by(|a, b| b.asked.cmp(&a.asked).then_with(|| a.id.cmp(&b.id)));
    let more = items.len() > size;
    items.truncate(size);
    let next = items.last().filter(|_| more).map(|last| format!("{}~{}", last.asked, last.id));
    Ok(Page { items, next })
}

fn query(filter: &Filter, client: &ClientId, after: Option<&str>, rows: usize) -> Result<(String, Vec<Param>)> {
    let states = filter.state.map_or_else(|| vec![State::Open, State::Planned], |state| vec![state]);
    let mut values: Vec<Param> = vec![client.into()];
    let mut bind = |value: Param| {
        values.push(value);
        format!("${}", values.len())
    };
    let states: Vec<_> = states.into_iter().map(|state| bind(Param::Text(state.as_str().to_owned()))).collect();
    let mut sql =
        format!("SELECT {COLUMNS} FROM knowledge_gap WHERE client_id = $1 AND state IN ({})", states.join(", "));
    if let Some(after) = after {
        let bad = || Error::invalid_at("after", "the cursor is not valid", "give the 'next' of the page before");
        let (asked, id) = after.split_once('~').ok_or_else(bad)?;
        let asked: i64 = asked.parse().map_err(|_| bad())?;
        if id.contains('\0') {
            return Err(bad());
        }
        let (a, i) = (bind(asked.into()), bind(Param::Text(id.to_owned())));
        sql.push_str(&format!(" AND (asked < {a} OR (asked = {a} AND gap_id > {i}))"));
    }
    sql.push_str(&format!(" ORDER BY asked DESC, gap_id LIMIT {rows}"));
    Ok((sql, values))
}
