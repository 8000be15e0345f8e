//! Facts of real cases, read out of the tables of other rooms: some cases at a time, a few rows for each.

use crate::facts::{At, Conversation, Fact, Side};
use crate::rules::{Contact, MATURITY_MS};
use crate::spend::Spend;
use crate::{FixOf, limits};
use baton_base::{CaseId, ClientId, Currency, Error, Result};
use baton_db::vault::{Class, Place};
use baton_db::{Row, Tx, Value, params};
use std::collections::{HashMap, HashSet};

const DAY_MS: i64 = 86_400_000;
/// How far before a case its customer's others are looked at, milliseconds: 30 days.
const CONTACTS_BEFORE_MS: i64 = 30 * DAY_MS;
/// A customer's messages that say what a case is about: the first is often no more than a greeting.
const FIRST_MESSAGES: usize = 2;

/// What lists say of a case.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub id: CaseId,
    pub number: i64,
    pub subject: String,
    pub customer: String,
    pub intent: Option<String>,
    pub opened_ms: i64,
    channel: String,
    state: String,
    outcome: Option<String>,
    by_ai: bool,
    closed_ms: Option<i64>,
}

impl Head {
    /// The customer left: the case was closed without an outcome, or with one that says so.
    fn left(&self) -> bool {
        self.state == "closed" || self.outcome.as_deref() == Some("abandoned")
    }
}

/// From when to when cases were opened: the first inside, the last outside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub since_ms: i64,
    pub until_ms: i64,
}

/// Cases that were opened in a span.
pub(crate) fn count(tx: &mut Tx, client: &ClientId, span: Span) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM case_file WHERE client_id = $1 AND opened_ms >= $2 AND opened_ms < $3";
    tx.query_one(sql, params![client, span.since_ms, span.until_ms], |r| r.int(0))
}

/// The next cases of a span after one, by the time of opening; the first if none is given.
pub(crate) fn heads(tx: &mut Tx, client: &ClientId, span: Span, after: Option<&Head>) -> Result<Vec<Head>> {
    let (from_ms, last) = after.map_or((span.since_ms, ""), |head| (head.opened_ms, head.id.as_str()));
    tx.query(
        "SELECT case_id, number, subject, customer_id, intent, opened_ms, channel, state, outcome, outcome_by, closed_ms \
         FROM case_file WHERE client_id = $1 AND opened_ms >= $2 AND opened_ms < $3 AND (opened_ms > $2 OR case_id > $4) \
         ORDER BY opened_ms, case_id LIMIT $5",
        params![client, from_ms, span.until_ms, last, page_size()],
        |r| {
            Ok(Head {
                id: r.id(0)?,
                number: r.int(1)?,
                subject: r.text(2)?,
                customer: r.text(3)?,
                intent: r.text_opt(4)?,
                opened_ms: r.int(5)?,
                channel: r.text(6)?,
                state: r.text(7)?,
                outcome: r.text_opt(8)?,
                by_ai: r.text_opt(9)?.as_deref() == Some("agent"),
                closed_ms: r.int_opt(10)?,
            })
        },
    )
}

fn page_size() -> i64 {
    i64::try_from(limits::PAGE).unwrap_or(i64::MAX)
}

/// The cases of one page: their facts, and what else reports say of them.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// In the order of the heads.
    pub conversations: Vec<Conversation>,
    /// Cases after which the customer came back.
    pub contacts: Vec<Contact>,
    /// What models took and cost, by case.
    pub spend: HashMap<String, Spend>,
    /// Cases that somebody has tagged.
    pub tagged: HashSet<String>,
}

/// One page's cases as a statement asks for them: always as many places, so that there is one text.
struct Among<'a> {
    client: &'a ClientId,
    ids: Vec<&'a str>,
    /// The ids of all places, `$2, $3, …`.
    places: String,
}

impl<'a> Among<'a> {
    fn new(client: &'a ClientId, ids: impl Iterator<Item = &'a str>) -> Self {
        let places: Vec<String> = (0..limits::PAGE).map(|at| format!("${}", at + 2)).collect();
        Self { client, ids: ids.collect(), places: places.join(", ") }
    }

