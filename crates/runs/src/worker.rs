//! The loops that keep runs moving in one process of Baton.

use crate::handed::Handed;
use crate::schedule::{self, Looked};
use crate::store::{Key, Leased};
use crate::take::take_turn;
use crate::turn::{Reach, Settled, Turned, may_trust};
use crate::{Function, Processes, calls, deliver, follow, leases, limits, store};
use baton_base::{CaseId, ClientId, Error, ReleaseId, Result, RunId, Versions};
use baton_db::{Db, Kind, Ready, Tx};
use baton_govern::{Ctx, Env};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;

/// A run that cannot go on by itself.
pub struct Faulted {
    /// Acts as the run's process.
    pub ctx: Ctx,
    /// The run.
    pub run: RunId,
    /// Its case, if any.
    pub case: Option<CaseId>,
    /// The problem document.
    pub error: Value,
}

/// What to do, in the same transaction, when a run faults: find it an owner.
pub type FaultHook = Box<dyn Fn(&mut Tx, &Faulted) -> Result<()> + Send + Sync>;

pub(crate) struct Inner {
    pub db: Db,
    pub env: Arc<Env>,
    pub processes: Arc<Versions<Processes>>,
    pub functions: HashMap<&'static str, Arc<dyn Function>>,
    pub on_fault: FaultHook,
    pub worker: String,
    pub weight: Weight,
    pub is_stored: IsStored,
    pub in_flight: Arc<Semaphore>,
    pub turns: AtomicU64,
    distrusts_until: AtomicU64,
    rooms: Mutex<HashMap<ClientId, Arc<Semaphore>>>,
    settled: Mutex<Vec<Settled>>,
    /// Calls that this process makes or has made and not yet recorded: only their leases are renewed.
    in_hand: Mutex<BTreeMap<store::Holding, ClientId>>,
    /// There may be something to do: one turner sees to it, however many are idle.
    to_do: Notify,
    /// There may be ready runs or due timers, and not only results of this process's own calls.
    must_look: AtomicBool,
    /// Ready runs for a turn to take without a look.
    pub handed: Handed,
    /// When the next timer is due, as far as the turns have seen; `i64::MAX` for none.
    next_timer_ms: AtomicI64,
    has_earlier_timer: Notify,
    /// Some event has not reached all of its listeners.
    pub to_deliver: Notify,
}

/// A client's share of the work, beside others.
pub(crate) type Weight = Box<dyn Fn(&ClientId) -> u32 + Send + Sync>;

/// Whether a release exists, loaded here or not.
pub(crate) type IsStored = Box<dyn Fn(&mut Tx, &ClientId, &ReleaseId) -> Result<bool> + Send + Sync>;

impl Inner {
    /// Leaves a result for the next turn.
    pub(crate) fn settle(&self, settled: Settled) {
        self.keep(settled);
        self.to_do.notify_one();
    }

    /// Leaves a result for whoever takes the next turn anyway.
    pub(crate) fn keep(&self, settled: Settled) {
        self.results().push(settled);
    }

    /// Results may wait that nobody was told of: one turner sees to them.
    pub(crate) fn tell_of_results(&self) {
        if !self.results().is_empty() {
            self.to_do.notify_one();
        }
    }

    fn results(&self) -> MutexGuard<'_, Vec<Settled>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Results that wait, oldest first, as many as one turn takes.
    pub(crate) fn take_settled(&self) -> Vec<Settled> {
        let mut results = self.results();
        let many = results.len().min(limits::RESULTS_PER_TURN_MAX);
        let taken = results.drain(..many).collect();
        if !results.is_empty() {
            self.to_do.notify_one();
        }
        taken
    }

    /// Results whose turn could not be committed wait for the next.
    pub(crate) fn put_back(&self, settled: Vec<Settled>) {
        let mut results = self.results();
        results.splice(0..0, settled);
    }

