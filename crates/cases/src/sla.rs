//! Clocks of service levels on cases, whoever has the next step: AI, people, or nobody yet.
//!
//! A clock begins with what the customer did and ends with what we did. The resolution clock stands still while the customer
//! has the next step, where the blueprint says so. What has passed a warning or its end is said once.

use crate::config::Sla;
use crate::store;
use baton_base::{CaseId, ClientId, Error, Event, Result};
use baton_db::{Row, Tx, Value, params};
use baton_govern::{Ctx, Right, ledger};
use serde::Serialize;
use serde_json::json;

/// Cases that are read at once.
const CASES_PER_PAGE: i64 = 1_000;

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// In time.
    Running,
    /// Most of its time is gone.
    Warning,
    /// Its time is gone.
    Breach,
}

impl Level {
    /// As stored and as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Warning => "warning",
            Self::Breach => "breach",
        }
    }

    /// Where a clock stands that began, warns and ends at these times.
    pub fn at(now_ms: i64, warn_ms: i64, due_ms: i64) -> Self {
        if now_ms >= due_ms {
            Self::Breach
        } else if now_ms >= warn_ms {
            Self::Warning
        } else {
            Self::Running
        }
    }
}

/// One clock of a case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Clock {
    /// `first_response`, `next_response` or `resolution`.
    pub clock: &'static str,
    /// When it began, milliseconds.
    pub since_ms: i64,
    /// When it ends, milliseconds; moves on while it stands still.
    pub due_ms: i64,
    /// It stands still.
    pub paused: bool,
    /// How it stands.
    pub level: Level,
}

/// What the clocks of a case are read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    /// When it was opened.
    pub opened_ms: i64,
    /// When the first answer went out.
    pub first_reply_ms: Option<i64>,
    /// Since when the customer waits for an answer.
    pub unanswered_ms: Option<i64>,
    /// How long the resolution clock stood still before.
    pub paused_ms: i64,
    /// Since when it stands still now.
    pub paused_since_ms: Option<i64>,
}

/// The clocks of a case that is worked on, as they stand.
pub fn clocks(sla: &Sla, times: &Times, now_ms: i64) -> Vec<Clock> {
    let clock = |clock, since_ms: i64, within_ms: i64, stood_ms: i64, paused| {
        // A pause moves the beginning on by as long as it lasted: in hours of business too, what was used before is used.
        let from_ms = since_ms.saturating_add(stood_ms);
        let due_ms = sla.after_ms(from_ms, within_ms);
        let warn_ms = sla.after_ms(from_ms, within_ms / 100 * sla.warn_percent);
        Clock { clock, since_ms, due_ms, paused, level: Level::at(now_ms, warn_ms, due_ms) }
    };
    let first = sla.first_reply_ms.filter(|_| times.first_reply_ms.is_none());
    let next = sla.next_reply_ms.filter(|_| times.first_reply_ms.is_some()).zip(times.unanswered_ms);
    let now_still = times.paused_since_ms.filter(|_| sla.pauses);
    let stood_ms = if sla.pauses { times.paused_ms + now_still.map_or(0, |since| now_ms - since) } else { 0 };
    let resolution =
        sla.resolution_ms.map(|within| clock("resolution", times.opened_ms, within, stood_ms, now_still.is_some()));
    let first = first.map(|within| clock("first_response", times.opened_ms, within, 0, false));
    let next = next.map(|(within, since)| clock("next_response", since, within, 0, false));
    [first, next, resolution].into_iter().flatten().collect()
}

/// A clock that has passed a warning or its end since the last look.
#[derive(Debug, Clone, PartialEq)]
pub struct Raised {
    /// The case.
    pub case: CaseId,
    /// Whoever has it, as `kind:name`.
    pub actor: String,
    /// Whether the AI has the next step.
    pub with_ai: bool,
    /// The clock.
    pub clock: Clock,
}

const TIMES: &str = "opened_ms, first_reply_ms, unanswered_ms, paused_ms, paused_since_ms";

