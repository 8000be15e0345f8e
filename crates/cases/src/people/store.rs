//! SQL of the tables `customer_link` and `customer_trait`, and of what a link moves.

use super::rules::{Seen, Trait};
use crate::store::sealed;
use crate::{Channel, NamedCustomer};
use baton_base::{CaseId, ClientId, CustomerId, Result};
use baton_db::{Kind, Row, Tx, params};
use serde_json::Value;

/// Customers found by one trait, count.
const SAME_MAX: i64 = 10;
/// Cases of a customer that are looked at for traits, the newest.
const CASES_MAX: i64 = 20;

/// The customer that this one is: themselves, or the one they are linked into.
pub fn main_of(tx: &mut Tx, client: &ClientId, customer: &CustomerId) -> Result<CustomerId> {
    let sql = "SELECT into_id FROM customer_link WHERE client_id = $1 AND customer_id = $2";
    Ok(tx.query_opt(sql, params![client, customer], |r| r.id(0))?.unwrap_or_else(|| customer.clone()))
}

/// Everyone who is linked into a customer, without the customer.
pub fn members(tx: &mut Tx, client: &ClientId, customer: &CustomerId) -> Result<Vec<CustomerId>> {
    Ok(links(tx, client, customer)?.into_iter().map(|link| link.customer).collect())
}

/// A link as stored.
pub(super) struct LinkRow {
    pub customer: CustomerId,
    pub name: String,
    pub linked_to: CustomerId,
    pub reason: String,
    pub linked_by: String,
    pub linked_ms: i64,
}

/// The links into a customer, the oldest first.
pub(super) fn links(tx: &mut Tx, client: &ClientId, into: &CustomerId) -> Result<Vec<LinkRow>> {
    let sql = "SELECT l.customer_id, u.name, l.linked_to, l.reason, l.linked_by, l.linked_ms FROM customer_link l \
               JOIN customer u ON u.client_id = l.client_id AND u.customer_id = l.customer_id \
               WHERE l.client_id = $1 AND l.into_id = $2 ORDER BY l.linked_ms, l.customer_id";
    tx.query(sql, params![client, into], |r| {
        Ok(LinkRow {
            customer: r.id(0)?,
            name: r.text(1)?,
            linked_to: r.id(2)?,
            reason: r.text(3)?,
            linked_by: r.text(4)?,
            linked_ms: r.int(5)?,
        })
    })
}

/// Locks customers and their addresses until the commit: whoever writes from one of them waits. Addresses come first, as when
/// a contact comes in.
pub(super) fn lock(tx: &mut Tx, client: &ClientId, both: [&CustomerId; 2]) -> Result<()> {
    if tx.kind() == Kind::Sqlite {
        return Ok(());
    }
    let sql = "SELECT address FROM customer_identity WHERE client_id = $1 AND customer_id IN ($2, $3) \
               ORDER BY channel, address FOR UPDATE";
    tx.query(sql, params![client, both[0], both[1]], |_| Ok(()))?;
    let sql = "SELECT customer_id FROM customer WHERE client_id = $1 AND customer_id IN ($2, $3) \
               ORDER BY customer_id FOR UPDATE";
    tx.query(sql, params![client, both[0], both[1]], |_| Ok(())).map(|_| ())
}

/// A link to be written.
pub(super) struct NewLink<'a> {
    pub other: &'a CustomerId,
    pub into: &'a CustomerId,
    pub reason: &'a str,
    pub by: &'a str,
    pub now_ms: i64,
}