    /// What commits of this process have made ready is for the next turn; false if there is to be a look instead. With much in hand
    /// it is for whoever looks first, on any node.
    pub(crate) fn hand_on(&self, made: Ready) -> bool {
        // Told of by a commit that was heard of with the one before, or that has seen to it itself.
        let is_nothing = made == Ready::default();
        if self.db.kind() == Kind::Sqlite {
            return is_nothing;
        }
        let in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner).len();
        let is_handed = !is_nothing && in_hand <= limits::HANDED_BESIDE_CALLS_MAX && self.handed.put(made);
        if is_handed {
            self.to_do.notify_one();
        }
        is_handed || is_nothing
    }

    /// There may be ready runs or due timers: one turner looks.
    pub(crate) fn call_to_look(&self) {
        self.must_look.store(true, Ordering::SeqCst);
        self.to_do.notify_one();
    }

    /// A run was not as it was left.
    pub(crate) fn distrust(&self) {
        let until = self.turns.load(Ordering::Relaxed) + limits::DISTRUSTFUL_TURNS;
        self.distrusts_until.store(until, Ordering::Relaxed);
    }

    /// Whether a run was not as it was left, a few turns ago.
    pub(crate) fn distrusts(&self) -> bool {
        self.turns.load(Ordering::Relaxed) < self.distrusts_until.load(Ordering::Relaxed)
    }

    /// A turn that does less leaves the rest to another turner, or to the next.
    fn put_off(&self, look: bool, ready: Vec<Key>) {
        if look || !self.hand_on(Ready { runs: ready, more: false }) {
            self.call_to_look();
        }
    }

    /// A turn has seen when the next timer is due.
    fn expect_timer(&self, due_ms: i64) {
        if due_ms < self.next_timer_ms.fetch_min(due_ms, Ordering::SeqCst) {
            self.has_earlier_timer.notify_one();
        }
    }

    /// How long until something is to be looked at even if nobody says so, milliseconds.
    fn pause_ms(&self) -> u64 {
        let due_ms = self.next_timer_ms.load(Ordering::SeqCst);
        let in_ms = due_ms.saturating_sub(self.env.clock.now_ms()).max(1).unsigned_abs();
        in_ms.min(limits::POLL_MS_MAX)
    }

    /// The next turn sees to what is due, and says what comes after it.
    fn forget_due_timer(&self) {
        let due_ms = self.next_timer_ms.load(Ordering::SeqCst);
        if due_ms <= self.env.clock.now_ms() {
            // If an earlier one was seen meanwhile, it stays.
            let _ = self.next_timer_ms.compare_exchange(due_ms, i64::MAX, Ordering::SeqCst, Ordering::SeqCst);
        }
    }

    /// Takes calls in hand, once it is known that they are leased to this worker.
    pub(crate) fn hold(&self, leased: &[Leased]) {
        let mut in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        in_hand.extend(leased.iter().map(|leased| (leased.holding(), leased.client.clone())));
    }

    /// A call is out of hand: recorded, given back, or left to others.
    pub(crate) fn let_go(&self, leased: &Leased) {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner).remove(&leased.holding());
    }

    pub(crate) fn in_hand(&self) -> Vec<(ClientId, store::Holding)> {
        let in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        in_hand.iter().map(|(holding, client)| (client.clone(), holding.clone())).collect()
    }

    /// Whether further calls of this client would only wait here for those in hand.
    pub(crate) fn is_full(&self, client: &ClientId) -> bool {
        let in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        let of_client = in_hand.values().filter(|of| *of == client).count();
        of_client >= limits::CALLS_IN_FLIGHT_PER_CLIENT_MAX || in_hand.len() >= limits::CALLS_IN_FLIGHT_MAX
    }

    /// How many calls of this client may be under way here at once.
    pub(crate) fn room_of(&self, client: &ClientId) -> Arc<Semaphore> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Semaphore::new(limits::CALLS_IN_FLIGHT_PER_CLIENT_MAX));
        Arc::clone(rooms.entry(client.clone()).or_insert_with(new))
    }

    pub(crate) fn function(&self, name: &str) -> Result<Arc<dyn Function>> {
        let found = self.functions.get(name).cloned();
        found.ok_or_else(|| Error::not_found(format!("function {name}")))
    }
}

