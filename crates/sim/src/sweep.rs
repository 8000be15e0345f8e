//! The node sweep: each kind of task, met by each fault at each of its commits, ends as it does in the calm.

mod cases;

use crate::deliver::What;
use crate::dice::Dice;
use crate::play::{CLIENTS, Sim};
use crate::processes::Library;
use crate::queue::Happening;
use crate::storage::Storage;
use crate::totals::Kind;
use crate::world::World;
use crate::{calm, check, load};
use baton_base::{ClientId, Result};
use baton_db::Fault;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub use cases::CASES;

/// Nodes of a sweep: one that something befalls, and one that takes over.
const NODES: u64 = 2;

/// A kind of task, in the smallest process that uses it.
pub struct Case {
    /// Name of the kind.
    pub name: &'static str,
    /// The tasks, as JSON.
    pub tasks: &'static str,
}

/// Faults of a commit.
pub const OF_COMMITS: &[Kind] = &[
    Kind::CrashBefore,
    Kind::CrashAfter,
    Kind::LostBefore,
    Kind::LostAfter,
    Kind::PowerBefore,
    Kind::PowerWithin,
    Kind::PowerAfter,
];

/// Faults of a call of a system.
pub const OF_CALLS: &[Kind] = &[Kind::ToolFails, Kind::ToolSilent, Kind::CrashBetween];

/// Faults that happen every time.
pub const OF_ALL: &[Kind] = &[Kind::ResultTwice, Kind::DeliveryTwice];

/// How a case ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// Status, output and error of each run, without what differs from run to run (ids and times).
    pub runs: Vec<Value>,
    /// What systems did: the request and its outcome, and how many keys it has.
    pub deeds: BTreeMap<String, u32>,
    /// What must never happen and did.
    pub violations: Vec<String>,
    /// Commits that changed something.
    pub commits: u64,
    /// How often systems were asked.
    pub calls: u64,
    /// Whether the fault happened.
    pub met: bool,
}

impl Ended {
    /// Whether it ended as another did.
    pub fn is_as(&self, other: &Self) -> bool {
        self.runs == other.runs && self.deeds == other.deeds && self.violations.is_empty()
    }
}

/// Plays a case; with a fault, at the nth commit or call (from 1), or every time for [`OF_ALL`].
///
/// # Errors
/// When the database cannot be made.
pub async fn play(case: &Case, fault: Option<(Kind, u64)>) -> Result<Ended> {
    let tasks: Value = serde_json::from_str(case.tasks).unwrap_or_else(|e| panic!("{}: {e}", case.name));
    let library = Library::single(case.name, &tasks);
    let mut world = World::new(Dice::new(7, 1));
    world.troubled = false;
    let storage = Storage::file(false).await?;
    let mut sim = Sim::around(storage, library, Dice::new(7, 0), world, 1, NODES).await?;
    sim.troubled = false;
    if let Some((kind, nth)) = fault {
        plan(&mut sim, kind, nth);
    }
    let input = json!({"ref": "r1", "n": 3, "items": [1, 2]});
    let start = sim.delivery(&ClientId::known(CLIENTS[0]), What::Start { process: case.name.into(), input });
    sim.plan(0, Happening::Send(Box::new(start)));
    calm::end(&mut sim).await?;
    check::whole(&mut sim).await?;
    ended(sim).await
}

/// What a sweep of one case found.
pub struct Swept {
    /// Its line of the table.
    pub line: String,
    /// What did not end as in the calm, in words.
    pub wrongs: Vec<String>,
}

/// The table's heading.
pub const HEADING: &str =
    "kind             commits calls   at commits     at calls       every time    (ended as in the calm, of those met)";

/// Plays a case with each fault at each place.
///
/// # Errors
/// When a database cannot be made.
pub async fn sweep(case: &Case) -> Result<Swept> {
    let calm = play(case, None).await?;
    let again = play(case, None).await?;
    let mut wrongs = Vec::new();
    if calm != again || !calm.violations.is_empty() {
        wrongs.push(format!("{}: not right, or not the same twice, in the calm: {calm:?}\n{again:?}", case.name));
    }
    let mut line = format!("{:<16} {:>7} {:>5}", case.name, calm.commits, calm.calls);
    for (kinds, last) in [(OF_COMMITS, calm.commits), (OF_CALLS, calm.calls), (OF_ALL, 1)] {
        let (mut met, mut same) = (0, 0);
        for (kind, nth) in kinds.iter().flat_map(|kind| (1..=last).map(move |nth| (*kind, nth))) {
            let ended = play(case, Some((kind, nth))).await?;
            met += u32::from(ended.met);
            match ended.is_as(&calm) {
                true => same += u32::from(ended.met),
                false => wrongs.push(differs(case, (kind, nth), &calm, &ended)),
            }
        }
        line.push_str(&format!("   {same:>4} of {met:<4}"));
    }
    Ok(Swept { line, wrongs })
}

fn differs(case: &Case, (kind, nth): (Kind, u64), calm: &Ended, ended: &Ended) -> String {
    format!(
        "{} with '{kind}' at {nth}:\n  runs  {:?}\n  calm  {:?}\n  deeds {:?}\n  calm  {:?}\n  {:?}",
        case.name, ended.runs, calm.runs, ended.deeds, calm.deeds, ended.violations
    )
}

fn plan(sim: &mut Sim, kind: Kind, nth: u64) {
    sim.sweep = Some(kind);
    if OF_CALLS.contains(&kind) {
        sim.world().planned = Some((nth, kind));
        return;
    }
    let picture = sim.storage.next_picture().unwrap_or_default();
    let fault = match kind {
        Kind::CrashAfter | Kind::LostAfter => Fault::LostAfter,
        Kind::PowerBefore => Fault::CutBefore(picture),
        Kind::PowerWithin => Fault::CutWithin(picture, 600),
        Kind::PowerAfter => Fault::CutAfter(picture),
        Kind::CrashBefore | Kind::LostBefore => Fault::LostBefore,
        _ => return,
    };
    sim.storage.front().faults.arm_at(fault, nth);
}

async fn ended(sim: Sim) -> Result<Ended> {
    let house = sim.storage.front().db.read(load::house).await?;
    let mut runs: Vec<Value> = house
        .values()
        .map(|kept| plain(&json!([kept.process, kept.status, kept.output, kept.error, kept.owners])))
        .collect();
    runs.sort_by_key(Value::to_string);
    let commits = sim.storage.front().faults.writes();
    let mut deeds = BTreeMap::new();
    let calls = {
        let world = sim.world();
        for deed in world.books.values() {
            *deeds.entry(plain(&json!([deed.args, deed.outcome.clone().ok()])).to_string()).or_default() += 1;
        }
        world.asked()
    };
    let totals = sim.finish().await?;
    let met = totals.fault_count() > 0;
    let violations = totals.violations.into_iter().map(|violation| violation.what).collect();
    Ok(Ended { runs, deeds, violations, commits, calls, met })
}

/// Without ids and times, which differ when something is done again.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(plain_text(text)),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, _)| key.as_str() != "time");
            Value::Object(kept.map(|(key, value)| (key.clone(), plain(value))).collect())
        }
        other => other.clone(),
    }
}

fn plain_text(text: &str) -> &str {
    let delivery =
        text.strip_prefix('d').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    if delivery {
        "delivery"
    } else if text.starts_with("run_") {
        "run"
    } else {
        text
    }
}
