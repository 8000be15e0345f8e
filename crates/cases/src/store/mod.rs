//! SQL of the tables `customer`, `customer_identity`, `case_counter`, `case_file` and `message`.

pub mod list;
pub(crate) mod sealed;
pub(crate) mod write;

use crate::{Case, CaseRow, Channel, MessageRow, NamedActor, NamedCustomer, Writer, limits};
use baton_base::{ArticleId, CaseId, Citation, ClientId, CustomerId, Error, MessageId, Result};
use baton_db::{Kind, Row, Tx, params};
use baton_govern::{Ctx, Right};

/// Columns of a [`CaseRow`], from `case_file c JOIN customer u`.
pub(crate) const ROW: &str = "c.client_id, c.case_id, c.number, c.subject, c.channel, c.intent, c.confidence, c.state, \
     c.actor_kind, c.actor, c.customer_id, u.name, c.language, c.outcome, c.opened_ms, c.changed_ms, c.due_ms, \
     c.message_count";
/// Columns of a [`Case`] after those of its row.
const REST: &str = "c.fields, c.identity, c.run_id, c.release_id, c.outcome_by, c.first_reply_ms, c.closed_ms, \
     c.external_id, c.person_touched, c.held_from_seq, c.reply_by, \
     c.reply_to, c.came_as, c.upset";
pub(crate) const FROM: &str =
    "FROM case_file c JOIN customer u ON u.client_id = c.client_id AND u.customer_id = c.customer_id";

pub(crate) fn read_row(r: &Row) -> Result<CaseRow> {
    Ok(CaseRow {
        client: r.id(0)?,
        id: r.id(1)?,
        number: r.int(2)?,
        subject: r.text(3)?,
        channel: r.text(4)?.parse()?,
        intent: r.text_opt(5)?,
        confidence: r.real_opt(6)?,
        state: r.text(7)?.parse()?,
        actor: NamedActor { kind: r.text(8)?, name: r.text(9)? },
        customer: NamedCustomer { id: r.id(10)?, name: r.text(11)? },
        language: r.text(12)?,
        outcome: r.text_opt(13)?,
        opened_ms: r.int(14)?,
        changed_ms: r.int(15)?,
        due_ms: r.int_opt(16)?,
        message_count: r.int(17)?,
    })
}

fn read_case(r: &Row) -> Result<Case> {
    Ok(Case {
        row: read_row(r)?,
        fields: r.json(18)?,
        identity: r.json_opt(19)?,
        run: r.id_opt(20)?,
        release: r.id(21)?,
        outcome_by: r.text_opt(22)?,
        first_reply_ms: r.int_opt(23)?,
        closed_ms: r.int_opt(24)?,
        external_id: r.text_opt(25)?,
        person_touched: r.int(26)? != 0,
        held_from_seq: r.int_opt(27)?,
        reply_by: r.id_opt(28)?,
        reply_to: r.text_opt(29)?,
        came_as: r.id_opt(30)?,
        upset: r.int_opt(31)?.map(|upset| upset != 0),
    })
}

pub(crate) fn not_found(case: &CaseId) -> Error {
    Error::not_found(format!("case {case}"))
}

