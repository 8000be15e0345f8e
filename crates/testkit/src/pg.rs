//! A PostgreSQL server of the tests' own: real, durable as in production, gone with the process that started it.

use crate::process::{User, as_user, certificate, port, run, user_for_root};
use postgres::{Client, NoTls};
use std::env;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Address of a server to use instead of an own one, such as `postgres://postgres@127.0.0.1/postgres`.
const SERVER_VARIABLE: &str = "BATON_TEST_POSTGRES";
/// Set to 1, tests run on SQLite alone.
const SKIP_VARIABLE: &str = "BATON_SKIP_POSTGRES";
/// Tries to connect to a server that starts, and the pause between two.
const START_TRIES_MAX: u32 = 300;
const START_PAUSE_MS: u64 = 100;
/// Tests run side by side, each with a node's connections.
const CONNECTIONS_MAX: u32 = 400;

/// Waits on its standard input, which ends when the test process does, however it ends; then stops the server.
const GUARD: &str = r#""$@" >"$LOG" 2>&1 </dev/null & server=$!
cat >/dev/null
kill -QUIT $server; wait $server; rm -rf "$FOLDER""#;

/// Who is let in by a server that is reached over TLS: on its socket anybody, on loopback who speaks TLS.
const OVER_TLS: &str = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n";

/// A running PostgreSQL server.
pub struct PgServer {
    /// Address of its `postgres` database.
    url: String,
    guard: Option<Child>,
    // The guard removes the folder; this does when the server never started.
    folder: Option<TempDir>,
}

impl PgServer {
    /// The server of this test process: the one that `BATON_TEST_POSTGRES` names, or an own one, started once.
    /// `None` when `BATON_SKIP_POSTGRES=1`.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<PgServer>> = OnceLock::new();
        SHARED.get_or_init(Self::from_environment).as_ref()
    }

    fn from_environment() -> Option<Self> {
        if env::var(SKIP_VARIABLE).is_ok_and(|v| v == "1") {
            skip_notice();
            return None;
        }
        let given = env::var(SERVER_VARIABLE).ok().filter(|url| !url.is_empty());
        Some(given.map_or_else(Self::start, |url| Self::at(&url)))
    }

    /// A server that runs already, by the address of a database in it.
    pub fn at(url: &str) -> Self {
        Self { url: url.to_owned(), guard: None, folder: None }
    }

    /// Starts a server in a temporary folder, reached through a socket in it. It ends with this process.
    ///
    /// # Panics
    /// When PostgreSQL is not found or does not start, with what to do.
    pub fn start() -> Self {
        Self::started(None)
    }

    /// The same on loopback too, under this port, where it lets in over TLS alone; its certificate is of `localhost` and no other
    /// name, and stands beside in [`PgServer::authority`]. `None` when `BATON_SKIP_POSTGRES=1`.
    ///
    /// # Panics
    /// When PostgreSQL or openssl is not found or does not start, with what to do.
    pub fn start_over_tls() -> Option<(Self, u16)> {
        if env::var(SKIP_VARIABLE).is_ok_and(|v| v == "1") {
            skip_notice();
            return None;
        }
        let port = port();
        Some((Self::started(Some(port)), port))
    }

    /// The certificate of a server that was started over TLS, PEM.
    ///
    /// # Panics
    /// For any other.
    pub fn authority(&self) -> PathBuf {
        self.folder.as_ref().expect("a server of its own").path().join("cert.pem")
    }

    fn started(tls: Option<u16>) -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new().prefix("baton-pg-").tempdir().expect("a temporary folder");
        let other_user = user_for_root(&["postgres", "nobody"]);
        if tls.is_some() {
            certificate(folder.path(), "DNS:localhost");
            run(Command::new("chmod").arg("600").arg(folder.path().join("key.pem")));
        }
        if let Some(user) = &other_user {
            run(Command::new("chown").arg("-R").arg(format!("{}:{}", user.uid, user.gid)).arg(folder.path()));
        }
        let data = folder.path().join("data");
        let mut init = as_user(other_user.as_ref(), &programs.join("initdb"));
        init.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"]).arg(&data);
        run(init.current_dir(folder.path()));
        if tls.is_some() {
            fs::write(data.join("pg_hba.conf"), OVER_TLS).expect("the file of who is let in");
        }
        let guard = start_guarded(&programs, other_user.as_ref(), folder.path(), tls);
        let socket = folder.path().to_string_lossy().replace('/', "%2F");
        let port = tls.map(|port| format!(":{port}")).unwrap_or_default();
        let url = format!("postgres://postgres@{socket}{port}/postgres");
        let server = Self { url, guard: Some(guard), folder: Some(folder) };
        server.wait_until_up(&data);
        server
    }

    /// Address of the server's own database, for `BATON_TEST_POSTGRES`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes an empty database and gives its address. Not to be called on an async thread.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn fresh_database(&self) -> String {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        // Many test processes share one server: the name must not repeat among them.
        let unique = RandomState::new().hash_one(std::process::id());
        let name = format!("baton_{unique:016x}_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut client = Client::connect(&self.url, NoTls).expect("the test PostgreSQL takes connections");
        client.batch_execute(&format!("CREATE DATABASE {name}")).expect("a fresh database");
        let (server, parameters) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let server = server.rsplit_once('/').map_or(server, |(server, _)| server);
        if parameters.is_empty() { format!("{server}/{name}") } else { format!("{server}/{name}?{parameters}") }
    }

    fn wait_until_up(&self, data: &Path) {
        for _ in 0..START_TRIES_MAX {
            if Client::connect(&self.url, NoTls).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(START_PAUSE_MS));
        }
        let log = fs::read_to_string(data.with_file_name("log")).unwrap_or_default();
        panic!("the test PostgreSQL did not start; its log:\n{log}");
    }
}

