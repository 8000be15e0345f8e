//! SQL of the tables `mailbox` and `mail`.

use baton_base::{CaseId, ClientId, Error, MessageId, Result};
use baton_cases::merged;
use baton_db::vault::{Class, Place};
use baton_db::{Row, Tx, params};
use baton_govern::{Ctx, Right};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Rows of a list.
const ROWS_MAX: i64 = 200;
/// One hour, milliseconds.
const HOUR_MS: i64 = 60 * 60 * 1000;

/// What a keyed digest begins with. Ids and digests of mails from before stand without.
pub(super) const KEYED: &str = "hmac:";

/// How far a mailbox was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct At {
    /// User, server and folder that the numbers are of; none where it was read last before this was written down.
    pub place: Option<String>,
    pub uid_validity: Option<i64>,
    pub uid_last: i64,
    pub since_ms: Option<i64>,
    /// Up to when all that came was seen to.
    pub seen_ms: Option<i64>,
}

fn at(r: &Row) -> Result<At> {
    Ok(At {
        uid_validity: r.int_opt(0)?,
        uid_last: r.int(1)?,
        since_ms: r.int_opt(2)?,
        place: r.text_opt(3)?,
        seen_ms: r.int_opt(4)?,
    })
}

/// Who holds a mailbox.
#[derive(Debug, Clone)]
pub(super) struct Holder {
    pub client: ClientId,
    pub mailbox: String,
    pub worker: String,
}

/// Takes a mailbox, or keeps it, for `lease_ms`; `None` where another node reads it. `seen_ms` says up to when all that came was
/// seen to, if that is known anew.
pub(super) fn hold(
    tx: &mut Tx,
    by: &Holder,
    (now_ms, lease_ms): (i64, i64),
    seen_ms: Option<i64>,
) -> Result<Option<At>> {
    tx.execute(
        "INSERT INTO mailbox (client_id, name, uid_last, lease_until_ms, state, changed_ms) \
         VALUES ($1, $2, 0, 0, 'connecting', $3) ON CONFLICT (client_id, name) DO NOTHING",
        params![by.client, by.mailbox, now_ms],
    )?;
    let sql = "UPDATE mailbox SET worker = $3, lease_until_ms = $5, seen_ms = COALESCE($6, seen_ms) \
               WHERE client_id = $1 AND name = $2 AND (worker = $3 OR lease_until_ms <= $4) \
               RETURNING uid_validity, uid_last, since_ms, place, seen_ms";
    let until_ms = now_ms.saturating_add(lease_ms);
    tx.query_opt(sql, params![by.client, by.mailbox, by.worker, now_ms, until_ms, seen_ms], at)
}

/// Lets another node read it.
pub(super) fn let_go(tx: &mut Tx, by: &Holder) -> Result<()> {
    let sql = "UPDATE mailbox SET worker = NULL, lease_until_ms = 0 WHERE client_id = $1 AND name = $2 AND worker = $3";
    tx.execute(sql, params![by.client, by.mailbox, by.worker]).map(|_| ())
}

/// Writes from where a mailbox is read on, and that it is connected.
pub(super) fn connected(tx: &mut Tx, by: &Holder, at: &At, now_ms: i64) -> Result<()> {
    let changed = tx.execute(
        "UPDATE mailbox SET uid_validity = $4, uid_last = $5, since_ms = $6, state = 'connected', error = NULL, \
         changed_ms = $7, place = $8 WHERE client_id = $1 AND name = $2 AND worker = $3",
        params![by.client, by.mailbox, by.worker, at.uid_validity, at.uid_last, at.since_ms, now_ms, at.place],
    )?;
    held(changed, by)
}

/// Writes why a mailbox is not read now.
pub(super) fn away(tx: &mut Tx, by: &Holder, error: &str, now_ms: i64) -> Result<()> {
    let sql = "UPDATE mailbox SET state = 'away', error = $4, changed_ms = $5 \
               WHERE client_id = $1 AND name = $2 AND worker = $3";
    tx.execute(sql, params![by.client, by.mailbox, by.worker, error.replace('\0', ""), now_ms]).map(|_| ())
}

