//! Writes, and the reads that guard them.

use crate::store::{lock, sealed};
use crate::{Case, CaseState, Channel, sla};
use baton_base::{Actor, Author, CaseId, Citation, ClientId, CustomerId, MessageId, ReleaseId, Result, RunId};
use baton_db::{Kind, Tx, params};
use serde_json::Value;

/// The customer behind an address, and whose it is when nobody is linked; a new address gets `fresh`. The address's row stays
/// locked until the commit, so that contacts from one address come one after the other.
pub(crate) fn identity(
    tx: &mut Tx,
    client: &ClientId,
    channel: Channel,
    address: &str,
    fresh: &CustomerId,
) -> Result<(CustomerId, CustomerId)> {
    let digest = sealed::digest(tx, client, channel, address)?;
    let kept = sealed::address(tx, client, channel, &digest, address)?;
    tx.query_one(
        "INSERT INTO customer_identity (client_id, channel, address, customer_id, sealed) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (client_id, channel, address) DO UPDATE SET address = excluded.address \
         RETURNING customer_id, COALESCE(came_as, customer_id)",
        params![client, channel.as_str(), digest, fresh, kept],
        |r| Ok((r.id(0)?, r.id(1)?)),
    )
}

pub(crate) fn insert_customer(
    tx: &mut Tx,
    client: &ClientId,
    customer: &CustomerId,
    name: &str,
    locale: &str,
    now_ms: i64,
) -> Result<()> {
    tx.execute(
        "INSERT INTO customer (client_id, customer_id, name, locale, created_ms) VALUES ($1, $2, $3, $4, $5)",
        params![client, customer, name, locale, now_ms],
    )?;
    Ok(())
}

pub(crate) fn name_customer(tx: &mut Tx, client: &ClientId, customer: &CustomerId, name: &str) -> Result<()> {
    tx.execute(
        "UPDATE customer SET name = $3 WHERE client_id = $1 AND customer_id = $2 AND name = ''",
        params![client, customer, name],
    )?;
    Ok(())
}

/// A customer's name and language; the row stays locked until the commit.
pub(crate) fn lock_customer(tx: &mut Tx, client: &ClientId, customer: &CustomerId) -> Result<(String, String)> {
    let lock = match tx.kind() {
        Kind::Sqlite => "",
        Kind::Postgres => "FOR UPDATE",
    };
    let sql = format!("SELECT name, locale FROM customer WHERE client_id = $1 AND customer_id = $2 {lock}");
    tx.query_one(&sql, params![client, customer], |r| Ok((r.text(0)?, r.text(1)?)))
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The case.
    pub case: CaseId,
    /// The case of the customer's that was merged into it, where it was sent to that one.
    pub via: Option<CaseId>,
}

/// The customer's case on a channel that is still worked on, the newest: their own, or the one into which theirs was merged. A
/// case that was split off comes last: the conversation stays with the one that it was split from. Of linked customers each goes
/// on with their own conversation.
pub(crate) fn live_case(
    tx: &mut Tx,
    client: &ClientId,
    (customer, own): (&CustomerId, &CustomerId),
    channel: Channel,
) -> Result<Option<Place>> {
    tx.query_opt(
        "SELECT c.case_id, e.case_id FROM case_file c \
         LEFT JOIN case_merge k ON k.client_id = c.client_id AND k.case_id = c.case_id \
         LEFT JOIN case_file e ON e.client_id = k.client_id AND e.case_id = k.end_case_id \
         LEFT JOIN case_split s ON s.client_id = c.client_id AND s.case_id = c.case_id \
         WHERE c.client_id = $1 AND c.customer_id = $2 AND c.channel = $3 \
         AND COALESCE(c.came_as, c.customer_id) = $4 \
         AND COALESCE(e.state, c.state) IN ('open', 'waiting_customer', 'with_person') \
         ORDER BY CASE WHEN s.case_id IS NULL THEN 0 ELSE 1 END, c.number DESC LIMIT 1",
        params![client, customer, channel.as_str(), own],
        |r| {
            let (own, end): (CaseId, Option<CaseId>) = (r.id(0)?, r.id_opt(1)?);
            Ok(match end {
                Some(end) => Place { case: end, via: Some(own) },
                None => Place { case: own, via: None },
            })
        },
    )
}

/// A message with this external id in a case of another customer into which one of this customer's was merged.
pub(crate) fn known_through(
    tx: &mut Tx,
    client: &ClientId,
    customer: &CustomerId,
    external_id: &str,
) -> Result<Option<(CaseId, MessageId, i64)>> {
    tx.query_opt(
        "SELECT m.case_id, m.message_id, m.seq FROM case_file c \
         JOIN case_merge k ON k.client_id = c.client_id AND k.case_id = c.case_id \
         JOIN message m ON m.client_id = k.client_id AND m.case_id IN (k.into_case_id, k.end_case_id) \
         AND m.external_id = $3 WHERE c.client_id = $1 AND c.customer_id = $2 ORDER BY m.sent_ms LIMIT 1",
        params![client, customer, external_id],
        |r| Ok((r.id(0)?, r.id(1)?, r.int(2)?)),
    )
}

