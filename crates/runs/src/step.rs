//! A worker's moves one by one, for simulations that choose when each happens and what befalls it.
//!
//! The same code as the worker's loops runs; what is left out is the loops themselves, and with them the time.

use crate::deliver::deliver_some;
use crate::function::Finish;
use crate::leases::lease;
use crate::store::Leased;
use crate::take::take_turn;
use crate::turn::{Reach, may_trust};
use crate::worker::look;
use crate::{Runs, calls, limits};
use baton_base::{CallId, ClientId, Result, RunId};

/// An outside call that this worker has in hand and has not made yet.
#[derive(Clone)]
pub struct Asked {
    leased: Leased,
}

impl Asked {
    fn all(leased: Vec<Leased>) -> Vec<Self> {
        leased.into_iter().map(|leased| Self { leased }).collect()
    }

    /// Whose it is.
    pub fn client(&self) -> &ClientId {
        &self.leased.client
    }

    /// The run that asked.
    pub fn run(&self) -> &RunId {
        &self.leased.run
    }

    /// The call.
    pub fn call(&self) -> &CallId {
        &self.leased.open.call
    }

    /// 1 for the first time it is made.
    pub fn attempt(&self) -> i64 {
        self.leased.attempt
    }
}

/// An outside call that was made, and what came of it; its run does not know yet.
pub struct Made {
    leased: Leased,
    made: Result<Finish>,
}

/// What one turn left to do.
pub struct Stepped {
    /// Outside calls asked for in this turn, in this worker's hand.
    pub asked: Vec<Asked>,
    /// There is more to do at once.
    pub more: bool,
    /// When there is something to look at again, such as the next timer of the installation, milliseconds since the epoch.
    pub next_timer_ms: Option<i64>,
}

impl Runs {
    /// The name under which this worker holds calls.
    pub fn worker(&self) -> &str {
        &self.inner.worker
    }

    /// One turn, in one transaction: results of calls whose runs may be supposed to be as they were left, or else runs that are
    /// known to be ready, as in a worker's loop; where there are none, due timers, results of calls and ready runs.
    pub async fn step_turn(&self) -> Result<Stepped> {
        let inner = &self.inner;
        let settled = inner.take_settled();
        let reach = Reach { runs: limits::RUNS_PER_TURN_MAX, careful: false, look: false };
        let is_trusted = may_trust(inner, &settled, reach);
        if !is_trusted {
            inner.hand_on(inner.db.take_ready());
        }
        let ready = inner.handed.take(is_trusted);
        let look = !is_trusted && ready.is_empty();
        let turned = take_turn(inner, settled, ready, Reach { look, ..reach }).await?;
        let (more, next_timer_ms) = (turned.more || !look, turned.next_timer_ms);
        Ok(Stepped { asked: Asked::all(turned.calls), more, next_timer_ms })
    }

    /// Begins the scheduled runs that are due; how many.
    pub async fn step_schedules(&self) -> Result<usize> {
        Ok(look(&self.inner).await?.0.begun)
    }

    /// Tells some more listeners of events that have very many; whether there may be more to tell.
    pub async fn step_deliveries(&self) -> Result<bool> {
        deliver_some(&self.inner).await
    }

    /// Looks after leases: renews what is in hand if `renew`, and takes over at most `max` calls whose worker has
    /// gone quiet.
    pub async fn step_leases(&self, renew: bool, max: i64) -> Result<Vec<Asked>> {
        Ok(Asked::all(lease(&self.inner, renew, max).await?))
    }

    /// The outside part of a call; nothing of it is recorded yet.
    pub async fn step_make(&self, asked: &Asked) -> Made {
        let made = calls::perform(&self.inner, &asked.leased).await;
        Made { leased: asked.leased.clone(), made }
    }

    /// Leaves what came of a call for this worker's next turn, or gives the call back.
    pub async fn step_came(&self, made: Made) {
        calls::came(&self.inner, made.leased, made.made).await;
    }

    /// No longer renews the lease of a call, as when the process stands still.
    pub fn step_forget(&self, asked: &Asked) {
        self.inner.let_go(&asked.leased);
    }
}
