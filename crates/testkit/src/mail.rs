//! Real mail servers of the tests' own: Dovecot for IMAP and Exim for SMTP, from Debian's packages, on loopback, in a folder that
//! goes away with them.

use crate::process::{certificate, port, run, said};
use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// The user under whom mail is kept; Debian's base system has it.
const USER: &str = "mail";
const DOVECOT: &str = "/usr/sbin/dovecot";
const EXIM: &str = "/usr/sbin/exim4";
/// Set to 1, tests of mail are left out.
const SKIP_VARIABLE: &str = "BATON_SKIP_MAIL";
/// Tries to connect to a server that starts, and the pause between two.
const START_TRIES_MAX: u32 = 100;
const START_PAUSE_MS: u64 = 100;

/// Waits on its standard input, which ends when the test process does, however it ends; then stops the server.
const GUARD: &str = r#""$@" >>"$LOG" 2>&1 </dev/null & server=$!
cat >/dev/null
kill -TERM $server; wait $server"#;

/// Mail servers for `help@shop.test`, whose password is [`MailServer::PASSWORD`], and for the customers `ann`, `bob` and
/// `cleo` at `home.test`. Mail to `refused@home.test` is refused by the server, mail to anybody else there comes back.
pub struct MailServer {
    folder: TempDir,
    imaps: u16,
    smtps: u16,
    smtp: u16,
    dovecot: Option<Child>,
    exim: Option<Child>,
}

impl MailServer {
    /// The password of `help@shop.test`.
    pub const PASSWORD: &'static str = "correct horse";

    /// Starts both servers; `None`, with one line that says so, when `BATON_SKIP_MAIL=1`.
    ///
    /// # Panics
    /// When they are not installed, the user is not root, or they do not start; with what to do.
    pub fn start() -> Option<Self> {
        if env::var(SKIP_VARIABLE).is_ok_and(|value| value == "1") {
            skip_notice();
            return None;
        }
        let root = said(Command::new("id").arg("-u")).as_deref() == Some("0");
        assert!(
            root && Path::new(DOVECOT).is_file() && Path::new(EXIM).is_file(),
            "tests of mail need root, Dovecot and Exim: install them (apt install dovecot-imapd exim4-daemon-light), or set \
             {SKIP_VARIABLE}=1 to leave these tests out"
        );
        let folder = tempfile::Builder::new().prefix("baton-mail-").tempdir().expect("a temporary folder");
        let mut server = Self { imaps: port(), smtps: port(), smtp: port(), folder, dovecot: None, exim: None };
        server.write_files();
        server.start_exim();
        server.start_imap();
        Some(server)
    }

    /// Where mail is read: a host and port with TLS.
    pub fn imaps(&self) -> String {
        format!("imaps://localhost:{}", self.imaps)
    }

    /// Where mail is sent: a host and port with TLS and sign-in.
    pub fn smtps(&self) -> String {
        format!("smtps://localhost:{}", self.smtps)
    }

    /// The certificate of both, PEM.
    pub fn authority(&self) -> String {
        fs::read_to_string(self.path("cert.pem")).expect("the certificate")
    }

    /// Stops the IMAP server; mail still arrives.
    pub fn stop_imap(&mut self) {
        if let Some(guard) = self.dovecot.take() {
            end(guard);
        }
    }

