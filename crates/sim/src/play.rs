//! One world, from its first run to its calm end.

use crate::deliver::Register;
use crate::dice::Dice;
use crate::functions::Shared;
use crate::node::{Common, Health, Item, Node};
use crate::processes::Library;
use crate::queue::{Happening, Queue};
use crate::storage::Storage;
use crate::totals::{Kind, Totals, Violation};
use crate::world::World;
use crate::{calm, check};
use baton_base::{ClientId, ManualClock, Result, Versions};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// When every world begins, milliseconds since the epoch.
pub const START_MS: i64 = 1_800_000_000_000;
/// How long runs begin and things break in one world, milliseconds.
pub const TROUBLE_MS: i64 = 3_600_000;
/// Clients of a world.
pub(crate) const CLIENTS: &[&str] = &["acme", "bolt"];
/// Nodes of a world.
const NODES: u64 = 3;

/// What to play.
#[derive(Debug, Clone)]
pub struct Options {
    /// Seed of all worlds.
    pub seed: u64,
    /// Wait for the disk at every commit.
    pub durable: bool,
    /// PostgreSQL server to play on, a fresh database for each world; SQLite without one.
    pub server: Option<String>,
    /// Fewest and most runs that begin from outside in one world.
    pub arrivals: (i64, i64),
    /// Whether anything breaks.
    pub troubled: bool,
}

impl Options {
    /// A seed with everything as usual.
    pub fn seed(seed: u64) -> Self {
        Self { seed, durable: false, server: None, arrivals: (60, 160), troubled: true }
    }
}

/// A world that is being played.
pub(crate) struct Sim {
    pub number: u64,
    pub dice: Dice,
    pub common: Common,
    pub storage: Storage,
    pub library: Library,
    pub nodes: Vec<Node>,
    pub queue: Queue,
    pub register: Register,
    pub totals: Totals,
    pub troubled: bool,
    pub now_ms: i64,
    /// Runs that were started from outside, by client.
    pub started: Vec<(ClientId, baton_base::RunId)>,
    /// Calls that a person knows of.
    pub noticed: BTreeSet<String>,
    /// Workers that died, and when.
    pub dead: BTreeMap<String, i64>,
    /// How far any clock was ahead or behind.
    pub spread_ms: (i64, i64),
    /// In a sweep: what befalls one commit, armed beforehand; or what happens each time.
    pub sweep: Option<Kind>,
    pub next_item: u64,
    pub next_id: u64,
}

/// Plays one world of a seed.
///
/// # Errors
/// When the database cannot be made or opened: nothing was found out then.
pub async fn world(options: &Options, number: u64) -> Result<Totals> {
    let mut sim = Sim::begin(options, number).await?;
    sim.troubled = options.troubled;
    sim.plan_arrivals(options.arrivals);
    sim.until(START_MS + TROUBLE_MS).await?;
    calm::end(&mut sim).await?;
    let digest = check::whole(&mut sim).await?;
    sim.totals.digests.push(digest);
    sim.finish().await
}

impl Sim {
    async fn begin(options: &Options, number: u64) -> Result<Self> {
        let stream = |what: u64| Dice::new(options.seed, number * 8 + what);
        let mut dice = stream(0);
        let library = Library::draw(&mut dice);
        let storage = match &options.server {
            None => Storage::file(options.durable).await?,
            Some(url) => Storage::server(url).await?,
        };
        let mut world = World::new(stream(1));
        world.troubled = options.troubled;
        Self::around(storage, library, dice, world, number, NODES).await
    }

