//! The loops that keep runs moving in one process of Baton.

use crate::turn::{Turned, turn};
use crate::{Function, Processes, calls, limits, store};
use baton_base::{CaseId, Error, Result, RunId, Versions};
use baton_db::{Db, Kind, Tx};
use baton_govern::{Ctx, Env};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
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
    pub in_flight: Arc<Semaphore>,
}

impl Inner {
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
}

impl RunsBuilder {
    /// A worker on a database, without functions yet.
    pub fn new(db: Db, env: Arc<Env>, processes: Arc<Versions<Processes>>) -> Self {
        Self { db, env, processes, functions: HashMap::new(), on_fault: Box::new(|_, _| Ok(())) }
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
            in_flight: Arc::new(Semaphore::new(limits::CALLS_IN_FLIGHT_MAX)),
        };
        Runs { inner: Arc::new(inner) }
    }
}

/// The worker of one process of Baton.
#[derive(Clone)]
pub struct Runs {
    inner: Arc<Inner>,
}

impl Runs {
    /// Works until `stop` becomes true, then lets outside calls under way finish.
    pub async fn work(&self, stop: watch::Receiver<bool>) {
        // SQLite is locked to this process: whoever held a lease before is gone.
        if self.inner.db.kind() == Kind::Sqlite
            && let Err(error) = self.inner.db.write(store::free_leases).await
        {
            tracing::error!(%error, "could not free the leases of the last process");
        }
        let turners = match self.inner.db.kind() {
            Kind::Sqlite => 1,
            Kind::Postgres => 4,
        };
        let mut loops = JoinSet::new();
        for _ in 0..turners {
            loops.spawn(turn_loop(Arc::clone(&self.inner), stop.clone()));
        }
        loops.spawn(lease_loop(Arc::clone(&self.inner), stop.clone()));
        while loops.join_next().await.is_some() {}
        let all = u32::try_from(limits::CALLS_IN_FLIGHT_MAX).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(Duration::from_secs(15), self.inner.in_flight.acquire_many(all)).await;
    }

    /// Takes one turn by hand and makes its outside calls: for tests and simulations with their own clock.
    pub async fn turn_once(&self) -> Result<bool> {
        let inner = Arc::clone(&self.inner);
        let turned = self.inner.db.write(move |tx| turn(tx, &inner)).await?;
        let busy = turned.more || !turned.calls.is_empty();
        for leased in turned.calls {
            calls::make(Arc::clone(&self.inner), leased).await;
        }
        Ok(busy)
    }
}

async fn turn_loop(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    let mut wake = inner.db.on_wake();
    while !*stop.borrow() {
        wake.borrow_and_update();
        let for_turn = Arc::clone(&inner);
        let pause_ms = match inner.db.write(move |tx| turn(tx, &for_turn)).await {
            Ok(turned) => after_turn(&inner, turned),
            Err(error) => {
                tracing::warn!(%error, "a turn failed and will be taken again");
                limits::POLL_MS_MAX
            }
        };
        if pause_ms == 0 {
            continue;
        }
        tokio::select! {
            _ = wake.changed() => {}
            _ = tokio::time::sleep(Duration::from_millis(pause_ms)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Starts the calls of a turn; returns how long to wait for the next, in milliseconds.
fn after_turn(inner: &Arc<Inner>, turned: Turned) -> u64 {
    for leased in turned.calls {
        calls::spawn(Arc::clone(inner), leased);
    }
    if turned.more {
        return 0;
    }
    let due_in_ms = turned.next_timer_ms.map(|due| due.saturating_sub(inner.env.clock.now_ms()).max(1));
    due_in_ms.map_or(limits::POLL_MS_MAX, |ms| ms.unsigned_abs().min(limits::POLL_MS_MAX))
}

/// Renews the leases of calls under way here, and takes over calls whose worker has gone quiet.
async fn lease_loop(inner: Arc<Inner>, mut stop: watch::Receiver<bool>) {
    let mut renew_in_ms = 0;
    while !*stop.borrow() {
        if let Err(error) = leases(&inner, renew_in_ms == 0).await {
            tracing::warn!(%error, "leases could not be renewed and will be tried again");
        }
        renew_in_ms = if renew_in_ms == 0 { limits::CALL_RENEW_MS } else { renew_in_ms };
        let pause_ms = limits::POLL_MS_MAX.min(renew_in_ms);
        renew_in_ms -= pause_ms;
        tokio::select! {
            _ = tokio::time::sleep(Duration::from_millis(pause_ms)) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn leases(inner: &Arc<Inner>, renew: bool) -> Result<()> {
    let (worker, now_ms) = (inner.worker.clone(), inner.env.clock.now_ms());
    let free = i64::try_from(inner.in_flight.available_permits()).unwrap_or(0);
    let taken = inner
        .db
        .write(move |tx| {
            if renew {
                store::renew_leases(tx, &worker, now_ms + limits::CALL_LEASE_MS)?;
            }
            store::lease_calls(tx, &worker, now_ms, now_ms + limits::CALL_LEASE_MS, free)
        })
        .await?;
    for leased in taken {
        calls::spawn(Arc::clone(inner), leased);
    }
    Ok(())
}
