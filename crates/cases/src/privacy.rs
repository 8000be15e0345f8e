//! A customer's own data as a whole: holds, export, erasure, and who has been gone for long.

use crate::{MessageRow, limits, merged, people, store};
use baton_base::{CaseId, ClientId, CustomerId, Error, Event, Result};
use baton_db::vault::{Class, Place};
use baton_db::{Kind, Tx, params};
use baton_govern::{Ctx, Right, ledger};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Longest reason of a hold, bytes.
const REASON_BYTES_MAX: usize = 500;
/// Customers looked at by one round of retention.
const ROUND_MAX: i64 = 50;

/// Subject of a case whose words were erased.
const ERASED: &str = "(erased)";

/// A customer as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CustomerRow {
    /// Id.
    pub id: CustomerId,
    /// Name; empty once erased.
    pub name: String,
    /// Language tag.
    pub locale: String,
    /// First contact.
    pub created_ms: i64,
    /// Why their data must stay, if it must.
    pub held: Option<String>,
}

/// A customer. Another client's does not exist.
pub fn customer(tx: &mut Tx, client: &ClientId, customer: &CustomerId) -> Result<CustomerRow> {
    // A hold on one of those who are linked holds all that is theirs.
    let sql = "SELECT u.customer_id, u.name, u.locale, u.created_ms, (SELECT MIN(h.reason) FROM customer_hold h \
               WHERE h.client_id = u.client_id AND (h.customer_id = u.customer_id OR h.customer_id IN (SELECT l.customer_id \
               FROM customer_link l WHERE l.client_id = u.client_id AND l.into_id = u.customer_id))) FROM customer u \
               WHERE u.client_id = $1 AND u.customer_id = $2";
    let read = |r: &baton_db::Row| {
        Ok(CustomerRow {
            id: r.id(0)?,
            name: r.text(1)?,
            locale: r.text(2)?,
            created_ms: r.int(3)?,
            held: r.text_opt(4)?,
        })
    };
    let found = tx.query_opt(sql, params![client, customer], read)?;
    found.ok_or_else(|| Error::not_found(format!("customer {customer}")))
}

/// Holds a customer's data: nothing of it is erased until the hold is lifted.
pub fn hold(tx: &mut Tx, ctx: &Ctx, id: &CustomerId, reason: &str) -> Result<()> {
    ctx.allow(Right::CustomerErase)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.len() > REASON_BYTES_MAX {
        return Err(Error::invalid_at(
            "reason",
            "a hold needs a reason",
            format!("give 1 to {REASON_BYTES_MAX} bytes"),
        ));
    }
    customer(tx, &ctx.client, id)?;
    let id = &people::main_of(tx, &ctx.client, id)?;
    tx.execute(
        "INSERT INTO customer_hold (client_id, customer_id, reason, held_by, held_ms) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (client_id, customer_id) DO UPDATE SET reason = excluded.reason, held_by = excluded.held_by",
        params![ctx.client, id, reason, ctx.actor.to_string(), ctx.now_ms()],
    )?;
    ledger::append(tx, ctx, Event::new(&ctx.client, "customer.held", id).with(json!({"reason": reason}))).map(|_| ())
}

/// Whether the data of any customer is held at a client.
pub fn holds_any(tx: &mut Tx, client: &ClientId) -> Result<bool> {
    let sql = "SELECT 1 FROM customer_hold WHERE client_id = $1 LIMIT 1";
    Ok(tx.query_opt(sql, params![client], |_| Ok(()))?.is_some())
}

/// Lifts a hold. Lifting none is no error.
pub fn lift(tx: &mut Tx, ctx: &Ctx, id: &CustomerId) -> Result<()> {
    ctx.allow(Right::CustomerErase)?;
    customer(tx, &ctx.client, id)?;
    let id = &people::main_of(tx, &ctx.client, id)?;
    let sql = "DELETE FROM customer_hold WHERE client_id = $1 AND (customer_id = $2 OR customer_id IN \
               (SELECT l.customer_id FROM customer_link l WHERE l.client_id = $1 AND l.into_id = $2))";
    if tx.execute(sql, params![ctx.client, id])? > 0 {
        ledger::append(tx, ctx, Event::new(&ctx.client, "customer.hold_lifted", id))?;
    }
    Ok(())
}

