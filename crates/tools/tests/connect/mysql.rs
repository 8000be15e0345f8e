//! Statements on a real MariaDB: limits, types, what a lost connection leaves unknown, encryption.

use super::databases::{TABLE, connector, key_of, play};
use super::echo::{World, bundle};
use baton_testkit::MysqlServer;
use baton_tools::sql::{Dialect, tables};
use baton_tools::{Called, Catalogue};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const HEAD: &str = "name: db\nkind: sql\ndialect: mariadb\nauth: { setting: db.address }\nattempts: 1\nactions:\n";

/// The server, and somebody who may do everything in a fresh database of it.
async fn database(name: &str) -> Option<(&'static MysqlServer, Conn)> {
    let Some(server) = tokio::task::spawn_blocking(MysqlServer::shared).await.unwrap() else {
        println!("skipped: no MariaDB here");
        return None;
    };
    let mut conn = Conn::from_url(server.url("")).await.unwrap();
    conn.query_drop(format!("create database {name} character set utf8mb4; use {name}")).await.unwrap();
    Some((server, conn))
}

async fn world(address: &str, actions: &str) -> World {
    let world = World::new(&[("connectors/db.yaml", format!("{HEAD}{actions}"))]).await;
    world.secret("db.address", address).await;
    world
}

fn words(called: &Called) -> String {
    match called {
        Called::Failed { detail, .. } => detail.to_string(),
        Called::Unreachable { why } | Called::Unknown { why, .. } => why.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn statements_run_on_mariadb_within_their_limits() {
    let Some((server, mut conn)) = database("limits").await else { return };
    conn.query_drop(TABLE.replace("id text", "id varchar(40)")).await.unwrap();
    let file = connector("mysql").replace("SLOW", "select sleep(5)")
        + "  - { name: many, sql: 'select id from parcel order by id limit 100' }\n\
           \x20 - { name: wide, sql: \"select repeat('x', 300) as x from parcel\" }\n\
           \x20 - { name: flood, sql: \"select repeat('x', 1000000) as x from parcel a, parcel b limit 100\" }\n";
    let world = World::new(&[("connectors/db.yaml", file)]).await;
    world.secret("db.address", &server.url("limits")).await;
    play(&world, "duplicate").await;
    let key: Option<String> = conn.query_first("select last_key from parcel where id = 'a'").await.unwrap();
    assert!(key.unwrap().starts_with("bt-"));
    for (action, rows) in [("many", 3), ("wide", 1), ("flood", 0), ("all", 3)] {
        let found = world.done(action, json!({})).await;
        assert_eq!((found["rows"].as_array().unwrap().len(), &found["more"]), (rows, &json!(true)), "{action}");
    }
    // Nothing of a call is left on the connection, and one that the server has closed meanwhile is no error.
    let others = "select id from information_schema.processlist where db = 'limits' and id <> connection_id()";
    let ids: Vec<u64> = conn.query(others).await.unwrap();
    assert!(!ids.is_empty(), "connections are kept");
    for id in ids {
        // One that was cut may be gone by itself.
        let _ = conn.query_drop(format!("kill {id}")).await;
    }
    assert_eq!(world.done("find", json!({"id": "b"})).await["size"], 2);
    // The password stands in no answer.
    for address in ["mysql://ada:s3cret@127.0.0.1:1/x", &server.url("limits").replace("correct", "s3cret")] {
        world.secret("db.address", address).await;
        let why = words(&world.call("all", json!({})).await);
        assert!((why.contains("cannot be reached") || why.contains("denied")) && !why.contains("s3cret"), "{why}");
    }
    world.secret("db.address", "mysql://ada:s3cret@169.254.169.254/x").await;
    let why = words(&world.call("all", json!({})).await);
    assert!(why.contains("told their secrets"), "{why}");
}

#[tokio::test]
async fn the_tables_of_mariadb_are_read_with_their_keys() {
    let Some((server, mut conn)) = database("listed").await else { return };
    let made = "create table line (order_id varchar(40), at bigint, open bool, primary key (order_id, at)); \
                create view few as select at from line";
    conn.query_drop(made).await.unwrap();
    let found = tables(Dialect::Mysql, &server.url("listed"), true, std::time::Duration::from_secs(5)).await.unwrap();
    let seen: Vec<&str> = found.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!((seen, found.more), (vec!["few", "line"], false));
    let line = &found.tables[1];
    assert_eq!((key_of(line), line.columns[2].kind.as_str()), (vec!["order_id", "at"], "tinyint(1)"));
}

/// What the words of a statement do not show is held by the session and the transaction.
#[tokio::test]
async fn a_read_changes_nothing_and_leaves_nothing() {
    let Some((server, mut conn)) = database("reading").await else { return };
    conn.query_drop(
        "create table kept (i integer); create table loose (i integer) engine = myisam; create sequence counted;",
    )
    .await
    .unwrap();
    for table in ["kept", "loose"] {
        let body = format!("begin insert into {table} values (1); return 1; end");
        conn.query_drop(format!("create function write_{table}() returns integer modifies sql data {body}"))
            .await
            .unwrap();
    }
    let world = world(
        &server.url("reading"),
        "  - { name: write_kept, sql: select write_kept() as x }\n\
         \x20 - { name: write_loose, sql: select write_loose() as x }\n\
         \x20 - { name: counted, sql: select next value for counted as x }\n\
         \x20 - { name: hold, sql: \"select get_lock('desk', 0) as held, @a := 1 as a\", one: true }\n\
         \x20 - { name: held, sql: \"select is_free_lock('desk') as free, @a as a\", one: true }\n\
         \x20 - { name: count, sql: select (select count(*) from kept) + (select count(*) from loose) as n, one: true, tests: [{ expect: .result.n == 0 }] }\n",
    )
    .await;
    for action in ["write_kept", "write_loose", "counted"] {
        let why = words(&world.call(action, json!({})).await);
        assert!(why.contains("READ ONLY"), "{action}: {why}");
    }
    assert_eq!(world.done("hold", json!({})).await["held"], 1);
    assert_eq!(world.done("held", json!({})).await, json!({"free": 1, "a": null}));
    // Nor is the lock held until somebody calls again.
    assert_eq!(world.done("hold", json!({})).await["held"], 1);
    for round in 0..100 {
        let free: Option<u8> = conn.query_first("select is_free_lock('desk')").await.unwrap();
        if free == Some(1) {
            break;
        }
        assert!(round < 99, "the lock is held while nobody calls");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let tested = world.door.test(&world.ctx().as_system("test"), "db", false).await.unwrap();
    assert!(tested.len() == 1 && tested[0].passed, "{}", tested[0].why);
}

#[tokio::test]
async fn values_of_mariadb_keep_what_they_say() {
    let Some((server, mut conn)) = database("types").await else { return };
    conn.query_drop(
        "create table t (id bigint unsigned auto_increment primary key, flag bool, small tinyint, big bigint unsigned, \
         price decimal(30, 4), rate float, born date, at datetime(3), seen timestamp, took time, made year, bits bit(9), \
         doc json, pic blob, word varchar(20), kind enum('a', 'b'))",
    )
    .await
    .unwrap();
    let types = "flag: { type: boolean }, small: { type: integer }, big: { type: string }, price: { type: string }, \
                 rate: { type: number }, born: { type: string }, at: { type: string }, seen: { type: string }, \
                 took: { type: string }, made: { type: integer }, bits: { type: integer }, doc: { type: object }, \
                 pic: { type: string }, word: { type: [string, 'null'] }, kind: { type: string }";
    let names: Vec<&str> =
        types.split(", ").filter_map(|part| part.split_once(": {")).map(|(name, _)| name.trim()).collect();
    let (columns, values) =
        (names.join(", "), names.iter().map(|name| format!(":{name}")).collect::<Vec<_>>().join(", "));
    let world = world(
        &server.url("types"),
        &format!(
            "  - {{ name: put, writes: true, sql: 'insert into t ({columns}) values ({values})', args: {{ properties: {{ {types} }} }} }}\n\
             \x20 - {{ name: get, sql: select * from t, one: true }}\n"
        ),
    )
    .await;
    let put = json!({"flag": true, "small": 1, "big": u64::MAX.to_string(), "price": "12345678901234567890.1200", "rate": 0.1,
        "born": "2026-02-03", "at": "2026-01-02 03:04:05.250", "seen": "2026-01-02 03:04:05", "took": "-26:03:04", "made": 2026,
        "bits": 258, "doc": {"a": [1]}, "pic": "it's \\ :x ?", "word": "größer 🛈", "kind": "b"});
    assert_eq!(world.done("put", put.clone()).await, json!({"changed": 1, "inserted_id": 1}));
    let mut expect = put.clone();
    // MariaDB's JSON is text.
    for (name, value) in [
        ("id", json!(1)),
        ("big", json!(u64::MAX)),
        ("at", json!("2026-01-02T03:04:05.25")),
        ("seen", json!("2026-01-02T03:04:05+00:00")),
        ("doc", json!("{\"a\":[1]}")),
        ("pic", json!({"base64": "aXQncyBcIDp4ID8="})),
    ] {
        expect[name] = value;
    }
    assert_eq!(world.done("get", json!({})).await, expect);
    // Times of the database are told and taken in UTC, wherever it stands.
    conn.query_drop("set time_zone = '+02:00'").await.unwrap();
    let seen: Option<String> = conn.query_first("select cast(seen as char) from t").await.unwrap();
    assert_eq!(seen.as_deref(), Some("2026-01-02 05:04:05"));
    // A value that does not fit is an error, and not cut to fit.
    let mut wrong = put;
    wrong["small"] = json!(300);
    let why = words(&world.call("put", wrong).await);
    assert!(why.contains("small"), "{why}");
}

/// Passes on what it hears, until the client says the word; then both sides are gone, after the server has answered if it
/// `tells` the server.
async fn breaking(port: u16, word: &'static str, tells: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let (mut client_says, mut to_client) = client.into_split();
            let (mut server_says, mut to_server) = server.into_split();
            let mut heard = vec![0; 65536];
            let mut said = vec![0; 65536];
            loop {
                tokio::select! {
                    read = client_says.read(&mut heard) => {
                        let Ok(length @ 1..) = read else { break };
                        let heard = &heard[..length];
                        let ends = String::from_utf8_lossy(heard).contains(word);
                        if !ends || tells {
                            to_server.write_all(heard).await.unwrap();
                        }
                        if ends {
                            if tells {
                                assert!(server_says.read(&mut said).await.unwrap() > 0);
                            }
                            break;
                        }
                    }
                    read = server_says.read(&mut said) => {
                        let Ok(length @ 1..) = read else { break };
                        to_client.write_all(&said[..length]).await.unwrap();
                    }
                }
            }
        }
    });
    place
}

