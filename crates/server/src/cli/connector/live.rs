//! `baton connector health`, `test`, `inventory`: connected systems of a server that runs.

use super::super::run::reach::Reach;
use super::super::run::table::{ago, table, text};
use super::super::{Outcome, say};
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Whose connectors.
#[derive(Args)]
pub struct OfClient {
    #[command(flatten)]
    reach: Reach,
    /// Id of the client.
    client: String,
    /// One connector; all if left out.
    connector: Option<String>,
}

/// Which tests.
#[derive(Args)]
pub struct Tests {
    #[command(flatten)]
    of: OfClient,
    /// Also make the calls of tests of actions that write.
    #[arg(long)]
    writes: bool,
}

/// Where and who.
#[derive(Args)]
pub struct Everywhere {
    #[command(flatten)]
    reach: Reach,
}

pub async fn health(options: &OfClient) -> Outcome {
    let server = options.reach.server().await?;
    let path = format!("/clients/{}/connectors", options.client);
    let path = options.connector.as_ref().map_or_else(|| path.clone(), |name| format!("{path}/{name}"));
    let answer = server.get(&path).await?;
    if options.reach.json {
        say(&answer.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let now_ms = server.now_ms();
    if options.connector.is_some() {
        say(&words(&answer));
        let rows: Vec<Vec<String>> = items(&answer).map(|action| action_row(now_ms, action)).collect();
        table(&["ACTION", "CALLS", "ANSWERED", "MEAN", "P50", "P95", "LAST USED", "NOTE"], &rows);
    } else {
        let rows: Vec<Vec<String>> = items(&answer).map(|row| connector_row(now_ms, row)).collect();
        let head =
            ["CONNECTOR", "KIND", "HEALTH", "CALLS", "ANSWERED", "MEAN", "P50", "P95", "BREAKER", "LAST USED", "NOTE"];
        table(&head, &rows);
    }
    Ok(ExitCode::SUCCESS)
}

fn items(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["items"].as_array().into_iter().flatten()
}

fn percent(value: &Value) -> String {
    value["success_percent"].as_i64().map_or_else(|| "-".to_owned(), |percent| format!("{percent}%"))
}

/// A time; none where nothing was answered.
fn took(day: &Value, name: &str) -> String {
    let answered = day["done"].as_i64().unwrap_or(0) + day["refused"].as_i64().unwrap_or(0);
    let ms = day[name].as_i64().filter(|_| answered > 0);
    ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms}ms"))
}

fn connector_row(now_ms: i64, row: &Value) -> Vec<String> {
    vec![
        text(row, "name"),
        text(row, "kind"),
        text(row, "health"),
        text(&row["day"], "calls"),
        percent(row),
        took(&row["day"], "mean_ms"),
        took(&row["day"], "p50_ms"),
        took(&row["day"], "p95_ms"),
        text(&row["breaker"], "state"),
        ago(now_ms, row, "last_used_ms"),
        words(row),
    ]
}

fn action_row(now_ms: i64, action: &Value) -> Vec<String> {
    let day = &action["day"];
    let number = |name: &str| day[name].as_i64().unwrap_or(0);
    let answered = number("done") + number("refused");
    vec![
        text(action, "name"),
        number("calls").to_string(),
        answered.to_string(),
        took(day, "mean_ms"),
        took(day, "p50_ms"),
        took(day, "p95_ms"),
        ago(now_ms, action, "last_used_ms"),
        text(&action["drift"], "why"),
    ]
}

/// What somebody has to do about it.
fn words(row: &Value) -> String {
    let mut words = Vec::new();
    if let Some(setting) = row["missing_setting"].as_str() {
        words.push(format!("the secret '{setting}' is not set"));
    }
    if let Some(why) = row["sign_in"]["why"].as_str().filter(|why| !why.is_empty()) {
        words.push(format!("signed out: {why}"));
    }
    let drift = row["drift"].as_array().into_iter().flatten();
    words.extend(drift.map(|drift| format!("{}: {}", text(drift, "action"), text(drift, "why"))));
    words.join("; ")
}

pub async fn test(options: &Tests) -> Outcome {
    let server = options.of.reach.server().await?;
    let names: Vec<String> = match &options.of.connector {
        Some(name) => vec![name.clone()],
        None => {
            let all = server.get(&format!("/clients/{}/connectors", options.of.client)).await?;
            items(&all).map(|row| text(row, "name")).collect()
        }
    };
    let (mut all, mut bad, mut lines) = (Vec::new(), 0, Vec::new());
    for name in names {
        let path = format!("/clients/{}/connectors/{name}/test", options.of.client);
        let answer = server.post(&path, &json!({"writes": options.writes})).await?;
        for drift in answer["drift"].as_array().into_iter().flatten() {
            bad += 1;
            lines.push(format!("drift   {name} {}: {}", text(drift, "action"), text(drift, "why")));
        }
        if let Some(why) = answer["not_compared"].as_str() {
            bad += 1;
            lines.push(format!("drift   {name}: not compared: {why}"));
        }
        for test in answer["tests"].as_array().into_iter().flatten() {
            let (passed, why) = (test["passed"] == true, text(test, "why"));
            let left_out = why.starts_with("left out");
            bad += u32::from(!passed && !left_out);
            let verdict = if passed {
                "ok"
            } else if left_out {
                "skipped"
            } else {
                "FAILED"
            };
            lines.push(format!("{verdict:<7} {name} {} {}  {why}", text(test, "action"), text(test, "test")));
        }
        all.push(json!({"connector": name, "answer": answer}));
    }
    match options.of.reach.json {
        true => say(&json!({"connectors": all, "failed": bad}).to_string()),
        false => {
            lines.iter().for_each(|line| say(line.trim_end()));
            say(&format!("{} lines, {bad} not in order", lines.len()));
        }
    }
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub async fn inventory(options: &Everywhere) -> Outcome {
    let server = options.reach.server().await?;
    let answer = server.get("/connectors").await?;
    if options.reach.json {
        say(&answer.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let now_ms = server.now_ms();
    let rows: Vec<Vec<String>> = items(&answer)
        .map(|row| {
            let users = row["users"].as_array().map_or(0, Vec::len);
            vec![
                text(row, "client"),
                text(row, "name"),
                text(row, "kind"),
                text(row, "place"),
                text(row, "health"),
                ago(now_ms, row, "last_used_ms"),
                users.to_string(),
                text(row, "owner"),
            ]
        })
        .collect();
    table(&["CLIENT", "CONNECTOR", "KIND", "PLACE", "HEALTH", "LAST USED", "USERS", "OWNER"], &rows);
    for shared in answer["shared"].as_array().into_iter().flatten() {
        let clients: Vec<&str> = shared["clients"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        say(&format!("{} is connected for {}", text(shared, "place"), clients.join(", ")));
    }
    let encoder = &answer["encoder"];
    if encoder.is_object() {
        say(&format!(
            "messages are recognised and articles found with {} (sha256 {})",
            text(encoder, "name"),
            text(encoder, "digest")
        ));
    }
    Ok(ExitCode::SUCCESS)
}
