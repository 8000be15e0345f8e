//! The room's values: cases, messages and pages of them.

use baton_base::{
    Actor, ArticleId, CaseId, Citation, ClientId, CustomerId, Error, MessageId, ReleaseId, Result, RunId, limits,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

macro_rules! names {
    ($(#[$doc:meta])* $name:ident, $what:literal: $($(#[$vdoc:meta])* $variant:ident = $text:literal;)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// As stored and as in JSON.
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $text),* } }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
        }
        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(Error::invalid(format!("'{text}' is not {}", $what), concat!("use one of:" $(, " ", $text)*))),
                }
            }
        }
    };
}

names! {
    /// Where a case stands.
    CaseState, "a state of a case":
    /// The AI side has the next step.
    Open = "open";
    /// The customer has the next step.
    WaitingCustomer = "waiting_customer";
    /// A person, or a queue of people, has the next step.
    WithPerson = "with_person";
    /// Ended with an outcome.
    Resolved = "resolved";
    /// Ended without one: abandoned, sent in error.
    Closed = "closed";
}

impl CaseState {
    /// States in which the case is still worked on.
    pub const LIVE: [Self; 3] = [Self::Open, Self::WaitingCustomer, Self::WithPerson];

    /// Whether the case is still worked on.
    pub fn is_live(self) -> bool {
        Self::LIVE.contains(&self)
    }
}

names! {
    /// By which way a contact comes in.
    Channel, "a channel":
    /// Web chat: a conversation; the identity's open case goes on.
    Chat = "chat";
    /// The HTTP API: every contact with a new external id is a case.
    Api = "api";
    /// A2A: an outside agent's conversation; its open case goes on.
    A2a = "a2a";
    /// E-mail: a thread is a case, and answers are carried to the customer.
    Email = "email";
    /// A phone call, as text: a conversation; the call's own case goes on.
    Voice = "voice";
}

impl Channel {
    /// Whether an answer reaches the customer only when something carries it there.
    pub fn is_carried(self) -> bool {
        match self {
            Self::Email => true,
            Self::Chat | Self::Api | Self::A2a | Self::Voice => false,
        }
    }
}

/// An actor as stored in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedActor {
    /// `member`, `agent` or `system`.
    pub kind: String,
    /// Member id, agent name or system name.
    pub name: String,
}

impl From<&Actor> for NamedActor {
    fn from(actor: &Actor) -> Self {
        Self { kind: actor.kind().to_owned(), name: actor.name().to_owned() }
    }
}

/// A customer as shown beside a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedCustomer {
    /// Id.
    pub id: CustomerId,
    /// Name; may be empty.
    pub name: String,
}

/// One line of a list of cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseRow {
    /// Whose.
    pub client: ClientId,
    /// Id.
    pub id: CaseId,
    /// Number for people, counted per client.
    pub number: i64,
    /// First line of the first message.
    pub subject: String,
    /// Channel it came by.
    pub channel: Channel,
    /// Recognised need.
    pub intent: Option<String>,
    /// Calibrated probability of the intent.
    pub confidence: Option<f64>,
    /// Where it stands.
    pub state: CaseState,
    /// Who has the next step, or had the last.
    pub actor: NamedActor,
    /// Who is served.
    pub customer: NamedCustomer,
    /// Language tag.
    pub language: String,
    /// How it ended.
    pub outcome: Option<String>,
    /// When it was opened, milliseconds since the epoch.
    pub opened_ms: i64,
    /// When anything last changed.
    pub changed_ms: i64,
    /// When the service level runs out.
    pub due_ms: Option<i64>,
    /// Messages so far; also the number of the last.
    pub message_count: i64,
}

impl CaseRow {
    /// Whether it is closed because it was merged into another.
    pub fn is_merged(&self) -> bool {
        self.state == CaseState::Closed && self.outcome.as_deref() == Some(crate::merged::OUTCOME)
    }
}

/// A whole case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// What lists show.
    #[serde(flatten)]
    pub row: CaseRow,
    /// What has been collected.
    pub fields: Value,
    /// Verified identity: `{how, at}`.
    pub identity: Option<Value>,
    /// Its run.
    pub run: Option<RunId>,
    /// The release it was opened under.
    pub release: ReleaseId,
    /// `member` or `agent`: who resolved it.
    pub outcome_by: Option<String>,
    /// When the first reply went out.
    pub first_reply_ms: Option<i64>,
    /// When it ended.
    pub closed_ms: Option<i64>,
    /// Id given by whoever brought it in.
    pub external_id: Option<String>,
    /// Whether a person has worked on it.
    pub person_touched: bool,
    /// By which channel answers go, where it is another than the one it came by.
    pub reply_by: Option<Channel>,
    /// Whether what the customer wrote last sounds angry; nothing where that was not asked.
    pub upset: Option<bool>,
    #[serde(skip)]
    pub(crate) held_from_seq: Option<i64>,
    /// Digest of the address that answers go to, where a person has chosen one.
    #[serde(skip)]
    pub(crate) reply_to: Option<String>,
    /// Whose it is when nobody is linked, where that is another.
    #[serde(skip)]
    pub(crate) came_as: Option<CustomerId>,
}

/// Who wrote a message, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Writer {
    /// `customer`, `member`, `agent` or `system`.
    pub kind: String,
    /// Customer id, member id, agent name or system name.
    pub name: String,
    /// Version of an agent.
    pub version: Option<String>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MessageRow {
    /// Id.
    pub id: MessageId,
    /// Its case.
    pub case: CaseId,
    /// 1 for the first message of the case.
    pub seq: i64,
    /// Who wrote it.
    pub author: Writer,
    /// The text, as data.
    pub text: String,
    /// Articles that an agent's answer stands on.
    pub articles: Vec<ArticleId>,
    /// The same as citations: version and section of each, as they were when the answer was given.
    pub sources: Vec<Citation>,
    /// When, milliseconds since the epoch.
    pub sent_ms: i64,
    /// The merged case to which its customer sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via_case: Option<CaseId>,
    /// The message of another case that it says again: this case was split off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<MessageId>,
}

impl MessageRow {
    /// Whether a customer other than this one wrote it.
    pub fn is_of_other(&self, customer: &CustomerId) -> bool {
        self.author.kind == "customer" && self.author.name != customer.as_str()
    }
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The `next` of the page before.
    pub after: Option<String>,
    /// Rows wanted; the default if `None`, never more than the largest page.
    pub limit: Option<u32>,
}

impl Page {
    /// Rows to give.
    pub fn size(&self) -> usize {
        self.limit.unwrap_or(limits::PAGE_DEFAULT).clamp(1, limits::PAGE_MAX) as usize
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Paged<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page starts; none when this is the last.
    pub next: Option<String>,
}

impl<T> Paged<T> {
    /// Cuts rows, of which one more than the page size was read, to a page.
    pub fn cut(mut items: Vec<T>, size: usize, cursor: impl Fn(&T) -> String) -> Self {
        let more = items.len() > size;
        items.truncate(size);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }
}
