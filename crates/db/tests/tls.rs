//! Baton's own database over TLS, at a real PostgreSQL that lets nobody in without.

use baton_base::Error;
use baton_db::{Db, params};
use baton_testkit::PgServer;

/// Whether the connection that asks is encrypted, and how many of Baton's are not.
async fn encrypted(db: &Db) -> (bool, i64) {
    let own = "SELECT COUNT(*) FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl";
    let plain = "SELECT COUNT(*) FROM pg_stat_activity AS a JOIN pg_stat_ssl AS s ON s.pid = a.pid \
                 WHERE a.application_name = 'baton' AND NOT s.ssl";
    let asked = db.read(move |tx| {
        let own = tx.query_one(own, params![], |row| row.int(0))?;
        Ok((own == 1, tx.query_one(plain, params![], |row| row.int(0))?))
    });
    asked.await.unwrap()
}

#[tokio::test]
async fn a_server_that_demands_tls_is_spoken_with_as_the_address_says() {
    let Some((server, port)) = tokio::task::spawn_blocking(PgServer::start_over_tls).await.unwrap() else {
        println!("skipped: no PostgreSQL here");
        return;
    };
    let authority = server.authority().display().to_string();
    let at = |host: &str, rest: &str| format!("postgres://postgres@{host}:{port}/postgres?{rest}");
    for address in [
        at("127.0.0.1", "sslmode=prefer"),
        at("127.0.0.1", "sslmode=require"),
        // The certificate is of localhost alone.
        at("127.0.0.1", &format!("sslmode=verify-ca&sslrootcert={authority}")),
        at("localhost", &format!("sslmode=verify-full&sslrootcert={authority}")),
        at("localhost", &format!("sslrootcert={authority}")),
    ] {
        let db = Db::open(&address).await.unwrap();
        // Those that ask, and those that tell other nodes and hear of them.
        assert_eq!(encrypted(&db).await, (true, 0), "{address}");
        db.close().await;
    }
    for (address, hint) in [
        // On this machine nothing is encrypted unless the address says so.
        (at("127.0.0.1", "application_name=x"), "without TLS"),
        (at("127.0.0.1", &format!("sslmode=verify-full&sslrootcert={authority}")), "not of the host"),
        (at("127.0.0.1", "sslmode=verify-full"), "no authority that is trusted"),
    ] {
        let Err(Error::Unavailable(why)) = Db::open(&address).await else { panic!("{address}") };
        assert!(why.contains(hint), "{address}: {why}");
    }
    // Through its socket as ever, whatever is asked.
    let db = Db::open(&format!("{}?sslmode=require", server.url())).await.unwrap();
    assert!(!encrypted(&db).await.0);
    db.close().await;
    tokio::task::spawn_blocking(|| drop(server)).await.unwrap();
}

#[tokio::test]
async fn a_server_without_tls_is_told_from_one_that_is_away() {
    // It answers as a PostgreSQL without TLS does: N, whoever asks.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 8];
            tokio::io::AsyncReadExt::read_exact(&mut stream, &mut asked).await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"N").await.unwrap();
        }
    });
    let Err(Error::Unavailable(why)) = Db::open(&format!("postgres://u@127.0.0.1:{port}/d?sslmode=require")).await
    else {
        panic!("it opened")
    };
    assert!(why.contains("it offers no TLS"), "{why}");
}
