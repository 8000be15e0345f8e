//! A worker on a fresh database, with a few processes whose steps do as good as nothing.

use super::{Kind, Places};
use anyhow::{Context as _, Result, bail};
use baton_base::{Bundle, ClientId, IdSource, ReleaseId, RunId, SystemClock, Versions};
use baton_db::{Db, Tx, params};
use baton_govern::{Ctx, Env};
use baton_runs::{CallCx, Finish, Function, Outcome, Processes, Runs, RunsBuilder, start_many};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

/// Those who start runs at the same time.
const STARTERS: usize = 256;
/// Pause between two looks at how many runs are open, milliseconds.
const LOOK_MS: u64 = 5;
/// Longest time without one run moving on, seconds.
const STILL_S_MAX: u64 = 60;

const HEAD: &str = "document: { dsl: '1.0.3', namespace: bench, name: PROCESS, version: '1.0.0' }\ndo:\n";

/// Ten tasks that only think: four sets, two switches, a loop of three sets.
const PURE: &str = "
- one: { set: { n: '${ .n }', total: 0 } }
- two: { switch: [ { many: { when: '.n > 10', then: three } }, { few: { then: three } } ] }
- three: { set: { items: [1, 2, 3], n: '${ .n + 1 }' } }
- four:
    for: { each: item, in: .items }
    do:
    - five: { set: { total: '${ $item * 2 }', n: '${ .n }' } }
- six: { set: { done: true, n: '${ .n }' } }
- seven: { switch: [ { done: { when: .done, then: eight } }, { not: { then: end } } ] }
- eight: { set: { n: '${ .n }', good: true } }
";

const WAITING: &str = "
- wait:
    fork:
      compete: true
      branches:
      - told: { listen: { to: { one: { with: { type: order.paid }, correlate: { order: { from: .data.order, expect: '${ .order }' } } } } } }
      - late: { wait: { days: 1500 } }
";

/// Calls of one task after the other.
fn calls(function: &str, count: usize) -> String {
    (0..count).map(|n| format!("- step{n}: {{ call: {function}, with: {{ order: o-77, amount: {n} }} }}\n")).collect()
}

fn processes() -> Result<Processes> {
    let bodies = [
        ("pure", PURE.to_owned()),
        ("waiting", WAITING.to_owned()),
        ("five", calls("act", 5)),
        ("ten", calls("act", 10)),
        ("slow", calls("slow", 10)),
    ];
    let file = |(name, body): (&str, String)| {
        (format!("processes/{name}.yaml"), format!("{}{body}", HEAD.replace("PROCESS", name)))
    };
    let bundle = Bundle { files: bodies.into_iter().map(file).collect(), ..Bundle::default() };
    Processes::load(&bundle, &["act", "slow"]).map_err(|found| anyhow::anyhow!("{found:?}"))
}

/// An action whose effect is recorded before and after, and takes so long outside.
struct Act {
    name: &'static str,
    takes_ms: u64,
}

impl Function for Act {
    fn name(&self) -> &'static str {
        self.name
    }
    fn start(&self, _: &mut Tx, _: &CallCx, _: &Value) -> baton_base::Result<Outcome> {
        Ok(Outcome::Outside { memo: Value::Null })
    }
    fn perform(&self, _: CallCx, args: Value, _: Value) -> BoxFuture<'static, baton_base::Result<Finish>> {
        let takes_ms = self.takes_ms;
        async move {
            if takes_ms > 0 {
                tokio::time::sleep(Duration::from_millis(takes_ms)).await;
            }
            let finish: Finish = Box::new(move |_| Ok(Outcome::Done(args.clone())));
            Ok(finish)
        }
        .boxed()
    }
}

/// The client whose runs these are.
pub fn client() -> ClientId {
    ClientId::known("bench")
}

/// A node.
pub struct Ground {
    /// Its database.
    pub db: Db,
    /// Its clock and ids.
    pub env: Arc<Env>,
    processes: Arc<Versions<Processes>>,
    runs: Runs,
    working: Option<(watch::Sender<bool>, JoinHandle<()>)>,
    folder: Option<TempDir>,
}