    /// A world on a storage, with its nodes up.
    pub async fn around(
        storage: Storage,
        library: Library,
        dice: Dice,
        world: World,
        number: u64,
        nodes: u64,
    ) -> Result<Self> {
        let versions = Arc::new(Versions::default());
        for client in CLIENTS {
            let client = ClientId::known(*client);
            versions.put_live(&client, &library.release, Arc::clone(&library.processes));
            versions.put_pinned(&client, &library.again, Arc::clone(&library.reworded));
        }
        let base = ManualClock::at(START_MS);
        let common = Common { base, versions, world: Arc::new(Mutex::new(world)) };
        let mut sim = Self {
            number,
            dice,
            common,
            storage,
            library,
            nodes: Vec::new(),
            queue: Queue::default(),
            register: Register::default(),
            totals: Totals { worlds: 1, ..Totals::default() },
            troubled: true,
            now_ms: START_MS,
            started: Vec::new(),
            noticed: BTreeSet::new(),
            dead: BTreeMap::new(),
            spread_ms: (0, 0),
            sweep: None,
            next_item: 0,
            next_id: 0,
        };
        for _ in 0..nodes {
            let handle = sim.storage.for_node().await?;
            let entropy = sim.dice.seed();
            sim.nodes.push(Node::start(&sim.common, handle, 0, entropy));
        }
        Ok(sim)
    }

    /// Lets happen what is planned before `until_ms`.
    pub async fn until(&mut self, until_ms: i64) -> Result<()> {
        while let Some((at_ms, what)) = self.queue.next(until_ms) {
            if at_ms > self.now_ms {
                self.set_clock(at_ms);
            }
            self.happen(what).await?;
        }
        if until_ms > self.now_ms {
            self.set_clock(until_ms);
        }
        Ok(())
    }

    fn set_clock(&mut self, at_ms: i64) {
        self.common.base.advance_ms(at_ms - self.now_ms);
        self.now_ms = at_ms;
    }

    /// Plans something so many milliseconds from now.
    pub fn plan(&mut self, in_ms: i64, what: Happening) {
        let tie = self.dice.seed();
        self.queue.plan(self.now_ms + in_ms.max(0), tie, what);
    }

    /// Plans a node's turn, unless it takes one before.
    pub fn plan_turn(&mut self, node: usize, in_ms: i64) {
        let at_ms = self.now_ms + in_ms.max(0);
        let place = &mut self.nodes[node];
        if place.health == Health::Down || place.turn_ms.is_some_and(|known| known <= at_ms) {
            return;
        }
        place.turn_ms = Some(at_ms);
        let life = place.life;
        self.plan(in_ms, Happening::Turn { node, life });
    }

    /// Plans a node's look after leases, unless it looks before.
    pub fn plan_leases(&mut self, node: usize, in_ms: i64) {
        let at_ms = self.now_ms + in_ms.max(0);
        let place = &mut self.nodes[node];
        if place.health == Health::Down || place.leases_ms.is_some_and(|known| known <= at_ms) {
            return;
        }
        place.leases_ms = Some(at_ms);
        let life = place.life;
        self.plan(in_ms, Happening::Leases { node, life });
    }

    /// Puts a call into a node's hands.
    pub fn take_in_hand(&mut self, node: usize, item: Item) -> u64 {
        self.next_item += 1;
        self.nodes[node].items.insert(self.next_item, item);
        self.next_item
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.common.world)
    }

    /// Notes what must never happen and did.
    pub fn violated(&mut self, what: String, trace: Vec<String>) {
        let (world, step) = (self.number, self.totals.steps);
        self.totals.violations.push(Violation { world, step, what, trace });
    }

    /// Ends the database; what it all came to.
    pub async fn finish(mut self) -> Result<Totals> {
        let (faults, deeds, wrongs) = {
            let mut world = self.world();
            (std::mem::take(&mut world.faults), world.books.len(), std::mem::take(&mut world.wrongs))
        };
        for (kind, count) in faults {
            *self.totals.faults.entry(kind).or_default() += count;
        }
        self.totals.deeds += deeds as u64;
        self.totals.simulated_ms += self.now_ms - START_MS;
        wrongs.into_iter().for_each(|wrong| self.violated(wrong, Vec::new()));
        for node in std::mem::take(&mut self.nodes) {
            if !self.storage.is_file() {
                node.handle.db.close().await;
            }
        }
        let mut totals = self.totals;
        if let Err(error) = self.storage.close().await {
            let (world, step) = (self.number, totals.steps);
            totals.violations.push(Violation { world, step, what: error.to_string(), trace: Vec::new() });
        }
        Ok(totals)
    }
}

/// The world, whatever became of others that held it.
pub(crate) fn lock(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}
