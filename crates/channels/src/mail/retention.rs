//! Mails and files that have been kept for as long as is set: what was in them goes, that they came stays. The words of a case are
//! its messages, which stay with its customer.
//!
//! Both go by the end of the case that they are in, which where it was merged is the end of the other; a mail in no case by when it came.
//! What belongs to a customer whose data is held stays, and so does what anybody wrote in a case of theirs.

use super::privacy::empty;
use super::store::{place, sender_digest};
use baton_base::{ClientId, CustomerId, Result};
use baton_cases::Channel;
use baton_db::{Row, Tx, params};
use std::collections::BTreeSet;

/// Rows looked at in one query.
const PAGE: i64 = 200;
/// Most rows emptied in one round; the next one goes on.
const ROUND_MAX: usize = 1_000;
/// Files of about so many bytes are emptied in one round: what they took is overwritten while nobody else writes.
const ROUND_BYTES_MAX: i64 = 64 * 1024 * 1024;

/// Whoever is held.
struct Held {
    customers: BTreeSet<CustomerId>,
    /// Their addresses, as mails have them.
    senders: BTreeSet<String>,
}

impl Held {
    fn of(tx: &mut Tx, client: &ClientId) -> Result<Self> {
        let customers = baton_cases::held(tx, client)?;
        let mut senders = BTreeSet::new();
        for customer in &customers {
            for (channel, address) in baton_cases::addresses(tx, client, customer)? {
                if channel == Channel::Email.as_str() {
                    senders.insert(sender_digest(tx, client, &address)?);
                }
            }
        }
        Ok(Self { customers, senders })
    }

    fn is_one_of(&self, whose: &[Option<CustomerId>]) -> bool {
        whose.iter().flatten().any(|customer| self.customers.contains(customer))
    }
}

/// The case, the one that it was merged into, and the message, of a row `r` of either table; and whose they are.
const OF_CASE: &str = "LEFT JOIN case_file c ON c.client_id = r.client_id AND c.case_id = r.case_id \
     LEFT JOIN case_merge k ON k.client_id = c.client_id AND k.case_id = c.case_id \
     LEFT JOIN case_file e ON e.client_id = k.client_id AND e.case_id = k.end_case_id \
     LEFT JOIN message m ON m.client_id = r.client_id AND m.message_id = r.message_id AND m.author_kind = 'customer'";
const WHOSE: &str = "c.customer_id, e.customer_id, m.author";
const ENDED_MS: &str = "CASE WHEN k.case_id IS NULL THEN c.closed_ms ELSE e.closed_ms END";

fn whose(r: &Row, from: usize) -> Result<[Option<CustomerId>; 3]> {
    Ok([r.id_opt(from)?, r.id_opt(from + 1)?, r.id_opt(from + 2)?])
}

struct Mail {
    id: String,
    digest: String,
    sender: String,
    received_ms: i64,
    whose: [Option<CustomerId>; 3],
}

/// Empties mails whose time was up before this one, a few at once. Returns how many.
pub fn empty_mails(tx: &mut Tx, client: &ClientId, before_ms: i64) -> Result<u64> {
    let held = Held::of(tx, client)?;
    let sql = format!(
        "SELECT r.mail_id, r.digest, r.sender_digest, r.received_ms, {WHOSE} FROM mail r {OF_CASE} \
         WHERE r.client_id = $1 AND r.sender_digest <> '' AND r.received_ms < $2 \
         AND (r.received_ms > $3 OR (r.received_ms = $3 AND r.mail_id > $4)) \
         AND (r.case_id IS NULL OR {ENDED_MS} < $2) ORDER BY r.received_ms, r.mail_id LIMIT {PAGE}"
    );
    let read = |r: &Row| {
        let (id, digest, sender) = (r.text(0)?, r.text(1)?, r.text(2)?);
        Ok(Mail { id, digest, sender, received_ms: r.int(3)?, whose: whose(r, 4)? })
    };
    let mut due = Vec::new();
    let (mut from_ms, mut after) = (i64::MIN, String::new());
    while due.len() < ROUND_MAX {
        let page = tx.query(&sql, params![client, before_ms, from_ms, after], read)?;
        let Some(last) = page.last() else { break };
        (from_ms, after) = (last.received_ms, last.id.clone());
        let free = page.into_iter().filter(|mail| !held.is_one_of(&mail.whose) && !held.senders.contains(&mail.sender));
        due.extend(free.map(|mail| (mail.id, mail.digest)));
    }
    if due.is_empty() {
        return Ok(0);
    }
    tx.overwriting(|tx| empty(tx, client, &due))
}