fn times(r: &Row, at: usize) -> Result<Times> {
    Ok(Times {
        opened_ms: r.int(at)?,
        first_reply_ms: r.int_opt(at + 1)?,
        unanswered_ms: r.int_opt(at + 2)?,
        paused_ms: r.int(at + 3)?,
        paused_since_ms: r.int_opt(at + 4)?,
    })
}

/// The clocks of one case; none where it has ended.
pub fn clocks_of(tx: &mut Tx, ctx: &Ctx, sla: &Sla, case: &CaseId) -> Result<Vec<Clock>> {
    ctx.allow(Right::CaseRead)?;
    let sql = format!("SELECT {TIMES}, state FROM case_file WHERE client_id = $1 AND case_id = $2");
    let found = tx.query_opt(&sql, params![ctx.client, case], |r| Ok((times(r, 0)?, r.text(5)?)))?;
    let (times, state) = found.ok_or_else(|| store::not_found(case))?;
    let live = state.parse::<crate::CaseState>()?.is_live();
    Ok(if live { clocks(sla, &times, ctx.now_ms()) } else { Vec::new() })
}

/// A part of the cases that may be late.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Late {
    /// Cases of which a clock has passed a warning or its end, and that has not been said.
    pub cases: Vec<CaseId>,
    /// Where the next part begins; none after the last.
    pub next: Option<(i64, CaseId)>,
}

/// Cases worked on of which a clock may have something to say that it has not said, those that were opened first before the
/// others: a part of them, after a place. In hours of business most of what has passed by the clock on the wall has not.
pub fn late(tx: &mut Tx, ctx: &Ctx, sla: &Sla, after: Option<&(i64, CaseId)>) -> Result<Late> {
    let found = may_be_late(tx, &ctx.client, sla, ctx.now_ms(), after)?;
    let whole = i64::try_from(found.len()).is_ok_and(|count| count == CASES_PER_PAGE);
    let next = found.last().filter(|_| whole).map(|(case, times)| (times.opened_ms, case.clone()));
    let mut cases = Vec::new();
    for (case, times) in found {
        let passed = clocks(sla, &times, ctx.now_ms()).into_iter().filter(has_passed);
        let said = passed.map(|clock| is_said(tx, &ctx.client, &case, &clock)).collect::<Result<Vec<_>>>()?;
        if said.contains(&false) {
            cases.push(case);
        }
    }
    Ok(Late { cases, next })
}

fn is_said(tx: &mut Tx, client: &ClientId, case: &CaseId, clock: &Clock) -> Result<bool> {
    let sql =
        "SELECT 1 FROM sla_mark WHERE client_id = $1 AND subject = $2 AND clock = $3 AND since_ms = $4 AND level = $5";
    let values = params![client, case, clock.clock, clock.since_ms, clock.level.as_str()];
    Ok(tx.query_opt(sql, values, |r| r.int(0))?.is_some())
}

fn has_passed(clock: &Clock) -> bool {
    clock.level != Level::Running && !clock.paused
}

/// Says of every clock of one case that has passed a warning or its end that it has, once each. Whoever acts on that does it
/// in the same transaction, or it is not said.
pub fn raise_sla(tx: &mut Tx, ctx: &Ctx, sla: &Sla, case: &CaseId) -> Result<Vec<Raised>> {
    let sql = format!("SELECT actor_kind, actor, state, {TIMES} FROM case_file WHERE client_id = $1 AND case_id = $2");
    let found = tx.query_opt(&sql, params![ctx.client, case], |r| {
        Ok((format!("{}:{}", r.text(0)?, r.text(1)?), r.text(2)?, times(r, 3)?))
    })?;
    let (actor, state, times) = found.ok_or_else(|| store::not_found(case))?;
    let state: crate::CaseState = state.parse()?;
    if !state.is_live() {
        return Ok(Vec::new());
    }
    let mut raised = Vec::new();
    for clock in clocks(sla, &times, ctx.now_ms()).into_iter().filter(has_passed) {
        if !mark(tx, &ctx.client, case.as_str(), clock.clock, clock.since_ms, clock.level, ctx.now_ms())? {
            continue;
        }
        let kind = if clock.level == Level::Breach { "sla.breached" } else { "sla.warned" };
        let facts = json!({"clock": clock.clock, "since_ms": clock.since_ms, "due_ms": clock.due_ms, "with": actor});
        ledger::append(tx, ctx, Event::new(&ctx.client, kind, case).in_case(case).with(facts))?;
        raised.push(Raised {
            case: case.clone(),
            actor: actor.clone(),
            with_ai: state == crate::CaseState::Open,
            clock,
        });
    }
    Ok(raised)
}

