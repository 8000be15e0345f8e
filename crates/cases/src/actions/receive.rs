//! A contact comes in: deduplicated, joined to its case or opening one, handed to the run.

use crate::merged;
use crate::rules::{self, Clean};
use crate::store::write::Place;
use crate::store::{self, write};
use crate::{Case, CaseState, CasesConfig, Channel, limits};
use baton_base::{Actor, Author, CaseId, CustomerId, Error, Event, MessageId, Result, Versions};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger, redact};
use baton_runs::{Processes, RunInput};
use serde_json::{Value, json};
use std::sync::Arc;

/// What this room works with: the releases' parts. Cheap to clone.
#[derive(Clone, Default)]
pub struct Cases {
    /// Templates, service levels, language.
    pub config: Arc<Versions<CasesConfig>>,
    /// Processes by which cases enter.
    pub processes: Arc<Versions<Processes>>,
    /// Whether a customer's words sound angry; where nobody says, that is written down of no case.
    pub is_upset: Option<fn(&str) -> bool>,
}

/// A contact as a channel brings it in.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// By which way.
    pub channel: Channel,
    /// Who, on that channel; not read where `case` is given.
    pub address: String,
    /// Name, if known.
    pub name: Option<String>,
    /// Language tag, if known.
    pub locale: Option<String>,
    /// What the customer wrote.
    pub text: String,
    /// Id given by the sender: the same id is the same message.
    pub external_id: Option<String>,
    /// The case it belongs to, if the sender knows.
    pub case: Option<CaseId>,
    /// Structured data that came with it.
    pub data: Value,
}

/// What became of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The case it is in.
    pub case: CaseId,
    /// The message; the first one, if this is a duplicate.
    pub message: MessageId,
    /// Its number in the case.
    pub seq: i64,
    /// It opened the case.
    pub new: bool,
    /// It was here already; nothing was changed.
    pub duplicate: bool,
}

/// Takes a contact in.
///
/// On the API channel every new external id opens a case, unless a case is named. On chat and in a call the message joins
/// the customer's live case, and opens one where there is none, or where the named case has ended. An e-mail joins the case
/// that is named, where it is live, and otherwise opens one: a new thread is a new need.
///
/// What is for a case that was merged into another is taken into that one, as its own customer's words.
pub fn receive(tx: &mut Tx, ctx: &Ctx, cases: &Cases, incoming: Incoming) -> Result<Received> {
    let contact = Contact::read(incoming, cases.is_upset)?;
    match &contact.case {
        Some(case) => {
            ctx.allow(Right::CaseReply)?;
            let found = store::find(tx, &ctx.client, case)?.ok_or_else(|| store::not_found(case))?;
            into_named(tx, ctx, cases, &contact, found)
        }
        None => {
            ctx.allow(Right::CaseCreate)?;
            from_address(tx, ctx, cases, &contact)
        }
    }
}

/// A contact after its checks.
struct Contact {
    channel: Channel,
    address: String,
    name: String,
    locale: Option<String>,
    clean: Clean,
    external_id: Option<String>,
    case: Option<CaseId>,
    data: Value,
    upset: Option<bool>,
}

impl Contact {
    fn read(incoming: Incoming, is_upset: Option<fn(&str) -> bool>) -> Result<Self> {
        let address = match &incoming.case {
            Some(_) => String::new(),
            None => rules::short("address", &incoming.address, limits::ADDRESS_BYTES_MAX)?,
        };
        let external_id = incoming.external_id.as_deref();
        let external_id =
            external_id.map(|id| rules::short("external_id", id, limits::EXTERNAL_ID_BYTES_MAX)).transpose()?;
        if incoming.channel == Channel::Api && incoming.case.is_none() && external_id.is_none() {
            let detail = "give an id of your own: sending the same id again never opens a second case";
            return Err(Error::invalid_at("external_id", "external_id is missing", detail));
        }
        rules::sized("data", &incoming.data, limits::DATA_BYTES_MAX)?;
        // Before anything is written or handed on: a card's number is never kept.
        let (text, mut cards) = redact::mask_cards(&incoming.text);
        let clean = rules::clean_text(&text, incoming.channel)?;
        let mut data = match incoming.data {
            Value::Null => json!({}),
            data @ Value::Object(_) => data,
            _ => return Err(Error::invalid_at("data", "data is not an object", "send a JSON object, or leave it out")),
        };
        cards += redact::mask_cards_in(&mut data);
        if cards > 0 {
            data["cards_masked"] = cards.into();
        }
        if clean.oversized {
            data["oversized"] = Value::Bool(true);
        }
        if clean.stripped > 0 {
            data["stripped"] = clean.stripped.into();
        }
        Ok(Self {
            channel: incoming.channel,
            address,
            name: rules::one_line(
                &redact::mask_cards(incoming.name.as_deref().unwrap_or_default()).0,
                limits::NAME_CHARS_MAX,
            ),
            locale: incoming.locale.as_deref().map(rules::locale).transpose()?,
            upset: is_upset.map(|is_upset| is_upset(&clean.text)),
            clean,
            external_id,
            case: incoming.case,
            data,
        })
    }

