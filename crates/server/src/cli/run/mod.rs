//! `baton run`: operates the runs of a server that runs, through its API, in the name of whoever's token or e-mail address
//! is given. The database itself is not touched: SQLite belongs to the server, and what people do needs a name.

mod ask;
mod many;
pub(super) mod reach;
mod show;
pub(super) mod table;

use super::{Outcome, say};
use ask::{Filter, OfProcess, Which};
use baton_base::Error;
use clap::{Args, Subcommand};
use reach::Server;
pub(super) use reach::{At, Reach};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Why.
#[derive(Args)]
pub struct Why {
    /// Why, for those who read the ledger later.
    #[arg(long)]
    reason: String,
}

/// What to do. Exit codes: 0 done; 1 not done, with the reason on standard error; 2 the command cannot be read.
#[derive(Subcommand)]
pub enum Command {
    /// List runs, newest first.
    List {
        #[command(flatten)]
        filter: Filter,
        /// Rows to show.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Show one run: where it stands, what it did here and in other systems, what it waits for and whom.
    Show {
        #[command(flatten)]
        run: Which,
        /// Also the data that each task had before and after.
        #[arg(long)]
        data: bool,
    },
    /// Stop a run from taking further steps; what comes meanwhile is kept.
    Suspend {
        #[command(flatten)]
        run: Which,
        #[command(flatten)]
        why: Why,
    },
    /// Let a suspended run go on.
    Resume {
        #[command(flatten)]
        run: Which,
        #[command(flatten)]
        why: Why,
    },
    /// End a run, or set a failed one aside.
    Cancel {
        #[command(flatten)]
        run: Which,
        #[command(flatten)]
        why: Why,
        /// Undo what it has done, by the compensation that its process names.
        #[arg(long)]
        compensate: bool,
    },
    /// Take up a run that could not go on, from the task that failed.
    Retry {
        #[command(flatten)]
        run: Which,
        #[command(flatten)]
        why: Why,
        /// JSON file with another input for the task that failed; `-` reads standard input.
        #[arg(long, value_name = "FILE")]
        input: Option<PathBuf>,
    },
    /// Send an event to the runs that listen for it, or to one run.
    Send {
        /// Client whose runs get it.
        #[arg(long, env = "BATON_CLIENT")]
        client: String,
        /// Only this run, whether or not it listens now.
        #[arg(long)]
        run: Option<String>,
        /// JSON file with a CloudEvent 1.0, of which only `type` must be there; `-` reads standard input.
        #[arg(value_name = "FILE")]
        event: PathBuf,
        #[command(flatten)]
        why: Why,
    },
    /// Move a run to the version of its process that is live now, or to one of another release.
    Migrate {
        #[command(flatten)]
        run: Which,
        /// JSON file: which task is which, `{"tasks": {"/do/2/old": "/do/3/new"}, "context": "jq"}`.
        #[arg(long, value_name = "FILE")]
        map: Option<PathBuf>,
        /// Release to move to; the live one if left out.
        #[arg(long)]
        release: Option<String>,
        /// Only say whether it fits. Exit code 1 if not.
        #[arg(long)]
        dry_run: bool,
        /// Why, for those who read the ledger later; not needed for a dry run.
        #[arg(long, required_unless_present = "dry_run")]
        reason: Option<String>,
    },
    /// Do one thing to all runs of a client that fit, however many: suspend, resume, cancel, retry or migrate. Exit code 1 if a
    /// run could not be changed.
    Many {
        #[command(flatten)]
        order: many::Order,
    },
    /// List runs that cannot go on, by process, task and error, with who has to see to them.
    DeadLetters {
        /// One client; all that you may see if left out.
        #[arg(long)]
        client: Option<String>,
        /// One process.
        #[arg(long)]
        process: Option<String>,
    },
    /// List what begins runs by itself: how, when next, and the last run of each.
    Schedules {
        /// One client; all that you may see if left out.
        #[arg(long)]
        client: Option<String>,
    },
    /// Stop a process's schedule from beginning runs.
    PauseSchedule {
        #[command(flatten)]
        schedule: OfProcess,
        #[command(flatten)]
        why: Why,
    },
    /// Let a paused schedule go on; times that passed meanwhile begin nothing.
    ResumeSchedule {
        #[command(flatten)]
        schedule: OfProcess,
        #[command(flatten)]
        why: Why,
    },
}

/// Runs the command.
pub async fn run(options: At<Command>) -> Outcome {
    let At { reach, command } = options;
    let as_json = reach.json;
    let server = reach.server().await?;
    match command {
        Command::List { filter, limit } => list(&server, &filter, limit, as_json).await,
        Command::Show { run, data } => show_run(&server, &run, data, as_json).await,
        Command::Suspend { run, why } => {
            operate(&server, &run, "suspend", json!({"reason": why.reason}), as_json).await
        }
        Command::Resume { run, why } => operate(&server, &run, "resume", json!({"reason": why.reason}), as_json).await,
        Command::Cancel { run, why, compensate } => {
            operate(&server, &run, "cancel", json!({"reason": why.reason, "compensate": compensate}), as_json).await
        }
        Command::Retry { run, why, input } => {
            let mut body = json!({"reason": why.reason});
            if let Some(file) = &input {
                body["input"] = read_json(file)?;
            }
            operate(&server, &run, "retry", body, as_json).await
        }
        Command::Send { client, run, event, why } => {
            let body = json!({"event": read_json(&event)?, "reason": why.reason});
            send(&server, &client, run.as_deref(), &body, as_json).await
        }
        Command::Migrate { run, map, release, dry_run, reason } => {
            let map = map.as_deref().map(read_json).transpose()?.unwrap_or_else(|| json!({}));
            let body =
                json!({"map": map, "release": release, "dry_run": dry_run, "reason": reason.unwrap_or_default()});
            migrate(&server, &run, &body, as_json).await
        }
        Command::Many { order } => order.give(&server, as_json).await,
        Command::DeadLetters { client, process } => {
            let query = ask::query(&[("client", client.as_deref()), ("process", process.as_deref())]);
            read(&server, &format!("/dead-letters{query}"), as_json, table::dead_letters).await
        }
        Command::Schedules { client } => {
            let query = ask::query(&[("client", client.as_deref())]);
            let now_ms = server.now_ms();
            read(&server, &format!("/schedules{query}"), as_json, |found| table::schedules(found, now_ms)).await
        }
        Command::PauseSchedule { schedule, why } => scheduled(&server, &schedule, "pause", &why, as_json).await,
        Command::ResumeSchedule { schedule, why } => scheduled(&server, &schedule, "resume", &why, as_json).await,
    }
}

async fn read(server: &Server, path: &str, as_json: bool, show: impl Fn(&Value)) -> Outcome {
    let found = server.get(path).await?;
    if as_json {
        print(&found)
    } else {
        show(&found)
    }
    Ok(ExitCode::SUCCESS)
}

/// One run with its effects, as far as whoever asks may read them; as JSON, the run alone.
async fn show_run(server: &Server, run: &Which, data: bool, as_json: bool) -> Outcome {
    let mut found = server.get(&run.path("")?).await?;
    if as_json {
        print(&found);
        return Ok(ExitCode::SUCCESS);
    }
    let text = |name: &str| found[name].as_str().map(str::to_owned);
    let (client, id) = (text("client"), text("id"));
    let query = ask::query(&[("run", id.as_deref()), ("limit", Some("200"))]);
    let path = format!("/clients/{}/effects{query}", ask::escaped(client.as_deref().unwrap_or_default()));
    match server.get(&path).await {
        Ok(page) => found["effects"] = page["items"].clone(),
        Err(Error::Refused { .. }) => {}
        Err(error) => return Err(error),
    }
    show::show(&found, server.now_ms(), data);
    Ok(ExitCode::SUCCESS)
}

async fn list(server: &Server, filter: &Filter, limit: usize, as_json: bool) -> Outcome {
    let mut rows: Vec<Value> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = server.get(&format!("/runs{}", filter.query(server.now_ms(), after.as_deref())?)).await?;
        rows.extend(page["items"].as_array().cloned().unwrap_or_default());
        after = page["next"].as_str().map(str::to_owned);
        if after.is_none() || rows.len() >= limit {
            break;
        }
    }
    let more = after.is_some() || rows.len() > limit;
    rows.truncate(limit);
    if as_json {
        print(&json!({"items": rows, "more": more}));
    } else {
        table::runs(&rows, server.now_ms());
        if more {
            say("there are more; --limit shows them");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn operate(server: &Server, run: &Which, verb: &str, body: Value, as_json: bool) -> Outcome {
    let found = server.post(&run.path(&format!("/{verb}"))?, &body).await?;
    if as_json {
        print(&found);
    } else {
        let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
        let stood = if found["changed"] == true { "" } else { ": it stood so already, nothing was changed" };
        say(&format!("{} is {}{stood}", text("run"), text("status")));
    }
    Ok(ExitCode::SUCCESS)
}

async fn scheduled(server: &Server, schedule: &OfProcess, verb: &str, why: &Why, as_json: bool) -> Outcome {
    let found = server.post(&schedule.path(verb)?, &json!({"reason": why.reason})).await?;
    if as_json {
        print(&found);
    } else {
        let stands = if found["paused"] == true { "is paused" } else { "begins runs" };
        let stood = if found["changed"] == true { "" } else { ": it stood so already, nothing was changed" };
        say(&format!("the schedule of {} {stands}{stood}", found["process"].as_str().unwrap_or_default()));
    }
    Ok(ExitCode::SUCCESS)
}

async fn send(server: &Server, client: &str, run: Option<&str>, body: &Value, as_json: bool) -> Outcome {
    let path = match run {
        Some(run) => format!("/clients/{client}/runs/{run}/events"),
        None => format!("/clients/{client}/events"),
    };
    let found = server.post(&path, body).await?;
    if as_json {
        print(&found);
    } else {
        let again = if found["new"] == true { "" } else { ", when it came in before; it was not delivered again" };
        let so_far = if found["more"] == true { " so far, and more are being told" } else { "" };
        let text = |name: &str| found[name].as_str().unwrap_or_default();
        say(&format!("event {} of type {} went to {} runs{so_far}{again}", text("id"), text("type"), found["runs"]));
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate(server: &Server, run: &Which, body: &Value, as_json: bool) -> Outcome {
    let found = server.post(&run.path("/migrate")?, body).await?;
    let misfits = found["misfits"].as_array().cloned().unwrap_or_default();
    if as_json {
        print(&found);
    } else if misfits.is_empty() {
        let done = if found["changed"] == true { "moved" } else { "fits; nothing was changed" };
        let text = |name: &str| found[name].as_str().unwrap_or_default();
        say(&format!("{} {done}: version {}", text("run"), text("version")));
    } else {
        say("it does not fit:");
        for misfit in &misfits {
            let text = |name: &str| misfit[name].as_str().unwrap_or_default().to_owned();
            say(&format!("  {}: {}; {}", text("place"), text("why"), text("remedy")));
        }
    }
    Ok(if misfits.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(value: &Value) {
    say(&serde_json::to_string_pretty(value).unwrap_or_default());
}

fn read_json(file: &Path) -> Result<Value, Error> {
    let name = file.display();
    let text =
        if file.as_os_str() == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(file) };
    let text = text.map_err(|e| Error::invalid(format!("cannot read {name}"), e.to_string()))?;
    serde_json::from_str(&text).map_err(|e| Error::invalid(format!("{name} is not JSON"), e.to_string()))
}
