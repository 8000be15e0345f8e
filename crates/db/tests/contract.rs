//! What every room relies on, on SQLite and on a real PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{CaseId, ClientId, Error, Result};
use baton_db::{Db, Kind, Live, Tx, Value, params};
use baton_testkit::databases;
use serde_json::json;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(10);

async fn with_notes() -> Vec<(&'static str, Db)> {
    let all = databases().await;
    for (_, db) in &all {
        db.write(|tx| {
            tx.execute(
                "CREATE TABLE note (client_id TEXT PRIMARY KEY, body TEXT, number BIGINT, share DOUBLE PRECISION)",
                params![],
            )
        })
        .await
        .unwrap();
    }
    all
}

fn put(tx: &mut Tx, id: &str, body: impl Into<Value>) -> Result<()> {
    tx.execute("INSERT INTO note (client_id, body) VALUES ($1, $2)", &[id.into(), body.into()]).map(|_| ())
}

fn body(tx: &mut Tx, id: &str) -> Result<Option<String>> {
    tx.query_opt("SELECT body FROM note WHERE client_id = $1", params![id], |row| row.text(0))
}

fn count(tx: &mut Tx) -> Result<i64> {
    tx.query_one("SELECT COUNT(*) FROM note", params![], |row| row.int(0))
}

fn live(kind: &str) -> Live {
    Live {
        client: ClientId::known("acme"),
        kind: kind.to_owned(),
        case: Some(CaseId::known("case_1")),
        subject: None,
        seq: Some(7),
    }
}

#[tokio::test]
async fn one_failed_or_panicking_closure_among_many_undoes_itself_alone() {
    for (name, db) in with_notes().await {
        let mut tasks = JoinSet::new();
        for i in 0..200 {
            let db = db.clone();
            tasks.spawn(async move {
                let done = db
                    .write(move |tx| {
                        put(tx, &format!("n{i}"), "x")?;
                        match i % 10 {
                            3 => Err(Error::refused("no", vec![])),
                            7 => panic!("closure {i} panics"),
                            _ => Ok(i),
                        }
                    })
                    .await;
                (i, done)
            });
        }
        while let Some(done) = tasks.join_next().await {
            match done.unwrap() {
                (i, Ok(value)) => assert_eq!(i, value, "{name}"),
                (i, Err(Error::Refused { .. })) => assert_eq!(i % 10, 3, "{name}"),
                (i, Err(Error::Broken(why))) => {
                    assert_eq!(i % 10, 7, "{name}");
                    assert!(why.contains(&format!("closure {i} panics")), "{name}: {why}");
                }
                (i, other) => panic!("{name}: {i}: {other:?}"),
            }
        }
        assert_eq!(db.read(count).await.unwrap(), 160, "{name}");
    }
}

#[tokio::test]
async fn a_second_row_with_one_key_is_a_conflict() {
    for (name, db) in with_notes().await {
        db.write(|tx| put(tx, "a", "first")).await.unwrap();
        let again = db.write(|tx| put(tx, "a", "second")).await;
        assert!(matches!(&again, Err(Error::Conflict(_))), "{name}: {again:?}");
        assert_eq!(db.read(|tx| body(tx, "a")).await.unwrap().as_deref(), Some("first"), "{name}");
    }
}

#[tokio::test]
async fn after_a_failed_statement_only_an_attempt_goes_on() {
    for (name, db) in with_notes().await {
        let swallowed = db
            .write(|tx| {
                put(tx, "a", "1")?;
                let _ = put(tx, "a", "2");
                Ok(())
            })
            .await;
        assert!(matches!(&swallowed, Err(Error::Broken(_))), "{name}: {swallowed:?}");
        assert_eq!(db.read(count).await.unwrap(), 0, "{name}");

        let mut watch = db.live();
        db.write(|tx| {
            put(tx, "a", "1")?;
            let second = tx.attempt(|tx| {
                tx.publish(live("undone"));
                put(tx, "b", "2")?;
                put(tx, "a", "2")
            });
            assert!(matches!(second, Err(Error::Conflict(_))));
            tx.attempt(|tx| {
                tx.publish(live("kept"));
                put(tx, "c", "3")
            })
        })
        .await
        .unwrap();
        assert_eq!(db.read(count).await.unwrap(), 2, "{name}");
        assert_eq!(timeout(SOON, watch.recv()).await.unwrap().unwrap().kind, "kept", "{name}");
    }
}

