//! SQL of the tables `work_item` and `packet`, and a reading eye on the effects of a case.

pub mod before;
pub mod day;
pub(crate) mod hands;
pub mod list;
pub mod of_run;
pub(crate) mod packets;
pub(crate) mod passes;

use crate::{OnDone, WorkItem, WorkItemDetail, limits};
use baton_base::{CallId, CaseId, ClientId, Error, MemberId, PacketId, Result, RunId, WorkItemId};
use baton_db::{Row, Tx, params};
use baton_govern::{Ctx, Right};
use serde_json::Value;

/// Columns of a [`WorkItem`], from [`FROM`].
/// The level as an expression: for the least of a column SQLite would read the marks of the whole client in the order of an index that
/// begins with it.
pub(crate) const ROW: &str = "w.client_id, w.work_item_id, w.kind, w.queue, w.title, w.case_id, c.number, w.state, \
     w.claimed_by, w.priority, w.due_ms, w.opened_ms, w.ended_ms, w.needs, p.trigger_name, p.completeness, w.requested_by, \
     w.channel, w.claimed_ms, (SELECT MIN(k.level || '') FROM sla_mark k WHERE k.client_id = w.client_id \
     AND k.subject = w.work_item_id AND k.clock = 'decision')";
pub(crate) const REST: &str = "w.form, p.body, w.result, w.run_id, w.call_id, w.on_done, w.packet_id";
pub(crate) const FROM: &str = "FROM work_item w \
     LEFT JOIN case_file c ON c.client_id = w.client_id AND c.case_id = w.case_id \
     LEFT JOIN packet p ON p.client_id = w.client_id AND p.packet_id = w.packet_id";

pub(crate) fn read_row(r: &Row) -> Result<WorkItem> {
    Ok(WorkItem {
        client: r.id(0)?,
        id: r.id(1)?,
        kind: r.id(2)?,
        queue: r.text(3)?,
        title: r.text(4)?,
        case: r.id_opt(5)?,
        case_number: r.int_opt(6)?,
        state: r.id(7)?,
        claimed_by: r.id_opt(8)?,
        priority: r.int(9)?,
        due_ms: r.int(10)?,
        opened_ms: r.int(11)?,
        ended_ms: r.int_opt(12)?,
        needs: r.json_as(13)?,
        trigger: r.text_opt(14)?,
        completeness: r.real_opt(15)?,
        requested_by: r.text(16)?,
        channel: r.text(17)?,
        claimed_ms: r.int_opt(18)?,
        // Of the two words the worse one comes first.
        clock: r.text_opt(19)?,
    })
}

/// A work item with its packet as it is stored.
type Stored = (WorkItemDetail, Option<(String, String)>);

pub(crate) fn read_detail(r: &Row) -> Result<Stored> {
    let packet = r.text_opt(26)?.zip(r.text_opt(21)?);
    let detail = WorkItemDetail {
        item: read_row(r)?,
        form: r.json_as(20)?,
        packet: None,
        result: r.json_opt(22)?,
        run: r.id_opt(23)?,
        call: r.id_opt(24)?,
        on_done: r.id(25)?,
        packet_id: r.id_opt(26)?,
        handoff: None,
        before: None,
    };
    Ok((detail, packet))
}

/// The same with the packet opened.
pub(crate) fn opened(tx: &mut Tx, client: &ClientId, (detail, packet): Stored) -> Result<WorkItemDetail> {
    let packet = packet.map(|(id, body)| packets::open(tx, client, &id, &body)).transpose()?;
    Ok(WorkItemDetail { packet, ..detail })
}

pub(crate) fn not_found(item: &WorkItemId) -> Error {
    Error::not_found(format!("work item {item}"))
}

/// One work item as a list shows it. Another client's does not exist.
pub fn get(tx: &mut Tx, ctx: &Ctx, item: &WorkItemId) -> Result<WorkItem> {
    detail(tx, ctx, item).map(|detail| detail.item)
}

