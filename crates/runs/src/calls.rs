//! Outside calls: made after the commit that asked for them, recorded in the commit that takes their result.

use crate::function::{Finish, Function, Outcome};
use crate::limits;
use crate::outcome::{error_doc, failed_unless_away};
use crate::store::{self, Leased, OpenCall};
use crate::turn::{advance_guarded, call_cx};
use crate::worker::Inner;
use baton_base::{Error, Result};
use baton_govern::Ctx;
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

/// Makes a call in a task of its own, as soon as there is room.
pub(crate) fn spawn(inner: Arc<Inner>, leased: Leased) {
    tokio::spawn(async move {
        let room = Arc::clone(&inner.in_flight);
        let Ok(_permit) = room.acquire_owned().await else { return };
        make(inner, leased).await;
    });
}

/// Makes a call and takes its result into the run.
pub(crate) async fn make(inner: Arc<Inner>, leased: Leased) {
    let call = leased.call.clone();
    let made = match perform(&inner, &leased).await {
        Ok(Some(finish)) => take_result(&inner, &leased, finish).await,
        Ok(None) => Ok(()),
        Err(error) => fail_or_retry(&inner, &leased, error).await,
    };
    if let Err(error) = made {
        // The lease runs out and the call is made again, with the same idempotency key.
        tracing::warn!(%call, %error, "the result of a call could not be recorded; it will be made again");
    }
}

/// The function's outside part; `None` if the call is no longer open.
async fn perform(inner: &Arc<Inner>, leased: &Leased) -> Result<Option<Finish>> {
    let (shared, wanted) = (Arc::clone(inner), leased.clone());
    let found = inner.db.read(move |tx| load(tx, &shared, &wanted)).await?;
    let Some((function, cx, open)) = found else { return Ok(None) };
    let work = AssertUnwindSafe(function.perform(cx, open.args, open.memo)).catch_unwind();
    match work.await {
        Ok(result) => result.map(Some),
        Err(_) => Err(Error::broken(format!("the function of call {} panicked", leased.call))),
    }
}

type Ready = (Arc<dyn Function>, crate::CallCx, OpenCall);

fn load(tx: &mut baton_db::Tx, inner: &Inner, leased: &Leased) -> Result<Option<Ready>> {
    let Some(open) = store::call(tx, &leased.client, &leased.run, &leased.call)? else { return Ok(None) };
    let Some(run) = store::peek(tx, &leased.client, &leased.run)? else { return Ok(None) };
    if open.state != "requested" {
        return Ok(None);
    }
    let ctx = Ctx::system(&inner.env, &leased.client, &format!("process:{}", run.process));
    let cx = call_cx(&run, &ctx, &leased.call, &open.task, leased.attempt);
    Ok(Some((inner.function(&open.function)?, cx, open)))
}

/// Runs the finish and the run's next turn in one transaction.
async fn take_result(inner: &Arc<Inner>, leased: &Leased, finish: Finish) -> Result<()> {
    let (shared, wanted) = (Arc::clone(inner), leased.clone());
    let next = inner
        .db
        .write(move |tx| {
            // The run row is locked first, as turns do: whoever works on a run holds its row.
            let run = store::take_one(tx, &wanted.client, &wanted.run)?;
            if !store::holds(tx, &shared.worker, &wanted)? {
                return Ok(Vec::new());
            }
            let outcome = failed_unless_away(tx.attempt(finish))?;
            let open = store::call(tx, &wanted.client, &wanted.run, &wanted.call)?;
            match (run, open) {
                (Some(run), Some(open)) => advance_guarded(tx, &shared, &run, Some((open, outcome))),
                _ => Ok(Vec::new()),
            }
        })
        .await?;
    for leased in next {
        spawn(Arc::clone(inner), leased);
    }
    Ok(())
}

async fn fail_or_retry(inner: &Arc<Inner>, leased: &Leased, error: Error) -> Result<()> {
    let passing = matches!(error, Error::Unavailable(_) | Error::Broken(_) | Error::TooMany(_));
    if passing && leased.attempt < limits::CALL_ATTEMPTS_MAX {
        let delay = Duration::from_millis(100 << leased.attempt.clamp(0, 8));
        tracing::info!(call = %leased.call, %error, "call will be made again");
        let (back, now_ms) = (leased.clone(), inner.env.clock.now_ms());
        let not_before_ms = now_ms + i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        return inner.db.write(move |tx| store::give_back(tx, &back, not_before_ms)).await;
    }
    let doc = error_doc(&error);
    take_result(inner, leased, Box::new(move |_| Ok(Outcome::Failed(doc)))).await
}
