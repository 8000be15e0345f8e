//! What the mails of one person hold, and that it is taken out: of their cases, and of their address where there was no case.

use super::store::{KEYED, RECEIVED, Received, mail_digest, opened, place, sender, sender_digest, stored};
use baton_base::{CaseId, ClientId, CustomerId, MessageId, Result};
use baton_db::{Tx, params};
use serde::Serialize;

/// A mail of somebody that is no contact: what a program sent in their name, what came twice, what was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Beside {
    /// What became of it, as in [`super::MailRow`].
    pub fate: String,
    /// The mail.
    #[serde(flatten)]
    pub mail: Received,
}

/// The mails from an address that are no contacts, oldest first.
pub fn beside_cases(tx: &mut Tx, client: &ClientId, address: &str) -> Result<Vec<Beside>> {
    let Some(digest) = tx.known_digest(client, &sender(address))? else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT {RECEIVED} FROM mail WHERE client_id = $1 AND sender_digest = $2 AND fate <> 'case' \
         ORDER BY received_ms, mail_id"
    );
    let rows = tx.query(&sql, params![client, digest], stored)?;
    let open = |row| opened(tx, client, row).map(|(mail, fate)| Beside { fate, mail });
    rows.into_iter().map(open).collect()
}

/// Takes what the mails of a case said, and its files, out of this room's tables, but for what another customer sent, whose case
/// was merged into it. Returns how many of each.
pub fn erase_case(tx: &mut Tx, client: &ClientId, case: &CaseId, customer: &CustomerId) -> Result<(u64, u64)> {
    let files = tx.execute(
        "DELETE FROM attachment WHERE client_id = $1 AND case_id = $2 AND NOT EXISTS (SELECT 1 FROM message m \
         WHERE m.client_id = attachment.client_id AND m.message_id = attachment.message_id \
         AND m.author_kind = 'customer' AND m.author <> $3)",
        params![client, case, customer],
    )?;
    let mails = tx.query(
        "SELECT l.mail_id, l.digest FROM mail l WHERE l.client_id = $1 AND l.case_id = $2 AND NOT EXISTS (SELECT 1 \
         FROM message m WHERE m.client_id = l.client_id AND m.message_id = l.message_id \
         AND m.author_kind = 'customer' AND m.author <> $3)",
        params![client, case, customer],
        |r| Ok((r.text(0)?, r.text(1)?)),
    )?;
    Ok((empty(tx, client, &mails)?, files))
}

/// The same for one message that a customer sent to the case of another.
pub fn erase_message(tx: &mut Tx, client: &ClientId, message: &MessageId) -> Result<(u64, u64)> {
    let sql = "DELETE FROM attachment WHERE client_id = $1 AND message_id = $2";
    let files = tx.execute(sql, params![client, message])?;
    let sql = "SELECT mail_id, digest FROM mail WHERE client_id = $1 AND message_id = $2";
    let mails = tx.query(sql, params![client, message], |r| Ok((r.text(0)?, r.text(1)?)))?;
    Ok((empty(tx, client, &mails)?, files))
}

/// The same of the mails from an address, in a case or not. Returns how many.
pub fn erase_sender(tx: &mut Tx, client: &ClientId, address: &str) -> Result<u64> {
    let digest = sender_digest(tx, client, address)?;
    let sql = "SELECT mail_id, digest FROM mail WHERE client_id = $1 AND sender_digest = $2";
    let mails = tx.query(sql, params![client, digest], |r| Ok((r.text(0)?, r.text(1)?)))?;
    empty(tx, client, &mails)
}

/// Empties mails, each by its id and the digest of its content. That one was here stays, so that it is not taken in again.
pub(super) fn empty(tx: &mut Tx, client: &ClientId, mails: &[(String, String)]) -> Result<u64> {
    for (id, digest) in mails {
        let nothing = tx.seal(&place(client, "mail", id), "")?;
        let digest = if digest.starts_with(KEYED) { digest.clone() } else { mail_digest(tx, client, digest)? };
        tx.execute(
            "UPDATE mail SET sealed = $3, sender_digest = '', rfc_id = NULL, why = NULL, digest = $4 \
             WHERE client_id = $1 AND mail_id = $2",
            params![client, id, nothing, digest],
        )?;
    }
    Ok(mails.len() as u64)
}
