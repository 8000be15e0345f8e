//! `baton propose`, `baton proposals` and `baton proposal`: changes of what steers AI and processes.

use super::run::Reach;
use super::run::reach::Server;
use super::{Outcome, say};
use baton_base::limits::PAGE_MAX;
use baton_base::{Error, Result};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Most files of a blueprint, tests included.
const FILES_MAX: usize = 2_000;

/// A change to propose.
#[derive(Args)]
pub struct Propose {
    /// Folder of the blueprint as it should be.
    #[arg(required_unless_present = "action")]
    folder: Option<PathBuf>,
    /// The client it is for.
    #[arg(long)]
    client: String,
    /// What changes, in a few words.
    #[arg(long)]
    title: String,
    /// Why.
    #[arg(long)]
    reason: String,
    /// A parameter of the client that changes: JSON, or text.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    sets: Vec<String>,
    /// Publish at this time once approved, milliseconds since 1970.
    #[arg(long)]
    publish_ms: Option<i64>,
    /// Instead of a folder: the action whose autonomy level changes, or `*`.
    #[arg(long, conflicts_with = "folder", requires = "level")]
    action: Option<String>,
    /// The intent for which it changes.
    #[arg(long, default_value = "*")]
    intent: String,
    /// The level: observe, suggest, act_with_approval, act, or `release` for what the release says.
    #[arg(long)]
    level: Option<String>,
    #[command(flatten)]
    reach: Reach,
}

/// Which proposals to list.
#[derive(Args)]
pub struct Proposals {
    /// The client.
    #[arg(long)]
    client: String,
    /// Only those that are open, approved, published, rejected or rolled_back.
    #[arg(long)]
    state: Option<String>,
    #[command(flatten)]
    reach: Reach,
}

/// One proposal.
#[derive(Args)]
pub struct Proposal {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    reach: Reach,
}

#[derive(Subcommand)]
enum Verb {
    /// Print a proposal: its checks, its votes and what changes, file by file.
    Show(Which),
    /// Say yes. Whoever made it cannot.
    Approve(Which),
    /// Say no.
    Reject(Which),
    /// Make an approved proposal hold.
    Publish(Which),
    /// Take a published proposal back: what was before holds again.
    Rollback(Which),
    /// Write the files out of the release that was live before: what taking it back goes to, to be mended and proposed where it
    /// no longer loads.
    Files(Files),
}

/// Whose files, and where to.
#[derive(Args)]
struct Files {
    /// Id of the proposal.
    id: String,
    /// The client.
    #[arg(long)]
    client: String,
    /// A folder that is not there yet.
    #[arg(long)]
    to: PathBuf,
}

#[derive(Args)]
struct Which {
    /// Id of the proposal.
    id: String,
    /// The client.
    #[arg(long)]
    client: String,
    /// Why.
    #[arg(long, default_value = "")]
    reason: String,
}

