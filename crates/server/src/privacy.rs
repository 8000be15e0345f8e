//! A customer's data across the rooms: export, erasure with its certificate, retention.

use crate::House;
use baton_base::{CaseId, ClientId, CustomerId, Error, Event, MessageId, Result, RunId, digest_of_text};
use baton_cases::{Channel, merged, people};
use baton_channels::mail;
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger, settings};
use baton_tools::store;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Looks at a client's runs for those that may go, in one round; the next goes on from there.
const RUN_LOOKS_MAX: usize = 100;
/// Runs erased in one transaction: each has rows in ten tables, and whoever has something to write meanwhile waits.
const RUNS_TOGETHER_MAX: usize = 50;
/// Setting: the last run that was looked at.
const RUNS_SEEN: &str = "retention.runs.seen";
/// Most days that can be set.
const DAYS_MAX: u32 = 36_500;

/// What is kept for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Customers, after the end of their last case.
    Customers,
    /// Exchanges with language models.
    ModelExchanges,
    /// Mails as they came, after the end of their case; those in no case after they came.
    Mails,
    /// What is in the files of a case, after its end.
    Files,
    /// Runs for no case, after their end.
    Runs,
}

impl Kept {
    /// Every class.
    pub const ALL: &[Self] = &[Self::Customers, Self::ModelExchanges, Self::Mails, Self::Files, Self::Runs];

    /// On the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::ModelExchanges => "model-exchanges",
            Self::Mails => "mails",
            Self::Files => "files",
            Self::Runs => "runs",
        }
    }

    fn setting(self) -> String {
        format!("retention.{}.days", self.name())
    }
}

impl std::str::FromStr for Kept {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let known = Self::ALL.iter().copied().find(|kept| kept.name() == text);
        known.ok_or_else(|| {
            let remedy = "use customers, model-exchanges, mails, files or runs";
            Error::invalid_at("class", format!("nothing is kept as '{text}'"), remedy)
        })
    }
}

/// Days for which a class is kept; `None` is without end.
pub fn kept_days(tx: &mut Tx, client: &ClientId, class: Kept) -> Result<Option<u32>> {
    Ok(settings::get(tx, client, &class.setting())?.and_then(|days| days.parse().ok()).filter(|days| *days > 0))
}

/// Sets for how many days a class is kept; 0 is without end.
pub fn keep(tx: &mut Tx, ctx: &Ctx, class: Kept, days: u32) -> Result<()> {
    ctx.allow(Right::CustomerErase)?;
    if days > DAYS_MAX {
        return Err(Error::Limit(format!("at most {DAYS_MAX} days")));
    }
    settings::set(tx, &ctx.client, &class.setting(), &days.to_string())?;
    let event = Event::new(&ctx.client, "retention.set", class.name()).with(json!({"days": days}));
    ledger::append(tx, ctx, event).map(|_| ())
}

/// All that is kept of a customer, by whichever channel: of one who is linked into another it is all of both.
pub fn export(tx: &mut Tx, ctx: &Ctx, id: &CustomerId) -> Result<Value> {
    ctx.allow(Right::CustomerExport)?;
    let inner = ctx.as_system("privacy");
    baton_cases::customer(tx, &ctx.client, id)?;
    let id = &people::main_of(tx, &ctx.client, id)?;
    let customer = baton_cases::customer(tx, &ctx.client, id)?;
    let linked = people::members(tx, &ctx.client, id)?;
    let addresses: Vec<_> = baton_cases::addresses(tx, &ctx.client, id)?
        .into_iter()
        .map(|(channel, address)| json!({"channel": channel, "address": address}))
        .collect();
    let mut beside = Vec::new();
    for address in mail_addresses(tx, &ctx.client, id)? {
        beside.extend(baton_channels::mail::beside_cases(tx, &ctx.client, &address)?);
    }
    let mut cases = Vec::new();
    for (case, _) in baton_cases::cases_of(tx, &ctx.client, id)? {
        cases.push(export_case(tx, &inner, id, &case)?);
    }
    Ok(json!({
        "format": "baton-customer-export/1", "client": ctx.client, "exported_ms": ctx.now_ms(),
        "customer": customer, "linked": linked, "addresses": addresses, "cases": cases,
        "mails_beside_cases": beside,
    }))
}

