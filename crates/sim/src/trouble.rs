//! What breaks, and how it is made good.

use crate::check;
use crate::node::{Health, Node};
use crate::play::Sim;
use crate::queue::Happening;
use crate::totals::Kind;
use baton_base::{Error, Result};
use baton_db::Fault;
use baton_runs::limits;

/// What may befall one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peril {
    kind: Kind,
}

impl Peril {
    /// Whether the transaction is saved all the same.
    pub fn saves(&self) -> bool {
        matches!(self.kind, Kind::LostAfter | Kind::CrashAfter | Kind::PowerAfter)
    }

    fn is_cut(self) -> bool {
        matches!(self.kind, Kind::PowerBefore | Kind::PowerAfter | Kind::PowerWithin)
    }
}

/// When another node comes up in the place of a dead one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Return {
    Soon,
    Later,
    Never,
}

/// How often a transaction meets something, thousandths.
const PERIL: u64 = 25;
/// Pause between two other troubles, milliseconds.
const TROUBLE_MS: (i64, i64) = (60_000, 400_000);

impl Sim {
    /// Decides what befalls a node's next transaction.
    pub fn arm(&mut self, node: usize) -> Option<Peril> {
        if let Some(kind) = self.sweep {
            return Some(Peril { kind });
        }
        if !self.troubled || !self.dice.chance(PERIL) {
            return None;
        }
        let mut kinds =
            vec![(20, Kind::LostBefore), (20, Kind::LostAfter), (15, Kind::CrashBefore), (15, Kind::CrashAfter)];
        let picture = self.storage.next_picture();
        if picture.is_some() {
            kinds.extend([(15, Kind::DiskFull), (2, Kind::PowerBefore), (2, Kind::PowerAfter), (3, Kind::PowerWithin)]);
        }
        let kind = *self.dice.weighed(&kinds);
        let picture = picture.unwrap_or_default();
        let fault = match kind {
            Kind::LostAfter | Kind::CrashAfter => Fault::LostAfter,
            Kind::DiskFull => Fault::DiskFull,
            Kind::PowerBefore => Fault::CutBefore(picture),
            Kind::PowerAfter => Fault::CutAfter(picture),
            Kind::PowerWithin => Fault::CutWithin(picture, u32::try_from(self.dice.below(1_000)).unwrap_or(0)),
            _ => Fault::LostBefore,
        };
        self.nodes[node].handle.faults.arm(fault);
        Some(Peril { kind })
    }

    /// Sees what befell the transaction; whether the node is gone with it.
    pub async fn befell(&mut self, node: usize, peril: Option<Peril>, error: Option<&Error>) -> Result<bool> {
        let Some(peril) = peril else { return Ok(false) };
        let faults = &self.nodes[node].handle.faults;
        let mut fired = if self.sweep.is_some() { faults.has_fired() } else { faults.disarm() };
        if peril.kind == Kind::DiskFull {
            fired = error.is_some_and(|error| error.to_string().contains("full"));
        }
        if !fired {
            return Ok(false);
        }
        self.sweep = None;
        self.nodes[node].handle.faults.disarm();
        self.totals.fault(peril.kind);
        if peril.is_cut() {
            self.power_cut().await?;
            return Ok(true);
        }
        if matches!(peril.kind, Kind::CrashBefore | Kind::CrashAfter) {
            self.die(node, Return::Later);
            return Ok(true);
        }
        Ok(false)
    }

    /// Everything goes dark; a while later all nodes come up on what was on the disk.
    async fn power_cut(&mut self) -> Result<()> {
        self.storage.power_back().await?;
        for node in 0..self.nodes.len() {
            if !self.nodes[node].gone {
                self.die(node, Return::Soon);
            }
        }
        check::standing(self).await
    }

    /// A node is gone with all it had in hand; another comes up in its place.
    pub fn die(&mut self, node: usize, back: Return) {
        let worker = self.nodes[node].runs.worker().to_owned();
        self.dead.insert(worker.clone(), self.now_ms);
        let place = &mut self.nodes[node];
        place.life += 1;
        place.health = Health::Down;
        place.items.clear();
        place.turn_ms = None;
        place.leases_ms = None;
        // A lease by a clock that is ahead runs longer.
        if self.nodes[node].clock.offset_ms() <= 0 {
            let grace_ms = limits::CALL_LEASE_MS + 3_000;
            self.plan(grace_ms, Happening::TakenOver { worker, died_ms: self.now_ms });
        }
        let back_ms = match back {
            Return::Soon => self.dice.between(500, 4_000),
            Return::Later => self.dice.between(1_000, 120_000),
            Return::Never => return,
        };
        self.plan(back_ms, Happening::Back { node });
    }

    /// A fresh node in the place of a dead one.
    pub async fn come_up(&mut self, node: usize) -> Result<()> {
        if self.nodes[node].health != Health::Down || self.nodes[node].gone {
            return Ok(());
        }
        let life = self.nodes[node].life;
        if !self.storage.is_file() {
            self.nodes[node].handle.db.close().await;
        }
        let handle = self.storage.for_node().await?;
        let entropy = self.dice.seed();
        self.nodes[node] = Node::start(&self.common, handle, life, entropy);
        self.plan_turn(node, 0);
        let in_ms = self.dice.between(0, 2_000);
        self.plan_leases(node, in_ms);
        Ok(())
    }

    /// One of the troubles that are not of one transaction.
    pub fn trouble(&mut self) {
        let next_ms = self.dice.between(TROUBLE_MS.0, TROUBLE_MS.1);
        self.plan(next_ms, Happening::Trouble);
        let node = self.dice.index(self.nodes.len());
        if !self.nodes[node].is_up() {
            return;
        }
        // Half of the worlds have right clocks, so that timers can be checked to the millisecond there.
        let clocks = u64::from(self.number.is_multiple_of(2)) * 30;
        let kind = *self.dice.weighed(&[
            (25, Kind::NodePaused),
            (25, Kind::NodeKilled),
            (5, Kind::NodeGone),
            (clocks, Kind::ClockForward),
            (clocks, Kind::ClockBack),
        ]);
        match kind {
            Kind::NodePaused => {
                self.totals.fault(kind);
                let until_ms = self.now_ms + self.dice.between(2_000, 300_000);
                self.nodes[node].health = Health::Paused(until_ms);
            }
            Kind::NodeKilled => {
                self.totals.fault(kind);
                self.die(node, Return::Later);
            }
            Kind::NodeGone => self.go_for_good(node),
            _ => self.set_wrong(node, kind),
        }
    }

    /// A node goes and none comes in its place, as long as others are left.
    fn go_for_good(&mut self, node: usize) {
        if self.nodes.iter().any(|node| node.gone) {
            return;
        }
        self.totals.fault(Kind::NodeGone);
        self.nodes[node].gone = true;
        self.die(node, Return::Never);
    }

    fn set_wrong(&mut self, node: usize, kind: Kind) {
        self.totals.fault(kind);
        let offset_ms = match kind {
            Kind::ClockForward => self.dice.between(1_000, 3_600_000),
            _ => -self.dice.between(1_000, 300_000),
        };
        self.nodes[node].clock.set_offset_ms(offset_ms);
        self.spread_ms = (self.spread_ms.0.min(offset_ms), self.spread_ms.1.max(offset_ms));
        let mended_ms = self.dice.between(5_000, 600_000);
        self.plan(mended_ms, Happening::Mend { node });
        self.plan_turn(node, 0);
    }
}
