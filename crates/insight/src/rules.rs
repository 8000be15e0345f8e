//! Pure decisions: what one conversation counts as, and which conversations came back.

use crate::facts::{At, Conversation, Fact, Side};
use std::collections::{BTreeMap, HashMap, HashSet};

const DAY_MS: i64 = 86_400_000;
/// Time after the end of a conversation in which another of the same need counts against it; before it is over, the figures
/// of a conversation are provisional.
pub const MATURITY_MS: i64 = 7 * DAY_MS;
const MINUTE_MS: i64 = 60_000;

/// Longest wait for a person that keeps the service level, milliseconds: 60 seconds where somebody waits at the other end,
/// 4 hours elsewhere.
pub fn service_level_ms(channel: &str) -> i64 {
    match channel {
        "chat" | "voice" => MINUTE_MS,
        _ => 4 * 60 * MINUTE_MS,
    }
}

/// What one conversation counts as, at a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// When it began, milliseconds since the epoch.
    pub opened_ms: i64,
    /// When it ended; `None` while it goes on.
    pub closed_ms: Option<i64>,
    /// By which channel.
    pub channel: String,
    /// The customer left without an outcome.
    pub left: bool,
    /// The AI side wrote to the customer, gave the outcome, or had the conversation and passed it on.
    pub involved: bool,
    /// People had a hand in it: it was routed to them, waited for them, was taken up, approved or changed by one.
    pub by_people: bool,
    /// Messages of the customer.
    pub turns: i64,
    /// Of these, those that say again what was said.
    pub again: i64,
    /// Each passing on by the AI side: the reason, and how complete and how right the packet was.
    pub escalations: Vec<(String, Option<f64>, Option<f64>)>,
    /// Times that it went to people past the AI.
    pub routed: i64,
    /// How long it waited for each person who took it up, milliseconds.
    pub waits_ms: Vec<i64>,
    /// How long it waited where the customer left first, milliseconds.
    pub left_queue_ms: Vec<i64>,
    /// How long people had it each time, milliseconds; approvals apart.
    pub handled_ms: Vec<i64>,
    /// How long people took over approvals, milliseconds.
    pub approving_ms: i64,
    /// Processes that began, came to their end, and did so without a person.
    pub runs: (i64, i64, i64),
    /// That it is solved was confirmed.
    pub confirmed: bool,
    /// The AI side cited an article.
    pub cited: bool,
    /// Reasons for which people changed the outcome.
    pub overrides: Vec<String>,
}

impl Seen {
    /// It ended with the AI side alone, and with an outcome.
    pub fn contained(&self) -> bool {
        self.involved && self.closed_ms.is_some() && !self.left && self.escalations.is_empty() && !self.by_people
    }

    /// Whether its seven days are over.
    pub fn is_mature(&self, now_ms: i64) -> bool {
        self.closed_ms.is_some_and(|closed_ms| closed_ms.saturating_add(MATURITY_MS) <= now_ms)
    }

    /// Time of people, milliseconds.
    pub fn people_ms(&self) -> i64 {
        self.handled_ms.iter().sum::<i64>() + self.approving_ms
    }

    fn add(&mut self, at: &At) {
        match &at.fact {
            Fact::Opened { channel } => (self.opened_ms, self.channel) = (at.at_ms, channel.clone()),
            Fact::Wrote { by: Side::Customer, messages, again, .. } => {
                self.turns += messages;
                self.again += again;
            }
            Fact::Wrote { by: Side::Ai, messages, cites, .. } => {
                self.involved |= *messages > 0;
                self.cited |= *cites;
            }
            Fact::Wrote { by: Side::Person, .. } | Fact::KnowledgeBlamed { .. } => {}
            Fact::RunStarted => self.runs.0 += 1,
            Fact::RunCompleted { by_hand } => {
                self.runs.1 += 1;
                self.runs.2 += i64::from(!by_hand);
            }
            Fact::Escalated { reason, complete, correct } => {
                self.involved = true;
                self.escalations.push((reason.clone(), *complete, *correct));
            }
            Fact::Routed => {
                self.routed += 1;
                self.by_people = true;
            }
            Fact::Answered { waited_ms } => {
                self.waits_ms.push(*waited_ms);
                self.by_people = true;
            }
            Fact::LeftQueue { waited_ms } => {
                self.left_queue_ms.push(*waited_ms);
                self.by_people = true;
            }
            Fact::Wrapped { took_ms } => self.handled_ms.push(*took_ms),
            Fact::Approved { took_ms } => {
                self.approving_ms += took_ms;
                self.by_people = true;
            }
            Fact::Confirmed => self.confirmed = true,
            Fact::Overridden { reason } => {
                self.overrides.push(reason.clone());
                (self.involved, self.by_people) = (true, true);
            }
            Fact::Closed { left, by_ai } => {
                self.closed_ms = Some(at.at_ms);
                self.left |= *left;
                self.involved |= *by_ai;
            }
        }
    }
}

