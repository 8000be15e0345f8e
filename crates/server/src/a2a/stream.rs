//! A task as it goes on: until it is settled, or told change by change.

use super::gate::Caller;
use super::no::Told;
use super::ops::seen;
use super::task::Seen;
use baton_cases::CaseState;
use baton_cases::outside::TaskState;
use futures::StreamExt;
use futures::stream::BoxStream;
use serde_json::{Value, json};
use std::time::Duration;

/// Longest time between two looks when nothing is heard, milliseconds, while agents are at it: a task can settle without a
/// word.
const LOOK_MS: u64 = 250;
/// The same while a person has it, or the caller has the next step: what another node has done is seen then at the latest.
const LOOK_MS_MAX: u64 = 5_000;
/// Longest life of one stream; the caller subscribes again.
const STREAM_MAX: Duration = Duration::from_secs(60 * 60);

/// Where the task's news is heard.
fn place(task: &Seen) -> String {
    format!("a2a/{}", task.id())
}

/// When to look again, if nothing is heard.
async fn pause(task: &Seen) {
    let agents = task.row.state == TaskState::Working && task.row.row.state != CaseState::WithPerson;
    tokio::time::sleep(Duration::from_millis(if agents { LOOK_MS } else { LOOK_MS_MAX })).await;
}

/// The task once nothing goes on in it by itself, or as it stands when the time is over.
pub(super) async fn settled(caller: &Caller, task: Seen, most: Duration) -> Told<Seen> {
    let mut listening = caller.house.conversations.listen(&place(&task));
    caller.house.conversations.bind(&task.row.row.id, &place(&task));
    let mut stop = caller.house.stopping();
    let end = tokio::time::sleep(most);
    tokio::pin!(end);
    let mut task = task;
    while !task.row.state.is_settled() {
        tokio::select! {
            () = listening.news() => {}
            () = pause(&task) => {}
            () = &mut end => return Ok(task),
            _ = stop.changed() => return Ok(task),
        }
        listening.catch_up();
        task = seen(caller, &task.row.row.id).await?;
    }
    Ok(task)
}

/// The task, and then each reply and each change of its status, until it has ended; with `pauses` until nothing goes on in it
/// by itself.
pub(super) fn follow(caller: Caller, first: Seen, history: Option<usize>, pauses: bool) -> BoxStream<'static, Value> {
    let mut listening = caller.house.conversations.listen(&place(&first));
    caller.house.conversations.bind(&first.row.row.id, &place(&first));
    let mut stop = caller.house.stopping();
    let stream = async_stream::stream! {
        let end = tokio::time::sleep(STREAM_MAX);
        tokio::pin!(end);
        yield json!({ "task": first.whole(history, true) });
        let mut known = first;
        loop {
            let over = if pauses { known.row.state.is_settled() } else { known.row.state.is_terminal() };
            if over {
                return;
            }
            tokio::select! {
                () = listening.news() => {}
                () = pause(&known) => {}
                () = &mut end => return,
                _ = stop.changed() => return,
            }
            listening.catch_up();
            let Ok(now) = seen(&caller, &known.row.row.id).await else { return };
            for (id, message) in now.replies(known.last_seq()) {
                yield now.artifact_update(id, message);
            }
            if now.row.state != known.row.state {
                yield now.status_update();
            }
            known = now;
        }
    };
    stream.boxed()
}