/// Makes all that is one customer's another's, and remembers whose it was. Returns how many addresses and cases.
pub(super) fn move_into(tx: &mut Tx, client: &ClientId, new: &NewLink<'_>) -> Result<(u64, u64)> {
    let addresses = tx.execute(
        "UPDATE customer_identity SET came_as = COALESCE(came_as, customer_id), customer_id = $3 \
         WHERE client_id = $1 AND customer_id = $2",
        params![client, new.other, new.into],
    )?;
    let cases = tx.execute(
        "UPDATE case_file SET came_as = COALESCE(came_as, customer_id), customer_id = $3 \
         WHERE client_id = $1 AND customer_id = $2",
        params![client, new.other, new.into],
    )?;
    tx.execute(
        "UPDATE message SET came_as = COALESCE(came_as, author), author = $3 \
         WHERE client_id = $1 AND author_kind = 'customer' AND author = $2",
        params![client, new.other, new.into],
    )?;
    tx.execute(
        "UPDATE customer_link SET into_id = $3 WHERE client_id = $1 AND into_id = $2",
        params![client, new.other, new.into],
    )?;
    tx.execute(
        "INSERT INTO customer_link (client_id, customer_id, into_id, linked_to, reason, linked_by, linked_ms) \
         VALUES ($1, $2, $3, $3, $4, $5, $6)",
        params![client, new.other, new.into, new.reason, new.by, new.now_ms],
    )?;
    Ok((addresses, cases))
}

/// Gives what came as one of `members` back to `other`, who is one of them. Returns how many addresses and cases.
pub(super) fn move_back(
    tx: &mut Tx,
    client: &ClientId,
    (from, other): (&CustomerId, &CustomerId),
    members: &[CustomerId],
) -> Result<(u64, u64)> {
    let (mut addresses, mut cases) = (0, 0);
    for member in members {
        addresses += tx.execute(
            "UPDATE customer_identity SET customer_id = $3, came_as = CASE WHEN came_as = $3 THEN NULL ELSE came_as END \
             WHERE client_id = $1 AND customer_id = $2 AND came_as = $4",
            params![client, from, other, member],
        )?;
        cases += tx.execute(
            "UPDATE case_file SET customer_id = $3, came_as = CASE WHEN came_as = $3 THEN NULL ELSE came_as END \
             WHERE client_id = $1 AND customer_id = $2 AND came_as = $4",
            params![client, from, other, member],
        )?;
        tx.execute(
            "UPDATE message SET author = $3, came_as = CASE WHEN came_as = $3 THEN NULL ELSE came_as END \
             WHERE client_id = $1 AND author_kind = 'customer' AND author = $2 AND came_as = $4",
            params![client, from, other, member],
        )?;
        tx.execute(
            "UPDATE customer_link SET into_id = $3 WHERE client_id = $1 AND customer_id = $2 AND customer_id <> $3",
            params![client, member, other],
        )?;
    }
    tx.execute("DELETE FROM customer_link WHERE client_id = $1 AND customer_id = $2", params![client, other])?;
    Ok((addresses, cases))
}

fn digest_of(kind: &str, text: &str) -> String {
    format!("trait\n{kind}\n{text}")
}

/// Remembers a trait by its digest: what was said stands in the case alone.
pub(super) fn put_trait(tx: &mut Tx, client: &ClientId, case: &CaseId, found: &Trait) -> Result<()> {
    let digest = tx.lookup_digest(client, &digest_of(found.kind.as_str(), &found.text))?;
    let verified = found.seen == Seen::Verified;
    tx.execute(
        "INSERT INTO customer_trait (client_id, digest, case_id, kind, verified) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (client_id, digest, case_id) DO UPDATE SET verified = \
         CASE WHEN excluded.verified > customer_trait.verified THEN excluded.verified ELSE customer_trait.verified END",
        params![client, digest, case, found.kind.as_str(), verified],
    )?;
    Ok(())
}

/// Customers besides one of whom the same is known, and how.
pub(super) fn with_trait(
    tx: &mut Tx,
    client: &ClientId,
    customer: &CustomerId,
    found: &Trait,
) -> Result<Vec<(NamedCustomer, Seen)>> {
    let Some(digest) = tx.known_digest(client, &digest_of(found.kind.as_str(), &found.text))? else {
        return Ok(Vec::new());
    };
    let sql = "SELECT c.customer_id, u.name, MAX(t.verified) FROM customer_trait t \
               JOIN case_file c ON c.client_id = t.client_id AND c.case_id = t.case_id \
               JOIN customer u ON u.client_id = c.client_id AND u.customer_id = c.customer_id \
               WHERE t.client_id = $1 AND t.digest = $2 AND c.customer_id <> $3 \
               GROUP BY c.customer_id, u.name ORDER BY c.customer_id DESC LIMIT $4";
    tx.query(sql, params![client, digest, customer, SAME_MAX], |r| {
        let seen = if r.bool(2)? { Seen::Verified } else { Seen::Claimed };
        Ok((NamedCustomer { id: r.id(0)?, name: r.text(1)? }, seen))
    })
}

