//! What is sealed opens in its own place only; keys are changed while all stays readable.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{ClientId, Error};
use baton_db::vault::{Class, Master, Place, fresh_text, status, sweep};
use baton_db::{Db, params};
use baton_testkit::databases;

const TEXT: &str = "4711 is the number of my door, ü";

fn acme() -> ClientId {
    ClientId::known("acme")
}

async fn seal(db: &Db, client: ClientId, row: &'static str, text: &'static str) -> String {
    db.write(move |tx| tx.seal(&Place { client: &client, class: Class::Secret, table: "secret", row }, text))
        .await
        .unwrap()
}

async fn unseal(db: &Db, client: ClientId, row: &'static str, stored: &str) -> Result<String, Error> {
    let stored = stored.to_owned();
    let read = move |tx: &mut baton_db::Tx| {
        tx.unseal(&Place { client: &client, class: Class::Secret, table: "secret", row }, &stored)
    };
    db.read(read).await
}

#[tokio::test]
async fn a_sealed_text_opens_in_its_place_and_nowhere_else() {
    for (name, db) in databases().await {
        let stored = seal(&db, acme(), "a", TEXT).await;
        assert!(stored.starts_with("bv1:1:") && !stored.contains("4711"), "{name}");
        assert_eq!(unseal(&db, acme(), "a", &stored).await.unwrap(), TEXT, "{name}");
        assert!(matches!(unseal(&db, acme(), "b", &stored).await, Err(Error::Broken(_))), "{name}: another row");
        seal(&db, ClientId::known("globex"), "a", TEXT).await;
        let other = unseal(&db, ClientId::known("globex"), "a", &stored).await;
        assert!(matches!(other, Err(Error::Broken(_))), "{name}: another client");
        let changed = format!("{}A", &stored[..stored.len() - 1]);
        let changed = if changed == stored { format!("{}B", &stored[..stored.len() - 1]) } else { changed };
        assert!(unseal(&db, acme(), "a", &changed).await.is_err(), "{name}: changed");
        assert_eq!(unseal(&db, acme(), "a", "in clear").await.unwrap(), "in clear", "{name}: from before the vault");
    }
}

#[tokio::test]
async fn digests_find_the_same_text_again_and_differ_between_clients() {
    for (name, db) in databases().await {
        let (a, b, c) = db
            .write(|tx| {
                let globex = ClientId::known("globex");
                Ok((
                    tx.lookup_digest(&acme(), "x@y")?,
                    tx.lookup_digest(&acme(), "x@y")?,
                    tx.lookup_digest(&globex, "x@y")?,
                ))
            })
            .await
            .unwrap();
        assert!(a == b && a != c, "{name}");
    }
}

#[tokio::test]
async fn a_key_that_was_never_committed_seals_nothing() {
    for (name, db) in databases().await {
        let undone: Result<(), _> = db
            .write(|tx| {
                tx.seal(&Place { client: &acme(), class: Class::Secret, table: "secret", row: "a" }, TEXT)?;
                Err(Error::Conflict("undone".to_owned()))
            })
            .await;
        assert!(undone.is_err());
        let stored = seal(&db, acme(), "a", TEXT).await;
        assert_eq!(db.read(status).await.unwrap().len(), 1, "{name}");
        assert_eq!(unseal(&db, acme(), "a", &stored).await.unwrap(), TEXT, "{name}");
    }
}

