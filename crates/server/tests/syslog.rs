//! The ledger to a collector by syslog over TLS, whose certificate is looked at.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{SHOP, TestApp};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longest wait for what a collector was told.
const PATIENCE: Duration = Duration::from_secs(60);

/// A collector with the certificate of a folder: its port, and what each connection told it, empty where there was no TLS.
fn collector(folder: &Path) -> (u16, Receiver<String>) {
    let chain = vec![CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, heard) = channel();
    std::thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), socket);
            let mut text = String::new();
            let whole = stream.read_to_string(&mut text);
            if told.send(if whole.is_ok() { text } else { String::new() }).is_err() {
                return;
            }
        }
    });
    (port, heard)
}

/// The messages of a stream, by the lengths before them.
fn messages(mut text: &str) -> Vec<String> {
    let mut all = Vec::new();
    while let Some((length, rest)) = text.split_once(' ') {
        let (message, after) = rest.split_at(length.parse().unwrap());
        all.push(message.to_owned());
        text = after;
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_is_told_over_tls_where_its_certificate_is_its_own_and_nothing_otherwise() {
    let app = TestApp::start("sqlite", None).await;
    let auditor = app.member("auditor@baton.example").await;
    let whole = format!("/api/v1/clients/{SHOP}/ledger/verify");
    let entries = auditor.until(&whole, |found| found["unsealed"] == 0).await["entries"].as_u64().unwrap();
    let (database, folder) = app.stop().await;
    let at = folder.path();
    let certificates = at.join("collector");
    std::fs::create_dir(&certificates).unwrap();
    baton_testkit::certificate(&certificates, "DNS:localhost");
    let (port, heard) = collector(&certificates);
    let stream = |host: &str, trust: &[&str]| -> Output {
        let to = format!("tls://{host}:{port}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.args(["audit", "stream", "--client", SHOP, "--format", "cef", "--to", &to]).args(trust);
        command.env("BATON_DATABASE", &database).env("BATON_MASTER_KEY_FILE", at.join("baton.db.key"));
        command.output().unwrap()
    };
    let authority = certificates.join("cert.pem");
    let ours = ["--ca", authority.to_str().unwrap()];

    let done = stream("localhost", &ours);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told = messages(&heard.recv_timeout(PATIENCE).unwrap());
    assert!(entries > 0 && told.len() as u64 >= entries, "{} of {entries}", told.len());
    assert!(told.iter().all(|message| message.starts_with("<1") && message.contains(" baton - led_")), "{told:?}");

    // Another name than its certificate's, and an authority that nobody trusts.
    let nobody: [&str; 0] = [];
    for (host, trust) in [("127.0.0.1", &ours[..]), ("localhost", &nobody[..])] {
        let refused = stream(host, trust);
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success(), "{host}: {why}");
        assert!(why.contains("TLS") || why.contains("authorities"), "{host}: {why}");
    }
    while let Ok(told) = heard.recv_timeout(Duration::from_millis(500)) {
        assert_eq!(told, "", "nothing is told to whoever may be somebody else");
    }
}
