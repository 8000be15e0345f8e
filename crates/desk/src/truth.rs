//! What a customer is told when a case goes to people: how long it takes, or that nobody is there and when somebody is.
//! Nothing is said that is not so, and nothing where a client has no words for it.

use crate::route::queueing::predicted_wait_ms;
use crate::{Desk, Queue, team};
use baton_base::{CaseId, ClientId, Event, Result};
use baton_cases::Saying;
use baton_db::{Tx, params};
use baton_govern::{Ctx, ledger};
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;

/// How a queue stands for whoever comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// It is staffed now, by its calendar.
    pub open: bool,
    /// When it is staffed next, where it is not now.
    pub opens_ms: Option<i64>,
    /// How long the next waits; none where nobody is available.
    pub wait_ms: Option<i64>,
}

impl Standing {
    /// Whether somebody may take it soon.
    pub(crate) fn is_staffed(&self) -> bool {
        self.open && self.wait_ms.is_some()
    }

    /// The client's words for it: none where it is the next one's turn at once.
    fn template(&self) -> Option<&'static str> {
        match (self.open, self.wait_ms) {
            (false, _) => Some("people_closed"),
            (true, None) => Some("people_away"),
            (true, Some(wait)) if wait >= MINUTE_MS => Some("people_wait"),
            (true, Some(_)) => None,
        }
    }
}

/// How a queue stands now.
pub(crate) fn standing(tx: &mut Tx, client: &ClientId, queue: &Queue, now_ms: i64) -> Result<Standing> {
    let sql = "SELECT COUNT(*) FROM work_item WHERE client_id = $1 AND queue = $2 AND state = 'waiting'";
    let waiting = tx.query_one(sql, params![client, queue.name], |r| r.int(0))?;
    let (places, busy) = team::store::places(tx, client, now_ms)?;
    Ok(Standing {
        open: queue.is_open(now_ms),
        opens_ms: queue.next_open_ms(now_ms).filter(|ms| *ms > now_ms),
        wait_ms: predicted_wait_ms(waiting, (places - busy).max(0), places, queue.handling_ms),
    })
}

/// Tells the customer how it stands, in the client's words: the templates `people_wait` (`wait_minutes`), `people_away` and
/// `people_closed` (`opens`, the time of the place), each with the other ways in which the queue is reached (`email`,
/// `call_back`). `once` makes the same handoff say it once. True if something was said.
pub(crate) fn tell(
    tx: &mut Tx,
    ctx: &Ctx,
    desk: &Desk,
    case: &CaseId,
    (queue, standing): (&Queue, &Standing),
    once: &str,
) -> Result<bool> {
    let (_, config) = desk.cases.config.live(&ctx.client)?;
    let Some(template) = standing.template().filter(|key| config.templates.has(key)) else { return Ok(false) };
    let found = baton_cases::get(tx, &ctx.as_system("desk"), case)?;
    if !found.row.state.is_live() {
        return Ok(false);
    }
    let data = json!({
        "wait_minutes": standing.wait_ms.map(|ms| (ms + MINUTE_MS - 1) / MINUTE_MS),
        "opens": opens(queue, standing.opens_ms), "queue": queue.title,
        "email": queue.reach.email, "call_back": queue.reach.call_back,
    });
    let text = config.render(&found.row.language, template, &data, ctx.now_ms())?;
    let once = format!("people:{once}");
    let saying = Saying { text: &text, external_id: Some(&once), config: Some(&config), ..Saying::default() };
    baton_cases::say_once(tx, &ctx.as_system("desk"), case, &saying)?;
    let facts = json!({"template": template, "wait_ms": standing.wait_ms, "opens_ms": standing.opens_ms});
    ledger::append(tx, ctx, Event::new(&ctx.client, "handoff.told", case).in_case(case).with(facts))?;
    Ok(true)
}

fn opens(queue: &Queue, opens_ms: Option<i64>) -> Value {
    match (&queue.calendar, opens_ms) {
        (Some(calendar), Some(ms)) => calendar.said(ms).into(),
        (None, _) | (_, None) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_what_is_so() {
        let standing = |open, wait_ms| Standing { open, opens_ms: None, wait_ms };
        assert_eq!(standing(true, Some(0)).template(), None, "somebody takes it at once: there is nothing to say");
        assert_eq!(standing(true, Some(600_000)).template(), Some("people_wait"));
        assert_eq!(standing(true, None).template(), Some("people_away"));
        assert_eq!(standing(false, Some(0)).template(), Some("people_closed"));
        assert!(!standing(false, Some(0)).is_staffed() && standing(true, Some(0)).is_staffed());
    }
}
