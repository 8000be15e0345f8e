//! Lists of cases over several clients, newest first.

use crate::store::{FROM, ROW, read_row};
use crate::{CaseRow, CaseState, Page, Paged, zone_of};
use baton_base::{CaseId, ClientId, CustomerId, Result};
use baton_db::{Tx, Value as Param};

/// Which cases are wanted.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// Clients whose cases the caller may read: the caller of this function has checked it.
    pub clients: Vec<ClientId>,
    /// Any of these states; all if empty.
    pub states: Vec<CaseState>,
    /// Intent.
    pub intent: Option<String>,
    /// `member`, `agent` or `system`.
    pub actor_kind: Option<String>,
    /// Member id, agent name or system name.
    pub actor: Option<String>,
    /// Customer.
    pub customer: Option<CustomerId>,
    /// Case number, or part of the subject or of the customer's name.
    pub q: Option<String>,
    /// Only cases whose service level runs out before this time.
    pub due_before_ms: Option<i64>,
    /// Only cases whose customer sounds angry in what they wrote last.
    pub upset: bool,
    /// Only cases that ended at this time or later.
    pub closed_from_ms: Option<i64>,
    /// Only cases that ended today, by the day of their client: the time now.
    pub closed_today_at_ms: Option<i64>,
    /// Only cases that a person gave their outcome (`true`), or that nobody's hand ended (`false`).
    pub ended_by_person: Option<bool>,
}

/// Longest search text read, characters.
const Q_CHARS_MAX: usize = 100;

/// One page of cases, newest first. The cursor is a case id: ids sort by the time of opening.
pub fn list(tx: &mut Tx, filter: &CaseFilter, page: &Page) -> Result<Paged<CaseRow>> {
    let after = page.after.as_deref().map(str::parse::<CaseId>).transpose()?;
    let size = page.size();
    let mut rows = Vec::new();
    // Client by client, so that each is one range of an index; then the newest of all.
    for client in &filter.clients {
        let closed_from_ms = closed_from(tx, filter, client)?;
        let (sql, values) = query(filter, client, closed_from_ms, after.as_ref(), size + 1);
        rows.extend(tx.query(&sql, &values, read_row)?);
    }
    rows.sort_by(|a: &CaseRow, b: &CaseRow| b.id.cmp(&a.id));
    Ok(Paged::cut(rows, size, |row| row.id.to_string()))
}

/// From when on a client's cases must have ended.
fn closed_from(tx: &mut Tx, filter: &CaseFilter, client: &ClientId) -> Result<Option<i64>> {
    let Some(now_ms) = filter.closed_today_at_ms else { return Ok(filter.closed_from_ms) };
    Ok(filter.closed_from_ms.max(Some(zone_of(tx, client)?.day_start_ms(now_ms))))
}

struct Where {
    sql: String,
    values: Vec<Param>,
}

impl Where {
    fn bind(&mut self, value: impl Into<Param>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }
    fn and(&mut self, condition: &str, value: impl Into<Param>) {
        let bound = self.bind(value);
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('?', &bound));
    }
}

fn query(
    filter: &CaseFilter,
    client: &ClientId,
    closed_from_ms: Option<i64>,
    after: Option<&CaseId>,
    rows: usize,
) -> (String, Vec<Param>) {
    let mut w = Where { sql: format!("SELECT {ROW} {FROM} WHERE c.client_id = $1"), values: vec![client.into()] };
    if let Some(after) = after {
        w.and("c.case_id < ?", after);
    }
    if !filter.states.is_empty() {
        let bound: Vec<_> = filter.states.iter().map(|state| w.bind(Param::from(state.as_str().to_owned()))).collect();
        w.sql.push_str(&format!(" AND c.state IN ({})", bound.join(", ")));
    }
    let texts =
        [("c.intent = ?", &filter.intent), ("c.actor_kind = ?", &filter.actor_kind), ("c.actor = ?", &filter.actor)];
    for (condition, value) in texts {
        if let Some(value) = value {
            w.and(condition, value.clone());
        }
    }
    if let Some(customer) = &filter.customer {
        w.and("c.customer_id = ?", customer);
    }
    if let Some(due) = filter.due_before_ms {
        w.and("c.due_ms < ?", due);
    }
    if filter.upset {
        w.sql.push_str(" AND c.upset = 1");
    }
    if let Some(from_ms) = closed_from_ms {
        w.and("c.closed_ms >= ?", from_ms);
    }
    // As the floor counts them: whatever no member ended, AI did.
    match filter.ended_by_person {
        Some(true) => w.sql.push_str(" AND c.outcome_by = 'member'"),
        Some(false) => w.sql.push_str(" AND (c.outcome_by IS NULL OR c.outcome_by <> 'member')"),
        None => {}
    }
    if let Some(q) = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        search(&mut w, q);
    }
    let limit = w.bind(i64::try_from(rows).unwrap_or(i64::MAX));
    w.sql.push_str(&format!(" ORDER BY c.case_id DESC LIMIT {limit}"));
    (w.sql, w.values)
}

fn search(w: &mut Where, q: &str) {
    if let Ok(number) = q.trim_start_matches('#').parse::<i64>() {
        w.and("c.number = ?", number);
        return;
    }
    let text: String = q.chars().filter(|c| *c != '\0').take(Q_CHARS_MAX).collect();
    let text = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    w.and("(LOWER(c.subject) LIKE ? ESCAPE '\\' OR LOWER(u.name) LIKE ? ESCAPE '\\')", format!("%{text}%"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn those_who_sound_angry_are_found_by_index_and_in_order_however_many_cases_there_are() {
        let db = baton_testkit::sqlite().await;
        let filter = CaseFilter { upset: true, ..CaseFilter::default() };
        let (sql, values) = query(&filter, &ClientId::known("acme"), None, None, 51);
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        let plan: Vec<String> = db.read(move |tx| tx.query(&sql, &values, |r| r.text(3))).await.unwrap();
        assert!(plan[0].contains("case_upset (client_id=?)"), "{plan:?}");
        assert!(plan.iter().all(|step| !step.contains("ORDER BY")), "sorted by itself: {plan:?}");
    }
}