/// Reads a conversation as it stood at a time; `None` where it had not begun.
pub fn read(conversation: &Conversation, as_of_ms: i64) -> Option<Seen> {
    let (mut seen, mut begun) = (Seen::default(), false);
    for at in conversation.facts.iter().filter(|at| at.at_ms <= as_of_ms) {
        begun |= matches!(at.fact, Fact::Opened { .. });
        seen.add(at);
    }
    begun.then_some(seen)
}

/// As much of a conversation as tells whether its customer came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Which.
    pub id: String,
    /// Whose.
    pub customer: String,
    /// The need.
    pub intent: String,
    /// When it began.
    pub opened_ms: i64,
    /// When it ended.
    pub closed_ms: Option<i64>,
}

/// The conversations after which the same customer came back with the same need within seven days of the end. Each coming
/// back counts against the last one that had ended before, and against no other.
pub fn came_back(contacts: &[Contact]) -> HashSet<String> {
    let mut by_need: HashMap<(&str, &str), Vec<&Contact>> = HashMap::new();
    for contact in contacts {
        by_need.entry((contact.customer.as_str(), contact.intent.as_str())).or_default().push(contact);
    }
    let mut found = HashSet::new();
    for all in by_need.into_values().filter(|all| all.len() > 1) {
        let mut ends: BTreeMap<i64, &Contact> = BTreeMap::new();
        ends.extend(all.iter().filter_map(|one| Some((one.closed_ms?, *one))));
        for again in &all {
            let last = ends.range(..again.opened_ms).next_back();
            found.extend(
                last.filter(|(end_ms, _)| again.opened_ms <= **end_ms + MATURITY_MS).map(|(_, one)| one.id.clone()),
            );
        }
    }
    found
}

/// The contact that a conversation is, as it stood at a time; `None` where its need is not known, or it had not begun.
pub fn contact(conversation: &Conversation, as_of_ms: i64) -> Option<Contact> {
    let seen = read(conversation, as_of_ms)?;
    Some(Contact {
        id: conversation.id.clone(),
        customer: conversation.customer.clone(),
        intent: conversation.intent.clone()?,
        opened_ms: seen.opened_ms,
        closed_ms: seen.closed_ms,
    })
}

/// Conversations that knowledge was blamed for, by a time.
pub fn blamed(conversations: &[Conversation], as_of_ms: i64) -> HashSet<String> {
    let facts = conversations.iter().flat_map(|one| &one.facts).filter(|at| at.at_ms <= as_of_ms);
    let of = facts.filter_map(|at| {
        let Fact::KnowledgeBlamed { of } = &at.fact else { return None };
        Some(of.clone())
    });
    of.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(id: &str, intent: &str, opened_ms: i64, closed_ms: Option<i64>) -> Contact {
        Contact { id: id.to_owned(), customer: "ada".to_owned(), intent: intent.to_owned(), opened_ms, closed_ms }
    }

    fn back(contacts: &[Contact]) -> Vec<String> {
        let mut found: Vec<_> = came_back(contacts).into_iter().collect();
        found.sort();
        found
    }

    #[test]
    fn coming_back_counts_against_the_last_conversation_alone_and_for_seven_days() {
        let first = contact("a", "refund", 0, Some(10));
        let second = contact("b", "refund", 20, Some(30));
        let third = contact("c", "refund", 40, None);
        assert_eq!(back(&[first.clone(), second, third]), ["a", "b"]);
        let at_the_end = contact("d", "refund", 10 + MATURITY_MS, None);
        assert_eq!(back(&[first.clone(), at_the_end]), ["a"], "the seventh day counts");
        let late = contact("e", "refund", 11 + MATURITY_MS, None);
        assert!(back(&[first.clone(), late]).is_empty());
        let beside = contact("f", "refund", 10, None);
        assert!(back(&[first.clone(), beside]).is_empty(), "whatever began before the end is no coming back");
        assert!(back(&[first, contact("g", "address", 20, None)]).is_empty(), "another need");
    }

    #[test]
    fn whoever_was_left_alone_with_the_ai_and_went_away_was_not_served() {
        let at = |at_ms, fact| At { at_ms, fact };
        let opened = at(0, Fact::Opened { channel: "chat".into() });
        let said = at(1, Fact::Wrote { by: Side::Ai, messages: 1, again: 0, cites: false });
        let told = |left| Conversation {
            facts: vec![opened.clone(), said.clone(), at(9, Fact::Closed { left, by_ai: false })],
            ..Conversation::default()
        };
        assert!(read(&told(false), 10).unwrap().contained());
        assert!(!read(&told(true), 10).unwrap().contained());
        assert!(!read(&told(false), 8).unwrap().contained(), "it goes on");
        assert!(read(&told(false), -1).is_none(), "it has not begun");
    }
}
