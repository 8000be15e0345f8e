//! The room's values.

use crate::Form;
use crate::packet::score::Handoff;
use crate::store::before::Before;
use baton_base::{Actor, CallId, CaseId, ClientId, Error, MemberId, PacketId, Result, RunId, WorkItemId};
use baton_govern::Role;
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
    /// What a person is asked for.
    Kind, "a kind of work item":
    /// Write to the customer.
    Reply = "reply";
    /// Look at what was found, and decide.
    Review = "review";
    /// Let one action through, or not.
    Approval = "approval";
    /// Take the case over.
    Takeover = "takeover";
    /// Correct an article or a policy fact.
    KnowledgeFix = "knowledge_fix";
}

names! {
    /// Where a work item stands.
    State, "a state of a work item":
    /// Nobody has it.
    Waiting = "waiting";
    /// One member has it.
    Claimed = "claimed";
    /// Decided.
    Done = "done";
    /// Withdrawn: nobody waits for it any more.
    Cancelled = "cancelled";
}

names! {
    /// Who is told of the decision, and how.
    OnDone, "a way to go on":
    /// The call that opened it is finished with the decision as output.
    FinishCall = "finish_call";
    /// The same, and a rejection fails the call as `urn:baton:error:rejected`.
    FinishApproval = "finish_approval";
    /// The run gets a message of type `approval`, and the call that waits goes on.
    Approval = "approval";
    /// No run waits: the decision is about the case itself.
    Case = "case";
}

/// What a member must have to claim an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// All of these licences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub licences: Vec<String>,
    /// One of these languages: `de` is met by `de` and `de-AT`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// All of these skills; `motor:3` is the skill `motor` at level 3 or higher.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// All of these jurisdictions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jurisdictions: Vec<String>,
    /// One of these roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
}

impl Needs {
    /// How many things are asked for.
    pub fn count(&self) -> usize {
        self.licences.len() + self.languages.len() + self.skills.len() + self.jurisdictions.len()
    }

    /// These and what a queue asks for. An item that names languages or roles has the last word on them.
    #[must_use]
    pub fn and(mut self, queue: &Self) -> Self {
        let add = |own: &mut Vec<String>, more: &[String]| {
            own.extend(more.iter().filter(|one| !own.contains(one)).cloned().collect::<Vec<_>>());
        };
        add(&mut self.licences, &queue.licences);
        add(&mut self.skills, &queue.skills);
        add(&mut self.jurisdictions, &queue.jurisdictions);
        if self.languages.is_empty() {
            self.languages.clone_from(&queue.languages);
        }
        if self.roles.is_empty() {
            self.roles.clone_from(&queue.roles);
        }
        self
    }
}

/// A work item to open.
#[derive(Debug, Clone)]
pub struct NewItem {
    /// What is asked for.
    pub kind: Kind,
    /// Queue; the default one if `None`.
    pub queue: Option<String>,
    /// One line for the list.
    pub title: String,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// The run and call that wait.
    pub waiting: Option<(RunId, CallId)>,
    /// The run it is about, where no call waits: one that cannot go on.
    pub run: Option<RunId>,
    /// The packet that travels with it.
    pub packet: Option<PacketId>,
    /// What the member decides.
    pub form: Form,
    /// Who may claim it.
    pub needs: Needs,
    /// 1 is the most urgent, 9 the least.
    pub priority: i64,
    /// Whoever asks; never the one who approves.
    pub requested_by: Actor,
    /// How long it may take, milliseconds; the queue's time if `None`.
    pub due_in_ms: Option<i64>,
    /// How the decision goes on.
    pub on_done: OnDone,
}

/// One line of a list of work items.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkItem {
    /// Whose.
    pub client: ClientId,
    /// Id.
    pub id: WorkItemId,
    /// What is asked for.
    pub kind: Kind,
    /// Queue.
    pub queue: String,
    /// One line.
    pub title: String,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// The case's number for people.
    pub case_number: Option<i64>,
    /// Where it stands.
    pub state: State,
    /// Who has it, or decided it.
    pub claimed_by: Option<MemberId>,
    /// 1 is the most urgent.
    pub priority: i64,
    /// When it should be decided, milliseconds since the epoch.
    pub due_ms: i64,
    /// When it was opened.
    pub opened_ms: i64,
    /// When it was decided or withdrawn.
    pub ended_ms: Option<i64>,
    /// Who may claim it.
    pub needs: Needs,
    /// Why a person is asked.
    pub trigger: Option<String>,
    /// Completeness of its packet, 0 to 1.
    pub completeness: Option<f64>,
    /// Whoever asked, as `kind:name`.
    pub requested_by: String,
    /// Channel whose places it takes: the case's; `task` without a case.
    pub channel: String,
    /// Since when it is with whoever has it.
    pub claimed_ms: Option<i64>,
    /// What was said of its time: `warning`, it is nearly up; `breach`, it is late.
    pub clock: Option<String>,
}

/// A work item with all that a member needs to decide.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkItemDetail {
    /// The line.
    #[serde(flatten)]
    pub item: WorkItem,
    /// What the member decides.
    pub form: Form,
    /// The handoff packet.
    pub packet: Option<Value>,
    /// The decision, once there is one.
    pub result: Option<Value>,
    /// The run that waits.
    pub run: Option<RunId>,
    /// The call that waits.
    pub call: Option<CallId>,
    /// How good the handoff was, as far as one knows now.
    pub handoff: Option<Handoff>,
    /// Of an approval: the request for the same action in the same case that the caller looked at last, else the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    #[serde(skip)]
    pub(crate) on_done: OnDone,
    #[serde(skip)]
    pub(crate) packet_id: Option<PacketId>,
}