pub async fn propose(options: Propose) -> Outcome {
    let mut body = json!({"title": options.title, "reason": options.reason, "publish_ms": options.publish_ms});
    match (&options.folder, &options.action) {
        (Some(folder), _) => {
            body["files"] = json!(files(folder)?);
            body["parameters"] = parameters(&options.sets)?;
        }
        (None, action) => {
            let level = options.level.as_deref().filter(|level| *level != "release");
            body["autonomy"] = json!({"intent": options.intent, "action": action, "level": level});
        }
    }
    let server = options.reach.server().await?;
    let made = server.post(&format!("/clients/{}/proposals", options.client), &body).await?;
    tell(&made, options.reach.json);
    Ok(if made["ready"] == true { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub async fn list(options: Proposals) -> Outcome {
    let server = options.reach.server().await?;
    let state = options.state.map(|state| format!("&state={state}")).unwrap_or_default();
    let path = format!("/clients/{}/proposals?limit={PAGE_MAX}{state}", options.client);
    let (mut page, mut all) = (server.get(&path).await?, Vec::new());
    loop {
        all.extend(page["items"].as_array_mut().map(std::mem::take).unwrap_or_default());
        let Some(next) = page["next"].as_str() else { break };
        page = server.get(&format!("{path}&after={next}")).await?;
    }
    if options.reach.json {
        page["items"] = all.into();
        say(&page.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    for one in &all {
        let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        say(&format!("{}  {}  {}  {}  by {}", text("id"), text("state"), text("kind"), text("title"), text("author")));
    }
    Ok(ExitCode::SUCCESS)
}

pub async fn one(options: Proposal) -> Outcome {
    let server = options.reach.server().await?;
    let (verb, which) = match &options.verb {
        Verb::Files(wanted) => return write_out(&server, wanted).await,
        Verb::Show(which) => ("", which),
        Verb::Approve(which) => ("approve", which),
        Verb::Reject(which) => ("reject", which),
        Verb::Publish(which) => ("publish", which),
        Verb::Rollback(which) => ("rollback", which),
    };
    let path = format!("/clients/{}/proposals/{}", which.client, which.id);
    let shown = if verb.is_empty() {
        server.get(&path).await?
    } else {
        server.post(&format!("{path}/{verb}"), &json!({"reason": which.reason})).await?
    };
    tell(&shown, options.reach.json);
    Ok(ExitCode::SUCCESS)
}

/// The files of the release before, as a folder.
async fn write_out(server: &Server, wanted: &Files) -> Outcome {
    let (client, folder) = (&wanted.client, &wanted.to);
    let proposal = server.get(&format!("/clients/{client}/proposals/{}", wanted.id)).await?;
    let base = proposal["base"].as_str().ok_or_else(|| Error::Conflict("no release was live before".to_owned()))?;
    let read = server.get(&format!("/clients/{client}/blueprint?release={base}")).await?;
    let failed = |e: std::io::Error| Error::invalid(format!("cannot write {}", folder.display()), e.to_string());
    std::fs::create_dir(folder).map_err(failed)?;
    let mut count = 0;
    for (path, text) in read["files"].as_object().into_iter().flatten() {
        // A server that is asked may be anybody's: nothing is written beside the folder.
        if !crate::changes::is_inside(path) {
            return Err(Error::invalid(format!("'{path}' is no path of a blueprint"), "nothing more was written"));
        }
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().unwrap_or(folder)).map_err(failed)?;
        std::fs::write(&file, text.as_str().unwrap_or_default()).map_err(failed)?;
        count += 1;
    }
    say(&format!("{count} files of {base} are in {}", folder.display()));
    Ok(ExitCode::SUCCESS)
}

fn tell(shown: &Value, as_json: bool) {
    if as_json {
        return say(&shown.to_string());
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    say(&format!("{}  {}  {}", text(&shown["id"]), text(&shown["state"]), text(&shown["title"])));
    say(&format!("  {} (by {})", text(&shown["reason"]), text(&shown["author"])));
    for check in shown["checks"].as_array().into_iter().flatten() {
        let mark = if check["passed"] == true { "passed" } else { "FAILED" };
        say(&format!("  {mark}  {}: {}", text(&check["name"]), text(&check["says"])));
        let refuted = |detail: &&Value| check["name"] == "proofs" && detail["outcome"] == "refuted";
        for proof in check["details"].as_array().into_iter().flatten().filter(refuted) {
            say(&format!("          {}: {}", text(&proof["id"]), text(&proof["says"])));
            say(&format!("          let through: {}", proof["call"]));
        }
    }
    for vote in shown["votes"].as_array().into_iter().flatten() {
        say(&format!("  {} by {} {}", text(&vote["verdict"]), text(&vote["voter"]), text(&vote["reason"])));
    }
    for file in shown["diff"].as_array().into_iter().flatten() {
        say(&format!("{} {}", text(&file["what"]), text(&file["file"])));
        file["lines"].as_array().into_iter().flatten().for_each(|line| say(&text(line)));
    }
}

fn parameters(sets: &[String]) -> Result<Value> {
    let mut out = Map::new();
    for set in sets {
        let (name, value) = set.split_once('=').ok_or_else(|| {
            Error::invalid_at("--set", format!("'{set}' is not NAME=VALUE"), "write it like limit_minor=5000")
        })?;
        out.insert(name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Value::from(value)));
    }
    Ok(Value::Object(out))
}

/// All files below a folder, those that begin with a dot left out.
fn files(root: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |e: std::io::Error| Error::invalid(format!("cannot read {}", folder.display()), e.to_string());
        for entry in std::fs::read_dir(&folder).map_err(unreadable)?.flatten() {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') || path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if found.len() == FILES_MAX {
                return Err(Error::Limit(format!("a blueprint has at most {FILES_MAX} files")));
            }
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            found.insert(name, std::fs::read_to_string(&path).map_err(unreadable)?);
        }
    }
    Ok(found)
}
