//! Live counts. Their cost grows with the cases that are open and with those that ended today, not with history.

use crate::zone_of;
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
    /// Ended with an outcome since the client's day began.
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
    /// IANA name of the zone whose day `today` is: the client's.
    pub time_zone: String,
    /// When it began, milliseconds since the epoch.
    pub day_start_ms: i64,
    /// How many.
    #[serde(flatten)]
    pub counts: FloorCounts,
}

/// Who has how many open cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// Of these, past their due time.
    pub at_risk: i64,
    /// How sure the recognised intents of these cases are, 0 to 1, on average; none where none has one.
    pub confidence: Option<f64>,
    /// Of these cases, those whose customer sounds angry in what they wrote last.
    pub negative: i64,
    /// Cases of which that is known.
    pub heard: i64,
    /// The share of the former in the latter, 0 to 1; none where it is known of none.
    pub negative_share: Option<f64>,
    /// Cases that the average is of.
    #[serde(skip)]
    confident: i64,
}

impl FloorActor {
    /// An actor of this kind and name with no case.
    pub fn idle(client: &ClientId, kind: &str, name: &str) -> Self {
        Self {
            client: client.clone(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            cases: 0,
            waiting: 0,
            at_risk: 0,
            confidence: None,
            negative: 0,
            heard: 0,
            negative_share: None,
            confident: 0,
        }
    }

    /// Takes in more cases, with the sum of their confidences.
    fn add(&mut self, group: &Group) {
        let all = self.confident + group.confident;
        if all > 0 {
            let before = self.confidence.unwrap_or_default() * real(self.confident);
            self.confidence = Some((before + group.confidence) / real(all));
        }
        self.confident = all;
        self.negative += group.negative;
        self.heard += group.heard;
        self.negative_share = (self.heard > 0).then(|| real(self.negative) / real(self.heard));
        self.cases += group.cases;
        self.at_risk += group.late;
        self.waiting += if group.state == "waiting_customer" { group.cases } else { 0 };
    }
}

/// Counts stay far below 2^53.
fn real(count: i64) -> f64 {
    i32::try_from(count).map_or(f64::from(i32::MAX), f64::from)
}

/// Counts per client and per actor. Today is the client's: it begins where the client is.
pub fn floor(tx: &mut Tx, clients: &[ClientId], now_ms: i64) -> Result<(Vec<FloorClient>, Vec<FloorActor>)> {
    let (mut by_client, mut by_actor) = (Vec::new(), Vec::new());
    for client in clients {
        let groups = live_groups(tx, client, now_ms)?;
        let mut counts = FloorCounts::default();
        for group in &groups {
            group.count_into(&mut counts);
            add_actor(&mut by_actor, client, group);
        }
        let zone = zone_of(tx, client)?;
        let day_start_ms = zone.day_start_ms(now_ms);
        resolved_since(tx, client, day_start_ms, &mut counts)?;
        by_client.push(FloorClient { client: client.clone(), time_zone: zone.name().to_owned(), day_start_ms, counts });
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
    /// Cases with a confidence, and its sum.
    confident: i64,
    confidence: f64,
    /// Cases whose customer sounds angry, and those of which that is known.
    negative: i64,
    heard: i64,
}

impl Group {
    fn read(r: &Row) -> Result<Self> {
        let (state, kind, actor) = (r.text(0)?, r.text(1)?, r.text(2)?);
        let (cases, late, confident) = (r.int(3)?, r.int(4)?, r.int(5)?);
        let (confidence, negative, heard) = (r.real_opt(6)?.unwrap_or_default(), r.int(7)?, r.int(8)?);
        Ok(Self { state, kind, actor, cases, late, confident, confidence, negative, heard })
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
        "SELECT state, actor_kind, actor, COUNT(*), CAST(SUM(CASE WHEN due_ms < $2 THEN 1 ELSE 0 END) AS BIGINT), \
         COUNT(confidence), SUM(confidence), CAST(SUM(CASE WHEN upset = 1 THEN 1 ELSE 0 END) AS BIGINT), COUNT(upset) \
         FROM case_file WHERE client_id = $1 AND state IN ('open', 'waiting_customer', 'with_person') \
         GROUP BY state, actor_kind, actor ORDER BY actor_kind, actor, state",
        params![client, now_ms],
        Group::read,
    )
}

fn add_actor(actors: &mut Vec<FloorActor>, client: &ClientId, group: &Group) {
    let same = |last: &FloorActor| last.client == *client && last.kind == group.kind && last.name == group.actor;
    if !actors.last().is_some_and(same) {
        actors.push(FloorActor::idle(client, &group.kind, &group.actor));
    }
    if let Some(last) = actors.last_mut() {
        last.add(group);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_sure_an_actor_is_counts_each_case_that_has_an_intent_once() {
        let group = |state: &str, cases, late, confident, confidence| Group {
            state: state.to_owned(),
            kind: "agent".to_owned(),
            actor: "concierge".to_owned(),
            cases,
            late,
            confident,
            confidence,
            negative: confident,
            heard: 2 * confident,
        };
        let (mut all, client) = (Vec::new(), ClientId::known("acme"));
        add_actor(&mut all, &client, &group("open", 3, 1, 0, 0.0));
        assert_eq!((all[0].confidence, all[0].negative_share), (None, None));
        add_actor(&mut all, &client, &group("waiting_customer", 2, 0, 2, 1.0));
        add_actor(&mut all, &client, &group("with_person", 3, 2, 3, 2.7));
        let [one] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((one.cases, one.waiting, one.at_risk), (8, 2, 3));
        assert!((one.confidence.unwrap() - 0.74).abs() < 1e-9, "{one:?}");
        assert_eq!((one.negative, one.heard, one.negative_share), (5, 10, Some(0.5)));
    }
}
