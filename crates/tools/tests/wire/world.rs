//! One client with a release of its own for every process, on a real database.

use crate::wire::site::Site;
use baton_base::{Bundle, ClientId, Clock, IdSource, ReleaseId, RunId, SystemClock, Versions};
use baton_db::{Db, params};
use baton_govern::{Ctx, Egress, Env, stop};
use baton_runs::{CallCx, Finish, Function, Outcome, Processes, RunDetail, Runs, RunsBuilder, detail, start};
use baton_tools::store::{self, Effect};
use baton_tools::wire::{Secrets, Wire, WireFunction, WireParts};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

const HEAD: &str = "document: { dsl: '1.0.3', namespace: test, name: p, version: '1.0.0' }\n";

struct Words;

impl Secrets for Words {
    fn get(&self, _: &mut baton_db::Tx, _: &ClientId, name: &str) -> baton_base::Result<Option<String>> {
        Ok(match name {
            "word" => Some("s3cret".to_owned()),
            "login" => Some(json!({"username": "ada", "password": "s3cret"}).to_string()),
            _ => None,
        })
    }
}

/// The machine's clock, moved on by hand where a lease has to run out.
#[derive(Default)]
struct Shifted(AtomicI64);

impl Clock for Shifted {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.0.load(Ordering::SeqCst)
    }
}

/// A call whose first result is lost, as if the program had ended before it could be recorded.
struct Losing {
    inner: WireFunction,
    crash: Arc<AtomicBool>,
}

impl Function for Losing {
    fn name(&self) -> &'static str {
        self.inner.name()
    }
    fn start(&self, tx: &mut baton_db::Tx, cx: &CallCx, args: &Value) -> baton_base::Result<Outcome> {
        self.inner.start(tx, cx, args)
    }
    fn perform(&self, cx: CallCx, args: Value, memo: Value) -> BoxFuture<'static, baton_base::Result<Finish>> {
        let (made, crash) = (self.inner.perform(cx, args, memo), Arc::clone(&self.crash));
        Box::pin(async move {
            let finish = made.await?;
            if crash.swap(false, Ordering::SeqCst) {
                drop(finish);
                return Err(baton_base::Error::Unavailable("the program ended here".into()));
            }
            Ok(finish)
        })
    }
}

pub struct World {
    pub site: Site,
    db: Db,
    env: Arc<Env>,
    clock: Arc<Shifted>,
    processes: Arc<Versions<Processes>>,
    egress: Arc<Versions<Egress>>,
    listed: String,
    runs: Runs,
    crash: Arc<AtomicBool>,
    releases: AtomicI64,
}

fn client() -> ClientId {
    ClientId::known("acme")
}

impl World {
    pub async fn new() -> Self {
        let listed = "allow:\n  - { url: SITE, private: true, methods: [GET, POST, PUT] }\n  \
                      - { url: 'http://127.0.0.1:1/', private: true }\n";
        Self::of(Site::start().await, listed).await
    }

    pub async fn of(site: Site, listed: &str) -> Self {
        let db = baton_testkit::sqlite().await;
        let clock = Arc::new(Shifted::default());
        let env = Env::new(clock.clone(), Arc::new(IdSource::seeded(7)));
        let (processes, egress) = (Arc::new(Versions::default()), Arc::new(Versions::default()));
        let parts = WireParts {
            db: db.clone(),
            egress: Arc::clone(&egress),
            processes: Arc::clone(&processes),
            secrets: Arc::new(Words),
        };
        let crash = Arc::new(AtomicBool::new(false));
        let builder = RunsBuilder::new(db.clone(), Arc::clone(&env), Arc::clone(&processes));
        let functions = Wire::new(parts).unwrap().functions();
        let losing = functions.into_iter().map(|inner| Losing { inner, crash: Arc::clone(&crash) });
        let runs = losing.fold(builder, RunsBuilder::function).build();
        let listed = listed.to_owned();
        Self { site, db, env, clock, processes, egress, listed, runs, crash, releases: AtomicI64::new(0) }
    }

    fn system(&self) -> Ctx {
        Ctx::system(&self.env, &client(), "test")
    }

