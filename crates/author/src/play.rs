//! Plays a run to its end.

use crate::events::Incoming;
use crate::limits;
use crate::played::{self, Played, Step};
use crate::project::Project;
use crate::script::Script;
use crate::scripted::{Due, Shared, Stage, error_doc, on};
use crate::world::{Wanted, World, client, time_up};
use baton_base::{ClientId, Clock, ManualClock, Result, RunId, SystemClock};
use baton_engine::ErrorDoc;
use baton_runs::{RunDetail, RunFilter, RunInput, detail, list, post, publish, start};
use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Runs looked at, count.
const RUNS_MAX: u32 = 1_000;
/// How often a run in real time is looked at, milliseconds.
const LOOK_MS: u64 = 10;
/// Looks at which nothing moved and nothing was due, before a run counts as stuck, count.
const IDLE_LOOKS: u32 = 200;

/// The clock of a play.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Time {
    /// The machine's; at most so long, milliseconds.
    Real {
        /// Longest time, milliseconds.
        limit_ms: i64,
    },
    /// One that jumps to whatever comes next, and begins here.
    Jumping {
        /// Milliseconds since the epoch.
        from_ms: i64,
        /// Longest time, milliseconds.
        limit_ms: i64,
    },
}

/// Runs the project's process with this input to its end, or until nothing comes any more.
///
/// # Errors
/// Those of the database, and of processes that do not load together. A run that fails is no error.
pub async fn play(
    project: &Project,
    input: Value,
    script: Script,
    events: Vec<Incoming>,
    time: Time,
    wanted: &Wanted,
) -> Result<Played> {
    let manual = match time {
        Time::Real { .. } => None,
        Time::Jumping { from_ms, .. } => Some(ManualClock::at(from_ms)),
    };
    let clock: Arc<dyn Clock> = match &manual {
        Some(manual) => manual.clone(),
        None => Arc::new(SystemClock),
    };
    let names: Vec<String> = script.names().map(str::to_owned).collect();
    let runs = project.runs();
    let stand_ins: BTreeSet<&str> =
        runs.iter().filter(|other| names.contains(*other) && **other != project.name).map(String::as_str).collect();
    let stage: Shared = Arc::new(Mutex::new(Stage { script, ..Stage::default() }));
    let world = World::open(project, clock, &stage, &stand_ins, wanted).await?;
    let (ctx, processes, name) = (world.ctx(), Arc::clone(&world.processes), project.name.clone());
    let run = world.db.write(move |tx| start(tx, &ctx, &processes, &name, None, input)).await?;
    let started_ms = world.env.now_ms();
    let limit_ms = match time {
        Time::Real { limit_ms } | Time::Jumping { limit_ms, .. } => limit_ms,
    };
    let until_ms = started_ms.saturating_add(limit_ms);
    let mut player = Player { world, stage, run, events: events.into(), base_ms: started_ms, until_ms, manual };
    let stopped = match player.manual.clone() {
        Some(clock) => player.jump(&clock).await?,
        None => player.wait().await?,
    };
    let played = player.told(started_ms, stopped.map(|_| limit_ms)).await?;
    player.world.db.close().await;
    Ok(played)
}

struct Player {
    world: World,
    stage: Shared,
    run: RunId,
    events: VecDeque<Incoming>,
    /// When the last event came, or the run began.
    base_ms: i64,
    until_ms: i64,
    manual: Option<Arc<ManualClock>>,
}

/// The time was up.
struct TimeUp;

impl Player {
    /// Works by hand and moves the clock to whatever comes next.
    async fn jump(&mut self, clock: &ManualClock) -> Result<Option<TimeUp>> {
        for _ in 0..limits::ROUNDS_MAX {
            if !self.settle().await? {
                return Ok(Some(TimeUp));
            }
            if self.is_over().await? {
                return Ok(None);
            }
            if self.bring().await? {
                continue;
            }
            let Some(next_ms) = self.next_ms().await? else { return Ok(None) };
            if next_ms > self.until_ms {
                return Ok(Some(TimeUp));
            }
            clock.advance_ms((next_ms - clock.now_ms()).max(1));
        }
        Ok(Some(TimeUp))
    }

