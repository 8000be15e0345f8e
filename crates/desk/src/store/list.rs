//! Lists of work items over several clients, and the counts of their queues.

use crate::store::{FROM, ROW, read_row};
use crate::team::shared::{Load, waiting};
use crate::{Kind, State, WorkItem, team};
use baton_base::{CaseId, ClientId, Error, MemberId, Result, WorkItemId};
use baton_cases::{Page, Paged};
use baton_db::{Tx, Value as Param, params};
use serde::Serialize;

/// Which work items are wanted.
#[derive(Debug, Clone, Default)]
pub struct WorkFilter {
    /// Clients whose work the caller may read: the caller of this function has checked it.
    pub clients: Vec<ClientId>,
    /// Queue.
    pub queue: Option<String>,
    /// Where they stand; what is waiting or claimed if `None`, except for a case, whose items are all given.
    pub state: Option<State>,
    /// Only what this member has claimed, or has decided where `state` asks for it.
    pub mine: Option<MemberId>,
    /// Kind.
    pub kind: Option<Kind>,
    /// Case.
    pub case: Option<CaseId>,
    /// Intent of the case.
    pub intent: Option<String>,
    /// Only what was due at this time or before, milliseconds since the epoch.
    pub due_by_ms: Option<i64>,
}

impl WorkFilter {
    fn states(&self) -> Vec<State> {
        match (self.state, &self.case) {
            (Some(state), _) => vec![state],
            (None, None) if self.mine.is_some() => vec![State::Claimed],
            (None, None) => vec![State::Waiting, State::Claimed],
            (None, Some(_)) => vec![],
        }
    }

    /// Work to do is listed by urgency, work done newest first.
    fn by_urgency(&self) -> bool {
        let states = self.states();
        !states.is_empty() && states.iter().all(|state| matches!(state, State::Waiting | State::Claimed))
    }
}

/// Where a page by urgency starts: priority, due time, id.
struct Place(i64, i64, WorkItemId);

impl Place {
    fn of(item: &WorkItem) -> Self {
        Self(item.priority, item.due_ms, item.id.clone())
    }
    fn text(&self) -> String {
        format!("{}~{}~{}", self.0, self.1, self.2)
    }
    fn parse(text: &str) -> Result<Self> {
        let mut parts = text.splitn(3, '~');
        let mut next = || parts.next().ok_or_else(bad_cursor);
        let (priority, due, id) = (next()?, next()?, next()?);
        Ok(Self(priority.parse().map_err(|_| bad_cursor())?, due.parse().map_err(|_| bad_cursor())?, id.parse()?))
    }
}

fn bad_cursor() -> Error {
    Error::invalid_at("after", "the cursor is not valid", "give the 'next' of the page before")
}

/// One page of work items: what is to do most urgent first, everything else newest first.
pub fn list(tx: &mut Tx, filter: &WorkFilter, page: &Page) -> Result<Paged<WorkItem>> {
    let size = page.size();
    let mut rows: Vec<WorkItem> = Vec::new();
    for client in &filter.clients {
        let (sql, values) = query(filter, client, page.after.as_deref(), size + 1)?;
        rows.extend(tx.query(&sql, &values, read_row)?);
    }
    if filter.by_urgency() {
        rows.sort_by(|a, b| (a.priority, a.due_ms, &a.id).cmp(&(b.priority, b.due_ms, &b.id)));
        return Ok(Paged::cut(rows, size, |item| Place::of(item).text()));
    }
    rows.sort_by(|a, b| b.id.cmp(&a.id));
    Ok(Paged::cut(rows, size, |item| item.id.to_string()))
}

fn query(filter: &WorkFilter, client: &ClientId, after: Option<&str>, rows: usize) -> Result<(String, Vec<Param>)> {
    let mut values: Vec<Param> = vec![client.into()];
    let mut bind = |value: Param| {
        values.push(value);
        format!("${}", values.len())
    };
    let mut sql = format!("SELECT {ROW} {FROM} WHERE w.client_id = $1");
    let states: Vec<_> = filter.states().iter().map(|state| bind(Param::Text(state.as_str().to_owned()))).collect();
    if !states.is_empty() {
        sql.push_str(&format!(" AND w.state IN ({})", states.join(", ")));
    }
    let texts = [
        ("w.queue", filter.queue.clone()),
        ("w.claimed_by", filter.mine.as_ref().map(ToString::to_string)),
        ("w.kind", filter.kind.map(|kind| kind.to_string())),
        ("w.case_id", filter.case.as_ref().map(ToString::to_string)),
        ("c.intent", filter.intent.clone()),
    ];
    for (column, value) in texts {
        if let Some(value) = value {
            sql.push_str(&format!(" AND {column} = {}", bind(Param::Text(value))));
        }
    }
    if let Some(due_ms) = filter.due_by_ms {
        sql.push_str(&format!(" AND w.due_ms <= {}", bind(due_ms.into())));
    }
    let order = if filter.by_urgency() {
        if let Some(after) = after {
            let Place(priority, due_ms, id) = Place::parse(after)?;
            let (p, d, i) = (bind(priority.into()), bind(due_ms.into()), bind(id.into()));
            sql.push_str(&format!(
                " AND (w.priority > {p} OR (w.priority = {p} AND (w.due_ms > {d} OR (w.due_ms = {d} AND \
                 w.work_item_id > {i}))))"
            ));
        }
        "w.priority, w.due_ms, w.work_item_id"
    } else {
        if let Some(after) = after {
            let id: WorkItemId = after.parse()?;
            sql.push_str(&format!(" AND w.work_item_id < {}", bind(id.into())));
        }
        "w.work_item_id DESC"
    };
    let limit = bind(Param::Int(i64::try_from(rows).unwrap_or(i64::MAX)));
    sql.push_str(&format!(" ORDER BY {order} LIMIT {limit}"));
    Ok((sql, values))
}