/// The customer who writes from an address, unless it is this one.
pub(super) fn at_address(
    tx: &mut Tx,
    client: &ClientId,
    customer: &CustomerId,
    (channel, address): (Channel, &str),
) -> Result<Option<NamedCustomer>> {
    let Some(id) = crate::customer_at(tx, client, channel, address)?.filter(|id| id != customer) else {
        return Ok(None);
    };
    let sql = "SELECT customer_id, name FROM customer WHERE client_id = $1 AND customer_id = $2";
    tx.query_opt(sql, params![client, id], |r| Ok(NamedCustomer { id: r.id(0)?, name: r.text(1)? }))
}

/// What the newest cases of a customer hold: fields and identity.
pub(super) fn held_in_cases(
    tx: &mut Tx,
    client: &ClientId,
    customer: &CustomerId,
) -> Result<Vec<(Value, Option<Value>)>> {
    let sql = "SELECT fields, identity FROM case_file WHERE client_id = $1 AND customer_id = $2 \
               ORDER BY opened_ms DESC LIMIT $3";
    tx.query(sql, params![client, customer, CASES_MAX], |r: &Row| Ok((r.json(0)?, r.json_opt(1)?)))
}

/// Gives a customer an address that nobody has; false where somebody has it.
pub(super) fn add_address(
    tx: &mut Tx,
    client: &ClientId,
    (customer, own): (&CustomerId, &CustomerId),
    (channel, address): (Channel, &str),
) -> Result<bool> {
    let digest = sealed::digest(tx, client, channel, address)?;
    let kept = sealed::address(tx, client, channel, &digest, address)?;
    let came_as = Some(own).filter(|own| *own != customer);
    let added = tx.execute(
        "INSERT INTO customer_identity (client_id, channel, address, customer_id, sealed, came_as) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (client_id, channel, address) DO NOTHING",
        params![client, channel.as_str(), digest, customer, kept, came_as],
    )?;
    Ok(added == 1)
}

/// Takes out of a case by what its customer was known.
pub(crate) fn forget_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<()> {
    tx.execute("DELETE FROM customer_trait WHERE client_id = $1 AND case_id = $2", params![client, case]).map(|_| ())
}

/// Takes the links into a customer away, where all of them are erased.
pub(crate) fn forget_links(tx: &mut Tx, client: &ClientId, into: &CustomerId) -> Result<()> {
    tx.execute("DELETE FROM customer_link WHERE client_id = $1 AND into_id = $2", params![client, into]).map(|_| ())
}

/// The cases that came by one address of a channel, the newest first. Those of whoever it is linked with are not among them.
pub fn cases_by(tx: &mut Tx, client: &ClientId, (channel, address): (Channel, &str), max: i64) -> Result<Vec<CaseId>> {
    let Some(digest) = sealed::known_digest(tx, client, channel, address)? else { return Ok(Vec::new()) };
    let sql = "SELECT c.case_id FROM customer_identity i JOIN case_file c ON c.client_id = i.client_id \
               AND c.customer_id = i.customer_id AND c.channel = i.channel \
               AND COALESCE(c.came_as, c.customer_id) = COALESCE(i.came_as, i.customer_id) \
               WHERE i.client_id = $1 AND i.channel = $2 AND i.address = $3 ORDER BY c.opened_ms DESC LIMIT $4";
    tx.query(sql, params![client, channel.as_str(), digest, max], |r| r.id(0))
}
