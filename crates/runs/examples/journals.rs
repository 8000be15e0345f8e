//! Writes what a release leaves behind: journals, states and a whole database of runs in flight, as files that every
//! later program must still read. Once per release, before its tag, from the root of the checkout:
//! `cargo run -p baton-runs --example journals -- tests/journals/0.2`.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool of the workspace speaks and may stop")]

#[path = "../tests/released/mod.rs"]
mod released;

use baton_base::{RunId, digest_of_text};
use baton_db::{Db, Tx, params};
use baton_runs::journal;
use baton_testkit::sqlite;
use released::{Plan, START_MS, What, World, acme, texts};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Parameters of the blueprint's processes.
const PARAMETERS: &[(&str, &str)] =
    &[("language", "en"), ("currency", "USD"), ("licence", "adjuster-us"), ("limit_minor", "500000")];

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("the folder to write, such as tests/journals/0.2"));
    assert!(!folder.exists(), "{} exists: what a release has left behind never changes", folder.display());
    let definitions = definitions();
    fs::create_dir_all(folder.join("processes")).unwrap();
    for (name, text) in &definitions {
        fs::write(folder.join(format!("processes/{name}.yaml")), text).unwrap();
    }
    let plans: Vec<Plan> =
        serde_json::from_str(include_str!("../tests/released/plans.json")).expect("plans.json holds plans");
    let (database, in_flight) = database(&plans, &definitions).await;
    for (number, plan) in plans.iter().enumerate() {
        let mut file = played(plan, number as u64, &definitions).await;
        file["in_database"] = in_flight[&plan.name].clone();
        fs::write(folder.join(format!("{}.json", plan.name)), lines(&file)).unwrap();
        println!("{}: {}", plan.name, file["end"]["status"]);
    }
    fs::write(folder.join("database.sql"), database).unwrap();
}

/// This workspace's own processes and those of the blueprints.
fn definitions() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = texts(&root.join("tests/released/processes"), "yaml");
    for blueprint in ["insurance-claims", "retail-support"] {
        let found = texts(&root.join(format!("../../blueprints/{blueprint}/processes")), "yaml");
        all.extend(found.into_iter().map(|(name, text)| (name, filled_in(text))));
    }
    all
}

fn filled_in(mut text: String) -> String {
    for (name, value) in PARAMETERS {
        text = text.replace(&format!("{{{{param.{name}}}}}"), value);
    }
    assert!(!text.contains("{{param."), "a parameter is missing in PARAMETERS");
    text
}

/// Plays a plan on a database of its own; the journals of its runs, with the state after each step.
async fn played(plan: &Plan, seed: u64, definitions: &BTreeMap<String, String>) -> Value {
    let world = World::new(sqlite().await, definitions, START_MS, seed, false);
    let root = world.start(plan).await;
    world.settle().await;
    let mut stops: BTreeMap<RunId, Vec<Value>> = BTreeMap::new();
    stop(&world, &root, &mut stops).await;
    for step in plan.before.iter().chain(&plan.after) {
        world.play(&root, step).await;
        stop(&world, &root, &mut stops).await;
    }
    let mut runs = Vec::new();
    for run in world.family(&root).await {
        let found = world.detail(&run).await;
        runs.push(json!({
            "run": run,
            "process": found.row.process,
            "definition": digest_of_text(&definitions[&found.row.process]),
            "end": world.end(&run).await,
            "events": events(&world.db, &run).await,
            "stops": stops.remove(&run).unwrap_or_default(),
        }));
    }
    json!({"plan": plan, "end": world.end(&root).await, "runs": runs})
}

/// Notes the stored state of each run of the family that has gone on since the last stop.
async fn stop(world: &World, root: &RunId, stops: &mut BTreeMap<RunId, Vec<Value>>) {
    for run in world.family(root).await {
        let wanted = run.clone();
        let sql = "SELECT state, status FROM run WHERE client_id = $1 AND run_id = $2";
        let read = move |tx: &mut Tx| tx.query_one(sql, params![&acme(), &wanted], |r| Ok((r.json(0)?, r.text(1)?)));
        let (state, status) = world.db.read(read).await.unwrap();
        let state: Value = state;
        let known = stops.entry(run).or_default();
        let events = state["journal"].clone();
        if state["engine"].is_object() && known.last().is_none_or(|last| last["events"] != events) {
            known.push(json!({"events": events, "status": status, "state": state}));
        }
    }
}