/// The mail with this number has been seen to. A [`Error::Conflict`] where another node reads the mailbox by now: whatever
/// the transaction did is undone.
pub(super) fn advance(tx: &mut Tx, by: &Holder, uid: i64, received_ms: Option<i64>) -> Result<()> {
    let changed = tx.execute(
        "UPDATE mailbox SET uid_last = $4, received_ms = COALESCE($5, received_ms) \
         WHERE client_id = $1 AND name = $2 AND worker = $3 AND uid_last < $4",
        params![by.client, by.mailbox, by.worker, uid, received_ms],
    )?;
    held(changed, by)
}

fn held(changed: u64, by: &Holder) -> Result<()> {
    let lost = || Error::Conflict(format!("mailbox {} of {} is read by another node", by.mailbox, by.client));
    if changed == 1 { Ok(()) } else { Err(lost()) }
}

/// What is encrypted of a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Name beside the address.
    pub name: Option<String>,
    /// Who wrote it, and is answered.
    pub from: String,
    /// Who it was to.
    pub to: Vec<String>,
    /// Subject.
    pub subject: String,
    /// Ids of its thread, oldest first, without its own.
    pub references: Vec<String>,
    /// The whole text, with quotes and signature.
    pub text: String,
}

/// A mail that came in.
pub(super) struct NewMail<'a> {
    pub id: &'a str,
    pub uid_validity: i64,
    pub uid: i64,
    pub fate: &'a str,
    pub why: Option<&'a str>,
    pub digest: &'a str,
    pub sender: &'a str,
    pub rfc_id: Option<&'a str>,
    pub case: Option<&'a CaseId>,
    pub message: Option<&'a MessageId>,
    pub kept: &'a Kept,
    pub bytes: i64,
    pub received_ms: i64,
}

pub(crate) fn place<'a>(client: &'a ClientId, table: &'a str, row: &'a str) -> Place<'a> {
    Place { client, class: Class::Message, table, row }
}

/// The row of a reason, which is sealed beside the mail itself.
fn why_row(mail: &str) -> String {
    format!("{mail}/why")
}

/// The row of a file's name, which is sealed beside the file itself.
pub(crate) fn name_row(file: &str) -> String {
    format!("{file}/name")
}

/// By what a mail or a sender is found again: nobody without the client's key can tell whose it is.
fn keyed(tx: &mut Tx, client: &ClientId, kind: &str, text: &str) -> Result<String> {
    Ok(format!("{KEYED}{}", tx.lookup_digest(client, &format!("{kind}\n{text}"))?))
}

/// The digest of a mail's content, as it is kept.
pub(super) fn mail_digest(tx: &mut Tx, client: &ClientId, content: &str) -> Result<String> {
    keyed(tx, client, "mail", content)
}

pub(super) fn insert(tx: &mut Tx, by: &Holder, new: &NewMail<'_>) -> Result<()> {
    let mut whole = serde_json::to_value(new.kept).map_err(Error::broken)?;
    whole["rfc_id"] = new.rfc_id.into();
    let sealed = tx.seal(&place(&by.client, "mail", new.id), &whole.to_string())?;
    let why = new.why.map(|why| tx.seal(&place(&by.client, "mail", &why_row(new.id)), why)).transpose()?;
    let rfc_id = new.rfc_id.map(|id| keyed(tx, &by.client, "mail-id", id)).transpose()?;
    tx.execute(
        "INSERT INTO mail (client_id, mail_id, mailbox, uid_validity, uid, fate, why, digest, sender_digest, rfc_id, \
         case_id, message_id, sealed, bytes, received_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        params![
            by.client,
            new.id,
            by.mailbox,
            new.uid_validity,
            new.uid,
            new.fate,
            why,
            new.digest,
            new.sender,
            rfc_id,
            new.case,
            new.message,
            sealed,
            new.bytes,
            new.received_ms
        ],
    )?;
    Ok(())
}

/// Whether the same mail has come in by any mailbox. `content` is its digest without a key, as it was kept at first.
pub(super) fn is_known(tx: &mut Tx, client: &ClientId, digest: &str, content: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM mail WHERE client_id = $1 AND digest IN ($2, $3) LIMIT 1";
    Ok(tx.query_opt(sql, params![client, digest, content], |_| Ok(()))?.is_some())
}

