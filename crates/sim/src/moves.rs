//! What happens, one by one: moves of nodes, of people, and of chance.

use crate::deliver::{Delivery, What};
use crate::node::{Health, Item};
use crate::operators::Order;
use crate::play::{Sim, lock};
use crate::queue::Happening;
use crate::totals::Kind;
use crate::trouble::{Peril, Return};
use baton_base::{CallId, ClientId, Error, Result, RunId};
use baton_db::{Tx, params};
use baton_govern::Ctx;
use baton_runs::{Asked, Made, Stepped, limits};
use std::sync::Arc;

/// A node without news looks again after so long, milliseconds.
const IDLE_MS: i64 = 60_000;
/// A node whose transaction failed looks again after so long, milliseconds.
const AGAIN_MS: i64 = 500;
/// Longest pause between two looks after leases while calls are under way, milliseconds.
const LEASES_MS: (i64, i64) = (800, 1_800);
/// Calls taken over at once.
const TAKE_OVER_MAX: i64 = 256;

impl Sim {
    /// One thing happens.
    pub async fn happen(&mut self, what: Happening) -> Result<()> {
        self.totals.steps += 1;
        match what {
            Happening::Turn { node, life } => {
                if self.nodes[node].turn_ms.is_some_and(|at| at <= self.now_ms) {
                    self.nodes[node].turn_ms = None;
                }
                if self.alive(node, life, |node, life| Happening::Turn { node, life }) {
                    self.turn(node).await?;
                }
            }
            Happening::Leases { node, life } => {
                if self.nodes[node].leases_ms.is_some_and(|at| at <= self.now_ms) {
                    self.nodes[node].leases_ms = None;
                }
                if self.alive(node, life, |node, life| Happening::Leases { node, life }) {
                    self.leases(node).await?;
                }
            }
            Happening::Make { node, life, item } => {
                if self.alive(node, life, |node, life| Happening::Make { node, life, item }) {
                    self.make(node, item).await?;
                }
            }
            Happening::Record { node, life, item } => {
                if self.alive(node, life, |node, life| Happening::Record { node, life, item }) {
                    self.record(node, item).await?;
                }
            }
            Happening::Send(delivery) => self.send(*delivery).await?,
            Happening::Rounds => self.rounds().await?,
            Happening::Trouble => self.trouble(),
            Happening::Back { node } => self.come_up(node).await?,
            Happening::Mend { node } => self.nodes[node].clock.set_offset_ms(0),
            Happening::TakenOver { worker, died_ms } => self.check_taken_over(&worker, died_ms).await?,
        }
        Ok(())
    }

    /// Whether a node of this life works; what a paused one had planned happens when it comes back.
    fn alive(&mut self, node: usize, life: u64, again: impl Fn(usize, u64) -> Happening) -> bool {
        let place = &mut self.nodes[node];
        if place.life != life {
            return false;
        }
        match place.health {
            Health::Up => true,
            Health::Down => false,
            Health::Paused(until_ms) if until_ms <= self.now_ms => {
                place.health = Health::Up;
                true
            }
            Health::Paused(until_ms) => {
                let wait_ms = until_ms - self.now_ms + self.dice.between(0, 50);
                self.plan(wait_ms, again(node, life));
                false
            }
        }
    }

    async fn turn(&mut self, node: usize) -> Result<()> {
        let peril = self.arm(node);
        let runs = self.nodes[node].runs.clone();
        let turned = runs.step_turn().await;
        if self.befell(node, peril, turned.as_ref().err()).await? {
            return Ok(());
        }
        match turned {
            Ok(stepped) => self.turned(node, stepped),
            Err(error) => {
                self.must_be_outage(&error, "a turn");
                self.plan_turn(node, AGAIN_MS);
            }
        }
        self.pulse().await
    }

    fn turned(&mut self, node: usize, stepped: Stepped) {
        self.in_hand(node, stepped.asked);
        self.plan_turn(node, if stepped.more { 1 } else { IDLE_MS });
    }

    fn in_hand(&mut self, node: usize, asked: Vec<Asked>) {
        let life = self.nodes[node].life;
        for asked in asked {
            let item = self.take_in_hand(node, Item::Asked(Box::new(asked)));
            let in_ms = self.dice.between(0, 30);
            self.plan(in_ms, Happening::Make { node, life, item });
        }
    }

