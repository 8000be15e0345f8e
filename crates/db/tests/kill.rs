//! What was answered survives the death of the process, and a full disk refuses without losing anything.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may; the parent reads the answers")]

use baton_base::Error;
use baton_db::{Db, params};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const CHILD_VARIABLE: &str = "BATON_DB_TEST_CHILD";
const TASKS: usize = 16;
/// Answers seen before the child is killed, in the middle of its work.
const ANSWERS: usize = 400;

#[tokio::test]
async fn what_was_answered_survives_kill_9() {
    if let Ok(path) = std::env::var(CHILD_VARIABLE) {
        return write_until_killed(&path).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baton.db");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::what_was_answered_survives_kill_9", "--nocapture"])
        .env(CHILD_VARIABLE, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let names = lines.filter_map(|line| line.unwrap().strip_prefix("answered ").map(str::to_owned));
    let mut answered = vec![];
    for name in names {
        answered.push(name);
        if answered.len() == ANSWERS {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(answered.len() >= ANSWERS);
    let db = Db::open(path.to_str().unwrap()).await.unwrap();
    let sql = "SELECT name FROM setting WHERE client_id = 'house'";
    let kept = db.read(move |tx| tx.query(sql, params![], |row| row.text(0))).await.unwrap();
    let lost: Vec<_> = answered.iter().filter(|name| !kept.contains(name)).collect();
    assert!(lost.is_empty(), "answered and lost: {lost:?}");
}

async fn write_until_killed(path: &str) {
    let db = Db::open(path).await.unwrap();
    db.migrate().await.unwrap();
    let tasks = (0..TASKS).map(|task| {
        let db = db.clone();
        tokio::spawn(async move {
            for n in 0.. {
                put(&db, format!("{task}-{n}"), String::new()).await.unwrap();
                println!("answered {task}-{n}");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

async fn put(db: &Db, name: String, value: String) -> baton_base::Result<u64> {
    db.write(move |tx| {
        let sql = "INSERT INTO setting (client_id, name, value) VALUES ('house', $1, $2)";
        tx.execute(sql, params![name, value])
    })
    .await
}

#[tokio::test]
async fn a_full_disk_refuses_tells_no_one_and_serves_again_when_there_is_room() {
    let db = baton_testkit::sqlite().await;
    put(&db, "before".into(), "x".into()).await.unwrap();
    let limit = |pages: i64| {
        let db = db.clone();
        async move {
            let sql = format!("PRAGMA max_page_count = {pages}");
            db.write(move |tx| tx.query_one(&sql, params![], |row| row.int(0))).await.unwrap()
        }
    };
    limit(1).await;
    let full = put(&db, "too-large".into(), "x".repeat(1_000_000)).await;
    assert!(matches!(&full, Err(Error::Unavailable(_))), "{full:?}");
    limit(1_000_000).await;
    put(&db, "after".into(), "x".repeat(1_000_000)).await.unwrap();
    let sql = "SELECT name FROM setting WHERE client_id = 'house' ORDER BY name";
    let kept = db.read(move |tx| tx.query(sql, params![], |row| row.text(0))).await.unwrap();
    assert_eq!(kept, ["after", "before"]);
}