    /// The external id that a case is known by: only the API channel's are unique for the client.
    fn case_key(&self) -> Option<&str> {
        self.external_id.as_deref().filter(|_| self.channel == Channel::Api && self.case.is_none())
    }
}

fn from_address(tx: &mut Tx, ctx: &Ctx, cases: &Cases, contact: &Contact) -> Result<Received> {
    if let Some(known) = known_case(tx, ctx, contact)? {
        return Ok(known);
    }
    let customer = customer_of(tx, ctx, cases, contact)?;
    match contact.channel {
        Channel::Api => open(tx, ctx, cases, contact, &customer),
        Channel::Email => anew(tx, ctx, cases, contact, &customer),
        Channel::Chat | Channel::A2a | Channel::Voice => into_live(tx, ctx, cases, contact, &customer),
    }
}

fn into_named(tx: &mut Tx, ctx: &Ctx, cases: &Cases, contact: &Contact, found: Case) -> Result<Received> {
    let (own, id) = (found.own_customer(), found.row.customer.id.clone());
    let (name, locale) = write::lock_customer(tx, &ctx.client, &id)?;
    let customer = Customer { id, own, name, locale };
    if let Some(known) = known_in(tx, ctx, &found.row.id, contact.external_id.as_deref())? {
        return Ok(known);
    }
    if let Some(end) = merged::live_end(tx, &ctx.client, &found.row.id)? {
        let into = Place { case: end, via: Some(found.row.id) };
        return join(tx, ctx, contact, &customer, &into);
    }
    // A merge that was undone before the customer was locked has not been seen yet.
    let live = found.row.state.is_live() || found.row.is_merged() && is_live(tx, ctx, &found.row.id)?;
    if live {
        return join(tx, ctx, contact, &customer, &Place { case: found.row.id, via: None });
    }
    // The case has ended since.
    match contact.channel {
        Channel::Chat | Channel::Voice => into_live(tx, ctx, cases, contact, &customer),
        Channel::Email => anew(tx, ctx, cases, contact, &customer),
        Channel::Api | Channel::A2a => {
            Err(Error::Conflict(format!("case {} has ended; open a new one", found.row.number)))
        }
    }
}