/// By what the mails of one sender are counted and found: nobody can tell whose they are.
pub(super) fn sender_digest(tx: &mut Tx, client: &ClientId, address: &str) -> Result<String> {
    tx.lookup_digest(client, &sender(address))
}

pub(super) fn sender(address: &str) -> String {
    format!("mail-sender\n{}", address.trim().to_lowercase())
}

/// Mails of one sender in the last hour.
pub(super) fn recent(tx: &mut Tx, client: &ClientId, sender: &str, now_ms: i64) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM mail WHERE client_id = $1 AND sender_digest = $2 AND received_ms > $3";
    tx.query_one(sql, params![client, sender, now_ms - HOUR_MS], |r| r.int(0))
}

/// Mails set aside in one mailbox in the last hour.
pub(super) fn recent_asides(tx: &mut Tx, by: &Holder, now_ms: i64) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM mail WHERE client_id = $1 AND mailbox = $2 AND fate = 'aside' AND received_ms > $3";
    tx.query_one(sql, params![by.client, by.mailbox, now_ms - HOUR_MS], |r| r.int(0))
}

/// The case that a mail of a customer is in.
pub(super) fn case_of(tx: &mut Tx, client: &ClientId, rfc_id: &str) -> Result<Option<CaseId>> {
    let digest = keyed(tx, client, "mail-id", rfc_id)?;
    let sql = "SELECT case_id FROM mail WHERE client_id = $1 AND rfc_id IN ($2, $3) AND fate = 'case' LIMIT 1";
    tx.query_opt(sql, params![client, digest, rfc_id], |r| r.id(0))
}

/// A mail that is in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Id.
    pub id: String,
    /// The mailbox by which it came.
    pub mailbox: String,
    /// The message that it is in the case.
    pub message: Option<MessageId>,
    /// Its id among mails.
    pub rfc_id: Option<String>,
    /// When, milliseconds since the epoch.
    pub received_ms: i64,
    /// What it said.
    #[serde(flatten)]
    pub kept: Kept,
}

pub(super) const RECEIVED: &str = "mail_id, mailbox, message_id, rfc_id, received_ms, sealed, fate";

/// A mail as stored, with its fate.
pub(super) type Stored = (Received, String, String);

pub(super) fn stored(r: &Row) -> Result<Stored> {
    let found = Received {
        id: r.text(0)?,
        mailbox: r.text(1)?,
        message: r.id_opt(2)?,
        // Before, it stood in clear; since, it is sealed with the rest.
        rfc_id: r.text_opt(3)?.filter(|id| !id.starts_with(KEYED)),
        received_ms: r.int(4)?,
        kept: Kept::default(),
    };
    Ok((found, r.text(5)?, r.text(6)?))
}

/// Opens what is sealed of a mail.
pub(super) fn opened(tx: &mut Tx, client: &ClientId, (mut found, sealed, fate): Stored) -> Result<(Received, String)> {
    let text = tx.unseal(&place(client, "mail", &found.id), &sealed)?;
    if !text.is_empty() {
        let whole: Value = serde_json::from_str(&text).map_err(Error::broken)?;
        if let Some(id) = whole["rfc_id"].as_str() {
            found.rfc_id = Some(id.to_owned());
        }
        found.kept = serde_json::from_value(whole).map_err(Error::broken)?;
    }
    Ok((found, fate))
}

fn received(tx: &mut Tx, client: &ClientId, order: &str, case: &CaseId, max: i64) -> Result<Vec<Received>> {
    let sql = format!(
        "SELECT {RECEIVED} FROM mail WHERE client_id = $1 AND case_id = $2 AND fate = 'case' \
         ORDER BY received_ms {order}, mail_id {order} LIMIT $3"
    );
    let rows = tx.query(&sql, params![client, case, max], stored)?;
    rows.into_iter().map(|row| Ok(opened(tx, client, row)?.0)).collect()
}

