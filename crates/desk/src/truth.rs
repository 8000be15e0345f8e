//! What a customer is told when a case goes to people: how long it takes, or that nobody is there and when somebody is.
//! Nothing is said that is not so, and nothing where a client has no words for it.

use crate::actions::hands;
use crate::team::presence::GRACE_MS;
use crate::team::shared::{Load, waiting, waiting_in};
use crate::{Desk, Intake, Needs, Queue, State, stops, store, team};
use baton_base::{CaseId, ClientId, Error, Event, Result, WorkItemId};
use baton_cases::Saying;
use baton_db::{Db, Tx, params};
use baton_govern::{Ctx, ledger};
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;
/// The client's words where nobody is available, and outside of hours.
const AWAY: &str = "people_away";
const CLOSED: &str = "people_closed";
/// Customers of one queue who are told together.
const TOLD_AT_ONCE_MAX: i64 = 200;

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
            (false, _) => Some(CLOSED),
            (true, None) => Some(AWAY),
            (true, Some(wait)) if wait >= MINUTE_MS => Some("people_wait"),
            (true, Some(_)) => None,
        }
    }
}

/// How a queue stands now for an item that needs this: whoever is there and may not have it shortens no wait.
pub(crate) fn standing(
    tx: &mut Tx,
    client: &ClientId,
    intake: &Intake,
    (queue, needs): (&Queue, &Needs),
    now_ms: i64,
) -> Result<Standing> {
    let there = team::store::there(tx, client, now_ms)?;
    // What waits is of no interest where nobody works it off.
    let wait_ms = if team::store::places(&there, needs).0 > 0 {
        let waiting = waiting(tx, client)?;
        let load = Load::of(&there, intake, &waiting, now_ms);
        load.wait_ms((queue, needs), waiting_in(&waiting, &queue.name))
    } else {
        None
    };
    Ok(Standing {
        open: queue.is_open(now_ms),
        opens_ms: queue.next_open_ms(now_ms).filter(|ms| *ms > now_ms),
        wait_ms,
    })
}

/// Tells the customer how it stands, in the client's words: the templates `people_wait` (`wait_minutes`), `people_away` and
/// `people_closed` (`opens`, the time of the place), each with the other ways in which the queue is reached (`email`,
/// `call_back`). Of one item each is said once. True if it was said, now or before.
pub(crate) fn tell(
    tx: &mut Tx,
    ctx: &Ctx,
    desk: &Desk,
    case: &CaseId,
    (queue, standing): (&Queue, &Standing),
    item: &WorkItemId,
) -> Result<bool> {
    let (_, config) = desk.cases.config.live(&ctx.client)?;
    let Some(template) = standing.template().filter(|key| config.templates.has(key)) else { return Ok(false) };
    let found = baton_cases::get(tx, &ctx.as_system("desk"), case)?;
    // Whoever talks with a person is told of no queue in which other work on their case waits.
    if !found.row.state.is_live() || hands::is_with_member(&found) {
        return Ok(false);
    }
    let data = json!({
        "wait_minutes": standing.wait_ms.map(|ms| (ms + MINUTE_MS - 1) / MINUTE_MS),
        "opens": opens(queue, standing.opens_ms), "queue": queue.title,
        "email": queue.reach.email, "call_back": queue.reach.call_back,
    });
    let text = config.render(&found.row.language, template, &data, ctx.now_ms())?;
    let once = format!("people:{item}:{template}");
    let saying = Saying { text: &text, external_id: Some(&once), is_notice: true, ..Saying::default() };
    if baton_cases::say_once(tx, &ctx.as_system("desk"), case, &saying)?.duplicate {
        return Ok(true);
    }
    let facts = json!({"template": template, "wait_ms": standing.wait_ms, "opens_ms": standing.opens_ms});
    ledger::append(tx, ctx, Event::new(&ctx.client, "handoff.told", case).in_case(case).with(facts))?;
    Ok(true)
}