    /// The client, then as many ids as there are places: the last one again where there are fewer.
    fn values(&self) -> Vec<Value> {
        let last = self.ids.last().copied().unwrap_or_default();
        let mut values: Vec<Value> = vec![self.client.into()];
        values.extend((0..limits::PAGE).map(|at| Value::from(self.ids.get(at).copied().unwrap_or(last))));
        values
    }

    fn each<T>(&self, tx: &mut Tx, sql: &str, read: impl Fn(&Row) -> Result<T>) -> Result<Vec<T>> {
        tx.query(&sql.replace("PLACES", &self.places), &self.values(), read)
    }
}

/// Reads the cases of one page.
pub(crate) fn page(tx: &mut Tx, client: &ClientId, heads: &[Head]) -> Result<Page> {
    if heads.is_empty() {
        return Ok(Page::default());
    }
    let among = Among::new(client, heads.iter().map(|head| head.id.as_str()));
    let mut found: HashMap<String, Vec<At>> = HashMap::new();
    let mut put = |rows: Vec<(String, At)>| rows.into_iter().for_each(|(id, at)| found.entry(id).or_default().push(at));
    put(messages(tx, &among)?);
    put(packets(tx, &among)?);
    put(runs(tx, &among, heads)?);
    put(confirmed(tx, &among)?);
    put(work(tx, &among, heads)?);
    let tags = tags(tx, &among)?;
    let tagged = tags.iter().map(|(id, _)| id.clone()).collect();
    put(tags.into_iter().filter_map(|(id, at)| Some((id, at?))).collect());
    let conversations = heads.iter().map(|head| conversation(head, found.remove(head.id.as_str()))).collect();
    let spend = spend(tx, &among)?;
    Ok(Page { conversations, contacts: contacts(tx, client, heads)?, spend, tagged })
}

fn conversation(head: &Head, facts: Option<Vec<At>>) -> Conversation {
    let opened = At { at_ms: head.opened_ms, fact: Fact::Opened { channel: head.channel.clone() } };
    let mut facts = facts.unwrap_or_default();
    facts.insert(0, opened);
    if let Some(at_ms) = head.closed_ms {
        let left = head.left();
        facts.push(At { at_ms, fact: Fact::Closed { left, by_ai: head.by_ai && !left } });
    }
    facts.sort_by_key(|at| at.at_ms);
    Conversation { id: head.id.to_string(), customer: head.customer.clone(), intent: head.intent.clone(), facts }
}

/// Who wrote how much: one row for each side of a case.
fn messages(tx: &mut Tx, among: &Among<'_>) -> Result<Vec<(String, At)>> {
    let sql = "SELECT case_id, CASE WHEN author_kind = 'agent' OR (author_kind = 'system' AND author LIKE 'process:%') \
               THEN 'ai' ELSE author_kind END, COUNT(*), MIN(sent_ms), \
               CAST(SUM(CASE WHEN articles IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) FROM message \
               WHERE client_id = $1 AND case_id IN (PLACES) GROUP BY 1, 2";
    let rows = among.each(tx, sql, |r| {
        let by = match r.text(1)?.as_str() {
            "customer" => Side::Customer,
            "ai" => Side::Ai,
            "member" => Side::Person,
            _ => return Ok(None),
        };
        let fact = Fact::Wrote { by, messages: r.int(2)?, again: 0, cites: r.int(4)? > 0 };
        Ok(Some((r.text(0)?, At { at_ms: r.int(3)?, fact })))
    })?;
    Ok(rows.into_iter().flatten().collect())
}