    /// Lets a worker work, and brings what is due.
    async fn wait(&mut self) -> Result<Option<TimeUp>> {
        let (stop, working) = self.work();
        let mut idle = 0;
        let ended = loop {
            if self.is_over().await? {
                break None;
            }
            let waits = !self.bring().await? && self.next_ms().await?.is_none() && self.is_idle().await?;
            idle = if waits { idle + 1 } else { 0 };
            if idle > IDLE_LOOKS {
                break None;
            }
            if self.world.env.now_ms() > self.until_ms {
                break Some(TimeUp);
            }
            tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
        };
        let _ = stop.send(true);
        working.abort();
        Ok(ended)
    }

    fn work(&self) -> (watch::Sender<bool>, JoinHandle<()>) {
        let (stop, stopping) = watch::channel(false);
        let runs = self.world.runs.clone();
        (stop, tokio::spawn(async move { runs.work(stopping).await }))
    }

    /// Turns until nothing is left to do at this time; false if there is always something.
    async fn settle(&self) -> Result<bool> {
        let mut wake = self.world.db.on_wake();
        let mut idle = 0;
        for _ in 0..limits::ROUNDS_MAX {
            wake.borrow_and_update();
            let busy = self.world.runs.turn_once().await?;
            let woken = wake.has_changed().unwrap_or(false);
            idle = if busy || woken { 0 } else { idle + 1 };
            if idle > 1 || on(&self.stage).missing.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn is_over(&self) -> Result<bool> {
        Ok(on(&self.stage).missing.is_some() || self.detail(&self.run).await?.row.ended_ms.is_some())
    }

    /// Whether the run can only be moved by somebody outside: it waits, and no call is under way.
    async fn is_idle(&self) -> Result<bool> {
        let found = self.details().await?;
        let under_way = found.iter().flat_map(|run| &run.waits).any(|wait| wait.state == "requested");
        Ok(!under_way && found.iter().all(|run| run.row.status != "running"))
    }

    /// Brings answers and events that are due; false if there was none.
    async fn bring(&mut self) -> Result<bool> {
        let now_ms = self.world.env.now_ms();
        let due: Vec<Due> = {
            let mut stage = on(&self.stage);
            let (due, later) = std::mem::take(&mut stage.due).into_iter().partition(|due| due.at_ms <= now_ms);
            stage.due = later;
            due
        };
        let any = !due.is_empty();
        for Due { run, call, answer, .. } in due {
            let input = match &answer.error {
                None => RunInput::CallDone { call, output: answer.result },
                Some(error) => RunInput::CallFailed { call, error: error_doc(error) },
            };
            self.world.write(move |tx, ctx| post(tx, ctx, &run, &input)).await?;
        }
        Ok(self.bring_event(now_ms).await? || any)
    }

    async fn bring_event(&mut self, now_ms: i64) -> Result<bool> {
        let Some(next) = self.events.front() else { return Ok(false) };
        let due = match next.after_ms {
            Some(after_ms) => self.base_ms.saturating_add(after_ms) <= now_ms,
            None => {
                let open = self.details().await?.into_iter().filter(|run| run.row.ended_ms.is_none());
                open.into_iter().any(|run| played::listens(&steps(run)))
            }
        };
        if !due {
            return Ok(false);
        }
        let Some(Incoming { event, .. }) = self.events.pop_front() else { return Ok(false) };
        self.base_ms = now_ms;
        self.world.write(move |tx, ctx| publish(tx, ctx, &event)).await?;
        Ok(true)
    }

    /// When the next timer, answer or event is due.
    async fn next_ms(&self) -> Result<Option<i64>> {
        let timers = self.details().await?.into_iter().flat_map(|run| run.waits).filter_map(|wait| wait.due_ms);
        let answers: Vec<i64> = on(&self.stage).due.iter().map(|due| due.at_ms).collect();
        let event = self.events.front().and_then(|next| next.after_ms).map(|after| self.base_ms.saturating_add(after));
        Ok(timers.chain(answers).chain(event).min())
    }

    async fn detail(&self, run: &RunId) -> Result<RunDetail> {
        let run = run.clone();
        self.world.db.read(move |tx| detail(tx, &client(), &run)).await
    }

    async fn details(&self) -> Result<Vec<RunDetail>> {
        self.world
            .db
            .read(|tx| {
                let filter = RunFilter { clients: vec![client()], ..RunFilter::default() };
                let rows = list(tx, &filter, None, RUNS_MAX)?.rows;
                let own: ClientId = client();
                rows.iter().map(|row| detail(tx, &own, &row.id)).collect()
            })
            .await
    }

    async fn told(&self, started_ms: i64, limit_ms: Option<i64>) -> Result<Played> {
        let found = self.detail(&self.run).await?;
        let took_ms = found.row.ended_ms.unwrap_or_else(|| self.world.env.now_ms()) - started_ms;
        let (calls, missing) = {
            let mut stage = on(&self.stage);
            (std::mem::take(&mut stage.calls), stage.missing.take())
        };
        let waits: Vec<String> = match found.row.ended_ms {
            Some(_) => Vec::new(),
            None => waits(&found, &self.events),
        };
        let error = match (missing, &found.row.error, limit_ms) {
            (Some(missing), ..) => Some(missing),
            (None, Some(error), _) => Some(error_doc(error)),
            (None, None, Some(limit_ms)) => Some(stuck(self.why_not_ended(took_ms, limit_ms, &steps(found.clone())))),
            (None, None, None) if found.row.ended_ms.is_none() => {
                Some(stuck(format!("nothing comes any more; it waits for {}", waits.join(", "))))
            }
            (None, None, None) => None,
        };
        let (status, output) = (found.row.status.clone(), found.output.clone());
        let steps = steps(found);
        let (events, path) = (played::emitted(&steps), played::path(&steps));
        Ok(Played { status, output, error, events, path, calls, waits, took_ms, steps })
    }
}

impl Player {
    fn why_not_ended(&self, took_ms: i64, limit_ms: i64, steps: &[Step]) -> String {
        if self.manual.is_none() || took_ms >= limit_ms {
            return time_up(limit_ms).to_string();
        }
        let last: Vec<String> = played::path(steps).into_iter().rev().take(12).collect();
        let last: Vec<String> = last.into_iter().rev().collect();
        format!("it goes round and round, and nothing outside would stop it; last by {}", last.join(" → "))
    }
}

fn steps(run: RunDetail) -> Vec<Step> {
    run.lines.into_iter().map(Step::of).collect()
}

fn stuck(detail: String) -> ErrorDoc {
    ErrorDoc {
        kind: "urn:baton:error:not-ended".to_owned(),
        status: 408,
        title: Some("The run has not ended".to_owned()),
        detail: Some(detail),
        instance: None,
    }
}

fn waits(found: &RunDetail, events: &VecDeque<Incoming>) -> Vec<String> {
    let mut waits: Vec<String> =
        found
            .waits
            .iter()
            .filter(|wait| !matches!(wait.state.as_str(), "listen" | "child"))
            .map(|wait| {
                if wait.task.is_empty() { wait.function.clone() } else { format!("{} ({})", wait.function, wait.task) }
            })
            .collect();
    if played::listens(&steps(found.clone())) {
        waits.push("an event".to_owned());
    }
    if !events.is_empty() {
        waits.push(format!("{} events were not delivered: nobody listened", events.len()));
    }
    if waits.is_empty() {
        waits.push("a process that it runs".to_owned());
    }
    waits
}