/// A queue's live counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueCount {
    /// Whose.
    pub client: ClientId,
    /// Queue.
    pub queue: String,
    /// For people.
    pub title: String,
    /// Items that nobody has.
    pub waiting: i64,
    /// Items that members have.
    pub claimed: i64,
    /// When the oldest item that nobody has was opened.
    pub oldest_ms: Option<i64>,
    /// Items past their due time.
    pub at_risk: i64,
    /// Whether it is staffed now, by its calendar.
    pub open: bool,
    /// When it is staffed next, where it is not now.
    pub opens_ms: Option<i64>,
    /// Pieces of work that those who are available at this client and may have the queue's work take at once.
    pub places: i64,
    /// Of these, not taken.
    pub free: i64,
    /// How long the next item waits as far as one can tell, milliseconds, with what else waits for the same people; none where
    /// nobody who may have it is available.
    pub wait_ms: Option<i64>,
}

/// Counts of every queue of these clients, empty ones included. Their cost grows with the open items only.
pub fn queue_counts(tx: &mut Tx, desk: &crate::Desk, clients: &[ClientId], now_ms: i64) -> Result<Vec<QueueCount>> {
    let mut counts = Vec::new();
    for client in clients {
        let intake = desk.live(client)?;
        let first = counts.len();
        let there = team::store::there(tx, client, now_ms)?;
        counts.extend(intake.queues().iter().map(|queue| {
            let (places, free) = team::store::places(&there, &queue.needs);
            let (open, opens_ms) = (queue.is_open(now_ms), queue.next_open_ms(now_ms).filter(|ms| *ms > now_ms));
            QueueCount { open, opens_ms, places, free, ..empty(client, &queue.name, &queue.title) }
        }));
        for (name, state, items, oldest_ms, late) in groups(tx, client, now_ms)? {
            let at = match counts[first..].iter().position(|count: &QueueCount| count.queue == name) {
                Some(at) => first + at,
                None => {
                    // A queue of an older release that still has work.
                    counts.push(empty(client, &name, &name));
                    counts.len() - 1
                }
            };
            let count = &mut counts[at];
            count.at_risk += late;
            if state == State::Waiting {
                count.waiting = items;
                count.oldest_ms = Some(oldest_ms);
            } else {
                count.claimed = items;
            }
        }
        let load = Load::of(&there, &intake, &waiting(tx, client)?, now_ms);
        for count in &mut counts[first..] {
            // Nobody is given work of a queue that is no more.
            let Some(queue) = intake.queue(&count.queue) else { continue };
            count.wait_ms = load.wait_ms((queue, &queue.needs), count.waiting);
        }
    }
    Ok(counts)
}

fn empty(client: &ClientId, queue: &str, title: &str) -> QueueCount {
    QueueCount {
        client: client.clone(),
        queue: queue.to_owned(),
        title: title.to_owned(),
        waiting: 0,
        claimed: 0,
        oldest_ms: None,
        at_risk: 0,
        open: true,
        opens_ms: None,
        places: 0,
        free: 0,
        wait_ms: None,
    }
}

type Group = (String, State, i64, i64, i64);

fn groups(tx: &mut Tx, client: &ClientId, now_ms: i64) -> Result<Vec<Group>> {
    tx.query(
        "SELECT queue, state, COUNT(*), MIN(opened_ms), CAST(SUM(CASE WHEN due_ms < $2 THEN 1 ELSE 0 END) AS BIGINT) \
         FROM work_item WHERE client_id = $1 AND state IN ('waiting', 'claimed') GROUP BY queue, state ORDER BY queue",
        params![client, now_ms],
        |r| Ok((r.text(0)?, r.id(1)?, r.int(2)?, r.int(3)?, r.int(4)?)),
    )
}