#[tokio::test]
async fn watchers_hear_after_the_commit_and_nothing_of_what_was_undone() {
    for (name, db) in with_notes().await {
        let (mut watch, mut wake) = (db.live(), db.on_wake());
        let undone: Result<()> = db
            .write(|tx| {
                tx.publish(live("undone"));
                tx.wake();
                Err(Error::not_found("x"))
            })
            .await;
        assert!(undone.is_err());
        db.write(|tx| {
            put(tx, "a", "committed")?;
            tx.publish(live("done"));
            tx.wake();
            Ok(())
        })
        .await
        .unwrap();
        let heard = timeout(SOON, watch.recv()).await.unwrap().unwrap();
        assert_eq!(heard, live("done"), "{name}");
        assert_eq!(db.read(|tx| body(tx, "a")).await.unwrap().as_deref(), Some("committed"), "{name}");
        timeout(SOON, wake.changed()).await.unwrap().unwrap();
        assert_eq!(*wake.borrow_and_update(), 1, "{name}");
        assert!(watch.try_recv().is_err(), "{name}: heard twice");
    }
}

#[tokio::test]
async fn a_reader_sees_one_snapshot_and_cannot_write() {
    for (name, db) in with_notes().await {
        let (tell, told) = std::sync::mpsc::channel();
        let (seen, saw) = tokio::sync::oneshot::channel();
        let reading = tokio::spawn({
            let db = db.clone();
            async move {
                db.read(move |tx| {
                    let before = count(tx)?;
                    seen.send(()).unwrap();
                    told.recv_timeout(SOON).unwrap();
                    Ok((before, count(tx)?))
                })
                .await
            }
        });
        timeout(SOON, saw).await.unwrap().unwrap();
        db.write(|tx| put(tx, "a", "x")).await.unwrap();
        tell.send(()).unwrap();
        assert_eq!(reading.await.unwrap().unwrap(), (0, 0), "{name}");
        assert!(db.read(|tx| put(tx, "b", "x")).await.is_err(), "{name}");
        assert_eq!(db.read(count).await.unwrap(), 1, "{name}");
    }
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    for (name, db) in with_notes().await {
        let large: String = "größer 🦀 ".repeat(200_000);
        let json = json!({"a": [1, 2.5, null, "it's $1"], "b": {"ü": true}});
        let (large_in, json_in) = (large.clone(), json.clone());
        db.write(move |tx| {
            put(tx, "large", large_in)?;
            put(tx, "json", &json_in)?;
            put(tx, "null", None::<String>)?;
            tx.execute(
                "INSERT INTO note (client_id, body, number, share) VALUES ($1, 'costs $1 and ''$2''', $3, $2)",
                params!["numbers", 0.1, i64::MIN],
            )
        })
        .await
        .unwrap();
        db.read(move |tx| {
            assert_eq!(body(tx, "large")?.unwrap(), large);
            let found = tx.query_one("SELECT body FROM note WHERE client_id = 'json'", params![], |r| r.json(0))?;
            assert_eq!(found, json);
            let null = tx.query_one("SELECT body FROM note WHERE client_id = 'null'", params![], |r| r.text_opt(0))?;
            assert_eq!(null, None);
            let sql = "SELECT body, number, share FROM note WHERE client_id = $1";
            let row = tx.query_one(sql, params!["numbers"], |r| Ok((r.text(0)?, r.int(1)?, r.real(2)?)))?;
            assert_eq!(row, ("costs $1 and '$2'".to_owned(), i64::MIN, 0.1));
            Ok(())
        })
        .await
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

#[tokio::test]
async fn one_dialect_sums_pages_filters_and_upserts_alike() {
    for (name, db) in with_notes().await {
        db.write(|tx| {
            for (id, number) in [("a", 3), ("B", 4), ("_c", 5)] {
                let sql = "INSERT INTO note (client_id, number) VALUES ($1, $2) \
                           ON CONFLICT (client_id) DO UPDATE SET number = excluded.number RETURNING number";
                assert_eq!(tx.query_one(sql, params![id, number], |r| r.int(0))?, i64::from(number));
                tx.query_one(sql, params![id, number], |r| r.int(0))?;
            }
            Ok(())
        })
        .await
        .unwrap();
        db.read(|tx| {
            let sums = "SELECT SUM(number), COALESCE(SUM(number), 0), AVG(number), MAX(number) FROM note";
            let row = tx.query_one(sums, params![], |r| Ok((r.int(0)?, r.int(1)?, r.real(2)?, r.int(3)?)))?;
            assert_eq!(row, (12, 12, 4.0, 5));
            let empty = tx.query_one("SELECT SUM(number) FROM note WHERE number > 9", params![], |r| r.int_opt(0))?;
            assert_eq!(empty, None);
            let page = "SELECT client_id FROM note WHERE ($1 IS NULL OR client_id > $1) ORDER BY client_id LIMIT $2";
            let ids = |tx: &mut Tx, after: Option<&str>| tx.query(page, params![after, 2], |r| r.text(0));
            assert_eq!(ids(tx, None)?, ["B", "_c"], "text is ordered by bytes");
            assert_eq!(ids(tx, Some("_c"))?, ["a"]);
            Ok(())
        })
        .await
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

#[tokio::test]
async fn faults_in_the_sql_or_the_text_are_errors_not_panics() {
    for (name, db) in with_notes().await {
        let cases: [(&str, Vec<Value>); 4] = [
            ("SELEC 1", vec![]),
            ("SELECT client_id FROM no_such_table", vec![]),
            ("SELECT client_id FROM note WHERE client_id = $1", vec![]),
            ("SELECT client_id FROM note WHERE client_id = $1", vec!["a".into(), "b".into()]),
        ];
        for (sql, values) in cases {
            let done = db.read(move |tx| tx.query(sql, &values, |r| r.text(0))).await;
            assert!(matches!(&done, Err(Error::Broken(_))), "{name}: {sql}: {done:?}");
        }
        let nul = db.write(|tx| put(tx, "nul", "a\0b")).await;
        assert!(matches!(&nul, Err(Error::Invalid { .. })), "{name}: {nul:?}");
        assert_eq!(db.read(count).await.unwrap(), 0, "{name}: still serves");
    }
}

#[tokio::test]
async fn migrations_are_applied_once_and_a_changed_one_is_refused() {
    for (name, db) in databases().await {
        assert_eq!(db.migrate().await.unwrap(), Vec::<String>::new(), "{name}: a second time");
        let status = db.migration_status().await.unwrap();
        assert!(status.iter().all(|m| m.applied_ms.is_some() && !m.changed), "{name}: {status:?}");
        let change = "UPDATE schema_migration SET digest = 'other' WHERE name = '0001_house'";
        db.write(move |tx| tx.execute(change, params![])).await.unwrap();
        let refused = db.migrate().await;
        assert!(matches!(&refused, Err(Error::Invalid { title, .. }) if title.contains("0001_house")), "{refused:?}");
        assert!(db.migration_status().await.unwrap()[0].changed, "{name}");
        let newer = "UPDATE schema_migration SET name = '9999_future' WHERE name = '0001_house'";
        db.write(move |tx| tx.execute(newer, params![])).await.unwrap();
        assert!(matches!(db.migrate().await, Err(Error::Invalid { .. })), "{name}");
    }
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    let Some(server) = tokio::task::spawn_blocking(baton_testkit::PgServer::shared).await.unwrap() else { return };
    let url = tokio::task::spawn_blocking(|| server.fresh_database()).await.unwrap();
    let (a, b) = (Db::open(&url).await.unwrap(), Db::open(&url).await.unwrap());
    let (first, second) = tokio::join!(a.migrate(), b.migrate());
    assert_eq!(first.unwrap().len() + second.unwrap().len(), baton_db::migrate::MIGRATIONS.len());
}

#[tokio::test]
async fn another_node_hears_what_this_one_commits() {
    let Some(server) = tokio::task::spawn_blocking(baton_testkit::PgServer::shared).await.unwrap() else { return };
    let url = tokio::task::spawn_blocking(|| server.fresh_database()).await.unwrap();
    let (here, there) = (Db::open(&url).await.unwrap(), Db::open(&url).await.unwrap());
    let (mut watch, mut wake) = (there.live(), there.on_wake());
    here.write(|tx| {
        tx.publish(live("far"));
        tx.wake();
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(timeout(SOON, watch.recv()).await.unwrap().unwrap(), live("far"));
    timeout(SOON, wake.changed()).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_lost_connection_is_made_anew() {
    let Some(db) = baton_testkit::postgres().await else { return };
    db.read(|tx| tx.query("SELECT 1", params![], |r| r.int(0))).await.unwrap();
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                WHERE pid <> pg_backend_pid() AND datname = current_database()";
    db.write(move |tx| tx.query(kill, params![], |_| Ok(()))).await.unwrap();
    for _ in 0..20 {
        db.read(|tx| tx.query("SELECT 1", params![], |r| r.int(0))).await.unwrap();
        db.write(|tx| tx.query("SELECT 1", params![], |r| r.int(0))).await.unwrap();
    }
    let suicide = db.write(|tx| tx.query("SELECT pg_terminate_backend(pg_backend_pid())", params![], |_| Ok(()))).await;
    assert!(matches!(&suicide, Err(Error::Unavailable(_))), "{suicide:?}");
}

#[tokio::test]
async fn another_node_hears_also_after_the_connection_that_tells_it_was_lost() {
    let Some(server) = tokio::task::spawn_blocking(baton_testkit::PgServer::shared).await.unwrap() else { return };
    let url = tokio::task::spawn_blocking(|| server.fresh_database()).await.unwrap();
    let (here, there) = (Db::open(&url).await.unwrap(), Db::open(&url).await.unwrap());
    let (mut watch, mut wake) = (there.live(), there.on_wake());
    let tell = |kind: &'static str| {
        here.write(move |tx| {
            tx.publish(live(kind));
            Ok(())
        })
    };
    tell("before").await.unwrap();
    assert_eq!(timeout(SOON, watch.recv()).await.unwrap().unwrap(), live("before"));
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                WHERE pid <> pg_backend_pid() AND datname = current_database()";
    here.write(move |tx| tx.query(kill, params![], |_| Ok(()))).await.unwrap();
    // It listens again, and has its workers look.
    timeout(SOON, wake.changed()).await.unwrap().unwrap();
    tell("after").await.unwrap();
    assert_eq!(timeout(SOON, watch.recv()).await.unwrap().unwrap(), live("after"));
}

#[tokio::test]
async fn what_was_answered_is_there_after_closing_and_opening() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("baton.db").display());
    let db = Db::open(&url).await.unwrap();
    db.migrate().await.unwrap();
    db.write(|tx| tx.execute("INSERT INTO setting (client_id, name, value) VALUES ('house', 'a', 'b')", params![]))
        .await
        .unwrap();
    db.close().await;
    assert!(matches!(db.read(|_| Ok(())).await, Err(Error::Unavailable(_))));
    let again = Db::open(&url).await.unwrap();
    assert_eq!(again.migrate().await.unwrap(), Vec::<String>::new());
    assert_eq!(setting(&again).await, "b");
}

async fn setting(db: &Db) -> String {
    db.read(|tx| tx.query_one("SELECT value FROM setting WHERE client_id = 'house'", params![], |r| r.text(0)))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_backup_made_in_use_can_be_restored_and_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    for (name, db) in databases().await {
        let copy = folder.path().join(format!("{name}.backup"));
        db.write(|tx| tx.execute("INSERT INTO setting (client_id, name, value) VALUES ('house', 'a', 'b')", params![]))
            .await
            .unwrap();
        if db.kind() == Kind::Postgres {
            assert!(matches!(db.backup(&copy).await, Err(Error::Invalid { .. })));
            continue;
        }
        db.backup(&copy).await.unwrap();
        assert!(matches!(db.backup(&copy).await, Err(Error::Invalid { .. })));
        let restored = folder.path().join("restored.db");
        baton_db::restore(&copy, restored.to_str().unwrap()).unwrap();
        assert!(baton_db::restore(&copy, restored.to_str().unwrap()).is_err());
        assert_eq!(setting(&Db::open(restored.to_str().unwrap()).await.unwrap()).await, "b");
        let garbage = folder.path().join("garbage");
        std::fs::write(&garbage, "no database at all, but long enough to look like a header of one").unwrap();
        assert!(baton_db::restore(&garbage, folder.path().join("never.db").to_str().unwrap()).is_err());
        assert!(!folder.path().join("never.db").exists());
    }
}

#[tokio::test]
async fn a_wrong_address_says_what_to_give() {
    for url in ["", "mysql://a/b", "/no/such/folder/baton.db", "postgres://a:b:c/d"] {
        let opened = Db::open(url).await.err();
        assert!(matches!(&opened, Some(Error::Invalid { .. })), "{url}: {opened:?}");
    }
    let away = Db::open("postgres://postgres@127.0.0.1:1/x").await.err();
    assert!(matches!(&away, Some(Error::Unavailable(_))), "{away:?}");
}