/// Cases worked on of which a clock has something to say that it has not said, by the clock on the wall.
fn may_be_late(
    tx: &mut Tx,
    client: &ClientId,
    sla: &Sla,
    now_ms: i64,
    after: Option<&(i64, CaseId)>,
) -> Result<Vec<(CaseId, Times)>> {
    let (stood, runs) = if sla.pauses { ("paused_ms", "paused_since_ms IS NULL") } else { ("0", "1 = 1") };
    let all = [
        ("first_response", "first_reply_ms IS NULL", "opened_ms", "0", sla.first_reply_ms),
        ("next_response", "first_reply_ms IS NOT NULL", "unanswered_ms", "0", sla.next_reply_ms),
        ("resolution", runs, "opened_ms", stood, sla.resolution_ms),
    ];
    let (from_ms, from) = after.map_or((i64::MIN, ""), |(opened_ms, case)| (*opened_ms, case.as_str()));
    let mut values: Vec<Value> = vec![client.into(), CASES_PER_PAGE.into(), from_ms.into(), from.to_owned().into()];
    let mut late = Vec::new();
    for (clock, counts, since, stood, within) in all {
        let Some(within_ms) = within else { continue };
        let (warn, due) = (values.len() + 1, values.len() + 2);
        values.push((now_ms - within_ms / 100 * sla.warn_percent).into());
        values.push(now_ms.saturating_sub(within_ms).into());
        late.push(format!(
            "({counts} AND {since} + {stood} <= ${warn} AND NOT EXISTS (SELECT 1 FROM sla_mark k WHERE k.client_id = $1 \
             AND k.subject = case_file.case_id AND k.clock = '{clock}' AND k.since_ms = case_file.{since} \
             AND (k.level = 'breach' OR (k.level = 'warning' AND {since} + {stood} > ${due}))))"
        ));
    }
    if late.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT case_id, {TIMES} FROM case_file WHERE client_id = $1 AND state IN ('open', 'waiting_customer', 'with_person') \
         AND (opened_ms > $3 OR (opened_ms = $3 AND case_id > $4)) AND ({}) ORDER BY opened_ms, case_id LIMIT $2",
        late.join(" OR ")
    );
    tx.query(&sql, &values, |r| Ok((r.id(0)?, times(r, 1)?)))
}

/// Notes that a level of a clock was said; false if it had been.
pub fn mark(
    tx: &mut Tx,
    client: &ClientId,
    subject: &str,
    clock: &str,
    since_ms: i64,
    level: Level,
    now_ms: i64,
) -> Result<bool> {
    let new = tx.execute(
        "INSERT INTO sla_mark (client_id, subject, clock, since_ms, level, at_ms) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (client_id, subject, clock, since_ms, level) DO NOTHING",
        params![client, subject, clock, since_ms, level.as_str(), now_ms],
    )?;
    Ok(new == 1)
}

/// The customer waits for an answer since a time, unless they did before.
pub(crate) fn customer_waits(tx: &mut Tx, client: &ClientId, case: &CaseId, now_ms: i64) -> Result<()> {
    tx.execute(
        "UPDATE case_file SET unanswered_ms = $3 WHERE client_id = $1 AND case_id = $2 AND unanswered_ms IS NULL",
        params![client, case, now_ms],
    )?;
    Ok(())
}