    async fn leases(&mut self, node: usize) -> Result<()> {
        let due = self.nodes[node].renewed_ms + i64::try_from(limits::CALL_RENEW_MS).unwrap_or(i64::MAX);
        let renew = due <= self.now_ms;
        let peril = self.arm(node);
        let runs = self.nodes[node].runs.clone();
        let held: Vec<String> = self.workers_up();
        let taken = runs.step_leases(renew, TAKE_OVER_MAX).await;
        if self.befell(node, peril, taken.as_ref().err()).await? {
            return Ok(());
        }
        match taken {
            Ok(asked) => {
                let again = asked.iter().filter(|asked| asked.attempt() > 1 && held.len() > 1).count() as u64;
                if again > 0 {
                    *self.totals.faults.entry(Kind::TwoClaim).or_default() += again;
                }
                self.in_hand(node, asked);
                self.nodes[node].leased_ms = self.now_ms;
                if renew {
                    self.nodes[node].renewed_ms = self.now_ms;
                }
            }
            Err(error) => self.must_be_outage(&error, "a look after leases"),
        }
        self.pulse().await
    }

    fn workers_up(&self) -> Vec<String> {
        self.nodes.iter().filter(|node| node.is_up()).map(|node| node.runs.worker().to_owned()).collect()
    }

    async fn make(&mut self, node: usize, item: u64) -> Result<()> {
        let Some(Item::Asked(asked)) = self.nodes[node].items.remove(&item) else { return Ok(()) };
        let runs = self.nodes[node].runs.clone();
        let made = runs.step_make(&asked).await;
        if (self.troubled && self.dice.chance(12)) || self.dies_now() {
            self.totals.fault(Kind::CrashBetween);
            self.die(node, Return::Later);
            return Ok(());
        }
        let mut late_ms = 0;
        let twice = (self.troubled && self.dice.chance(25)) || self.sweep == Some(Kind::ResultTwice);
        if twice && asked.attempt() == 1 {
            // Its lease runs out unnoticed, another node makes the call again, and both results come.
            self.totals.fault(Kind::ResultTwice);
            runs.step_forget(&asked);
            late_ms = limits::CALL_LEASE_MS + self.dice.between(0, 6_000);
        }
        self.made(node, made, late_ms);
        Ok(())
    }

    /// Whether the sweep wants the node to die now, between deed and record; once.
    fn dies_now(&mut self) -> bool {
        let (planned, asked) = {
            let world = self.world();
            (world.planned, world.asked())
        };
        let wanted = self.sweep == Some(Kind::CrashBetween) && planned.is_some_and(|(nth, _)| nth == asked);
        if wanted {
            self.sweep = None;
        }
        wanted
    }

    fn made(&mut self, node: usize, made: Made, late_ms: i64) {
        let took_ms = lock(&self.common.world).last_took_ms.max(1) + late_ms;
        let life = self.nodes[node].life;
        let item = self.take_in_hand(node, Item::Made(Box::new(made)));
        self.plan(took_ms, Happening::Record { node, life, item });
    }

    /// What came of a call goes to the node's next turn, or back for a later attempt.
    async fn record(&mut self, node: usize, item: u64) -> Result<()> {
        let Some(Item::Made(made)) = self.nodes[node].items.remove(&item) else { return Ok(()) };
        let peril = self.arm(node);
        let runs = self.nodes[node].runs.clone();
        runs.step_came(*made).await;
        if !self.befell(node, peril, None).await? {
            let in_ms = self.dice.between(0, 10);
            self.plan_turn(node, in_ms);
        }
        Ok(())
    }

    /// A request from outside lands on a node; after an error, the sender tries again.
    pub async fn send(&mut self, delivery: Delivery) -> Result<()> {
        // In the calm nobody stops a run any more.
        if !self.troubled && matches!(delivery.what, What::Order { order: Order::Suspend, .. }) {
            return Ok(());
        }
        let up: Vec<usize> = (0..self.nodes.len()).filter(|n| self.nodes[*n].is_up()).collect();
        if up.is_empty() {
            self.plan(1_000, Happening::Send(Box::new(delivery)));
            return Ok(());
        }
        let node = *self.dice.pick(&up);
        let peril = self.arm(node);
        let (env, db) = (Arc::clone(&self.nodes[node].env), self.nodes[node].handle.db.clone());
        let (versions, sent) = (Arc::clone(&self.common.versions), delivery.clone());
        let done = db.write(move |tx| {
            let ctx = Ctx::system(&env, &sent.client, "channel:sim");
            sent.deliver(tx, &ctx, &versions)
        });
        let done = done.await;
        let saved = peril.as_ref().is_some_and(Peril::saves);
        let gone = self.befell(node, peril, done.as_ref().err()).await?;
        match done {
            Ok(runs) => self.accepted(&delivery, runs),
            Err(error) => {
                self.must_be_outage(&error, "a delivery");
                if saved {
                    self.register.unsure(&delivery);
                }
                self.totals.fault(Kind::DeliveryLost);
                let again_ms = self.dice.between(500, 20_000);
                self.plan(again_ms, Happening::Send(Box::new(delivery)));
            }
        }
        if gone { Ok(()) } else { self.pulse().await }
    }