/// Takes the content out of files of cases that ended before a time, a few at once; one that was split off to a case that goes on
/// stays, and so does one whose answer is still to be carried. Returns how many.
pub fn empty_files(tx: &mut Tx, client: &ClientId, before_ms: i64) -> Result<u64> {
    let held = Held::of(tx, client)?;
    let sql = format!(
        "SELECT r.attachment_id, r.message_id, r.bytes, {WHOSE} FROM attachment r {OF_CASE} WHERE r.client_id = $1 \
         AND r.kept <> 0 AND r.message_id <> '' AND r.attachment_id > $3 AND {ENDED_MS} < $2 AND NOT EXISTS (SELECT 1 \
         FROM delivery d WHERE d.client_id = r.client_id AND d.message_id = r.message_id AND d.state = 'waiting') \
         ORDER BY r.attachment_id LIMIT {PAGE}"
    );
    let read = |r: &Row| Ok((r.text(0)?, r.text(1)?, r.int(2)?, whose(r, 3)?));
    let (mut due, mut bytes, mut after) = (Vec::new(), 0, String::new());
    while due.len() < ROUND_MAX && bytes < ROUND_BYTES_MAX {
        let page = tx.query(&sql, params![client, before_ms, after], read)?;
        let Some((last, ..)) = page.last() else { break };
        after.clone_from(last);
        for (id, message, size, whose) in page {
            if bytes < ROUND_BYTES_MAX
                && !held.is_one_of(&whose)
                && !is_said_again(tx, client, &held, &message, before_ms)?
            {
                bytes += size;
                due.push(id);
            }
        }
    }
    if due.is_empty() {
        return Ok(0);
    }
    tx.overwriting(|tx| {
        for id in &due {
            let nothing = tx.seal(&place(client, "attachment", id), "")?;
            let sql = "UPDATE attachment SET kept = 0, sealed = $3 WHERE client_id = $1 AND attachment_id = $2";
            tx.execute(sql, params![client, id, nothing])?;
        }
        Ok(due.len() as u64)
    })
}

/// Messages that say one again in cases that were split off, and those that say these again.
const SAID_AGAIN: &str = "WITH RECURSIVE again(message_id, deep) AS ( \
     SELECT m.message_id, 1 FROM message m WHERE m.client_id = $1 AND m.copy_of = $2 \
     UNION ALL SELECT m.message_id, a.deep + 1 FROM again a JOIN message m ON m.client_id = $1 \
     AND m.copy_of = a.message_id WHERE a.deep < 50)";

/// Whether a message is said again in a case that has not been over for as long, or whose customer is held.
fn is_said_again(tx: &mut Tx, client: &ClientId, held: &Held, message: &str, before_ms: i64) -> Result<bool> {
    let sql = format!(
        "{SAID_AGAIN} SELECT {ENDED_MS}, {WHOSE} FROM again a JOIN message r ON r.client_id = $1 \
         AND r.message_id = a.message_id {OF_CASE}"
    );
    let cases = tx.query(&sql, params![client, message], |r| Ok((r.int_opt(0)?, whose(r, 1)?)))?;
    Ok(cases.iter().any(|(ended_ms, whose)| ended_ms.is_none_or(|ms| ms >= before_ms) || held.is_one_of(whose)))
}