/// Collects what a worker needs.
pub struct RunsBuilder {
    db: Db,
    env: Arc<Env>,
    processes: Arc<Versions<Processes>>,
    functions: HashMap<&'static str, Arc<dyn Function>>,
    on_fault: FaultHook,
    weight: Weight,
    is_stored: IsStored,
}

impl RunsBuilder {
    /// A worker on a database, without functions yet.
    pub fn new(db: Db, env: Arc<Env>, processes: Arc<Versions<Processes>>) -> Self {
        let (on_fault, weight) = (Box::new(|_: &mut Tx, _: &Faulted| Ok(())), Box::new(|_: &ClientId| 1));
        let is_stored = Box::new(|_: &mut Tx, _: &ClientId, _: &ReleaseId| Ok(false));
        Self { db, env, processes, functions: HashMap::new(), on_fault, weight, is_stored }
    }

    /// Adds a platform function.
    #[must_use]
    pub fn function(mut self, function: impl Function) -> Self {
        self.functions.insert(function.name(), Arc::new(function));
        self
    }

    /// Sets who is told of faulted and suspended runs.
    #[must_use]
    pub fn on_fault(mut self, hook: impl Fn(&mut Tx, &Faulted) -> Result<()> + Send + Sync + 'static) -> Self {
        self.on_fault = Box::new(hook);
        self
    }

    /// Sets each client's share of the work beside others that have work too; 1 for all unless set.
    #[must_use]
    pub fn weight(mut self, weight: impl Fn(&ClientId) -> u32 + Send + Sync + 'static) -> Self {
        self.weight = Box::new(weight);
        self
    }

    /// Sets how to know whether a release exists that is not loaded here: its runs are left for later, or for nodes that
    /// have loaded it. Runs of a release that does not exist are suspended with the reason, as all are unless this is set.
    #[must_use]
    pub fn is_stored(
        mut self,
        is_stored: impl Fn(&mut Tx, &ClientId, &ReleaseId) -> Result<bool> + Send + Sync + 'static,
    ) -> Self {
        self.is_stored = Box::new(is_stored);
        self
    }

    /// Done.
    pub fn build(self) -> Runs {
        let worker = self.env.ids.text("worker", self.env.clock.now_ms());
        let inner = Inner {
            db: self.db,
            env: self.env,
            processes: self.processes,
            functions: self.functions,
            on_fault: self.on_fault,
            worker,
            weight: self.weight,
            is_stored: self.is_stored,
            in_flight: Arc::new(Semaphore::new(limits::CALLS_IN_FLIGHT_MAX)),
            turns: AtomicU64::new(0),
            distrusts_until: AtomicU64::new(0),
            rooms: Mutex::default(),
            settled: Mutex::default(),
            in_hand: Mutex::default(),
            to_do: Notify::new(),
            must_look: AtomicBool::new(false),
            handed: Handed::default(),
            next_timer_ms: AtomicI64::new(i64::MAX),
            has_earlier_timer: Notify::new(),
            to_deliver: Notify::new(),
        };
        Runs { inner: Arc::new(inner) }
    }
}

/// The worker of one process of Baton.
#[derive(Clone)]
pub struct Runs {
    pub(crate) inner: Arc<Inner>,
}