/// The last mail in a case, those that were merged into it included: an answer goes to whoever wrote it, in its thread.
pub(super) fn last_of_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Option<Received>> {
    let mut last: Option<Received> = None;
    for case in merged::family(tx, client, case)? {
        let found = received(tx, client, "DESC", &case, 1)?.pop();
        last = last.into_iter().chain(found).max_by_key(|mail| mail.received_ms);
    }
    Ok(last)
}

/// The mails of a case and of those that were merged into it, whole, oldest first.
pub fn mails_of_family(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<Received>> {
    let mut all = Vec::new();
    for case in merged::family(tx, &ctx.client, case)? {
        all.extend(mails_of_case(tx, ctx, &case)?);
    }
    all.sort_by_key(|mail| mail.received_ms);
    Ok(all)
}

/// The mails of a case, whole, oldest first.
pub fn mails_of_case(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<Received>> {
    baton_cases::get(tx, ctx, case)?;
    received(tx, &ctx.client, "ASC", case, ROWS_MAX)
}

/// A mail as listed, without what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MailRow {
    /// Id.
    pub id: String,
    /// The mailbox by which it came.
    pub mailbox: String,
    /// Its number there.
    pub uid: i64,
    /// `case`, `again`, `own`, `auto`, `bounce` or `aside`.
    pub fate: String,
    /// Why it is no contact.
    pub why: Option<String>,
    /// Its case.
    pub case: Option<CaseId>,
    /// Size, bytes.
    pub bytes: i64,
    /// When, milliseconds since the epoch.
    pub received_ms: i64,
}

/// The newest mails of a mailbox, of one fate if it is named.
pub fn mails(tx: &mut Tx, ctx: &Ctx, mailbox: &str, fate: Option<&str>) -> Result<Vec<MailRow>> {
    ctx.allow(Right::ConnectorRead)?;
    let condition = if fate.is_some() { "fate = $3" } else { "$3 = ''" };
    let sql = format!(
        "SELECT mail_id, mailbox, uid, fate, why, case_id, bytes, received_ms FROM mail WHERE client_id = $1 \
         AND mailbox = $2 AND {condition} ORDER BY received_ms DESC, mail_id DESC LIMIT $4"
    );
    let mut all = tx.query(&sql, params![ctx.client, mailbox, fate.unwrap_or_default(), ROWS_MAX], |r| {
        Ok(MailRow {
            id: r.text(0)?,
            mailbox: r.text(1)?,
            uid: r.int(2)?,
            fate: r.text(3)?,
            why: r.text_opt(4)?,
            case: r.id_opt(5)?,
            bytes: r.int(6)?,
            received_ms: r.int(7)?,
        })
    })?;
    for mail in &mut all {
        if let Some(stored) = &mail.why {
            mail.why = Some(tx.unseal(&place(&ctx.client, "mail", &why_row(&mail.id)), stored)?);
        }
    }
    Ok(all)
}

/// How a mailbox stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MailboxState {
    /// Its name.
    pub name: String,
    /// `connecting`, `connected` or `away`.
    pub state: String,
    /// Why it is away.
    pub error: Option<String>,
    /// Since when it is so, milliseconds since the epoch.
    pub changed_ms: i64,
    /// When the last mail came.
    pub received_ms: Option<i64>,
    /// Up to which number it was read.
    pub uid_last: i64,
    /// Mails that were set aside.
    pub aside: i64,
}

/// How the mailboxes of a client stand, as far as any node has tried them.
pub fn states(tx: &mut Tx, client: &ClientId) -> Result<Vec<MailboxState>> {
    let sql = "SELECT b.name, b.state, b.error, b.changed_ms, b.received_ms, b.uid_last, (SELECT COUNT(*) FROM mail m \
               WHERE m.client_id = b.client_id AND m.mailbox = b.name AND m.fate = 'aside') \
               FROM mailbox b WHERE b.client_id = $1 ORDER BY b.name";
    tx.query(sql, params![client], |r| {
        Ok(MailboxState {
            name: r.text(0)?,
            state: r.text(1)?,
            error: r.text_opt(2)?,
            changed_ms: r.int(3)?,
            received_ms: r.int_opt(4)?,
            uid_last: r.int(5)?,
            aside: r.int(6)?,
        })
    })
}