/// One work item with form, packet and result.
pub fn detail(tx: &mut Tx, ctx: &Ctx, item: &WorkItemId) -> Result<WorkItemDetail> {
    ctx.allow(Right::WorkRead)?;
    let mut found = find(tx, &ctx.client, item)?;
    if let Some(packet) = &found.packet_id {
        found.handoff = packets::handoff(tx, &ctx.client, packet)?.map(|handoff| handoff.shown());
    }
    found.before = before::of(tx, &ctx.client, &found, ctx.member_id())?;
    Ok(found)
}

pub(crate) fn find(tx: &mut Tx, client: &ClientId, item: &WorkItemId) -> Result<WorkItemDetail> {
    let sql = format!("SELECT {ROW}, {REST} {FROM} WHERE w.client_id = $1 AND w.work_item_id = $2");
    let found = tx.query_opt(&sql, params![client, item], read_detail)?.ok_or_else(|| not_found(item))?;
    opened(tx, client, found)
}

/// The work items of a case, newest first.
pub fn of_case(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<WorkItem>> {
    ctx.allow(Right::WorkRead)?;
    let sql =
        format!("SELECT {ROW} {FROM} WHERE w.client_id = $1 AND w.case_id = $2 ORDER BY w.work_item_id DESC LIMIT $3");
    tx.query(&sql, params![ctx.client, case, limits::CASE_ITEMS_MAX], read_row)
}

/// Items of a case that are waiting or claimed, oldest first.
pub(crate) fn live_of_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<WorkItemDetail>> {
    let sql = format!(
        "SELECT {ROW}, {REST} {FROM} WHERE w.client_id = $1 AND w.case_id = $2 AND w.state IN ('waiting', 'claimed') \
         ORDER BY w.work_item_id LIMIT $3"
    );
    let found = tx.query(&sql, params![client, case, limits::CASE_ITEMS_MAX], read_detail)?;
    found.into_iter().map(|found| opened(tx, client, found)).collect()
}

/// Items that a call of a run, or one of its steps, waits for.
pub(crate) fn live_of_call(tx: &mut Tx, client: &ClientId, run: &RunId, call: &CallId) -> Result<Vec<WorkItemDetail>> {
    let sql = format!(
        "SELECT {ROW}, {REST} {FROM} WHERE w.client_id = $1 AND w.run_id = $2 AND w.call_id IS NOT NULL \
         AND w.state IN ('waiting', 'claimed')"
    );
    let mut found = tx.query(&sql, params![client, run], read_detail)?;
    found.retain(|(item, _)| item.call.as_ref().is_some_and(|of| call.covers(of.as_str())));
    found.into_iter().map(|found| opened(tx, client, found)).collect()
}

pub(crate) struct Insert<'a> {
    pub item: &'a WorkItemId,
    pub kind: &'a str,
    pub queue: &'a str,
    pub title: &'a str,
    pub case: Option<&'a CaseId>,
    pub waiting: Option<&'a (RunId, CallId)>,
    pub run: Option<&'a RunId>,
    pub packet: Option<&'a PacketId>,
    pub form: &'a Value,
    pub needs: &'a Value,
    pub own_needs: &'a Value,
    pub priority: i64,
    pub requested_by: &'a str,
    pub now_ms: i64,
    pub due_ms: i64,
    pub on_done: OnDone,
    pub channel: &'a str,
    pub owner: Option<(&'a MemberId, i64)>,
}

pub(crate) fn insert(tx: &mut Tx, client: &ClientId, new: &Insert<'_>) -> Result<()> {
    tx.execute(
        "INSERT INTO work_item (client_id, work_item_id, kind, queue, title, case_id, run_id, call_id, packet_id, form, \
         needs, priority, state, requested_by, opened_ms, due_ms, on_done, channel, sticky_member, sticky_until_ms, \
         queued_ms, own_needs) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'waiting', $13, $14, $15, $16, $17, $18, $19, $14, $20)",
        params![
            client,
            new.item,
            new.kind,
            new.queue,
            new.title,
            new.case,
            new.waiting.map(|(run, _)| run).or(new.run),
            new.waiting.map(|(_, call)| call),
            new.packet,
            new.form,
            new.needs,
            new.priority,
            new.requested_by,
            new.now_ms,
            new.due_ms,
            new.on_done.as_str(),
            new.channel,
            new.owner.map(|(member, _)| member),
            new.owner.map(|(_, until_ms)| until_ms),
            new.own_needs
        ],
    )?;
    Ok(())
}

/// Takes a waiting item: true for exactly one of those who try at once.
pub(crate) fn claim(tx: &mut Tx, client: &ClientId, item: &WorkItemId, by: &MemberId, now_ms: i64) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE work_item SET state = 'claimed', claimed_by = $3, claimed_ms = $4 \
         WHERE client_id = $1 AND work_item_id = $2 AND state = 'waiting'",
        params![client, item, by, now_ms],
    )?;
    Ok(changed == 1)
}

