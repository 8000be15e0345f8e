//! Reading the ledger: newest first, filtered, paged by key.

use super::entry::{COLUMNS, Entry, read};
use baton_base::{CaseId, ClientId, EntryId, Error, Result, limits};
use baton_db::{ToValue, Tx, Value, params};
use serde::Serialize;

/// Which entries. Every field that is given narrows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// At least one; the caller has asked who may read them.
    pub clients: Vec<ClientId>,
    /// Of this case.
    pub case: Option<CaseId>,
    /// By this actor: member id, agent name or system name.
    pub actor: Option<String>,
    /// Whose kind begins so, such as `action.`.
    pub kind: Option<String>,
    /// About this.
    pub subject: Option<String>,
    /// Whose subject, actor, kind or data hold this text.
    pub q: Option<String>,
    /// Not before, milliseconds.
    pub from_ms: Option<i64>,
    /// Before, milliseconds.
    pub to_ms: Option<i64>,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// Newest first.
    pub items: Vec<Entry>,
    /// Cursor of the next page; `None` on the last.
    pub next: Option<String>,
}

/// SQL conditions with their parameters.
struct Where {
    sql: String,
    params: Vec<Value>,
}

impl Where {
    /// Adds a condition in which every `?` is this value.
    fn and(&mut self, condition: &str, value: Value) {
        self.params.push(value);
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('?', &format!("${}", self.params.len())));
    }

    fn of(client: &ClientId, filter: &Filter) -> Self {
        // $1 is the client, which the statement names itself.
        let mut conditions = Self { sql: String::new(), params: vec![client.to_value()] };
        if let Some(case) = &filter.case {
            conditions.and("case_id = ?", case.to_value());
        }
        if let Some(actor) = &filter.actor {
            conditions.and("actor = ?", actor.to_value());
        }
        if let Some(kind) = &filter.kind {
            conditions.and("kind LIKE ? ESCAPE '!'", format!("{}%", like(kind)).to_value());
        }
        if let Some(subject) = &filter.subject {
            conditions.and("subject = ?", subject.to_value());
        }
        if let Some(q) = &filter.q {
            let text = "(LOWER(subject) LIKE ? ESCAPE '!' OR LOWER(actor) LIKE ? ESCAPE '!' OR LOWER(kind) LIKE ? \
                        ESCAPE '!' OR LOWER(data) LIKE ? ESCAPE '!')";
            conditions.and(text, format!("%{}%", like(&q.to_lowercase())).to_value());
        }
        if let Some(from_ms) = filter.from_ms {
            conditions.and("at_ms >= ?", from_ms.to_value());
        }
        if let Some(to_ms) = filter.to_ms {
            conditions.and("at_ms < ?", to_ms.to_value());
        }
        conditions
    }
}

/// Text as it stands, in a LIKE pattern.
fn like(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// A page of entries, newest first, after a cursor that an earlier page gave.
pub fn list(tx: &mut Tx, filter: &Filter, after: Option<&str>, limit: u32) -> Result<Page> {
    let after = after.map(cursor).transpose()?;
    let limit = limit.clamp(1, limits::PAGE_MAX);
    // Client by client, each from the end of its own index: the cost does not grow with history. One more than asked
    // for tells whether there is a next page.
    let mut items = Vec::new();
    for client in &filter.clients {
        items.append(&mut list_of(tx, client, filter, after.as_ref(), limit + 1)?);
    }
    items.sort_by(|a, b| b.id.cmp(&a.id));
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|entry| entry.id.to_string());
    Ok(Page { items, next })
}

fn cursor(after: &str) -> Result<EntryId> {
    let wrong = || Error::invalid_at("after", "the cursor is not one of this list", "use 'next' of the page before");
    after.parse().map_err(|_| wrong())
}

fn list_of(tx: &mut Tx, client: &ClientId, filter: &Filter, after: Option<&EntryId>, limit: u32) -> Result<Vec<Entry>> {
    let mut conditions = Where::of(client, filter);
    if let Some(after) = after {
        conditions.and("entry_id < ?", after.to_value());
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM ledger WHERE client_id = $1{} ORDER BY entry_id DESC LIMIT {limit}",
        conditions.sql
    );
    tx.query(&sql, &conditions.params, read)
}

/// One entry.
pub fn get(tx: &mut Tx, client: &ClientId, id: &EntryId) -> Result<Entry> {
    let sql = format!("SELECT {COLUMNS} FROM ledger WHERE client_id = $1 AND entry_id = $2");
    let found = tx.query_opt(&sql, params![client, id], read)?;
    found.ok_or_else(|| Error::not_found(format!("ledger entry {id}")))
}

/// Entries that wait for sealing.
pub fn count_unsealed(tx: &mut Tx, client: &ClientId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM ledger WHERE client_id = $1 AND leaf_index IS NULL";
    tx.query_one(sql, params![client], |row| row.int(0))
}
