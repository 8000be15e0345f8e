//! How SQLite comes by its plans: from the indexes alone, whatever a database held when somebody last closed it.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_db::{Db, params};
use rusqlite::Connection;
use std::path::Path;

fn statistics(path: &Path) -> i64 {
    let sql = "SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'";
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn statistics_of_a_database_that_was_small_do_not_outlive_its_next_opening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baton.db");
    let url = format!("sqlite:{}", path.display());
    let db = Db::open(&url).await.unwrap();
    db.migrate().await.unwrap();
    let sql = "INSERT INTO setting (client_id, name, value) VALUES ('house', 'one', '1')";
    db.write(move |tx| tx.execute(sql, params![])).await.unwrap();
    db.close().await;
    assert_eq!(statistics(&path), 0, "a program that closes leaves none");

    Connection::open(&path).unwrap().execute_batch("ANALYZE").unwrap();
    assert_ne!(statistics(&path), 0);
    let db = Db::open(&url).await.unwrap();
    assert_eq!(statistics(&path), 0, "one that opens drops what another has left");
    // With them, one row is as good as none, and the whole table is read.
    let plan = "EXPLAIN QUERY PLAN SELECT value FROM setting WHERE client_id = 'house' AND name = 'one'";
    let plan = db.read(move |tx| tx.query(plan, params![], |row| row.text(3))).await.unwrap();
    assert!(plan.iter().all(|step| step.starts_with("SEARCH setting USING INDEX")), "{plan:?}");
    db.close().await;
}
