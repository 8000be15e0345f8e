//! Outside calls: made after the commit that asked for them; their results wait for the next turn.

use crate::function::Finish;
use crate::limits;
use crate::outcome::error_doc;
use crate::store::{self, Leased};
use crate::turn::{Settled, call_cx};
use crate::worker::Inner;
use baton_base::{Error, Result};
use baton_govern::Ctx;
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// Makes calls, each in a task of its own, as soon as there is room. A few are begun right here: what answers at once, in
/// this process, has its result waiting for the next turn without changing threads. Of those results nobody is told: they are
/// for whoever began the calls.
pub(crate) async fn begin(inner: &Arc<Inner>, calls: Vec<Leased>) {
    let few = calls.len() <= limits::CALLS_BEGUN_HERE_MAX;
    for leased in calls {
        let mut call = Box::pin(make_when_there_is_room(Arc::clone(inner), leased));
        if few && let Poll::Ready(settled) = futures::poll!(call.as_mut()) {
            settled.into_iter().for_each(|(settled, _)| inner.keep(settled));
            continue;
        }
        let inner = Arc::clone(inner);
        tokio::spawn(async move {
            // The room is held until the result waits: who stops waits for all rooms.
            if let Some((settled, _room)) = call.await {
                inner.settle(settled);
            }
        });
    }
}

/// Of one client, and of all.
type Room = (OwnedSemaphorePermit, OwnedSemaphorePermit);

async fn make_when_there_is_room(inner: Arc<Inner>, leased: Leased) -> Option<(Settled, Room)> {
    let one_of_client = inner.room_of(&leased.client).acquire_owned().await.ok()?;
    let one_of_all = Arc::clone(&inner.in_flight).acquire_owned().await.ok()?;
    let made = perform(&inner, &leased).await;
    Some((settled(&inner, leased, made).await?, (one_of_client, one_of_all)))
}

/// Makes a call and leaves its result for the next turn.
pub(crate) async fn make(inner: &Arc<Inner>, leased: Leased) {
    let made = perform(inner, &leased).await;
    came(inner, leased, made).await;
}

/// Leaves what came of a call for the next turn, or gives it back for a later attempt.
pub(crate) async fn came(inner: &Arc<Inner>, leased: Leased, made: Result<Finish>) {
    if let Some(settled) = settled(inner, leased, made).await {
        inner.settle(settled);
    }
}

/// What came of a call; `None` if it is given back for a later attempt.
async fn settled(inner: &Arc<Inner>, leased: Leased, made: Result<Finish>) -> Option<Settled> {
    match made {
        Ok(finish) => Some(Settled { leased, result: Ok(finish) }),
        Err(error) if is_passing(&error) && may_make_again(inner, &leased) => {
            let call = leased.open.call.clone();
            tracing::info!(%call, %error, "call will be made again");
            inner.let_go(&leased);
            if let Err(error) = give_back(inner, leased).await {
                tracing::warn!(%call, %error, "a call could not be given back; it is made again when its lease ends");
            }
            None
        }
        Err(error) => Some(Settled { leased, result: Err(error_doc(&error)) }),
    }
}

/// The function's outside part.
pub(crate) async fn perform(inner: &Arc<Inner>, leased: &Leased) -> Result<Finish> {
    let function = inner.function(&leased.open.function)?;
    if inner.processes.at(&leased.client, &leased.release).is_err() {
        return Err(Error::Unavailable(format!("release {} is not loaded here yet", leased.release)));
    }
    let ctx = Ctx::system(&inner.env, &leased.client, &format!("process:{}", leased.process));
    let of_run = (leased.run.clone(), leased.case.clone(), leased.release.clone(), leased.process.clone());
    let cx = call_cx(of_run, &ctx, &leased.open.call, &leased.open.task, leased.attempt);
    let work = function.perform(cx, leased.open.args.clone(), leased.open.memo.clone());
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(result) => result,
        Err(_) => Err(Error::broken(format!("the function of call {} panicked", leased.open.call))),
    }
}

/// Whether a call that came to nothing is made again. Where its release is not loaded it was not made, however often it was tried.
fn may_make_again(inner: &Inner, leased: &Leased) -> bool {
    leased.attempt < limits::CALL_ATTEMPTS_MAX || inner.processes.at(&leased.client, &leased.release).is_err()
}

fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Unavailable(_) | Error::Broken(_) | Error::TooMany(_))
}

async fn give_back(inner: &Arc<Inner>, leased: Leased) -> Result<()> {
    let delay = Duration::from_millis(100 << leased.attempt.clamp(0, 8));
    let not_before_ms = inner.env.clock.now_ms() + i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
    inner.db.write(move |tx| store::give_back(tx, &leased, not_before_ms)).await
}
