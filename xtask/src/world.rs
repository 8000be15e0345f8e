//! A whole Baton on this machine: the demo systems, a database with the demo clients, the server.

use crate::run;
use crate::service::Service;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const READY_WAIT_MS_MAX: u64 = 60_000;
/// The systems stand on the ports after the server's, so that the addresses in a release stay true between starts.
const SYSTEMS: [&str; 3] = ["shop", "mutual", "nordic"];
/// Which system's address goes into which client's parameters.
const PARAMETERS: &[(&str, &str)] = &[
    ("shop", "larkspur.shop_url"),
    ("mutual", "harbor-mutual.policies_url"),
    ("mutual", "harbor-mutual.documents_url"),
    ("mutual", "harbor-mutual.payments_url"),
    ("nordic", "nordlicht.policies_url"),
    ("nordic", "nordlicht.documents_url"),
    ("nordic", "nordlicht.payments_url"),
];

/// Where a world's programs and files are.
pub struct Place {
    /// The checkout.
    pub root: PathBuf,
    /// The program `baton`.
    pub baton: PathBuf,
    /// The program `baton-demo-systems`.
    pub systems: PathBuf,
    /// Folder of the database, the systems' state and the logs.
    pub data: PathBuf,
    /// Port of the server; 0 takes any free one, for the systems too.
    pub port: u16,
    /// Folder of the encoder that the server recognises messages with.
    pub encoder: Option<PathBuf>,
}

impl Place {
    /// With the programs of a cargo profile.
    pub fn new(workspace: &Workspace, profile_dir: &str, data: PathBuf, port: u16) -> Self {
        Self {
            root: workspace.root.clone(),
            baton: workspace.program(profile_dir, "baton"),
            systems: workspace.program(profile_dir, "baton-demo-systems"),
            data,
            port,
            encoder: None,
        }
    }

    /// Folder of the logs.
    pub fn logs(&self) -> PathBuf {
        self.data.join("logs")
    }

    /// Address of the database.
    pub fn database(&self) -> String {
        format!("sqlite:{}", self.data.join("baton.db").display())
    }

    /// `baton` with arguments.
    pub fn baton(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.baton);
        command.current_dir(&self.root).args(arguments);
        command
    }
}

/// Everything that runs; stopped in this order, the server before the systems that it calls.
pub struct World {
    /// Programs that use the server.
    guests: Vec<Service>,
    /// `baton serve`.
    pub server: Service,
    /// `baton-demo-systems`.
    pub systems: Service,
    /// Address of the server.
    pub url: String,
    /// Address of the shop's demo system.
    pub shop: String,
}

impl World {
    /// Starts everything; `say` is told what happens next.
    pub fn start(place: &Place, say: impl Fn(&str)) -> Result<Self> {
        fs::create_dir_all(place.data.join("systems"))
            .with_context(|| format!("{} cannot be made", place.data.display()))?;
        say("starting the demo systems");
        let (systems, addresses) = start_systems(place)?;
        say("loading the demo clients");
        load(place, &addresses)?;
        say("starting the server");
        let (server, url) = start_server(place)?;
        let shop = addresses.into_iter().find(|(system, _)| system == "shop").map(|(_, address)| address);
        Ok(Self { guests: Vec::new(), server, systems, url, shop: shop.context("the systems name no shop")? })
    }

    /// Simulated customers begin to write.
    pub fn let_customers_in(&mut self, place: &Place, per_minute: u32) -> Result<()> {
        let per_minute = per_minute.to_string();
        let mut command = place.baton(&["demo", "traffic", "--url", &self.url, "--per-minute", &per_minute]);
        command.env("BATON_TOKEN", token(place)?);
        self.guests.push(Service::start("traffic", &mut command, &place.logs())?);
        Ok(())
    }

    /// An error when one of the programs has ended.
    pub fn check(&mut self) -> Result<()> {
        self.server.check()?;
        self.systems.check()?;
        self.guests.retain_mut(|guest| !guest.is_done());
        self.guests.iter_mut().try_for_each(Service::check)
    }
}

/// Starts the demo systems and reads where they listen.
fn start_systems(place: &Place) -> Result<(Service, Vec<(String, String)>)> {
    let mut command = Command::new(&place.systems);
    command.current_dir(&place.root).arg("--state").arg(place.data.join("systems"));
    for (offset, system) in (1..).zip(SYSTEMS) {
        let port = place.port.checked_add(offset).filter(|port| place.port > 0 && port_is_free(*port)).unwrap_or(0);
        command.arg(format!("--{system}-port")).arg(port.to_string());
    }
    let mut service = Service::start("systems", &mut command, &place.logs())?;
    let line = service.first_line(READY_WAIT_MS_MAX)?;
    let ready: Value = serde_json::from_str(&line).with_context(|| format!("systems said `{line}`"))?;
    let address = |name: &str| Some((name.to_owned(), ready.get(name)?.as_str()?.to_owned()));
    let addresses: Option<Vec<_>> = SYSTEMS.iter().map(|name| address(name)).collect();
    Ok((service, addresses.with_context(|| format!("systems said `{line}`"))?))
}

/// Database, releases of the demo clients, members.
fn load(place: &Place, addresses: &[(String, String)]) -> Result<()> {
    let database = place.database();
    run::quiet("baton db migrate", &mut place.baton(&["db", "migrate", "--database", &database]))?;
    let mut deploy = place.baton(&["deploy"]);
    deploy.args(overlays(&place.root)?).arg("--blueprints").arg("blueprints").args(["--database", &database]);
    for (system, address) in addresses {
        for (_, parameter) in PARAMETERS.iter().filter(|(of, _)| of == system) {
            deploy.arg("--set").arg(format!("{parameter}={address}"));
        }
    }
    run::quiet("baton deploy", &mut deploy)?;
    run::quiet("baton demo seed", &mut place.baton(&["demo", "seed", "--database", &database]))?;
    Ok(())
}

/// The token with which simulated customers open cases; shown once by Baton, so kept beside the database.
pub fn token(place: &Place) -> Result<String> {
    let kept = place.data.join("traffic.token");
    if let Ok(token) = fs::read_to_string(&kept) {
        return Ok(token);
    }
    let database = place.database();
    let said = run::quiet("baton demo token", &mut place.baton(&["demo", "token", "--database", &database]))?;
    let token = said.lines().last().unwrap_or_default().trim().to_owned();
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&kept)?;
    file.write_all(token.as_bytes())?;
    Ok(token)
}

/// The demo clients, in the order of their file names.
fn overlays(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join("demo/overlays");
    let entries = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    if files.is_empty() {
        bail!("{} holds no overlay", folder.display());
    }
    Ok(files)
}

fn start_server(place: &Place) -> Result<(Service, String)> {
    let listen = format!("127.0.0.1:{}", place.port);
    let mut command = place.baton(&["serve", "--print-ready", "--database", &place.database(), "--listen", &listen]);
    if let Some(encoder) = &place.encoder {
        command.arg("--encoder").arg(encoder);
    }
    let mut service = Service::start("baton", &mut command, &place.logs())?;
    let line = service.first_line(READY_WAIT_MS_MAX)?;
    let ready: Value = serde_json::from_str(&line).with_context(|| format!("baton said `{line}`"))?;
    let url = ready["ready"].as_str().with_context(|| format!("baton said `{line}`"))?.to_owned();
    Ok((service, url))
}

/// Whether nobody listens there.
pub fn port_is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