    /// Starts the IMAP server again.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_imap(&mut self) {
        self.dovecot = Some(self.guarded(&[DOVECOT, "-F", "-c", &self.text("dovecot.conf")], "dovecot.log"));
        self.wait(self.imaps, "dovecot.log");
    }

    fn start_exim(&mut self) {
        self.exim = Some(self.guarded(&[EXIM, "-C", &self.text("exim.conf"), "-bdf", "-q1s"], "exim.log"));
        self.wait(self.smtp, "exim.log");
    }

    /// Hands a mail to the SMTP server as a customer's program does: `head` holds its headers besides From, To and Date.
    ///
    /// # Panics
    /// When it is not taken.
    pub fn send(&self, from: &str, head: &str, body: &str) {
        let mail = format!("From: {from}\r\nTo: help@shop.test\r\n{head}\r\n\r\n{}\r\n", body.replace('\n', "\r\n"));
        self.send_raw(from, &mail);
    }

    /// The same with the whole text of the mail.
    ///
    /// # Panics
    /// When it is not taken.
    pub fn send_raw(&self, from: &str, mail: &str) {
        let stream = TcpStream::connect(("127.0.0.1", self.smtp)).expect("the SMTP server takes connections");
        let mut lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
        let mut answer = |wanted: char| loop {
            let line = lines.next().expect("an answer").expect("an answer");
            if line.as_bytes().get(3) == Some(&b' ') {
                assert!(line.starts_with(wanted), "{line}");
                break;
            }
        };
        let say = |text: &str| (&stream).write_all(text.as_bytes()).expect("it takes what is said");
        answer('2');
        let address = from.rsplit('<').next().unwrap_or(from).trim_end_matches('>');
        for (line, wanted) in [
            ("EHLO home.test".to_owned(), '2'),
            (format!("MAIL FROM:<{address}>"), '2'),
            ("RCPT TO:<help@shop.test>".to_owned(), '2'),
            ("DATA".to_owned(), '3'),
            (format!("{}\r\n.", mail.replace("\r\n.", "\r\n..")), '2'),
            ("QUIT".to_owned(), '2'),
        ] {
            say(&format!("{line}\r\n"));
            answer(wanted);
        }
    }

    /// The mails in a mailbox, such as `ann@home.test`, in the order in which they came.
    ///
    /// # Panics
    /// When one cannot be read.
    pub fn inbox(&self, address: &str) -> Vec<Vec<u8>> {
        let folder = self.path("mail").join(address);
        let mut found: Vec<(SystemTime, PathBuf)> = ["new", "cur"]
            .iter()
            .filter_map(|part| fs::read_dir(folder.join(part)).ok())
            .flatten()
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
            })
            .collect();
        found.sort();
        found.into_iter().map(|(_, path)| fs::read(path).expect("a mail")).collect()
    }

    /// What the servers wrote into their logs, for a test that fails.
    pub fn logs(&self) -> String {
        let names = ["dovecot.log", "exim.log", "log/exim-main.log", "log/exim-reject.log", "log/exim-panic.log"];
        let texts = names.iter().filter_map(|name| fs::read_to_string(self.path(name)).ok());
        texts.collect::<Vec<_>>().join("\n")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn write_files(&self) {
        let folder = self.folder.path().display().to_string();
        run(Command::new("chmod").arg("755").arg(&folder));
        for name in ["mail", "spool", "log", "run", "state"] {
            fs::create_dir(self.path(name)).expect("a folder");
        }
        let owned = ["mail", "spool", "log"].map(|name| self.path(name));
        run(Command::new("chown").arg(format!("{USER}:{USER}")).args(&owned));
        certificate(self.folder.path(), "DNS:localhost,IP:127.0.0.1");
        let key = self.text("key.pem");
        run(Command::new("chgrp").arg(USER).arg(&key));
        run(Command::new("chmod").arg("640").arg(&key));
        let fill = |text: &str| {
            text.replace("{folder}", &folder)
                .replace("{imaps}", &self.imaps.to_string())
                .replace("{smtps}", &self.smtps.to_string())
                .replace("{smtp}", &self.smtp.to_string())
                .replace("{password}", Self::PASSWORD)
        };
        let dovecot = format!("{}{DOVECOT_SERVICE}", dovecot_settings());
        fs::write(self.path("dovecot.conf"), fill(&dovecot)).expect("a file");
        fs::write(self.path("exim.conf"), fill(EXIM_CONF)).expect("a file");
        fs::write(self.path("users"), fill("help@shop.test:{PLAIN}{password}\n")).expect("a file");
    }

    fn guarded(&self, words: &[&str], log: &str) -> Child {
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard"]).args(words).env("LOG", self.path(log));
        guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        guard.spawn().expect("a shell to start a mail server")
    }

    fn wait(&self, port: u16, log: &str) {
        for _ in 0..START_TRIES_MAX {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(START_PAUSE_MS));
        }
        panic!("a mail server did not start ({log}):\n{}", self.logs());
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        for guard in [self.dovecot.take(), self.exim.take()].into_iter().flatten() {
            end(guard);
        }
    }
}

fn end(mut guard: Child) {
    drop(guard.stdin.take());
    // It stops the server and ends; an error here leaves nothing to do.
    let _ = guard.wait();
}

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn skip_notice() {
    eprintln!("mail is skipped ({SKIP_VARIABLE}=1): nothing was tested against mail servers");
}

/// The settings that Dovecot's versions write differently, as the installed one takes them.
fn dovecot_settings() -> &'static str {
    // `2.4.1-4 (7d8c0e5759)`
    let version = said(Command::new(DOVECOT).arg("--version")).unwrap_or_default();
    let numbers: Vec<u32> = version.split(['.', '-', ' ']).map_while(|part| part.parse().ok()).take(2).collect();
    match numbers[..] {
        [major, minor] if (major, minor) >= (2, 4) => DOVECOT_2_4,
        [_, _] => DOVECOT_2_3,
        _ => panic!("Dovecot says no version: {version}"),
    }
}

/// Debian 12.
const DOVECOT_2_3: &str = "ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:{folder}/mail/%u
passdb {
  driver = passwd-file
  args = username_format=%u {folder}/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%u
}
";

/// Debian 13. The first two lines must be the first.
const DOVECOT_2_4: &str = "dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
ssl_server_cert_file = {folder}/cert.pem
ssl_server_key_file = {folder}/key.pem
mail_driver = maildir
mail_path = {folder}/mail/%{user}
passdb passwd-file {
  passwd_file_path = {folder}/users
  auth_username_format = %{user}
}
userdb static {
  fields {
    uid = mail
    gid = mail
    home = {folder}/mail/%{user}
  }
}
";

const DOVECOT_SERVICE: &str = "protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = required
first_valid_uid = 1
first_valid_gid = 1
mailbox_idle_check_interval = 1 secs
service imap-login {
  chroot =
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = {imaps}
    ssl = yes
  }
}
";

const EXIM_CONF: &str = "primary_hostname = mail.test
exim_user = mail
exim_group = mail
never_users =
spool_directory = {folder}/spool
log_file_path = {folder}/log/exim-%s.log
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {smtp} : {smtps}
tls_on_connect_ports = {smtps}
tls_advertise_hosts = *
tls_certificate = {folder}/cert.pem
tls_privatekey = {folder}/key.pem
host_lookup =
rfc1413_hosts =
keep_environment =
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  deny local_parts = refused
       message = nobody here takes mail
  accept authenticated = *
  accept domains = shop.test
  deny message = sign in first
begin routers
boxes:
  driver = accept
  domains = shop.test : home.test
  local_parts = help : ann : bob : cleo
  transport = maildir
nobody:
  driver = redirect
  allow_fail
  data = :fail: there is no such mailbox
begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = {folder}/mail/$local_part_data@$domain_data
  create_directory
  user = mail
  group = mail
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and {{eq{$auth2}{help@shop.test}}{eq{$auth3}{{password}}}}}
  server_set_id = $auth2
";
