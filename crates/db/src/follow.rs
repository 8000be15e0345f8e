//! What is done within a commit that makes a few runs ready, after all else that is committed with it (SQLite): a commit of its own
//! would be one more wait for the disk, and another thread would have to hear of the first.

use crate::Tx;
use crate::wall::Wall;
use crate::work::{Work, guarded};
use baton_base::{Error, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Outcomes that nobody has taken up before commits are followed no more.
const OUTCOMES_MAX: usize = 64;

type Make = Box<dyn Fn() -> Option<Box<dyn Work>> + Send>;

/// Who follows the commits of a database, if anybody does.
#[derive(Clone, Default)]
pub(crate) struct Follower(Arc<Mutex<Slot>>);

#[derive(Default)]
struct Slot {
    make: Option<Make>,
    /// How often somebody has begun to follow: who came first does not end who came in its place.
    number: u64,
}

impl Follower {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Work for the end of a transaction; none where nobody follows, or what came of earlier ones is not taken up.
    pub(crate) fn work(&self) -> Option<Box<dyn Work>> {
        self.slot().make.as_ref().and_then(|make| make())
    }

    /// From now on this closure follows commits, in place of any other.
    pub(crate) fn set<T, F>(&self, closure: F) -> Following<T>
    where
        F: Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
        T: Send + 'static,
    {
        let (outcomes, coming) = mpsc::channel(OUTCOMES_MAX);
        let closure = Arc::new(closure);
        let make = move || {
            let room = outcomes.clone().try_reserve_owned().ok()?;
            let closure = Arc::clone(&closure);
            Some(Box::new(Followed { closure, value: None, wall: Wall::none(), room }) as Box<dyn Work>)
        };
        let mut slot = self.slot();
        slot.number += 1;
        let number = slot.number;
        let before = slot.make.replace(Box::new(make));
        drop(slot);
        // What a closure holds goes away where nobody waits for it.
        drop(before);
        Following { follower: self.clone(), number, coming }
    }
}

struct Followed<T, F> {
    closure: Arc<F>,
    value: Option<T>,
    wall: Wall,
    room: mpsc::OwnedPermit<Result<T>>,
}

impl<T, F> Work for Followed<T, F>
where
    F: Fn(&mut Tx) -> Result<T> + Send + Sync,
    T: Send,
{
    fn run(&mut self, tx: &mut Tx) -> Result<()> {
        self.value = Some(guarded(|| (self.closure)(tx))?);
        tx.check_not_failed()
    }

    fn is_large(&self) -> bool {
        false
    }

    fn wall(&self) -> &Wall {
        &self.wall
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let value = self.value;
        let answer = outcome.and_then(|()| value.ok_or_else(|| Error::broken("a closure was answered before it ran")));
        self.room.send(answer);
    }
}

/// A closure that follows commits, until this is dropped.
pub struct Following<T> {
    follower: Follower,
    number: u64,
    coming: mpsc::Receiver<Result<T>>,
}

impl<T> Following<T> {
    /// What came of the closure after one more commit; `None` once it has been told to [end](Self::end), or another follows in its
    /// place, and all has been taken up.
    ///
    /// # Errors
    /// Those of the closure, whose part alone is undone then, or that nothing of the transaction was saved.
    pub async fn next(&mut self) -> Option<Result<T>> {
        self.coming.recv().await
    }

    /// This closure follows no commit from now on. What follows one that is under way is still to come.
    pub fn end(&self) {
        let mut slot = self.follower.slot();
        let ended = if slot.number == self.number { slot.make.take() } else { None };
        drop(slot);
        drop(ended);
    }
}

impl<T> Drop for Following<T> {
    fn drop(&mut self) {
        self.end();
    }
}
