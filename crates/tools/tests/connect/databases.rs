//! Statements on a real SQLite file and a real PostgreSQL.

use super::echo::{World, bundle};
use baton_base::digest_of;
use baton_tools::sql::{Dialect, Table, tables};
use baton_tools::{Called, Catalogue};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::Notify;
use tokio_postgres::config::Host;

/// The connector of a database that takes `SLOW` for a statement that does not end in time.
pub fn connector(dialect: &str) -> String {
    let vast = "x".repeat(500);
    let id = "args: { properties: { id: { type: string } }, required: [id] }";
    format!(
        "name: db\nkind: sql\ndialect: {dialect}\nauth: {{ setting: db.address }}\nrows_max: 3\nbytes_max: 400\ntimeout_ms: 400\n\
         attempts: 1\nactions:\n\
         \x20 - {{ name: find, sql: 'select id, size, weight, note from parcel where id = :id', one: true, {id} }}\n\
         \x20 - {{ name: all, sql: 'select id from parcel order by id' }}\n\
         \x20 - {{ name: long, sql: 'select id, note from parcel order by note desc' }}\n\
         \x20 - name: grow\n    sql: update parcel set size = size + 1, last_key = :idempotency_key where id = :id\n    {id}\n    writes: true\n\
         \x20 - name: add\n    sql: insert into parcel (id, size) values (:id, :size) returning id, size\n    one: true\n    writes: true\n\
         \x20   args: {{ properties: {{ id: {{ type: string }}, size: {{ type: [integer, 'null'] }} }}, required: [id] }}\n\
         \x20 - {{ name: slow, sql: \"SLOW\" }}\n\
         \x20 - {{ name: vast, sql: \"select '{vast}' as vast\", one: true }}\n\
         \x20 - {{ name: judged, sql: select 1 as n, facts: [{{ name: it, action: vast, args: {{}} }}] }}\n"
    )
}

/// Actions that change something and do not say so; for databases that see that when they are called.
const SNEAKY: &str = "  - { name: sneaky, sql: 'delete from parcel where id = :id RETURNING', args: { properties: { id: { type: string } } } }\n\
    \x20 - { name: wipe, sql: 'delete from parcel where id = :id', args: { properties: { id: { type: string } } } }\n";

pub const TABLE: &str = "create table parcel (id text primary key, size integer, weight REAL, note text, last_key text);\
    insert into parcel (id, size, weight, note) values ('a', 1, 1.5, 'it''s'), ('b', 2, null, null), ('c', 3, null, null), ('d', 4, null, null);";

/// What every database does alike; `twice` is in what it says of a key that is there already.
pub async fn play(world: &World, twice: &str) {
    let found = world.done("find", json!({"id": "a"})).await;
    assert_eq!(found, json!({"id": "a", "size": 1, "weight": 1.5, "note": "it's"}));
    // Values are bound: no text becomes part of the statement.
    assert_eq!(world.done("find", json!({"id": "a' or '1'='1"})).await, Value::Null);
    assert!(world.invalid("find", json!({"id": 1})).await.contains("/id"));
    assert!(world.invalid("find", json!({"id": "a", "x": 1})).await.contains("x"));
    let all = world.done("all", json!({})).await;
    assert_eq!((all["rows"].as_array().unwrap().len(), &all["more"]), (3, &json!(true)));
    assert_eq!(world.done("grow", json!({"id": "a"})).await, json!({"changed": 1}));
    assert_eq!(world.done("find", json!({"id": "a"})).await["size"], 2);
    assert_eq!(world.done("add", json!({"id": "z", "size": null})).await, json!({"id": "z", "size": null}));
    let Called::Failed { detail, .. } = world.call("add", json!({"id": "z"})).await else { panic!() };
    assert!(detail.to_string().to_lowercase().contains(twice), "{detail}");
    let Called::Unreachable { why } = world.call("slow", json!({})).await else { panic!() };
    assert!(why.contains("longer than allowed"), "{why}");
    // A row without room is not "no such row", which a policy would go by.
    let Called::Refused { reason, policies } = world.call("judged", json!({})).await else { panic!() };
    assert!(reason.contains("too large") && policies == ["door:facts"], "{reason}");
}

