//! Queues of work items, as `queues.yaml` and `calendars.yaml` say.

use crate::{Intake, Needs, limits};
use baton_base::written::Places;
use baton_base::{Bundle, Finding};
use baton_cases::duration_ms;
use baton_cases::hours::{self, Calendar};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long an item takes where a queue does not say, milliseconds: ten minutes.
const HANDLING_MS_DEFAULT: i64 = 10 * 60 * 1000;
/// Least time that late work stays with one person, milliseconds: one minute.
const LATE_MS_MIN: i64 = 60 * 1000;
/// What a minute of waiting costs where a queue does not say.
const COST_DEFAULT: f64 = 1.0;

/// A queue of work items.
#[derive(Debug, Clone)]
pub struct Queue {
    /// As work items name it.
    pub name: String,
    /// For people.
    pub title: String,
    /// Where items go that name no queue.
    pub default: bool,
    /// How long its items may take where they do not say, milliseconds.
    pub sla_ms: Option<i64>,
    /// When it is staffed, in words for people.
    pub hours: Option<String>,
    /// When it is staffed; always, if it names no calendar.
    pub calendar: Option<Arc<Calendar>>,
    /// Its clock stops while it is closed.
    pub stops_when_closed: bool,
    /// What whoever takes its items must have, beside what an item asks for.
    pub needs: Needs,
    /// How long an item takes as a rule, milliseconds.
    pub handling_ms: i64,
    /// What a minute of waiting costs, beside other queues.
    pub cost: f64,
    /// Items are given to whoever is available; else they are only taken.
    pub push: bool,
    /// Where items go that have waited too long, and after how long, milliseconds.
    pub overflow: Option<(String, i64)>,
    /// What becomes of late items that somebody has; they stay with them where nothing is said.
    pub late: Option<Late>,
    /// How its people are reached otherwise, for the words to customers.
    pub reach: OtherWays,
}

/// When a late item is taken back from whoever has it, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// How long it may be late with one person, milliseconds.
    pub after_ms: i64,
    /// The queue that it goes to; its own, if none is named.
    pub to: Option<String>,
}

/// Other ways in which the people of a queue are reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OtherWays {
    /// An address to write to.
    pub email: Option<String>,
    /// They call back.
    pub call_back: bool,
}

