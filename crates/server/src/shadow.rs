//! While people have cases, their agents read along for comparison: see `baton_agents::shadow`. With a model, where an agent's file says
//! so, one message after the other: nobody waits for it.

use crate::House;
use baton_agents::Along;
use baton_base::{CaseId, ClientId, MessageId, ReleaseId, Result};
use baton_cases::CaseState;
use baton_db::{Live, Tx};
use baton_govern::Ctx;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};

/// Messages that wait to be read with a model; what comes beyond is read without.
const WAITING_MAX: usize = 256;

/// A message that a model is to read too.
struct Due {
    ctx: Ctx,
    release: ReleaseId,
    along: Along,
}

/// Reads along until the process stops. What is missed is missing as evidence, and nowhere else.
pub async fn follow(house: Arc<House>, mut live: broadcast::Receiver<Live>) {
    let mut stop = house.stopping();
    let (queue, due) = mpsc::channel(WAITING_MAX);
    tokio::spawn(with_models(Arc::clone(&house), due));
    loop {
        let heard = tokio::select! {
            heard = live.recv() => heard,
            _ = stop.changed() => return,
        };
        let item = match heard {
            Ok(item) if item.kind == "message.received" => item,
            Ok(_) | Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        let message = item.subject.and_then(|id| id.parse::<MessageId>().ok());
        let Some((case, message)) = item.case.zip(message) else { continue };
        match draft(&house, item.client, case, message).await {
            Ok(Some(due)) => {
                if queue.try_send(due).is_err() {
                    tracing::debug!("too many messages wait to be read along with a model");
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "an agent could not read along"),
        }
    }
}

/// Reads a message without a model; what a model is to read too.
async fn draft(house: &House, client: ClientId, case: CaseId, message: MessageId) -> Result<Option<Due>> {
    let ctx = house.system(&client, "shadow");
    let (reads, of) = (ctx.clone(), case.clone());
    let found = house.db.read(move |tx| baton_cases::get(tx, &reads, &of)).await?;
    if found.row.state != CaseState::WithPerson {
        return Ok(None);
    }
    let roster = house.parts.rosters.at(&client, &found.release)?;
    let shelf = house.parts.shelves.at(&client, &found.release)?;
    let (writes, agents) = (ctx.clone(), Arc::clone(&roster));
    let work = move |tx: &mut Tx| baton_agents::shadow(tx, &writes, &agents, &shelf, (&case, &message));
    let Some(along) = house.db.write(work).await? else { return Ok(None) };
    let by_model = roster.agents.get(along.agent.as_str()).is_some_and(|agent| agent.shadow.model);
    Ok(by_model.then_some(Due { ctx, release: found.release, along }))
}

/// Reads what waits with models, until the process stops.
async fn with_models(house: Arc<House>, mut queue: mpsc::Receiver<Due>) {
    let mut stop = house.stopping();
    loop {
        let due = tokio::select! {
            due = queue.recv() => due,
            _ = stop.changed() => return,
        };
        let Some(due) = due else { return };
        if let Err(error) = with_model(&house, &due).await {
            tracing::warn!(%error, "an agent could not read along with its model");
        }
    }
}

async fn with_model(house: &House, due: &Due) -> Result<()> {
    let Due { ctx, release, along } = due;
    let roster = house.parts.rosters.at(&ctx.client, release)?;
    let shelf = house.parts.shelves.at(&ctx.client, release)?;
    baton_agents::read_along(&house.db, house.models(), ctx, (roster.as_ref(), shelf.as_ref()), along).await.map(|_| ())
}
