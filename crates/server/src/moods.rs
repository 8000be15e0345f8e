//! Once after a start: cases that were open before it was measured how customers sound are read. What has come in since is read as
//! it comes, so there is nothing left to do at the next start.

use crate::House;
use std::sync::Arc;

/// Reads them step by step, client by client.
pub(crate) async fn catch_up(house: Arc<House>) {
    let stop = house.stopping();
    for client in house.parts.clients() {
        let mut after = None;
        while !*stop.borrow() {
            let (of, from) = (client.clone(), after.take());
            let step = move |tx: &mut baton_db::Tx| {
                baton_cases::read_moods(tx, &of, baton_agents::entities::is_angry, from.as_ref())
            };
            match house.db.write(step).await {
                Ok(Some(last)) => after = Some(last),
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(%client, %error, "how customers sound could not be read and stays unknown until they write");
                    break;
                }
            }
        }
    }
}
