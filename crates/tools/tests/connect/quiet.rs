//! A secret goes to its system and nowhere else: not into logs, errors, results or any row in clear.

use super::echo::{Echo, World};
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::filter::LevelFilter;

const SECRETS: [&str; 3] = ["swordfish-4711", "pass-phrase-0815", "given-token-1234"];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Every value of every row.
async fn all_rows(world: &World) -> String {
    let read = |tx: &mut baton_db::Tx| {
        let tables = tx.query("SELECT name FROM sqlite_master WHERE type = 'table'", &[], |r| r.text(0))?;
        let mut all = String::new();
        for table in tables {
            let rows = tx.query(&format!("SELECT * FROM {table}"), &[], |r| {
                Ok((0..)
                    .map_while(|at| r.value(at).ok().map(|value| format!("{value:?}")))
                    .collect::<Vec<_>>()
                    .join("|"))
            })?;
            all.push_str(&format!("\n{table}: {}", rows.join("\n")));
        }
        Ok(all)
    };
    world.db.read(read).await.unwrap()
}

#[tokio::test]
async fn a_secret_shows_in_no_log_error_result_or_row() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let _here = tracing::subscriber::set_default(subscriber);
    let (echo, server) = (Echo::start().await, Echo::start().await);
    let oauth = format!("{{ kind: oauth2_client, token_url: '{}/token', client: b }}", server.address);
    let mut seen = String::new();
    for auth in ["{ kind: bearer, setting: a }", "{ kind: api_key, in: query, name: k, setting: a }", &oauth] {
        let file = format!(
            "name: sys\ntitle: The system\nkind: http\nbase_url: {}\nattempts: 1\nauth: {auth}\nactions: [{{ name: look, path: /look }}]\n",
            echo.address
        );
        let world = World::new(&[("connectors/sys.yaml", file)]).await;
        world.secret("a", SECRETS[0]).await;
        world.secret("b", &format!("id:{}", SECRETS[1])).await;
        let given = json!({"access_token": SECRETS[2], "token_type": "Bearer", "expires_in": 600});
        server.says((200, "application/json", given.to_string().into_bytes()));
        // It arrives; then the system refuses, breaks, and says it back.
        seen.push_str(&format!("{:?}", world.call("look", json!({})).await));
        let sent = format!("{:?} {}", echo.last().header("authorization"), echo.last().target);
        assert!(SECRETS.iter().any(|secret| sent.contains(secret)), "{auth}: {sent}");
        for answer in [(401, "text/plain", b"who?".to_vec()), (500, "text/plain", b"broken".to_vec())] {
            echo.says(answer);
            server.says((401, "application/json", br#"{"error":"invalid_client"}"#.to_vec()));
            seen.push_str(&format!("{:?}", world.call("look", json!({})).await));
        }
        let rows = all_rows(&world).await;
        assert!(rows.contains("ledger: ") && rows.contains("secret: "), "the rows were read");
        seen.push_str(&rows);
    }
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(!logged.is_empty(), "something was logged");
    for secret in SECRETS {
        assert!(!seen.contains(secret), "{secret} in a result or row: {seen}");
        assert!(!logged.contains(secret), "{secret} in the log");
    }
}
