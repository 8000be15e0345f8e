//! How SQLite comes by its plans: from the indexes alone, whatever a database held when somebody last closed it.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::Result;
use baton_db::{Db, Tx, params};
use rusqlite::Connection;
use std::path::Path;

/// Two indexes, of which statistics say that one leads to a row and the other to all of them.
const TRIAL: &str = "CREATE TABLE trial (client_id TEXT NOT NULL, a BIGINT NOT NULL, b BIGINT NOT NULL); \
    CREATE INDEX trial_a ON trial (client_id, a); CREATE INDEX trial_b ON trial (client_id, b); \
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
    INSERT INTO trial (client_id, a, b) SELECT 'acme', i, 1 FROM n; ANALYZE";

fn plan(tx: &mut Tx) -> Result<Vec<String>> {
    let sql = "EXPLAIN QUERY PLAN SELECT * FROM trial WHERE client_id = 'acme' AND a = 5 AND b = 1";
    tx.query(sql, params![], |row| row.text(3))
}

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

    Connection::open(&path).unwrap().execute_batch(TRIAL).unwrap();
    assert_ne!(statistics(&path), 0);
    let db = Db::open(&url).await.unwrap();
    assert_eq!(statistics(&path), 0, "one that opens drops what another has left");
    // The readers began when they were gone, the writer is the first of all connections.
    let (reads, writes) = (db.read(plan).await.unwrap(), db.write(plan).await.unwrap());
    assert!(reads[0].starts_with("SEARCH trial USING INDEX"), "{reads:?}");
    assert_eq!(reads, writes, "nobody plans by them");
    db.close().await;
}

/// What rooms ask for of one case or customer, in the order in which they do: the index that answers it.
const ASKED: &[(&str, &str)] = &[
    ("run_case", "run WHERE client_id = 'a' AND case_id = 'b' ORDER BY run_id LIMIT 9"),
    ("packet_case", "packet WHERE client_id = 'a' AND case_id = 'b' ORDER BY packet_id DESC LIMIT 1"),
    ("work_item_case", "work_item WHERE client_id = 'a' AND case_id = 'b' ORDER BY work_item_id DESC LIMIT 9"),
    ("work_item_call", "work_item WHERE client_id = 'a' AND run_id = 'b' ORDER BY work_item_id LIMIT 9"),
    ("reading_case", "reading WHERE client_id = 'a' AND case_id = 'b' ORDER BY at_ms DESC, reading_id DESC LIMIT 9"),
    (
        "model_exchange_case",
        "model_exchange WHERE client_id = 'a' AND case_id = 'b' ORDER BY at_ms DESC, exchange_id DESC LIMIT 9",
    ),
    ("customer_identity_of", "customer_identity WHERE client_id = 'a' AND customer_id = 'b' ORDER BY channel, address"),
    ("case_customer", "case_file WHERE client_id = 'a' AND customer_id = 'b' ORDER BY opened_ms DESC LIMIT 9"),
];

#[tokio::test]
async fn what_belongs_to_one_case_is_read_in_order_without_that_of_all_others() {
    let db = baton_testkit::sqlite().await;
    for (index, asked) in ASKED {
        let sql = format!("EXPLAIN QUERY PLAN SELECT * FROM {asked}");
        let plan = db.read(move |tx| tx.query(&sql, params![], |row| row.text(3))).await.unwrap();
        assert_eq!(plan.len(), 1, "nothing is sorted: {plan:?}");
        assert!(plan[0].contains(&format!("USING INDEX {index} (client_id=? AND ")), "{plan:?}");
    }
}
