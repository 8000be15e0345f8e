//! A work item is opened.

use crate::actions::hands;
use crate::route::sticky_until_ms;
use crate::{Desk, Intake, Kind, NewItem, Queue, limits, store};
use baton_base::{Error, Event, MemberId, QueueId, Result, WorkItemId};
use baton_db::Tx;
use baton_govern::{Ctx, ledger};
use serde_json::{Value, json, to_value};

/// Channel of work that belongs to no conversation.
const TASK: &str = "task";

/// Opens a work item in a queue of the live release, and gives its case to that queue unless a person has it.
pub fn open_item(tx: &mut Tx, ctx: &Ctx, desk: &Desk, new: NewItem) -> Result<WorkItemId> {
    let id = insert_item(tx, ctx, desk, &new)?;
    if let Some(case) = &new.case {
        let intake = desk.live(&ctx.client)?;
        let queue = queue_of(&intake, new.queue.as_deref());
        hands::to_queue(tx, ctx, case, &queue.name)?;
    }
    Ok(id)
}

/// Writes the item and its ledger entry; who has the case stays as it is.
pub(crate) fn insert_item(tx: &mut Tx, ctx: &Ctx, desk: &Desk, new: &NewItem) -> Result<WorkItemId> {
    new.form.check()?;
    let intake = desk.live(&ctx.client)?;
    let queue = queue_of(&intake, new.queue.as_deref());
    let needs = new.needs.clone().and(&queue.needs);
    if new.needs.count() > limits::NEEDS_MAX {
        return Err(Error::Limit(format!("a work item asks for at most {} things", limits::NEEDS_MAX)));
    }
    if !(1..=9).contains(&new.priority) {
        return Err(Error::invalid_at("priority", format!("priority {}", new.priority), "give 1 (urgent) to 9"));
    }
    let due_in_ms = new.due_in_ms.or(queue.sla_ms).unwrap_or(limits::DUE_MS_DEFAULT);
    let id = WorkItemId::known(ctx.id(WorkItemId::PREFIX));
    let astray = astray(&intake, new.queue.as_deref());
    let title = one_line(&titled(new, astray.as_ref()));
    let due_ms = match new.due_in_ms {
        Some(ms) => ctx.now_ms().saturating_add(ms),
        None => queue.due_ms(ctx.now_ms(), due_in_ms),
    };
    let (channel, owner) = of_case(tx, ctx, new)?;
    let until_ms = sticky_until_ms(ctx.now_ms(), due_ms);
    let row = store::Insert {
        item: &id,
        kind: new.kind.as_str(),
        queue: &queue.name,
        title: &title,
        case: new.case.as_ref(),
        waiting: new.waiting.as_ref(),
        run: new.run.as_ref(),
        packet: new.packet.as_ref(),
        form: &to_value(&new.form).map_err(Error::broken)?,
        needs: &to_value(&needs).map_err(Error::broken)?,
        own_needs: &to_value(&new.needs).map_err(Error::broken)?,
        priority: new.priority,
        requested_by: &new.requested_by.to_string(),
        now_ms: ctx.now_ms(),
        due_ms,
        on_done: new.on_done,
        channel: &channel,
        owner: owner.as_ref().map(|member| (member, until_ms)),
    };
    store::insert(tx, &ctx.client, &row)?;
    tell(tx, ctx, &id, new, (queue.name.as_str(), due_ms), astray.as_ref())?;
    Ok(id)
}

/// Says in the ledger that an item waits, and where; and of one that was meant for another queue, why it does not wait there.
fn tell(
    tx: &mut Tx,
    ctx: &Ctx,
    id: &WorkItemId,
    new: &NewItem,
    (queue, due_ms): (&str, i64),
    astray: Option<&Astray>,
) -> Result<()> {
    let of_item = |kind: &str, data: Value| {
        let mut event = Event::new(&ctx.client, kind, id).with(data);
        event.case.clone_from(&new.case);
        event.run = new.waiting.as_ref().map(|(run, _)| run).or(new.run.as_ref()).cloned();
        event
    };
    let mut opened = json!({
        "kind": new.kind, "queue": queue, "priority": new.priority, "due_ms": due_ms,
        "requested_by": new.requested_by.to_string(),
    });
    if let Some(astray) = astray {
        opened["asked_queue"] = json!(astray.asked);
    }
    ledger::append(tx, ctx, of_item("work_item.opened", opened))?;
    let Some(astray) = astray else { return Ok(()) };
    let unknown = json!({"asked_queue": astray.asked, "queue": queue, "reason": astray.why});
    ledger::append(tx, ctx, of_item("work_item.queue_unknown", unknown))?;
    Ok(())
}

/// A queue that is asked for and is not there.
pub(crate) struct Astray {
    /// Its name, as far as it is one.
    asked: Option<String>,
    /// What happened instead, in words.
    pub why: String,
}

/// What to say where the live release has no queue of the name that is asked for; `None` where it has, or where none is asked for.
pub(crate) fn astray(intake: &Intake, asked: Option<&str>) -> Option<Astray> {
    let asked = asked.filter(|name| intake.queue(name).is_none())?;
    // An expression comes to anything, a customer's words too: what is no name stays out of the ledger.
    let asked = asked.parse::<QueueId>().is_ok().then(|| asked.to_owned());
    let meant = match &asked {
        Some(name) => format!("It was meant for the queue '{name}', which the live release does not have"),
        None => "The process computed something that is no name of a queue".to_owned(),
    };
    let why = format!("{meant}; it waits in the default one, {}.", intake.default_queue().title);
    Some(Astray { asked, why })
}

/// The title of an item; where no packet can say why it waits elsewhere than it was meant to, the title does.
fn titled(new: &NewItem, astray: Option<&Astray>) -> String {
    match astray.and_then(|astray| astray.asked.as_deref()) {
        Some(asked) if new.case.is_none() => {
            format!("{} (meant for the queue '{asked}', which is not there)", new.title)
        }
        Some(_) | None => new.title.clone(),
    }
}

/// The channel whose places the item takes, and whoever worked on its case before.
fn of_case(tx: &mut Tx, ctx: &Ctx, new: &NewItem) -> Result<(String, Option<MemberId>)> {
    let Some(case) = &new.case else { return Ok((TASK.to_owned(), None)) };
    let channel = baton_cases::get(tx, &ctx.as_system("desk"), case)?.row.channel;
    let owner = store::hands::last_of_case(tx, &ctx.client, case)?;
    // An approval is for other eyes, and a task beside the conversation.
    if new.kind == Kind::Approval { Ok((TASK.to_owned(), None)) } else { Ok((channel.to_string(), owner)) }
}

/// The queue that is named. Where the live release has none of that name (a run of an earlier one names it, or an expression
/// has computed it), the default one: what goes to people is never left without an owner.
fn queue_of<'a>(intake: &'a Intake, name: Option<&str>) -> &'a Queue {
    name.and_then(|name| intake.queue(name)).unwrap_or(intake.default_queue())
}

fn one_line(title: &str) -> String {
    let words = title.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_control()).take(limits::TITLE_CHARS_MAX).collect()
}