    /// Starts a run of a process; `SITE` in it stands for the server.
    pub async fn start(&self, body: &str) -> RunId {
        let text = format!("{HEAD}{body}").replace("SITE", &self.site.address);
        let list = self.listed.replace("SITE", &self.site.address);
        let files = [("processes/p.yaml".to_owned(), text), ("egress.yaml".to_owned(), list)];
        let bundle = Bundle { files: files.into(), ..Bundle::default() };
        let release = ReleaseId::known(format!("rel_{}", self.releases.fetch_add(1, Ordering::SeqCst)));
        let loaded = Processes::load(&bundle, &[]).unwrap_or_else(|found| panic!("{found:?}"));
        self.processes.put_live(&client(), &release, Arc::new(loaded));
        self.egress.put_live(&client(), &release, Arc::new(Egress::load(&bundle).unwrap()));
        let (ctx, processes) = (self.system(), Arc::clone(&self.processes));
        self.db.write(move |tx| start(tx, &ctx, &processes, "p", None, json!({}))).await.unwrap()
    }

    pub async fn detail(&self, run: &RunId) -> RunDetail {
        let run = run.clone();
        self.db.read(move |tx| detail(tx, &client(), &run)).await.unwrap()
    }

    /// Works until the run has ended.
    pub async fn settle(&self, run: &RunId) -> RunDetail {
        let (stop, stopping) = tokio::sync::watch::channel(false);
        let runs = self.runs.clone();
        let working = tokio::spawn(async move { runs.work(stopping).await });
        for _ in 0..600 {
            let found = self.detail(run).await;
            if found.row.ended_ms.is_some() {
                stop.send(true).unwrap();
                let _ = tokio::time::timeout(Duration::from_millis(50), working).await;
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{:?}", self.detail(run).await);
    }

    /// Sends the run's call and loses its answer; the call's lease runs out.
    pub async fn send_and_crash(&self, run: &RunId) {
        self.crash.store(true, Ordering::SeqCst);
        while self.crash.load(Ordering::SeqCst) {
            self.runs.turn_once().await.unwrap();
        }
        assert!(self.detail(run).await.row.ended_ms.is_none());
        self.clock.0.fetch_add(60_000, Ordering::SeqCst);
    }

    pub async fn output(&self, body: &str) -> Value {
        let run = self.start(body).await;
        let found = self.settle(&run).await;
        found.output.unwrap_or_else(|| panic!("{body}\n{:?}", found.row.error))
    }

    pub async fn error(&self, body: &str) -> Value {
        let run = self.start(body).await;
        let found = self.settle(&run).await;
        found.row.error.unwrap_or_else(|| panic!("{body}\n{:?}", found.output))
    }

    /// The error of a run that ends by itself within seconds, whatever its calls do.
    pub async fn error_in_time(&self, body: &str) -> Value {
        tokio::time::timeout(Duration::from_secs(10), self.error(body)).await.unwrap()
    }

    /// Newest first.
    pub async fn effects(&self) -> Vec<Effect> {
        self.db.read(|tx| store::list(tx, &client(), &store::Filter::default(), None, 200)).await.unwrap()
    }

    pub async fn ledger(&self) -> Vec<(String, Value)> {
        let sql = "SELECT kind, data FROM ledger WHERE client_id = $1 ORDER BY entry_id";
        let read = self.db.read(move |tx| tx.query(sql, params![client()], |r| Ok((r.text(0)?, r.json(1)?))));
        read.await.unwrap()
    }

    pub async fn stop(&self, reason: &'static str) {
        let ctx = self.system();
        self.db.write(move |tx| stop::engage(tx, &ctx, None, stop::Scope::Client, "*", reason)).await.unwrap();
    }

    /// Every text of every table that runs and calls write to.
    pub async fn everything_stored(&self) -> String {
        let tables = [
            ("run", "state || COALESCE(output, '') || COALESCE(error, '')"),
            ("run_journal", "input"),
            ("run_trace", "detail"),
            ("run_call", "args"),
            ("effect", "args || permit || COALESCE(result, '')"),
            ("ledger", "data"),
        ];
        let read = self.db.read(move |tx| {
            let mut all = String::new();
            for (table, column) in tables {
                let sql = format!("SELECT {column} FROM {table} WHERE client_id = $1");
                all.push_str(&tx.query(&sql, params![client()], |r| r.text(0))?.join("\n"));
            }
            Ok(all)
        });
        read.await.unwrap()
    }
}