fn is_live(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<bool> {
    Ok(store::find(tx, &ctx.client, case)?.is_some_and(|found| found.row.state.is_live()))
}

/// A new case, unless this very message was here already.
fn anew(tx: &mut Tx, ctx: &Ctx, cases: &Cases, contact: &Contact, customer: &Customer) -> Result<Received> {
    match known_of(tx, ctx, contact, customer)? {
        Some(known) => Ok(known),
        None => open(tx, ctx, cases, contact, customer),
    }
}

fn known_of(tx: &mut Tx, ctx: &Ctx, contact: &Contact, customer: &Customer) -> Result<Option<Received>> {
    let Some(id) = &contact.external_id else { return Ok(None) };
    let mut known = write::known_message(tx, &ctx.client, (&customer.id, &customer.own), id)?;
    if known.is_none() {
        known = write::known_through(tx, &ctx.client, &customer.id, &own_id(customer, id))?;
    }
    Ok(known.map(|(case, message, seq)| Received { case, message, seq, new: false, duplicate: true }))
}

fn into_live(tx: &mut Tx, ctx: &Ctx, cases: &Cases, contact: &Contact, customer: &Customer) -> Result<Received> {
    if let Some(known) = known_of(tx, ctx, contact, customer)? {
        return Ok(known);
    }
    match write::live_case(tx, &ctx.client, (&customer.id, &customer.own), contact.channel)? {
        Some(into) => join(tx, ctx, contact, customer, &into),
        None => open(tx, ctx, cases, contact, customer),
    }
}

fn known_case(tx: &mut Tx, ctx: &Ctx, contact: &Contact) -> Result<Option<Received>> {
    let Some(key) = contact.case_key() else { return Ok(None) };
    let known = write::known_case(tx, &ctx.client, contact.channel, key)?;
    Ok(known.map(|(case, message)| Received { case, message, seq: 1, new: false, duplicate: true }))
}

/// In a case of somebody else's a sender's id is told apart from those of that case's customer.
fn own_id(customer: &Customer, external_id: &str) -> String {
    format!("{}/{external_id}", customer.own)
}

fn known_in(tx: &mut Tx, ctx: &Ctx, case: &CaseId, external_id: Option<&str>) -> Result<Option<Received>> {
    let Some(id) = external_id else { return Ok(None) };
    let known = write::known_in_case(tx, &ctx.client, case, id)?;
    Ok(known.map(|(message, seq)| Received { case: case.clone(), message, seq, new: false, duplicate: true }))
}

struct Customer {
    id: CustomerId,
    /// Who they are when nobody is linked.
    own: CustomerId,
    name: String,
    locale: String,
}

/// The customer behind the contact's address, locked until the commit; a new address is a new customer.
fn customer_of(tx: &mut Tx, ctx: &Ctx, cases: &Cases, contact: &Contact) -> Result<Customer> {
    let fresh = CustomerId::known(ctx.id(CustomerId::PREFIX));
    let (id, own) = write::identity(tx, &ctx.client, contact.channel, &contact.address, &fresh)?;
    if id == fresh {
        let locale = match &contact.locale {
            Some(locale) => locale.clone(),
            None => cases.config.live(&ctx.client)?.1.locale.clone(),
        };
        write::insert_customer(tx, &ctx.client, &id, &contact.name, &locale, ctx.now_ms())?;
        return Ok(Customer { id, own, name: contact.name.clone(), locale });
    }
    let (mut name, locale) = write::lock_customer(tx, &ctx.client, &id)?;
    if name.is_empty() && !contact.name.is_empty() {
        write::name_customer(tx, &ctx.client, &id, &contact.name)?;
        name.clone_from(&contact.name);
    }
    Ok(Customer { id, own, name, locale })
}

/// Opens a case with its first message and starts the channel's process on it.
fn open(tx: &mut Tx, ctx: &Ctx, cases: &Cases, contact: &Contact, customer: &Customer) -> Result<Received> {
    let (release, config) = cases.config.live(&ctx.client)?;
    let (_, processes) = cases.processes.live(&ctx.client)?;
    let process = processes.entry(contact.channel.as_str()).ok_or_else(|| {
        let what = format!("{} does not take contacts by {}", ctx.client, contact.channel);
        Error::invalid_at("channel", what, "name an entry process for the channel in blueprint.yaml, or use another")
    })?;
    let case = CaseId::known(ctx.id(CaseId::PREFIX));
    let now_ms = ctx.now_ms();
    let language = contact.locale.as_ref().unwrap_or(&customer.locale);
    let actor = Actor::system(format!("process:{process}"));
    let subject = rules::subject_of(&contact.clean.text);
    let new = write::NewCase {
        case: &case,
        number: write::next_number(tx, &ctx.client)?,
        customer: &customer.id,
        came_as: Some(&customer.own).filter(|own| **own != customer.id),
        channel: contact.channel,
        subject: &subject,
        actor: &actor,
        language,
        run: None,
        release: &release,
        messages: 1,
        now_ms,
        due_ms: rules::due_ms(&config.sla, now_ms, false),
        external_id: contact.case_key(),
        upset: contact.upset,
    };
    if !write::insert_case(tx, &ctx.client, &new)? {
        // The same external id came in at the same time by another way, and was first.
        let known = known_case(tx, ctx, contact)?;
        return known.ok_or_else(|| Error::broken("an external id is taken by no case"));
    }
    let message = MessageId::known(ctx.id(MessageId::PREFIX));
    let put = Put { case: &case, seq: 1, message: &message, via: None, external_id: contact.external_id.as_deref() };
    insert(tx, ctx, contact, customer, &put)?;
    let begin = Begin { new: &new, message: &message, text: rules::text_for_run(&contact.clean), name: &customer.name };
    let input = begin.input(&contact.data);
    let event = Event::new(&ctx.client, "case.opened", &case).in_case(&case);
    let data = json!({"number": new.number, "channel": contact.channel, "process": process, "customer": customer.id});
    ledger::append(tx, ctx, event.with(data))?;
    append_received(tx, ctx, contact, &case, &message, 1)?;
    let system = ctx.as_system(&format!("channel:{}", contact.channel)).for_customer(&customer.id);
    let run = baton_runs::start(tx, &system, &cases.processes, process, Some(&case), input)?;
    write::set_run(tx, &ctx.client, &case, &run)?;
    Ok(Received { case, message, seq: 1, new: true, duplicate: false })
}

/// What the process of a new case is begun with.
pub(crate) struct Begin<'a> {
    pub new: &'a write::NewCase<'a>,
    pub message: &'a MessageId,
    pub text: &'a str,
    pub name: &'a str,
}

