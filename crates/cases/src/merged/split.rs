//! Chosen messages of a case become a case of their own.

use super::store::{self, SplitRow};
use super::{family, marks, rules};
use crate::actions::receive::Begin;
use crate::store::{self as cases, write};
use crate::{Case, Cases, MessageRow, Writer, limits, rules as common};
use baton_base::{Actor, AgentName, Author, CaseId, CustomerId, Error, Event, MemberId, MessageId, Result, RunId};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger, redact};
use serde_json::{Value, json};

/// What is to be split off.
#[derive(Debug, Clone)]
pub struct Split {
    /// The case.
    pub case: CaseId,
    /// Messages of it, or of cases that were merged into it.
    pub messages: Vec<MessageId>,
    /// What the new case is called; by its first message, if empty.
    pub subject: String,
    /// The channel's process takes it on, as if it had just come in; otherwise the caller gives it to people.
    pub start: bool,
    /// What else came with the messages, such as their files: an object, or null. The process is told it.
    pub data: Value,
}

/// The new case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitOff {
    /// Its id.
    pub case: CaseId,
    /// Its number for people.
    pub number: i64,
    /// What it is called.
    pub subject: String,
    /// Its process, if that was begun.
    pub run: Option<RunId>,
}

/// Makes a new case of the same customer out of these messages, which stay where they are too.
pub fn split(tx: &mut Tx, ctx: &Ctx, parts: &Cases, order: &Split) -> Result<SplitOff> {
    ctx.allow(Right::CaseTake)?;
    let old = cases::find(tx, &ctx.client, &order.case)?.ok_or_else(|| cases::not_found(&order.case))?;
    may_split(&old)?;
    let messages = chosen(tx, ctx, order)?;
    let customer = rules::customer_of(&messages)?;
    let (erased, _) = store::lock_customer(tx, &ctx.client, &customer)?;
    if erased {
        return Err(Error::Conflict("the customer was erased; nothing is left to split off".to_owned()));
    }
    let base = base(tx, ctx, &messages)?;
    let made = make(tx, ctx, parts, order, &Made { base: &base, messages: &messages, customer: &customer })?;
    let row =
        SplitRow { case: made.case.clone(), from: old.row.id.clone(), by: ctx.actor.to_string(), at_ms: ctx.now_ms() };
    store::insert_split(tx, &ctx.client, &row)?;
    store::task_beside(tx, &ctx.client, &base.row.id, &made.case, ctx.now_ms())?;
    write::change(tx, &ctx.client, &old.row.id, ctx.now_ms(), |_, _| Ok(()))?;
    let ids: Vec<&MessageId> = messages.iter().map(|message| &message.id).collect();
    let facts = json!({"number": old.row.number, "into": made.case, "into_number": made.number, "messages": ids,
        "process": made.run.is_some()});
    let event = Event::new(&ctx.client, "case.split", &old.row.id).in_case(&old.row.id);
    ledger::append(tx, ctx, event.with(facts))?;
    Ok(made)
}

fn may_split(old: &Case) -> Result<()> {
    if old.is_merged() {
        let number = old.row.number;
        return Err(Error::Conflict(format!("case {number} was merged into another; split its messages off there")));
    }
    Ok(())
}

/// The chosen messages in the order in which they were sent.
fn chosen(tx: &mut Tx, ctx: &Ctx, order: &Split) -> Result<Vec<MessageRow>> {
    let family = family(tx, &ctx.client, &order.case)?;
    let mut messages = Vec::new();
    for id in rules::chosen(&order.messages)? {
        let found = cases::message_by_id(tx, &ctx.client, id)?.filter(|message| family.contains(&message.case));
        messages.push(found.ok_or_else(|| Error::not_found(format!("message {id} in case {}", order.case)))?);
    }
    for case in &family {
        let marks = marks(tx, &ctx.client, case)?;
        if let Some((message, there)) = messages.iter().find_map(|m| Some((m, marks.get(m.id.as_str())?))) {
            return Err(Error::Conflict(format!("message {} is in case {} already", message.seq, there.number)));
        }
    }
    messages.sort_by(|a, b| (a.sent_ms, &a.id).cmp(&(b.sent_ms, &b.id)));
    Ok(messages)
}

/// The case by which the customer's first message came in: the new one has its channel and language.
fn base(tx: &mut Tx, ctx: &Ctx, messages: &[MessageRow]) -> Result<Case> {
    let first = messages.iter().find(|message| message.author.kind == "customer");
    let by = first.map(|message| message.via_case.as_ref().unwrap_or(&message.case));
    let by = by.ok_or_else(|| Error::broken("a split without its customer's words"))?;
    cases::find(tx, &ctx.client, by)?.ok_or_else(|| cases::not_found(by))
}

/// What a new case is made of.
struct Made<'a> {
    base: &'a Case,
    messages: &'a [MessageRow],
    customer: &'a CustomerId,
}

impl Made<'_> {
    fn words(&self) -> String {
        let said = self.messages.iter().filter(|message| message.author.kind == "customer");
        said.map(|message| message.text.as_str()).collect::<Vec<_>>().join("\n\n")
    }

    fn last_words(&self) -> &str {
        let last = self.messages.iter().rev().find(|message| message.author.kind == "customer");
        last.map(|message| message.text.as_str()).unwrap_or_default()
    }
}

