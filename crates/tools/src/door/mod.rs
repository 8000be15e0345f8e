//! The door: one pipeline for every call of every action, whoever asks.
//!
//! `prepare` (what is asked, and what the house knows) → `facts` (reads from systems of record) → `decide` (table,
//! policy, autonomy, approval) → `effect` (written down, called, reconciled, written down again). Each ends a call
//! that may not go on with a [`Halt`], in words, and every halt is recorded.
//!
//! A call that changes something takes two write transactions, a read one.

mod again;
mod approval;
pub(crate) mod call;
mod charge;
mod contract;
mod credentials;
mod decide;
mod effect;
mod facts;
mod held;
mod known;
mod lost;
mod reads;
mod reconcile;
pub(crate) mod record;
mod renewal;
mod retry;
mod review;
mod setup;
mod taint;
mod trial;
mod uses;
mod waiting;
mod withheld;

pub(crate) use approval::APPROVE;
pub use call::{Answer, Call, Called, CaseFacts, CaseReader, Record, Step};
pub use contract::Tested;
pub use lost::{REQUESTED_MS_MAX, settle};
pub use setup::{SECRET_BYTES_MAX, TriedOut};
pub use trial::{Said, Trial, Tried, recorded, try_call};
pub use waiting::Waiting;

use crate::catalogue::Catalogue;
use crate::connector::Connector;
use crate::limits::Limiter;
use crate::oauth::Tokens;
use baton_base::{ClientId, Error, Result, Versions};
use baton_db::{Db, Wall};
use baton_desk::Desk;
use baton_govern::{Ctx, Env, Rulebook};
use call::{Carried, Halt, Job};
use effect::InFlight;
use held::Held;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

/// What the server gives the door.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Clock and ids.
    pub env: Arc<Env>,
    /// Catalogues of all loaded releases.
    pub catalogues: Arc<Versions<Catalogue>>,
    /// Rulebooks of all loaded releases.
    pub rulebooks: Arc<Versions<Rulebook>>,
    /// What is known of a case.
    pub cases: Arc<dyn CaseReader>,
    /// Where approvals are asked for.
    pub desk: Desk,
}

/// The door. Cheap to clone.
#[derive(Clone)]
pub struct Door {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    parts: Parts,
    connector: Connector,
    tokens: Tokens,
    in_flight: Arc<Mutex<HashSet<(ClientId, String)>>>,
    limiter: Limiter,
    held: Held,
}

impl Door {
    /// A door with its own connections.
    pub fn new(parts: Parts) -> Result<Self> {
        let limiter = Limiter::new(&parts.env);
        let (connector, tokens, held) = (Connector::new()?, Tokens::default(), Held::default());
        let inner = Inner { parts, connector, tokens, in_flight: Arc::default(), limiter, held };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Makes a call and records what came of it, whether or not somebody still listens. For a person's button and for
    /// the API; processes use the function `action`, which records in the transaction of its run.
    pub async fn call(&self, ctx: &Ctx, call: Call) -> Result<Called> {
        let (door, ctx) = (self.clone(), ctx.clone());
        let made = Wall::here().around(async move { door.made(&ctx, call).await });
        tokio::spawn(made).await.map_err(Error::broken)?
    }

    async fn made(&self, ctx: &Ctx, call: Call) -> Result<Called> {
        let Carried { record, went_out } = self.carried(ctx, call).await?;
        let record: Arc<Record> = Arc::new(record);
        let again = Arc::clone(&record);
        let written = self.inner.parts.db.write(move |tx| record(tx)).await;
        if let (true, Err(error)) = (went_out, &written) {
            self.inner.held.keep(ctx, again, error);
        }
        written
    }

    /// Makes a call; what came of it is recorded, and becomes known, by running the [`Record`] in a transaction.
    pub async fn carry_out(&self, ctx: &Ctx, call: Call) -> Result<Record> {
        Ok(self.carried(ctx, call).await?.record)
    }

    async fn carried(&self, ctx: &Ctx, call: Call) -> Result<Carried> {
        let halted = |about, halt| Ok(record::halted(&self.inner.parts.desk, about, Vec::new(), halt).into());
        let prepared = self.inner.prepare(ctx, call).await?;
        let mut job = match prepared {
            Ok(job) => job,
            Err((about, halt)) => return halted(about, halt),
        };
        if let Some(called) = job.answered().filter(|_| job.call.again.is_none()) {
            let record: Record = Box::new(move |_| Ok(called.clone()));
            return Ok(record.into());
        }
        if let Some(why) = &job.known.drift {
            let halt = Halt::refused("door:drift", format!("{} is quarantined: {why}", job.action.title));
            return halted(job.about(), halt);
        }
        if let Err(halt) = self.inner.authorize(&mut job).await? {
            return halted(job.about(), halt);
        }
        job.call.tell(Step::Taken);
        if job.action.writes { self.inner.change(job).await } else { Ok(self.inner.look(job).await?.into()) }
    }

    /// What policy would say to this call, for the screen that offers it. Reads facts, changes nothing, records nothing.
    pub async fn answer_before(&self, ctx: &Ctx, call: Call) -> Result<Answer> {
        let halt = match self.inner.prepare(ctx, call).await? {
            Err((_, halt)) => halt,
            Ok(mut job) => match self.inner.authorize(&mut job).await? {
                Err(halt) => halt,
                Ok(()) => match self.inner.decide(&job, &mut Vec::new()).await? {
                    Ok((permit, _)) => return Ok(Answer::allowed(permit.policies().to_vec())),
                    Err(halt) => halt,
                },
            },
        };
        Ok(halt.answer())
    }

    /// How the breaker of a system stands, in this process.
    pub fn breaker(&self, client: &ClientId, system: &str) -> crate::Standing {
        self.inner.connector.breaker(client, system)
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.inner.parts.desk
    }

    /// The catalogue of a client's live release.
    pub fn catalogue(&self, client: &ClientId) -> Result<Arc<Catalogue>> {
        self.inner.parts.catalogues.live(client).map(|(_, catalogue)| catalogue)
    }
}

impl Inner {
    async fn look(&self, job: Job) -> Result<Record> {
        self.limiter.admit_read(&job.ctx)?;
        let mut reads = Vec::new();
        match self.decide(&job, &mut reads).await? {
            Ok((permit, _)) => self.read_out(job, permit, reads).await,
            Err(halt) => Ok(record::halted(&self.parts.desk, job.about(), reads, halt)),
        }
    }

    async fn change(&self, job: Job) -> Result<Carried> {
        if let Some(halt) = self.held.release(&self.parts, &job.ctx.client).await {
            return Ok(record::halted(&self.parts.desk, job.about(), Vec::new(), halt).into());
        }
        let guard = InFlight::enter(&self.in_flight, &job.ctx.client, &job.key)?;
        let (job, guard) = match self.take_up(job, guard).await? {
            Ok(record) => return Ok(record),
            Err(anew) => anew,
        };
        let mut reads = Vec::new();
        match self.decide(&job, &mut reads).await? {
            Ok((permit, view)) => self.write_effect(job, permit, view, reads, guard).await,
            Err(halt) => {
                let halted = record::halted(&self.parts.desk, job.about(), reads, halt);
                Ok(self.closed(&job, halted).into())
            }
        }
    }
}