#[tokio::test]
async fn a_write_whose_connection_breaks_is_of_unknown_outcome_and_is_not_made_again() {
    let Some((server, mut conn)) = database("lost").await else { return };
    conn.query_drop("create table t (n integer); insert into t values (0)").await.unwrap();
    let actions = "  - { name: grow, writes: true, sql: update t set n = n + 1 }\n\
                   \x20 - { name: look, sql: select n from t, one: true }\n";
    for (word, tells, n) in [("COMMIT", true, 1), ("COMMIT", false, 1), ("update t", false, 1)] {
        let place = breaking(server.port(), word, tells).await;
        let world = world(&server.url_at(&place, "lost"), actions).await;
        let called = world.call("grow", json!({})).await;
        assert!(matches!(called, Called::Unknown { .. }), "{word} {tells}: {called:?}");
        let seen: Option<i64> = conn.query_first("select n from t").await.unwrap();
        assert_eq!(seen, Some(n), "{word} {tells}");
        // A read that breaks off has done nothing.
        let place = breaking(server.port(), "select n", false).await;
        world.secret("db.address", &server.url_at(&place, "lost")).await;
        assert!(matches!(world.call("look", json!({})).await, Called::Unreachable { .. }));
    }
}

#[tokio::test]
async fn an_error_on_a_table_without_transactions_is_of_unknown_outcome() {
    let Some((server, mut conn)) = database("loose").await else { return };
    for (name, engine) in [("kept", "innodb"), ("loose", "myisam")] {
        conn.query_drop(format!("create table {name} (i integer primary key) engine = {engine}")).await.unwrap();
    }
    let world = world(
        &server.url("loose"),
        "  - { name: kept, writes: true, sql: 'insert into kept values (1), (1)' }\n\
         \x20 - { name: loose, writes: true, sql: 'insert into loose values (1), (1)' }\n",
    )
    .await;
    assert!(matches!(world.call("kept", json!({})).await, Called::Failed { .. }));
    let called = world.call("loose", json!({})).await;
    assert!(matches!(&called, Called::Unknown { why, .. } if why.contains("without transactions")), "{called:?}");
}

