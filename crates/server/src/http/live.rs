//! What happens, as it happens: server-sent events for the console.

use crate::House;
use crate::http::auth::Caller;
use crate::http::writing::WRITING;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use baton_cases::SAYING;
use baton_govern::Right;
use futures::Stream;
use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

const KEEP_ALIVE_S: u64 = 15;

/// A hint for each thing that changed at the caller's clients; the console asks again for what it shows.
#[utoipa::path(get, path = "/events", tag = "live",
    responses((status = 200, description = "Events named `live`; `lagged` when some were left out", content_type = "text/event-stream")))]
pub async fn events(
    State(house): State<Arc<House>>,
    caller: Caller,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut live = house.db.live();
    let mut stop = house.stopping();
    let seen_by =
        |right| -> HashSet<_> { caller.clients(&house, None, right).unwrap_or_default().into_iter().collect() };
    let (clients, runs) = (seen_by(Right::CaseRead), seen_by(Right::RunRead));
    let stream = async_stream::stream! {
        yield Ok(Event::default().event("hello").data("{}"));
        loop {
            let next = tokio::select! {
                next = live.recv() => next,
                _ = stop.changed() => break,
            };
            match next {
                Ok(item) if item.kind == WRITING || item.kind == SAYING => {}
                Ok(item) if clients.contains(&item.client) || (item.kind.starts_with("run.") && runs.contains(&item.client)) => {
                    if let Ok(event) = Event::default().event("live").json_data(&item) {
                        yield Ok(event);
                    }
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => yield Ok(Event::default().event("lagged").data("{}")),
                Err(RecvError::Closed) => break,
            }
        }
    };
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(KEEP_ALIVE_S)))
}
