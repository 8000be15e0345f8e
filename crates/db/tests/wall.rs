//! The second wall between clients, on a real PostgreSQL: within it there are no rows but one client's and the house's,
//! whatever the SQL text says.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{ClientId, Error, Result};
use baton_db::{Db, Kind, Row, Standing, Tx, Wall, params};
use baton_testkit::PgServer;
use tokio::task::JoinSet;

const PUT: &str = "INSERT INTO setting (client_id, name, value) VALUES ($1, $2, $3)";

fn wall(client: &str) -> Wall {
    Wall::of(ClientId::known(client))
}

/// A setting of each of two clients and of the house.
async fn furnish(db: &Db) {
    let put = |tx: &mut Tx| ["acme", "globex", "house"].iter().try_for_each(|c| put(tx, c, "colour").map(|_| ()));
    db.write(put).await.unwrap();
}

fn put(tx: &mut Tx, client: &str, name: &str) -> Result<u64> {
    tx.execute(PUT, params![client, name, "red"])
}

/// Whose settings there are: a query that forgot its filter.
fn seen(tx: &mut Tx) -> Result<Vec<String>> {
    tx.query("SELECT DISTINCT client_id FROM setting ORDER BY client_id", params![], |r| r.text(0))
}

fn refused<T: std::fmt::Debug>(done: &Result<T>) {
    assert!(matches!(done, Err(Error::Broken(why)) if why.contains("row-level security")), "{done:?}");
}

/// What must hold wherever a wall stands.
async fn holds(db: &Db) {
    furnish(db).await;
    let (acme, both) = (wall("acme"), ["acme", "house"]);
    assert_eq!(acme.clone().around(db.read(seen)).await.unwrap(), both);
    assert_eq!(acme.clone().around(db.write(seen)).await.unwrap(), both);
    assert_eq!(acme.clone().around(db.write_large(seen)).await.unwrap(), both);
    let sql = "SELECT COUNT(*) FROM setting WHERE client_id = 'globex'";
    let named = acme.clone().around(db.read(move |tx| tx.query_one(sql, params![], |r| r.int(0))));
    assert_eq!(named.await.unwrap(), 0, "asked for by name, it is not there either");

    for sql in [
        "UPDATE setting SET value = 'blue' WHERE client_id = 'globex'",
        "DELETE FROM setting WHERE client_id = 'globex'",
    ] {
        assert_eq!(acme.clone().around(db.write(move |tx| tx.execute(sql, params![]))).await.unwrap(), 0, "{sql}");
    }
    refused(&acme.clone().around(db.write(|tx| put(tx, "globex", "mine"))).await);
    let give_away = "UPDATE setting SET client_id = 'globex', name = 'given' WHERE client_id = 'acme'";
    refused(&acme.clone().around(db.write(move |tx| tx.execute(give_away, params![]))).await);
    let take_over = "INSERT INTO setting (client_id, name, value) VALUES ('globex', 'colour', 'blue') \
                     ON CONFLICT (client_id, name) DO UPDATE SET value = excluded.value";
    refused(&acme.clone().around(db.write(move |tx| tx.execute(take_over, params![]))).await);
    for own in ["acme", "house"] {
        acme.clone().around(db.write(move |tx| put(tx, own, "shape"))).await.unwrap();
    }

    assert_eq!(db.read(seen).await.unwrap(), ["acme", "globex", "house"], "and without a wall all is there");
    let others = "SELECT value FROM setting WHERE client_id = 'globex'";
    let values = db.write(move |tx| tx.query(others, params![], |r| r.text(0))).await.unwrap();
    assert_eq!(values, ["red"], "as it was");
}

#[tokio::test]
async fn within_a_wall_the_rows_of_other_clients_do_not_exist() {
    let Some(db) = baton_testkit::postgres().await else { return };
    let above = "SELECT COUNT(*) FROM pg_roles WHERE rolname = current_user AND rolsuper";
    let above = db.read(move |tx| tx.query_one(above, params![], |r| r.bool(0))).await.unwrap();
    assert!(above, "the tests' role is a superuser, whom policies alone do not hold");
    assert_eq!(db.standing().await.unwrap(), Standing::Role);
    holds(&db).await;
}