/// What does not say that it writes cannot.
async fn sneak(world: &World) {
    for action in ["wipe", "sneaky"] {
        let called = world.call(action, json!({"id": "a"})).await;
        assert!(matches!(called, Called::Failed { .. }), "{action}: {called:?}");
    }
    assert_ne!(world.done("find", json!({"id": "a"})).await, Value::Null);
}

#[tokio::test]
async fn statements_run_on_sqlite_within_their_limits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(TABLE).unwrap();
    let slow = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n";
    let world = World::new(&[("connectors/db.yaml", connector("sqlite").replace("SLOW", slow) + SNEAKY)]).await;
    world.secret("db.address", &format!("sqlite:{}", path.display())).await;
    sneak(&world).await;
    play(&world, "unique").await;
    let key: String = db.query_row("select last_key from parcel where id = 'a'", [], |row| row.get(0)).unwrap();
    assert!(key.starts_with("bt-"), "{key}");
    // A file that is not there is not made.
    world.secret("db.address", "sqlite:/nowhere/else.db").await;
    assert!(matches!(world.call("all", json!({})).await, Called::Unreachable { .. }));
}

#[tokio::test]
async fn statements_run_on_postgresql_within_their_limits() {
    let fresh = || baton_testkit::PgServer::shared().map(baton_testkit::PgServer::fresh_database);
    let Some(url) = tokio::task::spawn_blocking(fresh).await.unwrap() else {
        println!("skipped: no PostgreSQL here");
        return;
    };
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(TABLE).await.unwrap();
    let file = connector("postgresql").replace("SLOW", "select pg_sleep(5)") + SNEAKY;
    let world = World::new(&[("connectors/db.yaml", file)]).await;
    world.secret("db.address", &url).await;
    sneak(&world).await;
    play(&world, "unique").await;
    // Types of the database become JSON; JSON becomes types of the database.
    let file = "name: db\nkind: sql\ndialect: postgresql\nauth: { setting: db.address }\nactions:\n\
        \x20 - name: types\n    one: true\n    sql: >-\n      select :u::uuid as u, :n::numeric(9,2) as n, :t::timestamptz at time zone 'UTC' as t, :j::jsonb as j,\n\
        \x20     :l::text[] as l, :b::boolean as b, :d::date as d\n\
        \x20   args: { properties: { u: {}, n: {}, t: {}, j: {}, l: {}, b: {}, d: {} } }\n";
    let world = World::new(&[("connectors/db.yaml", file.to_owned())]).await;
    world.secret("db.address", &url).await;
    let u = "6f2f7a1e-9b53-4a5e-8a0e-2f6f3c1d2e4b";
    let args = json!({"u": u, "n": 12.5, "t": "2026-01-02T03:04:05Z", "j": {"a": [1]}, "l": ["a,b", "c\"d", null], "b": true, "d": "2026-02-03"});
    let expect = json!({"u": u, "n": 12.50, "t": "2026-01-02T03:04:05", "j": {"a": [1]}, "l": ["a,b", "c\"d", null], "b": true, "d": "2026-02-03"});
    assert_eq!(world.done("types", args).await, expect);
    // The password stands in no answer.
    world.secret("db.address", "postgres://ada:s3cret@127.0.0.1:1/x").await;
    let Called::Unreachable { why } = world.call("types", json!({})).await else { panic!() };
    assert!(why.contains("cannot be reached") && !why.contains("s3cret"), "{why}");
}

/// Names of the columns of a table's key.
pub fn key_of(table: &Table) -> Vec<&str> {
    table.columns.iter().filter(|column| column.key).map(|column| column.name.as_str()).collect()
}

