//! Guidelines of an agent: when something holds of a message, then it says something besides, or passes the case to a person.
//! Pure: what was seen of the message goes in, the guideline to follow comes out.

use super::{Around, base};
use crate::entities::Signals;
use crate::text::{fold, words};
use baton_base::Finding;
use baton_cases::Channel;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most guidelines of one agent.
const GUIDELINES_MAX: usize = 100;
/// Most words and phrases of one guideline.
const WORDS_MAX: usize = 200;

/// One guideline. Of several that hold, the one of the highest priority is followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guideline {
    /// Its name, which the handoff and the lint say.
    pub name: String,
    /// When it holds.
    pub when: When,
    /// What is done then.
    pub then: Then,
    /// The higher, the sooner.
    #[serde(default)]
    pub priority: i32,
}

/// When a guideline holds: each condition that is given must; of a list one is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// The customer's need.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub intents: Vec<String>,
    /// What the message signals: `person`, `injury`, `injection`, `angry`, `vulnerable`, `legal`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<String>,
    /// The language of the conversation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// The channel of the case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// Whole words or phrases of the message, whatever their case and accents.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

/// What is done: one of the two, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Then {
    /// Template that is said, once in a goal, before the agent goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
    /// Why a person goes on: the case is passed to one, by the trigger `policy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
}

/// What is seen of a message.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The message.
    pub text: &'a str,
    /// The need, as far as it is known.
    pub intent: Option<&'a str>,
    /// Names of its signals.
    pub signals: &'a [&'static str],
    /// Language of the conversation.
    pub language: &'a str,
    /// Channel of the case.
    pub channel: &'a str,
}

/// The guideline to follow: of those that hold and were not followed yet, the first one of the highest priority.
pub fn followed<'a>(
    all: impl IntoIterator<Item = &'a Guideline>,
    seen: &Seen<'_>,
    before: &BTreeSet<String>,
) -> Option<&'a Guideline> {
    holding(all, seen, before).into_iter().next()
}

/// The guidelines that hold and were not followed yet, those of the highest priority first, of one priority in their order.
pub fn holding<'a>(
    all: impl IntoIterator<Item = &'a Guideline>,
    seen: &Seen<'_>,
    before: &BTreeSet<String>,
) -> Vec<&'a Guideline> {
    let folded = fold(seen.text);
    let said: Vec<&str> = words(&folded).collect();
    let holds = |one: &&'a Guideline| !before.contains(&one.name) && holds(&one.when, seen, &said);
    let mut held: Vec<&'a Guideline> = all.into_iter().filter(holds).collect();
    held.sort_by_key(|one| std::cmp::Reverse(one.priority));
    held
}

fn holds(when: &When, seen: &Seen<'_>, said: &[&str]) -> bool {
    let any = |list: &[String], fits: &dyn Fn(&str) -> bool| list.is_empty() || list.iter().any(|one| fits(one));
    any(&when.intents, &|one| seen.intent == Some(one))
        && any(&when.signals, &|one| seen.signals.contains(&one))
        && any(&when.languages, &|one| base(one) == base(seen.language))
        && any(&when.channels, &|one| one == seen.channel)
        && any(&when.words, &|one| stands_in(said, one))
}

/// Whether a phrase stands in the words of a folded text, whatever its case and accents.
pub(super) fn stands_in(said: &[&str], phrase: &str) -> bool {
    let phrase = fold(phrase);
    let wanted: Vec<&str> = words(&phrase).collect();
    !wanted.is_empty() && said.windows(wanted.len()).any(|part| part == wanted)
}

/// Pairs of guidelines of which both can hold of one message, with the same priority and different ends: which one is followed
/// would be chance.
pub fn contradictions(all: &[Guideline]) -> Vec<(&Guideline, &Guideline)> {
    let mut found = Vec::new();
    for (at, one) in all.iter().enumerate() {
        for other in &all[at + 1..] {
            if one.priority == other.priority && one.then != other.then && meet(&one.when, &other.when) {
                found.push((one, other));
            }
        }
    }
    found
}

/// Whether both can hold of one message. It can have any signals and words together, and one need, language and channel.
fn meet(one: &When, other: &When) -> bool {
    let apart = |a: &[String], b: &[String]| !a.is_empty() && !b.is_empty() && !a.iter().any(|x| b.contains(x));
    let languages = |when: &When| when.languages.iter().map(|l| base(l).to_owned()).collect::<Vec<_>>();
    !apart(&one.intents, &other.intents)
        && !apart(&one.channels, &other.channels)
        && !apart(&languages(one), &languages(other))
}

