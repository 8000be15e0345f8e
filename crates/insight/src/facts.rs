//! What happened in one conversation, as the KPIs read it. A case is one conversation.

/// One conversation and what happened in it, in order of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conversation {
    /// Which.
    pub id: String,
    /// Whose.
    pub customer: String,
    /// The customer's need; `None` if nobody recognised one.
    pub intent: Option<String>,
    /// What happened.
    pub facts: Vec<At>,
}

/// A fact and its time.
#[derive(Debug, Clone, PartialEq)]
pub struct At {
    /// When, milliseconds since the epoch.
    pub at_ms: i64,
    /// What.
    pub fact: Fact,
}

/// Who wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The customer.
    Customer,
    /// An AI agent, or a process in its place.
    Ai,
    /// A person who works here.
    Person,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// It began.
    Opened {
        /// By which channel: `chat`, `voice`, `email`, `api` or `a2a`.
        channel: String,
    },
    /// Somebody wrote.
    Wrote {
        /// Who.
        by: Side,
        /// How many messages.
        messages: i64,
        /// Of these, how many say what was said before.
        again: i64,
        /// An article stands behind at least one.
        cites: bool,
    },
    /// A process began.
    RunStarted,
    /// A process came to its end.
    RunCompleted {
        /// A person had a hand in it.
        by_hand: bool,
    },
    /// The AI side passed the conversation to people.
    Escalated {
        /// The trigger.
        reason: String,
        /// Share of the required fields that the packet held, 0 to 1.
        complete: Option<f64>,
        /// Share of the required fields that were right, 0 to 1.
        correct: Option<f64>,
    },
    /// It went to people past the AI, or a person took it by themselves.
    Routed,
    /// A person took it up.
    Answered {
        /// How long it had waited for people, milliseconds.
        waited_ms: i64,
    },
    /// The customer left while it waited for people.
    LeftQueue {
        /// How long it had waited, milliseconds.
        waited_ms: i64,
    },
    /// The person who had taken it up was done with it.
    Wrapped {
        /// How long the person had it, milliseconds.
        took_ms: i64,
    },
    /// A person decided about something that the AI side wanted to do.
    Approved {
        /// How long the person had it, milliseconds.
        took_ms: i64,
    },
    /// The customer said that it is solved, or a change in a system of record came back as done.
    Confirmed,
    /// A person changed the outcome that the AI side had given.
    Overridden {
        /// The reason, of the desk's closed list.
        reason: String,
    },
    /// Somebody said that an article, or the lack of one, was why a conversation failed.
    KnowledgeBlamed {
        /// Which conversation.
        of: String,
    },
    /// It ended.
    Closed {
        /// The customer left without an outcome.
        left: bool,
        /// The AI side gave the outcome.
        by_ai: bool,
    },
}