#[tokio::test]
async fn requests_of_many_clients_at_once_share_connections_and_see_their_own_alone() {
    let Some(db) = baton_testkit::postgres().await else { return };
    db.write(|tx| (0..20).try_for_each(|i| put(tx, &format!("client-{i}"), "colour").map(|_| ()))).await.unwrap();
    let before = db.counters().walled;
    let mut tasks = JoinSet::new();
    for i in 0..400 {
        let db = db.clone();
        tasks.spawn(async move {
            let client = format!("client-{}", i % 20);
            let all = match i % 4 {
                0 => (db.read(seen).await.unwrap().len(), 20),
                1 => (wall(&client).around(db.write(seen)).await.unwrap().len(), 1),
                2 => {
                    // One that fails leaves nothing of its wall on the connection.
                    refused(&wall(&client).around(db.write(|tx| put(tx, "client-x", "colour"))).await);
                    return;
                }
                _ => {
                    assert_eq!(wall(&client).around(db.read(seen)).await.unwrap(), [client]);
                    return;
                }
            };
            assert_eq!(all.0, all.1);
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert!(db.counters().walled >= before + 300);
}

#[tokio::test]
async fn every_table_with_a_client_has_the_policy_one_that_is_new_too() {
    let Some(db) = baton_testkit::postgres().await else { return };
    db.write(|tx| tx.execute("CREATE TABLE afterthought (client_id TEXT NOT NULL)", params![])).await.unwrap();
    db.migrate().await.unwrap();
    let catalogue = "SELECT c.table_name, COALESCE(t.rowsecurity, FALSE), EXISTS (SELECT 1 FROM pg_policies p \
                     WHERE p.schemaname = 'public' AND p.tablename = c.table_name AND p.policyname = 'baton_wall') \
                     FROM information_schema.columns c JOIN pg_tables t \
                     ON t.schemaname = c.table_schema AND t.tablename = c.table_name \
                     WHERE c.table_schema = 'public' AND c.column_name = 'client_id'";
    let read = |r: &Row| Ok((r.text(0)?, r.bool(1)?, r.bool(2)?));
    let tables = db.read(move |tx| tx.query(catalogue, params![], read)).await.unwrap();
    assert!(tables.len() > 50, "{} tables", tables.len());
    assert!(tables.iter().any(|(name, ..)| name == "afterthought"));
    let open: Vec<_> = tables.iter().filter(|(_, secured, policy)| !(*secured && *policy)).collect();
    assert!(open.is_empty(), "tables without the wall: {open:?}");
    // Each can be used within a wall, and none shows anything of others.
    for (name, ..) in tables {
        let sql = format!("SELECT COUNT(*) FROM {name} WHERE client_id NOT IN ('acme', 'house')");
        let read = wall("acme").around(db.write(move |tx| tx.query_one(&sql, params![], |r| r.int(0))));
        assert_eq!(read.await.unwrap_or_else(|e| panic!("{name}: {e}")), 0, "{name}");
        let sql = format!("DELETE FROM {name} WHERE client_id = 'nobody'");
        wall("acme").around(db.write(move |tx| tx.execute(&sql, params![]))).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_said_to_span_clients_is_read_over_the_wall_which_stands_again_after() {
    let Some(db) = baton_testkit::postgres().await else { return };
    furnish(&db).await;
    let work = |tx: &mut Tx| {
        let over = tx.every_client(seen)?;
        let after = seen(tx)?;
        // Undone half-way: the wall is not left open.
        let failed = tx.attempt(|tx| tx.every_client(|tx| tx.execute("SELEC 1", params![])));
        assert!(failed.is_err());
        let after_failing = seen(tx)?;
        let inside = tx.every_client(|tx| {
            let failed = tx.attempt(|tx| put(tx, "globex", "colour"));
            assert!(matches!(failed, Err(Error::Conflict(_))), "{failed:?}");
            tx.every_client(seen)
        })?;
        let refused: Result<u64> = tx.every_client(|_| Err(Error::not_found("anything")));
        assert!(matches!(refused, Err(Error::NotFound(_))));
        Ok([over, after, after_failing, inside, seen(tx)?])
    };
    let found = wall("acme").around(db.write(work)).await.unwrap();
    let (all, own) = (vec!["acme", "globex", "house"], vec!["acme", "house"]);
    assert_eq!(found, [all.clone(), own.clone(), own.clone(), all, own]);
    let plain = db.read(|tx| tx.every_client(seen)).await.unwrap();
    assert_eq!(plain.len(), 3, "without a wall it is nothing special");
}

#[tokio::test]
async fn nothing_is_done_within_a_wall_before_it_is_known_to_stand() {
    let Some(server) = tokio::task::spawn_blocking(PgServer::shared).await.unwrap() else { return };
    let url = tokio::task::spawn_blocking(|| server.fresh_database()).await.unwrap();
    let db = Db::open(&url).await.unwrap();
    let asked = wall("acme").around(db.read(|tx| tx.query("SELECT 1", params![], |r| r.int(0)))).await;
    assert!(matches!(&asked, Err(Error::Broken(why)) if why.contains("wall")), "{asked:?}");
    db.migrate().await.unwrap();
    wall("acme").around(db.read(seen)).await.unwrap();
}

/// A database of a role of its own, with these words of CREATE ROLE and what an administrator runs besides; as that role.
async fn owned_by(words: &str, more: &[&str]) -> Option<Db> {
    let server = tokio::task::spawn_blocking(PgServer::shared).await.unwrap()?;
    let url = tokio::task::spawn_blocking(|| server.fresh_database()).await.unwrap();
    let (place, name) = url.rsplit_once('/').unwrap();
    let name = name.split('?').next().unwrap().to_owned();
    let owner = format!("owner_of_{name}");
    let admin = Db::open(&url).await.unwrap();
    let mut all = vec![format!("CREATE ROLE {owner} LOGIN {words}"), format!("ALTER DATABASE {name} OWNER TO {owner}")];
    all.extend(more.iter().map(|sql| sql.replace("{owner}", &owner)));
    admin.write(move |tx| all.iter().try_for_each(|sql| tx.execute(sql, params![]).map(|_| ()))).await.unwrap();
    admin.close().await;
    // A server that was given may want passwords, of which this role has none.
    let (_, host) = place.rsplit_once('@')?;
    let db = Db::open(&format!("postgres://{owner}@{host}/{name}")).await.ok()?;
    db.migrate().await.unwrap();
    Some(db)
}

#[tokio::test]
async fn an_owner_who_may_make_no_roles_is_put_under_the_policies_itself() {
    // The role is there, of another installation on the server: this owner may not become it.
    let Some(_other) = baton_testkit::postgres().await else { return };
    let Some(db) = owned_by("NOSUPERUSER NOCREATEROLE", &[]).await else { return };
    assert_eq!(db.standing().await.unwrap(), Standing::Policies);
    holds(&db).await;
    assert_eq!(db.migrate().await.unwrap(), Vec::<String>::new(), "and at the next start as well");
}

#[tokio::test]
async fn an_owner_who_was_given_the_role_works_under_it_also_in_a_schema_of_its_own_name() {
    let Some(_other) = baton_testkit::postgres().await else { return };
    let given = ["GRANT baton_client TO {owner}", "CREATE SCHEMA {owner} AUTHORIZATION {owner}"];
    let Some(db) = owned_by("NOSUPERUSER NOCREATEROLE", &given).await else { return };
    assert_eq!(db.standing().await.unwrap(), Standing::Role);
    holds(&db).await;
}

#[tokio::test]
async fn where_no_wall_can_stand_it_is_said() {
    let Some(_other) = baton_testkit::postgres().await else { return };
    let Some(db) = owned_by("NOSUPERUSER NOCREATEROLE BYPASSRLS", &[]).await else { return };
    let standing = db.standing().await.unwrap();
    assert_eq!(standing, Standing::Missing);
    assert!(standing.to_string().contains("NO WALL") && standing.to_string().contains("GRANT baton_client"));
    furnish(&db).await;
    assert_eq!(wall("acme").around(db.read(seen)).await.unwrap().len(), 3, "the filters of queries are what is left");
    let db = baton_testkit::sqlite().await;
    assert_eq!((db.kind(), db.standing().await.unwrap()), (Kind::Sqlite, Standing::Embedded));
}