/// Tells whoever waits in a chat that nobody is there any more, or that it is closed by now: they were told of a wait, or of
/// nothing, and the people have gone since. What fails is logged and looked at again in the next round.
pub(crate) async fn keep_told(db: &Db, ctx: &Ctx, desk: &Desk) -> Result<()> {
    let (as_one, parts) = (ctx.clone(), desk.clone());
    for item in db.read(move |tx| untold(tx, &as_one, &parts)).await? {
        let (as_one, parts, id) = (ctx.clone(), desk.clone(), item.clone());
        if let Err(error) = db.write(move |tx| tell_again(tx, &as_one, &parts, &id)).await {
            tracing::warn!(client = %ctx.client, %item, %error, "a customer who waits could not be told that nobody is there");
        }
    }
    Ok(())
}

/// Chats that wait for a person although nobody who may have them is there, and whose customer has not been told so.
fn untold(tx: &mut Tx, ctx: &Ctx, desk: &Desk) -> Result<Vec<WorkItemId>> {
    let (client, now_ms) = (&ctx.client, ctx.now_ms());
    let before_ms = now_ms - GRACE_MS;
    let groups: Vec<(String, String)> = tx.query(
        "SELECT DISTINCT queue, needs FROM work_item WHERE client_id = $1 AND state = 'waiting' AND channel = 'chat' \
         AND kind IN ('takeover', 'reply') AND case_id IS NOT NULL AND queued_ms <= $2",
        params![client, before_ms],
        |r| Ok((r.text(0)?, r.text(1)?)),
    )?;
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let (intake, (_, config)) = (desk.live(client)?, desk.cases.config.live(client)?);
    let there = team::store::there(tx, client, now_ms)?;
    let mut untold = Vec::new();
    for (name, needs) in groups {
        let queue = intake.queue(&name).unwrap_or(intake.default_queue());
        let wanted: Needs = serde_json::from_str(&needs).map_err(Error::broken)?;
        let template = match (queue.is_open(now_ms), team::store::places(&there, &wanted)) {
            (false, _) => CLOSED,
            (true, (0, _)) => AWAY,
            (true, _) => continue,
        };
        if !config.templates.has(template) {
            continue;
        }
        let sql = format!(
            "SELECT w.work_item_id FROM work_item w JOIN case_file c ON c.client_id = w.client_id AND c.case_id = w.case_id \
             AND c.state IN ('open', 'waiting_customer', 'with_person') AND c.actor_kind <> 'member' \
             WHERE w.client_id = $1 AND w.state = 'waiting' AND w.channel = 'chat' AND w.kind IN ('takeover', 'reply') \
             AND w.queued_ms <= $2 AND w.queue = $3 AND w.needs = $4 \
             AND NOT EXISTS (SELECT 1 FROM message m WHERE m.client_id = w.client_id AND m.case_id = w.case_id \
             AND m.external_id = 'people:' || w.work_item_id || ':{template}') \
             ORDER BY w.queued_ms, w.work_item_id LIMIT $5"
        );
        let values = params![client, before_ms, name, needs, TOLD_AT_ONCE_MAX];
        untold.extend(tx.query(&sql, values, |r| r.id::<WorkItemId>(0))?);
    }
    Ok(untold)
}

/// Tells one of them, unless somebody has come or has the item by now.
fn tell_again(tx: &mut Tx, ctx: &Ctx, desk: &Desk, id: &WorkItemId) -> Result<bool> {
    let item = store::find(tx, &ctx.client, id)?.item;
    let (State::Waiting, Some(case)) = (item.state, &item.case) else { return Ok(false) };
    let intake = desk.live(&ctx.client)?;
    let queue = intake.queue(&item.queue).unwrap_or(intake.default_queue());
    let standing = standing(tx, &ctx.client, &intake, (queue, &item.needs), ctx.now_ms())?;
    if standing.is_staffed() {
        return Ok(false);
    }
    let told = tell(tx, ctx, desk, case, (queue, &standing), id)?;
    if told {
        // Where a stop gave it to people, it counts those who were told, and they hear when the AI goes on after all.
        stops::store::told(tx, &ctx.client, case, id)?;
    }
    Ok(told)
}

/// When it opens next, in words, by the clock of its place.
pub(crate) fn opens(queue: &Queue, opens_ms: Option<i64>) -> Value {
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
