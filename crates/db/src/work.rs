//! Closures on their way to a database thread, and their answers on the way back.

use crate::{Tx, Wall};
use baton_base::{Error, Result};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use tokio::sync::{mpsc, oneshot};

/// Closures waiting for a database thread before callers wait too.
pub(crate) const QUEUE_MAX: usize = 4096;

/// One closure, run once and answered once.
pub(crate) trait Work: Send {
    /// Runs the closure; its value is kept until the answer.
    fn run(&mut self, tx: &mut Tx) -> Result<()>;
    /// Whether it changes so much that it is committed by itself: a savepoint around it would cost more than a commit.
    fn is_large(&self) -> bool;
    /// What stood around the caller.
    fn wall(&self) -> &Wall;
    /// Answers the caller: the kept value, or the error.
    fn answer(self: Box<Self>, outcome: Result<()>);
}

struct Call<T, F> {
    closure: Option<F>,
    value: Option<T>,
    large: bool,
    wall: Wall,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Work for Call<T, F>
where
    F: FnOnce(&mut Tx) -> Result<T> + Send,
    T: Send,
{
    fn run(&mut self, tx: &mut Tx) -> Result<()> {
        let closure = self.closure.take().ok_or_else(|| Error::broken("a closure was run twice"))?;
        self.value = Some(guarded(|| closure(tx))?);
        tx.check_not_failed()
    }

    fn is_large(&self) -> bool {
        self.large
    }

    fn wall(&self) -> &Wall {
        &self.wall
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let value = self.value;
        let answer = outcome.and_then(|()| value.ok_or_else(|| Error::broken("a closure was answered before it ran")));
        // A caller that went away has no use for the answer.
        let _ = self.reply.send(answer);
    }
}

/// What a closure returns; a panic is a fault of Baton's own.
pub(crate) fn guarded<T>(closure: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(closure)).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::broken(format!("a transaction panicked: {}", text.unwrap_or("no message")))
}

pub(crate) type Queue = mpsc::Sender<Box<dyn Work>>;

/// Queues a closure and waits for its answer; it runs within what stands around the caller.
pub(crate) async fn call<T, F>(queue: Queue, large: bool, closure: F) -> Result<T>
where
    F: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
    T: Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let work = Box::new(Call { closure: Some(closure), value: None, large, wall: Wall::here(), reply });
    queue.send(work).await.map_err(|_| closed())?;
    drop(queue);
    answer.await.map_err(|_| closed())?
}

pub(crate) fn closed() -> Error {
    Error::Unavailable("the database is closed".to_owned())
}

/// The receiving end, shared by several threads, one of which waits for the next closure. Whoever is done last waits next: while there
/// is little to do, few connections do it, with all that they and the server need at hand.
#[derive(Clone)]
pub(crate) struct Inbox(Arc<Mutex<Turns>>);

type Closures = mpsc::Receiver<Box<dyn Work>>;

struct Turns {
    /// Not here while a thread waits for the next closure.
    closures: Option<Closures>,
    /// Threads that wait for their turn to wait, the last that came at the end.
    idle: Vec<Thread>,
}

impl Inbox {
    pub(crate) fn new() -> (Queue, Self) {
        let (queue, closures) = mpsc::channel(QUEUE_MAX);
        (queue, Self(Arc::new(Mutex::new(Turns { closures: Some(closures), idle: Vec::new() }))))
    }

    /// The next closure; `None` when all callers are gone.
    pub(crate) fn next(&self) -> Option<Box<dyn Work>> {
        let mut closures = self.closures();
        let next = closures.blocking_recv();
        self.pass_on(closures);
        next
    }

    /// The next closure and all that wait behind it, at most `max`; empty when all callers are gone.
    pub(crate) fn next_batch(&self, max: usize) -> Vec<Box<dyn Work>> {
        let mut closures = self.closures();
        let mut batch: Vec<_> = closures.blocking_recv().into_iter().collect();
        while !batch.is_empty() && batch.len() < max {
            match closures.try_recv() {
                Ok(work) => batch.push(work),
                Err(_) => break,
            }
        }
        self.pass_on(closures);
        batch
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no other thread waits for closures.
    fn closures(&self) -> Closures {
        let this = thread::current();
        loop {
            let mut turns = self.turns();
            // Also one that nobody has called is not idle any more: whoever calls it next would wake nobody.
            turns.idle.retain(|idle| idle.id() != this.id());
            if let Some(closures) = turns.closures.take() {
                return closures;
            }
            turns.idle.push(this.clone());
            drop(turns);
            thread::park();
        }
    }

    fn pass_on(&self, closures: Closures) {
        let mut turns = self.turns();
        turns.closures = Some(closures);
        if let Some(next) = turns.idle.pop() {
            next.unpark();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    const THREADS: usize = 8;

    #[test]
    fn while_there_is_little_to_do_few_threads_do_it_and_all_end_with_the_last_caller() {
        let (queue, inbox) = Inbox::new();
        let (done, seen) = channel();
        let work = |(inbox, done): (Inbox, std::sync::mpsc::Sender<_>)| {
            thread::spawn(move || {
                while inbox.next().is_some() {
                    done.send(thread::current().id()).unwrap();
                }
            })
        };
        let threads: Vec<_> = (0..THREADS).map(|_| work((inbox.clone(), done.clone()))).collect();
        let mut busy = HashSet::new();
        for _ in 0..THREADS * 5 {
            // Whoever was busy is idle again.
            thread::sleep(Duration::from_millis(10));
            let closure = Some(|_: &mut Tx| -> Result<()> { Ok(()) });
            let (value, reply) = (None::<()>, oneshot::channel().0);
            let call = Call { closure, value, large: false, wall: Wall::none(), reply };
            assert!(queue.blocking_send(Box::new(call)).is_ok());
            busy.insert(seen.recv().unwrap());
        }
        assert!(busy.len() < THREADS, "each of them had something to do");
        drop(queue);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}