/// The customer has an answer.
pub(crate) fn answered(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<()> {
    tx.execute(
        "UPDATE case_file SET unanswered_ms = NULL WHERE client_id = $1 AND case_id = $2 AND unanswered_ms IS NOT NULL",
        params![client, case],
    )?;
    Ok(())
}

/// A share in percent that a warning may come at.
pub(crate) fn warn_percent(given: Option<i64>) -> Result<i64> {
    match given.unwrap_or(80) {
        percent @ 1..=99 => Ok(percent),
        percent => Err(Error::invalid(format!("a warning at {percent} %"), "give 1 to 99")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;
    const SLA: Sla = Sla {
        first_reply_ms: Some(100),
        next_reply_ms: Some(200),
        resolution_ms: Some(1_000),
        pauses: true,
        warn_percent: 80,
        calendar: None,
        escalate: None,
    };

    fn opened() -> Times {
        Times { opened_ms: 0, first_reply_ms: None, unanswered_ms: Some(0), paused_ms: 0, paused_since_ms: None }
    }

    fn level(times: &Times, clock: &str, now_ms: i64) -> Option<Level> {
        clocks(&SLA, times, now_ms).into_iter().find(|one| one.clock == clock).map(|one| one.level)
    }

    #[test]
    fn a_clock_runs_warns_and_ends_and_only_one_waits_for_an_answer() {
        let new = opened();
        assert_eq!(level(&new, "first_response", 79), Some(Level::Running));
        assert_eq!(level(&new, "first_response", 80), Some(Level::Warning));
        assert_eq!(level(&new, "first_response", 100), Some(Level::Breach));
        assert_eq!(level(&new, "next_response", 500), None);
        let answered = Times { first_reply_ms: Some(50), unanswered_ms: None, ..opened() };
        assert_eq!((level(&answered, "first_response", 500), level(&answered, "next_response", 500)), (None, None));
        let again = Times { first_reply_ms: Some(50), unanswered_ms: Some(300), ..opened() };
        assert_eq!(level(&again, "next_response", 499), Some(Level::Warning));
        assert_eq!(level(&again, "next_response", 500), Some(Level::Breach));
    }

    #[test]
    fn in_hours_of_business_a_clock_runs_while_they_last() {
        let text = crate::hours::CalendarText {
            time_zone: "Europe/Berlin".to_owned(),
            weekly: [
                ("mon".to_owned(), vec!["08:00-17:00".to_owned()]),
                ("fri".to_owned(), vec!["08:00-17:00".to_owned()]),
            ]
            .into(),
            ..Default::default()
        };
        let calendar = std::sync::Arc::new(crate::hours::Calendar::read(&text).unwrap());
        let sla = Sla { resolution_ms: Some(2 * HOUR_MS), calendar: Some(calendar), ..Sla::default() };
        // Friday 2026-11-27, 16:00 in Berlin.
        let opened_ms = 1_795_791_600_000;
        let times = Times { opened_ms, first_reply_ms: None, unanswered_ms: None, paused_ms: 0, paused_since_ms: None };
        let due = |times: &Times, now_ms| clocks(&sla, times, now_ms)[0].due_ms;
        assert_eq!(due(&times, opened_ms), opened_ms + 65 * HOUR_MS, "one hour on Friday, one on Monday");
        let paused = Times { paused_ms: 64 * HOUR_MS + HOUR_MS / 2, ..times };
        assert_eq!(due(&paused, opened_ms), opened_ms + 66 * HOUR_MS + HOUR_MS / 2, "half an hour was used before");
    }

    #[test]
    fn while_the_customer_has_the_next_step_the_resolution_clock_stands_still() {
        let still = Times { paused_ms: 100, paused_since_ms: Some(700), ..opened() };
        let at = |now_ms| clocks(&SLA, &still, now_ms).into_iter().find(|one| one.clock == "resolution").unwrap();
        assert_eq!((at(700).due_ms, at(5_000).due_ms), (1_100, 5_400));
        assert!(at(5_000).paused && at(5_000).level == Level::Running);
        let runs = Sla { pauses: false, ..SLA };
        assert_eq!(clocks(&runs, &still, 5_000)[1].level, Level::Breach, "where nothing pauses, it ran all the time");
    }
}