#[tokio::test]
async fn an_encrypted_connection_is_one_to_a_server_whose_certificate_holds() {
    let Some((server, _conn)) = database("secret_ways").await else { return };
    let world =
        world(&server.url("secret_ways"), "  - { name: cipher, sql: \"show session status like 'Ssl_cipher'\" }\n")
            .await;
    let authority = format!("?ssl-ca={}", server.authority().display());
    let (named, number) = (format!("localhost:{}", server.port()), format!("127.0.0.1:{}", server.port()));
    for (place, tail, encrypted) in [
        (&named, &*authority, true),
        (&number, "", false),
        (&named, "?ssl-mode=disabled", false),
        (&named, &*format!("?socket={}", server.socket().display()), false),
    ] {
        world.secret("db.address", &(server.url_at(place, "secret_ways") + tail)).await;
        let found = world.done("cipher", json!({})).await;
        assert_eq!(found["rows"][0]["Value"] != "", encrypted, "{place}{tail}: {found}");
    }
    // Another name than the certificate's; an authority that nobody here knows; a way that checks nothing.
    for (place, tail, why) in [
        (&number, &*authority, "certificate"),
        (&named, "?ssl-mode=verify_identity", "certificate"),
        (&named, "?ssl-mode=required", "verify_identity"),
        (&named, "?ssl-ca=/nowhere.pem", "ssl-ca"),
    ] {
        world.secret("db.address", &(server.url_at(place, "secret_ways") + tail)).await;
        let said = words(&world.call("cipher", json!({})).await);
        assert!(said.contains(why), "{place}{tail}: {said}");
    }
}