fn make(tx: &mut Tx, ctx: &Ctx, parts: &Cases, order: &Split, of: &Made<'_>) -> Result<SplitOff> {
    let (release, config) = parts.config.live(&ctx.client)?;
    let (_, processes) = parts.processes.live(&ctx.client)?;
    let channel = of.base.row.channel;
    let process = processes.entry(channel.as_str()).filter(|_| order.start);
    if order.start && process.is_none() {
        let detail = "leave it to people (then: queue), or name an entry process in blueprint.yaml";
        return Err(Error::invalid_at("then", format!("no process takes contacts by {channel}"), detail));
    }
    let case = CaseId::known(ctx.id(CaseId::PREFIX));
    let words = of.words();
    let given = common::one_line(&redact::mask_cards(&order.subject).0, limits::SUBJECT_CHARS_MAX);
    let subject = if given.is_empty() { common::subject_of(&words) } else { given };
    let actor = Actor::system(process.map_or_else(|| "process".to_owned(), |process| format!("process:{process}")));
    let new = write::NewCase {
        case: &case,
        number: write::next_number(tx, &ctx.client)?,
        customer: of.customer,
        came_as: of.base.came_as.as_ref().filter(|_| *of.customer == of.base.row.customer.id),
        channel,
        subject: &subject,
        actor: &actor,
        language: &of.base.row.language,
        run: None,
        release: &release,
        messages: i64::try_from(of.messages.len()).unwrap_or(i64::MAX),
        now_ms: ctx.now_ms(),
        due_ms: common::due_ms(&config.sla, ctx.now_ms(), false),
        external_id: None,
        upset: parts.is_upset.map(|is_upset| is_upset(of.last_words())),
    };
    if !write::insert_case(tx, &ctx.client, &new)? {
        return Err(Error::broken("a new case was there already"));
    }
    let first = copy(tx, ctx, (&case, new.came_as), of.messages)?;
    let data = json!({"number": new.number, "channel": channel, "process": process, "customer": of.customer,
        "split_from": order.case});
    ledger::append(tx, ctx, Event::new(&ctx.client, "case.opened", &case).in_case(&case).with(data))?;
    let name = &of.base.row.customer.name;
    let begin = Begin { new: &new, message: &first, text: common::cut(&words), name };
    let run = process.map(|process| start(tx, ctx, parts, process, (&begin, order))).transpose()?;
    Ok(SplitOff { number: new.number, case, subject, run })
}

fn start(tx: &mut Tx, ctx: &Ctx, parts: &Cases, process: &str, (begin, order): (&Begin<'_>, &Split)) -> Result<RunId> {
    let (case, channel) = (begin.new.case, begin.new.channel);
    let system = ctx.as_system(&format!("channel:{channel}")).for_customer(begin.new.customer);
    common::sized("data", &order.data, limits::DATA_BYTES_MAX)?;
    let mut data = order.data.as_object().cloned().unwrap_or_default();
    data.insert("split_from".to_owned(), json!(order.case));
    let input = begin.input(&Value::Object(data));
    let run = baton_runs::start(tx, &system, &parts.processes, process, Some(case), input)?;
    write::set_run(tx, &ctx.client, case, &run)?;
    Ok(run)
}

/// Says the messages again in the new case, as they were said and when; the id of its customer's first.
fn copy(
    tx: &mut Tx,
    ctx: &Ctx,
    (case, came_as): (&CaseId, Option<&CustomerId>),
    messages: &[MessageRow],
) -> Result<MessageId> {
    let mut first = None;
    for (seq, message) in (1_i64..).zip(messages) {
        let id = MessageId::known(ctx.id(MessageId::PREFIX));
        let author = author(&message.author)?;
        let new = write::NewMessage {
            case,
            seq,
            message: &id,
            author: &author,
            came_as: came_as.filter(|_| matches!(author, Author::Customer { .. })),
            text: &message.text,
            articles: &if message.articles.is_empty() { Value::Null } else { json!(message.articles) },
            sources: &message.sources,
            external_id: None,
            now_ms: message.sent_ms,
            via: None,
            copy_of: Some(&message.id),
        };
        write::insert_message(tx, &ctx.client, &new)?;
        if first.is_none() && matches!(author, Author::Customer { .. }) {
            first = Some(id);
        }
    }
    first.ok_or_else(|| Error::broken("a split without its customer's words"))
}

fn author(writer: &Writer) -> Result<Author> {
    let actor = match writer.kind.as_str() {
        "customer" => return Ok(Author::Customer { id: writer.name.parse::<CustomerId>()? }),
        "member" => Actor::Member { id: writer.name.parse::<MemberId>()? },
        "agent" => {
            let version = writer.version.clone().unwrap_or_default();
            Actor::Agent { name: writer.name.parse::<AgentName>()?, version }
        }
        _ => Actor::system(writer.name.clone()),
    };
    Ok(Author::Actor { actor })
}
