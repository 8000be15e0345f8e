//! Statements for rows: a few or many, at once or owed, they come to the same on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{Error, Result};
use baton_db::{Column, Db, Kind, Rows, Tx, params};
use baton_testkit::databases;
use tokio::task::JoinSet;

const NOTE: &[(&str, Column)] = &[("client_id", Column::Text), ("number", Column::Int), ("body", Column::Text)];
const INSERT: &str = "INSERT INTO note (client_id, number, body) {values}";

async fn with_notes() -> Vec<(&'static str, Db)> {
    let all = databases().await;
    for (_, db) in &all {
        let sql = "CREATE TABLE note (client_id TEXT PRIMARY KEY, number BIGINT NOT NULL, body TEXT)";
        db.write(move |tx| tx.execute(sql, params![])).await.unwrap();
    }
    all
}

fn notes(numbers: impl IntoIterator<Item = i64>) -> Rows {
    let mut rows = Rows::of(NOTE);
    numbers.into_iter().for_each(|n| rows.push(params![format!("n{n}"), n, None::<&str>]));
    rows
}

/// Their keys alone: a statement names every column of its rows.
fn keys(numbers: impl IntoIterator<Item = i64>) -> Rows {
    let mut rows = Rows::of(&NOTE[..1]);
    numbers.into_iter().for_each(|n| rows.push(params![format!("n{n}")]));
    rows
}

fn count(tx: &mut Tx) -> Result<i64> {
    tx.query_one("SELECT COUNT(*) FROM note", params![], |r| r.int(0))
}