impl Begin<'_> {
    pub(crate) fn input(&self, data: &Value) -> Value {
        let Self { new, message, text, name } = self;
        json!({
            "case_id": new.case, "case_number": new.number, "channel": new.channel, "language": new.language, "text": text,
            "message_id": message, "data": data, "customer": {"id": new.customer, "name": name},
        })
    }
}

/// Adds a message to a live case and hands it to the run, unless a person has the case.
///
/// The run is locked before the case, as in a run's own turn; how the case stands is looked at again after.
fn join(tx: &mut Tx, ctx: &Ctx, contact: &Contact, customer: &Customer, into: &Place) -> Result<Received> {
    let case = &into.case;
    let seen = store::find(tx, &ctx.client, case)?.ok_or_else(|| store::not_found(case))?;
    let is_others = seen.row.customer.id != customer.id;
    let external_id = contact.external_id.as_ref().map(|id| if is_others { own_id(customer, id) } else { id.clone() });
    if into.via.is_some()
        && let Some(known) = known_in(tx, ctx, case, external_id.as_deref())?
    {
        return Ok(known);
    }
    let message = MessageId::known(ctx.id(MessageId::PREFIX));
    let mut posted = false;
    if seen.row.state != CaseState::WithPerson {
        posted = post(tx, ctx, contact, &seen, &message)?;
    }
    let (after, seq) = write::change(tx, &ctx.client, case, ctx.now_ms(), |_, case| {
        let seq = case.next_seq();
        case.row.state = rules::after_customer(case.row.state);
        case.reply_by = Some(contact.channel).filter(|channel| *channel != case.row.channel);
        case.reply_to = None;
        case.upset = contact.upset;
        if posted && case.held_from_seq == Some(seq) {
            case.held_from_seq = Some(seq + 1);
        }
        Ok(seq)
    })?;
    let came_back = !posted && after.row.state != CaseState::WithPerson;
    if came_back {
        post(tx, ctx, contact, &after, &message)?;
    }
    let put = Put { case, seq, message: &message, via: into.via.as_ref(), external_id: external_id.as_deref() };
    insert(tx, ctx, contact, customer, &put)?;
    append_received(tx, ctx, contact, case, &message, seq)?;
    Ok(Received { case: case.clone(), message, seq, new: false, duplicate: false })
}

fn post(tx: &mut Tx, ctx: &Ctx, contact: &Contact, case: &Case, message: &MessageId) -> Result<bool> {
    let Some(run) = &case.run else { return Ok(false) };
    let event = message_event(message, rules::text_for_run(&contact.clean), &contact.data, ctx.now_ms());
    baton_runs::post(tx, ctx, run, &RunInput::Message { event })?;
    Ok(true)
}

/// A customer's message as a run's open call gets it.
pub(crate) fn message_event(message: &MessageId, text: &str, data: &Value, at_ms: i64) -> Value {
    json!({"type": "message", "message_id": message, "text": text, "data": data, "at_ms": at_ms})
}

/// Where a message is put.
struct Put<'a> {
    case: &'a CaseId,
    seq: i64,
    message: &'a MessageId,
    via: Option<&'a CaseId>,
    external_id: Option<&'a str>,
}

fn insert(tx: &mut Tx, ctx: &Ctx, contact: &Contact, customer: &Customer, put: &Put<'_>) -> Result<()> {
    let new = write::NewMessage {
        case: put.case,
        seq: put.seq,
        message: put.message,
        author: &Author::Customer { id: customer.id.clone() },
        came_as: Some(&customer.own).filter(|own| **own != customer.id),
        text: &contact.clean.text,
        articles: &Value::Null,
        sources: &[],
        external_id: put.external_id,
        now_ms: ctx.now_ms(),
        via: put.via,
        copy_of: None,
    };
    write::insert_message(tx, &ctx.client, &new)
}

fn append_received(
    tx: &mut Tx,
    ctx: &Ctx,
    contact: &Contact,
    case: &CaseId,
    message: &MessageId,
    seq: i64,
) -> Result<()> {
    let event = Event::new(&ctx.client, "message.received", message).in_case(case).with(json!({
        "seq": seq, "channel": contact.channel, "bytes": contact.clean.text.len(),
        "stripped": contact.clean.stripped, "oversized": contact.clean.oversized,
    }));
    ledger::append(tx, ctx, event)?;
    Ok(())
}