    fn accepted(&mut self, delivery: &Delivery, runs: Vec<RunId>) {
        let first = !self.register.sent.contains_key(&delivery.id);
        self.register.accepted(delivery, &runs);
        match &delivery.what {
            What::Order { order, .. } if !runs.is_empty() => self.totals.fault(order.kind()),
            What::Message { .. } | What::Answer { .. } | What::Cancel { .. } if runs.is_empty() => {
                self.totals.fault(Kind::DeliveryLate);
            }
            _ => {}
        }
        if matches!(delivery.what, What::Start { .. }) {
            for run in runs {
                self.follow_up(&delivery.client, &run);
                self.started.push((delivery.client.clone(), run));
            }
        } else if (self.troubled && self.dice.chance(30)) || (self.sweep == Some(Kind::DeliveryTwice) && first) {
            self.totals.fault(Kind::DeliveryTwice);
            let again_ms = self.dice.between(0, 5_000);
            self.plan(again_ms, Happening::Send(Box::new(delivery.clone())));
        }
    }

    /// Only an outage may be told, never a fault of Baton's own.
    fn must_be_outage(&mut self, error: &Error, what: &str) {
        if !matches!(error, Error::Unavailable(_)) {
            self.violated(format!("{what} failed with: {error}"), Vec::new());
        }
    }

    /// After a transaction: whoever has something to do soon is woken, as by a wake-up in production.
    pub async fn pulse(&mut self) -> Result<()> {
        let (ready, timer_ms, requested) = self.storage.front().db.read(read_pulse).await?;
        for node in 0..self.nodes.len() {
            if ready > 0 {
                let in_ms = self.dice.between(0, 20);
                self.plan_turn(node, in_ms);
            }
            if let Some(due_ms) = timer_ms {
                let late_ms = self.dice.between(0, 5);
                let in_ms = due_ms - self.now_ms - self.nodes[node].clock.offset_ms() + late_ms;
                self.plan_turn(node, in_ms.max(1));
            }
            if requested > 0 {
                let in_ms = self.dice.between(LEASES_MS.0, LEASES_MS.1);
                self.plan_leases(node, in_ms);
            }
        }
        Ok(())
    }

    async fn check_taken_over(&mut self, worker: &str, died_ms: i64) -> Result<()> {
        let taken_ms = died_ms + limits::CALL_LEASE_MS;
        let looked = |node: &crate::node::Node| node.leased_ms > taken_ms && node.clock.offset_ms() >= 0;
        if !self.nodes.iter().any(looked) {
            return Ok(());
        }
        let name = worker.to_owned();
        let held = self.storage.front().db.read(move |tx| calls_of(tx, &name)).await?;
        for (client, run, call) in held {
            let what = format!("call {call} of {run} ({client}) is still with {worker}, which died at {died_ms}");
            self.violated(what, Vec::new());
        }
        Ok(())
    }
}

fn read_pulse(tx: &mut Tx) -> Result<(i64, Option<i64>, i64)> {
    // every client: nodes work for the whole installation
    let sql = "SELECT (SELECT COUNT(*) FROM run WHERE ready = 1), (SELECT MIN(due_ms) FROM run_timer), \
               (SELECT COUNT(*) FROM run_call WHERE state = 'requested')";
    tx.query_one(sql, params![], |row| Ok((row.int(0)?, row.int_opt(1)?, row.int(2)?)))
}

fn calls_of(tx: &mut Tx, worker: &str) -> Result<Vec<(ClientId, RunId, CallId)>> {
    // every client: a worker holds calls of the whole installation
    let sql = "SELECT client_id, run_id, call_id FROM run_call WHERE worker = $1 AND state = 'requested'";
    tx.query(sql, params![worker], |row| Ok((row.id(0)?, row.id(1)?, row.id(2)?)))
}
