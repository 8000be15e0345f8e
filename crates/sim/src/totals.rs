//! What a simulation counts and prints.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A node dies before its commit.
    CrashBefore,
    /// A node dies after its commit, before anybody hears of it.
    CrashAfter,
    /// A node dies when a system has done its part and the run does not know.
    CrashBetween,
    /// The machine goes down before a commit.
    PowerBefore,
    /// The machine goes down after a commit.
    PowerAfter,
    /// The machine goes down while a commit is written.
    PowerWithin,
    /// The connection is lost, and nothing was saved.
    LostBefore,
    /// The connection is lost, and all was saved.
    LostAfter,
    /// The disk is full.
    DiskFull,
    /// A delivery fails and is sent again.
    DeliveryLost,
    /// A message, an event or an answer comes twice.
    DeliveryTwice,
    /// Something comes for a run that has ended.
    DeliveryLate,
    /// A timer that has fired fires again.
    TimerTwice,
    /// The result of a call comes twice.
    ResultTwice,
    /// A clock jumps forward.
    ClockForward,
    /// A clock steps back.
    ClockBack,
    /// A system is slow.
    ToolSlow,
    /// A system is away.
    ToolFails,
    /// A system does its part and does not answer.
    ToolSilent,
    /// A system says no.
    ToolRefuses,
    /// An answer makes no sense.
    Nonsense,
    /// A call is taken over from a node that still works on it.
    TwoClaim,
    /// A node stands still for minutes, and comes back.
    NodePaused,
    /// A node goes, and another comes up later.
    NodeKilled,
    /// A node goes for good.
    NodeGone,
    /// Somebody ends a run.
    OperatorCancels,
    /// Somebody suspends a run.
    OperatorSuspends,
    /// Somebody lets a suspended run go on.
    OperatorResumes,
    /// Somebody lets a failed run be tried again.
    OperatorRetries,
    /// Somebody moves a run to another version.
    OperatorMigrates,
}

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::CrashBefore => "node crashed before its commit",
            Self::CrashAfter => "node crashed after its commit",
            Self::CrashBetween => "node crashed between deed and record",
            Self::PowerBefore => "power cut before a commit",
            Self::PowerAfter => "power cut after a commit",
            Self::PowerWithin => "power cut within a commit",
            Self::LostBefore => "connection lost, nothing saved",
            Self::LostAfter => "connection lost, all saved",
            Self::DiskFull => "disk full",
            Self::DeliveryLost => "delivery lost and sent again",
            Self::DeliveryTwice => "delivery made twice",
            Self::DeliveryLate => "delivery to an ended run",
            Self::TimerTwice => "timer fired twice",
            Self::ResultTwice => "result of a call came twice",
            Self::ClockForward => "clock jumped forward",
            Self::ClockBack => "clock stepped back",
            Self::ToolSlow => "tool slow",
            Self::ToolFails => "tool away",
            Self::ToolSilent => "tool silent after doing it",
            Self::ToolRefuses => "tool says no",
            Self::Nonsense => "nonsense result",
            Self::TwoClaim => "call taken from a live node",
            Self::NodePaused => "node paused and back",
            Self::NodeKilled => "node killed and replaced",
            Self::NodeGone => "node killed for good",
            Self::OperatorCancels => "operator cancels",
            Self::OperatorSuspends => "operator suspends",
            Self::OperatorResumes => "operator resumes",
            Self::OperatorRetries => "operator retries",
            Self::OperatorMigrates => "operator moves to another version",
        })
    }
}

/// Something that must never happen.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The world it happened in.
    pub world: u64,
    /// The step after which it was seen.
    pub step: u64,
    /// What, in words.
    pub what: String,
    /// What led to it: journal and books of the run.
    pub trace: Vec<String>,
}

/// What one world or many came to.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Worlds played.
    pub worlds: u64,
    /// Simulated time, milliseconds.
    pub simulated_ms: i64,
    /// Moves of nodes, people and systems.
    pub steps: u64,
    /// Events that runs took in.
    pub events: u64,
    /// Calls of systems that did something.
    pub deeds: u64,
    /// Runs by how they ended.
    pub ended: BTreeMap<String, u64>,
    /// Faults by kind.
    pub faults: BTreeMap<Kind, u64>,
    /// What must never happen and did.
    pub violations: Vec<Violation>,
    /// Digests of the final states, one for each world, in order.
    pub digests: Vec<String>,
}

impl Totals {
    /// Adds what another came to.
    pub fn add(&mut self, other: Self) {
        self.worlds += other.worlds;
        self.simulated_ms += other.simulated_ms;
        self.steps += other.steps;
        self.events += other.events;
        self.deeds += other.deeds;
        for (status, count) in other.ended {
            *self.ended.entry(status).or_default() += count;
        }
        for (kind, count) in other.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        self.violations.extend(other.violations);
        self.digests.extend(other.digests);
    }

    /// Counts a fault.
    pub fn fault(&mut self, kind: Kind) {
        *self.faults.entry(kind).or_default() += 1;
    }

    /// Runs, however they ended.
    pub fn runs(&self) -> u64 {
        self.ended.values().sum()
    }

    /// Faults of all kinds.
    pub fn fault_count(&self) -> u64 {
        self.faults.values().sum()
    }

    /// One digest of all final states.
    pub fn digest(&self) -> String {
        baton_base::digest_of(&self.digests)
    }
}

impl Display for Totals {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let hours = self.simulated_ms / 3_600_000;
        writeln!(f, "worlds {}, simulated hours {hours}, steps {}", self.worlds, self.steps)?;
        writeln!(f, "runs {}, events {}, deeds of systems {}", self.runs(), self.events, self.deeds)?;
        for (status, count) in &self.ended {
            writeln!(f, "  {status:<38} {count:>8}")?;
        }
        writeln!(f, "faults {}", self.fault_count())?;
        for (kind, count) in &self.faults {
            writeln!(f, "  {kind:<38} {count:>8}")?;
        }
        write!(f, "violations {}", self.violations.len())
    }
}