#[tokio::test]
async fn the_tables_of_postgresql_are_read_with_their_keys() {
    let fresh = || baton_testkit::PgServer::shared().map(baton_testkit::PgServer::fresh_database);
    let Some(url) = tokio::task::spawn_blocking(fresh).await.unwrap() else {
        println!("skipped: no PostgreSQL here");
        return;
    };
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let made = "create schema sales; create table sales.line (\"Order\" varchar(40), gone text, at bigint, note text, \
                primary key (\"Order\", at)); alter table sales.line drop column gone; \
                create view few as select note from sales.line";
    client.batch_execute(made).await.unwrap();
    let found = tables(Dialect::Postgres, &url, true, Duration::from_secs(5)).await.unwrap();
    let seen: Vec<_> = found.tables.iter().map(|table| (table.schema.as_str(), table.name.as_str())).collect();
    assert_eq!((seen, found.more), (vec![("public", "few"), ("sales", "line")], false));
    let line = &found.tables[1];
    let kinds: Vec<&str> = line.columns.iter().map(|column| column.kind.as_str()).collect();
    assert_eq!((key_of(line), kinds), (vec!["Order", "at"], vec!["character varying(40)", "bigint", "text"]));
    // It lies inside, and nobody has said that it may.
    assert!(tables(Dialect::Postgres, &url, false, Duration::from_secs(5)).await.unwrap_err().contains("lies inside"));
}

/// What one call can leave behind on its connection, and what the next would see of it.
const LEFT: &str = "name: db\nkind: sql\ndialect: postgresql\nauth: { setting: db.address }\nattempts: 1\nactions:\n\
    \x20 - { name: set, one: true, sql: \"select set_config('baton.note', 'mine', false) as note, \
    set_config('search_path', 'elsewhere', false) as path\" }\n\
    \x20 - { name: lock, one: true, sql: \"select pg_advisory_lock(7)::text as l\" }\n\
    \x20 - { name: scratch, sql: create temporary table scratch (a integer), writes: true }\n\
    \x20 - { name: prepare, sql: prepare sneaky as select 1, writes: true }\n\
    \x20 - { name: hear, sql: listen gossip, writes: true }\n\
    \x20 - name: look\n    one: true\n    sql: >-\n      select pg_backend_pid() as pid, coalesce(current_setting('baton.note', true), '') as note,\n\
    \x20     current_setting('search_path') as path, to_regclass('pg_temp.scratch') is not null as scratch,\n\
    \x20     (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks,\n\
    \x20     (select count(*) from pg_prepared_statements where from_sql) as prepared,\n\
    \x20     (select count(*) from pg_listening_channels()) as hears\n\
    \x20 - { name: mood, one: true, sql: \"select :v::mood as v\", args: { properties: { v: { type: string } } } }\n\
    \x20 - { name: tone, one: true, sql: \"select :v::tone as v\", args: { properties: { v: { type: string } } } }\n";

