//! Work that is looked for again and again until Baton stops, and the tasks that it leaves going meanwhile.

use baton_base::Result;
use baton_db::Db;
use std::collections::HashMap;
use std::future::{Future, pending};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::{sleep, timeout};

/// Longest wait for tasks once it is to stop, milliseconds; what is left then is broken off, and done again at the next start.
const GRACE_MS: u64 = 5_000;

/// One kind of work.
pub(crate) trait Work {
    /// How often it is looked for without a reason, milliseconds.
    const LOOK_MS: u64;
    /// Whether a commit that wakes workers is a reason.
    const WOKEN: bool;
    /// That a round failed, in words.
    const FAILED: &'static str;

    /// Looks once, and does or begins what there is.
    fn round(&mut self) -> impl Future<Output = Result<()>> + Send;

    /// What it leaves going; that one of them ends is a reason to look again.
    fn tasks(&mut self) -> Option<&mut Tasks> {
        None
    }

    /// Ends what it leaves going; called once, when it is to stop.
    fn end(&mut self) -> impl Future<Output = ()> + Send
    where
        Self: Send,
    {
        async {
            if let Some(tasks) = self.tasks() {
                tasks.end(GRACE_MS).await;
            }
        }
    }
}

/// Works until it is stopped.
pub(crate) async fn run<W: Work + Send>(db: &Db, mut work: W, mut stop: watch::Receiver<bool>) {
    let mut wake = db.on_wake();
    while !*stop.borrow() {
        if let Err(error) = work.round().await {
            tracing::warn!(%error, "{}", W::FAILED);
        }
        tokio::select! {
            () = sleep(Duration::from_millis(W::LOOK_MS)) => {}
            changed = wake.changed(), if W::WOKEN => if changed.is_err() { break },
            () = freed(work.tasks()) => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    work.end().await;
}

async fn freed(tasks: Option<&mut Tasks>) {
    match tasks {
        Some(tasks) if !tasks.of.is_empty() => tasks.freed().await,
        Some(_) | None => pending().await,
    }
}

/// Tasks beside each other: so many in all, and so many of each receiver, so that one that does not answer keeps no other waiting.
pub(crate) struct Tasks {
    set: JoinSet<()>,
    /// To whom each that goes on belongs.
    of: HashMap<Id, String>,
    all_max: u32,
    each_max: u32,
}

impl Tasks {
    pub(crate) fn new(all_max: u32, each_max: u32) -> Self {
        Self { set: JoinSet::new(), of: HashMap::new(), all_max, each_max }
    }

    /// How many more may begin now, of all receivers together.
    pub(crate) fn left(&self) -> u32 {
        self.all_max.saturating_sub(count(self.of.len()))
    }

    /// Receivers that there is room for, with how many more of each may begin; those of which fewest go on stand first.
    pub(crate) fn room<T>(&self, of: impl IntoIterator<Item = (String, T)>) -> Vec<(T, u32)> {
        let going = |name: &str| count(self.of.values().filter(|of| *of == name).count());
        let room = of.into_iter().map(|(name, one)| (one, self.each_max.saturating_sub(going(&name))));
        let mut room: Vec<_> = room.filter(|(_, room)| *room > 0).collect();
        room.sort_by_key(|(_, room)| std::cmp::Reverse(*room));
        room
    }

    /// Begins a task of a receiver.
    pub(crate) fn begin(&mut self, of: String, task: impl Future<Output = ()> + Send + 'static) {
        let id = self.set.spawn(task).id();
        self.of.insert(id, of);
    }

    /// Until at least one has ended.
    async fn freed(&mut self) {
        let mut ended = self.set.join_next_with_id().await;
        while let Some(one) = ended {
            let id = match one {
                Ok((id, ())) => id,
                Err(error) => {
                    tracing::error!(%error, "a task ended by a fault; what it was to do is done again");
                    error.id()
                }
            };
            self.of.remove(&id);
            ended = self.set.try_join_next_with_id();
        }
    }

    /// Waits for all that go on, and breaks off what still does after `grace_ms`.
    async fn end(&mut self, grace_ms: u64) {
        let all = async { while self.set.join_next().await.is_some() {} };
        if timeout(Duration::from_millis(grace_ms), all).await.is_err() {
            self.set.shutdown().await;
        }
        self.of.clear();
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(tasks: &Tasks) -> Vec<(&'static str, u32)> {
        tasks.room(["dead", "fine"].map(|name| (name.to_owned(), name)))
    }

    #[tokio::test]
    async fn a_receiver_that_never_answers_leaves_room_for_the_others() {
        let mut tasks = Tasks::new(4, 2);
        assert_eq!(names(&tasks), [("dead", 2), ("fine", 2)]);
        tasks.begin("dead".to_owned(), pending());
        assert_eq!(names(&tasks), [("fine", 2), ("dead", 1)], "who has fewer going comes first");
        tasks.begin("dead".to_owned(), pending());
        tasks.begin("fine".to_owned(), async {});
        assert_eq!((names(&tasks), tasks.left()), (vec![("fine", 1)], 1));
        tasks.freed().await;
        assert_eq!((names(&tasks), tasks.left()), (vec![("fine", 2)], 2), "what has ended makes room");
    }

    #[tokio::test]
    async fn what_does_not_end_is_broken_off() {
        let mut tasks = Tasks::new(4, 4);
        tasks.begin("dead".to_owned(), pending());
        timeout(Duration::from_secs(5), tasks.end(10)).await.expect("it ends");
        assert_eq!(tasks.left(), 4);
    }
}
