//! The write-ahead log of SQLite: it begins again before it has grown large, and nothing of it is lost.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_db::{Db, params};

/// Written one by one: more than the log holds before it begins again.
const ROWS: i64 = 160;
const ROW_BYTES: usize = 1024 * 1024;
/// What the log may take at most: half of it is room for a slow disk.
const LOG_BYTES_MAX: u64 = 128 * 1024 * 1024;

#[tokio::test]
async fn the_log_begins_again_before_it_has_grown_large_and_what_was_in_it_stays() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("baton.db").display());
    let db = Db::open(&url).await.unwrap();
    db.migrate().await.unwrap();
    for row in 0..ROWS {
        db.write(move |tx| {
            let sql = "INSERT INTO setting (client_id, name, value) VALUES ('house', $1, $2)";
            tx.execute(sql, params![format!("large-{row}"), "x".repeat(ROW_BYTES)])
        })
        .await
        .unwrap();
    }
    let log = std::fs::metadata(folder.path().join("baton.db-wal")).unwrap().len();
    assert!(log < LOG_BYTES_MAX, "{log} bytes");
    db.close().await;
    let again = Db::open(&url).await.unwrap();
    let kept = again.read(|tx| {
        let sql = "SELECT COUNT(*) FROM setting WHERE client_id = 'house' AND name LIKE 'large-%'";
        tx.query_one(sql, params![], |r| r.int(0))
    });
    assert_eq!(kept.await.unwrap(), ROWS);
}
