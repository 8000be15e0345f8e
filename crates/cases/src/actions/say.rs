//! An actor writes to the customer.

use crate::deliver;
use crate::rules;
use crate::store::{self, write};
use crate::{Case, CaseState, CasesConfig, limits};
use baton_base::{
    Actor, ArticleId, Author, CaseId, Citation, Error, Event, MessageId, Result, limits::MESSAGE_BYTES_MAX,
};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger, redact};
use serde_json::{Value, json};

/// What an actor writes.
#[derive(Debug, Clone, Default)]
pub struct Saying<'a> {
    /// The text.
    pub text: &'a str,
    /// Articles that it stands on, beside those of the sources.
    pub articles: &'a [ArticleId],
    /// Sections that it stands on.
    pub sources: &'a [Citation],
    /// Id given by the sender: the same id is the same message.
    pub external_id: Option<&'a str>,
    /// Service levels of the case's release, to move the due time after the first reply.
    pub config: Option<&'a CasesConfig>,
    /// It says how things stand and answers nothing: the clock of the first answer runs on.
    pub is_notice: bool,
}

/// The message written, or the one that was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its id.
    pub message: MessageId,
    /// Its number in the case.
    pub seq: i64,
    /// It was here already; nothing was changed.
    pub duplicate: bool,
}

/// Writes to the customer as the context's actor.
pub fn say(tx: &mut Tx, ctx: &Ctx, case: &CaseId, text: &str, articles: &[ArticleId]) -> Result<MessageId> {
    say_once(tx, ctx, case, &Saying { text, articles, ..Saying::default() }).map(|said| said.message)
}

/// The same, deduplicated by the sender's id.
///
/// A member writes only in a case that is theirs; an agent's words put the customer on turn.
pub fn say_once(tx: &mut Tx, ctx: &Ctx, case: &CaseId, saying: &Saying<'_>) -> Result<Said> {
    ctx.allow(Right::CaseReply)?;
    let text = checked(saying.text)?;
    let external_id =
        saying.external_id.map(|id| rules::short("external_id", id, limits::EXTERNAL_ID_BYTES_MAX)).transpose()?;
    let mut found = store::lock(tx, &ctx.client, case)?;
    if let Some(id) = &external_id
        && let Some((message, seq)) = write::known_in_case(tx, &ctx.client, case, id)?
    {
        return Ok(Said { message, seq, duplicate: true });
    }
    may_write(ctx, &found)?;
    let message = MessageId::known(ctx.id(MessageId::PREFIX));
    let seq = found.next_seq();
    after_reply(ctx, &mut found, saying);
    write::save(tx, &ctx.client, &found)?;
    let articles = articles_of(saying);
    let new = write::NewMessage {
        case,
        seq,
        message: &message,
        author: &Author::Actor { actor: ctx.actor.clone() },
        came_as: None,
        text: &text,
        articles: &articles,
        sources: saying.sources,
        external_id: external_id.as_deref(),
        now_ms: ctx.now_ms(),
        via: None,
        copy_of: None,
    };
    write::insert_message(tx, &ctx.client, &new)?;
    deliver::owe(tx, ctx, &found, &message, seq)?;
    let mut data = json!({"seq": seq, "bytes": text.len(), "articles": articles});
    if !saying.sources.is_empty() {
        data["sources"] = saying.sources.iter().map(named).collect();
    }
    ledger::append(tx, ctx, Event::new(&ctx.client, "message.sent", &message).in_case(case).with(data))?;
    Ok(Said { message, seq, duplicate: false })
}

/// Each article once, in the order in which the answer uses them.
fn articles_of(saying: &Saying<'_>) -> Value {
    let mut articles: Vec<&ArticleId> = Vec::new();
    for id in saying.sources.iter().map(|source| &source.article).chain(saying.articles) {
        if !articles.contains(&id) {
            articles.push(id);
        }
    }
    if articles.is_empty() { Value::Null } else { json!(articles) }
}

/// A source as the ledger names it.
fn named(source: &Citation) -> Value {
    json!({"article": source.article, "locale": source.locale, "version": source.version, "section": source.section})
}

/// A text as it is said: without control characters and card numbers.
pub(crate) fn cleaned(text: &str) -> String {
    let (text, _) = rules::strip_controls(text);
    redact::mask_cards(text.trim()).0
}

fn checked(text: &str) -> Result<String> {
    let text = cleaned(text);
    if text.is_empty() || text.len() > MESSAGE_BYTES_MAX {
        let detail = format!("a message has 1 to {MESSAGE_BYTES_MAX} bytes; this one has {}", text.len());
        return Err(Error::invalid_at("text", "the message cannot be sent", detail));
    }
    Ok(text)
}

/// Two may not write at once: a person takes the case first, and then it is theirs.
pub(crate) fn may_write(ctx: &Ctx, case: &Case) -> Result<()> {
    let Actor::Member { id } = &ctx.actor else { return Ok(()) };
    let theirs = case.row.actor.kind == "member" && case.row.actor.name == id.as_str();
    if case.row.state == CaseState::WithPerson && theirs {
        return Ok(());
    }
    let number = case.row.number;
    Err(Error::Conflict(match case.row.state {
        CaseState::Closed if case.is_merged() => format!("case {number} was merged into another; write there"),
        CaseState::Resolved | CaseState::Closed => format!("case {number} has ended"),
        CaseState::WithPerson if case.row.actor.kind == "member" => format!("case {number} is with a colleague"),
        CaseState::WithPerson => format!("case {number} waits in a queue; claim its work item first"),
        CaseState::Open | CaseState::WaitingCustomer => format!("case {number} is with the AI; take it first"),
    }))
}

fn after_reply(ctx: &Ctx, case: &mut Case, saying: &Saying<'_>) {
    case.row.changed_ms = ctx.now_ms();
    if case.first_reply_ms.is_none() && !saying.is_notice {
        case.first_reply_ms = Some(ctx.now_ms());
        if let Some(config) = saying.config {
            case.row.due_ms = rules::due_ms(&config.sla, case.row.opened_ms, true);
        }
    }
    if matches!(ctx.actor, Actor::Agent { .. }) {
        if case.row.state != CaseState::WithPerson {
            case.set_actor(&ctx.actor);
        }
        case.row.state = rules::after_agent(case.row.state);
    }
}
