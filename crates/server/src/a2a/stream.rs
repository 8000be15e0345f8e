//! A task as it goes on: until it is settled, or told change by change.

use super::gate::Caller;
use super::no::{Kind, No, Told};
use super::seats::Seat;
use super::task::Seen;
use baton_cases::CaseState;
use baton_cases::limits::MESSAGES_PAGE_MAX;
use baton_cases::outside::{self, TaskState};
use futures::StreamExt;
use futures::stream::BoxStream;
use serde_json::{Value, json};
use std::time::Duration;

/// Shortest time between two looks when nothing is heard, milliseconds, while agents are at it: a task can settle without a
/// word. It doubles until there is news.
const LOOK_MS: u64 = 250;
/// The longest; and the time between two looks while a person has it, or the caller has the next step: what another node
/// has done is seen then at the latest.
const LOOK_MS_MAX: u64 = 5_000;
/// Longest life of one stream; the caller subscribes again.
const STREAM_MAX: Duration = Duration::from_secs(60 * 60);

/// Where the task's news is heard.
fn place(task: &Seen) -> String {
    format!("a2a/{}", task.id())
}

/// When to look again, if nothing is heard.
async fn pause(task: &Seen, quiet_ms: u64) {
    let agents = task.row.state == TaskState::Working && task.row.row.state != CaseState::WithPerson;
    tokio::time::sleep(Duration::from_millis(if agents { quiet_ms } else { LOOK_MS_MAX })).await;
}

fn longer(quiet_ms: u64) -> u64 {
    quiet_ms.saturating_mul(2).min(LOOK_MS_MAX)
}

/// Looks again, with the token as with the task: only what was said since is read. Whether there is news. A database that is
/// away for the moment has none.
async fn look_again(caller: &Caller, task: &mut Seen) -> Told<bool> {
    let (ctx, shown, id, last) = (caller.ctx.clone(), caller.shown.clone(), task.row.row.id.clone(), task.last_seq());
    let looked = caller.house.db.read(move |tx| {
        shown.outsider(tx)?;
        let Some(row) = outside::task(tx, &ctx, &id)? else { return Ok(None) };
        let since = outside::words(tx, &ctx, &row, last, MESSAGES_PAGE_MAX)?;
        Ok(Some((row, since)))
    });
    match looked.await.map_err(No::from) {
        Ok(Some((row, since))) => {
            // Its case may have been merged into another since.
            caller.house.conversations.bind(row.works_in(), &place(task));
            let news = row.state != task.row.state || !since.is_empty();
            task.goes_on(row, since);
            Ok(news)
        }
        Ok(None) => Err(No::task(task.id())),
        Err(no) if no.kind == Kind::Later => {
            tracing::info!(task = task.id(), why = %no.message, "a task is looked at again later");
            Ok(false)
        }
        Err(no) => Err(no),
    }
}

/// The task once nothing goes on in it by itself, or as it stands when the time is over.
pub(super) async fn settled(caller: &Caller, task: Seen, most: Duration) -> Told<Seen> {
    let mut listening = caller.house.conversations.listen(&place(&task));
    caller.house.conversations.bind(&task.row.row.id, &place(&task));
    caller.house.conversations.bind(task.row.works_in(), &place(&task));
    let mut stop = caller.house.stopping();
    let end = tokio::time::sleep(most);
    tokio::pin!(end);
    let (mut task, mut quiet_ms) = (task, LOOK_MS);
    while !task.row.state.is_settled() {
        tokio::select! {
            () = listening.news() => quiet_ms = LOOK_MS,
            () = pause(&task, quiet_ms) => quiet_ms = longer(quiet_ms),
            () = &mut end => return Ok(task),
            _ = stop.changed() => return Ok(task),
        }
        listening.catch_up();
        if look_again(caller, &mut task).await? {
            quiet_ms = LOOK_MS;
        }
    }
    Ok(task)
}

/// The task, and then each reply and each change of its status, until it has ended; with `pauses` until nothing goes on in it
/// by itself.
pub(super) fn follow(
    caller: Caller,
    seat: Seat,
    first: Seen,
    history: Option<usize>,
    pauses: bool,
) -> BoxStream<'static, Value> {
    let mut listening = caller.house.conversations.listen(&place(&first));
    caller.house.conversations.bind(&first.row.row.id, &place(&first));
    caller.house.conversations.bind(first.row.works_in(), &place(&first));
    let mut stop = caller.house.stopping();
    let stream = async_stream::stream! {
        let _seat = seat;
        let end = tokio::time::sleep(STREAM_MAX);
        tokio::pin!(end);
        yield json!({ "task": first.whole(history, true) });
        let (mut known, mut quiet_ms) = (first, LOOK_MS);
        loop {
            let over = if pauses { known.row.state.is_settled() } else { known.row.state.is_terminal() };
            if over {
                return;
            }
            known.told();
            tokio::select! {
                () = listening.news() => quiet_ms = LOOK_MS,
                () = pause(&known, quiet_ms) => quiet_ms = longer(quiet_ms),
                () = &mut end => return,
                _ = stop.changed() => return,
            }
            listening.catch_up();
            let (state, last) = (known.row.state, known.last_seq());
            match look_again(&caller, &mut known).await {
                Ok(true) => quiet_ms = LOOK_MS,
                Ok(false) => continue,
                Err(_) => return,
            }
            for (id, message) in known.replies(last) {
                yield known.artifact_update(id, message);
            }
            if known.row.state != state {
                yield known.status_update();
            }
        }
    };
    stream.boxed()
}