#[tokio::test]
async fn a_call_on_postgresql_leaves_nothing_on_its_connection_for_the_next() {
    let fresh = || baton_testkit::PgServer::shared().map(baton_testkit::PgServer::fresh_database);
    let Some(url) = tokio::task::spawn_blocking(fresh).await.unwrap() else {
        println!("skipped: no PostgreSQL here");
        return;
    };
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("create type mood as enum ('glad'); create type tone as enum ('dry')").await.unwrap();
    let world = World::new(&[("connectors/db.yaml", LEFT.to_owned())]).await;
    world.secret("db.address", &url).await;
    let clean = world.done("look", json!({})).await;
    assert_eq!((&clean["note"], &clean["locks"]), (&json!(""), &json!(0)));
    for action in ["set", "lock", "scratch", "prepare", "hear"] {
        world.done(action, json!({})).await;
        // The same connection, as it was.
        assert_eq!(world.done("look", json!({})).await, clean, "{action}");
    }
    // What the driver itself has prepared is still there: it looks up the second type as it did the first.
    assert_eq!(world.done("mood", json!({"v": "glad"})).await["v"], "glad");
    assert_eq!(world.done("tone", json!({"v": "dry"})).await["v"], "dry");
    // A lock is not held until somebody calls again.
    world.done("lock", json!({})).await;
    for round in 0..100 {
        let held = "select count(*) from pg_locks where locktype = 'advisory' and database = \
            (select oid from pg_database where datname = current_database())";
        if client.query_one(held, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            break;
        }
        assert!(round < 99, "the lock is held while nobody calls");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // A connection that the database has closed meanwhile is no error.
    let pid = i32::try_from(clean["pid"].as_i64().unwrap()).unwrap();
    client.query_one("select pg_terminate_backend($1)", &[&pid]).await.unwrap();
    assert_ne!(world.done("look", json!({})).await["pid"], clean["pid"]);
}

/// A way to the PostgreSQL at an address: its own address, and what makes the connections that are open there fall silent without an
/// end, as behind a firewall that has forgotten them.
async fn way_to(url: &str) -> (String, Arc<Notify>) {
    let config: tokio_postgres::Config = url.parse().unwrap();
    let (host, port) = (config.get_hosts()[0].clone(), config.get_ports().first().copied().unwrap_or(5432));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    let (user, name) = (config.get_user().unwrap(), config.get_dbname().unwrap());
    let password = config.get_password().map(|text| format!(" password={}", String::from_utf8_lossy(text)));
    let address = format!("host=127.0.0.1 port={own} user={user} dbname={name}{}", password.unwrap_or_default());
    let silence = Arc::new(Notify::new());
    let silent = Arc::clone(&silence);
    tokio::spawn(async move {
        loop {
            let (near, _) = listener.accept().await.unwrap();
            match &host {
                Host::Tcp(name) => {
                    let far = TcpStream::connect((name.as_str(), port)).await.unwrap();
                    tokio::spawn(carry(near, far, Arc::clone(&silent)));
                }
                Host::Unix(folder) => {
                    let far = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await.unwrap();
                    tokio::spawn(carry(near, far, Arc::clone(&silent)));
                }
            }
        }
    });
    (address, silence)
}

async fn carry(mut near: TcpStream, mut far: impl AsyncRead + AsyncWrite + Unpin, silent: Arc<Notify>) {
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
        () = silent.notified() => std::future::pending().await,
    }
}

#[tokio::test]
async fn a_kept_connection_that_has_fallen_silent_loses_no_write() {
    let fresh = || baton_testkit::PgServer::shared().map(baton_testkit::PgServer::fresh_database);
    let Some(url) = tokio::task::spawn_blocking(fresh).await.unwrap() else {
        println!("skipped: no PostgreSQL here");
        return;
    };
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("create table kept (n integer)").await.unwrap();
    let file = "name: db\nkind: sql\ndialect: postgresql\nauth: { setting: db.address }\nattempts: 1\nactions:\n\
        \x20 - { name: add, sql: insert into kept values (1), writes: true }\n";
    let world = World::new(&[("connectors/db.yaml", file.to_owned())]).await;
    let (address, silence) = way_to(&url).await;
    world.secret("db.address", &address).await;
    world.done("add", json!({})).await;
    silence.notify_waiters();
    // Nothing was done on it: the call goes out on another, and its outcome is known.
    assert_eq!(world.done("add", json!({})).await, json!({"changed": 1}));
    let rows = client.query_one("select count(*) from kept", &[]).await.unwrap();
    assert_eq!(rows.get::<_, i64>(0), 2);
}