/// Address of a fresh database; the folder goes away with its last node.
async fn place(places: &Places, kind: Kind) -> Result<(String, Option<TempDir>)> {
    if kind == Kind::Sqlite {
        let at = places.options.folder.clone().unwrap_or_else(std::env::temp_dir);
        let folder = tempfile::Builder::new().prefix("baton-bench-").tempdir_in(at)?;
        return Ok((format!("sqlite:{}", folder.path().join("baton.db").display()), Some(folder)));
    }
    Ok((fresh_postgres(places)?, None))
}

/// Address of a fresh PostgreSQL database.
pub fn fresh_postgres(places: &Places) -> Result<String> {
    match (&places.server, &places.options.postgres) {
        (Some(server), _) => tokio::task::block_in_place(|| Ok(server.fresh_database())),
        (None, Some(url)) => tokio::task::block_in_place(|| Ok(baton_testkit::PgServer::at(url).fresh_database())),
        (None, None) => bail!("no PostgreSQL was asked for"),
    }
}

impl Ground {
    /// A node on a fresh database, at work.
    pub async fn fresh(places: &Places, kind: Kind) -> Result<Self> {
        let (url, folder) = place(places, kind).await?;
        let mut ground = Self::at(&url, 0).await?;
        ground.folder = folder;
        Ok(ground)
    }

    /// A node on a database, at work; its slow action takes so long.
    pub async fn at(url: &str, slow_ms: u64) -> Result<Self> {
        static NODES: AtomicU64 = AtomicU64::new(1);
        let db = Db::open(url).await?;
        db.migrate().await?;
        let entropy = (u64::from(std::process::id()) << 20) + NODES.fetch_add(1, Ordering::Relaxed);
        let env = Env::new(Arc::new(SystemClock), Arc::new(IdSource::seeded(entropy)));
        let versions = Arc::new(Versions::default());
        versions.put_live(&client(), &ReleaseId::known("rel_bench"), Arc::new(processes()?));
        let runs = RunsBuilder::new(db.clone(), Arc::clone(&env), Arc::clone(&versions))
            .function(Act { name: "act", takes_ms: 0 })
            .function(Act { name: "slow", takes_ms: slow_ms })
            .build();
        let mut ground = Self { db, env, processes: versions, runs, working: None, folder: None };
        ground.work();
        Ok(ground)
    }

    fn work(&mut self) {
        let (stop, stopping) = watch::channel(false);
        let runs = self.runs.clone();
        self.working = Some((stop, tokio::spawn(async move { runs.work(stopping).await })));
    }

    /// Stops and closes.
    pub async fn stop(mut self) -> Result<()> {
        if let Some((stop, working)) = self.working.take() {
            let _ = stop.send(true);
            working.await?;
        }
        self.db.close().await;
        Ok(())
    }

    /// A context of the bench.
    pub fn ctx(&self) -> Ctx {
        Ctx::system(&self.env, &client(), "bench")
    }

    /// Starts runs in one transaction.
    pub async fn start_many(&self, process: &'static str, inputs: Vec<Value>) -> Result<Vec<RunId>> {
        let (ctx, processes) = (self.ctx(), Arc::clone(&self.processes));
        let work = move |tx: &mut Tx| start_many(tx, &ctx, &processes, process, None, inputs);
        Ok(self.db.write(work).await?)
    }

    /// Starts runs one by one, and waits until all have ended; how long it took, seconds.
    pub async fn play(self: &Arc<Self>, process: &'static str, runs: usize) -> Result<f64> {
        let begin = Instant::now();
        let mut starters = Vec::new();
        for starter in 0..STARTERS.min(runs) {
            let ground = Arc::clone(self);
            let mine = runs / STARTERS.min(runs) + usize::from(starter < runs % STARTERS.min(runs));
            starters.push(tokio::spawn(async move {
                for n in 0..mine {
                    ground.start_many(process, vec![serde_json::json!({"n": n})]).await?;
                }
                anyhow::Ok(())
            }));
        }
        for starter in starters {
            starter.await??;
        }
        self.all_ended().await?;
        Ok(begin.elapsed().as_secs_f64())
    }