async fn events(db: &Db, run: &RunId) -> Vec<Value> {
    let run = run.clone();
    let journal = db.read(move |tx| journal(tx, &acme(), &run)).await.unwrap();
    journal.into_iter().map(|(event, at_ms)| json!({"at_ms": at_ms, "event": event})).collect()
}

/// All plans on one database, each as far as its `before` goes; the database as text, and where each run stands.
async fn database(plans: &[Plan], definitions: &BTreeMap<String, String>) -> (String, BTreeMap<String, Value>) {
    let db = sqlite().await;
    let world = World::new(db.clone(), definitions, START_MS, 1_000, false);
    // Those for which time passes come first: it would pass for the others too. For the same reason the run with
    // the shortest timer stands last in plans.json.
    let waits = |plan: &&Plan| plan.before.iter().any(|step| matches!(step.what, What::Timer(_)));
    let (first, then): (Vec<_>, Vec<_>) = plans.iter().filter(|plan| !plan.hold).partition(waits);
    let mut in_flight = BTreeMap::new();
    for plan in first.into_iter().chain(then) {
        let run = world.start(plan).await;
        world.settle().await;
        for step in &plan.before {
            world.play(&run, step).await;
        }
        in_flight.insert(plan.name.clone(), json!({"run": run, "at_ms": world.env.now_ms()}));
    }
    for plan in plans.iter().filter(|plan| plan.hold) {
        let dying = World::new(db.clone(), definitions, world.env.now_ms(), 2_000, true);
        let run = dying.start(plan).await;
        let runs = dying.runs.clone();
        let turning = tokio::spawn(async move { runs.turn_once().await });
        while dying.detail(&run).await.waits.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        turning.abort();
        in_flight.insert(plan.name.clone(), json!({"run": run, "at_ms": dying.env.now_ms()}));
    }
    (dump(&db).await, in_flight)
}

/// The whole database as SQL, statements divided by empty lines.
async fn dump(db: &Db) -> String {
    db.read(|tx| {
        let sql = "SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' \
                   ORDER BY type DESC, rowid";
        let objects = tx.query(sql, params![], |r| Ok((r.text(0)?, r.text(1)?, r.text(2)?)))?;
        let mut statements: Vec<String> = objects.iter().map(|(_, _, sql)| format!("{sql};")).collect();
        for (table, _, _) in objects.iter().filter(|(_, kind, _)| kind == "table") {
            statements.extend(rows(tx, table)?);
        }
        Ok(statements.join("\n\n") + "\n")
    })
    .await
    .unwrap()
}

fn rows(tx: &mut Tx, table: &str) -> baton_base::Result<Vec<String>> {
    let columns = tx.query(&format!("SELECT name FROM pragma_table_info('{table}')"), params![], |r| r.text(0))?;
    let quoted: Vec<_> = columns.iter().map(|column| format!("quote({column})")).collect();
    let sql = format!("SELECT {} FROM {table} ORDER BY rowid", quoted.join(" || ', ' || "));
    let values = tx.query(&sql, params![], |r| r.text(0))?;
    Ok(values.iter().map(|v| format!("INSERT INTO {table} ({}) VALUES ({v});", columns.join(", "))).collect())
}

/// JSON with one line per event and per state, so that a difference shows where it is.
fn lines(file: &Value) -> String {
    let list = |values: &Value| {
        let lines: Vec<_> = values.as_array().unwrap().iter().map(|value| format!("\n    {value}")).collect();
        lines.join(",")
    };
    let runs: Vec<_> = file["runs"].as_array().unwrap().iter().map(|run| {
        format!(
            "  {{\"run\": {}, \"process\": {}, \"definition\": {}, \"end\": {},\n   \"events\": [{}],\n   \"stops\": [{}]}}",
            run["run"], run["process"], run["definition"], run["end"], list(&run["events"]), list(&run["stops"])
        )
    }).collect();
    format!(
        "{{\"plan\": {},\n \"end\": {},\n \"in_database\": {},\n \"runs\": [\n{}\n ]}}\n",
        file["plan"],
        file["end"],
        file["in_database"],
        runs.join(",\n")
    )
}