#[tokio::test]
async fn a_few_rows_and_many_come_to_the_same() {
    for (name, db) in with_notes().await {
        for many in [1, 3, 40] {
            let found = db.write(move |tx| {
                tx.execute("DELETE FROM note", params![])?;
                let rows = notes(0..many);
                let put = tx.execute_rows(INSERT, &rows)?;
                let update = "UPDATE note SET number = note.number + {number}, body = COALESCE({body}, 'changed') {from} \
                              WHERE note.client_id = {client_id} AND note.number = {number}";
                let changed = tx.execute_rows(update, &rows)?;
                let select = "SELECT note.number FROM note {join} WHERE note.client_id = {client_id} \
                              AND note.body = 'changed'";
                let all = tx.query_rows_of(&[(select, &keys(0..many)), (select, &keys([])), (select, &keys([0]))])?;
                let sum = all[0].iter().map(|row| row.int(0)).sum::<Result<i64>>()?;
                let delete = "DELETE FROM note {using} WHERE note.client_id = {client_id}";
                let gone = tx.execute_rows(delete, &keys(0..=many))?;
                Ok(([put, changed, gone], all.iter().map(Vec::len).collect::<Vec<_>>(), sum))
            });
            let (changed, lengths, sum) = found.await.unwrap();
            let rows = usize::try_from(many).unwrap();
            assert_eq!(changed, [many.unsigned_abs(); 3], "{name}");
            assert_eq!((lengths, sum), (vec![rows, 0, 1], many * (many - 1)), "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_owed_is_done_in_its_place_and_its_error_is_never_lost() {
    for (name, db) in with_notes().await {
        let done = db.write(|tx| {
            tx.owe_rows(INSERT, notes([1, 2]))?;
            let after = count(tx)?;
            let failed = tx.attempt(|tx| tx.owe_rows(INSERT, notes([3, 1])));
            assert!(matches!(failed, Err(Error::Conflict(_))), "{failed:?}");
            let refused: Result<()> = tx.attempt(|tx| {
                tx.owe_rows(INSERT, notes([4]))?;
                Err(Error::not_found("anything"))
            });
            assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
            tx.attempt(|tx| tx.owe_rows(INSERT, notes([5])))?;
            tx.owe_rows(INSERT, notes(10..30)).map(|()| after)
        });
        assert_eq!(done.await.unwrap(), 2, "{name}: what comes after it sees it");
        assert_eq!(db.read(count).await.unwrap(), 23, "{name}");

        let last = db.write(|tx| {
            tx.owe_rows(INSERT, notes([6]))?;
            tx.owe_rows(INSERT, notes([1]))
        });
        assert!(matches!(last.await, Err(Error::Conflict(_))), "{name}: nothing asked after it");
        let earlier = db.write(|tx| {
            let _ = tx.owe_rows(INSERT, notes([1]));
            tx.owe_rows(INSERT, notes([7]))?;
            count(tx)
        });
        assert!(earlier.await.is_err(), "{name}: what comes after a failure fails");
        let given_up: Result<()> = db
            .write(|tx| {
                tx.owe_rows(INSERT, notes([8]))?;
                Err(Error::not_found("anything"))
            })
            .await;
        assert!(matches!(given_up, Err(Error::NotFound(_))), "{name}");
        assert_eq!(db.read(count).await.unwrap(), 23, "{name}: nothing of these was kept");
    }
}

#[tokio::test]
async fn nothing_is_kept_where_one_row_cannot_be_sent() {
    for (name, db) in with_notes().await {
        for wrong in [params!["n2", 1.5, None::<&str>].to_vec(), params!["n2", 2].to_vec()] {
            let done = db.write(move |tx| {
                tx.owe_rows(INSERT, notes([1]))?;
                let mut rows = Rows::of(NOTE);
                rows.add(wrong);
                tx.owe_rows(INSERT, rows)?;
                tx.owe_rows(INSERT, notes([3]))
            });
            // SQLite takes a number of any kind, and is no less held to the number of values.
            if done.await.is_err() {
                assert_eq!(db.read(count).await.unwrap(), 0, "{name}");
            } else {
                assert_eq!(name, "sqlite");
                db.write(|tx| tx.execute("DELETE FROM note", params![])).await.unwrap();
            }
        }
    }
}

/// How many rows each of these queries finds of the first note.
fn lengths(tx: &mut Tx, asked: &[&str]) -> Result<Vec<usize>> {
    let first = keys([1]);
    let asked: Vec<(&str, &Rows)> = asked.iter().map(|sql| (*sql, &first)).collect();
    Ok(tx.query_rows_of(&asked)?.iter().map(Vec::len).collect())
}

#[tokio::test]
async fn queries_that_are_sent_together_outlast_a_lost_connection_also_where_one_of_them_is_new() {
    const KNOWN: &str = "SELECT note.number FROM note {join} WHERE note.client_id = {client_id}";
    for (name, db) in with_notes().await.into_iter().filter(|(_, db)| db.kind() == Kind::Postgres) {
        db.write(|tx| tx.execute_rows(INSERT, &notes([1]))).await.unwrap();
        for round in 0..4 {
            // Every connection has prepared the one.
            let mut asking = JoinSet::new();
            for _ in 0..64 {
                let db = db.clone();
                asking.spawn(async move { db.write(|tx| lengths(tx, &[KNOWN])).await });
            }
            while let Some(found) = asking.join_next().await {
                assert_eq!(found.unwrap().unwrap(), [1], "{name}");
            }
            let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                        WHERE pid <> pg_backend_pid() AND datname = current_database()";
            db.read(move |tx| tx.query(kill, params![], |_| Ok(()))).await.unwrap();
            let fresh = format!("{KNOWN} AND note.number <> -{round}");
            let found = db.write(move |tx| lengths(tx, &[KNOWN, fresh.as_str()])).await;
            assert_eq!(found.unwrap(), [1, 1], "{name}");
        }
    }
}

#[tokio::test]
async fn a_transaction_that_asks_nothing_waits_for_the_server_once() {
    for (name, db) in with_notes().await {
        let mut least = u64::MAX;
        // Each connection waits once more when it sees the statement for the first time.
        for n in 0..40 {
            let before = db.waits();
            db.write(move |tx| tx.owe_rows(INSERT, notes([n]))).await.unwrap();
            least = least.min(db.waits() - before);
        }
        assert_eq!(least, u64::from(name == "postgres"), "{name}");
        assert_eq!(db.read(count).await.unwrap(), 40, "{name}");
    }
}

#[tokio::test]
async fn what_is_owed_on_a_connection_that_was_lost_while_idle_is_saved_on_a_new_one() {
    let Some((_, db)) = with_notes().await.into_iter().find(|(name, _)| *name == "postgres") else { return };
    let put = async |numbers: std::ops::Range<i64>| {
        for n in numbers {
            db.write(move |tx| tx.owe_rows(INSERT, notes([n]))).await.unwrap();
        }
    };
    put(0..40).await;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                WHERE pid <> pg_backend_pid() AND datname = current_database()";
    db.write(move |tx| tx.query(kill, params![], |_| Ok(()))).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    put(40..80).await;
    assert_eq!(db.read(count).await.unwrap(), 80);
}

#[tokio::test]
async fn a_connection_writes_only_in_a_transaction_that_was_begun_to_write() {
    let Some(db) = baton_testkit::postgres().await else { return };
    let sql = "SELECT current_setting('default_transaction_read_only'), current_setting('transaction_read_only')";
    let found = db.write(move |tx| tx.query_one(sql, params![], |r| Ok((r.text(0)?, r.text(1)?)))).await.unwrap();
    assert_eq!(found, ("on".to_owned(), "off".to_owned()), "what follows a BEGIN that was refused is refused");
}

#[tokio::test]
async fn statements_that_are_owed_together_come_to_the_same_for_one_row_and_for_more() {
    const DELETE: &str = "DELETE FROM note {using} WHERE note.client_id = {client_id}";
    const CHANGE: &str = "UPDATE note SET number = note.number + {number}, body = COALESCE({body}, 'changed') {from} \
                          WHERE note.client_id = {client_id}";
    let part = |sql: &str, rows: Rows| (sql.to_owned(), rows);
    for (name, db) in with_notes().await {
        db.write(|tx| tx.owe_rows(INSERT, notes(1..=6))).await.unwrap();
        let one =
            vec![part(DELETE, keys([1])), part(INSERT, notes([7])), part(INSERT, notes([])), part(CHANGE, notes([2]))];
        let more = vec![part(DELETE, keys([3, 4])), part(INSERT, notes([8])), part(CHANGE, notes([5, 6]))];
        for (parts, numbers) in [(one, vec![4, 3, 4, 5, 6, 7]), (more, vec![4, 10, 12, 7, 8])] {
            db.write(move |tx| tx.owe_together(parts)).await.unwrap();
            let sql = "SELECT number FROM note ORDER BY client_id";
            let found: Vec<i64> = db.read(move |tx| tx.query(sql, params![], |r| r.int(0))).await.unwrap();
            assert_eq!(found, numbers, "{name}");
        }
        let twice = vec![part(DELETE, keys([2])), part(INSERT, notes([5]))];
        let failed = db.write(move |tx| tx.owe_together(twice)).await;
        assert!(matches!(failed, Err(Error::Conflict(_))), "{name}: {failed:?}");
        assert_eq!(db.read(count).await.unwrap(), 5, "{name}: none of them was done");
    }
}