/// A whole case. Another client's case does not exist.
pub fn get(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Case> {
    ctx.allow(Right::CaseRead)?;
    find(tx, &ctx.client, case)?.ok_or_else(|| not_found(case))
}

pub(crate) fn find(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Option<Case>> {
    let sql = format!("SELECT {ROW}, {REST} {FROM} WHERE c.client_id = $1 AND c.case_id = $2");
    tx.query_opt(&sql, params![client, case], read_case)
}

/// The same, locked until the commit where rows are locked one by one.
pub(crate) fn lock(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Case> {
    let lock = match tx.kind() {
        Kind::Sqlite => "",
        Kind::Postgres => "FOR UPDATE OF c",
    };
    let sql = format!("SELECT {ROW}, {REST} {FROM} WHERE c.client_id = $1 AND c.case_id = $2 {lock}");
    tx.query_opt(&sql, params![client, case], read_case)?.ok_or_else(|| not_found(case))
}

/// One line of the list of cases.
pub fn row(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<CaseRow> {
    get(tx, ctx, case).map(|case| case.row)
}

const MESSAGE: &str = "m.message_id, m.case_id, m.seq, m.author_kind, m.author, m.author_version, m.body, m.articles, m.sent_ms, \
     m.sources, m.via_case, m.copy_of";

fn read_message(r: &Row) -> Result<MessageRow> {
    let articles: Option<Vec<ArticleId>> = r.json_as_opt(7)?;
    let sources: Option<Vec<Citation>> = r.json_as_opt(9)?;
    Ok(MessageRow {
        id: r.id(0)?,
        case: r.id(1)?,
        seq: r.int(2)?,
        author: Writer { kind: r.text(3)?, name: r.text(4)?, version: r.text_opt(5)? },
        text: r.text(6)?,
        articles: articles.unwrap_or_default(),
        sources: sources.unwrap_or_default(),
        sent_ms: r.int(8)?,
        via_case: r.id_opt(10)?,
        copy_of: r.id_opt(11)?,
    })
}

/// Messages of a case after a sequence number, oldest first, at most [`limits::MESSAGES_PAGE_MAX`].
pub fn messages(tx: &mut Tx, ctx: &Ctx, case: &CaseId, after_seq: i64) -> Result<Vec<MessageRow>> {
    ctx.allow(Right::CaseRead)?;
    let found = messages_after(tx, &ctx.client, case, after_seq, limits::MESSAGES_PAGE_MAX)?;
    if found.is_empty() && find(tx, &ctx.client, case)?.is_none() {
        return Err(not_found(case));
    }
    Ok(found)
}

/// The newest messages of a case, oldest first, at most [`limits::MESSAGES_PAGE_MAX`]: of a conversation that is longer than a page,
/// what was said last is what somebody has to see.
pub fn latest_messages(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<MessageRow>> {
    let before = get(tx, ctx, case)?.row.message_count - limits::MESSAGES_PAGE_MAX;
    messages(tx, ctx, case, before.max(0))
}

/// One message of a case, by its number.
pub fn message(tx: &mut Tx, ctx: &Ctx, case: &CaseId, seq: i64) -> Result<Option<MessageRow>> {
    ctx.allow(Right::CaseRead)?;
    let found = messages_after(tx, &ctx.client, case, seq - 1, 1)?;
    Ok(found.into_iter().next().filter(|message| message.seq == seq))
}

pub(crate) fn messages_after(
    tx: &mut Tx,
    client: &ClientId,
    case: &CaseId,
    after: i64,
    max: i64,
) -> Result<Vec<MessageRow>> {
    let sql = format!(
        "SELECT {MESSAGE} FROM message m WHERE m.client_id = $1 AND m.case_id = $2 AND m.seq > $3 ORDER BY m.seq LIMIT $4"
    );
    let mut found = tx.query(&sql, params![client, case, after, max], read_message)?;
    for message in &mut found {
        message.text = sealed::open_message(tx, client, case, message.seq, &message.text)?;
    }
    Ok(found)
}

/// A message by its id, where it is of one of these cases.
pub fn message_of(tx: &mut Tx, ctx: &Ctx, cases: &[CaseId], id: &MessageId) -> Result<Option<MessageRow>> {
    ctx.allow(Right::CaseRead)?;
    Ok(message_by_id(tx, &ctx.client, id)?.filter(|message| cases.contains(&message.case)))
}

/// One message by its id, with its text.
pub(crate) fn message_by_id(tx: &mut Tx, client: &ClientId, id: &MessageId) -> Result<Option<MessageRow>> {
    let sql = format!("SELECT {MESSAGE} FROM message m WHERE m.client_id = $1 AND m.message_id = $2");
    let Some(mut found) = tx.query_opt(&sql, params![client, id], read_message)? else { return Ok(None) };
    found.text = sealed::open_message(tx, client, &found.case, found.seq, &found.text)?;
    Ok(Some(found))
}

/// The last message that the customer wrote in a case.
pub fn last_message_id(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Option<MessageId>> {
    let sql = "SELECT message_id FROM message WHERE client_id = $1 AND case_id = $2 AND author_kind = 'customer' \
               ORDER BY seq DESC LIMIT 1";
    tx.query_opt(sql, params![client, case], |r| r.id(0))
}

/// Whether a member has written in a case since one of its messages came.
pub fn is_answered(tx: &mut Tx, client: &ClientId, case: &CaseId, message: &MessageId) -> Result<bool> {
    let sql = "SELECT seq FROM message WHERE client_id = $1 AND case_id = $2 AND author_kind = 'member' AND seq > \
               (SELECT seq FROM message WHERE client_id = $1 AND case_id = $2 AND message_id = $3) LIMIT 1";
    Ok(tx.query_opt(sql, params![client, case, message], |r| r.int(0))?.is_some())
}

/// The sequence number of a member's last message in a case, 0 without one.
pub(crate) fn last_member_seq(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<i64> {
    let sql = "SELECT seq FROM message WHERE client_id = $1 AND case_id = $2 AND author_kind = 'member' \
               ORDER BY seq DESC LIMIT 1";
    Ok(tx.query_opt(sql, params![client, case], |r| r.int(0))?.unwrap_or(0))
}

/// The customer behind an address of a channel, if there is one.
pub fn customer_at(tx: &mut Tx, client: &ClientId, channel: Channel, address: &str) -> Result<Option<CustomerId>> {
    let sql = "SELECT customer_id FROM customer_identity WHERE client_id = $1 AND channel = $2 AND address = $3";
    let Some(digest) = sealed::known_digest(tx, client, channel, address)? else { return Ok(None) };
    tx.query_opt(sql, params![client, channel.as_str(), digest], |r| r.id(0))
}

/// The case of a message of Baton's side, if there is one: what an answer to it belongs to.
pub fn case_of_said(tx: &mut Tx, client: &ClientId, message: &MessageId) -> Result<Option<CaseId>> {
    let sql = "SELECT case_id FROM message WHERE client_id = $1 AND message_id = $2 AND author_kind <> 'customer'";
    tx.query_opt(sql, params![client, message], |r| r.id(0))
}