/// A message with this external id in any case of a customer; the ids are the sender's own.
pub(crate) fn known_message(
    tx: &mut Tx,
    client: &ClientId,
    (customer, own): (&CustomerId, &CustomerId),
    external_id: &str,
) -> Result<Option<(CaseId, MessageId, i64)>> {
    tx.query_opt(
        "SELECT m.case_id, m.message_id, m.seq FROM case_file c JOIN message m ON m.client_id = c.client_id \
         AND m.case_id = c.case_id WHERE c.client_id = $1 AND c.customer_id = $2 AND m.external_id = $3 \
         AND m.author_kind = 'customer' AND COALESCE(c.came_as, c.customer_id) = $4 ORDER BY m.sent_ms LIMIT 1",
        params![client, customer, external_id, own],
        |r| Ok((r.id(0)?, r.id(1)?, r.int(2)?)),
    )
}

/// A message with this external id in one case.
pub(crate) fn known_in_case(
    tx: &mut Tx,
    client: &ClientId,
    case: &CaseId,
    external_id: &str,
) -> Result<Option<(MessageId, i64)>> {
    tx.query_opt(
        "SELECT message_id, seq FROM message WHERE client_id = $1 AND case_id = $2 AND external_id = $3",
        params![client, case, external_id],
        |r| Ok((r.id(0)?, r.int(1)?)),
    )
}

/// The case that a channel's external id opened, with its first message.
pub(crate) fn known_case(
    tx: &mut Tx,
    client: &ClientId,
    channel: Channel,
    external_id: &str,
) -> Result<Option<(CaseId, MessageId)>> {
    tx.query_opt(
        "SELECT c.case_id, m.message_id FROM case_file c JOIN message m ON m.client_id = c.client_id \
         AND m.case_id = c.case_id AND m.seq = 1 WHERE c.client_id = $1 AND c.channel = $2 AND c.external_id = $3",
        params![client, channel.as_str(), external_id],
        |r| Ok((r.id(0)?, r.id(1)?)),
    )
}

/// The next case number of a client; concurrent openings wait for each other here.
pub(crate) fn next_number(tx: &mut Tx, client: &ClientId) -> Result<i64> {
    tx.query_one(
        "INSERT INTO case_counter (client_id, last) VALUES ($1, 1) \
         ON CONFLICT (client_id) DO UPDATE SET last = case_counter.last + 1 RETURNING last",
        params![client],
        |r| r.int(0),
    )
}

pub(crate) struct NewCase<'a> {
    pub case: &'a CaseId,
    pub number: i64,
    pub customer: &'a CustomerId,
    /// Whose it is when nobody is linked, where that is another.
    pub came_as: Option<&'a CustomerId>,
    pub channel: Channel,
    pub subject: &'a str,
    pub actor: &'a Actor,
    pub language: &'a str,
    pub run: Option<&'a RunId>,
    pub release: &'a ReleaseId,
    pub messages: i64,
    pub now_ms: i64,
    pub due_ms: Option<i64>,
    pub external_id: Option<&'a str>,
    /// Whether its customer sounds angry, where that is known.
    pub upset: Option<bool>,
}

/// Writes a new case with so many messages; false if its external id has opened one already.
pub(crate) fn insert_case(tx: &mut Tx, client: &ClientId, new: &NewCase<'_>) -> Result<bool> {
    let inserted = tx.execute(
        "INSERT INTO case_file (client_id, case_id, number, customer_id, channel, subject, state, actor_kind, actor, \
         fields, language, run_id, release_id, message_count, opened_ms, changed_ms, due_ms, external_id, \
         came_as, upset) \
         VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, '{}', $9, $10, $11, $15, $12, $12, $13, $14, $16, $17) \
         ON CONFLICT (client_id, channel, external_id) DO NOTHING",
        params![
            client,
            new.case,
            new.number,
            new.customer,
            new.channel.as_str(),
            new.subject,
            new.actor.kind(),
            new.actor.name(),
            new.language,
            new.run,
            new.release,
            new.now_ms,
            new.due_ms,
            new.external_id,
            new.messages,
            new.came_as,
            new.upset.map(i64::from)
        ],
    )?;
    Ok(inserted == 1)
}

pub(crate) fn set_run(tx: &mut Tx, client: &ClientId, case: &CaseId, run: &RunId) -> Result<()> {
    tx.execute("UPDATE case_file SET run_id = $3 WHERE client_id = $1 AND case_id = $2", params![client, case, run])?;
    Ok(())
}

pub(crate) struct NewMessage<'a> {
    pub case: &'a CaseId,
    pub seq: i64,
    pub message: &'a MessageId,
    pub author: &'a Author,
    /// Which customer wrote it when nobody is linked, where that is another than the author.
    pub came_as: Option<&'a CustomerId>,
    pub text: &'a str,
    pub articles: &'a Value,
    pub sources: &'a [Citation],
    pub external_id: Option<&'a str>,
    pub now_ms: i64,
    pub via: Option<&'a CaseId>,
    pub copy_of: Option<&'a MessageId>,
}