/// Each passing on to people. What a person asks to approve, and what goes from agent to agent, is none.
fn packets(tx: &mut Tx, among: &Among<'_>) -> Result<Vec<(String, At)>> {
    let sql = "SELECT case_id, trigger_name, CASE WHEN required > 0 THEN completeness END, created_ms FROM packet \
               WHERE client_id = $1 AND case_id IN (PLACES) AND trigger_name NOT IN ('approval', 'agent') \
               ORDER BY case_id, packet_id";
    among.each(tx, sql, |r| {
        let fact = match r.text(1)?.as_str() {
            "person_takes" => Fact::Routed,
            reason => Fact::Escalated { reason: reason.to_owned(), complete: r.real_opt(2)?, correct: None },
        };
        Ok((r.text(0)?, At { at_ms: r.int(3)?, fact }))
    })
}

/// Processes of cases. Whether a person had a hand in one is told by the work that the case gave people.
fn runs(tx: &mut Tx, among: &Among<'_>, heads: &[Head]) -> Result<Vec<(String, At)>> {
    let sql = "SELECT r.case_id, r.status, r.started_ms, r.ended_ms, c.person_touched, \
               (SELECT COUNT(*) FROM work_item w WHERE w.client_id = $1 AND w.case_id = r.case_id AND w.claimed_ms IS NOT NULL) \
               FROM run r JOIN case_file c ON c.client_id = r.client_id AND c.case_id = r.case_id \
               WHERE r.client_id = $1 AND r.case_id IN (PLACES) AND r.parent_run_id IS NULL";
    let mut found = Vec::with_capacity(heads.len() * 2);
    let rows = among.each(tx, sql, |r| {
        let by_hand = r.bool(4)? || r.int(5)? > 0;
        Ok((r.text(0)?, r.text(1)? == "completed", r.int(2)?, r.int_opt(3)?, by_hand))
    })?;
    for (id, completed, started_ms, ended_ms, by_hand) in rows {
        found.push((id.clone(), At { at_ms: started_ms, fact: Fact::RunStarted }));
        if let Some(at_ms) = ended_ms.filter(|_| completed) {
            found.push((id, At { at_ms, fact: Fact::RunCompleted { by_hand } }));
        }
    }
    Ok(found)
}

/// Changes in systems of record that came back as done: the first of each case.
fn confirmed(tx: &mut Tx, among: &Among<'_>) -> Result<Vec<(String, At)>> {
    let sql = "SELECT case_id, MIN(finished_ms) FROM effect WHERE client_id = $1 AND case_id IN (PLACES) AND writes = 1 \
               AND state = 'finished' AND finished_ms IS NOT NULL GROUP BY case_id";
    among.each(tx, sql, |r| Ok((r.text(0)?, At { at_ms: r.int(1)?, fact: Fact::Confirmed })))
}

/// What people did.
fn work(tx: &mut Tx, among: &Among<'_>, heads: &[Head]) -> Result<Vec<(String, At)>> {
    let sql = "SELECT case_id, kind, state, opened_ms, claimed_ms, ended_ms FROM work_item WHERE client_id = $1 \
               AND case_id IN (PLACES) AND kind <> 'knowledge_fix' ORDER BY case_id, work_item_id";
    let left: HashSet<&str> = heads.iter().filter(|head| head.left()).map(|head| head.id.as_str()).collect();
    let rows = among.each(tx, sql, |r| {
        let times = (r.int(3)?, r.int_opt(4)?, r.int_opt(5)?);
        Ok((r.text(0)?, r.text(1)?, r.text(2)?, times))
    })?;
    let mut found = Vec::new();
    for (id, kind, state, times) in rows {
        let customer_left = left.contains(id.as_str());
        found.extend(done(&kind, &state, times, customer_left).into_iter().map(|at| (id.clone(), at)));
    }
    Ok(found)
}