impl Queue {
    /// A queue that says nothing of itself.
    pub(crate) fn plain(name: &str, title: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            default: false,
            sla_ms: None,
            hours: None,
            calendar: None,
            stops_when_closed: false,
            needs: Needs::default(),
            handling_ms: HANDLING_MS_DEFAULT,
            cost: COST_DEFAULT,
            push: true,
            overflow: None,
            late: None,
            reach: OtherWays::default(),
        }
    }

    /// Whether it is staffed at a time.
    pub fn is_open(&self, at_ms: i64) -> bool {
        self.calendar.as_ref().is_none_or(|calendar| calendar.is_open(at_ms))
    }

    /// When it is staffed next: now if it is; none where it never is.
    pub fn next_open_ms(&self, at_ms: i64) -> Option<i64> {
        self.calendar.as_ref().map_or(Some(at_ms), |calendar| calendar.next_open_ms(at_ms))
    }

    /// When an item is due that is opened at a time and may take so long.
    pub fn due_ms(&self, opened_ms: i64, within_ms: i64) -> i64 {
        match &self.calendar {
            Some(calendar) if self.stops_when_closed => calendar.after_open_ms(opened_ms, within_ms),
            _ => opened_ms.saturating_add(within_ms),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueuesFile {
    queues: Vec<QueueText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueueText {
    name: String,
    title: String,
    #[serde(default)]
    default: bool,
    sla: Option<String>,
    hours: Option<String>,
    calendar: Option<String>,
    #[serde(default)]
    clock: Clock,
    #[serde(default)]
    needs: Needs,
    handling: Option<String>,
    cost: Option<f64>,
    #[serde(default)]
    assign: Assign,
    overflow: Option<OverflowText>,
    late: Option<LateText>,
    #[serde(default)]
    reach: OtherWays,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OverflowText {
    to: String,
    after: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LateText {
    after: String,
    to: Option<String>,
}

/// When a queue's clock runs.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Clock {
    #[default]
    Always,
    OpenHours,
}

/// How its items come to people.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Assign {
    #[default]
    Both,
    Pull,
}

const QUEUES: &str = "queues.yaml";

/// The queues of a release; one, `people`, where it has none.
pub(crate) fn load(bundle: &Bundle, findings: &mut Vec<Finding>) -> Vec<Queue> {
    let calendars = hours::load(bundle, findings);
    let Some(text) = bundle.file(QUEUES) else {
        return vec![Queue { default: true, ..Queue::plain("people", "People") }];
    };
    match Bundle::yaml::<QueuesFile>(QUEUES, text) {
        Ok(file) => read_queues(file.queues, &calendars, &mut Wrong { places: Places::of(text), findings }),
        Err(finding) => {
            findings.push(finding);
            Vec::new()
        }
    }
}

type Calendars = BTreeMap<String, Arc<Calendar>>;

/// What is found wrong, with its place in the file.
struct Wrong<'a> {
    places: Places<'a>,
    findings: &'a mut Vec<Finding>,
}

impl Wrong<'_> {
    fn add(&mut self, pointer: &str, rule: &str, what: String, remedy: &str) {
        let (line, column) = self.places.place_of(pointer);
        self.findings.push(Finding::error(QUEUES, rule, what, remedy).at(line, column));
    }
}

fn read_queues(texts: Vec<QueueText>, calendars: &Calendars, wrong: &mut Wrong) -> Vec<Queue> {
    let mut queues: Vec<(usize, Queue)> = Vec::new();
    if texts.len() > limits::QUEUES_MAX {
        let remedy = format!("keep at most {}", limits::QUEUES_MAX);
        wrong.add("/queues", "queues", format!("{} queues", texts.len()), &remedy);
        return Vec::new();
    }
    for (number, text) in texts.into_iter().enumerate() {
        if text.name.parse::<baton_base::QueueId>().is_err() || queues.iter().any(|(_, q)| q.name == text.name) {
            let what = format!("queue name '{}' is not valid, or is given twice", text.name);
            let pointer = format!("/queues/{number}/name");
            wrong.add(&pointer, "queue-name", what, "use letters, digits and '-', each name once");
            continue;
        }
        queues.push((number, read_queue(number, text, calendars, wrong)));
    }
    let defaults = queues.iter().filter(|(_, queue)| queue.default).count();
    let one = defaults == 1 || (defaults == 0 && queues.len() == 1);
    if !one && wrong.findings.is_empty() {
        let what = format!("{} queues, {defaults} of them default", queues.len());
        // The second that says so, where there is one.
        let second = queues.iter().filter(|(_, queue)| queue.default).nth(1);
        let pointer = second.map_or("/queues".to_owned(), |(number, _)| format!("/queues/{number}/default"));
        wrong.add(&pointer, "queue-default", what, "mark exactly one queue as default: true");
    }
    for (number, queue) in &queues {
        let overflow = queue.overflow.as_ref().map(|(to, _)| ("overflow", "overflows", to));
        let late = queue.late.as_ref().and_then(|late| late.to.as_ref()).map(|to| ("late", "gives late work", to));
        for (key, does, to) in overflow.into_iter().chain(late) {
            if *to == queue.name || !queues.iter().any(|(_, other)| other.name == *to) {
                let what = format!("queue '{}' {does} to '{to}', which is no other queue", queue.name);
                let pointer = format!("/queues/{number}/{key}/to");
                wrong.add(&pointer, &format!("queue-{key}"), what, "name another queue of this file");
            }
        }
    }
    queues.into_iter().map(|(_, queue)| queue).collect()
}

fn read_queue(number: usize, text: QueueText, calendars: &Calendars, wrong: &mut Wrong) -> Queue {
    let name = text.name.clone();
    let mut wrong = |field: &str, rule: &str, what: String, remedy: &str| {
        wrong.add(&format!("/queues/{number}/{field}"), rule, format!("{name}: {what}"), remedy);
    };
    let mut duration = |field: &str, rule: &str, text: Option<&str>| {
        text.map(duration_ms).transpose().unwrap_or_else(|e| {
            wrong(field, rule, e.to_string(), "write PT1H or similar");
            None
        })
    };
    let sla_ms = duration("sla", "queue-sla", text.sla.as_deref());
    let handling_ms = duration("handling", "queue-handling", text.handling.as_deref()).unwrap_or(HANDLING_MS_DEFAULT);
    let after = text.overflow.as_ref().map(|overflow| overflow.after.as_str());
    let after_ms = duration("overflow/after", "queue-overflow", after);
    let late_ms = duration("late/after", "queue-late", text.late.as_ref().map(|late| late.after.as_str()));
    if late_ms.is_some_and(|after_ms| after_ms < LATE_MS_MIN) {
        let what = "work would go from hand to hand".to_owned();
        wrong("late/after", "queue-late", what, "give PT1M or more");
    }
    let calendar = text.calendar.as_ref().and_then(|name| {
        let found = calendars.get(name).cloned();
        if found.is_none() {
            let what = format!("there is no calendar '{name}'");
            wrong("calendar", "queue-calendar", what, "name one of calendars.yaml");
        }
        found
    });
    if text.clock == Clock::OpenHours && text.calendar.is_none() {
        let what = "its clock stops outside of hours, and it has none".to_owned();
        wrong("clock", "queue-clock", what, "name a calendar");
    }
    let cost = text.cost.unwrap_or(COST_DEFAULT);
    if !cost.is_finite() || cost <= 0.0 {
        wrong("cost", "queue-cost", format!("cost {cost}"), "give a number above 0");
    }
    if text.needs.count() > limits::NEEDS_MAX {
        wrong("needs", "queue-needs", format!("{} needs", text.needs.count()), "ask for at most 16 things");
    }
    Queue {
        default: text.default,
        sla_ms,
        hours: text.hours,
        calendar,
        stops_when_closed: text.clock == Clock::OpenHours,
        needs: text.needs,
        handling_ms,
        cost,
        push: text.assign == Assign::Both,
        overflow: text.overflow.map(|overflow| overflow.to).zip(after_ms),
        late: text.late.zip(late_ms).map(|(late, after_ms)| Late { after_ms, to: late.to }),
        reach: text.reach,
        ..Queue::plain(&text.name, &text.title)
    }
}

/// Queues that overflow in a circle, each circle once: what nobody takes would go round in it for ever.
pub fn overflow_circles(bundle: &Bundle, intake: &Intake) -> Vec<Finding> {
    let places = Places::of(bundle.file(QUEUES).unwrap_or_default());
    let (mut told, mut found): (Vec<&str>, _) = (Vec::new(), Vec::new());
    for (number, queue) in intake.queues().iter().enumerate() {
        let Some(circle) = circle(intake, queue).filter(|circle| !circle.iter().any(|name| told.contains(name))) else {
            continue;
        };
        let (line, column) = places.place_of(&format!("/queues/{number}/overflow/to"));
        let what = format!("what nobody takes would go round for ever: {} → {}", circle.join(" → "), queue.name);
        let remedy = "let one of these queues keep its items: leave its overflow out";
        found.push(Finding::error(QUEUES, "queue-overflow", what, remedy).at(line, column));
        told.extend(circle);
    }
    found
}

/// The queues from one on by which its items would come back to it; none where they would not.
fn circle<'a>(intake: &'a Intake, from: &'a Queue) -> Option<Vec<&'a str>> {
    let (mut names, mut at) = (vec![from.name.as_str()], from);
    while names.len() <= intake.queues().len() {
        let next = intake.queue(&at.overflow.as_ref()?.0)?;
        if next.name == from.name {
            return Some(names);
        }
        names.push(&next.name);
        at = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(queues: &str, calendars: &str) -> Result<Vec<Queue>, Vec<Finding>> {
        let files = [("queues.yaml", queues), ("calendars.yaml", calendars)];
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let mut findings = Vec::new();
        let queues = load(&Bundle { files, ..Bundle::default() }, &mut findings);
        if findings.is_empty() { Ok(queues) } else { Err(findings) }
    }

    const OFFICE: &str =
        "calendars: [{name: office, time_zone: Europe/Berlin, weekly: {mon: ['08:00-12:00', '13:00-17:00']}}]";

    #[test]
    fn a_queue_has_needs_hours_and_somewhere_to_overflow_to() {
        let text = "queues:\n  - {name: motor, title: Motor, default: true, sla: PT2H, calendar: office, clock: open_hours, \
                    needs: {skills: ['motor:2'], jurisdictions: [de]}, handling: PT15M, cost: 2, \
                    overflow: {to: all, after: PT1H}}\n  - {name: all, title: All, assign: pull}\n";
        let queues = read(text, OFFICE).unwrap();
        let motor = &queues[0];
        assert_eq!((motor.handling_ms, motor.overflow.as_ref()), (900_000, Some(&("all".to_owned(), 3_600_000))));
        assert!(motor.push && !queues[1].push && motor.needs.skills == ["motor:2"]);
        // Monday 2026-11-30, 11:30 in Berlin: half an hour before the break.
        let at_ms = 1_796_034_600_000;
        assert_eq!(motor.due_ms(at_ms, 3_600_000), at_ms + 2 * 3_600_000, "the break does not count");
        assert!(motor.is_open(at_ms) && !motor.is_open(at_ms + 3_600_000));
        assert!(queues[1].is_open(at_ms + 3_600_000), "no calendar: always");
    }

    #[test]
    fn queues_that_overflow_in_a_circle_are_told_once_with_the_way() {
        let text = "queues:\n  - {name: a, title: A, default: true, overflow: {to: b, after: PT1H}}\n  \
                    - {name: b, title: B, overflow: {to: c, after: PT1H}}\n  \
                    - {name: c, title: C, overflow: {to: b, after: PT1H}}\n";
        let circles = |text: &str| {
            let files = [("queues.yaml".to_owned(), text.to_owned())].into();
            let bundle = Bundle { files, ..Bundle::default() };
            let intake = Intake::load(&bundle).unwrap_or_else(|found| panic!("{found:?}"));
            overflow_circles(&bundle, &intake)
        };
        let found = circles(text);
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert!(one.message.ends_with("b → c → b"), "{}", one.message);
        assert_eq!((one.rule.as_str(), one.line), ("queue-overflow", 3));
        assert!(
            circles(&text.replace("{name: c, title: C, overflow: {to: b, after: PT1H}}", "{name: c, title: C}"))
                .is_empty()
        );
    }

    #[test]
    fn mistakes_are_found() {
        for (text, rule) in [
            ("queues: [{name: a, title: A, calendar: none}]", "queue-calendar"),
            ("queues: [{name: a, title: A, clock: open_hours}]", "queue-clock"),
            ("queues: [{name: a, title: A, cost: 0}]", "queue-cost"),
            ("queues: [{name: a, title: A, handling: long}]", "queue-handling"),
            ("queues: [{name: a, title: A, overflow: {to: b, after: PT1H}}]", "queue-overflow"),
            ("queues: [{name: a, title: A, overflow: {to: a, after: PT1H}}]", "queue-overflow"),
            ("queues: [{name: a, title: A, late: {to: a, after: PT1H}}]", "queue-late"),
            ("queues: [{name: a, title: A, late: {after: soon}}]", "queue-late"),
            ("queues: [{name: a, title: A, late: {after: PT59S}}]", "queue-late"),
        ] {
            assert_eq!(read(text, OFFICE).unwrap_err()[0].rule, rule, "{text}");
        }
        let text = "queues:\n  - name: a\n    title: A\n    default: true\n    overflow: { to: b, after: PT1H }\n    cost: 0\n  \
                    - name: b\n    title: B\n    sla: soon\n";
        let found = read(text, OFFICE).unwrap_err();
        let places: Vec<_> = found.iter().map(|finding| (finding.line, finding.column)).collect();
        assert_eq!(places, [(6, 5), (9, 5)], "each with its line");
        let twice = "queues:\n  - { name: a, title: A, default: true }\n  - { name: b, title: B, default: true }\n";
        assert_eq!(read(twice, OFFICE).unwrap_err()[0].line, 3, "the second that says it is the one");
        let many = "  - { name: \"\", title: X }\n".repeat(limits::QUEUES_MAX + 1);
        let found = read(&format!("queues:\n{many}"), OFFICE).unwrap_err();
        assert_eq!((found.len(), found[0].rule.as_str()), (1, "queues"), "too many are told once");
        let found =
            read("queues: [{name: a, title: A}]", "calendars: [{name: x, time_zone: Nowhere/Here}]").unwrap_err();
        assert_eq!((found[0].rule.as_str(), found[0].file.as_str()), ("calendar", "calendars.yaml"));
    }
}
