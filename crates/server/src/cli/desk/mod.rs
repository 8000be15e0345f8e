//! `baton desk`: people at work, handoffs and fixes of a server that runs, and days played again.

mod shown;
mod simulate;

use super::run::reach::{Reach, Server};
use super::{Outcome, say};
use baton_base::Error;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::process::ExitCode;

/// What to do. Exit codes: 0 done; 1 not done, with the reason on standard error; 2 the command cannot be read.
#[derive(Subcommand)]
pub enum Command {
    /// Play a day again, as recorded or from a file, under other orders or with other people.
    Simulate(simulate::Options),
    /// Who is there, what each has and takes on.
    Team(Asked),
    /// Say where you are: available, busy, break, training or off.
    Be(Be),
    /// Change what a member can do and takes on, or show it where nothing is to change.
    Profile(Profile),
    /// Give work items to a member or a queue, whoever has them.
    Reassign(Reassign),
    /// Pass a work item that you have to another queue.
    Pass(Pass),
    /// How good handoffs were, by intent and release.
    Handoffs(Asked),
    /// What removes the causes of failures, those worth most first.
    Fixes(Asked),
    /// Move a fix on.
    Fix(Fix),
    /// Say why a case failed.
    Tag(Tag),
    /// The week on one page: handoffs, fixes, and what nobody has said anything about.
    Week(Asked),
}

/// Where, who, and whose.
#[derive(Args)]
pub struct Asked {
    #[command(flatten)]
    reach: Reach,
    /// One client; all that you may see if left out.
    #[arg(long, env = "BATON_CLIENT")]
    client: Option<String>,
}

/// Where one is.
#[derive(Args)]
pub struct Be {
    #[command(flatten)]
    reach: Reach,
    /// available, busy, break, training or off.
    state: String,
    /// In your words.
    #[arg(long, default_value = "")]
    note: String,
}

/// What a member takes on.
#[derive(Args)]
pub struct Profile {
    #[command(flatten)]
    reach: Reach,
    /// Client where the member works.
    #[arg(long, env = "BATON_CLIENT")]
    client: String,
    /// Id of the member.
    member: String,
    /// Pieces of work at once.
    #[arg(long)]
    places: Option<u16>,
    /// YAML file with skills, languages, licences, jurisdictions, places, channels and shifts; what it leaves out stays.
    #[arg(long, value_name = "FILE")]
    file: Option<std::path::PathBuf>,
}

/// Items and where they go.
#[derive(Args)]
pub struct Reassign {
    #[command(flatten)]
    reach: Reach,
    /// Client whose items they are.
    #[arg(long, env = "BATON_CLIENT")]
    client: String,
    /// Ids of work items.
    #[arg(required = true)]
    items: Vec<String>,
    /// To this member.
    #[arg(long, conflicts_with = "queue", required_unless_present = "queue")]
    member: Option<String>,
    /// To this queue.
    #[arg(long)]
    queue: Option<String>,
    /// Why, for whoever gets them and for the ledger.
    #[arg(long)]
    reason: String,
    /// Leave what somebody has begun, or has taken themselves, with them.
    #[arg(long)]
    unbegun: bool,
}

/// An item, and the queue that it goes to.
#[derive(Args)]
pub struct Pass {
    #[command(flatten)]
    reach: Reach,
    /// Client whose item it is.
    #[arg(long, env = "BATON_CLIENT")]
    client: String,
    /// Id of the work item.
    item: String,
    /// Name of the queue.
    queue: String,
    /// What whoever takes it should know; kept as a note of the case.
    #[arg(long, default_value = "")]
    note: String,
}

/// What becomes of a fix.
#[derive(Args)]
pub struct Fix {
    #[command(flatten)]
    reach: Reach,
    /// Client whose fix it is.
    #[arg(long, env = "BATON_CLIENT")]
    client: String,
    /// Id of the fix.
    fix: String,
    /// open, doing, testing, released, kept or dropped.
    #[arg(long)]
    state: Option<String>,
    /// Id of the member who makes it.
    #[arg(long)]
    owner: Option<String>,
    /// The behaviour test that shows it.
    #[arg(long)]
    test: Option<String>,
    /// The release that brought it.
    #[arg(long)]
    release: Option<String>,
    /// In words.
    #[arg(long)]
    note: Option<String>,
}

/// Why a case failed.
#[derive(Args)]
pub struct Tag {
    #[command(flatten)]
    reach: Reach,
    /// Client whose case it is.
    #[arg(long, env = "BATON_CLIENT")]
    client: String,
    /// Id of the case.
    case: String,
    /// knowledge, conversation, automation, policy, model or routing; what the case suggests if left out.
    #[arg(long = "type")]
    fix_type: Option<String>,
    /// A trigger or a reason; the last trigger of the case if left out.
    #[arg(long)]
    cause: Option<String>,
    /// In words.
    #[arg(long, default_value = "")]
    note: String,
}

