//! Closures on their way to a database thread, and their answers on the way back.

use crate::{Tx, Wall};
use baton_base::{Error, Result};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
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
        let value = catch_unwind(AssertUnwindSafe(|| closure(tx))).unwrap_or_else(|panic| Err(panicked(&*panic)))?;
        self.value = Some(value);
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

/// The receiving end, shared by several threads.
#[derive(Clone)]
pub(crate) struct Inbox(Arc<Mutex<mpsc::Receiver<Box<dyn Work>>>>);

impl Inbox {
    pub(crate) fn new() -> (Queue, Self) {
        let (queue, inbox) = mpsc::channel(QUEUE_MAX);
        (queue, Self(Arc::new(Mutex::new(inbox))))
    }

    /// The next closure; `None` when all callers are gone.
    pub(crate) fn next(&self) -> Option<Box<dyn Work>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
    }

    /// The next closure and all that wait behind it, at most `max`; empty when all callers are gone.
    pub(crate) fn next_batch(&self, max: usize) -> Vec<Box<dyn Work>> {
        let mut inbox = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batch: Vec<_> = inbox.blocking_recv().into_iter().collect();
        while !batch.is_empty() && batch.len() < max {
            match inbox.try_recv() {
                Ok(work) => batch.push(work),
                Err(_) => break,
            }
        }
        batch
    }
}
