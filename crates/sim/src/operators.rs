//! Operators: runs are suspended and resumed, tried again when they have failed, and moved to another version, at any
//! moment.

use crate::deliver::What;
use crate::play::Sim;
use crate::queue::Happening;
use crate::totals::Kind;
use baton_base::{ClientId, Error, ReleaseId, Result, RunId, Versions};
use baton_db::{Tx, params};
use baton_govern::Ctx;
use baton_runs::{Move, Processes, migrate, resume, retry, suspend};

/// What an operator does to a run.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    /// It takes no further step.
    Suspend,
    /// It goes on.
    Resume,
    /// Having failed, it goes on with the task that failed.
    Retry,
    /// It goes on under this release, whose processes have the same shape.
    Migrate(ReleaseId),
}

impl Order {
    /// Gives the order in a transaction; the run that took it, if its state allowed it.
    pub fn give(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        processes: &Versions<Processes>,
        run: &RunId,
        why: &str,
    ) -> Result<Vec<RunId>> {
        let given = tx.attempt(|tx| match self {
            Self::Suspend => suspend(tx, ctx, processes, run, why).map(|done| done.changed),
            Self::Resume => resume(tx, ctx, processes, run, why).map(|done| done.changed),
            Self::Retry => retry(tx, ctx, processes, run, why, None).map(|done| done.changed),
            Self::Migrate(release) => {
                let to = Move { release: Some(release.clone()), ..Move::default() };
                let moved = migrate(tx, ctx, processes, run, why, &to)?;
                match moved.misfits.first() {
                    Some(misfit) => {
                        Err(Error::broken(format!("{run} does not fit a version of its own shape: {misfit:?}")))
                    }
                    None => Ok(moved.changed),
                }
            }
        });
        match given {
            Ok(true) => Ok(vec![run.clone()]),
            // The run stands otherwise by now, and the operator is told so.
            Ok(false) | Err(Error::Conflict(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// As which kind it is counted.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Suspend => Kind::OperatorSuspends,
            Self::Resume => Kind::OperatorResumes,
            Self::Retry => Kind::OperatorRetries,
            Self::Migrate(_) => Kind::OperatorMigrates,
        }
    }
}

impl Sim {
    /// Plans what operators will do to a run that has begun.
    pub fn plan_orders(&mut self, client: &ClientId, run: &RunId) {
        if self.dice.chance(120) {
            let at_ms = self.some_time();
            self.order(client, run, Order::Suspend, at_ms);
            let later_ms = self.dice.between(1_000, 900_000);
            self.order(client, run, Order::Resume, at_ms + later_ms);
        }
        let releases = [self.library.again.clone(), self.library.release.clone()];
        for release in releases {
            if self.dice.chance(150) {
                let at_ms = self.some_time();
                self.order(client, run, Order::Migrate(release), at_ms);
            }
        }
    }

    /// Soon, while most runs are under way; or later, when only those that wait are.
    fn some_time(&mut self) -> i64 {
        let longest_ms = if self.dice.chance(600) { 20_000 } else { 1_800_000 };
        self.dice.between(0, longest_ms)
    }

    fn order(&mut self, client: &ClientId, run: &RunId, order: Order, in_ms: i64) {
        let delivery = self.delivery(client, What::Order { run: run.clone(), order });
        self.plan(in_ms, Happening::Send(Box::new(delivery)));
    }

    /// Operators look at what has failed, and let some of it be tried again.
    pub async fn retry_some(&mut self) -> Result<()> {
        let failed = self.storage.front().db.read(|tx| with_status(tx, "faulted")).await?;
        for (client, run) in failed {
            if self.dice.chance(80) {
                let in_ms = self.dice.between(0, 300_000);
                self.order(&client, &run, Order::Retry, in_ms);
            }
        }
        Ok(())
    }

    /// Everything that somebody has suspended goes on.
    pub async fn resume_all(&mut self) -> Result<()> {
        let suspended = self.storage.front().db.read(|tx| with_status(tx, "suspended")).await?;
        for (client, run) in suspended {
            self.order(&client, &run, Order::Resume, 0);
        }
        Ok(())
    }
}

fn with_status(tx: &mut Tx, status: &str) -> Result<Vec<(ClientId, RunId)>> {
    // every client: the operators of the simulation work for all of them
    let sql = "SELECT client_id, run_id FROM run WHERE status = $1 ORDER BY client_id, run_id";
    tx.query(sql, params![status], |row| Ok((row.id(0)?, row.id(1)?)))
}