/// What one work item says: approvals count when they are decided, other work from when a person has it.
fn done(kind: &str, state: &str, times: (i64, Option<i64>, Option<i64>), customer_left: bool) -> Vec<At> {
    let (opened_ms, claimed_ms, ended_ms) = times;
    let is_done = state == "done";
    match (kind, claimed_ms, ended_ms) {
        ("approval", claimed_ms, Some(at_ms)) if is_done => {
            vec![At { at_ms, fact: Fact::Approved { took_ms: at_ms - claimed_ms.unwrap_or(at_ms) } }]
        }
        ("approval", _, _) => Vec::new(),
        (_, Some(taken_ms), ended_ms) => {
            let answered = At { at_ms: taken_ms, fact: Fact::Answered { waited_ms: taken_ms - opened_ms } };
            let wrapped = ended_ms
                .filter(|_| is_done)
                .map(|at_ms| At { at_ms, fact: Fact::Wrapped { took_ms: at_ms - taken_ms } });
            std::iter::once(answered).chain(wrapped).collect()
        }
        (_, None, Some(at_ms)) if customer_left && !is_done => {
            vec![At { at_ms, fact: Fact::LeftQueue { waited_ms: at_ms - opened_ms } }]
        }
        (_, None, _) => Vec::new(),
    }
}

/// Tags: outcomes that people changed, and knowledge that was blamed. Another tag is `None`: the case is tagged, no more.
fn tags(tx: &mut Tx, among: &Among<'_>) -> Result<Vec<(String, Option<At>)>> {
    let sql = "SELECT case_id, source, cause, fix_type, tagged_ms FROM tag WHERE client_id = $1 AND case_id IN (PLACES) \
               ORDER BY case_id, tag_id";
    let rows = among.each(tx, sql, |r| {
        let (id, at_ms) = (r.text(0)?, r.int(4)?);
        let overridden = (r.text(1)? == "override").then_some(Fact::Overridden { reason: r.text(2)? });
        let blamed = (r.text(3)? == "knowledge").then(|| Fact::KnowledgeBlamed { of: id.clone() });
        let mut found: Vec<_> =
            overridden.into_iter().chain(blamed).map(|fact| (id.clone(), Some(At { at_ms, fact }))).collect();
        if found.is_empty() {
            found.push((id, None));
        }
        Ok(found)
    })?;
    Ok(rows.into_iter().flatten().collect())
}

fn spend(tx: &mut Tx, among: &Among<'_>) -> Result<HashMap<String, Spend>> {
    let sql = "SELECT case_id, currency, CAST(SUM(tokens_in) AS BIGINT), CAST(SUM(tokens_out) AS BIGINT), \
               CAST(SUM(cost_pico / 1000000) AS BIGINT), CAST(SUM(cost_pico % 1000000) AS BIGINT), \
               CAST(SUM(CASE WHEN price IS NULL AND tokens_in + tokens_out > 0 THEN 1 ELSE 0 END) AS BIGINT), \
               CAST(SUM(CASE WHEN price IS NOT NULL AND cost_pico IS NULL THEN 1 ELSE 0 END) AS BIGINT) FROM model_exchange \
               WHERE client_id = $1 AND case_id IN (PLACES) GROUP BY case_id, currency";
    let rows = among.each(tx, sql, |r| {
        let currency: Option<Currency> = r.text_opt(1)?.map(|code| code.parse()).transpose().map_err(Error::broken)?;
        // Where of none the cost is known there is no sum: not nothing. In two parts, since 64 bits do not hold every sum.
        let parts = r.int_opt(4)?.zip(r.int_opt(5)?);
        let sum = parts.map(|(whole, rest)| i128::from(whole) * 1_000_000 + i128::from(rest));
        Ok((
            r.text(0)?,
            Spend {
                tokens_in: r.int(2)?,
                tokens_out: r.int(3)?,
                pico: currency.zip(sum).into_iter().collect(),
                unpriced: r.int(6)?,
                uncounted: r.int(7)?,
            },
        ))
    })?;
    let mut found: HashMap<String, Spend> = HashMap::new();
    for (case, spend) in rows {
        found.entry(case).or_default().add(&spend);
    }
    Ok(found)
}