impl Runs {
    /// Works until `stop` becomes true or its sender is gone, then lets outside calls under way finish.
    pub async fn work(&self, stop: watch::Receiver<bool>) {
        // SQLite is locked to this process: whoever held a lease before is gone.
        if self.inner.db.kind() == Kind::Sqlite
            && let Err(error) = self.inner.db.write(store::free_leases).await
        {
            tracing::error!(%error, "could not free the leases of the last process");
        }
        let turners = match self.inner.db.kind() {
            Kind::Sqlite => 1,
            // More of them take smaller turns, each with the same statements.
            Kind::Postgres => std::thread::available_parallelism().map_or(2, NonZero::get).clamp(2, 4),
        };
        // What is committed from here on is heard of; what was before, the turners find when they begin.
        let wake = self.inner.db.on_wake();
        let mut loops = JoinSet::new();
        loops.spawn(wake_loop(Arc::clone(&self.inner), wake, stop.clone()));
        for _ in 0..turners {
            loops.spawn(turn_loop(Arc::clone(&self.inner), stop.clone()));
        }
        loops.spawn(follow::follow_loop(Arc::clone(&self.inner), stop.clone()));
        loops.spawn(leases::lease_loop(Arc::clone(&self.inner), stop.clone()));
        loops.spawn(schedule_loop(Arc::clone(&self.inner), stop.clone()));
        loops.spawn(deliver::deliver_loop(Arc::clone(&self.inner), stop.clone()));
        while loops.join_next().await.is_some() {}
        self.drain().await;
    }

    /// Lets calls under way finish, records their results, and gives up what is left for others to take at once.
    async fn drain(&self) {
        let all = u32::try_from(limits::CALLS_IN_FLIGHT_MAX).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(limits::DRAIN, self.inner.in_flight.acquire_many(all)).await;
        loop {
            let settled = self.inner.take_settled();
            if settled.is_empty() {
                break;
            }
            let reach = Reach { runs: 0, careful: false, look: false };
            if let Err(error) = take_turn(&self.inner, settled, Vec::new(), reach).await {
                tracing::warn!(%error, "results of calls could not be recorded; the calls are made again elsewhere");
                break;
            }
        }
        let worker = self.inner.worker.clone();
        let given_up = self.inner.db.write(move |tx| {
            // Of what this worker leaves ready the others have heard while it was still at it: they look again.
            tx.wake();
            store::release_leases(tx, &worker)
        });
        if let Err(error) = given_up.await {
            tracing::warn!(%error, "leases could not be given up; they run out by themselves");
        }
    }

    /// Begins the scheduled runs that are due, takes one turn by hand and makes its outside calls: for tests and
    /// simulations with their own clock. Their results are taken by the next turn. Says whether there was or is something
    /// to do.
    pub async fn turn_once(&self) -> Result<bool> {
        let (looked, _) = look(&self.inner).await?;
        let turned = self.turn_only().await?;
        let busy = turned.busy || turned.more || !turned.calls.is_empty() || looked.begun > 0 || looked.more;
        for leased in turned.calls {
            calls::make(&self.inner, leased).await;
        }
        let busy = busy || turned.has_deliveries;
        if turned.has_deliveries {
            deliver::deliver_some(&self.inner).await?;
        }
        Ok(busy || !self.inner.results().is_empty())
    }

    pub(crate) async fn turn_only(&self) -> Result<Turned> {
        let settled = self.inner.take_settled();
        let reach = Reach { runs: limits::RUNS_PER_TURN_MAX, careful: false, look: true };
        take_turn(&self.inner, settled, Vec::new(), reach).await
    }
}

/// Whether a loop goes on: until it is told to stop, or nobody is left who could tell it.
pub(crate) fn goes_on(stop: &watch::Receiver<bool>) -> bool {
    !*stop.borrow() && stop.has_changed().is_ok()
}

/// Calls one turner when something was committed, when a timer is due, and when nothing has been looked at for a while.
async fn wake_loop(inner: Arc<Inner>, mut wake: watch::Receiver<u64>, mut stop: watch::Receiver<bool>) {
    while goes_on(&stop) {
        tokio::select! {
            changed = wake.changed() => {
                if changed.is_err() {
                    return;
                }
                if inner.hand_on(inner.db.take_ready()) {
                    continue;
                }
            }
            () = inner.has_earlier_timer.notified() => continue,
            () = tokio::time::sleep(Duration::from_millis(inner.pause_ms())) => inner.forget_due_timer(),
            _ = stop.changed() => return,
        }
        inner.call_to_look();
    }
}

