//! What earlier releases left behind: today's program takes their databases over, and works beside their nodes.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::released;
use crate::released::{End, Plan, What, World, acme, load, releases, texts};
use baton_base::{ClientId, RunId, digest_of_text};
use baton_db::{Db, Kind, Value as Cell, params};
use baton_runs::limits;
use baton_testkit::{PgServer, databases};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;

/// Ids of today's program must not meet those in a released database.
const SEED: u64 = 5_000;
/// Longest time a test waits for what happens elsewhere, milliseconds.
const PATIENCE_MS: u64 = 20_000;

/// A plan, and where its run stands in the release's database.
struct Flight {
    plan: Plan,
    run: RunId,
    at_ms: i64,
    end: End,
}

fn flights(folder: &Path) -> Vec<Flight> {
    let files = texts(folder, "json");
    let read = |text: &String| {
        let file: Value = serde_json::from_str(text).unwrap();
        let place = &file["in_database"];
        Flight {
            plan: serde_json::from_value(file["plan"].clone()).unwrap(),
            run: serde_json::from_value(place["run"].clone()).unwrap(),
            at_ms: place["at_ms"].as_i64().unwrap(),
            end: serde_json::from_value(file["end"].clone()).unwrap(),
        }
    };
    files.values().map(read).collect()
}

async fn fresh(kind: Kind) -> Option<Db> {
    let url = match kind {
        Kind::Sqlite => Some("sqlite::memory:".to_owned()),
        Kind::Postgres => {
            tokio::task::spawn_blocking(|| PgServer::shared().map(PgServer::fresh_database)).await.unwrap()
        }
    };
    Some(Db::open(&url?).await.unwrap())
}

/// A release's database, taken over by today's program.
async fn taken_over(kind: Kind, folder: &Path, at_ms: i64) -> Option<World> {
    let db = fresh(kind).await?;
    load(&db, &fs::read_to_string(folder.join("database.sql")).unwrap()).await;
    db.migrate().await.unwrap();
    assert!(db.migrate().await.unwrap().is_empty(), "a second start finds nothing to migrate");
    Some(World::new(db, &texts(&folder.join("processes"), "yaml"), at_ms, SEED, false))
}

async fn goes_on(world: &World, flight: &Flight) {
    if flight.plan.hold {
        return taken_up(world, flight).await;
    }
    world.settle().await;
    for step in &flight.plan.after {
        world.play(&flight.run, step).await;
    }
    assert_eq!(world.end(&flight.run).await, flight.end, "{}", flight.plan.name);
}

