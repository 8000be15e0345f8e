//! Programs that are started for tests, and the user that they run as.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A user, by numbers.
pub(crate) struct User {
    pub(crate) uid: String,
    pub(crate) gid: String,
}

/// Database servers refuse to run as root: then they run as the first of these users that there is.
///
/// # Panics
/// When none of them is there.
pub(crate) fn user_for_root(names: &[&str]) -> Option<User> {
    if id(&["-u"]).as_deref() != Some("0") {
        return None;
    }
    let user = |name: &str| Some(User { uid: id(&["-u", name])?, gid: id(&["-g", name])? });
    Some(
        names
            .iter()
            .find_map(|name| user(name))
            .unwrap_or_else(|| panic!("none of the users {names:?} is here to run a server as")),
    )
}

fn id(arguments: &[&str]) -> Option<String> {
    said(Command::new("id").args(arguments))
}

/// A program run as that user, or as this one.
pub(crate) fn as_user(user: Option<&User>, program: &Path) -> Command {
    let Some(user) = user else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={}", user.uid)).arg(format!("--regid={}", user.gid)).arg("--clear-groups");
    command.arg(program);
    command
}

/// What a program says on its standard output; `None` when it is missing or fails.
pub(crate) fn said(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a program to its end.
///
/// # Panics
/// When it fails, with what it said.
pub(crate) fn run(command: &mut Command) {
    let Output { status, stdout, stderr } = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?} failed:\n{stdout}{stderr}");
}

/// Makes a key and a certificate of this machine's own, `key.pem` and `cert.pem`, for these names.
///
/// # Panics
/// When openssl is missing or fails.
pub fn certificate(folder: &Path, names: &str) {
    run(Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", &format!("subjectAltName={names}")])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("cert.pem")));
}

/// A port that nobody listens on now.
pub(crate) fn port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}