/// The addresses from which a customer writes mails: there may be some that opened no case.
fn mail_addresses(tx: &mut Tx, client: &ClientId, id: &CustomerId) -> Result<Vec<String>> {
    let all = baton_cases::addresses(tx, client, id)?.into_iter();
    let mails = all.filter(|(channel, _)| channel == Channel::Email.as_str());
    Ok(mails.map(|(_, address)| address).collect())
}

/// One case of a customer: without what another customer wrote, whose case was merged into it; and where it was merged into
/// another, with what was said to this customer there.
fn export_case(tx: &mut Tx, inner: &Ctx, id: &CustomerId, case: &CaseId) -> Result<Value> {
    let client = &inner.client;
    let (others, messages): (Vec<_>, Vec<_>) =
        baton_cases::all_messages(tx, client, case)?.into_iter().partition(|message| message.is_of_other(id));
    let others: BTreeSet<MessageId> = others.into_iter().map(|message| message.id).collect();
    let mut mails = mail::mails_of_case(tx, inner, case)?;
    mails.retain(|mail| mail.message.as_ref().is_none_or(|message| !others.contains(message)));
    let mut files = mail::of_case(tx, inner, case)?;
    files.retain(|file| !others.contains(&file.message));
    // A packet quotes whoever wrote last.
    let packet = if others.is_empty() { baton_desk::packet_of_case(tx, inner, case)? } else { None };
    let said = merged::said_on(tx, inner, case)?;
    let own: BTreeSet<MessageId> =
        said.iter().filter(|message| message.author.kind == "customer").map(|message| message.id.clone()).collect();
    let end = merged::works_in(tx, client, case)?.map(|(end, _)| end);
    if let Some(end) = &end {
        let there = mail::mails_of_case(tx, inner, end)?;
        mails.extend(
            there.into_iter().filter(|mail| mail.message.as_ref().is_some_and(|message| own.contains(message))),
        );
        files.extend(mail::of_case(tx, inner, end)?.into_iter().filter(|file| own.contains(&file.message)));
    }
    Ok(json!({
        "case": baton_cases::get(tx, inner, case)?,
        "messages": messages,
        "said_where_it_was_merged": said,
        "merged_into": end,
        "packet": packet,
        "work_items": baton_desk::of_case(tx, inner, case)?,
        "notes": baton_cases::all_notes(tx, inner, case)?,
        "offers": baton_desk::offers_of_case(tx, client, case)?,
        "effects": store::of_case(tx, client, case)?,
        "unanswered_questions": questions(tx, client, case)?,
        "mails": mails,
        "files": files,
    }))
}

