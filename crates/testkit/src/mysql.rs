//! A MariaDB server of a test's own, from Debian's package, on loopback and a socket, in a folder that goes away with it.

use crate::process::{as_user, certificate, port, run, user_for_root};
use std::env;
use std::fs;
use std::io::Read as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

const PROGRAM: &str = "/usr/sbin/mariadbd";
/// Where its versions keep the texts that make the tables of its own, and how they call them.
const OWN_TABLES: [&str; 3] = ["/usr/share/mysql/mysql", "/usr/share/mysql/mariadb", "/usr/share/mariadb/mariadb"];
/// Set to 1, tests of connected MySQL databases are left out.
const SKIP_VARIABLE: &str = "BATON_SKIP_MYSQL";
/// Tries to connect to a server that starts, and the pause between two.
const START_TRIES_MAX: u32 = 300;
const START_PAUSE_MS: u64 = 100;
/// Small, and nothing of it outlives the test.
const SMALL: [&str; 5] = [
    "--innodb-buffer-pool-size=16M",
    "--innodb-log-file-size=8M",
    "--innodb-use-native-aio=0",
    "--innodb-flush-log-at-trx-commit=0",
    "--skip-name-resolve",
];

/// Waits on its standard input, which ends when the test process does, however it ends; then ends the server.
const GUARD: &str = r#""$@" >>"$LOG" 2>&1 </dev/null & server=$!
cat >/dev/null
kill -KILL $server; wait $server; rm -rf "$FOLDER""#;

/// A running MariaDB server. The user `baton` may do everything in it.
pub struct MysqlServer {
    port: u16,
    folder: TempDir,
    guard: Option<Child>,
}

impl MysqlServer {
    /// The password of the user `baton`.
    pub const PASSWORD: &'static str = "correct horse";

    /// The server of this test process, started once; `None`, with one line that says so, when `BATON_SKIP_MYSQL=1`.
    ///
    /// # Panics
    /// When it is not installed or does not start; with what to do.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<MysqlServer>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    fn start() -> Option<Self> {
        if env::var(SKIP_VARIABLE).is_ok_and(|value| value == "1") {
            skip_notice();
            return None;
        }
        assert!(
            Path::new(PROGRAM).is_file(),
            "tests of connected MySQL databases need MariaDB: install it (apt install mariadb-server-core), or set \
             {SKIP_VARIABLE}=1 to leave these tests out"
        );
        let folder = tempfile::Builder::new().prefix("baton-mysql-").tempdir().expect("a temporary folder");
        let mut server = Self { port: port(), folder, guard: None };
        server.make();
        server.wait_until_up();
        Some(server)
    }

    /// Address of a database by way of loopback.
    pub fn url(&self, database: &str) -> String {
        self.url_at(&format!("127.0.0.1:{}", self.port), database)
    }

    /// Address of a database at another host and port, such as one that passes on what it hears.
    pub fn url_at(&self, place: &str, database: &str) -> String {
        format!("mysql://baton:{}@{place}/{database}", Self::PASSWORD.replace(' ', "%20"))
    }

    /// The port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// The certificate, of `localhost` and no other name, PEM.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    fn make(&mut self) {
        let folder = self.folder.path().to_owned();
        let path = |name: &str| folder.join(name);
        for name in ["data", "tmp"] {
            fs::create_dir(path(name)).expect("a folder");
        }
        certificate(&folder, "DNS:localhost");
        fs::write(path("own.sql"), own_tables()).expect("a file");
        let users: String = ["%", "localhost"]
            .iter()
            .map(|host| {
                let (user, password) = (format!("baton@'{host}'"), Self::PASSWORD);
                format!("CREATE USER {user} IDENTIFIED BY '{password}';\nGRANT ALL ON *.* TO {user};\n")
            })
            .collect();
        fs::write(path("users.sql"), users).expect("a file");
        let user = user_for_root(&["mysql", "nobody"]);
        if let Some(user) = &user {
            run(Command::new("chown").arg("-R").arg(format!("{}:{}", user.uid, user.gid)).arg(&folder));
        }
        let told = |name: &str, value: &Path| format!("--{name}={}", value.display());
        let mut server = as_user(user.as_ref(), Path::new(PROGRAM));
        server.arg("--no-defaults").args(SMALL).current_dir(&folder);
        server.arg(told("datadir", &path("data"))).arg(told("tmpdir", &path("tmp")));
        let mut making = Command::new(server.get_program());
        making.args(server.get_args()).args(["--bootstrap", "--skip-networking"]).current_dir(&folder);
        run(making.stdin(fs::File::open(path("own.sql")).expect("a file")));
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard"]).arg(server.get_program()).args(server.get_args());
        guard.args(["--bind-address=127.0.0.1", &format!("--port={}", self.port)]);
        guard.arg(told("socket", &path("socket"))).arg(told("pid-file", &path("pid")));
        guard.arg(told("init-file", &path("users.sql")));
        guard.arg(told("ssl-cert", &path("cert.pem"))).arg(told("ssl-key", &path("key.pem")));
        guard.env("LOG", path("log")).env("FOLDER", &folder).current_dir(&folder);
        guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        self.guard = Some(guard.spawn().expect("a shell to start MariaDB"));
    }

    fn wait_until_up(&self) {
        for _ in 0..START_TRIES_MAX {
            // It greets once its users are made.
            if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
                let _ = stream.set_read_timeout(Some(Duration::from_millis(START_PAUSE_MS)));
                if stream.read(&mut [0; 1]).is_ok_and(|bytes| bytes > 0) {
                    return;
                }
            }
            thread::sleep(Duration::from_millis(START_PAUSE_MS));
        }
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        panic!("the test MariaDB did not start; its log:\n{log}");
    }
}

impl Drop for MysqlServer {
    fn drop(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            drop(guard.stdin.take());
            // It ends the server and itself; an error here leaves nothing to do.
            let _ = guard.wait();
        }
    }
}

/// The text that makes the tables that the server keeps for itself.
fn own_tables() -> String {
    let text = |start: &str, part: &str| fs::read_to_string(format!("{start}_system_tables{part}.sql")).ok();
    let found = OWN_TABLES.iter().find_map(|start| Some((text(start, "")?, text(start, "_data")?)));
    let (tables, data) = found.unwrap_or_else(|| panic!("MariaDB's own tables are in none of {OWN_TABLES:?}"));
    format!("CREATE DATABASE mysql;\nUSE mysql;\n{tables}\n{data}")
}

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn skip_notice() {
    eprintln!("MySQL is skipped ({SKIP_VARIABLE}=1): nothing was tested against such a server");
}
