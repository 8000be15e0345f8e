//! What of this room is encrypted at rest: texts of messages, and addresses, which are found by a digest.

use crate::Channel;
use baton_base::{CaseId, ClientId, CustomerId, Result};
use baton_db::vault::{Class, Place};
use baton_db::{Row, Tx, params};

/// What a digest in the place of an address begins with; no address does, they hold no control characters.
const DIGEST: &str = "hmac:";
/// Addresses moved in one transaction.
const ROWS_MAX: i64 = 200;

fn message_row(case: &CaseId, seq: i64) -> String {
    format!("{case}/{seq}")
}

pub(crate) fn message(tx: &mut Tx, client: &ClientId, case: &CaseId, seq: i64, text: &str) -> Result<String> {
    let row = message_row(case, seq);
    tx.seal(&Place { client, class: Class::Message, table: "message", row: &row }, text)
}

pub(crate) fn open_message(tx: &mut Tx, client: &ClientId, case: &CaseId, seq: i64, stored: &str) -> Result<String> {
    let row = message_row(case, seq);
    tx.unseal(&Place { client, class: Class::Message, table: "message", row: &row }, stored)
}

/// What stands in the place of an address: without the client's key nobody can tell whose it is.
pub(crate) fn digest(tx: &mut Tx, client: &ClientId, channel: Channel, address: &str) -> Result<String> {
    Ok(format!("{DIGEST}{}", tx.lookup_digest(client, &said(channel, address))?))
}

/// The same for looking up; `None` where the client has never had a customer.
pub(crate) fn known_digest(tx: &mut Tx, client: &ClientId, channel: Channel, address: &str) -> Result<Option<String>> {
    Ok(tx.known_digest(client, &said(channel, address))?.map(|digest| format!("{DIGEST}{digest}")))
}

fn said(channel: Channel, address: &str) -> String {
    format!("{channel}\n{address}")
}

fn place<'a>(client: &'a ClientId, row: &'a str) -> Place<'a> {
    Place { client, class: Class::Identity, table: "customer_identity", row }
}

pub(crate) fn address(tx: &mut Tx, client: &ClientId, channel: Channel, digest: &str, address: &str) -> Result<String> {
    tx.seal(&place(client, &format!("{channel}/{digest}")), address)
}

/// The addresses of a customer, as they came: channel and address. Those of whoever is linked to them are theirs.
pub fn addresses(tx: &mut Tx, client: &ClientId, customer: &CustomerId) -> Result<Vec<(String, String)>> {
    let found = identities(tx, client, customer)?;
    Ok(found.into_iter().map(|one| (one.channel, one.address)).collect())
}

/// An address with what it stands under.
pub(crate) struct Known {
    pub channel: String,
    pub digest: String,
    pub address: String,
    /// Whose it is when nobody is linked.
    pub own: CustomerId,
}

/// The addresses of a customer, with what they stand under.
pub(crate) fn identities(tx: &mut Tx, client: &ClientId, customer: &CustomerId) -> Result<Vec<Known>> {
    let sql = "SELECT channel, address, sealed, COALESCE(came_as, customer_id) FROM customer_identity \
               WHERE client_id = $1 AND customer_id = $2 ORDER BY channel, address";
    let read = |r: &Row| Ok((r.text(0)?, r.text(1)?, r.text_opt(2)?, r.id(3)?));
    let rows = tx.query(sql, params![client, customer], read)?;
    let open = |(channel, digest, sealed, own): (String, String, Option<String>, CustomerId)| {
        let address = match sealed {
            Some(sealed) => tx.unseal(&place(client, &format!("{channel}/{digest}")), &sealed)?,
            None => digest.clone(),
        };
        Ok(Known { channel, digest, address, own })
    };
    rows.into_iter().map(open).collect()
}

/// Encrypts addresses that stand in clear, from before the vault, a few at a time; returns how many it found. Until it has
/// found none, their customers are not recognised: it runs before anything comes in.
pub fn seal_addresses(tx: &mut Tx, client: &ClientId) -> Result<usize> {
    let sql = format!(
        "SELECT channel, address FROM customer_identity WHERE client_id = $1 AND sealed IS NULL LIMIT {ROWS_MAX}"
    );
    let rows = tx.query(&sql, params![client], |r| Ok((r.id::<Channel>(0)?, r.text(1)?)))?;
    for (channel, clear) in &rows {
        let digest = digest(tx, client, *channel, clear)?;
        let kept = address(tx, client, *channel, &digest, clear)?;
        tx.overwriting(|tx| {
            tx.execute(
                "UPDATE customer_identity SET address = $4, sealed = $5 \
                 WHERE client_id = $1 AND channel = $2 AND address = $3",
                params![client, channel.as_str(), clear, digest, kept],
            )
        })?;
    }
    Ok(rows.len())
}