/// Questions of a case that no article answered, and that are kept in its customer's words.
fn questions(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<Value>> {
    let gaps = baton_knowledge::gaps::first_asked_in(tx, client, case)?;
    Ok(gaps.into_iter().map(|gap| json!({"question": gap.question, "asked_ms": gap.first_ms})).collect())
}

/// The same, and written to the ledger.
pub fn export_noted(tx: &mut Tx, ctx: &Ctx, id: &CustomerId) -> Result<Value> {
    let exported = export(tx, ctx, id)?;
    ledger::append(tx, ctx, Event::new(&ctx.client, "customer.exported", id))?;
    Ok(exported)
}

/// Erases a customer and whoever is linked to them. Refused while a hold is on, or a case is open. Returns the certificate, which is in the ledger too.
///
/// `salt` is random; it is in the certificate alone, so that whoever has it can show that it speaks of their address, and
/// the ledger's digests tell nobody anything.
pub fn erase(tx: &mut Tx, ctx: &Ctx, id: &CustomerId, salt: &str) -> Result<Value> {
    ctx.allow(Right::CustomerErase)?;
    baton_cases::customer(tx, &ctx.client, id)?;
    let id = &people::main_of(tx, &ctx.client, id)?;
    let customer = baton_cases::customer(tx, &ctx.client, id)?;
    let linked = people::members(tx, &ctx.client, id)?;
    if let Some(reason) = customer.held {
        return Err(Error::Conflict(format!("the customer's data is held: {reason}; lift the hold first")));
    }
    if let Some((other, reason)) = baton_cases::held_beside(tx, &ctx.client, id)? {
        let why = format!(
            "a case of theirs was merged with one of {other}, whose data is held: {reason}; lift that hold first"
        );
        return Err(Error::Conflict(why));
    }
    baton_cases::lock_cases(tx, &ctx.client, id)?;
    let cases = baton_cases::cases_of(tx, &ctx.client, id)?;
    if let Some((case, _)) = cases.iter().find(|(_, ended)| !ended) {
        return Err(Error::Conflict(format!("the case {case} has not ended; resolve or close it first")));
    }
    let digests: Vec<_> = baton_cases::addresses(tx, &ctx.client, id)?
        .into_iter()
        .map(|(channel, address)| digest_of_text(&format!("{salt}\n{channel}\n{address}")))
        .collect();
    let destroyed = tx.overwriting(|tx| destroy(tx, ctx, id, &cases))?;
    let mut certificate = json!({
        "format": "baton-erasure/1", "client": ctx.client, "customer": id, "linked": linked, "erased_ms": ctx.now_ms(),
        "by": ctx.actor.to_string(), "destroyed": destroyed, "address_digests": digests,
        "stays": [
            "the customer's id, language and time of first contact, without name and address",
            "that there were cases, when, with which intent and outcome; that messages were sent, when and by whom",
            "that calls were made to other systems, when, and SHA-256 digests of their arguments",
            "the ledger's entries: ids, names of fields, digests, decisions; and reasons that members wrote",
            "where a case of theirs was merged with another customer's: that customer's own words, notes and effects",
            "what other systems were told, and backups made before, which are theirs to erase",
        ],
    });
    let event = Event::new(&ctx.client, "customer.erased", id).with(certificate.clone());
    certificate["ledger_entry"] = json!(ledger::append(tx, ctx, event)?);
    certificate["salt"] = json!(salt);
    Ok(certificate)
}

fn destroy(tx: &mut Tx, ctx: &Ctx, id: &CustomerId, cases: &[(CaseId, bool)]) -> Result<Value> {
    let client = &ctx.client;
    let (mut packets, mut items, mut runs, mut effects, mut exchanges, mut gaps) = (0, 0, 0, 0, 0, 0);
    let (mut mails, mut files) = (0, 0);
    for (case, _) in cases {
        let (of_packets, of_items) = baton_desk::erase_case(tx, client, case)?;
        packets += of_packets;
        items += of_items;
        runs += baton_runs::erase_case(tx, client, case)?;
        effects += baton_tools::erase_case(tx, client, case)?;
        exchanges += baton_agents::erase_case(tx, client, case)?;
        gaps += baton_knowledge::erase_case(tx, client, case)?;
        let (of_mails, of_files) = mail::erase_case(tx, client, case, id)?;
        mails += of_mails;
        files += of_files;
    }
    for address in mail_addresses(tx, client, id)? {
        mails += mail::erase_sender(tx, client, &address)?;
    }
    for (_, _, message) in merged::others_words(tx, client, id)? {
        let (of_mails, of_files) = mail::erase_message(tx, client, &message)?;
        mails += of_mails;
        files += of_files;
    }
    for (case, since_ms) in merged::heard_in(tx, client, id)? {
        // What was made of both customers' words cannot be told apart; what was made before is the other's alone.
        packets += baton_desk::erase_packets(tx, client, &case)?;
        runs += baton_runs::erase_case(tx, client, &case)?;
        exchanges += baton_agents::erase_since(tx, client, &case, since_ms)?;
    }
    let mut destroyed = baton_cases::erase(tx, client, id, ctx.now_ms())?;
    destroyed["packets"] = json!(packets);
    destroyed["work_items_emptied"] = json!(items);
    destroyed["runs"] = json!(runs);
    destroyed["effects_emptied"] = json!(effects);
    destroyed["model_exchanges"] = json!(exchanges);
    destroyed["unanswered_questions"] = json!(gaps);
    destroyed["mails_emptied"] = json!(mails);
    destroyed["files"] = json!(files);
    Ok(destroyed)
}

/// A salt for [`erase`].
pub fn salt() -> Result<String> {
    baton_db::vault::fresh_text()
}

/// Empties a class of what has been kept for as long as is set. How much of it is in the ledger.
fn empty(tx: &mut Tx, ctx: &Ctx, class: Kept, now_ms: i64) -> Result<()> {
    let Some(days) = kept_days(tx, &ctx.client, class)? else { return Ok(()) };
    let before_ms = now_ms - i64::from(days) * DAY_MS;
    let emptied = match class {
        // A customer is erased whole, and a run, each by themselves.
        Kept::Customers | Kept::Runs => 0,
        Kept::ModelExchanges => baton_agents::erase_before(tx, &ctx.client, before_ms)?,
        Kept::Mails => mail::empty_mails(tx, &ctx.client, before_ms)?,
        Kept::Files => mail::empty_files(tx, &ctx.client, before_ms)?,
    };
    if emptied > 0 {
        let event = Event::new(&ctx.client, "retention.emptied", class.name());
        ledger::append(tx, ctx, event.with(json!({"count": emptied, "days": days})))?;
    }
    Ok(())
}

/// Erases what has been kept for as long as is set; what cannot be erased yet waits.
pub async fn retain(house: &Arc<House>) -> Result<()> {
    for client in house.parts.clients() {
        let (ctx, now_ms) = (house.system(&client, "retention"), house.env.now_ms());
        let of = client.clone();
        house.db.write(move |tx| baton_channels::files::drop_unsent(tx, &of, now_ms)).await?;
        let due = house
            .db
            .write(move |tx| {
                for class in [Kept::ModelExchanges, Kept::Mails, Kept::Files] {
                    empty(tx, &ctx, class, now_ms)?;
                }
                let days = kept_days(tx, &ctx.client, Kept::Customers)?;
                days.map_or(Ok(Vec::new()), |days| {
                    baton_cases::gone_since(tx, &ctx.client, now_ms - i64::from(days) * DAY_MS)
                })
            })
            .await?;
        retain_runs(house, &client, now_ms).await?;
        for customer in due {
            let (ctx, salt) = (house.system(&client, "retention"), salt()?);
            match house.db.write(move |tx| erase(tx, &ctx, &customer, &salt)).await {
                Ok(_) | Err(Error::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Erases runs for no case that ended long ago. Whose data they hold nobody can tell: while any customer's is held, all of them stay.
async fn retain_runs(house: &Arc<House>, client: &ClientId, now_ms: i64) -> Result<()> {
    let of = client.clone();
    let read = move |tx: &mut Tx| {
        let days = kept_days(tx, &of, Kept::Runs)?;
        Ok((days, baton_cases::holds_any(tx, &of)?, settings::get(tx, &of, RUNS_SEEN)?))
    };
    let (Some(days), false, seen) = house.db.read(read).await? else { return Ok(()) };
    let before_ms = now_ms - i64::from(days) * DAY_MS;
    let mut seen = seen.filter(|seen| !seen.is_empty()).map(RunId::known);
    for _ in 0..RUN_LOOKS_MAX {
        let (of, behind) = (client.clone(), seen);
        let looked = move |tx: &mut Tx| baton_runs::ended_without_case(tx, &of, behind.as_ref(), before_ms);
        let (runs, last) = house.db.read(looked).await?;
        for some in runs.chunks(RUNS_TOGETHER_MAX) {
            let (ctx, some) = (house.system(client, "retention"), some.to_vec());
            house.db.write(move |tx| erase_runs(tx, &ctx, &some, before_ms)).await?;
        }
        seen = last;
        if seen.is_none() {
            break;
        }
    }
    let (of, seen) = (client.clone(), seen.map_or_else(String::new, |run| run.to_string()));
    house.db.write(move |tx| settings::set(tx, &of, RUNS_SEEN, &seen)).await
}

fn erase_runs(tx: &mut Tx, ctx: &Ctx, runs: &[RunId], before_ms: i64) -> Result<()> {
    if baton_cases::holds_any(tx, &ctx.client)? {
        return Ok(());
    }
    let gone = tx.overwriting(|tx| baton_runs::erase_ended(tx, &ctx.client, runs, before_ms))?;
    if gone > 0 {
        let event = Event::new(&ctx.client, "runs.erased", Kept::Runs.name());
        ledger::append(tx, ctx, event.with(json!({"runs": gone, "ended_before_ms": before_ms})))?;
    }
    Ok(())
}