async fn turn_loop(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    let mut careful_turns = 0_u32;
    let (mut look, mut was_put_off) = (true, false);
    while goes_on(&stop) {
        let settled = inner.take_settled();
        // One that looks anyway leaves the call to another, which helps.
        look = look || inner.must_look.swap(false, Ordering::SeqCst);
        let mut ready = inner.handed.take(look);
        if settled.is_empty() && ready.is_empty() && !look {
            tokio::select! {
                () = inner.to_do.notified() => {}
                _ = stop.changed() => {}
            }
            continue;
        }
        let careful = careful_turns > 0;
        look |= careful;
        careful_turns = careful_turns.saturating_sub(1);
        let runs = if careful { limits::RUNS_PER_CAREFUL_TURN_MAX } else { limits::RUNS_PER_TURN_MAX };
        // Results that take one wait do not wait for anything else as well: another turner looks meanwhile, or this one next.
        let alone = Reach { runs, careful, look: false };
        was_put_off = !was_put_off && (look || !ready.is_empty()) && may_trust(&inner, &settled, alone);
        if was_put_off {
            inner.put_off(look, std::mem::take(&mut ready));
            look = false;
        }
        match take_turn(&inner, settled, ready, Reach { runs, careful, look }).await {
            Ok(turned) => look = after_turn(&inner, turned).await,
            Err(error) => {
                tracing::warn!(%error, "a turn failed and will be taken again");
                if !matches!(error, Error::Unavailable(_)) {
                    careful_turns = limits::CAREFUL_TURNS;
                }
                look = true;
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(limits::AFTER_FAILURE_MS)) => {}
                    _ = stop.changed() => {}
                }
            }
        }
    }
}

/// Starts the calls of a turn; whether there is more to look for at once.
pub(crate) async fn after_turn(inner: &Arc<Inner>, turned: Turned) -> bool {
    if let Some(due_ms) = turned.next_timer_ms {
        inner.expect_timer(due_ms);
    }
    if turned.has_deliveries {
        inner.to_deliver.notify_one();
    }
    if turned.more {
        // More than one turn takes: another turner that is idle helps.
        inner.call_to_look();
    }
    calls::begin(inner, turned.calls).await;
    turned.more
}

/// Begins the scheduled runs that are due; also says when the next is, as far as the clock tells.
pub(crate) async fn look(inner: &Arc<Inner>) -> Result<(Looked, Option<i64>)> {
    let now_ms = inner.env.clock.now_ms();
    let for_look = Arc::clone(inner);
    let (found, next_ms) = inner.db.read(move |tx| schedule::would_look(tx, &for_look, now_ms)).await?;
    if !found {
        return Ok((Looked::default(), next_ms));
    }
    let for_look = Arc::clone(inner);
    let looked = inner.db.write(move |tx| schedule::look(tx, &for_look)).await?;
    Ok((looked, next_ms))
}

/// Looks when the next scheduled run is due, and every half second for what else may have made one due.
async fn schedule_loop(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    while goes_on(&stop) {
        let pause_ms = match look(&inner).await {
            Ok((looked, _)) if looked.more => 0,
            Ok((_, next_ms)) => {
                let due_in_ms = next_ms.map(|due_ms| due_ms - inner.env.clock.now_ms()).filter(|ms| *ms > 0);
                due_in_ms.map_or(limits::SCHEDULE_LOOK_MS, |ms| ms.unsigned_abs().min(limits::SCHEDULE_LOOK_MS))
            }
            Err(error) => {
                tracing::warn!(%error, "schedules could not be looked at and will be tried again");
                limits::SCHEDULE_LOOK_MS
            }
        };
        tokio::select! {
            _ = tokio::time::sleep(Duration::from_millis(pause_ms)) => {}
            _ = stop.changed() => {}
        }
    }
}