#[tokio::test]
async fn a_postgresql_is_called_over_tls_and_its_certificate_is_looked_at() {
    let Some((server, port)) = tokio::task::spawn_blocking(baton_testkit::PgServer::start_over_tls).await.unwrap()
    else {
        println!("skipped: no PostgreSQL here");
        return;
    };
    let file = "name: db\nkind: sql\ndialect: postgresql\nauth: { setting: db.address }\nattempts: 1\nactions:\n\
        \x20 - { name: look, one: true, sql: select ssl from pg_stat_ssl where pid = pg_backend_pid() }\n";
    let world = World::new(&[("connectors/db.yaml", file.to_owned())]).await;
    let authority = server.authority().display().to_string();
    let at = |host: &str, rest: &str| format!("postgres://postgres:s3cret@{host}:{port}/postgres?{rest}");
    for address in [
        at("localhost", &format!("sslrootcert={authority}")),
        at("127.0.0.1", &format!("sslmode=verify-ca&sslrootcert={authority}")),
        at("127.0.0.1", "sslmode=require"),
        format!("host=localhost port={port} user=postgres dbname=postgres sslmode=verify-full sslrootcert={authority}"),
    ] {
        world.secret("db.address", &address).await;
        assert_eq!(world.done("look", json!({})).await, json!({"ssl": true}), "{address}");
    }
    for (address, hint) in [
        (at("127.0.0.1", &format!("sslrootcert={authority}")), "not of the host"),
        (at("localhost", "sslmode=verify-full"), "no authority that is trusted"),
        (at("localhost", "sslmode=disable"), "without TLS"),
        (at("localhost", "sslmode=allow"), "give verify-full"),
        (at("localhost", "sslrootcert=/nowhere/s3cret.pem"), "cannot be read"),
    ] {
        world.secret("db.address", &address).await;
        let Called::Failed { detail, .. } = world.call("look", json!({})).await else { panic!("{address}") };
        let detail = detail.to_string();
        assert!(detail.contains(hint) && !detail.contains("s3cret"), "{address}: {detail}");
    }
    tokio::task::spawn_blocking(|| drop(server)).await.unwrap();
}

#[tokio::test]
async fn a_database_is_not_called_where_machines_are_told_their_secrets() {
    for (dialect, address) in [
        ("postgresql", "postgres://ada:s3cret@169.254.169.254/x"),
        ("postgresql", "host=db.example hostaddr=169.254.169.254 user=ada password=s3cret"),
        ("mysql", "mysql://ada:s3cret@169.254.169.254/x"),
    ] {
        let world = World::new(&[("connectors/db.yaml", connector(dialect).replace("SLOW", "select 1"))]).await;
        world.secret("db.address", address).await;
        let Called::Failed { detail, .. } = world.call("all", json!({})).await else { panic!("{address}") };
        let detail = detail.to_string();
        assert!(detail.contains("told their secrets") && !detail.contains("s3cret"), "{detail}");
    }
}

#[test]
fn an_action_is_another_when_its_parameters_change_places() {
    let action = |dialect: &str, sql: &str, args: &str| {
        let file = format!(
            "name: db\nkind: sql\ndialect: {dialect}\nauth: {{ setting: db.address }}\nactions:\n  \
             - {{ name: a, sql: '{sql}', args: {{ properties: {{ {args} }} }} }}\n"
        );
        let catalogue = Catalogue::load(&bundle(&[("connectors/db.yaml", file)])).unwrap();
        let action = catalogue.action("a").unwrap();
        (action.digest.clone(), action.schema().clone(), action.pinned.clone())
    };
    let two = "a: { type: number }, b: { type: number }";
    for dialect in ["postgresql", "sqlite", "mysql"] {
        let (one, schema, pinned) = action(dialect, "select :a - :b", two);
        let (other, same, _) = action(dialect, "select :b - :a", two);
        assert!(one != other && schema == same, "{dialect}");
        // Nothing that was pinned is compared with it: no action is quarantined by it.
        assert_eq!(pinned, None, "{dialect}");
    }
    // Where there is nothing to tell apart, it is what it always was.
    for dialect in ["postgresql", "sqlite"] {
        let (digest, schema, _) = action(dialect, "select :a + :a", "a: { type: number }");
        let known = json!(["a", "SQL", "select $1 + $1", schema, false, false, false, false, null]);
        assert_eq!(digest, digest_of(&known), "{dialect}");
    }
}
