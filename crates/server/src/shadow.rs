//! While people have cases, their agents read along for comparison: see `baton_agents::shadow`.

use crate::House;
use baton_base::{CaseId, ClientId, MessageId, Result};
use baton_cases::CaseState;
use baton_db::Live;
use std::sync::Arc;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// Reads along until the process stops. What is missed is missing as evidence, and nowhere else.
pub async fn follow(house: Arc<House>, mut live: Receiver<Live>) {
    let mut stop = house.stopping();
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
        if let Err(error) = draft(&house, item.client, case, message).await {
            tracing::warn!(%error, "an agent could not read along");
        }
    }
}

async fn draft(house: &House, client: ClientId, case: CaseId, message: MessageId) -> Result<()> {
    let ctx = house.system(&client, "shadow");
    let (reads, of) = (ctx.clone(), case.clone());
    let found = house.db.read(move |tx| baton_cases::get(tx, &reads, &of)).await?;
    if found.row.state != CaseState::WithPerson {
        return Ok(());
    }
    let roster = house.parts.rosters.at(&client, &found.release)?;
    let shelf = house.parts.shelves.at(&client, &found.release)?;
    let work =
        move |tx: &mut baton_db::Tx| baton_agents::shadow(tx, &ctx, &roster, &shelf, (&case, &message)).map(|_| ());
    house.db.write(work).await
}