/// What is wrong with them.
pub(super) fn check(path: &str, all: &[Guideline], around: &Around<'_>, findings: &mut Vec<Finding>) {
    let mut refuse =
        |rule: &str, message: String, remedy: &str| findings.push(Finding::error(path, rule, message, remedy));
    if all.len() > GUIDELINES_MAX {
        refuse("guidelines", format!("{} guidelines", all.len()), "give at most 100");
        return;
    }
    let mut names = BTreeSet::new();
    for one in all {
        let name = &one.name;
        if name.trim().is_empty() || !names.insert(name.as_str()) {
            refuse("guideline-name", format!("the name '{name}' is empty or stands twice"), "name each by itself");
        }
        if one.when == When::default() {
            refuse("guideline-when", format!("'{name}' always holds"), "say when: intents, signals, languages …");
        }
        if one.then == Then::default() {
            refuse("guideline-then", format!("'{name}' does nothing"), "say what to do: say, person or both");
        }
        for signal in one.when.signals.iter().filter(|one| !Signals::NAMES.contains(&one.as_str())) {
            let remedy = "name one of person, injury, injection, angry, vulnerable, legal";
            refuse("guideline-signal", format!("'{name}' names the signal '{signal}', which there is not"), remedy);
        }
        for channel in one.when.channels.iter().filter(|one| one.parse::<Channel>().is_err()) {
            let message = format!("'{name}' names the channel '{channel}', which there is not");
            refuse("guideline-channel", message, "name one of chat, api, a2a, email, voice");
        }
        if one.when.words.len() > WORDS_MAX {
            refuse("guideline-words", format!("'{name}' has {} words", one.when.words.len()), "give at most 200");
        }
        for phrase in one.when.words.iter().filter(|phrase| words(&fold(phrase)).next().is_none()) {
            let message = format!("'{phrase}' of '{name}' has no word");
            refuse("guideline-words", message, "give words that could be written");
        }
        for intent in one.when.intents.iter().filter(|one| !(around.intent)(one)) {
            let message = format!("'{name}' names the intent '{intent}', which there is not");
            refuse("guideline-intent", message, "name an intent of this blueprint");
        }
        let template = one.then.say.as_ref().filter(|key| around.templates.is_some_and(|t| !t.contains(*key)));
        if let Some(key) = template {
            let message = format!("'{name}' says the template '{key}', which no locale has");
            refuse("guideline-template", message, "add the template");
        }
    }
    for (one, other) in contradictions(all) {
        let message = format!("'{}' and '{}' can hold of one message, and end otherwise", one.name, other.name);
        refuse("guideline-contradicts", message, "give one of them the higher priority, or keep them apart by 'when'");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Vec<Guideline> {
        baton_base::Bundle::yaml("agents/a.yaml", yaml).unwrap()
    }

    fn seen<'a>(text: &'a str, intent: Option<&'a str>) -> Seen<'a> {
        Seen { text, intent, signals: &["angry"], language: "de-CH", channel: "chat" }
    }

    #[test]
    fn the_one_of_the_highest_priority_that_holds_is_followed_and_each_once() {
        let all = read(
            "- { name: gift, when: { words: [gift card, Größe] }, then: { say: gift } }\n\
             - { name: angry-return, when: { intents: [returns], signals: [angry, legal], languages: [de] }, \
                   then: { person: angry about a return }, priority: 5 }\n\
             - { name: mail, when: { channels: [email] }, then: { say: mail } }\n",
        );
        let check = |text: &str, intent: Option<&str>, before: &[&str], expected: Option<&str>| {
            let before = before.iter().map(|name| (*name).to_owned()).collect();
            let found = followed(&all, &seen(text, intent), &before).map(|one| one.name.as_str());
            assert_eq!(found, expected, "{text}");
        };
        check("I paid by GIFT-CARD", None, &[], Some("gift"));
        check("falsche groesse", None, &[], Some("gift"));
        check("gifted cards", None, &[], None);
        check("my gift card", Some("returns"), &[], Some("angry-return"));
        check("my gift card", Some("returns"), &["angry-return"], Some("gift"));
        check("my gift card", Some("returns"), &["angry-return", "gift"], None);
    }

    #[test]
    fn two_that_can_hold_together_and_end_otherwise_contradict_each_other_at_the_same_priority() {
        let check = |other: &str, expected: usize| {
            let first = "- { name: a, when: { intents: [refund], languages: [en] }, then: { say: x } }\n";
            let all = read(&format!("{first}- {{ name: b, {other} }}\n"));
            assert_eq!(contradictions(&all).len(), expected, "{other}");
        };
        check("when: { signals: [angry] }, then: { person: angry }", 1);
        check("when: { signals: [angry] }, then: { person: angry }, priority: 1", 0);
        check("when: { signals: [angry] }, then: { say: x }", 0);
        check("when: { intents: [refund] }, then: { say: y }", 1);
        check("when: { intents: [status] }, then: { say: y }", 0);
        check("when: { languages: [de-CH] }, then: { say: y }", 0);
        check("when: { languages: [en-GB] }, then: { say: y }", 1);
    }
}