/// Puts a claimed item back; false if this member does not have it.
pub(crate) fn release(tx: &mut Tx, client: &ClientId, item: &WorkItemId, by: &MemberId, now_ms: i64) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE work_item SET state = 'waiting', claimed_by = NULL, claimed_ms = NULL, given_by = NULL, \
         released_by = $3, sticky_member = NULL, sticky_until_ms = NULL, queued_ms = $4 \
         WHERE client_id = $1 AND work_item_id = $2 AND state = 'claimed' AND claimed_by = $3",
        params![client, item, by, now_ms],
    )?;
    Ok(changed == 1)
}

/// Writes a decision; false if this member does not have the item, or no longer.
pub(crate) fn finish(
    tx: &mut Tx,
    client: &ClientId,
    item: &WorkItemId,
    by: &MemberId,
    result: &Value,
    now_ms: i64,
) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE work_item SET state = 'done', result = $4, ended_ms = $5 \
         WHERE client_id = $1 AND work_item_id = $2 AND state = 'claimed' AND claimed_by = $3",
        params![client, item, by, result, now_ms],
    )?;
    Ok(changed == 1)
}

/// Withdraws an item that nobody has decided, or `only_waiting` one that nobody has; false if it was, or somebody has.
pub(crate) fn cancel(
    tx: &mut Tx,
    client: &ClientId,
    item: &WorkItemId,
    only_waiting: bool,
    now_ms: i64,
) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE work_item SET state = 'cancelled', ended_ms = $3 WHERE client_id = $1 AND work_item_id = $2 \
         AND (state = 'waiting' OR (state = 'claimed' AND $4 = 0))",
        params![client, item, now_ms, i64::from(only_waiting)],
    )?;
    Ok(changed == 1)
}

/// An effect as a packet tells of it.
pub(crate) struct EffectLine {
    pub id: String,
    pub action: String,
    pub writes: bool,
    pub state: String,
    pub requested_ms: i64,
    pub finished_ms: Option<i64>,
}

/// The latest effects of a case, oldest first.
pub(crate) fn effects(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<EffectLine>> {
    let mut lines = tx.query(
        "SELECT effect_id, action, writes, state, requested_ms, finished_ms FROM effect \
         WHERE client_id = $1 AND case_id = $2 ORDER BY effect_id DESC LIMIT $3",
        params![client, case, limits::PACKET_STEPS_MAX],
        |r| {
            Ok(EffectLine {
                id: r.text(0)?,
                action: r.text(1)?,
                writes: r.bool(2)?,
                state: r.text(3)?,
                requested_ms: r.int(4)?,
                finished_ms: r.int_opt(5)?,
            })
        },
    )?;
    lines.reverse();
    Ok(lines)
}
