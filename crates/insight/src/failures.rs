//! Failed cases in groups: the same need, the same cause, at the same step; the biggest first.

use crate::limits;
use crate::report::{Asked, Counted, each};
use crate::said::{self, Failed, SaidOf};
use crate::store::{self, Head};
use crate::tally::real;
use baton_base::{CaseId, ClientId, Result};
use baton_db::Tx;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

const MS_A_MINUTE: f64 = 60_000.0;
/// Cause of cases whose customer came back, in words that tags use.
const CAME_BACK: &str = "repeat_contact";
/// Triggers by which no AI failed: somebody pressed the stop switch.
const NO_FAILURE: &str = "stopped";

/// How a case failed. A case that failed in several ways stands under the first of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// A person changed the outcome that the AI side had given.
    Override,
    /// The AI side passed it to people.
    Escalation,
    /// The AI side ended it alone, and the customer came back.
    CameBack,
}

impl FailureKind {
    /// What a tag of such a case is called a tag of.
    pub fn source(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Escalation => "escalation",
            Self::CameBack => "failed",
        }
    }
}

/// A failed case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    /// Which.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// Its subject.
    pub subject: String,
    /// When it was opened, milliseconds since the epoch.
    pub opened_ms: i64,
    /// Somebody has said why it failed.
    pub tagged: bool,
}

impl Example {
    pub(crate) fn of(head: &Head, tagged: bool) -> Self {
        Self {
            case: head.id.clone(),
            number: head.number,
            subject: head.subject.clone(),
            opened_ms: head.opened_ms,
            tagged,
        }
    }
}

/// A fix of the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FixOf {
    /// Its id.
    pub id: String,
    /// What has to change.
    pub fix_type: String,
    /// Where it stands.
    pub state: String,
}

/// Cases that failed alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailureGroup {
    /// Whose.
    pub client: ClientId,
    /// The need; `None` where none was recognised.
    pub intent: Option<String>,
    /// How.
    pub kind: FailureKind,
    /// Why: the trigger, the reason of the override, or `repeat_contact`.
    pub cause: String,
    /// What the AI was at: the goal of its turn; `None` where that is not known.
    pub step: Option<String>,
    /// What a tag of these cases is a tag of.
    pub source: &'static str,
    /// How many cases.
    pub cases: i64,
    /// Of these, those that somebody has tagged.
    pub tagged: i64,
    /// Time that people spent on them, minutes.
    pub people_minutes: f64,
    /// The newest of them, newest first.
    pub examples: Vec<Example>,
    /// Fixes of the same need and cause, those changed last first.
    pub fixes: Vec<FixOf>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    client: ClientId,
    intent: Option<String>,
    kind: FailureKind,
    cause: String,
    step: Option<String>,
}

#[derive(Default)]
struct Group {
    cases: i64,
    tagged: i64,
    people_ms: i64,
    examples: Vec<Example>,
}

/// Cases in which the AI side failed, in two kinds of groups.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failures {
    /// Of the same need, cause and step, the biggest first.
    pub groups: Vec<FailureGroup>,
    /// By what their customers wrote first, for each need in which that is alike.
    pub alike: Vec<SaidOf>,
}

/// Groups the cases in which the AI side failed, of those that were opened in a time.
pub fn failures(tx: &mut Tx, asked: &Asked) -> Result<Failures> {
    asked.check()?;
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    let mut all: Vec<Failed> = Vec::new();
    each(tx, asked, asked.span(), |tx, cases| {
        let Some(client) = cases.first().map(|case| case.client) else { return Ok(()) };
        let failed: Vec<_> = cases.iter().filter_map(|case| Some((case, failure(case)?))).collect();
        let heads: Vec<_> = failed.iter().map(|(case, _)| case.head.clone()).collect();
        let steps = if heads.is_empty() { HashMap::new() } else { store::steps(tx, client, &heads)? };
        for (case, (kind, cause)) in failed {
            let step = steps.get(case.head.id.as_str()).filter(|_| kind == FailureKind::Escalation).cloned();
            let (head, cause_of) = (case.head.clone(), cause.clone());
            all.push(Failed { client: client.clone(), head, cause: cause_of, tagged: case.tagged });
            let key = Key { client: client.clone(), intent: case.head.intent.clone(), kind, cause, step };
            groups.entry(key).or_default().add(case);
        }
        Ok(())
    })?;
    let mut sorted: Vec<(Key, Group)> = groups.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cases.cmp(&a.1.cases).then_with(|| a.0.cmp(&b.0)));
    sorted.truncate(limits::GROUPS_MAX);
    let mut fixes = HashMap::new();
    for client in &asked.clients {
        fixes.insert(client.clone(), store::fixes(tx, client)?);
    }
    let groups = sorted.into_iter().map(|(key, group)| shown(key, group, &fixes)).collect();
    Ok(Failures { groups, alike: said::said(tx, all)? })
}

/// How and why a case failed; `None` where the AI side did not fail.
fn failure(case: &Counted<'_>) -> Option<(FailureKind, String)> {
    let seen = case.seen;
    if let Some(reason) = seen.overrides.last() {
        return Some((FailureKind::Override, reason.clone()));
    }
    let last = seen.escalations.iter().rev().find(|(reason, _, _)| reason != NO_FAILURE);
    if let Some((reason, _, _)) = last {
        return Some((FailureKind::Escalation, reason.clone()));
    }
    (seen.contained() && case.beside.came_back).then(|| (FailureKind::CameBack, CAME_BACK.to_owned()))
}

impl Group {
    fn add(&mut self, case: &Counted<'_>) {
        self.cases += 1;
        self.tagged += i64::from(case.tagged);
        self.people_ms += case.seen.people_ms();
        self.examples.push(Example::of(case.head, case.tagged));
        // They come oldest first: once there are twice as many as are shown, the older half goes.
        if self.examples.len() >= 2 * limits::EXAMPLES_MAX {
            self.examples.drain(..limits::EXAMPLES_MAX);
        }
    }
}

fn shown(key: Key, group: Group, fixes: &HashMap<ClientId, Vec<(String, String, FixOf)>>) -> FailureGroup {
    // The desk names the need of a case without one so.
    let intent = key.intent.as_deref().unwrap_or("unrecognised");
    let own = fixes.get(&key.client).into_iter().flatten();
    let fixes =
        own.filter(|(of, cause, _)| of == intent && *cause == key.cause).map(|(_, _, fix)| fix.clone()).collect();
    FailureGroup {
        kind: key.kind,
        source: key.kind.source(),
        cases: group.cases,
        tagged: group.tagged,
        people_minutes: real(group.people_ms) / MS_A_MINUTE,
        examples: group.examples.into_iter().rev().take(limits::EXAMPLES_MAX).collect(),
        fixes,
        client: key.client,
        intent: key.intent,
        cause: key.cause,
        step: key.step,
    }
}