/// The cases of a customer, oldest first, and whether each has ended. A case that was merged into another ends with that one.
pub fn cases_of(tx: &mut Tx, client: &ClientId, customer: &CustomerId) -> Result<Vec<(CaseId, bool)>> {
    let sql = "SELECT c.case_id, CASE WHEN COALESCE(e.state, c.state) IN ('resolved', 'closed') THEN 1 ELSE 0 END \
               FROM case_file c LEFT JOIN case_merge k ON k.client_id = c.client_id AND k.case_id = c.case_id \
               LEFT JOIN case_file e ON e.client_id = k.client_id AND e.case_id = k.end_case_id \
               WHERE c.client_id = $1 AND c.customer_id = $2";
    let mut found: Vec<(CaseId, bool)> = tx.query(sql, params![client, customer], |r| Ok((r.id(0)?, r.bool(1)?)))?;
    // Sorted here: to have them in this order SQLite would read the cases of all customers.
    found.sort();
    Ok(found)
}

/// Every message of a case.
pub fn all_messages(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<MessageRow>> {
    messages_from(tx, client, case, 0)
}

/// Every message of a case after a number.
pub(crate) fn messages_from(tx: &mut Tx, client: &ClientId, case: &CaseId, after: i64) -> Result<Vec<MessageRow>> {
    let (mut all, mut after) = (Vec::new(), after);
    loop {
        let page = store::messages_after(tx, client, case, after, limits::MESSAGES_PAGE_MAX)?;
        let Some(last) = page.last() else { return Ok(all) };
        after = last.seq;
        all.extend(page);
    }
}

/// Another customer, whose data is held, and with whose cases one of this customer's was merged: what is theirs together stays.
pub fn held_beside(tx: &mut Tx, client: &ClientId, customer: &CustomerId) -> Result<Option<(CustomerId, String)>> {
    for (case, _) in cases_of(tx, client, customer)? {
        let end = merged::works_in(tx, client, &case)?.map_or(case, |(end, _)| end);
        for one in merged::family(tx, client, &end)? {
            let sql = "SELECT h.customer_id, h.reason FROM case_file c JOIN customer_hold h ON h.client_id = c.client_id \
                       AND h.customer_id = c.customer_id WHERE c.client_id = $1 AND c.case_id = $2 AND c.customer_id <> $3";
            let held = tx.query_opt(sql, params![client, one, customer], |r| Ok((r.id(0)?, r.text(1)?)))?;
            if held.is_some() {
                return Ok(held);
            }
        }
    }
    Ok(None)
}

/// Everybody whose data is held, by a hold of their own or of somebody who is linked with them.
pub fn held(tx: &mut Tx, client: &ClientId) -> Result<BTreeSet<CustomerId>> {
    let sql = "SELECT customer_id FROM customer_hold WHERE client_id = $1";
    let holds: Vec<CustomerId> = tx.query(sql, params![client], |r| r.id(0))?;
    let mut all = BTreeSet::new();
    for customer in holds {
        let main = people::main_of(tx, client, &customer)?;
        all.extend(people::members(tx, client, &main)?);
        all.extend([customer, main]);
    }
    Ok(all)
}

/// Takes a customer's name and addresses, those of whoever is linked to them, and what their cases hold out of this room's tables. The rows of cases and
/// messages stay, empty: that there was a case, when, and how it ended. Where cases of two customers were merged, each one's
/// words go with them, wherever they are, and the other's stay. Returns what was destroyed, by kind.
pub fn erase(tx: &mut Tx, client: &ClientId, customer: &CustomerId, now_ms: i64) -> Result<Value> {
    let addresses = tx.execute(
        "DELETE FROM customer_identity WHERE client_id = $1 AND customer_id = $2",
        params![client, customer],
    )?;
    let names = tx.execute(
        "UPDATE customer SET name = '', erased_ms = $3 WHERE client_id = $1 AND (customer_id = $2 OR customer_id IN \
         (SELECT l.customer_id FROM customer_link l WHERE l.client_id = $1 AND l.into_id = $2))",
        params![client, customer, now_ms],
    )?;
    people::forget_links(tx, client, customer)?;
    let mut messages = 0;
    let cases = cases_of(tx, client, customer)?;
    for (case, seq, _) in merged::others_words(tx, client, customer)? {
        erase_message(tx, client, &case, seq)?;
        messages += 1;
    }
    for (case, _) in &cases {
        messages += erase_messages(tx, client, case, customer)?;
        merged::forget(tx, client, case)?;
        crate::outside::forget(tx, client, case)?;
        people::forget_case(tx, client, case)?;
        crate::notes::erase(tx, client, case)?;
        tx.execute(
            "UPDATE case_file SET subject = $3, fields = '{}', identity = NULL, external_id = NULL, run_id = NULL, \
             reply_to = NULL, upset = NULL \
             WHERE client_id = $1 AND case_id = $2",
            params![client, case, ERASED],
        )?;
        // What a mail server says of a failure often names the address.
        let sql = "UPDATE delivery SET error = NULL WHERE client_id = $1 AND case_id = $2";
        tx.execute(sql, params![client, case])?;
    }
    Ok(json!({"names": names, "addresses": addresses, "cases_emptied": cases.len(), "messages": messages}))
}

/// Takes the cases of a customer whose words are about to be erased, until the caller's commit: what others write about them was
/// written before, and is erased too, or waits and learns of it by [`is_erased`].
pub fn lock_cases(tx: &mut Tx, client: &ClientId, customer: &CustomerId) -> Result<()> {
    if tx.kind() == Kind::Postgres {
        let sql = "SELECT case_id FROM case_file WHERE client_id = $1 AND customer_id = $2 ORDER BY case_id FOR UPDATE";
        tx.query(sql, params![client, customer], |_| Ok(()))?;
    }
    Ok(())
}

/// Whether the words of a case were erased: nothing that was made of them is to be written down any more. The subject alone does
/// not say it: a customer may write the same. It stays so until the caller's commit, and an erasure under way is waited for.
pub fn is_erased(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<bool> {
    let lock = if tx.kind() == Kind::Postgres { "FOR KEY SHARE" } else { "" };
    let sql = format!("SELECT subject FROM case_file WHERE client_id = $1 AND case_id = $2 {lock}");
    let subject = tx.query_opt(&sql, params![client, case], |r| r.text(0))?;
    if subject.is_none_or(|subject| subject != ERASED) {
        return Ok(false);
    }
    // A statement of its own, begun when the erasure that was waited for is there to be seen.
    let sql = "SELECT 1 FROM case_file c JOIN customer u ON u.client_id = c.client_id AND u.customer_id = c.customer_id \
               WHERE c.client_id = $1 AND c.case_id = $2 AND u.erased_ms IS NOT NULL";
    Ok(tx.query_opt(sql, params![client, case], |_| Ok(()))?.is_some())
}

fn erase_messages(tx: &mut Tx, client: &ClientId, case: &CaseId, customer: &CustomerId) -> Result<u64> {
    let sql = "SELECT seq FROM message WHERE client_id = $1 AND case_id = $2 \
               AND NOT (author_kind = 'customer' AND author <> $3)";
    let all = tx.query(sql, params![client, case, customer], |r| r.int(0))?;
    for seq in &all {
        erase_message(tx, client, case, *seq)?;
    }
    Ok(all.len() as u64)
}

fn erase_message(tx: &mut Tx, client: &ClientId, case: &CaseId, seq: i64) -> Result<()> {
    let row = format!("{case}/{seq}");
    let empty = tx.seal(&Place { client, class: Class::Message, table: "message", row: &row }, "")?;
    tx.execute(
        "UPDATE message SET body = $4, external_id = NULL WHERE client_id = $1 AND case_id = $2 AND seq = $3",
        params![client, case, seq, empty],
    )?;
    Ok(())
}

/// Customers who are not held, whose last case ended before a time, and who were not erased after it; a few. A case that was
/// merged into another ends with that one.
pub fn gone_since(tx: &mut Tx, client: &ClientId, before_ms: i64) -> Result<Vec<CustomerId>> {
    let sql = format!(
        "SELECT c.customer_id FROM case_file c JOIN customer u ON u.client_id = c.client_id \
         AND u.customer_id = c.customer_id LEFT JOIN case_merge k ON k.client_id = c.client_id AND k.case_id = c.case_id \
         LEFT JOIN case_file e ON e.client_id = k.client_id AND e.case_id = k.end_case_id \
         WHERE c.client_id = $1 AND NOT EXISTS (SELECT 1 FROM customer_hold h \
         WHERE h.client_id = c.client_id AND (h.customer_id = c.customer_id OR h.customer_id IN (SELECT l.customer_id \
         FROM customer_link l WHERE l.client_id = c.client_id AND l.into_id = c.customer_id))) GROUP BY c.customer_id \
         HAVING MAX(COALESCE(CASE WHEN k.case_id IS NULL THEN c.closed_ms ELSE e.closed_ms END, 9223372036854775807)) < $2 \
         AND MAX(c.closed_ms) > MAX(COALESCE(u.erased_ms, -1)) LIMIT {ROUND_MAX}"
    );
    tx.query(&sql, params![client, before_ms], |r| r.id(0))
}