/// Runs the command.
pub async fn run(command: Command) -> Outcome {
    match command {
        Command::Simulate(options) => simulate::run(options).await,
        Command::Team(asked) => read(asked, "/team", shown::team).await,
        Command::Handoffs(asked) => read(asked, "/handoffs", shown::handoffs).await,
        Command::Fixes(asked) => read(asked, "/fixes", shown::fixes).await,
        Command::Week(asked) => read(asked, "/weekly-review", shown::week).await,
        Command::Be(Be { reach, state, note }) => {
            let body = json!({"state": state, "note": note});
            post(&reach, "/presence", &body, |found| say(&format!("you are {}", shown::text(found, "state")))).await
        }
        Command::Profile(profile) => set_profile(profile).await,
        Command::Reassign(order) => reassign(order).await,
        Command::Pass(Pass { reach, client, item, queue, note }) => {
            let (path, body) =
                (format!("/clients/{client}/work-items/{item}/pass"), json!({"queue": queue, "note": note}));
            let show =
                |found: &Value| say(&format!("{} waits in {}", shown::text(found, "id"), shown::text(found, "queue")));
            post(&reach, &path, &body, show).await
        }
        Command::Fix(fix) => {
            let body = without_nulls(json!({
                "state": fix.state, "owner": fix.owner, "test": fix.test, "release": fix.release, "note": fix.note,
            }));
            let path = format!("/clients/{}/fixes/{}", fix.client, fix.fix);
            post(&fix.reach, &path, &body, |found| shown::fixes(&json!({"items": [found]}))).await
        }
        Command::Tag(tag) => {
            let body = without_nulls(json!({"fix_type": tag.fix_type, "cause": tag.cause, "note": tag.note}));
            let path = format!("/clients/{}/cases/{}/tags", tag.client, tag.case);
            post(&tag.reach, &path, &body, |found| {
                let text = |name| shown::text(found, name);
                say(&format!("{}: {} ({})", text("fix"), text("fix_type"), text("cause")));
            })
            .await
        }
    }
}

async fn read(asked: Asked, path: &str, show: impl Fn(&Value)) -> Outcome {
    let as_json = asked.reach.json;
    let query = asked.client.map(|client| format!("?client={client}")).unwrap_or_default();
    let found = asked.reach.server().await?.get(&format!("{path}{query}")).await?;
    tell(&found, as_json, show);
    Ok(ExitCode::SUCCESS)
}

async fn post(reach: &Reach, path: &str, body: &Value, show: impl Fn(&Value)) -> Outcome {
    let server: Server = reach.server().await?;
    let found = server.post(path, body).await?;
    tell(&found, reach.json, show);
    Ok(ExitCode::SUCCESS)
}

fn tell(found: &Value, as_json: bool, show: impl Fn(&Value)) {
    if as_json {
        say(&serde_json::to_string_pretty(found).unwrap_or_default());
    } else {
        show(found);
    }
}

async fn set_profile(profile: Profile) -> Outcome {
    let path = format!("/clients/{}/members/{}/profile", profile.client, profile.member);
    let show = |found: &Value| say(&serde_json::to_string_pretty(found).unwrap_or_default());
    if profile.file.is_none() && profile.places.is_none() {
        let found = profile.reach.server().await?.get(&path).await?;
        tell(&found, profile.reach.json, show);
        return Ok(ExitCode::SUCCESS);
    }
    let mut body = match &profile.file {
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|e| Error::invalid_at(file.display().to_string(), "the file cannot be read", e.to_string()))?;
            let name = file.display().to_string();
            baton_base::Bundle::yaml::<Value>(&name, &text)
                .map_err(|finding| Error::invalid_at(name, finding.message, finding.remedy))?
        }
        None => json!({}),
    };
    if !body.is_object() {
        return Err(Error::invalid("the file holds no fields", "write fields such as places: 3"));
    }
    if let Some(places) = profile.places {
        body["places"] = places.into();
    }
    post(&profile.reach, &path, &body, show).await
}

async fn reassign(order: Reassign) -> Outcome {
    let to = match (&order.member, &order.queue) {
        (Some(member), _) => json!({"member": member}),
        (None, queue) => json!({"queue": queue}),
    };
    let body = json!({"items": order.items, "to": to, "reason": order.reason, "unbegun": order.unbegun});
    let server = order.reach.server().await?;
    let found = server.post(&format!("/clients/{}/work-items/reassign", order.client), &body).await?;
    tell(&found, order.reach.json, shown::moved);
    let all = found["items"].as_array().is_some_and(|items| items.iter().all(|one| one["moved"] == true));
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is not said stays as it is.
fn without_nulls(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    body
}
