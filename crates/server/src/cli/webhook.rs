//! `baton webhook`: systems that are told what happens at a client, at a server that runs.

use super::run::At;
use super::run::table::{ago, table, text};
use super::{Outcome, say};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::process::ExitCode;

/// One webhook.
#[derive(Args)]
pub struct One {
    /// Id of the client.
    client: String,
    /// Id of the webhook.
    hook: String,
}

/// What to do with webhooks.
#[derive(Subcommand)]
pub enum Command {
    /// List the webhooks of a client.
    List {
        /// Id of the client.
        client: String,
    },
    /// Tell a system what happens from now on. Prints the secret with which deliveries are signed, this once.
    Add {
        /// Id of the client.
        client: String,
        /// Where to; the live release's egress.yaml must allow a POST there.
        address: String,
        /// What, such as case.opened, case.* or *; may be given several times.
        #[arg(long, required = true)]
        kind: Vec<String>,
        /// Name for people; without it, the address.
        #[arg(long)]
        name: Option<String>,
    },
    /// End one, with the log of what it was told.
    Remove(One),
    /// Put one on; what happened meanwhile is told.
    On(One),
    /// Put one off.
    Off(One),
    /// Give one a new secret; the one before is signed with as well for a day.
    Rotate(One),
    /// Tell one something of no meaning.
    Test(One),
    /// The newest deliveries of one.
    Deliveries {
        #[command(flatten)]
        one: One,
        /// Only in this state: waiting, delivered or dead.
        #[arg(long)]
        state: Option<String>,
    },
    /// Send deliveries again, under their ids.
    Replay {
        #[command(flatten)]
        one: One,
        /// Id of one delivery; without it, all that were given up.
        delivery: Option<String>,
    },
}

impl One {
    fn path(&self, verb: &str) -> String {
        format!("/clients/{}/webhooks/{}/{verb}", self.client, self.hook)
    }
}

pub async fn run(options: At<Command>) -> Outcome {
    let server = options.reach.server().await?;
    let nothing = json!({});
    let answer = match &options.command {
        Command::List { client } => server.get(&format!("/clients/{client}/webhooks")).await?,
        Command::Add { client, address, kind, name } => {
            let body = json!({"url": address, "kinds": kind, "name": name.as_ref().unwrap_or(address)});
            server.post(&format!("/clients/{client}/webhooks"), &body).await?
        }
        Command::Remove(one) => server.delete(&format!("/clients/{}/webhooks/{}", one.client, one.hook), None).await?,
        Command::On(one) => server.post(&one.path("switch"), &json!({"on": true})).await?,
        Command::Off(one) => server.post(&one.path("switch"), &json!({"on": false})).await?,
        Command::Rotate(one) => server.post(&one.path("rotate"), &nothing).await?,
        Command::Test(one) => server.post(&one.path("test"), &nothing).await?,
        Command::Deliveries { one, state } => {
            let asked = state.as_ref().map_or_else(String::new, |state| format!("?state={state}"));
            server.get(&format!("{}{asked}", one.path("deliveries"))).await?
        }
        Command::Replay { one, delivery } => {
            let body = delivery.as_ref().map_or_else(|| json!({}), |id| json!({"delivery": id}));
            server.post(&one.path("replay"), &body).await?
        }
    };
    if options.reach.json {
        say(&answer.to_string());
    } else {
        show(&options.command, server.now_ms(), &answer);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(command: &Command, now_ms: i64, answer: &Value) {
    let items = answer["items"].as_array().cloned().unwrap_or_default();
    match command {
        Command::List { .. } => {
            let row = |hook: &Value| {
                let kinds = hook["kinds"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let kinds = kinds.collect::<Vec<_>>().join(" ");
                let note = text(hook, "why");
                let counts = [text(hook, "waiting"), text(hook, "dead")];
                [
                    vec![text(hook, "id"), text(hook, "name"), text(hook, "url"), kinds, text(hook, "state")],
                    counts.into(),
                    vec![note],
                ]
                .concat()
            };
            let heads = ["WEBHOOK", "NAME", "ADDRESS", "KINDS", "STATE", "WAITING", "DEAD", "NOTE"];
            table(&heads, &items.iter().map(row).collect::<Vec<_>>());
        }
        Command::Deliveries { .. } => {
            let row = |sent: &Value| {
                let when = ago(now_ms, sent, "created_ms");
                let state = [text(sent, "state"), text(sent, "attempts"), text(sent, "status")];
                [vec![text(sent, "id"), text(sent, "kind")], state.into(), vec![when, text(sent, "error")]].concat()
            };
            let heads = ["DELIVERY", "KIND", "STATE", "ATTEMPTS", "STATUS", "WHEN", "WHY"];
            table(&heads, &items.iter().map(row).collect::<Vec<_>>());
        }
        Command::Add { .. } => say(&format!("{}\nsecret: {}", text(answer, "id"), text(answer, "secret"))),
        Command::Rotate(_) => say(&format!("secret: {}", text(answer, "secret"))),
        Command::Test(one) => say(&format!("{} is told {}", one.hook, text(answer, "id"))),
        Command::Replay { .. } => say(&format!("{} deliveries are sent again", text(answer, "deliveries"))),
        Command::Remove(one) => say(&format!("{} is ended", one.hook)),
        Command::On(one) => say(&format!("{} is on", one.hook)),
        Command::Off(one) => say(&format!("{} is off", one.hook)),
    }
}