pub(crate) fn insert_message(tx: &mut Tx, client: &ClientId, new: &NewMessage<'_>) -> Result<()> {
    let (kind, name, version) = match new.author {
        Author::Customer { id } => ("customer", id.as_str(), None),
        Author::Actor { actor: Actor::Agent { name, version } } => ("agent", name.as_str(), Some(version.as_str())),
        Author::Actor { actor } => (actor.kind(), actor.name(), None),
    };
    let body = sealed::message(tx, client, new.case, new.seq, new.text)?;
    let articles = if new.articles.is_null() { None } else { Some(new.articles.to_string()) };
    let sources = (!new.sources.is_empty()).then(|| serde_json::json!(new.sources).to_string());
    tx.execute(
        "INSERT INTO message (client_id, case_id, seq, message_id, author_kind, author, author_version, body, articles, \
         external_id, sent_ms, sources, via_case, copy_of, came_as) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        params![
            client,
            new.case,
            new.seq,
            new.message,
            kind,
            name,
            version,
            body,
            articles,
            new.external_id,
            new.now_ms,
            sources,
            new.via,
            new.copy_of,
            new.came_as
        ],
    )?;
    match new.author {
        Author::Customer { .. } => sla::customer_waits(tx, client, new.case, new.now_ms),
        Author::Actor { actor: Actor::System { .. } } => Ok(()),
        Author::Actor { .. } => sla::answered(tx, client, new.case),
    }
}

/// Locks a case, lets `change` alter it, and writes it back.
pub(crate) fn change<T>(
    tx: &mut Tx,
    client: &ClientId,
    case: &CaseId,
    now_ms: i64,
    change: impl FnOnce(&mut Tx, &mut Case) -> Result<T>,
) -> Result<(Case, T)> {
    let mut found = lock(tx, client, case)?;
    let done = change(tx, &mut found)?;
    found.row.changed_ms = now_ms;
    save(tx, client, &found)?;
    Ok((found, done))
}

/// Writes everything of a case that can change.
pub(crate) fn save(tx: &mut Tx, client: &ClientId, case: &Case) -> Result<()> {
    let row = &case.row;
    tx.execute(
        "UPDATE case_file SET intent = $3, confidence = $4, state = $5, actor_kind = $6, actor = $7, outcome = $8, \
         outcome_by = $9, fields = $10, identity = $11, language = $12, message_count = $13, first_reply_ms = $14, \
         changed_ms = $15, closed_ms = $16, due_ms = $17, person_touched = $18, held_from_seq = $19, reply_by = $20, \
         reply_to = $21, upset = $22, \
         paused_ms = paused_ms + CASE WHEN state = 'waiting_customer' AND $5 <> 'waiting_customer' \
         THEN $15 - COALESCE(paused_since_ms, $15) ELSE 0 END, \
         paused_since_ms = CASE WHEN $5 = 'waiting_customer' THEN COALESCE(paused_since_ms, $15) END \
         WHERE client_id = $1 AND case_id = $2",
        params![
            client,
            row.id,
            row.intent,
            row.confidence,
            row.state.as_str(),
            row.actor.kind,
            row.actor.name,
            row.outcome,
            case.outcome_by,
            case.fields,
            case.identity.as_ref().map(Value::to_string),
            row.language,
            row.message_count,
            case.first_reply_ms,
            row.changed_ms,
            case.closed_ms,
            row.due_ms,
            case.person_touched,
            case.held_from_seq,
            case.reply_by.map(Channel::as_str),
            case.reply_to,
            case.upset.map(i64::from)
        ],
    )?;
    Ok(())
}

impl Case {
    /// Counts one more message and gives its number.
    pub(crate) fn next_seq(&mut self) -> i64 {
        self.row.message_count += 1;
        self.row.message_count
    }

    /// By which channel answers reach the customer.
    pub fn answers_by(&self) -> Channel {
        self.reply_by.unwrap_or(self.row.channel)
    }

    /// Whether a person has chosen to which address answers go.
    pub fn is_reply_chosen(&self) -> bool {
        self.reply_to.is_some()
    }

    /// Whose it is when nobody is linked.
    pub(crate) fn own_customer(&self) -> CustomerId {
        self.came_as.clone().unwrap_or_else(|| self.row.customer.id.clone())
    }

    /// Whether it is closed because it was merged into another.
    pub fn is_merged(&self) -> bool {
        self.row.is_merged()
    }

    pub(crate) fn set_actor(&mut self, actor: &Actor) {
        self.row.actor = actor.into();
    }

    pub(crate) fn end(&mut self, state: CaseState, now_ms: i64) {
        self.row.state = state;
        self.closed_ms = Some(now_ms);
        self.held_from_seq = None;
    }
}