impl Drop for PgServer {
    fn drop(&mut self) {
        if let Some(guard) = &mut self.guard {
            drop(guard.stdin.take());
            // It stops the server and ends; an error here leaves nothing to do.
            let _ = guard.wait();
        }
    }
}

fn start_guarded(programs: &Path, user: Option<&User>, folder: &Path, tls: Option<u16>) -> Child {
    let server = as_user(user, &programs.join("postgres"));
    let mut guard = Command::new("sh");
    guard.args(["-c", GUARD, "guard"]).arg(server.get_program()).args(server.get_args());
    guard.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    match tls {
        None => guard.args(["-c", "listen_addresses="]),
        Some(port) => {
            let file = |setting: &str, name: &str| format!("{setting}={}", folder.join(name).display());
            guard.args(["-c", "listen_addresses=127.0.0.1", "-p", &port.to_string(), "-c", "ssl=on"]);
            guard.args(["-c", &file("ssl_cert_file", "cert.pem"), "-c", &file("ssl_key_file", "key.pem")])
        }
    };
    guard.args(["-c", &format!("max_connections={CONNECTIONS_MAX}")]);
    guard.env("LOG", folder.join("log")).env("FOLDER", folder).current_dir(folder);
    guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    guard.spawn().expect("a shell to start PostgreSQL")
}

/// The newest PostgreSQL of the system's packages, or the one in PATH.
fn programs() -> PathBuf {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").is_file())
        .collect();
    found.sort();
    let packaged = found.pop().map(|(_, bin)| bin);
    let in_path = || env::split_paths(&env::var_os("PATH")?).find(|folder| folder.join("initdb").is_file());
    packaged.or_else(in_path).unwrap_or_else(|| {
        panic!(
            "PostgreSQL is not installed: install it (apt install postgresql), name a server in {SERVER_VARIABLE}, \
             or set {SKIP_VARIABLE}=1 to test on SQLite alone"
        )
    })
}

#[expect(clippy::print_stderr, reason = "a skipped half of a test must be seen")]
fn skip_notice() {
    eprintln!("PostgreSQL is skipped ({SKIP_VARIABLE}=1): these tests ran on SQLite alone");
}