/// A call whose worker died with its release is made again by a worker of this one.
async fn taken_up(world: &World, flight: &Flight) {
    let (stop, stopping) = watch::channel(false);
    let runs = world.runs.clone();
    let working = tokio::spawn(async move { runs.work(stopping).await });
    world.clock.advance_ms(limits::CALL_LEASE_MS + 1);
    let ended = async {
        while world.end(&flight.run).await.status != flight.end.status {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_millis(PATIENCE_MS), ended).await.expect("the call is taken up");
    assert_eq!(world.end(&flight.run).await, flight.end, "{}", flight.plan.name);
    let _ = stop.send(true);
    working.await.unwrap();
}

/// Runs that wait for no time to pass share a database; time would pass for all of them.
async fn together(kind: Kind, folder: &Path, flights: &[Flight]) {
    let last_ms = flights.iter().map(|flight| flight.at_ms).max().unwrap();
    let Some(world) = taken_over(kind, folder, last_ms).await else { return };
    for flight in flights.iter().filter(|flight| !timed(flight)) {
        goes_on(&world, flight).await;
    }
}

fn timed(flight: &Flight) -> bool {
    flight.plan.after.iter().any(|step| matches!(step.what, What::Timer(_)))
}

#[tokio::test]
async fn runs_in_the_database_of_every_release_go_on_to_their_ends() {
    for folder in releases() {
        let flights = flights(&folder);
        together(Kind::Sqlite, &folder, &flights).await;
        for flight in flights.iter().filter(|flight| timed(flight)) {
            let world = taken_over(Kind::Sqlite, &folder, flight.at_ms).await.unwrap();
            goes_on(&world, flight).await;
        }
    }
}

#[tokio::test]
async fn a_postgres_database_of_every_release_goes_on_too() {
    for folder in releases() {
        together(Kind::Postgres, &folder, &flights(&folder)).await;
    }
}

#[tokio::test]
async fn an_event_finds_the_runs_that_an_earlier_release_left_listening() {
    for folder in releases() {
        let flights = flights(&folder);
        for kind in [Kind::Sqlite, Kind::Postgres] {
            let Some(world) = taken_over(kind, &folder, released::START_MS).await else { continue };
            for (name, event) in [("listens", json!({"type": "a", "data": 1})), ("speaks", json!({"type": "answer"}))] {
                let flight = flights.iter().find(|flight| flight.plan.name == name).unwrap();
                let before = world.taken(&flight.run).await;
                world.publish(event).await;
                assert_eq!(world.taken(&flight.run).await, before + 1, "{}: {name} on {kind:?}", folder.display());
            }
        }
    }
}

#[tokio::test]
async fn nothing_that_an_earlier_database_holds_is_lost_by_migrating() {
    for folder in releases() {
        let dump = fs::read_to_string(folder.join("database.sql")).unwrap();
        let db = fresh(Kind::Sqlite).await.unwrap();
        load(&db, &dump).await;
        db.migrate().await.unwrap();
        for table in ["run", "run_inbox", "run_journal", "run_call", "run_timer", "run_listen", "ledger"] {
            let before = dump.matches(&format!("INSERT INTO {table} (")).count();
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE client_id = $1");
            let now = db.read(move |tx| tx.query_one(&sql, params![&acme()], |r| r.int(0))).await.unwrap();
            assert_eq!(usize::try_from(now).unwrap(), before, "{}: {table}", folder.display());
        }
    }
}

/// One statement of an earlier node, with values: `-- name: [values]` and the SQL under it.
struct Statement {
    name: String,
    values: Vec<Cell>,
    sql: String,
}

fn statements(text: &str) -> Vec<Statement> {
    let parse = |block: &str| {
        let (head, sql) = block.split_once('\n').unwrap();
        let (name, values) = head.strip_prefix("-- ").unwrap().split_once(": ").unwrap();
        let values: Vec<Value> = serde_json::from_str(values).unwrap_or_else(|e| panic!("{name}: {e}"));
        Statement { name: name.to_owned(), values: values.iter().map(cell).collect(), sql: sql.trim().to_owned() }
    };
    let has_one = |block: &&str| block.lines().nth(1).is_some_and(|line| !line.starts_with("--"));
    text.split("\n\n").map(str::trim).filter(has_one).map(parse).collect()
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Number(number) => Cell::Int(number.as_i64().unwrap()),
        Value::String(text) => Cell::Text(text.clone()),
        other => Cell::Text(other.to_string()),
    }
}

/// On PostgreSQL an earlier node's claims lock their rows one by one.
fn locks(sql: &str, kind: Kind) -> String {
    let (skip, one) = match kind {
        Kind::Sqlite => ("", ""),
        Kind::Postgres => ("FOR UPDATE SKIP LOCKED", "FOR UPDATE"),
    };
    sql.replace("/*skip locked*/", skip).replace("/*lock*/", one)
}

/// The digests that an earlier node's runs are pinned to.
fn with_digests(text: &str, definitions: &BTreeMap<String, String>) -> String {
    let digest = |text: String, (name, definition): (&String, &String)| {
        text.replace(&format!("{{{{digest:{name}}}}}"), &digest_of_text(definition))
    };
    definitions.iter().fold(text.to_owned(), digest)
}

#[tokio::test]
async fn an_earlier_node_still_works_on_the_migrated_tables_and_this_one_takes_its_runs_on() {
    for folder in releases() {
        let definitions = texts(&folder.join("processes"), "yaml");
        let text = with_digests(&fs::read_to_string(folder.join("statements.sql")).unwrap(), &definitions);
        for (name, db) in databases().await {
            let world = World::new(db.clone(), &definitions, released::START_MS, SEED, false);
            for part in text.split("\n-- then\n") {
                for statement in statements(part) {
                    let sql = locks(&statement.sql, db.kind());
                    let ran = db.write(move |tx| tx.query(&sql, &statement.values, |_| Ok(()))).await;
                    ran.unwrap_or_else(|error| panic!("{name}: an earlier node's {}: {error}", statement.name));
                }
                world.settle().await;
            }
            let wanted = ["run_by_the_earlier_node", "run_that_waits"];
            assert_eq!(ended(&db, &acme()).await, wanted, "{name}: what the earlier node began and told");
        }
    }
}

async fn ended(db: &Db, client: &ClientId) -> Vec<String> {
    let client = client.clone();
    let sql = "SELECT run_id FROM run WHERE client_id = $1 AND status = 'completed' ORDER BY run_id";
    db.read(move |tx| tx.query(sql, params![&client], |r| r.text(0))).await.unwrap()
}
