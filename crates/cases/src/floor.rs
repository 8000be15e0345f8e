//! Live counts. Their cost grows with the cases that are open and with those that ended today, not with history.

use baton_base::{ClientId, Result};
use baton_db::{Row, Tx, params};
use serde::Serialize;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Counts of cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FloorCounts {
    /// Still worked on.
    pub open: i64,
    /// Of these, with the AI side or its customer.
    pub with_ai: i64,
    /// Of these, with a person or a queue of people.
    pub with_people: i64,
    /// Of those with people, not yet taken by one.
    pub waiting: i64,
    /// Of the open ones, past their due time.
    pub at_risk: i64,
    /// Ended with an outcome since the day began.
    pub resolved_today: i64,
    /// Of these, without a person's hand.
    pub resolved_by_ai: i64,
    /// Of these, with one.
    pub resolved_by_people: i64,
}

/// Counts of one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FloorClient {
    /// Whose.
    pub client: ClientId,
    /// How many.
    #[serde(flatten)]
    pub counts: FloorCounts,
}

/// Who has how many open cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FloorActor {
    /// Whose.
    pub client: ClientId,
    /// `member`, `agent` or `system`.
    pub kind: String,
    /// Member id, agent name or system name; a queue of people is the system `queue:<name>`.
    pub name: String,
    /// Open cases where this actor has the next step or had the last.
    pub cases: i64,
    /// Of these, those where the customer has the next step.
    pub waiting: i64,
}

/// Counts per client and per actor. `day_start_ms` is when today began.
pub fn floor(
    tx: &mut Tx,
    clients: &[ClientId],
    now_ms: i64,
    day_start_ms: i64,
) -> Result<(Vec<FloorClient>, Vec<FloorActor>)> {
    let (mut by_client, mut by_actor) = (Vec::new(), Vec::new());
    for client in clients {
        let groups = live_groups(tx, client, now_ms)?;
        let mut counts = FloorCounts::default();
        for group in &groups {
            group.count_into(&mut counts);
            add_actor(&mut by_actor, client, group);
        }
        resolved_since(tx, client, day_start_ms, &mut counts)?;
        by_client.push(FloorClient { client: client.clone(), counts });
    }
    Ok((by_client, by_actor))
}

/// When the UTC day of a time began.
pub fn utc_day_start_ms(now_ms: i64) -> i64 {
    now_ms - now_ms.rem_euclid(DAY_MS)
}

struct Group {
    state: String,
    kind: String,
    actor: String,
    cases: i64,
    late: i64,
}

impl Group {
    fn read(r: &Row) -> Result<Self> {
        Ok(Self { state: r.text(0)?, kind: r.text(1)?, actor: r.text(2)?, cases: r.int(3)?, late: r.int(4)? })
    }

    fn count_into(&self, counts: &mut FloorCounts) {
        counts.open += self.cases;
        counts.at_risk += self.late;
        if self.state != "with_person" {
            counts.with_ai += self.cases;
            return;
        }
        counts.with_people += self.cases;
        if self.kind != "member" {
            counts.waiting += self.cases;
        }
    }
}

fn live_groups(tx: &mut Tx, client: &ClientId, now_ms: i64) -> Result<Vec<Group>> {
    tx.query(
        "SELECT state, actor_kind, actor, COUNT(*), CAST(SUM(CASE WHEN due_ms < $2 THEN 1 ELSE 0 END) AS BIGINT) \
         FROM case_file WHERE client_id = $1 AND state IN ('open', 'waiting_customer', 'with_person') \
         GROUP BY state, actor_kind, actor ORDER BY actor_kind, actor, state",
        params![client, now_ms],
        Group::read,
    )
}

fn add_actor(actors: &mut Vec<FloorActor>, client: &ClientId, group: &Group) {
    let waiting = if group.state == "waiting_customer" { group.cases } else { 0 };
    match actors.last_mut() {
        Some(last) if last.client == *client && last.kind == group.kind && last.name == group.actor => {
            last.cases += group.cases;
            last.waiting += waiting;
        }
        _ => actors.push(FloorActor {
            client: client.clone(),
            kind: group.kind.clone(),
            name: group.actor.clone(),
            cases: group.cases,
            waiting,
        }),
    }
}

fn resolved_since(tx: &mut Tx, client: &ClientId, since_ms: i64, counts: &mut FloorCounts) -> Result<()> {
    let groups = tx.query(
        "SELECT outcome_by, COUNT(*) FROM case_file WHERE client_id = $1 AND closed_ms >= $2 AND state = 'resolved' \
         GROUP BY outcome_by",
        params![client, since_ms],
        |r| Ok((r.text_opt(0)?, r.int(1)?)),
    )?;
    for (by, cases) in groups {
        counts.resolved_today += cases;
        match by.as_deref() {
            Some("member") => counts.resolved_by_people += cases,
            _ => counts.resolved_by_ai += cases,
        }
    }
    Ok(())
}