/// The other cases of these cases' customers, near enough in time to be a coming back; those of whoever sends for others
/// left out.
fn contacts(tx: &mut Tx, client: &ClientId, heads: &[Head]) -> Result<Vec<Contact>> {
    let from_ms = heads.iter().map(|head| head.opened_ms).min().unwrap_or_default() - CONTACTS_BEFORE_MS;
    let ends = heads.iter().filter_map(|head| head.closed_ms);
    let Some(until_ms) = ends.max().map(|end_ms| end_ms.saturating_add(MATURITY_MS)) else { return Ok(Vec::new()) };
    let among = Among::new(client, heads.iter().map(|head| head.customer.as_str()));
    let mut values = among.values();
    values.extend([from_ms, until_ms, limits::CUSTOMER_CASES_MAX].map(Value::from));
    let (from, until, most) = (values.len() - 2, values.len() - 1, values.len());
    let sql = format!(
        "SELECT case_id, customer_id, intent, opened_ms, closed_ms FROM case_file WHERE client_id = $1 \
         AND opened_ms >= ${from} AND opened_ms <= ${until} AND intent IS NOT NULL AND customer_id IN \
         (SELECT customer_id FROM case_file WHERE client_id = $1 AND customer_id IN ({}) AND opened_ms >= ${from} \
         AND opened_ms <= ${until} GROUP BY customer_id HAVING COUNT(*) > 1 AND COUNT(*) <= ${most})",
        among.places
    );
    tx.query(&sql, &values, |r| {
        Ok(Contact {
            id: r.text(0)?,
            customer: r.text(1)?,
            intent: r.text(2)?,
            opened_ms: r.int(3)?,
            closed_ms: r.int_opt(4)?,
        })
    })
}

/// What the AI was at when it last passed each case on: the goal of its turn.
pub(crate) fn steps(tx: &mut Tx, client: &ClientId, heads: &[Head]) -> Result<HashMap<String, String>> {
    let among = Among::new(client, heads.iter().map(|head| head.id.as_str()));
    let sql = "SELECT case_id, goal FROM reading WHERE client_id = $1 AND case_id IN (PLACES) AND trigger_name IS NOT NULL \
               ORDER BY case_id, reading_id";
    Ok(among.each(tx, sql, |r| Ok((r.text(0)?, r.text(1)?)))?.into_iter().collect())
}

/// What the customers of cases wrote first, by case, and of it no more than is compared; nothing of those who wrote nothing.
pub(crate) fn first_words<'a>(
    tx: &mut Tx,
    client: &ClientId,
    heads: impl Iterator<Item = &'a Head>,
) -> Result<HashMap<String, String>> {
    let among = Among::new(client, heads.map(|head| head.id.as_str()));
    let sql = "SELECT case_id, seq, body FROM message WHERE client_id = $1 AND case_id IN (PLACES) AND author_kind = 'customer' \
               AND seq <= 6 ORDER BY case_id, seq";
    let rows: Vec<(String, i64, String)> = among.each(tx, sql, |r| Ok((r.text(0)?, r.int(1)?, r.text(2)?)))?;
    let mut found: HashMap<String, (usize, String)> = HashMap::new();
    for (case, seq, body) in rows {
        let (messages, words) = found.entry(case.clone()).or_default();
        if *messages < FIRST_MESSAGES {
            let place = Place { client, class: Class::Message, table: "message", row: &format!("{case}/{seq}") };
            let left = limits::TEXT_CHARS_MAX.saturating_sub(words.chars().count());
            words.extend(tx.unseal(&place, &body)?.chars().take(left));
            words.push('\n');
            *messages += 1;
        }
    }
    Ok(found.into_iter().map(|(case, (_, words))| (case, words)).collect())
}

/// Fixes of a client with their intent and cause, those changed last first.
pub(crate) fn fixes(tx: &mut Tx, client: &ClientId) -> Result<Vec<(String, String, FixOf)>> {
    tx.query(
        "SELECT intent, cause, fix_id, fix_type, state FROM fix WHERE client_id = $1 ORDER BY changed_ms DESC, fix_id LIMIT $2",
        params![client, limits::FIXES_MAX],
        |r| Ok((r.text(0)?, r.text(1)?, FixOf { id: r.text(2)?, fix_type: r.text(3)?, state: r.text(4)? })),
    )
}