#[test]
fn a_statement_that_is_no_read_is_refused_in_an_action_that_does_not_write() {
    let refused = |action: &str| {
        let files = [("connectors/db.yaml", format!("{HEAD}  - {action}\n"))];
        let found = Catalogue::load(&bundle(&files)).err().unwrap_or_default();
        found.into_iter().map(|finding| finding.message).collect::<Vec<_>>().join("\n")
    };
    for (action, words) in [
        ("{ name: a, sql: delete from t }", "not 'delete'"),
        ("{ name: a, sql: create table t (i integer), writes: true }", "not 'create'"),
        ("{ name: a, sql: \"select 1 into outfile '/x'\" }", "elsewhere"),
        ("{ name: a, sql: select 1; drop table t }", "only one statement"),
        ("{ name: a, sql: 'select /*!50000 sleep(9) */' }", "comment that is run"),
        ("{ name: a, sql: 'select ?' }", "in the place of '?'"),
        (
            "{ name: a, sql: 'select 1 from t where token = :token', args: { properties: { token: {} } } }",
            "names no type",
        ),
        (
            "{ name: a, sql: 'select 1 from t where token = :token', args: { properties: { token: { type: [string, integer] } } } }",
            "names no type, or several",
        ),
        (
            "{ name: a, sql: 'select 1 from t where token = :token', args: { properties: { token: { type: string } } } }",
            "",
        ),
    ] {
        let said = refused(action);
        assert!(said.contains(words) && said.is_empty() == words.is_empty(), "{action}: {said}");
    }
    // The same text with its names changed about is another action.
    let digest = |sql: &str| {
        let types = "args: { properties: { a: { type: number }, b: { type: number } } }";
        let files = [("connectors/db.yaml", format!("{HEAD}  - {{ name: a, sql: '{sql}', {types} }}\n"))];
        Catalogue::load(&bundle(&files)).unwrap().action("a").unwrap().digest.clone()
    };
    assert_ne!(digest("select :a - :b"), digest("select :b - :a"));
}