    async fn all_ended(&self) -> Result<()> {
        self.until_at_most(&["running", "waiting"], 0, LOOK_MS).await
    }

    /// Waits until at most so many runs are in one of these states; looks every so many milliseconds.
    pub async fn until_at_most(&self, states: &[&str], most: i64, look_ms: u64) -> Result<()> {
        let (mut least, mut since) = (i64::MAX, Instant::now());
        loop {
            let open = self.open(states).await?;
            if open <= most {
                return Ok(());
            }
            if open < least {
                (least, since) = (open, Instant::now());
            }
            if since.elapsed() > Duration::from_secs(STILL_S_MAX) {
                bail!("{open} runs have been {} for {STILL_S_MAX} s", states.join(" or "));
            }
            tokio::time::sleep(Duration::from_millis(look_ms)).await;
        }
    }

    /// Runs in one of these states.
    pub async fn open(&self, states: &[&str]) -> Result<i64> {
        let list: Vec<_> = states.iter().map(|state| format!("'{state}'")).collect();
        let sql = format!("SELECT COUNT(*) FROM run WHERE client_id = $1 AND status IN ({})", list.join(", "));
        Ok(self.db.read(move |tx| tx.query_one(&sql, params![&client()], |r| r.int(0))).await?)
    }

    /// Unwraps the last holder.
    pub fn alone(self: Arc<Self>) -> Result<Self> {
        Arc::into_inner(self).context("somebody still holds the node")
    }
}

/// Hears which runs complete, and when their commit was told.
pub struct Ends {
    hearing: JoinHandle<Result<HashMap<String, Instant>>>,
    stop: watch::Sender<Option<Vec<String>>>,
}

impl Ends {
    /// Hears from now on.
    pub fn hear(db: &Db) -> Self {
        let mut live = db.live();
        let (stop, mut wanted) = watch::channel(None::<Vec<String>>);
        let hearing = tokio::spawn(async move {
            let mut ended = HashMap::new();
            // Ends of earlier runs may still be told: only those that are wanted count.
            let all = |wanted: &Option<Vec<String>>, ended: &HashMap<String, Instant>| {
                wanted.as_ref().is_some_and(|runs| runs.iter().all(|run| ended.contains_key(run)))
            };
            while !all(&wanted.borrow(), &ended) {
                tokio::select! {
                    heard = live.recv() => match heard {
                        Ok(live) if live.kind == "run.completed" => {
                            ended.insert(live.subject.unwrap_or_default(), Instant::now());
                        }
                        Ok(_) => {}
                        Err(broadcast::error::RecvError::Lagged(missed)) => bail!("{missed} live events were missed"),
                        Err(broadcast::error::RecvError::Closed) => break,
                    },
                    _ = wanted.changed() => {}
                }
            }
            Ok(ended)
        });
        Self { hearing, stop }
    }

    /// Waits for the ends of these runs; delays from the times given, in milliseconds, sorted.
    pub async fn delays_ms(self, begun: &[(String, Instant)]) -> Result<Vec<f64>> {
        let _ = self.stop.send(Some(begun.iter().map(|(run, _)| run.clone()).collect()));
        let ended = tokio::time::timeout(Duration::from_secs(STILL_S_MAX), self.hearing).await;
        let ended = ended.context("not all runs ended")???;
        let delay = |(run, due): &(String, Instant)| {
            let at = ended.get(run).with_context(|| format!("{run} did not end"))?;
            Ok(at.saturating_duration_since(*due).as_secs_f64() * 1_000.0)
        };
        let mut delays = begun.iter().map(delay).collect::<Result<Vec<_>>>()?;
        delays.sort_by(f64::total_cmp);
        Ok(delays)
    }
}