#[tokio::test]
async fn a_new_data_key_leaves_the_old_readable_and_the_sweep_brings_all_under_it() {
    for (name, db) in databases().await {
        let clear = |row: &'static str, value: String| {
            let sql = "INSERT INTO secret (client_id, name, value, changed_ms) VALUES ('acme', $1, $2, 0)";
            db.write(move |tx| tx.execute(sql, params![row, value]))
        };
        clear("old", "from before".to_owned()).await.unwrap();
        let stored = seal(&db, acme(), "a", TEXT).await;
        clear("a", stored.clone()).await.unwrap();
        db.write(|tx| tx.rotate_key(&acme(), Class::Secret)).await.unwrap();
        assert_eq!(unseal(&db, acme(), "a", &stored).await.unwrap(), TEXT, "{name}");
        assert_eq!(sweep::run(&db, &acme()).await.unwrap(), 2, "{name}");
        assert_eq!(sweep::run(&db, &acme()).await.unwrap(), 0, "{name}");
        let sql = "SELECT name, value FROM secret WHERE client_id = 'acme' ORDER BY name";
        let rows = db.read(move |tx| tx.query(sql, params![], |r| Ok((r.text(0)?, r.text(1)?)))).await.unwrap();
        assert!(rows.iter().all(|(_, value)| value.starts_with("bv1:2:")), "{name}: {rows:?}");
        assert_eq!(unseal(&db, acme(), "a", &rows[0].1).await.unwrap(), TEXT, "{name}");
        assert_eq!(unseal(&db, acme(), "old", &rows[1].1).await.unwrap(), "from before", "{name}");
        assert!(db.write(|tx| tx.rotate_key(&acme(), Class::Lookup)).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn what_came_to_be_sealed_later_is_sealed_by_the_sweep_and_opens_in_its_own_column() {
    for (name, db) in databases().await {
        let rows = |tx: &mut baton_db::Tx| {
            tx.execute(
                "INSERT INTO attachment (client_id, attachment_id, case_id, message_id, name, media, bytes, kept, sealed) \
                 VALUES ('acme', 'file_1', 'case_1', 'msg_1', 'receipt of Ann.txt', 'text/plain', 3, 1, 'YWJj')",
                params![],
            )?;
            let error = |tx: &mut baton_db::Tx, id: &str, error: Option<&str>| {
                tx.execute(
                    "INSERT INTO delivery (client_id, message_id, case_id, seq, channel, state, attempts, due_ms, \
                     lease_until_ms, error, created_ms) VALUES ('acme', $1, 'case_1', 1, 'email', 'failed', 1, 0, 0, $2, 0)",
                    params![id, error],
                )
            };
            error(tx, "msg_1", Some("no mailbox ann@home.example"))?;
            error(tx, "msg_2", None)
        };
        db.write(rows).await.unwrap();
        assert_eq!(sweep::run(&db, &acme()).await.unwrap(), 3, "{name}: what is not there is not sealed");
        assert_eq!(sweep::run(&db, &acme()).await.unwrap(), 0, "{name}");
        let sql = "SELECT a.name, a.sealed, d.error FROM attachment a JOIN delivery d ON d.client_id = a.client_id \
                   AND d.message_id = a.message_id WHERE a.client_id = $1";
        let read = move |tx: &mut baton_db::Tx| {
            tx.query_one(sql, params![acme()], |r| Ok([r.text(0)?, r.text(1)?, r.text(2)?]))
        };
        let [file, content, error] = db.read(read).await.unwrap();
        for (table, row, stored, text) in [
            ("attachment", "file_1/name", file.clone(), "receipt of Ann.txt"),
            ("attachment", "file_1", content, "YWJj"),
            ("delivery", "msg_1/error", error, "no mailbox ann@home.example"),
        ] {
            assert!(stored.starts_with("bv1:"), "{name}: {stored}");
            let open = move |tx: &mut baton_db::Tx| {
                tx.unseal(&Place { client: &acme(), class: Class::Message, table, row }, &stored)
            };
            assert_eq!(db.read(open).await.unwrap(), text, "{name}: {row}");
        }
        let elsewhere = move |tx: &mut baton_db::Tx| {
            tx.unseal(&Place { client: &acme(), class: Class::Message, table: "attachment", row: "file_1" }, &file)
        };
        assert!(db.read(elsewhere).await.is_err(), "{name}: a name is not what is in the file");
    }
}

#[tokio::test]
async fn a_new_master_key_takes_over_while_the_database_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let (url, file) = (folder.path().join("x.db"), folder.path().join("x.key"));
    let url = url.to_str().unwrap();
    let (old, new) = (fresh_text().unwrap(), fresh_text().unwrap());
    std::fs::write(&file, &old).unwrap();
    let (server, tool) = (Db::open(url).await.unwrap(), Db::open(url).await.unwrap());
    server.migrate().await.unwrap();
    assert!(matches!(server.write(|tx| tx.lookup_digest(&acme(), "x")).await, Err(Error::Unavailable(_))), "locked");
    server.unlock(Master::read(&old).unwrap(), Some(file.clone())).await.unwrap();
    let stored = seal(&server, acme(), "a", TEXT).await;

    std::fs::write(&file, format!("{new}\n{old}")).unwrap();
    tool.unlock(Master::read(&format!("{new},{old}")).unwrap(), None).await.unwrap();
    assert_eq!(tool.write(|tx| tx.rewrap_keys()).await.unwrap(), 1);
    std::fs::write(&file, &new).unwrap();

    assert_eq!(unseal(&server, acme(), "a", &stored).await.unwrap(), TEXT, "the server goes on");
    let again = seal(&server, acme(), "a", TEXT).await;
    server.write(|tx| tx.rotate_key(&acme(), Class::Message)).await.unwrap();
    let masters: Vec<_> = server.read(status).await.unwrap().into_iter().map(|key| key.master).collect();
    let id = Master::read(&new).unwrap()[0].id().to_owned();
    assert_eq!(masters, [id.clone(), id], "new data keys are under the new master key");
    let late = Db::open(url).await.unwrap();
    assert!(late.unlock(Master::read(&old).unwrap(), None).await.is_err(), "the old key alone opens nothing");
    late.unlock(Master::read(&new).unwrap(), None).await.unwrap();
    assert_eq!(unseal(&late, acme(), "a", &again).await.unwrap(), TEXT);
}
